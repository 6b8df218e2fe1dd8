"""Threads that fetch batches ahead of the loop that uses them."""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import suppress
from copy import copy
from itertools import islice
from typing import TYPE_CHECKING, Any, NamedTuple, NoReturn

import numpy as np

from ...random.generator import Generator, thread
from .collate import default_collate
from .dataset import Dataset, IterableDataset, batch_at, items_at

if TYPE_CHECKING:
    from queue import SimpleQueue

Fetch = Callable[[Any], Any]


class WorkerInfo(NamedTuple):
    """One worker of a DataLoader, as `get_worker_info` describes it in that worker.

    Attributes:
        id: its number, from 0.
        num_workers: the number of workers.
        seed: the seed of its random numbers: the loader's base seed + id.
        dataset: its own shallow copy of the dataset.

    Raises:
        AttributeError: on assignment; it cannot be changed.

    >>> class Ids(Dataset[int]):
    ...     def __getitem__(self, index):
    ...         return get_worker_info().id
    ...     def __len__(self):
    ...         return 4
    >>> from tinygrad_lite.utils.data import DataLoader
    >>> [batch.item() for batch in DataLoader(Ids(), num_workers=2)]
    [0, 1, 0, 1]
    """

    id: int
    num_workers: int
    seed: int
    dataset: Any


class _ThreadInfo(threading.local):
    info: WorkerInfo | None = None


_this_thread = _ThreadInfo()


def get_worker_info() -> WorkerInfo | None:
    """Describe the worker of a DataLoader in which this is called; None outside of a worker.

    >>> get_worker_info() is None
    True
    """
    return _this_thread.info


def fetcher(dataset: Any, batched: bool, collate_fn: Callable[[Any], Any], drop_last: bool) -> Fetch:
    """Make the function that fetches the item at an index, or the batch at a list of indices.

    From a stream it takes as many items as there are indices, and raises StopIteration at the end of the stream.
    """
    if isinstance(dataset, IterableDataset):
        stream = iter(dataset)

        def take(index: Any) -> Any:
            if not batched:
                return collate_fn(next(stream))
            batch = list(islice(stream, len(index)))
            if not batch or (drop_last and len(batch) < len(index)):
                raise StopIteration
            return collate_fn(batch)

        return take

    def fetch(index: Any) -> Any:
        if not batched:
            return collate_fn(dataset[index])
        if isinstance(index, (int, np.integer)):
            raise TypeError(
                f"'{type(index).__name__}' object is not iterable: the batch_sampler gave the index {index}, and must "
                "give lists of indices; single indices are given by a sampler"
            )
        if collate_fn is default_collate and (batch := batch_at(dataset, index)) is not None:
            return batch
        return collate_fn(items_at(dataset, index))

    return fetch


class WorkerThreads:
    """The threads of a loader, each with a queue of tasks: pairs of a queue for the result, and an index.

    Each thread draws its random numbers from a generator of its own, seeded as PyTorch seeds its worker processes. So
    what a dataset draws in a worker does not depend on the other threads, and does not move the main thread's stream.
    Python's and NumPy's global generators are shared by all threads, and left alone.
    """

    def __init__(
        self, dataset: Any, count: int, seed: int, init: Callable[[int], Any] | None, make: Callable[[Any], Fetch]
    ) -> None:
        import queue

        self.tasks: list[SimpleQueue[Any]] = [queue.SimpleQueue() for _ in range(count)]
        self._stopped = threading.Event()
        for i, tasks in enumerate(self.tasks):
            info = WorkerInfo(i, count, seed + i, copy(dataset) if isinstance(dataset, Dataset) else dataset)
            arguments = (info, init, make, tasks, self._stopped)
            threading.Thread(target=_work, args=arguments, daemon=True, name=f"DataLoader worker {i}").start()

    def __del__(self) -> None:
        self._stopped.set()
        for tasks in self.tasks:
            tasks.put(None)


def _work(
    info: WorkerInfo,
    init: Callable[[int], Any] | None,
    make: Callable[[Any], Fetch],
    tasks: SimpleQueue[Any],
    stopped: threading.Event,
) -> None:
    """Do tasks until None comes. An exception is the result of its task, and the next task follows."""
    thread.own = Generator().manual_seed(info.seed)
    _this_thread.info = info
    init_error: BaseException | None = None
    try:
        if init is not None:
            init(info.id)
    except BaseException as error:
        init_error = error
    current = fetch = None
    while (task := tasks.get()) is not None and not stopped.is_set():
        results, index = task
        try:
            if init_error is not None:
                raise init_error
            if fetch is None or results is not current:  # a new epoch, in which streams begin again
                fetch, current = make(info.dataset), results
            results.put((fetch(index), None))
        except BaseException as error:  # SystemExit too: the main thread would wait forever for a thread that has ended
            results.put((None, error))
        del task, results, index  # so that nothing of them is kept alive while the thread waits


class _Message(str):
    """The message of a KeyError, which shows the repr of its message; this one keeps its lines."""

    __slots__ = ()

    def __repr__(self) -> str:
        return str(self)


def reraise(error: BaseException, worker: int) -> NoReturn:
    """Raise an exception of the class of a worker's exception, with the worker's traceback in its message."""
    import traceback

    text = "".join(traceback.format_exception(error))
    message = _Message(f"Caught {type(error).__name__} in DataLoader worker thread {worker}.\nOriginal {text}")
    again: Exception = RuntimeError(message)
    if isinstance(error, Exception) and not isinstance(error, StopIteration):  # StopIteration would end the loop
        with suppress(Exception):  # its class may take other arguments
            again = type(error)(message)
    raise again from None
