"""Several processes under a real `mpiexec`: their operations, their training, and what ends them.

What each process checks stands in `programs/`; a failed check there is an exception, which ends the job with its text.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from ..support.idx_files import put

pytest.importorskip("mpi4py")
LAUNCHER = shutil.which("mpiexec", path=os.path.dirname(sys.executable)) or shutil.which("mpiexec") or ""
pytestmark = pytest.mark.skipif(not LAUNCHER, reason="there is no mpiexec")
ROOT = Path(__file__).parents[2]
PROGRAMS = Path(__file__).parent / "programs"


def started(count: int, *command: str | Path) -> subprocess.Popen[str]:
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("PMI", "OMPI_", "MPI"))}
    paths = os.pathsep.join(filter(None, [str(ROOT), os.environ.get("PYTHONPATH", "")]))
    return subprocess.Popen(
        [LAUNCHER, "-n", str(count), sys.executable, *map(str, command)],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=ROOT,
        env={**clean, "PYTHONPATH": paths, "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"},
    )  # fmt: skip


def output(process: subprocess.Popen[str], timeout: float = 120) -> str:
    """What a job prints, which has to end well."""
    try:
        printed, errors = process.communicate(timeout=timeout)
    finally:
        process.kill()
    assert process.returncode == 0, printed + errors
    return printed


def test_operations_are_those_of_one_process() -> None:
    assert output(started(3, PROGRAMS / "collectives.py")).count("all as one process computes it") == 3


def test_training_is_that_of_one_process(tmp_path: Path) -> None:
    assert output(started(3, PROGRAMS / "training.py", tmp_path)).count("as one process trains") == 3


def test_a_script_for_pytorch_prints_what_it_prints_there(tmp_path: Path) -> None:
    printed = output(started(2, "-m", "tinygrad_lite", PROGRAMS / "pytorch_style.py", tmp_path / "state.pt"))
    found = [float(x) for x in re.findall(r"-?\d+\.\d+", printed)]
    assert found == pytest.approx([1.601151, 1.514328, 1.393079, -0.52906, -0.52906], abs=2e-5)  # PyTorch 2.13, gloo


def test_the_example_loses_what_one_process_loses_and_goes_on_in_another_number_of_processes(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    put(tmp_path, True, rng.integers(0, 256, (600, 28, 28), np.uint8), rng.integers(0, 10, 600).astype(np.uint8))

    def job(count: int, epochs: int, losses: str, *more: str | Path) -> subprocess.Popen[str]:
        options: list[str | Path] = ["--epochs", str(epochs), "--losses", tmp_path / losses, "--root", tmp_path]
        return started(count, ROOT / "examples" / "data_parallel.py", *options, *more)

    alone, two = job(1, 2, "one"), job(2, 1, "two", "--checkpoint", tmp_path / "state.pt")
    assert "epoch 1: loss" in output(two)
    assert "epoch 1" not in output(job(1, 2, "two", "--checkpoint", tmp_path / "state.pt"))
    output(alone)
    one, other = ([float(line) for line in (tmp_path / name).read_text().split()] for name in ("one", "two"))
    assert len(one) == 12
    assert other == pytest.approx(one, abs=1e-6, rel=0)


# The way in which rank 1 fails, and what is said of it.
FAILURES = {
    "killed": "Killed (signal 9)",
    "raises": "[rank1]: ValueError: the data of rank 1 are broken",
    "exits": "Rank 1 is running collective: none: this rank has left the program",
    "ends early": "Rank 0 is running collective: all_reduce(float32, 3 elements",
    "other operation": "but Rank 1 is running collective: broadcast(float32, 3 elements, from rank 0)",
    "sends nothing": "rank 0 waits in recv(float32, 3 elements, from rank 1), and rank 1 has left the program",
    "leaves a group": "rank 0 waits in all_reduce(float32, 3 elements, RedOpType.SUM), and rank 1 has left the program",
}


def test_a_rank_that_fails_ends_the_job_within_seconds() -> None:
    jobs = {}
    for way in FAILURES:  # each by itself needs a second or two, most of it to start
        jobs[way] = started(2, PROGRAMS / "failures.py", way)
    begin = time.monotonic()
    for way, job in jobs.items():
        try:
            printed, errors = job.communicate(timeout=60)
        except subprocess.TimeoutExpired:
            pytest.fail(f"the other rank waits on, after rank 1 {way}")
        finally:
            job.kill()
        assert job.returncode != 0, (way, printed)
        assert FAILURES[way] in printed + errors, (way, printed, errors)
        assert "rank 0 has gone through all steps" not in printed
    assert time.monotonic() - begin < 60
