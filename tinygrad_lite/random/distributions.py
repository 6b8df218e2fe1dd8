"""Distributions: arrays of random numbers, made of a generator's bits as PyTorch's CPU code makes them.

How PyTorch 2.13 does it stands in its headers ATen/core/DistributionsHelper.h and
ATen/native/cpu/DistributionTemplates.h, and was confirmed by comparing results. Its compiled code rounds `a * b + c`
only once. The functions here do the same, because otherwise the last bit would differ.

Every function takes the generator first and returns a new array.

>>> from tinygrad_lite.random import Generator
>>> integers(Generator().manual_seed(0), (2, 3), 0, 10)
array([[4, 9, 3],
       [0, 3, 9]])
"""

from __future__ import annotations

import functools
import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from ..core.primitive import Array
from .generator import Generator

Shape = Sequence[int]

HUGE_PERMUTATION = (2**32 - 1) // 20
"""From this length on, permutations use 64 random bits, because remainders of 32 bits would be visibly uneven."""

_WIDE_RANGE = 2**28  # from this width of their range on, so do whole numbers
_MANY = 4096  # from this count on, a quicker way to draw words of 64 bits outweighs its start


# ------------------------------------------------------------------------------------------------- bits


def bits(generator: Generator, count: int) -> Array:
    """`count` words of 32 random bits, a uint32 array."""
    return generator.engine.random_raw(count).astype(np.uint32)


def bits64(generator: Generator, count: int) -> Array:
    """`count` words of 64 random bits, a uint64 array; of two words of 32 bits the first is the high half."""
    if count >= _MANY and _joined_high_first():
        return np.random.Generator(generator.engine).integers(0, 2**64, count, dtype=np.uint64)
    return _joined(generator.engine.random_raw(2 * count))


def _joined(words: Array) -> Array:
    high = words[0::2] << np.uint64(32)
    high |= words[1::2]
    return high


@functools.cache
def _joined_high_first() -> bool:
    """Return True if NumPy joins two words in the order of `_joined`, which C leaves to its compiler. Then NumPy itself
    can draw, in 3/4 of the time.
    """
    engines = np.random.MT19937(0), np.random.MT19937(0)
    joined = np.random.Generator(engines[0]).integers(0, 2**64, 8, dtype=np.uint64)
    return np.array_equal(joined, _joined(engines[1].random_raw(16)))


def _bits53(generator: Generator, count: int) -> Array:
    """`count` whole numbers from 0 to 2**53 - 1, a uint64 array."""
    words = bits64(generator, count)
    words &= np.uint64(2**53 - 1)
    return words


def _unit24(generator: Generator, count: int) -> Array:
    """Multiples of 2**-24 in [0, 1), float32."""
    words = generator.engine.random_raw(count)
    words &= np.uint64(2**24 - 1)
    units = words.astype(np.float32)
    units *= np.float32(2**-24)
    return units


def _unit53(generator: Generator, count: int) -> Array:
    """Multiples of 2**-53 in [0, 1), float64."""
    units = _bits53(generator, count).astype(np.float64)
    units *= 2.0**-53
    return units


# ------------------------------------------------------------------------------- one rounding for a * b + c


def _fused32(a: Array, b: Any, c: Any, wide: Array, out: Array) -> Array:
    """Write `a * b + c` of float32 values to `out`, rounded once: the product is exact in the float64 array `wide`."""
    np.multiply(a, b, out=wide, dtype=np.float64)
    np.add(wide, c, out=out, casting="same_kind")
    return out


def _fused(a: Array, b: float, c: float) -> Array:
    """`a * b + c`, rounded once. For float64 by error-free transformations (Dekker 1971, Knuth TAOCP 4.2.2)."""
    if a.dtype == np.float32:
        return _fused32(a, float(np.float32(b)), float(np.float32(c)), np.empty(a.shape), np.empty_like(a))
    product = a * b
    if c == 0 or b == 1 or not abs(b) < 2.0**500:
        return product + c
    a_high = a * (2.0**27 + 1)
    a_high -= a_high - a
    b_high = b * (2.0**27 + 1)
    b_high -= b_high - b
    a_low, b_low = a - a_high, b - b_high
    error = a_low * b_low - (((product - a_high * b_high) - a_low * b_high) - a_high * b_low)
    total = product + c
    back = total - product
    error += (product - (total - back)) + (c - back)
    return total + error


