"""Seeded random weights of DINAR's networks besides its renderer, under the names and with the
shapes of a released checkpoint. For random_dinar.py.

Values are scaled so that signals neither vanish nor grow from layer to layer; they mean nothing.
"""

import numpy as np


class Weights:
    """Values below a prefix, added to `tensors` by name."""

    def __init__(self, tensors, prefix, random):
        self.tensors, self.prefix, self.random = tensors, prefix, random

    def at(self, name):
        return Weights(self.tensors, f"{self.prefix}{name}.", self.random)

    def add(self, name, array):
        self.tensors[self.prefix + name] = array

    def normal(self, name, *shape, scale=1.0, mean=0.0):
        values = self.random.standard_normal(shape, dtype=np.float32)
        self.add(name, np.asarray(values * np.float32(scale) + np.float32(mean), np.float32))

    def layer(self, name, *shape, gain=1.0):
        """A convolution or a matrix with its bias; outputs of the size of inputs times the gain."""
        fan = int(np.prod(shape[1:]))
        self.normal(name + ".weight", *shape, scale=gain / np.sqrt(fan))
        self.normal(name + ".bias", shape[0], scale=0.1)

    def norm(self, name, channels):
        self.normal(name + ".weight", channels, scale=0.1, mean=1)
        self.normal(name + ".bias", channels, scale=0.1)


def blur(gain=1):
    line = np.array([1, 3, 3, 1], np.float32)
    return np.outer(line, line) / np.float32(64) * np.float32(gain)


# MARK: StyleGAN2

def style_channels(size, multiplier):
    """Channels of an image of some size."""
    if size <= 32:
        return round(min(128 * multiplier, 512))
    return round(128 * multiplier * 64 / size)


def tower(w, inputs, image, multiplier, outputs, rate):
    """Encoder and discriminator: halvings to 4 x 4, then two layers. Weights are divided by the
    learning rate's factor, as its own initialisation does."""
    scale = 1 / rate
    width = style_channels(image, multiplier)
    w.normal("convs.0.0.weight", width, inputs, 1, 1, scale=scale)
    w.normal("convs.0.1.bias", width, scale=0.1)
    size, index = image, 1
    while size > 4:
        size //= 2
        block, out = w.at(f"convs.{index}"), style_channels(size, multiplier)
        block.normal("conv1.0.weight", width, width, 3, 3, scale=scale)
        block.normal("conv1.1.bias", width, scale=0.1)
        block.add("conv2.0.kernel", blur())
        block.normal("conv2.1.weight", out, width, 3, 3, scale=scale)
        block.normal("conv2.2.bias", out, scale=0.1)
        block.add("skip.0.kernel", blur())
        block.normal("skip.1.weight", out, width, 1, 1, scale=scale)
        width, index = out, index + 1
    last = style_channels(4, multiplier)
    w.normal("final_conv.0.weight", last, width, 3, 3, scale=scale)
    w.normal("final_conv.1.bias", last, scale=0.1)
    w.normal("final_linear.0.weight", last, 16 * last, scale=scale)
    w.normal("final_linear.0.bias", last, scale=0.1 * scale)
    w.normal("final_linear.1.weight", outputs, last, scale=scale)
    w.normal("final_linear.1.bias", outputs, scale=0.1 * scale)


def generator(w, style, texture, multiplier, outputs):
    def modulated(name, inputs, out, size):
        w.normal(f"{name}.conv.weight", 1, out, inputs, size, size)
        w.normal(f"{name}.conv.modulation.weight", inputs, style)
        w.normal(f"{name}.conv.modulation.bias", inputs, scale=0.1, mean=1)

    def styled(name, inputs, out, is_up=False):
        modulated(name, inputs, out, 3)
        if is_up:
            w.add(f"{name}.conv.blur.kernel", blur(4))
        w.normal(f"{name}.noise.weight", 1, scale=0.1)
        w.normal(f"{name}.activate.bias", out, scale=0.1)

    def colours(name, inputs):
        modulated(name, inputs, outputs, 1)
        w.normal(f"{name}.bias", 1, outputs, 1, 1, scale=0.1)

    width = style_channels(4, multiplier)
    w.normal("input.input", 1, width, 4, 4)
    styled("conv1", width, width)
    colours("to_rgb1", width)
    size, level, sizes = 4, 0, [4]
    while size < texture:
        size *= 2
        out = style_channels(size, multiplier)
        styled(f"convs.{2 * level}", width, out, is_up=True)
        styled(f"convs.{2 * level + 1}", out, out)
        w.add(f"to_rgbs.{level}.upsample.kernel", blur(4))
        colours(f"to_rgbs.{level}", out)
        width, level = out, level + 1
        sizes += [size, size]
    for index, size in enumerate(sizes):
        w.normal(f"noises.noise_{index}", 1, 1, size, size)


# MARK: VQGAN

