"""Running averages, in place."""

from __future__ import annotations

import numpy as np

from ...core.primitive import Array


def average(m: Array, g: Array, weight: float | Array, work: Array) -> None:
    """m ← m + weight (g - m)."""
    np.subtract(g, m, out=work)
    work *= weight
    m += work


def average_square(v: Array, g: Array, keep: float | Array, weight: float | Array, work: Array) -> None:
    """v ← keep v + weight g²; the two weights sum to 1."""
    np.multiply(g, g, out=work)
    work *= weight
    v *= keep
    v += work
