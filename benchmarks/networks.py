"""A training step of the networks that people bring, beside PyTorch eager: time, and what a step keeps for backward.

    python -m benchmarks.networks                  every network, on one core
    python -m benchmarks.networks --only LeNet     some of them

Each row is a process of its own for each contestant, measured in turns; the losses of the first steps must agree.
"""

from __future__ import annotations

import argparse
import importlib
import os
from collections.abc import Callable
from typing import Any

import numpy as np

from .memory import ALLOCATOR
from .processes import FULL, QUICK, Worker, in_turns
from .step import Missing, Step
from .tables import markdown

Made = tuple[Any, Callable[[], Any], Any]
"""A network's parameters, a function that gives the loss, and an optimizer."""


def lenet(T: Any, batch: int) -> Made:
    nn = T.nn
    rng = np.random.default_rng(0)
    model = nn.Sequential(
        nn.Conv2d(1, 6, 5, padding=2), nn.ReLU(), nn.MaxPool2d(2), nn.Conv2d(6, 16, 5), nn.ReLU(), nn.MaxPool2d(2),
        nn.Flatten(), nn.Linear(400, 120), nn.ReLU(), nn.Linear(120, 84), nn.ReLU(), nn.Linear(84, 10),
    )  # fmt: skip
    x = T.from_numpy(rng.random((batch, 1, 28, 28), np.float32))
    y = T.from_numpy(rng.integers(0, 10, batch))
    optimizer = T.optim.SGD(model.parameters(), lr=0.01)
    return model, lambda: nn.functional.cross_entropy(model(x), y), optimizer


def lstm(T: Any, batch: int) -> Made:
    rng = np.random.default_rng(0)
    recurrent, out = T.nn.LSTM(64, 128), T.nn.Linear(128, 10)
    model = T.nn.ModuleList([recurrent, out])
    x = T.from_numpy(rng.standard_normal((50, batch, 64), np.float32))
    y = T.from_numpy(rng.integers(0, 10, batch))
    optimizer = T.optim.Adam(model.parameters(), lr=1e-3)
    return model, lambda: T.nn.functional.cross_entropy(out(recurrent(x)[0][-1]), y), optimizer


def gru_by_hand(T: Any, batch: int) -> Made:
    rng = np.random.default_rng(0)
    by_x, by_h, out = T.nn.Linear(32, 3 * 64), T.nn.Linear(64, 3 * 64), T.nn.Linear(64, 10)
    model = T.nn.ModuleList([by_x, by_h, out])
    x = T.from_numpy(rng.standard_normal((50, batch, 32), np.float32))
    y = T.from_numpy(rng.integers(0, 10, batch))

    def loss() -> Any:
        h = T.zeros(batch, 64)
        for t in range(50):
            xr, xz, xn = by_x(x[t]).chunk(3, 1)
            hr, hz, hn = by_h(h).chunk(3, 1)
            z = T.sigmoid(xz + hz)
            h = (1 - z) * T.tanh(xn + T.sigmoid(xr + hr) * hn) + z * h
        return T.nn.functional.cross_entropy(out(h), y)

    return model, loss, T.optim.SGD(model.parameters(), lr=0.1)


