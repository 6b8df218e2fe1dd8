"""Elements read and written by index, as PyTorch calls it."""

from __future__ import annotations

import math
import operator
from collections.abc import Sequence
from typing import Any, Literal, overload

import numpy as np

from ..core.argument_types import wrong_type
from ..core.array_functions import array_function
from ..core.edge import cast, clone, expand, reshape
from ..core.errors import broadcastable, explained, shape_mismatch
from ..core.primitive import Array
from ..ops import indexing as ops
from ..ops.shape import diagonal
from ..types import dtypes
from ..types.annotations import Tensor
from .arguments import any_out_of_range, array_of, broadcast_shape, one_dim, public, values_of, vector_of, wrap_like
from .subscript import numpy_index


def _check_whole(index: Tensor, name: str, phrase: str, refusal: type[Exception] = RuntimeError) -> Tensor:
    """Refuse an index that is not of whole numbers, with PyTorch's phrase, where {} stands for the dtype."""
    if index.dtype.kind not in "iu":
        raise refusal(f"{phrase.format(index.dtype)}. {name}: the index is of {index.dtype}, convert it with .long()")
    return index


def _aligned(x: Tensor, dim: int, index: Tensor, name: str) -> tuple[Tensor, int, Tensor]:
    """x, dim and index once the index is known to fit: as many dimensions as x, and none but dim longer."""
    dim = one_dim(dim, x.ndim, name)
    x, index = _as_vector(x), _as_vector(_check_whole(index, name, f"{name}(): Expected dtype int32/int64 for index"))
    length, size = array_of(index).shape, array_of(x).shape
    if len(length) != len(size):
        target = "input" if name == "gather" else "self"
        raise RuntimeError(
            f"Index tensor must have the same number of dimensions as {target} tensor. {name}: the index has the shape "
            f"{list(length)}, the {target} {list(size)}"
        )
    for d, (i, n) in enumerate(zip(length, size, strict=True)):
        if i > n and d != dim:
            phrase = f"Size does not match at dimension {d} expected" if name == "gather" else "Expected"
            raise RuntimeError(
                f"{phrase} index {list(length)} to be no larger than self {list(size)} apart from dimension {dim}. "
                f"{name}: dimension {d} of the index is too long"
            )
    _check_bounds(x, dim, index, name)
    return x, dim, index


def _as_vector(x: Tensor) -> Tensor:
    """x, or for a 0-d Tensor a vector of its one element."""
    return x if x.ndim else reshape(x, (1,))


def _check_bounds(
    x: Tensor, dim: int, index: Tensor, name: str, refusal: type[Exception] = RuntimeError, phrase: str = ""
) -> None:
    """Refuse an index that is outside dim. Negative ones are refused too, as PyTorch does."""
    _refuse_outside(array_of(index), array_of(x).shape or (1,), dim, name, refusal, phrase)


@array_function
def _refuse_outside(
    array: Array, shape: tuple[int, ...], dim: int, name: str, refusal: type[Exception], phrase: str
) -> None:
    length = shape[dim]
    if any_out_of_range(array, length):
        found = array[(array < 0) | (array >= length)].flat[0]
        said = phrase or f"index {found} is out of bounds for dimension {dim} with size {length}"
        advice = "a negative index does not count from the end here" if found < 0 else f"valid are 0 to {length - 1}"
        raise refusal(f"{said}. {name}(): index {found} for dimension {dim} of the shape {list(shape)}; {advice}")


@array_function
def _refuse_beyond(array: Array, length: int, refusal: type[Exception], phrase: str, place: str) -> None:
    """Refuse an index that is out of bounds, where negative ones count from the end; the texts are for the error."""
    beyond = (array < -length) | (array >= length)
    if beyond.any():
        found = array[beyond].flat[0]
        raise refusal(f"{phrase.format(found)}. {place}: valid are {-length} to {length - 1}")


