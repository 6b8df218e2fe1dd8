"""Errors that say which operation failed, on what, in PyTorch's classes."""

from __future__ import annotations

from typing import Any

import numpy as np

from .primitive import Primitive


def explained(error: Exception, primitive: Primitive, args: list[Any]) -> Exception:
    """NumPy's error as PyTorch would raise it, naming the operation and its arguments.

    What the library itself raised passes unchanged: it already says so.
    """
    name = primitive.name
    if isinstance(error, np.exceptions.AxisError):
        return IndexError(f"{name}: Dimension out of range: {error}; {described(args)}")
    if isinstance(error, IndexError):
        return IndexError(f"{name}: {error}; {described(args)}")
    if isinstance(error, np.exceptions.DTypePromotionError) or type(error).__module__.startswith("numpy"):
        dtypes = ", ".join(str(x.dtype) for x in args if isinstance(x, np.ndarray))
        return RuntimeError(f'"{name}" not implemented for {dtypes}: {error}')
    if isinstance(error, ValueError):
        if "broadcast" in str(error):
            return RuntimeError(
                f"{name}: the shapes cannot be broadcast together: {described(args)}. From the last dimension back, "
                "sizes must be equal, or one of them 1 or missing"
            )
        return RuntimeError(f"{name}: {error}; {described(args)}")
    return error


def described(args: list[Any]) -> str:
    """The arguments in a word or two each: shapes of arrays, other values as they are."""
    return ", ".join(f"shape {x.shape}" if isinstance(x, np.ndarray) else _short(x) for x in args)


def _short(x: Any) -> str:
    text = repr(x)
    return text if len(text) <= 40 else text[:37] + "..."
