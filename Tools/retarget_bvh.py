#!/usr/bin/env python3
"""Turns a BVH motion capture file into an AMASS style SMPL-X motion (.npz).

Made the files under assets/motions; numpy is all it needs. Example:

    python Tools/retarget_bvh.py wave_hello.bvh --body assets/body/SMPLX_NEUTRAL.npz \
        --out assets/motions/wave.npz --start 1.0 --end 5.0 --fps 60

How a bone is matched. Let G(j) be the global rotation of a BVH joint (its rest pose has G = 1)
and R(b) the one wanted for an SMPL-X joint, both turned so that up is +Y and rest faces +Z.
  limbs   R = G A, with A the smallest rotation that takes the SMPL-X rest direction of the bone to
          the BVH rest direction. Posed directions then agree exactly, whatever the rest pose of the
          file (arms hanging, legs slanting), and the twist of the BVH joint is carried over.
  feet    A is a turn about the vertical only: both soles are flat at rest although the lines from
          ankle to ball slope differently.
  trunk   A = 1: both stand upright at rest, though their spines curve differently.
Output: Y up, metres; the first frame is over the origin and faces +Z; the lowest vertex of the
body is on y = 0.
"""

import argparse
import sys

import numpy as np

JOINTS = (
    "pelvis left_hip right_hip spine1 left_knee right_knee spine2 left_ankle right_ankle spine3 "
    "left_foot right_foot neck left_collar right_collar head left_shoulder right_shoulder "
    "left_elbow right_elbow left_wrist right_wrist"
).split()
# The child whose joint ends a bone. Hands and toes end in joints beyond the 22.
LIMB_END = {
    "hip": "knee", "knee": "ankle", "ankle": "foot", "shoulder": "elbow", "elbow": "wrist",
}
MIDDLE_FINGER = {"left": 28, "right": 43}

# SMPL-X joint -> BVH joint, for the two families of names the free motions use.
NAMES_CMU = {
    "pelvis": "Hips", "spine1": "lowerback", "spine2": "Chest", "spine3": "Chest2",
    "neck": "Neck", "head": "Head", "hip": "{}Hip", "knee": "{}Knee", "ankle": "{}Ankle",
    "foot": "{}Toe", "collar": "{}Collar", "shoulder": "{}Shoulder", "elbow": "{}Elbow",
    "wrist": "{}Wrist", "fingers": ("LFingers", "RFingers"),
}  # fmt: skip
NAMES_PLAIN = {
    "pelvis": "Hips", "spine1": "Spine", "spine2": "Spine2", "spine3": "Spine3",
    "neck": "Neck", "head": "Head", "hip": "{}UpLeg", "knee": "{}Leg", "ankle": "{}Foot",
    "foot": "{}ToeBase", "collar": "{}Shoulder", "shoulder": "{}Arm", "elbow": "{}ForeArm",
    "wrist": "{}Hand", "fingers": ("LeftHandEnd", "RightHandEnd"),
}  # fmt: skip


def read_bvh(path):
    """Joint names, parents, offsets (J, 3), channels [(joint, name)], rows (N, C), seconds a frame."""
    with open(path) as file:
        tokens = file.read().split()
    names, parents, offsets, channels, stack = [], [], [], [], []
    at = 0
    while tokens[at] != "MOTION":
        word = tokens[at]
        if word in ("ROOT", "JOINT"):
            parents.append(stack[-1] if stack else -1)
            names.append(tokens[at + 1])
            offsets.append([0.0] * 3)
            at += 2
        elif word == "End":
            names.append(None)
            parents.append(stack[-1])
            offsets.append([0.0] * 3)
            at += 2
        elif word == "{":
            stack.append(len(names) - 1)
            at += 1
        elif word == "}":
            stack.pop()
            at += 1
        elif word == "OFFSET":
            offsets[stack[-1]] = [float(t) for t in tokens[at + 1 : at + 4]]
            at += 4
        elif word == "CHANNELS":
            count = int(tokens[at + 1])
            channels += [(stack[-1], name) for name in tokens[at + 2 : at + 2 + count]]
            at += 2 + count
        else:  # HIERARCHY
            at += 1
    frames, seconds = int(tokens[at + 2]), float(tokens[at + 5])
    rows = np.array(tokens[at + 6 :], dtype=np.float64).reshape(frames, len(channels))
    return names, np.array(parents), np.array(offsets), channels, rows, seconds


