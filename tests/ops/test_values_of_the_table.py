"""Values at which a small fault in the table or in its kernels shows, and that other tests do not happen to draw.

Each was found by planting the fault (`python -m tests.mutation`); every expected value is exact or a closed form.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

import tinygrad_lite as tl
from tinygrad_lite.core.primitive import REGISTRY
from tinygrad_lite.ops.kernels.lapack import zero_pivot
from tinygrad_lite.ops.kernels.selection import choose

f16, f32, i64 = np.float16, np.float32, np.int64
A = np.array
inf, nan = math.inf, math.nan

CASES: dict[str, tuple[str, tuple[Any, ...], Any]] = {
    "std of huge rows": (
        "std",
        (A([[1e25, -1e25], [1, 3]], f32), 1, 1, False),
        A([math.sqrt(2) * 1e25, math.sqrt(2)], f32),
    ),
    "std of a huge row": ("std", (A([1e25, -1e25], f32), 0, 1, False), A(math.sqrt(2) * 1e25, f32)),
    "std of tiny rows": ("std", (A([[1e-30, 3e-30], [1, 3]], f32), 1, 0, True), A([[1e-30], [1]], f32)),
}


@pytest.mark.parametrize("name", CASES)
def test_values(name: str) -> None:
    primitive, args, expected = CASES[name]
    with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
        found = np.asarray(REGISTRY[primitive].forward(*args))
    assert found.dtype == expected.dtype
    assert found.shape == expected.shape
    np.testing.assert_allclose(found, expected, rtol=1e-6 if found.dtype == f32 else 1e-15)


def test_the_first_pivot_of_zero() -> None:
    """By hand: a second row that is half of the first; a column of zeros; rows in another order; none."""
    for matrix, place in (
        ([[2, 4], [1, 2]], 2),
        ([[0, 1], [0, 2]], 1),
        ([[4, 2, 1], [2, 1, 3], [1, 0.5, 7]], 2),
        ([[1, 0.5, 7], [4, 2, 1], [2, 3, 3]], 0),
        ([[4, 0, 2], [0, 2, 1], [4, 2, 3]], 3),
    ):
        assert zero_pivot(A(matrix, float)) == place


def test_choosing_between_arrays_that_are_smaller_than_the_condition() -> None:
    condition = np.arange(3000).reshape(2, 1500) % 3 == 0
    x, y = np.arange(1500.0), -np.arange(1500.0)
    for a, b in ((x, y), (x, 0), (0, y), (x[:1], y), (x, y.reshape(1, 1500)), (f32(2), f32(3))):
        assert np.array_equal(choose(condition, a, b), np.where(condition, a, b))


def test_second_derivatives_where_a_piece_that_is_not_chosen_is_infinite() -> None:
    """The derivative by g and by x of the slope: 0 · ∞ must not come into it."""
    for function, slopes in ((tl.nn.functional.hardswish, [1.0, 0.0, 1.0, 0.0]),):
        x = tl.tensor([inf, -inf, 4.0, -4.0], requires_grad=True)
        c = tl.ones(4, requires_grad=True)
        (g,) = tl.autograd.grad(function(x), x, c, create_graph=True)
        assert [d.tolist() for d in tl.autograd.grad(g.sum(), [x, c])] == [[0.0] * 4, slopes]
