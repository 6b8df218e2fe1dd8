"""Layers: derivatives by numbers, what a norm does not see, tables of vectors, and the book's starting weights."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

import hypothesis.strategies as st
import numpy as np
import pytest
from hypothesis import given

import tinygrad_lite as tl
from tinygrad_lite import nn

from ..support.layer_checks import check_derivatives

# What is no layer, and has tests of its own.
ELSEWHERE = [
    "layers.activation", "layers.rectifier", "layers.softmax", "losses.loss", "losses.margin", "module.module",
    "module.parameter", "module.containers", "module.parameter_containers",
]  # fmt: skip


def floats(*shape: int) -> Callable[[Any], Any]:
    return lambda rng: rng.standard_normal(shape) * 2 + 1


def words(*shape: int) -> Callable[[Any], Any]:
    return lambda rng: rng.integers(0, 3, shape)


# For each layer, how to make it and what it is called with. What norms divide by is kept from 0 by their eps.
LAYERS: dict[str, list[tuple[Callable[[], Any], list[Callable[[Any], Any]]]]] = {
    "Linear": [(lambda: nn.Linear(3, 2), [floats(2, 3)]), (lambda: nn.Linear(3, 2, bias=False), [floats(3)])],
    "Bilinear": [
        (lambda: nn.Bilinear(2, 3, 2), [floats(2, 2), floats(2, 3)]),
        (lambda: nn.Bilinear(2, 1, 2, bias=False), [floats(2, 2, 2), floats(2, 2, 1)]),
    ],
    "Identity": [(nn.Identity, [floats(2)])],
    "Flatten": [(nn.Flatten, [floats(2, 2, 1)])],
    "Unflatten": [(lambda: nn.Unflatten(1, (2, -1)), [floats(2, 4)])],
    "Embedding": [
        (lambda: nn.Embedding(3, 2), [words(2, 2)]),
        (lambda: nn.Embedding(4, 2, padding_idx=3), [words(3)]),  # the padding is not asked for
    ],
    "BatchNorm1d": [
        (lambda: nn.BatchNorm1d(2, eps=0.1), [floats(3, 2)]),
        (lambda: nn.BatchNorm1d(2, affine=False, eps=0.1), [floats(2, 2, 2)]),
        (lambda: nn.BatchNorm1d(2, track_running_stats=False, eps=0.1), [floats(3, 2)]),
    ],
    "LayerNorm": [
        (lambda: nn.LayerNorm(3, eps=0.1), [floats(2, 3)]),
        (lambda: nn.LayerNorm((2, 2), eps=0.1, bias=False), [floats(2, 2, 2)]),
        (lambda: nn.LayerNorm(3, eps=0.1, elementwise_affine=False), [floats(1, 2, 3)]),
    ],
    "GroupNorm": [
        (lambda: nn.GroupNorm(2, 4, eps=0.1), [floats(2, 4)]),
        (lambda: nn.GroupNorm(1, 2, eps=0.1, affine=False), [floats(2, 2, 2)]),
    ],
    "RMSNorm": [
        (lambda: nn.RMSNorm(3, eps=0.1), [floats(2, 3)]),
        (lambda: nn.RMSNorm((2, 2), eps=0.1, elementwise_affine=False), [floats(1, 2, 2)]),
    ],
    "Dropout": [(lambda: nn.Dropout(0.4), [floats(3, 2)])],
    "AlphaDropout": [(lambda: nn.AlphaDropout(0.4), [floats(3, 2)])],
}


def test_every_layer_is_derived_by_numbers() -> None:
    elsewhere = {f"tinygrad_lite.nn.{home}" for home in ELSEWHERE}
    assert set(LAYERS) == {
        name for name in nn.__all__ if inspect.isclass(x := getattr(nn, name)) and x.__module__ not in elsewhere
    }


@pytest.mark.parametrize("training", [True, False], ids=["train", "eval"])
@pytest.mark.parametrize(("name", "which"), [(name, i) for name, cases in LAYERS.items() for i in range(len(cases))])
@given(seed=st.integers(0, 2**32 - 1))
def test_derivatives(name: str, which: int, training: bool, seed: int) -> None:
    make, draws = LAYERS[name][which]
    rng = np.random.default_rng(seed)
    layer = make().train(training)
    with tl.no_grad():
        for x in (*layer.parameters(), *(b for b in layer.buffers() if b.is_floating_point())):
            x.copy_(tl.tensor(rng.uniform(0.5, 1.5, tuple(x.shape))))
    check_derivatives(layer, tuple(draw(rng) for draw in draws), seed % 1000)


@given(
    x=st.integers(0, 2**32 - 1).map(lambda s: np.random.default_rng(s).standard_normal((4, 6))),
    groups=st.sampled_from([1, 2, 3, 6]),
)
def test_norms_of_shifted_and_scaled_inputs(x: Any, groups: int) -> None:
    """A norm does not see a shift or a scale of what it normalises; and its result has mean 0 and variance 1."""
    for layer in (nn.LayerNorm(6, eps=0.0), nn.GroupNorm(1, 6, eps=0.0), nn.BatchNorm1d(6, eps=0.0)):
        layer.double()
        y = layer(tl.tensor(x))
        np.testing.assert_allclose(layer(tl.tensor(x * 3 - 5)).detach(), y.detach(), rtol=1e-9, atol=1e-9)
        dim = 0 if isinstance(layer, nn.BatchNorm1d) else 1
        np.testing.assert_allclose(y.detach().mean(dim), 0, atol=1e-12)
        np.testing.assert_allclose(y.detach().var(dim, correction=0), 1, rtol=1e-9)
    y = nn.GroupNorm(groups, 6, eps=0.1, affine=False)(tl.tensor(x)).reshape(4, groups, -1)
    np.testing.assert_allclose(y.mean(2), 0, atol=1e-12)
    y = nn.RMSNorm(6, eps=0.0).double()(tl.tensor(x))
    np.testing.assert_allclose((y * y).detach().mean(1), 1, rtol=1e-12)


def test_a_layer_norm_far_from_0_is_as_precise_as_its_input() -> None:
    x = np.random.default_rng(0).standard_normal((5, 40)).astype(np.float32) + np.float32(1000)
    ours = nn.LayerNorm(40)(tl.tensor(x)).detach().numpy()
    exact = nn.LayerNorm(40).double()(tl.tensor(x.astype(float))).detach().numpy()
    np.testing.assert_allclose(ours, exact, atol=1e-4)  # a float32 near 1000 is within 3e-5


def test_padding_learns_nothing_and_is_scaled_by_nothing() -> None:
    layer = nn.Embedding(3, 2, padding_idx=0, scale_grad_by_freq=True)
    assert not layer.weight[0].any()
    (layer(tl.tensor([0, 1, 1, 2])) * tl.tensor([1.0, 2.0, 4.0, 8.0]).unsqueeze(1)).sum().backward()
    assert layer.weight.grad.tolist() == [[0, 0], [3, 3], [8, 8]]


def test_from_pretrained() -> None:
    table = tl.tensor([[1.0, 2.0], [3.0, 4.0]])
    layer = nn.Embedding.from_pretrained(table, padding_idx=0)
    assert not layer.weight.requires_grad
    assert layer.weight.equal(table)
    assert (layer.num_embeddings, layer.embedding_dim, layer.padding_idx) == (2, 2, 0)
    assert nn.Embedding.from_pretrained(table, freeze=False).weight.requires_grad


def test_sparse_gradients_are_refused() -> None:
    with pytest.raises(NotImplementedError, match="no sparse gradients here; leave sparse=False"):
        nn.Embedding(3, 2, sparse=True)(tl.tensor([1]))


def test_renormalising_a_table_is_noticed() -> None:
    """max_norm writes to the table, which an earlier result may need for its derivative."""
    layer = nn.Embedding(3, 2, max_norm=0.1)
    nn.init.ones_(layer.weight)  # a random row may be short enough already
    earlier = (layer.weight * layer.weight).sum()
    layer(tl.tensor([0]))
    with pytest.raises(RuntimeError, match="modified by an inplace operation"):
        earlier.backward()


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
