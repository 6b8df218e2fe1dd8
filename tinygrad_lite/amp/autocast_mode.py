"""Contexts in which operations would be computed in a narrower dtype, on devices that there are not."""

from __future__ import annotations

import contextlib
import functools
from collections.abc import Callable
from typing import Any

from ..core.errors import warn
from ..types.dtypes import DType, float16

KINDS = (
    "cpu, cuda, ipu, xpu, mkldnn, opengl, opencl, ideep, hip, ve, fpga, maia, xla, lazy, vulkan, mps, meta, hpu, mtia, "
    "privateuseone"
)


class autocast(contextlib.ContextDecorator):
    """A context, or a decorator, in which some operations are computed in a narrower dtype.

    Disabled it changes nothing. For "cuda" and other devices that are not here it warns and is disabled, as in PyTorch.
    Enabled for the CPU it raises, because it would change nothing here either, and the numbers would not be PyTorch's.

    Args:
        device_type: "cuda", "cpu" and so on.
        dtype: the narrower dtype.
        enabled: whether it is to do something.
        cache_enabled: has no effect.

    Raises:
        RuntimeError: enabled for the CPU, and for what is no kind of device.

    >>> import tinygrad_lite as tl
    >>> with tl.autocast("cuda", enabled=tl.cuda.is_available()):
    ...     (tl.ones(2, 2) @ tl.ones(2, 2)).dtype
    dtype('float32')
    """

    def __init__(
        self,
        device_type: str,
        dtype: DType | None = None,
        enabled: bool = True,
        cache_enabled: bool | None = None,
    ) -> None:
        if not isinstance(device_type, str):
            raise ValueError(f"Expected `device_type` of type `str`, got: `{type(device_type)}`")
        if device_type not in KINDS.split(", "):
            raise RuntimeError(f"Expected one of {KINDS} device type at start of device string: {device_type}")
        self.device = device_type
        self.fast_dtype = float16 if dtype is None else dtype
        if enabled and device_type == "cpu":
            raise RuntimeError(
                "autocast('cpu') is not here: operations are computed in the dtype of their Tensors, and there is no "
                "bfloat16. Pass enabled=False, leave the context out, or convert with .to(float16)"
            )
        if enabled and device_type == "cuda":
            warn("CUDA is not available or torch_xla is imported. Disabling autocast.")
        elif enabled:
            warn(f"User provided device_type of '{device_type}', but {device_type.upper()} is not available. Disabling")
        self._enabled = False

    def __enter__(self) -> autocast:
        return self

    def __exit__(self, *error: object) -> None:
        return None


def custom_fwd(
    fwd: Callable[..., Any] | None = None, *, device_type: str = "cuda", cast_inputs: DType | None = None
) -> Callable[..., Any]:
    """A decorator for the `forward` of a Function, which says in which dtype autocast is to run it: without effect.

    Args:
        fwd: the function.
        device_type: the device.
        cast_inputs: the dtype to which Tensors would be converted on that device.

    >>> import tinygrad_lite as tl
    >>> tl.amp.custom_fwd(lambda ctx, x: x, device_type="cuda")(None, 3)
    3
    """
    return functools.partial(custom_fwd, device_type=device_type, cast_inputs=cast_inputs) if fwd is None else fwd


def custom_bwd(bwd: Callable[..., Any] | None = None, *, device_type: str = "cuda") -> Callable[..., Any]:
    """A decorator for the `backward` of a Function, which lets it run as its forward did: without effect.

    Args:
        bwd: the function.
        device_type: the device.

    >>> import tinygrad_lite as tl
    >>> tl.amp.custom_bwd(lambda ctx, g: g, device_type="cuda")(None, 3)
    3
    """
    return functools.partial(custom_bwd, device_type=device_type) if bwd is None else bwd


def is_autocast_available(device_type: str) -> bool:
    """Tell whether autocast does something on a device: on none.

    Args:
        device_type: "cuda", "cpu" and so on.

    >>> import tinygrad_lite as tl
    >>> tl.amp.is_autocast_available("cuda")
    False
    """
    return False


def is_autocast_enabled(device_type: str | None = None) -> bool:
    """Tell whether operations are computed in a narrower dtype: never.

    Args:
        device_type: "cuda", "cpu" and so on.

    >>> import tinygrad_lite as tl
    >>> tl.is_autocast_enabled()
    False
    """
    return False
