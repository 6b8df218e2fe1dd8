"""The record of which memory has been written, and when.

A derivative may use an array of the forward pass. If that array is changed in between, the derivative would be silently
wrong; this module is how the graph notices. Nothing is paid when a value is made or saved: a write stamps the memory
with the next number of the one clock that also numbers the graph's nodes. So "changed since it was saved" means
"stamped with a number above the node's".

NumPy code outside of the library can reach some memory (through `from_numpy`, `.numpy()`) and change it without telling
us. Such memory is *exposed*: for what a node saves of it a checksum is kept. A checksum is also taken when memory is
lent, for the sake of nodes that had saved it before.
"""

from __future__ import annotations

import functools
import itertools
import os
import sys
import threading
import time
import weakref
import zlib
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import numpy as np
from numpy.lib.stride_tricks import as_strided

from .array_functions import array_function
from .modes import in_force, quiet_context, thread
from .primitive import Array, ndarray

clock = itertools.count(1)
"""One counter for nodes and writes: what has the higher number happened later."""

latest_write = 0
"""The number of the latest write, known or possible: a node that is newer, and has no checksums, need not look."""


_turn = quiet_context()
_thread_in_turn = 0


def in_turn(function: Callable[..., Any], *args: Any) -> Any:
    """Call a function while no other thread is in such a call, so that none overwrites what another has done.

    A context can be entered by one thread at a time, and is left however the call ends. So it is a lock that no
    exception can leave locked, wherever it comes from (see `call_in_mode`).
    """
    entered: list[bool] = []
    while True:
        try:
            return _turn.run(_enter, entered, function, args)
        except RuntimeError:
            if entered:
                raise
            if _thread_in_turn == threading.get_ident():  # in a destructor, or in a call inside another
                return function(*args)
        time.sleep(1e-5)


def _enter(entered: list[bool], function: Callable[..., Any], args: tuple[Any, ...]) -> Any:
    global _thread_in_turn
    _thread_in_turn = threading.get_ident()
    entered.append(True)
    return function(*args)


def _after_fork() -> None:
    global _turn
    _turn = quiet_context()  # another thread, which the new process does not have, may be in the old one


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)


def owner(array: Array) -> Array:
    """The array whose memory `array` is a view of; the array itself if it owns its memory."""
    while isinstance(base := array.base, ndarray):
        array = base
    return array


def have_one_owner(x: Array, y: Array) -> bool:
    """Tell whether two arrays look into memory of one owner."""
    return ((base := x.base) is not None and (base is y or base is y.base)) or owner(x) is owner(y)


def arrays_in(values: Any) -> list[Array]:
    """The arrays among values, and in tuples and lists among them.

    A sequence that comes again, as the starts do that each part of a `cat` needs, is looked through once.
    """
    found: list[Array] = []
    last: Any = None
    for x in values:
        if type(x) is ndarray or isinstance(x, ndarray):
            found.append(x)
        elif isinstance(x, (tuple, list)) and x is not last:
            found += arrays_in(x)
            last = x
    return found


