"""Questions to a model before it is called: its submodules, its Tensors, and whether it is training."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from ..compiler.compiled import Compiled, CompiledModule
from ..nn.module.module import Module
from ..tensors.tensor import Tensor


def bare(model: Any) -> Any:
    """The module or function that was compiled, if it was."""
    if isinstance(model, CompiledModule):
        return model._modules["_orig_mod"]
    if not callable(model):
        raise TypeError(f"onnx.export: a Module or a function is needed, not {type(model).__name__}")
    return model.function if isinstance(model, Compiled) else model


def tensors_of(model: Any) -> dict[str, Tensor]:
    """The Tensors that a model has, by the names of its state_dict; of a function, those that it names."""
    if isinstance(model, Module):
        return {**dict(model.named_parameters()), **dict(model.named_buffers())}
    found = {}
    for name, x in _named(model).items():
        if isinstance(x, Tensor):
            found[name] = x
        elif isinstance(x, Module):
            found |= {f"{name}.{key}": t for key, t in tensors_of(x).items()}
    return found


def _named(function: Any) -> dict[str, Any]:
    """Return the variables that a function refers to, by name; of a method, the Module that it belongs to."""
    owner = getattr(function, "__self__", None)
    if isinstance(owner, Module):
        return {type(owner).__name__: owner}
    try:
        variables = inspect.getclosurevars(function)
    except TypeError:
        return {}
    return {**variables.globals, **variables.nonlocals}


def paths_of(model: Any) -> dict[int, str]:
    """The path of each module in the model, by identity."""
    if isinstance(model, Module):
        return {id(module): path for path, module in model.named_modules()}
    found: dict[int, str] = {}
    for name, x in _named(model).items():
        if isinstance(x, Module):
            found |= {id(module): f"{name}.{path}".rstrip(".") for path, module in x.named_modules()}
    return found


@contextmanager
def evaluation(model: Any) -> Iterator[None]:
    """Let a module be in evaluation, and afterwards in the modes that it was in."""
    before = [(m, m.training) for m in model.modules()] if isinstance(model, Module) else []
    for module, training in before:
        if training:
            module.training = False
    try:
        yield
    finally:
        for module, training in before:
            if training:
                module.training = True
