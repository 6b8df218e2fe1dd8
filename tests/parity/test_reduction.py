"""Reductions, scans and sorting against PyTorch: every form of dim, keepdim, ties, NaN, empty and 0-d Tensors."""

from __future__ import annotations

import numpy as np
import pytest

from ..support.pytorch_parity import SPECIAL, Row, b, compare, f, floats, i, ints, row

X = f(2, 3, 4)
F64, F32, I64 = np.dtype("float64"), np.dtype("float32"), np.dtype("int64")
DIMS = [0, 1, -1, (0, 2), [1], (-1, 0), (), None]
BAD_DIMS = [3, -4, (0, 0), (0, 5), 1.5, "a"]
TIED = floats(3, 1, 3, 2, 3, 1).reshape(2, 3)

OVER_DIMS = ["sum", "mean", "amax", "amin", "all", "any", "var", "std", "logsumexp", "nansum", "nanmean"]
OVER_ONE = ["max", "min", "argmax", "argmin", "prod", "median", "nanmedian"]
ALONG = ["cumsum", "cumprod", "softmax", "log_softmax", "sort", "argsort", "cummax", "cummin", "msort"]


SPREAD = ("var", "std")  # of dim=() PyTorch's gradient is infinite
UNSURE = ("prod", "amax", "amin")  # where there is NaN, PyTorch's gradient is NaN; ours, for prod, 0 where it can be


def dims_of(name: str) -> list[object]:
    return DIMS[:-2] if name == "logsumexp" else DIMS


def along(name: str, *args: object, **kwargs: object) -> Row:
    """msort has no dim."""
    return row(name, *args[:1]) if name == "msort" else row(name, *args, **kwargs)