def gpt(T: Any, batch: int) -> Made:
    nn, F = T.nn, T.nn.functional
    rng = np.random.default_rng(0)
    width, heads, context, words = 64, 4, 64, 65

    class Block(nn.Module):  # type: ignore[misc]  # either library's
        def __init__(self) -> None:
            super().__init__()
            self.norm1, self.norm2 = nn.LayerNorm(width), nn.LayerNorm(width)
            self.qkv, self.project = nn.Linear(width, 3 * width), nn.Linear(width, width)
            self.mlp = nn.Sequential(nn.Linear(width, 4 * width), nn.GELU(), nn.Linear(4 * width, width))

        def forward(self, x: Any) -> Any:
            n, t, _ = x.shape
            parts = self.qkv(self.norm1(x)).reshape(n, t, 3, heads, width // heads).permute(2, 0, 3, 1, 4)
            mixed = F.scaled_dot_product_attention(parts[0], parts[1], parts[2], is_causal=True)
            x = x + self.project(mixed.transpose(1, 2).reshape(n, t, width))
            return x + self.mlp(self.norm2(x))

    letters, places = nn.Embedding(words, width), nn.Embedding(context, width)
    blocks, out = nn.Sequential(*(Block() for _ in range(4))), nn.Linear(width, words)
    model = nn.ModuleList([letters, places, blocks, out])
    x = T.from_numpy(rng.integers(0, words, (batch, context + 1)))

    def loss() -> Any:
        h = letters(x[:, :-1]) + places(T.arange(context))
        return F.cross_entropy(out(blocks(h)).flatten(0, 1), x[:, 1:].flatten())

    return model, loss, T.optim.AdamW(model.parameters(), lr=1e-3)


def vae(T: Any, batch: int) -> Made:
    nn, F = T.nn, T.nn.functional
    rng = np.random.default_rng(0)
    encoder, heads = nn.Sequential(nn.Linear(784, 400), nn.ReLU()), nn.Linear(400, 40)
    decoder = nn.Sequential(nn.Linear(20, 400), nn.ReLU(), nn.Linear(400, 784))
    model = nn.ModuleList([encoder, heads, decoder])
    x = T.from_numpy(rng.random((batch, 784), np.float32))

    def loss() -> Any:
        mean, logvar = heads(encoder(x)).chunk(2, 1)
        logits = decoder(mean + T.exp(0.5 * logvar) * T.randn_like(mean))
        divergence = -0.5 * T.sum(1 + logvar - mean**2 - logvar.exp())
        return F.binary_cross_entropy_with_logits(logits, x, reduction="sum") + divergence

    return model, loss, T.optim.Adam(model.parameters(), lr=1e-3)


NETWORKS: dict[str, tuple[Callable[[Any, int], Made], int]] = {
    "LeNet-5 on 28×28, batch 64, SGD": (lenet, 64),
    "LSTM(64→128), 50 steps, batch 32, Adam": (lstm, 32),
    "GRU cell by hand, 50 steps, batch 32, SGD": (gru_by_hand, 32),
    "GPT, 4 layers, 4 heads, 64 wide, context 64, batch 16, AdamW": (gpt, 16),
    "VAE 784-400-20, batch 128, Adam": (vae, 128),
}
CONTESTANTS = {"PyTorch": "torch eager", "eager": "tinygrad_lite eager", "compiled": "tinygrad_lite numpy"}
NUMBA = {"numba": "tinygrad_lite numba"}


def build(library: str, backend: str, name: str, times: int = 1) -> Step:
    """The step of a network, `times` as large a batch."""
    T = importlib.import_module(library)
    if library == "torch":
        T.set_num_threads(1)
    T.manual_seed(0)
    make, batch = NETWORKS[name]
    _, loss_of, optimizer = make(T, batch * times)

    def step() -> Any:
        loss = loss_of()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        return loss.detach()

    if backend == "eager":
        return step
    try:
        return T.compile(step, backend=backend)  # type: ignore[no-any-return]  # of either library
    except (ImportError, ValueError) as error:
        raise Missing(str(error)) from error


def worker(contestant: str, **settings: Any) -> Worker:
    return Worker("benchmarks.networks:build", *contestant.split(), **settings)


def peak(name: str, contestant: str, times: int) -> float:
    """The largest size of a process that takes three steps, in MiB."""
    with worker(contestant, settings=ALLOCATOR) as process:
        process.ask("build", [name, times])
        process.ask("run", 2)
        return float(process.ask("memory", True))


def measure(name: str, quick: bool) -> list[str]:
    """A row of the table: the time of PyTorch's step, our ratios to it, and that of what a step keeps."""
    processes: dict[str, Worker] = {}
    losses: dict[str, list[float]] = {}
    for label, contestant in (CONTESTANTS | NUMBA).items():
        process = worker(contestant)
        try:
            process.ask("build", [name])
            losses[label] = process.ask("numbers", 5)
        except Missing:
            continue
        processes[label] = process
    for label, found in losses.items():
        np.testing.assert_allclose(found, losses["PyTorch"], rtol=2e-3, err_msg=f"{name}: the losses, {label}")
    times = in_turns(processes, QUICK if quick else FULL)
    for process in processes.values():
        process.__exit__(None, None, None)
    kept = {c: peak(name, c, 8) - peak(name, c, 2) for c in (CONTESTANTS["PyTorch"], CONTESTANTS["eager"])}
    base = times["PyTorch"].median
    return [
        name,
        f"{base * 1e3:.2f}",
        *(f"{times[label].median / base:.2f}" if label in times else "-" for label in ("eager", "compiled", "numba")),
        f"{kept[CONTESTANTS['eager']] / kept[CONTESTANTS['PyTorch']]:.2f}",
    ]


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", default="", help="networks whose names contain this")
    parser.add_argument("--quick", action="store_true", help="short rounds: the figures are not to be believed")
    options = parser.parse_args(arguments)
    os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:1])  # the contestants inherit it
    rows = [measure(name, options.quick) for name in NETWORKS if options.only in name]
    print("Ratios to PyTorch eager, medians of all rounds, on one core:\n")
    print(markdown(["a training step", "PyTorch, ms", "eager", "compiled", "numba", "memory kept"], rows))


if __name__ == "__main__":
    main()
