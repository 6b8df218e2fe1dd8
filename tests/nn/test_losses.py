"""Losses and distances: values and derivatives against PyTorch's and numerical ones, over one table of samples."""

from __future__ import annotations

import contextlib
import itertools
import warnings
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import hypothesis.strategies as st
import numpy as np
import pytest
from hypothesis import given

import tinygrad_lite as tl
from tinygrad_lite.nn import functional as F
from tinygrad_lite.nn import losses
from tinygrad_lite.nn.functional import classification, distance, likelihood
from tinygrad_lite.nn.functional import margin as margins
from tinygrad_lite.nn.functional import regression as numbers

Array = Any
REDUCTIONS = ("mean", "sum", "none")


class Sample(NamedTuple):
    """Arguments for a loss. `make` draws the arrays; options that are arrays become Tensors.

    The first `diff` of the arrays get gradients. Some options only the function has, not the module. With some,
    PyTorch's gradient, and ours, is on purpose not the derivative: a bound that it passes; or it has poles.
    """

    make: Callable[[np.random.Generator], tuple[Array, ...]]
    options: dict[str, Any] = {}  # noqa: RUF012
    diff: int = 1
    only_function: bool = False
    numerical: bool = True


# The kinks of all losses are at multiples of 1/8, or where scores differ by one: with values from these two, every
# argument of a kink is at least 1/128 from it.


def levels(rng: Any, *shape: int) -> Array:
    """Multiples of 1/8."""
    return rng.integers(-16, 17, shape) / 8


def scores(rng: Any, *shape: int) -> Array:
    """Multiples of 1/8, plus 1/128, plus 1/64 for each step along the last dimension."""
    return levels(rng, *shape) + 1 / 128 + (np.arange(shape[-1]) / 64 if shape else 0)


def unit(rng: Any, *shape: int) -> Array:
    return rng.uniform(0.05, 0.95, shape)


def logs(rng: Any, *shape: int) -> Array:
    """Log-probabilities along the second dimension, or the only one."""
    p = rng.uniform(0.1, 1, shape)
    return np.log(p / p.sum(min(1, len(shape) - 1), keepdims=True))


def signs(rng: Any, *shape: int) -> Array:
    return rng.choice([-1.0, 1.0], shape)


def labels(rng: Any, classes: int, *shape: int) -> Array:
    return rng.integers(0, classes, shape)


def pair(*shape: int) -> Callable[[Any], tuple[Array, ...]]:
    return lambda rng: (scores(rng, *shape), levels(rng, *shape))


def of_classes(values: Any, *shape: int) -> Callable[[Any], tuple[Array, ...]]:
    """Scores (N, C, …) or (C) and class indices."""
    extra = (*shape[:1], *shape[2:]) if len(shape) > 1 else ()
    return lambda rng: (values(rng, *shape), labels(rng, shape[min(1, len(shape) - 1)], *extra))


def ignoring(values: Any, *shape: int) -> Callable[[Any], tuple[Array, ...]]:
    """The same, with class 1 at least once, and another."""

    def make(rng: Any) -> tuple[Array, ...]:
        x, target = of_classes(values, *shape)(rng)
        target.flat[0], target.flat[-1] = 1, 0
        return x, target

    return make


def soft(*shape: int) -> Callable[[Any], tuple[Array, ...]]:
    return lambda rng: (scores(rng, *shape), np.exp(logs(rng, *shape)))


def vectors(count: int, *shape: int) -> Callable[[Any], tuple[Array, ...]]:
    return lambda rng: tuple(rng.standard_normal((count, *shape)))


W4 = np.array([0.5, 2.0, 1.25, 0.75])
SHAPES = ((), (3,), (2, 4), (0, 3), (2, 1, 3))
TRIPLES = [
    Sample(vectors(3, *shape), options, 3)
    for shape in ((3, 4), (4,), (2, 3, 4))
    for options in ({}, {"margin": 0.5, "swap": True})
]

