"""show_config tells what NumPy multiplies matrices with, and what slows it down."""

from __future__ import annotations

import json
import math
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import tinygrad_lite as tl
from tinygrad_lite.runtime import configuration as config
from tinygrad_lite.runtime.configuration import Blas

V3, V4 = {"X86_V2", "X86_V3"}, {"X86_V2", "X86_V3", "X86_V4"}
OLD = {"SSE", "AVX", "AVX2"}  # NumPy's names up to 2.3
FORCED = {"OPENBLAS_CORETYPE": "Haswell"}


@pytest.mark.parametrize(
    ("used", "usable", "found", "environment", "said"),
    [
        (Blas("OpenBLAS", "1", "Haswell", 2), 2, V4, FORCED, ["OPENBLAS_CORETYPE=Haswell .* AVX2, and this CPU has AVX-512"]),
        (Blas("OpenBLAS", "1", "Haswell", 2), 2, {*OLD, "AVX512_SKX"}, FORCED, ["this CPU has AVX-512"]),
        (Blas("OpenBLAS", "1", "Nehalem", 2), 2, OLD, {"OPENBLAS_CORETYPE": "NEHALEM"}, ["for SSE, and this CPU has AVX2"]),
        (Blas("OpenBLAS", "1", "Haswell", 2), 2, V3, FORCED, []),  # as fast as it goes
        (Blas("OpenBLAS", "1", "Zen", 2), 2, V4, {}, []),  # its own choice
        (Blas("OpenBLAS", "1", "SkylakeX", 2), 2, V4, {"OPENBLAS_CORETYPE": "nonsense"}, []),  # which OpenBLAS ignores
        (Blas("OpenBLAS", "1", "Nehalem", 2), 2, {"NEON"}, FORCED, []),
        (Blas("OpenBLAS", "1", "SkylakeX", 8), 2, V4, {}, ["8 threads .* may use 2 cores.*OPENBLAS_NUM_THREADS=2"]),
        (Blas("OpenBLAS", "1", "SkylakeX", 1), 2, V4, {}, []),
        (Blas("mkl"), 1, V4, {}, []),
        (Blas("mkl"), 1, V4, {"NPY_DISABLE_CPU_FEATURES": "AVX2"}, ["NPY_DISABLE_CPU_FEATURES=AVX2"]),
        (Blas("OpenBLAS", "1", "Haswell", 3), 1, V4, FORCED, ["OPENBLAS_CORETYPE", "may use 1 core:"]),
    ],
)  # fmt: skip
def test_what_is_warned_of(
    used: Blas, usable: int, found: set[str], environment: dict[str, str], said: list[str]
) -> None:
    warnings = config.slowdowns(used, usable, found, environment)
    assert len(warnings) == len(said)
    for warning, pattern in zip(warnings, said, strict=True):
        assert re.search(pattern, warning)


def shown(**environment: str) -> dict[str, Any]:
    """The configuration of a process with these variables and none of the like."""
    clean = {k: v for k, v in os.environ.items() if not k.startswith(("OPENBLAS_", "OMP_", "NPY_"))}
    code = "import json, tinygrad_lite as tl; print(json.dumps(tl.show_config(mode='dicts')))"
    done = subprocess.run(
        [sys.executable, "-c", code], env=clean | environment, capture_output=True, text=True, check=True
    )
    return dict(json.loads(done.stdout))


@pytest.mark.skipif("OpenBLAS" not in config.blas().name, reason="NumPy has another BLAS")
def test_openblas_is_asked_itself() -> None:
    free, one = shown(), shown(OPENBLAS_NUM_THREADS="1")
    built = np.show_config(mode="dicts")["Build Dependencies"]["blas"]
    assert free["blas"].startswith("OpenBLAS ")
    if built["name"] == "scipy-openblas":
        assert free["blas"] == f"OpenBLAS {built['version']}"
    assert one["threads"] == 1
    assert free["threads"] >= 1
    assert one["warnings"] == []
    if "X86_V4" in config.cpu_features() or "AVX512_SKX" in config.cpu_features():
        forced = shown(OPENBLAS_CORETYPE="Nehalem")
        assert forced["kernel"] == "Nehalem"
        assert "this CPU has AVX-512" in forced["warnings"][0]


