"""The Tensor: an array with a place in the graph, and what it means to apply a primitive to one."""

from __future__ import annotations

import warnings
import weakref
from collections.abc import Callable
from copy import deepcopy
from typing import Any

import numpy as np

from ..core import versions as memory
from ..core.array_functions import array_function, copied
from ..core.graph import Leaf
from ..core.handles import RETAIN, RemovableHandle
from ..core.modes import state
from ..core.primitive import Array
from ..core.tensor import TensorBase, make_results, wrap
from ..functions.subscript import steps
from ..ops.indexing import put_view, setitem
from ..types import dtypes
from ..types.sizes import Size, as_size
from .conversion import Conversions
from .in_place import Filling
from .methods import Methods
from .new_like import Siblings

ndarray = np.ndarray


class Tensor(Methods, Conversions, Filling, Siblings, TensorBase):
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

    __slots__ = ()

    __hash__ = object.__hash__  # by identity: == compares elements

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
        set_grad(self, value)

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
        self._set_data(value._data)

    @property
    def _version(self) -> int:
        """How many times this memory was written in place."""
        return memory.version(self._data)

    # -------------------------------------------------------------------------------- its place in the graph

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

    # ------------------------------------------------------------------------------------- in-place changes

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
        old = wrap(copied(self._data), self._node) if recorded else wrap(self._data)
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
                _rebase(self, new)
        memory.write(_overwrite, self._data, new._data)
        return self

    def __setitem__(self, index: Any, value: Any) -> None:
        if not isinstance(value, (Tensor, ndarray, np.generic, int, float)):
            raise TypeError(f"can't assign a {type(value).__name__} to a Tensor: a Tensor or a number is needed")
        first, second = steps(index, self._data.ndim)
        if second is None:
            self._become(lambda x, v: setitem(x, first, v), value)
        else:
            self[first][second] = value

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


@array_function
def set_grad(t: Tensor, grad: Tensor | None) -> None:
    """Let a Tensor have another gradient, or none."""
    t._grad = grad


def _rebase(view: Tensor, new: Tensor) -> None:
    """A view is being overwritten by `new`: that becomes the history of what it is a view of."""
    place: Any = view._view
    base = place.base
    old = wrap(copied(base._data), base._node)
    base._relocate(put_view(old, new, place.steps())._node)
    place.follow(view)


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


make_results(Tensor)
