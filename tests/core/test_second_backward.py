"""A second backward through the same graph: allowed where nothing was freed, an error elsewhere, as in PyTorch."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

import tinygrad_lite as tl


def twice(T: Any, result: Callable[[Any, Any], Any]) -> Any:
    """The gradient after two backwards, or "raises"."""
    x = T.tensor([[1.0, 2.0], [3.0, 4.0]], requires_grad=True)
    y = result(T, x)
    y.backward()
    try:
        y.backward()
    except RuntimeError as error:
        return "raises" if "retain_graph=True" in str(error) else error
    return x.grad.tolist()


def function(T: Any, saves: bool) -> Any:
    class Twice(T.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            if saves:
                ctx.save_for_backward(x)
            return x * 2

        @staticmethod
        def backward(ctx, g):
            return g * 2 + (0 * ctx.saved_tensors[0] if saves else 0)

    return Twice


def pair(T: Any) -> Any:
    class Pair(T.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            return x * 2, x * 3

        @staticmethod
        def backward(ctx, g, h):
            return g * 2 + h * 3

    return Pair


RESULTS: dict[str, Callable[[Any, Any], Any]] = {
    "add": lambda T, x: (x + x).sum(),
    "sub": lambda T, x: (x - x.detach()).sum(),
    "neg": lambda T, x: (-x).sum(),
    "mul": lambda T, x: (x * x).sum(),
    "mul by a constant": lambda T, x: (x * x.detach()).sum(),
    "mul by a number": lambda T, x: (x * 2).sum(),
    "div": lambda T, x: (x / 2).sum(),
    "pow": lambda T, x: (x**2).sum(),
    "exp": lambda T, x: x.exp().sum(),
    "relu": lambda T, x: x.relu().sum(),
    "matmul": lambda T, x: (x @ x).sum(),
    "linear": lambda T, x: T.nn.functional.linear(x, x).sum(),
    "where": lambda T, x: T.where(x > 0, x, 0.0).sum(),
    "mean": lambda T, x: x.mean(),
    "max": lambda T, x: x.max(),
    "item": lambda T, x: x[1, 1],
    "row": lambda T, x: x[0].sum(),
    "slice": lambda T, x: x[:1].sum(),
    "unbind": lambda T, x: x.unbind()[0].sum(),
    "rows by index": lambda T, x: x[T.tensor([0, 1])].sum(),
    "rows by mask": lambda T, x: x[x > 0].sum(),
    "view": lambda T, x: x.view(-1).sum(),
    "t": lambda T, x: x.t().sum(),
    "expand": lambda T, x: x.unsqueeze(0).expand(3, 2, 2).sum(),
    "cat": lambda T, x: T.cat([x, x]).sum(),
    "stack": lambda T, x: T.stack([x, x]).sum(),
    "roll": lambda T, x: x.roll(1).sum(),
    "flip": lambda T, x: x.flip(0).sum(),
    "pad": lambda T, x: T.nn.functional.pad(x, (1, 1)).sum(),
    "clone": lambda T, x: x.clone().sum(),
    "to": lambda T, x: x.to(T.float64).sum(),
    "Function": lambda T, x: function(T, saves=False).apply(x).sum(),
    "Function that saves": lambda T, x: function(T, saves=True).apply(x).sum(),
    "Function of two results": lambda T, x: pair(T).apply(x)[0].sum(),
}


@pytest.mark.parametrize("name", RESULTS)
def test_a_second_backward_pass_does_as_in_pytorch(name: str) -> None:
    torch = pytest.importorskip("torch")
    assert twice(tl, RESULTS[name]) == twice(torch, RESULTS[name])


def test_parts_taken_once_before_a_loop() -> None:
    theta = tl.tensor([1.0, 2.0], requires_grad=True)
    a, b = theta[0], theta[1]
    for _ in range(3):
        (a * b).backward()
    assert theta.grad.tolist() == [6.0, 3.0]
