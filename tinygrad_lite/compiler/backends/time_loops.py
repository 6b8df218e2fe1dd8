"""The text of loops over time, which call a function for each step."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from .nests import indented


class Pointer(NamedTuple):
    """The offset into an array at which the elements for the current time step begin.

    Attributes:
        array: the number of the array among the given ones, or, counted from -1 down, among those that are made.
        start: the place of its first element at time 0.
        stride: the number of elements from one time to the next.
        first: for what lags, the place of what there is at the first step, and else None.
        alternates: whether the array has room for two times only.
    """

    array: int
    start: int
    stride: int
    first: Pointer | None = None
    alternates: bool = False


class TimeLoop(NamedTuple):
    """A loop over time.

    Attributes:
        steps: how many there are.
        backward: whether it goes from the last one to the first.
        kernel: the `Kernel` of a step.
        pointers: where the arrays are that the step is given, and those that it makes.
    """

    steps: int
    backward: bool
    kernel: Any
    pointers: tuple[Pointer, ...]

    def lines(self, name: str, given: Sequence[str], made: Sequence[str], spaces: Sequence[str]) -> list[str]:
        """The loop.

        Args:
            name: the name of the step's function.
            given, made: the names of the arrays.
            spaces: the addresses of BLAS, and the step's workspaces.
        """
        arrays = [f"plain({name})" for name in (*given, *made[::-1])]  # of which -1 is the first that is made
        call = f"{name}({', '.join([*spaces, *[self._place(p, arrays) for p in self.pointers]])})"
        time = f"{self.steps - 1} - k" if self.backward else "k"
        return [f"for k in range({self.steps}):", *indented([f"t = {time}", call], 1)]

    def _place(self, p: Pointer, arrays: Sequence[str]) -> str:
        """The expression of the place in memory where a part begins at time t."""
        if not p.stride:
            return f"moved({arrays[p.array]}, {p.start})" if p.start else arrays[p.array]
        before, first = ("t + 1", self.steps - 1) if self.backward and p.array < 0 else ("t - 1", 0)
        time = "t" if p.first is None else before
        time = f"({time} & 1)" if p.alternates else time if time == "t" else f"({time})"
        place = f"moved({arrays[p.array]}, {p.start} + {p.stride} * {time})"
        return place if p.first is None else f"({self._place(p.first, arrays)} if t == {first} else {place})"
