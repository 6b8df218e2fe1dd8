"""Tensors from values that are there already: Python's numbers, arrays, other libraries' tensors, bytes."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..core import versions as memory
from ..core.array_functions import copied
from ..core.inference import made
from ..tensors.data import array_from
from ..tensors.tensor import Tensor
from ..types import dtypes
from ..types.annotations import Data, DTypeLike
from ..types.devices import check_device
from .options import finished


def tensor(
    data: Data,
    *,
    dtype: DTypeLike | None = None,
    device: str | None = None,
    requires_grad: bool = False,
) -> Tensor:
    """A new Tensor with a copy of the values.

    Args:
        data: a number, nested sequences of numbers, an array, what can become one (by `__array__`, `__dlpack__` or as
            memory), or a Tensor. The shape is theirs: `()` for a number. A Tensor of one element in a sequence stands
            for its number.
        dtype: by default the default dtype for Python's floats, int64 for its ints, bool for its bools, and the own
            dtype of what has one.
        device: where the Tensor is to be; there is only the CPU.
        requires_grad: whether `backward()` is to compute a gradient for it.

    Raises:
        RuntimeError: for what is neither a number nor a sequence of numbers; for a number outside the dtype; and if
            whole numbers are to require a gradient.
        ValueError: for nested sequences of different lengths, and for whole numbers that int64 cannot hold.
        TypeError: for a text.

    >>> import tinygrad_lite as tl
    >>> tl.tensor([[1, 2], [3, 4]]), tl.tensor(0.5)
    (tensor([[1, 2],
            [3, 4]]), tensor(0.5000))
    >>> import numpy as np
    >>> tl.tensor(np.array([0.5])).dtype, tl.tensor([0.5]).dtype  # Python's floats become float32
    (dtype('float64'), dtype('float32'))
    """
    if isinstance(data, Tensor):
        array = copied(data._data, None if dtype is None else dtypes.as_dtype(dtype))
    else:
        array = array_from(data, dtype)
        if type(data) not in (list, tuple, bool, int, float):  # it may have the memory of something else
            array = copied(array)
    return finished(array, requires_grad, device)


def as_tensor(data: Data, dtype: DTypeLike | None = None, device: str | None = None) -> Tensor:
    """A Tensor of the values, without a copy where that is possible.

    A Tensor that has the dtype already is returned itself, and an array that has it shares its memory.

    Args:
        data: as for `tensor`, of any shape.
        dtype: as for `tensor`.
        device: where the Tensor is to be; there is only the CPU.

    Raises:
        RuntimeError, ValueError, TypeError: as `tensor` does.

    >>> import numpy as np, tinygrad_lite as tl
    >>> a = np.zeros(2)
    >>> shared, copied = tl.as_tensor(a), tl.as_tensor(a, dtype=tl.float32)
    >>> a[0] = 1
    >>> shared, copied
    (tensor([1., 0.], dtype=float64), tensor([0., 0.]))
    """
    check_device(device)
    if isinstance(data, Tensor):
        return data if dtype is None else data.to(dtypes.as_dtype(dtype))
    array = array_from(data, dtype)
    if not isinstance(data, (list, tuple, int, float)):  # what it is made of may have its memory
        memory.borrow(array)
    return made(array)


asarray = as_tensor


def from_numpy(ndarray: np.ndarray[Any, Any]) -> Tensor:
    """A Tensor of the shape and dtype of an array, in the same memory: a change of one is seen in the other.

    The graph notices such a change: `backward()` raises if it needs the old values.

    Args:
        ndarray: the array, of a floating or whole-number dtype that Tensors have, or of bools.

    Raises:
        TypeError: for what is not an array, or is of another dtype.
        ValueError: for an array in another byte order than this machine's.

    >>> import numpy as np, tinygrad_lite as tl
    >>> a = np.zeros(2)
    >>> t = tl.from_numpy(a)
    >>> a[0] = 1
    >>> t
    tensor([1., 0.], dtype=float64)
    """
    if not isinstance(ndarray, np.ndarray):
        raise TypeError(
            f"expected np.ndarray (got {type(ndarray).__name__}). from_numpy shares the memory of an array; use "
            "tensor(...) for other values"
        )
    if not ndarray.dtype.isnative:
        raise ValueError(
            "given numpy array has byte order different from the native byte order. Conversion between byte orders is "
            "currently not supported: convert it with .astype first"
        )
    array = array_from(ndarray).view(np.ndarray)
    memory.borrow(array)
    return made(array)


def from_dlpack(ext_tensor: Any) -> Tensor:
    """A Tensor of the shape and dtype of another library's, in the same memory, through DLPack; nothing is copied.

    Args:
        ext_tensor: an object that has `__dlpack__`, such as a Tensor of PyTorch on the CPU.

    Raises:
        TypeError: for what has not, and for a dtype that Tensors do not have.
        BufferError: where the object cannot lend its memory.

    >>> import numpy as np, tinygrad_lite as tl
    >>> tl.from_dlpack(np.array([1, 2]))
    tensor([1, 2])
    """
    if isinstance(ext_tensor, Tensor):
        return ext_tensor.detach()
    if not hasattr(ext_tensor, "__dlpack__"):
        raise TypeError(
            f"from_dlpack: an object with a __dlpack__ method is needed, not {type(ext_tensor).__name__}: "
            f"{ext_tensor!r:.40}"
        )
    array = array_from(np.from_dlpack(ext_tensor))
    memory.borrow(array)
    return made(array)


def frombuffer(
    buffer: Any, *, dtype: DTypeLike, count: int = -1, offset: int = 0, requires_grad: bool = False
) -> Tensor:
    """A Tensor of one dimension in the memory of an object that has bytes, such as a bytearray.

    Args:
        buffer: the object.
        dtype: how its bytes are to be read.
        count: the number of elements, by default as many as there are.
        offset: how many bytes to pass over at the beginning.
        requires_grad: whether `backward()` is to compute a gradient for it.

    Raises:
        ValueError: if the object has no bytes, or not as many as are needed; or if they are no multiple of an element.

    >>> import tinygrad_lite as tl
    >>> tl.frombuffer(bytearray([1, 2, 0, 1]), dtype=tl.int16)  # the lower byte comes first
    tensor([513, 256], dtype=int16)
    """
    found = dtypes.as_dtype(dtype)
    try:
        size = memoryview(buffer).nbytes
    except TypeError:
        raise ValueError(
            f"object does not implement Python buffer protocol: frombuffer is given {type(buffer).__name__}"
        ) from None
    if not size or not count:
        raise ValueError(f"both buffer length ({size}) and count ({count}) must not be 0")
    if not 0 <= offset < size:
        raise ValueError(
            f"offset ({offset} bytes) must be non-negative and no greater than buffer length ({size} bytes) minus 1"
        )
    if count < 0 and (size - offset) % found.itemsize:
        raise ValueError(
            f"buffer length ({size - offset} bytes) after offset ({offset} bytes) must be a multiple of element size "
            f"({found.itemsize}): {found} does not fit"
        )
    if count * found.itemsize > size - offset:
        raise ValueError(
            f"requested buffer length ({count} * {found.itemsize} bytes) after offset ({offset} bytes) must not be "
            f"greater than actual buffer length ({size} bytes)"
        )
    array = np.frombuffer(buffer, found, count, offset)
    memory.borrow(array)
    return finished(array, requires_grad)
