"""Products of vectors and matrices, and norms, as PyTorch calls them."""

from __future__ import annotations

import functools
import math
import string
from collections.abc import Sequence
from typing import Any, Literal

import numpy as np

from ..core.argument_types import wrong_element, wrong_type
from ..core.edge import cast, clone, expand, reshape
from ..core.errors import broadcastable, explains, listed_shapes, shape_mismatch, size_text
from ..core.primitive import Array, documents
from ..ops import linalg as ops
from ..ops import reduction
from ..ops.creation import eye
from ..ops.shape import permute, roll
from ..types import dtypes
from ..types.annotations import Tensor
from ..types.dtypes import DType
from .arguments import broadcast_shape, many_dims, one_dim, public, wrap_like
from .arithmetic import scaled
from .reduction import norm, sum
from .shape import expanded, squeeze

# ---------------------------------------------------------------------------------------------------------- checks


def _check_ndim(name: str, phrase: str, x: Tensor, ndim: int) -> None:
    if x.ndim != ndim:
        raise RuntimeError(
            f"{phrase}. {name}: an argument of {ndim} dimension{'s' * (ndim > 1)} is needed here, not one of shape "
            f"{list(x.shape)}"
        )


def _check_same_dtype(name: str, x: Tensor, y: Tensor, phrase: str) -> None:
    if x.dtype != y.dtype:
        raise RuntimeError(
            f"{phrase.format(x.dtype, y.dtype)}. {name} of {list(x.shape)} and {list(y.shape)}: convert one of them "
            "with .to(dtype)"
        )


@explains(ops.matmul)
def mismatched_product(error: Exception | None, name: str, x: Any, y: Any) -> RuntimeError | None:
    """The error for x @ y of shapes that do not fit, with PyTorch's phrase for these numbers of dimensions."""
    x_shape, y_shape = tuple(x.shape), tuple(y.shape)
    if not (x_shape and y_shape):
        return RuntimeError(
            f"both arguments to {name} need to be at least 1D, but they are {len(x_shape)}D and {len(y_shape)}D. "
            f"{name} of {list(x_shape)} and {list(y_shape)}: use * for a product with a number"
        )
    k, n = x_shape[-1], y_shape[-min(2, len(y_shape))]
    rows = math.prod(x_shape[:-1])
    if len(y_shape) > 2 and not broadcastable(x_shape[:-2], y_shape[:-2]):
        phrase = str(shape_mismatch(name, x_shape[:-2], y_shape[:-2])).partition(". ")[0]
        return RuntimeError(
            f"{phrase}. {name}: the batches of {list(x_shape)} and {list(y_shape)}, that is, all dimensions but the "
            "last two, cannot be broadcast together"
        )
    if k == n:
        return None
    if len(x_shape) == len(y_shape) == 1:
        phrase = (
            f"inconsistent tensor size, expected tensor [{k}] and src [{n}] to have the same number of elements, but "
            f"got {k} and {n} elements respectively"
        )
    elif len(y_shape) == 1:
        phrase = f"size mismatch, got input ({rows}), mat ({rows}x{k}), vec ({n})"
    elif len(y_shape) == 2:
        phrase = f"mat1 and mat2 shapes cannot be multiplied ({rows}x{k} and {size_text(y_shape)})"
    else:
        count = math.prod(np.broadcast_shapes(x_shape[:-2], y_shape[:-2]))
        phrase = (
            f"Expected size for first two dimensions of batch2 tensor to be: [{count}, {k}] but got: [{count}, {n}]"
        )
    last = "last" if len(y_shape) == 1 else "last but one"
    return RuntimeError(
        f"{phrase}. {name} of {list(x_shape)} and {list(y_shape)}: the last size of the first, {k}, must equal the "
        f"{last} of the second, {n}{_transposing(x_shape, y_shape)}"
    )


def _transposing(x: tuple[int, ...], y: tuple[int, ...]) -> str:
    """The product of transposed matrices that would be possible, as advice; nothing if there is none."""
    if len(y) > 1 and x[-1] == y[-1]:
        return "; x @ y.mT would be possible"
    if len(x) > 1 and len(y) > 1 and x[-2] == y[-2]:
        return "; x.mT @ y would be possible"
    if len(x) > 1 and len(y) > 1 and x[-2] == y[-1]:
        return "; y @ x would be possible"
    return ""


