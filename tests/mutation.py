"""Small faults planted in the package, one at a time: which of them do the tests notice, without PyTorch?

    python -m tests.mutation --rooms ops/elementwise.py optim --sample 200 --seed 0

A comparison is negated, operands or arguments are swapped, a sign, a constant or a keyword is changed, a statement is
dropped, an operand is taken for a constant. For each mutant only the tests that reach its line run, the most specific
first, in a process of its own. Which tests reach which line is measured once by coverage.py and kept in `.mutation/`.
What survives is printed, unless `equivalent_mutants.txt` has it with the reason why nobody could notice.
"""

from __future__ import annotations

import argparse
import ast
import contextlib
import hashlib
import importlib.abc
import importlib.util
import json
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from copy import deepcopy
from pathlib import Path
from typing import Any, NamedTuple

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "tinygrad_lite"
CACHE = ROOT / ".mutation"
EQUIVALENT = ROOT / "tests" / "equivalent_mutants.txt"
OPTIONS = [
    "-q",
    "-x",
    "-n0",
    "-p",
    "no:randomly",
    "-p",
    "no:cacheprovider",
    "--hypothesis-seed=0",
    "--no-header",
    "-W",
    "ignore::pytest.PytestAssertRewriteWarning",
]
TESTS = {
    "ops": ["tests/ops", "tests/derivatives"],
    "optim": ["tests/optim"],
    "functions": ["tests/derivatives", "tests/tensors", "tests/core"],
    "nn": ["tests/derivatives", "tests/nn"],
    "random": ["tests/random", "tests/nn/test_init.py", "tests/distributions"],
    "distributions": ["tests/distributions"],
}
"""The tests that are asked about each room."""
LEFT_OUT = "not mutation and not no_more_memory and not wrong_for_large and not detached_part and not temporaries"
SECONDS = 120
"""A mutant that takes longer loops for ever, and is noticed."""

# ---------------------------------------------------------------------------------------------------- mutants

OPPOSITE: dict[type[ast.AST], type[Any]] = {
    ast.Lt: ast.GtE, ast.GtE: ast.Lt, ast.Gt: ast.LtE, ast.LtE: ast.Gt, ast.Eq: ast.NotEq, ast.NotEq: ast.Eq,
    ast.Is: ast.IsNot, ast.IsNot: ast.Is, ast.In: ast.NotIn, ast.NotIn: ast.In, ast.And: ast.Or, ast.Or: ast.And,
    ast.Add: ast.Sub, ast.Sub: ast.Add, ast.Mult: ast.Div, ast.Div: ast.Mult, ast.FloorDiv: ast.Mult,
}  # fmt: skip


class Mutant(NamedTuple):
    path: str
    line: int
    before: str
    after: str
    source: str

    def __str__(self) -> str:
        return f"{self.path}: {self.before} -> {self.after}"


def changes(node: ast.AST) -> Iterator[ast.AST | None]:
    """What may stand in the place of a node; None for nothing."""
    other: Any = deepcopy(node)
    match node:
        case ast.Compare(ops=[op]) if type(op) in OPPOSITE:
            other.ops = [OPPOSITE[type(op)]()]
            yield other
        case ast.BoolOp(op=op):
            other.op = OPPOSITE[type(op)]()
            yield other
        case ast.BinOp(left=left, op=op, right=right):
            if isinstance(op, ast.Sub | ast.Div | ast.FloorDiv | ast.Mod | ast.Pow | ast.MatMult):
                yield ast.BinOp(right, op, left)
            if type(op) in OPPOSITE:
                yield ast.BinOp(left, OPPOSITE[type(op)](), right)
            if isinstance(left, ast.Name):
                constant = ast.parse(f"getattr({left.id}, 'detach', lambda: {left.id})()", mode="eval").body
                yield ast.BinOp(constant, op, right)
        case ast.AugAssign(op=op):
            if type(op) in OPPOSITE:
                other.op = OPPOSITE[type(op)]()
                yield other
            yield None
        case ast.UnaryOp(op=ast.USub() | ast.Not(), operand=operand):
            yield operand
        case ast.Constant(value=bool() as value):
            yield ast.Constant(not value)
        case ast.Constant(value=int() | float() as value):
            yield ast.Constant(value + 1 if isinstance(value, int) else value * 1.01 + 1e-9)
        case ast.Expr(value=ast.Call()):
            yield None
        case ast.If(test=test) | ast.IfExp(test=test):
            other.test = ast.UnaryOp(ast.Not(), test)
            yield other
        case ast.Call(args=[first, second, *rest]) if not isinstance(first, ast.Starred):
            other.args = [second, first, *rest]
            yield other
        case _:
            pass


