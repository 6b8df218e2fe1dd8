"""Powers, roots, exponentials and logarithms of elements, as PyTorch calls them."""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np

from ..core import edge
from ..core.array_functions import array_function
from ..core.errors import explains
from ..core.primitive import Array, documents
from ..ops import elementwise as ops
from ..ops.creation import number
from ..types import dtypes
from ..types.annotations import Number, Tensor
from .arguments import array_of, public, refuse_numbers, wrap_like

# ----------------------------------------------------------------------------------------- powers and roots


@documents(ops.pow)
def pow(x: Tensor | Number, y: Tensor | Number) -> Tensor:
    """Power of each element: the operator `**`.

        x^y,    d/dx = y x^(y - 1),    d/dy = x^y log x

    The shapes are broadcast; the result has the dtype in which the two meet. A negative base with an exponent that is
    not an integer gives NaN. x⁰ is 1 for every x, whose derivative with respect to x is 0.

    Raises:
        NotImplementedError: if both are of bools.
        RuntimeError: if the shapes cannot be broadcast, or an integer has a negative exponent (make it floating first).
        TypeError: if `x` or `y` is neither a Tensor nor a number.

    >>> import tinygrad_lite as tl
    >>> tl.pow(tl.tensor([2.0, 3.0]), tl.tensor([[2.0], [-1.0]]))
    tensor([[4.0000, 9.0000],
            [0.5000, 0.3333]])
    >>> tl.pow(2, tl.tensor([8, 10]))
    tensor([ 256, 1024])
    """


@public
def float_power(x: Tensor | Number, y: Tensor | Number) -> Tensor:
    """Power of each element, computed in float64.

        x^y

    The shapes are broadcast; whatever the dtypes of `x` and `y`, they are converted to float64, and so is the result.
    An integer may therefore have a negative exponent.

    Raises:
        RuntimeError: if the shapes cannot be broadcast.
        TypeError: if `x` or `y` is neither a Tensor nor a number.

    >>> import tinygrad_lite as tl
    >>> tl.float_power(tl.tensor([1, 2, 4]), -1)
    tensor([1.0000, 0.5000, 0.2500], dtype=float64)
    """
    return ops.pow(*in_floats(x, y, dtype=dtypes.float64))


@explains(ops.pow)
def _negative_exponent(error: Exception, name: str, x: Any, y: Any) -> Exception | None:
    if "negative integer powers" not in str(error):
        return None
    return RuntimeError(
        f"Integers to negative integer powers are not allowed. {name}: the result would not be an integer; convert the "
        "base with .float() first"
    )


@documents(ops.square)
def square(x: Tensor) -> Tensor:
    """Square of each element.

        x²,    d/dx = 2 x

    The result has the shape and dtype of `x`; bools give int64.

    Raises:
        TypeError: if `x` is neither a Tensor, an array nor a number.

    >>> import tinygrad_lite as tl
    >>> tl.square(tl.tensor([-3, 0, 2]))
    tensor([9, 0, 4])
    """


@documents(ops.sqrt)
def sqrt(x: Tensor) -> Tensor:
    """Square root of each element.

        √x,    d/dx = 1 / (2 √x)

    The result has the shape of `x` and its dtype; integers are first converted to the default dtype. The root of a
    negative number is NaN, and the derivative at 0 is inf.

    Raises:
        TypeError: if `x` is neither a Tensor, an array nor a number.

    >>> import tinygrad_lite as tl
    >>> tl.sqrt(tl.tensor([9.0, 2.0, -1.0]))
    tensor([3.0000, 1.4142,    nan])
    """


@documents(ops.rsqrt)
def rsqrt(x: Tensor) -> Tensor:
    """Reciprocal of the square root of each element: what a normalization layer multiplies by.

        1 / √x,    d/dx = -1 / (2 √x³)

    The result has the shape of `x` and its dtype; integers are first converted to the default dtype. Of 0 it is inf, of
    a negative number NaN.

    Raises:
        TypeError: if `x` is neither a Tensor, an array nor a number.

    >>> import tinygrad_lite as tl
    >>> tl.rsqrt(tl.tensor([4.0, 0.25, 0.0]))
    tensor([0.5000, 2.0000,    inf])
    """


