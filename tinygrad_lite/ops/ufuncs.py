"""NumPy's universal functions as primitives, and NumPy's own spelling of what Tensors can do."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from ..core.primitive import Function, Primitive, Promotion

UFUNCS: dict[np.ufunc, Primitive] = {}
"""The primitive that each of NumPy's functions stands for: `np.exp(t)` is `exp(t)`."""


def ufunc(function: np.ufunc, promotion: Promotion) -> Callable[[Function], Primitive]:
    """Register one of NumPy's universal functions. The definition gives its name, its parameters and its docstring.

    NumPy's spelling then works on Tensors too, because `UFUNCS` says which primitive it stands for.
    """

    def register(definition: Function) -> Primitive:
        made = UFUNCS[function] = Primitive(definition, promotion, forward=function)
        return made

    return register
