"""Products of vectors and matrices as PyTorch calls them: each with its shapes checked."""

from __future__ import annotations

import string
from typing import Any

from ..ops import linalg as ops
from ..ops import reduction
from ..ops.shape import reshape
from .arguments import spelled


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


@spelled
def addmm(x: Any, mat1: Any, mat2: Any, *, beta: float = 1, alpha: float = 1) -> Any:
    """beta x + alpha mat1 mat2."""
    product = mm(mat1, mat2)
    product = product if alpha == 1 else product * alpha
    return product if beta == 0 else (x if beta == 1 else x * beta) + product


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
    return ops.einsum(_explicit(equation.replace(" ", ""), operands), *operands)


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
    if not (x.ndim and y.ndim):
        return x * y
    product = x.reshape(*x.shape[:-1], *(1 for _ in y.shape[:-1]), x.shape[-1]) * y
    return reduction.sum(product, product.ndim - 1, False)
