"""Layers that normalise."""

from __future__ import annotations

import operator
from collections.abc import Sequence
from typing import Any

from ...core import versions as memory
from ...creation import values as creation
from ...tensors.tensor import Tensor
from ...types import dtypes
from .. import functional as F
from .. import init
from ..module.module import Module
from ..module.parameter import Parameter


class BatchNorm1d(Module):
    """Each channel normalised by the batch: (x - μ) / √(σ² + eps) · weight + bias.

    Args:
        num_features: C of inputs (N, C) or (N, C, L).
        eps: added to the variance.
        momentum: the share of the new batch in the running averages; None for the plain average of all.
        affine, bias: whether there are `weight` and, with it, `bias`, (C), starting at 1 and 0.
        track_running_stats: whether to keep averages for evaluation; without them, it uses the batch too.

    In training μ and the biased σ² are the batch's, and the running averages follow, r ← (1 - momentum) r +
    momentum · batch, with the *unbiased* variance. The book (Deep Learning from Scratch, 6.3) writes
    r ← 0.9 r + 0.1 batch with the biased variance, starts both averages at 0, and has eps 1e-6.
    Source: Ioffe & Szegedy, 2015, https://arxiv.org/abs/1502.03167.

    Raises:
        ValueError: for other shapes, and in training for one value per channel.

    >>> import tinygrad_lite as tl
    >>> norm = tl.nn.BatchNorm1d(1)
    >>> norm(tl.tensor([[0.0], [2.0]])).tolist()
    [[-0.9999949932098389], [0.9999949932098389]]
    >>> norm.running_mean, norm.running_var  # 0.9 · 1 + 0.1 · 2
    (tensor([0.1000]), tensor([1.1000]))
    """

    running_mean: Tensor | None
    running_var: Tensor | None
    num_batches_tracked: Tensor | None

    def __init__(
        self,
        num_features: int,
        eps: float = 1e-5,
        momentum: float | None = 0.1,
        affine: bool = True,
        track_running_stats: bool = True,
        device: Any = None,
        dtype: Any = None,
        *,
        bias: bool = True,
    ) -> None:
        super().__init__()
        self.num_features, self.eps, self.momentum = num_features, eps, momentum
        self.affine, self.track_running_stats = affine, track_running_stats
        for name, wanted in (("weight", affine), ("bias", affine and bias)):
            values = Parameter(creation.empty(num_features, device=device, dtype=dtype)) if wanted else None
            self.register_parameter(name, values)
        for name in ("running_mean", "running_var"):
            self.register_buffer(name, creation.zeros(num_features, dtype=dtype) if track_running_stats else None)
        count = creation.tensor(0, dtype=dtypes.int64) if track_running_stats else None
        self.register_buffer("num_batches_tracked", count)
        self.reset_parameters()

    def reset_running_stats(self) -> None:
        """Begin the running averages again, at mean 0 and variance 1."""
        if self.running_mean is not None and self.running_var is not None and self.num_batches_tracked is not None:
            init.zeros_(self.running_mean)
            init.ones_(self.running_var)
            self.num_batches_tracked.zero_()

    def reset_parameters(self) -> None:
        """Begin again: averages, weight 1 and bias 0."""
        self.reset_running_stats()
        if self.affine:
            init.ones_(self.weight)
            if self.bias is not None:
                init.zeros_(self.bias)

    def forward(self, input: Tensor) -> Tensor:
        shape = input._data.shape
        if len(shape) not in (2, 3):
            raise ValueError(f"expected 2D or 3D input (got {len(shape)}D input)")
        if shape[1] != self.num_features:
            raise RuntimeError(
                f"BatchNorm1d: the input {list(shape)} has {shape[1]} channels, but the layer normalises "
                f"{self.num_features}"
            )
        momentum, mean = 0.0 if self.momentum is None else self.momentum, self.running_mean
        count = self.num_batches_tracked if self.training else None
        if count is not None and input._data.size > shape[1]:
            memory.write(operator.iadd, count._data, 1)
            if self.momentum is None:
                momentum = 1.0 / float(count)
        batch = self.training or mean is None
        return F.batch_norm(input, mean, self.running_var, self.weight, self.bias, batch, momentum, self.eps)

    def extra_repr(self) -> str:
        return (
            f"{self.num_features}, eps={self.eps}, momentum={self.momentum}, affine={self.affine}, "
            f"bias={self.bias is not None}, track_running_stats={self.track_running_stats}"
        )


