#!/usr/bin/env python3
"""Mesa's software rasterizer drawing uv and mask of the standing free body into RGBA32F.

Peer of the raster benchmark. Needs moderngl and Mesa's EGL (libegl1, libgl1-mesa-dri).
Without read-back: clear, draw, finish. With: the f32 RGBA pixels in host memory as well.
"""

import argparse

import common
import llvmpipe


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--size", type=int, default=512)
    parser.add_argument("--threads", type=int, default=1, help="LP_NUM_THREADS")
    parser.add_argument("--repeats", type=int, default=30)
    parser.add_argument("--cull", choices=["back", "none"], default="back")
    parser.add_argument("--body", default=common.BODY)
    parser.add_argument("--save", help="write the mask as a PGM picture, to look at")
    options = parser.parse_args()

    try:
        import numpy as np
    except ImportError as error:
        common.missing(error.name)
    size = options.size
    name = f"llvmpipe-{size}-t{options.threads}-cull-{options.cull}"
    vertices, faces, uv, uv_faces = common.standing_scene(options.body)
    focal, _, _, eye = common.standing_camera(vertices, size)
    rasterizer = llvmpipe.UVRasterizer(faces, uv, uv_faces, size, options.threads, options.cull)
    rasterizer.place(vertices, focal, eye)

    common.line(name, "renderer", rasterizer.name.replace(",", ";"))
    common.line(name, "triangles", len(faces))
    common.measure(name, "draw", rasterizer.draw, options.repeats)
    common.measure(name, "draw_and_read", rasterizer.draw_and_read, options.repeats)

    picture = rasterizer.picture()
    mask = picture[:, :, 3] > 0
    rows = np.flatnonzero(mask.any(axis=1))
    common.line(name, "coverage_percent", float(mask.mean() * 100))
    common.line(name, "height_share", float((rows[-1] - rows[0] + 1) / size))
    if not 0 <= picture[mask][:, :2].min() <= picture[mask][:, :2].max() <= 1:
        raise SystemExit("uv outside [0, 1]: the picture is wrong")
    if options.save:
        with open(options.save, "wb") as file:
            file.write(b"P5 %d %d 255\n" % (size, size))
            file.write((picture[:, :, 0] * mask * 255).astype(np.uint8).tobytes())


if __name__ == "__main__":
    main()
