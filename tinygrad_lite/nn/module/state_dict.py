"""The state of a module: how it is collected, and how it is loaded again."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from os import PathLike
from typing import Any, NamedTuple

import numpy as np

from ...core import versions as memory
from ...core.tracing import changed
from ...creation import as_tensor
from ...tensors.tensor import Tensor
from .parameter import Parameter, is_lazy

Place = tuple[dict[str, Any], str, Any]
"""The place of a Tensor of the state: the dict of parameters or of buffers, the name in it, and the Tensor."""

EXTRA_STATE = "_extra_state"
"""The name, behind a module's prefix, under which `get_extra_state` is saved."""


class _IncompatibleKeys(NamedTuple):
    """The keys that `load_state_dict` could not match: those the state lacked, and those the module lacks."""

    missing_keys: list[str]
    unexpected_keys: list[str]

    def __repr__(self) -> str:
        if not self.missing_keys and not self.unexpected_keys:
            return "<All keys matched successfully>"
        return f"_IncompatibleKeys(missing_keys={self.missing_keys}, unexpected_keys={self.unexpected_keys})"


class ReplacingHook(NamedTuple):
    """A hook on a collected state that may return another dict, as PyTorch's private form of these hooks does."""

    call: Callable[..., Any]


class HookWithoutModule(NamedTuple):
    """A hook before a load that is not given the module, as PyTorch's private form of these hooks is not."""

    call: Callable[..., Any]


def places(module: Any) -> Iterator[Place]:
    """The places of a module's own parameters and persistent buffers."""
    for store in (module._parameters, module._buffers):
        for name, value in store.items():
            if value is not None and name not in module._transient:
                yield store, name, value


# ----------------------------------------------------------------------------------------------------- saving


def new_state() -> OrderedDict[str, Any]:
    """An empty state, with the place for the versions of the modules in it."""
    state: Any = OrderedDict()
    state._metadata = OrderedDict()
    empty: OrderedDict[str, Any] = state
    return empty


def collect(module: Any, destination: Any, prefix: str, keep_vars: bool) -> Any:
    """Add the state of a module and of all modules inside it to `destination`, and return that."""
    metadata = {"version": module._version}
    if hasattr(destination, "_metadata"):
        destination._metadata[prefix[:-1]] = metadata
    for hook in tuple(module._state_dict_pre_hooks.values()):
        hook(module, prefix, keep_vars)
    module._save_to_state_dict(destination, prefix, keep_vars)
    for name, child in module._modules.items():
        if child is not None:
            child.state_dict(destination=destination, prefix=f"{prefix}{name}.", keep_vars=keep_vars)
    for hook in tuple(module._state_dict_hooks.values()):
        if isinstance(hook, ReplacingHook):
            replaced = hook.call(module, destination, prefix, metadata)
            destination = destination if replaced is None else replaced
        elif hook(module, destination, prefix, metadata) is not None:
            raise RuntimeError("state_dict post-hook must return None")
    return destination


# ---------------------------------------------------------------------------------------------------- loading


def load(module: Any, state_dict: Mapping[str, Any], strict: bool, assign: bool) -> _IncompatibleKeys:
    """Load a state if all of it fits; otherwise raise an error that names everything that does not."""
    if not isinstance(state_dict, Mapping):
        raise TypeError(f"Expected state_dict to be dict-like, got {type(state_dict)}." + _remedy(state_dict))
    given: Any = OrderedDict((key, value) for key, value in state_dict.items() if isinstance(key, str))
    metadata = getattr(state_dict, "_metadata", None)
    if metadata is not None:
        given._metadata = metadata
    keys = _IncompatibleKeys([], [key for key in state_dict if not isinstance(key, str)])
    problems: list[str] = []
    with _as_before_on_error(module):
        _load_into(module, given, "", metadata or {}, assign, keys, problems)
        for kind, found in (("Unexpected", keys.unexpected_keys), ("Missing", keys.missing_keys)):
            if strict and found:
                problems.insert(0, f"{kind} key(s) in state_dict: " + ", ".join(f'"{key}"' for key in found) + ". ")
        if problems:
            raise RuntimeError(
                f"Error(s) in loading state_dict for {type(module).__name__}:\n\t" + "\n\t".join(problems)
            )
    return keys


def _remedy(given: Any) -> str:
    """Advice on getting a state dict from the object that was given instead of one; empty if there is none."""
    if hasattr(given, "state_dict"):
        return " Pass its state_dict()."
    if isinstance(given, (str, PathLike)):
        return " Read the file first: load_state_dict(load(path))."
    return " Call it: state_dict()." if callable(given) and getattr(given, "__name__", "") == "state_dict" else ""


def _load_into(
    module: Any, state: Any, prefix: str, metadata: Mapping[str, Any], assign: bool, keys: _IncompatibleKeys,
    problems: list[str],
) -> None:  # fmt: skip
    """Load the part of a state that belongs to a module and to those inside it; its keys begin with `prefix`."""
    local_metadata = dict(metadata.get(prefix[:-1], {}))
    if assign:
        local_metadata["assign_to_params_buffers"] = assign
    module._load_from_state_dict(state, prefix, local_metadata, True, *keys, problems)
    parts: dict[str, OrderedDict[str, Any]] = {}
    for key, value in state.items():
        if key.startswith(prefix):
            parts.setdefault(key[len(prefix) :].partition(".")[0], OrderedDict())[key] = value
    for name, child in tuple(module._modules.items()):
        if child is not None:
            part = OrderedDict((k, v) for k, v in parts.get(name, {}).items() if k.startswith(f"{prefix}{name}."))
            _load_into(child, part, f"{prefix}{name}.", metadata, assign, keys, problems)
    for hook in tuple(module._load_state_dict_post_hooks.values()):
        if hook(module, keys) is not None:
            raise AssertionError(
                "Hooks registered with ``register_load_state_dict_post_hook`` are not expected to return new values, "
                "if incompatible_keys need to be modified, it should be done inplace."
            )


