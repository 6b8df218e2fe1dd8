"""Samplers of very many indices, and streams that are longer than they say."""

from __future__ import annotations

import tracemalloc
import warnings
from collections.abc import Iterator
from itertools import islice
from typing import Any

import pytest

import tinygrad_lite as tl
from tinygrad_lite.utils import data

from ..support.layer_scenarios import alike

MANY = 10**10

STREAMS: dict[str, Any] = {
    "in order": lambda: data.SequentialSampler(range(MANY)),
    "with replacement": lambda: data.RandomSampler(range(50), True, MANY),
    "one permutation after another": lambda: data.RandomSampler(range(50), False, MANY),
    "by weights": lambda: data.WeightedRandomSampler([1.0, 2.0], MANY),
}


@pytest.mark.parametrize("name", [name for name in STREAMS if name != "by weights"])
@pytest.mark.parametrize("batches", [False, True])
def test_the_first_of_very_many_comes_without_the_others(name: str, batches: bool) -> None:
    sampler = STREAMS[name]()
    assert len(sampler) == MANY
    tracemalloc.start()
    try:
        found = list(islice(data.BatchSampler(sampler, 2, False) if batches else sampler, 100))
        assert tracemalloc.get_traced_memory()[1] < 1 << 20
    finally:
        tracemalloc.stop()
    assert len(found) == 100


@pytest.mark.parametrize("name", STREAMS)
def test_a_loader_of_very_many(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tinygrad_lite.utils.data.sampler.MANY", 1000)
    loader = data.DataLoader(range(50), batch_size=4, sampler=STREAMS[name]())
    assert len(loader) == MANY // 4
    assert next(iter(loader)).shape == (4,)


@alike
def test_the_indices_are_pytorchs(T: Any) -> Any:
    def total(**options: Any) -> int:
        T.manual_seed(5)
        return sum((i + 1) * x for i, x in enumerate(T.utils.data.RandomSampler(range(50), **options)))

    found = [total(), total(replacement=True, num_samples=10000), total(num_samples=1003), total(num_samples=100)]
    found += [total(replacement=True, num_samples=5), T.rand(1).item()]
    assert found[1:3] == [1231191978, 12313878]
    return found


@pytest.mark.parametrize("count", [29, 30, 31, 39, 40, 41])
def test_weighted_indices_are_the_same_in_parts(count: int, monkeypatch: pytest.MonkeyPatch) -> None:
    tl.manual_seed(1)
    whole = list(data.WeightedRandomSampler([1.0, 2.0, 3.0], count))
    monkeypatch.setattr("tinygrad_lite.utils.data.sampler.MANY", 10)
    tl.manual_seed(1)
    assert list(data.WeightedRandomSampler([1.0, 2.0, 3.0], count)) == whole


@alike
def test_a_stream_that_is_longer_than_it_says(T: Any) -> Any:
    class Stream(T.utils.data.IterableDataset):  # type: ignore[misc]  # either library's
        def __len__(self) -> int:
            return 3

        def __iter__(self) -> Iterator[int]:
            return iter(range(5))

        def __repr__(self) -> str:
            return "Stream"

    found: list[Any] = []
    for options in ({}, {"batch_size": None}, {"batch_size": 2}, {"batch_size": 5}):
        loader = T.utils.data.DataLoader(Stream(), **options)
        for asked in (False, True):
            if asked:
                found.append(len(loader))
            with warnings.catch_warnings(record=True) as caught:
                warnings.simplefilter("always")
                found.append(len(list(iter(loader))))
            found += [str(w.message) for w in caught]
    return found
