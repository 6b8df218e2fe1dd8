"""Names for annotations, and a decorator: copies of PyTorch's own layers import them from `torch._jit_internal`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Dict, Final, List, Optional, Tuple, TypeVar, Union  # noqa: UP035  # by these names

__all__ = ["Any", "Callable", "Dict", "Final", "List", "Optional", "Tuple", "Union", "_overload"]

F = TypeVar("F")


def _overload(function: F) -> F:
    """Mark one of several signatures for TorchScript, of which there is none here: nothing happens."""
    return function
