"""Dropout as an ensemble, and how much of it is good (section 6.4.3).

In training dropout makes another network at every step, thinned by a mask; in evaluation the whole network, with its
signals scaled, stands for the average of them all. So that can be tried: of one network, taught with dropout 0.5, this
averages the probabilities of more and more thinned networks, and compares them with the scaled one and with each
alone. Then the same network is taught with dropout from 0 to 0.9. Two hidden layers of 100 ReLUs, 1,000 training
images, SGD with lr 0.1 and mini-batches of 50. The small digits are too easy for much to be seen in the accuracies:
there, 30% of the training labels are drawn at random, so that there is something to learn by heart.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import shared

import tinygrad_lite as tl
from tinygrad_lite import nn

RATES = [round(0.1 * i, 1) for i in range(10)]


class Ensemble(NamedTuple):
    """Test accuracies: of the scaled network, of single thinned ones, and of the average of the first n of these; and
    how far that average is from the scaled network's probabilities, as the mean of the absolute differences."""

    scaled: float
    single: list[float]
    averaged: list[float]
    distance: list[float]


class Rate(NamedTuple):
    """Training and test accuracy with a rate of dropout: the mean over the seeds."""

    train: float
    test: float


def learned(training: shared.Split, hidden: list[int], p: float, epochs: int, seed: int) -> nn.Sequential:
    """A network taught with dropout."""
    tl.manual_seed(seed)
    model = shared.mlp(training.images.shape[1], hidden, dropout=p)
    optimizer = tl.optim.SGD(model.parameters(), lr=0.1)
    for _ in shared.progress(range(epochs), f"dropout {p}"):
        shared.train(model, optimizer, shared.batches(training, 50))
    return model


@tl.no_grad()
def ensemble(model: nn.Sequential, test: shared.Split, count: int) -> Ensemble:
    """Average `count` thinned networks."""
    labels = test.labels.numpy()

    def right(probabilities: np.ndarray) -> float:
        return float((probabilities.argmax(1) == labels).mean())

    with model.evaluating():
        scaled = model(test.images).softmax(1).numpy()
    model.train()
    total = np.zeros_like(scaled)
    single, averaged, distance = [], [], []
    for n in range(1, count + 1):
        # One mask for all images, so that this is one network: the layer draws it for a single row.
        x = test.images
        for layer in model:
            x = x * layer(tl.ones(1, x.shape[1])) if isinstance(layer, nn.Dropout) else layer(x)
        thinned = x.softmax(1).numpy()
        total += thinned
        single.append(right(thinned))
        averaged.append(right(total / n))
        distance.append(float(np.abs(total / n - scaled).mean()))
    return Ensemble(right(scaled), single, averaged, distance)


def draw(found: Ensemble, rates: dict[float, Rate]) -> Any:
    """The accuracy of averages by the number of networks in them; and accuracies by the rate of dropout."""
    figure, (left, right) = shared.subplots(1, 2)
    n = np.arange(1, len(found.single) + 1)
    left.semilogx(n, found.single, ".", color=shared.GREY, label="each thinned network alone")
    left.semilogx(n, found.averaged, color=shared.BLUE, label="average of the first n")
    left.axhline(found.scaled, color=shared.RED, linestyle="--", label="the whole network, scaled")
    low = min(found.single)
    left.set(xlabel="n", title="test accuracy", ylim=(low - 0.6 * (found.scaled - low), None))
    left.legend(frameon=False, loc="lower right")
    for name, colour, style in (("train", shared.BLUE, "-"), ("test", shared.RED, "--")):
        values = [getattr(rate, name) for rate in rates.values()]
        label = "training images" if name == "train" else "test images"
        right.plot([*rates], values, style, marker="o", markersize=3, color=colour, label=label)
    right.set(xlabel="rate of dropout", title="accuracy", ylim=(0, 1.02))
    right.legend(frameon=False, loc="lower left")
    return figure


def main(arguments: list[str] | None = None) -> tuple[Ensemble, dict[float, Rate]]:
    """Train, average, report and draw."""
    options = shared.options(__doc__, "12_dropout_ensemble").parse_args(arguments)
    training, test = shared.load(options, 500 if options.quick else 1000)
    hidden, epochs, count, seeds = ([50] * 2, 40, 60, 1) if options.quick else ([100] * 2, 60, 200, 3)
    if options.data == "digits":
        tl.manual_seed(options.seed)
        training = shared.mislabel(training, 0.3)

    found = ensemble(learned(training, hidden, 0.5, epochs, options.seed), test, count)
    rates = {}
    for p in RATES:
        models = [learned(training, hidden, p, epochs, options.seed + i) for i in range(seeds)]
        pairs = [(shared.accuracy(model, training), shared.accuracy(model, test)) for model in models]
        rates[p] = Rate(*np.mean(pairs, axis=0).tolist())

    print("test accuracy")
    print(f"  one thinned network      {np.mean(found.single):.1%} on average")
    for n in (10, count):
        print(f"  the average of {n:<8} {found.averaged[n - 1]:.1%}, {found.distance[n - 1]:.4f} from the scaled one")
    print(f"  the whole, scaled        {found.scaled:.1%}")
    print("dropout   training accuracy   test accuracy")
    for p, rate in rates.items():
        print(f"{p:7} {rate.train:19.1%} {rate.test:15.1%}")
    shared.save(draw(found, rates), options, "12_dropout_ensemble")
    return found, rates


if __name__ == "__main__":
    main()
