"""What all losses do with the losses of their elements, and what they check before."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from typing import Any

import numpy as np

from ...core.array_functions import array_function, copied
from ...core.primitive import Array
from ...functions.arguments import any_outside
from ...functions.reduction import mean
from ...ops.reduction import sum
from ...tensors.tensor import Tensor
from ...types import dtypes


def resolved(reduction: str, size_average: bool | None = None, reduce: bool | None = None, *more: str) -> str:
    """The reduction that is meant: the old arguments `size_average` and `reduce` override it, with a warning.

    Args:
        more: reductions that this loss has beside "mean", "sum" and "none".

    Raises:
        ValueError: if there is no such reduction.
    """
    if size_average is not None or reduce is not None:
        wanted = "none" if reduce is False else "sum" if size_average is False else "mean"
        warnings.warn(
            f"size_average and reduce args will be deprecated, please use reduction='{wanted}' instead.",
            UserWarning,
            stacklevel=3,
        )
        return wanted
    if reduction == "elementwise_mean":
        warnings.warn(
            "reduction='elementwise_mean' is deprecated. Please use reduction='mean' instead.",
            UserWarning,
            stacklevel=3,
        )
        return "mean"
    known = ("mean", "sum", "none", *more)
    if reduction not in known:
        raise ValueError(f"{reduction} is not a valid value for reduction, which is one of {', '.join(known)}")
    return reduction


def reduced(losses: Tensor, reduction: str) -> Any:
    """The mean or the sum of the losses, or all of them."""
    if reduction == "none":
        return losses
    return mean(losses) if reduction == "mean" else sum(losses, None, False)


def warn_of_broadcast(input: Tensor, target: Tensor) -> None:
    """Warn that the loss would pair other elements than those at the same place (N12)."""
    a, b = tuple(input._data.shape), tuple(target._data.shape)
    if a == b:
        return
    hint = ""
    if [n for n in a if n != 1] == [n for n in b if n != 1]:
        both = np.broadcast_shapes(a, b)
        longer, fewer = ("input", "target") if len(a) > len(b) else ("target", "input")
        hint = f" The losses would be of shape {list(both)}, every element of one with every element of the other."
        hint += f" Did you mean {longer}.squeeze(), or {fewer}.reshape({longer}.shape)?"
    warnings.warn(
        f"Using a target size ({target.shape}) that is different to the input size ({input.shape}). This will likely "
        f"lead to incorrect results due to broadcasting. Please ensure they have the same size.{hint}",
        UserWarning,
        stacklevel=3,
    )


def refuse_whole_numbers(name: str, *values: Tensor) -> None:
    """Refuse to compute in whole numbers.

    Raises:
        NotImplementedError: if none of the values is floating.
    """
    for x in values:
        if x._data.dtype.kind == "f":
            return
    raise NotImplementedError(f'"{name}" not implemented for {values[0].dtype}: convert with .float() first')


def labels(name: str, target: Tensor, classes: int, ignore_index: int | None = None) -> Array:
    """The array of class indices, once they are known to be some.

    Raises:
        RuntimeError: if they are not whole numbers, in int64 or uint8.
        IndexError: if there is no such class.
    """
    found: Array = target._data
    if found.dtype is dtypes.uint8:
        found = copied(found, dtypes.int64)
    elif found.dtype is not dtypes.int64:
        raise RuntimeError(
            f"{name}: expected target dtype to be Long or Byte, but got {target.dtype}: class indices are whole "
            "numbers, target.long()"
        )
    _check_labels(name, found, classes, ignore_index)
    return found


@array_function
def _check_labels(name: str, found: Array, classes: int, ignore_index: int | None) -> None:
    if any_outside(found, classes):
        bad = ((found < 0) | (found >= classes)) & (found != ignore_index)
        if bad.any():
            raise IndexError(
                f"Target {found[bad].flat[0]} is out of bounds. {name}: there are {classes} classes, from 0"
            )


def check_class_weight(name: str, weight: Tensor | None, classes: int, dtype: Any = None) -> None:
    """Check that there is a weight for each class.

    Raises:
        RuntimeError: if there is not, if it is of another dtype, or if it requires a gradient.
    """
    if weight is None:
        return
    if tuple(weight.shape) != (classes,):
        raise RuntimeError(
            f"{name}: weight tensor should be defined either for all {classes} classes or no classes but got weight "
            f"tensor of shape: {list(weight.shape)}"
        )
    if dtype is not None and weight.dtype != dtype:
        raise RuntimeError(
            f"{name}: expected scalar type {dtype} for the weight but found {weight.dtype}: weight.to(input.dtype)"
        )
    if dtype is not None and weight.requires_grad:
        raise RuntimeError(f"{name} is not differentiable with respect to argument 'weight': pass weight.detach()")


def same_dims(name: str, names: str, tensors: Sequence[Tensor]) -> None:
    """Check that Tensors have as many dimensions as one another.

    Raises:
        RuntimeError: if they do not.
    """
    if len({x.ndim for x in tensors}) > 1:
        found = ", ".join(f"{n}: {list(x.shape)}" for n, x in zip(names.split(), tensors, strict=True))
        raise RuntimeError(
            f"{name} : All input tensors should have the same number of dimensions but got sizes: {found}"
        )
