"""The `inplace=` argument of activations."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ...core.promotion import float16
from ...functions.arguments import rounded_once
from ...tensors.in_place import write_in_place
from ...tensors.tensor import Tensor
from .argument_types import not_a_tensor


def apply(name: str, function: Callable[[Tensor], Any], input: Tensor, inplace: bool) -> Tensor:
    """Apply a function of one Tensor; with `inplace` the Tensor takes the result and its history."""
    if not isinstance(input, Tensor):
        raise not_a_tensor(name, "input", 1, input)
    if input._data.dtype is float16:
        function = rounded_once(function)
    return write_in_place(input, function) if inplace else function(input)
