"""Schedules that follow half a period of a cosine."""

from __future__ import annotations

import math

from ..base.optimizer import Optimizer
from .base import LRScheduler, Rates, option_values


class CosineAnnealingLR(LRScheduler):
    """A learning rate that falls along a cosine to `eta_min` in `T_max` epochs, and rises again in as many.

        lr(epoch) = eta_min + ½ (initial lr - eta_min) (1 + cos(π epoch / T_max))

    Each step multiplies lr - eta_min by the ratio of two values of this, so that other schedules can act on the same
    optimizer. Source: Loshchilov & Hutter, 2017, https://arxiv.org/abs/1608.03983.

    Args:
        optimizer: the optimizer whose learning rates are set.
        T_max: the number of epochs from the initial learning rate to the smallest.
        eta_min: the smallest learning rate.
        last_epoch: the number of the last step, where a schedule goes on; -1 to begin.

    Raises:
        TypeError: if the optimizer is not an Optimizer.
        KeyError: if a schedule is to go on, and a group has no `initial_lr`.

    >>> import tinygrad_lite as tl
    >>> p = tl.zeros(1, requires_grad=True)
    >>> p.grad = tl.ones(1)
    >>> optimizer = tl.optim.SGD([p], lr=1.0)
    >>> scheduler = tl.optim.lr_scheduler.CosineAnnealingLR(optimizer, T_max=4, eta_min=0.5)
    >>> rates = []
    >>> for epoch in range(6):
    ...     rates += [round(lr, 4) for lr in scheduler.get_last_lr()]
    ...     optimizer.step()
    ...     scheduler.step()
    >>> rates
    [1.0, 0.9268, 0.75, 0.5732, 0.5, 0.5732]
    """

    def __init__(self, optimizer: Optimizer, T_max: int, eta_min: float = 0.0, last_epoch: int = -1) -> None:
        self.T_max = T_max
        self.eta_min = eta_min
        super().__init__(optimizer, last_epoch)

    def get_lr(self) -> Rates:
        self._warn_outside_step()
        if self._is_initial:
            return option_values(self.optimizer, "lr")
        if self._step_count == 1 and self.last_epoch > 0:
            return self._get_closed_form_lr()
        rates = [group["lr"] for group in self.optimizer.param_groups]
        if (self.last_epoch - 1 - self.T_max) % (2 * self.T_max) == 0:  # lr is eta_min, and 0 would be multiplied
            rise = (1 - math.cos(math.pi / self.T_max)) / 2
            return [lr + (base - self.eta_min) * rise for lr, base in zip(rates, self.base_lrs, strict=True)]
        now, before = (1 + math.cos(math.pi * epoch / self.T_max) for epoch in (self.last_epoch, self.last_epoch - 1))
        return [now / before * (lr - self.eta_min) + self.eta_min for lr in rates]

    def _get_closed_form_lr(self) -> Rates:
        height = (1 + math.cos(math.pi * self.last_epoch / self.T_max)) / 2
        return [self.eta_min + (base - self.eta_min) * height for base in self.base_lrs]


class CosineAnnealingWarmRestarts(LRScheduler):
    """A learning rate that falls along half a period of a cosine, again and again, and each time more slowly.

        lr = eta_min + ½ (initial lr - eta_min) (1 + cos(π T_cur / T_i))

    T_cur is the number of epochs since the last restart. T_i, the number of epochs until the next, is T_0 at first,
    and T_mult times as large after each restart. Source: Loshchilov & Hutter, 2017, https://arxiv.org/abs/1608.03983.

    Args:
        optimizer: the optimizer whose learning rates are set.
        T_0: the number of epochs until the first restart.
        T_mult: the factor by which that number grows from restart to restart.
        eta_min: the smallest learning rate, which is not reached.
        last_epoch: the number of the last step, where a schedule goes on; -1 to begin.

    Raises:
        ValueError: unless T_0 and T_mult are integers of at least 1.
        TypeError: if the optimizer is not an Optimizer.
        KeyError: if a schedule is to go on, and a group has no `initial_lr`.

    >>> import tinygrad_lite as tl
    >>> p = tl.zeros(1, requires_grad=True)
    >>> p.grad = tl.ones(1)
    >>> optimizer = tl.optim.SGD([p], lr=1.0)
    >>> scheduler = tl.optim.lr_scheduler.CosineAnnealingWarmRestarts(optimizer, T_0=2, T_mult=2)
    >>> rates = []
    >>> for epoch in range(6):
    ...     rates += [round(lr, 4) for lr in scheduler.get_last_lr()]
    ...     optimizer.step()
    ...     scheduler.step()
    >>> rates
    [1.0, 0.5, 1.0, 0.8536, 0.5, 0.1464]
    """

    def __init__(
        self, optimizer: Optimizer, T_0: int, T_mult: int = 1, eta_min: float = 0.0, last_epoch: int = -1
    ) -> None:
        if not isinstance(T_0, int) or T_0 <= 0:
            raise ValueError(f"Expected positive integer T_0, but got {T_0}")
        if not isinstance(T_mult, int) or T_mult < 1:
            raise ValueError(f"Expected integer T_mult >= 1, but got {T_mult}")
        if not isinstance(eta_min, float | int):
            raise ValueError(f"Expected float or int eta_min, but got {eta_min} of type {type(eta_min)}")
        self.T_0 = T_0
        self.T_i = T_0
        self.T_mult = T_mult
        self.eta_min = eta_min
        self.T_cur: float = last_epoch
        super().__init__(optimizer, last_epoch)

    def get_lr(self) -> Rates:
        self._warn_outside_step()
        height = 1 + math.cos(math.pi * self.T_cur / self.T_i)
        return [self.eta_min + (base - self.eta_min) * height / 2 for base in self.base_lrs]

    def step(self, epoch: float | None = None) -> None:
        """Set the next learning rates, or those of an epoch.

        Args:
            epoch: the epoch, which may be a fraction: after a batch, epoch + batch / number of batches.

        Raises:
            ValueError: for a negative epoch.
        """
        if epoch is None and self.last_epoch < 0:
            epoch = 0
        if epoch is None:
            epoch = self.last_epoch + 1
            self.T_cur += 1
            if self.T_cur >= self.T_i:
                self.T_cur %= self.T_i
                self.T_i *= self.T_mult
        elif epoch < 0:
            raise ValueError(f"Expected non-negative epoch, but got {epoch}")
        elif epoch < self.T_0:
            self.T_i, self.T_cur = self.T_0, epoch
        elif self.T_mult == 1:
            self.T_cur = epoch % self.T_0
        else:
            restarts = int(math.log(epoch / self.T_0 * (self.T_mult - 1) + 1, self.T_mult))
            self.T_cur = epoch - self.T_0 * (self.T_mult**restarts - 1) / (self.T_mult - 1)
            self.T_i = self.T_0 * self.T_mult**restarts
        self.last_epoch = math.floor(epoch)
        self._set_lr(self.get_lr)
