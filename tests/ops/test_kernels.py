"""Where a primitive has a faster way for some arrays: the same result, bit for bit, as by the plain way."""

from __future__ import annotations

import tracemalloc
from typing import Any

import hypothesis.strategies as st
import numpy as np
import pytest
from hypothesis import given

from tinygrad_lite.ops.elementwise import clamp, leaky_relu, masked_scale, relu, relu_backward, tanh_backward, where
from tinygrad_lite.ops.indexing import gather, put_at, scatter, scatter_add
from tinygrad_lite.ops.kernels import linear as linear_kernel
from tinygrad_lite.ops.kernels import normalization as fused
from tinygrad_lite.ops.reduction import log_softmax, logsumexp, softmax

SPECIAL = np.array([np.nan, np.inf, -np.inf, -0.0, 0.0, 1e-45, -1.5], np.float32)


def of(rng: Any, *shape: int) -> Any:
    return rng.choice(SPECIAL, shape)


@pytest.mark.parametrize(
    ("condition", "x", "y"),
    [
        ((90, 100), (90, 100), (90, 100)),
        ((90, 100), (100,), (90, 1)),
        ((90, 100), (), ()),
        ((9000,), (2, 1), (9000,)),
        ((2, 9000), (9000,), (2, 1)),
    ],
)
@pytest.mark.parametrize("dtype", [np.bool_, np.int64])
def test_where_chooses_bits(condition: tuple[int, ...], x: Any, y: Any, dtype: Any) -> None:
    rng = np.random.default_rng(0)
    c = rng.integers(0, 3, condition).astype(dtype)
    a, b = of(rng, *x), of(rng, *y)
    for args in (
        (c, a, b),
        (c.T, a.T if a.shape == c.shape else 2, 0.5),
        (c, 0, b),
        (c, 1.5, np.float32(-0.0)),
        (c[..., ::-1], a, b),
    ):
        found, expected = where(*args), np.where(*args)
        assert found.dtype == expected.dtype
        np.testing.assert_array_equal(found.view(f"i{found.itemsize}"), expected.view(f"i{expected.itemsize}"))


@pytest.mark.parametrize("dtype", ["bool", "uint8", "int16", "int64", "float16", "float64"])
def test_where_chooses_bits_of_any_width(dtype: str) -> None:
    rng = np.random.default_rng(0)
    c, x, y = rng.random(2000) < 0.5, *rng.integers(0, 200, (2, 2000)).astype(dtype)
    found, expected = where(c, x, y), np.where(c, x, y)
    assert found.dtype == expected.dtype
    np.testing.assert_array_equal(found, expected)


@pytest.mark.parametrize("dtype", ["float16", "float32", "float64", "int64"])
def test_bounds_of_many_elements(dtype: str) -> None:
    x = np.tile(SPECIAL if "float" in dtype else np.array([-2, 0, 3]), 1000).astype(dtype)
    for found, expected in [
        (relu(x), np.maximum(x, 0)),
        (clamp(x, -1, 1), np.minimum(np.maximum(x, -1), 1)),
        (clamp(x, 0, None), np.maximum(x, 0)),
        (clamp(x, None, 0), np.minimum(x, 0)),
        *((leaky_relu(x, slope), np.where(x > 0, x, x * slope)) for slope in (0.5, 2.0, -1.0)),
    ]:
        np.testing.assert_array_equal(found, expected)


@pytest.mark.parametrize("shape", [(70, 3), (3, 70), (5, 4, 3), (2, 3, 70), (7,)])
@pytest.mark.parametrize("dim", [0, -1])
def test_softmax_reduces_in_either_order(shape: tuple[int, ...], dim: int) -> None:
    x = np.random.default_rng(0).normal(size=shape)
    kept = x.copy()
    e = np.exp(x)
    total = e.sum(axis=dim, keepdims=True)
    for values in (x, np.asfortranarray(x)):
        np.testing.assert_allclose(softmax(values, dim), e / total)
        np.testing.assert_allclose(log_softmax(values, dim), x - np.log(total))
        np.testing.assert_allclose(logsumexp(values, dim, True), np.log(total))
    np.testing.assert_array_equal(x, kept)


