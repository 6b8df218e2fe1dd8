"""A piece with the optimizer's step in it does what the step does, whatever happens to the optimizer in between."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import tinygrad_lite as tl
from tinygrad_lite import nn, optim
from tinygrad_lite.compiler.backends import pieces, training_steps, updates

pytest.importorskip("numba", reason="the numba backend needs the extra [numba]")

from .test_numba_backend import PlainPython  # it is skipped, too

Happening = Callable[[Any, Any, list[Any]], None]


def nothing(model: Any, optimizer: Any, log: list[Any]) -> None:
    """As a loop does."""


def keeps_a_gradient(model: Any, optimizer: Any, log: list[Any]) -> None:
    log.append(model[0].weight.grad)


def changes_lr(model: Any, optimizer: Any, log: list[Any]) -> None:
    optimizer.param_groups[0]["lr"] = 0.02


def changes_a_list(model: Any, optimizer: Any, log: list[Any]) -> None:
    if "betas" in optimizer.param_groups[0]:
        optimizer.param_groups[0]["betas"] = [0.5, 0.9]


def edits_the_list(model: Any, optimizer: Any, log: list[Any]) -> None:
    if "betas" in optimizer.param_groups[0]:
        optimizer.param_groups[0]["betas"][0] = 0.8


def lr_becomes_a_tensor(model: Any, optimizer: Any, log: list[Any]) -> None:
    optimizer.param_groups[0]["lr"] = tl.tensor(0.03)


def writes_the_tensor(model: Any, optimizer: Any, log: list[Any]) -> None:
    optimizer.param_groups[0]["lr"].fill_(0.05)


def decays(model: Any, optimizer: Any, log: list[Any]) -> None:
    optimizer.param_groups[0].update(weight_decay=0.1, lr=0.05)


def maximizes(model: Any, optimizer: Any, log: list[Any]) -> None:
    optimizer.param_groups[0]["maximize"] = not optimizer.param_groups[0]["maximize"]


def loads_a_state(model: Any, optimizer: Any, log: list[Any]) -> None:
    optimizer.load_state_dict(copy.deepcopy(optimizer.state_dict()))


def loads_the_model(model: Any, optimizer: Any, log: list[Any]) -> None:
    model.load_state_dict({name: t * 0.5 for name, t in model.state_dict().items()})


def replaces_memory(model: Any, optimizer: Any, log: list[Any]) -> None:
    model[0].weight.data = model[0].weight.data.clone() * 2


def writes_the_state(model: Any, optimizer: Any, log: list[Any]) -> None:
    for state in optimizer.state.values():
        for t in state.values():
            if t.ndim:
                t.mul_(0.5)


def sets_back_one_count(model: Any, optimizer: Any, log: list[Any]) -> None:
    for state in [*optimizer.state.values()][:1]:
        if "step" in state:
            state["step"].fill_(1.0)


def replaces_a_state(model: Any, optimizer: Any, log: list[Any]) -> None:
    for state in [*optimizer.state.values()][-1:]:
        for name in ("exp_avg", "momentum_buffer"):
            if name in state:
                state[name] = state[name] * 3


def forgets_the_state(model: Any, optimizer: Any, log: list[Any]) -> None:
    optimizer.state.clear()


def hooks_in(model: Any, optimizer: Any, log: list[Any]) -> None:
    log.append(optimizer.register_step_post_hook(lambda *_: log.append("stepped")))


def unhooks(model: Any, optimizer: Any, log: list[Any]) -> None:
    log.pop(next(i for i, x in enumerate(log) if hasattr(x, "remove"))).remove()


def adds_a_group(model: Any, optimizer: Any, log: list[Any]) -> None:
    optimizer.add_param_group({"params": [nn.Parameter(tl.ones(2))], "lr": 0.1})


HAPPENINGS: list[Happening] = [
    nothing, nothing, keeps_a_gradient, changes_lr, nothing, changes_a_list, edits_the_list, lr_becomes_a_tensor,
    writes_the_tensor, changes_lr, decays, maximizes, nothing, loads_a_state, nothing, loads_the_model, replaces_memory,
    writes_the_state, nothing, sets_back_one_count, nothing, replaces_a_state, nothing, maximizes, hooks_in, nothing,
    unhooks, nothing, forgets_the_state, nothing, nothing, adds_a_group, nothing, nothing,
]  # fmt: skip


def run(make: Callable[..., Any], compiled: bool) -> tuple[list[Any], int]:
    """All that can be seen of a training run in which much happens, and how many steps were machine code's."""
    tl.manual_seed(0)
    model = nn.Sequential(nn.Linear(3, 4), nn.Tanh(), nn.Linear(4, 2)).double()
    optimizer = make(model.parameters())
    scheduler = optim.lr_scheduler.LambdaLR(optimizer, lambda n: 1.0)
    x = tl.tensor(np.random.default_rng(0).standard_normal((5, 3)))
    joint: list[Any] = []

    def step(x: Any) -> Any:
        loss = model(x).square().sum()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        return loss

    take = tl.compile(step, backend="numba", fullgraph=True) if compiled else step
    seen: list[Any] = []
    log: list[Any] = []
    for k, happens in enumerate(HAPPENINGS):
        seen.append(take(x).item())
        seen += [p.grad._data.copy() for p in model.parameters()]
        seen += [t._data.copy() for state in optimizer.state.values() for t in state.values()]
        happens(model, optimizer, log)
        if k == 2:
            scheduler.step()  # which warns if no step was taken since it was made
        seen.append([x if isinstance(x, str) else getattr(x, "_data", 0) for x in log])
        if compiled:
            found = [c for calls in take._calls.values() for c in calls]
            joint += [
                f for c in found for f in c.forward.__globals__.values() if type(f) is training_steps.TrainingStep
            ]
    return [*seen, *[p._data for p in model.parameters()]], len({*map(id, joint)})


