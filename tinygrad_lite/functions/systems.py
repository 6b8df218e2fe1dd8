"""Systems of linear equations, inverses and determinants, as PyTorch calls them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from ..core.argument_types import wrong_type
from ..core.array_functions import array_function, creation
from ..core.edge import cast, clone, expand, reshape
from ..core.primitive import Array
from ..ops import linalg as ops
from ..ops.creation import number
from ..ops.elementwise import eq, where
from ..ops.kernels import lapack
from ..ops.linalg import matmul, transposed
from ..ops.reduction import sum
from ..ops.shape import narrow, permute
from ..types.annotations import Tensor
from .arguments import array_of, broadcast_shape, public, size_text, values_of, wrap_like
from .out_argument import dtype_word


class SignAndLogarithm(NamedTuple):
    """The sign of a determinant, and the logarithm of its absolute value."""

    sign: Tensor
    logabsdet: Tensor


class LeastSquares(NamedTuple):
    """The solution of a least-squares problem, the sums of the squares that are left, the rank, singular values."""

    solution: Tensor
    residuals: Tensor
    rank: Tensor
    singular_values: Tensor


# ---------------------------------------------------------------------------------------------------------- checks


def check_matrices(name: str, x: Tensor, square: bool = True, argument: str = "A") -> None:
    """Check that an argument is a batch of (square) matrices of a floating dtype of full precision."""
    if not hasattr(x, "ndim"):
        raise wrong_type(f"linalg_{name}", argument, 1 if argument == "A" else 2, "Tensor", x)
    full = name if name in ("logdet", "cholesky_inverse") else f"linalg.{name}"
    shape = f"The shape is {list(x.shape)}"
    if x.ndim < 2:
        raise RuntimeError(f"{full}: The input tensor {argument} must have at least 2 dimensions. {shape}")
    if square and x.shape[-1] != x.shape[-2]:
        raise RuntimeError(
            f"{full}: {argument} must be batches of square matrices, but they are {x.shape[-2]} by "
            f"{x.shape[-1]} matrices. {shape}"
        )
    kind = str(x.dtype)
    if x.dtype.kind != "f":
        raise RuntimeError(
            f"{full}: Expected a floating point or complex tensor as input. Got {kind}: convert it with .float()"
        )
    if x.dtype.itemsize < 4:
        raise RuntimeError(f"{full}: Low precision dtypes not supported. Got {kind}: convert it with .float()")


def check_dtypes(name: str, a: Tensor, b: Tensor, first: str = "A") -> None:
    """Check that the matrix and the right side of an equation are of one dtype."""
    if a.dtype != b.dtype:
        kinds = [dtype_word(x.dtype) for x in (a, b)]
        if name in ("triangular_solve", "cholesky_solve"):
            raise RuntimeError(
                f"Expected b and A to have the same dtype, but found b of type {kinds[1]} and A of type {kinds[0]} "
                f"instead. {name}: convert one of them with .to(dtype)"
            )
        raise RuntimeError(
            f"linalg.{name}: Expected {first} and B to have the same dtype, but found {first} of type {kinds[0]} and B "
            f"of type {kinds[1]} instead: convert one of them with .to(dtype)"
        )


def check_fit(name: str, a: Tensor, b: Tensor, left: bool) -> None:
    """Check that the sizes of the matrix and the right side of an equation belong together."""
    if a.shape[-2] != b.shape[-2 if left else -1]:
        raise RuntimeError(
            f"linalg.{name}: Incompatible shapes of A and B for the equation {'AX = B' if left else 'XA = B'} "
            f"({size_text(a.shape[-2:])} and {size_text(b.shape[-2:])}). The shapes are {list(a.shape)} and "
            f"{list(b.shape)}"
        )


def _one_batch(name: str, *matrices: Tensor) -> list[Tensor]:
    """The matrices with their batches broadcast to one shape."""
    batch = broadcast_shape(name, *(x.shape[:-2] for x in matrices))
    return [x if tuple(x.shape[:-2]) == batch else expand(x, (*batch, *x.shape[-2:])) for x in matrices]


# --------------------------------------------------------------------------------------------------------- systems


@public
def solve(A: Tensor, B: Tensor, *, left: bool = True) -> Tensor:
    """The solution X of the system of linear equations A X = B, or X A = B, which is unique.

    It is quicker and more accurate than `inv(A) @ B`. d(loss)/dB = A⁻ᵀ g, d(loss)/dA = -(A⁻ᵀ g) Xᵀ.

    Args:
        A: square matrices (…, n, n) of float32 or float64.
        B: matrices (…, n, k) of the same dtype, or vectors (n,), or (…, n) if A is (…, n, n); batches are broadcast.
        left: False for the equation X A = B.

    Raises:
        LinAlgError: if a matrix is singular.
        RuntimeError: if the shapes do not fit, or the dtypes differ.

    >>> import tinygrad_lite as tl
    >>> tl.linalg.solve(tl.tensor([[2.0, 0.0], [1.0, 1.0]]), tl.tensor([4.0, 5.0]))
    tensor([2., 3.])
    """
    A, b, vector = vectors_as_matrices(A, B, left)
    a, b = _one_batch("solve", A, b)
    x = ops.solve(a, b) if left else clone(transposed(ops.solve(transposed(a), transposed(b))))
    return reshape(x, tuple(x.shape[:-1])) if vector else x


def vectors_as_matrices(A: Tensor, B: Tensor, left: bool) -> tuple[Tensor, Tensor, bool]:
    """The checked arguments of `solve`, with vectors as matrices of one column, and whether they were vectors."""
    check_matrices("solve", A)
    if not hasattr(B, "ndim"):
        raise wrong_type("linalg_solve", "B", 2, "Tensor", B)
    check_dtypes("solve", A, B)
    vector = B.ndim == 1 or (A.ndim - 1 == B.ndim and tuple(B.shape) == tuple(A.shape[:-1]))
    if not vector and B.ndim < 2:
        raise RuntimeError(
            f"linalg.solve: The input tensor B must have at least 2 dimensions. The shape is {list(B.shape)}"
        )
    b = reshape(B, (*B.shape, 1)) if vector else B
    check_fit("solve", A, b, left)
    return A, b, vector


@public
def solve_triangular(A: Tensor, B: Tensor, *, upper: bool, left: bool = True, unitriangular: bool = False) -> Tensor:
    """The solution X of A X = B, or X A = B, for triangular matrices A.

    A 0 on the diagonal gives infinities or NaN, and no error.

    Args:
        A: square matrices (…, n, n) of a floating dtype, of which one triangle is read.
        B: matrices (…, n, k); batches are broadcast, and another dtype is converted to that of A.
        upper: whether it is the upper triangle.
        left: False for the equation X A = B.
        unitriangular: take the diagonal for ones.

    Raises:
        RuntimeError: if the shapes do not fit.
        NotImplementedError: if A is not of a floating dtype.

    >>> import tinygrad_lite as tl
    >>> lower = tl.tensor([[2.0, 0.0], [1.0, 1.0]])
    >>> tl.linalg.solve_triangular(lower, tl.tensor([[4.0], [5.0]]), upper=False)
    tensor([[2.],
            [3.]])
    """
    if getattr(A, "dtype", B.dtype).kind != "f":
        raise NotImplementedError(
            f'"triangular_solve_cpu" not implemented for {dtype_word(A.dtype)!r}. linalg.solve_triangular: convert A '
            "with .float()"
        )
    B = B if B.dtype == A.dtype else cast(B, A.dtype)
    return solved("solve_triangular", A, B, upper, left, unitriangular)


def solved(name: str, a: Tensor, b: Tensor, upper: bool, left: bool, unitriangular: bool) -> Tensor:
    check_matrices(name, a)
    check_matrices(name, b, False, "B")
    check_dtypes(name, a, b)
    check_fit(name, a, b, left)
    a, b = _one_batch(name, a, b)
    if left:
        return ops.solve_triangular(a, b, upper, unitriangular)
    return clone(transposed(ops.solve_triangular(transposed(a), transposed(b), not upper, unitriangular)))


# ---------------------------------------------------------------------------------------------------------- inverses


@public
def inv(x: Tensor) -> Tensor:
    """The inverse of a square matrix, or of each of a batch; dX = -X⁻ᵀ g X⁻ᵀ.

    To solve a system, `linalg.solve` is quicker and more accurate.

    Args:
        x: of shape (…, n, n), of float32 or float64.

    Raises:
        LinAlgError: if a matrix is singular.
        RuntimeError: if they are not square, or of another dtype.

    >>> import tinygrad_lite as tl
    >>> tl.linalg.inv(tl.tensor([[2.0, 0.0], [0.0, 4.0]]))
    tensor([[0.5000, 0.0000],
            [0.0000, 0.2500]])
    """
    check_matrices("inv", x)
    return ops.inverse(x)


@public
def pinv(
    x: Tensor,
    rcond: float | Tensor | None = None,
    hermitian: bool = False,
    *,
    atol: float | Tensor | None = None,
    rtol: float | Tensor | None = None,
) -> Tensor:
    """The pseudoinverse of each matrix, of Moore and Penrose: X⁺ B has the least squares and the least norm.

    The derivative is right where the rank does not change nearby.

    Args:
        x: of shape (…, m, n), of float32 or float64.
        rcond: another name for rtol, and in PyTorch's older form the second argument.
        hermitian: take it that x is symmetric; the result is the same for such.
        atol: singular values that are not larger count as 0; by default 0.
        rtol: so do those that are not larger than rtol times the largest; by default max(m, n) eps, or 0 if `atol` is
            given.

    Raises:
        LinAlgError: if a number is not finite.
        RuntimeError: for fewer than 2 dimensions, or another dtype.

    >>> import tinygrad_lite as tl
    >>> tl.linalg.pinv(tl.tensor([[2.0], [0.0]]))
    tensor([[0.5000, 0.0000]])
    """
    if x.ndim < 2 or x.dtype.kind != "f" or x.dtype.itemsize < 4:
        kind = str(x.dtype)
        raise RuntimeError(
            f"linalg.pinv({kind}{{{list(x.shape)}}}): expected a tensor with 2 or more dimensions of float, double, "
            "cfloat or cdouble types"
        )
    if hermitian:
        check_matrices("pinv", x)
    return ops.pinv(x, *tolerances("pinv", x, {"atol": atol}, {"rcond": rcond} if rtol is None else {"rtol": rtol}))


def tolerances(name: str, x: Tensor, atol: dict[str, Any], rtol: dict[str, Any]) -> tuple[Any, Any]:
    """Both tolerances, each given by its name, as arrays: by default rtol is max(m, n) eps, or 0 beside an atol."""
    smallest, part = (_tolerance(name, *next(iter(each.items())), x.dtype) for each in (atol, rtol))
    if part is None:
        eps = float(np.finfo(x.dtype).eps) * max(x.shape[-2:])
        given = 0.0 if smallest is None else smallest
        part = where(given > 0, 0.0, eps) if hasattr(given, "ndim") else 0.0 if given > 0 else eps
    found = (0.0 if smallest is None else smallest, part)
    smallest, part = (limit if hasattr(limit, "ndim") else number(limit, x.dtype) for limit in found)
    return smallest, part


def _tolerance(name: str, argument: str, value: Any, dtype: Any) -> Any:
    if value is None or isinstance(value, (int, float, np.number)):
        return value if value is None else float(value)
    if not hasattr(value, "ndim"):
        raise wrong_type(f"linalg_{name}", argument, None, "float", value)
    return cast(value, dtype)


@public
def tensorinv(x: Tensor, ind: int = 2) -> Tensor:
    """The inverse of `tensordot` with x: x as a matrix, whose rows are its first `ind` dimensions, is inverted.

    Args:
        x: of float32 or float64, whose first `ind` sizes and the others have one product.
        ind: the number of dimensions that count as rows.

    Raises:
        LinAlgError: if the matrix is singular.
        RuntimeError: if it is not square, or `ind` not above 0.

    >>> import tinygrad_lite as tl
    >>> tl.linalg.tensorinv(tl.eye(6).reshape(2, 3, 6)).shape
    Size([6, 2, 3])
    """
    if ind <= 0:
        raise RuntimeError(f"Expected a strictly positive integer for 'ind', but got {ind}. tensorinv")
    rows, columns = tuple(x.shape[:ind]), tuple(x.shape[ind:])
    n, m = math.prod(rows), math.prod(columns)
    if n != m:
        raise RuntimeError(
            "Expected self to satisfy the requirement prod(self.shape[ind:]) == prod(self.shape[:ind]), but got "
            f"{m} != {n}. tensorinv of {list(x.shape)}"
        )
    return reshape(inv(reshape(x, (n, n))), (*columns, *rows))


@public
def tensorsolve(A: Tensor, B: Tensor, dims: Sequence[int] | None = None) -> Tensor:
    """The solution X of tensordot(A, X, X.ndim) = B.

    Args:
        A: of float32 or float64; its last sizes, those after as many as B has, are the shape of X.
        B: of the same dtype, with the first sizes of A.
        dims: dimensions of A to be moved to the end first.

    Raises:
        LinAlgError: if A as a matrix is singular.
        RuntimeError: if it is not square, or the dtypes differ.

    >>> import tinygrad_lite as tl
    >>> tl.linalg.tensorsolve(tl.eye(6).reshape(2, 3, 6) * 2, tl.ones(2, 3))
    tensor([0.5000, 0.5000, 0.5000, 0.5000, 0.5000, 0.5000])
    """
    if dims is not None:
        moved = [d % A.ndim for d in dims]
        A = permute(A, (*(d for d in range(A.ndim) if d not in moved), *moved))
    shape = tuple(A.shape[B.ndim :])
    n = math.prod(B.shape)
    if math.prod(shape) != n or math.prod(A.shape) != n * n:
        raise RuntimeError(
            f"shape '{[n, n]}' is invalid for input of size {math.prod(A.shape)}. tensorsolve of {list(A.shape)} and "
            f"{list(B.shape)}: as a matrix A must be square"
        )
    return reshape(solve(reshape(A, (n, n)), reshape(B, (n,))), shape)


# ------------------------------------------------------------------------------------------------------ determinants


@public
def det(x: Tensor) -> Tensor:
    """The determinant of a square matrix, or of each of a batch; dX = g times the cofactors, det(X) X⁻ᵀ.

    The derivative is there for singular matrices too; the second derivative is not.

    Args:
        x: of shape (…, n, n), of float32 or float64.

    Raises:
        RuntimeError: if they are not square, or of another dtype.

    >>> import tinygrad_lite as tl
    >>> tl.linalg.det(tl.tensor([[1.0, 2.0], [3.0, 4.0]]))
    tensor(-2.)
    """
    check_matrices("det", x)
    return ops.det(x)


@public
def slogdet(x: Tensor) -> SignAndLogarithm:
    """The sign of the determinant, and the logarithm of its absolute value, which does not overflow; dX = g X⁻ᵀ.

    Args:
        x: of shape (…, n, n), of float32 or float64.

    Raises:
        RuntimeError: if they are not square, or of another dtype.
        LinAlgError: from `backward`, for a singular matrix.

    >>> import tinygrad_lite as tl
    >>> sign, logarithm = tl.linalg.slogdet(tl.eye(100) * 1000)
    >>> sign, logarithm
    (tensor(1.), tensor(690.7755))
    """
    check_matrices("slogdet", x)
    return SignAndLogarithm(ops.sign_of_det(x), ops.logabsdet(x))


@public
def logdet(x: Tensor) -> Tensor:
    """The logarithm of the determinant: -∞ where that is 0, and NaN where it is negative; dX = g X⁻ᵀ.

    Args:
        x: of shape (…, n, n), of float32 or float64.

    Raises:
        RuntimeError: if they are not square, or of another dtype.
        LinAlgError: from `backward`, for a singular matrix.

    >>> import tinygrad_lite as tl
    >>> tl.logdet(tl.eye(3) * 2)
    tensor(2.0794)
    """
    check_matrices("logdet", x)
    return where(eq(ops.sign_of_det(x), -1.0), math.nan, ops.logabsdet(x))


# ------------------------------------------------------------------------------------------------------ least squares


@public
def lstsq(A: Tensor, B: Tensor, rcond: float | None = None, *, driver: str | None = None) -> LeastSquares:
    """The X for which the sum of the squares of A X - B is the least; of several, that of least norm.

    It is A⁺ B, with the derivatives of `pinv`.

    Args:
        A: of shape (…, m, n), of float32 or float64.
        B: of shape (…, m, k) and the same dtype and batch; or (m,), or (…, m) if A is (…, m, n).
        rcond: singular values that are not larger than rcond times the largest count as 0; by default max(m, n) eps.
        driver: "gelsy", the default, "gelsd" or "gelss", or "gels" for matrices of full rank: which of the further
            results there are.

    Returns:
        The solution (…, n, k); the sums of squares (…, k), if m > n, the rank is n and the driver is not "gelsy"; the
        rank, but for "gels"; the singular values, for "gelsd" and "gelss". What there is not is an empty Tensor.

    Raises:
        RuntimeError: if the shapes do not fit, the dtypes differ, or there is no such driver.
        LinAlgError: if a number is not finite.

    >>> import tinygrad_lite as tl
    >>> A = tl.tensor([[1.0, 0.0], [1.0, 1.0], [1.0, 2.0]])  # a straight line through three points
    >>> tl.linalg.lstsq(A, tl.tensor([1.0, 3.0, 5.0])).solution
    tensor([1.0000, 2.0000])
    """
    driver = "gelsy" if driver is None else driver
    if A.ndim < 2:
        raise RuntimeError(f"linalg.lstsq: input must have at least 2 dimensions. A is {list(A.shape)}")
    if B.ndim < 1:
        raise RuntimeError("linalg.lstsq: other must have at least 1 dimension. B has none")
    if A.dtype != B.dtype:
        raise RuntimeError(
            "linalg.lstsq: Expected input and other to have the same dtype, but got input's dtype "
            f"{A.dtype} and other's dtype {B.dtype}: convert one of them with .to(dtype)"
        )
    check_matrices("lstsq", A, False)
    vector = B.ndim == 1 or (A.ndim - 1 == B.ndim and tuple(B.shape) == tuple(A.shape[:-1]))
    b = reshape(B, (*B.shape, 1)) if vector else B
    if A.shape[-2] != b.shape[-2]:
        raise RuntimeError(
            f"linalg.lstsq: input.size(-2) should match other.size({-1 if B.ndim == 1 else -2}), but "
            f"A is {list(A.shape)} and B {list(B.shape)}"
        )
    if driver not in ("gels", "gelsy", "gelsd", "gelss"):
        raise RuntimeError(
            f"linalg.lstsq: parameter `driver` should be one of (gels, gelsy, gelsd, gelss), not {driver!r}"
        )
    a, b = _one_batch("lstsq", A, b)
    m, n = a.shape[-2:]
    limits = tolerances("lstsq", a, {"atol": None}, {"rcond": rcond})
    solution = matmul(ops.pinv(a, *limits), b)
    values, rank = _spectrum(array_of(a), *map(array_of, limits))
    none = wrap_like(a, nothing(np.dtype(a.dtype)))
    residuals = narrow(reshape(solution, (math.prod(solution.shape),)), 0, 0, 0)
    if m > n and driver != "gelsy" and (driver == "gels" or _is_full(a, rank, n)):
        left = matmul(a, solution) - b
        residuals = sum(left * left, -2, False)
    return LeastSquares(
        reshape(solution, tuple(solution.shape[:-1])) if vector else solution,
        residuals,
        wrap_like(a, nothing(np.dtype(np.int64)) if driver == "gels" else rank),
        wrap_like(a, values) if driver in ("gelsd", "gelss") else none,
    )


def _is_full(x: Tensor, rank: Array, n: int) -> bool:
    values_of(x, "lstsq asks whether the matrices have full rank")
    return bool((rank == n).all())


@creation
def nothing(dtype: Any) -> Array:
    return np.empty(0, dtype)


@array_function
def _spectrum(x: Array, atol: Array, rtol: Array) -> tuple[Array, Array]:
    """The singular values, and the number of those that are above both tolerances."""
    values = lapack.svdvals(x)
    largest = values.max(-1, initial=0, keepdims=True)
    return values, (values > np.maximum(atol[..., None], rtol[..., None] * largest)).sum(-1, dtype=np.int64)


@public
def matrix_rank(
    x: Tensor,
    tol: float | Tensor | None = None,
    hermitian: bool = False,
    *,
    atol: float | Tensor | None = None,
    rtol: float | Tensor | None = None,
) -> Tensor:
    """The rank of each matrix: the number of singular values that are not about 0.

    Args:
        x: of shape (…, m, n), of float32 or float64.
        tol: another name for atol, and in PyTorch's older form the second argument.
        hermitian: take it that x is symmetric; the result is the same for such.
        atol: singular values that are not larger do not count; by default 0.
        rtol: nor do those that are not larger than rtol times the largest; by default max(m, n) eps, or 0 if `atol` is
            given.

    Raises:
        LinAlgError: if a number is not finite.
        RuntimeError: for fewer than 2 dimensions, or another dtype.

    >>> import tinygrad_lite as tl
    >>> tl.linalg.matrix_rank(tl.ones(3, 3))
    tensor(1)
    """
    if x.ndim < 2:
        raise RuntimeError(
            f"linalg.matrix_rank: The input tensor input must have at least 2 dimensions. The shape is {list(x.shape)}"
        )
    if x.dtype.kind != "f" or x.dtype.itemsize < 4:
        raise RuntimeError(
            f"This function doesn't handle types other than float and double. matrix_rank: got {x.dtype}"
        )
    if hermitian:
        check_matrices("matrix_rank", x)
    limits = tolerances("matrix_rank", x, {"tol": tol} if atol is None else {"atol": atol}, {"rtol": rtol})
    _, rank = _spectrum(array_of(x), *map(array_of, limits))
    return wrap_like(x, rank)
