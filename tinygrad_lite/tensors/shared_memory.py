"""Memory that processes share: those forked from this one, and those that it is sent to."""

from __future__ import annotations

import mmap
import os
import tempfile
from typing import Any

import numpy as np

from ..core.primitive import Array
from ..core.versions import owner


class SharedBlock:
    """A block of memory that belongs to an open file without a name, so that it is freed with its last user.

    An array that looks into it (`array`) keeps it alive.

    Args:
        descriptor: that of the open file, which becomes the block's own.
        size: the number of bytes.
    """

    def __init__(self, descriptor: int, size: int) -> None:
        self.descriptor, self.size = descriptor, size
        self._memory = mmap.mmap(descriptor, max(1, size))
        self.__array_interface__: dict[str, Any] = np.frombuffer(self._memory, np.uint8, size).__array_interface__

    def __del__(self) -> None:
        os.close(self.descriptor)

    def array(self) -> Array:
        """The bytes."""
        return np.asarray(self)


def _new_block(size: int) -> SharedBlock:
    if hasattr(os, "memfd_create"):
        descriptor = os.memfd_create("tinygrad_lite")
    else:
        with tempfile.TemporaryFile() as file:
            descriptor = os.dup(file.fileno())
    os.truncate(descriptor, max(1, size))
    return SharedBlock(descriptor, size)


def block_of(array: Array) -> SharedBlock | None:
    """The block of shared memory that an array looks into, or None."""
    base = owner(array).base
    return base if isinstance(base, SharedBlock) else None


def shared_copy(array: Array) -> Array:
    """A copy of an array, in shared memory; the array itself, if it is there already."""
    if block_of(array) is not None:
        return array
    copy: Array = _new_block(array.nbytes).array().view(array.dtype).reshape(array.shape)
    copy[...] = array
    return copy
