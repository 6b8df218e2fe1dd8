"""Losses of classes, as functions of scores and labels.

Every `reduction` is "mean", "sum" or "none"; `size_average` and `reduce` are its old, deprecated names.
"""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np

from ...core.array_functions import array_function
from ...core.primitive import Array
from ...functions.arguments import raveled
from ...functions.reduction import log_softmax
from ...functions.reshaping import broadcast_to, reshape
from ...ops import losses as table
from ...ops.elementwise import logsigmoid
from ...ops.kernels import classification as kernels
from ...ops.reduction import sum
from ...ops.shape import permute
from ...tensors.tensor import Tensor
from .loss_reduction import check_class_weight, labels, reduced, refuse_whole_numbers, resolved

_warned: set[str] = set()
"""What was pointed out already: once is enough."""


def cross_entropy(
    input: Tensor,
    target: Tensor,
    weight: Tensor | None = None,
    size_average: bool | None = None,
    ignore_index: int = -100,
    reduce: bool | None = None,
    reduction: str = "mean",
    label_smoothing: float = 0.0,
) -> Any:
    """-log softmax(input) of the target class, for logits (C), (N, C) or (N, C, d1, …).

    Args:
        target: class indices (), (N) or (N, d1, …) in int64 or uint8, or probabilities in the shape of the input.
        weight: (C), a factor for each class; for class indices "mean" divides by the weights of the targets.
        ignore_index: targets of this class count for nothing.
        label_smoothing: how much of the target is spread over all classes.

    Warns once (UserWarning) if the rows of the input are probabilities already.

    Raises:
        IndexError: for a class that there is not.
        ValueError: if there are not as many targets as samples.
        RuntimeError: for class indices that are not whole numbers, or other shapes that do not fit.

    >>> import tinygrad_lite as tl
    >>> tl.nn.functional.cross_entropy(tl.zeros(2, 4), tl.tensor([0, 3]))
    tensor(1.3863)
    """
    reduction = resolved(reduction, size_average, reduce)
    if not 0.0 <= label_smoothing <= 1.0:
        raise RuntimeError(f"label_smoothing must be between 0.0 and 1.0. Got: {label_smoothing}")
    refuse_whole_numbers("cross_entropy", input)
    shape = input._data.shape
    dim = 0 if len(shape) == 1 else 1
    if target._data.shape == shape:
        return _soft_cross_entropy(input, target, weight, ignore_index, reduction, label_smoothing, dim)
    found = _targets("cross_entropy", input, target, ignore_index)
    check_class_weight("cross_entropy", weight, shape[dim], input.dtype)
    rows = _rows(input, found.size)
    _warn_of_probabilities(rows._data)
    out = kernels.cross_entropy(rows, _flat(found), weight, ignore_index, label_smoothing, reduction)
    return reshape(out, (*shape[:dim], *shape[dim + 1 :])) if reduction == "none" else out


def _targets(name: str, input: Tensor, target: Tensor, ignore_index: int) -> Array:
    """The class indices for scores (C), (N, C) or (N, C, d1, …), once they are known to fit."""
    shape, given = input._data.shape, target._data.shape
    if not shape:
        raise ValueError(f"{name}: Expected 1 or more dimensions (got 0)")
    expected = shape[:1] + shape[2:] if len(shape) > 1 else ()
    if given != expected and not (len(shape) == 1 and given == (1,)):
        hint = f": the scores {list(shape)} need targets of shape {list(expected)}, not {list(given)}"
        if len(shape) > 1 and given[:1] != expected[:1]:
            size = given[0] if given else "none"
            raise ValueError(
                f"Expected input batch_size ({shape[0]}) to match target batch_size ({size}). {name}{hint}"
            )
        raise RuntimeError(f"Expected target size {list(expected)}, got {list(given)}. {name}{hint}")
    return labels(name, target, shape[min(len(shape) - 1, 1)], ignore_index)


def _rows(x: Tensor, count: int) -> Any:
    """Scores (C), (N, C) or (N, C, d1, …) as a matrix with a row for each of `count` targets."""
    if (ndim := x._data.ndim) == 2:
        return x
    last = permute(x, (0, *range(2, ndim), 1)) if ndim > 1 else x
    return reshape(last, (count, last._data.shape[-1]))


def _flat(found: Array) -> Array:
    return found if found.ndim == 1 else raveled(found)


def _warn_of_probabilities(rows: Array) -> None:
    """Point out the softmax before a loss that has its own (N12): the network learns, but slowly and not as well."""
    if "softmax" in _warned or rows.shape[0] == 0 or rows.shape[1] < 2 or not 0 <= rows.item(0) <= 1:
        return
    if abs(float(rows[0].sum()) - 1) > 1e-2 or (rows < 0).any() or (np.abs(rows.sum(1) - 1) > 1e-3).any():
        return
    _warned.add("softmax")
    warnings.warn(
        "cross_entropy: every row of the input is nonnegative and sums to 1, so it looks like the result of a softmax. "
        "The loss applies log_softmax itself and takes logits: leave the softmax out, or pass probabilities p to "
        "nll_loss as log(p). (This is said once.)",
        UserWarning,
        stacklevel=3,
    )


