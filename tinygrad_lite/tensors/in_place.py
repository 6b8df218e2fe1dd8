"""Writing to the memory of a Tensor, and the methods that do it with a value or with another Tensor's values."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from ..core import errors
from ..core import versions as memory
from ..core.argument_types import wrong_type
from ..core.array_functions import copied
from ..core.graph import Leaf
from ..core.modes import in_force, thread
from ..core.primitive import Array
from ..core.tensor import TensorBase, wrap
from ..core.views import View, base_of, is_inference, is_through_data
from ..ops.creation import strided_indices
from ..ops.indexing import put_view, setitem
from ..types import dtypes
from ..types.annotations import Data, Number, Tensor
from .batched_data import refuse_smaller
from .sparse_forms import SparseOperand


def write_in_place(x: Tensor, function: Callable[..., Any], *args: Any, **kwargs: Any) -> Tensor:
    """Write the values of `function(x, *args, **kwargs)` to the memory of x, where every alias sees them.

    While recording, x and whatever it is a view of also take the history of the new values.
    """
    if not isinstance(x, TensorBase):
        raise wrong_type(f"{getattr(function, 'name', None) or function.__name__}_", "input", 1, "Tensor", x)
    state = in_force(thread)
    if is_inference(x) and not state.mode[2]:
        raise errors.inference_written()
    recorded = state.recording and any(
        isinstance(y, TensorBase) and y._history() is not None for y in (x, *args, *kwargs.values())
    )
    if state.recording:
        check_recordable(x, recorded)
    # The rules of `function` may need the old value, so they get a copy of it that nobody writes to.
    old = wrap(copied(x._data), x._node) if recorded else wrap(x._data)
    new = function(old, *[old if y is x else y for y in args], **kwargs)
    array, values = x._data, new._data
    refuse_smaller(array, values)
    fits = values.dtype is array.dtype or dtypes.can_cast(values.dtype, array.dtype)
    if values.shape != array.shape or not fits or not array.flags.writeable:
        raise _write_error(x, new, function)
    if recorded and array.dtype.kind == "f":
        if new._node is None:  # then no gradient flows through the new values, nor to the old ones
            new = setitem(old, ..., new)
        continue_from(x, new)
    write = memory.write_through_data if is_through_data(x) else memory.write
    write(_overwrite, array, new._data)
    return x


def check_recordable(x: Tensor, recorded: bool, used: str = "is being used") -> None:
    """Check that the history of x can be continued after an in-place operation, which is `recorded` or needs no grad.

    Raises:
        RuntimeError: if it cannot, because x is a leaf that requires a gradient, or a view that has no history or that
            a Function has made.
    """
    if recorded and x._view is not None and x._view.made_by is not None:
        x._view.made_by.check_in_place()
    base = base_of(x)
    if isinstance(x._view, View) and x._view.made_in_inference and base.requires_grad:
        raise RuntimeError(
            "A view was created in inference mode and is being modified inplace in normal mode. Given that this use "
            "case is ambiguous and error-prone, it is forbidden. You can clarify your code by moving both the view and "
            "the inplace either both inside the inference_mode block (if you don't want the inplace to be tracked) or "
            "both outside (if you want the inplace to be tracked)."
        )
    # A view may have been made a leaf itself, and be looked into in turn: then its base has no history, but x has.
    of_leaf = isinstance(x._view, View) and base._node is None and x._node is not None
    if of_leaf or Leaf in (type(x._node), type(base._node)):
        kind = f"a leaf Variable that requires grad {used}"
        if type(x._node) is not Leaf:
            kind = "a view of a leaf Variable that requires grad is being used"
        raise RuntimeError(
            f"{kind} in an in-place operation. To update a parameter do it under no_grad(); to compute with the new "
            "value write x = x + 1 rather than x += 1"
        )
    if x._node is None and base._node is not None:
        raise RuntimeError(
            "A view was created in no_grad mode and is being modified inplace with grad mode enabled: the history "
            "of what it is a view of would be wrong. Create the view, or change it, in the other mode"
        )


def continue_from(x: Tensor, new: Tensor) -> None:
    """Let x, and whatever it is a view of, take the history of the new values that are written to its memory."""
    base, place = base_of(x), x._view
    if x is base or place is None:
        x._relocate(new.to(x.dtype)._node)
        return
    old = wrap(copied(base._data), base._node)
    base._relocate(put_view(old, new, place.steps())._node)
    place.follow(x)


def _write_error(x: Tensor, new: Tensor, function: Callable[..., Any]) -> RuntimeError:
    """The error for a result that the memory of x cannot hold, or for memory that cannot be written."""
    name = getattr(function, "name", None) or function.__name__
    where = "" if name == "<lambda>" else f"{name}_: "
    if new._data.shape != x._data.shape:
        return RuntimeError(
            f"output with shape {list(x._data.shape)} doesn't match the broadcast shape {list(new._data.shape)}. "
            f"{where}an in-place operation cannot change the shape"
        )
    if not dtypes.can_cast(new.dtype, x.dtype):
        return RuntimeError(
            f"result type {new.dtype} can't be cast to the desired output type {x.dtype}. {where}an in-place "
            f"operation cannot change the dtype; convert first (x = x.to({new.dtype}))"
        )
    if any(step == 0 and n > 1 for step, n in zip(x._data.strides, x._data.shape, strict=True)):
        return RuntimeError(
            "unsupported operation: more than one element of the written-to tensor refers to a single memory location. "
            f"Please clone() the tensor before performing the operation: it was expanded to {list(x._data.shape)}"
        )
    return RuntimeError(
        f"{where}the memory of this Tensor cannot be written, as it belongs to a read-only array: clone() it first"
    )


def _overwrite(array: Array, values: Array) -> None:
    np.copyto(array, values, casting="unsafe")


def in_place(function: Callable[..., Any]) -> Callable[..., Any]:
    """The method that writes the result of a function of a Tensor to that Tensor's memory: its name ends in `_`."""
    name = getattr(function, "name", None) or function.__name__

    def method(self: Tensor, *args: Any, **kwargs: Any) -> Tensor:
        if "out" in kwargs:
            raise TypeError(f"{name}_() got an unexpected keyword argument 'out': it writes to the Tensor itself")
        try:
            return write_in_place(self, function, *args, **kwargs)
        except SparseOperand:
            if name not in ("add", "sub"):
                raise
        return write_in_place(self, function, args[0].to_dense(), *args[1:], **kwargs)

    method.__name__ = method.__qualname__ = f"{name}_"
    method.__doc__ = f"`{name}` in place: the values of the result are written to the memory of this Tensor."
    method.__wrapped__ = function  # type: ignore[attr-defined]  # its signature is that of the method
    return method


