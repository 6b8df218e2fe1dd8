"""A module in another dtype, or in other memory."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Self

import numpy as np

from ...core.tensor import wrap
from ...tensors.shared_memory import shared_copy
from ...tensors.tensor import Tensor
from ...types import dtypes
from ...types.devices import check_device
from .parameter import is_lazy

DTypeLike = dtypes.DType | type[Any] | str
"""A dtype as one may write it: `float64`, `np.float64`, `float`, "float64"."""


class Convertible:
    """The part of `Module` that changes the dtype or the memory of all parameters and buffers in place."""

    def _apply(self, fn: Callable[[Tensor], Tensor], recurse: bool = True) -> Self:
        """Replace the values of all parameters, their gradients and all buffers by what `fn` makes of each.

        The Tensors stay the same objects, so that optimizers keep them. A subclass with Tensors that are neither may
        define this, to convert those too.
        """
        module: Any = self
        for child in module.children() if recurse else ():
            child._apply(fn)
        for tensor in (*module._parameters.values(), *module._buffers.values()):
            if tensor is None:
                continue
            made = fn(tensor)
            if made._data is not tensor._data:
                tensor.data = made.detach()
            if (held := tensor._grad) is not None:
                grad = held._with(fn(held._values())) if held.is_sparse else fn(held)
                same = not held.is_sparse and grad._data is held._data
                tensor._grad = held if same else grad.detach()
        return self

    def _convert(self, dtype: dtypes.DType, kinds: str) -> Self:
        """Convert what has one of these kinds of dtype."""

        def converted(tensor: Tensor) -> Tensor:
            if tensor.dtype.kind not in kinds or tensor.dtype == dtype:
                return tensor
            return wrap(tensor._data.astype(dtype))

        return self._apply(converted)

    def to(
        self,
        *args: DTypeLike | Tensor | bool | None,
        dtype: DTypeLike | None = None,
        device: str | None = None,
        non_blocking: bool = False,
        memory_format: Any = None,
    ) -> Self:
        """Convert all floating parameters and buffers to another dtype (or that of a Tensor), in place.

        Args:
            args: a dtype, a device or a Tensor, in any order.
            dtype: a floating dtype.
            device: the CPU.
            non_blocking: has no effect; it is there for PyTorch's scripts.
            memory_format: has no effect.

        Raises:
            TypeError: for a dtype that is not floating.
            RuntimeError: for a device that is not the CPU.

        >>> from tinygrad_lite import float64, nn
        >>> nn.Linear(1, 1).to("cpu").to(float64).weight.dtype
        dtype('float64')
        """
        target = _requested_dtype(args, dtype, device)
        return self if target is None else self._convert(target, "f")

    def type(self, dst_type: DTypeLike) -> Self:
        """Convert all parameters and buffers, those of whole numbers too, to another dtype, in place.

        Raises:
            RuntimeError: if the dtype is not floating and a parameter requires a gradient.
        """
        module: Any = self
        target = dtypes.as_dtype(dst_type)
        if target.kind != "f" and any(p.requires_grad for p in module.parameters()):
            raise RuntimeError(f"{module._get_name()}.type: parameters that require gradients cannot be {target}")
        return self._convert(target, "buif")

    def float(self) -> Self:
        """Convert all floating parameters and buffers to float32, in place."""
        return self._convert(dtypes.float32, "f")

    def double(self) -> Self:
        """Convert all floating parameters and buffers to float64, in place."""
        return self._convert(dtypes.float64, "f")

    def half(self) -> Self:
        """Convert all floating parameters and buffers to float16, in place."""
        return self._convert(dtypes.float16, "f")

    def cpu(self) -> Self:
        """This module, which is on the CPU already."""
        return self._apply(lambda tensor: tensor)

    def cuda(self, device: Any = None) -> Self:
        """Raise a RuntimeError, since the only device here is the CPU."""
        return self.to(device="cuda")

    def to_empty(self, *, device: str | None, recurse: bool = True) -> Self:
        """Give all parameters and buffers memory of their own whose values are not set, in place.

        Args:
            device: the CPU.
            recurse: whether the modules inside are included.

        Raises:
            RuntimeError: for a device that is not the CPU.
        """
        check_device(device)
        return self._apply(lambda tensor: wrap(np.empty_like(tensor._data, subok=False)), recurse)

    def share_memory(self) -> Self:
        """Move all parameters and buffers to memory that processes share: see `Tensor.share_memory_`."""
        return self._apply(lambda tensor: wrap(_shared(tensor)))


def _shared(tensor: Tensor) -> np.ndarray[Any, Any]:
    """A copy of a Tensor's array in memory that processes share."""
    if is_lazy(tensor):
        raise RuntimeError(
            "Can't share memory on an uninitialized parameter or buffer. Call `forward` to initialize the parameters "
            "before calling `module.share_memory()`."
        )
    return shared_copy(tensor._data)


def _requested_dtype(args: tuple[Any, ...], dtype: Any, device: Any) -> dtypes.DType | None:
    """The floating dtype that the arguments of `Module.to` ask for, if they ask for one."""
    for arg in args:
        if isinstance(arg, Tensor):
            dtype = arg.dtype
        elif isinstance(arg, str):  # a device is a str
            device = arg
        elif not isinstance(arg, bool) and arg is not None:
            if dtype is not None:
                raise TypeError(f"to() received an invalid combination of arguments: two dtypes, {dtype} and {arg}")
            dtype = arg
    check_device(device)
    if dtype is None:
        return None
    target = dtypes.as_dtype(dtype)
    if target.kind != "f":
        raise TypeError(f"nn.Module.to only accepts floating point dtypes, but got desired dtype={target}")
    return target
