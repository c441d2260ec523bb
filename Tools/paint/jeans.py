"""Jeans: twill, fading, waistband with belt, fly, pockets, side seams, hems."""

import numpy as np
from scipy.spatial import cKDTree

from . import noise as nz
from .surface import open_curve

INDIGO, WORN, THREAD = nz.rgb("#36486b"), nz.rgb("#7488a6"), nz.rgb("#c8955a")
LEATHER, METAL = nz.rgb("#4c3022"), nz.rgb("#b9b4a8")
TOP, BOTTOM = -0.258, -1.203  # y of the waistband's upper edge and of the hems
BELT_LOW, BELT_HIGH = -0.299, -0.264
BAND_LOW = -0.304


def paint_jeans(surface):
    """Paints jeans and belt; returns the texels they cover mostly."""
    texels = surface.outer((-0.25, BOTTOM - 0.02, -0.12), (0.25, TOP + 0.01, 0.2))
    texels = texels[np.abs(surface.position[texels, 0]) < 0.25]
    point, normal = surface.position[texels], surface.normal[texels]
    tilt = point[:, 1] + 0.05 * (point[:, 2] - 0.03)  # the waist sits lower in front
    hem = point[:, 1] - BOTTOM + 0.05 * (point[:, 2] - 0.0)
    cover = nz.step(tilt, TOP + 0.0006, TOP - 0.0006) * nz.step(hem, -0.0006, 0.0006)
    color = _denim(point, normal)
    side = _side_angle(point)
    stitches = _stitch_lines(point, tilt, hem, side)
    shade = _dark_lines(point, tilt, hem, side)
    dash = 0.68 + 0.32 * nz.step(nz.noise(point, 260, 131), -0.5, 0.1)
    color += (0.62 * stitches * dash)[:, None] * (THREAD - color)
    color *= shade[:, None]
    _belt(point, tilt, color)
    surface.paint(texels, cover, np.clip(color, 0, 1))
    # The shirt bulges over the waistband and shades it; the hem shades the shoe.
    above = nz.step(tilt, TOP + 0.014, TOP) * (tilt > TOP)
    below = nz.step(hem, -0.012, 0.0) * (hem < 0)
    surface.scale(texels, 1 - 0.30 * np.maximum(above, below) * (1 - cover))
    return texels[cover > 0.5]


def _leg_axis(y):
    """x and z of the middle of the left leg at height y, by straight pieces."""
    height = (-1.23, -0.807, -0.50, -0.30)
    x = np.interp(y, height, (0.142, 0.145, 0.105, 0.085))
    z = np.interp(y, height, (0.000, 0.022, 0.030, 0.035))
    return x.astype(np.float32), z.astype(np.float32)


def _side_angle(point):
    """Angle round the leg: 0 at the outer seam, +-pi at the inner one, positive in front."""
    x, z = _leg_axis(point[:, 1])
    return np.arctan2(point[:, 2] - z, np.abs(point[:, 0]) - x)


def _denim(point, normal):
    """Twill and fading: worn on thighs, knees and seat, dark between."""
    y = point[:, 1]
    x = np.abs(point[:, 0])
    worn = 0.62 * nz.ball(np.stack([x, y, point[:, 2]], 1), (0.115, -0.60, 0.13),
                          (0.045, 0.13, 0.07))
    worn += 0.55 * nz.ball(np.stack([x, y, point[:, 2]], 1), (0.145, -0.80, 0.09),
                           (0.035, 0.06, 0.05))
    worn += 0.50 * nz.ball(np.stack([x, y, point[:, 2]], 1), (0.08, -0.42, -0.09),
                           (0.05, 0.07, 0.06))
    worn += 0.16 * nz.noise(point, (9, 4, 9), 132) + 0.10 * nz.fractal(point, 40, 2, 133)
    worn += 0.12
    color = INDIGO + (WORN - INDIGO) * np.clip(worn, 0, 1)[:, None]
    # Uneven yarn runs down the leg, the twill's diagonal crosses it.
    slub = nz.noise(point, (420, 24, 420), 134)
    diagonal = point.copy()
    diagonal[:, 1] += 0.8 * point[:, 0] + 0.8 * point[:, 2]
    twill = nz.noise(diagonal, (110, 320, 110), 135)
    color *= (1 + 0.040 * slub + 0.025 * twill)[:, None]
    return color * (1 + 0.075 * _folds(point, x, y))[:, None]


