"""The derivative of an operation in words: its formula, the source of its rule, and where that stands."""

from __future__ import annotations

import ast
import dis
import functools
import inspect
import linecache
import re
import textwrap
from collections.abc import Callable
from dataclasses import dataclass
from html import escape
from typing import Any

import numpy as np

from ..core.graph import Leaf, Node
from ..core.primitive import REGISTRY, Fused, FusedPlan, Plan, Primitive
from ..tensors.saved_values import argument_names
from .sites import PACKAGE, Site, shortest


@dataclass(frozen=True)
class Source:
    """The text of a function and the line where it begins."""

    text: str
    site: Site

    def __str__(self) -> str:
        return f"{self.text}\n{self.site.place}"


class RuleView:
    """The result of `rule`: the formula of an operation, and its derivatives as they are written in the library.

    Attributes:
        name: the name of the operation.
        formula: the line of the table: what it computes, and its derivatives.
        forward: the source of the forward, as it is defined.
        derivatives: for each argument that has one the source of its derivative. A fused operation has one for all of
            them, under `""`.
        kernels: the sources of faster forms, under `"forward"` and `"dx"`, which compute the same of arrays.
    """

    def __init__(
        self,
        name: str,
        formula: str,
        forward: Source | None,
        derivatives: dict[str, Source],
        kernels: dict[str, Source] | None = None,
    ) -> None:
        self.name, self.formula, self.forward, self.derivatives = name, formula, forward, derivatives
        self.kernels = kernels or {}

    def _parts(self) -> list[tuple[str, Source]]:
        parts = [] if self.forward is None else [("forward", self.forward)]
        parts += [(f"d{name}" if name else "backward", source) for name, source in self.derivatives.items()]
        return parts + [(f"kernel of {name}", source) for name, source in self.kernels.items()]

    def __str__(self) -> str:
        lines = [f"{self.name}: {self.formula}" if self.formula else self.name]
        for label, source in self._parts():
            lines.append(f"{label}, {source.site.place}")
            lines.append(textwrap.indent(source.text, "    "))
        return "\n".join(lines)

    def __repr__(self) -> str:
        return f"<rule of {self.name}: {', '.join(label for label, _ in self._parts())}>"

    def _repr_html_(self) -> str:
        rows = "".join(
            f"<tr><th>{escape(label)}</th><td><pre>{escape(source.text)}</pre></td><td>{escape(source.site.place)}</td></tr>"
            for label, source in self._parts()
        )
        return f"<table><caption>{escape(self.name)}: {escape(self.formula)}</caption>{rows}</table>"


def rule(operation: Any) -> RuleView:
    """Show an operation's forward and its derivatives as they are written, with their files and lines.

    Args:
        operation: a primitive (`tl.tanh`), a fused operation, a subclass of `autograd.Function`, or any function that
            is composed of primitives, for which only its own source is shown; or the name of a primitive, as `explain`
            has it.

    Raises:
        TypeError: if it is no function at all.
        KeyError: for a name that no primitive has.

    >>> import tinygrad_lite as tl
    >>> view = tl.insight.rule(tl.tanh)
    >>> view.formula
    'tanh x; dx = g (1 - out²).'
    >>> print(view.derivatives["x"].text)
    lambda g, out: g * (1 - out * out)
    """
    if isinstance(operation, str) and operation not in REGISTRY:
        raise KeyError(f"rule(): there is no primitive of the name {operation!r}")
    operation = REGISTRY.get(operation, operation) if isinstance(operation, str) else operation
    if isinstance(operation, Fused):
        derivatives = {"": source_of(operation.pullback)}
        return RuleView(operation.name, table_line(operation), source_of(operation.reference), derivatives)
    if isinstance(operation, Primitive):
        rules = [(r, name) for r, name in zip(operation.rules, operation.names, strict=False) if r is not None]
        derivatives = {name: source_of(r.vjp) for r, name in rules}
        faster = {f"d{name}": getattr(r.vjp, "kernel", None) for r, name in rules}
        forward, definition = operation.forward, inspect.unwrap(operation)
        if isinstance(forward, np.ufunc):
            arguments = ", ".join(operation.names)
            shown: Source | None = Source(f"np.{forward.__name__}({arguments})", Site("NumPy", 0, ""))
        else:
            shown = _source_or_none(definition)
            faster = {"forward": None if forward is definition else forward, **faster}
        kernels = {name: source for name, kernel in faster.items() if kernel and (source := _source_or_none(kernel))}
        return RuleView(operation.name, table_line(operation), shown, derivatives, kernels)
    if isinstance(operation, type) and hasattr(operation, "backward"):
        name = operation.__name__
        written = _source_or_none(operation.backward)
        computed = _source_or_none(getattr(operation, "forward", None))
        return RuleView(name, _first_line(operation), computed, {"": written} if written else {})
    if not callable(operation):
        raise TypeError(f"rule(): expected an operation, such as tl.tanh, but got {type(operation).__name__}")
    name = getattr(operation, "__name__", type(operation).__name__)
    same = name if name in REGISTRY else name.lower()  # a layer has the name of its function
    more = f'; rule("{same}") shows the primitive of this name' if same in REGISTRY else ""
    line = f"{_first_line(operation)} (Its derivative follows from those of the operations that it calls{more}.)"
    return RuleView(name, line, _source_or_none(operation), {})