@pytest.mark.parametrize("built", [{}, {"Build Dependencies": {"blas": {"name": "accelerate", "version": "unknown"}}}])
def test_another_blas_is_named_and_nothing_more(built: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(np, "show_config", lambda mode: built)
    monkeypatch.setattr(config, "libraries", list)
    assert config.blas() == Blas("accelerate" if built else "unknown")
    assert tl.show_config(mode="dicts")["kernel"] is None


def test_a_file_that_is_no_openblas_is_passed_over(tmp_path: Path) -> None:
    file = tmp_path / "libopenblas.so"
    file.write_text("nothing")
    assert config.query_openblas(str(file)) is None
    assert config.query_openblas(sys.executable) is None


@pytest.mark.parametrize(
    ("groups", "files", "cores"),
    [
        ("0::/\n", {}, math.inf),
        ("0::/\n", {"cpu.max": "max 100000\n"}, math.inf),
        ("0::/\n", {"cpu.max": "150000 100000\n"}, 1.5),
        ("0::/a/b\n", {"a/cpu.max": "200000 100000\n", "a/b/cpu.max": "max 100000\n"}, 2),
        ("3:cpu,cpuacct:/job\n", {"cpu,cpuacct/job/cpu.cfs_quota_us": "50000", "cpu,cpuacct/job/cpu.cfs_period_us": "100000"}, 0.5),
        ("3:cpu,cpuacct:/job\n", {"cpu,cpuacct/job/cpu.cfs_quota_us": "-1", "cpu,cpuacct/job/cpu.cfs_period_us": "100000"}, math.inf),
        ("0::/\n", {"cpu.max": "garbage\n"}, math.inf),
    ],
)  # fmt: skip
def test_the_quota_of_a_control_group(groups: str, files: dict[str, str], cores: float, tmp_path: Path) -> None:
    root, membership = tmp_path / "cgroup", tmp_path / "membership"
    membership.write_text(groups)
    for name, text in files.items():
        file = root / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    assert config.cpu_quota(root, membership) == cores


def test_cores_are_those_of_the_affinity_and_the_quota(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: {0, 1, 2, 3}, raising=False)
    for quota, cores in ((math.inf, 4), (2.0, 2), (1.5, 2), (0.3, 1)):
        monkeypatch.setattr(config, "cpu_quota", lambda quota=quota: quota)
        assert config.cores() == cores


def test_it_prints_a_line_for_each_fact(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(config, "slowdowns", lambda *_: ["one", "two"])
    monkeypatch.setattr(config, "blas", lambda: Blas("mkl"))
    tl.show_config()
    lines = [line.split(None, 1) for line in capsys.readouterr().out.splitlines()]
    assert lines[:2] == [["tinygrad_lite", tl.__version__], ["numpy", np.__version__]]
    assert lines[-5:] == [
        ["blas", "mkl"],
        ["kernel", "unknown"],
        ["threads", "unknown"],
        ["warning", "one"],
        ["warning", "two"],
    ]
    with pytest.raises(ValueError, match="mode must be"):
        tl.show_config(mode="print")  # type: ignore[call-overload]  # wrong on purpose


def test_threads_are_counted_and_set() -> None:
    before = tl.get_num_threads()
    try:
        tl.set_num_threads(1)
        assert tl.get_num_threads() == tl.show_config(mode="dicts")["threads"] == 1
    finally:
        tl.set_num_threads(before)
    for wrong, phrase in (
        (0, "a positive integer"),
        (-1, "a positive integer"),
        (1.5, "an int, but got float"),
        (True, "got bool"),
    ):
        with pytest.raises(RuntimeError, match=f"set_num_threads expects .*{phrase}"):
            tl.set_num_threads(wrong)
    assert tl.get_num_threads() == before
