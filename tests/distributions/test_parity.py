"""Distributions against PyTorch: what they compute, the gradients of it, what is drawn, errors and texts, by one table."""

from __future__ import annotations

import itertools
import math
from typing import Any

import numpy as np
import pytest

import tinygrad_lite as tl

torch = pytest.importorskip("torch")


@pytest.fixture(autouse=True)
def both_validate(monkeypatch: pytest.MonkeyPatch) -> None:
    """As they do by default; what compiles in PyTorch turns it off for the whole process."""
    monkeypatch.setattr(torch.distributions.Distribution, "_validate_args", True)


ROWS = """
Normal: loc=[0.5, -1.0], scale=[1.0, 2.5] | [[0.3, -4.0], [9.0, 0.0]]
Normal: loc=0.5, scale=[[1.0, 2.0], [0.1, 3.0]] | [0.3, 1.0]
Uniform: low=[0.0, -1.0], high=[2.0, 3.0] | [1.0, 2.5]
Laplace: loc=[0.5, -1.0], scale=[1.0, 2.5] | [0.3, -4.0]
Cauchy: loc=[0.5, -1.0], scale=[1.0, 2.5] | [0.3, -4.0]
Exponential: rate=[0.5, 3.0] | [0.3, 4.0]
Gamma: concentration=[0.3, 2.5, 30.0], rate=[1.0, 0.5, 4.0] | [0.3, 4.0, 8.0]
Chi2: df=[1.0, 3.5] | [0.3, 4.0]
Beta: concentration1=[0.5, 3.0], concentration0=[2.0, 1.5] | [0.3, 0.9]
Dirichlet: concentration=[[0.5, 1.5, 3.0], [2.0, 2.0, 6.0]] | [0.2, 0.3, 0.5]
Dirichlet: concentration=[0.5, 0.7] | [0.2, 0.8]
Poisson: rate=[0.5, 3.0, 40.0] | [0.0, 4.0, 37.0]
Bernoulli: probs=[0.2, 0.5, 0.9] | [1.0, 0.0, 1.0]
Bernoulli: logits=[-2.0, 0.0, 3.0] | [1.0, 0.0, 1.0]
Geometric: probs=[0.2, 0.9] | [3.0, 0.0]
Geometric: logits=[-2.0, 1.0] | [3.0, 0.0]
Binomial: total_count=5, probs=[0.2, 0.5] | [3.0, 5.0]
Binomial: total_count=40, logits=[-2.0, 0.3] | [3.0, 25.0]
NegativeBinomial: total_count=[2.5, 4.0], probs=[0.2, 0.5] | [3.0, 0.0]
NegativeBinomial: total_count=3, logits=[-2.0, 0.3] | [3.0, 0.0]
Categorical: probs=[[1.0, 2.0, 1.0], [0.2, 0.3, 4.0]] | [2, 0]
Categorical: logits=[-1.0, 0.5, 2.0] | [[2, 0, 1]]
OneHotCategorical: probs=[[1.0, 2.0, 1.0], [0.2, 0.3, 4.0]] | [[0.0, 0.0, 1.0], [1.0, 0.0, 0.0]]
OneHotCategoricalStraightThrough: logits=[-1.0, 0.5, 2.0] | [0.0, 0.0, 1.0]
Multinomial: total_count=4, probs=[[1.0, 2.0, 1.0], [0.2, 0.3, 4.0]] | [[1.0, 2.0, 1.0], [0.0, 0.0, 4.0]]
Multinomial: total_count=3, logits=[-1.0, 0.5, 2.0] | [1.0, 0.0, 2.0]
LogNormal: loc=[0.5, -1.0], scale=[1.0, 0.5] | [0.3, 4.0]
HalfNormal: scale=[1.0, 2.5] | [0.3, 4.0]
HalfCauchy: scale=[1.0, 2.5] | [0.3, 4.0]
StudentT: df=[0.9, 1.5, 4.0], loc=[0.5, 1.0, -1.0], scale=[1.0, 2.0, 2.5] | [0.3, 0.0, -4.0]
Gumbel: loc=[0.5, -1.0], scale=[1.0, 2.5] | [0.3, -4.0]
MultivariateNormal: loc=[0.5, -1.0], covariance_matrix=[[2.0, 0.5], [0.5, 1.0]] | [[0.3, -4.0], [1.0, 1.0]]
MultivariateNormal: loc=[[0.5, -1.0], [2.0, 0.0]], precision_matrix=[[2.0, 0.5], [0.5, 1.0]] | [0.3, -4.0]
MultivariateNormal: loc=[0.5, -1.0], scale_tril=[[[2.0, 0.0], [0.5, 1.0]], [[1.0, 0.0], [-0.5, 3.0]]] | [0.3, -4.0]
Pareto: scale=[1.0, 2.5], alpha=[0.7, 4.0] | [1.5, 4.0]
Weibull: scale=[1.0, 2.5], concentration=[0.7, 4.0] | [1.5, 4.0]
Kumaraswamy: concentration1=[0.7, 2.5], concentration0=[1.5, 4.0] | [0.3, 0.9]
InverseGamma: concentration=[0.7, 1.5, 4.0], rate=[1.0, 2.5, 4.0] | [0.3, 0.9, 3.0]
FisherSnedecor: df1=[1.5, 3.0, 5.0], df2=[2.5, 1.5, 8.0] | [0.3, 0.9, 3.0]
LogisticNormal: loc=[0.5, -1.0], scale=[1.0, 2.5] | [0.3, 0.5, 0.2]
LogisticNormal: loc=[[0.5, -1.0], [0.0, 0.0]], scale=1.5 | [0.3, 0.5, 0.2]
ContinuousBernoulli: probs=[0.2, 0.5, 0.9, 0.4995] | [0.3, 0.9, 0.0, 1.0]
ContinuousBernoulli: logits=[-2.0, 0.0001, 3.0] | [0.3, 0.9, 0.5]
LowRankMultivariateNormal: loc=[0.5, -1.0, 2.0], cov_factor=[[1.0, 0.5], [0.3, -1.0], [0.2, 0.1]], cov_diag=[1.0, 2.0, 0.5] | [[0.3, -4.0, 1.0], [1.0, 1.0, 1.0]]
LowRankMultivariateNormal: loc=[[0.5, -1.0], [2.0, 0.0]], cov_factor=[[1.0], [0.3]], cov_diag=[1.0, 2.0] | [0.3, -4.0]
LKJCholesky: dim=3, concentration=[0.5, 1.0, 4.0] | [[1.0, 0.0, 0.0], [0.6, 0.8, 0.0], [0.0, -0.8, 0.6]]
LKJCholesky: dim=2, concentration=2.5 | [[[1.0, 0.0], [0.6, 0.8]]]
Wishart: df=4.5, covariance_matrix=[[2.0, 0.5], [0.5, 1.0]] | [[3.0, 0.3], [0.3, 0.5]]
Wishart: df=[3.5, 6.0], precision_matrix=[[2.0, 0.5, 0.0], [0.5, 1.0, 0.2], [0.0, 0.2, 3.0]] | [[3.0, 0.3, 0.0], [0.3, 0.5, 0.1], [0.0, 0.1, 2.0]]
Wishart: df=[2.5, 3.0], covariance_matrix=[[[2.0, 0.0], [0.0, 1.0]], [[1.0, 0.5], [0.5, 3.0]]] | [[3.0, 0.3], [0.3, 0.5]]
RelaxedBernoulli: temperature=0.7, probs=[0.2, 0.6] | [0.3, 0.8]
RelaxedBernoulli: temperature=0.7, logits=[0.2, -1.0] | [0.3, 0.8]
RelaxedOneHotCategorical: temperature=0.7, probs=[0.2, 0.6, 1.0] | [0.3, 0.5, 0.2]
RelaxedOneHotCategorical: temperature=0.7, logits=[0.2, -1.0, 0.3] | [0.3, 0.5, 0.2]
"""  # fmt: skip
CASES = [tuple(line.split(": ", 1)) for line in ROWS.strip().splitlines()]
PROPERTIES = "mean mode variance stddev batch_shape event_shape has_rsample has_enumerate_support probs logits".split()


