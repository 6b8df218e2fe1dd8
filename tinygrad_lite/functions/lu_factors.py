"""Gauss's elimination as a factorization, A = P L U, and what is solved with it, as PyTorch calls them."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from ..core.argument_types import wrong_type
from ..core.array_functions import array_function, creation
from ..core.edge import clone, expand, reshape
from ..ops import linalg as ops
from ..ops.creation import eye
from ..ops.elementwise import where
from ..ops.indexing import gather
from ..ops.kernels import elimination, lapack
from ..ops.linalg import as_matrix, transposed
from ..ops.shape import narrow, tril, triu
from ..types.annotations import Tensor
from .arguments import array_of, broadcast_shape, public, wrap_like
from .factorizations import cholesky
from .systems import check_dtypes, check_fit, check_matrices, solved, vectors_as_matrices


class Factors(NamedTuple):
    """L and U in one matrix, and the pivots."""

    LU: Tensor
    pivots: Tensor


class CheckedFactors(NamedTuple):
    """L and U in one matrix, the pivots, and where U has a 0 on its diagonal, counted from 1."""

    LU: Tensor
    pivots: Tensor
    info: Tensor


class PLU(NamedTuple):
    """The permutation P, the unit lower triangular L and the upper triangular U."""

    P: Tensor
    L: Tensor
    U: Tensor


class CheckedInverse(NamedTuple):
    """The inverse, and where a pivot is 0, counted from 1, or 0."""

    inverse: Tensor
    info: Tensor


class CheckedSolution(NamedTuple):
    """The solution, and where a pivot is 0, counted from 1, or 0."""

    result: Tensor
    info: Tensor


class CheckedCholesky(NamedTuple):
    """The triangular factor, and the order of the first leading minor that is not positive, or 0."""

    L: Tensor
    info: Tensor


# --------------------------------------------------------------------------------------------------- the factorization


@public
def lu_factor(A: Tensor, *, pivot: bool = True) -> Factors:
    """The factorization A = P L U of each matrix, with L and U in one matrix: Gauss's elimination.

    Derivatives of LU are those with the pivots held fixed.

    Args:
        A: of shape (…, m, n), of float32 or float64.
        pivot: True; elimination without pivoting is not for the CPU.

    Returns:
        LU of shape (…, m, n), with U on and above the diagonal, and L, without its diagonal of ones, below; and the
        pivots of shape (…, min(m, n)) and int32: the row, counted from 1, that changed places with row i at step i.

    Raises:
        RuntimeError: if U has a 0 on its diagonal: no system can be solved with it; for fewer than 2 dimensions.
        NotImplementedError: for another dtype.

    >>> import tinygrad_lite as tl
    >>> tl.linalg.lu_factor(tl.tensor([[1.0, 3.0], [2.0, 4.0]]))
    Factors(LU=tensor([[2.0000, 4.0000],
            [0.5000, 1.0000]]), pivots=tensor([2, 2], dtype=int32))
    """
    lu, places = _eliminated(A, pivot)
    _refuse_zeros(array_of(lu), "lu_factor")
    return Factors(lu, places)


@public
def lu_factor_ex(A: Tensor, *, pivot: bool = True, check_errors: bool = False) -> CheckedFactors:
    """The factorization of `lu_factor`, and for each matrix where U has its first 0 on the diagonal.

    Args:
        A: of shape (…, m, n), of float32 or float64.
        pivot: True; elimination without pivoting is not for the CPU.
        check_errors: raise where `lu_factor` does.

    Returns:
        LU and the pivots, as of `lu_factor`, and `info` of int32: the place of that 0, counted from 1, or 0 for none.

    Raises:
        RuntimeError: for fewer than 2 dimensions; with `check_errors` if U has a 0 on its diagonal.
        NotImplementedError: for another dtype.

    >>> import tinygrad_lite as tl
    >>> tl.linalg.lu_factor_ex(tl.ones(2, 2)).info
    tensor(2, dtype=int32)
    """
    lu, places = _eliminated(A, pivot)
    if check_errors:
        _refuse_zeros(array_of(lu), "lu_factor_ex")
    return CheckedFactors(lu, places, _info(lu))


def _eliminated(A: Tensor, pivot: bool, name: str = "torch.lu_factor") -> tuple[Tensor, Tensor]:
    if not hasattr(A, "ndim"):
        raise wrong_type("linalg_lu_factor", "A", 1, "Tensor", A)
    if A.ndim < 2:
        raise RuntimeError(f"{name}: Expected tensor with 2 or more dimensions. Got size: {list(A.shape)} instead")
    if not isinstance(pivot, bool):
        raise wrong_type("linalg_lu_factor", "pivot", None, "bool", pivot)
    if not pivot:
        raise RuntimeError("linalg.lu_factor: LU without pivoting is not implemented on the CPU")
    if A.dtype.kind != "f" or A.dtype.itemsize < 4:
        raise NotImplementedError(f"\"lu_cpu\" not implemented for '{A.dtype}': convert it with .float()")
    places = _pivots(array_of(A))
    order = _order_of_rows(places, A.shape[-2])
    return ops.eliminated(_in_order(A, order)), wrap_like(A, places)


def _in_order(x: Tensor, order: Any) -> Tensor:
    """The rows of each matrix in an order, which is an array of the batch's shape."""
    out: Tensor = gather(x, x.ndim - 2, _row_indices(order, tuple(x.shape)))
    return out


