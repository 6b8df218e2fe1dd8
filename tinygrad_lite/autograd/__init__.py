"""PyTorch's `torch.autograd`: derivatives on request, and derivatives of your own."""

from ..core.graph import Node
from ..core.tensor import backward
from . import function, functional
from .function import Function
from .grad_modes import enable_grad, inference_mode, no_grad, set_grad_enabled
from .gradient_checking import gradcheck, gradgradcheck
from .gradients import grad

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
