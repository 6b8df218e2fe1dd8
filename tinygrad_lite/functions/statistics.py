"""Counts, covariances, differences and distances; composed of the table's primitives."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from ..core.array_functions import array_function
from ..core.edge import cast, clone, reshape
from ..ops import elementwise, linalg
from ..ops.shape import cat, diagonal, narrow
from ..types import dtypes
from .arguments import array_of, one_dim, spelled, values_of, wrapped
from .linalg import outer
from .reduction import mean, norm, sum


@spelled
def bincount(x: Any, weights: Any = None, minlength: int = 0) -> Any:
    """How often each whole number from 0 on is among x, a vector; with weights, their sums. No gradient."""
    array = values_of(x, "how many numbers bincount() counts depends on the largest")
    if array.dtype.kind not in "iu":
        raise NotImplementedError(f'"bincount" not implemented for {x.dtype}: whole numbers are counted')
    if array.ndim != 1 or (array.size and array.min() < 0):
        raise RuntimeError(f"bincount only supports 1-d non-negative integral inputs, not shape {list(x.shape)}")
    if weights is None:
        return wrapped(x, np.bincount(array, minlength=minlength))
    if tuple(weights.shape) != array.shape:
        raise RuntimeError(f"bincount: input and weights should have the same length: {array.size}, {weights.shape}")
    if getattr(weights, "requires_grad", False):
        raise RuntimeError("bincount has no derivative by the weights; detach() them, or use scatter_add")
    found = np.bincount(array, array_of(weights), minlength)
    return wrapped(x, found.astype(np.float32) if weights.dtype == dtypes.float32 else found)


@spelled
def histc(x: Any, bins: int = 100, min: float = 0, max: float = 0) -> Any:
    """How many elements are in each of equally wide bins from min to max, both 0 for x's own. No gradient."""
    if x.dtype.kind != "f":
        raise NotImplementedError(f'"histc" not implemented for {x.dtype}: convert first, with .float()')
    if bins <= 0 or min > max:
        raise RuntimeError(f"histc: bins must be > 0 and max must be larger than min, not {bins}, {min}, {max}")
    return wrapped(x, _histogram(array_of(x), bins, min, max))


@array_function
def _histogram(array: Any, bins: int, min: float, max: float) -> Any:
    low, high = (min, max) if min != max or not array.size else (array.min(), array.max())
    if low == high:
        low, high = low - 1, high + 1
    return np.histogram(array, bins, (float(low), float(high)))[0].astype(array.dtype)


@spelled
def diff(x: Any, n: int = 1, dim: int = -1, prepend: Any = None, append: Any = None) -> Any:
    """What each element along dim is more than the one before it; n times over. Of bools, whether they differ."""
    if not x.ndim:
        raise RuntimeError("diff expects input to be at least one-dimensional")
    if n < 0:
        raise RuntimeError(f"diff: order must be non-negative but got {n}")
    dim = one_dim(dim, x.ndim, "diff")
    pieces = [p for p in (prepend, x, append) if p is not None]
    x = cat(pieces, dim) if len(pieces) > 1 else clone(x)
    subtract = elementwise.logical_xor if x.dtype == dtypes.bool else elementwise.sub
    for _ in range(n if n < x.shape[dim] else x.shape[dim]):
        length = x.shape[dim] - 1
        x = subtract(narrow(x, dim, 1, length), narrow(x, dim, 0, length))
    return x


@spelled
def dist(x: Any, y: Any, p: float = 2) -> Any:
    """The p-norm of x - y."""
    return norm(x - y, p)


@spelled
def cdist(x1: Any, x2: Any, p: float = 2.0) -> Any:
    """The p-norms of the differences of all pairs of rows: (…, n, d) and (…, m, d) give (…, n, m)."""
    if x1.ndim < 2 or x2.ndim < 2 or x1.shape[-1] != x2.shape[-1]:
        raise RuntimeError(f"cdist: rows of equal length are needed, not {list(x1.shape)} and {list(x2.shape)}")
    rows, columns = (*x1.shape[:-1], 1, x1.shape[-1]), (*x2.shape[:-2], 1, *x2.shape[-2:])
    return norm(reshape(x1, rows) - reshape(x2, columns), p, -1)


@spelled
def cov(x: Any, *, correction: int = 1) -> Any:
    """The covariances of variables, a row each, between observations, a column each; of one row its variance."""
    if x.ndim > 2:
        raise RuntimeError(f"cov(): expected input to have two or fewer dimensions, but got {x.ndim} dimensions")
    x = x if x.dtype.kind == "f" else cast(x, dtypes.get_default_dtype())
    rows = reshape(x, (1, math.prod(x.shape))) if x.ndim < 2 else x
    centered = rows - mean(rows, 1, True)
    found = linalg.matmul(centered, linalg.transposed(centered)) / (rows.shape[1] - correction)
    return found if x.ndim == 2 else reshape(found, ())


@spelled
def corrcoef(x: Any) -> Any:
    """The correlations of variables, a row each, between observations, a column each."""
    found = cov(x)
    if not found.ndim:
        return found / found
    deviations = elementwise.sqrt(diagonal(found, 0, 0, 1))
    return elementwise.clamp(found / outer(deviations, deviations), -1, 1)


@spelled
def trapezoid(y: Any, x: Any = None, *, dx: float = 1, dim: int = -1) -> Any:
    """The integral along dim of values at distances dx, or at the places x, by the trapezoidal rule."""
    dim = one_dim(dim, y.ndim, "trapezoid")
    length = y.shape[dim] - 1
    width = dx
    if x is not None:
        width = diff(x, dim=dim if x.ndim > 1 else 0)
        if width.ndim == 1:
            width = reshape(width, (-1, *(1 for _ in range(y.ndim - dim - 1))))
    return sum((narrow(y, dim, 1, length) * 0.5 + narrow(y, dim, 0, length) * 0.5) * width, dim)
