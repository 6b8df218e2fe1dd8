"""Layers that put a border around signals, images and volumes."""

from __future__ import annotations

from ...tensors.tensor import Tensor
from .. import functional as F
from ..functional.argument_types import check_tensors
from ..functional.window_arguments import Sizes, as_sizes
from ..module.module import Module
from .arguments import check_numbers


class _PadNd(Module):
    """A border on both sides of `_ndim` dimensions."""

    _ndim: int
    _mode: str
    padding: tuple[int, ...]

    def __init__(self, padding: Sizes) -> None:
        super().__init__()
        self.padding = as_sizes(type(self).__name__, "padding", padding, 2 * self._ndim, _wrong_number)

    def forward(self, input: Tensor) -> Tensor:
        check_tensors("pad", input=input)
        if self._mode == "circular" and input.ndim - self._ndim not in (1, 2):
            raise ValueError(
                f"expected {self._ndim + 1}D or {self._ndim + 2}D input (got {input.ndim}D input): "
                f"{type(self).__name__} widens what follows the channels, but the shape is {list(input.shape)}"
            )
        return F.pad(input, self.padding, self._mode)

    def extra_repr(self) -> str:
        return f"{self.padding}"


def _wrong_number(given: list[int]) -> str:
    return f"padding must be one width, or two for each dimension: (left, right, top, bottom, …); it is {given}"


class _ConstantPadNd(_PadNd):
    """A border of a value."""

    _mode = "constant"

    def __init__(self, padding: Sizes, value: float) -> None:
        super().__init__(padding)
        check_numbers(type(self).__name__, value=value)
        self.value = value

    def forward(self, input: Tensor) -> Tensor:
        check_tensors("pad", input=input)
        return F.pad(input, self.padding, "constant", self.value)

    def extra_repr(self) -> str:
        return f"padding={self.padding}, value={self.value}"


class ConstantPad1d(_ConstantPadNd):
    """A border around signals: a value.

    Args:
        padding: its width, the same on all sides, or (left, right);
            negative ones cut elements off.
        value: the value of the border.

    Shapes: (N, C, L) or (C, L), with the widths added to the sizes.
    Dtypes: any; the result has the input's.

    Raises:
        TypeError: if a width is not a whole number, or value not a number, or the input not a Tensor.
        RuntimeError: for another number of widths, and for widths that the input does not allow.

    >>> import tinygrad_lite as tl
    >>> tl.nn.ConstantPad1d(1, 9.0)(tl.tensor([[1.0, 2.0, 3.0]]))
    tensor([[9., 1., 2., 3., 9.]])
    """

    _ndim = 1


class ConstantPad2d(_ConstantPadNd):
    """A border around images: a value.

    Args:
        padding: its width, the same on all sides, or (left, right, top, bottom);
            negative ones cut elements off.
        value: the value of the border.

    Shapes: (N, C, H, W) or (C, H, W), with the widths added to the sizes.
    Dtypes: any; the result has the input's.

    Raises:
        TypeError: if a width is not a whole number, or value not a number, or the input not a Tensor.
        RuntimeError: for another number of widths, and for widths that the input does not allow.

    >>> import tinygrad_lite as tl
    >>> tl.nn.ConstantPad2d(1, 9.0)(tl.ones(1, 1, 2))
    tensor([[[9., 9., 9., 9.],
             [9., 1., 1., 9.],
             [9., 9., 9., 9.]]])
    """

    _ndim = 2


class ConstantPad3d(_ConstantPadNd):
    """A border around volumes: a value.

    Args:
        padding: its width, the same on all sides, or (left, right, top, bottom, front, back);
            negative ones cut elements off.
        value: the value of the border.

    Shapes: (N, C, D, H, W) or (C, D, H, W), with the widths added to the sizes.
    Dtypes: any; the result has the input's.

    Raises:
        TypeError: if a width is not a whole number, or value not a number, or the input not a Tensor.
        RuntimeError: for another number of widths, and for widths that the input does not allow.

    >>> import tinygrad_lite as tl
    >>> tl.nn.ConstantPad3d(1, 9.0)(tl.ones(1, 1, 1, 1)).unique(return_counts=True)  # one, and what is around it
    (tensor([1., 9.]), tensor([ 1, 26]))
    """

    _ndim = 3


class ZeroPad1d(ConstantPad1d):
    """A border around signals: zeros.

    Args:
        padding: its width, the same on all sides, or (left, right);
            negative ones cut elements off.

    Shapes: (N, C, L) or (C, L), with the widths added to the sizes.
    Dtypes: any; the result has the input's.

    Raises:
        TypeError: if a width is not a whole number, or the input not a Tensor.
        RuntimeError: for another number of widths, and for widths that the input does not allow.

    >>> import tinygrad_lite as tl
    >>> tl.nn.ZeroPad1d(1)(tl.tensor([[1.0, 2.0, 3.0]]))
    tensor([[0., 1., 2., 3., 0.]])
    """

    def __init__(self, padding: Sizes) -> None:
        super().__init__(padding, 0.0)

    def extra_repr(self) -> str:
        return f"{self.padding}"


