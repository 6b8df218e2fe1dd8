"""Special functions, as PyTorch calls them: those of the gamma function, of the normal distribution and of Bessel."""

from __future__ import annotations

import math
from typing import Any

from ..core.argument_types import wrong_type
from ..core.primitive import documents
from ..ops import elementwise
from ..ops import special as ops
from ..types import dtypes
from ..types.annotations import Number, Tensor
from .arguments import one_dim, public, refuse_numbers
from .exponential import in_floats

# ---------------------------------------------------------------------------------------- the gamma function


@documents(ops.lgamma)
def lgamma(x: Tensor) -> Tensor:
    """Logarithm of the absolute value of the gamma function of each element: of (n - 1)! for a whole number n.

        log |Γ(x)|,    d/dx = digamma(x)

    The result has the shape of `x` and its dtype; integers and bools are first converted to the default dtype. It is
    inf at 0, at the negative integers and at ±inf. (DLMF, 5.2.1)

    Raises:
        TypeError: if `x` is neither a Tensor, an array nor a number.

    >>> import tinygrad_lite as tl
    >>> tl.lgamma(tl.tensor([1.0, 4.0, 0.5])).exp()
    tensor([1.0000, 6.0000, 1.7725])
    """


@documents(ops.digamma)
def digamma(x: Tensor) -> Tensor:
    """Logarithmic derivative of the gamma function of each element.

        ψ(x) = Γ'(x) / Γ(x),    d/dx = polygamma(1, x)

    The result has the shape of `x` and its dtype; integers and bools are first converted to the default dtype. It is
    -inf at 0, inf at -0 and NaN at the negative integers. (DLMF, 5.2.2)

    Raises:
        TypeError: if `x` is neither a Tensor, an array nor a number.

    >>> import tinygrad_lite as tl
    >>> tl.digamma(tl.tensor([1.0, 2.0, 100.0]))
    tensor([-0.5772,  0.4228,  4.6002])
    """


@public
def polygamma(n: int, x: Tensor) -> Tensor:
    """Derivative of order `n` of the digamma function of each element.

        ψ⁽ⁿ⁾(x) = (-1)ⁿ⁺¹ n! Σ 1 / (x + k)ⁿ⁺¹ over k >= 0,    d/dx = polygamma(n + 1, x)

    The result has the shape of `x` and its dtype; integers are first converted to the default dtype. As a method it is
    `x.polygamma(n)`. (DLMF, 5.15.1)

    Args:
        n: the order, at least 0.

    Raises:
        RuntimeError: if `n` is negative.
        TypeError: if `n` is not a whole number, or `x` neither a Tensor nor an array.

    >>> import tinygrad_lite as tl
    >>> tl.polygamma(1, tl.tensor([1.0])), tl.pi**2 / 6
    (tensor([1.6449]), 1.6449340668482264)
    """
    return ops.digamma(x) if _order(n) == 0 else ops.polygamma(x, n)


def polygamma_of(self: Tensor, n: int) -> Tensor:
    """`polygamma(n, x)` as a method: the derivative of order `n` of the digamma function of each element.

    Args:
        n: the order, at least 0.

    Raises:
        RuntimeError: if `n` is negative.
        TypeError: if `n` is not a whole number.

    >>> import tinygrad_lite as tl
    >>> tl.tensor([1.0, 2.0]).polygamma(1)
    tensor([1.6449, 0.6449])
    """
    return polygamma(n, self)


polygamma_of.__name__ = polygamma_of.__qualname__ = "polygamma"


def _order(n: Any) -> int:
    if isinstance(n, bool) or not hasattr(n, "__index__"):
        raise wrong_type("polygamma", "n", 1, "int", n)
    if n < 0:
        raise RuntimeError("polygamma(n, x) does not support negative n.")
    return int(n)


@public
def mvlgamma(x: Tensor, p: int) -> Tensor:
    """Logarithm of the multivariate gamma function of each element, as in the density of a Wishart distribution.

        log Γ_p(x) = p (p - 1) / 4 log π + Σ log Γ(x - i / 2) over 0 <= i < p

    The result has the shape of `x` and its dtype; integers are first converted to the default dtype.

    Args:
        p: the dimension, at least 1.

    Raises:
        RuntimeError: if `p` is less than 1.
        TypeError: if `x` is neither a Tensor nor an array, or `p` is not a whole number.

    >>> import tinygrad_lite as tl
    >>> x = tl.tensor([2.0, 3.0])
    >>> tl.mvlgamma(x, 1), tl.mvlgamma(x, 2)
    (tensor([0.0000, 0.6931]), tensor([0.4516, 1.5502]))
    """
    if not hasattr(p, "__index__"):
        raise wrong_type("mvlgamma", "p", 2, "int", p)
    if p < 1:
        raise RuntimeError(f"p has to be greater than or equal to 1, but mvlgamma got p={p}")
    (x,) = in_floats(x)
    total = ops.lgamma(x)
    for i in range(1, p):
        total = total + ops.lgamma(x - i / 2)
    return total if p == 1 else total + p * (p - 1) / 4 * math.log(math.pi)