@public
def hypot(x: Tensor, y: Tensor) -> Tensor:
    """Length of the hypotenuse of a right triangle with the legs `x` and `y`.

        √(x² + y²),    d/dx = x / √(x² + y²),    d/dy = y / √(x² + y²)

    The shapes are broadcast; the result is of a floating dtype. The squares do not overflow. At (0, 0) the derivatives
    are 0 (PyTorch's are NaN).

    Raises:
        RuntimeError: if the shapes cannot be broadcast.
        TypeError: if `x` or `y` is not a Tensor: PyTorch takes no numbers here.

    >>> import tinygrad_lite as tl
    >>> tl.hypot(tl.tensor([3.0, 3e30]), tl.tensor([4.0, 4e30]))
    tensor([5.0000e+00, 5.0000e+30])
    """
    refuse_numbers("hypot", x, y)
    return ops.hypot(x, y)


# ---------------------------------------------------------------------------------------------- exponentials


@documents(ops.exp)
def exp(x: Tensor) -> Tensor:
    """Exponential function of each element.

        eˣ,    d/dx = eˣ

    The result has the shape of `x` and its dtype; integers and bools are first converted to the default dtype. In
    float32 it is inf for x > 88.7.

    Raises:
        TypeError: if `x` is neither a Tensor, an array nor a number.

    >>> import tinygrad_lite as tl
    >>> tl.exp(tl.tensor([0.0, 1.0, 100.0]))
    tensor([1.0000, 2.7183,    inf])
    """


@documents(ops.exp2)
def exp2(x: Tensor) -> Tensor:
    """Power of 2 with each element as the exponent.

        2ˣ,    d/dx = 2ˣ log 2

    The result has the shape of `x` and its dtype; integers and bools are first converted to the default dtype.

    Raises:
        TypeError: if `x` is neither a Tensor, an array nor a number.

    >>> import tinygrad_lite as tl
    >>> tl.exp2(tl.tensor([-1, 0, 10]))
    tensor([5.0000e-01, 1.0000e+00, 1.0240e+03])
    """


@documents(ops.expm1)
def expm1(x: Tensor) -> Tensor:
    """Exponential function of each element minus 1, accurate near 0.

        eˣ - 1,    d/dx = eˣ

    The result has the shape of `x` and its dtype; integers and bools are first converted to the default dtype. For a
    small x the difference `exp(x) - 1` would lose most digits.

    Raises:
        TypeError: if `x` is neither a Tensor, an array nor a number.

    >>> import tinygrad_lite as tl
    >>> x = tl.tensor([1e-8])
    >>> tl.expm1(x), tl.exp(x) - 1
    (tensor([1.0000e-08]), tensor([0.]))
    """


@public
def ldexp(x: Tensor, y: Tensor) -> Tensor:
    """Product of `x` and a power of 2.

        x 2^y,    d/dx = 2^y,    d/dy = x 2^y log 2

    The shapes are broadcast; the result is of a floating dtype, also for integers.

    Raises:
        RuntimeError: if the shapes cannot be broadcast.
        TypeError: if `x` or `y` is not a Tensor: PyTorch takes no numbers here.

    >>> import tinygrad_lite as tl
    >>> tl.ldexp(tl.tensor([1.0, 3.0]), tl.tensor([4, -1]))
    tensor([16.0000,  1.5000])
    """
    refuse_numbers("ldexp", x, y)
    x, y = in_floats(x, y)
    return x * ops.exp2(y)


class MantissaAndExponent(NamedTuple):
    """Numbers from 0.5 up to 1 with a sign, and the powers of 2 that they are multiplied by."""

    mantissa: Tensor
    exponent: Tensor


