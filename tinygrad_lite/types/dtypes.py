"""Dtypes: NumPy's own objects under PyTorch's names, the default dtype, and PyTorch's rules of promotion."""

from __future__ import annotations

import builtins
from typing import Any

import numpy as np

from ..core import promotion
from ..core.promotion import DType, as_dtype, check_fits, fitted

__all__ = [
    "DType", "as_dtype", "bool", "can_cast", "check_fits", "double", "finfo", "fitted", "float", "float16", "float32",
    "float64", "get_default_dtype", "half", "iinfo", "int", "int8", "int16", "int32", "int64", "long",
    "promote_types", "result_type", "set_default_dtype", "short", "uint8",
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


def get_default_dtype() -> DType:
    """The dtype of floating-point Tensors that are made without one: float32, unless it was changed.

    >>> import tinygrad_lite as tl
    >>> tl.get_default_dtype()
    dtype('float32')
    """
    return promotion.default_dtype


def set_default_dtype(dtype: Any) -> None:
    """Set the dtype of floating-point Tensors that are made without one.

    Raises:
        TypeError: if `dtype` is not a floating one.

    >>> import tinygrad_lite as tl
    >>> tl.set_default_dtype(tl.float64)
    >>> tl.tensor(0.1).dtype, tl.tensor(1).dtype  # whole numbers stay int64
    (dtype('float64'), dtype('int64'))
    >>> tl.set_default_dtype(tl.float32)
    """
    found = as_dtype(dtype)
    if found.kind != "f":
        raise TypeError(f"set_default_dtype: only floating-point types are supported as the default type, not {found}")
    promotion.default_dtype = found


def promote_types(a: DType, b: DType) -> DType:
    """The smallest dtype that both can be converted to; of a floating and a whole-number one, the floating one.

    Args:
        a, b: dtypes; NumPy's objects and names serve as well.

    Raises:
        TypeError: if one of them is a dtype that Tensors do not have.

    >>> import tinygrad_lite as tl
    >>> tl.promote_types(tl.int64, tl.float32)  # NumPy says float64
    dtype('float32')
    """
    return promotion.promote_types(as_dtype(a), as_dtype(b))


def result_type(*values: Any) -> DType:
    """The dtype in which the values meet, by PyTorch's rules.

    There are three categories: bool, whole and floating, in this order. Of the highest category present, Tensors with
    dimensions decide. 0-d Tensors count only if their category is higher, and numbers only if theirs is higher still,
    with the default dtype or int64.

    Args:
        values: Tensors of any shapes, arrays and Python's numbers.

    Raises:
        ValueError: if there is no value.

    >>> import tinygrad_lite as tl
    >>> tl.result_type(tl.ones(3), tl.tensor(2.0, dtype=tl.float64))
    dtype('float32')
    >>> tl.result_type(tl.tensor([1, 2]), 0.5)
    dtype('float32')
    """
    return promotion.result_type(*values)


def can_cast(from_: DType, to: DType) -> builtins.bool:
    """Tell whether an in-place operation may write results of one dtype to a Tensor of another.

    It may not write floats to whole numbers, nor either of them to bools; how many bits there are does not matter.

    Args:
        from_: the dtype of the results.
        to: the dtype of the Tensor.

    Raises:
        TypeError: for what is no dtype that Tensors have.

    >>> import tinygrad_lite as tl
    >>> tl.can_cast(tl.int64, tl.uint8), tl.can_cast(tl.float32, tl.int64)
    (True, False)
    """
    order = {"b": 0, "u": 1, "i": 1, "f": 2}
    return order[as_dtype(from_).kind] <= order[as_dtype(to).kind]


class finfo:
    """The limits of a floating dtype.

    Its attributes are `bits`, `max`, `min` (the most negative number), `eps` (from 1 to the next larger number), `tiny`
    or `smallest_normal` (the smallest positive number of full precision) and `resolution` (of the decimal digits).

    Args:
        type: the dtype, by default the default one.

    Raises:
        TypeError: for a dtype that is not floating.

    >>> import tinygrad_lite as tl
    >>> tl.finfo(tl.float64).eps
    2.220446049250313e-16
    """

    dtype: str
    bits: builtins.int
    eps: builtins.float
    max: builtins.float
    min: builtins.float
    tiny: builtins.float
    smallest_normal: builtins.float
    resolution: builtins.float

    def __init__(self, type: DType | builtins.type | str | None = None) -> None:
        dtype = get_default_dtype() if type is None else as_dtype(type)
        if dtype.kind != "f":
            raise TypeError(f"finfo() requires a floating point input type, not {dtype}. Use iinfo for whole numbers")
        info = np.finfo(dtype)
        self.dtype, self.bits = dtype.name, info.bits
        self.eps, self.max, self.min = info.eps.item(), info.max.item(), info.min.item()
        self.tiny = self.smallest_normal = info.smallest_normal.item()
        self.resolution = 10.0**-info.precision

    def __repr__(self) -> str:
        names = ("resolution", "min", "max", "eps", "smallest_normal", "tiny")
        return f"finfo({', '.join(f'{name}={getattr(self, name):g}' for name in names)}, dtype={self.dtype})"


class iinfo:
    """The limits of a dtype of whole numbers: its attributes are `bits`, `max` and `min`.

    Args:
        type: the dtype.

    Raises:
        TypeError: for a dtype that is not of whole numbers.

    >>> import tinygrad_lite as tl
    >>> tl.iinfo(tl.int8)
    iinfo(min=-128, max=127, dtype=int8)
    """

    dtype: str
    bits: builtins.int
    max: builtins.int
    min: builtins.int

    def __init__(self, type: DType | builtins.type | str) -> None:
        dtype = as_dtype(type)
        if dtype.kind not in "iu":
            raise TypeError(f"iinfo() requires an integer input type, not {dtype}. Use finfo for a floating one")
        info = np.iinfo(dtype)
        self.dtype, self.bits, self.max, self.min = dtype.name, info.bits, info.max, info.min

    def __repr__(self) -> str:
        return f"iinfo(min={self.min}, max={self.max}, dtype={self.dtype})"
