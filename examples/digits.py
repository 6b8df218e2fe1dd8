"""Train a small network on real handwritten digits, and show what it learned and where it erred.

The digits are the 1,797 images of 8×8 pixels that scikit-learn ships (from the UCI repository), so no network is
needed. Four fifths are for training; the rest is never trained on, and the accuracy on it is what is reported.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import NamedTuple

import tinygrad_lite as tl
from tinygrad_lite import nn
from tinygrad_lite.runtime.optional import require


class Split(NamedTuple):
    """Images as rows of pixels in [0, 1], and the digit that each shows."""

    images: tl.Tensor
    labels: tl.Tensor


def load_digits(held_out: float = 0.2) -> tuple[Split, Split]:
    """The digits, shuffled, as a part to train on and a part to test on."""
    data = require("sklearn.datasets", "examples").load_digits()
    images = tl.tensor(data.data, dtype=tl.float32) / 16
    labels = tl.tensor(data.target)
    order = tl.randperm(len(images))
    tested = round(held_out * len(images))
    test, train = order[:tested], order[tested:]
    return Split(images[train], labels[train]), Split(images[test], labels[test])


def build(hidden: int, dropout: float) -> nn.Module:
    """Two hidden layers, each normalised over the batch and thinned by dropout."""
    return nn.Sequential(
        nn.Linear(64, hidden),
        nn.BatchNorm1d(hidden),
        nn.ReLU(),
        nn.Dropout(dropout),
        nn.Linear(hidden, hidden),
        nn.BatchNorm1d(hidden),
        nn.ReLU(),
        nn.Dropout(dropout),
        nn.Linear(hidden, 10),
    )


def evaluate(model: nn.Module, split: Split) -> tuple[float, tl.Tensor]:
    """The share of digits recognised, and what each was taken for."""
    with model.evaluating(), tl.no_grad():
        guesses = model(split.images).argmax(1)
    return (guesses == split.labels).float().mean().item(), guesses


def train(model: nn.Module, train: Split, test: Split, options: argparse.Namespace) -> dict[str, list[float]]:
    """Train for some epochs; the loss and both accuracies after each."""
    criterion = nn.CrossEntropyLoss()
    optimizer = tl.optim.Adam(model.parameters(), lr=options.lr, weight_decay=options.weight_decay)
    history: dict[str, list[float]] = {"loss": [], "train": [], "test": []}
    bar = require("tqdm", "examples").trange(options.epochs, desc="training", unit="epoch", disable=options.quiet)
    for _ in bar:
        losses = []
        order = tl.randperm(len(train.images))
        for start in range(0, len(order) - 1, options.batch_size):
            batch = order[start : start + options.batch_size]
            loss = criterion(model(train.images[batch]), train.labels[batch])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            losses.append(loss.item())
        history["loss"].append(sum(losses) / len(losses))
        history["train"].append(evaluate(model, train)[0])
        history["test"].append(evaluate(model, test)[0])
        bar.set_postfix(loss=f"{history['loss'][-1]:.3f}", test=f"{history['test'][-1]:.1%}")
    return history


def draw(history: dict[str, list[float]], test: Split, guesses: tl.Tensor, path: Path) -> None:
    """A picture of the learning curves, and of digits that were taken for others."""
    matplotlib = require("matplotlib", "examples")
    matplotlib.use("Agg")
    plt = require("matplotlib.pyplot", "examples")
    blue, orange, grey = "#0072b2", "#d55e00", "#777777"  # told apart by colour-blind eyes too

    figure = plt.figure(figsize=(10, 4.2), layout="constrained")
    left, right = figure.subfigures(1, 2, width_ratios=[3, 2])
    accuracy = left.subplots()
    epochs = range(1, len(history["loss"]) + 1)
    accuracy.plot(epochs, history["train"], color=blue, label="training digits")
    accuracy.plot(epochs, history["test"], color=orange, label="held-out digits")
    accuracy.set(xlabel="epoch", ylabel="accuracy", title=f"Held-out accuracy {history['test'][-1]:.1%}")
    accuracy.set_ylim(max(0.0, min(history["test"]) - 0.02), 1.005)
    loss = accuracy.twinx()
    loss.plot(epochs, history["loss"], color=grey, linestyle=":", label="training loss")
    loss.set_ylabel("loss")
    loss.set_ylim(bottom=0)
    lines = [*accuracy.get_lines(), *loss.get_lines()]
    accuracy.legend(lines, [line.get_label() for line in lines], loc="center right")

    wrong = (guesses != test.labels).nonzero().flatten().tolist()
    right.suptitle(f"{len(wrong)} of {len(guesses)} taken for another digit")
    cells = list(right.subplots(3, 4).flat)
    for cell in cells:
        cell.axis("off")
    for cell, i in zip(cells, wrong, strict=False):
        cell.imshow(test.images[i].reshape(8, 8).numpy(), cmap="gray_r", interpolation="nearest")
        cell.set_title(f"{test.labels[i].item()} → {guesses[i].item()}", fontsize=10)
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path, dpi=120)
    plt.close(figure)


def main(arguments: list[str] | None = None) -> float:
    """Train, report and draw; the accuracy on the held-out digits."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.ArgumentDefaultsHelpFormatter)
    parser.add_argument("--epochs", type=int, default=40, help="passes over the training digits")
    parser.add_argument("--batch-size", type=int, default=64, help="digits in a training step")
    parser.add_argument("--hidden", type=int, default=128, help="units in each hidden layer")
    parser.add_argument("--dropout", type=float, default=0.2, help="share of the hidden units dropped in training")
    parser.add_argument("--lr", type=float, default=2e-3, help="learning rate of Adam")
    parser.add_argument("--weight-decay", type=float, default=1e-5, help="L2 penalty")
    parser.add_argument("--seed", type=int, default=0, help="the same seed gives the same run")
    parser.add_argument("--out", type=Path, default=Path("out/digits.png"), help="where to write the picture")
    parser.add_argument("--quiet", action="store_true", help="no progress bar")
    options = parser.parse_args(arguments)
    if options.batch_size < 2:
        parser.error("--batch-size must be at least 2: batch norm cannot normalise a single digit")

    tl.manual_seed(options.seed)
    training, test = load_digits()
    model = build(options.hidden, options.dropout)
    history = train(model, training, test, options)
    accuracy, guesses = evaluate(model, test)
    draw(history, test, guesses, options.out)
    print(f"{len(training.images)} digits to train on, {len(test.images)} held out")
    print(f"test accuracy {accuracy:.2%} after {options.epochs} epochs; the picture is in {options.out}")
    return accuracy


if __name__ == "__main__":
    main()
