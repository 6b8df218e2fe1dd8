"""Functions of one element that the processor computes for several at once, as it does not with the C library's."""

from __future__ import annotations

from typing import Any

import numpy as np


def exp32(x: Any) -> Any:
    """e**x, computed in float64 and rounded once: 2**n e**r, with r = x - n log 2 at most 0.35."""
    wide: Any = np.float64(x)
    wide = -110.0 if wide < -110.0 else wide  # beyond, float32 has 0 and inf
    wide = 90.0 if wide > 90.0 else wide
    return np.float32(exponential(wide)) if x == x else x


def tanh32(x: Any) -> Any:
    """Tanh x, computed in float64 and rounded once: 1 - 2 / (e**2x + 1), and x (1 - x² / 3) near 0."""
    wide: Any = np.float64(x)
    wide = -20.0 if wide < -20.0 else wide
    wide = 20.0 if wide > 20.0 else wide
    far = 1 - 2 / (exponential(2 * wide) + 1)
    near = wide * (1 - wide * wide * (1 / 3))
    return np.float32(near if -1e-3 < wide < 1e-3 else far) if x == x else x


def exponential(x: Any) -> Any:
    """e**x for -110 <= x <= 90, or NaN, with an error of at most 3e-10 of it."""
    n = np.floor(x * 1.4426950408889634 + 0.5)
    r = x - n * 0.6931471805599453
    p = 1 / 720 + r * (1 / 5040 + r * (1 / 40320))
    p = 1 + r * (1 + r * (0.5 + r * (1 / 6 + r * (1 / 24 + r * (1 / 120 + r * p)))))
    power = np.int64((np.int64(n if n == n else 0.0) + 1023) << 52).view(np.float64)
    return p * power


def larger(x: Any, y: Any) -> Any:
    """The larger of two numbers, or NaN; machine code has an instruction of LLVM's for it, of several at once."""
    return y if y > x or y != y else x


def added(total: Any, x: Any) -> Any:
    """The sum of two numbers, of which several may be added at once: it is compiled so that the order may change."""
    return total + x
