"""`import torch` means this library: for a script that is to run as it is.

    import tinygrad_lite
    tinygrad_lite.install_as_torch()
    import torch.nn as nn  # this is tinygrad_lite.nn

`python -m tinygrad_lite script.py` runs a script so, and `%load_ext tinygrad_lite` in a notebook does it for the cells
that follow. Of torchvision there is a small stand-in: MNIST, FashionMNIST, four transforms, `make_grid`, `save_image`.
"""

from __future__ import annotations

from typing import Any

from .finder import install_as_torch, uninstall_as_torch

__all__ = ["install_as_torch", "uninstall_as_torch"]

for _public in (install_as_torch, uninstall_as_torch):
    _public.__module__ = __name__


def load_ipython_extension(ipython: Any) -> None:
    """What `%load_ext tinygrad_lite` calls."""
    install_as_torch()


def unload_ipython_extension(ipython: Any) -> None:
    """What `%unload_ext tinygrad_lite` calls."""
    uninstall_as_torch()
