"""For code that derives by hand, in plain NumPy: numerical gradients, and the check of layers with a backward.

This is how *Deep Learning from Scratch* writes: layers have `forward(x)` and `backward(dout)`, and leave the gradients
of their parameters in attributes.
"""

from __future__ import annotations

import copy
import functools
import inspect
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import numpy as np

from ..core import versions as memory
from ..core.primitive import Array
from ..core.tensor import wrap
from ..core.tracing import graph_break
from ..tensors.tensor import Tensor
from .function import Function
from .gradient_checking import gradcheck
from .gradient_checking.replay import shared_state_preserved

if TYPE_CHECKING:
    from .gradient_checking.report import Report

# -------------------------------------------------------------------------------------------- numerical gradients


def numerical_gradient(f: Callable[[Any], Any], x: Any, h: float = 1e-4) -> Any:
    """The gradient of a function with one number as its result, by central differences: (f(x + h) - f(x - h)) / 2h.

    One element of x at a time is changed in place, so that f may also reach x in another way, as a loss reaches the
    weights of a network. Afterwards x is what it was.

    Args:
        f: a function of x that returns a number, or an array or a Tensor with one element.
        x: an array or a Tensor of any shape, in a floating dtype.
        h: the step. The error is about h² times the third derivative, and the rounding error of f divided by h: 1e-8
            in float64, but 1e-3 in float32.

    Returns:
        The gradient, of x's kind, shape and dtype.

    Raises:
        TypeError: if x is not of a floating dtype, in which x + h is not x.
        ValueError: if x cannot be written, f has more than one result, or h is lost in the rounding of an element.

    Source: *Deep Learning from Scratch*, section 4.4. `gradcheck` knows better steps, and how far to trust them.

    >>> import numpy as np
    >>> numerical_gradient(lambda x: x[0] ** 2 + x[1] ** 2, np.array([3.0, 4.0])).round(6)
    array([6., 8.])
    """
    graph_break("numerical_gradient() changes its argument in place")
    array = x._data if isinstance(x, Tensor) else x
    if not isinstance(array, np.ndarray) or array.dtype.kind != "f":
        problem = f"of {type(x).__name__}. np.array(x, dtype=float) makes an array of numbers"
        if isinstance(array, np.ndarray | np.generic):
            problem = (
                f"of {array.dtype}: a step of h changes no whole number. Write 3.0 instead of 3, or x.astype(float)"
            )
        elif callable(x):
            problem = f"of {type(x).__name__}. The function comes first"
        raise TypeError(
            f"numerical_gradient(f, x): x must be an array or a Tensor of a floating dtype, but is {problem}"
        )
    if not array.flags.writeable:
        raise ValueError("numerical_gradient(f, x): x is read-only, and cannot be changed step by step: copy() it")
    gradient = np.empty_like(array)
    for index in np.ndindex(array.shape):
        original = array[index]
        above, below = original + array.dtype.type(h), original - array.dtype.type(h)
        if not (below < original < above) and np.isfinite(original):
            raise ValueError(
                f"numerical_gradient(f, x): a step of {h} is lost in the rounding of x{[*index]} = {original} in "
                f"{array.dtype}: pass a larger h, or float64"
            )
        try:
            memory.write(_put, array, index, above)
            right = _one_number(f(x))
            memory.write(_put, array, index, below)
            left = _one_number(f(x))
        finally:
            memory.write(_put, array, index, original)
        gradient[index] = (right - left) / (float(above) - float(below))
    return wrap(gradient) if isinstance(x, Tensor) else gradient


def _put(array: Array, index: Any, value: Any) -> None:
    array[index] = value


def _one_number(result: Any) -> float:
    array = result._data if isinstance(result, Tensor) else np.asarray(result)
    if array.size != 1:
        raise ValueError(
            f"numerical_gradient(f, x): f must return one number, but returned {array.size}, of shape {array.shape}"
        )
    return float(array.reshape(()))


# ------------------------------------------------------------------------------------------- layers by hand


