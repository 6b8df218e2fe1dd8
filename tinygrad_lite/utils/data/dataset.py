"""Datasets: what has items, by index or one after another."""

from __future__ import annotations

import math
import warnings
from abc import abstractmethod
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from itertools import accumulate
from typing import Any, Generic, TypeVar

import numpy as np

from ...core.tensor import wrap
from ...creation import randperm
from ...random.generator import Generator, default_generator
from ...tensors.tensor import Tensor

T_co = TypeVar("T_co", covariant=True)


class Dataset(Generic[T_co]):
    """The base of datasets whose items have an index: a subclass defines `__getitem__`, and usually `__len__`.

    A subclass may define `__getitems__(indices)`, the list of many items, where that is faster than one by one.

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

    In a DataLoader with workers each has a copy of the dataset (a shallow one), and all of them give the whole stream
    unless it, or `worker_init_fn`, divides the work by `get_worker_info()`.
    """

    @abstractmethod
    def __iter__(self) -> Iterator[T_co]: ...

    def __add__(self, other: Dataset[T_co]) -> ChainDataset[T_co]:  # type: ignore[override]
        return ChainDataset([self, other])


class TensorDataset(Dataset[tuple[Tensor, ...]]):
    """Items that are the rows of Tensors: the i-th is the tuple of their i-th rows.

    A DataLoader slices a whole batch at a time out of it, with the same result as from items one by one.

    Args:
        tensors: of the same length along dimension 0, (N, …) each.

    Raises:
        AssertionError: if the lengths differ.
        TypeError: for what is not a Tensor.

    >>> import tinygrad_lite as tl
    >>> TensorDataset(tl.zeros(3, 2), tl.arange(3))[1]
    (tensor([0., 0.]), tensor(1))
    """

    tensors: tuple[Tensor, ...]

    def __init__(self, *tensors: Tensor) -> None:
        for t in tensors:
            if not isinstance(t, Tensor):
                raise TypeError(f"TensorDataset takes Tensors, not {type(t).__name__}: convert it with torch.tensor()")
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


class StackDataset(Dataset[Any]):
    """Items that are tuples (or, by keyword, dicts) of the items of several datasets at the same index.

    Raises:
        ValueError: if their lengths differ, or they are given both ways, or there are none.

    >>> StackDataset(x=[1, 2], y="ab")[1]
    {'x': 2, 'y': 'b'}
    """

    datasets: tuple[Any, ...] | dict[str, Any]

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

    def __getitem__(self, index: Any) -> Any:
        if isinstance(self.datasets, dict):
            return {name: dataset[index] for name, dataset in self.datasets.items()}
        return tuple(dataset[index] for dataset in self.datasets)

    def __len__(self) -> int:
        parts = self.datasets.values() if isinstance(self.datasets, dict) else self.datasets
        return len(next(iter(parts)))


class ConcatDataset(Dataset[T_co]):
    """The items of several datasets, one dataset after another; also `first + second`.

    Raises:
        AssertionError: if there are none, or one is a stream.

    >>> ConcatDataset(["ab", "cd"])[-2]
    'c'
    """

    def __init__(self, datasets: Iterable[Any]) -> None:
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
    """The items of several streams, one stream after another.

    Raises:
        AssertionError: when it comes to one that is no IterableDataset.
    """

    def __init__(self, datasets: Iterable[Any]) -> None:
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

    Raises:
        NotImplementedError: for a subclass that changes `__getitem__` but not `__getitems__`, which loaders use.

    >>> Subset("abcdef", [4, 0])[0]
    'e'
    """

    def __init__(self, dataset: Any, indices: Sequence[int]) -> None:
        self.dataset = dataset
        self.indices = indices
        if type(self).__getitem__ is not Subset.__getitem__ and type(self).__getitems__ is Subset.__getitems__:
            raise NotImplementedError(
                f"{type(self).__name__} overrides __getitem__ but not __getitems__, from which DataLoader takes a "
                "batch: override it too, for example by  return [self[i] for i in indices]"
            )

    def __getitem__(self, index: Any) -> T_co:
        item: T_co = self.dataset[_at(self.indices, index) if isinstance(index, list) else self.indices[index]]
        return item

    def __getitems__(self, indices: list[int]) -> list[T_co]:
        return items(self.dataset, [self.indices[i] for i in indices])

    def __len__(self) -> int:
        return len(self.indices)


def items(dataset: Any, indices: Iterable[Any]) -> list[Any]:
    """The items of a dataset at some indices, by its own way to get many at once if it has one."""
    many = getattr(dataset, "__getitems__", None)
    return many(indices) if many else [dataset[i] for i in indices]


def sliced(dataset: Any, indices: Any) -> list[Tensor] | None:
    """The batch of the items at these indices, sliced at once; None where only item by item is sure to be right.

    So it is for anything but a TensorDataset or a Subset of one, neither with a `__getitem__` of its own.
    """
    kind = type(dataset)
    if isinstance(dataset, Subset):
        if kind.__getitem__ is not Subset.__getitem__ or kind.__getitems__ is not Subset.__getitems__:
            return None
        return sliced(dataset.dataset, _at(dataset.indices, indices)) if _sliceable(dataset.dataset) else None
    if not _sliceable(dataset):
        return None
    rows = np.asarray(indices)
    if rows.ndim != 1 or rows.dtype.kind not in "iu":
        return None
    # A copy of the rows, as stacking the items makes one; take() is faster than indexing, and knows no history.
    return [t[rows] if t.requires_grad else wrap(t._data.take(rows, axis=0)) for t in dataset.tensors]


def _sliceable(dataset: Any) -> bool:
    if isinstance(dataset, TensorDataset):
        kind = type(dataset)
        return kind.__getitem__ is TensorDataset.__getitem__ and not hasattr(kind, "__getitems__")
    return isinstance(dataset, Subset)


def _at(indices: Any, places: Any) -> Any:
    """The indices at some places of a sequence of indices."""
    indices = getattr(indices, "_data", indices)
    return indices[np.asarray(places)] if isinstance(indices, np.ndarray) else [indices[i] for i in places]


def random_split(
    dataset: Any, lengths: Sequence[float], generator: Generator | None = default_generator
) -> list[Subset[Any]]:
    """Divide a dataset at random into Subsets of the given lengths, as PyTorch does for the same seed.

    Args:
        lengths: counts that add up to the number of items, or fractions that add up to 1: each part then has
            floor(fraction · N) items, and those left over go one each to the first parts.
        generator: what to draw from.

    Raises:
        ValueError: if the lengths do not add up, or a fraction is not in [0, 1].

    >>> import tinygrad_lite as tl
    >>> train, test = random_split(range(10), [0.75, 0.25], generator=tl.Generator().manual_seed(0))
    >>> len(train), list(test)
    (8, [6, 2])
    """
    total = len(dataset)
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
    order = randperm(total, generator=generator).tolist()
    ends = accumulate(int(length) for length in lengths)
    return [Subset(dataset, order[end - int(length) : end]) for end, length in zip(ends, lengths, strict=True)]
