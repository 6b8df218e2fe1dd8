"""Threads that fetch batches ahead of the loop that uses them."""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import suppress
from copy import copy
from itertools import islice
from typing import TYPE_CHECKING, Any, NamedTuple, NoReturn

from ...random.generator import Generator, thread
from .collate import default_collate
from .dataset import Dataset, IterableDataset, items, sliced

if TYPE_CHECKING:
    from queue import SimpleQueue

Fetch = Callable[[Any], Any]


class WorkerInfo(NamedTuple):
    """What a worker of a DataLoader is.

    Attributes:
        id: its number, from 0.
        num_workers: how many there are.
        seed: what its random numbers were started from: the loader's base seed + id.
        dataset: its own shallow copy of the dataset.
    """

    id: int
    num_workers: int
    seed: int
    dataset: Any


class _Local(threading.local):
    info: WorkerInfo | None = None


_local = _Local()


def get_worker_info() -> WorkerInfo | None:
    """What this worker of a DataLoader is; None outside of one.

    >>> get_worker_info() is None
    True
    """
    return _local.info


def fetcher(dataset: Any, batched: bool, collate_fn: Callable[[Any], Any], drop_last: bool) -> Fetch:
    """The function from an index (or list of indices) to an item (or batch).

    Of a stream it takes as many items as there are indices, and raises StopIteration at its end.
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
        if collate_fn is default_collate and (batch := sliced(dataset, index)) is not None:
            return batch
        return collate_fn(items(dataset, index))

    return fetch


class Crew:
    """The threads of a loader, each with a queue of tasks: pairs of the queue for the result, and an index.

    Each draws its random numbers from a generator of its own, seeded as PyTorch seeds its worker processes: what a
    dataset draws in a worker neither depends on the other threads nor moves the main thread's stream. Python's and
    NumPy's global generators are shared by all threads, and left alone.
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
    """Do tasks until None comes. Whatever is raised is the result of its task, and the next one follows."""
    thread.own = Generator().manual_seed(info.seed)
    _local.info = info
    broken: BaseException | None = None
    try:
        if init is not None:
            init(info.id)
    except BaseException as error:
        broken = error
    current = fetch = None
    while (task := tasks.get()) is not None and not stopped.is_set():
        results, index = task
        try:
            if broken is not None:
                raise broken
            if fetch is None or results is not current:  # another epoch: streams begin again
                fetch, current = make(info.dataset), results
            results.put((fetch(index), None))
        except BaseException as error:  # SystemExit too: a thread that dies in silence is waited for for ever
            results.put((None, error))
        del task, results, index  # not to be kept alive while waiting


class _Text(str):
    """A KeyError shows the repr of its message; the lines of a traceback are to stay lines."""

    __slots__ = ()

    def __repr__(self) -> str:
        return str(self)


def reraise(error: BaseException, worker: int) -> NoReturn:
    """Raise an exception of the same class as a worker's, whose message holds the worker's traceback."""
    import traceback

    text = "".join(traceback.format_exception(error))
    message = _Text(f"Caught {type(error).__name__} in DataLoader worker thread {worker}.\nOriginal {text}")
    again: Exception = RuntimeError(message)
    if isinstance(error, Exception) and not isinstance(error, StopIteration):  # that one would end the loop
        with suppress(Exception):  # its class may take other arguments
            again = type(error)(message)
    raise again from None
