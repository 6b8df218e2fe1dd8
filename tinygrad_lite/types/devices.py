"""The device: there is only the CPU."""

from __future__ import annotations

from typing import Any


class device(str):
    """The device on which Tensors are: always the CPU. It is a string too: `device("cpu") == "cpu"`.

    Args:
        name: "cpu", or "cpu:0".
        index: the number of the device, which can only be 0.

    Raises:
        RuntimeError: for any other device.

    >>> import tinygrad_lite as tl
    >>> tl.device("cuda" if tl.cuda.is_available() else "cpu")
    device(type='cpu')
    """

    __slots__ = ()

    type = "cpu"

    def __new__(cls, name: str = "cpu", index: int | None = None) -> device:
        if str(name) not in ("cpu", "cpu:0") or index not in (None, 0):
            asked = repr(str(name)) if index is None else f"{name}, index {index}"
            raise RuntimeError(
                f"the only device here is the CPU; device={asked} is not available. Leave the device out, or ask "
                "cuda.is_available() first"
            )
        return super().__new__(cls, str(name) if index is None else "cpu:0")

    @property
    def index(self) -> int | None:  # type: ignore[override]
        """The number of the device, which is 0, if it was asked for by number; else None."""
        return 0 if self.endswith(":0") else None

    def __enter__(self) -> device:
        """Make new Tensors on this device, which they are anyway."""
        return self

    def __exit__(self, *error: object) -> None:
        return None

    def __repr__(self) -> str:
        return "device(type='cpu'" + (")" if self.index is None else ", index=0)")


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
    if name is not None and name is not CPU:
        device(name)
