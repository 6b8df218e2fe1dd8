"""Derivatives by differences, whose uncertainty is to be honest."""

from __future__ import annotations

import numpy as np
import pytest

from tinygrad_lite.autograd.gradient_checking.numeric import slope

CURVES = {
    "exp": (np.exp, np.exp),
    "sin of 50 x": (lambda x: np.sin(50 * x), lambda x: 50 * np.cos(50 * x)),
    "cube": (lambda x: x**3, lambda x: 3 * x**2),
    "a million and tanh": (lambda x: 1e6 + np.tanh(x), lambda x: 1 / np.cosh(x) ** 2),
    "log": (lambda x: np.log(np.abs(x)), lambda x: 1 / x),
    "square root": (lambda x: np.sqrt(np.abs(x)), lambda x: np.sign(x) / (2 * np.sqrt(np.abs(x)))),
    "float32": (lambda x: np.float64(np.float32(x) ** 3), lambda x: 3 * x**2),
}


@pytest.mark.parametrize("name", CURVES)
def test_uncertainty_is_honest_and_small(name):
    f, derivative = CURVES[name]
    eps = 2.0 ** (-23 if name == "float32" else -52)
    for x in (-2.5, -0.3, 1e-3, 0.7, 1.0, 40.0):
        scale = 2.0 ** np.ceil(np.log2(max(1.0, abs(x))))
        found = slope(lambda t, x=x, s=scale: np.array([f(x + t * s)]), np.array([f(x)]), np.ones(1), eps, 0.0)
        true = derivative(x) * scale
        assert not found.kink
        assert abs(found.value - true) <= 4 * found.uncertainty + 1e-12 * abs(true)
        assert found.uncertainty <= (1e-2 if name == "float32" else 1e-6) * max(abs(true), abs(f(x)))
