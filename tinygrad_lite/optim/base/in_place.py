"""The arithmetic that update rules share, in place: nothing here makes a new array.

Each function names the array that it changes first, and writes intermediate results to `work`. The operations, and
their order, decide how the results are rounded.
"""

from __future__ import annotations

import functools
from typing import Any, NamedTuple

import numpy as np

from ...core.primitive import Array


class Decay(NamedTuple):
    """A decay rate β and its complement 1 - β: arrays without dimensions of the parameters' dtype, or Tensors."""

    beta: Any
    complement: Any


@functools.lru_cache(maxsize=64)
def decay_of(beta: float, dtype: np.dtype[Any]) -> Decay:
    """β and 1 - β in a dtype; the arrays are shared and read-only."""
    decay = Decay(np.array(beta, dtype), np.array(1 - beta, dtype))
    for array in decay:
        array.setflags(write=False)
    return decay


def average(mean: Array, values: Array, decay: Decay, work: Array) -> None:
    """mean ← β mean + (1 - β) values, computed as mean + (1 - β) (values - mean)."""
    np.subtract(values, mean, out=work)
    work *= decay.complement
    mean += work


def average_square(mean: Array, values: Array, decay: Decay, work: Array) -> None:
    """mean ← β mean + (1 - β) values²."""
    np.multiply(values, values, out=work)
    work *= decay.complement
    mean *= decay.beta
    mean += work


def root(square: Array, eps: Array, out: Array, eps_inside: bool = False) -> Array:
    """√square + eps, or √(square + eps) with `eps_inside`, in `out`."""
    if eps_inside:
        np.add(square, eps, out=out)
        return np.sqrt(out, out=out)
    np.sqrt(square, out=out)
    out += eps
    return out


def descend(param: Array, step_size: Array, numerator: Array, denominator: Array, work: Array) -> None:
    """param ← param - step_size · numerator / denominator; the denominator may be `work` itself."""
    np.divide(numerator, denominator, out=work)
    work *= step_size
    param -= work
