"""What happens when a module is called: its hooks before and after forward, and those for the way back."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterable
from typing import Any, NamedTuple

from ...autograd.function import Function
from ...core.handles import RemovableHandle
from ...core.modes import state
from ...core.tensor import wrap
from ...tensors.tensor import Tensor


class Hook(NamedTuple):
    """A forward hook, and how to call it."""

    call: Callable[..., Any]
    with_kwargs: bool
    always: bool = False


class Called:
    """The part of a Module that is called."""

    _forward_pre_hooks: dict[int, Hook]
    _forward_hooks: dict[int, Hook]
    _backward_pre_hooks: dict[int, Callable[..., Any]]
    _backward_hooks: dict[int, Callable[..., Any]]
    forward: Callable[..., Any]

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        if state.tracer is not None:
            state.tracer.modules[self] = None
        if self._forward_hooks or self._forward_pre_hooks or self._backward_hooks or self._backward_pre_hooks:
            return self._call_hooked(args, kwargs)
        return self.forward(*args, **kwargs)

    def _call_hooked(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        result = None
        owed = {key: hook for key, hook in self._forward_hooks.items() if hook.always}
        try:
            for hook in tuple(self._forward_pre_hooks.values()):
                args, kwargs = self._before(hook, args, kwargs)
            passage = Passage(self) if self._backward_hooks or self._backward_pre_hooks else None
            result = self.forward(*(passage.enter(args) if passage else args), **kwargs)
            for key, hook in tuple(self._forward_hooks.items()):
                owed.pop(key, None)
                result = self._after(hook, args, kwargs, result)
            return passage.leave(result) if passage else result
        except Exception:
            for hook in owed.values():
                try:
                    result = self._after(hook, args, kwargs, result)
                except Exception as error:
                    warnings.warn(
                        "module forward hook with ``always_call=True`` raised an exception that was silenced as "
                        f"another error was raised in forward: {error}",
                        UserWarning,
                        stacklevel=3,
                    )
            raise

    def _before(
        self, hook: Hook, args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> tuple[tuple[Any, ...], dict[str, Any]]:
        if hook.with_kwargs:
            changed = hook.call(self, args, kwargs)
            if changed is not None and not (isinstance(changed, tuple) and len(changed) == 2):
                raise RuntimeError(
                    f"forward pre-hook must return None or a tuple of (new_args, new_kwargs), but got {changed}."
                )
            return (args, kwargs) if changed is None else changed
        changed = hook.call(self, args)
        if changed is None:
            return args, kwargs
        return changed if isinstance(changed, tuple) else (changed,), kwargs

    def _after(self, hook: Hook, args: tuple[Any, ...], kwargs: dict[str, Any], result: Any) -> Any:
        changed = hook.call(self, args, kwargs, result) if hook.with_kwargs else hook.call(self, args, result)
        return result if changed is None else changed

    def register_forward_pre_hook(
        self, hook: Callable[..., Any], *, prepend: bool = False, with_kwargs: bool = False
    ) -> RemovableHandle:
        """Call `hook(module, args)` before forward; what it returns, if anything, replaces the arguments.

        Args:
            prepend: before the hooks that there are already.
            with_kwargs: as `hook(module, args, kwargs)`, to return `(args, kwargs)` or None.
        """
        return added(self._forward_pre_hooks, Hook(hook, with_kwargs), prepend)

    def register_forward_hook(
        self, hook: Callable[..., Any], *, prepend: bool = False, with_kwargs: bool = False, always_call: bool = False
    ) -> RemovableHandle:
        """Call `hook(module, args, result)` after forward; what it returns, if anything, replaces the result.

        Args:
            prepend: before the hooks that there are already.
            with_kwargs: as `hook(module, args, kwargs, result)`.
            always_call: also when forward raises, with the result None.

        >>> from tinygrad_lite import nn, ones
        >>> layer = nn.Linear(2, 3)
        >>> handle = layer.register_forward_hook(lambda module, args, result: print(tuple(result.shape)))
        >>> _ = layer(ones(1, 2))
        (1, 3)
        >>> handle.remove()
        """
        return added(self._forward_hooks, Hook(hook, with_kwargs, always_call), prepend)

    def register_full_backward_pre_hook(self, hook: Callable[..., Any], prepend: bool = False) -> RemovableHandle:
        """Call `hook(module, grad_output)` when the results' gradients are known; what it returns replaces them."""
        return added(self._backward_pre_hooks, hook, prepend)

    def register_full_backward_hook(self, hook: Callable[..., Any], prepend: bool = False) -> RemovableHandle:
        """Call `hook(module, grad_input, grad_output)` when the arguments' gradients are known.

        Both are tuples, with None for what is no Tensor; where no gradient came there is 0 for an argument and None for
        a result. A tuple that the hook returns replaces grad_input. Arguments passed by name have no place in it.
        In-place changes to arguments and results raise.

        >>> from tinygrad_lite import nn, ones
        >>> layer = nn.ReLU()
        >>> handle = layer.register_full_backward_hook(lambda module, g_in, g_out: print(g_in[0], g_out[0]))
        >>> (layer(ones(2, requires_grad=True)) * 3).sum().backward()
        tensor([3., 3.]) tensor([3., 3.])
        """
        return added(self._backward_hooks, hook, prepend)


