"""Update rules of optimizers as one loop over memory.

A rule is plain NumPy on flat arrays, in place, and its numbers are plain Python. It is run once on symbols: what it
does to an element becomes the body of a loop, and what it does to its options becomes a function that computes the
loop's numbers for each step. What it branched on is compared before each step.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from types import FunctionType
from typing import Any

import numpy as np

from ...core import versions
from ...optim.base import differentiable, options
from ...optim.base.flat_groups import FlatGroup
from ...optim.base.in_place import Decay
from ...optim.base.optimizer import Optimizer
from .machine_code import machine_code, progress
from .nodes import Node, Untakeable, scalar_type
from .signatures import Parameter, as_indices, machine_text, place_of
from .step_numbers import Number
from .symbols import Symbol, number_of

Array = np.ndarray[Any, Any]
Group = dict[str, Any]


class Recorded(Exception):
    """The rule has been recorded."""


class Options(dict[str, Any]):
    """The options of a group, which notes what was read of them.

    Attributes:
        plain: the options that were read as they are, by name: their values are part of the loop.
        numbers: the names of those that were read as numbers, in the order in which `options.numbers` returns them.
    """

    def __init__(self, group: Group, branches: list[tuple[str, bool]]) -> None:
        super().__init__(group)
        self.branches = branches
        self.plain: dict[str, Any] = {}
        self.numbers: list[str] = []

    def __getitem__(self, name: str) -> Any:
        self.plain[name] = value = super().__getitem__(name)
        return value

    def get(self, name: str, default: Any = None) -> Any:
        self.plain[name] = value = super().get(name, default)
        return value

    def as_numbers(self, *names: str) -> list[Any]:
        """The symbolic counterpart of `options.numbers`."""
        found: list[Any] = []
        for name in names:
            self.numbers.append(name)
            for i, value in enumerate(options.numbers(dict(self), name)):
                found.append(Number(f"{name}{i}" if name == "betas" else name, value, self.branches))
        return found


class SymbolicGroup:
    """A flat group of one element, on symbols, in which a rule is recorded."""

    def __init__(self, group: FlatGroup, branches: list[tuple[str, bool]]) -> None:
        self.first_step = group.first_step
        self.dtype = group.dtype
        self.step = Number("step", group.step, branches)
        self._maximize = group._maximize
        self._weight_decay, self._l1_decay = (
            Number(name, getattr(group, f"_{name}"), branches) if getattr(group, f"_{name}") else 0.0
            for name in ("weight_decay", "l1_decay")
        )
        self._shrink: Any = Number("shrink", group._shrink, branches) if group._shrink != 1.0 else 1.0
        self.states = {name: self._element(name) for name in group._state}
        self.param, self.grad = self._element("param"), self._element("grad")
        self.given = {"param": self.param.node, "grad": self.grad.node, **{n: s.node for n, s in self.states.items()}}

    def _element(self, name: str) -> Symbol:
        return Symbol(Node("input", name, [], (2,), self.dtype))

    def constants(self, *values: Any) -> list[Any]:
        """Numbers in the parameters' dtype."""
        return [number_of(value, self.dtype) for value in values]

    def decay(self, beta: Any) -> Decay:
        """β and 1 - β in the parameters' dtype."""
        return Decay(*self.constants(beta, 1 - beta))

    def __iter__(self) -> Iterator[Any]:
        work, spare, own = (self._element(name) for name in ("work", "spare", "own"))
        grad: Any = self.grad
        if self._maximize or self._weight_decay or self._l1_decay:
            grad = FlatGroup._penalized(self, self.param, grad, own, spare)  # type: ignore[arg-type]  # it has the same numbers
        if self._shrink != 1.0:
            self.param *= self._shrink
        yield self.param, grad, self.states, (work, spare)
        raise Recorded


