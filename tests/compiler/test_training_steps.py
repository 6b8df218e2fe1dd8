"""Whole training steps, compiled: forward, backward, optimizer, dropout and running averages."""

from __future__ import annotations

import copy
import operator
from collections.abc import Callable
from typing import Any

import pytest

import tinygrad_lite as tl
from tinygrad_lite import nn
from tinygrad_lite.nn import functional as F

from ..support.compiled_scenarios import (
    Compile,
    Training,
    as_written,
    batches,
    network,
    raised,
    randn,
    replayed,
)


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

    def test_an_update_that_is_written_by_hand(self) -> None:
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
