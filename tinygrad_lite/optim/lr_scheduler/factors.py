"""Schedules that multiply the learning rate, so that several can be chained."""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from collections.abc import Callable, Iterable
from typing import Any

from ..base.optimizer import Optimizer
from .base import LRScheduler, attributes, values

Factor = Callable[[int], float]


class Multiplying(LRScheduler):
    """A schedule that multiplies every group's rate by one factor at each step."""

    def _factor(self) -> float:
        """By what the rates are multiplied at `last_epoch`."""
        raise NotImplementedError

    def _whole(self) -> float:
        """By what the initial rates are multiplied altogether up to `last_epoch`."""
        raise NotImplementedError

    def get_lr(self) -> list[Any]:
        self._asked()
        factor = self._factor()
        return [group["lr"] * factor for group in self.optimizer.param_groups]

    def _get_closed_form_lr(self) -> list[Any]:
        whole = self._whole()
        return [lr * whole for lr in self.base_lrs]


class WithFunctions(LRScheduler):
    """A schedule whose factors are the user's functions, one for each group."""

    def __init__(self, optimizer: Optimizer, lr_lambda: Factor | list[Factor], last_epoch: int = -1) -> None:
        groups = len(optimizer.param_groups)
        self.lr_lambdas = list(lr_lambda) if isinstance(lr_lambda, list | tuple) else [lr_lambda] * groups
        if len(self.lr_lambdas) != groups:
            raise ValueError(f"Expected {groups} lr_lambdas, but got {len(self.lr_lambdas)}")
        for function in self.lr_lambdas:
            if not callable(function):
                raise TypeError(f"lr_lambda should be a function, but got {type(function).__name__}")
        super().__init__(optimizer, last_epoch)

    def state_dict(self) -> dict[str, Any]:
        """Everything but the optimizer and functions; of callable objects, their attributes."""
        return {**super().state_dict(), "lr_lambdas": [attributes(function) for function in self.lr_lambdas]}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Go on from what `state_dict` returned, with the functions that are here."""
        super().load_state_dict({k: v for k, v in state_dict.items() if k != "lr_lambdas"})
        for function, held in zip(self.lr_lambdas, state_dict["lr_lambdas"], strict=True):
            if held is not None:
                function.__dict__.update(held)


class LambdaLR(WithFunctions):
    """lr = initial lr · f(epoch).

    Args:
        optimizer: whose rates to set.
        lr_lambda: f, or one for each group.
        last_epoch: the number of the last step where a schedule goes on.

    Raises:
        ValueError: for a list of functions whose length is not the number of groups.

    >>> import tinygrad_lite as tl
    >>> optimizer = tl.optim.SGD([tl.ones(1, requires_grad=True)], lr=1.0)
    >>> tl.optim.lr_scheduler.LambdaLR(optimizer, lambda epoch: 0.25 * (epoch + 1)).get_last_lr()
    [0.25]
    """

    def get_lr(self) -> list[Any]:
        self._asked()
        return [lr * f(self.last_epoch) for lr, f in zip(self.base_lrs, self.lr_lambdas, strict=True)]


class MultiplicativeLR(WithFunctions):
    """lr ← lr · f(epoch), from the first step on.

    Args:
        optimizer: whose rates to set.
        lr_lambda: f, or one for each group.
        last_epoch: the number of the last step where a schedule goes on.

    Raises:
        ValueError: for a list of functions whose length is not the number of groups.

    >>> import tinygrad_lite as tl
    >>> optimizer = tl.optim.SGD([tl.ones(1, requires_grad=True)], lr=1.0)
    >>> tl.optim.lr_scheduler.MultiplicativeLR(optimizer, lambda epoch: 0.5).get_last_lr()
    [1.0]
    """

    def get_lr(self) -> list[Any]:
        self._asked()
        if self._is_initial:
            return values(self.optimizer, "lr")
        groups = zip(self.optimizer.param_groups, self.lr_lambdas, strict=True)
        return [group["lr"] * f(self.last_epoch) for group, f in groups]


class StepLR(Multiplying):
    """lr ← lr · gamma every `step_size` epochs.

    Args:
        optimizer: whose rates to set.
        step_size: in epochs.
        gamma: the factor.
        last_epoch: the number of the last step where a schedule goes on.

    >>> import tinygrad_lite as tl
    >>> optimizer = tl.optim.SGD([tl.ones(1, requires_grad=True)], lr=1.0)
    >>> scheduler = tl.optim.lr_scheduler.StepLR(optimizer, step_size=2, gamma=0.5)
    >>> optimizer.param_groups[0]["params"][0].grad = tl.zeros(1)
    >>> for _ in range(4):
    ...     optimizer.step()
    ...     scheduler.step()
    >>> scheduler.get_last_lr()
    [0.25]
    """

    def __init__(self, optimizer: Optimizer, step_size: int, gamma: float = 0.1, last_epoch: int = -1) -> None:
        self.step_size = step_size
        self.gamma = gamma
        super().__init__(optimizer, last_epoch)

    def _factor(self) -> float:
        return 1.0 if self.last_epoch == 0 or self.last_epoch % self.step_size else self.gamma

    def _whole(self) -> float:
        return self.gamma ** (self.last_epoch // self.step_size)


class MultiStepLR(Multiplying):
    """lr ← lr · gamma at each of the epochs `milestones`.

    Args:
        optimizer: whose rates to set.
        milestones: the epochs; one that comes twice counts twice.
        gamma: the factor.
        last_epoch: the number of the last step where a schedule goes on.

    >>> import tinygrad_lite as tl
    >>> optimizer = tl.optim.SGD([tl.ones(1, requires_grad=True)], lr=1.0)
    >>> tl.optim.lr_scheduler.MultiStepLR(optimizer, [30, 80]).milestones
    Counter({30: 1, 80: 1})
    """

    def __init__(
        self, optimizer: Optimizer, milestones: Iterable[int], gamma: float = 0.1, last_epoch: int = -1
    ) -> None:
        self.milestones = Counter(milestones)
        self.gamma = gamma
        super().__init__(optimizer, last_epoch)

    def _factor(self) -> float:
        return self.gamma ** self.milestones[self.last_epoch]

    def _whole(self) -> float:
        return self.gamma ** bisect_right(sorted(self.milestones.elements()), self.last_epoch)

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Go on from what `state_dict` returned, also after a format that knows only strings for keys."""
        milestones = Counter({int(epoch): times for epoch, times in state_dict["milestones"].items()})
        super().load_state_dict({**state_dict, "milestones": milestones})