class UpdateLoop:
    """The loop of one rule for one flat group, as long as what it branched on stays.

    Raises:
        Untakeable: if machine code cannot be made of the rule.
    """

    def __init__(self, optimizer: Optimizer, group: Group, flat_group: FlatGroup) -> None:
        if any(not a.flags.c_contiguous for a in flat_group.arrays) or flat_group.dtype.str[1:] not in ("f4", "f8"):
            raise Untakeable("a parameter that is not in order")
        size = sum(a.size for a in flat_group.arrays)
        for state in flat_group._state.values():  # double() changes the parameters alone
            if state.dtype != flat_group.dtype or state.size != size or not state.flags.c_contiguous:
                raise Untakeable("a state of another dtype, or that is not in order")
        branches: list[tuple[str, bool]] = []
        recorded, symbolic = Options(group, branches), SymbolicGroup(flat_group, branches)
        try:
            _rule(optimizer)(recorded, symbolic)
        except Recorded:
            pass
        except Untakeable:
            raise
        except Exception as error:
            raise Untakeable(f"{type(error).__name__}: {error}") from None
        else:
            raise Untakeable("a rule that does not go through its flat group")
        self._plain = recorded.plain
        self._names = [n for n in dict.fromkeys(recorded.numbers) if n not in ("weight_decay", "l1_decay")]
        self._first_step = flat_group.first_step
        self._penalties = self._penalties_of(flat_group)
        self.dtype = flat_group.dtype
        self._sizes = [a.size for a in flat_group.arrays]
        self.states = flat_group._state
        self._code: Any = None
        self._text(symbolic, branches)

    @staticmethod
    def _penalties_of(flat_group: FlatGroup) -> tuple[Any, ...]:
        return (
            flat_group._maximize, bool(flat_group._weight_decay), bool(flat_group._l1_decay), flat_group._shrink != 1.0,
        )  # fmt: skip

    def _text(self, group: SymbolicGroup, branches: list[tuple[str, bool]]) -> None:
        """Write the loop, and the function that computes its numbers."""
        written = {"param": group.param.node, **{name: s.node for name, s in group.states.items()}}
        lines: list[str] = []
        names: dict[int, str] = {}
        numbers: dict[str, str] = {}

        def value(x: Any) -> str:
            if isinstance(x, str):
                return x
            if id(x) in names:
                return names[id(x)]
            if x.kind == "input":
                if x.what not in group.given:
                    raise Untakeable("scratch memory is read before it is written")
                text = f"at({x.what}, {'begin + i' if x.what in group.states else 'i'})"
            elif x.kind == "number":
                numbers.setdefault(x.what, f"c{len(numbers)}")
                names[id(x)] = f"{scalar_type(x.dtype)}({numbers[x.what]})"
                return names[id(x)]
            elif x.kind == "map":
                text = x.what.format(*[value(y) for y in x.operands])
            else:
                raise Untakeable(f"a {x.kind}")
            names[id(x)] = name = x.what if x.kind == "input" else f"t{len(lines)}"
            if x.kind == "input":
                names[id(x)] = name = f"{x.what}_i"
            lines.append(f"{name} = {text}")
            return name

        results = {name: value(node) for name, node in written.items() if node is not group.given[name]}
        lines += [f"put({n}, {'begin + i' if n in group.states else 'i'}, {x})" for n, x in results.items()]
        arrays, states = ["param", "grad"], [*group.states]
        parameters = ", ".join(["n", "begin", *arrays, *states, *numbers.values()])
        body = "\n".join(f"        {line}" for line in lines)
        self.text = f"def update({parameters}):\n    for i in range(n):\n{body}\n"
        conditions, values = (_tuple(x) for x in ([text for text, _ in branches], [f"float({x})" for x in numbers]))
        variables = ", ".join(["step", "weight_decay", "l1_decay", "shrink", *self._variables()])
        self._numbers = eval(f"lambda {variables}: ({conditions}, {values})", {"math": math})
        self._branches = tuple(taken for _, taken in branches)
        self.numbers = [*numbers.values()]

    def over_parameters(self, function: str, table: str, others: Iterable[str]) -> list[str]:
        """The lines that call the loop, as a function of this name, for each parameter.

        Args:
            table: the name of the array that `table` makes.
            others: the names of the state arrays, and then of the numbers.
        """
        size, begin, param, grad = (f"at({table}, 4 * p + {k})" for k in range(4))
        arrays = place_of(param, self.dtype), place_of(grad, self.dtype)
        return [
            f"    for p in range({len(self._sizes)}):",
            f"        {function}({', '.join([size, begin, *arrays, *others])})",
        ]

    def table(self, params: Iterable[int], grads: Iterable[int]) -> Array:
        """For each parameter its size, where its states begin, and the places of it and its gradient among the objects.

        One line of machine code is then enough for all parameters, however many there are.
        """
        begins = np.cumsum([0, *self._sizes])[:-1]
        return np.array([*zip(self._sizes, begins, params, grads, strict=True)], np.int64).reshape(-1)

    def _compiled(self) -> Any:
        """The loop as a function of its own: of its numbers, a table, the state arrays, parameters and gradients."""
        given = [*map(Parameter, self.numbers), Parameter("table", np.int64)]
        given += [Parameter(name, self.dtype) for name in self.states]
        first, count = len(given), len(self._sizes)
        self._table = self.table(range(first, first + count), range(first + count, first + 2 * count))
        kernel = machine_text(given, self.over_parameters("update", "table", [*self.states, *self.numbers]))
        try:
            with progress("an update rule"):
                return machine_code(f"{self.text}\n\n{kernel}", {}, inner=("update",))
        except Exception as error:
            raise Untakeable(f"{type(error).__name__}: {error}") from None

    def _variables(self) -> list[str]:
        found: list[str] = []
        for name in self._names:
            found += ["betas0", "betas1"] if name == "betas" else [name]
        return found

    def holds(self, group: Group, flat_group: FlatGroup, step: int) -> tuple[float, ...] | None:
        """The loop's numbers for a step; None if it was recorded for other circumstances."""
        if flat_group.first_step != self._first_step or self._penalties_of(flat_group) != self._penalties:
            return None
        for name, value in self._plain.items():
            if group.get(name, value) is not value and group.get(name, value) != value:
                return None
        self._values = options.numbers(group, *self._names)
        return self.again(flat_group, step)

    def again(self, flat_group: FlatGroup, step: int) -> tuple[float, ...] | None:
        """The same where no option has changed since `holds`."""
        branches, numbers = self._numbers(
            step, flat_group._weight_decay, flat_group._l1_decay, flat_group._shrink, *self._values
        )
        return numbers if branches == self._branches else None

    def __call__(self, numbers: Sequence[float], flat_group: FlatGroup) -> bool:
        """Update the parameters; False if a gradient is not in order, and nothing was done."""
        grads = [p._grad._data for p in flat_group.params]
        if not all(g.flags.c_contiguous and g.dtype == flat_group.dtype for g in grads):
            return False
        if self._code is None:
            self._code = self._compiled()
        self._code(*numbers, self._table, *self.states.values(), *flat_group.arrays, *grads)
        versions.wrote(*flat_group.arrays, *self.states.values())
        flat_group.first_step = False
        return True


