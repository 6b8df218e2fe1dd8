"""The part of Module that saves and loads its state."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping
from typing import Any, Self

from ...core.handles import RemovableHandle, add_hook, check_callable
from ...tensors.tensor import Tensor
from . import state_dict as _state
from .parameter import Parameter
from .unregistered import warn_of_unregistered


class SavedState:
    """The part of `Module` that saves its state under dotted names, and loads it again."""

    dump_patches: bool = False
    _version: int = 1
    """The version of what a class saves. It is kept in `state_dict()._metadata`, and given to who loads it."""

    _state_dict_pre_hooks: dict[int, Callable[..., Any]]
    _state_dict_hooks: dict[int, Any]
    _load_state_dict_pre_hooks: dict[int, Any]
    _load_state_dict_post_hooks: dict[int, Callable[..., Any]]

    def get_extra_state(self) -> Any:
        """Return the state that the module saves beside its Tensors; a subclass may define it, with `set_extra_state`.

        It is in the state dict under the name `_extra_state`.

        Raises:
            RuntimeError: if the subclass does not define it.

        >>> from tinygrad_lite import nn
        >>> class Counting(nn.Module):
        ...     count = 0
        ...     def get_extra_state(self):
        ...         return {"count": self.count}
        ...     def set_extra_state(self, state):
        ...         self.count = state["count"]
        >>> first, second = nn.Sequential(Counting()), nn.Sequential(Counting())
        >>> first[0].count = 3
        >>> second.load_state_dict(first.state_dict())
        <All keys matched successfully>
        >>> second[0].count
        3
        """
        raise RuntimeError(_no_extra_state("get_extra_state"))

    def set_extra_state(self, state: Any) -> None:
        """Take what `get_extra_state` returned when the state was saved.

        Args:
            state: what it returned.

        Raises:
            RuntimeError: if the subclass does not define it.
        """
        raise RuntimeError(_no_extra_state("set_extra_state"))

    def _save_to_state_dict(self, destination: Any, prefix: str, keep_vars: bool) -> None:
        """Add this module's own state to `destination`; a subclass may save it in another way."""
        for _, name, value in _state.places(self):
            destination[prefix + name] = value if keep_vars else value.detach()
        if type(self).get_extra_state is not SavedState.get_extra_state:
            destination[prefix + _state.EXTRA_STATE] = self.get_extra_state()

    def _load_from_state_dict(
        self, state_dict: Any, prefix: str, local_metadata: Any, strict: bool, missing_keys: list[str],
        unexpected_keys: list[str], error_msgs: list[str],
    ) -> None:  # fmt: skip
        """Load this module's own state; a subclass may change `state_dict` first, or load it in another way.

        `load_state_dict` calls it for every module inside. It has a copy of the part of the state that begins with
        `prefix`, and `local_metadata.get("version")` is the `_version` of the class that saved it.
        """
        extra = None if type(self).set_extra_state is SavedState.set_extra_state else self.set_extra_state
        report = (missing_keys, unexpected_keys, error_msgs)
        _state.load_own(self, state_dict, prefix, local_metadata, strict, *report, extra)

    def state_dict(
        self, *args: Any, destination: dict[str, Any] | None = None, prefix: str = "", keep_vars: bool = False
    ) -> dict[str, Tensor]:
        """All parameters and persistent buffers by dotted name, sharing memory with the module.

        Args:
            args: the other arguments by position, which PyTorch deprecates.
            destination: a dict to which they are added, rather than to a new one.
            prefix: the beginning of all names.
            keep_vars: whether it holds the parameters themselves, rather than detached Tensors.

        >>> from tinygrad_lite import nn
        >>> list(nn.Sequential(nn.Linear(2, 3), nn.BatchNorm1d(3, affine=False)).state_dict())
        ['0.weight', '0.bias', '1.running_mean', '1.running_var', '1.num_batches_tracked']
        """
        if args:
            warnings.warn("Positional args are being deprecated, use kwargs instead.", FutureWarning, stacklevel=2)
            given: list[Any] = [*args, *(destination, prefix, keep_vars)[len(args) :]]
            destination, prefix, keep_vars = given
        if destination is None:
            warn_of_unregistered(self, (SavedState, Parameter), stacklevel=2)
            destination = _state.new_state()
        found: dict[str, Tensor] = _state.collect(self, destination, prefix, keep_vars)
        return found

    def load_state_dict(
        self, state_dict: Mapping[str, Any], strict: bool = True, assign: bool = False
    ) -> _state._IncompatibleKeys:
        """Take the values of a state dict. If anything does not fit, then nothing is changed.

        Args:
            state_dict: Tensors or arrays by name, of any dtype: values are converted to the module's.
            strict: whether missing and unexpected keys are errors too.
            assign: whether the state's own Tensors replace the module's, rather than their values being copied.

        Returns:
            The missing and the unexpected keys, as `missing_keys` and `unexpected_keys`.

        Raises:
            RuntimeError: naming every missing, unexpected and mismatched key, with both shapes.
            TypeError: if the state is not a dict.

        >>> import tinygrad_lite as tl
        >>> layer = tl.nn.Linear(2, 1)
        >>> layer.load_state_dict({"weight": tl.tensor([[3.0, 4.0]]), "bias": tl.zeros(1)})
        <All keys matched successfully>
        >>> layer(tl.tensor([1.0, 1.0])).item()
        7.0
        """
        return _state.load(self, state_dict, strict, assign)

    # --------------------------------------------------------------------------------------------------- hooks

    def register_state_dict_pre_hook(self, hook: Callable[[Self, str, bool], None]) -> RemovableHandle:
        """Call `hook(module, prefix, keep_vars)` before the state is collected."""
        check_callable(hook)
        return add_hook(self._state_dict_pre_hooks, hook)

    def register_state_dict_post_hook(self, hook: Callable[[Self, dict[str, Any], str, Any], None]) -> RemovableHandle:
        """Call `hook(module, state_dict, prefix, local_metadata)` with the collected state, which it may change."""
        check_callable(hook)
        return add_hook(self._state_dict_hooks, hook)

    def _register_state_dict_hook(self, hook: Callable[..., Any]) -> RemovableHandle:
        """Do as `register_state_dict_post_hook`, for a hook that may return another dict."""
        check_callable(hook)
        return add_hook(self._state_dict_hooks, _state.ReplacingHook(hook))

    def register_load_state_dict_pre_hook(self, hook: Callable[..., None]) -> RemovableHandle:
        """Call the hook before this module's state is loaded, with a dict that it may change, as to rename keys.

        It is `hook(module, state_dict, prefix, local_metadata, strict, missing_keys, unexpected_keys, error_msgs)`,
        and the dict has the keys that begin with `prefix`: those of this module and of the modules inside it.
        """
        check_callable(hook)
        return add_hook(self._load_state_dict_pre_hooks, hook)

    def _register_load_state_dict_pre_hook(
        self, hook: Callable[..., None], with_module: bool = False
    ) -> RemovableHandle:
        """Do as `register_load_state_dict_pre_hook`, for a hook that is not given the module."""
        check_callable(hook)
        return add_hook(self._load_state_dict_pre_hooks, hook if with_module else _state.HookWithoutModule(hook))

    def register_load_state_dict_post_hook(
        self, hook: Callable[[Self, _state._IncompatibleKeys], None]
    ) -> RemovableHandle:
        """Call `hook(module, incompatible_keys)` when the state of this module and those inside it has been loaded.

        Args:
            hook: the function, which may change the two lists: `missing_keys`, `unexpected_keys`. What is then left in
                them is the error.

        Raises:
            TypeError: if `hook` cannot be called.

        >>> from tinygrad_lite import nn
        >>> layer = nn.Linear(1, 1)
        >>> handle = layer.register_load_state_dict_post_hook(lambda module, keys: keys.missing_keys.clear())
        >>> layer.load_state_dict({})
        <All keys matched successfully>
        """
        check_callable(hook)
        return add_hook(self._load_state_dict_post_hooks, hook)


def _no_extra_state(method: str) -> str:
    return (
        f"Reached a code path in Module.{method}() that should never be called. Please define get_extra_state and "
        "set_extra_state in your module: they save and load what is no parameter or buffer"
    )
