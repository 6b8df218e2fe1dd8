"""Datasets, samplers and the loader: the same script under both libraries gives the same batches and random numbers."""

from __future__ import annotations

import itertools
import types
import warnings
from collections import OrderedDict, namedtuple
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import tinygrad_lite as tl
from tinygrad_lite.utils import data

Point = namedtuple("Point", "x y")


def plain(x: Any) -> Any:
    """A result without its library: kinds, dtypes, shapes and values."""
    if hasattr(x, "detach"):
        array = x.detach().numpy()
        return str(array.dtype), array.shape, array.tolist()
    if isinstance(x, Mapping):
        return type(x).__name__, {key: plain(value) for key, value in x.items()}
    if isinstance(x, (list, tuple)):
        return type(x).__name__, [plain(value) for value in x]
    if hasattr(x, "tolist"):
        return x.tolist()
    return x


def both(script: Callable[[Any], Any], seed: int = 3) -> None:
    """Run a script under both, and compare what it returns, what it raises, and where it leaves the generator."""
    torch = pytest.importorskip("torch")
    ours, theirs = (outcome(script, T, seed) for T in (tl, torch))
    assert ours == theirs


def outcome(script: Callable[[Any], Any], T: Any, seed: int) -> Any:
    T.manual_seed(seed)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            result = plain(script(T))
        except Exception as error:
            return type(error).__name__
    return result, T.rand(3).tolist(), [w.category.__name__ for w in caught]


def squares(T: Any, n: int = 23) -> Any:
    return T.utils.data.TensorDataset(
        T.arange(n), T.arange(n).float() ** 2, T.ones(n, 2, 3) * T.arange(n).view(-1, 1, 1)
    )


def stream(T: Any, n: int = 10, draws: bool = False) -> Any:
    class Stream(T.utils.data.IterableDataset):
        def __iter__(self) -> Iterator[Any]:
            return iter(T.rand(n)) if draws else iter(range(n))

        def __len__(self) -> int:
            return n

    return Stream()


def rows(T: Any, n: int = 12, draws: bool = True) -> Any:
    """A dataset of dicts; some of what is in them is random."""

    class Rows(T.utils.data.Dataset):
        def __getitem__(self, i: int) -> dict[str, Any]:
            return {"i": i, "noise": T.randn(2) if draws else 0.5, "name": str(i)}

        def __len__(self) -> int:
            return n

    return Rows()


def seeded(T: Any, seed: int = 5) -> Any:
    return T.Generator().manual_seed(seed)


def epochs(loader: Any, count: int = 2) -> list[Any]:
    return [list(loader) for _ in range(count)]


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

    def test_length(self, name: str) -> None:
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
    with pytest.raises(Exception):  # noqa: B017
        WRONG[name](data, tl)


COLLATED: dict[str, Callable[[Any], Any]] = {
    "ints": lambda T: [1, 2],
    "floats": lambda T: [1.0, 2.5],
    "an int and a float": lambda T: [1, 2.5],
    "bools": lambda T: [True, False],
    "strings": lambda T: ["a", "b"],
    "NumPy's strings": lambda T: [np.str_("a"), np.str_("b")],
    "bytes": lambda T: [b"a", b"b"],
    "Tensors": lambda T: [T.ones(2), T.zeros(2)],
    "Tensors of two dtypes": lambda T: [T.ones(2), T.ones(2).long()],
    "Tensors that require gradients": lambda T: [T.ones(2, requires_grad=True), T.ones(2)],
    "0-d Tensors": lambda T: [T.tensor(1), T.tensor(2)],
    "arrays": lambda T: [np.arange(3), np.arange(3) * 2],
    "arrays of float32": lambda T: [np.ones((2, 1), np.float32)] * 2,
    "arrays of bools": lambda T: [np.array([True])] * 2,
    "0-d arrays": lambda T: [np.array(1.5), np.array(2.5)],
    **{
        f"scalars of {kind}": lambda T, kind=kind: [np.dtype(kind).type(0), np.dtype(kind).type(1)]
        for kind in ("float16", "float32", "float64", "int8", "uint8", "int32", "int64", "bool")
    },
    "tuples": lambda T: [(1, 2.0, "a"), (3, 4.0, "b")],
    "lists": lambda T: [[1, T.ones(2)], [3, T.ones(2)]],
    "empty tuples": lambda T: [(), ()],
    "named tuples": lambda T: [Point(1, [2.0]), Point(3, [4.0])],
    "dicts": lambda T: [{"a": 1, "b": {"c": (1, 2)}}, {"a": 2, "b": {"c": (3, 4)}}],
    "ordered dicts": lambda T: [OrderedDict(b=1, a=2.0), OrderedDict(b=3, a=4.0)],
    "read-only mappings": lambda T: [types.MappingProxyType({"a": 1})] * 2,
    "ranges": lambda T: [range(3), range(3)],
}


@pytest.mark.parametrize("name", COLLATED)
def test_collate_and_convert(name: str) -> None:
    both(lambda T: T.utils.data.default_collate(COLLATED[name](T)))
    both(lambda T: T.utils.data.default_convert(COLLATED[name](T)))


def test_collating_keeps_the_history() -> None:
    x = tl.ones(2, requires_grad=True)
    data.default_collate([x * 2, x * 3]).sum().backward()
    assert x.grad.tolist() == [5, 5]


