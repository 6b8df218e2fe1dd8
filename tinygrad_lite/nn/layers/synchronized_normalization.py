"""Batch normalisation over the batches of several processes."""

from __future__ import annotations

import operator
from typing import Any

from ...autograd.grad_modes import no_grad
from ...core import versions as memory
from ...distributed.process_groups import ProcessGroup, default_group, is_initialized
from ...functions.joining import cat
from ...tensors.tensor import Tensor
from ...types import dtypes
from ..functional.argument_types import check_tensors
from ..module.conversion import DTypeLike
from ..module.module import Module
from ..parallel.differentiable import all_gathered
from .batch_normalization import _BatchNorm


class SyncBatchNorm(_BatchNorm):
    """Batch normalisation with the mean and the variance of the batches of all processes, which differ in size or not.

    In training, for the values x of a channel in all processes: y = (x - μ) / √(σ² + eps) · weight + bias, as
    `BatchNorm1d` computes it for the whole batch, and with its derivative: what a process sends back through μ and σ²
    reaches the inputs of all. Each process computes its own mean, variance and count; these are gathered, and made into
    those of the whole, μ = Σ nᵢ μᵢ / n and σ² = Σ nᵢ (σᵢ² + (μᵢ - μ)²) / n. In evaluation, and in a process that is
    alone, it is `BatchNorm`.

    Args:
        num_features: the number of channels, C.
        eps: added to the variance.
        momentum: the share of each new batch in the running averages; None for the plain average of all batches.
        affine: whether there are `weight` and `bias`; else they are None.
        track_running_stats: whether running averages are kept for evaluation, which else uses the batch too.
        process_group: the processes; by default, all.
        device: the CPU.
        dtype: the dtype of parameters and averages, float32 by default.
        bias: whether there is a `bias` beside the weight.

    Shapes: (N, C) or (N, C, *) to the same.
    Dtypes: floating, the same for x, parameters and averages.
    State: `weight` (C), `bias` (C), `running_mean` (C), `running_var` (C), `num_batches_tracked` (0-d, int64).
    Initial values: `weight` 1, `bias` 0, `running_mean` 0, `running_var` 1.

    Sources: Ioffe & Szegedy, 2015, https://arxiv.org/abs/1502.03167; Chan, Golub & LeVeque, Updating Formulae and a
    Pairwise Algorithm for Computing Sample Variances, 1979.

    Raises:
        TypeError: if num_features is not an int, a setting not a number, or the input not a Tensor.
        ValueError: for inputs of less than two dimensions, and in training for one value per channel in all.
        RuntimeError: for another number of channels, or another dtype.
        DistBackendError: if the processes disagree, or one of them does not answer in time.

    >>> import tinygrad_lite as tl
    >>> model = tl.nn.Sequential(tl.nn.Linear(2, 3), tl.nn.BatchNorm1d(3))
    >>> tl.nn.SyncBatchNorm.convert_sync_batchnorm(model)[1]
    SyncBatchNorm(3, eps=1e-05, momentum=0.1, affine=True, bias=True, track_running_stats=True)
    """

    def __init__(
        self,
        num_features: int,
        eps: float = 1e-5,
        momentum: float | None = 0.1,
        affine: bool = True,
        track_running_stats: bool = True,
        process_group: ProcessGroup | None = None,
        device: str | None = None,
        dtype: DTypeLike | None = None,
        *,
        bias: bool = True,
    ) -> None:
        super().__init__(num_features, eps, momentum, affine, track_running_stats, device, dtype, bias=bias)
        self.process_group = process_group

    def _check_dimensions(self, input: Tensor) -> None:
        if input._data.ndim < 2:
            raise ValueError(f"expected at least 2D input (got {input._data.ndim}D input)")
        if input._data.shape[1] == 0:
            raise ValueError("SyncBatchNorm number of input channels should be non-zero")

    def forward(self, input: Tensor) -> Tensor:
        check_tensors("batch_norm", input=input)
        self._check_dimensions(input)
        if not self.training or not is_initialized():
            return super().forward(input)
        group = self.process_group or default_group()
        if group.size() == 1 or input._data.shape[1] != self.num_features:
            return super().forward(input)
        return self._synchronized(input, group)

    def _synchronized(self, input: Tensor, group: ProcessGroup) -> Tensor:
        x = input.float() if input.dtype == dtypes.float16 else input
        channels, dims = self.num_features, (0, *range(2, x.ndim))
        form = (1, channels, *[1] * (x.ndim - 2))
        count = x.numel() // channels
        own = x.mean(dims) if count else x.sum(dims)
        squares = ((x - own.reshape(form)) ** 2).sum(dims) / max(count, 1)
        gathered = all_gathered(cat([own, squares, x.new_tensor([count])]), group)
        means, variances, counts = gathered.split([channels, channels, 1], 1)
        n = float(counts.detach().sum())
        if n <= 1:
            raise ValueError(
                f"Expected more than 1 value per channel when training, got input size {list(input.shape)} in "
                "all processes"
            )
        shares = counts.detach() / n
        mean = (shares * means).sum(0)
        variance = (shares * (variances + (means - mean) ** 2)).sum(0)
        self._follow(mean, variance * (n / (n - 1)))
        y = (x - mean.reshape(form)) * (variance + self.eps).rsqrt().reshape(form)
        for factor, combine in ((self.weight, operator.mul), (self.bias, operator.add)):
            if factor is not None:
                y = combine(y, factor.reshape(form))
        return y.to(input.dtype)

    def _follow(self, mean: Tensor, variance: Tensor) -> None:
        """Let the running averages follow those of a batch."""
        if not self.track_running_stats or self.running_mean is None:
            return
        memory.write(operator.iadd, self.num_batches_tracked._data, 1)
        momentum = 1.0 / float(self.num_batches_tracked) if self.momentum is None else self.momentum
        with no_grad():
            for running, new in ((self.running_mean, mean), (self.running_var, variance)):
                running.copy_((1 - momentum) * running + momentum * new.to(running.dtype))

    @classmethod
    def convert_sync_batchnorm(cls, module: Module, process_group: ProcessGroup | None = None) -> Module:
        """Put a SyncBatchNorm, with the same parameters and averages, in the place of each BatchNorm of a model.

        Args:
            module: the model.
            process_group: the processes; by default, all.

        Returns:
            The model; or, if it is a BatchNorm itself, the new layer.
        """
        found: Any = module
        if isinstance(module, _BatchNorm):
            found = cls(
                module.num_features,
                module.eps,
                module.momentum,
                module.affine,
                module.track_running_stats,
                process_group,
                bias=module.bias is not None,
            )
            if module.affine:
                found.weight, found.bias = module.weight, module.bias
            for name in ("running_mean", "running_var", "num_batches_tracked", "training"):
                setattr(found, name, getattr(module, name))
        for name, child in module.named_children():
            found.add_module(name, cls.convert_sync_batchnorm(child, process_group))
        return found
