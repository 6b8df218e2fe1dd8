"""Tensors from values, and Tensors of regular values."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from . import dtypes, memory
from .devices import check_device
from .functions.arguments import common_shape, sizes
from .tensor import Size, Tensor, wrap


def _finished(array: Any, requires_grad: bool, device: Any = None) -> Tensor:
    check_device(device)
    t = wrap(array)
    return t.requires_grad_() if requires_grad else t


def _array_of(data: Any, dtype: Any) -> Any:
    """The values as an array, in the dtype that PyTorch would infer: Python's floats in the default one."""
    if isinstance(data, Tensor):
        data = data._data
    wanted = None if dtype is None else dtypes.as_dtype(dtype)
    if isinstance(data, (np.ndarray, np.generic)):
        return np.asarray(data, wanted or dtypes.as_dtype(data.dtype))
    try:
        array = np.asarray(_untensored(data))
    except ValueError as error:
        raise ValueError(f"tensor: the nested sequences are not all of one length ({error})") from None
    if array.dtype.kind not in "biuf":
        kind = "None" if data is None else f"values of {array.dtype}"
        raise TypeError(f"tensor: cannot make a Tensor of {kind}; numbers and bools are needed")
    if wanted is None:
        wanted = _inferred(data, array)
    return array.astype(wanted, copy=False)


def _untensored(data: Any) -> Any:
    """Nested sequences with Tensors in them replaced by their arrays."""
    if isinstance(data, Tensor):
        return data._data
    return [_untensored(x) for x in data] if isinstance(data, (list, tuple)) else data


def _inferred(data: Any, array: Any) -> Any:
    if array.dtype.kind == "f":
        first = data
        while isinstance(first, (list, tuple)) and first:
            first = first[0]
        typed = isinstance(first, (np.ndarray, np.generic, Tensor))
        return dtypes.as_dtype(array.dtype) if typed else dtypes.get_default_dtype()
    return dtypes.bool if array.dtype.kind == "b" else dtypes.int64


def tensor(data: Any, *, dtype: Any = None, device: Any = None, requires_grad: bool = False) -> Tensor:
    """A new Tensor with a copy of the values: a number, nested sequences, an array or a Tensor.

    Args:
        dtype: by default the default dtype for Python's floats, int64 for its ints, and an array's own.
        requires_grad: whether gradients are to be computed for it.

    Raises:
        RuntimeError: if whole numbers are to require gradients.
        ValueError: if nested sequences are ragged.

    >>> import tinygrad_lite as tl
    >>> tl.tensor([[1, 2], [3, 4]]), tl.tensor(0.5)
    (tensor([[1, 2],
            [3, 4]]), tensor(0.5000))
    """
    return _finished(np.array(_array_of(data, dtype)), requires_grad, device)


def as_tensor(data: Any, dtype: Any = None, device: Any = None) -> Tensor:
    """A Tensor of the values, sharing memory with an array of the right dtype; a Tensor of it is returned as it is."""
    check_device(device)
    if isinstance(data, Tensor):
        return data if dtype is None else data.to(dtypes.as_dtype(dtype))
    array = _array_of(data, dtype)
    if isinstance(data, np.ndarray) and np.shares_memory(array, data):
        memory.borrow(array)
    return wrap(array)


asarray = as_tensor


def from_numpy(ndarray: Any) -> Tensor:
    """A Tensor that shares an array's memory: a change of one is seen in the other.

    Raises:
        TypeError: for what is not an array, or has a dtype that Tensors lack.

    >>> import numpy as np, tinygrad_lite as tl
    >>> a = np.zeros(2)
    >>> t = tl.from_numpy(a)
    >>> a[0] = 1
    >>> t
    tensor([1., 0.], dtype=float64)
    """
    if not isinstance(ndarray, np.ndarray):
        raise TypeError(f"expected np.ndarray (got {type(ndarray).__name__})")
    if not ndarray.dtype.isnative:
        raise TypeError("from_numpy: the array is not in this machine's byte order; convert it with .astype first")
    dtypes.as_dtype(ndarray.dtype)
    array = ndarray.view(np.ndarray)
    memory.borrow(array)
    return wrap(array)


