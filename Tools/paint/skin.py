"""Skin: tone, blood, freckles, stubble, hands with nails; and what occlusion does to it."""

import numpy as np
from scipy.spatial import cKDTree

from . import noise as nz
from .surface import open_curve

SKIN = nz.rgb("#cf9f83")
BLOOD = nz.rgb("#c4705f")
PALE = nz.rgb("#dfb79d")
STUBBLE = nz.rgb("#8d7468")
NAIL = nz.rgb("#dba797")

# First joint of each finger (SMPL-X order, left hand) and its tip among the 21 vertex joints.
FINGERS = {"index": (25, 12), "middle": (28, 13), "little": (31, 15), "ring": (34, 14),
           "thumb": (37, 11)}


def paint_skin(surface):
    """Paints skin where it stays visible, and its plain tone elsewhere; clothes go over it."""
    surface.color[:] = SKIN
    bare = (surface.position[:, 1] > 0.05) | (np.abs(surface.position[:, 0]) > 0.3)
    bare = np.flatnonzero(bare)
    point = surface.position[bare]
    # Tone that wanders over decimetres, then centimetres.
    surface.paint(bare, 0.10 + 0.22 * nz.fractal(point, 14, 2, 11), BLOOD)
    surface.paint(bare, 0.30 * nz.step(nz.noise(point, 30, 12), 0, 1), PALE)
    _paint_blood(surface)
    _paint_face_tone(surface)
    _paint_hands(surface)
    _paint_grain(surface)


def _paint_blood(surface):
    """Redder where blood is near: cheeks, nose, ears, chin, knuckles, elbows, finger tips."""
    head = surface.outer((-0.1, 0.15, -0.05), (0.1, 0.42, 0.2))
    point = surface.position[head]
    patchy = 0.9 + 0.15 * nz.noise(point, 120, 13)
    surface.paint(head, 0.38 * patchy * nz.two_balls(
        point, (0.044, 0.256, 0.142), (0.018, 0.014, 0.03)), BLOOD)
    surface.paint(head, 0.40 * patchy * nz.ball(
        point, (0, 0.256, 0.182), (0.011, 0.010, 0.013)), BLOOD)
    surface.paint(head, 0.20 * nz.ball(point, (0, 0.19, 0.165), (0.016, 0.012, 0.02)), BLOOD)
    surface.paint(head, 0.16 * nz.ball(point, (0, 0.335, 0.15), (0.03, 0.014, 0.04)), PALE)
    surface.paint(head, 0.45 * nz.two_balls(
        point, (0.080, 0.275, 0.063), (0.006, 0.03, 0.022)), BLOOD)
    joints, tips = surface.body.joints, surface.body.vertex_joints
    for side in (1, -1):
        arm = surface.outer(*_box((0.36, -0.02, -0.06), (0.9, 0.14, 0.12), side))
        point = surface.position[arm] * np.array([side, 1, 1], np.float32)
        surface.paint(arm, 0.2 * nz.ball(point, (0.424, 0.066, -0.004), (0.024, 0.03, 0.02)), BLOOD)
        surface.paint(arm, 0.10 * nz.step(point[:, 0], 0.58, 0.76), BLOOD)
        for first, tip in FINGERS.values():
            for joint, strength in ((first, 0.34), (first + 1, 0.28), (first + 2, 0.24)):
                top = joints[joint] + (0, 0.009, 0)
                surface.paint(arm, strength * nz.ball(point, top, 0.0075), BLOOD)
            surface.paint(arm, 0.3 * nz.ball(point, tips[tip], 0.010), BLOOD)


def _box(low, high, side):
    """A box given for the left side (+X), or its mirror image for side -1."""
    if side > 0:
        return low, high
    return (-high[0], low[1], low[2]), (-low[0], high[1], high[2])


def _paint_face_tone(surface):
    """Under the eyes, lids, beard shadow of jaw and upper lip."""
    head = surface.outer((-0.1, 0.12, -0.01), (0.1, 0.36, 0.2))
    point = surface.position[head]
    surface.paint(head, 0.30 * nz.two_balls(
        point, (0.029, 0.2835, 0.152), (0.014, 0.0045, 0.02)), nz.rgb("#a9735f"))
    surface.paint(head, 0.26 * nz.two_balls(
        point, (0.018, 0.292, 0.155), (0.006, 0.008, 0.012)), nz.rgb("#a26a58"))
    surface.paint(head, 0.30 * nz.two_balls(
        point, (0.030, 0.2985, 0.156), (0.015, 0.0038, 0.02)), nz.rgb("#b07c66"))
    x, y, z = np.abs(point[:, 0]), point[:, 1], point[:, 2]
    jaw_line = 0.222 + 0.55 * np.maximum(x - 0.036, 0) - 0.1 * (z - 0.15)
    jaw = nz.step(y + 0.004 * nz.noise(point, 120, 20), jaw_line + 0.012, jaw_line - 0.022)
    jaw *= nz.step(y, 0.148, 0.176) * nz.step(z, 0.068, 0.092)
    lip = nz.ball(point, (0, 0.2365, 0.172), (0.017, 0.0045, 0.012))
    lip += nz.two_balls(point, (0.024, 0.226, 0.16), (0.005, 0.008, 0.012))
    beard = np.clip(np.maximum(jaw, 0.95 * lip), 0, 1)
    hairs = 0.62 + 0.55 * nz.noise(point, 1300, 21)
    surface.paint(head, 0.27 * beard * np.clip(hairs, 0, 1), STUBBLE)


