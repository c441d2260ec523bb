#!/usr/bin/env python3
"""Makes Sample&Refine's networks with seeded random weights, at the published sizes unless told
otherwise, where their authors' program looks for them:

    python3 Tools/random_sample_refine.py -o FOLDER
    python3 Tools/random_sample_refine.py -o FOLDER --ngf 8 --blocks 2 --levels 2 --mode add --no-gate

    FOLDER/checkpoints/R1-random-vis_mask_c/netG/G__iter011000.pth     the refiner, 94 MB
    FOLDER/output/S1-random-norm_map_vis_mask/netG/G__iter030000.pth   the sampler, 149 MB

The released weights may not be passed on; speed, memory and file handling do not depend on their
values. Needs numpy, not torch.
"""

import argparse
import collections
import os

import numpy as np

import random_dinar

CHANNELS = {"none": 0, "vis_mask": 1, "vis_mask_c": 1, "norm_map": 3, "norm_map_vis_mask": 4,
            "norm_map_vis_mask_c": 4}


class Weights:
    """Seeded filters whose outputs are as large as their inputs."""

    def __init__(self, seed):
        self.random = np.random.default_rng(seed)
        self.tensors = collections.OrderedDict()

    def conv(self, name, inputs, outputs, size, bias=True, gain=1.0):
        deviation = gain * (2 / (inputs * size * size)) ** 0.5
        values = self.random.standard_normal((outputs, inputs, size, size), np.float32)
        self.tensors[name + ".weight"] = values * np.float32(deviation)
        if bias:
            self.tensors[name + ".bias"] = (
                self.random.standard_normal(outputs, np.float32) * np.float32(0.1))


def sampler(seed, width, levels):
    w = Weights(seed)
    for name, inputs in (("enc_conv", 4), ("norm_conv", 3)):
        w.conv(f"{name}0.conv", inputs, width, 7)
        for level in range(levels):
            now = width << level
            w.conv(f"{name}{level + 1}.skip_connect.conv", now, 2 * now, 1, bias=False)
            w.conv(f"{name}{level + 1}.conv_block.0.conv", now, now, 3)
            w.conv(f"{name}{level + 1}.conv_block.1.conv", now, 2 * now, 3)
    for step in range(levels):
        outputs = width << (levels - 1 - step)
        # The deepest images of both encoders, then what came before and a skip, at last no skip.
        inputs = 2 * outputs if step == levels - 1 else 4 * outputs
        w.conv(f"dec_conv{step}.skip_connect.conv", inputs, outputs, 1, bias=False)
        w.conv(f"dec_conv{step}.conv_block.0.conv", inputs, outputs, 3)
        w.conv(f"dec_conv{step}.conv_block.1.conv", outputs, outputs, 3)
    # Small, so that places stay near their own.
    w.conv("toGrid.conv", width, 2, 3, gain=0.05)
    return w.tensors


def refiner(seed, options):
    w = Weights(seed)

    def layer(name, inputs, outputs, size):
        if options.gate:
            w.conv(name + ".gate.0", inputs, outputs, size)
        w.conv(name + ".conv", inputs, outputs, size)

    width, levels = options.ngf, options.levels
    layer("tEncoder.conv0.0", 3 + CHANNELS[options.concat], width, 7)
    for level in range(levels):
        layer(f"tEncoder.conv{level + 1}.0", width << level, width << (level + 1), 3)
    deep = width << levels
    for block in range(options.blocks):
        for part in range(2):
            layer(f"enc_rb.{block}.conv_block.{part}", deep, deep, 3)
    for step in range(levels):
        inputs = width << (levels - step)
        layer(f"tDecoder.upconv{step}.1", inputs * (2 if options.skip else 1), inputs // 2, 3)
    layer(f"tDecoder.upconv{levels}.0", width, 3 if options.mode == "noblend" else 4, 7)
    return w.tensors


def write(folder, kind, name, iteration, tensors):
    folder = os.path.join(folder, kind, name, "netG")
    os.makedirs(folder, exist_ok=True)
    stem = f"G__iter{iteration:06d}"
    random_dinar.save(os.path.join(folder, stem + ".pth"), tensors, name=stem)
    count = sum(value.size for value in tensors.values())
    print(f"{folder}/{stem}.pth: {count:,} parameters, {len(tensors)} tensors")


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("-o", "--output", required=True, help="folder to write into")
    parser.add_argument("--width", type=int, default=32, help="channels of the sampler's first layer")
    parser.add_argument("--ngf", type=int, default=32, help="channels of the refiner's first layer")
    parser.add_argument("--blocks", type=int, default=9)
    parser.add_argument("--levels", type=int, default=3, help="of the refiner")
    parser.add_argument("--no-gate", dest="gate", action="store_false")
    parser.add_argument("--no-skip", dest="skip", action="store_false")
    parser.add_argument("--mode", choices=("blend", "add", "noblend"), default="blend")
    parser.add_argument("--concat", choices=tuple(CHANNELS), default="vis_mask_c")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    write(options.output, "output", "S1-random-norm_map_vis_mask", 30000,
          sampler(options.seed, options.width, 5))
    write(options.output, "checkpoints", f"R1-random-{options.concat}", 11000,
          refiner(options.seed + 1, options))


if __name__ == "__main__":
    main()
