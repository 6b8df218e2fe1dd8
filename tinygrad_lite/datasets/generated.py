"""Datasets that need no download: scikit-learn's digits, and spirals that are drawn."""

from __future__ import annotations

import numpy as np

from ..core.tensor import wrap
from ..creation import randn, tensor
from ..random.generator import Generator
from ..runtime.optional import require
from ..types import dtypes
from .labelled import Images, Labelled


def digits() -> Images:
    """Make the dataset of 1,797 handwritten digits of 8×8 pixels.

    The images are (1797, 64), float32 in [0, 1], and the labels (1797,), int64.

    They are the test set of E. Alpaydin and C. Kaynak, *Optical Recognition of Handwritten Digits* (UCI repository,
    1998), as scikit-learn ships them.

    Raises:
        ImportError: if scikit-learn is not installed.

    >>> digits().images.shape
    Size([1797, 64])
    """
    data = require("sklearn.datasets", "examples").load_digits()
    return Images(tensor(data.data, dtype=dtypes.float32) / 16, tensor(data.target, dtype=dtypes.int64))


def spiral(points: int = 100, classes: int = 3, noise: float = 0.2, *, generator: Generator | None = None) -> Labelled:
    """Make the dataset of points on the arms of a spiral, one arm for each class.

    The inputs are (points·classes, 2), float32, and the labels (points·classes,), int64. Point i of arm k has the
    radius r = i/points and the angle 4k + 4r + noise·ε with a standard normal ε. No straight line separates the classes
    (as in A. Karpathy's CS231n notes, and in the book's series).

    Args:
        points: the number of points on each arm.
        classes: the number of arms.
        noise: the standard deviation of the angles.
        generator: draws the noise; by default the default generator.

    Raises:
        ValueError: if `points` or `classes` is not positive.

    >>> import tinygrad_lite as tl
    >>> data = spiral(points=2, generator=tl.Generator().manual_seed(0))
    >>> data.labels
    tensor([0, 0, 1, 1, 2, 2])
    """
    if points < 1 or classes < 1:
        raise ValueError(f"spiral: points and classes must be positive, not {points} and {classes}")
    labels = np.repeat(np.arange(classes), points)
    radius = np.tile(np.arange(points) / points, classes)
    angle = 4 * labels + 4 * radius + noise * randn(labels.size, generator=generator, dtype=dtypes.float64).numpy()
    inputs = radius[:, None] * np.stack([np.sin(angle), np.cos(angle)], axis=1)
    return Labelled(wrap(inputs.astype(np.float32)), wrap(labels))
