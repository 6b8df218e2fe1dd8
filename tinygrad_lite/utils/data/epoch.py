"""One pass of a DataLoader over its data, with or without workers, from the start or from where another stopped."""

from __future__ import annotations

import warnings
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from itertools import islice
from typing import TYPE_CHECKING, Any, Protocol

from ...creation import empty
from ...random.generator import Generator, chosen
from ...tensors.tensor import Tensor
from ...types import dtypes
from .dataset import IterableDataset
from .worker import Fetch, WorkerThreads, fetcher, reraise

if TYPE_CHECKING:
    from queue import SimpleQueue


class Position:
    """The position in an epoch.

    Attributes:
        start: the states of the default generator, and of the loader's own generators, when the epoch began.
        base_seed: the base seed of the epoch.
        drawn: whether that was drawn for this epoch, and not for the first epoch of persistent workers.
        batches: the number of batches that were given.
        last: the indices of the last of them.
    """

    def __init__(
        self, start: list[Tensor], base_seed: int = 0, drawn: bool = True, batches: int = 0, last: Any = None
    ) -> None:
        self.start, self.base_seed, self.drawn, self.batches, self.last = start, base_seed, drawn, batches, last

    def state_dict(self) -> dict[str, Any]:
        """The attributes, with the indices as plain numbers."""
        return {**self.__dict__, "start": list(self.start), "last": _plain(self.last)}


def _plain(index: Any) -> Any:
    """Indices as Python's numbers."""
    if hasattr(index, "tolist"):
        return index.tolist()
    return [_plain(i) for i in index] if isinstance(index, (list, tuple)) else index


class Loader(Protocol):
    """The part of a DataLoader that its epochs read, and the three attributes that they set."""

    dataset: Any
    batch_sampler: Iterable[Any] | None
    collate_fn: Callable[[Any], Any]
    drop_last: bool
    num_workers: int
    prefetch_factor: int | None
    timeout: float
    worker_init_fn: Callable[[int], Any] | None
    persistent_workers: bool
    generator: Generator | None
    _workers: WorkerThreads | None
    _position: Position | None
    _resuming: bool
    _said_length: int | None

    @property
    def _index_sampler(self) -> Iterable[Any]: ...
    def _generators(self) -> list[Generator]: ...
    def __len__(self) -> int: ...


class Epoch(Iterator[Any]):
    """One pass over the data, in which each batch is fetched when it is asked for."""

    def __init__(self, loader: Loader) -> None:
        self._loader = loader
        self._said_length = loader._said_length
        generators = [chosen(None), *loader._generators()]
        now = [g.get_state() for g in generators]
        resumed = loader._position if loader._resuming else None
        loader._resuming = False
        self._position = loader._position = Position(now if resumed is None else resumed.start)
        if resumed is not None:
            _set_states(generators, resumed.start)
        try:
            self._indices = iter(loader._index_sampler)
            self._position.drawn = loader._workers is None if resumed is None else resumed.drawn
            if self._position.drawn:
                self._position.base_seed = int(empty((), dtype=dtypes.int64).random_(generator=loader.generator))
            elif resumed is not None:
                self._position.base_seed = resumed.base_seed
            self._begin(resumed)
        finally:
            if resumed is not None:
                _set_states(generators, now)

    @property
    def _make_fetcher(self) -> Callable[[Any], Fetch]:
        """The function that makes a fetcher of a dataset. It holds no loader, which threads must not keep alive."""
        loader = self._loader
        return partial(
            fetcher, batched=loader.batch_sampler is not None, collate_fn=loader.collate_fn, drop_last=loader.drop_last
        )

    def _begin(self, resumed: Position | None) -> None:
        """Get ready for the first batch, or for the first one after those of a resumed epoch."""
        self._fetch = self._make_fetcher(self._loader.dataset)
        if resumed is not None and isinstance(self._loader.dataset, IterableDataset):
            self._discard(resumed)
        elif resumed is not None:
            self._skip(resumed)

    def _skip(self, resumed: Position) -> None:
        """Draw the indices of the batches that were given before, without fetching the batches."""
        for index in islice(self._indices, resumed.batches):
            self._advance(index)
        if (self._position.batches, _plain(self._position.last)) != (resumed.batches, _plain(resumed.last)):
            raise RuntimeError(
                f"DataLoader: cannot resume the epoch after batch {resumed.batches}, because the sampler did not give "
                f"the same indices again: {_plain(self._position.last)}, not {_plain(resumed.last)}. The dataset, the "
                "options or the sampler differ, or it draws from a generator that it does not hold as .generator"
            )

    def _discard(self, resumed: Position) -> None:
        """Take from a stream the batches that were given before."""
        deque(islice(self, resumed.batches), maxlen=0)

    def _advance(self, index: Any) -> None:
        self._position.batches += 1
        self._position.last = index

    def __next__(self) -> Any:
        try:
            batch = self._take()
        except StopIteration:
            if self._loader._position is self._position:
                self._loader._position = None
            raise
        if self._said_length is not None and self._position.batches > self._said_length:
            self._warn_of_length(self._said_length)
        return batch

    def _warn_of_length(self, said: int) -> None:
        message = (
            f"Length of IterableDataset {self._loader.dataset} was reported to be {said}(when accessing "
            f"len(dataloader)), but {self._position.batches} samples have been fetched. "
        )
        if self._loader.num_workers:
            message += (
                "Each worker gives the whole stream, unless the dataset or worker_init_fn divides it by "
                "get_worker_info()."
            )
        warnings.warn(message, UserWarning, stacklevel=3)

    def _take(self) -> Any:
        """The next batch."""
        index = next(self._indices)
        self._advance(index)
        return self._fetch(index)

    def __len__(self) -> int:
        return len(self._loader)


