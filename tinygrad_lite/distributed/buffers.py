"""The memory of Tensors as it is sent and received."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from ..core import versions
from ..core.primitive import Array
from ..tensors.tensor import Tensor as TensorClass
from ..types.annotations import Tensor


class Buffer:
    """The values of a Tensor, flat and contiguous: its own memory, if that is contiguous, and else a copy.

    Args:
        x: the Tensor.
        wide: whether float16 is computed with, which is done in float32 and rounded once.
        written: whether `store` will be called.

    Raises:
        RuntimeError: for a Tensor to be written, several of whose elements are one.
    """

    def __init__(self, x: Tensor, wide: bool = False, written: bool = True) -> None:
        self.array: Array = x._data
        if (
            written
            and self.array.size
            and any(n > 1 and step == 0 for n, step in zip(self.array.shape, self.array.strides, strict=True))
        ):
            raise RuntimeError(
                "unsupported operation: more than one element of the written-to tensor refers to a single memory "
                f"location. Please clone() the tensor before performing the operation: its shape is {list(x.shape)}"
            )
        if wide and self.array.dtype == np.float16:
            self.flat = self.array.astype(np.float32).reshape(-1)
        elif self.array.flags.c_contiguous and (self.array.flags.writeable or not written):
            self.flat = self.array.reshape(-1)
        else:
            self.flat = np.array(self.array, order="C").reshape(-1)

    def store(self) -> None:
        """Bring what has been received into the Tensor's own memory, and note that it was written."""
        if not np.may_share_memory(self.flat, self.array):
            np.copyto(self.array, self.flat.reshape(self.array.shape), casting="unsafe")
        versions.wrote(self.array)


class Row:
    """Several Tensors, one after the other, in one flat array.

    Args:
        tensors: the Tensors.
        wide: as for `Buffer`.
        filled: whether their values are needed.
    """

    def __init__(self, tensors: list[Tensor], wide: bool = False, filled: bool = True) -> None:
        self.buffers = [Buffer(x, wide, written=not filled) for x in tensors]
        self.counts = [buffer.flat.size for buffer in self.buffers]
        parts = [buffer.flat for buffer in self.buffers]
        self.flat = np.concatenate(parts) if filled else np.empty(sum(self.counts), parts[0].dtype)

    def store(self) -> None:
        """Bring what has been received into the Tensors."""
        start = 0
        for buffer in self.buffers:
            buffer.flat[...] = self.flat[start : start + buffer.flat.size]
            start += buffer.flat.size
            buffer.store()


def check_tensor(x: Any, name: str) -> None:
    """Raise a TypeError for what is not a Tensor."""
    if not isinstance(x, TensorClass):
        raise TypeError(
            f"Invalid function argument. Expected parameter `{name}` of type torch.Tensor\n             but got "
            f"{type(x)} instead."
        )


def check_tensors(xs: Any, name: str) -> None:
    """Raise a TypeError for what is not a list of Tensors."""
    expected = (
        f"Invalid function argument. Expected parameter `{name}` of type List[torch.Tensor]\n             but got"
    )
    if not isinstance(xs, list | tuple):
        raise TypeError(f"{expected} {type(xs)} instead.")
    if not all(isinstance(x, TensorClass) for x in xs):
        raise TypeError(f"{expected} {type(xs)} with elements of type {[type(x) for x in xs]}.")


def check_same_dtype(*tensors: Any) -> None:
    """Raise a ValueError for Tensors of different dtypes."""
    dtypes = [x.dtype for item in tensors for x in (item if isinstance(item, list | tuple) else [item])]
    for dtype in dtypes:
        if dtype != dtypes[0]:
            raise ValueError(f"Invalid usage of tensors with different dtypesFound {dtypes[0]} and  {dtype}")


def check_count(name: str, xs: list[Tensor], x: Tensor, size: int) -> None:
    """Raise a RuntimeError if the list has not one Tensor for each process, each as large as `x`."""
    if len(xs) != size:
        raise RuntimeError(f"{name}: invalid tensor list (expected length {size}, got {len(xs)}): one for each process")
    for i, other in enumerate(xs):
        if other.numel() != x.numel():
            sizes = [f"({', '.join(map(str, t.shape))})" for t in (x, other)]
            raise RuntimeError(f"{name}: invalid tensor size at index {i} (expected {sizes[0]}, got {sizes[1]})")


def check_whole(name: str, whole: Tensor, part: Tensor, size: int) -> None:
    """Raise a RuntimeError if one Tensor has not `size` times as many elements as the other."""
    if whole.numel() != size * part.numel():
        raise RuntimeError(
            f"{name}: the size of the whole, {list(whole.shape)}, must be the size of one process' part, "
            f"{list(part.shape)}, times world size {size}"
        )


def described(x: Tensor) -> str:
    """The dtype and the number of elements, as errors show them, and as processes compare them."""
    return f"{x.dtype}, {math.prod(x.shape)} elements"