def _multiply(name: str, x: Tensor, y: Tensor) -> Tensor:
    """x @ y, where an error has this name, and one of shapes comes before any other."""
    if x.shape[-1] != y.shape[-min(2, y.ndim)] or x.shape[:-2] != y.shape[:-2]:
        wrong = mismatched_product(None, name, x, y)
        if wrong is not None:
            raise wrong
    _check_same_dtype(name, x, y, _SAME_DTYPE)
    return ops.matmul(x, y)


_SAME_DTYPE = "expected m1 and m2 to have the same dtype, but got: {} != {}"


# -------------------------------------------------------------------------------------------------------- products


@documents(ops.matmul)
def matmul(x: Tensor, y: Tensor) -> Tensor:
    """The matrix product x @ y of vectors, matrices, or batches of matrices.

    Vectors give their dot product (n) · (n) → (); matrices (n, k) (k, m) → (n, m). Of more dimensions the last two are
    the matrices, and the others are broadcast: (…, n, k) (…, k, m) → (…, n, m). A vector counts as a row on the left
    and as a column on the right, and its dimension is not in the result.

    Args:
        x: of any dtype, with at least one dimension.
        y: of the same dtype, with at least one dimension.

    Raises:
        RuntimeError: if the shapes cannot be multiplied, or the dtypes differ.

    >>> import tinygrad_lite as tl
    >>> tl.tensor([[1, 2], [3, 4]]) @ tl.tensor([10, 1])
    tensor([12, 34])
    >>> tl.matmul(tl.ones(5, 2, 3), tl.ones(3, 4)).shape
    Size([5, 2, 4])
    """


@public
def mm(x: Tensor, mat2: Tensor) -> Tensor:
    """The product of two matrices, (n, k) and (k, m), of shape (n, m). `matmul` takes batches and vectors too.

    Args:
        x: a matrix of any dtype.
        mat2: a matrix of the same dtype.

    Raises:
        RuntimeError: if one of them is no matrix, the sizes do not fit, or the dtypes differ.

    >>> import tinygrad_lite as tl
    >>> tl.mm(tl.tensor([[1, 2]]), tl.tensor([[3], [4]]))
    tensor([[11]])
    """
    return _mm("mm", x, mat2)


def _mm(name: str, x: Tensor, mat2: Tensor) -> Tensor:
    _check_ndim(name, "self must be a matrix", x, 2)
    _check_ndim(name, "mat2 must be a matrix", mat2, 2)
    return _multiply(name, x, mat2)


@public
def bmm(x: Tensor, mat2: Tensor) -> Tensor:
    """The products of the matrices of two batches, (b, n, k) and (b, k, m), of shape (b, n, m). Nothing is broadcast.

    Args:
        x: a batch of matrices of any dtype.
        mat2: a batch of as many matrices of the same dtype.

    Raises:
        RuntimeError: if one of them has not 3 dimensions, the sizes do not fit, or the dtypes differ.

    >>> import tinygrad_lite as tl
    >>> tl.bmm(tl.ones(5, 2, 3), tl.ones(5, 3, 4)).shape
    Size([5, 2, 4])
    """
    return _bmm("bmm", x, mat2)


def _bmm(name: str, x: Tensor, mat2: Tensor) -> Tensor:
    _check_ndim(name, "batch1 must be a 3D tensor", x, 3)
    _check_ndim(name, "batch2 must be a 3D tensor", mat2, 3)
    expected, given = [x.shape[0], x.shape[2]], list(mat2.shape[:2])
    if expected != given:
        raise RuntimeError(
            f"Expected size for first two dimensions of batch2 tensor to be: {expected} but got: {given}. {name} of "
            f"{list(x.shape)} and {list(mat2.shape)}: the batches must be equally large, and the matrices fit"
            f"{_transposing(tuple(x.shape), tuple(mat2.shape))}"
        )
    _check_same_dtype(name, x, mat2, "expected scalar type {} but found {}")
    return ops.matmul(x, mat2)


@public
def mv(x: Tensor, vec: Tensor) -> Tensor:
    """The product of a matrix (n, m) and a vector (m,), of shape (n,).

    Args:
        x: a matrix of any dtype.
        vec: a vector of the same dtype.

    Raises:
        RuntimeError: if the numbers of dimensions or the sizes do not fit, or the dtypes differ.

    >>> import tinygrad_lite as tl
    >>> tl.mv(tl.tensor([[1, 2], [3, 4]]), tl.tensor([10, 1]))
    tensor([12, 34])
    """
    return _mv("mv", x, vec)


