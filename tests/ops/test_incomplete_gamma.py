"""The incomplete gamma functions over their whole domain, against sums in sixty digits: each of their methods, at its ends."""

from __future__ import annotations

import functools
import math
from decimal import Decimal, localcontext
from typing import Any

import numpy as np

from tinygrad_lite.ops.kernels.incomplete_gamma import igamma, igammac


@functools.cache
def in_many_digits(a: int, x: float) -> tuple[float, float]:
    """P and Q of a whole number a: Q is e⁻ˣ Σ xᵏ / k! for k < a."""
    with localcontext(prec=400):
        term = total = Decimal(1)
        for k in range(1, a):
            term *= Decimal(x) / k
            total += term
        q = total * (-Decimal(x)).exp()
        return float(1 - q), float(q)


FACTORS = [0.3, 0.59, 0.61, 0.7, 0.8, 0.9, 0.96, 0.99, 1.0, 1.01, 1.05, 1.1, 1.2, 1.3, 1.39, 1.41, 1.7]
"""x / a: where a is above 200, Temme's expansion is used between 0.6 and 1.4."""

POINTS = [
    *[(a, a * factor) for a in (201, 207, 300) for factor in FACTORS],
    *[
        (a, x)
        for a in (1, 2, 5, 9, 10, 11, 30, 100, 200)
        for x in (0.01, 0.3, 0.6, 1.09, 1.2, a - 0.5, a + 1.5, 2.5 * a)
    ],
]


def errors(found: Any, expected: Any) -> Any:
    """In units of the last place, for each unit of the exponent that the result passed through; of what is not tiny."""
    expected = np.asarray(expected)
    seen = expected > 1e-290
    found, expected = found[seen], expected[seen]
    return np.abs(found / expected - 1) / 2.0**-52 / np.maximum(1, np.abs(np.log(expected)))


def test_whole_shapes() -> None:
    a, x = np.array(POINTS, np.float64).T
    p, q = np.array([in_many_digits(n, y) for n, y in POINTS]).T
    assert errors(igamma(a, x), p).max() < 6
    assert errors(igammac(a, x), q).max() < 6
    alone = [igammac(n, y).item() for n, y in POINTS]  # as deep as its own continued fraction wants
    assert errors(np.array(alone), q).max() < 6


def test_for_one_half_it_is_the_error_function() -> None:
    """P(1/2, x) = erf √x."""
    x = np.array([1e-8, 0.01, 0.2, 0.4, 0.449, 0.45, 0.5, 0.51, 0.66, 0.67, 0.9, 1.09, 1.11, 1.6, 3.0, 12.0])
    half = np.full_like(x, 0.5)
    p, q = (np.array([f(math.sqrt(y)) for y in x]) for f in (math.erf, math.erfc))
    assert errors(igamma(half, x), p).max() < 10
    assert errors(igammac(half, x), q).max() < 10


def test_many_elements_at_once_are_as_accurate_as_one() -> None:
    """Q(1/2, x) = erfc √x and Q(3/2, x) = erfc √x + 2 √(x / π) e⁻ˣ."""
    x = np.linspace(1.11, 40, 1500)
    erfc = np.array([math.erfc(math.sqrt(y)) for y in x])
    assert errors(igammac(np.full_like(x, 0.5), x), erfc).max() < 10  # that of erfc itself
    assert errors(igammac(np.full_like(x, 1.5), x), erfc + 2 * np.sqrt(x / math.pi) * np.exp(-x)).max() < 10
