"""Losses of classes, as functions of scores and labels.

Every `reduction` is "mean", "sum" or "none"; `size_average` and `reduce` are its old, deprecated names.
"""

from __future__ import annotations

import math
import warnings
from typing import Any

import numpy as np

from ...functions.reduction import log_softmax
from ...functions.shape import broadcast_to, reshape
from ...ops import fused
from ...ops import losses as table
from ...ops.elementwise import logsigmoid, relu, square, where
from ...ops.indexing import gather
from ...ops.reduction import sum
from ...ops.shape import permute, unsqueeze
from ...primitive import Array
from ...tensor import Tensor, wrap
from .reduction import check_class_weight, labels, reduced, refuse_whole_numbers, resolved

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
    rows = input if len(shape) == 2 else reshape(_channels_last(input), (found.size, shape[dim]))
    _warn_of_probabilities(rows._data)
    out = fused.cross_entropy(rows, found.reshape(-1), weight, ignore_index, label_smoothing, reduction)
    return reshape(out, (*shape[:dim], *shape[dim + 1 :])) if reduction == "none" else out


def _targets(name: str, input: Tensor, target: Tensor, ignore_index: int) -> Array:
    """The class indices for scores (C), (N, C) or (N, C, d1, …), once they are known to fit."""
    shape, given = input._data.shape, target._data.shape
    if not shape:
        raise ValueError(f"{name}: Expected 1 or more dimensions (got 0)")
    expected = (*shape[:1], *shape[2:]) if len(shape) > 1 else ()
    if given != expected and not (len(shape) == 1 and given == (1,)):
        hint = f": the scores {list(shape)} need targets of shape {list(expected)}, not {list(given)}"
        if len(shape) > 1 and given[:1] != expected[:1]:
            size = given[0] if given else "none"
            raise ValueError(
                f"Expected input batch_size ({shape[0]}) to match target batch_size ({size}). {name}{hint}"
            )
        raise RuntimeError(f"Expected target size {list(expected)}, got {list(given)}. {name}{hint}")
    return labels(name, target, shape[min(len(shape) - 1, 1)], ignore_index)


def _channels_last(x: Tensor) -> Any:
    return permute(x, (0, *range(2, x.ndim), 1)) if x.ndim > 1 else x


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
    dim = min(input.ndim - 1, 1)
    check_class_weight("nll_loss", weight, input.shape[dim], input.dtype)
    if input.ndim == 1:
        found = found.reshape(())
    counted = found != ignore_index
    safe = np.where(counted, found, 0)
    share = wrap(np.asarray(counted * (input.dtype.type(1) if weight is None else weight._data[safe]), input.dtype))
    picked = sum(gather(input, dim, np.expand_dims(safe, dim)), dim, False)
    losses = where(counted, -picked * share, 0)
    if reduction != "mean":
        return reduced(losses, reduction)
    return sum(losses, None, False) / sum(share, None, False)


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
    for which, x in (("input", input._data), ("target", target._data)):
        if not ((x >= 0) & (x <= 1)).all():
            raise RuntimeError(
                f"binary_cross_entropy: all elements of {which} should be between 0 and 1; for logits there is "
                "binary_cross_entropy_with_logits"
            )
    losses = table.binary_cross_entropy(input, target)
    if weight is not None:
        losses = losses * broadcast_to(weight, tuple(target.shape))
    return reduced(losses, reduction)


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
    found = labels("multi_margin_loss", target, classes).reshape(samples)
    check_class_weight("multi_margin_loss", weight, classes)
    rows = reshape(input, (samples, classes))
    terms = relu(margin - gather(rows, 1, found[:, None]) + rows)
    terms = (terms if p == 1 else square(terms)) * (np.arange(classes) != found[:, None])
    losses = sum(terms, 1, False) / classes
    if weight is not None:
        losses = losses * weight._data[found]
    return reduced(reshape(losses, tuple(target.shape)), reduction)


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
    found = labels("multilabel_margin_loss", target, classes, -1).reshape(-1, classes)
    listed = np.logical_and.accumulate(found >= 0, axis=1)
    safe = np.where(listed, found, 0)
    is_target = (listed[:, :, None] & (safe[:, :, None] == np.arange(classes))).any(1)
    rows = reshape(input, found.shape)
    terms = relu(1 - unsqueeze(gather(rows, 1, safe), 2) + unsqueeze(rows, 1))
    losses = sum(terms * (listed[:, :, None] & ~is_target[:, None, :]), (1, 2), False) / classes
    return reduced(losses if input.ndim == 2 else reshape(losses, ()), reduction)
