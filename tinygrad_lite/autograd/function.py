"""`Function`: an operation with a backward of your own."""

from __future__ import annotations

import functools
import inspect
import warnings
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any, NoReturn, ParamSpec, Protocol, TypeVar, overload

from ..core import versions as memory
from ..core.graph import Node
from ..core.modes import call_in_mode, state
from ..core.primitive import Operands
from ..core.tensor import wrap
from ..tensors.batched_data import is_batched
from ..tensors.observation import announce
from ..tensors.tensor import Tensor
from .custom_nodes import CustomNode
from .function_context import FunctionCtx as FunctionCtx
from .function_node import FunctionNode as FunctionNode
from .function_node import Operation
from .function_results import Results

P = ParamSpec("P")
R_co = TypeVar("R_co", covariant=True)
F = TypeVar("F", bound=Callable[..., Any])


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
    written without ctx, beside a `setup_context(ctx, inputs, output)` that saves what backward needs. What forward
    changes in place it marks with `ctx.mark_dirty` and returns. A result that is a view, such as an argument that is
    returned as it is, has the derivative that backward defines, and so must not be changed in place.

    Raises:
        NotImplementedError: from `apply` and `backward()`, if the subclass lacks `forward` or `backward`.
        RuntimeError: from `apply`, if forward marks as dirty what it does not return, or a leaf that requires a
            gradient, or a view of one; from `backward()`, if the subclass returns a wrong number of gradients, a
            gradient of a wrong shape or what is no Tensor, or if a saved Tensor was changed in place.
        TypeError: from `apply`, if forward saves what is no Tensor.

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

    generate_vmap_rule = False
    """Accepted for the sake of code for PyTorch: without a `vmap`, samples are computed one after the other anyway."""

    clear_saved_tensors_on_access = False
    """If True, `ctx.saved_tensors` can be read only once, and releases the Tensors when it is read."""

    boxed_grads_call = False
    """If True, backward is called as `backward(ctx, grads)`, with one list, rather than as `backward(ctx, *grads)`."""

    if TYPE_CHECKING:  # so that those of a subclass may have any parameters

        @staticmethod
        def backward(*args: Any, **kwargs: Any) -> Any: ...
        @staticmethod
        def vjp(*args: Any, **kwargs: Any) -> Any: ...
        @staticmethod
        def jvp(*args: Any, **kwargs: Any) -> Any: ...
        @staticmethod
        def vmap(*args: Any, **kwargs: Any) -> Any: ...

    else:

        @staticmethod
        def backward(ctx: Any, *grad_outputs: Any) -> Any:
            """Compute the gradient of each argument from that of each result."""
            raise NotImplementedError(
                "You must implement either the backward or vjp method for your custom autograd.Function to use it "
                "with backward mode AD. (Both are called as `backward(ctx, *grad_outputs)`, a static method.)"
            )

        vjp = backward

        @staticmethod
        def jvp(ctx: Any, *grad_inputs: Any) -> Any:
            """Stand for the derivative in forward mode, which a subclass may define but which is never called here."""
            raise NotImplementedError(
                "You must implement the jvp function for custom autograd.Function to use it with forward mode AD."
            )

        @staticmethod
        def vmap(info: Any, in_dims: Any, *args: Any) -> Any:
            """Compute the result for all samples of a vmap at once: a rule that a subclass may define.

            Args:
                info: has the number of samples, `batch_size`, and the `randomness`.
                in_dims: for each argument the dimension of the samples, or None.
                args: those of forward, of all samples.

            Returns:
                The result, and the dimension of the samples in it, or None.
            """
            raise NotImplementedError(
                "To use autograd.Function with vmap, you must either override the vmap staticmethod or set "
                "generate_vmap_rule=True."
            )

    _backward_cls: type[FunctionNode]

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        operation = Operation(cls.__name__)
        attributes = {"function": cls, "primitive": operation, "__slots__": (), "__module__": cls.__module__}
        cls._backward_cls = type(f"{cls.__name__}Backward", (FunctionNode,), attributes)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        warnings.warn(
            f"{type(self)} should not be instantiated. Methods on autograd functions are all static, so you should "
            "invoke them on the class itself. Instantiating an autograd function will raise an error in a future "
            "version of PyTorch.",
            DeprecationWarning,
            stacklevel=2,
        )

    @classmethod
    def _derivative(cls) -> Callable[..., Any]:
        """The backward of this class, which may have the name vjp."""
        if cls.vjp is Function.vjp:
            return cls.backward
        if cls.backward is not Function.backward:
            raise RuntimeError(
                "Implementing both 'backward' and 'vjp' for a custom Function is not allowed. You should only "
                "implement one of them."
            )
        return cls.vjp

    @overload
    @classmethod
    def apply(cls: type[_WithContext[P, R_co]], *args: P.args, **kwargs: P.kwargs) -> R_co: ...
    @overload
    @classmethod
    def apply(cls: type[_WithoutContext[P, R_co]], *args: P.args, **kwargs: P.kwargs) -> R_co: ...
    @classmethod
    def apply(cls: type[Function], *args: Any, **kwargs: Any) -> Any:
        """Run forward, and record it if an argument requires a gradient."""
        if any(map(is_batched, args)):
            return state.tracer.apply_function(cls, args, kwargs, cls.vmap is not Function.vmap)
        separate = cls.setup_context is not Function.setup_context
        if kwargs or (separate and len(args) != getattr(getattr(cls.forward, "__code__", None), "co_argcount", -1)):
            args, kwargs = _bound(cls, args, kwargs, separate)
        ctx = FunctionCtx(tuple([isinstance(x, Tensor) and x._history() is not None for x in args]))
        recorded = state.recording and any(ctx.needs_input_grad)
        forward = functools.partial(cls.forward, **kwargs) if kwargs else cls.forward
        returned = call_in_mode(False, forward, *(args if separate else (ctx, *args)))
        if separate:
            call_in_mode(False, cls.setup_context, ctx, args, returned)
        outputs = returned if isinstance(returned, tuple) else (returned,)
        if recorded and not isinstance(returned, (Tensor, tuple)):
            _warn_of_lost_gradients(cls, returned)
        told = Results(cls.__name__, ctx, args, outputs, recorded)
        if separate:
            told.check_saved_arguments(ctx.to_save)
        node = cls._backward_cls(cls, ctx, args, outputs) if recorded else None
        ctx.to_save = ctx.dirty_tensors = ctx.non_differentiable = ()  # a result would be held by its own history
        results = told.with_histories(node)
        announce(cls, args, results if isinstance(returned, tuple) else results[0])
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
        reason = str(error).replace("multiple values", "got multiple values")
        raise TypeError(f"{function.__name__}.forward() {reason}") from None
    given = list(bound.arguments)
    bound.apply_defaults()
    values = bound.args if separate else bound.args[1:]
    if not separate:
        names = list(bound.arguments)
        values = values[: max(len(args), names.index(given[-1]))]
    return values, bound.kwargs if separate else {name: kwargs[name] for name in bound.kwargs if name in kwargs}


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


