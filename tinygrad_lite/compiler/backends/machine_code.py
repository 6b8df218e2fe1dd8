"""Machine code of Python text by Numba, kept on disk: the second process that needs the same function finds it there.

Of each function the object code, and for readers the text, are files in a folder of the user's cache.
"""

from __future__ import annotations

import contextlib
import functools
import hashlib
import importlib.metadata
import shutil
import sys
import threading
import time
import types
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from ...runtime.atomic_files import replacing
from ...runtime.cache_folder import cache_folder
from ...runtime.optional import require, require_installed
from . import elements, memory_access, numba_compiler, object_access, object_code
from .numba_compiler import ObjectCode
from .object_code import Function

PATIENCE = 2.0
"""Seconds of compiling after which a terminal is told."""

HEADER = "import math\n\nimport numpy as np\n\n\n"


def clear_cache() -> None:
    """Delete the machine code that is kept on disk. Programs that are running keep theirs.

    The folder is named by `show_config()`; the environment variable `TINYGRAD_LITE_CACHE` chooses another.

    Raises:
        Nothing: files that cannot be deleted stay.

    >>> import os, tempfile
    >>> from unittest import mock
    >>> import tinygrad_lite as tl
    >>> with tempfile.TemporaryDirectory() as folder, mock.patch.dict(os.environ, TINYGRAD_LITE_CACHE=folder):
    ...     os.mkdir(os.path.join(folder, "numba"))
    ...     tl.compiler.clear_cache()
    ...     os.listdir(folder)
    []
    """
    shutil.rmtree(cache_folder(), ignore_errors=True)


def check_installed() -> None:
    """See whether Numba is there, without importing it: what is on disk does not need it.

    Raises:
        ImportError: if it is not installed. The message names the extra that brings it.
    """
    require_installed("numba", "numba")


def machine_code(text: str, functions: Mapping[str, Callable[..., Any]], inner: Sequence[str] = ()) -> Function:
    """The function `kernel` of a text as machine code, from disk or compiled. It is given objects, one by one.

    Args:
        functions: the functions that the text calls beside NumPy's and those of an element.
        inner: the names of functions in the text that the kernel calls.
    """
    forms = "\n".join(f"# {name}: {_digest(_source(function))}" for name, function in sorted(functions.items()))
    whole = f"{HEADER}{text}\n{forms}\n"
    with _lock:
        found = _loaded.get(whole)
        if found is None:
            found = _loaded[whole] = _kept_or_compiled(whole, functions, inner)
        return found


def forget() -> None:
    """Forget what this process has loaded. What is on disk stays."""
    _loaded.clear()


_loaded: dict[str, Function] = {}
_lock = threading.RLock()


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:24]


def _source(thing: Any) -> str:
    module = thing if isinstance(thing, types.ModuleType) else sys.modules[thing.__module__]
    return Path(str(module.__file__)).read_text(encoding="utf-8")


@functools.cache
def _surroundings() -> str:
    """All on which the object code of a text depends."""
    ours = "".join(map(_source, (elements, memory_access, object_access, numba_compiler)))
    return f"{importlib.metadata.version('numba')} {memory_access.HEADER} {object_code.host()} {_digest(ours)}"


def _kept_or_compiled(text: str, functions: Mapping[str, Callable[..., Any]], inner: Sequence[str]) -> Function:
    name = f"kernel_{_digest(text + _surroundings())}"
    path = cache_folder() / f"{name}.o"
    kept = _read(path)
    if kept is not None:
        return object_code.load(kept.code, name)
    made = numba_compiler.compiled(text, str(path.with_suffix(".py")), name, functions, inner)
    if missing := object_code.absent(made.symbols):
        raise ImportError(f"this process does not have {', '.join(missing)}")
    _write(path, made, text)
    return object_code.load(made.code, name)


def _write(path: Path, made: ObjectCode, text: str) -> None:
    """Keep object code, with the text for readers beside it, where there is a folder that can be written to."""
    content = " ".join(made.symbols).encode() + b"\n" + made.code
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        for at, what in ((path.with_suffix(".py"), text.encode()), (path, _checksum(content) + content)):
            with replacing(at) as file:
                file.write(what)
    except OSError:
        pass


def _read(path: Path) -> ObjectCode | None:
    """The object code of a file; None if there is none that is whole, or something that it calls is not there."""
    try:
        whole = path.read_bytes()
    except OSError:
        return None
    checksum, content = whole[: len(_checksum(b""))], whole[len(_checksum(b"")) :]
    if checksum != _checksum(content):
        return None
    names, _, code = content.partition(b"\n")
    symbols = names.decode().split()
    if object_code.absent(symbols):
        require("numba", "numba")  # it brings functions of its own
        if object_code.absent(symbols):
            return None
    return ObjectCode(code, symbols)


def _checksum(content: bytes) -> bytes:
    return hashlib.sha256(content).digest()


@contextlib.contextmanager
def progress(name: str) -> Iterator[None]:
    """Tell a terminal when what is done takes longer than two seconds."""
    if not sys.stderr.isatty():
        yield
        return
    began = time.perf_counter()
    told = threading.Timer(PATIENCE, lambda: print(f"compiling {name} …", end="", file=sys.stderr, flush=True))
    told.start()
    try:
        yield
    finally:
        told.cancel()
        seconds = time.perf_counter() - began
        if seconds > PATIENCE:
            print(f" {seconds:.1f} s", file=sys.stderr)