@public
def igamma(x: Tensor, y: Tensor) -> Tensor:
    """Regularized lower incomplete gamma function: the probability that a gamma variable of shape `x` is below `y`.

        P(x, y) = ∫₀ʸ tˣ⁻¹ e⁻ᵗ dt / Γ(x),    d/dy = yˣ⁻¹ e⁻ʸ / Γ(x)

    The shapes are broadcast; the dtype is floating. There is no derivative by `x`, as in PyTorch. It is NaN for
    negative arguments. (DLMF, 8.2.4)

    Raises:
        RuntimeError: if the shapes cannot be broadcast.
        NotImplementedError: for integers; and in the backward pass, if `x` requires a gradient.
        TypeError: if `x` or `y` is not a Tensor: PyTorch takes no numbers here.

    >>> import tinygrad_lite as tl
    >>> tl.igamma(tl.tensor([1.0, 2.0]), tl.tensor([1.0, 1.0]))
    tensor([0.6321, 0.2642])
    """
    _check_floating("igamma", x, y)
    return ops.igamma(x, y)


def _check_floating(name: str, x: Any, y: Any) -> None:
    refuse_numbers(name, x, y)
    if dtypes.result_type(x, y).kind != "f":
        raise NotImplementedError(f'"{name}_cpu" not implemented for {x.dtype}: convert with .float() first')


@public
def igammac(x: Tensor, y: Tensor) -> Tensor:
    """Regularized upper incomplete gamma function, accurate where `igamma` is near 1.

        Q(x, y) = 1 - P(x, y),    d/dy = -yˣ⁻¹ e⁻ʸ / Γ(x)

    The shapes are broadcast; the dtype is floating. There is no derivative by `x`, as in PyTorch. It is NaN for
    negative arguments. (DLMF, 8.2.4)

    Raises:
        RuntimeError: if the shapes cannot be broadcast.
        NotImplementedError: for integers; and in the backward pass, if `x` requires a gradient.
        TypeError: if `x` or `y` is not a Tensor: PyTorch takes no numbers here.

    >>> import tinygrad_lite as tl
    >>> tl.igammac(tl.tensor([1.0]), tl.tensor([30.0])), 1 - tl.igamma(tl.tensor([1.0]), tl.tensor([30.0]))
    (tensor([9.3576e-14]), tensor([0.]))
    """
    _check_floating("igammac", x, y)
    return ops.igammac(x, y)


@public
def zeta(x: Tensor | Number, y: Tensor | Number) -> Tensor:
    """Hurwitz zeta function of each pair of elements; with y = 1 Riemann's.

        ζ(x, y) = Σ 1 / (y + k)ˣ over k >= 0,    d/dy = -x ζ(x + 1, y)

    The shapes are broadcast; the result is of a floating dtype. It is inf for x = 1, and NaN for x < 1, and for a
    negative y unless `x` is a whole number. There is no derivative by `x`, as in PyTorch. (DLMF, 25.11.1)

    Raises:
        RuntimeError: if the shapes cannot be broadcast.
        NotImplementedError: in the backward pass, if `x` requires a gradient.
        TypeError: if `x` or `y` is neither a Tensor nor a number.

    >>> import tinygrad_lite as tl
    >>> tl.special.zeta(tl.tensor([2.0, 3.0]), 1)
    tensor([1.6449, 1.2021])
    """
    x, y = in_floats(x, y)
    return ops.zeta(x, y)


# ------------------------------------------------------------------------------------ the normal distribution


@documents(ops.erfinv)
def erfinv(x: Tensor) -> Tensor:
    """Inverse of the error function of each element.

        erf(erfinv(x)) = x,    d/dx = √π/2 e^(erfinv(x)²)

    The result has the shape of `x` and its dtype; integers and bools are first converted to the default dtype. It is
    ±inf at ±1, and NaN outside [-1, 1].

    Raises:
        TypeError: if `x` is neither a Tensor, an array nor a number.

    >>> import tinygrad_lite as tl
    >>> 2**0.5 * tl.erfinv(tl.tensor([0.0, 0.6827, 0.9545, 1.0]))
    tensor([0.0000, 1.0000, 2.0000,    inf])
    """