def _mv(name: str, x: Tensor, vec: Tensor) -> Tensor:
    if x.ndim != 2 or vec.ndim != 1:
        raise RuntimeError(
            f"vector + matrix @ vector expected, got 1, {x.ndim}, {vec.ndim}. {name} of {list(x.shape)} and "
            f"{list(vec.shape)}: matmul takes other numbers of dimensions"
        )
    return _multiply(name, x, vec)


@public
def dot(x: Tensor, y: Tensor) -> Tensor:
    """The dot product of two vectors of one size: Σᵢ xᵢ yᵢ, a 0-d Tensor. NumPy's dot multiplies matrices too.

    Args:
        x: a vector of any dtype.
        y: a vector of the same dtype.

    Raises:
        RuntimeError: if they are no vectors, or their sizes or dtypes differ.

    >>> import tinygrad_lite as tl
    >>> tl.dot(tl.tensor([1, 2, 3]), tl.tensor([4, 5, 6]))
    tensor(32)
    """
    return _dot("dot", x, y)


def _dot(name: str, x: Tensor, y: Tensor) -> Tensor:
    if x.ndim != 1 or y.ndim != 1:
        raise RuntimeError(
            f"1D tensors expected, but got {x.ndim}D and {y.ndim}D tensors. {name} of {list(x.shape)} and "
            f"{list(y.shape)}: matmul multiplies matrices"
        )
    _check_same_dtype(name, x, y, "dot : expected both vectors to have same dtype, but found {} and {}")
    return _multiply(name, x, y)


@public
def vdot(x: Tensor, y: Tensor) -> Tensor:
    """The dot product of two vectors of one size, a 0-d Tensor; for real numbers the same as `dot`.

    Args:
        x: a vector of any dtype.
        y: a vector of the same dtype.

    Raises:
        RuntimeError: if they are no vectors, or their sizes or dtypes differ.

    >>> import tinygrad_lite as tl
    >>> tl.vdot(tl.tensor([1.0, 2.0]), tl.tensor([3.0, 4.0]))
    tensor(11.)
    """
    return _dot("vdot", x, y)


@public
def inner(x: Tensor, y: Tensor) -> Tensor:
    """The products of the vectors along the last dimensions: (…, k) and (*, k) give (…, *). A number scales.

    Args:
        x: of any dtype and shape.
        y: of the same dtype, and the same last size.

    Raises:
        RuntimeError: if the last sizes, or the dtypes, differ.

    >>> import tinygrad_lite as tl
    >>> tl.inner(tl.tensor([[1, 2], [3, 4]]), tl.tensor([10, 1]))
    tensor([12, 34])
    """
    if not (x.ndim and y.ndim):
        return x * y
    if x.shape[-1] != y.shape[-1]:
        raise RuntimeError(
            f"inner() the last dimension must match on both input tensors but got shapes {list(x.shape)} and "
            f"{list(y.shape)}"
        )
    _check_same_dtype("inner", x, y, _SAME_DTYPE)
    return tensordot(x, y, ([-1], [-1]))


@public
def vecdot(x: Tensor, y: Tensor, dim: int = -1) -> Tensor:
    """The dot products of the vectors along a dimension, where the other dimensions are broadcast.

    Args:
        x: of any dtype and shape.
        y: of a shape that is broadcast with that of x.
        dim: the dimension of the vectors, which is not in the result.

    Raises:
        RuntimeError: if the shapes cannot be broadcast together.
        IndexError: if there is no such dimension.

    >>> import tinygrad_lite as tl
    >>> tl.linalg.vecdot(tl.tensor([[1, 2], [3, 4]]), tl.tensor([10, 1]))
    tensor([12, 34])
    """
    if not broadcastable(x.shape, y.shape):
        if x.ndim == y.ndim == 1:
            raise mismatched_product(None, "vecdot", x, y) or RuntimeError("vecdot")
        raise shape_mismatch("vecdot", x.shape, y.shape)
    return sum(x * y, one_dim(dim, max(x.ndim, y.ndim), "vecdot"))


