"""What the experiments share: options, data, the network, the training step and the look of the pictures."""

from __future__ import annotations

import argparse
import io
from collections.abc import Callable, Iterable, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

import tinygrad_lite as tl
from tinygrad_lite import nn
from tinygrad_lite.runtime.optional import require
from tinygrad_lite.utils.data import DataLoader, RandomSampler, TensorDataset

# Okabe and Ito's colours, which colour-blind eyes tell apart too.
BLACK, ORANGE, SKY, GREEN = "#000000", "#e69f00", "#56b4e9", "#009e73"
BLUE, RED, PINK, GREY = "#0072b2", "#d55e00", "#cc79a7", "#777777"
WIDTH = 9.6  # of a picture, in inches of 100 pixels
STYLE = {
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "grid.color": "#e6e6e6",
    "axes.axisbelow": True,
    "axes.titlesize": "medium",
    "lines.linewidth": 1.6,
}


# ------------------------------------------------------------------------------------------------------- options


def options(description: str, name: str) -> argparse.ArgumentParser:
    """The options of every experiment, for a script `name` to add its own."""
    parser = argparse.ArgumentParser(
        prog=f"{name}.py", description=description, formatter_class=argparse.ArgumentDefaultsHelpFormatter
    )
    parser.add_argument("--seed", type=int, default=0, help="the same seed gives the same run")
    parser.add_argument("--quick", action="store_true", help="a small version, which takes seconds")
    parser.add_argument("--data", choices=["digits", "mnist"], default="digits", help="images to learn from")
    parser.add_argument("--root", type=Path, default=Path("data/mnist"), help="where the files of MNIST are")
    parser.add_argument("--download", action="store_true", help="fetch MNIST's 10,000 test images to --root")
    parser.add_argument("--out", type=Path, default=Path("out/book"), help="where to write the picture")
    return parser


def progress(iterable: Iterable[Any], label: str) -> Any:
    """The same with a progress bar, where there is a terminal to show it on."""
    return require("tqdm", "examples").tqdm(iterable, desc=label, disable=None, leave=False)


# ---------------------------------------------------------------------------------------------------------- data


class Split(NamedTuple):
    """Images as rows of pixels in [0, 1], float32 (N, pixels), and the digit that each shows, int64 (N,)."""

    images: tl.Tensor
    labels: tl.Tensor

    def first(self, count: int | None) -> Split:
        """The first `count` of them, or all."""
        return Split(self.images[:count], self.labels[:count])


def load(options: argparse.Namespace, train: int | None = None) -> tuple[Split, Split]:
    """The images to train on (the first `train` of them, or all) and those to test on."""
    training, test = _mnist(options.root, options.download) if options.data == "mnist" else _digits(options.seed)
    return training.first(train), test


