"""Factorizations of matrices as PyTorch calls them."""

from __future__ import annotations

import math
from typing import Any, Literal, NamedTuple

import numpy as np

from ..core.argument_types import wrong_type
from ..core.edge import cast, expand
from ..core.modes import in_force, thread
from ..ops import linalg as ops
from ..ops.creation import eye, ones
from ..ops.elementwise import eq, where
from ..ops.linalg import as_matrix, svd_parts, transposed
from ..ops.reduction import cumprod, sum
from ..ops.shape import cat, narrow, pad, triu, unsqueeze
from ..types.annotations import Tensor
from .arguments import array_of, public, wrap_like
from .norms import matrix_norm
from .reshaping import squeeze
from .systems import check_dtypes, check_matrices, inv, nothing, solve_triangular


class QR(NamedTuple):
    """Orthonormal columns Q, and the upper triangular R."""

    Q: Tensor
    R: Tensor


class SVD(NamedTuple):
    """Left singular vectors as columns of U, singular values, and right singular vectors as rows of Vh."""

    U: Tensor
    S: Tensor
    Vh: Tensor


class Eigen(NamedTuple):
    """Eigenvalues, and eigenvectors as columns."""

    eigenvalues: Tensor
    eigenvectors: Tensor


# -------------------------------------------------------------------------------------------------------- Cholesky


def _mirrored(x: Tensor, upper: bool) -> Tensor:
    """x with one triangle in place of the other too. The derivative is that of a symmetric matrix, as in PyTorch."""
    return x + ops.asymmetry(x, upper)


@public
def cholesky(x: Tensor, upper: bool = False) -> Tensor:
    """The lower triangular L with L Lᵀ = X for a symmetric positive-definite matrix, or each of a batch.

    The derivative by X is symmetric.

    Args:
        x: of shape (…, n, n), of float32 or float64; one triangle is read.
        upper: read the upper triangle, and return the upper triangular Lᵀ.

    Raises:
        LinAlgError: if a matrix is not positive-definite.
        RuntimeError: if they are not square, or of another dtype.

    >>> import tinygrad_lite as tl
    >>> tl.linalg.cholesky(tl.tensor([[4.0, 2.0], [2.0, 5.0]]))
    tensor([[2., 0.],
            [1., 2.]])
    """
    check_matrices("cholesky", x)
    lower = ops.cholesky(_mirrored(x, upper))
    return transposed(lower) if upper else lower


@public
def cholesky_solve(x: Tensor, L: Tensor, upper: bool = False) -> Tensor:
    """The solution Y of (L Lᵀ) Y = X, for a factor of Cholesky's.

    Args:
        x: matrices (…, n, k) of a floating dtype.
        L: triangular matrices (…, n, n) of the same dtype; batches are broadcast.
        upper: whether L is the upper triangular factor, so that the equation is (Lᵀ L) Y = X.

    Raises:
        RuntimeError: if the shapes do not fit.

    >>> import tinygrad_lite as tl
    >>> tl.cholesky_solve(tl.tensor([[8.0], [4.0]]), tl.eye(2) * 2)
    tensor([[2.],
            [1.]])
    """
    for name, matrix in (("b", x), ("u", L)):
        if matrix.ndim < 2:
            raise RuntimeError(
                f"{name} should have at least 2 dimensions, but has {matrix.ndim} dimensions instead. cholesky_solve"
            )
    check_matrices("cholesky_solve", L)
    if L.shape[-1] != x.shape[-2]:
        raise RuntimeError(
            f"Incompatible matrix sizes for cholesky_solve: each A matrix is {L.shape[-2]} by {L.shape[-1]} but each b "
            f"matrix is {x.shape[-2]} by {x.shape[-1]}. The shapes are {list(L.shape)} and {list(x.shape)}"
        )
    check_dtypes("cholesky_solve", L, x)
    return _from_factor(x, L, upper)


def _from_factor(x: Tensor, factor: Tensor, upper: bool) -> Tensor:
    lower = transposed(factor) if upper else factor
    half = solve_triangular(lower, x, upper=False)
    out: Tensor = solve_triangular(transposed(lower), half, upper=True)
    return out


