"""Calls of every primitive on arrays beyond the sizes at which kernels change their method.

`python -m tests.coverage_of_kernels` says which branch none of them reaches.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from tinygrad_lite.core.primitive import REGISTRY, Operands

from .operation_rows import Row, reducing, values
from .operation_samples import SAMPLES
from .random_values import Call, Domain, Draw, Shape, apart, flags, nonzero, positive, readonly

SIZES = (200, 300, 1100, 2100, 5000, 17_000, 70_000)
"""Numbers of elements on both sides of every threshold, and beyond the largest."""


class LargeDraw(Draw):
    """Draws shapes of many elements: one long dimension, and others of 3 to 70."""

    def __init__(self, seed: int, elements: int) -> None:
        super().__init__(seed, 3)
        self.elements = elements

    def shape(self, least: int = 0, most: int = 3, empty: bool = True) -> Shape:
        ndim = max(least, min(most, self.whole(1, 3)))
        lengths = [self.pick(3, 17, 70) for _ in range(ndim - 1)]
        if ndim == 3:
            lengths[0] = 2
        lengths.insert(self.whole(0, ndim - 1), math.ceil(self.elements / math.prod(lengths)))
        return tuple(lengths)

    def shrunk(self, shape: Shape) -> Shape:
        """Now and then a row, or a column, of a matrix; but most often the whole shape."""
        return super().shrunk(shape) if self.rarely() else shape


def call(name: str, seed: int, elements: int) -> Call:
    """One call of a primitive."""
    row = ROWS.get(name, SAMPLES[name])
    return Call(REGISTRY[name], readonly(row(LargeDraw(seed, elements))), seed)


def linear(d: Any) -> Operands:
    n, size, out = d.elements, d.pick(1, 4), d.pick((), (1,), (3,))
    rows = d.pick((n,), (2, n))
    return d.array((*rows, size)), d.array((*out, size)), d.pick(None, d.array(out))


def matmul(d: Any) -> Operands:
    n = d.elements
    x, y = d.pick(((n, 3), (3, 2)), ((2, n), (n, 3)), ((n // 50, 5, 3), (3, 4)), ((n,), (n,)), ((n // 50, 2, 3), (3,)))
    return d.array(x), d.array(y)


def einsum(d: Any) -> Operands:
    n = d.elements
    equation, shapes = d.pick(
        ("ij,jk->ik", ((n, 3), (3, 2))),
        ("ij->j", ((n, 3),)),
        ("i,i->", ((n,), (n,))),
        ("ij,ij->i", ((n, 2), (n, 2))),
        ("bij,bjk->bik", ((n // 50, 2, 3), (n // 50, 3, 2))),
    )
    return equation, *(d.array(shape) for shape in shapes)


def small_numbers(rng: np.random.Generator, shape: Shape) -> Any:
    return rng.normal(0, 2, shape) + 1


def batch_norm(d: Any) -> Operands:
    channels = d.pick(1, 3, 70)
    x = d.array((d.pick(2, d.elements // channels + 2), channels, *d.pick((), (2,), (2, 3))), small_numbers)
    weight, bias = (d.pick(None, d.array((channels,))) for _ in range(2))
    return x, weight, bias, None, None, None, d.pick(1e-3, 0.1)


def frozen_batch_norm(d: Any) -> Operands:
    x, weight, bias, *_, eps = batch_norm(d)
    channels = x.shape[1:2]
    return x, weight, bias, d.array(channels), d.array(channels, positive), eps


def layer_norm(d: Any) -> Operands:
    x = d.array(d.shape(2), small_numbers)
    ndim = d.whole(1, 2)
    weight, bias = (d.pick(None, d.array(x.shape[-ndim:])) for _ in range(2))
    return x, weight, bias, ndim, d.pick(1e-3, 0.1)


def spread(d: Any) -> Operands:
    x = d.array(d.shape(1), small_numbers)
    return x, d.pick(None, d.dim(x)), d.pick(0, 1), d.flag()


def cross_entropy(d: Any) -> Operands:
    n, c = d.pick((d.elements // 3, 3), (3, d.elements // 3), (17, 17))
    target = d.rng.integers(0, c, n)
    target[1:] = np.where(flags(d.rng, (n - 1,)) | d.flag(), target[1:], -100)
    weight = d.pick(None, d.array((c,), positive))
    return d.array((n, c)), target, weight, -100, d.pick(0.0, 0.1), d.pick("mean", "sum", "none")


def nll_loss(d: Any) -> Operands:
    x, target, weight, ignore_index, _, reduction = cross_entropy(d)
    return x, target, weight, ignore_index, reduction


def product(d: Any) -> Operands:
    """Few factors that differ from one another by little, so that their product stays small."""
    x = d.array((d.elements // 10, 10), lambda rng, shape: rng.uniform(0.8, 1.2, shape))
    return x, d.pick(1, -1), d.flag()


def cumulative(d: Any) -> Operands:
    return product(d)[:2]


def near(offset: float) -> Domain:
    """Numbers near small whole ones, plus an offset: those of one offset keep away from those of another."""
    return lambda rng, shape: rng.integers(-3, 4, shape) + rng.uniform(-0.05, 0.05, shape) + offset


def spaced(rng: np.random.Generator, shape: Shape) -> Any:
    """Numbers of which none is close to another."""
    return 0.01 * apart()(rng, shape)


def clamp(d: Any) -> Operands:
    x, low, high = values(near(0), near(1 / 3), near(2 / 3))(d)
    return d.pick((x, low, high), (x, None, high), (x, low, None))


def norm(d: Any) -> Operands:
    """Values away from 0, of which with an infinite p none is nearly the largest or the smallest."""
    p = d.pick(2.0, 1.0, 3.0, math.inf, -math.inf)
    shape = d.shape(1)
    x = d.array(shape, nonzero if math.isfinite(p) else lambda rng, shape: 1 + np.abs(spaced(rng, shape) - 0.0021))
    return x, p, d.pick(None, d.dim(x)), d.flag()


def diagonal_scatter(d: Any) -> Operands:
    lengths = (max(3, d.elements // 70), 70)
    where = (d.whole(-2, 2), *d.pick((0, 1), (1, 0)))
    return d.array(np.diagonal(np.empty(lengths), *where).shape), lengths, *where


def cast(d: Any) -> Operands:
    return d.array(d.shape()), np.dtype("float64")


def fewer(row: Row, most: int = 7000) -> Row:
    """The same for a tenth of the elements, because each of them is the size of a batch of small matrices."""

    def draw(d: Any) -> Operands:
        d.elements = min(d.elements // 10, most)
        return row(d)

    return draw


def attention(d: Any) -> Operands:
    """Few queries, but many keys."""
    rows, columns = 2, d.elements // 4
    scores = (rows, columns)
    mask = d.pick(None, d.array(d.pick(scores, scores[1:])))
    kept, factor = d.pick((None, 1.0), (d.array(scores, flags), 2.0))
    return d.array((rows, 2)), d.array((columns, 2)), d.array((columns, 3)), mask, kept, d.flag(), 0.5, factor


SMALL_MATRICES = [
    "inverse", "solve", "solve_triangular", "det", "cofactors", "logabsdet", "sign_of_det", "pinv", "cholesky",
    "eigenvalues", "singular_values", "completion", "asymmetry",
]  # fmt: skip
WITH_VECTORS = ["eigh", "svd", "qr"]
"""Of many matrices there are some near those at which the signs of the vectors change."""


def extremes_at(d: Any) -> Operands:
    """x of shape (n, 2), and half as many elements to send to different rows of it, none near what is there."""
    n = d.elements // 3
    x = d.rng.uniform(-2, 2, (n, 2))
    index = np.argsort(d.rng.random((n, 2)), axis=0)[: n // 2]
    apart_by = d.rng.uniform(0.3, 1, index.shape) * d.rng.choice([-1, 1], index.shape)
    return x, np.take_along_axis(x, index, 0) + apart_by, 0, index, d.flag(), d.flag()


def sliding_windows(d: Any) -> Operands:
    """Narrow windows: with wide ones the result would have a thousand times the elements of x."""
    x = d.array(d.shape(1))
    dim = d.rng.integers(x.ndim).item()
    return x, dim, min(d.pick(0, 1, 3, 7), x.shape[dim]), d.whole(1, 3)


def overlap_add(d: Any) -> Operands:
    n, size, step = d.elements // 4, d.pick(1, 3, 8), d.pick(1, 2, 3)
    return d.array(((n - size) // step + 1, 2, size)), (n, 2), 0, size, step


ROWS: dict[str, Row] = {
    **{name: fewer(SAMPLES[name]) for name in SMALL_MATRICES},
    **{name: fewer(SAMPLES[name], 20) for name in WITH_VECTORS},
    "attention": attention,
    "cast": cast,
    "clamp": clamp,
    "maximum": values(near(0), near(1 / 2)),
    "minimum": values(near(0), near(1 / 2)),
    "amax": reducing(Draw.any_dims, spaced),
    "amin": reducing(Draw.any_dims, spaced),
    "linear": linear,
    "matmul": matmul,
    "einsum": einsum,
    "extremes_at": extremes_at,
    "overlap_add": overlap_add,
    "sliding_windows": sliding_windows,
    "batch_norm": batch_norm,
    "frozen_batch_norm": frozen_batch_norm,
    "layer_norm": layer_norm,
    "var": spread,
    "std": spread,
    "cross_entropy": cross_entropy,
    "nll_loss": nll_loss,
    "prod": product,
    "cumprod": cumulative,
    "cumprod_before": cumulative,
    "norm": norm,
    "diagonal_scatter": diagonal_scatter,
}
