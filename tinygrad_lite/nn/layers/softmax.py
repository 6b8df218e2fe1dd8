"""Modules whose results are distributions, or their logarithms, along a dimension."""

from __future__ import annotations

from ...tensors.tensor import Tensor
from .. import functional as F
from ..functional.argument_types import check_tensors
from ..module.module import Module
from .activation import Activation
from .arguments import check_sizes


class _AlongDim(Activation):
    """An activation along one dimension. If none is chosen, it warns and takes 0 for 0-, 1- and 3-d inputs, else 1."""

    _shown = ("dim",)

    def __init__(self, dim: int | None = None) -> None:
        super().__init__()
        if dim is not None:
            check_sizes(type(self).__name__, dim=dim)
        self.dim = dim


class Softmax(_AlongDim):
    """Softmax: eˣ / Σ eˣ along `dim`, numbers above 0 whose sum is 1.

    Args:
        dim: the dimension of the classes; without one it warns, and takes 0 for 0-, 1- and 3-d inputs, else 1.

    Shapes: (*) to (*).
    Dtypes: floating; the result has the input's.

    `CrossEntropyLoss` takes logits, and needs no softmax before it.

    Raises:
        TypeError: if `dim` is not an int, or the input is not a Tensor.
        IndexError: if the input has no such dimension.

    >>> from tinygrad_lite import nn, tensor
    >>> nn.Softmax(dim=1)(tensor([[0.0, 0.0], [1000.0, 0.0]]))
    tensor([[0.5000, 0.5000],
            [1.0000, 0.0000]])
    """

    def forward(self, input: Tensor) -> Tensor:
        return F.softmax(input, self.dim, _stacklevel=5)


class Softmin(_AlongDim):
    """Softmax of -x: e**-x / Σ e**-x along `dim`, which is largest where x is smallest.

    Args:
        dim: the dimension of the classes; without one it warns, and takes 0 for 0-, 1- and 3-d inputs, else 1.

    Shapes: (*) to (*).
    Dtypes: floating; the result has the input's.

    Raises:
        TypeError: if `dim` is not an int, or the input is not a Tensor.
        IndexError: if the input has no such dimension.

    >>> from tinygrad_lite import nn, tensor
    >>> nn.Softmin(dim=0)(tensor([0.0, 1.0]))
    tensor([0.7311, 0.2689])
    """

    def forward(self, input: Tensor) -> Tensor:
        return F.softmin(input, self.dim, _stacklevel=5)


class LogSoftmax(_AlongDim):
    """Logarithm of the softmax: x - log Σ eˣ along `dim`, finite even where the softmax is 0 to within rounding.

    Args:
        dim: the dimension of the classes; without one it warns, and takes 0 for 0-, 1- and 3-d inputs, else 1.

    Shapes: (*) to (*).
    Dtypes: floating; the result has the input's.

    Raises:
        TypeError: if `dim` is not an int, or the input is not a Tensor.
        IndexError: if the input has no such dimension.

    >>> from tinygrad_lite import nn, tensor
    >>> nn.LogSoftmax(dim=0)(tensor([0.0, 1000.0]))
    tensor([-1000.,     0.])
    >>> nn.Softmax(dim=0)(tensor([0.0, 1000.0])).log()
    tensor([-inf, 0.])
    """

    def forward(self, input: Tensor) -> Tensor:
        return F.log_softmax(input, self.dim, _stacklevel=5)


class Softmax2d(Module):
    """Softmax over the channels of images, at each place by itself.

    Shapes: (N, C, H, W) to (N, C, H, W), or (C, H, W) to (C, H, W).
    Dtypes: floating; the result has the input's.

    Raises:
        ValueError: for other shapes.
        TypeError: if the input is not a Tensor.

    >>> from tinygrad_lite import nn, zeros
    >>> nn.Softmax2d()(zeros(2, 1, 1)).flatten()
    tensor([0.5000, 0.5000])
    """

    def forward(self, input: Tensor) -> Tensor:
        check_tensors("softmax", input=input)
        if input.ndim not in (3, 4):
            raise ValueError(
                f"Softmax2d: expected input to be 3D or 4D, got {input.ndim}D instead: {list(input.shape)}"
            )
        return F.softmax(input, -3)