@public
def outer(x: Tensor, vec2: Tensor) -> Tensor:
    """The matrix of all products of two vectors' elements: (n,) and (m,) give (n, m), out[i, j] = x[i] vec2[j].

    Args:
        x: a vector of any dtype.
        vec2: a vector of any dtype; the result has the dtype in which the two meet.

    Raises:
        RuntimeError: if one of them is no vector.

    >>> import tinygrad_lite as tl
    >>> tl.outer(tl.tensor([1, 2]), tl.tensor([10, 20, 30]))
    tensor([[10, 20, 30],
            [20, 40, 60]])
    """
    return _outer("outer", x, vec2)


def _outer(name: str, x: Tensor, vec2: Tensor) -> Tensor:
    _check_ndim(name, f"outer: Expected 1-D argument self, but got {x.ndim}-D", x, 1)
    _check_ndim(name, f"outer: Expected 1-D argument vec2, but got {vec2.ndim}-D", vec2, 1)
    return reshape(x, (x.shape[0], 1)) * vec2


ger = outer


# --------------------------------------------------------------------------------------------- products that are added


def _weighted_sum(name: str, x: Tensor, beta: float, product: Tensor, alpha: float) -> Tensor:
    """beta x + alpha product, in the shape of the product. For beta 0 it does not matter what x holds."""
    x = expanded(x, tuple(product.shape), name)
    product = scaled(x, product, alpha, name)
    return product if beta == 0 else scaled(product, x, beta, name) + product


@public
def addmm(x: Tensor, mat1: Tensor, mat2: Tensor, *, beta: float = 1, alpha: float = 1) -> Tensor:
    """beta x + alpha mat1 @ mat2, for matrices (n, k) and (k, m); x is broadcast to (n, m).

    Args:
        x: what is added; with beta = 0 not even NaN in it counts.
        mat1: a matrix of any dtype.
        mat2: a matrix of the same dtype.
        beta: the factor of x.
        alpha: the factor of the product.

    Raises:
        RuntimeError: if the shapes do not fit, the dtypes differ, or a factor of whole numbers is none.

    >>> import tinygrad_lite as tl
    >>> bias, x, weight = tl.tensor([1.0, 2.0]), tl.ones(3, 4), tl.ones(4, 2)
    >>> tl.addmm(bias, x, weight)[0]
    tensor([5., 6.])
    """
    _check_ndim("addmm", "mat1 must be a matrix", mat1, 2)
    _check_same_dtype("addmm", mat1, mat2, "mat1 and mat2 must have the same dtype, but got {} and {}")
    return _weighted_sum("addmm", x, beta, _mm("addmm", mat1, mat2), alpha)


@public
def addmv(x: Tensor, mat: Tensor, vec: Tensor, *, beta: float = 1, alpha: float = 1) -> Tensor:
    """beta x + alpha mat @ vec, for a matrix (n, m) and a vector (m,); x is broadcast to (n,).

    Args:
        x: what is added; with beta = 0 not even NaN in it counts.
        mat: a matrix of any dtype.
        vec: a vector of the same dtype.
        beta: the factor of x.
        alpha: the factor of the product.

    Raises:
        RuntimeError: if the shapes do not fit, the dtypes differ, or a factor of whole numbers is none.

    >>> import tinygrad_lite as tl
    >>> tl.addmv(tl.tensor([100, 200]), tl.tensor([[1, 2], [3, 4]]), tl.tensor([10, 1]))
    tensor([112, 234])
    """
    product = _mv("addmv", mat, vec)
    if x.ndim > 1 or (x.ndim and x.shape[0] not in (1, mat.shape[0])):
        raise RuntimeError(
            f"size mismatch, got input ({size_text(x.shape)}), mat ({size_text(mat.shape)}), vec ({size_text(vec.shape)}). addmv: "
            f"what the product is added to must have the shape [{mat.shape[0]}]"
        )
    return _weighted_sum("addmv", x, beta, product, alpha)


@public
def addr(x: Tensor, vec1: Tensor, vec2: Tensor, *, beta: float = 1, alpha: float = 1) -> Tensor:
    """beta x + alpha vec1 ⊗ vec2, for vectors (n,) and (m,); x is broadcast to (n, m).

    Args:
        x: what is added; with beta = 0 not even NaN in it counts.
        vec1: a vector of any dtype.
        vec2: a vector of any dtype.
        beta: the factor of x.
        alpha: the factor of the product.

    Raises:
        RuntimeError: if the shapes do not fit, or a factor of whole numbers is none.

    >>> import tinygrad_lite as tl
    >>> tl.addr(tl.tensor(100), tl.tensor([1, 2]), tl.tensor([10, 20]))
    tensor([[110, 120],
            [120, 140]])
    """
    return _weighted_sum("addr", x, beta, _outer("addr", vec1, vec2), alpha)


