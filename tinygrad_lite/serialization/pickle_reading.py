"""An interpreter of pickles that makes data and nothing else.

A pickle is a program for a small machine with a stack. Python's own interpreter imports what a pickle names and calls
it, and so runs whatever its writer wants. This one asks a table what a name stands for; a name that is not in the table
is refused before anything is made of it.
"""

from __future__ import annotations

import struct
from collections import Counter, OrderedDict
from collections.abc import Callable
from typing import Any

_LONGEST_KEY = 1000
_MAPPINGS = (dict, OrderedDict, Counter)
_KEYS = (type(None), bool, int, float, str, bytes, complex)


class Unpickler:
    """Reads one pickle of protocol 2 to 5.

    Args:
        content: the bytes in which it is.
        position: where it begins.
        find: what a name, such as `collections.OrderedDict`, stands for.
        call: `call(found, arguments)`, what a call of something that was found gives.
        new: `new(found, arguments)`, a new object of a class that was found.
        build: `build(object, state)`, gives an object its state.
        stored: what a persistent id stands for.

    Attributes:
        position: where it ends, when it has been read.

    Raises:
        ValueError, LookupError, TypeError, struct.error: by `load`, for what is not a pickle of data. So do the
            functions that are given.
    """

    def __init__(
        self,
        content: bytes,
        position: int,
        *,
        find: Callable[[str], Any],
        call: Callable[[Any, Any], Any],
        new: Callable[[Any, Any], Any],
        build: Callable[[Any, Any], None],
        stored: Callable[[Any], Any],
    ) -> None:
        self._content = content
        self.position = position
        self._find, self._call, self._new, self._build, self._stored = find, call, new, build, stored
        self._stack: list[Any] = []
        self._marks: list[list[Any]] = []
        self._memo: dict[int, Any] = {}

    def load(self) -> Any:
        """The object."""
        while (code := self._take(1)) != b".":
            if code not in _OPCODES:
                raise ValueError(f"a pickle of data has no opcode {code!r}")
            _OPCODES[code](self)
        (result,) = self._stack
        if self._marks:
            raise ValueError("the pickle ends within a sequence")
        return result

    def _take(self, size: int) -> bytes:
        taken = self._content[self.position : self.position + size]
        if len(taken) != size:
            raise ValueError("the pickle ends too early")
        self.position += size
        return taken

    def _sized(self, size: int) -> bytes:
        """Read a count of `size` bytes, and then that number of bytes."""
        return self._take(int.from_bytes(self._take(size), "little"))

    def _number(self, layout: str) -> Any:
        return struct.unpack(layout, self._take(struct.calcsize(layout)))[0]

    def _line(self) -> str:
        end = self._content.find(b"\n", self.position, self.position + 1000)
        if end < 0:
            raise ValueError("the pickle ends within a name")
        line = self._content[self.position : end]
        self.position = end + 1
        return line.decode()

    def push(self, x: Any) -> None:
        """Put a value on the stack."""
        self._stack.append(x)

    def _mark(self) -> None:
        self._marks.append(self._stack)
        self._stack = []

    def _since_mark(self) -> list[Any]:
        values = self._stack
        self._stack = self._marks.pop()
        return values

    def _tuple(self, size: int) -> None:
        if len(self._stack) < size:
            raise ValueError("the stack of the pickle is too short")
        values = tuple(self._stack[-size:])
        del self._stack[-size:]
        self.push(values)

    def _memoize(self, key: int) -> None:
        self._memo[key] = self._stack[-1]

    def _append(self, values: list[Any]) -> None:
        if type(self._stack[-1]) is not list:
            raise ValueError("the pickle appends to what is not a list")
        self._stack[-1].extend(values)

    def _add(self, values: list[Any]) -> None:
        if type(self._stack[-1]) is not set:
            raise ValueError("the pickle adds to what is not a set")
        self._stack[-1].update(map(checked_key, values))

    def _set(self, values: list[Any]) -> None:
        mapping = self._stack[-1]
        if type(mapping) not in _MAPPINGS or len(values) % 2:
            raise ValueError("the pickle sets items of what is not a dict")
        for key, value in zip(values[::2], values[1::2], strict=True):
            mapping[checked_key(key)] = value

    def _dict(self) -> None:
        values = self._since_mark()
        self.push({})
        self._set(values)

    def _reduce(self) -> None:
        self.push(self._call(*self._function_and_arguments()))

    def _new_object(self) -> None:
        self.push(self._new(*self._function_and_arguments()))

    def _function_and_arguments(self) -> tuple[Any, Any]:
        arguments, function = self._stack.pop(), self._stack.pop()
        if type(arguments) is not tuple:
            raise ValueError("the arguments of a call in the pickle are not a tuple")
        return function, arguments

    def _set_state(self) -> None:
        state = self._stack.pop()
        self._build(self._stack[-1], state)

    def _global(self) -> None:
        module = self._line()
        self.push(self._find(f"{module}.{self._line()}"))

    def _stack_global(self) -> None:
        name, module = self._stack.pop(), self._stack.pop()
        if type(name) is not str or type(module) is not str:
            raise ValueError("a name in the pickle is not a text")
        self.push(self._find(f"{module}.{name}"))

    def _popped(self, count: int) -> list[Any]:
        if len(self._stack) <= count:
            raise ValueError("the stack of the pickle is too short")
        values = self._stack[-count:]
        del self._stack[-count:]
        return values

    def _protocol(self) -> None:
        if not 2 <= (protocol := self._take(1)[0]) <= 5:
            raise ValueError(f"the pickle has protocol {protocol}, and 2 to 5 are known")


