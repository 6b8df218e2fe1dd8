"""What is checked: a private copy in float64 of a function, of its inputs, and of all Tensors that it reaches.

The copy is what is run, stepped and differentiated. So the user's own Tensors, gradients, buffers and flags are
never touched, a float32 model is checked at the precision of float64, and what a forward changes (running averages,
the state of a generator) can be put back before each run.
"""

from __future__ import annotations

import copy
import functools
import inspect
import pickle
import random
import types
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np

from ...core.modes import recording
from ...core.primitive import Array, Primitive
from ...core.tensor import wrap
from ...random.generator import Generator, default_generator
from ...tensors.tensor import Tensor
from ...types import dtypes


class Subject:
    """A function of named Tensors that can be run again and again with the same result.

    Attributes:
        leaves: the Tensors to differentiate by, under their names.
        differentiable: which of the results have a gradient; all, if none has.
        recorded: whether runs must be recorded even for their value.
    """

    def __init__(self, leaves: dict[str, Tensor], call: Callable[[], Any], replay: Replay | None = None) -> None:
        self.leaves = leaves
        self.call = call
        self.replay = replay or Replay([], [])
        self.base = {name: leaf._data for name, leaf in leaves.items()}
        self.differentiable: list[int] | None = None
        self.recorded = True
        self.module: Any = None  # the copy of the module, if it is one that is checked

    def run(self, record: bool = True) -> list[Tensor]:
        """The floating results, from the state that the first run began with."""
        self.replay.restore()
        with recording(record):
            results = [t for t in flattened(self.call()) if t.dtype.kind == "f"]
        if self.differentiable is None:
            self.differentiable = [i for i, t in enumerate(results) if t.requires_grad] or list(range(len(results)))
        return [results[i] for i in self.differentiable]

    def values(self, name: str, x: Array) -> Array:
        """All results in one flat array, where the leaf of this name has the value x."""
        leaf = self.leaves[name]
        leaf._data = x
        try:
            return flat(self.run(self.recorded))
        finally:
            leaf._data = self.base[name]

    def settle(self, first: Array) -> None:
        """After the first run, which gave this: find out what later ones can do without."""
        self.replay.settle()
        try:
            self.recorded = not np.array_equal(flat(self.run(record=False)), first, equal_nan=True)
        except RuntimeError:  # it differentiates something itself
            self.recorded = True


def flattened(results: Any) -> list[Tensor]:
    """The Tensors in a result, in order."""
    if isinstance(results, Tensor):
        return [results]
    items = results.values() if isinstance(results, dict) else results
    return [t for item in items for t in flattened(item)] if isinstance(results, (tuple, list, dict)) else []


def flat(results: Sequence[Tensor]) -> Array:
    """The values of some Tensors in one flat float64 array."""
    return np.concatenate([np.ravel(t._data).astype(np.float64) for t in results] or [np.empty(0)])


# -------------------------------------------------------------------------------------------- state put back


class Replay:
    """What a run may change, as it was: Tensors, and generators of random numbers."""

    def __init__(self, tensors: list[Tensor], generators: list[Any]) -> None:
        self.tensors = [(t, t._data, t._data.copy()) for t in tensors]
        self.generators = [(write, read(), read) for read, write in (*global_generators(), *map(_access, generators))]

    def restore(self) -> None:
        """Put everything back."""
        for t, array, values in self.tensors:
            t._data = array
            np.copyto(array, values)
        for write, value, _ in self.generators:
            write(value)

    def settle(self) -> None:
        """Keep only what the run just made did change, since the others take time to restore."""
        self.tensors = [kept for kept in self.tensors if kept[0]._data is not kept[1] or not same(kept[1], kept[2])]
        self.generators = [kept for kept in self.generators if pickle.dumps(kept[2]()) != pickle.dumps(kept[1])]


def same(x: Array, y: Array) -> bool:
    """Whether two arrays are alike to the last bit."""
    return x.dtype == y.dtype and x.tobytes() == y.tobytes()


def global_generators() -> list[tuple[Callable[[], Any], Callable[[Any], Any]]]:
    """How to read and write the state of each generator that everyone shares: ours, NumPy's and Python's."""
    return [
        (lambda: default_generator.get_state()._data, default_generator.set_state),
        (np.random.get_state, np.random.set_state),
        (random.getstate, random.setstate),
    ]


def _access(generator: Any) -> tuple[Callable[[], Any], Callable[[Any], Any]]:
    """How to read and write the state of one."""
    if isinstance(generator, Generator):
        return lambda: generator.get_state()._data, generator.set_state
    if isinstance(generator, random.Random):
        return generator.getstate, generator.setstate
    if isinstance(generator, np.random.RandomState):
        return generator.get_state, generator.set_state
    bits = generator.bit_generator
    return lambda: bits.state, functools.partial(setattr, bits, "state")


@contextmanager
def unnoticed(double: bool = True) -> Iterator[None]:
    """Nothing that the block does to the shared state outlives it; meanwhile the default dtype is float64."""
    states = [(write, read()) for read, write in global_generators()]
    dtype = dtypes.get_default_dtype()
    if double:
        dtypes.set_default_dtype(dtypes.float64)
    try:
        with recording(True), np.errstate(all="ignore"):
            yield
    finally:
        dtypes.set_default_dtype(dtype)
        for write, state in states:
            write(state)


