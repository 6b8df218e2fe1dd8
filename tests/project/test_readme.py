"""The README says what is so."""

from __future__ import annotations

import re
import runpy
from pathlib import Path

import pytest

import tinygrad_lite as tl

README = Path(__file__).parents[2].joinpath("README.md").read_text(encoding="utf-8")


def code_blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", README, flags=re.DOTALL)


def test_first_model_runs_as_written_and_learns(capsys: pytest.CaptureFixture[str]) -> None:
    code, *_ = code_blocks("python")
    assert len(code.strip().splitlines()) <= 12
    tl.manual_seed(0)
    exec(compile(code, "README.md", "exec"), {})
    accuracy = re.fullmatch(r"loss [\d.]+, accuracy ([\d.]+)%\n", capsys.readouterr().out)
    assert accuracy is not None
    assert float(accuracy[1]) > 95


def test_the_planted_bug_is_reported_as_shown(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    _, code, _ = code_blocks("python")
    report, _ = code_blocks("text")
    monkeypatch.chdir(tmp_path)
    Path("layer.py").write_text(code, encoding="utf-8")
    runpy.run_path("layer.py")
    shown = capsys.readouterr().out
    number = r"\d+(?:\.\d+)?(?:e[+-]\d+)?"
    assert re.split(number, shown) == re.split(number, report)
    for mine, theirs in zip(re.findall(number, shown), re.findall(number, report), strict=True):
        assert float(mine) == pytest.approx(float(theirs), rel=1e-4, abs=1e-6)  # errors are of rounding


def test_the_program_is_the_one_shown(capsys: pytest.CaptureFixture[str]) -> None:
    *_, code = code_blocks("python")
    exec(compile(code, "README.md", "exec"), {})
    assert capsys.readouterr().out.strip() == code_blocks("text")[1].strip()


def test_the_two_commands_are_single_lines() -> None:
    commands = [block.strip() for block in code_blocks("sh")]
    assert len(commands) == 2
    assert all("\n" not in command for command in commands)
