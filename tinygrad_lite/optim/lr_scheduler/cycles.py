"""Schedules that raise and lower the learning rate, and lower and raise the momentum meanwhile."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from ..base.optimizer import Optimizer
from ..base.options import Group
from .base import LRScheduler, Rates, attributes_of, checked_optimizer, one_per_group, set_option


class CyclingScheduler(LRScheduler):
    """A schedule that may also set the momentum of the rule: its `momentum`, or the first of its `betas`."""

    cycle_momentum: bool
    use_beta1: bool

    def _begin_momentum(self, optimizer: Optimizer, base: Any, largest: Any, last_epoch: int) -> list[list[float]]:
        """Set the momentum of each group to the largest; returns the smallest and the largest of each group."""
        if "momentum" not in optimizer.defaults and "betas" not in optimizer.defaults:
            raise ValueError(
                "optimizer must support momentum or beta1 with `cycle_momentum` option enabled: "
                f"{type(optimizer).__name__} has neither, so pass cycle_momentum=False"
            )
        self.use_beta1 = "betas" in optimizer.defaults
        lowest = one_per_group("base_momentum", optimizer, base)
        highest = one_per_group("max_momentum", optimizer, largest)
        if last_epoch == -1:
            for group, low, high in zip(optimizer.param_groups, lowest, highest, strict=True):
                self._set_momentum(group, high)
                group["max_momentum"], group["base_momentum"] = high, low
        return [lowest, highest]

    def _set_momentum(self, group: Group, value: float) -> None:
        if self.use_beta1:
            group["betas"] = (value, *group["betas"][1:])
        else:
            group["momentum"] = value


class CyclicLR(CyclingScheduler):
    """A learning rate that goes up and down between `base_lr` and `max_lr`, while the momentum goes the other way.

        lr = base_lr + (max_lr - base_lr) · height · scale
        momentum = max_momentum - (max_momentum - base_momentum) · height · scale

    The height rises from 0 to 1 in `step_size_up` steps and falls to 0 in `step_size_down`, over and over. Source:
    Smith, 2017, https://arxiv.org/abs/1506.01186.

    Args:
        optimizer: the optimizer whose learning rates are set.
        base_lr, max_lr: the smallest and the largest learning rate; lists for a value per group.
        step_size_up, step_size_down: the numbers of steps; as many down as up if only the first is given.
        mode: "triangular", with scale 1; "triangular2", where the scale is halved from cycle to cycle; "exp_range",
            where it is gamma^steps.
        gamma: for "exp_range".
        scale_fn: a function that gives the scale, in place of `mode`.
        scale_mode: the argument of scale_fn: the number of the "cycle", from 1, or that of the "iterations".
        cycle_momentum: whether to set the momentum.
        base_momentum, max_momentum: the smallest and the largest momentum; lists for a value per group.
        last_epoch: the number of the last step, where a schedule goes on; -1 to begin.

    Raises:
        ValueError: for an unknown mode without scale_fn, a list of the wrong length, or a rule without momentum.
        TypeError: if the optimizer is not an Optimizer.

    >>> import tinygrad_lite as tl
    >>> p = tl.zeros(1, requires_grad=True)
    >>> p.grad = tl.ones(1)
    >>> optimizer = tl.optim.SGD([p], momentum=0.9)
    >>> scheduler = tl.optim.lr_scheduler.CyclicLR(
    ...     optimizer, base_lr=0.0, max_lr=1.0, step_size_up=2, base_momentum=0.5, max_momentum=1.0
    ... )
    >>> rates, momenta = [], []
    >>> for step in range(6):
    ...     rates += scheduler.get_last_lr()
    ...     momenta.append(optimizer.param_groups[0]["momentum"])
    ...     optimizer.step()
    ...     scheduler.step()
    >>> rates, momenta
    ([0.0, 0.5, 1.0, 0.5, 0.0, 0.5], [1.0, 0.75, 0.5, 0.75, 1.0, 0.75])
    """

    def __init__(
        self,
        optimizer: Optimizer,
        base_lr: float | list[float],
        max_lr: float | list[float],
        step_size_up: int = 2000,
        step_size_down: int | None = None,
        mode: str = "triangular",
        gamma: float = 1.0,
        scale_fn: Callable[[float], float] | None = None,
        scale_mode: str = "cycle",
        cycle_momentum: bool = True,
        base_momentum: float | list[float] = 0.8,
        max_momentum: float | list[float] = 0.9,
        last_epoch: int = -1,
    ) -> None:
        self.optimizer = checked_optimizer(optimizer)
        if mode not in ("triangular", "triangular2", "exp_range") and scale_fn is None:
            raise ValueError(
                f"mode is invalid and scale_fn is None: {mode!r} is not triangular, triangular2 or exp_range"
            )
        base_lrs = one_per_group("base_lr", optimizer, base_lr)
        if last_epoch == -1:
            for group, lr in zip(optimizer.param_groups, base_lrs, strict=True):
                set_option(group, "lr", lr)
        self.max_lrs = one_per_group("max_lr", optimizer, max_lr)
        up = float(step_size_up)
        self.total_size = up + (up if step_size_down is None else float(step_size_down))
        self.step_ratio = up / self.total_size
        self.mode = mode
        self.gamma = gamma
        self._scale_fn_custom = scale_fn
        self.scale_mode = scale_mode if scale_fn else "iterations" if mode == "exp_range" else "cycle"
        self.cycle_momentum = cycle_momentum
        if cycle_momentum:
            self.base_momentums, self.max_momentums = self._begin_momentum(
                optimizer, base_momentum, max_momentum, last_epoch
            )
        super().__init__(optimizer, last_epoch)
        self.base_lrs = base_lrs

    def scale_fn(self, x: float) -> float:
        """The scale of a cycle.

        Args:
            x: the number of the cycle, or that of the steps, as `scale_mode` says.
        """
        if self._scale_fn_custom is not None:
            return self._scale_fn_custom(x)
        if self.mode == "triangular2":
            return 1 / 2.0 ** (x - 1)
        return self.gamma**x if self.mode == "exp_range" else 1.0

    def get_lr(self) -> Rates:
        self._warn_outside_step()
        cycle = math.floor(1 + self.last_epoch / self.total_size)
        x = 1.0 + self.last_epoch / self.total_size - cycle
        height = x / self.step_ratio if x <= self.step_ratio else (x - 1) / (self.step_ratio - 1)
        scale = self.scale_fn(cycle if self.scale_mode == "cycle" else self.last_epoch)
        if self.cycle_momentum:
            momentums = zip(self.optimizer.param_groups, self.base_momentums, self.max_momentums, strict=True)
            for group, low, high in momentums:
                self._set_momentum(group, high - (high - low) * height * scale)
        return [low + (high - low) * height * scale for low, high in zip(self.base_lrs, self.max_lrs, strict=True)]

    def state_dict(self) -> dict[str, Any]:
        """All attributes but the optimizer and the function; of a callable object, its attributes."""
        function = self._scale_fn_custom
        return {**super().state_dict(), "_scale_fn_custom": None if function is None else attributes_of(function)}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Go on from the result of `state_dict`, with the function that this scheduler has.

        Args:
            state_dict: the state of a scheduler of the same class.
        """
        super().load_state_dict({k: v for k, v in state_dict.items() if k != "_scale_fn_custom"})
        if state_dict["_scale_fn_custom"] is not None:
            self._scale_fn_custom.__dict__.update(state_dict["_scale_fn_custom"])