# ------------------------------------------------------------------------------------------------- the copy


def is_module(x: Any) -> bool:
    """Whether x is a Module (which stand above, and cannot be imported here)."""
    return hasattr(x, "named_parameters") and hasattr(x, "forward")


class Copier:
    """Copies functions with all that they close over, so that what they share stays shared among the copies."""

    def __init__(self, double: bool) -> None:
        self.double = double
        self.memo: dict[int, Any] = {}

    def tensors(self) -> list[Tensor]:
        return [t for t in self.memo.values() if isinstance(t, Tensor)]

    def generators(self) -> list[Any]:
        kinds = (Generator, random.Random, np.random.RandomState, np.random.Generator)
        return [g for g in self.memo.values() if isinstance(g, kinds)]

    def finish(self) -> None:
        """Turn the copied Tensors into float64."""
        for t in self.tensors():
            t._grad = None
            if self.double and t._data.dtype.kind == "f":
                t.data = wrap(t._data.astype(np.float64))

    def copy(self, x: Any) -> Any:
        """A copy of a value; of what cannot be copied, itself."""
        if id(x) in self.memo:
            return self.memo[id(x)]
        made = self._copy(x)
        if made is not x:
            self.memo[id(x)] = made
        return made

    def _copy(self, x: Any) -> Any:
        if isinstance(x, Tensor) and not x.is_leaf:
            return wrap(x._data.copy())
        if isinstance(x, types.FunctionType):
            return self._function(x)
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

    def _function(self, function: types.FunctionType) -> Any:
        """The same code, over copies of the variables that it closes over and of its module's that it names."""
        if str(function.__module__).partition(".")[0] == __name__.partition(".")[0]:
            return function
        made = types.FunctionType(
            function.__code__, dict(function.__globals__), function.__name__, function.__defaults__,
            tuple(types.CellType() for _ in function.__closure__ or ()) or None,
        )  # fmt: skip
        made.__kwdefaults__ = function.__kwdefaults__
        self.memo[id(function)] = made  # before its variables, among which may be the function itself
        for mine, theirs in zip(made.__closure__ or (), function.__closure__ or (), strict=True):
            try:
                mine.cell_contents = self.copy(theirs.cell_contents)
            except ValueError:  # still empty
                continue
        for name in _names(function.__code__):
            value = function.__globals__.get(name)
            alike = isinstance(value, types.FunctionType) and value.__globals__ is function.__globals__
            if alike or isinstance(value, (Tensor, list, dict, Generator, np.random.Generator)) or is_module(value):
                made.__globals__[name] = self.copy(value)
        return made


def _names(code: types.CodeType) -> set[str]:
    """The global names in a function, and in those defined in it."""
    inner = (_names(c) for c in code.co_consts if isinstance(c, types.CodeType))
    return set(code.co_names).union(*inner)


# --------------------------------------------------------------------------------------------------- making


def subject_of(func: Callable[..., Any], inputs: Sequence[Any], double: bool = True) -> Subject:
    """The copy of `func` and its inputs, in float64 if `double`; of a module with all its parameters.

    Raises:
        ValueError: if there is nothing to differentiate by.
    """
    copier = Copier(double)
    arguments = [copier.copy(x) if isinstance(x, Tensor) else x for x in inputs]
    function = copier.copy(func)
    copier.finish()
    floating = [x for x in inputs if isinstance(x, Tensor) and x.dtype.kind == "f"]
    asked = [x for x in floating if x.requires_grad] or (floating if is_module(func) else [])
    leaves: dict[str, Tensor] = {}
    for name, x in zip(input_names(func, len(inputs)), inputs, strict=True):
        if any(x is each for each in asked) and not any(copier.memo[id(x)] is leaf for leaf in leaves.values()):
            leaves[name] = copier.memo[id(x)].requires_grad_()
    if is_module(func):
        for name, parameter in function.named_parameters():
            if parameter.requires_grad and not any(parameter is leaf for leaf in leaves.values()):
                leaves[f"{name} (parameter)" if name in leaves else name] = parameter
    if not leaves:
        raise ValueError(
            "gradcheck expects at least one input tensor to require gradient, but none of the them have "
            "requires_grad=True. Call requires_grad_() on the inputs to be checked"
        )
    state = [t for t in copier.tensors() if not any(t is leaf for leaf in leaves.values())]
    subject = Subject(leaves, lambda: function(*arguments), Replay(state, copier.generators()))
    subject.module = function if is_module(func) else None
    return subject


def input_names(func: Any, count: int) -> list[str]:
    """What a function, Function or Module calls its arguments, or else `input 0`, `input 1` …"""
    owner = getattr(func, "__self__", None)
    if isinstance(owner, type) and hasattr(owner, "setup_context"):  # the apply of a Function
        func = owner
    setup = getattr(func, "setup_context", None)
    hidden = setup is not None and setup.__qualname__ == "Function.setup_context"  # forward's first argument is ctx
    try:
        # The forward of a primitive may be a universal function of NumPy, which had no signature before NumPy 2.1.
        named = func if isinstance(func, Primitive) else getattr(func, "forward", func)
        parameters = list(inspect.signature(named).parameters.values())[hidden:]
    except (TypeError, ValueError):
        parameters = []
    names = [p.name for p in parameters if p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD)]
    return (names + [f"input {i}" for i in range(len(names), count)])[:count]
