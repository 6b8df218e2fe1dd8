"""Registration: checks of what is registered with a module and of its name, and removal."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from typing import Any

from ...core.tracing import changed


def check_called_later(cls: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
    """Raise a TypeError for `Linear(x)`: a constructor that was given the Tensor, and does not take it."""
    try:
        inspect.signature(cls.__init__).bind(None, *args, **kwargs)
        error: Any = (
            "" if cls.__init__.__qualname__ != "Module.__init__" or cls.call_super_init else "too many arguments"
        )
    except TypeError as wrong:
        error = wrong
    if error:
        raise TypeError(
            f"{cls.__name__}.__init__(): {error}. It was given a Tensor of shape {list(args[0].shape)}: make the layer "
            f"first and call it then, as in layer = {cls.__name__}(...); layer(x)"
        )


def check_initialized(module: Any, kind: str) -> None:
    """Raise an AttributeError if `Module.__init__` has not run, without which nothing can be registered."""
    if "_parameters" not in module.__dict__:
        raise AttributeError(
            f"cannot assign {kind} before Module.__init__() call: call super().__init__() first in "
            f"{type(module).__name__}.__init__"
        )


def check_name(module: Any, name: str, kind: str) -> None:
    """Raise an error if nothing of this kind can be registered under this name."""
    check_initialized(module, kind)
    if not isinstance(name, str):
        raise TypeError(f"{kind} name should be a string. Got {type(name).__name__}")
    if "." in name or not name:
        raise KeyError(f"{kind} name can't " + ('contain "."' if name else 'be empty string ""'))
    changed()
    stores = {"buffer": module._buffers, "parameter": module._parameters, "module": module._modules}
    if hasattr(module, name) and name not in stores[kind]:
        raise KeyError(f"attribute '{name}' already exists")


def check_none(name: str, value: Any, kind: str, expected: str) -> None:
    """Raise a TypeError unless the value, which is to replace a parameter, buffer or module, is None."""
    if value is not None:
        raise TypeError(f"cannot assign '{type(value).__name__}' as {kind} '{name}' ({expected} or None expected)")


def forget(module: Any, name: str, kept: dict[str, Any] | None) -> bool:
    """Remove what has this name, except from the dict `kept`, where a new value takes the old one's place."""
    found = module.__dict__.pop(name, module) is not module
    for store in (module._parameters, module._buffers, module._modules):
        if store is not kept and name in store:
            del store[name]
            found = True
    module._transient.discard(name)
    return found


def not_a_module(given: Any, module_class: type) -> str:
    """The message for a value that was given in the place of a Module: PyTorch's phrase, then the way out."""
    if isinstance(given, type):
        name = f"{given.__module__}.{given.__qualname__}"
        remedy = f"it is the class; make a module of it, {given.__name__}()" if issubclass(given, module_class) else ""
    else:
        name = getattr(given, "__name__", type(given).__name__)
        series = isinstance(given, (list, tuple, Iterator))
        remedy = "give the modules one by one, as in Sequential(*modules)" if series else ""
        if callable(given):
            remedy = "write a Module whose forward calls it (there are some already, such as nn.ReLU())"
    return f"{name} is not a Module subclass" + (f": {remedy}" if remedy else "")
