"""The comparison of guards in machine code: most of them are items of dicts, each of which then takes some nanoseconds.

The guards are rows of one table, and the loop over it is the same for all programs. What it finds is what the guards'
own text finds; the guards that are no rows are compared by their text.
"""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterable
from types import MappingProxyType
from typing import Any

import numpy as np

from ..guard_code import ABSENT, Guard, Place, compiled
from .machine_code import machine_code

KINDS = {"item": 0, "empty item": 1, "type": 2, "size": 3, "dict": 4, "list": 5, "own dict": 6}

WIDTH = 4
"""The numbers of a row: its kind, the object, a key (of a dict or list: where its items stand), and a value."""

LOOP = f"""
def kernel(objects):
    rows = memory(objects, 0, np.int64)
    known = memory(objects, 1, np.int64)
    entry = memory(objects, 2, np.int64)
    for k in range(at(rows, 0)):
        kind, holder = at(rows, {WIDTH} * k + 1), at(rows, {WIDTH} * k + 2)
        key, value = at(rows, {WIDTH} * k + 3), at(rows, {WIDTH} * k + 4)
        if kind == {KINDS["item"]}:
            if dict_item(holder, key) != value:
                return False
        elif kind == {KINDS["empty item"]}:
            item = dict_item(holder, key)
            if item == 0 or type_of(item) != type_of(value) or dict_size(item) != 0:
                return False
        elif kind == {KINDS["type"]}:
            if type_of(holder) != value:
                return False
        elif kind == {KINDS["size"]}:
            if dict_size(holder) != value:
                return False
        elif kind == {KINDS["own dict"]}:
            if own_dict(holder) != value:
                return False
        elif kind == {KINDS["dict"]}:
            if dict_size(holder) != value:
                return False
            put(entry, 0, 0)
            for i in range(value):
                if not dict_next(holder, entry):
                    return False
                if at(entry, 1) != at(known, key + 2 * i):
                    return False
                if at(known, key + 2 * i + 1) != 0 and at(entry, 2) != at(known, key + 2 * i + 1):
                    return False
        else:
            if list_size(holder) != value:
                return False
            for i in range(value):
                if list_item(holder, i) != at(known, key + i):
                    return False
    return True
"""


def comparison(guards: Iterable[Guard]) -> Callable[[], bool]:
    """A function that is true while nothing has changed, as `guard_code.compiled` makes it."""
    guards = [*guards]
    rows: list[int] = []
    known: list[int] = []
    by_text: list[Guard] = []
    kept: list[Any] = []  # the objects of which the addresses stand in the table
    for guard in guards:
        if guard.places and all(map(_is_taken, guard.places)):
            kept += guard.places
        else:
            by_text.append(guard)
    for place in _joined(kept):
        rows += _row(place, known)
    others = compiled(by_text)
    if not rows:
        return others
    try:
        code = machine_code(LOOP, {})
    except Exception:  # whatever it is, Python can do it
        return compiled(guards)
    table = np.array([len(rows) // WIDTH, *rows], np.int64), np.array([*known, 0], np.int64), np.zeros(3, np.int64)

    def holds(kept: Any = kept) -> bool:
        return code(*table) and others()

    return holds


def _is_taken(place: Place) -> bool:
    """Return True if machine code can compare a place."""
    if place.kind in ("dict", "list", "type", "own dict"):
        return True
    return type(_dict_of(place.holder)) is dict


def _dict_of(holder: Any) -> Any:
    """A dict; of the attributes of a class, which are only shown, the one that holds them."""
    return gc.get_referents(holder)[0] if type(holder) is MappingProxyType else holder


def _joined(places: Iterable[Place]) -> list[Place]:
    """The same places, where items of a dict of which all keys are compared are compared with these, on one walk."""
    places = [*places]
    walks = {id(place.holder): [*place.value] for place in places if place.kind == "dict"}
    found: list[Place] = []
    for kind, holder, key, value in places:
        walk = walks.get(id(holder), [])
        if kind == "dict":
            found.append(Place(kind, holder, key, walk))
        elif kind in ("item", "empty item") and any(key is x for x in walk[::2]):
            walk[1 + 2 * [key is x for x in walk[::2]].index(True)] = value
            found += [Place("size", value, None, 0)] if kind == "empty item" else []
        else:
            found.append(Place(kind, holder, key, value))
    return found


def _row(place: Place, known: list[int]) -> list[int]:
    """The row of a place. The items of a dict or a list are added to `known`."""
    kind, holder, key, value = place
    if kind in ("dict", "list"):
        row = [len(known), len(value) // (2 if kind == "dict" else 1)]
        known += [_address(x) for x in value]
    else:
        row = [id(key), value if kind == "size" else _address(value)]
    return [KINDS[kind], id(_dict_of(holder)), *row]


def _address(x: Any) -> int:
    """The address of an object; 0 for what is not there, or does not matter."""
    return 0 if x is ABSENT else id(x)
