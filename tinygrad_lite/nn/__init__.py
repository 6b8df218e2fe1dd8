"""PyTorch's `torch.nn`: parameters, modules, layers and losses."""

import sys
from typing import TYPE_CHECKING

from ..runtime.absent_names import refuse_absent
from ..runtime.public_names import set_public_module
from . import book, functional, init, parallel, utils
from .layers.activation import (
    GELU,
    GLU,
    Hardshrink,
    LogSigmoid,
    Mish,
    Sigmoid,
    SiLU,
    Softplus,
    Softshrink,
    Softsign,
    Tanh,
    Tanhshrink,
)
from .layers.dropout import AlphaDropout, Dropout
from .layers.embedding import Embedding
from .layers.linear import Bilinear, Linear
from .layers.normalization import BatchNorm1d, GroupNorm, LayerNorm, RMSNorm
from .layers.rectifier import (
    CELU,
    ELU,
    SELU,
    Hardsigmoid,
    Hardswish,
    Hardtanh,
    LeakyReLU,
    PReLU,
    ReLU,
    ReLU6,
    RReLU,
    Threshold,
)
from .layers.recurrent import GRU, LSTM, RNN, RNNBase
from .layers.recurrent_cells import GRUCell, LSTMCell, RNNCell, RNNCellBase
from .layers.shape import Flatten, Identity, Unflatten
from .layers.softmax import LogSoftmax, Softmax, Softmax2d, Softmin
from .losses.classification import BCELoss, BCEWithLogitsLoss, CrossEntropyLoss, NLLLoss
from .losses.distance import (
    CosineEmbeddingLoss,
    CosineSimilarity,
    HingeEmbeddingLoss,
    MarginRankingLoss,
    PairwiseDistance,
    TripletMarginLoss,
    TripletMarginWithDistanceLoss,
)
from .losses.likelihood import GaussianNLLLoss, KLDivLoss, PoissonNLLLoss
from .losses.margin import MultiLabelMarginLoss, MultiLabelSoftMarginLoss, MultiMarginLoss, SoftMarginLoss
from .losses.regression import HuberLoss, L1Loss, MSELoss, SmoothL1Loss
from .module import parameter
from .module.containers import ModuleDict, ModuleList, Sequential
from .module.module import Module
from .module.parameter import Buffer, Parameter
from .module.parameter_containers import ParameterDict, ParameterList
from .parallel import DataParallel

__all__ = [
    "CELU", "ELU", "GELU", "GLU", "GRU", "LSTM", "RNN", "SELU", "AlphaDropout", "BCELoss", "BCEWithLogitsLoss",
    "BatchNorm1d", "Bilinear", "Buffer", "CosineEmbeddingLoss", "CosineSimilarity", "CrossEntropyLoss", "DataParallel",
    "Dropout", "Embedding", "Flatten", "GRUCell", "GaussianNLLLoss", "GroupNorm", "Hardshrink", "Hardsigmoid",
    "Hardswish", "Hardtanh", "HingeEmbeddingLoss", "HuberLoss", "Identity", "KLDivLoss", "L1Loss", "LSTMCell",
    "LayerNorm", "LeakyReLU", "Linear", "LogSigmoid", "LogSoftmax", "MSELoss", "MarginRankingLoss", "Mish", "Module",
    "ModuleDict", "ModuleList", "MultiLabelMarginLoss", "MultiLabelSoftMarginLoss", "MultiMarginLoss", "NLLLoss",
    "PReLU", "PairwiseDistance", "Parameter", "ParameterDict", "ParameterList", "PoissonNLLLoss", "RMSNorm", "RNNBase",
    "RNNCell", "RNNCellBase", "RReLU", "ReLU", "ReLU6", "Sequential", "SiLU", "Sigmoid", "SmoothL1Loss",
    "SoftMarginLoss", "Softmax", "Softmax2d", "Softmin", "Softplus", "Softshrink", "Softsign", "Tanh", "Tanhshrink",
    "Threshold", "TripletMarginLoss", "TripletMarginWithDistanceLoss", "Unflatten", "book", "functional", "init",
    "modules", "parallel", "utils",
]  # fmt: skip

modules = sys.modules[f"{__name__}.modules"]  # the paths of PyTorch's files: see runtime/old_paths.py

set_public_module(__name__, [x for name in __all__ if isinstance(x := globals()[name], type)])

if not TYPE_CHECKING:  # a checker would take every name for one that exists
    __getattr__ = refuse_absent("nn")