class ZeroPad2d(ConstantPad2d):
    """A border around images: zeros.

    Args:
        padding: its width, the same on all sides, or (left, right, top, bottom);
            negative ones cut elements off.

    Shapes: (N, C, H, W) or (C, H, W), with the widths added to the sizes.
    Dtypes: any; the result has the input's.

    Raises:
        TypeError: if a width is not a whole number, or the input not a Tensor.
        RuntimeError: for another number of widths, and for widths that the input does not allow.

    >>> import tinygrad_lite as tl
    >>> tl.nn.ZeroPad2d(1)(tl.ones(1, 1, 2))
    tensor([[[0., 0., 0., 0.],
             [0., 1., 1., 0.],
             [0., 0., 0., 0.]]])
    """

    def __init__(self, padding: Sizes) -> None:
        super().__init__(padding, 0.0)

    def extra_repr(self) -> str:
        return f"{self.padding}"


class ZeroPad3d(ConstantPad3d):
    """A border around volumes: zeros.

    Args:
        padding: its width, the same on all sides, or (left, right, top, bottom, front, back);
            negative ones cut elements off.

    Shapes: (N, C, D, H, W) or (C, D, H, W), with the widths added to the sizes.
    Dtypes: any; the result has the input's.

    Raises:
        TypeError: if a width is not a whole number, or the input not a Tensor.
        RuntimeError: for another number of widths, and for widths that the input does not allow.

    >>> import tinygrad_lite as tl
    >>> tl.nn.ZeroPad3d(1)(tl.ones(1, 1, 1, 1)).unique(return_counts=True)  # one, and what is around it
    (tensor([0., 1.]), tensor([26,  1]))
    """

    def __init__(self, padding: Sizes) -> None:
        super().__init__(padding, 0.0)

    def extra_repr(self) -> str:
        return f"{self.padding}"


class ReflectionPad1d(_PadNd):
    """A border around signals: what lies behind the outermost element, as in a mirror.

    Args:
        padding: its width, the same on all sides, or (left, right);
            negative ones cut elements off. It must be less than what it is around.

    Shapes: (N, C, L) or (C, L), with the widths added to the sizes.
    Dtypes: any; the result has the input's.

    Raises:
        TypeError: if a width is not a whole number, or the input not a Tensor.
        RuntimeError: for another number of widths, and for widths that the input does not allow.

    >>> import tinygrad_lite as tl
    >>> tl.nn.ReflectionPad1d(1)(tl.tensor([[1.0, 2.0, 3.0]]))
    tensor([[2., 1., 2., 3., 2.]])
    """

    _ndim = 1
    _mode = "reflect"


class ReflectionPad2d(_PadNd):
    """A border around images: what lies behind the outermost element, as in a mirror.

    Args:
        padding: its width, the same on all sides, or (left, right, top, bottom);
            negative ones cut elements off. It must be less than what it is around.

    Shapes: (N, C, H, W) or (C, H, W), with the widths added to the sizes.
    Dtypes: any; the result has the input's.

    Raises:
        TypeError: if a width is not a whole number, or the input not a Tensor.
        RuntimeError: for another number of widths, and for widths that the input does not allow.

    >>> import tinygrad_lite as tl
    >>> tl.nn.ReflectionPad2d((1, 1, 1, 0))(tl.tensor([[[1, 2, 3], [4, 5, 6]]]))
    tensor([[[5, 4, 5, 6, 5],
             [2, 1, 2, 3, 2],
             [5, 4, 5, 6, 5]]])
    """

    _ndim = 2
    _mode = "reflect"


class ReflectionPad3d(_PadNd):
    """A border around volumes: what lies behind the outermost element, as in a mirror.

    Args:
        padding: its width, the same on all sides, or (left, right, top, bottom, front, back);
            negative ones cut elements off. It must be less than what it is around.

    Shapes: (N, C, D, H, W) or (C, D, H, W), with the widths added to the sizes.
    Dtypes: any; the result has the input's.

    Raises:
        TypeError: if a width is not a whole number, or the input not a Tensor.
        RuntimeError: for another number of widths, and for widths that the input does not allow.

    >>> import tinygrad_lite as tl
    >>> tl.nn.ReflectionPad3d(1)(tl.arange(27).view(1, 3, 3, 3))[0, :, 1, 1]  # from front to back
    tensor([ 9,  0,  9, 18,  9])
    """

    _ndim = 3
    _mode = "reflect"


