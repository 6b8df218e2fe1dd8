"""Arrays made of what users pass as values: a number, nested sequences, an array or a Tensor."""

from __future__ import annotations

import functools
from collections.abc import Iterator
from typing import Any

import numpy as np

from ..core.array_functions import made_of
from ..core.primitive import Array
from ..core.promotion import DType
from ..core.tensor import TensorBase
from ..types import dtypes
from ..types.annotations import Data, DTypeLike


def array_from(data: Data, dtype: DTypeLike | None = None) -> Array:
    """The values as an array, in a dtype or, without one, in that which PyTorch would infer from the values.

    Without a dtype, Python's floats are of the default dtype, its whole numbers of int64, and arrays keep their dtype,
    as does whatever can become an array (`own_array`). The memory of an array of the right dtype is shared. In a
    sequence, a Tensor of one element stands for its number, whatever its shape.

    Raises:
        ValueError: for nested sequences of different lengths, and for whole numbers too large for int64.
        RuntimeError: for what is neither a number nor a sequence, and for numbers outside the dtype.
        TypeError: for a text, and for an array of a dtype that Tensors do not have.
    """
    if isinstance(data, TensorBase):
        data = data._data
    wanted = None if dtype is None else dtypes.as_dtype(dtype)
    if (array := own_array(data)) is not None:
        if wanted is not None and isinstance(array, np.generic):
            dtypes.check_fits(array, wanted)
        return made_of(data, np.asarray(array, wanted or _own_dtype(array)))
    typed: list[Any] = []
    try:
        array = np.asarray(_with_arrays(data, typed))
    except ValueError:
        raise _unequal_lengths(data) or ValueError("the nested sequences are not all of one length") from None
    kind = array.dtype.kind
    if kind not in "bif" or (kind == "f" and _may_be_rounded(data, array)):
        array = _large_numbers(data, array, wanted)
    if wanted is not None:
        if array.dtype != wanted:
            dtypes.check_fits(array, wanted)
    elif typed:
        wanted = functools.reduce(dtypes.promote_types, map(_dtype_of, _leaves(data)))
    else:
        wanted = _inferred(array)
    return made_of(data, array, wanted)


def own_array(data: Any) -> Any:
    """The array, or NumPy's scalar, of what knows its values' dtype; None for sequences of numbers and for numbers.

    That is an array, what offers itself as one by `__array__`, `__array_interface__` or `__dlpack__` (a table of
    another library, for instance), and memory of floats. Memory of other numbers is in PyTorch a sequence of Python's.
    """
    if isinstance(data, (np.ndarray, np.generic)):
        return data
    if isinstance(data, (list, tuple, int, float, str, bytes)):
        return None
    if hasattr(data, "__array__") or hasattr(data, "__array_interface__"):
        return np.asarray(data)
    if hasattr(data, "__dlpack__"):
        return np.from_dlpack(data)
    try:
        array = np.asarray(memoryview(data))
    except TypeError:
        return None
    return array.astype(np.int64) if array.dtype.kind in "iu" else array


def _with_arrays(data: Any, typed: list[Any]) -> Any:
    """Nested sequences with arrays in the place of what has a dtype of its own, all of which is added to `typed`."""
    if isinstance(data, (list, tuple)):
        return data if _NUMBERS.issuperset(map(type, data)) else [_with_arrays(x, typed) for x in data]
    if isinstance(data, TensorBase):
        typed.append(data)
        return data._data if data._data.size != 1 else data._data.reshape(())
    if (array := own_array(data)) is not None:
        typed.append(array)
        return array
    return data


_NUMBERS = frozenset((int, float, bool))


def _own_dtype(array: Any) -> DType:
    try:
        return dtypes.as_dtype(array.dtype)
    except TypeError:
        raise TypeError(
            f"can't convert np.ndarray of type numpy.{array.dtype.type.__name__}. The only supported types are: "
            "float64, float32, float16, int64, int32, int16, int8, uint8, and bool. Convert the array first, as by "
            ".astype(np.float32)"
        ) from None


def _first(data: Any) -> Any:
    """The first value in nested sequences."""
    while isinstance(data, (list, tuple)) and data:
        data = data[0]
    return data


def _inferred(array: Array) -> DType:
    """The dtype for Python's numbers: floats are of the default dtype, whole numbers of int64."""
    if array.dtype.kind == "f":
        return dtypes.get_default_dtype()
    return dtypes.bool if array.dtype.kind == "b" else dtypes.int64


def _dtype_of(value: Any) -> DType:
    if isinstance(value, TensorBase):
        return value.dtype
    if (array := own_array(value)) is not None:
        return _own_dtype(array)
    if isinstance(value, float):
        return dtypes.get_default_dtype()
    return dtypes.bool if isinstance(value, bool) else dtypes.int64


def _may_be_rounded(data: Any, array: Array) -> bool:
    """Tell whether NumPy may have made floats of whole numbers that int64 cannot hold, as it does of [-1, 2**63]."""
    return type(_first(data)) is int and array.size > 0 and bool(np.abs(array).max() >= 2**63)


def _large_numbers(data: Any, array: Array, wanted: DType | None) -> Array:
    """The array that NumPy made of something unusual, once it is known to hold numbers, and whole ones as they are.

    Of whole numbers beyond int64 NumPy makes an array of objects, of uint64, or, in some mixtures, of float64.
    """
    numbers = list(_leaves(data)) if array.dtype.kind in "uf" else array.reshape(-1).tolist()
    if not all(isinstance(x, (int, float, np.integer, np.floating, np.bool_)) for x in numbers):
        raise _not_numbers(data, array)
    floats = (float, np.floating)
    large = [x for x in numbers if not isinstance(x, floats) and not -(2**63) <= x < 2**63]
    if not large:
        return array
    shown = str(large[0]) if int(large[0]).bit_length() < 200 else "a number of hundreds of digits"
    if wanted.kind != "f" if wanted is not None else not any(isinstance(x, floats) for x in numbers):
        raise ValueError(
            f"Overflow when unpacking long long: {shown} is outside int64, which ends at 2**63 - 1. Pass dtype=float64 "
            "for the nearest number with a point"
        )
    try:
        return array.astype(np.float64)
    except OverflowError:
        raise RuntimeError(f"value cannot be converted to type float64 without overflow: {shown}") from None


def _leaves(data: Any) -> Iterator[Any]:
    """The values in nested sequences: numbers, arrays, Tensors."""
    if isinstance(data, (list, tuple)):
        for x in data:
            yield from _leaves(x)
    else:
        yield data


def _not_numbers(data: Any, array: Array) -> Exception:
    """The error for what is neither a number nor a bool, in PyTorch's words."""
    needed = "a Tensor is made of numbers and bools, in a list, in nested lists of equal lengths or in an array"
    if isinstance(data, (str, bytes)):
        return TypeError(f"new(): invalid data type '{type(data).__name__}': {data!r:.40}; {needed}")
    if array.dtype.kind in "US":
        return ValueError(f"too many dimensions 'str': there is a text among the values; {needed}")
    kinds = {type(x).__name__ for x in array.reshape(-1).tolist()} - {"int", "float", "bool"}
    return RuntimeError(f"Could not infer dtype of {', '.join(sorted(kinds))}: {needed}")


def _unequal_lengths(data: Any, dim: int = 0) -> ValueError | None:
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
    return next((error for x in data if (error := _unequal_lengths(x, dim + 1)) is not None), None)
