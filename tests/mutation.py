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
import resource
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Collection, Iterator
from copy import copy
from functools import cache
from pathlib import Path
from types import CodeType, FunctionType
from typing import Any, NamedTuple

import pytest
from hypothesis import settings

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
    "ops": ["tests/ops", "tests/derivatives", "tests/project/test_allocator.py"],
    "optim": ["tests/optim"],
    "functions": [
        "tests/derivatives",
        "tests/tensors",
        "tests/core",
        "tests/parity",
        "tests/compiler/test_graph_breaks.py",
    ],
    "nn": ["tests/derivatives", "tests/nn", "tests/parity"],
    "random": ["tests/random", "tests/nn/test_init.py", "tests/distributions"],
    "distributions": ["tests/distributions"],
}
"""The tests that are asked about each room."""
LEFT_OUT = "not mutation and not no_more_memory and not wrong_for_large and not detached_part and not temporaries"
MOST = 80
"""Of the tests that reach a line, so many are tried: the most specific case of each test first, then the second, ..."""
MORE = 20
"""Of how many properties more examples are drawn before a mutant counts as a survivor, the most specific ones."""
SECONDS = 300
CPU_SECONDS = 8
"""A mutant with which one test takes longer loops for ever, and is noticed."""

# ---------------------------------------------------------------------------------------------------- mutants

OPPOSITE: dict[type[ast.AST], type[Any]] = {
    ast.Lt: ast.GtE, ast.GtE: ast.Lt, ast.Gt: ast.LtE, ast.LtE: ast.Gt, ast.Eq: ast.NotEq, ast.NotEq: ast.Eq,
    ast.Is: ast.IsNot, ast.IsNot: ast.Is, ast.In: ast.NotIn, ast.NotIn: ast.In, ast.And: ast.Or, ast.Or: ast.And,
    ast.Add: ast.Sub, ast.Sub: ast.Add, ast.Mult: ast.Div, ast.Div: ast.Mult, ast.FloorDiv: ast.Mult,
}  # fmt: skip


SHORT = 24
"""What has fewer characters is shown with what stands around it."""

LONG = 160
"""No more characters are shown."""

DETACHED = "detached"
"""A parameter that shows which functions a mutant adds."""


SYMMETRIC = set(
    """add array_equal bitwise_and bitwise_or bitwise_xor broadcast_shapes clip column_dots eq equal gcd hypot lcm logaddexp logical_and logical_or max maximum may_share_memory min
    minimum multiply ne not_equal result_type row_dots shares_memory swapaxes vecdot _channel_dots _fused32 _last_dots _row_dots _sum_of written""".split()
)
"""Functions of which it makes no difference which argument is first: `np.clip` gives the middle one of three numbers."""


WITHOUT_DERIVATIVE = {"eq", "ge", "gt", "isnan", "le", "lt", "ne", "sign", "zeros_like"}
"""Functions of the table of which the result does not change with the arguments, but for jumps."""


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
    other: Any = copy(node)
    match node:
        case ast.Compare(ops=[op]) if type(op) in OPPOSITE:
            other.ops = [OPPOSITE[type(op)]()]
            yield other
        case ast.BoolOp(op=op):
            other.op = OPPOSITE[type(op)]()
            yield other
        case ast.BinOp(left=left, op=op, right=right):
            ordered = isinstance(op, ast.Sub | ast.Div | ast.FloorDiv | ast.Mod | ast.Pow | ast.MatMult)
            if ordered and ast.unparse(left) != ast.unparse(right):
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


