"""Embeddings as a function of their table."""

from __future__ import annotations

from typing import Any

import numpy as np

from ...core import versions as memory
from ...core.array_functions import array_function
from ...core.primitive import Array
from ...core.tensor import wrap
from ...functions.arguments import any_outside
from ...ops.elementwise import where
from ...ops.indexing import getitem
from ...tensors.tensor import Tensor


def embedding(
    input: Tensor,
    weight: Tensor,
    padding_idx: int | None = None,
    max_norm: float | None = None,
    norm_type: float = 2.0,
    scale_grad_by_freq: bool = False,
    sparse: bool = False,
) -> Any:
    """The rows of a table: indices (…) and weight (V, D) give (…, D).

    Args:
        padding_idx: this row gets no gradient.
        max_norm, norm_type: first scale the rows asked for whose norm of this type is larger down to it; in place.
        scale_grad_by_freq: divide each row's gradient by how often it was asked for.

    Raises:
        IndexError: for an index that is not in 0 … V-1.
        RuntimeError: for indices that are not whole numbers.
        AssertionError: if there is no row `padding_idx`.
        NotImplementedError: for sparse gradients.

    >>> import tinygrad_lite as tl
    >>> tl.nn.functional.embedding(tl.tensor([2, 0]), tl.tensor([[1.0], [2.0], [3.0]]))
    tensor([[3.],
            [1.]])
    """
    if sparse:
        raise NotImplementedError("embedding: there are no sparse gradients here; leave sparse=False")
    count = weight._data.shape[0]
    padding_idx = padding_row(padding_idx, count)
    index = _checked(input, count)
    if max_norm is not None:
        memory.write(_renormalise, weight._data, index, max_norm, norm_type)
    rows = getitem(weight, index)
    if scale_grad_by_freq and index.size:
        scaled = rows * wrap(_shares(index, rows.dtype))
        rows = rows.detach() + (scaled - scaled.detach())  # the value of the rows, the gradient of the scaled
    if padding_idx is not None:
        rows = where(wrap(_is_padding(index, padding_idx)), rows.detach(), rows)
    return rows


def padding_row(padding_idx: int | None, count: int) -> int | None:
    """The row of padding, counted from the front."""
    if padding_idx is not None and not -count <= padding_idx < count:
        raise AssertionError(f"Padding_idx must be within num_embeddings: it is {padding_idx}, and there are {count}")
    return padding_idx if padding_idx is None else padding_idx % count


def _checked(input: Tensor, count: int) -> Any:
    index = input._data
    if index.dtype.kind != "i" or index.dtype.itemsize < 4:
        raise RuntimeError(
            "embedding: Expected tensor for argument #1 'indices' to have one of the following scalar types: Long, Int;"
            f" but got {input.dtype} instead: convert with .long()"
        )
    _refuse_outside(index, count)
    return index


@array_function
def _refuse_outside(index: Array, count: int) -> None:
    if any_outside(index, count):
        bad = index[(index < 0) | (index >= count)].flat[0]
        raise IndexError(f"embedding: index out of range in self: {bad}, and there are {count} rows")


def _renormalise(table: Array, index: Array, max_norm: float, norm_type: float) -> None:
    """Scale the rows in use that are longer than max_norm down to it."""
    used = np.unique(index)
    rows = table[used]
    norms = np.linalg.norm(rows, ord=norm_type, axis=1)
    longer = norms > max_norm
    if longer.any():
        table[used[longer]] = rows[longer] * (max_norm / (norms[longer] + 1e-7))[:, None]


@array_function
def _shares(index: Array, dtype: Any) -> Array:
    """1 over how often each index is there, beside each row."""
    share: Array = 1 / np.bincount(index.reshape(-1))[index]
    return share.astype(dtype)[..., None]


@array_function
def _is_padding(index: Array, padding_idx: int) -> Array:
    return np.equal(index, padding_idx)[..., None]