def axis_rotation(axis, radians):
    """(N, 3, 3) rotations by `radians` (N,) about coordinate axis 0, 1 or 2."""
    result = np.zeros((len(radians), 3, 3))
    j, k = (axis + 1) % 3, (axis + 2) % 3
    result[:, axis, axis] = 1
    result[:, j, j] = result[:, k, k] = np.cos(radians)
    result[:, k, j] = np.sin(radians)
    result[:, j, k] = -result[:, k, j]
    return result


def forward_kinematics(parents, offsets, channels, rows):
    """Global positions (N, J, 3) and rotations (N, J, 3, 3); channels apply in file order."""
    count = len(rows)
    local = np.tile(np.eye(3), (count, len(parents), 1, 1))
    shift = np.tile(offsets, (count, 1, 1))
    for column, (joint, name) in enumerate(channels):
        axis = "XYZ".index(name[0])
        if name.endswith("rotation"):
            local[:, joint] = local[:, joint] @ axis_rotation(axis, np.radians(rows[:, column]))
        else:
            shift[:, joint, axis] = rows[:, column]
    positions, rotations = shift.copy(), local.copy()
    for joint, parent in enumerate(parents):
        if parent >= 0:
            rotations[:, joint] = rotations[:, parent] @ local[:, joint]
            moved = np.einsum("nij,nj->ni", rotations[:, parent], shift[:, joint])
            positions[:, joint] = positions[:, parent] + moved
    return positions, rotations


def smallest_rotation(source, target):
    """The rotation (3, 3) about source x target that takes one direction to the other."""
    a, b = source / np.linalg.norm(source), target / np.linalg.norm(target)
    v, c = np.cross(a, b), float(a @ b)
    if c < -0.999999:
        raise ValueError("opposite directions have no smallest rotation")
    skew = np.array([[0, -v[2], v[1]], [v[2], 0, -v[0]], [-v[1], v[0], 0]])
    return np.eye(3) + skew + skew @ skew / (1 + c)


def rotation_vectors(matrices):
    """(N, 3, 3) -> (N, 3) axis-angle, through the quaternion's largest component."""
    m = matrices
    trace = np.trace(m, axis1=1, axis2=2)
    squares = np.stack(
        [1 + trace] + [1 - trace + 2 * m[:, i, i] for i in range(3)], axis=1)  # 4 q_i^2
    s = np.stack(
        [m[:, 2, 1] - m[:, 1, 2], m[:, 0, 2] - m[:, 2, 0], m[:, 1, 0] - m[:, 0, 1]], axis=1)
    products = np.zeros((len(m), 4, 4))  # 4 q_i q_j
    for i in range(4):
        products[:, i, i] = squares[:, i]
    for i in range(3):
        products[:, 0, i + 1] = products[:, i + 1, 0] = s[:, i]
        for j in range(i + 1, 3):
            products[:, i + 1, j + 1] = products[:, j + 1, i + 1] = m[:, i, j] + m[:, j, i]
    quaternion = products[np.arange(len(m)), np.argmax(squares, axis=1)]
    quaternion /= np.linalg.norm(quaternion, axis=1, keepdims=True)
    quaternion *= np.where(quaternion[:, :1] < 0, -1, 1)
    sine = np.linalg.norm(quaternion[:, 1:], axis=1)
    angle = 2 * np.arctan2(sine, quaternion[:, 0])
    scale = np.where(sine > 1e-12, angle / np.maximum(sine, 1e-12), 2.0)
    return quaternion[:, 1:] * scale[:, None]


def rotation_matrices(vectors):
    """(..., 3) axis-angle -> (..., 3, 3)."""
    angle = np.linalg.norm(vectors, axis=-1)[..., None, None]
    x, y, z = np.moveaxis(vectors, -1, 0)
    zero = np.zeros_like(x)
    skew = np.stack([zero, -z, y, z, zero, -x, -y, x, zero], axis=-1)
    skew = skew.reshape(vectors.shape[:-1] + (3, 3))
    first = np.sinc(angle / np.pi)
    second = 0.5 * np.sinc(angle / (2 * np.pi)) ** 2
    return np.eye(3) + first * skew + second * skew @ skew


