"""Batch normalization against overfitting: where it does not help, and where it does (a benefit by section 6.3).

What could hold a network back from learning by heart is the noise of the batches: a sample is normalized with other
samples each time. On the recipe of figure 6-21, 300 images in batches of 100 and six hidden layers, it does the
opposite: the network without it reaches a much better test accuracy. With three batches to an epoch there is little
noise, and six normalized layers learn 300 images in no time, by whatever tells them apart. In batches of 10 the noise
is there; two layers in place of six are less apt to learn by heart; and where the initial weights are too small for
the plain network to learn at all, it is batch normalization that learns. SGD with lr 0.01, as in the book. With
--quick, and on the small digits, which are easily told apart, 30% of the training labels are drawn at random.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import shared

import tinygrad_lite as tl


class Setting(NamedTuple):
    """A number of training images, hidden layers, images in a batch, epochs, and initial weights."""

    images: int
    layers: int
    batch: int
    epochs: int
    std: float | str = "he"


SETTINGS = {
    "the book's recipe": Setting(300, 6, 100, 201),
    "batches of 10": Setting(300, 6, 10, 201),
    "two layers": Setting(300, 2, 100, 201),
    "weights of std 0.05": Setting(300, 6, 100, 201, 0.05),
    "8,000 images": Setting(8000, 6, 100, 15),
}
KINDS = {"without": (False, shared.RED, "--"), "batch norm": (True, shared.BLUE, "-")}
Pair = dict[str, shared.History]


def main(arguments: list[str] | None = None) -> dict[str, Pair]:
    """Train in each setting with and without batch normalization, report and draw."""
    options = shared.options(__doc__, "14_batch_norm_overfitting").parse_args(arguments)
    units, lr = (50, 0.05) if options.quick else (100, 0.01)
    results: dict[str, Pair] = {}
    for name, (images, layers, batch, epochs, std) in SETTINGS.items():
        if options.quick and name not in ("the book's recipe", "batches of 10"):
            continue
        training, test = shared.load(options, images)
        if options.quick or options.data == "digits":
            tl.manual_seed(options.seed)
            training = shared.mislabel(training, 0.3)
            name = name.replace("8,000 images", f"{len(training.labels):,} images")
        results[name] = {}
        for kind, (batch_norm, *_) in KINDS.items():
            tl.manual_seed(options.seed)
            model = shared.mlp(training.images.shape[1], [units] * layers, std=std, batch_norm=batch_norm)
            optimizer = tl.optim.SGD(model.parameters(), lr=lr)
            count = epochs // 4 if options.quick else epochs
            results[name][kind] = shared.fit(model, optimizer, training, test, count, batch)

    print("                      without: training, test, gap    batch norm: training, test, gap")
    for name, pair in results.items():
        columns = (f"{h.train[-1]:12.1%} {h.test[-1]:7.1%} {100 * h.gap:6.1f}" for h in pair.values())
        print(f"{name:20} {'      '.join(columns)}")
    shared.save(draw(results), options, "14_batch_norm_overfitting")
    return results


def draw(results: dict[str, Pair]) -> Any:
    """Training accuracy (thin) and test accuracy (thick) in each setting."""
    figure, axes = shared.subplots(1, len(results), height=3.6, sharey=True)
    for axis, (name, pair) in zip(axes, results.items(), strict=True):
        for kind, history in pair.items():
            _, colour, style = KINDS[kind]
            epochs = np.arange(1, len(history.train) + 1)
            axis.plot(epochs, history.train, style, color=colour, linewidth=0.8, alpha=0.6)
            axis.plot(epochs, history.test, style, color=colour, linewidth=2.2, label=kind)
        axis.set(title=name, xlabel="epoch", ylim=(0, 1.02))
        axis.title.set_fontsize("small")
    axes[0].set_ylabel("accuracy: test thick, training thin")
    figure.legend(*axes[0].get_legend_handles_labels(), loc="outside lower center", ncols=2, frameon=False)
    return figure


if __name__ == "__main__":
    main()
