"""The arguments of functions that slide windows over images: sizes for each dimension, and inputs without a batch."""

from __future__ import annotations

import operator
from collections.abc import Callable, Sequence
from typing import Any

from ...core.argument_types import type_name
from ...core.views import without_hidden_base
from ...tensors.tensor import Tensor
from .argument_types import scalar_type

Sizes = int | Sequence[int]
"""One number for all dimensions, or one for each."""

_NUMBERS = {1: "one int", 2: "two ints", 3: "three ints"}


def as_sizes(
    function: str, argument: str, value: Any, ndim: int, error: Callable[[list[int]], str] | None = None
) -> tuple[int, ...]:
    """One whole number for each of the dimensions, of one for all of them or of as many.

    Args:
        function, argument: what the value is for, in an error.
        value: the number or numbers.
        ndim: how many dimensions there are.
        error: makes the message for another number of numbers; None for that of pooling.

    Raises:
        TypeError: if it is anything else.
        RuntimeError: for another number of numbers.
    """
    if type(value) is int:
        return (value,) * ndim
    sizes = whole_numbers(function, argument, value)
    if len(sizes) == 1:
        return sizes * ndim
    if len(sizes) != ndim:
        raise RuntimeError(
            error(list(sizes))
            if error is not None
            else f"{function}: {argument} must either be a single int, or a tuple of {_NUMBERS[ndim]}; it is "
            f"{list(sizes)}"
        )
    return sizes


def whole_numbers(function: str, argument: str, value: Any) -> tuple[int, ...]:
    """The whole numbers of a tuple or list, or the only one.

    Raises:
        TypeError: naming the argument and, in a sequence, the place of what is none.
    """
    found: list[int] = []
    several = isinstance(value, (tuple, list))
    for place, n in enumerate(value if several else (value,)):
        try:
            if isinstance(n, bool):
                raise TypeError
            found.append(operator.index(n))
        except TypeError:
            what = f"but found element of type {type_name(n)} at pos {place}" if several else f"not {type_name(n)}"
            raise TypeError(f"{function}(): argument '{argument}' must be tuple of ints, {what}") from None
    return tuple(found)


def whole_number(function: str, argument: str, value: Any) -> int:
    """A whole number, of Python, of NumPy, or in a Tensor.

    Raises:
        TypeError: naming the argument.
    """
    try:
        if isinstance(value, bool):
            raise TypeError
        return operator.index(value)
    except TypeError:
        raise TypeError(f"{function}(): argument '{argument}' must be int, not {type_name(value)}") from None


def check_bools(function: str, **arguments: Any) -> None:
    """Raise a TypeError unless all the arguments are True or False: what only counts as such may be a mistake."""
    for argument, value in arguments.items():
        if not isinstance(value, bool):
            raise TypeError(f"{function}(): argument '{argument}' must be bool, not {type_name(value)}")


def with_batch(input: Tensor, ndim: int) -> Tensor:
    """The input with a dimension for the samples; a single sample (C, …) becomes a batch of one."""
    return input if input._data.ndim == ndim + 2 else input.unsqueeze(0)


def without_batch(out: Any, input: Tensor, ndim: int) -> Any:
    """A result, or several, without the dimension for the samples if the input had none."""
    if isinstance(out, tuple):
        return tuple(without_batch(x, input, ndim) for x in out)
    if input._data.ndim == ndim + 1:
        out = out.squeeze(0)
    return without_hidden_base(out, (input,))


def not_implemented(kernel: str, input: Tensor) -> NotImplementedError:
    """The error for a dtype in which a function does not compute: PyTorch's phrase, and the way out."""
    return NotImplementedError(
        f"\"{kernel}\" not implemented for '{scalar_type(input.dtype)}': the input is {input.dtype}; convert it with "
        ".float()"
    )


def times(sizes: Sequence[Any]) -> str:
    """Sizes as PyTorch writes them: 3 x 4."""
    return " x ".join(map(str, sizes))
