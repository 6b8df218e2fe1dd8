"""Schedules that are made of other schedules."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from typing import Any

from ..base.optimizer import Optimizer
from .base import LRScheduler, option_values, set_option
from .plateau import ReduceLROnPlateau


class ComposedScheduler(LRScheduler):
    """A schedule that is made of others, which all set the learning rates of one optimizer."""

    _schedulers: Sequence[LRScheduler]

    def _common_optimizer(self, schedulers: Sequence[LRScheduler], optimizer: Optimizer | None) -> Optimizer:
        """The optimizer of all these schedulers."""
        name = type(self).__name__
        if not schedulers:
            raise ValueError(f"{name} expects at least one scheduler, but got no scheduler.")
        for i, scheduler in enumerate(schedulers):
            if not hasattr(scheduler, "optimizer"):
                raise TypeError(f"{name} at index {i} should have `optimizer` as its attribute.")
            if isinstance(scheduler, ReduceLROnPlateau):
                raise ValueError(
                    f"{name} does not support `ReduceLROnPlateau` scheduler as it requires additional kwargs to be "
                    f"specified when calling `step`, but got one at index {i} in the given schedulers sequence."
                )
            optimizer = optimizer or scheduler.optimizer
            if scheduler.optimizer is not optimizer:
                raise ValueError(
                    f"{name} expects all schedulers to belong to the same optimizer, but got scheduler "
                    f"{type(scheduler).__name__} at index {i}, whose optimizer is another."
                )
        assert optimizer is not None
        return optimizer

    def state_dict(self) -> dict[str, Any]:
        """All attributes but the optimizer, with the states of the schedules."""
        return {**super().state_dict(), "_schedulers": [scheduler.state_dict() for scheduler in self._schedulers]}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Go on from the result of `state_dict`.

        Args:
            state_dict: the state of a scheduler of the same class, made of schedules of the same classes.
        """
        super().load_state_dict({k: v for k, v in state_dict.items() if k != "_schedulers"})
        for scheduler, state in zip(self._schedulers, state_dict["_schedulers"], strict=True):
            scheduler.load_state_dict(state)


class ChainedScheduler(ComposedScheduler):
    """Several schedules at once, each of which changes the learning rate that the one before it has left.

        lr(epoch) = initial lr · f₁(epoch) · f₂(epoch) · …, for schedules that multiply the initial lr by f₁, f₂ …

    Args:
        schedulers: schedules of one optimizer.
        optimizer: that optimizer; if it is given, it is checked.

    Raises:
        ValueError: if there is no schedule, they have several optimizers, or one is a `ReduceLROnPlateau`.
        TypeError: if one is not a schedule.

    A learning rate that is halved at every epoch, and has a quarter of that for two epochs:

    >>> import tinygrad_lite as tl
    >>> p = tl.zeros(1, requires_grad=True)
    >>> p.grad = tl.ones(1)
    >>> optimizer = tl.optim.SGD([p], lr=1.0)
    >>> constant = tl.optim.lr_scheduler.ConstantLR(optimizer, factor=0.25, total_iters=2)
    >>> halved = tl.optim.lr_scheduler.ExponentialLR(optimizer, gamma=0.5)
    >>> scheduler = tl.optim.lr_scheduler.ChainedScheduler([constant, halved])
    >>> rates = []
    >>> for epoch in range(4):
    ...     rates += scheduler.get_last_lr()
    ...     optimizer.step()
    ...     scheduler.step()
    >>> rates
    [0.25, 0.125, 0.25, 0.125]
    """

    def __init__(self, schedulers: Sequence[LRScheduler], optimizer: Optimizer | None = None) -> None:
        self.optimizer = self._common_optimizer(schedulers, optimizer)
        self._schedulers = schedulers
        self._last_lr = option_values(self.optimizer, "lr")

    def step(self) -> None:  # type: ignore[override]  # PyTorch's takes no epoch
        """Step each of the schedules, in their order."""
        for scheduler in self._schedulers:
            scheduler.step()
        self._last_lr = option_values(self.optimizer, "lr")


class SequentialLR(ComposedScheduler):
    """Several schedules one after the other, each of which begins at its milestone as if that were epoch 0.

        lr(epoch) = lr₁(epoch)  for epoch < milestones[0],  then lr₂(epoch - milestones[0]),  and so on

    Args:
        optimizer: the optimizer whose learning rates are set.
        schedulers: schedules of that optimizer.
        milestones: the epochs at which the second schedule begins, the third, and so on.
        last_epoch: the number of the last step, where a schedule goes on; -1 to begin.

    Raises:
        ValueError: if there is no schedule, there is not one milestone less than there are schedules, one has another
            optimizer, or one is a `ReduceLROnPlateau`.
        TypeError: if one is not a schedule.

    Three epochs of warm-up, and then a fall:

    >>> import tinygrad_lite as tl
    >>> p = tl.zeros(1, requires_grad=True)
    >>> p.grad = tl.ones(1)
    >>> optimizer = tl.optim.SGD([p], lr=1.0)
    >>> warmup = tl.optim.lr_scheduler.LinearLR(optimizer, start_factor=0.25, total_iters=3)
    >>> fall = tl.optim.lr_scheduler.ExponentialLR(optimizer, gamma=0.5)
    >>> scheduler = tl.optim.lr_scheduler.SequentialLR(optimizer, [warmup, fall], milestones=[3])
    >>> rates = []
    >>> for epoch in range(6):
    ...     rates += scheduler.get_last_lr()
    ...     optimizer.step()
    ...     scheduler.step()
    >>> rates
    [0.25, 0.5, 0.75, 1.0, 0.5, 0.25]
    """

    def __init__(
        self, optimizer: Optimizer, schedulers: list[LRScheduler], milestones: list[int], last_epoch: int = -1
    ) -> None:
        self.optimizer = self._common_optimizer(schedulers, optimizer)
        if len(milestones) != len(schedulers) - 1:
            raise ValueError(
                "Sequential Schedulers expects number of schedulers provided to be one more than the number of "
                f"milestone points, but got number of schedulers {len(schedulers)} and the number of milestones to be "
                f"equal to {len(milestones)}"
            )
        self._schedulers = schedulers
        self._milestones = milestones
        self.last_epoch = last_epoch + 1
        for group in optimizer.param_groups:
            set_option(group, "lr", group["initial_lr"])
        _take_back_first_step(self)
        self._schedulers[bisect_right(milestones, 0)]._initial_step()
        self._last_lr = option_values(optimizer, "lr")

    def step(self) -> None:  # type: ignore[override]  # PyTorch's takes no epoch
        """Step the schedule that the epoch belongs to."""
        self.last_epoch += 1
        turn = bisect_right(self._milestones, self.last_epoch)
        scheduler = self._schedulers[turn]
        if turn > 0 and self._milestones[turn - 1] == self.last_epoch:
            scheduler._update_lr(0)
        else:
            scheduler.step()
        self._last_lr = scheduler.get_last_lr()


def _take_back_first_step(scheduler: LRScheduler) -> None:
    """Let schedules be where they were before the step that each takes when it is made."""
    if isinstance(scheduler, ComposedScheduler):
        for each in scheduler._schedulers:
            _take_back_first_step(each)
    else:
        scheduler.last_epoch -= 1
