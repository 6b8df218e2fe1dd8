"""Extremes, sorting, medians and quantiles, as PyTorch calls them.

Along a dimension these functions pick elements by their index, and a gradient goes to the elements that were picked.
Over all elements, equal ones share the gradient.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any, Literal, NamedTuple, overload

import numpy as np

from ..core.edge import cast, clone, reshape
from ..ops import indexing
from ..ops import ordering as ops
from ..ops import reduction as reductions
from ..ops.creation import number
from ..ops.elementwise import ceil, floor, isnan, lerp, maximum, minimum, where
from ..ops.elementwise import round as rounded
from ..ops.shape import narrow, permute
from ..types import dtypes
from ..types.annotations import Tensor
from .arguments import (
    DYNAMIC_SHAPE,
    check_not_empty,
    check_slices,
    many_dims,
    one_dim,
    public,
    values_for_size,
    wrap_like,
)
from .searching import bucketize as bucketize  # pickles of version 0.1 name these two here
from .searching import searchsorted as searchsorted


class ValuesAndIndices(NamedTuple):
    """Elements that were picked along a dimension, and their indices in it."""

    values: Tensor
    indices: Tensor


class MinAndMax(NamedTuple):
    """The smallest and the largest element."""

    min: Tensor
    max: Tensor


Ranked, Extent = ValuesAndIndices, MinAndMax  # their names in version 0.1, which its pickles contain


def _picked(x: Any, indices: Any, dim: int, keepdim: bool) -> ValuesAndIndices:
    """The elements at `indices`, which has length 1 along dim."""
    if not x.ndim:
        return ValuesAndIndices(clone(x), indices)
    values = indexing.gather(x, dim, indices)
    if keepdim:
        return ValuesAndIndices(values, indices)
    shape = tuple(x.shape[:dim] + x.shape[dim + 1 :])
    return ValuesAndIndices(reshape(values, shape), reshape(indices, shape))


# ------------------------------------------------------------------------------------------------- extremes


@overload
def max(x: Tensor, dim: None = None, keepdim: bool = False, *, y: Tensor | None = None) -> Tensor: ...
@overload
def max(x: Tensor, dim: int, keepdim: bool = False) -> ValuesAndIndices: ...
@overload
def max(x: Tensor, dim: Tensor) -> Tensor: ...
@public
def max(
    x: Tensor, dim: int | Tensor | None = None, keepdim: bool = False, *, y: Tensor | None = None
) -> Tensor | ValuesAndIndices:
    """Largest element of all, the largest ones along a dimension, or those of two Tensors.

    max(x) is a Tensor with no dimensions; elements that are equal to it share the gradient. max(x, dim) is a pair of
    `values`, of the dtype of `x`, and their int64 `indices`, of the shape of `x` without `dim`; of equal elements the
    first is taken. max(x, y) is `maximum(x, y)`. A NaN makes the result NaN.

    Args:
        dim: the dimension to reduce; or a second Tensor.
        keepdim: keep the reduced dimension, with length 1.

    Raises:
        IndexError: if there is no such dimension, or it has no elements.
        RuntimeError: if `x` has no elements and no `dim` is given.
        TypeError: if `x` is neither a Tensor, an array nor a number, or `dim` neither an integer nor a Tensor.

    >>> import tinygrad_lite as tl
    >>> x = tl.tensor([[1.0, 5.0, 2.0], [4.0, 0.0, 3.0]])
    >>> tl.max(x), tl.max(x, dim=1).values
    (tensor(5.), tensor([5., 4.]))
    >>> tl.max(x, dim=1).indices
    tensor([1, 0])
    """
    return _extreme("max", x, dim if y is None else y, keepdim, ops.argmax, maximum)


@overload
def min(x: Tensor, dim: None = None, keepdim: bool = False, *, y: Tensor | None = None) -> Tensor: ...
@overload
def min(x: Tensor, dim: int, keepdim: bool = False) -> ValuesAndIndices: ...
@overload
def min(x: Tensor, dim: Tensor) -> Tensor: ...
@public
def min(
    x: Tensor, dim: int | Tensor | None = None, keepdim: bool = False, *, y: Tensor | None = None
) -> Tensor | ValuesAndIndices:
    """Smallest element of all, the smallest ones along a dimension, or those of two Tensors.

    min(x) is a Tensor with no dimensions; elements that are equal to it share the gradient. min(x, dim) is a pair of
    `values`, of the dtype of `x`, and their int64 `indices`, of the shape of `x` without `dim`; of equal elements the
    first is taken. min(x, y) is `minimum(x, y)`. A NaN makes the result NaN.

    Args:
        dim: the dimension to reduce; or a second Tensor.
        keepdim: keep the reduced dimension, with length 1.

    Raises:
        IndexError: if there is no such dimension, or it has no elements.
        RuntimeError: if `x` has no elements and no `dim` is given.
        TypeError: if `x` is neither a Tensor, an array nor a number, or `dim` neither an integer nor a Tensor.

    >>> import tinygrad_lite as tl
    >>> x = tl.tensor([3.0, 1.0, 1.0], requires_grad=True)
    >>> x.min().backward()
    >>> x.grad
    tensor([0.0000, 0.5000, 0.5000])
    """
    return _extreme("min", x, dim if y is None else y, keepdim, ops.argmin, minimum)


def _extreme(name: str, x: Any, dim: Any, keepdim: bool, index: Any, pairwise: Any) -> Any:
    if dim is None:
        check_not_empty(x, None, name)
        return ops.order_statistic(x, name)
    if hasattr(dim, "ndim"):
        return pairwise(x, dim)
    dim = one_dim(dim, x.ndim, name)
    check_not_empty(x, dim, name)
    return _picked(x, index(x, dim if x.ndim else None, True), dim, keepdim)


@public
def amax(x: Tensor, dim: int | Sequence[int] | None = (), keepdim: bool = False) -> Tensor:
    """Largest elements over one, several or all dimensions.

    The result has the dtype of `x`, and its shape without the reduced dimensions. Elements that are equal to the
    largest share the gradient: `max(x, dim)` gives all of it to the first.

    Args:
        dim: the dimension or dimensions to reduce; an empty tuple or None for all.
        keepdim: keep the reduced dimensions, with length 1.

    Raises:
        IndexError: if there is no such dimension, or one of them has no elements.
        RuntimeError: if a dimension is named twice, or `x` has no elements and no `dim` is given.
        TypeError: if `x` is neither a Tensor, an array nor a number, or `dim` is not of integers.

    >>> import tinygrad_lite as tl
    >>> x = tl.tensor([[1.0, 7.0], [7.0, 2.0]], requires_grad=True)
    >>> tl.amax(x, dim=(0, 1)).backward()
    >>> x.grad
    tensor([[0.0000, 0.5000],
            [0.5000, 0.0000]])
    """
    dims = many_dims(dim, x.ndim, "amax")
    check_not_empty(x, dims, "amax")
    return reductions.amax(x, dims, keepdim)


@public
def amin(x: Tensor, dim: int | Sequence[int] | None = (), keepdim: bool = False) -> Tensor:
    """Smallest elements over one, several or all dimensions.

    The result has the dtype of `x`, and its shape without the reduced dimensions. Elements that are equal to the
    smallest share the gradient: `min(x, dim)` gives all of it to the first.

    Args:
        dim: the dimension or dimensions to reduce; an empty tuple or None for all.
        keepdim: keep the reduced dimensions, with length 1.

    Raises:
        IndexError: if there is no such dimension, or one of them has no elements.
        RuntimeError: if a dimension is named twice, or `x` has no elements and no `dim` is given.
        TypeError: if `x` is neither a Tensor, an array nor a number, or `dim` is not of integers.

    >>> import tinygrad_lite as tl
    >>> x = tl.tensor([[1.0, 7.0], [7.0, 2.0]])
    >>> tl.amin(x), tl.amin(x, dim=1, keepdim=True)
    (tensor(1.), tensor([[1.], [2.]]))
    """
    dims = many_dims(dim, x.ndim, "amin")
    check_not_empty(x, dims, "amin")
    return reductions.amin(x, dims, keepdim)


@public
def aminmax(x: Tensor, *, dim: int | None = None, keepdim: bool = False) -> MinAndMax:
    """Smallest and largest elements, of all or along a dimension, as a pair of `min` and `max`.

    Both have the dtype of `x`, and its shape without the reduced dimension. Equal elements share the gradient.

    Args:
        dim: the dimension to reduce; None for all.
        keepdim: keep the reduced dimension, with length 1.

    Raises:
        IndexError: if there is no such dimension, or it has no elements.
        RuntimeError: if `x` has no elements and no `dim` is given.
        TypeError: if `x` is neither a Tensor, an array nor a number.

    >>> import tinygrad_lite as tl
    >>> low, high = tl.aminmax(tl.tensor([[3, 1], [2, 8]]), dim=1)
    >>> low, high
    (tensor([1, 2]), tensor([3, 8]))
    """
    dims = None if dim is None else one_dim(dim, x.ndim, "aminmax")
    check_not_empty(x, dims, "aminmax")
    dims = dims if x.ndim else None
    return MinAndMax(reductions.amin(x, dims, keepdim), reductions.amax(x, dims, keepdim))


@public
def argmax(x: Tensor, dim: int | None = None, keepdim: bool = False) -> Tensor:
    """Index of the largest element along a dimension: the class that a model predicts.

    The result is of int64, of the shape of `x` without `dim`. Of equal elements the first is taken. There is no
    derivative.

    Args:
        dim: the dimension to search; None for the index in the flattened `x`.
        keepdim: keep the reduced dimension, with length 1.

    Raises:
        IndexError: if there is no such dimension, or no element.
        NotImplementedError: if `x` is of bools.
        TypeError: if `x` is neither a Tensor, an array nor a number.

    >>> import tinygrad_lite as tl
    >>> logits = tl.tensor([[0.1, 2.0, -1.0], [3.0, 0.0, 3.0]])
    >>> tl.argmax(logits, dim=1), tl.argmax(logits)
    (tensor([1, 0]), tensor(3))
    """
    return _index_of("argmax", ops.argmax, x, dim, keepdim)


@public
def argmin(x: Tensor, dim: int | None = None, keepdim: bool = False) -> Tensor:
    """Index of the smallest element along a dimension.

    The result is of int64, of the shape of `x` without `dim`. Of equal elements the first is taken. There is no
    derivative.

    Args:
        dim: the dimension to search; None for the index in the flattened `x`.
        keepdim: keep the reduced dimension, with length 1.

    Raises:
        IndexError: if there is no such dimension, or no element.
        NotImplementedError: if `x` is of bools.
        TypeError: if `x` is neither a Tensor, an array nor a number.

    >>> import tinygrad_lite as tl
    >>> tl.argmin(tl.tensor([[5, 1, 1], [0, 2, 4]]), dim=1)
    tensor([1, 0])
    """
    return _index_of("argmin", ops.argmin, x, dim, keepdim)


def _index_of(name: str, find: Any, x: Any, dim: Any, keepdim: bool) -> Any:
    if x.dtype.kind == "b":
        raise NotImplementedError(f"{name}(): does not support bool input; convert it first, with .long()")
    dim = None if dim is None else one_dim(dim, x.ndim, name)
    if dim is None and not math.prod(x.shape):
        raise IndexError(f"{name}(): Expected reduction dim to be specified for input.numel() == 0: pass dim=")
    check_not_empty(x, dim, name)
    return find(x, dim if x.ndim else None, keepdim)


@public
def cummax(x: Tensor, dim: int) -> ValuesAndIndices:
    """Largest of the elements up to and with each one along a dimension, and its index.

    Both results have the shape of `x`; `values` has its dtype, `indices` is of int64. Of equal elements the last is
    taken. A NaN makes the result NaN.

    Args:
        dim: the dimension along which to go.

    Raises:
        IndexError: if there is no such dimension.
        TypeError: if `x` is neither a Tensor, an array nor a number.

    >>> import tinygrad_lite as tl
    >>> tl.cummax(tl.tensor([1, 3, 2, 3, 5]), dim=0).values
    tensor([1, 3, 3, 3, 5])
    >>> tl.cummax(tl.tensor([1, 3, 2, 3, 5]), dim=0).indices
    tensor([0, 1, 1, 3, 4])
    """
    return _cumulative("cummax", ops.cummax_index, x, dim)


@public
def cummin(x: Tensor, dim: int) -> ValuesAndIndices:
    """Smallest of the elements up to and with each one along a dimension, and its index.

    Both results have the shape of `x`; `values` has its dtype, `indices` is of int64. Of equal elements the last is
    taken. A NaN makes the result NaN.

    Args:
        dim: the dimension along which to go.

    Raises:
        IndexError: if there is no such dimension.
        TypeError: if `x` is neither a Tensor, an array nor a number.

    >>> import tinygrad_lite as tl
    >>> values, indices = tl.cummin(tl.tensor([4, 2, 3, 2]), dim=0)
    >>> values, indices
    (tensor([4, 2, 2, 2]), tensor([0, 1, 1, 3]))
    """
    return _cumulative("cummin", ops.cummin_index, x, dim)


def _cumulative(name: str, find: Any, x: Any, dim: int) -> ValuesAndIndices:
    dim = one_dim(dim, x.ndim, name)
    if not x.ndim:
        return ValuesAndIndices(clone(x), ops.argsort(x))
    indices = find(x, dim)
    return ValuesAndIndices(indexing.gather(x, dim, indices), indices)


# -------------------------------------------------------------------------------------------------- sorting


@public
def argsort(x: Tensor, dim: int = -1, descending: bool = False, stable: bool = False) -> Tensor:
    """Indices that sort the elements along a dimension.

    The result is of int64 and has the shape of `x`. NaN counts as the largest. There is no derivative.

    Args:
        dim: the dimension to sort along.
        descending: begin with the largest element.
        stable: sorting here is always stable (equal elements keep their order), so this changes nothing.

    Raises:
        IndexError: if there is no such dimension.
        TypeError: if `x` is neither a Tensor, an array nor a number.

    >>> import tinygrad_lite as tl
    >>> tl.argsort(tl.tensor([3.0, 1.0, 2.0]))
    tensor([1, 2, 0])
    """
    return ops.argsort(x, one_dim(dim, x.ndim, "argsort"), descending)


@public
def sort(x: Tensor, dim: int = -1, descending: bool = False, stable: bool = False) -> ValuesAndIndices:
    """Elements in order along a dimension, and the indices that put them in order.

    Both results have the shape of `x`; `values` has its dtype, `indices` is of int64. NaN counts as the largest.

    Args:
        dim: the dimension to sort along.
        descending: begin with the largest element.
        stable: sorting here is always stable (equal elements keep their order), so this changes nothing.

    Raises:
        IndexError: if there is no such dimension.
        TypeError: if `x` is neither a Tensor, an array nor a number.

    >>> import tinygrad_lite as tl
    >>> values, indices = tl.sort(tl.tensor([3.0, 1.0, 2.0]))
    >>> values, indices
    (tensor([1., 2., 3.]), tensor([1, 2, 0]))
    """
    dim = one_dim(dim, x.ndim, "sort")
    indices = ops.argsort(x, dim, descending)
    return ValuesAndIndices(indexing.gather(x, dim, indices) if x.ndim else clone(x), indices)


@public
def msort(x: Tensor) -> Tensor:
    """Elements in order along the first dimension: `sort(x, 0).values`.

    The result has the shape and dtype of `x`. NaN counts as the largest.

    Raises:
        TypeError: if `x` is neither a Tensor, an array nor a number.

    >>> import tinygrad_lite as tl
    >>> tl.msort(tl.tensor([[3, 1], [2, 8]]))
    tensor([[2, 1],
            [3, 8]])
    """
    return sort(x, 0).values


@public
def topk(x: Tensor, k: int, dim: int = -1, largest: bool = True, sorted: bool = True) -> ValuesAndIndices:
    """The k largest elements along a dimension, the largest first, and their indices.

    Both results have the shape of `x`, with length k along `dim`; `values` has its dtype, `indices` is of int64. Of
    equal elements the first ones are taken (PyTorch does not say which).

    Args:
        k: the number of elements.
        dim: the dimension along which to search.
        largest: if False, the smallest elements, the smallest first.
        sorted: the result here is always sorted, so this changes nothing.

    Raises:
        IndexError: if there is no such dimension.
        RuntimeError: if k is negative, or larger than the length of the dimension.
        TypeError: if `x` is neither a Tensor, an array nor a number.

    >>> import tinygrad_lite as tl
    >>> probabilities = tl.tensor([0.1, 0.6, 0.05, 0.25])
    >>> values, indices = tl.topk(probabilities, k=2)
    >>> values, indices
    (tensor([0.6000, 0.2500]), tensor([1, 3]))
    """
    dim = one_dim(dim, x.ndim, "topk")
    length = x.shape[dim] if x.ndim else 1
    if not 0 <= k <= length:
        raise RuntimeError(f"selected index k out of range. topk: k is {k}, and dimension {dim} has {length} elements")
    if not x.ndim:
        return sort(x) if k else ValuesAndIndices(reshape(x, (1,))[:0], reshape(ops.argsort(x), (1,))[:0])
    indices = ops.topk_indices(x, k, dim, largest)
    return ValuesAndIndices(indexing.gather(x, dim, indices), indices)


@public
def kthvalue(x: Tensor, k: int, dim: int = -1, keepdim: bool = False) -> ValuesAndIndices:
    """The k-th smallest element along a dimension, and its index.

    Both results have the shape of `x` without `dim`; `values` has its dtype, `indices` is of int64.

    Args:
        k: the place in ascending order, which begins with 1.
        dim: the dimension to reduce.
        keepdim: keep the reduced dimension, with length 1.

    Raises:
        IndexError: if there is no such dimension.
        RuntimeError: if k is less than 1, or larger than the length of the dimension.
        TypeError: if `x` is neither a Tensor, an array nor a number.

    >>> import tinygrad_lite as tl
    >>> value, index = tl.kthvalue(tl.tensor([50, 20, 40, 10, 30]), k=2)
    >>> value, index
    (tensor(20), tensor(1))
    """
    dim = one_dim(dim, x.ndim, "kthvalue")
    check_not_empty(x, dim, "kthvalue")
    length = x.shape[dim] if x.ndim else 1
    if not 1 <= k <= length:
        raise RuntimeError(
            f"kthvalue(): selected number k out of range for dimension {dim}: k is {k}, of {length} elements"
        )
    order = ops.argsort(x, dim, False)
    return _picked(x, clone(narrow(order, dim, k - 1, 1)) if x.ndim else order, dim, keepdim)


# ---------------------------------------------------------------------------------- medians, modes, quantiles


@overload
def median(x: Tensor, dim: None = None, keepdim: bool = False) -> Tensor: ...
@overload
def median(x: Tensor, dim: int, keepdim: bool = False) -> ValuesAndIndices: ...
@public
def median(x: Tensor, dim: int | None = None, keepdim: bool = False) -> Tensor | ValuesAndIndices:
    """Middle element in ascending order, of two the lower one (NumPy takes their mean).

    median(x) is a Tensor with no dimensions. median(x, dim) is a pair of `values`, of the dtype of `x`, and their int64
    `indices`, of the shape of `x` without `dim`. If one of the elements is NaN, so is the median; `nanmedian` ignores
    NaN.

    Args:
        dim: the dimension to reduce; None for all elements.
        keepdim: keep the reduced dimension, with length 1.

    Raises:
        IndexError: if there is no such dimension, or it has no elements.
        NotImplementedError: if `x` is of bools.
        RuntimeError: if `x` is of integers and has no elements (of floats that is NaN).
        TypeError: if `x` is neither a Tensor, an array nor a number.

    >>> import tinygrad_lite as tl
    >>> tl.median(tl.tensor([9.0, 1.0, 5.0, 3.0]))
    tensor(3.)
    >>> tl.median(tl.tensor([[9, 1, 5], [2, 8, 4]]), dim=1).indices
    tensor([2, 2])
    """
    return _median("median", x, dim, keepdim, skip_nan=False)


@overload
def nanmedian(x: Tensor, dim: None = None, keepdim: bool = False) -> Tensor: ...
@overload
def nanmedian(x: Tensor, dim: int, keepdim: bool = False) -> ValuesAndIndices: ...
@public
def nanmedian(x: Tensor, dim: int | None = None, keepdim: bool = False) -> Tensor | ValuesAndIndices:
    """Middle one in ascending order of the elements that are not NaN, of two the lower one.

    nanmedian(x) is a Tensor with no dimensions. nanmedian(x, dim) is a pair of `values`, of the dtype of `x`, and their
    int64 `indices`, of the shape of `x` without `dim`. If every element is NaN, so is the median.

    Args:
        dim: the dimension to reduce; None for all elements.
        keepdim: keep the reduced dimension, with length 1.

    Raises:
        IndexError: if there is no such dimension, or it has no elements.
        NotImplementedError: if `x` is of bools.
        RuntimeError: if `x` is of integers and has no elements (of floats that is NaN).
        TypeError: if `x` is neither a Tensor, an array nor a number.

    >>> import tinygrad_lite as tl
    >>> x = tl.tensor([tl.nan, 1.0, 5.0, 3.0])
    >>> tl.nanmedian(x), tl.median(x)
    (tensor(3.), tensor(nan))
    """
    return _median("nanmedian", x, dim, keepdim, skip_nan=True)


def _median(name: str, x: Any, dim: Any, keepdim: bool, skip_nan: bool) -> Any:
    if x.dtype.kind == "b":
        raise NotImplementedError(f'"{name}" not implemented for bool: convert it first, with .long()')
    if dim is None:
        flat = reshape(x, (math.prod(x.shape),))
        if not flat.shape[0] and x.dtype.kind != "f":
            raise RuntimeError(f"{name}: of no elements the median is NaN, which {x.dtype} does not have")
        if not flat.shape[0]:
            return flat.sum() * math.nan
        return ops.order_statistic(flat, name)
    dim = one_dim(dim, x.ndim, name)
    check_not_empty(x, dim, name)
    if not x.ndim:
        return ValuesAndIndices(clone(x), ops.argsort(x))
    return _picked(x, ops.median_index(x, dim, skip_nan), dim, keepdim)


@public
def mode(x: Tensor, dim: int = -1, keepdim: bool = False) -> ValuesAndIndices:
    """Most frequent element along a dimension, of several the smallest, and the index of its last occurrence.

    Both results have the shape of `x` without `dim`; `values` has its dtype, `indices` is of int64.

    Args:
        dim: the dimension to reduce.
        keepdim: keep the reduced dimension, with length 1.

    Raises:
        IndexError: if there is no such dimension, or it has no elements.
        TypeError: if `x` is neither a Tensor, an array nor a number.

    >>> import tinygrad_lite as tl
    >>> value, index = tl.mode(tl.tensor([3, 1, 1, 3, 2]))
    >>> value, index
    (tensor(1), tensor(2))
    """
    dim = one_dim(dim, x.ndim, "mode")
    check_not_empty(x, dim, "mode")
    if not x.ndim:
        return ValuesAndIndices(clone(x), ops.argsort(x))
    return _picked(x, ops.mode_index(x, dim), dim, keepdim)


@public
def quantile(
    x: Tensor, q: Tensor | float, dim: int | None = None, keepdim: bool = False, *, interpolation: str = "linear"
) -> Tensor:
    """Value below which a fraction q of the elements lies; 0.5 gives the median, as NumPy defines it.

    Among n sorted elements it has the place q (n - 1), counted from 0, and between two places it is interpolated. The
    result has the dtype of `x`, float32 or float64, and its shape without `dim`; for a vector q with one more dimension
    in front. NaN among the elements gives NaN.

    Args:
        q: a number in [0, 1], or a Tensor with none or one dimension, of the dtype of `x`.
        dim: the dimension to reduce; None for all elements.
        keepdim: keep the reduced dimension, with length 1.
        interpolation: "linear", or what to take of the two nearest elements: the "lower", the "higher", the "nearest",
            or their "midpoint".

    Raises:
        IndexError: if there is no such dimension.
        RuntimeError: if q is outside [0, 1], or has two dimensions; if a dtype is not as described; if there are no
            elements; or for another `interpolation`.
        TypeError: if `x` is neither a Tensor, an array nor a number, or q neither a Tensor nor a number.

    >>> import tinygrad_lite as tl
    >>> x = tl.tensor([10.0, 20.0, 30.0, 40.0])
    >>> tl.quantile(x, 0.5), tl.quantile(x, 0.5, interpolation="lower")
    (tensor(25.), tensor(20.))
    >>> tl.quantile(x, tl.tensor([0.0, 0.1, 1.0]))
    tensor([10., 13., 40.])
    """
    if x.dtype not in (dtypes.float32, dtypes.float64):
        raise RuntimeError(f"quantile() input tensor must be either float or double dtype, not {x.dtype}")
    rank: Any = q
    if isinstance(q, (int, float)):
        if not 0 <= q <= 1:
            raise RuntimeError(f"quantile() q must be in the range [0, 1] but got {q}")
        rank = wrap_like(x, number(q, x.dtype))
    elif q.dtype != x.dtype:
        raise RuntimeError(f"quantile() q tensor must be same dtype as the input tensor: {q.dtype}, {x.dtype}")
    elif q.ndim > 1:
        raise RuntimeError(f"quantile() q must be a scalar or 1D tensor, but its shape is {list(q.shape)}")
    if interpolation not in _INTERPOLATIONS:
        raise RuntimeError(f"quantile() interpolation must be one of {_INTERPOLATIONS}, not {interpolation!r}")
    shape = tuple(x.shape)
    dim = None if dim is None else one_dim(dim, x.ndim, "quantile")
    if dim is None or not shape:
        x, dim, kept = reshape(x, (math.prod(shape),)), 0, (1,) * len(shape)
    else:
        kept = (*shape[:dim], 1, *shape[dim + 1 :])
    length = x.shape[dim]
    if not math.prod(shape):
        raise RuntimeError(f"quantile() input tensor must be non-empty, but its shape is {list(shape)}")
    ordered = permute(sort(x, dim).values, (dim, *(d for d in range(x.ndim) if d != dim)))
    shape_of_q = tuple(rank.shape)
    rank = reshape(ops.quantile_rank(rank, length), (-1,))
    if interpolation in _SELECTIONS:
        found = indexing.getitem(ordered, _index(_SELECTIONS[interpolation](rank)))
    else:
        below = floor(rank)
        low, high = (indexing.getitem(ordered, _index(place)) for place in (below, ceil(rank)))
        weight = 0.5 if interpolation == "midpoint" else reshape(rank - below, (-1, *[1] * (x.ndim - 1)))
        found = lerp(low, high, weight)
    last = indexing.getitem(ordered, slice(-1, None))
    found = where(isnan(last), last, found)
    return reshape(found, (*shape_of_q, *(kept if keepdim else found.shape[1:])))


def _index(place: Any) -> Any:
    """Places, which are integers in a floating dtype, as an index. An index has no derivative."""
    return cast(place.detach() if hasattr(place, "detach") else place, dtypes.int64)


_SELECTIONS: dict[str, Callable[[Any], Any]] = {"lower": floor, "higher": ceil, "nearest": rounded}
"""The interpolations that take one of the elements, as it is: it may be infinite."""
_INTERPOLATIONS = ["linear", *_SELECTIONS, "midpoint"]


# -------------------------------------------------------------------------------------- distinct values


@overload
def unique(
    x: Tensor,
    sorted: bool = True,
    return_inverse: Literal[False] = False,
    return_counts: Literal[False] = False,
    dim: int | None = None,
) -> Tensor: ...
@overload
def unique(
    x: Tensor,
    sorted: bool,
    return_inverse: Literal[True],
    return_counts: Literal[False] = False,
    dim: int | None = None,
) -> tuple[Tensor, Tensor]: ...
@overload
def unique(
    x: Tensor,
    sorted: bool = True,
    *,
    return_inverse: Literal[True],
    return_counts: Literal[False] = False,
    dim: int | None = None,
) -> tuple[Tensor, Tensor]: ...
@overload
def unique(
    x: Tensor,
    sorted: bool = True,
    return_inverse: Literal[False] = False,
    *,
    return_counts: Literal[True],
    dim: int | None = None,
) -> tuple[Tensor, Tensor]: ...
@overload
def unique(
    x: Tensor,
    sorted: bool = True,
    *,
    return_inverse: Literal[True],
    return_counts: Literal[True],
    dim: int | None = None,
) -> tuple[Tensor, Tensor, Tensor]: ...
@overload
def unique(
    x: Tensor, sorted: bool, return_inverse: Literal[True], return_counts: Literal[True], dim: int | None = None
) -> tuple[Tensor, Tensor, Tensor]: ...
@overload
def unique(
    x: Tensor,
    sorted: bool = True,
    return_inverse: bool = False,
    return_counts: bool = False,
    dim: int | None = None,
) -> Tensor | tuple[Tensor, ...]: ...
@public
def unique(
    x: Tensor,
    sorted: bool = True,
    return_inverse: bool = False,
    return_counts: bool = False,
    dim: int | None = None,
) -> Tensor | tuple[Tensor, ...]:
    """Distinct elements in ascending order, or the distinct slices along a dimension.

    The result has the dtype of `x` and one dimension; with `dim` it has the dimensions of `x`. There is no derivative.
    If more is asked for, the result is a tuple. Each NaN is distinct.

    Args:
        sorted: the result here is always sorted, so this changes nothing.
        return_inverse: return too, for each element of `x`, its int64 index in the result.
        return_counts: return too, for each element of the result, the number of times that it occurs in `x`.
        dim: the dimension along which slices are compared; None to compare elements.

    Raises:
        IndexError: if there is no such dimension.
        TypeError: if `x` is neither a Tensor, an array nor a number.

    >>> import tinygrad_lite as tl
    >>> tl.unique(tl.tensor([[3, 1], [1, 2]]))
    tensor([1, 2, 3])
    >>> tl.unique(tl.tensor([3, 1, 1]), return_inverse=True, return_counts=True)
    (tensor([1, 3]), tensor([1, 0, 0]), tensor([2, 1]))
    """
    dim = None if dim is None else one_dim(dim, x.ndim, "unique")
    if dim is not None:
        check_slices(x.shape, dim)
    options: Any = {"return_inverse": return_inverse, "return_counts": return_counts, "axis": dim}
    array = values_for_size(x, "how many elements are distinct depends on their values", f"{DYNAMIC_SHAPE}_unique2")
    found = np.unique(array, equal_nan=False, **options)
    if not (return_inverse or return_counts):
        return wrap_like(x, found)
    return tuple(wrap_like(x, part) for part in found)
