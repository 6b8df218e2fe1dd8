"""Checks of indices that functions share: that they are of int64, fit the Tensor, and lie inside it."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..core.array_functions import array_function
from ..core.edge import reshape
from ..core.primitive import Array
from ..types.annotations import Tensor
from .arguments import any_out_of_range, array_of, for_all_samples, one_dim, vector_of


def check_index_dtype(
    index: Tensor, name: str, phrase: str, *further: str, refusal: type[Exception] = RuntimeError
) -> Tensor:
    """Refuse an index that is not in int64 or a further dtype, with PyTorch's phrase, where {} stands for its dtype."""
    if index.dtype != np.int64 and index.dtype.name not in further:
        raise refusal(f"{phrase.format(index.dtype)}. {name}: the index is of {index.dtype}, convert it with .long()")
    return index


def aligned(x: Tensor, dim: int, index: Tensor, name: str) -> tuple[Tensor, int, Tensor]:
    """x, dim and index once the index is known to fit: as many dimensions as x, and none but dim longer."""
    dim = one_dim(dim, x.ndim, name)
    check_index_dtype(index, name, f"{name}(): Expected dtype int32/int64 for index", "int32")
    x, index = as_vector(x), as_vector(index)
    length, size = array_of(index).shape, array_of(x).shape
    if len(length) != len(size):
        target = "input" if name == "gather" else "self"
        raise RuntimeError(
            f"Index tensor must have the same number of dimensions as {target} tensor. {name}: the index has the shape "
            f"{list(length)}, the {target} {list(size)}"
        )
    for d, (i, n) in enumerate(zip(length, size, strict=True)):
        if i > n and d != dim:
            phrase = f"Size does not match at dimension {d} expected" if name == "gather" else "Expected"
            raise RuntimeError(
                f"{phrase} index {list(length)} to be no larger than self {list(size)} apart from dimension {dim}. "
                f"{name}: dimension {d} of the index is too long"
            )
    check_bounds(x, dim, index, name)
    return x, dim, index


def as_vector(x: Tensor) -> Tensor:
    """x, or for a 0-d Tensor a vector of its one element."""
    return x if x.ndim else reshape(x, (1,))


def check_bounds(
    x: Tensor, dim: int, index: Tensor, name: str, refusal: type[Exception] = RuntimeError, phrase: str = ""
) -> None:
    """Refuse an index that is out of bounds. Negative ones are refused too, as PyTorch does."""
    refuse_outside(array_of(index), array_of(x).shape or (1,), dim, name, refusal, phrase)


@array_function
@for_all_samples
def refuse_outside(
    array: Array, shape: tuple[int, ...], dim: int, name: str, refusal: type[Exception], phrase: str
) -> None:
    length = shape[dim]
    if any_out_of_range(array, length):
        found = array[(array < 0) | (array >= length)].flat[0]
        said = phrase or f"index {found} is out of bounds for dimension {dim} with size {length}"
        advice = "a negative index does not count from the end here" if found < 0 else f"valid are 0 to {length - 1}"
        raise refusal(f"{said}. {name}(): index {found} for dimension {dim} of the shape {list(shape)}; {advice}")


@array_function
@for_all_samples
def refuse_beyond(array: Array, length: int, refusal: type[Exception], phrase: str, place: str) -> None:
    """Refuse an index that is out of bounds, where negative ones count from the end; the texts are for the error."""
    beyond = (array < -length) | (array >= length)
    if beyond.any():
        found = array[beyond].flat[0]
        raise refusal(f"{phrase.format(found)}. {place}: valid are {-length} to {length - 1}")


def check_vector(index: Tensor, name: str, phrase: str, refusal: type[Exception] = IndexError) -> None:
    """Refuse an index of more dimensions than one, with PyTorch's phrase."""
    if index.ndim > 1:
        raise refusal(f"{phrase}. {name}: the index has the shape {list(index.shape)}")


def along(dim: int, index: Tensor) -> tuple[Any, ...]:
    """The subscript for the indices along dim that a vector says."""
    return (*(slice(None) for _ in range(dim)), vector_of(index))
