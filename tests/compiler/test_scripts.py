"""Scripts that PyTorch compiles do the same here."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import tinygrad_lite as tl

from ..support.compiled_scenarios import (
    Compile,
)


def training_script(torch: Any, compile: Compile) -> list[float]:
    """A script in PyTorch's words."""
    torch.manual_seed(0)
    model = torch.nn.Sequential(torch.nn.Linear(4, 8), torch.nn.Tanh(), torch.nn.Linear(8, 3))
    opt = torch.optim.SGD(model.parameters(), lr=0.5, momentum=0.9)
    x, y = torch.randn(12, 4), torch.arange(12) % 3
    call, losses = compile(model), []
    for i in range(6):
        opt.zero_grad()
        loss = torch.nn.functional.cross_entropy(call(x[: 12 - 3 * (i % 2)]), y[: 12 - 3 * (i % 2)])
        loss.backward()
        opt.step()
        losses.append(loss.item())
    return losses


def penalty_script(torch: Any, compile: Compile) -> list[float]:
    """Two results, of which one is used, and a scale that changes."""
    torch.manual_seed(0)
    w = torch.randn(5, requires_grad=True)
    found, scale = [], 1.0

    def parts(x: Any, scale: float) -> Any:
        return (x * w).sigmoid().sum() * scale, {"norm": w.norm()}

    f = compile(parts)
    for i in range(6):
        value, more = f(torch.arange(5.0) - i, scale)
        (value if i % 2 else more["norm"]).backward()
        scale += i // 3
        found += [value.item(), more["norm"].item(), *w.grad.tolist()]
    return found


@pytest.mark.parametrize("script", [training_script, penalty_script])
def test_a_script_does_what_it_does_with_pytorch(script: Callable[[Any, Compile], list[float]]) -> None:
    torch = pytest.importorskip("torch")
    expected = script(torch, functools.partial(torch.compile, backend="eager"))
    np.testing.assert_allclose(script(tl, functools.partial(tl.compile, fullgraph=True)), expected, rtol=2e-6)
