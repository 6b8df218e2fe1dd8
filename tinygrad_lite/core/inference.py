"""Tensors of arrays that are made anew, which are inference tensors inside `inference_mode`."""

from __future__ import annotations

from typing import Any

from .modes import in_force, thread
from .primitive import Array
from .tensor import wrap
from .views import INFERENCE, is_inference


def made(array: Array, cls: Any = None) -> Any:
    """A Tensor of an array that is nobody else's."""
    t = wrap(array, cls=cls)
    t._view = INFERENCE if in_force(thread).mode[2] else None
    return t


def alias(x: Any, array: Array, cls: Any = None) -> Any:
    """A Tensor of the memory of `x`, without history; it is an inference tensor if `x` is one."""
    t = wrap(array, cls=cls)
    if x is not None and is_inference(x):
        t._view = INFERENCE
    return t
