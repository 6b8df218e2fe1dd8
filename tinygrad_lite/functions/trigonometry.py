"""Trigonometric and hyperbolic functions of elements, as PyTorch calls them. Angles are in radians."""

from __future__ import annotations

import math

from ..core.primitive import documents
from ..ops import elementwise as ops
from ..types.annotations import Tensor
from .arguments import public, refuse_numbers, rounded_once

# -------------------------------------------------------------------------------------------- angles to ratios


@documents(ops.sin)
def sin(x: Tensor) -> Tensor:
    """Sine of each element, an angle in radians.

        sin x,    d/dx = cos x

    The result has the shape of `x` and its dtype; integers and bools are first converted to the default dtype.

    Raises:
        TypeError: if `x` is neither a Tensor, an array nor a number.

    >>> import tinygrad_lite as tl
    >>> tl.sin(tl.tensor([0.0, tl.pi / 6, tl.pi / 2]))
    tensor([0.0000, 0.5000, 1.0000])
    """


@documents(ops.cos)
def cos(x: Tensor) -> Tensor:
    """Cosine of each element, an angle in radians.

        cos x,    d/dx = -sin x

    The result has the shape of `x` and its dtype; integers and bools are first converted to the default dtype.

    Raises:
        TypeError: if `x` is neither a Tensor, an array nor a number.

    >>> import tinygrad_lite as tl
    >>> tl.cos(tl.tensor([0.0, tl.pi / 3, tl.pi]))
    tensor([ 1.0000,  0.5000, -1.0000])
    """


@documents(ops.tan)
def tan(x: Tensor) -> Tensor:
    """Tangent of each element, an angle in radians.

        tan x = sin x / cos x,    d/dx = 1 + tan² x

    The result has the shape of `x` and its dtype; integers and bools are first converted to the default dtype.

    Raises:
        TypeError: if `x` is neither a Tensor, an array nor a number.

    >>> import tinygrad_lite as tl
    >>> tl.tan(tl.tensor([0.0, tl.pi / 4, tl.pi / 3]))
    tensor([0.0000, 1.0000, 1.7321])
    """


@public
@rounded_once
def sinc(x: Tensor) -> Tensor:
    """Normalized cardinal sine of each element, as `np.sinc`.

        sin(π x) / (π x), and 1 at 0

    The result has the shape of `x` and its dtype; integers are first converted to the default dtype. It is 0 at
    every other integer, up to rounding. Its derivatives, of every order, are exact near 0 too, where PyTorch gives
    quotients that cancel (and at 0 a second derivative of NaN).

    Raises:
        TypeError: if `x` is neither a Tensor, an array nor a number.

    >>> import tinygrad_lite as tl
    >>> tl.sinc(tl.tensor([0.0, 0.5, 1.5]))
    tensor([ 1.0000,  0.6366, -0.2122])
    """
    return ops.sinc(x, 0)


# -------------------------------------------------------------------------------------------- ratios to angles


@documents(ops.asin)
def asin(x: Tensor) -> Tensor:
    """Arc sine of each element: the angle in [-π/2, π/2] that has this sine.

        arcsin x,    d/dx = 1 / √(1 - x²)

    The result has the shape of `x` and its dtype; integers and bools are first converted to the default dtype. Outside
    [-1, 1] it is NaN.

    Raises:
        TypeError: if `x` is neither a Tensor, an array nor a number.

    >>> import tinygrad_lite as tl
    >>> tl.asin(tl.tensor([0.5, 1.0, 1.5]))
    tensor([0.5236, 1.5708,    nan])
    """


@documents(ops.acos)
def acos(x: Tensor) -> Tensor:
    """Arc cosine of each element: the angle in [0, π] that has this cosine.

        arccos x,    d/dx = -1 / √(1 - x²)

    The result has the shape of `x` and its dtype; integers and bools are first converted to the default dtype. Outside
    [-1, 1] it is NaN.

    Raises:
        TypeError: if `x` is neither a Tensor, an array nor a number.

    >>> import tinygrad_lite as tl
    >>> tl.acos(tl.tensor([1.0, 0.0, -1.0])) / tl.pi
    tensor([0.0000, 0.5000, 1.0000])
    """


@documents(ops.atan)
def atan(x: Tensor) -> Tensor:
    """Arc tangent of each element: the angle in (-π/2, π/2) that has this tangent.

        arctan x,    d/dx = 1 / (1 + x²)

    The result has the shape of `x` and its dtype; integers and bools are first converted to the default dtype.

    Raises:
        TypeError: if `x` is neither a Tensor, an array nor a number.

    >>> import tinygrad_lite as tl
    >>> tl.atan(tl.tensor([1.0, -1.0, tl.inf])) / tl.pi
    tensor([ 0.2500, -0.2500,  0.5000])
    """


@public
def atan2(x: Tensor, y: Tensor) -> Tensor:
    """Angle in [-π, π] between the first axis and the point with the coordinates (`y`, `x`), in that order.

        arctan(x / y) in the quadrant of the point,    d/dx = y / (x² + y²),    d/dy = -x / (x² + y²)

    The shapes are broadcast; the result is of a floating dtype. At (0, 0) the derivatives are 0.

    Raises:
        RuntimeError: if the shapes cannot be broadcast.
        TypeError: if `x` or `y` is not a Tensor: PyTorch takes no numbers here.

    >>> import tinygrad_lite as tl
    >>> down, left = tl.tensor([0.0, 1.0, -1.0]), tl.tensor([-1.0, -1.0, 0.0])
    >>> tl.atan2(down, left) / tl.pi
    tensor([ 1.0000,  0.7500, -0.5000])
    """
    refuse_numbers("atan2", x, y)
    return ops.atan2(x, y)


