"""Norms of vectors and matrices, as PyTorch's `torch.linalg` calls them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Literal

from ..core.argument_types import wrong_type
from ..core.edge import cast
from ..ops import reduction
from ..ops.elementwise import gt, where
from ..ops.linalg import norm_of_singular_values
from ..types import dtypes
from ..types.annotations import Tensor
from ..types.dtypes import DType
from .arguments import many_dims, one_dim, public
from .reduction import norm
from .reshaping import squeeze


@public
def vector_norm(
    x: Tensor,
    ord: float = 2,
    dim: int | Sequence[int] | None = None,
    keepdim: bool = False,
    *,
    dtype: DType | None = None,
) -> Tensor:
    """The norm of vectors: (Σᵢ |xᵢ|ᵖ)^(1/p) for p = ord, which may be ±∞ (the largest or smallest |xᵢ|) or 0.

    With ord = 0 it counts the elements that are not 0.

    Args:
        x: of a floating dtype and any shape.
        ord: the order p.
        dim: the dimensions of the vectors; by default all, and x counts as one vector.
        keepdim: keep these dimensions, with size 1.
        dtype: compute in this dtype.

    Raises:
        RuntimeError: for a dtype that is not floating.
        IndexError: if there is no such dimension.

    >>> import tinygrad_lite as tl
    >>> x = tl.tensor([3.0, -4.0])
    >>> tl.linalg.vector_norm(x), tl.linalg.vector_norm(x, 1), tl.linalg.vector_norm(x, float("inf"))
    (tensor(5.), tensor(7.), tensor(4.))
    """
    dims = many_dims(dim, x.ndim, "vector_norm")
    return norm(_check_floating("vector_norm", x, dtype), float(ord), dims, keepdim, dtype=dtype)


def _check_floating(name: str, x: Tensor, dtype: DType | None) -> Tensor:
    if dtype is None and x.dtype.kind != "f":
        raise RuntimeError(
            f"linalg.{name}: Expected a floating point or complex tensor as input. Got {x.dtype}: convert it with "
            ".float()"
        )
    return x


@public
def matrix_norm(
    x: Tensor,
    ord: float | Literal["fro", "nuc"] = "fro",
    dim: Sequence[int] = (-2, -1),
    keepdim: bool = False,
    *,
    dtype: DType | None = None,
) -> Tensor:
    """The norm of matrices: Frobenius' √Σᵢⱼ xᵢⱼ², one of singular values, or of sums of |xᵢⱼ| along columns or rows.

    Args:
        x: of shape (…, n, m) and a floating dtype.
        ord: "fro"; 2 (-2) for the largest (least) singular value, "nuc" for their sum; 1 (-1) for the largest
            (smallest) sum of a column; ∞ (-∞) for that of a row.
        dim: the two dimensions of the matrices, of rows and of columns.
        keepdim: keep these dimensions, with size 1.
        dtype: compute in this dtype.

    Raises:
        RuntimeError: for a dtype that is not floating, fewer than 2 dimensions, two equal dims or an unknown order.
        LinAlgError: for the orders 2, -2 and "nuc", if a number is not finite.
        IndexError: if there is no such dimension.

    >>> import tinygrad_lite as tl
    >>> x = tl.tensor([[3.0, 0.0], [4.0, 1.0]])
    >>> tl.linalg.matrix_norm(x, 1), tl.linalg.matrix_norm(x, float("inf"))
    (tensor(7.), tensor(5.))
    """
    if x.ndim < 2:
        raise RuntimeError(
            f"linalg.matrix_norm: The input tensor A must have at least 2 dimensions. Its shape is {list(x.shape)}"
        )
    rows, columns = (one_dim(d, x.ndim, "matrix_norm") for d in dim)
    if rows == columns:
        raise RuntimeError(f"linalg.matrix_norm: dims must be different. Got {tuple(dim)}")
    _check_floating("matrix_norm", x, dtype)
    if ord == "fro":
        return norm(x, 2.0, (rows, columns), keepdim, dtype=dtype)
    if ord in (2, -2, "nuc"):
        if dtype is not None:
            x = cast(x, dtypes.as_dtype(dtype))
        if x.dtype.itemsize < 4:
            raise RuntimeError(
                "linalg.matrix_norm: Low precision dtypes not supported. Got float16: convert it with .float(), or "
                "pass dtype="
            )
        return norm_of_singular_values(x, ord, rows, columns, keepdim)
    if isinstance(ord, str) or abs(ord) not in (1, math.inf):
        raise RuntimeError(
            f"linalg.matrix_norm: Order {ord} not supported. There are 'fro', 'nuc', 1, -1, 2, -2, inf and -inf"
        )
    summed, left = (rows, columns) if abs(ord) == 1 else (columns, rows)
    sums = norm(x, 1.0, summed, True, dtype=dtype)
    found = (reduction.amax if ord > 0 else reduction.amin)(sums, left, True)
    return found if keepdim else squeeze(found, (rows, columns))


@public
def linalg_norm(
    x: Tensor,
    ord: float | Literal["fro", "nuc"] | None = None,
    dim: int | Sequence[int] | None = None,
    keepdim: bool = False,
    *,
    dtype: DType | None = None,
) -> Tensor:
    """The norm of vectors or of matrices, as the arguments say; by default √Σ x² of all elements.

    It is `matrix_norm` if an order is given for two dims, or for a matrix without dims, and otherwise `vector_norm`.

    Args:
        x: of a floating dtype and any shape.
        ord: the order; "fro" and "nuc" are for matrices.
        dim: one dimension for vectors, two for matrices; by default all.
        keepdim: keep these dimensions, with size 1.
        dtype: compute in this dtype.

    Raises:
        RuntimeError: for a dtype that is not floating, an unknown order, or an order without dims for more than 2
            dimensions.
        IndexError: if there is no such dimension.

    >>> import tinygrad_lite as tl
    >>> tl.linalg.norm(tl.tensor([[1.0, 2.0], [2.0, 4.0]]))
    tensor(5.)
    """
    if ord is not None and ((dim is None and x.ndim == 2) or (isinstance(dim, (tuple, list)) and len(dim) == 2)):
        rows, columns = (0, 1) if dim is None else dim
        return matrix_norm(x, ord, (rows, columns), keepdim, dtype=dtype)
    if isinstance(ord, str):
        raise RuntimeError(f"linalg.norm: order {ord!r} is for matrices, not for shape {list(x.shape)} and dim {dim}")
    if ord is not None and dim is None and x.ndim > 2:
        raise RuntimeError(
            f"linalg.norm: If dim is not specified but ord is, the input must be 1D or 2D. Got {x.ndim}D. The shape is "
            f"{list(x.shape)}"
        )
    return vector_norm(x, 2 if ord is None else ord, dim, keepdim, dtype=dtype)


@public
def norm_except_dim(v: Tensor, pow: int = 2, dim: int = 0) -> Tensor:
    """The norm over all dimensions but one, which the result keeps, with size 1 in the others.

    Args:
        v: of a floating dtype and any shape.
        pow: the order of the norm.
        dim: the dimension for each index of which there is a norm; with -1 there is one norm, 0-d.

    Raises:
        IndexError: if there is no such dimension.

    >>> import tinygrad_lite as tl
    >>> tl.norm_except_dim(tl.tensor([[3.0, 4.0], [6.0, 8.0]]), 2, 0)
    tensor([[ 5.],
            [10.]])
    """
    if not isinstance(pow, (int, float)):
        raise wrong_type("norm_except_dim", "pow", 2, "int", pow)
    if dim == -1:
        return norm(v, pow)
    kept = one_dim(dim, v.ndim, "norm_except_dim")
    others = tuple(d for d in range(v.ndim) if d != kept)
    return norm(v, pow, others, True) if others else v.abs()


@public
def renorm(x: Tensor, p: float, dim: int, maxnorm: float) -> Tensor:
    """x with each slice along a dimension scaled down to a norm of `maxnorm`, where it has a larger one.

    A slice of norm n is multiplied by maxnorm / (n + 1e-7).

    Args:
        x: of a floating dtype and at least 2 dimensions.
        p: the order of the norm.
        dim: the dimension for each index of which there is a slice.
        maxnorm: the largest norm.

    Raises:
        RuntimeError: if p is not positive, maxnorm negative, or x a vector.
        IndexError: if there is no such dimension.

    >>> import tinygrad_lite as tl
    >>> tl.renorm(tl.tensor([[0.3, 0.4], [3.0, 4.0]]), 2, 0, 1.0)
    tensor([[0.3000, 0.4000],
            [0.6000, 0.8000]])
    """
    if not p > 0:
        raise RuntimeError(f"renorm: non-positive-norm not supported: p is {p}")
    if maxnorm < 0:
        raise RuntimeError(f"renorm: expected maxnorm to be >= 0 but got {maxnorm}")
    if x.ndim < 2:
        raise RuntimeError(
            f"renorm: input needs at least 2 dimensions, got {x.ndim} dimensions: its shape is {list(x.shape)}"
        )
    kept = one_dim(dim, x.ndim, "renorm")
    lengths = norm(
        _check_floating("vector_norm", x, None), float(p), tuple(d for d in range(x.ndim) if d != kept), True
    )
    return x * where(gt(lengths, maxnorm), maxnorm / (lengths + 1e-7), 1.0)