@array_function
def _row_indices(order: Any, shape: tuple[int, ...]) -> Any:
    """The row of each element."""
    return np.broadcast_to(order[..., None], shape).copy()


_pivots = array_function(elimination.pivots)
_order_of_rows = array_function(elimination.order_of_rows)
_zero_pivots = array_function(elimination.zero_pivots)
_inverse_order = array_function(np.argsort)


def _info(lu: Tensor) -> Tensor:
    found: Tensor = wrap_like(lu, _zero_pivots(array_of(lu)))
    return found


@array_function
def _refuse_zeros(lu: Any, name: str) -> None:
    info = elimination.zero_pivots(lu)
    if info.any():
        first = np.unravel_index(int((info != 0).argmax()), info.shape)
        element = f"(Batch element {int((info != 0).argmax())}): " if info.ndim else ""
        raise RuntimeError(
            f"torch.linalg.{name}: {element}U[{info[first]},{info[first]}] is zero and using it on lu_solve would "
            "result in a division by zero. If you still want to perform the factorization, consider calling "
            f"linalg.lu(A, pivot) or linalg.lu_factor_ex(A, pivot). The shape is {list(lu.shape)}"
        )


@public
def lu(A: Tensor, *, pivot: bool = True) -> PLU:
    """The factorization A = P L U of each matrix: a permutation, and two triangular matrices.

    Args:
        A: of shape (…, m, n), of float32 or float64; with k = min(m, n), P is (…, m, m), L (…, m, k) and U (…, k, n).
        pivot: True; elimination without pivoting is not for the CPU.

    Raises:
        RuntimeError: for fewer than 2 dimensions.
        NotImplementedError: for another dtype.

    >>> import tinygrad_lite as tl
    >>> P, L, U = tl.linalg.lu(tl.tensor([[1.0, 3.0], [2.0, 4.0]]))
    >>> L, P @ L @ U
    (tensor([[1.0000, 0.0000],
            [0.5000, 1.0000]]), tensor([[1., 3.],
            [2., 4.]]))
    """
    lu, places = _eliminated(A, pivot, "linalg.lu")
    return PLU(permutation(lu, array_of(places)), *triangles(lu))


def permutation(lu: Tensor, places: Any) -> Tensor:
    """The matrices P with P L U = A, for the pivots."""
    out: Tensor = wrap_like(lu, _permutations(_order_of_rows(places, lu.shape[-2]), np.dtype(lu.dtype)))
    return out


@array_function
def _permutations(order: Any, dtype: Any) -> Any:
    return (np.arange(order.shape[-1])[:, None] == order[..., None, :]).astype(dtype)


def triangles(lu: Tensor) -> tuple[Tensor, Tensor]:
    """L and U, of one matrix that has both."""
    m, n = lu.shape[-2:]
    k = min(m, n)
    lower = tril(narrow(lu, -1, 0, k), -1) + eye(m, k, lu.dtype)
    return lower, triu(narrow(lu, -2, 0, k))


# ------------------------------------------------------------------------------------------------ what is done with it


