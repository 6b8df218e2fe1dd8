"""What an operation costs beside PyTorch's: recorded adds, a training step on the digits' network, and the import.

Each figure is a ratio to PyTorch (or NumPy, for the import) of medians taken in turns in one run, so that it holds
whatever else the machine is doing. Needs PyTorch: pip install torch==2.13.0
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from typing import Any

import numpy as np
import torch

import tinygrad_lite as tl


def in_turns(first: Callable[[], Any], second: Callable[[], Any], rounds: int = 15) -> tuple[float, float]:
    """The median seconds of each, measured round by round."""
    first(), second()
    times: tuple[list[float], list[float]] = ([], [])
    for _ in range(rounds):
        for run, kept in zip((first, second), times, strict=True):
            start = time.perf_counter()
            run()
            kept.append(time.perf_counter() - start)
    return statistics.median(times[0]), statistics.median(times[1])


def adds(T: Any, backward: bool, count: int = 1000) -> Callable[[], None]:
    """A chain of recorded additions of 10 floats, forward and backward."""
    x, y, seed = T.ones(10, requires_grad=True), T.ones(10), T.ones(10)

    def run() -> None:
        z = x
        for _ in range(count):
            z = z + y
        if backward:
            z.backward(seed)

    return run


def digits_step(T: Any, steps: int = 20) -> Callable[[], None]:
    """Training steps of the network of examples/digits.py, on a batch of 64."""
    nn = T.nn
    T.manual_seed(0)
    layers: list[Any] = []
    for n in (64, 128):
        layers += [nn.Linear(n, 128), nn.BatchNorm1d(128), nn.ReLU(), nn.Dropout(0.2)]
    model = nn.Sequential(*layers, nn.Linear(128, 10))
    optimizer = T.optim.Adam(model.parameters(), lr=2e-3)
    rng = np.random.default_rng(0)
    x, target = T.tensor(rng.random((64, 64), np.float32)), T.tensor(rng.integers(0, 10, 64))

    def run() -> None:
        for _ in range(steps):
            loss = nn.functional.cross_entropy(model(x), target)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()

    return run


def imports(module: str) -> Callable[[], None]:
    """A fresh interpreter that imports one module."""
    environment = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}

    def run() -> None:
        subprocess.run([sys.executable, "-c", f"import {module}"], check=True, env=environment)

    return run


def main() -> None:
    """Measure and print."""
    print(f"NumPy {np.__version__}, PyTorch {torch.__version__} on {torch.get_num_threads()} threads")
    rows = [
        ("1,000 recorded adds of 10 floats, forward", adds(tl, False), adds(torch, False), 1000, "PyTorch"),
        ("1,000 recorded adds of 10 floats, forward and backward", adds(tl, True), adds(torch, True), 1000, "PyTorch"),
        ("a training step of the digits' network", digits_step(tl), digits_step(torch), 20, "PyTorch"),
        ("importing the package", imports("tinygrad_lite"), imports("numpy"), 1, "NumPy"),
    ]
    for name, ours, theirs, count, peer in rows:
        a, b = in_turns(ours, theirs)
        print(f"{name:56} {a / count * 1e6:10.2f} µs   {peer} {b / count * 1e6:10.2f} µs   ratio {a / b:.2f}")


if __name__ == "__main__":
    main()
