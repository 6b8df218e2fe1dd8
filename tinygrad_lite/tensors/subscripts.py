"""`x[index]` and `x[index] = value`, a Tensor as a sequence along its first dimension, and its pieces."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from ..core.primitive import Array
from ..core.tensor import TensorBase
from ..functions import joining
from ..functions.subscript import numpy_index
from ..ops import indexing
from ..types.annotations import Index, Number, Tensor
from .in_place import checked_number, write_in_place
from .operators import is_operand


def get_item(self: Tensor, index: Index) -> Tensor:
    """The elements at an index, as in NumPy: a view for ints and slices, a copy for Tensors, lists and masks.

    Raises:
        IndexError: if the index lies outside a dimension, has too many parts or parts of another kind.
        TypeError: for a text.
    """
    first, second = numpy_index(index, self._data.ndim)
    x = indexing.getitem(self, first)
    return x if second is None else indexing.getitem(x, second)


def set_item(self: Tensor, index: Index, value: Tensor | Array | Number) -> None:
    """Write a value, broadcast to their shape, to the elements at an index.

    Raises:
        IndexError: if the index lies outside a dimension, has too many parts or parts of another kind.
        RuntimeError: if the value cannot be broadcast, or the dtype cannot hold it; and if it is a Tensor of another
            dtype, where arrays are among the indices.
        TypeError: if it is neither a Tensor, an array nor a number.
    """
    if not isinstance(value, (TensorBase, np.ndarray, np.generic, int, float)):
        raise TypeError(
            f"can't assign a {type(value).__name__} to a Tensor: a Tensor, an array or a number is needed, such as "
            "tensor([1., 2.])"
        )
    first, second = numpy_index(index, self._data.ndim)
    if second is not None:
        set_item(get_item(self, first), second, value)
        return
    if isinstance(value, TensorBase) and value.dtype != self._data.dtype:
        _check_dtype(self, first, value)
    elif self._data.dtype.kind in "iu" and isinstance(value, (int, float)):
        value = checked_number("__setitem__", "value", 2, value, self._data.dtype)
    write_in_place(self, lambda x, v: indexing.setitem(x, first, v), value)


def _check_dtype(self: Tensor, index: Any, value: Tensor) -> None:
    """Refuse to write elements of another dtype to places that are listed one by one, by `index_put`.

    A slice, and a mask for one value, take another dtype, as PyTorch's do: they copy and fill.
    """
    parts = index if isinstance(index, tuple) else (index,)
    arrays = [i for i in parts if isinstance(i, np.ndarray)]
    masks = all(i.dtype.kind == "b" for i in arrays)
    if arrays and not (masks and value._data.size == 1):
        raise RuntimeError(
            "Index put requires the source and destination dtypes match, got "
            f"{self._data.dtype} for the destination and {value._data.dtype} for the source. x[index] = value: convert "
            "the value with .to(x.dtype)"
        )


def length(self: Tensor) -> int:
    """The length of the first dimension."""
    if not self._data.ndim:
        raise TypeError("len() of a 0-d tensor: it is a single number, which item() returns")
    return len(self._data)


def iterate(self: Tensor) -> Iterator[Tensor]:
    """The slices along the first dimension, one after another; views."""
    if not self._data.ndim:
        raise TypeError("iteration over a 0-d tensor: it is a single number, which item() returns")
    return (indexing.getitem(self, i) for i in range(len(self._data)))


def contains(self: Tensor, element: object) -> bool:
    """Tell whether an element is equal to a number, or to the one that a Tensor has in the same place."""
    if not is_operand(element):
        raise RuntimeError(
            f"Tensor.__contains__ only supports Tensor or scalar, but you passed in a {type(element)}: {element!r:.40}"
        )
    return bool((self._read() == (element._data if isinstance(element, TensorBase) else element)).any())


def split(self: Tensor, split_size: int | Sequence[int], dim: int = 0) -> tuple[Tensor, ...]:
    """Pieces of this Tensor along a dimension; views. It is the function `split`, which calls the size otherwise.

    Args:
        split_size: the size of each piece, where the last may be smaller; or a size for each piece.
        dim: the dimension.

    Raises:
        RuntimeError: if the size is not positive, or the sizes do not sum up to that of dim.
        IndexError: if there is no such dimension.

    >>> import tinygrad_lite as tl
    >>> tl.arange(5).split(split_size=2)
    (tensor([0, 1]), tensor([2, 3]), tensor([4]))
    """
    return joining.split(self, split_size, dim)
