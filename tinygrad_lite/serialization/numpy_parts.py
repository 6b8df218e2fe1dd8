"""NumPy's arrays and dtypes in a pickle, made of what it says of them."""

from __future__ import annotations

import math
from typing import Any, cast

import numpy as np

from ..core.primitive import Array
from .refusals import NotData, Refused

MOST_DIMENSIONS = 64  # NumPy's limit


def dtype_of(description: Any, align: Any = False, copy: Any = True) -> np.dtype[Any]:
    """A dtype of NumPy's, which `check_dtype_state` may complete."""
    if type(description) not in (str, list, tuple) or len(repr(description)) > 10_000:
        raise Refused(f"it has the dtype {description!r:.60}, which is not known")
    made = np.lib.format.descr_to_dtype(description)
    if made.hasobject:
        raise NotData("it has an array of Python objects, which are not data")
    return np.dtype(made, copy=True)


def check_dtype_state(dtype: np.dtype[Any], state: Any) -> None:
    """Raise unless the state only sets the byte order of a simple dtype: any other could reach beyond its memory."""
    orders: tuple[Any, ...] = ("<", ">")
    known = [cast(Any, dtype.newbyteorder(order)).__reduce__()[2] for order in orders]
    if state not in known or dtype.names is not None:
        raise Refused(f"it has a dtype with the state {state!r:.60}, which is not known")


def array_of(content: Any, dtype: Any, shape: Any, order: Any = "C") -> Array:
    """The array of these bytes."""
    if not isinstance(dtype, np.dtype) or dtype.hasobject:
        raise NotData("it has an array of Python objects, or of no dtype")
    if len(shape) > MOST_DIMENSIONS or not all(type(n) is int and n >= 0 for n in shape) or order not in ("C", "F"):
        raise ValueError(f"an array in it has the shape {shape!r:.60}")
    if not isinstance(content, (bytes, bytearray)) or len(content) != dtype.itemsize * math.prod(shape):
        raise ValueError(f"an array in it has other elements than {tuple(shape)} of {dtype}")
    array: Array = np.ndarray(tuple(shape), dtype, bytearray(content), order=order)
    return array
