"""Functions of one element that the processor can compute for several at once, which calls of the C library it cannot."""

from __future__ import annotations

import numpy as np


def exp32(x: np.float32) -> np.float32:
    """e**x, computed in float64 and rounded once: 2**n e**r, with r = x - n log 2 at most 0.35."""
    wide = np.float64(x)
    wide = -110.0 if wide < -110.0 else wide  # beyond, float32 has 0 and inf
    wide = 90.0 if wide > 90.0 else wide
    n = np.floor(wide * 1.4426950408889634 + 0.5)
    r = wide - n * 0.6931471805599453
    p = 1 + r * (1 + r * (0.5 + r * (1 / 6 + r * (1 / 24 + r * (1 / 120 + r * (1 / 720 + r * (1 / 5040 + r / 40320)))))))
    power = np.int64((np.int64(n if n == n else 0.0) + 1023) << 52).view(np.float64)
    return np.float32(p * power) if x == x else x


def tanh32(x: np.float32) -> np.float32:
    """Tanh x, computed in float64 and rounded once: 1 - 2 / (e**2x + 1), and x (1 - x² / 3) near 0."""
    wide = np.float64(x)
    wide = -20.0 if wide < -20.0 else wide
    wide = 20.0 if wide > 20.0 else wide
    twice = 2 * wide
    n = np.floor(twice * 1.4426950408889634 + 0.5)
    r = twice - n * 0.6931471805599453
    p = 1 + r * (1 + r * (0.5 + r * (1 / 6 + r * (1 / 24 + r * (1 / 120 + r * (1 / 720 + r * (1 / 5040 + r / 40320)))))))
    power = np.int64((np.int64(n if n == n else 0.0) + 1023) << 52).view(np.float64)
    far = 1 - 2 / (p * power + 1)
    near = wide * (1 - wide * wide / 3)
    small = -1e-3 < wide < 1e-3
    return np.float32(near if small else far) if x == x else x


def added(total: np.float64, x: np.float64) -> np.float64:
    """The sum of two numbers, of which several may be added at once: it is compiled so that the order may change."""
    return total + x