SAMPLES: dict[tuple[str, str], list[Sample]] = {
    ("MSELoss", "mse_loss"): [
        *(Sample(pair(*s), {}, 2) for s in SHAPES),
        Sample(pair(4), {"weight": W4}, only_function=True),
    ],
    ("L1Loss", "l1_loss"): [
        *(Sample(pair(*s), {}, 2) for s in SHAPES),
        Sample(pair(4), {"weight": W4}, only_function=True),
    ],
    ("SmoothL1Loss", "smooth_l1_loss"): [
        Sample(pair(*s), o, 2) for s in SHAPES for o in ({}, {"beta": 0.5}, {"beta": 2}, {"beta": 0})
    ],
    ("HuberLoss", "huber_loss"): [
        *(Sample(pair(*s), o, 2) for s in SHAPES for o in ({}, {"delta": 0.5}, {"delta": 2})),
        Sample(pair(4), {"weight": W4}, only_function=True),
    ],
    ("PoissonNLLLoss", "poisson_nll_loss"): [
        Sample(lambda rng: (rng.uniform(0.1, 2, (3, 2)), rng.uniform(0.1, 5, (3, 2))), o, 2)
        for o in (
            {},
            {"full": True},
            {"log_input": False},
            {"log_input": False, "full": True, "eps": 0.1},
        )
    ],
    ("GaussianNLLLoss", "gaussian_nll_loss"): [
        Sample(lambda rng, s=s: (*pair(2, 3)(rng), rng.uniform(0.5, 2, s)), o, 3, numerical="eps" not in o)
        for s in ((2, 3), (2,), (2, 1), (1, 3))
        for o in ({}, {"full": True}, {"eps": 1.5})
    ],
    ("KLDivLoss", "kl_div"): [
        *(Sample(lambda rng, s=s: (logs(rng, *s), np.exp(logs(rng, *s))), {}, 2) for s in ((3, 4), (4,), (2, 3, 2))),
        Sample(lambda rng: (logs(rng, 3, 4), logs(rng, 3, 4)), {"log_target": True}, 2),
    ],
    ("CrossEntropyLoss", "cross_entropy"): [
        Sample(make, o, diff)
        for make, diff in (
            *((of_classes(scores, *s), 1) for s in ((3, 4), (4,), (2, 4, 3), (2, 4, 2, 2), (2, 4, 1, 2, 2))),
            *((soft(*s), 2) for s in ((3, 4), (4,), (2, 4, 3), (2, 4, 2, 2))),
        )
        for o in ({}, {"weight": W4}, {"label_smoothing": 0.2}, {"weight": W4, "label_smoothing": 0.2})
    ]
    + [
        Sample(ignoring(scores, *s), {"ignore_index": 1, **o})
        for s in ((3, 4), (2, 4, 3))
        for o in ({}, {"weight": W4, "label_smoothing": 0.2})
    ],
    ("NLLLoss", "nll_loss"): [
        Sample(make, o)
        for make in (of_classes(logs, *s) for s in ((3, 4), (4,), (2, 4, 3), (2, 4, 2, 2), (2, 4, 1, 2, 2)))
        for o in ({}, {"weight": W4})
    ]
    + [
        Sample(ignoring(logs, *s), {"ignore_index": 1, **o})
        for s in ((3, 4), (2, 4, 3), (2, 4, 2, 2))
        for o in ({}, {"weight": W4})
    ],
    ("BCELoss", "binary_cross_entropy"): [
        Sample(lambda rng, s=s: (unit(rng, *s), unit(rng, *s)), o, 2)
        for s in ((), (4,), (3, 4))
        for o in ({}, *([{"weight": W4[:1]}, {"weight": W4}] if s else []))
    ],
    ("BCEWithLogitsLoss", "binary_cross_entropy_with_logits"): [
        Sample(lambda rng, s=s: (scores(rng, *s), unit(rng, *s)), o, 2)
        for s in ((4,), (3, 4), (0, 4))
        for o in ({}, {"weight": W4}, {"pos_weight": W4}, {"weight": W4[::-1].copy(), "pos_weight": W4})
    ],
    ("SoftMarginLoss", "soft_margin_loss"): [
        Sample(lambda rng, s=s: (scores(rng, *s), signs(rng, *s))) for s in ((3,), (2, 4))
    ],
    ("MultiLabelSoftMarginLoss", "multilabel_soft_margin_loss"): [
        Sample(lambda rng, s=s: (scores(rng, *s), unit(rng, *s)), o, 2)
        for s in ((4,), (3, 4), (2, 3, 4))
        for o in ({}, {"weight": W4})
    ],
    ("MultiMarginLoss", "multi_margin_loss"): [
        Sample(of_classes(scores, *s), o)
        for s in ((3, 4), (4,))
        for o in ({}, {"p": 2}, {"margin": 0.5, "weight": W4}, {"p": 2, "margin": 2, "weight": W4})
    ],
    ("MultiLabelMarginLoss", "multilabel_margin_loss"): [
        Sample(
            lambda rng, s=s: (
                scores(rng, *s),
                np.sort(rng.permuted(np.tile([0, 2, -1, 3], (*s[:-1], 1)), axis=-1))[..., ::-1],
            )
        )
        for s in ((4,), (3, 4))
    ]
    + [Sample(lambda rng: (scores(rng, 3, 4), np.array([[3, 1, -1, 0], [-1, 2, 2, 2], [0, 1, 2, 3]])))],
    ("CosineEmbeddingLoss", "cosine_embedding_loss"): [
        Sample(lambda rng, s=s: (*vectors(2, *s)(rng), signs(rng, *s[:-1])), o, 2)
        for s in ((5, 3), (3,))
        for o in ({}, {"margin": 0.2})
    ],
    ("MarginRankingLoss", "margin_ranking_loss"): [
        Sample(lambda rng, s=s: (scores(rng, *s), levels(rng, *s), signs(rng, *s)), o, 2)
        for s in ((4,), (3, 2))
        for o in ({}, {"margin": 0.5})
    ],
    ("HingeEmbeddingLoss", "hinge_embedding_loss"): [
        Sample(lambda rng, s=s: (scores(rng, *s), signs(rng, *s)), o)
        for s in ((4,), (3, 2))
        for o in ({}, {"margin": 0.5})
    ],
    ("TripletMarginLoss", "triplet_margin_loss"): [
        *TRIPLES,
        *(
            Sample(vectors(3, 3, 4), {"p": p, "eps": 0.01, "swap": True}, 3, numerical=p >= 1)
            for p in (1, 3, 0.5, np.inf)
        ),
    ],
    ("TripletMarginWithDistanceLoss", "triplet_margin_with_distance_loss"): [
        *TRIPLES,
        Sample(vectors(3, 3, 4), {"distance_function": lambda x, y: (x - y).abs().sum(-1), "swap": True}, 3),
    ],
    ("PairwiseDistance", "pairwise_distance"): [
        Sample(vectors(2, *s), o, 2)
        for s in ((3, 4), (4,), (2, 3, 4))
        for o in ({}, {"p": 1}, {"p": 3, "keepdim": True}, {"p": np.inf, "eps": 0.1})
    ]
    + [Sample(lambda rng: (scores(rng, 2, 3), rng.standard_normal(3)), {}, 2)],
    ("CosineSimilarity", "cosine_similarity"): [
        *(Sample(vectors(2, 3, 4), o, 2, numerical="eps" not in o) for o in ({}, {"dim": 0}, {"dim": -1, "eps": 3.0})),
        *(Sample(lambda rng, s=s: (scores(rng, 3, 4), rng.standard_normal(s)), {}, 2) for s in ((1, 4), (4,), (3, 1))),
    ],
}
DISTANCES = {"PairwiseDistance", "CosineSimilarity"}


