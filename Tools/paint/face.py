"""The face: lips, brows, lid lines, eyes, eye sockets and the inside of the mouth."""

import numpy as np
from scipy.spatial import cKDTree

from . import noise as nz
from .surface import closed_curve, inside_polygon, open_curve

LIP = nz.rgb("#ad6558")
BROW = nz.rgb("#3a271c")
LASH = nz.rgb("#2c1c16")
IRIS_RADIUS = 0.0059  # metres, measured across the axis
PUPIL_RADIUS = 0.0021


def paint_face(surface):
    """Everything of the face that sits on the skin, then eyes and hollows."""
    _paint_lips(surface)
    _paint_brows(surface)
    rims = {side: lid_rim(surface.body, side) for side in (1, -1)}
    for side, rim in rims.items():
        _paint_lids(surface, side, rim)
        _paint_socket(surface, side)
        _paint_eye(surface, side, rim)
    _paint_mouth_inside(surface)


def _signed_distance(points, outline):
    """Distance of (n, 2) points to a closed curve, negative inside."""
    distance = cKDTree(outline).query(points)[0]
    return np.where(inside_polygon(points, outline), -distance, distance).astype(np.float32)


def _paint_lips(surface):
    """Lips between the outline through the landmarks and the line where they meet."""
    face = surface.outer((-0.035, 0.2, 0.15), (0.035, 0.243, 0.19))
    point = surface.position[face]
    outline = surface.body.landmarks[31:43, :2].copy()
    outline[7:10, 1] += 0.0008  # the landmarks of the lower lip lie under its edge
    ragged = 0.0005 * nz.noise(point, 420, 41)
    inner = np.flatnonzero(surface.inner == surface.body.part_number["mouth_inside"])
    inner = inner[surface.position[inner, 2] > 0.155]
    for texels in (face, inner):
        place = surface.position[texels]
        edge = _signed_distance(place[:, :2].astype(np.float64), closed_curve(outline))
        if texels is face:
            edge = edge + ragged
        amount = nz.step(edge, 0.0010, -0.0014)
        surface.paint(texels, 0.62 * amount, LIP)
        # Fuller below, darker above; fine upright wrinkles.
        y = place[:, 1]
        surface.paint(texels, 0.08 * amount * nz.step(y, 0.2235, 0.2255), nz.rgb("#8c463f"))
        surface.paint(texels, 0.20 * amount * nz.band(y, 0.2165, 0.0012, 0.003), nz.rgb("#d08a7e"))
        wrinkles = nz.noise(place, (1100, 160, 160), 42)
        surface.scale(texels, 1 + 0.045 * amount * wrinkles)
        # The line between the lips, deepest at the corners.
        x = np.abs(place[:, 0])
        line_y = 0.2236 + 0.0002 * np.cos(x / 0.024 * np.pi) - 3.0 * (x - 0.0) ** 2 * 0.3
        line = nz.step(np.abs(y - line_y), 0.0016, 0.0002) * nz.step(x, 0.0265, 0.022)
        surface.paint(texels, 0.55 * line, nz.rgb("#5a2a26"))
    corner = nz.two_balls(point, (0.0245, 0.2232, 0.1605), (0.003, 0.002, 0.006))
    surface.paint(face, 0.45 * corner, nz.rgb("#7d4a3d"))


