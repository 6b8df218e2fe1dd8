"""The table of functions that read elements by index and write them back. They are adjoint in pairs:

`getitem` and `put_at`, `gather` and `scatter_add`. `scatter` and `setitem` replace elements, and those that are
replaced get no gradient. Indices are NumPy's: arrays of whole numbers or bools, slices, ints, None and `...`.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from ..core.array_functions import array_function
from ..core.edge import Shape, reshape, sum_to
from ..core.primitive import Array, primitive
from .elementwise import where
from .kernels import ordering
from .kernels.attach import computed_by
from .pieces import joined


@primitive(view=True)
def getitem(x: Array, index: Any) -> Array:
    """x[index]; dx = g at the index, added up where the index repeats, 0 elsewhere."""
    rows = type(index) is np.ndarray and index.dtype.kind == "i" and index.ndim
    if rows and x.ndim and x.size and x.flags.c_contiguous:
        return x.take(index, 0)  # take reads whole rows in a fraction of the time
    if x.size and (dim := _along(index)):
        return _taken(x, dim, index[dim])
    out = x[index]
    if isinstance(out, np.ndarray):
        # Where NumPy copies, it may put the indexed dimensions first in memory; the result here can be viewed.
        return out if out.base is x or out.flags.c_contiguous or is_basic(index) else np.asarray(out, order="C")
    return x[open_index(index)]  # the scalar that NumPy returns for a single element is no view


getitem.derivative(x=lambda g, x_shape, index: put_at(g, x_shape, index))


def _place(g: Any, shape: Shape, index: Any) -> tuple[int, int, int] | None:
    """The dimension in which an index, as 1, [:, 1] or [..., 1:3], takes elements, the first of these, and the end."""
    dim = 0
    if type(index) is tuple:
        *whole, index = index or (None,)
        dim = len(shape) - 1 if whole and whole[0] is ... else len(whole)
        if any(each is not ... and (type(each) is not slice or each != slice(None)) for each in whole):
            return None
    if type(index) is int:
        return dim, index % shape[dim], index % shape[dim] + 1
    if type(index) is not slice or index.step not in (None, 1):
        return None
    start, stop, _ = index.indices(shape[dim])
    return dim, start, max(start, stop)


getitem.join = joined(_place)


def _along(index: Any) -> int:
    """The dimension d of an index [:, :, places] that takes all of the d dimensions before it; 0 for another index."""
    if type(index) is not tuple or len(index) < 2:
        return 0
    *whole, places = index
    if type(places) is not np.ndarray or places.dtype.kind != "i" or places.ndim != 1:
        return 0
    return len(whole) if all(type(i) is slice and i == slice(None) for i in whole) else 0


def _taken(x: Array, dim: int, places: Array) -> Array:
    """The elements at some places of a dim; where many of these are neighbours, they are copied together."""
    runs = _runs(places, x.shape[dim])
    if not runs:
        return x.take(places, dim)
    before = (slice(None),) * dim
    return np.concatenate([x[(*before, slice(place, place + length))] for place, _, length in runs], dim)


def _runs(places: Array, size: int) -> list[tuple[int, int, int]]:
    """Places of a dim as runs of neighbours: the first place, where in the list it stands, and how many there are.

    There are none where few places are neighbours, or one lies outside the dim.
    """
    places = places.astype(np.int64)
    if np.count_nonzero(places[1:] - places[:-1] != 1) >= len(places) // 4:
        return []
    places[places < 0] += size
    if places.min() < 0 or places.max() >= size:
        return []
    starts = [0, *(np.flatnonzero(places[1:] - places[:-1] != 1) + 1).tolist()]
    return [(p, s, e - s) for p, s, e in zip(places[starts].tolist(), starts, [*starts[1:], len(places)], strict=True)]


def open_index(index: Any) -> Any:
    """The index with `...` at its end: with it NumPy returns an array, and no scalar, for a single element too."""
    parts = index if isinstance(index, tuple) else (index,)
    return parts if any(i is ... for i in parts) else (*parts, ...)


_SLICES = 256
"""Slices of more elements are added as a whole."""


@primitive
def put_at(x: Array, shape: Shape, index: Any) -> Array:
    """Zeros of a shape with x added at the index; dx = g[index]."""
    if x.dtype == np.float16:  # which would stop growing at 2048
        return put_at.forward(x.astype(np.float32), shape, index).astype(np.float16)
    out = np.zeros(shape, x.dtype)
    if type(index) is tuple and len(index) == 1:
        index = index[0]
    if is_basic(index):
        out[index] = x
    elif (dim := _along(index)) and x.size > _SLICES * len(index[dim]):
        to, of = np.moveaxis(out, dim, 0), np.moveaxis(x, dim, 0)
        runs = _runs(index[dim], shape[dim])
        for place, start, length in runs:
            part = to[place : place + length]
            np.add(part, of[start : start + length], out=part)
        for place, part in zip(index[dim].tolist(), () if runs else of, strict=not runs):
            to[place] += part
    elif isinstance(index, np.ndarray) and index.dtype.kind == "i" and out.size:
        _add_rows(out, index.reshape(-1), x)
    else:
        np.add.at(out.reshape(-1), np.arange(out.size).reshape(shape)[index].reshape(-1), np.ravel(x))
    return out


put_at.derivative(x=lambda g, index: getitem(g, index))


def _add_rows(out: Array, places: Array, x: Array) -> None:
    """Add the rows of x to those of out at some places, which may repeat."""
    width = out.size // len(out)
    rows = x.reshape(len(places), width)
    if width > _SLICES:
        to = out.reshape(-1, width)
        for place, row in zip(places.tolist(), rows, strict=True):
            to[place] += row
        return
    # Others are added element by element, because np.add.at is fast on vectors only, and two floats as a complex one.
    elements = np.ascontiguousarray(rows).reshape(-1)
    into = out.reshape(-1)
    if width % 2 == 0 and out.dtype.kind == "f":
        pair = np.result_type(out.dtype, np.complex64)
        into, elements, width = into.view(pair), elements.view(pair), width // 2
    np.add.at(into, (places.reshape(-1, 1) * width + np.arange(width)).reshape(-1), elements)


def is_basic(index: Any) -> bool:
    """Check that an index has only slices, ints, None and `...`: then no element comes twice."""
    parts = index if isinstance(index, tuple) else (index,)
    return not any(isinstance(i, (np.ndarray, list, bool, np.bool_)) for i in parts)


@primitive
def setitem(x: Array, index: Any, value: Array) -> Array:
    """x with x[index] replaced by value; dx = g with 0 at the index, dvalue = g[index]."""
    out = np.array(x)
    out[open_index(index)] = value
    return out


setitem.derivative(
    x=lambda g, index: setitem(g, index, 0),
    value=lambda g, index, value_shape: _sum_to_value(_where_it_stayed(getitem(g, index), g.shape, index), value_shape),
)


def _where_it_stayed(g: Any, shape: Shape, index: Any) -> Any:
    """Return g with 0 for the values that were overwritten because the index repeats: the last value stays."""
    parts = index if isinstance(index, tuple) else (index,)
    may_repeat = any(isinstance(i, list) or (isinstance(i, np.ndarray) and i.dtype.kind in "iu") for i in parts)
    return where(array_function(_stayed)(shape, index), g, 0) if may_repeat else g


def _stayed(shape: Shape, index: Any) -> Array:
    """Return a mask of the values written at an index that are not overwritten by a later one of them."""
    writer = np.empty(shape, np.intp)
    places = writer[index]
    numbers = np.arange(places.size).reshape(places.shape)
    writer[index] = numbers
    return np.asarray(writer[index] == numbers)


def _sum_to_value(g: Any, shape: Shape) -> Any:
    """g summed to the shape of the value, which was broadcast to it, and may have more leading dims, of length 1."""
    inner = shape[max(len(shape) - len(g.shape), 0) :]
    return reshape(sum_to(g, inner), shape)


@primitive
def put_view(x: Array, value: Array, steps: Any) -> Array:
    """x with the view of it that the steps take replaced by value; dx = g with 0 there, dvalue = g there."""
    # The steps are taken of the elements' numbers, because in another memory layout they may be no view of x.
    elements = apply_steps(np.arange(x.size).reshape(x.shape), steps)
    out = np.array(x, order="C")
    out.reshape(-1)[elements] = value
    return out


def apply_steps(x: Any, steps: Any) -> Any:
    """Apply a sequence of primitives that make views, each given with its other arguments."""
    for step, args in steps:
        x = step(x, *args)
    return x


put_view.derivative(
    x=lambda g, steps: put_view(g, 0, steps),
    value=lambda g, steps: apply_steps(g, steps),
)


def flat_index(shape: Shape, dim: int, index: Array) -> Array:
    """The indices into the flattened array of a shape that stand for `index` along dim, and its own place elsewhere.

    One index is quicker than one for each dimension, and np.add.at is fast on vectors only.
    """
    dim %= len(shape)
    found = np.asarray(index, np.intp) * math.prod(shape[dim + 1 :])
    for d, n in enumerate(index.shape):
        if d != dim:
            found += (np.arange(n) * math.prod(shape[d + 1 :])).reshape(-1, *[1] * (index.ndim - d - 1))
    return found


@primitive
def gather(x: Array, dim: int, index: Array) -> Array:
    """out[i][j] = x[index[i][j]][j] for dim 0 (and so on); dx = g, added up at the index."""
    return x.reshape(-1)[flat_index(x.shape, dim, index)]


gather.derivative(
    x=lambda g, x_shape, dim, index: scatter_add(np.zeros(x_shape, g.dtype), dim, index, g),
)


@primitive
def scatter(x: Array, dim: int, index: Array, src: Array) -> Array:
    """x with out[index[i][j]][j] = src[i][j] for dim 0 (and so on); dx = g with 0 there, dsrc = g there."""
    out = np.array(x, order="C")
    out.reshape(-1)[flat_index(x.shape, dim, index)] = src
    return out


scatter.derivative(
    x=lambda g, dim, index: scatter(g, dim, index, 0),
    src=lambda g, dim, index: where(_stayed_along(tuple(g.shape), dim, index), gather(g, dim, index), 0),
)


@array_function
def _stayed_along(shape: Shape, dim: int, index: Array) -> Array:
    """Return a mask as `_stayed` does, for the values that `scatter` writes."""
    size, places = math.prod(shape), flat_index(shape, dim, index)
    kind = np.int32 if max(size, places.size) < 2**31 else np.int64
    numbers, writer = np.arange(places.size, dtype=kind).reshape(places.shape), np.empty(size, kind)
    writer[places] = numbers
    return np.asarray(writer.take(places) == numbers)


@primitive
def scatter_add(x: Array, dim: int, index: Array, src: Array) -> Array:
    """x with src[i][j] added to out[index[i][j]][j] for dim 0 (and so on); dx = g, dsrc = g at the index."""
    out = np.array(x, order="C")
    np.add.at(out.reshape(-1), flat_index(x.shape, dim, index).reshape(-1), np.ravel(src))
    return out


scatter_add.derivative(x=lambda g: g, src=lambda g, dim, index: gather(g, dim, index))


@computed_by(ordering.nonzero)
@primitive
def nonzero(x: Array) -> Array:
    """The indices of the elements that are not 0, one row for each of the n elements: (n, x.ndim)."""
    return np.argwhere(x)


@primitive
def one_hot(x: Array, num_classes: int) -> Array:
    """For each whole number a row of num_classes zeros, with a 1 at the place that the number says."""
    out = np.zeros((*x.shape, num_classes), np.int64)
    np.put_along_axis(out, x[..., None], 1, axis=-1)
    return out