OPTIMIZERS: list[Callable[..., Any]] = [
    lambda p: optim.SGD(p, lr=0.01),
    lambda p: optim.SGD(p, lr=0.01, momentum=0.9),
    lambda p: optim.Adam([{"params": [next(p), next(p)]}, {"params": [*p], "lr": 0.1}], lr=0.01),
    lambda p: optim.AdamW(p, lr=0.01),
]


@pytest.mark.filterwarnings("ignore:compile", "error:Detected call of .lr_scheduler.step")
def test_whatever_happens_in_between(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (pieces, updates):
        monkeypatch.setattr(module, "machine_code", PlainPython)
    taken: list[int] = []
    numbers = training_steps.Prepared.numbers

    def counted(self: Any) -> Any:
        found = numbers(self)
        taken.append(found is not None)
        return found

    monkeypatch.setattr(training_steps.Prepared, "numbers", counted)
    for i, make in enumerate(OPTIMIZERS):
        taken.clear()
        found, joint = run(make, True)
        expected, _ = run(make, False)
        assert len(found) == len(expected)
        for a, b in zip(found, expected, strict=True):
            if isinstance(b, list):
                assert len(a) == len(b)
                assert [x for x in a if isinstance(x, str)] == [x for x in b if isinstance(x, str)], i
                for first, second in zip(a, b, strict=True):
                    if isinstance(second, np.ndarray):
                        np.testing.assert_allclose(first, second, rtol=1e-8, atol=1e-10)
            else:
                np.testing.assert_allclose(a, b, rtol=1e-8, atol=1e-10)
        assert joint == 1
        assert sum(taken) >= 15  # the others happen on the way that has no machine code


@pytest.mark.parametrize("make", [lambda p: optim.SGD(p, lr=0.1), lambda p: optim.Adam(p, lr=0.1)])
def test_other_memory_of_a_parameter_that_the_piece_does_not_read(
    monkeypatch: pytest.MonkeyPatch, make: Callable[..., Any]
) -> None:
    """Its array is among what the function was prepared with, so the new one must be found."""
    for module in (pieces, updates):
        monkeypatch.setattr(module, "machine_code", PlainPython)
    found: list[Any] = []
    for compiled in (False, True):
        bias = nn.Parameter(tl.tensor([0.5, -1.0, 2.0]))
        optimizer = make([bias])

        def step(x: Any, bias: Any = bias, optimizer: Any = optimizer) -> Any:
            moved = x + bias
            factor = moved.detach().cumsum(0)  # of NumPy: the piece begins behind it
            loss = (moved * factor).square().mean()
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            return loss

        take: Any = tl.compile(step, backend="numba", fullgraph=True) if compiled else step
        seen: list[Any] = []
        for k in range(6):
            if k == 3:
                bias.data = bias.data.clone() * 2
            seen += [take(tl.arange(6.0).reshape(2, 3) + k).item(), *bias.tolist()]
        found.append(seen)
    np.testing.assert_allclose(found[0], found[1], rtol=1e-5)
    (call,) = [c for calls in take._calls.values() for c in calls]
    (joint,) = [f for f in call.forward.__globals__.values() if type(f) is training_steps.TrainingStep]
    assert not joint._params  # the piece does not read it
    assert joint._preparations == 2  # once more for the new memory


def test_states_of_another_dtype_and_parameters_without_one(monkeypatch: pytest.MonkeyPatch) -> None:
    """`double()` changes the parameters and not their momentum; a parameter without a gradient has no state."""
    for module in (pieces, updates):
        monkeypatch.setattr(module, "machine_code", PlainPython)
    for make in (lambda p: optim.SGD(p, lr=0.1, momentum=0.9), lambda p: optim.Adam(p, lr=0.1)):
        found: list[Any] = []
        for compiled in (False, True):
            layer, frozen = nn.Linear(3, 2), nn.Parameter(tl.ones(2))
            nn.init.ones_(layer.weight), nn.init.zeros_(layer.bias)
            optimizer: Any = make([*layer.parameters(), frozen])

            def step(x: tl.Tensor, layer: Any = layer, optimizer: Any = optimizer) -> tl.Tensor:
                optimizer.zero_grad()
                loss = layer(x).pow(2).sum()
                loss.backward()
                optimizer.step()
                return loss

            call = tl.compile(step, backend="numba") if compiled else step
            for i in range(8):
                if i == 4:
                    layer.double()
                call((tl.arange(6.0).reshape(2, 3) / (i + 3)).to(layer.weight.dtype))
            found.append([*[p.detach().numpy() for p in layer.parameters()], np.array(len(optimizer.state))])
        for a, b in zip(*found, strict=True):
            assert a.dtype == b.dtype
            np.testing.assert_allclose(b, a, rtol=1e-5)