class _Writes:
    """The number of writes to the memory of one owner, and the time of the last.

    Writes through `.data` are not counted. Those that left most elements as they were stand in `elements`.

    Attributes:
        elements: for each element of the memory the time of its last change through `.data`.
    """

    __slots__ = ("alive", "count", "elements", "number")

    def __init__(self, root: Array) -> None:
        key = id(root)
        self.alive = weakref.ref(root, lambda _: _writes.pop(key, None))
        self.count = self.number = 0
        self.elements: Array | None = None

    def changed(self, array: Array, number: int) -> bool:
        """Tell whether an array in this memory was changed after `number`."""
        if self.number > number or self.elements is None:
            return self.number > number
        times = self.times(array)
        return times is None or bool((times > number).any())

    def times(self, array: Array) -> Array | None:
        """The part of `elements` for an array in this memory; None if it has elements of another size."""
        root = owner(array)
        size = array.itemsize
        if size != root.itemsize or not root.flags.forc:
            return None
        if self.elements is None:
            self.elements = np.zeros(root.size, np.int64)
        start = (array.ctypes.data - root.ctypes.data) // size
        return as_strided(self.elements[start:], array.shape, [n // size * 8 for n in array.strides])


_writes: dict[int, _Writes] = {}


def _known(root: Array) -> _Writes | None:
    """Return the record of writes to the memory of an array that owns it; None if there is none."""
    found = _writes.get(id(root))
    return found if found is not None and found.alive() is root else None  # the id may have been that of another


def _writes_of(root: Array) -> _Writes:
    if (found := _known(root)) is None:
        found = _writes[id(root)] = _Writes(root)
    return found


def records_of(arrays: Iterable[Array]) -> list[_Writes]:
    """The records of writes to the memory of arrays, for who writes there often. To be called inside `in_turn`.

    As long as the arrays are kept, the records are these.
    """
    return [_writes_of(array if array.base is None else owner(array)) for array in arrays]


def wrote(*arrays: Array) -> None:
    """Note that the memory of `arrays` has just been changed."""
    if (tracer := in_force(thread).tracer) is not None:
        tracer.graph_break("memory is written in a way that it cannot follow")
    in_turn(note, arrays)


def note(arrays: tuple[Array, ...]) -> None:
    """Note a write, as `wrote` does. To be called inside `in_turn`."""
    note_in(records_of(arrays))


def note_in(records: list[_Writes]) -> None:
    """Note a write in the records of what was written. To be called inside `in_turn`."""
    global latest_write
    latest_write = number = next(clock)
    for writes in records:
        writes.count += 1
        writes.number = number


written = array_function(wrote)
"""`wrote`, for a write by a call that went through `State.mode`: a tracer saw that call, and sees this one."""


@array_function
def write(function: Callable[..., Any], array: Array, *args: Any) -> None:
    """Let a function write to an array, its first argument, and note that it did."""
    function(array, *args)
    wrote(array)


@array_function
def write_through_data(function: Callable[..., Any], array: Array, *args: Any) -> None:
    """Do as `write`, for a write through `.data`: elements that keep their values do not count as written."""
    before = array.copy()
    function(array, *args)
    bits = f"u{array.itemsize}"
    changed = before.view(bits) != array.view(bits)
    in_turn(_note_elements, array, changed)


def _note_elements(array: Array, changed: Array) -> None:
    global latest_write
    latest_write = number = next(clock)
    writes = _writes_of(owner(array))
    times = None if array.size == owner(array).size < 2 * np.count_nonzero(changed) else writes.times(array)
    if times is None:
        writes.number = number
    else:
        times[changed] = number


def latest_of(array: Array) -> int:
    """The number of the latest write to the memory of `array` that is known; 0 if none is."""
    if (writes := _known(owner(array))) is None:
        return 0
    times = None if writes.elements is None else writes.times(array)
    return writes.number if times is None else max(writes.number, int(times.max(initial=0)))


def version(array: Array) -> int:
    """The number of times that the memory of `array` was written in place."""
    return writes.count if (writes := _known(owner(array))) else 0


class _Loan:
    """Memory that code outside can write to, while it holds the array (or a view of it) that it was given.

    Attributes:
        array: what was lent; None if the memory belongs to code outside.
        checksum: the checksum of the array when it was lent.
        number: when it was lent.
        handle: the array through which code outside reaches the memory.
    """

    __slots__ = ("array", "checksum", "handle", "number")

    def __init__(self, array: Array | None) -> None:
        self.array = array
        self.checksum = 0 if array is None else checksum(array)
        self.number = next(clock)
        self.handle: weakref.ref[Array]

    def written(self) -> bool:
        """True if the memory that was lent has changed."""
        return self.array is not None and checksum(self.array) != self.checksum


exposed: dict[int, list[_Loan]] = {}
"""The ways by which user code can reach memory, by the id of the array that owns it."""


def lend(array: Array) -> Array:
    """An array for code outside, on the same memory, which is exposed until this array and its views are gone."""
    # Through a memoryview, because NumPy then makes `handle` the base of whatever is sliced from it.
    handle: Array = np.asarray(memoryview(array))  # type: ignore[arg-type]  # NumPy's stub knows no memoryview
    _expose(owner(array), handle, _Loan(array))
    return handle


def borrow(array: Array) -> None:
    """Note that `array`, and so its memory, belongs to code outside."""
    root = owner(array)
    if all(loan.array is not None for loan in exposed.get(id(root), ())):
        _expose(root, root, _Loan(None))


def _expose(root: Array, handle: Array, loan: _Loan) -> None:
    global latest_write
    latest_write = loan.number  # what is older has no checksums
    key = id(root)

    def returned(_: weakref.ref[Array], ending: Callable[[], bool] = sys.is_finalizing) -> None:
        global latest_write
        if ending():  # what this module names may be gone already, and nobody will ask
            return
        exposed[key].remove(loan)
        if not exposed[key]:
            del exposed[key]
        latest_write = next(clock)  # what was saved meanwhile has checksums: let every node look
        if loan.array is not None and loan.written():  # older nodes have none: for them it was written when it was lent
            writes = _writes_of(owner(loan.array))
            writes.count += 1
            writes.number = max(writes.number, loan.number)

    loan.handle = weakref.ref(handle, returned)
    exposed.setdefault(key, []).append(loan)


def checksums(inputs: Iterable[Any], saved: Callable[[], Sequence[Array]]) -> dict[int, int] | None:
    """Checksums, by identity, of the saved arrays that code outside could write to; None if no input is such memory."""
    for x in inputs:
        if type(x) is ndarray and id(x if x.base is None else owner(x)) in exposed:
            found = {id(y): y for y in saved()}  # each once
            return {key: checksum(y) for key, y in found.items() if id(owner(y)) in exposed}
    return None


def first_changed(arrays: Sequence[Array], number: int, known: dict[int, int] | None) -> Array | None:
    """The first of the arrays that was changed after `number`, or that no longer has the checksum that is known."""
    for array in arrays:
        key = id(root := array if array.base is None else owner(array))
        if key in _writes and (writes := _known(root)) is not None and writes.changed(array, number):
            return array
        if key in exposed and any(loan.number > number and loan.written() for loan in exposed.get(key, ())):
            return array
    known = known and dict(known)  # each is looked at once
    return next((x for x in arrays if id(x) in known and checksum(x) != known.pop(id(x))), None) if known else None


def checksum(array: Array) -> int:
    """A fingerprint of the values: any single change alters it for certain, and any other in all likelihood.

    Of much memory it is a sum of 64-bit words, each times its own odd number, modulo 2⁶⁴, which is faster than a CRC.
    """
    if array.nbytes <= _ROW:
        return zlib.crc32(np.ascontiguousarray(array).data)
    octets = np.ascontiguousarray(array).reshape(-1).view(np.uint8)
    count = octets.size // _ROW
    rows = octets[: count * _ROW].view(np.uint64).reshape(count, -1)
    sums: Array = np.einsum("ij,j->i", rows, _odd_numbers())
    return checksum(np.concatenate([sums.view(np.uint8), octets[count * _ROW :]]))


_ROW = 1 << 13  # bytes


@functools.cache
def _odd_numbers() -> Array:
    """Random odd numbers, one for each word of a row."""
    return np.random.default_rng(0).integers(0, 1 << 63, _ROW // 8, np.uint64) * np.uint64(2) + np.uint64(1)
