"""Facts about a code object: the names that it reads and assigns, with their lines, and what in it is refused."""

from __future__ import annotations

import dis
import functools
import importlib.util
import operator
import os
from types import CodeType
from typing import Any, NamedTuple

from .harmless import INSTRUCTIONS, INTRINSICS, SPECIAL_NAMES, only_looks_up


class Facts(NamedTuple):
    """The facts about one code object, without those of the functions inside it.

    Attributes:
        globals: the global variables that it names, each with the number of a line.
        closed_over: the variables that it closes over, or that functions inside it do.
        attributes: the attributes that it names, and all texts in it that may be names of some.
        imports: the modules that it imports, with the level of a relative import.
        operators: the special methods that it may call by an operator, an item or a loop, each with a line.
        stored: the names of attributes and variables outside that it assigns.
        writes_items: whether it changes items of containers, or may do so with an operator.
        refusals: what in it is refused, with the lines.
    """

    globals: dict[str, int]
    closed_over: dict[str, int]
    attributes: dict[str, int]
    imports: dict[tuple[str, int], int]
    operators: dict[str, int]
    stored: frozenset[str]
    writes_items: bool
    refusals: list[tuple[str, int]]


@functools.cache
def facts(code: CodeType) -> Facts:
    """Read a code object."""
    found = Facts({}, {}, {}, {}, {}, frozenset(), False, [])
    stored: set[str] = set()
    writes_items, line = False, code.co_firstlineno
    instructions = [i for i in dis.get_instructions(code) if i.opname not in ("CACHE", "EXTENDED_ARG")]
    for number, at in enumerate(instructions):
        line = _line(at, line)
        name = at.argval if isinstance(at.argval, str) else ""
        if at.opname.endswith(("_GLOBAL", "_NAME")) and at.opname != "IMPORT_NAME":
            found.globals.setdefault(name, line)
        elif at.opname == "IMPORT_NAME":
            level = instructions[number - 2].argval if number > 1 else None
            found.imports[name, level if isinstance(level, int) else 0] = line
            for part in name.split("."):
                found.attributes.setdefault(part, line)
        elif at.opcode in dis.hasfree:
            found.closed_over.setdefault(name, line)
        elif at.opcode in dis.hasname:
            found.attributes.setdefault(name, line)
            if name.startswith("__") and name.endswith("__") and name not in SPECIAL_NAMES:
                found.refusals.append((f"{name} is named, by which anything may be read or changed", line))
        elif at.opname in _CONSTANTS:
            for text in texts_in(at.argval):
                found.attributes.setdefault(text, line)
        for special in _special_methods(at):
            found.operators.setdefault(special, line)
        if at.opname in ("STORE_ATTR", "DELETE_ATTR", "STORE_GLOBAL", "DELETE_GLOBAL", "STORE_DEREF", "DELETE_DEREF"):
            stored.add(name)
        writes_items |= at.opname in ("STORE_SUBSCR", "DELETE_SUBSCR", "STORE_SLICE")
        writes_items |= at.opname == "BINARY_OP" and at.argrepr.endswith("=")
        refusal = _refusal(at, instructions[number + 1 : number + 2])
        if refusal is not None:
            found.refusals.append((refusal, line))
    if only_looks_up(code.co_filename):
        found.refusals.clear()
    return found._replace(stored=frozenset(stored), writes_items=writes_items)


_CONSTANTS = ("LOAD_CONST", "RETURN_CONST", "KW_NAMES", "CALL_KW")


def _special_methods(at: Any) -> tuple[str, ...]:
    """The special methods that an instruction may call: `x * 2` asks both operands."""
    if at.opname == "BINARY_OP":
        name = _OPERATORS[at.argrepr.removesuffix("=")]
        return (f"__{name}__", f"__r{name}__", *[f"__i{name}__"] * at.argrepr.endswith("="))
    if at.opname == "COMPARE_OP":
        return _COMPARISONS[at.argval]
    if at.opname in ("LOAD_GLOBAL", "LOAD_NAME", "LOAD_ATTR", "LOAD_METHOD"):  # len(x), sum(xs), operator.mul(x, y)
        return _OF_FUNCTIONS.get(at.argval, (f"__{at.argval}__",) * (at.argval in vars(operator)))
    return _OF_INSTRUCTIONS.get(at.opname, ())


