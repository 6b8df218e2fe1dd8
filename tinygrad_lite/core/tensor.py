"""The Tensor, reduced to what differentiation needs: an array, its place in the graph, and the gradient it got.

Applying a primitive to Tensors computes the result and, if a gradient may be asked for, adds a node to the graph
(`__primitive__`, `__fused__`). `backward` finds where the backward pass begins, lets `graph.walk` run it, and adds what
arrives at the leaves to their `.grad`. The class that users see, with all its methods, is a subclass of `TensorBase`,
which registers itself by `make_results` and is then the class of every result.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from . import versions as memory
from .array_functions import copied, creation
from .edge import cast, clone
from .errors import explained
from .graph import FusedNode, Leaf, Node, walk
from .handles import RETAIN
from .modes import recording, state
from .primitive import Array, Fused, Operands, Primitive, Traced
from .promotion import promoted
from .tracing import changed, graph_break, recorded
from .views import View

ndarray = np.ndarray
float32 = np.dtype(np.float32)
_new = object.__new__
_tick = memory.clock.__next__
exposed = memory.exposed


class TensorBase(Traced):
    """An array with a place in the graph."""

    # _data: the array. _node: what made it, a Leaf if it is a leaf that requires a gradient, else None.
    # _view: what it is a view of, if anything. __dict__ costs nothing until a user hangs something on a Tensor.
    __slots__ = ("__dict__", "__weakref__", "_data", "_grad", "_node", "_view")

    _data: Array
    _grad: Any
    _node: Node | None
    _view: View | None

    @staticmethod
    def _wrap(array: Array, node: Node | None = None) -> Any:
        """A Tensor of this very array, with `node` for its history."""
        return wrap(array, node)

    @property
    def shape(self) -> tuple[int, ...]:
        """The length of each dimension."""
        return self._data.shape

    @property
    def dtype(self) -> np.dtype[Any]:
        """The type of the elements."""
        return self._data.dtype

    @property
    def ndim(self) -> int:
        """The number of dimensions."""
        return self._data.ndim

    def _read(self, reason: str = "a Tensor's values are read by Python") -> Array:
        """The array, for Python to look at: what is then decided by its values can be no part of a program."""
        graph_break(reason)
        return self._data

    def _set_data(self, array: Array) -> None:
        """Take another array, which may be of another shape and dtype; the history stays."""
        self._data = array
        changed()
        if type(self._node) is Leaf:
            self._node.shape, self._node.dtype = array.shape, array.dtype

    def _history(self) -> Node | None:
        """The node, brought up to date where this is a view of something since written in place."""
        if self._view is not None:
            self._view.follow(self)
        return self._node

    @property
    def requires_grad(self) -> bool:
        """Whether gradients flow to this Tensor."""
        return self._history() is not None

    @requires_grad.setter
    def requires_grad(self, value: bool) -> None:
        self.requires_grad_(value)

    def requires_grad_(self, requires_grad: bool = True) -> Any:
        """Ask for a gradient of this leaf, or stop asking; in place.

        Raises:
            RuntimeError: for a dtype that cannot have gradients, and to stop a result's gradient (use `detach()`).
        """
        if requires_grad:
            if self._history() is None:
                if self._data.dtype.kind != "f":
                    raise RuntimeError(
                        f"only Tensors of floating point dtype can require gradients, not {self._data.dtype}: "
                        "write the values with a point (1. for 1), or pass dtype=float32"
                    )
                self._node = Leaf(self, self._data)
                changed()
        elif not self.is_leaf:
            raise RuntimeError(
                "you can only change requires_grad flags of leaf variables. To use a computed variable in a part of "
                "the graph that needs no gradient, use x.detach()"
            )
        else:
            self._node = None
            changed()
        return self

    @property
    def is_leaf(self) -> bool:
        """Whether no recorded operation made this Tensor."""
        return self._history() is None or type(self._node) is Leaf

    @property
    def grad_fn(self) -> Node | None:
        """The node of the operation that made this Tensor; None for a leaf."""
        return None if self.is_leaf else self._node

    def detach(self) -> Any:
        """The same values, in the same memory, without history."""
        return wrap(self._data)

    def backward(
        self,
        gradient: Any = None,
        retain_graph: bool | None = None,
        create_graph: bool = False,
        inputs: Any = None,
    ) -> None:
        """Add the derivative of this Tensor to the `.grad` of the leaves that it was made from.

        Args:
            gradient: d(objective)/d(this), of this shape; may be left out if there is one element, and is then 1.
            retain_graph: keep what the graph saved, for another backward; by default as `create_graph`.
            create_graph: record the derivation too, so that the gradients can be differentiated again.
            inputs: accumulate into these Tensors only.

        Raises:
            RuntimeError: if nothing here requires a gradient, several elements have no `gradient`, the graph was
                freed by an earlier backward, or a saved array was changed in place.
        """
        backward(self, gradient, retain_graph, create_graph, inputs=inputs)

    def _relocate(self, node: Node | None) -> None:
        """Take another history, that of a new value; retain_grad is about the value, so it goes along."""
        keep = self._node.hooks.pop(RETAIN, None) if self._node is not None and self._node.hooks else None
        self._node = node
        if keep is not None and node is not None:
            node.hooks = {**(node.hooks or {}), RETAIN: keep}

    def __primitive__(self, primitive: Primitive, args: Operands) -> Any:
        """Apply a primitive to the Tensors' arrays and, if a gradient may be asked for, note how it was done.

        Every operation passes here, so this is written for speed: one pass over the arguments, nothing
        built that is not kept, and the slots of the new objects filled without a call.
        """
        arrays: list[Any] = []
        parents: list[Node] = []
        key, bit, plain = 0, 1, True
        for x in args:
            if type(x) is _result_class or isinstance(x, TensorBase):
                if x._view is not None:
                    x._view.follow(x)
                if x._node is not None:
                    parents.append(x._node)
                    key += bit
                x = x._data
                if x.dtype is not float32:
                    plain = False
            elif type(x) is not float and type(x) is not int:
                plain = False
                if isinstance(x, ndarray):
                    x = copied(x)  # its owner may write to it while the graph needs it
            bit += bit
            arrays.append(x)
        if not plain and primitive.promotion is not None:
            conformed = promoted(primitive, args)
            if conformed is not args:
                return self.__primitive__(primitive, conformed)
        quietly, recording = state.mode
        try:
            out = quietly(primitive.forward, *arrays)
        except Exception as error:
            raise explained(error, primitive, arrays)  # noqa: B904
        if type(out) is not ndarray:
            out = np.asarray(out)
        if primitive.promotion is None and not primitive.view and not out.flags.c_contiguous:
            out = np.ascontiguousarray(out)  # NumPy may keep an argument's order; PyTorch's results can be viewed
        t: Any = _new(_result_class)
        t._data = out
        t._node = t._grad = t._view = None
        if parents and recording and (plan := primitive.plans[key + bit]) is not None:
            t._node = node = _new(Node)
            node.number = _tick()
            node.primitive = primitive
            node.parents = parents
            node.plan = plan
            node.saved = plan.pick((out, *arrays)) if plan.pick is not None else ()
            node.shape = out.shape
            node.dtype = out.dtype
            node.hooks = node.seals = None
            if exposed:
                node.seal(arrays)
        if primitive.view and memory.owner(out) is memory.owner(arrays[0]):
            t._view = View(args[0], (primitive, args[1:]))
        return t

    def __fused__(self, primitive: Fused, args: Operands) -> Any:
        """The same for a fused operation, whose kernel says itself what its derivative needs."""
        arrays: list[Any] = []
        nodes: list[Any] = []
        for x in args:
            node = None
            if isinstance(x, TensorBase):
                if x._view is not None:
                    x._view.follow(x)
                node, x = x._node, x._data
            elif isinstance(x, ndarray):
                x = copied(x)
            arrays.append(x)
            nodes.append(node)
        quietly, recording = state.mode
        try:
            out, saved = quietly(primitive.kernel, *arrays)
        except Exception as error:
            raise explained(error, primitive, arrays)  # noqa: B904
        t: Any = _new(_result_class)
        t._data = out
        t._node = t._grad = t._view = None
        del nodes[primitive.differentiable :]
        if recording and (parents := [n for n in nodes if n is not None]):
            t._node = node = _new(FusedNode)
            node.number = _tick()
            node.primitive = primitive
            node.parents = parents
            node.saved = (arrays, saved, [n is not None for n in nodes])
            node.shape = out.shape
            node.dtype = out.dtype
            node.hooks = node.seals = None
            if exposed:
                node.seal(arrays)
        return t


def wrap(array: Array, node: Node | None = None, cls: Any = None) -> Any:
    """A Tensor of this very array, with `node` for its history."""
    t: Any = _new(cls or _result_class)
    t._data = array
    t._node = node
    t._grad = t._view = None
    return t


_result_class: type[TensorBase] = TensorBase


def make_results(cls: type[TensorBase]) -> None:
    """Let the results of operations be of this class."""
    global _result_class
    _result_class = cls


Tensor = Any


def backward(
    tensors: Tensor | Sequence[Tensor],
    grad_tensors: Tensor | Sequence[Tensor | None] | None = None,
    retain_graph: bool | None = None,
    create_graph: bool = False,
    inputs: Tensor | Sequence[Tensor] | None = None,
) -> None:
    """Add the sum of the tensors' derivatives, each weighted by its gradient, to the `.grad` of the leaves.

    Args:
        tensors: what to differentiate.
        grad_tensors: for each its gradient, of the same shape; None for 1, if it has one element.
        retain_graph: keep what the graph saved, for another walk; by default as `create_graph`.
        create_graph: record the derivation, so that the gradients can be differentiated again.
        inputs: accumulate into these only, leaves or not.

    >>> import tinygrad_lite as tl
    >>> x = tl.tensor(3.0, requires_grad=True)
    >>> tl.autograd.backward([x * x, 2 * x])
    >>> x.grad
    tensor(8.)
    """
    outputs = _listed(tensors)
    wanted = None
    if inputs is not None:
        targets = _listed(inputs)
        if not targets:
            raise RuntimeError("`inputs` argument to `backward()` cannot be empty.")
        wanted = {_differentiable(x): x for x in targets}
        for x in targets:
            x.retain_grad()  # so that a result among them gets its gradient too
    roots = _roots(outputs, [None] * len(outputs) if grad_tensors is None else _listed(grad_tensors), create_graph)
    retain = create_graph if retain_graph is None else retain_graph
    found = walk(roots, wanted=wanted, retain_graph=retain, lift=outputs[0]._wrap if create_graph else None)
    reached: dict[Any, Any] = {}
    for node, g in found.items():
        tensor = wanted[node] if wanted is not None else node.variable  # type: ignore[attr-defined]
        if tensor is not None and tensor.is_leaf:  # a result retains it: the walk has left it there
            reached[tensor] = g
    recorded(_accumulate_grad, tuple(reached), tuple(reached.values()))


def _listed(values: Any) -> list[Any]:
    """The Tensors given alone or in any iterable. What is neither stays one value, for a check to name it."""
    alone = isinstance(values, (Traced, np.ndarray, str)) or not isinstance(values, Iterable)
    return [values] if alone else list(values)


def _is_tensor(x: Any) -> bool:
    return isinstance(x, Traced)


def _differentiable(x: Tensor) -> Node:
    if not _is_tensor(x):
        raise RuntimeError(
            f"all inputs have to be Tensors or GradientEdges, but got {type(x).__name__}: differentiate by the Tensors "
            "that the outputs were computed from"
        )
    node = x._history()
    if node is None:
        raise RuntimeError("One of the differentiated Tensors does not require grad")
    return node


def _roots(outputs: list[Tensor], gradients: list[Tensor | None], create_graph: bool) -> list[tuple[Node, Any]]:
    """Where the walk begins: each output's node with the gradient it starts from."""
    for g in gradients:
        if g is not None and not _is_tensor(g):
            raise TypeError(f"gradients can be either Tensors or None, but got {type(g).__name__}")
    if len(outputs) != len(gradients):
        raise RuntimeError(f"got {len(outputs)} tensors and {len(gradients)} gradients")
    roots: list[tuple[Node, Any]] = []
    for i, (y, g) in enumerate(zip(outputs, gradients, strict=True)):
        if not _is_tensor(y):
            raise AssertionError(
                f"Expected output to be a torch.Tensor, but output {i} is a {type(y).__name__}: compute the outputs "
                "from Tensors that require gradients"
            )
        node = y._history()
        if node is None:
            raise RuntimeError(
                f"element {i} of tensors does not require grad and does not have a grad_fn: nothing that it was "
                "computed from has requires_grad=True (or it was computed under no_grad, or detached)"
            )
        if g is None:
            if y._data.size != 1:
                raise RuntimeError(
                    f"grad can be implicitly created only for scalar outputs: this one has the shape {list(y.shape)}. "
                    "Reduce it first (y.sum().backward()), or pass its gradient (y.backward(ones_like(y)))"
                )
            g = y._wrap(_ones(y._data.shape, y._data.dtype))
        elif g._data.shape != y._data.shape:
            raise RuntimeError(
                f"Mismatch in shape: grad_output[{i}] has a shape of {list(g.shape)} and output[{i}] has a shape of "
                f"{list(y.shape)}."
            )
        if g.dtype != y.dtype:
            g = cast(g, y.dtype)
        roots.append((node, g if create_graph else g._data))
    return roots


_ones = creation(np.ones)


def _accumulate_grad(tensors: Sequence[Tensor], gradients: Sequence[Any]) -> None:
    """Add gradients to `.grad`: in the memory that is there, unless someone may differentiate through it."""
    for tensor, g in zip(tensors, gradients, strict=True):
        held = tensor._grad
        if held is None and not isinstance(g, Traced):
            tensor._grad = tensor._wrap(g)
        elif isinstance(g, Traced):
            with recording(True):
                tensor._grad = clone(g) if held is None else held + g
        elif held._history() is not None or not held._data.flags.writeable:
            tensor._grad = held.detach() + held._wrap(g)
        else:
            held._data += g
            memory.wrote(held._data)
