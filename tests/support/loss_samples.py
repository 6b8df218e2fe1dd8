"""Samples of every loss and distance of `nn`: the table that the tests of values, of errors and of modules walk."""

from __future__ import annotations

import contextlib
import warnings
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import numpy as np

Array = Any
REDUCTIONS = ("mean", "sum", "none")


class Sample(NamedTuple):
    """Arguments for a loss.

    Attributes:
        make: draws the arrays.
        options: those that are arrays become Tensors.
        diff: how many of the first arrays get gradients.
        only_function: the function has the options and the module has not.
        numerical: the gradient is the derivative. It is not where, as in PyTorch, it passes a bound, or near a pole.
    """

    make: Callable[[np.random.Generator], tuple[Array, ...]]
    options: dict[str, Any] = {}  # noqa: RUF012  # nobody changes it
    diff: int = 1
    only_function: bool = False
    numerical: bool = True


# The kinks of all losses are at multiples of 1/8, or where scores differ by one of them. With values from `levels` and
# `scores` every argument of a kink is at least 1/128 from it.


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


@contextlib.contextmanager
def quietly() -> Iterator[None]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield
