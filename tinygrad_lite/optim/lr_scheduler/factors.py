"""Schedules that multiply the learning rate by a factor, so that several of them can act on one optimizer."""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from collections.abc import Callable, Iterable
from typing import Any

from ..base.optimizer import Optimizer
from .base import LRScheduler, Rates, attributes_of, checked_optimizer, option_values

Factor = Callable[[int], float]
"""A function of the epoch."""


class FactorScheduler(LRScheduler):
    """A schedule that multiplies the learning rate of each group by the same factor at each step."""

    def _factor(self) -> float:
        """The factor of the step to `last_epoch`."""
        raise NotImplementedError

    def _total_factor(self) -> float:
        """The product of the factors of all steps up to `last_epoch`."""
        raise NotImplementedError

    def get_lr(self) -> Rates:
        self._warn_outside_step()
        factor = self._factor()
        return [group["lr"] * factor for group in self.optimizer.param_groups]

    def _get_closed_form_lr(self) -> Rates:
        factor = self._total_factor()
        return [lr * factor for lr in self.base_lrs]


class FunctionScheduler(LRScheduler):
    """A schedule whose factors are computed by functions of the user's, one for each group."""

    def __init__(self, optimizer: Optimizer, lr_lambda: Factor | list[Factor], last_epoch: int = -1) -> None:
        groups = len(checked_optimizer(optimizer).param_groups)
        self.lr_lambdas = list(lr_lambda) if isinstance(lr_lambda, list | tuple) else [lr_lambda] * groups
        if len(self.lr_lambdas) != groups:
            raise ValueError(f"Expected {groups} lr_lambdas, but got {len(self.lr_lambdas)}")
        for function in self.lr_lambdas:
            if not callable(function):
                raise TypeError(f"lr_lambda should be a function, but got {type(function).__name__}")
        super().__init__(optimizer, last_epoch)

    def state_dict(self) -> dict[str, Any]:
        """All attributes but the optimizer and the functions; of callable objects, their attributes."""
        return {**super().state_dict(), "lr_lambdas": [attributes_of(function) for function in self.lr_lambdas]}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Go on from the result of `state_dict`, with the functions that this scheduler has.

        Args:
            state_dict: the state of a scheduler of the same class.
        """
        super().load_state_dict({k: v for k, v in state_dict.items() if k != "lr_lambdas"})
        for function, attributes in zip(self.lr_lambdas, state_dict["lr_lambdas"], strict=True):
            if attributes is not None:
                function.__dict__.update(attributes)


class LambdaLR(FunctionScheduler):
    """A learning rate that is the initial one times a function of the epoch.

        lr(epoch) = initial lr · f(epoch)

    Args:
        optimizer: the optimizer whose learning rates are set.
        lr_lambda: f, or a list with a function for each group.
        last_epoch: the number of the last step, where a schedule goes on; -1 to begin.

    Raises:
        ValueError: for a list of functions whose length is not the number of groups.
        TypeError: for what is not a function, or not an Optimizer.
        KeyError: if a schedule is to go on, and a group has no `initial_lr`.

    >>> import tinygrad_lite as tl
    >>> p = tl.zeros(1, requires_grad=True)
    >>> p.grad = tl.ones(1)
    >>> optimizer = tl.optim.SGD([p], lr=1.0)
    >>> scheduler = tl.optim.lr_scheduler.LambdaLR(optimizer, lambda epoch: 1 / (1 + epoch))
    >>> rates = []
    >>> for epoch in range(4):
    ...     rates += scheduler.get_last_lr()
    ...     optimizer.step()
    ...     scheduler.step()
    >>> rates
    [1.0, 0.5, 0.3333333333333333, 0.25]
    """

    def get_lr(self) -> Rates:
        self._warn_outside_step()
        return [lr * f(self.last_epoch) for lr, f in zip(self.base_lrs, self.lr_lambdas, strict=True)]


class MultiplicativeLR(FunctionScheduler):
    """A learning rate that is multiplied by a function of the epoch at each step.

        lr(0) = initial lr,  lr(epoch) = lr(epoch - 1) · f(epoch)

    Args:
        optimizer: the optimizer whose learning rates are set.
        lr_lambda: f, or a list with a function for each group.
        last_epoch: the number of the last step, where a schedule goes on; -1 to begin.

    Raises:
        ValueError: for a list of functions whose length is not the number of groups.
        TypeError: for what is not a function, or not an Optimizer.
        KeyError: if a schedule is to go on, and a group has no `initial_lr`.

    >>> import tinygrad_lite as tl
    >>> p = tl.zeros(1, requires_grad=True)
    >>> p.grad = tl.ones(1)
    >>> optimizer = tl.optim.SGD([p], lr=1.0)
    >>> scheduler = tl.optim.lr_scheduler.MultiplicativeLR(optimizer, lambda epoch: 0.5 if epoch < 3 else 1.0)
    >>> rates = []
    >>> for epoch in range(5):
    ...     rates += scheduler.get_last_lr()
    ...     optimizer.step()
    ...     scheduler.step()
    >>> rates
    [1.0, 0.5, 0.25, 0.25, 0.25]
    """

    def get_lr(self) -> Rates:
        self._warn_outside_step()
        if self._is_initial:
            return option_values(self.optimizer, "lr")
        groups = zip(self.optimizer.param_groups, self.lr_lambdas, strict=True)
        return [group["lr"] * f(self.last_epoch) for group, f in groups]


class StepLR(FactorScheduler):
    """A learning rate that is multiplied by `gamma` every `step_size` epochs.

        lr(epoch) = initial lr · gamma^⌊epoch / step_size⌋

    Args:
        optimizer: the optimizer whose learning rates are set.
        step_size: the number of epochs between two changes.
        gamma: the factor.
        last_epoch: the number of the last step, where a schedule goes on; -1 to begin.

    Raises:
        TypeError: if the optimizer is not an Optimizer.
        KeyError: if a schedule is to go on, and a group has no `initial_lr`.

    >>> import tinygrad_lite as tl
    >>> p = tl.zeros(1, requires_grad=True)
    >>> p.grad = tl.ones(1)
    >>> optimizer = tl.optim.SGD([p], lr=1.0)
    >>> scheduler = tl.optim.lr_scheduler.StepLR(optimizer, step_size=2, gamma=0.5)
    >>> rates = []
    >>> for epoch in range(5):
    ...     rates += scheduler.get_last_lr()
    ...     optimizer.step()
    ...     scheduler.step()
    >>> rates
    [1.0, 1.0, 0.5, 0.5, 0.25]
    """

    def __init__(self, optimizer: Optimizer, step_size: int, gamma: float = 0.1, last_epoch: int = -1) -> None:
        self.step_size = step_size
        self.gamma = gamma
        super().__init__(optimizer, last_epoch)

    def _factor(self) -> float:
        return 1.0 if self.last_epoch == 0 or self.last_epoch % self.step_size else self.gamma

    def _total_factor(self) -> float:
        return self.gamma ** (self.last_epoch // self.step_size)


class MultiStepLR(FactorScheduler):
    """A learning rate that is multiplied by `gamma` at each of the epochs `milestones`.

        lr(epoch) = initial lr · gamma^n, where n is the number of milestones up to the epoch

    Args:
        optimizer: the optimizer whose learning rates are set.
        milestones: the epochs; one that comes twice counts twice.
        gamma: the factor.
        last_epoch: the number of the last step, where a schedule goes on; -1 to begin.

    Raises:
        TypeError: if the optimizer is not an Optimizer.
        KeyError: if a schedule is to go on, and a group has no `initial_lr`.

    >>> import tinygrad_lite as tl
    >>> p = tl.zeros(1, requires_grad=True)
    >>> p.grad = tl.ones(1)
    >>> optimizer = tl.optim.SGD([p], lr=1.0)
    >>> scheduler = tl.optim.lr_scheduler.MultiStepLR(optimizer, milestones=[1, 4], gamma=0.5)
    >>> rates = []
    >>> for epoch in range(6):
    ...     rates += scheduler.get_last_lr()
    ...     optimizer.step()
    ...     scheduler.step()
    >>> rates
    [1.0, 0.5, 0.5, 0.5, 0.25, 0.25]
    """

    def __init__(
        self, optimizer: Optimizer, milestones: Iterable[int], gamma: float = 0.1, last_epoch: int = -1
    ) -> None:
        if not isinstance(milestones, Iterable):
            raise TypeError(
                f"{type(milestones).__name__!r} object is not iterable: milestones are epochs, such as [30, 80]"
            )
        self.milestones = Counter(milestones)
        self.gamma = gamma
        super().__init__(optimizer, last_epoch)

    def _factor(self) -> float:
        return self.gamma ** self.milestones[self.last_epoch]

    def _total_factor(self) -> float:
        return self.gamma ** bisect_right(sorted(self.milestones.elements()), self.last_epoch)

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Go on from the result of `state_dict`, whose milestones may be strings, as JSON makes them of integers.

        Args:
            state_dict: the state of a scheduler of the same class.
        """
        milestones = Counter({int(epoch): times for epoch, times in state_dict["milestones"].items()})
        super().load_state_dict({**state_dict, "milestones": milestones})


class ConstantLR(FactorScheduler):
    """A learning rate that is smaller by a factor until epoch `total_iters`, and then the initial one.

        lr(epoch) = initial lr · factor  for epoch < total_iters,  then initial lr

    Args:
        optimizer: the optimizer whose learning rates are set.
        factor: between 0 and 1.
        total_iters: the number of epochs with the factor.
        last_epoch: the number of the last step, where a schedule goes on; -1 to begin.

    Raises:
        ValueError: for a factor out of range.
        TypeError: if the optimizer is not an Optimizer.
        KeyError: if a schedule is to go on, and a group has no `initial_lr`.

    >>> import tinygrad_lite as tl
    >>> p = tl.zeros(1, requires_grad=True)
    >>> p.grad = tl.ones(1)
    >>> optimizer = tl.optim.SGD([p], lr=1.0)
    >>> scheduler = tl.optim.lr_scheduler.ConstantLR(optimizer, factor=0.25, total_iters=2)
    >>> rates = []
    >>> for epoch in range(4):
    ...     rates += scheduler.get_last_lr()
    ...     optimizer.step()
    ...     scheduler.step()
    >>> rates
    [0.25, 0.25, 1.0, 1.0]
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

    def _total_factor(self) -> float:
        return self.factor + (self.last_epoch >= self.total_iters) * (1 - self.factor)


class LinearLR(FactorScheduler):
    """A learning rate that goes from one part of the initial one to another in `total_iters` equal steps.

        lr(epoch) = initial lr · (start_factor + (end_factor - start_factor) · min(epoch / total_iters, 1))

    Args:
        optimizer: the optimizer whose learning rates are set.
        start_factor: the part at the beginning, above 0 and at most 1.
        end_factor: the part from epoch `total_iters` on, between 0 and 1.
        total_iters: the number of steps.
        last_epoch: the number of the last step, where a schedule goes on; -1 to begin.

    Raises:
        ValueError: for a factor out of range.
        TypeError: if the optimizer is not an Optimizer.
        KeyError: if a schedule is to go on, and a group has no `initial_lr`.

    >>> import tinygrad_lite as tl
    >>> p = tl.zeros(1, requires_grad=True)
    >>> p.grad = tl.ones(1)
    >>> optimizer = tl.optim.SGD([p], lr=1.0)
    >>> scheduler = tl.optim.lr_scheduler.LinearLR(optimizer, start_factor=0.25, total_iters=3)
    >>> rates = []
    >>> for epoch in range(5):
    ...     rates += scheduler.get_last_lr()
    ...     optimizer.step()
    ...     scheduler.step()
    >>> rates
    [0.25, 0.5, 0.75, 1.0, 1.0]
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

    def _total_factor(self) -> float:
        rise = self.end_factor - self.start_factor
        return self.start_factor + rise * min(self.total_iters, self.last_epoch) / self.total_iters


