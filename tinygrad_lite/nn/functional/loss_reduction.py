"""The `reduction=` argument of losses, and its deprecated names `size_average` and `reduce`."""

from __future__ import annotations

import warnings
from typing import Any

from ...functions.reduction import mean
from ...ops.reduction import sum
from ...tensors.tensor import Tensor


def resolve_reduction(
    reduction: str, size_average: bool | None = None, reduce: bool | None = None, *more: str, stacklevel: int = 3
) -> str:
    """Return the reduction that is meant: the arguments `size_average` and `reduce` override it, with a warning.

    Args:
        reduction: "mean", "sum", "none" or one of `more`; the old name "elementwise_mean" gives "mean" with a warning.
        size_average: True for "mean" and False for "sum".
        reduce: False for "none".
        more: reductions that this loss has besides those three.
        stacklevel: how far up the caller is whom a warning concerns.

    Raises:
        ValueError: if there is no such reduction.
    """
    if size_average is not None or reduce is not None:
        chosen = _from_old_arguments(size_average, reduce)
        text = f"size_average and reduce args will be deprecated, please use reduction='{chosen}' instead."
        for name, value in (("size_average", size_average), ("reduce", reduce)):
            if isinstance(value, str):
                text += f" A string was given for {name}: did you mean reduction={value!r}?"
        warnings.warn(text, UserWarning, stacklevel=stacklevel)
        return chosen
    if isinstance(reduction, str) and reduction == "elementwise_mean":
        text = "reduction='elementwise_mean' is deprecated. Please use reduction='mean' instead."
        warnings.warn(text, UserWarning, stacklevel=stacklevel)
        return "mean"
    known = ("mean", "sum", "none", *more)
    if not isinstance(reduction, str) or reduction not in known:
        raise ValueError(f"{reduction} is not a valid value for reduction, which is one of {', '.join(known)}")
    return reduction


def _from_old_arguments(size_average: Any, reduce: Any) -> str:
    if reduce is not None and not reduce:
        return "none"
    return "sum" if size_average is not None and not size_average else "mean"


def reduce_losses(losses: Tensor, reduction: str) -> Tensor:
    """Return the mean or the sum of the losses of the elements, or, for "none", these losses."""
    if reduction == "none":
        return losses
    return mean(losses) if reduction == "mean" else sum(losses, None, False)