class ReplicationPad1d(_PadNd):
    """A border around signals: the outermost element, repeated.

    Args:
        padding: its width, the same on all sides, or (left, right);
            negative ones cut elements off.

    Shapes: (N, C, L) or (C, L), with the widths added to the sizes.
    Dtypes: any; the result has the input's.

    Raises:
        TypeError: if a width is not a whole number, or the input not a Tensor.
        RuntimeError: for another number of widths, and for widths that the input does not allow.

    >>> import tinygrad_lite as tl
    >>> tl.nn.ReplicationPad1d(1)(tl.tensor([[1.0, 2.0, 3.0]]))
    tensor([[1., 1., 2., 3., 3.]])
    """

    _ndim = 1
    _mode = "replicate"


class ReplicationPad2d(_PadNd):
    """A border around images: the outermost element, repeated.

    Args:
        padding: its width, the same on all sides, or (left, right, top, bottom);
            negative ones cut elements off.

    Shapes: (N, C, H, W) or (C, H, W), with the widths added to the sizes.
    Dtypes: any; the result has the input's.

    Raises:
        TypeError: if a width is not a whole number, or the input not a Tensor.
        RuntimeError: for another number of widths, and for widths that the input does not allow.

    >>> import tinygrad_lite as tl
    >>> tl.nn.ReplicationPad2d((1, 1, 1, 0))(tl.tensor([[[1, 2, 3], [4, 5, 6]]]))
    tensor([[[1, 1, 2, 3, 3],
             [1, 1, 2, 3, 3],
             [4, 4, 5, 6, 6]]])
    """

    _ndim = 2
    _mode = "replicate"


class ReplicationPad3d(_PadNd):
    """A border around volumes: the outermost element, repeated.

    Args:
        padding: its width, the same on all sides, or (left, right, top, bottom, front, back);
            negative ones cut elements off.

    Shapes: (N, C, D, H, W) or (C, D, H, W), with the widths added to the sizes.
    Dtypes: any; the result has the input's.

    Raises:
        TypeError: if a width is not a whole number, or the input not a Tensor.
        RuntimeError: for another number of widths, and for widths that the input does not allow.

    >>> import tinygrad_lite as tl
    >>> tl.nn.ReplicationPad3d(1)(tl.arange(27).view(1, 3, 3, 3))[0, :, 1, 1]  # from front to back
    tensor([ 0,  0,  9, 18, 18])
    """

    _ndim = 3
    _mode = "replicate"


class CircularPad1d(_PadNd):
    """A border around signals: what lies at the other end.

    Args:
        padding: its width, the same on all sides, or (left, right);
            negative ones cut elements off. It must not be more than what it is around.

    Shapes: (N, C, L) or (C, L), with the widths added to the sizes.
    Dtypes: any; the result has the input's.

    Raises:
        TypeError: if a width is not a whole number, or the input not a Tensor.
        RuntimeError: for another number of widths, and for widths that the input does not allow.

    >>> import tinygrad_lite as tl
    >>> tl.nn.CircularPad1d(1)(tl.tensor([[1.0, 2.0, 3.0]]))
    tensor([[3., 1., 2., 3., 1.]])
    """

    _ndim = 1
    _mode = "circular"


class CircularPad2d(_PadNd):
    """A border around images: what lies at the other end.

    Args:
        padding: its width, the same on all sides, or (left, right, top, bottom);
            negative ones cut elements off. It must not be more than what it is around.

    Shapes: (N, C, H, W) or (C, H, W), with the widths added to the sizes.
    Dtypes: any; the result has the input's.

    Raises:
        TypeError: if a width is not a whole number, or the input not a Tensor.
        RuntimeError: for another number of widths, and for widths that the input does not allow.

    >>> import tinygrad_lite as tl
    >>> tl.nn.CircularPad2d((1, 1, 1, 0))(tl.tensor([[[1, 2, 3], [4, 5, 6]]]))
    tensor([[[6, 4, 5, 6, 4],
             [3, 1, 2, 3, 1],
             [6, 4, 5, 6, 4]]])
    """

    _ndim = 2
    _mode = "circular"


class CircularPad3d(_PadNd):
    """A border around volumes: what lies at the other end.

    Args:
        padding: its width, the same on all sides, or (left, right, top, bottom, front, back);
            negative ones cut elements off. It must not be more than what it is around.

    Shapes: (N, C, D, H, W) or (C, D, H, W), with the widths added to the sizes.
    Dtypes: any; the result has the input's.

    Raises:
        TypeError: if a width is not a whole number, or the input not a Tensor.
        RuntimeError: for another number of widths, and for widths that the input does not allow.

    >>> import tinygrad_lite as tl
    >>> tl.nn.CircularPad3d(1)(tl.arange(27).view(1, 3, 3, 3))[0, :, 1, 1]  # from front to back
    tensor([18,  0,  9, 18,  0])
    """

    _ndim = 3
    _mode = "circular"
