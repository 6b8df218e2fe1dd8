"""A warning about modules and parameters in plain lists and dicts, where a module does not find them."""

from __future__ import annotations

import itertools
import warnings
from collections.abc import Iterator
from typing import Any

_STORES = frozenset(("_parameters", "_buffers", "_modules"))


def warn_of_unregistered(module: Any, kinds: tuple[type, ...], stacklevel: int) -> None:
    """Warn of objects of these kinds that are in lists or dicts of a module, and registered nowhere else."""
    inside = list(module.named_modules())
    registered: set[int] = set()
    for path, inner in inside:
        for name, value in inner.__dict__.items():
            if not isinstance(value, (list, tuple, dict)) or not value or name in _STORES:
                continue
            held = {id(x) for x in _held(value, kinds)}
            if held and not registered:
                registered = {id(x) for _, each in inside for x in (each, *each._parameters.values())}
            if held - registered:
                where = f"{path}.{name}" if path else name
                warnings.warn(
                    f"{type(inner).__name__}: the modules or parameters in the plain {type(value).__name__} "
                    f"'{where}' are not registered: they will be neither trained nor saved. Put them in a "
                    "ModuleList, ModuleDict, ParameterList or ParameterDict",
                    UserWarning,
                    stacklevel=stacklevel + 1,
                )


def _held(value: Any, kinds: tuple[type, ...], depth: int = 3) -> Iterator[Any]:
    """The objects of these kinds in a list or dict, and in those inside it; of a long one, only at its start."""
    for x in itertools.islice(value.values() if isinstance(value, dict) else value, 256):
        if isinstance(x, kinds):
            yield x
        elif depth and isinstance(x, (list, tuple, dict)):
            yield from _held(x, kinds, depth - 1)
