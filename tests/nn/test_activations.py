"""Activations: closed forms, derivatives by numbers, the choices at kinks, extremes, and what is drawn."""

from __future__ import annotations

import inspect
import math
from collections.abc import Callable
from typing import Any, NamedTuple

import hypothesis.strategies as st
import numpy as np
import pytest
from hypothesis import given

import tinygrad_lite as tl
from tinygrad_lite import nn

from ..support.function_checks import check_layer
from ..support.public_classes import defined_in

Array = Any
erf = np.vectorize(math.erf, otypes=[float])


class Form(NamedTuple):
    """What an activation computes, on arrays; its settings; and where it has kinks."""

    formula: Callable[..., Array]
    settings: tuple[dict[str, Any], ...] = ({},)
    kinks: Callable[..., tuple[float, ...]] = lambda **_: ()


def elu(x: Array, alpha: float = 1.0) -> Array:
    return np.where(x > 0, x, alpha * (np.exp(np.minimum(x, 0)) - 1))


def sigmoid(x: Array) -> Array:
    return 1 / (1 + np.exp(-x))


def normalised(x: Array, dim: int) -> Array:
    return np.exp(x) / np.exp(x).sum(dim, keepdims=True)


def gelu(x: Array, approximate: str = "none") -> Array:
    if approximate == "none":
        return x * (1 + erf(x / math.sqrt(2))) / 2
    return x * (1 + np.tanh(math.sqrt(2 / math.pi) * (x + 0.044715 * x**3))) / 2


def at(*kinks: float) -> Callable[..., tuple[float, ...]]:
    return lambda **_: kinks


def both(lambd: float = 0.5) -> tuple[float, ...]:
    return (-lambd, lambd)


FORMS: dict[str, Form] = {
    "ReLU": Form(lambda x: np.maximum(x, 0), kinks=at(0)),
    "ReLU6": Form(lambda x: np.clip(x, 0, 6), kinks=at(0, 6)),
    "Hardtanh": Form(
        lambda x, min_val=-1, max_val=1: np.clip(x, min_val, max_val),
        ({}, {"min_val": -2.0, "max_val": 0.5}),
        lambda min_val=-1, max_val=1: (min_val, max_val),
    ),
    "ELU": Form(elu, ({}, {"alpha": 0.4}), at(0)),
    "CELU": Form(lambda x, alpha=1: elu(x / alpha) * alpha, ({}, {"alpha": 0.4}), at(0)),
    "SELU": Form(lambda x: 1.0507009873554805 * elu(x, 1.6732632423543772), kinks=at(0)),
    "LeakyReLU": Form(
        lambda x, negative_slope=0.01: np.where(x > 0, x, negative_slope * x), ({}, {"negative_slope": 0.3}), at(0)
    ),
    "PReLU": Form(lambda x, init=0.25: np.where(x > 0, x, init * x), ({}, {"init": 0.75}), at(0)),
    "RReLU": Form(lambda x, lower=1 / 8, upper=1 / 3: np.where(x > 0, x, (lower + upper) / 2 * x), kinks=at(0)),
    "Threshold": Form(
        lambda x, threshold, value: np.where(x > threshold, x, value),
        ({"threshold": 0.5, "value": -2.0},),
        lambda threshold, value: (threshold,),
    ),
    "Hardsigmoid": Form(lambda x: np.clip(x / 6 + 1 / 2, 0, 1), kinks=at(-3, 3)),
    "Hardswish": Form(lambda x: x * np.clip(x / 6 + 1 / 2, 0, 1), kinks=at(-3, 3)),
    "Hardshrink": Form(lambda x, lambd=0.5: x * (np.abs(x) > lambd), ({}, {"lambd": 1.0}), both),
    "Softshrink": Form(lambda x, lambd=0.5: np.sign(x) * np.maximum(np.abs(x) - lambd, 0), ({}, {"lambd": 1.0}), both),
    "Tanhshrink": Form(lambda x: x - np.tanh(x)),
    "Sigmoid": Form(sigmoid),
    "LogSigmoid": Form(lambda x: -np.log(1 + np.exp(-x))),
    "Tanh": Form(np.tanh),
    "Softsign": Form(lambda x: x / (1 + np.abs(x)), kinks=at(0)),  # of its second derivative
    "Softplus": Form(lambda x, beta=1: np.log(1 + np.exp(beta * x)) / beta, ({}, {"beta": 2.0})),
    "GELU": Form(gelu, ({}, {"approximate": "tanh"})),
    "SiLU": Form(lambda x: x * sigmoid(x)),
    "Mish": Form(lambda x: x * np.tanh(np.log(1 + np.exp(x)))),
    "GLU": Form(lambda x, dim=-1: np.split(x, 2, dim)[0] * sigmoid(np.split(x, 2, dim)[1]), ({}, {"dim": 0})),
    "Softmax": Form(normalised, ({"dim": 0}, {"dim": -1})),
    "Softmin": Form(lambda x, dim: normalised(-x, dim), ({"dim": 0}, {"dim": -1})),
    "LogSoftmax": Form(lambda x, dim: np.log(normalised(x, dim)), ({"dim": 0}, {"dim": -1})),
    "Softmax2d": Form(lambda x: normalised(x, -3)),
}
CASES = [pytest.param(name, s, id=f"{name}{s or ''}") for name, form in FORMS.items() for s in form.settings]


