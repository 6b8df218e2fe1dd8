"""The node that the application of a `Function` leaves in the graph: it calls the Function's backward."""

from __future__ import annotations

import weakref
from collections.abc import Callable, Iterable, Sequence
from typing import Any, NamedTuple

import numpy as np

from ..core import versions
from ..core.argument_types import type_name
from ..core.graph import Node
from ..core.handles import RemovableHandle, add_hook, check_callable
from ..core.modes import state
from ..core.primitive import Operands
from ..core.tensor import wrap
from ..sparse.gradients import in_flight
from ..tensors.hooked_walk import replaced
from ..tensors.tensor import Tensor
from .custom_nodes import CustomNode, ItemNode, Parts
from .function_context import FunctionCtx, Saved


class Operation(NamedTuple):
    """The attributes of a primitive that a node needs: its name; its gradients may be summed; it is no piece."""

    name: str
    promotion: str = "common"
    join: None = None


class NodeHooks:
    """The hooks on a node.

    Attributes:
        before: those of `register_prehook`.
        after: those of `register_hook`.
        results: from the place of one of several results to the hooks on its gradient.
    """

    __slots__ = ("after", "before", "results")

    def __init__(self) -> None:
        self.before: dict[int, Any] = {}
        self.after: dict[int, Any] = {}
        self.results: dict[int, dict[int, Any]] = {}


class FunctionNode(CustomNode):
    """One application of a `Function`. Its result is a tuple if forward returned one.

    Each Function has a subclass of its own, named as PyTorch names it. What users have set on ctx are attributes of the
    node too.

    Attributes:
        function: the Function.
        places: the places, among forward's arguments, of those that need a gradient.
        is_tensor: for each argument of forward, whether it is a Tensor.
        like: the shape and dtype of each result; None for what is no Tensor.
        results: for each result a weak reference to its node.
        all_hooks: the hooks on the node and on its results, once there are any.
    """

    __slots__ = ("all_hooks", "is_tensor", "like", "places", "results")

    function: Any
    all_hooks: NodeHooks | None

    def __init__(self, function: Any, ctx: FunctionCtx, args: Operands, outputs: Operands) -> None:
        self.saved = ctx
        self.number = next(versions.clock)
        self.is_tensor = [isinstance(x, Tensor) for x in args]
        self.places: list[int] = []
        self.parents: list[Node] = []
        for i, x in enumerate(args):
            if self.is_tensor[i] and (parent := x._history()) is not None:
                self.places.append(i)
                self.parents.append(parent)
        self.hooks = self.checksums = None
        self.all_hooks = None
        self.like = [(t._data.shape, t.dtype) if isinstance(t, Tensor) else None for t in outputs]
        self.shape, self.dtype = self.like[0] if len(outputs) == 1 and self.like[0] else (None, None)
        self.results: list[Callable[[], Node | None]] = [_nothing] * len(outputs)
        ctx._saved = Saved(self, ctx, args, outputs) if ctx.to_save else None

    def result(self, index: int) -> Node | None:
        """The node of one of the results; None if that has no gradient."""
        if self.results[index] is _nothing:
            return None
        return self.results[index]() or self.add_result(index)

    def add_result(self, index: int) -> Node:
        """The node for one of the results, which has a gradient."""
        node: Node = self if self.shape is not None else ResultNode(self, index)
        self.results[index] = weakref.ref(node)
        return node

    # ------------------------------------------------------------------------------------ the backward pass

    def verify(self) -> None:
        """Do nothing: what was saved is looked at where backward asks for it."""

    def release(self) -> None:
        if (saved := self.saved._saved) is not None:
            saved.release()

    def without_gradient(self) -> Parts:
        """The backward is called even if no result has got a gradient."""
        super().without_gradient()
        return Parts({})

    def derive(self, g: Any, saved: Any) -> Iterable[Any]:
        ctx: FunctionCtx = saved
        given = g.items if isinstance(g, Parts) else {0: g}
        grads: Any = tuple(map(_as_tensor, map(given.get, range(len(self.like)))))
        if self.all_hooks is not None:
            grads = self._before_hooks(self.all_hooks, grads)
        shown = grads
        if ctx.materialize_grads:
            grads = [self._zeros(i) if g is None else g for i, g in enumerate(grads)]
        backward = self.function._derivative()
        returned = backward(ctx, list(grads)) if self.function.boxed_grads_call else backward(ctx, *grads)
        values = list(returned) if isinstance(returned, (tuple, list)) else [returned]
        self._check(values)
        wanted = tuple(values[i] for i in self.places)
        if self.all_hooks is not None and self.all_hooks.after:
            wanted = self._after_hooks(self.all_hooks, wanted, shown)
        wanted = tuple(
            in_flight(t, parent) if t is not None and t.is_sparse else t
            for t, parent in zip(wanted, self.parents, strict=True)
        )
        if state.recording:
            return wanted
        # A view tells the walk that the array is not its own: backward may return what it saved or was given.
        return [t if t is None or t.is_sparse else t._data.view() for t in wanted]

    def _check(self, values: list[Any]) -> None:
        """Check what backward has returned."""
        expected = len(self.is_tensor)
        if len(values) < expected or any(extra is not None for extra in values[expected:]):
            raise RuntimeError(
                f"function {self.name()} returned an incorrect number of gradients (expected {expected}, got "
                f"{len(values)}): one for each argument of forward, None where there is none"
            )
        index = 0  # among the Tensors
        shapes = dict(zip(self.places, [parent.shape for parent in self.parents], strict=True))
        for i, (value, is_tensor) in enumerate(zip(values, self.is_tensor, strict=False)):
            if not is_tensor and value is not None:
                raise RuntimeError(
                    f"function {self.name()} returned a gradient different than None at position {i + 1}, but the "
                    "corresponding forward input was not a Variable"
                )
            if value is not None and not isinstance(value, Tensor):
                raise RuntimeError(
                    f"expected Variable or None (got {type_name(value)}): {self.name()} returned a "
                    f"{type(value).__name__} at index {i}; compute the gradient with operations on Tensors"
                )
            if value is not None and i in shapes and not _can_be_summed(value.shape, shapes[i]):
                raise RuntimeError(
                    f"Function {self.name()} returned an invalid gradient at index {index} - got "
                    f"{list(value.shape)} but expected shape compatible with {list(shapes[i])}: that of the "
                    "argument"
                )
            index += is_tensor

    def _before_hooks(self, hooks: NodeHooks, grads: tuple[Any, ...]) -> tuple[Any, ...]:
        """The gradients of the results after the hooks of `register_prehook`.

        Where a result has no gradient, the walk did not come by the hooks on it, so they are called here, with None.
        """
        for index, of_result in hooks.results.items():
            if grads[index] is None:
                for hook in tuple(of_result.values()):
                    hook(None)
        for hook in tuple(hooks.before.values()):
            grads = replaced(hook, grads)
        return grads

    def _after_hooks(self, hooks: NodeHooks, wanted: tuple[Any, ...], grads: tuple[Any, ...]) -> tuple[Any, ...]:
        """The gradients of the arguments after the hooks of `register_hook`."""
        tensors = [i for i, is_tensor in enumerate(self.is_tensor) if is_tensor]
        by_place = dict(zip(self.places, wanted, strict=True))
        whole = tuple(by_place.get(i) for i in tensors)
        for hook in tuple(hooks.after.values()):
            whole = replaced(hook, whole, grads)
        by_place = dict(zip(tensors, whole, strict=True))
        return tuple(by_place[i] for i in self.places)

    def _zeros(self, index: int) -> Tensor | None:
        """The gradient of a result on which nothing depends."""
        like = self.like[index]
        if like is None or not (self.saved._materialize_non_diff_grads or self.results[index] is not _nothing):
            return None
        zeros: Tensor = wrap(np.zeros(*like))
        return zeros

    # ------------------------------------------------------------------------------------ what users see of it

    def name(self) -> str:
        return f"{self.function.__name__}Backward"

    @property
    def next_functions(self) -> Any:
        """For each Tensor among the arguments its node, and which of that node's results it is; None without a node."""
        nodes = dict(zip(self.places, self.parents, strict=True))
        tensors = [nodes.get(i) for i, is_tensor in enumerate(self.is_tensor) if is_tensor]
        return tuple((None, 0) if node is None else node.public for node in tensors)

    def __getattr__(self, name: str) -> Any:
        if name != "saved" and not name.startswith("__") and hasattr(self.saved, name):
            return getattr(self.saved, name)
        raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")

    def register_hook(self, hook: Callable[[Any, Any], Any]) -> RemovableHandle:
        """Let `hook(grad_inputs, grad_outputs)` see the gradients of arguments that are Tensors, or replace them."""
        check_callable(hook)
        return add_hook(self.hooks_to_change().after, hook)

    def register_prehook(self, hook: Callable[[Any], Any]) -> RemovableHandle:
        """Let `hook(grad_outputs)` see the gradients of the results, or replace them."""
        check_callable(hook)
        return add_hook(self.hooks_to_change().before, hook)

    def hooks_to_change(self) -> NodeHooks:
        """All hooks, as an object to which others can be added."""
        if self.all_hooks is None:
            self.all_hooks = NodeHooks()
        return self.all_hooks


