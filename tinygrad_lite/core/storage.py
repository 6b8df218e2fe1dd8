"""The memory that arrays look into: what they share must be shared by their copies, and in files, too.

A copy of an array is then the same look (`Place`) into a copy of the whole memory, which is made once.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from .primitive import Array
from .versions import owner


class Place(NamedTuple):
    """The place of an array's elements in a memory.

    Attributes:
        offset: the bytes from the beginning of the memory to the first element.
        shape, strides: those of the array, in elements and in bytes.
        dtype: the dtype of the array.
    """

    offset: int
    shape: tuple[int, ...]
    strides: tuple[int, ...]
    dtype: np.dtype[Any]

    def look(self, storage: Array) -> Array:
        """The array that has this place in `storage`, which are the bytes of a memory."""
        return np.ndarray(self.shape, self.dtype, storage, self.offset, self.strides)


def place_of(array: Array) -> tuple[Array, Place]:
    """The array that owns the memory of `array`, which stands for this memory, and the place of `array` in it.

    Arrays that share memory have one owner: `id(owner)` tells, as long as they live. An array without elements, or of a
    memory that holds Python objects, is taken for its own owner.
    """
    root = owner(array)
    if not array.size or root.dtype.hasobject:
        root = array
    start, _ = np.lib.array_utils.byte_bounds(root)
    return root, Place(array.__array_interface__["data"][0] - start, array.shape, array.strides, array.dtype)


def copied_storage(root: Array) -> Array:
    """The bytes of the memory that an array owns, in a copy: those from its first element to its last."""
    start, stop = np.lib.array_utils.byte_bounds(root)
    storage = np.empty(stop - start if root.size else 0, np.uint8)
    place_of(root)[1].look(storage)[...] = root
    return storage
