"""Random Tensors that distributions need and that have no place among the functions which make Tensors."""

from __future__ import annotations

from ..core.inference import made
from ..ops import sampling as ops
from ..random import rejection
from ..random.generator import drawn
from ..tensors.tensor import Tensor


def standard_gamma(concentration: Tensor) -> Tensor:
    """Numbers of gamma distributions of rate 1, with gradients by the concentration."""
    values = made(drawn(rejection.gamma_array, None, concentration._data))
    return ops.standard_gamma(concentration, values)


def standard_dirichlet(concentration: Tensor) -> Tensor:
    """Points of Dirichlet distributions, with gradients by the concentration."""
    values = made(drawn(rejection.dirichlet_array, None, concentration._data))
    return ops.standard_dirichlet(concentration, values)
