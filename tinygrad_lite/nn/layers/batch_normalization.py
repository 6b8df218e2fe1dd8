"""Layers that normalise the channels of a batch, and keep running averages for evaluation."""

from __future__ import annotations

import operator
from typing import Any

from ... import creation
from ...core import versions as memory
from ...tensors.tensor import Tensor
from ...types import dtypes
from .. import functional as F
from .. import init as initialization
from ..functional.argument_types import check_tensors
from ..module.conversion import DTypeLike
from .arguments import check_numbers, check_sizes
from .normalization import _AffineNorm


class _NormBase(_AffineNorm):
    """A normalisation with running averages of mean and variance, as far as it keeps them."""

    _version = 2
    _dimensions: tuple[int, ...]
    _what: str
    running_mean: Tensor  # these may be None, too
    running_var: Tensor
    num_batches_tracked: Tensor
    num_features: int
    momentum: float | None

    def _set_up(
        self, num_features: int, eps: float, momentum: float | None, affine: bool, track_running_stats: bool,
        device: str | None, dtype: DTypeLike | None, bias: bool,
    ) -> None:  # fmt: skip
        check_sizes(type(self).__name__, num_features=num_features)
        check_numbers(type(self).__name__, eps=eps, momentum=0.0 if momentum is None else momentum)
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

    def _check_dimensions(self, input: Tensor) -> None:
        """Raise a ValueError for an input of other dimensions than the layer is for."""
        if input._data.ndim not in self._dimensions:
            wanted = " or ".join(f"{n}D" for n in self._dimensions)
            name, shape = type(self).__name__, list(input.shape)
            raise ValueError(
                f"expected {wanted} input (got {len(shape)}D input): {name} normalises {self._what}, but the input is "
                f"{shape}" + ("; unsqueeze(0) makes a batch of one sample" if len(shape) < self._dimensions[0] else "")
            )

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


class _BatchNorm(_NormBase):
    """The base of the batch normalizations, by which scripts recognize them, as PyTorch's."""

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
        self._set_up(num_features, eps, momentum, affine, track_running_stats, device, dtype, bias)

    def forward(self, input: Tensor) -> Tensor:
        check_tensors("batch_norm", input=input)
        self._check_dimensions(input)
        shape = input._data.shape
        if shape[1] != self.num_features:
            raise RuntimeError(
                f"{type(self).__name__}: the input {list(shape)} has {shape[1]} channels, but the layer normalises "
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


class BatchNorm1d(_BatchNorm):
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

    _dimensions = (2, 3)
    _what = "a batch (N, C) or (N, C, L)"


class BatchNorm2d(_BatchNorm):
    """Batch normalisation of images: `BatchNorm1d` with more dimensions, over which its means are taken too.

    Args:
        num_features: the number of channels, C.
        eps: added to the variance.
        momentum: the share of each new batch in the running averages; None for the plain average of all batches.
        affine: whether there are `weight` and `bias`; else they are None.
        track_running_stats: whether running averages are kept for evaluation, which else uses the batch too.
        device: the CPU.
        dtype: the dtype of parameters and averages, float32 by default.
        bias: whether there is a `bias` beside the weight.

    Shapes: (N, C, H, W) to (N, C, H, W).
    Dtypes: floating, the same for x, parameters and averages.
    State: `weight` (C), `bias` (C), `running_mean` (C), `running_var` (C), `num_batches_tracked` (0-d, int64).
    Initial values: `weight` 1, `bias` 0, `running_mean` 0, `running_var` 1.

    Source: Ioffe & Szegedy, 2015, https://arxiv.org/abs/1502.03167.

    Raises:
        TypeError: if num_features is not an int, a setting not a number, or the input not a Tensor.
        ValueError: for inputs of other dimensions, and in training for one value per channel.
        RuntimeError: for another number of channels, or another dtype.

    >>> import tinygrad_lite as tl
    >>> norm = tl.nn.BatchNorm2d(1, eps=0.0)
    >>> norm(tl.tensor([0.0, 2.0]).reshape(1, 1, 1, 2)).flatten().tolist()
    [-1.0, 1.0]
    """

    _dimensions = (4,)
    _what = "a batch (N, C, H, W)"


class BatchNorm3d(_BatchNorm):
    """Batch normalisation of volumes: `BatchNorm1d` with more dimensions, over which its means are taken too.

    Args:
        num_features: the number of channels, C.
        eps: added to the variance.
        momentum: the share of each new batch in the running averages; None for the plain average of all batches.
        affine: whether there are `weight` and `bias`; else they are None.
        track_running_stats: whether running averages are kept for evaluation, which else uses the batch too.
        device: the CPU.
        dtype: the dtype of parameters and averages, float32 by default.
        bias: whether there is a `bias` beside the weight.

    Shapes: (N, C, D, H, W) to (N, C, D, H, W).
    Dtypes: floating, the same for x, parameters and averages.
    State: `weight` (C), `bias` (C), `running_mean` (C), `running_var` (C), `num_batches_tracked` (0-d, int64).
    Initial values: `weight` 1, `bias` 0, `running_mean` 0, `running_var` 1.

    Source: Ioffe & Szegedy, 2015, https://arxiv.org/abs/1502.03167.

    Raises:
        TypeError: if num_features is not an int, a setting not a number, or the input not a Tensor.
        ValueError: for inputs of other dimensions, and in training for one value per channel.
        RuntimeError: for another number of channels, or another dtype.

    >>> import tinygrad_lite as tl
    >>> norm = tl.nn.BatchNorm3d(1, eps=0.0)
    >>> norm(tl.tensor([0.0, 2.0]).reshape(1, 1, 1, 1, 2)).flatten().tolist()
    [-1.0, 1.0]
    """

    _dimensions = (5,)
    _what = "a batch (N, C, D, H, W)"
