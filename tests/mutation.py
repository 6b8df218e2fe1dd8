"""Small faults planted in the package, one at a time: which of them do the tests notice, without PyTorch?

    python -m tests.mutation --rooms ops/elementwise.py optim --sample 200 --seed 0

A comparison is negated, operands or arguments are swapped, a sign, a constant or a keyword is changed, a statement is
dropped, an operand is taken for a constant. For each mutant only the tests that reach its line run, the most specific
first. Which tests reach which line is measured once by coverage.py and kept in `.mutation/`. The tests are collected
once; each mutant is tried in a fork of that process, in which the functions that it changes get its code. A mutant of
what runs while the package is imported, and one that survived, is tried in a new process that imports it.
What survives is printed, unless `equivalent_mutants.txt` has it with the reason why nobody could notice.
"""

from __future__ import annotations

import argparse
import ast
import gc
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
from types import CodeType, FunctionType
from typing import Any, NamedTuple

import pytest

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
SECONDS = 300
"""A mutant that takes longer loops for ever, and is noticed."""

# ---------------------------------------------------------------------------------------------------- mutants

OPPOSITE: dict[type[ast.AST], type[Any]] = {
    ast.Lt: ast.GtE, ast.GtE: ast.Lt, ast.Gt: ast.LtE, ast.LtE: ast.Gt, ast.Eq: ast.NotEq, ast.NotEq: ast.Eq,
    ast.Is: ast.IsNot, ast.IsNot: ast.Is, ast.In: ast.NotIn, ast.NotIn: ast.In, ast.And: ast.Or, ast.Or: ast.And,
    ast.Add: ast.Sub, ast.Sub: ast.Add, ast.Mult: ast.Div, ast.Div: ast.Mult, ast.FloorDiv: ast.Mult,
}  # fmt: skip


DETACHED = "detached"
"""A parameter that shows which functions a mutant adds."""


SYMMETRIC = set("add eq hypot logical_and logical_or max maximum min minimum multiply ne result_type".split())
"""Functions of which it makes no difference which argument is first."""


class Mutant(NamedTuple):
    path: str
    line: int
    before: str
    after: str
    number: int
    """Which of its file's mutants it is."""

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
        case ast.Call(args=[first, second, *rest]) if not (isinstance(first, ast.Starred) or symmetric(node)):
            other.args = [second, first, *rest]
            yield other
        case _:
            pass


def symmetric(call: ast.Call) -> bool:
    first, second = map(ast.unparse, call.args[:2])
    return ast.unparse(call.func).rpartition(".")[2] in SYMMETRIC or first == second


def detached(node: ast.AST) -> Iterator[ast.AST]:
    """The node with an operand taken for a constant."""
    match node:
        case ast.BinOp(left=ast.Name(id=name), op=op, right=right):
            constant = ast.parse(f"getattr({name}, 'detach', lambda {DETACHED}=0: {name})()", mode="eval").body
            yield ast.BinOp(constant, op, right)
        case _:
            pass


def sees_tensors(node: ast.AST) -> bool:
    """Return True if it is a function of the table that also runs on Tensors: a rule, or the reference of a fused operation."""
    return isinstance(node, ast.Lambda) or (
        isinstance(node, ast.FunctionDef) and any("fused" in ast.unparse(d) for d in node.decorator_list)
    )


def brief(node: ast.AST | None) -> str:
    return "pass" if node is None else " ".join(ast.unparse(ast.fix_missing_locations(deepcopy(node))).split())[:160]


def planted(path: Path) -> Iterator[tuple[Mutant, ast.Module]]:
    """Every mutant of a file, and the file's tree with it, which holds until the next is asked for.

    Errors and annotations are left alone, and so is what is done for the sake of types.
    """
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
    on_arrays = path.relative_to(PACKAGE).parts[0] in ("ops", "optim")
    with_history = {
        id(inner) for node in ast.walk(tree) if sees_tensors(node) or not on_arrays for inner in ast.walk(node)
    }
    number = 0
    for parent in [*ast.walk(tree)]:
        for field, value in ast.iter_fields(parent):
            for i, node in enumerate(value if isinstance(value, list) else [value]):
                if not isinstance(node, ast.AST) or id(node) in skipped or not hasattr(node, "lineno"):
                    continue
                for other in [*changes(node), *(detached(node) if id(node) in with_history else ())]:
                    new = ast.copy_location(ast.Pass() if other is None else other, node)
                    where = value if isinstance(value, list) else None
                    put(parent, field, where, i, ast.fix_missing_locations(new))
                    name = str(path.relative_to(PACKAGE))
                    yield Mutant(name, node.lineno, brief(node), brief(other), number), tree
                    put(parent, field, where, i, node)
                    number += 1


