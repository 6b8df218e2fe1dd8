"""Cross entropy: every kind of target and setting against PyTorch, and wrong labels."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import tinygrad_lite as tl
from tinygrad_lite import nn


@pytest.mark.parametrize("extra", [(), (3,), (2, 3)])
@pytest.mark.parametrize("reduction", ["mean", "sum", "none"])
@pytest.mark.parametrize("smoothing", [0.0, 0.2])
@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("kind", ["indices", "ignored", "probabilities"])
def test_cross_entropy(extra: tuple[int, ...], reduction: str, smoothing: float, weighted: bool, kind: str) -> None:
    torch = pytest.importorskip("torch")
    rng = np.random.default_rng(1)
    logits = rng.standard_normal((4, 5, *extra))
    target: Any = rng.integers(0, 5, (4, *extra))
    if kind == "ignored":
        target.flat[0] = target.flat[-1] = 2
    if kind == "probabilities":
        target = rng.dirichlet(np.ones(5), (4, *extra))
        target = np.moveaxis(target, -1, 1)
    weight = rng.uniform(0.5, 2, 5)

    def run(T: Any) -> tuple[Any, Any]:
        x = T.tensor(logits, requires_grad=True)
        loss = T.nn.CrossEntropyLoss(
            weight=T.tensor(weight) if weighted else None,
            ignore_index=2 if kind == "ignored" else -100,
            reduction=reduction,
            label_smoothing=smoothing,
        )(x, T.tensor(target))
        (loss * loss).sum().backward()
        return loss.detach().numpy(), x.grad.numpy()

    for ours, theirs in zip(run(tl), run(torch), strict=True):
        assert ours.shape == theirs.shape
        np.testing.assert_allclose(ours, theirs, rtol=1e-10, atol=1e-12)


def test_cross_entropy_of_one_sample_and_of_none() -> None:
    torch = pytest.importorskip("torch")

    def run(T: Any) -> list[Any]:
        single = T.nn.functional.cross_entropy(T.tensor([1.0, 2.0, 0.5]), T.tensor(1))
        ignored = T.nn.functional.cross_entropy(T.zeros(2, 3), T.tensor([-100, -100]))
        empty = T.nn.functional.cross_entropy(T.zeros(0, 3), T.zeros(0, dtype=T.int64), reduction="sum")
        return [single.item(), ignored.item(), empty.item()]

    np.testing.assert_allclose(run(tl), run(torch), rtol=1e-6)


def test_labels() -> None:
    with pytest.raises(IndexError, match="Target 7 is out of bounds"):
        nn.functional.cross_entropy(tl.zeros(1, 2), tl.tensor([7]))
    with pytest.raises(RuntimeError, match="expected target dtype to be Long or Byte, but got Float"):
        nn.functional.cross_entropy(tl.zeros(1, 2), tl.tensor([1.0]))
    with pytest.raises(ValueError, match=r"need targets of shape \[3\], not \[2\]"):
        nn.functional.cross_entropy(tl.zeros(3, 2), tl.tensor([0, 1]))