class ConstantLR(Multiplying):
    """lr = initial lr · factor until epoch `total_iters`, then the initial lr.

    Args:
        optimizer: whose rates to set.
        factor: between 0 and 1.
        total_iters: in epochs.
        last_epoch: the number of the last step where a schedule goes on.

    Raises:
        ValueError: for a factor out of range.

    >>> import tinygrad_lite as tl
    >>> optimizer = tl.optim.SGD([tl.ones(1, requires_grad=True)], lr=1.0)
    >>> tl.optim.lr_scheduler.ConstantLR(optimizer, factor=0.25).get_last_lr()
    [0.25]
    """

    def __init__(
        self, optimizer: Optimizer, factor: float = 1.0 / 3, total_iters: int = 5, last_epoch: int = -1
    ) -> None:
        if not 0 <= factor <= 1:
            raise ValueError(f"Constant multiplicative factor expected to be between 0 and 1, but got {factor}")
        self.factor = factor
        self.total_iters = total_iters
        super().__init__(optimizer, last_epoch)

    def _factor(self) -> float:
        if self.last_epoch == 0:
            return self.factor
        return 1.0 / self.factor if self.last_epoch == self.total_iters else 1.0

    def _whole(self) -> float:
        return self.factor + (self.last_epoch >= self.total_iters) * (1 - self.factor)


