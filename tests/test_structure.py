"""The house: imports flow one way, and importing the package costs little more than importing NumPy."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import tinygrad_lite

PACKAGE = Path(tinygrad_lite.__file__).parent

# A module imports only from lines above its own; modules on one line are of one family and may import each other.
FLOORS = [
    ["extras", "files", "config", "cuda", "devices", "dtypes", "shapes", "grad_mode", "tracing"],
    ["primitive"],
    ["ops"],
    ["memory"],
    ["graph"],
    ["errors"],
    ["functions"],
    ["streams", "generator", "printing"],
    ["views", "hooks", "promotion", "differentiation", "siblings"],
    ["methods", "conversion", "filling"],
    ["tensor"],
    ["creation"],
    ["random", "linalg"],
    ["autograd.function"],
    ["nn"],
    ["optim", "compiler"],
    ["autograd"],
    ["testing"],
    ["utils"],
    ["datasets", "serialization"],
]  # fmt: skip


# Where a line is crossed upwards, and why.
EXCEPTIONS = {("generator", "tensor"): "a generator's state is a Tensor, and Tensors have methods that draw from one"}


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


def floor(name: str) -> int:
    for i, names in enumerate(FLOORS):
        if any(name == each or name.startswith(each + ".") for each in names):
            return i
    raise AssertionError(f"the module {name} has no place in the house: give it one in FLOORS")


@pytest.mark.parametrize("name", sorted(set(MODULES) - {""}))
def test_imports_flow_downwards(name: str) -> None:
    others = imported(name)
    above = [other for other in others if floor(other) > floor(name) and (name, other) not in EXCEPTIONS]
    assert not above, f"{name} imports {above}, which stand above it"


def test_importing_imports_numpy_and_the_standard_library_only() -> None:
    code = "import sys, tinygrad_lite; print(*{name.partition('.')[0] for name in sys.modules})"
    shown = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    baseline = "import sys, numpy.random; print(*{name.partition('.')[0] for name in sys.modules})"
    plain = subprocess.run([sys.executable, "-c", baseline], capture_output=True, text=True, check=True)
    extra = set(shown.stdout.split()) - set(plain.stdout.split()) - set(sys.stdlib_module_names)
    assert extra == {"tinygrad_lite"}


def test_no_file_is_two() -> None:
    long = {name: lines for name, path in MODULES.items() if (lines := len(path.read_text().splitlines())) > 520}
    table = {"ops.elementwise"}  # a table is as long as what it lists
    assert not set(long) - table, long


def test_the_package_lists_what_it_exports() -> None:
    """Without the list a type checker takes the imports for the package's own business."""
    names: set[str] = set()
    for statement in ast.parse(Path(tinygrad_lite.__file__).read_text()).body:
        if isinstance(statement, ast.ImportFrom) and statement.module != "__future__":
            names |= {alias.asname or alias.name for alias in statement.names}
        elif isinstance(statement, ast.Assign):
            names |= {
                name.id for name in ast.walk(statement) if isinstance(name, ast.Name) and name.id in vars(tinygrad_lite)
            }
    public = {name for name in names if not name.startswith("_")}
    assert sorted(tinygrad_lite.__all__) == sorted(public)