def _paint_brows(surface):
    """Brows of single hairs that fan out: upright near the nose, flat and thin at the tail."""
    face = surface.outer((-0.065, 0.29, 0.11), (0.065, 0.325, 0.19))
    point = surface.position[face]
    side = np.sign(point[:, 0])
    place = np.stack([np.abs(point[:, 0]), point[:, 1]], 1).astype(np.float64)
    center = open_curve(
        [(0.0112, 0.3046), (0.0190, 0.3066), (0.029, 0.3088), (0.039, 0.3086), (0.0510, 0.3030)],
        600,
    )
    distance, nearest = cKDTree(center).query(place)
    s = (nearest / 599.0).astype(np.float32)
    tangent = np.gradient(center, axis=0)
    tangent /= np.linalg.norm(tangent, axis=1, keepdims=True)
    offset = place - center[nearest]
    across = (tangent[nearest, 0] * offset[:, 1] - tangent[nearest, 1] * offset[:, 0])
    across = across.astype(np.float32)
    half = 0.0036 * (0.72 + 0.5 * s) * nz.step(s, 1.06, 0.52) + 0.0004
    half *= 0.55 + 0.45 * nz.step(s, -0.02, 0.12)
    # Past the ends the distance grows along the curve; that fades the brow there.
    beyond = np.maximum(distance.astype(np.float32) - np.abs(across), 0)
    # Hairs run along the brow and climb over it, steeply near the nose, hardly at the tail; u
    # counts them (constant along a hair), v runs along them.
    climb = 1.1 * (1 - nz.step(s, 0.0, 0.35)) + 0.42
    run = np.float32(0.044) * s
    u = np.stack([run - across / climb, 0.03 * side, 0 * s], 1)
    v = 60 * (run + across)[:, None]
    strands = 0.6 * nz.noise(u + v * (0, 0, 1e-3), (760, 1, 500), 51)
    strands += 0.5 * nz.noise(u + v * (0, 0, 1e-3), (1150, 1, 700), 52)
    edge = np.abs(across) / half + 0.35 * strands
    density = nz.step(edge, 1.25, 0.45) * nz.step(beyond, 0.0022, 0.0)
    amount = density * np.clip(0.72 + 0.55 * strands, 0, 1)
    surface.paint(face, 0.42 * nz.step(edge, 1.7, 0.6) * nz.step(beyond, 0.003, 0), BROW)
    surface.paint(face, 0.88 * amount, BROW)


def lid_rim(body, side):
    """The closed curve where the lids meet the eye socket's island, (n, 3); side 1 is left."""
    socket = body.part[body.faces] == body.part_number["eye_socket"]
    faces = np.flatnonzero(socket.any(1))
    faces = faces[side * body.vertices[body.faces[faces, 0], 0] > 0]
    edges = np.sort(body.faces[faces][:, [[0, 1], [1, 2], [2, 0]]].reshape(-1, 2), axis=1)
    edges, count = np.unique(edges, axis=0, return_counts=True)
    rim = body.vertices[np.unique(edges[count == 1])]
    middle = rim.mean(0)
    order = np.argsort(np.arctan2(rim[:, 1] - middle[1], rim[:, 0] - middle[0]))
    return closed_curve(rim[order], 800)


def _paint_lids(surface, side, rim):
    """Lash line: dark along the upper rim and outwards, faint and red along the lower one."""
    low = (0.008, 0.275, 0.13) if side > 0 else (-0.06, 0.275, 0.13)
    high = (0.06, 0.312, 0.18) if side > 0 else (-0.008, 0.312, 0.18)
    lid = surface.outer(low, high)
    point = surface.position[lid]
    # The rim lies behind the margin of the lids; seen from the front both coincide.
    distance, nearest = cKDTree(rim[:, :2]).query(point[:, :2])
    distance = distance.astype(np.float32)
    foot = rim[nearest]
    outward = np.clip((side * foot[:, 0] - 0.0165) / 0.027, 0, 1).astype(np.float32)
    upper = nz.step(foot[:, 1] - (0.2888 + 0.0012 * outward), -0.0006, 0.0012)
    upper = upper.astype(np.float32)
    width = 0.0005 + 0.0008 * outward
    jitter = 1 + 0.22 * nz.noise(point, 900, 61)
    surface.paint(lid, 0.92 * upper * nz.step(distance, width * 1.9 * jitter, width * 0.5), LASH)
    surface.paint(lid, 0.42 * (1 - upper) * nz.step(distance, 0.0017 * jitter, 0.0003),
                  nz.rgb("#6d3f33"))
    corner = nz.ball(point, (side * 0.0168, 0.2884, 0.154), 0.0014)
    surface.paint(lid, 0.7 * corner, nz.rgb("#b4665a"))


