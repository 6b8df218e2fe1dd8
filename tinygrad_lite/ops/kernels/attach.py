"""The two ways in which the table names a kernel. The formula stays where it is, and is the kernel's reference.

A kernel is a faster form of the same function. `tests/ops/test_kernels.py` compares every kernel that is attached here
with its reference, on arrays on both sides of the sizes at which the kernel changes its method.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from ...core.primitive import Primitive

Function = Callable[..., Any]


def computed_by(kernel: Function) -> Callable[[Primitive], Primitive]:
    """Let a kernel compute the primitive that is decorated; its definition remains the reference."""

    def attach(primitive: Primitive) -> Primitive:
        vars(primitive).update(forward=kernel, kernel=kernel)  # on arrays, and for Tensors
        return primitive

    return attach


def with_kernel(formula: Function, kernel: Function) -> Function:
    """A derivative in terms of `g` and `out` that a kernel computes where both are arrays.

    On Tensors, that is under `create_graph=True`, the formula runs, so that it can be differentiated again.
    """

    def rule(g: Any, out: Any) -> Any:
        return kernel(g, out) if type(g) is np.ndarray else formula(g, out)

    named: Any = rule
    named.formula, named.kernel = formula, kernel
    return rule
