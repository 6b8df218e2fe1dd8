"""Grid search against random search, with as many trials each (section 6.5).

Of two hyperparameters usually one matters more. A grid of 5 × 5 tries only five values of it; 25 random trials try 25,
and so come nearer to the best. The network and the 500 images are those of figure 6-24, each fifth of them held out,
and so are the ranges: the learning rate from 1e-6 to 1e-2, the weight decay from 1e-8 to 1e-4, both on logarithmic
scales. The grid's values are the middles of five equal parts of each range, so that it has the same range as random
search. Both are repeated with other images and other draws, since a single run of either may be lucky. With --quick,
and on the small digits, the learning rate is searched from 1e-4 to 10, where some values are too large.
"""

from __future__ import annotations

import argparse
import math
from typing import Any, NamedTuple

import numpy as np
import shared

import tinygrad_lite as tl

SIDE = 5


class Size(NamedTuple):
    """How large the experiment is, and the exponents between which the hyperparameters are searched."""

    hidden: list[int]
    batch: int
    epochs: int
    repeats: int
    lr: tuple[float, float]
    decay: tuple[float, float] = (-8.0, -4.0)


class Search(NamedTuple):
    """The values tried, (repeats, 25, 2), and the validation accuracy of each, (repeats, 25)."""

    tried: np.ndarray
    accuracies: np.ndarray

    @property
    def best(self) -> np.ndarray:
        """The best accuracy of each repeat."""
        best: np.ndarray = self.accuracies.max(1)
        return best


def grid(size: Size) -> np.ndarray:
    """The middles of equal parts of each range, in all combinations."""
    middles = (np.arange(SIDE) + 0.5) / SIDE
    lr, decay = np.meshgrid(*(low + (high - low) * middles for low, high in (size.lr, size.decay)))
    return 10.0 ** np.stack([lr.ravel(), decay.ravel()], axis=1)


def random(size: Size, rng: np.random.Generator) -> np.ndarray:
    """As many values drawn at random, all orders of magnitude alike."""
    low, high = zip(size.lr, size.decay, strict=True)
    values: np.ndarray = 10.0 ** rng.uniform(low, high, (SIDE * SIDE, 2))
    return values


def validated(
    training: shared.Split, validation: shared.Split, size: Size, lr: float, decay: float, seed: int
) -> float:
    """The accuracy that a trial ends with; 0 if it diverges."""
    tl.manual_seed(seed)
    model = shared.mlp(training.images.shape[1], size.hidden)
    optimizer = tl.optim.SGD(tl.optim.decay_groups(model, decay), lr=lr)
    for _ in range(size.epochs):
        losses = shared.train(model, optimizer, shared.batches(training, size.batch))
        if not math.isfinite(sum(losses)):
            return 0.0
    return shared.accuracy(model, validation)


def search(options: argparse.Namespace, size: Size) -> dict[str, Search]:
    """Both searches, as often as `size` says."""
    found: dict[str, list[tuple[np.ndarray, np.ndarray]]] = {"grid": [], "random": []}
    images, _ = shared.load(options)
    for repeat in shared.progress(range(size.repeats), "repeats"):
        rng = np.random.default_rng([options.seed, repeat])
        order = tl.from_numpy(rng.permutation(len(images.labels))[:500])
        drawn = shared.Split(*(each[order] for each in images))
        validation, training = drawn.first(100), shared.Split(drawn.images[100:], drawn.labels[100:])
        for kind, values in (("grid", grid(size)), ("random", random(size, rng))):
            accuracies = [
                validated(training, validation, size, lr, decay, trial) for trial, (lr, decay) in enumerate(values)
            ]
            found[kind].append((values, np.array(accuracies)))
    return {kind: Search(*map(np.stack, zip(*pairs, strict=True))) for kind, pairs in found.items()}


def draw(found: dict[str, Search]) -> Any:
    """What both tried in the first repeat, and the best of each repeat."""
    figure, axes = shared.subplots(1, 3, width_ratios=[1, 1, 0.8])
    top = max(each.accuracies.max() for each in found.values())
    for axis, (kind, each) in zip(axes, found.items(), strict=False):
        points = axis.scatter(
            *each.tried[0].T, c=each.accuracies[0], vmin=0, vmax=top, cmap="viridis_r", ec=shared.GREY
        )
        distinct = len({*each.tried[0][:, 0].tolist()})
        axis.set(xscale="log", yscale="log", xlabel="learning rate", title=f"{kind}: {distinct} learning rates")
    axes[0].set_ylabel("weight decay")
    figure.colorbar(points, ax=[*axes[:2]], label="validation accuracy", location="bottom", shrink=0.6)
    for place, each in enumerate(found.values()):
        spread = np.linspace(-0.12, 0.12, len(each.best)) if len(each.best) > 1 else np.zeros(1)
        axes[2].plot(place + spread, each.best, "o", color=(shared.ORANGE, shared.BLUE)[place])
        axes[2].plot([place - 0.25, place + 0.25], [each.best.mean()] * 2, color="black")
    axes[2].set_xticks([0, 1], [*found])
    axes[2].set(xlim=(-0.6, 1.6), title="best of 25, each repeat")
    return figure


def main(arguments: list[str] | None = None) -> dict[str, Search]:
    """Search, report and draw."""
    options = shared.options(__doc__, "15_grid_search").parse_args(arguments)
    size = Size([100] * 6, 100, 50, 5, (-6.0, -2.0))
    if options.quick or options.data == "digits":
        size = Size([50] * 2, 50, 5, 4, (-4.0, 1.0))
    found = search(options, size)
    print("the best validation accuracy of 25 trials, in each repeat")
    for kind, each in found.items():
        values = " ".join(f"{value:6.1%}" for value in each.best)
        print(f"{kind:8} {values}   on average {each.best.mean():.1%}")
    best = {kind: each.tried[np.arange(len(each.best)), each.accuracies.argmax(1), 0] for kind, each in found.items()}
    for kind, rates in best.items():
        print(f"{kind:8} learning rates of these: {', '.join(f'{lr:.2g}' for lr in rates)}")
    shared.save(draw(found), options, "15_grid_search")
    return found


if __name__ == "__main__":
    main()
