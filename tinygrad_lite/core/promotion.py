"""The dtypes that there are, the default one, and PyTorch's rules by which the values of an operation meet in one."""

from __future__ import annotations

import functools
import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from .argument_types import wrong_type
from .array_functions import copied, creation
from .edge import cast, clone
from .errors import refuse_bools, unsupported
from .primitive import Operands, Primitive, Traced

DType = np.dtype[Any]
_SUPPORTED = {d.str: d for d in map(np.dtype, ("f2", "f4", "f8", "i1", "i2", "i4", "i8", "u1", "?"))}
_LARGEST = {d: float(np.finfo(d).max) for d in _SUPPORTED.values() if d.kind == "f"}
float16, float32 = np.dtype(np.float16), np.dtype(np.float32)
default_dtype: DType = float32
"""The dtype of floating Tensors that are made without one, and of what Python's floats become; see `types.dtypes`."""


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
        instead = getattr(dtype, "instead", "")  # types.formats has some that can only be named
        known = ", ".join(map(str, _SUPPORTED.values()))
        raise TypeError(f"Tensors have no dtype {dtype!r}{instead}; there are {known}")
    return found


def promote_types(a: DType, b: DType) -> DType:
    """The smallest dtype that both can be converted to; of a floating and a whole-number one, the floating one."""
    if (a.kind == "f") != (b.kind == "f"):
        return a if a.kind == "f" else b
    return np.promote_types(a, b)


def result_type(*values: Any) -> DType:
    """The dtype in which the values meet, by PyTorch's rules.

    There are three categories: bool, whole and floating, in this order. Of the highest category that is present, arrays
    with dimensions decide. 0-d arrays count only if their category is higher, and Python's and NumPy's numbers only if
    theirs is higher still, with the default dtype or int64.
    """
    sized: list[DType] = []
    single: list[DType] = []
    numbers: list[DType] = []
    for value in values:
        if isinstance(value, bool | np.bool_):
            numbers.append(np.dtype(np.bool_))
        elif isinstance(value, int | np.integer):
            numbers.append(np.dtype(np.int64))
        elif isinstance(value, float | np.floating):
            numbers.append(default_dtype)
        else:
            (sized if value.ndim else single).append(as_dtype(value.dtype))
    found = _over(_common(sized), _over(_common(single), _common(numbers)))
    if found is None:
        raise ValueError("result_type: at least one value is needed")
    return found


def _common(dtypes: list[DType]) -> DType | None:
    return functools.reduce(promote_types, dtypes) if dtypes else None


def _over(first: DType | None, second: DType | None) -> DType | None:
    """The dtype of `first` beside `second`, which counts only if its category is higher."""
    if first is None or second is None:
        return second if first is None else first
    if first.kind != "f" and (first.kind == "b" or second.kind == "f"):
        return promote_types(first, second)
    return first


def wrapped(number: int, dtype: DType) -> int:
    """A whole number as a dtype of whole numbers stores it: modulo 2**bits, as PyTorch does before an operation.

    Raises:
        RuntimeError: for what no dtype of 64 bits stores.
    """
    if not -(2**63) <= number < 2**64:
        raise RuntimeError(
            f"value cannot be converted to type {dtype} without overflow: {number} has more than 64 bits. Beside a "
            "Tensor of floats it would be one"
        )
    bits = 8 * dtype.itemsize
    low = number % (1 << bits)
    return low - (1 << bits) if dtype.kind == "i" and low >> (bits - 1) else low


def check_fits(values: Any, dtype: DType) -> None:
    """Raise for numbers outside a dtype of whole numbers; in an unsigned one, negative numbers may wrap around.

    Raises:
        RuntimeError: if there is such a number.
    """
    if dtype.kind not in "iu" or not np.size(values):
        return
    limits = np.iinfo(dtype)
    lowest = -limits.max if dtype.kind == "u" and np.asarray(values).dtype.kind != "f" else limits.min
    low, high = np.min(values), np.max(values)
    if not (low >= lowest and high <= limits.max):
        culprit = low if not low >= lowest else high
        raise RuntimeError(
            f"value cannot be converted to type {dtype} without overflow: {culprit} is outside its range, "
            f"{limits.min} to {limits.max}"
        )


def fitted(number: Any, dtype: DType) -> Any:
    """A number as a dtype stores it, once it is known to fit.

    What is not one of Python's numbers is returned as it is.

    Raises:
        RuntimeError: if it is outside the dtype. Infinity and NaN are not outside a floating one.
    """
    if not isinstance(number, int | float):
        return number
    if dtype.kind in "iu":
        check_fits(number, dtype)
        return wrapped(int(number), dtype)
    if dtype.kind == "f" and abs(number) > _LARGEST[dtype] and abs(number) != math.inf:
        raise RuntimeError(
            f"value cannot be converted to type {dtype} without overflow: {number} is beyond {_LARGEST[dtype]:.5g}, "
            "its largest number; inf would be stored as it is"
        )
    return number


_FITTED = {"clamp", "where"}
"""The primitives of which PyTorch refuses a whole number that does not fit; those of others wrap around."""


