"""Elements written by index, as PyTorch calls it: all results are copies in which elements are replaced or added to."""

from __future__ import annotations

import math
import operator
from collections.abc import Sequence
from typing import Any, Literal

import numpy as np

from ..core.argument_types import wrong_type
from ..core.array_functions import array_function
from ..core.edge import cast, expand, reshape
from ..core.errors import explained
from ..core.primitive import Array
from ..ops import indexing as ops
from ..ops.shape import diagonal
from ..types import dtypes
from ..types.annotations import Tensor
from .arguments import array_of, broadcast_shape, one_dim, one_sample_at_a_time, public, values_of, vector_of, wrap_like
from .index_checks import aligned, along, as_vector, check_bounds, check_index_dtype, check_vector, refuse_beyond
from .subscript import numpy_index


def source_for(src: Tensor | float, x: Tensor, dim: int, index: Tensor, name: str) -> Tensor | float:
    """The part of src that the index uses."""
    if isinstance(src, (int, float)):
        return dtypes.fitted(src, x.dtype)
    src = as_vector(src)
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
    x: Tensor,
    dim: int,
    index: Tensor,
    src: Tensor | float | None = None,
    *,
    value: float | None = None,
    reduce: Literal["add", "multiply"] | None = None,
) -> Tensor:
    """x with elements replaced, whose place along dim an index says: out[index[i, j], j] = src[i, j] for dim 0.

    Where an index comes twice, the last of the elements of src stays, and it alone gets the gradient. (PyTorch leaves
    open which one stays, and gives each a gradient.)

    Args:
        x: of any dtype and shape.
        dim: the dimension that the index is for.
        index: in int64 or int32, as many dimensions as x has, and none but dim longer.
        src: the new elements, at least as many in each dimension as the index has, in the dtype of x; or a number.
        value: a number, by PyTorch's keyword.
        reduce: "add" or "multiply": add the elements to those of x, or multiply those by them, as often as they come.
            `scatter_add` and `scatter_reduce` are the newer names for it.

    Raises:
        RuntimeError: if the index does not fit x or src, is out of bounds, is of another dtype, or the dtypes
            differ; or if `reduce` is something else.
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
    if reduce is not None:
        if reduce not in ("add", "multiply"):
            raise RuntimeError(f"reduce argument must be either add or multiply. scatter: got {reduce!r}")
        if isinstance(source, (int, float)):
            source = wrap_like(x, np.full(index.shape, dtypes.fitted(source, x.dtype), x.dtype))
        if reduce == "add":
            return scatter_add(x, dim, index, source)
        return x.scatter_reduce(dim, index, source, "prod")
    _check_same_dtype(x, source, "scatter", "scatter(): Expected self.dtype to be equal to src.dtype")
    vector, dim, index = aligned(x, dim, index, "scatter")
    return reshape(ops.scatter(vector, dim, index, source_for(source, x, dim, index, "scatter")), tuple(x.shape))


@public
def scatter_add(x: Tensor, dim: int, index: Tensor, src: Tensor) -> Tensor:
    """x with elements added, whose place along dim an index says: out[index[i, j], j] += src[i, j] for dim 0.

    Where an index comes twice, both elements are added. It is the adjoint of `gather`.

    Args:
        x: of any dtype and shape.
        dim: the dimension that the index is for.
        index: in int64 or int32, as many dimensions as x has, and none but dim longer.
        src: what is added, at least as many elements in each dimension as the index has, in the dtype of x.

    Raises:
        RuntimeError: if the index does not fit x or src, is out of bounds, is of another dtype, or the dtypes
            differ.
        IndexError: if there is no such dimension.

    >>> import tinygrad_lite as tl
    >>> tl.zeros(3).scatter_add(0, tl.tensor([0, 2, 0]), tl.tensor([1.0, 5.0, 2.0]))
    tensor([3., 0., 5.])
    """
    _check_same_dtype(x, src, "scatter_add", "scatter(): Expected self.dtype to be equal to src.dtype")
    vector, dim, index = aligned(x, dim, index, "scatter_add")
    return reshape(ops.scatter_add(vector, dim, index, source_for(src, x, dim, index, "scatter_add")), tuple(x.shape))


@public
def index_add(x: Tensor, dim: int, index: Tensor, source: Tensor, *, alpha: float = 1) -> Tensor:
    """x with slices added at some indices along a dimension: out[index[i]] = x[index[i]] + alpha source[i] for dim 0.

    Where an index comes twice, both slices are added.

    Args:
        x: of any dtype and shape.
        dim: the dimension.
        index: a vector of places from 0 on, in int64 or int32.
        source: the shape of x, but as long as the index in dim; in the dtype of x.
        alpha: the factor.

    Raises:
        RuntimeError: if source does not fit, the dtypes differ, or the index is out of bounds or of another dtype.
        IndexError: if there is no such dimension, or the index is no vector.

    >>> import tinygrad_lite as tl
    >>> tl.zeros(3, 2).index_add(0, tl.tensor([0, 2, 0]), tl.ones(3, 2))
    tensor([[2., 2.],
            [0., 0.],
            [1., 1.]])
    """
    dim = one_dim(dim, x.ndim, "index_add")
    check_vector(index, "index_add", "index_add_(): Index is supposed to be a vector")
    _check_same_dtype(x, source, "index_add", "index_add_(): self ({}) and source ({}) must have the same scalar type")
    check_index_dtype(index, "index_add", "index_add_(): Expected dtype int32/int64 for index but got: {}", "int32")
    check_bounds(x, dim, index, "index_add")
    count = vector_of(index).shape[0]
    expected = [*x.shape[:dim], count, *x.shape[dim + 1 :]] if x.ndim else []
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
    source = source if alpha == 1 else cast(source * dtypes.fitted(alpha, x.dtype), x.dtype)
    if not x.ndim:  # as many elements as there are indices are added to the one
        return x + reshape(source, ())
    return x + ops.put_at(source, tuple(x.shape), along(dim, index))


@public
def index_copy(x: Tensor, dim: int, index: Tensor, source: Tensor) -> Tensor:
    """x with the slices at some indices along a dimension replaced: out[index[i]] = source[i] for dim 0.

    Where an index comes twice, the last slice stays, and it alone gets the gradient (in PyTorch each does).

    Args:
        x: of any dtype and shape.
        dim: the dimension.
        index: a vector of places from 0 on, in int64.
        source: the shape of x, but as long as the index in dim; in the dtype of x.

    Raises:
        IndexError: if an index is out of bounds, source has not as many slices, or there is no such dimension.
        RuntimeError: if the slices have another shape, the dtypes differ, or the index is not in int64.

    >>> import tinygrad_lite as tl
    >>> tl.zeros(3).index_copy(0, tl.tensor([2, 0]), tl.tensor([5.0, 6.0]))
    tensor([6., 0., 5.])
    """
    dim = one_dim(dim, x.ndim, "index_copy")
    phrase = "index_copy_(): self and source expected to have the same dtype, but got (self) {} and (source) {}"
    _check_same_dtype(x, source, "index_copy", phrase)
    check_index_dtype(index, "index_copy", "index_copy_(): Expected a long tensor for index, but got {}")
    check_vector(index, "index_copy", f"index_copy_(): Index should have dimension 1 or 0 (got {index.ndim})")
    check_bounds(x, dim, index, "index_copy", IndexError)
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
    written = ops.setitem(as_vector(x), along(dim, index), source)
    return written if x.ndim else reshape(written, ())


@public
def index_fill(x: Tensor, dim: int, index: Tensor, value: float | Tensor) -> Tensor:
    """x with the slices at some indices along a dimension filled with one value.

    A slice whose index comes twice counts once in the derivative by the value (in PyTorch twice).

    Args:
        x: of any dtype and shape.
        dim: the dimension.
        index: a vector in int64; negative numbers count from the end.
        value: a number or a 0-d Tensor.

    Raises:
        IndexError: if an index is out of bounds, the index is not in int64, or there is no such dimension.
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
    check_vector(index, "index_fill", "Index has to be a vector/scalar", RuntimeError)
    length = x.shape[dim] if x.ndim else 1
    phrase = f"index {{}} is out of bounds for dimension {dim} with size {length}"
    check_index_dtype(index, "index_fill", "index_fill_(): Expected dtype int64 for index", refusal=IndexError)
    refuse_beyond(array_of(index), length, IndexError, phrase, f"index_fill() of shape {list(x.shape)}")
    filled = ops.setitem(as_vector(x), along(dim, index), dtypes.fitted(value, x.dtype))
    return filled if x.ndim else reshape(filled, ())


@public
def index_put(x: Tensor, indices: Sequence[Tensor], values: Tensor, accumulate: bool = False) -> Tensor:
    """x with x[indices] replaced by values, which broadcast to it.

    Where an element is named twice, the last value stays, and it alone gets the gradient (in PyTorch each does).

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
        raise explained(error, ops.getitem, (array, place))  # noqa: B904  # explained() sets the cause
    sizes = found.shape[max(found.ndim - len(given), 0) :]
    if len(given) > found.ndim or any(n not in (1, size) for n, size in zip(given, sizes, strict=True)):
        raise RuntimeError(
            f"shape mismatch: value tensor of shape {list(given)} cannot be broadcast to indexing result of shape "
            f"{list(found.shape)}. index_put: into a Tensor of shape {list(array.shape)}"
        )
    return found


@public
@one_sample_at_a_time
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
