#!/usr/bin/env python3
"""Converts MediaPipe's landmark networks to the weights that ship in assets/models.

    pip download mediapipe==0.10.21 --no-deps --only-binary=:all: --python-version 3.11
    python3 Tools/landmarks.py mediapipe-0.10.21-*.whl --out assets/models

Reads six TensorFlow Lite models of the wheel (Apache-2.0) and writes their weights as safetensors:
PyTorch's layouts (Cout x Cin / groups x kh x kw), names by module (landmark_networks/names.py), zeros
of sparse weights filled in. They are float16 as in the wheel; only the small hand_recrop is float32
there and stays so, because rounding it moves its points by 0.05 pixels. Needs Python 3.9 with numpy.
The same wheel gives the same bytes.
"""

import argparse
import hashlib
import json
import os
import zipfile

import numpy as np

from landmark_networks import names, tflite

SOURCES = {
    "pose_detection": "pose_detection",
    "pose_landmark_full": "pose_landmark",
    "hand_recrop": "holistic_landmark",
    "hand_landmark_full": "hand_landmark",
    "face_detection_short_range": "face_detection",
    "face_landmark": "face_landmark",
}
METADATA = {
    "licence": "Apache-2.0",
    "attribution": "MediaPipe 0.10.21, Copyright The MediaPipe Authors (Google)",
}
CHANGES = (
    "converted from TensorFlow Lite by Tools/landmarks.py: weights only, layout changed to "
    "Cout x Cin x kh x kw, sparse weights filled with zeros, layers renamed"
)


def weights(network, data):
    """The tensors of a network by name."""
    layers, modules = tflite.weights_in_order(data), names.modules(network)
    if len(layers) != len(modules):
        raise SystemExit(f"{network}: {len(layers)} layers for {len(modules)} names")
    result = {}
    for (kind, constants), module in zip(layers, modules):
        for part, values in parts(kind, constants):
            if f"{module}.{part}" in result:
                raise SystemExit(f"{network}: two layers give {module}.{part}")
            result[f"{module}.{part}"] = values
    return result


def parts(kind, constants):
    if kind == tflite.PRELU:
        return [("slope", constants[0].reshape(-1))]
    weight, bias = constants
    if kind == tflite.CONVOLUTION:
        weight = weight.transpose(0, 3, 1, 2)
    elif kind == tflite.DEPTHWISE:
        weight = weight.transpose(3, 0, 1, 2)
    return [("weight", weight), ("bias", bias)]


def write(path, tensors, metadata):
    """A safetensors file, tensors by name."""
    header, data = {"__metadata__": metadata}, []
    start = 0
    for name in sorted(tensors):
        values = np.ascontiguousarray(tensors[name])
        end = start + values.nbytes
        header[name] = {"dtype": f"F{8 * values.itemsize}", "shape": list(values.shape), "data_offsets": [start, end]}
        data.append(values.tobytes())
        start = end
    text = json.dumps(header, sort_keys=True, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    with open(path, "wb") as file:
        file.write(len(text).to_bytes(8, "little") + text + b"".join(data))


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("wheel", help="mediapipe-0.10.21-*.whl")
    parser.add_argument("--out", required=True, help="folder of the .safetensors files")
    options = parser.parse_args()
    os.makedirs(options.out, exist_ok=True)
    with zipfile.ZipFile(options.wheel) as wheel:
        for network, folder in SOURCES.items():
            source = f"mediapipe/modules/{folder}/{network}.tflite"
            data = wheel.read(source)
            tensors = weights(network, data)
            metadata = METADATA | {
                "network": network,
                "source": source,
                "source_sha256": hashlib.sha256(data).hexdigest(),
                "changes": CHANGES,
            }
            path = os.path.join(options.out, network + ".safetensors")
            write(path, tensors, metadata)
            print(f"{path}: {len(tensors)} tensors, {os.path.getsize(path)} bytes")


if __name__ == "__main__":
    main()
