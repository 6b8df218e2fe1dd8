"""PyTorch's `torch.utils`: here it is `utils.data`, datasets and loaders, and `utils.checkpoint`."""

from typing import TYPE_CHECKING

from ..runtime.absent_names import refuse_absent
from . import checkpoint, data

if not TYPE_CHECKING:  # a checker would take every name for one that exists
    __getattr__ = refuse_absent("utils")
