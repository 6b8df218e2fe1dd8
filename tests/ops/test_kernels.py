"""Every kernel that the table names computes what its reference computes, on both sides of each of its thresholds.

The kernels of fused operations are compared with their references in test_fused.py.
"""

from __future__ import annotations

import inspect
import itertools
import math
import tracemalloc
from collections.abc import Callable
from fractions import Fraction
from typing import Any

import hypothesis.strategies as st
import numpy as np
import pytest
from hypothesis import given

import tinygrad_lite as tl
from tinygrad_lite.core.primitive import REGISTRY, Fused
from tinygrad_lite.ops import convolution
from tinygrad_lite.ops.activation import relu
from tinygrad_lite.ops.elementwise import masked_scale, sigmoid, where
from tinygrad_lite.ops.indexing import gather, getitem, put_at, scatter, scatter_add
from tinygrad_lite.ops.kernels import gates
from tinygrad_lite.ops.kernels import linear as linear_kernel
from tinygrad_lite.ops.kernels import normalization as fused
from tinygrad_lite.ops.kernels.elementwise import floor_divide, relu_derivative, sigmoid_derivative, tanh_derivative
from tinygrad_lite.ops.kernels.selection import choose
from tinygrad_lite.ops.losses import binary_cross_entropy_with_logits
from tinygrad_lite.ops.reduction import log_softmax, logsumexp, softmax

SPECIAL = np.array([np.nan, np.inf, -np.inf, -0.0, 0.0, 1e-45, -1.5], np.float32)


def of(rng: Any, *shape: int) -> Any:
    return rng.choice(SPECIAL, shape)


# ------------------------------------------------------------------------------------ kernels and their references

KERNELS = {
    name: p
    for name, p in REGISTRY.items()
    if p.forward is not inspect.unwrap(p) and not isinstance(p, Fused) and not isinstance(p.forward, np.ufunc)
}
RULES = {
    f"{name} by {p.names[rule.argument]}": rule.vjp
    for name, p in REGISTRY.items()
    for rule in p.rules
    if rule is not None and hasattr(rule.vjp, "kernel")
}

SIZES = [0, 1, 250, 260, 1000, 1100, 2000, 2100, 4000, 4200, 65000, 66000]
"""On both sides of 256 (the derivative of relu), 1024 (choose), 2048 (relu), and 4096 (topk_indices)."""

