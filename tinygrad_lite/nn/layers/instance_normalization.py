"""Layers that normalise each channel of each sample by itself."""

from __future__ import annotations

import warnings
from typing import Any

from ...tensors.tensor import Tensor
from .. import functional as F
from ..functional.argument_types import check_tensors
from ..module.conversion import DTypeLike
from .batch_normalization import _NormBase


class _InstanceNorm(_NormBase):
    """The base of the instance normalizations, by which scripts recognize them, as PyTorch's."""

    def __init__(
        self,
        num_features: int,
        eps: float = 1e-5,
        momentum: float = 0.1,
        affine: bool = False,
        track_running_stats: bool = False,
        device: str | None = None,
        dtype: DTypeLike | None = None,
        *,
        bias: bool = True,
    ) -> None:
        super().__init__()
        self._set_up(num_features, eps, momentum, affine, track_running_stats, device, dtype, bias)

    def forward(self, input: Tensor) -> Tensor:
        check_tensors("instance_norm", input=input)
        self._check_dimensions(input)
        dim = input.ndim - self._dimensions[0]
        channels = input.shape[dim]
        if channels != self.num_features:
            if self.affine:
                raise ValueError(
                    f"expected input's size at dim={dim} to match num_features ({self.num_features}), but got: "
                    f"{channels}."
                )
            warnings.warn(
                f"input's size at dim={dim} does not match num_features. You can silence this warning by not passing "
                "in num_features, which is not used because affine=False",
                stacklevel=2,
            )
        x: Any = input if dim else input.unsqueeze(0)
        out = F.instance_norm(
            x, self.running_mean, self.running_var, self.weight, self.bias,
            self.training or not self.track_running_stats, 0.0 if self.momentum is None else self.momentum, self.eps,
        )  # fmt: skip
        return out if dim else out.squeeze(0)

    def _load_from_state_dict(
        self, state_dict: Any, prefix: str, local_metadata: Any, strict: bool, missing_keys: list[str],
        unexpected_keys: list[str], error_msgs: list[str],
    ) -> None:  # fmt: skip
        name = type(self).__name__
        kept = [key for key in ("running_mean", "running_var") if prefix + key in state_dict]
        if local_metadata.get("version") is None and not self.track_running_stats and kept:
            names = " and ".join(f'"{prefix}{key}"' for key in kept)
            error_msgs.append(
                f"Unexpected running stats buffer(s) {names} for {name} with track_running_stats=False. If state_dict "
                f"is a checkpoint saved before 0.4.0, this may be expected because {name} does not track running stats "
                "by default since 0.4.0. Please remove these keys from state_dict. If the running stats are actually "
                f"needed, instead set track_running_stats=True in {name} to enable them. See the documentation of "
                f"{name} for details."
            )
            for key in kept:
                state_dict.pop(prefix + key)
        report = (missing_keys, unexpected_keys, error_msgs)
        super()._load_from_state_dict(state_dict, prefix, local_metadata, strict, *report)


class InstanceNorm1d(_InstanceNorm):
    """Instance normalisation of signals: each channel of each sample by itself to mean 0 and variance 1.

    y = (x - μ) / √(σ² + eps) · weight + bias, with the μ and the biased σ² of the channel of the sample.

    Args:
        num_features: the number of channels, C.
        eps: added to the variance.
        momentum: the share of each call in the running averages.
        affine: whether there are `weight` and `bias`; else they are None.
        track_running_stats: whether running averages are kept, over samples and calls, and used in evaluation.
        device: the CPU.
        dtype: the dtype of parameters and averages, float32 by default.
        bias: whether there is a `bias` beside the weight.

    Shapes: (N, C, L) to (N, C, L), or (C, L) to (C, L).
    Dtypes: floating, the same for x, parameters and averages.
    State: as far as there are such, `weight` (C), `bias` (C), `running_mean` (C), `running_var` (C) and
    `num_batches_tracked` (0-d, int64).

    Source: Ulyanov et al., 2016, https://arxiv.org/abs/1607.08022.

    Raises:
        TypeError: if num_features is not an int, a setting not a number, or the input not a Tensor.
        ValueError: for inputs of other dimensions or channels, and for one element per channel.
        RuntimeError: for another dtype.

    >>> import tinygrad_lite as tl
    >>> norm = tl.nn.InstanceNorm1d(2, eps=0.0)
    >>> norm(tl.tensor([1.0, 3.0, 10.0, 30.0]).reshape(1, 2, 2)).flatten()
    tensor([-1.,  1., -1.,  1.])
    """

    _dimensions = (2, 3)
    _what = "a batch (N, C, L) or a sample (C, L)"


