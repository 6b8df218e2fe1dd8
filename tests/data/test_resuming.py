"""A run that stops and continues from a checkpoint is the run that never stopped, byte for byte."""

from __future__ import annotations

import io
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import tinygrad_lite as tl
from tinygrad_lite import nn
from tinygrad_lite.utils import data

EPOCHS = 3


class Stream(data.IterableDataset[Any]):
    """Rows one after another, of which this is all that is known."""

    def __init__(self, rows: data.TensorDataset) -> None:
        self.rows = rows

    def __iter__(self) -> Iterator[Any]:
        return (self.rows[i] for i in range(len(self.rows)))


class Noisy(data.Dataset[Any]):
    """Rows with noise from the default generator."""

    def __init__(self, rows: data.TensorDataset) -> None:
        self.rows = rows

    def __getitem__(self, i: int) -> Any:
        x, label = self.rows[i]
        return x + 0.1 * tl.randn(x.shape), label

    def __len__(self) -> int:
        return len(self.rows)


def generator() -> tl.Generator:
    return tl.Generator().manual_seed(int(tl.randint(1000, (1,)).item()))


LOADERS: dict[str, Callable[[data.TensorDataset], data.DataLoader[Any]]] = {
    "in order": lambda rows: data.DataLoader(rows, 6),
    "shuffled": lambda rows: data.DataLoader(rows, 6, True),
    "by a generator": lambda rows: data.DataLoader(rows, 6, True, generator=generator()),
    "of exact batches": lambda rows: data.DataLoader(rows, 9, True, generator=generator()),
    "drawn": lambda rows: data.DataLoader(rows, 6, sampler=data.RandomSampler(rows, True, 40)),
    "weighted": lambda rows: data.DataLoader(
        rows, 6, sampler=data.WeightedRandomSampler([1.0 + i for i in range(len(rows))], 20, generator=generator())
    ),
    "some": lambda rows: data.DataLoader(rows, 4, sampler=data.SubsetRandomSampler(range(3, 21))),
    "a batch sampler": lambda rows: data.DataLoader(
        rows, batch_sampler=data.BatchSampler(data.RandomSampler(rows, generator=generator()), 7, True)
    ),
    "noisy": lambda rows: data.DataLoader(Noisy(rows), 6, True),
    "a stream": lambda rows: data.DataLoader(Stream(rows), 6),
    "a noisy stream": lambda rows: data.DataLoader(Stream(Noisy(rows)), 6),  # type: ignore[arg-type]  # a data set by its methods
    "workers": lambda rows: data.DataLoader(rows, 6, True, num_workers=2),
    "workers by a generator": lambda rows: data.DataLoader(rows, 6, True, num_workers=2, generator=generator()),
    "lasting workers": lambda rows: data.DataLoader(
        rows, 6, True, num_workers=2, generator=generator(), persistent_workers=True
    ),
    "a stream by a worker": lambda rows: data.DataLoader(Stream(rows), 6, num_workers=1),
}


class Run:
    """A training run with everything that has a state: batch norm, dropout, Adam, a schedule, noise, a loader."""

    def __init__(self, loader: str, seed: int) -> None:
        tl.manual_seed(seed)
        rng = np.random.default_rng(0)
        x = rng.standard_normal((27, 3)).astype(np.float32)
        self.loader = LOADERS[loader](data.TensorDataset(tl.tensor(x), tl.tensor((x[:, 0] > 0).astype(np.int64))))
        self.model = nn.Sequential(nn.Linear(3, 8), nn.BatchNorm1d(8), nn.ReLU(), nn.Dropout(0.3), nn.Linear(8, 2))
        self.optimizer = tl.optim.Adam(self.model.parameters(), lr=0.05, weight_decay=0.01, amsgrad=True)
        self.scheduler = tl.optim.lr_scheduler.StepLR(self.optimizer, step_size=4, gamma=0.7)
        self.epoch = 0

    @property
    def parts(self) -> dict[str, Any]:
        return {"model": self.model, "optimizer": self.optimizer, "scheduler": self.scheduler, "loader": self.loader}

    def saved(self) -> bytes:
        file = io.BytesIO()
        tl.save_checkpoint(file, **self.parts, epoch=self.epoch)
        return file.getvalue()

    def load(self, content: bytes) -> Run:
        self.epoch = tl.load_checkpoint(io.BytesIO(content), **self.parts)["epoch"]
        return self

    def steps(self) -> Iterator[bytes]:
        """Train to the end; after each step what it saw and how it did."""
        for self.epoch in range(self.epoch, EPOCHS):  # noqa: B020  # an attribute is counted up
            for x, label in self.loader:
                loss = nn.functional.cross_entropy(self.model(x + 0.01 * tl.randn(x.shape)), label)
                self.optimizer.zero_grad()
                loss.backward()
                self.optimizer.step()
                self.scheduler.step()
                yield x.numpy().tobytes() + loss.detach().numpy().tobytes()


