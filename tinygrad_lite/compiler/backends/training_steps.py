"""A training step's end as machine code: a piece that computes gradients, and the optimizer's step with them.

In a program they are three calls: the piece, `accumulate_grad` and `step()`. Where everything is as in the step before
but for numbers, they are one function; nothing that they do, or look at, is left out.
"""

from __future__ import annotations

from collections.abc import Sequence
from operator import is_
from typing import Any

import numpy as np

from ...core import versions
from ...core.tensor import accumulate_grad, wrap
from ...optim.base.flat_groups import FlatGroup
from ...optim.base.optimizer import AROUND_STEPS, Optimizer
from ...tensors.tensor import Tensor
from ..codegen import values_in
from ..guard_code import Guard, attribute, compiled, contents, item
from ..harmless import PLAIN
from ..tracer import Call
from .nodes import Untakeable
from .pieces import Piece
from .signatures import Parameter, as_indices, function_text, machine_text
from .updates import Group, MachineStep, UpdateLoop

MOST = 8
"""The number of times that a step is prepared anew because the optimizer has been given other states or parameters."""


class Prepared:
    """An optimizer as it is before a step, and the loops that the step will take.

    Args:
        step: the optimizer's step.
        tensors: the Tensors that get a gradient.

    Raises:
        Untakeable: if the step is not that of loops over these Tensors.
    """

    def __init__(self, step: MachineStep, tensors: Sequence[Tensor]) -> None:
        self.optimizer = optimizer = step.optimizer
        if type(optimizer).step is not Optimizer.step:
            raise Untakeable("a step of its own")
        self.parts: list[tuple[Group, FlatGroup, UpdateLoop]] = []
        self._options: list[list[Any]] = []
        self._counts: list[Any] = []  # how many steps the parameters have taken
        guards = [attribute(optimizer, "param_groups", ""), contents(optimizer.param_groups, "", "")]
        guards += [attribute(optimizer, name, "") for name in ("state", "_partitions", "_hooks")]
        guards += [contents(optimizer.state, "", "")]
        for number, group in enumerate(optimizer.param_groups):
            params = group["params"]
            partition = optimizer._partitions.get(number)
            guards += [item(group, "params", ""), contents(params, "", "")]
            guards += [Guard("{0}._grad is None", (p,), bool, "", "") for p in params]
            if partition is None:
                raise Untakeable("a step that was not taken before")
            kept = [*partition.array_names, *optimizer.state_scalars]
            if kept and not all(p in optimizer.state for p in params):  # to ask for one that is not there makes one
                raise Untakeable("a parameter that has taken no step")
            states = [optimizer.state[p] for p in params] if kept else []
            if not partition.is_current(params, states, optimizer.state_arrays(group)):
                raise Untakeable("a parameter without a gradient")
            guards += [Guard("{0}[{1}] is {2}", (optimizer._partitions, number, partition), bool, "", "")]
            guards += [attribute(p, "_data", "") for p in params]
            for state in states:
                for name in kept:
                    guards += [item(state, name, ""), attribute(state[name], "_data", "")]
            for flat_group in partition.flat_groups:
                flat_group.read_options(group)
                loop = None if flat_group.first_step else step.loop(group, flat_group)
                if loop is None or not flat_group.scalars.keys() <= {"step"}:
                    raise Untakeable("an update rule that is no loop, or its first step")
                self.parts.append((group, flat_group, loop))
                self._options.append([])
                self._counts.append(flat_group.scalars.get("step"))
        if {*tensors} != {p for _, flat_group, _ in self.parts for p in flat_group.params}:
            raise Untakeable("parameters that the optimizer does not have")
        self.holds = compiled(guards)
        self._written = [x for _, f, loop in self.parts for x in (*f.arrays, *loop.states.values())]

    def numbers(self) -> list[float] | None:
        """The numbers of all loops for the next step; None if something is not as it was."""
        optimizer = self.optimizer
        hooks = optimizer._hooks
        if hooks["step_pre"] or hooks["step_post"] or AROUND_STEPS or not self.holds():
            return None
        found: list[float] = []
        for k, (group, flat_group, loop) in enumerate(self.parts):
            step = 0
            if self._counts[k] is not None:
                taken = self._counts[k].tolist()
                step = int(taken[0]) + 1
                if taken.count(taken[0]) < len(taken):
                    return None
            options = [*group.values()]
            if all(map(is_, options, self._options[k])) and len(options) == len(self._options[k]):
                numbers = loop.again(flat_group, step)
            elif group.get("differentiable") or optimizer.state_arrays(group) != (*loop.states,):
                return None
            else:
                flat_group.read_options(group)
                numbers = loop.holds(group, flat_group, step)
                self._options[k] = options if all(map(_is_plain, group.items())) else []
            if numbers is None:
                return None
            found += numbers
        return found

    def finish(self) -> None:
        """Note that the step has been taken."""
        versions.wrote(*self._written)
        for count in self._counts:
            if count is not None:
                count += 1
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
    ) -> None:
        self.__name__ = f"{piece.__name__}_and_{step.__name__}"
        self.piece, self.step = piece, step
        self.tensors, self.places = tensors, places
        self._params = params
        self._others = [i for i in range(len(piece.made)) if i not in {*places}]
        self._preparations = 0
        self._prepared: Prepared | None = None
        self._prepare()

    def _prepare(self) -> None:
        """Make the function for the optimizer as it is now."""
        self._preparations += 1
        prepared = Prepared(self.step, self.tensors)
        piece, functions = self.piece, dict[str, str]()  # the functions' names by their texts
        numbers = [f"c{k}_{n}" for k, (_, _, loop) in enumerate(prepared.parts) for n in loop.numbers]
        parameters = [*piece.kernel.parameters, *map(Parameter, numbers)]
        places = {p.name: k for k, p in enumerate(parameters)}
        arrays, lines = dict[str, Any](), list[str]()

        def passed(name: str, array: Any) -> int:
            """The place of one more array among the objects."""
            parameters.append(Parameter(name, array.dtype))
            arrays[name] = array
            return len(parameters) - 1

        gradients = dict(zip(self.tensors, self.places, strict=True))
        for k, (_, flat_group, loop) in enumerate(prepared.parts):
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
            lines += loop.over_parameters(function, f"table_{k}", [*states, *own])
        loops = [text.replace("def update(", f"def {name}(") for text, name in functions.items()]
        body = [*piece.kernel.lines, *lines]
        self._arrays = [*arrays.values()]
        self._code = piece.compiled("\n\n".join([*loops, machine_text(parameters, body)]), [*functions.values()])
        self._text = "\n\n".join([*loops, function_text(self.__name__, parameters, body)])
        self._prepared = prepared

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
        piece = self.piece
        outputs = [np.empty(*each) for each in piece.made]
        if piece.loose:
            args = piece.in_order(args)
        space = piece.space()
        self._code(*space, *args, *outputs, *numbers, *self._arrays)
        piece.leave(space)
        for t, i in zip(self.tensors, self.places, strict=True):
            t._grad = wrap(outputs[i])
        prepared.finish()
        return self._others_of(outputs)

    def _others_of(self, results: Sequence[Any]) -> Any:
        """The results that are no gradients; if it is one, by itself."""
        found = [results[i] for i in self._others]
        return found[0] if len(found) == 1 else found

    def _one_by_one(self, args: Sequence[Any]) -> Sequence[Any]:
        """All results, of three calls; the next ones are prepared for as the optimizer is now."""
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


def joined(call: Call, assignment: Call, step: MachineStep) -> Call:
    """One call in place of a piece, the assignment of gradients that nothing else needs, and an optimizer's step.

    Raises:
        Untakeable: if they cannot be one.
    """
    piece: Any = call.function
    results = [*values_in(call.result)]
    tensors, gradients = assignment.args
    if not {*gradients} <= {*results} or len({*gradients}) < len(gradients):
        raise Untakeable("gradients that are not results of one piece, each for one Tensor")
    params = {v.tensor: i for i, v in enumerate(call.args) if v.tensor is not None and i not in piece.loose}
    joint = TrainingStep(piece, tensors, [results.index(g) for g in gradients], step, params)
    others = [v for v in results if v not in {*gradients}]
    return Call(joint, call.args, others[0] if len(others) == 1 else tuple(others) or None, False)
