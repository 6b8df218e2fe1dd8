"""Normalisation as functions of parameters and running averages."""

from __future__ import annotations

from typing import Any

from ... import memory
from ...ops import fused
from ...ops.elementwise import rsqrt
from ...tensor import Tensor


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
