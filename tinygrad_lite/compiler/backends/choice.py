"""The choice of the backend that makes the programs."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any, Protocol

from ..guard_code import Guard, compiled
from ..tracer import Call, Value
from .numba_backend import NumbaBackend


class Backend(Protocol):
    """A backend: it makes the programs of one compiled call."""

    def rewritten(self, given: Iterable[Value], calls: Sequence[Call], wanted: Iterable[Value]) -> list[Call]:
        """Calls that compute what is wanted from what is given."""

    def source(self) -> str:
        """The text of what the calls call, for readers."""

    def note(self) -> str:
        """Describe in words the program that was made."""

    def quiet(self, calls: Iterable[Call]) -> bool:
        """Return True if NumPy computes nothing in these calls of which it would warn."""

    def comparison(self, guards: Iterable[Guard]) -> Callable[[], bool]:
        """A function that is true while nothing has changed. Where something is missing by now, it may raise."""


class NumPyBackend:
    """Makes the recorded calls as they are."""

    def __init__(self, name: str) -> None:
        self.name = name

    def rewritten(self, given: Iterable[Value], calls: Sequence[Call], wanted: Iterable[Value]) -> list[Call]:
        """The calls."""
        return [*calls]

    def source(self) -> str:
        """Nothing: what is called is in the table."""
        return ""

    def note(self) -> str:
        """Nothing."""
        return ""

    def quiet(self, calls: Iterable[Call]) -> bool:
        """It may be in any call."""
        return False

    def comparison(self, guards: Iterable[Guard]) -> Callable[[], bool]:
        """One expression of Python's."""
        return compiled(guards)


BACKENDS: dict[str, Callable[[str], Backend]] = {"numpy": NumPyBackend, "numba": NumbaBackend}

_default = "numpy"


def set_default_backend(name: str) -> None:
    """Choose the backend of functions that are compiled from now on without `backend=`.

    Args:
        name: "numpy", which has the same bits as the function, or "numba", which makes machine code and has the same
            values within rounding. The latter needs `pip install "tinygrad_lite[numba]"`.

    Raises:
        ValueError: if there is no such backend.
        ImportError: if Numba or SciPy is not installed.

    >>> import tinygrad_lite as tl
    >>> tl.compiler.set_default_backend("numpy")
    >>> tl.compiler.get_default_backend()
    'numpy'
    """
    global _default
    checked(name)
    _default = name


def get_default_backend() -> str:
    """The name of the backend of functions that are compiled without `backend=`.

    >>> import tinygrad_lite as tl
    >>> tl.compiler.get_default_backend()
    'numpy'
    """
    return _default


PYTORCHS = {"inductor", "eager", "aot_eager", "cudagraphs"}
"""Backends of PyTorch's that scripts name: they get the default one."""


def checked(name: Any) -> str:
    """The name of a backend, checked.

    Raises:
        ValueError: if there is no such backend.
        ImportError: if what it needs is not installed.
    """
    if name is None or callable(name) or name in PYTORCHS:
        return _default
    if name not in BACKENDS:
        raise ValueError(f"Invalid backend: {name!r}. compile: the backends are {', '.join(map(repr, BACKENDS))}")
    BACKENDS[name]("")
    return str(name)
