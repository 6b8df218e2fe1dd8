"""Dtypes: NumPy's own objects under PyTorch's names, the default dtype, and PyTorch's law of promotion."""

from __future__ import annotations

import builtins
from collections.abc import Iterable
from typing import Any

import numpy as np

DType = np.dtype[Any]

float16 = half = np.dtype(np.float16)
float32 = float = np.dtype(np.float32)
float64 = double = np.dtype(np.float64)
int8 = np.dtype(np.int8)
int16 = short = np.dtype(np.int16)
int32 = int = np.dtype(np.int32)
int64 = long = np.dtype(np.int64)
uint8 = np.dtype(np.uint8)
bool = np.dtype(np.bool_)

_SUPPORTED = {d.str: d for d in (float16, float32, float64, int8, int16, int32, int64, uint8, bool)}
_default: DType = float32


def get_default_dtype() -> DType:
    """The dtype of floating-point Tensors that are made without one: float32, unless it was changed.

    >>> import tinygrad_lite as tl
    >>> tl.get_default_dtype()
    dtype('float32')
    """
    return _default


def set_default_dtype(dtype: Any) -> None:
    """Set the dtype of floating-point Tensors that are made without one.

    Raises:
        TypeError: if `dtype` is not a floating one.
    """
    global _default
    found = as_dtype(dtype)
    if found.kind != "f":
        raise TypeError(f"set_default_dtype: only floating-point types are supported as the default type, not {found}")
    _default = found


def as_dtype(dtype: Any) -> DType:
    """The one dtype object that `dtype` (an object, a NumPy type, a Python type or a name) stands for.

    Raises:
        TypeError: for a dtype that Tensors do not have.
    """
    try:
        found = _SUPPORTED.get(np.dtype(dtype).newbyteorder("=").str)
    except TypeError:
        found = None
    if found is None or dtype is None:
        raise TypeError(f"Tensors have no dtype {dtype!r}; there are {', '.join(map(str, _SUPPORTED.values()))}")
    return found


def can_cast(from_: DType, to: DType) -> builtins.bool:
    """Whether a result of one dtype may be stored in another: not floats in whole numbers, nor either in bools.

    >>> import tinygrad_lite as tl
    >>> tl.can_cast(tl.int64, tl.uint8), tl.can_cast(tl.float32, tl.int64)
    (True, False)
    """
    order = {"b": 0, "u": 1, "i": 1, "f": 2}
    return order[as_dtype(from_).kind] <= order[as_dtype(to).kind]


def check_fits(values: Any, dtype: DType) -> None:
    """Refuse numbers that are outside a dtype of whole numbers; negative ones may wrap around in an unsigned one.

    Raises:
        RuntimeError: if one is.
    """
    if dtype.kind not in "iu" or not np.size(values):
        return
    limits = np.iinfo(dtype)
    lowest = -limits.max if dtype.kind == "u" and np.asarray(values).dtype.kind != "f" else limits.min
    if not (np.min(values) >= lowest and np.max(values) <= limits.max):
        raise RuntimeError(f"value cannot be converted to type {dtype} without overflow: {values!r}")


def promote_types(a: DType, b: DType) -> DType:
    """The smallest dtype that both can be converted to; with a whole-number one, the floating one as it is.

    >>> import tinygrad_lite as tl
    >>> tl.promote_types(tl.int64, tl.float32)  # NumPy says float64
    dtype('float32')
    """
    if (a.kind == "f") != (b.kind == "f"):
        return a if a.kind == "f" else b
    return np.promote_types(a, b)


def result_type(*values: Any) -> DType:
    """The dtype in which the values meet, by PyTorch's rules.

    Bool, whole and floating are categories, in this order. Of the highest category present, arrays with
    dimensions decide; 0-d arrays count only if their category is higher, and Python numbers (NumPy's
    scalars count as such) only if theirs is higher still, with the default dtype or int64.

    >>> import tinygrad_lite as tl
    >>> tl.result_type(tl.ones(3), tl.tensor(2.0, dtype=tl.float64))
    dtype('float32')
    >>> tl.result_type(tl.tensor([1, 2]), 0.5)
    dtype('float32')
    """
    sized: list[DType] = []
    single: list[DType] = []
    numbers: list[DType] = []
    for value in values:
        if isinstance(value, builtins.bool | np.bool_):
            numbers.append(bool)
        elif isinstance(value, builtins.int | np.integer):
            numbers.append(int64)
        elif isinstance(value, builtins.float | np.floating):
            numbers.append(_default)
        else:
            (sized if value.ndim else single).append(as_dtype(value.dtype))
    found = _over(_common(sized), _over(_common(single), _common(numbers)))
    if found is None:
        raise ValueError("result_type: at least one value is needed")
    return found


def _common(dtypes: Iterable[DType]) -> DType | None:
    found = None
    for dtype in dtypes:
        found = dtype if found is None else promote_types(found, dtype)
    return found


def _over(first: DType | None, second: DType | None) -> DType | None:
    """What `first` becomes in the company of `second`, which counts only if its category is higher."""
    if first is None or second is None:
        return second if first is None else first
    if first.kind != "f" and (first.kind == "b" or second.kind == "f"):
        return promote_types(first, second)
    return first


class finfo:
    """The limits of a floating dtype: `bits`, `eps`, `max`, `min`, `tiny` (the smallest normal number), `resolution`.

    Raises:
        TypeError: for a dtype that is not floating.

    >>> import tinygrad_lite as tl
    >>> tl.finfo(tl.float64).eps
    2.220446049250313e-16
    """

    def __init__(self, type: Any = None) -> None:
        dtype = _default if type is None else as_dtype(type)
        if dtype.kind != "f":
            raise TypeError(f"finfo() requires a floating point input type, not {dtype}. Use iinfo for it")
        info = np.finfo(dtype)
        self.dtype, self.bits = dtype.name, info.bits
        self.eps, self.max, self.min = info.eps.item(), info.max.item(), info.min.item()
        self.tiny = self.smallest_normal = info.smallest_normal.item()
        self.resolution = 10.0**-info.precision

    def __repr__(self) -> str:
        names = ("resolution", "min", "max", "eps", "smallest_normal", "tiny")
        return f"finfo({', '.join(f'{name}={getattr(self, name):g}' for name in names)}, dtype={self.dtype})"


class iinfo:
    """The limits of a whole-number dtype: `bits`, `max` and `min`.

    Raises:
        TypeError: for a dtype that is not of whole numbers.

    >>> import tinygrad_lite as tl
    >>> tl.iinfo(tl.int8)
    iinfo(min=-128, max=127, dtype=int8)
    """

    def __init__(self, type: Any) -> None:
        dtype = as_dtype(type)
        if dtype.kind not in "iu":
            raise TypeError(f"iinfo() requires an integer input type, not {dtype}. Use finfo for a floating one")
        info = np.iinfo(dtype)
        self.dtype, self.bits, self.max, self.min = dtype.name, info.bits, info.max, info.min

    def __repr__(self) -> str:
        return f"iinfo(min={self.min}, max={self.max}, dtype={self.dtype})"
