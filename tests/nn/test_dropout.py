"""Dropout: what is dropped, how often, and the gradient."""

from __future__ import annotations

import pytest

import tinygrad_lite as tl
from tinygrad_lite import nn


def test_inverted() -> None:
    tl.manual_seed(0)
    y = nn.Dropout(0.3)(tl.ones(100_000))
    assert set(y.unique().tolist()) == {0.0, tl.tensor(1 / 0.7).item()}
    assert abs((y == 0).float().mean().item() - 0.3) < 5 * (0.3 * 0.7 / 100_000) ** 0.5


def test_certain_dropout_gives_zeros_and_finite_gradients() -> None:
    x = tl.ones(3, requires_grad=True)
    y = nn.Dropout(1.0)(x)
    y.sum().backward()
    assert y.tolist() == [0, 0, 0]
    assert x.grad.tolist() == [0, 0, 0]


def test_gradient_passes_where_the_value_did() -> None:
    x = tl.ones(50, requires_grad=True)
    y = nn.Dropout(0.5)(x)
    y.sum().backward()
    assert x.grad.equal(y)


def test_same_seed_same_mask_and_generator() -> None:
    masks = []
    for _ in range(2):
        generator = tl.Generator().manual_seed(5)
        masks.append(nn.functional.dropout(tl.ones(40), 0.5, generator=generator).tolist())
    assert masks[0] == masks[1]


@pytest.mark.parametrize("p", [-0.1, 1.1])
def test_no_probability(p: float) -> None:
    with pytest.raises(ValueError, match="has to be between 0 and 1"):
        nn.Dropout(p)
