"""Generators of random bits, with PyTorch's seeding and state, and the default generator."""

from __future__ import annotations

import operator
import os
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np

from ..core.array_functions import array_function
from ..core.primitive import Array
from ..core.tensor import wrap
from ..core.tracing import graph_break
from ..types.annotations import Number, Tensor
from ..types.devices import CPU, check_device, device

_FIRST_SEED = 67280421310721
_STATEFUL = "the state of a generator is read or set"
_WORDS = 624  # of MT19937
# The state as PyTorch lays it out, so that either library can continue where the other stopped.
_STATE = np.dtype(
    [
        ("seed", "<u8"),
        ("left", "<i4"),
        ("seeded", "<i4"),
        ("next", "<u8"),
        ("words", "<u8", _WORDS),
        ("unused", "<f8"),
        ("spare", "<f8"),
        ("unused2", "<f8"),
        ("has_spare", "<i4"),
        ("unused3", "V12"),
    ]
)
_OLD_SIZE = _STATE.itemsize + 32  # version 0.1 kept a second stream for dropout, and wrote its state behind this one


class Generator:
    """A source of random numbers that no other generator moves: a Mersenne Twister (MT19937), as PyTorch's on the CPU.

    Functions that draw numbers take one as `generator=`. A new one starts from PyTorch's seed, 67280421310721. Threads
    may share one: each call draws all its numbers before another thread's call draws.

    Args:
        device: the CPU.

    Raises:
        RuntimeError: for another device.

    >>> import tinygrad_lite as tl
    >>> g = tl.Generator().manual_seed(0)
    >>> tl.rand(3, generator=g)
    tensor([0.4963, 0.7682, 0.0885])
    """

    # engine: the stream of bits. spare: of the last pair of normally distributed numbers the second one, if nobody has
    # asked for it yet (see `distributions`). lock: held by whoever draws, reads the state or sets it. A thread may take
    # it again, because a signal handler or a finalizer, which runs in the midst of a draw, may draw too.

    def __init__(self, device: str = "cpu") -> None:
        check_device(device)
        self.lock = threading.RLock()
        self._reseed(_FIRST_SEED)  # a compiled function keeps this object, and starts it over

    @array_function
    def _reseed(self, seed: int) -> None:
        with self.lock:
            self.spare: float | None = None
            self._seed = seed
            self._engine: np.random.MT19937 | None = None

    def __getstate__(self) -> dict[str, Any]:
        with self.lock:
            kept = {name: value for name, value in vars(self).items() if name != "lock"}
            from copy import deepcopy  # its import takes long, and few copy a generator

            return {**kept, "_engine": deepcopy(self._engine)}

    def __setstate__(self, kept: dict[str, Any]) -> None:
        vars(self).update(kept, lock=threading.RLock())
        vars(self).pop("_fast", None)  # a second stream that version 0.1 kept for dropout

    @property
    def engine(self) -> np.random.MT19937:
        """The stream of PyTorch's generator, made when it is first used: to import numpy.random takes a while."""
        if self._engine is None:
            self._engine = np.random.MT19937(0)
            # RandomState is frozen, and seeds as PyTorch does: by init_genrand, with 32 bits.
            state: Any = np.random.RandomState(self._seed & 0xFFFFFFFF).get_state(legacy=True)
            self._engine.state = {"bit_generator": "MT19937", "state": {"key": state[1], "pos": state[2]}}
        return self._engine

    @property
    def device(self) -> device:
        """The device on which the numbers are made: the CPU."""
        return CPU

    def manual_seed(self, seed: int) -> Generator:
        """Start over from a seed, and return this generator.

        Args:
            seed: a whole number from -2**63 to 2**64 - 1; a negative one stands for itself plus 2**64.

        Raises:
            RuntimeError: if it is not a whole number.
            ValueError: if it is out of range.

        >>> import tinygrad_lite as tl
        >>> g = tl.Generator()
        >>> tl.rand(2, generator=g.manual_seed(5)).equal(tl.rand(2, generator=g.manual_seed(5)))
        True
        """
        try:
            value = operator.index(seed)
        except TypeError:
            raise RuntimeError(
                f"manual_seed expected a long, but got {type(seed).__name__}: {seed!r:.40} is not a whole number"
            ) from None
        if not -(2**63) <= value < 2**64:
            raise ValueError(f"Overflow when unpacking long long: a seed is from -2**63 to 2**64 - 1, not {value}")
        self._reseed(value % 2**64)
        return self

    def initial_seed(self) -> int:
        """The seed from which this generator was last started.

        >>> import tinygrad_lite as tl
        >>> tl.Generator().manual_seed(-1).initial_seed() == 2**64 - 1
        True
        """
        graph_break(_STATEFUL)
        return self._seed

    def seed(self) -> int:
        """Start over from a seed that nobody can predict, and return the seed."""
        self._reseed(int.from_bytes(os.urandom(8), "little"))
        return self.initial_seed()

    def get_state(self) -> Tensor:
        """Everything that decides which numbers come next: a vector of bytes, in uint8.

        It is also the state of a PyTorch generator, which goes on from there with the same numbers.

        >>> import tinygrad_lite as tl
        >>> g = tl.Generator()
        >>> state = g.get_state()
        >>> first = tl.rand(2, generator=g)
        >>> tl.rand(2, generator=g.set_state(state)).equal(first)
        True
        """
        state: Any = np.zeros((), _STATE)
        with self.lock:
            engine: Any = self.engine.state["state"]
            state["seed"], state["seeded"] = self.initial_seed(), 1
            state["words"], state["next"], state["left"] = engine["key"], engine["pos"], _WORDS + 1 - engine["pos"]
            state["spare"], state["has_spare"] = self.spare or 0.0, self.spare is not None
        return wrap(np.frombuffer(bytearray(state.tobytes()), np.uint8))

    def set_state(self, new_state: Tensor | Array) -> Generator:
        """Go on from a state, and return this generator.

        Args:
            new_state: what `get_state()` returned, or an array of what PyTorch's returned; a vector in uint8.

        Raises:
            TypeError: if it is not a Tensor or an array in uint8.
            RuntimeError: if it is not the state of a generator.
        """
        graph_break(_STATEFUL)
        given = getattr(new_state, "_data", new_state)
        if not hasattr(given, "__array__"):
            raise TypeError(f"expected a torch.ByteTensor (a Tensor of dtype uint8), but got {type(given).__name__}")
        content = np.asarray(given)
        if content.dtype != np.uint8:
            raise TypeError(f"RNG state must be a torch.ByteTensor (of dtype uint8), not of {content.dtype}")
        if content.size not in (_STATE.itemsize, _OLD_SIZE):
            raise RuntimeError(
                f"Expected a CPUGeneratorImplState of size {_STATE.itemsize} but found the input RNG state size to be "
                f"{content.size}: give what get_state() returned, here or in PyTorch"
            )
        state: Any = np.frombuffer(content.tobytes(), _STATE, count=1)[0]
        left, position = int(state["left"]), int(state["next"])
        if not (state["seeded"] and 0 < left <= _WORDS and position <= _WORDS):
            raise RuntimeError("Invalid mt19937 state")
        # With none left the next draw renews the words: left is then 1 in PyTorch, pos 624 in NumPy.
        words, position = state["words"].astype(np.uint32), _WORDS if left == 1 else position
        with self.lock:
            self._reseed(int(state["seed"]))
            self.engine.state = {"bit_generator": "MT19937", "state": {"key": words, "pos": position}}
            self.spare = float(state["spare"]) if state["has_spare"] else None
        return self


