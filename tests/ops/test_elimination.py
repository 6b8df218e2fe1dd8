"""Gauss's elimination and the exponential of a matrix, against definitions that are written out here."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import tinygrad_lite as tl
from tinygrad_lite.ops import linalg
from tinygrad_lite.ops.kernels import elimination, lapack

RNG = np.random.default_rng(0)


def by_rows(x: Any) -> tuple[Any, list[int]]:
    """Row after row, as it is taught: L below and U above the diagonal, and the rows that were moved up."""
    out, moved = x.copy(), []
    m, n = out.shape
    for i in range(min(m, n)):
        top = max(range(i, m), key=lambda row: abs(out[row, i]))
        moved.append(top + 1)
        out[[i, top]] = out[[top, i]]
        for row in range(i + 1, m):
            if out[i, i]:
                out[row, i] /= out[i, i]
                for column in range(i + 1, n):
                    out[row, column] -= out[row, i] * out[i, column]
    return out, moved


@pytest.mark.parametrize(
    "shape", [(4, 4), (2, 1, 5, 3), (3, 2, 3, 4), (4, 1, 6), (5, 6, 1), (2, 0, 3), (3, 2, 0), (0, 2, 2)]
)
def test_elimination(shape: tuple[int, ...]) -> None:
    x = RNG.normal(size=shape)
    x[..., :1] *= RNG.random((*shape[:-2], 1, 1)) < 0.7  # some have a column of zeros
    places = elimination.pivots(x)
    order = elimination.order_of_rows(places, shape[-2])
    ordered = np.take_along_axis(x, order[..., None], -2)
    lu = linalg.eliminated.forward(ordered)
    assert (places.shape, places.dtype) == ((*shape[:-2], min(shape[-2:])), np.int32)
    assert order.shape == shape[:-1]
    for batch in np.ndindex(shape[:-2]):
        expected, moved = by_rows(x[batch])
        assert places[batch].tolist() == moved
        np.testing.assert_allclose(lu[batch], expected, rtol=1e-12, atol=1e-14)
        rows = [*range(shape[-2])]
        for i, row in enumerate(moved):
            rows[i], rows[row - 1] = rows[row - 1], rows[i]
        assert order[batch].tolist() == rows


def test_elimination_without_changes_of_places() -> None:
    """The first pivot is not the largest here; and nothing is divided by a pivot of 0."""
    x = np.array([[1.0, 2, 4], [3, 4, 5], [2, 9, 1]])
    assert linalg.eliminated.forward(x).tolist() == [[1, 2, 4], [3, -2, -7], [2, -2.5, -24.5]]
    assert linalg.eliminated.forward(np.array([[0.0, 2], [0, 3]])).tolist() == [[0, 2], [0, 3]]
    assert x.tolist() == [[1, 2, 4], [3, 4, 5], [2, 9, 1]]


def test_the_first_pivot_of_0_and_the_first_minor_that_is_not_positive() -> None:
    diagonals = np.array([[1.0, 2, 3], [1, 0, 0], [0, 1, 0], [1, 1, 0]])
    lu = np.stack([np.diag(d) + np.triu(np.ones((3, 3)), 1) for d in diagonals])
    for shape in ((4, 3, 3), (2, 2, 3, 3), (1, 4, 3, 3)):
        found = elimination.zero_pivots(lu.reshape(shape))
        assert found.dtype == np.int32
        np.testing.assert_array_equal(found, np.array([0, 2, 1, 3]).reshape(shape[:-2]))
    assert elimination.zero_pivots(lu[3]) == 3
    wide = np.array([[[1.0, 0, 5], [0, 0, 1]], [[1, 0, 5], [0, 1, 0]]])
    assert elimination.zero_pivots(wide).tolist() == [2, 0]
    assert elimination.zero_pivots(np.ones((2, 4, 0, 3))).tolist() == np.zeros((2, 4)).tolist()
    bad = np.stack([np.diag(d) for d in ([1.0, 2, 3], [1, -1, 1], [0, 1, 1], [1, 1, np.nan])])
    for shape in ((4, 3, 3), (2, 2, 3, 3), (1, 2, 2, 3, 3)):
        np.testing.assert_array_equal(lapack.bad_minors(bad.reshape(shape)), np.array([0, 2, 1, 3]).reshape(shape[:-2]))
        assert not lapack.bad_minors(bad[:1].repeat(4, 0).reshape(shape)).any()
    assert lapack.bad_minors(bad[1]).shape == ()
    assert lapack.bad_minors(bad[3:]).tolist() == [3]


def series(x: Any) -> Any:
    """Σ Xⁿ / n!, in more than double precision where there is one."""
    power = total = np.eye(x.shape[-1], dtype=np.longdouble) + np.zeros_like(x, np.longdouble)
    for n in range(1, 80):
        power = power @ x.astype(np.longdouble) / n
        total = total + power
    return total


def test_the_exponential_of_a_matrix() -> None:
    """By its series, for norms up to 6; beyond, that of a rotation, of a nilpotent and of a diagonal matrix."""
    directions = RNG.normal(size=(40, 3, 3))
    directions /= np.abs(directions).sum(-2).max(-1)[:, None, None]
    for norm in (0.0, 1e-12, 0.1, 1.0, 3.0, 5.3, 6.0):
        x = (directions * norm).reshape(2, 20, 3, 3)
        found, expected = linalg.matrix_exp.forward(x), series(x)
        largest = np.abs(expected).max((-2, -1), keepdims=True)
        assert np.max(np.abs(found - expected) / largest) < (2e-15 if norm <= 1 else 3e-14), norm
    for angle in (0.5, 40.0, 300.0):
        c, s = np.cos(angle), np.sin(angle)
        np.testing.assert_allclose(
            linalg.matrix_exp.forward(np.array([[0, -angle], [angle, 0]])), [[c, -s], [s, c]], atol=1e-12
        )
    mixed = np.array(
        [[[0, 1e3, 2], [0, 0, 1], [0, 0, 0]], [[-30, 0, 0], [0, 20, 0], [0, 0, 0.5]], [[np.nan, 0, 0]] * 3]
    )
    found = linalg.matrix_exp.forward(mixed)
    np.testing.assert_allclose(found[0], [[1, 1e3, 502], [0, 1, 1], [0, 0, 1]], rtol=1e-13)
    np.testing.assert_allclose(found[1], np.diag(np.exp([-30, 20, 0.5])), rtol=1e-13)
    assert np.isnan(found[2]).all()
    small = linalg.matrix_exp.forward(np.full((1, 1, 2, 2), 0.5, np.float32))
    assert small.dtype == np.float32
    np.testing.assert_allclose(small[0, 0], np.array([[np.e + 1, np.e - 1], [np.e - 1, np.e + 1]]) / 2, rtol=1e-7)
    assert linalg.matrix_exp.forward(np.zeros((2, 0, 0))).shape == (2, 0, 0)


def test_derivatives_of_batches_are_those_of_each_matrix() -> None:
    x, g = tl.tensor(RNG.normal(size=(2, 2, 1, 3, 3)))
    for function in (linalg.matrix_exp, linalg.eliminated):
        each = [tl.func.vjp(function, a[0])[1](b[0])[0] for a, b in zip(x, g, strict=True)]
        tl.testing.assert_close(tl.func.vjp(function, x)[1](g)[0], tl.stack(each)[:, None])
    a, b, c, d = 2.0, 3.0, 4.0, 5.0  # of which L and U are a, b, c / a and d - b c / a
    by_x = tl.func.vjp(linalg.eliminated, tl.tensor([[a, b], [c, d]]))[1](tl.tensor([[1.0, 10.0], [100.0, 1000.0]]))[0]
    expected = [[1 - 100 * c / a**2 + 1000 * b * c / a**2, 10 - 1000 * c / a], [100 / a - 1000 * b / a, 1000]]
    tl.testing.assert_close(by_x, tl.tensor(expected))
    turn = tl.tensor([[0.0, -1.0], [1.0, 0.0]], dtype=tl.float64)
    angle = tl.tensor(0.7, dtype=tl.float64, requires_grad=True)
    (linalg.matrix_exp(turn * angle) * tl.tensor([[1.0, 2.0], [3.0, 4.0]])).sum().backward()
    assert angle.grad is not None
    assert angle.grad.item() == pytest.approx(-5 * np.sin(0.7) + np.cos(0.7))


def test_what_has_no_inverse() -> None:
    """NumPy's words where the matrices are not square; which of them is singular otherwise."""
    for shape, words in (((3,), "two-dimensional"), ((2, 3), "square"), ((3, 2, 3), "square"), ((3, 3, 2), "square")):
        with pytest.raises(np.linalg.LinAlgError, match=words):
            lapack.inverse(np.ones(shape))
    with pytest.raises(lapack.LinAlgError, match=r"linalg.inv: \(Batch element 1\): The diagonal element 2 is zero"):
        lapack.inverse(np.array([[[1.0, 0], [0, 1]], [[1, 1], [1, 1]]]))