ROWS: list[Row] = [
    # dims
    *(row(name, X, d, grad=d != () or name not in SPREAD) for name in OVER_DIMS for d in dims_of(name)),
    *(row(name, X, d, True) for name in OVER_DIMS if name not in SPREAD for d in dims_of(name) if d is not None),
    *(row(name, X, dim=d, keepdim=True, grad=d != () or name not in SPREAD) for name in OVER_DIMS for d in dims_of(name)),
    *(row("logsumexp", X, d, more=True) for d in ((), None)),
    *(row(name, X, d) for name in [*OVER_DIMS, *OVER_ONE] for d in BAD_DIMS if name != "median" or d != ()),
    *(row(name, X) for name in [*OVER_DIMS, *OVER_ONE]),
    *(row(name, X, d) for name in OVER_ONE for d in (0, 1, -1)),
    *(row(name, X, dim=-2, keepdim=True) for name in OVER_ONE),
    *(row(name, X, 1, True) for name in OVER_ONE),
    *(along(name, X, d) for name in ALONG for d in (0, 1, -1, 3, -4)),
    *(along(name, X, dim=-2) for name in ALONG),
    # 0-d, empty, NaN, whole numbers, bools
    *(row(name, floats(1.5).reshape(()), *d) for name in [*OVER_DIMS, *OVER_ONE] for d in ((), (0,), (-1,), (1,))),
    *(along(name, floats(1.5).reshape(()), d) for name in ALONG for d in (0, -1, 1)),
    *(row(name, f(0), *d) for name in [*OVER_DIMS, *OVER_ONE] for d in ((), (0,))),
    *(row(name, f(2, 0, 3), *d) for name in [*OVER_DIMS, *OVER_ONE] for d in ((), (0,), (1,), (2,))),
    *(along(name, f(2, 0, 3), d) for name in ALONG for d in (0, 1, 2)),
    *(row(name, f(2, 0, 3), d) for name in ("sum", "mean", "amax", "any") for d in ((0, 2), (0, 1))),
    *(row(name, SPECIAL[:-1], grad=name not in UNSURE) for name in [*OVER_DIMS, *OVER_ONE] if name not in ("logsumexp", "var", "std")),
    *(row(name, SPECIAL, 0, grad=name not in UNSURE) for name in [*OVER_DIMS, *OVER_ONE, *ALONG[2:8]]),
    *(row(name, floats(1, np.nan, -2, np.nan, 3, 3).reshape(2, 3), 1, grad=name not in UNSURE)
      for name in [*OVER_DIMS, *OVER_ONE, *ALONG[2:-1]]),
    *(row(name, floats(1, np.nan, -2, 5), grad=name not in UNSURE) for name in [*OVER_DIMS, *OVER_ONE] if name != "logsumexp"),
    *(row(name, x, *d) for name in [*OVER_DIMS, *OVER_ONE] for x in (i(3, 4), b(3, 4)) for d in ((), (1,))),
    *(along(name, x, 1) for name in ALONG for x in (i(3, 4), b(3, 4))),
    *(row(name, i(3, 4), dtype=t) for name in ("sum", "mean", "prod", "nansum", "nanmean") for t in (F32, F64)),
    *(row(name, X, dtype=t) for name in ("sum", "prod", "mean") for t in (F64, I64)),
    *(row(name, X, 1, dtype=F64) for name in ("sum", "mean", "prod", "softmax", "log_softmax")),
    *(row(name, x, 1, call=lambda T, x, d, n=name, t=t: getattr(T, n)(x, d, dtype=getattr(T, t)))
      for name in ("cumsum", "cumprod", "softmax", "log_softmax") for x, t in ((X, "float64"), (i(3, 4), "float32"))),
    # ties
    *(row(name, TIED, *d) for name in [*OVER_DIMS, *OVER_ONE] for d in ((), (0,), (1,))),
    *(along(name, TIED, 1) for name in ALONG),
    *(row(name, TIED, 1, descending=True) for name in ("sort", "argsort")),
    *(row(name, TIED, 1, True) for name in ("sort", "argsort")),
    *(row(name, TIED, dim=1, descending=True, stable=True) for name in ("sort", "argsort")),
    *(row(name, X) for name in ("sort", "argsort")),
    row("sort", SPECIAL, descending=True),
    row("sort", X, stable=True),
    row("sort", X, dim=0, descending=True),
    # max and min of two, and of everything
    *(row(name, f(2, 3), f(3, seed=1)) for name in ("max", "min")),
    *(row(name, f(2, 3), other=f(3, seed=1)) for name in ("max", "min")),
    *(row(name, i(2, 3), f(3, seed=1)) for name in ("max", "min")),
    *(row(name, X, (0, 1)) for name in ("argmax", "max")),
    row("argmax", X, dim=None, keepdim=True),
    row("argmin", i(5), keepdim=True),
    row("argmax", X, None),
    # spread
    *(row(name, X, **kw) for name in ("var", "std", "var_mean", "std_mean") for kw in (
        {"unbiased": False}, {"correction": 0}, {"correction": 2}, {"dim": 1, "unbiased": True},
        {"dim": (0, 2), "correction": 0, "keepdim": True}, {"dim": 1, "correction": 0.5}, {"dim": None},
    )),
    *(row(name, X, *args) for name in ("var", "std", "var_mean", "std_mean") for args in (
        (False,), (1, False), (1, True, True), ([0, 1], False, True), (5,),
    )),
    *(row(name, X, correction=100, grad=False) for name in SPREAD),
    *(row(name, f(1)) for name in ("var", "std", "var_mean", "std_mean")),
    *(row(name, floats(2, 2, 2), correction=0) for name in ("var", "std")),
    *(row(name, f(3), axis=0) for name in ("sum", "mean", "var", "softmax", "argmax", "amax", "cumsum")),
    row("sum", X, axis=(0, 1), keepdims=True),
    row("sum", input=X, call=lambda T, input: T.sum(input=input, dim=0)),
    # norms
    *(row("norm", X, *args) for args in (
        (), (2,), (1,), (3,), (0.5,), (np.inf,), (-np.inf,), ("fro",), (2, 1), (1, (0, 2)), (2, -1, True), (np.inf, 0),
        (None,), ("nuc",), ("abc",), (2, 5), (2, None), (2, [0, 1]), ("fro", (0, 1)), ("inf",),
    )),
    row("norm", f(0)),
    row("norm", f(0), float("inf")),
    row("norm", f(2, 0), 2, 1),
    row("norm", i(3)),
    row("norm", i(3), dtype=F32, more=True),
    row("norm", X, 0, grad=False),
    row("norm", X, dtype=F64),
    row("norm", floats(-2).reshape(())),
    row("norm", TIED, np.inf),
    row("norm", floats(0, 0, 0)),
    row("norm", f(3), p=1, dim=0),
    # counting
    *(row("count_nonzero", ints(0, 1, 2, 0).reshape(2, 2), *d) for d in ((), (0,), (1,), ((0, 1),), (-1,), (2,), (None,))),
    row("count_nonzero", floats(0, -0.0, np.nan)),
    row("count_nonzero", b(2, 3), dim=1),
    # several results
    *(row("topk", X, *args) for args in ((2,), (1, 0), (3, 1, False), (2, -1, True, True), (0,), (5,), (-1,), (2, 3))),
    row("topk", X, k=2, dim=1, largest=False),
    row("topk", f(6), 6),
    row("topk", floats(1).reshape(()), 1),
    row("topk", floats(1).reshape(()), 2),
    row("topk", i(5), 2, call=lambda T, x, k: T.topk(x, k).values),
    row("topk", SPECIAL, 3),
    row("topk", SPECIAL, 3, largest=False),
    *(row("kthvalue", X, *args) for args in ((1,), (2, 0), (3, -1, True), (0,), (5,), (1, 3))),
    *(row("mode", ints(1, 2, 2, 3, 3, 1, 1, 5).reshape(2, 4), *args) for args in ((), (0,), (1,), (-1, True), (2,))),
    row("mode", TIED),
    *(row("aminmax", x, **kw) for x in (X, i(2, 3)) for kw in ({}, {"dim": 1}, {"dim": -1, "keepdim": True}, {"dim": 4})),
    *(row("quantile", f(2, 5), q, grad=isinstance(q, float) or "interpolation" not in kw, **kw) for q in (0.5, 0.0, 1.0, 0.3, floats(0.1, 0.9)) for kw in (
        {}, {"dim": 1}, {"dim": 0, "keepdim": True}, {"dim": 1, "interpolation": "lower"}, {"interpolation": "nearest"},
    )),
    row("quantile", f(3), 1.5),
    row("quantile", i(3), 0.5),
    row("quantile", f(3), floats(0.5).reshape(1, 1)),
    *(row("unique", ints(3, 1, 3, 2, 1), *args) for args in ((), (True,), (True, True), (True, True, True), (True, False, True))),
    row("unique", ints(3, 1, 3, 2, 1, 1).reshape(2, 3), return_inverse=True, return_counts=True),
    row("unique", ints(3, 1, 3, 1).reshape(2, 2), dim=0),
    row("unique", ints(3, 3, 1, 1).reshape(2, 2), dim=1, return_inverse=True, return_counts=True),
    row("unique", floats(2, 1, 2), grad=False),
    row("unique", f(0), grad=False),
    row("unique", b(5)),
    *(row("searchsorted", ints(1, 3, 5, 5), ints(0, 5, 4, 6), **kw) for kw in ({}, {"right": True}, {"side": "right"})),
    row("searchsorted", ints(1, 3, 5, 7).reshape(2, 2), ints(2, 4, 6, 8, 0, 7).reshape(2, 3)),
    row("searchsorted", ints(1, 3, 5), 4),
    row("searchsorted", ints(1, 3, 5), 4, right=True, side="left"),
    row("searchsorted", ints(1, 3, 5, 7).reshape(2, 2), ints(1, 2)),
    row("bucketize", f(5), floats(-1, 0, 1), grad=False),
    row("bucketize", i(5), ints(-1, 1), right=True),
    row("bucketize", i(5), i(2, 2)),
    row("cdist", f(3, 2), f(4, 2, seed=1)),
    *(row("cdist", f(2, 3, 2), f(2, 4, 2, seed=1), p=p) for p in (1.0, 2.0, 3.0, float("inf"))),
    row("cdist", f(3, 2), f(3, 3)),
    *(row("bincount", ints(1, 3, 1, 0), *args) for args in ((), (None, 6), (ints(1, 2, 3, 4),))),
    row("bincount", ints(1, 3, 1, 0), floats(0.5, 1, 2, 4), grad=False),
    row("bincount", ints(-1, 2)),
    row("bincount", f(3)),
    row("bincount", i(2, 2, low=0)),
    row("bincount", ints(1, 2), minlength=5),
    row("bincount", i(0)),
    *(row("histc", f(20), *args, grad=False) for args in ((), (5,), (4, -1, 1), (3, 0, 0), (0,))),
    row("histc", f(20), bins=4, min=-1, max=2, grad=False),
    row("histc", i(5)),
    *(row("diff", f(3, 4), *args) for args in ((), (2,), (1, 0), (0,), (5,), (-1,))),
    row("diff", b(4)),
    row("diff", i(4), n=1, dim=0, prepend=ints(0), append=ints(9, 9)),
    row("dist", f(2, 3), f(3)),
    row("dist", f(2, 3), f(3), 1),
    row("cov", f(3, 5)),
    row("cov", f(5)),
    row("cov", f(3, 5), correction=0),
    row("corrcoef", f(3, 5)),
    *(row(name, f(3, 4), *a) for name in ("trapz", "trapezoid") for a in ((), (f(4, seed=1),))),
    row("trapezoid", f(3, 4), dx=0.5, dim=0),
]  # fmt: skip


@pytest.mark.parametrize("name", sorted({r.name for r in ROWS}))
def test_parity(name):
    for r in ROWS:
        if r.name == name:
            compare(r)
