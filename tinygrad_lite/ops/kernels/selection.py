"""A fast form of np.where, which the kernels of other functions use too."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

Array = np.ndarray[Any, np.dtype[Any]]

INTEGERS: dict[int, Any] = {d.itemsize: d for d in map(np.dtype, (np.int8, np.int16, np.int32, np.int64))}


def choose(condition: Any, x: Any, y: Any) -> Array:
    """np.where(condition, x, y), to the bit.

    NumPy branches at each element, and where the condition is irregular the processor predicts few of the branches.
    Bits of both values are masked and combined instead, which is ten times as fast for many elements.
    """
    if np.size(condition) < 1024:
        return np.where(condition, x, y)
    dtype = np.result_type(x, y)
    integer = INTEGERS[dtype.itemsize]
    condition = np.asarray(condition, np.bool_)
    if _is_zero(x):
        return _where(~condition, np.asarray(y, dtype).view(integer)).view(dtype)
    if _is_zero(y):
        return _where(condition, np.asarray(x, dtype).view(integer)).view(dtype)
    mask = np.negative(condition.view(np.int8)).astype(integer)  # every bit is 1 where it holds
    a, b = (np.asarray(v, dtype).view(integer) for v in (x, y))
    chosen = a ^ b
    if chosen.shape == mask.shape:
        chosen &= mask
    else:
        chosen = chosen & mask
    chosen ^= b
    return chosen.view(dtype)


def _is_zero(x: Any) -> bool:
    """Whether x is a number all of whose bits are 0."""
    return type(x) in (int, float) and x == 0 and math.copysign(1, x) > 0


def _where(condition: Array, bits: Array) -> Array:
    """The bits where the condition holds, else 0. As whole numbers they are multiplied by 1 or 0."""
    factor = condition.astype(bits.dtype)
    if factor.shape != bits.shape:
        return factor * bits
    factor *= bits
    return factor
