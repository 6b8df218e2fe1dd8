"""Starting values for parameters, written in place and not recorded; with PyTorch's numbers for the same seed.

Every function returns the Tensor that it is given. Those that draw take `generator=`, and use by default the one that
`manual_seed` sets. A weight of shape (out, in, *) has fan_in = in · Π(*) inputs for each of its outputs, and
fan_out = out · Π(*).
"""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable
from typing import TYPE_CHECKING, ParamSpec, TypeVar

import numpy as np

from ..autograd.grad_modes import unrecorded
from ..core.primitive import Array
from ..core.tensor import wrap
from ..creation import randperm
from ..random.generator import Generator
from ..runtime.absent_names import refuse_absent
from ..tensors.tensor import Tensor
from .functional.argument_types import as_number, check_tensors

__all__ = [
    "book_he_normal_", "book_xavier_normal_", "calculate_gain", "constant", "constant_", "dirac", "dirac_", "eye",
    "eye_", "kaiming_normal", "kaiming_normal_", "kaiming_uniform", "kaiming_uniform_", "normal", "normal_", "ones_",
    "orthogonal", "orthogonal_", "sparse", "sparse_", "trunc_normal_", "uniform", "uniform_", "xavier_normal",
    "xavier_normal_", "xavier_uniform", "xavier_uniform_", "zeros_",
]  # fmt: skip

P = ParamSpec("P")
R = TypeVar("R")

# ------------------------------------------------------------------------------------------- plain values


@unrecorded
def uniform_(tensor: Tensor, a: float = 0.0, b: float = 1.0, generator: Generator | None = None) -> Tensor:
    """Fill a Tensor with numbers that are evenly distributed over [a, b).

    Args:
        tensor: of any shape (*), in a floating dtype.
        a: the lower bound.
        b: the upper bound.
        generator: the source of the numbers.

    Raises:
        TypeError: if tensor is not a Tensor, or a bound not a number.
        RuntimeError: if a is above b.
        NotImplementedError: for a dtype that is not floating.

    >>> import tinygrad_lite as tl
    >>> w = tl.nn.init.uniform_(tl.empty(1000), 3, 4)
    >>> (w >= 3).all(), (w < 4).all()
    (tensor(True), tensor(True))
    """
    check_tensors("uniform_", tensor=tensor)
    a = as_number("uniform_", "a", 2, a)
    b = as_number("uniform_", "b", 3, b)
    return tensor.uniform_(a, b, generator=generator)


@unrecorded
def normal_(tensor: Tensor, mean: float = 0.0, std: float = 1.0, generator: Generator | None = None) -> Tensor:
    """Fill a Tensor with normally distributed numbers.

    Args:
        tensor: of any shape (*), in a floating dtype.
        mean: their mean.
        std: their standard deviation, not negative.
        generator: the source of the numbers.

    Raises:
        TypeError: if tensor is not a Tensor, or mean or std not a number.
        RuntimeError: if std is negative.
        NotImplementedError: for a dtype that is not floating.

    >>> import tinygrad_lite as tl
    >>> tl.nn.init.normal_(tl.empty(10_000), mean=5, std=0.1).mean().round(decimals=2)
    tensor(5.)
    """
    check_tensors("normal_", tensor=tensor)
    mean = as_number("normal_", "mean", 2, mean)
    std = as_number("normal_", "std", 3, std)
    return tensor.normal_(mean, std, generator=generator)


