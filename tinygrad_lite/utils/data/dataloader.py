"""DataLoader: a dataset, in batches, in some order, again and again."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import repeat
from typing import Any, Generic, TypeVar, overload

import numpy as np

from ...random.generator import Generator
from ...tensors.tensor import Tensor
from .collate import ArrayLike, Named, Unknown, Value, Values, default_collate, default_convert
from .dataset import IterableDataset, MapStyle
from .epoch import Epoch, Position, WorkersEpoch
from .sampler import BatchSampler, RandomSampler, SequentialSampler
from .worker import WorkerThreads, get_worker_info

__all__ = ["DataLoader", "default_collate", "default_convert", "get_worker_info"]

K = TypeVar("K")
Item = TypeVar("Item")
Batch = TypeVar("Batch")
Batch_co = TypeVar("Batch_co", covariant=True)
Indices = Iterable[Any] | None
Init = Callable[[int], Any] | None
_FIXED = ("batch_size", "batch_sampler", "sampler", "drop_last", "dataset", "persistent_workers")


class DataLoader(Generic[Batch_co]):
    """Batches of a dataset: iterating gives one epoch.

    For the same seed the batches are those of PyTorch's loader, and as many random numbers are drawn: one base seed
    per epoch, from `generator` or else the default one, and what the sampler draws. Out of a TensorDataset (or a Subset
    of one) a whole batch is taken at a time.

    `state_dict()` holds the position within the epoch, and after `load_state_dict` the next epoch begins there. For
    that the sampler draws its indices again, from the state that the generators had when the epoch began. It must draw
    from `generator`, from a `generator` attribute of its own, or only at its start; if its indices differ the second
    time, an error is raised. Random numbers that a dataset draws in a worker are not repeated.

    For type checkers `DataLoader[B]` gives batches of type B. That is the result type of `collate_fn`, or of
    `default_collate` for the items of the dataset.

    Args:
        dataset: items by index, or an IterableDataset.
        batch_size: the number of items in a batch; None for single items, in which only arrays become Tensors.
        shuffle: whether to visit the items in a new random order each epoch.
        sampler: gives the indices instead.
        batch_sampler: gives lists of indices instead.
        num_workers: the number of threads that fetch ahead. NumPy and file access leave the interpreter to the other
            threads meanwhile. An exception in a worker is raised here, with its traceback in the message, and the next
            batch follows.
        collate_fn: makes a batch of a list of items; by default `default_collate`.
        drop_last: whether to leave out a last batch that is not full.
        timeout: the seconds to wait for a worker; 0 to wait forever.
        worker_init_fn: called in each worker with the number of the worker, before it works.
        generator: draws the order and the base seeds.
        prefetch_factor: the number of batches to fetch ahead per worker; 2 if there are workers.
        persistent_workers: whether the workers, with their random state, last longer than an epoch.
        pin_memory, pin_memory_device, multiprocessing_context, in_order: accepted as PyTorch does. Memory is not
            pinned, workers are threads, and batches always come in order.

    Raises:
        ValueError: for options that exclude each other, or are out of range.
        TypeError: for an argument of a wrong type.

    >>> import tinygrad_lite as tl
    >>> loader = DataLoader(range(5), batch_size=2, shuffle=True, generator=tl.Generator().manual_seed(2))
    >>> [batch.tolist() for batch in loader]
    [[1, 0], [4, 2], [3]]
    """

    _workers: WorkerThreads | None = None  # the persistent workers
    _position: Position | None = None  # in the epoch that was last begun, if it has not ended
    _resuming = False  # whether the next epoch is to begin there
    _said_length: int | None = None  # the length that a stream said it had, when it was asked for

    # The type of the batches follows from that of the items. The first group is about datasets as they are, the second
    # about batch_size=None, the third about a collate_fn. Only items of unknown type match `Unknown`.
    @overload
    def __init__(
        self: DataLoader[Tensor], dataset: np.ndarray[Any, Any] | Tensor, batch_size: int | None = 1,
        shuffle: bool | None = None, sampler: Indices = None, batch_sampler: Indices = None, num_workers: int = 0,
        collate_fn: None = None, pin_memory: bool = False, drop_last: bool = False, timeout: float = 0,
        worker_init_fn: Init = None, multiprocessing_context: Any = None, generator: Generator | None = None, *,
        prefetch_factor: int | None = None, persistent_workers: bool = False, pin_memory_device: str = "",
        in_order: bool = True,
    ) -> None: ...  # fmt: skip
    @overload
    def __init__(
        self: DataLoader[Any], dataset: MapStyle[Unknown], batch_size: int | None = 1,
        shuffle: bool | None = None, sampler: Indices = None, batch_sampler: Indices = None, num_workers: int = 0,
        collate_fn: None = None, pin_memory: bool = False, drop_last: bool = False, timeout: float = 0,
        worker_init_fn: Init = None, multiprocessing_context: Any = None, generator: Generator | None = None, *,
        prefetch_factor: int | None = None, persistent_workers: bool = False, pin_memory_device: str = "",
        in_order: bool = True,
    ) -> None: ...  # fmt: skip
    @overload
    def __init__(
        self: DataLoader[list[Tensor]], dataset: MapStyle[tuple[ArrayLike, ...]], batch_size: None,
        shuffle: bool | None = None, sampler: Indices = None, batch_sampler: Indices = None, num_workers: int = 0,
        collate_fn: None = None, pin_memory: bool = False, drop_last: bool = False, timeout: float = 0,
        worker_init_fn: Init = None, multiprocessing_context: Any = None, generator: Generator | None = None, *,
        prefetch_factor: int | None = None, persistent_workers: bool = False, pin_memory_device: str = "",
        in_order: bool = True,
    ) -> None: ...  # fmt: skip
    @overload
    def __init__(
        self: DataLoader[list[Any]], dataset: MapStyle[tuple[Any, ...]], batch_size: None,
        shuffle: bool | None = None, sampler: Indices = None, batch_sampler: Indices = None, num_workers: int = 0,
        collate_fn: None = None, pin_memory: bool = False, drop_last: bool = False, timeout: float = 0,
        worker_init_fn: Init = None, multiprocessing_context: Any = None, generator: Generator | None = None, *,
        prefetch_factor: int | None = None, persistent_workers: bool = False, pin_memory_device: str = "",
        in_order: bool = True,
    ) -> None: ...  # fmt: skip
    @overload
    def __init__(
        self: DataLoader[Item], dataset: MapStyle[Item], batch_size: None,
        shuffle: bool | None = None, sampler: Indices = None, batch_sampler: Indices = None, num_workers: int = 0,
        collate_fn: None = None, pin_memory: bool = False, drop_last: bool = False, timeout: float = 0,
        worker_init_fn: Init = None, multiprocessing_context: Any = None, generator: Generator | None = None, *,
        prefetch_factor: int | None = None, persistent_workers: bool = False, pin_memory_device: str = "",
        in_order: bool = True,
    ) -> None: ...  # fmt: skip
    @overload
    def __init__(
        self: DataLoader[list[str]], dataset: MapStyle[str], batch_size: int | None = 1,
        shuffle: bool | None = None, sampler: Indices = None, batch_sampler: Indices = None, num_workers: int = 0,
        collate_fn: None = None, pin_memory: bool = False, drop_last: bool = False, timeout: float = 0,
        worker_init_fn: Init = None, multiprocessing_context: Any = None, generator: Generator | None = None, *,
        prefetch_factor: int | None = None, persistent_workers: bool = False, pin_memory_device: str = "",
        in_order: bool = True,
    ) -> None: ...  # fmt: skip
    @overload
    def __init__(
        self: DataLoader[Tensor], dataset: MapStyle[Value], batch_size: int | None = 1,
        shuffle: bool | None = None, sampler: Indices = None, batch_sampler: Indices = None, num_workers: int = 0,
        collate_fn: None = None, pin_memory: bool = False, drop_last: bool = False, timeout: float = 0,
        worker_init_fn: Init = None, multiprocessing_context: Any = None, generator: Generator | None = None, *,
        prefetch_factor: int | None = None, persistent_workers: bool = False, pin_memory_device: str = "",
        in_order: bool = True,
    ) -> None: ...  # fmt: skip
    @overload
    def __init__(
        self: DataLoader[Named], dataset: MapStyle[Named], batch_size: int | None = 1,
        shuffle: bool | None = None, sampler: Indices = None, batch_sampler: Indices = None, num_workers: int = 0,
        collate_fn: None = None, pin_memory: bool = False, drop_last: bool = False, timeout: float = 0,
        worker_init_fn: Init = None, multiprocessing_context: Any = None, generator: Generator | None = None, *,
        prefetch_factor: int | None = None, persistent_workers: bool = False, pin_memory_device: str = "",
        in_order: bool = True,
    ) -> None: ...  # fmt: skip
    @overload
    def __init__(
        self: DataLoader[list[Tensor]], dataset: MapStyle[Values], batch_size: int | None = 1,
        shuffle: bool | None = None, sampler: Indices = None, batch_sampler: Indices = None, num_workers: int = 0,
        collate_fn: None = None, pin_memory: bool = False, drop_last: bool = False, timeout: float = 0,
        worker_init_fn: Init = None, multiprocessing_context: Any = None, generator: Generator | None = None, *,
        prefetch_factor: int | None = None, persistent_workers: bool = False, pin_memory_device: str = "",
        in_order: bool = True,
    ) -> None: ...  # fmt: skip
    @overload
    def __init__(
        self: DataLoader[dict[K, Tensor]], dataset: MapStyle[Mapping[K, Value]], batch_size: int | None = 1,
        shuffle: bool | None = None, sampler: Indices = None, batch_sampler: Indices = None, num_workers: int = 0,
        collate_fn: None = None, pin_memory: bool = False, drop_last: bool = False, timeout: float = 0,
        worker_init_fn: Init = None, multiprocessing_context: Any = None, generator: Generator | None = None, *,
        prefetch_factor: int | None = None, persistent_workers: bool = False, pin_memory_device: str = "",
        in_order: bool = True,
    ) -> None: ...  # fmt: skip
    @overload
    def __init__(
        self: DataLoader[list[Any]], dataset: MapStyle[tuple[Any, ...] | list[Any]], batch_size: int | None = 1,
        shuffle: bool | None = None, sampler: Indices = None, batch_sampler: Indices = None, num_workers: int = 0,
        collate_fn: None = None, pin_memory: bool = False, drop_last: bool = False, timeout: float = 0,
        worker_init_fn: Init = None, multiprocessing_context: Any = None, generator: Generator | None = None, *,
        prefetch_factor: int | None = None, persistent_workers: bool = False, pin_memory_device: str = "",
        in_order: bool = True,
    ) -> None: ...  # fmt: skip
    @overload
    def __init__(
        self: DataLoader[Any], dataset: MapStyle[Any], batch_size: int | None = 1,
        shuffle: bool | None = None, sampler: Indices = None, batch_sampler: Indices = None, num_workers: int = 0,
        collate_fn: None = None, pin_memory: bool = False, drop_last: bool = False, timeout: float = 0,
        worker_init_fn: Init = None, multiprocessing_context: Any = None, generator: Generator | None = None, *,
        prefetch_factor: int | None = None, persistent_workers: bool = False, pin_memory_device: str = "",
        in_order: bool = True,
    ) -> None: ...  # fmt: skip
    @overload
    def __init__(
        self: DataLoader[Batch], dataset: MapStyle[Item], batch_size: None,
        shuffle: bool | None = None, sampler: Indices = None, batch_sampler: Indices = None, num_workers: int = 0,
        collate_fn: Callable[[Item], Batch] = ..., pin_memory: bool = False, drop_last: bool = False,
        timeout: float = 0, worker_init_fn: Init = None, multiprocessing_context: Any = None,
        generator: Generator | None = None, *, prefetch_factor: int | None = None, persistent_workers: bool = False,
        pin_memory_device: str = "", in_order: bool = True,
    ) -> None: ...  # fmt: skip
    @overload
    def __init__(
        self: DataLoader[Batch], dataset: MapStyle[Item], batch_size: int | None = 1,
        shuffle: bool | None = None, sampler: Indices = None, batch_sampler: Indices = None, num_workers: int = 0,
        collate_fn: Callable[[list[Item]], Batch] = ..., pin_memory: bool = False, drop_last: bool = False,
        timeout: float = 0, worker_init_fn: Init = None, multiprocessing_context: Any = None,
        generator: Generator | None = None, *, prefetch_factor: int | None = None, persistent_workers: bool = False,
        pin_memory_device: str = "", in_order: bool = True,
    ) -> None: ...  # fmt: skip
    def __init__(
        self,
        dataset: Any,
        batch_size: int | None = 1,
        shuffle: bool | None = None,
        sampler: Indices = None,
        batch_sampler: Indices = None,
        num_workers: int = 0,
        collate_fn: Callable[[Any], Any] | None = None,
        pin_memory: bool = False,
        drop_last: bool = False,
        timeout: float = 0,
        worker_init_fn: Init = None,
        multiprocessing_context: Any = None,
        generator: Generator | None = None,
        *,
        prefetch_factor: int | None = None,
        persistent_workers: bool = False,
        pin_memory_device: str = "",
        in_order: bool = True,
    ) -> None:
        _check_types(dataset, sampler, batch_sampler, num_workers, collate_fn, timeout, prefetch_factor)
        _check_workers(num_workers, timeout, prefetch_factor, persistent_workers, multiprocessing_context)
        _check_batches(dataset, batch_size, shuffle, sampler, batch_sampler, drop_last)
        if sampler is None:
            if isinstance(dataset, IterableDataset):
                sampler = repeat(None)
            else:
                sampler = RandomSampler(dataset, generator=generator) if shuffle else SequentialSampler(dataset)
        if batch_sampler is not None:
            batch_size = None
        elif batch_size is not None:
            batch_sampler = BatchSampler(sampler, batch_size, drop_last)
        self.dataset = dataset
        self.batch_size = batch_size
        self.drop_last = drop_last
        self.sampler = sampler
        self.batch_sampler = batch_sampler
        self.generator = generator
        self.num_workers = num_workers
        self.prefetch_factor = 2 if num_workers and prefetch_factor is None else prefetch_factor
        self.pin_memory = pin_memory
        self.pin_memory_device = pin_memory_device
        self.timeout = timeout
        self.worker_init_fn = worker_init_fn
        self.multiprocessing_context = multiprocessing_context
        self.in_order = in_order
        self.collate_fn = collate_fn or (default_convert if batch_sampler is None else default_collate)
        self.persistent_workers = persistent_workers
        self._fixed = True

    def __setattr__(self, name: str, value: Any) -> None:
        if name in _FIXED and "_fixed" in self.__dict__:
            raise ValueError(f"{name} attribute should not be set after {type(self).__name__} is initialized")
        super().__setattr__(name, value)

    def __iter__(self) -> Iterator[Batch_co]:
        if self.pin_memory:
            warnings.warn(
                "'pin_memory' argument is set as true but no accelerator is found, then device pinned memory won't be "
                "used.",
                stacklevel=2,
            )
        if not self.num_workers:
            if self.timeout:
                raise AssertionError("DataLoader: a timeout needs workers to wait for; let num_workers > 0")
            return Epoch(self)
        return WorkersEpoch(self)

    def __len__(self) -> int:
        if isinstance(self.dataset, IterableDataset):
            count: int = len(self.dataset)  # type: ignore[arg-type]  # the error without a length is wanted
            self._said_length = count
            if self.batch_size is None:
                return count
            return count // self.batch_size if self.drop_last else -(-count // self.batch_size)
        return len(self._index_sampler)  # type: ignore[arg-type]  # likewise

    @property
    def _index_sampler(self) -> Iterable[Any]:
        return self.sampler if self.batch_sampler is None else self.batch_sampler

    # --------------------------------------------------------------------------------------------------- state

    def _generators(self) -> list[Generator]:
        """The generators that the order is drawn from, besides the default one."""
        holders = (self, self.sampler, self.batch_sampler, getattr(self.batch_sampler, "sampler", None))
        found = [getattr(holder, "generator", None) for holder in holders]
        return list({id(g): g for g in found if isinstance(g, Generator)}.values())

    def state_dict(self) -> dict[str, Any]:
        """The position in the epoch, and the states of the generators it draws from except the default one."""
        return {
            "generators": [g.get_state() for g in self._generators()],
            "position": None if self._position is None else self._position.state_dict(),
        }

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Begin the next epoch where a loader with the same options was when it gave this state.

        Raises:
            ValueError: if that loader drew from more or fewer generators; nothing has then changed.
        """
        own, given = self._generators(), state_dict["generators"]
        if len(own) != len(given):
            raise ValueError(
                f"the loader's state is of one that draws from {len(given)} generators, and this one from {len(own)}: "
                "make it with the same sampler and generator"
            )
        for generator, state in zip(own, given, strict=True):
            generator.set_state(state)
        position = state_dict["position"]
        self._position = None if position is None else Position(**position)
        self._resuming = position is not None


