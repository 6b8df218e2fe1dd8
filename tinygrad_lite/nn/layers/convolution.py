"""Layers that convolve signals, images and volumes, and the transposed convolutions that make them larger."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from ... import creation
from ...core.argument_types import wrong_type
from ...tensors.tensor import Tensor
from .. import functional as F
from .. import init as initialization
from ..functional.argument_types import check_tensors
from ..functional.window_arguments import Sizes, as_sizes
from ..module.conversion import DTypeLike
from ..module.module import Module
from ..module.parameter import Parameter
from .arguments import check_sizes

_MODES = ("zeros", "reflect", "replicate", "circular")


class _ConvNd(Module):
    """A convolution over `_ndim` dimensions, transposed or not."""

    _ndim: int
    in_channels: int
    out_channels: int
    kernel_size: tuple[int, ...]
    stride: tuple[int, ...]
    padding: str | tuple[int, ...]
    dilation: tuple[int, ...]
    transposed: bool
    output_padding: tuple[int, ...]
    groups: int
    padding_mode: str
    weight: Parameter
    bias: Parameter  # may be None; most code need not check

    def _set_up(
        self, in_channels: int, out_channels: int, kernel_size: Sizes, stride: Sizes, padding: Sizes | str,
        dilation: Sizes, transposed: bool, output_padding: Sizes, groups: int, bias: bool, padding_mode: str,
        device: str | None, dtype: DTypeLike | None,
    ) -> None:  # fmt: skip
        name = type(self).__name__
        check_sizes(name, in_channels=in_channels, out_channels=out_channels, groups=groups)
        if groups <= 0:
            raise ValueError(f"groups must be a positive integer: {name} has groups={groups}")
        for what, channels in (("in_channels", in_channels), ("out_channels", out_channels)):
            if channels % groups:
                raise ValueError(f"{what} must be divisible by groups: {name} has {what}={channels}, groups={groups}")
        self.in_channels, self.out_channels, self.groups = in_channels, out_channels, groups
        self.kernel_size = as_sizes(name, "kernel_size", kernel_size, self._ndim)
        self.stride = as_sizes(name, "stride", stride, self._ndim)
        self.dilation = as_sizes(name, "dilation", dilation, self._ndim)
        self.output_padding = as_sizes(name, "output_padding", output_padding, self._ndim)
        self.padding = padding if isinstance(padding, str) else as_sizes(name, "padding", padding, self._ndim)
        self.transposed, self.padding_mode = transposed, padding_mode
        if isinstance(padding, str):
            if padding not in ("same", "valid"):
                raise ValueError(f"Invalid padding string {padding!r}, should be one of 'same', 'valid': {name}")
            if padding == "same" and max(self.stride) > 1:
                raise ValueError(f"padding='same' is not supported for strided convolutions: {name}, stride={stride}")
        if padding_mode not in _MODES:
            raise ValueError(f"padding_mode must be one of {_MODES}, but got padding_mode='{padding_mode}': {name}")
        self._reversed_padding_repeated_twice = self._widths()
        first, second = (in_channels, out_channels) if transposed else (out_channels, in_channels)
        sizes = (first, second // groups, *self.kernel_size)
        self.weight = Parameter(creation.empty(*sizes, device=device, dtype=dtype))
        if bias:
            self.bias = Parameter(creation.empty(out_channels, device=device, dtype=dtype))
        else:
            self.register_parameter("bias", None)
        self.reset_parameters()

    def _widths(self) -> list[int]:
        """The border on both sides, the last dimension's first, as F.pad takes it."""
        widths: list[int] = []
        for i in reversed(range(self._ndim)):
            if isinstance(self.padding, str):
                total = self.dilation[i] * (self.kernel_size[i] - 1) if self.padding == "same" else 0
                widths += [total // 2, total - total // 2]
            else:
                widths += [self.padding[i]] * 2
        return widths

    def reset_parameters(self) -> None:
        """Draw the initial values again."""
        inputs = self.weight.shape[1] * math.prod(self.kernel_size)
        if not inputs:
            return
        initialization.kaiming_uniform_(self.weight, a=math.sqrt(5))
        if self.bias is not None:
            initialization.uniform_(self.bias, -(inputs**-0.5), inputs**-0.5)

    def _conv_forward(self, input: Tensor, weight: Tensor, bias: Tensor | None) -> Tensor:
        """The convolution with other weights, for a subclass that computes them."""
        padding: Any = self.padding
        if self.padding_mode != "zeros":
            check_tensors(type(self).__name__, input=input)
            input, padding = F.pad(input, self._reversed_padding_repeated_twice, mode=self.padding_mode), 0
        convolve = (F.conv1d, F.conv2d, F.conv3d)[self._ndim - 1]
        return convolve(input, weight, bias, self.stride, padding, self.dilation, self.groups)

    def forward(self, input: Tensor) -> Tensor:
        return self._conv_forward(input, self.weight, self.bias)

    def extra_repr(self) -> str:
        text = f"{self.in_channels}, {self.out_channels}, kernel_size={self.kernel_size}, stride={self.stride}"
        if self.padding != (0,) * len(self.padding):
            text += f", padding={self.padding}"
        if self.dilation != (1,) * self._ndim:
            text += f", dilation={self.dilation}"
        if self.output_padding != (0,) * self._ndim:
            text += f", output_padding={self.output_padding}"
        if self.groups != 1:
            text += f", groups={self.groups}"
        if self.bias is None:
            text += ", bias=False"
        if self.padding_mode != "zeros":
            text += f", padding_mode={self.padding_mode}"
        return text


class _Convolution(_ConvNd):
    """A convolution over `_ndim` dimensions that is not transposed."""

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        kernel_size: Sizes,
        stride: Sizes = 1,
        padding: Sizes | str = 0,
        dilation: Sizes = 1,
        groups: int = 1,
        bias: bool = True,
        padding_mode: str = "zeros",
        device: str | None = None,
        dtype: DTypeLike | None = None,
    ) -> None:
        super().__init__()
        self._set_up(
            in_channels, out_channels, kernel_size, stride, padding, dilation, False, 0, groups, bias, padding_mode,
            device, dtype,
        )  # fmt: skip


