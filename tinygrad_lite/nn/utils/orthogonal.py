"""Weights with orthonormal columns, as functions of parameters without constraints."""

from __future__ import annotations

from typing import Any

from ... import creation
from ...functions.comparison import allclose
from ...functions.factorizations import matrix_exp
from ...functions.joining import cat
from ...functions.older_factors import geqrf, householder_product
from ...functions.systems import solve
from ...tensors.tensor import Tensor
from ...types.dtypes import finfo
from ..module.module import Module

MAPS = ("matrix_exp", "cayley", "householder")


class _Orthogonal(Module):
    """A matrix with orthonormal columns, or rows if it has more columns, as a map of any matrix of its shape.

    With a base B, which assignments set, the matrix is B times that of the map: near the assigned one for a parameter
    that begins where the map gives the identity (Lezcano-Casado, 2019, https://arxiv.org/abs/1909.09501).
    """

    base: Tensor | None

    def __init__(self, weight: Tensor, orthogonal_map: str, *, use_trivialization: bool = True) -> None:
        super().__init__()
        self.shape, self.orthogonal_map = weight.shape, orthogonal_map
        if use_trivialization:
            self.register_buffer("base", None)

    def forward(self, X: Tensor) -> Tensor:
        wide = X.shape[-2] < X.shape[-1]
        x = X.mT if wide else X
        q = _by_reflections(x) if self.orthogonal_map == "householder" else self._of_skew(x)
        base = getattr(self, "base", None)
        if base is not None:
            q = base @ q
        return q.mT if wide else q

    def _of_skew(self, x: Tensor) -> Tensor:
        """The first columns of a function of the skew-symmetric matrix whose lower triangle is that of x."""
        n, k = x.shape[-2:]
        lower = x.tril()
        if n != k:
            lower = cat([lower, lower.new_zeros(*x.shape[:-2], n, n - k)], -1)
        skew = lower - lower.mT
        if self.orthogonal_map == "matrix_exp":
            q = matrix_exp(skew)
        else:
            identity = creation.eye(n, dtype=x.dtype)
            q = solve(identity - 0.5 * skew, identity + 0.5 * skew)
        return q if n == k else q[..., :k]

    def right_inverse(self, Q: Tensor) -> Tensor:
        """The parameter that gives a matrix: of a matrix whose columns are not orthonormal, the Q of its QR."""
        if tuple(Q.shape) != tuple(self.shape):
            raise ValueError(
                f"Expected a matrix or batch of matrices of shape {self.shape}. Got a tensor of shape {Q.shape}."
            )
        given, wide = Q.detach(), Q.shape[-2] < Q.shape[-1]
        q = given.mT if wide else given
        if not hasattr(self, "base"):
            if self.orthogonal_map != "householder":
                raise NotImplementedError(
                    "It is not possible to assign to the matrix exponential or the Cayley parametrizations when "
                    "use_trivialization=False."
                )
            vectors, tau = geqrf(q)
            signs = vectors.diagonal(dim1=-2, dim2=-1).sign()
            signs = (tau == 0).to(signs.dtype) * (-2 * signs) + signs
            vectors = vectors.diagonal_scatter(signs, dim1=-2, dim2=-1)
            return vectors.mT if wide else vectors
        n, k = q.shape[-2:]
        if n != k:
            q = _orthonormalized(cat([q, creation.randn(*q.shape[:-2], n, n - k, dtype=q.dtype)], -1))
        elif not _is_orthogonal(q):
            q = _orthonormalized(q)
        self.base = q.clone()
        minus_ones = creation.full((*given.shape[:-2], min(n, k)), -1.0, dtype=given.dtype)
        return creation.zeros_like(given).diagonal_scatter(minus_ones, dim1=-2, dim2=-1)


def _by_reflections(x: Tensor) -> Tensor:
    """The product of the reflections at the columns below the diagonal, with the signs that the diagonal has."""
    vectors = x.tril(-1)
    tau = 2.0 / (1.0 + (vectors * vectors).sum(-2))
    return householder_product(vectors, tau) * x.detach().diagonal(dim1=-2, dim2=-1).int().unsqueeze(-2)


def _is_orthogonal(q: Tensor) -> Any:
    identity = creation.eye(q.shape[-1], dtype=q.dtype)
    return allclose(
        q.mT @ q, identity.expand(*q.shape[:-2], *identity.shape), atol=10.0 * q.shape[-2] * finfo(q.dtype).eps
    )


def _orthonormalized(x: Tensor) -> Tensor:
    """Q of the factorization Q R whose R has no negative number on its diagonal."""
    vectors, tau = geqrf(x)
    return householder_product(vectors, tau) * vectors.diagonal(dim1=-2, dim2=-1).sign().unsqueeze(-2)
