"""The tracer: it records every call that is made for the sake of Tensors, and where each array came from.

A tracer is entered while a function is executed in the ordinary way. It only watches: what the function returns, and
what it does, stays the same. Arrays are told apart by identity. If an array is used that no recorded call made, and
that belongs to no Tensor at which a program could look again, then its values may be different next time. That is a
graph break: the tracer remembers the reason, and no program is made.
"""

from __future__ import annotations

import functools
import inspect
import itertools
import operator
import os
import sys
import weakref
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, Literal

import numpy as np

from ..autograd.custom_nodes import Parts
from ..core.array_functions import CREATIONS, made_of
from ..core.graph import Node, Reading
from ..core.modes import call_in_mode
from ..core.primitive import REGISTRY, Fused, FusedPlan, Plan, Primitive
from ..core.tensor import accumulate_grad
from ..nn.module.module import Module
from ..ops.indexing import getitem, nonzero
from ..tensors.gradient import set_grad
from ..tensors.tensor import Tensor
from .layouts import Layout, layout_of

Function = Callable[..., Any]
Origin = Literal["argument", "captured", "constant", "gradient", "result"]
_PACKAGE = f"{Path(__file__).parents[1]}{os.sep}"


class Value:
    """An array, or what a kernel saved: the tracer met one, and every run of the program will have another.

    Attributes:
        origin: where it comes from: an argument of the function; a captured Tensor; a constant; the gradient of a
            result, with which the backward pass begins; or the result of a call.
        example: the array that the tracer met; None once it is gone.
        tensor: the Tensor that a captured array belongs to.
        place: where in the user's code it was first met.
        layout: the shape and dtype of an array; None of what a kernel saved.
    """

    __slots__ = ("_example", "layout", "origin", "place", "tensor")

    def __init__(self, origin: Origin, example: Callable[[], Any]) -> None:
        self.origin = origin
        self._example = example
        self.tensor: Tensor | None = None
        self.place = ""
        self.layout: Layout | None = None

    @property
    def example(self) -> Any:
        return self._example()

    def forget(self) -> None:
        """Let go of the example. A constant's is needed as long as programs are written."""
        if self.origin != "constant":
            self._example, self.tensor = _nothing, None


def _nothing() -> None:
    """The example of a Value that has been forgotten."""


class Saved(list[Any]):
    """The values that a kernel saved while a function is traced. Unlike a tuple, it can be referred to weakly."""


class Call:
    """One call.

    Attributes:
        function: what was called.
        args: its arguments, with Values in place of arrays.
        result: a Value; a tuple of Values and Nones; or None if there is no result to be used.
        pure: whether the call may be left out where its result is not needed.
        modules: the outermost and the innermost module in whose call it was made, for errors; None outside of modules.
    """

    __slots__ = ("args", "function", "modules", "pure", "result")

    def __init__(self, function: Function, args: tuple[Any, ...], result: Any, pure: bool, modules: Any = None) -> None:
        self.modules = modules
        self.function = function
        self.args = args
        self.result = result
        self.pure = pure


class GraphBreak(RuntimeError):
    """The error of a strict tracer where no program can be made."""


