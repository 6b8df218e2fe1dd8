"""NumPy's linear algebra on arrays, with PyTorch's errors, and what NumPy has not: triangular systems, cofactors.

The factorizations that have several parts come as one array, with the parts below each other, because a primitive has
one result.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

Array = np.ndarray[Any, np.dtype[Any]]


class LinAlgError(RuntimeError):
    """A matrix is singular, or not positive-definite, or has numbers that are not finite, so that there is no result.

    >>> import tinygrad_lite as tl
    >>> try:
    ...     tl.linalg.inv(tl.zeros(2, 2))
    ... except tl.linalg.LinAlgError as error:
    ...     print(str(error)[:45])
    linalg.inv: The diagonal element 1 is zero, t
    """


def _at(place: tuple[int, ...], batch: tuple[int, ...]) -> str:
    """PyTorch's words for a matrix of a batch; nothing for a matrix alone."""
    return f"(Batch element {np.ravel_multi_index(place, batch)}): " if batch else ""


def _first(fails: Callable[[Array], int], x: Array) -> tuple[str, int]:
    """The first matrix for which a function is not 0, in PyTorch's words, and what the function says of it."""
    batch = x.shape[:-2]
    found = ((place, fails(x[place])) for place in np.ndindex(batch))
    return next(((_at(place, batch), said) for place, said in found if said), ("", 0))


# ------------------------------------------------------------------------------------------------- square systems


def zero_pivot(x: Array) -> int:
    """Return the number, from 1, of the first pivot that is 0 in Gaussian elimination; 0 if none is."""
    x = np.array(x)
    for i in range(len(x)):
        top = i + int(np.abs(x[i:, i]).argmax())
        if x[top, i] == 0:
            return i + 1
        x[[i, top]] = x[[top, i]]
        x[i + 1 :] -= x[i + 1 :, i : i + 1] / x[i, i] * x[i]
    return 0


def inverse(x: Array) -> Array:
    """The inverse of each matrix."""
    try:
        return np.linalg.inv(x)
    except np.linalg.LinAlgError:
        if x.ndim < 2 or x.shape[-1] != x.shape[-2]:
            raise
        where, pivot = _first(zero_pivot, x)
        raise LinAlgError(
            f"linalg.inv: {where}The diagonal element {pivot or x.shape[-1]} is zero, the inversion could not be "
            "completed because the input matrix is singular. linalg.pinv(A) has a result for every matrix"
        ) from None


def solve(a: Array, b: Array) -> Array:
    """The solution of a x = b for each matrix."""
    try:
        return np.linalg.solve(a, b)
    except np.linalg.LinAlgError:
        where, _ = _first(zero_pivot, a)
        raise LinAlgError(
            f"linalg.solve: {where}The solver failed because the input matrix is singular. linalg.lstsq(A, B).solution "
            "is the nearest to a solution that there is"
        ) from None


def solve_triangular(a: Array, b: Array, upper: bool, unitriangular: bool) -> Array:
    """The solution of a x = b for each triangular matrix, row by row. A 0 on the diagonal gives ∞ or NaN."""
    out = np.array(b)
    n = a.shape[-1]
    for i in range(n - 1, -1, -1) if upper else range(n):
        known = slice(i + 1, n) if upper else slice(i)
        row = out[..., i : i + 1, :]
        row -= np.matmul(a[..., i : i + 1, known], out[..., known, :])
        if not unitriangular:
            row /= a[..., i : i + 1, i : i + 1]
    return out


def cofactors(x: Array) -> Array:
    """The derivative of each determinant: det(X) X⁻ᵀ, which singular matrices have too.

    With X = U S Vᵀ it is det(U) det(V) U C Vᵀ, where C has for each singular value the product of all others.
    """
    u, s, vh = np.linalg.svd(x)
    n = s.shape[-1]
    others = np.broadcast_to(s[..., None, :], (*s.shape, n)).copy()
    others[..., np.arange(n), np.arange(n)] = 1
    signs = np.linalg.slogdet(u)[0] * np.linalg.slogdet(vh)[0]
    return np.matmul(u * (others.prod(-1) * signs[..., None])[..., None, :], vh)


# --------------------------------------------------------------------------------------------------- factorizations


