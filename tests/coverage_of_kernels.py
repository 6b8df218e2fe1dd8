"""Which branches of `tinygrad_lite/ops` the tests of values and derivatives take: all of them, but those of errors.

    python -m tests.coverage_of_kernels

runs the tests of `tests/ops` (but those of the tests themselves) under coverage.py, which `pip install -e ".[dev]"`
installs, without PyTorch. It lists every line and every branch that was not reached, and fails if there is one that an
error alone does not explain.
"""

from __future__ import annotations

import ast
import os
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).parents[1]
MEASURED = ROOT / "tinygrad_lite" / "ops"
TESTS = """
    test_branches test_convolution test_derivatives test_elimination test_erf test_factorizations test_fused test_kernels test_large test_selection
    test_special_functions test_special_values test_summation
""".split()
WITHOUT = "not wrong_for_large and not no_more_memory"


def lines_of_errors(source: str) -> set[int]:
    """The lines of blocks that end in `raise`, and of the conditions before them."""
    found: set[int] = set()
    for node in ast.walk(ast.parse(source)):
        for block in (getattr(node, "body", None), getattr(node, "orelse", None)):
            if isinstance(block, list) and block and isinstance(block[-1], ast.Raise):
                found |= {*range(block[0].lineno, (block[-1].end_lineno or 0) + 1)}
    return found


def measured(folder: Path) -> Path:
    """Run the tests under coverage; the file that has the result."""
    settings = folder / "settings"
    data = folder / "data"
    settings.write_text(f"[run]\nbranch = True\nsource = {MEASURED}\ndata_file = {data}\n")
    tests = [str(ROOT / "tests" / "ops" / f"{name}.py") for name in TESTS]
    tests.append(str(ROOT / "tests" / "project" / "test_allocator.py"))
    command = [
        sys.executable,
        "-m",
        "coverage",
        "run",
        f"--rcfile={settings}",
        "-m",
        "pytest",
        "-q",
        "-n0",
        "-k",
        WITHOUT,
    ]
    options = ["-p", "no:randomly", "-p", "no:cacheprovider", "--hypothesis-seed=0", *tests]
    environment = {**os.environ, "HYPOTHESIS_PROFILE": "brief"}
    subprocess.run([*command, *options], cwd=ROOT, env=environment, check=True)
    return data


def missed(data: Path) -> tuple[list[str], list[str]]:
    """The places that were not reached, first those that only an error reaches; and the others."""
    import coverage

    analysed = coverage.Coverage(data_file=data, branch=True, source=[str(MEASURED)])
    analysed.load()
    excused, wrong = [], []
    for path in sorted(MEASURED.rglob("*.py")):
        source = path.read_text(encoding="utf-8")
        errors, text = lines_of_errors(source), source.splitlines()
        found = analysed._analyze(str(path))
        branches = {(a, b) for a, ends in found.missing_branch_arcs().items() for b in ends}
        places = {line: line for line in found.missing} | {a: b for a, b in branches if a not in found.missing}
        for line, target in sorted(places.items()):
            to = "" if target == line else f", on to line {target}" if target > 0 else ", on to the end"
            where = f"{path.relative_to(ROOT)}:{line}: {text[line - 1].strip()}{to}"
            (excused if target in errors else wrong).append(where)
    return excused, wrong


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        excused, wrong = missed(measured(Path(folder)))
    print("Only an error reaches:", *excused, sep="\n  ")
    if wrong:
        print("No test of values reaches:", *wrong, sep="\n  ")
        sys.exit(1)
    print("Every other branch was taken.")


if __name__ == "__main__":
    main()
