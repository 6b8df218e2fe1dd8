"""NumPy as the text that is run on symbols sees it: what makes arrays makes symbols."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from .nodes import Untakeable
from .symbols import READ, Symbol, choice, full


def concatenated(xs: Sequence[Any], axis: int = 0) -> Symbol:
    """Arrays one after the other along a dimension."""
    if not all(isinstance(x, Symbol) and x.ndim and x.dtype == xs[0].dtype and x.size for x in xs):
        raise Untakeable("what are not arrays of one dtype")
    d = axis % xs[0].ndim
    shape = [sum(x.shape[d] for x in xs) if k == d else n for k, n in enumerate(xs[0].shape)]
    found, stop = None, shape[d]
    for x in reversed(xs):
        stop -= x.shape[d]
        starts = [stop if k == d else 0 for k in range(len(shape))]
        # What is not there is not read where a choice of these two reads it. Among more the last is read by itself.
        part = x.widen(shape, starts, "widen" if found is None and len(xs) > 2 else "shift")
        inside = full(True, x.shape, np.bool_).widen(shape, starts)
        found = part if found is None else choice(inside, part, found)
    return found if found is not None else xs[0]


READ[np.concatenate] = concatenated


def _copy(x: Any, dtype: Any = None, order: str = "K", copy: bool = True) -> Any:
    if not isinstance(x, Symbol):
        return np.array(x, dtype)
    return Symbol(x.node) if dtype is None else Symbol(x.astype(dtype).node)


class SymbolicNumPy:
    """NumPy for text that is run on symbols: its functions that would look into memory copy symbols instead."""

    def __getattr__(self, name: str) -> Any:
        return getattr(np, name)

    array = staticmethod(_copy)
    asarray = staticmethod(
        lambda x, dtype=None, order=None: x if dtype is None and isinstance(x, Symbol) else _copy(x, dtype)
    )
    ascontiguousarray = staticmethod(lambda x: x if isinstance(x, Symbol) else np.ascontiguousarray(x))
    zeros = staticmethod(
        lambda shape, dtype=np.float64: full(0, shape if isinstance(shape, (tuple, list)) else (shape,), dtype)
    )
    empty = zeros
    empty_like = staticmethod(lambda x: full(0, x.shape, x.dtype))
