"""Machine code of Python text by Numba, kept on disk: the second process that needs the same function finds it there.

The text of each function is a file in a folder of the user's cache, beside which Numba keeps what it compiled.
"""

from __future__ import annotations

import contextlib
import functools
import hashlib
import importlib.util
import math
import shutil
import sys
import threading
import time
import types
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from ...runtime.atomic_files import replacing
from ...runtime.cache_folder import cache_folder
from ...runtime.optional import require
from . import elements, memory_access

Function = Callable[..., Any]

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


def numba() -> Any:
    """The package numba.

    Raises:
        ImportError: if it is not installed. The message names the extra that brings it.
    """
    return require("numba", "numba")


def machine_code(text: str, functions: Mapping[str, Function], inner: Sequence[str] = ()) -> Any:
    """The function `kernel` of a text, as machine code that is made when it is first called.

    Args:
        functions: the functions that the text calls beside NumPy's and those of an element.
        inner: the names of functions in the text that the kernel calls.
    """
    forms = "\n".join(f"# {name}: {_digest(_source(function))}" for name, function in sorted(functions.items()))
    whole = f"{HEADER}{text}\n{forms}\n# {_digest(_source(elements) + _source(memory_access))}"
    with _lock:
        found = _loaded.get(whole)
        if found is None:
            found = _loaded[whole] = _compiled(whole, functions, inner)
        return found


def forget() -> None:
    """Forget what this process has loaded. What is on disk stays."""
    _loaded.clear()


_loaded: dict[str, Any] = {}
_lock = threading.RLock()


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:24]


def _source(thing: Any) -> str:
    module = thing if isinstance(thing, types.ModuleType) else sys.modules[thing.__module__]
    return Path(str(module.__file__)).read_text(encoding="utf-8")


def _compiled(text: str, functions: Mapping[str, Function], inner: Sequence[str]) -> Any:
    names = {"np": np, "math": math, **_elements(), **{name: _inner(function) for name, function in functions.items()}}
    name = f"kernel_{_digest(text + numba().__version__)}"
    path = cache_folder() / f"{name}.py"
    cached = True
    try:
        if not path.exists() or path.read_text(encoding="utf-8") != text:
            path.parent.mkdir(parents=True, exist_ok=True)
            with replacing(path) as file:
                file.write(text.encode())
        spec = importlib.util.spec_from_file_location(name, path)
        module = importlib.util.module_from_spec(spec)  # type: ignore[arg-type]
        sys.modules[name] = module  # Numba looks for the function's module by its name
        spec.loader.exec_module(module)  # type: ignore[union-attr]
        kernel = module.kernel
        kernel.__globals__.update(names)
    except OSError:  # there is no folder that can be written to
        cached = False
        exec(compile(text, f"<{name}>", "exec"), names)
        kernel = names["kernel"]
    for each in inner:
        kernel.__globals__[each] = _inner(kernel.__globals__[each])
    return numba().njit(kernel, cache=cached, error_model="numpy")


@functools.cache
def _elements() -> dict[str, Any]:
    """The functions of `elements.py`, as machine code that becomes part of what calls it."""
    jit = functools.partial(numba().njit, error_model="numpy")
    exponential = jit(elements.exponential)
    fast = {name: _with(getattr(elements, name), exponential=exponential) for name in ("exp32", "tanh32")}
    return {
        **memory_access.functions(),
        **{name: jit(function) for name, function in fast.items()},
        # Of a sum of many numbers the order is free, and nothing else is: NaN, inf and -0 stay as they are.
        "added": jit(elements.added, fastmath={"reassoc"}),
    }


def _with(function: Any, **names: Any) -> Function:
    """The same text, with other things under some of its names."""
    return types.FunctionType(function.__code__, {**function.__globals__, **names}, function.__name__)


@functools.cache
def _inner(function: Function) -> Any:
    return numba().njit(_with(function, **_elements()), error_model="numpy")


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
