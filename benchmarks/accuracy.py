"""The error of sums beside PyTorch's: every kind of sum, in every dtype, in several layouts, of several lengths.

    python -m benchmarks.accuracy                       lengths up to 1,000,000 (about a minute)
    python -m benchmarks.accuracy --lengths 100 10000000

An error is the distance from `math.fsum` in units of eps Σ|x|, where eps is the distance from 1 to the next number of
the dtype; 0.5 is what rounding the result may cost. Each figure is the largest over random numbers and over a constant,
which is worse, because all errors have the same sign. PyTorch is left out if it is not installed.
"""

from __future__ import annotations

import argparse
import contextlib
import importlib
import math
from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np

import tinygrad_lite as tl

from .tables import markdown

DTYPES = ("float16", "float32", "float64")
LAYOUTS: dict[str, Callable[[Any], Any]] = {  # of a matrix (n, 3) whose columns are summed
    "rows": lambda x: x,
    "columns": lambda x: np.asfortranarray(x),
    "sliced": lambda x: np.repeat(x, 2, 1)[:, ::2],
    "expanded": lambda x: np.broadcast_to(x[:1], x.shape),
}


class Sum(NamedTuple):
    """A function of a library and a Tensor (n, 3), and what it sums: an array (n, 3) of the same numbers in float64."""

    of: Callable[[Any, Any], Any]
    terms: Callable[[Any], Any] = lambda x: x
    scale: Callable[[Any, int], Any] = lambda total, n: total


def gradient_of_bias(lib: Any, x: Any) -> Any:
    bias = lib.zeros(3, dtype=x.dtype, requires_grad=True)
    (lib.zeros_like(x) + bias).backward(x)
    return bias.grad


def gradient_of_linear(lib: Any, x: Any) -> Any:
    bias = lib.zeros(3, dtype=x.dtype, requires_grad=True)
    lib.nn.functional.linear(lib.ones(len(x), 2, dtype=x.dtype), lib.ones(3, 2, dtype=x.dtype), bias).backward(x)
    return bias.grad


def gradient_of_norm(lib: Any, x: Any) -> Any:
    bias = lib.zeros(3, dtype=x.dtype, requires_grad=True)
    lib.nn.functional.layer_norm(lib.ones(len(x), 3, dtype=x.dtype), (3,), None, bias).backward(x)
    return bias.grad


def gradient_of_expand(lib: Any, x: Any) -> Any:
    row = lib.zeros(1, 3, dtype=x.dtype, requires_grad=True)
    row.expand(len(x), 3).backward(x)
    return row.grad[0]


def index_add(lib: Any, x: Any) -> Any:
    return lib.zeros(1, 3, dtype=x.dtype).index_add(0, lib.zeros(len(x), dtype=lib.int64), x)[0]


SUMS = {
    "sum": Sum(lambda lib, x: x.sum(0)),
    "mean": Sum(lambda lib, x: x.mean(0), scale=lambda total, n: total / n),
    "nansum": Sum(lambda lib, x: lib.nansum(x, 0)),
    "norm 1": Sum(lambda lib, x: x.norm(1, 0), np.abs),
    "norm 2": Sum(lambda lib, x: x.norm(2, 0), np.square, lambda total, n: np.sqrt(total)),
    "norm 3": Sum(lambda lib, x: x.norm(3, 0), lambda x: np.abs(x) ** 3, lambda total, n: np.cbrt(total)),
    "var": Sum(lambda lib, x: x.var(0), lambda x: (x - x.mean(0)) ** 2, lambda total, n: total / max(n - 1, 1)),
    "cumsum": Sum(lambda lib, x: x.cumsum(0)[-1]),
    "matmul": Sum(lambda lib, x: lib.ones(1, len(x), dtype=x.dtype) @ x),
    "einsum": Sum(lambda lib, x: lib.einsum("ij->j", x)),
    "bias": Sum(gradient_of_bias),
    "linear's bias": Sum(gradient_of_linear),
    "layer_norm's bias": Sum(gradient_of_norm),
    "expand": Sum(gradient_of_expand),
    "index_add": Sum(index_add),
}


def values(n: int, dtype: str) -> Iterator[Any]:
    """Matrices (n, 3) whose sums fit into the dtype."""
    size = min(1.0, 2000 / n) if dtype == "float16" else 1.0
    yield np.full((n, 3), size / 3).astype(dtype)
    yield (np.random.default_rng(n).random((n, 3)) * size).astype(dtype)
    yield (np.random.default_rng(n).standard_normal((n, 3)) * size).astype(dtype)


def error(lib: Any, each: Sum, x: Any) -> float:
    """The largest error of the three sums."""
    n = len(x)
    found = each.of(lib, lib.from_numpy(x)).detach().numpy().reshape(3).astype(np.float64)
    terms = each.terms(x.astype(np.float64))
    exact, size = (
        np.array([each.scale(math.fsum(column), n) for column in t.T.tolist()]) for t in (terms, np.abs(terms))
    )
    unit = np.finfo(x.dtype).eps * size
    return float(np.max(np.abs(found - exact) / np.where(unit, unit, 1)))


def rows(lengths: Sequence[int], libraries: Sequence[Any], layouts: Sequence[str]) -> Iterator[list[str]]:
    """The rows of the table: for each length a pair of errors, ours and PyTorch's."""
    for name, each in SUMS.items():
        for dtype in DTYPES[:2] if name == "var" else DTYPES:  # float64 has no exact variance to compare with
            for layout in layouts:
                row = [f"{name}, {dtype}, {layout}"]
                for n in lengths:
                    given = [LAYOUTS[layout](x) for x in values(n, dtype)]
                    row.append(" / ".join(figure(max(error(lib, each, x) for x in given)) for lib in libraries))
                yield row


def figure(error: float) -> str:
    return f"{error:.2f}" if error < 100 else f"{error:.0f}" if error < 1e5 else f"{error:.0e}"


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(
        "python -m benchmarks.accuracy", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--lengths", nargs="+", type=int, default=[10, 100, 1000, 100_000, 1_000_000])
    parser.add_argument("--layouts", nargs="+", choices=LAYOUTS, default=[*LAYOUTS])
    options = parser.parse_args()
    libraries: list[Any] = [tl]
    with contextlib.suppress(ImportError):
        libraries.append(importlib.import_module("torch"))
    header = ["ours / PyTorch's" if len(libraries) > 1 else "ours", *(f"{n:,}" for n in options.lengths)]
    with np.errstate(all="ignore"):
        print(markdown(header, [*rows(options.lengths, libraries, options.layouts)]))


if __name__ == "__main__":
    main()
