"""The ways through `ops/` that drawn floats do not take: whole numbers, float16, ties of settings, new arrays.

`python -m tests.coverage_of_kernels` says which ways no test takes. Every expected value here is exact.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

import tinygrad_lite as tl
from tinygrad_lite.core.primitive import REGISTRY
from tinygrad_lite.ops import creation
from tinygrad_lite.ops.kernels import normalization
from tinygrad_lite.ops.kernels.summation import sum_over
from tinygrad_lite.ops.linalg import matmul

f16, f32, i64, u8 = np.float16, np.float32, np.int64, np.uint8
A = np.array
inf, nan = math.inf, math.nan

FAR = A([[4098.0, 4097.0, 4096.0, 4097.0] * 2], f32) / f32(3)


def standardized(rows: Any) -> Any:
    """The rows with mean 0 and variance 1, computed in float64."""
    centered = rows.astype(float) - rows.astype(float).mean(1, keepdims=True)
    return (centered / np.sqrt((centered**2).mean(1, keepdims=True))).astype(rows.dtype)


CASES: dict[str, tuple[str, tuple[Any, ...], Any]] = {
    "floor_divide of whole numbers": ("floor_divide", (A([7, -7, 6]), A([2, 2, -4])), A([3, -4, -2])),
    "trunc_divide of whole numbers": ("trunc_divide", (A([7, -7, 6, -8]), A([2, 2, -4, 2])), A([3, -3, -1, -4])),
    "prod of whole numbers": ("prod", (A([[2, 3], [-5, 4]]), 1, False), A([6, -20])),
    "prod of whole numbers beyond what a float holds": ("prod", (A([3**33, 3]), None, False), A(3**34)),
    "pow of whole numbers": (
        "pow",
        (A([2, 1, -1, -1, 3, 0]), A([-1, -5, -3, -2, 2, 4])),
        A([0, 1, -1, 1, 9, 0]),
    ),
    "getitem of columns": (
        "getitem",
        (A([[1, 2, 3], [4, 5, 6]]), (slice(None), A([-1, 0, 0]))),
        A([[3, 1, 1], [6, 4, 4]]),
    ),
    "put_at of few columns": (
        "put_at",
        (A([[1, 2, 3], [4, 5, 6]]), (2, 3), (slice(None), A([-1, 0, 0]))),
        A([[5, 0, 1], [11, 0, 4]]),
    ),
    "put_at of long columns": (
        "put_at",
        (np.ones((300, 3), int), (300, 2), (slice(None), A([-1, 0, 0]))),
        A([[2, 1]] * 300),
    ),
    "put_at of wide rows": (
        "put_at",
        (np.ones((3, 257), f32) * A([[1], [2], [4]], f32), (2, 257), A([-1, 0, 1])),
        A([[2], [5]], f32) * np.ones(257, f32),
    ),
    "put_at of pairs of columns": (
        "put_at",
        (np.ones((3, 256), f32) * A([[1], [2], [4]], f32), (2, 256), A([-1, 0, 1])),
        A([[2], [5]], f32) * np.ones(256, f32),
    ),
    "put_at in float16": ("put_at", (np.ones(4000, f16), (2,), np.zeros(4000, int)), A([4000, 0], f16)),
    "mean in float16": ("mean", (np.full(4000, 60, f16), None, False), A(60, f16)),
    "sum in float16": ("sum", (np.full((4000, 1), 1, f16), None, False), A(4000, f16)),
    "mean of nothing": ("mean", (np.zeros((0, 2), f32), 0, False), A([nan, nan], f32)),
    "norm 0": ("norm", (A([[0.0, 3.0, nan], [0.0, 0.0, 1.0]], f32), 0.0, 1, False), A([2, 1], f32)),
    "norm 2 of large numbers": ("norm", (A([3e30, 4e30], f32), 2.0, None, False), A(5e30, f32)),
    "norm 2 of small numbers": ("norm", (A([3e-30, 4e-30], f32), 2.0, None, True), A([5e-30], f32)),
    "norm 3 of large numbers": ("norm", (A([0, 2e30], f32), 3.0, None, False), A(2e30, f32)),
    "mode of nothing": ("mode_index", (np.zeros((2, 0)).T, 1), np.zeros((0, 1), i64)),
    "histogram of its own range": ("histogram", (A([1.0, 2.0, 3.0]), 2, 0.0, 0.0), A([1.0, 2.0])),
    "histogram of one number": ("histogram", (A([2.0, 2.0]), 2, 0.0, 0.0), A([0.0, 2.0])),
    "histogram of a number that is no bin's edge": ("histogram", (A([2.0, 2.0]), 3, 0.0, 0.0), A([0.0, 2.0, 0.0])),
    "the lower median": ("median_index", (A([3.0, 1.0, 2.0, 5.0]), 0, False), A([2])),
    "the median of an odd number": ("median_index", (A([3.0, 1.0, 2.0, 5.0, 4.0]), 0, False), A([0])),
    "the last of the largest so far": ("cummax_index", (A([1.0, 3.0, 2.0, 3.0, nan, 1.0]), 0), A([0, 1, 1, 3, 4, 4])),
    "the last of the smallest so far": ("cummin_index", (A([3.0, 1.0, 2.0, 1.0, nan, 3.0]), 0), A([0, 1, 1, 3, 4, 4])),
    "softmax of large numbers": ("softmax", (A([1000.0, 1000.0]), 0), A([0.5, 0.5])),
    "softmax of large numbers in columns": ("softmax", (np.full((2, 1), 1000.0), 0), A([[0.5], [0.5]])),
    "layer_norm far from 0": ("layer_norm", (FAR, None, None, 1, 0.0), standardized(FAR)),
    "searchsorted in rows": (
        "searchsorted",
        (A([[1.0, 3.0], [2.0, 2.0]]), A([[1.0, 4.0], [2.0, 0.0]]), True),
        A([[1, 2], [2, 0]]),
    ),
    "clamp of whole numbers": ("clamp", (A([-5, 0, 5]), None, 2), A([-5, 0, 2])),
}


@pytest.mark.parametrize("name", CASES)
def test_values(name: str) -> None:
    primitive, args, expected = CASES[name]
    with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
        found = np.asarray(REGISTRY[primitive].forward(*args))
    assert found.dtype == expected.dtype
    np.testing.assert_allclose(found, expected, rtol=1e-6 if found.dtype == f32 else 0)
    assert found.shape == expected.shape


NEW: dict[str, tuple[Any, Any]] = {
    "eye": (lambda: creation.eye(2, 3, f32), A([[1, 0, 0], [0, 1, 0]], f32)),
    "number": (lambda: creation.number([[1, 2]], f32), A([[1, 2]], f32)),
    "arange": (lambda: creation.arange(1, 2, 3, i64), A([1, 3, 5])),
    "arange of floats": (lambda: creation.arange(0.5, 0.25, 3, f32), A([0.5, 0.75, 1], f32)),
    "arange beyond 2**53": (lambda: creation.arange(2**53 + 1, 1, 2, i64), A([2**53 + 1, 2**53 + 2])),
    "linspace": (lambda: creation.linspace(-1.0, 1.0, 5, f32), A([-1, -0.5, 0, 0.5, 1], f32)),
    "linspace of one": (lambda: creation.linspace(3, 9, 1, i64), A([3])),
    "linspace of whole numbers": (lambda: creation.linspace(0, -7, 4, i64), A([0, -2, -4, -7])),
    "linspace of whole numbers from another than 0": (lambda: creation.linspace(3, -6, 4, i64), A([3, 0, -3, -6])),
    "linspace from the nearer end": (lambda: creation.linspace(2, 9, 5, i64), A([2, 3, 5, 7, 9])),
    "logspace": (lambda: creation.logspace(0.0, 3.0, 4, 2.0, f32), A([1, 2, 4, 8], f32)),
    "triangle below": (lambda: creation.triangle_indices(True, 2, 2, 0, i64), A([[0, 1, 1], [0, 0, 1]])),
    "triangle above": (lambda: creation.triangle_indices(False, 2, 2, 1, i64), A([[0], [1]])),
    "strided": (lambda: np.stack(creation.strided_indices((2, 3), None, 4)), A([[0, 1], [0, 1]])),
    "pairs": (lambda: np.stack(creation.pairs_of(3)), A([[0, 0, 1], [1, 2, 2]])),
    "repeated": (lambda: creation.repeated_indices(3, A([2, 0, 1])), A([0, 0, 2])),
}


@pytest.mark.parametrize("name", NEW)
def test_new_arrays(name: str) -> None:
    make, expected = NEW[name]
    found = make()
    assert found.dtype == expected.dtype
    np.testing.assert_array_equal(found, expected)


@pytest.mark.parametrize(
    ("mode", "expected"),
    [("replicate", [0, 0, 0, 1, 2, 2]), ("reflect", [2, 1, 0, 1, 2, 1]), ("circular", [1, 2, 0, 1, 2, 0])],
)
def test_padded_indices(mode: str, expected: list[int]) -> None:
    assert creation.padded_indices(3, 2, 1, mode).tolist() == expected
    if mode == "circular":
        assert creation.padded_indices(3, -1, 1, mode).tolist() == [1, 2, 1]


def test_running_averages() -> None:
    """By hand: a momentum of 1/4 of the batch's mean 2 and unbiased variance 4, and 3/4 of what was there."""
    x, mean, var = A([[0.0], [2.0], [4.0]]), A([6.0]), A([8.0])
    normalization.batch_norm.forward(x, None, None, mean, var, 0.25, 0.0)
    np.testing.assert_allclose((mean, var), ([5.0], [7.0]))


