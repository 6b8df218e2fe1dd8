"""Errors name the operation and what was wrong with its arguments, in PyTorch's words first.

The functions and the primitives that are called wrongly here are found by introspection: one that is added is covered,
or fails for want of a call that works.
"""

from __future__ import annotations

import functools
import inspect
import re
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest

import tinygrad_lite as tl
from tinygrad_lite.core.argument_types import annotations_of, fits, type_name
from tinygrad_lite.core.primitive import REGISTRY

from ..support.operation_samples import examples
from ..support.public_calls import FUNCTIONS, arguments, form_of
from ..support.random_values import Call

NUMPY_WORDING = re.compile(
    r"\b_data|ufunc|object has no attribute|could not be broadcast together with|core dimension|\baxis\b|not aligned"
    r"|'<'|'>'|unhashable|is not iterable|subscriptable|not callable"
)


def a_function() -> None:
    """A function given where a value should be."""


WRONG_TYPES = {
    "string": "a", "list": [1.0, 2.0], "None": None, "function": a_function, "class": tl.nn.Linear,
    "array": np.ones((3, 3), np.float32), "module": tl.nn.ReLU(), "dict": {},
}  # fmt: skip


SKIPPED = {"size_average", "reduce", "_stacklevel", "generator", "norm_type"}
"""Parameters that are deprecated, or of which the call makes no use."""

ACCEPTED = {
    "nn.functional.normalize, dim a None",
    "nn.functional.interpolate, recompute_scale_factor a dict",
    *(f"nn.functional.gumbel_softmax, eps a {kind}" for kind in WRONG_TYPES),
}
"""Calls that PyTorch accepts beside what its annotations say; and any value is true or false."""

pytestmark = pytest.mark.filterwarnings("ignore::UserWarning")


def names_of(name: str) -> set[str]:
    """The names by which an error may call a function: its own, that of its form, and that of the operation."""
    function = FUNCTIONS[name]
    plain = name.rpartition(".")[2]
    found = {plain, form_of(function).__name__, getattr(function, "name", plain)}
    return found | {f"linalg.{plain}"} if name.startswith("linalg") else found


def names_operation(message: str, name: str) -> bool:
    """Tell whether a message names the function; for one of nn.functional, an operation that it is composed of will do."""
    names = names_of(name) | (OPERATIONS if name.startswith("nn.") else set())
    return any(re.search(rf"(?<![A-Za-z]){re.escape(each)}(?![A-Za-z])", message) for each in names)


OPERATIONS = {*REGISTRY, *(name.rpartition(".")[2] for name in FUNCTIONS), "Exponential distribution"}


def error_of(call: Callable[[], Any]) -> Exception | None:
    try:
        call()
    except Exception as error:
        return error
    return None


def wrong_calls(name: str) -> Iterator[tuple[str, str, Any, Callable[[], Any]]]:
    """Calls of a function in which one argument is of a wrong type: that argument's name, the type, value and call."""
    function, form = FUNCTIONS[name], form_of(FUNCTIONS[name])
    args, hints = arguments(name), annotations_of(form)
    by_position = len(args)
    for position, (parameter, about) in enumerate(inspect.signature(form).parameters.items()):
        if parameter in SKIPPED:
            continue
        if about.kind is about.VAR_POSITIONAL:
            by_position = position + 1  # what follows is given by name
        hint = hints.get(parameter, Any)
        for kind, value in WRONG_TYPES.items():
            if fits(value, hint) or (hint is bool and kind == "array"):
                continue
            if position < by_position:
                changed = (*args[:position], value, *args[position + 1 :])
                yield parameter, kind, value, lambda changed=changed: function(*changed)
            elif about.kind is not about.VAR_POSITIONAL:
                named = {parameter: value}
                yield parameter, kind, value, lambda named=named: function(*args, **named)


@pytest.mark.parametrize("name", FUNCTIONS)
def test_the_call_works(name: str) -> None:
    FUNCTIONS[name](*arguments(name))


@pytest.mark.parametrize("name", FUNCTIONS)
def test_an_argument_of_a_wrong_type_is_named(name: str) -> None:
    hints = annotations_of(form_of(FUNCTIONS[name]))
    for parameter, kind, value, call in wrong_calls(name):
        error = error_of(call)
        label = f"{name}, {parameter} a {kind}"
        if error is None and (hints.get(parameter) is bool or label in ACCEPTED):
            continue
        assert error is not None, f"{label}: no error"
        message = str(error)
        assert not NUMPY_WORDING.search(message), f"{label}: {message}"
        assert names_operation(message, name), f"{label}: {message}"
        shown = {"x": "input", "y": "other"}.get(parameter, parameter)
        named = re.search(rf"'{shown}'|\b{parameter}\b|argument '\w+' \(position", message)
        assert named or type_name(value) in message or repr(value) in message, f"{label}: {message}"


def tensor_places(name: str) -> list[int]:
    """The places of the arguments that are Tensors in the call that works."""
    return [i for i, x in enumerate(arguments(name)) if isinstance(x, tl.Tensor)]


def changed(name: str, place: int, value: Any) -> Callable[[], Any]:
    args = arguments(name)
    return lambda: FUNCTIONS[name](*args[:place], value, *args[place + 1 :])


SHAPES = [(), (0,), (7,), (7, 5), (2, 7, 5)]


