"""Special functions against PyTorch: values, gradients, dtypes, special values, broadcasting, in place, and errors."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from ..support.pytorch_parity import SPECIAL, Row, b, compare, f, floats, i, pos, row

UNARY = ["lgamma", "digamma", "erfinv", "i0"]
NAMESPACE = """
    gammaln digamma psi erf erfc erfcx erfinv exp2 expit expm1 i0 i0e i1 i1e log1p log_ndtr ndtr ndtri entr sinc
""".split()
TRIGAMMA = ("digamma", "psi")
"""Their derivative is PyTorch's to 3e-10 only; test_special_functions in tests/ops has it from high precision."""
FINITE = SPECIAL[np.isfinite(SPECIAL)]
UNIT = f(2, 3, low=0.05, high=0.95)


def special(name: str, *args: Any, grad: bool = True, **kwargs: Any) -> Row:
    """A function of the namespace `special`, which PyTorch has nowhere else."""
    return row(f"special.{name}", *args, call=lambda T, *a, **k: getattr(T.special, name)(*a, **k), grad=grad, **kwargs)


ROWS: list[Row] = [
    *(
        row(name, x, grad=name not in TRIGAMMA)
        for name in UNARY
        for x in (UNIT, floats(0.5).reshape(()), f(0, 3), i(4, low=1), b(3), None, "2")
    ),
    *(row(name, pos(2, 3) * 4, grad=name not in TRIGAMMA) for name in ("lgamma", "digamma", "i0")),
    row("lgamma", SPECIAL, grad=False),  # at -inf PyTorch's derivative is NaN, and at the poles infinite
    row("digamma", SPECIAL, grad=False),
    row("erfinv", SPECIAL),
    row("i0", FINITE),
    *(
        special(name, x, grad=name not in TRIGAMMA)
        for name in NAMESPACE
        for x in (UNIT, floats(0.5).reshape(()), f(0, 3), i(4, low=1), None)
    ),
    *(special(name, SPECIAL, grad=False) for name in NAMESPACE if name not in ("i0", "i1")),
    *(special(name, floats(-300, -30, -9, -8, -2.5, 0.1, 7, 8.5, 20, 80)) for name in ("i0e", "i1e")),
    special("log_ndtr", floats(-300, -30, -9, -8, -2.5, 0.1, 7, 8.5, 20, 80), grad=False),  # PyTorch's is 2e-3 off
    *(special(name, floats(-30, -9, -8, -2.5, 0.1, 7, 8.5, 20, 80)) for name in ("i0", "i1", "ndtr")),
    special("erfcx", floats(-5, -0.3, 0.0, 0.4, 3, 20)),
    special("entr", SPECIAL),
    special("round", floats(1.24, 2.5), decimals=1),
    *(special(name, f(2, 3), 1) for name in ("softmax", "log_softmax", "logsumexp")),
    special("logit", UNIT, 0.1),
    special("xlogy", pos(2, 3), pos(3)),
    *(special("xlog1py", x, y) for x in (pos(2, 3), 2, 0.5, i(3)) for y in (pos(3), i(3, low=1))),
    special("xlog1py", pos(2, 3), 2.5),
    special("xlog1py", SPECIAL[:, None], SPECIAL, grad=False),
    *(special("zeta", x, pos(3), grad=False) for x in (pos(2, 3) + 1, 2, 3.5)),
    special("zeta", floats(2, 3, 4, 2, 3, 4, 0.5, 1), floats(-0.5, -1.5, -2.5, 0, 0.5, 1000, 2, 2), grad=False),
    *(special("zeta", 3.0, y) for y in (pos(3), i(3, low=1))),
    *(
        row("polygamma", n, x, call=call, grad=n != 0)
        for n in (0, 2, 4, -1, 1.5, "a")
        for x, call in (
            (pos(2, 3), lambda T, n, x: T.polygamma(n, x)),
            (floats(-0.5, -1.7, -20.3), lambda T, n, x: x.polygamma(n)),
        )
    ),
    row("polygamma", 3, floats(0.0, 0.5, np.nan), call=lambda T, n, x: T.special.polygamma(n, x), grad=False),
    row("polygamma", pos(3), call=lambda T, x: x.clone().polygamma_(2)),
    *(row("mvlgamma", pos(2, 3) + 3, p) for p in (1, 2, 4, 0, 1.5)),
    special("multigammaln", i(3, low=3), 2),
    *(row(name, x, y) for name in ("igamma", "igammac") for x, y in ((i(2), i(2)), (pos(2), 2.0), (2.0, pos(2)))),
    *(
        row(name, x, y, grad=False)
        for name in ("igamma", "igammac")
        for x, y in (
            (pos(2, 3), pos(3)),
            (f(0, 3), f(3)),
            (floats(0, 0, 1, np.inf, 1, -1, np.inf, np.nan, 1), floats(0, 1, 0, 1, np.inf, 1, np.inf, 1, -1)),
            (floats(0.01, 0.3, 1, 3, 30, 300, 3000), floats(0.01, 2, 5, 2, 45, 100, 3010)),
        )
    ),
    *(
        row(name, pos(2, 3), call=lambda T, y, name=name: getattr(T, name)(T.tensor([0.5, 2.0, 5.0], dtype=y.dtype), y))
        for name in ("igamma", "igammac")
    ),
    *(row("logcumsumexp", x, dim) for x in (f(2, 3), f(2, 3) * 1000, f(0, 3)) for dim in (0, -1, 2)),
    row("logcumsumexp", floats(2.0).reshape(()), 0),
    row("logcumsumexp", floats(1, -np.inf, 2, 3), 0, grad=False),
    row("logcumsumexp", floats(-np.inf, -np.inf, 2, np.inf, 3, np.nan, 1), 0, grad=False),
    row("logcumsumexp", i(3), 0),
    row("logcumsumexp", f(3), None),
]


@pytest.mark.parametrize("name", sorted({r.name for r in ROWS}))
def test_parity(name: str) -> None:
    for r in ROWS:
        if r.name == name:
            compare(r)
