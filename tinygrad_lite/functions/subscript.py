"""Subscripts: what PyTorch understands by x[index], in terms that NumPy understands alike."""

from __future__ import annotations

import math
import operator
import warnings
from types import EllipsisType
from typing import Any

import numpy as np

from ..core.array_functions import array_function, copied, made_of
from ..core.errors import broadcastable, explains, listed_shapes
from ..core.primitive import Array, Traced
from ..ops import indexing as ops
from .arguments import array_of, for_all_samples, values_of


def numpy_index(index: Any, ndim: int) -> tuple[Any, Any]:
    """An index into a Tensor of `ndim` dimensions as NumPy takes it, with arrays in place of Tensors.

    The result is two indices, to be applied one after the other; the second is None where one is enough.

    Beside an array, NumPy counts an int as an array too, and where something stands between them, it puts the
    dimensions that come of both first. In PyTorch an int only takes away its dimension: the first index does that.
    NumPy also counts a `...` as standing between them if it stands for no dimension; such a one is left out.

    Raises:
        IndexError: for what is neither an int, a slice, None, `...` nor of whole numbers or bools; and for lists in
            a list, of which PyTorch's versions disagree whether they are a tuple or a matrix.
        TypeError: for a string.
    """
    if _is_plain(index) or (type(index) is tuple and all(map(_is_plain, index))):
        return index, None
    if not isinstance(index, tuple):
        if isinstance(index, list) and any(hasattr(i, "ndim") or isinstance(i, _NESTED) for i in index):
            raise IndexError(
                f"a list of lists or Tensors is ambiguous as an index: {index!r}. Write x[i, j] for one index per "
                "dimension, or x[tensor(...)] for a matrix of indices"
            )
        return _numpy_part(index), None
    parts = tuple(_numpy_part(i) for i in index)
    if not any(map(_is_array, parts)):
        return parts, None
    if sum(map(_dims_taken, parts)) == ndim:
        parts = tuple(i for i in parts if i is not ...)
    if not any(map(_is_int, parts)):
        return parts, None
    first: list[Any] = []
    second: list[Any] = []
    for i in parts:
        if _is_array(i):
            first.extend([slice(None)] * _dims_taken(i))
            second.append(i)
        else:
            first.append(i)
            if not _is_int(i):
                second.append(i if i is ... else slice(None))
    return tuple(first), tuple(second)


_PLAIN = frozenset({int, EllipsisType, type(None)})


def _is_plain(part: Any) -> bool:
    """True for what NumPy takes as it is, as nearly all indices are: ints, None, `...`, and slices between ints."""
    if (kind := type(part)) is slice:
        return type(part.start) in _PLAIN and type(part.stop) in _PLAIN and type(part.step) in _PLAIN
    return kind in _PLAIN


_NESTED = (list, tuple, slice, EllipsisType, type(None))


_ARRAYS = (np.ndarray, Traced)


def _is_array(part: Any) -> bool:
    """True for an array, also for one, or a number, of which `vmap` has another for each sample."""
    return isinstance(part, _ARRAYS)


def _is_int(part: Any) -> bool:
    return isinstance(part, int)


def _dims_taken(part: Any) -> int:
    """The number of the Tensor's dimensions that a part of an index is about."""
    if _is_array(part):
        return part.ndim if part.dtype.kind == "b" else 1
    return int(isinstance(part, slice) or _is_int(part))


def _numpy_part(part: Any) -> Any:
    """One part of an index as NumPy takes it."""
    if isinstance(part, (bool, np.bool_)):
        return made_of(part, np.asarray(part))
    if part is None or isinstance(part, (int, EllipsisType)):
        return part
    if isinstance(part, slice):
        ends = part.start, part.stop, part.step
        return slice(*map(_end, ends)) if any(hasattr(end, "__primitive__") for end in ends) else part
    if isinstance(part, np.integer):
        return int(part)
    if isinstance(part, (list, range, tuple)):
        array = np.asarray([array_of(i) if hasattr(i, "ndim") else i for i in part])
        array = array if array.size else array.astype(np.int64)
        array = made_of(part, array)
    elif isinstance(part, np.ndarray):
        array = copied(part)  # the graph may keep it
    elif hasattr(part, "__primitive__"):
        array = array_of(part)
    elif isinstance(part, str):
        raise TypeError(f"new(): invalid data type 'str'. A Tensor has no element named {part!r}: {_VALID}")
    else:
        kind = type(part).__name__
        raise IndexError(
            "only integers, slices (`:`), ellipsis (`...`), None and long or byte Variables are valid indices (got "
            f"{kind}). {_VALID}, not {part!r}"
        )
    is_tensor = hasattr(part, "__primitive__")
    if array.dtype.kind not in "biu" or (is_tensor and array.ndim and array.dtype.char in "bh"):
        raise IndexError(
            f"tensors used as indices must be long, int, byte or bool tensors. The index is of {array.dtype}: use "
            ".long() for places, .bool() for a mask"
        )
    if array.dtype == np.uint8 and array.ndim:
        warnings.warn(
            "indexing with dtype torch.uint8 is now deprecated, please use a dtype torch.bool instead. The index is a "
            "mask, as in PyTorch: .bool() makes one of it, .long() would make places",
            UserWarning,
            stacklevel=4,
        )
        return _as_mask(array)
    if array.ndim or array.dtype.kind == "b" or isinstance(part, (list, range, tuple)) or isinstance(array, Traced):
        return array
    return int(values_of(part, "an index is a single number in a Tensor, which Python reads"))


def _end(end: Any) -> Any:
    """Return a bound of a slice, as an int if it is a Tensor: NumPy would not tell a tracer that it reads one."""
    if not hasattr(end, "__primitive__"):
        return end
    return operator.index(values_of(end, "an end of a slice is a Tensor, which Python reads"))


