"""Linear maps as functions of their parameters."""

from __future__ import annotations

from typing import Any

from ...ops import fused
from ...tensor import Tensor


def linear(input: Tensor, weight: Tensor, bias: Tensor | None = None) -> Any:
    """input weightᵀ + bias: (…, in), (out, in) and (out) give (…, out).

    Raises:
        RuntimeError: if the last size of the input is not that of the weight, or the dtypes differ.
    """
    x, w = input._data, weight._data
    if x.shape[-1:] != w.shape[-1:]:
        raise RuntimeError(
            f"linear: mat1 and mat2 shapes cannot be multiplied: input {list(input.shape)} has {input.shape[-1:] or 'no'} "
            f"features, weight {list(weight.shape)} takes {weight.shape[-1]}"
        )
    if x.dtype is not w.dtype:
        raise RuntimeError(
            f"linear: mat1 and mat2 must have the same dtype, but got {input.dtype} and {weight.dtype}: convert one "
            "with .to(dtype)"
        )
    return fused.linear(input, weight, bias)