@public
def cholesky_inverse(x: Tensor, upper: bool = False) -> Tensor:
    """The inverse of L Lᵀ, for a factor L of Cholesky's.

    Args:
        x: triangular matrices (…, n, n) of a floating dtype: L.
        upper: whether it is the upper triangular factor, so that the inverse is that of Lᵀ L.

    Raises:
        RuntimeError: if they are not square, or of another dtype.

    >>> import tinygrad_lite as tl
    >>> tl.cholesky_inverse(tl.eye(2) * 2)
    tensor([[0.2500, 0.0000],
            [0.0000, 0.2500]])
    """
    check_matrices("cholesky_inverse", x)
    identity = wrap_like(x, eye(x.shape[-1], x.shape[-1], x.dtype))
    return _from_factor(identity, x, upper)


# --------------------------------------------------------------------------------------------------------------- QR


@public
def qr(x: Tensor, mode: Literal["reduced", "complete", "r"] = "reduced") -> QR:
    """X = Q R with orthonormal columns of Q and an upper triangular R.

    Where X has no full rank there are no derivatives: they are infinite or NaN.

    Args:
        x: of shape (…, m, n), of float32 or float64.
        mode: "reduced" for Q (m, k) and R (k, n) with k = min(m, n); "complete" for Q (m, m) and R (m, n); "r" for R
            alone, and an empty Q.

    Raises:
        RuntimeError: for fewer than 2 dimensions, another dtype or an unknown mode; for mode "complete" if a derivative
            may be asked for and m > n, because there is none.

    >>> import tinygrad_lite as tl
    >>> tl.linalg.qr(tl.tensor([[0.0, 2.0], [1.0, 3.0]])).R.abs()
    tensor([[1., 3.],
            [0., 2.]])
    """
    return orthonormalized(x, mode)


def orthonormalized(x: Tensor, mode: str) -> QR:
    if not isinstance(mode, str):
        raise wrong_type("linalg_qr", "mode", 2, "str", mode)
    check_matrices("qr", x, square=False)
    if mode not in ("reduced", "complete", "r"):
        raise RuntimeError(
            f"qr received unrecognized mode '{mode}' but expected one of 'reduced' (default), 'r', or 'complete'"
        )
    m, n = x.shape[-2:]
    both = ops.qr(x)
    q, r = narrow(both, -2, 0, m), triu(transposed(narrow(both, -2, m, n)))
    if mode == "r":
        return QR(wrap_like(x, nothing(np.dtype(x.dtype))), r)
    if mode == "complete" and m > n:
        if in_force(thread).recording and getattr(x, "requires_grad", False):
            raise RuntimeError(
                "The QR decomposition is not differentiable when mode='complete' and nrows > ncols. Take "
                "mode='reduced', or x.detach()"
            )
        q = cat((q, ops.completion(x, "Q")), -1)
        r = pad(r, (*[(0, 0)] * (r.ndim - 2), (0, m - n), (0, 0)))
    return QR(q, r)


# -------------------------------------------------------------------------------------------------- singular values


@public
def svd(x: Tensor, full_matrices: bool = True, *, driver: str | None = None) -> SVD:
    """X = U diag(S) Vh with orthonormal columns of U and rows of Vh, and S in descending order: singular values.

    Where singular values are equal, or 0, derivatives of vectors are infinite or NaN; those of S alone are not. The
    columns of U and the rows of Vh past the singular values count as constants.

    Args:
        x: of shape (…, m, n), of float32 or float64.
        full_matrices: whether U is (m, m) and Vh (n, n); otherwise (m, k) and (k, n) with k = min(m, n).
        driver: None; others are for a GPU.

    Raises:
        LinAlgError: if a number is not finite.
        RuntimeError: for fewer than 2 dimensions, another dtype or a driver.

    >>> import tinygrad_lite as tl
    >>> U, S, Vh = tl.linalg.svd(tl.tensor([[0.0, 3.0], [2.0, 0.0]]))
    >>> S, (U * S) @ Vh
    (tensor([3., 2.]), tensor([[0., 3.],
            [2., 0.]]))
    """
    _check_driver("svd", driver)
    u, s, v = factorized(x, full_matrices)
    return SVD(u, s, transposed(v))


