"""How the values of an elementwise operation are brought to one dtype."""

from __future__ import annotations

from typing import Any

import numpy as np

from . import dtypes
from .errors import refuse_bools, unsupported
from .primitive import Operands, Primitive, Traced
from .tracing import constant


def promoted(primitive: Primitive, args: Operands) -> Operands:
    """The arguments with their values in one dtype, by PyTorch's rules of promotion.

    Python's numbers stay as they are beside an array (NumPy 2 then lets the array's dtype decide), and
    NumPy's scalars become Python's, so that neither takes a float32 computation to float64.
    """
    if _agree(primitive, args):
        return args
    result: list[Any] = list(args)
    given: list[int] = []
    for i, (x, is_value) in enumerate(zip(args, primitive.values, strict=False)):  # what is too much, the call refuses
        if is_value and (x is not None or primitive.defaults[i] is not None):
            if not isinstance(x, Traced | np.ndarray | float | int | np.generic):
                name = primitive.names[i]
                raise TypeError(
                    f"{primitive.name}(): argument {name!r} (position {i + 1}) must be Tensor or a number, "
                    f"not {type(x).__name__}"
                )
            given.append(i)
    values = [args[i] for i in given]
    if primitive.promotion == "difference":
        refuse_bools(primitive, values)
    dtype = dtypes.result_type(*values)
    if primitive.promotion == "float" and dtype.kind != "f":
        dtype = dtypes.get_default_dtype()
    if dtype.kind not in primitive.kinds:
        raise unsupported(primitive, [dtype])
    arrays = [i for i in given if isinstance(args[i], Traced | np.ndarray)]
    for i in given:
        x = args[i]
        if isinstance(x, Traced):
            value: Any = x
            if value.dtype is not dtype:
                result[i] = value.to(dtype)
        elif isinstance(x, np.ndarray):
            result[i] = np.asarray(x, dtype)
        elif not arrays:
            result[i] = constant(np.asarray(x, dtype))
        elif isinstance(x, np.generic):
            result[i] = x.item()
    return args if all(new is old for new, old in zip(result, args, strict=True)) else tuple(result)


_ARRAYS: Any = (Traced, np.ndarray)
_DIRECT = {"common": "buif", "difference": "uif", "float": "f"}  # the kinds of dtype that a law leaves as they are


def _agree(primitive: Primitive, args: Operands) -> bool:
    """Whether, as is usual, all values are of one dtype and it is the one to compute in: the quick answer, or no."""
    dtype, kinds = None, _DIRECT[primitive.promotion]  # type: ignore[index]
    for x, is_value, default in zip(args, primitive.values, primitive.defaults, strict=False):
        if is_value and (x is not None or default is not None):
            if type(x) is float:
                kinds = "f"
            elif type(x) is int:
                kinds = kinds.lstrip("b")
            elif not isinstance(x, _ARRAYS) or (dtype is not None and x.dtype is not dtype):
                return False
            else:
                dtype = x.dtype
    return dtype is not None and dtype.kind in kinds and dtype.kind in primitive.kinds
