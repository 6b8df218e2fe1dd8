"""What optimizers refuse, warn of, and leave alone."""

from __future__ import annotations

import inspect
from typing import Any

import numpy as np
import pytest

import tinygrad_lite as tl

from ..support.update_rules import SAMPLES, closure_of

RULES = [rule for rule in SAMPLES if rule != "LBFGS"]


def make(rule: str, params: Any, **options: Any) -> Any:
    return getattr(tl.optim, rule)(params, **options)


@pytest.mark.parametrize("rule", SAMPLES)
class TestGuards:
    def test_parameters(self, rule: str) -> None:
        p = tl.ones(1, requires_grad=True)
        assert len(make(rule, (q for q in [p])).param_groups[0]["params"]) == 1
        for params, error, message in [
            ([], ValueError, "empty parameter list"),
            ([p, p], ValueError, "more than once"),
            (p, TypeError, "iterable of Tensors"),
            ([p, 3.0], TypeError, "can only optimize Tensors"),
            ([p * 2], ValueError, "non-leaf"),
            ([{"params": {p}}], TypeError, "ordered collections"),
            ([{"params": [p]}, {"params": [p]}], ValueError, "more than one parameter group"),
            ([("a", p), tl.ones(1)], ValueError, "with/without names"),
            ([{"params": p}, [p]], TypeError, "must be a dict"),
            ([{"params": p, "l1_decay": -1.0}], ValueError, "l1_decay"),
        ]:
            with pytest.raises(error, match=message):
                make(rule, params)

    def test_a_retained_result_may_be_optimised(self, rule: str) -> None:
        x = tl.ones(1, requires_grad=True) * 2
        x.retain_grad()
        assert make(rule, [x]).param_groups[0]["params"] == [x]

    def test_options(self, rule: str) -> None:
        p = [tl.ones(1, requires_grad=True)]
        known = inspect.signature(getattr(tl.optim, rule)).parameters
        bad = {
            "lr": -1.0, "eps": -1.0, "momentum": -0.1, "weight_decay": -1.0, "alpha": -0.1, "rho": 1.5,
            "lr_decay": -1.0, "initial_accumulator_value": -1.0, "momentum_decay": -1.0,
        }  # fmt: skip
        if "fused" in known:
            with pytest.raises(RuntimeError, match="cannot be `True` together"):
                make(rule, p, fused=True, foreach=True)
        if "differentiable" in known:
            with pytest.raises(NotImplementedError, match="create_graph"):
                make(rule, p, differentiable=True)
        for name in set(bad) & set(known):
            with pytest.raises(ValueError, match="Invalid"):
                make(rule, p, **{name: bad[name]})
            with pytest.raises(ValueError, match="Invalid"):
                make(rule, p, **{name: float("nan")})
        for betas in ((1.0, 0.9), (0.9, -0.1)) if "betas" in known else ():
            with pytest.raises(ValueError, match="Invalid beta parameter at index"):
                make(rule, p, betas=betas)
        with pytest.raises(ValueError, match="1-element"):
            make(rule, p, lr=tl.ones(2))

    def test_a_rate_may_be_a_tensor_or_a_number_of_numpy(self, rule: str) -> None:
        ends = []
        for lr in (0.25, tl.tensor(0.25), np.float64(0.25), np.float32(0.25)):
            p = tl.ones(3, requires_grad=True)
            optimizer = make(rule, [p], lr=lr)
            optimizer.step(closure_of(tl, optimizer, [p]))
            assert p.dtype == tl.float32
            assert p.is_leaf
            for value in optimizer.state[p].values():
                assert not isinstance(value, tl.Tensor) or (value.dtype == tl.float32 and not value.requires_grad)
            ends.append(p.tolist())
        assert ends == [ends[0]] * 4
        assert ends[0] != [1.0] * 3

    def test_closure(self, rule: str) -> None:
        p = tl.tensor([2.0], requires_grad=True)
        optimizer = make(rule, [p], lr=0.1)
        with tl.no_grad():
            loss = optimizer.step(closure_of(tl, optimizer, [p]))
        assert loss.item() == pytest.approx(0.5 * 1.5**2 + 0.2 * np.sin(6) + 2 * 2)
        assert p.item() < 2.0


@pytest.mark.parametrize("rule", RULES)
def test_a_first_step_without_gradients_is_pointed_out(rule: str) -> None:
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
    (p**3).sum().backward(create_graph=True)
    optimizer.zero_grad(set_to_none=False)
    assert p.grad.grad_fn is None
    assert p.grad.tolist() == [0.0, 0.0]
    optimizer.zero_grad()
    assert p.grad is None
