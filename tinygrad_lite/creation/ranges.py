"""Tensors of numbers at regular distances, and the indices of triangles."""

from __future__ import annotations

import math
from typing import Any

from ..core.errors import warn
from ..functions.out_argument import fills_out
from ..ops import creation as ops
from ..tensors.tensor import Tensor
from ..types import dtypes
from ..types.annotations import DTypeLike, Number
from .options import finished, float_dtype, number, whole_number


@fills_out
def arange(
    start: Tensor | Number = 0,
    end: Tensor | Number | None = None,
    step: Tensor | Number = 1,
    *,
    dtype: DTypeLike | None = None,
    device: str | None = None,
    requires_grad: bool = False,
) -> Tensor:
    """A vector of start, start + step, … up to `end`, which is not in it; `arange(end)` counts from 0.

    There are ceil((end - start) / step) elements. With a step such as 0.1 it depends on rounding whether the last one
    is there: `linspace` is safer.

    Args:
        start: the first number.
        end: the number before which to stop.
        step: the distance; a negative one counts down.
        dtype: by default int64 if all three are whole numbers, else the default dtype.
        device: where the Tensor is to be; there is only the CPU.
        requires_grad: whether `backward()` is to compute a gradient for it.

    Raises:
        RuntimeError: if the step is 0 or leads away from `end`, or if an end is infinite or NaN.
        TypeError: for what is no number.

    >>> import tinygrad_lite as tl
    >>> tl.arange(3), tl.arange(1, 2, 0.5), tl.arange(3, 0, -1)
    (tensor([0, 1, 2]), tensor([1.0000, 1.5000]), tensor([3, 2, 1]))
    """
    if end is None:
        start, end = 0, number("arange", "end", 1, start)
    first, last, by = (
        number("arange", name, i, value)
        for i, (name, value) in enumerate((("start", start), ("end", end), ("step", step)), start=1)
    )
    found = None if dtype is None else dtypes.as_dtype(dtype)
    if not all(math.isfinite(v) for v in (first, last, by)):
        raise RuntimeError(f"unsupported range: {first} -> {last}: arange needs finite numbers, and its step is {by}")
    distance = (last - first) / by if by else 0
    if found is not None and found.kind in "iu":
        first, last, by = int(first), int(last), int(by)
    if by == 0:
        raise RuntimeError("step must be nonzero: arange would never reach its end")
    if (last - first) * by < 0:
        raise RuntimeError(
            f"upper bound and lower bound inconsistent with step sign: arange from {first} to {last} by {by}"
        )
    if found is None:
        found = dtypes.int64 if all(isinstance(v, int) for v in (first, last, by)) else dtypes.get_default_dtype()
    whole = found == dtypes.int64 or found.kind == "f"  # PyTorch counts smaller whole numbers by the ends as given
    count = math.ceil((last - first) / by if whole else distance)
    if count >= 2**63:
        raise RuntimeError(
            f"invalid size, possible overflow? arange from {first} to {last} would have {count} elements"
        )
    return finished(ops.arange(first, by, count, found), requires_grad, device)


@fills_out
def range(
    start: Number = 0,
    end: Number | None = None,
    step: Number = 1,
    *,
    dtype: DTypeLike | None = None,
    device: str | None = None,
    requires_grad: bool = False,
) -> Tensor:
    """A vector of start, start + step, … up to `end`, which is in it: deprecated, as `arange` follows Python's range.

    Args:
        start: the first number.
        end: the number at which to stop.
        step: the distance; a negative one counts down.
        dtype: by default the default dtype.
        device: where the Tensor is to be; there is only the CPU.
        requires_grad: whether `backward()` is to compute a gradient for it.

    Raises:
        RuntimeError: if the step is 0 or leads away from `end`.
        TypeError: without an end.

    >>> import tinygrad_lite as tl, warnings
    >>> warnings.simplefilter("ignore")
    >>> tl.range(0, 3)
    tensor([0., 1., 2., 3.])
    """
    warn(
        "torch.range is deprecated and will be removed in a future release because its behavior is inconsistent with "
        "Python's range builtin. Instead, use torch.arange, which produces values in [start, end)."
    )
    if end is None:
        raise TypeError('range() missing 1 required positional arguments: "end"')
    first, last, by = (number("range", *each) for each in (("start", 1, start), ("end", 2, end), ("step", 3, step)))
    if by == 0:
        raise RuntimeError("step must be nonzero: range would never reach its end")
    if (last - first) * by < 0:
        raise RuntimeError(
            f"upper bound and lower bound inconsistent with step sign: range from {first} to {last} by {by}"
        )
    count = int((last - first) / by) + 1
    return finished(ops.arange(first, by, count, float_dtype(dtype)), requires_grad, device)


