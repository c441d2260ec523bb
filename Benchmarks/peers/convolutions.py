#!/usr/bin/env python3
"""A convolution of DINAR's renderer in oneDNN, as PyTorch calls it: milliseconds.

Peer of the kernel benchmark. Needs torch. The convolution alone, without padding, upsampling,
concatenation and what follows; the fastest of PyTorch's layouts (planes, channels last, oneDNN's own
blocks) with the weights already in that layout.
"""

import argparse
import os
import statistics
import time

import common

# name: (side of the input, channels, outputs, kernel, stride); upsampling layers at the doubled size.
LAYERS = {
    "start-7x7": (518, 33, 64, 7, 1),
    "down1": (512, 64, 128, 3, 2),
    "down2": (256, 128, 256, 3, 2),
    "down3": (128, 256, 512, 3, 2),
    "res": (66, 512, 512, 3, 1),
    "up1": (128, 1024, 256, 3, 1),
    "up2": (256, 512, 128, 3, 1),
    "up3": (512, 256, 64, 3, 1),
    "final-7x7": (518, 64, 16, 7, 1),
    "head-16-16": (512, 16, 16, 3, 1),
}


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("layer", choices=LAYERS)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--repeats", type=int, default=7)
    options = parser.parse_args()
    os.environ["OMP_NUM_THREADS"] = os.environ["MKL_NUM_THREADS"] = str(options.threads)
    try:
        import torch
        from torch.utils import mkldnn
    except ImportError as error:
        common.missing(error.name)
    torch.set_num_threads(options.threads)
    side, channels, outputs, kernel, stride = LAYERS[options.layer]
    padding = 1 if options.layer.startswith(("down", "up", "head")) else 0
    layer = torch.nn.Conv2d(channels, outputs, kernel, stride=stride, padding=padding).eval()
    x = torch.randn(1, channels, side, side)
    last = layer.to(memory_format=torch.channels_last)
    with torch.inference_mode():
        blocked = mkldnn.to_mkldnn(torch.nn.Sequential(layer))
        forms = {
            "planes": (layer, x),
            "channels_last": (last, x.to(memory_format=torch.channels_last)),
            "blocked": (blocked, x.to_mkldnn()),
        }
        medians = {}
        for form, (work, image) in forms.items():
            for _ in range(2):
                work(image)
            times = []
            for _ in range(options.repeats):
                start = time.perf_counter()
                work(image)
                times.append((time.perf_counter() - start) * 1000)
            medians[form] = statistics.median(times)
            common.line(f"onednn-{options.layer}", f"{form}_ms_median", medians[form])
    common.line(f"onednn-{options.layer}", "best_ms_median", min(medians.values()))


if __name__ == "__main__":
    main()
