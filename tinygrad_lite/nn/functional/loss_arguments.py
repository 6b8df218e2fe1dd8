"""Checks of what losses are given: shapes that fit each other, class indices, weights of classes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ...core.array_functions import array_function, copied
from ...core.errors import warn
from ...core.primitive import Array
from ...functions.arguments import any_out_of_range, for_all_samples
from ...tensors.tensor import Tensor
from ...types import dtypes
from .argument_types import check_constant, scalar_type

# ------------------------------------------------------------------------------------------------- shapes


def check_broadcast(function: str, **tensors: Tensor) -> None:
    """Raise a RuntimeError, which names the function, its arguments and their shapes, unless these broadcast."""
    first, *others = tensors.values()
    shape: Sequence[int] = first._data.shape
    for x in others:
        other = x._data.shape
        if other == shape:
            continue
        for i in range(1, min(len(shape), len(other)) + 1):
            if shape[-i] != other[-i] and shape[-i] != 1 and other[-i] != 1:
                dim = max(len(shape), len(other)) - i
                given = ", ".join(f"{name} {list(x.shape)}" for name, x in tensors.items())
                raise RuntimeError(
                    f"The size of tensor a ({shape[-i]}) must match the size of tensor b ({other[-i]}) at "
                    f"non-singleton dimension {dim}. {function}: the shapes cannot be broadcast together: {given}. "
                    "From the last dimension back, sizes must be equal, or one of them 1 or missing"
                )
        shape = np.broadcast_shapes(shape, other)


def check_factors(function: str, argument: str, factors: Tensor, input: Tensor) -> None:
    """Raise a RuntimeError unless the factors of the elements' losses broadcast to the shape of the input."""
    check_broadcast(function, **{argument: factors}, input=input)
    shape = np.broadcast_shapes(input._data.shape, factors._data.shape)
    if shape != input._data.shape:
        raise RuntimeError(
            f"output with shape {list(input.shape)} doesn't match the broadcast shape {list(shape)}. {function}: "
            f"{argument} {list(factors.shape)} must broadcast to the shape of the input"
        )


def check_shapes(function: str, input: Tensor, target: Tensor) -> None:
    """Check that input and target broadcast, and warn (N12) if the loss would pair elements of different places."""
    a, b = tuple(input._data.shape), tuple(target._data.shape)
    if a == b:
        return
    check_broadcast(function, input=input, target=target)
    hint = ""
    if [n for n in a if n != 1] == [n for n in b if n != 1]:
        both = np.broadcast_shapes(a, b)
        longer, shorter = ("input", "target") if len(a) > len(b) else ("target", "input")
        hint = f" The losses would be of shape {list(both)}, every element of one with every element of the other."
        hint += f" Did you mean {longer}.squeeze(), or {shorter}.reshape({longer}.shape)?"
    warn(
        f"Using a target size ({target.shape}) that is different to the input size ({input.shape}). This will likely "
        f"lead to incorrect results due to broadcasting. Please ensure they have the same size.{hint}"
    )


# --------------------------------------------------------------------------------------------- class indices


def class_indices(function: str, target: Tensor, classes: int, ignore_index: int | None = None) -> Array:
    """Return the array of class indices of a target, after a check that they are class indices.

    Raises:
        RuntimeError: if their dtype is neither int64 nor uint8.
        IndexError: if there is no such class.
    """
    indices: Array = target._data
    if indices.dtype is dtypes.uint8:
        indices = copied(indices, dtypes.int64)
    elif indices.dtype is not dtypes.int64:
        raise RuntimeError(
            f"expected target dtype to be Long or Byte, but got {scalar_type(target.dtype)}. {function}: class indices "
            f"are whole numbers in int64 or uint8, and the target is {target.dtype}: convert it with target.long()"
        )
    _check_labels(function, indices, classes, ignore_index)
    return indices


