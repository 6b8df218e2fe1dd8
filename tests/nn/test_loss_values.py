"""Losses where they have kinks, where their arguments end, and for large logits."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import tinygrad_lite as tl
from tinygrad_lite.nn import functional as F

from ..support.loss_samples import REDUCTIONS, quietly

INF = np.inf
EDGES = [
    ("mse_loss", ([1.0, 2.0], [1.0, 2.0]), {}),
    ("l1_loss", ([1.0, 2.0], [1.0, 3.0]), {}),
    ("smooth_l1_loss", ([0.0, 1.0, -1.0, 3.0], [0.0, 0.0, 0.0, 0.0]), {}),
    ("huber_loss", ([0.0, 2.0, -2.0, 3.0], [0.0, 0.0, 0.0, 0.0]), {"delta": 2.0}),
    ("binary_cross_entropy", ([0.0, 1.0, 0.0, 1.0, 1e-13], [0.0, 1.0, 1.0, 0.0, 1.0]), {}),
    ("binary_cross_entropy_with_logits", ([1e4, -1e4, 1e4, -1e4, 0.0], [1.0, 0.0, 0.0, 1.0, 0.5]), {}),
    ("multilabel_soft_margin_loss", ([[1e4, -1e4, 1e4, -1e4, 0.0]], [[1.0, 0.0, 0.0, 1.0, 1.0]]), {}),
    ("soft_margin_loss", ([50.0, 0.0], [-1.0, 1.0]), {}),
    ("margin_ranking_loss", ([1.0, 1.0], [1.0, 0.0], [1.0, 1.0]), {}),
    ("margin_ranking_loss", ([1.0], [0.0], [1.0]), {"margin": 1.0}),
    ("hinge_embedding_loss", ([1.0, 0.0, 1.0], [-1.0, 1.0, 0.0]), {}),
    ("multi_margin_loss", ([[1.0, 0.0, 2.0]], np.array([0])), {}),
    ("multilabel_margin_loss", ([[1.0, 0.0, 2.0]], np.array([[0, -1, 1]])), {}),
    ("cosine_embedding_loss", ([[0.0, 0.0], [1.0, 0.0]], [[1.0, 0.0], [1.0, 1.0]], [1.0, -1.0]), {}),
    ("cosine_embedding_loss", ([[1.0, 0.0]], [[1.0, 1.0]], [0.0]), {}),
    ("cosine_similarity", ([[0.0, 0.0], [1.0, 0.0]], [[1.0, 0.0], [1.0, 1.0]]), {}),
    ("pairwise_distance", ([[0.0, 0.0]], [[1.0, -1.0]]), {"eps": 0.0}),
    ("pairwise_distance", ([[1.0, 0.0]], [[1.0, 0.0]]), {"eps": 0.0}),
    ("poisson_nll_loss", ([0.0, 1.0, 2.0], [0.0, 1.0, 4.0]), {"full": True}),
    ("kl_div", ([[-1.0, -2.0]], [[0.0, 1.0]]), {"reduction": "batchmean"}),
    ("gaussian_nll_loss", ([1.0, 2.0], [1.0, 0.0], [0.0, 1.0]), {}),
    ("cross_entropy", ([[1e4, -1e4, 0.0], [-1e4, 1e4, 1e4]], np.array([1, 0])), {}),
    ("cross_entropy", ([[1e4, -1e4, 0.0]], [[0.5, 0.0, 0.5]]), {}),
    ("cross_entropy", (np.zeros((0, 3)), np.zeros(0, int)), {}),
    ("cross_entropy", (np.zeros((0, 3)), np.zeros((0, 3))), {}),
    ("cross_entropy", (np.zeros((2, 3)), np.array([-100, -100])), {"label_smoothing": 0.1}),
    ("cross_entropy", (np.zeros((2, 3)), np.array([-100, -100])), {}),
    ("nll_loss", ([[-INF, -1.0, -2.0], [-1.0, -INF, -1.0]], np.array([0, 2])), {"ignore_index": 0}),
    ("nll_loss", (np.zeros((2, 3)), np.array([-100, -100])), {}),
    ("nll_loss", (np.ones((2, 3)), np.array([2, 0], np.uint8)), {}),
]


@pytest.mark.parametrize(("name", "arrays", "options"), EDGES, ids=lambda x: x if isinstance(x, str) else "")
@pytest.mark.parametrize("reduction", [None, "none"])
def test_on_the_kinks_and_at_the_ends(name: str, arrays: Any, options: dict[str, Any], reduction: str | None) -> None:
    """Values and gradients by the input; the gradients are finite unless PyTorch's are not."""
    torch = pytest.importorskip("torch")
    options = (
        options
        if reduction is None or "similarity" in name or "pairwise" in name
        else options | {"reduction": reduction}
    )

    def run(T: Any) -> tuple[Any, Any]:
        x, *rest = (T.tensor(a) for a in arrays)
        x.requires_grad_()
        with quietly():
            value = getattr(T.nn.functional, name)(x, *rest, **options)
        value.sum().backward()
        return value.detach().numpy(), x.grad.numpy()

    for ours, theirs in zip(run(tl), run(torch), strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=1e-5, atol=1e-7)


