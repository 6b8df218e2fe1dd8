"""PyTorch's `torch.linalg`: products and norms. What needs a decomposition of a matrix is not here."""

from typing import TYPE_CHECKING, Any

from .functions import diagonals
from .functions.linalg import cross, matmul, matrix_norm, matrix_power, multi_dot, vecdot, vector_norm
from .functions.linalg import linalg_norm as norm
from .runtime.absent_names import refuse_absent

__all__ = ["cross", "diagonal", "matmul", "matrix_norm", "matrix_power", "multi_dot", "norm", "vecdot", "vector_norm"]


def diagonal(A: Any, *, offset: int = 0, dim1: int = -2, dim2: int = -1) -> Any:
    """The diagonals of matrices; a view."""
    return diagonals.diagonal(A, offset, dim1, dim2)


if not TYPE_CHECKING:  # a checker would take every name for one that exists
    __getattr__ = refuse_absent("linalg")
