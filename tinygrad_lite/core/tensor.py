"""The Tensor, reduced to what differentiation needs: an array, its place in the graph, and the gradient it got.

To apply a primitive to Tensors means: compute the result with their arrays and, if a gradient may be asked for, add a
node to the graph (`__primitive__`). `backward` finds where the backward pass begins, lets `graph.walk` run it, and adds
what arrives at the leaves to their `.grad`. The class that users see, with all its methods, is a subclass of
`TensorBase`, which registers itself by `make_results` and is then the class of every result.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from operator import attrgetter
from typing import Any

import numpy as np

from . import errors, versions
from .array_functions import copied
from .edge import cast, clone
from .graph import ON_ARRAYS, Leaf, Node, walk
from .handles import RETAIN
from .higher_order import OnTensors
from .modes import call_in_mode, in_force, thread
from .nesting import LEVELS, call_in_thread
from .node_hooks import use
from .primitive import Array, Operands, Primitive, Traced
from .promotion import float16, float32, promoted
from .tracing import changed, graph_break
from .views import INFERENCE, View, is_inference, refuse_saved

ndarray = np.ndarray
exposed = versions.exposed
_new, _next_number = object.__new__, versions.clock.__next__


def wrap(array: Array, node: Node | None = None, cls: Any = None) -> Any:
    """A Tensor of this very array, with `node` for its history."""
    t: Any = _new(cls or _result_class)
    t._data = array
    t._node = node
    t._grad = t._view = None
    return t


class TensorBase(Traced):
    """An array with a place in the graph.

    Attributes:
        _data: the array.
        _node: the node of what made it; a `Leaf` for a leaf that requires a gradient; else None.
        _grad, _view: the Tensor that is its `.grad`, and what it is a view of, or None.
    """

    # __dict__ costs nothing until a user sets an attribute of a Tensor.
    __slots__ = ("__dict__", "__weakref__", "_data", "_grad", "_node", "_view")

    _data: Array
    _grad: Any
    _node: Node | None
    _view: View | None

    _wrap = staticmethod(wrap)
    is_sparse = False

    shape = property(attrgetter("_data.shape"))
    dtype: Any = property(attrgetter("_data.dtype"))
    ndim: Any = property(attrgetter("_data.ndim"))

    def _read(self, reason: str = "a Tensor's values are read by Python") -> Array:
        """The array, for Python to look at its values: what is then decided cannot be part of a compiled program."""
        graph_break(reason)
        return self._data

    def _set_data(self, array: Array) -> None:
        """Take another array, which may be of another shape and dtype; the history stays."""
        self._data = array
        changed()
        if type(self._node) is Leaf:
            self._node.shape, self._node.dtype = array.shape, array.dtype

    # ------------------------------------------------------------------------------- its place in the graph

    def _history(self) -> Node | None:
        """The node; brought up to date first, if this is a view of a Tensor that was written to in place."""
        if self._view is not None:
            self._view.follow(self)
        return self._node

    def _relocate(self, node: Node | None) -> None:
        """Replace the node after an in-place change, and keep what `retain_grad` asked for."""
        keep = self._node.hooks.pop(RETAIN, None) if self._node is not None and self._node.hooks else None
        self._node = node
        if keep is not None and node is not None:
            node.hooks = {**(node.hooks or {}), RETAIN: keep}

    @property
    def requires_grad(self) -> bool:
        """True if gradients flow to this Tensor."""
        return self._history() is not None

    @requires_grad.setter
    def requires_grad(self, value: bool) -> None:
        self.requires_grad_(value)

    def requires_grad_(self, requires_grad: bool = True) -> Any:
        """Ask for a gradient of this leaf, or stop asking; in place.

        Raises:
            RuntimeError: for a dtype that cannot have gradients, and to stop a result's gradient (use `detach()`).
        """
        node = self._history()
        if requires_grad and node is None:
            if is_inference(self) and not in_force(thread).mode[2]:
                raise errors.inference_leaf()
            if self._data.dtype.kind != "f":
                raise errors.not_floating(self._data.dtype)
            self._node = Leaf(self, self._data)
            changed()
        elif not requires_grad:
            if not self.is_leaf:
                raise errors.not_a_leaf()
            self._node = None
            changed()
        return self

    @property
    def is_leaf(self) -> bool:
        """True if no recorded operation made this Tensor."""
        return self._history() is None or type(self._node) is Leaf

    def detach(self) -> Any:
        """The same values, in the same memory, without history."""
        t = wrap(self._data)
        t._view = INFERENCE if is_inference(self) else None
        return t

    def backward(
        self, gradient: Any = None, retain_graph: bool | None = None, create_graph: bool = False, inputs: Any = None
    ) -> None:
        """Add the derivative of this Tensor to the `.grad` of the leaves that it was made from."""
        backward(self, gradient, retain_graph, create_graph, inputs=inputs)

    def __primitive__(self, primitive: Primitive, args: Operands) -> Any:
        """Apply a primitive to the Tensors' arrays and, if a gradient may be asked for, record how it was done.

        Every operation passes here, so this is written for speed: one pass over the arguments, nothing built that is
        not kept, and the slots of the new objects filled without a call.
        """
        arrays: list[Any] = []
        parents: list[Node] = []
        key, bit, plain, half, from_inference = 0, 1, True, False, False  # bits of key: arguments that need gradients
        for x in args:
            if type(x) is _result_class or isinstance(x, TensorBase):
                if x._view is not None:
                    from_inference |= x._view.follow(x)
                if x._node is not None:
                    parents.append(x._node)
                    key += bit
                x = x._data
                if x.dtype is not float32:
                    plain, half = False, half or x.dtype is float16
            elif type(x) is not float and type(x) is not int:
                plain = False
                if isinstance(x, ndarray):
                    x = copied(x)  # its owner may write to it while the graph needs it
            bit += bit
            arrays.append(x)
        if half or (not plain and primitive.promotion is not None):
            result = promoted(primitive, args, half)
            if result is not None:
                return result
        run, is_recording, inference = in_force(thread).mode
        try:
            out = run(primitive.kernel, *arrays)
        except Exception as error:
            if (take_over := getattr(error, "take_over", None)) is not None:
                return take_over(primitive, args)  # another reader does it in its own way, as `func.vmap` does
            raise errors.explained(error, primitive, arrays)  # noqa: B904  # explained() sets the cause
        if type(out) is not ndarray:
            if type(out) is tuple:  # a fused primitive returns, beside the result, what its derivative needs
                arrays.append(out[1])
                out = out[0]
            out = np.asarray(out)
        if primitive.reorders and not out.flags.c_contiguous:
            out = np.ascontiguousarray(out)  # PyTorch's results are in order, and so can be viewed
        t: Any = _new(_result_class)
        t._data = out
        t._node = t._grad = None
        t._view = INFERENCE if inference else None
        if parents and is_recording and not inference and (plan := primitive.plans[key + bit]) is not None:
            t._node = node = _new(Node)
            node.number = _next_number()
            node.primitive = primitive
            node.parents = parents
            node.plan = plan
            node.saved = plan.pick((out, *arrays)) if plan.pick is not None else ()
            node.shape = out.shape
            node.dtype = out.dtype
            node.hooks = node.checksums = None
            if exposed and plan.needs_arrays is not False:
                node.protect(arrays)
            if from_inference:
                refuse_saved(args, node.arrays())
        if primitive.view and versions.have_one_owner(out, arrays[0]):
            t._view = View(args[0], (primitive, args[1:]), inference)
        return t


_result_class: type[TensorBase] = TensorBase


def make_results(cls: type[TensorBase]) -> None:
    """Let the results of operations be of this class."""
    global _result_class
    _result_class = cls


def backward(tensors: Any, gradients: Any, retain_graph: bool | None, create_graph: bool, inputs: Any = None) -> None:
    """Add the sum of the tensors' derivatives, each weighted by its gradient, to the `.grad` of leaves or `inputs`."""
    targets = None if inputs is None else as_list(inputs)
    if targets == []:
        raise RuntimeError("`inputs` argument to `backward()` cannot be empty.")
    roots = roots_of(tensors, gradients, create_graph)
    wanted = None if targets is None else {node_of(x): x for x in targets}
    for x in targets or ():
        x.retain_grad()  # so that a result among them gets its gradient too
    if create_graph:
        errors.warn_of_cycle()
    found = differentiate(roots, wanted, retain_graph, create_graph)
    reached: dict[Any, Any] = {}
    for node, g in found.items():
        tensor = wanted[node] if wanted is not None else node.variable
        if tensor is not None and tensor.is_leaf and tensor.requires_grad:  # others got theirs from `retain_grad`
            reached[tensor] = g
    add_to = use.accumulation(accumulate_grad, tuple(reached)) if use.begun else accumulate_grad
    (in_force(thread).tracer or ON_ARRAYS).call(add_to, tuple(reached), tuple(reached.values()))


