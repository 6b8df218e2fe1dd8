"""Layers that normalise to mean 0 and variance 1, or to a mean square of 1."""

from __future__ import annotations

from collections.abc import Sequence

from ... import creation
from ...tensors.tensor import Tensor
from .. import functional as F
from .. import init as initialization
from ..module.conversion import DTypeLike
from ..module.module import Module
from ..module.parameter import Parameter
from .arguments import as_shape, check_numbers, check_sizes


class _AffineNorm(Module):
    """A normalisation with a weight and a bias, as far as it has them, that start at 1 and 0."""

    weight: Parameter  # both may be None; most code need not check
    bias: Parameter

    def _add_parameters(
        self, shape: Sequence[int], device: str | None, dtype: DTypeLike | None, **wanted: bool
    ) -> None:
        for name, there in wanted.items():
            values = Parameter(creation.empty(*shape, device=device, dtype=dtype)) if there else None
            self.register_parameter(name, values)
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Set `weight` to 1 and `bias` to 0."""
        for name, values in self._parameters.items():
            if values is not None:
                initialization.constant_(values, 1.0 if name == "weight" else 0.0)


class LayerNorm(_AffineNorm):
    """Layer normalisation: each sample to mean 0 and variance 1 by itself, y = (x - μ) / √(σ² + eps) · weight + bias.

    Args:
        normalized_shape: the sizes of the last dimensions, over which μ and σ² are computed; an int stands for one.
        eps: added to the variance, which is the biased one.
        elementwise_affine: whether there are `weight` and `bias`; else they are None.
        bias: whether there is a `bias` beside the weight.
        device: the CPU.
        dtype: the dtype of the parameters, float32 by default.

    Shapes: (*, normalized_shape) to (*, normalized_shape).
    Dtypes: floating, the same for x and the parameters.
    State: `weight` and `bias`, of the shape normalized_shape, initially 1 and 0.

    Source: Ba et al., 2016, https://arxiv.org/abs/1607.06450.

    Raises:
        TypeError: if normalized_shape is not an int or ints, eps not a number, or the input not a Tensor.
        RuntimeError: for inputs whose last dimensions have other sizes, or of another dtype.

    >>> import tinygrad_lite as tl
    >>> tl.nn.LayerNorm(2, eps=0.0, elementwise_affine=False)(tl.tensor([[1.0, 3.0], [50.0, 10.0]]))
    tensor([[-1.,  1.],
            [ 1., -1.]])
    """

    normalized_shape: tuple[int, ...]

    def __init__(
        self,
        normalized_shape: int | Sequence[int],
        eps: float = 1e-5,
        elementwise_affine: bool = True,
        bias: bool = True,
        device: str | None = None,
        dtype: DTypeLike | None = None,
    ) -> None:
        super().__init__()
        self.normalized_shape = as_shape("LayerNorm", "normalized_shape", normalized_shape)
        check_numbers("LayerNorm", eps=eps)
        self.eps, self.elementwise_affine = eps, elementwise_affine
        wanted = {"weight": elementwise_affine, "bias": elementwise_affine and bias}
        self._add_parameters(self.normalized_shape, device, dtype, **wanted)

    def forward(self, input: Tensor) -> Tensor:
        return F.layer_norm(input, self.normalized_shape, self.weight, self.bias, self.eps)

    def extra_repr(self) -> str:
        return (
            f"{self.normalized_shape}, eps={self.eps}, elementwise_affine={self.elementwise_affine}, "
            f"bias={self.bias is not None}"
        )


class GroupNorm(_AffineNorm):
    """Group normalisation: each group of channels of each sample to mean 0 and variance 1.

    y = (x - μ) / √(σ² + eps) · weight + bias, with μ and σ² over a group of C / num_groups channels, and the weight and
    bias of each channel.

    Args:
        num_groups: the number of groups.
        num_channels: C, a multiple of it.
        eps: added to the variance, which is the biased one.
        affine: whether there are `weight` and `bias`; else they are None.
        device: the CPU.
        dtype: the dtype of the parameters, float32 by default.
        bias: whether there is a `bias` beside the weight.

    Shapes: (N, C, *) to (N, C, *).
    Dtypes: floating, the same for x and the parameters.
    State: `weight` (C) and `bias` (C), initially 1 and 0.

    Source: Wu & He, 2018, https://arxiv.org/abs/1803.08494.

    Raises:
        TypeError: if a number of groups or channels is not an int, eps not a number, or the input not a Tensor.
        ValueError: if C is not a multiple of num_groups.
        RuntimeError: for inputs of other channels, or of another dtype.

    >>> import tinygrad_lite as tl
    >>> tl.nn.GroupNorm(2, 4, eps=0.0, affine=False)(tl.tensor([[1.0, 3.0, 10.0, 30.0]]))
    tensor([[-1.,  1., -1.,  1.]])
    """

    def __init__(
        self,
        num_groups: int,
        num_channels: int,
        eps: float = 1e-5,
        affine: bool = True,
        device: str | None = None,
        dtype: DTypeLike | None = None,
        *,
        bias: bool = True,
    ) -> None:
        super().__init__()
        check_sizes("GroupNorm", num_groups=num_groups, num_channels=num_channels)
        check_numbers("GroupNorm", eps=eps)
        if num_groups == 0:
            raise ZeroDivisionError("GroupNorm: num_groups must be at least 1, but got 0")  # PyTorch's class
        if num_channels % num_groups:
            raise ValueError(f"num_channels ({num_channels}) must be divisible by num_groups ({num_groups})")
        self.num_groups, self.num_channels, self.eps, self.affine = num_groups, num_channels, eps, affine
        self._add_parameters((num_channels,), device, dtype, weight=affine, bias=affine and bias)

    def forward(self, input: Tensor) -> Tensor:
        return F.group_norm(input, self.num_groups, self.weight, self.bias, self.eps)

    def extra_repr(self) -> str:
        bias = self.bias is not None
        return f"{self.num_groups}, {self.num_channels}, eps={self.eps}, affine={self.affine}, bias={bias}"


class RMSNorm(Module):
    """Normalisation by the root mean square: y = x / √(mean(x²) + eps) · weight, a layer norm without the mean.

    Args:
        normalized_shape: the sizes of the last dimensions, over which the mean is computed; an int stands for one.
        eps: added to the mean square; by default the distance from 1 to the next number of the input's dtype.
        elementwise_affine: whether there is a `weight`; else it is None.
        device: the CPU.
        dtype: the dtype of the weight, float32 by default.

    Shapes: (*, normalized_shape) to (*, normalized_shape).
    Dtypes: floating, the same for x and the weight.
    State: `weight`, of the shape normalized_shape, initially 1.

    Source: Zhang & Sennrich, 2019, https://arxiv.org/abs/1910.07467.

    Raises:
        TypeError: if normalized_shape is not an int or ints, eps not a number, or the input not a Tensor.
        RuntimeError: for inputs whose last dimensions have other sizes, or of another dtype.

    >>> import tinygrad_lite as tl
    >>> tl.nn.RMSNorm(2, elementwise_affine=False)(tl.tensor([[1.0, 7.0]]))  # divided by √((1 + 49) / 2) = 5
    tensor([[0.2000, 1.4000]])
    """

    weight: Parameter  # may be None; most code need not check
    normalized_shape: tuple[int, ...]

    def __init__(
        self,
        normalized_shape: int | Sequence[int],
        eps: float | None = None,
        elementwise_affine: bool = True,
        device: str | None = None,
        dtype: DTypeLike | None = None,
    ) -> None:
        super().__init__()
        self.normalized_shape = as_shape("RMSNorm", "normalized_shape", normalized_shape)
        if eps is not None:
            check_numbers("RMSNorm", eps=eps)
        self.eps, self.elementwise_affine = eps, elementwise_affine
        shape = self.normalized_shape
        values = Parameter(creation.empty(*shape, device=device, dtype=dtype)) if elementwise_affine else None
        self.register_parameter("weight", values)
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Set the weight to 1."""
        if self.weight is not None:
            initialization.ones_(self.weight)

    def forward(self, input: Tensor) -> Tensor:
        return F.rms_norm(input, self.normalized_shape, self.weight, self.eps)

    def extra_repr(self) -> str:
        return f"{self.normalized_shape}, eps={self.eps}, elementwise_affine={self.elementwise_affine}"


