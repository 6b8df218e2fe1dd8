"""Samplers: the order in which the items of a dataset are visited, with the numbers PyTorch draws for the same seed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence, Sized
from itertools import chain, islice, repeat
from typing import Any, Generic, TypeVar

import numpy as np

from ...creation import as_tensor, empty, multinomial, randint, randperm
from ...random.generator import Generator
from ...tensors.tensor import Tensor
from ...types import dtypes

T_co = TypeVar("T_co", covariant=True)
CHUNK = 32
"""The number of indices that PyTorch draws at a time with replacement. Only so is our stream the same."""

MANY = 1 << 22
"""The number of weighted indices that are drawn and held at a time."""


class Sampler(Generic[T_co]):
    """The base of all samplers: iterating gives indices, or lists of indices. A subclass defines `__iter__`.

    Raises:
        NotImplementedError: while iterating, if the subclass does not define `__iter__`.

    >>> class EverySecond(Sampler[int]):
    ...     def __iter__(self):
    ...         return iter(range(0, 6, 2))
    >>> from tinygrad_lite.utils.data import DataLoader
    >>> list(DataLoader("abcdef", batch_size=2, sampler=EverySecond()))
    [['a', 'c'], ['e']]
    """

    def __iter__(self) -> Iterator[T_co]:
        raise NotImplementedError(f"{type(self).__name__} must define __iter__, which gives the indices")


class SequentialSampler(Sampler[int]):
    """The indices 0, 1, 2 … of all items, in this order.

    Args:
        data_source: the dataset.

    Raises:
        TypeError: while iterating, if it has no length.

    >>> list(SequentialSampler("abc"))
    [0, 1, 2]
    """

    def __init__(self, data_source: Sized) -> None:
        self.data_source = data_source

    def __iter__(self) -> Iterator[int]:
        return iter(range(_length(self.data_source)))

    def __len__(self) -> int:
        return _length(self.data_source)


class RandomSampler(Sampler[int]):
    """The indices in random order, or (with `replacement`) drawn independently.

    Without a generator, each pass draws one seed from the default generator when its first index is asked for, and
    all its indices from a generator of that seed. So what else is drawn during a pass does not change its order.

    Args:
        data_source: the dataset.
        replacement: whether an index may come twice.
        num_samples: the number of indices; by default that of the items. Without replacement, more indices than items
            are one permutation after another.
        generator: draws the indices.

    Raises:
        ValueError: if the number of samples is not a positive int.
        TypeError: if `replacement` is not a bool, or the dataset has no length.

    >>> import tinygrad_lite as tl
    >>> list(RandomSampler(range(5), generator=tl.Generator().manual_seed(0)))
    [4, 0, 1, 3, 2]
    """

    def __init__(
        self,
        data_source: Sized,
        replacement: bool = False,
        num_samples: int | None = None,
        generator: Generator | None = None,
    ) -> None:
        self.data_source = data_source
        self.replacement = replacement
        self._num_samples = num_samples
        self.generator = generator
        if not isinstance(replacement, bool):
            raise TypeError(f"replacement should be a boolean value, but got replacement={replacement}")
        _check_positive("num_samples", self.num_samples)

    @property
    def num_samples(self) -> int:
        """The number of indices that a pass gives."""
        return _length(self.data_source) if self._num_samples is None else self._num_samples

    def __iter__(self) -> Iterator[int]:
        count, n = self.num_samples, _length(self.data_source)
        generator = self.generator
        if generator is None:
            generator = Generator().manual_seed(int(empty((), dtype=dtypes.int64).random_()))
        step = CHUNK if self.replacement else n
        # The last draw is made even if nothing of it is needed. PyTorch makes it too, and it moves the generator on.
        for given in chain(repeat(step, count // step), [count % step]):
            if self.replacement:
                yield from randint(n, (given,), generator=generator).tolist()
            else:
                yield from randperm(n, generator=generator).tolist()[:given]

    def __len__(self) -> int:
        return self.num_samples


class SubsetRandomSampler(Sampler[int]):
    """The given indices in random order.

    Args:
        indices: the indices.
        generator: draws the order.

    Raises:
        TypeError: while iterating, if the indices are not a sequence, or the generator not a Generator.

    >>> import tinygrad_lite as tl
    >>> list(SubsetRandomSampler([7, 8, 9], generator=tl.Generator().manual_seed(0)))
    [9, 7, 8]
    """

    def __init__(self, indices: Sequence[int], generator: Generator | None = None) -> None:
        self.indices = indices
        self.generator = generator

    def __iter__(self) -> Iterator[int]:
        for i in randperm(_length(self.indices, "give the indices in a sequence"), generator=self.generator).tolist():
            yield self.indices[i]

    def __len__(self) -> int:
        return len(self.indices)


class WeightedRandomSampler(Sampler[int]):
    """Indices drawn with probabilities in proportion to weights.

    The indices are PyTorch's. Up to four million are drawn when the first is asked for, as in PyTorch; of more, the
    next four million when they are needed, so that there may be more of them than memory holds.

    Args:
        weights: one number for each of N items, not negative, in a sequence or a Tensor (N,) of any dtype. They need
            not sum to 1.
        num_samples: the number of indices to draw.
        replacement: whether an index may come twice.
        generator: draws the indices.

    Raises:
        ValueError: for weights of another shape, or a number of samples that is not a positive int.
        RuntimeError: while iterating, for a negative weight, and without replacement for more samples than weights.

    >>> list(WeightedRandomSampler([0.0, 2.0, 0.0], 4))
    [1, 1, 1, 1]
    """

    def __init__(
        self,
        weights: Sequence[float] | Tensor,
        num_samples: int,
        replacement: bool = True,
        generator: Generator | None = None,
    ) -> None:
        _check_positive("num_samples", num_samples)
        if not isinstance(replacement, bool):
            raise ValueError(f"replacement should be a boolean value, but got replacement={replacement}")
        self.weights = as_tensor(weights, dtypes.float64)
        if self.weights.ndim != 1:
            raise ValueError(
                f"weights should be a 1d sequence but given weights have shape {tuple(self.weights.shape)}"
            )
        self.num_samples = num_samples
        self.replacement = replacement
        self.generator = generator

    def __iter__(self) -> Iterator[int]:
        count = self.num_samples
        while count > 0:  # a draw of one alone would be made in another way
            given = min(count, MANY) if self.replacement and count != MANY + 1 else count
            yield from multinomial(self.weights, given, self.replacement, generator=self.generator).tolist()
            count -= given

    def __len__(self) -> int:
        return self.num_samples


class BatchSampler(Sampler[list[int]]):
    """The indices of another sampler in lists of `batch_size`.

    Args:
        sampler: gives the indices.
        batch_size: the number of indices in a list.
        drop_last: whether to leave out a last list that is shorter.

    Raises:
        ValueError: if the size is not a positive int, or `drop_last` not a bool.

    >>> list(BatchSampler(range(5), 2, drop_last=False))
    [[0, 1], [2, 3], [4]]
    """

    def __init__(self, sampler: Iterable[int], batch_size: int, drop_last: bool) -> None:
        _check_positive("batch_size", batch_size)
        if not isinstance(drop_last, bool):
            raise ValueError(f"drop_last should be a boolean value, but got drop_last={drop_last}")
        self.sampler = sampler
        self.batch_size = batch_size
        self.drop_last = drop_last

    def __iter__(self) -> Iterator[list[int]]:
        indices = iter(self.sampler)
        while batch := list(islice(indices, self.batch_size)):
            if self.drop_last and len(batch) < self.batch_size:
                return
            yield batch

    def __len__(self) -> int:
        count: int = len(self.sampler)  # type: ignore[arg-type]  # the error of one without a length is wanted
        return count // self.batch_size if self.drop_last else -(-count // self.batch_size)


def _length(x: Any, advice: str = "define __len__ in the dataset, or give a sampler") -> int:
    """The length of a dataset, or an error that says what to do where it has none."""
    if not hasattr(x, "__len__"):
        raise TypeError(f"object of type '{type(x).__name__}' has no len(): {advice}")
    return len(x)


def _check_positive(name: str, value: Any) -> None:
    if not isinstance(value, int | np.integer) or isinstance(value, bool) or value <= 0:
        raise ValueError(f"{name} should be a positive integer value, but got {name}={value}")
