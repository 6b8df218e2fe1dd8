"""Real handwritten digits as 28×28 images, for the examples of this folder."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import NamedTuple

import numpy as np

import tinygrad_lite as tl


class Images(NamedTuple):
    """Images (N, 1, 28, 28) with values in [0, 1], float32, and the digit that each shows, int64 (N,)."""

    pixels: np.ndarray
    labels: np.ndarray


def add_options(parser: argparse.ArgumentParser) -> None:
    """The options that say where the digits come from."""
    parser.add_argument("--data", choices=["digits", "mnist"], default="digits", help="images to learn from")
    parser.add_argument("--root", type=Path, default=Path("data/mnist"), help="where the files of MNIST are")
    parser.add_argument("--download", action="store_true", help="fetch MNIST's 10,000 test images to --root")


def load(options: argparse.Namespace) -> tuple[Images, Images]:
    """The images to train on and those to test on: a fifth of them, drawn with the seed of the options.

    `--data mnist` reads MNIST's 10,000 test images. Otherwise they are the 1,797 digits of scikit-learn, 8×8 pixels
    each of which becomes a square of 3×3, with a border of two.
    """
    if options.data == "mnist":
        try:
            images, labels = tl.datasets.MNIST(options.root, train=False, download=options.download).tensors
        except (FileNotFoundError, RuntimeError) as error:
            raise SystemExit(f"--data mnist: {error}\nSay --download to fetch 1.6 MB to {options.root}") from None
        pixels = images.numpy().reshape(-1, 1, 28, 28)
    else:
        images, labels = tl.datasets.digits().tensors
        small = images.numpy().reshape(-1, 1, 8, 8)
        pixels = np.pad(small.repeat(3, axis=2).repeat(3, axis=3), ((0, 0), (0, 0), (2, 2), (2, 2)))
    pixels = pixels.astype(np.float32) / max(1.0, float(pixels.max()))
    order = np.random.default_rng(options.seed).permutation(len(pixels))
    test, train = order[: len(order) // 5], order[len(order) // 5 :]
    return Images(pixels[train], labels.numpy()[train]), Images(pixels[test], labels.numpy()[test])
