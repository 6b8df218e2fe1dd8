"""Taking out and putting back by index, as PyTorch calls it."""

from __future__ import annotations

import math
import operator
from typing import Any

import numpy as np

from ..core.array_functions import array_function
from ..core.edge import cast, clone, expand, reshape
from ..ops import indexing as ops
from ..ops.shape import diagonal
from ..types import dtypes
from .arguments import any_outside, array_of, common_shape, one_dim, spelled, values_of, vector_of, wrapped
from .subscript import steps


def _whole(index: Any, name: str) -> Any:
    if index.dtype.kind not in "iu":
        raise RuntimeError(f"{name}(): Expected dtype int64 for index, not {index.dtype}")
    return index


def _aligned(x: Any, dim: Any, index: Any, name: str) -> tuple[Any, int, Any]:
    """x, dim and index, once the index is known to fit: as many dimensions as x, and none but dim longer."""
    dim = one_dim(dim, x.ndim, name)
    x, index = _vector(x), _vector(_whole(index, name))
    length, size = array_of(index).shape, array_of(x).shape
    if len(length) != len(size):
        raise RuntimeError(
            f"{name}(): Index tensor must have the same number of dimensions as input tensor: "
            f"index {list(index.shape)}, input {list(x.shape)}"
        )
    if length != size and any(i > n for d, (i, n) in enumerate(zip(length, size, strict=True)) if d != dim):
        raise RuntimeError(
            f"{name}(): Size does not match: expected index {list(index.shape)} to be no larger than self "
            f"{list(x.shape)} apart from dimension {dim}"
        )
    return x, _bounded(x, dim, index, name), index


def _vector(x: Any) -> Any:
    """A 0-d Tensor counts as a vector of one element."""
    return x if x.ndim else reshape(x, (1,))


def _bounded(x: Any, dim: int, index: Any, name: str, refusal: type[Exception] = RuntimeError) -> int:
    """The dim, once every index is known to lie inside; negative ones are refused, as PyTorch does."""
    shape = array_of(x).shape
    _refuse_outside(array_of(index), shape[dim] if shape else 1, dim, name, refusal)
    return dim


@array_function
def _refuse_outside(array: Any, length: int, dim: int, name: str, refusal: type[Exception]) -> None:
    if any_outside(array, length):
        bad = (array < 0) | (array >= length)
        raise refusal(f"{name}(): index {array[bad].flat[0]} is out of bounds for dimension {dim} with size {length}")


@array_function
def _refuse_beyond(array: Any, length: int, refusal: type[Exception], message: str) -> None:
    """The same where negative indices count from the end."""
    if ((array < -length) | (array >= length)).any():
        raise refusal(message)


@spelled
def gather(x: Any, dim: int, index: Any, *, sparse_grad: bool = False) -> Any:
    """out[i][j] = x[index[i][j]][j] for dim 0, and so on; the result has the index's shape.

    >>> import tinygrad_lite as tl
    >>> tl.gather(tl.tensor([[1, 2], [3, 4]]), 1, tl.tensor([[0, 0], [1, 0]]))
    tensor([[1, 1],
            [4, 3]])
    """
    found = ops.gather(*_aligned(x, dim, index, "gather"))
    return found if index.ndim else reshape(found, ())


def _source(src: Any, index: Any, name: str) -> Any:
    """The part of src that the index uses."""
    if not hasattr(src, "ndim"):
        return src
    src = _vector(src)
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
    place = _aligned(x, dim, index, "scatter")
    return reshape(ops.scatter(*place, _source(src, place[2], "scatter")), tuple(x.shape))


@spelled
def scatter_add(x: Any, dim: int, index: Any, src: Any) -> Any:
    """x with src[i][j] added to out[index[i][j]][j] for dim 0, and so on; repeated indices add up."""
    _same_dtype(x, src, "scatter_add")
    place = _aligned(x, dim, index, "scatter_add")
    return reshape(ops.scatter_add(*place, _source(src, place[2], "scatter_add")), tuple(x.shape))


@spelled
def index_select(x: Any, dim: int, index: Any) -> Any:
    """The slices of x at the indices along dim."""
    dim = one_dim(dim, x.ndim, "index_select")
    if index.ndim > 1:
        raise IndexError(f"index_select(): Index is supposed to be a vector, but has shape {list(index.shape)}")
    _bounded(x, dim, _whole(index, "index_select"), "index_select", IndexError)
    return ops.getitem(x, _along(dim, index)) if x.ndim else clone(x)


