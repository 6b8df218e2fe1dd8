"""The terms of a gradient along a dimension, such as those of a normalization or of softmax: which of them is wrong.

Along a dimension d, many derivatives are a g + b + c y: a multiple of the given gradient, a constant, which a sum of
the gradient over d has made, and a multiple of the result or of the input, made by a sum of products with that. The
numbers a, b and c are found by least squares, for the gradient and for the derivative.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from ...core.primitive import Array
from .patterns import alike


def wrong_term(a: Array, n: Array, given: dict[str, Array], bases: dict[str, Array]) -> Iterator[str]:
    """A term that is missing or has a wrong factor; at most one statement.

    Args:
        a, n: the gradient and the derivative.
        given: what may stand for the given gradient, of their shape, by name: itself, or times another array.
        bases: the arrays of which a multiple may be a term, by name.
    """
    for d in reversed(range(n.ndim)):
        if n.shape[d] < 4 or n.size - 3 * n.size // n.shape[d] < 2:  # anything would fit
            continue
        for g in given.values():
            for name, base in bases.items():
                right = _terms(n, g, base, d)
                if right is None:
                    continue
                wrong = _terms(a, g, base, d)
                if wrong is not None:
                    found = list(_differences(wrong, right, name, d, n.shape[d]))
                else:
                    found = list(_other_dimension(a, right, (g, base), bases, d))
                if found:
                    yield "; ".join(found)
                    return


def _terms(n: Array, g: Array, base: Array, d: int) -> Array | None:
    """The coefficients of g, 1 and base in n along d, in three rows; None if n is not made of them."""
    if alike(base, np.full(base.shape, np.mean(base))) or alike(base, g):
        return None
    columns = [np.moveaxis(x, d, -1).reshape(-1, n.shape[d]) for x in (g, np.ones(n.shape), base)]
    matrix = np.stack(columns, -1)
    rows = np.moveaxis(n, d, -1).reshape(-1, n.shape[d])
    if not np.all(np.isfinite(matrix)) or np.any(np.linalg.cond(matrix) > 1e6):
        return None
    found: Array = np.linalg.pinv(matrix) @ rows[..., None]
    if not alike((matrix @ found)[..., 0], rows, 1e-6):
        return None
    coefficients: Array = np.moveaxis(found[..., 0], -1, 0)
    # A term is there if it contributes more than differences are uncertain by.
    sizes = np.abs(coefficients) * np.max(np.abs(np.moveaxis(matrix, -1, 0)), -1)
    return np.where(sizes > 1e-6 * np.max(np.abs(rows)), coefficients, 0.0)


def _differences(wrong: Array, right: Array, name: str, d: int, length: int) -> Iterator[str]:
    """What differs in the coefficients, if the given gradient itself has the right one."""
    if not alike(wrong[0], right[0]):
        return
    for w, r, times in zip(wrong[1:], right[1:], ("", f" times {name}"), strict=True):
        what = f"the sum of the gradient{times} over dimension {d}"
        if alike(w, r) or not np.any(r):
            continue
        if not np.any(w):
            yield f"backward lacks the term with {what}"
            continue
        ratio = float(np.sum(w * r) / np.sum(r * r))
        if not alike(w, ratio * r):
            continue
        for value, why in (
            (-1.0, "its sign is flipped"),
            (float(length), "is it a sum where a mean should be?"),
            (1.0 / length, "is it a mean where a sum should be?"),
            (length / (length - 1), "does it divide by n - 1, and the function by n?"),
            ((length - 1) / length, "does it divide by n, and the function by n - 1?"),
        ):
            if abs(ratio / value - 1) < 1e-4:
                yield f"in backward the term with {what} is {ratio:.6g} times what it should be: {why} (n = {length})"
                break
        else:
            yield f"in backward the term with {what} is {ratio:.6g} times what it should be"


def _other_dimension(
    a: Array, right: Array, parts: tuple[Array, Array], bases: dict[str, Array], d: int
) -> Iterator[str]:
    """A sum over another dimension than d."""
    g, base = parts
    shape = list(a.shape)
    shape[d] = 1
    alpha, beta, gamma = (np.expand_dims(row.reshape([m for i, m in enumerate(a.shape) if i != d]), d) for row in right)
    for coefficient, factor in ((gamma, base), (beta, np.ones(a.shape))):
        rest = alpha * g + (beta if factor is base else gamma * base)
        for w in ({**bases, "": np.ones(a.shape)}).values():
            sums = np.sum(g * w, d, keepdims=True)
            k = float(np.sum(coefficient * sums) / np.sum(sums * sums)) if np.any(sums) else 0.0
            if not k or not alike(k * sums, coefficient):
                continue
            for other in range(a.ndim):
                if other != d and alike(rest + k * factor * np.sum(g * w, other, keepdims=True), a):
                    yield f"backward sums over dimension {other} what it should sum over dimension {d}"
                    return