@public
def gather(x: Tensor, dim: int, index: Tensor, *, sparse_grad: bool = False) -> Tensor:
    """The elements of x whose place along dim an index says: out[i, j] = x[index[i, j], j] for dim 0, and so on.

    Args:
        x: of any dtype and shape.
        dim: the dimension that the index is for.
        index: whole numbers, as many dimensions as x has, and none but dim longer; the result has its shape.
        sparse_grad: has no effect; it is there for PyTorch's sake.

    Raises:
        RuntimeError: if the index does not fit x, is out of bounds, or is not of whole numbers.
        IndexError: if there is no such dimension.

    >>> import tinygrad_lite as tl
    >>> tl.gather(tl.tensor([[1, 2], [3, 4]]), 1, tl.tensor([[0, 0], [1, 0]]))
    tensor([[1, 1],
            [4, 3]])
    """
    found = ops.gather(*_aligned(x, dim, index, "gather"))
    return found if index.ndim else reshape(found, ())


def _source(src: Tensor | float, x: Tensor, dim: int, index: Tensor, name: str) -> Tensor | float:
    """The part of src that the index uses."""
    if isinstance(src, (int, float)):
        return src
    src = _as_vector(src)
    if src.ndim != index.ndim or any(i > n for i, n in zip(index.shape, src.shape, strict=False)):
        raise RuntimeError(
            f"Expected index {list(index.shape)} to be no larger than self {list(x.shape)} apart from dimension {dim} "
            f"and to be no larger size than src {list(src.shape)}. {name}: each index needs an element of src"
        )
    if tuple(src.shape) == tuple(index.shape):
        return src
    return ops.getitem(src, tuple(slice(n) for n in index.shape))


def _check_same_dtype(x: Tensor, src: Tensor | float, name: str, phrase: str) -> None:
    """Refuse a source of another dtype, with PyTorch's phrase, where {} stand for the two. A number has no dtype."""
    if not hasattr(src, "dtype") and not isinstance(src, (int, float)):
        raise wrong_type(name, "source", None, "Tensor", src)
    found = getattr(src, "dtype", x.dtype)
    if found != x.dtype:
        raise RuntimeError(
            f"{phrase.format(x.dtype, found)}. {name}: self is of {x.dtype}, the source of {found}; convert it with "
            ".to(dtype)"
        )


@public
def scatter(
    x: Tensor, dim: int, index: Tensor, src: Tensor | float | None = None, *, value: float | None = None
) -> Tensor:
    """x with elements replaced, whose place along dim an index says: out[index[i, j], j] = src[i, j] for dim 0.

    Where an index comes twice, one of the two elements of src is taken; only that one should get the gradient, so let
    indices be different.

    Args:
        x: of any dtype and shape.
        dim: the dimension that the index is for.
        index: whole numbers, as many dimensions as x has, and none but dim longer.
        src: the new elements, at least as many in each dimension as the index has, in the dtype of x; or a number.
        value: a number, by PyTorch's keyword.

    Raises:
        RuntimeError: if the index does not fit x or src, is out of bounds, is not of whole numbers, or the dtypes
            differ.
        IndexError: if there is no such dimension.

    >>> import tinygrad_lite as tl
    >>> labels = tl.tensor([2, 0])
    >>> tl.zeros(2, 3).scatter(1, labels.unsqueeze(1), 1.0)  # one-hot rows
    tensor([[0., 0., 1.],
            [1., 0., 0.]])
    """
    if (src is None) == (value is None):
        raise TypeError("scatter() takes either src, a Tensor or a number, or value, a number")
    source: Any = value if src is None else src
    _check_same_dtype(x, source, "scatter", "scatter(): Expected self.dtype to be equal to src.dtype")
    vector, dim, index = _aligned(x, dim, index, "scatter")
    return reshape(ops.scatter(vector, dim, index, _source(source, x, dim, index, "scatter")), tuple(x.shape))


@public
def scatter_add(x: Tensor, dim: int, index: Tensor, src: Tensor) -> Tensor:
    """x with elements added, whose place along dim an index says: out[index[i, j], j] += src[i, j] for dim 0.

    Where an index comes twice, both elements are added. It is the adjoint of `gather`.

    Args:
        x: of any dtype and shape.
        dim: the dimension that the index is for.
        index: whole numbers, as many dimensions as x has, and none but dim longer.
        src: what is added, at least as many elements in each dimension as the index has, in the dtype of x.

    Raises:
        RuntimeError: if the index does not fit x or src, is out of bounds, is not of whole numbers, or the dtypes
            differ.
        IndexError: if there is no such dimension.

    >>> import tinygrad_lite as tl
    >>> tl.zeros(3).scatter_add(0, tl.tensor([0, 2, 0]), tl.tensor([1.0, 5.0, 2.0]))
    tensor([3., 0., 5.])
    """
    _check_same_dtype(x, src, "scatter_add", "scatter(): Expected self.dtype to be equal to src.dtype")
    vector, dim, index = _aligned(x, dim, index, "scatter_add")
    return reshape(ops.scatter_add(vector, dim, index, _source(src, x, dim, index, "scatter_add")), tuple(x.shape))


