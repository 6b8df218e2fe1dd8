"""Copies in order of arrays that lie in memory in another one."""

from __future__ import annotations

from typing import Any

import numpy as np

Array = np.ndarray[Any, np.dtype[Any]]

_APART = 1024
"""Elements that are a multiple of so many bytes apart share a few lines of the cache, and push one another out."""
_LEAST = 1 << 13
"""Smaller arrays are copied as a whole."""
_COLUMNS = 16
"""So many of them are read, and those beside them, before the first is gone."""


def clone(x: Array) -> Array:
    """x in memory of its own, in order. A large matrix that is transposed is copied a few columns at a time."""
    apart = x.strides[-1] if x.size >= _LEAST and not x.flags.c_contiguous and x.shape[-1] > _COLUMNS else 0
    if not apart or apart % _APART:
        return np.array(x, order="C")
    out = np.empty(x.shape, x.dtype)
    for first in range(0, x.shape[-1], _COLUMNS):
        columns = (..., slice(first, first + _COLUMNS))
        out[columns] = x[columns]
    return out