Arguments = Callable[[Any, Any], tuple[Any, ...]]
ELEMENTWISE: dict[str, Arguments] = {
    "lerp": lambda x, rng: (x, x[::-1], rng.choice([0.2, 0.7, 1.0, 0.0], x.shape).astype(x.dtype)),
    "lerp with a number": lambda x, rng: (x, x[::-1], rng.choice([0.2, 0.7]).item()),
    "softplus": lambda x, rng: (x, rng.choice([1.0, 0.5]).item(), 20.0),
    "relu": lambda x, rng: (x,),
    "sigmoid": lambda x, rng: (x,),
    "hardswish": lambda x, rng: (x * x.dtype.type(1.5),),
    "binary_cross_entropy_with_logits": lambda x, rng: (x, rng.random(x.shape).astype(x.dtype)),
    "leaky_relu": lambda x, rng: (x, rng.choice([0.01, 1.0, 2.0, -1.0]).item()),
    "prelu": lambda x, rng: (x, x[::-1]),
    "prelu with a number": lambda x, rng: (x, np.array(0.25, x.dtype)),
    "elu": lambda x, rng: (x, rng.choice([1.0, 1.7]).item(), rng.choice([1.0, 1.05]).item(), 0.5),
    "hardtanh": lambda x, rng: (x, -1.0, 0.5),
    "sign": lambda x, rng: (x,),
    "clamp": lambda x, rng: (x, -1, 0.5),
    "clamp from below": lambda x, rng: (x, x[::-1], None),
    "clamp from above": lambda x, rng: (x, None, 0),
    "where": lambda x, rng: (rng.random(x.shape) < 0.5, x, x[::-1]),
    "masked_scale": lambda x, rng: (x, rng.random(x.shape) < 0.5, 1.25),
    "fmod": lambda x, rng: (x, _divisors(x, rng)),
    "fmod by a number": lambda x, rng: (_usual(x), 0.3),
    "fmod of large quotients": lambda x, rng: (_usual(x) * _usual(x) * 100, _usual(x) / 500),
    "fmod of huge quotients": lambda x, rng: (
        np.ldexp(_usual(x), rng.integers(0, 30 * x.itemsize - 55, x.shape)),
        np.sign(_usual(x)) * 3,
    ),
    "remainder": lambda x, rng: (x, _divisors(x, rng)),
    "remainder of usual numbers": lambda x, rng: (_usual(x), _divisors(_usual(x), rng)),
    "remainder by a number": lambda x, rng: (_usual(x), rng.choice([0.3, -2.0]).item()),
    "nextafter": lambda x, rng: (x, rng.permutation(x)),
    "nextafter of usual numbers": lambda x, rng: (_usual(x), _usual(x) + rng.choice([-1, 1], x.shape).astype(x.dtype)),
    "nextafter to a number": lambda x, rng: (x, 2.0),
    "angle": lambda x, rng: (x,),
    "logical_and": lambda x, rng: (x, rng.permutation(x)),
    "logical_or": lambda x, rng: (x, rng.permutation(x)),
    "logical_xor": lambda x, rng: (x, 0.0),
    "logical_not": lambda x, rng: (x,),
    "angle of usual numbers": lambda x, rng: (_usual(x),),
    "logaddexp": lambda x, rng: (x, rng.permutation(x)),
    "logaddexp of usual numbers": lambda x, rng: (_usual(x), rng.permutation(_usual(x))),
    "hypot": lambda x, rng: (x, rng.permutation(x)),
    "hypot of usual numbers": lambda x, rng: (_usual(x), _usual(x) + 3),
    "prelu with one weight": lambda x, rng: (x, np.array([0.25], x.dtype)),
}
CLOSE = {"logaddexp", "hypot"}
"""They are as exact as their references, but not the same to the bit."""


def _usual(x: Any) -> Any:
    """Finite numbers, none of which is 0."""
    return np.where(np.isfinite(x) & (np.abs(x) > 0.01), x, 1.5).astype(x.dtype)


def _divisors(x: Any, rng: Any) -> Any:
    return rng.choice(rng.choice([[0.5, -0.75, 3.0], [0.0, np.inf, 2.0], [1e-6, 1.0, -3e4]]), x.shape).astype(x.dtype)


ALONG_A_DIM: dict[str, Arguments] = {
    "sum": lambda x, dim: (x, dim, True),
    "sum_to": lambda x, dim: (x, tuple(1 if d == dim % x.ndim else n for d, n in enumerate(x.shape))),
    "mean": lambda x, dim: (x, dim, True),
    "logsumexp": lambda x, dim: (x, dim, False),
    "softmax": lambda x, dim: (x, dim),
    "log_softmax": lambda x, dim: (x, dim),
    "cumsum": lambda x, dim: (x, dim),
    "cumprod": lambda x, dim: (x, dim),
    "prod": lambda x, dim: (x, dim, True),
}


CONVOLUTIONS = {
    p.name for p in (convolution.convolve, convolution.convolve_adjoint, convolution.convolve_weights)
}  # in test_convolution.py


def test_every_kernel_is_compared_here() -> None:
    compared = {name.partition(" ")[0] for name in (*ELEMENTWISE, *ALONG_A_DIM)} | {
        "nonzero",
        "topk_indices",
        "tril",
        "triu",
        "clone",
        *CONVOLUTIONS,
    }
    assert compared == set(KERNELS)
    assert set(RULES) == {
        "relu by x",
        "tanh by x",
        "sigmoid by x",
        "hardswish by x",
        "binary_cross_entropy_with_logits by x",
    }


def test_a_kernel_belongs_to_one_primitive() -> None:
    """A compiled program and its errors find the primitive by the function that computes it."""
    assert len({id(p.forward) for p in REGISTRY.values()}) == len(REGISTRY)


