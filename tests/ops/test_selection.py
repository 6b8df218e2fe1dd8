"""topk of many elements selects instead of sorting; it must find what sorting finds, equal elements and NaN included."""

from __future__ import annotations

import numpy as np
import pytest

import tinygrad_lite as tl
from tinygrad_lite.ops import indexing


def drawn(kind: str) -> np.ndarray:
    rng = np.random.default_rng(0)
    x = rng.normal(size=(40, 50, 3)).astype(np.float32)
    if kind == "ties":
        return rng.integers(0, 1000, x.shape)
    if kind == "nan":
        x[rng.random(x.shape) < 0.02] = np.nan
    if kind == "nan beside a tie":  # so that as many are at least as large as the second as were asked for
        x[0, :5, 0] = 90, 80, 80, 80, np.nan
        x[0, 5:, 0] = 0
    return x.transpose(2, 0, 1) if kind == "transposed" else x


@pytest.mark.parametrize("largest", [True, False])
@pytest.mark.parametrize("kind", ["plain", "ties", "nan", "nan beside a tie", "transposed"])
def test_topk_finds_what_sorting_finds(kind: str, largest: bool) -> None:
    x = tl.tensor(drawn(kind))
    for dim, n in enumerate(x.shape):
        order = x.argsort(dim, descending=largest)
        for k in {1, 2, 3, n // 2, n - 1, n}:
            values, indices = x.topk(k, dim, largest)
            assert indices.tolist() == order.narrow(dim, 0, k).tolist()
            np.testing.assert_array_equal(values.numpy(), np.take_along_axis(x.numpy(), indices.numpy(), dim))
            assert indices.dtype == tl.int64
            assert indices.is_contiguous()


def test_the_gradient_goes_to_what_was_selected() -> None:
    x = tl.tensor(drawn("plain"), requires_grad=True)
    x.topk(2, 1).values.sum().backward()
    order = np.argsort(x.detach().numpy(), axis=1)
    assert x.grad is not None
    assert (np.nonzero(x.grad.numpy())[1].size, x.grad.sum().item()) == (2 * 40 * 3, 2 * 40 * 3)
    assert (np.take_along_axis(x.grad.numpy(), order[:, -2:], 1) == 1).all()


def test_a_compiled_function_selects_from_what_it_is_given() -> None:
    first = tl.compile(lambda x: x.topk(3, 1).indices)
    for kind in ("plain", "nan beside a tie", "plain"):
        x = tl.tensor(drawn(kind))
        assert first(x).tolist() == x.topk(3, 1).indices.tolist()


def test_a_compiled_function_refuses_indices_out_of_range() -> None:
    table = tl.tensor([[1.0], [2.0]])
    rows = tl.compile(lambda i: tl.nn.functional.embedding(i, table))
    gathered = tl.compile(lambda i: table.gather(0, i[:, None]))
    for call in (rows, gathered):
        assert call(tl.tensor([1, 0])).tolist() == [[2.0], [1.0]]
        for index in (2, -1):
            with pytest.raises((IndexError, RuntimeError), match=rf"(: {index}, and|index {index} is) "):
                call(tl.tensor([0, index]))


def test_neighbours_are_copied_together() -> None:
    """Runs of places where many are neighbours and none lies outside, and their elements as NumPy finds them."""
    for places, size, expected in (
        ([3, 4, 5, 6], 9, [(3, 0, 4)]),
        ([0, 1, 2, 3, -3, -2, -1, 0, 1, 2, 3, 4], 5, [(0, 0, 4), (2, 4, 3), (0, 7, 5)]),
        ([7, 8, 0, 1, 2, 3, 5, 6, 7, 8, 8, 9], 10, []),  # three breaks of twelve
        ([0, 1, 2, 3, 4, 4, 5, 6, 7, 8, 9], 10, [(0, 0, 5), (4, 5, 6)]),
        ([0, 1, 2, 3, 3, 4, 5, 5, 6, 7, 8, 9], 10, [(0, 0, 4), (3, 4, 3), (5, 7, 5)]),  # two of twelve
        ([5, 4, 3, 2, 1, 0], 6, []),
        ([0, 2, 4, 6, 8], 9, []),
        ([2, 2, 2, 2, 2], 5, []),
        ([7, 8, 9, 10], 10, []),
        ([-2, -1, 0, 1], 10, [(8, 0, 2), (0, 2, 2)]),
        ([-10, -9, -8, -7], 10, [(0, 0, 4)]),
        ([-11, -10, -9, -8], 10, []),
    ):
        given = np.array(places)
        assert indexing._runs(given, size) == expected
        assert given.tolist() == places
        x = np.random.default_rng(0).normal(size=(2, size, 3))
        if max(places) >= size or min(places) < -size:
            continue
        np.testing.assert_array_equal(indexing.getitem.forward(x, (slice(None), given)), x[:, given])
        sums = np.zeros_like(x)
        np.add.at(sums, (slice(None), given), x[:, given])
        found = indexing.put_at.forward(x[:, given], x.shape, (slice(None), given))
        np.testing.assert_allclose(found, sums, rtol=1e-14)
