"""The argument of a failed call that is of the wrong type, found by comparing the arguments with the annotations.

This runs only after a call has failed: calls that succeed check nothing.
"""

from __future__ import annotations

import inspect
import typing
from collections.abc import Callable, Iterable, Sequence
from types import NoneType, UnionType
from typing import Any, Literal, Union, get_args, get_origin

import numpy as np

_PACKAGE = __name__.partition(".")[0]
_ARRAYS = (np.ndarray, np.generic)
_ARRAYS_AND_NUMBERS = (*_ARRAYS, float, int)

# What the table calls x and y is called input and other in PyTorch's messages.
_NAMES_IN_MESSAGES = {"x": "input", "y": "other"}


def wrong_type(function: str, argument: str, position: int | None, expected: str, value: Any) -> TypeError:
    """The TypeError for an argument of the wrong type, in PyTorch's words; the position counts from 1.

    The value is kept on the error, so that a function which only passed its argument on can put its own name there.
    """
    name = _NAMES_IN_MESSAGES.get(argument, argument)
    place = "" if position is None else f" (position {position})"
    error = TypeError(
        f"{function}(): argument '{name}'{place} must be {expected}, not {type_name(value)}{way_out(value, expected)}"
    )
    error.value, error.expected = value, expected  # type: ignore[attr-defined]  # kept for a function that passed it on
    return error


def check_values(function: str, signature: Any, args: Sequence[Any]) -> None:
    """Raise for a value that is neither an array nor a number: NumPy would make an array of a list or of None."""
    for i, name in enumerate(signature.names):
        for x in args[i:] if i == signature.arity else args[i : i + 1]:
            if signature.values[i] and not isinstance(x, _ARRAYS_AND_NUMBERS) and x is not signature.defaults[i]:
                raise wrong_type(function, name, i + 1, "Tensor", x)


def wrong_argument(
    error: Exception,
    function: str,
    form: Callable[..., Any],
    args: Sequence[Any],
    named: dict[str, Any],
    numbers: bool = False,
) -> TypeError | None:
    """The TypeError for the first argument that does not fit its annotation, if there is one.

    With `numbers`, one of Python's numbers may stand for a Tensor, as it may in the table.

    An AttributeError of an argument itself, such as "'str' object has no attribute 'ndim'", and the TypeError of a
    function to which an argument was passed on, name the argument without any annotation.
    """
    signature = inspect.signature(form)
    try:
        bound = signature.bind_partial(*args, **named).arguments
    except TypeError:
        return None
    hints = annotations_of(form)
    missing = object()
    culprit = error.obj if isinstance(error, AttributeError) else getattr(error, "value", missing)
    for position, (name, parameter) in enumerate(signature.parameters.items(), start=1):
        if name not in bound:
            continue
        hint = hints.get(name, Any)
        variadic = parameter.kind is parameter.VAR_POSITIONAL
        for i, value in enumerate(bound[name] if variadic else [bound[name]]):
            fitting = fits(value, hint, numbers)
            if parameter.kind is parameter.VAR_KEYWORD or (value is not culprit and fitting):
                continue
            if value is culprit and _is_tensor(value) and fitting:
                return None  # the attribute is missing for another reason
            if variadic and _expected(hint) == "Tensor" and not isinstance(value, list | tuple):
                return wrong_element(function, name, position, i, value)
            wrong = None if value is culprit else _place_of_wrong_element(value, hint)
            if wrong is not None:
                expected = _expected(hint).removeprefix("tuple of ").removesuffix("s")
                return wrong_element(function, name, position, wrong, value[wrong], expected)
            place = None if parameter.kind is parameter.KEYWORD_ONLY else position
            expected = _expected(hint) if hint is not Any else getattr(error, "expected", "Tensor")
            return wrong_type(function, name, place, expected, value)
    return None


def wrong_element(
    function: str, argument: str, position: int, place: int, value: Any, expected: str = "Tensor"
) -> TypeError:
    """The TypeError for an element of the wrong type in a sequence, in PyTorch's words."""
    if expected == "int":
        return TypeError(
            f"{function}(): argument '{argument}' (position {position}) must be tuple of ints, but found element of "
            f"type {type_name(value)} at pos {place}"
        )
    return TypeError(
        f"expected Tensor as element {place} in argument {position - 1}, but got {type_name(value)}. {function}(): "
        f"each element of '{argument}' must be a Tensor{way_out(value)}"
    )


def type_name(value: Any) -> str:
    """The name of a value's type, as PyTorch writes it."""
    kind = type(value)
    return f"numpy.{kind.__name__}" if kind.__module__ == "numpy" else kind.__name__


