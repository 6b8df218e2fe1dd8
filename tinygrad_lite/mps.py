"""PyTorch's `torch.mps`, by which scripts ask for Apple's GPUs. There are none here."""

from __future__ import annotations

from .cuda import answers, refuses

__all__ = [
    "current_allocated_memory", "device_count", "empty_cache", "is_available", "manual_seed", "seed", "synchronize",
]  # fmt: skip

_CANNOT = "Cannot execute {}() without MPS backend."

is_available = answers("mps", "is_available", "Return False.", lambda: False)
device_count = answers("mps", "device_count", "Return 0.", lambda: 0)
manual_seed = answers("mps", "manual_seed", "Seed a GPU's generator: this does nothing.")
seed = answers("mps", "seed", "Seed a GPU's generator anew: this does nothing.")
synchronize = refuses("mps", "synchronize", "Wait for a GPU", RuntimeError, _CANNOT.format("deviceSynchronize"))
empty_cache = refuses("mps", "empty_cache", "Give memory back", RuntimeError, _CANNOT.format("emptyCache"))
current_allocated_memory = refuses(
    "mps", "current_allocated_memory", "The bytes in use", RuntimeError, _CANNOT.format("getCurrentAllocatedMemory")
)
