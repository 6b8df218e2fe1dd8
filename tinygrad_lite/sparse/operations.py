"""The functions of `torch.sparse`."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from ..core.tensor import wrap
from ..creation.from_data import tensor
from ..functions.arguments import one_dim, public
from ..tensors.tensor import Tensor
from .coo import SparseTensor


def _check_sparse(name: str, x: Any) -> None:
    if not isinstance(x, SparseTensor):
        raise RuntimeError(f"{name}: expected a sparse Tensor, but got a dense one of shape {list(x.shape)}")


@public
def mm(x: Tensor, mat2: Tensor) -> Tensor:
    """The product of a sparse matrix (n, k) with a matrix (k, m): (n, m), sparse if both are.

    Args:
        x: a sparse matrix, or a dense one if `mat2` is sparse.
        mat2: a matrix of the same dtype.

    Raises:
        RuntimeError: if the sizes do not fit, or the dtypes differ.

    >>> import tinygrad_lite as tl
    >>> tl.sparse.mm(tl.eye(2).to_sparse(), tl.tensor([[1.0, 2.0], [3.0, 4.0]]))
    tensor([[1., 2.],
            [3., 4.]])
    """
    for given in (x, mat2):
        if given.dim() != 2:
            raise RuntimeError(f"mm: expected matrices, but one has the shape {list(given.shape)}")
    product: Tensor = x @ mat2
    return product


spmm = dsmm = mm


@public
def addmm(x: Tensor, mat1: Tensor, mat2: Tensor, *, beta: float = 1.0, alpha: float = 1.0) -> Tensor:
    """A dense Tensor and the product of a sparse matrix with a dense one: β x + α mat1 @ mat2.

    Args:
        x: what is added, of a shape that can be broadcast to (n, m).
        mat1: a sparse matrix (n, k).
        mat2: a matrix (k, m) of the same dtype.
        beta, alpha: the factors.

    Raises:
        RuntimeError: if the sizes do not fit, or the dtypes differ.

    >>> import tinygrad_lite as tl
    >>> tl.sparse.addmm(tl.ones(2, 1), tl.eye(2).to_sparse(), tl.ones(2, 1), alpha=2.0)
    tensor([[3.],
            [3.]])
    """
    return beta * x + alpha * mm(mat1, mat2)


@public
def sum(x: Tensor, dim: Any = None, dtype: Any = None) -> Tensor:
    """The sum of all elements of a sparse Tensor, dense; or along dimensions, sparse.

    Args:
        x: a sparse Tensor.
        dim: one dimension, or several.
        dtype: the dtype in which to add.

    Raises:
        RuntimeError: for a dense Tensor.

    >>> import tinygrad_lite as tl
    >>> tl.sparse.sum(tl.tensor([[1.0, 2.0], [0.0, 4.0]]).to_sparse(), dim=0).to_dense()
    tensor([1., 6.])
    """
    _check_sparse("sparse.sum", x)
    total: Tensor = x.sum(dim, dtype=dtype)
    return total


@public
def softmax(x: Tensor, dim: int, *, dtype: Any = None) -> Tensor:
    """The softmax along a dimension of a sparse Tensor, of the values that are there; the others stay 0.

    Args:
        x: a sparse Tensor of a floating dtype, without dense dimensions.
        dim: the dimension.
        dtype: the dtype of the result.

    Raises:
        RuntimeError: for a dense Tensor.

    >>> import tinygrad_lite as tl
    >>> tl.sparse.softmax(tl.tensor([[1.0, 1.0, 0.0], [0.0, 0.0, 3.0]]).to_sparse(), dim=1).to_dense()
    tensor([[0.5000, 0.5000, 0.0000],
            [0.0000, 0.0000, 1.0000]])
    """
    logarithms = _log_softmax("sparse.softmax", x, dim, dtype)
    return logarithms._with(logarithms._stored.exp())


@public
def log_softmax(x: Tensor, dim: int, *, dtype: Any = None) -> Tensor:
    """The logarithm of the softmax along a dimension of a sparse Tensor, of the values that are there.

    Args:
        x: a sparse Tensor of a floating dtype, without dense dimensions.
        dim: the dimension.
        dtype: the dtype of the result.

    Raises:
        RuntimeError: for a dense Tensor.

    >>> import tinygrad_lite as tl
    >>> tl.sparse.log_softmax(tl.tensor([[1.0, 1.0, 0.0]]).to_sparse(), dim=1).values()
    tensor([-0.6931, -0.6931])
    """
    return _log_softmax("sparse.log_softmax", x, dim, dtype)


def _log_softmax(name: str, x: Any, dim: int, dtype: Any) -> SparseTensor:
    _check_sparse(name, x)
    if x.dense_dim():
        raise NotImplementedError(f"{name}: not of a sparse Tensor with dense dimensions; call to_dense() first")
    whole = x.coalesce()
    values = whole._stored if dtype is None else whole._stored.to(dtype)
    dim = one_dim(dim, x.dim(), name)
    others = [d for d in range(x.dim()) if d != dim]
    lengths = tuple(x.shape[d] for d in others)
    group = np.ravel_multi_index(tuple(whole._places[others]), lengths) if others else np.zeros(x._nnz(), np.int64)
    largest = np.full(math.prod(lengths), -np.inf)
    np.maximum.at(largest, group, values.detach().numpy())
    shifted = values - tensor(largest[group], dtype=values.dtype)
    where = wrap(group.astype(np.int64))
    totals = values.new_zeros(len(largest)).index_add(0, where, shifted.exp())
    return whole._with(shifted - totals[where].log())
