"""The table of views into memory by strides: any strides at all, and sliding windows along a dimension."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ..core.edge import Shape, reshape
from ..core.primitive import Array, primitive
from ..core.versions import owner
from .indexing import getitem, put_at


@primitive(view=True)
def as_strided(x: Array, size: Shape, stride: Shape, offset: int, own: Any) -> Array:
    """The elements at offset + Σ i stride in the memory of x; dx = g, added up where it was read.

    The strides and the offset of x are `own`. g is added up in a memory of zeros, and read where x lies; where elements
    of x share a place, each of the n gets the n-th part.
    """
    root, width = owner(x), x.itemsize
    start = (x.__array_interface__["data"][0] - root.__array_interface__["data"][0]) // width
    if own != (tuple(n // width for n in x.strides), start):  # not the memory for which the view was made
        places = _places(size, stride, offset)
        root = np.zeros(max(places.max(initial=0), _extent(x.shape, *own)) + 1, x.dtype)
        lies = _places(x.shape, *own)
        if not np.isin(places, lies).all():
            raise RuntimeError(f"as_strided: the memory around x, of shape {list(x.shape)}, is not there any more")
        root[lies] = x
    return _into(root, x, size, [n * width for n in stride], offset)


def _into(root: Array, x: Array, size: Shape, strides: Sequence[int], offset: int) -> Array:
    """A view into the memory of `root`, that of x, from an element on."""
    if 0 in size:
        return np.empty(size, x.dtype)
    out: Array = np.ndarray(size, x.dtype, root, offset * x.itemsize, strides)
    out.flags.writeable = out.flags.writeable and x.flags.writeable
    return out


as_strided.derivative(
    x=lambda g, x_shape, size, stride, offset, own: _read_where_it_lies(g, x_shape, size, stride, offset, own)
)


def _read_where_it_lies(g: Any, shape: Shape, size: Shape, stride: Shape, offset: int, own: tuple[Shape, int]) -> Any:
    if 0 in shape or 0 in size:
        return reshape(put_at(reshape(g, (-1,)), (int(np.prod(shape)),), np.zeros(0, np.int64)), shape)
    places, lies = _places(size, stride, offset), _places(shape, *own)
    extent = max(int(places.max()), int(lies.max())) + 1
    found = getitem(put_at(reshape(g, (-1,)), (extent,), places.reshape(-1)), lies)
    shared = np.bincount(lies.reshape(-1))[lies]
    return found if shared.max() == 1 else found / shared.astype(g.dtype)


def _places(size: Shape, stride: Shape, offset: int) -> Array:
    """For each element of a size the place in memory."""
    places = np.full(size, offset, np.int64)
    for d, (n, step) in enumerate(zip(size, stride, strict=True)):
        places += (np.arange(n) * step).reshape(-1, *[1] * (len(size) - d - 1))
    return places


def _extent(size: Shape, stride: Shape, offset: int) -> int:
    return offset + sum((n - 1) * step for n, step in zip(size, stride, strict=True)) + 1 if 0 not in size else 0


@primitive(view=True)
def sliding_windows(x: Array, dim: int, size: int, step: int) -> Array:
    """The windows of a size along dim, one every step, as a last dim; dx = g, added up where windows overlap."""
    root, count = owner(x), (x.shape[dim] - size) // step + 1
    start = (x.__array_interface__["data"][0] - root.__array_interface__["data"][0]) // x.itemsize
    strides = (*x.strides[:dim], x.strides[dim] * step, *x.strides[dim + 1 :], x.strides[dim])
    return _into(root, x, (*x.shape[:dim], count, *x.shape[dim + 1 :], size), strides, start)


sliding_windows.derivative(x=lambda g, x_shape, dim, size, step: overlap_add(g, x_shape, dim, size, step))


@primitive
def overlap_add(x: Array, shape: Shape, dim: int, size: int, step: int) -> Array:
    """Zeros of a shape with the windows in the last dim of x added where they lie along dim; dx = g there."""
    out = np.zeros(shape, x.dtype)
    end = step * (x.shape[dim] - 1) + 1
    for k in range(size):
        out[(*[slice(None)] * dim, slice(k, k + end, step))] += x[..., k]
    return out


overlap_add.derivative(x=lambda g, dim, size, step: sliding_windows(g, dim, size, step))
