"""Sums, means and maxima of rows of a table, over bags of indices."""

from __future__ import annotations

from typing import Any

import numpy as np

from ...core.array_functions import array_function
from ...core.primitive import Array
from ...core.tensor import wrap
from ...functions.arguments import values_of
from ...tensors.tensor import Tensor
from .argument_types import check_tensors, named_in_errors
from .embeddings import embedding, padding_row

_REASON = "embedding_bag looks at the offsets, and at which indices are padding"


@named_in_errors
def embedding_bag(
    input: Tensor,
    weight: Tensor,
    offsets: Tensor | None = None,
    max_norm: float | None = None,
    norm_type: float = 2.0,
    scale_grad_by_freq: bool = False,
    mode: str = "mean",
    sparse: bool = False,
    per_sample_weights: Tensor | None = None,
    include_last_offset: bool = False,
    padding_idx: int | None = None,
) -> Tensor:
    """Sums, means or maxima of the rows of a table that bags of indices ask for; an empty bag gives zeros.

    Args:
        input: indices, int64 or int32: (B, N) for B bags of N; or (N,), of which `offsets` tells where each bag begins.
        weight: the table (V, D), in any floating dtype.
        offsets: (B,), the first of which is 0; only for an input of one dimension.
        max_norm: rows that are asked for and whose norm is larger are first scaled down to it, in place.
        norm_type: the p of that norm.
        scale_grad_by_freq: divide the gradient of each row by how often it was asked for; not for "max".
        mode: "sum", "mean" or "max".
        sparse: must be False: there are no sparse gradients here.
        per_sample_weights: a factor for each index, of the shape of the input; only for "sum".
        include_last_offset: whether there is one offset more, for the end of the last bag.
        padding_idx: the index that does not count.

    Returns:
        A Tensor (B, D).

    Raises:
        ValueError: for shapes that do not fit, and another mode.
        RuntimeError: for offsets that do not begin with 0 or go beyond the input, and for indices of another dtype.
        IndexError: for an index that is not from 0 to V - 1.
        NotImplementedError: for weights in another mode than "sum", and for sparse=True.

    >>> import tinygrad_lite as tl
    >>> table = tl.tensor([[1.0], [2.0], [4.0]])
    >>> tl.nn.functional.embedding_bag(tl.tensor([0, 1, 2]), table, tl.tensor([0, 2]), mode="sum")
    tensor([[3.],
            [4.]])
    """
    check_tensors("embedding_bag", input=input, weight=weight)
    if per_sample_weights is not None and tuple(per_sample_weights.shape) != tuple(input.shape):
        raise ValueError(
            f"embedding_bag: If per_sample_weights ({list(per_sample_weights.shape)}) is not None, then it must have "
            f"the same shape as the input ({list(input.shape)})"
        )
    if weight.ndim != 2:
        raise ValueError(f"weight has to be a 2D Tensor, but got Tensor of dimension {weight.ndim}")
    starts = _starts(input, offsets, include_last_offset)
    if mode not in ("sum", "mean", "max"):
        raise ValueError("mode has to be one of sum, mean or max")
    if mode == "max" and scale_grad_by_freq:
        raise ValueError("max mode does not support scaling the gradient by the frequency")
    if per_sample_weights is not None and mode != "sum":
        raise NotImplementedError(
            "embedding_bag: per_sample_weights was not None. per_sample_weights is only supported for mode='sum' (got "
            f"mode='{mode}')."
        )
    count, indices = len(starts) - 1, input.reshape(-1)
    rows: Any = embedding(indices, weight, None, max_norm, norm_type, scale_grad_by_freq, sparse)
    if per_sample_weights is not None:
        rows = rows * per_sample_weights.reshape(-1, 1)
    bags, rows = np.repeat(np.arange(count), np.diff(starts)), rows[: starts[-1]]
    if padding_idx is not None:
        kept = np.flatnonzero(values_of(indices, _REASON)[: starts[-1]] != padding_row(padding_idx, len(weight)))
        rows, bags = rows[wrap(kept)], bags[kept]
    if mode == "max":
        return _largest(rows, bags, count)
    total: Tensor = rows.new_zeros(count, weight.shape[1]).index_add(0, wrap(bags), rows)
    if mode == "sum":
        return total
    sizes = np.maximum(np.bincount(bags, minlength=count), 1)
    return total / wrap(sizes.astype(total.dtype)[:, None])


def _starts(input: Tensor, offsets: Tensor | None, include_last_offset: bool) -> Array:
    """Where each bag begins, and where the last one ends."""
    if input.ndim == 2:
        if offsets is not None:
            raise ValueError(
                "if input is 2D, then offsets has to be None, as input is treated is a mini-batch of fixed length "
                f"sequences. However, found offsets of type {type(offsets).__name__}"
            )
        return np.arange(input.shape[0] + 1) * input.shape[1]
    if input.ndim != 1:
        raise ValueError(f"input has to be 1D or 2D Tensor, but got Tensor of dimension {input.ndim}")
    if offsets is None:
        raise ValueError("offsets has to be a 1D Tensor but got None")
    if offsets.ndim != 1:
        raise ValueError("offsets has to be a 1D Tensor")
    starts, size = values_of(offsets, _REASON).astype(np.int64), len(input)
    if include_last_offset and not starts.size:
        raise RuntimeError("include_last_offset: number of offset should be at least 1")
    if starts.size and starts[0] != 0:
        raise RuntimeError(
            "offsets[0] has to be 0, i.e., the first sequence in the mini-batch has to start from position 0. However, "
            f"got {starts[0]}"
        )
    if starts.size and starts[-1] > size:
        raise RuntimeError(
            f"offsets[-1] can not be greater than input's length {size} but got offsets[-1] of {starts[-1]}"
        )
    if (np.diff(starts) < 0).any():
        raise RuntimeError(f"embedding_bag: the offsets must not fall, but they are {starts.tolist()}")
    return starts if include_last_offset else np.append(starts, size)


def _largest(rows: Any, bags: Array, count: int) -> Tensor:
    """The maximum of each bag, whose gradient goes to the first row that has it."""
    places, known = _first_largest(rows.detach()._data, bags, count)
    if not len(bags):
        return rows.new_zeros(count, rows.shape[1])
    largest: Tensor = rows.gather(0, wrap(places)) * wrap(known)
    return largest


@array_function
def _first_largest(rows: Array, bags: Array, count: int) -> tuple[Array, Array]:
    places = np.zeros((count, rows.shape[1]), np.int64)
    known = np.zeros((count, 1), rows.dtype)
    for bag in np.unique(bags):
        members = np.flatnonzero(bags == bag)
        places[bag], known[bag] = members[rows[members].argmax(0)], 1
    return places, known
