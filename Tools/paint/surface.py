"""The body as a painting ground: for every texel of the atlas its place on the body at rest.

A `Surface` is a flat list of the N texels that triangles of the atlas cover, with rest position,
smooth normal, part and ambient occlusion. Painters change `color`; `picture` turns the list back
into an image whose islands are dilated, so that filtering never meets the background.
"""

import numpy as np
from scipy import ndimage



class Body:
    """The arrays of a body file that painting needs."""

    def __init__(self, path):
        with np.load(path) as file:
            self.vertices = file["v_template"].astype(np.float64)
            self.faces = file["f"].astype(np.int64)
            self.coordinates = file["vt"].astype(np.float64)
            self.coordinate_faces = file["ft"].astype(np.int64)
            self.part = file["part"].astype(np.int64)
            names = [str(name) for name in file["part_names"]]
            self.joints = file["J_regressor"].astype(np.float64) @ self.vertices
            corners = self.vertices[self.faces[file["lmk_faces_idx"]]]
            self.landmarks = (corners * file["lmk_bary_coords"][..., None]).sum(1)
            self.vertex_joints = self.vertices[file["vertex_joint_ids"]]
        self.part_number = {name: number for number, name in enumerate(names)}
        self.normals = vertex_normals(self.vertices, self.faces)


def vertex_normals(vertices, faces):
    """Area-weighted unit normals, (V, 3)."""
    a, b, c = (vertices[faces[:, corner]] for corner in range(3))
    face_normals = np.cross(b - a, c - a)
    normals = np.zeros_like(vertices)
    for corner in range(3):
        for axis in range(3):
            normals[:, axis] += np.bincount(
                faces[:, corner], face_normals[:, axis], len(vertices)
            )
    return normals / np.maximum(np.linalg.norm(normals, axis=1, keepdims=True), 1e-12)


def rasterize(points, triangles, size):
    """Texels whose centres lie in 2-D triangles.

    points: (T, 2) in texels, y down. Returns texel numbers (row * size + column), triangle numbers
    and barycentric weights (M, 3); a texel on a shared edge is listed for both triangles.
    """
    found = []
    for start in range(0, len(triangles), 3000):
        corners = points[triangles[start : start + 3000]]
        low = np.clip(np.ceil(corners.min(1) - 0.5), 0, size).astype(np.int64)
        high = np.clip(np.floor(corners.max(1) - 0.5) + 1, 0, size).astype(np.int64)
        extent = np.maximum(high - low, 0)
        count = extent[:, 0] * extent[:, 1]
        which = np.repeat(np.arange(len(corners)), count)
        offset = np.arange(count.sum()) - np.repeat(np.cumsum(count) - count, count)
        x = low[which, 0] + offset % np.maximum(extent[which, 0], 1)
        y = low[which, 1] + offset // np.maximum(extent[which, 0], 1)
        center = np.stack([x + 0.5, y + 0.5], 1)
        a, b, c = (corners[which, corner] for corner in range(3))
        area = _cross(b - a, c - a)
        area = np.where(area == 0, 1e-30, area)
        first = _cross(c - b, center - b) / area
        second = _cross(a - c, center - c) / area
        weights = np.stack([first, second, 1 - first - second], 1)
        inside = (weights >= -1e-9).all(1)
        found.append(((y * size + x)[inside], which[inside] + start, weights[inside]))
    return tuple(np.concatenate(pieces) for pieces in zip(*found))


def _cross(a, b):
    return a[:, 0] * b[:, 1] - a[:, 1] * b[:, 0]


