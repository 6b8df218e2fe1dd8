"""Step 1 of 8: a number that remembers what it was computed from.

Every operation knows its own derivative by each of its arguments: d(x + y)/dx = 1, d(x y)/dx = y. Nothing else is
needed for automatic differentiation, so the result of an operation keeps exactly this: its arguments, and the
derivative by each of them at the values that they have. Putting these together is the matter of step 2.
"""

from __future__ import annotations

import math


class Number:
    """A number with its history: pairs of a number that it was computed from, and the derivative by it."""

    def __init__(self, value: float, history: tuple[tuple[Number, float], ...] = (), name: str = "") -> None:
        self.value = value
        self.history = history
        self.name = name

    def __add__(self, other: Number) -> Number:
        return Number(self.value + other.value, ((self, 1.0), (other, 1.0)), "+")

    def __mul__(self, other: Number) -> Number:
        return Number(self.value * other.value, ((self, other.value), (other, self.value)), "*")


def exp(x: Number) -> Number:
    y = math.exp(x.value)
    return Number(y, ((x, y),), "exp")


def print_history(number: Number, indent: str = "") -> None:
    for parent, derivative in number.history:
        print(f"{indent}d({number.name})/d({parent.name}) = {derivative:g}")
        print_history(parent, indent + "    ")


if __name__ == "__main__":
    x, y = Number(2.0, name="x"), Number(3.0, name="y")
    z = x * y + x
    print(f"z = x * y + x = {z.value:g}")
    print_history(z)