class ResultNode(ItemNode):
    """One of several results. Its hooks are kept by the whole, since they are called even if it gets no gradient."""

    __slots__ = ()

    parents: Sequence[FunctionNode]

    def __init__(self, whole: FunctionNode, index: int) -> None:
        self.number = next(versions.clock)
        self.primitive = whole.primitive
        self.parents = (whole,)
        self.saved = index
        self.checksums = None
        self.shape, self.dtype = whole.like[index]  # type: ignore[misc]  # it is a Tensor

    @property
    def whole(self) -> FunctionNode:
        """The node of all results."""
        return self.parents[0]

    def without_gradient(self) -> None:
        """The hooks are called by the whole."""

    @property
    def index(self) -> int:
        """The place among the results."""
        place: int = self.saved
        return place

    @property
    def hooks(self) -> Any:
        """The hooks on the gradient of this result."""
        hooks = self.parents[0].all_hooks
        return None if hooks is None else hooks.results.get(self.saved)

    @hooks.setter
    def hooks(self, value: Any) -> None:
        self.parents[0].hooks_to_change().results[self.saved] = value


def _nothing() -> None:
    return None


def _as_tensor(g: Any) -> Any:
    return g if g is None or isinstance(g, Tensor) else wrap(g)


def _can_be_summed(shape: tuple[int, ...], to: tuple[int, ...]) -> bool:
    """Tell whether something of the shape `to` could be broadcast to this shape."""
    return len(to) <= len(shape) and all(n in (1, m) for n, m in zip(reversed(to), reversed(shape), strict=False))
