"""PyTorch's `torch.special`: functions of the gamma function, the normal distribution and Bessel, by SciPy's names."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .functions.activation import erf, erfc
from .functions.exponential import exp2, expm1, log1p, logit, xlogy
from .functions.reduction import log_softmax, logsumexp, softmax
from .functions.rounding import round
from .functions.special import (
    digamma,
    entr,
    erfcx,
    erfinv,
    expit,
    i0,
    i0e,
    i1,
    i1e,
    lgamma,
    log_ndtr,
    ndtr,
    ndtri,
    polygamma,
    xlog1py,
    zeta,
)
from .functions.special import igamma as gammainc
from .functions.special import igammac as gammaincc
from .functions.special import mvlgamma as multigammaln
from .functions.trigonometry import sinc
from .runtime.absent_names import refuse_absent

gammaln, psi = lgamma, digamma

__all__ = [
    "digamma", "entr", "erf", "erfc", "erfcx", "erfinv", "exp2", "expit", "expm1", "gammainc", "gammaincc", "gammaln",
    "i0", "i0e", "i1", "i1e", "log1p", "log_ndtr", "log_softmax", "logit", "logsumexp", "multigammaln", "ndtr", "ndtri",
    "polygamma", "psi", "round", "sinc", "softmax", "xlog1py", "xlogy", "zeta",
]  # fmt: skip

if not TYPE_CHECKING:  # a checker would take every name for one that exists
    __getattr__ = refuse_absent("special")
