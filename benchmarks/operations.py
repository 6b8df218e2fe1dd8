"""Each primitive and fused operation alone, against PyTorch's: forward, and forward and backward.

Every primitive of the registry has a row here, or a word why PyTorch has none like it. A row is the text of a call that
runs under both libraries, on float32 operands: large ones, (128, 512), and small ones of 10 elements.
"""

from __future__ import annotations

import importlib
import itertools
from collections.abc import Callable, Iterable
from typing import Any, NamedTuple

import numpy as np

from .processes import Effort, Worker, in_turns
from .step import Missing, Step
from .tables import markdown

EXPLANATION = """\
A cell is the ratio to PyTorch and our time, of float32 operands: large ones are (128, 512), small ones 10 elements.
Both libraries run on one core with one thread, in turns, and the best of the rounds is taken. Each row's worst ratio
decides its place.
"""

Call = Callable[..., Any]
SIZES = {"large": (128, 512), "small": (10,)}
MATRIX = {"large": (128, 512), "small": (2, 5)}


class Operation(NamedTuple):
    """A call `call(T, *operands)`. The operands are named by a letter each, as in OPERANDS."""

    operands: str
    call: Call
    matrix: bool = False  # it takes no vector


# What an operand's letter stands for: how to draw it, given the shape.
OPERANDS: dict[str, Callable[[np.random.Generator, tuple[int, ...]], np.ndarray]] = {
    "x": lambda rng, shape: rng.normal(size=shape).astype(np.float32),
    "u": lambda rng, shape: rng.uniform(0.1, 0.9, shape).astype(np.float32),  # of the unit interval
    "p": lambda rng, shape: rng.uniform(1.1, 2, shape).astype(np.float32),  # positive, above 1
    "v": lambda rng, shape: rng.normal(size=shape[-1:]).astype(np.float32),  # a vector for the last dimension
    "w": lambda rng, shape: rng.normal(size=(shape[-1], shape[-1])).astype(np.float32),  # a square matrix
    "b": lambda rng, shape: rng.random(shape) < 0.5,
    "i": lambda rng, shape: rng.integers(1, 8, shape),
    "l": lambda rng, shape: rng.integers(0, shape[-1], shape[0]),  # a class for each row
    "r": lambda rng, shape: rng.integers(0, shape[0], shape),  # a row for each element
}


def named(*names: str, operands: str) -> dict[str, Operation]:
    """Functions that bear the primitive's name."""
    return {name: Operation(operands, lambda T, *args, name=name: getattr(T, name)(*args)) for name in names}


def functional(*names: str, operands: str) -> dict[str, Operation]:
    """The same, of nn.functional."""
    return {name: Operation(operands, lambda T, *args, n=name: getattr(T.nn.functional, n)(*args)) for name in names}


def _assign(T: Any, x: Any, y: Any) -> Any:
    out = x.clone()
    out[1:] = y[1:]
    return out


def _definite(T: Any, x: Any) -> Any:
    """A positive-definite matrix of as many rows as x has, with distinct eigenvalues."""
    return x @ x.mT / x.shape[1] + T.diag(T.linspace(1, 2, x.shape[0]))