@unrecorded
def trunc_normal_(
    tensor: Tensor,
    mean: float = 0.0,
    std: float = 1.0,
    a: float = -2.0,
    b: float = 2.0,
    generator: Generator | None = None,
) -> Tensor:
    """Fill a Tensor with normally distributed numbers that lie in [a, b]; a and b are not in units of std.

    What falls outside is drawn again. Where more than 0.7 of the draws would, uniform numbers in [a, b) are accepted
    with a probability that is proportional to the density instead.

    Args:
        tensor: of any shape (*), in a floating dtype.
        mean: the mean of the normal distribution before it is cut off.
        std: its standard deviation, not 0.
        a: the lower bound.
        b: the upper bound.
        generator: the source of the numbers.

    Warns (UserWarning) if the mean is more than 2 std outside of [a, b].

    Source: the rejection is von Neumann's, Various techniques used in connection with random digits, 1951.

    Raises:
        TypeError: if tensor is not a Tensor, or another argument not a number.
        ZeroDivisionError: if std is 0.
        RuntimeError: if a is above b.
        NotImplementedError: for a dtype that is not floating.

    >>> import tinygrad_lite as tl
    >>> abs(tl.nn.init.trunc_normal_(tl.empty(1000))).max() <= 2
    tensor(True)
    """
    check_tensors("trunc_normal_", tensor=tensor)
    mean = as_number("trunc_normal_", "mean", 2, mean)
    std = as_number("trunc_normal_", "std", 3, std)
    a = as_number("trunc_normal_", "a", 4, a)
    b = as_number("trunc_normal_", "b", 5, b)
    if std == 0:
        raise ZeroDivisionError(
            "float division by zero: trunc_normal_ needs a std above 0; constant_ fills with a value"
        )
    if not a - 2 * std <= mean <= b + 2 * std:
        warnings.warn(
            "mean is more than 2 std from [a, b] in nn.init.trunc_normal_. The distribution of values may be "
            "incorrect.",
            UserWarning,
            stacklevel=3,
        )
    inside = (math.erf((b - mean) / std / math.sqrt(2)) - math.erf((a - mean) / std / math.sqrt(2))) / 2
    redrawn, uniforms = (wrap(np.empty_like(tensor._data)) for _ in range(2))
    low, high = (float(tensor.dtype.type(bound)) for bound in (a, b))
    peak = ((max(a, min(mean, b)) - mean) / std) ** 2 / 2  # -log of the largest density in [a, b]

    def draw(into: Tensor) -> Array:
        """Draw all numbers, and return a mask of those to draw again."""
        if inside > 0.3:
            drawn = into.normal_(mean, std, generator=generator)._data
            return (drawn < low) | (drawn > high)
        into.uniform_(a, b, generator=generator)
        log_chance = into.clone().sub_(mean).div_(std).pow_(2).mul_(-0.5).add_(peak)
        return (uniforms.uniform_(generator=generator).log_() > log_chance)._data

    rejected = draw(tensor)
    while rejected.any():
        still_rejected = draw(redrawn)
        tensor.copy_(redrawn.where(wrap(rejected), tensor))
        rejected = rejected & still_rejected
    return tensor


@unrecorded
def constant_(tensor: Tensor, val: float) -> Tensor:
    """Fill a Tensor with one value.

    Args:
        tensor: of any shape (*) and dtype.
        val: the value, which is cast to the dtype.

    Raises:
        TypeError: if tensor is not a Tensor, or val not a number.
        RuntimeError: if val is a Tensor with dimensions.

    >>> import tinygrad_lite as tl
    >>> tl.nn.init.constant_(tl.empty(2), 0.5)
    tensor([0.5000, 0.5000])
    """
    check_tensors("constant_", tensor=tensor)
    val = as_number("constant_", "val", 2, val)
    return tensor.fill_(val)


def ones_(tensor: Tensor) -> Tensor:
    """Fill a Tensor with 1.

    Args:
        tensor: of any shape (*) and dtype.

    Raises:
        TypeError: if tensor is not a Tensor.

    >>> import tinygrad_lite as tl
    >>> tl.nn.init.ones_(tl.empty(2))
    tensor([1., 1.])
    """
    check_tensors("ones_", tensor=tensor)
    return constant_(tensor, 1.0)


