"""Taking out and putting back by index, as PyTorch calls it."""

from __future__ import annotations

from typing import Any

import numpy as np

from .. import dtypes
from ..ops import elementwise
from ..ops import indexing as ops
from ..ops.shape import expand
from .arguments import one_dim, spelled


def _whole(index: Any, name: str) -> Any:
    if index.dtype.kind not in "iu":
        raise RuntimeError(f"{name}(): Expected dtype int64 for index, not {index.dtype}")
    return index


def _aligned(x: Any, dim: Any, index: Any, name: str, free: bool) -> int:
    """The dim, once the index is known to fit: as many dimensions as x, and none longer (but dim, if `free`)."""
    dim = one_dim(dim, x.ndim, name)
    _whole(index, name)
    if index.ndim != x.ndim:
        raise RuntimeError(
            f"{name}(): Index tensor must have the same number of dimensions as input tensor: "
            f"index {list(index.shape)}, input {list(x.shape)}"
        )
    if any(i > n for d, (i, n) in enumerate(zip(index.shape, x.shape, strict=True)) if not (free and d == dim)):
        raise RuntimeError(
            f"{name}(): Size does not match: expected index {list(index.shape)} to be no larger than self "
            f"{list(x.shape)} apart from dimension {dim}"
        )
    return _bounded(x, dim, index, name)


def _bounded(x: Any, dim: int, index: Any, name: str) -> int:
    """The dim, once every index is known to lie inside; negative ones are refused, as PyTorch does."""
    array = index if isinstance(index, np.ndarray) else index._data
    length = x.shape[dim] if x.ndim else 1
    bad = (array < 0) | (array >= length)
    if bad.any():
        raise RuntimeError(
            f"{name}(): index {array[bad].flat[0]} is out of bounds for dimension {dim} with size {length}"
        )
    return dim


@spelled
def gather(x: Any, dim: int, index: Any, *, sparse_grad: bool = False) -> Any:
    """out[i][j] = x[index[i][j]][j] for dim 0, and so on; the result has the index's shape.

    >>> import tinygrad_lite as tl
    >>> tl.gather(tl.tensor([[1, 2], [3, 4]]), 1, tl.tensor([[0, 0], [1, 0]]))
    tensor([[1, 1],
            [4, 3]])
    """
    dim = _aligned(x, dim, index, "gather", free=True)
    return ops.gather(x, dim, index) if x.ndim else x + 0


def _source(src: Any, index: Any, name: str) -> Any:
    """The part of src that the index uses."""
    if not hasattr(src, "ndim"):
        return src
    if src.ndim != index.ndim or any(i > n for i, n in zip(index.shape, src.shape, strict=False)):
        raise RuntimeError(
            f"{name}(): Expected index {list(index.shape)} to be no larger than src {list(src.shape)} in any dimension"
        )
    if tuple(src.shape) == tuple(index.shape):
        return src
    return ops.getitem(src, tuple(slice(n) for n in index.shape))


def _same_dtype(x: Any, src: Any, name: str) -> None:
    if getattr(src, "dtype", x.dtype) != x.dtype:
        raise RuntimeError(f"{name}(): Expected self.dtype to be equal to src.dtype: {x.dtype} and {src.dtype}")


@spelled
def scatter(x: Any, dim: int, index: Any, src: Any = None, *, value: Any = None) -> Any:
    """x with out[index[i][j]][j] = src[i][j] for dim 0, and so on; src may be a number."""
    src = value if src is None else src
    _same_dtype(x, src, "scatter")
    dim = _aligned(x, dim, index, "scatter", free=True)
    return ops.scatter(x, dim, index, _source(src, index, "scatter"))


@spelled
def scatter_add(x: Any, dim: int, index: Any, src: Any) -> Any:
    """x with src[i][j] added to out[index[i][j]][j] for dim 0, and so on; repeated indices add up."""
    _same_dtype(x, src, "scatter_add")
    dim = _aligned(x, dim, index, "scatter_add", free=True)
    return ops.scatter_add(x, dim, index, _source(src, index, "scatter_add"))


@spelled
def index_select(x: Any, dim: int, index: Any) -> Any:
    """The slices of x at the indices along dim."""
    dim = one_dim(dim, x.ndim, "index_select")
    if index.ndim > 1:
        raise IndexError(f"index_select(): Index is supposed to be a vector, but has shape {list(index.shape)}")
    try:
        _bounded(x, dim, _whole(index, "index_select"), "index_select")
    except RuntimeError as error:
        raise IndexError(str(error)) from None
    return ops.getitem(x, (*(slice(None) for _ in range(dim)), _flat(index))) if x.ndim else x + 0