@public
def frexp(x: Tensor) -> MantissaAndExponent:
    """Each element as mantissa · 2^exponent, with 0.5 ≤ |mantissa| < 1: the opposite of `ldexp`.

        d(mantissa)/dx = 2^(-exponent)

    Both have the shape of `x`; the mantissa has its dtype too, the exponent is int32. Of 0, ∞ and NaN the mantissa is
    the number itself, and the exponent 0.

    Raises:
        RuntimeError: for integers or bools.

    >>> import tinygrad_lite as tl
    >>> tl.frexp(tl.tensor([1.0, 10.0, -0.3]))
    MantissaAndExponent(mantissa=tensor([ 0.5000,  0.6250, -0.6000]), exponent=tensor([ 1,  4, -1], dtype=int32))
    """
    if x.dtype.kind != "f":
        raise RuntimeError(f"torch.frexp() only supports floating-point dtypes. frexp: it is {x.dtype}")
    exponent, half, rest = _exponents(array_of(x))
    return MantissaAndExponent(x * half * rest, wrap_like(x, exponent))


@array_function
def _exponents(x: Array) -> tuple[Array, Array, Array]:
    """The exponents, and two factors that make mantissas: one alone could overflow."""
    exponent = np.where(np.isfinite(x), np.frexp(x)[1], 0).astype(np.int32)
    half = exponent // 2
    one = np.ones((), x.dtype)
    return exponent, np.asarray(np.ldexp(one, -half), x.dtype), np.asarray(np.ldexp(one, half - exponent), x.dtype)


# ------------------------------------------------------------------------------------------------ logarithms


@documents(ops.log)
def log(x: Tensor) -> Tensor:
    """Natural logarithm of each element.

        log x,    d/dx = 1 / x

    The result has the shape of `x` and its dtype; integers and bools are first converted to the default dtype. Of 0 it
    is -inf, of a negative number NaN, without a warning.

    Raises:
        TypeError: if `x` is neither a Tensor, an array nor a number.

    >>> import tinygrad_lite as tl
    >>> tl.log(tl.tensor([1.0, 10.0, 0.0, -1.0]))
    tensor([0.0000, 2.3026,   -inf,    nan])
    """


@documents(ops.log2)
def log2(x: Tensor) -> Tensor:
    """Logarithm of each element to the base 2.

        log x / log 2,    d/dx = 1 / (x log 2)

    The result has the shape of `x` and its dtype; integers and bools are first converted to the default dtype.

    Raises:
        TypeError: if `x` is neither a Tensor, an array nor a number.

    >>> import tinygrad_lite as tl
    >>> tl.log2(tl.tensor([1, 8, 10]))
    tensor([0.0000, 3.0000, 3.3219])
    """


@documents(ops.log10)
def log10(x: Tensor) -> Tensor:
    """Logarithm of each element to the base 10.

        log x / log 10,    d/dx = 1 / (x log 10)

    The result has the shape of `x` and its dtype; integers and bools are first converted to the default dtype.

    Raises:
        TypeError: if `x` is neither a Tensor, an array nor a number.

    >>> import tinygrad_lite as tl
    >>> tl.log10(tl.tensor([1.0, 100.0, 500.0]))
    tensor([0.0000, 2.0000, 2.6990])
    """


@documents(ops.log1p)
def log1p(x: Tensor) -> Tensor:
    """Natural logarithm of 1 plus each element, accurate near 0.

        log(1 + x),    d/dx = 1 / (1 + x)

    The result has the shape of `x` and its dtype; integers and bools are first converted to the default dtype. For a
    small x the sum `1 + x` would lose most digits.

    Raises:
        TypeError: if `x` is neither a Tensor, an array nor a number.

    >>> import tinygrad_lite as tl
    >>> x = tl.tensor([1e-8])
    >>> tl.log1p(x), tl.log(1 + x)
    (tensor([1.0000e-08]), tensor([0.]))
    """