def formula(node: Node) -> str:
    """The derivatives of a node in one line, for those arguments that need one: `dx = g (1 - out²)`."""
    if isinstance(node, Leaf):
        return ""
    _, found, derivative = table_line(node.primitive).partition("; d")
    parts = re.split(r", (?=d\w+ = )", "d" + derivative.split(". ")[0].rstrip(".")) if found else []
    needed = {"d" + name.partition("[")[0] for name in argument_names(node)}
    named = [part for part in parts if part.partition(" = ")[0] in needed]
    return ", ".join(named or parts)


def derivative_source(node: Node) -> dict[str, Source]:
    """The source of the rules that a node runs: by argument, or under `""` one function for all of them."""
    plan = node.plan
    if isinstance(plan, Plan):
        sources = ((name, _source_or_none(r.vjp)) for name, r in zip(argument_names(node), plan.rules, strict=True))
        return {name: source for name, source in sources if source}
    function = plan.primitive.pullback if isinstance(plan, FusedPlan) else _backward_of(node)
    source = _source_or_none(function) if function is not None else None
    return {"": source} if source else {}


def table_line(primitive: Any) -> str:
    """The line that the table has for a primitive: its formula and its derivatives."""
    text = getattr(primitive, "table_line", None) or getattr(primitive, "__doc__", None) or ""
    return text.strip().split("\n")[0]


def _backward_of(node: Node) -> Callable[..., Any] | None:
    """The backward that a user wrote, if it is the node of a Function."""
    return getattr(getattr(node, "function", None), "backward", None)


def _first_line(thing: Any) -> str:
    return inspect.cleandoc(getattr(thing, "__doc__", None) or "").split("\n")[0]


def _source_or_none(function: Any) -> Source | None:
    try:
        return source_of(function)
    except (OSError, TypeError):
        return None


def source_of(function: Any) -> Source:
    """The text of a function, without a docstring of several lines; of a lambda no more than the lambda.

    Raises:
        OSError: if its source is not at hand.
        TypeError: if it was not written in Python.
    """
    function = inspect.unwrap(getattr(function, "formula", function))  # a rule with a kernel is its formula
    if isinstance(function, Primitive):
        function = function.forward
    code = getattr(function, "__code__", None)
    if code is None:
        raise TypeError(f"{function!r} is not written in Python")
    site = Site(package_path(code.co_filename), code.co_firstlineno, "")
    if code.co_name == "<lambda>":
        return Source(_lambda_text(code), site)
    return Source(_without_docstring(textwrap.dedent(inspect.getsource(function)).rstrip()), site)


def _without_docstring(text: str) -> str:
    """The text of a function without its docstring, if that has several lines and is not all that the function has."""
    try:
        function = ast.parse(text).body[0]
    except SyntaxError:  # a text in it may have lines that stand further left than the function
        return text
    if isinstance(function, ast.FunctionDef) and len(function.body) > 1 and ast.get_docstring(function) is not None:
        docstring = function.body[0]
        if docstring.end_lineno != docstring.lineno:
            lines = text.split("\n")
            return "\n".join([*lines[: docstring.lineno - 1], *lines[docstring.end_lineno :]])
    return text


@functools.lru_cache(maxsize=1024)
def _lambda_text(code: Any) -> str:
    """The lambda in its file that begins at the line of this code and has its parameters."""
    lines = linecache.getlines(code.co_filename)
    first = code.co_firstlineno - 1
    similar = ""  # with the same parameters, for a lambda whose code depends on the function around it
    for start in range(first, max(first - 20, -1), -1):  # the statement may begin some lines before
        for end in range(first + 1, min(first + 20, len(lines)) + 1):
            text = textwrap.dedent("".join(lines[start:end]))
            try:
                tree = ast.parse(text)
            except SyntaxError:
                continue
            for node in ast.walk(tree):
                if isinstance(node, ast.Lambda) and node.lineno == first - start + 1:
                    segment = " ".join((ast.get_source_segment(text, node) or "").split())
                    compiled = compile(segment, "", "eval").co_consts[0]
                    if instructions(compiled) == instructions(code):
                        return segment
                    if compiled.co_varnames == code.co_varnames:
                        similar = similar or segment
            break  # a longer part of the file is another statement too
    if similar:
        return similar
    raise OSError("the lambda was not found in its file")


def instructions(code: Any) -> list[str]:
    """The names, constants and operators that a function uses, in order, independent of where it stands."""
    found = (each.argrepr.removeprefix("NULL + ") for each in dis.get_instructions(code))
    return [text for text in found if text and not text.startswith("<code")]


def package_path(file: str) -> str:
    """The path of a file of this package from the package: `ops/elementwise.py`; others from the current directory."""
    return file[len(PACKAGE) :] if file.startswith(PACKAGE) else shortest(file)
