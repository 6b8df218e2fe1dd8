"""Normalisation: batch norm against PyTorch, and what a norm does not see."""

from __future__ import annotations

from typing import Any

import hypothesis.strategies as st
import numpy as np
import pytest
from hypothesis import given

import tinygrad_lite as tl
from tinygrad_lite import nn


@pytest.mark.parametrize("shape", [(6, 4), (5, 4, 3)])
@pytest.mark.parametrize("momentum", [0.1, 0.6, None])
@pytest.mark.parametrize("affine", [True, False])
@pytest.mark.parametrize("tracked", [True, False])
def test_batch_norm(shape: tuple[int, ...], momentum: float | None, affine: bool, tracked: bool) -> None:
    torch = pytest.importorskip("torch")

    def run(T: Any) -> list[Any]:
        layer = T.nn.BatchNorm1d(4, eps=0.1, momentum=momentum, affine=affine, track_running_stats=tracked).double()
        found = []
        for seed in range(3):
            x = T.tensor(np.random.default_rng(seed).standard_normal(shape) * 3 + 1, requires_grad=True)
            y = layer(x)
            (y**3).sum().backward()
            found += [y, x.grad]
        layer.eval()
        y = layer(x)
        found += [y, *T.autograd.grad((y**2).sum(), [x, *layer.parameters()]), *layer.buffers()]
        found += [p.grad for p in layer.parameters()]
        return [t.detach().numpy() for t in found]

    for ours, theirs in zip(run(tl), run(torch), strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=1e-9, atol=1e-9)


def test_batch_of_one_in_training() -> None:
    layer = nn.BatchNorm1d(3)
    with pytest.raises(ValueError, match=r"more than 1 value per channel.*eval\(\)"):
        layer(tl.ones(1, 3))
    assert layer.num_batches_tracked.item() == 0
    assert layer.eval()(tl.ones(1, 3)).shape == (1, 3)


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