class Body:
    """What is needed of the SMPL-X model: rest joints, parents, skinning, mean hands."""

    def __init__(self, path):
        data = np.load(path)
        self.template = data["v_template"].astype(np.float64)
        self.joints = data["J_regressor"] @ self.template
        self.parents = data["kintree_table"][0].astype(np.int64)
        self.parents[0] = -1
        self.weights = data["weights"].astype(np.float64)
        self.posedirs = data["posedirs"].astype(np.float32).reshape(-1, 486)
        self.faces = data["f"]
        self.hands = np.concatenate([data["hands_meanl"], data["hands_meanr"]])

    def vertices(self, pose, translation):
        """The posed vertices (V, 3) of one frame; pose: (165,) axis-angle."""
        local = rotation_matrices(pose.reshape(55, 3).astype(np.float64))
        feature = (local[1:] - np.eye(3)).reshape(-1).astype(np.float32)
        shaped = self.template + (self.posedirs @ feature).reshape(-1, 3)
        world, origin = local.copy(), self.joints.copy()
        for joint in range(1, 55):
            parent = self.parents[joint]
            world[joint] = world[parent] @ local[joint]
            bone = self.joints[joint] - self.joints[parent]
            origin[joint] = origin[parent] + world[parent] @ bone
        shift = origin - np.einsum("jab,jb->ja", world, self.joints)
        blended = (self.weights @ world.reshape(55, 9)).reshape(-1, 3, 3)
        turned = np.einsum("vab,vb->va", blended, shaped)
        return turned + self.weights @ shift + translation


def upright(rest):
    """The turn (3, 3) that takes a rest skeleton to up = +Y, its left = +X; snapped to the axes."""
    def nearest_axis(direction):
        axis = np.zeros(3)
        largest = np.argmax(np.abs(direction))
        axis[largest] = np.sign(direction[largest])
        return axis

    up = nearest_axis(rest["head"] - rest["pelvis"])
    left = nearest_axis(rest["left_hip"] - rest["right_hip"])
    return np.stack([left, up, np.cross(left, up)])


def joint_table(names):
    """SMPL-X joint name -> index of the BVH joint, plus left_fingers, right_fingers."""
    for family in (NAMES_CMU, NAMES_PLAIN):
        wanted = {}
        for key, name in family.items():
            if key == "fingers":
                wanted["left_fingers"], wanted["right_fingers"] = name
            elif "{}" in name:
                for side in ("left", "right"):
                    wanted[f"{side}_{key}"] = name.format(side.capitalize())
            else:
                wanted[key] = name
        if all(name in names for name in wanted.values()):
            return {key: names.index(name) for key, name in wanted.items()}
    raise ValueError("joint names of neither known family: " + " ".join(n for n in names if n))