def _folds(point, x, y):
    """Whiskers at the hips, folds behind the knee, stacking over the ankle."""
    whisker = point.copy()
    whisker[:, 1] -= 0.45 * x
    fold = nz.noise(whisker, (7, 46, 7), 136) * nz.step(np.abs(y + 0.46), 0.10, 0.03)
    fold += nz.noise(point, (8, 42, 8), 137) * nz.step(np.abs(y + 0.815), 0.09, 0.02)
    fold += 1.2 * nz.noise(point, (9, 40, 9), 138) * nz.step(y, -1.02, -1.16)
    return fold + 0.5 * nz.fractal(point, (10, 5, 10), 2, 139)


def _curve_distance(place, curve):
    """Distance of (n, 2) places to an open curve through the points given."""
    return cKDTree(open_curve(curve)).query(place)[0].astype(np.float32)


POCKET = ((0.098, -0.300), (0.104, -0.335), (0.122, -0.362), (0.152, -0.378), (0.19, -0.384))
FLY = ((0.036, -0.300), (0.036, -0.36), (0.033, -0.395), (0.022, -0.414), (0.002, -0.424))


def _front(point):
    return nz.step(point[:, 2], 0.028, 0.036)


def _back_pocket(point):
    """Signed distance to the pocket's outline on the seat, negative inside."""
    x, y = np.abs(point[:, 0]) - 0.084, point[:, 1] + 0.405
    half = 0.056 + 0.10 * (y - 0.07)
    tip = -0.062 + 0.30 * np.abs(x)
    return np.maximum(np.maximum(np.abs(x) - half, y - 0.060), tip - y)


def _stitch_lines(point, tilt, hem, side):
    """Amount of thread: double rows at pockets, fly, yoke, seat, inner seams and hems."""
    def rows(distance, *places):
        lines = sum(nz.step(np.abs(distance - at), 0.0013, 0.0004) for at in places)
        return np.clip(lines, 0, 1)

    x, y = np.abs(point[:, 0]), point[:, 1]
    front = _front(point)
    below_band = nz.step(tilt, BAND_LOW, BAND_LOW - 0.001)
    place = np.stack([x, y], 1)
    thread = rows(_curve_distance(place, POCKET), 0.0028, 0.0088) * front * below_band \
        * nz.step(x - 0.098 - (-0.300 - y), -0.002, 0.002) * (y < -0.30)
    fly = _curve_distance(np.stack([point[:, 0], y], 1), FLY)
    thread = np.maximum(thread, rows(fly, 0.0, 0.0055) * front * (point[:, 0] > 0) * below_band
                        * nz.step(fly, 0.03, 0.02) * (point[:, 0] < 0.0372))
    back = 1 - nz.step(point[:, 2], 0.0, 0.008)
    yoke = y - (-0.352 + 0.16 * x)
    thread = np.maximum(thread, rows(yoke, -0.0022, -0.0080) * back * below_band)
    seat = rows(point[:, 0], 0.003, 0.0085) * back * below_band * (y > -0.49)
    thread = np.maximum(thread, seat)
    pocket = _back_pocket(point)
    thread = np.maximum(thread, rows(pocket, -0.0024, -0.0085) * back)
    inner = np.minimum(np.pi - np.abs(side), 9) * 0.07
    thread = np.maximum(thread, rows(inner, 0.0045) * (side > 0) * (y < -0.50))
    thread = np.maximum(thread, rows(hem, 0.0135))
    return np.maximum(thread, rows(tilt, BAND_LOW + 0.002))


