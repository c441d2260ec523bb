#!/usr/bin/env python3
"""Makes files in DINAR's layout with seeded random weights, at the released sizes unless told
otherwise: a checkpoint of its renderer, one person, and the uv tables of a body.

    python3 Tools/random_dinar.py -o FOLDER
    python3 Tools/random_dinar.py -o FOLDER --ngf 16 --blocks 2 --texture 64 --channels 11
    python3 Tools/random_dinar.py -o FOLDER --all

    FOLDER/dinar.ckpt                         Lightning-style zip checkpoint: first_stage.renderer.*
                                              and first_stage.rasterizer.*; with --all every network
                                              (1.8 GB; averages and raw weights of the U-Net lie in
                                              the same storages)
    FOLDER/person01.pkl                       one person: texture, camera, SMPL-X parameters
    FOLDER/smplx_data/{uv,uv_faces,v_inds}.npy

The released weights may not be passed on; speed, memory and file handling do not depend on their
values. Needs numpy, not torch: a checkpoint is a zip of a pickle, which names torch's rebuilding
functions, and one file of bytes per tensor.
"""

import argparse
import collections
import io
import os
import pickle
import sys
import types
import zipfile

import numpy as np

import dinar_networks


# MARK: the checkpoint file

class FloatStorage:
    pass


class IntStorage:
    pass


class LongStorage:
    pass


STORAGES = {"float32": FloatStorage, "int32": IntStorage, "int64": LongStorage}


def _rebuild_tensor_v2():
    pass


def name_as_torch():
    """Gives the stand-ins above the names a checkpoint refers to."""
    torch, utils = types.ModuleType("torch"), types.ModuleType("torch._utils")
    for storage in STORAGES.values():
        storage.__module__ = "torch"
        setattr(torch, storage.__name__, storage)
    _rebuild_tensor_v2.__module__ = "torch._utils"
    utils._rebuild_tensor_v2 = _rebuild_tensor_v2
    sys.modules.update({"torch": torch, "torch._utils": utils})


class Stored:
    """Pickles as a reference to a storage outside the pickle."""

    def __init__(self, key, array):
        self.key, self.array = key, array


