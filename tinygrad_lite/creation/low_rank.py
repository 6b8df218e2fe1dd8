"""Factorizations of low rank, of the subspace that products with random vectors span."""

from __future__ import annotations

from typing import Any

from ..core.argument_types import wrong_type
from ..core.edge import expand
from ..functions.arguments import public
from ..functions.factorizations import qr, svd
from ..tensors.tensor import Tensor
from ..types import dtypes
from .random import randn


@public
def svd_lowrank(
    A: Tensor, q: int | None = 6, niter: int | None = 2, M: Tensor | None = None
) -> tuple[Tensor, Tensor, Tensor]:
    """The q largest singular values of a matrix, about, with their vectors: A ≈ U diag(S) Vᵀ.

    Random vectors are drawn, so that the result is the same for the same seed only. It is as good as that of
    `linalg.svd` where the rank of A is at most q.

    Args:
        A: matrices (…, m, n), which may be sparse.
        q: how many singular values; a few more than are needed make these better.
        niter: how often the subspace is multiplied by A Aᵀ, which makes it better.
        M: what is subtracted from A, of a shape that can be broadcast to A's.

    Returns:
        U (…, m, q), S (…, q) and V (…, n, q).

    Raises:
        TypeError: if A is not a Tensor.
        RuntimeError: for fewer than two dimensions, and another dtype.

    Source: Halko, Martinsson & Tropp, 2009, Finding structure with randomness, algorithms 4.4 and 5.1,
    https://arxiv.org/abs/0909.4061.

    >>> import tinygrad_lite as tl
    >>> A = tl.tensor([[1.0], [2.0], [2.0]]) @ tl.tensor([[3.0, 4.0]])  # of rank 1, with the singular value 3 · 5
    >>> U, S, V = tl.svd_lowrank(A, q=1)
    >>> tl.allclose(S, tl.tensor(15.0)), tl.allclose(U * S @ V.T, A, atol=1e-5)
    (True, True)
    """
    return _factors("svd_lowrank", A, 6 if q is None else q, 2 if niter is None else niter, M)


@public
def pca_lowrank(A: Tensor, q: int | None = None, center: bool = True, niter: int = 2) -> tuple[Tensor, Tensor, Tensor]:
    """The q main directions of samples, about: `svd_lowrank` of the samples without their mean.

    The columns of V are the directions, and S² / (m - 1) the variances along them.

    Args:
        A: m samples of n numbers, (…, m, n); it may be sparse.
        q: how many directions; 6 by default, or fewer for smaller matrices.
        center: whether the mean of the samples is subtracted.
        niter: as for `svd_lowrank`.

    Returns:
        U (…, m, q), S (…, q) and V (…, n, q).

    Raises:
        TypeError: if A is not a Tensor.
        ValueError: if q is larger than m or n, or niter is negative.
        RuntimeError: for fewer than two dimensions, and another dtype.

    Source: Halko, Martinsson & Tropp, 2009, https://arxiv.org/abs/0909.4061.

    >>> import tinygrad_lite as tl
    >>> samples = tl.tensor([[5.0, 1.0], [6.0, 1.0], [7.0, 1.0]])
    >>> S, V = tl.pca_lowrank(samples, q=1)[1:]
    >>> (S**2 / 2).round(decimals=4), V.abs().T  # only the first number varies
    (tensor([1.]), tensor([[1., 0.]]))
    """
    m, n = _sizes("pca_lowrank", A)
    if q is None:
        q = min(6, m, n)
    elif not 0 <= q <= min(m, n):
        raise ValueError(f"q(={q}) must be non-negative integer and not greater than min(m, n)={min(m, n)}")
    if niter < 0:
        raise ValueError(f"niter(={niter}) must be non-negative integer")
    if not center:
        return _factors("pca_lowrank", A, q, niter, None)
    if A.is_sparse:
        return _factors("pca_lowrank", A, q, niter, A.sum(0).to_dense().unsqueeze(0) / m)
    return _factors("pca_lowrank", A - A.mean(-2, keepdim=True), q, niter, None)


def _sizes(name: str, A: Any) -> tuple[int, int]:
    if not isinstance(A, Tensor):
        raise wrong_type(name, "A", 1, "Tensor", A)
    if A.ndim < 2 or A.dtype not in (dtypes.float32, dtypes.float64):
        raise RuntimeError(
            f"{name}: the input tensor A must have at least 2 dimensions and be of float32 or float64, but is "
            f"{list(A.shape)} of {A.dtype}"
        )
    return A.shape[-2], A.shape[-1]


def _factors(name: str, A: Any, q: int, niter: int, M: Any) -> tuple[Tensor, Tensor, Tensor]:
    m, n = _sizes(name, A)
    if M is not None:
        M = expand(M, tuple(A.shape))
    wide = m < n
    if wide:
        A, M = A.mT, None if M is None else M.mT

    def times(turned: bool, x: Tensor) -> Tensor:
        """(A - M) x, or (A - M)ᵀ x."""
        product: Tensor = (A.mT if turned else A) @ x
        return product if M is None else product - (M.mT if turned else M) @ x

    Q = qr(times(False, randn(A.shape[-1], q, dtype=A.dtype))).Q
    for _ in range(niter):
        Q = qr(times(True, Q)).Q
        Q = qr(times(False, Q)).Q
    U, S, Vh = svd(times(True, Q).mT, full_matrices=False)
    U, V = Q @ U, Vh.mT
    return (V, S, U) if wide else (U, S, V)