@public
def index_select(x: Tensor, dim: int, index: Tensor) -> Tensor:
    """The slices of x at some indices along a dimension: `x[:, index]` for dim 1. A copy.

    Args:
        x: of any dtype and shape.
        dim: the dimension.
        index: a vector of whole numbers, from 0 on.

    Raises:
        IndexError: if an index is out of bounds, the index is no vector, or there is no such dimension.
        RuntimeError: if the index is not of whole numbers.

    >>> import tinygrad_lite as tl
    >>> tl.index_select(tl.tensor([[1, 2, 3], [4, 5, 6]]), 1, tl.tensor([2, 0]))
    tensor([[3, 1],
            [6, 4]])
    """
    dim = one_dim(dim, x.ndim, "index_select")
    _check_vector(index, "index_select", "index_select(): Index is supposed to be a vector")
    _check_whole(index, "index_select", "index_select(): Expected dtype int32 or int64 for index")
    _check_bounds(x, dim, index, "index_select", IndexError, "index out of range in self")
    return ops.getitem(x, _along(dim, index)) if x.ndim else clone(x)


def _check_vector(index: Tensor, name: str, phrase: str) -> None:
    if index.ndim > 1:
        raise IndexError(f"{phrase}. {name}: the index has the shape {list(index.shape)}")


def _along(dim: int, index: Tensor) -> tuple[Any, ...]:
    """The subscript for the indices along dim that a vector says."""
    return (*(slice(None) for _ in range(dim)), vector_of(index))


@public
def index_add(x: Tensor, dim: int, index: Tensor, source: Tensor, *, alpha: float = 1) -> Tensor:
    """x with slices added at some indices along a dimension: out[index[i]] = x[index[i]] + alpha source[i] for dim 0.

    Where an index comes twice, both slices are added.

    Args:
        x: of any dtype and shape.
        dim: the dimension.
        index: a vector of whole numbers, from 0 on.
        source: the shape of x, but as long as the index in dim; in the dtype of x.
        alpha: the factor.

    Raises:
        RuntimeError: if source does not fit, the dtypes differ, or an index is out of bounds or no whole number.
        IndexError: if there is no such dimension, or the index is no vector.

    >>> import tinygrad_lite as tl
    >>> tl.zeros(3, 2).index_add(0, tl.tensor([0, 2, 0]), tl.ones(3, 2))
    tensor([[2., 2.],
            [0., 0.],
            [1., 1.]])
    """
    dim = one_dim(dim, x.ndim, "index_add")
    _check_vector(index, "index_add", "index_add_(): Index is supposed to be a vector")
    _check_same_dtype(x, source, "index_add", "index_add_(): self ({}) and source ({}) must have the same scalar type")
    _check_whole(index, "index_add", "index_add_(): Expected dtype int32/int64 for index but got: {}")
    _check_bounds(x, dim, index, "index_add")
    count = vector_of(index).shape[0]
    expected = [*x.shape[:dim], count, *x.shape[dim + 1 :]] if x.ndim else list(source.shape)
    if list(source.shape) != expected:
        given = source.shape[dim] if dim < source.ndim else 0
        if count != given:
            phrase = (
                f"index_add_(): Number of indices ({count}) should be equal to source.size(dim): ({given}), "
                f"for dim: {dim}"
            )
        else:
            phrase = (
                "source tensor shape must match self tensor shape, excluding the specified dimension. Got self.shape = "
                f"{list(x.shape)} source.shape = {list(source.shape)}"
            )
        raise RuntimeError(
            f"{phrase}. index_add: for self {list(x.shape)} and {count} indices source must be {expected}, and it is "
            f"{list(source.shape)}"
        )
    source = source if alpha == 1 else cast(source * alpha, x.dtype)
    return x + ops.put_at(source, tuple(x.shape), _along(dim, index))