class TestResume:
    @pytest.mark.parametrize("loader", LOADERS)
    def test_from_any_step_is_the_uninterrupted_run_byte_for_byte(self, loader: str) -> None:
        run = Run(loader, seed=1)
        seen, saved = [], [run.saved()]
        for step in run.steps():
            seen.append(step)
            saved.append(run.saved())
        end = run.saved()
        for k in range(0, len(saved), 2 if "worker" not in loader else 5):
            other = Run(loader, seed=100 + k).load(saved[k])
            assert other.saved() == saved[k], f"at step {k}"
            assert list(other.steps()) == seen[k:], f"from step {k} of {len(seen)}"
            assert other.saved() == end, f"from step {k}"

    @pytest.mark.parametrize("loader", ["shuffled", "by a generator"])
    def test_after_leaving_the_loop(self, loader: str) -> None:
        run = Run(loader, seed=1)
        seen = list(run.steps())
        first = Run(loader, seed=1)
        for k, _ in enumerate(first.steps(), 1):
            if k == 7:
                break
        saved = first.saved()
        del first
        assert list(Run(loader, seed=5).load(saved).steps()) == seen[7:]

    def test_in_the_same_process_with_the_same_objects(self) -> None:
        run = Run("shuffled", seed=1)
        steps = run.steps()
        seen = [next(steps) for _ in range(4)]
        saved = run.saved()
        seen += list(steps)
        end = run.saved()
        assert list(run.load(saved).steps()) == seen[4:]
        assert run.saved() == end

    def test_twice(self) -> None:
        seen = list(Run("shuffled", seed=1).steps())
        run = Run("shuffled", seed=1)
        for stop in (3, 2, 6):
            steps = run.steps()
            for _ in range(stop):
                next(steps)
            saved = run.saved()
            run = Run("shuffled", seed=stop).load(saved)
        assert list(run.steps()) == seen[11:]

    def test_in_another_process(self, tmp_path: Path) -> None:
        code = (
            "import sys, hashlib, tinygrad_lite as tl; from tests.data.test_resuming import Run\n"
            "path, stop, seed = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])\n"
            "run = Run('by a generator', seed)\n"
            "if seed != 1: run.load(open(path, 'rb').read())\n"
            "for k, _ in enumerate(run.steps(), 1):\n"
            "    if k == stop:\n"
            "        tl.save_checkpoint(path, **run.parts, epoch=run.epoch)\n"
            "        sys.exit()\n"
            "print(hashlib.sha256(run.saved()).hexdigest())\n"
        )

        def process(stop: int, seed: int) -> str:
            command = [sys.executable, "-c", code, str(tmp_path / "x.npz"), str(stop), str(seed)]
            root = Path(__file__).parents[2]
            return subprocess.run(command, cwd=root, capture_output=True, text=True, check=True).stdout

        whole = process(0, 1)
        assert process(7, 1) == ""
        assert process(0, 2) == whole

    def test_a_sampler_that_does_not_repeat_itself_is_noticed(self) -> None:
        class Fickle(data.Sampler[int]):
            def __iter__(self) -> Iterator[int]:
                for _ in range(10):
                    yield int(tl.randint(100, (1,)).item())

        loader = data.DataLoader(range(100), 2, sampler=Fickle())
        batches = iter(loader)
        tl.manual_seed(0)
        next(batches), tl.rand(5), next(batches)
        state = loader.state_dict()
        other = data.DataLoader(range(100), 2, sampler=Fickle())
        other.load_state_dict(state)
        before = tl.get_rng_state()
        with pytest.raises(RuntimeError, match=r"cannot resume the epoch after batch 2(.|\n)*same indices again"):
            iter(other)
        assert tl.get_rng_state().equal(before)

    def test_a_shorter_dataset_is_noticed(self) -> None:
        loader = data.DataLoader(range(10), 2)
        for _ in zip(range(4), loader, strict=False):
            pass
        other = data.DataLoader(range(6), 2)
        other.load_state_dict(loader.state_dict())
        with pytest.raises(RuntimeError, match="cannot resume the epoch after batch 4"):
            iter(other)

    def test_other_generators_are_noticed(self) -> None:
        loader = data.DataLoader(range(3), shuffle=True, generator=tl.Generator())
        with pytest.raises(ValueError, match="draws from 1 generators, and this one from 0"):
            data.DataLoader(range(3), shuffle=True).load_state_dict(loader.state_dict())
