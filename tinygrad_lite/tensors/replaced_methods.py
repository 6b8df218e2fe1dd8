"""Methods of the engine around which others can be put for a while. While there are none, they are as they were."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

Wrapper = Callable[[Callable[..., Any]], Callable[..., Any]]

_lock = threading.RLock()


class Method:
    """One method of a class, or function of a module, and what is put around it.

    Args:
        owner: the class or module.
        name: the name of the method there.
    """

    def __init__(self, owner: Any, name: str) -> None:
        self.owner, self.name = owner, name
        self.original = vars(owner)[name]
        self._around: list[tuple[int, Wrapper]] = []
        self._built: dict[tuple[Wrapper, ...], Any] = {(): self.original}

    def put_around(self, wrapper: Wrapper, place: int = 0) -> None:
        """Put a wrapper around the method. Those with a higher place are further outside."""
        with _lock:
            self._around.append((place, wrapper))
            self._around.sort(key=lambda each: each[0])
            self._set()

    @property
    def with_innermost(self) -> Any:
        """The method with the innermost of its wrappers alone."""
        return self._built[tuple(wrapper for _, wrapper in self._around[:1])]

    def take_off(self, wrapper: Wrapper) -> None:
        """Take a wrapper off again."""
        with _lock:
            self._around = [each for each in self._around if each[1] != wrapper]
            self._set()
            self._built = {key: method for key, method in self._built.items() if wrapper not in key}

    def _set(self) -> None:
        wrappers = tuple(wrapper for _, wrapper in self._around)
        for count, wrapper in enumerate(wrappers):
            inner = self._built[wrappers[:count]]
            if wrappers[: count + 1] not in self._built:
                self._built[wrappers[: count + 1]] = wrapper(inner)
        setattr(self.owner, self.name, self._built[wrappers])
