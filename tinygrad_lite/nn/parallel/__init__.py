"""PyTorch's `torch.nn.parallel`: modules whose batches are shared out, among processes or GPUs."""

from .distributed import DistributedDataParallel
from .one_device import DataParallel, data_parallel

__all__ = ["DataParallel", "DistributedDataParallel", "data_parallel"]

DistributedDataParallel.__module__ = f"{__name__}.distributed"
