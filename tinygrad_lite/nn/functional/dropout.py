"""Dropout as a function."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from ...core.array_functions import array_function
from ...core.primitive import Array
from ...core.tensor import wrap
from ...ops.elementwise import masked_scale
from ...random import distributions as streams
from ...random.generator import Generator, drawn
from ...tensors.tensor import Tensor

_SELU_FLOOR = -1.7580993408473766  # what selu(x) tends to as x falls: -scale · alpha


def dropout(
    input: Tensor,
    p: float = 0.5,
    training: bool = True,
    inplace: bool = False,
    *,
    generator: Generator | None = None,
) -> Any:
    """In training, each element 0 with probability p (to within 2⁻¹⁷) and otherwise divided by 1 - p.

    Raises:
        ValueError: if p is no probability.
    """
    refuse_no_probability(p)
    if not training or p == 0.0:
        return input
    if p == 1.0:
        result = input * 0.0
    else:
        result = masked_scale(input, _kept(input, p, generator), 1.0 / (1.0 - p))
    return input.copy_(result) if inplace else result


def alpha_dropout(
    input: Tensor,
    p: float = 0.5,
    training: bool = False,
    inplace: bool = False,
    *,
    generator: Generator | None = None,
) -> Any:
    """In training, each element selu's lowest value with probability p, and all rescaled to keep mean 0, variance 1.

    With m 1 where x stays and 0 elsewhere, and α' the lowest value: a (m x + (1 - m) α') + b, where
    a = 1 / √((1 - p) (1 + p α'²)) and b = -a p α' (Klambauer et al., 2017).

    Raises:
        ValueError: if p is no probability.
    """
    refuse_no_probability(p)
    if not training or p == 0.0:
        return input
    if p == 1.0:
        result = input * 0.0
    else:
        kept = _kept(input, p, generator)
        scale = ((1 - p) * (1 + p * _SELU_FLOOR**2)) ** -0.5
        result = masked_scale(input, kept, scale) + wrap(_shift(kept._data, p, scale, input.dtype))
    return input.copy_(result) if inplace else result


@array_function
def _shift(kept: Array, p: float, scale: float, dtype: Any) -> Array:
    shift: Array = np.where(kept, 0, scale * _SELU_FLOOR) - scale * p * _SELU_FLOOR
    return shift.astype(dtype)


def refuse_no_probability(p: float) -> None:
    """Refuse what is not between 0 and 1."""
    if not 0.0 <= p <= 1.0:
        raise ValueError(f"dropout probability has to be between 0 and 1, but got {p}")


def _kept(input: Tensor, p: float, generator: Generator | None) -> Tensor:
    """Which elements stay; bits are much cheaper than random numbers, and for a half one will do."""
    return wrap(drawn(_mask, generator, input._data.shape, p))


def _mask(source: Generator, shape: tuple[int, ...], p: float) -> Array:
    size = math.prod(shape)
    if p == 0.5:
        return streams.coins(source, size).reshape(shape)
    return (streams.fast_bits(source, size) >= np.uint16(min(round(p * 65536), 65535))).reshape(shape)
