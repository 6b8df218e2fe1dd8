"""Dropout as functions."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from ...core.array_functions import array_function
from ...core.primitive import Array
from ...core.tensor import wrap
from ...functions.arguments import for_all_samples
from ...ops.elementwise import masked_scale
from ...random import distributions
from ...random.generator import Generator, drawn
from ...tensors.tensor import Tensor
from .argument_types import as_number, not_a_tensor, scalar_type

_SELU_FLOOR = -1.7580993408473766  # what selu(x) tends to as x falls: -scale · alpha


def dropout(
    input: Tensor,
    p: float = 0.5,
    training: bool = True,
    inplace: bool = False,
    *,
    generator: Generator | None = None,
) -> Tensor:
    """Set random elements to 0: in training each is 0 with probability p, and else x / (1 - p).

    The expectation stays x, so that nothing is to be done in evaluation ("inverted" dropout). The book's form (Deep
    Learning from Scratch, 6.4.3) does not divide in training and multiplies by 1 - p in evaluation.

    Args:
        input: x, of any shape (*), in a floating dtype.
        p: the probability of 0, from 0 to 1.
        training: False for the input as it is.
        inplace: write the result into the memory of the input.
        generator: the source of the mask; by default the one that `manual_seed` sets.

    Returns:
        A Tensor (*) of the same dtype; the input itself if nothing is dropped.

    Source: Srivastava et al., Dropout: A Simple Way to Prevent Neural Networks from Overfitting, 2014.

    Raises:
        TypeError: if the input is not a Tensor, or p not a number.
        ValueError: if p is not from 0 to 1.
        RuntimeError: for a dtype that is not floating; in place, if the input is a leaf that requires a gradient.

    >>> import tinygrad_lite as tl
    >>> x = tl.ones(10_000)
    >>> sorted(set(tl.nn.functional.dropout(x, 0.75).tolist()))
    [0.0, 4.0]
    >>> tl.nn.functional.dropout(x, 0.75, training=False) is x
    True
    """
    if not isinstance(input, Tensor):
        raise not_a_tensor("dropout", "input", 1, input)
    p = as_probability("dropout", p)
    if not training or p == 0.0 or input._data.size == 0:
        return input
    if p == 1.0:
        result = _zeros(input)
    else:
        _check_dtype("dropout", input)
        wide = np.float32 if input.dtype == np.float16 else input.dtype.type  # the type that PyTorch divides in
        factor = float(input.dtype.type(wide(1.0) / wide(1.0 - p)))
        result = masked_scale(input, _draw_mask(input, p, generator), factor)
    return input.copy_(result) if inplace else result


def alpha_dropout(
    input: Tensor,
    p: float = 0.5,
    training: bool = False,
    inplace: bool = False,
    *,
    generator: Generator | None = None,
) -> Tensor:
    """Dropout for networks with SELU: drops to the lowest value of selu, and keeps mean 0 and variance 1.

    With a mask m, 1 where x stays and 0 where it is dropped, and α' = -1.758… the lowest value of selu, the result is
    a (m x + (1 - m) α') + b, where a = 1 / √((1 - p) (1 + p α'²)) and b = -a p α'.

    Args:
        input: x, of any shape (*), in a floating dtype.
        p: the probability to be dropped, from 0 to 1; with 1 the result is 0.
        training: False, the default, for the input as it is.
        inplace: write the result into the memory of the input.
        generator: the source of the mask; by default the one that `manual_seed` sets.

    Returns:
        A Tensor (*) of the same dtype; the input itself if nothing is dropped.

    Source: Klambauer et al., Self-Normalizing Neural Networks, 2017, https://arxiv.org/abs/1706.02515.

    Raises:
        TypeError: if the input is not a Tensor, or p not a number.
        ValueError: if p is not from 0 to 1.
        RuntimeError: for a dtype that is not floating; in place, if the input is a leaf that requires a gradient.

    >>> import tinygrad_lite as tl
    >>> x = tl.randn(10_000)
    >>> y = tl.nn.functional.alpha_dropout(x, 0.5, training=True)
    >>> (y.var() - x.var()).abs() < 0.1
    tensor(True)
    """
    if not isinstance(input, Tensor):
        raise not_a_tensor("alpha_dropout", "input", 1, input)
    p = as_probability("alpha_dropout", p)
    if not training or p == 0.0 or input._data.size == 0:
        return input
    if p == 1.0:
        result = _zeros(input)
    else:
        _check_dtype("alpha_dropout", input)
        mask = _draw_mask(input, p, generator)
        scale = 1.0 / math.sqrt((_SELU_FLOOR**2 * p + 1) * (1 - p))
        result = masked_scale(input, mask, float(input.dtype.type(scale))) + wrap(
            _alpha_shift(mask._data, p, scale, input.dtype)
        )
    return input.copy_(result) if inplace else result


@array_function
@for_all_samples
def _alpha_shift(mask: Array, p: float, scale: float, dtype: Any) -> Array:
    kept, floor = dtype.type(-_SELU_FLOOR * scale * p), dtype.type(_SELU_FLOOR * scale)
    shift: Array = np.where(mask, kept, floor + kept)  # every step rounded to the dtype, as in PyTorch
    return shift


def as_probability(function: str, p: float) -> float:
    """Return p as a number of Python; a TypeError says that it is none, and a ValueError that it is not from 0 to 1."""
    p = as_number(function, "p", 2, p)
    if not 0.0 <= p <= 1.0:
        raise ValueError(f"dropout probability has to be between 0 and 1, but got {p}")
    return p


def _check_dtype(function: str, input: Tensor) -> None:
    if input._data.dtype.kind != "f":
        raise RuntimeError(
            f"result type Float can't be cast to the desired output type {scalar_type(input.dtype)}. {function} scales "
            f"what it does not drop, and the input is {input.dtype}: convert it with .float()"
        )


def _zeros(input: Tensor) -> Any:
    return input * (0.0 if input._data.dtype.kind == "f" else False)


def _draw_mask(input: Tensor, p: float, generator: Generator | None) -> Tensor:
    """Return a mask of the elements that stay: the numbers that `bernoulli_(1 - p)` would draw."""
    return wrap(
        drawn(distributions.filled, generator, distributions.bernoulli_array, input._data, 1.0 - p, np.dtype(np.bool_))
    )
