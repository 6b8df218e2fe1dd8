"""The copy that is checked: a function, its inputs and all Tensors that it reaches, in float64.

Only the copy is run, stepped and differentiated. So the user's own Tensors, gradients, buffers and flags are never
touched, a float32 model is checked at the precision of float64, and what a forward changes (running averages, the
state of a generator) can be put back before each run.
"""

from __future__ import annotations

import copy
import functools
import inspect
import random
import types
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, nullcontext
from typing import Any, Protocol, TypeGuard

import numpy as np

from ...core.modes import call_in_mode
from ...core.primitive import Array, Primitive
from ...core.tensor import wrap
from ...random.generator import Generator, default_generator
from ...runtime.closures import EMPTY, captured, cell_content
from ...tensors.tensor import Tensor
from .replay import GeneratorState, Replay
from .surrogates import Surrogates


class FunctionFailed(Exception):
    """The function that is checked raised an error, which is the cause of this one."""

    def __init__(self, error: Exception, what: str = "the function") -> None:
        super().__init__(f"{what} raised {type(error).__name__}: {error}")
        self.error = error


class IsolatedCopy:
    """A function of named Tensors that can be run again and again with the same result.

    Attributes:
        leaves: the Tensors to differentiate by, by name.
        base: the arrays of the leaves.
        differentiable: the positions of the results that have a gradient; of all results, if none has.
        recorded: whether the leaves must require gradients even if only the value is wanted.
        call_for_values: what to call then, if that is another function for the same values.
        surrogates: the functions whose backward is taken for their derivative.
        module: the copy of the module, if a module is checked.
        constants: the arrays of the other arguments that are Tensors, by name.
        mass: the size of what the results are differences of, if they may be the rounding of 0.
    """

    def __init__(
        self,
        leaves: dict[str, Tensor],
        call: Callable[[], Any],
        replay: Replay | None = None,
        call_for_values: Callable[[], Any] | None = None,
    ) -> None:
        self.leaves = leaves
        self.call, self.call_for_values = call, call_for_values
        self.replay = replay or Replay([], [])
        for leaf in leaves.values():
            leaf._data = laid_out_like(np.empty_like(leaf._data), leaf._data)
        self.base = {name: leaf._data for name, leaf in leaves.items()}
        self.shapes: list[tuple[int, ...]] | None = None
        self.differentiable: list[int] | None = None
        self.recorded = True
        self.surrogates: Surrogates | None = None
        self.module: ModuleLike | None = None
        self.constants: dict[str, Array] = {}
        self.mass = 0.0

    def run(self, call: Callable[[], Any] | None = None) -> list[Tensor]:
        """The results of floating dtype, computed from the state that the first run began with.

        Raises:
            FunctionFailed: if the function raises an error, or returns no Tensor.
        """
        self.replay.restore()
        try:
            returned = call_in_mode(True, call or self.call)
            tensors = flattened(returned)
            if not tensors:
                raise TypeError(
                    "gradcheck: the function must return a Tensor, or Tensors in a tuple, list or dict, but it "
                    f"returned {type(returned).__name__}" + (": is a return forgotten?" if returned is None else "")
                )
        except FunctionFailed:  # the function that is checked runs another isolated copy
            raise
        except Exception as error:
            raise FunctionFailed(error) from error
        results = [t for t in tensors if t.dtype.kind == "f"]
        if self.differentiable is None:
            self.differentiable = [i for i, t in enumerate(results) if t.requires_grad] or list(range(len(results)))
        if len(results) <= max(self.differentiable, default=-1):
            raise FunctionFailed(AssertionError(f"{SAME_SHAPE} {[tuple(t.shape) for t in results]}"), "the check")
        return [results[i] for i in self.differentiable]

    def run_for_values(self) -> list[Tensor]:
        """Run the function as `run` does, but without a graph if the results do not depend on there being one."""
        if self.recorded or self.call_for_values is not None:
            return self.run(None if self.recorded else self.call_for_values)
        with self.with_fewer(()):
            return self.run()

    @contextmanager
    def with_fewer(self, wanted: Iterable[str]) -> Iterator[None]:
        """Let no other leaves require a gradient while the block lasts."""
        nodes = [(leaf, leaf._node) for name, leaf in self.leaves.items() if name not in wanted]
        for leaf, _ in nodes:
            leaf._node = None
        try:
            yield
        finally:
            for leaf, node in nodes:
                leaf._node = node

    def values(self, name: str, x: Array) -> Array:
        """All results in one flat array, computed with the value x for the leaf of this name."""
        return self.values_at({name: x})

    def values_at(self, moved: dict[str, Array]) -> Array:
        """All results in one flat array, computed with other values for some leaves."""
        for name, x in moved.items():
            self.leaves[name]._data = laid_out_like(self.base[name], x)
        try:
            with self.surrogates.linear() if self.surrogates is not None else nullcontext():
                results = self.run_for_values()
            shapes, values = [t._data.shape for t in results], flat(results)  # one of them may be the leaf itself
        finally:
            for name in moved:
                self.leaves[name]._data = self.base[name]
        if self.shapes is not None and shapes != self.shapes:
            raise FunctionFailed(AssertionError(f"{SAME_SHAPE} {self.shapes} and {shapes}"), "the check")
        return values

    def after_first_run(self, results: list[Tensor], first: Array) -> Array:
        """Find out what later runs can do without; the first run gave these results. Return what a second one gives."""
        self.replay.forget_unchanged()
        self.shapes = [t._data.shape for t in results]
        self.recorded = False
        try:
            second = flat(self.run_for_values())
            self.recorded = not np.array_equal(second, first, equal_nan=True)
        except FunctionFailed:  # the function differentiates something itself
            self.recorded = True
        return flat(self.run()) if self.recorded else second


