"""Our gradcheck beside PyTorch's: who catches which wrong backward, who blames which right one, and what a check costs.

Prints a table of the cases of tests/support: the planted ones, and those of the kinds that
people publish, and times the check of a network 784-256-256-10, batch 8, by all
of its parameters. With --full also our full check of it, element by element (minutes). The times are medians, in turns,
with one BLAS thread, to be set before NumPy is loaded. Needs PyTorch: pip install torch==2.13.0
"""

from __future__ import annotations

import os

os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

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
from tests.support.example_functions import RIGHT, WRONG, Case


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
            start = time.perf_counter()
            run()
            kept.append(time.perf_counter() - start)
    return statistics.median(times[0]), statistics.median(times[1])


def times() -> None:
    torch.set_num_threads(1)
    large, small = (784, 256, 256, 10), (20, 16, 16, 10)
    print(f"{'seconds (one thread)':42} {'tinygrad_lite':14} {'PyTorch':10} ratio")
    for sizes, fast, rounds in ((large, True, 5), (small, True, 5), (small, False, 3)):
        a, b = in_turns(ours(*sizes, fast=fast), theirs(*sizes, fast=fast), rounds)
        name = f"{'-'.join(map(str, sizes))}, {'fast' if fast else 'full'}"
        print(f"  {name:40} {a:<14.3f} {b:<10.3f} {a / b:.2f}")
    if "--full" in sys.argv:
        start = time.perf_counter()
        ours(*large, fast=False)()
        print(f"  {'784-256-256-10, full':40} {time.perf_counter() - start:.0f}")


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    table()
    times()
