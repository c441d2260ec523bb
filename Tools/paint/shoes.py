"""High canvas shoes: rubber sole with a stripe, stitched upper, tongue and laces."""

import numpy as np

from . import noise as nz

CANVAS, RUBBER = nz.rgb("#5c2627"), nz.rgb("#ddd6c6")
LACE, STRIPE = nz.rgb("#e8e2d4"), nz.rgb("#7a2a28")
TOP = -1.19  # canvas reaches up under the hems

# The line over the instep in the (y, z) plane, from the shin to the toes, left foot.
INSTEP_START = np.array([-1.205, 0.045], np.float32)
INSTEP_END = np.array([-1.272, 0.128], np.float32)


def paint_shoes(surface):
    """Paints both shoes; returns their texels. Jeans are painted over the upper end."""
    texels = surface.outer((-0.25, -1.35, -0.1), (0.25, TOP, 0.25))
    point = surface.position[texels] * np.array([1, 1, 1], np.float32)
    normal = surface.normal[texels]
    side = np.sign(point[:, 0])
    local = np.stack([point[:, 0] * side, point[:, 1], point[:, 2]], 1)
    cross = local[:, 0] - _middle(local[:, 2])  # to the outer side of the foot
    color = np.broadcast_to(CANVAS, (len(texels), 3)).copy()
    weave = nz.noise(point, 520, 151) + 0.7 * nz.noise(point, 190, 152)
    color *= (1 + 0.045 * weave + 0.05 * nz.fractal(point, 45, 2, 153))[:, None]
    _upper_seams(local, cross, color)
    _laces(local, normal, cross, color)
    _sole(local, normal, point, color)
    surface.paint(texels, 1, np.clip(color, 0, 1))
    return texels


def _middle(z):
    """x of the foot's middle line at depth z (left foot)."""
    return np.interp(z, (-0.05, 0.03, 0.13, 0.19), (0.138, 0.146, 0.170, 0.176)).astype(np.float32)


def _instep(local):
    """Way along the instep line (metres from its start) of each point."""
    direction = (INSTEP_END - INSTEP_START) / np.linalg.norm(INSTEP_END - INSTEP_START)
    return (local[:, 1:] - INSTEP_START) @ direction


def _upper_seams(local, cross, color):
    """Heel strip, the edge of the lace facing, the toe seam."""
    heel = nz.step(np.abs(cross), 0.0115, 0.0105) * nz.step(local[:, 2], -0.012, -0.016)
    color += (0.55 * heel)[:, None] * (CANVAS * 0.72 - color)
    way = _instep(local)
    on_top = nz.step(local[:, 2], 0.015, 0.03)
    facing = np.abs(cross) - (0.022 + 0.0 * way)
    for at, strength in ((0.0, 0.40), (0.0035, 0.18)):
        line = nz.step(np.abs(facing - at), 0.0012, 0.0002) * on_top
        line = line * nz.step(way, 0.118, 0.112)
        color *= (1 - strength * line)[:, None]
    toe = way - 0.112 + 14 * cross**2
    color *= (1 - 0.40 * nz.step(np.abs(toe), 0.0016, 0.0003) * on_top)[:, None]
    color *= (1 - 0.16 * nz.step(np.abs(toe - 0.004), 0.0012, 0.0003) * on_top)[:, None]


def _laces(local, normal, cross, color):
    """The tongue's dark gap and six laces over it."""
    way = _instep(local)
    up = nz.step(normal[:, 2] + normal[:, 1], 0.05, 0.4)
    length = nz.step(way, 0.100, 0.094) * up
    gap = nz.step(np.abs(cross), 0.0115, 0.0095) * length
    color += (0.75 * gap)[:, None] * (CANVAS * 0.55 - color)
    for number in range(7):
        # Each lace rises a little to one side, in turn left and right.
        slant = (0.16 if number % 2 else -0.16) * cross
        t = way - (0.004 + 0.0145 * number) - slant
        ends = nz.step(np.abs(cross), 0.0175, 0.0165) * up * (way > -0.012)
        shadow = nz.step(np.abs(t - 0.0025), 0.0045, 0.001) * ends
        color *= (1 - 0.40 * shadow)[:, None]
        lace = nz.step(np.abs(t), 0.0029, 0.0022) * ends
        tone = LACE * (1 - 0.18 * nz.step(np.abs(t), 0.001, 0.0028))[:, None]
        color += lace[:, None] * (tone - color)
        eye = np.hypot(t, np.abs(cross) - 0.0175)
        color += (nz.step(eye, 0.0030, 0.0022) * up)[:, None] * (nz.rgb("#a9a398") - color)
        color *= (1 - 0.7 * nz.step(eye, 0.0014, 0.0009) * up)[:, None]


def _sole(local, normal, point, color):
    """Rubber up to a level line, with a thin stripe, and a grooved underside."""
    y, z = local[:, 1], local[:, 2]
    # Level, but lower before the toes, so that they are canvas and not five white tips.
    line = -1.2845 + 0.0015 * nz.step(z, 0.06, 0.0)
    line = line - 0.0105 * nz.step(z + 0.95 * (local[:, 0] - 0.165), 0.112, 0.146)
    rubber = nz.step(y, line + 0.0006, line - 0.0006)
    tone = RUBBER * (1 + 0.03 * nz.noise(point, 60, 154))[:, None]
    color *= (1 - 0.38 * nz.step(y - line, 0.0045, 0.0) * (1 - rubber))[:, None]
    color += rubber[:, None] * (tone - color)
    stripe = nz.band(y, line - 0.0042, 0.0007, 0.0006)
    stripe = stripe * nz.step(z, 0.135, 0.110)
    color += (0.85 * stripe)[:, None] * (STRIPE - color)
    under = nz.step(-normal[:, 1], 0.75, 0.9) * rubber
    grooves = 0.5 + 0.5 * np.sin((z + 0.25 * np.abs(local[:, 0] - 0.15)) * 900)
    color *= (1 - under * (0.30 + 0.18 * grooves))[:, None]