def values(rng: Any, size: int, dtype: str) -> Any:
    """Random numbers, every third of them a special one."""
    special = np.resize(rng.permutation(SPECIAL), size)
    with np.errstate(invalid="ignore"):
        return np.where(np.arange(size) % 3, rng.normal(0, 2, size), special).astype(dtype)


@pytest.mark.parametrize("name", ELEMENTWISE)
@given(seed=st.integers(0, 999), size=st.sampled_from(SIZES), dtype=st.sampled_from(["float16", "float32", "float64"]))
def test_a_kernel_gives_the_bits_of_its_reference(name: str, seed: int, size: int, dtype: str) -> None:
    rng = np.random.default_rng(seed)
    primitive = KERNELS[name.partition(" ")[0]]
    args = ELEMENTWISE[name](values(rng, size, dtype), rng)
    with np.errstate(all="ignore"):
        found, expected = primitive.forward(*args), inspect.unwrap(primitive)(*args)
    assert found.dtype == expected.dtype
    if name.partition(" ")[0] in CLOSE:
        tolerance = 4 * np.finfo(dtype).eps
        np.testing.assert_allclose(found, expected, rtol=tolerance, atol=tolerance)
        return
    np.testing.assert_array_equal(found, expected)
    if name.startswith(("fmod", "remainder", "nextafter", "angle")):
        number = ~np.isnan(found)
        np.testing.assert_array_equal(np.signbit(found)[number], np.signbit(expected)[number])


@pytest.mark.parametrize("name", RULES)
@given(seed=st.integers(0, 999), size=st.sampled_from(SIZES), dtype=st.sampled_from(["float16", "float32", "float64"]))
def test_the_kernel_of_a_derivative_gives_the_bits_of_the_formula(name: str, seed: int, size: int, dtype: str) -> None:
    rng = np.random.default_rng(seed)
    rule: Any = RULES[name]
    primitive = REGISTRY[name.partition(" ")[0]]
    with np.errstate(all="ignore"):
        args: tuple[Any, ...] = (values(rng, size, dtype),)
        if name == "hardswish by x":
            args = (np.where(rng.random(size) < 0.1, np.sign(args[0]) * args[0].dtype.type(3), args[0] * 2),)
        elif primitive.arity == 2:
            args = (*args, values(rng, size, dtype))
        else:
            args = (primitive.forward(*args),)
        g = values(rng, size, dtype)
        found, expected = rule(g, *args), rule.formula(g, *args)
    assert found.dtype == expected.dtype
    np.testing.assert_array_equal(found, expected)


@pytest.mark.parametrize("name", ALONG_A_DIM)
@given(
    seed=st.integers(0, 999),
    shape=st.sampled_from(
        [
            (7,),
            (3, 63),
            (3, 64),
            (70, 3),
            (2, 3, 63),
            (2, 63, 3),
            (0, 3),
            (3, 70),
            (1, 1),
            (30, 40),
            (20, 70),
            (2, 9, 70),
        ]
    ),
    dim=st.sampled_from([0, -1]),
    dtype=st.sampled_from(["float32", "float64"]),
)
def test_a_reduction_gives_what_its_reference_gives(name: str, seed: int, shape: Any, dim: int, dtype: str) -> None:
    x = np.random.default_rng(seed).normal(0, 3 if seed % 2 else 30, shape).astype(dtype)
    if name == "mean" and not x.size:
        return  # np.mean of no elements warns
    args = ALONG_A_DIM[name](x, dim)
    with np.errstate(all="ignore"):  # the logarithm of a sum of no elements, and products that are infinite
        found, expected = KERNELS[name].forward(*args), inspect.unwrap(KERNELS[name])(*args)
    assert found.dtype == expected.dtype
    tolerance = 0 if name == "mean" else 1e-5 if dtype == "float32" else 1e-13  # the order of a sum may differ
    np.testing.assert_allclose(found, expected, rtol=tolerance, atol=tolerance)


