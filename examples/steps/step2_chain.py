"""Step 2 of 8: the chain rule.

If z is computed from y, and y from x, then dz/dx = dz/dy · dy/dx. If x is used in several places, what comes back on
all paths is added. So walk from the result back along every path, multiply by the derivative of each operation that is
passed, and add where an end is reached. This is right, and it has a flaw that the last lines show: the number of paths
doubles with every number that is used twice. Step 3 mends that.
"""

from __future__ import annotations

from step1_number import Number, exp


def gradients(result: Number) -> dict[Number, float]:
    """The derivative of the result by every number that it was computed from."""
    found: dict[Number, float] = {}

    def back(number: Number, g: float) -> None:  # g is d(result)/d(number), along one path
        found[number] = found.get(number, 0.0) + g
        for parent, derivative in number.history:
            back(parent, g * derivative)

    back(result, 1.0)
    return found


def count_calls(number: Number) -> int:
    return 1 + sum(count_calls(parent) for parent, _ in number.history)


if __name__ == "__main__":
    x, y = Number(2.0), Number(3.0)
    found = gradients(exp(x * y) + x)
    print(f"d(exp(x y) + x)/dx = {found[x]:g}, which is y exp(x y) + 1")
    print(f"d(exp(x y) + x)/dy = {found[y]:g}, which is x exp(x y)")
    z = x
    for doublings in range(1, 16):
        z = z + z
        if doublings % 5 == 0:
            print(f"{doublings} times z + z: {count_calls(z):,} calls for a gradient of {gradients(z)[x]:g}")
