"""Modules of PyTorch made into ours, and ours into PyTorch's, on the same memory.

The layers of both libraries have the same attributes. So one way of building serves all of them, in both directions: a
new object of the class of the same name, with the attributes, parameters, buffers and modules of the old one.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from functools import partial
from types import BuiltinFunctionType, FunctionType, MethodType
from typing import Any

import numpy as np

from ..runtime.optional import require
from .module.module import Module

_OURS = sys.modules[__name__.partition(".")[0]]

_NOT_SHARED = frozenset(("_init", "_flat_weights", "_flat_weights_names", "_flat_weight_refs"))
"""The attributes of layers that only one of the libraries has: of our Linear, and of PyTorch's RNN, LSTM and GRU."""


def from_torch(module: Any, replacements: Mapping[Any, Any] | None = None) -> Module:
    """Build a module of this library from one of PyTorch, on the same memory.

    All layers, losses and containers of `torch.nn` that exist here too are known, with their settings, tied weights,
    buffers, training modes and `requires_grad`. Parameters and buffers are not copied: a change in place on one side,
    such as an optimizer's step, is seen on the other. Gradients are not taken along; each side has its own.

    Shapes and dtypes are those of the module, which must be on the CPU and in a dtype that exists here.

    Args:
        module: the module of PyTorch.
        replacements: for classes and functions of your own, what stands for each of them here. An object of such a
            class gets all attributes of the old one, and its `__init__` is not called.

    Raises:
        TypeError: for a module, a function or a value that is not known, and for a dtype that does not exist here,
            with its path in the module.
        ValueError: for hooks, which would call PyTorch's code, and for lazy modules that have no shape yet.
        ImportError: if PyTorch is not installed.

    >>> import tinygrad_lite as tl
    >>> import pytest; torch = pytest.importorskip("torch")  # in a program: import torch
    >>> theirs = torch.nn.Sequential(torch.nn.Linear(2, 3), torch.nn.ReLU())
    >>> ours = tl.from_torch(theirs)
    >>> ours
    Sequential(
      (0): Linear(in_features=2, out_features=3, bias=True)
      (1): ReLU()
    )
    >>> _ = tl.nn.init.ones_(ours[0].bias)
    >>> theirs[0].bias.tolist()
    [1.0, 1.0, 1.0]
    """
    torch = _pytorch("from_torch")
    if not isinstance(module, torch.nn.Module):
        raise TypeError(f"from_torch: a torch.nn.Module is needed, not a {_full_name(type(module))}")
    built: Module = _Builder(torch, _OURS, replacements or {}).module(module, "")
    return built


def to_torch(module: Module, replacements: Mapping[Any, Any] | None = None) -> Any:
    """Build a module of PyTorch from one of this library, on the same memory; `from_torch` tells what is taken along.

    While PyTorch holds the memory, the graph compares checksums of the weights that it saves: it could not notice
    otherwise that PyTorch has changed them.

    Args:
        module: the module, with weights of any shapes and dtypes.
        replacements: for classes and functions of your own, what stands for each of them in PyTorch.

    Returns:
        A `torch.nn.Module`.

    Raises:
        TypeError: for a module, a function or a value that is not known, with its path in the module.
        ValueError: for hooks, which would call this library's code, and for lazy modules that have no shape yet.
        ImportError: if PyTorch is not installed.

    >>> import tinygrad_lite as tl
    >>> import pytest; torch = pytest.importorskip("torch")  # in a program: import torch
    >>> tl.to_torch(tl.nn.Conv2d(1, 6, 5, stride=2))
    Conv2d(1, 6, kernel_size=(5, 5), stride=(2, 2))
    """
    torch = _pytorch("to_torch")
    if not isinstance(module, Module):
        raise TypeError(f"to_torch: a tinygrad_lite.nn.Module is needed, not a {_full_name(type(module))}")
    return _Builder(_OURS, torch, replacements or {}).module(module, "")


def _pytorch(function: str) -> Any:
    torch = require("torch", extra="torch")
    if torch is _OURS:
        raise ImportError(f"{function}: `torch` is tinygrad_lite here, since install_as_torch or -m tinygrad_lite")
    return torch


def _full_name(cls: type) -> str:
    return f"{cls.__module__}.{cls.__qualname__}"


