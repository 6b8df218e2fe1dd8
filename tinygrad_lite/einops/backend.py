"""The operations on Tensors that einops needs. It finds the class below among the subclasses of its own."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ..core.tensor import TensorBase
from ..creation.from_data import tensor
from ..creation.ranges import arange
from ..functions.contraction import einsum as contract
from ..functions.joining import cat, stack
from ..runtime.optional import require
from ..tensors.tensor import Tensor

einops = require("einops", extra="einops")
backends = require("einops._backends", extra="einops")
AbstractBackend: Any = backends.AbstractBackend

einsum, pack, parse_shape, rearrange = einops.einsum, einops.pack, einops.parse_shape, einops.rearrange
reduce, repeat, unpack = einops.reduce, einops.repeat, einops.unpack


class TensorBackend(AbstractBackend):
    """The operations of which einops' own are made, on Tensors, each of which is recorded."""

    framework_name = __name__.partition(".")[0]

    def is_appropriate_type(self, tensor: Any) -> bool:
        """Return True if this backend is for the argument."""
        return isinstance(tensor, TensorBase)

    def from_numpy(self, x: Any) -> Tensor:
        """The Tensor of an array; one of floating point requires a gradient, which is what einops' tests want."""
        made = tensor(x)
        return made.requires_grad_() if made.is_floating_point() else made

    def to_numpy(self, x: Tensor) -> Any:
        """The array of a Tensor."""
        return x.detach().numpy()

    def arange(self, start: int, stop: int) -> Tensor:
        """The whole numbers of a range."""
        return arange(start, stop)

    def reduce(self, x: Tensor, operation: str, axes: Sequence[int]) -> Any:
        """Reduce the axes. PyTorch reduces by `prod`, `any` and `all` along one dimension at a time."""
        if operation in ("prod", "any", "all"):
            for axis in sorted(axes, reverse=True):
                x = getattr(x, operation)(axis)
            return x
        return getattr(x, {"min": "amin", "max": "amax"}.get(operation, operation))(tuple(axes))

    def transpose(self, x: Tensor, axes: Sequence[int]) -> Tensor:
        """Put the axes in this order."""
        return x.permute(*axes)

    def stack_on_zeroth_dimension(self, tensors: list[Tensor]) -> Tensor:
        """One Tensor of a list of them."""
        return stack(tensors)

    def add_axis(self, x: Tensor, new_position: int) -> Tensor:
        """A new axis of length 1."""
        return x.unsqueeze(new_position)

    def tile(self, x: Tensor, repeats: Sequence[int]) -> Tensor:
        """Repeat along each axis; the axes that are to be repeated have length 1, so that nothing is copied."""
        return x.expand(*(-1 if count == 1 else count for count in repeats))

    def concat(self, tensors: Sequence[Tensor], axis: int) -> Tensor:
        """Join along an axis."""
        return cat(list(tensors), axis)

    def is_float_type(self, x: Tensor) -> bool:
        """Return True if a mean can be taken."""
        return x.is_floating_point()

    def einsum(self, pattern: str, *x: Tensor) -> Tensor:
        """The sum of products that a pattern describes."""
        return contract(pattern, *x)


backends.get_backend(tensor(0.0))  # einops keeps what it found, and asks PyTorch's backend no more
