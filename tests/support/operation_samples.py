"""For every primitive, how to draw a call of it: the table that the tests of derivatives run over.

A primitive that is registered anywhere in the package needs a row here, and every argument that it has a
derivative by must be a floating array in some of the calls. The tests say so if it is not. A fused operation
is a primitive like any other.
"""

from __future__ import annotations

import contextlib
import functools
import importlib
import pkgutil

from hypothesis import strategies as st

import tinygrad_lite
from tinygrad_lite.core.primitive import REGISTRY

from . import operation_rows as rows
from .operation_rows import Row, along, arrays, reducing, values
from .random_values import (
    Call,
    Draw,
    apart,
    between,
    broken,
    dividend,
    divisor,
    few,
    flags,
    nonzero,
    positive,
    readonly,
    reals,
    special,
    unit,
    whole,
)

for module in pkgutil.walk_packages(tinygrad_lite.__path__, "tinygrad_lite.", onerror=lambda name: None):
    with contextlib.suppress(ImportError):  # it needs an optional package
        importlib.import_module(module.name)  # so that all that registers a primitive has done so


def call(name: str, seed: int, size: int) -> Call:
    """One call of a primitive."""
    return Call(REGISTRY[name], readonly(SAMPLES[name](Draw(seed, size))), seed)


def calls(name: str) -> st.SearchStrategy[Call]:
    """The calls of a primitive: mostly large ones, that is, of up to three dimensions of up to three."""
    return st.builds(call, st.just(name), st.integers(0, 2**32 - 1), st.sampled_from([1, 2, 3, 3, 3]))


@functools.cache
def examples(name: str) -> list[Call]:
    """The same few calls every time."""
    return [call(name, seed, size=3) for seed in range(16)]


