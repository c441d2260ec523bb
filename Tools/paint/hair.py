"""Hair: a short cut painted on the scalp, strands flowing from the whorl, a soft hairline."""

import numpy as np
from scipy.interpolate import PchipInterpolator

from . import noise as nz

DARK, MIDDLE, LIGHT = nz.rgb("#22160f"), nz.rgb("#3d291c"), nz.rgb("#6a4a33")
WHORL = np.array([0.008, 0.392, 0.012], np.float32)

# Azimuth (degrees from the front, round the axis below) to the height where hair begins (metres)
# and to the length of the fade (metres): high and crisp in front, sideburn, over the ear, nape.
AXIS_Z = 0.06
LINE = ((0, 0.3570, 0.007), (12, 0.3580, 0.007), (26, 0.3610, 0.007), (38, 0.3580, 0.008),
        (48, 0.3480, 0.009), (57, 0.3280, 0.010), (63, 0.3000, 0.012), (67, 0.2760, 0.014),
        (76, 0.2720, 0.014), (82, 0.2850, 0.010), (88, 0.2970, 0.008), (104, 0.2960, 0.010),
        (110, 0.2740, 0.014), (118, 0.2520, 0.018), (130, 0.2380, 0.022), (150, 0.2310, 0.024),
        (180, 0.2340, 0.024))


def paint_hair(surface):
    """Paints the cut; texels under it are the upper head without the ears."""
    head = surface.outer((-0.09, 0.2, -0.05), (0.09, 0.42, 0.19))
    head = head[ear_mask(surface, head) < 0.99]
    point = surface.position[head]
    line = np.array(LINE, np.float64)
    azimuth = np.degrees(np.arctan2(np.abs(point[:, 0]), point[:, 2] - AXIS_Z))
    start = PchipInterpolator(line[:, 0], line[:, 1])(azimuth).astype(np.float32)
    fade = PchipInterpolator(line[:, 0], line[:, 2])(azimuth).astype(np.float32)
    strand, clump, along = _strands(point)
    height = point[:, 1] - start
    ragged = 0.0022 * nz.noise(point, 260, 81) + 0.003 * nz.noise(point, 70, 82)
    cover = nz.step(height + ragged + fade * 0.45 * strand, -0.35 * fade, 0.9 * fade)
    cover *= 1 - ear_mask(surface, head)
    # Short sides: a hint of skin stays between the hairs.
    top = nz.step(point[:, 1], 0.30, 0.355)
    thin = (0.86 + 0.14 * top) * np.clip(0.97 + 0.12 * strand, 0, 1)
    color = MIDDLE + (DARK - MIDDLE) * nz.step(strand + 0.5 * clump, 0.15, -0.9)[:, None]
    color += (LIGHT - color) * (0.75 * nz.step(strand + 0.6 * clump, 0.15, 1.1))[:, None]
    # The sheen of combed hair: a broad ring round the whorl, broken by the clumps.
    sheen = nz.band(along + 0.012 * clump, 0.085, 0.012, 0.03) * top
    color *= (1 + 0.30 * sheen * (0.7 + 0.6 * strand))[:, None]
    surface.paint(head, 0.55 * nz.step(cover, 0.0, 0.5), MIDDLE * 1.25)
    surface.paint(head, cover * thin, color)


def _strands(point):
    """Strand noise, clump noise and the distance from the whorl (metres) of each point.

    Strands are lines of constant angle round the whorl, bent by slow noise; their frequency
    follows the circumference in steps that are blended, so that they stay about a millimetre wide.
    """
    offset = point - WHORL
    along = np.sqrt((offset**2).sum(1))
    # Above the ears the flow turns from radial to downwards, as gravity and comb have it.
    flat = np.stack([offset[:, 0], offset[:, 2], 0.25 * offset[:, 1]], 1)
    angle = np.arctan2(flat[:, 0], flat[:, 1])
    # Slow waves: the bend changes over much more length than the strands' spacing, or it would
    # show as rings.
    angle += 0.10 * nz.noise(point, (14, 9, 14), 83) + 0.012 * nz.noise(point, 55, 84)
    circle = np.stack([np.cos(angle), np.sin(angle)], 1)
    ring = np.sqrt(flat[:, 0] ** 2 + flat[:, 1] ** 2)
    level = np.log2(np.maximum(ring, 0.004) / 0.004)
    strand, clump = np.zeros(len(point), np.float32), np.zeros(len(point), np.float32)
    for octave in range(6):
        weight = np.clip(1 - np.abs(level - octave), 0, 1)
        if octave == 5:
            weight = np.where(level > 5, 1, weight)
        some = np.flatnonzero(weight > 0)
        where = np.concatenate([circle[some], along[some, None]], 1)
        frequency = 3.2 * 2**octave
        strand[some] += weight[some] * (
            0.75 * nz.noise(where, (frequency, frequency, 45), 90 + octave)
            + 0.45 * nz.noise(where, (2 * frequency, 2 * frequency, 60), 100 + octave))
        clump[some] += weight[some] * nz.noise(
            where, (0.28 * frequency, 0.28 * frequency, 26), 110 + octave)
    return strand, clump, along


def ear_mask(surface, texels):
    """1 on the ears, 0 on the skull beside them."""
    point = surface.position[texels]
    x, y, z = np.abs(point[:, 0]), point[:, 1], point[:, 2]
    skull = 0.0655 + 0.006 * np.clip((y - 0.25) / 0.06, 0, 1) + 0.0012
    mask = nz.step(x, skull - 0.0008, skull + 0.0016)
    mask *= nz.step(y, 0.3030, 0.2985) * nz.step(z, 0.090, 0.084) * nz.step(z, 0.030, 0.036)
    return mask
