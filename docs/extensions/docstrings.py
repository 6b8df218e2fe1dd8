"""Turns docstrings, which are plain text with sections and examples, into reStructuredText.

What reStructuredText would take for markup (`*`, `|`, `_`) is escaped; `` `x` `` becomes a literal; what is indented
is a formula, and becomes a block; `Args:`, `Returns:` and `Raises:` become field lists; examples stay as they are.
"""

from __future__ import annotations

import re
import textwrap
from collections.abc import Callable, Iterator

SECTION = re.compile(r"(Args|Returns|Raises|Attributes|Yields):(?: (.*))?$")
ENTRY = re.compile(r"([A-Za-z_*][\w.*, ()]*?): (.*)$")
LABEL = re.compile(r"[A-Z][a-zA-Z]+(?: [a-z]+){0,4}: ")
FIELD = {"Args": "Parameters", "Raises": "Raises", "Returns": "Returns", "Attributes": "Attributes", "Yields": "Yields"}


def to_rest(text: str) -> str:
    """A docstring, dedented, as reStructuredText."""
    return "\n\n".join(_blocks(text.strip().split("\n")))


def inline(text: str) -> str:
    """A line of prose with its markup escaped, and `` `code` `` as a literal."""
    parts = re.split(r"(``[^`]+``|`[^`]+`)", text)
    return "".join(f"``{part.strip('`')}``\\ " if i % 2 else _escaped(part) for i, part in enumerate(parts)).strip()


def _escaped(text: str) -> str:
    return re.sub(r"([\\*|_`])", r"\\\1", text)


def _blocks(lines: list[str]) -> Iterator[str]:
    i = 0
    while i < len(lines):
        line = lines[i]
        if not line.strip():
            i += 1
        elif line.startswith(">>>"):
            end = _until(lines, i, lambda text: not text.strip())
            yield ".. code-block:: pycon\n\n" + textwrap.indent("\n".join(lines[i:end]), "   ")
            i = end
        elif line.startswith("    "):
            end = _until(lines, i, lambda text: bool(text.strip()) and not text.startswith("    "))
            block = textwrap.dedent("\n".join(lines[i:end])).rstrip()
            language = "pycon" if block.startswith(">>>") else "text"
            yield f".. code-block:: {language}\n\n" + textwrap.indent(block, "   ")
            i = end
        elif section := SECTION.match(line):
            end = _until(lines, i + 1, lambda text: bool(text.strip()) and not text.startswith("    "))
            yield _section(section[1], section[2] or "", textwrap.dedent("\n".join(lines[i + 1 : end])).strip())
            i = end
        elif re.match(r"[-•] |\d+\. ", line):
            end = _until(lines, i, lambda text: not text.strip())
            items = re.split(r"\n(?=[-•] |\d+\. )", "\n".join(lines[i:end]))
            yield "\n".join("- " + inline(" ".join(re.sub(r"^([-•]|\d+\.) ", "", item).split())) for item in items)
            i = end
        else:
            end = _until(lines, i + 1, _ends_paragraph)
            yield inline(" ".join(lines[i:end]))
            i = end


def _until(lines: list[str], start: int, stops: Callable[[str], bool]) -> int:
    return next((i for i in range(start, len(lines)) if stops(lines[i])), len(lines))


def _ends_paragraph(text: str) -> bool:
    return not text.strip() or text.startswith(("    ", ">>>")) or bool(SECTION.match(text) or LABEL.match(text))


def _section(name: str, first: str, body: str) -> str:
    """A field with its entries, each of which may have several lines."""
    entries = [entry.replace("\n", " ") for entry in re.split(r"\n(?=\S)", body)] if body else []
    found = [match.groups() for entry in entries if (match := ENTRY.match(entry))]
    if name in ("Args", "Raises", "Attributes") and len(found) == len(entries):
        items = []
        for names, text in found:
            literals = ", ".join(f"``{each.strip()}``" for each in names.split(", "))
            items.append(f"   - {literals}: {inline(' '.join(text.split()))}")
        return f":{FIELD[name]}:\n\n" + "\n".join(items)
    return f":{FIELD[name]}: " + inline(" ".join([first, *" ".join(entries).split()]))
