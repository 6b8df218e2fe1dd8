"""Losses of numbers and of distributions, as functions of predictions and targets.

Every `reduction` is "mean", "sum" or "none"; `size_average` and `reduce` are its old, deprecated names.
"""

from __future__ import annotations

import math
import warnings
from typing import Any

from ...autograd.grad_modes import no_grad
from ...core.array_functions import array_function
from ...core.primitive import Array
from ...functions.exponential import xlogy
from ...functions.reshaping import unsqueeze
from ...functions.selection import where
from ...ops.elementwise import abs, exp, log, maximum, ones_like, square
from ...ops.losses import huber
from ...ops.reduction import sum
from ...tensors.tensor import Tensor
from .loss_reduction import reduced, refuse_whole_numbers, resolved, warn_of_broadcast


def _weighted(losses: Tensor, weight: Tensor | None, input: Tensor, reduction: str) -> Any:
    """The losses reduced, each times its weight; the mean is that of the weights."""
    if weight is None:
        return reduced(losses, reduction)
    _check_weight(weight, input)
    losses = losses * weight
    if reduction == "mean":
        return sum(losses, None, False) / sum(weight, None, False)
    return reduced(losses, reduction)


def _check_weight(weight: Tensor, input: Tensor) -> None:
    if tuple(weight.shape) != tuple(input.shape):
        raise ValueError(
            f"Weights and input must have the same size: weight {list(weight.shape)}, input {list(input.shape)}"
        )


def mse_loss(
    input: Tensor,
    target: Tensor,
    size_average: bool | None = None,
    reduce: bool | None = None,
    reduction: str = "mean",
    weight: Tensor | None = None,
) -> Any:
    """(input - target)², for any shape; with a weight, "mean" divides by the weights' sum.

    Warns (UserWarning) if the shapes differ.

    >>> import tinygrad_lite as tl
    >>> tl.nn.functional.mse_loss(tl.tensor([1.0, 2.0]), tl.tensor([1.0, 4.0]))
    tensor(2.)
    """
    warn_of_broadcast(input, target)
    reduction = resolved(reduction, size_average, reduce)
    refuse_whole_numbers("mse_loss", input, target)
    return _weighted(square(input - target), weight, input, reduction)


def l1_loss(
    input: Tensor,
    target: Tensor,
    size_average: bool | None = None,
    reduce: bool | None = None,
    reduction: str = "mean",
    weight: Tensor | None = None,
) -> Any:
    """|input - target|, for any shape; with a weight, "mean" divides by the weights' sum.

    Warns (UserWarning) if the shapes differ.

    >>> import tinygrad_lite as tl
    >>> tl.nn.functional.l1_loss(tl.tensor([1.0, 2.0]), tl.tensor([1.0, 5.0]))
    tensor(1.5000)
    """
    warn_of_broadcast(input, target)
    reduction = resolved(reduction, size_average, reduce)
    return _weighted(abs(input - target), weight, input, reduction)


def smooth_l1_loss(
    input: Tensor,
    target: Tensor,
    size_average: bool | None = None,
    reduce: bool | None = None,
    reduction: str = "mean",
    beta: float = 1.0,
) -> Any:
    """d² / (2 beta) where |d| < beta, else |d| - beta / 2, for d = input - target of any shape.

    It is the Huber loss divided by beta; with beta = 0 it is the L1 loss. Warns (UserWarning) if the shapes differ.
    Source: Girshick, Fast R-CNN, 2015.

    Raises:
        RuntimeError: if beta is negative.

    >>> import tinygrad_lite as tl
    >>> tl.nn.functional.smooth_l1_loss(tl.tensor([0.5, 3.0]), tl.zeros(2), reduction="none")
    tensor([0.1250, 2.5000])
    """
    warn_of_broadcast(input, target)
    reduction = resolved(reduction, size_average, reduce)
    refuse_whole_numbers("smooth_l1_loss", input, target)
    if beta < 0:
        raise RuntimeError(f"smooth_l1_loss does not support negative values for beta. Got: {beta}")
    if beta == 0:
        return reduced(abs(input - target), reduction)
    losses = huber(input - target, beta)
    return reduced(losses if beta == 1 else losses / beta, reduction)


def huber_loss(
    input: Tensor,
    target: Tensor,
    reduction: str = "mean",
    delta: float = 1.0,
    weight: Tensor | None = None,
) -> Any:
    """d² / 2 where |d| <= delta, else delta (|d| - delta / 2), for d = input - target of any shape.

    Unlike the other losses' here, a weighted "mean" divides by the number of elements, as PyTorch's does.
    Warns (UserWarning) if the shapes differ. Source: Huber, 1964.

    Raises:
        RuntimeError: if delta is not positive.

    >>> import tinygrad_lite as tl
    >>> tl.nn.functional.huber_loss(tl.tensor([0.5, 3.0]), tl.zeros(2), reduction="none", delta=2.0)
    tensor([0.1250, 4.0000])
    """
    warn_of_broadcast(input, target)
    reduction = resolved(reduction)
    refuse_whole_numbers("huber_loss", input, target)
    if delta <= 0:
        raise RuntimeError(f"huber_loss does not support non-positive values for delta. Got: {delta}")
    losses = huber(input - target, delta)
    if weight is not None:
        _check_weight(weight, input)
        losses = losses * weight
    return reduced(losses, reduction)


