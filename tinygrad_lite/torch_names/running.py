"""`python -m tinygrad_lite script.py args…`: a script is run with this library in the place of PyTorch."""

from __future__ import annotations

import builtins
import os
import runpy
import signal
import sys
from collections.abc import Callable
from types import ModuleType, TracebackType
from typing import Any

from .finder import install_as_torch

_USAGE = """\
usage: python -m tinygrad_lite script.py [arguments]
       python -m tinygrad_lite -m module [arguments]

Run a Python script in which `import torch` means tinygrad_lite.
"""


def main(arguments: list[str]) -> None:
    """Run what the arguments say, as Python would, and leave the process as Python would leave it.

    Raises:
        SystemExit: if the script raises it, or nothing can be run.
    """
    if not arguments or arguments[0] in ("-h", "--help"):
        (sys.stdout if arguments else sys.stderr).write(_USAGE)
        raise SystemExit(0 if arguments else 2)
    run: Callable[[str], None] = _run_script
    what = arguments[0]
    if arguments[0] == "-m" and len(arguments) > 1:
        run, what = _run_module, arguments[1]
        sys.argv = arguments[1:]
    elif arguments[0].startswith("-"):
        sys.stderr.write(f"unknown option {arguments[0]}\n{_USAGE}")
        raise SystemExit(2)
    else:
        sys.argv = arguments
        if not os.path.exists(what):
            sys.stderr.write(
                f"{sys.executable}: can't open file {os.path.abspath(what)!r}: No such file or directory\n"
            )
            raise SystemExit(2)
    install_as_torch()
    try:
        run(what)
    except SystemExit:
        raise
    except BaseException as error:
        error.__traceback__ = _of_the_script(error.__traceback__)
        sys.excepthook(type(error), error, error.__traceback__)
        if isinstance(error, KeyboardInterrupt) and os.name == "posix":  # so that a shell sees an interrupt, too
            sys.stdout.flush()
            signal.signal(signal.SIGINT, signal.SIG_DFL)
            os.kill(os.getpid(), signal.SIGINT)
        raise SystemExit(1) from None


def _run_script(path: str) -> None:
    if os.path.isdir(path) or (not path.endswith(".py") and _is_zip(path)):
        runpy.run_path(path, run_name="__main__")
        return
    sys.path[0] = os.path.dirname(os.path.realpath(path))
    path = os.path.abspath(path)
    # The module stays after the script has ended: threads and exit handlers may still need it, and so do pickles.
    module: Any = ModuleType("__main__")
    module.__file__, module.__builtins__ = path, builtins
    sys.modules["__main__"] = module
    with open(path, "rb") as file:
        code = compile(file.read(), path, "exec", dont_inherit=True)
    exec(code, module.__dict__)


def _is_zip(path: str) -> bool:
    with open(path, "rb") as file:
        return file.read(4) == b"PK\3\4"


def _run_module(name: str) -> None:
    runpy.run_module(name, run_name="__main__", alter_sys=True)


def _of_the_script(traceback: TracebackType | None) -> TracebackType | None:
    """The traceback without the frames of this file and of `runpy`, with which it begins."""
    while traceback is not None and _is_ours(traceback.tb_frame.f_code.co_filename):
        traceback = traceback.tb_next
    return traceback


def _is_ours(path: str) -> bool:
    return path == __file__ or "runpy" in os.path.basename(path)
