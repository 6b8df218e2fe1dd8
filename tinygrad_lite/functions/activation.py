"""Activation functions and the error function, as PyTorch calls them; `nn.functional` has those of more settings."""

from __future__ import annotations

from ..core.primitive import documents
from ..ops import activation, elementwise
from ..types.annotations import Tensor
from .arguments import public


@documents(activation.relu)
def relu(x: Tensor) -> Tensor:
    """Rectified linear unit: the positive part of each element.

        max(x, 0),    d/dx = 1 where x > 0, else 0

    The result has the shape and dtype of `x`. The derivative at 0 is 0. (Nair and Hinton, 2010; Deep Learning from
    Scratch, section 3.2.7)

    Raises:
        NotImplementedError: if `x` is of bools.
        TypeError: if `x` is neither a Tensor, an array nor a number.

    >>> import tinygrad_lite as tl
    >>> x = tl.tensor([-2.0, 0.0, 3.0], requires_grad=True)
    >>> y = tl.relu(x)
    >>> y.sum().backward()
    >>> y.detach(), x.grad
    (tensor([0., 0., 3.]), tensor([0., 0., 1.]))
    """


@documents(elementwise.sigmoid)
def sigmoid(x: Tensor) -> Tensor:
    """Logistic function: each element mapped to a number between 0 and 1.

        σ(x) = 1 / (1 + e⁻ˣ),    d/dx = σ(x) (1 - σ(x))

    The result has the shape of `x` and its dtype; integers and bools are first converted to the default dtype. Its
    logarithm is `nn.functional.logsigmoid`, its inverse `logit`. (Deep Learning from Scratch, section 3.2.4)

    Raises:
        TypeError: if `x` is neither a Tensor, an array nor a number.

    >>> import tinygrad_lite as tl
    >>> tl.sigmoid(tl.tensor([0.0, 1.0, -1000.0]))
    tensor([0.5000, 0.7311, 0.0000])
    """


@public
def softplus(x: Tensor, beta: float = 1.0, threshold: float = 20.0) -> Tensor:
    """Smooth form of `relu`, which is positive everywhere.

        log(1 + e^(beta x)) / beta,    d/dx = sigmoid(beta x)

    The result has the shape of `x` and its dtype; integers are first converted to the default dtype. (Dugas et al.,
    2001)

    Args:
        beta: the steepness: the larger it is, the closer is the function to `relu`.
        threshold: where beta x is above it, the result is `x` itself, with the derivative 1.

    Raises:
        TypeError: if `x` is neither a Tensor, an array nor a number.

    >>> import tinygrad_lite as tl
    >>> tl.nn.functional.softplus(tl.tensor([-100.0, 0.0, 100.0]))
    tensor([3.7835e-44, 6.9315e-01, 1.0000e+02])
    """
    return activation.softplus(x, beta, threshold)


@documents(elementwise.erf)
def erf(x: Tensor) -> Tensor:
    """Error function of each element: the probability that a normal variable of variance 1/2 lies in (-x, x).

        erf x = 2/√π ∫₀ˣ e^(-t²) dt,    d/dx = 2/√π e^(-x²)

    The result has the shape of `x` and its dtype; integers and bools are first converted to the default dtype. The
    relative error is at most 1.4e-7 in float32 and 3e-16 in float64. (DLMF, 7.2.1)

    Raises:
        TypeError: if `x` is neither a Tensor, an array nor a number.

    >>> import tinygrad_lite as tl
    >>> x = tl.tensor([1.0, 2.0, 3.0])
    >>> tl.erf(x / 2**0.5)
    tensor([0.6827, 0.9545, 0.9973])
    """


@documents(elementwise.erfc)
def erfc(x: Tensor) -> Tensor:
    """Complementary error function of each element, accurate where `erf` is near 1.

        erfc x = 1 - erf x,    d/dx = -2/√π e^(-x²)

    The result has the shape of `x` and its dtype; integers and bools are first converted to the default dtype. (DLMF,
    7.2.2)

    Raises:
        TypeError: if `x` is neither a Tensor, an array nor a number.

    >>> import tinygrad_lite as tl
    >>> x = tl.tensor([5.0])
    >>> tl.erfc(x), 1 - tl.erf(x)
    (tensor([1.5375e-12]), tensor([0.]))
    """
