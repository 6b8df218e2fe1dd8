"""Starting values for parameters, filled in in place and unrecorded; with PyTorch's numbers for the same seed.

Every function returns its Tensor. Those that draw take `generator=`, and otherwise the one that `manual_seed` sets.
A weight of shape (out, in, …) has fan_in = in · Π(…) inputs for each of its outputs, and fan_out = out · Π(…).
"""

from __future__ import annotations

import math
import warnings
from typing import TYPE_CHECKING, Any

import numpy as np

from ..autograd.grad_modes import no_grad
from ..core.tensor import wrap
from ..creation.random import randperm
from ..random.generator import Generator
from ..runtime.absent_names import refuse_absent
from ..tensors.tensor import Tensor

# ------------------------------------------------------------------------------------------- plain values


@no_grad()
def uniform_(tensor: Tensor, a: float = 0.0, b: float = 1.0, generator: Generator | None = None) -> Tensor:
    """Uniform in [a, b).

    >>> import tinygrad_lite as tl
    >>> tl.nn.init.uniform_(tl.empty(2), 3, 4) >= 3
    tensor([True, True])
    """
    return tensor.uniform_(a, b, generator=generator)


@no_grad()
def normal_(tensor: Tensor, mean: float = 0.0, std: float = 1.0, generator: Generator | None = None) -> Tensor:
    """Normal with this mean and standard deviation.

    >>> import tinygrad_lite as tl
    >>> tl.nn.init.normal_(tl.empty(2), 5, 0)
    tensor([5., 5.])
    """
    return tensor.normal_(mean, std, generator=generator)


@no_grad()
def trunc_normal_(
    tensor: Tensor,
    mean: float = 0.0,
    std: float = 1.0,
    a: float = -2.0,
    b: float = 2.0,
    generator: Generator | None = None,
) -> Tensor:
    """Normal with this mean and standard deviation, on condition of lying in [a, b]; a and b are not in units of std.

    What falls outside is drawn again. Where more than 0.7 of the draws would, uniform numbers in [a, b) are
    accepted with a probability proportional to the density instead (von Neumann, 1951).

    Warns (UserWarning) if the mean is more than 2 std from [a, b].

    >>> import tinygrad_lite as tl
    >>> abs(tl.nn.init.trunc_normal_(tl.empty(1000))).max() <= 2
    tensor(True)
    """
    if not a - 2 * std <= mean <= b + 2 * std:
        warnings.warn(
            "mean is more than 2 std from [a, b] in nn.init.trunc_normal_. The distribution of values may be "
            "incorrect.",
            UserWarning,
            stacklevel=3,
        )
    inside = (math.erf((b - mean) / std / math.sqrt(2)) - math.erf((a - mean) / std / math.sqrt(2))) / 2
    values, again = wrap(np.empty_like(tensor._data)), wrap(np.empty_like(tensor._data))
    low, high = (float(tensor.dtype.type(bound)) for bound in (a, b))
    peak = ((max(a, min(mean, b)) - mean) / std) ** 2 / 2  # -log of the largest density there is in [a, b]

    def draw(into: Tensor) -> Any:
        """Draw all the numbers, and say which of them to draw again."""
        if inside > 0.3:
            found = into.normal_(mean, std, generator=generator)._data
            return (found < low) | (found > high)
        into.uniform_(a, b, generator=generator)
        chance = into.clone().sub_(mean).div_(std).pow_(2).mul_(-0.5).add_(peak)
        return (again.uniform_(generator=generator).log_() > chance)._data

    wrong = draw(values)
    fresh = wrap(np.empty_like(tensor._data))
    while wrong.any():
        still = draw(fresh)
        np.copyto(values._data, fresh._data, where=wrong)
        wrong &= still
    return tensor.copy_(values)


@no_grad()
def constant_(tensor: Tensor, val: float) -> Tensor:
    """One value everywhere.

    >>> import tinygrad_lite as tl
    >>> tl.nn.init.constant_(tl.empty(2), 0.5)
    tensor([0.5000, 0.5000])
    """
    return tensor.fill_(val)


def ones_(tensor: Tensor) -> Tensor:
    """1 everywhere."""
    return constant_(tensor, 1.0)


def zeros_(tensor: Tensor) -> Tensor:
    """0 everywhere. As all weights of a layer it keeps its units equal for ever: each gets the same gradient."""
    return constant_(tensor, 0.0)


@no_grad()
def eye_(tensor: Tensor) -> Tensor:
    """1 on the diagonal of a matrix and 0 elsewhere: a layer that preserves its inputs.

    Raises:
        ValueError: if it is no matrix.

    >>> import tinygrad_lite as tl
    >>> tl.nn.init.eye_(tl.empty(2, 3))
    tensor([[1., 0., 0.],
            [0., 1., 0.]])
    """
    _matrix("eye_", tensor)
    return tensor.copy_(wrap(np.eye(*tensor.shape)))