class Tensor:
    def __init__(self, key, array, storage=None):
        self.storage, self.array = storage or Stored(key, array), array

    def alias(self):
        """Another tensor of the same storage."""
        return Tensor(None, self.array, self.storage)

    def __reduce__(self):
        shape = self.array.shape
        strides = tuple(size // self.array.itemsize for size in self.array.strides)
        hooks = collections.OrderedDict()
        return _rebuild_tensor_v2, (self.storage, 0, shape, strides, False, hooks)


class Pickler(pickle.Pickler):
    def persistent_id(self, value):
        if not isinstance(value, Stored):
            return None
        kind = STORAGES[value.array.dtype.name]
        return "storage", kind, value.key, "cpu", value.array.size


def save(path, tensors, wrapped=lambda values: values, name="archive"):
    """As torch.save writes a dictionary; arrays that are the same object share a storage."""
    name_as_torch()
    values, stored = collections.OrderedDict(), {}
    for key, array in tensors.items():
        if id(array) not in stored:
            contiguous = np.ascontiguousarray(array).reshape(array.shape)
            stored[id(array)] = Tensor(str(len(stored)), contiguous)
        values[key] = stored[id(array)].alias()
    out = io.BytesIO()
    Pickler(out, protocol=2).dump(wrapped(values))
    with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as file:
        file.writestr(f"{name}/data.pkl", out.getvalue())
        for tensor in stored.values():
            file.writestr(f"{name}/data/{tensor.storage.key}", tensor.array.tobytes())
        file.writestr(f"{name}/version", "3\n")


def write_checkpoint(path, tensors):
    save(path, tensors, lambda values: {
        "epoch": 0, "global_step": 0, "pytorch-lightning_version": "1.5.0",
        "state_dict": values}, "dinar")


# MARK: weights

class Weights:
    """Seeded values for layers; names as DINAR's modules have them."""

    def __init__(self, seed):
        self.random = np.random.default_rng(seed)
        self.tensors = {}

    def add(self, name, array):
        self.tensors["first_stage.renderer." + name] = np.asarray(array)

    def normal(self, *shape, scale=1.0, mean=0.0):
        return (self.random.standard_normal(shape) * scale + mean).astype(np.float32)

    def conv(self, name, inputs, outputs, size, bias=False, scale=1.0, mean=0.0):
        # Equalised: the network divides by the root of the fan-in itself.
        self.add(name + ".weight", self.normal(outputs, inputs, size, size, scale=scale))
        if bias:
            self.add(name + ".bias", self.normal(outputs, scale=0.1, mean=mean))

    def norm(self, name, channels):
        self.add(name + ".weight", self.normal(channels, scale=0.1, mean=1))
        self.add(name + ".bias", self.normal(channels, scale=0.1))
        self.add(name + ".running_mean", self.normal(channels, scale=0.1))
        self.add(name + ".running_var", np.exp(self.normal(channels, scale=0.2)))
        self.add(name + ".num_batches_tracked", np.array(1000, np.int64))

    def activation(self, name, channels):
        self.add(name + ".bias", self.normal(channels, scale=0.1))


def renderer(w, ngf, blocks, downsamplings, channels, uv=8, mask=4, features=16):
    for name, inputs, outputs in (
            ("ntex_preproc", channels, channels), ("uv_preproc", 2, uv),
            ("uv_mask_preproc", 1, mask)):
        for first, of in ((0, inputs), (3, outputs)):
            w.conv(f"{name}.{first}", of, outputs, 3)
            w.norm(f"{name}.{first + 1}", outputs)
            w.activation(f"{name}.{first + 2}", outputs)
    w.conv("model.start.1", channels + uv + mask, ngf, 7, bias=True)
    w.norm("model.start.2", ngf)
    w.activation("model.start.3", ngf)
    width = ngf
    skips = []
    for i in range(downsamplings):
        name = f"model.downsamples.{i}"
        w.conv(name + ".0", width, 2 * width, 3, bias=True)
        width *= 2
        w.norm(name + ".1", width)
        w.activation(name + ".2", width)
        skips.append(width)
    for i in range(blocks):
        name = f"model.resblocks.{i}.conv_block"
        w.conv(name + ".1", width, width, 3, bias=True)
        w.norm(name + ".2", width)
        w.activation(name + ".3", width)
        w.conv(name + ".5", width, width, 3, bias=True)
        w.norm(name + ".6", width)
    for i in range(downsamplings):
        name = f"model.upsamples.{i}"
        outputs = ngf * 2 ** (downsamplings - 1 - i)
        w.conv(name + ".1", width + skips.pop(), outputs, 3, bias=True)
        w.norm(name + ".2", outputs)
        w.activation(name + ".3", outputs)
        width = outputs
    w.conv("model.final.1", width, features, 7, bias=True)
    # As in a trained network, colours do not saturate and nothing is opaque far from the body.
    for name, convolutions, scale, mean in (("rgb_head", 2, 0.15, 0), ("segm_head", 4, 0.1, -6)):
        w.norm(name + ".0", features)
        w.activation(name + ".1", features)
        for i in range(convolutions):
            w.conv(f"{name}.{3 * i + 2}", features, features, 3)
            w.norm(f"{name}.{3 * i + 3}", features)
            w.activation(f"{name}.{3 * i + 4}", features)
        w.conv(f"{name}.{3 * convolutions + 2}", features, 3, 3, bias=True,
               scale=scale, mean=mean)


def other_networks(tensors, options):
    """Everything of a checkpoint besides renderer and rasteriser."""
    random = np.random.default_rng(options.seed + 100)
    at = lambda prefix: dinar_networks.Weights(tensors, prefix, random)
    multipliers, levels = [1, 2, 4], [1, 2, 3, 4]
    tensors.update(dinar_networks.schedule())
    dinar_networks.diffusion(
        at("model."), 2 * options.code + 1, options.code, options.unet, levels, 2, {2, 4, 8})
    tensors.update(dinar_networks.averages(tensors))
    multiplier = options.multiplier
    dinar_networks.tower(
        at("first_stage.encoder."), 5, options.size, multiplier, options.style, 0.01)
    dinar_networks.tower(at("first_stage.discriminator."), 3, options.size, multiplier, 1, 1)
    dinar_networks.generator(
        at("first_stage.generator."), options.style, options.texture, multiplier,
        options.channels - 5)
    dinar_networks.compression(
        at("first_stage.compress_branch."), options.channels, options.vq, multipliers, 2,
        options.code, options.code, options.codes)


# MARK: the person

def uv_tables(body):
    """Rows of distinct (vertex, texture coordinate) pairs, sorted by vertex; v grows downwards."""
    faces, uv_faces, uv = body["f"].astype(np.int64), body["ft"].astype(np.int64), body["vt"]
    pairs = np.stack([faces.ravel(), uv_faces.ravel()], 1)
    rows, inverse = np.unique(pairs, axis=0, return_inverse=True)
    table = uv[rows[:, 1]].astype(np.float64)
    table[:, 1] = 1 - table[:, 1]
    return table, inverse.reshape(-1, 3).astype(np.int64), rows[:, 0].astype(np.int32)


def rotation(vector):
    angle = np.linalg.norm(vector)
    if angle == 0:
        return np.eye(3)
    x, y, z = vector / angle
    k = np.array([[0, -z, y], [z, 0, -x], [-y, x, 0]])
    return np.eye(3) + np.sin(angle) * k + (1 - np.cos(angle)) * k @ k


def posed(body, pose):
    """Linear blend skinning of the template (55, 3) without pose correctives."""
    template = body["v_template"].astype(np.float64)
    joints = body["J_regressor"] @ template
    parents = body["kintree_table"][0].astype(np.int64)
    world = np.zeros((len(joints), 4, 4))
    for joint in range(len(joints)):
        local = np.eye(4)
        local[:3, :3] = rotation(pose[joint])
        parent = parents[joint]
        root = joint == 0
        local[:3, 3] = joints[joint] - (0 if root else joints[parent])
        world[joint] = local if root else world[parent] @ local
    world[:, :3, 3] -= np.einsum("jab,jb->ja", world[:, :3, :3], joints)
    blend = np.einsum("vj,jab->vab", body["weights"], world)
    return np.einsum("vab,vb->va", blend[:, :3, :3], template) + blend[:, :3, 3]


def smooth_noise(random, channels, size):
    """Random waves: a texture without the frequencies that no real one has."""
    y, x = np.mgrid[0:size, 0:size] / size * 2 * np.pi
    result = np.zeros((channels, size, size))
    for _ in range(12):
        fx, fy = random.integers(0, 12, 2)
        phase = random.uniform(0, 2 * np.pi, (channels, 1, 1))
        result += random.standard_normal((channels, 1, 1)) * np.sin(fx * x + fy * y + phase)
    return (result / 3).astype(np.float32)[None]


def person(body, tables, channels, texture, size, seed):
    random = np.random.default_rng(seed)
    pose = np.zeros((55, 3))
    pose[0] = (np.pi, 0, 0)  # y down, facing the camera
    pose[16], pose[17] = (0, 0, -1.1), (0, 0, 1.1)  # arms a little away
    vertices = posed(body, pose)
    height = np.ptp(vertices[:, 1])
    centre = (vertices.max(0) + vertices.min(0)) / 2
    distance = 50.0
    translation = np.array([0, 0, distance]) - centre
    focal = 0.95 * size * distance / height
    camera = np.array([[focal, 0, size / 2], [0, focal, size / 2], [0, 0, 1]])
    homogeneous = (vertices + translation) @ camera.T
    values = smooth_noise(random, channels, texture)
    angles = np.full((1, 1, texture, texture), 0.9, np.float32)
    one = lambda array: np.asarray(array, np.float32).reshape(1, -1)
    return {
        "person_id": ["person01"],
        "verts": homogeneous[tables[2]].astype(np.float32)[None],
        "calibration_matrix": camera.astype(np.float32)[None],
        "ntexture": values,
        "normal_angles": angles,
        "diffusion_ntexture": values,
        "mask": np.ones((1, 1, texture, texture), np.float32),
        "fake_rgb": np.zeros((1, 3, size, size), np.uint8),
        "fake_segm": np.zeros((1, 1, size, size), np.uint8),
        "smplx_param": {
            "betas": one(np.zeros(10)), "expression": one(np.zeros(10)),
            "global_orient": one(pose[0]), "body_pose": one(pose[1:22]),
            "left_hand_pose": one(np.zeros(6)), "right_hand_pose": one(np.zeros(6)),
            "jaw_pose": one(np.zeros(3)), "leye_pose": one(np.zeros(3)),
            "reye_pose": one(np.zeros(3)), "gender": "neutral", "transl": one(translation),
        },
    }


def main():
    root = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("-o", "--output", required=True, help="folder to write into")
    parser.add_argument("--body", default=os.path.join(root, "assets/body/SMPLX_NEUTRAL.npz"))
    parser.add_argument("--ngf", type=int, default=64, help="channels of the first layer")
    parser.add_argument("--blocks", type=int, default=3)
    parser.add_argument("--downsamplings", type=int, default=3)
    parser.add_argument("--channels", type=int, default=21, help="of the texture")
    parser.add_argument("--texture", type=int, default=256, help="side of the texture")
    parser.add_argument("--size", type=int, default=512, help="side of the picture")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--all", action="store_true", help="every network of a checkpoint")
    parser.add_argument("--multiplier", type=float, default=2,
                        help="of the channels of encoder and generator")
    parser.add_argument("--style", type=int, default=512, help="numbers of a style")
    parser.add_argument("--vq", type=int, default=64,
                        help="channels of the compression's first level")
    parser.add_argument("--codes", type=int, default=8192, help="codes of the compression")
    parser.add_argument("--code", type=int, default=6, help="numbers of a code")
    parser.add_argument("--unet", type=int, default=256, help="channels of the U-Net's first level")
    options = parser.parse_args()
    body = np.load(options.body, allow_pickle=False)
    tables = uv_tables(body)
    weights = Weights(options.seed)
    renderer(weights, options.ngf, options.blocks, options.downsamplings, options.channels)
    tensors = weights.tensors
    if options.all:
        other_networks(tensors, options)
    tensors["first_stage.rasterizer.faces"] = tables[1].astype(np.int32)
    tensors["first_stage.rasterizer.vertice_values"] = tables[0].astype(np.float32)
    os.makedirs(os.path.join(options.output, "smplx_data"), exist_ok=True)
    for name, table in zip(("uv", "uv_faces", "v_inds"), tables):
        np.save(os.path.join(options.output, "smplx_data", name + ".npy"), table)
    write_checkpoint(os.path.join(options.output, "dinar.ckpt"), tensors)
    one = person(body, tables, options.channels, options.texture, options.size, options.seed + 1)
    with open(os.path.join(options.output, "person01.pkl"), "wb") as file:
        pickle.dump(one, file, protocol=4)
    count = sum(v.size for k, v in tensors.items()
                if "renderer" in k and "running" not in k and "num_batches" not in k)
    print(f"{options.output}: renderer with {count:,} parameters, "
          f"{len(tables[0])} uv rows, texture {options.channels} x {options.texture}^2")
    if options.all:
        for name in ("first_stage.encoder.", "first_stage.generator.",
                     "first_stage.compress_branch.", "model."):
            count = sum(v.size for k, v in tensors.items() if k.startswith(name) and not any(
                part in k for part in ("kernel", "noises", "running", "num_batches")))
            print(f"{name}*: {count:,} parameters")


if __name__ == "__main__":
    main()
