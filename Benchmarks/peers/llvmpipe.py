"""Mesa's llvmpipe drawing the uv coordinates and the mask of a mesh into RGBA32F."""

import os

import common


class UVRasterizer:
    """Needs moderngl and Mesa's EGL; ends the script with status 69 where they are missing.

    uv in red and green, mask in alpha; -10, -10, 0, 0 where nothing is.
    """

    def __init__(self, faces, uv, uv_faces, size, threads, cull):
        # Mesa reads these when the context is made.
        os.environ["LP_NUM_THREADS"] = str(threads)
        os.environ["EGL_PLATFORM"] = "surfaceless"
        os.environ["LIBGL_ALWAYS_SOFTWARE"] = "1"
        os.environ["GALLIUM_DRIVER"] = "llvmpipe"
        try:
            import moderngl
            import numpy as np
        except ImportError as error:
            common.missing(error.name)
        try:
            self.context = moderngl.create_context(standalone=True, backend="egl")
        except Exception as error:  # moderngl raises plain Exception when EGL is not there
            common.missing(f"EGL ({error})")
        self.name = self.context.info["GL_RENDERER"]
        if not self.name.startswith("llvmpipe"):
            raise SystemExit(f"expected llvmpipe, found {self.name}")
        self.size = size
        # One GL vertex for each pair of position and uv: seams split vertices.
        pairs = np.stack([faces.reshape(-1), uv_faces.reshape(-1)], axis=1)
        unique, indices = np.unique(pairs, axis=0, return_inverse=True)
        self.vertex = unique[:, 0]
        self.program = self.context.program(
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
        self.positions = self.context.buffer(reserve=len(unique) * 12)
        self.mesh = self.context.vertex_array(
            self.program,
            [(self.positions, "3f", "position"),
             (self.context.buffer(uv[unique[:, 1]].astype(np.float32).tobytes()), "2f", "uv")],
            self.context.buffer(indices.astype(np.uint32).tobytes()),
        )
        self.target = self.context.framebuffer(
            color_attachments=[self.context.texture((size, size), 4, dtype="f4")],
            depth_attachment=self.context.depth_renderbuffer((size, size)),
        )
        self.target.use()
        self.context.enable_only(
            moderngl.DEPTH_TEST | (moderngl.CULL_FACE if cull == "back" else 0))
        self.pixels = bytearray(size * size * 16)

    def place(self, vertices, focal, eye):
        """The vertices to draw, (V, 3) metres, and a camera that looks along -Z."""
        import numpy as np

        near, far, scale = 0.1, 10.0, 2 * focal / self.size
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
        self.program["camera"].write(np.ascontiguousarray(camera.T).tobytes())
        self.positions.write(vertices[self.vertex].astype(np.float32).tobytes())

    def draw(self):
        self.target.clear(-10.0, -10.0, 0.0, 0.0, depth=1.0)
        self.mesh.render()
        self.context.finish()

    def draw_and_read(self):
        self.target.clear(-10.0, -10.0, 0.0, 0.0, depth=1.0)
        self.mesh.render()
        self.target.read_into(self.pixels, components=4, dtype="f4")

    def picture(self):
        """What was read, (size, size, 4), the upper row first."""
        import numpy as np

        return np.frombuffer(self.pixels, np.float32).reshape(self.size, self.size, 4)[::-1]