@documents(ops.erfcx)
def erfcx(x: Tensor) -> Tensor:
    """Scaled complementary error function of each element, which does not vanish where `erfc` does.

        e^(x²) erfc(x),    d/dx = 2 x erfcx(x) - 2/√π

    The result has the shape of `x` and its dtype; integers and bools are first converted to the default dtype.

    Raises:
        TypeError: if `x` is neither a Tensor, an array nor a number.

    >>> import tinygrad_lite as tl
    >>> x = tl.tensor([0.0, 1.0, 100.0])
    >>> tl.special.erfcx(x), tl.erfc(x)
    (tensor([1.0000, 0.4276, 0.0056]), tensor([1.0000, 0.1573, 0.0000]))
    """


@documents(ops.ndtr)
def ndtr(x: Tensor) -> Tensor:
    """Distribution function of the standard normal distribution: the probability of a number less than each element.

        Φ(x) = (1 + erf(x/√2)) / 2,    d/dx = e^(-x²/2) / √(2π)

    The result has the shape of `x` and its dtype; integers and bools are first converted to the default dtype. It is
    accurate for a negative `x`, too.

    Raises:
        TypeError: if `x` is neither a Tensor, an array nor a number.

    >>> import tinygrad_lite as tl
    >>> tl.special.ndtr(tl.tensor([0.0, 1.0, -10.0]))
    tensor([5.0000e-01, 8.4134e-01, 7.6199e-24])
    """


@documents(ops.log_ndtr)
def log_ndtr(x: Tensor) -> Tensor:
    """Logarithm of the distribution function of the standard normal distribution, also where that underflows.

        log Φ(x),    d/dx = √(2/π) / erfcx(-x/√2)

    The result has the shape of `x` and its dtype; integers and bools are first converted to the default dtype.

    Raises:
        TypeError: if `x` is neither a Tensor, an array nor a number.

    >>> import tinygrad_lite as tl
    >>> x = tl.tensor([0.0, -100.0])
    >>> tl.special.log_ndtr(x), tl.special.ndtr(x).log()
    (tensor([-6.9315e-01, -5.0055e+03]), tensor([-0.6931,    -inf]))
    """


@documents(ops.ndtri)
def ndtri(x: Tensor) -> Tensor:
    """Quantile of the standard normal distribution for each probability: the inverse of `ndtr`.

        Φ(ndtri(x)) = x,    d/dx = √(2π) e^(ndtri(x)²/2)

    The result has the shape of `x` and its dtype; integers and bools are first converted to the default dtype. It is
    -inf at 0, inf at 1 and NaN outside [0, 1].

    Raises:
        TypeError: if `x` is neither a Tensor, an array nor a number.

    >>> import tinygrad_lite as tl
    >>> tl.special.ndtri(tl.tensor([0.0, 0.5, 0.975]))
    tensor([  -inf, 0.0000, 1.9600])
    """


# ------------------------------------------------------------------------------------------ Bessel functions


@public
def i0(x: Tensor) -> Tensor:
    """Modified Bessel function of the first kind and of order 0, of each element.

        I₀(x) = Σ (x²/4)ᵏ / (k!)²,    d/dx = I₁(x)

    The result has the shape of `x` and its dtype; integers are first converted to the default dtype. (DLMF, 10.25.2)

    Raises:
        TypeError: if `x` is neither a Tensor, an array nor a number.

    >>> import tinygrad_lite as tl
    >>> tl.i0(tl.tensor([0.0, 1.0, -2.0]))
    tensor([1.0000, 1.2661, 2.2796])
    """
    return ops.bessel_i(x, 0)


@public
def i0e(x: Tensor) -> Tensor:
    """Modified Bessel function of order 0, scaled so that it does not overflow.

        e^(-|x|) I₀(x)

    The result has the shape of `x` and its dtype; integers are first converted to the default dtype.

    Raises:
        TypeError: if `x` is neither a Tensor, an array nor a number.

    >>> import tinygrad_lite as tl
    >>> x = tl.tensor([1.0, 100.0])
    >>> tl.special.i0e(x), tl.i0(x)
    (tensor([0.4658, 0.0399]), tensor([1.2661,    inf]))
    """
    return ops.bessel_ie(x, 0)


