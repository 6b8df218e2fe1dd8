"""The state of a module: how it is collected, and how it is loaded again."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

import numpy as np

from ...core import versions as memory
from ...core.tensor import wrap
from ...tensors.tensor import Tensor
from .parameter import Parameter

Place = tuple[dict[str, Any], str, Any]
"""The place of a Tensor of the state: the dict of parameters or of buffers, the name in it, and the Tensor."""


class _IncompatibleKeys(NamedTuple):
    """The keys that `load_state_dict` could not match: those the state lacked, and those the module lacks."""

    missing_keys: list[str]
    unexpected_keys: list[str]

    def __repr__(self) -> str:
        if not self.missing_keys and not self.unexpected_keys:
            return "<All keys matched successfully>"
        return f"_IncompatibleKeys(missing_keys={self.missing_keys}, unexpected_keys={self.unexpected_keys})"


def places(module: Any) -> Iterator[Place]:
    """The places of a module's own parameters and persistent buffers."""
    for store in (module._parameters, module._buffers):
        for name, value in store.items():
            if value is not None and name not in module._transient:
                yield store, name, value


def collect(module: Any, destination: dict[str, Any], prefix: str, keep_vars: bool) -> None:
    """Add the state of a module and of all modules inside it to `destination`."""
    for hook in tuple(module._state_dict_pre_hooks.values()):
        hook(module, prefix, keep_vars)
    module._save_to_state_dict(destination, prefix, keep_vars)
    for name, child in module._modules.items():
        if child is not None:
            child.state_dict(destination=destination, prefix=f"{prefix}{name}.", keep_vars=keep_vars)
    for hook in tuple(module._state_dict_hooks.values()):
        if hook(module, destination, prefix, {"version": 1}) is not None:
            raise RuntimeError("state_dict post-hook must return None")


def load(module: Any, state_dict: Mapping[str, Any], strict: bool, assign: bool) -> _IncompatibleKeys:
    """Load a state if all of it fits; otherwise raise an error that names everything that does not."""
    if not isinstance(state_dict, Mapping):
        raise TypeError(f"Expected state_dict to be dict-like, got {type(state_dict)}." + _remedy(state_dict))
    given = dict(state_dict)
    missing: list[str] = []
    unexpected: list[str] = []
    problems: list[str] = []
    expected: dict[str, Place] = {}
    for path, inner in module.named_modules(remove_duplicate=False):
        prefix = f"{path}." if path else ""
        for hook in tuple(inner._load_state_dict_pre_hooks.values()):
            hook(inner, given, prefix, {"version": 1}, strict, missing, unexpected, problems)
        expected |= {prefix + place[1]: place for place in places(inner)}
    missing += [key for key in expected if key not in given]
    unexpected += [key for key in given if key not in expected]
    problems += [p for key, (*_, own) in expected.items() if key in given and (p := _mismatch(key, own, given[key]))]
    for kind, keys in (("Unexpected", unexpected), ("Missing", missing)):
        if strict and keys:
            problems.insert(0, f"{kind} key(s) in state_dict: " + ", ".join(f'"{key}"' for key in keys) + ". ")
    if problems:
        raise RuntimeError(f"Error(s) in loading state_dict for {type(module).__name__}:\n\t" + "\n\t".join(problems))
    for key, (store, name, own) in expected.items():
        if key not in given:
            continue
        if assign:
            store[name] = _assignable(own, given[key])
        else:
            value = given[key]
            np.copyto(own._data, value._data if isinstance(value, Tensor) else value, casting="unsafe")
            memory.wrote(own._data)
    return _IncompatibleKeys(missing, unexpected)


def _remedy(given: Any) -> str:
    """Advice on getting a state dict from the object that was given instead of one; empty if there is none."""
    if hasattr(given, "state_dict"):
        return " Pass its state_dict()."
    return " Call it: state_dict()." if callable(given) and getattr(given, "__name__", "") == "state_dict" else ""


def _mismatch(key: str, own: Tensor, value: Any) -> str | None:
    """The reason why a value cannot be loaded, or None."""
    if not isinstance(value, (Tensor, np.ndarray)):
        return (
            f'While copying the parameter named "{key}", expected a Tensor from checkpoint but received {type(value)}'
        )
    if tuple(value.shape) != tuple(own.shape):
        return (
            f"size mismatch for {key}: copying a param with shape {list(value.shape)} from checkpoint, the shape in "
            f"current model is {list(own.shape)}."
        )
    return None


def _assignable(own: Tensor, value: Any) -> Any:
    """A loaded value as it replaces one of the module's own: a Parameter for a Parameter, a Tensor for a buffer."""
    value = value if isinstance(value, Tensor) else wrap(value)
    if not isinstance(own, Parameter):
        return value
    parameter = value if isinstance(value, Parameter) else Parameter(value.detach())
    return parameter.requires_grad_(own.requires_grad)