@array_function
@for_all_samples
def _as_mask(array: Array) -> Array:
    return array != 0


_VALID = "An index is an int, a slice, None, `...`, or a list or Tensor of whole numbers or bools"

# ------------------------------------------------------------------------------------------ explanations of errors


@explains(ops.getitem)
def _cannot_read(error: Exception, name: str, x: Array, index: Any) -> Exception | None:
    return _bad_index(x.shape, index, "x[index]")


@explains(ops.setitem)
def _cannot_write(error: Exception, name: str, x: Array, index: Any, value: Any) -> Exception | None:
    wrong = _bad_index(x.shape, index, "x[index] = value")
    if wrong is not None:
        return wrong
    place, given = x[ops.open_index(index)].shape, np.shape(value)
    given_shape, wanted = list(given), list(place)
    ours = (
        f"x[index] = value: a value of shape {given_shape} does not fill {wanted} of a Tensor of shape {list(x.shape)}"
    )
    if not ops.is_basic(index):
        return RuntimeError(
            f"shape mismatch: value tensor of shape {given_shape} cannot be broadcast to indexing result of shape "
            f"{wanted}. {ours}: give {math.prod(place)} values, or a single one"
        )
    while len(given) > len(place) and given[0] == 1:
        given = given[1:]
    if len(given) > len(place):
        return RuntimeError(
            f"expand(Tensor{{{given_shape}}}, size={wanted}): the number of sizes provided ({len(place)}) must be "
            f"greater or equal to the number of dimensions in the tensor ({len(given)}). {ours}"
        )
    for d in range(1, len(given) + 1):
        if given[-d] not in (1, place[-d]):
            return RuntimeError(
                f"The expanded size of the tensor ({place[-d]}) must match the existing size ({given[-d]}) at "
                f"non-singleton dimension {len(place) - d}.  Target sizes: {wanted}.  Tensor sizes: {list(given)}. "
                f"{ours}"
            )
    return None


@explains(ops.put_at)
def _cannot_put(error: Exception, name: str, x: Array, shape: tuple[int, ...], index: Any) -> Exception | None:
    return _bad_index(shape, index, name)


def _bad_index(shape: tuple[int, ...], index: Any, operation: str) -> Exception | None:
    """The IndexError, or for what is no index a TypeError, that PyTorch raises for an index into this shape."""
    parts = index if isinstance(index, tuple) else (index,)
    ndim, taken = len(shape), sum(map(_dims_taken, parts))
    ours = f"{operation}: x has the shape {list(shape)}"
    if taken > ndim:
        return _too_many(parts, ndim, taken, ours)
    if sum(part is ... for part in parts) > 1:
        return IndexError(f"an index can only have a single ellipsis (`...`). {ours}")
    dim = 0
    arrays: list[Array] = []
    for i, part in enumerate(parts):
        if part is ...:
            dim += ndim - taken
            continue
        size = shape[dim] if _dims_taken(part) and dim < ndim else 0
        if isinstance(part, np.ndarray) and part.dtype.kind == "b":
            here = shape[dim : dim + part.ndim]
            if part.shape != here:
                at = next(d for d, (m, n) in enumerate(zip(part.shape, here, strict=True)) if m != n)
                return IndexError(
                    f"The shape of the mask {list(part.shape)} at index {at} does not match the shape of the indexed "
                    f"tensor {list(shape)} at index {dim + at}. {ours}, and index {i} is a mask for its sizes "
                    f"{list(here)}: it must have this shape"
                )
            arrays.extend(np.nonzero(part) if part.ndim else [np.zeros(int(part), np.intp)])
        elif _is_int(part) or isinstance(part, np.ndarray):
            places = np.atleast_1d(part)
            outside = places[(places < -size) | (places >= size)]
            if outside.size:
                valid = f"valid are {-size} to {size - 1}" if size else "there is no element"
                return IndexError(
                    f"index {outside.flat[0]} is out of bounds for dimension {dim} with size {size}. {ours}; {valid}"
                )
            if isinstance(part, np.ndarray):
                arrays.append(part)
        elif isinstance(part, slice) and (wrong := _bad_slice(part, ours)) is not None:
            return wrong
        dim += _dims_taken(part)
    if arrays and not broadcastable(*(a.shape for a in arrays)):
        shapes = [a.shape for a in arrays]
        return IndexError(
            "shape mismatch: indexing tensors could not be broadcast together with shapes "
            f"{', '.join(str(list(s)) for s in shapes)}. {ours}, and the indices have the shapes "
            f"{listed_shapes(shapes)}"
        )
    return None


def _too_many(parts: tuple[Any, ...], ndim: int, taken: int, ours: str) -> IndexError:
    if ndim:
        phrase = f"too many indices for tensor of dimension {ndim}"
    elif len(parts) == 1 and isinstance(parts[0], slice):
        phrase = "slice() cannot be applied to a 0-dim tensor."
    elif len(parts) == 1 and _is_int(parts[0]):
        phrase = (
            "invalid index of a 0-dim tensor. Use `tensor.item()` in Python or `tensor.item<T>()` in C++ to convert a "
            "0-dim tensor to a number"
        )
    else:
        phrase = "too many indices for tensor of dimension 0"
    return IndexError(f"{phrase.rstrip('.')}. {ours}, and the index is about {taken} dimensions")


def _bad_slice(part: slice, ours: str) -> Exception | None:
    for bound in (part.start, part.stop, part.step):
        if bound is not None and not hasattr(bound, "__index__"):
            return TypeError(
                f"slice indices must be integers or None or have an __index__ method. {ours}, and a slice is given "
                f"{bound!r}"
            )
    return ValueError(f"slice step cannot be zero. {ours}") if part.step == 0 else None
