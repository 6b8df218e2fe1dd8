"""Layers that learn the number of their input's features or channels from the first input."""

from __future__ import annotations

from typing import Any

from ... import creation
from ...autograd.grad_modes import no_grad
from ...tensors.tensor import Tensor
from ...types import dtypes
from ..functional.argument_types import check_tensors
from ..functional.window_arguments import Sizes
from ..module.conversion import DTypeLike
from ..module.lazy import LazyModuleMixin
from ..module.parameter import UninitializedBuffer, UninitializedParameter
from .arguments import check_sizes
from .batch_normalization import BatchNorm1d, BatchNorm2d, BatchNorm3d, _NormBase
from .convolution import Conv1d, Conv2d, Conv3d, ConvTranspose1d, ConvTranspose2d, ConvTranspose3d, _ConvNd
from .instance_normalization import InstanceNorm1d, InstanceNorm2d, InstanceNorm3d
from .linear import Linear


class LazyLinear(LazyModuleMixin, Linear):
    """`Linear`, whose `in_features` are those of the first input.

    Args:
        out_features: the size of the last dimension of the result.
        bias: whether there is a bias.
        device: the CPU.
        dtype: the dtype of the parameters, float32 by default.

    Shapes: (*, in_features) to (*, out_features). Dtypes: floating, the same for x and the parameters.

    Raises:
        TypeError: if out_features is not an int, or the input not a Tensor.

    >>> import tinygrad_lite as tl
    >>> layer = tl.nn.LazyLinear(2)
    >>> layer.weight
    <UninitializedParameter>
    >>> _ = layer(tl.ones(5, 3))
    >>> layer
    Linear(in_features=3, out_features=2, bias=True)
    """

    cls_to_become = Linear

    def __init__(
        self, out_features: int, bias: bool = True, device: str | None = None, dtype: DTypeLike | None = None
    ) -> None:
        super().__init__(0, 0, False)
        check_sizes("LazyLinear", out_features=out_features)
        _set_parameters(self, bias, device, dtype)
        self.out_features = out_features

    def reset_parameters(self) -> None:
        """Draw the initial values again, if there are shapes already."""
        if not self.has_uninitialized_params() and self.in_features:
            super().reset_parameters()

    def initialize_parameters(self, input: Tensor) -> None:
        """Take the number of features of the input."""
        check_tensors("linear", input=input)
        if self.has_uninitialized_params():
            with no_grad():
                self.in_features = input.shape[-1]
                _materialize(self, (self.out_features, self.in_features), (self.out_features,))
                self.reset_parameters()
        self.in_features = self.weight.shape[-1]


def _set_parameters(module: Any, bias: bool, device: Any, dtype: Any) -> None:
    """Let a module's weight, and its bias if it is to have one, be without a shape."""
    module.weight = UninitializedParameter(True, device, dtype)
    if bias:
        module.bias = UninitializedParameter(True, device, dtype)


def _materialize(module: Any, weight: tuple[int, ...], bias: tuple[int, ...]) -> None:
    if module.weight is not None:
        module.weight.materialize(weight)
    if module.bias is not None:
        module.bias.materialize(bias)


