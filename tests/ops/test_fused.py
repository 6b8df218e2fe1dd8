"""Fused operations: each kernel against its reference, in value and in gradient, at first and second order."""

from __future__ import annotations

from typing import Any

import hypothesis.strategies as st
import numpy as np
import pytest
from hypothesis import given

import tinygrad_lite as tl
from tinygrad_lite.core.primitive import REGISTRY, Fused
from tinygrad_lite.ops.kernels import attention as attention_kernel
from tinygrad_lite.ops.kernels import classification, gates, reduction_at
from tinygrad_lite.ops.kernels import distances as distance_kernels
from tinygrad_lite.ops.kernels import linear as linear_kernel
from tinygrad_lite.ops.kernels import normalization as fused
from tinygrad_lite.ops.kernels import recurrent as sequences

Call = tuple[Fused, list[Any]]


def normal(draw: Any, *shape: int) -> Any:
    return np.random.default_rng(draw(st.integers(0, 2**32))).standard_normal(shape)


@st.composite
def linear(draw: Any) -> Call:
    n, m = draw(st.integers(1, 4)), draw(st.integers(1, 4))
    batch = draw(st.sampled_from([(), (3,), (0,), (2, 3)]))
    bias = normal(draw, m) if draw(st.booleans()) else None
    return linear_kernel.linear, [normal(draw, *batch, n), normal(draw, m, n), bias]


@st.composite
def batch_norm(draw: Any) -> Call:
    channels = draw(st.integers(1, 3))
    x = normal(draw, draw(st.integers(2, 5)), channels, *draw(st.sampled_from([(), (2,), (3, 2)]))) * 2 + 1
    affine = draw(st.booleans())
    weight, bias = (normal(draw, channels), normal(draw, channels)) if affine else (None, None)
    return fused.batch_norm, [x, weight, bias, None, None, None, 1e-3]


@st.composite
def frozen_batch_norm(draw: Any) -> Call:
    channels = draw(st.integers(1, 3))
    x = normal(draw, draw(st.integers(0, 5)), channels, *draw(st.sampled_from([(), (2,), (3, 2)]))) * 2 + 1
    weight, bias = (normal(draw, channels) if draw(st.booleans()) else None for _ in range(2))
    return fused.frozen_batch_norm, [x, weight, bias, normal(draw, channels), normal(draw, channels) ** 2, 1e-3]


@st.composite
def layer_norm(draw: Any) -> Call:
    ndim = draw(st.integers(1, 2))
    x = normal(draw, *draw(st.sampled_from([(4,), (3, 4), (2, 3, 2), (0, 3), (2, 1, 3)]))) * 2 + 1
    ndim = min(ndim, x.ndim)
    weight, bias = (normal(draw, *x.shape[-ndim:]) if draw(st.booleans()) else None for _ in range(2))
    return fused.layer_norm, [x, weight, bias, ndim, 1e-3]


@st.composite
def group_norm(draw: Any) -> Call:
    groups, each = draw(st.integers(1, 3)), draw(st.integers(1, 2))
    rest = draw(st.sampled_from([(3,), (2, 2), (1,), ()]))
    x = normal(draw, draw(st.integers(0, 3)), groups * each, *rest) * 2 + draw(st.sampled_from([1, 100]))
    weight, bias = (normal(draw, groups * each) if draw(st.booleans()) else None for _ in range(2))
    return fused.group_norm, [x, weight, bias, groups, 1e-3]


@st.composite
def cross_entropy(draw: Any) -> Call:
    n, classes = draw(st.integers(1, 5)), draw(st.integers(1, 4))
    target = np.random.default_rng(draw(st.integers(0, 99))).integers(0, classes, n)
    if n > 1 and draw(st.booleans()):
        target[0] = -100
    weight = np.abs(normal(draw, classes)) + 0.1 if draw(st.booleans()) else None
    smoothing = draw(st.sampled_from([0.0, 0.3]))
    reduction = draw(st.sampled_from(["mean", "sum", "none"]))
    return classification.cross_entropy, [normal(draw, n, classes) * 3, target, weight, -100, smoothing, reduction]


@st.composite
def nll_loss(draw: Any) -> Call:
    _, (x, target, weight, ignore_index, _, reduction) = draw(cross_entropy())
    return classification.nll_loss, [x, target, weight, ignore_index, reduction]


@st.composite
def gate(draw: Any, operation: Fused) -> Call:
    shape = draw(st.sampled_from([(), (4,), (0,), (2, 3)]))
    return operation, [np.asarray(normal(draw, *shape)) * 3]