def test_collating_keeps_what_else_a_mapping_has() -> None:
    class Named(dict[str, Any]):
        name = "given"

    first = Named(a=1)
    first.name = "changed"
    found = data.default_collate([first, Named(a=2)])
    assert (type(found), found.name, found["a"].tolist()) == (Named, "changed", [1, 2])
    assert first["a"] == 1


@pytest.mark.parametrize("n", [1, 10, 11])
@pytest.mark.parametrize("lengths", ["whole", [0.5, 0.5], [0.3, 0.3, 0.4], [0.1] * 10, [1.0, 0.0]])
@pytest.mark.parametrize("given", [False, True])
def test_random_split(n: int, lengths: Any, given: bool) -> None:
    def script(T: Any) -> Any:
        parts = T.utils.data.random_split(
            range(100, 100 + n),
            [n - n // 3, n // 3] if lengths == "whole" else lengths,
            *([seeded(T)] if given else []),
        )
        return [[part.indices, list(part)] for part in parts]

    both(script)


@given(st.integers(1, 40), st.integers(1, 9), st.booleans(), st.booleans(), st.integers(0, 99))
def test_every_item_comes_once(n: int, size: int, shuffle: bool, drop_last: bool, seed: int) -> None:
    tl.manual_seed(seed)
    loader = data.DataLoader(data.TensorDataset(tl.arange(n)), size, shuffle, drop_last=drop_last)
    batches = [x.tolist() for (x,) in loader]
    seen = sorted(itertools.chain.from_iterable(batches))
    assert len(batches) == len(loader) == (n // size if drop_last else -(-n // size))
    assert seen == list(range(n)) if not drop_last else len(set(seen)) == n // size * size
    assert all(len(batch) == size for batch in batches[:-1])


class TestSlices:
    """A TensorDataset gives whole batches, and only if that is the same as its items."""

    def test_items_are_not_touched(self, monkeypatch: pytest.MonkeyPatch) -> None:
        class Untouchable(tl.Tensor):
            def __getitem__(self, index: Any) -> Any:
                raise AssertionError("item by item")

        t = tl.arange(6).view(3, 2)
        monkeypatch.setattr(type(t), "__getitem__", Untouchable.__getitem__)
        ((x,),) = data.DataLoader(data.Subset(data.TensorDataset(t), [2, 0]), batch_size=2)
        assert x.tolist() == [[4, 5], [0, 1]]

    def test_a_batch_is_a_copy(self) -> None:
        t = tl.arange(4)
        for shuffle in (False, True):
            ((x,),) = data.DataLoader(data.TensorDataset(t), batch_size=4, shuffle=shuffle)
            x.fill_(9)
        assert t.tolist() == [0, 1, 2, 3]

    def test_gradients_flow(self) -> None:
        t = tl.ones(4, requires_grad=True)
        for (x,) in data.DataLoader(data.TensorDataset(t), batch_size=3):
            (x * 2).sum().backward()
        assert t.grad.tolist() == [2, 2, 2, 2]

    @pytest.mark.parametrize("base", ["TensorDataset", "Subset"])
    @pytest.mark.parametrize("many", [False, True])
    def test_a_subclass_with_items_of_its_own_gives_those(self, base: str, many: bool) -> None:
        def script(T: Any) -> Any:
            kind = getattr(T.utils.data, base)

            class Negative(kind):
                if many:

                    def __getitems__(self, indices: list[int]) -> Any:
                        return [-i for i in indices]

                if base == "TensorDataset" or many:

                    def __getitem__(self, i: int) -> Any:
                        return -i

            inner = squares(T, 5)
            dataset = Negative(inner, [0, 3]) if base == "Subset" else Negative(*inner.tensors)
            return list(T.utils.data.DataLoader(dataset, 3))

        both(script)

    def test_a_part_that_changes_only_single_items_is_refused(self) -> None:
        def script(T: Any) -> Any:
            class Half(T.utils.data.Subset):
                def __getitem__(self, i: int) -> Any:
                    return 0

            return Half([1], [0])

        both(script)
        with pytest.raises(NotImplementedError, match="__getitems__"):
            script(tl)

    def test_what_is_not_a_tensor_is_refused(self) -> None:
        with pytest.raises(TypeError, match=r"not ndarray: convert it with torch.tensor\(\)"):
            data.TensorDataset(np.ones(3))
        with pytest.raises(AssertionError, match=r"\[\[2, 5\], \[3\]\]"):
            data.TensorDataset(tl.ones(2, 5), tl.ones(3))


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


CATALOGUE = {
    "BatchSampler": "with a batch sampler",
    "ChainDataset": "of a chain",
    "ConcatDataset": "of a sum",
    "DataLoader": "shuffled",
    "Dataset": "of random dicts",
    "IterableDataset": "of a stream",
    "RandomSampler": "with a sampler",
    "Sampler": "Sampler itself",
    "SequentialSampler": "with a batch sampler",
    "StackDataset": "of a stack",
    "Subset": "of a part",
    "SubsetRandomSampler": "with some indices",
    "TensorDataset": "in order",
    "WeightedRandomSampler": "with weights",
    "WorkerInfo": "tests/test_data_workers.py",
    "default_collate": "dicts",
    "default_convert": "dicts",
    "get_worker_info": "tests/test_data_workers.py",
    "random_split": "of a split",
}


def test_every_public_name_has_a_sample_here_and_is_pytorchs() -> None:
    assert set(CATALOGUE) == set(data.__all__)
    samples = {*LOADERS, *WRONG, *COLLATED, "tests/test_data_workers.py"}
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