def _paint_socket(surface, side):
    """The inner side of the lids: a moist rim that darkens inwards."""
    socket = surface.inner == surface.body.part_number["eye_socket"]
    socket &= side * surface.position[:, 0] > 0
    texels = np.flatnonzero(socket)
    surface.paint(texels, 1, nz.rgb("#8a4f44"))
    point = surface.position[texels]
    upper = nz.step(point[:, 1], 0.2885, 0.2915)
    surface.paint(texels, 0.9 * upper, nz.rgb("#3a2019"))


def _paint_eye(surface, side, rim):
    """White, iris and pupil round the axis straight ahead, shaded by the lids."""
    body = surface.body
    name = "eye_left" if side > 0 else "eye_right"
    eye = np.flatnonzero(surface.inner == body.part_number[name])
    point = surface.position[eye]
    vertices = body.vertices[body.part == body.part_number[name]]
    center = (vertices.min(0) + vertices.max(0)) / 2
    axis = np.array([center[0], 0.2912, center[2]], np.float32)
    x, y = point[:, 0] - axis[0], point[:, 1] - axis[1]
    front = point[:, 2] > center[2]
    radius = np.hypot(x, y) + np.where(front, 0, 1).astype(np.float32)
    angle = np.arctan2(y, side * x)
    surface.paint(eye, 1, nz.rgb("#ebe2d8"))
    # Veins and a warm tint towards the corners.
    reach = nz.step(np.abs(x), 0.006, 0.0135)
    surface.paint(eye, 0.42 * reach, nz.rgb("#d3a294"))
    veins = nz.step(np.abs(nz.fractal(point, (260, 700, 260), 2, 71)), 0.05, 0.0)
    surface.paint(eye, 0.22 * veins * reach, nz.rgb("#b5584c"))
    # Iris: rays, a lighter collar round the pupil, a dark limbal ring.
    t = radius / IRIS_RADIUS
    circle = np.stack([np.cos(angle), np.sin(angle), 0 * angle], 1)
    rays = nz.noise(np.concatenate([circle[:, :2] * 9, t[:, None] * 1.3], 1), 1.0, 72 + side)
    fine = nz.noise(np.concatenate([circle[:, :2] * 19, t[:, None] * 2.0], 1), 1.0, 75 + side)
    iris = np.broadcast_to(nz.rgb("#5e7f6d"), (len(eye), 3)).copy()
    warm = nz.step(t + 0.10 * rays, 0.74, 0.42)[:, None]
    iris += 0.85 * warm * (nz.rgb("#8f6a38") - iris)
    iris *= (1 + 0.30 * rays + 0.20 * fine)[:, None]
    iris *= (1 - 0.68 * nz.step(t, 0.72, 1.0))[:, None]
    surface.paint(eye, nz.step(t, 1.08, 0.94), iris)
    surface.paint(eye, nz.step(radius, PUPIL_RADIUS * 1.14, PUPIL_RADIUS * 0.9), nz.rgb("#0d0a0a"))
    # The lids keep light off: most under the upper one.
    order = np.argsort(rim[:, 0])
    for above, reach, strength in ((True, 0.0046, 0.55), (False, 0.0018, 0.30)):
        lid = order[(rim[order, 1] > 0.2903) == above]
        distance = cKDTree(rim[lid, :2]).query(point[:, :2])[0].astype(np.float32)
        surface.scale(eye, 1 - strength * nz.step(distance, reach, 0.0))
    # A small reflection of the window, up and to the same side in both eyes.
    light = np.hypot(x - 0.0020, y - 0.0023)
    surface.paint(eye, 0.92 * nz.step(light, 0.00125, 0.0007) * front, nz.rgb("#ffffff"))


def _paint_mouth_inside(surface):
    """Dark red, darker with depth; the lips' inner side keeps their colour."""
    mouth = np.flatnonzero(surface.inner == surface.body.part_number["mouth_inside"])
    depth = nz.step(surface.position[mouth, 2], 0.166, 0.157)
    surface.paint(mouth, depth, nz.rgb("#5c2622"))
    surface.paint(mouth, nz.step(surface.position[mouth, 2], 0.158, 0.135), nz.rgb("#2a100f"))
