"""The variables outside of a function that its text names: globals, and what it closes over."""

from __future__ import annotations

import functools
from types import CellType, CodeType, FunctionType
from typing import Any, NamedTuple


class Empty:
    """The type of `EMPTY`."""


EMPTY: Any = Empty()
"""The content of a cell to which nothing was assigned yet."""


class Captured(NamedTuple):
    """The variables that a function reads besides its arguments.

    Attributes:
        names: all names in its text. Most of them are attributes.
        globals: the names among them that are global variables of its module.
        cells: the variables that it closes over, by name.
    """

    names: frozenset[str]
    globals: list[str]
    cells: dict[str, CellType]


def captured(function: FunctionType) -> Captured:
    """The variables that a function reads besides its arguments, as far as its text names them.

    >>> rate = 0.1
    >>> def make(factor):
    ...     return lambda x: [factor * rate * y for y in x.parts]
    >>> found = captured(make(2))
    >>> found.globals, {name: cell_content(cell) for name, cell in found.cells.items()}
    (['rate'], {'factor': 2})
    """
    names = names_in(function.__code__)
    cells = dict(zip(function.__code__.co_freevars, function.__closure__ or (), strict=True))
    return Captured(names, sorted(names & function.__globals__.keys()), cells)


@functools.cache
def names_in(code: CodeType) -> frozenset[str]:
    """The names in a code object, and in those inside it: comprehensions, lambdas and inner functions."""
    inner = [names_in(constant) for constant in code.co_consts if isinstance(constant, CodeType)]
    return frozenset(code.co_names).union(*inner)


def cell_content(cell: CellType) -> Any:
    """The content of a cell, or `EMPTY`."""
    try:
        return cell.cell_contents
    except ValueError:
        return EMPTY