def reductions(module: str) -> tuple[str | None, ...]:
    return (None,) if module in DISTANCES else (*REDUCTIONS, "batchmean") if module == "KLDivLoss" else REDUCTIONS


EVERY = [
    pytest.param(module, function, sample, id=f"{module}-{i}")
    for (module, function), samples in SAMPLES.items()
    for i, sample in enumerate(samples)
]


def differentiable(sample: Sample) -> bool:
    return sample.numerical and all(x.size for x in sample.make(np.random.default_rng(0)))


@contextlib.contextmanager
def quietly() -> Iterator[None]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


def test_every_loss_has_samples() -> None:
    """A public module or function of these files without a row here is one that nothing compares."""
    modules = (losses.classification, losses.distance, losses.likelihood, losses.margin, losses.regression)
    made = {n for home in modules for n, x in vars(home).items() if not n.startswith("_") and defined(home, x)}
    assert made == {module for module, _ in SAMPLES}
    assert made <= set(tl.nn.__all__)
    homes = (numbers, likelihood, classification, distance, margins)
    functions = {n for home in homes for n, x in vars(home).items() if not n.startswith("_") and defined(home, x)}
    assert functions == {function for _, function in SAMPLES}
    assert all(hasattr(F, name) for name in functions)


def defined(home: Any, x: Any) -> bool:
    return callable(x) and getattr(x, "__module__", None) == home.__name__


def forms(module: str, function: str, sample: Sample) -> dict[str, Callable[..., Any]]:
    found = {"function": lambda T, options: lambda *args: getattr(T.nn.functional, function)(*args, **options)}
    if not sample.only_function:
        found["module"] = lambda T, options: getattr(T.nn, module)(**options)
    return found


def evaluated(T: Any, make: Any, sample: Sample, reduction: str | None, dtype: str, seed: int = 0) -> list[Array]:
    """The value, the gradients and those of a random product with the gradients, where the library has them."""
    rng = np.random.default_rng(seed)

    def tensor(x: Array, grad: bool = False) -> Any:
        made = T.tensor(np.array(x, dtype if x.dtype.kind == "f" else x.dtype))
        return made.requires_grad_() if grad else made

    args = [tensor(np.asarray(x), i < sample.diff) for i, x in enumerate(sample.make(rng))]
    options = {k: tensor(v) if isinstance(v, np.ndarray) else v for k, v in sample.options.items()}
    if reduction is not None:
        options["reduction"] = reduction
    with quietly():
        value = make(T, options)(*args)
    leaves = args[: sample.diff]
    cotangent = tensor(np.asarray(rng.standard_normal(tuple(value.shape))), True)
    first = T.autograd.grad(value, leaves, cotangent, create_graph=True)
    found = [value, *first]
    product = sum((g * tensor(np.asarray(rng.standard_normal(tuple(g.shape))))).sum() for g in first)
    try:
        found += T.autograd.grad(product, [*leaves, cotangent], allow_unused=True, materialize_grads=True)
    except (RuntimeError, NotImplementedError) as error:
        if T is tl or ("not implemented" not in str(error) and "not differentiable" not in str(error)):
            raise
    return [x.numpy(force=True) for x in found]


@pytest.mark.parametrize(("module", "function", "sample"), EVERY)
def test_parity(module: str, function: str, sample: Sample) -> None:
    """Value, gradients and second derivatives, with each reduction."""
    torch = pytest.importorskip("torch")
    made = forms(module, function, sample).items()
    for (form, make), dtype, reduction in itertools.product(made, ("float64", "float32"), reductions(module)):
        ours = evaluated(tl, make, sample, reduction, dtype)
        theirs = evaluated(torch, make, sample, reduction, dtype)
        rtol = 1e-10 if dtype == "float64" else 3e-5
        for k, (found, expected) in enumerate(zip(ours, theirs, strict=False)):
            label = f"{form}, reduction {reduction}, result {k}"
            assert found.dtype == expected.dtype == dtype, label
            assert found.shape == expected.shape, label
            scale = np.abs(expected).max(initial=1, where=np.isfinite(expected))
            np.testing.assert_allclose(found, expected, rtol=rtol, atol=rtol * scale, err_msg=label)


