#!/usr/bin/env python3
"""The loop that DINAR's users have, without a GPU: milliseconds a frame.

Peer of the neural animation. A frame: the `smplx` package poses the free body, llvmpipe rasterizes uv
and mask, PyTorch (eager) preprocesses the texture and runs the renderer as DINAR's code does in every
frame, the picture is composed and piped to ffmpeg's libx264. Needs torch, smplx, moderngl, ffmpeg.
"""

import argparse
import contextlib
import io
import os
import shutil
import subprocess

import common
import llvmpipe


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("checkpoint", help="as Tools/random_dinar.py writes it")
    parser.add_argument("--size", type=int, default=512)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--repeats", type=int, default=4)
    options = parser.parse_args()

    os.environ["OMP_NUM_THREADS"] = os.environ["MKL_NUM_THREADS"] = str(options.threads)
    try:
        import numpy as np
        import torch
        from smplx import SMPLX

        import dinar_renderer
    except ImportError as error:
        common.missing(error.name)
    if not shutil.which("ffmpeg"):
        common.missing("ffmpeg")
    torch.set_num_threads(options.threads)
    torch.manual_seed(1)

    size = options.size
    with contextlib.redirect_stdout(io.StringIO()):  # it prints notes about short shape spaces
        model = SMPLX(common.BODY, use_pca=False, flat_hand_mean=True, num_betas=10,
                      num_expression_coeffs=10, use_face_contour=True)
    motion = np.load(common.MOTION)
    standing, faces, uv, uv_faces = common.standing_scene(common.BODY)
    focal, _, _, eye = common.standing_camera(standing, size)
    uv = np.stack([uv[:, 0], 1 - uv[:, 1]], axis=1)
    rasterizer = llvmpipe.UVRasterizer(faces, uv, uv_faces, size, options.threads, "none")
    renderer = dinar_renderer.load(options.checkpoint)
    texture = torch.randn(1, renderer.ntex_preproc[0].in_channels, 256, 256)
    encoder = subprocess.Popen(
        ["ffmpeg", "-loglevel", "error", "-f", "rawvideo", "-pix_fmt", "rgb24", "-s",
         f"{size}x{size}", "-r", "30", "-i", "-", "-c:v", "libx264", "-preset", "veryfast", "-crf",
         "20", "-pix_fmt", "yuv420p", "-f", "null", "-"], stdin=subprocess.PIPE)
    number = 0

    def frame():
        nonlocal number
        pose = torch.from_numpy(motion["poses"][number % len(motion["poses"])])[None]
        number += 1
        vertices = model(
            betas=torch.zeros(1, 10), expression=torch.zeros(1, 10), global_orient=pose[:, :3],
            body_pose=pose[:, 3:66], jaw_pose=pose[:, 66:69], leye_pose=pose[:, 69:72],
            reye_pose=pose[:, 72:75], left_hand_pose=pose[:, 75:120],
            right_hand_pose=pose[:, 120:165]).vertices[0].numpy()
        rasterizer.place(vertices, focal, eye)
        rasterizer.draw_and_read()
        picture = torch.from_numpy(rasterizer.picture().copy())
        mask = picture[None, None, :, :, 3]
        coordinates = picture[None, :, :, :2].permute(0, 3, 1, 2)
        coordinates = (2 * coordinates - 1) * mask - 10 * (1 - mask)
        rgb, segm = renderer(renderer.ntex_preproc(texture), coordinates, mask)
        s = torch.clip(segm[:, :1] + mask, 0, 1)
        s = torch.clip(
            (1 - torch.exp(20 * (0.5 - s))) * (1 + torch.exp(70 * (s - 0.7))), 0, 1)
        shown = (rgb + 1) / 2 * s + (1 - s)
        encoder.stdin.write(
            (shown[0].permute(1, 2, 0) * 255).to(torch.uint8).contiguous().numpy().tobytes())

    with torch.inference_mode():
        common.measure(
            f"dinar-loop-{size}-t{options.threads}", "frame", frame, options.repeats, warm_up=1)
    encoder.stdin.close()
    encoder.wait()


if __name__ == "__main__":
    main()
