"""The scripts of examples/pytorch_style print the same numbers under both libraries, but for the import line."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

SCRIPTS = sorted((Path(__file__).parents[2] / "examples" / "pytorch_style").glob("*.py"))


def printed(script: Path, library: str, capsys: pytest.CaptureFixture[str]) -> str:
    code = script.read_text(encoding="utf-8")
    assert code.count("import tinygrad_lite as torch") == 1
    code = code.replace("import tinygrad_lite as torch", f"import {library} as torch")
    exec(compile(code, script.name, "exec"), {"__name__": "__main__"})
    return capsys.readouterr().out


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.stem)
def test_same_numbers(script: Path, capsys: pytest.CaptureFixture[str]) -> None:
    pytest.importorskip("torch")
    number = re.compile(r"-?\d+\.\d+(?:e-?\d+)?")
    ours, theirs = (printed(script, library, capsys) for library in ("tinygrad_lite", "torch"))
    assert number.sub("#", ours) == number.sub("#", theirs)
    found = [[float(x) for x in number.findall(text)] for text in (ours, theirs)]
    assert len(found[0]) > 5
    assert found[0] == pytest.approx(found[1], rel=1e-3, abs=1e-4)
