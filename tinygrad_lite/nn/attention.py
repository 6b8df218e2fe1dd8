"""`torch.nn.attention`: which of PyTorch's kernels is to compute attention; here it is always the same."""

from __future__ import annotations

import contextlib
import enum
from collections.abc import Iterator
from typing import Any

__all__ = ["SDPBackend", "sdpa_kernel"]


class SDPBackend(enum.IntEnum):
    """PyTorch's kernels of `scaled_dot_product_attention`."""

    ERROR = -1
    MATH = 0
    FLASH_ATTENTION = 1
    EFFICIENT_ATTENTION = 2
    CUDNN_ATTENTION = 3
    OVERRIDEABLE = 4


@contextlib.contextmanager
def sdpa_kernel(backends: Any, set_priority: bool = False) -> Iterator[None]:
    """A context in which some kernels may compute attention. It has no effect: the numbers are the same.

    Args:
        backends: a member of `SDPBackend`, or a list of them.
        set_priority: has no effect.

    Raises:
        TypeError: for what is no kernel.

    >>> import tinygrad_lite as tl
    >>> from tinygrad_lite.nn.attention import SDPBackend, sdpa_kernel
    >>> x = tl.ones(1, 2, 3)
    >>> with sdpa_kernel(SDPBackend.MATH):
    ...     tl.nn.functional.scaled_dot_product_attention(x, x, x).shape
    Size([1, 2, 3])
    """
    for backend in backends if isinstance(backends, (list, tuple)) else (backends,):
        if not isinstance(backend, SDPBackend):
            raise TypeError(f"sdpa_kernel: expected a SDPBackend, or a list of them, but got {backend!r:.40}")
    yield