def poisson_nll_loss(
    input: Tensor,
    target: Tensor,
    log_input: bool = True,
    full: bool = False,
    size_average: bool | None = None,
    eps: float = 1e-8,
    reduce: bool | None = None,
    reduction: str = "mean",
) -> Any:
    """-log P(target) under a Poisson distribution, for any shape: eˣ - target x, x = input its mean's logarithm.

    Args:
        log_input: False if the input is the mean itself; then x - target log(x + eps).
        full: add Stirling's approximation of log target!, t log t - t + log(2πt) / 2, where the target t is above 1.

    >>> import tinygrad_lite as tl
    >>> tl.nn.functional.poisson_nll_loss(tl.zeros(2), tl.tensor([1.0, 3.0]))
    tensor(1.)
    """
    reduction = resolved(reduction, size_average, reduce)
    losses = exp(input) - target * input if log_input else input - target * log(input + eps)
    if full:
        t = maximum(target, 1)  # where it is less, this is not used, and must have a finite derivative
        losses = losses + where(target > 1, t * log(t) - t + 0.5 * log(2 * math.pi * t), 0)
    return reduced(losses, reduction)


def gaussian_nll_loss(
    input: Tensor,
    target: Tensor,
    var: Tensor | float,
    full: bool = False,
    eps: float = 1e-6,
    reduction: str = "mean",
) -> Any:
    """-log p(target) of a normal distribution: (log v + (input - target)² / v) / 2, for v = max(var, eps).

    Args:
        var: the variances: of the input's shape, of its shape without the last dimension or with one of
            length 1 in it, or a single number. The bound by eps does not stop its gradient.
        full: add the constant log(2π) / 2.

    Source: Nix & Weigend, 1994.

    Raises:
        ValueError: if a variance is negative, or their shape does not fit.

    >>> import tinygrad_lite as tl
    >>> tl.nn.functional.gaussian_nll_loss(tl.zeros(2), tl.tensor([0.0, 2.0]), tl.ones(2))
    tensor(1.)
    """
    var = ones_like(input.detach()) * var if isinstance(var, (int, float)) else var
    _refuse_negative(var._data)
    if tuple(var.shape) != tuple(input.shape):
        if tuple(var.shape) == tuple(input.shape[:-1]):
            var = unsqueeze(var, -1)
        elif var.ndim != input.ndim or [n for n, m in zip(var.shape, input.shape, strict=True) if n != m] != [1]:
            raise ValueError(
                f"gaussian_nll_loss: var is of incorrect size: {list(var.shape)} for input {list(input.shape)}; one of "
                "its sizes may be 1, or the last may be missing"
            )
    reduction = resolved(reduction)
    bounded: Any = var.clone()
    with no_grad():
        bounded.clamp_(min=eps)
    losses = 0.5 * (log(bounded) + square(input - target) / bounded)
    return reduced(losses + 0.5 * math.log(2 * math.pi) if full else losses, reduction)


@array_function
def _refuse_negative(var: Array) -> None:
    if (var < 0).any():
        raise ValueError("gaussian_nll_loss: var has negative entry/entries; pass a variance, such as an exp()")


def kl_div(
    input: Tensor,
    target: Tensor,
    size_average: bool | None = None,
    reduce: bool | None = None,
    reduction: str = "mean",
    log_target: bool = False,
) -> Any:
    """target (log target - input), for log-probabilities as input: the terms of KL(target ‖ e**input).

    Args:
        reduction: "batchmean" is the divergence by its definition, the sum over the first dimension's length;
            "mean" divides by the number of all elements (and warns of that).
        log_target: whether the target, too, is of log-probabilities.

    Source: Kullback & Leibler, 1951.

    >>> import tinygrad_lite as tl
    >>> p, q = tl.tensor([[0.5, 0.5]]), tl.tensor([[0.25, 0.75]])
    >>> tl.nn.functional.kl_div(q.log(), p, reduction="batchmean")
    tensor(0.1438)
    """
    if size_average is None and reduce is None and reduction == "mean":
        warnings.warn(
            "reduction: 'mean' divides the total loss by both the batch size and the support size. 'batchmean' divides "
            "only by the batch size, and aligns with the KL div math definition. 'mean' will be changed to behave the "
            "same as 'batchmean' in the next major release.",
            UserWarning,
            stacklevel=2,
        )
    reduction = resolved(reduction, size_average, reduce, "batchmean")
    losses = exp(target) * (target - input) if log_target else xlogy(target, target) - target * input
    if reduction != "batchmean":
        return reduced(losses, reduction)
    total = reduced(losses, "sum")
    return total / input.shape[0] if input.ndim else total
