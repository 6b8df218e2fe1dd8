"""Datasets, samplers, and the loader that makes batches of them: PyTorch's `torch.utils.data`.

>>> import tinygrad_lite as tl
>>> from tinygrad_lite.utils.data import DataLoader, TensorDataset
>>> _ = tl.manual_seed(0)
>>> for x, y in DataLoader(TensorDataset(tl.arange(5), tl.ones(5)), batch_size=2, shuffle=True):
...     print(x.tolist(), y.tolist())
[1, 4] [1.0, 1.0]
[2, 3] [1.0, 1.0]
[0] [1.0]
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ...runtime.absent_names import refuse_absent
from .collate import default_collate, default_convert
from .dataloader import DataLoader
from .dataset import (
    ChainDataset,
    ConcatDataset,
    Dataset,
    IterableDataset,
    StackDataset,
    Subset,
    TensorDataset,
    random_split,
)
from .distributed import DistributedSampler
from .sampler import (
    BatchSampler,
    RandomSampler,
    Sampler,
    SequentialSampler,
    SubsetRandomSampler,
    WeightedRandomSampler,
)
from .worker import WorkerInfo, get_worker_info

__all__ = [
    "BatchSampler",
    "ChainDataset",
    "ConcatDataset",
    "DataLoader",
    "Dataset",
    "DistributedSampler",
    "IterableDataset",
    "RandomSampler",
    "Sampler",
    "SequentialSampler",
    "StackDataset",
    "Subset",
    "SubsetRandomSampler",
    "TensorDataset",
    "WeightedRandomSampler",
    "WorkerInfo",
    "default_collate",
    "default_convert",
    "get_worker_info",
    "random_split",
]

for _public in (
    BatchSampler, ChainDataset, ConcatDataset, DataLoader, Dataset, DistributedSampler, IterableDataset, RandomSampler,
    Sampler, SequentialSampler, StackDataset, Subset, SubsetRandomSampler, TensorDataset, WeightedRandomSampler,
    WorkerInfo,
):  # fmt: skip
    _public.__module__ = __name__

if not TYPE_CHECKING:  # a checker would take every name for one that exists
    __getattr__ = refuse_absent("utils.data")
