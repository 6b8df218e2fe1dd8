"""Schedules that fall as half a cosine."""

from __future__ import annotations

import math
from typing import Any

from ..base.optimizer import Optimizer
from .base import LRScheduler, values


class CosineAnnealingLR(LRScheduler):
    """lr goes along a cosine from the initial lr to `eta_min` in `T_max` epochs, and back in as many.

    In closed form lr = eta_min + ½ (initial lr - eta_min) (1 + cos(π epoch / T_max)); each step multiplies
    lr - eta_min by the ratio of that to the one before, so that other schedules can act at the same time. Source:
    Loshchilov & Hutter, 2017, https://arxiv.org/abs/1608.03983.

    Args:
        optimizer: whose rates to set.
        T_max: in epochs.
        eta_min: the least rate.
        last_epoch: the number of the last step where a schedule goes on.

    >>> import tinygrad_lite as tl
    >>> optimizer = tl.optim.SGD([tl.ones(1, requires_grad=True)], lr=1.0)
    >>> tl.optim.lr_scheduler.CosineAnnealingLR(optimizer, T_max=10).get_last_lr()
    [1.0]
    """

    def __init__(self, optimizer: Optimizer, T_max: int, eta_min: float = 0.0, last_epoch: int = -1) -> None:
        self.T_max = T_max
        self.eta_min = eta_min
        super().__init__(optimizer, last_epoch)

    def get_lr(self) -> list[Any]:
        self._asked()
        if self._is_initial:
            return values(self.optimizer, "lr")
        if self._step_count == 1 and self.last_epoch > 0:
            return self._get_closed_form_lr()
        rates = [group["lr"] for group in self.optimizer.param_groups]
        if (self.last_epoch - 1 - self.T_max) % (2 * self.T_max) == 0:  # from the least rate, by which nothing divides
            rise = (1 - math.cos(math.pi / self.T_max)) / 2
            return [lr + (base - self.eta_min) * rise for lr, base in zip(rates, self.base_lrs, strict=True)]
        now, before = (1 + math.cos(math.pi * epoch / self.T_max) for epoch in (self.last_epoch, self.last_epoch - 1))
        return [now / before * (lr - self.eta_min) + self.eta_min for lr in rates]

    def _get_closed_form_lr(self) -> list[Any]:
        height = (1 + math.cos(math.pi * self.last_epoch / self.T_max)) / 2
        return [self.eta_min + (base - self.eta_min) * height for base in self.base_lrs]


class CosineAnnealingWarmRestarts(LRScheduler):
    """lr falls along half a cosine to `eta_min` in `T_0` epochs, starts again, and takes `T_mult` times as long.

    lr = eta_min + ½ (initial lr - eta_min) (1 + cos(π T_cur / T_i)). Source: Loshchilov & Hutter, 2017,
    https://arxiv.org/abs/1608.03983.

    Args:
        optimizer: whose rates to set.
        T_0: epochs until the first restart.
        T_mult: by what the time grows from restart to restart.
        eta_min: the least rate.
        last_epoch: the number of the last step where a schedule goes on.

    Raises:
        ValueError: unless T_0 and T_mult are integers of at least 1.

    >>> import tinygrad_lite as tl
    >>> optimizer = tl.optim.SGD([tl.ones(1, requires_grad=True)], lr=1.0)
    >>> scheduler = tl.optim.lr_scheduler.CosineAnnealingWarmRestarts(optimizer, T_0=4)
    >>> scheduler.step(2.0)
    >>> scheduler.get_last_lr()
    [0.5]
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

    def get_lr(self) -> list[Any]:
        self._asked()
        height = 1 + math.cos(math.pi * self.T_cur / self.T_i)
        return [self.eta_min + (base - self.eta_min) * height / 2 for base in self.base_lrs]

    def step(self, epoch: float | None = None) -> None:
        """Set the next learning rates, or those of an epoch, which may be a fraction: epoch + batch / batches."""
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
        self._set(self.get_lr)