def with_in_place(function: Callable[..., Any]) -> tuple[Callable[..., Any], Callable[..., Any]]:
    """A function as a method, and its in-place form."""
    return function, in_place(function)


# ------------------------------------------------------------------------------------------------- methods


def copy_(self: Tensor, src: Data, non_blocking: bool = False) -> Tensor:
    """Write the values of `src` to this Tensor, broadcast to its shape and converted to its dtype.

    Args:
        src: a Tensor, to which gradients then flow, or an array or numbers.
        non_blocking: without effect, as there is no other device.

    Raises:
        RuntimeError: if the shape of `src` cannot be broadcast to the shape of this Tensor.
        TypeError: if `src` is neither a Tensor nor made of numbers.

    >>> import tinygrad_lite as tl
    >>> x = tl.zeros(2, 3)
    >>> x.copy_(tl.tensor([1, 2, 3]))
    tensor([[1., 2., 3.],
            [1., 2., 3.]])
    """
    source: Any = src
    if not isinstance(src, TensorBase):
        array = np.asarray(src)
        if array.dtype.kind not in "biuf":
            raise wrong_type("copy_", "other", 1, "Tensor", src)
        source = wrap(array)
    shape, given = self._data.shape, source._data.shape
    if len(given) > len(shape):
        raise RuntimeError(
            f"output with shape {list(shape)} doesn't match the broadcast shape {list(given)}. copy_: the source has "
            "more dimensions"
        )
    for i in range(1, len(given) + 1):
        if given[-i] not in (1, shape[-i]):
            raise RuntimeError(
                f"The size of tensor a ({shape[-i]}) must match the size of tensor b ({given[-i]}) at non-singleton "
                f"dimension {len(shape) - i}: copy_ cannot broadcast a source of shape {list(given)} to {list(shape)}"
            )
    return write_in_place(self, lambda x, y: setitem(x, ..., y.to(x.dtype)), source)


