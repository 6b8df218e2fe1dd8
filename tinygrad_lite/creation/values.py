"""Tensors from values, and Tensors of regular values."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from ..core import versions as memory
from ..core.array_functions import copied, made_of
from ..core.tensor import wrap
from ..functions.arguments import common_shape, lengths
from ..ops import creation as ops
from ..tensors.tensor import Tensor
from ..types import dtypes
from ..types.devices import check_device
from ..types.sizes import Size


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
        return made_of(data, np.asarray(data, wanted or dtypes.as_dtype(data.dtype)))
    try:
        array = np.asarray(_untensored(data))
    except ValueError as error:
        raise ValueError(f"tensor: the nested sequences are not all of one length ({error})") from None
    if array.dtype.kind not in "biuf":
        raise _refusal(data, array)
    if array.dtype == np.uint64 and not isinstance(data, np.ndarray):
        raise ValueError(f"tensor: {array.max()} is too large for int64")
    if wanted is None:
        wanted = _inferred(data, array)
    elif array.dtype != wanted:
        dtypes.check_fits(array, wanted)
    return made_of(data, array, wanted)


def _refusal(data: Any, array: Any) -> Exception:
    """The error for what is neither number nor bool, in PyTorch's class."""
    message = "numbers and bools are needed"
    if isinstance(data, str):
        return TypeError(f"tensor: a Tensor cannot be made of the text {data!r}: {message}")
    if array.dtype.kind in "US":
        return ValueError(f"tensor: too many dimensions 'str': {message}")
    kinds = {type(x).__name__ for x in array.reshape(-1).tolist()}
    return RuntimeError(f"tensor: Could not infer dtype of {', '.join(sorted(kinds))}: {message}")


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
    if isinstance(data, Tensor):
        array = copied(data._data, None if dtype is None else dtypes.as_dtype(dtype))
    else:
        array = _array_of(data, dtype)
        if type(data) not in (list, tuple, bool, int, float):  # it may have the memory of something else
            array = copied(array)
    return _finished(array, requires_grad, device)


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
        ValueError: for one in another byte order than this machine's.

    >>> import numpy as np, tinygrad_lite as tl
    >>> a = np.zeros(2)
    >>> t = tl.from_numpy(a)
    >>> a[0] = 1
    >>> t
    tensor([1., 0.], dtype=float64)
    """
    if not isinstance(ndarray, np.ndarray):
        raise TypeError(f"from_numpy: expected np.ndarray (got {type(ndarray).__name__})")
    if not ndarray.dtype.isnative:
        raise ValueError("from_numpy: the array is not in this machine's byte order; convert it with .astype first")
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


def _shape(name: str, args: tuple[Any, ...], named: dict[str, Any]) -> tuple[int, ...]:
    """The sizes, given one by one, in a tuple, or by name."""
    if named and (args or set(named) != {"size"}):
        raise TypeError(f"{name}() got unexpected keyword arguments: {', '.join(named)}")
    if not args and not named:
        raise TypeError(f"{name}() missing the size: write {name}(()) for a single number")
    return lengths((named["size"],) if named else args)


def _floating(dtype: Any) -> Any:
    return dtypes.get_default_dtype() if dtype is None else dtypes.as_dtype(dtype)


def zeros(*size: Any, dtype: Any = None, device: Any = None, requires_grad: bool = False, **named: Any) -> Tensor:
    """A Tensor of zeros; its sizes one by one or in a tuple.

    >>> import tinygrad_lite as tl
    >>> tl.zeros(2, 3)
    tensor([[0., 0., 0.],
            [0., 0., 0.]])
    """
    return _finished(ops.zeros(_shape("zeros", size, named), _floating(dtype)), requires_grad, device)


def ones(*size: Any, dtype: Any = None, device: Any = None, requires_grad: bool = False, **named: Any) -> Tensor:
    """A Tensor of ones; its sizes one by one or in a tuple."""
    return _finished(ops.ones(_shape("ones", size, named), _floating(dtype)), requires_grad, device)


def empty(*size: Any, dtype: Any = None, device: Any = None, requires_grad: bool = False, **named: Any) -> Tensor:
    """A Tensor of whatever is in its memory; its sizes one by one or in a tuple."""
    return _finished(ops.empty(_shape("empty", size, named), _floating(dtype)), requires_grad, device)


def full(size: Any, fill_value: Any, *, dtype: Any = None, device: Any = None, requires_grad: bool = False) -> Tensor:
    """A Tensor of one value, in the dtype that `tensor(fill_value)` would have."""
    value = fill_value._data if isinstance(fill_value, Tensor) else fill_value
    if not isinstance(value, (int, float, np.ndarray, np.generic)):
        raise TypeError(f"full(): argument 'fill_value' (position 2) must be Number, not {type(value).__name__}")
    found = tensor(value).dtype if dtype is None else dtypes.as_dtype(dtype)
    dtypes.check_fits(value, found)
    if not isinstance(size, (tuple, list)):
        raise TypeError(f"full(): argument 'size' (position 1) must be tuple of ints, not {type(size).__name__}")
    if isinstance(fill_value, Tensor):
        fill_value._read("full() is given a Tensor, whose value it reads")
    return _finished(ops.full(lengths(size), value, found), requires_grad, device)


def _like(x: Tensor, dtype: Any) -> Any:
    if not isinstance(x, Tensor):
        raise TypeError(f"the first argument must be a Tensor, not {type(x).__name__}")
    return x.dtype if dtype is None else dtypes.as_dtype(dtype)


def zeros_like(x: Tensor, *, dtype: Any = None, device: Any = None, requires_grad: bool = False) -> Tensor:
    """Zeros in the shape and dtype of x."""
    found = _like(x, dtype)
    return _finished(ops.zeros(x._data.shape, found), requires_grad, device)


def ones_like(x: Tensor, *, dtype: Any = None, device: Any = None, requires_grad: bool = False) -> Tensor:
    """Ones in the shape and dtype of x."""
    found = _like(x, dtype)
    return _finished(ops.ones(x._data.shape, found), requires_grad, device)


def empty_like(x: Tensor, *, dtype: Any = None, device: Any = None, requires_grad: bool = False) -> Tensor:
    """Whatever is in memory, in the shape and dtype of x."""
    found = _like(x, dtype)
    return _finished(ops.empty(x._data.shape, found), requires_grad, device)


def full_like(
    x: Tensor, fill_value: Any, *, dtype: Any = None, device: Any = None, requires_grad: bool = False
) -> Tensor:
    """One value in the shape and dtype of x."""
    found = _like(x, dtype)
    return full(x.shape, fill_value, dtype=found, device=device, requires_grad=requires_grad)


def eye(n: int, m: int | None = None, *, dtype: Any = None, device: Any = None, requires_grad: bool = False) -> Tensor:
    """The identity matrix of n rows and m (by default n) columns."""
    rows, columns = lengths((n, n if m is None else m))
    return _finished(ops.eye(rows, columns, _floating(dtype)), requires_grad, device)


def arange(
    start: Any = 0,
    end: Any = None,
    step: Any = 1,
    *,
    dtype: Any = None,
    device: Any = None,
    requires_grad: bool = False,
) -> Tensor:
    """start, start + step, … up to, without, end; `arange(end)` from 0. int64 if all three are whole.

    >>> import tinygrad_lite as tl
    >>> tl.arange(1, 2, 0.5)
    tensor([1.0000, 1.5000])
    """
    if end is None:
        start, end = 0, start
    start, end, step = (v.item() if isinstance(v, (Tensor, np.generic)) else v for v in (start, end, step))
    found = None if dtype is None else dtypes.as_dtype(dtype)
    if found is not None and found.kind in "iu":
        start, end, step = int(start), int(end), int(step)
    if step == 0:
        raise RuntimeError("arange: step must be nonzero")
    if (end - start) * step < 0:
        raise RuntimeError("arange: upper bound and lower bound inconsistent with step sign")
    if found is None:
        found = dtypes.int64 if all(isinstance(v, int) for v in (start, end, step)) else dtypes.get_default_dtype()
    count = math.ceil((end - start) / step)
    return _finished(ops.arange(start, step, count, found), requires_grad, device)


def linspace(
    start: Any, end: Any, steps: int, *, dtype: Any = None, device: Any = None, requires_grad: bool = False
) -> Tensor:
    """`steps` values at equal distances from start to end, both included."""
    if steps < 0:
        raise RuntimeError("linspace: number of steps must be non-negative")
    return _finished(ops.linspace(float(start), float(end), steps, _floating(dtype)), requires_grad, device)


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
    values = ops.logspace(float(start), float(end), steps, float(base), _floating(dtype))
    return _finished(values, requires_grad, device)


def frombuffer(buffer: Any, *, dtype: Any, count: int = -1, offset: int = 0, requires_grad: bool = False) -> Tensor:
    """A Tensor that shares the memory of bytes: `count` elements (by default all) from an offset, in bytes, on."""
    array = np.frombuffer(buffer, dtypes.as_dtype(dtype), count, offset)
    memory.borrow(array)
    return _finished(array, requires_grad)


def is_floating_point(x: Tensor) -> bool:
    """Whether the dtype is a floating one."""
    return bool(x.is_floating_point())


def is_complex(x: Tensor) -> bool:
    """Whether the dtype is a complex one: never."""
    return bool(x.is_complex())


def is_signed(x: Tensor) -> bool:
    """Whether the dtype has negative numbers."""
    return bool(x.is_signed())


def is_nonzero(x: Tensor) -> bool:
    """Whether the one element is not 0."""
    return bool(x.is_nonzero())


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
    return _finished(ops.triangle_indices(True, row, col, offset, dtypes.as_dtype(dtype)), False, device)


def triu_indices(row: int, col: int, offset: int = 0, *, dtype: Any = dtypes.int64, device: Any = None) -> Tensor:
    """The rows and the columns, a row of the result each, of the elements on and above a diagonal of a matrix."""
    return _finished(ops.triangle_indices(False, row, col, offset, dtypes.as_dtype(dtype)), False, device)
