"""Errors in PyTorch's classes and with its phrases, which say what failed, on what, and what to do instead."""

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
    texts = (f"shape {x.shape}" if isinstance(x, np.ndarray) else repr(x) for x in args)
    return ", ".join(text if len(text) <= 40 else text[:37] + "..." for text in texts)


def freed(name: str) -> RuntimeError:
    return RuntimeError(
        f"Trying to backward through the graph a second time: {name}() has already freed what it had saved for its "
        "derivative. If you want to go through the same graph twice, pass retain_graph=True to the first backward(). "
        "If this happens from one training step to the next, a value carried over (a hidden state, a running sum of "
        "losses) still holds the last step's graph: carry x.detach() instead"
    )


def changed(name: str, array: Any) -> RuntimeError:
    return RuntimeError(
        "one of the variables needed for gradient computation has been modified by an inplace operation: "
        f"{name}() saved an array of shape {array.shape} ({array.dtype}) for its derivative, and the memory was "
        "written before backward() read it (in place, through a view, or through a NumPy array that shares it). Change "
        "a copy instead (x = x + 1 rather than x += 1, or x.clone()), or call backward() first"
    )


def invalid_gradient(name: str, shape: Any, expected: Any) -> RuntimeError:
    return RuntimeError(
        f"{name}: its derivative returned an invalid gradient: got {list(shape)}, but expected shape compatible with "
        f"{list(expected)}"
    )


def no_history(i: int) -> RuntimeError:
    return RuntimeError(
        f"element {i} of tensors does not require grad and does not have a grad_fn: nothing that it was computed from "
        "has requires_grad=True (or it was computed under no_grad, or detached)"
    )


def not_scalar(shape: Any) -> RuntimeError:
    return RuntimeError(
        f"grad can be implicitly created only for scalar outputs: this one has the shape {list(shape)}. Reduce it "
        "first (y.sum().backward()), or pass its gradient (y.backward(ones_like(y)))"
    )


def mismatched(i: int, gradient: Any, output: Any) -> RuntimeError:
    return RuntimeError(
        f"Mismatch in shape: grad_output[{i}] has a shape of {list(gradient)} and output[{i}] has a shape of "
        f"{list(output)}."
    )


def not_floating(dtype: Any) -> RuntimeError:
    return RuntimeError(
        f"only Tensors of floating point dtype can require gradients, not {dtype}: write the values with a point (1. "
        "for 1), or pass dtype=float32"
    )


def not_a_leaf() -> RuntimeError:
    return RuntimeError(
        "you can only change requires_grad flags of leaf variables. To use a computed variable in a part of the graph "
        "that needs no gradient, use x.detach()"
    )
