"""Compiled modules and methods: their copies, pickles and names; and threads."""

from __future__ import annotations

import copy
import functools
import pickle
import threading
from typing import Any

import pytest

import tinygrad_lite as tl
from tinygrad_lite import nn
from tinygrad_lite.compiler.tracer import Tracer
from tinygrad_lite.core.modes import call_in_mode
from tinygrad_lite.nn import functional as F

from ..support.compiled_scenarios import (
    Compile,
    Trainer,
    batches,
    network,
    randn,
    replayed,
    told,
)


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

    def test_a_tracer_does_not_see_another_thread(self) -> None:
        inside, done = threading.Event(), threading.Event()

        def other() -> None:
            inside.wait()
            for _ in range(5):
                tl.ones(3).sum().item()
            done.set()

        thread = threading.Thread(target=other)
        thread.start()

        def f(x: tl.Tensor) -> tl.Tensor:
            y = x * 2
            inside.set()
            done.wait()
            return y

        tracer = Tracer(strict=True)  # a compiled function must not set an event, which is an effect
        call_in_mode(None, f, tl.ones(3), tracer=tracer)
        thread.join()
        assert len(tracer.calls) == 1

    def test_first_calls_of_several_threads_make_one_program(self) -> None:
        w = randn(8, 8, grad=True)
        f = tl.compile(lambda x: (x @ w).tanh().sum())
        start = threading.Barrier(4)

        def work() -> None:
            start.wait()
            for _ in range(5):
                f(tl.ones(4, 8))

        threads = [threading.Thread(target=work) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert f.explain().startswith("<lambda>: 1 program\n")

    def test_a_container_can_be_indexed_iterated_and_edited(self) -> None:
        call = tl.compile(nn.Sequential(nn.Linear(2, 2), nn.Tanh()))
        assert [type(layer).__name__ for layer in call] == ["Linear", "Tanh"]
        assert call[1] in call
        assert call
        call[1] = nn.ReLU()
        del call[0]
        assert [*map(type, call._orig_mod)] == [nn.ReLU]
        assert tl.compile(nn.ModuleDict({"a": nn.Tanh()}))["a"](tl.zeros(1)).item() == 0
        with pytest.raises(TypeError, match="'Linear' object is not subscriptable"):
            tl.compile(nn.Linear(2, 2))[0]
        assert tl.compile(nn.Linear(2, 2))

    def test_a_shallow_copy_has_its_own_compiled_method(self) -> None:
        class Scale:
            def __init__(self) -> None:
                self.k = 2.0

            @tl.compile
            def run(self, x: tl.Tensor) -> tl.Tensor:
                return x * self.k

        first = Scale()
        assert first.run(tl.ones(1)).item() == 2
        second = copy.copy(first)
        second.k = 5.0
        assert (second.run(tl.ones(1)).item(), first.run(tl.ones(1)).item()) == (5, 2)
        second.run = lambda x: x
        assert second.run(3) == 3
        del second.run
        assert second.run(tl.ones(1)).item() == 5
