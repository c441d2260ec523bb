"""Noise and blending functions of the painter.

Everything is a function of a 3-D point and a fixed seed, so it has no seams in the texture and the
same bytes come out on every run. Lengths are metres, frequencies cycles per metre.
"""

import numpy as np

_PRIMES = np.array([0x8DA6B343, 0xD8163841, 0xCB1AB31F], np.uint32)


def _hash(x, y, z, seed):
    """Integer lattice (uint32 each) to floats in [-1, 1)."""
    value = (x * _PRIMES[0]) ^ (y * _PRIMES[1]) ^ (z * _PRIMES[2])
    value ^= np.uint32((seed * 0x9E3779B1 + 0x7F4A7C15) & 0xFFFFFFFF)
    value ^= value >> np.uint32(15)
    value *= np.uint32(0x2C1B3C6D)
    value ^= value >> np.uint32(12)
    value *= np.uint32(0x297A2D39)
    value ^= value >> np.uint32(15)
    return (value >> np.uint32(8)).astype(np.float32) * np.float32(2.0 / (1 << 24)) - np.float32(1)


def noise(points, frequency, seed):
    """Smooth value noise in about [-1, 1]. points: (N, 3); frequency: a number or three."""
    scaled = np.asarray(points, np.float32) * np.asarray(frequency, np.float32)
    cell = np.floor(scaled)
    part = scaled - cell
    part = part * part * (3 - 2 * part)
    x, y, z = (cell[:, axis].astype(np.int64).astype(np.uint32) for axis in range(3))
    result = np.zeros(len(scaled), np.float32)
    for corner in range(8):
        dx, dy, dz = corner & 1, corner >> 1 & 1, corner >> 2
        weight = part[:, 0] if dx else 1 - part[:, 0]
        weight = weight * (part[:, 1] if dy else 1 - part[:, 1])
        weight *= part[:, 2] if dz else 1 - part[:, 2]
        offset = (np.uint32(dx), np.uint32(dy), np.uint32(dz))
        result += weight * _hash(x + offset[0], y + offset[1], z + offset[2], seed)
    return result


def fractal(points, frequency, octaves, seed):
    """Sum of noises, each twice as fine and half as strong, in about [-1, 1]."""
    total = np.zeros(len(points), np.float32)
    frequency = np.asarray(frequency, np.float32)
    strength, sum_of_strengths = 1.0, 0.0
    for octave in range(octaves):
        total += np.float32(strength) * noise(points, frequency * 2**octave, seed + octave)
        sum_of_strengths += strength
        strength *= 0.5
    return total / np.float32(sum_of_strengths)


def step(value, low, high):
    """0 at low and below, 1 at high and above, smooth between; high < low turns it round."""
    t = np.clip((value - low) / (high - low), 0, 1)
    return t * t * (3 - 2 * t)


def band(value, center, half_width, soft):
    """1 within half_width of center, falling to 0 over the length soft."""
    return step(np.abs(value - center), half_width + soft, half_width)


def ball(points, center, radius):
    """Gaussian of the distance from center; radius (number or three) is its standard deviation."""
    difference = (points - np.asarray(center, np.float32)) / np.asarray(radius, np.float32)
    return np.exp(np.float32(-0.5) * (difference**2).sum(1))


def two_balls(points, center, radius):
    """The same at center and at its mirror image, x negated."""
    mirrored = np.array([-center[0], center[1], center[2]])
    return ball(points, center, radius) + ball(points, mirrored, radius)


def rgb(text):
    """'#c89b7b' to three sRGB-coded floats in [0, 1]."""
    return np.array([int(text[i : i + 2], 16) / 255 for i in (1, 3, 5)], np.float32)
