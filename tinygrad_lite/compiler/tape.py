"""The tape: every call that was made for the sake of Tensors, in order, and which array came from where.

A tape runs while a function is executed in the ordinary way, and only listens: what the function returns, and what it
does, is as ever. Arrays are told apart by identity. An array that the tape has not seen come about, and that belongs
to no Tensor it could look at again, may hold anything; then the tape gives up, and says why.
"""

from __future__ import annotations

import functools
import itertools
import operator
import sys
import weakref
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, Literal

import numpy as np

from ..autograd.custom_nodes import Parts
from ..core.array_functions import CREATIONS, made_of
from ..core.graph import Node, Reading
from ..core.modes import state
from ..core.primitive import REGISTRY, Fused, FusedPlan, Plan, Primitive
from ..core.tensor import accumulate_grad
from ..nn.module.module import Module
from ..ops.indexing import getitem, nonzero
from ..tensors.gradient import set_grad
from ..tensors.tensor import Tensor

Function = Callable[..., Any]
Origin = Literal["argument", "captured", "constant", "gradient", "result"]
_PACKAGE = str(Path(__file__).parents[1])


class Value:
    """An array, or what a kernel saved, which at each replay will be another.

    Attributes:
        origin: an argument of the function; the array of a Tensor from outside; a constant; the gradient of a result,
            with which the way back begins; or the result of a call.
        example: what it was on the tape; None once it is gone.
        tensor: the Tensor, of one that was captured.
        place: where in the user's code it was first met.
    """

    __slots__ = ("_example", "origin", "place", "tensor")

    def __init__(self, origin: Origin, example: Callable[[], Any]) -> None:
        self.origin = origin
        self._example = example
        self.tensor: Tensor | None = None
        self.place = ""

    @property
    def example(self) -> Any:
        return self._example()

    def forget(self) -> None:
        """Let go of the example; but a constant's is needed as long as programs are written."""
        if self.origin != "constant":
            self._example, self.tensor = _nothing, None


class Saved(list[Any]):
    """What a kernel saved, while a tape runs: unlike a tuple, it can be referred to weakly."""


class Call:
    """One call: the function, its arguments with Values for arrays, and the Values of its results.

    Attributes:
        result: a Value; a tuple of Values and Nones; or None if nothing came of it.
        pure: whether it may be left out where its result is not needed.
    """

    __slots__ = ("args", "function", "pure", "result")

    def __init__(self, function: Function, args: tuple[Any, ...], result: Any, pure: bool) -> None:
        self.function = function
        self.args = args
        self.result = result
        self.pure = pure


class Refusal(RuntimeError):
    """What a strict tape raises where it cannot follow."""