@st.composite
def recurrent(draw: Any, operation: Fused, gates: int, states: int = 1, *more: Any) -> Call:
    steps, batch, hidden = draw(st.integers(1, 4)), draw(st.integers(0, 3)), draw(st.integers(1, 3))
    first = [normal(draw, batch, hidden) for _ in range(states)]
    size = draw(st.integers(1, 3))
    weights = [normal(draw, gates * hidden, n) for n in (size, hidden)]
    biases = [normal(draw, gates * hidden) if draw(st.booleans()) else None for _ in range(2)]
    settings = [draw(st.booleans())] if more else []
    return operation, [normal(draw, steps, batch, size), *first, *weights, *biases, *settings]


@st.composite
def products_at(draw: Any) -> Call:
    """Factors that meet at one place, some of them 0."""
    x = normal(draw, draw(st.integers(1, 3)), draw(st.integers(1, 3)))
    dim = draw(st.integers(0, 1))
    rng = np.random.default_rng(draw(st.integers(0, 99)))
    shape = [*x.shape]
    shape[dim] = draw(st.integers(0, 4))
    src = rng.standard_normal(shape) * (rng.random(shape) < 0.7)
    index = rng.integers(0, x.shape[dim], shape)
    return reduction_at.products_at, [x * (rng.random(x.shape) < 0.8), src, dim, index, draw(st.booleans())]


@st.composite
def attention(draw: Any) -> Call:
    batch = draw(st.sampled_from([(), (2,), (2, 3), (0,)]))
    rows, columns, size, out = (draw(st.integers(1, 4)) for _ in range(4))
    scores = (*batch, rows, columns)
    mask = draw(st.sampled_from([None, scores, (columns,), (rows, 1)]))
    if mask is not None:
        mask = normal(draw, *mask)
        mask = np.where(mask > draw(st.sampled_from([-9, 0, 1])), mask, -np.inf)
    kept = draw(st.sampled_from([None, 0.0, 0.5]))
    factor = 1.0 if kept is None else 1.7
    kept = None if kept is None else normal(draw, *scores) > kept
    x = [normal(draw, *batch, rows, size), normal(draw, *batch, columns, size), normal(draw, *batch, columns, out)]
    scale = draw(st.sampled_from([0.5, 30.0]))
    return attention_kernel.attention, [*x, mask, kept, draw(st.booleans()), scale, factor]


@st.composite
def distances(draw: Any) -> Call:
    n, m, size = (draw(st.integers(0, 4)) for _ in range(3))
    batch = draw(st.sampled_from([(), (2,), (0,), (1, 2)]))
    return distance_kernels.distances, [normal(draw, *batch, n, size), normal(draw, *batch, m, size)]


@st.composite
def distances_of_pairs(draw: Any) -> Call:
    x = normal(draw, draw(st.integers(0, 5)), draw(st.integers(0, 3)))
    return distance_kernels.distances_of_pairs, [x, *np.triu_indices(len(x), 1)]


CALLS = {
    "distances": distances,
    "distances_of_pairs": distances_of_pairs,
    "attention": attention,
    "products_at": products_at,
    "rnn": lambda: recurrent(sequences.rnn, 1, 1, "rectified"),
    "lstm": lambda: recurrent(sequences.lstm, 4, 2),
    "gru": lambda: recurrent(sequences.gru, 3),
    "linear": linear,
    "batch_norm": batch_norm,
    "frozen_batch_norm": frozen_batch_norm,
    "layer_norm": layer_norm,
    "group_norm": group_norm,
    "nll_loss": nll_loss,
    "cross_entropy": cross_entropy,
    "gelu": lambda: gate(gates.gelu),
    "silu": lambda: gate(gates.silu),
}


def test_every_fused_operation_is_here() -> None:
    assert set(CALLS) == {name for name, primitive in REGISTRY.items() if isinstance(primitive, Fused)}


def leaves(operation: Fused, args: list[Any]) -> tuple[list[Any], list[tl.Tensor]]:
    """The arguments with the differentiable ones as Tensors that require gradients, and those."""
    given = [
        tl.tensor(x, requires_grad=True) if i < operation.differentiable and x is not None else x
        for i, x in enumerate(args)
    ]
    return given, [x for x in given if isinstance(x, tl.Tensor)]


def derivatives(function: Any, operation: Fused, args: list[Any], seed: int, order: int) -> list[Any]:
    """The value, the gradients for a random cotangent and, at order 2, those of a random product with them."""
    given, inputs = leaves(operation, args)
    out = function(*given)
    rng = np.random.default_rng(seed)
    cotangent = tl.tensor(rng.standard_normal(out.shape), requires_grad=True)
    first = tl.autograd.grad(out, inputs, cotangent, create_graph=order > 1)
    found = [out, *first]
    if order > 1:
        product = sum((g * tl.tensor(rng.standard_normal(g.shape))).sum() for g in first)
        found += tl.autograd.grad(product, [*inputs, cotangent], allow_unused=True, materialize_grads=True)
    return [x.detach().numpy() for x in found]


