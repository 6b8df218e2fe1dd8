"""Whole numbers that depend on the dynamic axes: known by their value in each trace."""

from __future__ import annotations

import math
import operator
from collections.abc import Callable, Iterable, Sequence
from typing import Any

Dim = Any
"""The size of a dimension: an int, or a `Size` where it depends on the dynamic axes."""


class Size:
    """A whole number that is another one in each trace.

    Attributes:
        values: its value in each of them.
    """

    __slots__ = ("values",)

    def __init__(self, values: tuple[int, ...]) -> None:
        self.values = values

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Size) and self.values == other.values

    def __hash__(self) -> int:
        return hash(self.values)

    def __repr__(self) -> str:
        return "/".join(map(str, self.values))

    def __add__(self, other: Dim) -> Dim:
        return combined(operator.add, self, other)

    def __sub__(self, other: Dim) -> Dim:
        return combined(operator.sub, self, other)

    def __mul__(self, other: Dim) -> Dim:
        return combined(operator.mul, self, other)

    __radd__, __rmul__ = __add__, __mul__


def one(values: Sequence[int]) -> Dim:
    """The values of all traces as an int, if they are the same, or as a `Size`."""
    return values[0] if len({*values}) == 1 else Size(tuple(values))


def combined(function: Callable[..., int], *sizes: Dim) -> Dim:
    """A function of sizes, computed for each trace."""
    count = max([len(n.values) for n in sizes if isinstance(n, Size)], default=1)
    columns = [n.values if isinstance(n, Size) else (n,) * count for n in sizes]
    return one([function(*row) for row in zip(*columns, strict=True)])


def product(sizes: Iterable[Dim]) -> Dim:
    """The product of sizes."""
    return math.prod(sizes)


def affine(target: Size, source: Size) -> tuple[int, int] | None:
    """Whole numbers (a, b) with target = a source + b in every trace; None if there are none with a > 0."""
    pairs = [*zip(source.values, target.values, strict=True)]
    s0, t0 = pairs[0]
    s1, t1 = next(pair for pair in pairs if pair[0] != s0)
    a, rest = divmod(t1 - t0, s1 - s0)
    b = t0 - a * s0
    return (a, b) if a > 0 and not rest and all(a * s + b == t for s, t in pairs) else None