def without_history(tree: ast.Module) -> Iterator[ast.AST]:
    """Find what is a constant anyway: what stands in a call whose derivative is 0."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and ast.unparse(node.func).rpartition(".")[2] in WITHOUT_DERIVATIVE:
            yield from ast.walk(node)


def sees_tensors(tree: ast.Module) -> list[ast.AST]:
    """Find what of the table also runs on Tensors: the rules, what they call, and the references of fused operations."""
    functions = {node.name: node for node in tree.body if isinstance(node, ast.FunctionDef)}
    found: list[ast.AST] = [
        node for node in functions.values() if any("fused" in ast.unparse(d) for d in node.decorator_list)
    ]
    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call)]
    found += [call for call in calls if ast.unparse(call.func).endswith(".derivative")]
    for node in found:  # which grows meanwhile
        names = [inner.id for inner in ast.walk(node) if isinstance(inner, ast.Name)]
        called = [functions[name] for name in dict.fromkeys(names) if name in functions]
        found += [function for function in called if not (function.decorator_list or function in found)]
    return found


PLAIN_CALLS = {
    "len",
    "int",
    "float",
    "bool",
    "str",
    "range",
    "abs",
    "operator.index",
    "one_dim",
    "isinstance",
    "hasattr",
}
"""Functions whose result is no Tensor, whatever they are given."""


def is_plain(node: ast.AST | None, names: Collection[str]) -> bool:
    """Return True if an expression has a number, a text, or a tuple or list of them, for certain, where these names do."""
    match node:
        case ast.Constant() | ast.JoinedStr() | ast.Compare():
            return True
        case ast.Name(id=name):
            return name in names or name in ("bool", "int", "float", "str")
        case ast.Attribute(attr=attr):
            return attr in ("ndim", "shape", "dtype") or ast.unparse(node).startswith("math.")
        case ast.Subscript(value=value):
            return is_plain(value, names)
        case ast.Call(func=func, args=args):
            called = ast.unparse(func)
            mixed = called in (
                "max",
                "min",
                "sum",
                "sorted",
                "list",
                "tuple",
                "round",
                "divmod",
                "zip",
                "enumerate",
                "reversed",
            )
            return (
                called in PLAIN_CALLS or called.startswith("math.") or (mixed and all(is_plain(x, names) for x in args))
            )
        case ast.BinOp(left=left, right=right):
            return is_plain(left, names) and is_plain(right, names)
        case ast.UnaryOp(op=op, operand=operand):
            return isinstance(op, ast.Not) or is_plain(operand, names)
        case ast.BoolOp(values=parts) | ast.Tuple(elts=parts) | ast.List(elts=parts):
            return all(is_plain(part, names) for part in parts)
        case ast.IfExp(body=body, orelse=orelse):
            return is_plain(body, names) and is_plain(orelse, names)
        case ast.ListComp(elt=item) | ast.GeneratorExp(elt=item) | ast.Starred(value=item):
            return is_plain(item, names)
        case _:
            return False


def bindings(target: ast.AST, value: ast.AST | None) -> Iterator[tuple[str, ast.AST | None]]:
    """For each name in a target: an expression that is plain only if what the name gets is; None if there is none."""
    match target, value:
        case ast.Name(id=name), _:
            yield name, value
        case ast.Tuple(elts=[ast.Name(id=number), inside]), ast.Call(func=ast.Name(id="enumerate"), args=[items, *_]):
            yield number, ast.Constant(0)
            yield from bindings(inside, items)
        case ast.Tuple(elts=targets), ast.Tuple(elts=values) if len(targets) == len(values):
            for one, other in zip(targets, values, strict=True):
                yield from bindings(one, other)
        case ((ast.Tuple() | ast.List() | ast.Starred()), _):
            for inner in ast.walk(target):
                if isinstance(inner, ast.Name):
                    yield inner.id, value
        case _:
            pass


def plain_names(function: ast.FunctionDef) -> set[str]:
    """Find the names that never hold a Tensor in a function: whatever is assigned to them is plain."""
    bound: list[tuple[str, ast.AST | None]] = []
    for node in ast.walk(function):
        match node:
            case ast.arg(arg=name, annotation=annotation):
                types = set(ast.unparse(annotation).split(" | ")) if annotation else {"?"}
                plain = types <= {
                    "int",
                    "float",
                    "bool",
                    "str",
                    "None",
                    "Shape",
                    "tuple[int, ...]",
                    "Sequence[int]",
                    "list[int]",
                }
                bound.append((name, ast.Constant(0) if plain else None))
            case ast.Assign(targets=targets, value=value):
                bound += [pair for target in targets for pair in bindings(target, value)]
            case ast.AugAssign(target=target, value=value) | ast.AnnAssign(target=target, value=value):
                bound += bindings(target, value)
            case ast.NamedExpr(target=target, value=value):
                bound += bindings(target, value)
            case ast.For(target=target, iter=value) | ast.comprehension(target=target, iter=value):
                bound += bindings(target, value)
            case ast.withitem(optional_vars=ast.AST() as target):
                bound += bindings(target, None)
            case _:
                pass
    found = {name for name, _ in bound}
    while wrong := {name for name, value in bound if name in found and not is_plain(value, found)}:
        found -= wrong
    return found


def without_effect(tree: ast.Module) -> Iterator[ast.AST]:
    """Find what may have any value: the size of a cache, the length in `reshape` that NumPy finds out, if it is negative, whether
    `zip` checks that lengths agree, and whether `astype` copies what need not be copied.
    """
    for node in ast.walk(tree):
        if isinstance(node, ast.keyword) and node.arg in ("maxsize", "strict"):
            yield node.value
        if isinstance(node, ast.keyword) and node.arg == "copy" and ast.unparse(node.value) == "False":
            yield node.value
        if isinstance(node, ast.Call) and ast.unparse(node.func).endswith("reshape"):
            yield from (
                inner.operand
                for x in node.args
                for inner in ast.walk(x)
                if isinstance(inner, ast.UnaryOp)
                and isinstance(inner.op, ast.USub)
                and isinstance(inner.operand, ast.Constant)
            )


def is_same(parent: ast.AST, node: ast.AST, other: ast.AST | None) -> bool:
    """Return True if it is the same in the place where it stands: it is a difference of which the sign does not count."""
    match parent, node, other:
        case ast.Call(func=func), ast.BinOp(op=ast.Sub()), ast.BinOp(op=ast.Sub(), left=left) if left is node.right:
            return ast.unparse(func).rpartition(".")[2] in ("abs", "absolute", "fabs", "square")
        case _:
            return False


def brief(node: ast.AST | None) -> str:
    return "pass" if node is None else " ".join(ast.unparse(node).split())[:LONG]


class Place(NamedTuple):
    """What is replaced in a tree, where it stands, and by what; None for nothing."""

    parent: ast.AST
    field: str
    i: int | None
    node: Any
    other: ast.AST | None

    def put(self, node: ast.AST) -> None:
        if self.i is None:
            setattr(self.parent, self.field, node)
        else:
            getattr(self.parent, self.field)[self.i] = node


@cache
def places(path: Path) -> tuple[ast.Module, list[Place]]:
    """Read a file's tree, and make every mutant of it.

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
    on_arrays = path.relative_to(PACKAGE).parts[0] in ("ops", "optim", "random")
    with_history = {id(node) for whole in (sees_tensors(tree) if on_arrays else [tree]) for node in ast.walk(whole)}
    with_history -= set(map(id, without_history(tree)))
    for function in [node for node in tree.body if isinstance(node, ast.FunctionDef)]:
        decorators = {ast.unparse(decorator) for decorator in function.decorator_list}
        if decorators & {"array_function", "creation"}:  # which work on arrays
            with_history -= {id(node) for node in ast.walk(function)}
        names = plain_names(function)
        operations = [node for node in ast.walk(function) if isinstance(node, ast.BinOp)]
        with_history -= {
            id(node) for node in operations if is_plain(node.left, names) or isinstance(node.op, ast.FloorDiv)
        }
        flat = [node for node in ast.walk(function) if isinstance(node, ast.Compare | ast.Slice)]
        with_history -= {id(inner) for node in flat for inner in ast.walk(node)}
    skipped |= set(map(id, without_effect(tree)))
    found = [
        Place(parent, field, i if isinstance(value, list) else None, node, other)
        for parent in ast.walk(tree)
        for field, value in ast.iter_fields(parent)
        for i, node in enumerate(value if isinstance(value, list) else [value])
        if isinstance(node, ast.AST) and id(node) not in skipped and hasattr(node, "lineno")
        for other in [*changes(node), *(detached(node) if id(node) in with_history else ())]
        if not is_same(parent, node, other)
    ]
    return tree, found


