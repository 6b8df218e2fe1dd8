"""Methods that make a new Tensor in the dtype of this one, and what `Tensor(…)` makes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from ..core.argument_types import wrong_type
from ..core.array_functions import copied
from ..core.inference import made
from ..core.primitive import Array
from ..core.promotion import DType
from ..core.tensor import TensorBase
from ..functions.arguments import new_shape
from ..ops import creation
from ..types import dtypes
from ..types.annotations import Data, DTypeLike, Number, Tensor
from ..types.devices import check_device
from ..types.sizes import Size
from .batched_data import like
from .data import array_from


def new(cls: type[Tensor], *data: Data) -> Tensor:
    """A Tensor of the default dtype: `Tensor(values)` of the values, `Tensor(2, 3)` of that shape, uninitialised."""
    dtype = dtypes.get_default_dtype()
    if len(data) != 1 or isinstance(data[0], int):
        shape: Any = data or (0,)
        return made(np.empty(new_shape(shape, "Tensor"), dtype), cls=cls)
    (values,) = data
    if values is None or callable(values):
        raise TypeError(f"new(): data must be a sequence (got {type(values).__name__})")
    return made(np.array(array_from(values, dtype)), cls=cls)


def _make(x: Tensor, fill: Callable[[DType], Array], dtype: Any, device: Any, requires_grad: bool) -> Tensor:
    check_device(device)
    new = made(like(x._data, fill(x._data.dtype if dtype is None else dtypes.as_dtype(dtype))))
    return new.requires_grad_() if requires_grad else new


def _shape(method: str, size: tuple[Any, ...], named: dict[str, Any]) -> tuple[int, ...]:
    if named and (size or set(named) != {"size"}):
        raise TypeError(f"{method}() got an unexpected keyword argument {next(iter(named))!r}")
    if not size and not named:
        raise TypeError(
            f'{method}() missing 1 required positional arguments: "size". Write {method}(()) for one number'
        )
    return new_shape((named["size"],) if named else size, method)


def new_of(self: Tensor, *data: Any, device: str | None = None) -> Tensor:
    """A new Tensor in the dtype of this one: `x.new(values)` of the values, `x.new(2, 3)` of that shape, uninitialised.

    It is an older form of `new_tensor`, `new_empty` and `new_zeros`.

    Args:
        data: a sequence, an array, a Tensor of this dtype or a Size; or sizes, one by one.
        device: the CPU.

    Raises:
        TypeError: for a Tensor of another dtype, and for a number with a point.

    >>> import tinygrad_lite as tl
    >>> x = tl.zeros(2, dtype=tl.float64)
    >>> x.new([1, 2]), x.new(2, 3).shape
    (tensor([1., 2.], dtype=float64), Size([2, 3]))
    """
    check_device(device)
    if len(data) != 1 or isinstance(data[0], (int, Size)):
        return new_empty(self, *(data or (0,)))
    (values,) = data
    if isinstance(values, TensorBase):
        if values.dtype != self.dtype:
            raise TypeError(
                f"new(): expected a Tensor of dtype {self.dtype} (got {values.dtype}): convert it with to()"
            )
        return values.detach()
    if isinstance(values, float):
        raise TypeError("new(): data must be a sequence (got float)")
    return new_tensor(self, values)


def new_tensor(
    self: Tensor,
    data: Data,
    *,
    dtype: DTypeLike | None = None,
    device: str | None = None,
    requires_grad: bool = False,
) -> Tensor:
    """A new Tensor with a copy of the values, in the dtype of this one.

    Args:
        data: a number, nested sequences, an array or a Tensor.
        dtype: another dtype.
        device: the CPU.
        requires_grad: whether the new Tensor is to have a gradient.

    Raises:
        RuntimeError: for numbers outside the dtype, and for what is neither a number nor a sequence.
        ValueError: for nested sequences of different lengths.
        TypeError: for a text.

    >>> import tinygrad_lite as tl
    >>> tl.zeros(2, dtype=tl.int64).new_tensor([1.9, -1.9])
    tensor([ 1, -1])
    """
    values = data
    if isinstance(data, TensorBase):
        values = data._read("new_tensor() is given a Tensor, whose values it reads: use clone() and to()")
    return _make(self, lambda dtype: copied(array_from(values, dtype)), dtype, device, requires_grad)


def new_zeros(
    self: Tensor,
    *size: int | Sequence[int],
    dtype: DTypeLike | None = None,
    device: str | None = None,
    requires_grad: bool = False,
    **named: Sequence[int],
) -> Tensor:
    """Zeros in the dtype of this Tensor.

    Args:
        size: the length of each dimension, one by one or in a tuple.
        dtype: another dtype.
        device: the CPU.
        requires_grad: whether the new Tensor is to have a gradient.

    Raises:
        RuntimeError: for a negative length.
        TypeError: for a length that is not a whole number.

    >>> import tinygrad_lite as tl
    >>> tl.tensor([1, 2]).new_zeros(3)
    tensor([0, 0, 0])
    """
    shape = _shape("new_zeros", size, named)
    return _make(self, lambda dtype: creation.zeros(shape, dtype), dtype, device, requires_grad)


def new_ones(
    self: Tensor,
    *size: int | Sequence[int],
    dtype: DTypeLike | None = None,
    device: str | None = None,
    requires_grad: bool = False,
    **named: Sequence[int],
) -> Tensor:
    """Ones in the dtype of this Tensor; arguments and errors are those of `new_zeros`.

    >>> import tinygrad_lite as tl
    >>> tl.tensor([True]).new_ones(1, 2)
    tensor([[True, True]])
    """
    shape = _shape("new_ones", size, named)
    return _make(self, lambda dtype: creation.ones(shape, dtype), dtype, device, requires_grad)


def new_empty(
    self: Tensor,
    *size: int | Sequence[int],
    dtype: DTypeLike | None = None,
    device: str | None = None,
    requires_grad: bool = False,
    **named: Sequence[int],
) -> Tensor:
    """Uninitialised elements in the dtype of this Tensor; arguments and errors are those of `new_zeros`.

    >>> import tinygrad_lite as tl
    >>> tl.zeros(2, dtype=tl.float64).new_empty((3, 1)).shape
    Size([3, 1])
    """
    shape = _shape("new_empty", size, named)
    return _make(self, lambda dtype: creation.empty(shape, dtype), dtype, device, requires_grad)


def new_full(
    self: Tensor,
    size: int | Sequence[int],
    fill_value: Tensor | Number,
    *,
    dtype: DTypeLike | None = None,
    device: str | None = None,
    requires_grad: bool = False,
) -> Tensor:
    """One value in all elements, in the dtype of this Tensor.

    Args:
        size: the length of each dimension, in a tuple.
        fill_value: the value.
        dtype: another dtype.
        device: the CPU.
        requires_grad: whether the new Tensor is to have a gradient.

    Raises:
        RuntimeError: for a negative length, and for a value outside the dtype.
        TypeError: for a length that is not a whole number, and for a value that is no number.

    >>> import tinygrad_lite as tl
    >>> tl.zeros(2, dtype=tl.int64).new_full((3,), 7)
    tensor([7, 7, 7])
    """
    value: Any = fill_value._read() if isinstance(fill_value, TensorBase) else fill_value
    if not isinstance(value, (int, float, np.ndarray, np.generic)):
        raise wrong_type("new_full", "fill_value", 2, "Number", value)
    shape = new_shape((size,), "new_full")

    def filled(dtype: DType) -> Array:
        return creation.full(shape, dtypes.fitted(value, dtype), dtype)

    return _make(self, filled, dtype, device, requires_grad)