def made(T: Any, name: str, row: str, dtype: str = "float64") -> tuple[Any, dict[str, Any], Any]:
    """A distribution of one of the libraries, its Tensor parameters, and a value."""
    given, value = row.split(" | ")
    parameters = {}
    for key, x in eval(f"dict({given})").items():
        whole = isinstance(x, int)
        parameters[key] = x if whole else T.tensor(x, dtype=getattr(T, dtype), requires_grad=True)
    kind = None if "Categorical" == name else getattr(T, dtype)
    return getattr(T.distributions, name)(**parameters), parameters, T.tensor(eval(value), dtype=kind)


def plain(x: Any) -> Any:
    """A result that does not depend on the library: arrays, texts and the phrases of errors."""
    if hasattr(x, "detach"):
        return np.asarray(x.detach().numpy()), str(x.dtype).rpartition(".")[2].strip("'()").removeprefix("dtype('")
    return tuple(x) if isinstance(x, tuple) else x


def outcome(compute: Any, *args: Any) -> Any:
    try:
        return plain(compute(*args))
    except (NotImplementedError, AttributeError, ValueError) as error:
        return type(error).__name__


def same(ours: Any, theirs: Any, what: str, rtol: float = 1e-9) -> None:
    if isinstance(theirs, tuple) and theirs and isinstance(theirs[0], np.ndarray):
        assert isinstance(ours, tuple), (what, ours)
        assert ours[1] == theirs[1], (what, ours[1], theirs[1])
        np.testing.assert_allclose(ours[0], theirs[0], rtol=rtol, atol=1e-12 if rtol < 1e-6 else 1e-6, err_msg=what)
        return
    assert ours == theirs, (what, ours, theirs)


def with_gradients(T: Any, compute: Any, parameters: dict[str, Any], value: Any = None) -> list[Any]:
    """A result, and the gradients of a weighted sum of it."""
    if value is not None and value.dtype == T.float64:
        value.requires_grad_()
    out = compute(value) if value is not None else compute()
    leaves = [x for x in (*parameters.values(), value) if hasattr(x, "requires_grad") and x.requires_grad]
    if not out.requires_grad:
        return [plain(out)]
    weights = T.arange(1, out.numel() + 1, dtype=T.float64).reshape(out.shape)
    found = T.autograd.grad((out * weights).sum(), leaves, allow_unused=True, retain_graph=True)
    return [plain(out), *(None if g is None else plain(g) for g in found)]


@pytest.mark.parametrize(("name", "row"), CASES)
def test_values_and_gradients(name: str, row: str) -> None:
    ours, theirs = made(tl, name, row), made(torch, name, row)
    for attribute in PROPERTIES:
        same(outcome(getattr, ours[0], attribute), outcome(getattr, theirs[0], attribute), attribute)
    assert repr(ours[0]).replace("Size(", "torch.Size(") == repr(theirs[0]).replace(
        ", dtype=torch.float64", ", dtype=float64"
    )
    assert repr(ours[0].support) == repr(theirs[0].support).replace("torch.float64", "float64")
    for method in ("log_prob", "cdf", "icdf", "entropy", "perplexity", "enumerate_support"):
        found = []
        for T, (d, parameters, value) in ((tl, ours), (torch, theirs)):
            arguments = (
                [value if method != "icdf" else T.full_like(value, 0.3)]
                if method in ("log_prob", "cdf", "icdf")
                else []
            )
            if method == "cdf" and name in ("Gamma", "Chi2", "InverseGamma"):
                d = type(d)(**{k: x.detach() for k, x in parameters.items()})
            try:
                found.append(with_gradients(T, getattr(d, method), parameters, *arguments))
            except NotImplementedError:
                found.append(["NotImplementedError"])
        for i, (a, b) in enumerate(zip(*found, strict=True)):
            same(a, b, f"{method} {i}", 1e-7)


