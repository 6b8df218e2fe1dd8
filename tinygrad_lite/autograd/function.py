"""`Function`: an operation with a backward of your own."""

from __future__ import annotations

import functools
import inspect
import warnings
import weakref
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any, NamedTuple, NoReturn, ParamSpec, Protocol, TypeVar, overload

import numpy as np

from ..core import versions as memory
from ..core.graph import Node
from ..core.modes import call_in_mode, in_force, thread
from ..core.primitive import Operands
from ..core.tensor import wrap
from ..tensors.tensor import Tensor
from .custom_nodes import CustomNode, ItemNode, Parts

P = ParamSpec("P")
R_co = TypeVar("R_co", covariant=True)
F = TypeVar("F", bound=Callable[..., Any])


class _Operation(NamedTuple):
    """The attributes of a primitive that a node needs: its name, and that gradients may be summed to their shape."""

    name: str
    promotion: str = "common"


class FunctionCtx:
    """The object through which `forward` passes to `backward` what that needs.

    Tensors go through `save_for_backward`; anything else may be set as an attribute.

    Attributes:
        needs_input_grad: one bool for each argument of forward: whether its gradient is needed.
    """

    def __init__(self, needs_input_grad: tuple[bool, ...]) -> None:
        self.needs_input_grad = needs_input_grad
        self._to_save: tuple[Any, ...] = ()
        self._saved: list[tuple[Any, Any]] = []
        self._without_gradient: tuple[Any, ...] = ()
        self._dirty: tuple[Any, ...] = ()
        self._materialize = True
        self._node: Callable[[], FunctionNode | None] = _nothing

    if TYPE_CHECKING:  # any attribute may be set in forward and read in backward

        def __getattr__(self, name: str) -> Any: ...
        def __setattr__(self, name: str, value: Any) -> None: ...

    def save_for_backward(self, *tensors: Tensor | None) -> None:
        """Save Tensors (arguments, results or others) for backward, which raises if they have changed meanwhile.

        Raises:
            TypeError: for anything but a Tensor or None.
        """
        for i, t in enumerate(tensors):
            if t is not None and not isinstance(t, Tensor):
                raise TypeError(
                    f"save_for_backward can only save variables, but argument {i} is of type {type(t).__name__}; keep "
                    "it as an attribute of ctx"
                )
        self._to_save = tensors

    @property
    def saved_tensors(self) -> tuple[Tensor, ...]:
        """The Tensors that forward saved, in the same order; None where it saved None."""
        node = self._node()
        if node is not None and node.saved is None:
            raise RuntimeError(
                "Trying to backward through the graph a second time: the saved tensors have been freed. Pass "
                "retain_graph=True to the first backward()"
            )
        saved: tuple[Any, ...] = tuple(None if x is None else wrap(x, history()) for x, history in self._saved)
        return saved

    def mark_non_differentiable(self, *tensors: Tensor) -> None:
        """Declare that these results have no gradient."""
        _check_variables("mark_non_differentiable only accepts variable arguments, but got", tensors)
        self._without_gradient = tensors

    def mark_dirty(self, *tensors: Tensor) -> None:
        """Declare that forward changes these arguments in place, and returns them."""
        _check_variables("mark_dirty can only accept variables, but argument", tensors)
        self._dirty = tensors

    def set_materialize_grads(self, value: bool) -> None:
        """Choose what backward gets for a result that nothing depends on: zeros (True, the default) or None."""
        self._materialize = value

    def _keep_saved(self, results: tuple[Any, ...]) -> None:
        """Keep the arrays and histories of saved Tensors, but not the results themselves: they hold the graph.

        The graph holds this context, so that a reference to a result would be a cycle.
        """
        places = {id(t): i for i, t in enumerate(results)}
        for t in self._to_save:
            if t is None:
                self._saved.append((None, None))
            elif id(t) in places:
                self._saved.append((t._data, functools.partial(self._result_history, places[id(t)])))
            else:
                self._saved.append((t._data, functools.partial(_identity, t._history())))
        self._to_save = ()

    def _result_history(self, index: int) -> Node | None:
        node = self._node()
        return None if node is None else node.result(index)


def _check_variables(phrase: str, tensors: tuple[Any, ...]) -> None:
    for i, t in enumerate(tensors):
        if not isinstance(t, Tensor):
            raise RuntimeError(f"{phrase} {i} is of type {type(t).__name__}")


def _identity(node: Node | None) -> Node | None:
    return node