@pytest.mark.parametrize(
    ("module", "function", "sample"), [sample for sample in EVERY if differentiable(sample.values[2])]
)
@given(data=st.data(), seed=st.integers(0, 99))
def test_derivatives_are_the_numerical_ones(
    module: str, function: str, sample: Sample, data: st.DataObject, seed: int
) -> None:
    """Along random directions, for both orders: u·∇f and u·∇(v·∇f), by central differences.

    A hundred seeds, all of which were seen to pass: with others, a vector's kink might come too near.
    """
    reduction = data.draw(st.sampled_from(reductions(module)))
    rng = np.random.default_rng(seed)
    call = forms(module, function, sample)["function"]
    arrays = sample.make(rng)
    options = {k: tl.tensor(v) if isinstance(v, np.ndarray) else v for k, v in sample.options.items()}
    if reduction is not None:
        options["reduction"] = reduction
    n = sample.diff
    u, v = ([rng.standard_normal(x.shape) for x in arrays[:n]] for _ in range(2))
    cotangent: Array = None

    def at(step: float) -> tuple[float, float, float, float]:
        """f, u·∇f, v·∇f and u·∇(v·∇f) at x + step u, for f the result times a cotangent."""
        nonlocal cotangent
        moved = [tl.tensor(x + step * d, requires_grad=True) for x, d in zip(arrays[:n], u, strict=True)]
        with quietly():
            out = call(tl, options)(*moved, *map(tl.tensor, arrays[n:]))
        if cotangent is None:
            cotangent = np.random.default_rng(seed + 1).standard_normal(out.shape)
        f = (out * tl.tensor(cotangent)).sum()
        first = tl.autograd.grad(f, moved, create_graph=True)
        along_u, along_v = (sum((g * tl.tensor(d)).sum() for g, d in zip(first, w, strict=True)) for w in (u, v))
        mixed = 0.0  # where the loss is linear the gradient is a constant
        if along_v.requires_grad:
            second = tl.autograd.grad(along_v, moved, allow_unused=True, materialize_grads=True)
            mixed = sum((g * tl.tensor(d)).sum().item() for g, d in zip(second, u, strict=True))
        return f.item(), along_u.item(), along_v.item(), mixed

    h = 1e-5
    _, slope, _, curvature = at(0.0)
    (high, _, high_slope, _), (low, _, low_slope, _) = at(h), at(-h)
    assert slope == pytest.approx((high - low) / (2 * h), rel=1e-6, abs=1e-6)
    assert curvature == pytest.approx((high_slope - low_slope) / (2 * h), rel=1e-5, abs=1e-5)


# ------------------------------------------------------------------------------------ values on the kinks and ends

INF = np.inf
EDGES = [
    ("mse_loss", ([1.0, 2.0], [1.0, 2.0]), {}),
    ("l1_loss", ([1.0, 2.0], [1.0, 3.0]), {}),
    ("smooth_l1_loss", ([0.0, 1.0, -1.0, 3.0], [0.0, 0.0, 0.0, 0.0]), {}),
    ("huber_loss", ([0.0, 2.0, -2.0, 3.0], [0.0, 0.0, 0.0, 0.0]), {"delta": 2.0}),
    ("binary_cross_entropy", ([0.0, 1.0, 0.0, 1.0, 1e-13], [0.0, 1.0, 1.0, 0.0, 1.0]), {}),
    ("binary_cross_entropy_with_logits", ([1e4, -1e4, 1e4, -1e4, 0.0], [1.0, 0.0, 0.0, 1.0, 0.5]), {}),
    ("multilabel_soft_margin_loss", ([[1e4, -1e4, 1e4, -1e4, 0.0]], [[1.0, 0.0, 0.0, 1.0, 1.0]]), {}),
    ("soft_margin_loss", ([50.0, 0.0], [-1.0, 1.0]), {}),
    ("margin_ranking_loss", ([1.0, 1.0], [1.0, 0.0], [1.0, 1.0]), {}),
    ("margin_ranking_loss", ([1.0], [0.0], [1.0]), {"margin": 1.0}),
    ("hinge_embedding_loss", ([1.0, 0.0, 1.0], [-1.0, 1.0, 0.0]), {}),
    ("multi_margin_loss", ([[1.0, 0.0, 2.0]], np.array([0])), {}),
    ("multilabel_margin_loss", ([[1.0, 0.0, 2.0]], np.array([[0, -1, 1]])), {}),
    ("cosine_embedding_loss", ([[0.0, 0.0], [1.0, 0.0]], [[1.0, 0.0], [1.0, 1.0]], [1.0, -1.0]), {}),
    ("cosine_embedding_loss", ([[1.0, 0.0]], [[1.0, 1.0]], [0.0]), {}),
    ("cosine_similarity", ([[0.0, 0.0], [1.0, 0.0]], [[1.0, 0.0], [1.0, 1.0]]), {}),
    ("pairwise_distance", ([[0.0, 0.0]], [[1.0, -1.0]]), {"eps": 0.0}),
    ("pairwise_distance", ([[1.0, 0.0]], [[1.0, 0.0]]), {"eps": 0.0}),
    ("poisson_nll_loss", ([0.0, 1.0, 2.0], [0.0, 1.0, 4.0]), {"full": True}),
    ("kl_div", ([[-1.0, -2.0]], [[0.0, 1.0]]), {"reduction": "batchmean"}),
    ("gaussian_nll_loss", ([1.0, 2.0], [1.0, 0.0], [0.0, 1.0]), {}),
    ("cross_entropy", ([[1e4, -1e4, 0.0], [-1e4, 1e4, 1e4]], np.array([1, 0])), {}),
    ("cross_entropy", ([[1e4, -1e4, 0.0]], [[0.5, 0.0, 0.5]]), {}),
    ("cross_entropy", (np.zeros((0, 3)), np.zeros(0, int)), {}),
    ("cross_entropy", (np.zeros((0, 3)), np.zeros((0, 3))), {}),
    ("cross_entropy", (np.zeros((2, 3)), np.array([-100, -100])), {"label_smoothing": 0.1}),
    ("cross_entropy", (np.zeros((2, 3)), np.array([-100, -100])), {}),
    ("nll_loss", ([[-INF, -1.0, -2.0], [-1.0, -INF, -1.0]], np.array([0, 2])), {"ignore_index": 0}),
    ("nll_loss", (np.zeros((2, 3)), np.array([-100, -100])), {}),
    ("nll_loss", (np.ones((2, 3)), np.array([2, 0], np.uint8)), {}),
]


