#!/usr/bin/env python3
"""The `smplx` package (PyTorch) posing the free body: milliseconds a frame.

Peer of the posing benchmark. Needs smplx and torch. `forward` is the whole call of class SMPLX
(shape, pose correctives, skinning, joints, landmarks), `lbs` only its skinning function.
"""

import argparse
import contextlib
import io
import os

import common


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--batch", type=int, default=1)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--repeats", type=int, default=20)
    parser.add_argument("--body", default=common.BODY)
    parser.add_argument("--motion", default=common.MOTION)
    options = parser.parse_args()

    os.environ["OMP_NUM_THREADS"] = os.environ["MKL_NUM_THREADS"] = str(options.threads)
    try:
        import numpy as np
        import torch
        from smplx import SMPLX
        from smplx.lbs import lbs
    except ImportError as error:
        common.missing(error.name)
    with contextlib.redirect_stdout(io.StringIO()):  # it prints notes about short shape spaces
        model = SMPLX(
            options.body, use_pca=False, flat_hand_mean=True, num_betas=10,
            num_expression_coeffs=10, use_face_contour=True, batch_size=options.batch)
    torch.set_num_threads(options.threads)

    # Consecutive frames of real motion, repeated where it is shorter than the batch.
    motion = np.load(options.motion)
    order = np.arange(options.batch) % len(motion["poses"])
    poses = torch.from_numpy(motion["poses"][order])
    betas = torch.full((options.batch, 10), 0.5)
    expression = torch.zeros(options.batch, 10)
    arguments = dict(
        betas=betas, expression=expression, transl=torch.from_numpy(motion["trans"][order]),
        global_orient=poses[:, :3], body_pose=poses[:, 3:66], jaw_pose=poses[:, 66:69],
        leye_pose=poses[:, 69:72], reye_pose=poses[:, 72:75],
        left_hand_pose=poses[:, 75:120], right_hand_pose=poses[:, 120:165])
    shape = torch.cat([betas, expression], dim=1)
    directions = torch.cat([model.shapedirs, model.expr_dirs], dim=-1)

    name = f"smplx-b{options.batch}-t{options.threads}"
    common.line(name, "vertices", model.v_template.shape[0])
    with torch.no_grad():
        common.measure(
            name, "forward", lambda: model(**arguments), options.repeats, per=options.batch)
        common.measure(
            name, "lbs",
            lambda: lbs(shape, poses, model.v_template, directions, model.posedirs,
                        model.J_regressor, model.parents, model.lbs_weights, pose2rot=True),
            options.repeats, per=options.batch)
        common.line(name, "checksum", float(model(**arguments).vertices.abs().double().mean()))


if __name__ == "__main__":
    main()
