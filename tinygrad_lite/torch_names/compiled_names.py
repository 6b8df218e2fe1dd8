"""The names that scripts import from `torch._C`, PyTorch's compiled part."""

from __future__ import annotations

from ..ops.kernels.lapack import LinAlgError
from ..random.generator import Generator
from ..types.devices import device
from ..types.sizes import Size

__all__ = ["Generator", "Size", "Value", "_LinAlgError", "_log_api_usage_once", "device"]

_LinAlgError = LinAlgError


class Value:
    """A value in a program of TorchScript, of which there are none here: annotations name it."""


def _log_api_usage_once(event: str) -> None:
    """Do nothing: PyTorch notes here which of its parts are used, and libraries on top of it call this too."""
