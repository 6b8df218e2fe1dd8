"""Quantiles of the elements that are not NaN."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from ..core.edge import cast, reshape
from ..ops import indexing
from ..ops.creation import number
from ..ops.elementwise import ceil, floor, isnan, lerp, maximum
from ..ops.elementwise import round as rounded
from ..ops.shape import permute
from ..types import dtypes
from ..types.annotations import Tensor
from .arguments import array_of, one_dim, public, wrap_like
from .ordering import sort
from .reduction import count_nonzero


@public
def nanquantile(
    x: Tensor, q: Tensor | float, dim: int | None = None, keepdim: bool = False, *, interpolation: str = "linear"
) -> Tensor:
    """Value below which a fraction q of the elements lies that are not NaN; NaN where there are no others.

    Args:
        x: of float32 or float64, of any shape.
        q: a number in [0, 1], or a Tensor with none or one dimension, of the dtype of `x`.
        dim: the dimension to reduce; None for all elements.
        keepdim: keep the reduced dimension, with length 1.
        interpolation: "linear", or what to take of the two nearest elements: the "lower", the "higher", the "nearest",
            or their "midpoint".

    Raises:
        IndexError: if there is no such dimension.
        RuntimeError: if q is outside [0, 1], or has two dimensions; if a dtype is not as described; if there are no
            elements; or for another `interpolation`.

    >>> import tinygrad_lite as tl
    >>> x = tl.tensor([10.0, float("nan"), 30.0])
    >>> tl.nanquantile(x, 0.5), tl.quantile(x, 0.5)
    (tensor(20.), tensor(nan))
    """
    if x.dtype not in (dtypes.float32, dtypes.float64):
        raise RuntimeError(f"nanquantile() input tensor must be either float or double dtype, not {x.dtype}")
    rank: Any = wrap_like(x, number(q, x.dtype)) if isinstance(q, (int, float)) else q
    if rank.dtype != x.dtype:
        raise RuntimeError(f"nanquantile() q tensor must be same dtype as the input tensor: {rank.dtype}, {x.dtype}")
    if rank.ndim > 1:
        raise RuntimeError(f"nanquantile() q must be a scalar or 1D tensor, but its shape is {list(rank.shape)}")
    if interpolation not in (*_SELECTIONS, "linear", "midpoint"):
        raise RuntimeError(
            "nanquantile() interpolation must be one of linear, lower, higher, midpoint or nearest, but got "
            f"{interpolation}"
        )
    shape = tuple(x.shape)
    if not math.prod(shape):
        raise RuntimeError(f"nanquantile() input tensor must be non-empty, but its shape is {list(shape)}")
    dim = None if dim is None else one_dim(dim, x.ndim, "nanquantile")
    if dim is None or not shape:
        x, dim, kept = reshape(x, (math.prod(shape),)), 0, (1,) * len(shape)
    else:
        kept = (*shape[:dim], 1, *shape[dim + 1 :])
    ordered: Any = permute(sort(x, dim).values, (dim, *(d for d in range(x.ndim) if d != dim)))  # NaN come last
    counts = cast(count_nonzero(cast(~isnan(ordered), dtypes.int64), 0), x.dtype)
    q_shape, rest = tuple(rank.shape), tuple(ordered.shape[1:])
    # The quantile of no elements is that of one NaN.
    rank = _check_range(reshape(rank, (-1, *[1] * len(rest)))) * (maximum(counts, 1.0) - 1)
    if interpolation in _SELECTIONS:
        found = _taken(ordered, _SELECTIONS[interpolation](rank))
    else:
        below = floor(rank)
        weight = 0.5 if interpolation == "midpoint" else rank - below
        found = lerp(_taken(ordered, below), _taken(ordered, ceil(rank)), weight)
    return reshape(found, (*q_shape, *(kept if keepdim else rest)))


def _check_range(q: Any) -> Any:
    values = array_of(q)
    if not ((values >= 0) & (values <= 1)).all():
        raise RuntimeError(f"nanquantile() q values must be in the range [0, 1], but they are {values.reshape(-1)}")
    return q


def _taken(ordered: Any, places: Any) -> Any:
    """The elements at places along the first dimension, which have no derivative."""
    return indexing.gather(ordered, 0, array_of(cast(places, dtypes.int64)))


_SELECTIONS: dict[str, Callable[[Any], Any]] = {"lower": floor, "higher": ceil, "nearest": rounded}