@public
def index_copy(x: Tensor, dim: int, index: Tensor, source: Tensor) -> Tensor:
    """x with the slices at some indices along a dimension replaced: out[index[i]] = source[i] for dim 0.

    Args:
        x: of any dtype and shape.
        dim: the dimension.
        index: a vector of whole numbers, from 0 on.
        source: the shape of x, but as long as the index in dim; in the dtype of x.

    Raises:
        IndexError: if an index is out of bounds, source has not as many slices, or there is no such dimension.
        RuntimeError: if the slices have another shape, the dtypes differ, or the index is not of whole numbers.

    >>> import tinygrad_lite as tl
    >>> tl.zeros(3).index_copy(0, tl.tensor([2, 0]), tl.tensor([5.0, 6.0]))
    tensor([6., 0., 5.])
    """
    dim = one_dim(dim, x.ndim, "index_copy")
    phrase = "index_copy_(): self and source expected to have the same dtype, but got (self) {} and (source) {}"
    _check_same_dtype(x, source, "index_copy", phrase)
    _check_whole(index, "index_copy", "index_copy_(): Expected a long tensor for index, but got {}")
    _check_vector(index, "index_copy", f"index_copy_(): Index should have dimension 1 or 0 (got {index.ndim})")
    _check_bounds(x, dim, index, "index_copy", IndexError)
    count, shapes = vector_of(index).shape[0], f"self {list(x.shape)}, source {list(source.shape)}"
    given = source.shape[dim] if dim < source.ndim else 1
    if count != given:
        raise IndexError(
            f"index_copy_(): Number of indices ({count}) should be equal to source.size(dim) ({given}). index_copy: "
            f"{shapes}, dim {dim}"
        )
    slices = [[n for d, n in enumerate(v.shape) if d != dim] for v in (x, source)]
    if slices[0] != slices[1]:
        raise RuntimeError(
            "index_copy_(): Source/destination tensor must have same slice shapes. Destination slice shape: "
            f"{' '.join(map(str, slices[0]))} at dimension {dim} and source slice shape: "
            f"{' '.join(map(str, slices[1]))} at dimension {dim}. index_copy: {shapes}"
        )
    return ops.setitem(x, _along(dim, index), source)


@public
def index_fill(x: Tensor, dim: int, index: Tensor, value: float | Tensor) -> Tensor:
    """x with the slices at some indices along a dimension filled with one value.

    Args:
        x: of any dtype and shape.
        dim: the dimension.
        index: a vector of whole numbers; negative ones count from the end.
        value: a number or a 0-d Tensor.

    Raises:
        IndexError: if an index is out of bounds or no whole number, or there is no such dimension.
        RuntimeError: if the value is not 0-d.

    >>> import tinygrad_lite as tl
    >>> tl.zeros(3, 2).index_fill(0, tl.tensor([0, -1]), 7.0)
    tensor([[7., 7.],
            [0., 0.],
            [7., 7.]])
    """
    dim = one_dim(dim, x.ndim, "index_fill")
    if not isinstance(value, (int, float)) and value.ndim:
        raise RuntimeError(
            f"index_fill_ only supports a 0-dimensional value tensor, but got tensor with {value.ndim} dimension(s). "
            f"index_fill: the value has the shape {list(value.shape)}"
        )
    length = x.shape[dim] if x.ndim else 1
    phrase = f"index {{}} is out of bounds for dimension {dim} with size {length}"
    _check_whole(index, "index_fill", "index_fill_(): Expected dtype int64 for index", IndexError)
    _refuse_beyond(array_of(index), length, IndexError, phrase, f"index_fill() of shape {list(x.shape)}")
    return ops.setitem(x, _along(dim, index), value)


