"""A call of a module that has hooks: its forward between the forward hooks, and the nodes for its backward hooks."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any, ParamSpec, Protocol, TypeVar

from .backward_hooks import BackwardHooks
from .global_hooks import Hook, hooks_of_all

P = ParamSpec("P")
R = TypeVar("R", covariant=True)


class HasForward(Protocol[P, R]):
    """A module as type checkers see it where it is called: the call takes and returns what its `forward` does."""

    _forward_pre_hooks: dict[int, Hook]
    _forward_hooks: dict[int, Hook]
    _backward_pre_hooks: dict[int, Callable[..., Any]]
    _backward_hooks: dict[int, Callable[..., Any]]

    def forward(self, *args: P.args, **kwargs: P.kwargs) -> R: ...


def call_with_hooks(module: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """Call a module's forward between its hooks."""
    result = None
    hooks = [*hooks_of_all("forward"), *module._forward_hooks.values()]
    owed = [hook for hook in hooks if hook.always]
    try:
        for hook in (*hooks_of_all("forward_pre"), *module._forward_pre_hooks.values()):
            args, kwargs = _before_forward(module, hook, args, kwargs)
        backward = BackwardHooks.of(module)
        result = module.forward(*(backward.watch_arguments(args) if backward else args), **kwargs)
        for hook in hooks:
            owed = owed[1:] if hook.always else owed
            result = _after_forward(module, hook, args, kwargs, result)
        return backward.watch_result(result) if backward else result
    except Exception:
        for hook in owed:
            try:
                result = _after_forward(module, hook, args, kwargs, result)
            except Exception as error:
                warnings.warn(
                    "module forward hook with ``always_call=True`` raised an exception that was silenced as another "
                    f"error was raised in forward: {error}",
                    UserWarning,
                    stacklevel=3,
                )
        raise


def _before_forward(
    module: Any, hook: Hook, args: tuple[Any, ...], kwargs: dict[str, Any]
) -> tuple[tuple[Any, ...], dict[str, Any]]:
    """The arguments after one pre-hook."""
    if hook.with_kwargs:
        changed = hook.call(module, args, kwargs)
        if changed is not None and not (isinstance(changed, tuple) and len(changed) == 2):
            raise RuntimeError(
                f"forward pre-hook must return None or a tuple of (new_args, new_kwargs), but got {changed}."
            )
        return (args, kwargs) if changed is None else changed
    changed = hook.call(module, args)
    if changed is None:
        return args, kwargs
    return changed if isinstance(changed, tuple) else (changed,), kwargs


def _after_forward(module: Any, hook: Hook, args: tuple[Any, ...], kwargs: dict[str, Any], result: Any) -> Any:
    """The result after one hook."""
    changed = hook.call(module, args, kwargs, result) if hook.with_kwargs else hook.call(module, args, result)
    return result if changed is None else changed
