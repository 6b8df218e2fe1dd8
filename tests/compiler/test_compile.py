"""What a compiled function does is what the function does: values, gradients, effects, errors, random numbers.

A scenario is run twice, with the function as it is and compiled, and has to tell the same story to the bit. What cannot
be replayed runs as it is written, and a warning says why and where.
"""

from __future__ import annotations

import copy
import functools
import gc
import operator
import pickle
import threading
import tracemalloc
import types
import warnings
import weakref
from collections import OrderedDict, namedtuple
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
import pytest

import tinygrad_lite as tl
from tinygrad_lite import nn
from tinygrad_lite.compiler import compiled as machinery
from tinygrad_lite.compiler.compiled_call import Variant
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
def counted() -> Iterator[list[Variant]]:
    """The replays that happen meanwhile."""
    replays: list[Variant] = []
    call = Variant.__call__

    def counting(self: Variant, *args: Any) -> Any:
        replays.append(self)
        return call(self, *args)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Variant, "__call__", counting)
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


# ------------------------------------------------------------------------------------------------ training steps


class TestTrainingStep:
    @pytest.mark.parametrize(
        "make",
        [
            lambda p: tl.optim.SGD(p, lr=0.1),
            lambda p: tl.optim.SGD(p, lr=0.1, momentum=0.9, nesterov=True, weight_decay=0.01),
            lambda p: tl.optim.Adam(p, lr=0.01),
            lambda p: tl.optim.AdamW(p, lr=0.01, amsgrad=True),
            lambda p: tl.optim.RMSprop(p, lr=0.01, momentum=0.5),
            lambda p: tl.optim.Adagrad(p, lr=0.1),
        ],
        ids=["sgd", "nesterov", "adam", "adamw", "rmsprop", "adagrad"],
    )
    def test_of_every_optimizer_is_replayed(self, make: Callable[[Any], Any]) -> None:
        def scenario(compile: Compile) -> Any:
            training = Training(compile, make)
            training.train()
            return training.told()

        replayed(scenario, times=3)

    @pytest.mark.parametrize("clip", ["norm", "value", "parameters="])
    def test_with_clipped_gradients(self, clip: str) -> None:
        def scenario(compile: Compile) -> Any:
            model = network()
            opt = tl.optim.SGD(model.parameters(), lr=0.5)

            @compile
            def step(x: tl.Tensor, y: tl.Tensor) -> Any:
                opt.zero_grad(set_to_none=False)
                loss = F.cross_entropy(model(x), y)
                loss.backward()
                norm = None
                if clip == "norm":
                    norm = nn.utils.clip_grad_norm_(model.parameters(), 0.1)
                elif clip == "value":
                    nn.utils.clip_grad_value_(model.parameters(), 0.01)
                else:
                    norm = nn.utils.clip_grad_norm_(parameters=model.parameters(), max_norm=0.1)
                opt.step()
                return loss.detach(), norm

            return [step(x, y) for x, y in batches()], model

        replayed(scenario, times=3)

    def test_takes_the_learning_rate_of_the_moment(self) -> None:
        def scenario(compile: Compile) -> Any:
            training = Training(compile, lambda p: tl.optim.Adam(p, lr=0.1))
            scheduler = tl.optim.lr_scheduler.StepLR(training.opt, 1, 0.5)
            for x, y in batches():
                training.losses.append(training.step(x, y))
                scheduler.step()
            training.opt.param_groups[0]["lr"] = 0.3
            training.opt.param_groups[0]["weight_decay"] = 0.1
            training.train()
            return training.told()

        replayed(scenario, times=7)

    def test_goes_on_from_what_was_loaded(self) -> None:
        def scenario(compile: Compile) -> Any:
            training = Training(compile, lambda p: tl.optim.Adam(p, lr=0.1))
            training.train(2)
            model, opt = copy.deepcopy(training.model.state_dict()), copy.deepcopy(training.opt.state_dict())
            training.train(2)
            training.model.load_state_dict(model)
            training.opt.load_state_dict(opt)
            training.train(2)
            return training.told()

        replayed(scenario, times=5)

    def test_accumulates_gradients_over_calls(self) -> None:
        def scenario(compile: Compile) -> Any:
            model = network()
            opt = tl.optim.SGD(model.parameters(), lr=0.1)

            @compile
            def accumulate(x: tl.Tensor, y: tl.Tensor) -> Any:
                loss = F.cross_entropy(model(x), y) / 4
                loss.backward()
                return loss.detach()

            found = []
            for i, (x, y) in enumerate(batches(8)):
                found.append(accumulate(x, y))
                if i % 4 == 3:
                    opt.step()
                    opt.zero_grad()
            return found, model

        replayed(scenario, times=7)

    def test_that_only_clips_and_steps(self) -> None:
        def scenario(compile: Compile) -> Any:
            model = network()
            opt = tl.optim.Adam(model.parameters(), lr=0.1)

            @compile
            def update() -> Any:
                norm = nn.utils.clip_grad_norm_(model.parameters(), 0.1)
                opt.step()
                opt.zero_grad()
                return norm

            found = []
            for x, y in batches():
                F.cross_entropy(model(x), y).backward()
                found.append(update())
            return found, model

        replayed(scenario, times=3)

    def test_that_adds_to_a_gradient_with_a_history(self) -> None:
        def scenario(compile: Compile) -> Any:
            w = randn(3, grad=True)
            f = compile(lambda x: (x * w).sum().backward())
            for i in range(3):
                w.grad = w * 2
                f(randn(3, seed=i))
            return w

        replayed(scenario, times=2)

    def test_with_several_backwards_and_two_optimizers(self) -> None:
        def scenario(compile: Compile) -> Any:
            first, second = nn.Linear(4, 4), nn.Linear(4, 3)
            one, two = tl.optim.SGD(first.parameters(), lr=0.1), tl.optim.Adam(second.parameters(), lr=0.1)

            @compile
            def step(x: tl.Tensor, y: tl.Tensor) -> Any:
                one.zero_grad()
                two.zero_grad()
                hidden = first(x).tanh()
                (hidden * hidden).mean().backward(retain_graph=True)
                loss = F.cross_entropy(second(hidden), y)
                loss.backward()
                one.step()
                two.step()
                return loss.detach()

            return [step(x, y) for x, y in batches()], first, second, one, two

        replayed(scenario, times=3)

    def test_with_frozen_parameters_and_ones_that_thaw(self) -> None:
        def scenario(compile: Compile) -> Any:
            training = Training(compile)
            training.model[0].requires_grad_(False)
            training.train(2)
            training.model[0].requires_grad_(True)
            training.train(2)
            return training.told()

        replayed(scenario, times=2)

    def test_with_a_group_added_later(self) -> None:
        def scenario(compile: Compile) -> Any:
            training = Training(compile, lambda p: tl.optim.SGD([*p][:2], lr=0.1))
            training.train(2)
            training.opt.add_param_group({"params": [*training.model.parameters()][2:], "lr": 0.01})
            training.train(2)
            return training.told()

        replayed(scenario, times=3)

    @pytest.mark.parametrize(
        "change", ["parameter", "data", "double", "eval", "p", "submodule", "momentum", "eps", "bias"]
    )
    def test_follows_a_change_of_the_model(self, change: str) -> None:
        def scenario(compile: Compile) -> Any:
            training = Training(compile)
            model: Any = training.model
            training.train(2)
            pairs = batches()
            if change == "parameter":
                model[0].weight = nn.Parameter(tl.ones(8, 4))
            elif change == "data":
                model[0].weight.data = tl.ones(8, 4)
            elif change == "double":
                model.to(tl.float64)
                pairs = [(x.double(), y) for x, y in pairs]
            elif change == "eval":
                model.eval()
            elif change == "p":
                model[3].p = 0.9
            elif change == "submodule":
                model[2] = nn.GELU()
            elif change == "momentum":
                model[1].momentum = 0.5
            elif change == "eps":
                model[1].eps = 1.0
            else:
                model[0].bias = None
            found = [training.step(x, y) for x, y in pairs]
            model.train()
            model[3].p = 0.3
            return found, [training.step(x, y) for x, y in pairs], training.told()

        replayed(scenario, times=5)

    def test_by_hand(self) -> None:
        def scenario(compile: Compile) -> Any:
            model = network()

            @compile
            def step(x: tl.Tensor, y: tl.Tensor) -> Any:
                model.zero_grad()
                loss = F.cross_entropy(model(x), y)
                loss.backward()
                with tl.no_grad():
                    for p in model.parameters():
                        p -= 0.1 * p.grad
                return loss.detach()

            return [step(x, y) for x, y in batches()], model

        replayed(scenario, times=2)

    def test_by_hand_with_gradients_that_add_up(self) -> None:
        """`.grad` is what the first call made, and in the next one its sum with what was there."""

        def scenario(compile: Compile) -> Any:
            w = randn(4, grad=True)

            @compile
            def step(x: tl.Tensor) -> None:
                (x * w).sum().backward()
                with tl.no_grad():
                    w.sub_(w.grad, alpha=0.1)

            for i in range(3):
                step(randn(4, seed=i))
            return w

        replayed(scenario, times=1)

    def test_by_hand_where_the_text_does_not_say_grad(self) -> None:
        def scenario(compile: Compile) -> Any:
            w, look_up = randn(4, grad=True), operator.attrgetter("grad")

            @compile
            def step(x: tl.Tensor) -> None:
                (x * w).sum().backward()
                with tl.no_grad():
                    w.sub_(look_up(w), alpha=0.1)

            for i in range(3):
                step(randn(4, seed=i))
            return w

        replayed(scenario, times=2)

    def test_by_hand_with_a_number_that_is_changed_in_a_dict(self) -> None:
        def scenario(compile: Compile) -> Any:
            w = randn(4, grad=True)
            opt = tl.optim.SGD([w], lr=0.1)

            @compile
            def step(x: tl.Tensor) -> None:
                w.grad = None
                (x * w).sum().backward()
                with tl.no_grad():
                    w.sub_(w.grad, alpha=opt.param_groups[0]["lr"])

            for i in range(4):
                step(randn(4, seed=i))
                if i == 1:
                    opt.param_groups[0]["lr"] = 0.5
            return w

        replayed(scenario, times=1)

    @pytest.mark.parametrize("way", ["zero", "none", "item"])
    def test_by_hand_with_gradients_that_are_there_or_not(self, way: str) -> None:
        """In the first call there is nothing to be set to zero."""

        def scenario(compile: Compile) -> Any:
            model = nn.Linear(3, 1)

            @compile
            def step(x: tl.Tensor) -> Any:
                for p in model.parameters():
                    if p.grad is not None and way == "zero":
                        p.grad.zero_()
                    elif p.grad is not None:
                        p.grad = None if way == "none" else p.grad * 0
                loss = (model(x) ** 2).sum()
                loss.backward()
                with tl.no_grad():
                    for p in model.parameters():
                        p -= 0.1 * p.grad
                return loss.detach()

            found = []
            for i in range(6):
                found.append(step(randn(4, 3, seed=i)))
                if i == 3:
                    model.bias.grad = None
            return found, model, [p.grad for p in model.parameters()]

        if way == "item":
            as_written(scenario, "a .grad is assigned")
        else:
            replayed(scenario, times=2)

    def test_that_returns_a_gradient(self) -> None:
        def scenario(compile: Compile) -> Any:
            w, found = randn(3, grad=True), []

            @compile
            def f(x: tl.Tensor) -> Any:
                w.grad = None
                (x * w).sum().backward()
                return w.grad

            for i in range(4):
                g = f(randn(3, seed=i))
                found += [g.clone(), g is w.grad]
            return found

        replayed(scenario, times=2)

    def test_that_returns_a_view_of_a_gradient_runs_as_written(self) -> None:
        def scenario(compile: Compile) -> Any:
            w, found = randn(3, grad=True), []

            @compile
            def f(x: tl.Tensor) -> Any:
                w.grad = None
                (x * w).sum().backward()
                return w.grad[1:]

            for i in range(4):
                f(randn(3, seed=i)).mul_(2)
                found.append(w.grad.clone())
            return found

        as_written(scenario, "return a clone()")

    def test_that_leaves_requires_grad_changed_runs_as_written(self) -> None:
        def scenario(compile: Compile) -> Any:
            w = randn(3, grad=True)

            @compile
            def f(x: tl.Tensor) -> Any:
                y = x * w
                w.requires_grad_(not w.requires_grad)
                return y

            return [f(randn(3, seed=i)) for i in range(6)], w

        as_written(scenario, "")

    def test_with_averages_of_the_weights(self) -> None:
        def scenario(compile: Compile) -> Any:
            training = Training(lambda f: f)
            model, average = training.model, copy.deepcopy(training.model)
            inner = training.step

            @compile
            def step(x: tl.Tensor, y: tl.Tensor) -> Any:
                loss = inner(x, y)
                with tl.no_grad():
                    for a, p in zip(average.parameters(), model.parameters(), strict=True):
                        a.mul_(0.9).add_(p, alpha=0.1)
                return loss

            return [step(x, y) for x, y in batches()], model, average

        replayed(scenario, times=3)

    def test_that_returns_its_loss_with_a_history_that_is_used_up(self) -> None:
        def scenario(compile: Compile) -> Any:
            w = randn(3, grad=True)

            @compile
            def step(x: tl.Tensor) -> tl.Tensor:
                loss = (x * w).exp().sum()
                loss.backward()
                return loss

            losses = [step(randn(3, seed=i)) for i in range(3)]
            return (
                losses,
                [raised(loss.backward) for loss in losses],
                [raised((2 * loss).backward) for loss in losses],
                w,
            )

        replayed(scenario, times=2)

    def test_that_returns_one_history_used_up_and_one_that_is_not(self) -> None:
        def scenario(compile: Compile) -> Any:
            w, v = randn(3, grad=True), randn(3, seed=1, grad=True)

            @compile
            def step(x: tl.Tensor) -> Any:
                loss = (x * w).exp().sum()
                loss.backward()
                return loss, (v * x).sin().sum()

            for i in range(3):
                step(randn(3, seed=i))[1].backward()
            return w, v

        replayed(scenario, times=2)

    def test_in_lbfgs_runs_as_written(self) -> None:
        def scenario(compile: Compile) -> Any:
            w = randn(3, grad=True)
            opt = tl.optim.LBFGS([w], max_iter=3)

            @compile
            def step(x: tl.Tensor) -> None:
                def closure() -> tl.Tensor:
                    opt.zero_grad()
                    loss = ((w - x) ** 2).sum()
                    loss.backward()
                    return loss

                opt.step(closure)

            for i in range(3):
                step(randn(3, seed=i))
            return w

        as_written(scenario, "is called with what is another in every call")

    def test_with_a_scheduler_inside_runs_as_written(self) -> None:
        def scenario(compile: Compile) -> Any:
            training = Training(lambda f: f)
            scheduler, inner = tl.optim.lr_scheduler.StepLR(training.opt, 1, 0.5), training.step

            @compile
            def step(x: tl.Tensor, y: tl.Tensor) -> Any:
                loss = inner(x, y)
                scheduler.step()
                return loss

            return [step(x, y) for x, y in batches()], training.told()

        as_written(scenario, "")

    def test_with_data_assigned_inside_runs_as_written(self) -> None:
        def scenario(compile: Compile) -> Any:
            w = randn(3, grad=True)

            @compile
            def step(x: tl.Tensor) -> None:
                w.grad = None
                (x * w).sum().backward()
                w.data = w.data - 0.1 * w.grad

            for i in range(3):
                step(randn(3, seed=i))
            return w

        as_written(scenario, "")