def _flat(index: Any) -> Any:
    return (index if isinstance(index, np.ndarray) else index._data).reshape(-1)


@spelled
def index_add(x: Any, dim: int, index: Any, source: Any, *, alpha: float = 1) -> Any:
    """x with alpha times the slices of source added at the indices along dim; repeated indices add up."""
    dim = one_dim(dim, x.ndim, "index_add")
    _same_dtype(x, source, "index_add")
    _bounded(x, dim, _whole(index, "index_add"), "index_add")
    expected = [*x.shape[:dim], index.shape[0], *x.shape[dim + 1 :]]
    if list(source.shape) != expected:
        raise RuntimeError(
            f"index_add(): source of shape {list(source.shape)} does not fit; self {list(x.shape)} and "
            f"{index.shape[0]} indices need {expected}"
        )
    place = (*(slice(None) for _ in range(dim)), _flat(index))
    return x + ops.put_at(source if alpha == 1 else source * alpha, tuple(x.shape), place)


@spelled
def take_along_dim(x: Any, indices: Any, dim: int | None = None) -> Any:
    """x at the indices along dim, the other dimensions broadcast; without dim, in the flattened x."""
    _whole(indices, "take_along_dim")
    if dim is None:
        return ops.getitem(x.reshape(-1), indices.reshape(-1)._data)
    dim = one_dim(dim, x.ndim, "take_along_dim")
    if indices.ndim != x.ndim:
        raise RuntimeError(
            "take_along_dim(): input and indices should have the same number of dimensions, but got "
            f"{x.ndim} dimensions for input, and {indices.ndim} dimensions for indices"
        )
    lengths = [list(v.shape) for v in (x, indices)]
    own, wanted = lengths[0][dim], lengths[1][dim]
    for shape in lengths:
        shape[dim] = 1
    common = list(np.broadcast_shapes(*(tuple(s) for s in lengths)))
    fit_x, fit_index = ([*common[:dim], n, *common[dim + 1 :]] for n in (own, wanted))
    array = np.broadcast_to(indices._data, fit_index)
    if ((array < -own) | (array >= own)).any():
        raise RuntimeError(f"take_along_dim(): an index is out of bounds for dimension {dim} with size {own}")
    return ops.gather(expand(x, tuple(fit_x)), dim, array)


@spelled
def masked_select(x: Any, mask: Any) -> Any:
    """The elements of x where the mask holds, in one dimension; the two are broadcast."""
    if mask.dtype.kind != "b":
        raise RuntimeError(f"masked_select: expected BoolTensor for mask, not {mask.dtype}")
    shape = np.broadcast_shapes(tuple(x.shape), tuple(mask.shape))
    return ops.getitem(expand(x, shape), np.broadcast_to(mask._data, shape))


@spelled
def nonzero(x: Any, *, as_tuple: bool = False) -> Any:
    """The indices of the elements that are not 0: a row each, or with `as_tuple` an array for each dimension."""
    rows = ops.nonzero(x)
    return tuple(rows[:, d] for d in range(rows.shape[1])) if as_tuple else rows


@spelled
def one_hot(tensor: Any, num_classes: int = -1) -> Any:
    """For each whole number a row of num_classes (by default the largest, plus 1) with a 1 at its place, in int64."""
    if tensor.dtype != dtypes.int64:
        raise RuntimeError(f"one_hot is only applicable to index tensor of type int64, not {tensor.dtype}")
    array = tensor._data
    if not array.size and num_classes <= 0:
        raise RuntimeError("Can not infer total number of classes from empty tensor.")
    if array.size and array.min() < 0:
        raise RuntimeError(f"Class values must be non-negative, but one is {array.min()}")
    if num_classes == -1:
        num_classes = int(array.max()) + 1
    if num_classes < 1:
        raise RuntimeError(f"num_classes should be positive, not {num_classes}")
    if array.size and array.max() >= num_classes:
        raise RuntimeError(f"Class values must be smaller than num_classes: {array.max()} of {num_classes}")
    return ops.one_hot(tensor, num_classes)


@spelled
def isin(elements: Any, test_elements: Any) -> Any:
    """Which elements are among the test elements."""
    return elementwise.cast(elements.new_tensor(np.isin(elements._data, np.asarray(test_elements))), dtypes.bool)