def retarget(path, body, start, end, fps):
    """Poses (N, 165), translations (N, 3) metres without floor, worst limb error in degrees."""
    names, parents, offsets, channels, rows, seconds = read_bvh(path)
    step = max(1, round(1 / (seconds * fps)))
    first, last = round(start / seconds), min(round(end / seconds), len(rows))
    rows = rows[first:last:step]
    positions, rotations = forward_kinematics(parents, offsets, channels, rows)
    still = np.zeros((1, len(channels)))
    rest_positions = forward_kinematics(parents, offsets, channels, still)[0][0]

    table = joint_table(names)
    turn = upright({key: rest_positions[index] for key, index in table.items()})
    rest = {key: turn @ rest_positions[index] for key, index in table.items()}
    posed = {key: positions[:, index] @ turn.T for key, index in table.items()}
    # A rotation of the file, seen in our axes.
    world = {key: turn @ rotations[:, index] @ turn.T for key, index in table.items()}

    target = {name: body.joints[i] for i, name in enumerate(JOINTS)}
    for side, index in MIDDLE_FINGER.items():
        target[f"{side}_fingers"] = body.joints[index]

    wanted, worst = [], 0.0
    for name in JOINTS:
        side, _, part = name.rpartition("_")
        match = np.eye(3)
        if side and (part in LIMB_END or part == "wrist"):
            tip = f"{side}_{LIMB_END.get(part, 'fingers')}"
            ours, theirs = target[tip] - target[name], rest[tip] - rest[name]
            if part == "ankle":
                ours, theirs = ours * [1, 0, 1], theirs * [1, 0, 1]
            match = smallest_rotation(ours, theirs)
            if part not in ("ankle", "wrist"):
                bone = world[name] @ match @ (ours / np.linalg.norm(ours))
                seen = posed[tip] - posed[name]
                seen /= np.linalg.norm(seen, axis=1, keepdims=True)
                cosine = np.clip(np.einsum("ni,ni->n", bone, seen), -1, 1)
                worst = max(worst, float(np.degrees(np.arccos(cosine.min()))))
        wanted.append(world[name] @ match)

    # The actor may have faced anywhere: turn the whole motion so that its first frame faces +Z.
    facing = wanted[0][0, :, 2]
    heading = axis_rotation(1, np.array([-np.arctan2(facing[0], facing[2])]))[0]
    wanted = [heading @ rotation for rotation in wanted]
    posed = {key: position @ heading.T for key, position in posed.items()}

    poses = np.zeros((len(rows), 165))
    for joint in range(len(JOINTS)):
        parent = body.parents[joint]
        local = wanted[joint]
        if parent >= 0:
            local = np.swapaxes(wanted[parent], 1, 2) @ local
        poses[:, 3 * joint : 3 * joint + 3] = rotation_vectors(local)
    poses[:, 75:] = body.hands

    def leg(joints):
        chain = [joints[f"left_{part}"] for part in ("hip", "knee", "ankle")]
        return sum(np.linalg.norm(b - a) for a, b in zip(chain, chain[1:]))

    # The middle of the hips is the same place on both skeletons; "pelvis" is not.
    scale = leg(target) / leg(rest)
    ours = (target["left_hip"] + target["right_hip"]) / 2 - target["pelvis"]
    middle = (posed["left_hip"] + posed["right_hip"]) / 2 * scale
    pelvis = middle - wanted[0] @ ours
    translation = pelvis - target["pelvis"]
    translation[:, [0, 2]] -= pelvis[0, [0, 2]]
    return poses, translation, 1 / (seconds * step), worst


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("bvh")
    parser.add_argument("--body", required=True, help="SMPL-X layout body, .npz")
    parser.add_argument("--out", required=True)
    parser.add_argument("--start", type=float, default=0.0, help="seconds")
    parser.add_argument("--end", type=float, default=1e9, help="seconds")
    parser.add_argument("--fps", type=float, default=60.0, help="at most; whole steps of the file")
    parser.add_argument("--description", default="", help="stored in the file")
    options = parser.parse_args()

    body = Body(options.body)
    poses, translation, rate, worst = retarget(
        options.bvh, body, options.start, options.end, options.fps)
    if worst > 0.1:
        sys.exit(f"limb directions differ by {worst:.2f} degrees")

    lowest = [body.vertices(p, t)[:, 1].min() for p, t in zip(poses, translation)]
    floor = np.percentile(lowest, 10)  # robust against one toe that dips
    translation[:, 1] -= floor
    rate = round(rate, 3)
    if abs(rate - round(rate)) < 0.1:
        rate = float(round(rate))
    # Rounding to 2^-16 (about 1e-5 rad, 0.02 mm) is invisible and halves the file.
    poses, translation = (np.round(a * 65536) / 65536 for a in (poses, translation))
    np.savez_compressed(
        options.out,
        surface_model_type=np.array("smplx"),
        gender=np.array("neutral"),
        mocap_frame_rate=np.array(rate),
        up_axis=np.array("y"),
        betas=np.zeros(10, np.float32),
        trans=translation.astype(np.float32),
        poses=poses.astype(np.float32),
        description=np.array(options.description),
    )
    print(
        f"{options.out}: {len(poses)} frames at {rate} fps; limb error {worst:.4f} degrees; "
        f"lowest vertex {min(lowest) - floor:.3f} to {max(lowest) - floor:.3f} m")


if __name__ == "__main__":
    main()
