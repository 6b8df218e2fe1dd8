"""Datasets: objects that have items, by index or one after another."""

from __future__ import annotations

import math
import warnings
from abc import abstractmethod
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from itertools import accumulate
from typing import Any, Generic, Protocol, TypeVar, overload

import numpy as np

from ...core.tensor import wrap
from ...creation import randperm
from ...random.generator import Generator, default_generator
from ...tensors.tensor import Tensor

Item = TypeVar("Item")
T_co = TypeVar("T_co", covariant=True)
Items = TypeVar("Items", bound=tuple[Any, ...] | dict[str, Any])


class MapStyle(Protocol[T_co]):
    """An object that has items by index: a Dataset, or a sequence, or an array."""

    def __getitem__(self, index: int, /) -> T_co: ...


class Dataset(Generic[T_co]):
    """The base of datasets whose items have an index: a subclass defines `__getitem__`, and usually `__len__`.

    A subclass may also define `__getitems__(indices)`, which returns the list of many items, where that is faster than
    one by one. `first + second` is their `ConcatDataset`.

    Raises:
        NotImplementedError: from `dataset[i]`, if the subclass does not define `__getitem__`.

    >>> class Squares(Dataset[int]):
    ...     def __getitem__(self, index):
    ...         return index**2
    ...     def __len__(self):
    ...         return 4
    >>> Squares()[3]
    9
    """

    def __getitem__(self, index: Any) -> T_co:
        raise NotImplementedError("Subclasses of Dataset should implement __getitem__.")

    def __add__(self, other: Dataset[T_co]) -> ConcatDataset[T_co]:
        return ConcatDataset([self, other])


class IterableDataset(Dataset[T_co], Iterable[T_co]):
    """The base of datasets that are streams: a subclass defines `__iter__`.

    In a DataLoader with workers each worker has a shallow copy of the dataset. Every one gives the whole stream, unless
    the dataset or `worker_init_fn` divides the work by `get_worker_info()`. `first + second` is their `ChainDataset`.

    Raises:
        TypeError: if a class without `__iter__` is instantiated.

    >>> class Countdown(IterableDataset[int]):
    ...     def __iter__(self):
    ...         return iter([3, 2, 1])
    >>> list(Countdown() + Countdown())
    [3, 2, 1, 3, 2, 1]
    """

    @abstractmethod
    def __iter__(self) -> Iterator[T_co]: ...

    def __add__(self, other: Dataset[T_co]) -> ChainDataset[T_co]:  # type: ignore[override]  # PyTorch's
        return ChainDataset([self, other])


class TensorDataset(Dataset[tuple[Tensor, ...]]):
    """A dataset whose items are the rows of Tensors: item i is the tuple of their rows i.

    A DataLoader takes a whole batch at a time out of it, with the same result as from single items.

    Args:
        tensors: Tensors (N, …) of the same length N along dimension 0.

    Raises:
        AssertionError: if the lengths differ.
        TypeError: if one is not a Tensor.
        IndexError: if one has no dimension.

    >>> import tinygrad_lite as tl
    >>> TensorDataset(tl.zeros(3, 2), tl.arange(3))[1]
    (tensor([0., 0.]), tensor(1))
    """

    tensors: tuple[Tensor, ...]

    def __init__(self, *tensors: Tensor) -> None:
        for t in tensors:
            if not isinstance(t, Tensor):
                raise TypeError(f"TensorDataset takes Tensors, not {type(t).__name__}: convert it with tensor()")
            if not t.ndim:
                raise IndexError(
                    "Dimension specified as 0 but tensor has no dimensions: the items of a TensorDataset are rows, "
                    "along dimension 0"
                )
        if len({len(t) for t in tensors}) > 1:
            raise AssertionError(
                f"Size mismatch between tensors: their shapes are {[list(t.shape) for t in tensors]}, and dimension 0 "
                "must be the same"
            )
        self.tensors = tensors

    def __getitem__(self, index: Any) -> tuple[Tensor, ...]:
        return tuple(t[index] for t in self.tensors)

    def __len__(self) -> int:
        return len(self.tensors[0])


