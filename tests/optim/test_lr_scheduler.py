"""Schedules of the learning rate: the same sequences as PyTorch's, bit for bit, and the same states."""

from __future__ import annotations

import inspect
import pickle
import warnings
from collections.abc import Callable
from typing import Any

import pytest

import tinygrad_lite as tl

# A SequentialLR inside another steps when it is made, and warns of that, in PyTorch too.
pytestmark = pytest.mark.filterwarnings("ignore:Detected call of .lr_scheduler.step")
STEPS = 70
Make = Callable[[Any, Any], Any]
"""A schedule of the module given, `torch.optim.lr_scheduler` or ours, for an optimizer."""


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


def test_every_scheduler_has_samples() -> None:
    assert set(tl.optim.lr_scheduler.__all__) == set(SAMPLES)
    schedulers = tl.optim.lr_scheduler
    public = {name for name, value in vars(schedulers).items() if inspect.isclass(value)}
    assert public == set(SAMPLES)


@pytest.mark.parametrize("name", SAMPLES)
def test_names_and_signatures_are_pytorchs(name: str) -> None:
    torch = pytest.importorskip("torch")
    assert set(torch.optim.lr_scheduler.__all__) == set(SAMPLES)
    found = [
        [
            (p.name, p.kind, p.default)
            for p in inspect.signature(getattr(T.optim.lr_scheduler, name)).parameters.values()
        ]
        for T in (tl, torch)
    ]
    assert found[0] == found[1]


@pytest.mark.parametrize("rule", ["SGD", "Adam"])
@pytest.mark.parametrize(("name", "make"), CASES)
def test_sequences_are_pytorchs(name: str, make: Make, rule: str) -> None:
    torch = pytest.importorskip("torch")
    found = []
    for T in (tl, torch):
        optimizer = optimizer_of(T, rule)
        scheduler = make(T.optim.lr_scheduler, optimizer)
        found.append([options(optimizer, scheduler), *advance(optimizer, scheduler, range(STEPS))])
    assert found[0] == found[1]
    assert len({str(seen) for seen in found[0]}) > 2


@pytest.mark.parametrize(("name", "make"), CASES)
def test_states_are_pytorchs_and_load_either_way(name: str, make: Make) -> None:
    """Half of the sequence in one library, and the rest with its state in the other."""
    torch = pytest.importorskip("torch")
    straight = {}
    made = {}
    for T in (tl, torch):
        optimizer = optimizer_of(T)
        scheduler = make(T.optim.lr_scheduler, optimizer)
        assert "optimizer" not in scheduler.state_dict()
        advance(optimizer, scheduler, range(30))
        made[T] = scheduler.state_dict(), optimizer.state_dict()["param_groups"]
        straight[T] = advance(optimizer, scheduler, range(30, STEPS))
    assert straight[tl] == straight[torch]
    for source, target in ((tl, tl), (tl, torch), (torch, tl)):
        again = optimizer_of(source)
        scheduler = make(source.optim.lr_scheduler, again)
        advance(again, scheduler, range(30))
        state = pickle.loads(pickle.dumps(scheduler.state_dict()))
        optimizer = optimizer_of(target)
        second = make(target.optim.lr_scheduler, optimizer)
        second.load_state_dict(state)
        optimizer.load_state_dict({"state": {}, "param_groups": again.state_dict()["param_groups"]})
        assert advance(optimizer, second, range(30, STEPS)) == straight[tl]


@pytest.mark.parametrize(("name", "make"), CASES)
def test_states_have_pytorchs_names_and_values(name: str, make: Make) -> None:
    torch = pytest.importorskip("torch")
    states = []
    for T in (tl, torch):
        optimizer = optimizer_of(T)
        scheduler = make(T.optim.lr_scheduler, optimizer)
        advance(optimizer, scheduler, range(17))
        states.append(plain(scheduler.state_dict()))
    assert states[0] == states[1]


