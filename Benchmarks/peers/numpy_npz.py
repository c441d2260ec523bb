#!/usr/bin/env python3
"""numpy opening a 100 MB .npz and reading every array.

Peer of the .npz benchmark. `--make FOLDER` writes the two files (stored.npz, deflated.npz) and
ends; the same files are then given to both sides.
"""

import argparse
import os

import common


def make(folder, megabytes):
    """Ten arrays that look like a body model's: float32 of which half is zero, and integers."""
    import numpy as np

    random = np.random.default_rng(1)
    count = megabytes * 1_000_000 // 40
    arrays = {}
    for index in range(8):
        values = random.standard_normal(count).astype(np.float32)
        values[random.random(count) < 0.5] = 0
        arrays[f"floats{index}"] = np.round(values * 4096) / np.float32(4096)
    arrays["faces"] = (np.arange(count, dtype=np.uint32) // 3).reshape(-1, 1)
    arrays["doubles"] = random.standard_normal(count // 2)
    np.savez(os.path.join(folder, "stored.npz"), **arrays)
    np.savez_compressed(os.path.join(folder, "deflated.npz"), **arrays)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("files", nargs="*")
    parser.add_argument("--make", metavar="FOLDER")
    parser.add_argument("--megabytes", type=int, default=100)
    parser.add_argument("--repeats", type=int, default=7)
    options = parser.parse_args()
    try:
        import numpy as np
    except ImportError as error:
        common.missing(error.name)
    if options.make:
        os.makedirs(options.make, exist_ok=True)
        make(options.make, options.megabytes)

    def read(path):
        with np.load(path) as file:
            return sum(file[key].nbytes for key in file.files)

    for path in options.files:
        name = "numpy-" + os.path.basename(path)
        common.line(name, "array_bytes", read(path))
        common.measure(name, "read", lambda: read(path), options.repeats, warm_up=1)


if __name__ == "__main__":
    main()
