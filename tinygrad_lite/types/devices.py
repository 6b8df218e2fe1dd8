"""The device: there is one."""

from __future__ import annotations

from typing import Any


class device(str):
    """Where Tensors are: the CPU.

    Raises:
        RuntimeError: for any other device.

    >>> import tinygrad_lite as tl
    >>> tl.device("cuda" if tl.cuda.is_available() else "cpu")
    device(type='cpu')
    """

    __slots__ = ()

    type = "cpu"

    def __new__(cls, name: Any = "cpu", index: int | None = None) -> device:
        if str(name) not in ("cpu", "cpu:0") or index not in (None, 0):
            raise RuntimeError(f"the only device here is the CPU; device={str(name)!r} is not available")
        return super().__new__(cls, str(name) if index is None else "cpu:0")

    @property
    def index(self) -> int | None:  # type: ignore[override]
        """0 if the device was asked for by number, else None."""
        return 0 if self.endswith(":0") else None

    def __repr__(self) -> str:
        return "device(type='cpu'" + (")" if self.index is None else ", index=0)")


CPU = device("cpu")


def check_device(name: Any) -> None:
    """Refuse every device but the CPU; None stands for it."""
    if name is not None and name is not CPU:
        device(name)
