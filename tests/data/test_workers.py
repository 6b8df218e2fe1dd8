"""Workers: PyTorch's batches, random numbers and errors, from threads in place of processes."""

from __future__ import annotations

import gc
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest

import tinygrad_lite as tl
from tinygrad_lite.utils.data import DataLoader, Dataset, IterableDataset, TensorDataset, get_worker_info

from ..support.loader_scripts import both, epochs, rows, seeded, squares


def shared(T: Any, n: int = 11) -> Any:
    """A stream of which each worker gives its share: numbers, and noise."""

    class Shared(T.utils.data.IterableDataset):
        def __iter__(self) -> Iterator[Any]:
            info = T.utils.data.get_worker_info()
            return ((i, T.rand(1)) for i in range(info.id, n, info.num_workers))

    return Shared()


def uneven(T: Any) -> Any:
    """A stream whose length a worker is told when it is set up."""

    class Uneven(T.utils.data.IterableDataset):
        n = 0

        def __iter__(self) -> Iterator[int]:
            return iter(range(self.n))

    return Uneven()


def lengthened(T: Any) -> Callable[[int], None]:
    def init(worker: int) -> None:
        T.utils.data.get_worker_info().dataset.n = 7 if worker else 3

    return init


LOADERS: dict[str, Callable[[Any, Any], Any]] = {
    "shuffled": lambda D, T: D.DataLoader(squares(T), 4, True, num_workers=2),
    "by a generator": lambda D, T: D.DataLoader(squares(T), 4, True, num_workers=2, generator=seeded(T)),
    "of exact batches": lambda D, T: D.DataLoader(squares(T, 8), 4, True, num_workers=2, generator=seeded(T)),
    "far ahead": lambda D, T: D.DataLoader(squares(T), 1, True, num_workers=2, prefetch_factor=5),
    "noise": lambda D, T: D.DataLoader(rows(T), 5, True, num_workers=2),
    "noise of lasting workers": lambda D, T: D.DataLoader(rows(T), 5, True, num_workers=2, persistent_workers=True),
    "one worker": lambda D, T: D.DataLoader(rows(T), 5, num_workers=1, timeout=60),
    "single items": lambda D, T: D.DataLoader(rows(T), None, num_workers=2),
    "a shared stream": lambda D, T: D.DataLoader(shared(T), 2, num_workers=2),
    "a shared stream, without the last": lambda D, T: D.DataLoader(shared(T), 2, drop_last=True, num_workers=2),
    "a stream of lasting workers": lambda D, T: D.DataLoader(shared(T), 2, num_workers=2, persistent_workers=True),
}


@pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning")
@pytest.mark.parametrize("name", LOADERS)
def test_epochs_and_random_numbers_are_pytorchs(name: str) -> None:
    both(lambda T: epochs(LOADERS[name](T.utils.data, T)))


def test_streams_of_uneven_length_go_on_with_who_is_left() -> None:
    found = [
        batch.tolist()
        for batch in DataLoader(uneven(tl), 2, num_workers=2, worker_init_fn=lengthened(tl), prefetch_factor=1)
    ]
    assert sorted(found) == [[0, 1], [0, 1], [2], [2, 3], [4, 5], [6]]
    assert found[:3] == [[0, 1], [0, 1], [2]]  # in turns, as long as there are two


def test_the_main_streams_are_not_moved() -> None:
    generator = tl.Generator().manual_seed(1)
    tl.manual_seed(0)
    order = list(DataLoader(range(9), 2, True, generator=generator))
    expected = tl.rand(1).item()
    for draws in (False, True):
        generator.manual_seed(1)
        tl.manual_seed(0)
        loader = DataLoader(rows(tl, 9, draws), 2, True, num_workers=2, generator=generator)
        assert [batch["i"].tolist() for batch in loader] == [batch.tolist() for batch in order]
        assert tl.rand(1).item() == expected


def test_seeding_in_a_worker_is_for_that_worker() -> None:
    class Reseeding(Dataset[int]):
        def __getitem__(self, i: int) -> float:
            tl.manual_seed(i)
            state = tl.get_rng_state()
            tl.set_rng_state(state)
            return tl.rand(1).item() + tl.initial_seed()

        def __len__(self) -> int:
            return 4

    tl.manual_seed(11)
    before = tl.default_generator.initial_seed()
    found = [x.item() for x in DataLoader(Reseeding(), num_workers=2)]
    assert tl.default_generator.initial_seed() == before
    assert [int(x) for x in found] == [0, 1, 2, 3]


def test_what_a_worker_knows_of_itself() -> None:
    class Asking(Dataset[Any]):
        def __getitem__(self, i: int) -> Any:
            info = get_worker_info()
            assert info is not None
            return info.id, info.num_workers, info.seed, info.dataset is self, self is original

        def __len__(self) -> int:
            return 4

    original = Asking()
    assert get_worker_info() is None
    found = list(DataLoader(original, batch_size=None, num_workers=2))
    assert get_worker_info() is None
    assert [(x[0], x[1], x[3], x[4]) for x in found] == [(0, 2, True, False), (1, 2, True, False)] * 2
    assert found[1][2] == found[0][2] + 1


