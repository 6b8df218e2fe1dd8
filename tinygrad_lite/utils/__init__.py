"""PyTorch's `torch.utils`: `utils.data` (datasets and loaders), `checkpoint`, `benchmark`, and `tensorboard`."""

from typing import TYPE_CHECKING

from ..runtime.absent_names import refuse_absent
from . import checkpoint, data

if not TYPE_CHECKING:  # a checker would take every name for one that exists
    __getattr__ = refuse_absent("utils")