default_generator = Generator()
"""The generator of all functions that are not given one. When the library is imported it gets an unpredictable seed."""
default_generator.seed()


class _Thread(threading.local):
    """The generator that stands for the default one in this thread; a DataLoader's worker has one of its own."""

    own: Generator | None = None


thread = _Thread()


def manual_seed(seed: Tensor | Number) -> Generator:
    """Start the default generator over from `int(seed)`, and return the generator.

    Args:
        seed: a number from -2**63 to 2**64 - 1, or a Tensor of one element of any shape.

    Raises:
        ValueError: if it is out of range, or NaN.
        TypeError: if it is not a number.
        OverflowError: if it is infinite.

    >>> import tinygrad_lite as tl
    >>> _ = tl.manual_seed(0)
    >>> tl.randn(3)
    tensor([ 1.5410, -0.2934, -2.1788])
    """
    try:
        whole = int(seed)
    except (TypeError, ValueError, OverflowError) as error:
        raise type(error)(f"{error}. manual_seed: a seed is a whole number, not {seed!r:.40}") from None
    return chosen(None).manual_seed(whole)


def initial_seed() -> int:
    """The seed from which the default generator was last started.

    >>> import tinygrad_lite as tl
    >>> tl.manual_seed(7).initial_seed() == tl.initial_seed() == 7
    True
    """
    return chosen(None).initial_seed()


