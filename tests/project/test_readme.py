"""The README says what is so."""

from __future__ import annotations

import re
import runpy
from pathlib import Path

import pytest

import tinygrad_lite as tl

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")


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


def test_the_site_begins_with_the_same_model() -> None:
    assert code_blocks("python")[0] in (ROOT / "docs" / "index.md").read_text(encoding="utf-8")


def test_the_planted_bug_is_reported_as_shown(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    _, code, *_ = code_blocks("python")
    report, *_ = code_blocks("text")
    monkeypatch.chdir(tmp_path)
    Path("layer.py").write_text(code, encoding="utf-8")
    runpy.run_path("layer.py")
    shown = capsys.readouterr().out
    number = r"\d+(?:\.\d+)?(?:e[+-]\d+)?"
    assert re.split(number, shown) == re.split(number, report)
    for mine, theirs in zip(re.findall(number, shown), re.findall(number, report), strict=True):
        assert float(mine) == pytest.approx(float(theirs), rel=1e-4, abs=1e-6)  # errors are of rounding


def test_the_backward_pass_is_explained_and_drawn_as_shown(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    code = code_blocks("python")[2]
    monkeypatch.chdir(tmp_path)
    Path("net.py").write_text(code, encoding="utf-8")
    found = runpy.run_path("net.py")
    line_numbers = re.compile(r"(ops/\S+\.py):\d+")  # of this library; those of net.py are compared
    shown = line_numbers.sub(r"\1", capsys.readouterr().out.strip())
    assert shown == line_numbers.sub(r"\1", code_blocks("text")[1].strip())
    picture = (ROOT / "docs" / "pictures" / "network.svg").read_text(encoding="utf-8")
    assert str(tl.insight.draw(found["loss"], model=found["model"])) == picture


def test_the_program_is_the_one_shown(capsys: pytest.CaptureFixture[str]) -> None:
    *_, code = code_blocks("python")
    exec(compile(code, "README.md", "exec"), {})
    assert capsys.readouterr().out.strip() == code_blocks("text")[-1].strip()


def test_the_two_commands_are_single_lines() -> None:
    commands = [block.strip() for block in code_blocks("sh")]
    assert len(commands) == 2
    assert all("\n" not in command for command in commands)


def test_the_derivatives_that_the_architecture_shows_are_those_of_the_table() -> None:
    text = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    table = (ROOT / "tinygrad_lite" / "ops" / "elementwise.py").read_text(encoding="utf-8")
    (shown,) = re.findall(r"```python\n(.*?)```", text, flags=re.DOTALL)
    parts = re.split(r"\n\n\n(?=@)", shown.strip())
    assert len(parts) == 2
    assert all(part in table for part in parts)


PAGES = ["README.md", *sorted(path.relative_to(ROOT).as_posix() for path in (ROOT / "docs").glob("*.md"))]


@pytest.mark.parametrize("page", PAGES)
def test_paths_and_links_lead_somewhere(page: str) -> None:
    text = (ROOT / page).read_text(encoding="utf-8")
    links = re.findall(r"\]\((?!http)([^)#]+)", text)
    lost = [link for link in links if not (ROOT / page).parent.joinpath(link).exists()]
    paths = re.findall(r"`((?:[\w.]+/)*[\w.]+(?:\.py|/))`", text)
    lost += [path for path in paths if not any((ROOT / start / path).exists() for start in ("", "tinygrad_lite"))]
    assert not [path for path in lost if path.rpartition("/")[2] not in names()]


def names() -> set[str]:
    """The names of the files in core/ and of the backends, which the text calls by them alone."""
    folders = [ROOT / "tinygrad_lite" / folder for folder in ("core", "compiler/backends")]
    return {path.name for folder in folders for path in folder.glob("*.py")} | {"elementwise.py"}


def test_the_engine_has_as_many_lines_as_the_readme_says() -> None:
    found = re.search(r"five files of (\d+) lines", README)
    assert found is not None
    files = ("primitive", "edge", "modes", "graph", "tensor")
    texts = [(ROOT / "tinygrad_lite" / "core" / f"{name}.py").read_text(encoding="utf-8") for name in files]
    assert int(found[1]) == sum(len(text.splitlines()) for text in texts)
