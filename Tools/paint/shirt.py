"""A striped cotton shirt with short sleeves: collar, armhole seams, hems, soft folds."""

import numpy as np

from . import noise as nz

CLOTH = nz.rgb("#e2dac8")
STRIPE = nz.rgb("#2f4163")
SLEEVE_END = 0.330  # |x| of the sleeve hem, metres
ARMHOLE = 0.168  # |x| of the seam between body and sleeve
WAIST = -0.262  # y where the shirt goes into the jeans


def collar_distance(point):
    """Height over the neckline (metres): a tilted plane, lower in front, scooped at the sides."""
    x, y, z = point[:, 0], point[:, 1], point[:, 2]
    line = 0.150 - 0.36 * (z - 0.005) + 3.0 * x * x * nz.step(z, 0.0, 0.06)
    return (y - line) * np.float32(0.93)


def paint_shirt(surface):
    """Paints the shirt and returns the texels it covers mostly."""
    texels = surface.outer((-0.36, WAIST - 0.03, -0.1), (0.36, 0.21, 0.2))
    point = surface.position[texels]
    across = np.abs(point[:, 0])
    neck = collar_distance(point)
    sleeve = SLEEVE_END + 0.0025 * nz.noise(point, 25, 121) - across
    cover = nz.step(neck, 0.0006, -0.0006) * nz.step(sleeve, -0.0006, 0.0006)
    color = np.broadcast_to(CLOTH, (len(texels), 3)).copy()
    _stripes(point, across, surface.grain[texels], color)
    # Ribbed collar and the turned sleeve hems.
    collar = nz.step(neck, -0.0150, -0.0142)
    color += collar[:, None] * (STRIPE * 1.02 - color)
    angle = np.arctan2(point[:, 0], point[:, 2] - 0.02)
    ribs = 1 + 0.10 * collar * np.sin(angle * 150)
    hem = nz.step(sleeve, 0.0185, 0.0175)
    color += (hem * 0.9)[:, None] * (CLOTH - color)
    shade = ribs * _seams(point, across, neck, sleeve)
    # A knit's grain: two crossing fine noises, mostly one tone.
    knit = 0.6 * nz.noise(point, (300, 450, 300), 122) + nz.noise(point, 130, 123)
    shade = shade * (1 + 0.016 * knit) * (1 + 0.062 * _folds(point, across))
    surface.paint(texels, cover, np.clip(color * shade[:, None], 0, 1))
    # Its shadow on the skin beside collar and sleeve.
    edge = np.maximum(nz.step(neck, 0.010, 0.0) * (neck > 0),
                      nz.step(sleeve, -0.012, 0.0) * (sleeve < 0))
    surface.scale(texels, 1 - 0.28 * edge * (1 - cover))
    return texels[cover > 0.5]


def _stripes(point, across, grain, color):
    """Stripes lie level on the body and run round the sleeves; the yoke stays plain."""
    body = nz.step(across, ARMHOLE + 0.0004, ARMHOLE - 0.0004)
    wobble = 0.0011 * nz.noise(point, 30, 124)
    level = (point[:, 1] + wobble - 0.068) / 0.0265
    ring = (across + wobble - ARMHOLE - 0.026) / 0.0265
    for phase, allowed in ((level, body * nz.step(point[:, 1], 0.0725, 0.0715)),
                           (ring, (1 - body) * nz.step(ring, -0.3, -0.2))):
        off = np.abs(phase - np.round(phase))
        stripe = np.clip(0.5 + (0.1425 - off) / np.maximum(0.045, 1.3 * grain / 0.0265), 0, 1)
        color += (0.94 * stripe * allowed)[:, None] * (STRIPE - color)


def _seams(point, across, neck, sleeve):
    """Factor: stitched lines under the collar, at armholes, shoulders and hems."""
    shade = 1 - 0.30 * nz.step(np.abs(neck + 0.0150), 0.0016, 0.0002)
    shade *= 1 - 0.34 * nz.step(np.abs(across - ARMHOLE), 0.0018, 0.0003)
    shade *= 1 - 0.10 * nz.step(np.abs(across - ARMHOLE - 0.004), 0.004, 0.001)
    shade *= 1 - 0.20 * nz.step(np.abs(sleeve - 0.0178), 0.0014, 0.0002)
    shade *= 1 - 0.30 * nz.step(sleeve, 0.0026, 0.0006)
    shoulder = nz.step(np.abs(point[:, 2] - 0.022), 0.0016, 0.0003) * (point[:, 1] > 0.08)
    shoulder = shoulder * (across < ARMHOLE) * (neck < -0.015)
    return shade * (1 - 0.22 * shoulder)


def _folds(point, across):
    """Soft folds, about -1 to 1: pulled from the armpits, gathered over the belt, on the sleeves."""
    x, y = point[:, 0], point[:, 1]
    bend = np.concatenate([point[:, :1], point[:, 1:2], point[:, 2:]], 1)
    slow = nz.fractal(bend, (16, 9, 16), 2, 125)
    armpit = np.arctan2(y - 0.02, across - 0.19)
    radial = nz.noise(np.stack([armpit * 2.2, across * 6, np.sign(x)], 1), 1.6, 126)
    pull = nz.step(np.hypot(across - 0.17, y - 0.03), 0.15, 0.03)
    gather = nz.noise(point, (52, 9, 52), 127) * nz.step(y, WAIST + 0.10, WAIST + 0.01)
    around = nz.noise(point, (24, 13, 13), 128) * nz.step(across, ARMHOLE, 0.24)
    return 0.8 * slow + 1.1 * pull * radial + 1.2 * gather + 0.9 * around
