"""Activations as functions: composites of primitives, whose derivatives are therefore right to any order.

At a kink the derivative is PyTorch's choice:

    relu, relu6, hardtanh, threshold          0 at the kinks
    hardsigmoid, hardswish                    0 and, for hardswish at 3, 1
    hardshrink, softshrink                    0 at ±lambd
    elu, celu, selu, leaky_relu, prelu        that of the negative side at 0
"""

from __future__ import annotations

import functools
import math
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np

from ...core.edge import cast
from ...core.primitive import Array
from ...core.tensor import wrap
from ...ops import elementwise as ops
from ...ops.elementwise import gt, le, where
from ...random import distributions as streams
from ...random.generator import Generator, drawn
from ...tensors.in_place import write_in_place
from ...tensors.tensor import Tensor

_SELU_ALPHA = 1.6732632423543772848170429916717
_SELU_SCALE = 1.0507009873554804934193349852946


def _applied(function: Callable[..., Any], input: Tensor, inplace: bool) -> Any:
    return write_in_place(input, function) if inplace else function(input)


def _in_place(function: Callable[..., Any]) -> Callable[..., Any]:
    """The form whose name ends in an underscore: the result's values in the input's memory."""

    @functools.wraps(function)
    def filled(input: Tensor, *args: Any, **kwargs: Any) -> Any:
        return function(input, *args, **kwargs, inplace=True)

    filled.__name__ = filled.__qualname__ = f"{function.__name__}_"
    filled.__doc__ = f"`{function.__name__}`, in place: the result's values in the input's memory."
    return filled


# ------------------------------------------------------------------------------------------ straight pieces


def relu(input: Tensor, inplace: bool = False) -> Any:
    """max(x, 0).

    >>> import tinygrad_lite as tl
    >>> tl.nn.functional.relu(tl.tensor([-1.0, 2.0]))
    tensor([0., 2.])
    """
    return _applied(ops.relu, input, inplace)


def relu6(input: Tensor, inplace: bool = False) -> Any:
    """min(max(x, 0), 6)."""
    return hardtanh(input, 0.0, 6.0, inplace)


def hardtanh(input: Tensor, min_val: float = -1.0, max_val: float = 1.0, inplace: bool = False) -> Any:
    """min(max(x, min_val), max_val).

    Raises:
        ValueError: if min_val is above max_val.

    >>> import tinygrad_lite as tl
    >>> tl.nn.functional.hardtanh(tl.tensor([-2.0, 0.5]))
    tensor([-1.0000,  0.5000])
    """
    if min_val > max_val:
        raise ValueError(f"hardtanh: min_val cannot be greater than max_val, but got {min_val} and {max_val}")

    return _applied(lambda x: ops.hardtanh(x, min_val, max_val), input, inplace)


def hardsigmoid(input: Tensor, inplace: bool = False) -> Any:
    """relu6(x + 3) / 6: sigmoid in three straight pieces (Howard et al., 2019)."""
    return _applied(lambda x: relu6(x + 3) / 6, input, inplace)


def hardswish(input: Tensor, inplace: bool = False) -> Any:
    """x relu6(x + 3) / 6 (Howard et al., 2019)."""
    return _applied(lambda x: x * (relu6(x + 3) / 6), input, inplace)


def threshold(input: Tensor, threshold: float, value: float, inplace: bool = False) -> Any:
    """x where it is above the threshold, else the value."""
    return _applied(lambda x: where(le(x, threshold), value, x), input, inplace)


def leaky_relu(input: Tensor, negative_slope: float = 0.01, inplace: bool = False) -> Any:
    """x where x > 0, else negative_slope x.

    >>> import tinygrad_lite as tl
    >>> tl.nn.functional.leaky_relu(tl.tensor([-1.0, 2.0]), 0.5)
    tensor([-0.5000,  2.0000])
    """
    return _applied(lambda x: ops.leaky_relu(x, negative_slope), input, inplace)


def prelu(input: Tensor, weight: Tensor) -> Any:
    """x where x > 0, else weight x; a learned slope for all or, (C), for each channel of (N, C, …) (He et al., 2015).

    Raises:
        RuntimeError: if the weight is neither a single one nor one for each channel.
    """
    if weight.numel() != 1:
        channels = input.shape[1] if input.ndim > 1 else 1
        if weight.ndim != 1 or weight.numel() != channels:
            raise RuntimeError(
                "prelu: Mismatch of parameter numbers and input channel size. Found parameter numbers = "
                f"{weight.numel()} and channel size = {channels}: weight {list(weight.shape)}, x {list(input.shape)}"
            )
        weight = weight.reshape(-1, *[1] * (input.ndim - 2))
    elif weight.ndim > 1:
        raise RuntimeError(f"prelu: Expected `weight` to be a scalar or 1D tensor, but got: ndim = {weight.ndim}")
    else:
        weight = weight.reshape(())
    return input * _one_above_zero(input, weight)


