"""The Kullback-Leibler divergence of pairs of distributions."""

from __future__ import annotations

import functools
import math
import warnings
from collections.abc import Callable
from typing import Any

from ..functions.activation import softplus
from ..functions.selection import where
from ..tensors.tensor import Tensor
from .bernoulli import Bernoulli
from .beta import Beta
from .binomial import Binomial
from .categorical import Categorical
from .cauchy import Cauchy
from .dirichlet import Dirichlet
from .distribution import Distribution
from .exponential import Exponential
from .gamma import Gamma
from .geometric import Geometric
from .gumbel import Gumbel
from .half_normal import HalfNormal
from .independent import Independent
from .laplace import Laplace
from .matrices import solve
from .multivariate_normal import MultivariateNormal
from .normal import Normal
from .one_hot_categorical import OneHotCategorical
from .poisson import Poisson
from .transformed_distribution import TransformedDistribution
from .uniform import Uniform
from .utils import EULER, sum_rightmost

__all__ = ["kl_divergence", "register_kl"]

Pair = tuple[type, type]

_REGISTRY: dict[Pair, Callable[[Any, Any], Any]] = {}


def register_kl(type_p: type, type_q: type) -> Callable[[Any], Any]:
    """Decorator that sets the function which `kl_divergence` calls for two kinds of distributions.

    Args:
        type_p: the class of the first; its subclasses use the function too.
        type_q: the class of the second.

    Raises:
        TypeError: if one of them is not a class of distributions.

    >>> import tinygrad_lite as tl
    >>> D = tl.distributions
    >>> class Point(D.Distribution):
    ...     arg_constraints = {}
    >>> @D.register_kl(Point, D.Normal)
    ... def divergence(p, q):
    ...     return tl.tensor(tl.inf)
    >>> D.kl_divergence(Point(), D.Normal(0.0, 1.0))
    tensor(inf)
    """
    for name, kind in (("type_p", type_p), ("type_q", type_q)):
        if not isinstance(kind, type) or not issubclass(kind, Distribution):
            raise TypeError(f"Expected {name} to be a Distribution subclass but got {kind}")

    def register(function: Any) -> Any:
        _REGISTRY[type_p, type_q] = function
        _function_for.cache_clear()
        return function

    return register


def kl_divergence(p: Distribution, q: Distribution) -> Tensor:
    """Kullback-Leibler divergence of two distributions: what it costs to take one for the other.

        KL(p, q) = ∫ p(x) log(p(x) / q(x)) dx

    The result is a Tensor of the shape of the batch and of the dtype of the parameters.

    Args:
        p: the distribution of the numbers.
        q: the distribution that is taken for it.

    Raises:
        NotImplementedError: if no function is registered for the two.

    >>> import tinygrad_lite as tl
    >>> D = tl.distributions
    >>> D.kl_divergence(D.Normal(1.0, 1.0), D.Normal(0.0, 1.0))
    tensor(0.5000)
    """
    types: Any = type(p), type(q)
    function = _function_for(*types)
    if function is None:
        raise NotImplementedError(
            f"No KL(p || q) is implemented for p type {type(p).__name__} and q type {type(q).__name__}"
        )
    divergence: Tensor = function(p, q)
    return divergence


@functools.lru_cache(maxsize=1024)
def _function_for(type_p: type, type_q: type) -> Any:
    """The function of the most specific pair of classes, the first class first; a warning says if that matters."""
    pairs = [pair for pair in _REGISTRY if issubclass(type_p, pair[0]) and issubclass(type_q, pair[1])]
    if not pairs:
        return None
    places = [(type_p.__mro__.index(p), type_q.__mro__.index(q)) for p, q in pairs]
    by_p = pairs[min(range(len(pairs)), key=lambda i: places[i])]
    by_q = pairs[min(range(len(pairs)), key=lambda i: places[i][::-1])]
    if _REGISTRY[by_p] is not _REGISTRY[by_q]:
        warnings.warn(
            f"Ambiguous kl_divergence({type_p.__name__}, {type_q.__name__}). "
            f"Please register_kl({by_p[0].__name__}, {by_q[1].__name__})",
            RuntimeWarning,
            stacklevel=3,
        )
    return _REGISTRY[by_p]


@register_kl(Bernoulli, Bernoulli)
def _bernoulli(p: Bernoulli, q: Bernoulli) -> Tensor:
    of_1 = p.probs * (softplus(-q.logits) - softplus(-p.logits))
    of_1 = where(p.probs == 0, 0, where(q.probs == 0, math.inf, of_1))
    of_0 = (1 - p.probs) * (softplus(q.logits) - softplus(p.logits))
    of_0 = where(p.probs == 1, 0, where(q.probs == 1, math.inf, of_0))
    return of_1 + of_0


@register_kl(Beta, Beta)
def _beta(p: Beta, q: Beta) -> Tensor:
    return _dirichlet(p._dirichlet, q._dirichlet)


@register_kl(Binomial, Binomial)
def _binomial(p: Binomial, q: Binomial) -> Tensor:
    divergence = p.total_count * (p.probs * (p.logits - q.logits) + (-p.probs).log1p() - (-q.probs).log1p())
    return where(p.total_count > q.total_count, math.inf, divergence)


