"""Distributions by themselves: densities that integrate to 1, divergences by quadrature, PyTorch's numbers as constants."""

from __future__ import annotations

import copy
import math
import pickle
from typing import Any, ClassVar

import numpy as np
import pytest

import tinygrad_lite as tl

D = tl.distributions
T = tl.tensor
f64 = tl.float64


def t(*values: float) -> tl.Tensor:
    return tl.tensor(values if len(values) > 1 else values[0], dtype=f64)


# What PyTorch 2.13 draws after manual_seed(7).
DRAWN = {
    "Normal(T([0.,10.]),T([1.,2.])).sample((2,))": [[-0.1467950940132141, 11.572282791137695], [0.9468216300010681, 7.7713117599487305]],
    "Normal(T(0.),1.).rsample((17,))[:3]": [-0.8201345205307007, -0.32456663250923157, 1.9263681173324585],
    "Uniform(T(1.),3.).sample((3,))": [2.069845199584961, 1.397606372833252, 2.318423271179199],
    "Exponential(T(2.)).sample((3,))": [0.1638219654560089, 0.159891739487648, 0.9905877113342285],
    "Laplace(T(0.),1.).sample((3,))": [0.07240418344736099, -0.9222924709320068, 0.38334667682647705],
    "Gumbel(T(0.),1.).sample((3,))": [0.468990683555603, -0.4796074628829956, 0.8753632307052612],
    "Cauchy(T(0.),1.).sample((3,))": [-0.83055579662323, -0.8612030744552612, 2.1618921756744385],
    "Bernoulli(T(.3)).sample((8,))": [0.0, 1.0, 0.0, 0.0, 1.0, 0.0, 1.0, 0.0],
    "Categorical(T([1.,2.,3.])).sample((8,))": [1, 1, 2, 2, 2, 2, 1, 2],
    "Geometric(T(.2)).sample((6,))": [2.0, 7.0, 1.0, 1.0, 6.0, 3.0],
    "Poisson(T([0.5,3.,30.])).sample((2,))": [[0.0, 5.0, 31.0], [1.0, 1.0, 16.0]],
    "Binomial(T([5.,50.]),T([.3,.6])).sample((2,))": [[1.0, 26.0], [2.0, 29.0]],
    "Gamma(T([.3,2.,40.]),1.).sample((1,))": [[0.23634669184684753, 5.718629360198975, 42.540767669677734]],
    "Beta(T(2.),T(3.)).sample((2,))": [0.2626194655895233, 0.7723865509033203],
    "Dirichlet(T([1.,.5,2.])).sample()": [0.17702941596508026, 0.08432981371879578, 0.7386407852172852],
    "StudentT(T(3.)).sample((2,))": [-0.11331605911254883, 1.6773042678833008],
    "NegativeBinomial(T(4.),T(.5)).sample((4,))": [3.0, 2.0, 8.0, 4.0],
    "Multinomial(5,T([1.,1.,2.])).sample()": [0.0, 2.0, 3.0],
    "MultivariateNormal(T([0.,0.]),T([[2.,1.],[1.,2.]])).sample()": [-0.20759961009025574, 0.8590227365493774],
    "LogNormal(T(0.),1.).sample((2,))": [0.8634709119796753, 2.1949105262756348],
    "RelaxedBernoulli(T(.5),T(.3)).sample((2,))": [0.19548439979553223, 0.01118229515850544],
    "Pareto(T(1.),T(3.)).sample((2,))": [1.1154017448425293, 1.112483024597168],
    "Weibull(T(1.),T(3.)).sample((2,))": [0.6893938183784485, 0.683836042881012],
    "Kumaraswamy(T(2.),T(3.)).sample((2,))": [0.4338606297969818, 0.6452637910842896],
    "VonMises(T(1.),T(3.)).sample((2,))": [1.2684409618377686, 1.262304425239563],
    "LKJCholesky(2,T(1.)).sample()": [[1.0, 0.0], [0.09630019217729568, 0.9953523874282837]],
    "Wishart(T(3.),T([[2.,1.],[1.,2.]])).sample()": [[1.769916296005249, -0.1445630043745041], [-0.1445630043745041, 0.10282305628061295]],
    "ContinuousBernoulli(T(.3)).sample((2,))": [0.43055450916290283, 0.14232183992862701],
    "LowRankMultivariateNormal(T([0.,1.]),T([[1.],[2.]]),T([1.,2.])).sample()": [0.639346182346344, 2.0454177856445312],
    "LogisticNormal(T([0.,1.]),T(1.)).sample()": [0.30154696106910706, 0.598192572593689, 0.10026046633720398],
    "MixtureSameFamily(Categorical(T([1.,1.])),Normal(T([-5.,5.]),1.)).sample((4,))": [-3.3092098236083984, -5.355625152587891, 3.3178014755249023, 5.132806777954102],
}  # fmt: skip


