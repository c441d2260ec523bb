#!/usr/bin/env python3
"""DINAR's encoder, generator and compression in PyTorch eager, as the original calls them, with the
weights of a checkpoint.

    python3 Benchmarks/peers/dinar_networks.py CHECKPOINT --threads 2

Times each network on random inputs of the released sizes, and the code search alone: the product of
latents and codes and the least distance. Up-fir-down is the original's own fallback for the CPU,
written with convolutions by group; modulated convolutions are convolutions by group.
"""

import argparse

from common import measure, missing

try:
    import torch
    from torch.nn import functional
except ImportError:
    missing("torch")

ROOT2 = 2 ** 0.5


class Group(dict):
    """Weights below a prefix."""

    def at(self, prefix):
        prefix += "."
        return Group((k[len(prefix):], v) for k, v in self.items() if k.startswith(prefix))

    def has(self, name):
        return any(k.startswith(name + ".") for k in self)


# MARK: StyleGAN2

def upfirdn(x, kernel, up=1, down=1, pad=(0, 0)):
    """As upfirdn2d_native: zeros inserted, padded, a convolution of each channel on its own."""
    n, c, h, w = x.shape
    if up > 1:
        x = x.view(n, c, h, 1, w, 1)
        x = functional.pad(x, [0, up - 1, 0, 0, 0, up - 1])
        x = x.view(n, c, h * up, w * up)
    x = functional.pad(x, [pad[0], pad[1], pad[0], pad[1]])
    n, c, h, w = x.shape
    y = functional.conv2d(x.reshape(n * c, 1, h, w), torch.flip(kernel, [0, 1])[None, None])
    return y.view(n, c, *y.shape[2:])[:, :, ::down, ::down]


def fused(x, bias):
    shape = [1, -1] + [1] * (x.dim() - 2)
    return functional.leaky_relu(x + bias.view(shape), 0.2) * ROOT2


def equalized(x, weight, rate=1.0, **options):
    scale = rate / weight[0].numel() ** 0.5
    return functional.conv2d(x, weight * scale, **options)


class Encoder:
    def __init__(self, w):
        self.w = w
        self.blocks = 0
        while w.has(f"convs.{self.blocks + 1}"):
            self.blocks += 1

    def __call__(self, picture, rate=0.01):
        w = self.w
        x = fused(equalized(picture, w["convs.0.0.weight"], rate), w["convs.0.1.bias"])
        for index in range(1, self.blocks + 1):
            b = w.at(f"convs.{index}")
            y = equalized(x, b["conv1.0.weight"], rate, padding=1)
            y = fused(y, b["conv1.1.bias"])
            y = upfirdn(y, b["conv2.0.kernel"], pad=(2, 2))
            y = fused(equalized(y, b["conv2.1.weight"], rate, stride=2), b["conv2.2.bias"])
            skip = upfirdn(x, b["skip.0.kernel"], pad=(1, 1))
            skip = equalized(skip, b["skip.1.weight"], rate, stride=2)
            x = (y + skip) / ROOT2
        x = equalized(x, w["final_conv.0.weight"], rate, padding=1)
        x = fused(x, w["final_conv.1.bias"]).flatten(1)
        linear = w.at("final_linear")
        x = functional.linear(x, linear["0.weight"] * (rate / linear["0.weight"].shape[1] ** 0.5))
        x = fused(x, linear["0.bias"] * rate)
        return functional.linear(
            x, linear["1.weight"] * (rate / linear["1.weight"].shape[1] ** 0.5),
            linear["1.bias"] * rate)


