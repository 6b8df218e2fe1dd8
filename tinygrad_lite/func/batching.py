"""Primitives inside `vmap`: one more reader of them, which reads a call as that of every sample.

A `Batching` is in force, as a tracer is, while the function of a `vmap` runs. A primitive is then applied to the
Tensors of all samples at once, by the batching rule that `rules` has for it. What they compute is recorded in the graph
as any other operation is, so that the graph, and the backward pass through it, know nothing of vmap.

Functions of arrays that are no primitives (checks, copies, draws of random numbers) come to `run`, and are called for
one sample after the other.
"""

from __future__ import annotations

import functools
import inspect
import itertools
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import numpy as np

from ..core import versions
from ..core.array_functions import copied
from ..core.graph import Node, Reading
from ..core.inference import made
from ..core.modes import in_force, thread
from ..core.primitive import REGISTRY, Operands, Primitive
from ..core.promotion import promoted
from ..core.tensor import TensorBase
from ..core.views import View
from ..random.generator import drawn
from ..tensors.batched_data import BatchedArray, escaped, is_batched
from . import rules  # noqa: F401  # it fills the table
from .custom_functions import by_its_own_rule, one_after_the_other
from .draws import of_all_samples
from .operands import Batch, at_level, joined, rule_of

_levels = itertools.count(1)
_DRAWN, _COPIED = [inspect.unwrap(function) for function in (drawn, copied)]


