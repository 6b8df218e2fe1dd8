"""Running averages, in place."""

from __future__ import annotations

import numpy as np

from ..primitive import Array


def average(m: Array, g: Array, weight: float, work: Array) -> None:
    """m ← m + weight (g - m)."""
    np.subtract(g, m, out=work)
    work *= weight
    m += work


def average_square(v: Array, g: Array, weight: float, work: Array) -> None:
    """v ← (1 - weight) v + weight g²."""
    np.multiply(g, g, out=work)
    work *= weight
    v *= 1 - weight
    v += work