def shaped(*shape: int) -> Any:
    return np.arange(math.prod(shape), dtype=f32).reshape(shape) % 101 - 50


SUMS: dict[str, tuple[Any, Any]] = {
    "rows again and again": (np.broadcast_to(shaped(70), (300, 70)), (0,)),
    "rows again and again, over both": (np.broadcast_to(shaped(70), (300, 70)), (0, 1)),
    "columns again and again": (np.broadcast_to(shaped(300, 1, 4), (300, 70, 4)), (1, 2)),
    "neighbours in memory in other places": (shaped(4, 50, 60).transpose(1, 2, 0), (0, 1)),
    "neighbours in memory, not the fastest": (shaped(40, 50, 6).transpose(2, 0, 1), (1, 2)),
    "every other of few": (shaped(3000, 16)[:, ::2], (1,)),
    "every other": (shaped(3000, 24)[:, ::2], (1,)),
    "every other of many": (shaped(30, 2000)[:, ::2], (1,)),
    "every other of a length divisible by 8": (shaped(1000, 64)[:, ::2], (1,)),
}


@pytest.mark.parametrize("name", SUMS)
def test_sums(name: str) -> None:
    """Of whole numbers, so that they are exact in any order."""
    x, axes = SUMS[name]
    expected = x.astype(i64).sum(axis=axes)
    for keepdim in (False, True):
        np.testing.assert_array_equal(
            sum_over(x, axes, keepdim), expected if not keepdim else x.astype(i64).sum(axis=axes, keepdims=True)
        )


