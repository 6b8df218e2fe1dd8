"""The base of all learning rate schedulers: stepping, saving and loading their state, setting options."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from types import FunctionType
from typing import Any

from ...core.tracing import graph_break
from ...tensors.tensor import Tensor
from ..base.optimizer import Optimizer
from ..base.options import Group

Rates = list[float | Tensor]
"""A learning rate for each group: Tensors where the optimizer's own are Tensors."""

EPOCH_DEPRECATION_WARNING = (
    "The epoch parameter in `scheduler.step()` was not necessary and is being deprecated where possible. Please use "
    "`scheduler.step()` to step the scheduler. Until then, if epoch is given, the closed form is used instead of the "
    "chainable one, where there is one."
)


class LRScheduler:
    """The base class of the schedulers: a subclass says in `get_lr` what the learning rates become at `last_epoch`.

    A scheduler sets the `lr` of the optimizer's groups when it is made, and again at each `step`, which is to be
    called after the optimizer's `step`: once for each epoch, or for each batch where the schedule is meant so. The
    first step of a schedule, at `last_epoch` 0, takes place when it is made.

    Args:
        optimizer: the optimizer whose learning rates are set; their present values are kept as `initial_lr`.
        last_epoch: the number of the last step, where a schedule goes on; -1 to begin.

    Attributes:
        base_lrs: the initial learning rates, one for each group.
        last_epoch: the number of the last step.

    Raises:
        TypeError: if the optimizer is not an Optimizer.
        KeyError: if a schedule is to go on, and a group has no `initial_lr`.

    >>> import tinygrad_lite as tl
    >>> class Halving(tl.optim.lr_scheduler.LRScheduler):
    ...     def get_lr(self):
    ...         return [lr / 2**self.last_epoch for lr in self.base_lrs]
    >>> p = tl.zeros(1, requires_grad=True)
    >>> p.grad = tl.ones(1)
    >>> optimizer = tl.optim.SGD([p], lr=0.5)
    >>> scheduler = Halving(optimizer)
    >>> for epoch in range(3):
    ...     print(scheduler.get_last_lr())
    ...     optimizer.step()
    ...     scheduler.step()
    [0.5]
    [0.25]
    [0.125]
    """

    _get_lr_called_within_step, _is_initial = False, False

    def __init__(self, optimizer: Optimizer, last_epoch: int = -1) -> None:
        self.optimizer = checked_optimizer(optimizer)
        for i, group in enumerate(optimizer.param_groups):
            if last_epoch == -1:
                group.setdefault("initial_lr", detached(group["lr"]))
            elif "initial_lr" not in group:
                raise KeyError(
                    f"param 'initial_lr' is not specified in param_groups[{i}] when resuming scheduler with "
                    "last_epoch >= 0: load the optimizer's state first, or begin with last_epoch=-1"
                )
        self.base_lrs: Rates = option_values(optimizer, "initial_lr")
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

    def get_last_lr(self) -> Rates:
        """The learning rates that the last step set, one for each group."""
        return self._last_lr

    def get_lr(self) -> Rates:
        """The learning rates for `last_epoch`, one for each group; `step` calls this."""
        raise NotImplementedError(f"{type(self).__name__} does not define get_lr")

    def step(self, epoch: int | None = None) -> None:
        """Set the next learning rates; to be called after the optimizer's `step`.

        Args:
            epoch: the epoch whose learning rates are set, instead of the next one's. PyTorch deprecates it.
        """
        # An optimizer of a pickle of version 0.1 does not know whether it has stepped.
        if self._step_count == 1 and self.optimizer.__dict__.get("_opt_called") is False:
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
        closed_form: Callable[[], Rates] | None = getattr(self, "_get_closed_form_lr", None)
        self._set_lr(self.get_lr if epoch is None or closed_form is None else closed_form)

    def _set_lr(self, compute: Callable[[], Rates]) -> None:
        """Set the learning rates that a function computes, which may be `get_lr`."""
        self._get_lr_called_within_step = True
        try:
            lrs = compute()
        finally:
            self._get_lr_called_within_step = False
        for group, lr in zip(self.optimizer.param_groups, lrs, strict=True):
            set_option(group, "lr", lr)
        self._last_lr: Rates = option_values(self.optimizer, "lr")

    def _warn_outside_step(self) -> None:
        """Warn users who call `get_lr`, which computes the next learning rates, to get the last ones."""
        if not self._get_lr_called_within_step:
            warnings.warn(
                "To get the last learning rate computed by the scheduler, please use `get_last_lr()`.",
                UserWarning,
                stacklevel=3,
            )

    def state_dict(self) -> dict[str, Any]:
        """All attributes but the optimizer, under PyTorch's names, to be saved beside the optimizer's own state."""
        return {k: v for k, v in self.__dict__.items() if k != "optimizer"}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Go on from the result of `state_dict`; the state of the optimizer is loaded by itself.

        Args:
            state_dict: the state of a scheduler of the same class.
        """
        self.__dict__.update(state_dict)


class _LRScheduler(LRScheduler):
    """The name that `LRScheduler` had before PyTorch 2.0, from which schedulers of one's own may be derived."""


def checked_optimizer(optimizer: Any) -> Optimizer:
    """The optimizer, once it is known to be one."""
    if not isinstance(optimizer, Optimizer):
        raise TypeError(
            f"{type(optimizer).__name__} is not an Optimizer: give the optimizer whose learning rates are to change"
        )
    return optimizer


def detached(value: Any) -> Any:
    """A number as it is; a copy of a Tensor, so that a change to the original does not reach it."""
    return value.detach().clone() if isinstance(value, Tensor) else value


def option_values(optimizer: Optimizer, name: str) -> list[Any]:
    """The values that an option has in the groups."""
    return [detached(group[name]) for group in optimizer.param_groups]


def set_option(group: Group, name: str, value: Any) -> None:
    """Set an option of a group; in place where it is a Tensor."""
    graph_break("an option of an optimizer is set")
    if isinstance(group[name], Tensor):
        group[name].fill_(float(value))
    else:
        group[name] = value


def one_per_group(name: str, optimizer: Optimizer, value: Any) -> list[Any]:
    """One value for each group, from a value for all of them or a list.

    Raises:
        ValueError: if the list has another length.
    """
    groups = len(optimizer.param_groups)
    if not isinstance(value, list | tuple):
        return [detached(value) for _ in range(groups)]
    if len(value) != groups:
        raise ValueError(
            f"{name} must have the same length as optimizer.param_groups. {name} has {len(value)} values, "
            f"param_groups has {groups}."
        )
    return [detached(each) for each in value]


def attributes_of(function: Any) -> dict[str, Any] | None:
    """The part of a user's callable that a state keeps: the attributes of an object, and nothing of a function."""
    return None if isinstance(function, FunctionType) else dict(function.__dict__)
