"""Diagonals and triangles of matrices as PyTorch calls them."""

from __future__ import annotations

import math

from ..core import edge
from ..core.edge import clone
from ..core.errors import listed_shapes
from ..ops import shape as ops
from ..types.annotations import Tensor
from . import reduction
from .arguments import one_dim, public
from .joining import atleast_2d, cat


def _check_matrix(x: Tensor, name: str) -> None:
    if x.ndim < 2:
        raise RuntimeError(f"{name}: input tensor must have at least 2 dimensions, not shape {list(x.shape)}")


@public
def tril(x: Tensor, diagonal: int = 0) -> Tensor:
    """The lower triangle of a matrix, or of each matrix of a batch: 0 above a diagonal.

    Args:
        x: of shape (…, n, m) and any dtype.
        diagonal: the diagonal that is still kept: 0 the main one, 1 the one above it, -1 the one below.

    Raises:
        RuntimeError: for fewer than 2 dimensions.

    >>> import tinygrad_lite as tl
    >>> tl.tril(tl.ones(3, 3, dtype=tl.bool))  # a causal mask: a position sees itself and those before it
    tensor([[ True, False, False],
            [ True,  True, False],
            [ True,  True,  True]])
    """
    _check_matrix(x, "tril")
    return ops.tril(x, diagonal)


@public
def triu(x: Tensor, diagonal: int = 0) -> Tensor:
    """The upper triangle of a matrix, or of each matrix of a batch: 0 below a diagonal.

    Args:
        x: of shape (…, n, m) and any dtype.
        diagonal: the diagonal that is still kept: 0 the main one, 1 the one above it, -1 the one below.

    Raises:
        RuntimeError: for fewer than 2 dimensions.

    >>> import tinygrad_lite as tl
    >>> tl.triu(tl.tensor([[1, 2], [3, 4]]), diagonal=1)
    tensor([[0, 2],
            [0, 0]])
    """
    _check_matrix(x, "triu")
    return ops.triu(x, diagonal)


@public
def diagonal(x: Tensor, offset: int = 0, dim1: int = 0, dim2: int = 1) -> Tensor:
    """A diagonal of a matrix, or of each matrix in two dimensions, as the last dimension of the result; a view.

    Args:
        x: of any dtype, with at least 2 dimensions.
        offset: which diagonal: 0 the main one, 1 the one above it, -1 the one below.
        dim1: the dimension of the rows.
        dim2: the dimension of the columns.

    Raises:
        RuntimeError: if the two dimensions are one.
        IndexError: if there is no such dimension.

    >>> import tinygrad_lite as tl
    >>> x = tl.zeros(2, 2)
    >>> x.diagonal()[:] = 1  # NumPy's cannot be written
    >>> x
    tensor([[1., 0.],
            [0., 1.]])
    """
    dim1, dim2 = one_dim(dim1, x.ndim, "diagonal"), one_dim(dim2, x.ndim, "diagonal")
    if dim1 == dim2:
        raise RuntimeError(f"diagonal dimensions cannot be identical {dim1}, {dim2}")
    return ops.diagonal(x, offset, dim1, dim2)


@public
def diag(x: Tensor, diagonal: int = 0) -> Tensor:
    """The matrix with a vector on its diagonal; for a matrix, its diagonal.

    Args:
        x: a vector (n,), for a result of shape (n + |diagonal|, n + |diagonal|), or a matrix; of any dtype.
        diagonal: which diagonal: 0 the main one, 1 the one above it, -1 the one below.

    Raises:
        RuntimeError: for other numbers of dimensions.

    >>> import tinygrad_lite as tl
    >>> tl.diag(tl.tensor([1, 2]))
    tensor([[1, 0],
            [0, 2]])
    >>> tl.diag(tl.tensor([[1, 2], [3, 4]]))
    tensor([1, 4])
    """
    if x.ndim == 1:
        n = x.shape[0] + abs(diagonal)
        return ops.diagonal_scatter(x, (n, n), diagonal, 0, 1)
    if x.ndim == 2:
        return clone(ops.diagonal(x, diagonal, 0, 1))
    raise RuntimeError(f"diag(): Supports 1D or 2D tensors. Got {x.ndim}D")


