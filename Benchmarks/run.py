#!/usr/bin/env python3
"""Times our programs and their peers in turn and prints the ratios.

    python3 Benchmarks/run.py                        everything that is built and installed
    python3 Benchmarks/run.py --only raster --rounds 7
    PEER_PYTHON=venv/bin/python python3 Benchmarks/run.py     peers' packages in another Python

The host may change its speed from minute to minute, so only the ratio of two commands timed one
after the other means anything: each round runs ours, then the peer, and the ratio printed is the
median over the rounds (above 1: we are faster). Inside a run each command takes its own median.
Every command prints lines `name,metric,value`; the metric `wall_s` is the driver's own, the whole
process. Lower is better for all metrics in the table.
"""

import argparse
import os
import platform
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from typing import Optional

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
PEERS = os.path.join(ROOT, "Benchmarks", "peers")
BUILT = os.path.join(ROOT, ".build", "release")
PEER_PYTHON = os.environ.get("PEER_PYTHON", sys.executable)


@dataclass
class Side:
    """One command and the metric that is read from it; `scale` turns it into the row's unit. `name`
    picks among commands' lines of the same metric."""

    command: list
    metric: str
    scale: float = 1.0
    name: Optional[str] = None


@dataclass
class Comparison:
    name: str
    unit: str
    ours: Side
    peer: Optional[Side]
    floor: Optional[float] = None  # the ratio that must be reached


def ours(program, *arguments, metric, scale=1.0, name=None):
    return Side([os.path.join(BUILT, program), *map(str, arguments)], metric, scale, name)


def peer(script, *arguments, metric, scale=1.0):
    return Side(
        [PEER_PYTHON, os.path.join(PEERS, script), *map(str, arguments)], metric, scale)


