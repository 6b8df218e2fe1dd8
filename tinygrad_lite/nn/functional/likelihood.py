"""Negative logarithms of likelihoods under distributions, and the divergence between two, as functions."""

from __future__ import annotations

import math
from typing import Any

from ...core.array_functions import array_function
from ...core.errors import warn
from ...core.modes import call_in_mode
from ...core.primitive import Array
from ...functions.arguments import for_all_samples
from ...functions.exponential import xlogy
from ...functions.reshaping import unsqueeze
from ...functions.selection import where
from ...ops.elementwise import exp, log, maximum, ones_like, square
from ...tensors.tensor import Tensor
from .argument_types import as_number, check_tensors, not_a_tensor, scalar_type
from .loss_arguments import check_broadcast
from .loss_reduction import reduce_losses, resolve_reduction


def poisson_nll_loss(
    input: Tensor,
    target: Tensor,
    log_input: bool = True,
    full: bool = False,
    size_average: bool | None = None,
    eps: float = 1e-8,
    reduce: bool | None = None,
    reduction: str = "mean",
) -> Tensor:
    """Negative log-likelihood of counts under Poisson distributions: e**input - target input.

    The term log target!, which no prediction changes, is left out or, with `full`, approximated.

    Args:
        input: the logarithms of the predicted means, of any shape (*), in a floating dtype.
        target: the counts, (*), in any dtype.
        log_input: False if the input is the means x themselves; the loss is then x - target log(x + eps).
        full: add Stirling's approximation of log target!, t log t - t + log(2πt) / 2, where the target t is above 1.
        size_average, reduce: deprecated names of `reduction`, which override it with a warning.
        eps: keeps the logarithm finite; of use with log_input=False only.
        reduction: "mean", "sum", or "none" for the loss of each element.

    Returns:
        A Tensor (), or (*) for "none".

    Raises:
        TypeError: if input or target is not a Tensor, or eps not a number.
        RuntimeError: if the shapes do not broadcast.
        ValueError: for another reduction.

    >>> import tinygrad_lite as tl
    >>> tl.nn.functional.poisson_nll_loss(tl.zeros(2), tl.tensor([1.0, 3.0]))
    tensor(1.)
    >>> tl.nn.functional.poisson_nll_loss(tl.tensor(2.0), tl.tensor(2.0), log_input=False)
    tensor(0.6137)
    """
    check_tensors("poisson_nll_loss", input=input, target=target)
    eps = as_number("poisson_nll_loss", "eps", 6, eps)
    check_broadcast("poisson_nll_loss", target=target, input=input)
    reduction = resolve_reduction(reduction, size_average, reduce)
    losses = exp(input) - target * input if log_input else input - target * log(input + eps)
    if full:
        t = maximum(target, 1)  # the result is not used where target <= 1, and its derivative must be finite there
        losses = losses + where(target > 1, t * log(t) - t + 0.5 * log(2 * math.pi * t), 0)
    return reduce_losses(losses, reduction)


