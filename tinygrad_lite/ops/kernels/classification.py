"""The losses of classification, `nll_loss` and `cross_entropy`, as fused operations."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ...core.edge import cast, reshape
from ...core.primitive import Array, Mask, fused
from ..activation import straight
from ..elementwise import ne, where
from ..indexing import gather, getitem
from ..reduction import log_softmax, sum
from ..shape import unsqueeze
from .reduction import bounded
from .summation import column_sums, row_sums, sum_over


@fused(differentiable=1)
def nll_loss(
    x: Array, target: Mask, weight: Mask | None = None, ignore_index: int = -100, reduction: str = "mean"
) -> Array:
    """-weight_t x_t for log-probabilities x (N, C) and classes t (N); dx = -g weight_t at the class t, else 0.

    The reduction "mean" divides the sum of the losses by the sum of the weights. A sample whose class is `ignore_index`
    has the loss and the weight 0.
    """
    loss, counted, weights = _losses(straight(x), target, weight, ignore_index)
    return _reduced(loss, counted, weights, reduction)


def _losses(logs: Any, target: Any, weight: Any, ignore_index: int) -> tuple[Any, Any, Any]:
    """For each sample its loss, whether it is counted, and its weight."""
    counted = ne(target, ignore_index)
    classes = where(counted, target, 0)
    weights = cast(counted, logs.dtype) if weight is None else where(counted, getitem(weight, array_of(classes)), 0)
    return -reshape(gather(logs, 1, unsqueeze(classes, 1)), (logs.shape[0],)) * weights, counted, weights


def _reduced(loss: Any, counted: Any, weights: Any, reduction: str) -> Any:
    loss = where(counted, loss, 0)
    if reduction == "none":
        return loss
    total = sum(loss, None, False)
    return total if reduction == "sum" else total / sum(weights, None, False)


@fused(differentiable=1)
def cross_entropy(
    x: Array,
    target: Mask,
    weight: Mask | None = None,
    ignore_index: int = -100,
    label_smoothing: float = 0.0,
    reduction: str = "mean",
) -> Array:
    """-weight_t log softmax(x)_t for logits x (N, C) and classes t (N); dx = g weight_t (softmax(x) - 1 at t).

    The reduction "mean" divides the sum of the losses by the sum of the weights. A sample whose class is `ignore_index`
    has the loss and the weight 0. With label smoothing s the target is 1 - s of the class t plus s / C of every class.
    """
    logs = log_softmax(x, 1)
    loss, counted, weights = _losses(logs, target, weight, ignore_index)
    if label_smoothing:
        all_classes = sum(logs if weight is None else logs * weight, 1, False)
        loss = loss * (1 - label_smoothing) - all_classes * (label_smoothing / x.shape[1])
    return _reduced(loss, counted, weights, reduction)


def array_of(index: Any) -> Any:
    """An index as an array."""
    return index if isinstance(index, np.ndarray) else index._data


# ---------------------------------------------------------------------------------------------------- kernels


def _counted(x: Array, target: Array, weight: Array | None, ignore_index: int) -> tuple[Array, Any, Any]:
    """The classes, 0 for those ignored; which samples are ignored, or None; the samples' weights, or None for 1."""
    ignored = target == ignore_index
    if not np.count_nonzero(ignored):
        return target, None, None if weight is None else weight[target]
    target = np.where(ignored, 0, target)
    counted = ~ignored
    return target, ignored, counted.astype(x.dtype) if weight is None else weight[target] * counted


def _total(loss: Array, weights: Any, reduction: str) -> tuple[Array, Any]:
    """The reduced losses, and the divisor of their sum, or None for 1."""
    if reduction == "none":
        return loss, None
    divisor = None if reduction == "sum" else len(loss) if weights is None else sum_over(weights)
    out = row_sums(loss)
    return np.asarray(out if divisor is None else out / divisor), divisor


def _nll_loss(x: Array, target: Array, weight: Array | None, ignore_index: int, reduction: str) -> tuple[Array, Any]:
    target, ignored, weights = _counted(x, target, weight, ignore_index)
    at = (np.arange(len(x)), target)
    loss = -x[at]
    if weights is not None:
        loss *= weights
    if ignored is not None:  # also where x is NaN, and the product with a weight of 0 too
        loss[ignored] = 0
    out, divisor = _total(loss, weights, reduction)
    return out, (at, ignored, weights, divisor, x.shape)


def _nll_loss_pullback(g: Array, saved: Any, needs: Sequence[bool]) -> tuple[Any, ...]:
    at, ignored, weights, divisor, shape = saved
    slope = -g if divisor is None else -g / divisor
    if weights is not None:
        slope = slope * weights
    if ignored is not None:
        slope[ignored] = 0
    by_x = np.zeros(shape, slope.dtype)
    by_x[at] = slope
    return (by_x,)


nll_loss.implement(_nll_loss, _nll_loss_pullback)


def _cross_entropy(
    x: Array, target: Array, weight: Array | None, ignore_index: int, label_smoothing: float, reduction: str
) -> tuple[Array, Any]:
    n, classes = x.shape
    target, ignored, weights = _counted(x, target, weight, ignore_index)
    if not label_smoothing and x.size and bounded(x):
        slope = np.exp(x, order="C")
        slope /= row_sums(slope)[:, None]
        flat, at = slope.reshape(-1), target + np.arange(0, n * classes, classes)
        chosen = flat.take(at)
        loss = -np.log(chosen)  # as exact as a difference of logarithms, or more so
        chosen -= 1
        flat[at] = chosen
    else:
        # NumPy reduces a short dimension quickly if the long one is the inner one in memory.
        few = classes < n
        shifted = np.array(x, order="F" if few else "C")
        shifted -= shifted.max(axis=1, keepdims=True)
        softmax = np.exp(shifted)
        totals = column_sums(softmax.T) if few else row_sums(softmax)
        softmax /= totals[:, None]
        logs = np.log(totals)
        # One index into the flat memory is faster than two indices.
        at = target * n + np.arange(n) if few else target + np.arange(0, n * classes, classes)
        loss = logs - shifted.ravel("K")[at]
        slope = softmax.copy(order="K") if label_smoothing else softmax  # d(loss of a sample) / dx
        slope.ravel("K")[at] -= 1
    if weights is not None:
        loss *= weights
        slope *= weights[:, None]
    if label_smoothing:
        factors = np.ones(classes, x.dtype) if weight is None else weight
        total, each = sum_over(factors), label_smoothing / classes
        loss = loss * (1 - label_smoothing) + (total * logs - sum_over(shifted * factors, 1)) * each
        slope = slope * (1 - label_smoothing) + (total * softmax - factors) * each
    if ignored is not None:  # also where x is NaN, and the product with a weight of 0 too
        loss[ignored] = 0
    out, divisor = _total(loss, weights, reduction)
    return out, (slope, ignored, divisor)


def _cross_entropy_pullback(g: Array, saved: Any, needs: Sequence[bool]) -> tuple[Any, ...]:
    slope, ignored, divisor = saved
    if divisor is not None:
        g = g / divisor
    by_x = slope * (g[:, None] if g.ndim else g)
    if ignored is not None:
        by_x[ignored] = 0
    return (by_x,)


cross_entropy.implement(_cross_entropy, _cross_entropy_pullback)
