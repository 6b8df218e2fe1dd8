"""Products of vectors and matrices, as PyTorch calls them."""

from __future__ import annotations

import functools
import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from ..core.argument_types import wrong_type
from ..core.edge import cast, clone, expand, reshape
from ..core.errors import broadcastable, explains, listed_shapes, shape_mismatch
from ..core.primitive import documents
from ..ops import linalg as ops
from ..ops.creation import eye
from ..ops.shape import roll
from ..types.annotations import Tensor
from .arguments import array_of, broadcast_shape, one_dim, public, size_text, wrap_like
from .arithmetic import scaled
from .reduction import sum
from .reshaping import expanded
from .systems import inv

# ---------------------------------------------------------------------------------------------------------- checks


def _check_ndim(name: str, phrase: str, x: Tensor, ndim: int) -> None:
    if x.ndim != ndim:
        raise RuntimeError(
            f"{phrase}. {name}: this argument must have {ndim} dimension{'s' * (ndim > 1)}, but its shape is "
            f"{list(x.shape)}"
        )


def check_same_dtype(name: str, x: Tensor, y: Tensor, phrase: str) -> None:
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
    if not broadcastable(x[:-2], y[:-2]):
        return ""
    if len(y) > 1 and x[-1] == y[-1]:
        return "; x @ y.mT would be possible"
    if len(x) > 1 and len(y) > 1 and x[-2] == y[-2]:
        return "; x.mT @ y would be possible"
    if len(x) > 1 and len(y) > 1 and x[-2] == y[-1]:
        return "; y @ x would be possible"
    return ""


def _multiply(name: str, x: Tensor, y: Tensor) -> Tensor:
    """x @ y, where an error has this name, and one of shapes comes before any other."""
    if getattr(x, "is_sparse", False) or getattr(y, "is_sparse", False):
        return x @ y
    a, b = array_of(x), array_of(y)
    if a.shape[-1] != b.shape[-min(2, b.ndim)] or a.shape[:-2] != b.shape[:-2]:
        wrong = mismatched_product(None, name, a, b)
        if wrong is not None:
            raise wrong
    if a.dtype is not b.dtype:
        check_same_dtype(name, x, y, SAME_DTYPE)
    return ops.matmul(x, y)


SAME_DTYPE = "expected m1 and m2 to have the same dtype, but got: {} != {}"


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
    >>> rows, columns = tl.tensor([[[1, 2]], [[3, 4]]]), tl.tensor([[[1], [10]], [[1], [10]]])
    >>> tl.bmm(rows, columns).flatten()  # one product for each pair
    tensor([21, 43])
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
    check_same_dtype(name, x, mat2, "expected scalar type {} but found {}")
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
    check_same_dtype(name, x, y, "dot : expected both vectors to have same dtype, but found {} and {}")
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
def vecdot(x: Tensor, y: Tensor, dim: int = -1) -> Tensor:
    """The dot products of the vectors along a dimension, where the other dimensions are broadcast.

    Args:
        x: of any dtype and shape.
        y: of the same dtype, and a shape that is broadcast with that of x.
        dim: the dimension of the vectors, which is not in the result.

    Raises:
        RuntimeError: if the shapes cannot be broadcast together, or the dtypes differ.
        IndexError: if there is no such dimension.

    >>> import tinygrad_lite as tl
    >>> tl.linalg.vecdot(tl.tensor([[1, 2], [3, 4]]), tl.tensor([10, 1]))
    tensor([12, 34])
    """
    phrase = "linalg.vecdot: Expected x and y to have the same dtype, but found x of type {} and y of type {} instead"
    check_same_dtype("vecdot", x, y, phrase)
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
    check_same_dtype("addmm", mat1, mat2, "mat1 and mat2 must have the same dtype, but got {} and {}")
    check_same_dtype("addmm", x, mat2, "self and mat2 must have the same dtype, but got {} and {}")
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
        shapes = f"input ({size_text(x.shape)}), mat ({size_text(mat.shape)}), vec ({size_text(vec.shape)})"
        raise RuntimeError(
            f"size mismatch, got {shapes}. addmv: what the product is added to must have the shape [{mat.shape[0]}]"
        )
    check_same_dtype("addmv", x, vec, "addmv input tensors must have the same dtype, but got {} and {}")
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
    """beta x + alpha times the products of two batches of matrices; x is broadcast to their shape (b, n, m).

    Args:
        x: what is added; with beta = 0 not even NaN in it counts.
        batch1: a batch of matrices (b, n, k) of any dtype.
        batch2: a batch of as many matrices (b, k, m) of the same dtype.
        beta: the factor of x.
        alpha: the factor of the products.

    Raises:
        RuntimeError: if the shapes do not fit, the dtypes differ, or a factor of whole numbers is none.

    >>> import tinygrad_lite as tl
    >>> tl.baddbmm(tl.tensor(1.0), tl.ones(2, 1, 3), tl.ones(2, 3, 1), alpha=10)
    tensor([[[31.]],
            [[31.]]])
    """
    products = _bmm("baddbmm", batch1, batch2)
    check_same_dtype("baddbmm", x, batch1, "Input dtypes must be the same, got: input {}, batch1: {}")
    return _weighted_sum("baddbmm", x, beta, products, alpha)


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
    check_same_dtype("addbmm", x, batch2, "self and mat2 must have the same dtype, but got {} and {}")
    return _weighted_sum("addbmm", x, beta, sum(products, 0, dtype=batch1.dtype), alpha)


# ----------------------------------------------------------------------------------------- products of several, powers


@public
def matrix_power(x: Tensor, n: int) -> Tensor:
    """xⁿ for a square matrix, or each of a batch: the product of n times x; for n = 0 the identity.

    For a negative n it is the power of the inverse.

    Args:
        x: of shape (…, m, m) and any dtype.
        n: how often; negative ones for float32 and float64 alone.

    Raises:
        RuntimeError: if x is not square.
        LinAlgError: for a negative n, if x is singular.
        TypeError: if n is not a whole number.

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
    if not hasattr(n, "__index__"):
        raise wrong_type("linalg_matrix_power", "n", 2, "int", n)
    if n < 0:
        x, n = inv(x), -n
    if n == 0:
        identity = wrap_like(x, eye(x.shape[-1], x.shape[-1], x.dtype))
        return expand(identity, tuple(x.shape)) + cast(x * 0, x.dtype)
    power = None  # the product of those of x, x², x⁴ … whose bit in n is 1
    while n:
        if n & 1:
            power = x if power is None else ops.matmul(power, x)
        n >>= 1
        if n:
            x = ops.matmul(x, x)
    return clone(power)


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
        y: of the same dtype and as many dimensions; the other sizes are broadcast.
        dim: the dimension of the vectors.

    Raises:
        RuntimeError: if a size in dim is not 3, the shapes cannot be broadcast together, or the dtypes differ.
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
    check_same_dtype("cross", x, y, "expected scalar type {} but found {}")
    a, b = (expand(v, shape) for v in (x, y))
    return roll(a, -1, found) * roll(b, -2, found) - roll(a, -2, found) * roll(b, -1, found)
