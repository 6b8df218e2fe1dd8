"""Methods that change the shape or the memory of a Tensor in place, or go through its elements in Python."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from ..core import errors
from ..core import versions as memory
from ..core.argument_types import wrong_type
from ..core.array_functions import copied
from ..core.graph import Leaf
from ..core.modes import in_force, thread
from ..core.tensor import TensorBase, wrap
from ..core.tracing import graph_break
from ..core.views import INFERENCE, is_inference
from ..functions import exponential, reshaping, strided
from ..functions.arguments import int_tuple
from ..functions.out_argument import dtype_word
from ..types import dtypes
from ..types.annotations import Tensor
from .in_place import check_recordable, write_in_place
from .layout import WHERE


def relaid(x: Tensor, function: Callable[..., Any], *args: Any, **kwargs: Any) -> Tensor:
    """Let x take the shape of a view of it that a function makes, and the history.

    x is a view from then on, of a Tensor that nobody has: so earlier views of x are still what they were.
    """
    recording = in_force(thread).recording
    if recording:
        check_recordable(x, x._history() is not None)
    if is_inference(x) and not in_force(thread).mode[2]:
        raise errors.inference_written()
    hidden = wrap(x._data, x._node)
    hidden._view = x._view
    new = function(hidden, *args, **kwargs)
    if type(x._node) is Leaf:  # only outside of recording
        x._set_data(new._data)
    elif new is not hidden:
        x._set_data(new._data)
        x._relocate(new._node)
        x._view = new._view
    return x


def _method(function: Callable[..., Any]) -> Callable[..., Any]:
    """The method that changes the shape of a Tensor as a function does that makes a view."""

    def method(self: Tensor, *args: Any, **kwargs: Any) -> Tensor:
        return relaid(self, function, *args, **kwargs)

    name = function.__name__
    method.__name__ = method.__qualname__ = f"{name}_"
    method.__doc__ = f"`{name}` in place: this Tensor takes the shape and the history of the view."
    method.__wrapped__ = function  # type: ignore[attr-defined]  # its signature is that of the method
    return method


squeeze_, unsqueeze_, t_ = _method(reshaping.squeeze), _method(reshaping.unsqueeze), _method(reshaping.t)
transpose_, as_strided_ = _method(reshaping.transpose), _method(strided.as_strided)


def resize_(self: Tensor, *sizes: int, memory_format: Any = None) -> Tensor:
    """Give this Tensor another shape: the first elements stay, and further ones are uninitialised.

    If there is not enough memory it gets new one, which other Tensors do not share.

    Args:
        sizes: the length of each dimension, one by one or in a tuple.
        memory_format: has no effect.

    Raises:
        RuntimeError: for a Tensor that requires a gradient.

    >>> import tinygrad_lite as tl
    >>> tl.arange(6).resize_(2, 2)
    tensor([[0, 1],
            [2, 3]])
    """
    shape = int_tuple(sizes, "resize_")
    if self.requires_grad:
        raise RuntimeError("cannot resize variables that require grad: make a new Tensor, or use reshape")
    graph_break("the shape of a Tensor is changed in place")
    array, count = self._data, int(np.prod(shape))
    root = memory.owner(array)
    start = array.__array_interface__["data"][0] - root.__array_interface__["data"][0]
    if start + count * array.itemsize <= root.nbytes:
        self._set_data(np.ndarray(shape, array.dtype, root, start))
    else:
        larger = np.empty(shape, array.dtype)
        larger.reshape(-1)[: array.size] = array.reshape(-1)
        self._set_data(larger)
        self._view = INFERENCE if is_inference(self) else None
    return self


def resize_as_(self: Tensor, other: Tensor) -> Tensor:
    """Give this Tensor the shape of another, as `resize_`.

    Raises:
        RuntimeError: for a Tensor that requires a gradient.

    >>> import tinygrad_lite as tl
    >>> tl.arange(4).resize_as_(tl.zeros(2, 2)).shape
    Size([2, 2])
    """
    return resize_(self, *other._data.shape)


def float_power_(self: Tensor, exponent: Tensor | float) -> Tensor:
    """`float_power` in place, for Tensors of float64, in which it computes.

    Args:
        exponent: a number, or a Tensor that is broadcast.

    Raises:
        RuntimeError: for another dtype.

    >>> import tinygrad_lite as tl
    >>> tl.tensor([1.0, 2.0], dtype=tl.float64).float_power_(2)
    tensor([1., 4.], dtype=float64)
    """
    if self.dtype != dtypes.float64:
        raise RuntimeError(
            f"the base given to float_power_ has dtype {dtype_word(self.dtype)} but the operation's result requires "
            "dtype Double"
        )
    return write_in_place(self, exponential.float_power, exponent)


def set_(self: Tensor, source: Tensor) -> Tensor:
    """Let this Tensor look into the memory of another, and take its shape.

    Raises:
        RuntimeError: for another dtype, and for a leaf that requires a gradient.

    >>> import tinygrad_lite as tl
    >>> x, y = tl.zeros(2), tl.ones(3)
    >>> x.set_(y).add_(1)
    tensor([2., 2., 2.])
    >>> y
    tensor([2., 2., 2.])
    """
    if source.dtype != self.dtype:
        raise RuntimeError(
            f"Could not set tensor of type {source.dtype} to a tensor of type {self.dtype}: set_ does not convert"
        )
    if in_force(thread).recording and self._history() is not None:
        raise RuntimeError("a leaf Variable that requires grad is being used in an in-place operation: set_")
    graph_break("the memory of a Tensor is exchanged")
    self._set_data(source._data)
    self._view = source._view
    return self


def _refuse_history(x: Tensor, name: str) -> None:
    if x.requires_grad:
        raise RuntimeError(f"Can't call {name}() on Variable that requires grad. Use var.detach().{name}() instead.")


def _go_through(x: Tensor, function: Callable[..., Any], *others: Tensor) -> Tensor:
    arrays = [copied(y._read("a function of Python is called with each element")) for y in (x, *others)]
    values = [function(*each) for each in zip(*(a.reshape(-1).tolist() for a in arrays), strict=True)]
    found = np.array(values, object).reshape(x._data.shape).astype(x._data.dtype)
    memory.write(np.copyto, x._data, found)
    return x


def apply_(self: Tensor, callable: Callable[[Any], Any]) -> Tensor:
    """Replace each element by what a function of Python makes of it. This is slow.

    Args:
        callable: takes a number and returns one.

    Raises:
        RuntimeError: for a Tensor that requires a gradient.

    >>> import tinygrad_lite as tl
    >>> tl.tensor([1.0, 2.0]).apply_(lambda v: v + 1)
    tensor([2., 3.])
    """
    _refuse_history(self, "apply_")
    return _go_through(self, callable)


def map_(self: Tensor, tensor: Tensor, callable: Callable[[Any, Any], Any]) -> Tensor:
    """Replace each element by what a function of Python makes of it and of that of another Tensor.

    Args:
        tensor: of the same dtype, broadcast to the shape of this one.
        callable: takes two numbers and returns one.

    Raises:
        RuntimeError: for a Tensor that requires a gradient.

    >>> import tinygrad_lite as tl
    >>> tl.tensor([1.0, 2.0]).map_(tl.tensor([10.0, 20.0]), lambda a, b: a + b)
    tensor([11., 22.])
    """
    _refuse_history(self, "map_")
    return _go_through(self, callable, reshaping.broadcast_to(tensor.detach(), self._data.shape))


def dim_order(self: Tensor) -> tuple[int, ...]:
    """The dimensions in the order in which they lie in memory, the slowest one first.

    >>> import tinygrad_lite as tl
    >>> tl.zeros(2, 3).dim_order(), tl.zeros(2, 3).T.dim_order()
    ((0, 1), (1, 0))
    """
    return tuple(sorted(range(self._data.ndim), key=lambda d: -self._data.strides[d]))


def is_set_to(self: Tensor, tensor: Tensor) -> bool:
    """Tell whether another Tensor has the same memory, shape and strides.

    >>> import tinygrad_lite as tl
    >>> x = tl.zeros(2)
    >>> x.is_set_to(x.detach()), x.is_set_to(x.clone())
    (True, False)
    """
    if not isinstance(tensor, TensorBase):
        raise wrong_type("is_set_to", "tensor", 1, "Tensor", tensor)
    ours, theirs = self._read(WHERE).__array_interface__, tensor._data.__array_interface__
    return (
        ours["data"] == theirs["data"]
        and self._data.shape == tensor._data.shape
        and (self._data.strides == tensor._data.strides)
    )


def new_empty_strided(
    self: Tensor,
    size: Sequence[int],
    stride: Sequence[int],
    dtype: Any = None,
    device: Any = None,
    requires_grad: bool = False,
) -> Tensor:
    """An uninitialised Tensor of a shape and strides, in the dtype of this one unless another is given.

    Args:
        size: the length of each dimension.
        stride: how many elements it is in memory from one index to the next.
        dtype: the dtype.
        device: there is only the CPU.
        requires_grad: whether `backward()` is to compute a gradient for it.

    >>> import tinygrad_lite as tl
    >>> tl.zeros(1).new_empty_strided((2, 3), (1, 2)).stride()
    (1, 2)
    """
    extent = 1 + sum((n - 1) * s for n, s in zip(size, stride, strict=True)) if 0 not in size else 0
    base: Any = self.new_empty((extent,), dtype=dtype)
    found: Any = strided.as_strided(base, size, stride).detach()
    return found.requires_grad_(requires_grad)