def _nothing() -> None:
    return None


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
                raise TypeError(
                    f"expected Variable or None (got {kind}): {self.name()} returned a {kind} at index {i}; compute "
                    "the gradient with operations on Tensors"
                )
        wanted = [values[i] for i in self.places]
        if in_force(thread).recording:
            return wanted
        # A view tells the walk that the array is not its own: backward may return what it saved or was given.
        return [None if t is None else t._data.view() for t in wanted]

    def _incoming(self, g: Any, like: Any, materialize: bool) -> Tensor | None:
        """The gradient of one result as a Tensor, or zeros or None if nothing depends on that result."""
        if g is None:
            return wrap(np.zeros(*like)) if materialize and like is not None else None
        return g if isinstance(g, Tensor) else wrap(g)

    def name(self) -> str:
        return f"{self.function.__name__}Backward"


class _WithContext(Protocol[P, R_co]):
    """A Function whose forward takes ctx first, as type checkers see it."""

    @staticmethod
    def forward(ctx: Any, /, *args: P.args, **kwargs: P.kwargs) -> R_co: ...


class _WithoutContext(Protocol[P, R_co]):
    """A Function with a `setup_context`, whose forward takes no ctx."""

    @staticmethod
    def forward(*args: P.args, **kwargs: P.kwargs) -> R_co: ...


class Function:
    """An operation with a derivative of its own: subclass it, and call `YourFunction.apply(...)`.

    A subclass defines two static methods. `forward(ctx, *args)` computes the result from Tensors of any shape and
    dtype, and from other arguments; its operations are not recorded. `backward(ctx, *grads)` gets for each result a
    gradient of its shape and dtype, and returns one gradient for each argument, None for those that have none. With
    g = d(objective)/d(result), the gradient of an argument x is g · d(result)/dx.

    Only a Tensor, or the Tensors in a tuple, that forward returns get a gradient. `forward(*args)` may also be
    written without ctx, beside a `setup_context(ctx, inputs, output)` that saves what backward needs.

    Raises:
        NotImplementedError: from `apply` and `backward()`, if the subclass lacks `forward` or `backward`.
        RuntimeError: from `backward()`, if the subclass returns a wrong number of gradients or a gradient of a wrong
            shape, or if a saved Tensor was changed in place.
        TypeError: if a gradient is not a Tensor.

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
        raise NotImplementedError("setup_context is not implemented.")

    if TYPE_CHECKING:  # so that the backward of a subclass may have any parameters

        @staticmethod
        def backward(*args: Any, **kwargs: Any) -> Any: ...

    else:

        @staticmethod
        def backward(ctx: Any, *grad_outputs: Any) -> Any:
            """Compute the gradient of each argument from that of each result."""
            raise NotImplementedError(
                "You must implement either the backward or vjp method for your custom autograd.Function to use it "
                "with backward mode AD. (Here it is always `backward(ctx, *grad_outputs)`, a static method.)"
            )

    @overload
    @classmethod
    def apply(cls: type[_WithContext[P, R_co]], *args: P.args, **kwargs: P.kwargs) -> R_co: ...
    @overload
    @classmethod
    def apply(cls: type[_WithoutContext[P, R_co]], *args: P.args, **kwargs: P.kwargs) -> R_co: ...
    @classmethod
    def apply(cls: type[Function], *args: Any, **kwargs: Any) -> Any:
        """Run forward, and record it if an argument requires a gradient."""
        separate = cls.setup_context is not Function.setup_context
        if kwargs or (separate and len(args) != getattr(getattr(cls.forward, "__code__", None), "co_argcount", -1)):
            args, kwargs = _bound(cls, args, kwargs, separate)
        needs = tuple(isinstance(x, Tensor) and x._history() is not None for x in args)
        ctx = FunctionCtx(needs)
        forward = functools.partial(cls.forward, **kwargs) if kwargs else cls.forward
        returned = call_in_mode(False, forward, *(args if separate else (ctx, *args)))
        if separate:
            call_in_mode(False, cls.setup_context, ctx, args, returned)
        outputs = returned if isinstance(returned, tuple) else (returned,)
        recorded = in_force(thread).recording and any(needs)
        if ctx._dirty:
            _check_dirty(ctx._dirty, outputs, recorded)
        if not recorded:
            return returned
        if not isinstance(returned, (Tensor, tuple)):
            _warn_of_lost_gradients(cls, returned)
        # The results are new handles: an argument that forward returns unchanged must not become its own result.
        dirty, without = _IdentitySet(ctx._dirty), _IdentitySet(ctx._without_gradient)
        results = tuple(t if t in dirty else wrap(t._data) if isinstance(t, Tensor) else t for t in outputs)
        node = FunctionNode(cls, ctx, args, outputs)
        ctx._keep_saved(outputs)
        if memory.exposed:
            node.protect(node.arrays())
        ctx._node = weakref.ref(node)
        for i, (result, output) in enumerate(zip(results, outputs, strict=True)):
            if isinstance(result, Tensor) and output not in without and result._data.dtype.kind == "f":
                result._node = node if node.shape is not None else ItemNode(node, i, result._data)
            node.results.append(weakref.ref(result._node) if isinstance(result, Tensor) and result._node else _nothing)
        return results if isinstance(returned, tuple) else results[0]

    def __call__(self, *args: Any, **kwargs: Any) -> NoReturn:
        """Refuse the call of an instance, which PyTorch's first versions had."""
        raise RuntimeError(
            "Legacy autograd function with non-static forward method is deprecated. Please use new-style autograd "
            f"function with static forward method. (Call {type(self).__name__}.apply(...), on the class itself.)"
        )