@pytest.mark.parametrize(("name", "arrays", "options"), EDGES, ids=lambda x: x if isinstance(x, str) else "")
@pytest.mark.parametrize("reduction", [None, "none"])
def test_on_the_kinks_and_at_the_ends(name: str, arrays: Any, options: dict[str, Any], reduction: str | None) -> None:
    """Values and gradients by the input; the gradients are finite unless PyTorch's are not."""
    torch = pytest.importorskip("torch")
    options = (
        options
        if reduction is None or "similarity" in name or "pairwise" in name
        else options | {"reduction": reduction}
    )

    def run(T: Any) -> tuple[Any, Any]:
        x, *rest = (T.tensor(a) for a in arrays)
        x.requires_grad_()
        with quietly():
            value = getattr(T.nn.functional, name)(x, *rest, **options)
        value.sum().backward()
        return value.detach().numpy(), x.grad.numpy()

    for ours, theirs in zip(run(tl), run(torch), strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=1e-5, atol=1e-7)


@pytest.mark.parametrize(
    "name", ["cross_entropy", "binary_cross_entropy_with_logits", "soft_margin_loss", "multilabel_soft_margin_loss"]
)
@pytest.mark.parametrize("dtype", [tl.float32, tl.float64])
def test_large_logits_are_finite_and_silent(name: str, dtype: Any) -> None:
    """At ±1e4, without one of NumPy's warnings (A11)."""
    logits = tl.tensor([[1e4, -1e4, 0.0], [-1e4, 1e4, 1e4]], dtype=dtype, requires_grad=True)
    for target in (tl.tensor([[1.0, 0.0, 0.0], [1.0, 0.0, 0.0]]), tl.tensor([[0.0, 1.0, 0.0], [0.0, 0.0, 1.0]])):
        with np.errstate(over="raise", divide="raise", invalid="raise"):
            value = getattr(F, name)(logits, target.to(dtype))
            (grad,) = tl.autograd.grad(value, logits)
        assert tl.isfinite(value)
        assert tl.isfinite(grad).all()
        assert value.dtype == grad.dtype == dtype


def test_what_is_ignored_may_be_infinite() -> None:
    """PyTorch's loss is finite too, its gradient NaN."""
    logits = tl.tensor([[np.inf, 0.0], [0.0, 0.0]], requires_grad=True)
    value = F.cross_entropy(logits, tl.tensor([-100, 0]), label_smoothing=0.5)
    value.backward()
    assert value.item() == pytest.approx(np.log(2))
    np.testing.assert_allclose(logits.grad.numpy(), [[0, 0], [-0.25, 0.25]], atol=1e-7)


def test_a_target_of_0_gives_poisson_no_nan() -> None:
    """Where PyTorch's gradient by the target is NaN."""
    target = tl.tensor([0.0, 3.0], requires_grad=True)
    F.poisson_nll_loss(tl.ones(2), target, full=True, reduction="sum").backward()
    np.testing.assert_allclose(target.grad.numpy(), [-1, -1 + np.log(3) + 0.5 / 3], rtol=1e-6)


@pytest.mark.parametrize("name", ["cross_entropy", "nll_loss"])
@pytest.mark.parametrize("reduction", REDUCTIONS)
def test_one_sample_with_its_label_in_a_vector(name: str, reduction: str) -> None:
    """PyTorch computes the value, but not its gradient."""
    torch = pytest.importorskip("torch")

    def value(T: Any) -> Any:
        return getattr(T.nn.functional, name)(T.tensor([0.5, 1.0, -2.0]), T.tensor([2]), reduction=reduction)

    assert value(tl).shape == value(torch).shape == ()
    assert value(tl).item() == pytest.approx(value(torch).item())


# ------------------------------------------------------------------------------------------ warnings and refusals


def ones(T: Any, *shape: int) -> Any:
    return T.full(shape, 0.5)