@pytest.mark.parametrize(("name", "row"), CASES)
@pytest.mark.filterwarnings("ignore:Singular sample")
def test_samples_are_pytorchs(name: str, row: str) -> None:
    """The numbers in float32 and float64, for few and many, and the gradients that they have."""
    for dtype, tolerance in (("float64", 2e-12), ("float32", 2e-6)):
        ours, theirs = made(tl, name, row, dtype), made(torch, name, row, dtype)
        for shape in ((), (3,), (7, 5)):
            tl.manual_seed(4)
            torch.manual_seed(4)
            same(plain(ours[0].sample(shape)), plain(theirs[0].sample(shape)), f"sample {shape} {dtype}", tolerance)
        if ours[0].has_rsample and dtype == "float64":
            tl.manual_seed(5)
            torch.manual_seed(5)
            found = [with_gradients(T, d.rsample, p) for T, (d, p, _) in ((tl, ours), (torch, theirs))]
            implicit = name in (
                "Gamma",
                "Chi2",
                "Beta",
                "Dirichlet",
                "StudentT",
                "InverseGamma",
                "FisherSnedecor",
                "Wishart",
            )
            for a, b in zip(*found, strict=True):
                same(a, b, "rsample", 2e-3 if implicit else 1e-9)


@pytest.mark.parametrize(("name", "row"), CASES)
@pytest.mark.filterwarnings("ignore:Singular sample")
def test_an_expanded_distribution_is_pytorchs(name: str, row: str) -> None:
    ours, theirs = made(tl, name, row)[0], made(torch, name, row)[0]
    shape = (3, *theirs.batch_shape)
    a, b = ours.expand(shape), theirs.expand(shape)
    assert type(a) is type(ours)
    for attribute in PROPERTIES:
        same(outcome(getattr, a, attribute), outcome(getattr, b, attribute), attribute)
    tl.manual_seed(4)
    torch.manual_seed(4)
    same(plain(a.sample((2,))), plain(b.sample((2,))), "sample", 2e-12)
    assert repr(a).replace("Size(", "torch.Size(") == repr(b).replace(", dtype=torch.float64", ", dtype=float64")


IN_FLOAT32 = [
    (
        "GeneralizedPareto",
        "loc=[0.5, -1.0, 0.0], scale=[1.0, 2.5, 1.0], concentration=[0.3, -0.5, 0.0] | [0.7, 2.0, 3.0]",
    ),
    ("GeneralizedPareto", "loc=[0.5], scale=[1.0], concentration=[-1.0] | [0.7]"),
    ("VonMises", "loc=[0.5, -2.0, 3.0], concentration=[0.7, 4.0, 6.0] | [0.3, 9.0, 3.1]"),
]
"""PyTorch's generalized Pareto has no float64, and its von Mises has seven digits."""


@pytest.mark.parametrize(("name", "row"), IN_FLOAT32)
def test_in_float32(name: str, row: str) -> None:
    ours, theirs = made(tl, name, row, "float32"), made(torch, name, row, "float32")
    for attribute in PROPERTIES:
        same(outcome(getattr, ours[0], attribute), outcome(getattr, theirs[0], attribute), attribute, 3e-6)
    for method in ("log_prob", "cdf", "icdf", "entropy", "log_cdf", "log_survival_function"):
        found = []
        for d, parameters, value in (ours, theirs):
            T = tl if d is ours[0] else torch
            given = [] if method == "entropy" else [T.full_like(value, 0.3) if method == "icdf" else value]
            try:
                found.append(with_gradients(T, getattr(d, method), parameters, *given))
            except (NotImplementedError, AttributeError) as error:
                found.append([type(error).__name__])
        for i, (a, b) in enumerate(zip(*found, strict=True)):
            same(a, b, f"{method} {i}", 2e-5)
    for shape in ((), (7,)):
        tl.manual_seed(4)
        torch.manual_seed(4)
        expanded = [d.expand((2, *d.batch_shape)) for d in (ours[0], theirs[0])]
        same(plain(expanded[0].sample(shape)), plain(expanded[1].sample(shape)), "sample", 2e-5)


def test_wisharts() -> None:
    """PyTorch's divergence of two, whose gradients and batches are wrong there; and a factor in place of a matrix."""
    given = (3.5, [[2.0, 0.5], [0.5, 1.0]]), (6.0, [[1.0, -0.3], [-0.3, 3.0]])
    found = []
    for T in (tl, torch):
        p, q = (T.distributions.Wishart(df, T.tensor(matrix, dtype=T.float64)) for df, matrix in given)
        found.append([T.distributions.kl_divergence(p, q).item(), T.distributions.kl_divergence(q, p).item()])
    np.testing.assert_allclose(*found, rtol=1e-10)
    factor = tl.tensor([[2.0, 0.0], [0.5, 1.0]], dtype=tl.float64, requires_grad=True)
    one, other = tl.distributions.Wishart(4.0, scale_tril=factor), tl.distributions.Wishart(4.0, factor @ factor.mT)
    value = tl.tensor([[3.0, 0.3], [0.3, 0.5]], dtype=tl.float64)
    grads = [tl.autograd.grad(d.log_prob(value) + d.entropy(), factor)[0].tril().tolist() for d in (one, other)]
    np.testing.assert_allclose(*grads, rtol=1e-10)
    assert tl.distributions.kl_divergence(one, other).item() == pytest.approx(0.0, abs=1e-12)
    with pytest.raises(ValueError, match="different event shapes"):
        tl.distributions.kl_divergence(one, tl.distributions.Wishart(4.0, tl.eye(3)))


