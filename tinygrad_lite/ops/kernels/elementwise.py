"""Fast forms of the functions of `ops/elementwise.py` and `ops/activation.py`; a kernel has the name of its function.

The times in the comments are of float32 arrays of 128 x 512 elements on one core.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from .selection import INTEGERS, choose

Array = np.ndarray[Any, np.dtype[Any]]


def clamp(x: Any, min: Any = None, max: Any = None) -> Any:
    """min(max(x, min), max), where a bound of None is none.

    Raises:
        RuntimeError: if both bounds are None.
    """
    if min is None and max is None:
        raise RuntimeError("torch.clamp: At least one of 'min' or 'max' must not be None")
    if np.asarray(x).dtype.kind == "f":
        # `clip` with two bounds is as fast as arithmetic; with one, and for np.maximum of a number, it is not.
        return np.asarray(x).clip(-np.inf if min is None else min, np.inf if max is None else max)
    bounded = x if min is None else np.maximum(x, min)
    return bounded if max is None else np.minimum(bounded, max)


def hardtanh(x: Any, min: float, max: float) -> Any:
    """min(max(x, min), max)."""
    return clamp(x, min, max)


def sign(x: Any) -> Any:
    """-1, 0 or 1; 0 for NaN. Two comparisons are faster than np.sign."""
    positive, negative = np.greater(x, 0), np.less(x, 0)
    return np.subtract(positive.view(np.int8), negative.view(np.int8)).astype(np.asarray(x).dtype)


def lerp(x: Any, y: Any, weight: Any) -> Any:
    """x + weight (y - x), computed from the end that is nearer, so that it is exact at both."""
    step = np.asarray(np.subtract(y, x))
    near_x = np.less(np.abs(weight), 0.5)
    if near_x.ndim:
        return choose(near_x, x + weight * step, y - step * (1 - weight))
    step *= weight if near_x else 1 - weight
    return np.add(x, step, step) if near_x else np.subtract(y, step, step)


def logaddexp(x: Any, y: Any) -> Any:
    """The larger of the two plus log(1 + e**-|x - y|): np.logaddexp takes ten times as long."""
    out = np.maximum(x, y)
    if out.size < _FEW or out.itemsize < 4:
        return np.logaddexp(x, y)
    distance = np.minimum(x, y)
    distance -= out
    if not np.isfinite(out).all():
        distance[np.isnan(distance)] = 0  # that of two infinities of one sign
    np.exp(distance, distance)
    np.log1p(distance, distance)
    out += distance
    return out


def hypot(x: Any, y: Any) -> Any:
    """√(x² + y²), by np.hypot, which takes five times as long, where a square would overflow or lose digits."""
    out = np.asarray(x * x + y * y)
    limits = np.finfo(out.dtype)
    if out.size < _FEW or not (out.min() > limits.tiny / limits.eps and out.max() <= limits.max):
        return np.hypot(x, y)
    return np.sqrt(out, out)


_FEW = 64
"""For so few elements one call of NumPy is quicker than several."""


_WHOLE = np.dtype(np.int64)


def check_divisor(name: str, x: Any, y: Any) -> None:
    """Raise where an integer is divided by 0: among integers there is no infinity for the result."""
    if getattr(x, "dtype", _WHOLE).kind == "f" or np.result_type(x, y).kind == "f":
        return
    if not np.all(y):
        raise RuntimeError(f"ZeroDivisionError. {name}: an integer is divided by 0; of floats it is inf")


def fmod(x: Any, y: Any) -> Any:
    """The remainder of x / y with the sign of x."""
    check_divisor("fmod", x, y)
    found = _remainder_in_double(x, y)
    return np.fmod(x, y) if found is None else found


def remainder(x: Any, y: Any) -> Any:
    """The remainder of x / y with the sign of y: that of `fmod`, to which y is added where its sign is another one."""
    check_divisor("remainder", x, y)
    out = _remainder_in_double(x, y)
    if out is None:
        return np.remainder(x, y)
    bits, divisor = out.view(np.int32), np.asarray(y, np.float32)
    sign = divisor.view(np.int32) & _SIGN
    other = np.logical_and((bits ^ sign) < 0, out != 0)
    out += other * divisor
    bits &= ~_SIGN
    bits |= sign
    return out


_SIGN = np.int32(-(1 << 31))


def _remainder_in_double(x: Any, y: Any) -> Any:
    """fmod(x, y) of float32, exactly, in a sixth of NumPy's time; or None.

    In float64 the quotient of two numbers of 24 bits is no whole number unless the exact one is. Up to 2²⁸ it times y
    needs at most 52 bits, and the difference from x no more than x and y have.
    """
    if np.result_type(x, y) != np.float32 or max(np.size(x), np.size(y)) < _FEW:
        return None
    x = np.asarray(x, np.float32)
    dividend, divisor = x.astype(np.float64), np.asarray(y, np.float32).astype(np.float64)
    quotient = dividend / divisor
    if not (quotient.min() > -(1 << 28) and quotient.max() < 1 << 28 and np.isfinite(divisor).all()):
        return None
    np.trunc(quotient, quotient)
    quotient *= divisor
    np.subtract(dividend, quotient, quotient)
    out = quotient.astype(np.float32)
    bits = out.view(np.int32)
    bits |= x.view(np.int32) & _SIGN  # that of a remainder of 0
    return out


def nextafter(x: Any, y: Any) -> Any:
    """The number next to x on the way to y: its bits, as a whole number, are those of x and 1 more or less."""
    if type(x) is not np.ndarray or x.itemsize < 4 or x.size < _FEW or np.shape(y) != x.shape:
        return np.nextafter(x, y)
    less, integer = np.less(x, y), INTEGERS[x.itemsize]
    bits = (less == np.greater(x, 0)).astype(integer)
    bits *= 2
    bits -= 1
    bits += x.view(integer)
    usual = (less | np.greater(x, y)) & np.not_equal(x, 0)
    out = bits.view(x.dtype)
    if not usual.all():
        rest = ~usual
        out[rest] = np.nextafter(x[rest], y[rest])
    return out


def angle(x: Any) -> Any:
    """π where x < 0, 0 where x >= 0, NaN of NaN."""
    if np.size(x) < _FEW:
        return np.arctan2(0, x + 0)  # -0.0 + 0 is 0.0, whose angle is 0
    out = np.less(x, 0).astype(x.dtype)
    out *= np.array(math.pi, x.dtype)
    undefined = np.isnan(x)
    if undefined.any():
        out[undefined] = np.nan
    return out


def floor_divide(x: Any, y: Any) -> Any:
    """floor(x / y), of the exact quotient.

    Unless the quotient is rounded to a whole number, rounding it changes nothing. np.floor_divide, which computes a
    remainder for every element, takes ten times as long.
    """
    if np.size(x) < 64 or np.result_type(x, y).kind != "f":
        return np.floor_divide(x, y)
    quotient = np.true_divide(x, y)
    out = np.floor(quotient)
    whole = out == quotient
    count = np.count_nonzero(whole)
    if count > whole.size // 8:
        return np.floor_divide(x, y)
    if count:
        a, b = (np.broadcast_to(v, whole.shape)[whole] for v in (x, y))
        out[whole] = np.floor_divide(a, b)
    return out


def masked_scale(x: Any, mask: Any, scale: float) -> Any:
    """x mask scale, for a mask of the shape of x.

    A mask in the dtype of x is multiplied faster than one of bools, and by an array faster than by a number. One that
    was expanded, for whole channels, is converted as it was before.
    """
    if 0 in mask.strides:
        once = mask[tuple([slice(None) if step else slice(1) for step in mask.strides])]
        return x * (once.astype(x.dtype) * np.array(scale, x.dtype))
    out = mask.astype(x.dtype)
    out *= np.array(scale, x.dtype)
    out *= x
    return out


# -------------------------------------------------------------------------------------------- truth values


def logical_and(x: Any, y: Any) -> Any:
    """True where both x and y are not 0."""
    return np.logical_and(_truth(x), _truth(y))


def logical_or(x: Any, y: Any) -> Any:
    """True where x or y is not 0."""
    return np.logical_or(_truth(x), _truth(y))


def logical_xor(x: Any, y: Any) -> Any:
    """True where exactly one of x and y is not 0."""
    return np.logical_xor(_truth(x), _truth(y))


def logical_not(x: Any) -> Any:
    """True where x is 0."""
    return np.equal(x, 0) if np.size(x) >= _FEW and x.dtype.kind == "f" else np.logical_not(x)


def _truth(x: Any) -> Any:
    """Return x != 0 for many floats, because NumPy's logical functions are ten times as fast on bools; else x."""
    return np.not_equal(x, 0) if np.size(x) >= _FEW and x.dtype.kind == "f" else x


