"""`Function`: an operation with a backward of your own."""

from __future__ import annotations

import functools
import weakref
from collections.abc import Callable, Iterable
from typing import Any, NamedTuple

import numpy as np

from ..core import versions as memory
from ..core.graph import Node
from ..core.modes import recording, state
from ..core.primitive import Operands
from ..core.tensor import wrap
from ..tensors.tensor import Tensor
from .custom_nodes import CustomNode, ItemNode, Parts


class _Operation(NamedTuple):
    """What a graph's node asks of a primitive: its name, and that gradients may be summed to their shape."""

    name: str
    promotion: str = "common"


class FunctionCtx:
    """What `forward` hands to `backward`: Tensors through `save_for_backward`, anything else as attributes.

    Attributes:
        needs_input_grad: for each argument of forward whether its gradient is asked for.
    """

    def __init__(self, needs_input_grad: tuple[bool, ...]) -> None:
        self.needs_input_grad = needs_input_grad
        self._to_save: tuple[Any, ...] = ()
        self._saved: list[tuple[Any, Any]] = []
        self._plain: tuple[Any, ...] = ()
        self._dirty: tuple[Any, ...] = ()
        self._materialize = True
        self._node: Callable[[], FunctionNode | None] = lambda: None

    def save_for_backward(self, *tensors: Tensor | None) -> None:
        """Keep Tensors (arguments, results or others) for backward; it will notice if they were changed in place."""
        for t in tensors:
            if t is not None and not isinstance(t, Tensor):
                raise TypeError(
                    f"save_for_backward can only save variables, but got {type(t).__name__}; keep it as an attribute "
                    "of ctx"
                )
        self._to_save = tensors

    @property
    def saved_tensors(self) -> tuple[Any, ...]:
        """The Tensors that forward saved, in the same order."""
        node = self._node()
        if node is not None and node.saved is None:
            raise RuntimeError(
                "Trying to backward through the graph a second time: the saved tensors have been freed. Pass "
                "retain_graph=True to the first backward()"
            )
        return tuple(None if array is None else wrap(array, history()) for array, history in self._saved)

    def mark_non_differentiable(self, *tensors: Tensor) -> None:
        """Say that these results have no gradient."""
        self._plain = tensors

    def mark_dirty(self, *tensors: Tensor) -> None:
        """Say that forward changed these arguments in place and returns them."""
        self._dirty = tensors

    def set_materialize_grads(self, value: bool) -> None:
        """Whether backward gets zeros (the default) or None for a result that nothing was derived from."""
        self._materialize = value

    def _settle_saved(self, results: tuple[Any, ...]) -> None:
        """Note what was saved without holding the results, which hold the graph, which holds this."""
        places = {id(t): i for i, t in enumerate(results)}
        for t in self._to_save:
            if t is None:
                self._saved.append((None, None))
            elif id(t) in places:
                self._saved.append((t._data, functools.partial(self._result_history, places[id(t)])))
            else:
                self._saved.append((t._data, functools.partial(_same, t._history())))
        self._to_save = ()

    def _result_history(self, index: int) -> Node | None:
        node = self._node()
        return None if node is None else node.result(index)


def _same(node: Node | None) -> Node | None:
    return node


class FunctionNode(CustomNode):
    """One application of a `Function`. Its result is a tuple if forward returned one."""

    __slots__ = ("function", "like", "places", "results")

    def __init__(self, function: type[Function], ctx: FunctionCtx, args: Operands, outputs: Operands) -> None:
        self.number = next(memory.clock)
        self.primitive = _Operation(function.__name__)
        self.function = function
        self.places = [i for i, needed in enumerate(ctx.needs_input_grad) if needed]
        self.parents = [args[i]._history() for i in self.places]
        self.saved = ctx
        self.hooks = self.checksums = None
        self.like = [(t._data.shape, t.dtype) if isinstance(t, Tensor) else None for t in outputs]
        self.shape, self.dtype = self.like[0] if len(outputs) == 1 and self.like[0] else (None, None)
        self.results: list[Callable[[], Node | None]] = []

    def result(self, index: int) -> Node | None:
        """The node of one of the results."""
        return self if self.shape is not None else self.results[index]()

    def arrays(self) -> list[Any]:
        return [array for array, _ in self.saved._saved if array is not None]

    def derive(self, g: Any, saved: Any) -> Iterable[Any]:
        ctx: FunctionCtx = saved
        given = g.items if isinstance(g, Parts) else {0: g}
        grads = [self._incoming(given.get(i), like, ctx._materialize) for i, like in enumerate(self.like)]
        returned = self.function.backward(ctx, *grads)
        values = list(returned) if isinstance(returned, (tuple, list)) else [returned]
        expected = len(ctx.needs_input_grad)
        if len(values) < expected or any(extra is not None for extra in values[expected:]):
            raise RuntimeError(
                f"function {self.name()} returned an incorrect number of gradients (expected {expected}, got "
                f"{len(values)}): one for each argument of forward, None where there is none"
            )
        for i, value in enumerate(values[:expected]):
            if value is not None and not isinstance(value, Tensor):
                kind = type(value).__name__
                raise TypeError(f"{self.name()} returned a {kind} at index {i}; expected a Tensor or None")
        wanted = [values[i] for i in self.places]
        if state.recording:
            return wanted
        # A view, to say that the array may belong to someone: backward may return what it saved or was given.
        return [None if t is None else t._data.view() for t in wanted]

    def _incoming(self, g: Any, like: Any, materialize: bool) -> Tensor | None:
        if g is None:
            return wrap(np.zeros(*like)) if materialize and like is not None else None
        return g if isinstance(g, Tensor) else wrap(g)

    def name(self) -> str:
        return f"{self.function.__name__}Backward"


