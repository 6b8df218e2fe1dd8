"""Of samples: what is in the middle, how often, how far apart; composed of the table's primitives."""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np

from .. import dtypes
from ..ops import elementwise, indexing
from ..ops import reduction as ops
from ..ops.shape import cat, narrow, permute, reshape
from .arguments import array_of, many_dims, one_dim, spelled, wrapped
from .linalg import matmul
from .reduction import Ranked, along, max, mean, min, norm, picked, refuse_empty, sort, sum


class Extent(NamedTuple):
    """The smallest element and the largest."""

    min: Any
    max: Any


@spelled
def aminmax(x: Any, *, dim: int | None = None, keepdim: bool = False) -> Extent:
    """The smallest and the largest element, of all or along a dim; ties share the gradient."""
    dims = None if dim is None else one_dim(dim, x.ndim, "aminmax")
    refuse_empty(x, dims, "aminmax")
    dims = dims if x.ndim else None
    return Extent(ops.amin(x, dims, keepdim), ops.amax(x, dims, keepdim))


# ------------------------------------------------------------------------------------------- ignoring NaN


@spelled
def nansum(x: Any, dim: Any = None, keepdim: bool = False, *, dtype: Any = None) -> Any:
    """The sum, NaN counting as 0."""
    return sum(_without_nan(x), dim, keepdim, dtype=dtype)


@spelled
def nanmean(x: Any, dim: Any = None, keepdim: bool = False, *, dtype: Any = None) -> Any:
    """The mean of what is not NaN."""
    if x.dtype.kind != "f":
        raise RuntimeError(f"nanmean(): expected input to have floating point dtype but got {x.dtype}")
    return nansum(x, dim, keepdim, dtype=dtype) / sum(elementwise.eq(x, x), dim, keepdim)


def _without_nan(x: Any) -> Any:
    return elementwise.where(elementwise.isnan(x), 0, x) if x.dtype.kind == "f" else x


@spelled
def nanmedian(x: Any, dim: int | None = None, keepdim: bool = False) -> Any:
    """The middle of what is not NaN, of two the lower; along a dim, with its index."""
    if dim is None:
        flat = reshape(x, (-1,))
        there = array_of(flat) == array_of(flat)
        return ops.median(indexing.getitem(flat, there)) if there.any() else mean(elementwise.cast(flat, x.dtype))
    dim = one_dim(dim, x.ndim, "nanmedian")
    refuse_empty(x, dim, "nanmedian")
    if not x.ndim:
        return Ranked(x + 0, ops.argsort(x))
    array = array_of(x)
    count = np.sum(array == array, axis=dim, keepdims=True)
    order = np.argsort(array, axis=dim, kind="stable")
    return picked(x, wrapped(x, np.take_along_axis(order, np.maximum(count - 1, 0) // 2, axis=dim)), dim, keepdim)
