"""Dropout as functions."""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np

from ...core.array_functions import array_function
from ...core.edge import expand
from ...core.errors import warn
from ...core.primitive import Array
from ...core.tensor import wrap
from ...functions.arguments import for_all_samples
from ...ops.elementwise import masked_scale
from ...ops.shape import narrow
from ...random import distributions
from ...random.generator import Generator, drawn
from ...tensors.tensor import Tensor
from .argument_types import as_number, check_tensors, not_a_tensor, scalar_type

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
    return _dropped("dropout", input, p, training, inplace, partial(_draw_mask, input, p, generator), _scaled)


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
    return _dropped(
        "alpha_dropout", input, p, training, inplace, partial(_draw_mask, input, p, generator), _alpha_scaled
    )


def dropout1d(input: Tensor, p: float = 0.5, training: bool = True, inplace: bool = False) -> Tensor:
    """Set random channels of signals to 0: in training each with probability p; the others are divided by 1 - p.

    Neighbours in a signal are alike: where single elements are dropped, their neighbours still tell what they were.

    Args:
        input: (N, C, L) or (C, L), in a floating dtype.
        p: the probability of 0, from 0 to 1.
        training: False for the input as it is.
        inplace: write the result into the memory of the input.

    Returns:
        A Tensor of the input's shape and dtype.

    Source: Tompson et al., 2015, https://arxiv.org/abs/1411.4280.

    Raises:
        TypeError: if the input is not a Tensor, or p not a number.
        ValueError: if p is not from 0 to 1.
        RuntimeError: for an input of other dimensions.

    >>> import tinygrad_lite as tl
    >>> y = tl.nn.functional.dropout1d(tl.ones(2, 50, 3), 0.75)
    >>> sorted(set(map(tuple, y.flatten(0, 1).tolist())))
    [(0.0, 0.0, 0.0), (4.0, 4.0, 4.0)]
    """
    check_tensors("dropout1d", input=input)
    p = as_probability("dropout1d", p)
    if input.ndim not in (2, 3):
        raise RuntimeError(
            f"dropout1d: Expected 2D or 3D input, but received a {input.ndim}D input. Note that dropout1d exists to "
            "provide channel-wise dropout on inputs with 1 spatial dimension, a channel dimension, and an optional "
            "batch dimension (i.e. 2D or 3D inputs)."
        )
    return _drop_channels(input, p, training, inplace, 1 if input.ndim == 2 else 2)


def dropout2d(input: Tensor, p: float = 0.5, training: bool = True, inplace: bool = False) -> Tensor:
    """Set random channels of images to 0: in training each with probability p; the others are divided by 1 - p.

    Args:
        input: (N, C, H, W), in a floating dtype. An input (N, C, L) is taken for signals, with a warning.
        p: the probability of 0, from 0 to 1.
        training: False for the input as it is.
        inplace: write the result into the memory of the input.

    Returns:
        A Tensor of the input's shape and dtype.

    Source: Tompson et al., 2015, https://arxiv.org/abs/1411.4280.

    Raises:
        TypeError: if the input is not a Tensor, or p not a number.
        ValueError: if p is not from 0 to 1.
        RuntimeError: for an input of fewer than 2 dimensions.

    >>> import tinygrad_lite as tl
    >>> y = tl.nn.functional.dropout2d(tl.ones(2, 50, 2, 2), 0.75)
    >>> sorted(set(map(tuple, y.flatten(2).flatten(0, 1).tolist())))
    [(0.0, 0.0, 0.0, 0.0), (4.0, 4.0, 4.0, 4.0)]
    """
    check_tensors("dropout2d", input=input)
    p = as_probability("dropout2d", p)
    if input.ndim not in (3, 4):
        _warn_of_dimensions("dropout2d", input.ndim, "2 spatial dimensions", "3D or 4D")
    if input.ndim == 3:
        warn(
            "dropout2d: Received a 3D input to dropout2d and assuming that channel-wise 1D dropout behavior is desired "
            "- input is interpreted as shape (N, C, L), where C is the channel dim. This behavior will change in a "
            "future release to interpret the input as one without a batch dimension, i.e. shape (C, H, W). To maintain "
            "the 1D channel-wise dropout behavior, please switch to using dropout1d instead."
        )
    return _drop_channels(input, p, training, inplace, 2)