def zeros_(tensor: Tensor) -> Tensor:
    """Fill a Tensor with 0, as is usual for biases.

    It is of no use for weights: all units of a layer whose weights are 0 get the same gradient, and stay equal to each
    other for ever (Deep Learning from Scratch, 6.2.1).

    Args:
        tensor: of any shape (*) and dtype.

    Raises:
        TypeError: if tensor is not a Tensor.

    >>> import tinygrad_lite as tl
    >>> layer = tl.nn.Linear(3, 2)
    >>> tl.nn.init.zeros_(layer.bias) is layer.bias
    True
    """
    check_tensors("zeros_", tensor=tensor)
    return constant_(tensor, 0.0)


@unrecorded
def eye_(tensor: Tensor) -> Tensor:
    """Fill a matrix with 1 on the diagonal and 0 elsewhere: a linear layer that preserves its inputs.

    Args:
        tensor: a matrix (n, m), in any dtype.

    Raises:
        TypeError: if tensor is not a Tensor.
        ValueError: if it has not two dimensions.

    >>> import tinygrad_lite as tl
    >>> tl.nn.init.eye_(tl.empty(2, 3))
    tensor([[1., 0., 0.],
            [0., 1., 0.]])
    """
    _check_matrix("eye_", tensor)
    return tensor.copy_(wrap(np.eye(*tensor.shape)))


