"""The loader: the same script under both libraries gives the same batches and random numbers."""

from __future__ import annotations

import itertools
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import tinygrad_lite as tl
from tinygrad_lite.utils import data

from ..support.loader_scripts import both, epochs, plain, rows, seeded, squares, stream

LOADERS: dict[str, Callable[[Any], Any]] = {
    "in order": lambda D, T: D.DataLoader(squares(T), batch_size=4),
    "one by one": lambda D, T: D.DataLoader(squares(T)),
    "shuffled": lambda D, T: D.DataLoader(squares(T), batch_size=4, shuffle=True),
    "shuffled by a generator": lambda D, T: D.DataLoader(squares(T), batch_size=4, shuffle=True, generator=seeded(T)),
    "of exact batches": lambda D, T: D.DataLoader(squares(T, 20), batch_size=4, shuffle=True, generator=seeded(T)),
    "without the last": lambda D, T: D.DataLoader(squares(T), batch_size=4, shuffle=True, drop_last=True),
    "without the last, by a generator": lambda D, T: D.DataLoader(
        squares(T), 4, True, drop_last=True, generator=seeded(T)
    ),
    "of single items": lambda D, T: D.DataLoader(squares(T), batch_size=None, shuffle=True),
    "of a list": lambda D, T: D.DataLoader([1.5, 2.5, 3.5], batch_size=2),
    "of arrays": lambda D, T: D.DataLoader(np.arange(12).reshape(6, 2), batch_size=None, sampler=[3, 1]),
    "of a Tensor": lambda D, T: D.DataLoader(T.arange(5) * 2, batch_size=2),
    "of random dicts": lambda D, T: D.DataLoader(rows(T), batch_size=5, shuffle=True),
    "of a sum": lambda D, T: D.DataLoader(squares(T, 5) + squares(T, 4), batch_size=4, shuffle=True),
    "of a stack": lambda D, T: D.DataLoader(D.StackDataset(range(4), squares(T, 4)), batch_size=3),
    "of a named stack": lambda D, T: D.DataLoader(D.StackDataset(a=range(4), b=squares(T, 4)), batch_size=3),
    "of a part": lambda D, T: D.DataLoader(D.Subset(squares(T), [5, 3, 1, 20, 3]), batch_size=2, shuffle=True),
    "of a part of a part": lambda D, T: D.DataLoader(D.Subset(D.Subset(squares(T), [5, 3, 1]), [2, 0]), batch_size=2),
    "of a part by a Tensor": lambda D, T: D.DataLoader(D.Subset(squares(T), T.tensor([5, 3, 1])), batch_size=2),
    "of a part of a list": lambda D, T: D.DataLoader(D.Subset("abcd", [3, 0]), batch_size=2),
    "of a split": lambda D, T: D.DataLoader(D.random_split(squares(T), [9, 14])[0], batch_size=4, shuffle=True),
    "with a sampler": lambda D, T: D.DataLoader(squares(T), 4, sampler=D.RandomSampler(squares(T), True)),
    "with more samples": lambda D, T: D.DataLoader(squares(T), 7, sampler=D.RandomSampler(range(23), num_samples=50)),
    "with drawn samples": lambda D, T: D.DataLoader(
        squares(T), 7, sampler=D.RandomSampler(range(23), True, 70, seeded(T))
    ),
    "with weights": lambda D, T: D.DataLoader(squares(T), 4, sampler=D.WeightedRandomSampler(range(1, 24), 30)),
    "with weights, each once": lambda D, T: D.DataLoader(
        squares(T), 4, sampler=D.WeightedRandomSampler([1.0] * 23, 9, False, seeded(T))
    ),
    "with some indices": lambda D, T: D.DataLoader(squares(T), 2, sampler=D.SubsetRandomSampler([4, 9, 6], seeded(T))),
    "with single random indices": lambda D, T: D.DataLoader(range(10), None, sampler=D.SubsetRandomSampler([4, 9, 6])),
    "with the last first": lambda D, T: D.DataLoader(squares(T), 3, sampler=[-1, -2, -3, 0]),
    "with Tensors for indices": lambda D, T: D.DataLoader(squares(T), 3, sampler=T.tensor([4, 2, 1])),
    "with batches of indices": lambda D, T: D.DataLoader(squares(T), batch_sampler=[[1, 2], [3]]),
    "with a batch sampler": lambda D, T: D.DataLoader(
        squares(T), batch_sampler=D.BatchSampler(D.SequentialSampler(range(5)), 2, True)
    ),
    "with a function": lambda D, T: D.DataLoader(squares(T), 4, collate_fn=lambda batch: [len(batch), batch[0][1]]),
    "of a stream": lambda D, T: D.DataLoader(stream(T), batch_size=4),
    "of a stream without the last": lambda D, T: D.DataLoader(stream(T), batch_size=4, drop_last=True),
    "of a stream, one by one": lambda D, T: D.DataLoader(stream(T), batch_size=None),
    "of a random stream": lambda D, T: D.DataLoader(stream(T, draws=True), batch_size=3),
    "of a chain": lambda D, T: D.DataLoader(stream(T) + stream(T, 3), batch_size=4),
    "pinned": lambda D, T: D.DataLoader(squares(T, 4), batch_size=4, pin_memory=True),
}  # fmt: skip


