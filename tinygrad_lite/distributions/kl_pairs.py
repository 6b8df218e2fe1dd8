"""The Kullback-Leibler divergence of two different kinds of distributions: KL(p, q) = -H(p) - E_p[log q(x)].

What is needed of p are a few expectations: of x, x², log x, log(1 - x) and e^(-x / s). Where q has no probability at a
place that p has, the divergence is infinite.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from ..creation import full_like
from ..functions.diagonals import diag_embed
from ..functions.exponential import xlogy
from ..functions.joining import cat
from ..functions.selection import where
from ..functions.special import mvlgamma
from ..tensors.tensor import Tensor
from .bernoulli import Bernoulli
from .beta import Beta
from .binomial import Binomial
from .continuous_bernoulli import ContinuousBernoulli
from .exponential import Exponential
from .gamma import Gamma
from .gumbel import Gumbel
from .kl import register_kl
from .laplace import Laplace
from .lowrank_multivariate_normal import LowRankMultivariateNormal
from .matrices import solve
from .multivariate_normal import MultivariateNormal
from .normal import Normal
from .pareto import Pareto
from .poisson import Poisson
from .uniform import Uniform
from .utils import EULER
from .wishart import Wishart, mvdigamma

# ------------------------------------------------------------------------------------------------ expectations of p

_LOG: dict[type, Callable[[Any], Tensor]] = {
    Beta: lambda p: p.concentration1.digamma() - (p.concentration1 + p.concentration0).digamma(),
    Exponential: lambda p: -p.rate.log() - EULER,
    Gamma: lambda p: p.concentration.digamma() - p.rate.log(),
    Pareto: lambda p: p.scale.log() + 1 / p.alpha,
    Uniform: lambda p: _mean_log(p.low, p.high),
}
"""The expectation of log x."""

_EXP: dict[type, Callable[[Any, Tensor], Tensor]] = {
    Exponential: lambda p, s: p.rate * s / (p.rate * s + 1),
    Gamma: lambda p, s: (1 + 1 / (p.rate * s)).pow(-p.concentration),
    Normal: lambda p, s: (-p.loc / s + 0.5 * (p.scale / s).square()).exp(),
    Uniform: lambda p, s: s * ((-p.low / s).exp() - (-p.high / s).exp()) / (p.high - p.low),
}
"""The expectation of e^(-x / s)."""


def _of(p: Any, table: dict[type, Any]) -> Any:
    """Return the entry of a table for the class of a distribution, or for the nearest base class that has one."""
    return next(table[kind] for kind in type(p).__mro__ if kind in table)


def _mean_log(low: Tensor, high: Tensor) -> Tensor:
    """The mean of log x between two numbers."""
    return (xlogy(high, high) - xlogy(low, low)) / (high - low) - 1


# --------------------------------------------------------------------------------------- -E_p[log q(x)], by kind of q

_COSTS: dict[type, Callable[[Any, Any], Tensor]] = {
    ContinuousBernoulli: lambda p, q: -p.mean * q.logits - (-q.probs).log1p() - q._log_normalizer_of_probs(),
    Exponential: lambda p, q: q.rate * p.mean - q.rate.log(),
    Gamma: lambda p, q: (
        q.concentration.lgamma() - xlogy(q.concentration, q.rate) - (q.concentration - 1) * _of(p, _LOG)(p)
        + q.rate * p.mean
    ),
    Gumbel: lambda p, q: (
        q.scale.log() + (p.mean - q.loc) / q.scale + (q.loc / q.scale).exp() * _of(p, _EXP)(p, q.scale)
    ),
    Normal: lambda p, q: (
        q.scale.log() + 0.5 * math.log(2 * math.pi)
        + ((p.mean - q.loc).square() + p.variance) / (2 * q.scale.square())
    ),
    Pareto: lambda p, q: (q.alpha + 1) * _of(p, _LOG)(p) - q.alpha.log() - xlogy(q.alpha, q.scale),
    Uniform: lambda p, q: (q.high - q.low).log(),
}  # fmt: skip

_OUTSIDE: dict[tuple[type, type], Callable[[Any, Any], Tensor]] = {
    (Beta, Uniform): lambda p, q: (q.low > 0) | (q.high < 1),
    (ContinuousBernoulli, Uniform): lambda p, q: (q.low > 0) | (q.high < 1),
    (Uniform, ContinuousBernoulli): lambda p, q: (p.low < 0) | (p.high > 1),
    (Uniform, Exponential): lambda p, q: p.low < 0,
    (Uniform, Gamma): lambda p, q: p.low < 0,
    (Uniform, Pareto): lambda p, q: p.low < q.scale,
}
"""For pairs of classes: a mask of the elements for which p has probability outside the support of q."""

_FINITE = {
    Beta: (ContinuousBernoulli, Exponential, Gamma, Normal, Uniform),
    ContinuousBernoulli: (Exponential, Normal, Uniform),
    Exponential: (Gamma, Gumbel, Normal),
    Gamma: (Exponential, Gumbel, Normal),
    Gumbel: (Normal,),
    Laplace: (Normal,),
    Normal: (Gumbel,),
    Pareto: (Exponential, Gamma, Normal),
    Uniform: (ContinuousBernoulli, Exponential, Gamma, Gumbel, Normal, Pareto),
}
_INFINITE = {
    Beta: (Pareto,),
    ContinuousBernoulli: (Pareto,),
    Exponential: (Beta, ContinuousBernoulli, Pareto, Uniform),
    Gamma: (Beta, ContinuousBernoulli, Pareto, Uniform),
    Gumbel: (Beta, ContinuousBernoulli, Exponential, Gamma, Pareto, Uniform),
    Laplace: (Beta, ContinuousBernoulli, Exponential, Gamma, Pareto, Uniform),
    Normal: (Beta, ContinuousBernoulli, Exponential, Gamma, Pareto, Uniform),
    Pareto: (Beta, ContinuousBernoulli, Uniform),
    Poisson: (Bernoulli, Binomial),
}


def _register_finite(kind_p: type, kind_q: type) -> None:
    def divergence(p: Any, q: Any) -> Tensor:
        found = _COSTS[kind_q](p, q) - p.entropy()
        outside = _OUTSIDE.get((kind_p, kind_q))
        return found if outside is None else where(outside(p, q), math.inf, found)

    register_kl(kind_p, kind_q)(divergence)


def _infinite(p: Any, q: Any) -> Tensor:
    return full_like(p.mean, math.inf)


for _p, _finite in _FINITE.items():
    for _q in _finite:
        _register_finite(_p, _q)
for _p, _always_infinite in _INFINITE.items():
    for _r in _always_infinite:
        register_kl(_p, _r)(_infinite)


@register_kl(Bernoulli, Poisson)
def _bernoulli_poisson(p: Bernoulli, q: Poisson) -> Tensor:
    return q.rate - p.probs * q.rate.log() - p.entropy()


@register_kl(ContinuousBernoulli, ContinuousBernoulli)
def _continuous_bernoulli(p: ContinuousBernoulli, q: ContinuousBernoulli) -> Tensor:
    normalizers = [(-d.probs).log1p() + d._log_normalizer_of_probs() for d in (p, q)]
    return p.mean * (p.logits - q.logits) + normalizers[0] - normalizers[1]


@register_kl(Normal, Laplace)
def _normal_laplace(p: Normal, q: Laplace) -> Tensor:
    distance = (p.loc - q.loc) / p.scale
    mean = math.sqrt(2 / math.pi) * (-0.5 * distance.square()).exp() + distance * (math.sqrt(0.5) * distance).erf()
    return (q.scale / p.scale).log() + p.scale * mean / q.scale - 0.5 * (1 + math.log(0.5 * math.pi))


@register_kl(Pareto, Pareto)
def _pareto(p: Pareto, q: Pareto) -> Tensor:
    ratio = q.alpha / p.alpha
    divergence = q.alpha * (p.scale / q.scale).log() - ratio.log() + ratio - 1
    return where(p.scale < q.scale, math.inf, divergence)


@register_kl(Uniform, Beta)
def _uniform_beta(p: Uniform, q: Beta) -> Tensor:
    a, b = q.concentration1, q.concentration0
    outside = (p.high > 1) | (p.low < 0)
    low, high = where(outside, 0.25, p.low), where(outside, 0.75, p.high)
    logs = (a - 1) * _mean_log(low, high) + (b - 1) * _mean_log(1 - high, 1 - low)
    divergence = a.lgamma() + b.lgamma() - (a + b).lgamma() - logs - (high - low).log()
    return where(outside, math.inf, divergence)


@register_kl(Wishart, Wishart)
def _wishart(p: Wishart, q: Wishart) -> Tensor:
    if p.event_shape != q.event_shape:
        raise ValueError("KL-divergence between two Wisharts with different event shapes cannot be computed")
    n = p.event_shape[-1]
    spread = (q.df * (q._log_det() - p._log_det()) + p.df * (q._trace(p.covariance_matrix) - n)) / 2
    normalizers: Tensor = mvlgamma(q.df / 2, n) - mvlgamma(p.df / 2, n)
    return spread + normalizers + (p.df - q.df) / 2 * mvdigamma(p.df / 2, n)


# ------------------------------------------------------------------------------------------------ of low rank

Vectors = MultivariateNormal | LowRankMultivariateNormal


def _log_det(d: Vectors) -> Tensor:
    return d._log_det() if isinstance(d, LowRankMultivariateNormal) else 2 * d._half_log_det()


def _factor(d: Vectors) -> Tensor:
    """Columns whose products with themselves add up to the covariance."""
    if isinstance(d, MultivariateNormal):
        return d._unbroadcasted_scale_tril
    own = diag_embed(d._diag.sqrt())
    batch = d._batch_shape
    return cat([m.expand(batch + m.shape[-2:]) for m in (d._factor, own)], -1)


def _distances(d: Vectors, columns: Tensor) -> Tensor:
    """The sum of xᵀ Σ⁻¹ x over the columns."""
    if isinstance(d, MultivariateNormal):
        return solve(d._unbroadcasted_scale_tril, columns).square().sum((-2, -1))
    diagonal = d._diag.unsqueeze(-1)
    shared = solve(d._small, (d._factor / diagonal).mT @ columns)
    return (columns.square() / diagonal).sum((-2, -1)) - shared.square().sum((-2, -1))


@register_kl(LowRankMultivariateNormal, LowRankMultivariateNormal)
@register_kl(LowRankMultivariateNormal, MultivariateNormal)
@register_kl(MultivariateNormal, LowRankMultivariateNormal)
def _low_rank(p: Vectors, q: Vectors) -> Tensor:
    if p.event_shape != q.event_shape:
        kinds = "Low Rank" if type(p) is type(q) else "(Low Rank)"
        raise ValueError(
            f"KL-divergence between two {kinds} Multivariate Normals with different event shapes cannot be computed"
        )
    spread = _distances(q, _factor(p)) + _distances(q, (q.loc - p.loc).unsqueeze(-1))
    return 0.5 * (_log_det(q) - _log_det(p) + spread - p.event_shape[0])
