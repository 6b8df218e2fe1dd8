"""PyTorch's `torch.autograd`: derivatives on request, and derivatives of your own."""

from ..differentiation import backward, grad
from ..grad_mode import enable_grad, inference_mode, no_grad, set_grad_enabled
from ..graph import Node
from . import function, functional
from .function import Function
from .gradcheck import gradcheck, gradgradcheck

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
