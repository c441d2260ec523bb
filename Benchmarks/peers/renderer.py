#!/usr/bin/env python3
"""DINAR's renderer, trunk and heads, in another engine: milliseconds a frame.

Peer of the renderer benchmark. Needs torch; OpenVINO and ONNX Runtime get an ONNX file that torch
writes (package onnx); openvino-int8 is OpenVINO after NNCF's quantization (package nncf) with its
MIXED preset, calibrated on three inputs. Random weights at the released sizes unless a checkpoint
is given.
"""

import argparse
import contextlib
import io
import os
import tempfile

import common


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--engine", choices=["torch", "openvino", "openvino-int8", "onnxruntime"],
                        default="torch")
    parser.add_argument("--size", type=int, default=512)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--cache", help="folder that keeps the quantized model between runs")
    parser.add_argument("--checkpoint", help="as Tools/random_dinar.py writes it")
    options = parser.parse_args()

    os.environ["OMP_NUM_THREADS"] = os.environ["MKL_NUM_THREADS"] = str(options.threads)
    try:
        import torch

        import dinar_renderer
    except ImportError as error:
        common.missing(error.name)
    torch.set_num_threads(options.threads)
    torch.manual_seed(1)
    renderer = (
        dinar_renderer.load(options.checkpoint) if options.checkpoint
        else dinar_renderer.Renderer(channels=21, ngf=64, blocks=3, levels=3).eval())
    network = dinar_renderer.TrunkAndHeads(renderer).eval()
    channels = renderer.model.start[1].in_channels
    x = torch.randn(1, channels, options.size, options.size)

    name = f"{options.engine}-t{options.threads}"
    with torch.inference_mode():
        if options.engine == "torch":
            work = lambda: network(x)
        else:
            work = exported(options, network, x)
        common.measure(name, "frame", work, options.repeats, warm_up=1)


def export(network, x, path):
    import torch

    with contextlib.redirect_stdout(io.StringIO()):
        torch.onnx.export(network, (x,), path, opset_version=17, dynamo=False)


def quantized(options, network, x, path):
    """The file of a quantized model: the cached one, or made of the ONNX file at `path`."""
    import nncf
    import openvino
    import torch

    if options.cache:
        kept = os.path.join(options.cache, f"renderer-int8-{options.size}.xml")
        if os.path.exists(kept):
            return kept
    export(network, x, path)
    inputs = [x.numpy()] + [torch.randn_like(x).numpy() for _ in range(2)]
    with contextlib.redirect_stdout(io.StringIO()):
        model = nncf.quantize(
            openvino.Core().read_model(path), nncf.Dataset(inputs),
            preset=nncf.QuantizationPreset.MIXED, subset_size=len(inputs))
    result = kept if options.cache else path[:-5] + ".xml"
    openvino.save_model(model, result, compress_to_fp16=False)
    return result


def in_openvino(path, options, x):
    """A call of the model in a file that OpenVINO reads."""
    from openvino import Core

    core = Core()
    compiled = core.compile_model(
        core.read_model(path), "CPU",
        {"INFERENCE_NUM_THREADS": options.threads, "INFERENCE_PRECISION_HINT": "f32"})
    request = compiled.create_infer_request()
    return lambda: request.infer([x.numpy()])


def exported(options, network, x):
    """A call of the network in an engine that reads ONNX."""
    import torch

    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "trunk.onnx")
        try:
            if options.engine == "openvino-int8":
                return in_openvino(quantized(options, network, x, path), options, x)
            export(network, x, path)
            if options.engine == "openvino":
                return in_openvino(path, options, x)
            import onnxruntime

            settings = onnxruntime.SessionOptions()
            settings.intra_op_num_threads = options.threads
            session = onnxruntime.InferenceSession(
                path, settings, providers=["CPUExecutionProvider"])
            return lambda: session.run(None, {session.get_inputs()[0].name: x.numpy()})
        except ImportError as error:
            common.missing(error.name)


if __name__ == "__main__":
    main()
