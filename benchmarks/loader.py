"""What a pass over the data costs: whole batches sliced, the same item by item, and PyTorch's loader.

The three are timed in turns in one run, so that the ratios hold whatever else the machine is doing; first it is
checked that all give the same batches. Needs PyTorch: pip install torch==2.13.0
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
import torch

import tinygrad_lite as tl

ROUNDS = 5


class Case(NamedTuple):
    """A dataset's size, and how it is read."""

    name: str
    items: int
    features: int
    batch_size: int
    shuffle: bool
    part: bool = False
    workers: int = 0


CASES = [
    Case("784 features, batches of 100, shuffled", 10_000, 784, 100, True),
    Case("784 features, batches of 100, in order", 10_000, 784, 100, False),
    Case("784 features, batches of 100, a Subset of half", 10_000, 784, 100, True, part=True),
    Case("64 features, batches of 64, shuffled", 10_000, 64, 64, True),
    Case("2 features, batches of 16, shuffled", 10_000, 2, 16, True),
    Case("784 features, batches of 100, 2 workers", 10_000, 784, 100, True, workers=2),
]


def loader(T: Any, case: Case, by_item: bool = False) -> Any:
    """A loader of one library; a function of the user's own is always given the items one by one."""
    rng = np.random.default_rng(0)
    x = rng.random((case.items, case.features), np.float32)
    labels = rng.integers(0, 10, case.items)
    tools = T.utils.data
    dataset = tools.TensorDataset(T.from_numpy(x), T.from_numpy(labels))
    if case.part:
        dataset = tools.Subset(dataset, list(range(0, case.items, 2)))
    collate = (lambda batch: tools.default_collate(batch)) if by_item else None
    return tools.DataLoader(dataset, case.batch_size, case.shuffle, collate_fn=collate, num_workers=case.workers)


def seconds(loader: Any) -> float:
    """The time of one pass."""
    start = time.perf_counter()
    for _ in loader:
        pass
    return time.perf_counter() - start


def same(T: Any, first: Any, U: Any, second: Any) -> bool:
    """Whether two loaders give the same batches for the same seed."""
    T.manual_seed(0)
    a = list(first)
    U.manual_seed(0)
    return len(a) == len(second) and all(
        np.array_equal(x.numpy(), y.numpy()) for p, q in zip(a, second, strict=True) for x, y in zip(p, q, strict=True)
    )


def compare(case: Case) -> list[float]:
    """The median seconds of a pass: sliced, item by item, PyTorch's."""
    loaders: list[Callable[[], Any]] = [loader(tl, case), loader(tl, case, by_item=True), loader(torch, case)]
    sliced, by_item, theirs = loaders
    if not (same(tl, sliced, tl, by_item) and same(tl, sliced, torch, theirs)):
        raise AssertionError(f"the batches differ: {case.name}")
    times: list[list[float]] = [[], [], []]
    for _ in range(ROUNDS):
        for each, kept in zip(loaders, times, strict=True):
            kept.append(seconds(each))
    return [statistics.median(kept) for kept in times]


def main() -> None:
    """Measure and print."""
    print(f"NumPy {np.__version__}, PyTorch {torch.__version__} on {torch.get_num_threads()} threads; ms per pass")
    print(f"{'':48} {'sliced':>8} {'by item':>8} {'PyTorch':>8}   faster than by item, than PyTorch")
    for case in CASES:
        sliced, by_item, theirs = compare(case)
        print(
            f"{case.name:48} {sliced * 1e3:8.1f} {by_item * 1e3:8.1f} {theirs * 1e3:8.1f}   "
            f"{by_item / sliced:6.1f} ×  {theirs / sliced:6.1f} ×"
        )


if __name__ == "__main__":
    main()
