"""A setting of the C library, so that it keeps the memory of freed arrays for new ones.

A training step makes and frees the same arrays again and again. By default glibc (the C library of most Linux systems)
returns a freed array of 128 KiB or more to the operating system, which must then find and clear every page of the next
one: a third of the time of a step of a small transformer. For arrays that are larger than the limit that can be set see
`ops/kernels/large_arrays.py`.
"""

from __future__ import annotations

import numpy as np

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