def table(folder):
    rows = []
    for size, floor in ((512, 6), (2048, 4)):
        for cull in ("none", "back"):
            rows.append(Comparison(
                f"raster {size}, uv + mask, cull {cull}, 1 thread", "ms",
                ours("raster-benchmark", "--size", size, "--threads", 1, "--cull", cull,
                     metric="draw_ms_median"),
                peer("llvmpipe_raster.py", "--size", size, "--threads", 1, "--cull", cull,
                     metric="draw_ms_median"),
                floor))
        rows.append(Comparison(
            f"raster {size}, 2 threads against our own 1", "ms",
            ours("raster-benchmark", "--size", size, "--threads", 2, metric="draw_ms_median"),
            ours("raster-benchmark", "--size", size, "--threads", 1, metric="draw_ms_median"),
            1))
    for batch, floor in ((1, 1.6), (8, None), (64, 5)):
        rows.append(Comparison(
            f"posing, batch {batch}, 1 thread, a frame", "ms",
            ours("pose-benchmark", "--batch", batch, "--threads", 1, metric="pose_ms_median"),
            peer("smplx_lbs.py", "--batch", batch, "--threads", 1, metric="forward_ms_median"),
            floor))
    for kind in ("stored", "deflated"):
        file = os.path.join(folder, f"{kind}.npz")
        rows.append(Comparison(
            f"npz, 100 MB, {kind}", "ms",
            ours("npz-benchmark", file, metric="read_ms_median"),
            peer("numpy_npz.py", file, metric="read_ms_median"),
            1))
    file = os.path.join(folder, "frames.bvh")
    for reader, floor in (("python", 10), ("numpy", 5), ("bvh", None)):
        rows.append(Comparison(
            f"bvh, 10,000 frames of 60 joints, against {reader}", "ms",
            ours("bvh-benchmark", file, metric="read_ms_median"),
            peer("bvh_readers.py", file, "--reader", reader, "--repeats", 3,
                 metric="read_ms_median"),
            floor))
    video = os.path.join(folder, "loop.mp4")
    # Slowed down until the start of the process weighs little: 900 frames.
    loop = ours(
        "avatar", "animate", "sample", "wave", "-o", video, "--size", 512, "--fps", 60,
        "--speed", 0.2, "--preset", "veryfast", "--crf", 20, "--force", "--quiet",
        metric="wall_s")
    for threads in (0, 2):
        rows.append(Comparison(
            f"animate loop 512 to H.264, ffmpeg threads {threads or 'auto'}", "s", loop,
            peer("ffmpeg_encode.py", video, "--fps", 60, "--threads", threads, "--repeats", 1,
                 metric="encode_s_median"),
            0.85))
    # A person covers 24 % of the frame. Computed is all of it, or what differs from the empty frame by
    # more than rounding, or what of that is needed within 8 pixels of the person.
    kinds = (("dense", "frame"), ("skipping", "skipping"), ("skipping, 8 px margin", "margin"))
    for engine, floors in (("openvino", (2.5, 3.5, 4)), ("onnxruntime", None), ("torch", None)):
        for index, (kind, metric) in enumerate(kinds):
            rows.append(Comparison(
                f"DINAR's renderer, {kind}, 512, 2 threads, against {engine}", "s",
                ours("renderer-benchmark", "--threads", 2, metric=f"{metric}_s_median"),
                peer("renderer.py", "--engine", engine, "--threads", 2, metric="frame_ms_median",
                     scale=1e-3),
                floors[index] if floors else None))
    for index, (kind, metric) in enumerate(kinds):
        rows.append(Comparison(
            f"DINAR's renderer in bytes, {kind}, 512, 2 threads, against openvino int8", "s",
            ours("renderer-benchmark", "--threads", 2, "--precision", "fast",
                 metric=f"{metric}_s_median"),
            peer("renderer.py", "--engine", "openvino-int8", "--threads", 2, "--cache", folder,
                 metric="frame_ms_median", scale=1e-3),
            (None, 2.5, 2.5)[index]))
    photo = os.environ.get("AVATAR_PHOTO", "")
    for what, metric, arguments in (
            ("landmark networks, once each", "networks", ()),
            ("landmarks of a photo", "photo", ("--photo", photo))):
        rows.append(Comparison(
            f"{what}, 2 threads, against TFLite", "ms",
            ours("landmark-benchmark", "--threads", 2, *arguments, metric=f"{metric}_ms_median"),
            peer("tflite_landmarks.py", "--threads", 2, metric=f"{metric}_ms_median"), 1))
    for kernel, layer, floor in (
            ("start-7x7-winograd", "start-7x7", 1), ("down1", "down1", 1), ("down2-winograd", "down2", 1),
            ("down3-winograd", "down3", 1), ("res", "res", 2.5), ("up1-transformed", "up1", 3),
            ("up2-transformed", "up2", 3), ("up3-transformed", "up3", 3), ("final-7x7-winograd", "final-7x7", 1),
            ("head-16-16", "head-16-16", None)):
        rows.append(Comparison(
            f"layer {layer}, 2 threads, against oneDNN's convolution", "ms",
            ours("kernel-benchmark", "--only", kernel, metric="ms_median", name=f"kernel-{kernel}-2"),
            peer("convolutions.py", layer, metric="best_ms_median"), floor))
    for threads in (1, 2):
        for way, what, floor in (("best", "fastest way", 0.7), ("original", "way of DINAR's code", 3)):
            rows.append(Comparison(
                f"attention, 1024 tokens x 8 heads x 64, {threads} threads, against torch, {what}",
                "ms",
                ours("kernel-benchmark", "--only", "attention-1024", "--threads", threads,
                     metric="ms_median", name=f"kernel-attention-1024-{threads}"),
                peer("attention.py", "--tokens", 1024, "--threads", threads,
                     metric=f"{way}_ms_median"),
                floor))
    checkpoint = os.path.join(folder, "dinar", "dinar.ckpt")
    for network, what, floor in (
            ("encoder", "style encoder", 2.5), ("generator", "texture generator", 2.5),
            ("encode", "compression, encode", 2.5), ("decode", "compression, decode", 2.5),
            ("codes", "code search", 15)):
        rows.append(Comparison(
            f"DINAR's networks, {what}, 2 threads, against torch eager", "ms",
            ours("dinar-networks-benchmark", "--checkpoint", checkpoint, "--threads", 2,
                 "--only", network, metric=f"{network}_ms_median"),
            peer("dinar_networks.py", checkpoint, "--threads", 2, "--only", network,
                 metric=f"{network}_ms_median"),
            floor))
    networks = os.path.join(folder, "sample_refine")
    for engine, floor in (("torch", 3), ("openvino", 1.5)):
        rows.append(Comparison(
            f"Sample&Refine, sampler and refiner, 256, 2 threads, against {engine}", "ms",
            ours("sample-refine-benchmark", "--folder", networks, "--threads", 2,
                 metric="both_ms_median"),
            peer("sample_refine.py", networks, "--engine", engine, "--threads", 2,
                 metric="both_ms_median"),
            floor))
    rows.append(Comparison(
        "evaluation, PSNR, SSIM, MS-SSIM and L1 of a pair of 512, 2 threads, against piq", "ms",
        ours("evaluation-benchmark", "--threads", 2, "--pairs", 100, metric="ms_per_pair"),
        peer("metrics.py", "--threads", 2, "--pairs", 10, metric="ms_per_pair"),
        8))
    # 20 frames a process, its start included, against the peer's median of single frames.
    avatar = os.path.join(folder, "dinar", "person01.safetensors")
    for precision, floor in (("exact", None), ("fast", 12)):
        rows.append(Comparison(
            f"neural animation 512 to H.264, {precision}, a frame, against the loop in torch eager", "s",
            ours("avatar", "animate", avatar, "wave", "-o", video, "--end", 0.66, "--size", 512,
                 "--precision", precision, "--preset", "veryfast", "--crf", 20, "--force", "--quiet",
                 metric="wall_s", scale=1 / 20),
            peer("dinar_loop.py", os.path.join(folder, "dinar", "dinar.ckpt"),
                 metric="frame_ms_median", scale=1e-3),
            floor))
    rows.append(Comparison(
        "export, whole process", "s",
        ours("avatar", "export", "sample", "-o", os.path.join(folder, "still.png"), "--force",
             "--quiet", metric="wall_s"),
        None))
    return rows