OPERATIONS: dict[str, Operation] = {
    **named(*"neg abs square sin cos atan sinh cosh tanh asinh sigmoid erf erfc".split(), operands="x"),
    **named(
        *"exp exp2 expm1 sign floor ceil trunc round frac clone ones_like zeros_like relu sinc".split(), operands="x"
    ),
    **named(*"reciprocal log log2 log10 log1p sqrt rsqrt tan asin acos atanh logit".split(), operands="u"),
    **named("acosh", operands="p"),
    **named("xlogy", operands="xp"),
    **named("lgamma", "digamma", operands="p"),
    **named("erfinv", operands="u"),
    **named("igamma", "igammac", operands="pp"),
    "polygamma": Operation("p", lambda T, x: T.polygamma(1, x)),
    "bessel_i": Operation("x", lambda T, x: T.i0(x)),
    "bessel_ie": Operation("x", lambda T, x: T.special.i0e(x)),
    "zeta": Operation("pp", lambda T, x, y: T.special.zeta(x, y)),
    "xlog1py": Operation("xp", lambda T, x, y: T.special.xlog1py(x, y)),
    **{name: Operation("x", lambda T, x, n=name: getattr(T.special, n)(x)) for name in ("erfcx", "ndtr", "log_ndtr")},
    **{name: Operation("u", lambda T, x, n=name: getattr(T.special, n)(x)) for name in ("ndtri", "entr")},
    "logcumsumexp": Operation("x", lambda T, x: T.logcumsumexp(x, 0)),
    **named(*"isnan isinf isfinite logical_not nonzero count_nonzero".split(), operands="x"),
    **named(*"add sub mul logaddexp hypot atan2 copysign nextafter maximum minimum".split(), operands="xx"),
    **named(*"div floor_divide fmod remainder pow".split(), operands="pp"),
    **named(*"eq ne lt le gt ge logical_and logical_or logical_xor isclose".split(), operands="xx"),
    **named(
        *"bitwise_and bitwise_or bitwise_xor bitwise_left_shift bitwise_right_shift gcd lcm".split(), operands="ii"
    ),
    **named("bitwise_not", operands="i"),
    **named("angle", operands="x"),
    **functional(*"logsigmoid softplus hardtanh hardshrink softshrink gelu silu hardswish mish".split(), operands="x"),
    **functional(*"leaky_relu elu".split(), operands="x"),
    "threshold": Operation("x", lambda T, x: T.nn.functional.threshold(x, 0.1, 0.5)),
    "prelu": Operation("xv", lambda T, x, v: T.nn.functional.prelu(x, v[:1])),
    "huber": Operation("xx", lambda T, x, y: T.nn.functional.huber_loss(x, y)),
    "trunc_divide": Operation("pp", lambda T, x, y: T.div(x, y, rounding_mode="trunc")),
    "lerp": Operation("xx", lambda T, x, y: T.lerp(x, y, 0.3)),
    "clamp": Operation("x", lambda T, x: x.clamp(-0.5, 0.5)),
    "where": Operation("bxx", lambda T, b, x, y: T.where(b, x, y)),
    "masked_scale": Operation("x", lambda T, x: T.nn.functional.dropout(x, 0.3)),
    "cast": Operation("x", lambda T, x: x.double()),
    "one_hot": Operation("l", lambda T, i: T.nn.functional.one_hot(i, 512), matrix=True),
    "reshape": Operation("x", lambda T, x: x.reshape(-1, 2)),
    "permute": Operation("x", lambda T, x: x.permute(1, 0), matrix=True),
    "expand": Operation("v", lambda T, x: x.expand(100, -1)),
    "flip": Operation("x", lambda T, x: x.flip(0)),
    "roll": Operation("x", lambda T, x: x.roll(3, 0)),
    "narrow": Operation("x", lambda T, x: x.narrow(0, 1, 8)),
    "concatenate": Operation("xx", lambda T, x, y: T.cat([x, y])),
    "tril": Operation("x", lambda T, x: x.tril(), matrix=True),
    "triu": Operation("x", lambda T, x: x.triu(), matrix=True),
    "diagonal": Operation("x", lambda T, x: x.diagonal(), matrix=True),
    "diagonal_scatter": Operation("v", lambda T, x: T.diag_embed(x)),
    "pad": Operation("x", lambda T, x: T.nn.functional.pad(x, (1, 2))),
    "getitem": Operation("x", lambda T, x: x[2:8]),
    "getitem, of indices": Operation("xl", lambda T, x, i: x[i % 5 % len(x)], matrix=True),
    "put_at": Operation("xl", lambda T, x, i: T.zeros_like(x).index_add(0, i % 2, x), matrix=True),
    "setitem": Operation("xx", _assign),
    "gather": Operation("xr", lambda T, x, i: x.gather(0, i)),
    "scatter": Operation("xrx", lambda T, x, i, y: x.scatter(0, i, y)),
    "scatter_add": Operation("xrx", lambda T, x, i, y: x.scatter_add(0, i, y)),
    "extremes_at": Operation("xrx", lambda T, x, i, y: x.scatter_reduce(0, i, y, "amax")),
    "products_at": Operation("xrx", lambda T, x, i, y: x.scatter_reduce(0, i, y, "prod")),
    "sliding_windows": Operation("x", lambda T, x: x.unfold(0, 2, 1) * 2),
    "as_strided": Operation("x", lambda T, x: x.as_strided((2, 2), (1, 2)) * 2),
    "attention": Operation("xx", lambda T, x, y: T.nn.functional.scaled_dot_product_attention(x, y, x), matrix=True),
    **{
        name: Operation("x", lambda T, x, n=name: getattr(T.linalg, n)(_definite(T, x)), matrix=True)
        for name in ("cholesky", "det", "pinv")
    },
    "eliminated": Operation("x", lambda T, x: T.linalg.lu_factor(_definite(T, x)).LU, matrix=True),
    "matrix_exp": Operation("x", lambda T, x: T.linalg.matrix_exp(_definite(T, x) / len(x) ** 2), matrix=True),
    "eigh": Operation("x", lambda T, x: T.linalg.eigh(_definite(T, x)).eigenvalues, matrix=True),
    "svd": Operation("x", lambda T, x: T.linalg.svd(x, full_matrices=False).U.abs(), matrix=True),
    "qr": Operation("x", lambda T, x: T.linalg.qr(_definite(T, x)).Q, matrix=True),
    "inverse": Operation("x", lambda T, x: T.linalg.inv(_definite(T, x)), matrix=True),
    "eigenvalues": Operation("x", lambda T, x: T.linalg.eigvalsh(_definite(T, x)), matrix=True),
    "singular_values": Operation("x", lambda T, x: T.linalg.svdvals(x), matrix=True),
    "logabsdet": Operation("x", lambda T, x: T.linalg.slogdet(_definite(T, x)).logabsdet, matrix=True),
    "solve": Operation("x", lambda T, x: T.linalg.solve(_definite(T, x), x), matrix=True),
    "solve_triangular": Operation(
        "x", lambda T, x: T.linalg.solve_triangular(_definite(T, x), x, upper=False), matrix=True
    ),
    "matmul": Operation("xw", lambda T, x, w: x @ w, matrix=True),
    "einsum": Operation("xw", lambda T, x, w: T.einsum("ij,jk->ik", x, w), matrix=True),
    "sum": Operation("x", lambda T, x: x.sum()),
    "sum, of rows": Operation("x", lambda T, x: x.sum(1), matrix=True),
    "sum, of columns": Operation("x", lambda T, x: x.sum(0), matrix=True),
    "mean": Operation("x", lambda T, x: x.mean()),
    "var": Operation("x", lambda T, x: x.var(0)),
    "std": Operation("x", lambda T, x: x.std(0)),
    "norm": Operation("x", lambda T, x: T.linalg.vector_norm(x)),
    "prod": Operation("p", lambda T, x: x.prod(0)),
    "cumprod": Operation("u", lambda T, x: x.cumprod(0)),
    "cumsum": Operation("x", lambda T, x: x.cumsum(0)),
    "amax": Operation("x", lambda T, x: x.amax(0)),
    "amin": Operation("x", lambda T, x: x.amin(0)),
    "order_statistic": Operation("x", lambda T, x: x.max()),
    "max, of rows": Operation("x", lambda T, x: x.max(1).values, matrix=True),
    "argmax": Operation("x", lambda T, x: x.argmax(-1)),
    "argmin": Operation("x", lambda T, x: x.argmin(-1)),
    "argsort": Operation("x", lambda T, x: x.argsort(-1)),
    "sort": Operation("x", lambda T, x: x.sort(-1).values),
    "topk": Operation("x", lambda T, x: x.topk(5).values),
    "searchsorted": Operation("xv", lambda T, x, v: T.searchsorted(v.sort().values, x)),
    "histogram": Operation("x", lambda T, x: T.histc(x, 50)),
    "all": Operation("b", lambda T, x: x.all()),
    "any": Operation("b", lambda T, x: x.any()),
    "logsumexp": Operation("x", lambda T, x: x.logsumexp(-1)),
    "softmax": Operation("x", lambda T, x: x.softmax(-1)),
    "log_softmax": Operation("x", lambda T, x: x.log_softmax(-1)),
    "convolve": Operation("xv", lambda T, x, w: T.nn.functional.conv1d(x[:, None], w[None, None, :3]), matrix=True),
    "unfold": Operation("x", lambda T, x: T.nn.functional.unfold(x[None, None], 2), matrix=True),
    "window_sums": Operation("x", lambda T, x: T.nn.functional.avg_pool2d(x[None], 2), matrix=True),
    "largest_places": Operation("x", lambda T, x: T.nn.functional.max_pool2d(x[None], 2), matrix=True),
    "linear": Operation("xwv", lambda T, x, w, b: T.nn.functional.linear(x, w, b), matrix=True),
    "batch_norm": Operation("xvv", lambda T, x, w, b: T.nn.functional.batch_norm(x, None, None, w, b, True), True),
    "batch_norm, evaluating": Operation(
        "xvv",
        lambda T, x, w, b: T.nn.functional.batch_norm(x, w.detach(), w.detach().square(), w, b),
        matrix=True,
    ),
    "layer_norm": Operation("xvv", lambda T, x, w, b: T.nn.functional.layer_norm(x, w.shape, w, b)),
    "cross_entropy": Operation("xl", lambda T, x, t: T.nn.functional.cross_entropy(x, t), matrix=True),
    "binary_cross_entropy": Operation("uu", lambda T, x, y: T.nn.functional.binary_cross_entropy(x, y.detach())),
    # Not primitives: functions of nn that are made of several.
    **functional("softsign", operands="x"),
    **functional(*"mse_loss l1_loss smooth_l1_loss".split(), operands="xx"),
    "binary_cross_entropy_with_logits": Operation(
        "xu", lambda T, x, y: T.nn.functional.binary_cross_entropy_with_logits(x, y.detach())
    ),
    "nll_loss": Operation("xl", lambda T, x, t: T.nn.functional.nll_loss(x, t), matrix=True),
    "embedding": Operation("lx", lambda T, i, x: T.nn.functional.embedding(i % len(x), x), matrix=True),
    "rms_norm": Operation("xv", lambda T, x, w: T.nn.functional.rms_norm(x, w.shape, w)),
    "group_norm": Operation("xvv", lambda T, x, w, b: T.nn.functional.group_norm(x, 1, w, b), matrix=True),
    "distances": Operation("xw", lambda T, x, y: T.cdist(x, y), matrix=True),
    "distances_of_pairs": Operation("x", lambda T, x: T.pdist(x), matrix=True),
    "add of a number": Operation("x", lambda T, x: x + 1.5),
    "mul by a number": Operation("x", lambda T, x: x * 1.5),
    "add of a row": Operation("xv", lambda T, x, v: x + v),
    "square, as x ** 2": Operation("x", lambda T, x: x**2),
}

