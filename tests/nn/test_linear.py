"""Linear layers: against PyTorch, the book's initial weights, and errors that name the shapes."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import tinygrad_lite as tl
from tinygrad_lite import nn


@pytest.mark.parametrize("shape", [(4,), (3, 4), (2, 3, 4), (0, 4)])
def test_linear(shape: tuple[int, ...]) -> None:
    torch = pytest.importorskip("torch")

    def run(T: Any) -> list[Any]:
        T.manual_seed(0)
        layer = T.nn.Linear(4, 2, dtype=T.float64)
        x = T.tensor(np.random.default_rng(0).standard_normal(shape), requires_grad=True)
        y = layer(x)
        (y**2).sum().backward()
        return [t.detach().numpy() for t in (y, x.grad, layer.weight.grad, layer.bias.grad)]

    for ours, theirs in zip(run(tl), run(torch), strict=True):
        assert ours.shape == theirs.shape
        np.testing.assert_allclose(ours, theirs, rtol=1e-6, atol=1e-7)


@pytest.mark.parametrize(("init", "variance"), [("he", 2 / 400), ("xavier", 1 / 400), (0.01, 1e-4)])
def test_linear_started_as_the_book_does(init: Any, variance: float) -> None:
    tl.manual_seed(0)
    layer = nn.Linear(400, 300, init=init)
    n = layer.weight.numel()
    assert abs(layer.weight.mean().item()) < 4 * (variance / n) ** 0.5
    assert abs(layer.weight.var().item() / variance - 1) < 4 * (2 / n) ** 0.5
    assert not layer.bias.any()
    with pytest.raises(ValueError, match="init must be 'he' or 'xavier' or a std"):
        nn.Linear(2, 2, init="lecun")


def test_linear_names_the_shapes() -> None:
    with pytest.raises(RuntimeError, match=r"linear: .*\[2, 5\].*takes 3"):
        nn.Linear(3, 1)(tl.ones(2, 5))
    with pytest.raises(RuntimeError, match="same dtype"):
        nn.Linear(3, 1)(tl.ones(2, 3, dtype=tl.float64))


def test_uniform_initial_weights_are_within_one_over_the_root_and_the_bias_is_zero() -> None:
    tl.manual_seed(0)
    layer = nn.Linear(400, 300, init="uniform")
    weight = layer.weight.detach().numpy()
    assert np.abs(weight).max() <= 1 / 20
    assert np.abs(weight).max() > 0.999 / 20
    assert weight.std() == pytest.approx(1 / np.sqrt(3 * 400), rel=0.01)
    assert not layer.bias.any()
    assert nn.Linear(3, 2, bias=False, init="uniform").bias is None
