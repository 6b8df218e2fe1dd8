"""Wrong arguments of schedulers, and calls in the wrong order: the same errors and warnings as PyTorch's."""

from __future__ import annotations

import warnings
from typing import Any

import pytest

import tinygrad_lite as tl

from ..support.schedules import SAMPLES, optimizer_of, wave


@pytest.mark.parametrize("library", ["tinygrad_lite", "torch"])
def test_the_order_of_steps(library: str) -> None:
    """Steps of the optimizer before the first schedule is made do not count; a second schedule knows of them."""
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


@pytest.mark.parametrize("library", ["tinygrad_lite", "torch"])
def test_wrong_arguments_raise(library: str) -> None:
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
        (lambda o: S.MultiplicativeLR(o, [wave, wave, wave]), ValueError, "Expected 2 lr_lambdas, but got 3"),
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


def test_functions_of_what_is_no_optimizer() -> None:
    with pytest.raises(TypeError, match="Linear is not an Optimizer"):
        tl.optim.lr_scheduler.LambdaLR(tl.nn.Linear(1, 1), wave)  # type: ignore[arg-type]  # wrong on purpose


def test_a_single_milestone_is_named() -> None:
    optimizer = tl.optim.SGD([tl.ones(1, requires_grad=True)], lr=0.1)
    milestones: Any = 30
    with pytest.raises(TypeError, match=r"'int' object is not iterable: milestones are epochs, such as \[30, 80\]"):
        tl.optim.lr_scheduler.MultiStepLR(optimizer, milestones)


def test_what_is_said_names_the_callers_line() -> None:
    made = tl.optim.lr_scheduler
    optimizer = tl.optim.SGD([tl.ones(1, requires_grad=True)], lr=1.0)
    step, plateau = made.StepLR(optimizer, 2), made.ReduceLROnPlateau(optimizer)
    averaging = tl.optim.swa_utils.SWALR(optimizer, 0.5)
    optimizer.param_groups[0]["params"][0].grad = tl.ones(1)
    optimizer.step()
    for call, words in (
        (lambda: step.get_lr(), "please use `get_last_lr"),
        (lambda: averaging.get_lr(), "please use `get_last_lr"),
        (lambda: step.step(3), "The epoch parameter in"),
        (lambda: plateau.step(1.0, 3), "The epoch parameter in"),
    ):
        with pytest.warns(UserWarning, match=words) as caught:
            call()
        lines = [(w.filename, w.lineno) for w in caught if words in str(w.message)]
        assert lines == [(__file__, call.__code__.co_firstlineno)]
    with pytest.raises(ValueError, match="You must define either total_steps OR"):
        made.OneCycleLR(optimizer, 2.0, epochs=2)
    with pytest.warns(UserWarning, match="an option of an optimizer is set"):
        tl.compile(lambda x: (step.step(), x * 2)[1])(tl.ones(2))