def mutants_of(path: Path) -> list[Mutant]:
    name, (tree, found) = str(path.relative_to(PACKAGE)), places(path)
    above = {id(child): node for node in ast.walk(tree) for child in ast.iter_child_nodes(node)}
    return [Mutant(name, p.node.lineno, *texts(p, above), n) for n, p in enumerate(found)]


def texts(place: Place, above: dict[int, ast.AST]) -> tuple[str, str]:
    """Return what it was and what it is, with so much around it that one can tell it from others."""
    before, after, shown = brief(place.node), brief(place.other), place.node
    while len(before) < SHORT and isinstance(shown := above[id(shown)], ast.expr | ast.keyword):
        if len(wider := brief(shown)) == LONG:
            break
        before = wider
        place.put(place.other or ast.Pass())
        after = brief(shown)
        place.put(place.node)
    return before, after


def code_of(mutant: Mutant | None, path: Path) -> CodeType:
    """Compile the file, with the mutant in it if there is one; its lines are those of the file."""
    tree, found = places(path)
    if mutant is None:
        return compile(tree, str(path), "exec", dont_inherit=True)
    place = found[mutant.number]
    new = ast.copy_location(ast.Pass() if place.other is None else place.other, place.node)
    place.put(ast.fix_missing_locations(new))
    try:
        return compile(tree, str(path), "exec", dont_inherit=True)
    finally:
        place.put(place.node)