@public
def baddbmm(x: Tensor, batch1: Tensor, batch2: Tensor, *, beta: float = 1, alpha: float = 1) -> Tensor:
    """beta x + alpha times the products of two batches of matrices, (b, n, k) and (b, k, m); x is broadcast to (b, n,
    m).

    Args:
        x: what is added; with beta = 0 not even NaN in it counts.
        batch1: a batch of matrices of any dtype.
        batch2: a batch of as many matrices of the same dtype.
        beta: the factor of x.
        alpha: the factor of the products.

    Raises:
        RuntimeError: if the shapes do not fit, the dtypes differ, or a factor of whole numbers is none.

    >>> import tinygrad_lite as tl
    >>> tl.baddbmm(tl.tensor(1.0), tl.ones(2, 1, 3), tl.ones(2, 3, 1), alpha=10)
    tensor([[[31.]],
            [[31.]]])
    """
    return _weighted_sum("baddbmm", x, beta, _bmm("baddbmm", batch1, batch2), alpha)


@public
def addbmm(x: Tensor, batch1: Tensor, batch2: Tensor, *, beta: float = 1, alpha: float = 1) -> Tensor:
    """beta x + alpha times the sum of the products of two batches of matrices; x is broadcast to (n, m).

    Args:
        x: what is added; with beta = 0 not even NaN in it counts.
        batch1: a batch of matrices (b, n, k) of any dtype.
        batch2: a batch of as many matrices (b, k, m) of the same dtype.
        beta: the factor of x.
        alpha: the factor of the sum.

    Raises:
        RuntimeError: if the shapes do not fit, the dtypes differ, or a factor of whole numbers is none.

    >>> import tinygrad_lite as tl
    >>> tl.addbmm(tl.tensor(1.0), tl.ones(2, 1, 3), tl.ones(2, 3, 1), alpha=10)
    tensor([[61.]])
    """
    products = _bmm("addbmm", batch1, batch2)
    return _weighted_sum("addbmm", x, beta, sum(products, 0, dtype=batch1.dtype), alpha)


# ----------------------------------------------------------------------------------------- products of several, powers


@public
def matrix_power(x: Tensor, n: int) -> Tensor:
    """xⁿ for a square matrix, or each of a batch: the product of n times x; for n = 0 the identity.

    Args:
        x: of shape (…, m, m) and any dtype.
        n: how often; not negative.

    Raises:
        RuntimeError: if x is not square.
        NotImplementedError: for a negative n, which needs the inverse.

    >>> import tinygrad_lite as tl
    >>> fibonacci = tl.tensor([[1, 1], [1, 0]])
    >>> tl.matrix_power(fibonacci, 10)[0, 1]
    tensor(55)
    """
    if x.ndim < 2:
        raise RuntimeError(
            f"linalg.matrix_power: The input tensor A must have at least 2 dimensions. Its shape is {list(x.shape)}"
        )
    if x.shape[-1] != x.shape[-2]:
        raise RuntimeError(
            f"linalg.matrix_power: A must be batches of square matrices, but they are {x.shape[-2]} by {x.shape[-1]} "
            f"matrices. The shape is {list(x.shape)}"
        )
    if n < 0:
        raise NotImplementedError("matrix_power: a negative power needs the inverse, which is not implemented")
    if n == 0:
        identity = wrap_like(x, eye(x.shape[-1], x.shape[-1], x.dtype))
        return expand(identity, tuple(x.shape)) + cast(x * 0, x.dtype)
    power = clone(x)
    for _ in range(n - 1):
        power = ops.matmul(power, x)
    return power