@public
def index_put(x: Tensor, indices: Sequence[Tensor], values: Tensor, accumulate: bool = False) -> Tensor:
    """x with x[indices] replaced by values, which broadcast to it.

    Args:
        x: of any dtype and shape.
        indices: Tensors of whole numbers or bools, one for each of the first dimensions.
        values: in the dtype of x.
        accumulate: add the values instead, once for each time that an element is named.

    Raises:
        IndexError: if an index does not fit x.
        RuntimeError: if the values do not fit x[indices], or the dtypes differ.

    >>> import tinygrad_lite as tl
    >>> rows, columns = tl.tensor([0, 1, 1]), tl.tensor([1, 0, 0])
    >>> tl.zeros(2, 2).index_put((rows, columns), tl.tensor([1.0, 2.0, 3.0]), accumulate=True)
    tensor([[0., 1.],
            [5., 0.]])
    """
    _check_same_dtype(
        x,
        values,
        "index_put",
        "Index put requires the source and destination dtypes match, got {} for the destination and {} for the source",
    )
    for i in indices:
        if isinstance(i, (float, str)):
            raise wrong_type("index_put", "indices", 2, "tuple of Tensors", indices)
    place, rest = numpy_index(tuple(indices), x.ndim)
    if rest is not None:
        raise RuntimeError(f"index_put: the indices must be Tensors, not {indices!r}")
    if not accumulate:
        try:
            return ops.setitem(x, place, values)
        except (IndexError, RuntimeError) as error:
            raise type(error)(str(error).replace("x[index] = value", "index_put")) from None
    shape = _read_for_values(array_of(x), place, tuple(values.shape)).shape
    return x + ops.put_at(expand(values, shape), tuple(x.shape), place)


@array_function
def _read_for_values(array: Array, place: Any, given: Sequence[int]) -> Array:
    """array[place], once it is known that values of the given shape broadcast to it."""
    try:
        found: Array = array[place]
    except IndexError as error:
        raise explained(error, ops.getitem, (array, place))  # noqa: B904
    sizes = found.shape[max(found.ndim - len(given), 0) :]
    if len(given) > found.ndim or any(n not in (1, size) for n, size in zip(given, sizes, strict=True)):
        raise RuntimeError(
            f"shape mismatch: value tensor of shape {list(given)} cannot be broadcast to indexing result of shape "
            f"{list(found.shape)}. index_put: into a Tensor of shape {list(array.shape)}"
        )
    return found


@public
def take(x: Tensor, index: Tensor) -> Tensor:
    """The elements at indices into the flattened x, in the shape of the index.

    Args:
        x: of any dtype and shape.
        index: whole numbers; negative ones count from the end.

    Raises:
        IndexError: if an index is out of bounds.
        RuntimeError: if the index is not of whole numbers.

    >>> import tinygrad_lite as tl
    >>> tl.take(tl.tensor([[10, 11], [12, 13]]), tl.tensor([0, 3, -2]))
    tensor([10, 13, 12])
    """
    count = math.prod(x.shape)
    array = array_of(_check_whole(index, "take", "take(): Expected a long tensor for index, but got {}"))
    phrase = f"out of range: tried to access index {{}} on a tensor of {count} elements."
    _refuse_beyond(array, count, IndexError, phrase, f"take() of shape {list(x.shape)}")
    return ops.getitem(reshape(x, (count,)), array)


@public
def masked_scatter(x: Tensor, mask: Tensor, source: Tensor) -> Tensor:
    """x with the elements where a mask is true replaced by those of source, in order.

    Args:
        x: of any dtype and shape.
        mask: bools; x and the mask are broadcast together.
        source: at least as many elements as the mask selects, in the dtype of x.

    Raises:
        RuntimeError: if source has too few elements, the dtypes differ, the mask is not of bools, or the shapes cannot
            be broadcast together.

    >>> import tinygrad_lite as tl
    >>> tl.masked_scatter(tl.zeros(4), tl.tensor([True, False, True, False]), tl.tensor([5.0, 6.0, 7.0]))
    tensor([5., 0., 6., 0.])
    """
    if mask.dtype != dtypes.bool:
        raise RuntimeError(
            f"masked_scatter_ only supports boolean masks, but got mask with dtype {mask.dtype}. masked_scatter: "
            "convert it with .bool()"
        )
    _check_same_dtype(x, source, "masked_scatter", "masked_scatter: expected self and source to have same dtypes")
    shape = broadcast_shape("masked_scatter", mask.shape, x.shape)
    selected = np.broadcast_to(values_of(mask, "masked_scatter() counts the elements that the mask selects"), shape)
    count = int(selected.sum())
    if math.prod(source.shape) < count:
        raise RuntimeError(
            "Number of elements of source < number of ones in mask. masked_scatter: source has the shape "
            f"{list(source.shape)}, and the mask selects {count} elements"
        )
    flat = reshape(source, (math.prod(source.shape),))
    return ops.setitem(expand(x, shape), selected, ops.getitem(flat, slice(count)))