# ------------------------------------------------------------------------------------- where models come from


SCALE = 2.0
SETTINGS = {"scale": 2.0, "layers": [1.0, 2.0]}
GLOBAL = nn.Linear(3, 3)


def scaled(x: tl.Tensor) -> tl.Tensor:
    return x * SCALE


class Scaled(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.linear = nn.Linear(3, 3)
        self.scales = [1.0, 2.0]
        self.config = types.SimpleNamespace(scale=2.0)

    def forward(self, x: tl.Tensor) -> tl.Tensor:
        return self.scale(self.linear(x)) * self.config.scale * SCALE

    def scale(self, x: tl.Tensor) -> tl.Tensor:
        return x * self.scales[1]


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


class TestSurroundings:
    def test_a_module_is_compiled_with_its_parts(self) -> None:
        class Model(nn.Module):
            def __init__(self) -> None:
                super().__init__()
                self.layers = nn.ModuleList([nn.Linear(3, 3) for _ in range(3)])
                self.heads = nn.ModuleDict({"a": nn.Linear(3, 2), "b": nn.Linear(3, 2)})
                self.layers[2].weight = self.layers[0].weight
                self.shift = nn.Parameter(tl.ones(3))
                self.register_buffer("mean", tl.ones(3))
                self.plain = tl.full((3,), 0.5)

            def forward(self, x: tl.Tensor, head: str) -> Any:
                for layer in self.layers:
                    x = layer(x - self.mean).relu() + self.shift * self.plain
                return self.heads[head](x)

        def scenario(compile: Compile) -> Any:
            model = Model()
            call = compile(model)
            opt = tl.optim.SGD(call.parameters(), lr=0.1)
            found = []
            for i in range(6):
                opt.zero_grad()
                found.append(call(randn(5, 3, seed=i), "ab"[i % 2]))
                found[-1].sum().backward()
                opt.step()
                if i == 3:
                    model.plain = tl.full((3,), 0.25)
                    model.layers.append(nn.Linear(3, 3))
            return found, model

        replayed(scenario, times=2)

    @pytest.mark.parametrize("change", ["global", "list", "namespace", "swap"])
    def test_what_forward_reads_may_change(self, change: str, monkeypatch: pytest.MonkeyPatch) -> None:
        def scenario(compile: Compile) -> Any:
            with monkeypatch.context() as patch:
                model = Scaled()
                call, found = compile(model), []
                for i in range(6):
                    found.append(call(randn(2, 3, seed=i)))
                    if i == 2 and change == "global":
                        patch.setitem(globals(), "SCALE", 5.0)
                    elif i == 2 and change == "list":
                        model.scales[1] = 7.0
                    elif i == 2 and change == "namespace":
                        model.config.scale = 3.0
                    elif i == 2:
                        model.linear = nn.Linear(3, 3, bias=False)
                return found

        replayed(scenario, times=4)

    @pytest.mark.parametrize("change", ["number", "dict", "nested", "in a function called", "module"])
    def test_globals_may_change(self, change: str, monkeypatch: pytest.MonkeyPatch) -> None:
        def scenario(compile: Compile) -> Any:
            with monkeypatch.context() as patch:
                patch.setitem(globals(), "SETTINGS", copy.deepcopy(SETTINGS))
                tl.manual_seed(1)
                patch.setitem(globals(), "GLOBAL", nn.Linear(3, 3))

                @compile
                def f(x: tl.Tensor) -> Any:
                    total = sum([GLOBAL(x) * SCALE * weight for weight in SETTINGS["layers"]])
                    return scaled(total) * SETTINGS["scale"]

                found = []
                for i in range(6):
                    found.append(f(randn(3, seed=i)))
                    if i == 2 and change == "number":
                        patch.setitem(globals(), "SCALE", 2)
                    elif i == 2 and change == "dict":
                        SETTINGS["scale"] = 3.0
                    elif i == 2 and change == "nested":
                        SETTINGS["layers"][1] = -1.0
                    elif i == 2 and change == "in a function called":
                        patch.setitem(globals(), "scaled", lambda x: x / SCALE)
                    elif i == 2:
                        patch.setitem(globals(), "GLOBAL", nn.Linear(3, 3))
                return found

        replayed(scenario, times=4)

    def test_closures_may_change(self) -> None:
        def scenario(compile: Compile) -> Any:
            scale, model = 2.0, nn.Linear(3, 3)

            @compile
            def f(x: tl.Tensor) -> Any:
                return (lambda y: y * scale)(model(x))

            found = [f(randn(3, seed=i)) for i in range(3)]
            scale = -0.0
            found += [f(randn(3, seed=i)) for i in range(3)]
            scale = 0.0
            found += [f(randn(3, seed=i)) for i in range(3)]
            model = nn.Linear(3, 2)
            return found + [f(randn(3, seed=i)) for i in range(3)]

        replayed(scenario, times=8)

    @pytest.mark.parametrize("change", ["scale", "config", "rate", "model", "lr"])
    def test_attributes_of_a_trainer_may_change(self, change: str) -> None:
        def scenario(compile: Compile) -> Any:
            trainer, found = Trainer(), []
            step = compile(trainer.step)
            for i in range(6):
                found.append(step(randn(2, 3, seed=i)))
                if i == 2 and change == "scale":
                    trainer.scale = 5.0
                elif i == 2 and change == "config":
                    trainer.config.scale = 1.0
                elif i == 2 and change == "rate":
                    trainer.rate = 1.0
                elif i == 2 and change == "model":
                    trainer.models["first"][0] = nn.Linear(3, 3)
                elif i == 2:
                    trainer.opt.param_groups[0]["lr"] = 1.0
            return found, trainer.models

        replayed(scenario, times=4)

    def test_a_method_is_compiled_for_each_object(self) -> None:
        first, second, plain = Trainer(), Trainer(), Trainer()
        state_dict = first.models["first"][0].state_dict()
        second.models["first"][0].load_state_dict(state_dict)
        plain.models["first"][0].load_state_dict(state_dict)
        for i in range(3):
            x = randn(2, 3, seed=i)
            assert told(first.compiled(x)) == told(plain.step(x))
        for i in range(3):
            x = randn(2, 3, seed=i)
            assert told(second.compiled(x)) != told(first.compiled(x)) or i == 0
        assert Trainer.compiled is not first.compiled is not second.compiled

    @pytest.mark.parametrize("what", ["attribute", "new attribute", "list", "global", "nonlocal"])
    def test_a_function_that_changes_what_it_reads_runs_as_written(
        self, what: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def scenario(compile: Compile) -> Any:
            with monkeypatch.context() as patch:
                patch.setitem(globals(), "SCALE", 1.0)
                log: Any = types.SimpleNamespace(count=0, seen=[])
                count = 0

                @compile
                def f(x: tl.Tensor) -> Any:
                    global SCALE
                    nonlocal count
                    if what == "attribute":
                        log.count += 1
                    elif what == "new attribute":
                        log.latest = x
                    elif what == "list":
                        log.seen.append(1)
                    elif what == "global":
                        SCALE += 1
                    else:
                        count += 1
                    return x * SCALE * count

                found = [f(randn(3, seed=i)) for i in range(3)]
                return found, log.count, log.seen, hasattr(log, "latest"), SCALE, count

        as_written(scenario, "is changed by the function itself")

    def test_what_is_computed_once_and_kept_is_replayed_later(self) -> None:
        class Model:
            def __init__(self) -> None:
                self.calls = 0

            @functools.cached_property
            def mask(self) -> tl.Tensor:
                return tl.ones(3).triu() if False else tl.eye(3)

        def scenario(compile: Compile) -> Any:
            model = Model()
            f = compile(lambda x: x * model.mask)
            return [f(randn(3, 3, seed=i)) for i in range(4)]

        expected = story(scenario, lambda f: f)
        with counted() as replays, pytest.warns(UserWarning, match="changed by the function itself"):
            assert story(scenario, tl.compile) == expected
        assert len(replays) == 2

    def test_attributes_behind_properties_in_slots_and_ones_that_appear(self) -> None:
        class Slotted:
            __slots__ = ("scale",)

        class Scale:
            def __init__(self) -> None:
                self.base = 2.0
                self.slotted = Slotted()
                self.slotted.scale = 3.0

            @property
            def scale(self) -> float:
                return self.base * self.slotted.scale * self.more()

            def more(self) -> float:
                return self.extra if hasattr(self, "extra") else 1.0

        def scenario(compile: Compile) -> Any:
            scale: Any = Scale()
            f = compile(lambda x: x * scale.scale)
            found = [f(randn(3, seed=i)) for i in range(3)]
            scale.base = 5.0
            found += [f(randn(3, seed=i)) for i in range(3)]
            scale.slotted.scale = 7.0
            found += [f(randn(3, seed=i)) for i in range(3)]
            scale.extra = 9.0
            return found + [f(randn(3, seed=i)) for i in range(3)]

        replayed(scenario, times=8)

    def test_objects_are_not_asked_for_more_than_they_have(self) -> None:
        class Touchy:
            def __getattr__(self, name: str) -> Any:
                raise RuntimeError(name)

        def scenario(compile: Compile) -> Any:
            touchy, circle = Touchy(), [1.0]
            circle.append(circle)  # type: ignore[arg-type]
            f = compile(lambda x: x * (touchy is not None) * circle[0])
            return [f(randn(3, seed=i)) for i in range(3)]

        replayed(scenario, times=2)

    def test_classes_as_settings(self) -> None:
        class Settings:
            scale = 2.0

        def scenario(compile: Compile) -> Any:
            Settings.scale = 2.0
            f = compile(lambda x: x * Settings.scale)
            found = [f(randn(3, seed=i)) for i in range(3)]
            Settings.scale = 3.0
            return found + [f(randn(3, seed=i)) for i in range(3)]

        replayed(scenario, times=4)

    def test_names_of_methods(self) -> None:
        class Model:
            __slots__ = ("w",)

            def __init__(self) -> None:
                self.w = randn(3, grad=True)

            @functools.partial(tl.compile, fullgraph=True)
            def slotted(self, x: tl.Tensor) -> tl.Tensor:
                return x * 2

        class Other:
            def plain(self, x: tl.Tensor) -> tl.Tensor:
                return x * 2

            quick = tl.compile(plain)

        model, other = Model(), Other()
        for i in range(3):
            x = randn(3, seed=i)
            assert told(model.slotted(x)) == told(other.quick(x)) == told(x * 2)
        assert other.quick is other.quick
        assert isinstance(other.plain, types.MethodType)

    def test_partials_and_objects_that_are_called(self) -> None:
        class Affine:
            def __init__(self) -> None:
                self.scale = 2.0

            def __call__(self, x: tl.Tensor, shift: float = 0.0) -> tl.Tensor:
                return x * self.scale + shift

        def scenario(compile: Compile) -> Any:
            affine = Affine()
            f, g, found = compile(affine), compile(functools.partial(affine, shift=3.0)), []
            for i in range(6):
                found += [f(randn(3, seed=i)), g(randn(3, seed=i))]
                if i == 2:
                    affine.scale = 5.0
            return found

        replayed(scenario, times=8)

    def test_hooks_of_a_module_that_come_and_go(self) -> None:
        def scenario(compile: Compile) -> Any:
            model = nn.Linear(3, 3)
            call = compile(model)
            found = [call(randn(3, seed=i)) for i in range(3)]
            handle = model.register_forward_hook(lambda module, args, result: result * 2)
            found += [call(randn(3, seed=i)) for i in range(3)]
            handle.remove()
            return found + [call(randn(3, seed=i)) for i in range(3)]

        replayed(scenario, times=4)

    def test_hooks_of_a_module_that_note_something_run_as_written(self) -> None:
        def scenario(compile: Compile) -> Any:
            model, seen = nn.Sequential(nn.Linear(3, 3), nn.ReLU()), []
            model[0].register_forward_hook(lambda module, args, result: seen.append(result.sum()))
            call = compile(model)
            return [call(randn(3, seed=i)) for i in range(3)], seen

        as_written(scenario, "'seen', which it reads, is changed by the function itself")

    def test_hooks_of_a_parameter_that_come_and_go(self) -> None:
        def scenario(compile: Compile) -> Any:
            model, seen = nn.Linear(3, 3), []
            call = compile(model)

            def back(i: int) -> None:
                model.zero_grad()
                call(randn(3, seed=i)).sum().backward()

            back(0)
            back(1)
            handle = model.weight.register_hook(lambda g: seen.append(g.clone()) or g * 2)
            back(2)
            back(3)
            handle.remove()
            back(4)
            return seen, model, [p.grad for p in model.parameters()]

        replayed(scenario, times=3)

    def test_a_hook_of_a_parameter_in_a_whole_step_runs_as_written(self) -> None:
        def scenario(compile: Compile) -> Any:
            w, seen = randn(3, grad=True), []
            w.register_hook(lambda g: seen.append(g.clone()) or g * 2)

            @compile
            def step(x: tl.Tensor) -> None:
                (w * x).sum().backward()

            for i in range(3):
                step(randn(3, seed=i))
            return w, seen

        as_written(scenario, "hook")

    @pytest.mark.filterwarnings("ignore:.*weight_norm.*deprecated")
    def test_weights_that_are_computed(self) -> None:
        def scenario(compile: Compile) -> Any:
            model = nn.Linear(3, 3)
            nn.utils.parametrizations.weight_norm(model)
            call, found = compile(model), []
            for i in range(3):
                found.append(call(randn(2, 3, seed=i)))
                found[-1].sum().backward()
            return found, model

        expected = story(scenario, lambda f: f)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            assert story(scenario, tl.compile) == expected

    def test_modes(self) -> None:
        def scenario(compile: Compile) -> Any:
            w = randn(3, grad=True)

            @compile
            def f(x: tl.Tensor) -> Any:
                with tl.no_grad():
                    a = x * w
                    with tl.enable_grad():
                        b = w * 2
                return w * x, a, b

            found = []
            for i in range(3):
                found += f(randn(3, seed=i))
                with tl.no_grad():
                    found += f(randn(3, seed=i))
                with tl.inference_mode():
                    found += f(randn(3, seed=i))
            return found

        replayed(scenario, times=6)

    def test_the_default_dtype(self) -> None:
        def scenario(compile: Compile) -> Any:
            f = compile(lambda n: n.sigmoid())
            found = [f(tl.tensor([1, 2])), f(tl.tensor([3, 4]))]
            tl.set_default_dtype(tl.float64)
            found += [f(tl.tensor([1, 2])), f(tl.tensor([3, 4]))]
            tl.set_default_dtype(tl.float32)
            return found, f(tl.tensor([1, 2]))

        replayed(scenario, times=3)

    def test_a_mode_that_is_left_changed_runs_as_written(self) -> None:
        def scenario(compile: Compile) -> Any:
            w, found = randn(3, grad=True), []

            @compile
            def f(x: tl.Tensor) -> Any:
                tl.set_grad_enabled(False)
                return x * w

            for i in range(3):
                found += [f(randn(3, seed=i)), tl.is_grad_enabled()]
                tl.set_grad_enabled(True)
            return found

        as_written(scenario, "grad mode")

    def test_a_compiled_function_in_a_compiled_function(self) -> None:
        def scenario(compile: Compile) -> Any:
            model = nn.Linear(3, 3)
            inner = compile(lambda x: model(x).tanh())
            outer = compile(lambda x: inner(x) + inner(2 * x))
            found = []
            for i in range(3):
                found += [outer(randn(2, 3, seed=i)), inner(randn(2, 3, seed=i))]
                found[-2].sum().backward()
            return found, model

        replayed(scenario, times=4)

    def test_recursion(self) -> None:
        def scenario(compile: Compile) -> Any:
            @compile
            def power(x: tl.Tensor, n: int) -> tl.Tensor:
                return x if n == 1 else x * power(x, n - 1)

            return [power(randn(3, seed=i), 2 + i % 2) for i in range(6)]

        replayed(scenario, times=4)


# --------------------------------------------------------------------------------------- backward from outside


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


class TestBackwardOutside:
    def test_retained_and_walked_twice(self) -> None:
        def use(f: Any, x: Any, w: Any) -> Any:
            y = f(x)
            y.backward(retain_graph=True)
            y.backward()
            return y, raised(y.backward)

        forward_only(lambda x, w: (x @ w).tanh().sum(), use)

    def test_once_only_without_retaining(self) -> None:
        def use(f: Any, x: Any, w: Any) -> Any:
            y = f(x)
            y.backward()
            return raised(y.backward)

        forward_only(lambda x, w: (x @ w).exp().sum(), use)

    def test_walked_twice_where_nothing_is_saved(self) -> None:
        def use(f: Any, x: Any, w: Any) -> Any:
            y = f(x)
            y.backward()
            return raised(y.backward)

        forward_only(lambda x, w: (x + w).sum(), use)

    def test_gradients_of_inputs_and_parameters(self) -> None:
        def use(f: Any, x: Any, w: Any) -> Any:
            first = tl.autograd.grad(f(x), [x, w])
            second = tl.autograd.grad(f(x), w)
            f(x).backward(inputs=[x])
            unused = randn(3, grad=True)
            return (
                first,
                second,
                tl.autograd.grad(f(x), [unused, x], allow_unused=True),
                raised(tl.autograd.grad, f(x), unused),
            )

        forward_only(lambda x, w: (x @ w).sin().sum(), use)

    def test_of_arguments_that_were_computed(self) -> None:
        def use(f: Any, x: Any, w: Any) -> Any:
            y = f(x * 2 + w)
            (y + w.sum()).backward()
            return y

        forward_only(lambda x, w: (x * w).relu().sum(), use)

    def test_with_a_gradient_given(self) -> None:
        def use(f: Any, x: Any, w: Any) -> Any:
            g = randn(3, 3, seed=5)
            y = f(x)
            y.backward(g)
            g.zero_()
            return y

        forward_only(lambda x, w: (x + w) + x, use)

    def test_second_derivatives_raise_and_say_why(self) -> None:
        w = randn(3, grad=True)
        f = tl.compile(lambda x: (x * w).exp().sum(), fullgraph=True)
        f(randn(3))
        with pytest.raises(RuntimeError, match="can be differentiated once only"):
            tl.autograd.grad(f(randn(3)), w, create_graph=True)

    def test_second_derivatives_inside(self) -> None:
        def scenario(compile: Compile) -> Any:
            model = nn.Sequential(nn.Linear(3, 4), nn.Tanh(), nn.Linear(4, 1))

            @compile
            def penalty(x: tl.Tensor) -> tl.Tensor:
                (g,) = tl.autograd.grad(model(x).sum(), x, create_graph=True)
                return (g.norm(dim=1) - 1).square().mean()

            found = []
            for i in range(3):
                found.append(penalty(randn(5, 3, seed=i, grad=True)))
                found[-1].backward()
            return found, model

        replayed(scenario, times=1)

    def test_forces(self) -> None:
        """A first derivative by an argument, inside."""

        def use(f: Any, x: Any, w: Any) -> Any:
            return f(x)

        forward_only(lambda x, w: tl.autograd.grad((x @ w).tanh().sum(), x)[0], use)

    def test_some_of_several_outputs(self) -> None:
        def use(f: Any, x: Any, w: Any) -> Any:
            a, b, c = f(x)
            b.sum().backward()
            first = x.grad.clone(), w.grad
            a, b, c = f(x)
            (a.sum() + c.sum()).backward()
            second = x.grad.clone(), w.grad.clone()
            a, b, c = f(x)
            (a.sum() + b.sum() + c.sum()).backward()
            return a, b, c, first, second

        forward_only(lambda x, w: ((x @ w).tanh(), x.exp() + x, (x * w) * x), use, times=6)

    def test_an_output_that_is_not_used_sends_nothing_back(self) -> None:
        """0 · ∞ would be NaN."""

        def use(f: Any, x: Any, w: Any) -> Any:
            x = tl.zeros(3, 3, requires_grad=True)
            a, _ = f(x)
            a.sum().backward()
            return x, w.grad

        forward_only(lambda x, w: (x * 2, x.log() + w.sqrt()), use)

    def test_sums_with_missing_gradients(self) -> None:
        def use(f: Any, x: Any, w: Any) -> Any:
            found = []
            for pick in ([0], [1], [2], [0, 1], [0, 2], [1, 2], [0, 1, 2]):
                outputs = f(x)
                w.grad = x.grad = None
                tl.autograd.backward([outputs[i].sum() for i in pick])
                found.append((x.grad.clone(), None if w.grad is None else w.grad.clone()))
                x.grad.zero_()
            return found

        def function(x: Any, w: Any) -> Any:
            h = x.sin()
            return h * x, h + w, (h @ w) + x

        forward_only(function, use, times=14)

    def test_the_gradient_of_what_is_added_is_its_own(self) -> None:
        def scenario(compile: Compile) -> Any:
            w, v = randn(3, grad=True), randn(3, seed=1, grad=True)
            f = compile(lambda x: (x + w + v, (w * x).exp(), w + x))
            for i in range(3):
                f(randn(3, seed=i))[2].backward(tl.ones(3))
            w.grad.mul_(10)
            for i in range(3):
                a, _, c = f(randn(3, seed=i))
                tl.autograd.backward([a, c], [tl.ones(3), tl.ones(3)])
            return w, v

        replayed(scenario, times=5)

    def test_a_result_of_which_others_were_computed(self) -> None:
        def use(f: Any, x: Any, w: Any) -> Any:
            hidden, loss = f(x)
            (loss + hidden.sum()).backward()
            return hidden, loss

        forward_only(lambda x, w: (lambda h: (h, (h * h).sum()))((x @ w).tanh()), use)

    def test_a_result_of_which_others_were_computed_is_an_argument_of_the_next(self) -> None:
        def scenario(compile: Compile) -> Any:
            w = randn(3, grad=True)
            first = compile(lambda x: (lambda h: (h, h.sum()))((x * w).tanh()))
            second = compile(lambda h: (h * w).exp().sum())
            for i in range(3):
                h, s = first(randn(3, seed=i))
                (second(h) + s).backward()
            return w

        replayed(scenario, times=4)

    def test_a_result_of_which_others_were_computed_refuses_to_be_asked(self) -> None:
        w = randn(3, grad=True)

        @functools.partial(tl.compile, fullgraph=True)
        def f(x: tl.Tensor) -> Any:
            h = (x * w).tanh()
            return h, h.sum()

        f(randn(3))
        hidden, loss = f(randn(3, seed=1))
        with pytest.raises(RuntimeError, match="no whole gradient"):
            hidden.retain_grad()
        with pytest.raises(RuntimeError, match="no whole gradient"):
            hidden.register_hook(print)
        with pytest.raises(RuntimeError, match="not have been used in the graph"):
            tl.autograd.grad(loss, hidden)
        loss.retain_grad()
        loss.backward()
        assert loss.grad.item() == 1

    def test_structures(self) -> None:
        Pair = namedtuple("Pair", "a b")

        def scenario(compile: Compile) -> Any:
            w = randn(3, grad=True)

            @compile
            def f(x: tl.Tensor, n: int) -> Any:
                y = x * w
                ranked = x.max(0)
                return {"y": [y, (y, None)], "n": n, "k": x.shape}, Pair(x, y.sum()), x.argmax(), w, ranked, x.dtype

            found = [f(randn(3, seed=i), 5) for i in range(3)]
            for things in found:
                things[0]["y"][0].sum().backward()
                assert things[0]["y"][0] is things[0]["y"][1][0]
                assert things[3] is w
            return found, w

        replayed(scenario, times=2)

    def test_an_argument_that_is_returned_is_the_same_one(self) -> None:
        f = tl.compile(lambda x, y: (y, x * 2, x), fullgraph=True)
        for i in range(3):
            x, y = randn(3, seed=i), randn(3, grad=True)
            found = f(x, y)
            assert found[0] is y
            assert found[2] is x

    @pytest.mark.parametrize(
        "function",
        [lambda x: x[1:], lambda x: x.detach(), lambda x: x.reshape(-1), lambda x: (x[0], x * 2), lambda x: x.T],
        ids=["slice", "detach", "reshape", "one of two", "transpose"],
    )
    def test_a_view_of_an_argument_runs_as_written(self, function: Any) -> None:
        def scenario(compile: Compile) -> Any:
            f, found = compile(function), []
            for i in range(3):
                x = randn(3, 3, seed=i)
                y = f(x)
                (y[0] if isinstance(y, tuple) else y).mul_(2)
                found.append((x, y))
            return found

        as_written(scenario, "return a clone()")

    def test_views_of_one_another_run_as_written(self) -> None:
        def scenario(compile: Compile) -> Any:
            w, found = randn(3, 3, grad=True), []

            @compile
            def f(x: tl.Tensor) -> Any:
                y = x * w
                return y, y[0]

            for i in range(3):
                y, first = f(randn(3, 3, seed=i))
                first.mul_(2)
                y.sum().backward()
                found.append(y)
            return found, w

        as_written(scenario, "share memory")

    def test_the_view_of_something_inside(self) -> None:
        def use(f: Any, x: Any, w: Any) -> Any:
            y = f(x)
            y.add_(1)
            y.sum().backward()
            return y

        forward_only(lambda x, w: (x @ w).reshape(-1)[2:], use)

    def test_hooks_of_a_result(self) -> None:
        def use(f: Any, x: Any, w: Any) -> Any:
            y = f(x)
            y.register_hook(lambda g: g * 2)
            y.retain_grad()
            y.sum().backward()
            return y.grad

        forward_only(lambda x, w: (x @ w).exp(), use)

    def test_gradcheck(self) -> None:
        w = randn(3, 3, grad=True, dtype=tl.float64)
        f = tl.compile(lambda x: (x @ w).tanh().sum(0), fullgraph=True)
        assert tl.autograd.gradcheck(f, randn(3, 3, grad=True, dtype=tl.float64))
        model = tl.compile(nn.Sequential(nn.Linear(3, 4), nn.Tanh(), nn.Linear(4, 2)), fullgraph=True)
        assert tl.autograd.gradcheck(model, randn(3, 3, grad=True))

    def test_many_calls_in_one_graph(self) -> None:
        def scenario(compile: Compile) -> Any:
            cell = nn.Linear(6, 3)
            step = compile(lambda h, x: cell(tl.cat([h, x], 1)).tanh())
            found = []
            for i in range(3):
                h = tl.zeros(2, 3)
                for j in range(5):
                    h = step(h, randn(2, 3, seed=10 * i + j))
                cell.zero_grad()
                h.sum().backward()
                found.append((h, [p.grad for p in cell.parameters()]))
            return found

        replayed(scenario, times=10)


# ---------------------------------------------------------------------------------------------- random programs


def wide(x: tl.Tensor) -> tl.Tensor:
    return x.expand(3, 3)


UNARY: list[Callable[[Any], Any]] = [
    lambda a: a.sin(), lambda a: a.exp() * 0.1, lambda a: a.tanh(), lambda a: -a, lambda a: a.relu(), lambda a: a.T,
    lambda a: wide(a.sum(0, keepdim=True)), lambda a: a.reshape(9).reshape(3, 3), lambda a: a.softmax(1), lambda a: a.clone(),
    lambda a: a.detach(), lambda a: wide(a[1:2]), lambda a: a.abs().sqrt(), lambda a: a.contiguous(), lambda a: wide(a.mean()),
]  # fmt: skip
BINARY: list[Callable[[Any, Any], Any]] = [
    lambda a, b: a + b, lambda a, b: a * b, lambda a, b: a @ b, lambda a, b: a - b, lambda a, b: tl.maximum(a, b),
    lambda a, b: F.linear(a, b, b[0]), lambda a, b: tl.where(a > b, a, b), lambda a, b: tl.cat([a, b])[1:4],
    lambda a, b: tl.stack([a, b]).sum(0),
]  # fmt: skip


@pytest.mark.parametrize("seed", range(60))
def test_random_programs(seed: int) -> None:
    """Operations on two arguments and two Tensors from outside; some of the results are walked back from."""
    rng = np.random.default_rng(seed)
    steps = [(UNARY[rng.integers(len(UNARY))], 1) if rng.random() < 0.5 else (BINARY[rng.integers(len(BINARY))], 2)
             for _ in range(rng.integers(2, 9))]  # fmt: skip
    places = [[(rng.random(), rng.random() < 0.6) for _ in range(count)] for _, count in steps]
    outputs = [1 + int(rng.integers(len(steps))) for _ in range(rng.integers(1, 4))]
    picked = [[i for i in range(len(outputs)) if rng.random() < 0.7] for _ in range(4)]
    grads, in_place = rng.random(2) < 0.5, rng.random() < 0.3

    def scenario(compile: Compile) -> Any:
        w, v = randn(3, 3, seed=7, grad=True), randn(3, 3, seed=8, grad=True)

        @compile
        def f(x: tl.Tensor, y: tl.Tensor) -> Any:
            values = [x, y, w, v]
            for (step, _), where in zip(steps, places, strict=True):
                values.append(step(*[values[-1 if latest else int(at * len(values))] for at, latest in where]))
            if in_place:
                z = values[-1].clone()
                z.mul_(2)
                z[0] = v[1]
                values.append(z)
            return [values[-i].clone() for i in outputs]

        found = []
        for i, pick in enumerate(picked):
            x, y = randn(3, 3, seed=i, grad=bool(grads[0])), randn(3, 3, seed=i + 20, grad=bool(grads[1]))
            w.grad = v.grad = None
            results = f(x, y)
            roots = [results[k].sum() for k in pick if results[k].requires_grad]
            if roots:
                tl.autograd.backward(roots)
            found.append(told((results, x, y, w.grad, v.grad)))
        return found

    replayed(scenario, times=3)


# ----------------------------------------------------------------------------------------- changes in between


class TestChangesInBetween:
    @pytest.mark.parametrize("change", ["argument", "parameter", "output", "step", "bias", "view", "unused", "data"])
    @pytest.mark.parametrize("kind", ["mul", "linear", "exp", "relu", "add"])
    def test_raise_exactly_when_they_do_otherwise(self, change: str, kind: str) -> None:
        def scenario(compile: Compile) -> Any:
            w, b = nn.Parameter(randn(3, 3)), nn.Parameter(randn(3))
            opt = tl.optim.SGD([w], lr=0.1)

            @compile
            def f(x: tl.Tensor) -> tl.Tensor:
                if kind == "mul":
                    return x * w
                if kind == "linear":
                    return F.linear(x, w, b)
                if kind == "exp":
                    return (x + w).exp()
                return (x + w).relu() if kind == "relu" else x + w + b

            found = []
            for i in range(3):
                x = randn(3, 3, seed=i)
                w.grad = tl.ones(3, 3)
                y = f(x)
                with tl.no_grad():
                    if change == "argument":
                        x.mul_(2)
                    elif change == "parameter":
                        w.mul_(2)
                    elif change == "output":
                        y.mul_(2)
                    elif change == "step":
                        opt.step()
                    elif change == "bias":
                        b.mul_(2)
                    elif change == "view":
                        x[0].mul_(2)
                    elif change == "data":
                        w.data = w.data * 2
                found.append((raised(y.sum().backward), w.grad.clone()))
            return found

        replayed(scenario, times=2)

    @pytest.mark.parametrize("change", ["before", "argument", "parameter", "output", "lent", "nothing"])
    @pytest.mark.parametrize("kind", ["mul", "linear", "exp"])
    def test_through_numpy(self, change: str, kind: str) -> None:
        def scenario(compile: Compile) -> Any:
            weights = np.ones((3, 3), np.float32)
            w = tl.from_numpy(weights).requires_grad_()
            b = tl.zeros(3)

            @compile
            def f(x: tl.Tensor) -> tl.Tensor:
                return x * w if kind == "mul" else F.linear(x, w, b) if kind == "linear" else (x * w).exp()

            found = []
            for i in range(3):
                values = randn(3, 3, seed=i).numpy()
                x = tl.from_numpy(values)
                if change == "before":
                    values[0] = 5
                y = f(x)
                lent = y.detach().numpy() if change in ("output", "lent") else None
                if change == "argument":
                    values[0] = 7
                elif change == "parameter":
                    weights[0] += 1
                elif change == "output":
                    lent[0] = 3
                found.append(raised(y.sum().backward))
            return found, w

        replayed(scenario, times=2)

    def test_an_output_changed_with_history(self) -> None:
        def use(f: Any, x: Any, w: Any) -> Any:
            y = f(x)
            y.mul_(2)
            return raised(y.sum().backward)

        forward_only(lambda x, w: (x @ w).exp(), use)
        forward_only(lambda x, w: (x @ w) + 1, use)

    def test_inside_are_replayed_or_refused(self) -> None:
        def scenario(compile: Compile) -> Any:
            w, found = randn(3, grad=True), []

            @compile
            def f(x: tl.Tensor) -> Any:
                y = (x * w).exp()
                with tl.no_grad():
                    y.mul_(2)
                return y

            found += [raised(f(randn(3, seed=i)).sum().backward) for i in range(3)]
            return found, w

        as_written(scenario, "modified by an inplace operation")


# ---------------------------------------------------------------------------------------------------- arguments


class TestArguments:
    def test_of_every_kind(self) -> None:
        def scenario(compile: Compile) -> Any:
            w = randn(3, grad=True)

            @compile
            def f(x: Any, *more: Any, n: Any = 2, d: Any = None, s: str = "add", **rest: Any) -> Any:
                y = x * w
                if d is not None:
                    y = y * d["scale"] + d.get("x", 0)
                for m in more:
                    y = y + m
                for m in rest.values():
                    y = y - m
                return y + n if s == "add" else y * n

            x, z = randn(3), randn(3, seed=1)
            calls = [
                lambda: f(x), lambda: f(x, n=2), lambda: f(x, n=2.0), lambda: f(x, n=True), lambda: f(x, n=3),
                lambda: f(x, n=float("nan")), lambda: f(x, n=0.0), lambda: f(x, n=-0.0, s="mul"), lambda: f(x, n=0.0, s="mul"),
                lambda: f(x, z), lambda: f(x, z, 1), lambda: f(x, x), lambda: f(x, z, z), lambda: f(x, z, x),
                lambda: f(x, d={"scale": 2.0}), lambda: f(x, d={"scale": z, "x": x}), lambda: f(x=x, n=2),
                lambda: f(x, a=z), lambda: f(x, a=z, b=x), lambda: f(x, n=z), lambda: f(x, d={"scale": z}), lambda: f(x, n=np.float64(-0.0), s="mul"), lambda: f(x, n=np.int64(2)),
            ]  # fmt: skip
            with pytest.MonkeyPatch.context() as patch:
                patch.setattr(machinery, "LIMIT", 100)
                return [call() for call in calls * 3]

        replayed(scenario, times=40)

    def test_a_dict_is_not_arguments_by_name(self) -> None:
        def scenario(compile: Compile) -> Any:
            f = compile(lambda x, y=None, n=1.0: x * n if y is None else x + y["n"])
            x = randn(3)
            return [f(x, n=2.0), f(x, {"n": 2.0}), f(x, None, 2.0), f(x, n=2.0), f(x, {"n": 2.0})]

        replayed(scenario, times=2)

    def test_of_every_layout(self) -> None:
        def scenario(compile: Compile) -> Any:
            f = compile(lambda x: (x.reshape(-1) * 2, x.sum(), x.exp()))
            base = randn(4, 4)
            xs = [
                base, base.T, base[::2], base[0], base[0, 0], base[:0], base.double(), base.expand(2, 4, 4), base.long(),
                base.clone().requires_grad_(), (base * 1).requires_grad_() * 2, base[:3], base[:2],
            ]  # fmt: skip
            with pytest.MonkeyPatch.context() as patch:
                patch.setattr(machinery, "LIMIT", 100)
                return [raised(f, x) for x in xs * 2]

        replayed(scenario, times=12)

    def test_a_last_batch_that_is_smaller(self) -> None:
        def scenario(compile: Compile) -> Any:
            training = Training(compile)
            for epoch in range(3):
                for size in (6, 6, 2):
                    ((x, y),) = batches(1, size)
                    training.losses.append(training.step(x + epoch, y))
            return training.told()

        replayed(scenario, times=7)

    def test_the_same_tensor_twice_and_then_two(self) -> None:
        def scenario(compile: Compile) -> Any:
            @compile
            def f(x: tl.Tensor, y: tl.Tensor) -> Any:
                with tl.no_grad():
                    x.add_(1)
                return x * y

            a, b = randn(3), randn(3, seed=1)
            return [f(a, a), f(a, b), f(b, b), f(b, a), f(a, a)], a, b

        replayed(scenario, times=2)

    def test_two_leaves_on_one_array(self) -> None:
        def scenario(compile: Compile) -> Any:
            f = compile(lambda x, y: (x * 2 + y * 3).sum())
            x = randn(3, grad=True)
            y = x.detach().requires_grad_()
            x.grad, y.grad = tl.zeros(3), tl.zeros(3)
            for a, b in ((x, x), (x, y), (y, x), (x, x), (x, y)):
                f(a, b).backward()
            return x, y

        replayed(scenario, times=3)

    @pytest.mark.parametrize("first", [0, 1])
    @pytest.mark.filterwarnings("ignore:.*at the same time a Tensor that the function uses")
    def test_an_argument_that_is_a_parameter_too(self, first: int) -> None:
        def scenario(compile: Compile) -> Any:
            w, other = randn(3, grad=True), randn(3, seed=1, grad=True)
            w.grad, other.grad = tl.zeros(3), tl.zeros(3)
            f = compile(lambda x: (x * 2 + w * w).sum())
            for i in range(4):
                f((other, w)[(first + i) % 2]).backward()
            return w, other

        expected = story(scenario, lambda f: f)
        assert story(scenario, tl.compile) == expected

    def test_modules_optimizers_and_functions(self) -> None:
        class Affine(nn.Module):
            def __init__(self, scale: float) -> None:
                super().__init__()
                self.linear = nn.Linear(3, 3)
                self.scale = scale

        def scenario(compile: Compile) -> Any:
            @compile
            def step(model: Any, opt: Any, act: Any, x: tl.Tensor) -> Any:
                opt.zero_grad()
                loss = (act(model.linear(x)) * model.scale).sum()
                loss.backward()
                opt.step()
                return loss.detach()

            models = [Affine(2.0), Affine(3.0)]
            opts = [tl.optim.SGD(m.parameters(), lr=0.1) for m in models]
            found = []
            for i in range(8):
                act = (F.relu, lambda x: x.tanh() * SCALE)[i % 2] if i < 4 else F.relu
                found.append(step(models[i % 2], opts[i % 2], act, randn(2, 3, seed=i)))
                if i == 5:
                    models[0].scale = 7.0
            return found, models

        replayed(scenario, times=2)

    @pytest.mark.parametrize("what", ["append", "set", "return", "return what is named"])
    def test_lists_and_dicts_that_are_changed_or_returned_run_as_written(self, what: str) -> None:
        def scenario(compile: Compile) -> Any:
            named = [1.0]

            @compile
            def f(x: Any, more: Any) -> Any:
                if what == "append":
                    more["list"].append(x * 2)
                elif what == "set":
                    more["new"] = x * 2
                return more["list"] if what == "return" else named if what == "return what is named" else x * 2

            found = []
            for i in range(3):
                more: Any = {"list": [randn(3, seed=i)]}
                result = f(randn(3, seed=i), more)
                found += [more, result is more["list"], result is named]
            return found

        as_written(scenario, "there before" if "return" in what else "is changed")

    @pytest.mark.parametrize(
        ("make", "why"),
        [
            (lambda: np.ones(3, np.float32), "from_numpy"),
            (lambda: {1, 2}, "can change unnoticed"),
            (lambda: bytearray(3), "can change unnoticed"),
            (lambda: iter([1.0, 2.0]), "used up"),
            (lambda: (i for i in range(3)), "used up"),
            (lambda: OrderedDict(a=1.0), "can change unnoticed"),
        ],
        ids=["array", "set", "bytearray", "iterator", "generator", "ordered dict"],
    )
    def test_that_cannot_be_told_apart_run_as_written(self, make: Any, why: str) -> None:
        def scenario(compile: Compile) -> Any:
            f = compile(lambda x, y: x * sum(y.values() if isinstance(y, dict) else y))
            y = make()
            return [f(randn(3, seed=i), y) for i in range(3)]

        as_written(scenario, why)

    def test_too_many_kinds_run_as_written(self) -> None:
        f = tl.compile(lambda x, n: x * n)
        x = randn(3)
        with pytest.warns(UserWarning, match="8 programs already"):
            found = [f(x, n) for n in range(20)]
        assert told(found) == told([x * n for n in range(20)])
        size = len(f._variants)
        for n in range(100, 200):
            f(x, float(n))
        assert len(f._variants) == size

    def test_with_a_history_of_their_own(self) -> None:
        def scenario(compile: Compile) -> Any:
            """The walk inside goes on to what the argument was computed from, another leaf in each call."""
            f = compile(lambda x: x.sum().backward())
            leaves = [randn(3, seed=i, grad=True) for i in range(3)]
            for leaf in leaves:
                f(leaf + 1)
            return leaves

        as_written(scenario, "what an argument was computed from")

    def test_that_another_compiled_function_computed(self) -> None:
        def scenario(compile: Compile) -> Any:
            leaves = [randn(3, seed=i, grad=True) for i in range(3)]
            first = tl.compile(lambda x: (lambda h: (h, h.sum()))(x + 1), fullgraph=True)
            second = compile(lambda h: h.sum().backward())
            first(leaves[0])
            for leaf in leaves:
                second(first(leaf)[0])
            return leaves

        as_written(scenario, "another compiled function", times=3)

    def test_that_are_leaves_whose_grad_is_changed(self) -> None:
        def scenario(compile: Compile) -> Any:
            f = compile(lambda x: (x * x).sum().backward())
            leaves = [randn(3, seed=i, grad=True) for i in range(3)]
            for leaf in leaves * 2:
                f(leaf)
            return leaves

        as_written(scenario, "the .grad of an argument")

    def test_whose_grad_is_set_to_none(self) -> None:
        def scenario(compile: Compile) -> Any:
            @compile
            def f(x: tl.Tensor) -> Any:
                x.grad = None
                return x * 2

            leaves = [randn(3, seed=i, grad=True) for i in range(3)]
            for leaf in leaves:
                leaf.sum().backward()
            return [f(leaf) for leaf in leaves], leaves

        as_written(scenario, "the .grad of an argument")


# ------------------------------------------------------------------------------------------- what cannot be replayed


class TestRefusals:
    @pytest.mark.parametrize(
        "look",
        [
            lambda x: x.sum().item(),
            lambda x: bool(x.sum() > 0),
            lambda x: 1 if x.sum() > 0 else 2,
            lambda x: float(x[0]),
            lambda x: int(x[0]),
            lambda x: 1.0 in x,
            lambda x: x.detach().numpy().sum(),
            lambda x: x.tolist()[0],
            lambda x: len(str(x)),
            lambda x: len(f"{x[0]:.3f}"),
            lambda x: len(f"{x}"),
            lambda x: range(9)[x.argmax()],
            lambda x: tl.equal(x, x),
            lambda x: tl.allclose(x, x),
            lambda x: x.sum().is_nonzero(),
            lambda x: np.asarray(x).sum(),
        ],
        ids="item bool if float int in numpy tolist repr format f-string index equal allclose nonzero asarray".split(),
    )
    def test_looking_at_values_runs_as_written(self, look: Any) -> None:
        def scenario(compile: Compile) -> Any:
            @compile
            def f(x: tl.Tensor) -> Any:
                return x * float(look(x))

            return [f(randn(3, seed=i)) for i in range(4)]

        as_written(scenario, "test_compile.py:")

    def test_shapes_may_be_looked_at(self) -> None:
        def scenario(compile: Compile) -> Any:
            @compile
            def f(x: tl.Tensor) -> Any:
                if (
                    len(x) > 2
                    and x.shape[0] == x.size(0)
                    and x.dim() == 2
                    and x.dtype == tl.float32
                    and x.requires_grad
                ):
                    return x * x.numel() / len(x.shape)
                return x

            return [f(randn(i % 2 + 2, 3, seed=i, grad=True)) for i in range(6)]

        replayed(scenario, times=4)

    def test_the_message_names_the_line_and_the_function(self) -> None:
        def looking(x: tl.Tensor) -> Any:
            y = x * 2
            return y * y.sum().item()  # this line

        line = looking.__code__.co_firstlineno + 2
        with pytest.warns(
            UserWarning, match=rf"looking\(\).*values are read by Python.*test_compile\.py:{line}"
        ) as caught:
            tl.compile(looking)(tl.ones(3))
        assert caught[0].filename == __file__
        with pytest.raises(RuntimeError, match=rf"looking\(\).*test_compile\.py:{line}"):
            tl.compile(looking, fullgraph=True)(tl.ones(3))

    def test_the_warning_comes_once(self) -> None:
        f = tl.compile(lambda x: x * x.sum().item())
        with pytest.warns(UserWarning, match="cannot be made a program") as caught:
            _ = [f(tl.ones(n)) for n in (3, 3, 3, 2)]
        assert len({str(w.message) for w in caught}) == len(caught) == 1

    def test_a_refusal_that_the_function_swallows_is_raised_all_the_same(self) -> None:
        def f(x: tl.Tensor) -> Any:
            try:
                return x * x.sum().item()
            except RuntimeError:
                return x

        compiled = tl.compile(f, fullgraph=True)
        for _ in range(2):
            with pytest.raises(RuntimeError, match="cannot be made a program"):
                compiled(tl.ones(3))
        assert state.tracer is None

    def test_custom_functions(self) -> None:
        class Cube(tl.autograd.Function):
            @staticmethod
            def forward(ctx: Any, x: tl.Tensor) -> tl.Tensor:
                ctx.save_for_backward(x)
                return x**3

            @staticmethod
            def backward(ctx: Any, g: tl.Tensor) -> tl.Tensor:
                calls.append(1)
                (x,) = ctx.saved_tensors
                return g * 3 * x**2

        calls: list[int] = []

        def scenario(compile: Compile) -> Any:
            calls.clear()
            f = compile(lambda x: Cube.apply(x).sum())
            leaves = [randn(3, seed=i, grad=True) for i in range(3)]
            for leaf in leaves:
                f(leaf).backward()
            return leaves, len(calls)

        as_written(scenario, "CubeBackward")

        def without_gradient(compile: Compile) -> Any:
            f = compile(lambda x: Cube.apply(x).sum())
            return [f(randn(3, seed=i)) for i in range(3)]

        replayed(without_gradient, times=2)

    @pytest.mark.parametrize("what", ["hook", "retain"])
    def test_hooks_inside(self, what: str) -> None:
        def scenario(compile: Compile) -> Any:
            seen: list[Any] = []
            w = randn(3, grad=True)

            def register(y: tl.Tensor) -> None:
                if what == "hook":
                    y.register_hook(lambda g: g * 2)
                else:
                    y.retain_grad()

            @compile
            def f(x: tl.Tensor) -> Any:
                y = x * w
                register(y)
                return y, y.sin().sum()

            for i in range(3):
                y, z = f(randn(3, seed=i))
                z.backward()
                seen.append((y.requires_grad, None if what == "hook" else y.grad))
            return seen, w

        as_written(scenario, "hook")

    def test_attributes_that_forward_sets(self) -> None:
        class Counting(nn.Module):
            def __init__(self) -> None:
                super().__init__()
                self.count = 0

            def forward(self, x: tl.Tensor) -> tl.Tensor:
                self.count += 1
                return x * self.count

        def scenario(compile: Compile) -> Any:
            model = Counting()
            f = compile(model)
            return [f(randn(3, seed=i)) for i in range(3)], model.count

        as_written(scenario, "attribute of a module is set")

    def test_generators_and_other_results(self) -> None:
        def scenario(compile: Compile) -> Any:
            def f(x: tl.Tensor) -> Any:
                yield x * 2
                yield x * 3

            g = compile(f)
            return [[*g(randn(3, seed=i))] for i in range(3)]

        as_written(scenario, "a generator is returned")

    def test_a_tensor_from_outside_that_was_computed(self) -> None:
        def scenario(compile: Compile) -> Any:
            w = randn(3, grad=True)
            v = w * 2
            f = compile(lambda x: (x * v).sum())
            for i in range(3):
                f(randn(3, seed=i)).backward(retain_graph=True)
            return w

        as_written(scenario, "was computed from others")

    def test_in_place_on_arguments_and_what_is_inside(self) -> None:
        def scenario(compile: Compile) -> Any:
            w, found = randn(3, grad=True), []

            @compile
            def f(x: tl.Tensor, out: tl.Tensor) -> Any:
                y = x.clone() * w
                y[0] = 5.0
                y[1:].mul_(2)
                y += x
                out.copy_(x)
                out[1:].zero_()
                x.add_(1)
                return y

            for i in range(3):
                x, out = randn(3, seed=i), tl.ones(3)
                y = f(x, out)
                y.sum().backward()
                found.append((y, x, out))
            return found, w

        replayed(scenario, times=2)

    def test_in_place_with_history_on_an_argument(self) -> None:
        def scenario(compile: Compile) -> Any:
            w, found = randn(3, grad=True), []

            @compile
            def f(x: tl.Tensor) -> Any:
                x.mul_(w)
                return x

            for i in range(3):
                x = randn(3, seed=i)
                f(x).sum().backward()
                found.append(x)
            return found, w

        as_written(scenario, "another history")

    def test_random_numbers(self) -> None:
        def scenario(compile: Compile) -> Any:
            generator = tl.Generator().manual_seed(3)
            layer = nn.Dropout(0.25)

            @compile
            def f(x: tl.Tensor) -> Any:
                return layer(x), F.dropout(x, 0.5), F.dropout(x, 0.1, generator=generator), F.dropout(x, 0.5, False)

            return [f(randn(50, seed=i)) for i in range(4)], generator.get_state()

        replayed(scenario, times=3)


class TestErrors:
    def test_in_the_first_call_leave_everything_as_it_was(self) -> None:
        w = randn(3, grad=True)

        @functools.partial(tl.compile, fullgraph=True)
        def f(x: tl.Tensor, fail: bool) -> Any:
            y = x * w
            with tl.no_grad():
                if fail:
                    raise KeyError("mine")
            return y.sum()

        for _ in range(2):
            with pytest.raises(KeyError, match="mine"):
                f(tl.ones(3), True)
            assert state.tracer is None
            assert tl.is_grad_enabled()
            assert not hasattr(state.mode[0], "__self__") or type(state.mode[0].__self__).__name__ == "Context"
        f(tl.ones(3), False)
        f(tl.ones(3), False).backward()
        assert w.grad.tolist() == [1, 1, 1]
        assert tl.exp(tl.zeros(1)).item() == 1

    def test_of_values_are_raised_by_replays_too(self) -> None:
        def scenario(compile: Compile) -> Any:
            model = nn.Linear(4, 3)
            f = compile(lambda x, y: F.cross_entropy(model(x), y))
            labels = [0, 1], [2, 0], [0, 5], [1, 1], [-1, 0], [2, 2]
            return [raised(f, randn(2, 4), tl.tensor(pair)) for pair in labels], tl.is_grad_enabled()

        replayed(scenario, times=5)

    def test_in_a_replay_leave_the_next_call_right(self) -> None:
        def scenario(compile: Compile) -> Any:
            training = Training(compile)
            (x, y), *_ = batches(1)
            found = [training.step(x, y), raised(training.step, x, y + 5), training.step(x, y)]
            return found, training.told()

        replayed(scenario, times=2)

    def test_of_the_derivative_come_when_it_is_asked_for(self) -> None:
        class Assertive(tl.autograd.Function):
            @staticmethod
            def forward(ctx: Any, x: tl.Tensor) -> tl.Tensor:
                return x * 1

            @staticmethod
            def backward(ctx: Any, g: tl.Tensor) -> tl.Tensor:
                raise AssertionError("not yet")

        f = tl.compile(lambda x: Assertive.apply(x).sum())
        with pytest.warns(UserWarning, match="AssertiveBackward"):
            y = f(randn(3, grad=True))
        with pytest.raises(AssertionError, match="not yet"):
            y.backward()


# ---------------------------------------------------------------------------------------------------- objects


class TestCompiledModule:
    def test_has_the_names_of_pytorch(self) -> None:
        torch = pytest.importorskip("torch")
        theirs = torch.compile(torch.nn.Sequential(torch.nn.Linear(2, 3), torch.nn.BatchNorm1d(3)), backend="eager")
        ours = tl.compile(nn.Sequential(nn.Linear(2, 3), nn.BatchNorm1d(3)))
        assert list(ours.state_dict()) == list(theirs.state_dict())
        assert [name for name, _ in ours.named_parameters()] == [name for name, _ in theirs.named_parameters()]
        assert [name for name, _ in ours.named_modules()] == [name for name, _ in theirs.named_modules()]
        for model in (ours, theirs):
            inner = model._orig_mod
            assert model.training
            inner.eval()
            assert not model.training
            model.train()
            assert inner.training
            assert inner[0].training
            model.note = 5
            assert inner.note == 5
            assert model.note == 5
            del model.note
            assert not hasattr(inner, "note")
            assert len(model) == 2

    def test_is_shown_with_what_is_in_it(self) -> None:
        assert "Linear(in_features=2" in repr(tl.compile(nn.Linear(2, 3)))

    def test_can_be_trained_saved_and_loaded(self) -> None:
        def scenario(compile: Compile) -> Any:
            model = network()
            call = compile(model)
            opt = tl.optim.Adam(call.parameters(), lr=0.1)
            found = []
            for x, y in batches():
                opt.zero_grad()
                loss = F.cross_entropy(call(x), y)
                loss.backward()
                opt.step()
                found.append(loss.detach())
                call.eval()
                found.append(call(x).detach())
                call.train()
            call.load_state_dict({name: t.clone() for name, t in call.state_dict().items()})
            return found, model

        replayed(scenario, times=6)

    @pytest.mark.parametrize("way", [copy.deepcopy, lambda x: pickle.loads(pickle.dumps(x))], ids=["copy", "pickle"])
    def test_copies_are_apart(self, way: Any) -> None:
        model = tl.compile(nn.Linear(3, 3))
        x = randn(2, 3)
        model(x)
        other = way(model)
        assert told(other(x)) == told(model(x))
        with tl.no_grad():
            other.weight.zero_()
        assert not other(x)[:, 0].sub(other.bias[0]).any()
        assert model(x)[:, 0].sub(model.bias[0]).any()
        assert other._orig_mod is not model._orig_mod

    def test_a_module_whose_forward_is_compiled_can_be_pickled(self) -> None:
        model = WithCompiledForward()
        x = randn(2, 3)
        model(x)
        for other in (pickle.loads(pickle.dumps(model)), copy.deepcopy(model)):
            for _ in range(3):
                assert told(other(x)) == told(model(x))
            with tl.no_grad():
                other.linear.weight.zero_()
            assert told(other(x)) != told(model(x))

    def test_functions_are_copied_and_pickled_by_name(self) -> None:
        assert pickle.loads(pickle.dumps(of_the_module)) is of_the_module
        assert copy.deepcopy(of_the_module) is of_the_module

    def test_an_object_with_a_compiled_method_can_be_copied(self) -> None:
        trainer = Trainer()
        x = randn(2, 3)
        trainer.compiled(x)
        other = copy.deepcopy(trainer)
        before = told(trainer.models["first"][0])
        other.compiled(x)
        other.compiled(x)
        assert told(trainer.models["first"][0]) == before
        assert told(other.models["first"][0]) != before

    def test_disable_and_decorators(self) -> None:
        def f(x: tl.Tensor) -> tl.Tensor:
            """Documented."""
            return x * 2

        assert tl.compile(f, disable=True) is f
        for compiled in (tl.compile(f), tl.compile()(f), tl.compile(fullgraph=True, mode="reduce-overhead")(f)):
            assert compiled.__name__ == "f"
            assert compiled.__doc__ == "Documented."
            compiled(tl.ones(2))
            assert "def forward(x):" in compiled.source
        with pytest.raises(TypeError, match="a function or a Module is needed"):
            tl.compile(3)


class WithCompiledForward(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.linear = nn.Linear(3, 3)

    @functools.partial(tl.compile, fullgraph=True)
    def forward(self, x: tl.Tensor) -> tl.Tensor:
        return self.linear(x).tanh()


@tl.compile
def of_the_module(x: tl.Tensor) -> tl.Tensor:
    return x * 2


class TestThreads:
    def test_two_threads_compile_and_call_at_once(self) -> None:
        w = randn(20, 20, grad=True)
        f = tl.compile(lambda x: (x @ w).tanh().sum(), fullgraph=True)
        problems: list[Any] = []
        start = threading.Barrier(4)

        def work(seed: int) -> None:
            try:
                start.wait()
                for i in range(50):
                    x = randn(seed + 2, 20, seed=i)
                    (expected,) = tl.autograd.grad((x @ w).tanh().sum(), w)
                    (found,) = tl.autograd.grad(f(x), w)
                    assert told(found) == told(expected)
            except BaseException as error:
                problems.append(error)

        threads = [threading.Thread(target=work, args=(seed,)) for seed in (0, 0, 1, 2)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert not problems

    def test_a_tape_does_not_hear_another_thread(self) -> None:
        inside, done = threading.Event(), threading.Event()

        def other() -> None:
            inside.wait()
            for _ in range(5):
                tl.ones(3).sum().item()
            done.set()

        thread = threading.Thread(target=other)
        thread.start()

        @functools.partial(tl.compile, fullgraph=True)
        def f(x: tl.Tensor) -> tl.Tensor:
            y = x * 2
            inside.set()
            done.wait()
            return y

        f(tl.ones(3))
        thread.join()
        assert f.source.count("=") == 1


# ---------------------------------------------------------------------------------------------------- memory


class TestMemory:
    def test_the_first_call_leaves_nothing_behind(self) -> None:
        w = randn(3, 3, grad=True)
        refs: list[Any] = []
        gc.collect()
        gc.disable()
        try:

            @functools.partial(tl.compile, fullgraph=True)
            def f(x: tl.Tensor) -> Any:
                h = (x @ w).tanh()
                return h.exp(), h.sum()

            x = randn(3, 3, grad=True)
            y, z = f(x)
            hidden = y._node.parents[0].saved[0]
            refs += [weakref.ref(a) for a in (x, x._data, y, y._data, z._data, hidden, y._node)]
            del hidden
            z.backward()
            del x, y, z
            assert [r() for r in refs] == [None] * len(refs)
        finally:
            gc.enable()

    def test_a_replayed_forward_is_freed_by_its_backward(self) -> None:
        w = randn(100, 100, grad=True)
        f = tl.compile(lambda x: (x @ w).tanh().exp().sum(), fullgraph=True)
        f(randn(100, 100)).backward()
        y = f(randn(100, 100, seed=1))
        held = [weakref.ref(x) for x in y._node.saved if isinstance(x, np.ndarray) and x is not w._data]
        assert held
        gc.disable()
        try:
            y.backward()
            assert [r() for r in held] == [None] * len(held)
        finally:
            gc.enable()

    def test_a_graph_that_is_dropped_is_freed_at_once(self) -> None:
        w = randn(3, grad=True)
        f = tl.compile(lambda x: ((x * w).exp(), (x * w).sin()), fullgraph=True)
        f(randn(3))
        gc.collect()
        gc.disable()
        try:
            y = f(randn(3))
            refs = [weakref.ref(y[0]), weakref.ref(y[0]._data), weakref.ref(y[0]._node.parents[0])]
            del y
            assert [r() for r in refs] == [None] * 3
        finally:
            gc.enable()

    def test_all_is_freed_with_the_function(self) -> None:
        def live() -> list[Any]:
            training = Training(functools.partial(tl.compile, fullgraph=True))
            training.train()
            model, opt = training.model, training.opt
            call = tl.compile(model, fullgraph=True)
            for x, _ in batches():
                call(x).sum().backward()
            things = training, training.step, call, model, opt, model[0].weight, model[0].weight._data
            return [weakref.ref(thing) for thing in things]

        refs = live()
        gc.collect()
        assert [r() for r in refs] == [None] * len(refs)

    def test_a_thousand_calls_need_no_more_memory(self) -> None:
        training = Training(functools.partial(tl.compile, fullgraph=True))
        w = randn(4, 4, grad=True)
        f = tl.compile(lambda x: (x @ w).exp().sum(), fullgraph=True)
        (x, y), *_ = batches(1)

        def calls(count: int) -> None:
            for _ in range(count):
                training.step(x, y)
                f(x).backward()

        calls(50)
        gc.collect()
        tracemalloc.start()
        try:
            calls(20)
            gc.collect()
            before = tracemalloc.get_traced_memory()[0]
            calls(1000)
            gc.collect()
            assert tracemalloc.get_traced_memory()[0] - before < 2000
        finally:
            tracemalloc.stop()


# ---------------------------------------------------------------------------------------------------- scripts


def training_script(torch: Any, compile: Compile) -> list[float]:
    """A script in PyTorch's words."""
    torch.manual_seed(0)
    model = torch.nn.Sequential(torch.nn.Linear(4, 8), torch.nn.Tanh(), torch.nn.Linear(8, 3))
    opt = torch.optim.SGD(model.parameters(), lr=0.5, momentum=0.9)
    x, y = torch.randn(12, 4), torch.arange(12) % 3
    call, losses = compile(model), []
    for i in range(6):
        opt.zero_grad()
        loss = torch.nn.functional.cross_entropy(call(x[: 12 - 3 * (i % 2)]), y[: 12 - 3 * (i % 2)])
        loss.backward()
        opt.step()
        losses.append(loss.item())
    return losses


def penalty_script(torch: Any, compile: Compile) -> list[float]:
    """Two results, of which one is used, and a scale that changes."""
    torch.manual_seed(0)
    w = torch.randn(5, requires_grad=True)
    found, scale = [], 1.0

    def parts(x: Any, scale: float) -> Any:
        return (x * w).sigmoid().sum() * scale, {"norm": w.norm()}

    f = compile(parts)
    for i in range(6):
        value, more = f(torch.arange(5.0) - i, scale)
        (value if i % 2 else more["norm"]).backward()
        scale += i // 3
        found += [value.item(), more["norm"].item(), *w.grad.tolist()]
    return found


@pytest.mark.parametrize("script", [training_script, penalty_script])
def test_a_script_does_what_it_does_with_pytorch(script: Callable[[Any, Compile], list[float]]) -> None:
    torch = pytest.importorskip("torch")
    expected = script(torch, functools.partial(torch.compile, backend="eager"))
    np.testing.assert_allclose(script(tl, functools.partial(tl.compile, fullgraph=True)), expected, rtol=2e-6)