@cache
def inside_lambdas(path: Path) -> set[int]:
    lambdas = [node for node in ast.walk(places(path)[0]) if isinstance(node, ast.Lambda)]
    return {id(inner) for node in lambdas for inner in ast.walk(node.body)}


@cache
def lines_of_functions(path: Path) -> set[int]:
    """The lines that run when something is called; the others run when the file is imported, by whichever test."""
    found: set[int] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.FunctionDef | ast.Lambda):
            body = node.body if isinstance(node.body, list) else [node.body]
            found |= {*range(body[0].lineno, (body[-1].end_lineno or 0) + 1)}
    return found


# --------------------------------------------------------------------------------- which tests reach which line


def pytest_runtest_setup(item: Any) -> None:
    """As a plugin of the run that measures: say which test it is that reaches a line."""
    coverage = sys.modules.get("coverage")
    if coverage and (current := coverage.Coverage.current()):
        current.switch_context(item.nodeid)


def reached(room: str, asked: list[str]) -> dict[str, dict[str, list[str]]]:
    """For each file of a room, and each of its lines, the tests that reach it; those that reach the fewest lines first.

    There is a test without a name, `""`, at the lines that run before the tests.
    """
    sources = [*(PACKAGE / room).rglob("*.py"), *(ROOT / "tests").rglob("*.py")]
    sources = [path for path in sources if path != Path(__file__)]
    key = hashlib.sha256(b"".join([repr(asked).encode(), *(p.read_bytes() for p in sorted(sources))])).hexdigest()[:16]
    kept = CACHE / f"{room}-{key}.json"
    if kept.exists():
        return json.loads(kept.read_text())
    CACHE.mkdir(exist_ok=True)
    data, settings = CACHE / f"{room}.data", CACHE / "settings"
    settings.write_text(f"[run]\nsource = {PACKAGE / room}\ndata_file = {data}\n")
    command = [sys.executable, "-m", "coverage", "run", f"--rcfile={settings}"]
    command += ["-m", "tests.mutation", "--measure", *asked]
    subprocess.run(command, cwd=ROOT, check=True, env={**os.environ, "HYPOTHESIS_PROFILE": "brief"})  # all must pass
    import coverage

    found = coverage.CoverageData(str(data))
    found.read()
    lines: dict[str, dict[str, list[str]]] = {}
    count: dict[str, int] = {}
    for file in found.measured_files():
        by_line = {str(n): tests for n, tests in found.contexts_by_lineno(file).items()}
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
    """pytest's exit code; without PyTorch, and without scikit-learn, which does not like to find it hidden."""
    for name in ("torch", "sklearn"):
        sys.modules[name] = None  # type: ignore[assignment]  # so that it cannot be imported
    return int(pytest.main([*OPTIONS, "-k", LEFT_OUT, *tests], plugins=plugins))


# ---------------------------------------------------------------------------------------------- trying a mutant


class Importer(importlib.abc.MetaPathFinder, importlib.abc.SourceLoader):  # type: ignore[misc]  # both base classes find modules
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
        return code_of(self.mutant, PACKAGE / self.mutant.path)  # its bytecode is not cached


def inner(code: CodeType) -> list[CodeType]:
    """Return the codes of what is defined inside, but for what a mutant adds."""
    codes = [c for c in code.co_consts if isinstance(c, CodeType)]
    return [c for c in codes if not (c.co_name == "<lambda>" and DETACHED in c.co_varnames)]


def changed(before: CodeType, after: CodeType) -> dict[CodeType, CodeType] | None:
    """The codes inside `before` that differ in `after`; None if one has no counterpart."""
    if len(inner(before)) != len(inner(after)):
        return None
    found = {before: after} if before != after else {}
    for a, b in zip(inner(before), inner(after), strict=True):
        below = changed(a, b)
        if below is None or a.co_freevars != b.co_freevars:
            return None
        found |= below
    return found