@pytest.mark.parametrize(("name", "make"), CASES)
def test_a_rate_that_is_a_tensor_is_changed_in_place(name: str, make: Make) -> None:
    torch = pytest.importorskip("torch")
    found = []
    for T in (tl, torch):
        rate = T.tensor(0.1, dtype=T.float64)
        optimizer = optimizer_of(T, lr=rate)
        held = optimizer.param_groups[0]["lr"]
        scheduler = make(T.optim.lr_scheduler, optimizer)
        seen = advance(optimizer, scheduler, range(12))
        assert optimizer.param_groups[0]["lr"] is held
        assert all(lr is not held for lr in scheduler.get_last_lr())
        found.append([rates for _, rates, _ in seen])
    for ours, theirs in zip(*found, strict=True):
        assert ours == pytest.approx(theirs, rel=1e-12)


@pytest.mark.parametrize(
    ("name", "make"), [case for case in CASES if case.values[0] not in ("ChainedScheduler", "SequentialLR")]
)
@pytest.mark.filterwarnings("ignore:The epoch parameter")
def test_an_epoch_may_be_given(name: str, make: Make) -> None:
    torch = pytest.importorskip("torch")
    found = []
    for T in (tl, torch):
        optimizer = optimizer_of(T)
        scheduler = make(T.optim.lr_scheduler, optimizer)
        optimizer.step()
        seen = []
        for epoch in (3, 0, 11, 40):
            scheduler.step(*[metric(epoch)] if name == "ReduceLROnPlateau" else [], epoch)
            seen.append(options(optimizer, scheduler))
        found.append(seen)
    assert found[0] == found[1]


@pytest.mark.parametrize(("T_mult", "epochs"), [(1, [0.5, 3.25, 4.0, 9.9]), (2, [0.5, 3.25, 11.5, 12.0, 40.3])])
def test_warm_restarts_know_fractions_of_epochs(T_mult: int, epochs: list[float]) -> None:
    torch = pytest.importorskip("torch")
    found = []
    for T in (tl, torch):
        optimizer = optimizer_of(T)
        scheduler = T.optim.lr_scheduler.CosineAnnealingWarmRestarts(optimizer, 4, T_mult)
        seen = []
        for epoch in epochs:
            scheduler.step(epoch)
            seen.append(options(optimizer, scheduler))
        scheduler.step()
        found.append([*seen, options(optimizer, scheduler)])
    assert found[0] == found[1]
    with pytest.raises(ValueError, match="non-negative epoch"):
        tl.optim.lr_scheduler.CosineAnnealingWarmRestarts(optimizer_of(tl), 4).step(-1)


@pytest.mark.parametrize(
    ("name", "extra"),
    [
        ("StepLR", {"step_size": 3}), ("ExponentialLR", {"gamma": 0.9}), ("CosineAnnealingLR", {"T_max": 10}),
        ("LinearLR", {}), ("PolynomialLR", {"total_iters": 30}), ("LambdaLR", {"lr_lambda": wave}),
        ("CosineAnnealingWarmRestarts", {"T_0": 7}), ("ConstantLR", {"total_iters": 14}),
        ("MultiStepLR", {"milestones": [13, 14]}), ("MultiplicativeLR", {"lr_lambda": wave}),
    ],
)  # fmt: skip
def test_a_schedule_goes_on_from_a_last_epoch(name: str, extra: dict[str, Any]) -> None:
    torch = pytest.importorskip("torch")
    found = []
    for T in (tl, torch):
        optimizer = optimizer_of(T)
        for group in optimizer.param_groups:
            group["initial_lr"] = 0.5
        scheduler = getattr(T.optim.lr_scheduler, name)(optimizer, **extra, last_epoch=12)
        found.append([options(optimizer, scheduler), *advance(optimizer, scheduler, range(10))])
        with pytest.raises(KeyError, match="initial_lr"):
            getattr(T.optim.lr_scheduler, name)(optimizer_of(T), **extra, last_epoch=12)
    assert found[0] == found[1]


@pytest.mark.parametrize("library", ["tinygrad_lite", "torch"])
def test_the_order_of_steps(library: str) -> None:
    """Steps of the optimizer before the first schedule do not count; a second schedule knows of them."""
    T = pytest.importorskip(library)
    S = T.optim.lr_scheduler
    for first in ("nothing", "optimizer"):
        optimizer = optimizer_of(T)
        scheduler = S.StepLR(optimizer, 3)
        if first == "optimizer":
            optimizer.step()
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            scheduler.step()
            scheduler.step()
            S.StepLR(optimizer, 3).step()
        said = [str(w.message) for w in caught if "before `optimizer.step()`" in str(w.message)]
        assert len(said) == (2 if first == "nothing" else 0)
        assert all(w.filename == __file__ for w in caught)