class WorkersEpoch(Epoch):
    """One pass over the data, in which threads fetch batches ahead: they get the indices, and are asked, in turn."""

    def _begin(self, resumed: Position | None) -> None:
        import queue

        loader = self._loader
        if loader._workers is None:
            self._workers = WorkerThreads(
                loader.dataset, loader.num_workers, self._position.base_seed, loader.worker_init_fn, self._make_fetcher
            )
            if loader.persistent_workers:
                loader._workers = self._workers
        else:
            self._workers = loader._workers
        count = loader.num_workers
        is_stream = isinstance(loader.dataset, IterableDataset)
        self._results: list[SimpleQueue[Any]] = [queue.SimpleQueue() for _ in range(count)]
        self._pending: deque[tuple[int, Any]] = deque()  # the worker and the index of each task, in order
        self._ended: set[int] = set()  # the workers whose stream has ended
        if resumed is not None and not is_stream:
            self._skip(resumed)
        self._turn = self._position.batches % count
        for _ in range(max(1, count * (loader.prefetch_factor or 0))):
            self._send()
        if resumed is not None and is_stream:
            self._discard(resumed)

    def _send(self) -> None:
        """Give the next index to the worker whose turn it is."""
        count = len(self._results)
        if len(self._ended) == count:
            return
        for index in self._indices:
            while self._turn in self._ended:
                self._turn = (self._turn + 1) % count
            self._pending.append((self._turn, index))
            self._workers.tasks[self._turn].put((self._results[self._turn], index))
            self._turn = (self._turn + 1) % count
            return

    def _take(self) -> Any:
        from queue import Empty

        is_stream = isinstance(self._loader.dataset, IterableDataset)
        while self._pending:
            worker, index = self._pending[0]
            if worker in self._ended:
                self._pending.popleft()
                continue
            try:
                data, error = self._results[worker].get(timeout=self._loader.timeout or None)
            except Empty:
                raise RuntimeError(f"DataLoader timed out after {self._loader.timeout} seconds") from None
            self._pending.popleft()
            if is_stream and isinstance(error, StopIteration):
                self._ended.add(worker)
                self._send()
                continue
            self._send()
            self._advance(index)
            if error is not None:
                reraise(error, worker)
            return data
        raise StopIteration


def _set_states(generators: list[Generator], states: list[Tensor]) -> None:
    for generator, state in zip(generators, states, strict=True):
        generator.set_state(state)
