"""Modules whose results are distributions, or their logarithms, along a dimension."""

from __future__ import annotations

from ...tensors.tensor import Tensor
from .. import functional as F
from ..module.module import Module
from .activation import Activation


class _AlongDim(Activation):
    """Without a dim it warns, and takes 0 for 0-, 1- and 3-dimensional inputs, else 1."""

    _shown = ("dim",)

    def __init__(self, dim: int | None = None) -> None:
        super().__init__()
        self.dim = dim


class Softmax(_AlongDim):
    """exp x / Σ exp x along dim.

    >>> from tinygrad_lite import nn, tensor
    >>> nn.Softmax(dim=0)(tensor([0.0, 0.0]))
    tensor([0.5000, 0.5000])
    """

    def forward(self, input: Tensor) -> Tensor:
        return F.softmax(input, self.dim, _stacklevel=5)


class Softmin(_AlongDim):
    """softmax(-x) along dim.

    >>> from tinygrad_lite import nn, tensor
    >>> nn.Softmin(dim=0)(tensor([0.0, 1.0]))
    tensor([0.7311, 0.2689])
    """

    def forward(self, input: Tensor) -> Tensor:
        return F.softmin(input, self.dim, _stacklevel=5)


class LogSoftmax(_AlongDim):
    """log softmax(x) along dim, without its loss of precision.

    >>> from tinygrad_lite import nn, tensor
    >>> nn.LogSoftmax(dim=0)(tensor([0.0, 0.0]))
    tensor([-0.6931, -0.6931])
    """

    def forward(self, input: Tensor) -> Tensor:
        return F.log_softmax(input, self.dim, _stacklevel=5)


class Softmax2d(Module):
    """softmax over the channels of (N, C, H, W) or (C, H, W), at each place.

    Raises:
        ValueError: for other shapes.

    >>> from tinygrad_lite import nn, zeros
    >>> nn.Softmax2d()(zeros(2, 1, 1)).flatten()
    tensor([0.5000, 0.5000])
    """

    def forward(self, input: Tensor) -> Tensor:
        if input.ndim not in (3, 4):
            raise ValueError(f"Softmax2d: expected input to be 3D or 4D, got {input.ndim}D instead")
        return F.softmax(input, -3)
