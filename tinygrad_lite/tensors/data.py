"""Arrays made of what users pass as values: a number, nested sequences, an array or a Tensor."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from ..core.array_functions import made_of
from ..core.primitive import Array
from ..core.promotion import DType
from ..core.tensor import TensorBase
from ..types import dtypes
from ..types.annotations import Data, DTypeLike

_LARGEST = 2**63 - 1


def array_from(data: Data, dtype: DTypeLike | None = None) -> Array:
    """The values as an array, in a dtype or, without one, in that which PyTorch would infer from the values.

    Without a dtype, Python's floats are of the default dtype, its whole numbers of int64, and arrays keep their dtype.
    The memory of an array of the right dtype is shared.

    Raises:
        ValueError: for nested sequences of different lengths, and for whole numbers too large for int64.
        RuntimeError: for what is neither a number nor a sequence, and for numbers outside the dtype.
        TypeError: for a text, and for an array of a dtype that Tensors do not have.
    """
    if isinstance(data, TensorBase):
        data = data._data
    wanted = None if dtype is None else dtypes.as_dtype(dtype)
    if isinstance(data, (np.ndarray, np.generic)):
        return made_of(data, np.asarray(data, wanted or _own_dtype(data)))
    try:
        array = np.asarray(_without_tensors(data))
    except ValueError:
        raise _ragged(data) or ValueError("the nested sequences are not all of one length") from None
    array = _checked(data, array, wanted)
    if wanted is None:
        wanted = _inferred(data, array)
    elif array.dtype != wanted:
        dtypes.check_fits(array, wanted)
    return made_of(data, array, wanted)


def _without_tensors(data: Any) -> Any:
    """Nested sequences with the arrays of Tensors in the place of these."""
    if isinstance(data, TensorBase):
        return data._data
    return [_without_tensors(x) for x in data] if isinstance(data, (list, tuple)) else data


def _own_dtype(array: Any) -> DType:
    try:
        return dtypes.as_dtype(array.dtype)
    except TypeError:
        raise TypeError(
            f"can't convert np.ndarray of type numpy.{array.dtype.type.__name__}. The only supported types are: "
            "float64, float32, float16, int64, int32, int16, int8, uint8, and bool. Convert the array first, as by "
            ".astype(np.float32)"
        ) from None


def _inferred(data: Any, array: Array) -> DType:
    """The dtype for values that came without one."""
    if array.dtype.kind == "f":
        first = data
        while isinstance(first, (list, tuple)) and first:
            first = first[0]
        typed = isinstance(first, (np.ndarray, np.generic, TensorBase))
        return dtypes.as_dtype(array.dtype) if typed else dtypes.get_default_dtype()
    return dtypes.bool if array.dtype.kind == "b" else dtypes.int64


def _checked(data: Any, array: Array, wanted: DType | None) -> Array:
    """The array, once it is known to hold numbers, and whole ones as they are.

    Of whole numbers beyond int64 NumPy makes an array of objects, of uint64, or (of some mixtures) of float64.
    """
    if array.dtype.kind in "bi" or (array.dtype.kind == "f" and not (array.size and np.abs(array).max() > _LARGEST)):
        return array
    numbers = list(_numbers(data)) if array.dtype.kind in "uf" else array.reshape(-1).tolist()
    if not all(isinstance(x, (int, float, np.integer, np.floating, np.bool_)) for x in numbers):
        raise _refusal(data, array)
    floating = wanted.kind == "f" if wanted is not None else any(isinstance(x, (float, np.floating)) for x in numbers)
    large = [x for x in numbers if not isinstance(x, (float, np.floating)) and not -_LARGEST - 1 <= x <= _LARGEST]
    if large and not floating:
        raise ValueError(
            f"Overflow when unpacking long long: {large[0]} is outside int64, which ends at {_LARGEST}. Pass "
            "dtype=float64 for the nearest number with a point"
        )
    try:
        return array.astype(np.float64) if large else array
    except OverflowError:
        raise RuntimeError(f"value cannot be converted to type float64 without overflow: {large[0]!r:.40}…") from None


def _numbers(data: Any) -> Iterator[Any]:
    """The numbers in nested sequences."""
    if isinstance(data, (list, tuple)):
        for x in data:
            yield from _numbers(x)
    elif isinstance(data, TensorBase):
        yield from data._data.reshape(-1).tolist()
    elif isinstance(data, np.ndarray):
        yield from data.reshape(-1).tolist()
    else:
        yield data


def _refusal(data: Any, array: Array) -> Exception:
    """The error for what is neither a number nor a bool, in PyTorch's words."""
    needed = "a Tensor is made of numbers and bools, in a list, in nested lists of equal lengths or in an array"
    if isinstance(data, (str, bytes)):
        return TypeError(f"new(): invalid data type '{type(data).__name__}': {data!r:.40}; {needed}")
    if array.dtype.kind in "US":
        return ValueError(f"too many dimensions 'str': there is a text among the values; {needed}")
    kinds = {type(x).__name__ for x in array.reshape(-1).tolist()} - {"int", "float", "bool"}
    return RuntimeError(f"Could not infer dtype of {', '.join(sorted(kinds))}: {needed}")


def _ragged(data: Any, dim: int = 0) -> ValueError | None:
    """The error for the first sequence that is not as long as the others in its dimension."""
    if not isinstance(data, (list, tuple)) or not data:
        return None
    lengths = [len(x) if hasattr(x, "__len__") else None for x in data]
    for i, length in enumerate(lengths):
        if length != lengths[0]:
            if lengths[0] is None or length is None:
                return ValueError(
                    f"expected sequence of one depth at dim {dim + 1}: item 0 is {data[0]!r:.40}, item {i} is "
                    f"{data[i]!r:.40}"
                )
            return ValueError(
                f"expected sequence of length {lengths[0]} at dim {dim + 1} (got {length}): item {i} of the nested "
                f"sequence is {data[i]!r:.40}"
            )
    return next((error for x in data if (error := _ragged(x, dim + 1)) is not None), None)