@pytest.mark.parametrize("name", LOADERS)
class TestLoader:
    def make(self, name: str, T: Any) -> Any:
        return LOADERS[name](T.utils.data, T)

    def test_epochs_are_pytorchs(self, name: str) -> None:
        both(lambda T: epochs(self.make(name, T)))

    def test_so_are_random_numbers_drawn_within_an_epoch(self, name: str) -> None:
        def script(T: Any) -> Any:
            loader = self.make(name, T)
            found = []
            for _ in range(2):
                for batch in loader:
                    found += [batch, T.rand(2)]
            return found

        both(script)

    def test_and_after_an_epoch_that_was_left(self, name: str) -> None:
        def script(T: Any) -> Any:
            loader = self.make(name, T)
            return [*itertools.islice(loader, 2), T.rand(1), *itertools.islice(loader, 2)]

        both(script)

    def test_the_number_of_batches_is_pytorchs(self, name: str) -> None:
        both(lambda T: len(self.make(name, T)))

    def test_slices_are_the_stacked_items(self, name: str) -> None:
        def script(by_item: bool) -> Any:
            tl.manual_seed(1)
            loader = self.make(name, tl)
            collate = loader.collate_fn
            if by_item:
                loader.collate_fn = lambda batch: collate(batch)  # a function of the user's is given the items
            return plain(epochs(loader))

        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            assert script(False) == script(True)


@given(st.integers(1, 40), st.integers(1, 9), st.booleans(), st.booleans(), st.integers(0, 99))
def test_every_item_comes_once(n: int, size: int, shuffle: bool, drop_last: bool, seed: int) -> None:
    tl.manual_seed(seed)
    loader = data.DataLoader(data.TensorDataset(tl.arange(n)), size, shuffle, drop_last=drop_last)
    batches = [x.tolist() for (x,) in loader]
    seen = sorted(itertools.chain.from_iterable(batches))
    assert len(batches) == len(loader) == (n // size if drop_last else -(-n // size))
    assert seen == list(range(n)) if not drop_last else len(set(seen)) == n // size * size
    assert all(len(batch) == size for batch in batches[:-1])


def test_training_by_batches_gives_pytorchs_numbers() -> None:
    """A whole script: the loader, dropout-free model, and noise drawn from the same stream as the order."""

    def script(T: Any) -> Any:
        x = T.randn(50, 4, dtype=T.float64)
        dataset = T.utils.data.TensorDataset(x, (x.sum(1) > 0).long())
        train, test = T.utils.data.random_split(dataset, [0.8, 0.2])
        model = T.nn.Sequential(T.nn.Linear(4, 8), T.nn.Tanh(), T.nn.Linear(8, 2)).double()
        optimizer = T.optim.SGD(model.parameters(), lr=0.1, momentum=0.9)
        losses = []
        for _ in range(3):
            for inputs, labels in T.utils.data.DataLoader(train, batch_size=8, shuffle=True):
                loss = T.nn.functional.cross_entropy(
                    model(inputs + 0.1 * T.randn(inputs.shape, dtype=T.float64)), labels
                )
                optimizer.zero_grad()
                loss.backward()
                optimizer.step()
                losses.append(loss.item())
        return losses, [model(inputs).argmax(1).tolist() for inputs, _ in T.utils.data.DataLoader(test, 4)]

    torch = pytest.importorskip("torch")
    found = []
    for T in (tl, torch):
        T.manual_seed(0)
        found.append(script(T))
    np.testing.assert_allclose(found[0][0], found[1][0], rtol=1e-9)
    assert found[0][1] == found[1][1]