def _slice_replaced(name: str, x: Tensor, index: Any, src: Tensor) -> Tensor:
    _check_slice_size(name, x, src, ops.getitem(array_of(x), index).shape)
    return ops.setitem(x, index, src)


def _check_slice_size(name: str, x: Tensor, src: Tensor, expected: Sequence[int]) -> None:
    if list(src.shape) != list(expected):
        raise RuntimeError(
            f"expected src to have a size equal to the slice of self. src size = {list(src.shape)}, slice size = "
            f"{list(expected)}. {name} of shape {list(x.shape)}: src is not broadcast; use expand"
        )


@public
def select_scatter(x: Tensor, src: Tensor, dim: int, index: int) -> Tensor:
    """x with the slice at one index of a dimension replaced; a copy, of which `select` gives src.

    Args:
        x: of any dtype, with at least one dimension.
        src: the new slice, in the shape of x without dim.
        dim: the dimension.
        index: the place along dim; -1 is the last.

    Raises:
        RuntimeError: if src has another shape.
        IndexError: if there is no such dimension or no such index.

    >>> import tinygrad_lite as tl
    >>> tl.select_scatter(tl.zeros(2, 2), tl.ones(2), 0, -1)
    tensor([[0., 0.],
            [1., 1.]])
    """
    dim = one_dim(dim, x.ndim, "select_scatter")
    if not x.ndim:
        raise IndexError("select() cannot be applied to a 0-dim tensor. select_scatter: x is 0-d")
    if not -x.shape[dim] <= index < x.shape[dim]:
        raise IndexError(
            f"select(): index {index} out of range for tensor of size {list(x.shape)} at dimension {dim}. "
            f"select_scatter: valid are {-x.shape[dim]} to {x.shape[dim] - 1}"
        )
    return _slice_replaced("select_scatter", x, (*(slice(None) for _ in range(dim)), index), src)


@public
def slice_scatter(
    x: Tensor, src: Tensor, dim: int = 0, start: int | None = None, end: int | None = None, step: int = 1
) -> Tensor:
    """x with the elements start:end:step along a dimension replaced; a copy.

    Args:
        x: of any dtype, with at least one dimension.
        src: the new elements, in the shape of x but for dim.
        dim: the dimension.
        start: as in a Python slice, the first index.
        end: the index before which the slice ends.
        step: the distance between indices.

    Raises:
        RuntimeError: if src has another shape.
        IndexError: if there is no such dimension.

    >>> import tinygrad_lite as tl
    >>> tl.slice_scatter(tl.zeros(5), tl.ones(2), start=1, end=4, step=2)
    tensor([0., 1., 0., 1., 0.])
    """
    dim = one_dim(dim, x.ndim, "slice_scatter")
    if not x.ndim:
        raise IndexError("slice() cannot be applied to a 0-dim tensor. slice_scatter: x is 0-d")
    return _slice_replaced(
        "slice_scatter", x, (*(slice(None) for _ in range(dim)), slice(start, end, operator.index(step))), src
    )


@public
def diagonal_scatter(x: Tensor, src: Tensor, offset: int = 0, dim1: int = 0, dim2: int = 1) -> Tensor:
    """x with a diagonal replaced; a copy, of which `diagonal` gives src.

    Args:
        x: of any dtype, with at least 2 dimensions.
        src: the new diagonal, in the shape of `diagonal(x, offset, dim1, dim2)`.
        offset: which diagonal: 0 the main one, 1 the one above it, -1 the one below.
        dim1: the dimension of the rows.
        dim2: the dimension of the columns.

    Raises:
        RuntimeError: if src has another shape.
        IndexError: if there is no such dimension.

    >>> import tinygrad_lite as tl
    >>> tl.diagonal_scatter(tl.zeros(2, 2), tl.tensor([1.0, 2.0]))
    tensor([[1., 0.],
            [0., 2.]])
    """
    dims = one_dim(dim1, x.ndim, "diagonal_scatter"), one_dim(dim2, x.ndim, "diagonal_scatter")
    if dims[0] == dims[1]:
        raise RuntimeError(
            f"diagonal dimensions cannot be identical {dims[0]}, {dims[1]}. diagonal_scatter: rows, columns"
        )
    _check_slice_size("diagonal_scatter", x, src, diagonal(array_of(x), offset, *dims).shape)
    return ops.put_view(x, src, ((diagonal, (offset, *dims)),))