class Generator:
    def __init__(self, w):
        self.w = w
        self.levels = 0
        while w.has(f"to_rgbs.{self.levels}"):
            self.levels += 1

    @staticmethod
    def modulated(x, w, style, demodulate=True, up=False):
        weight = w["weight"]
        _, out, inputs, size, _ = weight.shape
        modulation = w["modulation.weight"]
        s = functional.linear(style, modulation * modulation.shape[1] ** -0.5, w["modulation.bias"])
        n = x.shape[0]
        weight = weight * (inputs * size ** 2) ** -0.5 * s.view(n, 1, inputs, 1, 1)
        if demodulate:
            weight = weight * torch.rsqrt(
                weight.pow(2).sum([2, 3, 4]) + 1e-8).view(n, out, 1, 1, 1)
        h, wide = x.shape[2:]
        x = x.reshape(1, n * inputs, h, wide)
        if up:
            weight = weight.transpose(1, 2).reshape(n * inputs, out, size, size)
            y = functional.conv_transpose2d(x, weight, stride=2, groups=n)
            y = y.view(n, out, *y.shape[2:])
            return upfirdn(y, w["blur.kernel"], pad=(1, 1))
        weight = weight.view(n * out, inputs, size, size)
        y = functional.conv2d(x, weight, padding=size // 2, groups=n)
        return y.view(n, out, *y.shape[2:])

    def layer(self, x, w, style, noise, up=False):
        y = self.modulated(x, w.at("conv"), style, up=up)
        return fused(y + w["noise.weight"] * noise, w["activate.bias"])

    def colours(self, x, w, style, skip=None):
        y = self.modulated(x, w.at("conv"), style, demodulate=False) + w["bias"]
        return y if skip is None else y + upfirdn(skip, w["upsample.kernel"], up=2, pad=(2, 1))

    def __call__(self, style, noises):
        w = self.w
        x = w["input.input"].repeat(style.shape[0], 1, 1, 1)
        x = self.layer(x, w.at("conv1"), style, noises[0])
        texture = self.colours(x, w.at("to_rgb1"), style)
        for level in range(self.levels):
            first = 2 * level
            x = self.layer(x, w.at(f"convs.{first}"), style, noises[first + 1], up=True)
            x = self.layer(x, w.at(f"convs.{first + 1}"), style, noises[first + 2])
            texture = self.colours(x, w.at(f"to_rgbs.{level}"), style, texture)
        return texture


# MARK: VQGAN

class Compression:
    def __init__(self, w):
        self.w = w
        self.levels = 0
        while w.has(f"encoder.down.{self.levels}"):
            self.levels += 1

    @staticmethod
    def conv(x, w, name, padding=1, **options):
        return functional.conv2d(
            x, w[name + ".weight"], w[name + ".bias"], padding=padding, **options)

    @staticmethod
    def norm(x, w, name):
        return functional.group_norm(x, 16, w[name + ".weight"], w[name + ".bias"], 1e-6)

    @staticmethod
    def act(x):
        return functional.leaky_relu(x, 0.01)

    def block(self, x, w):
        y = self.conv(self.act(self.norm(x, w, "norm1")), w, "conv1")
        y = self.conv(self.act(self.norm(y, w, "norm2")), w, "conv2")
        if "nin_shortcut.weight" in w:
            x = self.conv(x, w, "nin_shortcut", padding=0)
        return x + y

    def attention(self, x, w):
        n, c, h, wide = x.shape
        y = self.norm(x, w, "norm")
        q, k, v = (self.conv(y, w, name, padding=0).flatten(2) for name in "qkv")
        scores = torch.softmax(torch.bmm(q.transpose(1, 2), k) * c ** -0.5, 2)
        y = torch.bmm(v, scores.transpose(1, 2)).view(n, c, h, wide)
        return x + self.conv(y, w, "proj_out", padding=0)

    def middle(self, x, w):
        x = self.block(x, w.at("mid.block_1"))
        x = self.attention(x, w.at("mid.attn_1"))
        return self.block(x, w.at("mid.block_2"))

    def blocks(self, x, w):
        index = 0
        while w.has(f"block.{index}"):
            x = self.block(x, w.at(f"block.{index}"))
            index += 1
        return x

    def encode(self, texture):
        w = self.w.at("encoder")
        x = self.conv(texture, w, "conv_in")
        for level in range(self.levels):
            x = self.blocks(x, w.at(f"down.{level}"))
            if level < self.levels - 1:
                x = functional.pad(x, (0, 1, 0, 1))
                x = self.conv(x, w, f"down.{level}.downsample.conv", padding=0, stride=2)
        x = self.act(self.norm(self.middle(x, w), w, "norm_out"))
        return self.conv(self.conv(x, w, "conv_out"), self.w, "quant_conv", padding=0)

    def codes(self, z):
        book = self.w["quantize.embedding.weight"]
        flat = z.permute(0, 2, 3, 1).reshape(-1, book.shape[1])
        distances = (
            (flat ** 2).sum(1, keepdim=True) + (book ** 2).sum(1) - 2 * flat @ book.t())
        return torch.argmin(distances, 1)

    def decode(self, z):
        w = self.w.at("decoder")
        book = self.w["quantize.embedding.weight"]
        n, _, h, wide = z.shape
        found = book[self.codes(z)].view(n, h, wide, -1).permute(0, 3, 1, 2)
        x = self.conv(z + (found - z), self.w, "post_quant_conv", padding=0)
        x = self.middle(self.conv(x, w, "conv_in"), w)
        for level in reversed(range(self.levels)):
            x = self.blocks(x, w.at(f"up.{level}"))
            if level > 0:
                x = functional.interpolate(x, scale_factor=2.0, mode="nearest")
                x = self.conv(x, w, f"up.{level}.upsample.conv")
        x = self.conv(self.act(self.norm(x, w, "norm_out")), w, "conv_out")
        x[:, -5:-2] = self.head(x[:, -5:-2], w.at("rgb_proc"))
        x[:, -2:] = self.head(x[:, -2:], w.at("segm_proc"))
        return x

    def head(self, x, w):
        x = functional.batch_norm(
            x, w["0.running_mean"], w["0.running_var"], w["0.weight"], w["0.bias"])
        return self.conv(self.act(x), w, "2")


def load(path):
    """The networks below `first_stage.` of a checkpoint."""
    values = torch.load(path, map_location="cpu", weights_only=True, mmap=True)["state_dict"]
    first = Group(values).at("first_stage")
    names = ("encoder", "generator", "compress_branch")
    return [Group((k, v.clone()) for k, v in first.at(name).items()) for name in names]


@torch.no_grad()
def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("checkpoint", help="as Tools/random_dinar.py --all writes it")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--repeats", type=int, default=9)
    parser.add_argument("--only", default="", help="one of the names")
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    torch.manual_seed(1)
    weights = load(options.checkpoint)
    encoder, generator = Encoder(weights[0]), Generator(weights[1])
    compression = Compression(weights[2])
    side = 4 << encoder.blocks
    picture = torch.randn(1, weights[0]["convs.0.0.weight"].shape[1], side, side)
    style = torch.randn(1, weights[1]["conv1.conv.modulation.weight"].shape[1])
    noises = [torch.randn_like(weights[1][f"noises.noise_{i}"])
              for i in range(2 * generator.levels + 1)]
    size = 4 << generator.levels
    texture = torch.randn(1, weights[2]["encoder.conv_in.weight"].shape[1], size, size)
    low = size >> (compression.levels - 1)
    z = torch.randn(1, weights[2]["quantize.embedding.weight"].shape[1], low, low)
    for name, work in (
            ("encoder", lambda: encoder(picture)),
            ("generator", lambda: generator(style, noises)),
            ("encode", lambda: compression.encode(texture)),
            ("decode", lambda: compression.decode(z)),
            ("codes", lambda: compression.codes(z))):
        if options.only in ("", name):
            measure("torch", name, work, options.repeats, warm_up=1)


if __name__ == "__main__":
    main()
