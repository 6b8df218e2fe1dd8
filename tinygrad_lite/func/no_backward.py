"""`backward()` within a transform raises, as in PyTorch: it would add to `.grad`, and free what the transform needs."""

from __future__ import annotations

import functools
import threading
from collections.abc import Callable
from typing import Any

from ..core import tensor as core
from ..core.modes import in_force, thread
from ..tensors.replaced_methods import Method
from .batching import Batching

_transforms = threading.local()


def within_transform(function: Callable[..., Any], *args: Any) -> Any:
    """Call a function that a transform differentiates: meanwhile, `backward()` raises in this thread."""
    depth = getattr(_transforms, "depth", 0)
    _transforms.depth = depth + 1
    try:
        return function(*args)
    finally:
        _transforms.depth = depth


def _refusing(backward: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(backward)
    def call(*args: Any, **kwargs: Any) -> Any:
        if getattr(_transforms, "depth", 0) or isinstance(in_force(thread).tracer, Batching):
            raise RuntimeError(
                "backward() called inside a functorch transform. This is not supported, please use functorch.grad or "
                "functorch.vjp instead or call backward() outside of functorch transforms. Here these are func.grad, "
                "func.vjp and autograd.grad"
            )
        return backward(*args, **kwargs)

    return call


Method(core, "backward").put_around(_refusing)
