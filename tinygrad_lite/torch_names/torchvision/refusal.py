"""The error for what torchvision has and its stand-in has not."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ..finder import STAND_IN


def refuse(module: str) -> Callable[[str], Any]:
    """A module's `__getattr__`, which raises for every name that the module does not have.

    A module that has a `__path__`, be it an empty one, is asked for submodules of the name as well. That is how the
    finder can say the same for `from torchvision.transforms import Resize`.
    """

    def missing(name: str) -> Any:
        raise AttributeError(f"module {module!r} has no attribute {name!r}: {STAND_IN}")

    return missing
