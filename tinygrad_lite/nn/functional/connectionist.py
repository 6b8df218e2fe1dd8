"""The loss of connectionist temporal classification."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ...core.array_functions import array_function, creation, made_of
from ...core.primitive import Array
from ...core.tensor import wrap
from ...functions.arguments import values_of
from ...functions.joining import cat, stack
from ...functions.reduction import logsumexp
from ...functions.selection import where
from ...tensors.tensor import Tensor
from .argument_types import check_tensors, named_in_errors
from .loss_reduction import reduce_losses, resolve_reduction

_NEVER = -1e30
"""The logarithm of the probability of what cannot happen: finite, so that no derivative is ∞ - ∞."""

_REASON = "how many labels ctc_loss needs for targets that follow one another depends on the greatest of their lengths"

Lengths = Tensor | Sequence[int]


@named_in_errors
def ctc_loss(
    log_probs: Tensor,
    targets: Tensor,
    input_lengths: Lengths,
    target_lengths: Lengths,
    blank: int = 0,
    reduction: str = "mean",
    zero_infinity: bool = False,
) -> Tensor:
    """-log of the probability that a sequence of scores stands for a shorter sequence of classes.

    All alignments count: each class may be held for several steps, and there may be blanks between them. Their sum is
    computed by the forward recursion, in logarithms.

    The derivative is that by `log_probs` as they are; PyTorch's adds exp(log_probs), which makes no difference behind
    a `log_softmax`.

    Args:
        log_probs: (T, N, C), or (T, C) for one sequence: the logarithms of probabilities, in a floating dtype.
        targets: (N, S), of which each row counts as far as its length; or all targets one after the other, (S,).
        input_lengths: (N,), how many of the T steps each sequence has.
        target_lengths: (N,), the lengths of the targets.
        blank: the class that stands for none.
        reduction: "mean", of the losses divided by the lengths of their targets; "sum"; or "none".
        zero_infinity: whether a target that is too long for its sequence counts 0, rather than ∞.

    Returns:
        A Tensor (), or (N,) for reduction "none".

    Source: Graves et al., Connectionist Temporal Classification, 2006.

    Raises:
        RuntimeError: for shapes, lengths and classes that do not fit.

    >>> import tinygrad_lite as tl
    >>> even = tl.full((3, 1, 2), 0.5).log()
    >>> tl.nn.functional.ctc_loss(even, tl.tensor([[1]]), [3], [1]).exp()  # six of the eight alignments are right
    tensor(1.3333)
    """
    check_tensors("ctc_loss", log_probs=log_probs, targets=targets)
    reduction = resolve_reduction(reduction)
    alone = log_probs.ndim == 2
    scores: Any = log_probs.unsqueeze(1) if alone else log_probs
    if scores.ndim != 3 or scores.dtype.kind != "f":
        raise RuntimeError(
            f"ctc_loss: log_probs must be floating, of shape (T, N, C), but they are {log_probs.dtype} of shape "
            f"{list(log_probs.shape)}"
        )
    steps, batch, classes = scores.shape
    if 0 in scores.shape:
        raise RuntimeError(f"log_probs tensor must not be empty. ctc_loss: its shape is {list(log_probs.shape)}")
    inputs, lengths = _numbers(input_lengths), _numbers(target_lengths)
    _check(tuple(scores.shape), inputs, lengths, blank)
    longest = _longest(targets, target_lengths, batch)
    labels, may_skip = _labels(targets._data, lengths, longest, blank, batch, classes)
    found = scores.gather(2, wrap(labels).expand(steps, *labels.shape))
    losses = _negative_log_likelihoods(found, may_skip, inputs, lengths)
    losses = where(losses.detach() > -_NEVER / 2, 0.0 if zero_infinity else np.inf, losses)
    if reduction == "mean":
        losses = losses / wrap(_at_least_one(lengths, losses.dtype))
    result = reduce_losses(losses, reduction)
    return result.squeeze(0) if alone and reduction == "none" else result


def _numbers(lengths: Lengths) -> Array:
    return _whole_numbers(lengths._data if isinstance(lengths, Tensor) else made_of(lengths, np.array(lengths)))


@array_function
def _whole_numbers(array: Array) -> Array:
    return array.reshape(-1).astype(np.int64)


@array_function
def _at_least_one(lengths: Array, dtype: Any) -> Array:
    return np.maximum(lengths, 1).astype(dtype)


@array_function
def _check(shape: tuple[int, ...], inputs: Array, lengths: Array, blank: int) -> None:
    steps, batch, classes = shape
    if not 0 <= blank < classes:
        raise RuntimeError(f"blank must be in label range: it is {blank}, and there are {classes} classes")
    for name, given in (("input_lengths", inputs), ("target_lengths", lengths)):
        if given.size != batch:
            raise RuntimeError(
                f"{name} must be of size batch_size: {batch} are needed for log_probs of shape {list(shape)}, "
                f"and there are {given.size}"
            )
        if given.size and given.min() < 0:
            raise RuntimeError(f"ctc_loss: {name} must not be negative, but one is {given.min()}")
    if inputs.size and inputs.max() > steps:
        raise RuntimeError(
            f"Expected input_lengths to have value at most {steps}, but got value {inputs.max()}, in ctc_loss"
        )


def _longest(targets: Tensor, target_lengths: Lengths, batch: int) -> int:
    """A number of classes that no target exceeds, from shapes if they tell."""
    if targets.ndim == 2 or (targets.ndim == 1 and batch == 1):
        return targets.shape[-1]
    lengths: Any = values_of(target_lengths, _REASON) if isinstance(target_lengths, Tensor) else target_lengths
    return int(np.max(lengths, initial=0))


@array_function
def _labels(
    targets: Array, lengths: Array, longest: int, blank: int, batch: int, classes: int
) -> tuple[Array, Array]:  # fmt: skip
    """The classes with blanks around each, (N, 2 S + 1), and where one may come from two places before."""
    if targets.ndim == 2 and targets.shape[0] == batch and lengths.max(initial=0) <= longest:
        rows = [targets[i, :n] for i, n in enumerate(lengths)]
    elif targets.ndim == 1 and targets.size == lengths.sum():
        rows = np.split(targets, np.cumsum(lengths)[:-1]) if batch else []
    else:
        raise RuntimeError(
            f"Expected tensor to have size at least {lengths.max(initial=0)} at dimension 1, but got size "
            f"{list(targets.shape)} for argument targets of ctc_loss with target_lengths {lengths.tolist()}"
        )
    labels = np.full((batch, 2 * longest + 1), blank, np.int64)
    for i, row in enumerate(rows):
        labels[i, 1 : 2 * len(row) : 2] = row
    if labels.size and (labels.min() < 0 or labels.max() >= classes):
        raise RuntimeError(f"ctc_loss: the targets must be classes from 0 to {classes - 1}")
    may_skip = np.zeros(labels.shape, bool)
    may_skip[:, 2:] = (labels[:, 2:] != blank) & (labels[:, 2:] != labels[:, :-2])
    return labels, may_skip


def _negative_log_likelihoods(found: Any, may_skip: Array, inputs: Array, lengths: Array) -> Any:
    """The recursion over the steps; `found` are the scores of the labels, (T, N, 2 S + 1)."""
    steps, batch, count = found.shape
    never = found.new_full((batch, 2), _NEVER)
    allowed, running, (ends, there_are) = wrap(may_skip), wrap(_running(inputs, steps)), _ends(lengths)
    # Before the first step, as if the label 0 had been reached: the recursion then begins there or one further.
    alpha = where(wrap(_first(count, 1)), found.new_zeros(batch, count), _NEVER)
    for t, (score, still) in enumerate(zip(found.unbind(0), running.unbind(0), strict=True)):
        one, two = cat([never[:, :1], alpha], 1)[:, :count], cat([never, alpha], 1)[:, :count]
        if t == 0:
            reached = where(wrap(_first(count, 2)), 0.0, found.new_full((batch, count), _NEVER))
        else:
            reached = logsumexp(stack([alpha, one, where(allowed, two, _NEVER)]), 0)
        alpha = where(still, _at_least(reached + score), alpha)
    return -logsumexp(where(wrap(there_are), alpha.gather(1, wrap(ends)), _NEVER), 1)


@creation
def _first(count: int, true: int) -> Array:
    return np.arange(count) < true


@array_function
def _running(inputs: Array, steps: int) -> Array:
    """Return True where a sequence has the step, (T, N, 1)."""
    return np.less(np.arange(steps)[:, None, None], inputs[:, None])


@array_function
def _ends(lengths: Array) -> tuple[Array, Array]:
    """The two labels at which an alignment may end, the blank and the class before it, and whether there are these."""
    places = np.stack([2 * lengths, np.maximum(2 * lengths - 1, 0)], 1)
    return places, np.stack([lengths >= 0, lengths > 0], 1)


def _at_least(x: Any) -> Any:
    """x, where it is not as good as impossible; -∞ has no derivative."""
    return where(x.detach() > _NEVER / 2, x, _NEVER)