class Surface:
    """The covered texels of a size x size atlas; every array has one entry (row) per texel."""

    def __init__(self, body, size):
        self.body, self.size = body, size
        points = body.coordinates * size
        points[:, 1] = size - points[:, 1]  # row 0 is v = 1
        texel, triangle, weights = rasterize(points, body.coordinate_faces, size)
        self.texel, keep = np.unique(texel, return_index=True)
        self.triangle, weights = triangle[keep], weights[keep]
        corners = body.faces[self.triangle]
        self.position = np.zeros((len(keep), 3), np.float32)
        self.normal = np.zeros((len(keep), 3), np.float32)
        for corner in range(3):
            weight = weights[:, corner : corner + 1]
            self.position += (weight * body.vertices[corners[:, corner]]).astype(np.float32)
            self.normal += (weight * body.normals[corners[:, corner]]).astype(np.float32)
        self.normal /= np.maximum(np.linalg.norm(self.normal, axis=1, keepdims=True), 1e-12)
        self.part = body.part[corners[np.arange(len(keep)), weights.argmax(1)]]
        self.inner = self._inner_region()
        occlusion = ambient_occlusion(self)
        self.occlusion = sum(
            weights[:, corner] * occlusion[corners[:, corner]] for corner in range(3)
        ).astype(np.float32)
        self.grain = self._grain(points)
        self.color = np.zeros((len(keep), 3), np.float32)

    def _grain(self, points):
        """Metres that a texel spans where its triangle is stretched most; sets how soft edges are."""
        body = self.body
        rest = body.vertices[body.faces]
        flat = points[body.coordinate_faces]
        edges = np.stack([rest[:, 1] - rest[:, 0], rest[:, 2] - rest[:, 0]], 2)
        steps = np.stack([flat[:, 1] - flat[:, 0], flat[:, 2] - flat[:, 0]], 2)
        metres_per_texel = edges @ np.linalg.pinv(steps)
        largest = np.linalg.norm(metres_per_texel, ord=2, axis=(1, 2))
        return np.minimum(largest, 0.01)[self.triangle].astype(np.float32)

    def _inner_region(self):
        """0 outside, else the part number of the whole triangle's eye, eye socket or mouth."""
        numbers = self.body.part_number
        region = np.zeros(len(self.triangle), np.int64)
        labels = self.body.part[self.body.faces]
        for name in ("eye_left", "eye_right", "eye_socket", "mouth_inside"):
            of_face = (labels == numbers[name]).any(1)
            region[of_face[self.triangle]] = numbers[name]
        return region

    def outer(self, low, high):
        """Texels of the outer skin with rest position between two corners of a box."""
        inside = (self.position >= np.array(low, np.float32)).all(1)
        inside &= (self.position <= np.array(high, np.float32)).all(1)
        return np.flatnonzero(inside & (self.inner == 0))

    def paint(self, texels, amount, color):
        """Blends color, one or one per texel, over the texels; amount is in [0, 1]."""
        amount = np.clip(np.asarray(amount, np.float32), 0, 1)
        amount = np.broadcast_to(amount, (len(texels),))[:, None]
        self.color[texels] += amount * (np.asarray(color, np.float32) - self.color[texels])

    def scale(self, texels, factor):
        """Multiplies colours: factor is one per texel, or (n, 3)."""
        factor = np.asarray(factor, np.float32)
        self.color[texels] *= factor[:, None] if factor.ndim == 1 else factor

    def picture(self):
        """The texture, (size, size, 3) uint8; outside the islands, the nearest island's color."""
        image = np.empty((self.size * self.size, 3), np.float32)
        covered = np.zeros(self.size * self.size, bool)
        image[self.texel] = self.color
        covered[self.texel] = True
        covered = covered.reshape(self.size, self.size)
        nearest = ndimage.distance_transform_edt(
            ~covered, return_distances=False, return_indices=True)
        image = image.reshape(self.size, self.size, 3)
        image = image[nearest[0], nearest[1]]
        # Even values only: half a level of rounding is invisible, and the file packs a fifth smaller.
        return (np.rint(np.clip(image, 0, 1) * 127) * 2).astype(np.uint8)


