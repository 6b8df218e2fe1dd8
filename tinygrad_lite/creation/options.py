"""The arguments that all functions have which make Tensors: sizes, dtypes, numbers."""

from __future__ import annotations

import operator
from typing import Any

import numpy as np

from ..core.argument_types import type_name, wrong_type
from ..core.inference import made
from ..core.promotion import DType
from ..functions.arguments import new_shape
from ..tensors.tensor import Tensor
from ..types import dtypes
from ..types.annotations import DTypeLike
from ..types.devices import check_device


def finished(array: Any, requires_grad: bool, device: Any = None) -> Tensor:
    """The Tensor of an array, as a leaf that requires a gradient if one is asked for.

    Raises:
        TypeError: if `requires_grad` is not a bool.
    """
    if not isinstance(requires_grad, (bool, np.bool_)) and requires_grad is not None:
        raise TypeError(f"argument 'requires_grad' must be bool, not {type_name(requires_grad)}")
    check_device(device)
    t: Tensor = made(array)
    return t.requires_grad_() if requires_grad else t


def shape_of(function: str, size: tuple[Any, ...], named: dict[str, Any]) -> tuple[int, ...]:
    """The shape given to a function, by sizes one by one, in a tuple or by the name `size`."""
    if named and (size or set(named) != {"size"}):
        raise TypeError(f"{function}() got an unexpected keyword argument {next(iter(named))!r}")
    if not size and not named:
        raise TypeError(
            f'{function}() missing 1 required positional arguments: "size". Write {function}(()) for a single number'
        )
    return new_shape((named["size"],) if named else size, function)


def float_dtype(dtype: DTypeLike | None) -> DType:
    """The dtype given, or else the default one."""
    return dtypes.get_default_dtype() if dtype is None else dtypes.as_dtype(dtype)


def dtype_like(function: str, x: Tensor, dtype: DTypeLike | None) -> DType:
    """The dtype given, or else that of a Tensor.

    Raises:
        TypeError: if x is not a Tensor.
    """
    if not isinstance(x, Tensor):
        raise wrong_type(function, "input", 1, "Tensor", x)
    return x.dtype if dtype is None else dtypes.as_dtype(dtype)


def number(function: str, argument: str, position: int, value: Any) -> Any:
    """One of Python's numbers, also from a Tensor of one element.

    Raises:
        TypeError: for what is none.
    """
    if isinstance(value, Tensor) and value._data.size == 1:
        return value.item()
    if isinstance(value, (np.integer, np.floating, np.bool_)):
        return value.item()
    if not isinstance(value, (int, float)):
        raise wrong_type(function, argument, position, "Number", value)
    return value


def whole_number(function: str, argument: str, position: int, value: Any) -> int:
    """One of Python's whole numbers, also from a Tensor of one.

    Raises:
        TypeError: for what is none.
    """
    try:
        return operator.index(value)
    except TypeError:
        raise wrong_type(function, argument, position, "int", value) from None
