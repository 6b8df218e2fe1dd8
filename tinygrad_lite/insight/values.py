"""Arrays in a few numbers: their range, their spread, and what in them is not finite."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..core.tensor import TensorBase


@dataclass(frozen=True)
class Summary:
    """The values of an array in a few numbers, taken over its finite elements.

    Attributes:
        minimum, maximum, mean, std: those of the finite elements; NaN if there are none. `std` divides by n.
        norm: the root of the sum of squares.
        zeros: how many elements are 0.
        nan, inf: how many elements are NaN, and how many are infinite.
        size: how many elements there are.
    """

    minimum: float
    maximum: float
    mean: float
    std: float
    norm: float
    zeros: int
    nan: int
    inf: int
    size: int

    def __str__(self) -> str:
        text = f"{self.minimum:.4g} … {self.maximum:.4g}, mean {self.mean:.4g}, std {self.std:.4g}"
        if self.nan:
            text += f", {self.nan} NaN"
        if self.inf:
            text += f", {self.inf} inf"
        return text


def summarize(array: Any) -> Summary:
    """The summary of an array of any shape and dtype.

    >>> import numpy as np
    >>> print(summarize(np.array([1.0, 3.0, np.nan])))
    1 … 3, mean 2, std 1, 1 NaN
    """
    values = np.asarray(array, np.float64).reshape(-1)
    is_finite = np.isfinite(values)
    finite = values if is_finite.all() else values[is_finite]
    nan = 0 if finite is values else int(np.isnan(values).sum())
    if not finite.size:
        nothing = float("nan")
        return Summary(nothing, nothing, nothing, nothing, nothing, 0, nan, values.size - nan, values.size)
    minimum, maximum = float(finite.min()), float(finite.max())
    scale = max(-minimum, maximum) or 1.0
    scaled = finite / scale  # so that no square overflows
    return Summary(
        minimum,
        maximum,
        float(scaled.mean() * scale),
        float(scaled.std() * scale),
        float(np.sqrt(np.dot(scaled, scaled)) * scale),
        int(finite.size - np.count_nonzero(finite)),
        nan,
        values.size - nan - finite.size,
        values.size,
    )


def arrays_of(value: Any) -> list[np.ndarray[Any, Any]]:
    """The arrays of Tensors, and arrays, in what an operation was given or has returned."""
    if isinstance(value, TensorBase):
        return [value._array() if value.is_sparse else value._data]  # type: ignore[attr-defined]  # a sparse one has it
    if isinstance(value, (np.ndarray, np.generic)):
        return [np.asarray(value)]
    if isinstance(value, dict):
        return arrays_of(list(value.values()))
    if isinstance(value, (list, tuple)):
        return [array for item in value for array in arrays_of(item)]
    items = getattr(value, "items", None)  # the gradients of a tuple: `Parts`
    return arrays_of(items) if isinstance(items, dict) else []


def is_finite(value: Any) -> bool:
    """True if every number in it, in Tensors, arrays and by itself, is finite."""
    for array in arrays_of(value):
        if array.dtype.kind == "f" and not np.isfinite(array).all():
            return False
    return all(np.isfinite(x) for x in _numbers(value))


def _numbers(value: Any) -> Iterable[float]:
    if isinstance(value, (float, np.floating)):
        yield float(value)
    elif isinstance(value, (list, tuple)):
        for item in value:
            yield from _numbers(item)


def tensors_of(value: Any) -> list[TensorBase]:
    """The Tensors in what an operation has returned, in tuples, lists and dicts too."""
    if isinstance(value, TensorBase):
        return [value]
    if isinstance(value, dict):
        return tensors_of(list(value.values()))
    return [t for item in value for t in tensors_of(item)] if isinstance(value, (list, tuple)) else []