def seed() -> int:
    """Start the default generator over from a seed that nobody can predict, and return the seed.

    >>> import tinygrad_lite as tl
    >>> tl.seed() == tl.seed()
    False
    """
    return chosen(None).seed()


def get_rng_state() -> Tensor:
    """The state of the default generator, of the shape (5056,), in uint8: see `Generator.get_state`.

    >>> import tinygrad_lite as tl
    >>> tl.get_rng_state().dtype
    dtype('uint8')
    """
    return chosen(None).get_state()


def set_rng_state(new_state: Tensor | Array) -> None:
    """Let the default generator go on from a state that `get_rng_state()` returned.

    Args:
        new_state: the state, of the shape (5056,), in uint8; PyTorch's will do too.

    Raises:
        TypeError: if it is not a Tensor or an array in uint8.
        RuntimeError: if it is not the state of a generator.

    >>> import tinygrad_lite as tl
    >>> state = tl.get_rng_state()
    >>> first = tl.randperm(9)
    >>> tl.set_rng_state(state)
    >>> tl.randperm(9).equal(first)
    True
    """
    chosen(None).set_state(new_state)


@contextmanager
def fork_rng(devices: Sequence[Any] | None = None, enabled: bool = True, device_type: str = "cuda") -> Iterator[None]:
    """Give the default generator back the state that it had, after the block; what is drawn inside leaves no trace.

    Args:
        devices: other devices whose generators are to be given back too; there are none.
        enabled: False to do nothing.
        device_type: the kind of those devices.

    Raises:
        Exception: what the block raises, after the state was given back.

    >>> import tinygrad_lite as tl
    >>> _ = tl.manual_seed(0)
    >>> with tl.random.fork_rng():
    ...     inside = tl.rand(1)
    >>> tl.rand(1).equal(inside)
    True
    """
    if not enabled:
        yield
        return
    generator = chosen(None)
    state = generator.get_state()
    try:
        yield
    finally:
        generator.set_state(state)


def chosen(generator: Generator | None) -> Generator:
    """The generator that was given, or else the default one.

    Raises:
        TypeError: for anything else.
    """
    if generator is None:
        return thread.own or default_generator
    if not isinstance(generator, Generator):
        raise TypeError(
            f"argument 'generator' must be Generator, not {type(generator).__name__}: {generator!r:.40}. Make one with "
            "Generator().manual_seed(seed)"
        )
    return generator


@array_function
def drawn(draw: Callable[..., Array], generator: Generator | None, *args: Any) -> Array:
    """The numbers that a function of `distributions` draws from the given or the default generator."""
    source = chosen(generator)
    with source.lock:
        return draw(source, *args)
