"""A training step's end as machine code: a piece that computes gradients, and the optimizer's step with them.

In a program they are three calls: the piece, `accumulate_grad` and `step()`. Where everything is as in the step before
but for numbers, they are one function; nothing that they do, or look at, is left out.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from operator import is_
from typing import Any

import numpy as np

from ...core import versions
from ...core.tensor import accumulate_grad
from ...optim.base.flat_groups import FlatGroup
from ...optim.base.optimizer import AROUND_STEPS, Optimizer
from ...tensors.tensor import Tensor
from ..codegen import values_in
from ..guard_code import Guard, attribute, contents, empty_item, item
from ..harmless import PLAIN
from ..tracer import Call
from .loops import WORKSPACES
from .machine_guards import comparison
from .nodes import Untakeable
from .pieces import Piece
from .signatures import Parameter, as_indices, function_text, machine_text
from .updates import Group, MachineStep, UpdateLoop

MOST = 8
"""The number of times that a step is prepared anew because the optimizer has been given other states or parameters."""


class Part:
    """One loop of a step.

    Attributes:
        flat_group, loop: what is updated, and the loop.
        count: how many steps the parameters have taken, an array that the loop's kernel counts on; None for a rule that
            does not count.
    """

    def __init__(self, flat_group: FlatGroup, loop: UpdateLoop) -> None:
        self.flat_group, self.loop = flat_group, loop
        self.count: Any = flat_group.scalars.get("step")
        self._numbers: Any = None

    def numbers(self, group: Group, changed: bool) -> tuple[float, ...] | None:
        """The loop's numbers for the next step; None if it is not the loop for it.

        Args:
            changed: whether an option of the group has changed since the last step.
        """
        step = 0
        if self.count is not None:
            taken = self.count.tolist()
            step = int(taken[0]) + 1
            if taken.count(taken[0]) < len(taken):
                return None
        if changed:
            self.flat_group.read_options(group)
            self._numbers = self.loop.holds(group, self.flat_group, step)
        elif step or self._numbers is None:
            self._numbers = self.loop.again(self.flat_group, step)
        return self._numbers


class Prepared:
    """An optimizer as it is before a step, and the loops that the step will take.

    Args:
        step: the optimizer's step.
        tensors: the Tensors that get a gradient.
        forgets: whether their gradients are forgotten before.

    Raises:
        Untakeable: if the step is not that of loops over these Tensors.
    """

    def __init__(self, step: MachineStep, tensors: Sequence[Tensor], forgets: bool) -> None:
        self.optimizer = optimizer = step.optimizer
        if type(optimizer).step is not Optimizer.step:
            raise Untakeable("a step of its own")
        self.parts: list[Part] = []
        self._groups: list[tuple[Group, list[Part], list[Any]]] = []  # with their options at the last step, if plain
        guards = [attribute(optimizer, "param_groups", ""), contents(optimizer.param_groups, "", "")]
        guards += [attribute(optimizer, name, "") for name in ("state", "_partitions", "_hooks")]
        guards += [contents(optimizer.state, "", "")]
        guards += [empty_item(optimizer._hooks, event, "") for event in ("step_pre", "step_post")]
        for number, group in enumerate(optimizer.param_groups):
            params = group["params"]
            partition = optimizer._partitions.get(number)
            guards += [item(group, "params", ""), contents(params, "", "")]
            if not forgets:
                guards += [Guard("{0}._grad is None", (p,), bool, "", "") for p in params]
            if partition is None:
                raise Untakeable("a step that was not taken before")
            kept = [*partition.array_names, *optimizer.state_scalars]
            if kept and not all(p in optimizer.state for p in params):  # to ask for one that is not there makes one
                raise Untakeable("a parameter that has taken no step")
            states = [optimizer.state[p] for p in params] if kept else []
            if not partition.is_current(params, states, optimizer.state_arrays(group)):
                raise Untakeable("a parameter without a gradient")
            guards += [item(optimizer._partitions, number, "")]
            guards += [attribute(p, "_data", "") for p in params]
            for state in states:
                for name in kept:
                    guards += [item(state, name, ""), attribute(state[name], "_data", "")]
            self._groups.append((group, [], []))
            for flat_group in partition.flat_groups:
                flat_group.read_options(group)
                loop = None if flat_group.first_step else step.loop(group, flat_group)
                if loop is None or not flat_group.scalars.keys() <= {"step"}:
                    raise Untakeable("an update rule that is no loop, or its first step")
                self._groups[-1][1].append(Part(flat_group, loop))
            self.parts += self._groups[-1][1]
        if {*tensors} != {p for part in self.parts for p in part.flat_group.params}:
            raise Untakeable("parameters that the optimizer does not have")
        self.holds = comparison(guards)
        # The arrays that a step writes are kept by the loops and flat groups, and so are the records of writes to them.
        written = [x for part in self.parts for x in (*part.flat_group.arrays, *part.loop.states.values())]
        self._records = versions.in_turn(versions.records_of, written)

    def numbers(self) -> list[float] | None:
        """The numbers of all loops for the next step; None if something is not as it was."""
        if AROUND_STEPS or not self.holds():
            return None
        found: list[float] = []
        for group, parts, known in self._groups:
            options = [*group.values()]
            changed = len(options) != len(known) or not all(map(is_, options, known))
            if changed:
                if any(self._is_other(group, part) for part in parts):
                    return None
                known[:] = options if all(map(_is_plain, group.items())) else []
            for part in parts:
                numbers = part.numbers(group, changed)
                if numbers is None:
                    known.clear()
                    return None
                found += numbers
        return found

    def _is_other(self, group: Group, part: Part) -> bool:
        """Return True if a step with these options is not that of the part's loop."""
        return bool(group.get("differentiable")) or self.optimizer.state_arrays(group) != (*part.loop.states,)

    def finish(self) -> None:
        """Note that the step has been taken."""
        versions.in_turn(versions.note_in, self._records)
        attributes = self.optimizer.__dict__
        attributes["_has_stepped"] = True
        if "_opt_called" in attributes:
            attributes["_opt_called"] = True


