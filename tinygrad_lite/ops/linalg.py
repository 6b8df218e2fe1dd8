"""The table of products of vectors and matrices. Each of them is linear in each of its arguments."""

from __future__ import annotations

import functools
import string
from typing import Any

import numpy as np

from ..core.edge import Shape, expand, reshape, sum_to
from ..core.primitive import Array, primitive
from .kernels.products import product
from .kernels.summation import sum_over
from .shape import permute, unsqueeze


@primitive
def matmul(x: Array, y: Array) -> Array:
    """x y for vectors, matrices or batches of matrices; dx = g yᵀ, dy = xᵀ g."""
    if x.dtype != y.dtype:
        raise RuntimeError(
            f"expected m1 and m2 to have the same dtype, but got: {x.dtype} != {y.dtype}. matmul of {list(x.shape)} "
            f"and {list(y.shape)}: convert one of them with .to(dtype)"
        )
    return product(x, y)


def _matmul_by_x(g: Any, x_shape: Shape, y: Any) -> Any:
    if len(x_shape) == len(y.shape) == 2:
        return matmul(g, permute(y, (1, 0)))
    if len(y.shape) == 1:
        y, g = unsqueeze(y, -1), unsqueeze(g, -1)
    row = len(x_shape) == 1
    g = matmul(unsqueeze(g, -2) if row else g, transposed(y))
    return reshape(_summed_to(g, (1, *x_shape) if row else x_shape), x_shape)


def _matmul_by_y(g: Any, x: Any, y_shape: Shape) -> Any:
    if len(x.shape) == len(y_shape) == 2:
        return matmul(permute(x, (1, 0)), g)
    if len(x.shape) == 1:
        x, g = unsqueeze(x, -2), unsqueeze(g, -2)
    column = len(y_shape) == 1
    g = matmul(transposed(x), unsqueeze(g, -1) if column else g)
    return reshape(_summed_to(g, (*y_shape, 1) if column else y_shape), y_shape)


def _summed_to(g: Any, shape: Shape) -> Any:
    """g summed to a shape, if it has not got it: a sum over nothing would be a copy."""
    return g if tuple(g.shape) == tuple(shape) else sum_to(g, shape)


matmul.derivative(x=_matmul_by_x, y=_matmul_by_y)


def transposed(x: Any) -> Any:
    """x with its last two dimensions swapped."""
    n = len(x.shape)
    return permute(x, (*range(n - 2), n - 1, n - 2))


@functools.lru_cache(maxsize=256)
def _sums_first(equation: str) -> tuple[str, list[tuple[str, str, tuple[int, ...]]]]:
    """Sum each operand over the letters that it alone has: return the equation that is left, and for each operand its
    letters, these without repetition, and the places of those to sum over.
    """
    inputs, output = equation.split("->")
    letters, steps = inputs.split(","), []
    for i, own in enumerate(letters):
        distinct, elsewhere = "".join(dict.fromkeys(own)), output + "".join(letters[:i] + letters[i + 1 :])
        steps.append((own, distinct, tuple(d for d, l in enumerate(distinct) if l not in elsewhere)))
        letters[i] = "".join(l for l in distinct if l in elsewhere)
    return ",".join(letters) + "->" + output, steps


@primitive
def einsum(equation: str, *operands: Array) -> Array:
    """The sum of products that the equation describes; an operand's derivative is another one, with g in its place."""
    reduced, steps = _sums_first(equation)
    summed = []
    for (own, distinct, alone), x in zip(steps, operands, strict=True):
        x = x if distinct == own else np.einsum(f"{own}->{distinct}", x)  # diagonals
        summed.append(sum_over(x, alone) if alone else x)  # np.einsum would add one number after the other
    out = np.einsum(reduced, *summed, optimize=len(operands) > 1)
    return np.array(out) if len(operands) == 1 else out  # for a single operand NumPy may return a view of it


def _einsum_by_operand(g: Any, equation: str, operands: tuple[Any, ...], position: int) -> Any:
    """The derivative by one operand: an einsum of g, with the output's letters, and of all other operands.

    A letter that only this operand has was summed over: the derivative is the same everywhere along it. A letter that
    the operand has twice stands for a diagonal: the derivative is 0 off the diagonal.
    """
    inputs, output = equation.split("->")
    letters = inputs.split(",")
    own = letters[position]
    shape = operands[position].shape
    rest = [x for i, x in enumerate(operands) if i != position]
    terms = [output, *(l for i, l in enumerate(letters) if i != position)]
    known = "".join(dict.fromkeys(l for l in own if l in "".join(terms)))
    result = einsum(",".join(terms) + "->" + known, g, *rest)
    distinct = known + "".join(dict.fromkeys(l for l in own if l not in known))
    lengths = dict(zip(own, shape, strict=True))
    wanted = tuple(lengths[l] for l in distinct)
    result = reshape(result, (*result.shape, *(1 for _ in distinct[len(known) :])))
    result = expand(result, np.broadcast_shapes(result.shape, wanted))
    if result.shape != wanted:  # a size of 1 in this operand was broadcast to the size in another
        result = sum_to(result, wanted)
    if len(distinct) == len(own):
        return permute(result, tuple(distinct.index(l) for l in own))
    unused = iter(l for l in string.ascii_letters if l not in equation)
    output, identities, terms = "", [], [distinct]
    for l in own:
        if l in output:  # the second time, another letter and an identity matrix, which is 0 where the two differ
            second = next(unused)
            identities.append(np.eye(lengths[l], dtype=g.dtype))
            terms.append(l + second)
            output += second
        else:
            output += l
    return einsum(",".join(terms) + "->" + output, result, *identities)


einsum.derivative(operands=_einsum_by_operand)
