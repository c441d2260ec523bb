"""piq's psnr, ssim and multi_scale_ssim and the mean absolute difference, a pair of pictures at a time.

Needs `pip install piq torch torchvision`. Prints name,metric,value lines; beside `evaluation-benchmark`.
"""

import argparse
import time

import common

try:
    import piq
    import torch
except ImportError as error:
    common.missing(error.name)

parser = argparse.ArgumentParser()
parser.add_argument("--threads", type=int, default=2)
parser.add_argument("--pairs", type=int, default=10)
parser.add_argument("--size", type=int, default=512)
options = parser.parse_args()
torch.set_num_threads(options.threads)
torch.manual_seed(0)
slope = torch.arange(options.size).float() / (2.6 * options.size)
x, y = (
    (slope[:, None] + slope[None, :] + 0.2 * torch.rand(1, 3, options.size, options.size)).clamp(0, 1)
    for _ in range(2)
)


def measure():
    return piq.psnr(x, y), piq.ssim(x, y), piq.multi_scale_ssim(x, y), (x - y).abs().mean()


with torch.no_grad():
    measure()
    start = time.perf_counter()
    for _ in range(options.pairs):
        measure()
    milliseconds = (time.perf_counter() - start) * 1000 / options.pairs
print(f"piq,ms_per_pair,{milliseconds}")
print(f"piq,pairs_per_second,{1000 / milliseconds}")
