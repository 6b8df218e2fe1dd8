"""Steps that are recorded (`differentiable=True`): their derivatives against numerical ones, and against PyTorch's."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import tinygrad_lite as tl

from ..support.update_rules import CASES, OURS, WHOLE

RECORDED = [case for case in CASES if case[0] not in (*OURS, *WHOLE)]
LENGTHS_IN_STATE = ("ASGD", "Rprop")
"""Rules that keep the learning rate, or what becomes of it, in the state: there is no derivative by it, as in PyTorch."""
VALUES = [[0.5, -1.5, 2.0], [1.0, -2.0, 0.5], 0.1]
"""The parameter before the steps, what the gradients are made of, and the learning rate."""


def after_steps(T: Any, rule: str, options: dict[str, Any], p: Any, g: Any, lr: Any, **more: Any) -> Any:
    """The loss after three steps, as a function of the parameter, the gradients and the learning rate."""
    x = p.clone()
    optimizer = getattr(T.optim, rule)([x], lr=lr, **options, **more)
    for i in range(3):
        x.grad = g * (i + 1) ** 2 - i
        optimizer.step()
    return (x**2).sum()


def derivatives(T: Any, rule: str, options: dict[str, Any], tensor_lr: bool = True) -> list[Any]:
    p, g, lr = (T.tensor(x, dtype=T.float64, requires_grad=True) for x in VALUES)
    loss = after_steps(T, rule, options, p, g, lr if tensor_lr else VALUES[2], differentiable=True)
    return [loss.item(), *(x.tolist() for x in T.autograd.grad(loss, [p, g, lr] if tensor_lr else [p, g]))]


@pytest.mark.parametrize(("rule", "options"), RECORDED)
def test_derivatives_of_three_steps(rule: str, options: dict[str, Any]) -> None:
    options = {name: value for name, value in options.items() if name != "foreach"}

    def plain(*values: Any) -> float:
        with tl.no_grad():
            p, g = (tl.tensor(x, dtype=tl.float64) for x in values[:2])
            return float(after_steps(tl, rule, options, p, g, float(values[2])))

    loss, *found = derivatives(tl, rule, options, tensor_lr=rule not in LENGTHS_IN_STATE)
    assert loss == pytest.approx(plain(*VALUES), rel=1e-12)
    for i, slopes in enumerate(found):
        assert np.allclose(slopes, numerical(plain, i), rtol=1e-5, atol=1e-7), i


def numerical(f: Callable[..., float], which: int, h: float = 1e-5) -> Any:
    """The derivative of f by one of its arguments, by differences."""
    x = np.array(VALUES[which])
    slopes = np.empty(x.size)
    for j in range(x.size):
        step = np.zeros(x.size)
        step[j] = h
        up, down = (f(*VALUES[:which], x + s * step.reshape(x.shape), *VALUES[which + 1 :]) for s in (1, -1))
        slopes[j] = (up - down) / (2 * h)
    return slopes.reshape(x.shape)


# PyTorch detaches the first velocity of SGD, and elsewhere overwrites what its own backward pass then needs.
PYTORCHS = [
    (rule, options)
    for rule, options in RECORDED
    if rule not in ("Adamax", "Rprop") and not {"momentum", "amsgrad", "centered"} & set(options)
]


@pytest.mark.parametrize(("rule", "options"), PYTORCHS)
def test_derivatives_are_pytorchs_where_it_has_them(rule: str, options: dict[str, Any]) -> None:
    torch = pytest.importorskip("torch")
    options = {name: value for name, value in options.items() if name != "foreach"}
    theirs = derivatives(torch, rule, options, tensor_lr=False)
    for ours, other in zip(derivatives(tl, rule, options, tensor_lr=False), theirs, strict=True):
        assert np.allclose(ours, other, rtol=1e-4, atol=1e-8)  # PyTorch counts the steps in float32 here


def test_other_options_may_require_a_gradient_too() -> None:
    weight_decay = tl.tensor(0.1, dtype=tl.float64, requires_grad=True)
    beta = tl.tensor(0.9, dtype=tl.float64, requires_grad=True)
    p = tl.tensor([1.0], dtype=tl.float64, requires_grad=True)
    x = p.clone()
    optimizer = tl.optim.SGD([x], lr=0.1, weight_decay=weight_decay, differentiable=True)
    x.grad = tl.zeros(1, dtype=tl.float64)
    optimizer.step()  # x = p (1 - 0.1 λ)
    assert tl.autograd.grad(x.sum(), [p, weight_decay])[1].item() == pytest.approx(-0.1)
    x = p.clone()
    optimizer = tl.optim.Adam([x], lr=0.1, betas=(beta, 0.99), differentiable=True)
    for slope in (1.0, 2.0):
        x.grad = tl.tensor([slope], dtype=tl.float64)
        optimizer.step()
    # At the second step m̂ = (β + 2) / (1 + β), of which the derivative is -1 / (1 + β)².
    v = (0.99 + 4) / 1.99
    assert tl.autograd.grad(x.sum(), [beta])[0].item() == pytest.approx(0.1 / 1.9**2 / np.sqrt(v), rel=1e-6)
    x = p.clone()
    x.grad = tl.ones(1, dtype=tl.float64)
    with pytest.raises(NotImplementedError, match="betas and momentum_decay"):
        tl.optim.NAdam([x], betas=(beta, 0.99), differentiable=True).step()


def test_the_l1_decay_may_require_a_gradient_too() -> None:
    """x = p - r (g + λ sign(p)): the derivatives by λ and r are -r sign(p) and -(g + λ sign(p)), and 1 by p."""
    p, g, decay, rate = (
        tl.tensor(x, dtype=tl.float64, requires_grad=True) for x in ([0.5, -1.5], [1.0, 2.0], 0.3, 0.1)
    )
    x = p.clone()
    x.grad = g.clone()
    tl.optim.SGD([{"params": [x], "l1_decay": decay}], lr=rate, differentiable=True).step()
    assert x.tolist() == pytest.approx([0.5 - 0.1 * 1.3, -1.5 - 0.1 * 1.7])
    by_p, by_g, by_decay, by_rate = tl.autograd.grad((x * tl.tensor([1.0, 3.0])).sum(), [p, g, decay, rate])
    assert [by_p.tolist(), by_g.tolist()] == [[1.0, 3.0], pytest.approx([-0.1, -0.3])]
    assert [by_decay.item(), by_rate.item()] == pytest.approx([-0.1 + 0.3, -1.3 - 3 * 1.7])


def test_a_learning_rate_of_one_element_has_no_dimensions() -> None:
    rate = tl.tensor([0.1], requires_grad=True)
    x = tl.ones(()).requires_grad_().clone()
    x.grad = tl.ones(())
    optimizer = tl.optim.SGD([x], lr=rate, differentiable=True)
    optimizer.step()
    assert (x.shape, tl.autograd.grad(x, rate)[0].tolist()) == ((), [-1.0])
    optimizer.param_groups[0]["lr"] = tl.tensor([0.1, 0.2], requires_grad=True)
    with pytest.raises(ValueError, match="Tensor lr must be 1-element"):
        optimizer.step()


def test_a_leaf_cannot_be_overwritten() -> None:
    p = tl.nn.Parameter(tl.ones(1))
    p.grad = tl.ones(1)
    with pytest.raises(RuntimeError, match="a leaf Variable that requires grad is being used in an in-place operation"):
        tl.optim.SGD([p], differentiable=True).step()
    with pytest.raises(ValueError, match="non-leaf"):
        tl.optim.SGD([p * 2])
    with pytest.raises(RuntimeError, match="`fused` does not support `differentiable`"):
        tl.optim.SGD([p], fused=True, differentiable=True)


def test_the_state_goes_on_and_groups_may_differ() -> None:
    a, b = tl.ones(2, requires_grad=True), tl.ones(2, requires_grad=True)
    x, y = a.clone(), tl.nn.Parameter(tl.ones(2))
    optimizer = tl.optim.Adam([{"params": [x]}, {"params": [y], "differentiable": False}], differentiable=True)
    for _ in range(2):
        x.grad, y.grad = b * 3, tl.full((2,), 3.0)
        optimizer.step()
    assert x.allclose(y)
    assert y.is_leaf
    assert optimizer.state[x]["step"].item() == 2
    assert optimizer.state[x]["exp_avg"].requires_grad
    assert not optimizer.state[y]["exp_avg"].requires_grad