def _is_plain(option: tuple[str, Any]) -> bool:
    """Return True if an option that is the same object has the same value."""
    name, value = option
    parts = value if type(value) is tuple else (value,)
    return name in ("params", "param_names") or all(type(x) in PLAIN for x in parts)


class TrainingStep:
    """A piece, `accumulate_grad` and the optimizer's step.

    Args:
        piece: the piece, of which some results are gradients.
        tensors, places: the Tensors that get them, and their numbers among the results.
        step: the optimizer's step.
        params: for Tensors whose arrays the piece is given their numbers among its arguments.
        forget: the optimizer's `zero_grad`, if that is to be done before the piece; else None.

    Raises:
        Untakeable: if the three cannot be one function.
    """

    def __init__(
        self,
        piece: Piece,
        tensors: Sequence[Tensor],
        places: Sequence[int],
        step: MachineStep,
        params: dict[Tensor, int],
        forget: Callable[[], Any] | None = None,
    ) -> None:
        self.__name__ = f"{piece.__name__}_and_{step.__name__}"
        if forget is not None:
            self.__name__ = f"{type(step.optimizer).__name__}_zero_grad_and_{self.__name__}"
        self.piece, self.step = piece, step
        self.tensors, self.places = tensors, places
        self._params, self._forget = params, forget
        self._others = [i for i in range(len(piece.made)) if i not in {*places}]
        self._preparations = 0
        self._prepared: Prepared | None = None
        self._prepare()

    def _prepare(self) -> None:
        """Make the function for the optimizer as it is now."""
        self._preparations += 1
        prepared = Prepared(self.step, self.tensors, self._forget is not None)
        piece, functions = self.piece, dict[str, str]()  # the functions' names by their texts
        numbers = [f"c{k}_{n}" for k, part in enumerate(prepared.parts) for n in part.loop.numbers]
        parameters = [*piece.kernel.parameters, *map(Parameter, numbers)]
        places = {p.name: k for k, p in enumerate(parameters)}
        arrays, lines = dict[str, Any](), list[str]()

        def passed(name: str, array: Any) -> int:
            """The place of one more array among the objects."""
            parameters.append(Parameter(name, array.dtype))
            arrays[name] = array
            return len(parameters) - 1

        gradients = dict(zip(self.tensors, self.places, strict=True))
        for k, part in enumerate(prepared.parts):
            flat_group, loop = part.flat_group, part.loop
            params, grads = list[int](), list[int]()
            for p, array in zip(flat_group.params, flat_group.arrays, strict=True):
                if piece.made[gradients[p]] != (array.shape, array.dtype):
                    raise Untakeable("a gradient of another shape or dtype")
                known = self._params.get(p)
                params.append(places[f"a{known}"] if known is not None else passed(f"p{len(arrays)}", array))
                grads.append(places[f"out{gradients[p]}"])
            states = {f"{name}_{k}": array for name, array in loop.states.items()}
            for name, array in states.items():
                passed(name, array)
            passed(f"table_{k}", loop.table(params, grads))
            function = functions.setdefault(loop.text, f"update_{len(functions) + 1}")
            own = [f"c{k}_{n}" for n in loop.numbers]
            if part.count is not None:
                passed(f"taken_{k}", part.count)
                lines += [f"    for p in range({len(params)}):", f"        put(taken_{k}, p, at(taken_{k}, p) + 1)"]
            lines += loop.over_parameters(function, f"table_{k}", [*states, *own])
        loops = [text.replace("def update(", f"def {name}(") for text, name in functions.items()]
        body = [*piece.kernel.lines, *lines]
        kernel, text = piece.kernel, machine_text(parameters, body)
        inner = [*functions.values(), *kernel.steps]
        code = piece.compiled("\n\n".join([*loops, *kernel.step_texts(), text]), inner)
        self._run = self._around(code, parameters, numbers, arrays)
        steps = [step.shown(name) for name, step in kernel.steps.items()]
        self._text = "\n\n".join([*loops, *steps, function_text(self.__name__, parameters, body)])
        self._prepared = prepared

    def _around(
        self, code: Any, parameters: Iterable[Parameter], numbers: Iterable[str], arrays: dict[str, Any]
    ) -> Callable[..., Any]:
        """The call of machine code with all that is around it: a function of the numbers and the piece's arguments.

        It is written without loops: one over the parameters of a small network takes as long as its machine code.
        """
        piece = self.piece
        names = [p.name for p in piece.kernel.parameters]
        inputs, outputs = names[1 + len(WORKSPACES) : -len(piece.made)], names[-len(piece.made) :]
        lines = [f"tensor{i}._grad = None" for i in self.places if self._forget is not None]
        lines += [f"[{', '.join(numbers)}] = numbers", f"{', '.join(names[: 1 + len(WORKSPACES)])} = space = take()"]
        lines += [f"{name} = empty(shape{i}, dtype{i})" for i, name in enumerate(outputs)]
        lines += [f"code({', '.join([p.name for p in parameters])})", "leave(space)"]
        for i in self.places:
            lines += ["g = new(Tensor)", "g._node = g._grad = g._view = None", f"g._data = {outputs[i]}"]
            lines += [f"tensor{i}._grad = g"]
        others = ", ".join([outputs[i] for i in self._others])
        text = "\n    ".join([f"def around({', '.join(['numbers', *inputs])}):", *lines, f"return {others or '()'}"])
        known = {"code": code, "empty": np.empty, "new": object.__new__, "Tensor": Tensor, **arrays}
        known |= {"take": piece.space, "leave": piece.leave}
        for i, (shape, dtype) in enumerate(piece.made):
            known |= {f"shape{i}": shape, f"dtype{i}": dtype}
        known |= {f"tensor{i}": t for t, i in zip(self.tensors, self.places, strict=True)}
        exec(text, known)
        around: Callable[..., Any] = known["around"]
        return around

    def source(self) -> str:
        """Its text."""
        return as_indices(self._text)

    def __call__(self, *args: Any) -> Any:
        prepared = self._prepared
        numbers = None
        if prepared is not None:
            try:
                numbers = prepared.numbers()
            except Exception:  # the step will raise it
                numbers = None
        if prepared is None or numbers is None:
            return self._others_of(self._one_by_one(args))
        result = self._run(numbers, *(self.piece.in_order(args) if self.piece.loose else args))
        prepared.finish()
        return result

    def _others_of(self, results: Sequence[Any]) -> Any:
        """The results that are no gradients; if it is one, by itself."""
        found = [results[i] for i in self._others]
        return found[0] if len(found) == 1 else found

    def _one_by_one(self, args: Sequence[Any]) -> Sequence[Any]:
        """All results, of three calls; the next ones are prepared for as the optimizer is now."""
        if self._forget is not None:
            self._forget()
        with np.errstate(all="ignore"):
            found = self.piece(*args)
            results = [found] if len(self.piece.made) == 1 else found
            accumulate_grad(self.tensors, [results[i] for i in self.places])
            self.step()
        if self._preparations < MOST:
            try:
                self._prepare()
            except Exception:  # whatever it is, the three calls can be made
                self._prepared = None
        return results


def joined(call: Call, assignment: Call, step: MachineStep, forget: Callable[[], Any] | None) -> Call:
    """One call in place of a piece, the assignment of gradients that nothing else needs, and an optimizer's step.

    Args:
        forget: the optimizer's `zero_grad`, if that is to be done before; else None.

    Raises:
        Untakeable: if they cannot be one.
    """
    piece: Any = call.function
    results = [*values_in(call.result)]
    tensors, gradients = assignment.args
    if not {*gradients} <= {*results} or len({*gradients}) < len(gradients):
        raise Untakeable("gradients that are not results of one piece, each for one Tensor")
    params = {v.tensor: i for i, v in enumerate(call.args) if v.tensor is not None and i not in piece.loose}
    joint = TrainingStep(piece, tensors, [results.index(g) for g in gradients], step, params, forget)
    others = [v for v in results if v not in {*gradients}]
    return Call(joint, call.args, others[0] if len(others) == 1 else tuple(others) or None, False)
