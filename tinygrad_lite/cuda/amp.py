"""PyTorch's older path of mixed precision on GPUs: without one, both classes warn and do nothing."""

from __future__ import annotations

import functools
import warnings
from collections.abc import Callable
from typing import Any

from .. import amp
from ..types.dtypes import DType, float16

__all__ = ["GradScaler", "autocast", "custom_bwd", "custom_fwd"]


def _deprecated(name: str) -> None:
    warnings.warn(
        f"`torch.cuda.amp.{name}(args...)` is deprecated. Please use `torch.amp.{name}('cuda', args...)` instead.",
        FutureWarning,
        stacklevel=3,
    )


class autocast(amp.autocast):
    """`amp.autocast("cuda", …)`: without a GPU it warns and changes nothing.

    Args:
        enabled: whether it is to do something.
        dtype: the narrower dtype.
        cache_enabled: has no effect.

    Raises:
        TypeError: for other arguments.

    >>> import warnings; warnings.simplefilter("ignore")
    >>> import tinygrad_lite as tl
    >>> with tl.cuda.amp.autocast(enabled=False):
    ...     tl.ones(2) @ tl.ones(2)
    tensor(2.)
    """

    def __init__(self, enabled: bool = True, dtype: DType | None = float16, cache_enabled: bool = True) -> None:
        _deprecated("autocast")
        super().__init__("cuda", enabled=enabled, dtype=dtype, cache_enabled=cache_enabled)


class GradScaler(amp.GradScaler):
    """`amp.GradScaler("cuda", …)`: without a GPU it warns and scales nothing.

    Args:
        init_scale, growth_factor, backoff_factor, growth_interval: see `amp.GradScaler`.
        enabled: whether it is to do something.

    Raises:
        TypeError: for other arguments.

    >>> import warnings; warnings.simplefilter("ignore")
    >>> import tinygrad_lite as tl
    >>> tl.cuda.amp.GradScaler(enabled=False).scale(tl.ones(1))
    tensor([1.])
    """

    def __init__(
        self,
        init_scale: float = 2.0**16,
        growth_factor: float = 2.0,
        backoff_factor: float = 0.5,
        growth_interval: int = 2000,
        enabled: bool = True,
    ) -> None:
        _deprecated("GradScaler")
        super().__init__("cuda", init_scale, growth_factor, backoff_factor, growth_interval, enabled)


custom_fwd: Callable[..., Any] = functools.partial(amp.custom_fwd, device_type="cuda")
custom_bwd: Callable[..., Any] = functools.partial(amp.custom_bwd, device_type="cuda")
