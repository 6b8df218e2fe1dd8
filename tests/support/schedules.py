"""For the tests of learning rate schedulers: samples of each of them, and the options that an optimizer has meanwhile."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

import pytest

STEPS = 70
Make = Callable[[Any, Any], Any]
"""Makes a scheduler with the module given, PyTorch's `lr_scheduler` or ours, for an optimizer."""


class Halve:
    """A callable whose attribute is part of a schedule's state."""

    def __init__(self) -> None:
        self.base = 0.5

    def __call__(self, x: float) -> float:
        return float(self.base ** (x % 3))


def wave(epoch: int) -> float:
    return 1.0 / (1 + epoch % 7)


SAMPLES: dict[str, list[Make]] = {
    "LambdaLR": [
        lambda S, o: S.LambdaLR(o, wave),
        lambda S, o: S.LambdaLR(o, [wave, Halve()]),
    ],
    "MultiplicativeLR": [
        lambda S, o: S.MultiplicativeLR(o, lambda epoch: 0.95),
        lambda S, o: S.MultiplicativeLR(o, [lambda epoch: 1.01, lambda epoch: 0.9 + 0.1 * (epoch % 2)]),
    ],
    "StepLR": [
        lambda S, o: S.StepLR(o, 7),
        lambda S, o: S.StepLR(o, step_size=3, gamma=0.7),
    ],
    "MultiStepLR": [
        lambda S, o: S.MultiStepLR(o, [5, 20, 20, 50]),
        lambda S, o: S.MultiStepLR(o, milestones=(1, 2), gamma=0.5),
    ],
    "ConstantLR": [
        lambda S, o: S.ConstantLR(o),
        lambda S, o: S.ConstantLR(o, factor=0.7, total_iters=33),
    ],
    "LinearLR": [
        lambda S, o: S.LinearLR(o),
        lambda S, o: S.LinearLR(o, start_factor=0.9, end_factor=0.1, total_iters=41),
    ],
    "ExponentialLR": [lambda S, o: S.ExponentialLR(o, 0.93)],
    "PolynomialLR": [
        lambda S, o: S.PolynomialLR(o),
        lambda S, o: S.PolynomialLR(o, total_iters=45, power=2.5),
    ],
    "CosineAnnealingLR": [
        lambda S, o: S.CosineAnnealingLR(o, 10),
        lambda S, o: S.CosineAnnealingLR(o, T_max=27, eta_min=0.01),
    ],
    "CosineAnnealingWarmRestarts": [
        lambda S, o: S.CosineAnnealingWarmRestarts(o, 6),
        lambda S, o: S.CosineAnnealingWarmRestarts(o, T_0=4, T_mult=2, eta_min=0.01),
    ],
    "OneCycleLR": [
        lambda S, o: S.OneCycleLR(o, 0.5, STEPS + 1),
        lambda S, o: S.OneCycleLR(
            o, [0.5, 0.2], epochs=8, steps_per_epoch=10, pct_start=0.4, anneal_strategy="linear", three_phase=True,
            base_momentum=0.7, max_momentum=0.8, div_factor=10.0, final_div_factor=100.0,
        ),
        lambda S, o: S.OneCycleLR(o, 0.5, total_steps=STEPS + 5, cycle_momentum=False),
    ],
    "CyclicLR": [
        lambda S, o: S.CyclicLR(o, 0.01, 0.3, step_size_up=6),
        lambda S, o: S.CyclicLR(o, [0.01, 0.02], [0.3, 0.1], 5, 9, mode="triangular2", base_momentum=0.3),
        lambda S, o: S.CyclicLR(o, 0.01, 0.3, 4, mode="exp_range", gamma=0.97, max_momentum=0.95),
        lambda S, o: S.CyclicLR(o, 0.01, 0.3, 4, scale_fn=Halve(), scale_mode="iterations", cycle_momentum=False),
    ],
    "ReduceLROnPlateau": [
        lambda S, o: S.ReduceLROnPlateau(o),
        lambda S, o: S.ReduceLROnPlateau(o, "max", 0.5, 2, 0.1, "abs", 3, [0.01, 0.0]),
        lambda S, o: S.ReduceLROnPlateau(o, factor=0.6, patience=1, threshold=0.05, min_lr=0.001, eps=1e-3),
        lambda S, o: S.ReduceLROnPlateau(o, factor=0.6, patience=1, threshold_mode="abs", cooldown=1),
        lambda S, o: S.ReduceLROnPlateau(o, mode="max", factor=0.6, patience=0),
    ],
    "ChainedScheduler": [
        lambda S, o: S.ChainedScheduler([S.ConstantLR(o, 0.5, 20), S.ExponentialLR(o, 0.9)]),
        lambda S, o: S.ChainedScheduler([S.StepLR(o, 9), S.CosineAnnealingLR(o, 30), S.LinearLR(o)], optimizer=o),
    ],
    "SequentialLR": [
        lambda S, o: S.SequentialLR(o, [S.ConstantLR(o, 0.5, 20), S.ExponentialLR(o, 0.9)], [10]),
        lambda S, o: S.SequentialLR(
            o, [S.LinearLR(o, 0.1, total_iters=8), S.CosineAnnealingLR(o, 20), S.StepLR(o, 5)], milestones=[8, 40]
        ),
        lambda S, o: S.SequentialLR(
            o, [S.SequentialLR(o, [S.LinearLR(o), S.StepLR(o, 3)], [6]), S.ExponentialLR(o, 0.9)], [30]
        ),
    ],
    "LRScheduler": [],  # the base, which has no sequence
}  # fmt: skip


CASES = [
    pytest.param(name, make, id=f"{name}-{i}") for name, several in SAMPLES.items() for i, make in enumerate(several)
]


def optimizer_of(T: Any, rule: str = "SGD", lr: Any = 0.1) -> Any:
    params = [T.nn.Parameter(T.ones(2)) for _ in range(2)]
    options = {"momentum": 0.9} if rule == "SGD" else {}
    optimizer = getattr(T.optim, rule)([{"params": params[0]}, {"params": params[1], "lr": 0.25}], lr=lr, **options)
    for p in params:
        p.grad = T.zeros(2)
    optimizer.step()
    return optimizer


def metric(step: int) -> float:
    return 5.0 / (1 + step % 9) + (0.3 if step < 30 else 0.0)


def advance(optimizer: Any, scheduler: Any, steps: range) -> list[Any]:
    """What the options of the groups are after each step."""
    seen = []
    for step in steps:
        optimizer.step()
        scheduler.step(*[metric(step)] if "metrics" in inspect.signature(scheduler.step).parameters else [])
        seen.append(options(optimizer, scheduler))
    return seen


def options(optimizer: Any, scheduler: Any) -> Any:
    names = ("lr", "momentum", "betas", "initial_lr", "max_lr", "min_lr", "max_momentum", "base_momentum")
    return (
        scheduler.last_epoch if hasattr(scheduler, "last_epoch") else None,
        [float(lr) for lr in scheduler.get_last_lr()],
        [{name: plain(group[name]) for name in names if name in group} for group in optimizer.param_groups],
    )


def plain(x: Any) -> Any:
    """A state without Tensors."""
    if isinstance(x, dict):
        return {k: plain(v) for k, v in x.items()}
    if isinstance(x, list | tuple):
        return [plain(v) for v in x]
    return float(x) if hasattr(x, "detach") else x