def test_the_numbers_of_a_seed_are_pytorchs() -> None:
    for line, expected in DRAWN.items():
        tl.manual_seed(7)
        found = eval(line, {**vars(D), "T": T}).tolist()
        np.testing.assert_allclose(found, expected, rtol=2e-6, atol=1e-7, err_msg=line)


CONTINUOUS: list[tuple[Any, float, float]] = [
    (D.Normal(t(0.5), t(1.5)), -12, 14),
    (D.Uniform(t(-1.0), t(2.0)), -1, 2),
    (D.Laplace(t(0.5), t(0.8)), -25, 26),
    (D.Exponential(t(1.5)), 0, 25),
    (D.Gamma(t(2.5), t(1.5)), 0, 40),
    (D.Chi2(t(5.0)), 0, 120),
    (D.Beta(t(2.5), t(1.5)), 0, 1),
    (D.LogNormal(t(0.2), t(0.4)), 1e-9, 30),
    (D.HalfNormal(t(1.5)), 0, 14),
    (D.Gumbel(t(0.5), t(1.2)), -6, 40),
    (D.StudentT(t(9.0), t(0.5), t(1.5)), -150, 150),
    (D.Pareto(t(1.0), t(9.0)), 1, 40),
    (D.Weibull(t(1.5), t(2.5)), 1e-9, 10),
    (D.Kumaraswamy(t(2.5), t(1.5)), 1e-9, 1 - 1e-12),
    (D.InverseGamma(t(9.0), t(3.0)), 1e-3, 60),
    (D.ContinuousBernoulli(t(0.3)), 0, 1),
    (D.TransformedDistribution(D.Normal(t(0.0), t(1.0)), D.SigmoidTransform()), 1e-6, 1 - 1e-6),
    (D.MixtureSameFamily(D.Categorical(t(1.0, 3.0)), D.Normal(t(-1.0, 2.0), t(0.5, 1.0))), -8, 11),
]
WITH_ENTROPY = (D.LogNormal, D.Gumbel, D.Pareto, D.Weibull, D.Kumaraswamy, D.InverseGamma)
DISCRETE: list[tuple[Any, int]] = [
    (D.Bernoulli(t(0.3)), 2),
    (D.Geometric(t(0.4)), 80),
    (D.Poisson(t(3.5)), 60),
    (D.Binomial(12, t(0.3)), 13),
    (D.NegativeBinomial(t(2.5), t(0.4)), 90),
    (D.Categorical(t(1.0, 2.0, 3.0)), 3),
]


def cells(low: float, high: float) -> tuple[tl.Tensor, np.ndarray]:
    """The points and weights of Gauss and Legendre in many pieces."""
    points, weights = np.polynomial.legendre.leggauss(20)
    ends = np.linspace(low, high, 401)
    half = np.diff(ends)[:, None] / 2
    x = (ends[:-1, None] + half * (1 + points)).ravel()
    return tl.tensor(x), (half * weights).ravel()


