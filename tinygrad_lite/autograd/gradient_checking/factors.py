"""A factor or a summand by which a gradient differs from the derivative: everywhere, or along a dimension."""

from __future__ import annotations

import itertools
from collections.abc import Iterator

import numpy as np

from ...core.primitive import Array
from .comparison import Comparison
from .patterns import alike
from .report import Entry

CLOSE = 1e-4
"""By so much, relatively, a factor may differ from the number that it is taken for."""


def factor(comparison: Comparison, e: Entry, a: Array, n: Array) -> Iterator[str]:
    """A factor or a summand by which the gradient differs, at most one."""
    r = float(a @ n) / float(n @ n) if np.any(n) else 0.0
    if r and alike(a, r * n):
        if (name := _named(r, comparison, e)) is not None:
            yield name
        elif a.size > 1:
            yield f"backward gives {r:.6g} times the derivative, everywhere"
    elif a.size > 2 and alike(a - n, np.full(a.shape, np.mean(a - n))):
        yield f"backward gives the derivative plus {np.mean(a - n):.6g}, everywhere"
    elif a.size > 1:
        for name, other in comparison.isolated.base.items():
            if other.shape != e.shape or not np.all(np.isfinite(other)) or np.ptp(np.abs(other)) == 0:
                continue
            y = np.ravel(other)[e.places]
            if alike(a * y, n):
                yield f"backward lacks a factor {name}"
            elif alike(a, n * y):
                yield f"backward has a factor {name} too many"
            else:
                continue
            return
        if a.size == e.total:
            yield from _along_a_dimension(a.reshape(e.shape), n.reshape(e.shape), comparison, e)


def _named(r: float, comparison: Comparison, e: Entry) -> str | None:
    """The factor in words, if it is one that is often forgotten."""
    if _is(r, -1):
        return "the sign is flipped: backward gives -1 times the derivative"
    sign, size = ("-" if r < 0 else ""), abs(r)
    for n, meaning in _lengths(comparison, e).items():
        if _is(size, 1 / n):
            why = "is a sum averaged, or a mean averaged twice?"
            return f"backward gives {sign}1/{n} of the derivative: {n} is {meaning}; {why}"
        if _is(size, n):
            why = "is a mean not averaged?"
            return f"backward gives {sign}{n} times the derivative: {n} is {meaning}; {why}"
    for value, name in ((2, "twice"), (0.5, "half"), (3, "3 times"), (4, "4 times"), (0.25, "a quarter of")):
        if _is(size, value):
            return f"backward gives {'minus ' if sign else ''}{name} the derivative (a factor {sign}{value:g})"
    for n, meaning in _lengths(comparison, e).items():
        for value, name, why in (
            (n / (n - 1), f"{n}/{n - 1}", "does it divide by n - 1, and the function by n?"),
            ((n - 1) / n, f"{n - 1}/{n}", "does it divide by n, and the function by n - 1?"),
            (n**0.5, f"√{n}", "is a division by the root of n missing?"),
            (n**-0.5, f"1/√{n}", "does it divide by the root of n once too often?"),
        ):
            if n > 3 and _is(size, value):
                return f"backward gives {sign}{name} times the derivative, everywhere: {n} is {meaning}; {why}"
    return None


def _is(size: float, value: float) -> bool:
    return abs(size / value - 1) < CLOSE


def _lengths(comparison: Comparison, e: Entry) -> dict[int, str]:
    """Map each length above 2, and each product of lengths, to words that say whose it is."""
    named: dict[int, str] = {}
    shaped = [(e.name, e.shape), *(("the result", t._data.shape) for t in comparison.run.outputs)]
    shaped += [(name, x.shape) for name, x in comparison.isolated.base.items()]
    for name, shape in shaped:
        own: dict[int, list[tuple[int, ...]]] = {}
        for count in range(1, len(shape) + 1):
            for dims in itertools.combinations(range(len(shape)), count):
                own.setdefault(int(np.prod([shape[d] for d in dims])), []).append(dims)
        for n, choices in own.items():
            if n > 2:
                named.setdefault(n, _meaning(name, shape, [dims for dims in choices if len(dims) == len(choices[0])]))
    return named


def _meaning(name: str, shape: tuple[int, ...], choices: list[tuple[int, ...]]) -> str:
    if len(choices[0]) == len(shape) > 1:
        return f"the number of elements of {name}"
    if len(choices[0]) > 1:
        return f"that of the elements along dimensions {' and '.join(map(str, choices[0]))} of {name}"
    dims = [str(d) for (d,) in choices]
    return f"the length of dimension{'s' * (len(dims) > 1)} {' and '.join(dims)} of {name}"


def _along_a_dimension(a: Array, n: Array, comparison: Comparison, e: Entry) -> Iterator[str]:
    """A factor that is another number in each place along the other dimensions, such as a power of a norm."""
    x = comparison.isolated.base[e.name]
    for d in reversed(range(a.ndim)) if a.ndim > 1 and np.all(np.isfinite(x)) else ():
        weight = np.sum(n * n, d, keepdims=True)
        r = np.sum(a * n, d, keepdims=True) / np.where(weight > 0, weight, 1.0)
        usable = n.shape[d] > 2 and r.size > 1 and np.all(weight > 0) and np.all(np.abs(r - 1) > CLOSE)
        if not usable or not alike(r * n, a):
            continue
        statistics = {
            "norm": np.sqrt(np.sum(x * x, d, keepdims=True)),
            "mean square": np.mean(x * x, d, keepdims=True),
            "standard deviation": np.std(x, d, keepdims=True),
            "sum": np.sum(x, d, keepdims=True),
            "mean": np.mean(x, d, keepdims=True),
        }
        for name, s in statistics.items():
            for power in (-2, -1, -0.5, 0.5, 1, 2):
                with np.errstate(all="ignore"):
                    if alike(r, np.power(s, power)):
                        times = f"times the {name} of {e.name} along dimension {d}"
                        yield f"backward gives the derivative {times} to the power of {power:g}: is an exponent wrong?"
                        return
        yield f"backward gives the derivative times a number, another for each place but the same along dimension {d}"
        return
