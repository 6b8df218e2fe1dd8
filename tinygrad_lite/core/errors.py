"""Errors that say which operation failed, on what, in PyTorch's classes."""

from __future__ import annotations

from typing import Any

import numpy as np

from .primitive import Primitive


def explained(error: Exception, primitive: Primitive, args: list[Any]) -> Exception:
    """NumPy's error as PyTorch would raise it, naming the operation and its arguments, with its cause set.

    What the library itself raised passes unchanged: it already says so.
    """
    explanation = _explanation(error, primitive, args)
    if explanation is not error:  # an error that is its own cause would be a cycle, and hold on to the graph
        explanation.__cause__ = error
    return explanation


def _explanation(error: Exception, primitive: Primitive, args: list[Any]) -> Exception:
    name = primitive.name
    if isinstance(error, np.exceptions.AxisError):
        return IndexError(f"{name}: Dimension out of range: {error}; {described(args)}")
    if isinstance(error, IndexError):
        return IndexError(f"{name}: {error}; {described(args)}")
    if isinstance(error, TypeError) and "ufunc" in str(error):
        return unsupported(primitive, [x.dtype for x in args if isinstance(x, np.ndarray)])
    if isinstance(error, AttributeError):
        return TypeError(f"{name}: a Tensor is needed; the arguments are {described(args)}")
    if isinstance(error, OverflowError):
        return RuntimeError(f"{name}: value cannot be converted without overflow: {error}")
    if isinstance(error, ValueError):
        if "broadcast" in str(error):
            return RuntimeError(
                f"{name}: the shapes cannot be broadcast together: {described(args)}. From the last dimension back, "
                "sizes must be equal, or one of them 1 or missing"
            )
        return RuntimeError(f"{name}: {error}; {described(args)}")
    return error


def unsupported(primitive: Primitive, dtypes: list[Any]) -> Exception:
    """The error for dtypes in which a primitive cannot be computed."""
    names = " and ".join(dict.fromkeys(map(str, dtypes)))
    return NotImplementedError(f'"{primitive.name}" not implemented for {names}: use .float() or .long() first')


def refuse_bools(primitive: Primitive, values: list[Any]) -> None:
    """Refuse a difference of bools, of which PyTorch says that it is usually a mistake."""
    if any(getattr(x, "dtype", None) == np.bool_ or isinstance(x, bool) for x in values):
        kind = "Subtraction" if len(values) > 1 else "Negation"
        raise RuntimeError(
            f"{primitive.name}: {kind}, the `-` operator, with a bool tensor is not supported. If you are trying to "
            "invert a mask, use the `~` or `logical_not()` operator instead"
        )


def described(args: list[Any]) -> str:
    """The arguments in a word or two each: shapes of arrays, other values as they are."""
    return ", ".join(f"shape {x.shape}" if isinstance(x, np.ndarray) else _short(x) for x in args)


def _short(x: Any) -> str:
    text = repr(x)
    return text if len(text) <= 40 else text[:37] + "..."