def brief(node: ast.AST | None) -> str:
    return "pass" if node is None else " ".join(ast.unparse(ast.fix_missing_locations(deepcopy(node))).split())[:160]


def mutants(path: Path) -> Iterator[Mutant]:
    """Every mutant of a file. Errors and annotations are left alone, and so is what is done for the sake of types."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    skipped = {
        id(inner)
        for node in ast.walk(tree)
        for part in (
            [node] if isinstance(node, ast.Raise | ast.Assert | ast.AnnAssign | ast.ImportFrom | ast.Import) else
            [node.returns, node.args] if isinstance(node, ast.FunctionDef) else []
        )
        if part is not None
        for inner in ast.walk(part)
    }  # fmt: skip
    for parent in ast.walk(tree):
        for field, value in ast.iter_fields(parent):
            for i, node in enumerate(value if isinstance(value, list) else [value]):
                if not isinstance(node, ast.AST) or id(node) in skipped or not hasattr(node, "lineno"):
                    continue
                for other in changes(node):
                    new = ast.Pass() if other is None else other
                    where = value if isinstance(value, list) else None
                    put(parent, field, where, i, ast.copy_location(new, node))
                    source = ast.unparse(ast.fix_missing_locations(tree))
                    put(parent, field, where, i, node)
                    yield Mutant(str(path.relative_to(PACKAGE)), node.lineno, brief(node), brief(other), source)


def lines_of_functions(path: Path) -> set[int]:
    """The lines that run when something is called; the others run when the file is imported, by whichever test."""
    found: set[int] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.FunctionDef | ast.Lambda):
            body = node.body if isinstance(node.body, list) else [node.body]
            found |= {*range(body[0].lineno, (body[-1].end_lineno or 0) + 1)}
    return found


def put(parent: ast.AST, field: str, where: list[Any] | None, i: int, node: ast.AST) -> None:
    if where is None:
        setattr(parent, field, node)
    else:
        where[i] = node


# --------------------------------------------------------------------------------- which tests reach which line


def pytest_runtest_setup(item: Any) -> None:
    """As a plugin of the run that measures: say which test it is that reaches a line."""
    coverage = sys.modules.get("coverage")
    if coverage and (current := coverage.Coverage.current()):
        current.switch_context(item.nodeid)


def reached(room: str) -> dict[str, dict[str, list[str]]]:
    """For each file of a room, and each of its lines, the tests that reach it; those that reach the fewest lines first."""
    sources = [*(PACKAGE / room).rglob("*.py"), *(ROOT / "tests").rglob("*.py")]
    key = hashlib.sha256(b"".join(p.read_bytes() for p in sorted(sources))).hexdigest()[:16]
    kept = CACHE / f"{room}-{key}.json"
    if kept.exists():
        return json.loads(kept.read_text())  # type: ignore[no-any-return]
    CACHE.mkdir(exist_ok=True)
    data, settings = CACHE / f"{room}.data", CACHE / "settings"
    settings.write_text(f"[run]\nsource = {PACKAGE / room}\ndata_file = {data}\n")
    command = [
        sys.executable,
        "-m",
        "coverage",
        "run",
        f"--rcfile={settings}",
        "-m",
        "tests.mutation",
        "--measure",
        room,
    ]
    subprocess.run(command, cwd=ROOT, check=True, env={**os.environ, "HYPOTHESIS_PROFILE": "brief"})  # all must pass
    import coverage

    found = coverage.CoverageData(str(data))
    found.read()
    lines: dict[str, dict[str, list[str]]] = {}
    count: dict[str, int] = {}
    for file in found.measured_files():
        by_line = {str(n): [c for c in tests if c] for n, tests in found.contexts_by_lineno(file).items()}
        lines[str(Path(file).relative_to(PACKAGE))] = by_line
        for tests in by_line.values():
            for test in tests:
                count[test] = count.get(test, 0) + 1
    for by_line in lines.values():
        for tests in by_line.values():
            tests.sort(key=count.__getitem__)
    kept.write_text(json.dumps(lines))
    return lines


def run_tests(tests: list[str]) -> int:
    """pytest's exit code; without PyTorch."""
    import pytest

    sys.modules["torch"] = None  # type: ignore[assignment]
    return int(pytest.main([*OPTIONS, "-k", LEFT_OUT, *tests]))


