"""The backward pass through the results of a compiled function, and what must not change in between."""

from __future__ import annotations

import functools
from collections import namedtuple
from typing import Any

import numpy as np
import pytest

import tinygrad_lite as tl
from tinygrad_lite import nn
from tinygrad_lite.nn import functional as F

from ..support.compiled_scenarios import (
    Compile,
    as_written,
    forward_only,
    raised,
    randn,
    replayed,
)


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

    def test_a_derivative_that_is_taken_inside(self) -> None:
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


def test_gradients_of_one_of_two_results_are_the_same_to_the_bit() -> None:
    for seed in range(8):
        tl.manual_seed(seed)
        layer, x, target = nn.Linear(3, 3), tl.randn(8, 3), tl.randint(0, 3, (8,))

        def f(layer: Any = layer, x: Any = x, target: Any = target) -> Any:
            y = layer(x)
            return F.cross_entropy(y, target), (y * y).mean(), (y.exp() + y).sum()

        compiled = tl.compile(f, fullgraph=True)
        compiled()
        for some in ([0], [1], [0, 1], [1, 2], [0, 2], [0, 1, 2]):
            expected, found = (
                tl.autograd.grad(tl.stack([results[i] for i in some]).sum(), layer.bias)[0]
                for results in (f(), compiled())
            )
            assert found.equal(expected), (seed, some)
