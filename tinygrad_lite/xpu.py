"""PyTorch's `torch.xpu`, by which scripts ask for Intel's GPUs. There are none here."""

from __future__ import annotations

from .cuda import answers, refuses

__all__ = [
    "current_device", "device_count", "empty_cache", "is_available", "manual_seed", "manual_seed_all", "synchronize",
]  # fmt: skip

_NOT_BUILT = "Torch not compiled with XPU enabled"

is_available = answers("xpu", "is_available", "Return False.", lambda: False)
device_count = answers("xpu", "device_count", "Return 0.", lambda: 0)
manual_seed = answers("xpu", "manual_seed", "Seed a GPU's generator: this does nothing.")
manual_seed_all = answers("xpu", "manual_seed_all", "Seed all GPUs' generators: this does nothing.")
empty_cache = answers("xpu", "empty_cache", "Give memory back: this does nothing.")
synchronize = refuses("xpu", "synchronize", "Wait for a GPU", AssertionError, _NOT_BUILT)
current_device = refuses("xpu", "current_device", "The present GPU", AssertionError, _NOT_BUILT)