@given(
    seed=st.integers(0, 999),
    shape=st.sampled_from([(300, 16), (300, 17), (17, 300), (200, 17), (6, 5, 300), (30,)]),
    dim=st.sampled_from([0, -1]),
    k=st.sampled_from([0, 1, 2, 5]),
    largest=st.booleans(),
    ties=st.booleans(),
)
def test_topk_selects_what_sorting_selects(seed: int, shape: Any, dim: int, k: int, largest: bool, ties: bool) -> None:
    x = np.random.default_rng(seed).normal(0, 3, shape)
    if ties:
        x = np.where(x > 5, np.nan, np.round(x))
    found, expected = (
        f(x, k, dim, largest) for f in (KERNELS["topk_indices"].forward, inspect.unwrap(KERNELS["topk_indices"]))
    )
    np.testing.assert_array_equal(found, expected)


@pytest.mark.parametrize("name", ["tril", "triu"])
def test_one_side_of_a_diagonal(name: str) -> None:
    for dtype in ("bool", "int16", "float32", "float64", "longdouble"):
        for shape in ((4, 7), (7, 4), (2, 3, 3), (1, 1), (0, 3), (600, 500)):
            x = np.resize(np.array([*SPECIAL, 1, 2] if dtype.startswith("float") else [1, 2, 0]), shape).astype(dtype)
            for values in (x, x.swapaxes(-1, -2)):
                for diagonal in (-8, -2, 0, 1, 9) if x.size < 100 else (1,):
                    found, expected = (
                        f(values, diagonal) for f in (KERNELS[name].forward, inspect.unwrap(KERNELS[name]))
                    )
                    assert found.dtype == expected.dtype
                    np.testing.assert_array_equal(found, expected)
                    np.testing.assert_array_equal(np.signbit(found), np.signbit(expected)) if dtype == "float32" else 0


def test_places_that_are_not_0() -> None:
    rng = np.random.default_rng(0)
    for shape in ((), (0,), (700,), (5, 4), (30, 40), (0, 3), (600, 0), (8, 9, 10), (1, 600, 1)):
        for dtype in ("bool", "int64", "float32"):
            x = rng.choice([0, 0, 1, 2] if dtype != "float32" else [0, -0.0, np.nan, 1e-45], shape)
            for values in (x.astype(dtype), np.asfortranarray(x.astype(dtype))):
                found, expected = (f(values) for f in (KERNELS["nonzero"].forward, inspect.unwrap(KERNELS["nonzero"])))
                assert found.dtype == expected.dtype
                np.testing.assert_array_equal(found, expected)


@pytest.mark.parametrize("function", [np.fmod, np.remainder])
def test_remainders_are_exact(function: Any) -> None:
    rng = np.random.default_rng(0)
    kernel: Any = KERNELS[function.__name__].forward
    for size in (63, 64, 1000):
        y = (rng.uniform(0.5, 3, size) * rng.choice([-1, 1], size)).astype(np.float32)
        whole = np.tile(np.array([0.0, -0.0, 4, -4, 6, -6, 7], np.float32), size)[:size]
        for x in (y[::-1].astype(float) * 2.0**k for k in (-30, 0, 5, 20, 27, 28, 29, 40, 100)):
            x = x.astype(np.float32)
            for a, b in ((x, y), (np.abs(x), np.abs(y)), (-np.abs(x), np.abs(y))):
                np.testing.assert_array_equal(kernel(a, b), function(a, b))
        for divisor in (np.full(size, 2, np.float32), np.full(size, -2, np.float32), 2.0, -2.0):
            found, expected = kernel(whole, divisor), function(whole, divisor)
            np.testing.assert_array_equal(found, expected)
            np.testing.assert_array_equal(np.signbit(found), np.signbit(expected))


