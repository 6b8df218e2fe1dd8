"""Shrinkage as functions: what moves an element towards 0, or to 0.

They are composites of primitives, whose derivatives are therefore right to any order. The derivative of hardshrink and
softshrink at their kinks, ±lambd, is 0, as PyTorch's.
"""

from __future__ import annotations

import numpy as np

from ...ops import activation, elementwise
from ...tensors.tensor import Tensor
from .argument_types import as_number, check_tensors, scalar_type


def tanhshrink(input: Tensor) -> Tensor:
    """Shrinkage by the hyperbolic tangent: x - tanh x, near 0 about x³ / 3.

    Args:
        input: x, of any shape (*), in a floating dtype; whole numbers give the default dtype.

    Returns:
        A Tensor (*).

    Raises:
        TypeError: if the input is not a Tensor.

    >>> import tinygrad_lite as tl
    >>> tl.nn.functional.tanhshrink(tl.tensor([0.0, 1.0, 10.0]))
    tensor([0.0000, 0.2384, 9.0000])
    """
    check_tensors("tanhshrink", input=input)
    return input - elementwise.tanh(input)


def hardshrink(input: Tensor, lambd: float = 0.5) -> Tensor:
    """Hard thresholding: x where |x| > lambd, else 0. The derivative at ±lambd is 0.

    Args:
        input: x, of any shape (*) and dtype.
        lambd: the bound; for a negative one the result is x.

    Returns:
        A Tensor (*) of the same dtype.

    Source: Donoho & Johnstone, Ideal spatial adaptation by wavelet shrinkage, 1994.

    Raises:
        TypeError: if the input is not a Tensor, or lambd not a number.

    >>> import tinygrad_lite as tl
    >>> tl.nn.functional.hardshrink(tl.tensor([-1.0, 0.5, 0.6]))
    tensor([-1.0000,  0.0000,  0.6000])
    """
    check_tensors("hardshrink", input=input)
    lambd = as_number("hardshrink", "lambd", 2, lambd, "Number")
    return activation.hardshrink(input, lambd)


def softshrink(input: Tensor, lambd: float = 0.5) -> Tensor:
    """Soft thresholding: x moved towards 0 by lambd, and 0 where |x| <= lambd. The derivative at ±lambd is 0.

    Args:
        input: x, of any shape (*), in a floating dtype; whole numbers give the default dtype.
        lambd: the distance, not negative.

    Returns:
        A Tensor (*).

    Source: Donoho & Johnstone, Ideal spatial adaptation by wavelet shrinkage, 1994.

    Raises:
        TypeError: if the input is not a Tensor, or lambd not a number.
        RuntimeError: for a negative lambd.

    >>> import tinygrad_lite as tl
    >>> tl.nn.functional.softshrink(tl.tensor([-1.0, 0.5, 0.75]))
    tensor([-0.5000,  0.0000,  0.2500])
    """
    check_tensors("softshrink", input=input)
    lambd = as_number("softshrink", "lambd", 2, lambd, "Number")
    if lambd < 0:
        largest = np.finfo(input.dtype).max if input.dtype.kind == "f" else np.inf
        raise RuntimeError(
            f"lambda must be in range [0, {largest:g}] for input dtype {scalar_type(input.dtype)}, but found "
            f"{float(lambd):g}. softshrink moves x towards 0 by this distance"
        )
    return activation.softshrink(input, lambd)
