"""Losses of classes with a margin, hard or soft, as functions of scores and labels.

Every `reduction` is "mean", "sum" or "none"; `size_average` and `reduce` are its old, deprecated names.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from ...core.array_functions import array_function
from ...core.primitive import Array
from ...core.tensor import wrap
from ...functions.arguments import vector_of
from ...functions.reshaping import reshape
from ...ops.elementwise import logsigmoid, relu, square
from ...ops.indexing import gather, getitem
from ...ops.reduction import sum
from ...ops.shape import unsqueeze
from ...tensors.tensor import Tensor
from .loss_reduction import check_class_weight, labels, reduced, resolved


def soft_margin_loss(
    input: Tensor,
    target: Tensor,
    size_average: bool | None = None,
    reduce: bool | None = None,
    reduction: str = "mean",
) -> Any:
    """log(1 + e**(-target input)), for targets 1 and -1 and any shape; finite where PyTorch's overflows.

    >>> import tinygrad_lite as tl
    >>> tl.nn.functional.soft_margin_loss(tl.tensor([-1e4, 1e4]), tl.ones(2))
    tensor(5000.)
    """
    reduction = resolved(reduction, size_average, reduce)
    return reduced(-logsigmoid(target * input), reduction)


def multilabel_soft_margin_loss(
    input: Tensor,
    target: Tensor,
    weight: Tensor | None = None,
    size_average: bool | None = None,
    reduce: bool | None = None,
    reduction: str = "mean",
) -> Any:
    """The mean over the classes of the binary cross entropy of sigmoid(input), for (…, C).

    Args:
        target: 1 for the classes of a sample, 0 for others, (…, C).
        weight: (C), a factor for each class.

    >>> import tinygrad_lite as tl
    >>> tl.nn.functional.multilabel_soft_margin_loss(tl.zeros(1, 3), tl.tensor([[1.0, 0.0, 1.0]]))
    tensor(0.6931)
    """
    reduction = resolved(reduction, size_average, reduce)
    losses = -(target * logsigmoid(input) + (1 - target) * logsigmoid(-input))
    if weight is not None:
        losses = losses * weight
    return reduced(sum(losses, -1, False) / input.shape[-1], reduction)


def multi_margin_loss(
    input: Tensor,
    target: Tensor,
    p: int = 1,
    margin: float = 1.0,
    weight: Tensor | None = None,
    size_average: bool | None = None,
    reduce: bool | None = None,
    reduction: str = "mean",
) -> Any:
    """Σ max(0, margin - input_t + input_i)ᵖ / C over the classes i other than the target t, for (C) or (N, C).

    Args:
        target: class indices () or (N).
        p: 1 or 2.
        weight: (C), a factor for each target class.

    Raises:
        ValueError: for another p, or a weight that is no vector.
        RuntimeError: if the shapes do not fit.
        IndexError: for a class that there is not.

    >>> import tinygrad_lite as tl
    >>> tl.nn.functional.multi_margin_loss(tl.tensor([[0.1, 0.2, 0.4, 0.8]]), tl.tensor([3]))
    tensor(0.3250)
    """
    reduction = resolved(reduction, size_average, reduce)
    if p not in (1, 2):
        raise ValueError("only p == 1 and p == 2 supported")
    if weight is not None and weight.ndim != 1:
        raise ValueError("weight must be one-dimensional")
    samples = math.prod(input.shape[:-1])
    if input.ndim not in (1, 2) or target.ndim > 1 or target._data.size != samples:
        raise RuntimeError(
            f"multi_margin_loss: inconsistent target size, expected [{samples}] but got {list(target.shape)} for an "
            f"input {list(input.shape)}, which is to be (C) or (N, C)"
        )
    classes = input.shape[-1]
    found = vector_of(labels("multi_margin_loss", target, classes))
    check_class_weight("multi_margin_loss", weight, classes)
    rows = reshape(input, (samples, classes))
    picked = gather(rows, 1, _column(found))
    terms = relu(margin - picked + rows)
    terms = (terms if p == 1 else square(terms)) * wrap(_are_others(found, classes))
    losses = sum(terms, 1, False) / classes
    if weight is not None:
        losses = losses * getitem(weight.detach(), found)
    return reduced(reshape(losses, tuple(target.shape)), reduction)


@array_function
def _column(found: Array) -> Array:
    return found[:, None]


@array_function
def _are_others(found: Array, classes: int) -> Array:
    return np.not_equal(np.arange(classes), found[:, None])


def multilabel_margin_loss(
    input: Tensor,
    target: Tensor,
    size_average: bool | None = None,
    reduce: bool | None = None,
    reduction: str = "mean",
) -> Any:
    """Σ max(0, 1 - input_t + input_i) / C over the targets t and the classes i that are none, for (C) or (N, C).

    Args:
        target: class indices in the shape of the input; a row's targets are those before its first -1.

    Raises:
        RuntimeError: if the shapes differ.
        IndexError: for a class that there is not.

    >>> import tinygrad_lite as tl
    >>> tl.nn.functional.multilabel_margin_loss(tl.tensor([[0.1, 0.2, 0.4, 0.8]]), tl.tensor([[3, 0, -1, 1]]))
    tensor(0.8500)
    """
    reduction = resolved(reduction, size_average, reduce)
    if tuple(target.shape) != tuple(input.shape) or input.ndim not in (1, 2):
        raise RuntimeError(
            f"multilabel_margin_loss: inconsistent target size: {list(target.shape)} for input of size: "
            f"{list(input.shape)}; both are (C) or (N, C)"
        )
    classes = input.shape[-1]
    safe, counted = _targets_of(labels("multilabel_margin_loss", target, classes, -1))
    rows = reshape(input, safe.shape)
    terms = relu(1 - unsqueeze(gather(rows, 1, safe), 2) + unsqueeze(rows, 1))
    losses = sum(terms * wrap(counted), (1, 2), False) / classes
    return reduced(losses if input.ndim == 2 else reshape(losses, ()), reduction)


@array_function
def _targets_of(found: Array) -> tuple[Array, Array]:
    """Each row's targets, 0 behind its first -1; and, for each of these and each class, whether the pair counts."""
    found = found.reshape(-1, found.shape[-1])
    listed = np.logical_and.accumulate(found >= 0, axis=1)
    safe = np.where(listed, found, 0)
    is_target = (listed[:, :, None] & (safe[:, :, None] == np.arange(found.shape[-1]))).any(1)
    return safe, listed[:, :, None] & ~is_target[:, None, :]
