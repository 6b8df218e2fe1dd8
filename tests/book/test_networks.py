"""The examples of networks, each in its quick form: the numbers that it prints are those of the same script on PyTorch."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from ..support.answers import answer

pytest.importorskip("sklearn", reason="the examples' extra is not installed")
pytest.importorskip("matplotlib", reason="the examples' extra is not installed")
pytest.importorskip("tqdm", reason="the examples' extra is not installed")

FOLDER = Path(__file__).parents[2] / "examples" / "networks"
SCRIPTS = sorted(path for path in FOLDER.glob("*.py") if path.stem != "digit_images")
NUMBER = re.compile(r"-?\d+\.\d+")


@pytest.fixture(autouse=True)
def found_from_anywhere(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[None]:
    monkeypatch.syspath_prepend(str(FOLDER))
    monkeypatch.chdir(tmp_path)  # where the pictures are written
    yield
    sys.modules.pop("digit_images", None)


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.stem)
def test_same_numbers_as_pytorch(script: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code = script.read_text(encoding="utf-8")
    assert code.count("import tinygrad_lite as torch") == 1
    assert len(code.splitlines()) <= 120

    def printed(T: Any) -> list[float]:
        names = {"__name__": script.stem, "__file__": str(script)}
        exec(compile(code.replace("import tinygrad_lite as", f"import {T.__name__} as"), str(script), "exec"), names)
        names["main"](["--quick"])  # type: ignore[operator]  # it is a function
        return [float(x) for x in NUMBER.findall(capsys.readouterr().out)]

    expected = answer(printed)
    found = printed(sys.modules["tinygrad_lite"])
    assert len(found) >= 2
    assert found == pytest.approx(expected, rel=2e-3, abs=2e-4)


@pytest.mark.parametrize("name", ["lenet", "vae"])
def test_there_is_a_picture(name: str, tmp_path: Path) -> None:
    script = FOLDER / f"{name}.py"
    names = {"__name__": name, "__file__": str(script)}
    exec(compile(script.read_text(encoding="utf-8"), str(script), "exec"), names)
    names["main"](["--quick", "--out", str(tmp_path / "new" / "picture.png")])  # type: ignore[operator]  # it is a function
    assert 10_000 < (tmp_path / "new" / "picture.png").stat().st_size < 700_000
