"""Values and slopes at zeros and infinities, and on ways through kernels that only odd layouts take.

Each was found by planting a fault that no other test noticed (`python -m tests.mutation`). Expected values are exact or
closed forms; at a kink they are PyTorch's choice, unless it is NaN there.
"""

from __future__ import annotations

import inspect
import math
from typing import Any

import numpy as np
import pytest

import tinygrad_lite as tl
import tinygrad_lite.nn.functional as F
from tinygrad_lite.core.primitive import REGISTRY
from tinygrad_lite.ops.kernels import products

A = np.array
inf, nan = math.inf, math.nan


def slopes(function: Any, *arrays: Any, g: float = 1.0) -> list[Any]:
    """The derivatives by each array, where that by each result is g."""
    tensors = [tl.tensor(x, dtype=tl.float64, requires_grad=True) for x in arrays]
    out = function(*tensors)
    return [d.tolist() for d in tl.autograd.grad(out, tensors, tl.full_like(out, g))]


def second(function: Any, x: Any, weights: Any) -> Any:
    """The derivative of the weighted sum of the slopes."""
    x = tl.tensor(x, dtype=tl.float64, requires_grad=True)
    (slope,) = tl.autograd.grad(function(x).sum(), x, create_graph=True)
    return tl.autograd.grad((slope * tl.tensor(weights, dtype=tl.float64)).sum(), x)[0].tolist()