class _Builder:
    """Builds the modules of one library from those of another. What occurs twice is built once.

    Args:
        source, target: both libraries, as packages.
        replacements: see `from_torch`.
    """

    def __init__(self, source: Any, target: Any, replacements: Mapping[Any, Any]) -> None:
        self.source, self.target = source, target
        self.replacements = {id(key): value for key, value in replacements.items()}
        self.names = source.__name__, target.__name__
        self.base = vars(source.nn.Module())
        self.built: dict[int, tuple[Any, Any]] = {}  # old and new by the identity of the old, which is kept alive

    def module(self, old: Any, path: str) -> Any:
        """The module of the target for one that stands at this path."""
        if id(old) in self.built:
            return self.built[id(old)][1]
        cls = self.class_of_target(type(old), path)
        self.check_hooks(old, path)
        new = cls.__new__(cls)
        self.target.nn.Module.__init__(new)
        self.built[id(old)] = old, new
        attributes, fresh = vars(old), vars(new)
        for kind, build in (("_parameters", self.parameter), ("_buffers", self.tensor), ("_modules", self.module)):
            for name, x in attributes[kind].items():
                fresh[kind][name] = None if x is None else build(x, f"{path}.{name}" if path else name)
        fresh[_names_of_unsaved(fresh)] |= attributes[_names_of_unsaved(attributes)]
        fresh["training"] = old.training
        for name in attributes.keys() - self.base.keys() - _NOT_SHARED:
            fresh[name] = self.value(attributes[name], f"{path}.{name}" if path else name)
        if hasattr(new, "_init_flat_weights"):
            new._flat_weights_names = [name for names in new._all_weights for name in names]
            new._init_flat_weights()
        return new

    def class_of_target(self, cls: Any, path: str) -> Any:
        """The class that stands for a class of modules in the target."""
        if id(cls) in self.replacements:
            return self.replacements[id(cls)]
        name, found = cls.__name__, _layer(self.target, cls.__name__)
        known = cls is _layer(self.source, name)
        where = f"{path or 'the module'} is a {_full_name(cls)}"
        if getattr(cls, "cls_to_become", None) is not None:
            raise ValueError(f"{where}, whose parameters have no shape yet: call the module once before")
        if known and found is not None:
            return found
        if known:
            raise TypeError(f"{where}, and {self.names[1]}.nn has no {name}. {self.way_out(cls, path)}")
        if "parametrizations" in cls.__dict__ or name.startswith("Parametrized"):
            raise TypeError(f"{where}: use nn.utils.parametrize.remove_parametrizations before")
        raise TypeError(f"{where}, which is not one of the layers of {self.names[0]}.nn. {self.way_out(cls, path)}")

    def way_out(self, cls: type, path: str) -> str:
        """Return the advice for a class that is not known."""
        function = "from_torch" if self.target is _OURS else "to_torch"
        part = f"{function}(module.{path}.<part>)" if path else f"{function}(module.<part>)"
        return (
            f"Write the class with the layers of {self.names[1]}, with the same attributes, and pass "
            f"replacements={{{cls.__name__}: <your class>}}; or build its parts, with {part}, and put them together"
        )

    def check_hooks(self, old: Any, path: str) -> None:
        """Refuse what would call the source's code in the target's modules."""
        for name in self.base:
            if name.endswith("_hooks") and (hooks := vars(old).get(name)):
                hook = next(iter(hooks.values()))
                raise ValueError(
                    f"{path or 'the module'} has {name.strip('_').replace('_', ' ')} ({hook!r:.80}), which are for "
                    f"modules of {self.names[0]}: remove them, and register hooks on the new module"
                )

    def parameter(self, old: Any, path: str) -> Any:
        """The parameter on the memory of another."""
        tensor = self.tensor(old, path)
        if not isinstance(tensor, self.target.nn.Parameter):
            tensor = self.target.nn.Parameter(tensor, requires_grad=old.requires_grad)
            self.built[id(old)] = old, tensor
        return tensor

    def tensor(self, old: Any, path: str) -> Any:
        """The Tensor on the memory of another."""
        if id(old) in self.built:
            return self.built[id(old)][1]
        if not old.is_leaf:
            raise TypeError(f"{path} is the result of operations, and has a history that cannot be taken along")
        try:
            tensor = self.target.from_numpy(old.detach().numpy())
        except (TypeError, ValueError, RuntimeError) as error:
            raise TypeError(
                f"{path} is of {old.dtype} on {old.device}, and its memory cannot be shared: {error}"
            ) from error
        if old.requires_grad:
            tensor.requires_grad_()
        self.built[id(old)] = old, tensor
        return tensor

    def value(self, old: Any, path: str) -> Any:
        """The value of an attribute that is neither a parameter nor a buffer nor a module."""
        source, target = self.source, self.target
        if id(old) in self.replacements:
            return self.replacements[id(old)]
        if isinstance(old, source.nn.Parameter):
            return self.parameter(old, path)
        if isinstance(old, source.Tensor):
            return self.tensor(old, path)
        if isinstance(old, source.nn.Module):
            return self.module(old, path)
        if isinstance(old, source.Size):
            return target.Size(old)
        if type(old) in (tuple, list, set, frozenset):
            return type(old)([self.value(x, f"{path}[{i}]") for i, x in enumerate(old)])
        if isinstance(old, dict):
            return type(old)((key, self.value(x, f"{path}[{key!r}]")) for key, x in old.items())
        if isinstance(old, source.device):
            return target.device(str(old))
        if isinstance(old, np.dtype if source is _OURS else source.dtype):
            return getattr(target, str(old).removeprefix("torch."))
        if isinstance(old, (FunctionType, BuiltinFunctionType, MethodType, partial)):
            return self.function(old, path)
        if isinstance(old, type):
            return self.class_of_target(old, path) if issubclass(old, source.nn.Module) else old
        if type(old).__module__.partition(".")[0] == self.names[0]:
            raise TypeError(f"{path} is a {_full_name(type(old))}, which means nothing to {self.names[1]}: {old!r:.80}")
        return old

    def function(self, old: Any, path: str) -> Any:
        """The function of the same name."""
        name = getattr(old, "__name__", "")
        source, target = self.source, self.target
        for here, there in ((source.nn.functional, target.nn.functional), (source, target)):
            if name and getattr(here, name, None) is old and hasattr(there, name):
                return getattr(there, name)
        package = (getattr(old, "__module__", None) or "").partition(".")[0]
        if isinstance(old, (FunctionType, BuiltinFunctionType)) and package in (*sys.stdlib_module_names, "numpy"):
            return old
        raise TypeError(
            f"{path} is {old!r:.80}, a function for {self.names[0]} that is not known in {self.names[1]}: pass "
            "replacements={this function: another}"
        )


def _layer(library: Any, name: str) -> Any:
    """The class of modules of this name; one inside MultiheadAttention is not public."""
    places = library.nn, library.nn.modules.linear
    return next((getattr(place, name) for place in places if hasattr(place, name)), None)


def _names_of_unsaved(attributes: Mapping[str, Any]) -> str:
    """The attribute with the names of the buffers that are not saved."""
    return "_transient" if "_transient" in attributes else "_non_persistent_buffers_set"
