"""Fast mode: a random projection of a gradient in place of its elements, and the search for one that is wrong."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ...core.primitive import Array
from .numeric import power_above, slope, step
from .report import Element, Entry

if TYPE_CHECKING:
    from .comparison import Examination

FEW = 8  # elements that are compared one by one also in fast mode
SMALL = 256  # a tensor of so many elements is not worth a search
ZERO = "the gradient is 0 on both sides, which tests nothing"


def project(ex: Examination, entry: Entry) -> None:
    """Compare one random projection of the gradient, and search for the element only where it is wrong."""
    a = entry.analytic
    assert a is not None
    if not np.all(np.isfinite(a)):
        ex.compare(entry, np.flatnonzero(~np.isfinite(np.ravel(a)))[:FEW])
        return
    base = ex.subject.base[entry.name]
    # Random enough that errors do not cancel, with mantissas short enough that x + t·d is exact.
    mantissa = ex.rng.integers(2**18, 2**20, base.shape) / 2.0**20
    direction = power_above(base) * mantissa * ex.rng.choice([-1.0, 1.0], base.shape)
    along = float(np.sum(a * direction))
    size = float(np.sqrt(np.sum((a * direction) ** 2)))
    s = slope(ex.phi(entry.name, direction), ex.f0[ex.kept], ex.c, ex.eps, 1e-7 * size)
    close = abs(along - s.value) <= 4 * s.uncertainty + 1e-9 * size + 1e3 * ex.eps * size
    if entry.total > SMALL and s.kink and ex.between(along, s, ex.largest * np.sqrt(entry.total)):
        entry.verdict, entry.detail = "kink", "in a random direction, with backward between the one-sided slopes"
    elif size <= 1e-12 * ex.largest and abs(s.value) <= max(
        8 * s.uncertainty, 1e-8 * ex.largest * np.sqrt(entry.total)
    ):
        entry.verdict, entry.detail = "vacuous", ZERO
    elif close and not s.kink and s.uncertainty <= 1e-3 * size:
        entry.checked = entry.total
        entry.worst = Element(entry.name, (), along, s.value, s.uncertainty, 4 * s.uncertainty)
    elif entry.total <= SMALL:
        ex.compare(entry, np.arange(entry.total))
    else:
        some = ex.rng.choice(entry.total, min(SMALL // 4, entry.total), replace=False)
        ex.compare(entry, np.union1d(some, _search(ex, entry, direction)))


def _search(ex: Examination, entry: Entry, direction: Array) -> Array:
    """A few places, of which one should be wrong: halve them again and again, and keep the half that is further off."""
    a, f0 = np.ravel(entry.analytic), ex.f0[ex.kept]  # type: ignore[arg-type]
    places = ex.rng.permutation(a.size)
    while places.size > SMALL // 16:
        halves = np.array_split(places, 2)
        off = []
        for half in halves:
            d = np.zeros(a.size)
            d[half] = np.ravel(direction)[half]
            s = step(ex.phi(entry.name, d.reshape(entry.shape)), f0, ex.c, ex.eps, 2.0**-17)
            off.append(abs(float(a @ d) - s.central))
        places = halves[int(np.argmax(off))]
    return np.sort(places)