def _stored(primitive: Primitive, place: int, number: Any, dtype: DType) -> Any:
    """The number in this place of a primitive's arguments, as a dtype of whole numbers stores it."""
    if primitive.name == "pow" and place == 1:
        return number  # NumPy refuses an exponent that is negative or does not fit
    stored = fitted(number, dtype) if primitive.name in _FITTED else wrapped(number, dtype)
    return number if stored == number else stored


@creation
def _number(x: Any, dtype: Any) -> Any:
    return np.asarray(x, dtype)


def promoted(primitive: Primitive, args: Operands, half: bool) -> Any:
    """The result of a primitive whose arguments must first be brought to another dtype; None if they need not.

    `half` tells whether there is float16 among them.

    The values of an elementwise one are brought to one dtype. Then float16 becomes float32, and the result float16
    again: it is rounded once, and nothing overflows or is lost on the way to it, nor in the backward pass.
    """
    conformed = args if primitive.promotion is None or _agree(primitive, args) else _in_one_dtype(primitive, args)
    wide = in_float32(conformed) if half and not primitive.view and primitive not in (cast, clone) else None
    if wide is None:
        return None if conformed is args else primitive(*conformed)
    out = primitive(*wide)
    if out.dtype is not float32:
        return out
    out = cast(out, float16)
    if out._node is not None:
        out._node.primitive = primitive  # by which errors and `grad_fn` name what the user called
    return out


def in_float32(args: Sequence[Any]) -> list[Any] | None:
    """The arguments with float32 in place of float16; None if float16 is not the only floating dtype among them."""
    floats = [x for x in args if isinstance(x, _ARRAYS) and x.dtype.kind == "f"]
    if not floats or any(x.dtype is not float16 for x in floats):
        return None
    wide: list[Any] = []
    for x in args:
        if isinstance(x, _ARRAYS) and x.dtype is float16:
            x = cast(x, float32) if isinstance(x, Traced) else copied(x, float32)
        wide.append(x)
    return wide


def _in_one_dtype(primitive: Primitive, args: Operands) -> Operands:
    """The arguments with their values in one dtype, by PyTorch's rules of promotion.

    Python's numbers stay numbers beside an array, because NumPy 2 then lets the array's dtype decide; those that do not
    fit a dtype of whole numbers wrap around. NumPy's scalars become Python's numbers. So neither takes a float32
    computation to float64.
    """
    result: list[Any] = list(args)
    given: list[int] = []
    signature = primitive.signature
    parameters = zip(args, signature.values, signature.defaults, strict=False)  # the call will refuse further arguments
    for i, (x, is_value, default) in enumerate(parameters):
        if is_value and (x is not None or default is not None):
            if not isinstance(x, Traced | np.ndarray | float | int | np.generic):
                raise wrong_type(primitive.name, primitive.names[i], i + 1, "Tensor", x)
            given.append(i)
    values = [args[i] for i in given]
    if primitive.promotion == "difference":
        refuse_bools(primitive, values)
    dtype = result_type(*values)
    if primitive.promotion == "float" and dtype.kind != "f":
        dtype = default_dtype
    if dtype.kind not in primitive.kinds:
        raise unsupported(primitive, [dtype])
    arrays = [i for i in given if isinstance(args[i], Traced | np.ndarray)]
    for i in given:
        x = args[i]
        if isinstance(x, Traced):
            result[i] = x if x.dtype is dtype else cast(x, dtype)  # type: ignore[attr-defined]  # x is an array
        elif isinstance(x, np.ndarray):
            result[i] = np.asarray(x, dtype)
        else:
            number = x.item() if isinstance(x, np.generic) else x
            if dtype.kind in "iu" and not 0 <= number < 128:
                number = _stored(primitive, i, number, dtype)
            result[i] = number if arrays else _number(number, dtype)
    return args if all(new is old for new, old in zip(result, args, strict=True)) else tuple(result)


_ARRAYS: Any = (Traced, np.ndarray)
_UNCHANGED = {"common": "buif", "difference": "uif", "float": "f"}
"""The kinds of dtype that a law of promotion leaves as they are."""


def _agree(primitive: Primitive, args: Operands) -> bool:
    """True if, as is usual, all values are of one dtype, and it is the one to compute in."""
    dtype, kinds = None, _UNCHANGED[primitive.promotion]  # type: ignore[index]  # only elementwise primitives come here
    largest = 0
    for x, is_value, default in zip(args, primitive.signature.values, primitive.signature.defaults, strict=False):
        if is_value and (x is not None or default is not None):
            if type(x) is float:
                kinds = "f"
            elif type(x) is int:
                kinds = kinds.lstrip("b")
                largest = max(largest, x if x >= 0 else 2**63)
            elif not isinstance(x, _ARRAYS) or (dtype is not None and x.dtype is not dtype):
                return False
            else:
                dtype = x.dtype
    if dtype is None or dtype.kind not in kinds or dtype.kind not in primitive.kinds:
        return False
    return dtype.kind == "f" or largest >> (8 * dtype.itemsize - 1) == 0  # others may have to wrap around