def gaussian_nll_loss(
    input: Tensor,
    target: Tensor,
    var: Tensor | float,
    full: bool = False,
    eps: float = 1e-6,
    reduction: str = "mean",
) -> Tensor:
    """Negative log-likelihood under normal distributions: (log v + (input - target)² / v) / 2, for v = max(var, eps).

    Args:
        input: the predicted means, of any shape (*), in a floating dtype.
        target: the values observed, (*), or of a shape that broadcasts with it.
        var: the predicted variances, in a floating dtype: (*), or (*) without its last dimension or with length 1 in
            one of them; or one number for all. The bound by eps does not stop their gradient.
        full: add the constant log(2π) / 2.
        eps: the least variance that is used.
        reduction: "mean", "sum", or "none" for the loss of each element.

    Returns:
        A Tensor (), or (*) for "none".

    Source: Nix & Weigend, Estimating the mean and variance of the target probability distribution, 1994.

    Raises:
        TypeError: if input or target is not a Tensor, or eps not a number.
        ValueError: if a variance is negative or their shape does not fit; for another reduction.
        RuntimeError: if input and target do not broadcast, or the variances are whole numbers.

    >>> import tinygrad_lite as tl
    >>> tl.nn.functional.gaussian_nll_loss(tl.zeros(2), tl.tensor([0.0, 2.0]), tl.ones(2))
    tensor(1.)
    """
    check_tensors("gaussian_nll_loss", input=input, target=target)
    eps = as_number("gaussian_nll_loss", "eps", 5, eps)
    if not isinstance(var, (Tensor, int, float)):
        raise not_a_tensor("gaussian_nll_loss", "var", 3, var)
    given: Tensor = var if isinstance(var, Tensor) else ones_like(input.detach()) * var
    if given.dtype.kind != "f":
        raise RuntimeError(
            f"result type Float can't be cast to the desired output type {scalar_type(given.dtype)}. "
            f"gaussian_nll_loss: the variances are {given.dtype}, and need a floating dtype: var.float()"
        )
    _check_variances(given._data)
    if tuple(given.shape) != tuple(input.shape):
        if tuple(given.shape) == tuple(input.shape[:-1]):
            given = unsqueeze(given, -1)
        elif given.ndim != input.ndim or [n for n, m in zip(given.shape, input.shape, strict=True) if n != m] != [1]:
            raise ValueError(
                f"var is of incorrect size. gaussian_nll_loss: var {list(given.shape)}, input {list(input.shape)}; var "
                "needs the shape of the input, in which one length may be 1, or the last dimension be missing"
            )
    check_broadcast("gaussian_nll_loss", input=input, target=target)
    reduction = resolve_reduction(reduction)
    bounded: Any = given.clone()
    call_in_mode(False, bounded.clamp_, eps)
    losses = 0.5 * (log(bounded) + square(input - target) / bounded)
    return reduce_losses(losses + 0.5 * math.log(2 * math.pi) if full else losses, reduction)


@array_function
@for_all_samples
def _check_variances(var: Array) -> None:
    if (var < 0).any():
        raise ValueError(
            "var has negative entry/entries. gaussian_nll_loss needs variances, which a model can give as exp(x) or "
            f"softplus(x); the least here is {var.min()}"
        )


def kl_div(
    input: Tensor,
    target: Tensor,
    size_average: bool | None = None,
    reduce: bool | None = None,
    reduction: str = "mean",
    log_target: bool = False,
) -> Tensor:
    """Kullback-Leibler divergence KL(target ‖ e**input): the sum of target (log target - input).

    Note that the input is log-probabilities and the target probabilities, and that only "batchmean" is the divergence.

    Args:
        input: log-probabilities of the predicted distributions, (N, *), in a floating dtype.
        target: probabilities of the true distributions, (N, *), in a floating dtype; where they are 0 the term is 0.
        size_average, reduce: deprecated names of `reduction`, which override it with a warning.
        reduction: "batchmean" divides the sum by N, which is the mean divergence; "mean" by the number of all elements
            (and warns of that); "sum"; "none" returns the terms.
        log_target: True if the target is log-probabilities too.

    Returns:
        A Tensor (), or (N, *) for "none".

    Source: Kullback & Leibler, On Information and Sufficiency, 1951.

    Raises:
        TypeError: if input or target is not a Tensor.
        RuntimeError: if one of them is of whole numbers, or the shapes do not broadcast.
        ValueError: for another reduction.

    >>> import tinygrad_lite as tl
    >>> p, q = tl.tensor([[0.5, 0.5]]), tl.tensor([[0.25, 0.75]])
    >>> tl.nn.functional.kl_div(q.log(), p, reduction="batchmean")
    tensor(0.1438)
    """
    check_tensors("kl_div", input=input, target=target)
    if size_average is None and reduce is None and str(reduction) == "mean":
        warn(
            "reduction: 'mean' divides the total loss by both the batch size and the support size. 'batchmean' divides "
            "only by the batch size, and aligns with the KL div math definition. 'mean' will be changed to behave the "
            "same as 'batchmean' in the next major release."
        )
    reduction = resolve_reduction(reduction, size_average, reduce, "batchmean")
    for name, x in (("input", input), ("target", target)):
        if x.dtype.kind != "f":
            raise RuntimeError(
                f"kl_div: Integral inputs not supported. The {name} is {x.dtype}, and must be "
                f"{'log-' * (name == 'input' or log_target)}probabilities; one_hot(labels).float() makes some of class "
                "indices"
            )
    check_broadcast("kl_div", target=target, input=input)
    losses = exp(target) * (target - input) if log_target else xlogy(target, target) - target * input
    if reduction != "batchmean":
        return reduce_losses(losses, reduction)
    total = reduce_losses(losses, "sum")
    return total / input.shape[0] if input.ndim else total
