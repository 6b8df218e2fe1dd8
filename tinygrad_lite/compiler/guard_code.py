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
from types import CellType
from typing import Any

from .harmless import CONTAINERS, PLAIN


class _Absent:
    def __repr__(self) -> str:
        return "absent"


ABSENT: Any = _Absent()
"""The value of a guard whose attribute or item does not exist."""


class Guard:
    """One place that is read.

    Attributes:
        text: an expression that is true while nothing has changed, with numbers for the objects.
        objects: these objects; the text may also use {value}.
        get: reads the place.
        value: what was there.
        name: what is read, in words.
        line: where the text of a function names it, as " (file.py:12)".
    """

    __slots__ = ("get", "line", "name", "objects", "text", "value")

    def __init__(self, text: str, objects: tuple[Any, ...], get: Callable[[], Any], name: str, line: str) -> None:
        self.text, self.objects, self.get, self.name, self.line = text, objects, get, name, line
        self.value = get()


def item(values: Any, key: str, line: str) -> Guard:
    """An item of a dict: a variable of a module, or an attribute of an object. It may be absent."""
    get = functools.partial(values.get, key, ABSENT)
    if get() is ABSENT:
        return Guard(f"{_written(key)} not in {{0}}", (values,), get, key, line)
    return Guard(f"{{0}}[{_written(key)}] is {{value}}", (values,), get, key, line)


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
    return Guard("type({0}) is {value}", (holder,), lambda: type(holder), name, line)


def keys(values: Any, name: str, line: str) -> Guard:
    """The names in a dict of attributes: one that appears may hide what was read elsewhere."""
    return Guard("tuple({0}) == {value}" if values else "not {0}", (values,), lambda: tuple(values), name, line)


def count(values: Any, name: str, line: str) -> Guard:
    """The number of names in a dict of attributes."""
    return Guard(f"len({{0}}) == {len(values)}", (values,), lambda: len(values), name, line)


def counts(classes: Sequence[Any], name: str, line: str) -> Guard:
    """The number of names in each of several classes.

    Comparing the number is enough, because nobody removes a name from such a class to add another.
    """
    get: Callable[[], Any] = lambda: (*map(len, classes),)  # noqa: E731  # chosen among several
    return Guard("(*map(len, {0}),) == {value}", (classes,), get, name, line)


def empty_item(values: Any, key: str, line: str) -> Guard:
    """An item of a dict that is an empty dict."""
    return Guard(f"not {{0}}[{_written(key)}]", (values,), lambda: values.get(key, ABSENT) or None, key, line)


def _written(key: str) -> str:
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
    return Guard(*(_few(container) or (text, objects)), get, name, line)


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
