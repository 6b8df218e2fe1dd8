"""`python -m tinygrad_lite script.py` is to the script as `python script.py`, with this library in PyTorch's place."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

SCRIPTS = Path(__file__).parent / "scripts"
ROOT = Path(__file__).parents[2]


def run(*arguments: str, folder: Path, ours: bool = True) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, *(["-m", "tinygrad_lite"] if ours else []), *arguments]
    paths = os.pathsep.join(filter(None, [str(ROOT), os.environ.get("PYTHONPATH", "")]))
    environment = {**os.environ, "PYTHONPATH": paths}
    return subprocess.run(command, capture_output=True, text=True, check=False, cwd=folder, env=environment)


def as_python_does(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """What is printed and returned, which is the same without this library."""
    ours, pythons = (run(*arguments, folder=folder, ours=ours) for ours in (True, False))
    assert (ours.stdout, ours.stderr, ours.returncode) == (pythons.stdout, pythons.stderr, pythons.returncode)
    return ours


SEEN = """
import os, pickle, sys
class A: pass
print(sys.argv, os.path.realpath(sys.path[0]), __name__, os.path.basename(__file__), __doc__)
print(sys.modules["__main__"].A is A, type(pickle.loads(pickle.dumps(A()))) is A)
import beside
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "inner").mkdir()
    (tmp_path / "inner/beside.py").write_text("print('beside')")
    (tmp_path / "beside.py").write_text("print('not this one')")
    (tmp_path / "inner/script.py").write_text(SEEN)
    (tmp_path / "module.py").write_text(SEEN)
    return tmp_path


def test_arguments_path_and_main(folder: Path) -> None:
    assert "['inner/script.py', 'a', '-b']" in as_python_does(folder, "inner/script.py", "a", "-b").stdout


def test_a_module(folder: Path) -> None:
    found = as_python_does(folder, "-m", "module", "a")
    assert "'a']" in found.stdout
    assert "not this one" in found.stdout


def test_a_folder(folder: Path) -> None:
    (folder / "inner/__main__.py").write_text("import sys\nprint(sys.argv)\nimport beside")
    assert as_python_does(folder, "inner", "a").stdout == "['inner', 'a']\nbeside\n"


@pytest.mark.parametrize(
    ("script", "status"),
    [
        ("raise SystemExit(3)", 3),
        ("import sys; sys.exit('a message')", 1),
        ("import sys; sys.exit()", 0),
        ("def f():\n    raise ValueError('é')\n\n\nf()", 1),
        ("try:\n    1 / 0\nexcept ZeroDivisionError:\n    {}['a']", 1),
        ("1 +", 1),
        ("import module_that_is_not_there", 1),
        ("import atexit\nx = 3\natexit.register(lambda: print(x))", 0),
        ("import threading, time\nthreading.Thread(target=lambda: (time.sleep(0.1), print('late'))).start()", 0),
        ("# -*- coding: latin-1 -*-\nprint('a')", 0),
        ("from __future__ import annotations\ndef f(x: nothing): pass\nprint(f.__annotations__)", 0),
        ("print(__builtins__.__name__, __file__, __name__)", 0),
        ("def f(x: int): pass\nprint(f.__annotations__)", 0),
    ],
)
def test_the_exit_status_is_pythons(script: str, status: int, tmp_path: Path) -> None:
    (tmp_path / "x.py").write_text(script, encoding="latin-1" if "latin" in script else "utf-8")
    assert as_python_does(tmp_path, "x.py").returncode == status


@pytest.mark.skipif(os.name != "posix", reason="signals as POSIX has them")
def test_an_interrupt(tmp_path: Path) -> None:
    (tmp_path / "x.py").write_text("print('begun', flush=True)\nraise KeyboardInterrupt")
    found = as_python_does(tmp_path, "x.py")
    assert found.returncode == -signal.SIGINT


def test_errors_in_the_library_show_the_library_but_not_how_the_script_was_run(tmp_path: Path) -> None:
    (tmp_path / "x.py").write_text("import torch\ntorch.ones(2) @ torch.ones(3)")
    shown = run("x.py", folder=tmp_path).stderr.splitlines()
    assert shown[0] == "Traceback (most recent call last):"
    assert 'x.py", line 2, in <module>' in shown[1]
    assert "running.py" not in "\n".join(shown)


@pytest.mark.parametrize(
    ("arguments", "status", "message"),
    [
        ([], 2, "usage: python -m tinygrad_lite script.py"),
        (["-h"], 0, ""),
        (["-x"], 2, "unknown option -x"),
        (["-m"], 2, "unknown option -m"),
        (["nothing.py"], 2, "can't open file"),
    ],
)
def test_what_cannot_be_run(arguments: list[str], status: int, message: str, tmp_path: Path) -> None:
    found = run(*arguments, folder=tmp_path)
    assert (found.returncode, message in found.stderr) == (status, True)


# What PyTorch 2.13 prints, on the CPU.
PRINTED = {
    "classifier.py": """\
loss 0.345, 32 of 40 right, lr [0.0075] ['--epochs', '2']
Net(
  (layers): Sequential(
    (0): Linear(in_features=2, out_features=16, bias=True)
    (1): BatchNorm1d(16, eps=1e-05, momentum=0.1, affine=True, bias=True, track_running_stats=True)
    (2): ReLU(inplace=True)
    (3): Linear(in_features=16, out_features=2, bias=True)
  )
)
""",
    "own_function.py": "99 209.96 True\n199 144.66 True\n299 100.70 True\n",
    "regression.py": "loss 0.055\n+6.89 -1.37 -10.50 +2.74 -5.45\n",
}


@pytest.mark.parametrize("name", sorted(PRINTED))
def test_scripts_print_what_they_print_with_pytorch(name: str, tmp_path: Path) -> None:
    found = run(str(SCRIPTS / name), "--epochs", "2", folder=tmp_path)
    assert not found.returncode, found.stderr
    assert found.stdout == PRINTED[name]


@pytest.mark.parametrize("name", sorted(PRINTED))
def test_what_is_expected_is_what_pytorch_prints(name: str, tmp_path: Path) -> None:
    pytest.importorskip("torch")
    assert run(str(SCRIPTS / name), "--epochs", "2", folder=tmp_path, ours=False).stdout == PRINTED[name]
