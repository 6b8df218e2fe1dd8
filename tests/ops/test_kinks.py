"""The sub-gradients that the tables in `ops` state, row by row, at the kinks; and that they are PyTorch's, as said.

The rows are read from the docstrings: one that is added there needs its points here.
"""

from __future__ import annotations

import itertools
import math
import re
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
import pytest

import tinygrad_lite as tl
from tinygrad_lite.ops import activation, elementwise, reduction


class Point(NamedTuple):
    """`call(T, x, …)` in the library T, where to take it, and its slopes there."""

    call: Callable[..., Any]
    at: tuple[Any, ...]
    slopes: tuple[Any, ...]


def points(method: str, *at: Any, slopes: tuple[Any, ...], settings: tuple[Any, ...] = ()) -> list[Point]:
    """The same point for each of several methods, given by their names."""
    return [
        Point(lambda T, x, *rest, name=name: getattr(x, name)(*rest, *settings), at, slopes) for name in method.split()
    ]


def functional(names: str, *at: Any, slopes: tuple[Any, ...], settings: tuple[Any, ...] = ()) -> list[Point]:
    """The same for functions of `nn.functional`."""
    return [
        Point(lambda T, x, *rest, name=name: getattr(T.nn.functional, name)(x, *rest, *settings), at, slopes)
        for name in names.split()
    ]


nan, inf = math.nan, math.inf
zeros = [0.0, 0.0, 0.0]

KINKS: dict[str, list[Point]] = {
    "abs, sign at 0": points("abs sign", 0.0, slopes=(0.0,)),
    "clamp at a bound": [
        *points("clamp", 1.0, 1.0, 2.0, slopes=(1.0, 0.0, 0.0)),
        *points("clamp", 2.0, 1.0, 2.0, slopes=(1.0, 0.0, 0.0)),
        *points("clamp", 1.0, 1.0, slopes=(1.0, 0.0)),
    ],
    "maximum, minimum where x = y": points("maximum minimum", 1.0, 1.0, slopes=(0.5, 0.5)),
    "maximum, minimum where one is NaN": [
        *points("maximum minimum", nan, 1.0, slopes=(1.0, 1.0)),
        *points("maximum minimum", 1.0, nan, slopes=(1.0, 1.0)),
    ],
    "sqrt at 0": points("sqrt", 0.0, slopes=(inf,)),
    "x**0 by x": [
        Point(call, (x,), (0.0,))
        for x in (0.0, -2.0)
        for call in (lambda T, x: x**0, lambda T, x: x**0.0, lambda T, x: x ** T.zeros_like(x))
    ],
    "0**y by y": [
        Point(call, (y,), (0.0,))
        for y in (0.0, 2.0)
        for call in (lambda T, y: 0.0**y, lambda T, y: T.zeros_like(y) ** y)
    ],
    "floor, ceil, round, trunc, sign": [
        p for x in (-1.0, 0.0, 0.5, 2.0) for p in points("floor ceil round trunc sign", x, slopes=(0.0,))
    ],
    "frac, fmod, remainder by x": [
        *points("frac", 2.0, slopes=(1.0,)),
        *points("fmod remainder", 4.0, slopes=(1.0,), settings=(2.0,)),
        *points("fmod remainder", -4.0, slopes=(1.0,), settings=(2.0,)),
    ],
    "copysign by x at 0": [p for y in (1.0, -1.0) for p in points("copysign", 0.0, slopes=(0.0,), settings=(y,))],
    "copysign by x at ±inf": [
        *points("copysign", inf, slopes=(1.0,), settings=(1.0,)),
        *points("copysign", inf, slopes=(-1.0,), settings=(-1.0,)),
        *points("copysign", -inf, slopes=(-1.0,), settings=(1.0,)),
    ],
    "nextafter by x at x = y": [
        *points("nextafter", 1.0, 1.0, slopes=(0.0, 0.0)),
        *points("nextafter", 0.0, -0.0, slopes=(0.0, 0.0)),
        *points("nextafter", 1.0, 2.0, slopes=(1.0, 0.0)),
        *points("nextafter", nan, 1.0, slopes=(1.0, 0.0)),
    ],
    "angle": [p for x in (-1.0, -0.0, 0.0, 2.0, inf, nan) for p in points("angle", x, slopes=(0.0,))],
    "atan2 at (0, 0)": points("atan2", 0.0, 0.0, slopes=(0.0, 0.0)),
    "hypot at (0, 0)": points("hypot", 0.0, 0.0, slopes=(0.0, 0.0)),
    "amax, amin (and max, min of everything)": [
        *points("amax max", [1.0, 3.0, 3.0], slopes=([0.0, 0.5, 0.5],)),
        *points("amin min", [3.0, 1.0, 1.0], slopes=([0.0, 0.5, 0.5],)),
        *points("amax", [[2.0, 2.0], [3.0, 1.0]], slopes=([[0.5, 0.5], [1.0, 0.0]],), settings=(1,)),
    ],
    "norm at 0": [
        p for order in (2, 1, 3, 0.5, inf, -inf, 0) for p in points("norm", zeros, slopes=(zeros,), settings=(order,))
    ],
    "std where it is 0": points("std", [2.0, 2.0, 2.0], slopes=(zeros,)),
    "prod": [
        *points("prod", [0.0, 3.0, 4.0], slopes=([12.0, 0.0, 0.0],)),
        *points("prod", [0.0, 3.0, 0.0], slopes=(zeros,)),
        *points("cumprod", [2.0, 0.0, 3.0], slopes=([1.0, 8.0, 0.0],), settings=(0,)),
    ],
    "relu at 0": points("relu", 0.0, slopes=(0.0,)),
    "hardtanh, relu6 at a bound": [
        *functional("hardtanh", -1.0, slopes=(0.0,), settings=(-1.0, 2.0)),
        *functional("hardtanh", 2.0, slopes=(0.0,), settings=(-1.0, 2.0)),
        *functional("relu6", 0.0, slopes=(0.0,)),
        *functional("relu6", 6.0, slopes=(0.0,)),
    ],
    "hardshrink, softshrink at a bound": [
        p for x in (0.5, -0.5) for p in functional("hardshrink softshrink", x, slopes=(0.0,), settings=(0.5,))
    ],
    "threshold at the threshold": functional("threshold", 0.5, slopes=(0.0,), settings=(0.5, 2.0)),
    "hardswish at -3": functional("hardswish", -3.0, slopes=(0.0,)),
    "hardswish at 3": functional("hardswish", 3.0, slopes=(1.0,)),
    "leaky_relu, elu, prelu at 0": [
        *functional("leaky_relu elu", 0.0, slopes=(0.5,), settings=(0.5,)),
        *functional("prelu", [0.0], 0.5, slopes=([0.5], 0.0)),
    ],
}
SLOPE = 3.0  # of what the result goes into: never 1, which would hide a gradient that is forgotten


