"""Distributions whose numbers are drawn one by one, by rejection, with the numbers of PyTorch's CPU generator.

Every function takes the generator first, then arrays of parameters of one shape, and returns a new array of that shape
and of the dtype of the first. A draw takes a few microseconds.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from ..core.primitive import Array
from .generator import Generator

Draw = Callable[..., float]
_THIRD = float(np.float32(1 / 3))  # as PyTorch has it


class Source:
    """Numbers of a generator one by one, in float64, as PyTorch's distributions of C++ draw them."""

    def __init__(self, generator: Generator) -> None:
        self.generator = generator
        self.word = generator.engine.random_raw

    def uniform(self) -> float:
        """A multiple of 2**-53 in [0, 1)."""
        high = self.word()
        return ((high << 32 | self.word()) & (2**53 - 1)) * 2.0**-53

    def normal(self) -> float:
        """A standard normal number; of each pair of Box and Muller (1958) the generator keeps the second."""
        spare, self.generator.spare = self.generator.spare, None
        if spare is not None:
            return spare
        angle = 2 * math.pi * self.uniform()
        radius = math.sqrt(-2 * math.log1p(-self.uniform()))
        self.generator.spare = radius * math.sin(angle)
        return radius * math.cos(angle)


def gamma_array(generator: Generator, concentration: Array) -> Array:
    """Gamma distributed numbers of rate 1, by the method of Marsaglia and Tsang (2000); at least the least normal one.

    >>> from tinygrad_lite.random import Generator
    >>> gamma_array(Generator().manual_seed(0), np.array([1.0, 1000.0])).round(4)
    array([  2.8824, 990.4178])
    """
    draw = _gamma if concentration.dtype == np.float64 else _gamma_of_single
    out = _each(generator, draw, concentration)
    return np.maximum(out, np.finfo(concentration.dtype).tiny)


def dirichlet_array(generator: Generator, concentration: Array) -> Array:
    """Points of the simplex in the last dimension: gamma distributed numbers, divided by their sum.

    >>> from tinygrad_lite.random import Generator
    >>> dirichlet_array(Generator().manual_seed(0), np.array([1.0, 2.0])).sum().round(12)
    np.float64(1.0)
    """
    numbers = _each(generator, _gamma, concentration, np.float64)
    shares = numbers / numbers.sum(-1, keepdims=True)
    limits = np.finfo(concentration.dtype)
    return np.clip(shares, limits.tiny, 1 - limits.epsneg).astype(concentration.dtype)


def poisson_array(generator: Generator, rate: Array) -> Array:
    """Poisson distributed counts: by products of uniform numbers, for a rate of 10 or more as Hörmann (1993) does.

    Raises:
        RuntimeError: if a rate is negative.

    >>> from tinygrad_lite.random import Generator
    >>> poisson_array(Generator().manual_seed(0), np.array([0.0, 2.0, 100.0]))
    array([ 0.,  6., 96.])
    """
    if (rate < 0).any():
        raise RuntimeError("invalid Poisson rate, expected rate to be non-negative")
    return _each(generator, _poisson, rate)


def binomial_array(generator: Generator, count: Array, prob: Array) -> Array:
    """Binomially distributed counts: by geometric steps, for a mean of 10 or more as Hörmann (1993) does.

    >>> from tinygrad_lite.random import Generator
    >>> binomial_array(Generator().manual_seed(0), np.array([5.0, 100.0]), np.array([0.5, 0.25]))
    array([ 4., 29.])
    """
    return _each(generator, _binomial, count, None, prob)


def _each(generator: Generator, draw: Draw, first: Array, dtype: Any = None, *others: Array) -> Array:
    source = Source(generator)
    arguments = zip(*(np.ravel(x).tolist() for x in (first, *others)), strict=True)
    with np.errstate(all="ignore"):
        values = np.array([draw(source, *numbers) for numbers in arguments], np.float64)
    return values.astype(dtype or first.dtype).reshape(first.shape)


def _gamma_of_single(source: Source, concentration: float) -> float:
    """Draw as `_gamma` does, with the concentration in single precision, as PyTorch has it in some places."""
    return _gamma(source, concentration, np.float32)


