"""Data to learn from: digits, MNIST and Fashion-MNIST, and spirals. All are datasets of Tensors for a DataLoader."""

from __future__ import annotations

from .generated import digits, spiral
from .mnist import MNIST, FashionMNIST

__all__ = ["MNIST", "FashionMNIST", "digits", "spiral"]
