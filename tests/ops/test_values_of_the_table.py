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
from tinygrad_lite.ops.kernels import ordering
from tinygrad_lite.ops.kernels.lapack import zero_pivot
from tinygrad_lite.ops.kernels.selection import choose
from tinygrad_lite.ops.kernels.summation import sum_over

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


def test_what_lies_around_a_view_is_read_as_strided() -> None:
    """Elements outside of x, in the memory that it is a part of; and x in another memory than the view was made for."""
    base = tl.arange(6.0)
    assert base[2:4].as_strided((4,), (1,), 0).tolist() == [0.0, 1.0, 2.0, 3.0]
    assert base[2:].as_strided((2,), (2,)).tolist() == [2.0, 4.0]
    assert base[1::2].as_strided((3, 2), (2, 1), 0).tolist() == [[0.0, 1.0], [2.0, 3.0], [4.0, 5.0]]
    x = np.arange(6.0).reshape(2, 3)
    forward = REGISTRY["as_strided"].forward
    for same in (x, np.asfortranarray(x), x[::-1][::-1].copy()):
        assert np.array_equal(forward(same, (3, 2), (1, 3), 0, ((3, 1), 0)), x.T)
        assert np.array_equal(forward(same, (2, 2), (3, 1), 1, ((3, 1), 0)), x[:, 1:])
    moved = forward(np.asfortranarray(x), (3, 2), (1, 3), 2, ((3, 1), 2))  # x lies from the third element on
    assert np.array_equal(moved, x.T)


def test_the_gradient_of_elements_that_share_a_place_is_divided_among_them() -> None:
    x = tl.tensor([1.0, 2.0, 3.0], requires_grad=True).expand(2, 3)
    g = tl.tensor([2.0, 4.0, 6.0, 8.0], requires_grad=True)
    y = x.as_strided((2, 2), (1, 1), 0)  # [[1, 2], [2, 3]]
    (by_x,) = tl.autograd.grad(y, x, g.reshape(2, 2), create_graph=True)
    assert by_x.tolist() == [[1.0, 5.0, 4.0]] * 2
    (by_g,) = tl.autograd.grad((by_x * tl.tensor([[1.0, 10.0, 100.0], [0.0, 0.0, 0.0]])).sum(), g)
    assert by_g.tolist() == [0.5, 5.0, 5.0, 50.0]


@pytest.mark.parametrize("largest", [True, False])
def test_the_largest_are_selected_where_no_two_elements_are_equal(largest: bool) -> None:
    """What selection gives is what sorting gives; where elements are equal it gives up."""
    rows = np.random.default_rng(0).permutation(60).reshape(3, 20).astype(float)
    for k in (1, 4, 20):
        found = ordering._selected(rows, k, largest)
        assert found is not None
        assert np.array_equal(found, ordering._sorting(rows, largest)[..., :k])
    rows[1, 3] = rows[1, 5] = 29.5
    at_the_bound = 1 + (rows[1] > 29.5).sum() if largest else 1 + (rows[1] < 29.5).sum()
    assert ordering._selected(rows, int(at_the_bound), largest) is None
    rows[1, 3] = nan
    for k in (1, 4, 20):
        found = ordering._selected(rows, k, largest)
        assert found is None or np.array_equal(found, ordering._sorting(rows, largest)[..., :k])


@pytest.mark.parametrize(
    ("shape", "selected"), [((300, 17), True), ((300, 16), False), ((4, 1024), False), ((1, 4097), True)]
)
def test_many_long_rows_are_selected_from(monkeypatch: pytest.MonkeyPatch, shape: Any, selected: bool) -> None:
    calls: list[Any] = []
    monkeypatch.setattr(ordering, "_selected", lambda *args: calls.append(args))
    x = np.random.default_rng(0).standard_normal(shape)
    assert np.array_equal(ordering.topk_indices(x, 2, 1, True), np.argsort(-x, 1, kind="stable")[:, :2])
    assert bool(calls) is selected


def test_sums_over_a_last_axis_with_gaps() -> None:
    """Of a length that is no multiple of 8, in an array that is too large to be copied into order first."""
    x = np.arange(2 * 45 * 406, dtype=float).reshape(2, 45, 406)[..., ::2]
    for dim in (2, (1, 2), (0, 2)):
        assert np.array_equal(sum_over(x, dim), np.ascontiguousarray(x).sum(dim))
        assert np.array_equal(sum_over(x, dim, True), np.ascontiguousarray(x).sum(dim, keepdims=True))
