"""Names for annotations in rooms that the Tensor itself is built upon.

A type checker reads `annotations.pyi` instead, and sees there the class that users have. At run time `Tensor` is the
class which that one extends, so that no room below this one is imported.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ..core.promotion import DType
from ..core.tensor import TensorBase as Tensor

__all__ = ["DTypeLike", "Data", "Index", "Number", "Tensor"]

Number = float | np.bool_ | np.integer[Any] | np.floating[Any]
DTypeLike = DType | type | str
Data = Index = Any
