"""Rectifiers as functions: ReLU and what was made of it, and their forms in place.

They are composites of primitives, whose derivatives are therefore right to any order. At a kink the derivative is
PyTorch's choice:

    relu, relu6, hardtanh, threshold          0 at the kinks
    hardsigmoid, hardswish                    0 and, for hardswish at 3, 1
    elu, celu, selu, leaky_relu, prelu        that of the negative side at 0
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from ...core.primitive import Array
from ...core.promotion import fitted
from ...core.tensor import wrap
from ...ops import activation as ops
from ...random import distributions
from ...random.generator import Generator, drawn
from ...tensors.tensor import Tensor
from .argument_types import as_number, check_floating, check_tensors, scalar_type
from .in_place import apply

_SELU_ALPHA = 1.6732632423543772848170429916717
_SELU_SCALE = 1.0507009873554804934193349852946

# ------------------------------------------------------------------------------------------ straight pieces


def relu(input: Tensor, inplace: bool = False) -> Tensor:
    """Rectified linear unit, max(x, 0). Its derivative at 0 is 0.

    Args:
        input: x, of any shape (*), in any dtype but bool.
        inplace: write the result into the memory of the input, which then has the result's history.

    Returns:
        A Tensor (*) of the same dtype.

    Source: Nair & Hinton, Rectified Linear Units Improve Restricted Boltzmann Machines, 2010; Deep Learning from
    Scratch, 3.2.7.

    Raises:
        TypeError: if the input is not a Tensor.
        NotImplementedError: for bools.
        RuntimeError: in place, if the input is a leaf that requires a gradient.

    >>> import tinygrad_lite as tl
    >>> x = tl.tensor([-1.0, 0.0, 2.0], requires_grad=True)
    >>> tl.nn.functional.relu(x).sum().backward()
    >>> x.grad
    tensor([0., 0., 1.])
    """
    return apply("relu", ops.relu, input, inplace)


def relu6(input: Tensor, inplace: bool = False) -> Tensor:
    """ReLU that is bounded by 6: min(max(x, 0), 6). Its derivative at 0 and at 6 is 0.

    Args:
        input: x, of any shape (*), in any dtype but bool.
        inplace: write the result into the memory of the input, which then has the result's history.

    Returns:
        A Tensor (*) of the same dtype.

    Source: Krizhevsky, Convolutional Deep Belief Networks on CIFAR-10, 2010.

    Raises:
        TypeError: if the input is not a Tensor.
        NotImplementedError: for bools.
        RuntimeError: in place, if the input is a leaf that requires a gradient.

    >>> import tinygrad_lite as tl
    >>> tl.nn.functional.relu6(tl.tensor([-1.0, 5.0, 7.0]))
    tensor([0., 5., 6.])
    """
    return apply("relu6", lambda x: hardtanh(x, 0.0, 6.0), input, inplace)


def hardtanh(input: Tensor, min_val: float = -1.0, max_val: float = 1.0, inplace: bool = False) -> Tensor:
    """Bound the input: min(max(x, min_val), max_val). The derivative at both bounds is 0.

    Args:
        input: x, of any shape (*), in any dtype but bool; for whole numbers the bounds are truncated.
        min_val: the lower bound.
        max_val: the upper bound.
        inplace: write the result into the memory of the input, which then has the result's history.

    Returns:
        A Tensor (*) of the same dtype.

    Raises:
        TypeError: if the input is not a Tensor, or a bound not a number.
        ValueError: if min_val is above max_val.
        NotImplementedError: for bools.
        RuntimeError: in place, if the input is a leaf that requires a gradient.

    >>> import tinygrad_lite as tl
    >>> tl.nn.functional.hardtanh(tl.tensor([-2.0, 0.5, 3.0]))
    tensor([-1.0000,  0.5000,  1.0000])
    """
    check_tensors("hardtanh", input=input)
    min_val = as_number("hardtanh", "min_val", 2, min_val, "Number")
    max_val = as_number("hardtanh", "max_val", 3, max_val, "Number")
    if min_val > max_val:
        raise ValueError(f"min_val cannot be greater than max_val, but hardtanh got {min_val} and {max_val}")
    if input._data.dtype.kind in "iu":
        min_val, max_val = int(min_val), int(max_val)
    return apply("hardtanh", lambda x: ops.hardtanh(x, min_val, max_val), input, inplace)


def hardsigmoid(input: Tensor, inplace: bool = False) -> Tensor:
    """Sigmoid in three straight pieces: relu6(x + 3) / 6, which is 0 up to -3 and 1 from 3 on.

    Args:
        input: x, of any shape (*), in a floating dtype; whole numbers give the default dtype.
        inplace: write the result into the memory of the input, which then has the result's history.

    Returns:
        A Tensor (*).

    Source: Howard et al., Searching for MobileNetV3, 2019, https://arxiv.org/abs/1905.02244.

    Raises:
        TypeError: if the input is not a Tensor.
        RuntimeError: in place, if the input is a leaf that requires a gradient, or of whole numbers.

    >>> import tinygrad_lite as tl
    >>> tl.nn.functional.hardsigmoid(tl.tensor([-3.0, 0.0, 1.5, 3.0]))
    tensor([0.0000, 0.5000, 0.7500, 1.0000])
    """
    return apply("hardsigmoid", lambda x: relu6(x + 3) / 6, input, inplace)


def hardswish(input: Tensor, inplace: bool = False) -> Tensor:
    """Swish with a hard sigmoid: x relu6(x + 3) / 6, which is 0 up to -3 and x from 3 on.

    Args:
        input: x, of any shape (*), in a floating dtype; whole numbers give the default dtype.
        inplace: write the result into the memory of the input, which then has the result's history.

    Returns:
        A Tensor (*).

    Source: Howard et al., Searching for MobileNetV3, 2019, https://arxiv.org/abs/1905.02244.

    Raises:
        TypeError: if the input is not a Tensor.
        RuntimeError: in place, if the input is a leaf that requires a gradient, or of whole numbers.

    >>> import tinygrad_lite as tl
    >>> tl.nn.functional.hardswish(tl.tensor([-4.0, -1.5, 0.0, 4.0]))
    tensor([-0.0000, -0.3750,  0.0000,  4.0000])
    """
    return apply("hardswish", ops.hardswish, input, inplace)


def threshold(input: Tensor, threshold: float, value: float, inplace: bool = False) -> Tensor:
    """Replace what is not above a threshold: x where x > threshold, else value.

    Args:
        input: x, of any shape (*) and dtype.
        threshold: the number that x must exceed to be kept.
        value: the number that replaces the rest; the gradient there is 0.
        inplace: write the result into the memory of the input, which then has the result's history.

    Returns:
        A Tensor (*) of the same dtype.

    Raises:
        TypeError: if the input is not a Tensor, or threshold or value not a number.
        RuntimeError: in place, if the input is a leaf that requires a gradient.

    >>> import tinygrad_lite as tl
    >>> tl.nn.functional.threshold(tl.tensor([0.1, 0.5, 0.6]), 0.5, -1.0)
    tensor([-1.0000, -1.0000,  0.6000])
    """
    threshold = as_number("threshold", "threshold", 2, threshold, "Number")
    value = as_number("threshold", "value", 3, value, "Number")
    return apply("threshold", _thresholded(threshold, value), input, inplace)


def _thresholded(threshold: Any, value: Any) -> Callable[[Tensor], Tensor]:
    """The function that replaces what is not above a threshold, without a change of dtype."""

    def function(x: Tensor) -> Tensor:
        limit, replacement = fitted(threshold, x.dtype), fitted(value, x.dtype)
        return ops.threshold(x, limit, replacement)

    return function


def leaky_relu(input: Tensor, negative_slope: float = 0.01, inplace: bool = False) -> Tensor:
    """ReLU with a small slope below 0: x where x > 0, else negative_slope x. The derivative at 0 is negative_slope.

    Args:
        input: x, of any shape (*), in a floating dtype.
        negative_slope: the slope where x is not above 0.
        inplace: write the result into the memory of the input, which then has the result's history.

    Returns:
        A Tensor (*) of the same dtype.

    Source: Maas et al., Rectifier Nonlinearities Improve Neural Network Acoustic Models, 2013.

    Raises:
        TypeError: if the input is not a Tensor, or the slope not a number.
        NotImplementedError: for a dtype that is not floating.
        RuntimeError: in place, if the input is a leaf that requires a gradient.

    >>> import tinygrad_lite as tl
    >>> tl.nn.functional.leaky_relu(tl.tensor([-1.0, 2.0]), 0.5)
    tensor([-0.5000,  2.0000])
    """
    negative_slope = as_number("leaky_relu", "negative_slope", 2, negative_slope, "Number")
    return apply("leaky_relu", lambda x: ops.leaky_relu(x, negative_slope), input, inplace)


def prelu(input: Tensor, weight: Tensor) -> Tensor:
    """ReLU with a learned slope below 0: x where x > 0, else weight x. The derivative at 0 is the weight.

    Args:
        input: x, of any shape (*), or (N, C, *) for a slope for each channel, in a floating dtype.
        weight: the slope, () or (1) for all elements or (C) for each channel, in the dtype of the input.

    Returns:
        A Tensor of the input's shape.

    Source: He et al., Delving Deep into Rectifiers, 2015, https://arxiv.org/abs/1502.01852.

    Raises:
        TypeError: if an argument is not a Tensor.
        RuntimeError: if the weight is neither a single slope nor one for each channel, or the dtypes differ.

    >>> import tinygrad_lite as tl
    >>> tl.nn.functional.prelu(tl.tensor([[-1.0, -1.0], [3.0, 3.0]]), tl.tensor([0.5, 0.25]))
    tensor([[-0.5000, -0.2500],
            [ 3.0000,  3.0000]])
    """
    check_tensors("prelu", input=input, weight=weight)
    if weight.dtype != input.dtype:
        raise RuntimeError(
            f"prelu: Type promoting not supported. Got {scalar_type(input.dtype)} and {scalar_type(weight.dtype)}: "
            "convert one of them with .to(dtype)"
        )
    if weight.ndim > 1:
        raise RuntimeError(
            f"prelu: Expected `weight` to be a scalar or 1D tensor, but got: ndim = {weight.ndim}, shape "
            f"{list(weight.shape)}"
        )
    if weight.numel() == 1:
        return ops.prelu(input, weight.reshape(()))
    channels = input.shape[1] if input.ndim > 1 else 1
    if weight.numel() != channels:
        raise RuntimeError(
            f"Mismatch of parameter numbers and input channel size. Found parameter numbers = {weight.numel()} and "
            f"channel size = {channels}. prelu: the weight {list(weight.shape)} needs one slope, or one for each of "
            f"the channels in dimension 1 of the input {list(input.shape)}"
        )
    return ops.prelu(input, weight.reshape(-1, *[1] * (input.ndim - 2)))


def rrelu(
    input: Tensor,
    lower: float = 1 / 8,
    upper: float = 1 / 3,
    training: bool = False,
    inplace: bool = False,
    *,
    generator: Generator | None = None,
) -> Tensor:
    """ReLU with a random slope below 0: x where x > 0, else a x, with a drawn from [lower, upper) for each element.

    Outside of training a is the middle, (lower + upper) / 2. In training a number is drawn for each element that is
    not above 0, in their order in memory, as PyTorch does; the same seed gives PyTorch's slopes.

    Args:
        input: x, of any shape (*), in a floating dtype.
        lower: the least slope.
        upper: the bound of the slopes.
        training: draw the slopes.
        inplace: write the result into the memory of the input, which then has the result's history.
        generator: the source of the slopes; by default the one that `manual_seed` sets.

    Returns:
        A Tensor (*) of the same dtype.

    Source: Xu et al., Empirical Evaluation of Rectified Activations in Convolutional Network, 2015,
    https://arxiv.org/abs/1505.00853.

    Raises:
        TypeError: if the input is not a Tensor, or a bound not a number.
        RuntimeError: if lower is above upper; in place, if the input is a leaf that requires a gradient.
        NotImplementedError: for a dtype that is not floating.

    >>> import tinygrad_lite as tl
    >>> tl.nn.functional.rrelu(tl.tensor([-1.0, 2.0]), 0.25, 0.75)
    tensor([-0.5000,  2.0000])
    """
    check_tensors("rrelu", input=input)
    lower = as_number("rrelu", "lower", 2, lower, "Number")
    upper = as_number("rrelu", "upper", 3, upper, "Number")
    if lower > upper:
        raise RuntimeError(
            f"Lower bound should be less than or equal to the upper bound, but rrelu got {lower} and {upper}"
        )
    if not training:
        return leaky_relu(input if inplace else input.contiguous(), (lower + upper) / 2, inplace)
    check_floating("rrelu", input)
    slopes = wrap(drawn(_draw_slopes, generator, input._data, lower, upper))
    return apply("rrelu", lambda x: ops.prelu(x, slopes), input, inplace)


def _draw_slopes(generator: Generator, x: Array, lower: float, upper: float) -> Array:
    slopes = np.ones(x.shape, x.dtype)
    negative = x <= 0
    count = int(np.count_nonzero(negative))
    wide = np.float64 if x.dtype == np.float64 else np.float32  # the bounds are rounded to it
    low, high = float(wide(lower)), float(wide(upper))
    units = distributions.uniform(generator, (count,), dtype=np.float64)
    slopes[negative] = units * (high - low) + low
    return slopes


# -------------------------------------------------------------------------------------- exponential pieces


def elu(input: Tensor, alpha: float = 1.0, inplace: bool = False) -> Tensor:
    """Exponential linear unit: x where x > 0, else alpha (eˣ - 1). The derivative at 0 is alpha.

    Args:
        input: x, of any shape (*), in a floating dtype.
        alpha: the negative of what it tends to as x falls.
        inplace: write the result into the memory of the input, which then has the result's history.

    Returns:
        A Tensor (*) of the same dtype.

    Source: Clevert et al., Fast and Accurate Deep Network Learning by Exponential Linear Units, 2015,
    https://arxiv.org/abs/1511.07289.

    Raises:
        TypeError: if the input is not a Tensor, or alpha not a number.
        NotImplementedError: for a dtype that is not floating.
        RuntimeError: in place, if the input is a leaf that requires a gradient.

    >>> import tinygrad_lite as tl
    >>> tl.nn.functional.elu(tl.tensor([-100.0, -1.0, 2.0]))
    tensor([-1.0000, -0.6321,  2.0000])
    """
    alpha = as_number("elu", "alpha", 2, alpha, "Number")
    return apply("elu", lambda x: ops.elu(x, alpha, 1.0, 1.0), input, inplace)


def selu(input: Tensor, inplace: bool = False) -> Tensor:
    """Scaled ELU, for networks that normalise themselves: scale x where x > 0, else scale alpha (eˣ - 1).

    Scale is 1.0507… and alpha 1.6732…: for inputs of mean 0 and variance 1 and weights of `init.kaiming_normal_` with
    nonlinearity="linear" the mean and the variance stay so from layer to layer.

    Args:
        input: x, of any shape (*), in a floating dtype.
        inplace: write the result into the memory of the input, which then has the result's history.

    Returns:
        A Tensor (*) of the same dtype.

    Source: Klambauer et al., Self-Normalizing Neural Networks, 2017, https://arxiv.org/abs/1706.02515.

    Raises:
        TypeError: if the input is not a Tensor.
        NotImplementedError: for a dtype that is not floating.
        RuntimeError: in place, if the input is a leaf that requires a gradient.

    >>> import tinygrad_lite as tl
    >>> tl.nn.functional.selu(tl.tensor([-100.0, 0.0, 1.0]))
    tensor([-1.7581,  0.0000,  1.0507])
    """
    return apply("selu", lambda x: ops.elu(x, _SELU_ALPHA, _SELU_SCALE, 1.0), input, inplace)


def celu(input: Tensor, alpha: float = 1.0, inplace: bool = False) -> Tensor:
    """ELU that is smooth for every alpha: max(x, 0) + min(0, alpha (e**(x / alpha) - 1)). The derivative at 0 is 1.

    Args:
        input: x, of any shape (*), in a floating dtype.
        alpha: the negative of what it tends to as x falls; not 0.
        inplace: write the result into the memory of the input, which then has the result's history.

    Returns:
        A Tensor (*) of the same dtype.

    Source: Barron, Continuously Differentiable Exponential Linear Units, 2017, https://arxiv.org/abs/1704.07483.

    Raises:
        TypeError: if the input is not a Tensor, or alpha not a number.
        RuntimeError: for alpha = 0; in place, if the input is a leaf that requires a gradient.
        NotImplementedError: for a dtype that is not floating.

    >>> import tinygrad_lite as tl
    >>> tl.nn.functional.celu(tl.tensor([-100.0, -2.0, 2.0]), alpha=2.0)
    tensor([-2.0000, -1.2642,  2.0000])
    """
    alpha = as_number("celu", "alpha", 2, alpha, "Number")
    if alpha == 0:
        raise RuntimeError("ZeroDivisionError: alpha cannot be 0 for CELU")
    return apply("celu", lambda x: ops.elu(x, alpha, 1.0, 1 / alpha), input, inplace)


# ------------------------------------------------------------------------------------------------- in place


def relu_(input: Tensor) -> Tensor:
    """`relu` in place: the result is written into the memory of the input, which is returned.

    Args:
        input: a Tensor of any shape (*), in any dtype but bool.

    Raises:
        TypeError: if the input is not a Tensor.
        RuntimeError: if it is a leaf that requires a gradient.

    >>> import tinygrad_lite as tl
    >>> x = tl.tensor([-1.0, 2.0])
    >>> tl.nn.functional.relu_(x) is x
    True
    >>> x
    tensor([0., 2.])
    """
    return apply("relu_", ops.relu, input, True)


def hardtanh_(input: Tensor, min_val: float = -1.0, max_val: float = 1.0) -> Tensor:
    """`hardtanh` in place: the result is written into the memory of the input, which is returned.

    Args:
        input: a Tensor of any shape (*), in any dtype but bool.
        min_val: the lower bound.
        max_val: the upper bound.

    Raises:
        TypeError: if the input is not a Tensor, or a bound not a number.
        ValueError: if min_val is above max_val.
        RuntimeError: if the input is a leaf that requires a gradient.

    >>> import tinygrad_lite as tl
    >>> x = tl.tensor([-2.0, 0.5])
    >>> _ = tl.nn.functional.hardtanh_(x)
    >>> x
    tensor([-1.0000,  0.5000])
    """
    check_tensors("hardtanh_", input=input)
    return hardtanh(input, min_val, max_val, inplace=True)


def threshold_(input: Tensor, threshold: float, value: float) -> Tensor:
    """`threshold` in place: the result is written into the memory of the input, which is returned.

    Args:
        input: a Tensor of any shape (*) and dtype.
        threshold: the number that an element must exceed to be kept.
        value: the number that replaces the rest.

    Raises:
        TypeError: if the input is not a Tensor, or threshold or value not a number.
        RuntimeError: if the input is a leaf that requires a gradient.

    >>> import tinygrad_lite as tl
    >>> x = tl.tensor([0.5, 2.0])
    >>> _ = tl.nn.functional.threshold_(x, 1.0, 0.0)
    >>> x
    tensor([0., 2.])
    """
    threshold = as_number("threshold_", "threshold", 2, threshold, "Number")
    value = as_number("threshold_", "value", 3, value, "Number")
    return apply("threshold_", _thresholded(threshold, value), input, True)


def leaky_relu_(input: Tensor, negative_slope: float = 0.01) -> Tensor:
    """`leaky_relu` in place: the result is written into the memory of the input, which is returned.

    Args:
        input: a Tensor of any shape (*), in a floating dtype.
        negative_slope: the slope where an element is not above 0.

    Raises:
        TypeError: if the input is not a Tensor, or the slope not a number.
        RuntimeError: if the input is a leaf that requires a gradient.
        NotImplementedError: for a dtype that is not floating.

    >>> import tinygrad_lite as tl
    >>> x = tl.tensor([-2.0, 2.0])
    >>> _ = tl.nn.functional.leaky_relu_(x, 0.25)
    >>> x
    tensor([-0.5000,  2.0000])
    """
    check_tensors("leaky_relu_", input=input)
    return leaky_relu(input, negative_slope, inplace=True)


def rrelu_(
    input: Tensor,
    lower: float = 1 / 8,
    upper: float = 1 / 3,
    training: bool = False,
    *,
    generator: Generator | None = None,
) -> Tensor:
    """`rrelu` in place: the result is written into the memory of the input, which is returned.

    Args:
        input: a Tensor of any shape (*), in a floating dtype.
        lower: the least slope.
        upper: the bound of the slopes.
        training: draw the slopes instead of using their middle.
        generator: the source of the slopes; by default the one that `manual_seed` sets.

    Raises:
        TypeError: if the input is not a Tensor, or a bound not a number.
        RuntimeError: if lower is above upper, or the input is a leaf that requires a gradient.
        NotImplementedError: for a dtype that is not floating.

    >>> import tinygrad_lite as tl
    >>> x = tl.tensor([-2.0, 2.0])
    >>> _ = tl.nn.functional.rrelu_(x, 0.25, 0.25)
    >>> x
    tensor([-0.5000,  2.0000])
    """
    check_tensors("rrelu_", input=input)
    return rrelu(input, lower, upper, training, inplace=True, generator=generator)


def elu_(input: Tensor, alpha: float = 1.0) -> Tensor:
    """`elu` in place: the result is written into the memory of the input, which is returned.

    Args:
        input: a Tensor of any shape (*), in a floating dtype.
        alpha: the negative of what it tends to as x falls.

    Raises:
        TypeError: if the input is not a Tensor, or alpha not a number.
        RuntimeError: if the input is a leaf that requires a gradient.
        NotImplementedError: for a dtype that is not floating.

    >>> import tinygrad_lite as tl
    >>> x = tl.tensor([-1.0, 2.0])
    >>> _ = tl.nn.functional.elu_(x)
    >>> x
    tensor([-0.6321,  2.0000])
    """
    check_tensors("elu_", input=input)
    return elu(input, alpha, inplace=True)


def selu_(input: Tensor) -> Tensor:
    """`selu` in place: the result is written into the memory of the input, which is returned.

    Args:
        input: a Tensor of any shape (*), in a floating dtype.

    Raises:
        TypeError: if the input is not a Tensor.
        RuntimeError: if it is a leaf that requires a gradient.
        NotImplementedError: for a dtype that is not floating.

    >>> import tinygrad_lite as tl
    >>> x = tl.tensor([0.0, 1.0])
    >>> _ = tl.nn.functional.selu_(x)
    >>> x
    tensor([0.0000, 1.0507])
    """
    check_tensors("selu_", input=input)
    return selu(input, inplace=True)


def celu_(input: Tensor, alpha: float = 1.0) -> Tensor:
    """`celu` in place: the result is written into the memory of the input, which is returned.

    Args:
        input: a Tensor of any shape (*), in a floating dtype.
        alpha: the negative of what it tends to as x falls; not 0.

    Raises:
        TypeError: if the input is not a Tensor, or alpha not a number.
        RuntimeError: for alpha = 0, or if the input is a leaf that requires a gradient.
        NotImplementedError: for a dtype that is not floating.

    >>> import tinygrad_lite as tl
    >>> x = tl.tensor([-1.0, 2.0])
    >>> _ = tl.nn.functional.celu_(x)
    >>> x
    tensor([-0.6321,  2.0000])
    """
    check_tensors("celu_", input=input)
    return celu(input, alpha, inplace=True)