class Picky(Exception):
    """An exception that cannot be made of a message."""

    def __init__(self, a: int, b: int) -> None:
        super().__init__(a, b)


class Failing(Dataset[int]):
    """Item 2 raises."""

    def __init__(self, error: BaseException) -> None:
        self.error = error

    def __getitem__(self, i: int) -> int:
        if i == 2:
            self.the_culprit()
        return i

    def the_culprit(self) -> None:
        raise self.error

    def __len__(self) -> int:
        return 6


class TestErrors:
    @pytest.mark.parametrize(
        ("error", "kind"),
        [
            (ValueError("bad row"), ValueError),
            (KeyError("bad row"), KeyError),
            (Picky(1, 2), RuntimeError),
            (StopIteration("bad row"), RuntimeError),
            (SystemExit("bad row"), RuntimeError),
        ],
    )
    @pytest.mark.parametrize("lasting", [False, True])
    def test_an_exception_arrives_with_its_traceback_and_the_rest_follows(
        self, error: BaseException, kind: type[Exception], lasting: bool
    ) -> None:
        loader = DataLoader(Failing(error), num_workers=2, persistent_workers=lasting)
        for _ in range(2):
            batches = iter(loader)
            assert [next(batches).item(), next(batches).item()] == [0, 1]
            with pytest.raises(kind) as caught:
                next(batches)
            text = str(caught.value)
            assert f"Caught {type(error).__name__} in DataLoader worker thread 0." in text
            assert "in the_culprit\n" in text
            assert str(error) in text
            assert [x.item() for x in batches] == [3, 4, 5]

    def test_so_does_one_from_setting_up(self) -> None:
        def init(worker: int) -> None:
            raise OSError(f"no room for {worker}")

        batches = iter(DataLoader(range(3), num_workers=2, worker_init_fn=init))
        for worker in (0, 1):
            with pytest.raises(OSError, match=f"no room for {worker}"):
                next(batches)

    def test_one_from_making_a_batch(self) -> None:
        with pytest.raises(RuntimeError, match=r"worker thread 0(.|\n)*stack expects each tensor to be equal size"):
            list(DataLoader([tl.ones(2), tl.ones(3)], batch_size=2, num_workers=1))

    def test_one_from_beginning_a_stream(self) -> None:
        class Broken(IterableDataset[int]):
            def __iter__(self) -> Iterator[int]:
                raise ValueError("no such stream")

        with pytest.raises(ValueError, match="no such stream"):
            next(iter(DataLoader(Broken(), num_workers=1)))

    def test_a_worker_that_takes_too_long(self) -> None:
        hold = threading.Event()

        class Slow(Dataset[int]):
            def __getitem__(self, i: int) -> int:
                hold.wait(30)
                return i

            def __len__(self) -> int:
                return 2

        batches = iter(DataLoader(Slow(), num_workers=1, timeout=0.05))
        with pytest.raises(RuntimeError, match=r"timed out after 0\.05 seconds"):
            next(batches)
        hold.set()
        assert [x.item() for x in batches] == [0, 1]  # it was late, not lost


def workers() -> int:
    return sum(thread.name.startswith("DataLoader worker") for thread in threading.enumerate())


def wait_for(condition: Callable[[], bool]) -> bool:
    end = time.monotonic() + 10
    while not condition() and time.monotonic() < end:
        time.sleep(0.005)
    return condition()


@pytest.mark.parametrize("lasting", [False, True])
def test_workers_end_with_what_they_work_for(lasting: bool) -> None:
    gc.collect()
    wait_for(lambda: workers() == 0)
    loader: Any = DataLoader(TensorDataset(tl.arange(100)), num_workers=2, persistent_workers=lasting)
    batches: Any = iter(loader)
    next(batches)
    assert workers() == 2
    gc.disable()  # by reference counts alone
    try:
        del batches
        assert wait_for(lambda: workers() == (2 if lasting else 0))
        del loader
        assert wait_for(lambda: workers() == 0)
    finally:
        gc.enable()


def test_lasting_workers_forget_an_epoch_that_was_left() -> None:
    loader = DataLoader(range(10), batch_size=2, num_workers=2, persistent_workers=True)
    assert next(iter(loader)).tolist() == [0, 1]
    assert [x.tolist() for x in loader] == [[0, 1], [2, 3], [4, 5], [6, 7], [8, 9]]


def test_gradients_are_recorded_as_in_the_main_thread() -> None:
    x = tl.ones(4, requires_grad=True)
    for (batch,) in DataLoader(TensorDataset(x), batch_size=2, num_workers=2):
        batch.sum().backward()
    assert x.grad.tolist() == [1, 1, 1, 1]