class InstanceNorm2d(_InstanceNorm):
    """Instance normalisation of images: each channel of each sample by itself to mean 0 and variance 1.

    y = (x - μ) / √(σ² + eps) · weight + bias, with the μ and the biased σ² of the channel of the sample.

    Args:
        num_features: the number of channels, C.
        eps: added to the variance.
        momentum: the share of each call in the running averages.
        affine: whether there are `weight` and `bias`; else they are None.
        track_running_stats: whether running averages are kept, over samples and calls, and used in evaluation.
        device: the CPU.
        dtype: the dtype of parameters and averages, float32 by default.
        bias: whether there is a `bias` beside the weight.

    Shapes: (N, C, H, W) to (N, C, H, W), or (C, H, W) to (C, H, W).
    Dtypes: floating, the same for x, parameters and averages.
    State: as far as there are such, `weight` (C), `bias` (C), `running_mean` (C), `running_var` (C) and
    `num_batches_tracked` (0-d, int64).

    Source: Ulyanov et al., 2016, https://arxiv.org/abs/1607.08022.

    Raises:
        TypeError: if num_features is not an int, a setting not a number, or the input not a Tensor.
        ValueError: for inputs of other dimensions or channels, and for one element per channel.
        RuntimeError: for another dtype.

    >>> import tinygrad_lite as tl
    >>> norm = tl.nn.InstanceNorm2d(2, eps=0.0)
    >>> norm(tl.tensor([1.0, 3.0, 10.0, 30.0]).reshape(1, 2, 1, 2)).flatten()
    tensor([-1.,  1., -1.,  1.])
    """

    _dimensions = (3, 4)
    _what = "a batch (N, C, H, W) or a sample (C, H, W)"


class InstanceNorm3d(_InstanceNorm):
    """Instance normalisation of volumes: each channel of each sample by itself to mean 0 and variance 1.

    y = (x - μ) / √(σ² + eps) · weight + bias, with the μ and the biased σ² of the channel of the sample.

    Args:
        num_features: the number of channels, C.
        eps: added to the variance.
        momentum: the share of each call in the running averages.
        affine: whether there are `weight` and `bias`; else they are None.
        track_running_stats: whether running averages are kept, over samples and calls, and used in evaluation.
        device: the CPU.
        dtype: the dtype of parameters and averages, float32 by default.
        bias: whether there is a `bias` beside the weight.

    Shapes: (N, C, D, H, W) to (N, C, D, H, W), or (C, D, H, W) to (C, D, H, W).
    Dtypes: floating, the same for x, parameters and averages.
    State: as far as there are such, `weight` (C), `bias` (C), `running_mean` (C), `running_var` (C) and
    `num_batches_tracked` (0-d, int64).

    Source: Ulyanov et al., 2016, https://arxiv.org/abs/1607.08022.

    Raises:
        TypeError: if num_features is not an int, a setting not a number, or the input not a Tensor.
        ValueError: for inputs of other dimensions or channels, and for one element per channel.
        RuntimeError: for another dtype.

    >>> import tinygrad_lite as tl
    >>> norm = tl.nn.InstanceNorm3d(2, eps=0.0)
    >>> norm(tl.tensor([1.0, 3.0, 10.0, 30.0]).reshape(1, 2, 1, 1, 2)).flatten()
    tensor([-1.,  1., -1.,  1.])
    """

    _dimensions = (4, 5)
    _what = "a batch (N, C, D, H, W) or a sample (C, D, H, W)"