def test_densities() -> None:
    """They integrate to 1, to the mean and the variance, and to the entropy; they are the slope of `cdf`."""
    for d, low, high in CONTINUOUS:
        x, weights = cells(low, high)
        log_prob = d.log_prob(x).numpy()
        density = np.exp(log_prob)
        assert weights @ density == pytest.approx(1, abs=1e-6), d
        if not isinstance(d, D.TransformedDistribution) or type(d) is not D.TransformedDistribution:
            mean = weights @ (density * x.numpy())
            assert d.mean.item() == pytest.approx(mean, abs=1e-5), d
            assert d.variance.item() == pytest.approx(weights @ (density * (x.numpy() - mean) ** 2), rel=1e-5), d
            assert d.stddev.item() == pytest.approx(d.variance.item() ** 0.5)
        if not isinstance(d, (D.MixtureSameFamily, D.TransformedDistribution)) or type(d) in WITH_ENTROPY:
            assert d.entropy().item() == pytest.approx(-(weights @ (density * log_prob)), abs=1e-5), d
        if isinstance(d, (D.Beta, D.StudentT)):
            with pytest.raises(NotImplementedError):
                d.cdf(x)
            continue
        y = x[::97].clone().requires_grad_()
        (slope,) = tl.autograd.grad(d.cdf(y).sum(), y)
        np.testing.assert_allclose(slope.numpy(), density[::97], rtol=1e-8, atol=1e-12, err_msg=repr(d))
        if not isinstance(d, (D.Gamma, D.InverseGamma, D.MixtureSameFamily)):
            p = t(0.1, 0.5, 0.9)
            np.testing.assert_allclose(d.cdf(d.icdf(p)).numpy(), p.numpy(), rtol=1e-12, err_msg=repr(d))


def test_probabilities() -> None:
    for d, count in DISCRETE:
        k = tl.arange(float(count), dtype=f64)
        log_prob = d.log_prob(k).numpy()
        p = np.exp(log_prob)
        assert p.sum() == pytest.approx(1, abs=1e-10), d
        if not isinstance(d, D.Categorical):
            mean = p @ k.numpy()
            assert d.mean.item() == pytest.approx(mean, rel=1e-9), d
            assert d.variance.item() == pytest.approx(p @ (k.numpy() - mean) ** 2, rel=1e-9), d
            assert d.mode.item() in k.numpy()[p >= p.max() * (1 - 1e-12)], d
        if not isinstance(d, (D.Poisson, D.NegativeBinomial)):
            assert d.entropy().item() == pytest.approx(-(p @ log_prob), rel=1e-9), d
        if d.has_enumerate_support:
            assert d.enumerate_support().tolist() == k.tolist()


def test_divergences_are_expectations() -> None:
    """KL(p, q) is the integral of p log(p / q)."""
    kinds = {
        kind: [pair for pair in CONTINUOUS if type(pair[0]) is kind] for kind in {type(d) for d, _, _ in CONTINUOUS}
    }
    others = {
        D.Normal: D.Normal(t(0.0), t(2.0)),
        D.Laplace: D.Laplace(t(0.0), t(1.5)),
        D.Exponential: D.Exponential(t(1.0)),
        D.Gamma: D.Gamma(t(1.5), t(1.0)),
        D.Chi2: D.Chi2(t(3.0)),
        D.Beta: D.Beta(t(1.5), t(2.0)),
        D.LogNormal: D.LogNormal(t(0.0), t(0.7)),
        D.HalfNormal: D.HalfNormal(t(2.0)),
        D.Gumbel: D.Gumbel(t(0.0), t(1.5)),
        D.Uniform: D.Uniform(t(-2.0), t(2.5)),
    }
    for kind, q in others.items():
        ((p, low, high),) = kinds[kind]
        x, weights = cells(low, high)
        log_p = p.log_prob(x).numpy()
        expected = weights @ (np.exp(log_p) * (log_p - q.log_prob(x).numpy()))
        assert D.kl_divergence(p, q).item() == pytest.approx(expected, abs=1e-5), p
        assert D.kl_divergence(p, p).item() == pytest.approx(0, abs=1e-12), p
    for p, q, low, high in (
        (D.Normal(t(0.5), t(1.5)), D.Laplace(t(0.0), t(2.0)), -12, 13),
        (D.Gamma(t(2.5), t(1.5)), D.Normal(t(0.0), t(2.0)), 1e-9, 40),
        (D.Beta(t(2.5), t(1.5)), D.Gamma(t(0.7), t(2.0)), 1e-9, 1 - 1e-9),
        (D.Pareto(t(1.0), t(9.0)), D.Gamma(t(1.5), t(2.0)), 1, 40),
        (D.Uniform(t(0.2), t(0.7)), D.Beta(t(1.5), t(2.0)), 0.2, 0.7),
        (D.Normal(t(0.5), t(1.5)), D.Gumbel(t(0.0), t(2.0)), -12, 13),
        (D.ContinuousBernoulli(t(0.3)), D.ContinuousBernoulli(t(0.6)), 0, 1),
        (D.ContinuousBernoulli(t(0.3)), D.Uniform(t(0.0), t(1.0)), 0, 1 - 1e-12),  # which PyTorch calls infinite
        (D.Uniform(t(0.0), t(1.0)), D.ContinuousBernoulli(t(0.3)), 0, 1 - 1e-12),
    ):
        x, weights = cells(low, high)
        log_p = p.log_prob(x).numpy()
        expected = weights @ (np.exp(log_p) * (log_p - q.log_prob(x).numpy()))
        assert D.kl_divergence(p, q).item() == pytest.approx(expected, abs=1e-5), (p, q)
    p, q = (
        D.LowRankMultivariateNormal(t(0.5, -1.0), T([[1.0], [0.3]]).double(), t(1.0, 2.0)),
        D.MultivariateNormal(t(0.0, 1.0), tl.eye(2, dtype=f64)),
    )
    full = D.MultivariateNormal(p.loc, p.covariance_matrix)
    assert D.kl_divergence(p, q).item() == pytest.approx(D.kl_divergence(full, q).item(), rel=1e-12)
    assert D.kl_divergence(q, p).item() == pytest.approx(D.kl_divergence(q, full).item(), rel=1e-12)
    assert p.log_prob(t(0.3, 2.0)).item() == pytest.approx(full.log_prob(t(0.3, 2.0)).item(), rel=1e-12)
    for p, q in ((D.Bernoulli(t(0.3)), D.Bernoulli(t(0.6))), (D.Geometric(t(0.3)), D.Geometric(t(0.6))),
                 (D.Poisson(t(3.0)), D.Poisson(t(2.0))), (D.Binomial(7, t(0.3)), D.Binomial(7, t(0.6)))):  # fmt: skip
        k = tl.arange(2.0 if isinstance(p, D.Bernoulli) else 8.0 if isinstance(p, D.Binomial) else 70.0, dtype=f64)
        log_p = p.log_prob(k).numpy()
        expected = np.exp(log_p) @ (log_p - q.log_prob(k).numpy())
        assert D.kl_divergence(p, q).item() == pytest.approx(expected, rel=1e-6), p


