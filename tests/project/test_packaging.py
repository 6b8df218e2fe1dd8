"""The wheel and the source distribution: the same bytes wherever and whenever they are built, and nothing else in them."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest

import tinygrad_lite

ROOT = Path(__file__).parents[2]
INCLUDED = ["tinygrad_lite", "tests", "examples", "benchmarks", "docs"]
FILES = ["README.md", "LICENSE", "pyproject.toml", ".gitignore"]
STRAY = [
    "tinygrad_lite/__pycache__/x.pyc",
    "docs/_build/index.html",
    "docs/reference/nn.md",
    "tests/.hypothesis/x",
    "data/x",
]
MADE = shutil.ignore_patterns("__pycache__", "_build", "reference", ".*_cache", ".hypothesis")


def built(folder: Path, time: int, mode: int, **environment: str) -> list[Path]:
    """The distributions of a copy of the sources, all of whose files have this time and these permissions."""
    source, out = folder / "source", folder / "out"
    for name in INCLUDED:
        shutil.copytree(ROOT / name, source / name, ignore=MADE)
    for name in FILES:
        shutil.copy(ROOT / name, source / name)
    for name in STRAY:
        (source / name).parent.mkdir(parents=True, exist_ok=True)
        (source / name).write_text("made by a tool")
    for path in source.rglob("*"):
        path.chmod(mode | 0o111 if path.is_dir() else mode)
        os.utime(path, (time, time))
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-d", str(out)],
        cwd=source, env=os.environ | environment, check=True, capture_output=True,
    )  # fmt: skip
    return sorted(out.iterdir())


def test_both_distributions(tmp_path: Path) -> None:
    pytest.importorskip("hatchling")
    if not (ROOT / "pyproject.toml").exists():
        pytest.skip("only the sources can be built")
    first = built(tmp_path / "a", 1_000_000_000, 0o644, TZ="UTC", PYTHONHASHSEED="1")
    second = built(tmp_path / "other" / "place", 1_700_000_000, 0o600, TZ="Asia/Tokyo", PYTHONHASHSEED="2")
    assert [path.name for path in first] == [path.name for path in second]
    for a, b in zip(first, second, strict=True):
        assert a.read_bytes() == b.read_bytes(), a.name
    wheel, sdist = first
    version = tinygrad_lite.__version__
    assert wheel.name == f"tinygrad_lite-{version}-py3-none-any.whl"

    with zipfile.ZipFile(wheel) as archive:
        names = {name for name in archive.namelist() if ".dist-info/" not in name}
        metadata = archive.read(f"tinygrad_lite-{version}.dist-info/METADATA").decode()
        archive.extractall(tmp_path / "installed")
    own = {
        str(path.relative_to(tmp_path / "a" / "source"))
        for path in (tmp_path / "a" / "source").rglob("*")
        if path.is_file()
    }
    own -= set(STRAY)
    assert names == {name for name in own if name.startswith("tinygrad_lite/")}
    required = re.findall(r"^Requires-Dist: (.*)$", metadata, re.MULTILINE)
    assert [line for line in required if "extra ==" not in line] == ["numpy>=2"]
    everything = [line for line in required if line.endswith("extra == 'all'")]
    assert everything and not any(re.match(r"torch\b|jax", line) for line in everything)  # those are for tests

    with tarfile.open(sdist) as archive:
        found = {name.partition("/")[2] for name in archive.getnames()}
    assert found == own | {"PKG-INFO"}

    code = "import tinygrad_lite as tl; print(tl.__file__); tl.nn.Linear(2, 1)(tl.ones(2)).backward(); tl.insight.page"
    clean = {key: value for key, value in os.environ.items() if key != "PYTHONPATH"}
    run = subprocess.run(
        [sys.executable, "-P", "-c", code], cwd=tmp_path, env=clean | {"PYTHONPATH": str(tmp_path / "installed")},
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert run.stdout.startswith(str(tmp_path / "installed"))
