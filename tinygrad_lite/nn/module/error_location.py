"""The module in which an error was raised, named at the end of the error's message by its path from the model."""

from __future__ import annotations

from typing import Any

from ...core.errors import raised_by_library

_LOCATED = (RuntimeError, TypeError, ValueError, IndexError, NotImplementedError)


def add_location(error: Exception, module: Any) -> None:
    """Say in an error of the library which module it comes from: ", in 0.fc2 (Linear)".

    It is called for each module that the error passes on its way out, from the innermost one to the model, and each
    time the path is that from the module which it passes. Errors that a user's own code raises stay as they are.
    """
    if type(error) not in _LOCATED:
        return
    known: tuple[Any, str] | None = error.__dict__.get("_location")
    if known is None:
        if raised_by_library(error) is None or not error.args or not isinstance(error.args[0], str):
            return
        known = located(error, module._modules.get("_orig_mod", module))
    innermost, message = known
    kind = type(innermost).__name__
    for path, inner in module._modules.get("_orig_mod", module).named_modules():  # a compiled module is not in the path
        if inner is innermost:
            error.args = (f"{message}, in {path} ({kind})" if path else f"{message}, in {kind}", *error.args[1:])


def located(error: Exception, module: Any) -> tuple[Any, str]:
    """Note in an error which module it comes from. The result is the module, and the message without it."""
    error.__dict__["_location"] = known = module, str(error.args[0]).rstrip(".")
    return known
