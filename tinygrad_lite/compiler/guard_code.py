"""Guards: places that a function read, with what was there; and the code that compares all of them before a replay.

A comparison of two objects by identity in a compiled expression costs 20 to 30 ns, so all guards of a program are one
expression. Where it fails, the values are compared one by one: a number that was replaced by an equal one of the same
type is no change.
"""

from __future__ import annotations

import functools
from collections import OrderedDict
from collections.abc import Callable, Iterable, Sequence
from operator import is_
from types import CellType, FunctionType
from typing import Any, NamedTuple

from .harmless import CONTAINERS, PLAIN


class _Absent:
    def __repr__(self) -> str:
        return "absent"


ABSENT: Any = _Absent()
"""The value of a guard whose attribute or item does not exist."""


class Place(NamedTuple):
    """One comparison of a guard as data, for the machine code that makes it; Python compares by the guard's text.

    Attributes:
        kind: "item" of a dict; "empty item", which is an empty dict; "size" of a dict; "type" of an object; "own dict"
            of an object, that of its attributes; "dict" or "list", all that is in it.
        holder: the dict, list or object.
        key: the key of the item.
        value: what was there: the item (ABSENT if there was none), the size, the type, or the dict; of all in a dict
            the keys and values in turns, and ABSENT for a value that does not matter; of a list its items.
    """

    kind: str
    holder: Any
    key: Any
    value: Any


class Guard:
    """One place that is read.

    Attributes:
        text: an expression that is true while nothing has changed, with numbers for the objects.
        objects: these objects; the text may also use {value}.
        get: reads the place.
        value: what was there.
        name: what is read, in words.
        line: where the text of a function names it, as " (file.py:12)".
        places: the same as the text, as places; empty if it cannot be said so.
    """

    __slots__ = ("get", "line", "name", "objects", "places", "text", "value")

    places: list[Place]

    def __init__(self, text: str, objects: tuple[Any, ...], get: Callable[[], Any], name: str, line: str) -> None:
        self.text, self.objects, self.get, self.name, self.line = text, objects, get, name, line
        self.value = get()
        self.places = []

    def at(self, kind: str, holder: Any, key: Any, value: Any) -> Guard:
        """The guard, of which one place is known."""
        self.places.append(Place(kind, holder, key, value))
        return self


def item(values: Any, key: Any, line: str) -> Guard:
    """An item of a dict: a variable of a module, or an attribute of an object. It may be absent."""
    get = functools.partial(values.get, key, ABSENT)
    text = f"{_written(key)} not in {{0}}" if get() is ABSENT else f"{{0}}[{_written(key)}] is {{value}}"
    guard = Guard(text, (values,), get, key, line)
    return guard.at("item", values, key, guard.value)


def attribute(holder: Any, name: str, line: str) -> Guard:
    """An attribute for which no code of a user is called, such as the defaults of a function."""
    get: Callable[[], Any] = lambda: getattr(holder, name, ABSENT)  # noqa: E731  # chosen among several
    return Guard(f"{{0}}.{name} is {{value}}", (holder,), get, name, line)


def slot(holder: Any, descriptor: Any, name: str, line: str) -> Guard:
    """An attribute that stands in a slot of a class."""

    def get() -> Any:
        try:
            return read(holder)
        except AttributeError:
            return ABSENT

    read = descriptor.__get__
    return Guard("{0}({1}) is {value}", (read, holder), get, name, line)


def cell(holder: CellType, name: str, line: str) -> Guard:
    """A variable that a function closes over."""

    def get() -> Any:
        try:
            return holder.cell_contents
        except ValueError:
            return ABSENT

    return Guard("{0}.cell_contents is {value}", (holder,), get, name, line)


def kind_of(holder: Any, name: str, line: str) -> Guard:
    """The class of an object."""
    guard = Guard("type({0}) is {value}", (holder,), lambda: type(holder), name, line)
    return guard.at("type", holder, None, guard.value)


def own_dict(holder: Any, name: str, line: str) -> Guard:
    """The dict of an object's attributes itself: `x.__dict__ = {}` puts another one in its place."""
    get = functools.partial(object.__getattribute__, holder, "__dict__")
    if isinstance(type(holder).__getattribute__, FunctionType):  # code of a user
        guard = Guard("{0}() is {value}", (get,), get, name, line)
    else:
        guard = Guard("{0}.__dict__ is {value}", (holder,), get, name, line)
    return guard.at("own dict", holder, None, guard.value)


def keys(values: Any, name: str, line: str) -> Guard:
    """The names in a dict of attributes: one that appears may hide what was read elsewhere."""
    guard = Guard("tuple({0}) == {value}" if values else "not {0}", (values,), lambda: tuple(values), name, line)
    return guard.at("dict", values, None, [x for key in guard.value for x in (key, ABSENT)])


def count(values: Any, name: str, line: str) -> Guard:
    """The number of names in a dict of attributes."""
    guard = Guard(f"len({{0}}) == {len(values)}", (values,), lambda: len(values), name, line)
    return guard.at("size", values, None, guard.value)


