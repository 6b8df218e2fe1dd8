"""Sums, means and maxima of rows of a table, over bags of indices."""

from __future__ import annotations

from typing import Any

import numpy as np

from ...core.array_functions import array_function, creation
from ...core.primitive import Array
from ...core.tensor import wrap
from ...functions.selection import where
from ...tensors.tensor import Tensor
from .argument_types import check_tensors, named_in_errors
from .embeddings import embedding, padding_row


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
        sparse: whether the gradient of the weight is sparse, as for `embedding`; not for "max".
        per_sample_weights: a factor for each index, of the shape of the input; only for "sum".
        include_last_offset: whether there is one offset more, for the end of the last bag.
        padding_idx: the index that does not count.

    Returns:
        A Tensor (B, D).

    Raises:
        ValueError: for shapes that do not fit, and another mode.
        RuntimeError: for offsets that do not begin with 0 or go beyond the input, and for indices of another dtype.
        IndexError: for an index that is not from 0 to V - 1.
        NotImplementedError: for weights in another mode than "sum".

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
        raise ValueError(
            f"weight has to be a 2D Tensor, but got Tensor of dimension {weight.ndim}: {list(weight.shape)}"
        )
    bags, count = _bags(input, offsets, include_last_offset)
    if mode not in ("sum", "mean", "max"):
        raise ValueError("mode has to be one of sum, mean or max")
    if mode == "max" and scale_grad_by_freq:
        raise ValueError("max mode does not support scaling the gradient by the frequency")
    if per_sample_weights is not None and mode != "sum":
        raise NotImplementedError(
            "embedding_bag: per_sample_weights was not None. per_sample_weights is only supported for mode='sum' (got "
            f"mode='{mode}')."
        )
    if mode == "max" and sparse:
        raise ValueError("max mode does not support sparse weights")
    indices = input.reshape(-1)
    left_out = padding_idx if sparse else None  # of a dense gradient the bags leave it out
    rows: Any = embedding(indices, weight, left_out, max_norm, norm_type, scale_grad_by_freq, sparse)
    if per_sample_weights is not None:
        rows = rows * per_sample_weights.reshape(-1, 1)
    padding = padding_row(padding_idx, len(weight))
    if padding is not None:
        bags = _without_padding(bags, count, indices._data, padding)
    if mode == "max":
        return _largest(rows, bags, count)
    if input.ndim == 2 and input.shape[1] and padding is None:
        of_each: Tensor = rows.reshape(*input.shape, weight.shape[1])
        return of_each.sum(1) if mode == "sum" else of_each.mean(1)
    total: Tensor = rows.new_zeros(count + 1, weight.shape[1]).index_add(0, wrap(bags), rows)[:count]
    if mode == "sum":
        return total.clone()
    return total / wrap(_sizes(bags, count, total.dtype))


def _bags(input: Tensor, offsets: Tensor | None, include_last_offset: bool) -> tuple[Array, int]:
    """Return the bag of each index, and the number of bags.

    An index in no bag gets the number of bags for its bag, so that no shape depends on values.
    """
    if input.ndim == 2:
        if offsets is not None:
            raise ValueError(
                "if input is 2D, then offsets has to be None, as input is treated is a mini-batch of fixed length "
                f"sequences. However, found offsets of type {type(offsets).__name__}"
            )
        return _bags_of_rows(*input.shape), input.shape[0]
    if input.ndim != 1:
        raise ValueError(
            f"input has to be 1D or 2D Tensor, but got Tensor of dimension {input.ndim}: {list(input.shape)}"
        )
    if offsets is None:
        raise ValueError("offsets has to be a 1D Tensor but got None")
    if offsets.is_floating_point():
        raise RuntimeError(
            "Expected tensor for argument #1 'indices' to have one of the following scalar types: Long, Int; but got "
            f"{offsets.dtype} instead. embedding_bag: convert the offsets with .long()"
        )
    if offsets.ndim != 1:
        raise ValueError(f"offsets has to be a 1D Tensor: it is of shape {list(offsets.shape)}")
    if include_last_offset and not len(offsets):
        raise RuntimeError("include_last_offset: number of offset should be at least 1")
    count = len(offsets) - include_last_offset
    return _bags_between(offsets._data, len(input), count), count


@creation
def _bags_of_rows(count: int, size: int) -> Array:
    return np.repeat(np.arange(count), size)


@array_function
def _bags_between(starts: Array, size: int, count: int) -> Array:
    """The bag of each of `size` indices, of which each bag begins at its start; beyond `count` bags, `count`."""
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
    starts = starts.astype(np.int64)
    after = size - starts[-1] if len(starts) > count else 0
    sizes = np.diff(np.append(starts[:count], size - after))
    return np.repeat(np.arange(count + 1), np.append(sizes, size - sizes.sum()))


@array_function
def _without_padding(bags: Array, count: int, index: Array, padding_idx: int) -> Array:
    return np.where(index == padding_idx, count, bags)


@array_function
def _sizes(bags: Array, count: int, dtype: Any) -> Array:
    """Count the indices of each bag, and 1 for an empty one, as a column."""
    return np.maximum(np.bincount(bags, minlength=count)[:count, None], 1).astype(dtype)


def _largest(rows: Any, bags: Array, count: int) -> Tensor:
    """The maximum of each bag, whose gradient goes to the first row that has it."""
    if not len(rows):
        return rows.new_zeros(count, rows.shape[1])
    places, known = _first_largest(rows.detach()._data, bags, count)
    return where(wrap(known), rows.gather(0, wrap(places)), 0.0)


@array_function
def _first_largest(rows: Array, bags: Array, count: int) -> tuple[Array, Array]:
    each, width = len(rows) // max(count, 1), rows.shape[1]
    if each * count == len(rows) and np.array_equal(bags, np.repeat(np.arange(count), each)):
        first = np.arange(0, len(rows), each)[:, None]
        return rows.reshape(count, each, width).argmax(1) + first, np.ones((count, 1), np.bool_)
    places = np.zeros((count, width), np.int64)
    known = np.isin(np.arange(count), bags)[:, None]
    for bag in np.flatnonzero(known):
        members = np.flatnonzero(bags == bag)
        places[bag] = members[rows[members].argmax(0)]
    return places, known
