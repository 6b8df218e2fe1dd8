"""Switches of GPUs, which are not here: they may be set, and have no effect."""

import contextlib
from collections.abc import Iterator
from types import SimpleNamespace

matmul = SimpleNamespace(
    allow_tf32=False,
    allow_fp16_reduced_precision_reduction=True,
    allow_bf16_reduced_precision_reduction=True,
    fp32_precision="none",
)
_sdp = {"flash": True, "mem_efficient": True, "math": True, "cudnn": True}


def is_built() -> bool:
    """Return False."""
    return False


def flash_sdp_enabled() -> bool:
    """Return True if a kernel of GPUs may be used, of which there is none."""
    return _sdp["flash"]


def enable_flash_sdp(enabled: bool) -> None:
    """Allow it or not, without effect."""
    _sdp["flash"] = enabled


def mem_efficient_sdp_enabled() -> bool:
    """Return True if a kernel of GPUs may be used, of which there is none."""
    return _sdp["mem_efficient"]


def enable_mem_efficient_sdp(enabled: bool) -> None:
    """Allow it or not, without effect."""
    _sdp["mem_efficient"] = enabled


def math_sdp_enabled() -> bool:
    """Return True if the plain form may be used, as it always is."""
    return _sdp["math"]


def enable_math_sdp(enabled: bool) -> None:
    """Allow it or not, without effect."""
    _sdp["math"] = enabled


@contextlib.contextmanager
def sdp_kernel(
    enable_flash: bool = True, enable_math: bool = True, enable_mem_efficient: bool = True, enable_cudnn: bool = True
) -> Iterator[None]:
    """A context that chooses a kernel of attention, without effect."""
    yield