def _bound(
    function: type[Function], args: Operands, kwargs: dict[str, Any], separate: bool
) -> tuple[Operands, dict[str, Any]]:
    """The arguments in the order of forward's parameters, and what forward takes by keyword only.

    Without a `setup_context`, parameters after the last one that was given are left out, and so need no gradient.
    """
    try:
        bound = inspect.signature(function.forward).bind(*(args if separate else (None, *args)), **kwargs)
    except TypeError as error:
        raise TypeError(f"{function.__name__}.forward() {error}") from None
    given = list(bound.arguments)
    bound.apply_defaults()
    values = bound.args if separate else bound.args[1:]
    if not separate:
        names = list(bound.arguments)
        values = values[: max(len(args), names.index(given[-1]))]
    return values, bound.kwargs if separate else {name: kwargs[name] for name in bound.kwargs if name in kwargs}


def _check_dirty(dirty: tuple[Tensor, ...], outputs: tuple[Any, ...], recorded: bool) -> None:
    """Note the writes to arguments that forward has changed in place, and raise where it must not change them."""
    returned = _IdentitySet(outputs)
    for t in dirty:
        if t not in returned:
            raise RuntimeError(
                "Some elements marked as dirty during the forward method were not returned as output. The inputs that "
                "are modified inplace must all be outputs of the Function."
            )
        if recorded and t.is_leaf and t.requires_grad:
            raise RuntimeError(
                "a leaf Variable that requires grad has been used in an in-place operation: let forward work on a "
                "copy, x.clone()"
            )
        memory.wrote(t._data)


def _warn_of_lost_gradients(function: type[Function], returned: Any) -> None:
    """Warn where forward returns Tensors in a structure in which they get no gradient."""
    items = returned.values() if isinstance(returned, dict) else returned
    if isinstance(returned, (list, dict)) and any(isinstance(t, Tensor) for t in items):
        warnings.warn(
            f"{function.__name__}.forward returned a {type(returned).__name__}, and the Tensors in it get no "
            "gradient: return one Tensor, or a tuple of Tensors",
            UserWarning,
            stacklevel=3,
        )


class _IdentitySet:
    """A set of objects that are compared by identity; the objects must live longer."""

    def __init__(self, items: Iterable[Any]) -> None:
        self.ids = {id(item) for item in items}

    def __contains__(self, item: object) -> bool:
        return id(item) in self.ids


class _OnceDifferentiableNode(CustomNode):
    """The history of a gradient that cannot be differentiated again: to do so raises."""

    __slots__ = ()

    def __init__(self, parents: list[Node], array: Any) -> None:
        self.number = next(memory.clock)
        self.primitive = _Operation("once_differentiable")
        self.parents, self.saved, self.hooks, self.checksums = parents, (), None, None
        self.shape, self.dtype = array.shape, array.dtype

    def derive(self, g: Any, saved: Any) -> Iterable[Any]:
        raise RuntimeError("trying to differentiate twice a function that was marked with @once_differentiable")


def once_differentiable(backward: F) -> F:
    """Decorate a backward that is not itself differentiable: a second derivative through it raises an error."""

    @functools.wraps(backward)
    def wrapper(ctx: Any, *grads: Any) -> Any:
        returned = call_in_mode(False, backward, ctx, *grads)
        sources = [t for t in (*grads, *ctx.saved_tensors) if isinstance(t, Tensor) and t.requires_grad]
        if not in_force(thread).recording or not sources:
            return returned
        parents = [p for t in sources if (p := t._history())]
        values = returned if isinstance(returned, tuple) else (returned,)
        guarded = tuple(
            wrap(t._data, _OnceDifferentiableNode(parents, t._data)) if isinstance(t, Tensor) else t for t in values
        )
        return guarded if isinstance(returned, tuple) else guarded[0]

    return wrapper  # type: ignore[return-value]