def _along(dim: int, index: Any) -> tuple[Any, ...]:
    """The subscript for the places along dim that a vector says."""
    return (*(slice(None) for _ in range(dim)), vector_of(index))


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
    source = source if alpha == 1 else cast(source * alpha, x.dtype)
    return x + ops.put_at(source, tuple(x.shape), _along(dim, index))


@spelled
def index_copy(x: Any, dim: int, index: Any, source: Any) -> Any:
    """x with the slices at the indices along dim replaced by those of source."""
    dim = one_dim(dim, x.ndim, "index_copy")
    _same_dtype(x, source, "index_copy")
    _bounded(x, dim, _whole(index, "index_copy"), "index_copy", IndexError)
    return ops.setitem(x, _along(dim, index), source)


@spelled
def index_fill(x: Any, dim: int, index: Any, value: Any) -> Any:
    """x with the slices at the indices along dim filled with a value."""
    dim = one_dim(dim, x.ndim, "index_fill")
    if getattr(value, "ndim", 0):
        raise RuntimeError(f"index_fill: only supports a 0-dimensional value, not one of shape {list(value.shape)}")
    length = x.shape[dim] if x.ndim else 1
    message = f"index_fill(): an index is out of bounds for dimension {dim} with size {length}"
    _refuse_beyond(array_of(_whole(index, "index_fill")), length, IndexError, message)
    return ops.setitem(x, _along(dim, index), value)


_taken = array_function(operator.getitem)


@spelled
def index_put(x: Any, indices: Any, values: Any, accumulate: bool = False) -> Any:
    """x with x[indices] replaced by the values; with `accumulate`, they are added, once for each time."""
    _same_dtype(x, values, "index_put")
    place, rest = steps(tuple(indices), x.ndim)
    if rest is not None:
        raise RuntimeError(f"index_put: the indices must be Tensors, not {indices!r}")
    if not accumulate:
        return ops.setitem(x, place, values)
    shape = _taken(array_of(x), place).shape
    return x + ops.put_at(expand(values, shape), tuple(x.shape), place)


@spelled
def take(x: Any, index: Any) -> Any:
    """The elements at the indices into the flattened x, in the shape of the index."""
    count = math.prod(x.shape)
    array = array_of(_whole(index, "take"))
    message = f"take(): an index is out of range for a tensor of {count} elements"
    _refuse_beyond(array, count, IndexError, message)
    return ops.getitem(reshape(x, (count,)), array)


@spelled
def masked_scatter(x: Any, mask: Any, source: Any) -> Any:
    """x with the elements where the mask holds replaced by those of source, in order."""
    if mask.dtype != dtypes.bool:
        raise RuntimeError(f"masked_scatter only supports boolean masks, but got mask with dtype {mask.dtype}")
    _same_dtype(x, source, "masked_scatter")
    shape = common_shape(x.shape, mask.shape)
    mask = np.broadcast_to(values_of(mask, "masked_scatter() counts the elements that the mask selects"), shape)
    count = int(mask.sum())
    if math.prod(source.shape) < count:
        raise RuntimeError(f"masked_scatter: expected {count} elements in source, not shape {list(source.shape)}")
    flat = reshape(source, (math.prod(source.shape),))
    return ops.setitem(expand(x, shape), mask, ops.getitem(flat, slice(count)))


def _replaced(name: str, x: Any, place: Any, src: Any) -> Any:
    expected = ops.getitem(array_of(x), place).shape
    if tuple(src.shape) != expected:
        raise RuntimeError(
            f"{name}: expected src to have a size equal to the slice of self: src size = {list(src.shape)}, "
            f"slice size = {list(expected)}"
        )
    return ops.setitem(x, place, src)


@spelled
def select_scatter(x: Any, src: Any, dim: int, index: int) -> Any:
    """x with the slice at one index of dim replaced by src."""
    dim = one_dim(dim, x.ndim, "select_scatter")
    if not -x.shape[dim] <= index < x.shape[dim]:
        raise IndexError(f"select_scatter(): index {index} out of range for shape {list(x.shape)} at dimension {dim}")
    return _replaced("select_scatter", x, (*(slice(None) for _ in range(dim)), index), src)