@public
def multi_dot(tensors: Sequence[Tensor]) -> Tensor:
    """The product of several matrices, of which the first and the last may be vectors; from left to right.

    Args:
        tensors: at least two, of one dtype, each with as many rows as the one before it has columns.

    Raises:
        RuntimeError: if there are fewer, or the shapes or dtypes do not fit.

    >>> import tinygrad_lite as tl
    >>> tl.linalg.multi_dot([tl.tensor([1, 1]), tl.tensor([[1, 2], [3, 4]]), tl.tensor([1, 1])])
    tensor(10)
    """
    if hasattr(tensors, "ndim") or isinstance(tensors, str):
        raise wrong_type("multi_dot", "tensors", 1, "tuple of Tensors", tensors)
    found = list(tensors)
    if len(found) < 2:
        raise RuntimeError(f"multi_dot(): expected at least 2 tensors but got {len(found)}")
    shapes = [tuple(x.shape) for x in found]
    for i, shape in enumerate(shapes):
        outermost = i in (0, len(shapes) - 1)
        if len(shape) != 2 and not (outermost and len(shape) == 1):
            wanted = "1D or 2D" if outermost else "2D"
            raise RuntimeError(
                f"multi_dot(): tensor {i} must be {wanted} but got {len(shape)}D. The shapes are "
                f"{listed_shapes(shapes)}"
            )
        if i and shapes[i - 1][-1] != shape[0]:
            raise RuntimeError(
                f"multi_dot(): tensors {i - 1} and {i} with shapes {list(shapes[i - 1])} and {list(shape)} cannot be "
                f"multiplied. The shapes are {listed_shapes(shapes)}"
            )
    return functools.reduce(ops.matmul, found)


@public
def tensordot(x: Tensor, y: Tensor, dims: int | Sequence[Sequence[int]] = 2) -> Tensor:
    """Sums of products over several dimensions of x and of y; the result has the other dimensions of x, then of y.

    Args:
        x: of any dtype and shape.
        y: of the same dtype.
        dims: how many dimensions, the last of x and the first of y; or two lists, of those of x and of those of y.

    Raises:
        RuntimeError: if the dimensions have not the same sizes, or the dtypes differ.
        IndexError: if there is no such dimension.

    >>> import tinygrad_lite as tl
    >>> x, y = tl.ones(2, 3, 4), tl.ones(4, 3, 5)
    >>> tl.tensordot(x, y, dims=([1, 2], [1, 0])).shape
    Size([2, 5])
    """
    over_x, over_y, named = _contracted(x, y, dims)
    _check_same_dtype("tensordot", x, y, _SAME_DTYPE)
    lengths = [x.shape[d] for d in over_x]
    for (first, second), n, d in zip(named, lengths, over_y, strict=True):
        if n != y.shape[d]:
            raise RuntimeError(
                f"contracted dimensions need to match, but first has size {n} in dim {first} and second has size "
                f"{y.shape[d]} in dim {second}. tensordot of {list(x.shape)} and {list(y.shape)} over dims={dims}"
            )
    free_x, free_y = ([d for d in range(v.ndim) if d not in over] for v, over in ((x, over_x), (y, over_y)))
    count = math.prod(lengths)
    rows = reshape(permute(x, (*free_x, *over_x)), (math.prod(x.shape[d] for d in free_x), count))
    columns = reshape(permute(y, (*over_y, *free_y)), (count, math.prod(y.shape[d] for d in free_y)))
    return reshape(ops.matmul(rows, columns), (*(x.shape[d] for d in free_x), *(y.shape[d] for d in free_y)))


def _contracted(x: Tensor, y: Tensor, dims: Any) -> tuple[list[int], list[int], list[tuple[int, int]]]:
    """The dimensions of x and of y that are summed over, counted from the front, and in pairs as they were given."""
    if isinstance(dims, int):
        if dims < 0:
            raise RuntimeError(f"tensordot expects dims >= 0, but got dims={dims}")
        if dims > min(x.ndim, y.ndim):
            raise RuntimeError(
                f"tensordot expects dims < ndim_a or ndim_b, but got dims={dims}: the shapes are {list(x.shape)} and "
                f"{list(y.shape)}"
            )
        last, first = list(range(-dims, 0)), list(range(dims))
        return [x.ndim + d for d in last], first, list(zip(last, first, strict=True))
    if not isinstance(dims, (tuple, list)) or len(dims) != 2 or not all(isinstance(d, (tuple, list)) for d in dims):
        raise RuntimeError(
            "tensordot expects dims to be int or tuple[list[int], list[int]] or list[list[int]] containing two lists, "
            f"but got dims={dims}"
        )
    if len(dims[0]) != len(dims[1]):
        raise RuntimeError(f"both dimension lists should have same length. tensordot: dims={dims}")
    over_x, over_y = ([one_dim(d, v.ndim, "tensordot") for d in each] for v, each in zip((x, y), dims, strict=True))
    return over_x, over_y, list(zip(*dims, strict=True))