def test_many_samples_have_the_moments_and_gradients_of_their_distribution() -> None:
    """The mean of rsample moves with the parameters as the mean of the distribution does."""
    tl.manual_seed(0)
    a, b = (tl.tensor(x, dtype=f64, requires_grad=True) for x in (2.5, 1.5))
    for make, rtol in (
        (lambda: D.Gamma(a, b), 0.1),
        (lambda: D.Beta(a, b), 0.1),
        (lambda: D.Normal(a, b), 0.1),
        (lambda: D.LogNormal(a / 5, b / 5), 0.1),
        (lambda: D.Gumbel(a, b), 0.1),
        (lambda: D.Laplace(a, b), 0.15),
        (lambda: D.Uniform(a, a + b), 0.1),
    ):
        d = make()
        found = tl.autograd.grad(d.rsample((2000,)).mean(), [a, b])
        expected = tl.autograd.grad(make().mean + 0 * (a + b), [a, b])
        np.testing.assert_allclose(found, expected, rtol=rtol, atol=0.1, err_msg=repr(d))
        assert d.sample((2000,)).mean().item() == pytest.approx(d.mean.item(), rel=0.1)
        assert not d.sample().requires_grad
    x = D.Gamma(a, b).rsample()
    (g,) = tl.autograd.grad(x, a, create_graph=True)
    with pytest.raises(NotImplementedError, match="the derivative for '_standard_gamma_grad' is not implemented"):
        g.backward()
    huge = D.Gamma(t(1e6), t(1.0)).sample((3,))
    assert ((huge - 1e6).abs() < 1e4).all()
    assert D.Gamma(tl.tensor([1e-30]), 1.0).sample().item() == tl.finfo(tl.float32).tiny


def test_checks_can_be_left_out() -> None:
    assert D.Normal(0.0, -1.0, validate_args=False).log_prob(tl.tensor(1.0)).isnan()
    assert D.Uniform(0.0, 1.0, validate_args=False).log_prob(tl.tensor(3.0)).item() == -math.inf
    D.Distribution.set_default_validate_args(False)
    try:
        assert D.Bernoulli(2.0).probs.item() == 2
    finally:
        D.Distribution.set_default_validate_args(True)
    assert D.Normal(0.0, 1.0).expand((2,))._validate_args
    assert not D.Normal(0.0, -1.0, validate_args=False).expand((2,))._validate_args


