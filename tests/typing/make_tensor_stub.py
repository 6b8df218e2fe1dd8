"""Make `tinygrad_lite/tensors/tensor.pyi`, from which type checkers and editors learn what a Tensor can do.

They cannot see it in `tensor.py`, where the class body lists functions that are written, and often decorated, in other
files. This script looks at the class itself, and writes for every attribute the signature that the function has, with
its annotations and overloads as they are written, and the first paragraph of its docstring.

    python tests/typing/make_tensor_stub.py          writes the stub
    python tests/typing/make_tensor_stub.py --check  compares it, and exits with 1 if it is out of date

An in-place form `name_` has the parameters of `name` and returns the Tensor itself. Annotations of primitives that have
no public form yet are those of their arrays.
"""

from __future__ import annotations

import ast
import builtins
import functools
import importlib
import inspect
import sys
import textwrap
import typing
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

from tinygrad_lite.core.primitive import Primitive
from tinygrad_lite.core.tensor import TensorBase
from tinygrad_lite.tensors import tensor as module
from tinygrad_lite.tensors.absent_methods import AbsentMethod
from tinygrad_lite.tensors.tensor import Tensor

STUB = Path(module.__file__).with_suffix(".pyi")
PACKAGE = "tinygrad_lite"
WIDTH = 120

# What the base class in core returns and takes is a Tensor, though core cannot name that class.
BASE: dict[str, dict[str, str]] = {
    "detach": {"return": "Tensor"},
    "requires_grad_": {"return": "Self"},
}
BASE_IMPORTS = {"Self": ("typing", "Self")}

# What users do not call by name; object's own are known to type checkers anyway.
LEFT_OUT = {
    "__doc__",
    "__module__",
    "__qualname__",
    "__slots__",
    "__deepcopy__",
    "__reduce_ex__",
    "__array_ufunc__",
    "__array_function__",
    "__dir__",
}
LEFT_OUT |= {"__firstlineno__", "__static_attributes__"}

# Python gives every object an == whose result is a bool, and arrays have an opinion on < too.
REMARKS = dict.fromkeys(
    ("__eq__", "__ne__"), "  # type: ignore[override]  # pyright: ignore[reportIncompatibleMethodOverride]"
) | dict.fromkeys(("__lt__", "__gt__", "__le__", "__ge__"), "  # type: ignore[misc]")


class Names:
    """The names that the stub uses, and where it imports them from.

    In the body of the class a name such as `float` is the method, so what has the name of an attribute is imported with
    an underscore before it.
    """

    def __init__(self, taken: set[str]) -> None:
        self.taken = taken
        self.imported: dict[str, tuple[str, str | None]] = {}

    def use(self, name: str, source: str, original: str | None) -> str:
        """Import a name (or, where there is no original name, a module), and return what it is called in the stub."""
        wanted = (source, original)
        found = f"_{name}" if name in self.taken else name
        while self.imported.setdefault(found, wanted) != wanted:
            found = f"_{found}"
        return found

    def lines(self) -> list[str]:
        """The import statements, in the order of ruff's isort."""
        grouped: dict[str, list[str]] = {}
        modules = []
        for name, (source, original) in self.imported.items():
            if original is None:
                modules.append(f"import {source}" + (f" as {name}" if name != source else ""))
            else:
                grouped.setdefault(source, []).append(original + (f" as {name}" if name != original else ""))
        standard = {m for m in grouped if m.partition(".")[0] in sys.stdlib_module_names}
        own = {m for m in grouped if m.partition(".")[0] == PACKAGE}
        blocks = [
            self._block(standard, grouped),
            sorted(modules) + self._block(set(grouped) - standard - own, grouped),
            self._block(own, grouped),
        ]
        return "\n\n".join("\n".join(block) for block in blocks if block).split("\n")

    @staticmethod
    def _block(sources: set[str], grouped: dict[str, list[str]]) -> list[str]:
        lines = []
        for source in sorted(sources):
            shown = (
                source.replace(f"{PACKAGE}.tensors.", ".", 1) if source.startswith(f"{PACKAGE}.tensors.") else source
            )
            shown = shown.replace(f"{PACKAGE}.", "..", 1)
            lines.append(f"from {shown} import {', '.join(sorted(grouped[source]))}")
        return lines


