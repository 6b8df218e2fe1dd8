"""Elements read by index, as PyTorch calls it."""

from __future__ import annotations

import math
import operator
from collections.abc import Sequence
from typing import Any, Literal, overload

import numpy as np

from ..core.argument_types import wrong_type
from ..core.array_functions import array_function
from ..core.edge import clone, expand, reshape
from ..core.errors import broadcastable, shape_mismatch
from ..core.primitive import Array
from ..core.promotion import wrapped
from ..ops import indexing as ops
from ..ops.creation import number
from ..types import dtypes
from ..types.annotations import Tensor
from .arguments import (
    DYNAMIC_SHAPE,
    array_of,
    broadcast_shape,
    for_all_samples,
    one_dim,
    public,
    values_for_size,
    values_of,
    wrap_like,
)
from .index_checks import aligned, along, check_bounds, check_index_dtype, check_vector, refuse_beyond


@public
def gather(x: Tensor, dim: int, index: Tensor, *, sparse_grad: bool = False) -> Tensor:
    """The elements of x whose place along dim an index says: out[i, j] = x[index[i, j], j] for dim 0, and so on.

    Args:
        x: of any dtype and shape.
        dim: the dimension that the index is for.
        index: in int64 or int32, as many dimensions as x has, none but dim longer; the result has its shape.
        sparse_grad: has no effect; it is there for PyTorch's sake.

    Raises:
        RuntimeError: if the index does not fit x, is out of bounds, or of another dtype.
        IndexError: if there is no such dimension.

    >>> import tinygrad_lite as tl
    >>> tl.gather(tl.tensor([[1, 2], [3, 4]]), 1, tl.tensor([[0, 0], [1, 0]]))
    tensor([[1, 1],
            [4, 3]])
    """
    found = ops.gather(*aligned(x, dim, index, "gather"))
    return found if index.ndim else reshape(found, ())


@public
def index_select(x: Tensor, dim: int, index: Tensor) -> Tensor:
    """The slices of x at some indices along a dimension: `x[:, index]` for dim 1. A copy.

    Args:
        x: of any dtype and shape.
        dim: the dimension.
        index: a vector of places from 0 on, in int64 or int32.

    Raises:
        IndexError: if an index is out of bounds, the index is no vector, or there is no such dimension.
        RuntimeError: if the index is of another dtype.

    >>> import tinygrad_lite as tl
    >>> tl.index_select(tl.tensor([[1, 2, 3], [4, 5, 6]]), 1, tl.tensor([2, 0]))
    tensor([[3, 1],
            [6, 4]])
    """
    dim = one_dim(dim, x.ndim, "index_select")
    check_vector(index, "index_select", "index_select(): Index is supposed to be a vector")
    check_index_dtype(index, "index_select", "index_select(): Expected dtype int32 or int64 for index", "int32")
    if not x.ndim and math.prod(index.shape) != 1:
        raise RuntimeError(
            f"index_select(): Index to scalar can have only 1 value, got {math.prod(index.shape)} value(s): x is 0-d"
        )
    check_bounds(x, dim, index, "index_select", IndexError, "index out of range in self")
    return ops.getitem(x, along(dim, index)) if x.ndim else clone(x)


@public
def take(x: Tensor, index: Tensor) -> Tensor:
    """The elements at indices into the flattened x, in the shape of the index.

    Args:
        x: of any dtype and shape.
        index: in int64; negative ones count from the end.

    Raises:
        IndexError: if an index is out of bounds.
        RuntimeError: if the index is of another dtype.

    >>> import tinygrad_lite as tl
    >>> tl.take(tl.tensor([[10, 11], [12, 13]]), tl.tensor([0, 3, -2]))
    tensor([10, 13, 12])
    """
    count = math.prod(x.shape)
    array = array_of(check_index_dtype(index, "take", "take(): Expected a long tensor for index, but got {}"))
    phrase = f"out of range: tried to access index {{}} on a tensor of {count} elements"
    refuse_beyond(array, count, IndexError, phrase, f"take() of shape {list(x.shape)}")
    return ops.getitem(reshape(x, (count,)), array)