def test_von_mises_in_closed_form() -> None:
    """The density adds up to 1 over a turn, its circular variance is that of the density, and samples have it."""
    d = tl.distributions.VonMises(tl.tensor(0.7, dtype=tl.float64), 2.5)
    angles = tl.arange(2000, dtype=tl.float64) * (2 * math.pi / 2000)
    weights = d.log_prob(angles).exp() * (2 * math.pi / 2000)
    np.testing.assert_allclose(weights.sum().item(), 1.0, rtol=1e-12)
    np.testing.assert_allclose((1 - (weights * (angles - 0.7).cos()).sum()).item(), d.variance.item(), rtol=1e-12)
    tl.manual_seed(0)
    drawn = d.sample((4000,))
    assert abs((1 - (drawn - 0.7).cos().mean()).item() - d.variance.item()) < 0.02
    assert ((drawn >= -math.pi) & (drawn < math.pi)).all()


WRONG = """
Normal(0.0, -1.0)
Normal(T.tensor([0.0, math.nan]), 1.0)
Normal(0.0, 1.0).log_prob(T.tensor(math.nan))
Normal(T.zeros(3), 1.0).log_prob(T.zeros(2))
Normal(0.0, 1.0).log_prob(1.0)
Normal("a", 1.0)
Bernoulli()
Bernoulli(0.5, 0.5)
Bernoulli(1.5)
Bernoulli(0.5).log_prob(T.tensor(0.5))
Bernoulli(logits=T.tensor([math.nan]))
Uniform(1.0, 0.0)
Uniform(0.0, 1.0).log_prob(T.tensor(2.0))
Uniform(0.0, 1.0).cdf(T.tensor(2.0))
Exponential(0.0)
Gamma(1.0, -1.0)
Gamma(1.0, 1.0).log_prob(T.tensor(-1.0))
Beta(1.0, 0.0)
Beta(1.0, 1.0).log_prob(T.tensor(1.5))
Dirichlet(T.tensor(1.0))
Dirichlet(T.tensor([1.0, -1.0]))
Dirichlet(T.ones(2)).log_prob(T.tensor([0.5, 0.6]))
Dirichlet(T.ones(2)).log_prob(T.tensor([0.5, 0.3, 0.2]))
Categorical(T.tensor(1.0))
Categorical(logits=T.tensor(1.0))
Categorical(T.tensor([-1.0, 2.0]))
Categorical(T.ones(2)).log_prob(T.tensor(2))
Categorical(T.ones(2)).log_prob(T.tensor(0.5))
Categorical()
OneHotCategorical(T.ones(2)).log_prob(T.tensor([1.0, 1.0]))
Multinomial(2.5, T.ones(2))
Multinomial(2, T.ones(2)).log_prob(T.tensor([2.0, 1.0]))
Poisson(-1.0)
Poisson(1.0).log_prob(T.tensor(0.5))
Poisson(1.0).cdf(T.tensor(1.0))
Geometric(0.0)
Geometric(1.5)
Binomial(-1, T.tensor(0.5))
Binomial(2, T.tensor(0.5)).log_prob(T.tensor(3.0))
Binomial(T.tensor([2.0, 3.0]), T.tensor(0.5)).entropy()
Binomial(T.tensor([2.0, 3.0]), T.tensor(0.5)).enumerate_support()
NegativeBinomial(1.0, T.tensor(1.0))
LogNormal(0.0, 1.0).log_prob(T.tensor(-1.0))
HalfNormal(-1.0)
HalfNormal(1.0).log_prob(T.tensor(-1.0))
StudentT(1.0, 0.0, -1.0)
Gumbel(0.0, -1.0)
MultivariateNormal(T.tensor(0.0), T.eye(1))
MultivariateNormal(T.zeros(2))
MultivariateNormal(T.zeros(2), T.eye(2), T.eye(2))
MultivariateNormal(T.zeros(2), T.zeros(2))
MultivariateNormal(T.zeros(2), scale_tril=T.zeros(2))
MultivariateNormal(T.zeros(2), -T.eye(2))
MultivariateNormal(T.zeros(2), T.tensor([[1.0, 2.0], [0.0, 1.0]]))
MultivariateNormal(T.zeros(2), scale_tril=T.tensor([[1.0, 2.0], [0.0, 1.0]]))
LowRankMultivariateNormal(T.tensor(0.0), T.ones(1, 1), T.ones(1))
LowRankMultivariateNormal(T.zeros(2), T.ones(2), T.ones(2))
LowRankMultivariateNormal(T.zeros(2), T.ones(3, 1), T.ones(2))
LowRankMultivariateNormal(T.zeros(2), T.ones(2, 1), T.ones(3))
LowRankMultivariateNormal(T.zeros(3, 2), T.ones(2, 2, 1), T.ones(2))
kl_divergence(LowRankMultivariateNormal(T.zeros(2), T.ones(2, 1), T.ones(2)), LowRankMultivariateNormal(T.zeros(3), T.ones(3, 1), T.ones(3)))
CorrCholeskyTransform()(T.zeros(2))
CorrCholeskyTransform().forward_shape((2,))
CorrCholeskyTransform().inverse_shape((2, 3))
CatTransform([ExpTransform()], lengths=[1, 2])
CatTransform([3])
CatTransform([ExpTransform()])(T.zeros(2))
StackTransform([ExpTransform()], dim=1)(T.zeros(2))
Wishart(3.0)
Wishart(3.0, T.eye(2), T.eye(2))
Wishart(3.0, T.ones(2))
Wishart(0.5, T.eye(2))
Wishart(3.0, T.ones(2, 2))
Wishart(3.0, T.eye(2)).log_prob(-T.eye(2))
LKJCholesky(1)
LKJCholesky(2, -1.0)
LKJCholesky(2).log_prob(T.ones(2, 2))
ContinuousBernoulli()
ContinuousBernoulli(0.5, 0.5)
ContinuousBernoulli(1.5, validate_args=True)
ContinuousBernoulli(0.5).log_prob(T.tensor(1.5))
Pareto(-1.0, 1.0)
Pareto(1.0, 1.0).log_prob(T.tensor(0.5))
Weibull(1.0, -1.0)
Kumaraswamy(1.0, 0.0)
Kumaraswamy(1.0, 1.0).log_prob(T.tensor(1.5))
InverseGamma(1.0, -1.0)
InverseGamma(1.0, 1.0).log_prob(T.tensor(-1.0))
FisherSnedecor(1.0, 1.0).log_prob(T.tensor(-1.0))
LogisticNormal(T.zeros(2), 1.0).log_prob(T.tensor([0.5, 0.5, 0.5]))
VonMises(0.0, -1.0)
GeneralizedPareto(0.0, 1.0, -0.5).log_prob(T.tensor(3.0))
Independent(Normal(0.0, 1.0), 1)
Independent(Bernoulli(T.tensor([0.5])), 1).enumerate_support()
TransformedDistribution(Normal(0.0, 1.0), 3)
TransformedDistribution(Normal(0.0, 1.0), [3])
TransformedDistribution(Normal(0.0, 1.0), StickBreakingTransform())
MixtureSameFamily(Normal(0.0, 1.0), Normal(T.zeros(2), 1.0))
MixtureSameFamily(Categorical(T.ones(2)), 3)
MixtureSameFamily(Categorical(T.ones(2)), Normal(T.zeros(3), 1.0))
MixtureSameFamily(Categorical(T.ones(3, 2)), Normal(T.zeros(4, 2), 1.0))
kl_divergence(Categorical(T.ones(2)), Normal(0.0, 1.0))
kl_divergence(MultivariateNormal(T.zeros(2), T.eye(2)), MultivariateNormal(T.zeros(3), T.eye(3)))
transform_to(constraints.boolean)
biject_to.register(3, len)
biject_to.register(int)(len)
Poisson(1.0).rsample()
Normal(0.0, 1.0).enumerate_support()
Poisson(1.0).icdf(T.tensor(0.5))
Distribution().log_prob(T.tensor(1.0))
Distribution(validate_args=False).mode
ExpTransform(cache_size=2)
ReshapeTransform((2,), (3,))
constraints.dependent.check(T.tensor(1.0))
constraints.dependent.event_dim
constraints.independent(constraints.real, 2).check(T.zeros(2))
IndependentTransform(ExpTransform(), 1)(T.tensor(0.0))
StickBreakingTransform().forward_shape(())
Distribution.set_default_validate_args("a")
utils.tril_matrix_to_vec(T.zeros(2, 2), 3)
"""  # fmt: skip


