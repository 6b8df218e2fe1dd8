"""Scenarios for compiled functions: run with the function as it is and compiled, and compared to the bit."""

from __future__ import annotations

import functools
import types
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
import pytest

import tinygrad_lite as tl
from tinygrad_lite import nn
from tinygrad_lite.compiler.compiled_call import CompiledCall
from tinygrad_lite.core.modes import state
from tinygrad_lite.nn import functional as F

Compile = Callable[[Any], Any]
Scenario = Callable[[Compile], Any]


def told(x: Any) -> Any:
    """All that can be seen of something, for comparison."""
    if isinstance(x, tl.Tensor):
        array = np.ascontiguousarray(x._data)
        kind = type(x).__name__, str(array.dtype), x._data.shape, x.requires_grad, x.is_leaf
        return (*kind, array.tobytes(), told(x._grad))
    if isinstance(x, nn.Module):
        return [(name, told(t)) for name, t in (*x.named_parameters(), *x.named_buffers())]
    if isinstance(x, tl.optim.Optimizer):
        return told(x.state_dict())
    if isinstance(x, (list, tuple)):
        return type(x).__name__, [told(item) for item in x]
    if isinstance(x, dict):
        return [(key, told(item)) for key, item in x.items()]
    if isinstance(x, Exception):
        return type(x).__name__
    return repr(x)


@contextmanager
def counted() -> Iterator[list[CompiledCall]]:
    """The replays that happen meanwhile."""
    replays: list[CompiledCall] = []
    call = CompiledCall.__call__

    def counting(self: CompiledCall, *args: Any) -> Any:
        replays.append(self)
        return call(self, *args)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(CompiledCall, "__call__", counting)
        yield replays


def story(scenario: Scenario, compile: Compile) -> Any:
    tl.manual_seed(0)
    return told(scenario(compile)), told(tl.get_rng_state())


def replayed(scenario: Scenario, times: int = 1) -> None:
    """The scenario tells the same when compiled, and programs were run at least so many times."""
    expected = story(scenario, lambda f: f)
    with counted() as replays:
        found = story(scenario, functools.partial(tl.compile, fullgraph=True))
    assert found == expected
    assert len(replays) >= times
    assert state.tracer is None


def as_written(scenario: Scenario, why: str, times: int = 0) -> None:
    """The scenario tells the same when compiled, with a warning that says why there is no program for it all."""
    expected = story(scenario, lambda f: f)
    with warnings.catch_warnings(record=True) as caught, counted() as replays:
        warnings.simplefilter("always")
        found = story(scenario, tl.compile)
    assert found == expected
    messages = [str(w.message) for w in caught if "cannot be made a program" in str(w.message)]
    assert any(why in message for message in messages), messages
    assert len(replays) == times
    assert state.tracer is None


def raised(function: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
    """The exception of a call, or what it returned."""
    try:
        return function(*args, **kwargs)
    except Exception as error:
        return error.with_traceback(None)


def randn(*shape: int, seed: int = 0, grad: bool = False, dtype: Any = None) -> tl.Tensor:
    return tl.randn(*shape, generator=tl.Generator().manual_seed(seed), requires_grad=grad, dtype=dtype)


def batches(count: int = 4, size: int = 6) -> list[tuple[tl.Tensor, tl.Tensor]]:
    return [(randn(size, 4, seed=i), tl.tensor([(i + j) % 3 for j in range(size)])) for i in range(count)]


def network() -> nn.Sequential:
    return nn.Sequential(
        nn.Linear(4, 8), nn.BatchNorm1d(8), nn.ReLU(), nn.Dropout(0.3), nn.Linear(8, 8), nn.Tanh(), nn.Dropout(), nn.Linear(8, 3)
    )  # fmt: skip


class Training:
    """A model, an optimizer, and a step, compiled."""

    def __init__(self, compile: Compile, make: Callable[[Any], Any] | None = None) -> None:
        model = self.model = network()
        opt = self.opt = make(model.parameters()) if make else tl.optim.SGD(model.parameters(), lr=0.1)
        self.losses: list[Any] = []

        def step(x: tl.Tensor, y: tl.Tensor) -> tl.Tensor:
            opt.zero_grad()
            loss = F.cross_entropy(model(x), y)
            loss.backward()
            opt.step()
            return loss.detach()

        self.step = compile(step)

    def train(self, count: int = 4) -> None:
        self.losses += [self.step(x, y) for x, y in batches(count)]

    def told(self) -> Any:
        return self.losses, self.model, self.opt, [p.grad for p in self.model.parameters()]


def forward_only(function: Callable[..., Any], use: Callable[..., Any], grad: bool = True, times: int = 2) -> None:
    """The function of (x, w), w from outside; what is done with its result is told, and the gradients."""

    def scenario(compile: Compile) -> Any:
        w = randn(3, 3, seed=9, grad=True)
        f, found = compile(lambda x: function(x, w)), []
        for i in range(3):
            x = randn(3, 3, seed=i, grad=grad)
            w.grad = None
            found.append((use(f, x, w), x, w.clone(), w.grad if w.grad is None else w.grad.clone()))
        return found

    replayed(scenario, times)


class Trainer:
    rate = 0.1

    def __init__(self) -> None:
        self.models = {"first": [nn.Linear(3, 3)]}
        self.opt = tl.optim.SGD(self.models["first"][0].parameters(), lr=0.1)
        self.scale = 2.0
        self.config = types.SimpleNamespace(scale=3.0)

    @tl.compile
    def compiled(self, x: tl.Tensor) -> tl.Tensor:
        return self.step(x)

    def step(self, x: tl.Tensor) -> tl.Tensor:
        model = self.models["first"][0]
        self.opt.zero_grad()
        loss = (model(x) * self.factor()).square().sum()
        loss.backward()
        self.opt.step()
        return loss.detach()

    def factor(self) -> float:
        return self.scale * self.config.scale * self.rate
