"""What a compiled function was made for beside its arguments; when that changes, it is recompiled."""

from __future__ import annotations

import copy
import functools
import types
import warnings
from typing import Any

import pytest

import tinygrad_lite as tl
from tinygrad_lite import nn

from ..support.compiled_scenarios import (
    Compile,
    Trainer,
    as_written,
    counted,
    randn,
    replayed,
    story,
    told,
)

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


class TestGuards:
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
            circle.append(circle)  # type: ignore[arg-type]  # wrong on purpose
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
