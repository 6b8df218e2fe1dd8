"""Random programs of operations on arguments and Tensors from outside."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import tinygrad_lite as tl
from tinygrad_lite.nn import functional as F

from ..support.compiled_scenarios import (
    Compile,
    randn,
    replayed,
    told,
)


def wide(x: tl.Tensor) -> tl.Tensor:
    return x.expand(3, 3)


UNARY: list[Callable[[Any], Any]] = [
    lambda a: a.sin(), lambda a: a.exp() * 0.1, lambda a: a.tanh(), lambda a: -a, lambda a: a.relu(), lambda a: a.T,
    lambda a: wide(a.sum(0, keepdim=True)), lambda a: a.reshape(9).reshape(3, 3), lambda a: a.softmax(1), lambda a: a.clone(),
    lambda a: a.detach(), lambda a: wide(a[1:2]), lambda a: a.abs().sqrt(), lambda a: a.contiguous(), lambda a: wide(a.mean()),
]  # fmt: skip
BINARY: list[Callable[[Any, Any], Any]] = [
    lambda a, b: a + b, lambda a, b: a * b, lambda a, b: a @ b, lambda a, b: a - b, lambda a, b: tl.maximum(a, b),
    lambda a, b: F.linear(a, b, b[0]), lambda a, b: tl.where(a > b, a, b), lambda a, b: tl.cat([a, b])[1:4],
    lambda a, b: tl.stack([a, b]).sum(0),
]  # fmt: skip


@pytest.mark.parametrize("seed", range(60))
def test_random_programs(seed: int) -> None:
    """Operations on two arguments and two Tensors from outside; some of the results are walked back from."""
    rng = np.random.default_rng(seed)
    steps = [(UNARY[rng.integers(len(UNARY))], 1) if rng.random() < 0.5 else (BINARY[rng.integers(len(BINARY))], 2)
             for _ in range(rng.integers(2, 9))]  # fmt: skip
    places = [[(rng.random(), rng.random() < 0.6) for _ in range(count)] for _, count in steps]
    outputs = [1 + int(rng.integers(len(steps))) for _ in range(rng.integers(1, 4))]
    picked = [[i for i in range(len(outputs)) if rng.random() < 0.7] for _ in range(4)]
    grads, in_place = rng.random(2) < 0.5, rng.random() < 0.3

    def scenario(compile: Compile) -> Any:
        w, v = randn(3, 3, seed=7, grad=True), randn(3, 3, seed=8, grad=True)

        @compile
        def f(x: tl.Tensor, y: tl.Tensor) -> Any:
            values = [x, y, w, v]
            for (step, _), where in zip(steps, places, strict=True):
                values.append(step(*[values[-1 if latest else int(at * len(values))] for at, latest in where]))
            if in_place:
                z = values[-1].clone()
                z.mul_(2)
                z[0] = v[1]
                values.append(z)
            return [values[-i].clone() for i in outputs]

        found = []
        for i, pick in enumerate(picked):
            x, y = randn(3, 3, seed=i, grad=bool(grads[0])), randn(3, 3, seed=i + 20, grad=bool(grads[1]))
            w.grad = v.grad = None
            results = f(x, y)
            roots = [results[k].sum() for k in pick if results[k].requires_grad]
            if roots:
                tl.autograd.backward(roots)
            found.append(told((results, x, y, w.grad, v.grad)))
        return found

    replayed(scenario, times=3)