class _LazyConvNd(LazyModuleMixin, _ConvNd):
    """The base of the lazy convolutions."""

    def _set_lazily(self, out_channels: int, bias: bool, device: Any, dtype: Any) -> None:
        check_sizes(type(self).__name__, out_channels=out_channels)
        _set_parameters(self, bias, device, dtype)
        self.out_channels = out_channels

    def reset_parameters(self) -> None:
        """Draw the initial values again, if there are shapes already."""
        if not self.has_uninitialized_params() and self.in_channels:
            super().reset_parameters()

    def initialize_parameters(self, input: Tensor, *args: Any, **kwargs: Any) -> None:
        """Take the number of channels of the input."""
        name, ndim = type(self).__name__, self._ndim
        check_tensors(name, input=input)
        if not self.has_uninitialized_params():
            return
        if input.ndim not in (ndim + 1, ndim + 2):
            raise RuntimeError(
                f"Expected {ndim + 1}D (unbatched) or {ndim + 2}D (batched) input to {name}, but got input of size: "
                f"{input.shape}"
            )
        channels = input.shape[-ndim - 1]
        if channels % self.groups:
            raise ValueError(
                f"in_channels must be divisible by groups: {name} has groups={self.groups}, and the input {channels} "
                "channels"
            )
        self.in_channels = channels
        first, second = (channels, self.out_channels) if self.transposed else (self.out_channels, channels)
        _materialize(self, (first, second // self.groups, *self.kernel_size), (self.out_channels,))
        self.reset_parameters()


class _LazyConvolution(_LazyConvNd):
    """A lazy convolution that is not transposed."""

    def __init__(
        self,
        out_channels: int,
        kernel_size: Sizes,
        stride: Sizes = 1,
        padding: Sizes = 0,
        dilation: Sizes = 1,
        groups: int = 1,
        bias: bool = True,
        padding_mode: str = "zeros",
        device: str | None = None,
        dtype: DTypeLike | None = None,
    ) -> None:
        super().__init__(0, 0, kernel_size, stride, padding, dilation, groups, False, padding_mode, device, dtype)
        self._set_lazily(out_channels, bias, device, dtype)


class _LazyConvTranspose(_LazyConvNd):
    """A lazy transposed convolution."""

    def __init__(
        self,
        out_channels: int,
        kernel_size: Sizes,
        stride: Sizes = 1,
        padding: Sizes = 0,
        output_padding: Sizes = 0,
        groups: int = 1,
        bias: bool = True,
        dilation: Sizes = 1,
        padding_mode: str = "zeros",
        device: str | None = None,
        dtype: DTypeLike | None = None,
    ) -> None:
        super().__init__(
            0, 0, kernel_size, stride, padding, output_padding, groups, False, dilation, padding_mode, device, dtype
        )
        self._set_lazily(out_channels, bias, device, dtype)


class LazyConv1d(_LazyConvolution, Conv1d):
    """`Conv1d`, whose `in_channels` are those of the first input.

    Args:
        out_channels: the number of channels of the result, O.
        kernel_size: the size of a window.
        stride: the step from one window to the next.
        padding: how far windows reach beyond each side.
        dilation: the step from one element of a window to the next.
        groups: into how many groups the channels are divided.
        bias: whether there is a bias.
        padding_mode: what is beyond the sides: "zeros", "reflect", "replicate" or "circular".
        device: the CPU.
        dtype: the dtype of the parameters, float32 by default.

    Shapes: (N, C, L) to (N, O, P), or (C, L) to (O, P).
    Dtypes: floating, the same for x and the parameters.

    Raises:
        TypeError: if a size is not a whole number, or the input not a Tensor.
        ValueError: if groups does not divide the channels.
        RuntimeError: for an input of other dimensions, or of another dtype.

    >>> import tinygrad_lite as tl
    >>> layer = tl.nn.LazyConv1d(8, 3)
    >>> layer(tl.ones(2, 5, 4)).shape, layer.in_channels
    (Size([2, 8, 2]), 5)
    """

    cls_to_become = Conv1d


class LazyConv2d(_LazyConvolution, Conv2d):
    """`Conv2d`, whose `in_channels` are those of the first input.

    Args:
        out_channels: the number of channels of the result, O.
        kernel_size: the size of a window: one number, or one for each of the two dimensions.
        stride: the step from one window to the next, likewise.
        padding: how far windows reach beyond each side, likewise.
        dilation: the step from one element of a window to the next, likewise.
        groups: into how many groups the channels are divided.
        bias: whether there is a bias.
        padding_mode: what is beyond the sides: "zeros", "reflect", "replicate" or "circular".
        device: the CPU.
        dtype: the dtype of the parameters, float32 by default.

    Shapes: (N, C, H, W) to (N, O, P, Q), or (C, H, W) to (O, P, Q).
    Dtypes: floating, the same for x and the parameters.

    Raises:
        TypeError: if a size is not a whole number, or the input not a Tensor.
        ValueError: if groups does not divide the channels.
        RuntimeError: for an input of other dimensions, or of another dtype.

    >>> import tinygrad_lite as tl
    >>> layer = tl.nn.LazyConv2d(8, 3)
    >>> layer(tl.ones(2, 5, 4, 4)).shape, layer.in_channels
    (Size([2, 8, 2, 2]), 5)
    """

    cls_to_become = Conv2d


class LazyConv3d(_LazyConvolution, Conv3d):
    """`Conv3d`, whose `in_channels` are those of the first input.

    Args:
        out_channels: the number of channels of the result, O.
        kernel_size: the size of a window: one number, or one for each of the three dimensions.
        stride: the step from one window to the next, likewise.
        padding: how far windows reach beyond each side, likewise.
        dilation: the step from one element of a window to the next, likewise.
        groups: into how many groups the channels are divided.
        bias: whether there is a bias.
        padding_mode: what is beyond the sides: "zeros", "reflect", "replicate" or "circular".
        device: the CPU.
        dtype: the dtype of the parameters, float32 by default.

    Shapes: (N, C, D, H, W) to (N, O, P, Q, R), or (C, D, H, W) to (O, P, Q, R).
    Dtypes: floating, the same for x and the parameters.

    Raises:
        TypeError: if a size is not a whole number, or the input not a Tensor.
        ValueError: if groups does not divide the channels.
        RuntimeError: for an input of other dimensions, or of another dtype.

    >>> import tinygrad_lite as tl
    >>> layer = tl.nn.LazyConv3d(8, 3)
    >>> layer(tl.ones(2, 5, 4, 4, 4)).shape, layer.in_channels
    (Size([2, 8, 2, 2, 2]), 5)
    """

    cls_to_become = Conv3d


class LazyConvTranspose1d(_LazyConvTranspose, ConvTranspose1d):
    """`ConvTranspose1d`, whose `in_channels` are those of the first input.

    Args:
        out_channels: the number of channels of the result, O.
        kernel_size: the size of a window of the result.
        stride: the step in the result from one window to the next.
        padding: how much is cut off on each side of the result.
        output_padding: how much is added at its ends.
        groups: into how many groups the channels are divided.
        bias: whether there is a bias.
        dilation: the step from one element of a window to the next.
        padding_mode: "zeros", the only one.
        device: the CPU.
        dtype: the dtype of the parameters, float32 by default.

    Shapes: (N, C, L) to (N, O, P), or (C, L) to (O, P).
    Dtypes: floating, the same for x and the parameters.

    Raises:
        TypeError: if a size is not a whole number, or the input not a Tensor.
        ValueError: if groups does not divide the channels.
        RuntimeError: for an input of other dimensions, or of another dtype.

    >>> import tinygrad_lite as tl
    >>> layer = tl.nn.LazyConvTranspose1d(8, 2, stride=2)
    >>> layer(tl.ones(2, 5, 2)).shape, layer.in_channels
    (Size([2, 8, 4]), 5)
    """

    cls_to_become = ConvTranspose1d


class LazyConvTranspose2d(_LazyConvTranspose, ConvTranspose2d):
    """`ConvTranspose2d`, whose `in_channels` are those of the first input.

    Args:
        out_channels: the number of channels of the result, O.
        kernel_size: the size of a window of the result: one number, or one for each of the two dimensions.
        stride: the step in the result from one window to the next, likewise.
        padding: how much is cut off on each side of the result, likewise.
        output_padding: how much is added at its ends, likewise.
        groups: into how many groups the channels are divided.
        bias: whether there is a bias.
        dilation: the step from one element of a window to the next, likewise.
        padding_mode: "zeros", the only one.
        device: the CPU.
        dtype: the dtype of the parameters, float32 by default.

    Shapes: (N, C, H, W) to (N, O, P, Q), or (C, H, W) to (O, P, Q).
    Dtypes: floating, the same for x and the parameters.

    Raises:
        TypeError: if a size is not a whole number, or the input not a Tensor.
        ValueError: if groups does not divide the channels.
        RuntimeError: for an input of other dimensions, or of another dtype.

    >>> import tinygrad_lite as tl
    >>> layer = tl.nn.LazyConvTranspose2d(8, 2, stride=2)
    >>> layer(tl.ones(2, 5, 2, 2)).shape, layer.in_channels
    (Size([2, 8, 4, 4]), 5)
    """

    cls_to_become = ConvTranspose2d


class LazyConvTranspose3d(_LazyConvTranspose, ConvTranspose3d):
    """`ConvTranspose3d`, whose `in_channels` are those of the first input.

    Args:
        out_channels: the number of channels of the result, O.
        kernel_size: the size of a window of the result: one number, or one for each of the three dimensions.
        stride: the step in the result from one window to the next, likewise.
        padding: how much is cut off on each side of the result, likewise.
        output_padding: how much is added at its ends, likewise.
        groups: into how many groups the channels are divided.
        bias: whether there is a bias.
        dilation: the step from one element of a window to the next, likewise.
        padding_mode: "zeros", the only one.
        device: the CPU.
        dtype: the dtype of the parameters, float32 by default.

    Shapes: (N, C, D, H, W) to (N, O, P, Q, R), or (C, D, H, W) to (O, P, Q, R).
    Dtypes: floating, the same for x and the parameters.

    Raises:
        TypeError: if a size is not a whole number, or the input not a Tensor.
        ValueError: if groups does not divide the channels.
        RuntimeError: for an input of other dimensions, or of another dtype.

    >>> import tinygrad_lite as tl
    >>> layer = tl.nn.LazyConvTranspose3d(8, 2, stride=2)
    >>> layer(tl.ones(2, 5, 2, 2, 2)).shape, layer.in_channels
    (Size([2, 8, 4, 4, 4]), 5)
    """

    cls_to_become = ConvTranspose3d


class _LazyNorm(LazyModuleMixin, _NormBase):
    """The base of the lazy normalizations."""

    def __init__(
        self,
        eps: float = 1e-5,
        momentum: float | None = 0.1,
        affine: bool = True,
        track_running_stats: bool = True,
        device: str | None = None,
        dtype: DTypeLike | None = None,
        *,
        bias: bool = True,
    ) -> None:
        super().__init__(0, eps, momentum, False, False, device, dtype, bias=False)
        self.affine, self.track_running_stats = affine, track_running_stats
        if affine:
            _set_parameters(self, bias, device, dtype)
        if track_running_stats:
            self.running_mean = UninitializedBuffer(False, device, dtype)
            self.running_var = UninitializedBuffer(False, device, dtype)
            self.num_batches_tracked = creation.tensor(0, dtype=dtypes.int64)

    def reset_parameters(self) -> None:
        """Set the initial values again, if there are shapes already."""
        if not self.has_uninitialized_params() and self.num_features:
            super().reset_parameters()

    def initialize_parameters(self, input: Tensor) -> None:
        """Take the number of channels of the input."""
        check_tensors(type(self).__name__, input=input)
        if self.has_uninitialized_params():
            self._check_dimensions(input)
            self.num_features = input.shape[1]
            _materialize(self, (self.num_features,), (self.num_features,))
            for average in (self.running_mean, self.running_var):
                if isinstance(average, UninitializedBuffer):
                    average.materialize((self.num_features,))
            self.reset_parameters()


class LazyBatchNorm1d(_LazyNorm, BatchNorm1d):
    """`BatchNorm1d`, whose `num_features` are the channels of the first input.

    Args:
        eps: added to the variance.
        momentum: the share of each new batch in the running averages; None for the plain average.
        affine: whether there are `weight` and `bias`; else they are None.
        track_running_stats: whether running averages are kept for evaluation.
        device: the CPU.
        dtype: the dtype of parameters and averages, float32 by default.
        bias: whether there is a `bias` beside the weight.

    Shapes: (N, C) or (N, C, L) to the same.
    Dtypes: floating, the same for x, parameters and averages.

    Raises:
        TypeError: if a setting is not a number, or the input not a Tensor.
        ValueError: for inputs of other dimensions.

    >>> import tinygrad_lite as tl
    >>> norm = tl.nn.LazyBatchNorm1d()
    >>> _ = norm(tl.ones(2, 5, 4))
    >>> type(norm).__name__, norm.num_features
    ('BatchNorm1d', 5)
    """

    cls_to_become = BatchNorm1d


class LazyBatchNorm2d(_LazyNorm, BatchNorm2d):
    """`BatchNorm2d`, whose `num_features` are the channels of the first input.

    Args:
        eps: added to the variance.
        momentum: the share of each new batch in the running averages; None for the plain average.
        affine: whether there are `weight` and `bias`; else they are None.
        track_running_stats: whether running averages are kept for evaluation.
        device: the CPU.
        dtype: the dtype of parameters and averages, float32 by default.
        bias: whether there is a `bias` beside the weight.

    Shapes: (N, C, H, W) to the same.
    Dtypes: floating, the same for x, parameters and averages.

    Raises:
        TypeError: if a setting is not a number, or the input not a Tensor.
        ValueError: for inputs of other dimensions.

    >>> import tinygrad_lite as tl
    >>> norm = tl.nn.LazyBatchNorm2d()
    >>> _ = norm(tl.ones(2, 5, 4, 4))
    >>> type(norm).__name__, norm.num_features
    ('BatchNorm2d', 5)
    """

    cls_to_become = BatchNorm2d


class LazyBatchNorm3d(_LazyNorm, BatchNorm3d):
    """`BatchNorm3d`, whose `num_features` are the channels of the first input.

    Args:
        eps: added to the variance.
        momentum: the share of each new batch in the running averages; None for the plain average.
        affine: whether there are `weight` and `bias`; else they are None.
        track_running_stats: whether running averages are kept for evaluation.
        device: the CPU.
        dtype: the dtype of parameters and averages, float32 by default.
        bias: whether there is a `bias` beside the weight.

    Shapes: (N, C, D, H, W) to the same.
    Dtypes: floating, the same for x, parameters and averages.

    Raises:
        TypeError: if a setting is not a number, or the input not a Tensor.
        ValueError: for inputs of other dimensions.

    >>> import tinygrad_lite as tl
    >>> norm = tl.nn.LazyBatchNorm3d()
    >>> _ = norm(tl.ones(2, 5, 4, 4, 4))
    >>> type(norm).__name__, norm.num_features
    ('BatchNorm3d', 5)
    """

    cls_to_become = BatchNorm3d


class LazyInstanceNorm1d(_LazyNorm, InstanceNorm1d):
    """`InstanceNorm1d`, whose `num_features` are the channels of the first input.

    Args:
        eps: added to the variance.
        momentum: the share of each new batch in the running averages.
        affine: whether there are `weight` and `bias`; else they are None.
        track_running_stats: whether running averages are kept for evaluation.
        device: the CPU.
        dtype: the dtype of parameters and averages, float32 by default.
        bias: whether there is a `bias` beside the weight.

    Shapes: (N, C, L) to the same.
    Dtypes: floating, the same for x, parameters and averages.

    Raises:
        TypeError: if a setting is not a number, or the input not a Tensor.
        ValueError: for inputs of other dimensions.

    >>> import tinygrad_lite as tl
    >>> norm = tl.nn.LazyInstanceNorm1d()
    >>> _ = norm(tl.ones(2, 5, 4))
    >>> type(norm).__name__, norm.num_features
    ('InstanceNorm1d', 5)
    """

    cls_to_become = InstanceNorm1d


class LazyInstanceNorm2d(_LazyNorm, InstanceNorm2d):
    """`InstanceNorm2d`, whose `num_features` are the channels of the first input.

    Args:
        eps: added to the variance.
        momentum: the share of each new batch in the running averages.
        affine: whether there are `weight` and `bias`; else they are None.
        track_running_stats: whether running averages are kept for evaluation.
        device: the CPU.
        dtype: the dtype of parameters and averages, float32 by default.
        bias: whether there is a `bias` beside the weight.

    Shapes: (N, C, H, W) to the same.
    Dtypes: floating, the same for x, parameters and averages.

    Raises:
        TypeError: if a setting is not a number, or the input not a Tensor.
        ValueError: for inputs of other dimensions.

    >>> import tinygrad_lite as tl
    >>> norm = tl.nn.LazyInstanceNorm2d()
    >>> _ = norm(tl.ones(2, 5, 4, 4))
    >>> type(norm).__name__, norm.num_features
    ('InstanceNorm2d', 5)
    """

    cls_to_become = InstanceNorm2d


class LazyInstanceNorm3d(_LazyNorm, InstanceNorm3d):
    """`InstanceNorm3d`, whose `num_features` are the channels of the first input.

    Args:
        eps: added to the variance.
        momentum: the share of each new batch in the running averages.
        affine: whether there are `weight` and `bias`; else they are None.
        track_running_stats: whether running averages are kept for evaluation.
        device: the CPU.
        dtype: the dtype of parameters and averages, float32 by default.
        bias: whether there is a `bias` beside the weight.

    Shapes: (N, C, D, H, W) to the same.
    Dtypes: floating, the same for x, parameters and averages.

    Raises:
        TypeError: if a setting is not a number, or the input not a Tensor.
        ValueError: for inputs of other dimensions.

    >>> import tinygrad_lite as tl
    >>> norm = tl.nn.LazyInstanceNorm3d()
    >>> _ = norm(tl.ones(2, 5, 4, 4, 4))
    >>> type(norm).__name__, norm.num_features
    ('InstanceNorm3d', 5)
    """

    cls_to_become = InstanceNorm3d
