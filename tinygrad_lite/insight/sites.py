"""Places in the user's code: the line that called an operation, and the module whose `forward` was running."""

from __future__ import annotations

import linecache
import os
import sys
import weakref
from dataclasses import dataclass
from pathlib import Path
from types import CodeType, FrameType
from typing import Any

PACKAGE = str(Path(__file__).parents[1]) + os.sep


@dataclass(frozen=True)
class Site:
    """A line of source code, and the layer that it was run for."""

    file: str
    line: int
    text: str
    layer: str = ""

    @property
    def place(self) -> str:
        """The file and the line: `net.py:9`."""
        return f"{self.file}:{self.line}" if self.line else self.file

    def __str__(self) -> str:
        return self.place + (f", in {self.layer}" if self.layer else "") + (f":  {self.text}" if self.text else "")


class Layers:
    """The names of layers: the path of a module from the model that was called, and its class, `"0.fc1 (Linear)"`.

    Args:
        model: the module from which paths are counted; by default the outermost one whose `forward` is running.

    Attributes:
        counted_from: a weak reference to the module from which the path of the last name was counted; None without.
    """

    def __init__(self, model: Any = None) -> None:
        self.model = model
        self.counted_from: weakref.ref[Any] | None = None
        self._names: weakref.WeakKeyDictionary[Any, dict[int, str]] = weakref.WeakKeyDictionary()

    def name(self, running: list[Any]) -> str:
        """The name of the innermost of the modules that are running, which are given from the innermost outwards."""
        model = self.model if self.model is not None else running[-1] if running else None
        self.counted_from = None if model is None else weakref.ref(model)
        if self.model is not None:
            known = self._named(self.model)
            return next((known[id(module)] for module in running if id(module) in known), "")
        return self._named(running[-1]).get(id(running[0]), type(running[0]).__name__) if running else ""

    def _named(self, model: Any) -> dict[int, str]:
        if model not in self._names:
            self._names[model] = {
                id(module): f"{path} ({type(module).__name__})" if path else type(module).__name__
                for path, module in model.named_modules()
            }
        return self._names[model]


def calling_site(layers: Layers, limit: int = 200, until: CodeType | None = None) -> Site | None:
    """The innermost line outside of this package that is being run; None if there is none.

    Args:
        layers: names the module whose `forward` is running.
        limit: how many frames are looked through for modules.
        until: the code of a function of this package; its callers are not looked at.
    """
    frame: FrameType | None = sys._getframe(1)
    running: list[Any] = []
    found: FrameType | None = None
    while frame is not None and limit:
        code = frame.f_code
        if code is until:
            break
        if code.co_name == "forward" and code.co_argcount:
            module = frame.f_locals.get(code.co_varnames[0])
            if hasattr(module, "named_modules"):
                running.append(module)
        if found is None and not code.co_filename.startswith(PACKAGE):
            found = frame
        frame = frame.f_back
        limit -= 1
    layer = layers.name(running)
    if found is None:
        return Site("layer " + layer, 0, "") if layer else None
    file, line = found.f_code.co_filename, found.f_lineno
    return Site(shortest(file), line, linecache.getline(file, line).strip(), layer)


def shortest(file: str) -> str:
    """The path of a file as it is, or from the current directory if that is shorter; a notebook's cell is `In[3]`."""
    if (cell := _cell(file)) is not None:
        return cell
    try:
        relative = os.path.relpath(file)
    except ValueError:  # another drive
        return file
    return relative if len(relative) < len(file) and not relative.startswith("..") else file


def _cell(file: str) -> str | None:
    """The number of a cell of a notebook, as IPython's own tracebacks give it: its file has a name without meaning."""
    ipython: Any = sys.modules.get("IPython")
    compiler: Any = getattr(ipython.get_ipython(), "compile", None) if hasattr(ipython, "get_ipython") else None
    named = compiler.format_code_name(file) if hasattr(compiler, "format_code_name") else None
    return named[1] if named is not None else None
