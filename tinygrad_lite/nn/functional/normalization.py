"""Normalization as functions of parameters and running averages."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from ...autograd.grad_modes import no_grad
from ...core import versions
from ...core.edge import cast
from ...core.promotion import float16
from ...core.views import without_hidden_base
from ...functions.arguments import rounded_once
from ...ops.convolution import window_sums
from ...ops.elementwise import rsqrt
from ...ops.kernels import normalization as kernels
from ...tensors.tensor import Tensor
from .argument_types import (
    as_number,
    check_constant,
    check_floating,
    check_optional_tensor,
    check_tensors,
    named_in_errors,
    not_a_tensor,
    scalar_type,
)
from .window_arguments import check_bools, whole_number


def batch_norm(
    input: Tensor,
    running_mean: Tensor | None,
    running_var: Tensor | None,
    weight: Tensor | None = None,
    bias: Tensor | None = None,
    training: bool = False,
    momentum: float = 0.1,
    eps: float = 1e-5,
) -> Tensor:
    """Normalize each channel over the batch: (x - μ) / √(σ² + eps) · weight + bias.

    In training μ and σ² are the mean and the biased variance of the channel in the batch, and the running averages are
    updated in place: running = (1 - momentum) running + momentum new, where new is μ or the unbiased σ². Otherwise μ
    and σ² are the running averages. The book's (Deep Learning from Scratch, 6.3) momentum is 1 minus this one.

    The derivative in training, for the n values x of a channel. Let s = √(σ² + eps) and x̂ = (x - μ) / s, and let g be
    the gradient of y = x̂ weight + bias, and h = g weight that of x̂. An x_j changes an x̂_i in three ways:

        directly     ∂x̂_i/∂x_j = 1 / s where i = j
        through μ    ∂μ/∂x_j = 1 / n and ∂x̂_i/∂μ = -1 / s, in all -1 / (n s)
        through σ²   ∂σ²/∂x_j = 2 (x_j - μ) / n, since Σ (x - μ) = 0 leaves nothing of the way through μ, and
                     ∂x̂_i/∂σ² = -x̂_i / (2 s²), in all -x̂_i x̂_j / (n s)

    Summed over i with h_i, and with means over the channel:

        dx = (h - mean(h) - x̂ mean(h x̂)) / s,  d weight = Σ g x̂,  d bias = Σ g

    The two means take from h what shifts and what scales all the x alike, which changes no x̂ (but for eps). Where μ and
    σ² are taken for constants only h / s is left, a common bug.

    Why weight (γ) and bias (β): without them each channel would have mean 0 and variance 1 for good, so that a sigmoid
    after it could use only its middle, which is nearly linear, and a ReLU would always cut off about half. With them
    any mean and variance can be learned; weight = s and bias = μ even undo the normalization. A bias before it is
    without effect, since μ takes it away again: its gradient is 0, and this bias does its work.

    Args:
        input: x, (N, C) or (N, C, *), in a floating dtype.
        running_mean: (C), in the dtype of the input, as all that follow; None in training for no averages.
        running_var: (C); None in training for no averages.
        weight: (C), a factor for each channel; None for 1.
        bias: (C); None for 0.
        training: use the statistics of the batch.
        momentum: the weight of the batch in the running averages.
        eps: is added to the variance.

    Returns:
        A Tensor of the input's shape and dtype.

    Source: Ioffe & Szegedy, Batch Normalization, 2015, https://arxiv.org/abs/1502.03167.

    Raises:
        TypeError: if an argument is not a Tensor, or momentum or eps not a number.
        RuntimeError: if shapes or dtypes do not fit, or the running averages are missing outside of training, or
            require a gradient: there is no derivative by them.
        ValueError: in training with one value per channel, whose variance is 0, or with one of the running averages.
        NotImplementedError: for a dtype that is not floating.

    >>> import tinygrad_lite as tl
    >>> x = tl.tensor([[1.0, 10.0], [3.0, 30.0]])
    >>> mean, var = tl.zeros(2), tl.ones(2)
    >>> tl.nn.functional.batch_norm(x, mean, var, training=True)
    tensor([[-1.0000, -1.0000],
            [ 1.0000,  1.0000]])
    >>> mean  # 0.1 · [2, 20]
    tensor([0.2000, 2.0000])
    """
    if not isinstance(input, Tensor):
        raise not_a_tensor("batch_norm", "input", 1, input)
    x = input._data
    if x.ndim < 2:
        raise RuntimeError(
            f"batch_norm: the input needs the dimensions (N, C) or (N, C, *), but is {list(input.shape)}; a single "
            "sample becomes a batch by input.unsqueeze(0)"
        )
    momentum = as_number("batch_norm", "momentum", 7, momentum)
    eps = as_number("batch_norm", "eps", 8, eps)
    check_floating("batch_norm", input)
    channels = x.shape[1:2]
    for position, value in enumerate((running_mean, running_var, weight, bias), start=2):
        if value is not None and not (
            isinstance(value, Tensor) and value._data.shape == channels and value._data.dtype is x.dtype
        ):
            _check_channels(
                "batch_norm", ("running_mean", "running_var", "weight", "bias")[position - 2], position, value, input
            )
    check_constant("native_batch_norm", "running_mean", running_mean)
    check_constant("native_batch_norm", "running_var", running_var)
    if training and (running_mean is None) != (running_var is None):
        raise ValueError("running_mean and running_var must either both be None or neither be None for batch_norm")
    if not training:
        if running_mean is None or running_var is None:
            name = "running_mean" if running_mean is None else "running_var"
            raise RuntimeError(
                f"{name} must be defined in evaluation mode. batch_norm: pass it, or training=True to use the "
                "statistics of the batch"
            )
        return kernels.frozen_batch_norm(input, weight, bias, running_mean, running_var, eps)
    if input._data.size <= input.shape[1]:
        raise _one_value_error(input, "use a larger batch (drop_last=True drops a last one of 1), or eval()")
    if x.dtype == float16:
        return _batch_norm_of_float16(input, running_mean, running_var, weight, bias, momentum, eps)
    has_averages = running_mean is not None and running_var is not None
    out = kernels.batch_norm(input, weight, bias, running_mean, running_var, momentum if has_averages else None, eps)
    if running_mean is not None and running_var is not None:
        versions.written(running_mean._data, running_var._data)
    return out


def _batch_norm_of_float16(
    input: Tensor, running_mean: Any, running_var: Any, weight: Any, bias: Any, momentum: float, eps: float
) -> Tensor:
    """Compute `batch_norm` in training for float16: in float32, as the averages are before they are rounded."""
    averages = [] if running_mean is None else [running_mean, running_var]
    wide = [x.float() for x in averages]
    mean, var = wide or (None, None)
    weight, bias = (None if x is None else x.float() for x in (weight, bias))
    out = batch_norm(input.float(), mean, var, weight, bias, True, momentum, eps)
    with no_grad():
        for average, updated in zip(averages, wide, strict=True):
            average.copy_(updated)
    return out.half()


def layer_norm(
    input: Tensor,
    normalized_shape: Sequence[int],
    weight: Tensor | None = None,
    bias: Tensor | None = None,
    eps: float = 1e-5,
) -> Tensor:
    """Normalize each sample over its last dimensions: (x - μ) / √(σ² + eps) · weight + bias.

    Args:
        input: x, of a shape (*, normalized_shape), in a floating dtype.
        normalized_shape: the last dimensions, over which the mean μ and the biased variance σ² are taken.
        weight: a factor for each element of a sample, of shape normalized_shape and the dtype of the input; None for 1.
        bias: likewise; None for 0.
        eps: is added to the variance.

    Returns:
        A Tensor of the input's shape and dtype.

    Source: Ba et al., Layer Normalization, 2016, https://arxiv.org/abs/1607.06450.

    Raises:
        TypeError: if an argument is not a Tensor, normalized_shape not a tuple of whole numbers, or eps not a number.
        RuntimeError: if the input does not end in normalized_shape, or weight or bias does not fit.
        NotImplementedError: for a dtype that is not floating.

    >>> import tinygrad_lite as tl
    >>> tl.nn.functional.layer_norm(tl.tensor([[1.0, 3.0], [10.0, 30.0]]), (2,), eps=0.0)
    tensor([[-1.,  1.],
            [-1.,  1.]])
    """
    check_tensors("layer_norm", input=input)
    shape = _checked_shape("layer_norm", input, normalized_shape)
    _check_parameters("layer_norm", input, shape, True, weight=weight, bias=bias)
    eps = as_number("layer_norm", "eps", 5, eps)
    check_floating("layer_norm", input)
    return kernels.layer_norm(input, weight, bias, len(shape), eps)


@rounded_once
def group_norm(
    input: Tensor, num_groups: int, weight: Tensor | None = None, bias: Tensor | None = None, eps: float = 1e-5
) -> Tensor:
    """Normalize groups of channels of each sample: (x - μ) / √(σ² + eps) · weight + bias.

    Args:
        input: x, (N, C) or (N, C, *), in a floating dtype.
        num_groups: into how many groups of C / num_groups channels; the mean μ and the biased variance σ² are those of
            all elements of a group.
        weight: (C), a factor for each channel, in the dtype of the input; None for 1.
        bias: (C); None for 0.
        eps: is added to the variance.

    Returns:
        A Tensor of the input's shape and dtype.

    Source: Wu & He, Group Normalization, 2018, https://arxiv.org/abs/1803.08494.

    Raises:
        TypeError: if an argument is not a Tensor, or num_groups or eps not a number.
        RuntimeError: if num_groups does not divide the channels, or weight or bias does not fit.
        ValueError: for one value per group, whose variance is 0.
        NotImplementedError: for a dtype that is not floating.

    >>> import tinygrad_lite as tl
    >>> tl.nn.functional.group_norm(tl.tensor([[1.0, 3.0, 10.0, 30.0]]), 2, eps=0.0)
    tensor([[-1.,  1., -1.,  1.]])
    """
    check_tensors("group_norm", input=input)
    if not isinstance(num_groups, (int, np.integer)):
        raise TypeError(
            f"group_norm(): argument 'num_groups' (position 2) must be int, not {type(num_groups).__name__}"
        )
    eps = as_number("group_norm", "eps", 5, eps)
    check_floating("group_norm", input)
    if input.ndim < 2:
        raise RuntimeError(
            f"Expected at least 2 dimensions for input tensor but received {input.ndim}. group_norm: the input "
            f"{list(input.shape)} is to be (N, C) or (N, C, *)"
        )
    samples, channels = input.shape[:2]
    if num_groups <= 0 or channels % num_groups:
        raise RuntimeError(
            "Expected number of channels in input to be divisible by num_groups, but got input of shape "
            f"{list(input.shape)} and num_groups={num_groups}. group_norm: dimension 1 has {channels} channels"
        )
    if samples * channels // num_groups * math.prod(input.shape[2:]) == 1:
        raise _one_value_error(input, "group_norm: use fewer groups, so that a group has several elements")
    for position, (name, value) in enumerate((("weight", weight), ("bias", bias)), start=3):
        if value is not None:
            check_optional_tensor("group_norm", name, position, value)
            if value._data.shape != (channels,):
                raise RuntimeError(
                    f"Expected {name} to be a vector of size equal to the number of channels in input, but got {name} "
                    f"of shape {list(value.shape)} and input of shape {list(input.shape)}. group_norm: it needs the "
                    f"shape [{channels}]"
                )
            _check_dtype("group_norm", name, value, input)
    return kernels.group_norm(input, weight, bias, num_groups, eps)


@named_in_errors
def instance_norm(
    input: Tensor,
    running_mean: Tensor | None = None,
    running_var: Tensor | None = None,
    weight: Tensor | None = None,
    bias: Tensor | None = None,
    use_input_stats: bool = True,
    momentum: float = 0.1,
    eps: float = 1e-5,
) -> Tensor:
    """Normalize each channel of each sample by itself: (x - μ) / √(σ² + eps) · weight + bias.

    Args:
        input: x, (N, C, *), in a floating dtype.
        running_mean, running_var: (C), averages over samples and calls, which are updated in place by the means and the
            unbiased variances; None for none.
        weight: (C), a factor for each channel, in the dtype of the input; None for 1.
        bias: (C); None for 0.
        use_input_stats: whether μ and σ² are those of the channel; else they are the running averages.
        momentum: the share of each call in the running averages.
        eps: is added to the variance.

    Returns:
        A Tensor of the input's shape and dtype.

    Source: Ulyanov et al., 2016, https://arxiv.org/abs/1607.08022.

    Raises:
        TypeError: if an argument is not a Tensor, or momentum or eps not a number.
        ValueError: for one element per channel, whose variance is 0.
        RuntimeError: if an argument does not fit the channels, or running averages are needed and missing.

    >>> import tinygrad_lite as tl
    >>> tl.nn.functional.instance_norm(tl.tensor([[[1.0, 3.0], [10.0, 30.0]]]), eps=0.0)
    tensor([[[-1.,  1.],
             [-1.,  1.]]])
    """
    check_tensors("instance_norm", input=input)
    check_bools("instance_norm", use_input_stats=use_input_stats)
    shape = tuple(input.shape)
    if use_input_stats and math.prod(shape[2:]) == 1:
        raise ValueError(
            f"Expected more than 1 spatial element when training, got input size {input.shape}: instance_norm "
            "normalizes each channel by itself"
        )
    if not use_input_stats:
        if running_mean is None or running_var is None:
            raise RuntimeError("Expected running_mean and running_var to be defined when use_input_stats is false")
        return batch_norm(input, running_mean, running_var, weight, bias, False, momentum, eps)
    check_floating("instance_norm", input)
    samples, channels = shape[:2]
    if not input._data.size:
        return input.clone()
    for position, value in enumerate((running_mean, running_var, weight, bias), start=2):
        if value is not None:
            _check_channels(
                "instance_norm", ("running_mean", "running_var", "weight", "bias")[position - 2], position, value, input
            )
    averages = [x for x in (running_mean, running_var) if x is not None]
    mean, var = (x.detach().repeat(samples) for x in averages) if len(averages) == 2 else (None, None)
    spread = input.reshape(1, samples * channels, *shape[2:])
    scale, shift = (None if x is None else x.repeat(samples) for x in (weight, bias))
    out = batch_norm(spread, mean, var, scale, shift, True, momentum, eps)
    if mean is not None and var is not None:
        with no_grad():
            for average, updated in zip(averages, (mean, var), strict=True):
                average.copy_(updated.reshape(samples, channels).mean(0))
    return without_hidden_base(out.reshape(shape), ())


@named_in_errors
@rounded_once
def local_response_norm(input: Tensor, size: int, alpha: float = 1e-4, beta: float = 0.75, k: float = 1.0) -> Tensor:
    """Divide each element by a power of the mean square of its neighbours in other channels.

        x / (k + alpha mean(x²))**beta, with the mean over `size` channels around the element's; where there are none, 0

    Args:
        input: x, (N, C, *), with at least 3 dimensions.
        size: the number of channels.
        alpha, beta, k: see above.

    Returns:
        A Tensor of the input's shape and dtype.

    Source: Krizhevsky et al., 2012, section 3.3.

    Raises:
        TypeError: if the input is not a Tensor.
        ValueError: for fewer than 3 dimensions.

    >>> import tinygrad_lite as tl
    >>> x = tl.ones(1, 3, 1)
    >>> tl.nn.functional.local_response_norm(x, 3, alpha=3.0, beta=1.0).flatten()  # the outer ones have one neighbour
    tensor([0.3333, 0.2500, 0.3333])
    """
    check_tensors("local_response_norm", input=input)
    size = whole_number("local_response_norm", "size", size)
    if input.ndim < 3:
        raise ValueError(
            f"Expected 3D or higher dimensionality                          input (got {input.ndim} dimensions)"
        )
    if not input._data.size:
        return input
    n, channels, rest = input.shape[0], input.shape[1], math.prod(input.shape[2:])
    rows = (input * input).reshape(n, 1, channels, rest)
    windows = ((size, 1), (1, 1), (size // 2, 0), (1, 1), (channels + (size - 1) // 2 + size // 2 - size + 1, rest))
    means = (window_sums(rows, windows) / size).reshape(input.shape)
    return input / (means * alpha + k).pow(beta)


@rounded_once
def rms_norm(
    input: Tensor, normalized_shape: Sequence[int], weight: Tensor | None = None, eps: float | None = None
) -> Tensor:
    """Divide each sample by its root mean square over its last dimensions: x / √(mean(x²) + eps) · weight.

    Args:
        input: x, of a shape (*, normalized_shape), in a floating dtype.
        normalized_shape: the last dimensions, over which the mean is taken.
        weight: a factor for each element of a sample, of shape normalized_shape, in a floating dtype; None for 1.
        eps: is added to the mean; None for the distance from 1 to the next number of the dtype.

    Returns:
        A Tensor of the input's shape and dtype.

    Source: Zhang & Sennrich, Root Mean Square Layer Normalization, 2019, https://arxiv.org/abs/1910.07467.

    Raises:
        TypeError: if an argument is not a Tensor, normalized_shape not a tuple of whole numbers, or eps not a number.
        RuntimeError: if the input does not end in normalized_shape, or the weight does not fit.
        NotImplementedError: for a dtype that is not floating.

    >>> import tinygrad_lite as tl
    >>> tl.nn.functional.rms_norm(tl.tensor([[3.0, 4.0, 0.0, 0.0]]), (4,))  # their root mean square is 2.5
    tensor([[1.2000, 1.6000, 0.0000, 0.0000]])
    """
    check_tensors("rms_norm", input=input)
    shape = _checked_shape("rms_norm", input, normalized_shape)
    _check_parameters("rms_norm", input, shape, False, weight=weight)
    check_floating("rms_norm", input)
    eps = float(np.finfo(input.dtype).eps) if eps is None else as_number("rms_norm", "eps", 4, eps)
    input = input.contiguous()
    normal = input * rsqrt((input * input).mean(tuple(range(-len(shape), 0)), keepdim=True) + eps)
    if weight is None:
        return normal
    scaled = normal * weight
    return scaled if scaled.dtype == input.dtype else cast(scaled, input.dtype)


def normalize(
    input: Tensor, p: float = 2.0, dim: int | tuple[int, ...] = 1, eps: float = 1e-12, out: None = None
) -> Tensor:
    """Bring vectors to length 1: x / max(‖x‖ₚ, eps), with the norm along dim.

    Args:
        input: x, of any shape (*), in a floating dtype.
        p: of the norm (Σ |x|ᵖ)**(1 / p).
        dim: the dimension along which the vectors lie, or several. Its default is 1, as PyTorch's: for one vector (D)
            pass dim=0.
        eps: keeps the result finite: a vector of zeros stays one.
        out: must be None: results are not written into given Tensors here.

    Returns:
        A Tensor (*) of the same dtype.

    Raises:
        TypeError: if the input is not a Tensor, p or eps not a number, or for `out`.
        IndexError: if there is no such dimension.
        RuntimeError: for a dtype that is not floating.

    >>> import tinygrad_lite as tl
    >>> tl.nn.functional.normalize(tl.tensor([[3.0, 4.0], [0.0, 0.0]]))
    tensor([[0.6000, 0.8000],
            [0.0000, 0.0000]])
    """
    check_tensors("normalize", input=input)
    p = as_number("normalize", "p", 2, p)
    eps = as_number("normalize", "eps", 4, eps)
    if out is not None:
        raise TypeError("normalize: out= is not supported; assign the result, or use x.copy_(result)")
    if input.dtype.kind != "f":
        raise RuntimeError(
            "linalg.vector_norm: Expected a floating point or complex tensor as input. Got "
            f"{scalar_type(input.dtype)}. normalize: the input is {input.dtype}: convert it with .float()"
        )
    return input / input.norm(p, dim, keepdim=True).clamp_min(eps)


# ------------------------------------------------------------------------------------------------- checks


def _one_value_error(input: Tensor, advice: str) -> ValueError:
    return ValueError(
        f"Expected more than 1 value per channel when training, got input size {list(input.shape)}: {advice}"
    )


def _check_channels(function: str, name: str, position: int, value: Any, input: Tensor) -> None:
    """Raise an error unless a parameter has a number for each channel, in the input's dtype."""
    check_optional_tensor(function, name, position, value)
    channels = input.shape[1]
    if tuple(value.shape) != (channels,):
        raise RuntimeError(
            f"{name} should contain {channels} elements not {value.numel()}. {function}: the input "
            f"{list(input.shape)} needs {name} of shape [{channels}], not {list(value.shape)}"
        )
    _check_dtype(function, name, value, input)


