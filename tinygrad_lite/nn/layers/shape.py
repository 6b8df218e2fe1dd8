"""Layers that change the shape, or nothing."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ...tensors.tensor import Tensor
from ..functional.argument_types import check_tensors
from ..module.module import Module
from .arguments import check_sizes


class Identity(Module):
    """Identity: the result is the input itself. It takes the place of a layer that is left out.

    Args:
        args, kwargs: have no effect.

    Shapes: (*) to (*).
    Dtypes: any.

    >>> from tinygrad_lite import nn, ones
    >>> x = ones(2)
    >>> nn.Identity(54, unused=True)(x) is x
    True
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__()

    def forward(self, input: Tensor) -> Tensor:
        return input


class Flatten(Module):
    """Flatten several dimensions into one: those from `start_dim` to `end_dim`, by default all but the first.

    Args:
        start_dim, end_dim: the first and the last dimension that are flattened.

    Shapes: (N, *) to (N, Π *), where Π * is the product of the sizes.
    Dtypes: any; the result has the input's, and its memory where that is possible.

    Raises:
        TypeError: if a dimension is not an int, or the input is not a Tensor.
        IndexError: if the input has no such dimension.

    >>> from tinygrad_lite import nn, zeros
    >>> nn.Flatten()(zeros(2, 3, 4)).shape
    Size([2, 12])
    """

    def __init__(self, start_dim: int = 1, end_dim: int = -1) -> None:
        super().__init__()
        check_sizes("Flatten", start_dim=start_dim, end_dim=end_dim)
        self.start_dim, self.end_dim = start_dim, end_dim

    def forward(self, input: Tensor) -> Tensor:
        check_tensors("flatten", input=input)
        return input.flatten(self.start_dim, self.end_dim)

    def extra_repr(self) -> str:
        return f"start_dim={self.start_dim}, end_dim={self.end_dim}"


class Unflatten(Module):
    """Make several dimensions of one, the inverse of `Flatten`.

    Args:
        dim: the dimension.
        unflattened_size: the sizes, a tuple or list of ints, whose product is the size of the dimension; one of them
            may be -1, and is then computed from the others.

    Shapes: (*, n, *) to (*, a, b, …, *), where n = a · b · ….
    Dtypes: any; the result has the input's, and its memory where that is possible.

    Raises:
        TypeError: if the sizes are not a list or tuple of ints, dim is not an int (dimensions have no names here), or
            the input is not a Tensor.
        RuntimeError: if the product of the sizes is not n.

    >>> from tinygrad_lite import nn, zeros
    >>> nn.Unflatten(1, (3, -1))(zeros(2, 12)).shape
    Size([2, 3, 4])
    """

    def __init__(self, dim: int, unflattened_size: Sequence[int]) -> None:
        super().__init__()
        if not isinstance(dim, int):
            raise TypeError(
                f"Unflatten: dim must be an int, but got {type(dim).__name__}: dimensions have no names here"
            )
        if not isinstance(unflattened_size, (tuple, list)):
            raise TypeError(
                f"unflattened_size must be a tuple of ints, but found type {type(unflattened_size).__name__}"
            )
        for i, size in enumerate(unflattened_size):
            if not isinstance(size, int):
                raise TypeError(f"unflattened_size must be tuple of ints, but found a {type(size).__name__} at pos {i}")
        self.dim, self.unflattened_size = dim, unflattened_size

    def forward(self, input: Tensor) -> Tensor:
        check_tensors("unflatten", input=input)
        return input.unflatten(self.dim, self.unflattened_size)

    def extra_repr(self) -> str:
        return f"dim={self.dim}, unflattened_size={self.unflattened_size}"
