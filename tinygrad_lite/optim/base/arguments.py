"""Checks of the parameters and closures that optimizers are given, and the errors for everything else."""

from __future__ import annotations

import difflib
import inspect
from collections.abc import Iterable
from typing import Any, Self

import numpy as np

from ...nn.module.module import Module
from ...tensors.tensor import Tensor


def check_closure(closure: object) -> None:
    """Raise a TypeError for what cannot be called, such as the loss itself."""
    if not callable(closure):
        raise TypeError(
            f"'{type(closure).__name__}' object is not callable: step(closure) takes a function that computes the "
            "gradients and returns the loss. Where loss.backward() has been called, call step() without arguments"
        )


OTHER_NAMES = {"learning_rate": "lr", "epsilon": "eps", "beta": "betas", "decay": "weight_decay", "l2": "weight_decay"}
"""Names that options have elsewhere, and the names they have here."""


class CheckedKeywords:
    """A class whose constructor names, for a keyword that it does not take, the one that may have been meant."""

    def __new__(cls, *args: Any, **kwargs: Any) -> Self:
        parameters = inspect.signature(cls.__init__).parameters
        if not any(p.kind is p.VAR_KEYWORD for p in parameters.values()):
            for name in kwargs.keys() - parameters.keys():
                close = difflib.get_close_matches(OTHER_NAMES.get(name, name), list(parameters), 1)
                remedy = f"; did you mean {close[0]}?" if close else ""
                raise TypeError(f"{cls.__name__}.__init__() got an unexpected keyword argument '{name}'{remedy}")
        return super().__new__(cls)


def parameter_list(params: Any) -> list[Any]:
    """The parameters in a list."""
    try:
        iterator = iter(params)
    except TypeError:
        remedy = "give a list of Tensors, or model.parameters()"
        if isinstance(params, Module):
            remedy = "give the parameters of the model, model.parameters()"
        elif isinstance(params, type) and issubclass(params, Module):
            remedy = f"{params.__name__} is a class: make a model of it, and give the parameters() of that"
        elif callable(params) and hasattr(params, "__name__"):
            remedy = f"call it, with brackets: {params.__name__}()"
        raise TypeError(f"'{type(params).__name__}' object is not iterable: {remedy}") from None
    return list(iterator)


def check_parameter(p: object, allow_computed: bool = False) -> None:
    """Raise an error for what cannot be optimized; `allow_computed` is for steps that are recorded."""
    if not isinstance(p, Tensor):
        kind = type(p)
        name = kind.__qualname__ if kind.__module__ == "builtins" else f"{kind.__module__}.{kind.__qualname__}"
        remedy = "each parameter must be a Tensor"
        if isinstance(p, Module):
            remedy = "give the parameters of the model, model.parameters()"
        elif isinstance(p, np.ndarray | np.generic):
            remedy = "make a parameter of an array, tl.nn.Parameter(tl.from_numpy(array)), and put it in a list"
        elif isinstance(p, str):
            remedy = "give the Tensors, not their names; a group is a dict inside a list, [{'params': …}]"
        elif isinstance(p, dict):
            remedy = "give either Tensors or groups"
        elif isinstance(p, Iterable):
            remedy = "give one flat list of Tensors, [*a.parameters(), *b.parameters()]"
        raise TypeError(f"optimizer can only optimize Tensors, but one of the params is {name}: {remedy}")
    if not (allow_computed or p.is_leaf or p.retains_grad):
        raise ValueError(
            "can't optimize a non-leaf Tensor: it was computed from other Tensors, and would be computed from them "
            "again; give those, or x.detach().requires_grad_()"
        )