def whole(T: Any, *values: Any) -> Any:
    return T.tensor(values, dtype=T.int64)


# Of each: a call, the class, and a pattern that PyTorch's message and ours both match.
WARNINGS = [
    *(
        (
            lambda T, n=n: getattr(T.nn.functional, n)(ones(T, 3, 1), ones(T, 3)),
            r"Using a target size \(.*\[3\].*\[3, 1\]",
        )
        for n in ("mse_loss", "l1_loss", "smooth_l1_loss", "huber_loss")
    ),
    (lambda T: T.nn.MSELoss()(ones(T, 3), ones(T, 3, 1)), "likely lead to incorrect results due to broadcasting"),
    (lambda T: T.nn.functional.mse_loss(ones(T, 2), ones(T, 2), size_average=False), "reduction='sum' instead"),
    (lambda T: T.nn.functional.nll_loss(-ones(T, 2, 2), whole(T, 0, 1), reduce=False), "reduction='none' instead"),
    (lambda T: T.nn.MSELoss(size_average=True), "size_average and reduce args will be deprecated.*'mean' instead"),
    (lambda T: T.nn.BCELoss(None, False, False), "reduction='none' instead"),
    (lambda T: T.nn.functional.mse_loss(ones(T, 2), ones(T, 2), reduction="elementwise_mean"), "is deprecated"),
    (lambda T: T.nn.functional.kl_div(ones(T, 2), ones(T, 2)), "'mean' divides the total loss by both the batch size"),
]


@pytest.mark.parametrize(("call", "pattern"), WARNINGS)
def test_warnings(call: Any, pattern: str) -> None:
    torch = pytest.importorskip("torch")
    with pytest.warns(UserWarning, match=pattern):
        expected = call(torch)
    with pytest.warns(UserWarning, match=pattern) as caught:
        found = call(tl)
    if isinstance(found, tl.Tensor):
        np.testing.assert_allclose(found.numpy(), expected.numpy(), rtol=1e-6)
    else:
        assert found.reduction == expected.reduction
    assert len(caught) == 1
    if "Loss(" not in str(caught[0].message) and isinstance(found, tl.Tensor):
        assert "tinygrad_lite" not in caught[0].filename or "nn" in caught[0].filename


@pytest.mark.parametrize(("a", "b", "hint"), [((3, 1), (3,), "input.squeeze"), ((3,), (3, 1), "target.squeeze")])
def test_the_likely_mistake_is_named(a: Any, b: Any, hint: str) -> None:
    with pytest.warns(UserWarning, match=r"losses would be of shape \[3, 3\].*Did you mean " + hint) as caught:
        value = F.mse_loss(tl.ones(*a), tl.zeros(*b), reduction="none")
    assert value.shape == (3, 3)
    assert caught[0].filename == __file__


def test_an_unlikely_mistake_is_not() -> None:
    with pytest.warns(UserWarning, match=r"the same size\.$"):
        F.mse_loss(tl.ones(2, 3), tl.ones(3))


