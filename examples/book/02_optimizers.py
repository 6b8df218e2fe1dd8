"""Four optimizers teach the same network with the same mini-batches, and SGD is the slowest of them (figure 6-9).

The network has four hidden layers of 100 ReLUs and He's initial weights; 2,000 steps on mini-batches of 128. Every
optimizer starts from the same weights and sees the same images in the same order. How fast each learns is measured by
the first step at which its smoothed loss is below 0.5, and by the mean loss of the last tenth of the steps.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
import shared

import tinygrad_lite as tl

RULES: dict[str, tuple[Callable[..., tl.optim.Optimizer], float, str]] = {
    "SGD": (tl.optim.SGD, 0.01, shared.RED),
    "Momentum": (tl.optim.Momentum, 0.01, shared.BLUE),
    "AdaGrad": (tl.optim.Adagrad, 0.01, shared.ORANGE),
    "Adam": (tl.optim.Adam, 0.001, shared.GREEN),
}


class Run(NamedTuple):
    """The loss at each step, smoothed; its mean at the end; the first step that is below 0.5; the test accuracy."""

    losses: np.ndarray
    final: float
    steps: int
    accuracy: float


def draw(runs: dict[str, Run]) -> Any:
    """The loss of each optimizer, step by step."""
    figure, axes = shared.subplots()
    for name, run in runs.items():
        _, lr, colour = RULES[name]
        axes.semilogy(run.losses, color=colour, label=f"{name}, lr {lr}: below 0.5 after {run.steps} steps")
    axes.axhline(0.5, color="black", linestyle=":", linewidth=1)
    axes.set(xlabel="step", ylabel="training loss, smoothed", xlim=(0, len(run.losses)))
    axes.legend(frameon=False)
    return figure


def main(arguments: list[str] | None = None) -> dict[str, Run]:
    """Train with each optimizer, report and draw."""
    options = shared.options(__doc__, "02_optimizers").parse_args(arguments)
    training, test = shared.load(options)
    hidden, steps = [100] * 4, 300 if options.quick else 2000
    runs = {}
    for name, (rule, lr, _) in RULES.items():
        tl.manual_seed(options.seed)
        model = shared.mlp(training.images.shape[1], hidden)
        optimizer = rule(model.parameters(), lr=lr)
        losses = shared.train(model, optimizer, shared.progress(shared.batches(training, 128, steps), name))
        smoothed = shared.smooth(losses)
        below = int(np.argmax(smoothed < 0.5)) if (smoothed < 0.5).any() else steps
        runs[name] = Run(smoothed, float(np.mean(losses[-steps // 10 :])), below, shared.accuracy(model, test))

    print(f"{steps} steps    below 0.5 after   loss at the end   test accuracy")
    for name, run in runs.items():
        print(f"{name:11} {run.steps:10} steps   {run.final:15.4f}   {run.accuracy:13.2%}")
    shared.save(draw(runs), options, "02_optimizers")
    return runs


if __name__ == "__main__":
    main()
