"""The benchmark runs, compares what it times, and forgets no primitive."""

from __future__ import annotations

import math
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import tinygrad_lite as tl
from benchmarks import contest, data_parallel, goals, machine, operations, processes, report, workloads
from benchmarks.contest import NUMBA, NUMPY, OURS, Contestant
from benchmarks.memory import Peak
from benchmarks.processes import QUICK, Failed, Times, Worker
from benchmarks.step import Missing
from tinygrad_lite.core.primitive import REGISTRY

ROOT = Path(__file__).parents[2]
TINY, *_, DIGITS = workloads.WORKLOADS


def test_the_command_writes_a_report_and_prints_its_short_form(tmp_path: Path) -> None:
    out = tmp_path / "RESULTS.md"
    command = "-m benchmarks --quick --parts steps --workloads 2-16-16-2 --contestants".split()
    done = subprocess.run(
        [sys.executable, *command, "tinygrad_lite", "NumPy by hand", "--cores", "1", "--out", str(out)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    report = out.read_text(encoding="utf-8")
    assert "| eager to PyTorch" not in done.stdout
    assert "| geometric mean, of what each has " in done.stdout
    assert "On one core, with one thread:" in report
    assert done.stdout.strip() in report
    assert "batch 64, Adam" in report
    assert all(fact in report for name, fact in machine.ask().items() if name != "load")


def test_a_run_renews_its_own_sections_and_leaves_the_others() -> None:
    before = (ROOT / "benchmarks/RESULTS.md").read_text(encoding="utf-8")
    assert report.written(before, report.Findings("", {}, [], {}, {}, [], []), "a.png") == before
    rows = [operations.Row("add", {("large", False): (1.5, 0.25)})]
    found = report.Findings("the command", {"CPU": "slow"}, [], {}, {}, [], rows)
    after = report.written(before, found, "a.png")
    start = before.index("## Operations alone")
    assert after[:start] == before[:start]
    assert "the command" in after[start:]
    assert "| CPU         | slow |" in after[start:]
    assert "0.25 (1.5 µs)" in after[start:]
    assert "erfc" not in after
    assert report.written(after, found, "a.png") == after
    alone = report.written("", found, "a.png")
    assert alone.endswith(after[start:])
    assert alone.startswith("# Results")


def wrong(folder: Path, body: str) -> Contestant:
    """NumPy by hand, with something changed in it."""
    start = "from benchmarks.contestants import numpy_by_hand as right\nfrom benchmarks.contestants.numpy_by_hand import build\n"
    (folder / "wrong_by_hand.py").write_text(start + body, encoding="utf-8")
    return Contestant("wrong", "wrong_by_hand", "numpy")


@pytest.mark.parametrize(
    ("planted", "where"),
    [
        ("", None),
        ("right.ReLU.backward = lambda self, g: g\n", 0),
        ("right.Linear.backward = lambda self, g, back=right.Linear.backward: back(self, g * 0.9)\n", 0),
        ("right.adam = lambda p, g, lr, adam=right.adam: adam(p, g, lr * 1.05)\n", 1),
    ],
    ids=["nothing", "no mask", "a scale", "a learning rate"],
)
def test_a_contestant_that_computes_something_else_fails(
    planted: str, where: int | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    entered = [OURS, NUMPY, wrong(tmp_path, planted)]
    if where is None:
        result = contest.measure(TINY, entered, QUICK._replace(starts=2))
        assert {name: len(times.rounds) for name, times in result.times.items()} == dict.fromkeys(
            ("tinygrad_lite", "NumPy by hand", "wrong"), 2 * QUICK.rounds
        )
        assert result.apart < 1e-5
        return
    with pytest.raises(Failed, match=r"at step \d+ the losses disagree: tinygrad_lite"):
        contest.measure(workloads.WORKLOADS[where], entered, QUICK)


@pytest.mark.parametrize(
    ("change", "step", "agree"),
    [
        (1e-5, 0, True),
        (1e-3, 0, False),
        (1e-3, 10, True),
        (0.1, 10, False),
        (math.nan, 0, False),
        (math.inf, 10, False),
    ],
)
def test_how_far_losses_may_lie_apart(change: float, step: int, agree: bool) -> None:
    losses = {name: [1 / (1 + t) for t in range(20)] for name in "abc"}
    losses["b"][step] *= 1 + change
    if agree:
        assert contest.agreement("w", losses) == pytest.approx(change)
    else:
        with pytest.raises(Failed, match=f"w: at step {step + 1} the losses disagree: a "):
            contest.agreement("w", losses)


def test_what_a_contestant_lacks_and_what_fails_is_told_apart() -> None:
    with Worker(NUMPY.maker) as worker:
        with pytest.raises(Missing, match="no DataLoader"):
            worker.ask("build", [DIGITS.fields()])
        with pytest.raises(Failed, match="KeyError"):
            worker.ask("build", [{**TINY.fields(), "optimizer": "Newton"}])
        worker.process.kill()
        worker.process.wait()
        with pytest.raises(Failed, match="died"):
            worker.ask("run", 1)


def test_no_contestant_sees_a_forced_kernel(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("OPENBLAS_CORETYPE", "OMP_NUM_THREADS", "MKL_NUM_THREADS", "KEPT"):
        monkeypatch.setenv(name, "1")
    assert {name for name in processes.environment() if name.startswith(("OPENBLAS", "OMP", "MKL", "KEPT"))} == {"KEPT"}


def test_turns_rotate_and_all_rounds_count() -> None:
    assert [processes.rotated("abc", i) for i in range(4)] == [list("abc"), list("bca"), list("cab"), list("abc")]
    ours, theirs = Times([2, 40, 1, 3, 20]), Times([4, 6, 80, 90, 5])
    assert (ours.median, ours.best, ours.ratio(theirs)) == (3, 1, 3 / 6)


def test_goals_are_met_up_to_their_limit() -> None:
    def results(*ratios: float) -> list[contest.Result]:
        times = [{NUMBA.name: Times([ours]), OURS.name: Times([2 * ours])} for ours in ratios]
        peers = {"PyTorch": Times([1.0]), "JAX jit": Times([2.0])}
        firsts = [{NUMBA.name: [4.0, 0.25]}, {NUMBA.name: [5.5]}]
        each = zip(workloads.WORKLOADS, times, firsts, strict=False)
        return [contest.Result(workload, ours | peers, first, {}, 0.0) for workload, ours, first in each]

    peaks = {name: {OURS.name: Peak(1, ours), "PyTorch": Peak(1, 2.0)} for name, ours in (("a", 1.0), ("b", 2.4))}
    judged = goals.judge({1: results(0.8, 0.2), 2: results(1.0, 1.0)}, peaks)
    found = {goal.name: (round(goal.value, 9), goal.met) for goal in judged}
    assert found == {
        "numba to PyTorch: mean": (0.4, False),
        "numba to PyTorch: mean of the networks": (0.4, False),
        "numba to PyTorch: worst": (0.8, True),
        "numba to JAX jit: mean": (0.2, True),
        "eager to PyTorch: mean": (0.8, False),
        "eager to PyTorch: worst": (1.6, False),
        "numba's first step with nothing on disk: worst": (5.5, False),
        "numba's first step with its kernels on disk: worst": (0.25, True),
        "numba to JAX jit, on 2 cores: mean": (0.5, True),
        "memory kept, to PyTorch: worst": (1.2, False),
    }


def test_a_process_on_one_core_starts_others_on_one_core() -> None:
    ask = [sys.executable, "-c", "import os; print(len(os.sched_getaffinity(0)))"]
    before = processes.all_cores()
    with processes.on_cores(1):
        assert int(subprocess.run(ask, capture_output=True, text=True, check=True).stdout) == 1
    assert processes.all_cores() == before


def test_every_primitive_has_a_row() -> None:
    named = set(operations.OPERATIONS) | set(operations.WITHOUT)
    assert set(REGISTRY) <= named
    assert not set(operations.OPERATIONS) & set(operations.WITHOUT)


@pytest.mark.parametrize("size", operations.SIZES)
def test_the_rows_compute_the_same_in_both_libraries(size: str, monkeypatch: pytest.MonkeyPatch) -> None:
    torch = pytest.importorskip("torch")
    monkeypatch.setattr(operations, "SIZES", {"large": (16, 8), "small": (10,)})
    monkeypatch.setattr(operations, "MATRIX", {"large": (16, 8), "small": (2, 5)})
    monkeypatch.setattr(tl.nn.functional, "dropout", lambda x, p: x * p)
    monkeypatch.setattr(torch.nn.functional, "dropout", lambda x, p: x * p)
    for name in operations.OPERATIONS:
        ours, theirs = (operations.build(T, name, size, False)() for T in ("tinygrad_lite", "torch"))
        np.testing.assert_allclose(ours.numpy(), theirs.numpy(), rtol=2e-5, atol=2e-6, err_msg=name)


def test_the_model_of_many_processes() -> None:
    network = data_parallel.Network("small", [3, 2, 1], 4)
    assert network.octets == 4 * (3 * 2 + 2 + 2 * 1 + 1)
    # Two messages there and back; half of the bytes are sent, added up, and sent back.
    assert data_parallel.exchanged(1000, 2, 1.0, 100.0) == 2 * 1.0 + 1000 / 100
    assert data_parallel.exchanged(6400, 64, 0.0, 1.0) == 2 * 6300
    found = [{"small": {"step": 2.0, "alone": 2.0, "sum": 0.5}}]
    text = data_parallel.report({each.name: found for each in data_parallel.CONTESTANTS}, [network])
    predicted = next(line for line in text.splitlines() if "predicted" in line)
    row = text.splitlines()[text.splitlines().index(predicted) + 2]
    assert [cell.strip() for cell in row.split("|")[2:-1]] == ["1 s", "500 ms", "1.5 s", "2 s", "1.33", "1.00"]