class OneCycleLR(CyclingScheduler):
    """A learning rate that goes up to `max_lr` and then down to almost 0, once, while the momentum goes the other way.

        from initial lr = max_lr / div_factor up to max_lr, in pct_start of the steps,
        then down to initial lr / final_div_factor

    Between two of these values, a and b, it goes along half a period of a cosine, b + ½ (a - b) (1 + cos(π part)), or
    along a line. Source: Smith & Topin, 2018, https://arxiv.org/abs/1708.07120.

    Args:
        optimizer: the optimizer whose learning rates are set.
        max_lr: the largest learning rate; a list for a value per group.
        total_steps: the number of all steps; if it is not given, epochs · steps_per_epoch.
        epochs, steps_per_epoch: as above.
        pct_start: the part of the steps in which the learning rate goes up, between 0 and 1.
        anneal_strategy: "cos" or "linear".
        cycle_momentum: whether to set the momentum.
        base_momentum, max_momentum: the smallest and the largest momentum; lists for a value per group.
        div_factor, final_div_factor: as above.
        three_phase: go down to the initial learning rate in as many steps as up, and only then further.
        last_epoch: the number of the last step, where a schedule goes on; -1 to begin.

    Raises:
        ValueError: if the number of steps is not given, an option is out of range, a list has the wrong length, the
            rule has no momentum, or `step` is called more often than announced.
        TypeError: if the optimizer is not an Optimizer.

    >>> import tinygrad_lite as tl
    >>> p = tl.zeros(1, requires_grad=True)
    >>> p.grad = tl.ones(1)
    >>> optimizer = tl.optim.SGD([p], momentum=0.9)
    >>> scheduler = tl.optim.lr_scheduler.OneCycleLR(
    ...     optimizer, max_lr=1.0, total_steps=5, pct_start=0.6, anneal_strategy="linear", div_factor=4.0,
    ...     final_div_factor=2.0,
    ... )
    >>> rates = []
    >>> for step in range(5):
    ...     rates += scheduler.get_last_lr()
    ...     optimizer.step()
    ...     scheduler.step()
    >>> rates
    [0.25, 0.625, 1.0, 0.5625, 0.125]
    """

    def __init__(
        self,
        optimizer: Optimizer,
        max_lr: float | list[float],
        total_steps: int | None = None,
        epochs: int | None = None,
        steps_per_epoch: int | None = None,
        pct_start: float = 0.3,
        anneal_strategy: str = "cos",
        cycle_momentum: bool = True,
        base_momentum: float | list[float] = 0.85,
        max_momentum: float | list[float] = 0.95,
        div_factor: float = 25.0,
        final_div_factor: float = 1e4,
        three_phase: bool = False,
        last_epoch: int = -1,
    ) -> None:
        self.optimizer = checked_optimizer(optimizer)
        if total_steps is None and (epochs is None or steps_per_epoch is None):
            raise ValueError("You must define either total_steps OR (epochs AND steps_per_epoch)")
        given = {"epochs": epochs, "steps_per_epoch": steps_per_epoch}
        if total_steps is not None:
            given = {"total_steps": total_steps}
        for name, number in given.items():
            if not isinstance(number, int) or number <= 0:
                raise ValueError(f"Expected positive integer {name}, but got {number}")
        if not isinstance(pct_start, float) or not 0 <= pct_start <= 1:
            raise ValueError(f"Expected float between 0 and 1 pct_start, but got {pct_start}")
        if anneal_strategy not in ("cos", "linear"):
            raise ValueError(f"anneal_strategy must be one of 'cos' or 'linear', instead got {anneal_strategy}")
        self.total_steps: int = math.prod(n for n in given.values() if n is not None)
        up, end = float(pct_start * self.total_steps) - 1, self.total_steps - 1
        self._schedule_phases = [_phase(up, "initial", "max", "max", "base")]
        if three_phase:
            down = float(2 * pct_start * self.total_steps) - 2
            self._schedule_phases += [
                _phase(down, "max", "initial", "base", "max"), _phase(end, "initial", "min", "max", "max")
            ]  # fmt: skip
        else:
            self._schedule_phases += [_phase(end, "max", "min", "base", "max")]
        self._anneal_func_type = anneal_strategy
        largest = one_per_group("max_lr", optimizer, max_lr)
        if last_epoch == -1:
            for group, lr in zip(optimizer.param_groups, largest, strict=True):
                group["initial_lr"] = lr / div_factor
                group["max_lr"] = lr
                group["min_lr"] = group["initial_lr"] / final_div_factor
        self.cycle_momentum = cycle_momentum
        if cycle_momentum:
            self._begin_momentum(optimizer, base_momentum, max_momentum, last_epoch)
        super().__init__(optimizer, last_epoch)

    def get_lr(self) -> Rates:
        self._warn_outside_step()
        if self.last_epoch > self.total_steps:
            raise ValueError(
                f"Tried to step {self.last_epoch} times. The specified number of total steps is {self.total_steps}"
            )
        begin = 0.0
        for phase in self._schedule_phases:
            if self.last_epoch <= phase["end_step"] or phase is self._schedule_phases[-1]:
                break
            begin = phase["end_step"]
        part = (self.last_epoch - begin) / (phase["end_step"] - begin)
        groups = self.optimizer.param_groups
        if self.cycle_momentum:
            for group in groups:
                self._set_momentum(group, self._between(group, phase["start_momentum"], phase["end_momentum"], part))
        return [self._between(group, phase["start_lr"], phase["end_lr"], part) for group in groups]

    def _between(self, group: Group, start: str, end: str, part: float) -> float:
        """A value between two options of a group; `part` is 0 at the start and 1 at the end."""
        a, b = group[start], group[end]
        if self._anneal_func_type == "linear":
            return (b - a) * part + a
        return b + (a - b) / 2.0 * (math.cos(math.pi * part) + 1)


def _phase(end: float, *names: str) -> dict[str, Any]:
    """A part of the cycle: its last step, and the options of a group from which and to which lr and momentum go."""
    lrs, momentums = [f"{name}_lr" for name in names[:2]], [f"{name}_momentum" for name in names[2:]]
    return {
        "end_step": end, "start_lr": lrs[0], "end_lr": lrs[1], "start_momentum": momentums[0],
        "end_momentum": momentums[1],
    }  # fmt: skip
