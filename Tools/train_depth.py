"""Trains the network that tells the depth of bones from landmarks (Sources/SMPLX/Fitting/Depth).

    python Tools/train_depth.py lessons/*.npz --out assets/depth/bone_depth.safetensors

The lessons are written by photo-fit-benchmark (`--lessons`): made-up people, nothing else. Same lessons in the
same order, same numpy: same file. Seconds.
"""
import argparse
import hashlib
import json
import struct

import numpy as np

HIDDEN = (96, 64)
EPOCHS = 120
BATCH = 64
RATE = 3e-3
# Of the weights, a step of the rate; and of features in training, in deviations.
DECAY = 0.05
NOISE = 0.3


def forward(weights, biases, x):
    """Inputs of all layers, and the last one's values and logarithms of deviations."""
    inputs = [x]
    for number, (weight, bias) in enumerate(zip(weights, biases)):
        x = x @ weight + bias
        if number + 1 < len(weights):
            x = np.tanh(x)
        inputs.append(x)
    return inputs


def loss(out, truth):
    """The Gaussian's negative logarithm of values and deviations, and its derivative by both."""
    count = truth.shape[1]
    logarithm = np.clip(out[:, count:], -4, 1)
    ratio = (out[:, :count] - truth) * np.exp(-logarithm)
    by_logarithm = np.where(logarithm == out[:, count:], 1 - ratio * ratio, 0)
    return (0.5 * ratio * ratio + logarithm).mean(), np.concatenate([ratio * np.exp(-logarithm), by_logarithm], 1)


def train(x, truth, random):
    """Weights and biases after Adam with decoupled decay (Loshchilov and Hutter 2019) and a cosine schedule."""
    sizes = (x.shape[1], *HIDDEN, 2 * truth.shape[1])
    weights = [random.normal(0, a**-0.5, (a, b)) for a, b in zip(sizes, sizes[1:])]
    weights[-1] *= 0.1
    biases = [np.zeros(b) for b in sizes[1:]]
    parameters = weights + biases
    first, second = [np.zeros_like(p) for p in parameters], [np.zeros_like(p) for p in parameters]
    step = 0
    for epoch in range(EPOCHS):
        order = random.permutation(len(x))
        rate = RATE / 2 * (1 + np.cos(np.pi * epoch / EPOCHS))
        for start in range(0, len(order), BATCH):
            rows = order[start : start + BATCH]
            inputs = forward(weights, biases, x[rows] + random.normal(0, NOISE, (len(rows), x.shape[1])))
            slope = loss(inputs[-1], truth[rows])[1] / len(rows)
            by_weight, by_bias = [], []
            for layer in reversed(range(len(weights))):
                by_weight.insert(0, inputs[layer].T @ slope)
                by_bias.insert(0, slope.sum(0))
                if layer:
                    slope = (slope @ weights[layer].T) * (1 - inputs[layer] ** 2)
            step += 1
            for p, m, v, g in zip(parameters, first, second, by_weight + by_bias):
                m += 0.1 * (g - m)
                v += 0.001 * (g * g - v)
                change = m / (1 - 0.9**step) / (np.sqrt(v / (1 - 0.999**step)) + 1e-8)
                p -= rate * (change + (DECAY * p if p.ndim > 1 else 0))
    return weights, biases


def write(path, tensors, metadata):
    header, data = {"__metadata__": metadata}, b""
    for name, values in tensors.items():
        block = np.ascontiguousarray(values, "<f4").tobytes()
        header[name] = {"dtype": "F32", "shape": list(values.shape), "data_offsets": [len(data), len(data) + len(block)]}
        data += block
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    with open(path, "wb") as file:
        file.write(struct.pack("<Q", len(text)) + text + data)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("lessons", nargs="+")
    parser.add_argument("--out", required=True)
    parser.add_argument("--test", nargs="*", default=[], help="lessons that are not learned from, but measured")
    arguments = parser.parse_args()

    def load(paths):
        files = [np.load(path) for path in paths]
        return tuple(np.concatenate([f[key].reshape(-1, f[key].shape[2]) for f in files]).astype(float) for key in ("features", "values"))

    x, truth = load(arguments.lessons)
    mean, deviation = x.mean(0), x.std(0) + 1e-3
    prepare = lambda values: np.clip((values - mean) / deviation, -4, 4)
    weights, biases = train(prepare(x), truth, np.random.default_rng(0))
    digest = hashlib.sha256(x.astype("<f4").tobytes() + truth.astype("<f4").tobytes()).hexdigest()
    tensors = {"features.mean": mean, "features.deviation": deviation}
    for name, weight, bias in zip(("hidden.0", "hidden.1", "out"), weights, biases):
        tensors |= {f"{name}.weight": weight, f"{name}.bias": bias}
    write(arguments.out, tensors, {"lessons": f"{len(x) // 2} made-up people", "lessons_sha256": digest})
    if arguments.test:
        x, truth = load(arguments.test)
        out = forward(weights, biases, prepare(x))[-1]
        print("deviations:", np.sqrt(((out[:, : truth.shape[1]] - truth) ** 2).mean(0)).round(3))


if __name__ == "__main__":
    main()