def checked_key(key: Any) -> Any:
    """A key of a dict or an item of a set.

    Raises:
        ValueError: for what cannot be one, and for tuples of tuples that would take forever to compare.
    """
    waiting, seen = [key], 0
    while waiting:
        x = waiting.pop()
        seen += 1
        if seen > _LONGEST_KEY:
            raise ValueError("a key is too long")
        if isinstance(x, tuple):
            if len(x) > _LONGEST_KEY:
                raise ValueError("a key is too long")
            waiting += x
        elif (
            type(x) not in _KEYS and not isinstance(x, (str, frozenset)) and not type(x).__module__.startswith("numpy")
        ):
            raise ValueError(f"a key is a {type(x).__name__}")
    return key


def _text(content: bytes) -> str:
    return content.decode("utf-8", "surrogatepass")


def _old_text(content: bytes) -> str | bytes:
    """A string of Python 2, which may hold bytes."""
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError:
        return content


def _long(content: bytes) -> int:
    return int.from_bytes(content, "little", signed=True)


_OPCODES: dict[bytes, Callable[[Unpickler], None]] = {
    b"\x80": Unpickler._protocol,
    b"\x95": lambda u: _nothing(u._take(8)),  # how long the next frame is, which a reader in memory need not know
    b"N": lambda u: u.push(None),
    b"\x88": lambda u: u.push(True),
    b"\x89": lambda u: u.push(False),
    b"J": lambda u: u.push(u._number("<i")),
    b"K": lambda u: u.push(u._number("<B")),
    b"M": lambda u: u.push(u._number("<H")),
    b"G": lambda u: u.push(u._number(">d")),
    b"\x8a": lambda u: u.push(_long(u._sized(1))),
    b"\x8b": lambda u: u.push(_long(u._sized(4))),
    b"X": lambda u: u.push(_text(u._sized(4))),
    b"\x8c": lambda u: u.push(_text(u._sized(1))),
    b"\x8d": lambda u: u.push(_text(u._sized(8))),
    b"T": lambda u: u.push(_old_text(u._sized(4))),
    b"U": lambda u: u.push(_old_text(u._sized(1))),
    b"B": lambda u: u.push(u._sized(4)),
    b"C": lambda u: u.push(u._sized(1)),
    b"\x8e": lambda u: u.push(u._sized(8)),
    b"\x96": lambda u: u.push(bytearray(u._sized(8))),
    b"(": Unpickler._mark,
    b"1": lambda u: _nothing(u._since_mark()),
    b"0": lambda u: _nothing(u._stack.pop()),
    b"2": lambda u: u.push(u._stack[-1]),
    b")": lambda u: u.push(()),
    b"]": lambda u: u.push([]),
    b"}": lambda u: u.push({}),
    b"\x8f": lambda u: u.push(set()),
    b"t": lambda u: u.push(tuple(u._since_mark())),
    b"l": lambda u: u.push(u._since_mark()),
    b"d": Unpickler._dict,
    b"\x91": lambda u: u.push(frozenset(map(checked_key, u._since_mark()))),
    b"\x85": lambda u: u._tuple(1),
    b"\x86": lambda u: u._tuple(2),
    b"\x87": lambda u: u._tuple(3),
    b"a": lambda u: u._append(u._popped(1)),
    b"e": lambda u: u._append(u._since_mark()),
    b"s": lambda u: u._set(u._popped(2)),
    b"u": lambda u: u._set(u._since_mark()),
    b"\x90": lambda u: u._add(u._since_mark()),
    b"q": lambda u: u._memoize(u._number("<B")),
    b"r": lambda u: u._memoize(u._number("<I")),
    b"\x94": lambda u: u._memoize(len(u._memo)),
    b"h": lambda u: u.push(u._memo[u._number("<B")]),
    b"j": lambda u: u.push(u._memo[u._number("<I")]),
    b"c": Unpickler._global,
    b"\x93": Unpickler._stack_global,
    b"R": Unpickler._reduce,
    b"\x81": Unpickler._new_object,
    b"b": Unpickler._set_state,
    b"Q": lambda u: u.push(u._stored(u._stack.pop())),
}


def _nothing(_: Any) -> None:
    pass