def check_layer(layer: Any, *inputs: Any, **options: Any) -> Report:
    """Compare the `backward` of a layer written in plain NumPy with numerical derivatives: `gradcheck` in one line.

    The layer has `forward(*inputs)`, which returns an array or a number, and `backward(dout)`, which returns the
    gradient of the input, or a tuple with one for each input. Its parameters are checked too: the arrays in
    its `params`, whose gradients `backward` leaves in `grads` (both dictionaries, or both lists), and every array `W`
    beside which `backward` leaves a `dW`. Everything is done on copies in float64, so that the layer stays as it is;
    what it draws from `np.random` is the same in every run.

    Args:
        layer: an object with these two methods.
        inputs: the arguments of `forward`: arrays or Tensors of any shape. Those of a floating dtype are checked, if
            `backward` returns a gradient for them; others, such as labels, are passed as they are.
        options: those of `gradcheck`, such as `raise_exception=False`.

    Returns:
        The report of `gradcheck`, with a verdict on each input and parameter.

    Raises:
        GradcheckError: if a gradient is wrong; with the report.
        TypeError: if the layer lacks a method, or `forward` or `backward` returns something else.
        ValueError: if there is nothing to check.

    >>> import numpy as np
    >>> class Affine:
    ...     def __init__(self, W, b):
    ...         self.W, self.b = W, b
    ...     def forward(self, x):
    ...         self.x = x
    ...         return x @ self.W + self.b
    ...     def backward(self, dout):
    ...         self.dW = self.x.T @ dout
    ...         self.db = dout[0]  # the bug: of the whole batch only the first
    ...         return dout @ self.W.T
    >>> rng = np.random.default_rng(0)
    >>> layer, x = Affine(rng.standard_normal((3, 2)), np.zeros(2)), rng.standard_normal((4, 3))
    >>> report = check_layer(layer, x, raise_exception=False)
    >>> {name: entry.verdict for name, entry in report.entries.items()}
    {'x': 'right', 'W': 'right', 'b': 'wrong'}
    """
    if isinstance(layer, type):
        raise TypeError(
            f"check_layer(layer, x): {layer.__name__} is a class: make a layer of it, with {layer.__name__}(...)"
        )
    for method in ("forward", "backward"):
        if not callable(getattr(layer, method, None)):
            raise TypeError(
                f"check_layer(layer, x): {type(layer).__name__} has no {method}(): it must have forward(x) and "
                "backward(dout). For a Module or a function of Tensors call gradcheck"
            )
    values = [x._data if isinstance(x, Tensor) else x for x in inputs]
    count, names = _trial(layer, values)
    tensors = [x if not _is_floating(x) else wrap(np.array(x)).requires_grad_(i < count) for i, x in enumerate(values)]
    kind = type(type(layer).__name__, (_ByHand,), {"forward": _like(_ByHand.forward, layer.forward)})
    return gradcheck(kind(layer, names), tensors, **options)


def _like(function: Callable[..., Any], original: Callable[..., Any]) -> Callable[..., Any]:
    """Give a method the signature and the source lines of a layer's own method, for reports to show them."""

    @functools.wraps(original)
    def call(*args: Any) -> Any:
        return function(*args)

    try:
        named = inspect.signature(original).parameters.values()
        own = [inspect.Parameter("self", inspect.Parameter.POSITIONAL_OR_KEYWORD)]
        call.__signature__ = inspect.Signature([*own, *named])  # type: ignore[attr-defined]  # help() shows it
    except (TypeError, ValueError):  # such as a built-in, which has none
        call.__signature__ = inspect.signature(function)  # type: ignore[attr-defined]  # help() shows it
    return call


def _is_floating(x: Any) -> bool:
    return isinstance(x, np.ndarray | np.floating) and x.dtype.kind == "f"


def _trial(layer: Any, values: list[Any]) -> tuple[int, list[Name]]:
    """For how many inputs `backward` returns gradients, and the names of the parameters."""
    layer = copy.deepcopy(layer)
    with shared_state_preserved():
        before = dict(_arrays_of(layer))
        out = _result(layer, copy.deepcopy(values))
        kept = {name: array for name, array in _arrays_of(layer) if before.get(name) is array}
        count = len(_input_gradients(layer, np.ones_like(out)))
    # The same array may have two names, as `params["W"]` and `W`. The first that has a gradient is taken.
    found: dict[int, Name] = {}
    for name, array in kept.items():
        if id(array) not in found and _has_gradient(layer, name):
            found[id(array)] = name
    return count, [*found.values()]


Name = tuple[str, Any]
"""The place of an array in a layer: an attribute, and the key in it, or None where it is the array."""


