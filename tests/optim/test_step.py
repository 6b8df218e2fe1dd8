"""What a step does for the parameters with and without a gradient, and what zero_grad does."""

from __future__ import annotations

import pytest

import tinygrad_lite as tl

from ..support.update_rules import RULES, make


@pytest.mark.parametrize("rule", RULES)
def test_a_first_step_without_gradients_warns(rule: str) -> None:
    p = tl.ones(1, requires_grad=True)
    optimizer = make(rule, [p])
    with pytest.warns(UserWarning, match="no parameter has a gradient") as caught:
        optimizer.step()
    assert caught[0].filename == __file__
    p.grad = tl.ones(1)
    optimizer.step()
    optimizer.zero_grad()
    optimizer.step()  # later it may be meant


@pytest.mark.parametrize("rule", RULES)
def test_parameters_without_gradient_are_left_alone_and_can_be_listed(rule: str) -> None:
    used, unused = tl.ones(1, requires_grad=True), tl.ones(1, requires_grad=True)
    optimizer = make(rule, [("used", used), ("unused", unused)], lr=0.1)
    optimizer.param_groups[0]["weight_decay"] = optimizer.param_groups[0]["l1_decay"] = 0.5
    before = {k: v.tolist() for k, v in optimizer.state.get(unused, {}).items()}
    used.sum().backward()
    assert optimizer.without_grad() == ["unused"]
    optimizer.step()
    assert unused.tolist() == [1.0]
    assert {k: v.tolist() for k, v in optimizer.state.get(unused, {}).items()} == before
    assert used.tolist() != [1.0]
    assert make(rule, [{"params": [used]}, {"params": [unused]}]).without_grad() == ["param_groups[1]['params'][0]"]


def test_zero_grad() -> None:
    p = tl.ones(2, requires_grad=True)
    optimizer = tl.optim.SGD([p, tl.ones(1, requires_grad=True)])
    p.grad = held = tl.full((2,), 3.0)
    optimizer.zero_grad(set_to_none=False)
    assert held.tolist() == p.grad.tolist() == [0.0, 0.0]
    with pytest.warns(UserWarning, match="create_graph"):
        (p**3).sum().backward(create_graph=True)
    optimizer.zero_grad(set_to_none=False)
    assert p.grad.grad_fn is None
    assert p.grad.tolist() == [0.0, 0.0]
    optimizer.zero_grad()
    assert p.grad is None
