#!/usr/bin/env python3
"""Paints the bundled avatar `sample`: a dressed person on the free SMPL-X-layout body.

    python3 Tools/paint_sample.py --body assets/body/SMPLX_NEUTRAL.npz \\
        --out assets/avatars/sample.safetensors [--picture texture.png] [--size 2048]

Needs Python 3.10 with numpy, scipy and pillow. Every texel of the atlas is taken to its place on
the body at rest and painted there with 3-D noise and 3-D distances, so that nothing breaks at the
seams of the atlas. Seeds are fixed: the same versions of the libraries give the same bytes.
Left is the body's +X; row 0 of the picture is v = 1.
"""

import argparse
import time

import numpy as np

from paint.avatar_file import png_bytes, sha256, write_avatar
from paint.face import paint_face
from paint.hair import paint_hair
from paint.jeans import paint_jeans
from paint.shirt import paint_shirt
from paint.shoes import paint_shoes
from paint.skin import paint_skin, shade_skin
from paint.surface import Body, Surface
from paint.noise import step

# A little taller and broader than the average of the free body's sample of people.
BETAS = [0.2, 1.3, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0]
DESCRIPTION = "A person in a striped shirt, jeans and canvas shoes, painted procedurally."


def paint(body_path, size):
    """The texture as a (size, size, 3) uint8 picture."""
    surface = Surface(Body(body_path), size)
    paint_skin(surface)
    everything = np.arange(len(surface.position))
    shade_skin(surface, everything[surface.inner == 0])
    paint_face(surface)
    paint_hair(surface)
    clothes = [paint_shoes(surface), paint_shirt(surface), paint_jeans(surface)]
    for texels, strength in zip(clothes, (0.25, 0.55, 0.50)):
        seen = step(surface.occlusion[texels], 0.0, 0.9)
        surface.scale(texels, 1 - strength * (1 - seen))
    return surface.picture()


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--body", required=True, help="SMPLX_NEUTRAL.npz of the free body")
    parser.add_argument("--out", help="the avatar to write (.safetensors)")
    parser.add_argument("--picture", help="also write the texture as a PNG")
    parser.add_argument("--size", type=int, default=2048, help="texels on a side")
    options = parser.parse_args()
    start = time.time()
    picture = paint(options.body, options.size)
    if options.picture:
        with open(options.picture, "wb") as file:
            file.write(png_bytes(picture))
    if options.out:
        description = {
            "format_version": 1,
            "name": "sample",
            "body": {"file": "SMPLX_NEUTRAL.npz", "sha256": sha256(options.body)},
            "betas": BETAS,
            "decoder": {"kind": "plain", "light": "soft"},
            "textures": {"color": {"tensor": "texture", "encoding": "raw",
                                   "color_space": "srgb", "origin": "upper_left"}},
            "up": "y",
            "description": DESCRIPTION,
            "license": "Apache-2.0",
            "provenance": "Tools/paint_sample.py on the free body",
        }
        size = write_avatar(options.out, picture, description)
        print(f"{options.out}: {size} bytes of texels, {time.time() - start:.0f} s")


if __name__ == "__main__":
    main()
