"""Smooth activations and gates as functions.

They are composites of primitives, whose derivatives are therefore right to any order.
"""

from __future__ import annotations

import math

from ...core.argument_types import wrong_type
from ...functions.arguments import one_dim, rounded_once
from ...functions.exponential import in_floats
from ...ops import activation, elementwise
from ...ops.kernels import gates
from ...tensors.tensor import Tensor
from .argument_types import check_tensors
from .in_place import apply


def logsigmoid(input: Tensor) -> Tensor:
    """Logarithm of the sigmoid, log(1 / (1 + e**-x)), without overflow.

    Args:
        input: x, of any shape (*), in a floating dtype; whole numbers give the default dtype.

    Returns:
        A Tensor (*).

    Raises:
        TypeError: if the input is not a Tensor.

    >>> import tinygrad_lite as tl
    >>> x = tl.tensor([-1000.0, 0.0])
    >>> tl.nn.functional.logsigmoid(x)
    tensor([-1.0000e+03, -6.9315e-01])
    >>> x.sigmoid().log()
    tensor([   -inf, -0.6931])
    """
    check_tensors("logsigmoid", input=input)
    return activation.logsigmoid(input.contiguous())


@rounded_once
def gelu(input: Tensor, *, approximate: str = "none") -> Tensor:
    """Gaussian error linear unit: x Φ(x), with Φ the distribution function of the standard normal distribution.

    Args:
        input: x, of any shape (*), in a floating dtype; whole numbers give the default dtype.
        approximate: "none", or "tanh" for x (1 + tanh(√(2/π) (x + 0.044715 x³))) / 2.

    Returns:
        A Tensor (*).

    Source: Hendrycks & Gimpel, Gaussian Error Linear Units, 2016, https://arxiv.org/abs/1606.08415.

    Raises:
        TypeError: if the input is not a Tensor.
        RuntimeError: for another approximation.

    >>> import tinygrad_lite as tl
    >>> x = tl.tensor([-1.0, 0.0, 1.0])
    >>> tl.nn.functional.gelu(x)
    tensor([-0.1587,  0.0000,  0.8413])
    >>> tl.nn.functional.gelu(x, approximate="tanh")
    tensor([-0.1588,  0.0000,  0.8412])
    """
    check_tensors("gelu", input=input)
    if not isinstance(approximate, str):
        raise wrong_type("gelu", "approximate", None, "str", approximate)
    if approximate == "none":
        return gates.gelu(*in_floats(input))
    if approximate == "tanh":
        inner = (input + 0.044715 * (input * input * input)) * math.sqrt(2 / math.pi)
        return input * 0.5 * (1 + elementwise.tanh(inner))
    raise RuntimeError(f"approximate argument must be either none or tanh. gelu got {approximate!r}")


def silu(input: Tensor, inplace: bool = False) -> Tensor:
    """Sigmoid linear unit, also called swish: x sigmoid(x).

    Args:
        input: x, of any shape (*), in a floating dtype; whole numbers give the default dtype.
        inplace: write the result into the memory of the input, which then has the result's history.

    Returns:
        A Tensor (*).

    Source: Hendrycks & Gimpel, 2016, https://arxiv.org/abs/1606.08415; Ramachandran et al., Searching for Activation
    Functions, 2017, https://arxiv.org/abs/1710.05941.

    Raises:
        TypeError: if the input is not a Tensor.
        RuntimeError: in place, if the input is a leaf that requires a gradient, or of whole numbers.

    >>> import tinygrad_lite as tl
    >>> tl.nn.functional.silu(tl.tensor([-1.0, 0.0, 10.0]))
    tensor([-0.2689,  0.0000,  9.9995])
    """
    return apply("silu", lambda x: gates.silu(*in_floats(x)), input, inplace)


def mish(input: Tensor, inplace: bool = False) -> Tensor:
    """Self-regularized smooth unit: x tanh(softplus(x)).

    Args:
        input: x, of any shape (*), in a floating dtype; whole numbers give the default dtype.
        inplace: write the result into the memory of the input, which then has the result's history.

    Returns:
        A Tensor (*).

    Source: Misra, Mish: A Self Regularized Non-Monotonic Activation Function, 2019, https://arxiv.org/abs/1908.08681.

    Raises:
        TypeError: if the input is not a Tensor.
        RuntimeError: in place, if the input is a leaf that requires a gradient, or of whole numbers.

    >>> import tinygrad_lite as tl
    >>> tl.nn.functional.mish(tl.tensor([-1.0, 0.0, 10.0]))
    tensor([-0.3034,  0.0000, 10.0000])
    """
    return apply("mish", activation.mish, input, inplace)


def softsign(input: Tensor) -> Tensor:
    """Sign that is smoothed by division: x / (1 + |x|), between -1 and 1.

    Args:
        input: x, of any shape (*), in a floating dtype; whole numbers give the default dtype.

    Returns:
        A Tensor (*).

    Source: Glorot & Bengio, Understanding the difficulty of training deep feedforward neural networks, 2010.

    Raises:
        TypeError: if the input is not a Tensor.

    >>> import tinygrad_lite as tl
    >>> tl.nn.functional.softsign(tl.tensor([-1.0, 0.0, 3.0]))
    tensor([-0.5000,  0.0000,  0.7500])
    """
    check_tensors("softsign", input=input)
    return input / (1 + elementwise.abs(input))


def glu(input: Tensor, dim: int = -1) -> Tensor:
    """Gated linear unit: a sigmoid(b), where a and b are the first and the second half of the input along dim.

    Args:
        input: (*, n, *), with an even length n of dimension dim, in a floating dtype; whole numbers give the default
            dtype.
        dim: the dimension to halve.

    Returns:
        A Tensor (*, n / 2, *).

    Source: Dauphin et al., Language Modeling with Gated Convolutional Networks, 2016, https://arxiv.org/abs/1612.08083.

    Raises:
        TypeError: if the input is not a Tensor, or dim not a whole number.
        IndexError: if there is no such dimension.
        RuntimeError: for a 0-d input or a dimension of odd length.

    >>> import tinygrad_lite as tl
    >>> tl.nn.functional.glu(tl.tensor([[5.0, 6.0, 0.0, 100.0]]))
    tensor([[2.5000, 6.0000]])
    """
    check_tensors("glu", input=input)
    if input.ndim == 0:
        raise RuntimeError("glu does not support scalars because halving size must be even: the input is 0-d")
    dim = one_dim(dim, input.ndim, "glu")
    if input.shape[dim] % 2:
        raise RuntimeError(
            f"Halving dimension must be even, but dimension {dim} is size {input.shape[dim]}. glu: the input is "
            f"{list(input.shape)}"
        )
    a, b = input.chunk(2, dim)
    return a * elementwise.sigmoid(b)
