"""Layers that normalise to mean 0 and variance 1, or to a mean square of 1."""

from __future__ import annotations

import operator
from collections.abc import Sequence
from typing import Any

from ... import creation
from ...core import versions as memory
from ...tensors.tensor import Tensor
from ...types import dtypes
from .. import functional as F
from .. import init as initialization
from ..functional.argument_types import check_tensors
from ..module.conversion import DTypeLike
from ..module.module import Module
from ..module.parameter import Parameter
from .arguments import as_shape, check_numbers, check_sizes


class _AffineNorm(Module):
    """A normalisation with a weight and a bias, as far as it has them, that start at 1 and 0."""

    weight: Parameter  # either may be None, which most code need not think of
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


class BatchNorm1d(_AffineNorm):
    """Batch normalisation: each channel of a batch to mean 0 and variance 1, y = (x - μ) / √(σ² + eps) · weight + bias.

    Args:
        num_features: the number of channels, C.
        eps: added to the variance.
        momentum: the share of each new batch in the running averages; None for the plain average of all batches.
        affine: whether there are `weight` and `bias`; else they are None.
        track_running_stats: whether running averages are kept for evaluation, which else uses the batch too.
        device: the CPU.
        dtype: the dtype of parameters and averages, float32 by default.
        bias: whether there is a `bias` beside the weight.

    Shapes: (N, C) to (N, C), or (N, C, L) to (N, C, L).
    Dtypes: floating, the same for x, parameters and averages.
    State: `weight` (C), `bias` (C), `running_mean` (C), `running_var` (C), `num_batches_tracked` (0-d, int64).
    Initial values: `weight` 1, `bias` 0, `running_mean` 0, `running_var` 1.

    In training μ and σ² are those of the batch, σ² biased (divided by n = N or N · L); in evaluation they are the
    running averages, which follow the batches in training. PyTorch's form is the default; the book has another one:

        here (PyTorch's form, m = momentum = 0.1)              the book, 6.3
        mean      r ← (1 - m) r + m μ                          r ← 0.9 r + 0.1 μ
        variance  r ← (1 - m) r + m σ² n / (n - 1), from 1     r ← 0.9 r + 0.1 σ², from 0
        eps       1e-5                                         1e-6

    The book's form is `nn.book.BatchNormalization`. The docstring of `F.batch_norm` derives the backward, and says why
    weight and bias are needed. Sources: Ioffe & Szegedy, 2015, https://arxiv.org/abs/1502.03167; Deep Learning from
    Scratch, section 6.3.

    Raises:
        TypeError: if num_features is not an int, a setting not a number, or the input not a Tensor.
        ValueError: for inputs of other dimensions, and in training for one value per channel.
        RuntimeError: for another number of channels, or another dtype.

    >>> import tinygrad_lite as tl
    >>> norm = tl.nn.BatchNorm1d(1, eps=0.0)
    >>> norm(tl.tensor([[0.0], [2.0]])).tolist()
    [[-1.0], [1.0]]
    >>> norm.running_mean, norm.running_var  # 0.9 · 0 + 0.1 · 1, and 0.9 · 1 + 0.1 · 2
    (tensor([0.1000]), tensor([1.1000]))
    """

    _version = 2
    running_mean: Tensor  # these may be None too
    running_var: Tensor
    num_batches_tracked: Tensor

    def __init__(
        self,
        num_features: int,
        eps: float = 1e-5,
        momentum: float | None = 0.1,
        affine: bool = True,
        track_running_stats: bool = True,
        device: str | None = None,
        dtype: DTypeLike | None = None,
        *,
        bias: bool = True,
    ) -> None:
        super().__init__()
        check_sizes("BatchNorm1d", num_features=num_features)
        check_numbers("BatchNorm1d", eps=eps, momentum=0.0 if momentum is None else momentum)
        self.num_features, self.eps, self.momentum = num_features, eps, momentum
        self.affine, self.track_running_stats = affine, track_running_stats
        for name in ("running_mean", "running_var"):
            self.register_buffer(name, creation.zeros(num_features, dtype=dtype) if track_running_stats else None)
        count = creation.tensor(0, dtype=dtypes.int64) if track_running_stats else None
        self.register_buffer("num_batches_tracked", count)
        self._add_parameters((num_features,), device, dtype, weight=affine, bias=affine and bias)

    def reset_running_stats(self) -> None:
        """Set the running averages to mean 0 and variance 1, and the count of batches to 0."""
        if self.track_running_stats:
            initialization.zeros_(self.running_mean)
            initialization.ones_(self.running_var)
            self.num_batches_tracked.zero_()

    def reset_parameters(self) -> None:
        """Set `weight` to 1, `bias` to 0, and the running averages to their initial values."""
        self.reset_running_stats()
        super().reset_parameters()

    def forward(self, input: Tensor) -> Tensor:
        check_tensors("batch_norm", input=input)
        shape = input._data.shape
        if len(shape) not in (2, 3):
            raise ValueError(
                f"expected 2D or 3D input (got {len(shape)}D input): BatchNorm1d normalises a batch (N, C) or "
                f"(N, C, L), but the input is {list(shape)}"
                + ("; unsqueeze(0) makes a batch of one sample" if len(shape) == 1 else "")
            )
        if shape[1] != self.num_features:
            raise RuntimeError(
                f"BatchNorm1d: the input {list(shape)} has {shape[1]} channels, but the layer normalises "
                f"{self.num_features}"
            )
        momentum = 0.0 if self.momentum is None else self.momentum
        updates = self.training and self.track_running_stats  # set to False later, it freezes the averages
        count = self.num_batches_tracked if updates else None
        if count is not None and input._data.size > shape[1]:
            memory.write(operator.iadd, count._data, 1)
            if self.momentum is None:
                momentum = 1.0 / float(count)
        batch = self.training or (self.running_mean is None and self.running_var is None)
        mean, var = (self.running_mean, self.running_var) if updates or not self.training else (None, None)
        return F.batch_norm(input, mean, var, self.weight, self.bias, batch, momentum, self.eps)

    def _load_from_state_dict(
        self, state_dict: Any, prefix: str, local_metadata: Any, strict: bool, missing_keys: list[str],
        unexpected_keys: list[str], error_msgs: list[str],
    ) -> None:  # fmt: skip
        key = f"{prefix}num_batches_tracked"
        count = self.num_batches_tracked
        if (local_metadata.get("version") or 1) < 2 and self.track_running_stats and count is not None:
            state_dict.setdefault(key, count.detach().clone())  # states of version 1 do not have it
        report = (missing_keys, unexpected_keys, error_msgs)
        super()._load_from_state_dict(state_dict, prefix, local_metadata, strict, *report)

    def extra_repr(self) -> str:
        return (
            f"{self.num_features}, eps={self.eps}, momentum={self.momentum}, affine={self.affine}, "
            f"bias={self.bias is not None}, track_running_stats={self.track_running_stats}"
        )


_BatchNorm = BatchNorm1d  # PyTorch's base of its batch normalisations, by which scripts recognise them


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

    weight: Parameter  # or None, which most code need not think of
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
