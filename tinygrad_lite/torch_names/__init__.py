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
    """Answer for `torch`, as `install_as_torch` does. IPython calls this for `%load_ext tinygrad_lite`."""
    install_as_torch()


def unload_ipython_extension(ipython: Any) -> None:
    """Stop answering for `torch`. IPython calls this for `%unload_ext tinygrad_lite`."""
    uninstall_as_torch()