def laid_out_like(base: Array, x: Array) -> Array:
    """The values of x, in memory in the order of those of base: some functions look at it, as dropout draws by it."""
    if x.strides == base.strides:
        return x
    made = np.empty_like(base)
    made[...] = x
    return made


SAME_SHAPE = "Expected `func` to return outputs with the same shape when inputs are perturbed by eps, but got:"
"""PyTorch's words."""


def flattened(results: Any) -> list[Tensor]:
    """The Tensors in a result, in order."""
    if isinstance(results, Tensor):
        return [results]
    items = results.values() if isinstance(results, dict) else results
    return [t for item in items for t in flattened(item)] if isinstance(results, (tuple, list, dict)) else []


def flat(results: Sequence[Tensor]) -> Array:
    """The values of some Tensors in one flat float64 array."""
    return np.concatenate([np.ravel(t._data).astype(np.float64) for t in results] or [np.empty(0)])


# ------------------------------------------------------------------------------------------------- the copy


def _is_plain(x: Any, depth: int = 4) -> bool:
    """Return True for a container of plain values, which holds nothing to be differentiated or replayed."""
    if isinstance(x, dict):
        return depth > 0 and all(_is_plain(value, depth - 1) for value in x.values())
    if isinstance(x, (list, tuple, set)):
        return depth > 0 and all(_is_plain(value, depth - 1) for value in x)
    return isinstance(x, (bool, int, float, complex, str, bytes, type(None), np.generic))


class ModuleLike(Protocol):
    """The methods of a Module that are needed here. Modules stand below this room, which cannot import them."""

    def __call__(self, *args: Any) -> Any: ...
    def forward(self, *args: Any) -> Any: ...
    def named_parameters(self) -> Iterable[tuple[str, Tensor]]: ...
    def named_modules(self) -> Iterable[tuple[str, Any]]: ...


def is_module(x: Any) -> TypeGuard[ModuleLike]:
    """Return True if x is a Module."""
    return hasattr(x, "named_parameters") and hasattr(x, "forward")


