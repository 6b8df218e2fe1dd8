"""PyTorch's `torch.linalg`: products, norms, systems of equations and factorizations."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .functions import diagonals
from .functions.arguments import public
from .functions.factorizations import cholesky, cond, eigh, eigvalsh, matrix_exp, qr, svd, svdvals, vander
from .functions.lu_factors import cholesky_ex, inv_ex, lu, lu_factor, lu_factor_ex, lu_solve, solve_ex
from .functions.norms import linalg_norm as norm
from .functions.norms import matrix_norm, vector_norm
from .functions.older_factors import householder_product
from .functions.products import cross, matmul, matrix_power, multi_dot, vecdot
from .functions.systems import (
    det,
    inv,
    lstsq,
    matrix_rank,
    pinv,
    slogdet,
    solve,
    solve_triangular,
    tensorinv,
    tensorsolve,
)
from .ops.kernels.lapack import LinAlgError
from .runtime.absent_names import refuse_absent
from .runtime.public_names import set_public_module
from .tensors.tensor import Tensor

__all__ = [
    "LinAlgError", "cholesky", "cholesky_ex", "cond", "cross", "det", "diagonal", "eigh", "eigvalsh",
    "householder_product", "inv", "inv_ex", "lstsq", "lu", "lu_factor", "lu_factor_ex", "lu_solve", "matmul",
    "matrix_exp", "matrix_norm", "matrix_power", "matrix_rank", "multi_dot", "norm", "pinv", "qr", "slogdet", "solve",
    "solve_ex", "solve_triangular", "svd", "svdvals", "tensorinv", "tensorsolve", "vander", "vecdot", "vector_norm",
]  # fmt: skip

set_public_module(__name__, [LinAlgError])


@public
def diagonal(A: Tensor, *, offset: int = 0, dim1: int = -2, dim2: int = -1) -> Tensor:
    """The diagonals of the matrices in the last two dimensions, as the last dimension of the result; a view.

    `tinygrad_lite.diagonal` takes the first two dimensions by default.

    Args:
        A: of shape (…, n, m) and any dtype.
        offset: which diagonal: 0 the main one, 1 the one above it, -1 the one below.
        dim1: the dimension of the rows.
        dim2: the dimension of the columns.

    Raises:
        RuntimeError: if the two dimensions are one.
        IndexError: if there is no such dimension.

    >>> import tinygrad_lite as tl
    >>> tl.linalg.diagonal(tl.arange(8).reshape(2, 2, 2))
    tensor([[0, 3],
            [4, 7]])
    """
    return diagonals.diagonal(A, offset, dim1, dim2)


if not TYPE_CHECKING:  # a checker would take every name for one that exists
    __getattr__ = refuse_absent("linalg")
