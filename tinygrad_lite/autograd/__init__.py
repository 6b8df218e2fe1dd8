"""PyTorch's `torch.autograd`: derivatives on request, and operations with derivatives of your own.

`functional`, `gradcheck` and `gradgradcheck` are imported when they are first used.

>>> import tinygrad_lite as tl
>>> x = tl.tensor(3.0, requires_grad=True)
>>> tl.autograd.grad(x * x, x)
(tensor(6.),)
"""

from __future__ import annotations

import sys
from importlib import import_module
from types import ModuleType
from typing import TYPE_CHECKING, Any

from ..core.graph import Node
from ..core.tensor import backward
from . import function
from .function import Function
from .grad_modes import enable_grad, inference_mode, no_grad, set_grad_enabled
from .gradients import grad

if TYPE_CHECKING:
    from . import functional
    from .gradient_checking import gradcheck, gradgradcheck
else:

    def __getattr__(name: str) -> Any:
        if name == "functional":
            return import_module(".functional", __name__)
        if name in ("gradcheck", "gradgradcheck"):
            value = globals()[name] = getattr(import_module(".gradient_checking", __name__), name)
            return value
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


__all__ = [
    "Function",
    "Node",
    "backward",
    "enable_grad",
    "function",
    "functional",
    "grad",
    "gradcheck",
    "gradgradcheck",
    "inference_mode",
    "no_grad",
    "set_grad_enabled",
]

for _public in (Function, Node, enable_grad, inference_mode, no_grad, set_grad_enabled):
    _public.__module__ = __name__


class _GradcheckModule(ModuleType):
    """PyTorch's module `autograd.gradcheck`. As an attribute of `autograd`, the name is that of the function."""

    def __getattr__(self, name: str) -> Any:
        return getattr(import_module(".gradient_checking", __package__), name)


# With this, `from tinygrad_lite.autograd.gradcheck import GradcheckError` works.
sys.modules[f"{__name__}.gradcheck"] = _GradcheckModule(f"{__name__}.gradcheck")
