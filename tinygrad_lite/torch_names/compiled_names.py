"""The names that scripts import from `torch._C`, PyTorch's compiled part."""

from __future__ import annotations

from ..ops.kernels.lapack import LinAlgError
from ..random.generator import Generator
from ..types.devices import device
from ..types.sizes import Size

__all__ = ["Generator", "Size", "Value", "_LinAlgError", "device"]

_LinAlgError = LinAlgError


class Value:
    """A value in a program of TorchScript, of which there are none here: annotations name it."""
