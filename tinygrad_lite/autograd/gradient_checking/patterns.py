"""Patterns in the error of a gradient: a missing term of a normalization, a wrong power, a region, one triangle."""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np

from ...core.primitive import Array

CHANCE = 250
"""A region is named only if there are so many ways to choose as many elements: it is then hardly one by chance."""


def alike(x: Array | None, y: Array | None, tolerance: float = 1e-4) -> bool:
    """Return True if two arrays are equal within the precision of differences, and are not 0."""
    if x is None or y is None or x.shape != y.shape or not x.size:
        return False
    allowed = tolerance * float(np.abs(y).max())
    if abs(x.item(0) - y.item(0)) > allowed:  # most pairs differ here already
        return False
    return allowed > 0 and bool(np.abs(x - y).max() <= allowed)


def missing_term(error: Array, candidates: dict[str, Array]) -> Iterator[str]:
    """An error that is the same number along a dimension, or that times the result or the input.

    Args:
        error: the gradient less the derivative.
        candidates: arrays of its shape, by name; the name "" is that of ones.
    """
    for name, base in candidates.items():
        if base.shape != error.shape or not np.all(np.isfinite(base)) or not np.any(base):
            continue
        for d in reversed(range(error.ndim)):
            if error.size - error.size // error.shape[d] < 3:  # anything would fit
                continue
            weight = np.sum(base * base, d, keepdims=True)
            along = np.sum(error * base, d, keepdims=True) / np.where(weight > 0, weight, 1.0)
            if not alike(along * base, error):
                continue
            if name:
                term = f"{name} times a number for each place along the others"
                yield (
                    f"the error is {term}: is a sum over dimension {d} of the gradient times {name} missing there, or "
                    "has it a wrong factor (a sum for a mean, n for n - 1)?"
                )
            else:
                yield f"the error is the same along dimension {d}: is a sum of the gradient over it missing or wrong?"
            return


def wrong_power(a: Array, n: Array, x: Array, name: str) -> Iterator[str]:
    """A factor that is a power of the input."""
    usable = (a * n > 0) & (np.abs(x) > 0)
    if usable.sum() < 4 or not usable.all() or np.ptp(np.log(np.abs(x))) < 0.1:
        return
    bases, ratios = np.log(np.abs(x)), np.log(a / n)
    centred = bases - bases.mean()
    power = float(centred @ ratios) / float(centred @ centred)  # the slope of a line through them
    nearest = round(2 * power) / 2
    if nearest and abs(power - nearest) < 1e-3:
        factor = math.exp(ratios.mean() - power * bases.mean())
        if alike(a, factor * n * np.abs(x) ** nearest):
            times = "" if abs(factor - 1) < 1e-3 else f"{factor:.4g} · "
            yield f"backward gives the derivative times {times}|{name}|^{nearest:g}: is the exponent wrong?"


def one_triangle(a: Array, n: Array, name: str) -> Iterator[str]:
    """A function that reads one triangle of a matrix, while backward treats the matrix as symmetric."""
    if a.ndim != 2 or a.shape[0] != a.shape[1] or a.shape[0] < 2:
        return
    for triangle, which in ((np.tril, "lower"), (np.triu, "upper")):
        if alike(triangle(n), n) and not alike(np.diag(np.diag(n)), n):
            both = n + n.T - np.diag(np.diag(n))
            if any(alike(a, each) for each in (both, (n + n.T) / 2, n + n.T)):
                yield f"the function reads only the {which} triangle of {name}, and backward gives to both"
                return


def region(bad: Array, good: Array, inputs: dict[str, Array]) -> Iterator[str]:
    """An interval of an input in which all wrong elements lie and no right one does.

    Args:
        bad, good: which elements are wrong, and which are right.
        inputs: for each input its values at the elements.
    """
    choices = math.comb(int(bad.sum() + good.sum()), int(bad.sum())) / len(inputs) if inputs else 0
    if choices < CHANCE:
        return
    for name, x in inputs.items():
        for values, shown in ((x, name), (np.abs(x), f"|{name}|")):
            low, high = values[bad].min(), values[bad].max()
            if values[good].max() < low:
                yield f"wrong only where {shown} ≥ {low:.4g} (right up to {values[good].max():.4g})"
            elif values[good].min() > high:
                yield f"wrong only where {shown} ≤ {high:.4g} (right from {values[good].min():.4g} on)"
            elif choices > CHANCE * good.sum() and not np.any((values[good] >= low) & (values[good] <= high)):
                yield f"wrong only where {low:.4g} ≤ {shown} ≤ {high:.4g}"
            else:
                continue
            return