def _checked_shape(function: str, input: Tensor, normalized_shape: Sequence[int]) -> tuple[int, ...]:
    """Return the dimensions to normalize over, after a check that the input ends in them."""
    phrase = f"{function}(): argument 'normalized_shape' (position 2) must be tuple of ints"
    if not isinstance(normalized_shape, (tuple, list)):
        hint = f": a single dimension is ({normalized_shape},)" if isinstance(normalized_shape, int) else ""
        raise TypeError(f"{phrase}, not {type(normalized_shape).__name__}{hint}")
    for i, n in enumerate(normalized_shape):
        if not isinstance(n, (int, np.integer)):
            raise TypeError(f"{phrase}, but found element of type {type(n).__name__} at pos {i}")
    shape = tuple(normalized_shape)
    if not shape:
        raise RuntimeError(
            "Expected normalized_shape to be at least 1-dimensional, i.e., containing at least one element, but got "
            f"normalized_shape = []. {function}: it is the last dimensions of the input, {list(input.shape)}"
        )
    if tuple(input.shape[-len(shape) :]) != shape:
        expected = ", ".join(map(str, ("*", *shape)))
        raise RuntimeError(
            f"Given normalized_shape={list(shape)}, expected input with shape [{expected}], but got input of "
            f"size{list(input.shape)}. {function}: the last dimensions of the input must be normalized_shape"
        )
    return shape


def _check_parameters(
    function: str, input: Tensor, shape: tuple[int, ...], same_dtype: bool, **parameters: Tensor | None
) -> None:
    """Raise a RuntimeError unless weight and bias have the shape that is normalized and, perhaps, the input's dtype."""
    for position, (name, value) in enumerate(parameters.items(), start=3):
        if value is None:
            continue
        check_optional_tensor(function, name, position, value)
        if value._data.shape != shape:
            raise RuntimeError(
                f"Expected {name} to be of same shape as normalized_shape, but got {name} of shape "
                f"{list(value.shape)} and normalized_shape = {list(shape)}. {function}: input {list(input.shape)}"
            )
        if same_dtype:
            _check_dtype(function, name, value, input)


def _check_dtype(function: str, name: str, value: Any, input: Tensor) -> None:
    if value._data.dtype != input._data.dtype:
        raise RuntimeError(
            f"mixed dtype (CPU): expect parameter to have scalar type of Float. {function}: the input is {input.dtype} "
            f"and {name} {value.dtype}: convert one with .to(dtype)"
        )
