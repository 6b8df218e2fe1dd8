"""Data to learn from: digits, MNIST and Fashion-MNIST, and spirals. All are datasets of Tensors for a DataLoader.

`mnist.load()` has MNIST as arrays, in the form of *Deep Learning from Scratch*.

>>> import tinygrad_lite as tl
>>> data = tl.datasets.spiral(points=50)
>>> images, labels = next(iter(tl.utils.data.DataLoader(data, batch_size=10)))
>>> images.shape, labels.shape
(Size([10, 2]), Size([10]))
"""

from __future__ import annotations

from . import mnist
from .generated import digits, spiral
from .mnist import MNIST, FashionMNIST

__all__ = ["MNIST", "FashionMNIST", "digits", "mnist", "spiral"]

for _public in (MNIST, FashionMNIST):
    _public.__module__ = __name__