@public
def lu_solve(LU: Tensor, pivots: Tensor, B: Tensor, *, left: bool = True, adjoint: bool = False) -> Tensor:
    """The solution X of A X = B, or X A = B, for the factorization of A by `lu_factor`.

    Args:
        LU: square matrices (…, n, n) of float32 or float64.
        pivots: of shape (…, n) and int32.
        B: matrices (…, n, k) of the same dtype; batches are broadcast.
        left: False for the equation X A = B.
        adjoint: take Aᵀ for A.

    Raises:
        RuntimeError: if the shapes do not fit, the dtypes differ, or a pivot is none.

    >>> import tinygrad_lite as tl
    >>> tl.linalg.lu_solve(*tl.linalg.lu_factor(tl.tensor([[1.0, 3.0], [2.0, 4.0]])), tl.tensor([[4.0], [6.0]]))
    tensor([[1.],
            [1.]])
    """
    check_matrices("lu_solve", LU, argument="LU")
    check_matrices("lu_solve", B, False, "B")
    check_dtypes("lu_solve", LU, B, "LU")
    check_fit("lu_solve", LU, B, left)
    if str(pivots.dtype) != "int32":
        raise RuntimeError(
            "linalg.lu_solve: pivots should be a Tensor of scalar type torch.int32. It is " + str(pivots.dtype)
        )
    if pivots.ndim < 1 or pivots.shape[-1] != LU.shape[-1]:
        raise RuntimeError(
            "linalg.lu_solve: Number of pivots per batch should be same as the dimension of the matrix. The shapes are "
            f"{list(LU.shape)} and {list(pivots.shape)}"
        )
    places = checked_pivots(array_of(pivots), LU.shape[-2], "lu_solve")
    b = B if left else transposed(B)
    x = _solved_by_factors(LU, _order_of_rows(places, LU.shape[-2]), b, adjoint == left)
    return x if left else clone(transposed(x))


def _solved_by_factors(lu: Tensor, order: Any, b: Tensor, adjoint: bool) -> Tensor:
    """A⁻¹ b, or A⁻ᵀ b: A = P L U."""
    batch = broadcast_shape("lu_solve", lu.shape[:-2], b.shape[:-2])
    order = _broadcast(order, (*batch, lu.shape[-1]))
    b = expand(b, (*batch, *b.shape[-2:]))
    if adjoint:  # Uᵀ Lᵀ Pᵀ x = b
        turned = transposed(lu)
        x = solved("lu_solve", turned, b, False, True, False)
        return _in_order(solved("lu_solve", turned, x, True, True, True), _inverse_order(order, -1))
    x = solved("lu_solve", lu, _in_order(b, order), False, True, True)
    return solved("lu_solve", lu, x, True, True, False)


_broadcast = array_function(np.broadcast_to)


@array_function
def checked_pivots(pivots: Any, rows: int, name: str) -> Any:
    """The pivots, which must be rows of the matrix, counted from 1."""
    if pivots.size and not (pivots.min() >= 1 and pivots.max() <= rows):
        raise RuntimeError(
            "Pivots given to lu_solve must all be smaller or equal to LU.size(-2). Did you properly pass the result of "
            f"lu_factor? They lie between {pivots.min()} and {pivots.max()}"
            if name == "lu_solve"
            else "pivots passed to lu_unpack must be between 1 and LU.size(-2) inclusive.Did you properly pass the "
            f"result of lu_factor? They lie between {pivots.min()} and {pivots.max()}"
        )
    return pivots


# ----------------------------------------------------------------------- results together with whether there are any


@public
def inv_ex(A: Tensor, *, check_errors: bool = False) -> CheckedInverse:
    """The inverse of each matrix, and whether there is one, without an error.

    Args:
        A: square matrices (…, n, n) of float32 or float64.
        check_errors: raise where `linalg.inv` does.

    Returns:
        The inverses, which have infinities or NaN where a matrix is singular, and `info` of int32: 0, or the pivot,
        counted from 1, that is 0.

    Raises:
        RuntimeError: if they are not square, or of another dtype.
        LinAlgError: with `check_errors`, if a matrix is singular.

    >>> import tinygrad_lite as tl
    >>> tl.linalg.inv_ex(tl.ones(2, 2)).info
    tensor(2, dtype=int32)
    """
    check_matrices("inv", A)
    identity = wrap_like(A, eye(A.shape[-1], A.shape[-1], A.dtype))
    return CheckedInverse(*_solved_and_info("inv_ex", A, identity, check_errors))