class StackDataset(Dataset[Items]):
    """A dataset whose items are tuples (or, for keywords, dicts) of the items of several datasets at one index.

    Args:
        args: the datasets, for tuples;
        kwargs: or the datasets by name, for dicts.

    Raises:
        ValueError: if the lengths differ, if datasets are given in both ways, or if there are none.

    >>> StackDataset(x=[1, 2], y="ab")[1]
    {'x': 2, 'y': 'b'}
    """

    datasets: tuple[Any, ...] | dict[str, Any]

    @overload
    def __init__(self: StackDataset[tuple[Item, ...]], *args: MapStyle[Item]) -> None: ...
    @overload
    def __init__(self: StackDataset[dict[str, Item]], **kwargs: MapStyle[Item]) -> None: ...
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        if bool(args) == bool(kwargs):
            raise ValueError(
                "Supported either tuple- (via args) or dict- (via kwargs) like input/output, but both types are given."
                if args
                else "At least one dataset should be passed"
            )
        if len({len(dataset) for dataset in (*args, *kwargs.values())}) > 1:
            raise ValueError("Size mismatch between datasets")
        self.datasets = args or kwargs

    def __getitem__(self, index: Any) -> Items:
        items: Any
        if isinstance(self.datasets, dict):
            items = {name: dataset[index] for name, dataset in self.datasets.items()}
        else:
            items = tuple(dataset[index] for dataset in self.datasets)
        return items

    def __getitems__(self, indices: list[int]) -> list[Items]:
        if type(self).__getitem__ is not StackDataset.__getitem__:
            return [self[i] for i in indices]
        parts = self.datasets.values() if isinstance(self.datasets, dict) else self.datasets
        columns = [items_at(dataset, indices) for dataset in parts]
        for column in columns:
            if len(column) != len(indices):
                raise ValueError(
                    f"Nested dataset's output size mismatch. Expected {len(indices)}, got {len(column)}: its "
                    "__getitems__ must give one item for each index"
                )
        items: list[Any] = list(zip(*columns, strict=True))
        if isinstance(self.datasets, dict):
            items = [dict(zip(self.datasets, row, strict=True)) for row in items]
        return items

    def __len__(self) -> int:
        parts = self.datasets.values() if isinstance(self.datasets, dict) else self.datasets
        return len(next(iter(parts)))


class ConcatDataset(Dataset[T_co]):
    """The items of several datasets, one dataset after another; also `first + second`.

    Args:
        datasets: the datasets.

    Raises:
        AssertionError: if there are none, or one is a stream.

    >>> ConcatDataset(["ab", "cd"])[-2]
    'c'
    """

    def __init__(self, datasets: Iterable[MapStyle[T_co]]) -> None:
        self.datasets: list[Any] = list(datasets)
        if not self.datasets:
            raise AssertionError("datasets should not be an empty iterable")
        if any(isinstance(dataset, IterableDataset) for dataset in self.datasets):
            raise AssertionError("ConcatDataset does not support IterableDataset: chain streams with ChainDataset")
        self.cumulative_sizes = list(accumulate(len(dataset) for dataset in self.datasets))

    def __len__(self) -> int:
        return self.cumulative_sizes[-1]

    def __getitem__(self, index: int) -> T_co:
        if index < -len(self):
            raise ValueError("absolute value of index should not exceed dataset length")
        if index >= len(self):
            raise IndexError(f"index {index} is out of range for the {len(self)} items of ConcatDataset")
        index = index % len(self)
        part = bisect_right(self.cumulative_sizes, index)
        item: T_co = self.datasets[part][index - (self.cumulative_sizes[part - 1] if part else 0)]
        return item


class ChainDataset(IterableDataset[T_co]):
    """The items of several streams, one stream after another; also `first + second`.

    Args:
        datasets: the streams, each an IterableDataset.

    Raises:
        AssertionError: while iterating, if one is not an IterableDataset.

    >>> class Letters(IterableDataset[str]):
    ...     def __iter__(self):
    ...         return iter("ab")
    >>> list(ChainDataset([Letters(), Letters()]))
    ['a', 'b', 'a', 'b']
    """

    def __init__(self, datasets: Iterable[Dataset[T_co]]) -> None:
        self.datasets = datasets

    def _streams(self) -> Iterator[Any]:
        for dataset in self.datasets:
            if not isinstance(dataset, IterableDataset):
                raise AssertionError("ChainDataset only supports IterableDataset")
            yield dataset

    def __iter__(self) -> Iterator[T_co]:
        for dataset in self._streams():
            yield from dataset

    def __len__(self) -> int:
        return sum(len(dataset) for dataset in self._streams())


class Subset(Dataset[T_co]):
    """The items of a dataset at some indices.

    Args:
        dataset: the dataset.
        indices: the index of each item in it; an array or a Tensor will do.

    Raises:
        NotImplementedError: for a subclass that changes `__getitem__` but not `__getitems__`, which loaders use.

    >>> Subset("abcdef", [4, 0])[0]
    'e'
    """

    def __init__(self, dataset: MapStyle[T_co], indices: Sequence[int]) -> None:
        self.dataset: Any = dataset
        self.indices = indices
        if type(self).__getitem__ is not Subset.__getitem__ and type(self).__getitems__ is Subset.__getitems__:
            raise NotImplementedError(
                f"{type(self).__name__} overrides __getitem__ but not __getitems__, from which DataLoader takes a "
                "batch: override it too, for example by  return [self[i] for i in indices]"
            )

    def __getitem__(self, index: Any) -> T_co:
        item: T_co = self.dataset[_chosen(self.indices, index) if isinstance(index, list) else self.indices[index]]
        return item

    def __getitems__(self, indices: list[int]) -> list[T_co]:
        return items_at(self.dataset, [self.indices[i] for i in indices])

    def __len__(self) -> int:
        return len(self.indices)