class Conv1d(_Convolution):
    """Convolution of signals: each output channel is a weighted sum over windows of the input, and a bias.

    Args:
        in_channels, out_channels: the numbers of channels, C and O.
        kernel_size: the size of a window.
        stride: the step from one window to the next.
        padding: how far windows reach beyond each side; "valid" for not at all; "same" for so far that the
            result is as large as the input.
        dilation: the step from one element of a window to the next.
        groups: into how many groups the channels are divided; each output group sees one input group.
        bias: whether there is a bias; without one `layer.bias` is None.
        padding_mode: what is beyond the sides: "zeros", "reflect", "replicate" or "circular".
        device: the CPU.
        dtype: the dtype of the parameters, float32 by default.

    Shapes: (N, C, L) to (N, O, P), or (C, L) to (O, P), where
    P = ⌊(L + 2 padding - dilation (kernel_size - 1) - 1) / stride⌋ + 1.
    Dtypes: floating, the same for x and the parameters.
    State: `weight` (O, C / groups, K) and `bias` (O).
    Initial values: both uniform in ±1/√n, where n = C / groups · the number of elements of a window, as PyTorch's.

    Raises:
        TypeError: if a size is not a whole number, or x is not a Tensor.
        ValueError: if groups does not divide the channels, and for another padding or padding_mode.
        RuntimeError: if x has other channels or dimensions, another dtype, or is smaller than a window.

    >>> import tinygrad_lite as tl
    >>> layer = tl.nn.Conv1d(2, 3, kernel_size=5, padding=2)
    >>> layer(tl.ones(4, 2, 10)).shape
    Size([4, 3, 10])
    >>> difference = tl.nn.Conv1d(1, 1, kernel_size=2, bias=False)
    >>> _ = difference.weight.data.copy_(tl.tensor([-1.0, 1.0]))
    >>> difference(tl.tensor([[1.0, 4.0, 9.0, 16.0]])).data
    tensor([[3., 5., 7.]])
    """

    _ndim = 1


