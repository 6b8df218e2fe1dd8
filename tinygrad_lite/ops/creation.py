"""The table of arrays that are made of numbers alone."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..core.array_functions import creation
from ..core.primitive import Array

zeros = creation(np.zeros)
ones = creation(np.ones)
empty = creation(np.empty)
full = creation(np.full)


@creation
def eye(rows: int, columns: int, dtype: Any) -> Array:
    """1 on the diagonal of a matrix, 0 elsewhere."""
    return np.eye(rows, columns, dtype=dtype)


@creation
def number(value: Any, dtype: Any = None) -> Array:
    """A 0-d array of a number, or an array of nested lists of numbers."""
    return np.asarray(value).astype(dtype)


@creation
def arange(start: Any, step: Any, count: int, dtype: Any) -> Array:
    """start, start + step, … : `count` numbers, computed in int64 or float64."""
    values = start + step * np.arange(count, dtype=np.int64 if isinstance(start + step, int) else np.float64)
    return values.astype(dtype)


@creation
def linspace(start: float, end: float, steps: int, dtype: Any) -> Array:
    """`steps` numbers at equal distances, from start to end; whole ones are cut off, from the nearer end."""
    if np.dtype(dtype).kind not in "iu" or steps < 2:
        return np.linspace(start, end, steps).astype(dtype)
    places, step = np.arange(steps), (int(end) - int(start)) / (steps - 1)
    rising, falling = int(start) + step * places, int(end) - step * places[::-1]
    return np.where(places < steps // 2, rising, falling).astype(dtype)


@creation
def logspace(start: float, end: float, steps: int, base: float, dtype: Any) -> Array:
    """base to the power of `steps` numbers at equal distances, from start to end."""
    return np.power(base, np.linspace(start, end, steps)).astype(dtype)


@creation
def triangle_indices(lower: bool, rows: int, columns: int, offset: int, dtype: Any) -> Array:
    """The rows and the columns, a row of the result each, of a matrix's elements below (or above) a diagonal."""
    indices = np.tril_indices if lower else np.triu_indices
    return np.array(indices(rows, offset, columns)).astype(dtype)


@creation
def pairs_of(count: int) -> tuple[Array, ...]:
    """The numbers of the first and of the second of each pair among so many."""
    numbers = np.arange(count)
    first = numbers.repeat(numbers[::-1])
    return first, np.flatnonzero(np.less.outer(numbers, numbers)) - first * count


@creation
def strided_indices(shape: tuple[int, ...], end: int | None, step: int) -> tuple[Array, ...]:
    """The indices, one array for each dimension, of every step-th element of the flattened array, up to `end`."""
    size = int(np.prod(shape))
    return np.unravel_index(np.arange(size)[:end:step], shape)


@creation
def repeated_indices(length: int, counts: Any) -> Array:
    """0 … length - 1, each as often as `counts` says."""
    return np.repeat(np.arange(length), counts)


@creation
def padded_indices(length: int, before: int, after: int, mode: str) -> Array:
    """0 … length - 1, continued on both sides as a mode of `pad` says, or cut off where a width is negative.

    What "circular" continues is what the other side leaves; "reflect" and "replicate" continue the whole.
    """
    places, last = np.arange(-before, length + after), length - 1
    if mode == "replicate":
        return places.clip(0, last)
    if mode == "reflect":
        return last - np.abs(last - np.abs(places))
    first = max(-before, 0)
    return first + (places - first) % max(length - first - max(-after, 0), 1)