SAMPLES: dict[str, Row] = {
    # arithmetic
    "add": values(reals, reals),
    "sub": values(reals, reals),
    "mul": values(reals, reals),
    "div": values(reals, nonzero),
    "floor_divide": values(dividend, divisor),
    "trunc_divide": values(dividend, divisor),
    "pow": rows.pow,
    "fmod": values(dividend, divisor),
    "remainder": values(dividend, divisor),
    "neg": values(reals),
    "abs": values(nonzero),
    "square": values(reals),
    "reciprocal": values(nonzero),
    "lerp": values(reals, reals, reals),
    # exponentials and powers
    "exp": values(reals),
    "exp2": values(reals),
    "expm1": values(reals),
    "log": values(positive),
    "log2": values(positive),
    "log10": values(positive),
    "log1p": values(between(-0.6, 3)),
    "logaddexp": values(reals, reals),
    "sqrt": values(positive),
    "rsqrt": values(positive),
    "hypot": values(nonzero, nonzero),
    "logit": values(between(0.2, 0.8)),
    "xlogy": values(reals, positive),
    # trigonometry
    "sin": values(reals),
    "cos": values(reals),
    "tan": values(between(-1.2, 1.2)),
    "sinc": lambda d: (d.array(d.shape(), reals), d.pick(0, 1, 2, 3)),
    "one_minus_square": values(reals),
    "asin": values(unit),
    "acos": values(unit),
    "atan": values(reals),
    "atan2": values(nonzero, nonzero),
    "sinh": values(reals),
    "cosh": values(reals),
    "tanh": values(reals),
    "asinh": values(reals),
    "acosh": values(between(1.3, 4)),
    "atanh": values(unit),
    # activations and the error function
    "sigmoid": values(reals),
    "logsigmoid": values(nonzero),
    "softplus": rows.softplus,
    "relu": values(nonzero),
    "prelu": values(nonzero, reals),
    "threshold": lambda d: (d.array(d.shape(), nonzero), d.pick(0.0, 0), d.pick(1.5, 2)),
    "hardshrink": lambda d: (d.array(d.shape(), between(-2.5, -1.1, -0.9, 0.9, 1.1, 2.5)), d.pick(1.0, 1)),
    "softshrink": lambda d: (d.array(d.shape(), between(-2.5, -1.1, -0.9, 0.9, 1.1, 2.5)), d.pick(1.0, 1)),
    "hardswish": values(between(-5, -3.2, -2.8, 2.8, 3.2, 5)),
    "silu": arrays(reals),
    "mish": values(reals),
    "gelu": arrays(reals),
    "normal_cdf": values(reals),
    "normal_gate": values(reals),
    "sigmoid_gate": values(reals),
    "leaky_relu": rows.leaky_relu,
    "elu": rows.elu,
    "hardtanh": rows.hardtanh,
    "huber": rows.huber,
    "erf": values(reals),
    "erfc": values(reals),
    # the gamma function, the normal distribution, Bessel functions and entropies
    "lgamma": values(between(-1.8, -1.2, 0.4, 12)),
    "digamma": values(between(-1.8, -1.2, 0.4, 12)),
    "polygamma": lambda d: (d.array(d.shape(), between(-1.7, -1.3, 0.6, 12)), d.pick(1, 2)),
    "zeta": values(between(1.5, 4), positive),
    "igamma": values(positive, positive),
    "igammac": values(positive, positive),
    **dict.fromkeys(["standard_gamma", "gamma_slope", "standard_dirichlet"], rows.drawn),
    "dirichlet_slope": lambda d: rows.drawn(d)[::-1],
    "erfcx": values(reals),
    "erfinv": values(unit),
    "ndtr": values(reals),
    "log_ndtr": values(reals),
    "ndtri": values(between(0.2, 0.8)),
    "bessel_i": lambda d: (d.array(d.shape(), reals), d.pick(0, 1, 2)),
    "bessel_ie": lambda d: (d.array(d.shape(), nonzero), d.pick(0, 1, 2)),
    "entr": values(positive),
    "xlog1py": values(reals, positive),
    # rounding and signs
    "sign": values(nonzero),
    "floor": values(broken),
    "ceil": values(broken),
    "trunc": values(broken),
    "round": rows.round,
    "frac": values(broken),
    "copysign": values(nonzero, nonzero),
    "nextafter": values(nonzero, nonzero),
    "angle": values(nonzero),
    # choosing and bounding
    "maximum": values(apart(), apart(1 / 2)),
    "minimum": values(apart(), apart(1 / 2)),
    "clamp": rows.clamp,
    "where": values(flags, reals, reals),
    "masked_scale": rows.masked_scale,
    "binary_cross_entropy": arrays(between(0.2, 0.8), between(0, 1)),
    "binary_cross_entropy_with_logits": arrays(nonzero, between(0, 1)),
    # results without gradient
    "eq": values(few, few),
    "ne": values(few, few),
    "lt": values(few, few),
    "le": values(few, few),
    "gt": values(few, few),
    "ge": values(few, few),
    "logical_and": values(few, few),
    "logical_or": values(few, few),
    "logical_xor": values(few, few),
    "logical_not": values(few),
    "bitwise_and": values(whole, whole),
    "bitwise_or": values(whole, whole),
    "bitwise_xor": values(whole, whole),
    "bitwise_not": values(whole),
    "bitwise_left_shift": values(whole, whole),
    "bitwise_right_shift": values(whole, whole),
    "gcd": values(whole, whole),
    "lcm": values(whole, whole),
    "isnan": values(special),
    "isinf": values(special),
    "isfinite": values(special),
    "isclose": lambda d: (*values(special, special)(d), d.pick(1e-5, 0.0), d.pick(1e-8, 1.5), d.flag()),
    # the same values again
    "cast": rows.cast,
    "identity": values(reals),
    "clone": values(reals),
    "ones_like": values(reals),
    "zeros_like": values(reals),
    "independent": arrays(reals, reals),
    "straight": arrays(reals),
    # shapes
    "reshape": rows.reshape,
    "permute": rows.permute,
    "expand": rows.expand,
    "sum_to": rows.sum_to,
    "flip": along(Draw.dims),
    "roll": rows.roll,
    "narrow": rows.narrow,
    "widen": rows.widen,
    "concatenate": rows.concatenate,
    "tril": along(lambda d, x: d.whole(-3, 3), least=2),
    "triu": along(lambda d, x: d.whole(-3, 3), least=2),
    "diagonal": rows.diagonal,
    "diagonal_scatter": rows.diagonal_scatter,
    "pad": rows.pad,
    # indices
    "getitem": rows.getitem,
    "put_at": rows.put_at,
    "setitem": rows.setitem,
    "put_view": rows.put_view,
    "gather": rows.gather,
    "scatter": rows.scatter,
    "scatter_add": rows.scatter_add,
    "extremes_at": rows.extremes_at,
    "products_at": rows.products_at,
    "as_strided": rows.as_strided,
    "sliding_windows": rows.sliding_windows,
    "overlap_add": rows.overlap_add,
    "nonzero": values(few),
    "one_hot": lambda d: (*values(whole)(d), d.whole(8, 10)),
    # products
    "matmul": rows.matmul,
    "einsum": rows.einsum,
    # windows that slide over images
    "convolve": rows.convolve,
    "convolve_adjoint": rows.convolve_adjoint,
    "convolve_weights": rows.convolve_weights,
    "unfold": rows.sliding,
    "fold": rows.fold,
    "window_sums": rows.sliding,
    "spread_over_windows": rows.spread_over_windows,
    "largest_places": rows.largest_places,
    "adaptive_largest_places": rows.adaptive_largest_places,
    # systems of equations and factorizations
    "inverse": rows.square,
    "solve": rows.system,
    "solve_triangular": rows.triangular_system,
    "det": rows.square,
    "cofactors": rows.square,
    "logabsdet": rows.square,
    "sign_of_det": rows.square,
    "pinv": rows.pinv,
    "cholesky": rows.square,
    "eigh": rows.square,
    "eigenvalues": rows.square,
    "svd": rows.factorized,
    "singular_values": rows.factorized,
    "completion": lambda d: (*rows.factorized(d), d.pick("Q", "U", "V")),
    "qr": rows.factorized,
    "eliminated": rows.factorized,
    "matrix_exp": rows.square,
    "asymmetry": lambda d: (*rows.square(d), d.flag()),
    # reductions
    "sum": reducing(Draw.any_dims),
    "mean": reducing(Draw.any_dims),
    "var": rows.spread,
    "std": rows.spread,
    "norm": rows.norm,
    "count_nonzero": along(Draw.any_dims, few),
    "prod": reducing(Draw.one_or_all, few),
    "cumprod_before": along(Draw.dim, few, least=1),
    "cumprod": along(Draw.dim, few, least=1),
    "cumsum": along(Draw.dim, least=1),
    "logcumsumexp": along(Draw.dim, least=1),
    "amax": reducing(Draw.any_dims, apart(), empty=False),
    "amin": reducing(Draw.any_dims, apart(), empty=False),
    "all": reducing(Draw.any_dims, few),
    "any": reducing(Draw.any_dims, few),
    "logsumexp": reducing(Draw.any_dims),
    "softmax": along(Draw.dim),
    "log_softmax": along(Draw.dim),
    # order
    "order_statistic": rows.order_statistic,
    "median_index": lambda d: (*along(Draw.dim, few, least=1, empty=False)(d), d.flag()),
    "mode_index": along(Draw.dim, few, least=1, empty=False),
    "argmax": reducing(Draw.one_or_all, few, empty=False),
    "argmin": reducing(Draw.one_or_all, few, empty=False),
    "cummax_index": along(Draw.dim, few, least=1),
    "cummin_index": along(Draw.dim, few, least=1),
    "argsort": lambda d: (*along(Draw.dim, few)(d), d.flag()),
    "topk_indices": rows.topk_indices,
    "quantile_rank": rows.quantile_rank,
    "searchsorted": rows.searchsorted,
    "histogram": rows.histogram,
    # fused
    "linear": rows.linear,
    "batch_norm": rows.batch_norm,
    "frozen_batch_norm": rows.frozen_batch_norm,
    "layer_norm": rows.layer_norm,
    "group_norm": rows.group_norm,
    "distances": rows.distances,
    "distances_of_pairs": rows.distances_of_pairs,
    "rnn": rows.recurrent(1, 1, False),
    "lstm": rows.recurrent(4, 2),
    "gru": rows.recurrent(3),
    "attention": rows.attention,
    "nll_loss": rows.nll_loss,
    "cross_entropy": rows.cross_entropy,
}