def fill_(self: Tensor, value: Tensor | Number) -> Tensor:
    """Write one value to all elements.

    Args:
        value: a number, or a Tensor of no dimensions, to which the sum of the elements' gradients then flows.

    Raises:
        RuntimeError: if `value` has dimensions, or if the dtype of this Tensor cannot hold it.
        TypeError: if `value` is neither a number nor a Tensor.

    >>> import tinygrad_lite as tl
    >>> tl.empty(3).fill_(7)
    tensor([7., 7., 7.])
    """
    value = checked_number("fill_", "value", 1, value, self.dtype)
    if getattr(value, "ndim", 0):
        raise RuntimeError(
            f"fill_ only supports 0-dimension value tensor but got tensor with {np.ndim(value)} dimensions: use copy_"
        )
    return write_in_place(self, lambda x, v: setitem(x, ..., v), value)


def zero_(self: Tensor) -> Tensor:
    """Write 0 to all elements.

    Raises:
        RuntimeError: for a leaf that requires a gradient, outside `no_grad`.

    >>> import tinygrad_lite as tl
    >>> tl.ones(3).zero_()
    tensor([0., 0., 0.])
    """
    return fill_(self, 0)


def fill_diagonal_(self: Tensor, value: Tensor | Number, wrap: bool = False) -> Tensor:
    """Write one value along the main diagonal of a matrix, or of more dimensions that are all of one length.

    Args:
        value: the number.
        wrap: in a matrix of more rows than columns, whether the diagonal begins anew below each square.

    Raises:
        RuntimeError: if there are fewer than 2 dimensions, or more than 2 of different lengths.
        TypeError: if `value` is no number.

    >>> import tinygrad_lite as tl
    >>> tl.zeros(4, 2).fill_diagonal_(1, wrap=True)
    tensor([[1., 0.],
            [0., 1.],
            [0., 0.],
            [1., 0.]])
    """
    shape = self._data.shape
    if len(shape) < 2:
        raise RuntimeError(f"dimensions must larger than 1: fill_diagonal_ needs a matrix, not the shape {list(shape)}")
    if len(shape) > 2 and len(set(shape)) > 1:
        raise RuntimeError(
            f"all dimensions of input must be of equal length: fill_diagonal_ of the shape {list(shape)} would have no "
            "diagonal"
        )
    value = checked_number("fill_diagonal_", "fill_value", 1, value, self.dtype)
    step = sum(int(np.prod(shape[d + 1 :])) for d in range(len(shape)))
    end = None if wrap or len(shape) > 2 else shape[1] ** 2
    place = strided_indices(shape, end, step)
    return write_in_place(self, lambda x, v: setitem(x, place, v), value)


def checked_number(function: str, argument: str, position: int, value: Any, dtype: Any) -> Any:
    """The number or Tensor, once it is known that a dtype can hold it.

    Raises:
        TypeError: for what is neither.
        RuntimeError: if the number is outside the dtype.
    """
    if not isinstance(value, (int, float, TensorBase, np.ndarray, np.generic)):
        raise wrong_type(function, argument, position, "Number", value)
    return dtypes.fitted(value, dtype)
