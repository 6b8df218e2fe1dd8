"""Dtypes: NumPy's own objects under PyTorch's names, the default dtype, and PyTorch's law of promotion."""

from __future__ import annotations

import builtins
from typing import Any

import numpy as np

from ..core.promotion import DType, as_dtype, get_default_dtype, promote_types, result_type, set_default_dtype

__all__ = [
    "DType", "as_dtype", "bool", "can_cast", "check_fits", "double", "finfo", "float", "float16", "float32", "float64",
    "get_default_dtype", "half", "iinfo", "int", "int8", "int16", "int32", "int64", "long", "promote_types",
    "result_type", "set_default_dtype", "short", "uint8",
]  # fmt: skip

float16 = half = np.dtype(np.float16)
float32 = float = np.dtype(np.float32)
float64 = double = np.dtype(np.float64)
int8 = np.dtype(np.int8)
int16 = short = np.dtype(np.int16)
int32 = int = np.dtype(np.int32)
int64 = long = np.dtype(np.int64)
uint8 = np.dtype(np.uint8)
bool = np.dtype(np.bool_)


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


class finfo:
    """The limits of a floating dtype: `bits`, `eps`, `max`, `min`, `tiny` (the smallest normal number), `resolution`.

    Raises:
        TypeError: for a dtype that is not floating.

    >>> import tinygrad_lite as tl
    >>> tl.finfo(tl.float64).eps
    2.220446049250313e-16
    """

    def __init__(self, type: Any = None) -> None:
        dtype = get_default_dtype() if type is None else as_dtype(type)
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