# ---------------------------------------------------------------------------------------------- trying a mutant


class Planted(importlib.abc.MetaPathFinder, importlib.abc.SourceLoader):
    """Imports the mutant in the place of its module."""

    def __init__(self, mutant: Mutant) -> None:
        self.mutant = mutant
        dotted = "tinygrad_lite." + mutant.path.removesuffix(".py").replace("/", ".")
        self.name = dotted.removesuffix(".__init__")

    def find_spec(self, name: str, path: Any, target: Any = None) -> Any:
        return (
            importlib.util.spec_from_file_location(name, self.get_filename(name), loader=self)
            if name == self.name
            else None
        )

    def get_filename(self, name: str) -> str:
        return str(PACKAGE / self.mutant.path)

    def get_data(self, path: Any) -> bytes:
        return self.mutant.source.encode()

    def path_stats(self, path: Any) -> Any:
        raise OSError  # so that nothing is cached


def survives(mutant: Mutant, tests: list[str]) -> bool:
    """Run the tests in a child process that imports the mutant; whether all of them pass."""
    child = os.fork()
    if not child:
        with contextlib.suppress(BaseException):
            os.nice(10)
            os.environ["HYPOTHESIS_PROFILE"] = "brief"
            sys.dont_write_bytecode = True
            null = os.open(os.devnull, os.O_WRONLY)
            os.dup2(null, 1)
            os.dup2(null, 2)
            sys.meta_path.insert(0, Planted(mutant))
            os._exit(run_tests(tests))
        os._exit(1)
    end = time.monotonic() + SECONDS
    while time.monotonic() < end:
        done, status = os.waitpid(child, os.WNOHANG)
        if done:
            return os.waitstatus_to_exitcode(status) == 0
        time.sleep(0.02)
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    return False


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rooms", nargs="+", default=["ops"], help="rooms of the package, or files in them")
    parser.add_argument("--sample", type=int, help="how many mutants to draw; all, if it is not given")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--minutes", type=float, default=1e9, help="stop after so long, with what was tried until then")
    parser.add_argument("--measure", help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.measure:
        sys.exit(run_tests(["-p", "tests.mutation", *TESTS[given.measure]]))
    made: list[Mutant] = []
    for room in given.rooms:
        place = PACKAGE / room
        for path in sorted(place.rglob("*.py")) if place.is_dir() else [place]:
            made += mutants(path)
    rng = random.Random(given.seed)
    rng.shuffle(made)
    drawn = made[: given.sample]
    known = {line.partition(": # ")[0].strip() for line in EQUIVALENT.read_text().splitlines() if line[:1].strip("#")}
    lines = {room: reached(room) for room in {m.path.split("/")[0] for m in drawn}}
    killed, equivalent, survivors = 0, 0, []
    end = time.monotonic() + 60 * given.minutes
    for mutant in drawn:
        if time.monotonic() > end:
            break
        by_line = lines[mutant.path.split("/")[0]].get(mutant.path, {})
        tests = by_line.get(str(mutant.line), [])
        if mutant.line not in lines_of_functions(PACKAGE / mutant.path):
            tests = sorted({t for each in by_line.values() for t in each})
        if str(mutant) in known:
            equivalent += 1
        elif tests and not survives(mutant, tests):
            killed += 1
        else:
            survivors.append(mutant)
            print(
                f"survived: {mutant.path}:{mutant.line}: {mutant.before} -> {mutant.after} ({len(tests)} tests)",
                flush=True,
            )
    print(
        f"{len(made)} mutants, {len(drawn)} drawn: {killed} killed, {equivalent} equivalent, {len(survivors)} survived"
    )
    sys.exit(bool(survivors))


if __name__ == "__main__":
    # The tests are imported by each child anew; what they import from outside need not be.
    import hypothesis.extra.numpy  # noqa: F401
    import numpy as np  # noqa: F401
    import pytest  # noqa: F401

    main()
