"""Dropout as a function."""

from __future__ import annotations

from typing import Any

import numpy as np

from ... import streams
from ...generator import Generator, chosen
from ...ops.elementwise import masked_scale
from ...tensor import Tensor


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
    if not 0.0 <= p <= 1.0:
        raise ValueError(f"dropout probability has to be between 0 and 1, but got {p}")
    if not training or p == 0.0:
        return input
    if p == 1.0:
        result = input * 0.0
    else:
        words = streams.fast_bits(chosen(generator), input._data.size)
        keep = words >= np.uint16(min(round(p * 65536), 65535))
        result = masked_scale(input, keep.reshape(input._data.shape), 1.0 / (1.0 - p))
    return input.copy_(result) if inplace else result