@pytest.mark.parametrize("size", [63, 64, 500])
def test_lengths_of_any_size(size: int) -> None:
    x, y = np.random.default_rng(0).uniform(0.5, 2, (2, size))
    for dtype, scales in ((np.float32, (1e-42, 1e-22, 1.0, 1e18, 1e25)), (np.float64, (1e-320, 1e-170, 1.0, 1e200))):
        for scale in scales:
            a, b = (x * scale).astype(dtype), (y * scale).astype(dtype)
            a[0] = b[1] = b[0 if size == 500 else 1] = 0
            with np.errstate(over="ignore", under="ignore"):
                found, of_one = KERNELS["hypot"].forward(a, b), KERNELS["hypot"].forward(b, 0.0)
            np.testing.assert_allclose(found, np.hypot(a, b), rtol=2 * np.finfo(dtype).eps)
            np.testing.assert_allclose(of_one, b, rtol=2 * np.finfo(dtype).eps)


@pytest.mark.parametrize("shape", [(64, 48), (40, 3, 16), (16, 50), (64, 20), (30, 64, 2), (3, 64, 64)])
def test_scans_in_blocks_and_by_rows(shape: tuple[int, ...]) -> None:
    x = np.random.default_rng(0).uniform(-1, 1, shape)
    x[0, 0], x[-1, 1] = np.nan, np.inf
    for dtype, tolerance in ((np.float32, 2e-7), (np.float64, 1e-11)):
        for values in (x.astype(dtype), np.asfortranarray(x.astype(dtype))):
            for dim, (name, function) in itertools.product(range(-1, len(shape) - 1), SCANS.items()):
                with np.errstate(all="ignore"):
                    found, expected = KERNELS[name].forward(values, dim), function(values, dim, np.float64)
                assert found.dtype == dtype
                np.testing.assert_allclose(found, expected.astype(dtype), rtol=tolerance, atol=1e-44)


SCANS: dict[str, Any] = {"cumsum": np.cumsum, "cumprod": np.cumprod, "prod": np.prod}


# ------------------------------------------------------------------------------------------------ special cases


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


@pytest.mark.parametrize("name", ["relu", "clamp", "sign"])
def test_kernels_of_integers(name: str) -> None:
    x = np.tile([-2, 0, 3], 1000)
    args = (x, -1, 1) if name == "clamp" else (x,)
    found, expected = KERNELS[name].forward(*args), inspect.unwrap(KERNELS[name])(*args)
    assert found.dtype == expected.dtype == np.int64
    np.testing.assert_array_equal(found, expected)


@pytest.mark.parametrize("name", ["cumsum", "cumprod", "prod"])
def test_scans_of_integers_and_of_one_number(name: str) -> None:
    of_bools = np.array([[True, False, True], [True, True, True]])
    numbers = np.array(1.5, np.float32), np.array(3), np.array([], np.float32)
    for x in (of_bools, of_bools.astype(np.int8) * 3, np.asfortranarray(of_bools.astype(np.int64) - 2), *numbers):
        for dim in {0, x.ndim - 1} if x.ndim else {0}:
            found, expected = (f(x, dim) for f in (KERNELS[name].forward, inspect.unwrap(KERNELS[name])))
            assert np.asarray(found).dtype == np.asarray(expected).dtype
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


RUNS = {
    "a border": [2, 1, *range(20), 18, 17],
    "runs that overlap": [*range(5, 15), *range(10, 20), *range(10)],
    "counted from the end": [*range(-20, 0)],
    "no neighbours": [5, 3, 1, 3, 5, 7, 9, 11, 13, 15],
    "pairs": [0, 1, 3, 4, 0, 1, 7, 8],
    "one": [4],
    "from the end to the beginning": [*range(-8, 0), *range(8)],
}


