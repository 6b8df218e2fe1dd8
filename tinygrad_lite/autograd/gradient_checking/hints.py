"""Hints: statements about why a gradient is wrong. Each is made only if the numbers confirm it."""

from __future__ import annotations

import itertools
import math
import re
from collections.abc import Iterator

import numpy as np

from ...core.primitive import Array
from .comparison import Comparison
from .factors import factor
from .given_gradient import wrong_use_of_gradient
from .patterns import CHANCE, alike, missing_term, one_triangle, region, wrong_power
from .report import Entry
from .terms import wrong_term

SURROGATE = "it looks like a surrogate (straight-through) gradient: pass surrogate=[{}] to check the rest"
UNCONNECTED = "the graph does not lead here: is it detached somewhere, or computed outside of Tensors?"


def add_hints(comparison: Comparison, one_function: bool = True) -> None:
    """Give every wrong entry its hints.

    Where what is checked is made of several functions, of which a wrong one has been looked at by itself, nothing is
    said of how backward uses the gradient that it is given: that was looked for there.
    """
    found = [e for e in comparison.entries.values() if e.numeric is not None]
    wrong = [e for e in found if e.verdict in ("wrong", "missing") or (e.verdict == "suspicious" and _is_clear(e))]
    for e, f in itertools.combinations(wrong, 2):
        if e.shape == f.shape and _complete(e) and _complete(f):
            a, b = e.analytic, f.analytic
            assert a is not None
            assert b is not None
            if alike(np.ravel(a), f.numeric) and alike(np.ravel(b), e.numeric):
                e.hints.append(f"the gradients of {e.name} and {f.name} are swapped")
                f.hints.append(e.hints[-1])
    for e in wrong:
        if not e.hints:
            e.hints.extend(itertools.islice(_hints(comparison, e, one_function), 3))
    for e in comparison.entries.values():
        if e.verdict == "shape":
            e.hints.extend(_shape(comparison, e))


def _shape(comparison: Comparison, e: Entry) -> Iterator[str]:
    """Why a gradient has another shape than its argument."""
    found = re.search(r"got \[([\d, ]*)\] but expected shape compatible with \[([\d, ]*)\]", e.detail)
    if found is None:
        return
    got, expected = (tuple(int(n) for n in text.split(",") if n.strip()) for text in found.groups())
    if got == expected[::-1]:
        yield "the dimensions are exchanged: is a transpose missing?"
    elif math.prod(got) == math.prod(expected):
        yield "the number of elements is right: is keepdim=True missing, or a reshape?"
    elif any(got == t._data.shape for t in comparison.run.outputs):
        yield "it has the shape of the result: is a sum, or a product with another argument, missing?"


def _is_clear(e: Entry) -> bool:
    """Return True if a small error is large enough to be told from the right value by `alike`."""
    return e.worst is not None and e.worst.relative_error > 4e-4


def _complete(e: Entry) -> bool:
    """Return True if all elements were compared."""
    return e.places is not None and e.places.size == e.total


def _hints(comparison: Comparison, e: Entry, one_function: bool) -> Iterator[str]:
    assert e.analytic is not None
    assert e.places is not None
    assert e.numeric is not None
    assert e.uncertainty is not None
    a, n = np.ravel(e.analytic)[e.places], e.numeric
    if e.verdict == "missing":
        yield UNCONNECTED
        return
    if not np.any(a):
        yield "backward gives 0 everywhere"
    elif np.all(np.abs(n) <= np.maximum(8 * e.uncertainty, 1e-9 * np.max(np.abs(a)))):
        yield "the function is flat here, and backward is not: " + SURROGATE.format("…")
    else:
        found = list(_explanation(comparison, e, a, n, one_function))
        yield from found
        if not found:
            yield from _condition(comparison, e, a, n)
        yield from _clipped(e, a, n)
        return
    yield from _condition(comparison, e, a, n)


def _explanation(comparison: Comparison, e: Entry, a: Array, n: Array, one_function: bool) -> Iterator[str]:
    """Yield the explanation of the whole gradient: the first of these that the numbers confirm."""
    if alike(a, n):  # but for what is small beside the rest
        return
    for statements in (
        factor(comparison, e, a, n),
        _misplaced(e, a, n),
        wrong_use_of_gradient(comparison, e, a) if one_function else (),
        _pattern(comparison, e, a, n),
    ):
        if found := list(statements):
            yield from found
            return


def _pattern(comparison: Comparison, e: Entry, a: Array, n: Array) -> Iterator[str]:
    """A wrong power, one triangle of two, or a missing term."""
    if not _complete(e) or e.bad is None or e.bad.sum() < 3 or alike(a, n * float(a @ n) / max(float(n @ n), 1e-300)):
        return
    x = comparison.isolated.base[e.name]
    square, right = a.reshape(e.shape), n.reshape(e.shape)
    powers = list(wrong_power(a, n, np.ravel(x)[e.places], e.name)) if not alike(np.abs(a), np.abs(n)) else []
    triangle = list(one_triangle(square, right, e.name))
    yield from powers + triangle
    if powers or triangle or not np.any(a):
        return
    bases = {"": np.ones(e.shape), e.name: x}
    run = comparison.run
    if len(run.outputs) == 1 and run.outputs[0]._data.shape == e.shape:
        y = run.outputs[0]._data
        bases = {"": bases[""], "the result": y, e.name: x}
        given = {"": run.cotangents[0], "the result": run.cotangents[0] * y}
        for name, other in comparison.isolated.base.items():
            if name != e.name and _broadcasts_to(other.shape, y.shape):
                given[name] = run.cotangents[0] * other
        candidates = {**{k: b for k, b in bases.items() if k}, "exp of the result": np.exp(y)}
        terms = list(wrong_term(square, right, given, candidates))
        yield from terms
        if terms:
            return
    yield from missing_term(square - right, bases)