def _dark_lines(point, tilt, hem, side):
    """Factor: the edges where one piece of cloth lies on another, and their shadows."""
    x, y = np.abs(point[:, 0]), point[:, 1]
    front, back = _front(point), 1 - nz.step(point[:, 2], 0.0, 0.008)
    place = np.stack([x, y], 1)
    line = np.zeros(len(point), np.float32)

    def add(distance, strength, where=1.0, width=0.0018):
        nonlocal line
        line = np.maximum(line, strength * nz.step(np.abs(distance), width, 0.0002) * where)

    add(_curve_distance(place, POCKET), 0.55, front * (tilt < BAND_LOW))
    add(_curve_distance(place, POCKET), 0.22, front * (tilt < BAND_LOW), 0.006)
    add(point[:, 0] - 0.0, 0.45, front * (y > -0.46) * (y < -0.30))
    add(point[:, 0] - 0.0, 0.45, back * (y > -0.50))
    add(y - (-0.352 + 0.16 * x), 0.40, back * (tilt < BAND_LOW))
    add(_back_pocket(point), 0.50, back)
    add(_back_pocket(point), 0.18, back, 0.006)
    add(side * 0.075, 0.50)
    add(side * 0.075, 0.14, 1.0, 0.010)
    add((np.pi - np.abs(side)) * 0.07, 0.40, (y < -0.48) * 1.0)
    add(tilt - BAND_LOW, 0.45)
    add(hem - 0.0150, 0.20)
    add(hem, 0.45, 1.0, 0.0026)
    return 1 - line


def _belt(point, tilt, color):
    """A leather belt through loops, with a plain buckle in front."""
    x, z = point[:, 0], point[:, 2]
    belt = nz.step(tilt, BELT_LOW - 0.0005, BELT_LOW + 0.0005)
    belt *= nz.step(tilt, BELT_HIGH + 0.0005, BELT_HIGH - 0.0005)
    leather = LEATHER * (1 + 0.10 * nz.noise(point, 120, 141) + 0.05 * nz.noise(point, 420, 142)
                         )[:, None]
    edge = np.minimum(tilt - BELT_LOW, BELT_HIGH - tilt)
    leather = leather * (1 - 0.40 * nz.step(edge, 0.0030, 0.0002))[:, None]
    leather = leather * (1 + 0.25 * nz.band(edge, 0.0055, 0.0003, 0.001))[:, None]
    color += belt[:, None] * (leather - color)
    shadow = nz.step(np.minimum(np.abs(tilt - BELT_LOW), np.abs(tilt - BELT_HIGH)), 0.004, 0.0)
    color *= (1 - 0.35 * shadow * (1 - belt))[:, None]
    loops = np.zeros(len(point), np.float32)
    angle = np.arctan2(x, z - 0.03)
    arc = 0.125  # metres of waist per radian, about
    for place in (0.55, 1.35, 2.25, 3.1416):
        loops = np.maximum(loops, nz.step((np.abs(np.abs(angle) - place)) * arc, 0.0066, 0.0056))
    loops = loops * nz.step(tilt, BAND_LOW - 0.002, BAND_LOW - 0.001)
    rim = nz.step(loops, 0.0, 0.5) - nz.step(loops, 0.5, 1.0)
    color += (0.96 * loops)[:, None] * (INDIGO * 1.12 - color)
    color *= (1 - 0.35 * rim)[:, None]
    _buckle(x, z, tilt, color)


def _buckle(x, z, tilt, color):
    """A rounded frame with a tongue, over the middle of the belt."""
    middle = (BELT_LOW + BELT_HIGH) / 2
    box = np.maximum(np.abs(x) / 0.0245, np.abs(tilt - middle) / 0.0205)
    rounded = (np.abs(x / 0.0245) ** 5 + np.abs((tilt - middle) / 0.0205) ** 5) ** 0.2
    in_front = (z > 0.02).astype(np.float32)
    outer = nz.step(rounded, 1.02, 0.97) * in_front
    inner = nz.step(np.maximum(np.abs(x) / 0.0185, np.abs(tilt - middle) / 0.0145), 0.97, 1.02)
    tongue = nz.step(np.abs(tilt - middle), 0.0022, 0.0014) * (x > -0.020) * (x < 0.021)
    metal = METAL * (0.80 + 0.30 * nz.step(tilt - middle, -0.018, 0.018))[:, None]
    frame = outer * np.maximum(inner, tongue)
    color += frame[:, None] * (metal - color)
    color *= (1 - 0.45 * nz.step(np.abs(box - 1.04), 0.10, 0.0) * in_front * (1 - outer))[:, None]
