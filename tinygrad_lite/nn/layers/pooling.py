"""Layers that pool: the largest, the average or the norm of each window of signals, images and volumes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ...tensors.tensor import Tensor
from .. import functional as F
from ..functional.adaptive_pooling import OutputSize
from ..functional.window_arguments import Sizes, as_sizes
from ..module.module import Module
from .arguments import check_flag, check_numbers


class _Windows(Module):
    """A layer with the sizes of windows."""

    kernel_size: Sizes
    stride: Sizes
    padding: Sizes

    def _set_windows(self, kernel_size: Any, stride: Any, padding: Any = 0) -> None:
        self.kernel_size, self.stride = kernel_size, kernel_size if stride is None else stride
        self.padding = padding

    def extra_repr(self) -> str:
        return f"kernel_size={self.kernel_size}, stride={self.stride}, padding={self.padding}"


class _MaxPoolNd(_Windows):
    _function: str

    def __init__(
        self,
        kernel_size: Sizes,
        stride: Sizes | None = None,
        padding: Sizes = 0,
        dilation: Sizes = 1,
        return_indices: bool = False,
        ceil_mode: bool = False,
    ) -> None:
        super().__init__()
        check_flag(type(self).__name__, "return_indices", return_indices)
        self._set_windows(kernel_size, stride, padding)
        self.dilation, self.return_indices, self.ceil_mode = dilation, return_indices, ceil_mode

    def forward(self, input: Tensor) -> Any:
        pool = getattr(F, type(self)._function)
        return pool(
            input, self.kernel_size, self.stride, self.padding, self.dilation, self.ceil_mode, self.return_indices
        )

    def extra_repr(self) -> str:
        return f"{super().extra_repr()}, dilation={self.dilation}, ceil_mode={self.ceil_mode}"


class MaxPool1d(_MaxPoolNd):
    """The largest element of each window of signals.

    Args:
        kernel_size: the size of a window.
        stride: the step from one window to the next; None for the size of a window.
        padding: how far windows reach beyond each side, at most half their size; nothing there is chosen.
        dilation: the step from one element of a window to the next.
        return_indices: whether the result is a pair, the second where the elements are, for `MaxUnpool1d`.
        ceil_mode: whether windows may reach beyond the end if they begin before it.

    Shapes: (N, C, L) to (N, C, P), or (C, L) to (C, P), where
    P = ⌊(L + 2 padding - dilation (kernel_size - 1) - 1) / stride⌋ + 1.
    Dtypes: floating; the result has the input's.

    Raises:
        TypeError: if a size is not a whole number, or the input is not a Tensor.
        RuntimeError: for an input of other dimensions, and sizes that do not fit it.

    >>> import tinygrad_lite as tl
    >>> tl.nn.MaxPool1d(2)(tl.tensor([[1.0, 5.0, 2.0, 4.0]]))
    tensor([[5., 4.]])
    """

    _function = "max_pool1d"


class MaxPool2d(_MaxPoolNd):
    """The largest element of each window of images.

    Args:
        kernel_size: the size of a window: one number, or one for each of the two dimensions.
        stride: the step from one window to the next, likewise; None for the size of a window.
        padding: how far windows reach beyond each side, likewise, at most half their size; nothing there is chosen.
        dilation: the step from one element of a window to the next, likewise.
        return_indices: whether the result is a pair, the second where the elements are, for `MaxUnpool2d`.
        ceil_mode: whether windows may reach beyond the end if they begin before it.

    Shapes: (N, C, H, W) to (N, C, P, Q), or (C, H, W) to (C, P, Q), where
    P = ⌊(H + 2 padding - dilation (kernel_size - 1) - 1) / stride⌋ + 1.
    Dtypes: floating, and whole numbers; the result has the input's.

    Raises:
        TypeError: if a size is not a whole number, or the input is not a Tensor.
        RuntimeError: for an input of other dimensions, and sizes that do not fit it.

    >>> import tinygrad_lite as tl
    >>> tl.nn.MaxPool2d(2)(tl.arange(16.0).reshape(1, 4, 4))
    tensor([[[ 5.,  7.],
             [13., 15.]]])
    """

    _function = "max_pool2d"


class MaxPool3d(_MaxPoolNd):
    """The largest element of each window of volumes.

    Args:
        kernel_size: the size of a window: one number, or one for each of the three dimensions.
        stride: the step from one window to the next, likewise; None for the size of a window.
        padding: how far windows reach beyond each side, likewise, at most half their size; nothing there is chosen.
        dilation: the step from one element of a window to the next, likewise.
        return_indices: whether the result is a pair, the second where the elements are, for `MaxUnpool3d`.
        ceil_mode: whether windows may reach beyond the end if they begin before it.

    Shapes: (N, C, D, H, W) to (N, C, P, Q, R), or (C, D, H, W) to (C, P, Q, R), where
    P = ⌊(D + 2 padding - dilation (kernel_size - 1) - 1) / stride⌋ + 1.
    Dtypes: floating, and whole numbers; the result has the input's.

    Raises:
        TypeError: if a size is not a whole number, or the input is not a Tensor.
        RuntimeError: for an input of other dimensions, and sizes that do not fit it.

    >>> import tinygrad_lite as tl
    >>> tl.nn.MaxPool3d(2)(tl.arange(8.0).reshape(1, 2, 2, 2)).item()
    7.0
    """

    _function = "max_pool3d"


class _MaxUnpoolNd(_Windows):
    _function: str

    def __init__(self, kernel_size: Sizes, stride: Sizes | None = None, padding: Sizes = 0) -> None:
        super().__init__()
        ndim = int(type(self)._function[-2])
        name = type(self).__name__
        kernel = as_sizes(name, "kernel_size", kernel_size, ndim)
        self._set_windows(
            kernel,
            kernel if stride is None else as_sizes(name, "stride", stride, ndim),
            as_sizes(name, "padding", padding, ndim),
        )

    def forward(self, input: Tensor, indices: Tensor, output_size: Sequence[int] | None = None) -> Tensor:
        unpool: Any = getattr(F, type(self)._function)
        out: Tensor = unpool(input, indices, self.kernel_size, self.stride, self.padding, output_size)
        return out


class MaxUnpool1d(_MaxUnpoolNd):
    """The elements that `MaxPool1d` chose, where they were, and 0 elsewhere.

    Args:
        kernel_size, stride, padding: those of the pooling.

    It is called with the values, the indices and, if the size of what was pooled does not follow, an `output_size`.

    Shapes: (N, C, P) to (N, C, L), or (C, P) to (C, L).
    Dtypes: any; the indices are int64.

    Raises:
        TypeError: if a size is not a whole number, or an argument is not a Tensor.
        ValueError: for an output_size that does not fit.
        RuntimeError: for indices of another shape or dtype, or beyond the result.

    >>> import tinygrad_lite as tl
    >>> values, indices = tl.nn.MaxPool1d(2, return_indices=True)(tl.tensor([[1.0, 5.0, 2.0, 4.0]]))
    >>> tl.nn.MaxUnpool1d(2)(values, indices)
    tensor([[0., 5., 0., 4.]])
    """

    _function = "max_unpool1d"


class MaxUnpool2d(_MaxUnpoolNd):
    """The elements that `MaxPool2d` chose, where they were, and 0 elsewhere.

    Args:
        kernel_size, stride, padding: those of the pooling.

    It is called with the values, the indices and, if the size of what was pooled does not follow, an `output_size`.

    Shapes: (N, C, P, Q) to (N, C, H, W), or (C, P, Q) to (C, H, W).
    Dtypes: any; the indices are int64.

    Raises:
        TypeError: if a size is not a whole number, or an argument is not a Tensor.
        ValueError: for an output_size that does not fit.
        RuntimeError: for indices of another shape or dtype, or beyond the result.

    >>> import tinygrad_lite as tl
    >>> values, indices = tl.nn.MaxPool2d(2, return_indices=True)(tl.arange(4.0).reshape(1, 2, 2))
    >>> tl.nn.MaxUnpool2d(2)(values, indices)
    tensor([[[0., 0.],
             [0., 3.]]])
    """

    _function = "max_unpool2d"


class MaxUnpool3d(_MaxUnpoolNd):
    """The elements that `MaxPool3d` chose, where they were, and 0 elsewhere.

    Args:
        kernel_size, stride, padding: those of the pooling.

    It is called with the values, the indices and, if the size of what was pooled does not follow, an `output_size`.

    Shapes: (N, C, P, Q, R) to (N, C, D, H, W), or (C, P, Q, R) to (C, D, H, W).
    Dtypes: any; the indices are int64.

    Raises:
        TypeError: if a size is not a whole number, or an argument is not a Tensor.
        ValueError: for an output_size that does not fit.
        RuntimeError: for indices of another shape or dtype, or beyond the result.

    >>> import tinygrad_lite as tl
    >>> values, indices = tl.nn.MaxPool3d(2, return_indices=True)(tl.arange(8.0).reshape(1, 2, 2, 2))
    >>> tl.nn.MaxUnpool3d(2)(values, indices).flatten()
    tensor([0., 0., 0., 0., 0., 0., 0., 7.])
    """

    _function = "max_unpool3d"


class AvgPool1d(_Windows):
    """The average of each window of signals.

    Args:
        kernel_size: the size of a window.
        stride: the step from one window to the next; None for the size of a window.
        padding: how many zeros there are on each side, at most half of a window.
        ceil_mode: whether windows may reach beyond the end if they begin before it.
        count_include_pad: whether the zeros count in the averages.

    Shapes: (N, C, L) to (N, C, P), or (C, L) to (C, P), where
    P = ⌊(L + 2 padding - kernel_size) / stride⌋ + 1.
    Dtypes: floating, and whole numbers, which are rounded towards 0; the result has the input's.

    Raises:
        TypeError: if a size is not a whole number, or the input is not a Tensor.
        RuntimeError: for an input of other dimensions, and sizes that do not fit it.

    >>> import tinygrad_lite as tl
    >>> tl.nn.AvgPool1d(2)(tl.tensor([[1.0, 5.0, 2.0, 4.0]]))
    tensor([[3., 3.]])
    """

    def __init__(
        self,
        kernel_size: Sizes,
        stride: Sizes | None = None,
        padding: Sizes = 0,
        ceil_mode: bool = False,
        count_include_pad: bool = True,
    ) -> None:
        super().__init__()
        name = type(self).__name__
        kernel = as_sizes(name, "kernel_size", kernel_size, 1)
        strides = kernel if stride is None else as_sizes(name, "stride", stride, 1)
        self._set_windows(kernel, strides, as_sizes(name, "padding", padding, 1))
        self.ceil_mode, self.count_include_pad = ceil_mode, count_include_pad

    def forward(self, input: Tensor) -> Tensor:
        return F.avg_pool1d(input, self.kernel_size, self.stride, self.padding, self.ceil_mode, self.count_include_pad)


class _AvgPoolNd(_Windows):
    """The average of each window, over two dimensions or three."""

    _ndim: int

    def __init__(
        self,
        kernel_size: Sizes,
        stride: Sizes | None = None,
        padding: Sizes = 0,
        ceil_mode: bool = False,
        count_include_pad: bool = True,
        divisor_override: int | None = None,
    ) -> None:
        super().__init__()
        self._set_windows(kernel_size, stride, padding)
        self.ceil_mode, self.count_include_pad = ceil_mode, count_include_pad
        self.divisor_override = divisor_override

    def forward(self, input: Tensor) -> Tensor:
        pool = (F.avg_pool2d, F.avg_pool3d)[self._ndim - 2]
        return pool(
            input, self.kernel_size, self.stride, self.padding, self.ceil_mode, self.count_include_pad,
            self.divisor_override,
        )  # fmt: skip


class AvgPool2d(_AvgPoolNd):
    """The average of each window of images.

    Args:
        kernel_size: the size of a window: one number, or one for each of the two dimensions.
        stride: the step from one window to the next, likewise; None for the size of a window.
        padding: how many zeros there are on each side, likewise, at most half of a window.
        ceil_mode: whether windows may reach beyond the end if they begin before it.
        count_include_pad: whether the zeros count in the averages.
        divisor_override: divide the sums by this number rather than by how many elements there are.

    Shapes: (N, C, H, W) to (N, C, P, Q), or (C, H, W) to (C, P, Q), where
    P = ⌊(H + 2 padding - kernel_size) / stride⌋ + 1.
    Dtypes: floating, and whole numbers, which are rounded towards 0; the result has the input's.

    Raises:
        TypeError: if a size is not a whole number, or the input is not a Tensor.
        RuntimeError: for an input of other dimensions, and sizes that do not fit it.

    >>> import tinygrad_lite as tl
    >>> tl.nn.AvgPool2d(2)(tl.arange(16.0).reshape(1, 4, 4))
    tensor([[[ 2.5000,  4.5000],
             [10.5000, 12.5000]]])
    """

    _ndim = 2


class AvgPool3d(_AvgPoolNd):
    """The average of each window of volumes.

    Args:
        kernel_size: the size of a window: one number, or one for each of the three dimensions.
        stride: the step from one window to the next, likewise; None for the size of a window.
        padding: how many zeros there are on each side, likewise, at most half of a window.
        ceil_mode: whether windows may reach beyond the end if they begin before it.
        count_include_pad: whether the zeros count in the averages.
        divisor_override: divide the sums by this number rather than by how many elements there are.

    Shapes: (N, C, D, H, W) to (N, C, P, Q, R), or (C, D, H, W) to (C, P, Q, R), where
    P = ⌊(D + 2 padding - kernel_size) / stride⌋ + 1.
    Dtypes: floating, and whole numbers, which are rounded towards 0; the result has the input's.

    Raises:
        TypeError: if a size is not a whole number, or the input is not a Tensor.
        RuntimeError: for an input of other dimensions, and sizes that do not fit it.

    >>> import tinygrad_lite as tl
    >>> tl.nn.AvgPool3d(2)(tl.arange(8.0).reshape(1, 2, 2, 2)).item()
    3.5
    """

    _ndim = 3


class _LPPoolNd(Module):
    _function: str

    def __init__(
        self, norm_type: float, kernel_size: Sizes, stride: Sizes | None = None, ceil_mode: bool = False
    ) -> None:
        super().__init__()
        check_numbers(type(self).__name__, norm_type=norm_type)
        self.norm_type, self.kernel_size, self.stride, self.ceil_mode = norm_type, kernel_size, stride, ceil_mode

    def forward(self, input: Tensor) -> Tensor:
        pool: Any = getattr(F, type(self)._function)
        out: Tensor = pool(input, float(self.norm_type), self.kernel_size, self.stride, self.ceil_mode)
        return out

    def extra_repr(self) -> str:
        return (
            f"norm_type={self.norm_type}, kernel_size={self.kernel_size}, stride={self.stride}, "
            f"ceil_mode={self.ceil_mode}"
        )


class LPPool1d(_LPPoolNd):
    """The norm (Σ xᵖ)**(1 / p) of each window of signals.

    Args:
        norm_type: p; for ∞ it is the largest magnitude.
        kernel_size: the size of a window.
        stride: the step from one window to the next; None for the size of a window.
        ceil_mode: whether windows may reach beyond the end if they begin before it.

    Shapes: (N, C, L) to (N, C, P), or (C, L) to (C, P).
    Dtypes: floating; the result has the input's.

    Raises:
        TypeError: if a size is not a whole number, norm_type not a number, or the input is not a Tensor.
        RuntimeError: for an input of other dimensions, and sizes that do not fit it.

    >>> import tinygrad_lite as tl
    >>> tl.nn.LPPool1d(2, 2)(tl.tensor([[3.0, 4.0, 5.0, 12.0]]))
    tensor([[ 5., 13.]])
    """

    _function = "lp_pool1d"


class LPPool2d(_LPPoolNd):
    """The norm (Σ xᵖ)**(1 / p) of each window of images.

    Args:
        norm_type: p; for ∞ it is the largest magnitude.
        kernel_size: the size of a window: one number, or one for each of the two dimensions.
        stride: the step from one window to the next, likewise; None for the size of a window.
        ceil_mode: whether windows may reach beyond the end if they begin before it.

    Shapes: (N, C, H, W) to (N, C, P, Q), or (C, H, W) to (C, P, Q).
    Dtypes: floating; the result has the input's.

    Raises:
        TypeError: if a size is not a whole number, norm_type not a number, or the input is not a Tensor.
        RuntimeError: for an input of other dimensions, and sizes that do not fit it.

    >>> import tinygrad_lite as tl
    >>> tl.nn.LPPool2d(2, 2)(tl.ones(1, 2, 4) * 3)
    tensor([[[6., 6.]]])
    """

    _function = "lp_pool2d"


class LPPool3d(_LPPoolNd):
    """The norm (Σ xᵖ)**(1 / p) of each window of volumes.

    Args:
        norm_type: p; for ∞ it is the largest magnitude.
        kernel_size: the size of a window: one number, or one for each of the three dimensions.
        stride: the step from one window to the next, likewise; None for the size of a window.
        ceil_mode: whether windows may reach beyond the end if they begin before it.

    Shapes: (N, C, D, H, W) to (N, C, P, Q, R), or (C, D, H, W) to (C, P, Q, R).
    Dtypes: floating; the result has the input's.

    Raises:
        TypeError: if a size is not a whole number, norm_type not a number, or the input is not a Tensor.
        RuntimeError: for an input of other dimensions, and sizes that do not fit it.

    >>> import tinygrad_lite as tl
    >>> tl.nn.LPPool3d(1, 2)(tl.ones(1, 2, 2, 2)).item()
    8.0
    """

    _function = "lp_pool3d"


class _AdaptivePoolNd(Module):
    _function: str

    def __init__(self, output_size: OutputSize) -> None:
        super().__init__()
        self.output_size = output_size

    def forward(self, input: Tensor) -> Tensor:
        pool: Any = getattr(F, type(self)._function)
        out: Tensor = pool(input, self.output_size)
        return out

    def extra_repr(self) -> str:
        return f"output_size={self.output_size}"


class _AdaptiveMaxPoolNd(Module):
    _function: str

    def __init__(self, output_size: OutputSize, return_indices: bool = False) -> None:
        super().__init__()
        check_flag(type(self).__name__, "return_indices", return_indices)
        self.output_size, self.return_indices = output_size, return_indices

    def forward(self, input: Tensor) -> Any:
        return getattr(F, type(self)._function)(input, self.output_size, self.return_indices)

    def extra_repr(self) -> str:
        return f"output_size={self.output_size}"


class AdaptiveAvgPool1d(_AdaptivePoolNd):
    """The averages of `output_size` windows of signals, which divide the input and overlap if they must.

    Window i takes the elements from ⌊i n / P⌋ to ⌈(i + 1) n / P⌉, for P windows along n elements.

    Args:
        output_size: the number of windows, P.

    Shapes: (N, C, L) to (N, C, P), or (C, L) to (C, P).
    Dtypes: floating; the result has the input's.

    Raises:
        TypeError: if a size is not a whole number, or the input is not a Tensor.
        RuntimeError: for an input of other dimensions or without elements, and for a negative size.

    >>> import tinygrad_lite as tl
    >>> tl.nn.AdaptiveAvgPool1d(2)(tl.tensor([[0.0, 1.0, 2.0, 3.0, 4.0]]))
    tensor([[1., 3.]])
    """

    _function = "adaptive_avg_pool1d"


class AdaptiveAvgPool2d(_AdaptivePoolNd):
    """The averages of P by Q windows of images, which divide the input and overlap if they must.

    Window i takes the elements from ⌊i n / P⌋ to ⌈(i + 1) n / P⌉, for P windows along n elements.

    Args:
        output_size: the numbers of windows, (P, Q), or one for both; None for the size of the input.

    Shapes: (N, C, H, W) to (N, C, P, Q), or (C, H, W) to (C, P, Q).
    Dtypes: floating; the result has the input's.

    Raises:
        TypeError: if a size is not a whole number, or the input is not a Tensor.
        RuntimeError: for an input of other dimensions or without elements, and for a negative size.

    >>> import tinygrad_lite as tl
    >>> tl.nn.AdaptiveAvgPool2d(1)(tl.arange(4.0).reshape(1, 2, 2))  # global average pooling
    tensor([[[1.5000]]])
    """

    _function = "adaptive_avg_pool2d"


class AdaptiveAvgPool3d(_AdaptivePoolNd):
    """The averages of P by Q by R windows of volumes, which divide the input and overlap if they must.

    Window i takes the elements from ⌊i n / P⌋ to ⌈(i + 1) n / P⌉, for P windows along n elements.

    Args:
        output_size: the numbers of windows, (P, Q, R), or one for all; None for the size of the input.

    Shapes: (N, C, D, H, W) to (N, C, P, Q, R), or (C, D, H, W) to (C, P, Q, R).
    Dtypes: floating; the result has the input's.

    Raises:
        TypeError: if a size is not a whole number, or the input is not a Tensor.
        RuntimeError: for an input of other dimensions or without elements, and for a negative size.

    >>> import tinygrad_lite as tl
    >>> tl.nn.AdaptiveAvgPool3d(1)(tl.arange(8.0).reshape(1, 2, 2, 2)).item()
    3.5
    """

    _function = "adaptive_avg_pool3d"


class AdaptiveMaxPool1d(_AdaptiveMaxPoolNd):
    """The largest elements of `output_size` windows of signals, which divide the input and overlap if they must.

    Window i takes the elements from ⌊i n / P⌋ to ⌈(i + 1) n / P⌉, for P windows along n elements.

    Args:
        output_size: the number of windows, P.
        return_indices: whether the result is a pair, the second where in the flattened input the elements are.

    Shapes: (N, C, L) to (N, C, P), or (C, L) to (C, P).
    Dtypes: floating; the result has the input's.

    Raises:
        TypeError: if a size is not a whole number, or the input is not a Tensor.
        RuntimeError: for an input of other dimensions or without elements, and for a negative size.

    >>> import tinygrad_lite as tl
    >>> tl.nn.AdaptiveMaxPool1d(2)(tl.tensor([[0.0, 1.0, 7.0, 3.0, 4.0]]))
    tensor([[7., 7.]])
    """

    _function = "adaptive_max_pool1d"


class AdaptiveMaxPool2d(_AdaptiveMaxPoolNd):
    """The largest elements of P by Q windows of images, which divide the input and overlap if they must.

    Window i takes the elements from ⌊i n / P⌋ to ⌈(i + 1) n / P⌉, for P windows along n elements.

    Args:
        output_size: the numbers of windows, (P, Q), or one for both; None for the size of the input.
        return_indices: whether the result is a pair, the second where in the flattened input the elements are.

    Shapes: (N, C, H, W) to (N, C, P, Q), or (C, H, W) to (C, P, Q).
    Dtypes: floating; the result has the input's.

    Raises:
        TypeError: if a size is not a whole number, or the input is not a Tensor.
        RuntimeError: for an input of other dimensions or without elements, and for a negative size.

    >>> import tinygrad_lite as tl
    >>> tl.nn.AdaptiveMaxPool2d((1, 2))(tl.arange(8.0).reshape(1, 2, 4))
    tensor([[[5., 7.]]])
    """

    _function = "adaptive_max_pool2d"


class AdaptiveMaxPool3d(_AdaptiveMaxPoolNd):
    """The largest elements of P by Q by R windows of volumes, which divide the input and overlap if they must.

    Window i takes the elements from ⌊i n / P⌋ to ⌈(i + 1) n / P⌉, for P windows along n elements.

    Args:
        output_size: the numbers of windows, (P, Q, R), or one for all; None for the size of the input.
        return_indices: whether the result is a pair, the second where in the flattened input the elements are.

    Shapes: (N, C, D, H, W) to (N, C, P, Q, R), or (C, D, H, W) to (C, P, Q, R).
    Dtypes: floating; the result has the input's.

    Raises:
        TypeError: if a size is not a whole number, or the input is not a Tensor.
        RuntimeError: for an input of other dimensions or without elements, and for a negative size.

    >>> import tinygrad_lite as tl
    >>> tl.nn.AdaptiveMaxPool3d(1)(tl.arange(8.0).reshape(1, 2, 2, 2)).item()
    7.0
    """

    _function = "adaptive_max_pool3d"
