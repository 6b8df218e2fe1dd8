"""Arguments of every kind, and what is returned."""

from __future__ import annotations

from collections import OrderedDict
from typing import Any

import numpy as np
import pytest

import tinygrad_lite as tl
from tinygrad_lite import nn
from tinygrad_lite.compiler import compiled as machinery
from tinygrad_lite.nn import functional as F

from ..support.compiled_scenarios import (
    Compile,
    Training,
    as_written,
    batches,
    raised,
    randn,
    replayed,
    story,
    told,
)

SCALE = 2.0


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
        size = len(f._calls)
        for n in range(100, 200):
            f(x, float(n))
        assert len(f._calls) == size

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
