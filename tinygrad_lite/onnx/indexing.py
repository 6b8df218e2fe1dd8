"""Functions that read and write elements by index, in ONNX."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from .conversions import converts
from .errors import NotExportable
from .graph import END, Graph, result_of
from .layers import part_of_lstm
from .program import Step, Var
from .shapes import part
from .sizes import Dim, Size

INT64 = np.dtype(np.int64)


def _parts(index: Any, ndim: int) -> list[Any]:
    """The parts of an index, one for each dimension and each None; without `...`."""
    parts = [*index] if isinstance(index, tuple) else [index]
    taken = sum(i is not None and i is not ... for i in parts)
    at = next((k for k, i in enumerate(parts) if i is ...), len(parts))
    return [*parts[:at], *[slice(None)] * (ndim - taken), *parts[at + 1 :]]


@converts("getitem")
def _getitem(g: Graph, step: Step, x: Any, index: Any) -> str:
    if (part := part_of_lstm(g, x, index)) is not None:
        return part
    name, shape = g.name(x), list(x.shape)
    parts = _parts(index, x.ndim)
    dim, gone = 0, []
    for i in parts:  # what is no array: first the parts of dimensions, none of which goes away yet
        if i is None:
            continue
        if isinstance(i, slice):
            name = _sliced(g, name, shape, dim, i)
        elif isinstance(i, (int, Size)):
            name = g.slice(name, dim, i, END if i == -1 else i + 1)
            gone.append(dim)
        dim += 1
    arrays = [(d, i) for d, i in enumerate(i for i in parts if i is not None) if isinstance(i, Var)]
    if arrays:
        if gone:
            raise NotExportable("an index of arrays and whole numbers has no conversion")
        return _taken(g, name, parts, arrays)
    if gone:
        name = g.squeeze(name, *gone)
    return _with_new_dims(g, name, [i for i in parts if not isinstance(i, (int, Size))])


def _with_new_dims(g: Graph, name: str, parts: list[Any]) -> str:
    new = [d for d, i in enumerate(parts) if i is None]
    return g.unsqueeze(name, *new) if new else name


def _sliced(g: Graph, name: str, shape: list[Dim], dim: int, i: slice) -> str:
    n, by = shape[dim], 1 if i.step is None else i.step
    if isinstance(n, int) and not any(isinstance(bound, Size) for bound in (i.start, i.stop)):
        start, stop, by = i.indices(n)
        if (start, stop, by) == (0, n, 1):
            return name
        if not range(start, stop, by):
            start, stop, by = 0, 0, 1
        return g.slice(name, dim, start, -END if stop < 0 else stop, by)
    first, last = (0, END) if by > 0 else (-1, -END)
    start = first if i.start is None else i.start
    stop = last if i.stop is None or i.stop == n else i.stop
    return name if (start, stop, by) == (0, END, 1) else g.slice(name, dim, start, stop, by)


def _taken(g: Graph, name: str, parts: list[Any], arrays: list[tuple[int, Var]]) -> str:
    """The elements at indices that are arrays."""
    if len(arrays) == 1:
        ((dim, index),) = arrays
        if (padded := _padded(g, name, parts, dim, index)) is not None:
            return padded
        name = g.add("Gather", name, g.operand(index, INT64), axis=dim)
        wide = [[slice(None)] * i.ndim if isinstance(i, Var) else [i] for i in parts]
        return _with_new_dims(g, name, [i for row in wide for i in row])
    dims, count = [d for d, _ in arrays], len(parts)
    if None in [i for i in parts if not isinstance(i, Var)]:
        raise NotExportable("an index of several arrays and None has no conversion: use unsqueeze()")
    rest = [d for d in range(count) if d not in dims]
    ndim = max(i.ndim for _, i in arrays)
    shape = [_broadcast([i.shape[i.ndim - ndim + d] for _, i in arrays if i.ndim + d >= ndim]) for d in range(ndim)]
    each = [g.unsqueeze(g.expand(g.operand(i, INT64), shape), -1) for _, i in arrays]
    if dims != [*range(len(dims))]:
        name = g.add("Transpose", name, perm=[*dims, *rest])
    name = g.add("GatherND", name, g.add("Concat", *each, axis=-1))
    adjacent = dims == [*range(dims[0], dims[0] + len(dims))]
    before = dims[0] if adjacent else 0  # NumPy leaves dimensions that stand beside each other where they are
    if not before:
        return name
    new, others = [*range(ndim)], [*range(ndim, ndim + len(rest))]
    return g.add("Transpose", name, perm=[*others[:before], *new, *others[before:]])


_PADDING = {"reflect": "reflect", "replicate": "edge", "circular": "wrap"}


def _padded(g: Graph, name: str, parts: list[Any], dim: int, index: Var) -> str | None:
    """A border of elements of the array itself, if that is what the indices make."""
    made = _behind_reshapes(index).step
    if made is None or made.name != "padded_indices" or None in [i for i in parts if not isinstance(i, Var)]:
        return None
    _, before, after, mode = made.args
    if min(before, after) < 0 or (mode == "circular" and g.opset < 19):
        return None
    widths = [0] * 2 * len(parts)
    widths[dim], widths[dim + len(parts)] = before, after
    return g.add("Pad", name, g.constant(widths, np.int64), mode=_PADDING[mode])


def _broadcast(sizes: list[Dim]) -> Dim:
    return next((n for n in sizes if n != 1), 1)


@converts("setitem")
def _setitem(g: Graph, step: Step, x: Any, index: Any, value: Any) -> str:
    given = g.operand(value, x.dtype)
    if isinstance(index, Var) and index.dtype.kind == "b":
        if getattr(value, "ndim", 0):
            raise NotExportable("values for a mask have no conversion: use where()")
        mask = g.reshape(g.name(index), [*index.shape, *[1] * (x.ndim - index.ndim)], index.shape)
        return g.add("Where", mask, given, g.name(x))
    parts = _parts(index, x.ndim)
    if any(i is None or isinstance(i, Var) for i in parts):
        raise NotExportable("a write to elements at arrays of indices has no conversion: use scatter() or where()")
    written = [(d, i) for d, i in enumerate(parts) if i != slice(None)]
    if not written:
        return _filled(g, given, value, x.shape)
    if len(written) > 1:
        raise NotExportable("a write to a part of several dimensions has no conversion: use cat() or where()")
    ((dim, i),) = written
    n = x.shape[dim]
    if isinstance(n, Size) and (isinstance(i, slice) or i < 0):
        raise NotExportable("a write to a part of a dynamic axis has no conversion: use cat() or where()")
    start, stop, by = (i % n, i % n + 1, 1) if isinstance(i, int) else i.indices(n)
    if by != 1:
        raise NotExportable("a write to every second element has no conversion: use where()")
    rest = [*x.shape[:dim], *x.shape[dim + 1 :]]
    shape = rest if isinstance(i, int) else [*x.shape[:dim], stop - start, *x.shape[dim + 1 :]]
    given = _filled(g, given, value, shape)
    if isinstance(i, int):
        given = g.unsqueeze(given, dim)
    return g.add(
        "Concat", part(g, g.name(x), x.shape, dim, 0, start), given, g.slice(g.name(x), dim, stop, END), axis=dim
    )


def _filled(g: Graph, name: str, value: Any, shape: Sequence[Dim]) -> str:
    """A value broadcast to a shape, which may have fewer dimensions: the first ones of the value have length 1."""
    further = getattr(value, "ndim", 0) - len(shape)
    return g.expand(g.squeeze(name, *range(further)) if further > 0 else name, shape)


@converts("gather")
def _gather(g: Graph, step: Step, x: Any, dim: int, index: Any) -> str:
    largest = _largest(x, dim, index)
    if largest is not None:
        return g.reshape(largest.outputs[0], result_of(step).shape, result_of(largest).shape)
    return g.add("GatherElements", g.name(x), g.operand(index, INT64), axis=dim)


def _largest(x: Var, dim: int, index: Var) -> Step | None:
    """The step that found the places, if these are the largest elements of windows: their values are known."""
    image, places = _behind_reshapes(x), _behind_reshapes(index)
    found = places.step
    if dim != 2 or found is None or found.name not in ("largest_places", "adaptive_largest_places"):
        return None
    flat = x.ndim == 3 and index.shape[:2] == places.shape[:2]
    same = _behind_reshapes(found.args[0]) is image and found.args[0].shape[:2] == x.shape[:2]
    return found if flat and same and found.outputs else None


def _behind_reshapes(x: Var) -> Var:
    """The array of which x is a copy, or another shape."""
    while x.step is not None and x.step.name in ("reshape", "identity", "clone", "array"):
        x = x.step.args[0]
    return x


@converts("put_at")
def _put_at(g: Graph, step: Step, x: Any, shape: Any, index: Any) -> str:
    parts = _parts(index, len(shape))
    arrays = [(dim, i) for dim, i in enumerate(parts) if i != slice(None)]
    ((dim, places),) = arrays if len(arrays) == 1 else ((0, None),)
    if not isinstance(places, Var) or places.ndim != 1 or places.dtype.kind not in "iu":
        raise NotExportable("elements are added at one array of whole numbers only, of one dimension")
    to = g.reshape(g.operand(places, INT64), [-1 if d == dim else 1 for d in range(x.ndim)])
    zeros = g.expand(g.constant(0, x.dtype), shape)
    return g.add("ScatterElements", zeros, g.expand(to, x.shape), g.name(x), axis=dim, reduction="add")


@converts("scatter", "scatter_add")
def _scatter(g: Graph, step: Step, x: Any, dim: int, index: Any, src: Any) -> str:
    values = g.operand(src, x.dtype)
    if not isinstance(src, Var) or src.shape != index.shape:
        values = g.expand(values, index.shape)
    reduction = "add" if step.name == "scatter_add" else "none"
    return g.add("ScatterElements", g.name(x), g.operand(index, INT64), values, axis=dim, reduction=reduction)


@converts("one_hot")
def _one_hot(g: Graph, step: Step, x: Any, num_classes: Dim) -> str:
    if isinstance(num_classes, Size):
        raise NotExportable("the number of classes depends on a dynamic axis")
    classes = g.constant(np.arange(num_classes), x.dtype)
    return g.cast(g.add("Equal", g.unsqueeze(g.name(x), -1), classes), INT64)


@converts("is_padding")
def _is_padding(g: Graph, step: Step, index: Any, padding_idx: int) -> str:
    return g.unsqueeze(g.add("Equal", g.name(index), g.constant(padding_idx, index.dtype)), -1)


@converts("inverse_counts")
def _inverse_counts(g: Graph, step: Step, index: Any, dtype: Any) -> str:
    # They scale gradients; in the value, what is multiplied by them is subtracted from itself.
    return g.expand(g.constant(1, dtype), result_of(step).shape)


@converts("column")
def _column(g: Graph, step: Step, indices: Any) -> str:
    return g.unsqueeze(g.name(indices), 1)


@converts("other_classes")
def _other_classes(g: Graph, step: Step, indices: Any, classes: int) -> str:
    own = g.add("Equal", g.constant(np.arange(classes), indices.dtype), g.unsqueeze(g.name(indices), 1))
    return g.add("Not", own)


@converts("as_mask")
def _as_mask(g: Graph, step: Step, indices: Any) -> str:
    return g.operand(indices, np.dtype(np.bool_))
