"""Tensors of one value, of none yet, and the identity matrix."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ..core.argument_types import wrong_type
from ..functions.arguments import new_shape
from ..functions.out_argument import fills_out
from ..ops import creation as ops
from ..tensors.batched_data import like
from ..tensors.tensor import Tensor
from ..types import dtypes
from ..types.annotations import DTypeLike, Number
from .from_data import tensor
from .options import dtype_like, finished, float_dtype, shape_of, whole_number


@fills_out
def zeros(
    *size: int | Sequence[int],
    dtype: DTypeLike | None = None,
    device: str | None = None,
    requires_grad: bool = False,
    **named: Sequence[int],
) -> Tensor:
    """A Tensor of zeros.

    Args:
        size: the length of each dimension, one by one or in a tuple; `()` for a single number.
        dtype: the default dtype unless another is given.
        device: where the Tensor is to be; there is only the CPU.
        requires_grad: whether `backward()` is to compute a gradient for it.

    Raises:
        RuntimeError: for a negative length, and for a device other than the CPU.
        TypeError: for a length that is not a whole number, and without any.

    >>> import tinygrad_lite as tl
    >>> tl.zeros(2, 3)
    tensor([[0., 0., 0.],
            [0., 0., 0.]])
    """
    return finished(ops.zeros(shape_of("zeros", size, named), float_dtype(dtype)), requires_grad, device)


@fills_out
def ones(
    *size: int | Sequence[int],
    dtype: DTypeLike | None = None,
    device: str | None = None,
    requires_grad: bool = False,
    **named: Sequence[int],
) -> Tensor:
    """A Tensor of ones.

    Args:
        size: the length of each dimension, one by one or in a tuple; `()` for a single number.
        dtype: the default dtype unless another is given.
        device: where the Tensor is to be; there is only the CPU.
        requires_grad: whether `backward()` is to compute a gradient for it.

    Raises:
        RuntimeError: for a negative length, and for a device other than the CPU.
        TypeError: for a length that is not a whole number, and without any.

    >>> import tinygrad_lite as tl
    >>> tl.ones((3,), dtype=tl.int64)
    tensor([1, 1, 1])
    """
    return finished(ops.ones(shape_of("ones", size, named), float_dtype(dtype)), requires_grad, device)


@fills_out
def empty(
    *size: int | Sequence[int],
    dtype: DTypeLike | None = None,
    device: str | None = None,
    requires_grad: bool = False,
    **named: Sequence[int],
) -> Tensor:
    """An uninitialised Tensor: its elements are whatever was in that memory before.

    Args:
        size: the length of each dimension, one by one or in a tuple; `()` for a single number.
        dtype: the default dtype unless another is given.
        device: where the Tensor is to be; there is only the CPU.
        requires_grad: whether `backward()` is to compute a gradient for it.

    Raises:
        RuntimeError: for a negative length, and for a device other than the CPU.
        TypeError: for a length that is not a whole number, and without any.

    >>> import tinygrad_lite as tl
    >>> tl.empty(2, 0)  # no element, and so nothing unknown
    tensor([], size=(2, 0))
    """
    return finished(ops.empty(shape_of("empty", size, named), float_dtype(dtype)), requires_grad, device)


@fills_out
def full(
    size: Sequence[int],
    fill_value: Tensor | Number,
    *,
    dtype: DTypeLike | None = None,
    device: str | None = None,
    requires_grad: bool = False,
) -> Tensor:
    """A Tensor of one value.

    Args:
        size: the length of each dimension, in a tuple.
        fill_value: the value, a number or a Tensor without dimensions.
        dtype: by default bool, int64 or the default dtype, as the value is a bool, a whole number or another.
        device: where the Tensor is to be; there is only the CPU.
        requires_grad: whether `backward()` is to compute a gradient for it.

    Raises:
        RuntimeError: for a negative length, and for a value outside the dtype.
        TypeError: for a size that is no tuple of whole numbers, and for a value that is no number.

    >>> import tinygrad_lite as tl
    >>> tl.full((2,), 7), tl.full((2,), 7.0)
    (tensor([7, 7]), tensor([7., 7.]))
    """
    value = fill_value._data if isinstance(fill_value, Tensor) else fill_value
    if not isinstance(value, (int, float, np.ndarray, np.generic)):
        raise wrong_type("full", "fill_value", 2, "Number", value)
    if isinstance(value, np.ndarray):
        if value.ndim:
            raise wrong_type("full", "fill_value", 2, "Number", fill_value)
        value = value[()]
    if isinstance(value, np.generic):
        value = value.item()
    found = tensor(value).dtype if dtype is None else dtypes.as_dtype(dtype)
    value = dtypes.fitted(value, found)
    if not isinstance(size, (tuple, list)):
        raise wrong_type("full", "size", 1, "tuple of ints", size)
    if isinstance(fill_value, Tensor):
        fill_value._read("full() is given a Tensor, whose value it reads")
    return finished(ops.full(new_shape(size, "full"), value, found), requires_grad, device)


def zeros_like(
    x: Tensor,
    *,
    dtype: DTypeLike | None = None,
    device: str | None = None,
    requires_grad: bool = False,
    memory_format: Any = None,
) -> Tensor:
    """Zeros in the shape and dtype of x.

    Args:
        x: a Tensor; its values do not matter, and no gradient flows to it.
        dtype: another dtype.
        device: where the Tensor is to be; there is only the CPU.
        requires_grad: whether `backward()` is to compute a gradient for it.
        memory_format: has no effect.

    Raises:
        TypeError: if x is not a Tensor.

    >>> import tinygrad_lite as tl
    >>> tl.zeros_like(tl.tensor([1, 2]))
    tensor([0, 0])
    """
    found = dtype_like("zeros_like", x, dtype)
    return finished(like(x._data, ops.zeros(x._data.shape, found)), requires_grad, device)


def ones_like(
    x: Tensor,
    *,
    dtype: DTypeLike | None = None,
    device: str | None = None,
    requires_grad: bool = False,
    memory_format: Any = None,
) -> Tensor:
    """Ones in the shape and dtype of x.

    Args:
        x: a Tensor; its values do not matter, and no gradient flows to it.
        dtype: another dtype.
        device: where the Tensor is to be; there is only the CPU.
        requires_grad: whether `backward()` is to compute a gradient for it.
        memory_format: has no effect.

    Raises:
        TypeError: if x is not a Tensor.

    >>> import tinygrad_lite as tl
    >>> y = tl.tensor([2.0, 3.0], requires_grad=True) * 2
    >>> y.backward(tl.ones_like(y))  # as y.sum().backward()
    """
    found = dtype_like("ones_like", x, dtype)
    return finished(like(x._data, ops.ones(x._data.shape, found)), requires_grad, device)


def empty_like(
    x: Tensor,
    *,
    dtype: DTypeLike | None = None,
    device: str | None = None,
    requires_grad: bool = False,
    memory_format: Any = None,
) -> Tensor:
    """An uninitialised Tensor in the shape and dtype of x.

    Args:
        x: a Tensor; its values do not matter, and no gradient flows to it.
        dtype: another dtype.
        device: where the Tensor is to be; there is only the CPU.
        requires_grad: whether `backward()` is to compute a gradient for it.
        memory_format: has no effect.

    Raises:
        TypeError: if x is not a Tensor.

    >>> import tinygrad_lite as tl
    >>> tl.empty_like(tl.zeros(2, 3)).copy_(tl.tensor([1, 2, 3]))
    tensor([[1., 2., 3.],
            [1., 2., 3.]])
    """
    found = dtype_like("empty_like", x, dtype)
    return finished(like(x._data, ops.empty(x._data.shape, found)), requires_grad, device)


def full_like(
    x: Tensor,
    fill_value: Tensor | Number,
    *,
    dtype: DTypeLike | None = None,
    device: str | None = None,
    requires_grad: bool = False,
    memory_format: Any = None,
) -> Tensor:
    """One value in the shape and dtype of x.

    Args:
        x: a Tensor; its values do not matter, and no gradient flows to it.
        fill_value: the value, a number or a Tensor without dimensions.
        dtype: another dtype.
        device: where the Tensor is to be; there is only the CPU.
        requires_grad: whether `backward()` is to compute a gradient for it.
        memory_format: has no effect.

    Raises:
        RuntimeError: for a value outside the dtype.
        TypeError: if x is not a Tensor, or the value no number.

    >>> import tinygrad_lite as tl
    >>> tl.full_like(tl.zeros(2, 2), 0.1)
    tensor([[0.1000, 0.1000],
            [0.1000, 0.1000]])
    """
    found = dtype_like("full_like", x, dtype)
    made = full(x._data.shape, fill_value, dtype=found, device=device)
    return finished(like(x._data, made._data), requires_grad, device)


@fills_out
def eye(
    n: int,
    m: int | None = None,
    *,
    dtype: DTypeLike | None = None,
    device: str | None = None,
    requires_grad: bool = False,
) -> Tensor:
    """A matrix with ones on the main diagonal and zeros elsewhere, of the shape (n, m).

    Args:
        n: the number of rows.
        m: the number of columns, by default as many as rows.
        dtype: the default dtype unless another is given.
        device: where the Tensor is to be; there is only the CPU.
        requires_grad: whether `backward()` is to compute a gradient for it.

    Raises:
        RuntimeError: for a negative number.
        TypeError: for what is not a whole number.

    >>> import tinygrad_lite as tl
    >>> tl.eye(2, 3)
    tensor([[1., 0., 0.],
            [0., 1., 0.]])
    """
    rows = whole_number("eye", "n", 1, n)
    columns = rows if m is None else whole_number("eye", "m", 2, m)
    for name, count in (("n", rows), ("m", columns)):
        if count < 0:
            raise RuntimeError(f"{name} must be greater or equal to 0, got {count}: eye makes a matrix of n rows")
    return finished(ops.eye(rows, columns, float_dtype(dtype)), requires_grad, device)


def scalar_tensor(
    s: Number, *, dtype: DTypeLike | None = None, device: str | None = None, requires_grad: bool = False
) -> Tensor:
    """A 0-d Tensor of a number, in the default dtype unless another is given.

    Args:
        s: the number.
        dtype: the dtype.
        device: where the Tensor is to be; there is only the CPU.
        requires_grad: whether `backward()` is to compute a gradient for it.

    Raises:
        TypeError: for what is no number.

    >>> import tinygrad_lite as tl
    >>> tl.scalar_tensor(3), tl.tensor(3)
    (tensor(3.), tensor(3))
    """
    return full((), s, dtype=float_dtype(dtype), device=device, requires_grad=requires_grad)


def empty_strided(
    size: Sequence[int],
    stride: Sequence[int],
    *,
    dtype: DTypeLike | None = None,
    device: str | None = None,
    requires_grad: bool = False,
) -> Tensor:
    """An uninitialised Tensor of a shape, with its elements so far apart in memory as the strides say.

    Args:
        size: the length of each dimension.
        stride: how many elements it is in memory from one index to the next.
        dtype: the default dtype unless another is given.
        device: where the Tensor is to be; there is only the CPU.
        requires_grad: whether `backward()` is to compute a gradient for it.

    Raises:
        RuntimeError: for negative sizes or strides.

    >>> import tinygrad_lite as tl
    >>> tl.empty_strided((2, 3), (1, 2)).stride()
    (1, 2)
    """
    x = empty(0, dtype=float_dtype(dtype), device=device)
    return x.new_empty_strided(size, stride, requires_grad=requires_grad)


def empty_permuted(
    size: Sequence[int],
    physical_layout: Sequence[int],
    *,
    dtype: DTypeLike | None = None,
    device: str | None = None,
    requires_grad: bool = False,
) -> Tensor:
    """An uninitialised Tensor of a shape, whose dimensions lie in memory in another order.

    Args:
        size: the length of each dimension.
        physical_layout: the dimensions, the slowest one first.
        dtype: the default dtype unless another is given.
        device: where the Tensor is to be; there is only the CPU.
        requires_grad: whether `backward()` is to compute a gradient for it.

    Raises:
        RuntimeError: if the layout does not name each dimension once.

    >>> import tinygrad_lite as tl
    >>> tl.empty_permuted((2, 3), (1, 0)).stride()
    (1, 2)
    """
    if sorted(physical_layout) != list(range(len(size))):
        raise RuntimeError(
            f"Number of dimensions in size does not match the length of the physical_layout: {list(size)} and "
            f"{list(physical_layout)}"
        )
    strides, step = [0] * len(size), 1
    for d in reversed(physical_layout):
        strides[d], step = step, step * size[d]
    return empty_strided(size, strides, dtype=dtype, device=device, requires_grad=requires_grad)