def from_dlpack(ext_tensor: Any) -> Tensor:
    """A Tensor that shares the memory of another library's, through DLPack; nothing is copied.

    Raises:
        TypeError, BufferError: from NumPy, where the object cannot lend its memory.
    """
    if isinstance(ext_tensor, Tensor):
        return ext_tensor.detach()
    array = np.from_dlpack(ext_tensor)
    dtypes.as_dtype(array.dtype)
    memory.borrow(array)
    return wrap(array)


# ------------------------------------------------------------------------------------------ regular values


def _shape(size: tuple[Any, ...], kwargs: dict[str, Any]) -> tuple[int, ...]:
    shape = sizes((kwargs.pop("size"),) if "size" in kwargs else size)
    if any(n < 0 for n in shape):
        raise RuntimeError(f"Trying to create tensor with negative dimension {min(shape)}: {list(shape)}")
    if kwargs:
        raise TypeError(f"got an unexpected keyword argument {next(iter(kwargs))!r}")
    return shape


def _floating(dtype: Any) -> Any:
    return dtypes.get_default_dtype() if dtype is None else dtypes.as_dtype(dtype)


def zeros(*size: Any, dtype: Any = None, device: Any = None, requires_grad: bool = False, **named: Any) -> Tensor:
    """A Tensor of zeros; its sizes one by one or in a tuple.

    >>> import tinygrad_lite as tl
    >>> tl.zeros(2, 3)
    tensor([[0., 0., 0.],
            [0., 0., 0.]])
    """
    return _finished(np.zeros(_shape(size, named), _floating(dtype)), requires_grad, device)


def ones(*size: Any, dtype: Any = None, device: Any = None, requires_grad: bool = False, **named: Any) -> Tensor:
    """A Tensor of ones; its sizes one by one or in a tuple."""
    return _finished(np.ones(_shape(size, named), _floating(dtype)), requires_grad, device)


def empty(*size: Any, dtype: Any = None, device: Any = None, requires_grad: bool = False, **named: Any) -> Tensor:
    """A Tensor of whatever is in its memory; its sizes one by one or in a tuple."""
    return _finished(np.empty(_shape(size, named), _floating(dtype)), requires_grad, device)


def full(
    size: Any, fill_value: Any, *, dtype: Any = None, device: Any = None, requires_grad: bool = False
) -> Tensor:
    """A Tensor of one value, in the dtype that `tensor(fill_value)` would have."""
    found = tensor(fill_value).dtype if dtype is None else dtypes.as_dtype(dtype)
    value = fill_value._data if isinstance(fill_value, Tensor) else fill_value
    return _finished(np.full(_shape((size,), {}), value, found), requires_grad, device)


def _like(x: Tensor, dtype: Any) -> Any:
    return x.dtype if dtype is None else dtypes.as_dtype(dtype)


def zeros_like(x: Tensor, *, dtype: Any = None, device: Any = None, requires_grad: bool = False) -> Tensor:
    """Zeros in the shape and dtype of x."""
    return _finished(np.zeros(x._data.shape, _like(x, dtype)), requires_grad, device)


def ones_like(x: Tensor, *, dtype: Any = None, device: Any = None, requires_grad: bool = False) -> Tensor:
    """Ones in the shape and dtype of x."""
    return _finished(np.ones(x._data.shape, _like(x, dtype)), requires_grad, device)


def empty_like(x: Tensor, *, dtype: Any = None, device: Any = None, requires_grad: bool = False) -> Tensor:
    """Whatever is in memory, in the shape and dtype of x."""
    return _finished(np.empty(x._data.shape, _like(x, dtype)), requires_grad, device)


