"""Write into the README what its examples print today, and how long the engine is, and draw its picture anew.

    python tests/project/make_readme.py

The tests compare all of this but the numbers of this library's lines, which move with every change above them.
"""

from __future__ import annotations

import contextlib
import io
import os
import re
import runpy
import tempfile
from pathlib import Path
from typing import Any

import tinygrad_lite as tl

ROOT = Path(__file__).parents[2]
EXPLAINED, PROGRAM = (2, 1), (3, 2)
"""The places of an example among the README's blocks of Python, and of what it prints among its blocks of text."""


def run(code: str) -> tuple[str, dict[str, Any]]:
    """What an example prints as a file `net.py`, and its variables."""
    shown, before = io.StringIO(), Path.cwd()
    with tempfile.TemporaryDirectory() as folder, contextlib.redirect_stdout(shown):
        os.chdir(folder)
        try:
            Path("net.py").write_text(code, encoding="utf-8")
            names = runpy.run_path("net.py")
        finally:
            os.chdir(before)
    return shown.getvalue().strip() + "\n", names


def made_anew(readme: str) -> tuple[str, str]:
    """The README with what its examples print, and the picture."""
    code = re.findall(r"```python\n(.*?)```", readme, flags=re.DOTALL)
    texts = list(re.finditer(r"```text\n(.*?)```", readme, flags=re.DOTALL))
    picture = ""
    for example, text in reversed((EXPLAINED, PROGRAM)):  # from the end, so that places before it stay
        printed, names = run(code[example])
        readme = readme[: texts[text].start(1)] + printed + readme[texts[text].end(1) :]
        if "loss" in names and isinstance(names["loss"], tl.Tensor):
            picture = str(tl.insight.draw(names["loss"]))
    engine = [ROOT / "tinygrad_lite" / "core" / f"{name}.py" for name in "primitive edge modes graph tensor".split()]
    lines = sum(len(file.read_text(encoding="utf-8").splitlines()) for file in engine)
    return re.sub(r"five files of \d+ lines", f"five files of {lines} lines", readme), picture


if __name__ == "__main__":
    file = ROOT / "README.md"
    readme, picture = made_anew(file.read_text(encoding="utf-8"))
    file.write_text(readme, encoding="utf-8")
    (ROOT / "docs" / "pictures" / "network.svg").write_text(picture, encoding="utf-8")
