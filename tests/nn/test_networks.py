"""A small network under both libraries: its initial weights, keys and text, and a training run."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import tinygrad_lite as tl

from ..support.layer_scenarios import network


def test_initial_weights_and_state_dict_keys() -> None:
    torch = pytest.importorskip("torch")
    ours, theirs = network(tl).state_dict(), network(torch).state_dict()
    assert list(ours) == list(theirs)
    for key in ours:
        np.testing.assert_array_equal(ours[key].numpy(), theirs[key].numpy(), err_msg=key)


def test_repr() -> None:
    torch = pytest.importorskip("torch")
    assert repr(network(tl)) == repr(network(torch))
    for make in (
        lambda T: T.nn.Dropout(0.25),
        lambda T: T.nn.ReLU(inplace=True),
        lambda T: T.nn.BatchNorm1d(3, affine=False, momentum=None),
        lambda T: T.nn.BatchNorm1d(3, bias=False),
        lambda T: T.nn.CrossEntropyLoss(),
        lambda T: T.nn.Sequential(),
    ):
        assert repr(make(tl)) == repr(make(torch))


@pytest.mark.parametrize("rule", ["SGD", "Adam"])
def test_a_training_run(rule: str) -> None:
    torch = pytest.importorskip("torch")

    def run(T: Any) -> tuple[list[float], Any]:
        model = network(T).double()
        optimizer = getattr(T.optim, rule)(model.parameters(), lr=0.05)
        rng = np.random.default_rng(0)
        losses = []
        for _ in range(30):
            x, target = T.tensor(rng.standard_normal((8, 5))), T.tensor(rng.integers(0, 3, 8))
            optimizer.zero_grad()
            loss = T.nn.CrossEntropyLoss()(model(x), target)
            loss.backward()
            optimizer.step()
            losses.append(loss.item())
        model.eval()
        return losses, model(x).detach().numpy()

    (ours, end), (theirs, expected) = run(tl), run(torch)
    np.testing.assert_allclose(ours, theirs, rtol=1e-10)
    np.testing.assert_allclose(end, expected, rtol=1e-9, atol=1e-9)