def _soft_cross_entropy(
    input: Tensor, target: Tensor, weight: Tensor | None, ignore_index: int, reduction: str, smoothing: float, dim: int
) -> Any:
    """Cross entropy with probabilities for targets."""
    if target.dtype.kind != "f":
        raise RuntimeError(
            f"Expected floating point type for target with class probabilities, got {target.dtype}: a target in the "
            f"shape of the input, {list(input.shape)}, is of probabilities; class indices have no class dimension"
        )
    if ignore_index >= 0:
        raise RuntimeError("ignore_index is not supported for floating point target")
    classes = input.shape[dim]
    check_class_weight("cross_entropy", weight, classes)
    if input.ndim == 2:
        _warn_of_probabilities(input._data)
    if smoothing:
        target = target * (1 - smoothing) + smoothing / classes
    terms = log_softmax(input, dim) * target
    if weight is not None:
        terms = terms * weight.reshape(-1, *[1] * (input.ndim - dim - 1))
    return reduced(-sum(terms, dim, False), reduction)


def nll_loss(
    input: Tensor,
    target: Tensor,
    weight: Tensor | None = None,
    size_average: bool | None = None,
    ignore_index: int = -100,
    reduce: bool | None = None,
    reduction: str = "mean",
) -> Any:
    """-input of the target class, for log-probabilities (C), (N, C) or (N, C, d1, …).

    Arguments and errors are those of `cross_entropy`, which is this after `log_softmax`.

    >>> import tinygrad_lite as tl
    >>> tl.nn.functional.nll_loss(tl.tensor([[-0.5, -1.0]]), tl.tensor([1]))
    tensor(1.)
    """
    reduction = resolved(reduction, size_average, reduce)
    refuse_whole_numbers("nll_loss", input)
    found = _targets("nll_loss", input, target, ignore_index)
    shape = input._data.shape
    dim = 0 if len(shape) == 1 else 1
    check_class_weight("nll_loss", weight, shape[dim], input.dtype)
    out = kernels.nll_loss(_rows(input, found.size), _flat(found), weight, ignore_index, reduction)
    return reshape(out, (*shape[:dim], *shape[dim + 1 :])) if reduction == "none" else out


def _same_size(name: str, input: Tensor, target: Tensor) -> None:
    if tuple(target.shape) != tuple(input.shape):
        raise ValueError(
            f"{name}: Target size ({list(target.shape)}) must be the same as input size ({list(input.shape)}): "
            "reshape one of them"
        )


def binary_cross_entropy(
    input: Tensor,
    target: Tensor,
    weight: Tensor | None = None,
    size_average: bool | None = None,
    reduce: bool | None = None,
    reduction: str = "mean",
) -> Any:
    """-target log(input) - (1 - target) log(1 - input), for probabilities of any shape.

    Each logarithm is at least -100. With logits, `binary_cross_entropy_with_logits` is more precise.

    Args:
        weight: factors for the elements, which broadcast to them.

    Raises:
        ValueError: if the shapes differ.
        RuntimeError: if an element is no probability, or the dtypes differ.

    >>> import tinygrad_lite as tl
    >>> tl.nn.functional.binary_cross_entropy(tl.tensor([0.5, 1.0]), tl.tensor([1.0, 0.0]), reduction="none")
    tensor([  0.6931, 100.0000])
    """
    reduction = resolved(reduction, size_average, reduce)
    _same_size("binary_cross_entropy", input, target)
    if target.dtype != input.dtype:
        raise RuntimeError(
            f"binary_cross_entropy: Found dtype {target.dtype} but expected {input.dtype}: target.to(input.dtype)"
        )
    refuse_whole_numbers("binary_cross_entropy", input)
    _refuse_no_probabilities(input._data, target._data)
    losses = table.binary_cross_entropy(input, target)
    if weight is not None:
        losses = losses * broadcast_to(weight, tuple(target.shape))
    return reduced(losses, reduction)


@array_function
def _refuse_no_probabilities(input: Array, target: Array) -> None:
    for which, x in (("input", input), ("target", target)):
        if not ((x >= 0) & (x <= 1)).all():
            raise RuntimeError(
                f"binary_cross_entropy: all elements of {which} should be between 0 and 1; for logits there is "
                "binary_cross_entropy_with_logits"
            )


def binary_cross_entropy_with_logits(
    input: Tensor,
    target: Tensor,
    weight: Tensor | None = None,
    size_average: bool | None = None,
    reduce: bool | None = None,
    reduction: str = "mean",
    pos_weight: Tensor | None = None,
) -> Any:
    """Binary cross entropy of sigmoid(input), for logits of any shape, exact for large ones too.

    Computed as (1 - t) x - (1 + (pos_weight - 1) t) log sigmoid(x), for x = input and t = target.

    Args:
        weight: factors for the elements, which broadcast to them.
        pos_weight: factors for the positive targets' part, which broadcast to them too.

    Raises:
        ValueError: if the shapes differ.
        RuntimeError: if the targets are whole numbers.

    >>> import tinygrad_lite as tl
    >>> tl.nn.functional.binary_cross_entropy_with_logits(tl.tensor([0.0, 1e4]), tl.tensor([1.0, 1.0]))
    tensor(0.3466)
    """
    reduction = resolved(reduction, size_average, reduce)
    _same_size("binary_cross_entropy_with_logits", input, target)
    if target.dtype.kind != "f":
        raise RuntimeError(
            f"binary_cross_entropy_with_logits: result type {input.dtype} can't be cast to the desired output type "
            f"{target.dtype}: make the target floating, target.to(input.dtype)"
        )
    log_odds = logsigmoid(input)
    if pos_weight is not None:
        log_odds = log_odds * (1 + (pos_weight - 1) * target)
    losses = (1 - target) * input - log_odds
    return reduced(losses if weight is None else losses * weight, reduction)