def test_every_activation_is_here() -> None:
    assert set(FORMS) == defined_in("layers/activation.py", "layers/rectifier.py", "layers/softmax.py")


@st.composite
def arguments(draw: Any, name: str, settings: dict[str, Any]) -> Array:
    """Numbers of which none is close to a kink, in a shape that the module takes."""
    shapes = {"GLU": [(2, 2), (4, 2), (2, 3, 2)], "Softmax2d": [(2, 1, 2), (1, 3, 2, 1)], "PReLU": [(), (3,), (2, 3)]}
    shape = draw(st.sampled_from(shapes.get(name, [(3,), (2, 3), (2, 1, 3)])))
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    x = np.asarray(rng.uniform(-4, 4, shape))
    for kink in FORMS[name].kinks(**settings):
        x = np.where(np.abs(x - kink) < 0.1, x + 0.2, x)
    return x


@pytest.mark.parametrize(("name", "settings"), CASES)
@given(data=st.data())
def test_value(name: str, settings: dict[str, Any], data: st.DataObject) -> None:
    x = data.draw(arguments(name, settings))
    layer = getattr(nn, name)(**settings).double().eval()
    np.testing.assert_allclose(layer(tl.tensor(x)).detach(), FORMS[name].formula(x, **settings), rtol=1e-12, atol=1e-14)


@pytest.mark.parametrize(("name", "settings"), CASES)
@given(data=st.data(), seed=st.integers(0, 999))
def test_derivatives(name: str, settings: dict[str, Any], data: st.DataObject, seed: int) -> None:
    layer = getattr(nn, name)(**settings).train(data.draw(st.booleans()))
    check_layer(layer, (data.draw(arguments(name, settings)),))


KINKS: dict[str, tuple[dict[str, Any], dict[float, float]]] = {
    "ReLU": ({}, {0: 0}),
    "ReLU6": ({}, {0: 0, 6: 0}),
    "Hardtanh": ({}, {-1: 0, 1: 0}),
    "ELU": ({"alpha": 2.0}, {0: 2}),
    "CELU": ({"alpha": 2.0}, {0: 1}),
    "SELU": ({}, {0: 1.0507009873554805 * 1.6732632423543772}),
    "LeakyReLU": ({"negative_slope": 0.5}, {0: 0.5}),
    "PReLU": ({}, {0: 0.25}),
    "Threshold": ({"threshold": 0.5, "value": 3.0}, {0.5: 0}),
    "Hardsigmoid": ({}, {-3: 0, 3: 0}),
    "Hardswish": ({}, {-3: 0, 3: 1}),
    "Hardshrink": ({}, {-0.5: 0, 0.5: 0}),
    "Softshrink": ({}, {-0.5: 0, 0.5: 0}),
    "Softsign": ({}, {0: 1}),
    "RReLU": ({"lower": 0.25, "upper": 0.75}, {0: 0.5}),
}


