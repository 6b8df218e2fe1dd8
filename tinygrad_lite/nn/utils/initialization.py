"""Modules whose initial values are not set."""

from __future__ import annotations

import inspect
from typing import Any, TypeVar

from ...random.generator import fork_rng
from ...types.devices import check_device
from ..module.module import Module

M = TypeVar("M", bound=Module)


def skip_init(module_cls: type[M], *args: Any, **kwargs: Any) -> M:
    """A module whose parameters and buffers have memory, but no values: for one that gets its values elsewhere.

    No random number is used up. As in PyTorch, the constructor must do nothing with the values but set them.

    Args:
        module_cls: the class.
        args, kwargs: the arguments of its constructor, which must have a `device`.

    Raises:
        RuntimeError: for what is no class of modules, one without a `device`, and another device than the CPU.

    >>> import tinygrad_lite as tl
    >>> layer = tl.nn.utils.skip_init(tl.nn.Linear, 5, 1)
    >>> layer.weight.shape, layer.weight.requires_grad
    (Size([1, 5]), True)
    """
    if not issubclass(module_cls, Module):
        raise RuntimeError(f"Expected a Module; got {module_cls}")
    if "device" not in inspect.signature(module_cls).parameters:
        raise RuntimeError("Module must support a 'device' arg to skip initialization")
    device = kwargs.pop("device", "cpu")
    check_device(device)
    with fork_rng():
        module = module_cls(*args, **kwargs)
    return module.to_empty(device=device)