@pytest.mark.parametrize("dim", [0, 1, 2, -1])
@pytest.mark.parametrize("dtype", [np.int64, np.int8])
def test_places_along_a_dim(dim: int, dtype: Any) -> None:
    rng = np.random.default_rng(0)
    x = np.moveaxis(rng.normal(size=(50, 4, 6)), 0, 1)  # not in order
    index = rng.integers(0, x.shape[dim], (3, 2, 5)).astype(dtype)
    src = rng.normal(size=index.shape)
    taken, put, added = np.empty(index.shape), x.copy(), x.copy()
    for at in np.ndindex(index.shape):
        place = list(at)
        place[dim] = index[at]
        taken[at] = x[tuple(place)]
        put[tuple(place)] = src[at]
        added[tuple(place)] += src[at]
    np.testing.assert_array_equal(gather(x, dim, index), taken)
    np.testing.assert_array_equal(scatter(x, dim, index, src), put)
    np.testing.assert_array_equal(scatter_add(x, dim, index, src), added)


@given(seed=st.integers(0, 999), shape=st.sampled_from([(5,), (5, 2), (3, 1, 2), (4, 0), (2, 3)]), n=st.integers(0, 6))
def test_put_at_adds_up_rows(seed: int, shape: tuple[int, ...], n: int) -> None:
    rng = np.random.default_rng(seed)
    index = rng.integers(-shape[0], shape[0], (n, 2))
    x = rng.integers(-9, 9, (n, 2, *shape[1:])).astype(np.float32)
    expected = np.zeros(shape, np.float32)
    for place, row in zip(index.reshape(-1), x.reshape(2 * n, *shape[1:]), strict=True):
        expected[place] += row
    for values in (x, np.asfortranarray(x)):
        np.testing.assert_array_equal(put_at(values, shape, index), expected)


@pytest.mark.parametrize("weight", [(3, 4), (4,)])
@pytest.mark.parametrize("flipped", [False, True])
def test_a_product_of_many_rows(weight: tuple[int, ...], flipped: bool) -> None:
    rng = np.random.default_rng(0)
    x, w = rng.normal(size=(5000, 4)), rng.normal(size=weight)
    x = np.asfortranarray(x) if flipped else x
    out, saved = linear_kernel.linear.kernel(x, w, None)
    np.testing.assert_allclose(out, x @ w.T)
    g = rng.normal(size=out.shape)
    by_x, by_weight, _ = linear_kernel.linear.pullback(g, saved, [True, True, False])
    np.testing.assert_allclose(by_x, g.reshape(5000, -1) @ w.reshape(-1, 4))
    np.testing.assert_allclose(by_weight, g.T @ x)


X, Y = np.random.default_rng(0).standard_normal((2, 5000, 60)).astype(np.float32)
C, MASK = np.abs(Y[0]), Y > 0
BATCH_NORM, FROZEN = (X, C, C, None, None, None, 0.1), (X, C, C, C, C, 0.1)
ONE_ARRAY = {
    "linear": lambda: linear_kernel.linear.kernel(X, np.eye(60, dtype=np.float32), C),
    "linear's derivative": lambda: linear_kernel.linear.pullback(Y, (X, np.eye(60, dtype=np.float32)), [True] * 3),
    "relu": lambda: relu(X),
    "relu's derivative": lambda: relu_backward(X, Y),
    "tanh's derivative": lambda: tanh_backward(X, Y),
    "dropout": lambda: masked_scale(X, MASK, 2.0),
    "batch norm": lambda: fused.batch_norm.kernel(*BATCH_NORM),
    "batch norm's derivative": lambda: fused.batch_norm.pullback(Y, (X, C, C, C), [True] * 3),
    "frozen batch norm": lambda: fused.frozen_batch_norm.kernel(*FROZEN),
}


@pytest.mark.parametrize("name", ONE_ARRAY)
def test_no_more_memory_than_for_the_result(name: str) -> None:
    tracemalloc.start()
    try:
        kept = ONE_ARRAY[name]()
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert kept is not None
    assert X.nbytes <= peak < 1.1 * X.nbytes
