"""PyTorch's `torch.cpu`, by which scripts treat the CPU as a device like others."""

from __future__ import annotations

from . import amp
from .cuda import answers

__all__ = ["amp", "current_device", "device_count", "is_available", "set_device", "synchronize"]

is_available = answers("cpu", "is_available", "Return True.", lambda: True)
device_count = answers("cpu", "device_count", "Return 1.", lambda: 1)
current_device = answers("cpu", "current_device", "Return the name of the device.", lambda: "cpu")
synchronize = answers("cpu", "synchronize", "Wait until all is computed: it always is.")
set_device = answers("cpu", "set_device", "Choose the device, of which there is one: this does nothing.")
