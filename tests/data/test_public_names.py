"""Every public name of utils.data has a sample in these tests, and PyTorch's signature."""

from __future__ import annotations

import pytest

import tinygrad_lite as tl
from tinygrad_lite.utils import data

from .test_collate import COLLATED
from .test_loading import LOADERS
from .test_loading_errors import WRONG

CATALOGUE = {
    "BatchSampler": "with a batch sampler",
    "ChainDataset": "of a chain",
    "ConcatDataset": "of a sum",
    "DataLoader": "shuffled",
    "Dataset": "of random dicts",
    "DistributedSampler": "in test_one_process.py",
    "IterableDataset": "of a stream",
    "RandomSampler": "with a sampler",
    "Sampler": "Sampler itself",
    "SequentialSampler": "with a batch sampler",
    "StackDataset": "of a stack",
    "Subset": "of a part",
    "SubsetRandomSampler": "with some indices",
    "TensorDataset": "in order",
    "WeightedRandomSampler": "with weights",
    "WorkerInfo": "in test_workers.py",
    "default_collate": "dicts",
    "default_convert": "dicts",
    "get_worker_info": "in test_workers.py",
    "random_split": "of a split",
}


def test_every_public_name_has_a_sample_here_and_is_pytorchs() -> None:
    assert set(CATALOGUE) == set(data.__all__)
    samples = {*LOADERS, *WRONG, *COLLATED, "in test_workers.py", "in test_one_process.py"}
    assert set(CATALOGUE.values()) <= samples
    torch = pytest.importorskip("torch")
    assert all(hasattr(torch.utils.data, name) for name in set(CATALOGUE) - {"WorkerInfo"})


@pytest.mark.parametrize("name", sorted(set(data.__all__) - {"WorkerInfo"}))
def test_signatures_are_pytorchs(name: str) -> None:
    import inspect

    torch = pytest.importorskip("torch")
    ours, theirs = (
        [(p.name, p.kind, p.default if isinstance(p.default, (int, str, type(None))) else "…")
         for p in inspect.signature(getattr(T.utils.data, name)).parameters.values()]
        for T in (tl, torch)
    )  # fmt: skip
    assert ours == theirs
