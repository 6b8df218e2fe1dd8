"""Random numbers for all samples of a vmap at once, as `randomness="different"` asks for."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from ..random import distributions
from ..tensors.batched_data import BatchedArray

_OF_A_SHAPE = (
    distributions.uniform,
    distributions.normal_array,
    distributions.exponential_array,
    distributions.bernoulli_array,
    distributions.integers,
)
_OF_AN_ARRAY = (distributions.filled_normal, distributions.filled_normal_like)


def of_all_samples(draw: Callable[..., Any], args: Sequence[Any], size: int, level: int) -> list[Any] | None:
    """The arguments by which a function draws for all samples; None for one that draws for a single sample only.

    PyTorch draws in this order too, so that the numbers are the same.
    """
    if draw is distributions.filled and args[0] in _OF_A_SHAPE:
        return [args[0], *_extended(args[1:], size, level)]
    if draw in _OF_A_SHAPE or draw in _OF_AN_ARRAY:
        return _extended(args, size, level)
    return None


def _extended(args: Sequence[Any], size: int, level: int) -> list[Any]:
    first, *rest = args
    if isinstance(first, (tuple, list)):
        ndim = len(first)
        extended: Any = (size, *first)
    else:
        ndim = first.ndim
        extended = _samples(first, ndim, level) if _has(first, level) else np.empty((size, *first.shape), first.dtype)
    return [extended, *[_samples(x, ndim, level) if _has(x, level) else x for x in rest]]


def _has(x: Any, level: int) -> bool:
    return type(x) is BatchedArray and x.level == level


def _samples(x: BatchedArray, ndim: int, level: int) -> Any:
    """The samples along the first dimension, and then `ndim` dimensions."""
    value = x.value
    if x.ndim == ndim or type(value) is BatchedArray:
        return value
    return value.reshape(value.shape[0], *[1] * (ndim - x.ndim), *value.shape[1:])