class Triangle(D.Distribution):
    """The density 2 x on (0, 1), by a user."""

    arg_constraints: ClassVar[Any] = {}
    support = D.constraints.unit_interval
    has_rsample = True

    def rsample(self, sample_shape: Any = ()) -> tl.Tensor:
        return tl.rand(self._extended_shape(sample_shape)).sqrt()

    def log_prob(self, value: tl.Tensor) -> tl.Tensor:
        self._validate_sample(value)
        return (2 * value).log()


def test_a_distribution_of_ones_own() -> None:
    d = Triangle(tl.Size([2]))
    assert repr(d) == "Triangle()" and d.sample((3,)).shape == (3, 2)
    with pytest.raises(ValueError, match="to be within the support"):
        d.log_prob(tl.tensor(2.0))
    with pytest.warns(FutureWarning, match="sample_n"):
        assert d.sample_n(4).shape == (4, 2)

    class Bare(D.Distribution):
        def log_prob(self, value: tl.Tensor) -> tl.Tensor:
            self._validate_sample(value)
            return value

    with pytest.warns(UserWarning, match="does not define `arg_constraints`"):
        bare = Bare()
    with pytest.warns(UserWarning, match="does not define `support`"):
        assert bare.log_prob(tl.tensor(1.0)) == 1

    class Wide(D.Normal):
        def __init__(self, scale: float) -> None:
            super().__init__(0.0, scale)

    with pytest.raises(NotImplementedError, match=r"must also define a custom \.expand\(\) method"):
        Wide(2.0).expand((2,))

    class Narrow(D.Normal):
        pass

    assert type(Narrow(0.0, 1.0).expand((2,))) is Narrow
    assert D.kl_divergence(Narrow(0.0, 1.0), D.Normal(0.0, 1.0)) == 0

    D.register_kl(Narrow, D.Normal)(lambda p, q: 1)
    D.register_kl(D.Normal, Narrow)(lambda p, q: 2)
    with pytest.warns(RuntimeWarning, match=r"Ambiguous kl_divergence\(Narrow, Narrow\)"):
        assert D.kl_divergence(Narrow(0.0, 1.0), Narrow(0.0, 1.0)) == 1
    for pair in ((int, D.Normal), (D.Normal, 3)):
        with pytest.raises(TypeError, match="to be a Distribution subclass"):
            D.register_kl(*pair)  # type: ignore[arg-type]  # wrong on purpose


def test_divergences_that_are_not_there() -> None:
    normal = D.Normal(tl.zeros(2, 2), 1.0)
    for p, q in (
        (D.Independent(normal, 1), D.Independent(normal, 2)),
        (D.LogNormal(0.0, 1.0), D.TransformedDistribution(D.Normal(0.0, 1.0), D.TanhTransform())),
        (D.Normal(0.0, 1.0), D.Poisson(1.0)),
    ):
        with pytest.raises(NotImplementedError):
            D.kl_divergence(p, q)


def test_caches_and_copies() -> None:
    t1 = D.TanhTransform(cache_size=1)
    x = tl.tensor([0.5, 30.0])
    y = t1(x)
    assert t1(x) is y and t1.inv(y) is x and t1.inv.inv is t1
    assert t1.inv(tl.tensor(0.0)).item() == 0
    assert D.ExpTransform().with_cache().inv._cache_size == 1
    assert t1.with_cache() is t1 and t1.inv.with_cache() is t1.inv
    chain = D.ComposeTransform([D.AffineTransform(1.0, 2.0), D.ExpTransform()], cache_size=1)
    assert all(part._cache_size == 1 for part in chain.parts)
    assert chain.with_cache(0).parts == chain.parts
    for transform in (D.PowerTransform(2.0), D.ReshapeTransform((2,), (2, 1)), D.IndependentTransform(t1, 1)):
        assert transform.with_cache()._cache_size == 1
        assert transform.with_cache().with_cache(1)._cache_size == 1

    class Doubled(D.Transform):
        def __init__(self, factor: float) -> None:
            super().__init__()

    with pytest.raises(NotImplementedError, match="with_cache is not implemented"):
        Doubled(1.0).with_cache()
    for missing in (
        lambda f: f.sign, lambda f: f(x), lambda f: f.inv(x), lambda f: f.log_abs_det_jacobian(x, x),
    ):  # fmt: skip
        with pytest.raises(NotImplementedError):
            missing(Doubled(1.0))
    for d in (D.Normal(tl.zeros(2), 1.0), D.Gumbel(0.0, 1.0), D.Categorical(tl.ones(3)), D.Beta(1.0, 2.0)):
        d.log_prob(tl.tensor(0.0))  # from now on a categorical one has its logits, too
        for copied in (copy.deepcopy(d), pickle.loads(pickle.dumps(d))):
            assert repr(copied) == repr(d) and copied.log_prob(tl.tensor(0.0)).equal(d.log_prob(tl.tensor(0.0)))


