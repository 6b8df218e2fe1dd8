"""Hints: statements about why a gradient is wrong. Each is made only if the numbers confirm it."""

from __future__ import annotations

import itertools
from collections.abc import Iterator

import numpy as np

from ...core.primitive import Array
from .comparison import Comparison
from .numeric import power_above
from .patterns import alike, missing_term, one_triangle, region, wrong_power
from .report import Entry

SURROGATE = "it looks like a surrogate (straight-through) gradient: pass surrogate=[{}] to check the rest"
UNCONNECTED = "the graph does not lead here: is it detached somewhere, or computed outside of Tensors?"
SIGN = "backward loses the sign of the gradient that it is given"
LARGEST_JACOBIAN = 1 << 16  # elements; a larger one would take too long


def add_hints(comparison: Comparison) -> None:
    """Give every wrong entry its hints."""
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
            e.hints.extend(itertools.islice(_hints(comparison, e), 3))


def _is_clear(e: Entry) -> bool:
    """True if a small error is large enough to be told from the right value by `alike`."""
    return e.worst is not None and e.worst.relative_error > 4e-4


def _complete(e: Entry) -> bool:
    """True if all elements were compared."""
    return e.places is not None and e.places.size == e.total


def _hints(comparison: Comparison, e: Entry) -> Iterator[str]:
    assert e.analytic is not None
    assert e.places is not None
    assert e.numeric is not None
    a, n = np.ravel(e.analytic)[e.places], e.numeric
    if e.verdict == "missing":
        yield UNCONNECTED
        return
    if not np.any(a):
        yield "backward gives 0 everywhere"
    elif np.all(np.abs(n) <= np.maximum(8 * e.uncertainty, 1e-9 * np.max(np.abs(a)))):  # type: ignore[operator]
        yield "the function is flat here, and backward is not: " + SURROGATE.format("…")
    else:
        factors = list(_factor(comparison, e, a, n))
        yield from factors
        if factors:  # which explain all
            return
        yield from _misplaced(e, a, n)
        yield from _pattern(comparison, e, a, n)
        yield from _incoming_gradient(comparison, e, a)
    yield from _condition(comparison, e, a, n)
    yield from _flat_in_part(comparison, e, a, n)


def _flat_in_part(comparison: Comparison, e: Entry, a: Array, n: Array) -> Iterator[str]:
    """An elementwise function that is flat where backward is not, such as a clamp whose backward lets all through."""
    assert e.bad is not None
    assert e.uncertainty is not None
    flat = np.abs(n) <= np.maximum(8 * e.uncertainty, 1e-9 * np.max(np.abs(n), initial=0.0))
    elementwise = len(comparison.run.outputs) == 1 and comparison.run.outputs[0]._data.shape == e.shape
    if elementwise and not flat.all() and flat[e.bad].all() and np.all(a[e.bad] != 0):
        yield "where it is wrong the function is flat, and backward is not: " + SURROGATE.format("…")


# --------------------------------------------------------------------------------------------------- factors


def _factor(comparison: Comparison, e: Entry, a: Array, n: Array) -> Iterator[str]:
    """A factor or a summand by which the gradient differs everywhere."""
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


def _named(r: float, comparison: Comparison, e: Entry) -> str | None:
    """The factor in words, if it is one that is often forgotten."""
    if abs(r + 1) < 1e-4:
        return "the sign is flipped: backward gives -1 times the derivative"
    sign, size = ("-" if r < 0 else ""), abs(r)
    lengths = {n: f"the length of dimension {d} of {e.name}" for d, n in enumerate(e.shape) if n > 2}
    lengths.setdefault(e.total, f"the number of elements of {e.name}")
    for t in comparison.run.outputs:
        for d, n in enumerate(t.shape):
            lengths.setdefault(n, f"the length of dimension {d} of the result")
        lengths.setdefault(t.numel(), "the number of elements of the result")
    for base in comparison.isolated.base.values():
        lengths.setdefault(base.size, "a number of elements")
        for n in base.shape:
            lengths.setdefault(n, "the length of a dimension of the inputs")
    for n, meaning in lengths.items():
        if n > 2 and abs(size * n - 1) < 1e-4:
            why = "is a sum averaged, or a mean averaged twice?"
            return f"backward gives {sign}1/{n} of the derivative: {n} is {meaning}; {why}"
        if n > 2 and abs(size / n - 1) < 1e-4:
            why = "is a mean not averaged?"
            return f"backward gives {sign}{n} times the derivative: {n} is {meaning}; {why}"
    for value, name in ((2, "twice"), (0.5, "half"), (3, "3 times"), (4, "4 times"), (0.25, "a quarter of")):
        if abs(size / value - 1) < 1e-4:
            return f"backward gives {'minus ' if sign else ''}{name} the derivative (a factor {sign}{value:g})"
    return None


