"""Modules that learn the sizes of their parameters from the first input that they are called with."""

from __future__ import annotations

from typing import Any

from .parameter import is_lazy
from .state_dict import places


class LazyModuleMixin:
    """Make a module lazy: its parameters get their shapes from the first input.

    It stands before the module's class in the list of bases.

    Before the first call the module's parameters have no shape. The call is preceded by `initialize_parameters`, which
    gives them one; after it the module is of the class `cls_to_become`, as if it had never been lazy. An optimizer may
    be made before that, since the parameters stay the same objects.

    A state can be loaded before the first call: the parameters then take its shapes.

    Raises:
        RuntimeError: if `initialize_parameters` leaves a parameter without a shape.
        NotImplementedError: if a class does not define `initialize_parameters`.
    """

    cls_to_become: Any = None
    _parameters: dict[str, Any]
    _buffers: dict[str, Any]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        module: Any = self
        self._load_hook: Any = module._register_load_state_dict_pre_hook(self._lazy_load_hook)
        self._initialize_hook: Any = module.register_forward_pre_hook(self._infer_parameters, with_kwargs=True)

    def initialize_parameters(self, *args: Any, **kwargs: Any) -> None:
        """Give the parameters their shapes, and their initial values, from the input of a call."""
        raise NotImplementedError(f"initialize_parameters is not implemented for {type(self).__name__}")

    def has_uninitialized_params(self) -> bool:
        """Tell whether a parameter or a buffer has no shape yet."""
        return any(is_lazy(x) for x in (*self._parameters.values(), *self._buffers.values()))

    def _save_to_state_dict(self, destination: Any, prefix: str, keep_vars: bool) -> None:
        for _, name, value in places(self):
            destination[prefix + name] = value if keep_vars or is_lazy(value) else value.detach()

    def _lazy_load_hook(self, state_dict: Any, prefix: str, *_: Any) -> None:
        """Give the parameters the shapes that they have in a state which is about to be loaded."""
        for name, value in (*self._parameters.items(), *self._buffers.items()):
            found = state_dict.get(prefix + name)
            if value is not None and found is not None and is_lazy(value) and not is_lazy(found):
                value.materialize(found.shape)

    def _infer_parameters(self, module: Any, args: tuple[Any, ...], kwargs: dict[str, Any] | None = None) -> None:
        module.initialize_parameters(*args, **(kwargs or {}))
        if module.has_uninitialized_params():
            raise RuntimeError(
                f"module {type(module).__name__} has not been fully initialized: its initialize_parameters must "
                "materialize all parameters and buffers"
            )
        module._initialize_hook.remove()
        module._load_hook.remove()
        del module._initialize_hook, module._load_hook
        if module.cls_to_become is not None:
            module.__class__ = module.cls_to_become
