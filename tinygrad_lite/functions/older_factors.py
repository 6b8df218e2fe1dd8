"""Older forms of factorizations, and reflections: what stands beside `torch.linalg` in `torch` itself."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from ..core.array_functions import array_function
from ..core.edge import expand, reshape
from ..core.modes import in_force, thread
from ..ops.creation import eye
from ..ops.elementwise import copysign, eq, sqrt, where
from ..ops.linalg import matmul, transposed
from ..ops.reduction import sum
from ..ops.shape import cat, narrow, tril, triu
from ..types.annotations import Tensor
from . import lu_factors
from .arguments import array_of, public, wrap_like
from .lu_factors import PLU, CheckedFactors, Factors, checked_pivots, lu_factor_ex, permutation, triangles
from .systems import nothing


class Reflections(NamedTuple):
    """R on and above the diagonal, and below it the vectors of the reflections that make Q; and their factors."""

    a: Tensor
    tau: Tensor


@public
def lu_solve(x: Tensor, LU_data: Tensor, LU_pivots: Tensor) -> Tensor:
    """The solution X of A X = x for the factorization of A: `linalg.lu_solve` with its arguments in another order.

    Args:
        x: matrices (…, n, k): the right side.
        LU_data: square matrices (…, n, n) of the same dtype, from `linalg.lu_factor`.
        LU_pivots: of shape (…, n) and int32.

    Raises:
        RuntimeError: if the shapes do not fit, the dtypes differ, or a pivot is none.

    >>> import tinygrad_lite as tl
    >>> tl.lu_solve(tl.tensor([[4.0], [6.0]]), *tl.lu(tl.tensor([[1.0, 3.0], [2.0, 4.0]])))
    tensor([[1.],
            [1.]])
    """
    return lu_factors.lu_solve(LU_data, LU_pivots, x)


def lu(x: Tensor, pivot: bool = True, get_infos: bool = False) -> Factors | CheckedFactors:
    """L and U in one matrix, and the pivots: the older form of `linalg.lu_factor`, and of `linalg.lu_factor_ex`.

    Args:
        x: of shape (…, m, n), of float32 or float64.
        pivot: True; elimination without pivoting is not for the CPU.
        get_infos: return where U has its first 0 on the diagonal, too.

    Raises:
        RuntimeError: for fewer than 2 dimensions.
        NotImplementedError: for another dtype.

    >>> import tinygrad_lite as tl
    >>> tl.lu(tl.eye(2) * 3)[0]
    tensor([[3., 0.],
            [0., 3.]])
    """
    found = lu_factor_ex(x, pivot=pivot)
    return found if get_infos else Factors(*found[:2])


@public
def lu_unpack(LU_data: Tensor, LU_pivots: Tensor, unpack_data: bool = True, unpack_pivots: bool = True) -> PLU:
    """P, L and U of the factorization that `linalg.lu_factor` returns.

    Args:
        LU_data: of shape (…, m, n): L below the diagonal and U on and above it.
        LU_pivots: of shape (…, min(m, n)) and int32.
        unpack_data: whether L and U are wanted; otherwise they are empty.
        unpack_pivots: whether P is wanted; otherwise it is empty.

    Raises:
        RuntimeError: if the pivots are not int32, or a pivot is none.

    >>> import tinygrad_lite as tl
    >>> tl.lu_unpack(*tl.linalg.lu_factor(tl.tensor([[1.0, 3.0], [2.0, 4.0]]))).P
    tensor([[0., 1.],
            [1., 0.]])
    """
    if LU_data.ndim < 2:
        raise RuntimeError(
            f"torch.lu_unpack: Expected tensor with 2 or more dimensions. Got size: {list(LU_data.shape)} instead"
        )
    if unpack_pivots and str(LU_pivots.dtype) != "int32":
        raise RuntimeError(
            "torch.lu_unpack: LU_pivots is expected to be a contiguous tensor of torch.int32 dtype.\nNote: this "
            "function is intended to be used with the output produced by torch.linalg.lu_factor. It is "
            f"{LU_pivots.dtype}"
        )
    empty = wrap_like(LU_data, nothing(np.dtype(LU_data.dtype)))
    data = triangles(LU_data) if unpack_data else (empty, empty)
    if not unpack_pivots:
        return PLU(empty, *data)
    m, n = LU_data.shape[-2:]
    if tuple(LU_pivots.shape) != (*LU_data.shape[:-2], min(m, n)):
        raise RuntimeError(
            "pivots passed to lu_unpack must be between 1 and LU.size(-2) inclusive.Did you properly pass the result "
            f"of lu_factor? The shapes are {list(LU_data.shape)} and {list(LU_pivots.shape)}"
        )
    places = checked_pivots(array_of(LU_pivots), m, "lu_unpack")
    return PLU(permutation(LU_data, places), *data)


# ------------------------------------------------------------------------------------------------------ reflections


def _check_precision(name: str, x: Tensor) -> None:
    if x.dtype.kind != "f" or x.dtype.itemsize < 4:
        raise NotImplementedError(f"\"{name}_cpu\" not implemented for '{x.dtype}': convert it with .float()")


@public
def geqrf(x: Tensor) -> Reflections:
    """X = Q R by Householder's reflections, which are not multiplied: LAPACK's geqrf.

    Args:
        x: of shape (…, m, n), of float32 or float64.

    Returns:
        `a` (…, m, n), with R on and above its diagonal and the reflections' vectors below it, and `tau` (…, min(m, n)).

    Raises:
        RuntimeError: for fewer than 2 dimensions.
        NotImplementedError: for another dtype.

    >>> import tinygrad_lite as tl
    >>> a, tau = tl.geqrf(tl.tensor([[3.0, 1.0], [4.0, 2.0]]))
    >>> a.triu(), tl.linalg.householder_product(a, tau) @ a.triu()
    (tensor([[-5.0000, -2.2000],
            [ 0.0000,  0.4000]]), tensor([[3.0000, 1.0000],
            [4.0000, 2.0000]]))
    """
    if x.ndim < 2:
        raise RuntimeError(f"torch.geqrf: input must have at least 2 dimensions. The shape is {list(x.shape)}")
    _check_precision("geqrf", x)
    if in_force(thread).recording and getattr(x, "requires_grad", False):
        return _recorded_reflections(x)
    a, tau = _raw_qr(array_of(x))
    return Reflections(wrap_like(x, a), wrap_like(x, tau))


def _recorded_reflections(x: Tensor) -> Reflections:
    """Reflections computed by primitives, so that they have derivatives: column by column, with LAPACK's signs."""
    m, n = x.shape[-2:]
    vectors, factors = [], []
    for i in range(min(m, n)):
        column = narrow(narrow(x, -1, i, 1), -2, i, m - i)
        first, below = narrow(column, -2, 0, 1), narrow(column, -2, 1, m - i - 1)
        squares = sum(below * below, -2, True)
        flat = eq(squares, 0.0)  # there is nothing to reflect
        new = -copysign(sqrt(first * first + where(flat, 1.0, squares)), first)
        tau = where(flat, 0.0, (new - first) / new)
        v = cat((expand(first * 0.0, (*x.shape[:-2], i, 1)), first * 0.0 + 1.0, below / (first - new)), -2)
        x = x - matmul(v * tau, matmul(transposed(v), x))
        vectors.append(v)
        factors.append(tau)
    lower = tril(cat((*vectors, narrow(x, -1, 0, max(n - m, 0)) * 0.0), -1), -1)
    taus = cat(tuple(factors), -1)
    return Reflections(triu(x) + lower, reshape(taus, (*x.shape[:-2], len(factors))))


