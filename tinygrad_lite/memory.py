"""Which memory has been written, and when.

A derivative may use an array of the forward. If that array is changed in between, the derivative would be
silently wrong; this module is how the graph notices. Nothing is paid when a value is made or recorded:
a write *stamps* the memory with the next number of the one clock that also numbers the graph's nodes, so
"changed since it was saved" is "stamped with a number above the node's".

Memory that NumPy code outside can reach (`from_numpy`, `.numpy()`) is changed without telling us. It is
marked as *exposed*, and what a node saves of it is sealed with a checksum.
"""

from __future__ import annotations

import itertools
import weakref
import zlib

import numpy as np

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


class _Exposure:
    """The arrays through which code outside can reach one owner's memory, while any of them lives."""

    __slots__ = ("checksum", "handles", "number")

    def __init__(self, checksum: int | None) -> None:
        self.checksum = checksum
        self.number = next(clock)
        self.handles: dict[int, weakref.ref[Array]] = {}  # by identity: a reference to an array has no hash


_writes: dict[int, _Write] = {}
exposed: dict[int, _Exposure] = {}
"""Exposed memory, by the identity of the array that owns it."""

latest_write = 0
"""The number of the most recent write: a node that is younger need not look at what it saved."""


def owner(array: Array) -> Array:
    """The array whose memory `array` is a view of; itself where it owns its memory."""
    while isinstance(base := array.base, np.ndarray):
        array = base
    return array


def wrote(array: Array) -> None:
    """Note that the memory of `array` has just been changed."""
    global latest_write
    root = owner(array)
    write = _writes.get(id(root))
    if write is None:
        write = _writes[id(root)] = _Write(root)
    write.count += 1
    write.number = latest_write = next(clock)


def version(array: Array) -> int:
    """How many times the memory of `array` has been written in place."""
    write = _writes.get(id(owner(array)))
    return write.count if write else 0


def checksum(array: Array) -> int:
    """A fingerprint of the values, which any single change alters."""
    return zlib.crc32(np.ascontiguousarray(array).reshape(-1).view(np.uint8)) if array.size else 0


def lend(array: Array) -> Array:
    """An array for code outside, on the same memory; the memory is exposed until it and its views are gone."""
    root = owner(array)
    # Through a memoryview, because NumPy then leaves `handle` at the root of whatever is sliced from it.
    handle: Array = np.asarray(memoryview(array))  # type: ignore[arg-type]
    _expose(root, handle, checksum(root))
    return handle


def borrow(array: Array) -> None:
    """Note that `array`, and so its memory, belongs to code outside."""
    root = owner(array)
    _expose(root, root, None)


def _expose(root: Array, handle: Array, seal: int | None) -> None:
    key = id(root)
    exposure = exposed.get(key)
    if exposure is None:
        exposure = exposed[key] = _Exposure(seal)

    number = id(handle)

    def gone(_: weakref.ref[Array]) -> None:
        exposure.handles.pop(number, None)
        if not exposure.handles and exposed.get(key) is exposure:
            del exposed[key]

    exposure.handles[number] = weakref.ref(handle, gone)


def is_exposed(array: Array) -> bool:
    """Whether code outside may hold this memory."""
    return id(owner(array)) in exposed


def changed_since(array: Array, number: int) -> bool:
    """Whether the memory of `array` was changed after `number`, by us or through an alias lent out later."""
    root = owner(array)
    write = _writes.get(id(root))
    if write is not None and write.number > number:
        return True
    exposure = exposed.get(id(root))
    if exposure is None or exposure.checksum is None or exposure.number < number:
        return False
    return checksum(root) != exposure.checksum