def _check_driver(name: str, driver: Any) -> None:
    if driver is not None:
        raise RuntimeError(
            f"linalg.{name}: keyword argument `driver=` is only supported on CUDA inputs with cuSOLVER backend. "
            f"Leave driver={driver!r} out"
        )


def factorized(x: Tensor, full_matrices: bool) -> tuple[Tensor, Tensor, Tensor]:
    check_matrices("svd", x, square=False)
    m, n = x.shape[-2:]
    factors = ops.svd(x)
    u, _, v = svd_parts(factors, m, n)
    s = ops.singular_values(x, array_of(factors))
    if full_matrices and m > n:
        u = cat((u, ops.completion(x, "U")), -1)
    if full_matrices and n > m:
        v = cat((v, ops.completion(x, "V")), -1)
    return u, s, v


@public
def svdvals(x: Tensor, *, driver: str | None = None) -> Tensor:
    """The singular values of each matrix in descending order; dX = U diag(g) Vᵀ.

    Args:
        x: of shape (…, m, n), of float32 or float64.
        driver: None; others are for a GPU.

    Raises:
        LinAlgError: if a number is not finite.
        RuntimeError: for fewer than 2 dimensions or another dtype.

    >>> import tinygrad_lite as tl
    >>> tl.linalg.svdvals(tl.tensor([[0.0, 3.0], [2.0, 0.0]]))
    tensor([3., 2.])
    """
    _check_driver("svd", driver)
    check_matrices("svd", x, square=False)
    return ops.singular_values(x, None)


# ------------------------------------------------------------------------------------------------------ eigenvalues


def _symmetric(x: Tensor, UPLO: str) -> Tensor:
    is_square = x.ndim > 1 and x.shape[-1] == x.shape[-2]
    if is_square and UPLO.upper() not in ("L", "U"):
        raise RuntimeError(f"Expected UPLO argument to be 'L' or 'U', but got {UPLO}")
    if is_square and (x.dtype.kind != "f" or x.dtype.itemsize < 4):
        raise NotImplementedError(f"\"linalg_eigh_cpu\" not implemented for '{x.dtype}': convert it with .float()")
    check_matrices("eigh", x)
    return _mirrored(x, UPLO.upper() == "U")


@public
def eigh(x: Tensor, UPLO: str = "L") -> Eigen:
    """X = V diag(w) Vᵀ for a symmetric matrix, or each of a batch: eigenvalues in ascending order, and eigenvectors.

    The derivative by X is symmetric. Where eigenvalues are equal, derivatives of vectors are infinite or NaN; those of
    the eigenvalues alone are not.

    Args:
        x: of shape (…, n, n), of float32 or float64.
        UPLO: "L" or "U", which triangle is read.

    Raises:
        RuntimeError: if they are not square, or for another UPLO.
        NotImplementedError: for another dtype.

    >>> import tinygrad_lite as tl
    >>> tl.linalg.eigh(tl.tensor([[0.0, 2.0], [2.0, 0.0]])).eigenvalues
    tensor([-2.,  2.])
    """
    x = _symmetric(x, UPLO)
    factors = ops.eigh(x)
    return Eigen(ops.eigenvalues(x, array_of(factors)), narrow(factors, -2, 1, x.shape[-1]))


@public
def eigvalsh(x: Tensor, UPLO: str = "L") -> Tensor:
    """The eigenvalues of symmetric matrices in ascending order; dX = V diag(g) Vᵀ.

    Args:
        x: of shape (…, n, n), of float32 or float64.
        UPLO: "L" or "U", which triangle is read.

    Raises:
        RuntimeError: if they are not square, or for another UPLO.
        NotImplementedError: for another dtype.

    >>> import tinygrad_lite as tl
    >>> tl.linalg.eigvalsh(tl.tensor([[0.0, 2.0], [2.0, 0.0]]))
    tensor([-2.,  2.])
    """
    return ops.eigenvalues(_symmetric(x, UPLO), None)


# -------------------------------------------------------------------------------------------- what is made of these


