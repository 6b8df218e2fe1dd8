"""Learning rate schedules in their corners: the same script under both libraries."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from ..support.same_script import check


def O(T: Any, lr: Any = 1.0, groups: int = 1, rule: str = "SGD", **options: Any) -> Any:  # noqa: E743  # as short as in a formula
    """An optimizer of parameters with gradients."""
    params = [T.nn.Parameter(T.ones(1)) for _ in range(groups)]
    for p in params:
        p.grad = T.ones(1)
    return getattr(T.optim, rule)([{"params": [p], "lr": lr * (i + 1)} for i, p in enumerate(params)], lr=lr, **options)


def go(optimizer: Any, scheduler: Any, count: int = 6, *args: Any) -> Any:
    """The learning rates of some steps."""
    rates = []
    for _ in range(count):
        optimizer.step()
        scheduler.step(*args)
        rates.append([float(rate) for rate in scheduler.get_last_lr()])
    return rates


def rl(T: Any, metrics: Any, **options: Any) -> Any:
    """What ReduceLROnPlateau makes of some metrics."""
    o = O(T)
    s = T.optim.lr_scheduler.ReduceLROnPlateau(o, **options)
    found = []
    for metric in metrics:
        o.step()
        s.step(metric)
        found.append([o.param_groups[0]["lr"], s.num_bad_epochs, s.get_last_lr()])
    return found


def show(x: Any) -> Any:
    return x


SCHEDULES = [
    "T.optim.lr_scheduler.StepLR(o, 0)",
    "T.optim.lr_scheduler.StepLR(o, 2)",
    "T.optim.lr_scheduler.StepLR(o, -1)",
    "T.optim.lr_scheduler.StepLR(o, 1.5)",
    "T.optim.lr_scheduler.StepLR(o, None)",
    "T.optim.lr_scheduler.StepLR(o, 2, gamma='x')",
    "T.optim.lr_scheduler.MultiStepLR(o, [2, 4])",
    "T.optim.lr_scheduler.MultiStepLR(o, [4, 2])",
    "T.optim.lr_scheduler.MultiStepLR(o, [2, 2])",
    "T.optim.lr_scheduler.MultiStepLR(o, 3)",
    "T.optim.lr_scheduler.MultiStepLR(o, [])",
    "T.optim.lr_scheduler.ConstantLR(o)",
    "T.optim.lr_scheduler.ConstantLR(o, factor=2)",
    "T.optim.lr_scheduler.ConstantLR(o, total_iters=0)",
    "T.optim.lr_scheduler.LinearLR(o)",
    "T.optim.lr_scheduler.LinearLR(o, start_factor=0)",
    "T.optim.lr_scheduler.LinearLR(o, end_factor=2)",
    "T.optim.lr_scheduler.LinearLR(o, total_iters=0)",
    "T.optim.lr_scheduler.ExponentialLR(o, 0.5)",
    "T.optim.lr_scheduler.ExponentialLR(o, -0.5)",
    "T.optim.lr_scheduler.CosineAnnealingLR(o, 4)",
    "T.optim.lr_scheduler.CosineAnnealingLR(o, 0)",
    "T.optim.lr_scheduler.CosineAnnealingLR(o, 4, eta_min=0.1)",
    "T.optim.lr_scheduler.CosineAnnealingWarmRestarts(o, 2)",
    "T.optim.lr_scheduler.CosineAnnealingWarmRestarts(o, 2, 2)",
    "T.optim.lr_scheduler.CosineAnnealingWarmRestarts(o, 0)",
    "T.optim.lr_scheduler.CosineAnnealingWarmRestarts(o, 2.5)",
    "T.optim.lr_scheduler.CosineAnnealingWarmRestarts(o, 2, 0)",
    "T.optim.lr_scheduler.CosineAnnealingWarmRestarts(o, 2, eta_min='x')",
    "T.optim.lr_scheduler.PolynomialLR(o, 4)",
    "T.optim.lr_scheduler.PolynomialLR(o, 0)",
    "T.optim.lr_scheduler.LambdaLR(o, lambda e: 0.5 ** e)",
    "T.optim.lr_scheduler.LambdaLR(o, [lambda e: 1, lambda e: 0.5])",
    "T.optim.lr_scheduler.LambdaLR(o, [lambda e: 1])",
    "T.optim.lr_scheduler.LambdaLR(o, 3)",
    "T.optim.lr_scheduler.MultiplicativeLR(o, lambda e: 0.5)",
    "T.optim.lr_scheduler.MultiplicativeLR(o, [lambda e: 0.5])",
    "T.optim.lr_scheduler.OneCycleLR(o, 2.0, total_steps=6)",
    "T.optim.lr_scheduler.OneCycleLR(o, 2.0)",
    "T.optim.lr_scheduler.OneCycleLR(o, 2.0, total_steps=3)",
    "T.optim.lr_scheduler.OneCycleLR(o, 2.0, epochs=2, steps_per_epoch=3)",
    "T.optim.lr_scheduler.OneCycleLR(o, 2.0, total_steps=0)",
    "T.optim.lr_scheduler.OneCycleLR(o, 2.0, total_steps=6, pct_start=2)",
    "T.optim.lr_scheduler.OneCycleLR(o, 2.0, total_steps=6, anneal_strategy='x')",
    "T.optim.lr_scheduler.OneCycleLR(o, 2.0, total_steps=6, anneal_strategy='linear', three_phase=True)",
    "T.optim.lr_scheduler.OneCycleLR(o, [2.0], total_steps=6)",
    "T.optim.lr_scheduler.OneCycleLR(o, 2.0, epochs=-1, steps_per_epoch=3)",
    "T.optim.lr_scheduler.OneCycleLR(o, 2.0, total_steps=2.5)",
    "T.optim.lr_scheduler.CyclicLR(o, 0.1, 1.0, 2, cycle_momentum=False)",
    "T.optim.lr_scheduler.CyclicLR(o, 0.1, 1.0, 2, mode='triangular2', cycle_momentum=False)",
    "T.optim.lr_scheduler.CyclicLR(o, 0.1, 1.0, 2, mode='exp_range', gamma=0.9, cycle_momentum=False)",
    "T.optim.lr_scheduler.CyclicLR(o, 0.1, 1.0, 2, mode='zz', cycle_momentum=False)",
    "T.optim.lr_scheduler.CyclicLR(o, 0.1, 1.0, 2)",
    "T.optim.lr_scheduler.CyclicLR(o, 0.1, 1.0, 0, cycle_momentum=False)",
    "T.optim.lr_scheduler.CyclicLR(o, 0.1, 1.0, 2, scale_fn=lambda x: 0.5, cycle_momentum=False)",
    "T.optim.lr_scheduler.SequentialLR(o, [T.optim.lr_scheduler.ConstantLR(o, 0.1, 2), T.optim.lr_scheduler.ExponentialLR(o, 0.9)], [2])",
    "T.optim.lr_scheduler.SequentialLR(o, [T.optim.lr_scheduler.ConstantLR(o)], [2])",
    "T.optim.lr_scheduler.SequentialLR(o, [], [])",
    "T.optim.lr_scheduler.SequentialLR(o, [T.optim.lr_scheduler.ConstantLR(o), T.optim.lr_scheduler.ReduceLROnPlateau(o)], [2])",
    "T.optim.lr_scheduler.SequentialLR(o, [T.optim.lr_scheduler.ConstantLR(o), T.optim.lr_scheduler.ExponentialLR(O(T), 0.9)], [2])",
    "T.optim.lr_scheduler.SequentialLR(o, [3, T.optim.lr_scheduler.ExponentialLR(o, 0.9)], [2])",
    "T.optim.lr_scheduler.SequentialLR(o, [T.optim.lr_scheduler.LinearLR(o, 0.1, total_iters=2), T.optim.lr_scheduler.CosineAnnealingLR(o, 3), T.optim.lr_scheduler.ConstantLR(o, 0.5, 2)], [2, 4])",
    "T.optim.lr_scheduler.ChainedScheduler([T.optim.lr_scheduler.ConstantLR(o, 0.1, 2), T.optim.lr_scheduler.ExponentialLR(o, 0.9)])",
    "T.optim.lr_scheduler.ChainedScheduler([])",
    "T.optim.lr_scheduler.ChainedScheduler([T.optim.lr_scheduler.ReduceLROnPlateau(o)])",
    "T.optim.lr_scheduler.ChainedScheduler([T.optim.lr_scheduler.ExponentialLR(o, 0.9), T.optim.lr_scheduler.ExponentialLR(O(T), 0.9)])",
    "T.optim.lr_scheduler.ChainedScheduler(T.optim.lr_scheduler.ExponentialLR(o, 0.9))",
    "T.optim.lr_scheduler.ChainedScheduler([T.optim.lr_scheduler.ExponentialLR(o, 0.9)], optimizer=o)",
    "T.optim.lr_scheduler.CosineAnnealingWarmRestarts(o, 1)",
    "T.optim.lr_scheduler.OneCycleLR(o, 2.0, total_steps=1)",
    "T.optim.lr_scheduler.LinearLR(o, 1.5)",
    "T.optim.lr_scheduler.SequentialLR(o, [T.optim.lr_scheduler.ConstantLR(o, 0.1, 2), T.optim.lr_scheduler.ExponentialLR(o, 0.9)], [1])",
    "T.optim.lr_scheduler.SequentialLR(o, [T.optim.lr_scheduler.LinearLR(o, 1 / (i + 2), total_iters=2) for i in range(4)], [1, 2, 4])",
    "T.optim.lr_scheduler.StepLR(3, 1)",
    "T.optim.lr_scheduler.StepLR(T.nn.Linear(1, 1), 1)",
    "T.optim.lr_scheduler.StepLR(o, 2, last_epoch=3)",
    "(o.param_groups[0].update(initial_lr=1.0), T.optim.lr_scheduler.StepLR(o, 2, last_epoch=3))[1]",
    "(o.param_groups[0].update(initial_lr=1.0), T.optim.lr_scheduler.CosineAnnealingLR(o, 4, last_epoch=2))[1]",
    "(o.param_groups[0].update(initial_lr=1.0), T.optim.lr_scheduler.LambdaLR(o, lambda e: 0.5 ** e, last_epoch=2))[1]",
    "(o.param_groups[0].update(initial_lr=1.0), T.optim.lr_scheduler.ExponentialLR(o, 0.5, last_epoch=0))[1]",
    "T.optim.lr_scheduler.LRScheduler(o)",
    "T.optim.lr_scheduler.StepLR(o, 2, verbose=True)",
]

EXPRESSIONS = [
    "rl(T, [1, 1, 1, 1, 0.5, 0.5, 0.5, 0.5], patience=1)",
    "rl(T, [1, 2, 3, 1, 1], mode='max', patience=0, cooldown=1)",
    "rl(T, [1] * 5, factor=1.0)",
    "rl(T, [1], mode='x')",
    "rl(T, [1], threshold_mode='x')",
    "rl(T, [1] * 5, min_lr=[0.1, 0.2])",
    "rl(T, [float('nan')] * 5, patience=1)",
    "rl(T, [T.tensor(1.0)] * 4, patience=1)",
    "rl(T, ['x'])",
    "rl(T, [1] * 5, patience=0, min_lr=0.05, threshold_mode='abs', threshold=0.5)",
    "T.optim.lr_scheduler.ReduceLROnPlateau(O(T)).step()",
    "rl(T, [T.ones(2)])",
    "rl(T, [1], patience='x')",
    "show({k: v for k, v in T.optim.lr_scheduler.ReduceLROnPlateau(O(T)).state_dict().items()})",
    "(lambda o, s: (s.step(), o.step(), s.step(), 1)[3])(*(lambda o: (o, T.optim.lr_scheduler.StepLR(o, 2)))(O(T)))",
    "T.optim.lr_scheduler.StepLR(O(T), 2).get_lr()",
    "T.optim.lr_scheduler.CosineAnnealingLR(O(T), 4).get_lr()",
    "(lambda o: T.optim.lr_scheduler.SequentialLR(o, [T.optim.lr_scheduler.ConstantLR(o, 0.1, 2), T.optim.lr_scheduler.ExponentialLR(o, 0.9)], [1]).get_last_lr())(O(T))",
    "(lambda o: (o.param_groups[0].update(initial_lr=3.0), T.optim.lr_scheduler.CosineAnnealingLR(o, 4, last_epoch=0).get_lr())[1])(O(T))",
    *(
        "(lambda s: [(s.step(e), s.get_last_lr(), s.T_cur, s.T_i, s.last_epoch) for e in (0, 0.5, 3, 4.25, 11, 13.5, 40, None)])"
        f"(T.optim.lr_scheduler.CosineAnnealingWarmRestarts(O(T), 4, T_mult={factor}))"
        for factor in (1, 2, 3)
    ),
    "(lambda o: (o.param_groups[0].update(initial_lr=1.0), T.optim.lr_scheduler.CosineAnnealingLR(o, 4, last_epoch=2).get_lr())[1])(O(T))",
    "(lambda o: (T.optim.lr_scheduler.StepLR(o, 2), sorted(o.param_groups[0]))[1])(O(T))",
    "[T.optim.lr_scheduler.StepLR(O(T), 2).last_epoch, T.optim.lr_scheduler.StepLR(O(T), 2).base_lrs, T.optim.lr_scheduler.StepLR(O(T), 2)._step_count]",
    "(lambda o: [go(o, T.optim.lr_scheduler.OneCycleLR(o, 2.0, total_steps=6)), o.param_groups[0]['momentum']])(O(T, momentum=0.9))",
    "(lambda o: [go(o, T.optim.lr_scheduler.OneCycleLR(o, 2.0, total_steps=6)), show(o.param_groups[0]['betas'])])(O(T, cls='Adam'))",
    "(lambda o: [go(o, T.optim.lr_scheduler.CyclicLR(o, 0.1, 1.0, 2)), o.param_groups[0]['momentum']])(O(T, momentum=0.9))",
    "(lambda o: [go(o, T.optim.lr_scheduler.CyclicLR(o, 0.1, 1.0, 2)), show(o.param_groups[0]['betas'])])(O(T, cls='Adam'))",
]


@pytest.mark.parametrize("schedule", SCHEDULES)
def test_schedules(schedule: str) -> None:
    for optimizer in ("O(T)", "O(T, 0.5, 2)", "O(T, T.tensor(1.0))"):
        check(f"o = {optimizer}\ns = {schedule}\nreturn go(o, s)", O=O, go=go)
    check(f"o = O(T)\ns = {schedule}\nreturn go(o, s, 3, 2)", O=O, go=go)


def resumed(T: Any, make: Any) -> Any:
    """The learning rates of a schedule that goes on from a state."""
    first = O(T)
    one = make(first)
    go(first, one, 2)
    second = O(T)
    two = make(second)
    two.load_state_dict(copy.deepcopy(one.state_dict()))
    second.load_state_dict(first.state_dict())
    return [sorted(one.state_dict()), go(second, two, 3)]


@pytest.mark.parametrize("schedule", SCHEDULES)
def test_schedules_go_on_from_a_state(schedule: str) -> None:
    check(f"resumed(T, lambda o: {schedule})", O=O, go=go, resumed=resumed)


@pytest.mark.parametrize("expression", EXPRESSIONS)
def test_expressions(expression: str) -> None:
    check(expression, O=O, go=go, rl=rl, show=show)