def _digits(seed: int) -> tuple[Split, Split]:
    """The 1,797 digits of scikit-learn, shuffled; a fifth of them is for testing."""
    images, labels = tl.datasets.digits().tensors
    order = tl.randperm(len(images), generator=tl.Generator().manual_seed(seed))
    test, training = order[: len(order) // 5], order[len(order) // 5 :]
    return Split(images[training], labels[training]), Split(images[test], labels[test])


def _mnist(root: Path, download: bool) -> tuple[Split, Split]:
    """MNIST's training and test images; where there are only the latter, 8,000 of them are for training."""
    try:
        test = Split(*tl.datasets.MNIST(root, train=False, download=download, flat=True).tensors)
    except (FileNotFoundError, RuntimeError) as error:
        problem = str(error).partition(". Put it there")[0]
        raise SystemExit(
            f"--data mnist: {problem}\nSay --download to fetch the 1.6 MB of MNIST's test images to {root}, or --root "
            "FOLDER for a folder that has them; without --data mnist the script learns from small digits"
        ) from None
    try:
        return Split(*tl.datasets.MNIST(root, train=True, flat=True).tensors), test
    except FileNotFoundError:
        print(f"{root} has only MNIST's 10,000 test images: training on 0-7,999 of them, testing on 8,000-9,999")
        return test.first(8000), Split(test.images[8000:], test.labels[8000:])


def mislabel(split: Split, share: float) -> Split:
    """The same with labels drawn at random for the first `share` of the images: something to learn by heart."""
    wrong = round(share * len(split.labels))
    return Split(split.images, tl.cat([tl.randint(0, 10, (wrong,)), split.labels[wrong:]]))


def batches(split: Split, size: int, steps: int | None = None) -> DataLoader[Any]:
    """Mini-batches: all the images in random order, or `steps` batches of images drawn at random."""
    dataset = TensorDataset(*split)
    if steps is None:
        return DataLoader(dataset, size, shuffle=True)
    return DataLoader(dataset, size, sampler=RandomSampler(dataset, replacement=True, num_samples=steps * size))


# ------------------------------------------------------------------------------------------------------- network


def mlp(
    inputs: int,
    hidden: Sequence[int],
    *,
    activation: Callable[[], nn.Module] = nn.ReLU,
    std: float | str = "he",
    batch_norm: bool = False,
    dropout: float = 0.0,
    outputs: int = 10,
) -> nn.Sequential:
    """A fully connected network: Linear, [BatchNorm1d], activation, [Dropout] for each hidden layer, and a Linear.

    The weights start normal with standard deviation `std`, or as "he", "xavier" or "uniform" has it; the biases at 0.
    """
    layers: list[nn.Module] = []
    for before, after in pairwise([inputs, *hidden]):
        layers.append(nn.Linear(before, after, init=std))
        if batch_norm:
            layers.append(nn.BatchNorm1d(after))
        layers.append(activation())
        if dropout:
            layers.append(nn.Dropout(dropout))
    return nn.Sequential(*layers, nn.Linear([inputs, *hidden][-1], outputs, init=std))


def train(model: nn.Module, optimizer: tl.optim.Optimizer, batches: Iterable[Any]) -> list[float]:
    """One step of training for each mini-batch; the loss before each."""
    criterion = nn.CrossEntropyLoss()
    losses = []
    for images, labels in batches:
        loss = criterion(model(images), labels)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return losses


class History(NamedTuple):
    """The accuracy after each epoch, on the training images and on the test images."""

    train: list[float]
    test: list[float]

    @property
    def gap(self) -> float:
        """How much better the training images are known than the others: the mean over the last tenth of the epochs."""
        last = -(-len(self.train) // 10)
        return float(np.mean(self.train[-last:]) - np.mean(self.test[-last:]))


def fit(
    model: nn.Module, optimizer: tl.optim.Optimizer, training: Split, test: Split, epochs: int, size: int = 100
) -> History:
    """Train for some epochs of mini-batches of `size`."""
    history = History([], [])
    for _ in progress(range(epochs), "epochs"):
        train(model, optimizer, batches(training, size))
        history.train.append(accuracy(model, training))
        history.test.append(accuracy(model, test))
    return history


@tl.no_grad()
def accuracy(model: nn.Module, split: Split) -> float:
    """The share of images recognised, without batch norm's batches and dropout's noise."""
    with model.evaluating():
        return (model(split.images).argmax(1) == split.labels).float().mean().item()


# ------------------------------------------------------------------------------------------------------ pictures


def subplots(rows: int = 1, columns: int = 1, *, height: float = 4.2, **kwargs: Any) -> tuple[Any, Any]:
    """A figure in the look of all of them, and its axes; `kwargs` as those of `Figure.subplots`."""
    matplotlib = require("matplotlib", "examples")
    with matplotlib.rc_context(STYLE):
        figure = require("matplotlib.figure", "examples").Figure((WIDTH, height), dpi=100, layout="constrained")
        return figure, figure.subplots(rows, columns, **kwargs)


def smooth(values: Sequence[float], width: int = 11) -> np.ndarray:
    """The running mean over `width` values, shorter at the ends."""
    ones = np.ones(width)
    return np.convolve(values, ones, "same") / np.convolve(np.ones(len(values)), ones, "same")


def report(histories: dict[str, History]) -> None:
    """Print where several networks ended."""
    print("                  training accuracy   test accuracy   gap (mean of the last tenth)")
    for name, history in histories.items():
        print(f"{name:17} {history.train[-1]:18.1%} {history.test[-1]:15.1%} {100 * history.gap:7.1f} points")


def draw_histories(histories: dict[str, History]) -> Any:
    """Training and test accuracy of several networks side by side, epoch by epoch."""
    figure, axes = subplots(1, len(histories), height=3.6, sharey=True)
    for cell, (name, history) in zip(axes, histories.items(), strict=True):
        epochs = range(1, len(history.train) + 1)
        cell.plot(epochs, history.train, color=BLUE, label="training images")
        cell.plot(epochs, history.test, color=RED, linestyle="--", label="test images")
        cell.set(title=f"{name}: gap {100 * history.gap:.0f} points", xlabel="epoch", ylim=(0, 1.02))
    axes[0].set_ylabel("accuracy")
    axes[0].legend(frameon=False, loc="lower right")
    return figure


def save(figure: Any, options: argparse.Namespace, name: str) -> Path:
    """Write a figure as a small PNG, and say where."""
    image = require("PIL.Image", "examples")
    options.out.mkdir(parents=True, exist_ok=True)
    path: Path = options.out / f"{name}.png"
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png")
    image.open(buffer).convert("RGB").quantize(128).save(path, optimize=True)  # a third of the bytes
    print(f"the picture is {path}")
    return path
