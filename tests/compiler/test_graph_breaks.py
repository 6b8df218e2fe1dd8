"""What no program can do runs as it is written, with a warning that says why and where; and errors."""

from __future__ import annotations

import functools
from typing import Any

import numpy as np
import pytest

import tinygrad_lite as tl
from tinygrad_lite import nn
from tinygrad_lite.core.modes import state
from tinygrad_lite.nn import functional as F

from ..support.compiled_scenarios import (
    Compile,
    Training,
    as_written,
    batches,
    raised,
    randn,
    replayed,
)


class TestGraphBreaks:
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

        as_written(scenario, "test_graph_breaks.py:")

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
            UserWarning, match=rf"looking\(\).*values are read by Python.*test_graph_breaks\.py:{line}"
        ) as caught:
            tl.compile(looking)(tl.ones(3))
        assert caught[0].filename == __file__
        with pytest.raises(RuntimeError, match=rf"looking\(\).*test_graph_breaks\.py:{line}"):
            tl.compile(looking, fullgraph=True)(tl.ones(3))

    def test_bins_with_a_range_are_part_of_a_program(self) -> None:
        """Where the bins lie is known then; without one it depends on the values, and the message says so."""

        def scenario(compile: Compile) -> Any:
            ends = compile(lambda x: tl.histogram(x, 3, range=(0.0, 6.0), weight=x).hist * x[0])
            edges = compile(lambda x: tl.histogram(x, tl.tensor([0.0, 1.0, 4.0]))[0] * x[0])
            return [f(tl.arange(4.0) + i) for f in (ends, edges) for i in range(3)]

        replayed(scenario, times=4)
        with pytest.warns(UserWarning, match="where the bins lie depends on the values: give range="):
            tl.compile(lambda x: tl.histogram(x, 3).hist)(tl.ones(3))

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

    def test_keep_their_class_and_message(self) -> None:
        def message(f: Any, x: tl.Tensor) -> str:
            error = raised(f, x)
            return f"{type(error).__name__}: {error}"

        for model, good, bad in (
            (nn.Sequential(nn.Linear(2, 3)), tl.ones(4, 2), tl.ones(4, 5)),
            (nn.Sequential(nn.Embedding(3, 2)), tl.tensor([0, 1]), tl.tensor([0, 7])),
        ):
            functions: list[Any] = [model, lambda x, model=model: model(x) * 2]
            for function in functions:
                compiled = tl.compile(function, fullgraph=True)
                compiled(good)
                assert message(compiled, bad) == message(function, bad)
        assert message(compiled, bad).endswith(", in 0 (Embedding)")

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
