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
    given, varied = ({name: x for name, x in each.items() if np.isfinite(x).all()} for each in (given, bases))
    varied = {name: base for name, base in varied.items() if not alike(base, np.full(base.shape, base.mean()))}
    pairs = [(g, name) for g in given.values() for name, base in varied.items() if not alike(base, g)]
    for d in reversed(range(n.ndim)):
        if n.shape[d] < 4 or n.size - 3 * n.size // n.shape[d] < 2 or not pairs:  # anything would fit
            continue
        columns = np.array([(g, np.ones(n.shape), varied[name]) for g, name in pairs])
        for (g, name), right in zip(pairs, _terms(n, columns, d), strict=True):
            if right is None:
                continue
            base = varied[name]
            (wrong,) = _terms(a, np.array([(g, np.ones(n.shape), base)]), d)
            if wrong is not None:
                found = list(_differences(wrong, right, name, d, n.shape[d]))
            else:
                found = list(_other_dimension(a, right, (g, base), bases, d))
            if found:
                yield "; ".join(found)
                return


def _terms(n: Array, columns: Array, d: int) -> list[Array | None]:
    """For each group of columns their coefficients in n along d, a row for each; None if n is not made of them."""
    rows = np.moveaxis(n, d, -1).reshape(-1, n.shape[d])
    matrices = np.moveaxis(np.moveaxis(columns, d + 2, -1).reshape(*columns.shape[:2], *rows.shape), 1, -1)
    left, sizes, right = np.linalg.svd(matrices, full_matrices=False)
    parts = (rows[:, None] @ left)[..., 0, :]  # of each row: those along the left vectors, as in least squares
    fitted = (left @ parts[..., None])[..., 0]
    found: list[Array | None] = []
    for i, size in enumerate(sizes):
        if (size[:, 0] > 1e6 * size[:, -1]).any() or not alike(fitted[i], rows, 1e-6):
            found.append(None)
            continue
        coefficients = np.moveaxis(((parts[i] / size)[:, None] @ right[i])[:, 0], -1, 0)
        # A term is there if it contributes more than differences are uncertain by.
        terms = np.abs(coefficients) * np.abs(np.moveaxis(matrices[i], -1, 0)).max(-1)
        found.append(np.where(terms > 1e-6 * np.abs(rows).max(), coefficients, 0.0))
    return found


def _differences(wrong: Array, right: Array, name: str, d: int, length: int) -> Iterator[str]:
    """Yield how the coefficients differ, if the given gradient itself has the right one."""
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
    """Say that the sum is one over another dimension than d, if that explains the gradient."""
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
