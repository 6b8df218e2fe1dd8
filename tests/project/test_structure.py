"""The house: imports flow one way, and importing the package costs little more than importing NumPy."""

from __future__ import annotations

import ast
import graphlib
import re
import subprocess
import sys
from pathlib import Path

import pytest

import tinygrad_lite
from tinygrad_lite.runtime.old_paths import PYTORCH_PATHS

from ..support.source_lines import lines_of_code

PACKAGE = Path(tinygrad_lite.__file__).parent

# A room imports only from rooms that stand above it here; the files of one room may import each other.
ROOMS = [
    "core", "types", "runtime", "ops", "random", "functions", "tensors", "creation", "sparse", "linalg", "special", "amp", "cuda", "backends",
    "accelerator", "mps", "xpu", "cpu", "hub", "version", "insight", "func", "autograd", "distributed", "nn", "jit", "optim", "distributions", "profiler", "multiprocessing",
    "compiler", "onnx", "utils", "datasets", "serialization", "sklearn", "einops", "testing", "torch_names", "__main__",
]  # fmt: skip


def modules() -> dict[str, Path]:
    found = {}
    for path in sorted(PACKAGE.rglob("*.py")):
        parts = path.relative_to(PACKAGE).with_suffix("").parts
        name = ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
        found[name] = path
    return found


MODULES = modules()


def imported(name: str) -> set[str]:
    """The package's own modules that a module imports, wherever in it the import stands, but not for types only."""
    tree = ast.parse(MODULES[name].read_text(encoding="utf-8"))
    for node in ast.walk(tree):
        if isinstance(node, ast.If) and isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING":
            node.body = []
    here = name.split(".") if MODULES[name].name == "__init__.py" else name.split(".")[:-1]
    here = [part for part in here if part]
    found = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.level:
            base = here[: len(here) - node.level + 1] + (node.module.split(".") if node.module else [])
            for alias in node.names:
                whole = ".".join([*base, alias.name])
                found.add(whole if whole in MODULES else ".".join(base))
    return found - {""}


def room(name: str) -> int:
    return ROOMS.index(name.partition(".")[0])


@pytest.mark.parametrize("name", sorted(set(MODULES) - {""}))
def test_imports_flow_downwards(name: str) -> None:
    below = [other for other in imported(name) if room(other) > room(name)]
    assert not below, f"{name} imports {below}, which stand below it"


def test_the_architecture_lists_every_room_in_this_order() -> None:
    text = (PACKAGE.parent / "docs" / "architecture.md").read_text(encoding="utf-8")
    table = text.partition("## The rooms")[2].partition("## ")[0]
    cells = re.findall(r"^\| (`.*?) \|", table, flags=re.MULTILINE)
    listed = [name.partition("/")[0] for cell in cells for name in re.findall(r"`([\w/]+)`", cell)]
    assert [*dict.fromkeys(listed), "__main__"] == ROOMS


def test_no_files_import_each_other_in_a_circle() -> None:
    order = graphlib.TopologicalSorter({name: imported(name) - {name} for name in MODULES if name})
    order.prepare()  # raises a CycleError that names the files


def test_importing_imports_numpy_and_the_standard_library_only() -> None:
    code = "import sys, tinygrad_lite; print(*{name.partition('.')[0] for name in sys.modules})"
    shown = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    baseline = "import sys, numpy.random; print(*{name.partition('.')[0] for name in sys.modules})"
    plain = subprocess.run([sys.executable, "-c", baseline], capture_output=True, text=True, check=True)
    extra = set(shown.stdout.split()) - set(plain.stdout.split()) - set(sys.stdlib_module_names)
    assert extra == {"tinygrad_lite"}


def test_no_file_is_two() -> None:
    long = {name: count for name, path in MODULES.items() if (count := lines_of_code(path)) > 350}
    lists = {"", "ops.elementwise"}  # the public names, and the table: each is as long as what it lists
    assert not set(long) - lists, long


def test_the_package_lists_what_it_exports() -> None:
    """Without the list a type checker takes the imports for the package's own business."""
    names: set[str] = set()
    tree = ast.parse(Path(tinygrad_lite.__file__).read_text())
    for statement in ast.walk(tree):
        if isinstance(statement, ast.ImportFrom) and statement.level:
            names |= {alias.asname or alias.name for alias in statement.names}
    for statement in tree.body:
        if isinstance(statement, ast.Assign):
            names |= {name.id for name in ast.walk(statement) if isinstance(name, ast.Name)}
    inner = {"absent", "keep_freed_memory", "register_old_paths", "set_public_module"}
    public = {name for name in names if not name.startswith("_")}
    assert sorted(tinygrad_lite.__all__) == sorted(public - inner)


def test_public_classes_carry_the_name_of_the_package() -> None:
    classes = {name: x for name in tinygrad_lite.__all__ if isinstance(x := getattr(tinygrad_lite, name), type)}
    elsewhere = {"no_grad", "enable_grad", "inference_mode", "set_grad_enabled", "GradScaler", "autocast", "dtype"}
    assert {x.__module__ for name, x in classes.items() if name not in elsewhere} == {"tinygrad_lite"}


def test_only_public_names_are_offered() -> None:
    assert dir(tinygrad_lite) == sorted([*tinygrad_lite.__all__, "__version__"])


LATE = {
    "autograd.function",
    "autograd.gradient_checking",
    "autograd.gradients",
    "compiler",
    "creation.typed",
    "cuda",
    "datasets",
    "func",
    "functions.integrals",
    "insight",
    "linalg",
    "nn",
    "optim",
    "serialization",
    "special",
    "tensors.numpy_functions",
    "testing",
    "torch_names",
    "utils",
}


def test_what_a_first_tensor_does_not_need_is_imported_later() -> None:
    code = """
import sys, tinygrad_lite as tl
x = tl.ones(2, requires_grad=True)
(x * x).sum().backward()
print(*(name.removeprefix("tinygrad_lite.") for name in sys.modules if name.startswith("tinygrad_lite.")))
tl.nn.Linear(2, 2), tl.optim.SGD, tl.compile, tl.func, tl.utils.data, tl.autograd.gradcheck, tl.save, tl.datasets  # and yet all is there
"""
    shown = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    loaded = {name for name in shown.stdout.split() for late in LATE if name == late or name.startswith(f"{late}.")}
    old = set(PYTORCH_PATHS)  # other paths, of which nothing is loaded
    assert {name for name in loaded if name not in old and not is_old_path(name)} == set()


def is_old_path(name: str) -> bool:
    from tinygrad_lite.runtime.old_paths import MOVED

    return name in MOVED
