"""The lines of code in a file, without docstrings, comments and blank lines."""

from __future__ import annotations

import ast
from pathlib import Path


def lines_of_code(path: Path) -> int:
    """The lines that are neither blank, nor a comment, nor part of a docstring."""
    text = path.read_text(encoding="utf-8")
    prose: set[int] = set()
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str):
            prose.update(range(node.lineno, (node.end_lineno or node.lineno) + 1))
    lines = enumerate(text.splitlines(), start=1)
    return sum(1 for i, line in lines if i not in prose and line.strip() and not line.lstrip().startswith("#"))
