"""Checkpointing: what a part of a model computes is not kept for the backward pass, but computed again there.

Of the two forms that PyTorch has, `use_reentrant=False` is the one to choose: the part is one node of the graph, whose
derivative runs the function again and differentiates that. It works with `autograd.grad`, with keyword arguments, and
to any order. The older form, `use_reentrant=True`, is a Function whose backward calls `backward()` itself.
"""

from __future__ import annotations

import sys
import warnings
from collections.abc import Callable, Iterable, Sequence
from contextlib import AbstractContextManager, nullcontext
from types import FrameType
from typing import Any

from ..autograd.custom_nodes import CustomNode, ItemNode, Parts
from ..autograd.function import Function
from ..autograd.function_node import Operation
from ..autograd.gradients import accumulation_counts, backward
from ..compiler.compiled import Compiled
from ..core import versions
from ..core.graph import ON_ARRAYS, Leaf, Node, walk
from ..core.higher_order import OnTensors
from ..core.modes import call_in_mode, in_force, state, thread
from ..core.primitive import Traced
from ..core.tensor import wrap
from ..core.tracing import graph_break
from ..random.generator import fork_rng, get_rng_state, set_rng_state
from ..tensors.tensor import Tensor

__all__ = [
    "CheckpointError",
    "CheckpointFunction",
    "check_backward_validity",
    "checkpoint",
    "checkpoint_sequential",
    "detach_variable",
    "get_device_states",
    "noop_context_fn",
    "set_checkpoint_early_stop",
    "set_device_states",
]

DETERMINISM_CHECKS = ("default", "none")


class CheckpointError(RuntimeError):
    """A function did not compute the same when it was run again for the backward pass.

    >>> issubclass(CheckpointError, RuntimeError)
    True
    """


def noop_context_fn() -> tuple[AbstractContextManager[None], AbstractContextManager[None]]:
    """Make two contexts that do nothing: the default of `context_fn`.

    >>> len(noop_context_fn())
    2
    """
    return nullcontext(), nullcontext()


def get_device_states(*args: Any) -> tuple[list[int], list[Tensor]]:
    """Return the devices other than the CPU on which the arguments are, and the states of their generators: none.

    Functions that compute again what they have computed before save these beside `get_rng_state()`.

    Args:
        args: Tensors of any shape and dtype, and anything else.

    Raises:
        TypeError: for arguments by name.

    >>> import tinygrad_lite as tl
    >>> get_device_states(tl.ones(2))
    ([], [])
    """
    return [], []


def set_device_states(devices: Sequence[int], states: Sequence[Tensor], *, device_type: str | None = None) -> None:
    """Set what `get_device_states` has returned: nothing, because there are no devices but the CPU.

    Args:
        devices: the devices: none.
        states: the states of their generators, Tensors of shape (n,) and of dtype uint8: none.
        device_type: without effect.

    Raises:
        RuntimeError: if there are devices.

    >>> set_device_states(*get_device_states())
    """
    if devices:
        raise RuntimeError(f"set_device_states: the only device is the CPU, but got states of the devices {[*devices]}")


def set_checkpoint_early_stop(enable: bool) -> AbstractContextManager[None]:
    """Make a context that does nothing: what is computed again is always computed to its end, with the same gradients.

    Args:
        enable: without effect.

    Raises:
        TypeError: if `enable` is missing.

    >>> with set_checkpoint_early_stop(False):
    ...     pass
    """
    return nullcontext()


