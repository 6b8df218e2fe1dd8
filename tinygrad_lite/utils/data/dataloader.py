"""DataLoader: a dataset, in batches, in some order, again and again."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterable, Iterator
from itertools import repeat
from typing import Any, Generic, TypeVar

from ...random.generator import Generator
from .collate import default_collate, default_convert
from .dataset import IterableDataset
from .epoch import Epoch, Position, WorkersEpoch
from .sampler import BatchSampler, RandomSampler, SequentialSampler
from .worker import Crew, get_worker_info

__all__ = ["DataLoader", "default_collate", "default_convert", "get_worker_info"]

T_co = TypeVar("T_co", covariant=True)
_FIXED = ("batch_size", "batch_sampler", "sampler", "drop_last", "dataset", "persistent_workers")


class DataLoader(Generic[T_co]):
    """Batches of a dataset: iterating gives one epoch.

    For the same seed the batches are those of PyTorch's loader, and as many random numbers are drawn: one base seed
    per epoch, from `generator` or else the default one, and what the sampler draws. A TensorDataset (or Subset of
    one) is sliced a batch at a time.

    `state_dict()` holds the position within the epoch; after `load_state_dict` the next epoch begins there. For that
    the sampler draws its indices again, from the state that the generators had when the epoch began. It must draw
    from `generator`, a `generator` attribute of its own, or only at its start; if its indices differ the second
    time, that raises. Random numbers that a dataset draws in a worker are not repeated.

    Args:
        dataset: items by index, or an IterableDataset.
        batch_size: items in a batch; None for single items, as they are but for arrays turned into Tensors.
        shuffle: whether to visit the items in a new random order each epoch.
        sampler: gives the indices instead.
        batch_sampler: gives lists of indices instead.
        num_workers: threads that fetch ahead; NumPy and file access leave the interpreter to the others meanwhile.
            What one of them raises is raised here with its traceback in the message, and the next batch follows.
        collate_fn: makes a batch of a list of items.
        drop_last: whether to leave out a last batch that is not full.
        timeout: seconds to wait for a worker; 0 for ever.
        worker_init_fn: called with its number in each worker, before it works.
        generator: what the order and the base seeds are drawn from.
        prefetch_factor: batches to fetch ahead per worker; 2 if there are workers.
        persistent_workers: whether the workers, with their random state, last longer than an epoch.
        pin_memory, pin_memory_device, multiprocessing_context, in_order: taken for PyTorch's sake. Memory is not
            pinned, workers are threads, and batches come in order.

    Raises:
        ValueError: for options that exclude each other, or make no sense.

    >>> import tinygrad_lite as tl
    >>> loader = DataLoader(range(5), batch_size=2, shuffle=True, generator=tl.Generator().manual_seed(2))
    >>> [batch.tolist() for batch in loader]
    [[1, 0], [4, 2], [3]]
    """

    def __init__(
        self,
        dataset: Any,
        batch_size: int | None = 1,
        shuffle: bool | None = None,
        sampler: Iterable[Any] | None = None,
        batch_sampler: Iterable[Any] | None = None,
        num_workers: int = 0,
        collate_fn: Callable[[Any], Any] | None = None,
        pin_memory: bool = False,
        drop_last: bool = False,
        timeout: float = 0,
        worker_init_fn: Callable[[int], Any] | None = None,
        multiprocessing_context: Any = None,
        generator: Generator | None = None,
        *,
        prefetch_factor: int | None = None,
        persistent_workers: bool = False,
        pin_memory_device: str = "",
        in_order: bool = True,
    ) -> None:
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
        if multiprocessing_context is not None:
            _check_context(multiprocessing_context, num_workers)
        is_stream = isinstance(dataset, IterableDataset)
        if is_stream:
            for name, value in (("shuffle", shuffle or None), ("sampler", sampler), ("batch_sampler", batch_sampler)):
                if value is not None:
                    raise ValueError(
                        f"DataLoader with IterableDataset: expected unspecified {name} option, but got {name}={value}"
                    )
        if sampler is not None and shuffle:
            raise ValueError("sampler option is mutually exclusive with shuffle")
        if batch_sampler is not None and (batch_size != 1 or shuffle or sampler is not None or drop_last):
            raise ValueError(
                "batch_sampler option is mutually exclusive with batch_size, shuffle, sampler, and drop_last"
            )
        if batch_size is None and drop_last:
            raise ValueError("batch_size=None option disables auto-batching and is mutually exclusive with drop_last")

        if sampler is None:
            if is_stream:
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
        self._crew: Crew | None = None  # the persistent workers
        self._position: Position | None = None  # in the epoch that was last begun, if it has not ended
        self._resuming = False  # whether the next epoch is to begin there
        self._fixed = True

    def __setattr__(self, name: str, value: Any) -> None:
        if name in _FIXED and "_fixed" in self.__dict__:
            raise ValueError(f"{name} attribute should not be set after {type(self).__name__} is initialized")
        super().__setattr__(name, value)

    def __iter__(self) -> Iterator[T_co]:
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
            count: int = len(self.dataset)  # type: ignore[arg-type]
            if self.batch_size is None:
                return count
            return count // self.batch_size if self.drop_last else -(-count // self.batch_size)
        return len(self._index_sampler)  # type: ignore[arg-type]

    @property
    def _index_sampler(self) -> Iterable[Any]:
        return self.sampler if self.batch_sampler is None else self.batch_sampler

    # --------------------------------------------------------------------------------------------------- state

    def _generators(self) -> list[Generator]:
        """What the order is drawn from besides the default generator."""
        holders = (self, self.sampler, self.batch_sampler, getattr(self.batch_sampler, "sampler", None))
        found = [getattr(holder, "generator", None) for holder in holders]
        return list({id(g): g for g in found if isinstance(g, Generator)}.values())

    def state_dict(self) -> dict[str, Any]:
        """The position in the epoch, and the state of the generators it draws from except the default one."""
        return {
            "generators": [g.get_state() for g in self._generators()],
            "position": None if self._position is None else self._position.state_dict(),
        }

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Begin the next epoch where a loader of the same options was when it gave this state.

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
