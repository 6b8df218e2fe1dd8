"""What all schedulers share: when they step, what they keep, and how the optimizer hears of it."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from types import FunctionType
from typing import Any

from ...core.tracing import graph_break
from ...tensors.tensor import Tensor
from ..base.optimizer import Group, Optimizer

EPOCH_DEPRECATION_WARNING = (
    "The epoch parameter in `scheduler.step()` was not necessary and is being deprecated where possible. Please use "
    "`scheduler.step()` to step the scheduler. Until then, if epoch is given, the closed form is used instead of the "
    "chainable one, where there is one."
)


class LRScheduler:
    """The base of the schedulers: a subclass says in `get_lr` what the learning rates become at `last_epoch`.

    Args:
        optimizer: whose groups' `lr` to set; their present values are kept as `initial_lr`.
        last_epoch: the number of the last step where a schedule goes on; -1 to begin.

    Raises:
        TypeError: if the optimizer is none.
        KeyError: if a schedule is to go on and a group has no `initial_lr`.

    >>> import tinygrad_lite as tl
    >>> class Halving(tl.optim.lr_scheduler.LRScheduler):
    ...     def get_lr(self):
    ...         return [lr / 2**self.last_epoch for lr in self.base_lrs]
    >>> optimizer = tl.optim.SGD([tl.ones(1, requires_grad=True)], lr=0.5)
    >>> Halving(optimizer).get_last_lr()
    [0.5]
    """

    _get_lr_called_within_step = False
    _is_initial = False

    def __init__(self, optimizer: Optimizer, last_epoch: int = -1) -> None:
        self.optimizer = checked(optimizer)
        for i, group in enumerate(optimizer.param_groups):
            if last_epoch == -1:
                group.setdefault("initial_lr", copied(group["lr"]))
            elif "initial_lr" not in group:
                raise KeyError(
                    f"param 'initial_lr' is not specified in param_groups[{i}] when resuming scheduler with "
                    "last_epoch >= 0: load the optimizer's state first, or begin with last_epoch=-1"
                )
        self.base_lrs = values(optimizer, "initial_lr")
        self.last_epoch = last_epoch
        optimizer.__dict__.setdefault("_opt_called", False)
        self._initial_step()

    def _initial_step(self) -> None:
        self._step_count = 0
        self._is_initial = True
        try:
            self.step()
        finally:
            self._is_initial = False

    def get_last_lr(self) -> list[Any]:
        """The learning rates that the last step set, one for each group."""
        return self._last_lr

    def get_lr(self) -> list[Any]:
        """The learning rates for `last_epoch`, one for each group."""
        raise NotImplementedError(f"{type(self).__name__} does not define get_lr")

    def step(self, epoch: int | None = None) -> None:
        """Set the next learning rates; to be called after the optimizer's `step`."""
        if self._step_count == 1 and not self.optimizer.__dict__.get("_opt_called"):
            warnings.warn(
                "Detected call of `lr_scheduler.step()` before `optimizer.step()`. Call them in the opposite order, "
                "`optimizer.step()` before `lr_scheduler.step()`: otherwise the first value of the schedule is skipped",
                UserWarning,
                stacklevel=2,
            )
        self._step_count += 1
        if epoch is not None:
            warnings.warn(EPOCH_DEPRECATION_WARNING, UserWarning, stacklevel=2)
        self._update_lr(epoch)

    def _update_lr(self, epoch: int | None = None) -> None:
        self.last_epoch = self.last_epoch + 1 if epoch is None else epoch
        closed: Callable[[], list[Any]] | None = getattr(self, "_get_closed_form_lr", None)
        self._set(self.get_lr if epoch is None or closed is None else closed)

    def _set(self, rates: Callable[[], list[Any]]) -> None:
        """Set what `rates` returns, which may be `get_lr` without a warning."""
        self._get_lr_called_within_step = True
        try:
            lrs = rates()
        finally:
            self._get_lr_called_within_step = False
        for group, lr in zip(self.optimizer.param_groups, lrs, strict=True):
            assign(group, "lr", lr)
        self._last_lr = values(self.optimizer, "lr")

    def _asked(self) -> None:
        """Warn somebody who calls `get_lr`, which computes the next rates, for the last ones."""
        if not self._get_lr_called_within_step:
            warnings.warn(
                "To get the last learning rate computed by the scheduler, please use `get_last_lr()`.",
                UserWarning,
                stacklevel=3,
            )

    def state_dict(self) -> dict[str, Any]:
        """Everything but the optimizer, under PyTorch's names."""
        return {k: v for k, v in self.__dict__.items() if k != "optimizer"}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Go on from what `state_dict` returned; the optimizer's own state is loaded apart."""
        self.__dict__.update(state_dict)


def checked(optimizer: Any) -> Optimizer:
    """The optimizer, once it is known to be one."""
    if not isinstance(optimizer, Optimizer):
        raise TypeError(f"{type(optimizer).__name__} is not an Optimizer")
    return optimizer


def copied(value: Any) -> Any:
    """A learning rate that may be a Tensor, apart from the original."""
    return value.detach().clone() if isinstance(value, Tensor) else value


def values(optimizer: Optimizer, name: str) -> list[Any]:
    """An option of each group, copied."""
    return [copied(group[name]) for group in optimizer.param_groups]


def assign(group: Group, name: str, value: Any) -> None:
    """Set an option of a group; in place where it is a Tensor."""
    graph_break("an option of an optimizer is set")
    if isinstance(group[name], Tensor):
        group[name].fill_(float(value))
    else:
        group[name] = value


def for_each(name: str, optimizer: Optimizer, value: Any) -> list[Any]:
    """One value for each group, from one for all or a list of them.

    Raises:
        ValueError: if the list has another length.
    """
    groups = len(optimizer.param_groups)
    if not isinstance(value, list | tuple):
        return [copied(value) for _ in range(groups)]
    if len(value) != groups:
        raise ValueError(
            f"{name} must have the same length as optimizer.param_groups. {name} has {len(value)} values, "
            f"param_groups has {groups}."
        )
    return [copied(each) for each in value]


def attributes(function: Any) -> dict[str, Any] | None:
    """What a state keeps of a callable: nothing of a function, the attributes of an object."""
    return None if isinstance(function, FunctionType) else dict(function.__dict__)