@pytest.mark.parametrize("name", CALLS)
@pytest.mark.parametrize("order", [1, 2])
@given(data=st.data(), seed=st.integers(0, 999))
def test_kernel_equals_reference(name: str, order: int, data: st.DataObject, seed: int) -> None:
    operation, args = data.draw(CALLS[name]())
    by_kernel = derivatives(operation, operation, args, seed, order)
    by_reference = derivatives(operation.reference, operation, args, seed, order)
    for ours, expected in zip(by_kernel, by_reference, strict=True):
        np.testing.assert_allclose(ours, expected, rtol=1e-9, atol=1e-9)


@given(data=st.data(), seed=st.integers(0, 999))
def test_attention_in_blocks_of_rows(data: st.DataObject, seed: int) -> None:
    args = data.draw(CALLS["attention"]())[1]
    whole = derivatives(attention_kernel.attention, attention_kernel.attention, args, seed, 1)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(attention_kernel, "_ROWS", data.draw(st.integers(1, 2)))
        patch.setattr(attention_kernel, "_SCORES", 1)
        by_blocks = derivatives(attention_kernel.attention, attention_kernel.attention, args, seed, 1)
    for ours, expected in zip(by_blocks, whole, strict=True):
        np.testing.assert_allclose(ours, expected, rtol=1e-9, atol=1e-9)


