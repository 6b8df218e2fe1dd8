"""The table of conversions: for each function of a program what it is in ONNX."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

CONVERSIONS: dict[str, Callable[..., str]] = {}
"""Each takes the graph, the step and the arguments of the call, and returns the name of the result."""


def converts(*names: str) -> Callable[[Callable[..., str]], Callable[..., str]]:
    """Register the conversion of the functions of these names."""

    def register(function: Callable[..., Any]) -> Callable[..., Any]:
        for name in names:
            CONVERSIONS[name] = function
        return function

    return register