@pytest.mark.parametrize("name", RUNS)
def test_places_that_are_neighbours(name: str) -> None:
    """Elements and their adjoint, which adds up, for few and for many elements at a place."""
    places = np.array(RUNS[name])
    for shape in ((3, 20), (2, 3, 20), (40, 20, 30), (2, 300, 20)):
        dim = shape.index(20)
        x = np.random.default_rng(0).integers(-9, 9, shape).astype(np.float32)
        index = (*[slice(None)] * dim, places)
        out = getitem.forward(x, index)
        np.testing.assert_array_equal(out, np.moveaxis(np.array([np.moveaxis(x, dim, 0)[p] for p in places]), 0, dim))
        assert out.flags.c_contiguous
        expected = np.zeros(shape)
        for i, place in enumerate(places):
            np.moveaxis(expected, dim, 0)[place] += np.moveaxis(out, dim, 0)[i]
        np.testing.assert_array_equal(put_at.forward(out, shape, index), expected)
        small = (*index[:-1], places.astype(np.int8))
        np.testing.assert_array_equal(getitem.forward(x, small), out)
        for beyond in (20, -21):
            index = (*[slice(None)] * dim, np.array([*range(12), beyond]))
            with pytest.raises(IndexError, match=f"index {beyond} is out of bounds"):
                getitem.forward(x, index)
            with pytest.raises(IndexError, match=f"index {beyond} is out of bounds"):
                put_at.forward(np.moveaxis(np.moveaxis(x, dim, 0)[:13], 0, dim), shape, index)


def test_a_choice_between_elements_and_a_zero() -> None:
    """Of either sign, and of each type, to the bit."""
    for size in (10, 2000):
        for dtype in ("int8", "int64", "float16", "float32", "float64"):
            rng = np.random.default_rng(0)
            x, condition = rng.integers(-2, 3, size).astype(dtype), rng.random(size) < 0.5
            for zero in (0, 0.0, -0.0, np.float32(-0.0), np.array(0, dtype)):
                for args in ((condition, x, zero), (condition, zero, x)):
                    found, expected = choose(*args), np.where(*args)
                    assert found.dtype == expected.dtype
                    assert found.tobytes() == expected.tobytes()


def test_a_copy_of_a_matrix_that_is_transposed() -> None:
    """Elements 1024 bytes apart, more or fewer of them, those of a part of a matrix, and of one that is expanded."""
    for shape in ((256, 256), (40, 256), (16, 512), (17, 512), (33, 256), (90, 250), (2, 64, 128), (8, 1024)):
        for dtype in ("int8", "float32", "float64", "bool"):
            x = np.random.default_rng(0).integers(-99, 99, shape).astype(dtype)
            for view in (
                x.swapaxes(-1, -2),
                x.T,
                x.T[:, ::-1],
                x[..., ::2].T,
                x.T[1:-1],
                np.broadcast_to(x[:1], shape),
            ):
                found = KERNELS["clone"].forward(view)
                assert found.flags.c_contiguous
                assert found.flags.owndata
                assert found.dtype == x.dtype
                assert found.tolist() == view.tolist()


ROWS = [(5,), (5, 2), (3, 1, 2), (4, 0), (2, 3), (3, 256), (3, 2, 129), (2, 257)]
"""Of an odd and an even width, and on both sides of the width from which each row is added as a whole."""


@given(seed=st.integers(0, 999), shape=st.sampled_from(ROWS), n=st.integers(0, 6))
def test_put_at_adds_up_rows(seed: int, shape: tuple[int, ...], n: int) -> None:
    rng = np.random.default_rng(seed)
    index = rng.integers(-shape[0], shape[0], (n, 2))
    x = rng.integers(-9, 9, (n, 2, *shape[1:])).astype(np.float32)
    expected = np.zeros(shape, np.float32)
    for place, row in zip(index.reshape(-1), x.reshape(2 * n, *shape[1:]), strict=True):
        expected[place] += row
    for values in (x, np.asfortranarray(x), x.astype(int), x.astype(float), x.astype(np.float16)):
        np.testing.assert_array_equal(put_at(values, shape, index), expected)
        np.testing.assert_array_equal(put_at(values, shape, (index,)), expected)
        assert put_at(values, shape, index).dtype == values.dtype
    for beyond in (shape[0], -shape[0] - 1):
        if expected.size:
            with pytest.raises(IndexError, match="out of bounds"):
                put_at.forward(np.ones((1, *shape[1:])), shape, np.array([beyond]))