def code_of(mutant: Mutant) -> CodeType:
    """The compiled file with the mutant in it; its lines are those of the file."""
    path = PACKAGE / mutant.path
    tree = next(tree for m, tree in planted(path) if m.number == mutant.number)
    return compile(tree, str(path), "exec", dont_inherit=True)


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
        return json.loads(kept.read_text())
    CACHE.mkdir(exist_ok=True)
    data, settings = CACHE / f"{room}.data", CACHE / "settings"
    settings.write_text(f"[run]\nsource = {PACKAGE / room}\ndata_file = {data}\n")
    command = [sys.executable, "-m", "coverage", "run", f"--rcfile={settings}"]
    command += ["-m", "tests.mutation", "--measure", room]
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


def run_tests(tests: list[str], *plugins: object) -> int:
    """pytest's exit code; without PyTorch."""
    sys.modules["torch"] = None  # type: ignore[assignment]
    return int(pytest.main([*OPTIONS, "-k", LEFT_OUT, *tests], plugins=plugins))


# ---------------------------------------------------------------------------------------------- trying a mutant


class Importer(importlib.abc.MetaPathFinder, importlib.abc.SourceLoader):  # type: ignore[misc]
    """Imports the mutant in the place of its module."""

    def __init__(self, mutant: Mutant) -> None:
        self.mutant = mutant
        dotted = "tinygrad_lite." + mutant.path.removesuffix(".py").replace("/", ".")
        self.name = dotted.removesuffix(".__init__")

    def find_spec(self, name: str, path: Any, target: Any = None) -> Any:
        if name != self.name:
            return None
        return importlib.util.spec_from_file_location(name, self.get_filename(name), loader=self)

    def get_filename(self, name: str) -> str:
        return str(PACKAGE / self.mutant.path)

    def get_data(self, path: Any) -> bytes:
        return Path(path).read_bytes()

    def get_code(self, fullname: str) -> CodeType:
        return code_of(self.mutant)  # its bytecode is not cached


def changed(before: CodeType, after: CodeType) -> dict[CodeType, CodeType] | None:
    """The codes inside `before` that differ in `after`; None if one has no counterpart."""
    inner, other = ([c for c in code.co_consts if isinstance(c, CodeType)] for code in (before, after))
    other = [c for c in other if not (c.co_name == "<lambda>" and DETACHED in c.co_varnames)]
    if len(inner) != len(other):
        return None
    found = {before: after} if before != after else {}
    for a, b in zip(inner, other, strict=True):
        below = changed(a, b)
        if below is None or a.co_freevars != b.co_freevars:
            return None
        found |= below
    return found