def differentiate(
    roots: list[tuple[Node, Any]], wanted: Any, retain_graph: bool | None, create_graph: bool
) -> dict[Node, Any]:
    """The gradients of the wanted nodes, or of all leaves that the roots were made from."""
    reading = OnTensors(wrap) if create_graph else in_force(thread).tracer or ON_ARRAYS
    retain_graph = create_graph if retain_graph is None else retain_graph
    depth = in_force(thread).depth + 1  # users' functions, which the walk may call, may call backward() again
    call = call_in_mode if depth % LEVELS else call_in_thread
    return call(reading.records, walk, roots, wanted, retain_graph, reading, quiet=True, depth=depth)


def as_list(values: Any) -> list[Any]:
    """The Tensors given alone or in any iterable. Anything else stays one value, which a check then names."""
    alone = isinstance(values, (Traced, ndarray, str)) or not isinstance(values, Iterable)
    return [values] if alone else list(values)


def node_of(x: Any) -> Node:
    """The node of a Tensor to differentiate by."""
    if not isinstance(x, TensorBase):
        raise errors.not_differentiable(x)
    if (node := x._history()) is None:
        raise errors.not_required(x.shape)
    return node


def roots_of(tensors: Any, grad_tensors: Any, create_graph: bool) -> list[tuple[Node, Any]]:
    """The start of the walk: each output's node with the gradient that it starts from."""
    outputs = as_list(tensors)
    gradients = [None] * len(outputs) if grad_tensors is None else as_list(grad_tensors)
    for g in gradients:
        if g is not None and not isinstance(g, TensorBase):
            raise TypeError(f"gradients can be either Tensors or None, but got {type(g).__name__}")
    if len(outputs) != len(gradients):
        raise RuntimeError(f"got {len(outputs)} tensors and {len(gradients)} gradients")
    roots: list[tuple[Node, Any]] = []
    for i, (y, g) in enumerate(zip(outputs, gradients, strict=True)):
        if not isinstance(y, TensorBase):
            raise errors.not_an_output(i, y)
        if (node := y._history()) is None:
            raise errors.no_history(i)
        if g is None:
            if y._data.size != 1:
                raise errors.not_scalar(y.shape)
            g = wrap(in_force(thread).mode[0](np.ones, y._data.shape, y._data.dtype))
        elif g._data.shape != y._data.shape:
            raise errors.mismatched(i, g.shape, y.shape)
        if g.dtype != y.dtype:
            g = cast(g, y.dtype)
        roots.append((node, g if create_graph else g._data))
    return roots


def accumulate_grad(tensors: Sequence[Any], gradients: Sequence[Any]) -> None:
    """Add gradients to `.grad`, in its own memory, unless that has a history or cannot be written to."""
    versions.in_turn(_accumulate, tensors, gradients)  # NumPy lets other threads go on while it adds


def _accumulate(tensors: Sequence[Any], gradients: Sequence[Any]) -> None:
    for tensor, g in zip(tensors, gradients, strict=True):
        held = tensor._grad
        if not isinstance(g, ndarray):
            tensor._grad = call_in_mode(True, clone, g) if held is None else call_in_mode(True, g._added_to, held)
        elif held is None:
            tensor._grad = wrap(g)
        elif held.is_sparse or held._history() is not None or not held._data.flags.writeable:
            tensor._grad = wrap(g) + held.detach()
        else:
            held._data += g
            versions.note((held._data,))
