"""Embeddings as a function of their table."""

from __future__ import annotations

from typing import Any

import numpy as np

from ...core import versions
from ...core.array_functions import array_function
from ...core.primitive import Array
from ...core.tensor import wrap
from ...functions.arguments import any_out_of_range, for_all_samples
from ...ops.elementwise import where
from ...ops.indexing import getitem
from ...sparse.gradients import with_sparse_gradient
from ...tensors.tensor import Tensor
from .argument_types import as_number, not_a_tensor


def embedding(
    input: Tensor,
    weight: Tensor,
    padding_idx: int | None = None,
    max_norm: float | None = None,
    norm_type: float = 2.0,
    scale_grad_by_freq: bool = False,
    sparse: bool = False,
) -> Tensor:
    """Rows of a table of vectors: weight[input].

    The gradient of a row is the sum of the gradients of all places where it was asked for.

    Args:
        input: indices (*) from 0 to V - 1, in int64 or int32.
        weight: the table (V, D), in any dtype.
        padding_idx: the row that gets no gradient; negative ones count from the end.
        max_norm: rows that are asked for and whose norm is larger are first scaled down to it, in place.
        norm_type: the p of that norm.
        scale_grad_by_freq: divide the gradient of each row by how often it was asked for.
        sparse: whether the gradient of the weight is a sparse Tensor, which has the rows that were asked for, in this
            order, and no others. It is dense nevertheless if the weight is no leaf, and inside transforms of `func`.

    Returns:
        A Tensor (*, D) of the dtype of the weight.

    Source: Bengio et al., A Neural Probabilistic Language Model, 2003.

    Raises:
        TypeError: if input or weight is not a Tensor, or max_norm or norm_type not a number.
        IndexError: for an index that is not from 0 to V - 1.
        RuntimeError: for indices of another dtype, or a weight that is not 2-d; in the backward pass for
            `scale_grad_by_freq` with `sparse`.
        AssertionError: if there is no row `padding_idx`.

    >>> import tinygrad_lite as tl
    >>> tl.nn.functional.embedding(tl.tensor([2, 0]), tl.tensor([[1.0], [2.0], [3.0]]))
    tensor([[3.],
            [1.]])
    """
    for argument, position, value in (("input", 1, input), ("weight", 2, weight)):
        if not isinstance(value, Tensor):
            raise not_a_tensor("embedding", argument, position, value)
    if weight._data.ndim != 2:
        raise RuntimeError(
            f"'weight' must be 2-D. embedding: the input is {list(input.shape)} and the weight {list(weight.shape)}; "
            "indices come first, and then the table (V, D)"
        )
    count = weight._data.shape[0]
    padding_idx = padding_row(padding_idx, count)
    index = _checked_indices(input, count)
    if max_norm is not None:
        max_norm = as_number("embedding", "max_norm", 4, max_norm)
        norm_type = as_number("embedding", "norm_type", 5, norm_type)
        versions.write(_renormalise, weight._data, index, max_norm, norm_type)
    rows = getitem(weight, index)
    if sparse and with_sparse_gradient(rows, padding_idx, scale_grad_by_freq):
        return rows
    if scale_grad_by_freq and index.size:
        scaled = rows * wrap(_inverse_counts(index, rows.dtype))
        rows = rows.detach() + (scaled - scaled.detach())  # the value of rows with the gradient of scaled
    if padding_idx is not None:
        rows = where(wrap(_is_padding(index, padding_idx)), rows.detach(), rows)
    return rows


def padding_row(padding_idx: int | None, count: int) -> int | None:
    """Return the row of padding, counted from the front; an AssertionError says that there is no such row."""
    if padding_idx is None:
        return None
    if not isinstance(padding_idx, (int, np.integer)):
        raise TypeError(
            f"embedding(): argument 'padding_idx' (position 3) must be int, not {type(padding_idx).__name__}"
        )
    if not -count <= padding_idx < count:
        raise AssertionError(
            f"Padding_idx must be within num_embeddings, but is {padding_idx}, and there are {count} embeddings"
        )
    return int(padding_idx) % count


def _checked_indices(input: Tensor, count: int) -> Array:
    index = input._data
    if index.dtype.kind != "i" or index.dtype.itemsize < 4:
        raise RuntimeError(
            "Expected tensor for argument #1 'indices' to have one of the following scalar types: Long, Int; but got "
            f"{input.dtype} instead. embedding: convert the input with .long()"
        )
    _check_indices(index, count)
    return index


@array_function
@for_all_samples
def _check_indices(index: Array, count: int) -> None:
    if any_out_of_range(index, count):
        bad = index[(index < 0) | (index >= count)].flat[0]
        raise IndexError(
            f"index out of range in self. embedding: the index {bad} is not from 0 to {count - 1}; the weight has "
            f"{count} rows"
        )


def _renormalise(table: Array, index: Array, max_norm: float, norm_type: float) -> None:
    """Scale the rows in use that are longer than max_norm down to it, in place."""
    used = np.unique(index)
    rows = table[used]
    norms = np.linalg.norm(rows.astype(np.float64), ord=norm_type, axis=1)  # in which no power overflows
    longer = norms > max_norm
    if longer.any():
        table[used[longer]] = rows[longer] * (max_norm / (norms[longer] + 1e-7))[:, None]


@array_function
def _inverse_counts(index: Array, dtype: Any) -> Array:
    """Return for each index 1 over how often it occurs."""
    inverse: Array = 1 / np.bincount(index.reshape(-1))[index]
    return inverse.astype(dtype)[..., None]


@array_function
@for_all_samples
def _is_padding(index: Array, padding_idx: int) -> Array:
    return np.equal(index, padding_idx)[..., None]
