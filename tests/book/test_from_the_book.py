"""The page for readers of the book: its code runs, and prints what the page says."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

import tinygrad_lite as tl

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "from_the_book.md").read_text(encoding="utf-8")


def test_the_code_runs_from_top_to_bottom_and_prints_what_is_shown(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    blocks = re.findall(r"```python\n(.*?)```\n\n```text\n(.*?)```", PAGE, flags=re.DOTALL)
    assert len(blocks) == len(re.findall("```python", PAGE)) >= 5
    scope: dict[str, Any] = {}
    for number, (code, shown) in enumerate(blocks):
        exec(compile(code, f"block {number}", "exec"), scope)
        assert capsys.readouterr().out == shown


def test_every_name_on_the_page_exists() -> None:
    for name in re.findall(r"`((?:optim|nn|autograd|datasets)(?:\.\w+)+)", PAGE):
        found: Any = tl
        for part in name.split("."):
            found = getattr(found, part)


def test_the_readme_links_the_page() -> None:
    assert "](docs/from_the_book.md)" in (ROOT / "README.md").read_text(encoding="utf-8")