def rrelu(
    input: Tensor,
    lower: float = 1 / 8,
    upper: float = 1 / 3,
    training: bool = False,
    inplace: bool = False,
    *,
    generator: Generator | None = None,
) -> Any:
    """x where x > 0, else a x, with a drawn evenly from [lower, upper) in training and its middle otherwise.

    Draws for the elements that are not above 0 only, in order, as PyTorch does (Xu et al., 2015).

    Raises:
        RuntimeError: if lower is above upper.
    """
    if lower > upper:
        raise RuntimeError(
            f"rrelu: Lower bound should be less than or equal to the upper bound, but got {lower}, {upper}"
        )
    if not training:
        return leaky_relu(input if inplace else input.contiguous(), (lower + upper) / 2, inplace)
    slopes = wrap(drawn(_slopes, generator, input._data, lower, upper))
    return _applied(lambda x: x * slopes, input, inplace)


def _slopes(generator: Generator, x: Array, lower: float, upper: float) -> Array:
    slopes = np.ones(x.shape, x.dtype)
    below = x <= 0
    slopes[below] = streams.uniform(generator, (int(np.count_nonzero(below)),), lower, upper, np.float64)
    return slopes


def _one_above_zero(x: Tensor, below: Any) -> Any:
    """The slope: 1 where x > 0, else `below`. By products, which are exact here, as choosing is far slower."""
    above = cast(gt(x, 0), x.dtype)
    return above + (1 - above) * below


def hardshrink(input: Tensor, lambd: float = 0.5) -> Any:
    """x where |x| > lambd, else 0."""
    inside = (input >= -lambd).logical_and(le(input, lambd))
    return ops.masked_scale(input, inside.logical_not(), 1.0)


def softshrink(input: Tensor, lambd: float = 0.5) -> Any:
    """x moved towards 0 by lambd, and 0 within it.

    Raises:
        RuntimeError: for a lambd below 0.
    """
    if lambd < 0:
        raise RuntimeError(f"softshrink: lambda must be greater or equal to 0, but found to be {lambd:g}.")
    return ops.relu(input - lambd) - ops.relu(-input - lambd)


# -------------------------------------------------------------------------------------- exponential pieces


def elu(input: Tensor, alpha: float = 1.0, inplace: bool = False) -> Any:
    """x where x > 0, else alpha (eˣ - 1) (Clevert et al., 2015).

    >>> import tinygrad_lite as tl
    >>> tl.nn.functional.elu(tl.tensor([-1.0, 2.0]))
    tensor([-0.6321,  2.0000])
    """
    return _applied(lambda x: ops.elu(x, alpha, 1.0, 1.0), input, inplace)


def selu(input: Tensor, inplace: bool = False) -> Any:
    """scale · elu(x, alpha), with which layers normalise themselves (Klambauer et al., 2017)."""
    return _applied(lambda x: ops.elu(x, _SELU_ALPHA, _SELU_SCALE, 1.0), input, inplace)


def celu(input: Tensor, alpha: float = 1.0, inplace: bool = False) -> Any:
    """max(x, 0) + min(0, alpha (e**(x / alpha) - 1)), smooth at 0 for every alpha (Barron, 2017).

    Raises:
        RuntimeError: for alpha = 0.
    """
    if alpha == 0:
        raise RuntimeError("celu: ZeroDivisionError: alpha cannot be 0 for CELU")
    return _applied(lambda x: ops.elu(x, alpha, 1.0, 1 / alpha), input, inplace)


# -------------------------------------------------------------------------------------------------- smooth


def logsigmoid(input: Tensor) -> Any:
    """log(1 / (1 + e**-x)), without overflow.

    >>> import tinygrad_lite as tl
    >>> tl.nn.functional.logsigmoid(tl.tensor([-1000.0, 0.0]))
    tensor([-1.0000e+03, -6.9315e-01])
    """
    return ops.logsigmoid(input.contiguous())