def checkpoint(
    function: Callable[..., Any],
    *args: Any,
    use_reentrant: bool | None = None,
    context_fn: Callable[[], tuple[AbstractContextManager[Any], AbstractContextManager[Any]]] = noop_context_fn,
    determinism_check: str = "default",
    debug: bool = False,
    early_stop: bool = True,
    **kwargs: Any,
) -> Any:
    """Call a function, keep only its arguments for the backward pass, and there compute what it computed again.

    It takes the memory of one run of the function less, for the time of one run more. Values and gradients are the
    same, bit by bit.

    Args:
        function: a function or Module. Its result is a Tensor, or holds Tensors in tuples, lists and dicts.
        args: its arguments: Tensors of any shape and dtype, and others.
        use_reentrant: which form: False is to be preferred. Without it PyTorch warns, and takes True.
        context_fn: makes two contexts, for the run forward and for that in the backward pass.
        determinism_check: "default" to compare number, shapes and dtypes of what both runs compute; "none" not to.
        debug, early_stop: accepted, without effect.
        kwargs: the keyword arguments of the function (with `use_reentrant=False`), and `preserve_rng_state`: whether
            the second run draws the same random numbers, by default True.

    Raises:
        ValueError: for keyword arguments, `context_fn` or `debug` with `use_reentrant=True`, and for an unknown
            `determinism_check`.
        CheckpointError: from backward, if the function computes something else then.
        RuntimeError: from backward, with `use_reentrant=True`, inside of `autograd.grad`.

    >>> import tinygrad_lite as tl
    >>> x = tl.tensor([1.0, 2.0], requires_grad=True)
    >>> y = checkpoint(lambda x: x.exp().sin(), x, use_reentrant=False)
    >>> y.sum().backward()
    >>> x.grad.equal((x.exp() * x.exp().cos()).detach())
    True
    """
    if use_reentrant is None:
        warnings.warn(
            "torch.utils.checkpoint: the use_reentrant parameter should be passed explicitly. Starting in PyTorch 2.9, "
            "calling checkpoint without use_reentrant will raise an exception. use_reentrant=False is recommended, but "
            "if you need to preserve the current default behavior, you can pass use_reentrant=True.",
            UserWarning,
            stacklevel=2,
        )
        use_reentrant = True
    preserve = kwargs.pop("preserve_rng_state", True)
    graph_break("utils.checkpoint runs a function again in the backward pass")
    if use_reentrant:
        if kwargs:
            raise ValueError("Unexpected keyword arguments: " + ",".join(kwargs))
        if context_fn is not noop_context_fn or debug is not False:
            raise ValueError("Passing `context_fn` or `debug` is only supported when use_reentrant=False.")
        return CheckpointFunction.apply(function, preserve, *args)
    if determinism_check not in DETERMINISM_CHECKS:
        raise ValueError(f"determinism_check should be one of {list(DETERMINISM_CHECKS)}, but got {determinism_check}")
    return _Segment(function, args, kwargs, preserve, context_fn(), determinism_check == "default").first_run()


def checkpoint_sequential(
    functions: Any, segments: int, input: Any, use_reentrant: bool | None = None, **kwargs: Any
) -> Any:
    """Call functions one after the other, in segments of which all but the last are checkpoints.

    Args:
        functions: a `nn.Sequential`, or a sequence of functions.
        segments: how many segments.
        input: the argument of the first function; a Tensor of any shape and dtype.
        use_reentrant: as of `checkpoint`.
        kwargs: `preserve_rng_state`, as of `checkpoint`.

    Raises:
        ValueError: for other keyword arguments.

    >>> import tinygrad_lite as tl
    >>> x = tl.tensor([0.5], requires_grad=True)
    >>> checkpoint_sequential([tl.exp, tl.sin, tl.tanh], 2, x, use_reentrant=False).requires_grad
    True
    """
    if use_reentrant is None:
        warnings.warn(
            "torch.utils.checkpoint.checkpoint_sequential: the use_reentrant parameter should be passed explicitly. In "
            "version 2.9 we will raise an exception if use_reentrant is not passed. use_reentrant=False is "
            "recommended, but if you need to preserve the current default behavior, you can pass use_reentrant=True.",
            UserWarning,
            stacklevel=2,
        )
        use_reentrant = True
    preserve = kwargs.pop("preserve_rng_state", True)
    if kwargs:
        raise ValueError("Unexpected keyword arguments: " + ",".join(kwargs))
    steps: list[Callable[[Any], Any]] = list(functions.children() if hasattr(functions, "children") else functions)
    size = len(steps) // segments
    last = size * (segments - 1)
    for start in range(0, last, size) if size else ():
        segment = _composed(steps[start : start + size])
        input = checkpoint(segment, input, use_reentrant=use_reentrant, preserve_rng_state=preserve)
    return _composed(steps[last:])(input)


def _composed(steps: Sequence[Callable[[Any], Any]]) -> Callable[[Any], Any]:
    def forward(input: Any) -> Any:
        for step in steps:
            input = step(input)
        return input

    return forward


# --------------------------------------------------------------------------------------- one node of the graph


