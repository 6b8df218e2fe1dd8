"""Losses of numbers, as functions of predictions and targets."""

from __future__ import annotations

from typing import Any

from ...core.edge import cast
from ...core.promotion import promote_types
from ...ops.elementwise import abs, square
from ...ops.losses import huber
from ...ops.reduction import sum
from ...tensors.tensor import Tensor
from .argument_types import as_number, check_floating, check_optional_tensor, check_tensors
from .loss_arguments import check_shapes
from .loss_reduction import reduce_losses, resolve_reduction


def mse_loss(
    input: Tensor,
    target: Tensor,
    size_average: bool | None = None,
    reduce: bool | None = None,
    reduction: str = "mean",
    weight: Tensor | None = None,
) -> Tensor:
    """Mean squared error: the mean of (input - target)².

    With a weight w "mean" is Σ w (input - target)² / Σ w. The book's (Deep Learning from Scratch, 4.2.1) is
    Σ (input - target)² / 2, half of what "sum" gives.

    Args:
        input: predictions of any shape (*), in a floating dtype unless the target is in one.
        target: what they should be, (*); whole numbers and bools are cast.
        size_average, reduce: deprecated names of `reduction`, which override it with a warning.
        reduction: "mean", "sum", or "none" for the loss of each element.
        weight: a factor for each element, (*).

    Returns:
        A Tensor (), or (*) for "none".

    Warns (UserWarning) if the shapes differ but broadcast: with (N, 1) and (N) every element of one meets every element
    of the other.

    Raises:
        TypeError: if input, target or weight is not a Tensor.
        RuntimeError: if the shapes do not broadcast.
        ValueError: if the weight is not of the input's shape, or for another reduction.
        NotImplementedError: if neither input nor target is floating.

    >>> import tinygrad_lite as tl
    >>> tl.nn.functional.mse_loss(tl.tensor([1.0, 2.0]), tl.tensor([1.0, 4.0]))
    tensor(2.)
    """
    check_tensors("mse_loss", input=input, target=target)
    check_shapes("mse_loss", input, target)
    reduction = resolve_reduction(reduction, size_average, reduce)
    check_floating("mse_loss", input, target)
    return _weighted("mse_loss", square(_difference(input, target)), weight, input, reduction)


def l1_loss(
    input: Tensor,
    target: Tensor,
    size_average: bool | None = None,
    reduce: bool | None = None,
    reduction: str = "mean",
    weight: Tensor | None = None,
) -> Tensor:
    """Mean absolute error: the mean of |input - target|. Its derivative where the two are equal is 0.

    With a weight w "mean" is Σ w |input - target| / Σ w.

    Args:
        input: predictions of any shape (*), in a floating dtype; "sum" and "none" also work for whole numbers.
        target: what they should be, (*); whole numbers are cast.
        size_average, reduce: deprecated names of `reduction`, which override it with a warning.
        reduction: "mean", "sum", or "none" for the loss of each element.
        weight: a factor for each element, (*).

    Returns:
        A Tensor (), or (*) for "none".

    Warns (UserWarning) if the shapes differ but broadcast.

    Raises:
        TypeError: if input, target or weight is not a Tensor.
        RuntimeError: if the shapes do not broadcast; for bools; for a mean of whole numbers.
        ValueError: if the weight is not of the input's shape, or for another reduction.

    >>> import tinygrad_lite as tl
    >>> tl.nn.functional.l1_loss(tl.tensor([1.0, 2.0]), tl.tensor([1.0, 5.0]))
    tensor(1.5000)
    """
    check_tensors("l1_loss", input=input, target=target)
    check_shapes("l1_loss", input, target)
    reduction = resolve_reduction(reduction, size_average, reduce)
    return _weighted("l1_loss", abs(_floating_difference(input, target)), weight, input, reduction)