def added(hooks: dict[int, Any], hook: Any, prepend: bool = False) -> RemovableHandle:
    """Add a hook, and return what takes it away again."""
    handle = RemovableHandle(hooks)
    others = dict(hooks) if prepend else {}
    for key in others:
        del hooks[key]
    hooks[handle.id] = hook
    hooks.update(others)
    return handle


# ------------------------------------------------------------------------------------------- on the way back


class Passage:
    """One call of a module that has backward hooks: its Tensors go in and come out through two nodes of the graph."""

    def __init__(self, module: Called) -> None:
        self.module = module
        self.before = tuple(module._backward_pre_hooks.values())
        self.after = tuple(module._backward_hooks.values())
        self.entered = False
        self.arguments = 0
        self.grad_outputs: tuple[Any, ...] | None = None

    def enter(self, args: tuple[Any, ...]) -> tuple[Any, ...]:
        """The arguments, from where their gradients come past `arrived`."""
        self.arguments = len(args)
        through = _through(args, self.arrived, True)
        self.entered = through is not None
        return args if through is None else through

    def leave(self, result: Any) -> Any:
        """The result, from where its gradients come past `begun`."""
        if not isinstance(result, (Tensor, tuple)):
            warnings.warn(
                "For backward hooks to be called, module output should be a Tensor or a tuple of Tensors but received "
                f"{type(result)}",
                UserWarning,
                stacklevel=5,
            )
        items = result if isinstance(result, tuple) else (result,)
        through = _through(items, self.begun, False)
        if through is None:
            return result
        return through if isinstance(result, tuple) else through[0]

    def begun(self, grads: tuple[Any, ...]) -> tuple[Any, ...]:
        """The results' gradients are known."""
        for hook in self.before:
            grads = _replaced(grads, hook(self.module, grads), "Backward pre hook", "grad_output")
        self.grad_outputs = grads
        if not self.entered:
            self._end_here(grads)
        return grads

    def _end_here(self, grads: tuple[Any, ...]) -> None:
        """No argument has a gradient to wait for."""
        warnings.warn(
            "Full backward hook is firing when gradients are computed with respect to module outputs since no inputs "
            "require gradients",
            UserWarning,
            stacklevel=2,
        )
        for hook in self.after:
            changed = hook(self.module, (None,) * self.arguments, grads)
            if changed is not None and any(g is not None for g in changed):
                raise RuntimeError(
                    "Backward hook for Modules where no input requires gradient should always return None or None for "
                    "all gradients."
                )

    def arrived(self, grads: tuple[Any, ...]) -> tuple[Any, ...]:
        """The arguments' gradients are known. Without those of the results they did not come through the module."""
        if self.grad_outputs is not None:
            for hook in self.after:
                changed = hook(self.module, grads, self.grad_outputs)
                grads = _replaced(grads, changed, "Backward hook", "grad_input")
            self.grad_outputs = None
        return grads


def _replaced(grads: tuple[Any, ...], changed: Any, who: str, what: str) -> tuple[Any, ...]:
    if changed is None:
        return grads
    changed = changed if isinstance(changed, tuple) else (changed,)
    if len(changed) != len(grads):
        raise RuntimeError(f"{who} returned an invalid number of {what}, got {len(changed)}, but expected {len(grads)}")
    return changed


def _through(
    items: tuple[Any, ...], seen: Callable[[tuple[Any, ...]], Iterable[Any]], zeros: bool
) -> tuple[Any, ...] | None:
    """The items with their Tensors behind a node that shows their gradients to `seen`; None if there will be none."""
    places = [i for i, x in enumerate(items) if isinstance(x, Tensor)]
    if not state.recording or not any(items[i].requires_grad for i in places):
        return None
    behind = list(items)
    tensors = _Watch.apply(seen, len(items), places, zeros, *[items[i] for i in places])
    for i, t in zip(places, tensors, strict=True):
        behind[i] = t
    return tuple(behind)


class _Watch(Function):
    """The Tensors as they are; their gradients as `seen` leaves them. With `zeros`, it sees those for missing ones."""

    @staticmethod
    def forward(
        ctx: Any, seen: Any, count: int, places: list[int], zeros: bool, *tensors: Tensor
    ) -> tuple[Tensor, ...]:
        ctx.seen, ctx.count, ctx.places = seen, count, places
        ctx.set_materialize_grads(zeros)
        results = []
        for t in tensors:
            array = t._data.view()
            array.flags.writeable = False  # a change in place would bypass the node
            results.append(wrap(array))
        ctx.mark_non_differentiable(*(r for r, t in zip(results, tensors, strict=True) if not t.requires_grad))
        return tuple(results)

    @staticmethod
    def backward(ctx: Any, *grads: Any) -> tuple[Any, ...]:
        whole: list[Any] = [None] * ctx.count
        for i, g in zip(ctx.places, grads, strict=True):
            whole[i] = g
        changed = tuple(ctx.seen(tuple(whole)))
        return (None, None, None, None, *(changed[i] for i in ctx.places))
