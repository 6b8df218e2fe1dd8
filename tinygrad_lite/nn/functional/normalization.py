"""Normalisation as functions of parameters and running averages."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from ...core import versions as memory
from ...ops.elementwise import rsqrt
from ...ops.kernels import normalization as fused
from ...tensors.tensor import Tensor


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
        RuntimeError: if the parameters or averages are not of the input's channels, or of another dtype.
        ValueError: in training with one value per channel, whose variance is 0.
    """
    if input.ndim < 2:
        raise RuntimeError(f"batch_norm: the input needs dimensions (N, C, …), but is {list(input.shape)}")
    _refuse_others("batch_norm", input, input._data.shape[1:2], running_mean, running_var, weight, bias)
    if not training:
        if running_mean is None or running_var is None:
            raise ValueError("batch_norm: expected running_mean and running_var to be given when training=False")
        return fused.frozen_batch_norm(input, weight, bias, running_mean, running_var, eps)
    if input._data.size <= input.shape[1]:
        raise _too_few(input)
    tracked = running_mean is not None and running_var is not None
    out = fused.batch_norm(input, weight, bias, running_mean, running_var, momentum if tracked else None, eps)
    if tracked:
        memory.written(running_mean._data, running_var._data)  # type: ignore[union-attr]
    return out


def layer_norm(
    input: Tensor,
    normalized_shape: Sequence[int],
    weight: Tensor | None = None,
    bias: Tensor | None = None,
    eps: float = 1e-5,
) -> Any:
    """(x - μ) / √(σ² + eps) · weight + bias, μ and the biased σ² over the last dimensions, those of normalized_shape.

    Source: Ba et al., 2016, https://arxiv.org/abs/1607.06450.

    Raises:
        RuntimeError: if the input does not end in normalized_shape, or weight and bias are not of it.

    >>> import tinygrad_lite as tl
    >>> tl.nn.functional.layer_norm(tl.tensor([1.0, 3.0]), (2,), eps=0.0)
    tensor([-1.,  1.])
    """
    shape = _ending("layer_norm", input, normalized_shape)
    _refuse_others("layer_norm", input, shape, weight, bias)
    return fused.layer_norm(input, weight, bias, len(shape), eps)


def group_norm(
    input: Tensor, num_groups: int, weight: Tensor | None = None, bias: Tensor | None = None, eps: float = 1e-5
) -> Any:
    """(x - μ) / √(σ² + eps) for each group of channels of each sample of x (N, C, …), · weight + bias for each channel.

    Source: Wu & He, 2018, https://arxiv.org/abs/1803.08494.

    Raises:
        RuntimeError: if the channels cannot be divided into so many groups, or weight and bias are not of them.
        ValueError: for one value per group, whose variance is 0.
    """
    if input.ndim < 2:
        raise RuntimeError(f"group_norm: Expected at least 2 dimensions for input tensor but received {input.ndim}")
    samples, channels = input.shape[:2]
    if num_groups <= 0 or channels % num_groups:
        raise RuntimeError(
            "group_norm: Expected number of channels in input to be divisible by num_groups, but got input of shape "
            f"{list(input.shape)} and num_groups={num_groups}"
        )
    if samples * channels // num_groups * math.prod(input.shape[2:]) == 1:
        raise _too_few(input)
    _refuse_others("group_norm", input, (channels,), weight, bias)
    size = channels // num_groups * math.prod(input.shape[2:])
    rows = fused.layer_norm(input.reshape(samples * num_groups, size), None, None, 1, eps)
    shape = (1, channels, *[1] * (input.ndim - 2))
    out = rows.reshape(input.shape)
    if weight is not None:
        out = out * weight.reshape(shape)
    return out if bias is None else out + bias.reshape(shape)


def rms_norm(
    input: Tensor, normalized_shape: Sequence[int], weight: Tensor | None = None, eps: float | None = None
) -> Any:
    """x / √(mean(x²) + eps) · weight, the mean over the last dimensions, those of normalized_shape.

    Args:
        eps: by default the distance from 1 to the next number of the dtype.

    Source: Zhang & Sennrich, 2019, https://arxiv.org/abs/1910.07467.

    Raises:
        RuntimeError: if the input does not end in normalized_shape, or the weight is not of it.
    """
    shape = _ending("rms_norm", input, normalized_shape)
    _refuse_others("rms_norm", input, shape, weight)
    eps = float(np.finfo(input.dtype).eps) if eps is None else eps
    input = input.contiguous()
    normal = input * rsqrt((input * input).mean(tuple(range(-len(shape), 0)), keepdim=True) + eps)
    return normal if weight is None else normal * weight


def normalize(input: Tensor, p: float = 2.0, dim: Any = 1, eps: float = 1e-12, out: None = None) -> Any:
    """x / max(‖x‖ₚ, eps), the norm along dim.

    >>> import tinygrad_lite as tl
    >>> tl.nn.functional.normalize(tl.tensor([[3.0, 4.0]]))
    tensor([[0.6000, 0.8000]])
    """
    if out is not None:
        raise TypeError("normalize: out= is not supported; assign the result, or use x.copy_(result)")
    return input / input.norm(p, dim, keepdim=True).clamp_min(eps)


def _too_few(input: Tensor) -> ValueError:
    return ValueError(
        f"Expected more than 1 value per channel when training, got input size {list(input.shape)}: use a larger batch "
        "(drop_last=True drops a last one of 1), or eval()"
    )


def _ending(name: str, input: Tensor, normalized_shape: Sequence[int]) -> tuple[int, ...]:
    """The dimensions to normalise over, in which the input must end."""
    shape = tuple(normalized_shape)
    if not shape:
        raise RuntimeError(
            f"{name}: Expected normalized_shape to be at least 1-dimensional, but got normalized_shape=[]"
        )
    if tuple(input.shape[-len(shape) :]) != shape:
        expected = ", ".join(map(str, ("*", *shape)))
        raise RuntimeError(
            f"{name}: Given normalized_shape={list(shape)}, expected input with shape [{expected}], but got input of "
            f"size {list(input.shape)}"
        )
    return shape


def _refuse_others(name: str, input: Tensor, shape: tuple[int, ...], *values: Tensor | None) -> None:
    """Refuse parameters of another shape, or of another dtype than the input's."""
    for value in values:
        if value is None:
            continue
        if value._data.shape != shape:
            raise RuntimeError(
                f"{name}: Expected weight, bias and averages of shape {list(shape)} for the input {list(input.shape)}, "
                f"but got {list(value.shape)}"
            )
        if value._data.dtype != input._data.dtype:
            raise RuntimeError(
                f"{name}: the input is {input.dtype}, the parameters are {value.dtype}: convert one with .to(dtype)"
            )
