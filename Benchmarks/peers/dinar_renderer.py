"""DINAR's renderer as PyTorch layers, written from its description.

What `renderer.py` times. Module names are those of a checkpoint's keys, so that the weights of
`Tools/random_dinar.py` load strictly. The scale of the equalised convolutions is
multiplied into the weights at load.
"""

import math

import torch
from torch import nn
from torch.nn import functional


class FusedLeakyReLU(nn.Module):
    def __init__(self, channels):
        super().__init__()
        self.bias = nn.Parameter(torch.zeros(channels))

    def forward(self, x):
        return functional.leaky_relu(x + self.bias.view(1, -1, 1, 1), 0.2) * math.sqrt(2)


def block(inputs, outputs):
    return [nn.Conv2d(inputs, outputs, 3, padding=1, bias=False), nn.BatchNorm2d(outputs),
            FusedLeakyReLU(outputs)]


def head(channels, convolutions, last):
    layers = [nn.BatchNorm2d(channels), FusedLeakyReLU(channels)]
    for _ in range(convolutions):
        layers += block(channels, channels)
    return nn.Sequential(*layers, nn.Conv2d(channels, 3, 3, padding=1), last)


class ResidualBlock(nn.Module):
    def __init__(self, channels):
        super().__init__()
        self.conv_block = nn.Sequential(
            nn.ReflectionPad2d(1), nn.Conv2d(channels, channels, 3), nn.BatchNorm2d(channels),
            FusedLeakyReLU(channels), nn.ReflectionPad2d(1), nn.Conv2d(channels, channels, 3),
            nn.BatchNorm2d(channels))

    def forward(self, x):
        return x + self.conv_block(x)


class Trunk(nn.Module):
    def __init__(self, inputs, ngf, blocks, levels, features):
        super().__init__()
        self.start = nn.Sequential(
            nn.ReflectionPad2d(3), nn.Conv2d(inputs, ngf, 7), nn.BatchNorm2d(ngf),
            FusedLeakyReLU(ngf))
        widths = [ngf * 2 ** i for i in range(levels + 1)]
        self.downsamples = nn.ModuleList(
            nn.Sequential(
                nn.Conv2d(a, b, 3, stride=2, padding=1), nn.BatchNorm2d(b), FusedLeakyReLU(b))
            for a, b in zip(widths, widths[1:]))
        self.resblocks = nn.Sequential(*(ResidualBlock(widths[-1]) for _ in range(blocks)))
        self.upsamples = nn.ModuleList(
            nn.Sequential(
                nn.Upsample(scale_factor=2, mode="bilinear", align_corners=False),
                nn.Conv2d(2 * b, a, 3, padding=1), nn.BatchNorm2d(a), FusedLeakyReLU(a))
            for a, b in zip(widths[-2::-1], widths[:0:-1]))
        self.final = nn.Sequential(nn.ReflectionPad2d(3), nn.Conv2d(ngf, features, 7))

    def forward(self, x):
        x = self.start(x)
        skips = []
        for layer in self.downsamples:
            x = layer(x)
            skips.append(x)
        x = self.resblocks(x)
        for layer in self.upsamples:
            x = layer(torch.cat([x, skips.pop()], 1))
        return self.final(x)


class Renderer(nn.Module):
    """forward: texture already preprocessed (1, C, T, T), uv (1, 2, H, W), mask (1, 1, H, W) ->
    (1, 3, H, W) after tanh, (1, 3, H, W) after sigmoid."""

    def __init__(self, channels, ngf, blocks, levels, uv=8, mask=4, features=16):
        super().__init__()
        self.ntex_preproc = nn.Sequential(*block(channels, channels), *block(channels, channels))
        self.uv_preproc = nn.Sequential(*block(2, uv), *block(uv, uv))
        self.uv_mask_preproc = nn.Sequential(*block(1, mask), *block(mask, mask))
        self.model = Trunk(channels + uv + mask, ngf, blocks, levels, features)
        self.rgb_head = head(features, 2, nn.Tanh())
        self.segm_head = head(features, 4, nn.Sigmoid())

    def assemble(self, texture, uv, mask):
        sampled = functional.grid_sample(
            texture, uv.permute(0, 2, 3, 1), mode="bilinear", padding_mode="zeros",
            align_corners=True)
        return torch.cat(
            [sampled * mask, self.uv_preproc(uv), self.uv_mask_preproc(mask)], 1)

    def trunk_and_heads(self, x):
        features = self.model(x)
        return self.rgb_head(features), self.segm_head(features)

    def forward(self, texture, uv, mask):
        return self.trunk_and_heads(self.assemble(texture, uv, mask))


class TrunkAndHeads(nn.Module):
    """The 465 of 467 GFLOP, on the assembled input; what is exported for other engines."""

    def __init__(self, renderer):
        super().__init__()
        self.renderer = renderer

    def forward(self, x):
        return self.renderer.trunk_and_heads(x)


def load(checkpoint):
    """The renderer of a checkpoint, in evaluation mode, sizes from the weights."""
    values = torch.load(checkpoint, map_location="cpu", weights_only=True)["state_dict"]
    prefix = "first_stage.renderer."
    values = {k[len(prefix):]: v for k, v in values.items() if k.startswith(prefix)}
    ngf, inputs = values["model.start.1.weight"].shape[:2]
    count = lambda name: len({k.split(".")[2] for k in values if k.startswith(name)})
    renderer = Renderer(
        values["ntex_preproc.0.weight"].shape[0], ngf, count("model.resblocks."),
        count("model.downsamples."), values["uv_preproc.0.weight"].shape[0],
        values["uv_mask_preproc.0.weight"].shape[0], values["model.final.1.weight"].shape[0])
    for name, value in values.items():
        if value.dim() == 4:
            values[name] = value / math.sqrt(value[0].numel())
    renderer.load_state_dict(values)
    return renderer.eval()