@array_function
def _raw_qr(x: Any) -> tuple[Any, Any]:
    turned, tau = np.linalg.qr(x, mode="raw")
    return np.ascontiguousarray(np.swapaxes(turned, -1, -2)), tau


@public
def householder_product(A: Tensor, tau: Tensor) -> Tensor:
    """The first n columns of H₁ H₂ … H_k with the reflections H = 1 - tau v vᵀ: Q of the factorization by `geqrf`.

    Args:
        A: of shape (…, m, n) with m ≥ n and of float32 or float64: v of the reflection i has zeros above row i, a 1 in
            it, and below it what stands in the column i of A.
        tau: of shape (…, k) with k ≤ n and the same dtype.

    Raises:
        RuntimeError: if the shapes do not fit, or the dtypes differ.
        NotImplementedError: for another dtype.

    >>> import tinygrad_lite as tl
    >>> tl.linalg.householder_product(tl.tensor([[0.0], [1.0]]), tl.tensor([1.0]))
    tensor([[ 0.],
            [-1.]])
    """
    where, shapes = "torch.linalg.householder_product:", f"The shapes are {list(A.shape)} and {list(tau.shape)}"
    if A.ndim < 2:
        raise RuntimeError(f"{where} input must have at least 2 dimensions. {shapes}")
    if A.shape[-2] < A.shape[-1]:
        raise RuntimeError(f"{where} input.shape[-2] must be greater than or equal to input.shape[-1]. {shapes}")
    if A.ndim - tau.ndim != 1:
        raise RuntimeError(
            f"{where} Expected tau to have one dimension less than input, but got tau.ndim equal to {tau.ndim} and "
            f"input.ndim is equal to {A.ndim}. {shapes}"
        )
    if tau.shape[-1] > A.shape[-1]:
        raise RuntimeError(f"{where} input.shape[-1] must be greater than or equal to tau.shape[-1]. {shapes}")
    if A.shape[:-2] != tau.shape[:-1]:
        raise RuntimeError(
            f"{where} Expected batch dimensions of tau to be equal to input.shape[:-2], but got "
            f"{list(tau.shape[:-1])}. {shapes}"
        )
    if A.dtype != tau.dtype:
        raise RuntimeError(f"{where} tau dtype {tau.dtype} does not match input dtype {A.dtype}: convert one of them")
    _check_precision("orgqr", A)
    identity: Tensor = wrap_like(A, eye(A.shape[-2], A.shape[-1], A.dtype))
    return expand(_reflected(A, tau, identity, last_first=True), tuple(A.shape))


