"""Older forms of linear algebra: what stands beside `torch.linalg` in `torch` itself, with other arguments."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from ..core.argument_types import wrong_type
from ..core.edge import clone
from ..ops.creation import zeros
from ..ops.linalg import transposed
from ..ops.shape import flip
from ..types.annotations import Tensor
from .arguments import public, wrap_like
from .factorizations import QR, factorized, orthonormalized, powers_of, svdvals
from .products import multi_dot
from .systems import check_matrices, pinv, solved


class Solution(NamedTuple):
    """The solution of a triangular system, and its coefficients."""

    solution: Tensor
    cloned_coefficient: Tensor


class USV(NamedTuple):
    """Left singular vectors as columns of U, singular values, and right singular vectors as columns of V."""

    U: Tensor
    S: Tensor
    V: Tensor


@public
def triangular_solve(
    x: Tensor, A: Tensor, upper: bool = True, transpose: bool = False, unitriangular: bool = False
) -> Solution:
    """The solution of A X = x for triangular A, and A: the older form of `linalg.solve_triangular`.

    Args:
        x: matrices (…, n, k) of a floating dtype.
        A: square matrices (…, n, n) of the same dtype, of which one triangle is read.
        upper: whether it is the upper triangle.
        transpose: solve Aᵀ X = x.
        unitriangular: take the diagonal for ones.

    Raises:
        RuntimeError: if the shapes do not fit, or the dtypes differ.

    >>> import tinygrad_lite as tl
    >>> tl.triangular_solve(tl.tensor([[3.0], [2.0]]), tl.tensor([[1.0, 1.0], [0.0, 2.0]])).solution
    tensor([[2.],
            [1.]])
    """
    check_matrices("triangular_solve", A)
    a = transposed(A) if transpose else A
    return Solution(solved("triangular_solve", a, x, upper != transpose, True, unitriangular), clone(A))


@public
def pinverse(x: Tensor, rcond: float = 1e-15) -> Tensor:
    """The pseudoinverse of each matrix: `linalg.pinv` with another tolerance.

    Args:
        x: of shape (…, m, n), of float32 or float64.
        rcond: singular values that are not larger than rcond times the largest count as 0.

    Raises:
        LinAlgError: if a number is not finite.
        RuntimeError: for fewer than 2 dimensions, or another dtype.

    >>> import tinygrad_lite as tl
    >>> tl.pinverse(tl.tensor([[2.0], [0.0]]))
    tensor([[0.5000, 0.0000]])
    """
    if rcond is None:
        raise wrong_type("pinverse", "rcond", 2, "float", rcond)
    return pinv(x, rcond)


@public
def qr(x: Tensor, some: bool = True) -> QR:
    """X = Q R, as `linalg.qr`: `torch.qr`.

    Args:
        x: of shape (…, m, n), of float32 or float64.
        some: False for Q (m, m) and R (m, n).

    Raises:
        RuntimeError: for fewer than 2 dimensions or another dtype.

    >>> import tinygrad_lite as tl
    >>> tl.qr(tl.ones(3, 2)).Q.shape
    Size([3, 2])
    """
    return orthonormalized(x, "reduced" if some else "complete")


@public
def svd(x: Tensor, some: bool = True, compute_uv: bool = True) -> USV:
    """X = U diag(S) Vᵀ, as `linalg.svd`, with V rather than its transpose: `torch.svd`.

    Args:
        x: of shape (…, m, n), of float32 or float64.
        some: False for square U and V.
        compute_uv: False for S alone, and zeros in place of U and V.

    Raises:
        LinAlgError: if a number is not finite.
        RuntimeError: for fewer than 2 dimensions or another dtype.

    >>> import tinygrad_lite as tl
    >>> tl.svd(tl.tensor([[0.0, 3.0], [2.0, 0.0]])).S
    tensor([3., 2.])
    """
    if compute_uv:
        return USV(*factorized(x, not some))
    s = svdvals(x)
    u, v = (wrap_like(x, zeros((*x.shape[:-2], n, n), np.dtype(x.dtype))) for n in x.shape[-2:])
    return USV(u, s, v)


@public
def vander(x: Tensor, N: int | None = None, increasing: bool = False) -> Tensor:
    """Vandermonde's matrix of a vector, with the powers of an element in a row, the highest first.

    Args:
        x: a vector (n,) of any dtype; the result is (n, N).
        N: the number of powers, by default n.
        increasing: begin with the power 0.

    Raises:
        RuntimeError: if x is no vector, or N is negative.

    >>> import tinygrad_lite as tl
    >>> tl.vander(tl.tensor([2, 3]), 3)
    tensor([[4, 2, 1],
            [9, 3, 1]])
    """
    if x.ndim != 1:
        raise RuntimeError(f"x must be a one-dimensional tensor. vander: the shape is {list(x.shape)}")
    n = x.shape[0] if N is None else N
    if n < 0:
        raise RuntimeError(f"N must be non-negative. vander: it is {n}")
    powers = powers_of(x, n)
    return powers if increasing else flip(powers, (1,))


@public
def chain_matmul(*matrices: Tensor) -> Tensor:
    """The product of several matrices: `linalg.multi_dot` for matrices given one by one, and for one alone.

    Args:
        matrices: of one dtype, each with as many rows as the one before it has columns.

    Raises:
        RuntimeError: if the shapes or dtypes do not fit.

    >>> import tinygrad_lite as tl
    >>> tl.chain_matmul(tl.eye(2), tl.ones(2, 3), tl.ones(3, 1))
    tensor([[3.],
            [3.]])
    """
    return matrices[0] if len(matrices) == 1 else multi_dot(list(matrices))