@public
def kron(x: Tensor, y: Tensor) -> Tensor:
    """The Kronecker product: each element of x times the whole of y, in its place.

    Args:
        x: of any dtype and shape.
        y: of any dtype and shape; a size of the result is the product of the two sizes, counted from the last
            dimension.

    Raises:
        TypeError: if one of them is no Tensor.

    >>> import tinygrad_lite as tl
    >>> tl.kron(tl.tensor([1, 10]), tl.tensor([1, 2, 3]))
    tensor([ 1,  2,  3, 10, 20, 30])
    """
    ndim = max(x.ndim, y.ndim)
    xs, ys = ((*(1 for _ in range(ndim - v.ndim)), *v.shape) for v in (x, y))
    spread = reshape(x, tuple(m for n in xs for m in (n, 1))) * reshape(y, tuple(m for n in ys for m in (1, n)))
    return reshape(spread, tuple(n * m for n, m in zip(xs, ys, strict=True)))


@public
def cross(x: Tensor, y: Tensor, dim: int = -1) -> Tensor:
    """The cross products of vectors of 3 elements along a dimension: (x₁y₂ - x₂y₁, x₂y₀ - x₀y₂, x₀y₁ - x₁y₀).

    Args:
        x: of any dtype, of size 3 in dim.
        y: of as many dimensions; the other sizes are broadcast.
        dim: the dimension of the vectors.

    Raises:
        RuntimeError: if a size in dim is not 3, or the shapes cannot be broadcast together.
        IndexError: if there is no such dimension.

    >>> import tinygrad_lite as tl
    >>> tl.cross(tl.tensor([1, 0, 0]), tl.tensor([0, 1, 0]))
    tensor([0, 0, 1])
    """
    if x.ndim != y.ndim:
        raise RuntimeError(
            f"linalg.cross: inputs must have the same number of dimensions. The shapes are {list(x.shape)} and "
            f"{list(y.shape)}"
        )
    found = one_dim(dim, x.ndim, "cross")
    sizes = [v.shape[found] if v.ndim else 1 for v in (x, y)]
    if sizes != [3, 3]:
        raise RuntimeError(
            f"linalg.cross: inputs dimension {dim} must have length 3. Got {sizes[0]} and {sizes[1]}. The shapes are "
            f"{list(x.shape)} and {list(y.shape)}"
        )
    shape = broadcast_shape("cross", x.shape, y.shape)
    a, b = (expand(v, shape) for v in (x, y))
    return roll(a, -1, found) * roll(b, -2, found) - roll(a, -2, found) * roll(b, -1, found)


# ---------------------------------------------------------------------------------------------------------- einsum


@public
def einsum(equation: str, *operands: Tensor | Sequence[Tensor]) -> Tensor:
    """Sums of products, written with a letter for each dimension (Einstein's summation convention).

    Dimensions with one letter have one size. Letters that are missing after `->` are summed over; a letter that comes
    twice in one operand takes its diagonal; `...` stands for any number of dimensions, which are broadcast. Without
    `->` the result has the letters that come once, in alphabetical order.

    Args:
        equation: for instance "ij,jk->ik", the product of two matrices.
        operands: Tensors of one dtype, one by one or as one sequence.

    Raises:
        RuntimeError: if the equation does not fit the operands.
        TypeError: if the equation is no string, or an operand is no Tensor.

    >>> import tinygrad_lite as tl
    >>> x = tl.tensor([[1, 2], [3, 4]])
    >>> tl.einsum("ij->ji", x)  # the transpose
    tensor([[1, 3],
            [2, 4]])
    >>> tl.einsum("ii->", x)  # the trace
    tensor(5)
    >>> tl.einsum("bqd,bkd->bqk", tl.ones(8, 5, 64), tl.ones(8, 7, 64)).shape  # scores of attention
    Size([8, 5, 7])
    """
    listed: tuple[Any, ...] = operands
    if len(operands) == 1 and isinstance(operands[0], (tuple, list)):
        listed = tuple(operands[0])
    equation = _explicit_equation(equation.replace(" ", ""), listed)
    inputs, _, output = equation.partition("->")
    if len(listed) == 1 and listed[0].dtype.kind != "f" and set(inputs) != set(output):
        listed = (cast(listed[0], dtypes.int64),)  # whole numbers are summed in int64, as by sum
    return ops.einsum(equation, *listed)