class Trials:
    """A plugin of pytest: when the tests are collected, it tries mutants with them instead of running them."""

    def __init__(self, chosen: list[tuple[Mutant, list[str]]], minutes: float) -> None:
        self.chosen = chosen
        self.end = time.monotonic() + 60 * minutes
        self.killed = self.tried = 0
        self.survivors: list[Mutant] = []
        self.in_child = False

    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        self.plugins = session.config.pluginmanager
        self.items = {item.nodeid: item for item in session.items}
        self.functions: dict[CodeType, list[FunctionType]] = {}
        for value in gc.get_objects():
            if isinstance(value, FunctionType) and value.__code__.co_filename.startswith(str(PACKAGE)):
                self.functions.setdefault(value.__code__, []).append(value)
        gc.freeze()  # so that children do not copy what they do not change
        for mutant, tests in self.chosen:
            if time.monotonic() > self.end:
                break
            self.tried += 1
            if tests and self.noticed(mutant, tests):
                self.killed += 1
            else:
                self.survivors.append(mutant)
                where = f"{mutant.path}:{mutant.line}: {mutant.before} -> {mutant.after} ({len(tests)} tests)"
                print(f"\nsurvived: {where}", flush=True)
        return True

    def noticed(self, mutant: Mutant, tests: list[str]) -> bool:
        path = PACKAGE / mutant.path
        after = code_of(mutant)
        before = compile(path.read_text(encoding="utf-8"), str(path), "exec", dont_inherit=True)
        codes = changed(before, after)
        codes = codes and {a: b for a, b in codes.items() if a in self.functions}
        child = os.fork() if codes else 0
        if codes and not child:
            self.run(codes, tests)
        if codes and wait(child) != 0:
            return True
        given = json.dumps([mutant._asdict(), tests])
        command = [sys.executable, "-m", "tests.mutation", "--try"]
        with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL) as process:
            assert process.stdin is not None
            process.stdin.write(given.encode())
            process.stdin.close()
            try:
                return process.wait(SECONDS) != 0
            except subprocess.TimeoutExpired:
                process.kill()
                return True

    def run(self, codes: dict[CodeType, CodeType], tests: list[str]) -> None:
        """In the child: run the tests with the mutant's code; the first that fails ends the process."""
        self.in_child = True
        self.plugins.unregister(name="terminalreporter")
        null = os.open(os.devnull, os.O_WRONLY)
        os.dup2(null, 1)
        os.dup2(null, 2)
        for a, b in codes.items():
            for function in self.functions[a]:
                function.__code__ = b
        try:
            for test in tests:
                item = self.items[test]
                item.config.hook.pytest_runtest_protocol(item=item, nextitem=None)
        except BaseException:
            os._exit(1)
        os._exit(0)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if self.in_child and report.failed:
            os._exit(1)


def wait(child: int) -> int:
    """The exit code of a child; 1 if it takes too long."""
    end, pause = time.monotonic() + SECONDS, 0.001
    while time.monotonic() < end:
        done, status = os.waitpid(child, os.WNOHANG)
        if done:
            return os.waitstatus_to_exitcode(status)
        time.sleep(pause)
        pause = min(0.02, 1.5 * pause)
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    return 1


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rooms", nargs="+", default=["ops"], help="rooms of the package, or files in them")
    parser.add_argument("--sample", type=int, help="how many mutants to draw; all, if it is not given")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--minutes", type=float, default=1e9, help="stop after so long, with what was tried until then")
    parser.add_argument("--measure", help=argparse.SUPPRESS)
    parser.add_argument("--try", dest="import_it", action="store_true", help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.measure:
        sys.exit(run_tests(["-p", "tests.mutation", *TESTS[given.measure]]))
    os.environ["HYPOTHESIS_PROFILE"] = "brief"
    sys.dont_write_bytecode = True
    if given.import_it:
        os.environ["HYPOTHESIS_PROFILE"] = "ci"  # it survived a few examples; let it survive more
        fields, tests = json.load(sys.stdin)
        sys.meta_path.insert(0, Importer(Mutant(**fields)))
        sys.exit(run_tests(tests))

    made: list[Mutant] = []
    for room in given.rooms:
        place = PACKAGE / room
        for path in sorted(place.rglob("*.py")) if place.is_dir() else [place]:
            made += [mutant for mutant, _ in planted(path)]
    random.Random(given.seed).shuffle(made)
    drawn = made[: given.sample]
    known = {line.partition(": # ")[0].strip() for line in EQUIVALENT.read_text().splitlines() if line[:1].strip("#")}
    chosen = [m for m in drawn if str(m) not in known]
    rooms = {m.path.split("/")[0] for m in chosen}
    lines = {room: reached(room) for room in rooms}
    trials = Trials([(m, tests_of(m, lines[m.path.split("/")[0]])) for m in chosen], given.minutes)
    run_tests([folder for room in sorted(rooms) for folder in TESTS[room]], trials)
    print(
        f"\n{len(made)} mutants, {len(drawn)} drawn, {len(drawn) - len(chosen)} of them equivalent; "
        f"{trials.tried} tried: {trials.killed} killed, {len(trials.survivors)} survived"
    )
    sys.exit(bool(trials.survivors))


def tests_of(mutant: Mutant, lines: dict[str, dict[str, list[str]]]) -> list[str]:
    """The tests that reach a mutant's line; for what runs on import, all that reach its file."""
    by_line = lines.get(mutant.path, {})
    if mutant.line in lines_of_functions(PACKAGE / mutant.path):
        return by_line.get(str(mutant.line), [])
    return sorted({test for tests in by_line.values() for test in tests})


if __name__ == "__main__":
    main()