class Copier:
    """Copies functions with all that they close over, so that what they share stays shared among the copies."""

    def __init__(self, double: bool) -> None:
        self.double = double
        self.memo: dict[int, Any] = {}

    def tensors(self) -> list[Tensor]:
        """The copied Tensors."""
        return [t for t in self.memo.values() if isinstance(t, Tensor)]

    def generators(self) -> list[Any]:
        """The copied generators."""
        kinds = (Generator, random.Random, np.random.RandomState, np.random.Generator)
        return [g for g in self.memo.values() if isinstance(g, kinds)]

    def finish(self) -> None:
        """Turn the copied Tensors into float64."""
        for t in self.tensors():
            t._grad = None
            if self.double and t._data.dtype.kind == "f":
                t.data = wrap(t._data.astype(np.float64))

    def copy(self, x: Any) -> Any:
        """A copy of a value; the value itself where it cannot be copied."""
        if id(x) in self.memo:
            return self.memo[id(x)]
        if _is_plain(x):  # what the function does to it is to be seen
            return x
        made = self._copy(x)
        if made is not x:
            self.memo[id(x)] = made
        return made

    def _copy(self, x: Any) -> Any:
        if isinstance(x, Tensor) and not x.is_leaf:
            return wrap(x._data.copy())
        if isinstance(x, types.FunctionType):
            return self._copy_function(x)
        if isinstance(x, types.MethodType):
            return x if isinstance(x.__self__, type) else types.MethodType(x.__func__, self.copy(x.__self__))
        if isinstance(x, functools.partial):
            arguments = [self.copy(arg) for arg in x.args]
            return functools.partial(self.copy(x.func), *arguments, **{k: self.copy(v) for k, v in x.keywords.items()})
        if isinstance(x, (types.ModuleType, type)) or x is default_generator:
            return x
        try:
            return copy.deepcopy(x, self.memo)
        except Exception as error:
            if is_module(x):
                raise RuntimeError(
                    f"gradcheck works on a copy of the module, and copy.deepcopy({type(x).__name__}) failed: {error}"
                ) from error
            return x

    def _copy_function(self, function: types.FunctionType) -> Any:
        """A function of the same code, over copies of the variables that it closes over and of the globals it names."""
        if str(function.__module__).partition(".")[0] == __name__.partition(".")[0]:
            return function
        made = types.FunctionType(
            function.__code__, dict(function.__globals__), function.__name__, function.__defaults__,
            tuple(types.CellType() for _ in function.__closure__ or ()) or None,
        )  # fmt: skip
        made.__kwdefaults__ = function.__kwdefaults__
        self.memo[id(function)] = made  # before its variables are copied: the function itself may be among them
        outside = captured(function)
        for cell, original in zip(made.__closure__ or (), outside.cells.values(), strict=True):
            if (value := cell_content(original)) is not EMPTY:
                cell.cell_contents = self.copy(value)
        for name in outside.globals:
            value = function.__globals__[name]
            same_module = isinstance(value, types.FunctionType) and value.__globals__ is function.__globals__
            state = isinstance(value, (Tensor, list, dict, Generator, np.random.Generator)) or is_module(value)
            if same_module or state or id(value) in self.memo:
                made.__globals__[name] = self.copy(value)
        return made


def isolated_copy(
    func: Callable[..., Any],
    inputs: Sequence[Any],
    shared: Sequence[GeneratorState],
    double: bool = True,
    surrogates: Surrogates | None = None,
) -> IsolatedCopy:
    """Copy `func` and its inputs, in float64 if `double`. The leaves of a module are also all its parameters.

    The states of the shared generators are those that each run begins with.

    Raises:
        ValueError: if there is nothing to differentiate by.
    """
    copier = Copier(double)
    if surrogates is not None:
        copier.memo.update(surrogates.stand_ins)
    arguments = [copier.copy(x) if isinstance(x, Tensor) else x for x in inputs]
    function = copier.copy(func)
    copier.finish()
    floating = [x for x in inputs if isinstance(x, Tensor) and x.dtype.kind == "f"]
    wanted = [x for x in floating if x.requires_grad] or (floating if is_module(func) else [])
    leaves: dict[str, Tensor] = {}
    names = input_names(func, len(inputs))
    for name, x in zip(names, inputs, strict=True):
        if any(x is each for each in wanted) and not any(copier.memo[id(x)] is leaf for leaf in leaves.values()):
            leaves[name] = copier.memo[id(x)].requires_grad_()
    if is_module(func):
        for name, parameter in function.named_parameters():
            if parameter.requires_grad and not any(parameter is leaf for leaf in leaves.values()):
                leaves[f"{name} (parameter)" if name in leaves else name] = parameter
    if not leaves:
        raise ValueError(
            "gradcheck expects at least one input tensor to require gradient, but none of them have "
            "requires_grad=True. Call requires_grad_() on the inputs to be checked"
        )
    state = [t for t in copier.tensors() if not any(t is leaf for leaf in leaves.values())]
    made = IsolatedCopy(leaves, lambda: function(*arguments), Replay(state, copier.generators(), shared))
    made.surrogates = surrogates
    tensors = {name: x for name, x in zip(names, inputs, strict=True) if isinstance(x, Tensor)}
    made.constants = {name: x._data for name, x in tensors.items() if name not in leaves}
    made.module = function if is_module(func) else None
    return made


def input_names(func: Any, count: int) -> list[str]:
    """The names that a function, Function or Module gives its arguments, or else `input 0`, `input 1` …"""
    owner = getattr(func, "__self__", None)
    if isinstance(owner, type) and hasattr(owner, "setup_context"):  # the apply of a Function
        func = owner
    setup = getattr(func, "setup_context", None)
    takes_ctx = setup is not None and setup.__qualname__ == "Function.setup_context"
    try:
        # The forward of a primitive may be a universal function of NumPy, which had no signature before NumPy 2.1.
        named = func if isinstance(func, Primitive) else getattr(func, "forward", func)
        parameters = list(inspect.signature(named).parameters.values())[takes_ctx:]
    except (TypeError, ValueError):
        parameters = []
    names = [p.name for p in parameters if p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD)]
    return (names + [f"input {i}" for i in range(len(names), count)])[:count]