@public
def i1(x: Tensor) -> Tensor:
    """Modified Bessel function of the first kind and of order 1, of each element.

        I₁(x) = x/2 Σ (x²/4)ᵏ / (k! (k + 1)!),    d/dx = I₀(x) - I₁(x) / x

    The result has the shape of `x` and its dtype; integers are first converted to the default dtype. (DLMF, 10.25.2)

    Raises:
        TypeError: if `x` is neither a Tensor, an array nor a number.

    >>> import tinygrad_lite as tl
    >>> tl.special.i1(tl.tensor([0.0, 1.0, -2.0]))
    tensor([ 0.0000,  0.5652, -1.5906])
    """
    return ops.bessel_i(x, 1)


@public
def i1e(x: Tensor) -> Tensor:
    """Modified Bessel function of order 1, scaled so that it does not overflow.

        e^(-|x|) I₁(x)

    The result has the shape of `x` and its dtype; integers are first converted to the default dtype.

    Raises:
        TypeError: if `x` is neither a Tensor, an array nor a number.

    >>> import tinygrad_lite as tl
    >>> tl.special.i1e(tl.tensor([1.0, 1000.0]))
    tensor([0.2079, 0.0126])
    """
    return ops.bessel_ie(x, 1)


# ------------------------------------------------------------------------------------------- entropies and sums


@documents(ops.entr)
def entr(x: Tensor) -> Tensor:
    """Term of an entropy for each element.

        -x log x,  0 at 0 and -inf below,    d/dx = -(1 + log x)

    The result has the shape of `x` and its dtype; integers and bools are first converted to the default dtype.

    Raises:
        TypeError: if `x` is neither a Tensor, an array nor a number.

    >>> import tinygrad_lite as tl
    >>> tl.special.entr(tl.tensor([0.0, 0.5, 1.0, -1.0]))
    tensor([0.0000, 0.3466, -0.0000,   -inf])
    """


@public
def xlog1py(x: Tensor | Number, y: Tensor | Number) -> Tensor:
    """Product of `x` and the logarithm of 1 + `y`, and 0 where `x` is 0.

        x log(1 + y),    d/dx = log(1 + y),    d/dy = x / (1 + y)

    The shapes are broadcast; the result is of a floating dtype. Where `x` is 0 and `y` is NaN, the result is NaN.

    Raises:
        RuntimeError: if the shapes cannot be broadcast.
        TypeError: if `x` or `y` is neither a Tensor nor a number.

    >>> import tinygrad_lite as tl
    >>> tl.special.xlog1py(tl.tensor([0.0, 2.0]), tl.tensor([-1.0, 1e-8]))
    tensor([0.0000e+00, 2.0000e-08])
    """
    x, y = in_floats(x, y)
    return ops.xlog1py(x, y)


@public
def expit(x: Tensor) -> Tensor:
    """Logistic function of each element: another name of `sigmoid`.

        1 / (1 + e⁻ˣ)

    The result has the shape of `x` and its dtype; integers are first converted to the default dtype.

    Raises:
        TypeError: if `x` is neither a Tensor, an array nor a number.

    >>> import tinygrad_lite as tl
    >>> tl.special.expit(tl.tensor([0.0, 1.0]))
    tensor([0.5000, 0.7311])
    """
    return elementwise.sigmoid(x)


@public
def logcumsumexp(x: Tensor, dim: int) -> Tensor:
    """Logarithm of the sum of the exponentials up to and with each element along a dimension, without overflow.

        out_j = log Σ exp x_i over i <= j,    d out_j / d x_i = exp(x_i - out_j)

    The result has the shape and dtype of `x`, which must be floating.

    Args:
        dim: the dimension along which to go.

    Raises:
        IndexError: if there is no such dimension.
        NotImplementedError: for integers and bools.
        TypeError: if `x` is neither a Tensor nor an array, or `dim` is not an integer.

    >>> import tinygrad_lite as tl
    >>> x = tl.tensor([1000.0, 1000.0, 1000.0])
    >>> tl.logcumsumexp(x, 0), x.exp().cumsum(0).log()
    (tensor([1000.0000, 1000.6932, 1001.0986]), tensor([inf, inf, inf]))
    """
    dim = one_dim(dim, x.ndim, "logcumsumexp")
    if x.dtype.kind != "f":
        raise NotImplementedError(f'"logcumsumexp_out_cpu" not implemented for {x.dtype}: convert with .float() first')
    return ops.logcumsumexp(x, dim) if x.ndim else x * 1