@fills_out
def linspace(
    start: Tensor | Number,
    end: Tensor | Number,
    steps: int,
    *,
    dtype: DTypeLike | None = None,
    device: str | None = None,
    requires_grad: bool = False,
) -> Tensor:
    """A vector of `steps` numbers at equal distances from start to end, both of which are in it.

    Args:
        start: the first number.
        end: the last number.
        steps: how many.
        dtype: the default dtype unless another is given.
        device: where the Tensor is to be; there is only the CPU.
        requires_grad: whether `backward()` is to compute a gradient for it.

    Raises:
        RuntimeError: if `steps` is negative.
        TypeError: if it is not a whole number, or an end no number.

    >>> import tinygrad_lite as tl
    >>> tl.linspace(0, 1, 5)
    tensor([0.0000, 0.2500, 0.5000, 0.7500, 1.0000])
    """
    first, last, count = _ends("linspace", start, end, steps)
    return finished(ops.linspace(first, last, count, float_dtype(dtype)), requires_grad, device)


@fills_out
def logspace(
    start: Tensor | Number,
    end: Tensor | Number,
    steps: int,
    base: float = 10.0,
    *,
    dtype: DTypeLike | None = None,
    device: str | None = None,
    requires_grad: bool = False,
) -> Tensor:
    """A vector of `steps` powers of `base`, whose exponents lie at equal distances from start to end.

    Args:
        start: the exponent of the first number.
        end: the exponent of the last number.
        steps: how many.
        base: the base.
        dtype: the default dtype unless another is given.
        device: where the Tensor is to be; there is only the CPU.
        requires_grad: whether `backward()` is to compute a gradient for it.

    Raises:
        RuntimeError: if `steps` is negative.
        TypeError: if it is not a whole number, or another argument no number.

    >>> import tinygrad_lite as tl
    >>> tl.logspace(0, 3, 4, base=2)
    tensor([1., 2., 4., 8.])
    """
    first, last, count = _ends("logspace", start, end, steps)
    powers = ops.logspace(first, last, count, float(number("logspace", "base", 4, base)), float_dtype(dtype))
    return finished(powers, requires_grad, device)


def _ends(function: str, start: Any, end: Any, steps: Any) -> tuple[float, float, int]:
    count = whole_number(function, "steps", 3, steps)
    if count < 0:
        raise RuntimeError(f"number of steps must be non-negative: {function} is asked for {count}")
    return float(number(function, "start", 1, start)), float(number(function, "end", 2, end)), count


def tril_indices(
    row: int, col: int, offset: int = 0, *, dtype: DTypeLike = dtypes.int64, device: str | None = None
) -> Tensor:
    """The indices of the elements on and below a diagonal of a matrix, in the shape (2, number of elements).

    The first row holds the elements' rows, the second one their columns.

    Args:
        row: the number of rows of the matrix.
        col: the number of its columns.
        offset: which diagonal: 0 the main one, 1 the one above it, -1 the one below it.
        dtype: of the indices.
        device: where the Tensor is to be; there is only the CPU.

    Raises:
        RuntimeError: for a negative number of rows or columns.
        TypeError: for what is not a whole number.

    >>> import tinygrad_lite as tl
    >>> tl.tril_indices(2, 2)
    tensor([[0, 1, 1],
            [0, 0, 1]])
    """
    return _triangle("tril_indices", True, row, col, offset, dtype, device)


def triu_indices(
    row: int, col: int, offset: int = 0, *, dtype: DTypeLike = dtypes.int64, device: str | None = None
) -> Tensor:
    """The indices of the elements on and above a diagonal of a matrix, in the shape (2, number of elements).

    The first row holds the elements' rows, the second one their columns.

    Args:
        row: the number of rows of the matrix.
        col: the number of its columns.
        offset: which diagonal: 0 the main one, 1 the one above it, -1 the one below it.
        dtype: of the indices.
        device: where the Tensor is to be; there is only the CPU.

    Raises:
        RuntimeError: for a negative number of rows or columns.
        TypeError: for what is not a whole number.

    >>> import tinygrad_lite as tl
    >>> m = tl.tensor([[1, 2, 3], [4, 5, 6]])
    >>> rows, columns = tl.triu_indices(2, 3, offset=1)
    >>> m[rows, columns]
    tensor([2, 3, 6])
    """
    return _triangle("triu_indices", False, row, col, offset, dtype, device)


def _triangle(
    function: str, lower: bool, row: Any, col: Any, offset: Any, dtype: DTypeLike, device: str | None
) -> Tensor:
    rows, columns = whole_number(function, "row", 1, row), whole_number(function, "col", 2, col)
    for name, count in (("row", rows), ("col", columns)):
        if count < 0:
            raise RuntimeError(f"{name} must be non-negative, got {count}: {function} is about a matrix of that size")
    place = whole_number(function, "offset", 3, offset)
    return finished(ops.triangle_indices(lower, rows, columns, place, dtypes.as_dtype(dtype)), False, device)
