"""PyTorch's `torch.autograd`: derivatives on request, and derivatives of your own."""

from typing import TYPE_CHECKING

from ..core.graph import Node
from ..runtime.absent_names import refuse_absent
from . import function, functional
from .function import Function
from .grad_modes import enable_grad, inference_mode, no_grad, set_grad_enabled
from .gradient_checking import gradcheck, gradgradcheck
from .gradients import backward, grad

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

if not TYPE_CHECKING:  # a checker would take every name for one that exists
    __getattr__ = refuse_absent("autograd")
