"""Our gradcheck beside PyTorch's: who catches which wrong backward, who blames which right one, and what a check costs.

Prints a table of the cases of tests/support: the planted ones, and those of the kinds that people publish. Then it
times the check of a network 784-256-256-10, batch 8, by all of its parameters, and of small functions, right and wrong.
With --full also our full check of the network, element by element (minutes). The times are medians of CPU time, in
turns, with one BLAS thread, to be set before NumPy is loaded. Needs PyTorch: pip install torch==2.13.0
"""

from __future__ import annotations

import os

os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import functools
import itertools
import statistics
import sys
import time
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch

import tinygrad_lite as tl

sys.path.insert(0, str(Path(__file__).parents[1]))

from tests.support import planted_faults, published_functions  # noqa: F401  # which add their cases
from tests.support.example_functions import RIGHT, WRONG, Case, draw, function


def verdict(T: Any, case: Case) -> tuple[str, bool]:
    """What a checker says of a case, and whether it passed it."""
    func, inputs, *surrogates = case.build(T)
    check = T.autograd.gradgradcheck if case.second else T.autograd.gradcheck
    settings = {"surrogate": surrogates[0]} if T is tl and surrogates and surrogates[0] else {}
    try:
        report = check(func, inputs, raise_exception=False, **case.settings, **settings)
    except (RuntimeError, ValueError, TypeError, IndexError) as error:
        return type(error).__name__, False
    return (report.verdict if T is tl else str(report)), bool(report)


def table() -> None:
    for cases, title in ((WRONG, "wrong"), (RIGHT, "right")):
        said = {case.name: [verdict(T, case) for T in (tl, torch)] for case in cases}
        print(f"{title + ' backwards':42} {'tinygrad_lite':18} PyTorch")
        for name, both in said.items():
            words = [word + ("" if passed == (title == "right") else "  <-- no") for word, passed in both]
            print(f"  {name:40} {words[0]:18} {words[1]}")
        counts = [sum(both[i][1] == (title == "right") for both in said.values()) for i in range(2)]
        print(f"{'judged rightly':42} {f'{counts[0]} of {len(cases)}':18} {counts[1]} of {len(cases)}\n")


# ------------------------------------------------------------------------------------------------------- times


def network(T: Any, *sizes: int) -> tuple[Any, Any]:
    """A network, in float64 for both, and an input of batch 8."""
    T.manual_seed(0)
    layers: list[Any] = []
    for i, (n, m) in enumerate(itertools.pairwise(sizes)):
        layers += [T.nn.Linear(n, m), T.nn.ReLU()] if i < len(sizes) - 2 else [T.nn.Linear(n, m)]
    x = T.tensor(
        torch.randn(8, sizes[0], generator=torch.Generator().manual_seed(1)).double().tolist(), dtype=T.float64
    )
    return T.nn.Sequential(*layers).double(), x.requires_grad_()


def theirs(*sizes: int, fast: bool) -> Callable[[], Any]:
    """PyTorch's check, made to cover the parameters by passing them as inputs."""
    model, x = network(torch, *sizes)
    parameters = tuple(model.parameters())
    return lambda: torch.autograd.gradcheck(lambda x, *_: model(x), (x, *parameters), fast_mode=fast)


def ours(*sizes: int, fast: bool) -> Callable[[], Any]:
    model, x = network(tl, *sizes)
    return lambda: tl.autograd.gradcheck(model, x, fast=fast)


def in_turns(first: Callable[[], Any], second: Callable[[], Any], rounds: int) -> tuple[float, float]:
    times: tuple[list[float], list[float]] = ([], [])
    for _ in range(rounds):
        for run, kept in zip((first, second), times, strict=True):
            start = time.process_time()
            run()
            kept.append(time.process_time() - start)
    return statistics.median(times[0]), statistics.median(times[1])


def small_cases() -> dict[str, Callable[[Any, bool], Any]]:
    """Functions of a few elements, by name: each makes a function and its inputs, with a fault or without."""

    def tanh(T: Any, planted: bool, *shape: int) -> Any:
        return function(T, lambda x: x.tanh(), lambda g, x, y: g * (1 - y * y * (0.5 if planted else 1))), draw(
            T, *shape
        )

    def chain(T: Any, planted: bool) -> Any:
        f, x = tanh(T, planted, 3, 4)
        return (lambda x: (f(x.sin()) * x).softmax(1)), x

    def product(T: Any, planted: bool) -> Any:
        f = function(T, lambda x, y: x @ y, lambda g, x, y, z: (g @ y.t(), x.t() @ (g * g if planted else g)))
        return f, (draw(T, 3, 4), draw(T, 4, 2, seed=1))

    def deep(T: Any, planted: bool) -> Any:
        f, x = tanh(T, planted, 4, 16)
        return (lambda x, w: f(f(f(x @ w) @ w) @ w)), (x, draw(T, 16, 16, seed=1))

    sizes = {f"tanh {shape}": functools.partial(tanh_of, tanh, shape) for shape in ((4,), (3, 4), (20, 20))}
    return {**sizes, "chain (3, 4)": chain, "product (3, 4) (4, 2)": product, "three layers of 16": deep}


def tanh_of(tanh: Callable[..., Any], shape: tuple[int, ...], T: Any, planted: bool) -> Any:
    return tanh(T, planted, *shape)


def checked(T: Any, case: Callable[[Any, bool], Any], planted: bool, fast: bool) -> Any:
    func, inputs = case(T, planted)
    return T.autograd.gradcheck(func, inputs, raise_exception=False, fast_mode=fast)


def times() -> None:
    torch.set_num_threads(1)
    large, small = (784, 256, 256, 10), (20, 16, 16, 10)
    print(f"{'seconds (one thread)':42} {'tinygrad_lite':14} {'PyTorch':10} ratio")
    for sizes, fast, rounds in ((large, True, 5), (small, True, 5), (small, False, 3)):
        a, b = in_turns(ours(*sizes, fast=fast), theirs(*sizes, fast=fast), rounds)
        name = f"{'-'.join(map(str, sizes))}, {'fast' if fast else 'full'}"
        print(f"  {name:40} {a:<14.3f} {b:<10.3f} {a / b:.2f}")
    print(f"\n{'milliseconds':42} {'ours, right':14} {'PyTorch':10} {'ratio':8} {'ours, wrong':14} to ours, right")
    for fast in (False, True):
        for name, case in small_cases().items():
            right, wrong = (functools.partial(checked, tl, case, planted, fast) for planted in (False, True))
            a, b = in_turns(right, functools.partial(checked, torch, case, False, fast), 15)
            c, d = in_turns(wrong, right, 15)
            row = f"  {name + (', fast' if fast else ''):40} {1e3 * a:<14.2f} {1e3 * b:<10.2f} {a / b:<8.2f}"
            print(f"{row} {1e3 * c:<14.2f} {c / d:.2f}")
    if "--full" in sys.argv:
        start = time.perf_counter()
        ours(*large, fast=False)()
        print(f"  {'784-256-256-10, full':40} {time.perf_counter() - start:.0f}")


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    table()
    times()
