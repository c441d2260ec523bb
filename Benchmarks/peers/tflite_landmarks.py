#!/usr/bin/env python3
"""MediaPipe's landmark networks in the TFLite interpreter with XNNPACK: milliseconds.

Peer of the landmark benchmark. Needs ai-edge-litert and numpy, and MediaPipe's wheel
(`pip download mediapipe==0.10.21 --no-deps --only-binary=:all: --python-version 3.11`), whose models it
reads. `networks` are the six networks once each; `photo` what one photo needs: the detector, four
looks at the body, two hands and a face; without crops and all that lies between the networks.
"""

import argparse
import os
import statistics
import tempfile
import time
import zipfile

import common

MODELS = {
    "pose_detection": ("pose_detection", 1), "pose_landmark_full": ("pose_landmark", 4),
    "hand_recrop": ("holistic_landmark", 2), "hand_landmark_full": ("hand_landmark", 2),
    "face_detection_short_range": ("face_detection", 1), "face_landmark": ("face_landmark", 1),
}


def interpreters(wheel, threads):
    try:
        import numpy as np
        from ai_edge_litert.interpreter import Interpreter
    except ImportError as error:
        common.missing(error.name)
    random = np.random.default_rng(1)
    result = {}
    with zipfile.ZipFile(wheel) as archive, tempfile.TemporaryDirectory() as folder:
        for name, (module, _) in MODELS.items():
            path = archive.extract(f"mediapipe/modules/{module}/{name}.tflite", folder)
            network = Interpreter(model_path=path, num_threads=threads)
            network.allocate_tensors()
            place = network.get_input_details()[0]
            network.set_tensor(place["index"], random.random(place["shape"]).astype(np.float32))
            result[name] = network
    return result


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--wheel", default=os.environ.get("MEDIAPIPE_WHEEL", ""))
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--repeats", type=int, default=40)
    options = parser.parse_args()
    if not os.path.isfile(options.wheel):
        common.missing("mediapipe 0.10.21 (its wheel's path in MEDIAPIPE_WHEEL)")
    networks = interpreters(options.wheel, options.threads)
    name = f"tflite-t{options.threads}"
    for network in networks.values():
        for _ in range(3):
            network.invoke()
    times = {key: [] for key in networks}
    for _ in range(options.repeats):
        for key, network in networks.items():
            start = time.perf_counter()
            network.invoke()
            times[key].append((time.perf_counter() - start) * 1000)

    def lines(metric, values):
        common.line(name, f"{metric}_ms_median", statistics.median(values))
        common.line(name, f"{metric}_ms_min", min(values))

    for key, values in times.items():
        lines(key, values)
    rounds = range(options.repeats)
    lines("networks", [sum(times[key][index] for key in times) for index in rounds])
    lines("photo", [
        sum(times[key][index] * MODELS[key][1] for key in times) for index in rounds])


if __name__ == "__main__":
    main()