def test_causal_attention_of_many_rows_and_of_wide_values() -> None:
    """More rows than are computed together, and rows that are too long for one sum."""
    rng = np.random.default_rng(0)
    args = [*(rng.standard_normal((1, 70, size)) for size in (3, 3, 600)), None, None, True, 0.5, 1.0]
    by_kernel = derivatives(attention_kernel.attention, attention_kernel.attention, args, 0, 1)
    by_reference = derivatives(attention_kernel.attention.reference, attention_kernel.attention, args, 0, 1)
    for ours, expected in zip(by_kernel, by_reference, strict=True):
        np.testing.assert_allclose(ours, expected, rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("name", CALLS)
@given(data=st.data())
def test_the_result_is_an_array_also_where_it_is_one_number(name: str, data: st.DataObject) -> None:
    operation, args = data.draw(CALLS[name]())
    with np.errstate(all="ignore"):  # as kernels are called
        assert type(operation.kernel(*args)[0]) is np.ndarray


@pytest.mark.parametrize("gate", [tl.nn.functional.gelu, tl.nn.functional.silu])
def test_second_derivatives_of_what_follows_one_number(gate: Any) -> None:
    second = []
    for x in (
        tl.tensor(1.0, dtype=tl.float64, requires_grad=True),
        tl.tensor([1.0], dtype=tl.float64, requires_grad=True),
    ):
        (g,) = tl.autograd.grad(gate(x).erf().sum(), x, create_graph=True)
        second.append(tl.autograd.grad(g.sum(), x)[0].item())
    assert second[0] == pytest.approx(second[1], rel=1e-12)
    assert gate is not tl.nn.functional.gelu or second[0] == pytest.approx(-0.9633413035995784, rel=1e-12)


@pytest.mark.parametrize("name", CALLS)
@given(data=st.data())
def test_only_what_needs_a_gradient_gets_one(name: str, data: st.DataObject) -> None:
    operation, args = data.draw(CALLS[name]())
    chosen = data.draw(st.integers(0, operation.differentiable - 1).filter(lambda i: args[i] is not None))
    given = [tl.tensor(x) if i < operation.differentiable and x is not None else x for i, x in enumerate(args)]
    given[chosen].requires_grad_()
    operation(*given).sum().backward()
    full, _ = leaves(operation, args)
    operation(*full).sum().backward()
    assert given[chosen].grad.equal(full[chosen].grad)
    assert all(x.grad is None for i, x in enumerate(given) if isinstance(x, tl.Tensor) and i != chosen)


def test_extreme_logits_are_finite_and_silent() -> None:
    logits, target = np.array([[1e4, -1e4, 0.0], [-1e4, 1e4, 1e4]]), np.array([1, 0])
    with np.errstate(over="raise", divide="raise", invalid="raise"):
        kernel, saved = classification.cross_entropy.kernel(logits, target, None, -100, 0.0, "mean")
        (gradient,) = classification.cross_entropy.pullback(np.ones(()), saved, [True])
    assert kernel == pytest.approx(2e4 + np.log(2) / 2)
    np.testing.assert_allclose(gradient, [[0.5, -0.5, 0], [-0.5, 0.25, 0.25]])


def test_groups_far_from_zero_are_centered_exactly() -> None:
    x = (np.random.default_rng(0).standard_normal((2, 6, 5)) + 5000).astype(np.float32)
    rows = x.astype(np.float64).reshape(2, 3, 10)
    expected = (rows - rows.mean(-1, keepdims=True)) / np.sqrt(rows.var(-1, keepdims=True) + 1e-5)
    found = fused.group_norm(x, None, None, 3, 1e-5)
    np.testing.assert_allclose(found, expected.reshape(x.shape), rtol=0, atol=2e-6)


def far_and_near(rng: Any, n: int, size: int) -> Any:
    """Points of float32 around 1000, of which some are the same, some differ in the last place, and one is far away."""
    x = (rng.standard_normal((n, size)) + 1000).astype(np.float32)
    x[1] = x[0]
    x[2] = np.nextafter(x[0], np.float32(2000))
    x[3, 0] = 1e25
    return x


@pytest.mark.parametrize("name", ["cdist", "batches", "pdist", "many near pairs", "near in one place"])
def test_distances_of_float32_are_as_exact_as_their_differences(name: str) -> None:
    """Compared with float64: products of matrices must not show, nor one coordinate in the derivative by another."""
    rng = np.random.default_rng(0)
    x, y = far_and_near(rng, 12, 5), far_and_near(rng, 9, 5)
    y[:3] = x[4:7]
    if name == "batches":
        x, y = np.stack([x, -x, x[::-1]]), np.stack([y, y, x[:9]])
    elif name == "many near pairs":
        x[:], y[:] = x[:1], x[1:2] + np.float32(0.5)
    elif name == "near in one place":
        x[:, 0], y[:, 0] = 1e10, 1e10
        x[3, 1] = 0
    found = []
    for dtype in (np.float32, np.float64):
        inputs = [tl.tensor(each.astype(dtype), requires_grad=True) for each in (x, y)]

        def out_of(*needed: tl.Tensor, inputs: Any = inputs) -> tl.Tensor:
            x, y = (each if any(each is one for one in needed) else each.detach() for each in inputs)
            return tl.pdist(x) if name == "pdist" else tl.cdist(x, y)

        out = out_of(*inputs)
        cotangent = tl.tensor(np.random.default_rng(1).standard_normal(out.shape).astype(dtype))
        grads = tl.autograd.grad(out, inputs[: 1 if name == "pdist" else 2], cotangent)
        for of_one, of_all in zip(inputs, grads, strict=False):
            assert tl.autograd.grad(out_of(of_one), of_one, cotangent)[0].equal(of_all)
        found.append([each.detach().numpy() for each in (out, *grads)])
        assert all(each.dtype == dtype for each in found[-1])
    (out, *grads), (exact, *expected) = found
    np.testing.assert_allclose(out, exact, rtol=2e-7)
    for ours, theirs in zip(grads, expected, strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=2e-5, atol=1e-5)
    if name == "near in one place":
        assert not grads[0][:, 0].any()


def test_distances_of_points_that_are_not_finite() -> None:
    """As the differences say: an infinite coordinate is infinitely far, but from another such one; nothing spreads."""
    rng = np.random.default_rng(0)
    few, many = (rng.standard_normal((n, 3)).astype(np.float32) for n in (12, 6))
    few[5, 1], (many[0, 1], many[1, 2], many[2, 0], many[3, 1]) = np.inf, (np.inf, np.nan, -np.inf, np.inf)
    for x in (few, many, many[:2], few[:2], few[:3]):
        for dtype in (np.float32, np.float64):
            args = [x.astype(dtype), x[::-1].astype(dtype)]
            for operation, operands in (
                (distance_kernels.distances, args),
                (distance_kernels.distances_of_pairs, [args[0], *np.triu_indices(len(x), 1)]),
            ):
                of_kernel, of_reference = (
                    derivatives(f, operation, operands, 0, 1) for f in (operation, operation.reference)
                )
                for ours, expected in zip(of_kernel, of_reference, strict=True):
                    np.testing.assert_allclose(ours, expected, rtol=1e-5, atol=1e-6)


def test_an_infinite_gradient_of_one_distance() -> None:
    """It is infinite by the coordinates that differ, and not ∞ - ∞ because of those that are far from 0."""
    x = np.random.default_rng(0).uniform(1, 2, (8, 3)).astype(np.float32)
    for call in (lambda x: tl.cdist(x, x.detach() + 3), tl.pdist):
        leaf = tl.tensor(x, requires_grad=True)
        out = call(leaf)
        g = tl.zeros_like(out)
        g[(0,) * g.ndim] = tl.inf
        (found,) = tl.autograd.grad(out, leaf, g)
        other = x[0] + 3 if out.ndim == 2 else x[1]
        assert found[0].tolist() == (np.sign(x[0] - other) * np.inf).tolist()
        assert found[2:].tolist() == [[0.0] * 3] * 6
