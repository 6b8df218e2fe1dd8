"""Losses of classes with a margin, hard or soft, as functions of scores and labels."""

from __future__ import annotations

import math

import numpy as np

from ...core.array_functions import array_function
from ...core.primitive import Array
from ...core.tensor import wrap
from ...core.views import without_hidden_base
from ...functions.arguments import vector_of
from ...functions.reduction import sum
from ...functions.reshaping import reshape
from ...ops.activation import logsigmoid, relu
from ...ops.elementwise import square
from ...ops.indexing import gather, getitem
from ...ops.shape import unsqueeze
from ...tensors.tensor import Tensor
from .argument_types import as_number, check_constant, check_optional_tensor, check_tensors, scalar_type
from .loss_arguments import check_broadcast, class_indices
from .loss_reduction import reduce_losses, resolve_reduction


def soft_margin_loss(
    input: Tensor,
    target: Tensor,
    size_average: bool | None = None,
    reduce: bool | None = None,
    reduction: str = "mean",
) -> Tensor:
    """Logistic loss of two classes that are called 1 and -1: log(1 + e**(-target input)).

    It is computed without overflow, and so is finite where PyTorch's is infinite.

    Args:
        input: scores of any shape (*), in a floating dtype.
        target: 1 or -1 for each, (*), in any dtype but bool.
        size_average, reduce: deprecated names of `reduction`, which override it with a warning.
        reduction: "mean", "sum", or "none" for the loss of each element.

    Returns:
        A Tensor (), or (*) for "none".

    Raises:
        TypeError: if input or target is not a Tensor.
        RuntimeError: if the shapes do not broadcast.
        ValueError: for another reduction.

    >>> import tinygrad_lite as tl
    >>> tl.nn.functional.soft_margin_loss(tl.tensor([-1e4, 1e4]), tl.ones(2))
    tensor(5000.)
    """
    check_tensors("soft_margin_loss", input=input, target=target)
    check_broadcast("soft_margin_loss", input=input, target=target)
    reduction = resolve_reduction(reduction, size_average, reduce)
    return reduce_losses(-logsigmoid(target * input), reduction)


def multilabel_soft_margin_loss(
    input: Tensor,
    target: Tensor,
    weight: Tensor | None = None,
    size_average: bool | None = None,
    reduce: bool | None = None,
    reduction: str = "mean",
) -> Tensor:
    """Binary cross entropy of sigmoid(input), as a mean over the classes of a sample, which may be of several.

    Args:
        input: scores (C), (N, C) or (*, C), in a floating dtype.
        target: 1 for each class of a sample and 0 for the others, in the shape of the input and any dtype but bool.
        weight: (C), a factor for each class.
        size_average, reduce: deprecated names of `reduction`, which override it with a warning.
        reduction: "mean", "sum", or "none" for the loss of each sample.

    Returns:
        A Tensor (), or the input's shape without C for "none".

    Raises:
        TypeError: if input, target or weight is not a Tensor.
        IndexError: if the input is 0-d.
        RuntimeError: if the shapes do not broadcast.
        ValueError: for another reduction.

    >>> import tinygrad_lite as tl
    >>> tl.nn.functional.multilabel_soft_margin_loss(tl.zeros(1, 3), tl.tensor([[1.0, 0.0, 1.0]]))
    tensor(0.6931)
    """
    name = "multilabel_soft_margin_loss"
    check_tensors(name, input=input, target=target)
    check_optional_tensor(name, "weight", 3, weight)
    if not input.ndim:
        raise IndexError(f"Dimension specified as -1 but tensor has no dimensions. {name}: the input needs classes (C)")
    check_broadcast(name, target=target, input=input)
    if weight is not None:
        check_broadcast(name, input=input, weight=weight)
    reduction = resolve_reduction(reduction, size_average, reduce)
    losses = -(target * logsigmoid(input) + (1 - target) * logsigmoid(-input))
    if weight is not None:
        losses = losses * weight
    return reduce_losses(sum(losses, -1, False) / input.shape[-1], reduction)


