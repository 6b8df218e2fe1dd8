"""The two ways in which the table names a kernel. The formula stays where it is, and is the kernel's reference.

A kernel is a faster form of the same function. `tests/ops/test_kernels.py` compares every kernel that is attached here
with its reference, on arrays on both sides of the sizes at which the kernel changes its method.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from ...core.primitive import Primitive
from ...core.signatures import parameter_names

Function = Callable[..., Any]


def computed_by(kernel: Function) -> Callable[[Primitive], Primitive]:
    """Let a kernel compute the primitive that is decorated; its definition remains the reference."""

    def attach(primitive: Primitive) -> Primitive:
        primitive.forward = primitive.kernel = kernel
        return primitive

    return attach


def with_kernel(formula: Function, kernel: Function) -> Function:
    """A derivative by `g` and `out`, by `g` and `x`, or by `g`, `x` and `y`, that a kernel computes of arrays.

    On Tensors, that is under `create_graph=True`, the formula runs, so that it can be differentiated again.
    """

    def by_out(g: Any, out: Any) -> Any:
        return kernel(g, out) if type(g) is np.ndarray else formula(g, out)

    def by_argument(g: Any, x: Any) -> Any:
        return kernel(g, x) if type(g) is np.ndarray else formula(g, x)

    def by_arguments(g: Any, x: Any, y: Any) -> Any:
        return kernel(g, x, y) if type(g) is np.ndarray else formula(g, x, y)

    rule: Any = {("g", "out"): by_out, ("g", "x"): by_argument, ("g", "x", "y"): by_arguments}[parameter_names(formula)]
    rule.formula, rule.kernel = formula, kernel
    return rule