@public
def trace(x: Tensor) -> Tensor:
    """The sum of the main diagonal of a matrix: Σᵢ xᵢᵢ, a 0-d Tensor. Whole numbers are summed in int64.

    Raises:
        RuntimeError: if x is no matrix.

    >>> import tinygrad_lite as tl
    >>> tl.trace(tl.tensor([[1, 2], [3, 4]]))
    tensor(5)
    """
    if x.ndim != 2:
        raise RuntimeError(f"trace: expected a matrix, but got tensor with dim {x.ndim}; its shape is {list(x.shape)}")
    return reduction.sum(ops.diagonal(x, 0, 0, 1))


@public
def diag_embed(x: Tensor, offset: int = 0, dim1: int = -2, dim2: int = -1) -> Tensor:
    """Matrices of zeros with the vectors along the last dimension of x on a diagonal: (…, n) gives (…, n, n).

    Args:
        x: of any dtype, with at least one dimension.
        offset: which diagonal: 0 the main one, 1 the one above it, -1 the one below.
        dim1: the dimension of the result for the rows of the matrices.
        dim2: the dimension of the result for their columns.

    Raises:
        RuntimeError: if the two dimensions are one.
        IndexError: if the result has no such dimension.

    >>> import tinygrad_lite as tl
    >>> tl.diag_embed(tl.tensor([[1, 2], [3, 4]]))
    tensor([[[1, 0],
             [0, 2]],
            [[3, 0],
             [0, 4]]])
    """
    ndim = x.ndim + 1
    dim1, dim2 = one_dim(dim1, ndim, "diag_embed"), one_dim(dim2, ndim, "diag_embed")
    if dim1 == dim2:
        raise RuntimeError(f"diagonal dimensions cannot be identical {dim1}, {dim2}. diag_embed: rows and columns")
    return _embedded(x, offset, dim1, dim2)


def _embedded(x: Tensor, offset: int, dim1: int, dim2: int) -> Tensor:
    ndim, n = x.ndim + 1, x.shape[-1] + abs(offset)
    rest = iter(x.shape[:-1])
    shape = tuple(n if d in (dim1, dim2) else next(rest) for d in range(ndim))
    return ops.diagonal_scatter(x, shape, offset, dim1, dim2)


@public
def diagflat(x: Tensor, offset: int = 0) -> Tensor:
    """The matrix with all elements of x on a diagonal, in order, and zeros elsewhere.

    Args:
        x: of n elements in any shape and of any dtype; the result has the shape (n + |offset|, n + |offset|).
        offset: which diagonal: 0 the main one, 1 the one above it, -1 the one below.

    Raises:
        TypeError: if x is no Tensor.

    >>> import tinygrad_lite as tl
    >>> tl.diagflat(tl.tensor([1, 2]), 1)
    tensor([[0, 1, 0],
            [0, 0, 2],
            [0, 0, 0]])
    """
    return _embedded(edge.reshape(x, (math.prod(x.shape),)), offset, 0, 1)


@public
def block_diag(*tensors: Tensor) -> Tensor:
    """The matrix with matrices along its diagonal and zeros elsewhere, in the dtype in which they meet.

    Vectors count as rows, and a 0-d Tensor as a matrix of one element. The result has the sum of their rows and the sum
    of their columns.

    Raises:
        RuntimeError: for a Tensor of more than 2 dimensions.

    >>> import tinygrad_lite as tl
    >>> tl.block_diag(tl.tensor([[1, 2], [3, 4]]), tl.tensor(5))
    tensor([[1, 2, 0],
            [3, 4, 0],
            [0, 0, 5]])
    """
    if any(x.ndim > 2 for x in tensors):
        shapes = listed_shapes([x.shape for x in tensors])
        raise RuntimeError(f"block_diag: at most 2 dimensions are expected, but the shapes are {shapes}")
    blocks = [atleast_2d(x) for x in tensors]
    width, left, rows = sum(x.shape[1] for x in blocks), 0, []
    for x in blocks:
        rows.append(ops.pad(x, ((0, 0), (left, width - left - x.shape[1]))))
        left += x.shape[1]
    return cat(rows, 0)