def _paint_hands(surface):
    """Palms paler, creases over the knuckles, nails."""
    joints, tips = surface.body.joints, surface.body.vertex_joints
    for side in (1, -1):
        hand = surface.outer(*_box((0.66, -0.02, -0.06), (0.9, 0.12, 0.12), side))
        mirror = np.array([side, 1, 1], np.float32)
        point, normal = surface.position[hand] * mirror, surface.normal[hand] * mirror
        palm = nz.step(-normal[:, 1], 0.1, 0.8) * nz.step(point[:, 0], 0.67, 0.70)
        surface.paint(hand, 0.45 * palm, nz.rgb("#dca48d"))
        _paint_palm_lines(surface, hand, point, palm)
        for name, (first, tip) in FINGERS.items():
            _paint_finger(surface, hand, point, normal, name,
                          joints[first : first + 3], tips[tip])


def _paint_palm_lines(surface, hand, point, palm):
    """The three large creases of the palm as curves in (x, z)."""
    lines = (
        ((0.757, 0.042), (0.742, 0.030), (0.722, 0.026), (0.700, 0.030)),
        ((0.757, 0.036), (0.742, 0.012), (0.725, -0.008), (0.715, -0.018)),
        ((0.768, 0.020), (0.756, 0.006), (0.748, -0.010), (0.746, -0.028)),
    )
    for line in lines:
        distance = cKDTree(open_curve(line)).query(point[:, [0, 2]])[0].astype(np.float32)
        amount = 0.22 * palm * nz.step(distance, 0.0018, 0.0002)
        surface.paint(hand, amount, nz.rgb("#9c5f4e"))


def _paint_finger(surface, hand, point, normal, name, joints, tip):
    """Creases at the joints, and the nail in the frame of the last bone."""
    along = tip - joints[2]
    length = np.linalg.norm(along)
    along /= length
    up = np.array([0.0, 1.0, 0.0]) if name != "thumb" else np.array([0.35, 0.75, 0.56])
    up -= along * (up @ along)
    up /= np.linalg.norm(up)
    across = np.cross(along, up)
    offset = point - tip.astype(np.float32)
    s, w = offset @ along.astype(np.float32), offset @ across.astype(np.float32)
    facing = normal @ up.astype(np.float32)
    near = (np.abs(w) < 0.012) & (s > -0.03) & (s < 0.006)
    width, nail_length = {"thumb": (0.0062, 0.0135), "little": (0.0040, 0.0095)}.get(
        name, (0.0050, 0.0118))
    middle = -0.0012 - nail_length / 2
    shape = (np.abs(w / width) ** 2.6 + np.abs((s - middle) / (nail_length / 2)) ** 2.6)
    on_top = nz.step(facing, 0.25, 0.55) * near
    surface.paint(hand, 0.5 * on_top * nz.step(shape, 1.9, 1.1), nz.rgb("#b5705c"))
    nail = on_top * nz.step(shape, 1.15, 0.85)
    surface.paint(hand, 0.95 * nail, NAIL)
    moon = nz.step(s, middle - 0.28 * nail_length, middle - 0.42 * nail_length)
    surface.paint(hand, 0.45 * nail * moon, nz.rgb("#ecd0c2"))
    surface.paint(hand, 0.8 * nail * nz.step(s, -0.0042, -0.0028), nz.rgb("#efdccd"))
    for joint, reach in ((joints[1], 0.010), (joints[2], 0.008)):
        d = point - joint.astype(np.float32)
        t = d @ along.astype(np.float32)
        close = ((d**2).sum(1) < 0.014**2) * nz.step(np.abs(facing), 0.1, 0.5)
        lateral = d @ across.astype(np.float32)
        t = t + 0.0006 * nz.noise(point, 260, 36) + 14 * lateral**2 * np.sign(t)
        # Several short creases on the back of the joint, one across the inner side.
        lines = sum(nz.step(np.abs(t - at), 0.0011, 0.0002) * (facing > 0)
                    for at in (-0.0022, -0.0004, 0.0012, 0.0030))
        lines = lines + 1.3 * nz.step(np.abs(t), 0.0011, 0.0002) * (facing < 0)
        lines = lines * nz.step(np.abs(lateral), reach, 0.3 * reach)
        uneven = np.clip(0.55 + 0.7 * nz.noise(point, 420, 37), 0, 1)
        surface.paint(hand, 0.22 * close * lines * uneven, nz.rgb("#8f5545"))


def _paint_grain(surface):
    """Pores and freckles: where skin stays visible only, to keep the picture small."""
    for texels, strength in (
        (surface.outer((-0.1, 0.08, -0.06), (0.1, 0.38, 0.2)), 1.0),
        (surface.outer((0.3, -0.03, -0.06), (0.9, 0.14, 0.13)), 0.8),
        (surface.outer((-0.9, -0.03, -0.06), (-0.3, 0.14, 0.13)), 0.8),
    ):
        point = surface.position[texels]
        fine = nz.noise(point, 700, 31) * 0.6 + nz.noise(point, 260, 32)
        surface.scale(texels, 1 + 0.016 * strength * fine)
        spots = nz.noise(point, 520, 33) * 0.8 + nz.noise(point, 70, 34) * 0.3
        freckles = nz.step(spots, 0.66, 0.90)
        surface.paint(texels, 0.11 * strength * freckles, nz.rgb("#9a6248"))


def shade_skin(surface, texels):
    """Ambient occlusion on skin; light that leaves it has been reddened inside."""
    seen = nz.step(surface.occlusion[texels], -0.05, 0.85)[:, None]
    power = np.array([0.42, 0.62, 0.70], np.float32)
    surface.scale(texels, np.maximum(seen, 0.05) ** power)
