"""The Tensor: an array with a place in the graph, and what it means to apply a primitive to one."""

from __future__ import annotations

import warnings
import weakref
from collections.abc import Callable, Sequence
from copy import deepcopy
from typing import Any

import numpy as np

from . import dtypes, memory
from .conversion import Conversions
from .differentiation import backward
from .dtypes import float32
from .errors import explained
from .filling import Filling
from .functions.subscript import steps
from .grad_mode import state
from .graph import FusedNode, Leaf, Node
from .hooks import RETAIN, RemovableHandle
from .methods import Methods
from .ops.indexing import setitem
from .primitive import Array, Fused, Operands, Primitive, Traced
from .promotion import promoted
from .shapes import Size, as_size
from .siblings import Siblings
from .tracing import changed, noted, refuse
from .views import View

ndarray = np.ndarray
_new = object.__new__
_tick = memory.clock.__next__
exposed = memory.exposed


class Tensor(Methods, Conversions, Filling, Siblings, Traced):
    """An n-dimensional array whose history of computation can be walked backward.

    Made by `tensor`, `zeros`, `rand` …; results of operations on Tensors that require gradients know what
    made them (`grad_fn`), and `backward()` follows that to the leaves and leaves d(result)/d(leaf) in their `.grad`.

    >>> import tinygrad_lite as tl
    >>> x = tl.tensor([1.0, 2.0, 3.0], requires_grad=True)
    >>> y = (x * x).sum()
    >>> y.backward()
    >>> x.grad
    tensor([2., 4., 6.])
    """

    # _data: the array. _node: what made it, a Leaf if it is a leaf that requires a gradient, else None.
    # _view: what it is a view of, if anything. __dict__ costs nothing until a user hangs something on a Tensor.
    __slots__ = ("__dict__", "__weakref__", "_data", "_grad", "_node", "_view")

    _data: Array
    _grad: Tensor | None
    _node: Node | None
    _view: View | None

    __hash__ = object.__hash__  # by identity: == compares elements

    @staticmethod
    def _wrap(array: Array, node: Node | None = None) -> Tensor:
        """A Tensor of this very array, with `node` for its history."""
        return wrap(array, node)

    def __new__(cls, *data: Any) -> Any:
        """`Tensor(values)` in the default dtype, or `Tensor(2, 3)`, uninitialised; `tensor()` is usually meant."""
        default = dtypes.get_default_dtype()
        if len(data) == 1 and not isinstance(data[0], int):
            source = data[0]._data if isinstance(data[0], Tensor) else data[0]
            return wrap(np.array(source, dtype=default), cls=cls)
        return wrap(np.empty(data or (0,), dtype=default), cls=cls)

    # ------------------------------------------------------------------------------- what it is

    @property
    def shape(self) -> Size:
        """The length of each dimension."""
        return as_size(Size, self._data.shape)

    @property
    def dtype(self) -> np.dtype[Any]:
        """The type of the elements."""
        return self._data.dtype

    @property
    def ndim(self) -> int:
        """The number of dimensions."""
        return self._data.ndim

    @property
    def requires_grad(self) -> bool:
        """Whether gradients flow to this Tensor."""
        return self._history() is not None

    @requires_grad.setter
    def requires_grad(self, value: bool) -> None:
        self.requires_grad_(value)

    @property
    def is_leaf(self) -> bool:
        """Whether no recorded operation made this Tensor."""
        return self._history() is None or type(self._node) is Leaf

    @property
    def grad_fn(self) -> Node | None:
        """The node of the operation that made this Tensor; None for a leaf."""
        return None if self.is_leaf else self._node

    @property
    def grad(self) -> Tensor | None:
        """What `backward()` has accumulated here: on leaves, and where `retain_grad()` was called."""
        if self._grad is None and not self.is_leaf and not self.retains_grad:
            warnings.warn(
                "The .grad attribute of a Tensor that is not a leaf Tensor is being accessed. Its .grad is not kept "
                "during backward(): call .retain_grad() on it before backward(), or read the .grad of the leaf it was "
                "made from",
                UserWarning,
                stacklevel=2,
            )
        return self._grad

    @grad.setter
    def grad(self, value: Tensor | None) -> None:
        if value is not None:
            if not isinstance(value, Tensor):
                raise TypeError(f"assigned grad expected to be a Tensor or None but got a {type(value).__name__}")
            if value._data.shape != self._data.shape:
                raise RuntimeError(
                    f"assigned grad has data of a different size: the Tensor is {list(self.shape)}, the grad "
                    f"{list(value.shape)}"
                )
            if value.dtype != self.dtype:
                raise RuntimeError(
                    f"assigned grad has data of a different type: {value.dtype} for a Tensor of {self.dtype}"
                )
            refuse("a .grad is assigned")
        noted(_keep_grad, self, value)

    @grad.deleter
    def grad(self) -> None:
        self.grad = None

    @property
    def data(self) -> Tensor:
        """The same memory without the history. Unlike PyTorch's, writes to it are noticed by the graph."""
        return wrap(self._data)

    @data.setter
    def data(self, value: Tensor) -> None:
        if not isinstance(value, Tensor):
            raise TypeError(f"Tensor.data can only be set to a Tensor, not {type(value).__name__}")
        self._data = value._data
        changed()
        if type(self._node) is Leaf:
            self._node.shape, self._node.dtype = value._data.shape, value._data.dtype

    @property
    def _version(self) -> int:
        """How many times this memory was written in place."""
        return memory.version(self._data)

    # -------------------------------------------------------------------------------- its place in the graph

    def _history(self) -> Node | None:
        """The node, brought up to date where this is a view of something since written in place."""
        if self._view is not None:
            self._view.follow(self)
        return self._node

    def requires_grad_(self, requires_grad: bool = True) -> Tensor:
        """Ask for a gradient of this leaf, or stop asking; in place.

        Raises:
            RuntimeError: for a dtype that cannot have gradients, and to stop a result's gradient (use `detach()`).
        """
        if requires_grad:
            if self._history() is None:
                if self._data.dtype.kind != "f":
                    raise RuntimeError(
                        f"only Tensors of floating point dtype can require gradients, not {self.dtype}: "
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

    def detach(self) -> Tensor:
        """The same values, in the same memory, without history."""
        return wrap(self._data)

    def detach_(self) -> Tensor:
        """Forget this Tensor's own history."""
        if self._view is not None:
            raise RuntimeError("detach_: can't detach views in-place; use detach() instead")
        self._node = None
        return self

    def retain_grad(self) -> None:
        """Keep this result's gradient in `.grad` when `backward()` passes it."""
        node = self._history()
        if node is None:
            raise RuntimeError("can't retain_grad on Tensor that has requires_grad=False")
        if type(node) is Leaf:
            return
        handle = weakref.ref(self)

        def keep(g: Any) -> Any:
            if (tensor := handle()) is not None:
                gradient = g.clone() if isinstance(g, Tensor) else wrap(np.array(g))
                tensor._grad = gradient if tensor._grad is None else tensor._grad + gradient
            return g

        if node.hooks is None:
            node.hooks = {}
        node.hooks[RETAIN] = keep

    @property
    def retains_grad(self) -> bool:
        """Whether `retain_grad()` is in force on this result."""
        node = self._history()
        return node is not None and node.hooks is not None and RETAIN in node.hooks

    def register_hook(self, hook: Callable[[Tensor], Tensor | None]) -> RemovableHandle:
        """Call `hook(grad)` when this Tensor's gradient has been computed; what it returns, if anything, replaces it.

        >>> import tinygrad_lite as tl
        >>> x = tl.tensor([1.0, 2.0], requires_grad=True)
        >>> handle = x.register_hook(lambda grad: 10 * grad)
        >>> x.sum().backward()
        >>> x.grad
        tensor([10., 10.])
        >>> handle.remove()
        """
        node = self._history()
        if node is None:
            raise RuntimeError("cannot register a hook on a tensor that doesn't require gradient")

        def call(g: Any) -> Any:
            given = g if isinstance(g, Tensor) else wrap(np.array(g))
            returned = hook(given)
            if returned is not None and not isinstance(returned, Tensor):
                raise TypeError(f"a hook must return a Tensor or None, not {type(returned).__name__}")
            if returned is not None and returned._data.shape != given._data.shape:
                raise RuntimeError(
                    f"hook {getattr(hook, '__name__', hook)!s} has changed the size of value: from "
                    f"{list(given.shape)} to {list(returned.shape)}"
                )
            if returned is not None and returned.dtype != given.dtype:
                raise RuntimeError(
                    f"hook {getattr(hook, '__name__', hook)!s} has changed the type of value (was {given.dtype} "
                    f"got {returned.dtype})"
                )
            result = given if returned is None else returned
            return result if isinstance(g, Tensor) else np.array(result._data)  # the hook may hold on to it

        if node.hooks is None:
            node.hooks = {}
        handle = RemovableHandle(node.hooks)
        keep = node.hooks.pop(RETAIN, None)  # what is retained is what the hooks made of it
        node.hooks[handle.id] = call
        if keep is not None:
            node.hooks[RETAIN] = keep
        return handle

    def backward(
        self,
        gradient: Tensor | None = None,
        retain_graph: bool | None = None,
        create_graph: bool = False,
        inputs: Tensor | Sequence[Tensor] | None = None,
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

    # ------------------------------------------------------------------------------------- in-place changes

    def _relocate(self, node: Node | None) -> None:
        """Take another history, that of a new value; retain_grad is about the value, so it goes along."""
        keep = self._node.hooks.pop(RETAIN, None) if self._node is not None and self._node.hooks else None
        self._node = node
        if keep is not None and node is not None:
            node.hooks = {**(node.hooks or {}), RETAIN: keep}

    def _become(self, function: Callable[..., Any], *args: Any, **kwargs: Any) -> Tensor:
        """Take the value of `function(self, *args, **kwargs)`, in this memory: every alias sees it.

        While recording, this Tensor and whatever it is a view of also take the new value's history.
        """
        operands = (self, *args, *kwargs.values())
        recorded = state.recording and any(isinstance(x, Tensor) and x._history() is not None for x in operands)
        base = self if self._view is None else self._view.base
        if state.recording and Leaf in (type(self._node), type(base._node)):
            kind = "a leaf Variable" if self._view is None else "a view of a leaf Variable"
            raise RuntimeError(
                f"{kind} that requires grad is being used in an in-place operation. To update a parameter do it under "
                "no_grad(); to compute with the new value write x = x + 1 rather than x += 1"
            )
        if state.recording and self._node is None and base._node is not None:
            raise RuntimeError(
                "A view was created in no_grad mode and is being modified inplace with grad mode enabled: the history "
                "of what it is a view of would be wrong. Create the view, or change it, in the other mode"
            )
        # The rules of `function` may need the old value, so they get a copy of it that nobody writes to.
        old = wrap(noted(np.array, self._data), self._node) if recorded else wrap(self._data)
        new = function(old, *[old if x is self else x for x in args], **kwargs)
        if new._data.shape != self._data.shape:
            raise RuntimeError(
                f"{_name(function)}output with shape {list(self._data.shape)} doesn't match the broadcast shape "
                f"{list(new._data.shape)}: an in-place operation cannot change the shape"
            )
        if not dtypes.can_cast(new.dtype, self.dtype):
            raise RuntimeError(
                f"{_name(function)}result type {new.dtype} can't be cast to the desired output type {self.dtype}"
            )
        if not self._data.flags.writeable:
            raise RuntimeError(
                "unsupported operation: the written-to Tensor cannot be written (it was expanded, so that elements "
                "share memory, or made from a read-only array). Please clone() the tensor before performing the "
                "operation"
            )
        if recorded and self._data.dtype.kind == "f":
            if new._node is None:  # what is replaced gets no gradient
                new = setitem(old, ..., new)
            node = new.to(self.dtype)._node
            if self._view is None:
                self._relocate(node)
            else:
                self._view.rebase(self, new)
        noted(_overwrite, self._data, new._data)
        noted(memory.wrote, self._data)
        return self

    def __setitem__(self, index: Any, value: Any) -> None:
        if not isinstance(value, (Tensor, ndarray, np.generic, int, float)):
            raise TypeError(f"can't assign a {type(value).__name__} to a Tensor: a Tensor or a number is needed")
        first, second = steps(index, self._data.ndim)
        if second is None:
            self._become(lambda x, v: setitem(x, first, v), value)
        else:
            self[first][second] = value

    # ------------------------------------------------------------------------- applying primitives to Tensors

    def __primitive__(self, primitive: Primitive, args: Operands) -> Tensor:
        """Apply a primitive to the Tensors' arrays and, if a gradient may be asked for, note how it was done.

        Every operation passes here, so this is written for speed: one pass over the arguments, nothing
        built that is not kept, and the slots of the new objects filled without a call.
        """
        arrays: list[Any] = []
        parents: list[Node] = []
        key, bit, plain = 0, 1, True
        for x in args:
            if type(x) is Tensor or isinstance(x, Tensor):
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
                    x = noted(np.array, x)  # its owner may write to it while the graph needs it
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
        t: Tensor = _new(Tensor)
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

    def __fused__(self, primitive: Fused, args: Operands) -> Tensor:
        """The same for a fused operation, whose kernel says itself what its derivative needs."""
        arrays: list[Any] = []
        nodes: list[Any] = []
        for x in args:
            node = None
            if isinstance(x, Tensor):
                if x._view is not None:
                    x._view.follow(x)
                node, x = x._node, x._data
            elif isinstance(x, ndarray):
                x = noted(np.array, x)
            arrays.append(x)
            nodes.append(node)
        quietly, recording = state.mode
        try:
            out, saved = quietly(primitive.kernel, *arrays)
        except Exception as error:
            raise explained(error, primitive, arrays)  # noqa: B904
        t: Tensor = _new(Tensor)
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

    # ------------------------------------------------------------------------------------------- protocols

    def __deepcopy__(self, memo: dict[int, Any]) -> Tensor:
        if not self.is_leaf:
            raise RuntimeError(
                "Only Tensors created explicitly by the user (graph leaves) support the deepcopy protocol at the "
                "moment: copy x.detach() instead"
            )
        copy = wrap(self._data.copy(), cls=type(self))
        memo[id(self)] = copy
        copy.__dict__.update(deepcopy(self.__dict__, memo))
        if self._grad is not None:
            copy._grad = deepcopy(self._grad, memo)
        return copy.requires_grad_() if self.requires_grad else copy

    def __reduce_ex__(self, protocol: Any) -> Any:
        return _rebuilt, (type(self), self._data, self.requires_grad, self.__dict__)


def _keep_grad(t: Tensor, grad: Tensor | None) -> None:
    t._grad = grad


def _overwrite(array: Array, values: Array) -> None:
    np.copyto(array, values, casting="unsafe")


def _name(function: Callable[..., Any]) -> str:
    """How an error of the in-place form of a function begins."""
    name = getattr(function, "name", None) or function.__name__
    return "" if name == "<lambda>" else f"{name}_: "


def _rebuilt(cls: type[Tensor], array: Array, requires_grad: bool, attributes: dict[str, Any]) -> Tensor:
    t = wrap(array, cls=cls)
    t.__dict__.update(attributes)
    return t.requires_grad_() if requires_grad else t


def wrap(array: Array, node: Node | None = None, cls: type[Tensor] = Tensor) -> Tensor:
    """A Tensor of this very array, with `node` for its history."""
    t: Tensor = _new(cls)
    t._data = array
    t._node = node
    t._grad = t._view = None
    return t