def gelu(input: Tensor, *, approximate: str = "none") -> Any:
    """x Φ(x), with Φ the normal distribution function (Hendrycks & Gimpel, 2016).

    Args:
        approximate: "tanh" for x (1 + tanh(√(2/π) (x + 0.044715 x³))) / 2.

    Raises:
        RuntimeError: for another approximation.
    """
    if approximate == "none":
        return input * 0.5 * (1 + ops.erf(input * math.sqrt(0.5)))
    if approximate == "tanh":
        inner = (input + 0.044715 * (input * input * input)) * math.sqrt(2 / math.pi)
        return input * 0.5 * (1 + ops.tanh(inner))
    raise RuntimeError(f"gelu: approximate argument must be either none or tanh, but got {approximate!r}")


def silu(input: Tensor, inplace: bool = False) -> Any:
    """x sigmoid(x), also called swish."""
    return _applied(lambda x: x * ops.sigmoid(x), input, inplace)


def mish(input: Tensor, inplace: bool = False) -> Any:
    """x tanh(softplus(x)) (Misra, 2019)."""
    return _applied(lambda x: x * ops.tanh(ops.softplus(x, 1, 20)), input, inplace)


def tanhshrink(input: Tensor) -> Any:
    """x - tanh x."""
    return input - ops.tanh(input)


def softsign(input: Tensor) -> Any:
    """x / (1 + |x|)."""
    return input / (1 + ops.abs(input))


def glu(input: Tensor, dim: int = -1) -> Any:
    """a sigmoid(b), where a and b are the halves of the input along dim (Dauphin et al., 2016).

    Raises:
        RuntimeError: for a 0-d input or a dim of odd length.
    """
    if input.ndim == 0:
        raise RuntimeError("glu does not support 0-dimensional tensors")
    if input.shape[dim] % 2:
        raise RuntimeError(
            f"glu: Halving dimension must be even, but dimension {dim} of {list(input.shape)} is {input.shape[dim]}"
        )
    a, b = input.chunk(2, dim)
    return a * ops.sigmoid(b)


# -------------------------------------------------------------------------------------------- distributions


def _implied(dim: int | None, ndim: int, name: str, stacklevel: int) -> int:
    if dim is not None:
        return dim
    warnings.warn(
        f"Implicit dimension choice for {name} has been deprecated. Change the call to include dim=X as an argument.",
        UserWarning,
        stacklevel=stacklevel,
    )
    return 0 if ndim in (0, 1, 3) else 1


def softmax(input: Tensor, dim: int | None = None, _stacklevel: int = 3, dtype: Any = None) -> Any:
    """exp x / Σ exp x along dim. Without a dim it warns, and takes 0 for 0-, 1- and 3-dimensional inputs, else 1.

    >>> import tinygrad_lite as tl
    >>> tl.nn.functional.softmax(tl.zeros(2), dim=0)
    tensor([0.5000, 0.5000])
    """
    return input.softmax(_implied(dim, input.ndim, "softmax", _stacklevel), dtype)


def softmin(input: Tensor, dim: int | None = None, _stacklevel: int = 3, dtype: Any = None) -> Any:
    """softmax(-x) along dim."""
    return (-input).softmax(_implied(dim, input.ndim, "softmin", _stacklevel), dtype)


def log_softmax(input: Tensor, dim: int | None = None, _stacklevel: int = 3, dtype: Any = None) -> Any:
    """log softmax(x) along dim, without its loss of precision; without a dim as `softmax`."""
    return input.log_softmax(_implied(dim, input.ndim, "log_softmax", _stacklevel), dtype)


def gumbel_softmax(
    logits: Tensor,
    tau: float = 1,
    hard: bool = False,
    eps: float = 1e-10,
    dim: int = -1,
    *,
    generator: Generator | None = None,
) -> Any:
    """softmax((logits + noise) / tau), Gumbel noise: a sample of a class that gradients pass (Jang et al., 2016).

    Args:
        hard: return the sample as a one-hot vector, with the gradient of the soft one.
    """
    noise = -wrap(drawn(streams.exponential_array, generator, logits._data.shape, 1.0, logits.dtype)).log()
    soft = ((logits + noise) / tau).softmax(dim)
    if not hard:
        return soft
    values = soft.detach()
    sample = (values * 0).scatter(dim, values.argmax(dim, keepdim=True), 1.0)
    return sample - values + soft


relu_ = _in_place(relu)
hardtanh_ = _in_place(hardtanh)
threshold_ = _in_place(threshold)
leaky_relu_ = _in_place(leaky_relu)
rrelu_ = _in_place(rrelu)
elu_ = _in_place(elu)
selu_ = _in_place(selu)
celu_ = _in_place(celu)
