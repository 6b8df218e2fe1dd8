"""Derivatives inside vmap: what stands for one sample, as the Tensor of all samples that the graph knows, and back."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from ..core.edge import expand, reshape
from ..core.tensor import wrap
from ..ops.shape import permute
from ..tensors.batched_data import BatchedArray


def _opened(x: Any) -> tuple[list[int], Any]:
    """The levels of a Tensor, the lowest first, and the Tensor of all samples of all levels."""
    data = x._data
    if type(data) is not BatchedArray:
        return [], x
    return data.levels(), wrap(data.raw, x._history())


def _closed(x: Any, levels: Iterable[int]) -> Any:
    """The opposite of `_opened`."""
    data = x._data
    for level in levels:
        data = BatchedArray(data, level)
    return x if data is x._data else wrap(data, x._node)


def levels_of(x: Any) -> list[int]:
    """The levels of vmap at which a Tensor has a sample for each."""
    return x._data.levels() if type(x._data) is BatchedArray else []


def explicit(x: Any, levels: Mapping[int, int]) -> Any:
    """The Tensor with the samples of some levels along its first dimensions; what has none of a level is repeated.

    Args:
        x: a Tensor.
        levels: the numbers of samples, by level, the lowest first. At other levels x stays one sample of several.
    """
    if not levels and type(x._data) is not BatchedArray:
        return x
    have, everything = _opened(x)
    kept = [level for level in have if level not in levels]
    shared = [level for level in have if level in levels]
    order = [*map(have.index, (*kept, *shared)), *range(len(have), everything.ndim)]
    if order != sorted(order):
        everything = permute(everything, tuple(order))
    sizes, own = list(everything.shape[: len(kept)]), tuple(x._data.shape)
    if len(shared) < len(levels):
        ones = [levels[level] if level in shared else 1 for level in levels]
        everything = expand(reshape(everything, (*sizes, *ones, *own)), (*sizes, *levels.values(), *own))
    return _closed(everything, kept)


def implicit(x: Any, levels: Sequence[int] | Mapping[int, int]) -> Any:
    """The opposite: the first dimensions of a Tensor are the samples of these levels."""
    if not levels:
        return x
    kept, everything = _opened(x)
    have = [*kept, *levels]
    order = [*sorted(range(len(have)), key=have.__getitem__), *range(len(have), everything.ndim)]
    if order != sorted(order):
        everything = permute(everything, tuple(order))
    return _closed(everything, sorted(have))
