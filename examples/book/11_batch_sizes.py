"""All images at once, mini-batches or single images: how good a gradient is, and what it costs (section 6.1.2).

The gradient of a mini-batch is that of all training images and a noise, which falls like one over the root of the
number of images, while its cost grows like the number. So a good gradient is dear, and a bad one will do. A network
with two hidden layers of 100 learns 1,000 images by SGD with the same learning rate, from batches of 1,000, 100 and 1,
ten times through all the images: the same number of images is looked at, in 10, 100 and 10,000 steps.
"""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np
import shared

import tinygrad_lite as tl
from tinygrad_lite import nn

LR, EPOCHS = 0.01, 10
COLOURS = (shared.BLUE, shared.GREEN, shared.RED)


class Run(NamedTuple):
    """The loss of all training images at the beginning and after each epoch; steps; the test accuracy."""

    losses: list[float]
    steps: int
    accuracy: float


@tl.no_grad()
def loss_of(model: nn.Module, split: shared.Split) -> float:
    """The mean loss of all images."""
    return float(nn.functional.cross_entropy(model(split.images), split.labels).item())


def gradient(model: nn.Module, split: shared.Split) -> np.ndarray:
    """The gradient of the mean loss by all parameters, in one array."""
    loss = nn.functional.cross_entropy(model(split.images), split.labels)
    return np.concatenate([g.numpy().ravel() for g in tl.autograd.grad(loss, [*model.parameters()])])


def noise(model: nn.Module, training: shared.Split, sizes: list[int], draws: int = 30) -> dict[int, float]:
    """How long the error of a mini-batch's gradient is, relative to the gradient itself: root mean square."""
    whole = gradient(model, training)
    found = {}
    for size in sizes:
        errors = []
        for _ in range(draws):
            drawn = tl.randint(0, len(training.labels), (size,))
            errors.append(((gradient(model, shared.Split(*(each[drawn] for each in training))) - whole) ** 2).sum())
        found[size] = math.sqrt(np.mean(errors) / (whole**2).sum())
    return found


def draw(noises: dict[int, float], runs: dict[int, Run]) -> Any:
    """The noise by the size of the batch; and the loss of each run, by epochs and by steps."""
    figure, (left, middle, right) = shared.subplots(1, 3)
    sizes = np.array([*noises])
    left.loglog(sizes, [*noises.values()], "o-", color=shared.BLACK, label="measured")
    left.loglog(sizes, noises[1] / np.sqrt(sizes), ":", color=shared.GREY, label="1 / √size")
    left.set(xlabel="images in the batch", title="error of the gradient, relative")
    left.legend(frameon=False)
    for (size, run), colour in zip(runs.items(), COLOURS, strict=True):
        epochs = np.arange(len(run.losses))
        label = f"{size:,} image{'s' * (size > 1)} a step"
        width = 4 if size == max(runs) else 1.6  # wide enough to be seen under the next
        middle.semilogy(epochs, run.losses, color=colour, label=label, linewidth=width)
        right.loglog(1 + epochs * run.steps // EPOCHS, run.losses, color=colour, label=label, linewidth=width)
    middle.set(xlabel="epoch: all images looked at once", title="loss of all training images")
    right.set(xlabel="1 + steps", title="the same by steps")
    figure.legend(*middle.get_legend_handles_labels(), loc="outside lower center", ncols=3, frameon=False)
    return figure


def main(arguments: list[str] | None = None) -> tuple[dict[int, float], dict[int, Run]]:
    """Measure the noise, train with each size, report and draw."""
    options = shared.options(__doc__, "11_batch_sizes").parse_args(arguments)
    images, hidden = (400, [50]) if options.quick else (1000, [100] * 2)
    training, test = shared.load(options, images)
    tl.manual_seed(options.seed)
    model = shared.mlp(training.images.shape[1], hidden)
    noises = noise(model, training, [1, 3, 10, 30, 100, 300])
    runs = {}
    for size in (images, images // 10, 1):
        tl.manual_seed(options.seed)
        model = shared.mlp(training.images.shape[1], hidden)
        optimizer = tl.optim.SGD(model.parameters(), lr=LR)
        losses = [loss_of(model, training)]
        for _ in shared.progress(range(EPOCHS), f"batches of {size}"):
            shared.train(model, optimizer, shared.batches(training, size))
            losses.append(loss_of(model, training))
        runs[size] = Run(losses, EPOCHS * images // size, shared.accuracy(model, test))

    print("images in the batch   error of the gradient, relative to it")
    for size, error in noises.items():
        print(f"{size:19,} {error:25.2f}")
    print(f"images a step    steps   loss after {EPOCHS} epochs   test accuracy")
    for size, run in runs.items():
        print(f"{size:13,} {run.steps:8,} {run.losses[-1]:22.4f} {run.accuracy:15.2%}")
    shared.save(draw(noises, runs), options, "11_batch_sizes")
    return noises, runs


if __name__ == "__main__":
    main()
