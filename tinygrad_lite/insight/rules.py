"""The derivative of an operation in words: its formula, the source of its rule, and where that stands."""

from __future__ import annotations

import re
from typing import Any

from ..core.graph import Leaf, Node
from .graph_view import argument_names


def formula(node: Node) -> str:
    """The derivatives of a node in one line, for those arguments that need one: `dx = g (1 - out²)`."""
    if isinstance(node, Leaf):
        return ""
    _, found, derivative = table_line(node.primitive).partition("; d")
    parts = re.split(r", (?=d\w+ = )", "d" + derivative.rstrip(".")) if found else []
    needed = {"d" + name.partition("[")[0] for name in argument_names(node)}
    named = [part for part in parts if part.partition(" = ")[0] in needed]
    return ", ".join(named or parts)


def table_line(primitive: Any) -> str:
    """What the table says of a primitive in one line: its formula and its derivatives."""
    text = getattr(primitive, "table_line", None) or getattr(primitive, "__doc__", None) or ""
    return text.strip().split("\n")[0]
