"""What loaders, datasets and samplers refuse, and with which class of error: PyTorch's."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import tinygrad_lite as tl
from tinygrad_lite.utils import data

from ..support.loader_scripts import both, squares, stream

WRONG: dict[str, Callable[[Any, Any], Any]] = {
    "batch_size=0": lambda D, T: D.DataLoader([1], batch_size=0),
    "batch_size=2.0": lambda D, T: D.DataLoader([1], batch_size=2.0),
    "shuffle and sampler": lambda D, T: D.DataLoader([1], shuffle=True, sampler=[0]),
    "batch_sampler and batch_size": lambda D, T: D.DataLoader([1], 2, batch_sampler=[[0]]),
    "batch_sampler and shuffle": lambda D, T: D.DataLoader([1], shuffle=True, batch_sampler=[[0]]),
    "batch_sampler and drop_last": lambda D, T: D.DataLoader([1], drop_last=True, batch_sampler=[[0]]),
    "drop_last of single items": lambda D, T: D.DataLoader([1], None, drop_last=True),
    "num_workers=-1": lambda D, T: D.DataLoader([1], num_workers=-1),
    "timeout=-1": lambda D, T: D.DataLoader([1], timeout=-1),
    "timeout without workers": lambda D, T: list(D.DataLoader([1], timeout=1)),
    "prefetch without workers": lambda D, T: D.DataLoader([1], prefetch_factor=2),
    "negative prefetch": lambda D, T: D.DataLoader([1], num_workers=1, prefetch_factor=-2),
    "persistent without workers": lambda D, T: D.DataLoader([1], persistent_workers=True),
    "context without workers": lambda D, T: D.DataLoader([1], multiprocessing_context="spawn"),
    "no such context": lambda D, T: D.DataLoader([1], num_workers=1, multiprocessing_context="x"),
    "shuffled stream": lambda D, T: D.DataLoader(stream(T), shuffle=True),
    "stream with sampler": lambda D, T: D.DataLoader(stream(T), sampler=[1]),
    "stream with batch_sampler": lambda D, T: D.DataLoader(stream(T), batch_sampler=[[1]]),
    "nothing to shuffle": lambda D, T: D.DataLoader([], shuffle=True),
    "index out of range": lambda D, T: list(D.DataLoader(squares(T), sampler=[23])),
    "size set later": lambda D, T: setattr(D.DataLoader([1]), "batch_size", 2),
    "sampler set later": lambda D, T: setattr(D.DataLoader([1]), "sampler", 2),
    "replacement=1": lambda D, T: D.RandomSampler([1], replacement=1),
    "no samples": lambda D, T: D.RandomSampler([1], num_samples=0),
    "half a sample": lambda D, T: D.RandomSampler([1], num_samples=0.5),
    "weights in rows": lambda D, T: D.WeightedRandomSampler([[1.0]], 1),
    "no weighted samples": lambda D, T: D.WeightedRandomSampler([1.0], 0),
    "weighted replacement=1": lambda D, T: D.WeightedRandomSampler([1.0], 1, 1),
    "too many without replacement": lambda D, T: list(D.WeightedRandomSampler([1.0], 2, False)),
    "BatchSampler of 0": lambda D, T: D.BatchSampler([1], 0, False),
    "BatchSampler of True": lambda D, T: D.BatchSampler([1], True, False),
    "BatchSampler drop_last=0": lambda D, T: D.BatchSampler([1], 1, 0),
    "Sampler itself": lambda D, T: list(D.Sampler()),
    "Dataset itself": lambda D, T: D.Dataset()[0],
    "its length": lambda D, T: len(D.Dataset()),
    "IterableDataset itself": lambda D, T: D.IterableDataset(),
    "tensors of other lengths": lambda D, T: D.TensorDataset(T.ones(2), T.ones(3)),
    "concat of nothing": lambda D, T: D.ConcatDataset([]),
    "concat of a stream": lambda D, T: D.ConcatDataset([stream(T)]),
    "concat below": lambda D, T: D.ConcatDataset([[1]])[-2],
    "concat above": lambda D, T: D.ConcatDataset([[1]])[1],
    "chain of a list": lambda D, T: list(D.ChainDataset([[1]])),
    "stack of nothing": lambda D, T: D.StackDataset(),
    "stack of other lengths": lambda D, T: D.StackDataset([1], [1, 2]),
    "stack both ways": lambda D, T: D.StackDataset([1], a=[1]),
    "split of too many": lambda D, T: D.random_split([1, 2], [3]),
    "split of fractions below 1": lambda D, T: D.random_split([1, 2], [0.5, 0.4]),
    "split of a negative fraction": lambda D, T: D.random_split([1, 2], [-0.5, 1.5]),
    "collate an object": lambda D, T: D.default_collate([object()]),
    "collate None": lambda D, T: D.default_collate([None]),
    "collate nothing": lambda D, T: D.default_collate([]),
    "collate other lengths": lambda D, T: D.default_collate([[1], [1, 2]]),
    "collate other shapes": lambda D, T: D.default_collate([T.ones(2), T.ones(3)]),
    "collate other keys": lambda D, T: D.default_collate([{"a": 1}, {"b": 1}]),
    "collate an array of strings": lambda D, T: D.default_collate([np.array(["a"])]),
    "collate an array of objects": lambda D, T: D.default_collate([np.array([None])]),
}


@pytest.mark.parametrize("name", WRONG)
def test_what_is_refused_and_with_which_class(name: str) -> None:
    both(lambda T: WRONG[name](T.utils.data, T))
    with pytest.raises(Exception):  # noqa: B017  # whatever it is
        WRONG[name](data, tl)


MESSAGES: dict[str, tuple[Callable[[], Any], str]] = {
    "no dataset": (lambda: data.DataLoader(None), "must have items by index .* but it is 'NoneType'"),
    "a generator": (lambda: data.DataLoader(i for i in range(3)), "of a generator an IterableDataset"),
    "a class": (lambda: data.DataLoader(data.TensorDataset), "the class TensorDataset"),
    "num_workers='2'": (lambda: data.DataLoader([1], num_workers="2"), "num_workers must be an int, not '2'"),
    "timeout='2'": (lambda: data.DataLoader([1], num_workers=1, timeout="2"), "timeout must be a number of seconds"),
    "prefetch_factor='2'": (lambda: data.DataLoader([1], num_workers=1, prefetch_factor="2"), "prefetch_factor must"),
    "sampler=3": (lambda: data.DataLoader([1], sampler=3), "'int' object is not iterable: sampler must be"),
    "sampler=RandomSampler": (lambda: data.DataLoader([1], sampler=data.RandomSampler), "sampler must be an iterable"),
    "single indices": (lambda: list(data.DataLoader([1], batch_sampler=[0])), "gave the index 0, and must give lists"),
    "collate_fn='x'": (lambda: data.DataLoader([1], collate_fn="x"), "'str' object is not callable: collate_fn"),
    "no length": (lambda: list(data.SequentialSampler(3)), "has no len.*: define __len__ in the dataset"),
    "collate a number": (lambda: data.default_collate(3), "not subscriptable: default_collate takes a list of items"),
    "lengths=2": (lambda: data.random_split([1, 2], 2), "must be a list of numbers of items or of fractions, not 2"),
    "halves": (lambda: data.random_split([1, 2, 3], [1.5, 1.5]), r"numbers of items must be whole.*\[1.5, 1.5\]"),
}


@pytest.mark.parametrize("name", MESSAGES)
def test_errors_name_the_argument(name: str) -> None:
    call, message = MESSAGES[name]
    with pytest.raises(TypeError, match=message):
        call()


def test_a_tensor_without_rows() -> None:
    both(lambda T: T.utils.data.TensorDataset(T.tensor(1.0)))
    with pytest.raises(IndexError, match="tensor has no dimensions"):
        data.TensorDataset(tl.tensor(1.0))
