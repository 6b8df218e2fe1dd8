"""The table of losses of classes: fused operations on scores and labels, which share their parts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ...core.edge import cast, reshape
from ...core.primitive import Array, Mask, fused
from ..elementwise import ne, where
from ..indexing import gather, getitem
from ..reduction import log_softmax, sum
from ..shape import unsqueeze


@fused(differentiable=1)
def nll_loss(
    x: Array, target: Mask, weight: Mask | None = None, ignore_index: int = -100, reduction: str = "mean"
) -> Array:
    """-weight_t x_t for log-probabilities x (N, C) and class indices t (N); "mean" divides by the weights' sum."""
    loss, counted, share = _losses(x, target, weight, ignore_index)
    return _total(loss, counted, share, reduction)


def _losses(logs: Any, target: Any, weight: Any, ignore_index: int) -> tuple[Any, Any, Any]:
    """The samples' losses, which of them count, and for how much."""
    counted = ne(target, ignore_index)
    safe = where(counted, target, 0)
    share = cast(counted, logs.dtype) if weight is None else where(counted, getitem(weight, plain(safe)), 0)
    return -reshape(gather(logs, 1, unsqueeze(safe, 1)), (logs.shape[0],)) * share, counted, share


def _total(loss: Any, counted: Any, share: Any, reduction: str) -> Any:
    loss = where(counted, loss, 0)
    if reduction == "none":
        return loss
    total = sum(loss, None, False)
    return total if reduction == "sum" else total / sum(share, None, False)


@fused(differentiable=1)
def cross_entropy(
    x: Array,
    target: Mask,
    weight: Mask | None = None,
    ignore_index: int = -100,
    label_smoothing: float = 0.0,
    reduction: str = "mean",
) -> Array:
    """-weight_t log softmax(x)_t for logits x (N, C) and class indices t (N); "mean" divides by the weights' sum.

    With label smoothing s the target is 1 - s of the class and s / C of every class.
    """
    logs = log_softmax(x, 1)
    loss, counted, share = _losses(logs, target, weight, ignore_index)
    if label_smoothing:
        every = sum(logs if weight is None else logs * weight, 1, False)
        loss = loss * (1 - label_smoothing) - every * (label_smoothing / x.shape[1])
    return _total(loss, counted, share, reduction)


def plain(index: Any) -> Any:
    """The array of an index."""
    return index if isinstance(index, np.ndarray) else index._data


def _counted(x: Array, target: Array, weight: Array | None, ignore_index: int) -> tuple[Array, Any, Any]:
    """Classes that there are, which samples are ignored (None for none), what each counts for (None for 1)."""
    skipped = target == ignore_index
    if not np.count_nonzero(skipped):
        return target, None, None if weight is None else weight[target]
    target = np.where(skipped, 0, target)
    counted = ~skipped
    return target, skipped, counted.astype(x.dtype) if weight is None else weight[target] * counted


def _summed(loss: Array, share: Any, reduction: str) -> tuple[Array, Any]:
    """The losses reduced, and what their sum was divided by (None for 1)."""
    if reduction == "none":
        return loss, None
    divisor = None if reduction == "sum" else len(loss) if share is None else share.sum()
    out = loss.sum()
    return np.asarray(out if divisor is None else out / divisor), divisor


def _nll_loss(x: Array, target: Array, weight: Array | None, ignore_index: int, reduction: str) -> tuple[Array, Any]:
    target, skipped, share = _counted(x, target, weight, ignore_index)
    at = (np.arange(len(x)), target)
    loss = -x[at]
    if share is not None:
        loss *= share
    if skipped is not None:  # whatever their scores, nan included
        loss[skipped] = 0
    out, divisor = _summed(loss, share, reduction)
    return out, (at, skipped, share, divisor, x.shape)


def _nll_loss_pullback(g: Array, saved: Any, needs: Sequence[bool]) -> tuple[Any, ...]:
    at, skipped, share, divisor, shape = saved
    slope = -g if divisor is None else -g / divisor
    if share is not None:
        slope = slope * share
    if skipped is not None:
        slope[skipped] = 0
    by_x = np.zeros(shape, slope.dtype)
    by_x[at] = slope
    return (by_x,)


nll_loss.implement(_nll_loss, _nll_loss_pullback)


def _cross_entropy(
    x: Array, target: Array, weight: Array | None, ignore_index: int, label_smoothing: float, reduction: str
) -> tuple[Array, Any]:
    n, classes = x.shape
    target, skipped, share = _counted(x, target, weight, ignore_index)
    # To reduce over few classes NumPy needs the samples side by side in memory.
    few = classes < n
    shifted = np.array(x, order="F" if few else "C")
    shifted -= shifted.max(axis=1, keepdims=True)
    softmax = np.exp(shifted)
    totals = softmax.dot(np.ones(classes, x.dtype))
    softmax /= totals[:, None]
    logs = np.log(totals)
    # One index, into the memory, is quicker than two.
    at = target * n + np.arange(n) if few else target + np.arange(0, n * classes, classes)
    loss = logs - shifted.ravel("K")[at]
    slope = softmax.copy(order="K") if label_smoothing else softmax  # d(loss of a sample) / dx
    slope.ravel("K")[at] -= 1
    if share is not None:
        loss *= share
        slope *= share[:, None]
    if label_smoothing:
        factors = np.ones(classes, x.dtype) if weight is None else weight
        total, spread = factors.sum(), label_smoothing / classes
        loss = loss * (1 - label_smoothing) + (total * logs - shifted.dot(factors)) * spread
        slope = slope * (1 - label_smoothing) + (total * softmax - factors) * spread
    if skipped is not None:  # whatever their scores, nan included
        loss[skipped] = 0
    out, divisor = _summed(loss, share, reduction)
    return out, (slope, skipped, divisor)


def _cross_entropy_pullback(g: Array, saved: Any, needs: Sequence[bool]) -> tuple[Any, ...]:
    slope, skipped, divisor = saved
    if divisor is not None:
        g = g / divisor
    by_x = slope * (g[:, None] if g.ndim else g)
    if skipped is not None:
        by_x[skipped] = 0
    return (by_x,)


cross_entropy.implement(_cross_entropy, _cross_entropy_pullback)
