"""The layout of an array: all that a backend knows of a Value that it has never seen."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np


class Layout(NamedTuple):
    """The shape and dtype of an array, whether it is in order in memory, and whether it is a NumPy scalar."""

    shape: tuple[int, ...]
    dtype: np.dtype[Any]
    in_order: bool
    number: bool = False


def layout_of(thing: Any) -> Layout | None:
    """The layout of an array or a NumPy scalar; None of anything else."""
    if isinstance(thing, np.ndarray):
        return Layout(thing.shape, thing.dtype, thing.flags.c_contiguous)
    return Layout((), thing.dtype, True, True) if isinstance(thing, np.generic) else None
