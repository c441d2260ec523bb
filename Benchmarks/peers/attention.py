#!/usr/bin/env python3
"""Attention in PyTorch, scaled_dot_product_attention on the CPU: milliseconds.

Peer of the kernel benchmark's rows `attention-...`. Needs torch. Queries, keys and values of float32 lie
ready, a head's rows one after the other; the fastest of PyTorch's ways to compute it (blocks of keys, or
the whole matrix of scores), and the way in which the diffusion networks' own code asks for it
(`original`: two einsums and a softmax between them).
"""

import argparse
import contextlib
import os
import statistics
import time

import common


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--tokens", type=int, default=1024)
    parser.add_argument("--heads", type=int, default=8)
    parser.add_argument("--width", type=int, default=64, help="channels of a head")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--repeats", type=int, default=15)
    options = parser.parse_args()
    os.environ["OMP_NUM_THREADS"] = os.environ["MKL_NUM_THREADS"] = str(options.threads)
    try:
        import torch
    except ImportError as error:
        common.missing(error.name)
    torch.set_num_threads(options.threads)
    attend = torch.nn.functional.scaled_dot_product_attention
    ways = {"default": contextlib.nullcontext}
    try:
        from torch.nn.attention import SDPBackend, sdpa_kernel

        ways["blocks"] = lambda: sdpa_kernel(SDPBackend.FLASH_ATTENTION)
        ways["scores"] = lambda: sdpa_kernel(SDPBackend.MATH)
    except ImportError:
        pass  # Before torch 2.3 there is no choice.
    torch.manual_seed(0)
    shape = (1, options.heads, options.tokens, options.width)
    q, k, v = (torch.randn(shape) for _ in range(3))
    original = as_published(torch, options)
    name = f"torch-attention-{options.tokens}"
    medians = {}
    with torch.inference_mode():
        for way, context in ways.items():
            try:
                with context():
                    medians[way] = median_ms(lambda: attend(q, k, v), options.repeats)
            except RuntimeError:
                if way == "default":
                    raise
                continue  # This build of torch does not have it.
            common.line(name, f"{way}_ms_median", medians[way])
        common.line(name, "original_ms_median", median_ms(original, options.repeats))
    common.line(name, "best_ms_median", min(medians.values()))


def as_published(torch, options):
    """QKVAttention of guided diffusion, which DINAR's U-Net has: channels first, scores as a matrix."""
    shape = (options.heads, options.width, options.tokens)
    q, k, v = (torch.randn(shape) for _ in range(3))
    scale = options.width**-0.25

    def attend():
        weight = torch.einsum("bct,bcs->bts", q * scale, k * scale)
        weight = torch.softmax(weight.float(), dim=-1)
        return torch.einsum("bts,bcs->bct", weight, v)

    return attend


def median_ms(work, repeats):
    for _ in range(3):
        work()
    times = []
    for _ in range(repeats):
        start = time.perf_counter()
        work()
        times.append((time.perf_counter() - start) * 1000)
    return statistics.median(times)


if __name__ == "__main__":
    main()