class Conv2d(_Convolution):
    """Convolution of images: each output channel is a weighted sum over windows of the input, and a bias.

    Args:
        in_channels, out_channels: the numbers of channels, C and O.
        kernel_size: the size of a window: one number, or one for each of the two dimensions.
        stride: the step from one window to the next, likewise.
        padding: how far windows reach beyond each side, likewise; "valid" for not at all; "same" for so far that the
            result is as large as the input.
        dilation: the step from one element of a window to the next, likewise.
        groups: into how many groups the channels are divided; each output group sees one input group.
        bias: whether there is a bias; without one `layer.bias` is None.
        padding_mode: what is beyond the sides: "zeros", "reflect", "replicate" or "circular".
        device: the CPU.
        dtype: the dtype of the parameters, float32 by default.

    Shapes: (N, C, H, W) to (N, O, P, Q), or (C, H, W) to (O, P, Q), where
    P = ⌊(H + 2 padding - dilation (kernel_size - 1) - 1) / stride⌋ + 1.
    Dtypes: floating, the same for x and the parameters.
    State: `weight` (O, C / groups, K, K') and `bias` (O).
    Initial values: both uniform in ±1/√n, where n = C / groups · the number of elements of a window, as PyTorch's.

    Sources: LeCun et al., 1998, http://yann.lecun.com/exdb/publis/pdf/lecun-98.pdf; Deep Learning from Scratch,
    chapter 7.

    Raises:
        TypeError: if a size is not a whole number, or x is not a Tensor.
        ValueError: if groups does not divide the channels, and for another padding or padding_mode.
        RuntimeError: if x has other channels or dimensions, another dtype, or is smaller than a window.

    >>> import tinygrad_lite as tl
    >>> layer = tl.nn.Conv2d(1, 6, kernel_size=5)
    >>> layer(tl.ones(4, 1, 28, 28)).shape
    Size([4, 6, 24, 24])
    >>> sum(p.numel() for p in layer.parameters())  # the same 25 weights and one bias for all places
    156
    """

    _ndim = 2


class Conv3d(_Convolution):
    """Convolution of volumes: each output channel is a weighted sum over windows of the input, and a bias.

    Args:
        in_channels, out_channels: the numbers of channels, C and O.
        kernel_size: the size of a window: one number, or one for each of the three dimensions.
        stride: the step from one window to the next, likewise.
        padding: how far windows reach beyond each side, likewise; "valid" for not at all; "same" for so far that the
            result is as large as the input.
        dilation: the step from one element of a window to the next, likewise.
        groups: into how many groups the channels are divided; each output group sees one input group.
        bias: whether there is a bias; without one `layer.bias` is None.
        padding_mode: what is beyond the sides: "zeros", "reflect", "replicate" or "circular".
        device: the CPU.
        dtype: the dtype of the parameters, float32 by default.

    Shapes: (N, C, D, H, W) to (N, O, P, Q, R), or (C, D, H, W) to (O, P, Q, R), where
    P = ⌊(D + 2 padding - dilation (kernel_size - 1) - 1) / stride⌋ + 1.
    Dtypes: floating, the same for x and the parameters.
    State: `weight` (O, C / groups, K, K', K'') and `bias` (O).
    Initial values: both uniform in ±1/√n, where n = C / groups · the number of elements of a window, as PyTorch's.

    Raises:
        TypeError: if a size is not a whole number, or x is not a Tensor.
        ValueError: if groups does not divide the channels, and for another padding or padding_mode.
        RuntimeError: if x has other channels or dimensions, another dtype, or is smaller than a window.

    >>> import tinygrad_lite as tl
    >>> layer = tl.nn.Conv3d(1, 2, kernel_size=(1, 3, 3), padding="same")
    >>> layer(tl.ones(4, 1, 5, 6, 7)).shape
    Size([4, 2, 5, 6, 7])
    """

    _ndim = 3