class Function:
    """An operation with its derivative: subclass it, and call `YourFunction.apply(...)`.

    `forward(ctx, *args)` computes on Tensors, unrecorded; `backward(ctx, *grads)` gets a gradient for each
    result and returns one for each argument, None where there is none. `forward(*args)` may also be written
    without ctx, beside a `setup_context(ctx, inputs, output)`.

    >>> import tinygrad_lite as tl
    >>> class Cube(tl.autograd.Function):
    ...     @staticmethod
    ...     def forward(ctx, x):
    ...         ctx.save_for_backward(x)
    ...         return x**3
    ...     @staticmethod
    ...     def backward(ctx, grad):
    ...         (x,) = ctx.saved_tensors
    ...         return grad * 3 * x**2
    >>> x = tl.tensor([1.0, 2.0], requires_grad=True)
    >>> Cube.apply(x).sum().backward()
    >>> x.grad
    tensor([ 3., 12.])
    """

    @staticmethod
    def forward(*args: Any, **kwargs: Any) -> Any:
        """Compute the result."""
        raise NotImplementedError("You must implement the forward function for custom autograd.Function.")

    @staticmethod
    def setup_context(ctx: Any, inputs: tuple[Any, ...], output: Any) -> None:
        """Save what backward needs, where forward takes no ctx."""
        raise NotImplementedError

    @staticmethod
    def backward(ctx: Any, *grad_outputs: Any) -> Any:
        """Compute the gradient of each argument from that of each result."""
        raise NotImplementedError("You must implement the backward function for your custom autograd.Function.")

    @classmethod
    def apply(cls, *args: Any) -> Any:
        """Run forward, and record it if an argument requires a gradient."""
        needs = tuple(isinstance(x, Tensor) and x._history() is not None for x in args)
        ctx = FunctionCtx(needs)
        separate = cls.setup_context is not Function.setup_context
        with recording(False):
            returned = cls.forward(*args) if separate else cls.forward(ctx, *args)
            if separate:
                cls.setup_context(ctx, args, returned)
        outputs = returned if isinstance(returned, tuple) else (returned,)
        for t in ctx._dirty:
            memory.wrote(t._data)
        if not (state.recording and any(needs)):
            return returned
        # Fresh handles: an argument that forward returns as it is must not become its own result.
        results = tuple(t if t in _By(ctx._dirty) else wrap(t._data) if isinstance(t, Tensor) else t for t in outputs)
        node = FunctionNode(cls, ctx, args, outputs)
        ctx._settle_saved(outputs)
        if memory.exposed:
            node.protect(node.arrays())
        ctx._node = weakref.ref(node)
        plain = _By(ctx._plain)
        for i, (result, output) in enumerate(zip(results, outputs, strict=True)):
            if isinstance(result, Tensor) and output not in plain and result._data.dtype.kind == "f":
                result._node = node if node.shape is not None else ItemNode(node, i, result._data)
            node.results.append(weakref.ref(result._node) if isinstance(result, Tensor) and result._node else _nothing)
        return results if isinstance(returned, tuple) else results[0]


def _nothing() -> None:
    return None


class _By:
    """Membership by identity."""

    def __init__(self, items: Iterable[Any]) -> None:
        self.ids = {id(item) for item in items}

    def __contains__(self, item: object) -> bool:
        return id(item) in self.ids


class _OnceNode(CustomNode):
    """What stands where a derivative must not be differentiated again."""

    __slots__ = ()

    def __init__(self, parents: list[Node], array: Any) -> None:
        self.number = next(memory.clock)
        self.primitive = _Operation("once_differentiable")
        self.parents, self.saved, self.hooks, self.checksums = parents, (), None, None
        self.shape, self.dtype = array.shape, array.dtype

    def derive(self, g: Any, saved: Any) -> Iterable[Any]:
        raise RuntimeError("trying to differentiate twice a function that was marked with @once_differentiable")


def once_differentiable(backward: Callable[..., Any]) -> Callable[..., Any]:
    """Decorate a backward that is not itself differentiable: a second derivative through it raises."""

    @functools.wraps(backward)
    def wrapper(ctx: Any, *grads: Any) -> Any:
        with recording(False):
            returned = backward(ctx, *grads)
        sources = [t for t in (*grads, *ctx.saved_tensors) if isinstance(t, Tensor) and t.requires_grad]
        if not state.recording or not sources:
            return returned
        parents = [t._history() for t in sources]
        values = returned if isinstance(returned, tuple) else (returned,)
        guarded = tuple(
            wrap(t._data, _OnceNode([p for p in parents if p], t._data)) if isinstance(t, Tensor) else t for t in values
        )
        return guarded if isinstance(returned, tuple) else guarded[0]

    return wrapper