def compression(w, channels, base, multipliers, blocks, z, code, codes):
    def block(w, inputs, out):
        w.norm("norm1", inputs)
        w.layer("conv1", out, inputs, 3, 3)
        w.norm("norm2", out)
        w.layer("conv2", out, out, 3, 3, gain=0.5)
        if inputs != out:
            w.layer("nin_shortcut", out, inputs, 1, 1)

    def middle(w, width):
        block(w.at("mid.block_1"), width, width)
        w.norm("mid.attn_1.norm", width)
        for name in ("q", "k", "v", "proj_out"):
            w.layer(f"mid.attn_1.{name}", width, width, 1, 1)
        block(w.at("mid.block_2"), width, width)

    encoder, decoder = w.at("encoder"), w.at("decoder")
    width = base
    encoder.layer("conv_in", base, channels, 3, 3)
    for level, multiplier in enumerate(multipliers):
        for index in range(blocks):
            block(encoder.at(f"down.{level}.block.{index}"), width, base * multiplier)
            width = base * multiplier
        if level < len(multipliers) - 1:
            encoder.layer(f"down.{level}.downsample.conv", width, width, 3, 3)
    middle(encoder, width)
    encoder.norm("norm_out", width)
    encoder.layer("conv_out", z, width, 3, 3)

    decoder.layer("conv_in", width, z, 3, 3)
    middle(decoder, width)
    for level, multiplier in reversed(list(enumerate(multipliers))):
        for index in range(blocks + 1):
            block(decoder.at(f"up.{level}.block.{index}"), width, base * multiplier)
            width = base * multiplier
        if level > 0:
            decoder.layer(f"up.{level}.upsample.conv", width, width, 3, 3)
    decoder.norm("norm_out", width)
    decoder.layer("conv_out", channels, width, 3, 3)
    for name, count in (("rgb_proc", 3), ("segm_proc", 2)):
        decoder.norm(f"{name}.0", count)
        decoder.normal(f"{name}.0.running_mean", count, scale=0.1)
        decoder.normal(f"{name}.0.running_var", count, scale=0.1, mean=1)
        decoder.add(f"{name}.0.num_batches_tracked", np.array(1000, np.int64))
        decoder.layer(f"{name}.2", count, count, 3, 3)
    w.normal("quantize.embedding.weight", codes, code)
    w.layer("quant_conv", code, z, 1, 1)
    w.layer("post_quant_conv", z, code, 1, 1)


# MARK: latent diffusion

def diffusion(w, inputs, outputs, base, multipliers, blocks, attention):
    """The U-Net of guided diffusion with resampling in residual blocks.

    attention: the downsamplings at which blocks are followed by attention.
    """
    time = 4 * base

    def block(w, inputs, out):
        w.norm("in_layers.0", inputs)
        w.layer("in_layers.2", out, inputs, 3, 3)
        w.layer("emb_layers.1", out, time)
        w.norm("out_layers.0", out)
        w.layer("out_layers.3", out, out, 3, 3, gain=0.5)
        if inputs != out:
            w.layer("skip_connection", out, inputs, 1, 1)

    def attended(w, width):
        w.norm("norm", width)
        w.layer("qkv", 3 * width, width, 1)
        w.layer("proj_out", width, width, 1, gain=0.5)

    w.layer("time_embed.0", time, base)
    w.layer("time_embed.2", time, time)
    w.layer("input_blocks.0.0", base, inputs, 3, 3)
    width, skips, reduction, index = base, [base], 1, 1
    for level, multiplier in enumerate(multipliers):
        for _ in range(blocks):
            block(w.at(f"input_blocks.{index}.0"), width, base * multiplier)
            width = base * multiplier
            if reduction in attention:
                attended(w.at(f"input_blocks.{index}.1"), width)
            skips.append(width)
            index += 1
        if level < len(multipliers) - 1:
            block(w.at(f"input_blocks.{index}.0"), width, width)
            skips.append(width)
            reduction *= 2
            index += 1
    w.layer("preproc_rgb.0", 3, 3, 3, 3)
    w.layer("preproc_segm.0", 2, 2, 3, 3)
    block(w.at("middle_block.0"), width, width)
    attended(w.at("middle_block.1"), width)
    block(w.at("middle_block.2"), width, width)
    index = 0
    for level, multiplier in reversed(list(enumerate(multipliers))):
        for step in range(blocks + 1):
            one = w.at(f"output_blocks.{index}")
            block(one.at("0"), width + skips.pop(), base * multiplier)
            width, part = base * multiplier, 1
            if reduction in attention:
                attended(one.at("1"), width)
                part = 2
            if level > 0 and step == blocks:
                block(one.at(str(part)), width, width)
                reduction //= 2
            index += 1
    w.norm("out.0", width)
    w.layer("out.2", outputs, width, 3, 3)


def averages(tensors):
    """The moving averages of `model.*`, which lie in the same storages: half the file."""
    names = [name for name in tensors if name.startswith("model.")]
    result = {"model_ema.decay": np.array(0.9999, np.float32),
              "model_ema.num_updates": np.array(100000, np.int32)}
    for name in names:
        result["model_ema." + name[len("model."):].replace(".", "")] = tensors[name]
    return result


def schedule(steps=1000, first=0.0003, last=0.02):
    """The buffers of a latent diffusion model's noise schedule."""
    betas = np.linspace(first ** 0.5, last ** 0.5, steps) ** 2
    product = np.cumprod(1 - betas)
    before = np.append(1.0, product[:-1])
    variance = betas * (1 - before) / (1 - product)
    values = {
        "betas": betas, "alphas_cumprod": product, "alphas_cumprod_prev": before,
        "sqrt_alphas_cumprod": np.sqrt(product),
        "sqrt_one_minus_alphas_cumprod": np.sqrt(1 - product),
        "log_one_minus_alphas_cumprod": np.log(1 - product),
        "sqrt_recip_alphas_cumprod": np.sqrt(1 / product),
        "sqrt_recipm1_alphas_cumprod": np.sqrt(1 / product - 1),
        "posterior_variance": variance,
        "posterior_log_variance_clipped": np.log(np.maximum(variance, 1e-20)),
        "posterior_mean_coef1": betas * np.sqrt(before) / (1 - product),
        "posterior_mean_coef2": (1 - before) * np.sqrt(1 - betas) / (1 - product),
        "logvar": np.zeros(steps),
    }
    return {name: array.astype(np.float32) for name, array in values.items()}
