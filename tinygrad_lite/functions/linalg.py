"""Products of vectors and matrices as PyTorch calls them: each with its shapes checked."""

from __future__ import annotations

import math
import string
from typing import Any

from ..core.edge import cast, clone, expand, reshape
from ..ops import linalg as ops
from ..ops import reduction
from ..ops.creation import eye
from ..ops.shape import permute, roll
from ..types import dtypes
from .arguments import common_shape, one_dim, spelled, wrapped
from .elementwise import scaled
from .reduction import norm, sum
from .shape import squeeze


def _dims(name: str, *expected: tuple[str, Any, int]) -> None:
    for label, x, ndim in expected:
        if x.ndim != ndim:
            raise RuntimeError(f"{name}: Expected {ndim}-D argument {label}, but got shape {list(x.shape)}")


def _multipliable(name: str, x: Any, y: Any) -> None:
    if x.shape[-1] != y.shape[-2]:
        raise RuntimeError(
            f"{name}: mat1 and mat2 shapes cannot be multiplied ({_times(x)} and {_times(y)}): the last size of the "
            "first must be the last but one of the second"
        )


def _times(x: Any) -> str:
    return "x".join(map(str, x.shape))


@spelled
def matmul(x: Any, y: Any) -> Any:
    """The product of vectors, matrices or stacks of matrices, the stacks broadcast.

    >>> import tinygrad_lite as tl
    >>> tl.matmul(tl.ones(5, 2, 3), tl.ones(3)).shape
    Size([5, 2])
    """
    if not (x.ndim and y.ndim):
        raise RuntimeError(f"both arguments to matmul need to be at least 1D, but they are {x.ndim}D and {y.ndim}D")
    return ops.matmul(x, y)


@spelled
def mm(x: Any, mat2: Any) -> Any:
    """The product of two matrices, (n, k) and (k, m)."""
    _dims("mm", ("self", x, 2), ("mat2", mat2, 2))
    _multipliable("mm", x, mat2)
    return ops.matmul(x, mat2)


@spelled
def bmm(x: Any, mat2: Any) -> Any:
    """The products of two equally long stacks of matrices, (b, n, k) and (b, k, m)."""
    _dims("bmm", ("batch1", x, 3), ("batch2", mat2, 3))
    if x.shape[0] != mat2.shape[0]:
        raise RuntimeError(f"bmm: Expected batch sizes to agree, but they are {x.shape[0]} and {mat2.shape[0]}")
    _multipliable("bmm", x, mat2)
    return ops.matmul(x, mat2)


@spelled
def mv(x: Any, vec: Any) -> Any:
    """The product of a matrix (n, m) and a vector (m)."""
    _dims("mv", ("self", x, 2), ("vec", vec, 1))
    if x.shape[1] != vec.shape[0]:
        raise RuntimeError(f"mv: size mismatch, got input ({_times(x)}), vec ({_times(vec)})")
    return ops.matmul(x, vec)


@spelled
def dot(x: Any, y: Any) -> Any:
    """The product of two vectors of one length."""
    if x.ndim != 1 or y.ndim != 1:
        raise RuntimeError(f"dot: 1D tensors expected, but got {x.ndim}D and {y.ndim}D tensors")
    if x.shape[0] != y.shape[0]:
        raise RuntimeError(
            f"dot: inconsistent tensor size, expected [{x.shape[0]}] and [{y.shape[0]}] to be equally long"
        )
    return ops.matmul(x, y)


@spelled
def outer(x: Any, vec2: Any) -> Any:
    """The matrix of all products of two vectors' elements, (n, m)."""
    _dims("outer", ("self", x, 1), ("vec2", vec2, 1))
    return reshape(x, (x.shape[0], 1)) * vec2


ger = outer


def _weighted_sum(name: str, x: Any, beta: float, product: Any, alpha: float) -> Any:
    """beta x + alpha product, in the shape of the product; for beta 0 whatever x holds."""
    try:
        x = expand(x, tuple(product.shape))
    except (RuntimeError, ValueError):
        raise RuntimeError(
            f"{name}: the shape {list(x.shape)} of what is added to cannot be broadcast to {list(product.shape)}"
        ) from None
    product = scaled(x, product, alpha, name)
    return product if beta == 0 else scaled(product, x, beta, name) + product


@spelled
def addmm(x: Any, mat1: Any, mat2: Any, *, beta: float = 1, alpha: float = 1) -> Any:
    """beta x + alpha mat1 mat2."""
    return _weighted_sum("addmm", x, beta, mm(mat1, mat2), alpha)


@spelled
def addmv(x: Any, mat: Any, vec: Any, *, beta: float = 1, alpha: float = 1) -> Any:
    """beta x + alpha mat vec."""
    return _weighted_sum("addmv", x, beta, mv(mat, vec), alpha)


@spelled
def addr(x: Any, vec1: Any, vec2: Any, *, beta: float = 1, alpha: float = 1) -> Any:
    """beta x + alpha times all products of two vectors' elements."""
    return _weighted_sum("addr", x, beta, outer(vec1, vec2), alpha)


