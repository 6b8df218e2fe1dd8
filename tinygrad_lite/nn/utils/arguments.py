"""Parameters as the functions of `nn.utils` are given them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from ...tensors.tensor import Tensor

Tensors = Tensor | Iterable[Tensor]


def checked_tensors(function: str, argument: str, given: Tensors) -> list[Tensor]:
    """One Tensor or several as a list.

    Raises:
        TypeError: if it is neither, naming the function and the argument.
    """
    if isinstance(given, Tensor):
        return [given]
    if hasattr(given, "named_parameters"):
        raise _error(function, argument, given)
    if not isinstance(given, Iterable):
        raise _error(function, argument, given)
    found = list(given)
    for x in found:
        if not isinstance(x, Tensor):
            raise _error(function, argument, x, " in an iterable")
    return found


def _error(function: str, argument: str, given: Any, where: str = "") -> TypeError:
    remedy = ""
    if hasattr(given, "named_parameters"):
        remedy = ": pass model.parameters()"
    elif isinstance(given, tuple):
        remedy = ": named_parameters() gives pairs; pass parameters()"
    elif callable(given):
        remedy = f": call it, {getattr(given, '__name__', 'parameters')}()"
    kind = type(given).__name__
    return TypeError(
        f"{function}(): argument '{argument}' must be a Tensor or an iterable of Tensors, not {kind}{where}{remedy}"
    )
