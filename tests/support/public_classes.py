"""The public classes of `nn` by the files that define them: they all name `tinygrad_lite.nn` as their module."""

from __future__ import annotations

import ast
from pathlib import Path

from tinygrad_lite import nn


def defined_in(*patterns: str) -> set[str]:
    """The names in `nn.__all__` of the classes that some files of `nn` define, as in `defined_in("layers/*.py")`."""
    folder = Path(nn.__file__).parent
    files = [path for pattern in patterns for path in folder.glob(pattern)]
    trees = [ast.parse(path.read_text(encoding="utf-8")) for path in files]
    return {node.name for tree in trees for node in tree.body if isinstance(node, ast.ClassDef)} & set(nn.__all__)
