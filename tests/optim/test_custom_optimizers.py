"""Optimizers of a user's own, with a step of their own or with the hooks of the base class."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import pytest

import tinygrad_lite as tl

from ..support.update_rules import Plain


def test_a_rule_with_a_step_of_its_own() -> None:
    p = tl.ones(1, requires_grad=True)
    optimizer = Plain([p])
    p.grad = tl.ones(1)
    optimizer.step()
    assert p.item() == pytest.approx(0.9)
    assert optimizer.state_dict()["state"] == {0: {"seen": 1}}
    optimizer.load_state_dict(optimizer.state_dict())
    assert optimizer.state[p] == {"seen": 1}
    nothing = tl.optim.Optimizer([p], {"lr": 0.1})
    with pytest.raises(NotImplementedError, match="neither update"):
        nothing.step()


class Signs(tl.optim.Optimizer):
    """A rule that uses each of the hooks: p ← p - lr (sign of the running sum) · 2^(number of steps)."""

    state_scalars = ("step", "scale")

    def __init__(self, params: Any, lr: float = 0.1) -> None:
        super().__init__(params, {"lr": lr})

    def state_arrays(self, group: dict[str, Any]) -> tuple[str, ...]:
        return ("total",)

    def initial_value(self, name: str, group: dict[str, Any]) -> float:
        return 1.0 if name == "scale" else 0.0

    def update_group(self, group: dict[str, Any], flat_group: Any) -> None:
        flat_group.scalars["scale"] *= 2
        scale = float(flat_group.scalars["scale"][0])
        for param, grad, state, (work, _) in flat_group:
            state["total"] += grad
            param -= np.multiply(np.sign(state["total"], out=work), group["lr"] * scale, out=work)


def test_a_rule_with_the_hooks_of_the_base_class() -> None:
    params = [tl.zeros(2, requires_grad=True), tl.zeros(1, requires_grad=True), tl.zeros(100, 100, requires_grad=True)]
    optimizer = Signs(params)
    for grads in ([1.0, -2.0, 3.0], [-5.0, 1.0, 0.0]):
        for p, g in zip(params, grads, strict=True):
            p.grad = tl.full(p.shape, g)
        optimizer.step()
    # the totals are 1, -2, 3 and then -4, -1, 3
    assert [p.flatten()[0].item() for p in params] == pytest.approx([-0.2 + 0.4, 0.2 + 0.4, -0.2 - 0.4])
    state = optimizer.state_dict()["state"][1]
    assert {name: (value.tolist(), tuple(value.shape)) for name, value in state.items()} == {
        "step": (2.0, ()), "scale": (4.0, ()), "total": ([-1.0], (1,)),
    }  # fmt: skip


def test_entries_of_the_state_that_belong_to_no_parameter() -> None:
    torch = pytest.importorskip("torch")
    found = []
    for T in (tl, torch):
        p = T.ones(1, requires_grad=True)
        optimizer, second = T.optim.SGD([p], lr=0.1), T.optim.SGD([p], lr=0.1)
        optimizer.state["count"] = 1
        optimizer.state["history"] = [0.5]
        optimizer.state["nothing"] = {}
        saved = optimizer.state_dict()
        second.load_state_dict(saved)
        found.append((saved["state"], dict(second.state)))
    assert found[0] == found[1] == ({"count": 1, "history": [0.5], "nothing": {}},) * 2


# --------------------------------------------------------------------------------- the names of the hooks in version 0.1


def old_signs() -> type[tl.optim.Optimizer]:
    """The rule above as it was written for version 0.1."""

    class OldSigns(tl.optim.Optimizer):
        counts = ("step", "scale")

        def __init__(self, params: Any, lr: float = 0.1) -> None:
            super().__init__(params, {"lr": lr})

        def slots(self, group: dict[str, Any]) -> tuple[str, ...]:
            return ("total",)

        def start(self, name: str, group: dict[str, Any]) -> float:
            return 1.0 if name == "scale" else super().start(name, group)

        def begin(self, p: tl.Tensor, group: dict[str, Any]) -> bool:
            self.began = True
            return super().begin(p, group)

        def update(self, group: dict[str, Any], bundle: Any) -> None:
            bundle.counts["scale"] *= 2
            (rate,) = bundle.constants(group["lr"] * float(bundle.counts["scale"][0]))
            for _p, g, work, _spare, total in bundle:
                if bundle.fresh:
                    assert bundle.step == 1
                    assert not total.any()
                total += g
                _p -= np.multiply(np.sign(total, out=work), rate, out=work)

    return OldSigns


def test_an_optimizer_written_for_version_0_1_works_and_is_warned_of() -> None:
    with pytest.warns(DeprecationWarning, match="since version 0.2") as caught:
        cls = old_signs()
    new_names = ["update_group", "state_arrays", "initial_value", "init_state", "state_scalars"]
    assert [w.filename for w in caught] == [__file__] * 5
    assert all(f"is called {name}" in str(w.message) for w, name in zip(caught, new_names, strict=True))
    ends = []
    for rule in (cls, Signs):
        params = [tl.zeros(2, requires_grad=True), tl.zeros(100, 100, requires_grad=True)]
        optimizer: Any = rule(params)  # type: ignore[call-arg]  # wrong on purpose
        for g in (1.0, -2.0, 3.0):
            for p in params:
                p.grad = tl.full(p.shape, g)
            optimizer.step()
        again: Any = rule(params)  # type: ignore[call-arg]  # wrong on purpose
        again.load_state_dict(optimizer.state_dict())
        ends.append(([p.tolist() for p in params], again.state_dict()["state"][0]["total"].tolist(), rule.counts))
    assert ends[0] == ends[1]


@pytest.mark.filterwarnings("ignore:.*since version 0.2:DeprecationWarning")
def test_old_and_new_names_in_one_family_of_classes() -> None:
    calls = []

    class Old(tl.optim.Adam):
        def update(self, group: dict[str, Any], bundle: Any) -> None:
            calls.append(("Old", bundle.step))
            super().update(group, bundle)

    class Older(Old):
        def update(self, group: dict[str, Any], bundle: Any) -> None:
            calls.append(("Older", bundle.step))
            super().update(group, bundle)

    class New(Old):
        def update_group(self, group: dict[str, Any], flat_group: Any) -> None:
            calls.append(("New", flat_group.step))
            super().update_group(group, flat_group)

    ends = []
    for cls in (tl.optim.Adam, Old, Older, New):
        p = tl.ones(3, requires_grad=True)
        p.grad = tl.ones(3)
        optimizer = cls([p])
        optimizer.step()
        ends.append(p.tolist())
    assert ends == [ends[0]] * 4
    assert calls == [("Old", 1), ("Older", 1), ("Old", 1), ("New", 1), ("Old", 1)]


def test_the_warning_of_an_old_name_points_at_the_class() -> None:
    with pytest.warns(DeprecationWarning, match="since version 0.2") as seen:

        class Old(tl.optim.SGD):
            def slots(self, group: dict[str, Any]) -> tuple[str, ...]:
                return ()

    assert [w.filename for w in seen] == [__file__]


def test_methods_of_these_names_for_another_purpose_are_left_alone() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")

        class Own(tl.optim.Optimizer):
            slots = 3

            def step(self, closure: Any = None) -> Any:
                return self.update({"W": 1.0}, {"W": 0.5})

            def update(self, params: Any, grads: Any) -> Any:  # as the book has it
                return params["W"] - grads["W"]

    optimizer = Own([tl.ones(1)], {})
    assert optimizer.step() == 0.5
    optimizer.load_state_dict(optimizer.state_dict())


def test_the_books_update_is_answered_with_what_to_do() -> None:
    with pytest.raises(
        TypeError, match=r"SGD.update\(\) does not take parameters and gradients, .*backward\(\).* step\(\)"
    ):
        tl.optim.SGD([tl.ones(1)]).update({"W": 1.0}, {"W": 0.5})  # type: ignore[arg-type]  # wrong on purpose
    assert tl.optim.Adam([tl.ones(1)]).slots({"amsgrad": False}) == ("exp_avg", "exp_avg_sq")
    assert tl.optim.NAdam.counts == ("step", "mu_product")


def test_a_class_beside_the_optimizer_hears_of_subclasses_too() -> None:
    class Labelled:
        def __init_subclass__(cls, label: str = "", **kwargs: Any) -> None:
            super().__init_subclass__(**kwargs)
            cls.label = label  # type: ignore[attr-defined]  # set on the subclass

    class Own(tl.optim.SGD, Labelled, label="own"):
        pass

    assert Own.label == "own"  # type: ignore[attr-defined]  # set on the subclass
    groups = [{"params": [tl.ones(1)]}, {"params": [tl.ones(1)], "lr": 0.25}]
    lines = repr(Own(groups, lr=0.5)).splitlines()
    assert [line.strip() for line in lines if "Group" in line or "lr" in line] == [
        "Parameter Group 0", "lr: 0.5", "Parameter Group 1", "lr: 0.25",
    ]  # fmt: skip


def test_an_optimizer_around_another_one_without_init_of_its_own() -> None:
    """Wrappers such as Lookahead hold an optimizer, and never call `super().__init__`."""

    class Around(tl.optim.Optimizer):
        def __init__(self, optimizer: tl.optim.Optimizer) -> None:
            self.optimizer = optimizer
            self.param_groups, self.state = optimizer.param_groups, optimizer.state
            self.defaults = optimizer.defaults

        def step(self, closure: Any = None) -> Any:
            return self.optimizer.step(closure)

    p = tl.nn.Parameter(tl.ones(2))
    around = Around(tl.optim.SGD([p], lr=0.5))
    schedule = tl.optim.lr_scheduler.StepLR(around, 1, 0.5)
    for _ in range(2):
        p.grad = tl.ones(2)
        around.step()
        schedule.step()
    assert p.tolist() == [0.25, 0.25]  # 1 - 0.5 - 0.25
    around.zero_grad()
    assert p.grad is None
    with pytest.raises(TypeError):  # it has no place for hooks of its own, and none is lost silently
        around.register_step_pre_hook(lambda *args: None)
    assert "SGD" in repr(around.optimizer)
