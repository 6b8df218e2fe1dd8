"""`x[index]` and `x[index] = value`, and a Tensor as a sequence along its first dimension."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from ..core.modes import state
from ..core.tensor import TensorBase
from ..core.tracing import refuse
from ..functions.subscript import refuse_masks, steps
from ..ops import indexing, shape
from ..types.annotations import Index, Number, Tensor
from .in_place import checked_number, write_in_place
from .operators import comparable


def get_item(self: Tensor, index: Index) -> Tensor:
    """The elements at an index, as in NumPy: a view for ints and slices, a copy for Tensors, lists and masks.

    Raises:
        IndexError: if the index lies outside a dimension, has too many parts or parts of another kind.
        TypeError: for a text.
    """
    first, second = steps(index, self._data.ndim)
    if state.tape is not None:
        refuse_masks(first, second)
    try:
        x = indexing.getitem(self, first)
        return x if second is None else indexing.getitem(x, second)
    except (IndexError, RuntimeError):
        if (explained := _index_error(self._data.shape, index)) is None:
            raise
        raise explained from None


def set_item(self: Tensor, index: Index, value: Tensor | np.ndarray[Any, Any] | Number) -> None:
    """Write a value, broadcast to their shape, to the elements at an index.

    Raises:
        IndexError: if the index lies outside a dimension, has too many parts or parts of another kind.
        RuntimeError: if the value cannot be broadcast, or the dtype cannot hold it.
        TypeError: if it is neither a Tensor, an array nor a number.
    """
    if not isinstance(value, (TensorBase, np.ndarray, np.generic, int, float)):
        raise TypeError(
            f"can't assign a {type(value).__name__} to a Tensor: a Tensor, an array or a number is needed, such as "
            "tensor([1., 2.])"
        )
    first, second = steps(index, self._data.ndim)
    if second is not None:
        set_item(get_item(self, first), second, value)
        return
    if isinstance(value, (int, float)):
        value = checked_number("__setitem__", "value", 2, value, self._data.dtype)

    def assigned(x: Any, v: Any) -> Any:
        try:
            return indexing.setitem(x, first, v)
        except (IndexError, RuntimeError):
            if (explained := _assignment_error(x._data, index, first, v)) is None:
                raise
            raise explained from None

    write_in_place(self, assigned, value)


def length(self: Tensor) -> int:
    """The length of the first dimension."""
    if not self._data.ndim:
        raise TypeError("len() of a 0-d tensor: it is a single number, which item() returns")
    return len(self._data)


def iterate(self: Tensor) -> Iterator[Tensor]:
    """The slices along the first dimension, one after another; views."""
    if not self._data.ndim:
        raise TypeError("iteration over a 0-d tensor: it is a single number, which item() returns")
    return (shape.select(self, 0, i) for i in range(len(self._data)))


def contains(self: Tensor, element: object) -> bool:
    """Tell whether an element is equal to a number, or to the one that a Tensor has in the same place."""
    if not comparable(element):
        raise RuntimeError(
            f"Tensor.__contains__ only supports Tensor or scalar, but you passed in a {type(element)}: {element!r:.40}"
        )
    refuse("a Tensor's values are read by Python")
    return bool((self._data == (element._data if isinstance(element, TensorBase) else element)).any())


# -------------------------------------------------------------------------------------------------- errors


def _index_error(lengths: tuple[int, ...], index: Index) -> Exception | None:
    """The error for an index that does not fit a shape, in PyTorch's words; None if the index does fit."""
    parts = list(index) if isinstance(index, tuple) else [index]
    arrays = [np.asarray(i._data if isinstance(i, TensorBase) else i) if _is_array(i) else i for i in parts]
    where = f"; the Tensor has the shape {list(lengths)}, the index is {_described(index)}"
    taken = [
        i.ndim if _is_mask(i) else int(not (i is None or i is ... or isinstance(i, (bool, np.bool_)))) for i in arrays
    ]
    if sum(taken) > len(lengths):
        return IndexError(_too_many(len(lengths), arrays) + where)
    if sum(i is ... for i in parts) > 1:
        return IndexError(f"an index can only have a single ellipsis ('...'){where}")
    dim, broadcast = 0, []
    for i, count in zip(arrays, taken, strict=True):
        if i is ...:
            dim += len(lengths) - sum(taken)
        elif _is_mask(i):
            if i.shape != lengths[dim : dim + count]:
                return IndexError(
                    f"The shape of the mask {list(i.shape)} at index {dim} does not match the shape of the indexed "
                    f"tensor {list(lengths)} at index {dim}{where}"
                )
            broadcast.append((int(i.sum()),))
        elif count and not isinstance(i, slice):
            n = lengths[dim]
            values = np.ravel(np.asarray(i, object))
            outside = [v for v in values.tolist() if not -n <= v < n]
            if outside:
                allowed = f"{-n} to {n - 1} are allowed" if n else "the dimension has no elements"
                return IndexError(
                    f"index {outside[0]} is out of bounds for dimension {dim} with size {n}: {allowed}{where}"
                )
            broadcast += [i.shape] if isinstance(i, np.ndarray) else []
        dim += count
    try:
        np.broadcast_shapes(*broadcast)
    except ValueError:
        shapes = ", ".join(str(list(s)) for s in broadcast)
        return IndexError(
            f"shape mismatch: indexing tensors could not be broadcast together with shapes {shapes}: the indices of "
            f"several dimensions are taken in pairs{where}"
        )
    if any(isinstance(i, slice) and i.step == 0 for i in arrays):
        return ValueError(f"slice step cannot be zero{where}")
    return None


def _assignment_error(array: Any, index: Index, place: Any, value: Any) -> Exception | None:
    """The error for an index that does not fit, or for a value that does not fit the elements at the index."""
    if (found := _index_error(array.shape, index)) is not None or not hasattr(value, "shape"):
        return found
    target, given = array[place].shape, tuple(value.shape)
    counted = "" if target else ", a single element"
    return RuntimeError(
        f"shape mismatch: value tensor of shape {list(given)} cannot be broadcast to indexing result of shape "
        f"{list(target)}{counted}; the Tensor has the shape {list(array.shape)}, the index is {_described(index)}"
    )


def _is_array(i: Any) -> bool:
    return isinstance(i, (TensorBase, np.ndarray, list, tuple, range))


def _is_mask(i: Any) -> bool:
    return isinstance(i, np.ndarray) and i.dtype.kind == "b"


def _too_many(ndim: int, parts: list[Any]) -> str:
    if ndim:
        return f"too many indices for tensor of dimension {ndim}"
    if any(isinstance(i, slice) for i in parts):
        return "slice() cannot be applied to a 0-dim tensor."
    return (
        "invalid index of a 0-dim tensor. Use `tensor.item()` in Python or `tensor.item<T>()` in C++ to convert a "
        "0-dim tensor to a number"
    )


def _described(index: Index) -> str:
    """An index as it is written, but of a Tensor or array only the dtype and shape."""
    if isinstance(index, tuple):
        return f"[{', '.join(map(_described, index))}]"
    if isinstance(index, (TensorBase, np.ndarray)):
        return f"a Tensor of {index.dtype} and shape {list(index.shape)}"
    if isinstance(index, slice):
        ends = ["" if v is None else str(v) for v in (index.start, index.stop, index.step)]
        return ":".join(ends if ends[2] else ends[:2])
    return "..." if index is ... else f"{index!r:.40}"