def test_slopes() -> None:
    for function, at, expected in (
        (tl.xlogy, ([0.0, 0.0, 0.0, 0.0], [0.5, 2.0, 0.0, -1.0]), [[math.log(0.5), math.log(2), 0, 0], [0, 0, 0, 0]]),
        (tl.special.xlog1py, ([0.0, 0.0, 0.0], [0.5, -1.0, -2.0]), [[math.log(1.5), 0, 0], [0, 0, 0]]),
        (lambda x: tl.logsumexp(x, 0), ([-inf, -inf],), [[0, 0]]),
        (lambda x: tl.norm(x, 3), ([inf, 1.0],), [[nan, 0]]),
        (lambda x: tl.norm(x, 1.5), ([inf, 1.0],), [[nan, 0]]),
        (lambda x: tl.norm(x, 0.5), ([inf, 1.0],), [[nan, inf]]),
        # Windows that cover as many elements as there are, but other ones: those at -1 and 2.
        (
            lambda x: F.conv1d(x, tl.full((1, 1, 1), 2.0, dtype=tl.float64), stride=3, padding=1),
            ([[[1.0] * 4]],),
            [[[[0, 0, 2, 0]]]],
        ),
    ):
        np.testing.assert_allclose(slopes(function, *at), expected, rtol=1e-15)
    for order in (2, 3, 0.5):
        assert slopes(lambda x, p=order: x.norm(p), [0.0, 0.0], g=inf) == [[0, 0]]
    assert slopes(tl.xlogy, [0.0], [0.0], g=inf) == slopes(tl.special.xlog1py, [0.0], [-1.0], g=inf) == [[0], [0]]
    x = [[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]
    assert slopes(lambda x, y: tl.einsum("ij,k->i", x, y), x, [1.0, 2.0]) == [[[3.0] * 3] * 2, [21.0, 21.0]]


def test_slopes_are_linear_in_what_they_are_multiplied_by() -> None:
    """The derivative of the slope by g is the slope for g = 1; of ties, too."""
    for function, at, expected in (
        (lambda x: tl.maximum(x, tl.ones_like(x)), [1.0, 2.0, 0.0], [0.5, 1, 0]),
        (lambda x: tl.minimum(x, tl.ones_like(x)), [1.0, 2.0, 0.0], [0.5, 0, 1]),
        (lambda x: x.norm(2), [3.0, 4.0, 0.0], [0.6, 0.8, 0]),
        (lambda x: x.norm(3), [1.0, 0.0, 0.0], [1, 0, 0]),
        (lambda x: x.sum(), 2.0, 1),
        (lambda x: x.sum(0), 2.0, 1),
    ):
        x = tl.tensor(at, dtype=tl.float64, requires_grad=True)
        out = function(x)
        g = tl.ones_like(out).requires_grad_()
        (slope,) = tl.autograd.grad(out, x, g, create_graph=True)
        weights = tl.arange(1.0, 4.0, dtype=tl.float64) if x.ndim else tl.tensor(1.0, dtype=tl.float64)
        by_g = tl.autograd.grad((slope * weights).sum(), g)[0].numpy()
        np.testing.assert_allclose(slope.detach().numpy(), expected, rtol=1e-15)
        np.testing.assert_allclose(by_g.sum(), (A(expected) * weights.numpy()).sum(), rtol=1e-15)


def test_eigenvalues_are_those_of_one_triangle() -> None:
    for matrix, triangle in (([[2.0, 99.0], [1.0, 3.0]], "L"), ([[2.0, 1.0], [99.0, 3.0]], "U")):
        x = tl.tensor(matrix, dtype=tl.float64)
        for values in (tl.linalg.eigvalsh(x, triangle), tl.linalg.eigh(x, triangle)[0]):
            np.testing.assert_allclose(values.numpy(), (5 + A([-1, 1]) * math.sqrt(5)) / 2, rtol=1e-14)


def test_norms_of_the_singular_values_of_a_batch_of_batches() -> None:
    x = tl.tensor(np.random.default_rng(0).standard_normal((2, 3, 2, 2)))
    for order in ("nuc", 2, -2):
        whole = tl.linalg.matrix_norm(x, order)
        each = [[tl.linalg.matrix_norm(matrix, order).item() for matrix in batch] for batch in x]
        np.testing.assert_allclose(whole.numpy(), each, rtol=1e-14)


def test_second_derivatives() -> None:
    for order in (1, 2, 3, 0.5, inf):
        assert second(lambda x, p=order: x.norm(p), [0.0, 0.0, 0.0], [1.0, 2.0, 3.0]) == [0, 0, 0]
    assert second(F.elu, [0.0, 0.5, -1.0], [1.0, 1.0, 2.0]) == [0, 0, 2 * math.exp(-1)]
    x = A([-1.0, 4.5, 5.5, 8.0])
    ratio = np.exp(-x * x / 2) / math.sqrt(math.pi / 2) / [math.erfc(-v / math.sqrt(2)) for v in x.tolist()]
    np.testing.assert_allclose(second(tl.special.log_ndtr, x, A([1.0] * 4)), -ratio * (x + ratio), rtol=1e-11)


def test_the_mixed_derivative_of_xlogy_at_zero() -> None:
    """1 / y, and 0 where x = y = 0, as the slopes are."""
    x, y = (tl.tensor([0.0, 1.0], dtype=tl.float64, requires_grad=True), tl.tensor([0.0, 4.0], dtype=tl.float64))
    y.requires_grad_()
    (by_y,) = tl.autograd.grad(tl.xlogy(x, y).sum(), y, create_graph=True)
    assert tl.autograd.grad(by_y.sum(), x)[0].tolist() == [0.0, 0.25]


def test_a_power_of_zero_has_no_slope_that_is_infinite_times_zero() -> None:
    y, g = tl.tensor([0.5, 0.0, 2.0, -1.0], requires_grad=True), tl.ones(4, requires_grad=True)
    (slope,) = tl.autograd.grad(0.0**y, y, g, create_graph=True)
    assert [d.tolist() for d in (slope, *tl.autograd.grad(slope.sum(), g))] == [[0.0, 0.0, 0.0, -inf]] * 2
    x, y, g = (tl.tensor([number], requires_grad=True) for number in (inf, 0.0, 1.0))
    (slope,) = tl.autograd.grad(x**y, x, g, create_graph=True)
    assert [slope.item(), tl.autograd.grad(slope, g)[0].item()] == [0, 0]


def test_attention_with_a_row_that_sees_nothing() -> None:
    """The mask moves the other scores: by kernel, by reference, and in the derivatives of both orders."""
    rng = np.random.default_rng(0)
    q, k, v = (rng.standard_normal((1, 1, n, 1)) for n in (3, 4, 4))
    mask = rng.standard_normal((3, 4))
    mask[1], mask[2, 0] = -inf, -inf
    attention: Any = REGISTRY["attention"]
    for causal in (False, True):
        seen = mask + np.where(np.tril(np.ones((3, 4))), 0, -inf) if causal else mask
        weights = np.exp(0.7 * q @ k.swapaxes(2, 3) + seen)
        expected = weights @ v / np.maximum(weights.sum(-1, keepdims=True), 1e-300)
        for function in (attention.forward, attention.reference):
            np.testing.assert_allclose(function(q, k, v, mask, None, causal, 0.7, 1.0), expected, rtol=1e-12)
        inputs = [tl.tensor(x, requires_grad=True) for x in (q, k, v)]
        tl.autograd.gradgradcheck(lambda *x, c=causal: attention(*x, mask, None, c, 0.7), inputs, fast_mode=True)


def test_a_rectified_recurrent_layer_by_hand() -> None:
    """h = relu(w x + u h + b + c) with w = 2, u = 0.5, b = 0.25 and c = 0: from 1 and with x = -0.25, -1 and 1."""
    x, state, w, u, b, c = (
        tl.tensor(v, dtype=tl.float64, requires_grad=True)
        for v in ([[[-0.25]], [[-1.0]], [[1.0]]], [[1.0]], [[2.0]], [[0.5]], [0.25], [0.0])
    )
    out = REGISTRY["rnn"](x, state, w, u, b, c, True)
    assert out.tolist() == [[[0.25]], [[0.0]], [[2.25]]]
    found = tl.autograd.grad(out.sum(), [x, state, w, u, b, c])
    assert [d.flatten().tolist() for d in found] == [[2, 0, 2], [0.5], [0.75], [1], [2], [2]]


def test_statistics_of_the_batch_need_no_running_averages() -> None:
    x = tl.tensor([[[1.0, 3.0], [0.0, 0.0]], [[5.0, 7.0], [2.0, 2.0]]], dtype=tl.float64)
    for momentum in (0.1, 0.0):
        out = F.batch_norm(x, None, None, training=True, momentum=momentum, eps=0.0)
        assert out[:, 1].tolist() == [[-1.0, -1.0], [1.0, 1.0]]
        np.testing.assert_allclose(out[:, 0].numpy().ravel(), A([-3, -1, 1, 3]) / math.sqrt(5), rtol=1e-15)


def test_what_has_no_value_raises() -> None:
    with pytest.raises(RuntimeError, match="trunc_divide: an integer is divided by 0"):
        tl.div(tl.tensor([4]), tl.tensor([0]), rounding_mode="trunc")
    for infinite in ([inf, 1.0], [1.0, -inf]):
        with pytest.raises(RuntimeError, match="not finite"):
            tl.histc(tl.tensor(infinite), 3)
    for name in ("fmod", "remainder", "floor_divide"):
        with pytest.raises(RuntimeError, match=f"{name}: an integer is divided by 0"):
            getattr(tl, name)(tl.tensor([4]), tl.tensor([0]))
    for name in ("eigh", "svd"):
        with pytest.raises(RuntimeError, match=rf"linalg.{name}: .Batch element 1."):
            getattr(tl.linalg, name)(tl.tensor([[[1.0, 0.0], [0.0, 1.0]], [[1.0, nan], [nan, 1.0]]]))


def test_rows_far_from_zero_are_normalized_exactly() -> None:
    """The rounding of their means, which is seen after a division by small deviations, is corrected."""
    rows = A([[1, 1, 1, 1.001]] * 2) + np.arange(8).reshape(2, 4) ** 2 / 1e4
    x = rows.astype(np.float32)
    centered = x.astype(float) - x.astype(float).mean(1, keepdims=True)
    expected = centered / np.sqrt((centered**2).mean(1, keepdims=True))
    for sign in (1, -1):
        for found in (F.layer_norm(tl.tensor(sign * x), [4], eps=0.0), F.group_norm(tl.tensor(sign * x), 1, eps=0.0)):
            np.testing.assert_allclose(found.numpy(), sign * expected, atol=2e-6)


def test_references_where_settings_matter() -> None:
    x = A([-4.0, -0.5, 0.5, 2.4, 2.6, 4.0, 12.0])
    for beta in (0.5, 2.0):
        softplus = REGISTRY["softplus"]
        np.testing.assert_allclose(inspect.unwrap(softplus)(x, beta, 5), softplus.forward(x, beta, 5), rtol=1e-15)


def test_outer_products_in_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(0)
    x, y = rng.standard_normal((40, 3, 1)), rng.standard_normal((40, 1, 50))
    for bytes_at_once in (1, 3000, 1 << 20):
        monkeypatch.setattr(products, "_CACHED", bytes_at_once)
        assert np.array_equal(products.product(x, y), x * y)


def test_values() -> None:
    forward = {name: primitive.forward for name, primitive in REGISTRY.items()}
    assert set(forward["floor_divide"](np.full(100, 1.0), 0.1).tolist()) == {9}  # 1 / 0.1 is rounded to 10
    out, places = F.adaptive_max_pool1d(tl.tensor([[[3.0, 1.0]]]), 4, return_indices=True)
    assert [out.tolist(), places.tolist()] == [[[[3, 3, 1, 1]]], [[[0, 0, 1, 1]]]]
    assert tl.div(tl.tensor([1, -1, 1, 0]), tl.tensor([2, 2, -2, 3]), rounding_mode="trunc").tolist() == [0, 0, 0, 0]
    assert tl.cummax(tl.tensor([5.0, 3.0, 7.0, 7.0, nan, 1.0]), 0).indices.tolist() == [0, 0, 2, 3, 4, 4]
    assert tl.cummin(tl.tensor([2, 3, 3, 1]), 0).indices.tolist() == [0, 0, 0, 3]
    assert tl.histc(tl.tensor([0.9, 1.1]), 3, 0, 3).tolist() == [1, 1, 0]
    assert tl.histc(tl.tensor([2.0, 2.0]), 2).tolist() == [0, 2]  # from 1 to 3
    assert F.binary_cross_entropy(tl.tensor([0.0]), tl.tensor([1.0])).item() == 100  # log 0 counts as -100
    whole = tl.linspace(0, 45, 34, dtype=tl.int64)  # 45 / 33 · 11 is 14.999…, and 45 - 45 / 33 · 11 is 30
    assert [whole[11].item(), whole[22].item()] == [14, 30]
    with np.errstate(over="ignore"):
        assert forward["var"](A([1e307, -3e307, 7e307])) == inf  # what corrects the rounding of the mean is ∞, too
    x = np.arange(6.0).reshape(2, 3)
    assert forward["getitem"](x, (slice(None), A([True, False, True]))).tolist() == [[0, 2], [3, 5]]
    index = A([0, 0, 2])
    for x, sent, largest, expected in (
        (A([True, True, True]), A([False, False, True]), True, [False, True, True]),
        (A([7, 7, 7]), A([-3, 5, -9]), True, [5, 7, -9]),
        (A([-7.0, -7.0, -7.0]), A([inf, 5.0, inf]), False, [5, -7, inf]),
    ):
        assert forward["extremes_at"](x, sent, 0, index, largest, False).tolist() == expected
    locked = np.arange(4.0)[:3]
    locked.flags.writeable = False
    for size in (1, 2):
        assert not forward["sliding_windows"](locked, 0, size, 1).flags.writeable
    locked.base.flags.writeable = False  # type: ignore[union-attr]  # a view has a base
    assert not forward["sliding_windows"](locked.base, 0, 2, 1).flags.writeable


def test_what_a_product_does_not_touch_has_the_slope_1() -> None:
    """Whatever its value is; PyTorch divides by it, and has NaN at an infinite one."""
    x = tl.tensor([inf, 2.0, 0.0], requires_grad=True)
    sent = tl.tensor([3.0, 4.0], requires_grad=True)
    x.scatter_reduce(0, tl.tensor([1, 1]), sent, "prod", include_self=False).sum().backward()
    assert [x.grad.tolist(), sent.grad.tolist()] == [[1, 0, 1], [4, 3]]