class Absent(Exception):
    """A program that is not built or a package that is not installed."""


class Failed(Exception):
    """A command that ran and did not deliver; counts like a missed floor."""


def take(side):
    """Runs one side once and returns its metric."""
    if not os.path.exists(side.command[0]) and shutil.which(side.command[0]) is None:
        raise Absent(f"{side.command[0]} is not built")
    start = time.perf_counter()
    result = subprocess.run(
        side.command, capture_output=True, text=True, stdin=subprocess.DEVNULL, cwd=ROOT)
    wall = time.perf_counter() - start
    if result.returncode == 69:
        raise Absent(result.stderr.strip().splitlines()[-1])
    if result.returncode != 0:
        complaint = " ".join(result.stderr.split())[-300:]
        raise Failed(f"{' '.join(side.command)} ended with {result.returncode}: {complaint}")
    if side.metric == "wall_s":
        return wall * side.scale
    for line in result.stdout.splitlines():
        fields = line.split(",")
        if len(fields) == 3 and fields[1] == side.metric and side.name in (None, fields[0]):
            return float(fields[2]) * side.scale
    raise Failed(f"{side.command[0]} printed no {side.metric}")


def make_dinar(folder, networks):
    """A random checkpoint and person of DINAR at the released sizes, and the avatar of both.

    networks: not the renderer alone but all, 1.8 GB.
    """
    subprocess.run(
        [PEER_PYTHON, os.path.join(ROOT, "Tools", "random_dinar.py"), "-o", folder,
         *(["--all"] if networks else [])],
        check=True, stdout=subprocess.DEVNULL)
    subprocess.run(
        [os.path.join(BUILT, "avatar"), "import", "dinar", os.path.join(folder, "person01.pkl"),
         "--checkpoint", os.path.join(folder, "dinar.ckpt"), "-o",
         os.path.join(folder, "person01.safetensors"), "--quiet"], check=True)


