"""Weight decay and L1 decay, by exact values; and which parameters they are for."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import tinygrad_lite as tl

from ..support.update_rules import RULES, bumpy, make, parameters


def penalised(rule: str, group: dict[str, Any], penalty: Callable[[Any], Any] | None) -> Any:
    """Where twenty steps lead, with a group's decay or with the penalty in the loss; the second group has neither."""
    w, b = parameters(tl, [(3, 4), (5,)])
    with tl.no_grad():
        w[0, 0] = 0.0
    optimizer = make(rule, [{"params": [w], **group}, {"params": [b]}], lr=0.01)
    for t in range(20):
        optimizer.zero_grad()
        loss = bumpy(tl, [w, b], t) + (penalty(w) if penalty else 0.0)
        loss.backward()
        optimizer.step()
    return np.concatenate([w.detach().numpy().ravel(), b.detach().numpy()])


APART = ("AdamW", "Adafactor", "Rprop")
"""Rules whose decay is no part of the gradient, or that look at its sign alone."""


@pytest.mark.parametrize("rule", [rule for rule in RULES if rule not in APART])
@pytest.mark.parametrize(
    ("group", "penalty"),
    [
        ({"l1_decay": 0.3}, lambda w: 0.3 * w.abs().sum()),
        ({"weight_decay": 0.3}, lambda w: 0.15 * (w * w).sum()),
        ({"l1_decay": 0.2, "weight_decay": 0.3}, lambda w: 0.2 * w.abs().sum() + 0.15 * (w * w).sum()),
    ],
)
def test_decay_is_the_gradient_of_its_penalty(rule: str, group: dict[str, Any], penalty: Any) -> None:
    decayed, loss = penalised(rule, group, None), penalised(rule, {}, penalty)
    np.testing.assert_allclose(decayed, loss, rtol=1e-12, atol=1e-12)
    assert np.abs(decayed - penalised(rule, {}, None))[1:12].min() > 1e-9
    np.testing.assert_array_equal(decayed[12:], penalised(rule, {}, None)[12:])


def test_l1_decay_by_hand() -> None:
    """From 1, -1 and 0 with lr = 0.1, λ = 0.5: 0.05 towards 0, and what is 0 stays; maximising changes g alone."""
    for maximize, gradient, expected in [
        (False, 0.0, [0.95, -0.95, 0.0]),
        (True, 0.0, [0.95, -0.95, 0.0]),
        (False, 1.0, [0.85, -1.05, -0.1]),
        (True, 1.0, [1.05, -0.85, 0.1]),
    ]:
        for recorded in (False, True):
            p = tl.tensor([1.0, -1.0, 0.0], dtype=tl.float64)
            p = p if recorded else p.requires_grad_()
            p.grad = tl.full((3,), gradient, dtype=tl.float64)
            group = {"params": p, "l1_decay": 0.5}
            tl.optim.SGD([group], lr=0.1, maximize=maximize, differentiable=recorded).step()
            assert p.tolist() == pytest.approx(expected, abs=1e-15)


def test_decoupled_decay_by_hand() -> None:
    """AdamW: 2 (1 - 0.1 · 0.5) and then a step of lr; without gradient 1.9 alone."""
    for gradient, expected in [(0.0, 1.9), (3.0, 1.8)]:
        p = tl.tensor([2.0], dtype=tl.float64, requires_grad=True)
        p.grad = tl.tensor([gradient], dtype=tl.float64)
        tl.optim.AdamW([p], lr=0.1, weight_decay=0.5).step()
        assert p.item() == pytest.approx(expected, abs=1e-8)


class Scale(tl.nn.Module):
    """Two-dimensional, but called bias; and one-dimensional."""

    def __init__(self) -> None:
        super().__init__()
        self.bias_map = tl.nn.Parameter(tl.ones(2, 2))
        self.gain = tl.nn.Parameter(tl.ones(2))
        self.kernel = tl.nn.Parameter(tl.ones(2, 2))


def test_decay_groups() -> None:
    model = tl.nn.Sequential(
        tl.nn.Linear(2, 3), tl.nn.BatchNorm1d(3), tl.nn.LayerNorm((2, 3)), tl.nn.Linear(3, 1, bias=False), Scale()
    )
    weights, others = tl.optim.decay_groups(model, 0.1, l1_decay=0.2)
    assert [name for name, _ in weights["params"]] == ["0.weight", "3.weight", "4.kernel"]
    assert {name for name, _ in others["params"]} == {
        "0.bias", "1.weight", "1.bias", "2.weight", "2.bias", "4.bias_map", "4.gain",
    }  # fmt: skip
    assert (weights["weight_decay"], weights["l1_decay"]) == (0.1, 0.2)
    assert (others["weight_decay"], others["l1_decay"]) == (0.0, 0.0)
    optimizer = tl.optim.SGD([weights, others], lr=0.1)
    assert len(optimizer.without_grad()) == 10
    assert len(tl.optim.decay_groups(tl.nn.Linear(2, 1, bias=False), 0.1)) == 1
    assert len(tl.optim.decay_groups(tl.nn.BatchNorm1d(2), 0.1)) == 1


@pytest.mark.parametrize("rule", APART)
def test_l1_decay_adds_its_sign_to_the_gradient(rule: str) -> None:
    """A step with the option is a step with g + λ sign(p), or with -g + λ sign(p) where f is maximized."""
    start, slopes, decay = [1.5, -2.0, 0.0, 0.3], [0.5, 1.0, -2.0, 0.25], 0.3
    for sign in (1, -1):
        ends = []
        for given in (True, False):
            p = tl.tensor(start, dtype=tl.float64, requires_grad=True)
            optimizer = make(rule, [p], lr=0.1)
            if given:
                optimizer.param_groups[0].update(l1_decay=decay, maximize=sign < 0)
            for _ in range(3):
                g = sign * np.array(slopes) if not given else np.array(slopes)
                p.grad = tl.tensor(g if given else g + decay * np.sign(p.detach().numpy()))
                optimizer.step()
            ends.append(p.tolist())
        assert ends[0] == pytest.approx(ends[1], rel=1e-12)
