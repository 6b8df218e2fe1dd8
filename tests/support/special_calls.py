"""Calls of one vector, for the tests of special values: reductions, settings, losses, and what moves elements."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np

from .special_values import Call, inf, nan

CALLS: dict[str, Call] = {}


def vary(label: str, call: Call, *settings: Any) -> None:
    """Add a call for each setting, which it is given last."""
    for setting in settings:
        CALLS[f"{label} {setting}"] = lambda T, x, setting=setting: call(T, x, setting)


def method(name: str) -> Call:
    """A call of a function with a setting."""
    return lambda T, x, *settings: getattr(T, name)(x, *settings)


def functional(name: str) -> Call:
    """The same of a function of `nn.functional`."""
    return lambda T, x, *settings: getattr(T.nn.functional, name)(x, *settings)


def between(T: Any, x: Any) -> Any:
    """As many numbers between 0 and 1 as x has."""
    return T.tensor(np.linspace(0.1, 0.9, x.numel())).reshape(x.shape)


def back(x: Any) -> Any:
    """The elements of x in reverse, without history."""
    return x.detach().flip(0) if x.ndim else x.detach()


# ------------------------------------------------------------------------------------------- reductions and scans

for name in "sum mean prod std var nansum nanmean norm amax amin max min median nanmedian std_mean var_mean".split():
    CALLS[name] = method(name)
for name in "prod std amax amin max min median nanmedian logsumexp cumsum cumprod softmax log_softmax aminmax".split():
    CALLS[f"{name} along"] = lambda T, x, name=name: getattr(T, name)(x, dim=0)
for name in "cummax cummin".split():
    CALLS[name] = lambda T, x, name=name: getattr(T, name)(x, dim=0).values
vary("norm", method("norm"), 0, 0.5, 1, 1.5, 2, 3, inf, -inf, -1)
vary("normalize", lambda T, x, p: T.nn.functional.normalize(x, p, 0), 1, 2, 3, inf)
vary("dist", lambda T, x, p: T.dist(x, back(x), p), 1, 2, 3, inf)
vary("cdist", lambda T, x, p: T.cdist(x.reshape(-1, 1), back(x).reshape(-1, 1), p), 1.0, 2.0, 3.0)
for mode, q in itertools.product("linear lower higher nearest midpoint".split(), (0.0, 0.3, 0.5, 1.0)):
    CALLS[f"quantile {mode} {q}"] = lambda T, x, mode=mode, q=q: T.quantile(x, q, interpolation=mode)
CALLS["nanmedian along"] = lambda T, x: T.nanmedian(x, 0).values

# --------------------------------------------------------------------------------------- settings of elementwise ones

vary("power", lambda T, x, e: x**e, 0, 1, 2, 3, -1, 0.5, -0.5, 2.5, inf, nan)
vary("power of", lambda T, x, b: b**x, 0, 1, 2, -1, 0.5, inf, nan)
vary("divided by", lambda T, x, y: x / y, 2.0, 0.0, inf)
vary("quotient of", lambda T, x, y: y / x, 2.0, inf)
vary("fmod", method("fmod"), 2.0, 0.0, inf, -1.5)
vary("remainder", method("remainder"), 2.0, 0.0, inf)
vary("div", lambda T, x, mode: T.div(x, back(x), rounding_mode=mode), "trunc", "floor")
vary("div by", lambda T, x, mode: T.div(back(x), x, rounding_mode=mode), "trunc", "floor")
vary("clamp", lambda T, x, bounds: T.clamp(x, *bounds), (1.0, 3.0), (3.0, 1.0), (None, 1.0), (1.0, None), (-inf, inf))
CALLS["clamp by"] = lambda T, x: T.clamp(T.ones_like(x), x, x * 2)
CALLS["maximum"] = lambda T, x: T.maximum(x, T.ones_like(x))
CALLS["logit eps"] = lambda T, x: T.logit(x, 0.1)
CALLS["where"] = lambda T, x: T.where(x > 0, x, x * 2)
CALLS["round decimals"] = lambda T, x: T.round(x, decimals=1)
CALLS["nan_to_num"] = lambda T, x: T.nan_to_num(x, 1.0, 2.0, 3.0)
vary("gelu", lambda T, x, kind: T.nn.functional.gelu(x, approximate=kind), "none", "tanh")
vary("elu", functional("elu"), 0.5, -1.0)
vary("celu", functional("celu"), 0.5)
vary("leaky_relu", functional("leaky_relu"), 0.5, 0.0, -1.0)
vary("hardshrink", functional("hardshrink"), 1.0, 0.0)
vary("softshrink", functional("softshrink"), 1.0, 0.0)
vary("hardtanh", lambda T, x, bounds: T.nn.functional.hardtanh(x, *bounds), (0.0, 3.0), (-1.0, 1.0))
vary("threshold", lambda T, x, bounds: T.nn.functional.threshold(x, *bounds), (1.0, 7.0), (0.0, nan))
CALLS["softplus"] = lambda T, x: T.nn.functional.softplus(x, 2.0, 7.0)
CALLS["prelu"] = lambda T, x: T.nn.functional.prelu(x, T.tensor([0.25], dtype=T.float64))
CALLS["prelu by weight"] = lambda T, x: T.nn.functional.prelu(between(T, x).reshape(1, -1) - 0.5, x)
CALLS["rrelu"] = functional("rrelu")
CALLS["glu"] = lambda T, x: T.nn.functional.glu(T.cat([x, x.flip(0)]))


def trained_rrelu(T: Any, x: Any) -> Any:
    """With the slopes of a seed."""
    T.manual_seed(0)
    return T.nn.functional.rrelu(x, training=True)


CALLS["rrelu in training"] = trained_rrelu

# ------------------------------------------------------------------------------------------------------- losses


def classified(name: str, **settings: Any) -> Call:
    """The loss of two rows, of which the classes are the first and the last."""

    def call(T: Any, x: Any) -> Any:
        given = {k: T.tensor(np.arange(x.numel()) + 0.5) if k == "weight" else v for k, v in settings.items()}
        return getattr(T.nn.functional, name)(T.stack([x, x * 2]), T.tensor([0, x.numel() - 1]), **given)

    return call


def of_row(name: str, target: Any) -> Call:
    """The loss of one row."""
    return lambda T, x, r: getattr(T.nn.functional, name)(x.reshape(1, -1), target(T, x), reduction=r)


for name in (
    "mse_loss l1_loss smooth_l1_loss huber_loss soft_margin_loss binary_cross_entropy_with_logits kl_div "
    "poisson_nll_loss"
).split():
    vary(name, lambda T, x, r, name=name: getattr(T.nn.functional, name)(x, between(T, x), reduction=r), "mean", "none")
    CALLS[f"{name} same"] = lambda T, x, name=name: getattr(T.nn.functional, name)(x, x.detach())
for name, kind in itertools.product(("nll_loss", "cross_entropy"), ("mean", "none")):
    CALLS[f"{name} {kind}"] = classified(name, reduction=kind)
    CALLS[f"{name} weight {kind}"] = classified(name, reduction=kind, weight=None)
    CALLS[f"{name} ignored {kind}"] = classified(name, reduction=kind, ignore_index=0)
vary("multi_margin_loss", of_row("multi_margin_loss", lambda T, x: T.tensor([0])), "none")
vary(
    "margin_ranking_loss",
    lambda T, x, r: T.nn.functional.margin_ranking_loss(x, between(T, x), T.ones_like(x), reduction=r),
    "none",
)
vary(
    "hinge_embedding_loss",
    lambda T, x, r: T.nn.functional.hinge_embedding_loss(x, -T.ones_like(x), reduction=r),
    "none",
)
vary("bce", lambda T, x, t: T.nn.functional.binary_cross_entropy(x.clamp(0, 1), T.full_like(x, t)), 0.0, 1.0)
CALLS["gaussian_nll_loss"] = lambda T, x: T.nn.functional.gaussian_nll_loss(x, between(T, x), between(T, x))
CALLS["cosine_similarity"] = lambda T, x: T.nn.functional.cosine_similarity(x, back(x), 0)
CALLS["layer_norm"] = lambda T, x: T.nn.functional.layer_norm(x, (x.numel(),))
CALLS["rms_norm"] = lambda T, x: T.nn.functional.rms_norm(x, (x.numel(),))

# --------------------------------------------------------------------------------------------- what moves elements


def first(T: Any, x: Any) -> Any:
    """The index of the first element, for each element."""
    return T.tensor(np.zeros(x.numel(), np.int64))


CALLS["gather"] = lambda T, x: x.gather(0, first(T, x))
CALLS["getitem"] = lambda T, x: x[first(T, x)]
CALLS["scatter_add"] = lambda T, x: T.zeros(3, dtype=T.float64).scatter_add(0, first(T, x), x)
CALLS["index_add"] = lambda T, x: T.zeros(3, dtype=T.float64).index_add(0, first(T, x), x)
CALLS["index_put"] = lambda T, x: T.zeros(3, dtype=T.float64).index_put((first(T, x),), x, accumulate=True)
CALLS["masked_fill"] = lambda T, x: x.masked_fill(x > 0, 0.0)
CALLS["masked_select"] = lambda T, x: x.masked_select(x > 0)
CALLS["masked_scatter"] = lambda T, x: T.zeros_like(x).masked_scatter(x > 0, x)
CALLS["embedding"] = lambda T, x: T.nn.functional.embedding(first(T, x), x.reshape(-1, 1))
CALLS["pad"] = lambda T, x: T.nn.functional.pad(x, (1, -1))
CALLS["diff"] = method("diff")
CALLS["corrcoef"] = method("corrcoef")
CALLS["einsum"] = lambda T, x: T.einsum("i,i->", x, x)
CALLS["outer"] = lambda T, x: T.tril(T.outer(x, x))
for name in "flip split unbind tensor_split chunk repeat_interleave".split():
    count = {"flip": (0,), "split": (2,), "tensor_split": (2,), "chunk": (2,), "repeat_interleave": (2,)}.get(name, ())
    CALLS[name] = lambda T, x, name=name, count=count: getattr(x, name)(*count)
for name in "stack vstack dstack column_stack meshgrid".split():
    CALLS[name] = lambda T, x, name=name: getattr(T, name)([x, x.flip(0)])