def _pattern(comparison: Comparison, e: Entry, a: Array, n: Array) -> Iterator[str]:
    """A wrong power, one triangle of two, or a missing term."""
    if not _complete(e) or e.bad is None or e.bad.sum() < 3 or alike(a, n * float(a @ n) / max(float(n @ n), 1e-300)):
        return
    x = comparison.isolated.base[e.name]
    powers = list(wrong_power(a, n, np.ravel(x)[e.places], e.name)) if not alike(np.abs(a), np.abs(n)) else []
    yield from powers
    yield from one_triangle(a.reshape(e.shape), n.reshape(e.shape), e.name)
    candidates = {"": np.ones(e.shape)}
    if len(comparison.run.outputs) == 1:
        candidates["the result"] = comparison.run.outputs[0]._data
    candidates[e.name] = x
    if not powers and np.any(a):
        yield from missing_term((a - n).reshape(e.shape), candidates)


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


# ---------------------------------------------------------------------------------------- the given gradient


def _incoming_gradient(comparison: Comparison, e: Entry, a: Array) -> Iterator[str]:
    """A wrong use of the gradient that backward is given."""
    run = comparison.run
    try:
        double = run.derive([2 * c for c in run.cotangents])[e.name]
        twice = np.zeros(a.shape) if double is None else np.ravel(double)[e.places]
    except Exception:
        return
    if alike(twice, a):
        yield "backward ignores the gradient that it is given: with twice that, it returns the same"
        return
    if not alike(twice, 2 * a):
        yield "backward is not linear in the gradient that it is given: with twice that, it does not return the double"
        return
    how = _not_additive(comparison, e, a)
    parts = list(_part_of_gradient(comparison, e, a))
    if how is None:
        yield from parts
    elif SIGN in parts:  # the one of them that is not linear
        yield SIGN
    else:
        yield f"backward is not linear in the gradient that it is given: {how}"


def _part_of_gradient(comparison: Comparison, e: Entry, a: Array) -> Iterator[str]:
    """Something made of the given gradient that backward takes for it."""
    run = comparison.run
    jacobian = _jacobian(comparison, e)
    if jacobian is None or not run.finite.all():
        return
    if alike(a, jacobian.T @ np.full(run.c.shape, np.mean(run.c))):
        yield "backward uses the mean of the gradient that it is given, not the gradient itself"
    if alike(a, jacobian.T @ np.abs(run.c)):
        yield SIGN
    if len(run.outputs) == 1:
        shape = run.outputs[0]._data.shape
        c = run.c.reshape(shape)
        for d, length in enumerate(shape):
            for index, which in ((0, "first"), (-1, "last")) if length > 1 else ():
                masked = np.zeros(shape)
                masked[(slice(None),) * d + (index,)] = np.take(c, index, d)
                if alike(a, jacobian.T @ masked.ravel()):
                    part = f"only the {which} of {length} along dimension {d} of the result counts"
                    yield f"{part}: is the sum over it missing?"
                    return
    elif len(run.outputs) > 1:
        ends = np.cumsum([t.numel() for t in run.outputs])
        for i, end in enumerate(ends):
            masked = run.c.copy()
            masked[end - run.outputs[i].numel() : end] = 0
            if alike(a, jacobian.T @ masked):
                yield f"backward leaves out the gradient of result {i}"