class ExponentialLR(FactorScheduler):
    """A learning rate that is multiplied by `gamma` at every epoch.

        lr(epoch) = initial lr · gamma^epoch

    Args:
        optimizer: the optimizer whose learning rates are set.
        gamma: the factor.
        last_epoch: the number of the last step, where a schedule goes on; -1 to begin.

    Raises:
        TypeError: if the optimizer is not an Optimizer.
        KeyError: if a schedule is to go on, and a group has no `initial_lr`.

    >>> import tinygrad_lite as tl
    >>> p = tl.zeros(1, requires_grad=True)
    >>> p.grad = tl.ones(1)
    >>> optimizer = tl.optim.SGD([p], lr=1.0)
    >>> scheduler = tl.optim.lr_scheduler.ExponentialLR(optimizer, gamma=0.5)
    >>> rates = []
    >>> for epoch in range(4):
    ...     rates += scheduler.get_last_lr()
    ...     optimizer.step()
    ...     scheduler.step()
    >>> rates
    [1.0, 0.5, 0.25, 0.125]
    """

    def __init__(self, optimizer: Optimizer, gamma: float, last_epoch: int = -1) -> None:
        self.gamma = gamma
        super().__init__(optimizer, last_epoch)

    def _factor(self) -> float:
        return 1.0 if self._is_initial else self.gamma

    def _total_factor(self) -> float:
        return self.gamma**self.last_epoch


class PolynomialLR(FactorScheduler):
    """A learning rate that falls to 0 in `total_iters` epochs along a power of the time that is left.

        lr(epoch) = initial lr · (1 - min(epoch / total_iters, 1))^power

    Args:
        optimizer: the optimizer whose learning rates are set.
        total_iters: the number of epochs until it is 0.
        power: the exponent; 1 gives a straight line.
        last_epoch: the number of the last step, where a schedule goes on; -1 to begin.

    Raises:
        TypeError: if the optimizer is not an Optimizer.
        KeyError: if a schedule is to go on, and a group has no `initial_lr`.

    >>> import tinygrad_lite as tl
    >>> p = tl.zeros(1, requires_grad=True)
    >>> p.grad = tl.ones(1)
    >>> optimizer = tl.optim.SGD([p], lr=1.0)
    >>> scheduler = tl.optim.lr_scheduler.PolynomialLR(optimizer, total_iters=4, power=2.0)
    >>> rates = []
    >>> for epoch in range(6):
    ...     rates += scheduler.get_last_lr()
    ...     optimizer.step()
    ...     scheduler.step()
    >>> rates
    [1.0, 0.5625, 0.25, 0.0625, 0.0, 0.0]
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

    def _total_factor(self) -> float:
        return (1.0 - min(self.total_iters, self.last_epoch) / self.total_iters) ** self.power
