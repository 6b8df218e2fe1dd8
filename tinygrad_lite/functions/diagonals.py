"""Diagonals and triangles of matrices as PyTorch calls them."""

from __future__ import annotations

import math
from typing import Any

from ..core import edge
from ..core.edge import clone
from ..ops import shape as ops
from . import reduction
from .arguments import one_dim, spelled
from .joining import atleast_2d, cat


def _matrix(x: Any, name: str) -> None:
    if x.ndim < 2:
        raise RuntimeError(f"{name}: input tensor must have at least 2 dimensions, not shape {list(x.shape)}")


@spelled
def tril(x: Any, diagonal: int = 0) -> Any:
    """The last two dimensions on and below a diagonal, 0 above it."""
    _matrix(x, "tril")
    return ops.tril(x, diagonal)


@spelled
def triu(x: Any, diagonal: int = 0) -> Any:
    """The last two dimensions on and above a diagonal, 0 below it."""
    _matrix(x, "triu")
    return ops.triu(x, diagonal)


@spelled
def diagonal(x: Any, offset: int = 0, dim1: int = 0, dim2: int = 1) -> Any:
    """The elements whose indices in dim1 and dim2 differ by offset, as the last dimension; a view."""
    dim1, dim2 = one_dim(dim1, x.ndim, "diagonal"), one_dim(dim2, x.ndim, "diagonal")
    if dim1 == dim2:
        raise RuntimeError(f"diagonal dimensions cannot be identical {dim1}, {dim2}")
    return ops.diagonal(x, offset, dim1, dim2)


@spelled
def diag(x: Any, diagonal: int = 0) -> Any:
    """Of a vector, the matrix with it on a diagonal; of a matrix, that diagonal."""
    if x.ndim == 1:
        n = x.shape[0] + abs(diagonal)
        return ops.diagonal_scatter(x, (n, n), diagonal, 0, 1)
    if x.ndim == 2:
        return clone(ops.diagonal(x, diagonal, 0, 1))
    raise RuntimeError(f"diag(): Supports 1D or 2D tensors. Got {x.ndim}D")


@spelled
def trace(x: Any) -> Any:
    """The sum of a matrix's diagonal."""
    if x.ndim != 2:
        raise RuntimeError(f"trace: expected a matrix, but got tensor with dim {x.ndim}")
    return reduction.sum(ops.diagonal(x, 0, 0, 1))


@spelled
def diag_embed(x: Any, offset: int = 0, dim1: int = -2, dim2: int = -1) -> Any:
    """Matrices in dim1 and dim2 of the result, with the last dimension of x on a diagonal."""
    ndim = x.ndim + 1
    dim1, dim2 = one_dim(dim1, ndim, "diag_embed"), one_dim(dim2, ndim, "diag_embed")
    if dim1 == dim2:
        raise RuntimeError(f"diag_embed: diagonal dimensions cannot be identical {dim1}, {dim2}")
    n = x.shape[-1] + abs(offset)
    rest = iter(x.shape[:-1])
    return ops.diagonal_scatter(
        x, tuple(n if d in (dim1, dim2) else next(rest) for d in range(ndim)), offset, dim1, dim2
    )


@spelled
def diagflat(x: Any, offset: int = 0) -> Any:
    """The matrix with all elements of x on a diagonal."""
    return diag_embed(edge.reshape(x, (math.prod(x.shape),)), offset)


def block_diag(*tensors: Any) -> Any:
    """The matrix with the matrices along its diagonal and zeros elsewhere; vectors count as rows."""
    blocks = [atleast_2d(x) for x in tensors]
    if any(x.ndim > 2 for x in blocks):
        raise RuntimeError(f"block_diag: at most 2 dimensions are expected, not {[x.ndim for x in tensors]}")
    width, left, rows = sum(x.shape[1] for x in blocks), 0, []
    for x in blocks:
        rows.append(ops.pad(x, ((0, 0), (left, width - left - x.shape[1]))))
        left += x.shape[1]
    return cat(rows, 0)
