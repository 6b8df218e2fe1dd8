"""Dynamic axes: which they are, and the traces of a model with several sizes of each."""

from __future__ import annotations

import itertools
import warnings
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from ..core.tensor import wrap
from ..tensors.tensor import Tensor
from .conversions import CONVERSIONS
from .errors import OnnxExporterError
from .models import paths_of
from .sizes import Size
from .tracing import ExportTracer, Trace, tensors_in, trace

DynamicAxes = Mapping[str, Mapping[int, str] | Sequence[int]]


def axes_of_shapes(shapes: Any, parameters: Sequence[str], names: Sequence[str]) -> dict[str, dict[int, str]]:
    """Convert `dynamic_shapes` to `dynamic_axes`: a size is named by a string, or by an object with a `__name__`."""
    if shapes is None:
        return {}
    given = shapes if isinstance(shapes, Mapping) else dict(zip(parameters, shapes, strict=False))
    found = {}
    for parameter, axes in given.items():
        if parameter not in parameters:
            raise ValueError(f"onnx.export: dynamic_shapes names {parameter!r}, but there are {[*parameters]}")
        sizes = axes if isinstance(axes, Mapping) else dict(enumerate(axes or ()))
        named = {axis: getattr(size, "__name__", size) for axis, size in sizes.items() if isinstance(axis, int)}
        found[names[parameters.index(parameter)]] = {axis: size for axis, size in named.items() if size is not None}
    return found


def named_axes(
    dynamic_axes: DynamicAxes, names: Sequence[str], inputs: Sequence[Tensor], outputs: Sequence[str] | None
) -> list[dict[int, str]]:
    """For each input its dynamic axes, with the names of their sizes."""
    found: list[dict[int, str]] = [{} for _ in names]
    sizes: dict[str, int] = {}
    for name, axes in dynamic_axes.items():
        if name not in names:
            if name not in (outputs or ()):
                warnings.warn(
                    f"Provided key {name} for dynamic axes is not a valid input/output name", UserWarning, stacklevel=3
                )
            continue
        i = names.index(name)
        given = (
            axes if isinstance(axes, Mapping) else {axis: f"{name}_dynamic_axes_{k + 1}" for k, axis in enumerate(axes)}
        )
        for axis, symbol in given.items():
            shape = inputs[i].shape
            if not -len(shape) <= axis < len(shape) or not shape[axis]:
                raise ValueError(f"onnx.export: {name!r} of shape {list(shape)} has no elements along an axis {axis}")
            n = shape[axis]
            if sizes.setdefault(symbol, n) != n:
                raise ValueError(f"onnx.export: {symbol!r} names axes of different sizes, {sizes[symbol]} and {n}")
            found[i][axis % len(shape)] = symbol
    if len(sizes) > len(_ORDERS):
        raise ValueError(f"onnx.export: at most {len(_ORDERS)} axes can be told apart, but {[*sizes]} are dynamic")
    return found


def traces_of(
    model: Any, args: tuple[Any, ...], kwargs: dict[str, Any], axes: list[dict[int, str]]
) -> tuple[list[Trace], dict[Size, str]]:
    """The traces, one for each combination of sizes, and the names of the sizes."""
    inputs = tensors_in([args, kwargs])
    given = {symbol: t.shape[axis] for t, of in zip(inputs, axes, strict=True) for axis, symbol in of.items()}
    first = _trace(model, args, kwargs, axes, {symbol: max(n, 2) for symbol, n in given.items()})
    if not given:
        return [first], {}
    failed: list[Exception] = []
    for sizes in _combinations(given):
        _, *rows = [dict(zip(sizes, row, strict=True)) for row in zip(*sizes.values(), strict=True)]
        try:
            traces = [first, *[_trace(model, args, kwargs, axes, row) for row in rows]]
        except OnnxExporterError:
            raise
        except Exception as error:  # the model does not take these sizes
            failed.append(error)
            continue
        return traces, {Size(values): symbol for symbol, values in sizes.items()}
    raise OnnxExporterError(
        f"onnx.export: a dynamic axis is found by calling the model with several sizes, but it does not take others "
        f"than {given}: {failed[0]}"
    ) from failed[0]


_ORDERS = ((0, 1, 2), (2, 0, 1), (1, 2, 0), (1, 0, 2), (0, 2, 1), (2, 1, 0))
"""For each axis the order of its other sizes, none like another: what grows with one axis does not with the others."""


def _combinations(given: dict[str, int]) -> Iterator[dict[str, tuple[int, ...]]]:
    """Sizes for the traces: the given ones and larger ones; then, for some axes, multiples, and smaller ones.

    They are so far from each other that even what has a fraction of the size has other sizes. A size of 1, with which
    an axis could be taken for one that is broadcast, is none of them.
    """
    choices = []
    for n, order in zip(given.values(), _ORDERS, strict=False):
        n = max(n, 2)
        larger = n + 1, 2 * n + 5, 3 * n + 2
        smaller = [m for m in (n - 1, (n + 1) // 2, n // 3) if m > 1] or [n]
        smaller += smaller[-1:] * (3 - len(smaller))
        multiples = 2 * n, 3 * n, 4 * n  # where sizes are halved and doubled again
        choices.append([(n, *(sizes[i] for i in order)) for sizes in (larger, multiples, smaller)])
    for chosen in itertools.product(*choices):
        if all(len({*sizes}) > 1 for sizes in chosen):
            yield dict(zip(given, chosen, strict=True))


def _trace(
    model: Any, args: tuple[Any, ...], kwargs: dict[str, Any], axes: list[dict[int, str]], sizes: dict[str, int]
) -> Trace:
    """Call the model with copies of the arguments, in which the dynamic axes have these sizes."""
    waiting = iter(axes)

    def resized(x: Any) -> Any:
        if isinstance(x, Tensor):
            array = x._data
            for axis, symbol in next(waiting).items():
                array = array.take(np.arange(sizes[symbol]) % array.shape[axis], axis)
            return wrap(np.array(array))
        if isinstance(x, (tuple, list)):
            make: Any = getattr(type(x), "_make", type(x))  # of a named tuple
            return make([resized(item) for item in x])
        return {key: resized(item) for key, item in x.items()} if isinstance(x, dict) else x

    given = [resized(x) for x in args]
    return trace(model, given, {k: resized(x) for k, x in kwargs.items()}, ExportTracer(paths_of(model), CONVERSIONS))
