"""A Tensor in other dtypes, and copies of it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, overload

from ..core import edge
from ..core.argument_types import wrong_type
from ..core.edge import cast
from ..core.promotion import DType
from ..core.tensor import TensorBase, wrap
from ..functions.arguments import public
from ..types import dtypes
from ..types.annotations import DTypeLike, Tensor
from ..types.devices import check_device

_DTYPE_NAMES = {d.name for d in (dtypes.float16, dtypes.float32, dtypes.float64, dtypes.int8, dtypes.int16)}
_DTYPE_NAMES |= {d.name for d in (dtypes.int32, dtypes.int64, dtypes.uint8, dtypes.bool)}
_PYTORCH_NAMES: dict[str, DType] = {
    "FloatTensor": dtypes.float32, "DoubleTensor": dtypes.float64, "HalfTensor": dtypes.float16,
    "ByteTensor": dtypes.uint8, "CharTensor": dtypes.int8, "ShortTensor": dtypes.int16, "IntTensor": dtypes.int32,
    "LongTensor": dtypes.int64, "BoolTensor": dtypes.bool,
}  # fmt: skip


@public
def clone(x: Tensor, *, memory_format: Any = None) -> Tensor:
    """A copy of x in memory of its own, of the same shape and dtype.

        y = x; dx = dy

    Gradients flow through it, so that `x.clone()` may be written in place where x may not.

    Args:
        x: a Tensor of any shape.
        memory_format: has no effect.

    Raises:
        TypeError: if x is not a Tensor.

    >>> import tinygrad_lite as tl
    >>> x = tl.tensor([1.0, 2.0], requires_grad=True)
    >>> y = x.clone()
    >>> y[0] = 5.0
    >>> y.sum().backward()
    >>> x, x.grad
    (tensor([1., 2.], requires_grad=True), tensor([0., 1.]))
    """
    copy: Tensor = edge.clone(x)
    return copy


@overload
def to(
    self: Tensor, dtype: DTypeLike, non_blocking: bool = False, copy: bool = False, *, memory_format: Any = None
) -> Tensor: ...
@overload
def to(
    self: Tensor,
    device: str | None = None,
    dtype: DTypeLike | None = None,
    non_blocking: bool = False,
    copy: bool = False,
    *,
    memory_format: Any = None,
) -> Tensor: ...
@overload
def to(
    self: Tensor, other: Tensor, /, non_blocking: bool = False, copy: bool = False, *, memory_format: Any = None
) -> Tensor: ...
def to(
    self: Tensor,
    *args: Any,
    dtype: Any = None,
    device: Any = None,
    copy: bool = False,
    non_blocking: bool = False,
    memory_format: Any = None,
) -> Tensor:
    """This Tensor in another dtype; it is returned itself where nothing changes, unless `copy`.

    A dtype, a device and another Tensor (for its dtype) may also be given without their names: `x.to(tl.float64)`,
    `x.to("cpu")`, `x.to(y)`. Between floating dtypes gradients flow.

    Args:
        dtype: the dtype, its name or a type of Python or NumPy.
        device: where the result is to be; there is only the CPU.
        copy: whether to copy even if nothing changes.
        non_blocking: without effect, as there is no other device.
        memory_format: without effect.

    Raises:
        RuntimeError: for a device other than the CPU.
        TypeError: for a dtype that Tensors do not have.

    >>> import tinygrad_lite as tl
    >>> x = tl.tensor([0.5, 2.5])
    >>> x.to(tl.int64)  # towards 0
    tensor([0, 2])
    >>> x.to(tl.float32) is x
    True
    """
    for place, arg in enumerate(args):
        if isinstance(arg, bool):  # non_blocking, and after it copy
            copy = copy or (place > 0 and isinstance(args[place - 1], bool) and arg)
        elif isinstance(arg, TensorBase):
            dtype = arg.dtype
        elif isinstance(arg, int) or (isinstance(arg, str) and arg not in _DTYPE_NAMES):
            device = arg
        elif arg is not None:
            dtype = arg
    check_device(device)
    found = self.dtype if dtype is None else dtypes.as_dtype(dtype)
    if found is not self._data.dtype:
        source = self if found.kind == "f" else wrap(self._data)  # whole numbers have no gradient
        return cast(source, found)
    return clone(self) if copy else self


@overload
def type_(self: Tensor, dtype: None = None) -> str: ...
@overload
def type_(self: Tensor, dtype: DTypeLike) -> Tensor: ...
def type_(self: Tensor, dtype: DTypeLike | None = None) -> Tensor | str:
    """This Tensor in another dtype, as `to` makes it; without one, the name of its type, which is PyTorch's.

    Args:
        dtype: the dtype, or its name, or a type such as `LongTensor` or "torch.LongTensor".

    Raises:
        ValueError: for an unknown name.
        TypeError: for what is no dtype that Tensors have.

    >>> import tinygrad_lite as tl
    >>> tl.zeros(2).type(), tl.zeros(2).type("int64")
    ('torch.FloatTensor', tensor([0, 0]))
    """
    if dtype is None:
        return "torch." + next(name for name, found in _PYTORCH_NAMES.items() if found == self._data.dtype)
    if isinstance(dtype, str):
        name = dtype.removeprefix("torch.")
        if name not in _PYTORCH_NAMES and name not in _DTYPE_NAMES:
            raise ValueError(f"invalid type: {dtype!r}. There are {', '.join(sorted(_DTYPE_NAMES))}")
        found: DType = _PYTORCH_NAMES[name] if name in _PYTORCH_NAMES else dtypes.as_dtype(name)
        return to(self, found)
    return to(self, dtype)


def type_as(self: Tensor, other: Tensor) -> Tensor:
    """This Tensor in the dtype of another Tensor.

    Raises:
        TypeError: if `other` has no dtype.

    >>> import tinygrad_lite as tl
    >>> tl.tensor([1.5]).type_as(tl.tensor(1))
    tensor([1])
    """
    if not hasattr(other, "dtype"):
        raise wrong_type("type_as", "other", 1, "Tensor", other)
    return to(self, other.dtype)


def converter(name: str, dtype: DType, remark: str = "") -> Callable[[Tensor], Tensor]:
    """The method of this name, which converts to a dtype."""

    def method(self: Tensor) -> Tensor:
        return to(self, dtype)

    method.__name__ = method.__qualname__ = name
    method.__doc__ = f"This Tensor in {dtype.name}{remark}; the Tensor itself if that is its dtype."
    return method


def cpu(self: Tensor) -> Tensor:
    """This Tensor itself, because it is on the CPU already.

    >>> import tinygrad_lite as tl
    >>> x = tl.zeros(2)
    >>> x.cpu() is x
    True
    """
    return self