@spelled
def baddbmm(x: Any, batch1: Any, batch2: Any, *, beta: float = 1, alpha: float = 1) -> Any:
    """beta x + alpha times the products of two stacks of matrices."""
    return _weighted_sum("baddbmm", x, beta, bmm(batch1, batch2), alpha)


@spelled
def addbmm(x: Any, batch1: Any, batch2: Any, *, beta: float = 1, alpha: float = 1) -> Any:
    """beta x + alpha times the sum of the products of two stacks of matrices."""
    return _weighted_sum("addbmm", x, beta, sum(bmm(batch1, batch2), 0, dtype=batch1.dtype), alpha)


@spelled
def matrix_power(x: Any, n: int) -> Any:
    """The product of n times a square matrix, or each matrix of a stack; of none, the identity."""
    if x.ndim < 2 or x.shape[-1] != x.shape[-2]:
        raise RuntimeError(f"matrix_power: A must be batches of square matrices, but its shape is {list(x.shape)}")
    if n < 0:
        raise NotImplementedError("matrix_power: a negative power needs the inverse, which is not implemented")
    if n == 0:
        return expand(wrapped(x, eye(x.shape[-1], x.shape[-1], x.dtype)), tuple(x.shape)) + cast(x * 0, x.dtype)
    power = clone(x)
    for _ in range(n - 1):
        power = ops.matmul(power, x)
    return power


@spelled
def multi_dot(tensors: Any) -> Any:
    """The product of several matrices, of which the first and the last may be vectors."""
    product, *rest = tensors
    for x in rest:
        product = matmul(product, x)
    return product


@spelled
def tensordot(x: Any, y: Any, dims: Any = 2) -> Any:
    """Sums of products over several dimensions: the last of x and the first of y, or those given for each.

    Args:
        dims: how many dimensions, or two lists, of those of x and of those of y.

    Raises:
        RuntimeError: if the dimensions do not match.
    """
    if isinstance(dims, int):
        if not 0 <= dims <= min(x.ndim, y.ndim):
            raise RuntimeError(f"tensordot expects dims >= 0 and at most {min(x.ndim, y.ndim)}, but got dims={dims}")
        over_x, over_y = list(range(x.ndim - dims, x.ndim)), list(range(dims))
    else:
        over_x, over_y = ([one_dim(d, v.ndim, "tensordot") for d in each] for v, each in zip((x, y), dims, strict=True))
    lengths = [x.shape[d] for d in over_x]
    if lengths != [y.shape[d] for d in over_y]:
        raise RuntimeError(
            f"tensordot: contracted dimensions need to match, but they are {lengths} of {list(x.shape)} and "
            f"{[y.shape[d] for d in over_y]} of {list(y.shape)}"
        )
    free_x, free_y = ([d for d in range(v.ndim) if d not in over] for v, over in ((x, over_x), (y, over_y)))
    count = math.prod(lengths)
    rows = reshape(permute(x, (*free_x, *over_x)), (math.prod(x.shape[d] for d in free_x), count))
    columns = reshape(permute(y, (*over_y, *free_y)), (count, math.prod(y.shape[d] for d in free_y)))
    return reshape(ops.matmul(rows, columns), (*(x.shape[d] for d in free_x), *(y.shape[d] for d in free_y)))


@spelled
def kron(x: Any, y: Any) -> Any:
    """Each element of x times the whole of y, in its place."""
    ndim = max(x.ndim, y.ndim)
    xs, ys = ((*(1 for _ in range(ndim - v.ndim)), *v.shape) for v in (x, y))
    spread = reshape(x, tuple(m for n in xs for m in (n, 1))) * reshape(y, tuple(m for n in ys for m in (1, n)))
    return reshape(spread, tuple(n * m for n, m in zip(xs, ys, strict=True)))


@spelled
def cross(x: Any, y: Any, dim: int = -1) -> Any:
    """The cross products of vectors of 3 elements along dim."""
    if x.ndim != y.ndim:
        raise RuntimeError(f"cross: inputs must have the same number of dimensions: {list(x.shape)}, {list(y.shape)}")
    shape = common_shape(x.shape, y.shape)
    dim = one_dim(dim, len(shape), "cross")
    if (x.shape[dim], y.shape[dim]) != (3, 3):
        raise RuntimeError(f"cross: inputs dimension {dim} must have length 3. Got {x.shape[dim]} and {y.shape[dim]}")
    a, b = (expand(v, shape) for v in (x, y))
    return roll(a, -1, dim) * roll(b, -2, dim) - roll(a, -2, dim) * roll(b, -1, dim)


def einsum(equation: str, *operands: Any) -> Any:
    """Sums of products written with a letter for each dimension; letters missing after -> are summed over.

    >>> import tinygrad_lite as tl
    >>> tl.einsum("ij,jk->ik", tl.ones(2, 3), tl.ones(3, 4)).shape
    Size([2, 4])

    Raises:
        RuntimeError: if the equation does not fit the operands.
    """
    if len(operands) == 1 and isinstance(operands[0], (tuple, list)):
        operands = tuple(operands[0])
    equation = _explicit(equation.replace(" ", ""), operands)
    inputs, _, output = equation.partition("->")
    if len(operands) == 1 and operands[0].dtype.kind != "f" and set(inputs) != set(output):
        operands = (cast(operands[0], dtypes.int64),)  # a sum, as `sum` has it
    return ops.einsum(equation, *operands)