@public
def cond(x: Tensor, p: float | Literal["fro", "nuc"] | None = None) -> Tensor:
    """The condition number of each matrix: its norm times that of its inverse; infinite for singular ones.

    Args:
        x: of shape (…, n, n), of float32 or float64; of shape (…, m, n) for p None, 2 and -2.
        p: the order of the norms, as for `matrix_norm`; None and 2 for the largest singular value divided by the least,
            and -2 for the reciprocal of that.

    Raises:
        RuntimeError: for fewer than 2 dimensions, an unknown order, or one that needs square matrices.

    >>> import tinygrad_lite as tl
    >>> tl.linalg.cond(tl.tensor([[4.0, 0.0], [0.0, 2.0]]))
    tensor(2.)
    """
    if x.ndim < 2:
        raise RuntimeError(
            f"linalg.cond: The input tensor must have at least 2 dimensions. The shape is {list(x.shape)}"
        )
    if p in (None, 2, -2):
        s = svdvals(x)
        if not s.shape[-1]:
            return sum(s, -1, False)
        large, small = (squeeze(narrow(s, -1, i, 1), -1) for i in (0, s.shape[-1] - 1))
        return small / large if p == -2 else large / small
    if p not in ("fro", "nuc") and (isinstance(p, str) or abs(p) not in (1, math.inf)):
        raise RuntimeError(f"linalg.cond got an invalid norm type: {p}")
    if x.shape[-1] != x.shape[-2]:
        raise RuntimeError(
            f"linalg.cond(ord={p}): A must be batches of square matrices, but they are {x.shape[-2]} by {x.shape[-1]} "
            "matrices"
        )
    check_matrices("cond", x)
    if not x.shape[-1]:
        return sum(x, (-2, -1), False)
    singular = eq(ops.sign_of_det(x), 0.0)
    identity = wrap_like(x, eye(x.shape[-1], x.shape[-1], x.dtype))
    inverse = inv(where(as_matrix(singular), identity, x))
    return where(singular, math.inf, matrix_norm(x, p) * matrix_norm(inverse, p))


@public
def matrix_exp(x: Tensor) -> Tensor:
    """The exponential of a square matrix, or of each of a batch: Σ Xⁿ / n!.

    It is computed in float64. The derivative by X in a direction G is a block of the exponential of [[X, G], [0, X]].

    Args:
        x: of shape (…, n, n), of a floating dtype.

    Raises:
        RuntimeError: if they are not square, or of another dtype.

    >>> import tinygrad_lite as tl
    >>> tl.matrix_exp(tl.tensor([[0.0, -tl.pi / 2], [tl.pi / 2, 0.0]])).round(decimals=4).abs()  # a quarter turn
    tensor([[0., 1.],
            [1., 0.]])
    """
    if getattr(x, "dtype", None) is not None and str(x.dtype) == "float16":
        return cast(matrix_exp(cast(x, np.dtype(np.float32))), x.dtype)
    check_matrices("matrix_exp", x)
    return ops.matrix_exp(x)


@public
def vander(x: Tensor, *, N: int | None = None) -> Tensor:
    """The powers of each element from 0 on: Vandermonde's matrices, with rows 1, x, x², ….

    Args:
        x: of shape (…, n) and any dtype.
        N: the number of powers, by default n.

    Raises:
        RuntimeError: for an N that is not above 1.

    >>> import tinygrad_lite as tl
    >>> tl.linalg.vander(tl.tensor([2, 3]), N=3)
    tensor([[1, 2, 4],
            [1, 3, 9]])
    """
    n = (x.shape[-1] if x.ndim else 1) if N is None else N
    if n <= 1:
        raise RuntimeError(f"N must be greater than 1. linalg.vander: it is {n}")
    return powers_of(x if x.ndim else unsqueeze(x, 0), n)


def powers_of(x: Tensor, n: int) -> Tensor:
    """x⁰, x¹ … xⁿ⁻¹ in a new last dimension."""
    column = unsqueeze(x if x.dtype.kind == "f" else cast(x, np.dtype(np.int64)), -1)
    first = wrap_like(x, ones((*x.shape, min(n, 1)), np.dtype(column.dtype)))
    return first if n < 2 else cat((first, cumprod(expand(column, (*x.shape, n - 1)), -1)), -1)
