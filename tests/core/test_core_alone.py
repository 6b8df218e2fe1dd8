"""The engine stands alone: it imports nothing else of the package, it is short, and with the table it trains a network."""

from __future__ import annotations

import ast
import functools
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import tinygrad_lite
from tinygrad_lite.core.graph import walk

from ..support.source_lines import lines_of_code

CORE = Path(tinygrad_lite.__file__).parent / "core"
FILES = sorted(CORE.glob("*.py"))
FIRST = ["primitive.py", "edge.py", "modes.py", "graph.py", "tensor.py"]
TRAINING = Path(__file__).parents[1] / "support" / "core_training.py"

every_file = pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)


def imports(path: Path) -> tuple[set[str], set[str]]:
    """The files of core that a file imports, and everything else, wherever in it the import stands."""
    inner, outer = set(), set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            outer |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.level == 1:
            inner |= {node.module} if node.module else {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            outer.add("." * node.level + (node.module or ""))
    return {f"{name}.py" for name in inner}, outer


@every_file
def test_a_file_imports_numpy_the_standard_library_and_core_alone(path: Path) -> None:
    inner, outer = imports(path)
    assert inner <= {file.name for file in FILES}
    assert {name.partition(".")[0] for name in outer} <= {"numpy", *sys.stdlib_module_names}


def test_no_files_import_each_other_in_a_circle() -> None:
    waiting = {path.name: imports(path)[0] for path in FILES}
    while ready := [name for name, needed in waiting.items() if not needed & waiting.keys()]:
        for name in ready:
            del waiting[name]
    assert not waiting


def lines(paths: list[Path]) -> int:
    return sum(len(path.read_text(encoding="utf-8").splitlines()) for path in paths)


def test_the_files_to_be_read_first_are_short() -> None:
    assert lines([CORE / name for name in FIRST]) <= 1000


def test_the_engine_is_short() -> None:
    """Docstrings count in the files to be read first, but not here: they may be as long as they need to be."""
    assert sum(map(lines_of_code, FILES)) <= 1800


def test_every_file_is_introduced() -> None:
    """In the reading order of the package's docstring, and by a docstring of its own."""
    introduction = ast.get_docstring(ast.parse((CORE / "__init__.py").read_text(encoding="utf-8")))
    assert introduction is not None
    listed = [line.split()[0] for line in introduction.splitlines() if line.startswith("    ")]
    assert listed[:5] == FIRST
    assert sorted(listed) == [path.name for path in FILES if path.name != "__init__.py"]
    assert all(ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) for path in FILES)


@functools.cache
def training() -> Any:
    shown = subprocess.run([sys.executable, TRAINING], capture_output=True, text=True, check=True)
    return json.loads(shown.stdout)


def test_the_engine_can_be_imported_without_the_package() -> None:
    assert {name.split(".")[1] for name in training()["core"]} == {"core"}


def test_a_network_is_trained_with_the_engine_and_the_table_alone() -> None:
    found = training()
    assert {name.split(".")[1] for name in found["loaded"]} == {"core", "ops"}
    assert found["error"] < 1e-7
    assert found["losses"][0] > 0.6
    assert found["losses"][-1] < 0.01


def test_the_files_through_which_a_backward_pass_runs() -> None:
    """Those to be read first, versions.py, and the kernels whose derivatives are computed."""
    found = {name for name in training()["files"] if name.startswith("core/")}
    assert {"core/graph.py", "core/primitive.py", "core/tensor.py"} <= found
    assert found <= {"core/versions.py", *(f"core/{name}" for name in FIRST)}
    assert all(name.startswith(("core/", "ops/")) for name in training()["files"])


def test_the_walk_fits_on_a_screen() -> None:
    tree = ast.parse((CORE / "graph.py").read_text(encoding="utf-8"))
    (found,) = (node for node in tree.body if isinstance(node, ast.FunctionDef) and node.name == walk.__name__)
    assert found.end_lineno is not None
    assert found.end_lineno - found.lineno < 65