@pytest.mark.parametrize("name", KINKS)
def test_choice_at_a_kink(name: str) -> None:
    settings, slopes = KINKS[name]
    x = tl.tensor([float(k) for k in slopes], requires_grad=True)
    getattr(nn, name)(**settings).eval()(x).sum().backward()
    np.testing.assert_allclose(x.grad, list(slopes.values()), rtol=1e-6)


def test_every_kink_has_a_choice() -> None:
    assert set(KINKS) == {name for name, form in FORMS.items() if form.kinks(**form.settings[0])}


@pytest.mark.parametrize(("name", "settings"), CASES)
def test_extremes_are_finite(name: str, settings: dict[str, Any]) -> None:
    x = tl.tensor([-1e4, -100.0, 100.0, 1e4]).reshape(4, 1, 1).repeat(1, 2, 2).requires_grad_()
    y = getattr(nn, name)(**settings).eval()(x)
    y.sum().backward()
    assert y.isfinite().all()
    assert x.grad.isfinite().all()
    assert y.dtype == x.grad.dtype == tl.float32


IN_PLACE = [name for name in FORMS if "inplace" in inspect.signature(getattr(nn, name)).parameters]


@pytest.mark.parametrize("name", [*IN_PLACE, "Dropout", "AlphaDropout"])
def test_in_place(name: str) -> None:
    """The result is the argument, with the same values and derivatives as otherwise; a leaf is refused."""
    settings = {"threshold": 0.5, "value": 2.0} if name == "Threshold" else {}
    found = []
    for inplace in (True, False):
        tl.manual_seed(1)
        x = tl.linspace(-3.9, 4, 12, requires_grad=True)
        middle = x * 2
        y = getattr(nn, name)(**settings, inplace=inplace)(middle)
        assert (y is middle) == inplace
        y.square().sum().backward()
        found.append((y.tolist(), x.grad.tolist()))
    assert found[0] == found[1]
    with pytest.raises(RuntimeError, match="a leaf Variable that requires grad"):
        getattr(nn, name)(**settings, inplace=True)(x)


# --------------------------------------------------------------------------------------------- what is drawn


def test_rrelu_draws_its_slopes() -> None:
    x = -tl.ones(20_000)
    slopes = -nn.functional.rrelu(x, 0.2, 0.6, training=True, generator=tl.Generator().manual_seed(2))
    assert slopes.min() >= 0.2
    assert slopes.max() < 0.6
    assert abs(slopes.mean().item() - 0.4) < 5 * 0.4 / math.sqrt(12 * 20_000)


def test_gumbel_softmax_draws_from_the_softmax() -> None:
    logits = tl.tensor([0.0, 1.0, 2.0]).expand(20_000, 3)
    sample = nn.functional.gumbel_softmax(logits, tau=0.7, hard=True, generator=tl.Generator().manual_seed(2))
    assert sorted(sample.round(decimals=5).unique().tolist()) == [0, 1]
    assert sample.sum(1).allclose(tl.ones(20_000))
    p = logits[0].softmax(0)
    assert ((sample.mean(0) - p).abs() < 5 * (p * (1 - p) / 20_000).sqrt()).all()


def test_alpha_dropout_keeps_mean_and_variance() -> None:
    tl.manual_seed(0)
    n = 200_000
    y = nn.AlphaDropout(0.3)(tl.randn(n))
    assert abs(y.mean().item()) < 5 / math.sqrt(n)
    assert abs(y.var().item() - 1) < 0.02
    lowest, count = np.unique(y.numpy(), return_counts=True)
    dropped = lowest[count.argmax()]
    assert abs(count.max() / n - 0.3) < 5 * math.sqrt(0.3 * 0.7 / n)
    floor = -1.0507009873554805 * 1.6732632423543772
    scale = ((1 - 0.3) * (1 + 0.3 * floor**2)) ** -0.5
    assert dropped == pytest.approx(scale * floor * (1 - 0.3), rel=1e-5)


def test_same_seed_same_numbers() -> None:
    for draw in (nn.functional.rrelu, nn.functional.alpha_dropout, nn.functional.dropout):
        x = -tl.ones(50)
        rows = [draw(x, training=True, generator=tl.Generator().manual_seed(s)).tolist() for s in (4, 4, 5)]
        assert rows[0] == rows[1] != rows[2]