@pytest.mark.parametrize("library", ["tinygrad_lite", "torch"])
def test_get_lr_is_not_for_users(library: str) -> None:
    T = pytest.importorskip(library)
    for name, several in SAMPLES.items():
        if name in ("ReduceLROnPlateau", "ChainedScheduler", "SequentialLR", "LRScheduler"):
            continue
        scheduler = several[0](T.optim.lr_scheduler, optimizer_of(T))
        with pytest.warns(UserWarning, match="please use `get_last_lr"):
            scheduler.get_lr()
    with pytest.raises(NotImplementedError):
        T.optim.lr_scheduler.LRScheduler(optimizer_of(T))


class Sawtooth(tl.optim.lr_scheduler.LRScheduler):
    """A schedule of a user."""

    def get_lr(self) -> list[float]:
        return [lr * (1 + self.last_epoch % 3) for lr in self.base_lrs]


def test_a_schedule_of_the_users() -> None:
    optimizer = optimizer_of(tl)
    scheduler = Sawtooth(optimizer)
    assert [rates for _, rates, _ in advance(optimizer, scheduler, range(3))] == [
        [0.2, 0.5],
        [0.1 * 3, 0.75],
        [0.1, 0.25],
    ]


@pytest.mark.parametrize("library", ["tinygrad_lite", "torch"])
def test_refused(library: str) -> None:
    T = pytest.importorskip(library)
    S = T.optim.lr_scheduler

    def other() -> Any:
        return S.StepLR(optimizer_of(T), 3)

    def plateau(o: Any) -> Any:
        return S.ReduceLROnPlateau(o)

    for make, error, message in [
        (lambda o: S.StepLR(3, 1), TypeError, "int is not an Optimizer"),
        (lambda o: S.CyclicLR(3, 0.1, 0.2), TypeError, "int is not an Optimizer"),
        (lambda o: S.OneCycleLR(3, 0.1, 9), TypeError, "int is not an Optimizer"),
        (lambda o: S.ReduceLROnPlateau(3), TypeError, "int is not an Optimizer"),
        (lambda o: S.LambdaLR(o, [wave]), ValueError, "Expected 2 lr_lambdas, but got 1"),
        (lambda o: S.MultiplicativeLR(o, [wave]), ValueError, "Expected 2 lr_lambdas, but got 1"),
        (lambda o: S.MultiplicativeLR(o, 0.5), TypeError, "lr_lambda should be a function, but got float"),
        (lambda o: S.ConstantLR(o, 1.5), ValueError, "between 0 and 1"),
        (lambda o: S.LinearLR(o, 0.0), ValueError, "greater than 0"),
        (lambda o: S.LinearLR(o, 0.5, 1.5), ValueError, "between 0 and 1"),
        (lambda o: S.CosineAnnealingWarmRestarts(o, 0), ValueError, "positive integer T_0"),
        (lambda o: S.CosineAnnealingWarmRestarts(o, 3, 1.5), ValueError, "integer T_mult"),
        (lambda o: S.CosineAnnealingWarmRestarts(o, 3, 1, "0"), ValueError, "eta_min"),
        (lambda o: S.OneCycleLR(o, 0.1), ValueError, "You must define either total_steps OR"),
        (lambda o: S.OneCycleLR(o, 0.1, -3), ValueError, "positive integer total_steps"),
        (lambda o: S.OneCycleLR(o, 0.1, epochs=0, steps_per_epoch=3), ValueError, "positive integer epochs"),
        (lambda o: S.OneCycleLR(o, 0.1, epochs=2, steps_per_epoch=0.5), ValueError, "positive integer steps_per_epoch"),
        (lambda o: S.OneCycleLR(o, 0.1, 9, pct_start=1.5), ValueError, "pct_start"),
        (lambda o: S.OneCycleLR(o, 0.1, 9, anneal_strategy="sine"), ValueError, "'cos' or 'linear'"),
        (lambda o: S.OneCycleLR(o, [0.1], 9), ValueError, "max_lr must have the same length"),
        (lambda o: S.OneCycleLR(T.optim.Adagrad([T.ones(1)]), 0.1, 9), ValueError, "must support momentum or beta1"),
        (lambda o: S.CyclicLR(o, 0.1, [0.2] * 3), ValueError, "max_lr must have the same length"),
        (lambda o: S.CyclicLR(o, 0.1, 0.2, mode="square"), ValueError, "mode is invalid and scale_fn is None"),
        (lambda o: S.CyclicLR(T.optim.Adagrad([T.ones(1)]), 0.1, 0.2), ValueError, "must support momentum or beta1"),
        (lambda o: S.ReduceLROnPlateau(o, factor=1.0), ValueError, "Factor should be < 1.0"),
        (lambda o: S.ReduceLROnPlateau(o, "best"), ValueError, "mode best is unknown!"),
        (lambda o: S.ReduceLROnPlateau(o, threshold_mode="no"), ValueError, "threshold mode no is unknown!"),
        (lambda o: S.ReduceLROnPlateau(o, min_lr=[0.1]), ValueError, "expected 2 min_lrs, got 1"),
        (lambda o: S.ChainedScheduler([]), ValueError, "expects at least one scheduler"),
        (lambda o: S.ChainedScheduler([S.StepLR(o, 3), other()]), ValueError, "same optimizer"),
        (
            lambda o: S.ChainedScheduler([S.StepLR(o, 3), plateau(o)]),
            ValueError,
            "does not support `ReduceLROnPlateau`",
        ),
        (lambda o: S.ChainedScheduler([3], o), TypeError, "should have `optimizer`"),
        (lambda o: S.SequentialLR(o, [], []), ValueError, "expects at least one scheduler"),
        (lambda o: S.SequentialLR(o, [other()], []), ValueError, "same optimizer"),
        (lambda o: S.SequentialLR(o, [plateau(o)], []), ValueError, "does not support `ReduceLROnPlateau`"),
        (
            lambda o: S.SequentialLR(o, [S.StepLR(o, 3)], [3]),
            ValueError,
            "one more than the number of milestone points",
        ),
    ]:
        with pytest.raises(error, match=message):
            make(optimizer_of(T))


