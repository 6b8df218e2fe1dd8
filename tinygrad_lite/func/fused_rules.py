"""The batching rules of fused primitives, which keep their kernels where only the inputs differ between samples.

Where the weights differ too, the reference of the primitive is applied, which has rules for all that it uses.
"""

from __future__ import annotations

import math
from typing import Any

from ..core.edge import cast, reshape
from ..core.primitive import Primitive
from ..ops.elementwise import ne, where
from ..ops.indexing import getitem
from ..ops.kernels.classification import cross_entropy, nll_loss
from ..ops.kernels.distances import distances, distances_of_pairs
from ..ops.kernels.linear import linear
from ..ops.kernels.normalization import batch_norm, frozen_batch_norm, group_norm, layer_norm
from ..ops.kernels.recurrent import gru, lstm, rnn
from ..ops.linalg import matmul, transposed
from ..ops.reduction import sum
from .operands import Batch, Each, batches, by_reference, front, moved, ndim_of, one_by_one, shape_of


@batches(linear)
def _linear(primitive: Primitive, batch: Batch, x: Any, weight: Any, bias: Any) -> Any:
    if not isinstance(weight, Each) and not isinstance(bias, Each):
        return primitive(x.value, weight, bias)
    if ndim_of(weight) != 2 or not isinstance(weight, Each):
        return by_reference(primitive, batch, x, weight, bias)
    # The weights come first in the product: their gradient is then in order in memory, and need not be copied.
    shape, out = shape_of(x), shape_of(weight)[0]
    rows = reshape(front(x, batch.size), (batch.size, math.prod(shape[:-1]), shape[-1]))
    product = transposed(matmul(weight.value, transposed(rows)))
    if bias is not None:
        product = product + (reshape(bias.value, (batch.size, 1, out)) if isinstance(bias, Each) else bias)
    return reshape(product, (batch.size, *shape[:-1], out))


# ------------------------------------------------------------------------------------------------------ losses


@batches(nll_loss)
def _nll_loss(
    primitive: Primitive, batch: Batch, x: Any, target: Any, weight: Any, ignore_index: int, reduction: str
) -> Any:
    if isinstance(weight, Each):
        return one_by_one(primitive, batch, x, target, weight, ignore_index, reduction)
    rows, targets = _rows(batch, x, target)
    losses = primitive(rows, targets, weight, ignore_index, "none")
    return _reduced(batch, losses, targets, weight, ignore_index, reduction)


@batches(cross_entropy)
def _cross_entropy(
    primitive: Primitive,
    batch: Batch,
    x: Any,
    target: Any,
    weight: Any,
    ignore_index: int,
    label_smoothing: float,
    reduction: str,
) -> Any:
    if isinstance(weight, Each):
        return one_by_one(primitive, batch, x, target, weight, ignore_index, label_smoothing, reduction)
    rows, targets = _rows(batch, x, target)
    losses = primitive(rows, targets, weight, ignore_index, label_smoothing, "none")
    return _reduced(batch, losses, targets, weight, ignore_index, reduction)


def _rows(batch: Batch, x: Any, target: Any) -> tuple[Any, Any]:
    """The scores (N, C) and targets (N) of all samples, one after the other."""
    (n, classes), size = shape_of(x), batch.size
    return reshape(front(x, size), (size * n, classes)), reshape(front(target, size), (size * n,))


