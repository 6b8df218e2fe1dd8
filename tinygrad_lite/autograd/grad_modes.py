"""Recording on and off: `no_grad` and its relatives, as context managers and as decorators."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from typing import Any, Self, TypeVar, overload

import numpy as np

from ..core.modes import call_in_mode, in_force, state, thread

F = TypeVar("F", bound=Callable[..., Any])


class recording:
    """Recording on or off while a `with` block lasts, also where the block raises.

    `no_grad`, `enable_grad`, `set_grad_enabled` and `inference_mode` are its public forms. The library itself uses
    `call_in_mode`, which no interrupt can leave half done.
    """

    inference: bool | None = None

    def __init__(self, mode: bool) -> None:
        self.mode = mode
        self._previous: list[tuple[bool, bool]] = []

    def __enter__(self) -> None:
        current = in_force(thread)
        _, record, inference = current.mode
        self._previous.append((record, inference))
        current.set_mode(self.mode, inference if self.inference is None else self.inference)

    def __exit__(self, *exception: object) -> None:
        in_force(thread).set_mode(*self._previous.pop())


def recorded(function: F) -> F:
    """Let a function of the library be called by `call_in_mode`, while operations are recorded."""
    return _called_in_mode(True, function)


def unrecorded(function: F) -> F:
    """Let a function of the library be called by `call_in_mode`, while operations are not recorded."""
    return _called_in_mode(False, function)


def _called_in_mode(record: bool, function: Any) -> Any:
    @functools.wraps(function)
    def call(*args: Any, **kwargs: Any) -> Any:
        return call_in_mode(record, functools.partial(function, **kwargs) if kwargs else function, *args)

    return call


class GradMode(recording):
    """A mode that is a context manager and decorates functions as well."""

    def clone(self) -> GradMode:
        """A new context manager of the same mode, for one call of a decorated function."""
        other = GradMode(self.mode)
        other.inference = self.inference
        return other

    def __call__(self, function: F) -> F:
        """Decorate a function, which then runs in this mode."""
        return _decorate(function, self.clone)


class _FixedMode(GradMode):
    """A mode whose class says whether it records."""

    records = False

    def __init__(self) -> None:
        super().__init__(self.records)


# In these two classes __new__ may return a function. They inherit their __init__, because mypy takes the type of a call
# from __new__ only where that stands in a subclass.
class _FixedModeOrDecorator(_FixedMode):
    """A mode whose class decorates with or without brackets: `@no_grad` and `@no_grad()`."""

    @overload
    def __new__(cls, function: F) -> F: ...  # type: ignore[misc]  # as a decorator it returns the function
    @overload
    def __new__(cls, function: None = None) -> Self: ...
    def __new__(cls, function: Callable[..., Any] | None = None) -> Any:
        self = super().__new__(cls)
        self.__init__()  # type: ignore[misc]  # Python calls it only if an instance is returned
        return self if function is None else self(function)


class _InferenceMode(GradMode):
    def __init__(self, mode: bool = True) -> None:
        super().__init__(not mode)
        self.inference = mode


class no_grad(_FixedModeOrDecorator):
    """Record no operation while the block, or the decorated function, runs.

    Results do not require gradients there, whatever they are computed from. `no_grad` is a context manager, and a
    decorator with or without brackets: `function` is what the form without brackets decorates.

    >>> import tinygrad_lite as tl
    >>> x = tl.ones(2, requires_grad=True)
    >>> with tl.no_grad():
    ...     y = x * 2
    >>> y.requires_grad
    False
    >>> @tl.no_grad
    ... def double(x):
    ...     return x * 2
    >>> double(x).requires_grad, (x * 2).requires_grad
    (False, True)
    """


class enable_grad(_FixedModeOrDecorator):
    """Record operations again, inside a `no_grad` block.

    It is a context manager, and a decorator with or without brackets: `function` is what the form without brackets
    decorates.

    >>> import tinygrad_lite as tl
    >>> x = tl.ones(2, requires_grad=True)
    >>> with tl.no_grad(), tl.enable_grad():
    ...     (x * 2).requires_grad
    True
    """

    records = True


class inference_mode(_InferenceMode):
    """Record nothing, like `no_grad`, in code that will never need a gradient of its results.

    Args:
        mode: False leaves the inference mode, and records again, inside such a block. A function given instead is
            decorated.

    >>> import tinygrad_lite as tl
    >>> with tl.inference_mode():
    ...     tl.is_inference_mode_enabled(), tl.is_grad_enabled()
    (True, False)
    """

    @overload
    def __new__(cls, mode: F) -> F: ...  # type: ignore[misc]  # as a decorator it returns the function
    @overload
    def __new__(cls, mode: bool = True) -> Self: ...
    def __new__(cls, mode: bool | Callable[..., Any] = True) -> Any:
        self = super().__new__(cls)
        self.__init__()  # type: ignore[misc]  # Python calls it only if an instance is returned
        return self(mode) if callable(mode) else self


class set_grad_enabled(GradMode):
    """Switch recording on or off: at once when it is called, and with `with` until the block ends.

    As a decorator it changes nothing until the decorated function runs.

    Args:
        mode: True to record, False not to.

    Raises:
        TypeError: if `mode` is not a bool.

    >>> import tinygrad_lite as tl
    >>> training = False
    >>> with tl.set_grad_enabled(training):
    ...     tl.is_grad_enabled()
    False
    >>> tl.is_grad_enabled()
    True
    """

    def __init__(self, mode: bool) -> None:
        if not isinstance(mode, (bool, int, np.bool_)):
            raise TypeError(
                f"set_grad_enabled(): argument 'enabled' (position 1) must be bool, not {type(mode).__name__}"
            )
        super().__init__(bool(mode))
        _, *self._before = state.mode
        self._set()

    def __enter__(self) -> None:
        record, inference = self._before
        self._previous.append((record, inference))
        self._set()

    def _set(self) -> None:
        current = in_force(thread)
        current.set_mode(self.mode, current.mode[2])

    def __call__(self, function: F) -> F:
        """Decorate a function, which then runs in this mode."""
        in_force(thread).set_mode(*self._before)  # a decorator changes nothing in the place where it stands
        return super().__call__(function)


def _decorate(function: Any, mode: Callable[[], GradMode]) -> Any:
    """Run `function` under a new `mode()`; the body of a generator too, each time that it is resumed."""
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
            del sent  # it may be the exception that is being raised, whose traceback holds this frame
            with mode():
                generator.close()

    return generate


def is_grad_enabled() -> bool:
    """True if this thread records operations on Tensors that require gradients, as it does from the start.

    >>> import tinygrad_lite as tl
    >>> with tl.no_grad():
    ...     tl.is_grad_enabled()
    False
    >>> tl.is_grad_enabled()
    True
    """
    return in_force(thread).mode[1]


def is_inference_mode_enabled() -> bool:
    """True if this thread is inside `inference_mode`.

    >>> import tinygrad_lite as tl
    >>> with tl.inference_mode():
    ...     tl.is_inference_mode_enabled()
    True
    """
    return in_force(thread).mode[2]
