#!/usr/bin/env python3
"""The ffmpeg program encoding ready frames with libx264: frames a second, process start included.

Peer of the whole `animate` loop. Raw rgb24 frames lie in the page cache; a video given instead
of them is taken apart first (not timed).
"""

import argparse
import os
import shutil
import statistics
import subprocess
import tempfile
import time

import common


def run(arguments):
    result = subprocess.run(
        ["ffmpeg", "-nostdin", "-v", "error", "-y", *arguments], stdin=subprocess.DEVNULL)
    if result.returncode != 0:
        raise SystemExit(f"ffmpeg ended with {result.returncode}")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("frames", help="raw rgb24 frames (.rgb, .raw), or a video to take apart")
    parser.add_argument("--size", default="512x512")
    parser.add_argument("--fps", type=float, default=30)
    parser.add_argument("--preset", default="veryfast")
    parser.add_argument("--crf", type=int, default=20)
    parser.add_argument("--threads", type=int, default=0, help="0: as ffmpeg likes")
    parser.add_argument("--repeats", type=int, default=5)
    options = parser.parse_args()
    if shutil.which("ffmpeg") is None:
        common.missing("ffmpeg")

    with tempfile.TemporaryDirectory() as folder:
        raw = options.frames
        if not raw.endswith((".rgb", ".raw")):
            raw = os.path.join(folder, "frames.rgb")
            size = options.size.replace("x", ":")
            run(["-i", options.frames, "-vf", f"scale={size}", "-fps_mode", "passthrough",
                 "-f", "rawvideo", "-pix_fmt", "rgb24", raw])
        width, height = (int(part) for part in options.size.split("x"))
        count, rest = divmod(os.path.getsize(raw), width * height * 3)
        if count == 0 or rest:
            raise SystemExit(f"{raw}: not whole frames of {options.size} rgb24")
        with open(raw, "rb") as file:  # into the page cache
            while file.read(1 << 24):
                pass

        out = os.path.join(folder, "out.mp4")
        arguments = [
            "-f", "rawvideo", "-pix_fmt", "rgb24", "-s", options.size, "-r", str(options.fps),
            "-i", raw, "-c:v", "libx264", "-preset", options.preset, "-crf", str(options.crf),
            "-pix_fmt", "yuv420p",
            *(["-threads", str(options.threads)] if options.threads else []), out]
        times = []
        for _ in range(options.repeats):
            start = time.perf_counter()
            run(arguments)
            times.append(time.perf_counter() - start)

        name = f"ffmpeg-{options.size}-{options.preset}-t{options.threads or 'auto'}"
        common.line(name, "frames", count)
        common.line(name, "encode_fps_median", count / statistics.median(times))
        common.line(name, "encode_fps_best", count / min(times))
        common.line(name, "encode_s_median", statistics.median(times))
        common.line(name, "bytes", os.path.getsize(out))


if __name__ == "__main__":
    main()