@unrecorded
def dirac_(tensor: Tensor, groups: int = 1) -> Tensor:
    """Fill the kernels of a convolution so that it preserves its input channels.

    Kernel i of output channel i is 1 in its middle, and all else is 0.

    Args:
        tensor: (out, in, *), with one to three sizes of the kernel, in any dtype.
        groups: the number of groups of output channels, each of which preserves the inputs anew.

    Source: Zagoruyko & Komodakis, DiracNets, 2017, https://arxiv.org/abs/1706.00388.

    Raises:
        TypeError: if tensor is not a Tensor.
        ValueError: for other numbers of dimensions, or if groups does not divide the outputs.

    >>> import tinygrad_lite as tl
    >>> tl.nn.init.dirac_(tl.empty(2, 2, 3))[1]
    tensor([[0., 0., 0.],
            [0., 1., 0.]])
    """
    check_tensors("dirac_", tensor=tensor)
    if tensor.ndim not in (3, 4, 5):
        raise ValueError(
            f"Only tensors with 3, 4, or 5 dimensions are supported. dirac_ got the shape {list(tensor.shape)}; it "
            "needs (out, in, *)"
        )
    if groups < 1 or tensor.shape[0] % groups:
        raise ValueError(
            f"dim 0 must be divisible by groups. dirac_ got the shape {list(tensor.shape)} and groups={groups}"
        )
    size = tensor.shape[0] // groups
    channels = np.arange(min(size, tensor.shape[1]))
    values = np.zeros(tensor.shape)
    center = np.zeros(tensor.shape[2:])
    center[tuple(n // 2 for n in center.shape)] = 1
    for group in range(groups):
        values[group * size + channels, channels] = center
    return tensor.copy_(wrap(values))


@unrecorded
def orthogonal_(tensor: Tensor, gain: float = 1, generator: Generator | None = None) -> Tensor:
    """Fill a matrix with rows, or in a tall one columns, that have length gain and are orthogonal to each other.

    It is gain · Q of the QR decomposition of normal numbers, with the signs of R's diagonal. In a Tensor of more than
    two dimensions those after the first count as one.

    Args:
        tensor: (n, *), in a floating dtype.
        gain: the length of the rows or columns.
        generator: the source of the numbers.

    Source: Saxe et al., Exact solutions to the nonlinear dynamics of learning in deep linear neural networks, 2013,
    https://arxiv.org/abs/1312.6120.

    Raises:
        TypeError: if tensor is not a Tensor, or gain not a number.
        ValueError: for fewer than two dimensions.
        NotImplementedError: for a dtype that is not floating.

    >>> import tinygrad_lite as tl
    >>> w = tl.nn.init.orthogonal_(tl.empty(2, 4))
    >>> (w @ w.T).allclose(tl.eye(2), atol=1e-6)
    True
    """
    check_tensors("orthogonal_", tensor=tensor)
    gain = as_number("orthogonal_", "gain", 2, gain)
    if tensor.ndim < 2:
        raise ValueError(
            f"Only tensors with 2 or more dimensions are supported. orthogonal_ got the shape {list(tensor.shape)}"
        )
    if tensor.numel() == 0:
        return tensor
    if tensor.dtype == np.float16:
        raise NotImplementedError('"geqrf_cpu" not implemented for Half: fill a float32 Tensor, and copy_ it')
    rows = tensor.shape[0]
    normals = wrap(np.empty((rows, tensor.numel() // rows), tensor.dtype)).normal_(generator=generator)._data
    is_wide = rows < normals.shape[1]
    q, r = np.linalg.qr(normals.T if is_wide else normals)
    q *= np.sign(np.diagonal(r))
    return tensor.copy_(wrap((q.T if is_wide else q).reshape(tensor.shape))).mul_(gain)


@unrecorded
def sparse_(tensor: Tensor, sparsity: float, std: float = 0.01, generator: Generator | None = None) -> Tensor:
    """Fill a matrix with normal numbers of mean 0, and set a part of each column to 0.

    Args:
        tensor: a matrix (n, m), in a floating dtype.
        sparsity: the part of the n elements of each column that is 0, rounded up to whole elements.
        std: the standard deviation of the others.
        generator: the source of the normal numbers. As in PyTorch, which elements are 0 is always drawn from the
            default generator.

    Source: Martens, Deep learning via Hessian-free optimization, 2010.

    Raises:
        TypeError: if tensor is not a Tensor, or sparsity or std not a number.
        ValueError: if it has not two dimensions.
        NotImplementedError: for a dtype that is not floating.

    >>> import tinygrad_lite as tl
    >>> (tl.nn.init.sparse_(tl.empty(10, 3), 0.25) == 0).sum(0)
    tensor([3, 3, 3])
    """
    _check_matrix("sparse_", tensor)
    sparsity = as_number("sparse_", "sparsity", 2, sparsity)
    std = as_number("sparse_", "std", 3, std)
    rows, columns = tensor.shape
    tensor.normal_(0, std, generator=generator)
    count = math.ceil(sparsity * rows)
    for column in range(columns):
        tensor[randperm(rows)[:count], column] = 0
    return tensor


def _check_matrix(function: str, tensor: Tensor) -> None:
    check_tensors(function, tensor=tensor)
    if tensor.ndim != 2:
        raise ValueError(f"Only tensors with 2 dimensions are supported. {function} got the shape {list(tensor.shape)}")


# ------------------------------------------------------------------ spreads that keep activations and gradients


def calculate_gain(nonlinearity: str, param: float | None = None) -> float:
    """Return the factor for the weights of a layer with which a nonlinearity keeps the spread of activations.

    It is 1 for "linear", convolutions ("conv1d", …) and "sigmoid", 5/3 for "tanh", √2 for "relu", √(2 / (1 + slope²))
    for "leaky_relu", and 3/4 for "selu".

    Args:
        nonlinearity: the name of the function in `nn.functional`.
        param: the slope of "leaky_relu"; by default 0.01.

    Raises:
        ValueError: for another name, or a slope that is not a number.

    >>> import tinygrad_lite as tl
    >>> tl.nn.init.calculate_gain("leaky_relu", 1)
    1.0
    """
    if nonlinearity == "leaky_relu":
        slope = 0.01 if param is None else param
        if isinstance(slope, bool) or not isinstance(slope, (int, float)):
            raise ValueError(f"negative_slope {param} not a valid number")
        return math.sqrt(2 / (1 + slope**2))
    linear = {f"conv{'_transpose' * transposed}{n}d": 1 for n in (1, 2, 3) for transposed in (False, True)}
    gains = {"linear": 1, **linear, "sigmoid": 1, "tanh": 5 / 3, "relu": math.sqrt(2), "selu": 3 / 4}
    if nonlinearity not in gains:
        raise ValueError(
            f"Unsupported nonlinearity {nonlinearity}; there are leaky_relu, {', '.join(gains)}. For one that is near "
            "to relu, such as relu6, gelu or silu, take its gain"
        )
    return gains[nonlinearity]


def _fans(function: str, tensor: Tensor) -> tuple[int, int]:
    """Return fan_in and fan_out."""
    check_tensors(function, tensor=tensor)
    if tensor.ndim < 2:
        raise ValueError(
            "Fan in and fan out can not be computed for tensor with fewer than 2 dimensions, such as this one of shape "
            f"{list(tensor.shape)}. {function} is for weights: biases start at zeros_ or a uniform_"
        )
    field = math.prod(tensor.shape[2:])
    return tensor.shape[1] * field, tensor.shape[0] * field


def _fan(function: str, tensor: Tensor, mode: str) -> int:
    """Return the one of fan_in and fan_out that `mode` names."""
    mode = mode.lower() if isinstance(mode, str) else mode
    if mode not in ("fan_in", "fan_out"):
        raise ValueError(f"Mode {mode} not supported, please use one of ['fan_in', 'fan_out']")
    return _fans(function, tensor)[mode == "fan_out"]


def _calculate_fan_in_and_fan_out(tensor: Tensor) -> tuple[int, int]:
    """Return fan_in and fan_out: PyTorch's private name, which layers call that were written after its Linear."""
    return _fans("_calculate_fan_in_and_fan_out", tensor)


def _calculate_correct_fan(tensor: Tensor, mode: str) -> int:
    """Return the one of fan_in and fan_out that `mode` names: PyTorch's private name."""
    return _fan("_calculate_correct_fan", tensor, mode)


def _xavier_std(function: str, tensor: Tensor, gain: float) -> float:
    fans = _fans(function, tensor)
    gain = as_number(function, "gain", 2, gain)
    if not any(fans):
        raise ZeroDivisionError(
            f"float division by zero: {function} got the shape {list(tensor.shape)}, with neither inputs nor outputs"
        )
    return gain * math.sqrt(2 / sum(fans))


def xavier_uniform_(tensor: Tensor, gain: float = 1.0, generator: Generator | None = None) -> Tensor:
    """Fill a weight with uniform numbers of standard deviation gain · √(2 / (fan_in + fan_out)).

    They lie in ±√3 times that. The variances of activations and gradients then stay about the same from layer to layer.

    Args:
        tensor: (out, in) or (out, in, *), in a floating dtype.
        gain: the `calculate_gain` of the nonlinearity that follows.
        generator: the source of the numbers.

    Source: Glorot & Bengio, Understanding the difficulty of training deep feedforward neural networks, 2010.

    Raises:
        TypeError: if tensor is not a Tensor, or gain not a number.
        ValueError: for fewer than two dimensions.
        NotImplementedError: for a dtype that is not floating.

    >>> import tinygrad_lite as tl
    >>> abs(tl.nn.init.xavier_uniform_(tl.empty(2, 4))).max() <= 1
    tensor(True)
    """
    bound = math.sqrt(3) * _xavier_std("xavier_uniform_", tensor, gain)
    return uniform_(tensor, -bound, bound, generator)


def xavier_normal_(tensor: Tensor, gain: float = 1.0, generator: Generator | None = None) -> Tensor:
    """Fill a weight with normal numbers of standard deviation gain · √(2 / (fan_in + fan_out)).

    What the book (Deep Learning from Scratch, 6.2.2) calls Xavier has √(1 / fan_in), and is `book_xavier_normal_`. For
    a square weight they are the same.

    Args:
        tensor: (out, in) or (out, in, *), in a floating dtype.
        gain: the `calculate_gain` of the nonlinearity that follows.
        generator: the source of the numbers.

    Source: Glorot & Bengio, Understanding the difficulty of training deep feedforward neural networks, 2010.

    Raises:
        TypeError: if tensor is not a Tensor, or gain not a number.
        ValueError: for fewer than two dimensions.
        NotImplementedError: for a dtype that is not floating.

    >>> import tinygrad_lite as tl
    >>> tl.nn.init.xavier_normal_(tl.empty(150, 50)).std().round(decimals=2)  # √(2 / 200)
    tensor(0.1000)
    """
    return normal_(tensor, 0.0, _xavier_std("xavier_normal_", tensor, gain), generator)


def _kaiming_std(function: str, tensor: Tensor, a: float, mode: str, nonlinearity: str) -> float:
    return calculate_gain(nonlinearity, a) / math.sqrt(_fan(function, tensor, mode))


def _is_empty(function: str, tensor: Tensor) -> bool:
    """Return whether there is nothing to fill, with a warning if so."""
    check_tensors(function, tensor=tensor)
    if empty := 0 in tensor.shape:
        warnings.warn("Initializing zero-element tensors is a no-op", UserWarning, stacklevel=3)
    return empty


def kaiming_uniform_(
    tensor: Tensor,
    a: float = 0,
    mode: str = "fan_in",
    nonlinearity: str = "leaky_relu",
    generator: Generator | None = None,
) -> Tensor:
    """Fill a weight with uniform numbers of standard deviation gain / √fan, also known as He's.

    They lie in ±√3 times that. The gain is the `calculate_gain` of the nonlinearity.

    Args:
        tensor: (out, in) or (out, in, *), in a floating dtype.
        a: the slope of a leaky_relu that follows. With 0, as for relu, the gain is √2; with √5, as `nn.Linear` has it,
            √(1/3), for a bound of √(1 / fan).
        mode: "fan_in" keeps the spread of activations, "fan_out" that of gradients.
        nonlinearity: the function that follows.
        generator: the source of the numbers.

    Warns (UserWarning) if there are no elements.

    Source: He et al., Delving Deep into Rectifiers, 2015, https://arxiv.org/abs/1502.01852.

    Raises:
        TypeError: if tensor is not a Tensor.
        ValueError: for fewer than two dimensions, or another mode or nonlinearity.
        NotImplementedError: for a dtype that is not floating.

    >>> import tinygrad_lite as tl
    >>> abs(tl.nn.init.kaiming_uniform_(tl.empty(2, 6))).max() <= 1
    tensor(True)
    """
    if _is_empty("kaiming_uniform_", tensor):
        return tensor
    bound = math.sqrt(3) * _kaiming_std("kaiming_uniform_", tensor, a, mode, nonlinearity)
    return uniform_(tensor, -bound, bound, generator)


def kaiming_normal_(
    tensor: Tensor,
    a: float = 0,
    mode: str = "fan_in",
    nonlinearity: str = "leaky_relu",
    generator: Generator | None = None,
) -> Tensor:
    """Fill a weight with normal numbers of standard deviation gain / √fan, also known as He's.

    The gain is the `calculate_gain` of the nonlinearity.

    Args:
        tensor: (out, in) or (out, in, *), in a floating dtype.
        a: the slope of a leaky_relu that follows; with 0, as for relu, the gain is √2.
        mode: "fan_in" keeps the spread of activations, "fan_out" that of gradients.
        nonlinearity: the function that follows.
        generator: the source of the numbers.

    Warns (UserWarning) if there are no elements.

    Source: He et al., Delving Deep into Rectifiers, 2015, https://arxiv.org/abs/1502.01852.

    Raises:
        TypeError: if tensor is not a Tensor.
        ValueError: for fewer than two dimensions, or another mode or nonlinearity.
        NotImplementedError: for a dtype that is not floating.

    >>> import tinygrad_lite as tl
    >>> tl.nn.init.kaiming_normal_(tl.empty(500, 200), nonlinearity="relu").std().round(decimals=2)  # √(2 / 200)
    tensor(0.1000)
    """
    if _is_empty("kaiming_normal_", tensor):
        return tensor
    return normal_(tensor, 0.0, _kaiming_std("kaiming_normal_", tensor, a, mode, nonlinearity), generator)


# ------------------------------------------------------------------------------------------------ the book's


def book_xavier_normal_(tensor: Tensor, generator: Generator | None = None) -> Tensor:
    """Fill a weight with normal numbers of standard deviation √(1 / fan_in), the book's Xavier, for sigmoid and tanh.

    PyTorch's `xavier_normal_` has √(2 / (fan_in + fan_out)); this one is its `kaiming_normal_(nonlinearity="linear")`.

    Args:
        tensor: (out, in) or (out, in, *), in a floating dtype.
        generator: the source of the numbers.

    Source: Deep Learning from Scratch, 6.2.2; LeCun et al., Efficient BackProp, 1998.

    Raises:
        TypeError: if tensor is not a Tensor.
        ValueError: for fewer than two dimensions.
        NotImplementedError: for a dtype that is not floating.

    >>> import tinygrad_lite as tl
    >>> tl.nn.init.book_xavier_normal_(tl.empty(500, 100)).std().round(decimals=2)  # √(1 / 100)
    tensor(0.1000)
    """
    return kaiming_normal_(tensor, nonlinearity="linear", generator=generator)


def book_he_normal_(tensor: Tensor, generator: Generator | None = None) -> Tensor:
    """Fill a weight with normal numbers of standard deviation √(2 / fan_in), the book's He, for ReLU.

    The 2 makes up for ReLU, which sets half of the activations to 0. It is the same as PyTorch's
    `kaiming_normal_(nonlinearity="relu")`.

    Args:
        tensor: (out, in) or (out, in, *), in a floating dtype.
        generator: the source of the numbers.

    Source: Deep Learning from Scratch, 6.2.3.

    Raises:
        TypeError: if tensor is not a Tensor.
        ValueError: for fewer than two dimensions.
        NotImplementedError: for a dtype that is not floating.

    >>> import tinygrad_lite as tl
    >>> tl.nn.init.book_he_normal_(tl.empty(500, 200)).std().round(decimals=2)  # √(2 / 200)
    tensor(0.1000)
    """
    return kaiming_normal_(tensor, nonlinearity="relu", generator=generator)


# -------------------------------------------------------------------------------------- the names before 2018


def _deprecated(function: Callable[P, R]) -> Callable[P, R]:
    """The function under the name without the line, which warns."""
    new = function.__name__
    old = new.removesuffix("_")

    def renamed(*args: P.args, **kwargs: P.kwargs) -> R:
        message = f"`nn.init.{old}` is now deprecated in favor of `nn.init.{new}`."
        warnings.warn(message, FutureWarning, stacklevel=2)
        return function(*args, **kwargs)

    renamed.__name__ = renamed.__qualname__ = old
    renamed.__doc__ = f"""The deprecated name of `{new}`, which it calls: shapes and dtypes are the same.

    Raises:
        TypeError, ValueError, RuntimeError, NotImplementedError: as `{new}` does.

    >>> import tinygrad_lite as tl
    >>> with warnings.catch_warnings(record=True, action="always") as said:
    ...     tl.nn.init.{old}{_EXAMPLE.get(old, "(tl.empty(2, 2))")}.shape == (2, 2), said[0].category.__name__
    (True, 'FutureWarning')
    """
    return renamed


_EXAMPLE = {
    "constant": "(tl.empty(2, 2), 1.0)",
    "dirac": "(tl.empty(2, 2, 1))[..., 0]",
    "sparse": "(tl.empty(2, 2), 0.5)",
}

uniform = _deprecated(uniform_)
normal = _deprecated(normal_)
constant = _deprecated(constant_)
eye = _deprecated(eye_)
dirac = _deprecated(dirac_)
xavier_uniform = _deprecated(xavier_uniform_)
xavier_normal = _deprecated(xavier_normal_)
kaiming_uniform = _deprecated(kaiming_uniform_)
kaiming_normal = _deprecated(kaiming_normal_)
orthogonal = _deprecated(orthogonal_)
sparse = _deprecated(sparse_)

if not TYPE_CHECKING:  # a checker would take every name for one that exists
    __getattr__ = refuse_absent("nn.init")