class _ConvTransposeNd(_ConvNd):
    """A transposed convolution over `_ndim` dimensions."""

    def __init__(
        self,
        in_channels: int,
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
        super().__init__()
        if padding_mode != "zeros":
            raise ValueError(
                f'Only "zeros" padding mode is supported for {type(self).__name__}: it got {padding_mode!r}'
            )
        self._set_up(
            in_channels, out_channels, kernel_size, stride, padding, dilation, True, output_padding, groups, bias,
            padding_mode, device, dtype,
        )  # fmt: skip

    def forward(self, input: Tensor, output_size: Sequence[int] | None = None) -> Tensor:
        extra, padding = self._output_padding(input, output_size), self.padding
        if isinstance(padding, str):
            raise wrong_type(f"conv_transpose{self._ndim}d", "padding", 5, "tuple of ints", padding)
        convolve = (F.conv_transpose1d, F.conv_transpose2d, F.conv_transpose3d)[self._ndim - 1]
        return convolve(input, self.weight, self.bias, self.stride, padding, extra, self.groups, self.dilation)

    def _output_padding(self, input: Tensor, output_size: Sequence[int] | None) -> tuple[int, ...]:
        """Return the numbers of elements to add at the ends, so that the result has the size that was asked for."""
        if output_size is None:
            return self.output_padding
        ndim, given = self._ndim, tuple(output_size)
        check_tensors(type(self).__name__, input=input)
        lead = input.ndim - ndim
        size = given[lead:] if len(given) == lead + ndim else given
        if len(size) != ndim:
            raise ValueError(
                f"ConvTranspose{ndim}D: for {input.ndim}D input, output_size must have {ndim} or {lead + ndim} "
                f"elements (got {len(given)})"
            )
        settings: Any = zip(input.shape[lead:], self.stride, self.padding, self.dilation, self.kernel_size, strict=True)
        least = [(n - 1) * s - 2 * p + d * (k - 1) + 1 for n, s, p, d, k in settings]
        most = [n + s - 1 for n, s in zip(least, self.stride, strict=True)]
        if any(not low <= n <= high for low, n, high in zip(least, size, most, strict=True)):
            raise ValueError(
                f"requested an output size of {list(size)}, but valid sizes range from {least} to {most} (for an input "
                f"of {list(input.shape[lead:])})"
            )
        return tuple(n - low for n, low in zip(size, least, strict=True))


class ConvTranspose1d(_ConvTransposeNd):
    """Transposed convolution of signals: each element of the input adds its multiple of the weights to the result.

    Args:
        in_channels, out_channels: the numbers of channels, C and O.
        kernel_size: the size of a window of the result.
        stride: the step in the result from one window to the next.
        padding: how much is cut off on each side of the result.
        output_padding: how much is added at its ends; less than the stride or the dilation.
        groups: into how many groups the channels are divided.
        bias: whether there is a bias; without one `layer.bias` is None.
        dilation: the step from one element of a window to the next.
        padding_mode: "zeros", the only one.
        device: the CPU.
        dtype: the dtype of the parameters, float32 by default.

    Calling it with `output_size` finds the output_padding that makes a result of this size.

    Shapes: (N, C, L) to (N, O, P), or (C, L) to (O, P), where
    P = (L - 1) stride - 2 padding + dilation (kernel_size - 1) + output_padding + 1.
    Dtypes: floating, the same for x and the parameters.
    State: `weight` (C, O / groups, K) and `bias` (O).
    Initial values: both uniform in ±1/√n, where n = O / groups · the number of elements of a window, as PyTorch's.

    Source: Dumoulin & Visin, 2016, https://arxiv.org/abs/1603.07285.

    Raises:
        TypeError: if a size is not a whole number, or x is not a Tensor.
        ValueError: if groups does not divide the channels, for another padding_mode, and an output_size that cannot be.
        RuntimeError: if x has other channels or dimensions, or another dtype.

    >>> import tinygrad_lite as tl
    >>> layer = tl.nn.ConvTranspose1d(2, 3, kernel_size=2, stride=2)
    >>> layer(tl.ones(4, 2, 5)).shape
    Size([4, 3, 10])
    """

    _ndim = 1


class ConvTranspose2d(_ConvTransposeNd):
    """Transposed convolution of images: each element of the input adds its multiple of the weights to the result.

    Args:
        in_channels, out_channels: the numbers of channels, C and O.
        kernel_size: the size of a window of the result: one number, or one for each of the two dimensions.
        stride: the step in the result from one window to the next, likewise.
        padding: how much is cut off on each side of the result, likewise.
        output_padding: how much is added at its ends, likewise; less than the stride or the dilation.
        groups: into how many groups the channels are divided.
        bias: whether there is a bias; without one `layer.bias` is None.
        dilation: the step from one element of a window to the next, likewise.
        padding_mode: "zeros", the only one.
        device: the CPU.
        dtype: the dtype of the parameters, float32 by default.

    Calling it with `output_size` finds the output_padding that makes a result of this size.

    Shapes: (N, C, H, W) to (N, O, P, Q), or (C, H, W) to (O, P, Q), where
    P = (H - 1) stride - 2 padding + dilation (kernel_size - 1) + output_padding + 1.
    Dtypes: floating, the same for x and the parameters.
    State: `weight` (C, O / groups, K, K') and `bias` (O).
    Initial values: both uniform in ±1/√n, where n = O / groups · the number of elements of a window, as PyTorch's.

    Source: Dumoulin & Visin, 2016, https://arxiv.org/abs/1603.07285.

    Raises:
        TypeError: if a size is not a whole number, or x is not a Tensor.
        ValueError: if groups does not divide the channels, for another padding_mode, and an output_size that cannot be.
        RuntimeError: if x has other channels or dimensions, or another dtype.

    >>> import tinygrad_lite as tl
    >>> layer = tl.nn.ConvTranspose2d(8, 1, kernel_size=4, stride=2, padding=1)
    >>> layer(tl.ones(4, 8, 7, 7)).shape  # twice as large
    Size([4, 1, 14, 14])
    >>> half = tl.nn.Conv2d(1, 8, kernel_size=3, stride=2, padding=1)
    >>> again = tl.nn.ConvTranspose2d(8, 1, kernel_size=3, stride=2, padding=1)
    >>> again(half(tl.ones(1, 1, 8, 8)), output_size=(8, 8)).shape  # 7 by 7 would fit as well
    Size([1, 1, 8, 8])
    """

    _ndim = 2


class ConvTranspose3d(_ConvTransposeNd):
    """Transposed convolution of volumes: each element of the input adds its multiple of the weights to the result.

    Args:
        in_channels, out_channels: the numbers of channels, C and O.
        kernel_size: the size of a window of the result: one number, or one for each of the three dimensions.
        stride: the step in the result from one window to the next, likewise.
        padding: how much is cut off on each side of the result, likewise.
        output_padding: how much is added at its ends, likewise; less than the stride or the dilation.
        groups: into how many groups the channels are divided.
        bias: whether there is a bias; without one `layer.bias` is None.
        dilation: the step from one element of a window to the next, likewise.
        padding_mode: "zeros", the only one.
        device: the CPU.
        dtype: the dtype of the parameters, float32 by default.

    Calling it with `output_size` finds the output_padding that makes a result of this size.

    Shapes: (N, C, D, H, W) to (N, O, P, Q, R), or (C, D, H, W) to (O, P, Q, R), where
    P = (D - 1) stride - 2 padding + dilation (kernel_size - 1) + output_padding + 1.
    Dtypes: floating, the same for x and the parameters.
    State: `weight` (C, O / groups, K, K', K'') and `bias` (O).
    Initial values: both uniform in ±1/√n, where n = O / groups · the number of elements of a window, as PyTorch's.

    Source: Dumoulin & Visin, 2016, https://arxiv.org/abs/1603.07285.

    Raises:
        TypeError: if a size is not a whole number, or x is not a Tensor.
        ValueError: if groups does not divide the channels, for another padding_mode, and an output_size that cannot be.
        RuntimeError: if x has other channels or dimensions, or another dtype.

    >>> import tinygrad_lite as tl
    >>> layer = tl.nn.ConvTranspose3d(2, 1, kernel_size=2, stride=2)
    >>> layer(tl.ones(4, 2, 3, 3, 3)).shape
    Size([4, 1, 6, 6, 6])
    """

    _ndim = 3


class Unfold(Module):
    """The windows of images as the columns of matrices.

    Args:
        kernel_size: the size of a window: one number, or one for each of the two dimensions.
        dilation: the step from one element of a window to the next, likewise.
        padding: how many zeros there are on each side, likewise.
        stride: the step from one window to the next, likewise.

    Shapes: (N, C, H, W) to (N, C K K', L), or (C, H, W) to (C K K', L), with a column for each of L windows.
    Dtypes: floating.

    Raises:
        TypeError: if a size is not a whole number, or the input is not a Tensor.
        RuntimeError: for an input of other dimensions, and a window larger than it.

    >>> import tinygrad_lite as tl
    >>> tl.nn.Unfold(2)(tl.arange(4.0).reshape(1, 2, 2)).flatten()
    tensor([0., 1., 2., 3.])
    """

    def __init__(self, kernel_size: Sizes, dilation: Sizes = 1, padding: Sizes = 0, stride: Sizes = 1) -> None:
        super().__init__()
        self.kernel_size, self.dilation, self.padding, self.stride = kernel_size, dilation, padding, stride

    def forward(self, input: Tensor) -> Tensor:
        return F.unfold(input, self.kernel_size, self.dilation, self.padding, self.stride)

    def extra_repr(self) -> str:
        return f"kernel_size={self.kernel_size}, dilation={self.dilation}, padding={self.padding}, stride={self.stride}"


class Fold(Module):
    """Images of windows that are the columns of matrices, added up where they overlap: the adjoint of `Unfold`.

    Args:
        output_size: the size of the images: one number, or one for each of the two dimensions.
        kernel_size: the size of a window, likewise.
        dilation: the step from one element of a window to the next, likewise.
        padding: how many zeros there were on each side, likewise.
        stride: the step from one window to the next, likewise.

    Shapes: (N, C K K', L) to (N, C, H, W), or (C K K', L) to (C, H, W).
    Dtypes: floating.

    Raises:
        TypeError: if a size is not a whole number, or the input is not a Tensor.
        RuntimeError: if the sizes do not fit the input.

    >>> import tinygrad_lite as tl
    >>> tl.nn.Fold((2, 3), 2)(tl.ones(4, 2))
    tensor([[[1., 2., 1.],
             [1., 2., 1.]]])
    """

    def __init__(
        self, output_size: Sizes, kernel_size: Sizes, dilation: Sizes = 1, padding: Sizes = 0, stride: Sizes = 1
    ) -> None:
        super().__init__()
        self.output_size, self.kernel_size, self.dilation = output_size, kernel_size, dilation
        self.padding, self.stride = padding, stride

    def forward(self, input: Tensor) -> Tensor:
        return F.fold(input, self.output_size, self.kernel_size, self.dilation, self.padding, self.stride)

    def extra_repr(self) -> str:
        return (
            f"output_size={self.output_size}, kernel_size={self.kernel_size}, dilation={self.dilation}, "
            f"padding={self.padding}, stride={self.stride}"
        )