@pytest.mark.parametrize("name", FUNCTIONS)
def test_shapes_that_do_not_fit_are_named(name: str) -> None:
    for place in tensor_places(name):
        for shape in SHAPES:
            value = tl.zeros(shape, dtype=arguments(name)[place].dtype)
            error = error_of(changed(name, place, value))
            if error is None:
                continue
            message, label = str(error), f"{name}, argument {place} of shape {list(shape)}: {type(error).__name__}"
            kinds = RuntimeError | IndexError | ValueError
            if name == "nn.functional.multi_head_attention_forward":
                kinds |= AssertionError  # as in PyTorch
            assert isinstance(error, kinds), f"{label}: {message}"
            assert not NUMPY_WORDING.search(message), f"{label}: {message}"
            assert names_operation(message, name), f"{label}: {message}"
            shown = [
                str(list(shape)),
                "x".join(map(str, shape)),
                f"{len(shape)}D",
                f"{len(shape)}-d",
                f"{len(shape)} dim",
            ]
            assert any(text in message.lower() for text in map(str.lower, shown)), f"{label}: {message}"


@pytest.mark.parametrize("name", FUNCTIONS)
def test_dtypes_that_do_not_fit_are_named(name: str) -> None:
    for place in tensor_places(name):
        for dtype in (tl.bool, tl.uint8, tl.int64, tl.float16, tl.float64):
            value = tl.ones(arguments(name)[place].shape, dtype=dtype)
            error = error_of(changed(name, place, value))
            if error is None:
                continue
            message, label = str(error), f"{name}, argument {place} of {dtype}: {type(error).__name__}"
            assert not NUMPY_WORDING.search(message), f"{label}: {message}"
            assert names_operation(message, name), f"{label}: {message}"


@pytest.mark.parametrize("name", FUNCTIONS)
def test_a_dimension_that_there_is_not_is_named(name: str) -> None:
    form = form_of(FUNCTIONS[name])
    parameters = list(inspect.signature(form).parameters)
    for parameter in {"dim", "dim0", "dim1", "start_dim", "axis0"} & set(parameters):
        if not fits(9, annotations_of(form).get(parameter, int)):
            continue
        args = arguments(name)
        place = parameters.index(parameter)
        named = functools.partial(FUNCTIONS[name], *args, **{parameter: 9})
        error = error_of(changed(name, place, 9) if place < len(args) else named)
        assert isinstance(error, IndexError), f"{name}, {parameter}: {error!r}"
        assert str(error).startswith("Dimension out of range (expected to be in range of ["), f"{name}: {error}"
        assert "but got 9)" in str(error)
        assert names_operation(str(error), name), f"{name}: {error}"


# ------------------------------------------------------------------------------------------------------ the table


def on_tensors(call: Call, place: int, value: Any) -> Callable[[], Any]:
    """A call of a primitive with Tensors, and another value in one place."""
    args = [tl.tensor(x) if isinstance(x, np.ndarray) and x.dtype != object else x for x in call.args]
    args[place] = value
    return lambda: call.primitive(*args)


def value_places(call: Call) -> list[int]:
    """The places of a primitive's values, which are arrays or numbers."""
    p = call.primitive
    return [i for i in range(len(call.args)) if p.signature.values[min(i, len(p.names) - 1)]]


def any_array(call: Call, place: int) -> bool:
    """Tell whether there is an array beside the argument in one place, so that a Tensor takes part in the call."""
    return len(value_places(call)) == 1 or any(
        isinstance(call.args[i], np.ndarray) for i in value_places(call) if i != place
    )


@pytest.mark.parametrize("name", REGISTRY)
def test_a_primitive_names_a_value_of_a_wrong_type(name: str) -> None:
    for call in examples(name)[:4]:
        for place in value_places(call):
            default = call.primitive.signature.defaults[min(place, len(call.primitive.names) - 1)]
            for kind, value in WRONG_TYPES.items():
                if kind == "array" or value is default or not any_array(call, place):
                    continue
                error = error_of(on_tensors(call, place, value))
                if error is None and call.primitive.promotion is None:
                    continue  # NumPy makes an array of it; the public functions do not pass it on
                label = f"{call}, argument {place} a {kind}"
                assert isinstance(error, TypeError), f"{label}: {error!r}"
                assert not NUMPY_WORDING.search(str(error)), f"{label}: {error}"
                whole = f"{name}(): argument '\\w+' \\(position \\d\\) must be Tensor, not {type_name(value)}"
                element = f"expected Tensor as element \\d in argument \\d, but got {type_name(value)}. {name}()"
                assert re.match(f"{whole}|{element}".replace("()", "\\(\\)"), str(error)), f"{label}: {error}"


@pytest.mark.parametrize("name", REGISTRY)
def test_a_primitive_names_shapes_that_do_not_fit(name: str) -> None:
    for call in examples(name)[:4]:
        for place in value_places(call):
            for shape in [(7, 5), (2, 3, 7, 5)]:
                error = error_of(on_tensors(call, place, tl.ones(shape, dtype=tl.float64)))
                if error is not None:
                    label = f"{call}, argument {place} of shape {shape}: {type(error).__name__}"
                    assert isinstance(error, RuntimeError | IndexError), f"{label}: {error}"
                    assert not NUMPY_WORDING.search(str(error)), f"{label}: {error}"
                    named = any(text in str(error) for text in (name, "x[index]", "(): cannot be computed of"))
                    assert named, f"{label}: {error}"
