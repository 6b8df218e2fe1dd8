"""The Cholesky factor of positive definite matrices, and the solution of triangular systems, with their derivatives."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..core.edge import expand
from ..core.primitive import Array, primitive
from .shape import tril


@primitive
def cholesky_factor(x: Array) -> Array:
    """L, lower triangular, with L Lᵀ = (x + xᵀ) / 2, of each matrix; dx = sym(L⁻ᵀ Φ(Lᵀ g) L⁻¹), Φ halves diagonals."""
    try:
        return np.linalg.cholesky((x + x.mT) * 0.5)
    except np.linalg.LinAlgError:
        raise RuntimeError(
            "linalg.cholesky: The factorization could not be completed because the input is not positive-definite"
        ) from None


def _cholesky_by_x(g: Any, out: Any) -> Any:
    inner = out.mT @ tril(g)
    inner = (tril(inner) + tril(inner, -1)) * 0.5
    half = lower_solve(out, inner, True)
    whole = lower_solve(out, half.mT, True).mT
    return (whole + whole.mT) * 0.5


cholesky_factor.derivative(x=_cholesky_by_x)


@primitive
def lower_solve(x: Array, y: Array, transposed: bool = False) -> Array:
    """x⁻¹ y, or x⁻ᵀ y, for lower triangular x; dy = x⁻ᵀ g (x⁻¹ g), dx = -tril(dy outᵀ) (-tril(out dyᵀ))."""
    lower = np.tril(x)
    return np.linalg.solve(lower.mT if transposed else lower, y)


def _lower_solve_by_x(g: Any, x: Any, out: Any, transposed: bool) -> Any:
    inner = lower_solve(x, g, not transposed)
    return -tril(out @ inner.mT if transposed else inner @ out.mT)


lower_solve.derivative(x=_lower_solve_by_x, y=lambda g, x, transposed: lower_solve(x, g, not transposed))


def solve_lower(x: Any, y: Any) -> Any:
    """x⁻¹ y for lower triangular matrices and matrices of right sides, whose first dimensions are broadcast."""
    first = np.broadcast_shapes(x.shape[:-2], y.shape[:-2])
    return lower_solve(expand(x, (*first, *x.shape[-2:])), expand(y, (*first, *y.shape[-2:])))
