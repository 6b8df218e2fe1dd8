"""Parameters and buffers: the Tensors that a module has."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Self, cast

import numpy as np

from ...core import edge
from ...core import versions as memory
from ...core.inference import alias
from ...core.modes import in_force, thread
from ...core.tensor import wrap
from ...core.views import Kind
from ...tensors.tensor import Tensor
from ...types import dtypes
from ...types.devices import check_device
from ...types.sizes import Size


def _array(kind: str, data: Tensor | None) -> Any:
    """The array of a Tensor, or an empty one in the default dtype for None."""
    if data is None:
        return np.empty(0, dtypes.get_default_dtype())
    if not isinstance(data, Tensor):
        raise TypeError(f"{kind} data must be a Tensor, not {type(data).__name__}; make one with tensor(...)")
    return data._data


class Parameter(Tensor):
    """A Tensor that a Module learns: it is registered when it is assigned to an attribute, and requires a gradient.

    Args:
        data: the values, of any shape and of a floating dtype; their memory is shared.
        requires_grad: whether it is to be learned; then the dtype must be floating.

    Raises:
        TypeError: if `data` is not a Tensor.
        RuntimeError: if it is to be learned, and the dtype is not floating.

    >>> import tinygrad_lite as tl
    >>> layer = tl.nn.Module()
    >>> layer.scale = tl.nn.Parameter(tl.zeros(2))
    >>> list(layer.parameters())
    [Parameter containing:
    tensor([0., 0.], requires_grad=True)]
    """

    __slots__ = ()

    def __new__(cls, data: Tensor | None = None, requires_grad: bool = True) -> Self:
        parameter: Self = alias(data, _array("Parameter", data), cls)
        if requires_grad:
            parameter.requires_grad_()
        return parameter

    def __deepcopy__(self, memo: dict[int, Any]) -> Self:
        """A copy without the gradient, as in PyTorch."""
        copied: Self = super().__deepcopy__(memo)  # type: ignore[misc]  # the base is a list of functions
        copied._grad = None
        return copied

    def __repr__(self) -> str:
        return "Parameter containing:\n" + super().__repr__()


class Buffer(Tensor):
    """A Tensor that a Module saves but does not learn: it is registered when it is assigned to an attribute.

    Args:
        data: the values, of any shape and dtype; their memory is shared.
        persistent: whether `state_dict` saves it.

    Raises:
        TypeError: if `data` is not a Tensor.

    >>> import tinygrad_lite as tl
    >>> scaler = tl.nn.Module()
    >>> scaler.mean = tl.nn.Buffer(tl.zeros(2))
    >>> list(scaler.parameters()), scaler.state_dict()["mean"]
    ([], tensor([0., 0.]))
    """

    __slots__ = ()
    persistent: bool

    def __new__(cls, data: Tensor | None = None, *, persistent: bool = True) -> Self:
        buffer: Self = alias(data, _array("Buffer", data), cls)
        buffer.persistent = persistent
        return buffer


class _Unset(Kind):
    """Stands in the place of a view: an operation that meets it refuses to compute."""

    __slots__ = ()

    def follow(self, tensor: Any) -> bool:
        raise unusable(tensor, "this operation")


_UNSET: Any = _Unset(False, False)

_ALLOWED = frozenset(
    "cpu data device double dtype element_size float get_device grad half is_complex is_floating_point is_leaf "
    "materialize requires_grad retains_grad size to type ndim dim".split()
)
"""The attributes that a Tensor has which has no shape yet."""


def unusable(tensor: Any, use: str) -> ValueError:
    """The error for a use of a Tensor that has no shape yet."""
    name = type(tensor).__name__
    return ValueError(
        f"Attempted to use an uninitialized parameter in {use}. This error happens when you are using a `LazyModule` "
        f"or explicitly manipulating `nn.parameter.{name}` objects. When using LazyModules Call `forward` with a dummy "
        "batch to initialize the parameters before calling functions"
    )


class UninitializedTensorMixin:
    """A Tensor without a shape, and so without elements; `materialize` gives it both, and makes it a usual one."""

    __slots__ = ()
    cls_to_become: Any

    def materialize(self, shape: Sequence[int], device: Any = None, dtype: dtypes.DType | None = None) -> None:
        """Become a Tensor of a shape, whose elements are not set; the object stays the same.

        Args:
            shape: its shape.
            device: the CPU.
            dtype: its dtype; by default that which this had.
        """
        check_device(device)
        tensor: Any = self
        tensor._set_data(np.empty(tuple(shape), tensor._data.dtype if dtype is None else dtypes.as_dtype(dtype)))
        tensor._view = None
        tensor.__class__ = self.cls_to_become

    def __getattribute__(self, name: str) -> Any:
        if name == "shape":
            raise RuntimeError(
                "Can't access the shape of an uninitialized parameter or buffer. This error usually happens in "
                "`load_state_dict` when trying to load an uninitialized parameter into an initialized one. Call "
                "`forward` to initialize the parameters before accessing their attributes."
            )
        if name[0] != "_" and name not in _ALLOWED and hasattr(Tensor, name):
            raise unusable(self, name)
        return super().__getattribute__(name)

    def __primitive__(self, primitive: Any, args: Any) -> Any:
        if primitive is edge.cast:
            return edge.cast(wrap(cast("Any", self)._data), *args[1:])
        raise unusable(self, primitive.name)

    def _history(self) -> Any:
        return cast("Any", self)._node

    def __len__(self) -> int:
        raise unusable(self, "len")

    def __array__(self, *args: Any, **kwargs: Any) -> Any:
        raise unusable(self, "numpy")

    requires_grad: Any = property(lambda self: self._node is not None)
    is_leaf: Any = property(lambda self: True)

    def size(self, dim: int | None = None) -> Any:
        """No elements."""
        return Size((0,)) if dim is None else 0

    def __repr__(self) -> str:
        return f"<{type(self).__name__}>"

    def __deepcopy__(self, memo: dict[int, Any]) -> Any:
        made, args = self.__reduce_ex__(4)
        memo[id(self)] = copy = made(*args)
        return copy

    def __reduce_ex__(self, protocol: Any) -> Any:
        return type(self), (self.requires_grad, None, cast("Any", self)._data.dtype)


def is_lazy(param: Any) -> bool:
    """Tell whether a Tensor has no shape yet.

    >>> import tinygrad_lite as tl
    >>> tl.nn.parameter.is_lazy(tl.nn.LazyLinear(2).weight)
    True
    """
    return isinstance(param, UninitializedTensorMixin)


class UninitializedParameter(UninitializedTensorMixin, Parameter):
    """A Parameter whose shape is not known yet: that of a lazy module before it is called.

    It can be converted to another dtype, and be given to an optimizer; anything else raises.

    Args:
        requires_grad: whether it is to be learned.
        device: the CPU.
        dtype: the dtype that it will have, float32 by default.

    Raises:
        RuntimeError: for the shape, and a device that is not the CPU.
        ValueError: for what needs its elements.

    >>> import tinygrad_lite as tl
    >>> weight = tl.nn.UninitializedParameter()
    >>> weight
    <UninitializedParameter>
    >>> weight.materialize((2, 3))
    >>> type(weight).__name__, weight.shape
    ('Parameter', Size([2, 3]))
    """

    __slots__ = ()
    cls_to_become = Parameter

    def __new__(cls, requires_grad: bool = True, device: Any = None, dtype: Any = None) -> Self:
        check_device(device)
        return _unset(Parameter(_nothing(dtype), requires_grad), cls)


class UninitializedBuffer(UninitializedTensorMixin, Buffer):
    """A buffer whose shape is not known yet: that of a lazy module before it is called.

    Args:
        requires_grad: whether it is to require a gradient.
        device: the CPU.
        dtype: the dtype that it will have, float32 by default.
        persistent: whether `state_dict` saves it.

    Raises:
        RuntimeError: for the shape, and a device that is not the CPU.
        ValueError: for what needs its elements.

    >>> import tinygrad_lite as tl
    >>> tl.nn.UninitializedBuffer()
    <UninitializedBuffer>
    """

    __slots__ = ()
    cls_to_become = Tensor

    def __new__(
        cls, requires_grad: bool = False, device: Any = None, dtype: Any = None, persistent: bool = True
    ) -> Self:
        check_device(device)
        buffer = Buffer(_nothing(dtype), persistent=persistent)
        return _unset(buffer.requires_grad_(requires_grad), cls)


def _nothing(dtype: Any) -> Tensor:
    kind = dtypes.get_default_dtype() if dtype is None else dtypes.as_dtype(dtype)
    return wrap(np.empty(0, kind))


def _unset(tensor: Any, cls: Any) -> Any:
    tensor.__class__ = cls
    tensor._view = _UNSET
    return tensor


def clear_grads(parameters: Iterable[Tensor], set_to_none: bool) -> None:
    """Set the gradients of parameters to None, or fill them with 0 in place."""
    if set_to_none:
        for parameter in parameters:
            parameter._grad = None
        return
    recorded = in_force(thread).tracer is not None
    filled = []
    for parameter in parameters:
        grad = parameter._grad
        if grad is None:
            continue
        if grad._node is not None:
            parameter._grad = grad = grad.detach()
        if recorded or grad.is_sparse or grad._view is not None or not grad._data.flags.writeable:
            grad.zero_()
        else:
            grad._data.fill(0)
            filled.append(grad._data)
    if filled:
        memory.wrote(*filled)