@public
def solve_ex(A: Tensor, B: Tensor, *, left: bool = True, check_errors: bool = False) -> CheckedSolution:
    """The solution X of A X = B, or X A = B, and whether there is one, without an error.

    Args:
        A: square matrices (…, n, n) of float32 or float64.
        B: matrices (…, n, k) of the same dtype, or vectors, as of `linalg.solve`.
        left: False for the equation X A = B.
        check_errors: raise where `linalg.solve` does.

    Returns:
        The solution, with infinities or NaN where a matrix is singular, and `info` of int32: 0, or the pivot, counted
        from 1, that is 0.

    Raises:
        RuntimeError: if the shapes do not fit, or the dtypes differ.
        LinAlgError: with `check_errors`, if a matrix is singular.

    >>> import tinygrad_lite as tl
    >>> tl.linalg.solve_ex(tl.eye(2) * 2, tl.ones(2))
    CheckedSolution(result=tensor([0.5000, 0.5000]), info=tensor(0, dtype=int32))
    """
    A, b, vector = vectors_as_matrices(A, B, left)
    x, info = _solved_and_info("solve_ex", A if left else transposed(A), b if left else transposed(b), check_errors)
    if not left:
        x = clone(transposed(x))
    return CheckedSolution(reshape(x, tuple(x.shape[:-1])) if vector else x, info)


def _solved_and_info(name: str, A: Tensor, b: Tensor, check_errors: bool) -> tuple[Tensor, Tensor]:
    places = _pivots(array_of(A))
    order = _order_of_rows(places, A.shape[-2])
    lu = ops.eliminated(_in_order(A, order))
    if check_errors:
        _refuse_singular(array_of(lu), name)
    return _solved_by_factors(lu, order, b, False), _info(lu)


@array_function
def _refuse_singular(lu: Any, name: str) -> None:
    info = elimination.zero_pivots(lu)
    if info.any():
        first = int((info != 0).argmax())
        element = f"(Batch element {first}): " if info.ndim else ""
        raise lapack.LinAlgError(
            f"torch.linalg.solve_ex: {element}The solver failed because the input matrix is singular. info says which"
            if name == "solve_ex"
            else f"linalg.inv_ex: {element}The diagonal element {info.ravel()[first]} is zero, the inversion could "
            "not be completed because the input matrix is singular. linalg.pinv(A) has a result for every matrix"
        )


@public
def cholesky_ex(x: Tensor, *, upper: bool = False, check_errors: bool = False) -> CheckedCholesky:
    """The triangular factor of each symmetric matrix, and whether there is one, without an error.

    Args:
        x: of shape (…, n, n), of float32 or float64; one triangle is read.
        upper: read the upper triangle, and return the upper triangular factor.
        check_errors: raise where `linalg.cholesky` does.

    Returns:
        The factors, of which those that do not exist are NaN in their triangle, and `info` of int32: 0, or the order of
        the first leading minor that is not positive.

    Raises:
        RuntimeError: if they are not square, or of another dtype.
        LinAlgError: with `check_errors`, if a matrix is not positive-definite.

    >>> import tinygrad_lite as tl
    >>> tl.linalg.cholesky_ex(tl.tensor([[1.0, 2.0], [2.0, 1.0]])).info
    tensor(2, dtype=int32)
    """
    check_matrices("cholesky", x)
    info = _bad_minors(array_of(x), upper)
    if check_errors:
        _refuse_bad_minors(array_of(x), upper)
    fails = as_matrix(wrap_like(x, _is_not_zero(info)))
    identity = eye(x.shape[-1], x.shape[-1], x.dtype)
    factor = cholesky(where(fails, identity, x), upper)
    nan = _triangle_of_nan(x.shape[-1], np.dtype(x.dtype), upper)
    return CheckedCholesky(where(fails, nan, factor), wrap_like(x, info))


@creation
def _triangle_of_nan(n: int, dtype: Any, upper: bool) -> Any:
    full = np.full((n, n), np.nan, dtype)
    return np.triu(full) if upper else np.tril(full)


@array_function
def _is_not_zero(info: Any) -> Any:
    return info != 0


@array_function
def _bad_minors(x: Any, upper: bool) -> Any:
    return lapack.bad_minors(_lower(x, upper)).astype(np.int32)


@array_function
def _refuse_bad_minors(x: Any, upper: bool) -> None:
    lapack.cholesky(_lower(x, upper), "cholesky_ex")


def _lower(x: Any, upper: bool) -> Any:
    """The symmetric matrix of which one triangle is given."""
    x = np.swapaxes(x, -1, -2) if upper else x
    return np.tril(x) + np.swapaxes(np.tril(x, -1), -1, -2)
