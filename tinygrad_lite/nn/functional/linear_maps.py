"""Linear and bilinear maps as functions of their parameters."""

from __future__ import annotations

import math
from typing import Any

from ...functions.arguments import rounded_once
from ...ops.kernels import linear as kernels
from ...tensors.tensor import Tensor
from .argument_types import check_optional_tensor, check_tensors, scalar_type


def linear(input: Tensor, weight: Tensor, bias: Tensor | None = None) -> Tensor:
    """Affine map of the last dimension: input weightᵀ + bias.

    Args:
        input: (*, in), in a floating dtype.
        weight: (out, in), in the dtype of the input; or (in), for a single number from each row.
        bias: (out), or a shape that broadcasts to that of the result, in the same dtype; None for none.

    Returns:
        A Tensor (*, out), or (*) for a weight (in).

    Raises:
        TypeError: if an argument is not a Tensor.
        RuntimeError: if the last dimensions of input and weight differ, or the dtypes; if the bias does not fit.

    >>> import tinygrad_lite as tl
    >>> weight = tl.tensor([[1.0, 2.0], [0.0, 1.0], [1.0, -1.0]])
    >>> tl.nn.functional.linear(tl.tensor([[3.0, 4.0]]), weight, tl.tensor([0.0, 0.0, 10.0]))
    tensor([[11.,  4.,  9.]])
    """
    try:
        x, w, b = input._data, weight._data, None if bias is None else bias._data
    except AttributeError:
        check_tensors("linear", input=input, weight=weight)
        check_optional_tensor("linear", "bias", 3, bias)
        raise
    if x.dtype is not w.dtype or w.ndim != 2 or x.shape[-1:] != w.shape[1:]:
        _check_operands(x, w)
    if b is not None and (b.dtype is not w.dtype or b.shape != w.shape[:-1]):
        _check_bias(x, w, b)
    return kernels.linear(input, weight, bias)


def _check_operands(x: Any, w: Any) -> None:
    """Raise a RuntimeError if a linear map cannot be computed with these arrays."""
    info = f". linear: input {list(x.shape)}, weight {list(w.shape)}"
    if not x.ndim or not w.ndim:
        raise RuntimeError(
            f"both arguments to linear need to be at least 1D, but they are {x.ndim}D and {w.ndim}D{info}; a batch of "
            "numbers becomes one of rows by input.unsqueeze(-1)"
        )
    if w.ndim > 2:
        raise RuntimeError(
            f"t() expects a tensor with <= 2 dimensions, but self is {w.ndim}D{info}; a weight is (out, in)"
        )
    if x.shape[-1] != w.shape[-1]:
        rows = f"{math.prod(x.shape[:-1])}x{x.shape[-1]}"
        columns = f"{w.shape[1]}x{w.shape[0]}" if w.ndim == 2 else f"{w.shape[0]}"
        raise RuntimeError(
            f"mat1 and mat2 shapes cannot be multiplied ({rows} and {columns}){info}; the input has {x.shape[-1]} "
            f"features, the weight takes {w.shape[-1]}"
        )
    if x.dtype != w.dtype:
        raise RuntimeError(
            f"mat1 and mat2 must have the same dtype, but got {scalar_type(x.dtype)} and {scalar_type(w.dtype)}{info}; "
            f"the input is {x.dtype} and the weight {w.dtype}: convert one with .to(dtype)"
        )


def _check_bias(x: Any, w: Any, b: Any) -> None:
    """Raise a RuntimeError if a bias cannot be added to the result of a linear map."""
    shape = x.shape[:-1] + w.shape[:-1]
    info = f". linear: input {list(x.shape)}, weight {list(w.shape)}, bias {list(b.shape)}"
    if b.dtype != w.dtype:
        raise RuntimeError(
            f"self and mat2 must have the same dtype, but got {scalar_type(b.dtype)} and {scalar_type(w.dtype)}{info}: "
            f"the bias is {b.dtype} and the weight {w.dtype}: convert one with .to(dtype)"
        )
    for i in range(1, b.ndim + 1):
        size = shape[-i] if i <= len(shape) else None
        if b.shape[-i] != size and not (b.shape[-i] == 1 and size is not None):
            raise RuntimeError(
                f"The expanded size of the tensor ({size}) must match the existing size ({b.shape[-i]}) at "
                f"non-singleton dimension {len(shape) - i}.  Target sizes: {list(shape)}.  Tensor sizes: "
                f"{list(b.shape)}{info}; the bias needs the shape {list(w.shape[:-1])}"
            )


@rounded_once
def bilinear(input1: Tensor, input2: Tensor, weight: Tensor, bias: Tensor | None = None) -> Tensor:
    """Bilinear map of two last dimensions: the element k of the result is Σᵢⱼ input1ᵢ weightₖᵢⱼ input2ⱼ + biasₖ.

    Args:
        input1: (*, in1), in a floating dtype.
        input2: (*, in2), in the same dtype, as the others.
        weight: (out, in1, in2).
        bias: (out); None for none.

    Returns:
        A Tensor (*, out).

    Raises:
        TypeError: if an argument is not a Tensor.
        RuntimeError: if the shapes do not fit each other, or the dtypes differ.

    >>> import tinygrad_lite as tl
    >>> weight = tl.tensor([[[1.0, 0.0], [0.0, 1.0]], [[0.0, 1.0], [-1.0, 0.0]]])  # scalar and vector product
    >>> tl.nn.functional.bilinear(tl.tensor([1.0, 2.0]), tl.tensor([3.0, 4.0]), weight)
    tensor([11., -2.])
    """
    check_tensors("bilinear", input1=input1, input2=input2, weight=weight)
    check_optional_tensor("bilinear", "bias", 4, bias)
    given = {"input1": input1, "input2": input2, "weight": weight, "bias": bias}
    dtypes = {name: scalar_type(x.dtype) for name, x in given.items() if x is not None}
    if len(set(dtypes.values())) > 1:
        got = ", ".join(f"{name}: {dtype}" for name, dtype in dtypes.items())
        raise RuntimeError(f"All tensors must have the same dtype, got {got}. bilinear: convert them with .to(dtype)")
    info = f". bilinear: input1 {list(input1.shape)}, input2 {list(input2.shape)}, weight {list(weight.shape)}"
    if weight.ndim != 3:
        raise RuntimeError(f"bilinear(): weight must be 3D, but is {weight.ndim}D{info}: it needs (out, in1, in2)")
    if input1.ndim != input2.ndim or not input1.ndim:
        raise RuntimeError(f"bilinear(): input dimensions do not match: got {input1.ndim} and {input2.ndim}{info}")
    for dim, (n, m) in enumerate(zip(input1.shape[:-1], input2.shape[:-1], strict=True)):
        if n != m:
            raise RuntimeError(f"bilinear(): input batch dimensions do not match at dim {dim}: got {n} and {m}{info}")
    out, in1, in2 = weight.shape
    for name, x, size in (("input1", input1, in1), ("input2", input2, in2)):
        if x.shape[-1] != size:
            raise RuntimeError(
                f"bilinear(): {name} size does not match weight size: got {x.shape[-1]} but expected {size}{info}"
            )
    if bias is not None and tuple(bias.shape) != (out,):
        raise RuntimeError(
            f"bilinear(): bias size does not match weight size: got {bias.numel()} but expected {out}{info}, bias "
            f"{list(bias.shape)}"
        )
    rows = weight.transpose(1, 2).reshape(out * in2, in1)
    weighted = linear(input1, rows).reshape(*input1.shape[:-1], out, in2)
    product = (weighted * input2.unsqueeze(-2)).sum(-1)
    return product if bias is None else product + bias
