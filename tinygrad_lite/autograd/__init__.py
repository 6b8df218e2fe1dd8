"""PyTorch's `torch.autograd`: derivatives on request, and derivatives of your own."""

from ..grad_mode import enable_grad, inference_mode, no_grad, set_grad_enabled
from ..graph import Node
from .engine import backward, grad

__all__ = ["Node", "backward", "enable_grad", "grad", "inference_mode", "no_grad", "set_grad_enabled"]