def smooth_l1_loss(
    input: Tensor,
    target: Tensor,
    size_average: bool | None = None,
    reduce: bool | None = None,
    reduction: str = "mean",
    beta: float = 1.0,
) -> Tensor:
    """Absolute error that is rounded off near 0: d² / (2 beta) where |d| < beta, else |d| - beta / 2.

    Here d = input - target. It is the Huber loss divided by beta; with beta = 0 it is the L1 loss.

    Args:
        input: predictions of any shape (*), in a floating dtype unless the target is in one.
        target: what they should be, (*); whole numbers and bools are cast.
        size_average, reduce: deprecated names of `reduction`, which override it with a warning.
        reduction: "mean", "sum", or "none" for the loss of each element.
        beta: the difference at which the parabola becomes a line; not negative.

    Returns:
        A Tensor (), or (*) for "none".

    Warns (UserWarning) if the shapes differ but broadcast.

    Source: Girshick, Fast R-CNN, 2015, https://arxiv.org/abs/1504.08083.

    Raises:
        TypeError: if input or target is not a Tensor, or beta not a number.
        RuntimeError: if beta is negative, or the shapes do not broadcast.
        ValueError: for another reduction.
        NotImplementedError: if neither input nor target is floating.

    >>> import tinygrad_lite as tl
    >>> tl.nn.functional.smooth_l1_loss(tl.tensor([0.5, 3.0]), tl.zeros(2), reduction="none")
    tensor([0.1250, 2.5000])
    """
    check_tensors("smooth_l1_loss", input=input, target=target)
    beta = as_number("smooth_l1_loss", "beta", 4, beta)
    check_shapes("smooth_l1_loss", input, target)
    reduction = resolve_reduction(reduction, size_average, reduce)
    check_floating("smooth_l1_loss", input, target)
    if beta < 0:
        raise RuntimeError(f"smooth_l1_loss does not support negative values for beta. Got: {beta}")
    difference = _difference(input, target)
    if beta == 0:
        return reduce_losses(abs(difference), reduction)
    losses = huber(difference, beta)
    return reduce_losses(losses if beta == 1 else losses / beta, reduction)


def huber_loss(
    input: Tensor,
    target: Tensor,
    reduction: str = "mean",
    delta: float = 1.0,
    weight: Tensor | None = None,
) -> Tensor:
    """Squared error near 0 and absolute error far from it: d² / 2 where |d| <= delta, else delta (|d| - delta / 2).

    Here d = input - target. Outliers have a bounded gradient: that of an element is between -delta and delta.

    Args:
        input: predictions of any shape (*), in a floating dtype unless the target is in one.
        target: what they should be, (*); whole numbers and bools are cast.
        reduction: "mean", "sum", or "none" for the loss of each element.
        delta: the difference at which the parabola becomes a line; above 0.
        weight: a factor for each element, (*). Unlike in `mse_loss` the mean then still divides by the number of
            elements, as PyTorch's does.

    Returns:
        A Tensor () or, for "none", (*), in the dtype of the input if that is floating.

    Warns (UserWarning) if the shapes differ but broadcast.

    Source: Huber, Robust Estimation of a Location Parameter, 1964.

    Raises:
        TypeError: if input, target or weight is not a Tensor, or delta not a number.
        RuntimeError: if delta is not above 0, or the shapes do not broadcast.
        ValueError: if the weight is not of the input's shape, or for another reduction.
        NotImplementedError: if neither input nor target is floating.

    >>> import tinygrad_lite as tl
    >>> tl.nn.functional.huber_loss(tl.tensor([0.5, 3.0]), tl.zeros(2), reduction="none", delta=2.0)
    tensor([0.1250, 4.0000])
    """
    check_tensors("huber_loss", input=input, target=target)
    delta = as_number("huber_loss", "delta", 4, delta)
    check_shapes("huber_loss", input, target)
    reduction = resolve_reduction(reduction)
    check_floating("huber_loss", input, target)
    if delta <= 0:
        raise RuntimeError(f"huber_loss does not support non-positive values for delta. Got: {delta}")
    losses = huber(_difference(input, target), delta)
    if weight is not None:
        _check_weight("huber_loss", weight, 5, input)
        losses = losses * weight
    if losses.dtype != input.dtype and input.dtype.kind == "f":
        losses = cast(losses, input.dtype)
    return reduce_losses(losses, reduction)


def _difference(input: Tensor, target: Tensor) -> Any:
    """Return input - target, for bools too, which subtraction refuses."""
    if input._data.dtype.kind == "b":
        input = cast(input, target.dtype)
    elif target._data.dtype.kind == "b":
        target = cast(target, input.dtype)
    return _floating_difference(input, target)


def _floating_difference(input: Tensor, target: Tensor) -> Any:
    """Return input - target. As if they had been broadcast before, the floating dtype of a 0-d Tensor counts too."""
    dtype = promote_types(input.dtype, target.dtype)
    if input._data.dtype.kind == target._data.dtype.kind == "f":
        input, target = (x if x.dtype == dtype else cast(x, dtype) for x in (input, target))
    return input - target


def _weighted(function: str, losses: Any, weight: Tensor | None, input: Tensor, reduction: str) -> Tensor:
    """Reduce the losses, each times its weight; the mean is divided by the sum of the weights."""
    if weight is None:
        return reduce_losses(losses, reduction)
    _check_weight(function, weight, 6, input)
    losses = losses * weight
    if reduction == "mean":
        return sum(losses, None, False) / sum(weight, None, False)
    return reduce_losses(losses, reduction)


def _check_weight(function: str, weight: Tensor, position: int, input: Tensor) -> None:
    check_optional_tensor(function, "weight", position, weight)
    if tuple(weight.shape) != tuple(input.shape):
        raise ValueError(
            f"Weights and input must have the same size. {function}: weight {list(weight.shape)}, input "
            f"{list(input.shape)}"
        )