class _Affine(Module):
    """A layer whose weight and bias, as far as it has them, start at 1 and 0."""

    def _add(self, shape: Sequence[int], device: Any, dtype: Any, **wanted: bool) -> None:
        for name, there in wanted.items():
            values = Parameter(creation.empty(*shape, device=device, dtype=dtype)) if there else None
            self.register_parameter(name, values)
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Begin again."""
        for name, values in self._parameters.items():
            if values is not None:
                init.constant_(values, 1.0 if name == "weight" else 0.0)


def _sizes(normalized_shape: int | Sequence[int]) -> tuple[int, ...]:
    return (normalized_shape,) if isinstance(normalized_shape, int) else tuple(normalized_shape)


class LayerNorm(_Affine):
    """Each sample normalised by itself: (x - μ) / √(σ² + eps) · weight + bias, over the last dimensions.

    Args:
        normalized_shape: the dimensions, in which inputs end; an int stands for the last one alone.
        eps: added to the variance, which is the biased one.
        elementwise_affine, bias: whether there are `weight` and, with it, `bias`, in normalized_shape, from 1 and 0.

    Source: Ba et al., 2016, https://arxiv.org/abs/1607.06450.

    Raises:
        RuntimeError: for inputs that end otherwise.

    >>> import tinygrad_lite as tl
    >>> tl.nn.LayerNorm(2, eps=0.0, elementwise_affine=False)(tl.tensor([[1.0, 3.0], [5.0, 1.0]]))
    tensor([[-1.,  1.],
            [ 1., -1.]])
    """

    def __init__(
        self,
        normalized_shape: int | Sequence[int],
        eps: float = 1e-5,
        elementwise_affine: bool = True,
        bias: bool = True,
        device: Any = None,
        dtype: Any = None,
    ) -> None:
        super().__init__()
        self.normalized_shape, self.eps, self.elementwise_affine = _sizes(normalized_shape), eps, elementwise_affine
        self._add(self.normalized_shape, device, dtype, weight=elementwise_affine, bias=elementwise_affine and bias)

    def forward(self, input: Tensor) -> Tensor:
        return F.layer_norm(input, self.normalized_shape, self.weight, self.bias, self.eps)

    def extra_repr(self) -> str:
        return (
            f"{self.normalized_shape}, eps={self.eps}, elementwise_affine={self.elementwise_affine}, "
            f"bias={self.bias is not None}"
        )


class GroupNorm(_Affine):
    """Each group of channels of each sample normalised by itself, then scaled and shifted channel by channel.

    Args:
        num_groups, num_channels: how many groups the C channels of inputs (N, C, …) make.
        eps: added to the variance, which is the biased one.
        affine, bias: whether there are `weight` and, with it, `bias`, (C), starting at 1 and 0.

    Source: Wu & He, 2018, https://arxiv.org/abs/1803.08494.

    Raises:
        ValueError: if the channels cannot be divided into so many groups.

    >>> import tinygrad_lite as tl
    >>> tl.nn.GroupNorm(2, 4, eps=0.0)(tl.tensor([[1.0, 3.0, 10.0, 30.0]])).detach()
    tensor([[-1.,  1., -1.,  1.]])
    """

    def __init__(
        self,
        num_groups: int,
        num_channels: int,
        eps: float = 1e-5,
        affine: bool = True,
        device: Any = None,
        dtype: Any = None,
        *,
        bias: bool = True,
    ) -> None:
        super().__init__()
        if num_channels % num_groups:
            raise ValueError(f"num_channels ({num_channels}) must be divisible by num_groups ({num_groups})")
        self.num_groups, self.num_channels, self.eps, self.affine = num_groups, num_channels, eps, affine
        self._add((num_channels,), device, dtype, weight=affine, bias=affine and bias)

    def forward(self, input: Tensor) -> Tensor:
        return F.group_norm(input, self.num_groups, self.weight, self.bias, self.eps)

    def extra_repr(self) -> str:
        bias = self.bias is not None
        return f"{self.num_groups}, {self.num_channels}, eps={self.eps}, affine={self.affine}, bias={bias}"


class RMSNorm(_Affine):
    """x / √(mean(x²) + eps) · weight, over the last dimensions: a layer norm without the mean.

    Args:
        normalized_shape: the dimensions, in which inputs end; an int stands for the last one alone.
        eps: by default the distance from 1 to the next number of the inputs' dtype.
        elementwise_affine: whether there is a `weight`, in normalized_shape, starting at 1.

    Source: Zhang & Sennrich, 2019, https://arxiv.org/abs/1910.07467.

    Raises:
        RuntimeError: for inputs that end otherwise.

    >>> import tinygrad_lite as tl
    >>> tl.nn.RMSNorm(2)(tl.tensor([[1.0, 7.0]])).detach()
    tensor([[0.2000, 1.4000]])
    """

    def __init__(
        self,
        normalized_shape: int | Sequence[int],
        eps: float | None = None,
        elementwise_affine: bool = True,
        device: Any = None,
        dtype: Any = None,
    ) -> None:
        super().__init__()
        self.normalized_shape, self.eps, self.elementwise_affine = _sizes(normalized_shape), eps, elementwise_affine
        self._add(self.normalized_shape, device, dtype, weight=elementwise_affine)

    def forward(self, input: Tensor) -> Tensor:
        return F.rms_norm(input, self.normalized_shape, self.weight, self.eps)

    def extra_repr(self) -> str:
        return f"{self.normalized_shape}, eps={self.eps}, elementwise_affine={self.elementwise_affine}"