def is_in_functions(before: CodeType, after: CodeType, functions: Collection[CodeType]) -> bool:
    """Return True if it is enough to give these functions new codes: nothing else differs that has already run."""
    if before in functions or before == after:
        return True
    own, other = (c.replace(co_consts=tuple(x for x in c.co_consts if x not in inner(c))) for c in (before, after))
    return own == other and all(
        is_in_functions(a, b, functions) for a, b in zip(inner(before), inner(after), strict=True)
    )


def assignment(mutant: Mutant) -> CodeType | None:
    """Compile the mutant's statement, if it does no more than to give names of the module their values."""
    tree, found = places(PACKAGE / mutant.path)
    place = found[mutant.number]
    for statement in tree.body:
        if statement.lineno <= mutant.line <= (statement.end_lineno or 0):
            calls = [ast.unparse(node.func) for node in ast.walk(statement) if isinstance(node, ast.Call)]
            plain = isinstance(statement, ast.Assign) and all(isinstance(t, ast.Name) for t in statement.targets)
            if plain and all(call.startswith(("np.", "math.")) for call in calls) and place.other:
                place.put(ast.fix_missing_locations(ast.copy_location(place.other, place.node)))
                try:
                    module = "tinygrad_lite." + mutant.path.removesuffix(".py").replace("/", ".")
                    return compile(ast.Module([statement], []), module, "exec", dont_inherit=True)
                finally:
                    place.put(place.node)
    return None


def assign(statement: CodeType) -> None:
    """Give the names their values in their module, and in those that have imported them."""
    names = vars(sys.modules[statement.co_filename])
    before = dict(names)
    exec(statement, names)
    for name in statement.co_names:
        for key, module in [*sys.modules.items()]:
            if name in before and key.startswith("tinygrad_lite.") and vars(module).get(name) is before[name]:
                setattr(module, name, names[name])


def draw_more(test: Any) -> None:
    """Let a property draw as many examples as for every push."""
    now = test._hypothesis_internal_use_settings
    if now.max_examples == settings.get_profile("brief").max_examples:
        function = getattr(test, "__func__", test)
        function._hypothesis_internal_use_settings = settings(now, max_examples=settings.get_profile("ci").max_examples)


