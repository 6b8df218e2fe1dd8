"""PyTorch's first kind of backward hooks, which see the gradients of the operation that a module ends with."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ...tensors.tensor import Tensor


class OldBackwardHook:
    """A forward hook that puts a backward hook to the last operation of the result."""

    def __init__(self, hook: Callable[..., Any]) -> None:
        self.hook = hook

    def __call__(self, module: Any, args: Any, result: Any) -> None:
        while not isinstance(result, Tensor):
            if not isinstance(result, (tuple, list, dict)) or not result:
                return
            result = next(iter(result.values())) if isinstance(result, dict) else result[0]
        node = result.grad_fn
        if node is not None:
            node.register_hook(lambda grad_input, grad_output: self.hook(module, grad_input, grad_output))