class _Segment:
    """A call of a function that can be made again.

    Attributes:
        results: the shape and dtype of each Tensor in the result.
        count: how many arrays the run saved for its backward pass.
        traces: the number of programs that were made meanwhile: a call that is traced saves what it saves as written.
    """

    def __init__(
        self,
        function: Callable[..., Any],
        args: tuple[Any, ...],
        kwargs: dict[str, Any],
        preserve: bool,
        contexts: tuple[AbstractContextManager[Any], AbstractContextManager[Any]],
        compare: bool,
    ) -> None:
        self.function, self.args, self.kwargs, self.compare = function, args, kwargs, compare
        self.forward_context, self.recompute_context = contexts
        self.random_state = get_rng_state() if preserve else None
        self.results: list[tuple[Any, Any]] = []
        self.count = self.traces = 0

    def first_run(self) -> Any:
        """The result, whose Tensors are items of one node."""
        start = next(versions.clock)
        traces = Compiled.traces
        with self.forward_context:
            returned = self.function(*self.args, **self.kwargs)
        self.traces = Compiled.traces - traces
        if not state.recording:
            return returned
        tensors: list[Any] = _tensors_in(returned)
        outer, self.count = _surroundings([t._history() for t in tensors], start)
        self.results = [(t._data.shape, t.dtype) for t in tensors]
        if not outer:
            return returned
        whole = _SegmentNode(self, outer)
        made: dict[int, Any] = {}
        for i, t in enumerate(tensors):
            node = t._history()
            if id(t) not in made and node is not None and node.number > start:
                made[id(t)] = wrap(t._data, ItemNode(whole, i, t._data))
        return _with_replaced(returned, made)

    def run_again(self) -> tuple[list[Any], int]:
        """The Tensors of the result, computed again, and the number at which that began.

        Raises:
            CheckpointError: if they are not alike.
        """
        start, traces = next(versions.clock), Compiled.traces
        with fork_rng(enabled=self.random_state is not None), self.recompute_context:
            if self.random_state is not None:
                set_rng_state(self.random_state)
            tensors = _tensors_in(call_in_mode(True, lambda: self.function(*self.args, **self.kwargs)))
        if self.compare:
            self._check(tensors, start, Compiled.traces != traces or self.traces > 0)
        return tensors, start

    def _check(self, tensors: list[Any], start: int, traced: bool) -> None:
        _, count = _surroundings([t._history() for t in tensors], start)
        if (count != self.count and not traced) or len(tensors) != len(self.results):
            raise CheckpointError(
                "torch.utils.checkpoint: A different number of tensors was saved during the original forward and "
                f"recomputation.\nNumber of tensors saved during forward: {self.count}\nNumber of tensors saved during "
                f"recomputation: {count}. (Does the function depend on what has changed since?)"
            )
        for i, (t, (shape, dtype)) in enumerate(zip(tensors, self.results, strict=True)):
            if (t._data.shape, t.dtype) != (shape, dtype):
                raise CheckpointError(
                    "torch.utils.checkpoint: Recomputed values for the following tensors have different metadata than "
                    f"during the forward pass.\ntensor at position {i}:\nsaved metadata: {list(shape)} {dtype}\n"
                    f"recomputed metadata: {list(t._data.shape)} {t.dtype}"
                )


class _SegmentNode(CustomNode):
    """The node of a checkpoint. Its parents are the nodes outside that its function reached."""

    __slots__ = ()

    def __init__(self, segment: _Segment, outer: list[Node]) -> None:
        self.number = next(versions.clock)
        self.primitive: Any = Operation("checkpoint")
        self.parents, self.saved = outer, segment
        self.hooks = self.checksums = None
        self.shape = self.dtype = None  # those of a tuple

    def derive(self, g: Parts, saved: _Segment) -> Iterable[Any]:
        tensors, _ = saved.run_again()
        roots = [(node, g.items[i]) for i, t in enumerate(tensors) if i in g.items and (node := t._history())]
        records = any(isinstance(d, Traced) for _, d in roots)
        reading = OnTensors(wrap) if records else in_force(thread).tracer or ON_ARRAYS
        # The walk outside goes on from the parents, and calls their hooks; this one ends there.
        kept = [(node, node.hooks, node.parents) for node in self.parents]
        try:
            for node, _, _ in kept:
                node.hooks = None
                if type(node) is not Leaf:
                    node.parents = ()
            found = walk(roots, set(self.parents), records, reading)
        finally:
            for node, hooks, parents in kept:
                node.hooks, node.parents = hooks, parents
        return [found.get(node) for node in self.parents]


def _surroundings(roots: Iterable[Node | None], start: int) -> tuple[list[Node], int]:
    """The nodes older than `start` to which the graph leads, and how many arrays the newer ones have saved."""
    seen = dict.fromkeys(node for node in roots if node is not None)
    outer: list[Node] = []
    count = 0
    stack = list(seen)
    while stack:
        node = stack.pop()
        if node.number < start:  # a leaf has the number 0
            outer.append(node)
            continue
        count += len(node.arrays())
        for parent in node.parents:
            if parent not in seen:
                seen[parent] = None
                stack.append(parent)
    return outer, count


def _tensors_in(x: Any) -> list[Any]:
    if isinstance(x, Tensor):
        return [x]
    items = x.values() if isinstance(x, dict) else x
    return [t for item in items for t in _tensors_in(item)] if isinstance(x, (tuple, list, dict)) else []