def _explicit(equation: str, operands: tuple[Any, ...]) -> str:
    """The equation with `...` spelled out in unused letters, and with its output written down."""
    inputs, arrow, output = equation.partition("->")
    terms = inputs.split(",")
    if len(terms) != len(operands):
        raise RuntimeError(
            f"einsum(): the equation {equation!r} has {len(terms)} operands, but {len(operands)} were provided"
        )
    unused = [letter for letter in string.ascii_letters if letter not in equation]
    ranks = [x.ndim - len(t.replace("...", "")) for t, x in zip(terms, operands, strict=True)]
    for term, rank, x in zip(terms, ranks, operands, strict=True):
        if rank < 0 or (rank and "..." not in term):
            raise RuntimeError(
                f"einsum(): the number of subscripts in {term!r} does not match the number of dimensions of an operand "
                f"of shape {list(x.shape)}"
            )
    dots = "".join(unused[: max((r for t, r in zip(terms, ranks, strict=True) if "..." in t), default=0)])
    spelled_out = [t.replace("...", dots[len(dots) - r :]) for t, r in zip(terms, ranks, strict=True)]
    if arrow:
        output = output.replace("...", dots)
    else:
        letters = "".join(terms).replace(".", "")
        output = dots + "".join(sorted(l for l in set(letters) if letters.count(l) == 1))
    missing = [l for l in output if l not in "".join(spelled_out)]
    if missing or len(set(output)) < len(output):
        raise RuntimeError(f"einsum(): the output {output!r} of {equation!r} repeats a letter, or has an unknown one")
    return ",".join(spelled_out) + "->" + output


@spelled
def vdot(x: Any, y: Any) -> Any:
    """The product of two vectors (for real numbers the same as `dot`)."""
    return dot(x, y)


@spelled
def inner(x: Any, y: Any) -> Any:
    """The sums of products over the last dimensions."""
    return tensordot(x, y, ([-1], [-1])) if x.ndim and y.ndim else x * y


@spelled
def vecdot(x: Any, y: Any, dim: int = -1) -> Any:
    """The products of the vectors along dim, the other dimensions broadcast."""
    return sum(x * y, dim)


@spelled
def vector_norm(x: Any, ord: float = 2, dim: Any = None, keepdim: bool = False, *, dtype: Any = None) -> Any:
    """(Σ|x|ᵖ)^(1/p) along dim, of order p: `norm` with a number."""
    return norm(x, float(ord), dim, keepdim, dtype=dtype)


@spelled
def matrix_norm(
    x: Any, ord: Any = "fro", dim: tuple[int, int] = (-2, -1), keepdim: bool = False, *, dtype: Any = None
) -> Any:
    """Of matrices: "fro", √Σx²; 1 (-1), the largest (smallest) sum of a column's sizes; inf (-inf), of a row's."""
    rows, columns = (one_dim(d, x.ndim, "matrix_norm") for d in dim)
    if rows == columns:
        raise RuntimeError(f"matrix_norm: dims must be different. Got {tuple(dim)}")
    if ord == "fro":
        return norm(x, 2.0, (rows, columns), keepdim, dtype=dtype)
    if ord in (2, -2, "nuc"):
        raise NotImplementedError(f"matrix_norm: ord={ord!r} needs the singular values, which are not implemented")
    if isinstance(ord, str) or abs(ord) not in (1, math.inf):
        raise RuntimeError(f"matrix_norm: Order {ord} not supported.")
    summed, left = (rows, columns) if abs(ord) == 1 else (columns, rows)
    sums = norm(x, 1.0, summed, True, dtype=dtype)
    found = (reduction.amax if ord > 0 else reduction.amin)(sums, left, True)
    return found if keepdim else squeeze(found, (rows, columns))


def linalg_norm(x: Any, ord: Any = None, dim: Any = None, keepdim: bool = False, *, dtype: Any = None) -> Any:
    """A vector's norm or a matrix's: without `ord`, √Σx²; with two dims (or a matrix, and `ord`) `matrix_norm`."""
    if ord is not None and ((dim is None and x.ndim == 2) or (isinstance(dim, (tuple, list)) and len(dim) == 2)):
        rows, columns = (0, 1) if dim is None else dim
        return matrix_norm(x, ord, (rows, columns), keepdim, dtype=dtype)
    if isinstance(ord, str):
        raise RuntimeError(f"linalg.norm: order {ord!r} is for matrices, not for shape {list(x.shape)} and dim {dim}")
    if ord is not None and dim is None and x.ndim > 2:
        raise RuntimeError("linalg.norm: If dim is not specified but ord is, the input must be 1-D or 2-D.")
    return vector_norm(x, 2 if ord is None else ord, dim, keepdim, dtype=dtype)
