"""The learning rates of each schedule: the same sequences as PyTorch's, bit for bit."""

from __future__ import annotations

import inspect
from typing import Any

import pytest

import tinygrad_lite as tl

from ..support.answers import answer
from ..support.schedules import CASES, SAMPLES, STEPS, Make, advance, metric, optimizer_of, options, wave

# A SequentialLR inside another steps when it is made, and warns of that, in PyTorch too.
pytestmark = pytest.mark.filterwarnings("ignore:Detected call of .lr_scheduler.step")


def test_every_scheduler_has_samples() -> None:
    assert set(tl.optim.lr_scheduler.__all__) == set(SAMPLES)
    schedulers = tl.optim.lr_scheduler
    public = {name for name, value in vars(schedulers).items() if inspect.isclass(value) and name[0] != "_"}
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
    def sequence(T: Any) -> list[Any]:
        optimizer = optimizer_of(T, rule)
        scheduler = make(T.optim.lr_scheduler, optimizer)
        return [options(optimizer, scheduler), *advance(optimizer, scheduler, range(STEPS))]

    found = sequence(tl)
    assert found == answer(sequence)
    assert len({str(seen) for seen in found}) > 2


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


def test_what_is_better_on_a_plateau() -> None:
    """Than 10 with a threshold of 0.1: below 9 or above 11, if it is relative, else below 9.9 or above 10.1."""
    for mode, threshold_mode, values in (
        ("min", "rel", (9.5, 8.5)), ("min", "abs", (9.95, 9.5)), ("max", "rel", (10.5, 11.5)), ("max", "abs", (10.05, 10.5)),
    ):  # fmt: skip
        for value, bad in zip(values, (1, 0), strict=True):
            optimizer = tl.optim.SGD([tl.ones(1, requires_grad=True)], lr=0.1)
            scheduler = tl.optim.lr_scheduler.ReduceLROnPlateau(
                optimizer, mode, threshold=0.1, threshold_mode=threshold_mode
            )
            for loss in (10.0, value):
                scheduler.step(loss)
            assert scheduler.num_bad_epochs == bad