def annotations_of(form: Callable[..., Any]) -> dict[str, Any]:
    """The annotations of a function, evaluated; none if one of them cannot be."""
    try:
        return typing.get_type_hints(inspect.unwrap(form))
    except (NameError, TypeError):
        return {}


def _is_tensor(value: Any) -> bool:
    return hasattr(type(value), "__primitive__")


def means_tensor(hint: Any) -> bool:
    """Tell whether an annotation is a Tensor or an array."""
    kind = get_origin(hint) or hint
    return kind is np.ndarray or hasattr(kind, "__primitive__")


def _is_union(hint: Any) -> bool:
    return get_origin(hint) in (Union, UnionType)


def _is_sequence(hint: Any) -> bool:
    kind = get_origin(hint)
    return isinstance(kind, type) and issubclass(kind, Iterable) and kind is not np.ndarray


def fits(value: Any, hint: Any, numbers: bool = False) -> bool:
    """Check a value against an annotation, in favour of the value where that is not sure.

    What Python converts counts: whatever has `__index__` is an int, whatever has `__float__` a float. With `numbers`, a
    number fits where a Tensor should be.
    """
    if hint is Any:
        return True
    if _is_union(hint):
        return any(fits(value, part, numbers) for part in get_args(hint))
    if hint is None or hint is NoneType:
        return value is None
    if means_tensor(hint):
        return _is_tensor(value) or isinstance(value, _ARRAYS_AND_NUMBERS if numbers else _ARRAYS)
    if hint is bool:
        return isinstance(value, bool | np.bool_ | int)
    if hint is int:
        return hasattr(value, "__index__")
    if hint is float:
        return hasattr(value, "__float__")
    if get_origin(hint) is Literal:
        return isinstance(value, tuple({type(choice) for choice in get_args(hint)}))
    if _is_sequence(hint):
        kind, *parts = get_origin(hint), *(part for part in get_args(hint) if part is not ...)
        if isinstance(value, str) or not isinstance(value, Iterable) or (_is_tensor(value) and kind is not Iterable):
            return False
        return not isinstance(value, list | tuple) or not parts or all(fits(x, parts[0]) for x in value)
    return not isinstance(hint, type) or hint is object or isinstance(value, hint)


def _place_of_wrong_element(value: Any, hint: Any) -> int | None:
    """The place of the first element of another type, in a list or tuple that should be of Tensors or of ints."""
    for part in get_args(hint) if _is_union(hint) else (hint,):
        if _is_sequence(part) and isinstance(value, list | tuple) and _expected(part) in _SEQUENCES:
            return next((i for i, x in enumerate(value) if not fits(x, get_args(part)[0])), None)
    return None


_SEQUENCES = ("tuple of Tensors", "tuple of ints")


def _expected(hint: Any) -> str:
    """The words for an annotation: those that PyTorch uses where it has some."""
    parts = get_args(hint) if _is_union(hint) else (hint,)
    if any(map(means_tensor, parts)):
        return "int or Tensor" if int in parts else "Tensor"
    for part in parts:
        if _is_sequence(part):
            inner = next((x for x in get_args(part) if x is not ...), Any)
            return "tuple of Tensors" if means_tensor(inner) else "tuple of ints" if inner is int else "tuple"
    if float in parts:
        return "Number"
    names = [getattr(part, "__name__", str(part)) for part in parts if part is not NoneType]
    return " or ".join(names)


def way_out(value: Any, expected: str = "Tensor") -> str:
    """A sentence on what to pass instead of a value of the wrong type; nothing if there is no hint."""
    if value is None:
        return ". None is what a function gives that ends without a return statement"
    if isinstance(value, type):
        return f". {value.__name__} is a class: make an instance of it, with {value.__name__}(...)"
    if hasattr(value, "named_parameters"):
        return ". A module was given: pass the result of calling it, model(x), or one of its parameters, layer.weight"
    if callable(value) and hasattr(value, "__name__"):
        return f". {value.__name__} is a function: pass what it returns, {value.__name__}(...)"
    if expected == "tuple of Tensors" and _is_tensor(value):
        return ". Put the Tensors in a list: [x, y]"
    if not expected.endswith("Tensor"):
        return ""
    if isinstance(value, list | tuple) and any(map(_is_tensor, value)):
        return f". The {type_name(value)} holds Tensors: pass one of them, or join them by stack() or cat()"
    if isinstance(value, np.ndarray) and value.dtype == np.float64:
        return f". {_PACKAGE}.tensor(x, dtype={_PACKAGE}.float32) makes a Tensor of an array"
    if isinstance(value, np.ndarray | np.generic | list | tuple | int | float):
        return f". {_PACKAGE}.tensor(x) makes a Tensor of an array, a list or a number"
    return ""
