"""Convolutions, pooling and other windows in ONNX.

A convolution here says how many places its windows have, ONNX how wide the border at the end is. The one follows from
the other; where the size is dynamic, it must be the same border for all sizes.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from . import elements  # noqa: F401  # whose quotient is extended here
from .conversions import CONVERSIONS, converts
from .errors import NotExportable
from .graph import Graph, result_of
from .program import Step, Var
from .reductions import reduced
from .sizes import Size, combined, product


def _settings(windows: Any) -> dict[str, Any]:
    kernel, stride, _, dilation, _ = windows
    if any(isinstance(n, Size) for n in (*kernel, *stride)):
        raise NotExportable("windows whose size depends on a dynamic axis have no ONNX form")
    return {"kernel_shape": [*kernel], "strides": [*stride], "dilations": [*dilation]}


def _sliding(step: Step, size: Any, windows: Any) -> dict[str, Any]:
    """The settings of windows, with the borders with which they have as many places as they should."""
    settings, ends = _settings(windows), []
    kernel, stride, before, dilation, places = windows
    for n, k, s, b, d, p in zip(size, kernel, stride, before, dilation, places, strict=True):
        if isinstance(n, Size) and step.place.rounds_up:
            raise NotExportable("with ceil_mode, windows along a dynamic axis have no conversion")
        reach = (k - 1) * d + 1
        # Along a dynamic axis, windows that step over elements may have another border for sizes that were not traced.
        for end in (b, *(() if isinstance(n, Size) and s > 1 else range(reach + s))):
            if combined(lambda n, b=b, e=end, r=reach, s=s: (n + b + e - r) // s + 1, n) == p:
                ends.append(end)
                break
        else:
            raise NotExportable("the number of places that windows have does not follow from one border for all sizes")
    return {**settings, "pads": [*before, *ends]}


def _pooling(step: Step, size: Any, windows: Any) -> dict[str, Any]:
    """Do as `_sliding`, for pooling, whose borders ONNX wants to be narrower than the windows."""
    settings = _sliding(step, size, windows)
    if any(n >= k for n, k in zip(settings["pads"], windows[0] * 2, strict=True)):
        raise NotExportable("in ONNX the border of a pooling must be narrower than its windows")
    return settings


@converts("convolve")
def _convolve(g: Graph, step: Step, x: Any, weight: Any, bias: Any, windows: Any, groups: int) -> str:
    given = [] if bias is None else [g.name(bias)]
    return g.add("Conv", g.name(x), g.name(weight), *given, group=groups, **_sliding(step, x.shape[2:], windows))


@converts("convolve_adjoint")
def _convolve_adjoint(g: Graph, step: Step, y: Any, weight: Any, size: Any, windows: Any, groups: int) -> str:
    return _transposed(g, g.name(y), g.name(weight), size, windows, groups)


def _transposed(g: Graph, y: str, weight: str, size: Any, windows: Any, groups: int) -> str:
    kernel, stride, before, dilation, places = windows
    ends, more = [], []
    for n, k, s, b, d, p in zip(size, kernel, stride, before, dilation, places, strict=True):
        end = (p - 1) * s + (k - 1) * d + 1 - b - n
        if isinstance(end, Size):
            raise NotExportable("the size of a transposed convolution does not follow from one border for all sizes")
        if -end >= max(s, d):
            raise NotExportable("what no window covers must be narrower than a step of the windows, in ONNX")
        ends.append(max(end, 0))
        more.append(max(-end, 0))
    return g.add(
        "ConvTranspose", y, weight, group=groups, pads=[*before, *ends], output_padding=more, **_settings(windows)
    )


def _each(g: Graph, x: Var, windows: Any) -> tuple[str, int]:
    """Weights of a convolution with one result for each channel and element of the window, and the channels."""
    channels, kernel = x.shape[1], windows[0]
    if isinstance(channels, Size):
        raise NotExportable("the number of channels depends on a dynamic axis")
    count = math.prod(kernel)
    one = np.eye(count, dtype=x.dtype).reshape(count, 1, *kernel)
    return g.constant(np.tile(one, (channels, *[1] * (one.ndim - 1)))), channels


@converts("unfold")
def _unfold(g: Graph, step: Step, x: Any, windows: Any) -> str:
    weight, channels = _each(g, x, windows)
    found = g.add("Conv", g.name(x), weight, group=channels, **_sliding(step, x.shape[2:], windows))
    return g.reshape(found, result_of(step).shape)


@converts("fold")
def _fold(g: Graph, step: Step, x: Any, size: Any, windows: Any) -> str:
    weight, channels = _each(g, x, windows)
    kernel, _, _, _, places = windows
    flat = g.reshape(g.name(x), [x.shape[0], channels * math.prod(kernel), *places], x.shape)
    return _transposed(g, flat, weight, size, windows, channels)


@converts("window_sums")
def _window_sums(g: Graph, step: Step, x: Any, windows: Any) -> str:
    kernel = windows[0]
    sizes = [*enumerate(zip(x.shape[2:], *windows, strict=True), start=2)]
    whole = [dim for dim, (n, k, _, b, d, p) in sizes if n == k and (b, d, p) == (0, 1, 1)]  # one window over all of it
    if all(dim in whole or ((k, s, b) == (1, 1, 0) and n == p) for dim, (n, k, s, b, _, p) in sizes):
        step.outputs = [reduced(g, "ReduceMean", g.name(x), x, whole, True)]
        return reduced(g, "ReduceSum", g.name(x), x, whole, True)
    step.outputs = [g.add("AveragePool", g.name(x), count_include_pad=1, **_pooling(step, x.shape[2:], windows))]
    return g.add("Mul", step.outputs[0], g.constant(math.prod(kernel), x.dtype))


_divide = CONVERSIONS["div"]


@converts("div")
def _mean_of_windows(g: Graph, step: Step, x: Any, y: Any) -> str:
    """A quotient. That of sums of windows and the number of their elements is what ONNX has an operator for."""
    sums = x.step if isinstance(x, Var) else None
    if sums is not None and sums.name == "window_sums" and sums.outputs and product(sums.args[1][0]) == y:
        return sums.outputs[0]
    return _divide(g, step, x, y)


@converts("spread_over_windows")
def _spread_over_windows(g: Graph, step: Step, x: Any, size: Any, windows: Any) -> str:
    kernel, stride, before, dilation, places = windows
    whole = all(n == p * k for n, p, k in zip(size, places, kernel, strict=True))
    if kernel == stride and not any(before) and {*dilation} == {1} and whole:  # each element is repeated
        scales = g.constant([1, 1, *kernel], np.float32)
        return g.add(
            "Resize", g.name(x), "", scales, mode="nearest", coordinate_transformation_mode="asymmetric",
            nearest_mode="floor",
        )  # fmt: skip
    channels = x.shape[1]
    if isinstance(channels, Size):
        raise NotExportable("the number of channels depends on a dynamic axis")
    weight = g.constant(np.ones((channels, 1, *kernel)), x.dtype)
    return _transposed(g, g.name(x), weight, size, windows, channels)


@converts("largest_places")
def _largest_places(g: Graph, step: Step, x: Any, windows: Any) -> str:
    name = g.name(x) if x.dtype.kind == "f" else g.cast(g.name(x), np.float32)
    values, places = g.add("MaxPool", name, results=2, **_pooling(step, x.shape[2:], windows))
    step.outputs = [values if x.dtype.kind == "f" else g.cast(values, x.dtype)]
    image = _product(g, x.shape[2:])
    return g.add("Mod", places, image)  # ONNX counts through all images, this library through each


def _product(g: Graph, sizes: Any) -> str:
    if not any(isinstance(n, Size) for n in sizes):
        return g.constant(math.prod(sizes), np.int64)
    return g.add("ReduceProd", g.vector(sizes), keepdims=0)


@converts("adaptive_largest_places")
def _adaptive_largest_places(g: Graph, step: Step, x: Any, size: Any) -> str:
    shape = x.shape[2:]
    if {*size} == {1}:
        step.outputs = [reduced(g, "ReduceMax", g.name(x), x, tuple(range(2, x.ndim)), True)]
        flat = g.reshape(g.name(x), [*x.shape[:2], product(shape)], x.shape)
        return g.reshape(g.add("ArgMax", flat, axis=2), result_of(step).shape)
    if any(isinstance(n, Size) for n in (*shape, *size)):
        raise NotExportable("adaptive pooling of a dynamic axis has no ONNX form")
    if all(n % m == 0 for n, m in zip(shape, size, strict=True)):
        kernel = tuple(n // m for n, m in zip(shape, size, strict=True))
        return _largest_places(g, step, x, (kernel, kernel, (0,) * len(size), (1,) * len(size), tuple(size)))
    values = g.name(x)
    for dim, (n, m) in enumerate(zip(shape, size, strict=True), start=2):
        parts = [g.slice(values, dim, i * n // m, -(-(i + 1) * n // m)) for i in range(m)]
        highest = [g.add("ReduceMax", part, g.constant([dim], np.int64), keepdims=1) for part in parts]
        values = g.add("Concat", *highest, axis=dim)
    step.outputs = [values]
    raise NotExportable("the places of an adaptive pooling whose windows differ in size have no ONNX form")
