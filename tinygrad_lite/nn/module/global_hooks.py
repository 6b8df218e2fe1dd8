"""Hooks of all modules at once, under PyTorch's names; each is called before the hooks that a module has itself."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from ...core.handles import RemovableHandle, add_hook, check_callable
from ...core.tracing import graph_break


class Hook(NamedTuple):
    """A forward hook, and how it is to be called."""

    call: Callable[..., Any]
    with_kwargs: bool = False
    always: bool = False


everywhere: dict[int, tuple[str, Any]] = {}
"""The hooks of all modules, each with what it is called for; empty in most programs."""


def hooks_of_all(kind: str) -> list[Any]:
    """The hooks of all modules that are called for something."""
    if not everywhere:
        return []
    graph_break("there are hooks of all modules")
    return [hook for of, hook in everywhere.values() if of == kind]


def seen_by_hooks(kind: str, module: Any, name: str, value: Any) -> Any:
    """Return what is to be registered: the value, or what the hooks on registrations replace it by."""
    for hook in hooks_of_all(kind):
        changed = hook(module, name, value)
        value = value if changed is None else changed
    return value


def _add(kind: str, hook: Any) -> RemovableHandle:
    check_callable(hook.call if isinstance(hook, Hook) else hook)
    return add_hook(everywhere, (kind, hook))


def register_module_forward_pre_hook(hook: Callable[..., Any]) -> RemovableHandle:
    """Call `hook(module, args)` before every module's forward; what it returns replaces the arguments.

    >>> from tinygrad_lite import nn, ones
    >>> from tinygrad_lite.nn.modules.module import register_module_forward_pre_hook
    >>> with register_module_forward_pre_hook(lambda module, args: print(type(module).__name__)):
    ...     _ = nn.Sequential(nn.Tanh(), nn.ReLU())(ones(1))
    Sequential
    Tanh
    ReLU
    """
    return _add("forward_pre", Hook(hook))


def register_module_forward_hook(
    hook: Callable[..., Any], *, with_kwargs: bool = False, always_call: bool = False
) -> RemovableHandle:
    """Call `hook(module, args, result)` after the forward of every module; what it returns replaces the result.

    Args:
        hook: the function.
        with_kwargs: whether it is called as `hook(module, args, kwargs, result)`.
        always_call: whether it is called also when forward raises, with the result None.

    Raises:
        TypeError: if `hook` cannot be called.
    """
    return _add("forward", Hook(hook, with_kwargs, always_call))


def register_module_full_backward_pre_hook(hook: Callable[..., Any]) -> RemovableHandle:
    """Call `hook(module, grad_output)` in the backward pass of every module; what it returns replaces `grad_output`."""
    return _add("backward_pre", hook)


def register_module_full_backward_hook(hook: Callable[..., Any]) -> RemovableHandle:
    """Call `hook(module, grad_input, grad_output)` in the backward pass of every module; see the module's own hooks."""
    return _add("backward", hook)


def register_module_parameter_registration_hook(hook: Callable[..., Any]) -> RemovableHandle:
    """Call `hook(module, name, parameter)` when a parameter is registered; what it returns takes its place."""
    return _add("parameter", hook)


def register_module_buffer_registration_hook(hook: Callable[..., Any]) -> RemovableHandle:
    """Call `hook(module, name, buffer)` when a buffer is registered; what it returns takes its place."""
    return _add("buffer", hook)


def register_module_module_registration_hook(hook: Callable[..., Any]) -> RemovableHandle:
    """Call `hook(module, name, child)` when a module is registered; what it returns takes its place."""
    return _add("module", hook)