# --------------------------------------------------------------------------------------- distributions


def uniform(generator: Generator, shape: Shape, low: float = 0.0, high: float = 1.0, dtype: Any = np.float32) -> Array:
    """Numbers evenly spread over [low, high).

    Raises:
        RuntimeError: if `low > high`, or either is out of the dtype's bounds; for a dtype that is not floating.
    """
    dtype = _floating("check_uniform_bounds", dtype)
    limit = float(np.finfo(dtype).max)
    for name, bound in (("from", low), ("to", high)):
        if not -limit <= bound <= limit:
            raise RuntimeError(f"{name} is out of bounds for {dtype}")
    if low > high:
        raise RuntimeError(f"uniform_ expects to return a [from, to) range, but found from={low:g} > to={high:g}")
    if high - low > limit:
        raise RuntimeError(
            f"uniform_ expects to-from <= the largest {dtype}, but found to={high:g} and from={low:g} "
            "which result in to-from to exceed the limit"
        )
    count = math.prod(shape)
    values = _unit53(generator, count) if dtype == np.float64 else _unit24(generator, count)
    if (low, high) != (0, 1):
        kind = values.dtype.type
        values = _fused(values, float(kind(high) - kind(low)), low)
    values = values.astype(dtype, copy=False).reshape(shape)
    if (low, high) != (0, 1) or dtype == np.float16:  # otherwise rounding cannot reach `high`
        values[values == dtype.type(high)] = low
    return values


@np.errstate(all="ignore")  # means and deviations may be infinite
def normal_array(
    generator: Generator, shape: Shape, mean: float = 0.0, std: float = 1.0, dtype: Any = np.float32
) -> Array:
    """Normally distributed numbers, by the transformation of Box and Muller (1958).

    16 numbers or more are made in blocks of 16. If the count is no multiple of 16, the last 16 numbers are made anew,
    as a block of their own. Fewer than 16 numbers are made in pairs, in float64; if one of the last pair is not
    needed, the generator keeps it for the next time.

    Raises:
        RuntimeError: if `std` is negative; for a dtype that is not floating.
    """
    if not std >= 0:
        raise RuntimeError(f"normal expects std >= 0.0, but found std {std:g}")
    dtype = _floating("normal_kernel_cpu", dtype)
    count = math.prod(shape)
    if count < 16:
        return normal_pairs(generator, shape, mean, std, dtype)
    unit, blocks = (_unit53, _blocks64) if dtype == np.float64 else (_unit24, _blocks32)
    whole = count - count % 16
    values = np.empty(count, dtype)
    # For an incomplete block PyTorch draws numbers that it then does not use, but not in float16.
    units = unit(generator, whole if dtype == np.float16 else count)[:whole]
    values[:whole] = blocks(units, mean, std)
    if whole < count:
        values[-16:] = blocks(unit(generator, 16), mean, std)
    return values.reshape(shape)


@np.errstate(all="ignore")
def normal_pairs(generator: Generator, shape: Shape, mean: float, std: float, dtype: np.dtype[Any]) -> Array:
    """Normally distributed numbers, made in pairs however many they are, as PyTorch does where memory has gaps."""
    values = _fused(np.array(_few_normals(generator, math.prod(shape))), std, mean)
    return _narrowed(values, dtype).reshape(shape)


