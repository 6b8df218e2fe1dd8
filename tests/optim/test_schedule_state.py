"""Saving and loading the state of a schedule: PyTorch's names, either library's states, pickles."""

from __future__ import annotations

import pickle

import pytest

import tinygrad_lite as tl

from ..support.schedules import CASES, STEPS, Make, advance, optimizer_of, plain

# A SequentialLR inside another steps when it is made, and warns of that, in PyTorch too.
pytestmark = pytest.mark.filterwarnings("ignore:Detected call of .lr_scheduler.step")


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


def test_milestones_survive_a_format_that_knows_only_strings() -> None:
    optimizer = optimizer_of(tl)
    scheduler = tl.optim.lr_scheduler.MultiStepLR(optimizer, [2, 3])
    state = scheduler.state_dict()
    state["milestones"] = {str(epoch): times for epoch, times in state["milestones"].items()}
    scheduler.load_state_dict(state)
    assert [rates[1] for _, rates, _ in advance(optimizer, scheduler, range(4))] == pytest.approx(
        [0.25, 0.025, 0.0025, 0.0025]
    )


@pytest.mark.filterwarnings("error")
def test_a_pickled_schedule_goes_on_without_a_warning() -> None:
    """The second schedule takes its first step after unpickling, and the optimizer still knows that it has stepped."""
    optimizer = optimizer_of(tl)
    S = tl.optim.lr_scheduler
    scheduler = S.SequentialLR(optimizer, [S.ConstantLR(optimizer, 0.5), S.ExponentialLR(optimizer, 0.9)], [3])
    advance(optimizer, scheduler, range(2))
    copies = [pickle.loads(pickle.dumps((optimizer, scheduler)))]
    copies.append(pickle.loads(pickle.dumps((optimizer, scheduler))))
    del copies[1][0].__dict__["_opt_called"]  # as an optimizer of a pickle of version 0.1
    expected = advance(optimizer, scheduler, range(2, 6))
    for again, second in copies:
        assert second.optimizer is again
        for p in (p for group in again.param_groups for p in group["params"]):
            p.grad = tl.zeros(2)
        assert advance(again, second, range(2, 6)) == expected


def test_a_pickled_optimizer_that_has_not_stepped_is_still_warned_of() -> None:
    optimizer = optimizer_of(tl)
    scheduler = pickle.loads(pickle.dumps(tl.optim.lr_scheduler.StepLR(optimizer, 3)))
    with pytest.warns(UserWarning, match=r"before `optimizer.step\(\)`"):
        scheduler.step()


class Scale:
    """A function with a number that a state keeps."""

    def __init__(self, base: float) -> None:
        self.base = base

    def __call__(self, x: float) -> float:
        return self.base**x


def test_a_state_has_the_attributes_of_callable_objects() -> None:
    schedulers = tl.optim.lr_scheduler
    for make in (
        lambda o, f: schedulers.LambdaLR(o, f),
        lambda o, f: schedulers.CyclicLR(o, 0.1, 1.0, 2, scale_fn=f, cycle_momentum=False),
    ):
        found = [Scale(0.5), Scale(0.9)]
        first, second = (make(tl.optim.SGD([tl.ones(1, requires_grad=True)], lr=1.0), f) for f in found)
        state = first.state_dict()
        assert {"base": 0.5} in (state.get("_scale_fn_custom"), *state.get("lr_lambdas", []))
        second.load_state_dict(state)
        assert found[1].base == 0.5
        with_function = make(tl.optim.SGD([tl.ones(1, requires_grad=True)], lr=1.0), lambda x: 0.5)
        with_function.load_state_dict(with_function.state_dict())
        state = with_function.state_dict()
        assert None in (state.get("_scale_fn_custom", 0), *state.get("lr_lambdas", []))


@pytest.mark.parametrize(("name", "make"), CASES)
def test_a_state_brings_the_epoch_and_the_class_its_public_name(name: str, make: Make) -> None:
    first, second = (make(tl.optim.lr_scheduler, optimizer_of(tl, "SGD")) for _ in range(2))
    advance(first.optimizer, first, range(3))
    second.load_state_dict(first.state_dict())
    assert str(second.state_dict()) == str(first.state_dict())
    assert type(first).__module__ == "tinygrad_lite.optim.lr_scheduler"
    assert tl.optim.SGD.__module__ == "tinygrad_lite.optim"
    assert tl.optim.swa_utils.SWALR.__module__ == "tinygrad_lite.optim.swa_utils"