@public
def take_along_dim(x: Tensor, indices: Tensor, dim: int | None = None) -> Tensor:
    """The elements of x at indices along a dimension, as `gather`, but the other dimensions are broadcast.

    It takes what `argsort` and `argmax(keepdim=True)` return. Negative indices count from the end.

    Args:
        x: of any dtype and shape.
        indices: whole numbers, as many dimensions as x has.
        dim: the dimension; without it, x and the indices are flattened.

    Raises:
        RuntimeError: if the numbers of dimensions differ, the shapes cannot be broadcast together, or an index is out
            of bounds or no whole number.
        IndexError: if there is no such dimension.

    >>> import tinygrad_lite as tl
    >>> x = tl.tensor([[3, 1, 2], [6, 5, 4]])
    >>> tl.take_along_dim(x, x.argsort(1), 1)
    tensor([[1, 2, 3],
            [4, 5, 6]])
    """
    if indices.dtype.kind not in "iu":
        raise RuntimeError(
            f"take_along_dim(): dtype of indices should be Long but got {indices.dtype}: convert them with .long()"
        )
    if dim is None:
        return take(x, reshape(indices, (math.prod(indices.shape),)))
    dim = one_dim(dim, x.ndim, "take_along_dim")
    if indices.ndim != x.ndim:
        raise RuntimeError(
            "take_along_dim(): input and indices should have the same number of dimensions, but got "
            f"{x.ndim} dimensions for input, and {indices.ndim} dimensions for indices"
        )
    lengths = [list(v.shape) for v in (x, indices)]
    size, wanted = lengths[0][dim], lengths[1][dim]
    for shape in lengths:
        shape[dim] = 1
    if not broadcastable(*lengths):
        phrase = str(shape_mismatch("take_along_dim", *lengths)).partition(". ")[0]
        raise RuntimeError(
            f"{phrase}. take_along_dim: the shapes {list(x.shape)} and {list(indices.shape)} cannot be broadcast "
            f"together, apart from dimension {dim}"
        )
    common = list(np.broadcast_shapes(*map(tuple, lengths)))
    fit_x, fit_index = ([*common[:dim], n, *common[dim + 1 :]] for n in (size, wanted))
    phrase = f"index {{}} is out of bounds for dimension {dim} with size {size}"
    _refuse_beyond(array_of(indices), size, RuntimeError, phrase, f"take_along_dim() of shape {list(x.shape)}")
    return ops.gather(expand(x, tuple(fit_x)), dim, _from_the_front(array_of(indices), fit_index, size))


@array_function
def _from_the_front(array: Array, shape: list[int], length: int) -> Array:
    """Indices along dim broadcast to a shape, with negative ones counted from the front."""
    array = np.broadcast_to(array, shape)
    return np.where(array < 0, array + length, array)


_DATA_DEPENDENT = "how many elements there are depends on their values"


@public
def masked_select(x: Tensor, mask: Tensor) -> Tensor:
    """The elements of x where a mask is true, in one dimension: `x[mask]`, where x and the mask are broadcast together.

    Args:
        x: of any dtype and shape.
        mask: bools.

    Raises:
        RuntimeError: if the mask is not of bools, or the shapes cannot be broadcast together.

    >>> import tinygrad_lite as tl
    >>> x = tl.tensor([[1, -2], [-3, 4]])
    >>> tl.masked_select(x, x > 0)
    tensor([1, 4])
    """
    if mask.dtype.kind != "b":
        raise RuntimeError(f"masked_select: expected BoolTensor for mask, not {mask.dtype}: convert it with .bool()")
    shape = broadcast_shape("masked_select", mask.shape, x.shape)
    return ops.getitem(expand(x, shape), np.broadcast_to(values_of(mask, _DATA_DEPENDENT), shape))


