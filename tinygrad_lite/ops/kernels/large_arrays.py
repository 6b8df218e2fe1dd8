"""Arrays so large that the C library gives their memory back to the operating system as soon as they are freed.

The system then finds and clears every page of the next one: a third of the time that per-sample gradients take.
"""

from __future__ import annotations

import math
import os
from typing import Any

import numpy as np

Array = np.ndarray[Any, np.dtype[Any]]

_LEAST = (1 << 25) - (1 << 16)
"""glibc keeps the memory of smaller ones, as `runtime/allocator.py` has told it to."""
_MOST = 0 if {"MALLOC_MMAP_THRESHOLD_", "MALLOC_TRIM_THRESHOLD_"} & os.environ.keys() else 1 << 27
_spare: list[Array] = []
"""The memory of at most one array, the last one that came to its end."""


def large_empty(shape: tuple[int, ...], dtype: Any) -> Array:
    """Like `np.empty`, but an array of 32 to 128 MiB is made in the memory of the last such one that is gone.

    So each such array has memory of its own, as any other. What is kept for the next one is at most 128 MiB; nothing
    is, where one of the variables that glibc keeps to is set.
    """
    size = math.prod(shape) * np.dtype(dtype).itemsize
    if not _LEAST < size <= _MOST:
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
