"""PyTorch's `torch.cuda`, as far as scripts ask it before they choose a device: there is no GPU."""

from typing import TYPE_CHECKING

from .runtime.absent_names import refuse_absent

__all__ = ["device_count", "is_available", "manual_seed_all"]


def is_available() -> bool:
    """Return False, because the only device is the CPU.

    >>> import tinygrad_lite as tl
    >>> device = "cuda" if tl.cuda.is_available() else "cpu"
    >>> tl.ones(2, device=device).device
    device(type='cpu')
    """
    return False


def device_count() -> int:
    """Return 0, the number of GPUs.

    >>> import tinygrad_lite as tl
    >>> tl.cuda.device_count()
    0
    """
    return 0


def manual_seed_all(seed: int) -> None:
    """Seed the generators of all GPUs, of which there are none: this does nothing.

    Args:
        seed: a whole number.

    Raises:
        TypeError: if `seed` is not a number.

    >>> import tinygrad_lite as tl
    >>> _ = tl.manual_seed(0)
    >>> tl.cuda.manual_seed_all(0)  # leaves the CPU's generator alone
    >>> tl.rand(2)
    tensor([0.4963, 0.7682])
    """
    try:
        int(seed)
    except (TypeError, ValueError):
        raise TypeError(f"manual_seed_all: the seed must be a whole number, not {seed!r}") from None


if not TYPE_CHECKING:  # a checker would take every name for one that exists
    __getattr__ = refuse_absent("cuda")
