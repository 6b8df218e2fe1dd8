"""The table of products of vectors and matrices. All are linear in each argument."""

from __future__ import annotations

import string
from typing import Any

import numpy as np

from ..core.edge import Shape, expand, reshape, sum_to
from ..core.primitive import Array, primitive
from .shape import permute, unsqueeze


@primitive
def matmul(x: Array, y: Array) -> Array:
    """x y, of vectors, matrices or stacks of them; dx = g yᵀ, dy = xᵀ g."""
    if x.dtype != y.dtype:
        raise RuntimeError(f"matmul: expected both arguments to have the same dtype, but got: {x.dtype} != {y.dtype}")
    return np.matmul(x, y)


def _matmul_by_x(g: Any, x_shape: Shape, y: Any) -> Any:
    if len(x_shape) == len(y.shape) == 2:
        return matmul(g, permute(y, (1, 0)))
    if len(y.shape) == 1:
        y, g = unsqueeze(y, -1), unsqueeze(g, -1)
    row = len(x_shape) == 1
    g = matmul(unsqueeze(g, -2) if row else g, transposed(y))
    return reshape(sum_to(g, (1, *x_shape) if row else x_shape), x_shape)


def _matmul_by_y(g: Any, x: Any, y_shape: Shape) -> Any:
    if len(x.shape) == len(y_shape) == 2:
        return matmul(permute(x, (1, 0)), g)
    if len(x.shape) == 1:
        x, g = unsqueeze(x, -2), unsqueeze(g, -2)
    column = len(y_shape) == 1
    g = matmul(transposed(x), unsqueeze(g, -1) if column else g)
    return reshape(sum_to(g, (*y_shape, 1) if column else y_shape), y_shape)


matmul.derivative(x=_matmul_by_x, y=_matmul_by_y)


def transposed(x: Any) -> Any:
    """x with its last two dimensions swapped."""
    n = len(x.shape)
    return permute(x, (*range(n - 2), n - 1, n - 2))


@primitive
def einsum(equation: str, *operands: Array) -> Array:
    """The sum of products that the equation describes; the derivative is another, with g in the operand's place."""
    out = np.einsum(equation, *operands, optimize=len(operands) > 1)
    return np.array(out) if len(operands) == 1 else out  # of one operand NumPy may return a view


def _einsum_by_operand(g: Any, equation: str, operands: tuple[Any, ...], position: int) -> Any:
    """With the output's letters for g, the product of g and all others, over the letters that this one has.

    A letter that no other has was summed: the derivative is the same all along it. A letter that the
    operand has twice stood for a diagonal: the derivative is 0 off it.
    """
    inputs, output = equation.split("->")
    letters = inputs.split(",")
    own = letters[position]
    shape = operands[position].shape
    others = [x for i, x in enumerate(operands) if i != position]
    terms = [output, *(l for i, l in enumerate(letters) if i != position)]
    known = "".join(dict.fromkeys(l for l in own if l in "".join(terms)))
    result = einsum(",".join(terms) + "->" + known, g, *others)
    distinct = known + "".join(dict.fromkeys(l for l in own if l not in known))
    lengths = dict(zip(own, shape, strict=True))
    wanted = tuple(lengths[l] for l in distinct)
    result = reshape(result, (*result.shape, *(1 for _ in distinct[len(known) :])))
    result = expand(result, np.broadcast_shapes(result.shape, wanted))
    if result.shape != wanted:  # a length of 1 here was broadcast to what others have
        result = sum_to(result, wanted)
    if len(distinct) == len(own):
        return permute(result, tuple(distinct.index(l) for l in own))
    fresh = iter(l for l in string.ascii_letters if l not in equation)
    spelled, eyes, deltas = "", [], []
    for l in own:
        if l in spelled:
            twin = next(fresh)
            eyes.append(np.eye(lengths[l], dtype=g.dtype))
            deltas.append(l + twin)
            spelled += twin
        else:
            spelled += l
    return einsum(",".join([distinct, *deltas]) + "->" + spelled, result, *eyes)


einsum.derivative(operands=_einsum_by_operand)
