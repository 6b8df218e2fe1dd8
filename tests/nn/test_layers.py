"""Every layer's first and second derivatives by numerical differences."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import hypothesis.strategies as st
import numpy as np
import pytest
from hypothesis import given

import tinygrad_lite as tl
from tinygrad_lite import nn

from ..support.function_checks import check_function, check_layer
from ..support.public_classes import defined_in
from .test_images import IMAGES


def floats(*shape: int) -> Callable[[Any], Any]:
    return lambda rng: rng.standard_normal(shape) * 2 + 1


def gentle(*shape: int) -> Callable[[Any], Any]:
    """Where a sum of them does not saturate tanh: 1 - tanh(x)² has few digits beyond |x| = 8."""
    return lambda rng: rng.uniform(-0.7, 0.7, shape)


def words(*shape: int) -> Callable[[Any], Any]:
    return lambda rng: rng.integers(0, 3, shape)


class First(nn.Module):
    """The first of what a recurrent layer returns."""

    def __init__(self, layer: nn.Module) -> None:
        super().__init__()
        self.layer = layer

    def forward(self, *args: Any) -> Any:
        return self.layer(*args)[0]


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
    "AdaptiveLogSoftmaxWithLoss": [
        (
            lambda: First(nn.AdaptiveLogSoftmaxWithLoss(4, 6, [2, 4], 2.0)),
            [gentle(3, 4), lambda rng: np.array([0, 5, 2])],
        )
    ],
    "EmbeddingBag": [
        (lambda: nn.EmbeddingBag(3, 2), [words(2, 2)]),
        (lambda: nn.EmbeddingBag(3, 2, mode="sum"), [words(3), lambda rng: np.array([0, 2])]),
    ],
    "BatchNorm1d": [
        (lambda: nn.BatchNorm1d(2, eps=0.1), [floats(3, 2)]),
        (lambda: nn.BatchNorm1d(2, affine=False, eps=0.1), [floats(2, 2, 2)]),
        (lambda: nn.BatchNorm1d(2, track_running_stats=False, eps=0.1), [floats(3, 2)]),
    ],
    "SyncBatchNorm": [(lambda: nn.SyncBatchNorm(2, eps=0.1), [floats(2, 2, 2)])],
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
    "RNN": [
        (lambda: First(nn.RNN(2, 2, bidirectional=True)), [gentle(2, 2, 2)]),
        (lambda: First(nn.RNN(2, 2, 2, batch_first=True, bias=False)), [gentle(1, 3, 2)]),
    ],
    "LSTM": [
        (lambda: First(nn.LSTM(2, 2, bidirectional=True)), [gentle(2, 1, 2)]),
        (lambda: First(nn.LSTM(2, 2, proj_size=1)), [gentle(3, 2)]),
    ],
    "GRU": [(lambda: First(nn.GRU(2, 2, 2)), [gentle(2, 2, 2)]), (lambda: First(nn.GRU(1, 2)), [gentle(3, 1)])],
    "RNNCell": [(lambda: nn.RNNCell(2, 3), [gentle(2, 2), gentle(2, 3)])],
    "LSTMCell": [(lambda: First(nn.LSTMCell(2, 2)), [gentle(2, 2)])],
    "GRUCell": [(lambda: nn.GRUCell(2, 3), [gentle(2), gentle(3)])],
    "Dropout": [(lambda: nn.Dropout(0.4), [floats(3, 2)])],
    "AlphaDropout": [(lambda: nn.AlphaDropout(0.4), [floats(3, 2)])],
}


ACTIVATIONS = ("layers/activation.py", "layers/rectifier.py", "layers/softmax.py")  # in test_activations


def test_every_layer_is_derived_by_numbers() -> None:
    elsewhere = defined_in(*ACTIVATIONS, "layers/lazy.py") | set(IMAGES) | {"RNNBase", "RNNCellBase"}
    assert set(LAYERS) | set(COMPOSED) == defined_in("layers/*.py") - elsewhere


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
    check_layer(layer, tuple(draw(rng) for draw in draws))


def smooth(layer: Any) -> Any:
    """A small layer of a Transformer, without kinks."""
    return layer(2, 2, 3, 0.0, "gelu", 0.1, True, False, True)


# Layers of many parameters, each with its inputs: their derivatives are checked along directions.
COMPOSED: dict[str, list[tuple[Callable[[], Any], list[tuple[int, ...]]]]] = {
    "MultiheadAttention": [
        (lambda: First(nn.MultiheadAttention(4, 2, 0.3, add_bias_kv=True)), [(2, 1, 4), (3, 1, 4), (3, 1, 4)]),
        (lambda: First(nn.MultiheadAttention(2, 1, kdim=1, bias=False)), [(2, 2), (3, 1), (3, 2)]),
    ],
    "TransformerEncoderLayer": [(lambda: nn.TransformerEncoderLayer(4, 2, 3, 0.2, "gelu", 0.1), [(2, 1, 4)])],
    "TransformerDecoderLayer": [
        (lambda: nn.TransformerDecoderLayer(2, 1, 1, 0.2, "gelu", 0.1, norm_first=True), [(2, 2), (3, 2)])
    ],
    "TransformerEncoder": [(lambda: nn.TransformerEncoder(smooth(nn.TransformerEncoderLayer), 2), [(1, 3, 2)])],
    "TransformerDecoder": [
        (lambda: nn.TransformerDecoder(smooth(nn.TransformerDecoderLayer), 1, nn.LayerNorm(2, 0.1)), [(2, 2), (3, 2)])
    ],
    "Transformer": [
        (
            lambda: nn.Transformer(4, 2, 1, 1, 3, 0.1, "gelu", layer_norm_eps=0.1, batch_first=True),
            [(1, 2, 4), (1, 3, 4)],
        )
    ],
}


@pytest.mark.parametrize("training", [True, False], ids=["train", "eval"])
@pytest.mark.parametrize(("name", "which"), [(name, i) for name, cases in COMPOSED.items() for i in range(len(cases))])
def test_derivatives_along_directions(name: str, which: int, training: bool) -> None:
    make, shapes = COMPOSED[name][which]
    layer = make().double().train(training)
    names = [name for name, _ in layer.named_parameters()]
    rng = np.random.default_rng(which)
    arrays = [rng.standard_normal(shape) for shape in shapes]
    arrays += [rng.uniform(-1.5, 1.5, tuple(p.shape)) for p in layer.parameters()]

    def call(*tensors: Any) -> Any:
        tl.manual_seed(0)
        inputs, parameters = tensors[: len(shapes)], tensors[len(shapes) :]
        return tl.func.functional_call(layer, dict(zip(names, parameters, strict=True)), inputs)

    check_function(call, arrays, which)