def compare(row, rounds):
    """Rounds of ours, peer, ours, peer ...: (our values, the peer's values or none)."""
    mine, theirs = [], []
    for _ in range(rounds):
        mine.append(take(row.ours))
        if row.peer:
            theirs.append(take(row.peer))
    return mine, theirs


def processor():
    with open("/proc/cpuinfo") as file:
        for line in file:
            if line.startswith("model name"):
                return line.split(":", 1)[1].strip()
    return platform.machine()


def commit():
    result = subprocess.run(
        ["git", "describe", "--always", "--dirty"], capture_output=True, text=True, cwd=ROOT)
    return result.stdout.strip() or "unknown"


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--only", default="", help="rows whose name contains this")
    parser.add_argument("--csv", help="also write every value of every round here")
    options = parser.parse_args()

    print(f"{processor()}, {os.cpu_count()} processors; commit {commit()}; "
          f"{time.strftime('%Y-%m-%d')}; {options.rounds} rounds in alternation")
    print("| what | unit | ours | peer | ratio (lowest to highest) | floor | |")
    print("| --- | --- | --- | --- | --- | --- | --- |")
    lines, below = [], 0
    with tempfile.TemporaryDirectory() as folder:
        rows = [row for row in table(folder) if options.only in row.name]
        if any(row.name.startswith("bvh") for row in rows):
            subprocess.run(
                [PEER_PYTHON, os.path.join(PEERS, "bvh_readers.py"), "--make",
                 os.path.join(folder, "frames.bvh")], check=True)
        if any(row.name.startswith("npz") for row in rows):
            made = subprocess.run(
                [PEER_PYTHON, os.path.join(PEERS, "numpy_npz.py"), "--make", folder])
            if made.returncode != 0:
                rows = [row for row in rows if not row.name.startswith("npz")]
        networks = any(row.name.startswith("DINAR's networks") for row in rows)
        if networks or any(row.name.startswith("neural") for row in rows):
            make_dinar(os.path.join(folder, "dinar"), networks)
        if any(row.name.startswith("Sample&Refine") for row in rows):
            subprocess.run(
                [PEER_PYTHON, os.path.join(ROOT, "Tools", "random_sample_refine.py"), "-o",
                 os.path.join(folder, "sample_refine")], check=True, stdout=subprocess.DEVNULL)
        for row in rows:
            try:
                mine, theirs = compare(row, options.rounds)
            except (Absent, Failed) as reason:
                print(f"| {row.name} | {row.unit} | - | - | - | {row.floor or ''} | {reason} |")
                below += isinstance(reason, Failed)
                continue
            for index, value in enumerate(mine):
                lines.append(f"{row.name.replace(',', '')},ours,{index},{value:.6g}")
            for index, value in enumerate(theirs):
                lines.append(f"{row.name.replace(',', '')},peer,{index},{value:.6g}")
            own = f"{statistics.median(mine):.3g}"
            if not theirs:
                print(f"| {row.name} | {row.unit} | {own} | | | | |")
                continue
            ratios = [b / a for a, b in zip(mine, theirs)]
            ratio = statistics.median(ratios)
            reached = row.floor is None or ratio >= row.floor
            below += not reached
            print(
                f"| {row.name} | {row.unit} | {own} | {statistics.median(theirs):.3g} | "
                f"{ratio:.2f} ({min(ratios):.2f} to {max(ratios):.2f}) | {row.floor or ''} | "
                f"{'' if reached else 'below the floor'} |")
            sys.stdout.flush()
    if options.csv:
        with open(options.csv, "w") as file:
            file.write("\n".join(["name,side,round,value", *lines]) + "\n")
    return 1 if below else 0


if __name__ == "__main__":
    sys.exit(main())