def _not_additive(comparison: Comparison, e: Entry, a: Array) -> str | None:
    """A hint about a backward that doubles its result when g doubles, but is not linear in g."""

    def given(cotangents: list[Array]) -> Array:
        g = comparison.run.derive(cotangents)[e.name]
        return np.zeros(a.shape) if g is None else np.ravel(g)[e.places]

    cotangents = comparison.run.cotangents
    try:
        if not alike(given([-c for c in cotangents]), -a):
            return "with the negative of that, it does not return the negative"
        first = [np.where(np.arange(c.size).reshape(c.shape) % 2 == 0, c, 0.0) for c in cotangents]
        parts = given(first) + given([c - f for c, f in zip(cotangents, first, strict=True)])
        if not alike(parts, a):
            return "with two parts of it one after the other, it does not return the parts of the whole"
    except Exception:
        return None
    return None


def _jacobian(comparison: Comparison, e: Entry) -> Array | None:
    """The Jacobian d(results)/d(elements), by differences; None if it is too large or not finite."""
    places = e.places
    assert places is not None
    if places.size * comparison.run.c.size > LARGEST_JACOBIAN:
        return None
    base = comparison.isolated.base[e.name]
    columns = []
    for p in places:
        d = np.zeros(base.size)
        d[p] = power_above(np.ravel(base)[p])
        results = comparison.along(e.name, d.reshape(base.shape))
        columns.append((results(2.0**-17) - results(-(2.0**-17))) / (2.0**-16 * d[p]))
    jacobian = np.stack(columns, 1)
    return jacobian if np.all(np.isfinite(jacobian)) else None


# ------------------------------------------------------------------------------------- wrong under a condition


def _condition(comparison: Comparison, e: Entry, a: Array, n: Array) -> Iterator[str]:
    """A condition that all wrong elements meet and no right one does."""
    assert e.bad is not None
    assert e.places is not None
    bad, x = e.bad, np.ravel(comparison.isolated.base[e.name])[e.places]
    # An element whose derivative is 0 is right whatever the factor: it counts neither as right nor as wrong.
    good = ~bad & (np.abs(n) > 1e-9 * np.max(np.abs(n), initial=0.0, where=np.isfinite(n)))
    if not bad.any() or not good.any():
        return
    _, inverse, counts = np.unique(x, return_inverse=True, return_counts=True)
    largest = np.max(np.abs(a[bad]))
    conditions = (
        (f"{e.name} < 0", x < 0),
        (f"{e.name} > 0", x > 0),
        (f"{e.name} = 0", x == 0),
        (f"|{e.name}| > 1", np.abs(x) > 1),
        (f"|{e.name}| < 1", np.abs(x) < 1),
        (f"values of {e.name} are tied", counts[inverse] > 1),
        ("the derivative is negative", n < 0),
        ("the derivative is positive", n > 0),
    )
    found = False
    for name, holds in conditions:
        if holds[bad].all() and not holds[good].any():
            found = True
            yield f"wrong only where {name} ({int(bad.sum())} wrong there, {int(good.sum())} right elsewhere)"
            break
    if not found:
        bases = comparison.isolated.base
        inputs = {k: np.ravel(v)[e.places] for k, v in bases.items() if v.shape == e.shape and np.ptp(v) > 0}
        for text in region(bad, good, inputs):
            found = True
            yield text
    if not found and bad.sum() + good.sum() > 3:
        where = np.unravel_index(e.places, e.shape)
        for d, index in enumerate(where):
            if e.shape[d] > 1 and np.unique(index[bad]).size == 1 and index[bad][0] not in index[good]:
                yield f"wrong only at index {index[bad][0]} of dimension {d}"
                break
    flat = bad.sum() > 1 and np.ptp(np.abs(a[bad])) <= 1e-12 * largest and largest > 0
    if flat and np.all(np.abs(n[bad]) > largest) and np.all(np.abs(n[good]) <= largest):
        yield f"backward is clipped at {largest:.6g}"
