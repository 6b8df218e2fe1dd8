"""PyTorch's `torch.accelerator`, by which scripts ask for any GPU. There is none, so the rest raises, as in PyTorch."""

from __future__ import annotations

from .cuda import answers, refuses

__all__ = [
    "current_accelerator", "current_device_index", "device_count", "empty_cache", "is_available", "set_device_index",
    "synchronize",
]  # fmt: skip

_NONE = "Cannot access accelerator device when none is available."

is_available = answers("accelerator", "is_available", "Return False.", lambda: False)
device_count = answers("accelerator", "device_count", "Return 0.", lambda: 0)
current_accelerator = answers("accelerator", "current_accelerator", "Return None: there is no accelerator.")
current_device_index = refuses("accelerator", "current_device_index", "The present device", RuntimeError, _NONE)
set_device_index = refuses("accelerator", "set_device_index", "Choose a device", RuntimeError, _NONE)
synchronize = refuses("accelerator", "synchronize", "Wait for a device", RuntimeError, _NONE)
empty_cache = refuses("accelerator", "empty_cache", "Give memory back", RuntimeError, _NONE)