_OPERATORS = {
    "+": "add", "-": "sub", "*": "mul", "/": "truediv", "//": "floordiv", "%": "mod", "**": "pow", "@": "matmul",
    "<<": "lshift", ">>": "rshift", "&": "and", "|": "or", "^": "xor",
}  # fmt: skip
_COMPARISONS = {
    "<": ("__lt__", "__gt__"), ">": ("__lt__", "__gt__"), "<=": ("__le__", "__ge__"), ">=": ("__le__", "__ge__"),
    "==": ("__eq__",), "!=": ("__ne__", "__eq__"),
}  # fmt: skip
_OF_FUNCTIONS = {
    "sum": ("__add__", "__radd__", "__iter__"), "divmod": ("__divmod__", "__rdivmod__"), "pow": ("__pow__", "__rpow__"),
    "len": ("__len__",), "abs": ("__abs__",), "round": ("__round__",), "reversed": ("__reversed__", "__len__"),
} | dict.fromkeys(("iter", "list", "tuple", "map", "zip", "enumerate"), ("__iter__",))  # fmt: skip
_OF_INSTRUCTIONS = {
    "UNARY_NEGATIVE": ("__neg__",), "UNARY_POSITIVE": ("__pos__",), "CALL_INTRINSIC_1": ("__pos__",),
    "UNARY_INVERT": ("__invert__",), "BINARY_SUBSCR": ("__getitem__",), "BINARY_SLICE": ("__getitem__",),
    "STORE_SUBSCR": ("__setitem__",), "STORE_SLICE": ("__setitem__",), "CONTAINS_OP": ("__contains__",),
    "GET_ITER": ("__iter__",), "UNPACK_SEQUENCE": ("__iter__",), "UNPACK_EX": ("__iter__",),
    "LIST_EXTEND": ("__iter__",), "CALL_FUNCTION_EX": ("__iter__",),
}  # fmt: skip


def texts_in(constant: Any) -> list[str]:
    """The texts in a constant that may be names of attributes."""
    if isinstance(constant, (tuple, frozenset)):
        return [text for item in constant for text in texts_in(item)]
    return [part for part in constant.split(".") if part.isidentifier()] if isinstance(constant, str) else []


def place(code: CodeType, line: int | None = None) -> str:
    """A line of a code object, as " (file.py:12)"."""
    return f" ({os.path.basename(code.co_filename)}:{line or code.co_firstlineno})"


def has_constant_name(code: CodeType, offset: int) -> bool:
    """True if the second argument of the call at this place is a text that stands there: `getattr(x, "name")`."""
    before: list[Any] = []
    for at in dis.get_instructions(code):
        if at.opname in ("CACHE", "EXTENDED_ARG", "PRECALL", "PUSH_NULL", "KW_NAMES"):
            continue
        if at.offset >= offset and at.opname == "CALL":
            # The last argument, or the one before it if the last is a constant or a variable.
            count = at.arg or 0
            name = before[-(count - 1)] if count in (2, 3) and len(before) > 3 else None
            simple = count == 2 or before[-1].opname in ("LOAD_CONST", "LOAD_FAST", "LOAD_GLOBAL", "LOAD_DEREF")
            return simple and name is not None and name.opname == "LOAD_CONST" and isinstance(name.argval, str)
        before.append(at)
    return False


def module_named(name: str, level: int, package: str | None) -> str:
    """The full name of a module that is imported."""
    return importlib.util.resolve_name("." * level + name, package) if level else name


def _line(at: Any, line: int) -> int:
    """The line of an instruction; that before it if it has none."""
    positions = at.positions
    return line if positions is None or positions.lineno is None else positions.lineno


def _refusal(at: Any, following: list[Any]) -> str | None:
    if at.opname == "PUSH_EXC_INFO" and not (following and following[0].opname == "WITH_EXCEPT_START"):
        return _TRY
    if at.opname not in INSTRUCTIONS or (at.opname == "CALL_INTRINSIC_1" and at.arg not in INTRINSICS):
        return _STATEMENTS.get(at.opname, f"the instruction {at.opname} is not known to be harmless")
    return None


_TRY = "a try statement is entered: a later call may raise where this one did not"
_STATEMENTS = {
    "LOAD_BUILD_CLASS": "a class is defined",
    "MATCH_CLASS": "a match statement looks at the attributes of an object",
    "GET_AWAITABLE": "it awaits something",
    "CHECK_EXC_MATCH": _TRY,
}
