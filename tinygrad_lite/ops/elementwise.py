"""The table of elementwise functions: what each computes, and its derivative by each argument.

`g` is the incoming gradient and `out` the result; "dx = ..." in a docstring is the rule that follows it. Arguments
broadcast; the graph sums a gradient back to the shape of its argument, so no rule here mentions shapes. Functions
marked "float" first convert integers and bools to the default floating dtype.

Where `@computed_by` names a kernel, the kernel is a faster form of the definition below it; where a rule is given
`with_kernel`, of the formula before it. The public form of each function, with its types and a longer docstring, is in
the folder `functions`.

Where a function has a kink the derivative is a choice, here PyTorch's:

    abs, sign at 0                       0
    clamp at a bound                     1 for x (the bound itself gets none)
    maximum, minimum where x = y         1/2 each
    maximum, minimum where one is NaN    1 each
    sqrt at 0                            inf, the one-sided limit
    x**0 by x                            0, at x = 0 too
    0**y by y                            0 for y >= 0
    floor, ceil, round, trunc, sign      0
    frac, fmod, remainder by x           1, at the jumps too
    copysign by x at 0                   0
    copysign by x at ±inf                ±1 (PyTorch gives NaN)
    nextafter by x at x = y              0
    angle                                0
    atan2 at (0, 0)                      0
    hypot at (0, 0)                      0 (PyTorch gives NaN)
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from ..core.primitive import Array, Mask, elementwise, primitive
from .kernels import elementwise as kernels
from .kernels import erf as special
from .kernels.attach import computed_by, with_kernel
from .kernels.selection import choose
from .kernels.sinc import sinc as special_sinc
from .ufuncs import UFUNCS, ufunc

# -------------------------------------------------------------------------------------------- arithmetic


@ufunc(np.add, "common")
def add(x: Array, y: Array) -> Any:
    """x + y; dx = g, dy = g."""


add.derivative(x=lambda g: g, y=lambda g: g)


@ufunc(np.subtract, "difference")
def sub(x: Array, y: Array) -> Any:
    """x - y; dx = g, dy = -g."""


sub.derivative(x=lambda g: g, y=lambda g: -g)


@ufunc(np.multiply, "common")
def mul(x: Array, y: Array) -> Any:
    """x y; dx = g y, dy = g x."""


mul.derivative(x=lambda g, y: g * y, y=lambda g, x: g * x)


@ufunc(np.true_divide, "float")
def div(x: Array, y: Array) -> Any:
    """x / y; dx = g / y, dy = -g x / y². The result is not kept, so that it may be changed in place."""


div.derivative(x=lambda g, y: g / y, y=lambda g, x, y: -g * ((x / y) / y))


@elementwise("common", kinds="uif")
def floor_divide(x: Array, y: Array) -> Array:
    """floor(x / y); dx = 0, dy = 0."""
    kernels.check_divisor("floor_divide", x, y)
    return kernels.floor_divide(x, y)


floor_divide.derivative(x=lambda g: zeros_like(g), y=lambda g: zeros_like(g))


@elementwise("common", kinds="uif")
def trunc_divide(x: Array, y: Array) -> Array:
    """x / y rounded towards 0; dx = 0, dy = 0."""
    if np.result_type(x, y).kind == "f":
        return np.trunc(np.true_divide(x, y))
    kernels.check_divisor("trunc_divide", x, y)
    quotient = np.floor_divide(x, y)
    return quotient + ((quotient < 0) & (quotient * y != x))


trunc_divide.derivative(x=lambda g: zeros_like(g), y=lambda g: zeros_like(g))


@elementwise("common", kinds="uif")
def pow(x: Array, y: Array) -> Array:
    """x**y; dx = g y x**(y - 1), dy = g out log x, and 0 where x = 0 <= y."""
    try:
        return x**y
    except ValueError:  # NumPy refuses negative powers of whole numbers
        if isinstance(y, int) or np.result_type(x, y).kind == "f":
            raise
    return _rounded_power(x, y)


def _rounded_power(x: Any, y: Any) -> Array:
    """The power of whole numbers, rounded towards 0: to a negative one it is 0, but for 1 and -1."""
    reciprocal = np.equal(x, 1) + np.equal(x, -1) * np.where(np.bitwise_and(y, 1), -1, 1)
    return np.where(np.less(y, 0), reciprocal, x ** np.maximum(y, 0)).astype(np.result_type(x, y))


def _pow_by_x(g: Any, x: Any, y: Any) -> Any:
    if isinstance(y, (int, float)):
        return zeros_like(g) if y == 0 else g * (y * x ** (y - 1))
    zero = eq(y, 0)
    slope = where(zero, 0, y * pow(x, where(zero, 1, y - 1)))
    return where(zero, 0, g * slope)


def _pow_by_y(g: Any, x: Any, y: Any, out: Any) -> Any:
    if isinstance(x, (int, float)):
        if x == 0:
            return where(ge(y, 0), 0, g * where(lt(y, 0), -math.inf, where(ge(y, 0), 0, y)))
        return g * (out * (math.log(x) if x > 0 else math.nan))
    return g * (out * log(where(logical_and(eq(x, 0), ge(y, 0)), 1, x)))


pow.derivative(x=_pow_by_x, y=_pow_by_y)


@computed_by(kernels.fmod)
@elementwise("common", kinds="uif")
def fmod(x: Array, y: Array) -> Array:
    """x - y trunc(x / y), with the sign of x; dx = g, dy = -g trunc(x / y)."""
    kernels.check_divisor("fmod", x, y)
    return np.fmod(x, y)


fmod.derivative(x=lambda g: g, y=lambda g, x, y: -g * trunc_divide(x, y))


@computed_by(kernels.remainder)
@elementwise("common", kinds="uif")
def remainder(x: Array, y: Array) -> Array:
    """x - y floor(x / y), with the sign of y; dx = g, dy = -g floor(x / y)."""
    kernels.check_divisor("remainder", x, y)
    return np.remainder(x, y)


remainder.derivative(x=lambda g: g, y=lambda g, x, y: -g * floor_divide(x, y))


@ufunc(np.negative, "difference")
def neg(x: Array) -> Any:
    """-x; dx = -g."""


neg.derivative(x=lambda g: -g)


@elementwise("common", kinds="uif")
def abs(x: Array) -> Array:
    """|x|; dx = g sign(x)."""
    return np.abs(x)


abs.derivative(x=lambda g, x: g * sign(x))


@elementwise("common")
def square(x: Array) -> Array:
    """x², of bools in int64; dx = 2 g x."""
    return np.square(x) if getattr(x, "dtype", None) != np.bool_ else x.astype(np.int64)


square.derivative(x=lambda g, x: g * (2 * x))


@elementwise("float")
def reciprocal(x: Array) -> Array:
    """1 / x; dx = -g out²."""
    return np.true_divide(1, x)


reciprocal.derivative(x=lambda g, out: -g * (out * out))


@computed_by(kernels.lerp)
@elementwise("float")
def lerp(x: Array, y: Array, weight: Array) -> Array:
    """x + weight (y - x), exact at both ends; dx = g (1 - weight), dy = g weight, dweight = g (y - x)."""
    return np.where(np.abs(weight) < 0.5, x + weight * (y - x), y - (y - x) * (1 - weight))


lerp.derivative(
    x=lambda g, weight: g * (1 - weight),
    y=lambda g, weight: g * weight,
    weight=lambda g, x, y: g * (y - x),
)

# ------------------------------------------------------------------------------- exponentials and powers


@ufunc(np.exp, "float")
def exp(x: Array) -> Any:
    """e**x; dx = g out."""


exp.derivative(x=lambda g, out: g * out)


@ufunc(np.exp2, "float")
def exp2(x: Array) -> Any:
    """2**x; dx = g out log 2."""


exp2.derivative(x=lambda g, out: g * (out * math.log(2)))


@ufunc(np.expm1, "float")
def expm1(x: Array) -> Any:
    """e**x - 1, exact near 0; dx = g (out + 1)."""


expm1.derivative(x=lambda g, out: g * (out + 1))


@ufunc(np.log, "float")
def log(x: Array) -> Any:
    """log x; dx = g / x."""


log.derivative(x=lambda g, x: g / x)


@ufunc(np.log2, "float")
def log2(x: Array) -> Any:
    """log x / log 2; dx = g / (x log 2)."""


log2.derivative(x=lambda g, x: g / (x * math.log(2)))


@ufunc(np.log10, "float")
def log10(x: Array) -> Any:
    """log x / log 10; dx = g / (x log 10)."""


log10.derivative(x=lambda g, x: g / (x * math.log(10)))


@ufunc(np.log1p, "float")
def log1p(x: Array) -> Any:
    """log(1 + x), exact near 0; dx = g / (1 + x)."""


log1p.derivative(x=lambda g, x: g / (1 + x))


@computed_by(kernels.logaddexp)
@elementwise("float")
def logaddexp(x: Array, y: Array) -> Array:
    """log(e**x + e**y); dx = g sigmoid(x - y), dy = g sigmoid(y - x)."""
    return np.logaddexp(x, y)


UFUNCS[np.logaddexp] = logaddexp
logaddexp.derivative(x=lambda g, x, y: g * sigmoid(x - y), y=lambda g, x, y: g * sigmoid(y - x))


@ufunc(np.sqrt, "float")
def sqrt(x: Array) -> Any:
    """√x; dx = g / (2 out)."""


sqrt.derivative(x=lambda g, out: g / (2 * out))


@elementwise("float")
def rsqrt(x: Array) -> Array:
    """1 / √x; dx = -g out³ / 2."""
    return np.true_divide(1, np.sqrt(x))


rsqrt.derivative(x=lambda g, out: g * (-0.5 * (out * out * out)))


@computed_by(kernels.hypot)
@elementwise("float")
def hypot(x: Array, y: Array) -> Array:
    """√(x² + y²) without overflow; dx = g x / out, dy = g y / out."""
    return np.hypot(x, y)


UFUNCS[np.hypot] = hypot
hypot.derivative(x=lambda g, x, out: g * _ratio(x, out), y=lambda g, y, out: g * _ratio(y, out))


def _ratio(x: Any, length: Any) -> Any:
    """x / length, and 0, with derivatives of 0, where the length is 0."""
    zero = eq(length, 0)
    return x / length if _is_nowhere(zero) else where(zero, 0, x / where(zero, 1, length))


def _is_nowhere(condition: Any) -> bool:
    """Check that an array of bools holds nowhere: then there is nothing to choose, which saves most of the time.

    Of a Tensor it is not asked, because Tensors are recorded.
    """
    return type(condition) is np.ndarray and not condition.any()


@elementwise("float")
def logit(x: Array) -> Array:
    """log(x / (1 - x)); dx = g / (x (1 - x)), NaN outside [0, 1] like the result."""
    return np.log(x) - np.log1p(-x)


def _logit_by_x(g: Any, x: Any) -> Any:
    inside = logical_and(ge(x, 0), le(x, 1))
    if type(inside) is np.ndarray and inside.all():
        return g / (x * (1 - x))
    x = where(inside, x, 0.5)  # elsewhere the result is not used, but it must not overflow
    return where(inside, g * (reciprocal(x) + reciprocal(1 - x)), math.nan)


logit.derivative(x=_logit_by_x)


@elementwise("float")
def xlogy(x: Array, y: Array) -> Array:
    """x log y, and 0 where x = 0 (but not where y is NaN); dx = g log y, dy = g x / y, both 0 where x = y = 0."""
    return choose(np.equal(x, 0) & np.equal(y, y), 0, x * np.log(y)).astype(np.result_type(x, y), copy=False)


def _xlogy_by_x(g: Any, x: Any, y: Any) -> Any:
    zero = logical_and(eq(x, 0), le(y, 0))
    return xlogy(g, y) if _is_nowhere(zero) else where(zero, 0, xlogy(g, where(zero, ones_like(g), y)))


def _xlogy_by_y(g: Any, x: Any, y: Any) -> Any:
    zero = logical_and(eq(x, 0), eq(y, 0))
    return g * (x / y) if _is_nowhere(zero) else where(zero, 0, g * (x / where(zero, ones_like(g), y)))


xlogy.derivative(x=_xlogy_by_x, y=_xlogy_by_y)

# ------------------------------------------------------------------------------------------ trigonometry


@ufunc(np.sin, "float")
def sin(x: Array) -> Any:
    """sin x; dx = g cos(x)."""


sin.derivative(x=lambda g, x: g * cos(x))


@ufunc(np.cos, "float")
def cos(x: Array) -> Any:
    """cos x; dx = -g sin(x)."""


cos.derivative(x=lambda g, x: -g * sin(x))


@ufunc(np.tan, "float")
def tan(x: Array) -> Any:
    """tan x; dx = g (1 + out²)."""


tan.derivative(x=lambda g, out: g * (1 + out * out))


@elementwise("float")
def sinc(x: Array, order: int = 0) -> Array:
    """The derivative of this order of sin(π x) / (π x), which is 1 at 0; dx = g times the next derivative."""
    return special_sinc(x, order)


sinc.derivative(x=lambda g, x, order: g * sinc(x, order + 1))


@ufunc(np.arcsin, "float")
def asin(x: Array) -> Any:
    """arcsin x; dx = g / √(1 - x²)."""


asin.derivative(x=lambda g, x: g * rsqrt(one_minus_square(x)))


@elementwise("float")
def one_minus_square(x: Array) -> Array:
    """1 - x², exact near ±1; dx = -2 g x."""
    return (1 - x) * (1 + x)


one_minus_square.derivative(x=lambda g, x: g * -2 * x)


@ufunc(np.arccos, "float")
def acos(x: Array) -> Any:
    """arccos x; dx = -g / √(1 - x²)."""


acos.derivative(x=lambda g, x: -g * rsqrt(one_minus_square(x)))


@ufunc(np.arctan, "float")
def atan(x: Array) -> Any:
    """arctan x; dx = g / (1 + x²)."""


atan.derivative(x=lambda g, x: g / (1 + x * x))


@ufunc(np.arctan2, "float")
def atan2(x: Array, y: Array) -> Any:
    """The angle of the point (y, x), atan(x / y) in its quadrant; dx = g y / (x² + y²), dy = -g x / (x² + y²)."""


def _by_angle(x: Any, y: Any) -> Any:
    """y / (x² + y²), by way of the square root where a square overflows or vanishes."""
    if type(x) is type(y) is np.ndarray:
        squares = x * x + y * y
        limits = np.finfo(squares.dtype)
        if squares.size and limits.tiny / limits.eps < squares.min() and squares.max() <= limits.max:
            return y / squares
    length = hypot(x, y)
    return _ratio(_ratio(y, length), length)


atan2.derivative(x=lambda g, x, y: g * _by_angle(x, y), y=lambda g, x, y: -g * _by_angle(y, x))


@ufunc(np.sinh, "float")
def sinh(x: Array) -> Any:
    """sinh x; dx = g cosh(x)."""


sinh.derivative(x=lambda g, x: g * cosh(x))


@ufunc(np.cosh, "float")
def cosh(x: Array) -> Any:
    """cosh x; dx = g sinh(x)."""


cosh.derivative(x=lambda g, x: g * sinh(x))


@ufunc(np.tanh, "float")
def tanh(x: Array) -> Any:
    """tanh x; dx = g (1 - out²)."""


tanh.derivative(x=with_kernel(lambda g, out: g * (1 - out * out), kernels.tanh_derivative))


@ufunc(np.arcsinh, "float")
def asinh(x: Array) -> Any:
    """arsinh x; dx = g / √(x² + 1)."""


asinh.derivative(x=lambda g, x: g * rsqrt(x * x + 1))


@ufunc(np.arccosh, "float")
def acosh(x: Array) -> Any:
    """arcosh x, for x >= 1; dx = g / √(x² - 1)."""


acosh.derivative(x=lambda g, x: g * rsqrt(0 - one_minus_square(x)))  # 0 - 0 is 0, where -0 would make -inf


@ufunc(np.arctanh, "float")
def atanh(x: Array) -> Any:
    """artanh x; dx = g / (1 - x²)."""


atanh.derivative(x=lambda g, x: g / one_minus_square(x))

# --------------------------------------------------------------------- the sigmoid and the error function


@computed_by(kernels.sigmoid)
@elementwise("float")
def sigmoid(x: Array) -> Array:
    """1 / (1 + e**-x); dx = g out (1 - out)."""
    return np.true_divide(1, 1 + np.exp(np.negative(x)))


sigmoid.derivative(x=with_kernel(lambda g, out: g * (out * (1 - out)), kernels.sigmoid_derivative))


@elementwise("float")
def erf(x: Array) -> Array:
    """2/√π ∫₀ˣ e**-t² dt; dx = 2/√π g e**-x²."""
    return special.erf(x)


erf.derivative(x=lambda g, x: g * (exp(-(x * x)) * (2 / math.sqrt(math.pi))))


@elementwise("float")
def erfc(x: Array) -> Array:
    """1 - erf(x), exact where erf is near 1; dx = -2/√π g e**-x²."""
    return special.erfc(x)


erfc.derivative(x=lambda g, x: g * (exp(-(x * x)) * (-2 / math.sqrt(math.pi))))

# ------------------------------------------------------------------------------------ rounding and signs


@computed_by(kernels.sign)
@elementwise("common")
def sign(x: Array) -> Array:
    """-1, 0 (for NaN too) or 1; dx = 0."""
    return np.where(x > 0, 1, np.where(x < 0, -1, 0)).astype(x.dtype)


sign.derivative(x=lambda g: zeros_like(g))


@elementwise("common", kinds="uif")
def floor(x: Array) -> Array:
    """The largest integer <= x; dx = 0."""
    return np.floor(x)


floor.derivative(x=lambda g: zeros_like(g))


@elementwise("common", kinds="uif")
def ceil(x: Array) -> Array:
    """The smallest integer >= x; dx = 0."""
    return np.ceil(x)


ceil.derivative(x=lambda g: zeros_like(g))


@elementwise("common", kinds="uif")
def trunc(x: Array) -> Array:
    """x without its fraction; dx = 0."""
    return np.trunc(x)


trunc.derivative(x=lambda g: zeros_like(g))


@elementwise("common", kinds="uif")
def round(x: Array, decimals: int = 0) -> Array:
    """x rounded to `decimals`, halves to even; dx = 0."""
    return np.round(x, decimals)


round.derivative(x=lambda g: zeros_like(g))


@elementwise("common", kinds="f")
def frac(x: Array) -> Array:
    """x - trunc(x); dx = g."""
    return np.subtract(x, np.trunc(x))


frac.derivative(x=lambda g: g)


@ufunc(np.copysign, "float")
def copysign(x: Array, y: Array) -> Any:
    """|x| with the sign of y; dx = g sign(x) copysign(1, y), dy = 0."""


copysign.derivative(x=lambda g, x, y: g * (sign(x) * copysign(ones_like(x), y)), y=lambda g: zeros_like(g))


@computed_by(kernels.nextafter)
@elementwise("common", kinds="f")
def nextafter(x: Array, y: Array) -> Array:
    """The floating-point number next to x on the way to y; dx = 0 where x = y, else g; dy = 0."""
    return np.nextafter(x, y)


nextafter.derivative(x=lambda g, x, y: where(eq(x, y), 0, g), y=lambda g: zeros_like(g))


@computed_by(kernels.angle)
@elementwise("float")
def angle(x: Array) -> Array:
    """The angle of x in the complex plane: π where x < 0, 0 where x >= 0, NaN of NaN; dx = 0."""
    return np.arctan2(0, x + 0)  # -0.0 + 0 is 0.0, whose angle is 0


angle.derivative(x=lambda g: zeros_like(g))

# ----------------------------------------------------------------------------------- selecting and bounding


@ufunc(np.maximum, "common")
def maximum(x: Array, y: Array) -> Any:
    """The larger of x and y, NaN if either is; dx = g / 2 where x = y, 0 where x < y, else g; dy likewise."""


maximum.derivative(
    x=lambda g, x, y: _share(g, lt(x, y), eq(x, y)),
    y=lambda g, x, y: _share(g, lt(y, x), eq(x, y)),
)


@ufunc(np.minimum, "common")
def minimum(x: Array, y: Array) -> Any:
    """The smaller of x and y, NaN if either is; dx = g / 2 where x = y, 0 where x > y, else g; dy likewise."""


minimum.derivative(
    x=lambda g, x, y: _share(g, gt(x, y), eq(x, y)),
    y=lambda g, x, y: _share(g, gt(y, x), eq(x, y)),
)


def _share(g: Any, not_chosen: Any, equal: Any) -> Any:
    """g, half of it where the two are equal, and 0 where the other one was chosen."""
    return where(equal, g * 0.5, where(not_chosen, 0, g))


@computed_by(kernels.clamp)
@elementwise("common")
def clamp(x: Array, min: Array | None = None, max: Array | None = None) -> Array:
    """min(max(x, min), max); dx = g where min <= x <= max, dmin = g where x < min < max, dmax = g elsewhere."""
    bounded = x if min is None else np.maximum(x, min)
    return bounded if max is None else np.minimum(bounded, max)


def _inside(x: Any, min: Any, max: Any) -> Any:
    if min is None or max is None:
        return le(x, max) if min is None else ge(x, min)
    return logical_and(ge(x, min), le(x, max))


def _below(x: Any, min: Any, max: Any) -> Any:
    return lt(x, min) if max is None else logical_and(lt(x, min), lt(min, max))


def _above(x: Any, min: Any, max: Any) -> Any:
    return gt(x, max) if min is None else logical_or(gt(x, max), lt(max, min))


clamp.derivative(
    x=lambda g, x, min, max: where(_inside(x, min, max), g, 0),
    min=lambda g, x, min, max: where(_below(x, min, max), g, 0),
    max=lambda g, x, min, max: where(_above(x, min, max), g, 0),
)


@computed_by(choose)
@elementwise("common")
def where(condition: Mask, x: Array, y: Array) -> Array:
    """x where the condition holds, else y; dx = g where it holds, else 0; dy = 0 where it holds, else g."""
    return np.where(condition, x, y)


where.derivative(
    x=lambda g, condition: where(condition, g, 0),
    y=lambda g, condition: where(condition, 0, g),
)


@computed_by(kernels.masked_scale)
@primitive
def masked_scale(x: Array, mask: Mask, scale: float) -> Array:
    """x mask scale, for a mask of the shape of x: dropout, after its mask was drawn; dx = g mask scale."""
    return x * mask * scale


masked_scale.derivative(x=lambda g, mask, scale: masked_scale(g, mask, scale))

# ---------------------------------------------------------------------------------- results without derivative


@ufunc(np.equal, "common")
def eq(x: Array, y: Array) -> Any:
    """True where x = y."""


@ufunc(np.not_equal, "common")
def ne(x: Array, y: Array) -> Any:
    """True where x ≠ y."""


@ufunc(np.less, "common")
def lt(x: Array, y: Array) -> Any:
    """True where x < y."""


@ufunc(np.less_equal, "common")
def le(x: Array, y: Array) -> Any:
    """True where x <= y."""


@ufunc(np.greater, "common")
def gt(x: Array, y: Array) -> Any:
    """True where x > y."""


@ufunc(np.greater_equal, "common")
def ge(x: Array, y: Array) -> Any:
    """True where x >= y."""


@computed_by(kernels.logical_and)
@elementwise("common")
def logical_and(x: Array, y: Array) -> Array:
    """True where both x and y are not 0."""
    return np.logical_and(x, y)


@computed_by(kernels.logical_or)
@elementwise("common")
def logical_or(x: Array, y: Array) -> Array:
    """True where x or y is not 0."""
    return np.logical_or(x, y)


@computed_by(kernels.logical_xor)
@elementwise("common")
def logical_xor(x: Array, y: Array) -> Array:
    """True where exactly one of x and y is not 0."""
    return np.logical_xor(x, y)


@computed_by(kernels.logical_not)
@elementwise("common")
def logical_not(x: Array) -> Array:
    """True where x is 0."""
    return np.logical_not(x)


UFUNCS |= {
    np.logical_and: logical_and,
    np.logical_or: logical_or,
    np.logical_xor: logical_xor,
    np.logical_not: logical_not,
}


@elementwise("common", kinds="bui")
def bitwise_and(x: Array, y: Array) -> Array:
    """The bits that are 1 in both x and y."""
    return np.bitwise_and(x, y)


@elementwise("common", kinds="bui")
def bitwise_or(x: Array, y: Array) -> Array:
    """The bits that are 1 in x or in y."""
    return np.bitwise_or(x, y)


@elementwise("common", kinds="bui")
def bitwise_xor(x: Array, y: Array) -> Array:
    """The bits that are 1 in exactly one of x and y."""
    return np.bitwise_xor(x, y)


@elementwise("common", kinds="bui")
def bitwise_not(x: Array) -> Array:
    """The bits that are 0 in x; of bools, not x."""
    return np.bitwise_not(x)


@elementwise("common", kinds="ui")
def bitwise_left_shift(x: Array, y: Array) -> Array:
    """x 2**y, of integers."""
    return np.left_shift(x, y)


@elementwise("common", kinds="ui")
def bitwise_right_shift(x: Array, y: Array) -> Array:
    """floor(x / 2**y), of integers."""
    return np.right_shift(x, y)


@elementwise("common", kinds="ui")
def gcd(x: Array, y: Array) -> Array:
    """The greatest common divisor of x and y, of integers."""
    return np.gcd(x, y)


@elementwise("common", kinds="ui")
def lcm(x: Array, y: Array) -> Array:
    """The least common multiple of x and y, of integers."""
    return np.lcm(x, y)


@ufunc(np.isnan, "common")
def isnan(x: Array) -> Any:
    """True where x is NaN."""


@ufunc(np.isinf, "common")
def isinf(x: Array) -> Any:
    """True where x is infinite, of either sign."""


@ufunc(np.isfinite, "common")
def isfinite(x: Array) -> Any:
    """True where x is neither infinite nor NaN."""


@elementwise("common")
def isclose(x: Array, y: Array, rtol: float = 1e-05, atol: float = 1e-08, equal_nan: bool = False) -> Array:
    """True where |x - y| <= atol + rtol |y|, or x = y; NaN equals NaN only if `equal_nan`."""
    return np.isclose(x, y, rtol=rtol, atol=atol, equal_nan=equal_nan)


# ----------------------------------------------------------------------------------- constants


@elementwise("common")
def ones_like(x: Array) -> Array:
    """1 everywhere, in the shape and dtype of x."""
    return np.ones_like(x)


@elementwise("common")
def zeros_like(x: Array) -> Array:
    """0 everywhere, in the shape and dtype of x: a derivative that is 0 whatever the gradient is, NaN too."""
    return np.zeros_like(x)