def load_own(
    module: Any, state: Any, prefix: str, metadata: Mapping[str, Any], strict: bool, missing: list[str],
    unexpected: list[str], problems: list[str], extra_state: Callable[[Any], None] | None,
) -> None:  # fmt: skip
    """Load a module's own parameters and buffers, and note what is missing, unexpected, or does not fit.

    What the module saved beside them is given to `extra_state`, if it is a module that saves such.
    """
    for hook in tuple(module._load_state_dict_pre_hooks.values()):
        call, first = (hook.call, ()) if isinstance(hook, HookWithoutModule) else (hook, (module,))
        call(*first, state, prefix, metadata, strict, missing, unexpected, problems)
    own = {name: (store, value) for store, name, value in places(module)}
    for name, (store, value) in own.items():
        key = prefix + name
        if key in state:
            problem = _take(key, value, state[key], store if metadata.get("assign_to_params_buffers") else None, name)
            problems += [problem] if problem else []
        elif strict:
            missing.append(key)
    extra = prefix + EXTRA_STATE
    if extra_state is not None:
        if extra in state:
            extra_state(state[extra])
        elif strict:
            missing.append(extra)
    elif strict and extra in state:
        unexpected.append(extra)
    if strict:
        for key in state:
            if key.startswith(prefix) and key != extra:
                first_name, dot, _ = key[len(prefix) :].partition(".")
                if first_name not in (module._modules if dot else own):
                    unexpected.append(key)


def _take(key: str, own: Tensor, value: Any, store: dict[str, Any] | None, name: str) -> str | None:
    """Copy a value into one of a module's Tensors, or put it in that one's place in `store`.

    Returns:
        The reason why it cannot be done, or None.
    """
    action = "copying" if store is None else "assigning"
    if is_lazy(value) and not is_lazy(own):
        value.shape  # noqa: B018  it raises: there is none yet
    if not isinstance(value, (Tensor, np.ndarray, np.generic)) and not hasattr(type(value), "__array__"):
        return (
            f'While copying the parameter named "{key}", expected torch.Tensor or Tensor-like object from checkpoint '
            f"but received {type(value)}"
        )
    shape: tuple[int, ...] = tuple(np.shape(value._data if isinstance(value, Tensor) else value))
    if shape == (1,) and own._data.shape == ():  # so states of long ago have what has no dimensions today
        value, shape = value[0], ()
    if shape != own._data.shape:
        return (
            f"size mismatch for {key}: copying a param with shape {list(shape)} from checkpoint, the shape in "
            f"current model is {list(own.shape)}."
        )
    try:
        if store is not None:
            store[name] = _assignable(own, value if isinstance(value, Tensor) else as_tensor(np.asarray(value)))
            changed()
            return None
        array = value._data if isinstance(value, Tensor) else np.asarray(value)
        if array.dtype.kind not in "biuf":
            raise TypeError(f"an array of {array.dtype} has no real numbers")
        with np.errstate(all="ignore"):
            np.copyto(own._data, array, casting="unsafe")
        memory.wrote(own._data)
    except Exception as error:
        return (
            f'While {action} the parameter named "{key}", whose dimensions in the model are {own.shape} and whose '
            f"dimensions in the checkpoint are {shape}, an exception occurred : {error.args}."
        )
    return None


def _assignable(own: Tensor, value: Tensor) -> Any:
    """A loaded value as it replaces one of the module's own: a Parameter for a Parameter, a Tensor for a buffer."""
    if not isinstance(own, Parameter):
        return value
    if isinstance(value, Parameter):
        return value.requires_grad_(own.requires_grad)
    return Parameter(value.detach(), own.requires_grad)


@contextmanager
def _as_before_on_error(module: Any) -> Iterator[None]:
    """Let an error in the block leave a module, and all those inside it, as they were.

    That is so for the values of their parameters and buffers, for their attributes, and for what is in an attribute
    that is a dict, a list or a set: modules that load their state in a way of their own may change any of these.
    """
    modules = list(module.modules())
    attributes = [(inner, dict(inner.__dict__)) for inner in modules]
    held = {id(x): (x, type(x)(x)) for _, d in attributes for x in d.values() if type(x) in (dict, list, set)}
    tensors = {id(t): t for inner in modules for store in (inner._parameters, inner._buffers) for t in store.values()}
    values = [(t, type(t), t._view, t._data, t._data.copy()) for t in tensors.values() if t is not None]
    try:
        yield
    except BaseException:
        for inner, before in attributes:
            inner.__dict__.clear()
            inner.__dict__.update(before)
        for container, contents in held.values():
            container.clear()
            (container.extend if isinstance(container, list) else container.update)(contents)
        for t, kind, view, array, saved in values:
            if type(t) is not kind:  # it had no shape yet
                t.__class__, t._view = kind, view
            if t._data is not array:
                t._set_data(array)
            if not np.array_equal(array, saved):
                np.copyto(array, saved)
                memory.wrote(array)
        changed()
        raise