def _reduced(batch: Batch, losses: Any, targets: Any, weight: Any, ignore_index: int, reduction: str) -> Any:
    """The losses of each sample, reduced."""
    rows = (batch.size, losses.shape[0] // max(batch.size, 1))
    losses = reshape(losses, rows)
    if reduction == "none":
        return losses
    totals = sum(losses, 1, False)
    if reduction == "sum":
        return totals
    counted = ne(targets, ignore_index)
    if weight is None:
        weights = cast(counted, losses.dtype)
    else:
        weights = where(counted, getitem(weight.detach(), where(counted, targets, 0)), 0)
    return totals / sum(reshape(weights, rows), 1, False)


# ---------------------------------------------------------------------------------------------- normalization


@batches(batch_norm)
def _batch_norm(
    primitive: Primitive,
    batch: Batch,
    x: Any,
    weight: Any,
    bias: Any,
    running_mean: Any,
    running_var: Any,
    momentum: float | None,
    eps: float,
) -> Any:
    if momentum is not None and isinstance(x, Each) and not isinstance(running_mean, Each):
        raise RuntimeError(
            "Batch norm got a batched tensor as input while the running_mean or running_var, which will be updated in "
            "place, were not batched.\nIf you are using a module and do not need eval mode, please set "
            "`track_running_stats` to be False.If you are using a prebuilt module and do not need eval mode, "
            "func.replace_all_batch_norm_modules_(model) does that"
        )
    averages = (running_mean, running_var) if momentum is not None else (None, None)
    return _with_channels(primitive, batch, x, (weight, bias, *averages), momentum, eps)


@batches(frozen_batch_norm)
def _frozen_batch_norm(primitive: Primitive, batch: Batch, x: Any, *args: Any) -> Any:
    *channels, eps = args
    if any(isinstance(value, Each) for value in channels):
        return _with_channels(primitive, batch, x, channels, eps)
    (n, *sizes), size = shape_of(x), batch.size
    return reshape(primitive(reshape(x.value, (size * n, *sizes)), *channels, eps), x.value.shape)


def _with_channels(primitive: Primitive, batch: Batch, x: Any, channels: Any, *settings: Any) -> Any:
    """Normalize the channels (C) of all samples of x (N, C, …) as if they were those of one, (B C)."""
    (n, c, *sizes), size = shape_of(x), batch.size
    together = reshape(moved(front(x, size), 0, 1), (n, size * c, *sizes))
    values = [None if value is None else reshape(front(value, size), (size * c,)) for value in channels]
    out = primitive(together, *values, *settings)
    return moved(reshape(out, (n, size, c, *sizes)), 1, 0)


@batches(layer_norm)
def _layer_norm(primitive: Primitive, batch: Batch, x: Any, weight: Any, bias: Any, ndim: int, eps: float) -> Any:
    if isinstance(weight, Each) or isinstance(bias, Each):
        return by_reference(primitive, batch, x, weight, bias, ndim, eps)
    return primitive(x.value, weight, bias, ndim, eps)


@batches(group_norm)
def _group_norm(primitive: Primitive, batch: Batch, x: Any, weight: Any, bias: Any, groups: int, eps: float) -> Any:
    if isinstance(weight, Each) or isinstance(bias, Each):
        return by_reference(primitive, batch, x, weight, bias, groups, eps)
    (n, *sizes), size = shape_of(x), batch.size
    together = reshape(front(x, size), (size * n, *sizes))
    return reshape(primitive(together, weight, bias, groups, eps), (size, n, *sizes))


# -------------------------------------------------------------------------------------------------- distances


@batches(distances)
def _distances(primitive: Primitive, batch: Batch, x: Any, y: Any) -> Any:
    return primitive(front(x, batch.size), front(y, batch.size))


@batches(distances_of_pairs)
def _distances_of_pairs(primitive: Primitive, batch: Batch, x: Any, first: Any, second: Any) -> Any:
    """The differences of all samples' pairs, which are read at once."""
    return by_reference(primitive, batch, x, first, second)


# -------------------------------------------------------------------------------------------------- recurrent


@batches(rnn, lstm, gru)
def _recurrent(primitive: Primitive, batch: Batch, x: Any, *args: Any) -> Any:
    """Sequences (T, N, …) of all samples are side by side in N, if the weights are the same for all."""
    count = 2 if primitive is lstm else 1
    states, weights = args[:count], args[count:]
    if any(isinstance(x, Each) for x in weights):
        return by_reference(primitive, batch, x, *args)
    (steps, n, width), size = shape_of(x), batch.size
    together = reshape(moved(front(x, size), 0, 1), (steps, size * n, width))
    given = [reshape(front(x, size), (size * n, shape_of(x)[1])) for x in states]
    out = primitive(together, *given, *weights)
    *lead, _, hidden = out.shape
    return moved(reshape(out, (*lead, size, n, hidden)), len(lead), 0)
