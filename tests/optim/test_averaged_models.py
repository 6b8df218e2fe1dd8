"""Averages of models over training, and the learning rates that go with them (`optim.swa_utils`), against PyTorch."""

from __future__ import annotations

import importlib
from typing import Any

import pytest

import tinygrad_lite as tl

from ..support.training_scenarios import Scenario, check, error_of, train


def averaged(T: Any, **options: Any) -> Any:
    swa = importlib.import_module(f"{T.__name__}.optim.swa_utils")
    T.manual_seed(0)
    model = T.nn.Sequential(T.nn.Linear(3, 2), T.nn.BatchNorm1d(2), T.nn.Linear(2, 1))
    rules = {name: rule for name, rule in options.items() if name != "use_buffers"}
    made = {name: getattr(swa, rule)(*args) for name, (rule, *args) in rules.items()}
    average = swa.AveragedModel(model, use_buffers=options.get("use_buffers", False), **made)
    losses = train(T, model, after=lambda: average.update_parameters(model))
    before = [x.clone() for x in average.state_dict().values()]
    average.eval()
    swa.update_bn([T.arange(12.0).reshape(4, 3), (T.ones(2, 3) * T.tensor([[1.0], [2.0]]), 7)], average)
    return losses, before, [*average.state_dict().items()], average.training, str(average)[:60]


def averaged_counts(T: Any, decay: float | None = None) -> Any:
    """The average of a buffer of whole numbers, after each update."""
    swa, seen = importlib.import_module(f"{T.__name__}.optim.swa_utils"), []
    model = T.nn.Linear(1, 1)
    model.register_buffer("counts", T.tensor([10, -7, 0]))
    rule = None if decay is None else swa.get_ema_multi_avg_fn(decay)
    average = swa.AveragedModel(model, multi_avg_fn=rule, use_buffers=True)
    for i in range(4):
        average.update_parameters(model)
        seen.append(average.module.counts.clone())
        model.counts += T.tensor([31, -44, 5 * i])
    return seen


def rates(T: Any, **options: Any) -> Any:
    swa = importlib.import_module(f"{T.__name__}.optim.swa_utils")
    groups = [{"params": [T.ones(1, requires_grad=True)]}, {"params": [T.ones(1, requires_grad=True)], "lr": 3.0}]
    optimizer = T.optim.SGD(groups, lr=1.0)
    schedule = swa.SWALR(optimizer, **options)
    found = [schedule.get_last_lr()]
    for _ in range(6):
        optimizer.step()
        schedule.step()
        found.append(schedule.get_last_lr())
    return found


SCENARIOS: dict[str, Scenario] = {
    "an equal average": averaged,
    "averaged buffers": lambda T: averaged(T, use_buffers=True, avg_fn=("get_ema_avg_fn", 0.5)),
    "an equal average of all": lambda T: averaged(T, multi_avg_fn=("get_swa_multi_avg_fn",)),
    "an exponential average": lambda T: averaged(T, multi_avg_fn=("get_ema_multi_avg_fn", 0.9)),
    "an exponential average of each": lambda T: averaged(T, avg_fn=("get_ema_avg_fn", 0.9)),
    "an equal average of each": lambda T: averaged(T, avg_fn=("get_swa_avg_fn",)),
    "rates by a cosine": lambda T: rates(T, swa_lr=0.5, anneal_epochs=4),
    "rates by a line": lambda T: rates(T, swa_lr=[0.5, 0.1], anneal_epochs=3, anneal_strategy="linear"),
    "rates at once": lambda T: rates(T, swa_lr=0.5, anneal_epochs=0),
    "rates of a group each": lambda T: rates(T, swa_lr=(2.0, 0.25), anneal_epochs=2, last_epoch=-1),
    "rates of too few groups": lambda T: error_of(lambda: rates(T, swa_lr=[0.5])),
    "an equal average of whole numbers": lambda T: averaged_counts(T),
    "an exponential average of whole numbers": lambda T: averaged_counts(T, 0.75),
    "rates in one epoch": lambda T: rates(T, swa_lr=0.5, anneal_epochs=1),
    "a decay just above 1": lambda T: error_of(lambda: averaged(T, avg_fn=("get_ema_avg_fn", 1.005))),
    "two ways to average": lambda T: error_of(
        lambda: averaged(T, avg_fn=("get_swa_avg_fn",), multi_avg_fn=("get_swa_multi_avg_fn",))
    ),
    "rates of epochs that are no whole number": lambda T: error_of(lambda: rates(T, swa_lr=0.5, anneal_epochs=2.0)),
    "a decay of all": lambda T: averaged(T, multi_avg_fn=("get_ema_multi_avg_fn", 1.0)),
    "a decay of nothing": lambda T: averaged(T, use_buffers=True, multi_avg_fn=("get_ema_multi_avg_fn", 0.0)),
    "all buffers averaged": lambda T: averaged(T, use_buffers=True),
    "rates of a wrong strategy": lambda T: error_of(lambda: rates(T, swa_lr=0.5, anneal_strategy="x")),
    "rates of wrong epochs": lambda T: error_of(lambda: rates(T, swa_lr=0.5, anneal_epochs=-1)),
    "a wrong decay": lambda T: error_of(lambda: averaged(T, avg_fn=("get_ema_avg_fn", 1.5))),
}


@pytest.mark.parametrize("name", SCENARIOS)
def test_averages_and_rates_are_pytorchs(name: str) -> None:
    check(SCENARIOS[name], name)


def test_an_average_is_the_mean() -> None:
    model = tl.nn.Linear(2, 1)
    average, seen = tl.optim.swa_utils.AveragedModel(model), []
    train_ = [tl.tensor([[1.0, 2.0]]), tl.tensor([[3.0, 6.0]]), tl.tensor([[5.0, 1.0]])]
    for weight in train_:
        model.weight.data = weight
        average.update_parameters(model)
        seen.append(weight)
    assert average.module.weight.tolist() == [[3.0, 3.0]]
    assert int(average.n_averaged) == 3


def test_an_average_lies_on_the_device_that_is_asked_for() -> None:
    assert tl.optim.swa_utils.AveragedModel(tl.nn.Linear(1, 1), device="cpu").module.weight.device.type == "cpu"
    with pytest.raises(RuntimeError):
        tl.optim.swa_utils.AveragedModel(tl.nn.Linear(1, 1), device="cuda")