@pytest.mark.parametrize("line", WRONG.strip().splitlines())
@pytest.mark.filterwarnings("ignore")
def test_errors_are_pytorchs(line: str) -> None:
    errors = []
    for T in (torch, tl):
        names = {**vars(T.distributions), "T": T, "math": math}
        with pytest.raises(Exception) as caught:
            eval(line, names)
        errors.append(caught.value)
    theirs, ours = errors
    assert type(ours).__name__ == type(theirs).__name__, (repr(ours), repr(theirs))
    text = (
        " ".join(str(theirs).split())
        .replace("torch.Size", "Size")
        .replace("torch.distributions.", "tinygrad_lite.distributions.")
    )
    if "instance of" not in text:
        assert " ".join(str(ours).split()).startswith(text.strip().removesuffix(".")), (str(ours), text)


EXPRESSIONS = """
kl_divergence(Normal(x, y), Normal(y, x))
kl_divergence(Bernoulli(x / 4), Bernoulli(y / 4))
kl_divergence(Bernoulli(T.tensor([0.0, 1.0, 0.0, 0.5])), Bernoulli(T.tensor([0.0, 1.0, 1.0, 0.0])))
kl_divergence(Beta(x, y), Beta(y, x))
kl_divergence(Binomial(3, x / 4), Binomial(3, y / 4))
kl_divergence(Binomial(4, x / 4), Binomial(3, y / 4))
kl_divergence(Categorical(x), Categorical(y))
kl_divergence(Categorical(T.tensor([0.0, 1.0])), Categorical(T.tensor([1.0, 1.0])))
kl_divergence(Categorical(T.tensor([1.0, 1.0])), Categorical(T.tensor([0.0, 1.0])))
kl_divergence(OneHotCategorical(x), OneHotCategorical(y))
kl_divergence(Cauchy(x, y), Cauchy(y, x))
kl_divergence(Dirichlet(x), Dirichlet(y))
kl_divergence(Exponential(x), Exponential(y))
kl_divergence(Gamma(x, y), Gamma(y, x))
kl_divergence(Chi2(x), Chi2(y))
kl_divergence(Chi2(x), Gamma(y, x))
kl_divergence(Geometric(x / 4), Geometric(y / 4))
kl_divergence(Gumbel(x, y), Gumbel(y, x))
kl_divergence(HalfNormal(x), HalfNormal(y))
kl_divergence(Laplace(x, y), Laplace(y, x))
kl_divergence(LogNormal(x, y), LogNormal(y, x))
kl_divergence(Poisson(x), Poisson(y))
kl_divergence(Uniform(x, x + 1), Uniform(x - y, x + y))
kl_divergence(Independent(Normal(x, y), 1), Independent(Normal(y, x), 1))
kl_divergence(MultivariateNormal(x[:2], A), MultivariateNormal(y[:2], B))
kl_divergence(MultivariateNormal(x[:2], A), MultivariateNormal(T.stack([y[:2], x[:2]]), T.stack([A, B])))
CatTransform([ExpTransform(), AffineTransform(1.0, 2.0)], lengths=[1, 2])(x)
CatTransform([ExpTransform(), AffineTransform(1.0, 2.0)], lengths=[1, 2]).inv(x)
CatTransform([ExpTransform(), AffineTransform(1.0, 2.0)], lengths=[1, 2]).log_abs_det_jacobian(x, y)
CatTransform([StickBreakingTransform().inv, ExpTransform()], lengths=[1, 1], dim=0).with_cache().log_abs_det_jacobian(A, B)
transforms.StackTransform([ExpTransform(), AffineTransform(1.0, 2.0)], dim=1)(A)
transforms.StackTransform([ExpTransform(), AffineTransform(1.0, 2.0)], dim=1).inv(A.abs() + 1)
transforms.StackTransform([ExpTransform(), AffineTransform(1.0, 2.0)], dim=1).log_abs_det_jacobian(A, B)
CorrCholeskyTransform()(x)
CorrCholeskyTransform().inv(CorrCholeskyTransform()(x - y))
CorrCholeskyTransform().log_abs_det_jacobian(x / 4, CorrCholeskyTransform()(x / 4))
CumulativeDistributionTransform(Normal(x, y))(y)
CumulativeDistributionTransform(Normal(x, y)).inv(y / 9)
CumulativeDistributionTransform(Normal(x, y)).with_cache().log_abs_det_jacobian(y, y)
TransformedDistribution(Normal(x, y), [CumulativeDistributionTransform(Laplace(x, y))]).log_prob(y / 9)
transform_to(constraints.corr_cholesky)(x)
transform_to(constraints.cat([constraints.positive, constraints.unit_interval], 0, [1, 2]))(x)
biject_to(constraints.stack([constraints.positive, constraints.real], 0))(A)
kl_divergence(Pareto(x, y), Pareto(y, x))
kl_divergence(ContinuousBernoulli(x / 4), ContinuousBernoulli(y / 4))
kl_divergence(InverseGamma(x, y), InverseGamma(y, x))
kl_divergence(LowRankMultivariateNormal(x, T.stack([x, y], -1), y), LowRankMultivariateNormal(y, T.stack([y], -1), x))
kl_divergence(LowRankMultivariateNormal(x[:2], A[:, :1], y[:2]), MultivariateNormal(y[:2], B))
kl_divergence(MultivariateNormal(x[:2], A), LowRankMultivariateNormal(y[:2], B[:, :1], x[:2]))
kl_divergence(Bernoulli(x / 4), Poisson(y))
kl_divergence(Poisson(x), Binomial(3, y / 4))
kl_divergence(Normal(x, y), Laplace(y, x))
kl_divergence(Chi2(x), Exponential(y))
kl_divergence(Uniform(x * 0 - 1, x), Exponential(y))
kl_divergence(TransformedDistribution(Normal(x, y), TanhTransform()), TransformedDistribution(Normal(y, x), TanhTransform()))
mixture.log_prob(y)
mixture.mean
mixture.variance
mixture.stddev
mixture.cdf(y)
mixture.sample((3,))
mixture.expand((2,)).log_prob(y[:2])
MixtureSameFamily(Categorical(x), Independent(Normal(T.stack([x, y], -1), 1.5), 1)).log_prob(T.stack([x, y], -1))
MixtureSameFamily(Categorical(x), Independent(Normal(T.stack([x, y], -1), 1.5), 1)).sample((4,))
MixtureSameFamily(Categorical(x), Independent(Normal(T.stack([x, y], -1), 1.5), 1)).variance
MixtureSameFamily(Categorical(x), MultivariateNormal(T.stack([x, y], -1), A)).mean
Independent(Bernoulli(x / 4), 1).log_prob(T.round(y / 3))
Independent(Bernoulli(x / 4), 1).entropy()
Independent(Bernoulli(x / 4), 0).enumerate_support()
Independent(Normal(x, y), 1).expand((2,)).rsample()
Independent(Normal(x, y), 1).variance
TransformedDistribution(Normal(x, y), [ExpTransform(), AffineTransform(x, -y)]).cdf(x - y)
TransformedDistribution(Normal(x, y), [ExpTransform(), AffineTransform(x, -y)]).icdf(x / 4)
TransformedDistribution(Normal(x, y), [ExpTransform(), AffineTransform(x, -y)]).log_prob(x - y)
TransformedDistribution(Normal(x, y), AffineTransform(x, y, event_dim=1)).log_prob(y)
TransformedDistribution(Normal(x[:2], 1.0), StickBreakingTransform()).log_prob(T.tensor([0.2, 0.3, 0.5]))
TransformedDistribution(Normal(x[:1], 1.0), AffineTransform(x, y)).rsample((2,))
TransformedDistribution(Normal(x, y), SigmoidTransform()).expand((2, 3)).log_prob(x / 4)
TransformedDistribution(Uniform(x * 0, x * 0 + 1), [SigmoidTransform().inv, AffineTransform(x, y)]).log_prob(y)
TransformedDistribution(MultivariateNormal(x[:2], A), ExpTransform()).log_prob(y[:2])
TransformedDistribution(Normal(x, y), ReshapeTransform((3,), (1, 3))).log_prob(y.reshape(1, 3))
ExpTransform()(x) + ExpTransform().inv(y) + ExpTransform().log_abs_det_jacobian(x, y)
PowerTransform(y)(x) + PowerTransform(y).inv(x) + PowerTransform(y).log_abs_det_jacobian(x, x**y) + PowerTransform(y).sign
SigmoidTransform()(x) + SigmoidTransform().inv(x / 4) + SigmoidTransform().log_abs_det_jacobian(x, y)
SigmoidTransform()(T.tensor([-1000.0, 1000.0])).log()
SoftplusTransform()(x) + SoftplusTransform().inv(x) + SoftplusTransform().log_abs_det_jacobian(x, y)
TanhTransform()(x) + TanhTransform().inv(x / 4) + TanhTransform().log_abs_det_jacobian(x * 20, y)
AbsTransform()(x - y) + AbsTransform().inv(x)
SoftmaxTransform()(x) + SoftmaxTransform().inv(x)
StickBreakingTransform()(x)
StickBreakingTransform().inv(x / x.sum())
StickBreakingTransform().log_abs_det_jacobian(x, StickBreakingTransform()(x))
LowerCholeskyTransform()(A) + LowerCholeskyTransform().inv(A)
PositiveDefiniteTransform()(A) + PositiveDefiniteTransform().inv(A)
ReshapeTransform((3,), (1, 3)).log_abs_det_jacobian(x, x)
ReshapeTransform((3,), (1, 3)).inv(x.reshape(1, 3))
IndependentTransform(ExpTransform(), 1).log_abs_det_jacobian(x, y)
ComposeTransform([AffineTransform(x, y), ExpTransform()]).log_abs_det_jacobian(x, (x + y * x).exp())
ComposeTransform([AffineTransform(x, y), ExpTransform()]).inv(x)
ComposeTransform([AffineTransform(x, y), StickBreakingTransform()]).log_abs_det_jacobian(x, StickBreakingTransform()(x + y * x))
ComposeTransform([AffineTransform(0.0, -2.0), ExpTransform()]).sign * x
identity_transform(x) + identity_transform.log_abs_det_jacobian(x, x)
transform_to(constraints.positive)(x)
transform_to(constraints.greater_than(2.0))(x) + biject_to(constraints.greater_than_eq(2.0))(x)
transform_to(constraints.less_than(2.0))(x)
transform_to(constraints.interval(-1.0, 3.0))(x) + transform_to(constraints.unit_interval)(x)
transform_to(constraints.simplex)(x)
biject_to(constraints.simplex)(x)
biject_to(constraints.real)(x) + biject_to(constraints.real_vector)(x)
transform_to(constraints.lower_cholesky)(A) + transform_to(constraints.positive_definite)(A)
utils.vec_to_tril_matrix(x) + utils.vec_to_tril_matrix(x[:1], -1)
utils.tril_matrix_to_vec(A, -1) + utils.tril_matrix_to_vec(A, 1).sum()
utils.probs_to_logits(x / 4) + utils.probs_to_logits(x / 4, True) + utils.logits_to_probs(x) + utils.logits_to_probs(x, True)
MultivariateNormal(x[:2], A).precision_matrix + MultivariateNormal(x[:2], A).scale_tril
MultivariateNormal(x[:2], precision_matrix=A).covariance_matrix
MultivariateNormal(T.zeros(3, 2), A).log_prob(T.ones(4, 3, 2))
MultivariateNormal(T.zeros(3, 2, dtype=T.float64), A).rsample((2,))
Normal(x, y).perplexity()
Dirichlet(T.tensor([[0.5, 0.4], [0.5, 3.0], [2.0, 3.0]])).mode
"""  # fmt: skip
TEXTS = """
mixture
Independent(Normal(T.zeros(2, 3), 1.0), 1)
TransformedDistribution(Normal(0.0, 1.0), ExpTransform())
ComposeTransform([AffineTransform(0, 1), ExpTransform().inv])
IndependentTransform(ExpTransform(), 1)
StickBreakingTransform().domain, StickBreakingTransform().codomain, StickBreakingTransform().event_dim
ComposeTransform([AffineTransform(0, 1), StickBreakingTransform()]).domain
ComposeTransform([StickBreakingTransform(), AffineTransform(0, 1)]).codomain
ComposeTransform([ExpTransform(), SigmoidTransform()]).bijective, AbsTransform().bijective
transform_to(constraints.positive)
transform_to(constraints.independent(constraints.positive, 1))
ExpTransform() == ExpTransform(), ExpTransform() == TanhTransform(), ExpTransform().inv == ExpTransform().inv
AffineTransform(1, 2) == AffineTransform(1, 2), AffineTransform(1, 2) == AffineTransform(T.tensor([1, 1]), 2)
PowerTransform(2.0) == PowerTransform(2.0), PowerTransform(2.0) == PowerTransform(3.0), PowerTransform(2.0) == 3
ComposeTransform([ExpTransform()]) == ComposeTransform([ExpTransform()]), ExpTransform() == ExpTransform().inv.inv
AffineTransform(1, -2).sign, AffineTransform(1, 0.5).sign, ExpTransform().inv.sign, AffineTransform(1, 2).inv.bijective
AffineTransform(T.zeros(3), 2).forward_shape((2, 1)), StickBreakingTransform().inverse_shape((2, 3))
ReshapeTransform((2, 3), (6,)).inv.forward_shape((4, 6)), ExpTransform().inv.inverse_shape((4,))
Normal(0.0, 1.0).support, Uniform(0.0, 2.0).support, Binomial(3, T.tensor(0.5)).support, Categorical(T.ones(3)).support
Dirichlet.arg_constraints, MultivariateNormal.arg_constraints, Categorical.arg_constraints, mixture.support
Normal.support.is_discrete, Poisson.support.is_discrete, Binomial.support.is_discrete, constraints.simplex.event_dim
constraints.cat([constraints.real, constraints.positive], 0, [1, 2]).check(x - 1)
constraints.stack([constraints.real, constraints.positive], 0).check(A - 1)
constraints.cat([constraints.real, constraints.simplex]).event_dim, constraints.stack([constraints.real], -1).event_dim
constraints.cat([constraints.real, constraints.boolean]).is_discrete
constraints.simplex.check(A / A.sum(-1, keepdim=True)), constraints.one_hot.check(T.eye(2)), constraints.one_hot.check(A)
constraints.boolean.check(x), constraints.unit_interval.check(x), constraints.half_open_interval(1, 2).check(x)
constraints.less_than(2).check(x), constraints.greater_than_eq(1.5).check(x), constraints.positive_integer.check(x)
constraints.nonnegative_integer.check(T.tensor([-1.0, 0.0, 0.5, 2.0])), constraints.integer_interval(1, 2).check(x)
constraints.lower_triangular.check(A), constraints.lower_triangular.check(A.tril()), constraints.lower_cholesky.check(A.tril())
constraints.corr_cholesky.check(T.eye(3)), constraints.corr_cholesky.check(A.tril())
constraints.square.check(A), constraints.square.check(A[:1]), constraints.symmetric.check(A), constraints.symmetric.check(A.tril())
constraints.positive_definite.check(A), constraints.positive_definite.check(-A), constraints.positive_semidefinite.check(A * 0)
constraints.positive_definite.check(T.stack([A, -A])), constraints.positive_semidefinite.check(A[:1]), constraints.positive_definite.check(A[:1])
constraints.multinomial(3).check(T.tensor([[1, 2], [2, 2]])), constraints.real.check(T.tensor([1.0, math.nan]))
constraints.dependent(is_discrete=True, event_dim=1).event_dim, constraints.is_dependent(constraints.dependent)
constraints.independent(constraints.nonnegative, 1).check(x - 1), constraints.independent(constraints.real, 1).is_discrete
constraints.MixtureSameFamilyConstraint(constraints.simplex).check(T.eye(2)), constraints.MixtureSameFamilyConstraint(constraints.real).is_discrete
"""  # fmt: skip


