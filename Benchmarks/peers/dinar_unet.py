"""DINAR's diffusion U-Net at its released sizes, seeded random weights: one call in PyTorch eager and
in OpenVINO float32.

    python3 Benchmarks/peers/dinar_unet.py [--size 64] [--threads 2] [--repeats 5]

Written from the description of the network. Prints seconds by the clock and of the processor (all
threads together): the latter can be compared on a machine that others use.
"""

import argparse
import time

from common import line, missing

try:
    import torch
    from torch import nn
    from torch.nn import functional
except ImportError:
    missing("torch")

WIDTHS, BLOCKS, HEADS, GROUPS, TIME = (256, 512, 768, 1024), 2, 8, 8, 1024


class Residual(nn.Module):
    def __init__(self, inputs, outputs, resampling=None):
        super().__init__()
        self.norm1, self.conv1 = nn.GroupNorm(GROUPS, inputs), nn.Conv2d(inputs, outputs, 3, padding=1)
        self.time = nn.Linear(TIME, outputs)
        self.norm2, self.conv2 = nn.GroupNorm(GROUPS, outputs), nn.Conv2d(outputs, outputs, 3, padding=1)
        self.skip = nn.Conv2d(inputs, outputs, 1) if inputs != outputs else nn.Identity()
        self.resample = {None: nn.Identity(), "down": nn.AvgPool2d(2),
                         "up": nn.Upsample(scale_factor=2, mode="nearest")}[resampling]

    def forward(self, x, time):
        h = self.conv1(self.resample(functional.silu(self.norm1(x))))
        h = h + self.time(functional.silu(time))[:, :, None, None]
        return self.skip(self.resample(x)) + self.conv2(functional.silu(self.norm2(h)))


class Attention(nn.Module):
    def __init__(self, channels):
        super().__init__()
        self.norm, self.qkv = nn.GroupNorm(GROUPS, channels), nn.Conv1d(channels, 3 * channels, 1)
        self.out = nn.Conv1d(channels, channels, 1)

    def forward(self, x, time):
        n, c, height, width = x.shape
        flat = x.reshape(n, c, height * width)
        q, k, v = self.qkv(self.norm(flat)).reshape(n * HEADS, 3 * c // HEADS, -1).chunk(3, 1)
        scale = (c // HEADS) ** -0.25
        weight = torch.softmax(torch.einsum("bct,bcs->bts", q * scale, k * scale), -1)
        h = torch.einsum("bts,bcs->bct", weight, v).reshape(n, c, -1)
        return (flat + self.out(h)).reshape(n, c, height, width)


class UNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.time = nn.Sequential(nn.Linear(256, TIME), nn.SiLU(), nn.Linear(TIME, TIME))
        self.colours, self.masks = nn.Conv2d(3, 3, 3, padding=1), nn.Conv2d(2, 2, 3, padding=1)
        self.first = nn.Conv2d(13, WIDTHS[0], 3, padding=1)
        self.down, self.up, widths, now = nn.ModuleList(), nn.ModuleList(), [WIDTHS[0]], WIDTHS[0]
        for level, width in enumerate(WIDTHS):
            for _ in range(BLOCKS):
                self.down.append(self.block(now, width, level))
                now = width
                widths.append(now)
            if level < len(WIDTHS) - 1:
                self.down.append(nn.ModuleList([Residual(now, now, "down")]))
                widths.append(now)
        self.middle = nn.ModuleList([Residual(now, now), Attention(now), Residual(now, now)])
        for level, width in reversed(list(enumerate(WIDTHS))):
            for step in range(BLOCKS + 1):
                block = self.block(now + widths.pop(), width, level)
                now = width
                if level and step == BLOCKS:
                    block.append(Residual(now, now, "up"))
                self.up.append(block)
        self.out = nn.Sequential(nn.GroupNorm(GROUPS, now), nn.SiLU(), nn.Conv2d(now, 6, 3, padding=1))

    @staticmethod
    def block(inputs, outputs, level):
        layers = [Residual(inputs, outputs)] + ([Attention(outputs)] if level else [])
        return nn.ModuleList(layers)

    def forward(self, x, condition, timestep):
        time, x = self.time(timestep), torch.cat([x, condition], 1)
        h = self.first(torch.cat([x[:, :8], self.colours(x[:, 8:11]), self.masks(x[:, 11:])], 1))
        skips = [h]
        for block in self.down:
            for layer in block:
                h = layer(h, time)
            skips.append(h)
        for layer in self.middle:
            h = layer(h, time)
        for block in self.up:
            h = torch.cat([h, skips.pop()], 1)
            for layer in block:
                h = layer(h, time)
        return self.out(h)


def measure(name, work, repeats):
    work()
    clock, processor = [], []
    for _ in range(repeats):
        a, b = time.perf_counter(), time.process_time()
        work()
        clock.append(time.perf_counter() - a)
        processor.append(time.process_time() - b)
    line(name, "step_s_min", min(clock))
    line(name, "step_processor_s_min", min(processor))


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--size", type=int, default=64)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--repeats", type=int, default=5)
    options = parser.parse_args()
    torch.manual_seed(1)
    torch.set_num_threads(options.threads)
    network = UNet().eval()
    line("unet", "parameters", sum(p.numel() for p in network.parameters()))
    size = options.size
    inputs = (torch.randn(1, 6, size, size), torch.randn(1, 7, size, size), torch.randn(1, 256))
    with torch.no_grad():
        measure("unet torch", lambda: network(*inputs), options.repeats)
        try:
            import openvino
        except ImportError:
            missing("openvino")
        model = openvino.convert_model(network, example_input=inputs, input=[i.shape for i in inputs])
    compiled = openvino.Core().compile_model(
        model, "CPU", {"INFERENCE_PRECISION_HINT": "f32", "INFERENCE_NUM_THREADS": options.threads,
                       "NUM_STREAMS": 1})
    request = compiled.create_infer_request()
    arrays = [i.numpy() for i in inputs]
    measure("unet openvino", lambda: request.infer(arrays), options.repeats)


if __name__ == "__main__":
    main()
