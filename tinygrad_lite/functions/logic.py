"""Logical functions of elements, bits of integers, and divisors, as PyTorch calls them. No derivatives."""

from __future__ import annotations

from ..core.primitive import documents
from ..ops import elementwise as ops
from ..types.annotations import Number, Tensor
from .arguments import public, refuse_numbers

# ---------------------------------------------------------------------------------------- logic


@public
def logical_and(x: Tensor, y: Tensor) -> Tensor:
    """Mask of the elements in which both `x` and `y` are true: not 0, so NaN is true too.

    The shapes are broadcast; the result is of bools, whatever the dtypes of the arguments.

    Raises:
        RuntimeError: if the shapes cannot be broadcast.
        TypeError: if `x` or `y` is not a Tensor: PyTorch takes no numbers here.

    >>> import tinygrad_lite as tl
    >>> tl.logical_and(tl.tensor([0, 1, 2]), tl.tensor([5.0, 0.0, 0.5]))
    tensor([False, False,  True])
    """
    refuse_numbers("logical_and", x, y)
    return ops.logical_and(x, y)


@public
def logical_or(x: Tensor, y: Tensor) -> Tensor:
    """Mask of the elements in which `x` or `y` is true: not 0, so NaN is true too.

    The shapes are broadcast; the result is of bools, whatever the dtypes of the arguments.

    Raises:
        RuntimeError: if the shapes cannot be broadcast.
        TypeError: if `x` or `y` is not a Tensor: PyTorch takes no numbers here.

    >>> import tinygrad_lite as tl
    >>> tl.logical_or(tl.tensor([0, 1, 2]), tl.tensor([0.0, 0.0, 0.5]))
    tensor([False,  True,  True])
    """
    refuse_numbers("logical_or", x, y)
    return ops.logical_or(x, y)


@public
def logical_xor(x: Tensor, y: Tensor) -> Tensor:
    """Mask of the elements in which exactly one of `x` and `y` is true: not 0, so NaN is true too.

    The shapes are broadcast; the result is of bools, whatever the dtypes of the arguments.

    Raises:
        RuntimeError: if the shapes cannot be broadcast.
        TypeError: if `x` or `y` is not a Tensor: PyTorch takes no numbers here.

    >>> import tinygrad_lite as tl
    >>> tl.logical_xor(tl.tensor([0, 0, 2]), tl.tensor([0, 1, 3]))
    tensor([False,  True, False])
    """
    refuse_numbers("logical_xor", x, y)
    return ops.logical_xor(x, y)


@documents(ops.logical_not)
def logical_not(x: Tensor) -> Tensor:
    """Mask of the elements that are 0.

    The result has the shape of `x` and is of bools, whatever the dtype of `x`. `~x` is the same for bools only: of
    integers it inverts the bits.

    Raises:
        TypeError: if `x` is neither a Tensor, an array nor a number.

    >>> import tinygrad_lite as tl
    >>> x = tl.tensor([0, 1, 2])
    >>> tl.logical_not(x), ~x
    (tensor([ True, False, False]), tensor([-1, -2, -3]))
    """


# ---------------------------------------------------------------------------------------- bits


@documents(ops.bitwise_and)
def bitwise_and(x: Tensor | Number, y: Tensor | Number) -> Tensor:
    """Integers whose bits are 1 where those of both `x` and `y` are: the operator `&`.

    The shapes are broadcast; the result has the dtype in which the two meet, which is an integer one or bool. Of bools
    it is the logical "and".

    Raises:
        NotImplementedError: for floating dtypes.
        RuntimeError: if the shapes cannot be broadcast.
        TypeError: if `x` or `y` is neither a Tensor nor a number.

    >>> import tinygrad_lite as tl
    >>> tl.bitwise_and(tl.tensor([0b1100, 7]), 0b1010)
    tensor([8, 2])
    """


@documents(ops.bitwise_or)
def bitwise_or(x: Tensor | Number, y: Tensor | Number) -> Tensor:
    """Integers whose bits are 1 where those of `x` or `y` are: the operator `|`.

    The shapes are broadcast; the result has the dtype in which the two meet, which is an integer one or bool. Of bools
    it is the logical "or".

    Raises:
        NotImplementedError: for floating dtypes.
        RuntimeError: if the shapes cannot be broadcast.
        TypeError: if `x` or `y` is neither a Tensor nor a number.

    >>> import tinygrad_lite as tl
    >>> tl.bitwise_or(tl.tensor([0b1100, 7]), 0b1010)
    tensor([14, 15])
    """