def names_for(T: Any) -> dict[str, Any]:
    d = T.distributions
    names = {**vars(d), "T": T, "math": math}
    for name, x in {
        "x": [0.5, 1.5, 2.5],
        "y": [1.0, 2.0, 0.7],
        "A": [[2.0, 0.5], [0.5, 1.0]],
        "B": [[1.0, -0.3], [-0.3, 2.0]],
    }.items():
        names[name] = T.tensor(x, dtype=T.float64, requires_grad=True)
    x, y = names["x"], names["y"]
    names["mixture"] = d.MixtureSameFamily(d.Categorical(x), d.Normal(y, x))
    return names


@pytest.mark.parametrize("line", EXPRESSIONS.strip().splitlines())
def test_expressions(line: str) -> None:
    """Values and gradients of divergences, mixtures and transforms."""
    found = []
    for T in (tl, torch):
        names = names_for(T)
        T.manual_seed(3)
        leaves = {k: names[k] for k in "xyAB"}
        found.append(with_gradients(T, lambda names=names: eval(line, names), leaves))
    for i, (a, b) in enumerate(zip(*found, strict=True)):
        same(a, b, f"{i}", 1e-8)


def test_divergences_of_all_pairs() -> None:
    """Also which there are; the two between a continuous Bernoulli and a uniform distribution over [0, 1] are not PyTorch's."""
    lines = """Beta(x,y) ContinuousBernoulli(x/9) Exponential(x) Gamma(x,y) Gumbel(x,y) Laplace(x,y) Normal(x,y)
        Pareto(x,y) Pareto(x,y+2) Uniform(x/9,y/2+x) Uniform(x/9,x/4) Uniform(x*0-1,x) Poisson(x) Bernoulli(x/4)"""
    others = """Beta(y,x) ContinuousBernoulli(y/9) Exponential(y) Gamma(y,x) Gumbel(y,x) Normal(y,x) Pareto(y/9,x) Uniform(-x,y) Binomial(3,x/4)
        Laplace(y,x) Poisson(y)"""
    for first, second in itertools.product(lines.split(), others.split()):
        kinds = {first.partition("(")[0], second.partition("(")[0]}
        if kinds == {"ContinuousBernoulli", "Uniform"}:
            continue
        found, line = [], f"kl_divergence({first}, {second})"
        for T in (tl, torch):
            names = names_for(T)
            try:
                found.append(with_gradients(T, lambda n=names, line=line: eval(line, n), {k: names[k] for k in "xy"}))
            except NotImplementedError:
                found.append(["not implemented"])
        finite = not isinstance(found[1][0], str) and np.isfinite(found[1][0][0]).all()
        for a, b in itertools.islice(
            zip(*found, strict=finite), None if finite else 1
        ):  # PyTorch has NaN beside infinities
            same(a, b, line, 1e-7)


@pytest.mark.parametrize("line", TEXTS.strip().splitlines())
@pytest.mark.filterwarnings("ignore")
def test_texts(line: str) -> None:
    """What is shown, and values that are no floats."""
    ours, theirs = (repr(eval(line, names_for(T))) for T in (tl, torch))
    assert ours.replace("Size(", "torch.Size(") == theirs.replace("dtype=torch.float64", "dtype=float64")