# ---------------------------------------------------------------------------------------------- activations


def relu(x: Any) -> Any:
    """max(x, 0). For many elements np.maximum takes four times as long with a number as `clip` does (22 µs, 5 µs)."""
    if np.size(x) < 2048 or x.dtype.kind != "f":
        return np.maximum(x, 0)
    return x.clip(0, np.inf)


def relu_derivative(g: Array, out: Array) -> Array:
    """g where out is not 0, else 0, whatever g is there: a product of floats would make NaN of an infinite g.

    So its bits are multiplied as a whole number, by 1 or 0, which is as fast. Two casts are faster than one comparison
    as long as the mask between them stays in the cache.
    """
    integer = INTEGERS[g.itemsize]
    small = g.size < 65536
    bits = out.astype(np.bool_).astype(integer) if small else np.not_equal(out, 0, out=np.empty_like(g, integer))
    bits *= g.view(integer)
    return bits.view(g.dtype)


def leaky_relu(x: Any, slope: float) -> Any:
    """x where x > 0, else slope x. For a slope of at most 1 that is the larger of the two."""
    scaled = np.multiply(x, slope)
    return np.maximum(x, scaled) if 0 < slope <= 1 else choose(np.greater(x, 0), x, scaled)


def prelu(x: Any, weight: Any) -> Any:
    """x where x > 0, else weight x: for one weight of at most 1 the larger of the two."""
    if np.size(weight) == 1 and 0 < weight <= 1:
        return np.maximum(x, x * weight)
    return choose(np.greater(x, 0), x, x * weight)