def ambient_occlusion(surface):
    """Share of the sky each vertex sees past the rest body, cosine weighted, (V,) in [0, 1].

    The texels themselves are the occluders: seen from each of a fixed set of directions they are
    sorted into a grid that keeps the nearest, and a vertex is hidden where something lies in front.
    Head and hands are done again on a finer grid, because their features are millimetres.
    """
    body = surface.body
    numbers = body.part_number
    occlusion = np.ones(len(body.vertices))
    regions = [
        (np.arange(len(body.vertices)), np.ones(len(surface.position), bool), 0.004, 0.006)
    ]
    for low, high in (
        ((-0.12, 0.12, -0.1), (0.12, 0.45, 0.25)),
        ((0.66, -0.1, -0.1), (0.9, 0.2, 0.2)),
        ((-0.9, -0.1, -0.1), (-0.66, 0.2, 0.2)),
    ):
        vertices = ((body.vertices >= low) & (body.vertices <= high)).all(1)
        near = ((surface.position >= low) & (surface.position <= high)).all(1)
        regions.append((np.flatnonzero(vertices), near, 0.0012, 0.0022))
    # Inner surfaces hide nothing that is looked at and would darken the lids and the lips.
    inner = surface.inner != 0
    inner &= surface.inner != numbers["eye_left"]
    inner &= surface.inner != numbers["eye_right"]
    for vertices, near, grid, bias in regions:
        occluders = surface.position[near & ~inner].astype(np.float64)
        targets = body.vertices[vertices] + 0.0008 * body.normals[vertices]
        seen = _sky_seen(occluders, targets, body.normals[vertices], grid, bias)
        # The coarse pass sees the whole body, the fine ones small folds: the darker is right.
        occlusion[vertices] = np.minimum(occlusion[vertices], seen)
    return occlusion


def _sky_seen(occluders, targets, normals, grid, bias, directions=64):
    """One pass of `ambient_occlusion` with a grid of the given step (metres)."""
    index = np.arange(directions) + 0.5
    height = 1 - 2 * index / directions
    angle = np.pi * (1 + 5**0.5) * index
    ring = np.sqrt(1 - height**2)
    axes = np.stack([ring * np.cos(angle), height, ring * np.sin(angle)], 1)
    visible, total = np.full(len(targets), 1e-6), np.full(len(targets), 1e-6)
    for axis in axes:
        side = np.cross(axis, (0.0, 0.0, 1.0) if abs(axis[2]) < 0.7 else (1.0, 0.0, 0.0))
        side /= np.linalg.norm(side)
        frame = np.stack([side, np.cross(axis, side)], 1)
        plane = np.concatenate([occluders @ frame, targets @ frame])
        cell = np.floor((plane - plane.min(0)) / grid).astype(np.int64)
        key = cell[:, 0] * (cell[:, 1].max() + 1) + cell[:, 1]
        nearest = np.full(key.max() + 1, -np.inf)
        np.maximum.at(nearest, key[: len(occluders)], occluders @ axis)
        free = targets @ axis > nearest[key[len(occluders) :]] - bias
        cosine = np.maximum(normals @ axis, 0)
        visible += cosine * free
        total += cosine
    return np.clip(visible / total, 0, 1)


def closed_curve(points, count=400):
    """A smooth closed curve through (n, d) points, (count, d): periodic Catmull-Rom."""
    points = np.asarray(points, np.float64)
    t = np.linspace(0, len(points), count, endpoint=False)
    i, s = t.astype(np.int64), (t % 1)[:, None]
    p0, p1, p2, p3 = (points[(i + k) % len(points)] for k in (-1, 0, 1, 2))
    return 0.5 * (
        2 * p1 + (p2 - p0) * s + (2 * p0 - 5 * p1 + 4 * p2 - p3) * s**2
        + (3 * p1 - p0 - 3 * p2 + p3) * s**3
    )


def open_curve(points, count=200):
    """A smooth open curve through (n, d) points, (count, d); ends are reflected."""
    points = np.asarray(points, np.float64)
    points = np.concatenate([[2 * points[0] - points[1]], points, [2 * points[-1] - points[-2]]])
    t = np.linspace(0, len(points) - 3 - 1e-9, count)
    i, s = t.astype(np.int64) + 1, (t % 1)[:, None]
    p0, p1, p2, p3 = (points[i + k] for k in (-1, 0, 1, 2))
    return 0.5 * (
        2 * p1 + (p2 - p0) * s + (2 * p0 - 5 * p1 + 4 * p2 - p3) * s**2
        + (3 * p1 - p0 - 3 * p2 + p3) * s**3
    )


def inside_polygon(points, polygon):
    """Even-odd test of (n, 2) points against a closed polygon (m, 2)."""
    x, y = points[:, 0], points[:, 1]
    inside = np.zeros(len(points), bool)
    for (ax, ay), (bx, by) in zip(polygon, np.roll(polygon, -1, axis=0)):
        if ay == by:
            continue
        crossing = (ay > y) != (by > y)
        inside ^= crossing & (x < (bx - ax) * (y - ay) / (by - ay) + ax)
    return inside
