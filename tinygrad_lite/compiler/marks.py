"""The names of `torch.compiler` by which a script says what its compiler is to do with a function."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any, TypeVar

from ..core.tracing import graph_break
from .backends.choice import BACKENDS

F = TypeVar("F", bound=Callable[..., Any])


def disable(fn: Any = None, recursive: bool = True, *, reason: str | None = None) -> Any:
    """Keep a function out of compiled programs: what calls it runs as it is written.

    Args:
        fn: the function; without one, a decorator is returned.
        recursive: without effect: what the function calls is not compiled either.
        reason: why, for the warning.

    Returns:
        The function, which tells a tracer that it cannot be part of a program.

    >>> import tinygrad_lite as tl
    >>> @disable
    ... def double(x):
    ...     return 2 * x
    >>> double(tl.ones(2))
    tensor([2., 2.])
    """
    if fn is None:
        return lambda function: disable(function, recursive, reason=reason)

    @functools.wraps(fn)
    def call(*args: Any, **kwargs: Any) -> Any:
        graph_break(f"{getattr(fn, '__name__', fn)} is marked with compiler.disable" + (f": {reason}" * bool(reason)))
        return fn(*args, **kwargs)

    return call


def list_backends(exclude_tags: tuple[str, ...] = ()) -> list[str]:
    """Return the names that `compile(backend=...)` takes.

    Args:
        exclude_tags: without effect.

    >>> list_backends()
    ['numba', 'numpy']
    """
    return sorted(BACKENDS)


def allow_in_graph(fn: F) -> F:
    """Return the function as it is: a tracer sees what it does, and needs no permission.

    >>> import tinygrad_lite as tl
    >>> allow_in_graph(tl.exp) is tl.exp
    True
    """
    return fn


def assume_constant_result(fn: F) -> F:
    """Return the function as it is: what it reads is compared before each replay, so nothing has to be assumed.

    >>> import tinygrad_lite as tl
    >>> assume_constant_result(tl.exp) is tl.exp
    True
    """
    return fn


def is_compiling() -> bool:
    """Return False: a function that is compiled runs in the ordinary way while it is traced.

    >>> is_compiling()
    False
    """
    return False


is_dynamo_compiling = is_exporting = is_compiling


def reset() -> None:
    """Do nothing: programs that do not fit any more are made anew, and nothing has to be forgotten by hand.

    >>> reset()
    """


def cudagraph_mark_step_begin() -> None:
    """Do nothing: there are no CUDA graphs.

    >>> cudagraph_mark_step_begin()
    """