class Tape(Reading):
    """Notes calls while it is entered, in this thread.

    Attributes:
        strict: whether to raise where it cannot follow, rather than let the function go on.
        calls: what was called.
        reason: why it cannot be replayed; None if it can.
        modules: those that were called.
        captured: the arrays that it has not seen come about.
        tensors: those that calls are about themselves, not their arrays: whose `.grad` is changed.
        plain: whether all calls are functions of arrays, none of which applies operations to Tensors.
    """

    def __init__(self, strict: bool = False) -> None:
        self.strict = strict
        self.calls: list[Call] = []
        self.reason: str | None = None
        self.modules: dict[Any, None] = {}
        self.captured: list[Value] = []
        self.tensors: dict[Tensor, None] = {}
        self.plain = True
        self._values: dict[int, Value] = {}
        self._kept: list[Any] = []  # what cannot be referred to weakly, so that its id is its own
        self._forwards = {id(p.kernel): p for p in REGISTRY.values() if not isinstance(p, Fused)}
        self._rules = {id(rule.vjp) for p in REGISTRY.values() for rule in p.rules if rule is not None}
        self._quietly = state.mode[0]

    def __enter__(self) -> Tape:
        state.tracer = self
        state.mode = (self.run, state.recording)
        return self

    def __exit__(self, *exception: object) -> None:
        state.tracer = None
        state.mode = (self._quietly, state.recording)

    # ------------------------------------------------------------------------------------- what it is told

    def run(self, function: Function, *args: Any, **kwargs: Any) -> Any:
        """Call a function of arrays, and note it."""
        owner = getattr(function, "__self__", None)
        if isinstance(owner, np.ndarray):  # a method: of another array, next time
            function, args = getattr(np.ndarray, function.__name__), (owner, *args)
        if kwargs:
            function = functools.partial(function, **kwargs)
        self._examine(function, args)
        self.__exit__()
        try:
            with np.errstate(all="ignore"):
                result = function(*args)
        finally:
            self.__enter__()
        if function in CREATIONS and _is_plain(args[0] if function is _MADE_OF else args):
            return self.constant(result)
        if type(result) is tuple:
            result = tuple([Saved(x) if type(x) is tuple and x else x for x in result])
        primitive = self._forwards.get(id(function))
        self._note(function, args, result, pure=primitive is not None or id(function) in self._rules)
        if primitive is not None:  # in the form in which a Tensor holds it
            if not isinstance(result, np.ndarray):
                scalar, result = result, self.run(np.asarray, result)
                self._values.pop(id(scalar), None)  # there is but one True, which may come by again
            if primitive.promotion is None and not primitive.view and not result.flags.c_contiguous:
                result = self.run(np.ascontiguousarray, result)
        elif function is accumulate_grad:  # what .grad then holds depends on what it held: it is to be looked up
            self.plain = False
            for t in args[0]:
                self.gradient(t)
        return result

    def _examine(self, function: Function, args: tuple[Any, ...]) -> None:
        """Give up on a call whose result would have another shape with other values, and where a gradient is set."""
        if function is nonzero.forward or (function in _INDEXING and _has_mask(args[1])):
            self.graph_break("how many elements there are depends on their values")
        elif function is _SET_GRAD and args[1] is not None:
            self.graph_break("a .grad is assigned")

    def derive(self, node: Node, g: Any) -> Iterable[Any]:
        """The gradients of a node's parents, each rule (or the pullback of a fused primitive) a call."""
        plan, saved = node.plan, node.saved
        if isinstance(plan, Plan):
            return [self.run(rule.vjp, g, *saved[s]) for rule, s in zip(plan.rules, plan.spans, strict=True)]
        if isinstance(plan, FusedPlan):
            return itertools.compress(self.run(plan.primitive.pullback, g, saved[1], plan.needs), plan.needs)
        return node.plan.derive(g, saved)

    def call(self, function: Function, *args: Any) -> Any:
        """Apply a function or a primitive to gradients."""
        if isinstance(args[0], Parts):
            return function(*args)  # which comes back here for each of the parts
        return self.run(function.kernel if isinstance(function, Primitive) else function, *args)

    def hooked(self, node: Node, g: Any) -> Any:
        self.graph_break("a gradient is shown to a hook")
        return super().hooked(node, g)

    def gradient(self, t: Tensor) -> None:
        """Note that the array that a Tensor's `.grad` has is to be looked up."""
        if t._grad is not None:
            self._values.pop(id(t._grad._data), None)
            self._note(_gradient, (t,), t._grad._data, pure=True)

    def opaque(self, function: Function, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        """Let a function do what it does, and note that it is to be called again."""
        self.plain = False
        args = tuple([_listed(x) for x in args])
        kwargs = {name: _listed(x) for name, x in kwargs.items()}
        for x in (*args, *kwargs.values()):
            for item in x if isinstance(x, (tuple, list)) else (x,):
                value = None
                if isinstance(item, Tensor):
                    self.tensors[item] = None
                    value = self.known(item._data)
                function_given = callable(item) and not isinstance(item, Module)
                if function_given or (value is not None and value.origin != "captured"):
                    self.graph_break(f"{function.__name__}() is called with what is another in every call")
        self.__exit__()
        try:
            result = function(*args, **kwargs)
        finally:
            self.__enter__()
        again = functools.partial(function, *args, **kwargs)
        if result is None:
            self._note(again, (), None, pure=False)
        elif isinstance(result, Tensor) and result._history() is None:
            self._note(functools.partial(_array_of, again), (), result._data, pure=False)
        else:
            self.graph_break(f"{function.__name__}() returned what is neither None nor a Tensor without history")
        return result

    def constant(self, array: Any) -> Any:
        """Note an array that would be made the same again. It may be written to, so each replay has one of its own."""
        if type(array) is tuple:
            return tuple([self.constant(part) for part in array])
        self._name(array, "constant")
        return self.run(np.array, array)

    def graph_break(self, reason: str) -> None:
        """Give up, but let the function go on; unless strict.

        Raises:
            Refusal: if strict.
        """
        if self.reason is None:
            self.reason = reason + _place()
            if self.strict:
                raise Refusal(self.reason)

    # ---------------------------------------------------------------------------------------- what it knows

    def given(self, array: Any, origin: Origin) -> Value:
        """The Value of an array that will be given."""
        return self._values.get(id(array)) or self._name(array, origin)

    def known(self, array: Any) -> Value | None:
        """The Value of an array, if it has come by."""
        return self._values.get(id(array))

    def settle(self, tensors: Sequence[Tensor]) -> None:
        """Say which Tensors there are outside, one of which every array of unknown origin must belong to."""
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
            found = self.known(tensor._data)
            if found is not None and found.origin == "argument":
                self.graph_break("an argument is at the same time a Tensor that the function uses anyway")
        if not self.tensors.keys() <= {*tensors}:
            self.graph_break("the .grad of an argument, or of a Tensor that the function does not name, is changed")

    def _name(self, thing: Any, origin: Origin) -> Value:
        # Results are not held, or the first call would need more memory than others; with one its id goes too.
        key, values = id(thing), self._values
        if origin == "result" and isinstance(thing, (np.ndarray, Saved)):
            value = Value(origin, weakref.ref(thing, lambda _: values.pop(key, None)))
        else:
            value = Value(origin, lambda: thing)
            self._kept.append(thing)
        values[key] = value
        return value

    def _note(self, function: Function, args: tuple[Any, ...], result: Any, pure: bool) -> None:
        operands = tuple([self._operand(x) for x in args])
        if not (pure and isinstance(result, np.ndarray) and self.known(result)):  # else what was given came back
            self.calls.append(Call(function, operands, self._result(result), pure))

    def _operand(self, x: Any) -> Any:
        value = self._values.get(id(x))
        if value is not None:
            return value
        if isinstance(x, (np.ndarray, np.generic)):
            value = self._name(x, "captured")
            value.place = _place()
            self.captured.append(value)
            return value
        if isinstance(x, Tensor):
            self.tensors[x] = None
        if type(x) in (tuple, list):
            return type(x)([self._operand(item) for item in x])
        return x

    def _result(self, x: Any) -> Any:
        if x is None:
            return None
        if isinstance(x, np.ndarray):
            return self.given(x, "result")
        if isinstance(x, np.generic):
            return self._name(x, "result")
        if type(x) is tuple:
            return tuple([self._part(item) for item in x])
        self.graph_break(f"a {type(x).__name__} was computed from arrays")
        return None

    def _part(self, x: Any) -> Any:
        """One of several results: an array, or what a kernel saved."""
        if type(x) is Saved:
            return self.given(x, "result")
        return None if type(x) is tuple else self._result(x)  # an empty one


_INDEXING = (getitem.forward, operator.getitem)
_MADE_OF: Any = made_of.__wrapped__  # type: ignore[attr-defined]
_SET_GRAD: Any = set_grad.__wrapped__  # type: ignore[attr-defined]


def _is_plain(x: Any) -> bool:
    """Whether a setting is Python's own numbers, or a dtype or the like: nothing that could hold other values later."""
    if isinstance(x, (list, tuple, range)):
        return all(map(_is_plain, x))
    return x is None or isinstance(x, (int, float, str, np.generic, np.dtype, type))


def _has_mask(index: Any) -> bool:
    parts = index if isinstance(index, tuple) else (index,)
    return any(isinstance(part, np.ndarray) and part.dtype.kind == "b" for part in parts)


def _nothing() -> None:
    """What is left."""


def _listed(x: Any) -> Any:
    """What can be gone through again."""
    return [*x] if isinstance(x, Iterator) else x


def _array_of(function: Function) -> Any:
    return function()._data


def _gradient(t: Tensor) -> Any:
    return t._grad._data


def _place() -> str:
    """Where in the user's code we are, as " (file.py:12)"."""
    frame: Any = sys._getframe(1)
    while frame is not None and frame.f_code.co_filename.startswith(_PACKAGE):
        frame = frame.f_back
    return "" if frame is None else f" ({Path(frame.f_code.co_filename).name}:{frame.f_lineno})"
