"""What the peer scripts share: timing, the CSV lines, the scene that the rasterizers draw.

A line is `name,metric,value`; times are milliseconds unless the metric says otherwise.
"""

import os
import statistics
import sys
import time

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
BODY = os.path.join(ROOT, "assets", "body", "SMPLX_NEUTRAL.npz")
MOTION = os.path.join(ROOT, "assets", "motions", "wave.npz")


def line(name, metric, value):
    print(f"{name},{metric},{value:.6g}" if isinstance(value, float) else f"{name},{metric},{value}")
    sys.stdout.flush()


def measure(name, metric, work, repeats, warm_up=3, per=1):
    """Runs `work` and prints median and minimum in ms, divided by `per` (frames in a batch)."""
    for _ in range(warm_up):
        work()
    times = []
    for _ in range(repeats):
        start = time.perf_counter()
        work()
        times.append((time.perf_counter() - start) * 1000 / per)
    line(name, f"{metric}_ms_median", statistics.median(times))
    line(name, f"{metric}_ms_min", min(times))


def missing(package):
    """Ends the script with status 69 (EX_UNAVAILABLE): the driver then reports the peer as absent."""
    print(f"not installed: {package}", file=sys.stderr)
    sys.exit(69)


def standing_scene(body_path):
    """The raster benchmarks' mesh: (vertices (V, 3) metres, faces, uv (T, 2), uv faces).

    The free body with zero shape, every joint at rest except the shoulders: axis-angle
    (0, 0, -1.1) left and (0, 0, 1.1) right, so that the arms hang a little away from the trunk.
    """
    import numpy as np

    data = np.load(body_path)
    pose = np.zeros((55, 3))
    pose[16, 2], pose[17, 2] = -1.1, 1.1
    vertices = posed_vertices(data, pose)
    return vertices.astype(np.float32), data["f"], data["vt"], data["ft"]


def posed_vertices(data, pose):
    """Vertices (V, 3) of a body in SMPL-X layout, zero shape; pose: (55, 3) axis-angle."""
    import numpy as np

    template = data["v_template"].astype(np.float64)
    joints = data["J_regressor"] @ template
    parents = data["kintree_table"][0].astype(np.int64)
    angle = np.linalg.norm(pose, axis=-1)[:, None, None]
    x, y, z = pose.T
    zero = np.zeros_like(x)
    skew = np.stack([zero, -z, y, z, zero, -x, -y, x, zero], axis=-1).reshape(-1, 3, 3)
    local = (np.eye(3) + np.sinc(angle / np.pi) * skew
             + 0.5 * np.sinc(angle / (2 * np.pi)) ** 2 * skew @ skew)
    shaped = template + (data["posedirs"].reshape(-1, 486).astype(np.float32)
                         @ (local[1:] - np.eye(3)).reshape(-1).astype(np.float32)).reshape(-1, 3)
    world, origin = local.copy(), joints.copy()
    for joint in range(1, 55):
        parent = parents[joint]
        world[joint] = world[parent] @ local[joint]
        origin[joint] = origin[parent] + world[parent] @ (joints[joint] - joints[parent])
    weights = data["weights"].astype(np.float64)
    shift = origin - np.einsum("jab,jb->ja", world, joints)
    blended = (weights @ world.reshape(55, 9)).reshape(-1, 3, 3)
    return np.einsum("vab,vb->va", blended, shaped) + weights @ shift


def standing_camera(vertices, size):
    """(fx = fy, cx, cy, eye) of a square picture: the eye 3 m before the middle of the bounding
    box, looking along -Z, the height of the box (at the depth of its middle) 0.96 of the picture.
    """
    low, high = vertices.min(0), vertices.max(0)
    middle = (low + high) / 2
    focal = 0.96 * size * 3.0 / float(high[1] - low[1])
    return focal, size / 2, size / 2, middle + [0, 0, 3.0]
