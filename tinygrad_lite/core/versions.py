"""Which memory has been written, and when.

A derivative may use an array of the forward. If that array is changed in between, the derivative would be
silently wrong; this module is how the graph notices. Nothing is paid when a value is made or recorded:
a write *stamps* the memory with the next number of the one clock that also numbers the graph's nodes, so
"changed since it was saved" is "stamped with a number above the node's".

Memory that NumPy code outside can reach (`from_numpy`, `.numpy()`) is changed without telling us. It is
marked as *exposed*, and what a node saves of it is sealed with a checksum. So is what is lent, for the sake of
nodes that had saved it before.
"""

from __future__ import annotations

import functools
import itertools
import weakref
import zlib
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import numpy as np

from .array_functions import array_function
from .modes import state
from .primitive import Array

clock = itertools.count(1)
"""One counter for nodes and writes: what has the higher number happened later."""


class _Write:
    """The writes to one owner of memory."""

    __slots__ = ("alive", "count", "number")

    def __init__(self, root: Array) -> None:
        key = id(root)
        self.alive = weakref.ref(root, lambda _: _writes.pop(key, None))
        self.count = 0
        self.number = 0


class _Loan:
    """Memory that code outside can write to, while it holds the array (or a view of it) that it was given.

    Attributes:
        array: what was lent, or None where the memory is outside's own.
        held: a checksum of what it held then.
        number: when.
        handle: the array through which it is reached.
    """

    __slots__ = ("array", "handle", "held", "number")

    handle: weakref.ref[Array]

    def __init__(self, array: Array | None) -> None:
        self.array = array
        self.held = 0 if array is None else checksum(array)
        self.number = next(clock)

    def written(self) -> bool:
        """Whether the memory lent is not what it was."""
        return self.array is not None and checksum(self.array) != self.held


_writes: dict[int, _Write] = {}
exposed: dict[int, list[_Loan]] = {}
"""How outside can reach memory, by the identity of the array that owns it."""

latest_write = 0
"""The number of the most recent write, known or possible: a node that is younger, and has no seal, need not look."""


def owner(array: Array) -> Array:
    """The array whose memory `array` is a view of; itself where it owns its memory."""
    while isinstance(base := array.base, np.ndarray):
        array = base
    return array


def wrote(*arrays: Array) -> None:
    """Note that the memory of `arrays` has just been changed."""
    global latest_write
    if state.tracer is not None:
        state.tracer.graph_break("memory is written in a way that it cannot follow")
    latest_write = number = next(clock)
    for array in arrays:
        root = array if array.base is None else owner(array)
        write = _writes.get(id(root)) or _write(root)
        write.count += 1
        write.number = number


@array_function
def write(function: Callable[..., Any], array: Array, *args: Any) -> None:
    """Let a function write to an array, its first argument, and note that it did."""
    function(array, *args)
    wrote(array)


@array_function
def written(*arrays: Array) -> None:
    """Note that the memory of arrays has been changed by a call that went through `state.mode`."""
    wrote(*arrays)


def _write(root: Array) -> _Write:
    made = _writes[id(root)] = _Write(root)
    return made


def version(array: Array) -> int:
    """How many times the memory of `array` has been written in place."""
    write = _writes.get(id(owner(array)))
    return write.count if write else 0


def checksum(array: Array) -> int:
    """A fingerprint of the values, which any single change alters, and any other with all likelihood.

    Of much memory a sum of 64-bit words, each times an odd number of its own, modulo 2⁶⁴: five times as fast as a CRC.
    """
    octets = np.ascontiguousarray(array).reshape(-1).view(np.uint8)
    if octets.size <= _LITTLE:
        return zlib.crc32(octets.data)
    count = octets.size // _LITTLE
    rows = octets[: count * _LITTLE].view(np.uint64).reshape(count, -1)
    sums: Array = np.einsum("ij,j->i", rows, _odd())
    return checksum(np.concatenate([sums.view(np.uint8), octets[count * _LITTLE :]]))


_LITTLE = 1 << 13
"""Bytes."""


@functools.cache
def _odd() -> Array:
    """Random odd numbers, one for each word of a row."""
    return np.random.default_rng(0).integers(0, 1 << 63, _LITTLE // 8, np.uint64) * np.uint64(2) + np.uint64(1)


def lend(array: Array) -> Array:
    """An array for code outside, on the same memory; the memory is exposed until it and its views are gone."""
    # Through a memoryview, because NumPy then leaves `handle` at the root of whatever is sliced from it.
    handle: Array = np.asarray(memoryview(array))  # type: ignore[arg-type]
    _expose(owner(array), handle, _Loan(array))
    return handle


def borrow(array: Array) -> None:
    """Note that `array`, and so its memory, belongs to code outside."""
    root = owner(array)
    if all(loan.array is not None for loan in exposed.get(id(root), ())):
        _expose(root, root, _Loan(None))


def _expose(root: Array, handle: Array, loan: _Loan) -> None:
    global latest_write
    latest_write = loan.number  # what is older has no seal
    key = id(root)

    def returned(_: weakref.ref[Array]) -> None:
        global latest_write
        exposed[key].remove(loan)
        if not exposed[key]:
            del exposed[key]
        latest_write = next(clock)  # what was saved meanwhile is sealed: let everyone look
        if loan.array is not None and loan.written():  # what was saved before is not: it counts as written at the loan
            root = owner(loan.array)
            write = _writes.get(id(root)) or _write(root)
            write.count += 1
            write.number = max(write.number, loan.number)

    loan.handle = weakref.ref(handle, returned)
    exposed.setdefault(key, []).append(loan)


def is_exposed(array: Array) -> bool:
    """Whether code outside may hold this memory."""
    return id(array if array.base is None else owner(array)) in exposed


def changed_since(array: Array, number: int) -> bool:
    """Whether the memory of `array` was changed after `number`, by us or through an alias lent out later."""
    key = id(array if array.base is None else owner(array))
    write = _writes.get(key)
    if write is not None and write.number > number:
        return True
    return key in exposed and any(loan.number > number and loan.written() for loan in exposed[key])


def checksums(inputs: Iterable[Any], saved: Callable[[], Sequence[Array]]) -> dict[int, int] | None:
    """Checksums, by identity, of the saved arrays that code outside could write to; None if no input is such memory."""
    for x in inputs:
        if type(x) is np.ndarray and (id(x) in exposed or x.base is not None) and is_exposed(x):
            return {id(y): checksum(y) for y in saved() if is_exposed(y)}
    return None


def first_changed(arrays: Sequence[Array], number: int, known: dict[int, int] | None) -> Array | None:
    """The first of the arrays that was changed after `number`, or that no longer has the checksum that is known."""
    for array in arrays:
        if changed_since(array, number):
            return array
    for array in arrays if known else ():
        if known.get(id(array), ...) not in (..., checksum(array)):  # type: ignore[union-attr]
            return array
    return None


def arrays_in(values: Any) -> list[Array]:
    """The arrays among values, and in tuples and lists among them."""
    found: list[Array] = []
    for x in values:
        if isinstance(x, np.ndarray):
            found.append(x)
        elif isinstance(x, (tuple, list)):
            found += arrays_in(x)
    return found