def _gamma(source: Source, concentration: float, rounded: Any = float) -> float:
    scale = 1.0
    if concentration < 1:  # a number of concentration + 1, times a power
        if concentration == 0:
            return 0.0
        scale = (1 - source.uniform()) ** float(rounded(1 / concentration))
        concentration = float(rounded(concentration + 1))
    d = float(rounded(concentration - _THIRD))
    c = 1 / math.sqrt(9 * d)
    while True:
        x = source.normal()
        y = 1 + c * x
        if y <= 0:
            continue
        v = y * y * y
        u = 1 - source.uniform()
        square = x * x
        if u < 1 - 0.0331 * square * square or math.log(u) < 0.5 * square + d * (1 - v + math.log(v)):
            return scale * d * v


def _poisson(source: Source, rate: float) -> float:
    if rate == 0:
        return 0.0
    if not rate >= 10:
        count, product, limit = 0, source.uniform(), math.exp(-rate)
        while product > limit:
            count += 1
            product *= source.uniform()
        return count
    log_rate = math.log(rate)
    b = 0.931 + 2.53 * math.sqrt(rate)
    a = -0.059 + 0.02483 * b
    inverse = 1.1239 + 1.1328 / (b - 3.4)
    while True:
        u = source.uniform() - 0.5
        v = source.uniform()
        us = 0.5 - abs(u)
        k = math.floor((2 * a / us + b) * u + rate + 0.43) if us else -1
        if us >= 0.07 and v <= 0.9277 - 3.6224 / (b - 2):
            return k
        if k < 0 or (us < 0.013 and v > us) or v == 0:
            continue
        if math.log(v) + math.log(inverse) - math.log(a / (us * us) + b) <= -rate + k * log_rate - math.lgamma(k + 1):
            return k


def _binomial(source: Source, count: float, prob: float) -> float:
    if count <= 0 or prob <= 0:
        return 0.0
    if prob >= 1:
        return count
    if prob > 0.5:
        return count - _binomial(source, count, 1 - prob)
    if math.isnan(prob) or math.isnan(count):
        return math.nan
    return _by_tilted_rejection(source, count, prob) if count * prob >= 10 else _by_steps(source, count, prob)


def _by_steps(source: Source, count: float, prob: float) -> float:
    """The number of successes before the trials, skipped by geometric steps, exceed the count."""
    successes, trials, log_miss = 0, 0.0, math.log1p(-prob)
    while True:
        u = source.uniform()
        trials += math.ceil(math.log(u) / log_miss) if u else math.inf
        if trials > count:
            return successes
        successes += 1


def _by_tilted_rejection(source: Source, count: float, prob: float) -> float:
    deviation = math.sqrt(count * prob * (1 - prob))
    b = 1.15 + 2.53 * deviation
    a = -0.0873 + 0.0248 * b + 0.01 * prob
    odds = prob / (1 - prob)
    alpha = (2.83 + 5.1 / b) * deviation
    m = math.floor((count + 1) * prob)
    while True:
        u = source.uniform() - 0.5
        v = source.uniform()
        us = 0.5 - abs(u)
        k = math.floor((2 * a / us + b) * u + count * prob + 0.5) if us else -1
        if us >= 0.07 and v <= 0.92 - 4.2 / b:
            return k
        if k < 0 or k > count or v == 0:
            continue
        bound = (m + 0.5) * math.log((m + 1) / (odds * (count - m + 1)))
        bound += (count + 1) * math.log((count - m + 1) / (count - k + 1))
        bound += (k + 0.5) * math.log(odds * (count - k + 1) / (k + 1))
        bound += _stirling_rest(m) + _stirling_rest(count - m) - _stirling_rest(k) - _stirling_rest(count - k)
        if math.log(v * alpha / (a / (us * us) + b)) <= bound:
            return k


def _stirling_rest(k: float) -> float:
    """log k! less Stirling's formula for it, with k + 1 in place of k."""
    if k <= 9:
        n = k + 1
        return math.lgamma(n) - (n - 0.5) * math.log(n) + n - 0.5 * math.log(2 * math.pi)
    square = (k + 1) * (k + 1)
    return (1 / 12 - (1 / 360 - 1 / 1260 / square) / square) / (k + 1)