@pytest.mark.parametrize(
    "name", ["cross_entropy", "binary_cross_entropy_with_logits", "soft_margin_loss", "multilabel_soft_margin_loss"]
)
@pytest.mark.parametrize("dtype", [tl.float32, tl.float64])
def test_large_logits_are_finite_and_silent(name: str, dtype: Any) -> None:
    """At ±1e4, without one of NumPy's warnings (A11)."""
    logits = tl.tensor([[1e4, -1e4, 0.0], [-1e4, 1e4, 1e4]], dtype=dtype, requires_grad=True)
    for target in (tl.tensor([[1.0, 0.0, 0.0], [1.0, 0.0, 0.0]]), tl.tensor([[0.0, 1.0, 0.0], [0.0, 0.0, 1.0]])):
        with np.errstate(over="raise", divide="raise", invalid="raise"):
            value = getattr(F, name)(logits, target.to(dtype))
            (grad,) = tl.autograd.grad(value, logits)
        assert tl.isfinite(value)
        assert tl.isfinite(grad).all()
        assert value.dtype == grad.dtype == dtype


def test_what_is_ignored_may_be_infinite() -> None:
    """PyTorch's loss is finite too, its gradient NaN."""
    logits = tl.tensor([[np.inf, 0.0], [0.0, 0.0]], requires_grad=True)
    value = F.cross_entropy(logits, tl.tensor([-100, 0]), label_smoothing=0.5)
    value.backward()
    assert value.item() == pytest.approx(np.log(2))
    np.testing.assert_allclose(logits.grad.numpy(), [[0, 0], [-0.25, 0.25]], atol=1e-7)


def test_a_target_of_0_gives_poisson_no_nan() -> None:
    """Where PyTorch's gradient by the target is NaN."""
    target = tl.tensor([0.0, 3.0], requires_grad=True)
    F.poisson_nll_loss(tl.ones(2), target, full=True, reduction="sum").backward()
    np.testing.assert_allclose(target.grad.numpy(), [-1, -1 + np.log(3) + 0.5 / 3], rtol=1e-6)


@pytest.mark.parametrize("name", ["cross_entropy", "nll_loss"])
@pytest.mark.parametrize("reduction", REDUCTIONS)
def test_one_sample_with_its_label_in_a_vector(name: str, reduction: str) -> None:
    """PyTorch computes the value, but not its gradient."""
    torch = pytest.importorskip("torch")

    def value(T: Any) -> Any:
        return getattr(T.nn.functional, name)(T.tensor([0.5, 1.0, -2.0]), T.tensor([2]), reduction=reduction)

    assert value(tl).shape == value(torch).shape == ()
    assert value(tl).item() == pytest.approx(value(torch).item())