@documents(ops.bitwise_xor)
def bitwise_xor(x: Tensor | Number, y: Tensor | Number) -> Tensor:
    """Integers whose bits are 1 where those of `x` and `y` differ: the operator `^`.

    The shapes are broadcast; the result has the dtype in which the two meet, which is an integer one or bool. Of bools
    it is the logical "exclusive or".

    Raises:
        NotImplementedError: for floating dtypes.
        RuntimeError: if the shapes cannot be broadcast.
        TypeError: if `x` or `y` is neither a Tensor nor a number.

    >>> import tinygrad_lite as tl
    >>> tl.bitwise_xor(tl.tensor([0b1100, 7]), 0b1010)
    tensor([ 6, 13])
    """


@documents(ops.bitwise_not)
def bitwise_not(x: Tensor) -> Tensor:
    """Integers with every bit of `x` inverted: the operator `~`.

    The result has the shape and dtype of `x`. Of a signed integer it is -x - 1, of a bool the logical "not".

    Raises:
        NotImplementedError: for floating dtypes.
        TypeError: if `x` is neither a Tensor, an array nor a number.

    >>> import tinygrad_lite as tl
    >>> tl.bitwise_not(tl.tensor([0, 5, -1])), tl.bitwise_not(tl.tensor([True, False]))
    (tensor([-1, -6,  0]), tensor([False,  True]))
    """


@documents(ops.bitwise_left_shift)
def bitwise_left_shift(x: Tensor | Number, y: Tensor | Number) -> Tensor:
    """Integers with the bits of `x` moved to the left by `y` places: the operator `<<`.

        x 2^y

    The shapes are broadcast; the result has the dtype in which the two meet, an integer one. Bits that are moved out
    are lost.

    Raises:
        NotImplementedError: for floating dtypes and bools.
        RuntimeError: if the shapes cannot be broadcast.
        TypeError: if `x` or `y` is neither a Tensor nor a number.

    >>> import tinygrad_lite as tl
    >>> tl.bitwise_left_shift(tl.tensor([1, 3]), tl.tensor([4, 1]))
    tensor([16,  6])
    """


@documents(ops.bitwise_right_shift)
def bitwise_right_shift(x: Tensor | Number, y: Tensor | Number) -> Tensor:
    """Integers with the bits of `x` moved to the right by `y` places: the operator `>>`.

        floor(x / 2^y)

    The shapes are broadcast; the result has the dtype in which the two meet, an integer one. The sign is kept.

    Raises:
        NotImplementedError: for floating dtypes and bools.
        RuntimeError: if the shapes cannot be broadcast.
        TypeError: if `x` or `y` is neither a Tensor nor a number.

    >>> import tinygrad_lite as tl
    >>> tl.bitwise_right_shift(tl.tensor([16, -5]), 1)
    tensor([ 8, -3])
    """


# ---------------------------------------------------------------------------------------- divisors


@public
def gcd(x: Tensor, y: Tensor) -> Tensor:
    """Greatest common divisor of `x` and `y`: the largest integer that divides both.

    The shapes are broadcast; the result has the dtype in which the two meet, an integer one. gcd(x, 0) is |x|.

    Raises:
        NotImplementedError: for floating dtypes, and if both are of bools.
        RuntimeError: if the shapes cannot be broadcast.
        TypeError: if `x` or `y` is not a Tensor: PyTorch takes no numbers here.

    >>> import tinygrad_lite as tl
    >>> tl.gcd(tl.tensor([12, -4, 0]), tl.tensor([18, 6, 5]))
    tensor([6, 2, 5])
    """
    refuse_numbers("gcd", x, y)
    return ops.gcd(x, y)


@public
def lcm(x: Tensor, y: Tensor) -> Tensor:
    """Least common multiple of `x` and `y`: the smallest positive integer that both divide, and 0 where one is 0.

    The shapes are broadcast; the result has the dtype in which the two meet, an integer one. What does not fit into
    it wraps around.

    Raises:
        NotImplementedError: for floating dtypes, and if both are of bools.
        RuntimeError: if the shapes cannot be broadcast.
        TypeError: if `x` or `y` is not a Tensor: PyTorch takes no numbers here.

    >>> import tinygrad_lite as tl
    >>> tl.lcm(tl.tensor([4, -4, 0]), tl.tensor([6, 6, 5]))
    tensor([12, 12,  0])
    """
    refuse_numbers("lcm", x, y)
    return ops.lcm(x, y)
