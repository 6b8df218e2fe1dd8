"""The same network from five kinds of initial weights, taught by SGD (figure 6-15; zeros: section 6.2.1).

The network of figure 6-9, SGD with lr 0.01, 2,000 steps on mini-batches of 128. With std 0.01 the activations have
collapsed, hardly any gradient comes through, and the loss stays where guessing has it, at ln 10; Xavier's and He's
weights learn. With zeros, or all weights equal, every unit of a layer is given the same gradient and stays the same as
its neighbours, so that the layer is worth a single unit.
"""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np
import shared

import tinygrad_lite as tl
from tinygrad_lite import nn

COLOURS = {
    "zeros": shared.BLACK,
    "all equal": shared.PINK,
    "std 0.01": shared.ORANGE,
    "Xavier": shared.BLUE,
    "He": shared.GREEN,
}


class Run(NamedTuple):
    """The smoothed losses; their mean at the end; test accuracy; how far units differ; the first layer's weights."""

    losses: np.ndarray
    final: float
    accuracy: float
    spread: float
    weight: np.ndarray


def build(start: str, inputs: int, hidden: list[int]) -> nn.Sequential:
    """The network with one kind of initial weights."""
    if start in ("Xavier", "He"):
        return shared.mlp(inputs, hidden, std=start.lower())
    model = shared.mlp(inputs, hidden, std=0.01)
    if start != "std 0.01":
        for layer in linears(model):
            nn.init.constant_(layer.weight, 0.0 if start == "zeros" else 0.01)
    return model


def linears(model: nn.Sequential) -> list[nn.Linear]:
    """The layers that have weights."""
    return [layer for layer in model if isinstance(layer, nn.Linear)]


def unit_spread(model: nn.Sequential) -> float:
    """By how much a weight differs from unit to unit of the same hidden layer, at most."""
    weights = [layer.weight.detach().numpy() for layer in linears(model)[:-1]]
    return max(float(np.ptp(weight, axis=0).max()) for weight in weights)


def mosaic(weight: np.ndarray) -> np.ndarray:
    """The weights of nine units as images, three by three, with white between them."""
    side = math.isqrt(weight.shape[1])
    images = np.pad(weight.reshape(3, 3, side, side), [(0, 0), (0, 0), (0, 1), (0, 1)], constant_values=np.nan)
    return images.swapaxes(1, 2).reshape(3 * side + 3, 3 * side + 3)


def draw(runs: dict[str, Run]) -> Any:
    """The losses, and what the first nine units of two networks look for in an image: their weights."""
    figure, (losses, *units) = shared.subplots(1, 3, width_ratios=[2, 1, 1])
    for start, run in runs.items():
        width = 4 if start == "zeros" else 1.6  # wide enough to be seen under that of std 0.01
        losses.plot(run.losses, color=COLOURS[start], label=start, linewidth=width)
    losses.axhline(math.log(10), color="black", linestyle=":", linewidth=1)
    losses.set(
        xlabel="step", ylabel="training loss, smoothed", ylim=(0, 2.6), title="dotted: ln 10, the loss of guessing"
    )
    losses.legend(frameon=False, loc="center right")
    for axes, start in zip(units, ["all equal", "He"], strict=True):
        tiles = mosaic(runs[start].weight[:9])
        limit = np.nanmax(np.abs(tiles))
        axes.imshow(tiles, cmap="PuOr", vmin=-limit, vmax=limit)
        axes.set_title(f"9 units of “{start}”")
        axes.axis("off")
    return figure


def main(arguments: list[str] | None = None) -> dict[str, Run]:
    """Train from each kind of weights, report and draw."""
    options = shared.options(__doc__, "04_initial_weights").parse_args(arguments)
    training, test = shared.load(options)
    hidden, steps = [100] * 4, 600 if options.quick else 2000
    runs = {}
    for start in COLOURS:
        tl.manual_seed(options.seed)
        model = build(start, training.images.shape[1], hidden)
        optimizer = tl.optim.SGD(model.parameters(), lr=0.01)
        losses = shared.train(model, optimizer, shared.progress(shared.batches(training, 128, steps), start))
        runs[start] = Run(
            shared.smooth(losses),
            float(np.mean(losses[-steps // 10 :])),
            shared.accuracy(model, test),
            unit_spread(model),
            linears(model)[0].weight.detach().numpy(),
        )

    print(f"{steps} steps   loss at the end   test accuracy   units of a layer differ by")
    for start, run in runs.items():
        print(f"{start:10} {run.final:17.4f} {run.accuracy:15.2%} {run.spread:28.3g}")
    shared.save(draw(runs), options, "04_initial_weights")
    return runs


if __name__ == "__main__":
    main()