@no_grad()
def dirac_(tensor: Tensor, groups: int = 1) -> Tensor:
    """1 in the middle of kernel i of output channel i, else 0: a convolution that preserves its input channels.

    Args:
        tensor: of shape (out, in, …) with one to three sizes of the kernel.
        groups: of output channels, each of which preserves the inputs anew.

    Raises:
        ValueError: for other numbers of dimensions, or outputs that groups do not divide.

    >>> import tinygrad_lite as tl
    >>> tl.nn.init.dirac_(tl.empty(2, 2, 3))[1]
    tensor([[0., 0., 0.],
            [0., 1., 0.]])
    """
    if tensor.ndim not in (3, 4, 5):
        raise ValueError(f"Only tensors with 3, 4, or 5 dimensions are supported, not {list(tensor.shape)}")
    if tensor.shape[0] % groups:
        raise ValueError(f"dim 0 must be divisible by groups, but {tensor.shape[0]} is not by {groups}")
    each = tensor.shape[0] // groups
    channels = np.arange(min(each, tensor.shape[1]))
    values = np.zeros(tensor.shape)
    middle = [n // 2 for n in tensor.shape[2:]]
    for group in range(groups):
        place: tuple[Any, ...] = (group * each + channels, channels, *middle)
        values[place] = 1
    return tensor.copy_(wrap(values))


@no_grad()
def orthogonal_(tensor: Tensor, gain: float = 1, generator: Generator | None = None) -> Tensor:
    """Orthonormal rows or columns, times gain: the Q of the QR decomposition of normal numbers, with R's signs.

    Of a Tensor of more than two dimensions those after the first count as one.
    Source: Saxe et al., 2013, https://arxiv.org/abs/1312.6120.

    Raises:
        ValueError: for fewer than two dimensions.

    >>> import tinygrad_lite as tl
    >>> w = tl.nn.init.orthogonal_(tl.empty(2, 4))
    >>> (w @ w.T).allclose(tl.eye(2), atol=1e-6)
    True
    """
    if tensor.ndim < 2:
        raise ValueError(f"Only tensors with 2 or more dimensions are supported, not {list(tensor.shape)}")
    if tensor.numel() == 0:
        return tensor
    rows = tensor.shape[0]
    normals = wrap(np.empty((rows, tensor.numel() // rows), tensor.dtype)).normal_(generator=generator)._data
    wide = rows < normals.shape[1]
    q, r = np.linalg.qr(normals.T if wide else normals)
    q *= np.sign(np.diagonal(r))
    return tensor.copy_(wrap((q.T if wide else q).reshape(tensor.shape))).mul_(gain)


@no_grad()
def sparse_(tensor: Tensor, sparsity: float, std: float = 0.01, generator: Generator | None = None) -> Tensor:
    """Normal in a matrix, but for a share `sparsity`, rounded up, of each column, which is 0.

    As in PyTorch, `generator` gives the normal numbers only: which are 0 is drawn from the default generator.
    Source: Martens, 2010.

    Raises:
        ValueError: if it is no matrix.

    >>> import tinygrad_lite as tl
    >>> (tl.nn.init.sparse_(tl.empty(10, 3), 0.25) == 0).sum(0)
    tensor([3, 3, 3])
    """
    _matrix("sparse_", tensor)
    rows, columns = tensor.shape
    tensor.normal_(0, std, generator=generator)
    count = math.ceil(sparsity * rows)
    for column in range(columns):
        tensor[randperm(rows)[:count], column] = 0
    return tensor


def _matrix(name: str, tensor: Tensor) -> None:
    if tensor.ndim != 2:
        raise ValueError(f"{name}: Only tensors with 2 dimensions are supported, not {list(tensor.shape)}")


# ------------------------------------------------------------------ spreads that keep activations and gradients


def calculate_gain(nonlinearity: str, param: float | None = None) -> float:
    """By how much weights are to be larger for a nonlinearity to keep the spread of activations.

    1 for linear maps and sigmoid, 5/3 for tanh, √2 for relu, √(2 / (1 + slope²)) for leaky_relu, whose slope is
    `param` (0.01 by default), 3/4 for selu.

    Raises:
        ValueError: for another name, or a slope that is no number.

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
        raise ValueError(f"Unsupported nonlinearity {nonlinearity}; there are leaky_relu, {', '.join(gains)}")
    return gains[nonlinearity]


def _fans(tensor: Tensor) -> tuple[int, int]:
    """fan_in and fan_out."""
    if tensor.ndim < 2:
        raise ValueError(
            "Fan in and fan out can not be computed for tensor with fewer than 2 dimensions, such as this one of shape "
            f"{list(tensor.shape)}: biases start at zeros_ or a uniform_"
        )
    field = math.prod(tensor.shape[2:])
    return tensor.shape[1] * field, tensor.shape[0] * field


def xavier_uniform_(tensor: Tensor, gain: float = 1.0, generator: Generator | None = None) -> Tensor:
    """Uniform with standard deviation gain · √(2 / (fan_in + fan_out)): in ±√3 times that.

    Source: Glorot & Bengio, 2010.

    Raises:
        ValueError: for fewer than two dimensions.

    >>> import tinygrad_lite as tl
    >>> abs(tl.nn.init.xavier_uniform_(tl.empty(2, 4))).max() <= 1
    tensor(True)
    """
    bound = math.sqrt(3) * (gain * math.sqrt(2 / sum(_fans(tensor))))
    return uniform_(tensor, -bound, bound, generator)


def xavier_normal_(tensor: Tensor, gain: float = 1.0, generator: Generator | None = None) -> Tensor:
    """Normal with standard deviation gain · √(2 / (fan_in + fan_out)).

    What the book (Deep Learning from Scratch, 6.2) calls Xavier has √(1 / fan_in): `book_xavier_normal_`. They
    are the same for a square weight. Source: Glorot & Bengio, 2010.

    Raises:
        ValueError: for fewer than two dimensions.
    """
    return normal_(tensor, 0.0, gain * math.sqrt(2 / sum(_fans(tensor))), generator)


def _kaiming(tensor: Tensor, a: float, mode: str, nonlinearity: str) -> float:
    """The standard deviation."""
    mode = mode.lower()
    if mode not in ("fan_in", "fan_out"):
        raise ValueError(f"Mode {mode} not supported, please use one of ['fan_in', 'fan_out']")
    return calculate_gain(nonlinearity, a) / math.sqrt(_fans(tensor)[mode == "fan_out"])


def _nothing_to_fill(tensor: Tensor) -> bool:
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
    """Uniform with standard deviation gain / √fan: in ±√3 times that.

    Args:
        a: the slope of a leaky_relu that follows; with 0, as for relu, the gain is √2, with √5 it is √(1/3).
        mode: "fan_in" keeps the spread of activations, "fan_out" that of gradients.
        nonlinearity: whose `calculate_gain` it is.

    Source: He et al., 2015, https://arxiv.org/abs/1502.01852.

    Raises:
        ValueError: for fewer than two dimensions, or another mode or nonlinearity.

    >>> import tinygrad_lite as tl
    >>> abs(tl.nn.init.kaiming_uniform_(tl.empty(2, 6))).max() <= 1
    tensor(True)
    """
    if _nothing_to_fill(tensor):
        return tensor
    bound = math.sqrt(3) * _kaiming(tensor, a, mode, nonlinearity)
    return uniform_(tensor, -bound, bound, generator)


def kaiming_normal_(
    tensor: Tensor,
    a: float = 0,
    mode: str = "fan_in",
    nonlinearity: str = "leaky_relu",
    generator: Generator | None = None,
) -> Tensor:
    """Normal with standard deviation gain / √fan; arguments, source and errors as for `kaiming_uniform_`."""
    if _nothing_to_fill(tensor):
        return tensor
    return normal_(tensor, 0.0, _kaiming(tensor, a, mode, nonlinearity), generator)


# ------------------------------------------------------------------------------------------------ the book's


def book_xavier_normal_(tensor: Tensor, generator: Generator | None = None) -> Tensor:
    """Normal with standard deviation √(1 / fan_in), which the book calls Xavier's; for sigmoid and tanh.

    Deep Learning from Scratch, 6.2.2. PyTorch's `xavier_normal_` has √(2 / (fan_in + fan_out)); this one is its
    `kaiming_normal_(nonlinearity="linear")`, also known as LeCun's (1998).

    Raises:
        ValueError: for fewer than two dimensions.

    >>> import tinygrad_lite as tl
    >>> tl.nn.init.book_xavier_normal_(tl.empty(500, 100)).std().round(decimals=2)
    tensor(0.1000)
    """
    return kaiming_normal_(tensor, nonlinearity="linear", generator=generator)


def book_he_normal_(tensor: Tensor, generator: Generator | None = None) -> Tensor:
    """Normal with standard deviation √(2 / fan_in), the book's He: for ReLU, which halves the spread.

    Deep Learning from Scratch, 6.2.3. The same as PyTorch's `kaiming_normal_(nonlinearity="relu")`.

    Raises:
        ValueError: for fewer than two dimensions.

    >>> import tinygrad_lite as tl
    >>> tl.nn.init.book_he_normal_(tl.empty(500, 200)).std().round(decimals=2)
    tensor(0.1000)
    """
    return kaiming_normal_(tensor, nonlinearity="relu", generator=generator)


if not TYPE_CHECKING:  # a checker would take every name for one that exists
    __getattr__ = refuse_absent("nn.init")
