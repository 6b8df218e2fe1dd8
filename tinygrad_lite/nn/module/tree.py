"""The tree of a module: what is inside it, and what has a dotted name."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any


def members(module: Any, kind: str, prefix: str, recurse: bool, remove_duplicate: bool) -> Iterator[tuple[str, Any]]:
    """The parameters or buffers (`kind` is the attribute that holds them) of a module, and of those inside it."""
    seen: set[int] = set()
    modules = module.named_modules(prefix=prefix, remove_duplicate=remove_duplicate) if recurse else [(prefix, module)]
    for path, inner in modules:
        for name, value in inner.__dict__[kind].items():
            if value is not None and id(value) not in seen:
                if remove_duplicate:
                    seen.add(id(value))
                yield f"{path}.{name}" if path else name, value


def submodule(module: Any, target: str) -> Any:
    """The module of a dotted name."""
    for name in target.split(".") if target else ():
        found = module._modules.get(name)
        if found is None:
            raise AttributeError(f"{type(module).__name__} has no submodule `{name}` (of {target!r})")
        module = found
    return module


def member(module: Any, kind: str, target: str, what: str) -> Any:
    """The parameter or buffer of a dotted name; an error calls it `what`."""
    path, _, name = target.rpartition(".")
    store = submodule(module, path).__dict__[kind]
    if name not in store or (store[name] is None and what == "parameter"):  # a buffer may be None, as in PyTorch
        raise AttributeError(f"{type(module).__name__} has no {what} {target!r}")
    return store[name]
