"""Linear maps as functions of their parameters."""

from __future__ import annotations

from typing import Any

from ...ops.kernels import linear as kernels
from ...tensors.tensor import Tensor


def linear(input: Tensor, weight: Tensor, bias: Tensor | None = None) -> Any:
    """input weightᵀ + bias: (…, in), (out, in) and (out) give (…, out).

    Raises:
        RuntimeError: if the last size of the input is not that of the weight, or the dtypes differ.
    """
    x, w = input._data, weight._data
    if x.shape[-1:] != w.shape[-1:]:
        raise RuntimeError(
            f"linear: mat1 and mat2 shapes cannot be multiplied: input {list(input.shape)} has "
            f"{input.shape[-1] if input.ndim else 'no'} features, weight {list(weight.shape)} takes {weight.shape[-1]}"
        )
    if x.dtype != w.dtype:
        raise RuntimeError(
            f"linear: mat1 and mat2 must have the same dtype, but got {input.dtype} and {weight.dtype}: convert one "
            "with .to(dtype)"
        )
    return kernels.linear(input, weight, bias)


def bilinear(input1: Tensor, input2: Tensor, weight: Tensor, bias: Tensor | None = None) -> Any:
    """Σᵢⱼ input1ᵢ weightₖᵢⱼ input2ⱼ + biasₖ: (…, i), (…, j), (k, i, j) and (k) give (…, k).

    Raises:
        RuntimeError: if the sizes do not fit each other.
    """
    if input1.shape[:-1] != input2.shape[:-1]:
        raise RuntimeError(
            f"bilinear: input batch dimensions do not match: input1 {list(input1.shape)}, input2 {list(input2.shape)}"
        )
    out, first, second = weight.shape
    if (input1.shape[-1], input2.shape[-1]) != (first, second):
        raise RuntimeError(
            f"bilinear: input sizes do not match weight size: inputs of {input1.shape[-1]} and {input2.shape[-1]} "
            f"features, weight {list(weight.shape)} takes {first} and {second}"
        )
    rows = weight.transpose(1, 2).reshape(out * second, first)
    halfway = linear(input1, rows).reshape(*input1.shape[:-1], out, second)
    product = (halfway * input2.unsqueeze(-2)).sum(-1)
    return product if bias is None else product + bias
