"""`steps` is the backward pass: the same gradients to the bit, and the whole story of where they came from."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import tinygrad_lite as tl
from tinygrad_lite import nn
from tinygrad_lite.insight.graph_view import GraphView


def random_graph(seed: int, size: int) -> tuple[list[Any], Any]:
    """Some leaves, and a result that was made from them by `size` random operations."""
    rng = np.random.default_rng(seed)
    leaves = [tl.tensor(rng.normal(size=shape), requires_grad=True) for shape in ((3, 2), (2,), (3, 1), ())]
    values = list(leaves)
    for _ in range(size):
        x, y = (values[rng.integers(len(values))] for _ in range(2))
        kind = rng.integers(5)
        values.append([x + y, x * y, (x - y).sin(), x.tanh(), x.sum() * y][kind])
    return leaves, sum(value.sum() for value in values[-3:])


@given(seed=st.integers(0, 10**6), size=st.integers(1, 25))
def test_it_is_the_backward_pass_to_the_bit(seed: int, size: int) -> None:
    leaves, result = random_graph(seed, size)
    result.backward()
    expected = [None if x.grad is None else x.grad.numpy().tobytes() for x in leaves]
    leaves, result = random_graph(seed, size)
    for i, leaf in enumerate(leaves):
        leaf.name = f"x{i}"
    kept = GraphView(result).bytes
    steps = list(tl.insight.steps(result))
    assert [None if x.grad is None else x.grad.numpy().tobytes() for x in leaves] == expected
    arrived = {name: g for step in steps for name, g in step.arrived.items()}
    for i, g in enumerate(expected):
        assert (arrived[f"x{i}"].tobytes() if f"x{i}" in arrived else None) == g
    assert sum(step.freed for step in steps) == kept
    assert [step.number for step in steps] == sorted((step.number for step in steps), reverse=True)
    assert steps[-1].pending == ()


def test_what_waits() -> None:
    x = tl.tensor(2.0, requires_grad=True)
    y = x.exp()
    steps = list(tl.insight.steps(y * y + y.sin()))
    assert [step.name for step in steps] == ["add", "sin", "mul", "exp"]
    numbers = {step.name: step.number for step in steps}
    assert steps[0].pending == (numbers["sin"], numbers["mul"])
    assert steps[1].pending == (numbers["mul"], numbers["exp"])  # a part of exp's gradient waits
    assert steps[2].pending == (numbers["exp"],)
    assert steps[3].g is not None
    assert steps[3].g.item() == pytest.approx(2 * y.item() + np.cos(y.item()), rel=1e-6)
    assert str(steps[3]).startswith(f"#{numbers['exp']} exp ()  |g| ")


def test_the_arguments_of_backward() -> None:
    x = tl.tensor([1.0, 2.0], requires_grad=True)
    y = x * x
    steps = list(tl.insight.steps(y, tl.tensor([1.0, 10.0]), retain_graph=True))
    assert x.grad is not None
    assert x.grad.tolist() == [2, 40]
    assert sum(step.freed for step in steps) == 0
    list(tl.insight.steps(y.sum(), create_graph=True))
    assert x.grad.tolist() == [4, 44]
    assert x.grad.requires_grad
    with pytest.raises(RuntimeError, match="grad can be implicitly created only for scalar outputs"):
        next(tl.insight.steps(x * x))


def test_hooks_and_functions() -> None:
    class Swap(tl.autograd.Function):
        @staticmethod
        def forward(ctx: Any, x: Any, y: Any) -> Any:
            return y.clone(), x.clone()

        @staticmethod
        def backward(ctx: Any, g: Any, h: Any) -> Any:
            return h, g

    x, y = tl.ones(2, requires_grad=True), tl.ones(2, requires_grad=True)
    a, b = Swap.apply(x, y)
    a.register_hook(lambda g: g * 5)
    list(tl.insight.steps((a * 2 + b * 3).sum()))
    assert x.grad is not None
    assert y.grad is not None
    assert (x.grad.tolist(), y.grad.tolist()) == ([3, 3], [10, 10])


def test_a_network_with_names() -> None:
    tl.manual_seed(0)
    model = nn.Sequential(nn.Linear(3, 4), nn.ReLU(), nn.Linear(4, 2))
    loss = nn.functional.mse_loss(model(tl.randn(5, 3)), tl.zeros(5, 2))
    steps = list(tl.insight.steps(loss, model=model))
    assert {name for step in steps for name in step.arrived} == {name for name, _ in model.named_parameters()}
    assert steps[-3].rule == "dx = g weight, dweight = gᵀ x, dbias = Σ g"
    assert "linear.py:" in steps[-3].source[""]


def test_ten_thousand_steps() -> None:
    x = y = tl.tensor(0.5, requires_grad=True)
    for _ in range(10_000):
        y = y.sin()
    assert sum(1 for _ in tl.insight.steps(y)) == 10_000
    assert x.grad is not None
