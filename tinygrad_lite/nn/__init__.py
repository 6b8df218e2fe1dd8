"""PyTorch's `torch.nn`: parameters, modules, layers and losses."""

from . import functional, init
from .activation import ReLU, Sigmoid, Tanh
from .containers import Sequential
from .dropout import Dropout
from .linear import Linear
from .loss import CrossEntropyLoss
from .module import Module
from .normalization import BatchNorm1d
from .parameter import Parameter

__all__ = [
    "BatchNorm1d",
    "CrossEntropyLoss",
    "Dropout",
    "Linear",
    "Module",
    "Parameter",
    "ReLU",
    "Sequential",
    "Sigmoid",
    "Tanh",
    "functional",
    "init",
]
