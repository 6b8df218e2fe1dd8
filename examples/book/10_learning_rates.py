"""Learning rates that fall: AdaGrad's die out, RMSprop's do not, and a schedule lets them fall when one wants it.

A single layer learns to read digits, from noisy mini-batches of 8, so that the gradients never vanish. On the left
AdaGrad and RMSprop (section 6.1.5) divide the learning rate by the root of the squared gradients that they have seen:
AdaGrad by that of their sum, which can only grow, RMSprop by that of their running average, which stays where the
gradients stay. What is left of the learning rate is the median of lr / √h over the weights. On the right is SGD: with a
large learning rate it soon gets far and then only trembles, with a small one it is slow; one that falls from the large
one to the small one, by the same factor at every step, has both. The loss there is that of all training images.
The small digits are easier, and tremble only with ten times the rate, which they get.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import shared

import tinygrad_lite as tl
from tinygrad_lite import nn

RULES = {"AdaGrad": ("sum", shared.ORANGE), "RMSprop": ("square_avg", shared.PINK)}
FALLING = "falling"


class Rates(NamedTuple):
    """The median of lr / √h over the weights after each step, for each rule, and the slopes of its last nine tenths on
    logarithmic scales: -½ where it falls like 1 / √t."""

    medians: dict[str, np.ndarray]
    slopes: dict[str, float]


class Decay(NamedTuple):
    """The loss of all training images every so many steps, and the test accuracy at the end, for each schedule."""

    every: int
    losses: dict[str, list[float]]
    accuracies: dict[str, float]


def adaptive_rates(training: shared.Split, seed: int, steps: int) -> Rates:
    """What AdaGrad and RMSprop make of their learning rates."""
    medians = {}
    for name, (state, _) in RULES.items():
        tl.manual_seed(seed)
        model = shared.mlp(training.images.shape[1], [])
        optimizer = {"AdaGrad": tl.optim.Adagrad, "RMSprop": tl.optim.RMSprop}[name](model.parameters(), lr=0.01)
        found = []
        for batch in shared.progress(shared.batches(training, 8, steps), name):
            shared.train(model, optimizer, [batch])
            squares = optimizer.state[model[0].weight][state].numpy()
            found.append(float(np.median(0.01 / np.sqrt(squares[squares > 0]))))  # a pixel may always be 0
        medians[name] = np.array(found)
    start = steps // 10
    time = np.log(np.arange(1, steps + 1))[start:]
    slopes = {name: float(np.polyfit(time, np.log(values[start:]), 1)[0]) for name, values in medians.items()}
    return Rates(medians, slopes)


def decay(training: shared.Split, test: shared.Split, seed: int, steps: int, large: float) -> Decay:
    """SGD with a large learning rate, a hundredth of it, and one that falls from the large to the small."""
    every, small = max(steps // 50, 1), large / 100
    factor = (small / large) ** (1 / steps)
    schedules = {f"lr {large:g}": (large, 1.0), f"lr {small:g}": (small, 1.0), FALLING: (large, factor)}
    losses: dict[str, list[float]] = {}
    accuracies = {}
    for name, (lr, factor) in schedules.items():
        tl.manual_seed(seed)
        model = shared.mlp(training.images.shape[1], [])
        optimizer = tl.optim.SGD(model.parameters(), lr=lr)
        scheduler = tl.optim.lr_scheduler.ExponentialLR(optimizer, factor)
        losses[name] = [loss_of(model, training)]
        for step, batch in enumerate(shared.progress(shared.batches(training, 8, steps), name), start=1):
            shared.train(model, optimizer, [batch])
            scheduler.step()
            if step % every == 0:
                losses[name].append(loss_of(model, training))
        accuracies[name] = shared.accuracy(model, test)
    return Decay(every, losses, accuracies)


@tl.no_grad()
def loss_of(model: nn.Module, split: shared.Split) -> float:
    """The mean loss of all images."""
    return float(nn.functional.cross_entropy(model(split.images), split.labels).item())


def draw(rates: Rates, decayed: Decay) -> Any:
    """What is left of the learning rates; and the loss by each schedule."""
    figure, (left, right) = shared.subplots(1, 2)
    for name, values in rates.medians.items():
        steps = np.arange(1, len(values) + 1)
        left.loglog(steps, values, color=RULES[name][1], label=f"{name}: slope {rates.slopes[name]:+.2f}")
    left.set(xlabel="step", ylabel="lr / √h, median over the weights", title="what is left of the learning rate")
    left.legend(frameon=False, loc="best")
    colours = (shared.RED, shared.BLUE, shared.GREEN)
    for (name, losses), colour in zip(decayed.losses.items(), colours, strict=True):
        label = f"{name}: {losses[-1]:.2g} at the end"
        right.semilogy(np.arange(len(losses)) * decayed.every, losses, color=colour, label=label)
    right.set(xlabel="step", ylabel="loss of all training images", title="SGD, mini-batches of 8")
    right.set_ylim(top=right.get_ylim()[1] * 6)  # room for the legend
    right.legend(frameon=False, loc="upper right")
    return figure


def main(arguments: list[str] | None = None) -> tuple[Rates, Decay]:
    """Train, report and draw."""
    options = shared.options(__doc__, "10_learning_rates").parse_args(arguments)
    training, test = shared.load(options)
    steps = 1500 if options.quick else 4000
    rates = adaptive_rates(training, options.seed, steps)
    decayed = decay(training, test, options.seed, steps, 0.5 if options.data == "mnist" else 5.0)
    print(f"{steps} steps     lr / √h after a tenth   at the end   slope")
    for name, values in rates.medians.items():
        print(f"{name:11} {values[steps // 10]:22.3g} {values[-1]:12.3g} {rates.slopes[name]:+7.2f}")
    print(f"{steps} steps of SGD   loss of all training images   test accuracy")
    for name, losses in decayed.losses.items():
        print(f"{name:18} {losses[-1]:24.4f} {decayed.accuracies[name]:15.2%}")
    shared.save(draw(rates, decayed), options, "10_learning_rates")
    return rates, decayed


if __name__ == "__main__":
    main()