def multi_margin_loss(
    input: Tensor,
    target: Tensor,
    p: int = 1,
    margin: float = 1.0,
    weight: Tensor | None = None,
    size_average: bool | None = None,
    reduce: bool | None = None,
    reduction: str = "mean",
) -> Tensor:
    """Hinge loss of several classes: Σ max(0, margin - input_t + input_i)ᵖ / C.

    The sum is over the classes i other than the target t.

    Args:
        input: scores (C) of one sample or (N, C) of a batch, in a floating dtype.
        target: class indices from 0 to C - 1 in int64 or uint8, () or (N).
        p: the power, 1 or 2.
        margin: by how much the score of the target is to exceed the others.
        weight: (C), a factor for each target class, which must not require a gradient.
        size_average, reduce: deprecated names of `reduction`, which override it with a warning.
        reduction: "mean", "sum", or "none" for the loss of each sample.

    Returns:
        A Tensor (), or of the shape of the target for "none".

    Source: Weston & Watkins, Support vector machines for multi-class pattern recognition, 1999 (without the 1 / C).

    Raises:
        TypeError: if input, target or weight is not a Tensor, or margin not a number.
        ValueError: for another p, a weight that is not a vector, or another reduction.
        RuntimeError: if the shapes do not fit, for a target of another dtype, or if the weight requires a gradient.
        IndexError: for a class index that is out of range.

    >>> import tinygrad_lite as tl
    >>> tl.nn.functional.multi_margin_loss(tl.tensor([[0.1, 0.2, 0.4, 0.8]]), tl.tensor([3]))
    tensor(0.3250)
    """
    check_tensors("multi_margin_loss", input=input, target=target)
    margin = as_number("multi_margin_loss", "margin", 4, margin, "Number")
    check_optional_tensor("multi_margin_loss", "weight", 5, weight)
    reduction = resolve_reduction(reduction, size_average, reduce)
    if p not in (1, 2):
        raise ValueError(f"only p == 1 and p == 2 supported, but multi_margin_loss got p={p!r}")
    check_constant("multi_margin_loss", "weight", weight)
    if weight is not None and weight.ndim != 1:
        raise ValueError(f"weight must be one-dimensional, but multi_margin_loss got the shape {list(weight.shape)}")
    if not input.ndim:
        input = reshape(input, (1,))
    _check_scores("multi_margin_loss", input)
    samples = math.prod(input.shape[:-1])
    if target.ndim > 1 or target._data.size != samples:
        hint = f": target.argmax({input.ndim - 1}) gives the class indices of a one-hot target" * (
            target.shape == input.shape
        )
        raise RuntimeError(
            "multi_margin_loss: target tensor should be 1-D with size equal to the number of input samples (batch "
            f"size). Expected target size [{samples}], but got {list(target.shape)}. Input has shape "
            f"{list(input.shape)}.{hint}"
        )
    classes = input.shape[-1]
    _check_target_dtype("multi_margin_loss", target)
    indices = vector_of(class_indices("multi_margin_loss", target, classes))
    if weight is not None and tuple(weight.shape) != (classes,):
        raise RuntimeError(
            f"inconsistent weight size, expected {classes} but got {list(weight.shape)}. multi_margin_loss: the weight "
            f"has a factor for each class of the input {list(input.shape)}"
        )
    rows = reshape(input, (samples, classes))
    picked = gather(rows, 1, _column(indices))
    terms = relu(margin - picked + rows)
    terms = (terms if p == 1 else square(terms)) * wrap(_other_classes(indices, classes))
    losses = sum(terms, 1, False) / classes
    if weight is not None:
        losses = losses * getitem(weight, indices)
    return reduce_losses(without_hidden_base(reshape(losses, tuple(target.shape)), ()), reduction)


