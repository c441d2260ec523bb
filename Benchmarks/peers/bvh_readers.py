#!/usr/bin/env python3
"""Readers of BVH files in Python, reading a whole file.

Peer of the BVH benchmark. `--make FILE` writes a file of 10,000 frames and 60 joints and ends; it
is then given to both sides. `--reader`:
  python   a loop over lines, float() of every word: how readers in Python are written
  numpy    numpy.loadtxt of the frames, the fastest way that numpy has for such text
  bvh      the package `bvh`, which splits the text into nodes (numbers stay text)
"""

import argparse
import random

import common


def make(path, frames, joints):
    """A skeleton that branches at the root, numbers of six decimals as most programs write them."""
    numbers = random.Random(1)
    with open(path, "w") as file:
        file.write("HIERARCHY\nROOT Hips\n{\n\tOFFSET 0 0 0\n\tCHANNELS 6 Xposition Yposition"
                   " Zposition Zrotation Xrotation Yrotation\n")
        for joint in range(1, joints):
            file.write(f"\tJOINT joint{joint}\n\t{{\n\t\tOFFSET 0 {joint / 10} 0\n\t\tCHANNELS 3"
                       " Zrotation Xrotation Yrotation\n\t\tEnd Site\n\t\t{\n\t\t\tOFFSET 0 1 0\n"
                       "\t\t}\n\t}\n")
        file.write(f"}}\nMOTION\nFrames: {frames}\nFrame Time: 0.0083333\n")
        for _ in range(frames):
            row = (f"{numbers.uniform(-180, 180):.6f}" for _ in range(3 * joints + 3))
            file.write(" ".join(row) + "\n")


def read_python(path):
    """Joint names, channels and the frames as lists of floats."""
    names, channels = [], 0
    with open(path) as file:
        for line in file:
            words = line.split()
            if words and words[0] in ("ROOT", "JOINT"):
                names.append(words[1])
            elif words and words[0] == "CHANNELS":
                channels += int(words[1])
            elif words and words[0] == "Frame":
                break
        rows = [[float(word) for word in line.split()] for line in file]
    assert all(len(row) == channels for row in rows)
    return names, rows


def read_numpy(path):
    import numpy as np

    with open(path) as file:
        for line in file:
            if line.startswith("Frame Time"):
                break
        return np.loadtxt(file)


def read_package(path):
    import bvh

    with open(path) as file:
        return bvh.Bvh(file.read())


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("files", nargs="*")
    parser.add_argument("--make", metavar="FILE")
    parser.add_argument("--frames", type=int, default=10_000)
    parser.add_argument("--joints", type=int, default=60)
    parser.add_argument("--reader", choices=["python", "numpy", "bvh"], default="python")
    parser.add_argument("--repeats", type=int, default=5)
    options = parser.parse_args()
    if options.make:
        make(options.make, options.frames, options.joints)
    try:
        if options.reader == "numpy":
            import numpy  # noqa: F401
        elif options.reader == "bvh":
            import bvh  # noqa: F401
    except ImportError as error:
        common.missing(error.name)
    reader = {"python": read_python, "numpy": read_numpy, "bvh": read_package}[options.reader]
    for path in options.files:
        name = f"bvh-{options.reader}"
        common.measure(name, "read", lambda: reader(path), options.repeats, warm_up=1)


if __name__ == "__main__":
    main()