def _arrays_of(layer: Any) -> Iterator[tuple[Name, Array]]:
    """The floating arrays in `params`, and in the attributes of a layer."""
    params = getattr(layer, "params", None)
    if isinstance(params, dict | list | tuple):
        for key, array in params.items() if isinstance(params, dict) else enumerate(params):
            if _is_floating(array):
                yield ("params", key), array
    for name, value in vars(layer).items():
        if _is_floating(value) and isinstance(value, np.ndarray):
            yield (name, None), value


def _has_gradient(layer: Any, name: Name) -> bool:
    attribute, key = name
    if key is None:
        return hasattr(layer, f"d{attribute}")
    return _entry(getattr(layer, "grads", None), key) is not None


def _entry(entries: Any, key: Any) -> Any:
    try:
        return entries[key]
    except (KeyError, IndexError, TypeError):
        return None


def _parameter_gradient(layer: Any, name: Name) -> Any:
    attribute, key = name
    return getattr(layer, f"d{attribute}", None) if key is None else _entry(getattr(layer, "grads", None), key)


def _set_array(layer: Any, old: Array, new: Array) -> None:
    """Put another array in all places of a layer where `old` is."""
    for name, value in vars(layer).items():
        if value is old:
            setattr(layer, name, new)
        elif isinstance(value, dict):
            value.update({key: new for key, each in value.items() if each is old})
        elif isinstance(value, list | tuple) and any(each is old for each in value):
            setattr(layer, name, type(value)([new if each is old else each for each in value]))


def _result(layer: Any, values: list[Any]) -> Array:
    out = layer.forward(*values)
    array = np.asarray(out)
    if array.dtype.kind != "f":
        raise TypeError(
            f"check_layer(layer, x): {type(layer).__name__}.forward must return an array or a number of a floating "
            f"dtype, but returned {type(out).__name__}"
        )
    return array


def _input_gradients(layer: Any, dout: Array) -> tuple[Any, ...]:
    # A copy, because a backward may change its argument, and a number where forward returned one.
    returned = layer.backward(dout.copy() if dout.ndim else dout[()])
    return tuple(returned) if isinstance(returned, tuple | list) else (returned,)


class _ByHand:
    """A layer written by hand in the form of a Module, as far as gradcheck looks at one."""

    def __init__(self, layer: Any, names: list[Name]) -> None:
        self.layer, self.names = copy.deepcopy(layer), names
        arrays = dict(_arrays_of(self.layer))
        self.arrays = [arrays[name] for name in names]
        self.parameters = [wrap(array.copy()).requires_grad_() for array in self.arrays]
        self.titles = [
            attribute if key is None else key if isinstance(key, str) else f"{attribute}[{key}]"
            for attribute, key in names
        ]
        backward = staticmethod(_like(_LayerByHand.backward, layer.backward))
        self.function = type(type(layer).__name__, (_LayerByHand,), {"backward": backward})

    def named_parameters(self) -> list[tuple[str, Tensor]]:
        return list(zip(self.titles, self.parameters, strict=True))

    def named_modules(self) -> list[tuple[str, Any]]:
        return []

    def forward(self, *inputs: Any) -> Any:
        return self.function.apply(self, *inputs, *self.parameters)  # type: ignore[attr-defined]  # a subclass has it

    def __call__(self, *inputs: Any) -> Any:
        return self.forward(*inputs)


class _LayerByHand(Function):
    """One run of a layer, on a copy: a run may change the layer, such as its running averages."""

    @staticmethod
    def forward(ctx: Any, made: _ByHand, *tensors: Any) -> Tensor:
        layer, arrays = copy.deepcopy((made.layer, made.arrays))
        ctx.layer, ctx.names, ctx.count = layer, made.names, len(tensors) - len(made.names)
        for array, p in zip(arrays, tensors[ctx.count :], strict=True):
            _set_array(layer, array, p._data.copy())
        inputs = [x._data.copy() if isinstance(x, Tensor) else copy.copy(x) for x in tensors[: ctx.count]]
        return wrap(_result(layer, inputs))

    @staticmethod
    def backward(ctx: Any, *grads: Any) -> Any:
        inputs = [*_input_gradients(ctx.layer, grads[0]._data)]
        inputs += [None] * (ctx.count - len(inputs))
        found = [*inputs, *(_parameter_gradient(ctx.layer, name) for name in ctx.names)]
        return (None, *(None if g is None else wrap(np.asarray(g, np.float64)) for g in found))
