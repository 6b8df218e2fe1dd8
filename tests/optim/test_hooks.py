"""Hooks of optimizers: around a step, and around saving and loading a state."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

import tinygrad_lite as tl
from tinygrad_lite.optim.base import optimizer as base
from tinygrad_lite.optim.base.optimizer import required

from ..support.update_rules import Plain, closure_of


def test_step_hooks_run_around_every_kind_of_step() -> None:
    for cls in (tl.optim.SGD, tl.optim.LBFGS, Plain):
        p, seen = tl.ones(1, requires_grad=True), []
        optimizer = cls([p], lr=0.1)
        p.grad = tl.ones(1)

        def note(when: str, seen: Any = seen) -> Any:
            return lambda opt, args, kwargs: seen.append((when, type(opt), args[0] is opt, len(args)))

        before = optimizer.register_step_pre_hook(note("before"))
        after = optimizer.register_step_post_hook(note("after"))
        optimizer.step(closure_of(tl, optimizer, [p]))
        before.remove()
        optimizer.step(closure_of(tl, optimizer, [p]))
        after.remove()
        optimizer.step(closure_of(tl, optimizer, [p]))
        assert seen == [("before", cls, True, 2), ("after", cls, True, 2), ("after", cls, True, 2)]  # as in PyTorch


def test_a_pre_hook_may_change_the_arguments() -> None:
    p = tl.ones(1, requires_grad=True)
    optimizer = tl.optim.SGD([p], lr=0.1)
    handle = optimizer.register_step_pre_hook(lambda opt, args, kwargs: ((closure_of(tl, opt, [p]),), {}))
    assert optimizer.step() is not None
    handle.remove()
    handle = optimizer.register_step_pre_hook(lambda opt, args, kwargs: ((opt, closure_of(tl, opt, [p])), {}))
    assert optimizer.step() is not None
    handle.remove()
    optimizer.register_step_pre_hook(lambda opt, args, kwargs: 3)
    with pytest.raises(RuntimeError, match="pre-hook must return None or"):
        optimizer.step()


def test_state_dict_hooks() -> None:
    torch = pytest.importorskip("torch")
    found = []
    for T in (tl, torch):
        p, seen = T.ones(1, requires_grad=True), []
        optimizer = T.optim.SGD([p], lr=0.5)

        def note(name: str, seen: Any = seen) -> Any:
            return lambda *args: seen.append((name, len(args)))

        optimizer.register_state_dict_pre_hook(note("second"))
        optimizer.register_state_dict_pre_hook(note("first"), prepend=True)
        optimizer.register_state_dict_post_hook(lambda opt, state: {**state, "more": 1})
        optimizer.register_load_state_dict_pre_hook(note("before"))
        handle = optimizer.register_load_state_dict_pre_hook(
            lambda opt, state: {**state, "param_groups": [{**state["param_groups"][0], "lr": 0.25}]}
        )
        optimizer.register_load_state_dict_post_hook(note("after"))
        state = optimizer.state_dict()
        optimizer.load_state_dict(state)
        rates = [optimizer.param_groups[0]["lr"]]
        handle.remove()
        optimizer.load_state_dict(state)
        found.append((seen, state["more"], [*rates, optimizer.param_groups[0]["lr"]]))
    assert found[0] == found[1]


def test_an_optimizer_that_is_written_as_pytorchs_are() -> None:
    """With a step that is decorated, and an option that must be given."""
    found = []

    class Decorated(tl.optim.Optimizer):
        def __init__(self, params: Any, lr: Any = required) -> None:
            super().__init__(params, {"lr": lr})

        @tl.optim.Optimizer.profile_hook_step
        def step(self, closure: Any = None) -> Any:
            return "stepped"

    p = tl.ones(1, requires_grad=True)
    with pytest.raises(
        ValueError, match="parameter group didn't specify a value of required optimization parameter lr"
    ):
        Decorated([p])
    assert repr(required) == "<required parameter>"
    optimizer = Decorated([{"params": [p], "lr": 0.1}])
    optimizer.register_step_post_hook(lambda opt, args, kwargs: found.append(len(args)))
    assert optimizer.step() == "stepped"
    assert found == [1]


def test_hooks_before_a_state_is_loaded_may_replace_it_or_change_it() -> None:
    p = tl.ones(1, requires_grad=True)
    optimizer = tl.optim.SGD([p], lr=0.5)
    state = optimizer.state_dict()

    def replaced(optimizer: Any, state: Any) -> Any:
        return {**state, "param_groups": [{**state["param_groups"][0], "lr": 0.25}]}

    def changed(optimizer: Any, state: Any) -> None:
        state["param_groups"] = [{**state["param_groups"][0], "momentum": 0.75}]

    for hook, name, value in ((replaced, "lr", 0.25), (changed, "momentum", 0.75)):
        handle = optimizer.register_load_state_dict_pre_hook(hook)
        optimizer.load_state_dict(state)
        assert optimizer.param_groups[0][name] == value
        handle.remove()


def test_a_step_that_is_timed_is_given_its_closure(monkeypatch: pytest.MonkeyPatch) -> None:
    p, seen = tl.ones(1, requires_grad=True), []
    p.grad = tl.ones(1)
    optimizer = tl.optim.SGD([p], lr=0.5)

    @contextmanager
    def timed(given: Any) -> Iterator[None]:
        seen.append(given)
        yield

    monkeypatch.setattr(base, "AROUND_STEPS", [timed])
    assert optimizer.step(lambda: 3.0) == 3.0
    assert seen == [optimizer]