def full_like(
    x: Tensor, fill_value: Any, *, dtype: Any = None, device: Any = None, requires_grad: bool = False
) -> Tensor:
    """One value in the shape and dtype of x."""
    return full(x.shape, fill_value, dtype=_like(x, dtype), device=device, requires_grad=requires_grad)


def eye(n: int, m: int | None = None, *, dtype: Any = None, device: Any = None, requires_grad: bool = False) -> Tensor:
    """The identity matrix of n rows and m (by default n) columns."""
    return _finished(np.eye(n, m, dtype=_floating(dtype)), requires_grad, device)


def arange(
    start: Any, end: Any = None, step: Any = 1, *, dtype: Any = None, device: Any = None, requires_grad: bool = False
) -> Tensor:
    """start, start + step, … up to, without, end; `arange(end)` from 0. int64 if all three are whole.

    >>> import tinygrad_lite as tl
    >>> tl.arange(1, 2, 0.5)
    tensor([1.0000, 1.5000])
    """
    if end is None:
        start, end = 0, start
    start, end, step = (v.item() if isinstance(v, (Tensor, np.generic)) else v for v in (start, end, step))
    if step == 0:
        raise RuntimeError("arange: step must be nonzero")
    if (end - start) * step < 0:
        raise RuntimeError("arange: upper bound and lower bound inconsistent with step sign")
    if dtype is None:
        dtype = dtypes.int64 if all(isinstance(v, int) for v in (start, end, step)) else dtypes.get_default_dtype()
    count = math.ceil((end - start) / step)
    values = start + step * np.arange(count, dtype=np.int64 if isinstance(start + step, int) else np.float64)
    return _finished(values.astype(dtypes.as_dtype(dtype)), requires_grad, device)


def linspace(
    start: Any, end: Any, steps: int, *, dtype: Any = None, device: Any = None, requires_grad: bool = False
) -> Tensor:
    """`steps` values at equal distances from start to end, both included."""
    if steps < 0:
        raise RuntimeError("linspace: number of steps must be non-negative")
    return _finished(np.linspace(float(start), float(end), steps).astype(_floating(dtype)), requires_grad, device)


def logspace(
    start: Any,
    end: Any,
    steps: int,
    base: float = 10.0,
    *,
    dtype: Any = None,
    device: Any = None,
    requires_grad: bool = False,
) -> Tensor:
    """base to the power of `steps` values at equal distances from start to end."""
    if steps < 0:
        raise RuntimeError("logspace: number of steps must be non-negative")
    exponents = np.linspace(float(start), float(end), steps)
    return _finished(np.power(float(base), exponents).astype(_floating(dtype)), requires_grad, device)


def is_tensor(obj: Any) -> bool:
    """Whether this is a Tensor."""
    return isinstance(obj, Tensor)


def numel(x: Tensor) -> int:
    """The number of elements."""
    return x.numel()


def broadcast_shapes(*shapes: Any) -> Size:
    """The shape to which all the shapes are broadcast.

    Raises:
        RuntimeError: if there is none.

    >>> import tinygrad_lite as tl
    >>> tl.broadcast_shapes((2, 1), (3,))
    Size([2, 3])
    """
    return Size(common_shape(*shapes))


def tril_indices(row: int, col: int, offset: int = 0, *, dtype: Any = dtypes.int64, device: Any = None) -> Tensor:
    """The rows and the columns, a row of the result each, of the elements on and below a diagonal of a matrix."""
    return _finished(np.array(np.tril_indices(row, offset, col)).astype(dtypes.as_dtype(dtype)), False, device)


def triu_indices(row: int, col: int, offset: int = 0, *, dtype: Any = dtypes.int64, device: Any = None) -> Tensor:
    """The rows and the columns, a row of the result each, of the elements on and above a diagonal of a matrix."""
    return _finished(np.array(np.triu_indices(row, offset, col)).astype(dtypes.as_dtype(dtype)), False, device)