def stated() -> dict[str, str]:
    """The rows of the tables: where, and what the derivative is there."""
    text = "\n".join(table.__doc__ for table in (elementwise, reduction, activation))
    return dict(re.findall(r"^ {4}(\S.*?) {2,}(\S.*)$", text, re.MULTILINE))


def slopes_in(library: Any, point: Point) -> list[Any]:
    """The derivative at the point in tinygrad_lite or PyTorch."""
    inputs = [library.tensor(x, dtype=library.float64, requires_grad=True) for x in point.at]
    out = point.call(library, *inputs)
    out.backward(library.full_like(out, SLOPE))
    return [(library.zeros_like(x) if x.grad is None else x.grad).numpy() / SLOPE for x in inputs]


def test_every_row_has_points():
    assert list(KINKS) == list(stated())


@pytest.mark.parametrize("row", KINKS)
def test_the_derivative_is_what_the_table_states(row):
    for point in KINKS[row]:
        for actual, expected in itertools.zip_longest(slopes_in(tl, point), point.slopes):
            np.testing.assert_array_equal(actual, expected, err_msg=f"{row}: {point.at}")


@pytest.mark.parametrize("row", KINKS)
def test_the_table_is_pytorchs_unless_it_says_not(row):
    torch = pytest.importorskip("torch")
    for point in KINKS[row]:
        for actual, expected in itertools.zip_longest(slopes_in(torch, point), point.slopes):
            if "PyTorch gives NaN" in stated()[row]:
                expected = np.full_like(expected, nan)
            np.testing.assert_array_equal(actual, expected, err_msg=f"{row}: {point.at}")
