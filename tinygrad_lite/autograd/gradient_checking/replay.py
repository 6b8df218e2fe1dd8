"""The state that a run may change, and how it is put back: Tensors, and generators of random numbers."""

from __future__ import annotations

import functools
import random
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np

from ...core.primitive import Array
from ...random.generator import Generator, default_generator
from ...tensors.tensor import Tensor
from ...types import dtypes
from ..grad_modes import recording

Read = Callable[[], Any]
Write = Callable[[Any], Any]
GeneratorState = tuple[Read, Write, Any]


class Replay:
    """Tensors and generators in the state of one moment, to which they can be set back before each run.

    Args:
        tensors, generators: those that only the function reaches.
        shared: the generators that all code shares, with their states; by default those of this moment.
    """

    def __init__(
        self, tensors: list[Tensor], generators: list[Any], shared: Sequence[GeneratorState] | None = None
    ) -> None:
        shared = states_of_shared() if shared is None else shared
        self.tensors = [(t, t._data, t._data.copy()) for t in tensors]
        self.generators = [*shared, *((read, write, read()) for read, write in map(_state_access, generators))]
        self.untouched = True  # nothing ran yet

    def restore(self) -> None:
        """Set everything back."""
        if self.untouched:
            self.untouched = False
            return
        for t, array, values in self.tensors:
            t._data = array
            np.copyto(array, values)
        for _, write, state in self.generators:
            write(state)

    def forget_unchanged(self) -> None:
        """Keep only what the run just made has changed: to restore the rest would take time for nothing."""
        self.tensors = [
            (t, array, values)
            for t, array, values in self.tensors
            if t._data is not array or not _same_bits(array, values)
        ]
        self.generators = [
            (read, write, state) for read, write, state in self.generators if not _same_state(read(), state)
        ]


def _same_state(x: Any, y: Any) -> bool:
    """Return True if two states of one generator are the same."""
    if isinstance(x, np.ndarray):
        return np.array_equal(x, y)
    try:
        return bool(x == y)
    except ValueError:  # there are arrays inside
        pairs = [(x[key], y[key]) for key in x] if isinstance(x, dict) else zip(x, y, strict=True)
        return all(_same_state(a, b) for a, b in pairs)


def _same_bits(x: Array, y: Array) -> bool:
    return x.dtype == y.dtype and x.tobytes() == y.tobytes()


def states_of_shared() -> list[GeneratorState]:
    """The states of the generators that all code shares: ours, NumPy's and Python's."""
    return [
        (read, write, read())
        for read, write in (
            (lambda: default_generator.get_state()._data, default_generator.set_state),
            (np.random.get_state, np.random.set_state),
            (random.getstate, random.setstate),
        )
    ]


def _state_access(generator: Any) -> tuple[Read, Write]:
    """Functions that read and write the state of a generator of this library, of NumPy or of Python."""
    if isinstance(generator, Generator):
        return lambda: generator.get_state()._data, generator.set_state
    if isinstance(generator, random.Random):
        return generator.getstate, generator.setstate
    if isinstance(generator, np.random.RandomState):
        return generator.get_state, generator.set_state
    bits = generator.bit_generator
    return lambda: bits.state, functools.partial(setattr, bits, "state")


@contextmanager
def shared_state_preserved() -> Iterator[list[GeneratorState]]:
    """Undo, when the block ends, what it does to the shared generators, of which it is given the states."""
    states = states_of_shared()
    try:
        with recording(True), np.errstate(all="ignore"):
            yield states
    finally:
        for read, write, state in states:
            if not _same_state(read(), state):
                write(state)


@contextmanager
def double_by_default() -> Iterator[None]:
    """Make float64 the default dtype while the block lasts."""
    dtype = dtypes.get_default_dtype()
    dtypes.set_default_dtype(dtypes.float64)
    try:
        yield
    finally:
        dtypes.set_default_dtype(dtype)