def _with_replaced(x: Any, made: dict[int, Any]) -> Any:
    """Return a structure with some of its Tensors replaced by others."""
    if isinstance(x, Tensor):
        return made.get(id(x), x)
    if isinstance(x, dict):
        return type(x)((key, _with_replaced(value, made)) for key, value in x.items())
    if isinstance(x, (tuple, list)):
        items = [_with_replaced(item, made) for item in x]
        return type(x)(*items) if hasattr(x, "_fields") else type(x)(items)
    return x


# ------------------------------------------------------------------------------------------- the re-entrant form


class CheckpointFunction(Function):
    """The re-entrant form of `checkpoint`: its backward runs the function again, and calls `backward()` on that.

    `checkpoint(f, *args, use_reentrant=True)` is `CheckpointFunction.apply(f, True, *args)`, for Tensors of any shape
    and dtype among the arguments.

    Raises:
        RuntimeError: from backward, inside of `autograd.grad`, and if no result requires a gradient when it is computed
            again.

    >>> import tinygrad_lite as tl
    >>> x = tl.tensor([0.5], requires_grad=True)
    >>> CheckpointFunction.apply(tl.exp, True, x).backward()
    >>> x.grad.equal(x.exp().detach())
    True
    """

    @staticmethod
    def forward(ctx: Any, run_function: Callable[..., Any], preserve_rng_state: bool, *args: Any) -> Any:
        """Run the function, which is not recorded, and save its arguments."""
        check_backward_validity(args)
        ctx.run_function = run_function
        ctx.random_state = get_rng_state() if preserve_rng_state else None
        ctx.places = [i for i, x in enumerate(args) if isinstance(x, Tensor)]
        ctx.arguments = [None if isinstance(x, Tensor) else x for x in args]
        ctx.save_for_backward(*(args[i] for i in ctx.places))
        return run_function(*args)

    @staticmethod
    def backward(ctx: Any, *grads: Any) -> Any:
        """Run the function again, recorded, and add the gradients of the parameters in it to their `.grad`."""
        if not _adds_to_all_leaves(sys._getframe()):
            raise RuntimeError(
                "When use_reentrant=True, torch.utils.checkpoint is incompatible with .grad() or passing an `inputs` "
                "parameter to .backward(). To resolve this error, you can either set use_reentrant=False, or call "
                ".backward() without passing the `inputs` argument."
            )
        inputs = list(ctx.arguments)
        for i, t in zip(ctx.places, ctx.saved_tensors, strict=True):
            inputs[i] = t
        detached = detach_variable(tuple(inputs))
        with fork_rng(enabled=ctx.random_state is not None):
            if ctx.random_state is not None:
                set_rng_state(ctx.random_state)
            outputs = call_in_mode(True, ctx.run_function, *detached)
        results = outputs if isinstance(outputs, tuple) else (outputs,)
        roots = [(t, g) for t, g in zip(results, grads, strict=True) if isinstance(t, Tensor) and t.requires_grad]
        if not roots:
            raise RuntimeError("none of output has requires_grad=True, this checkpoint() is not necessary")
        backward([t for t, _ in roots], [g for _, g in roots])
        return None, None, *(x.grad if isinstance(x, Tensor) else None for x in detached)


def _adds_to_all_leaves(frame: FrameType | None) -> bool:
    """True if the backward pass that runs adds to the `.grad` of all leaves, or what is added there counts."""
    if accumulation_counts.get():
        return True
    while frame is not None and frame.f_code is not walk.__code__:
        frame = frame.f_back
    return frame is None or frame.f_locals["wanted"] is None


def check_backward_validity(inputs: Iterable[Any]) -> None:
    """Warn if none of the inputs requires a gradient.

    Args:
        inputs: Tensors of any shape and dtype, and others.

    >>> import tinygrad_lite as tl
    >>> check_backward_validity([tl.ones(2, requires_grad=True), 3])
    """
    if not any(isinstance(x, Tensor) and x.requires_grad for x in inputs):
        warnings.warn("None of the inputs have requires_grad=True. Gradients will be None", UserWarning, stacklevel=2)


def detach_variable(inputs: tuple[Any, ...]) -> tuple[Any, ...]:
    """Detach the Tensors in a tuple; those that required a gradient require one again.

    Args:
        inputs: Tensors of any shape and dtype, and others, which are returned as they are.

    Raises:
        RuntimeError: for what is not a tuple.

    >>> import tinygrad_lite as tl
    >>> x = tl.ones(2, requires_grad=True)
    >>> [t.is_leaf for t in detach_variable((2 * x, x))]
    [True, True]
    """
    if not isinstance(inputs, tuple):
        raise RuntimeError(f"Only tuple of tensors is supported. Got Unsupported input type: {type(inputs).__name__}")
    return tuple(x.detach().requires_grad_(x.requires_grad) if isinstance(x, Tensor) else x for x in inputs)
