"""A schedule that waits until a measure stops improving."""

from __future__ import annotations

import math
import warnings
from typing import SupportsFloat

from ..base.optimizer import Optimizer
from .base import EPOCH_DEPRECATION_WARNING, LRScheduler, checked_optimizer, option_values, set_option


class ReduceLROnPlateau(LRScheduler):
    """A learning rate that is reduced when a measure has not improved for more than `patience` epochs.

        lr ← max(lr · factor, min_lr)

    The measure improves, with mode "min", when it is below best · (1 - threshold), or, with threshold_mode "abs",
    below best - threshold; with mode "max" when it is above best · (1 + threshold) or best + threshold.

    Args:
        optimizer: the optimizer whose learning rates are set.
        mode: whether the measure should become small, "min", or large, "max".
        factor: the factor of a reduction, below 1.
        patience: the number of epochs without improvement after which one more leads to a reduction.
        threshold: the least change that counts as an improvement.
        threshold_mode: whether that is a part of the best value, "rel", or a difference, "abs".
        cooldown: the number of epochs after a reduction in which nothing is counted.
        min_lr: the smallest learning rate; a list for a value per group.
        eps: reductions by no more than this are not made.

    Raises:
        ValueError: for an option out of range, or a list of the wrong length.
        TypeError: if the optimizer is not an Optimizer.

    A loss that improves once and then stays, with a patience of one epoch:

    >>> import tinygrad_lite as tl
    >>> optimizer = tl.optim.SGD([tl.zeros(1, requires_grad=True)], lr=1.0)
    >>> scheduler = tl.optim.lr_scheduler.ReduceLROnPlateau(optimizer, factor=0.5, patience=1)
    >>> rates = []
    >>> for loss in [3.0, 2.0, 2.0, 2.0, 2.0, 2.0]:
    ...     scheduler.step(loss)
    ...     rates += scheduler.get_last_lr()
    >>> rates
    [1.0, 1.0, 1.0, 0.5, 0.5, 0.25]
    """

    def __init__(
        self,
        optimizer: Optimizer,
        mode: str = "min",
        factor: float = 0.1,
        patience: int = 10,
        threshold: float = 1e-4,
        threshold_mode: str = "rel",
        cooldown: int = 0,
        min_lr: list[float] | float = 0,
        eps: float = 1e-8,
    ) -> None:
        if factor >= 1.0:
            raise ValueError(f"Factor should be < 1.0, but got {factor}")
        if mode not in ("min", "max"):
            raise ValueError(f"mode {mode} is unknown! It is min or max")
        if threshold_mode not in ("rel", "abs"):
            raise ValueError(f"threshold mode {threshold_mode} is unknown! It is rel or abs")
        self.factor = factor
        self.optimizer = checked_optimizer(optimizer)
        groups = len(optimizer.param_groups)
        self.default_min_lr = None if isinstance(min_lr, list | tuple) else min_lr
        self.min_lrs = list(min_lr) if isinstance(min_lr, list | tuple) else [min_lr] * groups
        if len(self.min_lrs) != groups:
            raise ValueError(f"expected {groups} min_lrs, got {len(self.min_lrs)}")
        self.patience = patience
        self.cooldown = cooldown
        self.eps = eps
        self.last_epoch = 0
        self._last_lr = option_values(optimizer, "lr")
        self.mode_worse = math.inf if mode == "min" else -math.inf
        self.mode = mode
        self.threshold = threshold
        self.threshold_mode = threshold_mode
        self.best = self.mode_worse
        self.cooldown_counter = 0
        self.num_bad_epochs = 0

    def step(self, metrics: SupportsFloat, epoch: int | None = None) -> None:  # type: ignore[override]  # as PyTorch's
        """Take note of the measure at the end of an epoch, and reduce the learning rate if it is time.

        Args:
            metrics: the measure, a number or a Tensor with one element.
            epoch: the number of the epoch. PyTorch deprecates it.

        Raises:
            TypeError: if the measure is not a number.
        """
        current = float(metrics)
        if epoch is not None:
            warnings.warn(EPOCH_DEPRECATION_WARNING, UserWarning, stacklevel=2)
        self.last_epoch = self.last_epoch + 1 if epoch is None else epoch
        if self._is_better(current):
            self.best = current
            self.num_bad_epochs = 0
        else:
            self.num_bad_epochs += 1
        if self.in_cooldown:
            self.cooldown_counter -= 1
            self.num_bad_epochs = 0
        if self.num_bad_epochs > self.patience:
            self._reduce()
            self.cooldown_counter = self.cooldown
            self.num_bad_epochs = 0
        self._last_lr = option_values(self.optimizer, "lr")

    def _reduce(self) -> None:
        groups = self.optimizer.param_groups
        if len(groups) != len(self.min_lrs):
            if self.default_min_lr is None:
                raise RuntimeError(
                    f"The number of param groups in the `optimizer` ({len(groups)}) differs from when "
                    f"`ReduceLROnPlateau` was initialized ({len(self.min_lrs)}), usually due to a new param group "
                    "being added to the optimizer. Please modify the `min_lrs` field to match the length of the groups."
                )
            self.min_lrs = [self.default_min_lr] * len(groups)
        for group, lowest in zip(groups, self.min_lrs, strict=True):
            old = float(group["lr"])
            new = max(old * self.factor, lowest)
            if old - new > self.eps:
                set_option(group, "lr", new)

    @property
    def in_cooldown(self) -> bool:
        """True while bad epochs are not counted, because the rate was reduced a short time ago."""
        return self.cooldown_counter > 0

    def _is_better(self, value: float) -> bool:
        sign = -1 if self.mode == "min" else 1
        margin = sign * self.threshold
        bar = self.best * (1.0 + margin) if self.threshold_mode == "rel" else self.best + margin
        return value > bar if sign > 0 else value < bar
