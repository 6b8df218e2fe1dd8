"""A module in another dtype."""

from __future__ import annotations

from typing import Any

from ...core.tensor import wrap
from ...tensors.tensor import Tensor
from ...types import dtypes
from ...types.devices import check_device

DTypeLike = dtypes.DType | type[Any] | str
"""A dtype as one may write it: `float64`, `np.float64`, `float`, "float64"."""


def requested_dtype(args: tuple[Any, ...], dtype: Any, device: Any) -> dtypes.DType | None:
    """The floating dtype that the arguments of `Module.to` ask for, if they ask for one."""
    for arg in args:
        if isinstance(arg, Tensor):
            dtype = arg.dtype
        elif isinstance(arg, str):  # a device is a str
            device = arg
        elif not isinstance(arg, bool):
            dtype = arg
    check_device(device)
    if dtype is None:
        return None
    target = dtypes.as_dtype(dtype)
    if target.kind != "f":
        raise TypeError(f"nn.Module.to only accepts floating point dtypes, but got desired dtype={target}")
    return target


def convert(module: Any, dtype: dtypes.DType, kinds: str) -> None:
    """Convert parameters and buffers of some kinds of dtype, and their gradients; the Tensors stay the same objects."""
    for tensor in (*module.parameters(), *module.buffers()):
        if tensor.dtype.kind in kinds and tensor.dtype != dtype:
            tensor.data = wrap(tensor._data.astype(dtype))
            if tensor._grad is not None:
                tensor._grad = wrap(tensor._grad._data.astype(dtype))