def dropout3d(input: Tensor, p: float = 0.5, training: bool = True, inplace: bool = False) -> Tensor:
    """Set random channels of volumes to 0: in training each with probability p; the others are divided by 1 - p.

    Args:
        input: (N, C, D, H, W) or (C, D, H, W), in a floating dtype.
        p: the probability of 0, from 0 to 1.
        training: False for the input as it is.
        inplace: write the result into the memory of the input.

    Returns:
        A Tensor of the input's shape and dtype.

    Raises:
        TypeError: if the input is not a Tensor, or p not a number.
        ValueError: if p is not from 0 to 1.

    >>> import tinygrad_lite as tl
    >>> y = tl.nn.functional.dropout3d(tl.ones(50, 1, 2, 1), 0.75)
    >>> sorted(set(map(tuple, y.flatten(1).tolist())))
    [(0.0, 0.0), (4.0, 4.0)]
    """
    check_tensors("dropout3d", input=input)
    p = as_probability("dropout3d", p)
    if input.ndim not in (4, 5):
        _warn_of_dimensions("dropout3d", input.ndim, "3 spatial dimensions", "4D or 5D")
    return _drop_channels(input, p, training, inplace, 2 if input.ndim == 5 else 1)


def feature_alpha_dropout(input: Tensor, p: float = 0.5, training: bool = False, inplace: bool = False) -> Tensor:
    """`alpha_dropout` of whole channels.

    Args:
        input: (N, C, *), in a floating dtype.
        p: the probability to be dropped, from 0 to 1; with 1 the result is 0.
        training: False, the default, for the input as it is.
        inplace: write the result into the memory of the input.

    Returns:
        A Tensor of the input's shape and dtype.

    Source: Klambauer et al., Self-Normalizing Neural Networks, 2017, https://arxiv.org/abs/1706.02515.

    Raises:
        TypeError: if the input is not a Tensor, or p not a number.
        ValueError: if p is not from 0 to 1.
        RuntimeError: for an input of fewer than 2 dimensions, or of a dtype that is not floating.

    >>> import tinygrad_lite as tl
    >>> y = tl.nn.functional.feature_alpha_dropout(tl.ones(2, 50, 3), training=True)
    >>> len(set(map(tuple, y.flatten(0, 1).tolist())))
    2
    """
    check_tensors("feature_alpha_dropout", input=input)
    p = as_probability("feature_alpha_dropout", p)
    draw = partial(_draw_channels, input, p, 2)
    return _dropped("feature_alpha_dropout", input, p, training, inplace, draw, _alpha_scaled)


def _drop_channels(input: Tensor, p: float, training: bool, inplace: bool, lead: int) -> Tensor:
    """Drop all elements that have the same first `lead` indices together, or keep them."""
    return _dropped("dropout", input, p, training, inplace, partial(_draw_channels, input, p, lead), _scaled)


def _dropped(
    name: str,
    input: Tensor,
    p: float,
    training: bool,
    inplace: bool,
    draw: Callable[[], Tensor],
    scaled: Callable[[Tensor, Tensor, float], Tensor],
) -> Tensor:
    """Draw a mask, and scale the elements that stay. Every dropout is this, with its own `draw` and `scaled`."""
    if not training or p == 0.0 or input._data.size == 0:
        return input
    if p == 1.0:
        result = _zeros(input)
    else:
        _check_dtype(name, input)
        result = scaled(input, draw(), p)
    return input.copy_(result) if inplace else result


def _draw_channels(input: Tensor, p: float, lead: int) -> Tensor:
    """A mask that is the same for all elements of a channel."""
    if input.ndim < 2:
        raise RuntimeError(f"Feature dropout requires at least 2 dimensions in the input: it is {list(input.shape)}")
    one: Any = input.detach()
    for dim in range(lead, input.ndim):
        one = narrow(one, dim, 0, 1)
    return expand(_draw_mask(one.contiguous(), p, None), tuple(input.shape))


def _warn_of_dimensions(name: str, ndim: int, what: str, fitting: str) -> None:
    warn(
        f"{name}: Received a {ndim}-D input to {name}, which is deprecated and will result in an error in a future "
        "release. To retain the behavior and silence this warning, please use dropout instead. Note that "
        f"{name} exists to provide channel-wise dropout on inputs with {what}, a channel dimension, and an optional "
        f"batch dimension (i.e. {fitting} inputs)."
    )


def _scaled(input: Tensor, mask: Tensor, p: float) -> Any:
    """The elements that stay, divided by 1 - p; the others are 0."""
    wide = np.float32 if input.dtype == np.float16 else input.dtype.type  # the type that PyTorch divides in
    return masked_scale(input, mask, float(input.dtype.type(wide(1.0) / wide(1.0 - p))))


def _alpha_scaled(input: Tensor, mask: Tensor, p: float) -> Any:
    scale = 1.0 / math.sqrt((_SELU_FLOOR**2 * p + 1) * (1 - p))
    shift = wrap(_alpha_shift(mask._data, p, scale, input.dtype))
    return masked_scale(input, mask, float(input.dtype.type(scale))) + shift


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