def _explicit_equation(equation: str, operands: tuple[Tensor, ...]) -> str:
    """The equation with unused letters in place of `...`, and with its output written down."""
    inputs, arrow, output = equation.partition("->")
    terms = inputs.split(",")
    if len(terms) != len(operands):
        for i, x in enumerate(operands):
            if not hasattr(x, "ndim"):
                raise wrong_element("einsum", "operands", 2, i, x)
        compared = "fewer" if len(operands) < len(terms) else "more"
        raise RuntimeError(
            f"einsum(): {compared} operands were provided than specified in the equation. {equation!r} is for "
            f"{len(terms)}, and {len(operands)} were given"
        )
    for i, letter in enumerate(equation):
        if letter not in string.ascii_letters + ",.->":
            raise RuntimeError(
                f"einsum(): invalid subscript given at index {i} in the equation string, subscripts must be in "
                f"[a-zA-Z]. The equation is {equation!r}"
            )
    ranks = [x.ndim - len(t.replace("...", "")) for t, x in zip(terms, operands, strict=True)]
    for i, (term, rank, x) in enumerate(zip(terms, ranks, operands, strict=True)):
        if "." in term.replace("...", "", 1):
            raise RuntimeError(
                f"einsum(): found '.' for operand {i} that is not part of any ellipsis. The equation is {equation!r}"
            )
        if rank < 0 or (rank and "..." not in term):
            compared, end = ("is more than", "") if "..." in term else ("does not match", " and no ellipsis was given")
            raise RuntimeError(
                f"einsum(): the number of subscripts in the equation ({x.ndim - rank}) {compared} the number of "
                f"dimensions ({x.ndim}) for operand {i}{end}. In {equation!r} {term!r} stands for a Tensor of shape "
                f"{list(x.shape)}"
            )
    unused = [letter for letter in string.ascii_letters if letter not in equation]
    dots = "".join(unused[: max((r for t, r in zip(terms, ranks, strict=True) if "..." in t), default=0)])
    spelled_out = [t.replace("...", dots[len(dots) - r :]) for t, r in zip(terms, ranks, strict=True)]
    if arrow:
        output = output.replace("...", dots)
    else:
        letters = "".join(terms).replace(".", "")
        output = dots + "".join(sorted(l for l in set(letters) if letters.count(l) == 1))
    for letter in output:
        if output.count(letter) > 1:
            raise RuntimeError(
                f"einsum(): output subscript {letter} appears more than once in the output. The equation is "
                f"{equation!r}"
            )
        if letter not in "".join(spelled_out):
            raise RuntimeError(
                f"einsum(): output subscript {letter} does not appear in the equation for any input operand. The "
                f"equation is {equation!r}"
            )
    return ",".join(spelled_out) + "->" + output


@explains(ops.einsum)
def _mismatched_operands(error: Exception, name: str, equation: str, *operands: Array) -> RuntimeError | None:
    terms = equation.partition("->")[0].split(",")
    seen: dict[str, int] = {}
    for i, (term, x) in enumerate(zip(terms, operands, strict=True)):
        for letter, n in zip(term, x.shape, strict=False):
            known = seen.get(letter, 1)
            if n != known and 1 not in (n, known):
                return RuntimeError(
                    f"einsum(): subscript {letter} has size {n} for operand {i} which does not broadcast with "
                    f"previously seen size {known}. The equation is {equation!r}, the shapes are "
                    f"{listed_shapes([x.shape for x in operands])}"
                )
            seen[letter] = max(n, known) if n else n
    return None


# ----------------------------------------------------------------------------------------------------------- norms


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
    """The norm of matrices: Frobenius' √Σᵢⱼ xᵢⱼ², or the largest or smallest sum of |xᵢⱼ| along a column or row.

    Args:
        x: of shape (…, n, m) and a floating dtype.
        ord: "fro"; 1 (-1) for the largest (smallest) sum of a column; ∞ (-∞) for that of a row.
        dim: the two dimensions of the matrices, of rows and of columns.
        keepdim: keep these dimensions, with size 1.
        dtype: compute in this dtype.

    Raises:
        RuntimeError: for a dtype that is not floating, fewer than 2 dimensions, two equal dims or an unknown order.
        NotImplementedError: for the orders 2, -2 and "nuc", which need the singular values.
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
        raise NotImplementedError(f"matrix_norm: ord={ord!r} needs the singular values, which are not implemented")
    if isinstance(ord, str) or abs(ord) not in (1, math.inf):
        raise RuntimeError(f"linalg.matrix_norm: Order {ord} not supported. There are 'fro', 1, -1, inf and -inf")
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
