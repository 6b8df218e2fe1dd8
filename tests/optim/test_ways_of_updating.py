"""Which way parameters take through an update where all ways give the same numbers: together, in pieces, or alone."""

from __future__ import annotations

import contextlib
from typing import Any

import numpy as np
import pytest

import tinygrad_lite as tl
from tinygrad_lite.optim.base import optimizer as base


class Watched(tl.optim.Optimizer):
    """Gradient descent that notes how many elements each pass has, and whether they are the parameters' own memory."""

    def __init__(self, params: Any) -> None:
        super().__init__(params, {"lr": 0.5})
        self.passes: list[tuple[int, bool]] = []

    def update_group(self, group: Any, flat_group: Any) -> None:
        for param, grad, _, (work, spare) in flat_group:
            assert param.size == grad.size == work.size == spare.size
            own = any(np.shares_memory(param, p._data) for p in self.param_groups[0]["params"])
            self.passes.append((param.size, own))
            param -= group["lr"] * grad


def passes(params: list[tl.Tensor]) -> list[tuple[int, bool]]:
    optimizer = Watched(params)
    before = [p.numpy().copy() for p in params]
    for p in params:
        p.requires_grad_()
        p.grad = tl.ones_like(p)
    optimizer.step()
    for p, start in zip(params, before, strict=True):
        assert np.array_equal(p.detach().numpy(), start - 0.5)
    return optimizer.passes


def test_which_parameters_are_gathered_and_which_are_cut_in_pieces() -> None:
    small, piece = 1 << 12, 1 << 15
    one_memory = tl.arange(6.0)
    fortran = tl.from_numpy(np.asfortranarray(np.zeros((70, 70), np.float32)))
    cases: list[tuple[list[tl.Tensor], list[tuple[int, bool]]]] = [
        ([tl.zeros(2), tl.zeros(3, 1), tl.zeros(())], [(6, False)]),
        ([tl.zeros(small), tl.zeros(1)], [(small + 1, False)]),
        ([tl.zeros(small + 1), tl.zeros(1), tl.zeros(1)], [(small + 1, True), (2, False)]),
        ([tl.zeros(small + 1), tl.zeros(small + 1)], [(small + 1, True)] * 2),
        ([tl.zeros(piece)], [(piece, True)]),
        ([tl.zeros(piece + 2)], [(piece, True), (2, True)]),
        ([tl.zeros(small) for _ in range(9)], [(piece, False), (small, False)]),
        ([tl.zeros(4000) for _ in range(9)], [(32000, False), (4000, False)]),
        ([one_memory[:3], one_memory[3:]], [(6, False)]),
        ([tl.zeros(2), tl.zeros(3, dtype=tl.float64)], [(2, False), (3, False)]),
        ([fortran], [(4900, False)]),
    ]
    for params, expected in cases:
        assert passes(params) == expected


def test_parameters_that_share_elements_are_not_gathered() -> None:
    one_memory = tl.zeros(4)
    params = [one_memory[:3].requires_grad_(), one_memory[2:].requires_grad_()]
    optimizer = Watched(params)
    for p in params:
        p.grad = tl.ones_like(p)
    optimizer.step()
    assert optimizer.passes == [(3, False), (2, False)]
    assert one_memory.tolist() == [-0.5, -0.5, -1.0, -0.5]


def test_plain_gradient_descent_gathers_nothing_unless_another_rule_is_applied() -> None:
    """A compiled step puts its own rule in the place of the optimizer's."""
    p = tl.ones(3, requires_grad=True)
    p.grad = tl.ones(3)
    optimizer = tl.optim.SGD([p], lr=0.5)
    optimizer.step()
    assert p.tolist() == [0.5] * 3
    assert not optimizer._partitions
    sizes = []
    optimizer._apply_rule = lambda group, flat_group: sizes.extend(param.size for param, *_ in flat_group)
    optimizer.step()
    assert sizes == [3]
    assert p.tolist() == [0.5] * 3


def test_the_context_around_a_step_is_the_one_that_was_added_last(monkeypatch: pytest.MonkeyPatch) -> None:
    entered: list[Any] = []

    def context(number: int) -> Any:
        @contextlib.contextmanager
        def around(optimizer: Any) -> Any:
            entered.append((number, optimizer, p.item()))
            yield
            entered.append((number, optimizer, p.item()))

        return around

    monkeypatch.setattr(base, "AROUND_STEPS", [context(1), context(2), context(3)])
    p = tl.ones(1, requires_grad=True)
    p.grad = tl.ones(1)
    optimizer = tl.optim.SGD([p], lr=0.5)
    optimizer.step()
    assert entered == [(3, optimizer, 1.0), (3, optimizer, 0.5)]


@pytest.mark.parametrize("rule", ["SGD", "Adam"])
def test_the_partition_is_kept_until_something_changes(rule: str) -> None:
    params = [tl.ones(3, requires_grad=True), tl.ones(2, requires_grad=True)]
    optimizer: Any = tl.optim.SGD(params, lr=0.5, momentum=0.9) if rule == "SGD" else tl.optim.Adam(params)
    kept = []
    for change in (None, None, "gradient", None, "memory", None):
        for p in params:
            p.grad = tl.ones_like(p)
        if change == "gradient":
            params[0].grad = None
        if change == "memory":
            params[1].data = tl.zeros(2)
        optimizer.step()
        kept.append(optimizer._partitions[0])
    assert [kept[i] is kept[i + 1] for i in range(5)] == [True, False, False, False, True]


def test_the_states_of_adagrad_exist_from_the_beginning() -> None:
    p = tl.ones(2, requires_grad=True)
    state = tl.optim.Adagrad([p], initial_accumulator_value=0.25).state[p]
    assert {name: value.tolist() for name, value in state.items()} == {"step": 0.0, "sum": [0.25, 0.25]}


def test_the_average_of_asgd_begins_with_the_latest_point() -> None:
    """With t0 = 0, λ = 0, lr = 0.5 and g = (1, -3), by hand: the first point, the second, the mean of second and third."""
    p = tl.tensor([1.0, -2.0], dtype=tl.float64, requires_grad=True)
    optimizer = tl.optim.ASGD([p], lr=0.5, lambd=0.0, t0=0.0)
    for average, share in (([0.5, -0.5], 1.0), ([0.0, 1.0], 1 / 2), ([-0.25, 1.75], 1 / 3)):
        p.grad = tl.tensor([1.0, -3.0], dtype=tl.float64)
        optimizer.step()
        state = optimizer.state[p]
        assert state["ax"].tolist() == average
        assert state["mu"].item() == pytest.approx(share)
    assert p.tolist() == [-0.5, 2.5]
