"""Step 3 of 8: one walk that visits every number once.

A number's gradient must be complete before it is handed on. Everything that used a number was computed after it. So
give each number the next count when it is made, and take the numbers by falling count: when one has its turn, all that
used it have had theirs. This is the whole of the backward pass, in any framework. There is no recursion either, so a
chain of a million operations is no deeper than one of two.
"""

from __future__ import annotations

import itertools
import math

counter = itertools.count()


class Number:
    """The number of step 1, which also knows when it was made."""

    def __init__(self, value: float, history: tuple[tuple[Number, float], ...] = ()) -> None:
        self.value = value
        self.history = history
        self.count = next(counter)

    def __add__(self, other: Number) -> Number:
        return Number(self.value + other.value, ((self, 1.0), (other, 1.0)))

    def __mul__(self, other: Number) -> Number:
        return Number(self.value * other.value, ((self, other.value), (other, self.value)))


def exp(x: Number) -> Number:
    y = math.exp(x.value)
    return Number(y, ((x, y),))


def gradients(result: Number) -> dict[Number, float]:
    """The derivative of the result by every number that it was computed from."""
    reached = {result: 0.0}
    stack = [result]
    while stack:
        new = [parent for parent, _ in stack.pop().history if parent not in reached]
        reached.update(dict.fromkeys(new, 0.0))
        stack += new
    reached[result] = 1.0
    for number in sorted(reached, key=lambda number: number.count, reverse=True):  # the newest first
        for parent, derivative in number.history:
            reached[parent] += reached[number] * derivative
    return reached


if __name__ == "__main__":
    x = z = Number(2.0)
    for _ in range(1_000):
        z = z + z
    print(f"1,000 times z + z: {len(gradients(z)):,} numbers are visited, and the gradient is 2 to the power of 1,000:")
    print(f"{gradients(z)[x]:g} = {2.0**1000:g}")
