"""Layers, activations and losses as functions, which take as arguments what a module holds as parameters."""

from typing import TYPE_CHECKING

from ...functions.activation import sigmoid, softplus
from ...functions.gathering import one_hot
from ...functions.rearranging import pad
from ...functions.statistics import pdist
from ...functions.trigonometry import tanh
from ...runtime.absent_names import refuse_absent
from .classification import binary_cross_entropy, binary_cross_entropy_with_logits, cross_entropy, nll_loss
from .distance import (
    cosine_embedding_loss,
    cosine_similarity,
    hinge_embedding_loss,
    margin_ranking_loss,
    pairwise_distance,
    triplet_margin_loss,
    triplet_margin_with_distance_loss,
)
from .dropouts import alpha_dropout, dropout
from .embeddings import embedding
from .likelihood import gaussian_nll_loss, kl_div, poisson_nll_loss
from .linear_maps import bilinear, linear
from .margin import multi_margin_loss, multilabel_margin_loss, multilabel_soft_margin_loss, soft_margin_loss
from .normalization import batch_norm, group_norm, layer_norm, normalize, rms_norm
from .rectifier import (
    celu,
    celu_,
    elu,
    elu_,
    hardsigmoid,
    hardswish,
    hardtanh,
    hardtanh_,
    leaky_relu,
    leaky_relu_,
    prelu,
    relu,
    relu6,
    relu_,
    rrelu,
    rrelu_,
    selu,
    selu_,
    threshold,
    threshold_,
)
from .regression import huber_loss, l1_loss, mse_loss, smooth_l1_loss
from .shrinkage import hardshrink, softshrink, tanhshrink
from .smooth import gelu, glu, logsigmoid, mish, silu, softsign
from .softmax import gumbel_softmax, log_softmax, softmax, softmin

__all__ = [
    "alpha_dropout", "batch_norm", "bilinear", "binary_cross_entropy", "binary_cross_entropy_with_logits", "celu",
    "celu_", "cosine_embedding_loss", "cosine_similarity", "cross_entropy", "dropout", "elu", "elu_", "embedding",
    "gaussian_nll_loss", "gelu", "glu", "group_norm", "gumbel_softmax", "hardshrink", "hardsigmoid", "hardswish",
    "hardtanh", "hardtanh_", "hinge_embedding_loss", "huber_loss", "kl_div", "l1_loss", "layer_norm", "leaky_relu",
    "leaky_relu_", "linear", "log_softmax", "logsigmoid", "margin_ranking_loss", "mish", "mse_loss",
    "multi_margin_loss", "multilabel_margin_loss", "multilabel_soft_margin_loss", "nll_loss", "normalize", "one_hot",
    "pad", "pairwise_distance", "pdist", "poisson_nll_loss", "prelu", "relu", "relu6", "relu_", "rms_norm", "rrelu",
    "rrelu_", "selu", "selu_", "sigmoid", "silu", "smooth_l1_loss", "soft_margin_loss", "softmax", "softmin",
    "softplus", "softshrink", "softsign", "tanh", "tanhshrink", "threshold", "threshold_", "triplet_margin_loss",
    "triplet_margin_with_distance_loss",
]  # fmt: skip

if not TYPE_CHECKING:  # a checker would take every name for one that exists
    __getattr__ = refuse_absent("nn.functional")