def _reflected(A: Tensor, tau: Tensor, x: Tensor, last_first: bool) -> Tensor:
    """H₁ H₂ … H_k x, or H_k … H₁ x."""
    vectors = tril(A, -1) + eye(A.shape[-2], A.shape[-1], A.dtype)
    steps = range(tau.shape[-1])
    for i in reversed(steps) if last_first else steps:
        v = narrow(vectors, -1, i, 1)
        x = x - matmul(v * narrow(tau, -1, i, 1)[..., None], matmul(transposed(v), x))
    return x


orgqr = householder_product


@public
def ormqr(x: Tensor, tau: Tensor, y: Tensor, left: bool = True, transpose: bool = False) -> Tensor:
    """The product of a matrix with the whole Q, (m, m), of the factorization by `geqrf`: Q Y, Qᵀ Y, Y Q or Y Qᵀ.

    Args:
        x: of shape (…, m, k), of float32 or float64: the vectors of the reflections, as of `householder_product`.
        tau: of shape (…, k) and the same dtype.
        y: matrices of the same dtype and batch.
        left: False for Y Q.
        transpose: take Qᵀ for Q.

    Raises:
        RuntimeError: if the shapes do not fit, or the dtypes differ.
        NotImplementedError: for another dtype.

    >>> import tinygrad_lite as tl
    >>> x = tl.tensor([[3.0, 1.0], [4.0, 2.0]])
    >>> tl.ormqr(*tl.geqrf(x), x, transpose=True).triu()
    tensor([[-5.0000, -2.2000],
            [ 0.0000,  0.4000]])
    """
    shapes = f"The shapes are {list(x.shape)}, {list(tau.shape)} and {list(y.shape)}"
    for name, matrix in (("input", x), ("other", y)):
        if matrix.ndim < 2:
            raise RuntimeError(f"torch.ormqr: {name} must have at least 2 dimensions. {shapes}")
    if tau.ndim < 1:
        raise RuntimeError(f"torch.ormqr: Expected tau to have one dimension less than input. {shapes}")
    side = -2 if left else -1
    if y.shape[side] < tau.shape[-1]:
        raise RuntimeError(f"torch.ormqr: other.shape[{side}] must be greater than or equal to tau.shape[-1]. {shapes}")
    if y.shape[side] != x.shape[-2]:
        raise RuntimeError(f"torch.ormqr: other.shape[{side}] must be equal to input.shape[-2]. {shapes}")
    if tau.shape[-1] != min(y.shape[side], x.shape[-1]):
        raise RuntimeError(
            f"torch.ormqr: tau.shape[-1] must be equal to min(other.shape[{side}], input.shape[-1]). {shapes}"
        )
    if x.ndim - tau.ndim != 1 or x.ndim != y.ndim or x.shape[:-2] != tau.shape[:-1] or x.shape[:-2] != y.shape[:-2]:
        raise RuntimeError(
            "torch.ormqr: Expected tau to have one dimension less than input, and other to have the same batch: "
            f"batch dimensions of other to be equal to input.shape[:-2]. {shapes}"
        )
    for name, other in (("tau", tau), ("other", y)):
        if other.dtype != x.dtype:
            raise RuntimeError(
                f"torch.ormqr: Expected input and {name} to have the same dtype, but input has dtype {x.dtype} and "
                f"{name} has dtype {other.dtype}"
            )
    _check_precision("ormqr", x)
    if left:
        return _reflected(x, tau, y, last_first=not transpose)
    return transposed(_reflected(x, tau, transposed(y), last_first=transpose))
