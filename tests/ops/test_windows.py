"""The windows of signals: by their formulas, in every form."""

from __future__ import annotations

import numpy as np
import pytest

import tinygrad_lite as tl

FORMULAS = {
    "hann_window": lambda t, **_: 0.5 - 0.5 * np.cos(2 * np.pi * t),
    "hamming_window": lambda t, alpha=0.54, beta=0.46: alpha - beta * np.cos(2 * np.pi * t),
    "blackman_window": lambda t, **_: 0.42 - 0.5 * np.cos(2 * np.pi * t) + 0.08 * np.cos(4 * np.pi * t),
    "bartlett_window": lambda t, **_: 1 - np.abs(2 * t - 1),
    "kaiser_window": lambda t, beta=12.0: np.i0(beta * np.sqrt(1 - (2 * t - 1) ** 2)) / np.i0(beta),
}
OPTIONS = {"hamming_window": {"alpha": 0.6, "beta": 0.3}, "kaiser_window": {"beta": 5.0}}


@pytest.mark.parametrize("name", FORMULAS)
def test_by_the_formula(name: str) -> None:
    window = getattr(tl, name)
    for length in (2, 3, 8, 9):
        for options in ({}, OPTIONS.get(name, {})):
            whole = FORMULAS[name](np.arange(length) / length, **options)
            ends = FORMULAS[name](np.arange(length) / (length - 1), **options)
            np.testing.assert_allclose(window(length, dtype=tl.float64, **options), whole, atol=1e-15)
            np.testing.assert_allclose(window(length, False, dtype=tl.float64, **options), ends, atol=1e-15)
    assert (window(0).tolist(), window(1).tolist(), window(1, False).tolist()) == ([], [1], [1])
    assert (window(3).dtype, window(3, dtype=tl.float16).dtype) == (tl.float32, tl.float16)
    assert window(3, requires_grad=True).is_leaf
    assert window(3).is_contiguous()
    with pytest.raises(RuntimeError, match=f"{name} requires non-negative window_length, got window_length=-1"):
        window(-1)
    with pytest.raises(RuntimeError, match=f"{name} expects floating point dtypes"):
        window(3, dtype=tl.int64)
    with pytest.raises(TypeError, match=r"argument 'window_length' \(position 1\) must be int, not float"):
        window(2.5)


def test_the_numbers_are_pytorchs() -> None:
    torch = pytest.importorskip("torch")
    for name in FORMULAS:
        for length in (1, 4, 33):
            for periodic in (True, False):
                ours, theirs = (getattr(T, name)(length, periodic).numpy() for T in (tl, torch))
                np.testing.assert_allclose(ours, theirs, atol=2e-6)
