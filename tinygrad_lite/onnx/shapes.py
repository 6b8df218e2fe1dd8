"""Functions that move values, and those that make arrays of numbers alone, in ONNX."""

from __future__ import annotations

from typing import Any

import numpy as np

from .conversions import converts
from .errors import NotExportable
from .graph import END, Graph, result_of
from .program import Step
from .sizes import Dim, Size


@converts("reshape")
def _reshape(g: Graph, step: Step, x: Any, shape: Any) -> str:
    return g.reshape(g.name(x), result_of(step).shape, x.shape)


@converts("ravel")
def _ravel(g: Graph, step: Step, x: Any) -> str:
    return g.reshape(g.name(x), result_of(step).shape, x.shape)


@converts("expand")
def _expand(g: Graph, step: Step, x: Any, shape: Any) -> str:
    return g.name(x) if tuple(x.shape) == tuple(shape) else g.expand(g.name(x), shape)


@converts("sum_to")
def _sum_to(g: Graph, step: Step, x: Any, shape: Any) -> str:
    lead = x.ndim - len(shape)
    dims = [*range(lead), *(i for i, n in enumerate(shape, start=lead) if n == 1 and x.shape[i] != 1)]
    if not dims:
        return g.name(x)
    return g.reshape(g.add("ReduceSum", g.name(x), g.constant(dims, np.int64), keepdims=1), shape)


@converts("permute")
def _permute(g: Graph, step: Step, x: Any, dims: Any) -> str:
    order = [d % x.ndim for d in dims]
    return g.name(x) if order == [*range(x.ndim)] else g.add("Transpose", g.name(x), perm=order)


@converts("flip")
def _flip(g: Graph, step: Step, x: Any, dims: Any) -> str:
    found = g.name(x)
    for dim in dims:
        found = g.slice(found, dim, -1, -END, -1)
    return found


@converts("roll")
def _roll(g: Graph, step: Step, x: Any, shifts: Any, dims: Any = None) -> str:
    found = g.name(x)
    if dims is None:
        raise NotExportable("roll without dims has no conversion: name the dims")
    pairs = zip((shifts,), (dims,), strict=True) if isinstance(shifts, int) else zip(shifts, dims, strict=True)
    for shift, dim in pairs:
        n = x.shape[dim]
        by = shift if isinstance(n, Size) else shift % n if n else 0
        if by:
            parts = g.slice(found, dim, -by, END), g.slice(found, dim, 0, -by)
            found = g.add("Concat", *parts, axis=dim)
    return found


@converts("narrow")
def _narrow(g: Graph, step: Step, x: Any, dim: int, start: Dim, length: Dim) -> str:
    return part(g, g.name(x), x.shape, dim, start, length)


def part(g: Graph, name: str, shape: Any, dim: int, start: Dim, length: Dim) -> str:
    """The elements from start to start + length along a dimension."""
    if start == 0 and length == shape[dim]:
        return name
    to_the_end = start + length == shape[dim]
    if to_the_end and isinstance(start, Size) and not isinstance(length, Size):
        return g.slice(name, dim, -length, END)
    return g.slice(name, dim, start, END if to_the_end else start + length)


@converts("widen")
def _widen(g: Graph, step: Step, x: Any, dim: int, start: Dim, length: Dim) -> str:
    widths = [(start, length - start - x.shape[dim]) if d == dim % x.ndim else (0, 0) for d in range(x.ndim)]
    return _pad(g, step, x, widths, 0)


@converts("pad")
def _pad(g: Graph, step: Step, x: Any, widths: Any, value: float = 0.0) -> str:
    pads = g.vector([*(before for before, _ in widths), *(after for _, after in widths)])
    return g.add("Pad", g.name(x), pads, g.constant(value, x.dtype))


@converts("concatenate")
def _concatenate(g: Graph, step: Step, dim: int, starts: Any, *xs: Any) -> str:
    parts = [g.operand(x, result_of(step).dtype) for x in xs]
    return g.add("Concat", *parts, axis=dim) if len(parts) > 1 else parts[0]


@converts("tril", "triu")
def _triangle(g: Graph, step: Step, x: Any, diagonal: int = 0) -> str:
    dtype = x.dtype if x.dtype.kind == "f" or x.dtype == np.int64 else np.dtype(np.int64)
    upper = int(step.name == "triu")
    found = g.add("Trilu", g.operand(x, dtype), g.constant(diagonal, np.int64), upper=upper)
    return found if dtype == x.dtype else g.cast(found, x.dtype)


@converts("diagonal")
def _diagonal(g: Graph, step: Step, x: Any, offset: int = 0, dim1: int = 0, dim2: int = 1) -> str:
    dim1, dim2 = dim1 % x.ndim, dim2 % x.ndim
    rows, columns = x.shape[dim1], x.shape[dim2]
    if isinstance(rows, Size) or isinstance(columns, Size):
        raise NotExportable("a diagonal of a dynamic axis has no conversion")
    order = [d for d in range(x.ndim) if d not in (dim1, dim2)] + [dim1, dim2]
    flat = g.add("Transpose", g.name(x), perm=order)
    flat = g.reshape(flat, [*(x.shape[d] for d in order[:-2]), rows * columns])
    places = np.arange(rows * columns).reshape(rows, columns).diagonal(offset)
    return g.add("Gather", flat, g.constant(places, np.int64), axis=x.ndim - 2)


@converts("sliding_windows")
def _sliding_windows(g: Graph, step: Step, x: Any, dim: int, size: int, by: int) -> str:
    count = result_of(step).shape[dim]
    if isinstance(count, Size):
        raise NotExportable("windows along a dynamic axis have no conversion")
    places = np.arange(count)[:, None] * by + np.arange(size)
    found = g.add("Gather", g.name(x), g.constant(places, np.int64), axis=dim)  # (…, count, size, …)
    order = [d for d in range(x.ndim + 1) if d != dim + 1]
    return g.add("Transpose", found, perm=[*order, dim + 1])


# ------------------------------------------------------------------------------------- arrays of numbers alone


@converts("zeros", "ones", "empty", "full")
def _filled(g: Graph, step: Step, shape: Any, *settings: Any, **more: Any) -> str:
    dtype = result_of(step).dtype
    value = settings[0] if step.name == "full" else int(step.name == "ones")
    return g.expand(g.operand(value, dtype), shape if isinstance(shape, (tuple, list)) else [shape])


@converts("arange")
def _arange(g: Graph, step: Step, start: Any, by: Any, count: Dim, dtype: Any) -> str:
    wide = np.dtype(np.int64 if isinstance(start, int) and isinstance(by, int) else np.float64)
    zero, one = g.constant(0, np.int64), g.constant(1, np.int64)
    found = g.add("Range", zero, g.operand(count, np.dtype(np.int64)), one)
    if wide.kind == "f":
        found = g.cast(found, wide)
    if by != 1:
        found = g.add("Mul", found, g.operand(by, wide))
    if start != 0:
        found = g.add("Add", found, g.operand(start, wide))
    return found if wide == result_of(step).dtype else g.cast(found, result_of(step).dtype)


@converts("eye")
def _eye(g: Graph, step: Step, rows: Dim, columns: Dim, dtype: Any) -> str:
    return g.add(
        "EyeLike", g.expand(g.constant(0, np.int64), [rows, columns]),
        dtype=g.onnx.helper.np_dtype_to_tensor_dtype(result_of(step).dtype),
    )  # fmt: skip
