"""Hints that compare what a backward returns with the numerical Jacobian times the gradient that it is given."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator

import numpy as np

from ...core.primitive import Array
from .comparison import Comparison
from .patterns import alike
from .report import Entry, indexed

NOT_LINEAR = "backward is not linear in the gradient that it is given"
NOT_DOUBLED = f"{NOT_LINEAR}: with twice that, it does not return the double"
IGNORED = "backward ignores the gradient that it is given: with twice that, it returns the same"
SIGN = "backward loses the sign of the gradient that it is given"


def wrong_use_of_gradient(comparison: Comparison, e: Entry, a: Array) -> Iterator[str]:
    """A wrong use of the gradient that backward is given."""
    try:
        how = _not_linear(comparison, e, a)
    except Exception:
        return
    if how in (IGNORED, NOT_DOUBLED):
        yield how
        return
    run, jacobian = comparison.run, comparison.jacobians.get(e.name)
    used: list[str] = []
    if jacobian is not None and run.finite.all() and np.all(np.isfinite(jacobian)):
        used = list(_instead_of_gradient(comparison, a, jacobian))
    if how is None:
        yield from used[:1]
    else:
        yield SIGN if SIGN in used else how  # that is the one of them that is not linear


def _not_linear(comparison: Comparison, e: Entry, a: Array) -> str | None:
    """A hint about a backward that is not linear in the gradient g that it is given."""

    def gradient(cotangents: Iterable[Array]) -> Array:
        found = comparison.run.derive(list(cotangents))[e.name]
        return np.zeros(a.shape) if found is None else np.ravel(found)[e.places]

    if alike(np.ravel(comparison.gradients_if_linear[e.name])[e.places], a):
        return None
    whole = comparison.run.cotangents
    twice = gradient(2 * c for c in whole)
    if alike(twice, a):
        return IGNORED
    if not alike(twice, 2 * a):
        return NOT_DOUBLED
    if not alike(gradient(-c for c in whole), -a):
        return f"{NOT_LINEAR}: with the negative of that, it does not return the negative"
    if not alike(np.add(*map(gradient, comparison.halves)), a):
        return f"{NOT_LINEAR}: with two parts of it one after the other, it does not return the parts of the whole"
    return None


def _instead_of_gradient(comparison: Comparison, a: Array, jacobian: Array) -> Iterator[str]:
    """Yield a hint for each wrong use of the given gradient g that the numbers confirm; a right one computes Jᵀ g."""
    run = comparison.run
    if alike(a, jacobian.T @ np.full(run.c.shape, np.mean(run.c))):
        yield "backward uses the mean of the gradient that it is given, not the gradient itself"
    if alike(a, jacobian.T @ np.abs(run.c)):
        yield SIGN
    if len(run.outputs) == 1:
        yield from _part_of_result(a, jacobian, run.cotangents[0])
    else:
        ends = np.cumsum([t.numel() for t in run.outputs])
        for i, end in enumerate(ends):
            masked = run.c.copy()
            masked[end - run.outputs[i].numel() : end] = 0
            if alike(a, jacobian.T @ masked):
                yield f"backward leaves out the gradient of result {i}"
    yield from _one_use_of_several(a, jacobian, run.c)
    if jacobian.shape[0] == jacobian.shape[1] and alike(a, jacobian @ run.c):
        yield "backward multiplies by the Jacobian, not by its transpose: it does what forward does"


def _part_of_result(a: Array, jacobian: Array, c: Array) -> Iterator[str]:
    for d, length in enumerate(c.shape):
        for index, which in ((0, "first"), (-1, "last")) if length > 1 else ():
            masked = np.zeros(c.shape)
            masked[(slice(None),) * d + (index,)] = np.take(c, index, d)
            if alike(a, jacobian.T @ masked.ravel()) and np.all((a != 0) >= (jacobian.T @ c.ravel() != 0)):
                part = f"only the {which} of {length} along dimension {d} of the result counts"
                yield f"{part}: is the sum over it missing?"
                return
    for i, j in itertools.combinations(range(c.ndim), 2):
        turned = np.swapaxes(c, i, j)
        if turned.shape == c.shape and alike(a, jacobian.T @ turned.ravel()):
            yield (
                f"dimensions {i} and {j} of the given gradient are exchanged: is it transposed, or summed over "
                f"dimension {j} where it should be {i}, or the other way round?"
            )
            return


def _one_use_of_several(a: Array, jacobian: Array, c: Array) -> Iterator[str]:
    """Elements that several results are computed from, of which backward counts one: the others were overwritten."""
    parts = (jacobian * c[:, None]).T
    used = np.abs(parts) > 1e-9 * np.max(np.abs(parts), initial=0.0)
    several = np.flatnonzero(used.sum(1) > 1)
    for which, reversal in (("last", -1), ("first", 1)):
        place = np.argmax(used[:, ::reversal], 1)
        counted = np.take_along_axis(parts[:, ::reversal], place[:, None], 1)[:, 0]
        if several.size and alike(a, counted):
            yield (
                f"of the {int(used[several].sum(1).max())} results computed from one element, only the {which} counts: "
                "is a path missing, or is it assigned to a repeated index (out[i] = g) where all must be added?"
            )
            return


def jacobian_entry(comparison: Comparison, e: Entry) -> str:
    """The derivative of one result by the worst element, by backward and numerically: that with the largest error."""
    run, jacobian = comparison.run, comparison.jacobians.get(e.name)
    if jacobian is None or e.worst is None or e.places is None or not run.finite.all() or run.c.size < 2:
        return ""
    place = int(np.ravel_multi_index(e.worst.index, e.shape)) if e.worst.index else 0
    numeric = jacobian[:, int(np.flatnonzero(e.places == place)[0])]
    ends = np.cumsum([0, *(c.size for c in run.cotangents)])

    def by_backward(results: Array) -> float:
        given = np.zeros(run.c.size)
        given[results] = run.c[results]
        parts = [given[i:j].reshape(c.shape) for i, j, c in zip(ends, ends[1:], run.cotangents, strict=False)]
        g = run.derive(parts)[e.name]
        return 0.0 if g is None else float(np.ravel(g)[place])

    results, value = np.arange(run.c.size), e.worst.analytic
    try:
        while results.size > 1:
            half, rest = np.array_split(results, 2)
            of_half = by_backward(half)
            of_rest = value - of_half
            errors = [abs(v - float(run.c[r] @ numeric[r])) for v, r in ((of_half, half), (of_rest, rest))]
            results, value = (half, of_half) if errors[0] > errors[1] else (rest, of_rest)
    except Exception:
        return ""
    (k,) = results
    backward = value / run.c[k]
    if alike(np.array([backward]), np.array([numeric[k]])):  # it is not linear
        return ""
    which = int(np.searchsorted(ends, k, side="right")) - 1
    shape = run.cotangents[which].shape
    name = "result" if len(run.cotangents) == 1 else f"result {which}"
    result = indexed(name, tuple(int(i) for i in np.unravel_index(k - ends[which], shape)))
    of = f"d {result} / d {indexed(e.name, e.worst.index)} alone"
    return f"{of}: backward {_rounded(backward)}, numeric {_rounded(float(numeric[k]))}"


def _rounded(x: float) -> str:
    return f"{x:.5g}" if abs(x) > 1e-9 else "0"