REFUSED = [
    (
        lambda F, T: F.cross_entropy(ones(T, 3, 5), whole(T, 1, 2)),
        ValueError,
        r"input batch_size \(3\) to match target",
    ),
    (lambda F, T: F.cross_entropy(ones(T, 3, 5), ones(T, 3)), RuntimeError, "expected target dtype to be Long or Byte"),
    (lambda F, T: F.cross_entropy(ones(T, 3, 5), whole(T, 1, 2, 0).int()), RuntimeError, "expected target dtype"),
    (lambda F, T: F.cross_entropy(ones(T, 3, 5), whole(T, 1, 2, 5)), IndexError, "Target 5 is out of bounds"),
    (lambda F, T: F.cross_entropy(ones(T, 3, 5), whole(T, -1, 2, 0)), IndexError, "Target -1 is out of bounds"),
    (
        lambda F, T: F.cross_entropy(ones(T, 2, 3, 2, 2), whole(T, *[7] * 8).reshape(2, 2, 2)),
        IndexError,
        "Target 7 is out",
    ),
    (lambda F, T: F.cross_entropy(ones(T, 2, 3, 2), whole(T, *range(6)).reshape(2, 3)), RuntimeError, r"size \[2, 2\]"),
    (lambda F, T: F.cross_entropy(ones(T, 3, 5), whole(T, *[1] * 15).reshape(3, 5)), RuntimeError, "Expected floating"),
    (lambda F, T: F.cross_entropy(ones(T, 3, 5), ones(T, 3, 5), ignore_index=2), RuntimeError, "ignore_index is not"),
    (lambda F, T: F.cross_entropy(ones(T, 1, 5), whole(T, 1), ones(T, 3)), RuntimeError, "all 5 classes.*shape: .3."),
    (lambda F, T: F.cross_entropy(ones(T, 1, 5), ones(T, 1, 5), ones(T, 3)), RuntimeError, "all 5 classes.*shape: .3."),
    (
        lambda F, T: F.cross_entropy(ones(T, 1, 5), whole(T, 1), ones(T, 5).double()),
        RuntimeError,
        "expected scalar type",
    ),
    (
        lambda F, T: F.cross_entropy(ones(T, 1, 5).requires_grad_(), whole(T, 1), ones(T, 5).requires_grad_()),
        RuntimeError,
        "not differentiable with respect to argument 'weight'",
    ),
    (lambda F, T: F.cross_entropy(ones(T, 1, 5), whole(T, 1), reduction="avg"), ValueError, "avg is not a valid value"),
    (
        lambda F, T: F.cross_entropy(ones(T, 1, 5), whole(T, 1), label_smoothing=1.5),
        RuntimeError,
        "between 0.0 and 1.0",
    ),
    (lambda F, T: F.cross_entropy(whole(T, 1, 5), T.tensor(1)), NotImplementedError, "not implemented for"),
    (lambda F, T: F.nll_loss(ones(T), T.tensor(0)), ValueError, r"Expected 1 or more dimensions \(got 0\)"),
    (lambda F, T: F.nll_loss(ones(T, 3, 5), whole(T, 1)), ValueError, r"to match target batch_size \(1\)"),
    (lambda F, T: F.nll_loss(ones(T, 3, 5), whole(T, 0, 9, 1)), IndexError, "Target 9 is out of bounds"),
    (lambda F, T: F.nll_loss(ones(T, 3, 5), ones(T, 3)), RuntimeError, "expected target dtype"),
    (lambda F, T: F.nll_loss(ones(T, 3, 5), whole(T, 0, 1, 2).reshape(3, 1)), RuntimeError, None),
    (lambda F, T: F.mse_loss(whole(T, 1), whole(T, 2)), NotImplementedError, "not implemented for"),
    (lambda F, T: F.mse_loss(ones(T, 4), ones(T, 4), weight=ones(T, 1)), ValueError, "Weights and input must have"),
    (lambda F, T: F.huber_loss(ones(T, 4), ones(T, 4), weight=ones(T, 1)), ValueError, "Weights and input must have"),
    (
        lambda F, T: F.l1_loss(ones(T, 4), ones(T, 4), reduction="batchmean"),
        ValueError,
        "batchmean is not a valid value",
    ),
    (lambda F, T: F.huber_loss(ones(T, 4), ones(T, 4), delta=0), RuntimeError, "non-positive values for delta"),
    (lambda F, T: F.smooth_l1_loss(ones(T, 4), ones(T, 4), beta=-1), RuntimeError, "negative values for beta"),
    (
        lambda F, T: F.binary_cross_entropy(ones(T, 2) * 3, ones(T, 2)),
        RuntimeError,
        "of input should be between 0 and 1",
    ),
    (
        lambda F, T: F.binary_cross_entropy(ones(T, 2), ones(T, 2) * 3),
        RuntimeError,
        "of target should be between 0 and 1",
    ),
    (lambda F, T: F.binary_cross_entropy(ones(T, 1) * np.nan, ones(T, 1)), RuntimeError, "should be between 0 and 1"),
    (lambda F, T: F.binary_cross_entropy(ones(T, 2), ones(T, 2, 1)), ValueError, "arget size"),
    (lambda F, T: F.binary_cross_entropy(ones(T, 2), whole(T, 1, 0)), RuntimeError, "Found dtype .* but expected"),
    (
        lambda F, T: F.binary_cross_entropy_with_logits(ones(T, 2, 1), ones(T, 2)),
        ValueError,
        "must be the same as input",
    ),
    (lambda F, T: F.binary_cross_entropy_with_logits(ones(T, 2), whole(T, 0, 1)), RuntimeError, "can't be cast"),
    (lambda F, T: F.kl_div(ones(T, 2), ones(T, 2), reduction="x"), ValueError, "x is not a valid value for reduction"),
    (lambda F, T: F.poisson_nll_loss(ones(T, 2), ones(T, 2), reduction="x"), ValueError, "x is not a valid value"),
    (lambda F, T: F.gaussian_nll_loss(ones(T, 2), ones(T, 2), ones(T, 3)), ValueError, "var is of incorrect size"),
    (lambda F, T: F.gaussian_nll_loss(ones(T, 2), ones(T, 2), -ones(T, 2)), ValueError, "var has negative entry"),
    (lambda F, T: F.gaussian_nll_loss(ones(T, 2), ones(T, 2), ones(T, 2), reduction="q"), ValueError, "q is not"),
    (lambda F, T: F.cosine_embedding_loss(*[ones(T, 2, 3)] * 3), RuntimeError, "0D or 1D target tensor expected"),
    (lambda F, T: F.cosine_embedding_loss(*[ones(T, 3)] * 2, ones(T, 1)), RuntimeError, "1D target tensor expects 2D"),
    (lambda F, T: F.cosine_embedding_loss(*[ones(T, 2, 3)] * 2, ones(T)), RuntimeError, "0D target tensor expects 1D"),
    (
        lambda F, T: F.margin_ranking_loss(ones(T, 2, 3), ones(T, 3), ones(T, 3)),
        RuntimeError,
        "All input tensors should",
    ),
    (
        lambda F, T: F.triplet_margin_loss(ones(T, 2, 3), ones(T, 3), ones(T, 3)),
        RuntimeError,
        "same number of dimensions",
    ),
    (lambda F, T: F.triplet_margin_loss(*[ones(T, 2, 3)] * 3, margin=0), ValueError, "margin must be greater than 0"),
    (lambda F, T: F.multi_margin_loss(ones(T, 2, 3), whole(T, 0)), RuntimeError, "target"),
    (lambda F, T: F.multi_margin_loss(ones(T, 2, 3), whole(T, 0, 1), weight=ones(T, 2)), RuntimeError, "weight"),
    (
        lambda F, T: F.multi_margin_loss(ones(T, 2, 3), whole(T, 0, 1), p=3),
        ValueError,
        "only p == 1 and p == 2 supported",
    ),
    (lambda F, T: F.multilabel_margin_loss(ones(T, 2, 3), whole(T, 0, 1)), RuntimeError, "inconsistent target size"),
    (
        lambda F, T: F.cosine_similarity(whole(T, 1, 2), whole(T, 1, 2), dim=0),
        RuntimeError,
        "dtype to be floating point",
    ),
    (lambda F, T: T.nn.HuberLoss(delta="1"), TypeError, "delta must be a float or int"),
    (lambda F, T: T.nn.TripletMarginLoss(margin=-1), ValueError, "expected margin to be greater than 0"),
    (lambda F, T: T.nn.TripletMarginWithDistanceLoss(margin=0), ValueError, "expected margin to be greater than 0"),
    (lambda F, T: T.nn.MultiMarginLoss(p=3), ValueError, "only p == 1 and p == 2 supported"),
    (lambda F, T: T.nn.MultiMarginLoss(weight=ones(T, 1, 1)), ValueError, "expected weight to be None or 1D tensor"),
    (lambda F, T: T.nn.MSELoss(reduction="oops")(ones(T, 1), ones(T, 1)), ValueError, "oops is not a valid value"),
]