def _broadcasts_to(shape: tuple[int, ...], wider: tuple[int, ...]) -> bool:
    return len(shape) <= len(wider) and all(n in (1, m) for n, m in zip(shape[::-1], wider[::-1], strict=False))


# -------------------------------------------------------------------------------------------- other places


def _misplaced(e: Entry, a: Array, n: Array) -> Iterator[str]:
    """The right values in the wrong places."""
    if not _complete(e) or a.size < 2 or alike(a, n):
        return
    a, n = a.reshape(e.shape), n.reshape(e.shape)
    for i, j in itertools.combinations(range(a.ndim), 2):
        turned = np.swapaxes(n, i, j)
        if turned.shape == a.shape and alike(a, turned):
            yield f"backward gives the transpose: dimensions {i} and {j} of {e.name} are exchanged"
            return
        if turned.shape != a.shape and alike(a.ravel(), turned.ravel()):
            yield f"backward gives the transpose, reshaped: dimensions {i} and {j} of {e.name} are exchanged"
            return
    for d in range(a.ndim):
        if a.shape[d] > 1 and alike(a, np.flip(n, d)):
            yield f"backward gives the values in reverse order along dimension {d}"
            return
        for shift in range(1, a.shape[d]):
            if alike(a, np.roll(n, shift, d)):
                yield f"backward gives the values {shift} place{'s' if shift > 1 else ''} further along dimension {d}"
                return
    if alike(np.sort(a.ravel()), np.sort(n.ravel())):
        yield "backward gives the right values in the wrong places"


# ------------------------------------------------------------------------------------- wrong under a condition


def _condition(comparison: Comparison, e: Entry, a: Array, n: Array) -> Iterator[str]:
    """A condition that all wrong elements meet and no right one does."""
    assert e.bad is not None
    assert e.places is not None
    assert e.uncertainty is not None
    bad, x = e.bad, np.ravel(comparison.isolated.base[e.name])[e.places]
    flat = np.abs(n) <= np.maximum(8 * e.uncertainty, 1e-9 * np.max(np.abs(n), initial=0.0))
    # An element whose derivative is 0 is right whatever the factor: it counts neither as right nor as wrong.
    good = ~bad & (~flat | flat[bad].all())
    if not bad.any() or not good.any():
        return
    where = next(_region_of(comparison, e, bad, good, x, n), "")
    if where:
        yield where
    how = "where it is wrong" if where else f"where it is wrong ({int(bad.sum())} elements)"
    if flat[bad].all():
        yield f"{how} the function is flat, and backward is not: is a mask missing?"
        if len(comparison.run.outputs) == 1 and comparison.run.outputs[0]._data.shape == e.shape:
            yield "if that is meant, " + SURROGATE.format("…")
    elif np.any(a) and not np.any(a[bad]):
        yield f"{how} backward gives 0, where the derivative is not: does it apply a mask that forward does not?"


def _region_of(comparison: Comparison, e: Entry, bad: Array, good: Array, x: Array, n: Array) -> Iterator[str]:
    """Say which places the wrong elements have in common: by their values, those of other inputs, or their indices."""
    assert e.places is not None
    _, inverse, counts = np.unique(x, return_inverse=True, return_counts=True)
    sizes = np.abs(x)
    above, below = (sizes[(bad | good) & side] for side in (sizes > 1, sizes <= 1))
    near_1 = above.size and below.size and np.min(above) <= 2 and np.max(below) >= 0.5  # else it may be another number
    choices = math.comb(int(bad.sum() + good.sum()), int(bad.sum()))
    conditions = [
        (f"{e.name} < 0", x < 0, 1),
        (f"{e.name} > 0", x > 0, 1),
        (f"{e.name} = 0", x == 0, 1),
        (f"|{e.name}| > 1", sizes > 1, 1 if near_1 else math.inf),
        (f"|{e.name}| < 1", sizes < 1, 1 if near_1 else math.inf),
        (f"values of {e.name} are tied", counts[inverse] > 1, 1),
        ("the derivative is negative", n < 0, 4 * CHANCE),
        ("the derivative is positive", n > 0, 4 * CHANCE),
    ]
    inputs = {}
    for name, values in {**comparison.isolated.base, **comparison.isolated.constants}.items():
        if values.shape == e.shape and values.dtype.kind == "b":
            chosen = np.ravel(values)[e.places]
            conditions += [(f"{name} is {bool(v)}", chosen == v, 20) for v in (True, False)]
        elif values.shape == e.shape and np.ptp(values) > 0:
            inputs[name] = np.ravel(values)[e.places]
    for name, holds, least in conditions:
        if choices >= least and holds[bad].all() and not holds[good].any():
            yield f"wrong only where {name} ({int(bad.sum())} wrong there, {int(good.sum())} right elsewhere)"
            return
    yield from region(bad, good, inputs)
    if bad.sum() + good.sum() > 3:
        for d, index in enumerate(np.unravel_index(e.places, e.shape)):
            if e.shape[d] > 1 and np.unique(index[bad]).size == 1 and index[bad][0] not in index[good]:
                yield f"wrong only at index {index[bad][0]} of dimension {d}"
                return


def _clipped(e: Entry, a: Array, n: Array) -> Iterator[str]:
    assert e.bad is not None
    bad = e.bad
    largest = float(np.max(np.abs(a[bad]), initial=0.0))
    flat = 1 < bad.sum() < bad.size and np.ptp(np.abs(a[bad])) <= 1e-12 * largest and largest > 0
    if flat and np.all(np.abs(n[bad]) > largest) and np.all(np.abs(n[~bad]) <= largest * (1 + 1e-6)):
        yield f"backward is clipped at {largest:.6g}"