@functools.cache
def imports_of(name: str) -> dict[str, tuple[str, str | None]]:
    """For each name that a module imports, also for type checkers only, the module and the name there."""
    source: Any = sys.modules[name]
    found: dict[str, tuple[str, str | None]] = {}
    for node in ast.walk(ast.parse(Path(source.__file__).read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            for alias in node.names:
                found[alias.asname or alias.name.partition(".")[0]] = (alias.name, None)
        elif isinstance(node, ast.ImportFrom):
            package = source.__package__.split(".")
            base = ".".join(package[: len(package) - node.level + 1]) if node.level else ""
            whole = ".".join(filter(None, [base, node.module]))
            for alias in node.names:
                found[alias.asname or alias.name] = (whole, alias.name)
    return found


class Signature:
    """The parameters and the result of a method as text."""

    def __init__(self, function: Callable[..., Any], names: Names, annotations: dict[str, str] | None = None) -> None:
        self.names = names
        self.home = inspect.unwrap(function)
        self.given = annotations or {}
        self.primitive = isinstance(function, Primitive)
        if isinstance(function, Primitive):
            self.home = function.public_form
            self.primitive = function.public_form is function.signature.function
        self.signature = inspect.signature(self.home)

    def annotation(self, text: Any) -> str:
        """An annotation, with the names in it imported."""
        if text is inspect.Parameter.empty:
            return self.names.use("Any", "typing", "Any")
        tree = ast.parse(text if isinstance(text, str) else inspect.formatannotation(text), mode="eval")
        for node in ast.walk(tree):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                continue  # of a Literal
            if isinstance(node, ast.Name):
                node.id = self.name(node.id)
        return ast.unparse(tree)

    def name(self, name: str) -> str:
        """A name in an annotation, as the stub calls it."""
        if name == "Tensor":
            return name
        if self.primitive and name in ("Array", "Mask"):
            return "Tensor"
        imported = imports_of(self.home.__module__)
        if name in self.given.values() or (name in BASE_IMPORTS and name not in imported):
            return self.names.use(name, *BASE_IMPORTS[name])
        if name in imported:
            source, original = imported[name]
            if original is not None and _is_module(f"{source}.{original}"):
                return self.names.use(name, f"{source}.{original}", None)
            return self.names.use(name, source, original)
        if name in vars(sys.modules[self.home.__module__]):
            return self.names.use(name, self.home.__module__, name)
        if not hasattr(builtins, name):
            raise NameError(f"{self.home.__module__}.{self.home.__qualname__}: unknown name {name!r} in an annotation")
        return self.names.use(name, "builtins", name) if name in self.names.taken else name

    def parameters(self, first: str) -> list[str]:
        """The parameters as they are written in a definition; the first one is called `self` or `cls`."""
        found: list[str] = []
        bare_star = False
        for i, p in enumerate(self.signature.parameters.values()):
            if i == 0 and p.kind is not p.VAR_POSITIONAL:
                found.append(first)
                continue
            if p.kind is p.VAR_POSITIONAL:
                bare_star = True
            elif p.kind is p.KEYWORD_ONLY and not bare_star:
                found.append("*")
                bare_star = True
            stars = {p.VAR_POSITIONAL: "*", p.VAR_KEYWORD: "**"}.get(p.kind, "")
            annotation = self.annotation(self.given.get(p.name, p.annotation))
            if self.primitive and annotation == "Tensor" and p.annotation == "Array":
                annotation = f"Tensor | {self.names.use('Number', f'{PACKAGE}.types.annotations', 'Number')}"
            default = "" if p.default is p.empty else f" = {_default(p.default)}"
            found.append(f"{stars}{p.name}: {annotation}{default}")
        return found

    def result(self) -> str:
        """The annotation of the result."""
        return self.annotation(self.given.get("return", self.signature.return_annotation))


def _is_module(name: str) -> bool:
    if name in sys.modules:
        return isinstance(sys.modules[name], ModuleType)
    try:
        return isinstance(importlib.import_module(name), ModuleType)
    except ImportError:
        return False


def _default(value: Any) -> str:
    plain = value is None or isinstance(value, (bool, int, str)) or (isinstance(value, float) and value - value == 0)
    if isinstance(value, tuple) and all(isinstance(x, int) for x in value):
        plain = True
    return repr(value) if plain else "..."


def definition(name: str, parameters: list[str], result: str, doc: str | None, remark: str = "") -> list[str]:
    """The lines of a method, without its indentation."""
    line = f"def {name}({', '.join(parameters)}) -> {result}:"
    lines = [line]
    if len(line) > WIDTH - 8:
        lines = [f"def {name}(", *(f"    {p}," for p in parameters), f") -> {result}:"]
    if doc is None:
        lines[-1] += " ..." + remark
        return lines
    lines[-1] += remark
    wrapped = textwrap.wrap(doc, WIDTH - 8 - 6)
    if len(wrapped) == 1:
        return [*lines, f'    """{wrapped[0]}"""']
    return [*lines, f'    """{wrapped[0]}', *(f"    {part}" for part in wrapped[1:]), '    """']


def summary(function: Any) -> str | None:
    """The first paragraph of a docstring in one line."""
    doc = inspect.getdoc(function)
    return " ".join(doc.partition("\n\n")[0].split()).replace("\\", "\\\\") if doc else None


def method(name: str, value: Any, names: Names) -> Iterator[str]:
    """The definition of a method, or its overloads."""
    in_place = name.startswith("__i") and name != "__iter__" and hasattr(Tensor, f"__{name[3:]}")
    if name.endswith("_") and not name.endswith("__") and hasattr(value, "__wrapped__"):
        in_place, function = True, value.__wrapped__
    elif in_place and name not in ("__int__", "__index__", "__invert__"):
        function = vars(Tensor)[f"__{name[3:]}"]
    else:
        in_place, function = name.endswith("_") and not name.endswith("__"), value
    result = names.use("Self", "typing", "Self") if in_place or name == "__new__" else None
    first = "cls" if name == "__new__" else "self"
    home = function.public_form if isinstance(function, Primitive) else function
    overloads = typing.get_overloads(home)
    remark = REMARKS.get(name, "")
    for variant in overloads or [function]:
        signature = Signature(variant, names, BASE.get(name))
        doc = summary(value) if variant is (overloads or [function])[-1] else None
        if overloads:
            yield f"@{names.use('overload', 'typing', 'overload')}"
        yield from definition(name, signature.parameters(first), result or signature.result(), doc, remark)


def attribute(name: str, value: Any, names: Names) -> Iterator[str]:
    """The lines for one attribute of the class."""
    if isinstance(value, property):
        yield "@property"
        getter = Signature(value.fget, names)  # type: ignore[arg-type]  # wrong on purpose
        yield from definition(name, ["self"], getter.result(), summary(value))
        if value.fset is not None:
            setter = Signature(value.fset, names)
            yield f"@{name}.setter"
            yield from definition(name, setter.parameters("self"), "None", None)
        if value.fdel is not None:
            yield f"@{name}.deleter"
            yield from definition(name, ["self"], "None", None)
    elif name == "__hash__":
        yield from definition(name, ["self"], names.use("int", "builtins", "int"), None)
    elif isinstance(value, (bool, int, float, str)):
        kind = type(value).__name__
        yield f"{name}: {names.use(kind, 'builtins', kind)}"
    else:
        yield from method(name, value.__func__ if isinstance(value, (staticmethod, classmethod)) else value, names)


def attributes() -> dict[str, Any]:
    """The attributes of a Tensor that users have: what the class lists, and what it inherits."""
    listed = {name: value for name, value in vars(Tensor).items() if name not in LEFT_OUT}
    found = {name: value for name, value in listed.items() if not isinstance(value, AbsentMethod)}
    inherited = {name: value for name, value in vars(TensorBase).items() if not name.startswith("_")}
    return found | {name: value for name, value in inherited.items() if name not in found}


def make() -> str:
    """The text of the stub."""
    found = attributes()
    names = Names(set(found))
    body = [line for name, value in found.items() for line in attribute(name, value, names)]
    base = names.use("TensorBase", f"{PACKAGE}.core.tensor", "TensorBase")
    head = [
        "# Made by tests/typing/make_tensor_stub.py from the class in tensor.py; change that, and make it anew.",
        "# fmt: off",
        "# ruff: noqa",
        "",
        *names.lines(),
        "",
        f"class Tensor({base}):",
    ]
    return "\n".join([*head, *(f"    {line}" if line else "" for line in body)]) + "\n"


if __name__ == "__main__":
    made = make()
    if "--check" in sys.argv[1:]:
        sys.exit(0 if STUB.exists() and STUB.read_text(encoding="utf-8") == made else f"{STUB} is out of date")
    STUB.write_text(made, encoding="utf-8")
    print(STUB)