@overload
def nonzero(x: Tensor, *, as_tuple: Literal[False] = False) -> Tensor: ...
@overload
def nonzero(x: Tensor, *, as_tuple: Literal[True]) -> tuple[Tensor, ...]: ...
@public
def nonzero(x: Tensor, *, as_tuple: bool = False) -> Any:
    """The indices of the elements that are not 0, in int64: a row for each of the n elements, (n, x.ndim).

    Args:
        x: of any dtype and shape.
        as_tuple: a vector of n indices for each dimension instead, so that `x[nonzero(x, as_tuple=True)]` are the
            elements; NumPy's nonzero does that.

    Raises:
        TypeError: if x is no Tensor.

    >>> import tinygrad_lite as tl
    >>> x = tl.tensor([[0, 7], [8, 0]])
    >>> tl.nonzero(x)
    tensor([[0, 1],
            [1, 0]])
    >>> x[tl.nonzero(x, as_tuple=True)]
    tensor([7, 8])
    """
    if not as_tuple:
        return ops.nonzero(x)
    return tuple(wrap_like(x, places) for places in np.nonzero(np.atleast_1d(values_of(x, _DATA_DEPENDENT))))


@public
def argwhere(x: Tensor) -> Tensor:
    """The indices of the elements that are not 0, in int64: a row for each of the n elements, (n, x.ndim).

    x is of any dtype and shape.

    Raises:
        TypeError: if x is no Tensor.

    >>> import tinygrad_lite as tl
    >>> tl.argwhere(tl.tensor([0, 5, 0, 6]))
    tensor([[1],
            [3]])
    """
    return ops.nonzero(x)


@public
def one_hot(tensor: Tensor, num_classes: int = -1) -> Tensor:
    """For each class number c a row of zeros with a 1 at place c: (*) gives (*, num_classes), in int64.

    Args:
        tensor: class numbers from 0 on, in int64.
        num_classes: how many classes; -1 for the largest number there is, plus 1.

    Raises:
        RuntimeError: for another dtype, and if a number is negative or not smaller than num_classes.

    >>> import tinygrad_lite as tl
    >>> tl.nn.functional.one_hot(tl.tensor([2, 0]))
    tensor([[0, 0, 1],
            [1, 0, 0]])
    """
    if tensor.dtype != dtypes.int64:
        raise RuntimeError(
            f"one_hot is only applicable to index tensor of type LongTensor. The dtype is {tensor.dtype}: convert the "
            "class numbers with .long()"
        )
    array = array_of(tensor)
    if not array.size and num_classes <= 0:
        raise RuntimeError("Can not infer total number of classes from empty tensor. one_hot: give num_classes")
    if num_classes == -1:
        array = values_of(tensor, "one_hot() finds the number of classes: give num_classes")
        num_classes = max(int(array.max()) + 1, 1)
    _refuse_other_classes(array, num_classes)
    if num_classes < 1:
        raise RuntimeError(f"one_hot: num_classes should be positive, not {num_classes}")
    return ops.one_hot(tensor, num_classes)


@array_function
def _refuse_other_classes(array: Array, num_classes: int) -> None:
    if array.size and array.min() < 0:
        raise RuntimeError(f"Class values must be non-negative. one_hot: one is {array.min()}")
    if array.size and array.max() >= num_classes:
        raise RuntimeError(
            f"Class values must be smaller than num_classes. one_hot: one is {array.max()}, of {num_classes} classes"
        )


@public
def isin(
    elements: Tensor,
    test_elements: Tensor | Sequence[float] | float,
    *,
    assume_unique: bool = False,
    invert: bool = False,
) -> Tensor:
    """True for the elements that are among the test elements: bools in the shape of elements.

    Args:
        elements: of any dtype and shape.
        test_elements: of any dtype and shape, or a list, or a number.
        assume_unique: that no element comes twice in either; it saves time.
        invert: True for those that are not among them.

    Raises:
        TypeError: if one of them is no Tensor.

    >>> import tinygrad_lite as tl
    >>> tl.isin(tl.tensor([1, 2, 3, 4]), tl.tensor([2, 4, 6]))
    tensor([False,  True, False,  True])
    """
    tests: Any = array_of(test_elements) if hasattr(test_elements, "ndim") else test_elements
    if np.asarray(tests).dtype.kind not in "biuf":
        raise wrong_type("isin", "test_elements", 2, "Tensor", test_elements)
    return wrap_like(elements, _isin(array_of(elements), tests, assume_unique, invert))


@array_function
def _isin(elements: Array, tests: Any, assume_unique: bool, invert: bool) -> Array:
    return np.isin(elements, tests, assume_unique=assume_unique, invert=invert)
