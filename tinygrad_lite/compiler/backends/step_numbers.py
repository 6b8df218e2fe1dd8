"""Numbers of Python's, recorded by name because the next step has other values: options, and what is made of them."""

from __future__ import annotations

import math
import operator
from collections.abc import Callable
from typing import Any

from .nodes import Untakeable

COMPARISONS = {"<", "<=", ">", ">=", "==", "!="}


class Number:
    """A number of Python's that another run has another value of: an option of an optimizer, or what is made of it.

    Attributes:
        text: how it is computed.
        value: what it is now.
        branches: on what Python branched: the text of a condition, and whether it held.
    """

    __slots__ = ("branches", "text", "value")

    def __init__(self, text: str, value: Any, branches: list[tuple[str, bool]]) -> None:
        self.text = text
        self.value = value
        self.branches = branches

    def _noted(self, text: str, held: bool) -> bool:
        self.branches.append((text, held))
        return held

    def __bool__(self) -> bool:
        return self._noted(f"bool({self.text})", bool(self.value))

    def root(self) -> Number:
        """Its square root."""
        return Number(f"math.sqrt({self.text})", math.sqrt(self.value), self.branches)

    def __neg__(self) -> Number:
        return Number(f"(-{self.text})", -self.value, self.branches)

    def __float__(self) -> float:
        raise Untakeable("a number is read")

    __hash__ = None  # type: ignore[assignment]  # it compares by value, which a step changes


def _number_operator(sign: str, function: Callable[..., Any], reverse: bool) -> Callable[..., Any]:
    def compute(x: Number, y: Any) -> Any:
        if not isinstance(y, (Number, int, float)):
            return NotImplemented
        a, b = (y, x) if reverse else (x, y)
        texts = [v.text if isinstance(v, Number) else repr(v) for v in (a, b)]
        values = [v.value if isinstance(v, Number) else v for v in (a, b)]
        text = f"({texts[0]} {sign} {texts[1]})"
        if sign in COMPARISONS:
            return x._noted(text, function(*values))
        return Number(text, function(*values), x.branches)

    return compute


for _name, _sign, _compute in (
    ("add", "+", operator.add), ("sub", "-", operator.sub), ("mul", "*", operator.mul), ("pow", "**", operator.pow),
    ("truediv", "/", operator.truediv), ("lt", "<", operator.lt), ("le", "<=", operator.le), ("gt", ">", operator.gt),
    ("ge", ">=", operator.ge), ("eq", "==", operator.eq), ("ne", "!=", operator.ne),
):  # fmt: skip
    setattr(Number, f"__{_name}__", _number_operator(_sign, _compute, False))
    if _sign not in COMPARISONS:
        setattr(Number, f"__r{_name}__", _number_operator(_sign, _compute, True))