class LocalResponseNorm(Module):
    """Division by a power of the mean square of the neighbours in other channels.

        y = x / (k + alpha mean(x²))**beta, with the mean over `size` channels around; where there are none, 0

    Args:
        size: the number of channels.
        alpha, beta, k: see above.

    Shapes: (N, C, *) to (N, C, *).
    Dtypes: floating; the result has the input's.

    Source: Krizhevsky et al., 2012, section 3.3.

    Raises:
        TypeError: if size is not an int, a setting not a number, or the input not a Tensor.
        ValueError: for fewer than 3 dimensions.

    >>> import tinygrad_lite as tl
    >>> tl.nn.LocalResponseNorm(3, alpha=3.0, beta=1.0)(tl.ones(1, 3, 1)).flatten()
    tensor([0.3333, 0.2500, 0.3333])
    """

    def __init__(self, size: int, alpha: float = 1e-4, beta: float = 0.75, k: float = 1.0) -> None:
        super().__init__()
        check_sizes("LocalResponseNorm", size=size)
        check_numbers("LocalResponseNorm", alpha=alpha, beta=beta, k=k)
        self.size, self.alpha, self.beta, self.k = size, alpha, beta, k

    def forward(self, input: Tensor) -> Tensor:
        return F.local_response_norm(input, self.size, self.alpha, self.beta, self.k)

    def extra_repr(self) -> str:
        return f"{self.size}, alpha={self.alpha}, beta={self.beta}, k={self.k}"
