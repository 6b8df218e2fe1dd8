"""The distances of all pairs of two sets of points, and of one, as fused operations."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ...core.edge import reshape
from ...core.primitive import Array, Mask, fused
from ..indexing import getitem, put_at
from ..reduction import norm
from .summation import sum_over

Pairs = tuple[Array, ...]
"""The indices of pairs of points: those before the last two dimensions, then those of the first and of the second."""

# ----------------------------------------------------------------------------------------------------- references


@fused(differentiable=2)
def distances(x: Array, y: Array) -> Array:
    """√Σₖ (xᵢₖ - yⱼₖ)²; dxᵢ = Σⱼ gᵢⱼ (xᵢ - yⱼ) / outᵢⱼ, dyⱼ = Σᵢ gᵢⱼ (yⱼ - xᵢ) / outᵢⱼ, without pairs whose out is 0.

    Points x (…, n, d) and y (…, m, d) have the distances (…, n, m).
    """
    rows, columns = (*x.shape[:-1], 1, x.shape[-1]), (*y.shape[:-2], 1, *y.shape[-2:])
    return norm(reshape(x, rows) - reshape(y, columns), 2.0, -1, False)


@fused(differentiable=1)
def distances_of_pairs(x: Array, first: Mask, second: Mask) -> Array:
    """√Σₖ (xᵢₖ - xⱼₖ)² for each i of `first` and j of `second`; dx = g (xᵢ - xⱼ) / out, added at i, subtracted at j.

    No pair (i, j) comes twice.
    """
    return norm(getitem(x, first) - getitem(x, second), 2.0, -1, False)


# ------------------------------------------------------------------------------------------- products of matrices

_FEW = 4
"""One pair in so many may be near one another; if more are, the differences of all are computed."""


def _by_product(x: Array, y: Array) -> tuple[Array, Pairs] | None:
    """The distances of points in float32, as |x|² + |y|² - 2 x y in float64, and which pairs are near one another.

    The product has an error of at most d units in the last place of |x|² + |y|². It is not used for pairs that are so
    near one another that this would show in float32.
    """
    if not x.dtype == y.dtype == np.float32:
        return None
    a, b = x.astype(np.float64), y.astype(np.float64)
    both = np.vecdot(a, a)[..., :, None] + np.vecdot(b, b)[..., None, :]
    squares = a @ b.swapaxes(-1, -2)
    squares *= -2
    squares += both
    both *= x.shape[-1] * 2.0**-27
    near = ~(squares >= both)  # which holds for NaN too, as where both are infinite
    pairs = np.nonzero(near)
    count = len(pairs[0])
    if count * _FEW > near.size:
        return None
    if count:
        apart = a[pairs[:-1]] - b[(*pairs[:-2], pairs[-1])]
        squares[pairs] = np.vecdot(apart, apart)
    return np.sqrt(squares, out=squares).astype(np.float32), pairs


def _derivatives_by_product(
    g: Array, x: Array, y: Array, out: Array, pairs: Pairs, needs: Sequence[bool]
) -> tuple[Any, ...] | None:  # fmt: skip
    """The derivatives by x and y, where all of them are finite; those of near pairs by their differences."""
    a, b, scale = x.astype(np.float64), y.astype(np.float64), _scale(g, out.astype(np.float64))
    of_pairs = scale[pairs]
    scale[pairs] = 0
    by_x = scale.sum(-1)[..., None] * a - scale @ b if needs[0] else None
    by_y = scale.sum(-2)[..., None] * b - scale.swapaxes(-1, -2) @ a if needs[1] else None
    if of_pairs.any():
        firsts, seconds = pairs[:-1], (*pairs[:-2], pairs[-1])
        parts = of_pairs[:, None] * (a[firsts] - b[seconds])
        if by_x is not None:
            np.add.at(by_x, firsts, parts)
        if by_y is not None:
            np.subtract.at(by_y, seconds, parts)
    found = tuple(each if each is None else each.astype(np.float32) for each in (by_x, by_y))
    return found if all(each is None or np.isfinite(each).all() for each in found) else None


def _scale(g: Array, out: Array) -> Array:
    zero = out == 0
    return np.asarray(np.where(zero, 0, g) / np.where(zero, 1, out))


# ------------------------------------------------------------------------------------------------------- kernels


def _differences(x: Array, y: Array) -> Array:
    return np.asarray(x[..., :, None, :] - y[..., None, :, :])


def _distances(x: Array, y: Array) -> tuple[Array, Any]:
    product = _by_product(x, y)
    if product is not None:
        return product[0], (x, y, *product, None)
    differences = _differences(x, y)
    out = np.asarray(norm.forward(differences, 2.0, -1, False))
    return out, (x, y, out, None, differences)


def _distances_pullback(g: Array, saved: Any, needs: Sequence[bool]) -> tuple[Any, ...]:
    x, y, out, pairs, differences = saved
    if pairs is not None:
        found = _derivatives_by_product(g, x, y, out, pairs, needs)
        if found is not None:
            return found
        differences = _differences(x, y)
    parts = _scale(g, out)[..., None] * differences
    return (
        sum_over(parts, parts.ndim - 2) if needs[0] else None,
        -sum_over(parts, parts.ndim - 3) if needs[1] else None,
    )


distances.implement(_distances, _distances_pullback)


def _distances_of_pairs(x: Array, first: Array, second: Array) -> tuple[Array, Any]:
    product = _by_product(x, x) if len(first) * _FEW > len(x) ** 2 else None
    if product is not None:
        out = product[0].reshape(-1).take(first * len(x) + second)
        return out, (x, first, second, out, product[1], None)
    differences = x[first] - x[second]
    out = np.asarray(norm.forward(differences, 2.0, -1, False))
    return out, (x, first, second, out, None, differences)


def _distances_of_pairs_pullback(g: Array, saved: Any, needs: Sequence[bool]) -> tuple[Any, ...]:
    x, first, second, out, near, differences = saved
    if near is not None:
        gs, outs = np.zeros((2, len(x), len(x)), np.float32)
        gs[first, second], outs[first, second] = g, out
        found = _derivatives_by_product(gs, x, x, outs, near, (True, True))
        if found is not None:
            return (found[0] + found[1],)
        differences = x[first] - x[second]
    parts = _scale(g, out)[:, None] * differences
    return (put_at.forward(parts, x.shape, first) - put_at.forward(parts, x.shape, second),)


distances_of_pairs.implement(_distances_of_pairs, _distances_of_pairs_pullback)