def elu(x: Any, alpha: float, scale: float, inner: float) -> Any:
    """scale x where x > 0, else scale alpha (e**(inner x) - 1). A sum of the two parts is faster than choosing."""
    negative_part = np.expm1(clamp(x, None, 0) * inner)
    return clamp(x, 0, None) * scale + negative_part * (alpha * scale)


def softplus(x: Any, beta: float = 1, threshold: float = 20) -> Any:
    """log(1 + e**(beta x)) / beta, and x where beta x > threshold. Nothing overflows where the result is x."""
    scaled = np.multiply(x, beta)
    soft = np.log1p(np.exp(np.minimum(scaled, threshold))) / beta
    return choose(scaled > threshold, x, soft)


def tanh_derivative(g: Array, out: Array) -> Array:
    """g (1 - out²), in one new array."""
    result = np.multiply(out, out, np.empty_like(out))
    np.subtract(1, result, result)
    result *= g
    return result


def sigmoid(x: Any) -> Any:
    """1 / (1 + e**-x), where the sum and the quotient are in the memory of the exponentials."""
    out = np.asarray(np.exp(np.negative(x)))
    out += 1
    return np.true_divide(1, out, out)


def sigmoid_derivative(g: Array, out: Array) -> Array:
    """g (out (1 - out)), in one new array."""
    result = np.subtract(1, out, np.empty_like(out))
    result *= out
    result *= g
    return result


def hardswish(x: Any) -> Any:
    """x min(max(x + 3, 0), 6) / 6, in one new array."""
    out = np.asarray(x + _THREE)
    out.clip(0, 6, out)
    out /= 6
    out *= x
    return out


def hardswish_derivative(g: Array, x: Array) -> Array:
    """0 where x <= -3, g where x >= 3, else g (x / 3 + 1/2).

    Where the slope is 0 or 1 it is set by its bits, and so is the result where it is 0, whatever g is there.
    """
    integer = INTEGERS[x.itemsize]
    slope = np.asarray(x / _THREE)
    slope += 0.5
    bits = slope.view(integer)
    above, below = np.asarray(x >= 3), np.asarray(x <= -3)
    bits *= (~(above | below)).astype(integer)
    slope += above.astype(slope.dtype)
    slope *= g
    bits *= (~below).astype(integer)
    return slope


def binary_cross_entropy_with_logits(x: Any, y: Any) -> Any:
    """(1 - y) x - log sigmoid(x), in two new arrays."""
    out = np.asarray((_ONE - y) * x)
    part = np.asarray(np.minimum(x, _ZERO))
    out -= part
    np.abs(x, part)
    part *= -1
    np.exp(part, part)
    np.log1p(part, part)
    out += part
    return out


_ZERO, _ONE, _THREE = map(np.float16, (0, 1, 3))
"""Numbers that make whole numbers floating, and no floating dtype larger."""


def binary_cross_entropy_with_logits_derivative(g: Array, x: Array, y: Array) -> Array:
    """g (1 - y - sigmoid(-x)), in two new arrays."""
    other = np.asarray(np.exp(x))
    other += 1
    np.true_divide(1, other, other)
    out = np.asarray((1 - y) - other)  # in the memory of 1 - y
    out *= g
    return out