class Tracer(Reading):
    """Records calls while it is entered, in this thread.

    Attributes:
        strict: whether to raise at a graph break, rather than let the function go on.
        calls: the calls, in order.
        reason: the reason of the first graph break; None if there was none.
        modules: the modules that were called.
        created: the modules that were made, by identity.
        captured: the Values of arrays that no recorded call made.
        grad_tensors: the Tensors that calls are about themselves, not only their arrays: their `.grad` changes.
        only_arrays: whether all calls are functions of arrays, none of which applies operations to Tensors.
    """

    def __init__(self, strict: bool = False) -> None:
        self.strict = strict
        self.calls: list[Call] = []
        self.reason: str | None = None
        self.modules: dict[Any, None] = {}
        self.created: dict[int, Any] = {}
        self.captured: list[Value] = []
        self.grad_tensors: dict[Tensor, None] = {}
        self.only_arrays = True
        self._values: dict[int, Value] = {}
        self._kept: list[Any] = []  # what cannot be referred to weakly is kept alive, so that its id stays its own
        self._forwards = {id(p.kernel): p for p in REGISTRY.values() if not isinstance(p, Fused)}
        self._rules = {id(rule.vjp) for p in REGISTRY.values() for rule in p.rules if rule is not None}

    # --------------------------------------------------------------------------------------- what it records

    def run(self, function: Function, *args: Any, **kwargs: Any) -> Any:
        """Call a function of arrays, and record the call."""
        owner = getattr(function, "__self__", None)
        if isinstance(owner, np.ndarray):  # a method: the array is an argument as well
            function, args = getattr(np.ndarray, function.__name__), (owner, *args)
        if kwargs:
            function = functools.partial(function, **kwargs)
        self._check(function, args)
        result = call_in_mode(None, function, *args, tracer=None, quiet=True)
        if function in CREATIONS and _is_plain(args[0] if function is _MADE_OF else args):
            return self._constant(result)
        if type(result) is tuple:
            result = tuple([Saved(x) if type(x) is tuple and x else x for x in result])
        primitive = self._forwards.get(id(function))
        self._record(function, args, result, pure=primitive is not None or id(function) in self._rules)
        if primitive is not None:
            return self._as_tensors_data(primitive, result)
        if function is accumulate_grad:  # what is then in .grad depends on what was there: it is to be looked up
            self.only_arrays = False
            for t in args[0]:
                self.record_grad(t)
        return result

    def _check(self, function: Function, args: tuple[Any, ...]) -> None:
        """Break the graph at a call whose result's shape depends on values, and at one that sets a gradient."""
        if function is nonzero.forward or (function in _INDEXING and _has_mask(args[1])):
            self.graph_break("how many elements there are depends on their values")
        elif function is _SET_GRAD and args[1] is not None:
            self.graph_break("a .grad is assigned")

    def _as_tensors_data(self, primitive: Primitive, result: Any) -> Any:
        """The result of a primitive in the form in which a Tensor holds it."""
        if not isinstance(result, np.ndarray):
            scalar, result = result, self.run(np.asarray, result)
            self._values.pop(id(scalar), None)  # there is only one True, which may be met again
        if primitive.reorders and not result.flags.c_contiguous:
            result = self.run(np.ascontiguousarray, result)
        return result

    def _constant(self, array: Any) -> Any:
        """Record an array that would be made the same again. Each run gets its own copy, because it may write to it."""
        if type(array) is tuple:
            return tuple([self._constant(part) for part in array])
        self._add(array, "constant")
        return self.run(np.array, array)

    def record_grad(self, t: Tensor) -> None:
        """Record that the array of a Tensor's `.grad` is to be looked up."""
        if t._grad is not None and t._grad.is_sparse:
            self.graph_break("a gradient is sparse")
        elif t._grad is not None:
            self._values.pop(id(t._grad._data), None)
            self._record(_grad, (t,), t._grad._data, pure=True)

    def opaque(self, function: Function, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        """Let a function do what it does, and record that it is to be called again."""
        self.only_arrays = False
        args = tuple([_reusable(x) for x in args])
        kwargs = {name: _reusable(x) for name, x in kwargs.items()}
        for x in (*args, *kwargs.values()):
            for item in x if isinstance(x, (tuple, list)) else (x,):
                value = None
                if isinstance(item, Tensor):
                    self.grad_tensors[item] = None
                    value = self.find(item._data)
                is_function = callable(item) and not isinstance(item, Module)
                if is_function or (value is not None and value.origin != "captured"):
                    self.graph_break(f"{function.__name__}() is called with what is another in every call")
        again = functools.partial(function, *args, **kwargs)
        result = call_in_mode(None, again, tracer=None)
        if result is None:
            self._record(again, (), None, pure=False)
        elif isinstance(result, Tensor) and result._history() is None:
            self._record(functools.partial(_data_of_result, again), (), result._data, pure=False)
        else:
            self.graph_break(f"{function.__name__}() returned what is neither None nor a Tensor without history")
        return result

    def graph_break(self, reason: str, line: str | None = None) -> None:
        """Remember that no program can be made, and let the function go on; unless strict.

        Args:
            line: the line that is the reason, as " (file.py:12)"; without it, that which is run.

        Raises:
            GraphBreak: if strict.
        """
        if self.reason is None:
            self.reason = reason + (_users_line() if line is None else line)
            if self.strict:
                raise GraphBreak(self.reason)

    # ---------------------------------------------------------------------------- how it reads a backward pass

    def derive(self, node: Node, g: Any, saved: Any) -> Iterable[Any]:
        """The gradients of a node's parents: each rule, or the pullback of a fused primitive, is a call."""
        plan = node.plan
        if isinstance(plan, Plan):
            return [self.run(rule.vjp, g, *saved[s]) for rule, s in zip(plan.rules, plan.spans, strict=True)]
        if isinstance(plan, FusedPlan):
            return itertools.compress(self.run(plan.primitive.pullback, g, saved[1], plan.needs), plan.needs)
        return node.plan.derive(g, saved)

    unwatched = derive

    def call(self, function: Function, *args: Any) -> Any:
        """Apply a function or a primitive to gradients."""
        if isinstance(args[0], Parts):
            return function(*args)  # which comes back here for each of the parts
        return self.run(function.kernel if isinstance(function, Primitive) else function, *args)

    def hooked(self, node: Node, g: Any) -> Any:
        self.graph_break("a gradient is shown to a hook")
        return super().hooked(node, g)

    # ------------------------------------------------------------------------------------------ what it knows

    def value_of(self, array: Any, origin: Origin) -> Value:
        """The Value of an array. If it was not met before, it is a new one of this origin."""
        return self._values.get(id(array)) or self._add(array, origin)

    def find(self, array: Any) -> Value | None:
        """The Value of an array, if it was met before."""
        return self._values.get(id(array))

    def match_captured(self, tensors: Sequence[Tensor]) -> None:
        """Find for each captured array the Tensor that it belongs to, among those that the function may use."""
        owners = {id(t._data): t for t in tensors}
        for value in self.captured:
            value.tensor = owners.get(id(value.example))
            if value.tensor is None:
                self.graph_break(
                    f"an array of shape {np.shape(value.example)} and dtype {value.example.dtype} is used{value.place} "
                    "that belongs neither to an argument, nor to a module that was called, nor to a Tensor that the "
                    "function names, and was not made by an operation on Tensors that can be replayed"
                )
        for tensor in tensors:
            found = self.find(tensor._data)
            if found is not None and found.origin == "argument":
                self.graph_break("an argument is at the same time a Tensor that the function uses anyway")
        if not self.grad_tensors.keys() <= {*tensors}:
            self.graph_break("the .grad of an argument, or of a Tensor that the function does not name, is changed")

    def _add(self, thing: Any, origin: Origin) -> Value:
        # Results are referred to weakly. Otherwise the traced call would need more memory than others.
        key, values = id(thing), self._values
        if origin == "result" and isinstance(thing, (np.ndarray, Saved)):
            value = Value(origin, weakref.ref(thing, lambda _: values.pop(key, None)))
        else:
            value = Value(origin, lambda: thing)
            self._kept.append(thing)
        value.layout = layout_of(thing)
        values[key] = value
        return value

    def _record(self, function: Function, args: tuple[Any, ...], result: Any, pure: bool) -> None:
        operands = tuple([self._operand(x) for x in args])
        if pure and isinstance(result, np.ndarray) and self.find(result):
            return  # the function returned what it was given
        self.calls.append(Call(function, operands, self._result(result), pure, _modules_around()))

    def _operand(self, x: Any) -> Any:
        value = self._values.get(id(x))
        if value is not None:
            return value
        if isinstance(x, (np.ndarray, np.generic)):
            value = self._add(x, "captured")
            value.place = _users_line()
            self.captured.append(value)
            return value
        if isinstance(x, Tensor):
            self.grad_tensors[x] = None
        if type(x) in (tuple, list):
            return type(x)([self._operand(item) for item in x])
        return x

    def _result(self, x: Any) -> Any:
        if x is None:
            return None
        if isinstance(x, np.ndarray):
            return self.value_of(x, "result")
        if isinstance(x, np.generic):
            return self._add(x, "result")
        if type(x) is tuple:
            return tuple([self._part(item) for item in x])
        self.graph_break(f"a {type(x).__name__} was computed from arrays")
        return None

    def _part(self, x: Any) -> Any:
        """One of several results: an array, or what a kernel saved."""
        if type(x) is Saved:
            return self.value_of(x, "result")
        return None if type(x) is tuple else self._result(x)  # a tuple that is left is an empty one


_INDEXING = (getitem.forward, operator.getitem)
_MADE_OF, _SET_GRAD = [inspect.unwrap(function) for function in (made_of, set_grad)]


def _is_plain(x: Any) -> bool:
    """True if a setting consists of numbers, texts and dtypes, none of which can hold other values later."""
    if isinstance(x, (list, tuple, range)):
        return all(map(_is_plain, x))
    return x is None or isinstance(x, (int, float, str, np.generic, np.dtype, type))


def _has_mask(index: Any) -> bool:
    parts = index if isinstance(index, tuple) else (index,)
    return any(isinstance(part, np.ndarray) and part.dtype.kind == "b" for part in parts)


def _reusable(x: Any) -> Any:
    """An argument that can be used in every call: the items of an iterator, which is used up by the first."""
    return [*x] if isinstance(x, Iterator) else x


def _data_of_result(function: Function) -> Any:
    return function()._data


def _grad(t: Tensor) -> Any:
    return t._grad._data


def _modules_around() -> tuple[Module, Module] | None:
    """The outermost and the innermost module that is being called."""
    frame: Any = sys._getframe(2)
    found: list[Module] = []
    while frame is not None:
        if frame.f_code is _CALL:
            found.append(frame.f_locals["self"])
        frame = frame.f_back
    return (found[-1], found[0]) if found else None


_CALL = Module.__call__.__code__


def _users_line() -> str:
    """The line of the user's code that is being run, as " (file.py:12)"."""
    frame: Any = sys._getframe(1)
    while frame is not None and frame.f_code.co_filename.startswith(_PACKAGE):
        frame = frame.f_back
    return "" if frame is None else f" ({Path(frame.f_code.co_filename).name}:{frame.f_lineno})"