class Trials:
    """A plugin of pytest: when the tests are collected, it tries mutants with them instead of running them."""

    def __init__(self, chosen: list[tuple[Mutant, list[str], bool]], minutes: float) -> None:
        self.chosen = chosen
        self.end = time.monotonic() + 60 * minutes
        self.killed = self.tried = 0
        self.survivors: list[Mutant] = []
        self.killers: dict[str, dict[str, int]] = {}
        self.writer = 0
        """Where a child says which test failed."""

    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        self.plugins = session.config.pluginmanager
        self.items: dict[str, Any] = {item.nodeid: item for item in session.items}
        self.functions: dict[CodeType, list[FunctionType]] = {}
        for value in gc.get_objects():
            if isinstance(value, FunctionType) and value.__code__.co_filename.startswith(str(PACKAGE)):
                self.functions.setdefault(value.__code__, []).append(value)
        gc.freeze()  # so that children do not copy what they do not change
        for mutant, tests, early in self.chosen:
            if time.monotonic() > self.end:
                break
            if self.tried % 100 == 0:
                print(f"\n{self.tried} of {len(self.chosen)}: {self.killed} killed", flush=True)
            self.tried += 1
            if tests and self.noticed(mutant, tests, early):
                self.killed += 1
            else:
                self.survivors.append(mutant)
                where = f"{mutant.path}:{mutant.line}: {mutant.before} -> {mutant.after} ({len(tests)} tests)"
                print(f"\nsurvived: {where}", flush=True)
        return True

    def noticed(self, mutant: Mutant, tests: list[str], early: bool) -> bool:
        """Return True if a test fails: first with few examples of each property, then with more, where there are any."""
        path = PACKAGE / mutant.path
        before, after = code_of(None, path), code_of(mutant, path)
        codes = changed(before, after)
        in_functions = codes is not None and is_in_functions(before, after, self.functions)
        statement = None if in_functions else assignment(mutant)
        if in_functions or statement:
            near = sorted(self.killers.get(mutant.path, {}).items(), key=lambda item: abs(item[1] - mutant.line))
            first = [test for test, _ in near if test in set(tests)][:4]
            ordered = [*first, *(test for test in tests if test not in first)]
            killer = self.forked(codes or {}, statement, ordered)
            drawn = [test for test in ordered if hasattr(self.items[test].obj, "_hypothesis_internal_use_settings")]
            if killer is None and in_functions and not early:
                killer = self.forked(codes or {}, None, drawn[:MORE], more=True)
                if killer is None:
                    return False
            if killer is not None:
                if killer in tests:
                    self.killers.setdefault(mutant.path, {})[killer] = mutant.line
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

    def forked(
        self, codes: dict[CodeType, CodeType], statement: CodeType | None, tests: list[str], more: bool = False
    ) -> str | None:
        """Name the test that fails in a fork; what ended it, if it was none of them."""
        reader, writer = os.pipe()
        child = os.fork()
        if not child:
            self.run(codes, statement, tests, writer, more)
        os.close(writer)
        status = wait(child)
        with open(reader, encoding="utf-8") as failed:
            return (failed.read() or f"it ended with {status}") if status else None

    def run(
        self, codes: dict[CodeType, CodeType], statement: CodeType | None, tests: list[str], writer: int, more: bool
    ) -> None:
        """In the child: run the tests with the mutant's code; the first that fails ends the process."""
        self.writer = writer
        self.plugins.unregister(name="terminalreporter")
        null = os.open(os.devnull, os.O_WRONLY)
        os.dup2(null, 1)
        os.dup2(null, 2)
        try:
            for a, b in codes.items():
                for function in self.functions.get(a, ()):
                    function.__code__ = b
            if statement:
                assign(statement)
            for test in tests:
                item = self.items[test]
                if more:
                    draw_more(item.obj)
                resource.setrlimit(resource.RLIMIT_CPU, (int(time.process_time()) + CPU_SECONDS, -1))
                item.config.hook.pytest_runtest_protocol(item=item, nextitem=None)
        except BaseException:
            os._exit(1)
        os._exit(0)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if self.writer and report.failed:
            os.write(self.writer, report.nodeid.encode())
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
    parser.add_argument(
        "--tests", nargs="+", help="files or folders of tests to ask, in the place of those of the rooms"
    )
    parser.add_argument("--most", type=int, default=MOST, help="how many of the tests that reach a line are tried")
    parser.add_argument("--measure", nargs="+", help=argparse.SUPPRESS)
    parser.add_argument("--try", dest="import_it", action="store_true", help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.measure:
        sys.exit(run_tests(["-p", "tests.mutation", *given.measure]))
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
            made += mutants_of(path)
    random.Random(given.seed).shuffle(made)
    drawn = made[: given.sample]
    known = {line.partition(": # ")[0].strip() for line in EQUIVALENT.read_text().splitlines() if line[:1].strip("#")}
    chosen = [m for m in drawn if str(m) not in known]
    asked = {room: given.tests or TESTS[room] for room in sorted({m.path.split("/")[0] for m in chosen})}
    lines = {room: reached(room, tests) for room, tests in asked.items()}
    trials = Trials([(m, *tests_of(m, lines[m.path.split("/")[0]], given.most)) for m in chosen], given.minutes)
    run_tests([*dict.fromkeys(test for tests in asked.values() for test in tests)], trials)
    print(
        f"\n{len(made)} mutants, {len(drawn)} drawn, {len(drawn) - len(chosen)} of them equivalent; "
        f"{trials.tried} tried: {trials.killed} killed, {len(trials.survivors)} survived"
    )
    sys.exit(bool(trials.survivors))


def tests_of(mutant: Mutant, lines: dict[str, dict[str, list[str]]], most: int) -> tuple[list[str], bool]:
    """The tests that reach a mutant's line, and whether it also runs before them; then all that reach its file count."""
    by_line, path = lines.get(mutant.path, {}), PACKAGE / mutant.path
    node = places(path)[1][mutant.number].node
    head = node.test if isinstance(node, ast.If | ast.IfExp) else node  # of a long one not every line counts as reached
    span = map(str, range(mutant.line, max(mutant.line, head.end_lineno or 0) + 1))
    reach = [*dict.fromkeys(test for line in span for test in by_line.get(line, []))]
    in_lambda = id(node) in inside_lambdas(path)  # whose line runs where it is made, too
    early = ("" in reach and not in_lambda) or mutant.line not in lines_of_functions(path)
    if early:
        count = Counter(test for tests in by_line.values() for test in tests)
        reach = sorted(count, key=lambda test: -count[test])
    turn: Counter[str] = Counter()
    turns = []
    for test in filter(None, reach):
        function = test.partition("[")[0]
        turns.append((turn[function], test))
        turn[function] += 1
    return [test for _, test in sorted(turns, key=lambda found: found[0])][:most], early


if __name__ == "__main__":
    main()
