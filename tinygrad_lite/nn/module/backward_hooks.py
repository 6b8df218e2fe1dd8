"""A module's backward hooks, which see the gradients of its results and of its arguments.

While the module is called, one node of the graph is put before its arguments and another behind its results; the
backward pass shows the gradients to the hooks where it comes through these nodes.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterable
from typing import Any, Self

from ...autograd.function import Function
from ...core.modes import in_force, thread
from ...tensors.tensor import Tensor
from .global_hooks import hooks_of_all

Gradients = tuple[Any, ...]


class BackwardHooks:
    """The backward hooks of a module during one call: its Tensors go in and come out through two nodes of the graph."""

    def __init__(self, module: Any) -> None:
        self.module = module
        self.pre_hooks = (*hooks_of_all("backward_pre"), *module._backward_pre_hooks.values())
        self.hooks = (*hooks_of_all("backward"), *module._backward_hooks.values())
        self.watches_arguments = False
        self.arguments = 0
        self.grad_output: Gradients | None = None

    @classmethod
    def of(cls, module: Any) -> Self | None:
        """The backward hooks of a module; None if it has none."""
        found = cls(module)
        return found if found.hooks or found.pre_hooks else None

    def watch_arguments(self, args: tuple[Any, ...]) -> tuple[Any, ...]:
        """The arguments behind a node, which shows their gradients to `on_grad_input`."""
        self.arguments = len(args)
        watched = _watched(args, self.on_grad_input, True)
        self.watches_arguments = watched is not None
        return args if watched is None else watched

    def watch_result(self, result: Any) -> Any:
        """The result behind a node, which shows its gradients to `on_grad_output`."""
        if not isinstance(result, (Tensor, tuple)):
            warnings.warn(
                "For backward hooks to be called, module output should be a Tensor or a tuple of Tensors but received "
                f"{type(result)}",
                UserWarning,
                stacklevel=4,
            )
        items = result if isinstance(result, tuple) else (result,)
        watched = _watched(items, self.on_grad_output, False)
        if watched is None:
            return result
        if not isinstance(result, tuple):
            return watched[0]
        return type(result)._make(watched) if hasattr(result, "_make") else watched  # a named tuple stays one

    def on_grad_output(self, grads: Gradients) -> Gradients:
        """Call the pre-hooks, when the gradients of the results have been computed."""
        for hook in self.pre_hooks:
            grads = _replaced(grads, hook(self.module, grads), "Backward pre hook", "grad_output")
        self.grad_output = grads
        if not self.watches_arguments:
            self._fire_without_grad_input(grads)
        return grads

    def _fire_without_grad_input(self, grads: Gradients) -> None:
        """Call the hooks at once, since no argument will get a gradient."""
        warnings.warn(
            "Full backward hook is firing when gradients are computed with respect to module outputs since no inputs "
            "require gradients",
            UserWarning,
            stacklevel=2,
        )
        for hook in self.hooks:
            changed = hook(self.module, (None,) * self.arguments, grads)
            if changed is not None and any(g is not None for g in changed):
                raise RuntimeError(
                    "Backward hook for Modules where no input requires gradient should always return None or None for "
                    "all gradients."
                )

    def on_grad_input(self, grads: Gradients) -> Gradients:
        """Call the hooks, when the gradients of the arguments have been computed.

        If those of the results are not known, then the gradients did not come through the module.
        """
        if self.grad_output is not None:
            for hook in self.hooks:
                changed = hook(self.module, grads, self.grad_output)
                grads = _replaced(grads, changed, "Backward hook", "grad_input")
            self.grad_output = None
        return grads


def _replaced(grads: Gradients, changed: Any, hook: str, what: str) -> Gradients:
    """The gradients that a hook returned, or those from before if it returned None."""
    if changed is None:
        return grads
    changed = changed if isinstance(changed, tuple) else (changed,)
    if len(changed) != len(grads):
        raise RuntimeError(
            f"{hook} returned an invalid number of {what}, got {len(changed)}, but expected {len(grads)}"
        )
    return changed


def _watched(items: tuple[Any, ...], see: Callable[[Gradients], Iterable[Any]], zeros: bool) -> tuple[Any, ...] | None:
    """The items with their Tensors behind a node that shows their gradients to `see`; None if there will be none."""
    places = [i for i, x in enumerate(items) if isinstance(x, Tensor)]
    if not in_force(thread).recording or not any(items[i].requires_grad for i in places):
        return None
    watched = list(items)
    tensors = BackwardHookFunction.apply(see, len(items), places, zeros, *[items[i] for i in places])
    for i, t in zip(places, tensors, strict=True):
        watched[i] = t
    return tuple(watched)


class BackwardHookFunction(Function):
    """The identity for Tensors; it replaces their gradients by what `see` returns.

    With `zeros`, missing gradients are shown as 0.
    """

    @staticmethod
    def forward(ctx: Any, see: Any, count: int, places: list[int], zeros: bool, *tensors: Tensor) -> tuple[Tensor, ...]:
        ctx.see, ctx.count, ctx.places = see, count, places
        ctx.set_materialize_grads(zeros)
        ctx.mark_non_differentiable(*(t for t in tensors if not t.requires_grad))
        return tensors

    @staticmethod
    def backward(ctx: Any, *grads: Any) -> tuple[Any, ...]:
        whole: list[Any] = [None] * ctx.count
        for i, g in zip(ctx.places, grads, strict=True):
            whole[i] = g
        changed = tuple(ctx.see(tuple(whole)))
        return (None, None, None, None, *(changed[i] for i in ctx.places))
