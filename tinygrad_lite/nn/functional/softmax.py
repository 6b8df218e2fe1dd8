"""Softmax and its relatives as functions: distributions over the classes along a dimension."""

from __future__ import annotations

import warnings

from ...core.errors import warn
from ...core.tensor import wrap
from ...random import distributions
from ...random.generator import Generator, drawn
from ...tensors.tensor import Tensor
from ...types.dtypes import DType
from .argument_types import check_tensors


def _dimension(dim: int | None, ndim: int, name: str, stacklevel: int) -> int:
    """Return the dimension, or, with a warning, the one that older versions of PyTorch chose."""
    if dim is not None:
        return dim
    warnings.warn(
        f"Implicit dimension choice for {name} has been deprecated. Change the call to include dim=X as an argument.",
        UserWarning,
        stacklevel=stacklevel,
    )
    return 0 if ndim in (0, 1, 3) else 1


def softmax(input: Tensor, dim: int | None = None, _stacklevel: int = 3, dtype: DType | None = None) -> Tensor:
    """Probabilities from logits: exp x / Σ exp x, with the sum along dim; computed without overflow.

    Args:
        input: x, of any shape (*), in a floating dtype, or any with `dtype`.
        dim: the dimension along which the result sums to 1. Without it, with a warning, 0 for 0-, 1- and
            3-dimensional inputs, else 1.
        dtype: the dtype to which the input is cast first.

    Returns:
        A Tensor (*), whose elements are from 0 to 1.

    Source: Deep Learning from Scratch, 3.5.

    Raises:
        TypeError: if the input is not a Tensor, or dim not a whole number.
        IndexError: if there is no such dimension.
        NotImplementedError: for a dtype that is not floating.

    >>> import tinygrad_lite as tl
    >>> tl.nn.functional.softmax(tl.tensor([[0.0, 0.0], [1000.0, 0.0]]), dim=1)
    tensor([[0.5000, 0.5000],
            [1.0000, 0.0000]])
    """
    check_tensors("softmax", input=input)
    return input.softmax(_dimension(dim, input.ndim, "softmax", _stacklevel), dtype)


def softmin(input: Tensor, dim: int | None = None, _stacklevel: int = 3, dtype: DType | None = None) -> Tensor:
    """Probabilities from costs: softmax(-x) along dim, so that the smallest element gets the largest share.

    Args:
        input: x, of any shape (*), in a floating dtype, or any with `dtype`.
        dim: the dimension along which the result sums to 1; without it as for `softmax`.
        dtype: the dtype to which the negative input is cast first.

    Returns:
        A Tensor (*), whose elements are from 0 to 1.

    Raises:
        TypeError: if the input is not a Tensor, or dim not a whole number.
        IndexError: if there is no such dimension.
        NotImplementedError: for a dtype that is not floating.

    >>> import math, tinygrad_lite as tl
    >>> tl.nn.functional.softmin(tl.tensor([0.0, math.log(3)]), dim=0)
    tensor([0.7500, 0.2500])
    """
    check_tensors("softmin", input=input)
    return (-input).softmax(_dimension(dim, input.ndim, "softmin", _stacklevel), dtype)


def log_softmax(input: Tensor, dim: int | None = None, _stacklevel: int = 3, dtype: DType | None = None) -> Tensor:
    """Logarithm of softmax along dim, x - log Σ exp x, finite where the probability itself would round to 0.

    Args:
        input: x, of any shape (*), in a floating dtype, or any with `dtype`.
        dim: the dimension of the classes; without it as for `softmax`.
        dtype: the dtype to which the input is cast first.

    Returns:
        A Tensor (*), whose elements are at most 0: what `nll_loss` takes.

    Raises:
        TypeError: if the input is not a Tensor, or dim not a whole number.
        IndexError: if there is no such dimension.
        NotImplementedError: for a dtype that is not floating.

    >>> import tinygrad_lite as tl
    >>> x = tl.tensor([1000.0, 0.0])
    >>> tl.nn.functional.log_softmax(x, dim=0)
    tensor([    0., -1000.])
    >>> tl.nn.functional.softmax(x, dim=0).log()
    tensor([0., -inf])
    """
    check_tensors("log_softmax", input=input)
    return input.log_softmax(_dimension(dim, input.ndim, "log_softmax", _stacklevel), dtype)


def gumbel_softmax(
    logits: Tensor,
    tau: float = 1,
    hard: bool = False,
    eps: float = 1e-10,
    dim: int = -1,
    *,
    generator: Generator | None = None,
) -> Tensor:
    """Differentiable sample of a class: softmax((logits + noise) / tau), with noise of a Gumbel distribution.

    The largest element is that of a class with the probability that softmax(logits) gives it; the smaller tau, the
    nearer the result is to a one-hot vector.

    Args:
        logits: unnormalised log-probabilities, of any shape (*), in a floating dtype.
        tau: the temperature.
        hard: return the sample as a one-hot vector, with the gradient of the soft one ("straight-through").
        eps: without effect, as in PyTorch; another value than the default warns.
        dim: the dimension of the classes.
        generator: the source of the noise; by default the one that `manual_seed` sets.

    Returns:
        A Tensor (*), which sums to 1 along dim.

    Source: Jang et al., Categorical Reparameterization with Gumbel-Softmax, 2016, https://arxiv.org/abs/1611.01144.

    Raises:
        TypeError: if the logits are not a Tensor.
        IndexError: if there is no such dimension.
        RuntimeError: for a dtype that is not floating.

    >>> import tinygrad_lite as tl
    >>> sample = tl.nn.functional.gumbel_softmax(tl.zeros(2, 3), hard=True)
    >>> sample.sum(dim=1), sample.max(dim=1).values
    (tensor([1., 1.]), tensor([1., 1.]))
    """
    check_tensors("gumbel_softmax", logits=logits)
    if eps != 1e-10:
        warn("`eps` parameter is deprecated and has no effect.")
    noise = -wrap(drawn(distributions.exponential_array, generator, logits._data.shape, 1.0, logits.dtype)).log()
    soft = ((logits + noise) / tau).softmax(dim)
    if not hard:
        return soft
    values = soft.detach()
    sample = (values * 0).scatter(dim, values.argmax(dim, keepdim=True), 1.0)
    return sample - values + soft