@pytest.mark.parametrize(("shape", "size"), [((2, 3), (0, 2)), ((0, 3), (0,)), ((4,), (0,))])
def test_views_of_no_elements(shape: tuple[int, ...], size: tuple[int, ...]) -> None:
    """None of the elements is looked at, so each has the gradient 0."""
    x = tl.ones(shape, requires_grad=True)
    out = x.as_strided(size, (1,) * len(size))
    assert out.shape == size
    out.sum().backward()
    assert x.grad is not None
    assert x.grad.equal(tl.zeros(shape))


@pytest.mark.parametrize("name", ["softmax", "log_softmax", "cumprod", "cumprod_before"])
@pytest.mark.parametrize("shape", [(0, 2), (2, 0)])
def test_nothing_along_a_dim(name: str, shape: tuple[int, int]) -> None:
    x = tl.zeros(shape, requires_grad=True)
    out = REGISTRY[name](x, 0)
    assert out.shape == shape
    out.sum().backward()
    assert x.grad is not None
    assert x.grad.shape == shape


def test_products_of_many_matrices() -> None:
    """Where one of the matrices is the same for all, and where each product has one term: against a sum of products."""
    rng = np.random.default_rng(0)
    x, y = rng.standard_normal((7, 5, 3)), rng.standard_normal((7, 3, 4))
    one, other = np.broadcast_to(x[0], x.shape), np.broadcast_to(y[0], y.shape)
    column, row = rng.standard_normal((7, 40, 1)), rng.standard_normal((7, 1, 30))
    for a, b in [
        (x, y),
        (one, y),
        (x, other),
        (one, other),
        (column, row),
        (column[:, :3], row),
        (x[:, :, :0], y[:, :0]),
    ]:
        expected = (a[:, :, :, None] * b[:, None, :, :]).sum(2)
        found = matmul.forward(a, b)
        assert found.shape == expected.shape
        np.testing.assert_allclose(found, expected, rtol=1e-12, atol=1e-12)
