"""Activations as modules."""

from __future__ import annotations

from ..tensor import Tensor
from .module import Module


class ReLU(Module):
    """max(x, 0); its derivative at 0 is 0.

    >>> import tinygrad_lite as tl
    >>> tl.nn.ReLU()(tl.tensor([-1.0, 2.0]))
    tensor([0., 2.])
    """

    def __init__(self, inplace: bool = False) -> None:
        super().__init__()
        self.inplace = inplace

    def forward(self, input: Tensor) -> Tensor:
        return input.relu_() if self.inplace else input.relu()

    def extra_repr(self) -> str:
        return "inplace=True" if self.inplace else ""


class Sigmoid(Module):
    """1 / (1 + e**-x)."""

    def forward(self, input: Tensor) -> Tensor:
        return input.sigmoid()


class Tanh(Module):
    """tanh x."""

    def forward(self, input: Tensor) -> Tensor:
        return input.tanh()
