"""Steps that are recorded, so that one can differentiate through them (`differentiable=True`).

An update rule is written once, for arrays that it changes in place. Here the same text is given cells that hold
Tensors: what the rule writes into a cell takes the place of the Tensor that was there, and so the whole step is a graph
from the old values, the gradient, the state and the learning rate to the new values.
"""

from __future__ import annotations

import math
import operator
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np

from ...tensors.tensor import Tensor
from .flat_groups import State, check_floating
from .in_place import Decay, decay_of
from .options import Group, option


class Cell:
    """A place for a Tensor, which a rule uses as if it were an array that it may write into."""

    def __init__(self, value: Any = None) -> None:
        self.value = value

    def __array_ufunc__(self, ufunc: np.ufunc, method: str, *inputs: Any, out: tuple[Cell] | None = None) -> Cell:
        target = Cell() if out is None else out[0]
        target.value = getattr(ufunc, method)(*map(_content, inputs))
        return target

    def __setitem__(self, where: Any, value: Any) -> None:
        self.value = _content(value)


def _content(x: Any) -> Any:
    return x.value if isinstance(x, Cell) else x


def _in_place(operation: Callable[[Any, Any], Any]) -> Callable[[Cell, Any], Cell]:
    def apply(self: Cell, other: Any) -> Cell:
        self.value = operation(self.value, _content(other))
        return self

    return apply


for _name in ("add", "sub", "mul", "truediv"):
    setattr(Cell, f"__i{_name}__", _in_place(getattr(operator, _name)))


class RecordedGroup:
    """One parameter as an update rule sees it, with the interface of a FlatGroup, while its step is recorded."""

    def __init__(
        self, param: Tensor, state: State, array_names: Sequence[str], scalar_names: Sequence[str], first_step: bool
    ) -> None:
        check_floating(param.dtype)
        self.param, self.first_step, self.step, self.dtype = param, first_step, 0, param.dtype
        self.scalars = {name: state[name]._data.reshape(-1) for name in scalar_names}
        self._state, self._array_names = state, array_names

    def constants(self, *values: Any) -> list[Any]:
        """Numbers as arrays of the parameter's dtype; Tensors stay what they are."""
        return [value if isinstance(value, Tensor) else np.array(value, self.dtype) for value in values]

    def decay(self, beta: Any) -> Decay:
        """The decay rate β of a running average, and 1 - β."""
        return Decay(beta, 1 - beta) if isinstance(beta, Tensor) else decay_of(beta, self.dtype)

    def begin_step(self, group: Group) -> None:
        """Read the options of `group`, and count the step."""
        self._group = group
        if "step" in self.scalars:
            self.scalars["step"] += 1
            self.step = int(self.scalars["step"][0])

    def __iter__(self) -> Iterator[tuple[Cell, Cell, dict[str, Cell], tuple[Cell, Cell]]]:
        group, grad = self._group, self.param._grad
        value = self.param.clone()  # the graph needs it after the parameter has been overwritten
        weight_decay, l1_decay = option(group, "weight_decay", 0), option(group, "l1_decay", 0)
        if group.get("maximize"):
            grad = -grad
        if group.get("decoupled_weight_decay"):
            value = value * (1 - option(group, "lr") * weight_decay)
        elif isinstance(weight_decay, Tensor) or weight_decay:
            grad = grad + weight_decay * value
        if isinstance(l1_decay, Tensor) or l1_decay:
            grad = grad + l1_decay * value.sign()
        cell = Cell(value)
        state = {name: Cell(self._state[name]) for name in self._array_names}
        yield cell, Cell(grad), state, (Cell(), Cell())
        self.param.copy_(cell.value)
        self._state.update((name, held.value) for name, held in state.items())


def square_root(x: Any) -> Any:
    """√x of a number or a Tensor."""
    return x.sqrt() if isinstance(x, Tensor) else math.sqrt(x)