@pytest.mark.parametrize(("call", "kind", "pattern"), REFUSED)
def test_refusals(call: Any, kind: type[Exception], pattern: str) -> None:
    torch = pytest.importorskip("torch")
    for T in (torch, tl):
        with pytest.raises(kind, match=pattern):
            call(T.nn.functional, T)


@pytest.mark.parametrize("name", ["multi_margin_loss", "multilabel_margin_loss"])
def test_margins_of_classes_that_there_are_not(name: str) -> None:
    """PyTorch raises a RuntimeError here, but an IndexError in its other losses; ours is that everywhere."""
    target = [7] if name == "multi_margin_loss" else [[7, -1, 0]]
    with pytest.raises(IndexError, match="Target 7 is out of bounds"):
        getattr(F, name)(tl.ones(1, 3), tl.tensor(target))


# ------------------------------------------------------------------------------------------------ softmax twice


@pytest.mark.parametrize("soft", [False, True])
def test_probabilities_for_logits_are_pointed_out_once(soft: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(classification, "_warned", set())
    p = tl.randn(4, 3, generator=tl.Generator().manual_seed(0)).softmax(1)
    target = p if soft else tl.tensor([0, 1, 2, 0])
    with pytest.warns(UserWarning, match="leave the softmax out"):
        tl.nn.CrossEntropyLoss()(p, target)
    tl.nn.CrossEntropyLoss()(p, target)  # in silence


@pytest.mark.parametrize(
    "rows", [[[0.5, 0.6], [0.5, 0.5]], [[1.5, -0.5], [1.5, -0.5]], [[0.5, 0.5], [2, -1]], [[1], [1]]]
)
def test_logits_are_not_taken_for_probabilities(rows: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(classification, "_warned", set())
    F.cross_entropy(tl.tensor(rows, dtype=tl.float32), tl.tensor([0, 0]))


# ------------------------------------------------------------------------------------------------------- modules


@pytest.mark.parametrize("module", [module for module, _ in SAMPLES])
def test_repr_and_state_are_pytorchs(module: str) -> None:
    torch = pytest.importorskip("torch")
    ours, theirs = (getattr(T.nn, module)() for T in (tl, torch))
    assert repr(ours) == repr(theirs)
    assert list(ours.state_dict()) == list(theirs.state_dict())
    public = {k for k, v in vars(theirs).items() if not k.startswith("_") and isinstance(v, (int, float, str))}
    assert {k: getattr(ours, k) for k in public} == {k: getattr(theirs, k) for k in public}


@pytest.mark.parametrize("name", [f for _, f in SAMPLES] + [m for m, _ in SAMPLES])
def test_signatures_are_pytorchs(name: str) -> None:
    """Names, order and defaults, where PyTorch's are to be read."""
    torch = pytest.importorskip("torch")
    import inspect

    home = "functional" if name.islower() or "_" in name else None
    ours, theirs = (getattr(getattr(T.nn, home) if home else T.nn, name) for T in (tl, torch))
    if not inspect.isclass(theirs) and not inspect.isfunction(theirs):
        assert name in ("cosine_similarity", "pairwise_distance")  # built in
        return

    def shown(x: Any) -> list[Any]:
        return [(p.name, p.kind, p.default) for p in inspect.signature(x).parameters.values()]

    assert shown(ours) == shown(theirs)


def test_weights_are_saved_with_the_module() -> None:
    layer = tl.nn.BCEWithLogitsLoss(weight=tl.ones(2), pos_weight=tl.ones(2))
    assert list(layer.state_dict()) == ["weight", "pos_weight"]
    assert layer.double().weight.dtype == tl.float64
    assert not any(p.requires_grad for p in layer.state_dict().values())