@pytest.mark.parametrize("library", ["tinygrad_lite", "torch"])
def test_one_cycle_has_an_end(library: str) -> None:
    T = pytest.importorskip(library)
    optimizer = optimizer_of(T)
    scheduler = T.optim.lr_scheduler.OneCycleLR(optimizer, 0.1, 4)
    advance(optimizer, scheduler, range(4))
    with pytest.raises(ValueError, match="Tried to step 5 times"):
        advance(optimizer, scheduler, range(1))


@pytest.mark.parametrize("library", ["tinygrad_lite", "torch"])
def test_a_group_that_comes_later_shares_the_plateaus_floor(library: str) -> None:
    T = pytest.importorskip(library)
    for least, fails in ((0.2, False), ([0.2, 0.2], True)):
        optimizer = optimizer_of(T)
        scheduler = T.optim.lr_scheduler.ReduceLROnPlateau(optimizer, patience=0, min_lr=least)
        optimizer.add_param_group({"params": T.ones(1, requires_grad=True), "lr": 3.0})
        scheduler.step(1.0)
        if fails:
            with pytest.raises(RuntimeError, match="differs from when"):
                scheduler.step(1.0)
        else:
            scheduler.step(T.tensor(1.0))
            assert scheduler.get_last_lr() == pytest.approx([0.1, 0.2, 0.3])


def test_milestones_survive_a_format_that_knows_only_strings() -> None:
    optimizer = optimizer_of(tl)
    scheduler = tl.optim.lr_scheduler.MultiStepLR(optimizer, [2, 3])
    state = scheduler.state_dict()
    state["milestones"] = {str(epoch): times for epoch, times in state["milestones"].items()}
    scheduler.load_state_dict(state)
    assert [rates[1] for _, rates, _ in advance(optimizer, scheduler, range(4))] == pytest.approx(
        [0.25, 0.025, 0.0025, 0.0025]
    )
