"""Losses as functions of predictions and targets."""

from __future__ import annotations

from typing import Any

from ...functions.reduction import log_softmax
from ...functions.shape import reshape
from ...ops import fused
from ...ops.shape import permute
from ...tensor import Tensor


def cross_entropy(
    input: Tensor,
    target: Tensor,
    weight: Tensor | None = None,
    size_average: None = None,
    ignore_index: int = -100,
    reduce: None = None,
    reduction: str = "mean",
    label_smoothing: float = 0.0,
) -> Any:
    """-log softmax(input) of the target class, for logits (C), (N, C) or (N, C, d1, …).

    Args:
        target: class indices () , (N) or (N, d1, …) in int64, or probabilities in the shape of the input.
        weight: (C), a factor for each class; "mean" divides by the weights of the targets.
        ignore_index: targets of this class count for nothing.
        reduction: "mean", "sum" or "none".
        label_smoothing: how much of the target is spread over all classes.

    Raises:
        IndexError: for a class that there is not.
        RuntimeError: for class indices that are not whole numbers, or shapes that do not fit.

    >>> import tinygrad_lite as tl
    >>> tl.nn.functional.cross_entropy(tl.zeros(2, 4), tl.tensor([0, 3]))
    tensor(1.3863)
    """
    if reduction not in ("mean", "sum", "none"):
        raise ValueError(f"{reduction} is not a valid value for reduction: mean, sum or none")
    if not 0.0 <= label_smoothing <= 1.0:
        raise RuntimeError(f"label_smoothing must be between 0.0 and 1.0. Got: {label_smoothing}")
    if input.ndim < 1:
        raise RuntimeError("cross_entropy: expected logits with at least a class dimension")
    dim = 0 if input.ndim == 1 else 1
    if tuple(target.shape) == tuple(input.shape) and target.dtype.kind == "f":
        return _soft_cross_entropy(input, target, weight, reduction, label_smoothing, dim)
    classes = input.shape[dim]
    expected = (*input.shape[:dim], *input.shape[dim + 1 :])
    if tuple(target.shape) != expected:
        raise RuntimeError(
            f"cross_entropy: logits {list(input.shape)} need targets of shape {list(expected)}, not {list(target.shape)}"
        )
    if target.dtype.kind not in "iu":
        raise RuntimeError(
            f"cross_entropy: expected scalar type Long but found {target.dtype}: class indices are whole numbers, "
            "target.long()"
        )
    labels = target._data
    bad = ((labels < 0) | (labels >= classes)) & (labels != ignore_index)
    if bad.any():
        raise IndexError(f"Target {labels[bad].flat[0]} is out of bounds: there are {classes} classes")
    rows = input if input.ndim == 2 else reshape(_channels_last(input), (labels.size, classes))
    out = fused.cross_entropy(rows, labels.reshape(-1), weight, ignore_index, label_smoothing, reduction)
    return reshape(out, expected) if reduction == "none" else out


def _channels_last(x: Tensor) -> Any:
    return permute(x, (0, *range(2, x.ndim), 1)) if x.ndim > 1 else x


def _soft_cross_entropy(
    input: Tensor, target: Tensor, weight: Tensor | None, reduction: str, smoothing: float, dim: int
) -> Any:
    """Cross entropy with probabilities for targets."""
    classes = input.shape[dim]
    if smoothing:
        target = target * (1 - smoothing) + smoothing / classes
    logs = log_softmax(input, dim)
    if weight is not None:
        logs = logs * weight.reshape(-1, *[1] * (input.ndim - dim - 1))
    losses = -(logs * target).sum(dim)
    if reduction == "none":
        return losses
    return losses.sum() / max(losses.numel(), 1) if reduction == "mean" else losses.sum()
