"""The questions that scripts ask before they choose a device; the answer is no."""

from typing import TYPE_CHECKING, Any

from .runtime.absent_names import refuse_absent

__all__ = ["device_count", "is_available", "manual_seed_all"]


def is_available() -> bool:
    """Whether there is a GPU to compute on: never."""
    return False


def device_count() -> int:
    """How many GPUs there are: none."""
    return 0


def manual_seed_all(seed: Any) -> None:
    """Seed no GPU, there being none."""


if not TYPE_CHECKING:  # a checker would take every name for one that exists
    __getattr__ = refuse_absent("cuda")
