"""Schedules made of schedules."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from typing import Any

from ..base.optimizer import Optimizer
from .base import LRScheduler, assign, values
from .plateau import ReduceLROnPlateau


class Composed(LRScheduler):
    """A schedule made of others, which all set the rates of one optimizer."""

    _schedulers: Sequence[LRScheduler]

    def _check(self, schedulers: Sequence[LRScheduler], optimizer: Optimizer | None) -> Optimizer:
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
        """Everything but the optimizer, with the states of the schedules."""
        return {**super().state_dict(), "_schedulers": [scheduler.state_dict() for scheduler in self._schedulers]}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Go on from what `state_dict` returned."""
        super().load_state_dict({k: v for k, v in state_dict.items() if k != "_schedulers"})
        for scheduler, state in zip(self._schedulers, state_dict["_schedulers"], strict=True):
            scheduler.load_state_dict(state)


class ChainedScheduler(Composed):
    """Several schedules at once: each one's step changes what the one before it left.

    Args:
        schedulers: of one optimizer.
        optimizer: that optimizer, to be checked.

    Raises:
        ValueError: if there is none, they have several optimizers, or one is a `ReduceLROnPlateau`.

    >>> import tinygrad_lite as tl
    >>> optimizer = tl.optim.SGD([tl.ones(1, requires_grad=True)], lr=1.0)
    >>> schedules = tl.optim.lr_scheduler
    >>> halves = [schedules.ConstantLR(optimizer, factor=0.5), schedules.ConstantLR(optimizer, factor=0.5)]
    >>> schedules.ChainedScheduler(halves).get_last_lr()
    [0.25]
    """

    def __init__(self, schedulers: Sequence[LRScheduler], optimizer: Optimizer | None = None) -> None:
        self.optimizer = self._check(schedulers, optimizer)
        self._schedulers = schedulers
        self._last_lr = values(self.optimizer, "lr")

    def step(self) -> None:  # type: ignore[override]
        """Step each of the schedules."""
        for scheduler in self._schedulers:
            scheduler.step()
        self._last_lr = values(self.optimizer, "lr")


class SequentialLR(Composed):
    """Several schedules one after the other, each of which begins at its milestone as if that were epoch 0.

    Args:
        optimizer: whose rates to set.
        schedulers: of that optimizer.
        milestones: the epochs at which the second, third … begins.
        last_epoch: the number of the last step where a schedule goes on.

    Raises:
        ValueError: if there is no schedule, there is not one milestone less, one has another optimizer, or is a
            `ReduceLROnPlateau`.

    >>> import tinygrad_lite as tl
    >>> optimizer = tl.optim.SGD([tl.ones(1, requires_grad=True)], lr=1.0)
    >>> schedules = tl.optim.lr_scheduler
    >>> warmup, fall = schedules.LinearLR(optimizer, 0.25), schedules.ExponentialLR(optimizer, gamma=0.9)
    >>> schedules.SequentialLR(optimizer, [warmup, fall], milestones=[5]).get_last_lr()
    [0.25]
    """

    def __init__(
        self, optimizer: Optimizer, schedulers: list[LRScheduler], milestones: list[int], last_epoch: int = -1
    ) -> None:
        self.optimizer = self._check(schedulers, optimizer)
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
            assign(group, "lr", group["initial_lr"])
        _undo(self)
        self._schedulers[bisect_right(milestones, 0)]._initial_step()
        self._last_lr = values(optimizer, "lr")

    def step(self) -> None:  # type: ignore[override]
        """Step the schedule whose turn it is."""
        self.last_epoch += 1
        turn = bisect_right(self._milestones, self.last_epoch)
        scheduler = self._schedulers[turn]
        if turn > 0 and self._milestones[turn - 1] == self.last_epoch:
            scheduler._update_lr(0)
        else:
            scheduler.step()
        self._last_lr = scheduler.get_last_lr()


def _undo(scheduler: LRScheduler) -> None:
    """Take back the step that schedules took when they were made, all of which set the same rates."""
    if isinstance(scheduler, Composed):
        for each in scheduler._schedulers:
            _undo(each)
    else:
        scheduler.last_epoch -= 1
