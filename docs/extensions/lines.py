"""Finds the line of the code that a page quotes. It needs nothing but Python."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[2]
LINK = re.compile(r"\{at\}`([^`:\s]+): ([^`]+)`")


def source_file(path: str) -> Path:
    """A file of the package, given as the guide gives it (`core/graph.py`), or of the repository."""
    inside = ROOT / "tinygrad_lite" / path
    return inside if inside.is_file() else ROOT / path


def line_of(path: str, text: str) -> int:
    """The number of the one line that contains the text.

    Raises:
        ValueError: if there is no such file, or not exactly one such line.
    """
    file = source_file(path)
    if not file.is_file():
        raise ValueError(f"there is no file {path}")
    found = [i for i, line in enumerate(file.read_text(encoding="utf-8").splitlines(), 1) if text in line]
    if len(found) != 1:
        raise ValueError(f"{path} has {len(found)} lines with {text!r}, not one")
    return found[0]


def links(page: str) -> Iterator[tuple[str, str]]:
    """The links into the code in the text of a page: file and quoted text."""
    yield from LINK.findall(page)