MANY = Effort(rounds=15, turn=0.002, pause=0.005)

WITHOUT = {
    "cofactors": "the derivative of det",
    "sign_of_det": "a part of slogdet",
    "completion": "a part of svd and qr",
    "asymmetry": "a part of what reads one triangle of a matrix",
    "independent": "a part of second derivatives",
    "straight": "a part of second derivatives",
    "normal_cdf": "a part of gelu",
    "normal_gate": "see gelu",
    "sigmoid_gate": "see silu",
    "one_minus_square": "a part of the derivative of asin",
    "sum_to": "the adjoint of expand",
    "identity": "a view of the same shape, within other operations",
    "widen": "the adjoint of narrow",
    "convolve_adjoint": "a derivative of convolve",
    "convolve_weights": "a derivative of convolve",
    "fold": "the adjoint of unfold",
    "spread_over_windows": "the adjoint of window_sums",
    "adaptive_largest_places": "see largest_places",
    "overlap_add": "the adjoint of sliding_windows",
    "put_view": "the adjoint of a chain of views, for writing into one",
    "cumprod_before": "a part of the derivative of prod",
    "rnn": "a layer: it has no function of its own to be compared with",
    "lstm": "as rnn",
    "gru": "as rnn",
    "frozen_batch_norm": "see batch_norm, evaluating",
    "median_index": "a part of median",
    "mode_index": "a part of mode",
    "cummax_index": "a part of cummax",
    "cummin_index": "a part of cummin",
    "topk_indices": "see topk",
    "quantile_rank": "a part of quantile",
    "cholesky_factor": "a part of distributions.MultivariateNormal",
    "lower_solve": "as cholesky_factor",
    "standard_gamma": "a part of distributions.Gamma",
    "gamma_slope": "its derivative",
    "standard_dirichlet": "a part of distributions.Dirichlet",
    "dirichlet_slope": "its derivative",
}