def _check_scores(function: str, input: Tensor) -> None:
    if input.ndim not in (1, 2):
        raise RuntimeError(
            f"Expected non-empty vector or matrix with optional 0-dim batch size, but got: {list(input.shape)}. "
            f"{function}: the input is scores (C) of one sample or (N, C) of a batch"
        )


def _check_target_dtype(function: str, target: Tensor) -> None:
    if str(target.dtype) not in ("int64", "uint8"):
        raise RuntimeError(
            f"expected scalar type Long but found {scalar_type(target.dtype)}. {function}: expected target dtype to be "
            f"Long or Byte, and the target is {target.dtype}: convert it with target.long()"
        )


@array_function
def _column(indices: Array) -> Array:
    return indices[:, None]


@array_function
def _other_classes(indices: Array, classes: int) -> Array:
    """Return for each sample a mask of the classes other than its target."""
    return np.not_equal(np.arange(classes), indices[:, None])


def multilabel_margin_loss(
    input: Tensor,
    target: Tensor,
    size_average: bool | None = None,
    reduce: bool | None = None,
    reduction: str = "mean",
) -> Tensor:
    """Hinge loss of samples with several classes: Σ max(0, 1 - input_t + input_i) / C.

    The sum is over the targets t of a sample and the classes i that are not among them.

    Args:
        input: scores (C) of one sample or (N, C) of a batch, in a floating dtype.
        target: class indices in the shape of the input, in int64 or uint8: the targets of a sample are those before its
            first -1.
        size_average, reduce: deprecated names of `reduction`, which override it with a warning.
        reduction: "mean", "sum", or "none" for the loss of each sample.

    Returns:
        A Tensor (), or () or (N) for "none".

    Raises:
        TypeError: if input or target is not a Tensor.
        RuntimeError: if the shapes differ, or for a target of another dtype.
        IndexError: for a class index that is out of range.
        ValueError: for another reduction.

    >>> import tinygrad_lite as tl
    >>> scores = tl.tensor([[0.1, 0.2, 0.4, 0.8]])
    >>> tl.nn.functional.multilabel_margin_loss(scores, tl.tensor([[3, 0, -1, 1]]))  # the targets are 3 and 0
    tensor(0.8500)
    """
    check_tensors("multilabel_margin_loss", input=input, target=target)
    reduction = resolve_reduction(reduction, size_average, reduce)
    input, target = (x if x.ndim else reshape(x, (1,)) for x in (input, target))
    _check_scores("multilabel_margin_loss", input)
    if tuple(target.shape) != tuple(input.shape):
        raise RuntimeError(
            f"inconsistent target size: {list(target.shape)} for input of size: {list(input.shape)}. "
            "multilabel_margin_loss: each row of the target lists the classes of a sample, and is filled up with -1"
        )
    classes = input.shape[-1]
    _check_target_dtype("multilabel_margin_loss", target)
    safe, pairs = _target_pairs(class_indices("multilabel_margin_loss", target, classes, -1))
    rows = reshape(input, safe.shape)
    terms = relu(1 - unsqueeze(gather(rows, 1, safe), 2) + unsqueeze(rows, 1))
    losses = sum(terms * wrap(pairs), (1, 2), False) / classes
    return reduce_losses(losses if input.ndim == 2 else without_hidden_base(reshape(losses, ()), ()), reduction)


@array_function
def _target_pairs(indices: Array) -> tuple[Array, Array]:
    """Return the targets of each row, 0 from its first -1 on, and a mask of the pairs (target, class) that count."""
    indices = indices.reshape(-1, indices.shape[-1])
    is_listed = np.logical_and.accumulate(indices >= 0, axis=1)
    safe = np.where(is_listed, indices, 0)
    is_target = (is_listed[:, :, None] & (safe[:, :, None] == np.arange(indices.shape[-1]))).any(1)
    return safe, is_listed[:, :, None] & ~is_target[:, None, :]