def random_split(
    dataset: MapStyle[Item], lengths: Sequence[float], generator: Generator | None = default_generator
) -> list[Subset[Item]]:
    """Divide a dataset at random into Subsets of the given lengths, as PyTorch does for the same seed.

    Args:
        dataset: the dataset, of N items.
        lengths: whole numbers that add up to N, or fractions that add up to 1: each part then has floor(fraction · N)
            items, and the items left over go one each to the first parts.
        generator: draws the order.

    Raises:
        ValueError: if the lengths do not add up, or a fraction is not in [0, 1].
        TypeError: if the lengths are not numbers in a sequence, or neither fractions that add up to 1 nor whole.

    >>> import tinygrad_lite as tl
    >>> train, test = random_split(range(10), [0.75, 0.25], generator=tl.Generator().manual_seed(0))
    >>> len(train), list(test)
    (8, [6, 2])
    """
    if isinstance(lengths, str) or not isinstance(lengths, Iterable):
        raise TypeError(f"random_split: lengths must be a list of numbers of items or of fractions, not {lengths!r}")
    total = len(dataset)  # type: ignore[arg-type]  # the error of one without a length is wanted
    if math.isclose(sum(lengths), 1) and sum(lengths) <= 1:
        for i, fraction in enumerate(lengths):
            if not 0 <= fraction <= 1:
                raise ValueError(f"Fraction at index {i} is not between 0 and 1")
        counts = [math.floor(total * fraction) for fraction in lengths]
        for i in range(total - sum(counts)):
            counts[i % len(counts)] += 1
        for i, count in enumerate(counts):
            if count == 0:
                warnings.warn(
                    f"Length of split at index {i} is 0. This might result in an empty dataset.",
                    stacklevel=2,
                )
        lengths = counts
    if sum(lengths) != total:
        raise ValueError(
            "Sum of input lengths does not equal the length of the input dataset! "
            f"{list(lengths)} add up to {sum(lengths)}, and there are {total} items"
        )
    if any(length != int(length) for length in lengths):
        raise TypeError(f"random_split: numbers of items must be whole, and fractions add up to 1: {list(lengths)}")
    order = randperm(total, generator=generator).tolist()
    ends = accumulate(int(length) for length in lengths)
    return [Subset(dataset, order[end - int(length) : end]) for end, length in zip(ends, lengths, strict=True)]


# ---------------------------------------------------------------------------------------------- many items at once


def items_at(dataset: Any, indices: Iterable[Any]) -> list[Any]:
    """The items of a dataset at some indices, by its `__getitems__` if it has one."""
    many = getattr(dataset, "__getitems__", None)
    return many(indices) if many else [dataset[i] for i in indices]


def batch_at(dataset: Any, indices: Any) -> list[Tensor] | None:
    """The batch of the items at these indices, taken at once; None where only item by item is certain to be right.

    A TensorDataset and a Subset of one give their batches at once, unless a subclass has a `__getitem__` of its own.
    """
    kind = type(dataset)
    if isinstance(dataset, Subset):
        if kind.__getitem__ is not Subset.__getitem__ or kind.__getitems__ is not Subset.__getitems__:
            return None
        return batch_at(dataset.dataset, _chosen(dataset.indices, indices)) if _at_once(dataset.dataset) else None
    if not _at_once(dataset):
        return None
    rows = np.asarray(indices)
    if rows.ndim != 1 or rows.dtype.kind not in "iu":
        return None
    # A copy of the rows, as stacking the items makes one. take() is faster than indexing, but records nothing.
    return [t[rows] if t.requires_grad else wrap(t._data.take(rows, axis=0)) for t in dataset.tensors]


def _at_once(dataset: Any) -> bool:
    """True if a dataset may give whole batches at once; a Subset asks the dataset that it is part of."""
    if isinstance(dataset, TensorDataset):
        kind = type(dataset)
        return kind.__getitem__ is TensorDataset.__getitem__ and not hasattr(kind, "__getitems__")
    return isinstance(dataset, Subset)


def _chosen(indices: Any, places: Any) -> Any:
    """The indices at some places of a sequence of indices."""
    indices = getattr(indices, "_data", indices)
    return indices[np.asarray(places)] if isinstance(indices, np.ndarray) else [indices[i] for i in places]