@public
def take_along_dim(x: Tensor, indices: Tensor, dim: int | None = None) -> Tensor:
    """The elements of x at indices along a dimension, as `gather`, but the other dimensions are broadcast.

    It takes what `argsort` and `argmax(keepdim=True)` return. Negative indices count from the end.

    Args:
        x: of any dtype and shape.
        indices: in int64, as many dimensions as x has.
        dim: the dimension; without it, x and the indices are flattened.

    Raises:
        RuntimeError: if the numbers of dimensions differ, the shapes cannot be broadcast together, or an index is out
            of bounds or not in int64.
        IndexError: if there is no such dimension.

    >>> import tinygrad_lite as tl
    >>> x = tl.tensor([[3, 1, 2], [6, 5, 4]])
    >>> tl.take_along_dim(x, x.argsort(1), 1)
    tensor([[1, 2, 3],
            [4, 5, 6]])
    """
    check_index_dtype(indices, "take_along_dim", "take_along_dim(): dtype of indices should be Long but got {}")
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
    refuse_beyond(array_of(indices), size, RuntimeError, phrase, f"take_along_dim() of shape {list(x.shape)}")
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
    refusal = (
        "Attempted to vmap over `mask` in torch.masked_select(self, mask) We cannot support this because for each "
        "batch this would return a differently shaped Tensor"
    )
    chosen = values_for_size(mask, _DATA_DEPENDENT, refusal)
    return ops.getitem(expand(x, shape), np.broadcast_to(chosen, shape))


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
    values = values_for_size(x, _DATA_DEPENDENT, f"{DYNAMIC_SHAPE}nonzero")
    return tuple(wrap_like(x, places) for places in np.nonzero(np.atleast_1d(values)))


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
    array, num_classes = array_of(tensor), operator.index(num_classes)
    if not array.size and num_classes <= 0:
        raise RuntimeError(
            "Can not infer total number of classes from empty tensor. one_hot: give num_classes, because there is no "
            f"number in a Tensor of shape {list(tensor.shape)}"
        )
    if num_classes == -1:
        array = values_of(tensor, "one_hot() finds the number of classes: give num_classes")
        num_classes = max(int(array.max()) + 1, 1)
    _refuse_other_classes(array, num_classes)
    if num_classes < 1:
        raise RuntimeError(f"one_hot: num_classes should be positive, not {num_classes}")
    return ops.one_hot(tensor, num_classes)


@array_function
@for_all_samples
def _refuse_other_classes(array: Array, num_classes: int) -> None:
    if array.size and array.min() < 0:
        raise RuntimeError(f"Class values must be non-negative. one_hot: one is {array.min()}")
    if array.size and array.max() >= num_classes:
        raise RuntimeError(
            f"Class values must be smaller than num_classes. one_hot: one is {array.max()}, of {num_classes} classes"
        )


@public
def isin(
    elements: Tensor | float,
    test_elements: Tensor | Sequence[float] | float,
    *,
    assume_unique: bool = False,
    invert: bool = False,
) -> Tensor:
    """True for the elements that are among the test elements: bools in the shape of elements.

    Args:
        elements: of any dtype and shape; or a number, if the test elements are a Tensor.
        test_elements: of any dtype and shape, or a list, or a number.
        assume_unique: that no element comes twice in either; it saves time.
        invert: True for those that are not among them.

    Raises:
        TypeError: if one of them is no Tensor.

    >>> import tinygrad_lite as tl
    >>> tl.isin(tl.tensor([1, 2, 3, 4]), tl.tensor([2, 4, 6]))
    tensor([False,  True, False,  True])
    """
    if not hasattr(elements, "ndim"):
        if not isinstance(elements, (int, float)) or not hasattr(test_elements, "ndim"):
            raise wrong_type("isin", "elements", 1, "Tensor", elements)
        found = _isin(_beside(elements, test_elements), array_of(test_elements), assume_unique, invert)
        return wrap_like(test_elements, found)
    of_tensor = hasattr(test_elements, "ndim")
    tests: Any = array_of(test_elements) if of_tensor else _beside(test_elements, elements)
    if not of_tensor and np.asarray(tests).dtype.kind not in "biuf":
        raise wrong_type("isin", "test_elements", 2, "Tensor", test_elements)
    return wrap_like(elements, _isin(array_of(elements), tests, assume_unique, invert))


def _beside(value: Any, x: Any) -> Any:
    """A number in the dtype in which it meets x, as an array; anything else as it is."""
    if type(value) not in (int, float):
        return value
    dtype = dtypes.result_type(x, value)
    return number(wrapped(value, dtype) if dtype.kind in "iu" else value, dtype)


@array_function
def _isin(elements: Array, tests: Any, assume_unique: bool, invert: bool) -> Array:
    return np.isin(elements, tests, assume_unique=assume_unique, invert=invert)
