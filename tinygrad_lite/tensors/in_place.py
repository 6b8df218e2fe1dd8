"""Methods that fill a Tensor in place: with a value, with another Tensor's values, with random numbers."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..core.primitive import Array
from ..ops.creation import strided_indices
from ..ops.indexing import setitem
from ..random import distributions as streams
from ..random.generator import Generator, drawn


class Filling:
    """What a Tensor can be filled with."""

    __slots__ = ()

    _data: Array
    _become: Any
    _wrap: Any

    def copy_(self, src: Any, non_blocking: bool = False) -> Any:
        """Take the values of `src`, broadcast and cast; gradients flow to it."""
        src = src if isinstance(src, Filling) else self._wrap(np.asarray(src))
        if src._data.ndim > self._data.ndim:
            raise RuntimeError(
                f"copy_: output with shape {list(self._data.shape)} doesn't match the shape {list(src._data.shape)} of "
                "what is to be copied: it has more dimensions"
            )
        return self._become(lambda x, y: setitem(x, ..., y.to(x.dtype)), src)

    def fill_(self, value: Any) -> Any:
        """Take one value everywhere."""
        if getattr(value, "ndim", 0):
            raise RuntimeError(
                f"fill_ only supports 0-dimension value tensor but got one with {value.ndim} dimensions."
            )
        return self._become(lambda x, v: setitem(x, ..., v), value)

    def zero_(self) -> Any:
        """Become 0 everywhere."""
        return self.fill_(0)

    def fill_diagonal_(self, value: Any, wrap: bool = False) -> Any:
        """Take one value along the diagonal; with `wrap`, in a tall matrix it begins anew below each square."""
        shape = self._data.shape
        if len(shape) < 2 or (len(shape) > 2 and len(set(shape)) > 1):
            raise RuntimeError(f"fill_diagonal_: dimensions of one length, or a matrix, are needed, not {list(shape)}")
        step = sum(int(np.prod(shape[d + 1 :])) for d in range(len(shape)))
        end = None if wrap or len(shape) > 2 else shape[1] ** 2
        place = strided_indices(shape, end, step)
        return self._become(lambda x, v: setitem(x, place, v), value)

    def _fill(self, draw: Any, generator: Generator | None, *args: Any) -> Any:
        values = drawn(draw, generator, self._data.shape, *args)
        return self._become(lambda x: self._wrap(values))

    def uniform_(self, from_: float = 0.0, to: float = 1.0, *, generator: Generator | None = None, **named: Any) -> Any:
        """Take numbers evenly spread over [from, to)."""
        low = named.pop("from", from_)
        if named:
            raise TypeError(f"uniform_() got an unexpected keyword argument {next(iter(named))!r}")
        return self._fill(streams.uniform, generator, low, to, self._data.dtype)

    def normal_(self, mean: float = 0.0, std: float = 1.0, *, generator: Generator | None = None) -> Any:
        """Take normally distributed numbers."""
        return self._fill(streams.normal_array, generator, mean, std, self._data.dtype)

    def bernoulli_(self, p: Any = 0.5, *, generator: Generator | None = None) -> Any:
        """Become 1 with probability p, else 0."""
        p = p._data if isinstance(p, Filling) else p
        return self._fill(streams.bernoulli_array, generator, p, self._data.dtype)

    def exponential_(self, lambd: float = 1.0, *, generator: Generator | None = None) -> Any:
        """Take exponentially distributed numbers of this rate."""
        return self._fill(streams.exponential_array, generator, lambd, self._data.dtype)

    def random_(self, from_: int = 0, to: int | None = None, *, generator: Generator | None = None) -> Any:
        """Take whole numbers from `from_` up to, without, `to`; `random_(to)` from 0."""
        if to is None and from_:
            from_, to = 0, from_
        if to is None:
            kind = self._data.dtype.kind
            to = 2 ** np.finfo(self._data.dtype).nmant + 1 if kind == "f" else int(np.iinfo(self._data.dtype).max) + 1
        return self._fill(_integers, generator, from_, to, self._data.dtype)


def _integers(generator: Generator, shape: tuple[int, ...], low: int, high: int, dtype: Any) -> Array:
    return streams.integers(generator, shape, low, high, np.int64).astype(dtype)
