"""Fast mode: a random projection of a gradient is compared instead of its elements, and a wrong element searched for.

`compare_all` compares the gradients of one run, in either mode.
"""

from __future__ import annotations

from contextlib import suppress

import numpy as np

from ...core.primitive import Array
from .backward_run import BackwardRun
from .comparison import ZERO, Comparison
from .direction import judge
from .isolated_copy import FunctionFailed, IsolatedCopy
from .numeric import Step, power_above, step
from .report import Element, Entry
from .settings import Settings

FEW = 8
"""A tensor of no more elements is compared element by element in fast mode too."""
LARGE = 2000
"""So is one of no more elements, if a direction through all tensors leaves a doubt."""
STEP = 2.0**-17
SOME = 8
"""Of a larger tensor whose projection is wrong so many elements are compared, and as many are searched for."""


def compare_all(isolated: IsolatedCopy, settings: Settings) -> Comparison:
    """Run forward and backward of an isolated copy, and compare every gradient with differences."""
    run = BackwardRun(isolated, settings)
    comparison = Comparison(run)
    if not run.complete:
        return comparison
    if settings.seed is not None and all(run.entries.values()):
        with suppress(FunctionFailed):  # the steps are longer than those of the comparison of elements
            right = judge(comparison)
            if right or (right is False and not settings.explain):
                return comparison
        for entry in run.entries.values():
            entry.verdict, entry.worst = "right", None
    for name, entry in run.entries.items():
        if not entry:
            continue
        try:
            if entry.total > (FEW if settings.fast else entry.total if settings.seed is None else LARGE):
                project(comparison, entry)
            else:
                comparison.compare(entry, np.arange(entry.total))
        except FunctionFailed as failure:
            run.fail(failure)
            break
        if run.gradients[name] is None and entry.verdict == "wrong":
            entry.verdict, entry.detail = "missing", "backward gives no gradient, yet the result depends on it"
    return comparison


def project(comparison: Comparison, entry: Entry) -> None:
    """Compare one random projection of the gradient, and search for a wrong element only where that is wrong."""
    a, rng, largest = entry.analytic, comparison.rng, comparison.largest
    small = comparison.run.settings.small
    assert a is not None
    if not np.all(np.isfinite(a)):
        comparison.compare(entry, np.flatnonzero(~np.isfinite(np.ravel(a)))[:FEW])
        return
    base = comparison.isolated.base[entry.name]
    # Random, so that errors do not cancel; with short mantissas, so that x + t·direction is exact.
    mantissa = rng.integers(2**18, 2**20, base.shape) / 2.0**20
    direction = power_above(base) * mantissa * rng.choice([-1.0, 1.0], base.shape)
    along = float(np.sum(a * direction))
    size = float(np.sqrt(np.sum((a * direction) ** 2)))
    first = _one_step(comparison, entry.name, direction)
    if _is_clearly_wrong(along, size, first):
        _compare_some(comparison, entry, direction, first)
        return
    s = comparison.slope_along(entry.name, direction, 1e-7 * size, first)
    close = abs(along - s.value) <= 4 * s.uncertainty + 1e-9 * size + 1e3 * comparison.eps * size
    scale = largest * np.sqrt(entry.total)
    if entry.total > small and s.kink and comparison.between(along, s, scale):
        entry.verdict, entry.detail = "kink", "in a random direction, with backward between the one-sided slopes"
    elif size <= 1e-12 * largest and abs(s.value) <= max(8 * s.uncertainty, 1e-8 * scale):
        entry.verdict, entry.detail = "vacuous", ZERO
    elif close and not s.kink and s.uncertainty <= 1e-3 * size:
        entry.checked = entry.total
        entry.worst = Element(entry.name, (), along, s.value, s.uncertainty, 4 * s.uncertainty)
    else:
        _compare_some(comparison, entry, direction, first)


def _one_step(comparison: Comparison, name: str, direction: Array) -> Step:
    run = comparison.run
    return step(comparison.along(name, direction), run.f0[run.finite], run.c, comparison.eps, STEP)


def _is_clearly_wrong(along: float, size: float, s: Step) -> bool:
    """Return True if a single step is enough: there is no kink, and no other step could explain the error."""
    error = abs(along - s.central)
    return error > 0.01 * size and error > 1e3 * s.roughness and s.width <= 1e-2 * (abs(s.right) + abs(s.left))


def _compare_some(comparison: Comparison, entry: Entry, direction: Array, whole: Step) -> None:
    """Compare all elements of a small tensor; of a large one a few, of which one should be wrong."""
    if entry.total <= comparison.run.settings.small:
        comparison.compare(entry, np.arange(entry.total))
        return
    some = comparison.rng.choice(entry.total, min(SOME, entry.total), replace=False)
    comparison.compare(entry, np.union1d(some, _search(comparison, entry, direction, whole)))


def _search(comparison: Comparison, entry: Entry, direction: Array, all_of_it: Step) -> Array:
    """A few places, of which one should be wrong: halve them again and again, and keep the half with more error."""
    assert entry.analytic is not None
    a = np.ravel(entry.analytic)

    def error(places: Array) -> float:
        d = np.zeros(a.size)
        d[places] = np.ravel(direction)[places]
        results = comparison.along(entry.name, d.reshape(entry.shape))
        return float(a @ d) - float(comparison.run.c @ (results(STEP) - results(-STEP))) / (2 * STEP)

    places = comparison.rng.permutation(a.size)
    whole = float(a @ np.ravel(direction)) - all_of_it.central
    while places.size > SOME:
        half, rest = np.array_split(places, 2)
        of_half = error(half)
        of_rest = whole - of_half  # derivatives along directions add up
        places, whole = (half, of_half) if abs(of_half) > abs(of_rest) else (rest, of_rest)
    return np.sort(places)