# -------------------------------------------------------------------------------------------------- hyperbolic


@documents(ops.sinh)
def sinh(x: Tensor) -> Tensor:
    """Hyperbolic sine of each element.

        sinh x = (eˣ - e⁻ˣ) / 2,    d/dx = cosh x

    The result has the shape of `x` and its dtype; integers and bools are first converted to the default dtype.

    Raises:
        TypeError: if `x` is neither a Tensor, an array nor a number.

    >>> import tinygrad_lite as tl
    >>> tl.sinh(tl.tensor([0.0, 1.0, -1.0]))
    tensor([ 0.0000,  1.1752, -1.1752])
    """


@documents(ops.cosh)
def cosh(x: Tensor) -> Tensor:
    """Hyperbolic cosine of each element.

        cosh x = (eˣ + e⁻ˣ) / 2,    d/dx = sinh x

    The result has the shape of `x` and its dtype; integers and bools are first converted to the default dtype.

    Raises:
        TypeError: if `x` is neither a Tensor, an array nor a number.

    >>> import tinygrad_lite as tl
    >>> tl.cosh(tl.tensor([0.0, 1.0, -1.0]))
    tensor([1.0000, 1.5431, 1.5431])
    """


@documents(ops.tanh)
def tanh(x: Tensor) -> Tensor:
    """Hyperbolic tangent of each element, between -1 and 1.

        tanh x = (eˣ - e⁻ˣ) / (eˣ + e⁻ˣ),    d/dx = 1 - tanh² x

    The result has the shape of `x` and its dtype; integers and bools are first converted to the default dtype. As an
    activation it saturates: for |x| > 10 the result is ±1 in float32, and the derivative 0.

    Raises:
        TypeError: if `x` is neither a Tensor, an array nor a number.

    >>> import tinygrad_lite as tl
    >>> x = tl.tensor([0.0, 0.5, -100.0], requires_grad=True)
    >>> y = tl.tanh(x)
    >>> y.sum().backward()
    >>> y.detach(), x.grad
    (tensor([ 0.0000,  0.4621, -1.0000]), tensor([1.0000, 0.7864, 0.0000]))
    """


@documents(ops.asinh)
def asinh(x: Tensor) -> Tensor:
    """Inverse hyperbolic sine of each element.

        arsinh x = log(x + √(x² + 1)),    d/dx = 1 / √(x² + 1)

    The result has the shape of `x` and its dtype; integers and bools are first converted to the default dtype.

    Raises:
        TypeError: if `x` is neither a Tensor, an array nor a number.

    >>> import tinygrad_lite as tl
    >>> tl.asinh(tl.sinh(tl.tensor([0.5, -2.0])))
    tensor([ 0.5000, -2.0000])
    """


@documents(ops.acosh)
def acosh(x: Tensor) -> Tensor:
    """Inverse hyperbolic cosine of each element.

        arcosh x = log(x + √(x² - 1)),    d/dx = 1 / √(x² - 1)

    The result has the shape of `x` and its dtype; integers and bools are first converted to the default dtype. Below 1
    it is NaN.

    Raises:
        TypeError: if `x` is neither a Tensor, an array nor a number.

    >>> import tinygrad_lite as tl
    >>> tl.acosh(tl.tensor([1.0, 2.0, 0.5]))
    tensor([0.0000, 1.3170,    nan])
    """


@documents(ops.atanh)
def atanh(x: Tensor) -> Tensor:
    """Inverse hyperbolic tangent of each element.

        artanh x = log((1 + x) / (1 - x)) / 2,    d/dx = 1 / (1 - x²)

    The result has the shape of `x` and its dtype; integers and bools are first converted to the default dtype. At ±1 it
    is ±inf, and outside [-1, 1] NaN.

    Raises:
        TypeError: if `x` is neither a Tensor, an array nor a number.

    >>> import tinygrad_lite as tl
    >>> tl.atanh(tl.tensor([0.0, 0.5, 1.0]))
    tensor([0.0000, 0.5493,    inf])
    """


# ------------------------------------------------------------------------------------------------------- units


@public
def deg2rad(x: Tensor) -> Tensor:
    """Angles in degrees, converted to radians.

        x π / 180

    The result has the shape of `x` and its dtype; integers are first converted to the default dtype.

    Raises:
        TypeError: if `x` is neither a Tensor, an array nor a number.

    >>> import tinygrad_lite as tl
    >>> tl.deg2rad(tl.tensor([180, 90]))
    tensor([3.1416, 1.5708])
    """
    return x * (math.pi / 180)


@public
def rad2deg(x: Tensor) -> Tensor:
    """Angles in radians, converted to degrees.

        x 180 / π

    The result has the shape of `x` and its dtype; integers are first converted to the default dtype.

    Raises:
        TypeError: if `x` is neither a Tensor, an array nor a number.

    >>> import tinygrad_lite as tl
    >>> tl.rad2deg(tl.tensor([tl.pi, -tl.pi / 2]))
    tensor([180., -90.])
    """
    return x * (180 / math.pi)