def _tuple(items: Sequence[str]) -> str:
    return f"({', '.join(items)}{',' * (len(items) == 1)})"


def _rule(optimizer: Optimizer) -> Callable[..., None]:
    """The optimizer's rule, in which the names of what reads options stand for symbolic counterparts."""
    rule: Any = type(optimizer).update_group
    if type(rule) is not FunctionType:
        raise Untakeable("a rule that is not a plain function")
    names = dict(rule.__globals__)
    for name, thing in rule.__globals__.items():
        if thing is options.numbers:
            names[name] = lambda group, *names: group.as_numbers(*names)
        elif thing is differentiable.square_root:
            names[name] = lambda x: x.root() if isinstance(x, Number) else math.sqrt(x)
        elif thing is math:
            names[name] = _Math
    text = FunctionType(rule.__code__, names, rule.__name__, rule.__defaults__, rule.__closure__)
    return lambda group, flat_group: text(optimizer, group, flat_group)


class _Math:
    @staticmethod
    def sqrt(x: Any) -> Any:
        return x.root() if isinstance(x, Number) else math.sqrt(x)


class MachineStep:
    """An optimizer's `step()` whose rule is machine code where that can be made of it."""

    def __init__(self, step: Callable[..., Any], optimizer: Optimizer) -> None:
        self.__name__ = f"{type(optimizer).__name__}_step"
        self._step = step
        self.optimizer = optimizer
        self.loops: list[UpdateLoop] = []
        self._prepare()

    def _prepare(self) -> None:
        """Make the loops of the parameters that have a gradient now."""
        optimizer = self.optimizer
        if type(optimizer).step is not Optimizer.step:
            return
        for number, group in enumerate(optimizer.param_groups):
            params = [p for p in group["params"] if p._grad is not None]
            if params and not group.get("differentiable"):
                for flat_group in optimizer._partition(number, group, params).flat_groups:
                    flat_group.read_options(group)
                    self.loop(group, flat_group)

    def sources(self) -> list[str]:
        """The texts of the loops, each once."""
        return list(dict.fromkeys(as_indices(loop.text) for loop in self.loops))

    def __call__(self) -> Any:
        optimizer = self.optimizer
        optimizer._apply_rule = self._apply
        try:
            return self._step()
        finally:
            optimizer._apply_rule = None

    def _apply(self, group: Group, flat_group: FlatGroup) -> None:
        loop = self.loop(group, flat_group)
        numbers = None if loop is None else loop.holds(group, flat_group, flat_group.step)
        try:
            if loop is not None and numbers is not None and loop(numbers, flat_group):
                return
        except Untakeable:
            flat_group.__dict__["refused"] = True
        self.optimizer.update_group(group, flat_group)

    def loop(self, group: Group, flat_group: FlatGroup) -> UpdateLoop | None:
        """The loop for the circumstances of a step; None if machine code cannot be made of the rule."""
        loops: list[UpdateLoop] = flat_group.__dict__.setdefault("loops", [])
        for loop in reversed(loops):
            if loop.holds(group, flat_group, flat_group.step) is not None:
                return loop
        if flat_group.__dict__.get("refused") or len(loops) > MOST:
            return None
        try:
            loop = UpdateLoop(self.optimizer, group, flat_group)
        except Untakeable:
            flat_group.__dict__["refused"] = True
            return None
        loops.append(loop)
        self.loops.append(loop)
        return loop


MOST = 4
"""The largest number of loops of a flat group, for different branches that its rule takes."""
