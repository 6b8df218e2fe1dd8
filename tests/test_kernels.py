"""Where a primitive has a faster way for some arrays: the same result, bit for bit, as by the plain way."""

from __future__ import annotations

from typing import Any

import hypothesis.strategies as st
import numpy as np
import pytest
from hypothesis import given

from tinygrad_lite.ops.elementwise import where
from tinygrad_lite.ops.indexing import put_at

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
