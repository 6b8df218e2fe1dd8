"""Checks that arguments are Tensors, numbers, and floating, with PyTorch's message first and then the way out.

They take the name of the function whose argument is checked, the argument's name and its position, counted from 1.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any, TypeVar

import numpy as np

from ...core.argument_types import type_name, wrong_type
from ...core.errors import explained, name_operation
from ...core.modes import in_force, thread
from ...tensors.tensor import Tensor

_SCALAR_TYPES = {
    "float16": "Half", "float32": "Float", "float64": "Double", "bool": "Bool", "uint8": "Byte", "int8": "Char",
    "int16": "Short", "int32": "Int", "int64": "Long",
}  # fmt: skip


F = TypeVar("F", bound=Callable[..., Any])


def named_in_errors(function: F) -> F:
    """Let the error of a call that fails say which function was called, and which argument is of a wrong type.

    It does so for a function that passes most of its arguments on to others, which know neither its name nor that of
    the argument. Calls that succeed check nothing.
    """

    @functools.wraps(function)
    def call(*args: Any, **kwargs: Any) -> Any:
        try:
            return function(*args, **kwargs)
        except (AttributeError, TypeError, ValueError, OverflowError, RuntimeError, IndexError) as error:
            found = explained(error, function, args, kwargs)
            if found is error:
                name_operation(error, function.__name__)
            raise found  # noqa: B904  # it carries the cause itself

    return call  # type: ignore[return-value]  # it has the signature of the function


def scalar_type(dtype: Any) -> str:
    """Return PyTorch's name of a dtype in its messages: Float for float32, Long for int64."""
    return _SCALAR_TYPES.get(str(dtype), str(dtype))


def check_tensors(function: str, **arguments: Any) -> None:
    """Raise a TypeError unless all the arguments, which are the function's first ones in this order, are Tensors."""
    for position, (argument, value) in enumerate(arguments.items(), start=1):
        if not isinstance(value, Tensor):
            raise not_a_tensor(function, argument, position, value)


def check_optional_tensor(function: str, argument: str, position: int, value: Any) -> None:
    """Raise a TypeError unless the argument is a Tensor or None."""
    if value is not None and not isinstance(value, Tensor):
        raise not_a_tensor(function, argument, position, value)


def check_constant(function: str, argument: str, value: Any) -> None:
    """Raise a RuntimeError for a Tensor that requires a gradient where there is no derivative by it."""
    if value is not None and value.requires_grad and in_force(thread).recording:
        raise RuntimeError(
            f"The function '{function}' is not differentiable with respect to argument '{argument}'. This input cannot "
            f"have requires_grad True: pass {argument}.detach()"
        )


def as_number(function: str, argument: str, position: int, value: Any, kind: str = "float") -> Any:
    """Return Python's number for one of Python or NumPy, so that it does not change the dtype of what it meets.

    A Tensor, which may hold a number, is returned as it is; anything else raises a TypeError.
    """
    if type(value) is float or type(value) is int:
        return value
    if isinstance(value, (np.number, np.bool_)):
        return value.item()
    if isinstance(value, (float, int, np.ndarray, Tensor)):
        return value
    place = f"argument '{argument}' (position {position})"
    raise TypeError(f"{function}(): {place} must be {kind}, not {type_name(value)}")


def check_floating(function: str, *tensors: Tensor) -> None:
    """Raise a NotImplementedError unless one of the Tensors is floating, so that all meet in a floating dtype."""
    for x in tensors:
        if x._data.dtype.kind == "f":
            return
    dtype = tensors[0].dtype
    raise NotImplementedError(
        f"\"{function}\" not implemented for '{scalar_type(dtype)}': it needs a floating dtype, and got {dtype}; "
        "convert with .float() first"
    )


def not_a_tensor(function: str, argument: str, position: int, value: Any) -> TypeError:
    """Return the error for an argument that must be a Tensor and is not."""
    return wrong_type(function, argument, position, "Tensor", value)