class _OnceDifferentiableNode(CustomNode):
    """The history of a gradient that cannot be differentiated again: to do so raises."""

    __slots__ = ()

    def __init__(self, parents: list[Node], array: Any) -> None:
        self.number = next(memory.clock)
        self.primitive = Operation("once_differentiable")
        self.parents, self.saved, self.hooks, self.checksums = parents, (), None, None
        self.shape, self.dtype = array.shape, array.dtype

    def derive(self, g: Any, saved: Any) -> Iterable[Any]:
        raise RuntimeError("trying to differentiate twice a function that was marked with @once_differentiable")


def once_differentiable(backward: F) -> F:
    """Decorate a backward that is not itself differentiable: a second derivative through it raises an error."""

    @functools.wraps(backward)
    def wrapper(ctx: Any, *grads: Any) -> Any:
        returned = call_in_mode(False, backward, ctx, *grads)
        if not state.recording:
            return returned
        histories = [t._history() for t in grads if isinstance(t, Tensor)] + (
            ctx._saved.histories() if ctx._saved else []
        )
        parents = [node for node in histories if node is not None]
        if not parents:
            return returned
        values = returned if isinstance(returned, tuple) else (returned,)
        guarded = tuple(
            wrap(t._data, _OnceDifferentiableNode(parents, t._data)) if isinstance(t, Tensor) else t for t in values
        )
        return guarded if isinstance(returned, tuple) else guarded[0]

    return wrapper  # type: ignore[return-value]  # it has the signature of the backward


class InplaceFunction(Function):
    """A `Function` that keeps `inplace`: an older form that code for PyTorch may subclass."""

    def __init__(self, inplace: bool = False) -> None:
        super().__init__()
        self.inplace = inplace


FunctionCtx.__module__, Function.__module__ = __name__, __name__.rpartition(".")[0]