def test_elements_of_a_result_by_several_arrays_have_gradients() -> None:
    """An index of arrays is no piece of a dimension, whose gradients are joined in the backward pass."""
    for rows, columns in (([0, 1, 1], [1, 1, 3]), ([2], [0]), ([], [])):
        x = tl.ones(3, 4, requires_grad=True)
        i, j = tl.tensor(rows, dtype=tl.int64), tl.tensor(columns, dtype=tl.int64)
        y = x * 2
        (y[i, j].sum() + y[:, j].sum() + y[:, 1].sum()).backward()
        expected = np.zeros((3, 4), np.float32)
        np.add.at(expected, (rows, columns), 2) if rows else None
        np.add.at(expected.T, columns, 2) if rows else None
        expected[:, 1] += 2
        assert x.grad is not None
        np.testing.assert_array_equal(x.grad.numpy(), expected)


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
    "relu's derivative": lambda: relu_derivative(X, Y),
    "tanh's derivative": lambda: tanh_derivative(X, Y),
    "sigmoid's derivative": lambda: sigmoid_derivative(X, Y),
    "dropout": lambda: masked_scale(X, MASK, 2.0),
    "batch norm": lambda: fused.batch_norm.kernel(*BATCH_NORM),
    "batch norm's derivative": lambda: fused.batch_norm.pullback(Y, (X, C, C, C), [True] * 3),
    "frozen batch norm": lambda: fused.frozen_batch_norm.kernel(*FROZEN),
}


TWO_ARRAYS = {
    "sigmoid": lambda: sigmoid.forward(X),
    "binary cross entropy": lambda: binary_cross_entropy_with_logits.forward(X, Y),
    "its derivative": lambda: RULES["binary_cross_entropy_with_logits by x"](X, Y, X),
}


@pytest.mark.parametrize("name", [*ONE_ARRAY, *TWO_ARRAYS])
def test_no_more_memory_than_for_the_result(name: str) -> None:
    tracemalloc.start()
    try:
        kept = (ONE_ARRAY | TWO_ARRAYS)[name]()
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert kept is not None
    assert X.nbytes <= peak < (1.1 if name in ONE_ARRAY else 2.1) * X.nbytes


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_quotients_are_rounded_down_from_their_exact_values(dtype: Any) -> None:
    x, y = np.random.default_rng(0).standard_normal((2, 2000)).astype(dtype)
    x[:100] = np.arange(100) * dtype(0.1)  # of these many quotients are rounded to whole numbers
    y[:100] = dtype(0.1)
    x[100], y[100] = -1e-30, 1e30
    found = floor_divide(x, y)
    exact = [math.floor(Fraction(float(a)) / Fraction(float(b))) for a, b in zip(x, y, strict=True)]
    np.testing.assert_array_equal(found, np.array(exact, dtype))
    special = np.array([np.inf, -np.inf, np.nan, 0.0, -0.0, 1.0, -1.0] * 20, dtype)
    for divisor in (0.0, -0.0, 2.0, -2.0, np.inf, -np.inf, np.nan):
        with np.errstate(all="ignore"):
            expected, other = np.floor_divide(special, dtype(divisor)), floor_divide(special, dtype(divisor))
        np.testing.assert_array_equal(other, expected)
        np.testing.assert_array_equal(np.signbit(other), np.signbit(expected))


def test_gelu_keeps_most_of_what_it_computes_again_in_part() -> None:
    """Of many elements: the results and gradients, to the bit, of a row that is computed by itself."""
    rng = np.random.default_rng(0)
    x = rng.normal(size=(5, 20_000)).astype(np.float32)
    g = rng.normal(size=x.shape).astype(np.float32)
    for order in ("C", "F"):
        values = np.asarray(x, order=order)
        out, saved = gates.gelu.kernel(values)
        (slope,) = gates.gelu.pullback(g, saved, [True])
        assert saved[1].size == (83_334 if order == "C" else 100_000)
        for i in range(5):
            row, saved = gates.gelu.kernel(x[i])
            (row_slope,) = gates.gelu.pullback(g[i], saved, [True])
            assert saved[1].size == 20_000
            assert np.array_equal(out[i], row)
            assert np.array_equal(slope[i], row_slope)
