"""The bases of the losses: a reduction, weights as buffers, and checks of their options."""

from __future__ import annotations

import inspect
from typing import Any

from ...core.argument_types import type_name, way_out
from ...tensors.tensor import Tensor
from ..functional.loss_reduction import resolve_reduction
from ..module.module import Module


class _Loss(Module):
    """A loss with a reduction, which is checked when the loss is computed."""

    reduction: str

    def __init__(self, size_average: bool | None = None, reduce: bool | None = None, reduction: str = "mean") -> None:
        super().__init__()
        check_options(self, size_average=size_average, reduce=reduce, reduction=reduction)
        is_old = size_average is not None or reduce is not None
        self.reduction = resolve_reduction(reduction, size_average, reduce) if is_old else reduction


class _WeightedLoss(_Loss):
    """A loss with weights, which are a buffer: they move and are saved with the module."""

    weight: Tensor | None

    def __init__(
        self,
        weight: Tensor | None = None,
        size_average: bool | None = None,
        reduce: bool | None = None,
        reduction: str = "mean",
    ) -> None:
        super().__init__(size_average, reduce, reduction)
        check_weight(self, "weight", weight)
        self.register_buffer("weight", weight)


def check_options(loss: Module, **options: Any) -> None:
    """Raise a RuntimeError if an option is a Tensor, as if the loss were computed by its constructor.

    Numbers may be Tensors of one element, as in PyTorch.
    """
    for name, value in options.items():
        if isinstance(value, Tensor) and (value.numel() != 1 or name in _NOT_NUMBERS):
            phrase = "Boolean value of Tensor with more than one value is ambiguous. " * (value.numel() > 1)
            raise RuntimeError(
                f"{phrase}{_name(loss)}(): the option {name} is a Tensor of shape {list(value.shape)}. {_usage(loss)}"
            )


_NOT_NUMBERS = {"size_average", "reduce", "reduction", "log_input", "full", "log_target", "swap", "keepdim"}


def check_weight(loss: Module, name: str, weight: Any) -> None:
    """Raise a TypeError unless a weight is a Tensor or None."""
    if weight is None or isinstance(weight, Tensor):
        return
    hint = f". A string was given for it: did you mean reduction={weight!r}?" if isinstance(weight, str) else ""
    raise TypeError(
        f"cannot assign '{type_name(weight)}' object to buffer '{name}' (torch Tensor or None required). "
        f"{_name(loss)}(): {name} must be a Tensor{hint or way_out(weight)}"
    )


def check_class_weight_option(loss: Module, weight: Tensor | None) -> None:
    """Raise a RuntimeError unless the weight of classes, if there is one, is a vector."""
    if weight is not None and weight.ndim != 1:
        raise RuntimeError(
            "weight tensor should be defined either for all C classes or no classes but got weight tensor of shape: "
            f"{list(weight.shape)}. {_name(loss)}(): the option weight has one factor for each class. {_usage(loss)}"
        )


def _name(loss: Module) -> str:
    return type(loss).__name__


def _usage(loss: Module) -> str:
    arguments = ", ".join(list(inspect.signature(type(loss).forward).parameters)[1:])
    return f"The constructor takes options only; call what it makes with the Tensors: {_name(loss)}()({arguments})"
