"""Making a failing program small, and printing it as code that can be pasted."""

from __future__ import annotations

import re
from collections.abc import Callable

from .programs import Lines
from .statements import PRELUDE

Fails = Callable[[Lines], bool]


def shrunk(lines: Lines, fails: Fails) -> Lines:
    """The shortest program found by leaving out lines and simplifying what is left, that still fails."""
    while True:
        smaller = _simpler(_fewer(lines, fails), fails)
        if smaller == lines:
            return lines
        lines = smaller


def _fewer(lines: Lines, fails: Fails) -> Lines:
    width = max(len(lines) // 2, 1)
    while True:
        at = len(lines) - width
        while at >= 0:
            tried = lines[:at] + lines[at + width :]
            if fails(tried):
                lines = tried
            at -= width
        if width == 1:
            return lines
        width //= 2


def _simpler(lines: Lines, fails: Fails) -> Lines:
    """Each line, if it can be, in a simpler form."""
    for i in range(len(lines)):
        for form in _simpler_forms(lines[i], lines[:i]):
            tried = [*lines[:i], form, *lines[i + 1 :]]
            if fails(tried):
                lines = tried
                break
    return lines


def _simpler_forms(line: str, before: Lines) -> list[str]:
    forms = []
    if line.startswith("with "):
        forms.append(line.partition(": ")[2])
    target, _, value = line.partition(" = ")
    names = re.findall(r"v\d+", value if value else line)
    if value and not value.startswith("T.tensor("):
        forms += [f"{target} = {n}" for n in dict.fromkeys(names)]
    if value.startswith("T.tensor("):
        end = value[value.rindex("]") + 1 :] if "]" in value else value[value.index(",") :]
        smaller = ("1.0", "[1.0]", "[1.0, 2.0]", "[[1.0, 2.0], [3.0, 4.0]]", "[[1.0], [2.0]]", "[[1.0, 2.0]]")
        forms += [
            f"{target} = T.tensor({numbers}{end}" for numbers in smaller if len(numbers) < len(value) - len(end) - 9
        ]
        forms += [line.replace("float32", "float64")] if "float32" in line else []
    for option in (", retain_graph=True", "retain_graph=True", ", create_graph=True", ", allow_unused=True"):
        if option in line:
            forms.append(line.replace(option, "").replace("(, ", "("))
    earlier = dict.fromkeys(n for text in before for n in re.findall(r"v\d+", text))
    head = f"{target} = " if value else ""
    rest = value or line
    for n in dict.fromkeys(names):
        forms += [head + re.sub(rf"\b{n}\b", other, rest) for other in earlier if other != n and other < n]
    return [f for f in forms if len(f) <= len(line) and f != line]


def pasted(lines: Lines, prelude: bool = True) -> str:
    """The program as a script for either library."""
    text = "\n".join(lines)
    needed = [
        part for part in re.split(r"\n(?=class )", PRELUDE)[1:] if re.search(rf"\b{part[6:].split('(')[0]}\b", text)
    ]
    names = "F = T.nn.functional\n" * ("F." in text) + "seen = []\n" * ("seen" in text)
    head = "import tinygrad_lite as T  # or torch\n" + names + "".join(f"\n{p.rstrip()}\n" for p in needed)
    return (head if prelude else "") + text