def build(module: str, name: str, size: str, backward: bool) -> Step:
    """The step of one row in one library."""
    T = importlib.import_module(module)
    operation = OPERATIONS[name]
    shape = (MATRIX if operation.matrix else SIZES)[size]
    rng = np.random.default_rng(0)
    operands = [T.tensor(OPERANDS[letter](rng, shape)) for letter in operation.operands]
    call = operation.call
    if not backward:
        return lambda: call(T, *operands)
    leaves = [x for x in operands if x.is_floating_point()]
    for x in leaves:
        x.requires_grad_()
    example = call(T, *operands)
    if not example.requires_grad:
        raise Missing("no derivative")
    seed = T.ones_like(example.detach())

    def step() -> None:
        for x in leaves:
            x.grad = None
        call(T, *operands).backward(seed)

    try:
        step()
    except RuntimeError as error:
        raise Missing(str(error)) from None
    return step


class Row(NamedTuple):
    """What one operation costs, by size and whether backward too: our microseconds, and the ratio to PyTorch's."""

    name: str
    costs: dict[tuple[str, bool], tuple[float, float]]

    @property
    def worst(self) -> float:
        return max(ratio for _, ratio in self.costs.values())


def measure(names: Iterable[str] = OPERATIONS, effort: Effort = MANY) -> list[Row]:
    """Every operation, the slowest beside PyTorch first.

    The best of the rounds is taken: the same short call always does the same work, so that other times are noise.
    """
    maker = "benchmarks.operations:build"
    rows = []
    with Worker(maker, "tinygrad_lite") as ours, Worker(maker, "torch") as theirs:
        for name in names:
            costs = {}
            for size, backward in itertools.product(SIZES, (False, True)):
                try:
                    for worker in (theirs, ours):
                        worker.ask("build", [name, size, backward])
                except Missing:
                    continue
                times = in_turns({"ours": ours, "theirs": theirs}, effort)
                best, peer = times["ours"].best, times["theirs"].best
                costs[size, backward] = best * 1e6, best / peer
            rows.append(Row(name, costs))
    return sorted(rows, key=lambda row: -row.worst)


HEADER = [
    "operation",
    *(f"{size}, {'forward and backward' if b else 'forward'}" for size in SIZES for b in (False, True)),
]


def table(rows: list[Row]) -> str:
    """Each figure is the ratio to PyTorch (below 1, we are faster), with our time behind it."""
    cells = [
        [row.name]
        + [
            f"{row.costs[key][1]:.2f} ({row.costs[key][0]:.3g} µs)" if key in row.costs else "–"
            for key in itertools.product(SIZES, (False, True))
        ]
        for row in rows
    ]
    return markdown(HEADER, cells)