class Batching(Reading):
    """One level of vmap.

    Attributes:
        size: the number of samples.
        level: the number of this level, which is higher than those of the levels around it.
        randomness: "error", "different" or "same", as in `vmap`.
        outer: what was in force before: a `Batching`, a tracer, or None.
        levels: the sizes of this level and of those around it, by their numbers, the lowest first.
    """

    def __init__(self, size: int, randomness: str) -> None:
        self.size = size
        self.level = next(_levels)
        self.randomness = randomness
        state = in_force(thread)
        self.outer = state.tracer
        self.call_outside = state.mode[0]
        self.levels: dict[int, int] = {**getattr(self.outer, "levels", {}), self.level: size}

    # ---------------------------------------------------------------------------------- functions of arrays

    def run(self, function: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        """Call a function of arrays: once, or for each sample if one of the arguments is that of several."""
        if function is _DRAWN:
            return self._draw(*args)
        if not any(map(_is_batched, args)):
            return self.call_outside(function, *args, **kwargs)
        if _is_kernel(function):
            raise TakenOver(self)
        if not any(map(self._is_of_this_level, args)):
            return self.call_outside(function, *args, **kwargs)
        if function is _COPIED or getattr(function, "for_all_samples", False):
            result = self.run_below(function, *[x.value if self._is_of_this_level(x) else x for x in args], **kwargs)
            return None if result is None else BatchedArray(result, self.level)
        if function is np.ravel and type(args[0].value) is np.ndarray:
            return BatchedArray(self.run_below(np.reshape, args[0].value, (self.size, args[0].size)), self.level)
        results = [
            self.run_below(function, *[self._sample(x, i) for x in args], **kwargs) for i in range(max(self.size, 1))
        ]
        return self._joined(results)

    def run_below(self, function: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        """Call a function of arrays as it would be called outside of this vmap."""
        return self.call_outside(function, *args, **kwargs)

    def _is_of_this_level(self, x: Any) -> bool:
        if type(x) is tuple or type(x) is list:
            return any(map(self._is_of_this_level, x))
        return type(x) is BatchedArray and x.level == self.level

    def _sample(self, x: Any, index: int) -> Any:
        if type(x) is tuple or type(x) is list:
            return type(x)([self._sample(item, index) for item in x])
        if not self._is_of_this_level(x):
            return x
        if not self.size:
            return np.zeros(x.shape, x.dtype)  # one sample that is not there, for its shape
        return x.sample(index)

    def _joined(self, results: list[Any]) -> Any:
        first = results[0]
        if first is None:
            return None
        if type(first) is tuple:
            return tuple([self._joined([result[i] for result in results]) for i in range(len(first))])
        if type(first) is BatchedArray:
            return BatchedArray(_stacked_below(results[: self.size]), self.level)
        return BatchedArray(self.call_outside(np.stack, results)[: self.size], self.level)

    def _draw(self, draw: Callable[..., Any], generator: Any, *args: Any) -> Any:
        if self.randomness == "error":
            raise RuntimeError(
                "vmap: called random operation while in randomness error mode. Please either use the 'same' or "
                "'different' randomness flags on vmap or perform the randomness operation out of vmap"
            )
        if self.randomness == "same":
            return self.run_below(_DRAWN, draw, generator, *[self._sample(x, 0) for x in args])
        together = of_all_samples(draw, args, self.size, self.level)
        if together is not None:
            return BatchedArray(self.run_below(_DRAWN, draw, generator, *together), self.level)
        results = [
            self.run_below(_DRAWN, draw, generator, *[self._sample(x, i) for x in args]) for i in range(self.size)
        ]
        return self._joined(results)

    # ------------------------------------------------------------------------------------------- primitives

    def apply(self, primitive: Primitive, args: Operands) -> Any:
        """Apply a primitive of which an argument is that of several samples."""
        level = max(_levels_in(args), default=0)
        if level not in self.levels:
            raise escaped()
        if primitive.promotion is not None:
            result = promoted(primitive, tuple(map(_as_tensor, args)), False)
            if result is not None:
                return result
        out = rule_of(primitive)(primitive, Batch(self.levels[level], level), *[at_level(x, level) for x in args])
        result = joined(out if isinstance(out, TensorBase) else made(out), level)
        source = args[0]
        if primitive.view and isinstance(source, TensorBase) and is_batched(source) and _share_memory(out, source):
            result._view = View(source, (primitive, args[1:]), in_force(thread).mode[2])
        return result

    def apply_function(self, function: Any, args: Operands, kwargs: dict[str, Any], has_rule: bool) -> Any:
        """Apply a user's Function, which may have a `vmap`, of which an argument is that of several samples."""
        level = max(_levels_in(args), default=0)
        if level not in self.levels:
            raise escaped()
        given = [at_level(x, level) for x in args]
        batch = Batch(self.levels[level], level)
        if has_rule:
            return by_its_own_rule(function, batch, self.randomness, given)
        return one_after_the_other(functools.partial(function.apply, **kwargs), function.__name__, batch, given)

    def call_each(self, function: Any, args: Operands, kwargs: dict[str, Any]) -> Any:
        """Call a function that reads values: for one sample after the other if an argument is that of several."""
        given = (*args, *kwargs.values())
        level = max(_levels_in(given), default=0)
        if not level:
            return function(*args, **kwargs)
        if level not in self.levels:
            raise escaped()

        def call(*values: Any) -> Any:  # each may still stand for several samples of a lower level
            return self.call_each(function, values[: len(args)], dict(zip(kwargs, values[len(args) :], strict=True)))

        batch = Batch(self.levels[level], level)
        return one_after_the_other(call, function.__name__, batch, [at_level(x, level) for x in given])

    # --------------------------------------------------------------- what the engine asks of what is in force

    def derive(self, node: Node, g: Any, saved: Any) -> Iterable[Any]:
        return super().derive(node, g, saved) if self.outer is None else self.outer.derive(node, g, saved)

    def call(self, function: Callable[..., Any], *args: Any) -> Any:
        return super().call(function, *args) if self.outer is None else self.outer.call(function, *args)

    def hooked(self, node: Node, g: Any) -> Any:
        return super().hooked(node, g) if self.outer is None else self.outer.hooked(node, g)

    def graph_break(self, reason: str) -> None:
        """Tell a tracer around this vmap that what happens cannot be part of a program."""
        if self.outer is not None:
            self.outer.graph_break(reason)

    def opaque(self, function: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        """Call a function that a program calls as it is."""
        return function(*args, **kwargs) if self.outer is None else self.outer.opaque(function, args, kwargs)

    @property
    def modules(self) -> dict[Any, None]:
        """The modules that were called, for a tracer around this vmap."""
        return {} if self.outer is None else self.outer.modules


def _is_batched(x: Any) -> bool:
    if type(x) is tuple or type(x) is list:
        return any(map(_is_batched, x))
    return type(x) is BatchedArray


def _stacked_below(samples: list[BatchedArray]) -> BatchedArray:
    """The samples of one level, each of which is itself that of several samples of a lower level, side by side."""
    if type(samples[0].value) is BatchedArray:
        return BatchedArray(_stacked_below([x.value for x in samples]), samples[0].level)
    return BatchedArray(np.stack([x.value for x in samples], axis=1), samples[0].level)


def levels_in_force() -> dict[int, int]:
    """The sizes of the levels of vmap in which we are, by their numbers, the lowest first."""
    return getattr(in_force(thread).tracer, "levels", {})


def _levels_in(args: Iterable[Any]) -> Iterator[int]:
    for x in args:
        data = x._data if isinstance(x, TensorBase) else x
        if type(data) is BatchedArray:
            yield data.level
        elif type(data) is tuple:
            yield from _levels_in(data)


def _as_tensor(x: Any) -> Any:
    return made(x) if type(x) is BatchedArray else x  # type: ignore[arg-type]  # it stands for an array


def _share_memory(x: Any, y: Any) -> bool:
    return versions.owner(x._data) is versions.owner(y._data)


class TakenOver(Exception):  # it is no error: the engine hands the call over to what raised it
    """Raised in place of calling a primitive's kernel: the engine then lets `take_over` do what was asked for."""

    def __init__(self, batching: Batching) -> None:
        self.batching = batching

    def take_over(self, primitive: Primitive, args: Operands) -> Any:
        """Apply a primitive to all samples."""
        try:
            return self.batching.apply(primitive, args)
        except Exception as error:
            error.__suppress_context__ = True  # that the call was taken over says nothing to the user
            raise


_kernels: set[int] = set()


def _is_kernel(function: Any) -> bool:
    """Tell whether a function is the kernel of a primitive."""
    if id(function) not in _kernels:
        _kernels.update(id(p.kernel) for p in REGISTRY.values())
    return id(function) in _kernels
