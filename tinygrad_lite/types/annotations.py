"""The name `Tensor` for annotations in rooms that the Tensor itself is built upon.

A type checker reads `annotations.pyi` and sees the class that users have. At run time nothing below it is imported:
the name is that of the class which it extends.
"""

from __future__ import annotations

from ..core.tensor import TensorBase as Tensor

__all__ = ["Tensor"]
