"""The classes and functions that users have declared safe, so that `load` makes objects of them."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from types import TracebackType
from typing import Any

_SafeName = Callable[..., Any] | tuple[Callable[..., Any], str]

_safe: dict[str, Any] = {}


def _path(x: Any) -> str:
    return f"{x.__module__}.{x.__qualname__}"


def safe_names() -> dict[str, Any]:
    """The classes and functions that were declared safe, by the names that files have for them."""
    return _safe


def is_safe(x: Any) -> bool:
    """Return True for a class or function that was declared safe."""
    return any(x is safe for safe in _safe.values())


def add_safe_globals(safe_globals: Iterable[_SafeName]) -> None:
    """Let `load` make objects of some classes, and call some functions, that are named in files.

    What they do with what a file holds is the caller's to judge: whoever writes the file chooses the arguments and the
    attributes.

    Args:
        safe_globals: the classes and functions; or pairs of one and the name that files have for it, such as
            `"older.module.Net"`.

    Raises:
        TypeError: for what is neither.

    >>> import io, tinygrad_lite as tl
    >>> from tinygrad_lite import serialization
    >>> file = io.BytesIO()
    >>> tl.save(tl.nn.Tanh(), file)
    >>> _ = file.seek(0)
    >>> with serialization.safe_globals([tl.nn.Tanh]):
    ...     tl.load(file)
    Tanh()
    """
    added = {}
    for given in safe_globals:
        x, path = given if isinstance(given, tuple) else (given, None)
        if not callable(x) or not isinstance(path, str | None):
            raise TypeError(
                "add_safe_globals: expected classes and functions, or pairs of one and its name in files, but got "
                f"{given!r:.60}"
            )
        added[path or _path(x)] = x
    _safe.update(added)


def get_safe_globals() -> list[_SafeName]:
    """The classes and functions that were declared safe, as `add_safe_globals` takes them.

    >>> from tinygrad_lite import nn, serialization
    >>> with serialization.safe_globals([nn.Tanh]):
    ...     serialization.get_safe_globals()
    [<class 'tinygrad_lite.nn.Tanh'>]
    """
    return [x if path == _path(x) else (x, path) for path, x in _safe.items()]


def clear_safe_globals() -> None:
    """Forget all that was declared safe.

    >>> from tinygrad_lite import nn, serialization
    >>> with serialization.safe_globals([nn.Tanh]):
    ...     serialization.clear_safe_globals()
    ...     serialization.get_safe_globals()
    []
    """
    _safe.clear()


class safe_globals:
    """A context in which some classes and functions are safe; afterwards what was safe before it.

    Args:
        safe_globals: as for `add_safe_globals`.

    Raises:
        TypeError: on entering, for what is neither class nor function.

    >>> from tinygrad_lite import nn, serialization
    >>> with serialization.safe_globals([nn.Tanh]):
    ...     pass
    >>> serialization.get_safe_globals()
    []
    """

    def __init__(self, safe_globals: Iterable[_SafeName]) -> None:
        self.safe_globals = list(safe_globals)

    def __enter__(self) -> None:
        self._before = dict(_safe)
        add_safe_globals(self.safe_globals)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        clear_safe_globals()
        _safe.update(self._before)


def give_state(x: Any, state: Any) -> None:
    """Give a new object its state, as Python's unpickler does."""
    if hasattr(x, "__setstate__"):
        x.__setstate__(state)
        return
    attributes, slots = state if type(state) is tuple and len(state) == 2 else (state, None)
    for name, value in {**(attributes or {}), **(slots or {})}.items():
        setattr(x, name, value)