def _check_types(
    dataset: Any, sampler: Any, batch_sampler: Any, num_workers: Any, collate_fn: Any, timeout: Any, prefetch: Any
) -> None:
    """Raise for arguments that could not work later, with an error that names them."""
    if isinstance(dataset, type) or not (hasattr(dataset, "__getitem__") or hasattr(dataset, "__getitems__")):
        kind = f"the class {dataset.__name__}" if isinstance(dataset, type) else f"'{type(dataset).__name__}'"
        raise TypeError(
            f"DataLoader: the dataset must have items by index (a Dataset, a list, a Tensor …), but it is {kind}. Of "
            "Tensors make a TensorDataset, of a generator an IterableDataset"
        )
    for name, given, what in (("sampler", sampler, "indices"), ("batch_sampler", batch_sampler, "lists of indices")):
        iterable = hasattr(given, "__iter__") or hasattr(given, "__getitem__")
        if given is not None and (isinstance(given, type) or not iterable):
            raise TypeError(f"'{type(given).__name__}' object is not iterable: {name} must be an iterable of {what}")
    if collate_fn is not None and not callable(collate_fn):
        raise TypeError(f"'{type(collate_fn).__name__}' object is not callable: collate_fn must be a function")
    if not isinstance(num_workers, (int, np.integer)):
        raise TypeError(f"num_workers must be an int, not {num_workers!r}; use num_workers=0 to load without workers")
    if not isinstance(timeout, (int, float, np.integer, np.floating)):
        raise TypeError(f"timeout must be a number of seconds, not {timeout!r}")
    if prefetch is not None and not isinstance(prefetch, (int, np.integer)):
        raise TypeError(f"prefetch_factor must be an int, not {prefetch!r}")


