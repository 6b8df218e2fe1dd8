"""The functions of matrices that distributions and constraints need."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..core.array_functions import array_function
from ..core.inference import made
from ..core.primitive import Array
from ..creation import eye
from ..functions import factorizations
from ..functions.systems import solve_triangular
from ..tensors.tensor import Tensor


def cholesky(x: Tensor) -> Tensor:
    """The lower triangular factor L of matrices L Lᵀ."""
    return factorizations.cholesky(x)


def solve(lower: Tensor, y: Tensor) -> Tensor:
    """lower⁻¹ y, for lower triangular matrices."""
    dtype = np.result_type(lower.dtype, y.dtype)
    return solve_triangular(lower.to(dtype), y.to(dtype), upper=False)


def inverse_from_factor(lower: Tensor) -> Tensor:
    """(L Lᵀ)⁻¹."""
    inverse = solve(lower, eye(lower.shape[-1], dtype=lower.dtype))
    return inverse.mT @ inverse


def factor_of_inverse(precision: Tensor) -> Tensor:
    """L with L Lᵀ = precision⁻¹, without that inverse: from the factor of the matrix with its axes reversed."""
    reversed_factor = cholesky(precision.flip((-2, -1))).flip((-2, -1)).mT
    return solve(reversed_factor, eye(precision.shape[-1], dtype=precision.dtype))


def has_cholesky(x: Tensor) -> Tensor:
    """For each symmetric matrix, whether it is positive definite."""
    return made(_has_cholesky(x._data))


def smallest_eigenvalue(x: Tensor) -> Tensor:
    """The smallest eigenvalue of each symmetric matrix."""
    return made(_smallest(x._data))


@array_function
def _smallest(x: Array) -> Any:
    return np.asarray(np.linalg.eigvalsh(x).min(-1))


@array_function
def _has_cholesky(x: Array) -> Array:
    found = np.zeros(x.shape[:-2], np.bool_)
    for place in np.ndindex(found.shape):
        try:
            np.linalg.cholesky(x[place])
            found[place] = True
        except np.linalg.LinAlgError:
            pass
    return found