def test_a_mixture_with_one_choice_for_a_batch() -> None:
    """PyTorch cannot sample of it; each element of the batch chooses for itself."""
    tl.manual_seed(0)
    d = D.MixtureSameFamily(D.Categorical(tl.ones(2)), D.Normal(tl.tensor([[-9.0, 9.0], [-5.0, 5.0]]), 0.1))
    drawn = d.sample((200,))
    assert drawn.shape == (200, 2)
    assert (drawn.abs() - tl.tensor([9.0, 5.0])).abs().max() < 1
    assert 0.35 < (drawn[:, 0] * drawn[:, 1] > 0).float().mean() < 0.65


def test_policy_gradients_reach_the_logits() -> None:
    """∂/∂logits of log_prob is one-hot less probabilities; of the entropy -p (log p + H)."""
    logits = tl.tensor([0.5, -1.0, 2.0], dtype=f64, requires_grad=True)
    d = D.Categorical(logits=logits)
    p = d.probs.detach().numpy()
    (g,) = tl.autograd.grad(d.log_prob(tl.tensor(2)), logits, retain_graph=True)
    np.testing.assert_allclose(g.numpy(), np.array([0, 0, 1]) - p, rtol=1e-12)
    h = d.entropy()
    (g,) = tl.autograd.grad(h, logits)
    np.testing.assert_allclose(g.numpy(), -p * (np.log(p) + h.item()), rtol=1e-12)


def test_the_functions_that_draw() -> None:
    tl.manual_seed(0)
    rate = tl.tensor([0.5, 50.0], requires_grad=True)
    counts = tl.poisson(rate)
    counts.sum().backward()
    assert rate.grad.tolist() == [0, 0]  # type: ignore[union-attr]  # it has one
    many = tl.poisson(tl.full((3000,), 12.0))
    assert many.mean().item() == pytest.approx(12, rel=0.05) and many.var().item() == pytest.approx(12, rel=0.15)
    trials = tl.binomial(tl.full((3000,), 40.0), tl.tensor(0.7))
    assert trials.mean().item() == pytest.approx(28, rel=0.05) and trials.var().item() == pytest.approx(8.4, rel=0.15)
    edges = tl.binomial(tl.tensor([0.0, -1.0, 4.0, 4.0, 4.0, math.nan]), tl.tensor([0.5, 0.5, 0.0, 1.0, -1.0, 0.5]))
    np.testing.assert_array_equal(edges.numpy(), [0, 0, 0, 4, 0, math.nan])
    for call, error, match in (
        (lambda: tl.poisson(-tl.ones(1)), RuntimeError, "expected rate to be non-negative"),
        (lambda: tl.poisson(tl.ones(1, dtype=tl.int64)), NotImplementedError, "poisson_cpu"),
        (lambda: tl.poisson(1.0), TypeError, "must be Tensor"),
        (lambda: tl.binomial(tl.ones(1), 0.5), TypeError, "'prob'"),
        (lambda: tl.binomial(tl.ones(1), tl.ones(1, dtype=f64)), RuntimeError, "Found dtype"),
        (
            lambda: tl.binomial(tl.ones(1, dtype=tl.int64), tl.ones(1, dtype=tl.int64)),
            NotImplementedError,
            "binomial_cpu",
        ),
        (lambda: tl.zeros(1).cauchy_(0, 0), RuntimeError, "cauchy_ expects sigma > 0.0"),
        (lambda: tl.zeros(1, dtype=tl.int64).cauchy_(), RuntimeError, "floating point"),
        (lambda: tl.zeros(1).cauchy_("a"), TypeError, "median"),
    ):
        with pytest.raises(error, match=match):
            call()
    assert tl.empty(2, dtype=tl.float16).cauchy_(5.0, 1e-6).round().tolist() == [5, 5]
