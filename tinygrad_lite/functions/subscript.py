"""x[index] as PyTorch reads it, in terms that NumPy reads alike."""

from __future__ import annotations

from types import EllipsisType
from typing import Any

import numpy as np

from ..core.array_functions import copied, made_of
from .arguments import array_of, values_of


def steps(index: Any, ndim: int) -> tuple[Any, Any]:
    """An index into `ndim` dimensions, Tensors made arrays, as NumPy takes it: in one step (the second None) or two.

    Beside an array, NumPy counts an int as an array too, and where something stands between them puts the
    dimensions that come of both first. In PyTorch an int only takes away its dimension: that is the first step. A `...`
    that stands for no dimension is nothing in between there.

    Raises:
        IndexError: for what is neither an int, a slice, None, `...` nor of whole numbers or bools, and for lists in
            a list, of which PyTorch's versions disagree whether they are a tuple or a matrix.
    """
    if not isinstance(index, tuple):
        if isinstance(index, list) and any(hasattr(i, "ndim") or isinstance(i, _NESTED) for i in index):
            raise IndexError(
                f"a list of lists or Tensors is ambiguous as an index: {index!r}. Write x[i, j] for one index per "
                "dimension, or x[tensor(...)] for a matrix of indices"
            )
        return _part(index), None
    parts = tuple(_part(i) for i in index)
    if not any(isinstance(i, np.ndarray) for i in parts):
        return parts, None
    if any(i is ... for i in parts) and sum(map(_taken, parts)) == ndim:
        parts = tuple(i for i in parts if i is not ...)
    if not any(map(_is_int, parts)):
        return parts, None
    first: list[Any] = []
    second: list[Any] = []
    for i in parts:
        if isinstance(i, np.ndarray):
            first.extend([slice(None)] * _taken(i))
            second.append(i)
        else:
            first.append(i)
            if not _is_int(i):
                second.append(i if i is ... else slice(None))
    return tuple(first), tuple(second)


_NESTED = (list, tuple, slice, EllipsisType, type(None))


def _is_int(i: Any) -> bool:
    return isinstance(i, int) and not isinstance(i, bool)


def _taken(i: Any) -> int:
    """How many dimensions of the Tensor a part of an index is about."""
    if isinstance(i, np.ndarray):
        return i.ndim if i.dtype.kind == "b" else 1
    return int(isinstance(i, slice) or _is_int(i))


def _part(index: Any) -> Any:
    if index is None or isinstance(index, (int, slice, EllipsisType, np.bool_)):
        return index
    if isinstance(index, np.integer):
        return int(index)
    if isinstance(index, (list, range, tuple)):
        array = np.asarray([array_of(i) if hasattr(i, "ndim") else i for i in index])
        array = array if array.size else array.astype(np.int64)
        return made_of(index, array)
    if isinstance(index, np.ndarray):
        array = copied(index)  # the graph may keep it
    elif hasattr(index, "ndim"):
        array = array_of(index)
    else:
        refusal = TypeError if isinstance(index, str) else IndexError
        raise refusal(f"an index must be an int, a slice, None, `...` or of whole numbers or bools, not {index!r}")
    if array.dtype.kind == "f" or array.dtype == np.uint8:
        raise IndexError(
            f"tensors used as indices must be of whole numbers or bools, not {array.dtype}: use .long() for places, "
            ".bool() for a mask"
        )
    if array.ndim or array.dtype.kind == "b":
        return array
    return int(values_of(index, "an index is a single number in a Tensor, which Python reads"))
