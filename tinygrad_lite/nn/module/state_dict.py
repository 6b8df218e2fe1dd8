"""The state of a module: what is saved, and how it is loaded again."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple

import numpy as np

from ...core import versions as memory
from ...core.handles import RemovableHandle
from ...core.tensor import wrap
from ...tensors.tensor import Tensor
from .hooks import added
from .parameter import Parameter


class _IncompatibleKeys(NamedTuple):
    """The keys that `load_state_dict` could not match: those the state lacked, and those the module lacks."""

    missing_keys: list[str]
    unexpected_keys: list[str]

    def __repr__(self) -> str:
        if not self.missing_keys and not self.unexpected_keys:
            return "<All keys matched successfully>"
        return f"_IncompatibleKeys(missing_keys={self.missing_keys}, unexpected_keys={self.unexpected_keys})"


class Stateful:
    """The part of a Module that is saved and loaded."""

    _parameters: dict[str, Any]
    _buffers: dict[str, Any]
    _modules: dict[str, Any]
    _transient: set[str]
    _state_dict_pre_hooks: dict[int, Callable[..., Any]]
    _state_dict_hooks: dict[int, Callable[..., Any]]
    _load_state_dict_pre_hooks: dict[int, Callable[..., Any]]
    named_modules: Callable[..., Iterator[tuple[str, Any]]]
    _warn_of_unregistered: Callable[[], None]

    def _slots(self) -> Iterator[tuple[dict[str, Any], str, Any]]:
        """Where the module's own state is kept, by name."""
        for store in (self._parameters, self._buffers):
            for name, value in store.items():
                if value is not None and name not in self._transient:
                    yield store, name, value

    def _save_to_state_dict(self, destination: dict[str, Any], prefix: str, keep_vars: bool) -> None:
        for _, name, value in self._slots():
            destination[prefix + name] = value if keep_vars else value.detach()

    def state_dict(self, *, destination: Any = None, prefix: str = "", keep_vars: bool = False) -> dict[str, Any]:
        """All parameters and persistent buffers by dotted name, sharing memory with the module.

        Args:
            destination: a dict to add them to, rather than a new one.
            prefix: what all names begin with.
            keep_vars: the parameters themselves, rather than detached Tensors.

        >>> from tinygrad_lite import nn
        >>> list(nn.Sequential(nn.Linear(2, 3), nn.BatchNorm1d(3, affine=False)).state_dict())
        ['0.weight', '0.bias', '1.running_mean', '1.running_var', '1.num_batches_tracked']
        """
        if destination is None:
            self._warn_of_unregistered()
            destination = OrderedDict()
        for hook in tuple(self._state_dict_pre_hooks.values()):
            hook(self, prefix, keep_vars)
        self._save_to_state_dict(destination, prefix, keep_vars)
        for name, child in self._modules.items():
            if child is not None:
                child.state_dict(destination=destination, prefix=f"{prefix}{name}.", keep_vars=keep_vars)
        for hook in tuple(self._state_dict_hooks.values()):
            if hook(self, destination, prefix, {"version": 1}) is not None:
                raise RuntimeError("state_dict post-hook must return None")
        return destination

    def register_state_dict_pre_hook(self, hook: Callable[..., Any]) -> RemovableHandle:
        """Call `hook(module, prefix, keep_vars)` before the state is collected."""
        return added(self._state_dict_pre_hooks, hook)

    def register_state_dict_post_hook(self, hook: Callable[..., Any]) -> RemovableHandle:
        """Call `hook(module, state_dict, prefix, local_metadata)` with the state that was collected, to change it."""
        return added(self._state_dict_hooks, hook)

    def register_load_state_dict_pre_hook(self, hook: Callable[..., Any]) -> RemovableHandle:
        """Call the hook before a state is loaded, with a dict that it may change: to rename keys, say.

        It is `hook(module, state_dict, prefix, local_metadata, strict, missing_keys, unexpected_keys, error_msgs)`.
        """
        return added(self._load_state_dict_pre_hooks, hook)

    def load_state_dict(self, state_dict: Mapping[str, Any], strict: bool = True, assign: bool = False) -> Any:
        """Take the values of a state dict. All or nothing: if anything does not fit, nothing has changed.

        Args:
            strict: whether missing and unexpected keys are errors too.
            assign: take the state's own Tensors in place of the module's, rather than copy their values.

        Returns:
            The missing and the unexpected keys, as `missing_keys` and `unexpected_keys`.

        Raises:
            RuntimeError: naming every missing, unexpected and mismatched key, with both shapes.
            TypeError: if the state is no dict.
        """
        if not isinstance(state_dict, Mapping):
            raise TypeError(f"Expected state_dict to be dict-like, got {type(state_dict)}.")
        given = dict(state_dict)
        missing: list[str] = []
        unexpected: list[str] = []
        problems: list[str] = []
        places: dict[str, tuple[dict[str, Any], str, Any]] = {}
        for path, module in self.named_modules(remove_duplicate=False):
            prefix = f"{path}." if path else ""
            for hook in tuple(module._load_state_dict_pre_hooks.values()):
                hook(module, given, prefix, {"version": 1}, strict, missing, unexpected, problems)
            places |= {prefix + slot[1]: slot for slot in module._slots()}
        missing += [key for key in places if key not in given]
        unexpected += [key for key in given if key not in places]
        problems += [p for key, (*_, own) in places.items() if key in given and (p := _mismatch(key, own, given[key]))]
        for kind, keys in (("Unexpected", unexpected), ("Missing", missing)):
            if strict and keys:
                problems.insert(0, f"{kind} key(s) in state_dict: " + ", ".join(f'"{key}"' for key in keys) + ". ")
        if problems:
            raise RuntimeError(f"Error(s) in loading state_dict for {type(self).__name__}:\n\t" + "\n\t".join(problems))
        for key, (store, name, own) in places.items():
            if key not in given:
                continue
            if assign:
                store[name] = _adopted(own, given[key])
            else:
                value = given[key]
                np.copyto(own._data, value._data if isinstance(value, Tensor) else value, casting="unsafe")
                memory.wrote(own._data)
        return _IncompatibleKeys(missing, unexpected)


def _mismatch(key: str, own: Tensor, value: Any) -> str | None:
    """What keeps a value from being loaded, if anything does."""
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


def _adopted(own: Tensor, value: Any) -> Any:
    """A value in the place of a parameter or buffer."""
    value = value if isinstance(value, Tensor) else wrap(value)
    if not isinstance(own, Parameter):
        return value
    parameter = value if isinstance(value, Parameter) else Parameter(value.detach())
    return parameter.requires_grad_(own.requires_grad)