@public
def logaddexp(x: Tensor, y: Tensor) -> Tensor:
    """Logarithm of the sum of two exponentials, without overflow: the sum of numbers that are given as logarithms.

        log(eˣ + eʸ),    d/dx = sigmoid(x - y),    d/dy = sigmoid(y - x)

    The shapes are broadcast; the result is of a floating dtype.

    Raises:
        RuntimeError: if the shapes cannot be broadcast.
        TypeError: if `x` or `y` is not a Tensor: PyTorch takes no numbers here.

    >>> import tinygrad_lite as tl
    >>> tl.logaddexp(tl.tensor([0.0, 1000.0]), tl.tensor([0.0, 1000.0]))
    tensor([6.9315e-01, 1.0007e+03])
    """
    refuse_numbers("logaddexp", x, y)
    return ops.logaddexp(x, y)


@public
def logaddexp2(x: Tensor, y: Tensor) -> Tensor:
    """Logarithm to the base 2 of the sum of two powers of 2, without overflow.

        log₂(2ˣ + 2ʸ),    d/dx = 2ˣ / (2ˣ + 2ʸ)

    The shapes are broadcast; the result is of a floating dtype.

    Raises:
        RuntimeError: if the shapes cannot be broadcast.
        TypeError: if `x` or `y` is not a Tensor: PyTorch takes no numbers here.

    >>> import tinygrad_lite as tl
    >>> tl.logaddexp2(tl.tensor([3.0, 5000.0]), tl.tensor([3.0, 5000.0]))
    tensor([4.0000e+00, 5.0010e+03])
    """
    refuse_numbers("logaddexp2", x, y)
    x, y = in_floats(x, y)
    return ops.logaddexp(x * math.log(2), y * math.log(2)) / math.log(2)


@public
def logit(x: Tensor, eps: float | None = None) -> Tensor:
    """Logarithm of the odds of a probability: the inverse of `sigmoid`.

        log(x / (1 - x)),    d/dx = 1 / (x (1 - x))

    The result has the shape of `x` and its dtype; integers are first converted to the default dtype. Outside [0, 1] it
    is NaN.

    Args:
        eps: if given, `x` is first bounded to [eps, 1 - eps], so that the result is finite.

    Raises:
        TypeError: if `x` is neither a Tensor, an array nor a number.

    >>> import tinygrad_lite as tl
    >>> p = tl.tensor([0.5, 0.75, 1.0])
    >>> tl.logit(p), tl.logit(p, eps=0.001)
    (tensor([0.0000, 1.0986,    inf]), tensor([0.0000, 1.0986, 6.9068]))
    """
    (x,) = in_floats(x)
    return ops.logit(x if eps is None else ops.clamp(x, eps, 1 - eps))


@public
def xlogy(x: Tensor | Number, y: Tensor | Number) -> Tensor:
    """Product of `x` and the logarithm of `y`, and 0 where `x` is 0: a term of an entropy.

        x log y,    d/dx = log y,    d/dy = x / y

    The shapes are broadcast; the result is of a floating dtype. Where `x` is 0 and `y` is NaN, the result is NaN. The
    derivatives at (0, 0) are 0, of every order (PyTorch gives NaN for that by `y`).

    Raises:
        RuntimeError: if the shapes cannot be broadcast.
        TypeError: if `x` or `y` is neither a Tensor nor a number.

    >>> import tinygrad_lite as tl
    >>> p = tl.tensor([0.0, 0.5, 1.0])
    >>> tl.xlogy(p, p), p * tl.log(p)
    (tensor([ 0.0000, -0.3466,  0.0000]), tensor([    nan, -0.3466,  0.0000]))
    """
    x, y = in_floats(x, y)
    return ops.xlogy(x, y)


# ----------------------------------------------------------------------------- what these functions share


def in_floats(*values: Any, dtype: Any = None) -> list[Any]:
    """The values, numbers among them, as Tensors or arrays of the floating dtype in which they meet."""
    found = dtype or dtypes.result_type(*values)
    if found.kind != "f":
        found = dtypes.get_default_dtype()
    return [
        number(v, found) if isinstance(v, (int, float)) else v if v.dtype is found else edge.cast(v, found)
        for v in values
    ]