@register_kl(Categorical, Categorical)
def _categorical(p: Categorical, q: Categorical) -> Tensor:
    terms = p.probs * (p.logits - q.logits)
    terms = where(p.probs.expand(terms.shape) == 0, 0, where(q.probs.expand(terms.shape) == 0, math.inf, terms))
    return terms.sum(-1)


@register_kl(Cauchy, Cauchy)
def _cauchy(p: Cauchy, q: Cauchy) -> Tensor:
    squares = (p.scale + q.scale).square() + (p.loc - q.loc).square()
    return squares.log() - (4 * p.scale * q.scale).log()


@register_kl(Dirichlet, Dirichlet)
def _dirichlet(p: Dirichlet, q: Dirichlet) -> Tensor:
    a, b = p.concentration, q.concentration
    total = a.sum(-1, keepdim=True)
    normalizers = a.sum(-1).lgamma() - b.sum(-1).lgamma() - (a.lgamma() - b.lgamma()).sum(-1)
    return normalizers + ((a - b) * (a.digamma() - total.digamma())).sum(-1)


@register_kl(Exponential, Exponential)
def _exponential(p: Exponential, q: Exponential) -> Tensor:
    ratio = q.rate / p.rate
    return ratio - ratio.log() - 1


@register_kl(Gamma, Gamma)
def _gamma(p: Gamma, q: Gamma) -> Tensor:
    a, b = p.concentration, q.concentration
    normalizers = b * (p.rate / q.rate).log() + b.lgamma() - a.lgamma()
    return normalizers + (a - b) * a.digamma() + (q.rate - p.rate) * (a / p.rate)


@register_kl(Geometric, Geometric)
def _geometric(p: Geometric, q: Geometric) -> Tensor:
    return -p.entropy() - (-q.probs).log1p() / p.probs - q.logits


@register_kl(Gumbel, Gumbel)
def _gumbel(p: Gumbel, q: Gumbel) -> Tensor:
    ratio, distance, own = p.scale / q.scale, q.loc / q.scale, p.loc / q.scale
    spread = own - distance + ratio * EULER
    return -ratio.log() - 1 - EULER + spread + (distance + (1 + ratio).lgamma() - own).exp()


@register_kl(HalfNormal, HalfNormal)
def _half_normal(p: HalfNormal, q: HalfNormal) -> Tensor:
    return _normal(p.base_dist, q.base_dist)


@register_kl(Independent, Independent)
def _independent(p: Independent, q: Independent) -> Tensor:
    if p.reinterpreted_batch_ndims != q.reinterpreted_batch_ndims:
        raise NotImplementedError(
            f"KL(p || q) of Independent distributions over {p.reinterpreted_batch_ndims} and "
            f"{q.reinterpreted_batch_ndims} dimensions is not implemented"
        )
    return sum_rightmost(kl_divergence(p.base_dist, q.base_dist), p.reinterpreted_batch_ndims)


@register_kl(Laplace, Laplace)
def _laplace(p: Laplace, q: Laplace) -> Tensor:
    ratio, distance = p.scale / q.scale, (p.loc - q.loc).abs()
    return -ratio.log() + distance / q.scale + ratio * (-distance / p.scale).exp() - 1


@register_kl(MultivariateNormal, MultivariateNormal)
def _multivariate_normal(p: MultivariateNormal, q: MultivariateNormal) -> Tensor:
    if p.event_shape != q.event_shape:
        raise ValueError(
            "KL-divergence between two Multivariate Normals with different event shapes cannot be computed"
        )
    log_dets = q._half_log_det() - p._half_log_det()
    spread = solve(q._unbroadcasted_scale_tril, p._unbroadcasted_scale_tril).square().sum((-2, -1))
    distance = solve(q._unbroadcasted_scale_tril, (q.loc - p.loc).unsqueeze(-1)).square().sum((-2, -1))
    return log_dets + 0.5 * (spread + distance - p.event_shape[0])


@register_kl(Normal, Normal)
def _normal(p: Normal, q: Normal) -> Tensor:
    ratio = (p.scale / q.scale).square()
    return 0.5 * (ratio + ((p.loc - q.loc) / q.scale).square() - 1 - ratio.log())


@register_kl(OneHotCategorical, OneHotCategorical)
def _one_hot_categorical(p: OneHotCategorical, q: OneHotCategorical) -> Tensor:
    return _categorical(p._categorical, q._categorical)


@register_kl(Poisson, Poisson)
def _poisson(p: Poisson, q: Poisson) -> Tensor:
    return p.rate * (p.rate.log() - q.rate.log()) - (p.rate - q.rate)


@register_kl(TransformedDistribution, TransformedDistribution)
def _transformed(p: TransformedDistribution, q: TransformedDistribution) -> Tensor:
    if p.transforms != q.transforms or p.event_shape != q.event_shape:
        raise NotImplementedError(
            f"KL(p || q) of {type(p).__name__} and {type(q).__name__} with other transforms or event shapes is not "
            "implemented"
        )
    more = len(p.event_shape) - len(p.base_dist.event_shape)
    return sum_rightmost(kl_divergence(p.base_dist, q.base_dist), more)


@register_kl(Uniform, Uniform)
def _uniform(p: Uniform, q: Uniform) -> Tensor:
    divergence = ((q.high - q.low) / (p.high - p.low)).log()
    return where((q.low > p.low) | (q.high < p.high), math.inf, divergence)
