#!/usr/bin/env python3
"""Mesa's software rasterizer drawing uv and mask of the standing free body into RGBA32F.

Peer of the raster benchmark. Needs moderngl and Mesa's EGL (libegl1, libgl1-mesa-dri).
Without read-back: clear, draw, finish. With: the f32 RGBA pixels in host memory as well.
"""

import argparse
import os

import common


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--size", type=int, default=512)
    parser.add_argument("--threads", type=int, default=1, help="LP_NUM_THREADS")
    parser.add_argument("--repeats", type=int, default=30)
    parser.add_argument("--cull", choices=["back", "none"], default="back")
    parser.add_argument("--body", default=common.BODY)
    parser.add_argument("--save", help="write the mask as a PGM picture, to look at")
    options = parser.parse_args()

    # Mesa reads these when the context is made.
    os.environ["LP_NUM_THREADS"] = str(options.threads)
    os.environ["EGL_PLATFORM"] = "surfaceless"
    os.environ["LIBGL_ALWAYS_SOFTWARE"] = "1"
    os.environ["GALLIUM_DRIVER"] = "llvmpipe"
    try:
        import moderngl
        import numpy as np
    except ImportError as error:
        common.missing(error.name)
    try:
        context = moderngl.create_context(standalone=True, backend="egl")
    except Exception as error:  # moderngl raises plain Exception when EGL is not there
        common.missing(f"EGL ({error})")
    renderer = context.info["GL_RENDERER"]
    if not renderer.startswith("llvmpipe"):
        raise SystemExit(f"expected llvmpipe, found {renderer}")

    size = options.size
    name = f"llvmpipe-{size}-t{options.threads}-cull-{options.cull}"
    vertices, faces, uv, uv_faces = common.standing_scene(options.body)
    focal, _, _, eye = common.standing_camera(vertices, size)

    # One GL vertex for each pair of position and uv: seams split vertices.
    pairs = np.stack([faces.reshape(-1), uv_faces.reshape(-1)], axis=1)
    unique, indices = np.unique(pairs, axis=0, return_inverse=True)
    packed = np.concatenate([vertices[unique[:, 0]], uv[unique[:, 1]]], axis=1)
    program = context.program(
        vertex_shader="""
            #version 330
            uniform mat4 camera;
            in vec3 position;
            in vec2 uv;
            out vec2 shown;
            void main() { shown = uv; gl_Position = camera * vec4(position, 1.0); }
        """,
        fragment_shader="""
            #version 330
            in vec2 shown;
            out vec4 pixel;
            void main() { pixel = vec4(shown, 1.0, 1.0); }
        """,
    )
    near, far, scale = 0.1, 10.0, 2 * focal / size
    camera = np.array(
        [
            [scale, 0, 0, -scale * eye[0]],
            [0, scale, 0, -scale * eye[1]],
            [0, 0, (far + near) / (near - far),
             2 * far * near / (near - far) - eye[2] * (far + near) / (near - far)],
            [0, 0, -1, eye[2]],
        ],
        dtype=np.float32,
    )
    program["camera"].write(np.ascontiguousarray(camera.T).tobytes())
    mesh = context.vertex_array(
        program,
        [(context.buffer(packed.astype(np.float32).tobytes()), "3f 2f", "position", "uv")],
        context.buffer(indices.astype(np.uint32).tobytes()),
    )
    target = context.framebuffer(
        color_attachments=[context.texture((size, size), 4, dtype="f4")],
        depth_attachment=context.depth_renderbuffer((size, size)),
    )
    target.use()
    context.enable_only(
        moderngl.DEPTH_TEST | (moderngl.CULL_FACE if options.cull == "back" else 0))
    pixels = bytearray(size * size * 16)

    def draw():
        target.clear(-10.0, -10.0, 0.0, 0.0, depth=1.0)
        mesh.render()
        context.finish()

    def draw_and_read():
        target.clear(-10.0, -10.0, 0.0, 0.0, depth=1.0)
        mesh.render()
        target.read_into(pixels, components=4, dtype="f4")

    common.line(name, "renderer", renderer.replace(",", ";"))
    common.line(name, "triangles", len(faces))
    common.measure(name, "draw", draw, options.repeats)
    common.measure(name, "draw_and_read", draw_and_read, options.repeats)

    picture = np.frombuffer(pixels, np.float32).reshape(size, size, 4)[::-1]
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
