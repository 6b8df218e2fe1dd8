"""Layers that make images larger or smaller, or exchange channels for places."""

from __future__ import annotations

from collections.abc import Sequence

from ...tensors.tensor import Tensor
from .. import functional as F
from ..functional.resampling import Factors, NewSize
from ..module.module import Module
from .arguments import check_sizes


class Upsample(Module):
    """Signals, images or volumes in another size.

    Args:
        size: the size of the result: a number for each dimension, or one for all.
        scale_factor: by how much it is larger, likewise; one of the two must be given.
        mode: "nearest", "linear", "bilinear", "bicubic" or "trilinear", as for `F.interpolate`.
        align_corners: whether first and last elements stay where they are, for the modes that interpolate.
        recompute_scale_factor: whether distances follow from the sizes, even if `scale_factor` was given.

    Shapes: (N, C, *) to (N, C, *), with 1 to 3 dimensions *.
    Dtypes: floating; uint8 for the mode "nearest".

    Raises:
        TypeError: if a size is not a whole number, or the input is not a Tensor.
        ValueError: if both or none of size and scale_factor are given.
        NotImplementedError: for a mode that there is not for so many dimensions.

    >>> import tinygrad_lite as tl
    >>> tl.nn.Upsample(scale_factor=2)(tl.tensor([[[1.0, 2.0]]]))
    tensor([[[1., 1., 2., 2.]]])
    """

    size: NewSize
    scale_factor: Factors

    def __init__(
        self,
        size: NewSize = None,
        scale_factor: Factors = None,
        mode: str = "nearest",
        align_corners: bool | None = None,
        recompute_scale_factor: bool | None = None,
    ) -> None:
        super().__init__()
        self.name = type(self).__name__
        self.size = size
        if isinstance(scale_factor, Sequence):
            self.scale_factor = tuple(float(factor) for factor in scale_factor)
        else:
            self.scale_factor = float(scale_factor) if scale_factor else None
        self.mode, self.align_corners = mode, align_corners
        self.recompute_scale_factor = recompute_scale_factor

    def forward(self, input: Tensor) -> Tensor:
        return F.interpolate(
            input, self.size, self.scale_factor, self.mode, self.align_corners, self.recompute_scale_factor
        )

    def extra_repr(self) -> str:
        by = f"scale_factor={self.scale_factor!r}" if self.scale_factor is not None else f"size={self.size!r}"
        return f"{by}, mode={self.mode!r}"


class UpsamplingNearest2d(Upsample):
    """Images in another size, of the nearest elements: `Upsample` with the mode "nearest".

    Args:
        size: the size of the result, (H, W), or one number for both.
        scale_factor: by how much it is larger, likewise; one of the two must be given.

    Shapes: (N, C, H, W) to (N, C, P, Q).
    Dtypes: floating, and uint8.

    Raises:
        TypeError: if a size is not a whole number, or the input is not a Tensor.
        ValueError: if both or none of size and scale_factor are given.

    >>> import tinygrad_lite as tl
    >>> tl.nn.UpsamplingNearest2d(scale_factor=2)(tl.tensor([[[[1.0, 2.0]]]]))
    tensor([[[[1., 1., 2., 2.],
              [1., 1., 2., 2.]]]])
    """

    def __init__(self, size: NewSize = None, scale_factor: Factors = None) -> None:
        super().__init__(size, scale_factor, mode="nearest")


class UpsamplingBilinear2d(Upsample):
    """Images in another size, interpolated: `Upsample` with the mode "bilinear" and `align_corners`.

    Args:
        size: the size of the result, (H, W), or one number for both.
        scale_factor: by how much it is larger, likewise; one of the two must be given.

    Shapes: (N, C, H, W) to (N, C, P, Q).
    Dtypes: floating.

    Raises:
        TypeError: if a size is not a whole number, or the input is not a Tensor.
        ValueError: if both or none of size and scale_factor are given.

    >>> import tinygrad_lite as tl
    >>> tl.nn.UpsamplingBilinear2d((1, 3))(tl.tensor([[[[0.0, 2.0]]]]))
    tensor([[[[0., 1., 2.]]]])
    """

    def __init__(self, size: NewSize = None, scale_factor: Factors = None) -> None:
        super().__init__(size, scale_factor, mode="bilinear", align_corners=True)


class PixelShuffle(Module):
    """Channels for places: r² channels of one element become r by r elements of one channel.

    Args:
        upscale_factor: r.

    Shapes: (*, C r², H, W) to (*, C, H r, W r).
    Dtypes: any.

    Source: Shi et al., 2016, https://arxiv.org/abs/1609.05158.

    Raises:
        TypeError: if r is not a whole number, or the input is not a Tensor.
        RuntimeError: for fewer than 3 dimensions, or channels that r² does not divide.

    >>> import tinygrad_lite as tl
    >>> tl.nn.PixelShuffle(2)(tl.arange(4).reshape(4, 1, 1))
    tensor([[[0, 1],
             [2, 3]]])
    """

    def __init__(self, upscale_factor: int) -> None:
        super().__init__()
        check_sizes("PixelShuffle", upscale_factor=upscale_factor)
        self.upscale_factor = upscale_factor

    def forward(self, input: Tensor) -> Tensor:
        return F.pixel_shuffle(input, self.upscale_factor)

    def extra_repr(self) -> str:
        return f"upscale_factor={self.upscale_factor}"


class PixelUnshuffle(Module):
    """Places for channels: r by r elements of one channel become r² channels of one element.

    Args:
        downscale_factor: r.

    Shapes: (*, C, H r, W r) to (*, C r², H, W).
    Dtypes: any.

    Raises:
        TypeError: if r is not a whole number, or the input is not a Tensor.
        RuntimeError: for fewer than 3 dimensions, or a height or width that r does not divide.

    >>> import tinygrad_lite as tl
    >>> tl.nn.PixelUnshuffle(2)(tl.arange(4).reshape(1, 2, 2)).flatten()
    tensor([0, 1, 2, 3])
    """

    def __init__(self, downscale_factor: int) -> None:
        super().__init__()
        check_sizes("PixelUnshuffle", downscale_factor=downscale_factor)
        self.downscale_factor = downscale_factor

    def forward(self, input: Tensor) -> Tensor:
        return F.pixel_unshuffle(input, self.downscale_factor)

    def extra_repr(self) -> str:
        return f"downscale_factor={self.downscale_factor}"


class ChannelShuffle(Module):
    """The channels of several groups, in turn: one of each group, then the next of each.

    Args:
        groups: into how many groups the channels are divided.

    Shapes: (N, C, *) to (N, C, *).
    Dtypes: any.

    Source: Zhang et al., 2018, https://arxiv.org/abs/1707.01083.

    Raises:
        TypeError: if groups is not a whole number, or the input is not a Tensor.
        RuntimeError: for fewer than 3 dimensions, or channels that the groups do not divide.

    >>> import tinygrad_lite as tl
    >>> tl.nn.ChannelShuffle(2)(tl.arange(4).reshape(1, 4, 1)).flatten()
    tensor([0, 2, 1, 3])
    """

    def __init__(self, groups: int) -> None:
        super().__init__()
        check_sizes("ChannelShuffle", groups=groups)
        self.groups = groups

    def forward(self, input: Tensor) -> Tensor:
        return F.channel_shuffle(input, self.groups)

    def extra_repr(self) -> str:
        return f"groups={self.groups}"