def _bad_minor(x: Array) -> int:
    """The order of the first leading minor that is not positive, or 0."""
    for n in range(1, len(x) + 1):
        try:
            if not np.isfinite(np.linalg.cholesky(x[:n, :n])).all():
                return n
        except np.linalg.LinAlgError:
            return n
    return 0


def bad_minors(x: Array) -> Array:
    """The order of the first leading minor of each matrix that is not positive, or 0."""
    found = np.zeros(x.shape[:-2], np.int64)
    try:
        if np.isfinite(np.linalg.cholesky(x)).all():
            return found
    except np.linalg.LinAlgError:
        pass
    for place in np.ndindex(found.shape):
        found[place] = _bad_minor(x[place])
    return found


def cholesky(x: Array, name: str = "cholesky") -> Array:
    """The lower triangular L with L Lᵀ = X for each matrix."""
    try:
        out = np.linalg.cholesky(x)
    except np.linalg.LinAlgError:
        out = None
    if out is not None and np.isfinite(out).all():
        return out
    where, order = _first(_bad_minor, x)
    raise LinAlgError(
        f"linalg.{name}: {where}The factorization could not be completed because the input is not positive-definite "
        f"(the leading minor of order {order} is not positive-definite). A small multiple of the identity, added, "
        "helps against rounding"
    )


def eigh(x: Array) -> Array:
    """The eigenvalues of each symmetric matrix in the first row, and its eigenvectors, as columns, below."""
    _check_eigh(x)
    values, vectors = np.linalg.eigh(x)
    return np.concatenate([values[..., None, :], vectors], -2)


def eigvalsh(x: Array) -> Array:
    """The eigenvalues of each symmetric matrix, in ascending order."""
    _check_eigh(x)
    return np.linalg.eigvalsh(x)


def _check_eigh(x: Array) -> None:
    if not np.isfinite(x).all():
        where, _ = _first(lambda matrix: not np.isfinite(matrix).all(), x)
        raise LinAlgError(
            f"linalg.eigh: {where}The algorithm failed to converge because the input matrix is ill-conditioned or has "
            f"too many repeated eigenvalues (error code: {x.shape[-1] - 1}). It has numbers that are not finite"
        )


def svd(x: Array) -> Array:
    """U, below it one row with the singular values, and below that V."""
    u, s, vh = _svd(x, False)
    return np.concatenate([u, s[..., None, :], vh.swapaxes(-1, -2)], -2)


def _svd(x: Array, full_matrices: bool) -> tuple[Array, Array, Array]:
    _check_finite(x)
    u, s, vh = np.linalg.svd(x, full_matrices=full_matrices)
    return u, s, vh


def _check_finite(x: Array) -> None:
    if not np.isfinite(x).all():
        where, _ = _first(lambda matrix: not np.isfinite(matrix).all(), x)
        raise LinAlgError(
            f"linalg.svd: {where}The algorithm failed to converge because the input matrix contained non-finite values."
        )


def svdvals(x: Array) -> Array:
    """The singular values of each matrix, in descending order."""
    _check_finite(x)
    return np.linalg.svd(x, compute_uv=False)


def completion(x: Array, factor: str) -> Array:
    """The columns that Q, U or V lacks to be square."""
    if factor == "Q":
        found = np.linalg.qr(x, mode="complete")[0]
    else:
        found = np.linalg.svd(x)[0] if factor == "U" else np.linalg.svd(x)[2].swapaxes(-1, -2)
    return found[..., min(x.shape[-2:]) :]


def qr(x: Array) -> Array:
    """Q, and below it the transpose of R."""
    q, r = np.linalg.qr(x)
    return np.concatenate([q, r.swapaxes(-1, -2)], -2)


def pinv(x: Array, atol: Any, rtol: Any) -> Array:
    """The pseudoinverse of each matrix; singular values that are not above both tolerances count as 0."""
    u, s, vh = _svd(x, False)
    largest = s.max(-1, initial=0, keepdims=True)
    limit = np.maximum(np.asarray(atol)[..., None], np.asarray(rtol)[..., None] * largest)
    s = np.divide(1, s, out=np.zeros_like(s), where=s > limit)
    return np.matmul(vh.swapaxes(-1, -2) * s[..., None, :], u.swapaxes(-1, -2))
