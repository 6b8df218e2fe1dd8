"""Sums of products over dimensions that the caller names, as PyTorch calls it."""

from __future__ import annotations

import functools
import math
import operator
from collections.abc import Sequence
from typing import Any

from ..core.argument_types import wrong_element, wrong_type
from ..core.edge import cast, reshape
from ..core.errors import explains, listed_shapes
from ..core.primitive import Array
from ..ops import linalg as ops
from ..ops.shape import permute
from ..types import dtypes
from ..types.annotations import Tensor
from .arguments import one_dim, public
from .products import SAME_DTYPE, check_same_dtype


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
    check_same_dtype("inner", x, y, SAME_DTYPE)
    return tensordot(x, y, ([-1], [-1]))


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
    check_same_dtype("tensordot", x, y, SAME_DTYPE)
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
def einsum(equation: str | Tensor, *operands: Tensor | Sequence[Any]) -> Tensor:
    """Sums of products, written with a letter for each dimension (Einstein's summation convention).

    Dimensions with one letter have one size. Letters that are missing after `->` are summed over; a letter that comes
    twice in one operand takes its diagonal; `...` stands for any number of dimensions, which are broadcast. Without
    `->` the result has the letters that come once, in alphabetical order.

    Numbers serve as letters too, in a list behind each operand, with one for the result at the end if it is wanted:
    `einsum(x, [0, 1], y, [1, 2], [0, 2])`, where `...` is itself.

    Args:
        equation: for instance "ij,jk->ik", the product of two matrices; or the first operand.
        operands: Tensors of one dtype, one by one or as one sequence; or the lists of numbers from 0 to 51 and further
            operands, by turns.

    Raises:
        RuntimeError: if the equation does not fit the operands.
        ValueError: if there is no operand, or a number that is not from 0 to 51.
        TypeError: if the equation is neither a string nor a Tensor with its list, or an operand is no Tensor.

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
    if not isinstance(equation, str) and hasattr(equation, "ndim"):
        equation, listed = _spelled_out(equation, *operands)
    if not listed:
        raise ValueError(
            "einsum(): must specify the equation string and at least one operand, or at least one operand and its "
            "subscripts list"
        )
    if not isinstance(equation, str):
        raise wrong_type("einsum", "equation", 1, "str", equation)
    if len(listed) == 1 and isinstance(listed[0], (tuple, list)):
        listed = tuple(listed[0])
    equation = _explicit_equation(equation.replace(" ", ""), listed)
    inputs, _, output = equation.partition("->")
    if len({x.dtype for x in listed}) > 1:
        listed = _of_one_dtype(inputs.split(","), output, listed)
    if len(listed) == 1 and listed[0].dtype.kind != "f" and set(inputs) != set(output):
        listed = (cast(listed[0], dtypes.int64),)  # whole numbers are summed in int64, as by sum
    return ops.einsum(equation, *listed)


def _of_one_dtype(terms: list[str], output: str, operands: tuple[Any, ...]) -> tuple[Any, ...]:
    """Operands of several dtypes in the one in which they meet, if they are only multiplied element by element.

    Raises:
        RuntimeError: if a sum runs over a letter that two of them have: like `matmul`, that needs one dtype.
    """
    summed = "".join("".join(set(term)) for term in terms if term)
    if any(summed.count(letter) > 1 for letter in set(summed) - set(output)):
        names = list(dict.fromkeys(str(x.dtype) for x in operands))
        raise RuntimeError(
            f"expected scalar type {names[0]} but found {names[1]}. einsum: the operands of a sum of products must be "
            "of one dtype, convert them with .to(dtype)"
        )
    dtype = functools.reduce(dtypes.promote_types, [x.dtype for x in operands])
    return tuple(x if x.dtype == dtype else cast(x, dtype) for x in operands)


def _spelled_out(*parts: Any) -> tuple[str, tuple[Any, ...]]:
    """The equation that lists of numbers behind the operands stand for, and the operands."""
    terms = [_as_letters(numbers) for numbers in parts[1::2]]
    operands = parts[: len(parts) // 2 * 2 : 2]
    output = "->" + _as_letters(parts[-1]) if len(parts) % 2 and len(parts) > 1 else ""
    return ",".join(terms) + output, operands


def _as_letters(numbers: Any) -> str:
    """The letters, in the order A-Za-z, that numbers stand for."""
    if not isinstance(numbers, (list, tuple)):
        raise wrong_type("einsum", "sublist", None, "list of ints", numbers)
    letters = ""
    for number in numbers:
        if number is ...:
            letters += "..."
            continue
        try:
            index = operator.index(number)
        except TypeError:
            raise wrong_type("einsum", "sublist", None, "list of ints", number) from None
        if not 0 <= index < 52:
            raise ValueError(
                f"einsum(): subscript {index} in subscript list is not within the valid range [0, 52): there are as "
                "many as letters"
            )
        letters += (ops.LETTERS[26:] + ops.LETTERS[:26])[index]
    return letters


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
        if letter not in ops.LETTERS + ",.->":
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
    unused = [letter for letter in ops.LETTERS if letter not in equation]
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
