"""The batching rules of primitives that read and write by index.

NumPy puts the dimensions that come of arrays in the place of the arrays, or first if something stands between them. So
where an index has arrays, the result of all samples is brought in order afterwards.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from ..core.edge import expand, reshape
from ..core.primitive import Primitive
from ..core.tensor import TensorBase
from ..functions.strided import layout_of
from ..ops import indexing, strided
from ..ops.kernels.reduction_at import extremes_at, products_at
from ..ops.shape import inverse_order, permute
from .operands import Batch, Each, batches, dim_after, front, is_array, ndim_of, one_by_one, shape_of, with_dims

Shape = tuple[int, ...]


class Place:
    """An index into the arrays of all samples, made of an index into one.

    Attributes:
        index: the index into all samples.
        order: the order of dimensions that brings what is read to (samples, …), or None if it is right already.
        shape: the shape of what is read of one sample.
    """

    def __init__(self, index: Any, shape: Shape, batch: Batch, of_each: bool) -> None:
        parts = _complete(index, len(shape))
        arrays = [i for i, part in enumerate(parts) if is_array(part)]
        self.order: Shape | None = None
        if not arrays:
            self.index = (slice(None), *parts)
            self.shape = _selected(parts, shape, (), 0)
            return
        together = arrays[-1] - arrays[0] + 1 == len(arrays)
        before = arrays[0] if together else 0  # so many dimensions of the result come before those of the arrays
        inner = np.broadcast_shapes(*[shape_of(parts[i]) for i in arrays])
        self.shape = _selected(parts, shape, inner, before)
        ndim, found = len(self.shape) + 1, len(inner)
        if not any(isinstance(parts[i], Each) for i in arrays):
            self.index = (slice(None), *parts)
            samples = 0 if together else found  # the dimension that the samples have in what NumPy reads
            if samples:
                self.order = (samples, *[d for d in range(ndim) if d != samples])
            return
        given = [with_dims(part, found) for part in parts]
        if of_each:
            self.index = (np.arange(batch.size).reshape(-1, *[1] * found), *given)
            if before:
                self.order = (
                    0,
                    *range(1 + found, 1 + found + before),
                    *range(1, 1 + found),
                    *range(1 + found + before, ndim),
                )
        else:
            self.index = tuple(given)
            if before:
                self.order = (before, *[d for d in range(ndim) if d != before])

    def in_order(self, x: Any) -> Any:
        """Return what NumPy has read, with the samples first."""
        return x if self.order is None else permute(x, self.order)

    def as_read(self, x: Any) -> Any:
        """Return values, which have the samples first, in the order in which NumPy reads them."""
        return x if self.order is None else permute(x, inverse_order(self.order))


def _complete(index: Any, ndim: int) -> list[Any]:
    """Return the parts of an index, one for each dimension of a sample; ints stay only if there are no arrays."""
    parts = list(map(_array_of, index if isinstance(index, tuple) else (index,)))
    for part in parts:
        mask = part.value if isinstance(part, Each) else part
        if isinstance(part, Each) and mask.dtype.kind == "b":
            raise RuntimeError(
                "vmap: We do not support batching operators that can support dynamic shape. Attempting to batch over "
                "indexing with a boolean mask: it selects other numbers of elements for each sample. Use where(mask, "
                "x, y), or masked_fill"
            )
    found: list[Any] = []
    for part in parts:
        found += np.nonzero(part) if isinstance(part, np.ndarray) and part.dtype.kind == "b" else [part]
    taken = sum(part is not None and part is not ... for part in found)
    rest = [slice(None)] * (ndim - taken)
    place = next((i for i, part in enumerate(found) if part is ...), None)
    found = [*found, *rest] if place is None else [*found[:place], *rest, *found[place + 1 :]]
    if any(map(is_array, found)):
        found = [np.asarray(part) if isinstance(part, int) else part for part in found]
    return found


def _without_bools(index: Any, shape: Shape) -> tuple[Any, Shape]:
    """An index and a shape in which a single bool, which takes all or nothing, stands for a further dimension.

    The dimension has length 1, and is read at 0, or nowhere.
    """
    parts = list(map(_array_of, index if isinstance(index, tuple) else (index,)))
    sizes, dim = list(shape), 0
    for i, part in enumerate(parts):
        if _is_single_bool(part):
            sizes.insert(dim, 1)
            parts[i] = np.zeros(int(part), np.int64)
        dim = len(sizes) - sum(map(_length, parts[i + 1 :])) if part is ... else dim + _length(parts[i])
    return tuple(parts), tuple(sizes)


def _is_single_bool(part: Any) -> bool:
    return not isinstance(part, Each) and np.ndim(part) == 0 and np.asarray(part).dtype.kind == "b"


def _length(part: Any) -> int:
    """The number of dimensions that a part of an index is for."""
    if part is None or part is ... or _is_single_bool(part):
        return 0
    return part.ndim if isinstance(part, np.ndarray) and part.dtype.kind == "b" else 1


def _array_of(part: Any) -> Any:
    """The array of an index that is a Tensor."""
    if isinstance(part, Each) and isinstance(part.value, TensorBase):
        return Each(part.value._data)
    return part._data if isinstance(part, TensorBase) else part


def _selected(parts: list[Any], shape: Shape, inner: Shape, before: int) -> Shape:
    """The shape of what an index selects of one sample; the dimensions `inner` of the arrays come after `before`."""
    outer: list[int] = []
    dim = 0
    for part in parts:
        if part is None:
            outer.append(1)
            continue
        if isinstance(part, slice):
            outer.append(len(range(*part.indices(shape[dim]))))
        dim += 1
    return (*outer[:before], *inner, *outer[before:])


@batches(indexing.getitem)
def _getitem(primitive: Primitive, batch: Batch, x: Any, index: Any) -> Any:
    index, shape = _without_bools(index, shape_of(x))
    values = x.value if isinstance(x, Each) else x
    if shape != shape_of(x):
        values = reshape(values, (*values.shape[: isinstance(x, Each)], *shape))
    place = Place(index, shape, batch, isinstance(x, Each))
    return place.in_order(primitive(values, place.index))


@batches(indexing.put_at)
def _put_at(primitive: Primitive, batch: Batch, x: Any, shape: Shape, index: Any) -> Any:
    index, wider = _without_bools(index, tuple(shape))
    place = Place(index, wider, batch, True)
    found = primitive(place.as_read(front(x, batch.size)), (batch.size, *wider), place.index)
    return found if wider == tuple(shape) else reshape(found, (batch.size, *shape))


@batches(indexing.setitem)
def _setitem(primitive: Primitive, batch: Batch, x: Any, index: Any, value: Any) -> Any:
    index, shape = _without_bools(index, shape_of(x))
    place = Place(index, shape, batch, True)
    if is_array(value) and (isinstance(value, Each) or place.order is not None):
        value = place.as_read(_filling(value, place.shape, batch))
    if shape == shape_of(x):
        return primitive(front(x, batch.size), place.index, value)
    written = primitive(reshape(front(x, batch.size), (batch.size, *shape)), place.index, value)
    return reshape(written, (batch.size, *shape_of(x)))


def _filling(value: Any, shape: Shape, batch: Batch) -> Any:
    """The values for all samples, each broadcast to what it fills; it may have more dimensions, of length 1."""
    given = shape_of(value)
    extra = len(given) - len(shape)
    if extra > 0:
        value = Each(reshape(front(value, batch.size), (batch.size, *given[extra:])))
    return expand(with_dims(value, len(shape)), (batch.size, *shape))


@batches(indexing.put_view)
def _put_view(primitive: Primitive, batch: Batch, x: Any, value: Any, steps: Any) -> Any:
    shape = shape_of(x)
    elements = np.asarray(indexing.apply_steps(np.arange(math.prod(shape)).reshape(shape), steps))
    flat = Each(reshape(front(x, batch.size), (batch.size, math.prod(shape))))
    out = _setitem(indexing.setitem, batch, flat, elements if elements.ndim else (elements,), value)
    return reshape(out, (batch.size, *shape))


@batches(strided.as_strided)
def _as_strided(primitive: Primitive, batch: Batch, x: Any, size: Shape, stride: Shape, offset: int, own: Any) -> Any:
    (step, *steps), start = layout_of(x.value)
    if (tuple(steps), start) != own:  # the view was made of other memory
        return one_by_one(primitive, batch, x, size, stride, offset, own)
    return primitive(x.value, (batch.size, *size), (step, *stride), offset, ((step, *steps), start))


# ------------------------------------------------------------------------------------------- along one dimension


@batches(indexing.gather, indexing.scatter, indexing.scatter_add)
def _along_dim(primitive: Primitive, batch: Batch, x: Any, dim: int, index: Any, *src: Any) -> Any:
    single = not ndim_of(x)
    given = [_with_a_dim(front(a, batch.size), batch) if is_array(a) else a for a in (x, index)]
    values = [_with_a_dim(_source(a, index, batch), batch) if is_array(a) else a for a in src]
    out = primitive(given[0], 1 if single else dim_after(dim), given[1], *values)
    if primitive is indexing.gather:
        single = not ndim_of(index)
    return reshape(out, (batch.size,)) if single else out


def _source(src: Any, index: Any, batch: Batch) -> Any:
    return front(src, batch.size) if ndim_of(src) == ndim_of(index) else with_dims(src, ndim_of(index))


def _with_a_dim(x: Any, batch: Batch) -> Any:
    return x if len(x.shape) != 1 else reshape(x, (batch.size, 1))


@batches(extremes_at, products_at)
def _reduced_at(primitive: Primitive, batch: Batch, x: Any, src: Any, dim: int, index: Any, *settings: Any) -> Any:
    given = [
        _with_a_dim(a, batch) for a in (front(x, batch.size), _source(src, index, batch), front(index, batch.size))
    ]
    out = primitive(given[0], given[1], dim_after(dim) if ndim_of(x) else 1, given[2], *settings)
    return out if ndim_of(x) else reshape(out, (batch.size,))


@batches(indexing.one_hot)
def _one_hot(primitive: Primitive, batch: Batch, x: Each, num_classes: int) -> Any:
    return primitive(x.value, num_classes)


@batches(indexing.nonzero)
def _nonzero(primitive: Primitive, batch: Batch, x: Any) -> Any:
    raise RuntimeError(
        "vmap: We do not support batching operators that can output dynamic shape. Attempted to vmap over "
        "aten::nonzero: each sample would have another number of elements"
    )
