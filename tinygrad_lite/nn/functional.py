"""The layers as functions: what a module computes, from its parameters as arguments."""

from __future__ import annotations

from typing import Any

import numpy as np

from .. import memory, streams
from ..functions.elementwise import softplus
from ..functions.indexing import one_hot
from ..functions.reduction import log_softmax, softmax
from ..functions.shape import pad, reshape
from ..generator import Generator, chosen
from ..ops import fused
from ..ops.elementwise import logsigmoid, masked_scale, relu, rsqrt, sigmoid, tanh
from ..ops.shape import permute
from ..tensor import Tensor


def linear(input: Tensor, weight: Tensor, bias: Tensor | None = None) -> Any:
    """input weightᵀ + bias: (…, in), (out, in) and (out) give (…, out).

    Raises:
        RuntimeError: if the last size of the input is not that of the weight, or the dtypes differ.
    """
    if input.shape[-1:] != weight.shape[-1:]:
        raise RuntimeError(
            f"linear: mat1 and mat2 shapes cannot be multiplied: input {list(input.shape)} has {input.shape[-1:] or 'no'} "
            f"features, weight {list(weight.shape)} takes {weight.shape[-1]}"
        )
    if input.dtype != weight.dtype:
        raise RuntimeError(
            f"linear: mat1 and mat2 must have the same dtype, but got {input.dtype} and {weight.dtype}: convert one "
            "with .to(dtype)"
        )
    return fused.linear(input, weight, bias)


def batch_norm(
    input: Tensor,
    running_mean: Tensor | None,
    running_var: Tensor | None,
    weight: Tensor | None = None,
    bias: Tensor | None = None,
    training: bool = False,
    momentum: float = 0.1,
    eps: float = 1e-5,
) -> Any:
    """(x - μ) / √(σ² + eps) · weight + bias for each channel of x (N, C, …).

    In training μ and σ² are the batch's (σ² biased), and the running averages move by `momentum` towards μ
    and the unbiased σ²; otherwise the running averages are used.

    Raises:
        ValueError: in training with one value per channel, whose variance is 0.
    """
    if not training:
        if running_mean is None or running_var is None:
            raise ValueError("batch_norm: expected running_mean and running_var to be given when training=False")
        shape = (1, -1, *[1] * (input.ndim - 2))
        scale = rsqrt(running_var + eps) if weight is None else rsqrt(running_var + eps) * weight
        shift = -running_mean * scale if bias is None else bias - running_mean * scale
        return input * scale.reshape(shape) + shift.reshape(shape)
    if input._data.size <= input.shape[1]:
        raise ValueError(
            f"Expected more than 1 value per channel when training, got input size {list(input.shape)}: use a larger "
            "batch (drop_last=True drops a last one of 1), or eval()"
        )
    tracked = running_mean is not None and running_var is not None
    out = fused.batch_norm(input, weight, bias, running_mean, running_var, momentum if tracked else None, eps)
    if tracked:
        memory.wrote(running_mean._data)  # type: ignore[union-attr]
        memory.wrote(running_var._data)  # type: ignore[union-attr]
    return out


def dropout(
    input: Tensor,
    p: float = 0.5,
    training: bool = True,
    inplace: bool = False,
    *,
    generator: Generator | None = None,
) -> Any:
    """In training, each element 0 with probability p (to within 2⁻¹⁷) and otherwise divided by 1 - p.

    Raises:
        ValueError: if p is no probability.
    """
    if not 0.0 <= p <= 1.0:
        raise ValueError(f"dropout probability has to be between 0 and 1, but got {p}")
    if not training or p == 0.0:
        return input
    if p == 1.0:
        result = input * 0.0
    else:
        words = streams.fast_bits(chosen(generator), input._data.size)
        keep = words >= np.uint16(min(round(p * 65536), 65535))
        result = masked_scale(input, keep.reshape(input._data.shape), 1.0 / (1.0 - p))
    return input.copy_(result) if inplace else result


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