def counts(classes: Sequence[Any], name: str, line: str) -> Guard:
    """The number of names in each of several classes.

    Comparing the number is enough, because nobody removes a name from such a class to add another.
    """
    get: Callable[[], Any] = lambda: (*map(len, classes),)  # noqa: E731  # chosen among several
    guard = Guard("(*map(len, {0}),) == {value}", (classes,), get, name, line)
    for each, length in zip(classes, guard.value, strict=True):
        guard.at("size", each, None, length)
    return guard


def empty_item(values: Any, key: str, line: str) -> Guard:
    """An item of a dict that is an empty dict."""
    guard = Guard(f"not {{0}}[{_written(key)}]", (values,), lambda: values.get(key, ABSENT) or None, key, line)
    return guard.at("empty item", values, key, values[key])


def _written(key: Any) -> str:
    """A key as it stands in the text of a guard."""
    return repr(key).replace("{", "{{").replace("}", "}}")


def contents(container: Any, name: str, line: str) -> Guard:
    """The items of a list or set, or the keys and values of a dict, in their order."""
    kind = next(kind for kind in CONTAINERS if isinstance(container, kind))
    own: Any = kind if type(container) is not OrderedDict else OrderedDict
    if kind is dict:
        read = own.__iter__, own.values
        text = "{0}({3}) == {4} and all(map(is_, {1}({3}), {value}[0])) and all(map(is_, {2}({3}), {value}[1]))"
        get: Callable[[], Any] = lambda: (tuple(own.__iter__(container)), tuple(own.values(container)))  # noqa: E731  # chosen among several
        objects: tuple[Any, ...] = (kind.__len__, *read, container, len(container))
    else:
        text = "{0}({2}) == {3} and all(map(is_, {1}({2}), {value}))"
        get = lambda: tuple(kind.__iter__(container))  # noqa: E731  # chosen among several
        objects = (kind.__len__, kind.__iter__, container, kind.__len__(container))
    guard = Guard(*(_few(container) or (text, objects)), get, name, line)
    if kind is dict and own is dict:
        guard.at("dict", container, None, [x for pair in zip(*guard.value, strict=True) for x in pair])
    elif kind is list:
        guard.at("list", container, None, [*guard.value])
    return guard


def _few(container: Any) -> tuple[str, tuple[Any, ...]] | None:
    """The comparison of a container of few items, one by one, which is quicker than a loop; None for others."""
    kind = type(container)
    if kind not in (list, dict) or len(container) > _FEW:
        return None
    if not container:
        return "not {0}", (container,)
    if kind is list:
        terms = [f"len({{0}}) == {len(container)}", *[f"{{0}}[{i}] is {{{i + 1}}}" for i in range(len(container))]]
        return " and ".join(terms), (container, *container)
    if not all(type(key) is str for key in container):
        return None
    terms = ["tuple({0}) == {1}", *[f"{{0}}[{_written(key)}] is {{{i + 2}}}" for i, key in enumerate(container)]]
    return " and ".join(terms), (container, tuple(container), *container.values())


_FEW = 16
"""A container of more items is compared in a loop."""


def elements(array: Any, name: str, line: str) -> Guard:
    """The elements of a small array."""

    def get() -> Any:
        return array.tobytes(), array.shape, array.dtype, array.strides

    text = "{0}.tobytes() == {value}[0] and {0}.shape == {value}[1]"
    return Guard(f"{text} and {{0}}.dtype is {{value}}[2] and {{0}}.strides == {{value}}[3]", (array,), get, name, line)


def same(a: Any, b: Any) -> bool:
    """True if two values are interchangeable: identical, plain with the same text, or tuples of such."""
    if a is b:
        return True
    if type(a) is not type(b):
        return False
    if type(a) is tuple:
        return len(a) == len(b) and all(map(same, a, b))
    return type(a) in PLAIN and repr(a) == repr(b) and bool(a == a)  # 0.0 is not -0.0; a list may have this NaN in it


def snapshot(value: Any, depth: int = 4) -> Any:
    """A copy that `same` can compare later: the contents of lists, dicts and sets, and every other object itself."""
    if depth and isinstance(value, (list, tuple, set)):
        return (type(value), *[snapshot(x, depth - 1) for x in value])
    if depth and isinstance(value, dict):
        return (type(value), *[(snapshot(key, 0), snapshot(x, depth - 1)) for key, x in value.items()])
    return value


def compiled(guards: Iterable[Guard]) -> Callable[[], bool]:
    """A function that is true while nothing has changed. Where something is missing by now, it may raise."""
    names: dict[int, str] = {}
    values: dict[str, Any] = {"is_": is_}

    def name(thing: Any) -> str:
        if id(thing) not in names:
            names[id(thing)] = f"_{len(names)}"
            values[names[id(thing)]] = thing  # which keeps it, so that the number stays its own
        return names[id(thing)]

    terms: list[str] = []
    for guard in guards:
        text, objects = guard.text, guard.objects
        if guard.value is ABSENT and "{value}" in text:  # what raises an error is compared in the slow way
            text = "False"
        shown: Sequence[str] = [name(x) for x in objects]
        terms.append(text.format(*shown, value=name(guard.value) if "{value}" in text else ""))
    source = f"def check({', '.join(f'{x}={x}' for x in values)}):\n    return {' and '.join(terms) or True}"
    exec(source, values)
    check: Callable[[], bool] = values["check"]
    return check