class LinearLR(Multiplying):
    """lr = initial lr · (a factor that goes from `start_factor` to `end_factor` in `total_iters` epochs).

    Args:
        optimizer: whose rates to set.
        start_factor: above 0, at most 1.
        end_factor: between 0 and 1.
        total_iters: in epochs.
        last_epoch: the number of the last step where a schedule goes on.

    Raises:
        ValueError: for a factor out of range.

    >>> import tinygrad_lite as tl
    >>> optimizer = tl.optim.SGD([tl.ones(1, requires_grad=True)], lr=1.0)
    >>> tl.optim.lr_scheduler.LinearLR(optimizer, start_factor=0.5).get_last_lr()
    [0.5]
    """

    def __init__(
        self,
        optimizer: Optimizer,
        start_factor: float = 1.0 / 3,
        end_factor: float = 1.0,
        total_iters: int = 5,
        last_epoch: int = -1,
    ) -> None:
        if not 0 < start_factor <= 1:
            raise ValueError(
                "Starting multiplicative factor expected to be greater than 0 and less or equal to 1, but got "
                f"{start_factor}"
            )
        if not 0 <= end_factor <= 1:
            raise ValueError(f"Ending multiplicative factor expected to be between 0 and 1, but got {end_factor}")
        self.start_factor = start_factor
        self.end_factor = end_factor
        self.total_iters = total_iters
        super().__init__(optimizer, last_epoch)

    def _factor(self) -> float:
        if self.last_epoch == 0:
            return self.start_factor
        if self._is_initial or self.last_epoch > self.total_iters:
            return 1.0
        rise = self.end_factor - self.start_factor
        return 1.0 + rise / (self.total_iters * self.start_factor + (self.last_epoch - 1) * rise)

    def _whole(self) -> float:
        rise = self.end_factor - self.start_factor
        return self.start_factor + rise * min(self.total_iters, self.last_epoch) / self.total_iters


class ExponentialLR(Multiplying):
    """lr ← lr · gamma at every epoch.

    Args:
        optimizer: whose rates to set.
        gamma: the factor.
        last_epoch: the number of the last step where a schedule goes on.

    >>> import tinygrad_lite as tl
    >>> optimizer = tl.optim.SGD([tl.ones(1, requires_grad=True)], lr=1.0)
    >>> tl.optim.lr_scheduler.ExponentialLR(optimizer, gamma=0.9).get_last_lr()
    [1.0]
    """

    def __init__(self, optimizer: Optimizer, gamma: float, last_epoch: int = -1) -> None:
        self.gamma = gamma
        super().__init__(optimizer, last_epoch)

    def _factor(self) -> float:
        return 1.0 if self._is_initial else self.gamma

    def _whole(self) -> float:
        return self.gamma**self.last_epoch


class PolynomialLR(Multiplying):
    """lr = initial lr · (1 - epoch / total_iters)^power, and 0 from there on.

    Args:
        optimizer: whose rates to set.
        total_iters: in epochs.
        power: 1 is a straight line.
        last_epoch: the number of the last step where a schedule goes on.

    >>> import tinygrad_lite as tl
    >>> optimizer = tl.optim.SGD([tl.ones(1, requires_grad=True)], lr=1.0)
    >>> tl.optim.lr_scheduler.PolynomialLR(optimizer, total_iters=10, power=2.0).get_last_lr()
    [1.0]
    """

    def __init__(self, optimizer: Optimizer, total_iters: int = 5, power: float = 1.0, last_epoch: int = -1) -> None:
        self.total_iters = total_iters
        self.power = power
        super().__init__(optimizer, last_epoch)

    def _factor(self) -> float:
        if self._is_initial or self.last_epoch > self.total_iters:
            return 1.0
        left, before = (1.0 - epoch / self.total_iters for epoch in (self.last_epoch, self.last_epoch - 1))
        return (left / before) ** self.power

    def _whole(self) -> float:
        return (1.0 - min(self.total_iters, self.last_epoch) / self.total_iters) ** self.power
