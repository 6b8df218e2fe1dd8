"""Elements that meet at one place are reduced to one: by their sum, product, mean or extreme; and `put`."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from ..core.argument_types import wrong_type
from ..core.array_functions import array_function
from ..core.edge import reshape
from ..core.errors import warn
from ..core.primitive import Array
from ..ops import indexing as ops
from ..ops.elementwise import floor_divide
from ..ops.kernels.reduction_at import extremes_at, products_at, without
from ..types.annotations import Tensor
from .arguments import array_of, one_dim, public, vector_of
from .index_checks import aligned, check_bounds, check_index_dtype, check_vector, refuse_beyond
from .scattering import source_for

REDUCTIONS = ("sum", "prod", "mean", "amax", "amin")


@public
def scatter_reduce(
    x: Tensor, dim: int, index: Tensor, src: Tensor, reduce: str, *, include_self: bool = True
) -> Tensor:
    """x with the elements of src reduced into the places along dim that an index says.

    out[index[i, j], j] is, for dim 0, the sum, product, mean, largest or least of x there and all src[i, j] that are
    sent there. Of equal extremes each gets the same part of the gradient. (Without `include_self` PyTorch counts an
    element of x that is equal to the extreme, though it is left out, and so loses its part.)

    Args:
        x: of any dtype and shape.
        dim: the dimension that the index is for.
        index: in int64 or int32, as many dimensions as x has, and none but dim longer.
        src: at least as many elements in each dimension as the index has, in the dtype of x.
        reduce: "sum", "prod", "mean", "amax" or "amin".
        include_self: whether the elements of x count where something is sent.

    Raises:
        RuntimeError: for another reduction, and if the index does not fit x or src, is out of bounds or of another
            dtype, or the dtypes differ.
        IndexError: if there is no such dimension.

    >>> import tinygrad_lite as tl
    >>> x, index, src = tl.tensor([1.0, 1.0]), tl.tensor([0, 1, 0]), tl.tensor([3.0, 4.0, 5.0])
    >>> x.scatter_reduce(0, index, src, "amax"), x.scatter_reduce(0, index, src, "mean", include_self=False)
    (tensor([5., 4.]), tensor([4., 4.]))
    """
    if not hasattr(src, "dtype"):
        raise wrong_type("scatter_reduce", "src", 3, "Tensor", src)
    reduce = {"max": "amax", "min": "amin"}.get(reduce, reduce)  # which PyTorch takes too
    if reduce not in REDUCTIONS:
        raise RuntimeError(f"reduce argument must be either sum, prod, mean, amax or amin, got {reduce}")
    if src.dtype != x.dtype:
        raise RuntimeError(
            f"scatter(): Expected self.dtype to be equal to src.dtype. scatter_reduce: {x.dtype} and {src.dtype}"
        )
    vector, dim, index = aligned(x, dim, index, "scatter_reduce")
    source = source_for(src, x, dim, index, "scatter_reduce")
    return reshape(_reduced(vector, dim, array_of(index), source, reduce, include_self), tuple(x.shape))


@public
def index_reduce(
    x: Tensor, dim: int, index: Tensor, source: Tensor, reduce: str, *, include_self: bool = True
) -> Tensor:
    """x with slices of source reduced into the slices along a dimension that an index names.

    Args:
        x: of any dtype and shape.
        dim: the dimension.
        index: a vector of places from 0 on, in int64 or int32.
        source: the shape of x, but as long as the index in dim; in the dtype of x.
        reduce: "prod", "mean", "amax" or "amin"; `index_add` is for sums.
        include_self: whether the elements of x count where something is sent.

    Raises:
        RuntimeError: for another reduction, if source does not fit, the dtypes differ, or the index is out of bounds.
        IndexError: if there is no such dimension, or the index is no vector.

    >>> import tinygrad_lite as tl, warnings
    >>> warnings.simplefilter("ignore")  # PyTorch calls it a beta version, and so does the warning
    >>> x, source = tl.ones(2, 2), tl.tensor([[1.0, 2.0], [3.0, 4.0]])
    >>> x.index_reduce(0, tl.tensor([1, 1]), source, "prod")
    tensor([[1., 1.],
            [3., 8.]])
    """
    warn("index_reduce() is in beta and the API may change at any time.")
    dim = one_dim(dim, x.ndim, "index_reduce")
    if reduce not in REDUCTIONS[1:]:
        raise RuntimeError(f"index_reduce(): Expected reduce to be one of prod, mean, amax or amin but got {reduce}.")
    check_vector(index, "index_reduce", "index_reduce_(): Index is supposed to be a vector")
    check_index_dtype(index, "index_reduce", "index_reduce_(): Expected dtype int32/int64 for index", "int32")
    if source.dtype != x.dtype:
        raise RuntimeError(
            f"index_reduce_(): self ({x.dtype}) and source ({source.dtype}) must have the same scalar type"
        )
    count = vector_of(index).shape[0]
    given = source.shape[dim] if source.ndim else 1
    if count != given:
        raise RuntimeError(
            f"index_reduce_(): Number of indices ({count}) should be equal to source.size(dim): ({given}), for dim: "
            f"{dim}. index_reduce: the shapes are {list(index.shape)} and {list(source.shape)}"
        )
    check_bounds(x, dim, index, "index_reduce", IndexError, "index out of range in self")
    expected = [*x.shape[:dim], count, *x.shape[dim + 1 :]] if x.ndim else list(source.shape)
    if list(source.shape) != expected:
        raise RuntimeError(
            "source tensor shape must match self tensor shape, excluding the specified dimension. Got self.shape = "
            f"{list(x.shape)} source.shape = {list(source.shape)}: index_reduce along {dim}"
        )
    if not x.ndim:
        vector = _reduced(reshape(x, (1,)), 0, vector_of(index), reshape(source, (1,)), reduce, include_self)
        return reshape(vector, ())
    everywhere = _everywhere(vector_of(index), tuple(source.shape), dim)
    return _reduced(x, dim, everywhere, source, reduce, include_self)


@array_function
def _everywhere(index: Array, shape: tuple[int, ...], dim: int) -> Array:
    """A vector of indices along dim as an index of a shape."""
    return np.broadcast_to(index.reshape(-1, *[1] * (len(shape) - dim - 1)), shape).copy()


@array_function
def _counts(shape: tuple[int, ...], dim: int, index: Array, include_self: bool, dtype: Any) -> Array:
    """Return the number of elements that meet at each place; 1 where none does."""
    counts = np.bincount(ops.flat_index(shape, dim, index).reshape(-1), minlength=math.prod(shape)).reshape(shape)
    return (counts + 1 if include_self else np.maximum(counts, 1)).astype(dtype)


def _reduced(x: Any, dim: int, index: Array, src: Any, reduce: str, include_self: bool) -> Any:
    if reduce in ("amax", "amin"):
        return extremes_at(x, src, dim, index, reduce == "amax", include_self)
    if reduce == "prod":
        return products_at(x, src, dim, index, include_self)
    total = ops.scatter_add(x if include_self else without(x, dim, index, 0), dim, index, src)
    if reduce == "sum":
        return total
    counts = _counts(tuple(x.shape), dim, index, include_self, x.dtype)
    return total / counts if x.dtype.kind == "f" else floor_divide(total, counts)


@public
def put(x: Tensor, index: Tensor, source: Tensor, accumulate: bool = False) -> Tensor:
    """x with the elements at indices into its flattened form replaced by those of source.

    Where an index comes twice, the last element stays, and it alone gets the gradient; or they are added up.

    Args:
        x: of any dtype and shape.
        index: in int64, of any shape; negative ones count from the end.
        source: as many elements as the index has, in the dtype of x.
        accumulate: add the elements instead of replacing.

    Raises:
        IndexError: if an index is out of bounds, or the numbers of elements differ.
        RuntimeError: if the index is of another dtype, or the dtypes differ.

    >>> import tinygrad_lite as tl
    >>> tl.zeros(2, 2).put(tl.tensor([0, -1]), tl.tensor([5.0, 6.0]))
    tensor([[5., 0.],
            [0., 6.]])
    """
    check_index_dtype(index, "put", "put_(): Expected a long tensor for index, but got {}")
    if source.dtype != x.dtype:
        raise RuntimeError(
            f"put_(): self and source expected to have the same dtype, but got self.dtype = {x.dtype} and source.dtype "
            f"= {source.dtype}"
        )
    count, given = math.prod(index.shape), math.prod(source.shape)
    if count != given:
        raise IndexError(
            "put_(): Expected source and index to have the same number of elements, but got source.numel() = "
            f"{given}, index.numel() = {count}. put: the shapes are {list(source.shape)} and {list(index.shape)}"
        )
    size = math.prod(x.shape)
    phrase = f"out of range: tried to access index {{}} on a tensor of {size} elements"
    refuse_beyond(array_of(index), size, IndexError, phrase, f"put() of shape {list(x.shape)}")
    flat, places, values = reshape(x, (size,)), vector_of(reshape(index, (count,))), reshape(source, (count,))
    written = flat + ops.put_at(values, (size,), places) if accumulate else ops.setitem(flat, places, values)
    return reshape(written, tuple(x.shape))
