"""Batch normalization makes a network learn from initial weights of almost any scale (figure 6-18).

Five hidden layers of 100 ReLUs learn 1,000 images by SGD with lr 0.01, 20 epochs of mini-batches of 100, from initial
weights of 16 standard deviations between 1 and 0.0001, with batch normalization and without. A network counts as
having learned when it knows half of its training images.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import shared

import tinygrad_lite as tl

SCALES = np.logspace(0, -4, 16).tolist()
LEARNED = 0.5


class Pair(NamedTuple):
    """The training accuracy after each epoch, with batch normalization and without."""

    normed: list[float]
    plain: list[float]


def draw(pairs: dict[float, Pair]) -> Any:
    """Both curves for each scale."""
    figure, axes = shared.subplots(4, 4, height=8, sharex=True, sharey=True)
    for cell, (scale, pair) in zip(axes.flat, pairs.items(), strict=True):
        epochs = range(1, len(pair.plain) + 1)
        cell.plot(epochs, pair.normed, color=shared.BLUE, label="batch norm")
        cell.plot(epochs, pair.plain, color=shared.RED, linestyle="--", label="without")
        cell.axhline(LEARNED, color="black", linestyle=":", linewidth=0.8)
        cell.set(title=f"std {scale:.2g}", ylim=(0, 1.02), xticks=epochs[4::5])
    axes[0, 0].legend(frameon=False, fontsize="small", loc="upper left")
    figure.supxlabel("epoch")
    figure.supylabel("training accuracy")
    return figure


def main(arguments: list[str] | None = None) -> dict[float, Pair]:
    """Train at each scale, report and draw."""
    options = shared.options(__doc__, "05_batch_norm").parse_args(arguments)
    hidden, images = ([50] * 5, 500) if options.quick else ([100] * 5, 1000)
    training, _ = shared.load(options, images)

    def curve(scale: float, batch_norm: bool) -> list[float]:
        tl.manual_seed(options.seed)
        model = shared.mlp(training.images.shape[1], hidden, std=scale, batch_norm=batch_norm)
        optimizer = tl.optim.SGD(model.parameters(), lr=0.01)
        return shared.fit(model, optimizer, training, training, epochs=20).train

    scales = shared.progress(SCALES, "scales")
    pairs = {scale: Pair(curve(scale, batch_norm=True), curve(scale, batch_norm=False)) for scale in scales}
    print("    std   training accuracy with batch norm   without")
    for scale, (normed, plain) in pairs.items():
        print(f"{scale:7.4f} {normed[-1]:35.1%} {plain[-1]:9.1%}")
    learned = [sum(curves[kind][-1] > LEARNED for curves in pairs.values()) for kind in (0, 1)]
    print(f"learns at {learned[0]} of {len(SCALES)} scales with batch norm, at {learned[1]} without")
    shared.save(draw(pairs), options, "05_batch_norm")
    return pairs


if __name__ == "__main__":
    main()
