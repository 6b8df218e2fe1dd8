"""Random numbers as functions of the parameters of their distribution: they were drawn, and have a derivative here.

A number x of the distribution function F(x, a) moves by dx = -(∂F/∂a) / (∂F/∂x) da when a does and F(x, a) is to stay.
There is no second derivative, as in PyTorch.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ..core.primitive import Array, primitive
from .kernels import implicit
from .reduction import sum


def _no_second_derivative(g: Any) -> Any:
    raise NotImplementedError(
        "the derivative for '_standard_gamma_grad' is not implemented. Random numbers have a first derivative by the "
        "parameters of their distribution, and no second"
    )


_no_second_derivative.unchecked = True  # type: ignore[attr-defined]  # a mark for the tests


@primitive
def standard_gamma(x: Array, drawn: Array) -> Array:
    """The number drawn from a gamma distribution of concentration x; dx = g gamma_slope(x, out)."""
    return np.array(drawn)


@primitive
def gamma_slope(x: Array, drawn: Array) -> Array:
    """The derivative of a gamma distributed number by its concentration x."""
    return implicit.gamma_slope(x, drawn)


def _gamma_by_x(g: Any, x: Any, out: Any) -> Any:
    return g * gamma_slope(x, out)


_gamma_by_x.unchecked = True  # type: ignore[attr-defined]  # by differences: what was drawn stays, the derivative is that of drawing
standard_gamma.derivative(x=_gamma_by_x)
gamma_slope.derivative(x=_no_second_derivative, drawn=_no_second_derivative)


@primitive
def standard_dirichlet(x: Array, drawn: Array) -> Array:
    """The point drawn from a Dirichlet distribution of concentrations x; dx = slope (g - Σ out g)."""
    return np.array(drawn)


@primitive
def dirichlet_slope(drawn: Array, x: Array) -> Array:
    """The derivative of each number drawn by its own concentration, over 1 less the number."""
    return implicit.dirichlet_slope(drawn, x, x.sum(-1, keepdims=True))


def _dirichlet_by_x(g: Any, x: Any, out: Any) -> Any:
    return dirichlet_slope(out, x) * (g - sum(out * g, -1, True))


_dirichlet_by_x.unchecked = True  # type: ignore[attr-defined]  # a mark for the tests
standard_dirichlet.derivative(x=_dirichlet_by_x)
dirichlet_slope.derivative(x=_no_second_derivative, drawn=_no_second_derivative)
