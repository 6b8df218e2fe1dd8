"""Memory of freed arrays is kept for new ones: by a setting of the C library, and here for the largest.

A training step makes and frees the same arrays again and again. By default glibc (the C library of most Linux systems)
returns a freed array of 128 KiB or more to the operating system, which must then find and clear every page of the next
one: a third of the time of a step of a small transformer, and of that of per-sample gradients.
"""

from __future__ import annotations

import math
import os
from typing import Any

import numpy as np

Array = np.ndarray[Any, np.dtype[Any]]

_LARGEST = (1 << 25) - (1 << 16)
"""glibc raises its limit to the size of what is freed, up to 32 MiB; of this a part is its own."""


def keep_freed_memory() -> None:
    """Let arrays of up to 32 MiB be made from memory that was freed before.

    When glibc frees a larger array than ever, it takes such arrays for temporary ones: from then on it makes those of
    up to this size from a heap, and returns the heap's end to the system once more than twice this size is free
    there. So one array, to which nothing is written, is freed here. Other C libraries have limits of their own. Where
    the variables `MALLOC_MMAP_THRESHOLD_` or `MALLOC_TRIM_THRESHOLD_` are set, glibc keeps to them.
    """
    np.empty(_LARGEST, np.uint8)


# ------------------------------------------------------------------------------- arrays too large for glibc to keep

_MOST = 0 if {"MALLOC_MMAP_THRESHOLD_", "MALLOC_TRIM_THRESHOLD_"} & os.environ.keys() else 1 << 27
_spare: list[Array] = []
"""The memory of at most one array, the last one that came to its end."""


def large_empty(shape: tuple[int, ...], dtype: Any) -> Array:
    """Like `np.empty`, but an array of 32 to 128 MiB is made in the memory of the last such one that is gone.

    So each such array has memory of its own, as any other. What is kept for the next one is at most 128 MiB; nothing
    is, where one of the variables that glibc keeps to is set.
    """
    size = math.prod(shape) * np.dtype(dtype).itemsize
    if not _LARGEST < size <= _MOST:
        return np.empty(shape, dtype)
    try:
        memory = _spare.pop()
    except IndexError:
        memory = np.empty(size, np.uint8)
    if memory.size != size:
        memory = np.empty(size, np.uint8)
    return np.asarray(_Lease(memory)).view(dtype).reshape(shape)


class _Lease:
    """Memory that belongs to one array and its views, which hold the lease. It becomes spare when none is left."""

    def __init__(self, memory: Array) -> None:
        self.memory = memory
        self.__array_interface__ = memory.__array_interface__

    def __del__(self, spare: list[Array] = _spare) -> None:
        spare[:] = [self.memory]