@array_function
@for_all_samples
def _check_labels(function: str, indices: Array, classes: int, ignore_index: int | None) -> None:
    if not any_out_of_range(indices, classes):
        return
    outside = ((indices < 0) | (indices >= classes)) & (indices != ignore_index)
    if not outside.any():
        return
    counted = indices[indices != ignore_index]
    if classes == 1:
        hint = "; for one score that separates two classes there is binary_cross_entropy_with_logits"
    elif counted.min() == 1 and counted.max() == classes:
        hint = ": these begin at 1, so subtract 1"
    elif counted.min() == -1:
        hint = ": to leave out the targets -1 pass ignore_index=-1"
    else:
        hint = ""
    count = f"{classes} classes, 0 to {classes - 1}" if classes > 1 else f"{classes} class{'es' * (classes == 0)}"
    raise IndexError(f"Target {indices[outside].flat[0]} is out of bounds. {function}: there are {count}{hint}")


def check_class_weight(function: str, weight: Tensor | None, classes: int, dtype: Any = None) -> None:
    """Check that the weight, if there is one, is a vector with a number for each class.

    Args:
        dtype: the dtype that it must have; None for any. Where there is one, the weight may not require a gradient.

    Raises:
        RuntimeError: if it is not.
    """
    if weight is None:
        return
    if tuple(weight.shape) != (classes,):
        raise RuntimeError(
            f"weight tensor should be defined either for all {classes} classes or no classes but got weight tensor of "
            f"shape: {list(weight.shape)}. {function}: pass one factor for each class, weight of shape [{classes}]"
        )
    if dtype is not None and weight.dtype != dtype:
        raise RuntimeError(
            f"expected scalar type {scalar_type(dtype)} but found {scalar_type(weight.dtype)}. {function}: the weight "
            f"is {weight.dtype} and the input {dtype}: convert it with weight.to(input.dtype)"
        )
    if dtype is not None:
        check_constant(function, "weight", weight)


def check_target_shape(function: str, input: Tensor, target: Tensor) -> None:
    """Check that there is one class index for each sample of scores (C), (N, C) or (N, C, d1, …).

    Raises:
        ValueError: if the numbers of samples differ, or the scores have no dimension.
        RuntimeError: if the other dimensions differ.
    """
    shape, given = input._data.shape, target._data.shape
    if not shape:
        raise ValueError(f"Expected 1 or more dimensions (got 0). {function}: the input needs a dimension of classes")
    expected = shape[:1] + shape[2:] if len(shape) > 1 else ()
    if given == expected or (len(shape) == 1 and given == (1,)):
        return
    details = f". {function}: scores {list(shape)} need targets of shape {list(expected)}, not {list(given)}"
    details += _target_hint(function, shape, given, expected, target)
    if len(shape) == 1 and len(given) == 1 and given != shape:
        raise ValueError(f"For 1D input, 1D target must have size 1, but got target size: {given[0]}{details}")
    if len(shape) > 1 and given[:1] != expected[:1]:
        size = given[0] if given else 0
        raise ValueError(f"Expected input batch_size ({shape[0]}) to match target batch_size ({size}){details}")
    if len(shape) <= 2:
        raise RuntimeError(f"0D or 1D target tensor expected, multi-target not supported{details}")
    if len(shape) == 4 and len(given) != 3:
        phrase = "only batches of spatial targets supported (3D tensors) but got targets of dimension"
        raise RuntimeError(f"{phrase}: {len(given)}{details}")
    if len(shape) == 4:
        raise RuntimeError(f"size mismatch (got input: {list(shape)} , target: {list(given)}{details}")
    raise RuntimeError(f"Expected target size {list(expected)}, got {list(given)}{details}")


def _target_hint(
    function: str, shape: tuple[int, ...], given: tuple[int, ...], expected: tuple[int, ...], target: Tensor
) -> str:
    if given == shape:
        dim = 0 if len(shape) == 1 else 1
        hint = f": target.argmax({dim}) gives those of a one-hot target"
        return hint + (", and cross_entropy takes probabilities" if target.dtype.kind == "f" else "")
    if given == (*expected, 1):
        return f": target.squeeze({len(expected)}) has it"
    if len(shape) == 1:
        return ": these are the scores of one sample, those of a batch are (N, C)"
    if not given:
        return ": this is the target of one sample without a batch dimension, target.reshape(1) has one"
    return ""
