"""Tensors in several processes: what is shared stays shared, and errors come back."""

from __future__ import annotations

import contextlib
import multiprocessing as python_multiprocessing
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import tinygrad_lite as tl
from tinygrad_lite import multiprocessing as mp
from tinygrad_lite import nn

FORK = "fork" in python_multiprocessing.get_all_start_methods() and sys.platform != "darwin"
pytestmark = pytest.mark.skipif(not FORK, reason="processes cannot be forked here")


def fill(i: int, x: Any, *others: Any) -> None:
    x[i] = i + 1
    for other in others:
        other.fill_(7)


def fail(i: int) -> None:
    if i == 1:
        raise ValueError("no luck")


def leave(i: int, code: int) -> None:
    if code < 0:
        os.kill(os.getpid(), -code)
    os._exit(code)


def train(i: int, model: Any, state: Any, losses: Any) -> None:
    optimizer = tl.optim.Adam(model.parameters(), lr=0.1)
    optimizer.state.update(state)
    for _ in range(3):
        optimizer.zero_grad()
        loss = (model(tl.ones(1, 2)) ** 2).sum()
        loss.backward()
        optimizer.step()
    losses.put(loss.detach())


class TestSharedMemory:
    def test_forked_processes_see_writes(self) -> None:
        x, own = tl.zeros(2, 3)[:, 1:].share_memory_(), tl.zeros(2)
        assert x.is_shared()
        assert not own.is_shared()
        address = x.data_ptr()
        assert x.share_memory_().data_ptr() == address
        mp.start_processes(fill, (x, own), nprocs=2, start_method="fork")
        assert x.tolist() == [[1, 1], [2, 2]]
        assert own.tolist() == [0, 0]

    def test_an_optimizer_leaves_parameters_and_states_where_they_are(self) -> None:
        model = nn.Sequential(nn.Linear(2, 2), nn.Linear(2, 1)).share_memory()
        state = {
            p: {"step": tl.tensor(0.0), "exp_avg": tl.zeros_like(p), "exp_avg_sq": tl.zeros_like(p)}
            for p in model.parameters()
        }  # fmt: skip
        for values in state.values():
            for value in values.values():
                value.share_memory_()
        start, losses = model[0].weight.detach().clone(), mp.get_context("fork").SimpleQueue()
        model[0].weight.data[0, 0] += 0.0
        mp.start_processes(train, (model, state, losses), nprocs=1, start_method="fork")
        assert losses.get().item() >= 0
        assert (model[0].weight != start).all()
        first = state[model[0].weight]
        assert first["step"].item() == 3
        assert first["exp_avg"].is_shared()
        assert first["exp_avg"].abs().sum() > 0

    def test_what_cannot_be_sent(self) -> None:
        queue = mp.get_context("fork").SimpleQueue()
        with pytest.raises(RuntimeError, match="Cowardly refusing to serialize non-leaf tensor which requires_grad"):
            queue.put(tl.ones(1, requires_grad=True) * 2)

    def test_nothing_is_left_open(self) -> None:
        if not Path("/proc/self/fd").exists():
            pytest.skip("the open files cannot be listed here")
        count = len(os.listdir("/proc/self/fd"))
        x = tl.ones(1000).share_memory_()
        view = x[2:]
        del x
        assert view.sum().item() == 998
        del view
        assert len(os.listdir("/proc/self/fd")) == count


class TestErrors:
    def test_of_the_function(self) -> None:
        with pytest.raises(
            mp.ProcessRaisedException, match=r"Process 1 terminated with the following error:(.|\n)*no luck"
        ):
            mp.start_processes(fail, nprocs=2, start_method="fork")

    def test_of_the_process(self) -> None:
        with pytest.raises(mp.ProcessExitedException, match="process 0 terminated with exit code 3") as caught:
            mp.start_processes(leave, (3,), start_method="fork")
        assert caught.value.exit_code == 3
        context = mp.start_processes(leave, (-signal.SIGKILL,), join=False, start_method="fork")
        assert context is not None
        with pytest.raises(mp.ProcessExitedException, match="terminated with signal SIGKILL"):
            context.join(grace_period=1)
        assert context.join()


SCRIPT = """
import torch, torch.multiprocessing as mp, torch.nn as nn

def fill(i, x, model, queue):
    assert torch.nn.Linear is nn.Linear and "tinygrad" in nn.__name__
    x[i] = i + 1
    with torch.no_grad():
        model.weight.fill_(5)
    queue.put(torch.full((2,), 9.0))

if __name__ == "__main__":
    x, model = torch.zeros(2).share_memory_(), nn.Linear(1, 2).share_memory()
    queue = mp.get_context("spawn").SimpleQueue()
    mp.spawn(fill, (x, model, queue))
    print(x.tolist(), model.weight.tolist(), queue.get().tolist())
"""


def test_a_new_process_has_the_same_torch(tmp_path: Path) -> None:
    """A spawned process imports the script, in which torch is this library, and looks into the same memory."""
    (tmp_path / "script.py").write_text(SCRIPT)
    run = subprocess.run(
        [sys.executable, "-m", "tinygrad_lite", "script.py"], cwd=tmp_path, capture_output=True, text=True, timeout=60,
        env={**os.environ, "PYTHONPATH": str(Path(tl.__file__).parent.parent)}, check=False,
    )  # fmt: skip
    assert run.stderr == ""
    assert run.stdout == "[1.0, 0.0] [[5.0], [5.0]] [9.0, 9.0]\n"


def test_pythons_names_are_there() -> None:
    for name in (
        "Process",
        "Queue",
        "Pool",
        "Manager",
        "set_start_method",
        "get_context",
        "cpu_count",
        "Pipe",
        "Event",
    ):
        assert getattr(mp, name) is getattr(python_multiprocessing, name)
    with contextlib.suppress(RuntimeError):
        mp.set_start_method(python_multiprocessing.get_start_method())
    assert mp.get_sharing_strategy() in mp.get_all_sharing_strategies()
    with pytest.raises(ValueError, match="there is no strategy"):
        mp.set_sharing_strategy("paper")