@spelled
def slice_scatter(
    x: Any, src: Any, dim: int = 0, start: int | None = None, end: int | None = None, step: int = 1
) -> Any:
    """x with the elements start:end:step along dim replaced by src."""
    dim = one_dim(dim, x.ndim, "slice_scatter")
    return _replaced("slice_scatter", x, (*(slice(None) for _ in range(dim)), slice(start, end, step)), src)


@spelled
def diagonal_scatter(x: Any, src: Any, offset: int = 0, dim1: int = 0, dim2: int = 1) -> Any:
    """x with a diagonal replaced by src."""
    dims = one_dim(dim1, x.ndim, "diagonal_scatter"), one_dim(dim2, x.ndim, "diagonal_scatter")
    expected = diagonal(array_of(x), offset, *dims).shape
    if tuple(src.shape) != expected:
        raise RuntimeError(f"diagonal_scatter: expected src of shape {list(expected)}, not {list(src.shape)}")
    return ops.put_view(x, src, ((diagonal, (offset, *dims)),))


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
    common = list(common_shape(*lengths))
    fit_x, fit_index = ([*common[:dim], n, *common[dim + 1 :]] for n in (own, wanted))
    message = f"take_along_dim(): an index is out of bounds for dimension {dim} with size {own}"
    _refuse_beyond(indices._data, own, RuntimeError, message)
    return ops.gather(expand(x, tuple(fit_x)), dim, _from_the_front(indices._data, fit_index, own))


@array_function
def _from_the_front(array: Any, shape: list[int], length: int) -> Any:
    """Indices, broadcast to a shape, the negative ones counted from the front."""
    array = np.broadcast_to(array, shape)
    return np.where(array < 0, array + length, array)


_COUNTED = "how many elements there are depends on their values"


@spelled
def masked_select(x: Any, mask: Any) -> Any:
    """The elements of x where the mask holds, in one dimension; the two are broadcast."""
    if mask.dtype.kind != "b":
        raise RuntimeError(f"masked_select: expected BoolTensor for mask, not {mask.dtype}")
    shape = common_shape(x.shape, mask.shape)
    return ops.getitem(expand(x, shape), np.broadcast_to(values_of(mask, _COUNTED), shape))


@spelled
def nonzero(x: Any, *, as_tuple: bool = False) -> Any:
    """The indices of the elements that are not 0: a row each, or with `as_tuple` an array for each dimension."""
    if not as_tuple:
        return ops.nonzero(x)
    return tuple(wrapped(x, places) for places in np.nonzero(np.atleast_1d(values_of(x, _COUNTED))))


@spelled
def argwhere(x: Any) -> Any:
    """The indices of the elements that are not 0, a row each."""
    return nonzero(x)


@spelled
def one_hot(tensor: Any, num_classes: int = -1) -> Any:
    """For each whole number a row of num_classes (by default the largest, plus 1) with a 1 at its place, in int64."""
    if tensor.dtype != dtypes.int64:
        raise RuntimeError(f"one_hot is only applicable to index tensor of type int64, not {tensor.dtype}")
    array = tensor._data
    if not array.size and num_classes <= 0:
        raise RuntimeError("Can not infer total number of classes from empty tensor.")
    if num_classes == -1:
        array = values_of(tensor, "one_hot() finds the number of classes: give num_classes")
        num_classes = max(int(array.max()) + 1, 1)
    if num_classes < 1:
        raise RuntimeError(f"num_classes should be positive, not {num_classes}")
    _refuse_other_classes(array, num_classes)
    return ops.one_hot(tensor, num_classes)


@array_function
def _refuse_other_classes(array: Any, num_classes: int) -> None:
    if array.size and array.min() < 0:
        raise RuntimeError(f"Class values must be non-negative, but one is {array.min()}")
    if array.size and array.max() >= num_classes:
        raise RuntimeError(f"Class values must be smaller than num_classes: {array.max()} of {num_classes}")


@spelled
def isin(elements: Any, test_elements: Any, *, assume_unique: bool = False, invert: bool = False) -> Any:
    """Which elements are among the test elements; with `invert`, which are not."""
    tests = array_of(test_elements) if hasattr(test_elements, "ndim") else test_elements
    return wrapped(elements, _isin(array_of(elements), tests, assume_unique, invert))


@array_function
def _isin(elements: Any, tests: Any, assume_unique: bool, invert: bool) -> Any:
    return np.isin(elements, tests, assume_unique=assume_unique, invert=invert)