def _check_workers(
    num_workers: int, timeout: float, prefetch_factor: int | None, persistent_workers: bool, context: Any
) -> None:
    """Raise for settings of workers that do not go together."""
    if num_workers < 0:
        raise ValueError("num_workers option should be non-negative; use num_workers=0 to load without workers.")
    if timeout < 0:
        raise ValueError("timeout option should be non-negative")
    if prefetch_factor is not None and (prefetch_factor < 0 or not num_workers):
        raise ValueError(
            "prefetch_factor option should be non-negative"
            if num_workers
            else "prefetch_factor option could only be specified with workers: let num_workers > 0 or leave it out."
        )
    if persistent_workers and not num_workers:
        raise ValueError("persistent_workers option needs num_workers > 0")
    if context is not None:
        _check_context(context, num_workers)


def _check_batches(
    dataset: Any, batch_size: int | None, shuffle: bool | None, sampler: Any, batch_sampler: Any, drop_last: bool
) -> None:
    """Raise for settings that would each decide what is in a batch."""
    if isinstance(dataset, IterableDataset):
        for name, value in (("shuffle", shuffle or None), ("sampler", sampler), ("batch_sampler", batch_sampler)):
            if value is not None:
                raise ValueError(
                    f"DataLoader with IterableDataset: expected unspecified {name} option, but got {name}={value}"
                )
    if sampler is not None and shuffle:
        raise ValueError("sampler option is mutually exclusive with shuffle")
    if batch_sampler is not None and (batch_size != 1 or shuffle or sampler is not None or drop_last):
        raise ValueError("batch_sampler option is mutually exclusive with batch_size, shuffle, sampler, and drop_last")
    if batch_size is None and drop_last:
        raise ValueError("batch_size=None option disables auto-batching and is mutually exclusive with drop_last")


def _check_context(context: Any, num_workers: int) -> None:
    if not num_workers:
        raise ValueError(
            "multiprocessing_context can only be used with workers (num_workers > 0), but got "
            f"num_workers={num_workers}"
        )
    if isinstance(context, str):
        import multiprocessing

        methods = multiprocessing.get_all_start_methods()
        if context not in methods:
            raise ValueError(
                f"multiprocessing_context option should specify a valid start method in {methods}, but got "
                f"multiprocessing_context={context!r}"
            )
