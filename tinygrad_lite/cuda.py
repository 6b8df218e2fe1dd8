"""The questions that scripts ask before they choose a device; the answer is no."""

from typing import Any


def is_available() -> bool:
    """Whether there is a GPU to compute on: never."""
    return False


def device_count() -> int:
    """How many GPUs there are: none."""
    return 0


def manual_seed_all(seed: Any) -> None:
    """Seed no GPU, there being none."""
