"""Reads pickles of objects that are not data, such as a whole model, by Python's own unpickler: it can run any code."""

from __future__ import annotations

import importlib
import io
import pickle
import sys
from collections.abc import Callable
from typing import Any

from .object_parts import resolved
from .torch_files import named

_PACKAGE = __name__.partition(".")[0]


class TrustingReader(pickle.Unpickler):
    """Reads a pickle from a source that is trusted. What it names of PyTorch is what this library has of that name.

    Args:
        content: the bytes in which it is.
        position: where it begins.
        stored: what a persistent id stands for.
    """

    def __init__(self, content: bytes, position: int, stored: Callable[[Any], Any]) -> None:
        self._file = io.BytesIO(content)
        self._file.seek(position)
        self._stored = stored
        super().__init__(self._file)

    @property
    def position(self) -> int:
        """The position in the file up to which it has read."""
        return self._file.tell()

    def persistent_load(self, pid: Any) -> Any:
        """The memory of a Tensor; or a class, which files before PyTorch 1.6 save with its source."""
        return pid[1] if isinstance(pid, tuple) and pid[0] == "module" else self._stored(pid)

    def find_class(self, module: str, name: str) -> Any:
        """Return the class or function of a name.

        Raises:
            AttributeError, ImportError: if there is nothing.
        """
        if module == "torch" or module.startswith("torch."):
            if (known := named(f"{module}.{name}")) is not None:
                return known
            module = _PACKAGE + module.removeprefix("torch")
        if "." not in name:
            return super().find_class(module, name)
        importlib.import_module(module)
        if (found := resolved(module, name)) is None:
            raise AttributeError(f"Can't get attribute {name!r} on {sys.modules[module]!r}")
        return found
