"""Recording on and off: `no_grad` and its relatives, as context managers and decorators."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from typing import Any, TypeVar

from ..core.modes import recording, state

F = TypeVar("F", bound=Callable[..., Any])


class GradMode(recording):
    """A mode that decorates functions as well."""

    def again(self) -> GradMode:
        """A fresh manager of the same mode, for one call of a decorated function."""
        fresh = GradMode(self.mode)
        fresh.inference = self.inference
        return fresh

    def __call__(self, function: F) -> F:
        return _decorate(function, self.again)


class _Fixed(GradMode):
    """A mode whose class can decorate with or without brackets: `@no_grad` and `@no_grad()`."""

    value = False

    def __new__(cls, function: Callable[..., Any] | None = None) -> Any:
        self = super().__new__(cls)
        self.__init__()  # type: ignore[misc]
        return self if function is None else self(function)

    def __init__(self) -> None:
        super().__init__(self.value)


class no_grad(_Fixed):
    """Record nothing while the block, or the decorated function, runs.

    >>> import tinygrad_lite as tl
    >>> x = tl.ones(2, requires_grad=True)
    >>> with tl.no_grad():
    ...     y = x * 2
    >>> y.requires_grad
    False
    """


class enable_grad(_Fixed):
    """Record again, inside a `no_grad`.

    >>> import tinygrad_lite as tl
    >>> x = tl.ones(2, requires_grad=True)
    >>> with tl.no_grad(), tl.enable_grad():
    ...     (x * 2).requires_grad
    True
    """

    value = True


class inference_mode(GradMode):
    """`no_grad` for code that will never need a gradient of what it makes. `mode=False` leaves it.

    >>> import tinygrad_lite as tl
    >>> with tl.inference_mode():
    ...     tl.is_inference_mode_enabled(), tl.is_grad_enabled()
    (True, False)
    """

    def __new__(cls, mode: bool | Callable[..., Any] = True) -> Any:
        self = super().__new__(cls)
        self.__init__()  # type: ignore[misc]
        return self(mode) if callable(mode) else self

    def __init__(self, mode: bool = True) -> None:
        super().__init__(not mode)
        self.inference = mode


class set_grad_enabled(GradMode):
    """Recording on or off by a flag: at once when called, and restored where it is used with `with`.

    >>> import tinygrad_lite as tl
    >>> with tl.set_grad_enabled(False):
    ...     tl.is_grad_enabled()
    False
    >>> tl.is_grad_enabled()
    True
    """

    def __init__(self, mode: bool) -> None:
        super().__init__(bool(mode))
        self._before = (state.recording, state.inference)
        state.recording = self.mode

    def __enter__(self) -> None:
        self._previous.append(self._before)
        state.recording = self.mode

    def __call__(self, function: F) -> F:
        state.recording, state.inference = self._before  # a decorator changes nothing where it stands
        return super().__call__(function)


def _decorate(function: Any, mode: Callable[[], GradMode]) -> Any:
    """`function` run under a fresh `mode()`; a generator's body too, each time that it is resumed."""
    if not inspect.isgeneratorfunction(function):

        @functools.wraps(function)
        def call(*args: Any, **kwargs: Any) -> Any:
            with mode():
                return function(*args, **kwargs)

        return call

    @functools.wraps(function)
    def generate(*args: Any, **kwargs: Any) -> Any:
        generator = function(*args, **kwargs)
        resume, sent = generator.send, None
        try:
            while True:
                with mode():
                    value = resume(sent)
                try:
                    resume, sent = generator.send, (yield value)
                except GeneratorExit:
                    raise
                except BaseException as error:
                    resume, sent = generator.throw, error
        except StopIteration as stop:
            return stop.value
        finally:
            del sent  # it may be the exception that is on its way, which holds this frame
            with mode():
                generator.close()

    return generate


def is_grad_enabled() -> bool:
    """Whether this thread records operations on Tensors that require gradients."""
    return state.recording


def is_inference_mode_enabled() -> bool:
    """Whether this thread is inside `inference_mode`."""
    return state.inference
