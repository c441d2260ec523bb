#!/usr/bin/env python3
"""Sample&Refine's sampler and refiner in PyTorch eager and OpenVINO float32, each once for a texture.

    python3 Benchmarks/peers/sample_refine.py FOLDER [--size 256] [--threads 2] [--repeats 5]

FOLDER is as Tools/random_sample_refine.py writes it. Written from the description of the networks,
with the authors' names of weights and layers. Prints seconds by the clock and of the processor (all
threads together): the latter can be compared on a machine that others use.
"""

import argparse
import glob
import os
import time

from common import line, missing

try:
    import torch
    from torch import nn
    from torch.nn import functional
except ImportError:
    missing("torch")


class Layer(nn.Module):
    """Reflection, convolution, instance norm, activation; gated where weights for that are there."""

    def __init__(self, inputs, outputs, size, stride=1, gated=False, act=None, norm=True, bias=True):
        super().__init__()
        self.pad = nn.ReflectionPad2d((size - 1) // 2)
        self.conv = nn.Conv2d(inputs, outputs, size, stride, bias=bias)
        self.gate = (nn.Sequential(nn.Conv2d(inputs, outputs, size, stride), nn.Sigmoid())
                     if gated else None)
        self.norm = nn.InstanceNorm2d(outputs) if norm else nn.Identity()
        self.act = act or nn.Identity()

    def forward(self, x):
        x = self.pad(x)
        y = self.act(self.norm(self.conv(x)))
        return y if self.gate is None else y * self.gate(x)


class Block(nn.Module):
    def __init__(self, inputs, outputs, act, resampling=None, gated=False):
        super().__init__()
        stride = 2 if resampling == "down" else 1
        middle = outputs if resampling == "up" else inputs
        self.up = (nn.Upsample(scale_factor=2, mode="bilinear", align_corners=False)
                   if resampling == "up" else nn.Identity())
        self.conv_block = nn.Sequential(
            Layer(inputs, middle, 3, stride, gated, act), Layer(middle, outputs, 3, 1, gated))
        self.skip_connect = (
            nn.Identity() if inputs == outputs and stride == 1
            else Layer(inputs, outputs, 1, stride, norm=False, bias=False))

    def forward(self, x):
        x = self.up(x)
        return self.skip_connect(x) + self.conv_block(x)


class Sampler(nn.Module):
    def __init__(self, width=32, levels=5):
        super().__init__()
        act = nn.LeakyReLU(0.2)
        self.levels = levels
        for name, inputs in (("enc_conv", 4), ("norm_conv", 3)):
            setattr(self, f"{name}0", Layer(inputs, width, 7, act=act))
            for level in range(levels):
                now = width << level
                setattr(self, f"{name}{level + 1}", Block(now, 2 * now, act, "down"))
        for step in range(levels):
            outputs = width << (levels - 1 - step)
            inputs = 2 * outputs if step == levels - 1 else 4 * outputs
            setattr(self, f"dec_conv{step}", Block(inputs, outputs, act, "up"))
        self.toGrid = Layer(width, 2, 3, norm=False, act=nn.Tanh())

    def forward(self, texture, normals):
        seen, shape = [torch.cat([texture, normals[:, 2:]], 1)], normals
        for level in range(self.levels + 1):
            seen.append(getattr(self, f"enc_conv{level}")(seen[-1]))
            shape = getattr(self, f"norm_conv{level}")(shape)
        x = torch.cat([shape, seen[-1]], 1)
        for step in range(self.levels):
            level = self.levels - step
            if step > 0 and level > 1:
                x = torch.cat([x, seen[level + 1]], 1)
            x = getattr(self, f"dec_conv{step}")(x)
        flow = self.toGrid(x)
        line = torch.linspace(-1, 1, texture.shape[-1])
        places = torch.stack(torch.meshgrid(line, line, indexing="xy"))[None]
        grid = (places + flow).permute(0, 2, 3, 1)
        return flow, functional.grid_sample(texture, grid, align_corners=True)


class Refiner(nn.Module):
    """The gated one with skips and a mask."""

    def __init__(self, inputs=4, width=32, levels=3, blocks=9):
        super().__init__()
        lr, relu = nn.LeakyReLU(0.2), nn.ReLU()
        self.tEncoder, self.tDecoder = nn.Module(), nn.Module()
        self.levels = levels
        self.tEncoder.conv0 = nn.Sequential(Layer(inputs, width, 7, 1, True, lr))
        for level in range(levels):
            now = width << level
            setattr(self.tEncoder, f"conv{level + 1}",
                    nn.Sequential(Layer(now, 2 * now, 3, 2, True, lr)))
        deep = width << levels
        self.enc_rb = nn.Sequential(*(Block(deep, deep, relu, gated=True) for _ in range(blocks)))
        for step in range(levels):
            now = width << (levels - step)
            setattr(self.tDecoder, f"upconv{step}", nn.Sequential(
                nn.Upsample(scale_factor=2), Layer(2 * now, now // 2, 3, 1, True, relu)))
        setattr(self.tDecoder, f"upconv{levels}",
                nn.Sequential(Layer(width, 4, 7, 1, True, norm=False)))

    def forward(self, sampled, mask):
        images = [torch.cat([sampled, 1 - mask], 1)]
        for level in range(self.levels + 1):
            images.append(getattr(self.tEncoder, f"conv{level}")(images[-1]))
        x = self.enc_rb(images[-1])
        for step in range(self.levels):
            x = torch.cat([x, images[self.levels + 1 - step]], 1)
            x = getattr(self.tDecoder, f"upconv{step}")(x)
        x = torch.sigmoid(getattr(self.tDecoder, f"upconv{self.levels}")(x))
        refined, keep = x[:, :3], x[:, 3:]
        return refined, keep, sampled * keep + refined * (1 - keep)


class Pipeline(nn.Module):
    def __init__(self, sampler, refiner):
        super().__init__()
        self.sampler, self.refiner = sampler, refiner

    def forward(self, texture, normals, mask):
        flow, sampled = self.sampler(texture, normals)
        return (flow, sampled) + self.refiner(sampled, mask)


def load(folder):
    """Networks of the sizes that the files have."""
    def weights(kind, run):
        found = sorted(glob.glob(os.path.join(folder, kind, run, "netG", "G__iter*.pth")))
        return torch.load(found[-1], map_location="cpu", weights_only=True)

    first = weights("output", "S1-*")
    sampler = Sampler(first["enc_conv0.conv.weight"].shape[0])
    sampler.load_state_dict(first)
    second = weights("checkpoints", "R1-*")
    stem = second["tEncoder.conv0.0.conv.weight"].shape
    count = lambda start, end: sum(k.startswith(start) and k.endswith(end) for k in second)
    refiner = Refiner(stem[1], stem[0], count("tEncoder.conv", ".0.conv.weight") - 1,
                      count("enc_rb.", ".conv_block.0.conv.weight"))
    refiner.load_state_dict(second)
    return sampler.eval(), refiner.eval()


def measure(name, works, repeats):
    """Of each piece of work in turn."""
    for work in works.values():
        work()
    clock = {key: [] for key in works}
    processor = {key: [] for key in works}
    for _ in range(repeats):
        for key, work in works.items():
            a, b = time.perf_counter(), time.process_time()
            work()
            clock[key].append(time.perf_counter() - a)
            processor[key].append(time.process_time() - b)
    for key in works:
        values = sorted(clock[key])
        line(name, f"{key}_ms_median", 1000 * values[len(values) // 2])
        line(name, f"{key}_ms_min", 1000 * values[0])
        line(name, f"{key}_processor_ms_min", 1000 * min(processor[key]))


@torch.no_grad()
def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("folder", help="as Tools/random_sample_refine.py writes it")
    parser.add_argument("--engine", choices=("torch", "openvino"), default="torch")
    parser.add_argument("--size", type=int, default=256)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--repeats", type=int, default=5)
    options = parser.parse_args()
    torch.manual_seed(1)
    torch.set_num_threads(options.threads)
    sampler, refiner = load(options.folder)
    texture, normals = (torch.rand(1, 3, options.size, options.size) for _ in range(2))
    mask = torch.rand(1, 1, options.size, options.size).round()
    whole = Pipeline(sampler, refiner)
    if options.engine == "torch":
        sampled = sampler(texture, normals)[1]
        return measure("torch", {
            "sampler": lambda: sampler(texture, normals),
            "refiner": lambda: refiner(sampled, mask),
            "both": lambda: whole(texture, normals, mask)}, options.repeats)
    try:
        import openvino
    except ImportError:
        missing("openvino")
    inputs = (texture, normals, mask)
    model = openvino.convert_model(whole, example_input=inputs, input=[i.shape for i in inputs])
    compiled = openvino.Core().compile_model(
        model, "CPU", {"INFERENCE_PRECISION_HINT": "f32", "INFERENCE_NUM_THREADS": options.threads,
                       "NUM_STREAMS": 1})
    request = compiled.create_infer_request()
    arrays = [i.numpy() for i in inputs]
    found = list(request.infer(arrays).values())[-1]
    line("openvino", "difference", float(abs(found - whole(*inputs)[-1].numpy()).max()))
    measure("openvino", {"both": lambda: request.infer(arrays)}, options.repeats)


if __name__ == "__main__":
    main()
