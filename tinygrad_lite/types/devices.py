"""The device: there is only the CPU."""

from __future__ import annotations

import re
from typing import Any

_OTHERS = (
    "cuda", "ipu", "xpu", "mkldnn", "opengl", "opencl", "ideep", "hip", "ve", "fpga", "maia", "xla", "lazy", "vulkan",
    "mps", "meta", "hpu", "mtia", "privateuseone",
)  # fmt: skip
"""PyTorch's kinds of devices: scripts name them to compare with them, so they have names here, and nothing else."""

_DTYPE = r"'((b?float|u?int)\d+|float|double|half|int|long|short|bool)'"

_NAMED = rf"({'|'.join(_OTHERS)})(?::(0|[1-9][0-9]*))?"


class device(str):
    """A device: the CPU, on which all Tensors are. It is a string too: `device("cpu") == "cpu"`.

    The devices that PyTorch has beside it can be named, as there, but nothing can be put on them.

    Args:
        name: "cpu" or "cpu:0"; or "cuda", "cuda:1", "mps", and so on.
        index: the number of the device, which can only be 0 for the CPU.

    Raises:
        RuntimeError: for any other device, or a number that is negative or given twice.

    >>> import tinygrad_lite as tl
    >>> tl.device("cuda" if tl.cuda.is_available() else "cpu")
    device(type='cpu')
    >>> tl.device("cpu").type == tl.device("cuda", 1).type
    False
    """

    __slots__ = ()

    def __new__(cls, name: str = "cpu", index: int | None = None) -> device:
        text = str(name) if index is None else f"{name}:{index}"
        if text not in ("cpu", "cpu:0") and not re.fullmatch(_NAMED, text):
            raise _not_available(repr(str(name)) if index is None else f"{name}, index {index}")
        return super().__new__(cls, text)

    @property
    def type(self) -> str:
        """The kind of device: "cpu"."""
        return str(self).partition(":")[0]  # partition could return this very object

    @property
    def index(self) -> int | None:  # type: ignore[override]  # it hides str.index
        """The number of the device, if it was asked for by number; else None."""
        number = str(self).partition(":")[2]
        return int(number) if number else None

    def __enter__(self) -> device:
        """Make new Tensors on this device, which they are anyway."""
        check_device(self)
        return self

    def __exit__(self, *error: object) -> None:
        return None

    def __repr__(self) -> str:
        return f"device(type={self.type!r}" + (")" if self.index is None else f", index={self.index})")


def _not_available(asked: str) -> RuntimeError:
    if re.fullmatch(_DTYPE, asked):
        return RuntimeError(
            f"device={asked} is the name of a dtype, not of a device: give the dtype itself, as x.dtype is"
        )
    return RuntimeError(
        f"the only device here is the CPU; device={asked} is not available. Leave the device out, or ask "
        "cuda.is_available() first"
    )


CPU = device("cpu")


def set_default_device(device: Any) -> None:
    """Choose the device of new Tensors, of which there is one.

    Args:
        device: "cpu", or None.

    Raises:
        RuntimeError: for any other device.

    >>> import tinygrad_lite as tl
    >>> tl.set_default_device("cpu")
    """
    check_device(device)


def get_default_device() -> device:
    """The device of new Tensors: always the CPU.

    >>> import tinygrad_lite as tl
    >>> tl.get_default_device()
    device(type='cpu')
    """
    return CPU


def check_device(name: Any) -> None:
    """Raise for every device but the CPU; None stands for the CPU."""
    if name is not None and name is not CPU and str(name) not in ("cpu", "cpu:0"):
        raise _not_available(repr(str(name)))
