"""Arrays to save, and what it means that something loaded is the same."""

from __future__ import annotations

import io
from typing import Any

import numpy as np
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

import tinygrad_lite as tl

DTYPES = ["float16", "float32", "float64", "int8", "int16", "int32", "int64", "uint8", "bool"]
arrays = st.sampled_from(DTYPES).flatmap(
    lambda dtype: hnp.arrays(dtype, hnp.array_shapes(min_dims=0, max_dims=3, min_side=0, max_side=4))
)
layouts = st.sampled_from([np.ascontiguousarray, np.asfortranarray, lambda a: a[::-1] if a.ndim else a])


def same(a: Any, b: Any) -> bool:
    """Return True if two results are of the same kinds, dtypes, shapes and bits."""
    if type(a) is not type(b):
        return False
    if isinstance(a, tl.Tensor):
        return a.requires_grad == b.requires_grad and same(a.detach().numpy(), b.detach().numpy())
    if isinstance(a, (np.ndarray, np.generic)):
        return a.dtype == b.dtype and a.shape == b.shape and a.tobytes() == b.tobytes()
    if isinstance(a, dict):
        return [*a] == [*b] and [*map(type, a)] == [*map(type, b)] and all(same(x, b[key]) for key, x in a.items())
    if isinstance(a, (list, tuple)):
        return len(a) == len(b) and all(map(same, a, b))
    return a == b or (a != a and b != b)


def again(x: Any) -> Any:
    file = io.BytesIO()
    tl.save(x, file)
    file.seek(0)
    return tl.load(file)