def _few_normals(generator: Generator, count: int) -> list[float]:
    kept = [] if generator.spare is None or not count else [generator.spare]
    units = _unit53(generator, (count - len(kept) + 1) // 2 * 2).tolist()
    values = kept
    for angle, distance in zip(units[0::2], units[1::2], strict=True):
        radius = math.sqrt(-2 * math.log1p(-distance))
        values += [radius * math.cos(2 * math.pi * angle), radius * math.sin(2 * math.pi * angle)]
    if count:
        generator.spare = values.pop() if len(values) > count else None
    return values


def _blocks64(units: Array, mean: float, std: float) -> Array:
    pairs = units.reshape(-1, 2, 8)
    radius = np.sqrt(-2 * np.log(1 - pairs[:, 0]))
    angle = 2 * math.pi * pairs[:, 1]
    values = np.stack([radius * np.cos(angle), radius * np.sin(angle)], axis=1)
    return _fused(values, std, mean).reshape(-1)


def _blocks32(units: Array, mean: float, std: float) -> Array:
    pairs = units.reshape(-1, 2, 8)
    values = np.empty_like(pairs)
    for start in range(0, len(pairs), 1024):  # few enough that the temporaries stay in the cache
        part = slice(start, start + 1024)
        radius = np.sqrt(np.float32(-2) * _log(np.float32(1) - pairs[part, 0]))
        cosine, sine = _cos_sin(np.float32(2 * math.pi) * pairs[part, 1])
        values[part, 0] = _fused(radius * cosine, std, mean)
        values[part, 1] = _fused(radius * sine, std, mean)
    return values.reshape(-1)


# Logarithm, cosine and sine by the polynomials of Cephes (S. Moshier: logf, sinf, cosf), by which PyTorch's AVX2 code
# computes them. Every operation in them is rounded exactly, so they are the same on every machine.
_LOG = [7.0376836292e-2, -1.1514610310e-1, 1.1676998740e-1, -1.2420140846e-1, 1.4249322787e-1, -1.6668057665e-1]
_LOG += [2.0000714765e-1, -2.4999993993e-1, 3.3333331174e-1]
_LN2 = (0.693359375, -2.12194440e-4)
_QUARTER_PI = (0.78515625, 2.4187564849853515625e-4, 3.77489497744594108e-8)
_COS = [2.443315711809948e-5, -1.388731625493765e-3, 4.166664568298827e-2]
_SIN = [-1.9515295891e-4, 8.3321608736e-3, -1.6666654611e-1]


def _polynomial(x: Array, coefficients: list[float], wide: Array) -> Array:
    single = [float(np.float32(c)) for c in coefficients]
    y = _fused32(x, single[0], single[1], wide, np.empty_like(x))
    for c in single[2:]:
        _fused32(y, x, c, wide, y)
    return y


def _log(x: Array) -> Array:
    """The natural logarithm of float32 in [2**-24, 1]: x = 2**e * (1 + r) with 1 + r between sqrt(1/2) and sqrt(2)."""
    pattern = x.view(np.int32)
    exponent = (pattern - 0x3F3504F3) >> 23
    r = (pattern - (exponent << 23)).view(np.float32) - np.float32(1)
    e = exponent.astype(np.float32)
    wide = np.empty(x.shape)
    square = r * r
    y = _polynomial(r, _LOG, wide)
    y *= r
    _fused32(y, square, e * np.float32(_LN2[1]), wide, y)
    _fused32(square, -0.5, y, wide, y)
    y += r
    return _fused32(e, _LN2[0], y, wide, y)


def _cos_sin(x: Array) -> tuple[Array, Array]:
    """Cosine and sine of float32 in [0, 2 pi], from the distance to the nearest multiple of pi / 2."""
    octant = ((x * np.float32(4 / math.pi)).astype(np.int32) + 1) & ~1
    steps = octant.astype(np.float32)
    wide = np.empty(x.shape)
    for part in _QUARTER_PI:
        x = _fused32(steps, -float(np.float32(part)), x, wide, np.empty_like(x))
    square = x * x
    cosine = _polynomial(square, _COS, wide)
    cosine *= square
    _fused32(cosine, square, square * np.float32(-0.5), wide, cosine)
    cosine += np.float32(1)
    sine = _polynomial(square, _SIN, wide)
    sine *= square
    _fused32(sine, x, x, wide, sine)
    swapped = (octant & 2).astype(np.bool_)
    results = np.where(swapped, sine, cosine), np.where(swapped, cosine, sine)
    for result, sign in zip(results, (octant + 2, octant), strict=True):
        result.view(np.int32)[...] ^= (sign & 4) << 29
    return results


@np.errstate(all="ignore")  # a rate may be infinite, or its inverse
def exponential_array(generator: Generator, shape: Shape, rate: float = 1.0, dtype: Any = np.float32) -> Array:
    """Exponentially distributed numbers of mean 1 / rate, `-log(1 - u) / rate` in float64.

    Raises:
        RuntimeError: if `rate` is not positive, or the dtype not floating.
    """
    dtype = np.dtype(dtype)
    if not rate > 0:
        raise RuntimeError(f"exponential_ expects lambda > 0.0, but found lambda={rate:g}")
    if dtype.kind != "f":
        raise RuntimeError(
            "Exponential distribution is a continuous probability distribution. dtype must be a floating point but "
            f"you specified {dtype}"
        )
    values = np.log1p(-_unit53(generator, math.prod(shape)))
    values *= -1.0 / rate
    return _narrowed(values, dtype).reshape(shape)


def geometric_array(generator: Generator, shape: Shape, p: float, dtype: Any) -> Array:
    """Draw numbers of trials of probability p up to the first success, ⌈log u / log(1 - p)⌉."""
    with np.errstate(divide="ignore"):
        return np.ceil(np.log(_unit53(generator, math.prod(shape))) / math.log(1 - p)).astype(dtype).reshape(shape)


def log_normal_array(generator: Generator, shape: Shape, mean: float, std: float, dtype: Any) -> Array:
    """Numbers whose logarithms are normally distributed, made in pairs."""
    return _narrowed(np.exp(mean + std * np.array(_few_normals(generator, math.prod(shape)))), dtype).reshape(shape)


def cauchy_array(generator: Generator, shape: Shape, median: float, sigma: float, dtype: Any) -> Array:
    """Numbers of the Cauchy distribution, median + sigma tan(π (u - 1/2))."""
    values = median + sigma * np.tan(np.pi * (_unit53(generator, math.prod(shape)) - 0.5))
    return _narrowed(values, dtype).reshape(shape)


def bernoulli_array(generator: Generator, shape: Shape, p: float | Array = 0.5, dtype: Any = np.float32) -> Array:
    """Ones with probability `p` (a number, or an array that broadcasts to `shape`), else zeros.

    A number and a float64 array are compared with 53 random bits, other arrays with 24.

    Raises:
        RuntimeError: if a probability is not between 0 and 1.
    """
    count = math.prod(shape)
    if isinstance(p, np.ndarray):
        _floating("bernoulli_tensor_cpu_p_", p.dtype)
        if not np.all((p >= 0) & (p <= 1)):
            raise RuntimeError("Expected p_in >= 0 && p_in <= 1 to be true, but got false: these are not probabilities")
        units = _unit53(generator, count) if p.dtype == np.float64 else _unit24(generator, count)
        return np.asarray(units.reshape(shape) < p).astype(dtype)
    if not 0 <= p <= 1:
        raise RuntimeError(f"bernoulli_ expects p to be in [0, 1], but got p={p:g}")
    # Whether u < p, for u a multiple of 2**-53, without converting u to a float.
    threshold = np.uint64(math.ceil(p * 2.0**53))
    return (_bits53(generator, count) < threshold).astype(dtype, copy=False).reshape(shape)


def integers(generator: Generator, shape: Shape, low: int, high: int, dtype: Any = np.int64) -> Array:
    """Whole numbers in [low, high): the remainder of 32 random bits, or of 64 where the range is 2**28 or wider.

    Raises:
        RuntimeError: if there are none, or the dtype cannot hold them.
    """
    dtype = np.dtype(dtype)
    if low >= high:
        raise RuntimeError(f"random_ expects 'from' to be less than 'to', but got from={low} >= to={high}")
    kind: Any = dtype.type
    limits: Any = np.finfo(dtype) if dtype.kind == "f" else np.iinfo(dtype if dtype.kind != "b" else np.uint8)
    least, most = (0, 1) if dtype.kind == "b" else (int(limits.min), int(limits.max))
    for name, bound in (("from", low), ("to - 1", high - 1)):
        if not least <= bound <= most:
            raise RuntimeError(f"{name} is out of bounds for {dtype}")
    if dtype.kind == "f":  # where rounding to the dtype moves a bound outwards, the bound moves inwards by one step
        digits = limits.nmant + 1
        if (rounded := int(kind(low + 1))) < low:
            low = rounded + (1 << (abs(low + 1).bit_length() - digits))
        if (rounded := int(kind(high - 1))) >= high:
            high = rounded - (1 << (abs(high - 1).bit_length() - digits))
    count, width = math.prod(shape), high - low
    if width < _WIDE_RANGE:
        values = (bits(generator, count) % np.uint32(width)).astype(np.int64)
    else:
        values = (bits64(generator, count) % np.uint64(width)).view(np.int64)
    values += low  # modulo 2**64, like PyTorch's
    return values.astype(dtype, copy=False).reshape(shape)


def all_integers(generator: Generator, shape: Shape, dtype: np.dtype[Any]) -> Array:
    """Whole numbers from 0 to the last up to which the dtype holds all: of 64 random bits for 8 bytes, else of 32."""
    if dtype.kind == "f":
        end = 2 ** (np.finfo(dtype).nmant + 1) + 1
    else:
        end = 2 if dtype.kind == "b" else int(np.iinfo(dtype).max) + 1
    draw, kind = (bits64, np.uint64) if dtype.itemsize == 8 else (bits, np.uint32)
    return (draw(generator, math.prod(shape)) % kind(end)).astype(dtype).reshape(shape)


def permutation(generator: Generator, n: int) -> Array:
    """The numbers 0 to n - 1 in random order, int64, by the exchanges of Fisher and Yates (Knuth TAOCP 3.4.2)."""
    if n >= HUGE_PERMUTATION:
        items = [0] * n
        for i, pick in enumerate((bits64(generator, n) % np.arange(1, n + 1, dtype=np.uint64)).tolist()):
            items[i] = items[pick]
            items[pick] = i
    else:
        items = list(range(n))
        steps = max(n - 1, 0)
        picks = bits(generator, steps) % np.arange(n, n - steps, -1, dtype=np.uint32) + np.arange(steps)
        for i, pick in enumerate(picks.tolist()):
            items[i], items[pick] = items[pick], items[i]
    return np.array(items, dtype=np.int64)


# ------------------------------------------------------------------------------------- in the order of memory


def filled(generator: Generator, draw: Callable[..., Array], array: Array, *args: Any) -> Array:
    """Return the draws of `draw(generator, shape, *args)` for the elements of an array, in their order in memory.

    The result is in that order too. Arrays among the arguments are broadcast to the shape of the first.
    """
    if array.flags.c_contiguous:
        return draw(generator, array.shape, *args)
    order = _memory_order(array)
    permuted = [np.broadcast_to(x, array.shape).transpose(order) if isinstance(x, np.ndarray) else x for x in args]
    values = draw(generator, [array.shape[d] for d in order], *permuted)
    return values.transpose(np.argsort(order))


def filled_normal(generator: Generator, array: Array, mean: float, std: float, dtype: Any) -> Array:
    """Do as `filled`, with normally distributed numbers. Only contiguous memory is filled in blocks."""
    draw = normal_array if array.flags.c_contiguous else normal_pairs
    return filled(generator, draw, array, mean, std, _floating("normal_kernel_cpu", dtype))


def filled_normal_like(generator: Generator, array: Array, dtype: Any) -> Array:
    """Numbers of the standard normal distribution for a new array in the layout of another, without its gaps."""
    order = _memory_order(array)
    dense = np.empty([array.shape[d] for d in order], np.bool_).transpose(np.argsort(order))
    return filled_normal(generator, dense, 0.0, 1.0, dtype)


def _memory_order(array: Array) -> list[int]:
    """The dimensions, from the longest stride to the shortest. One along which an array was expanded stays in place."""
    order = list(range(array.ndim))[::-1]  # sorted by insertion, because an expanded one compares with none
    for i in range(1, len(order)):
        at = i
        for below in range(i - 1, -1, -1):
            a, b = order[below], order[at]
            step_a, step_b = (abs(array.strides[d]) for d in (a, b))
            if step_a == 0 or step_b == 0:
                continue
            if step_a < step_b or (step_a == step_b and array.shape[a] <= array.shape[b]):
                break
            order[below], order[at] = b, a
            at = below
    return order[::-1]


def _floating(operation: str, dtype: Any) -> np.dtype[Any]:
    found: np.dtype[Any] = np.dtype(dtype)
    if found.kind != "f":
        raise NotImplementedError(f'"{operation}" not implemented for {found}: a floating point dtype is needed')
    return found


def _narrowed(values: Array, dtype: np.dtype[Any]) -> Array:
    """Float64 numbers in another dtype. They become float16 by way of float32, as in PyTorch."""
    if dtype == np.float16:
        values = values.astype(np.float32)
    return values.astype(dtype, copy=False)
