"""A small stand-in for torchvision: what scripts of the MNIST kind need of it, and nothing else.

There are `datasets.MNIST` and `FashionMNIST`; `transforms.ToTensor`, `Normalize`, `Compose` and `Lambda`;
`utils.make_grid` and `save_image`. Any other name raises an error that says so.
"""

from __future__ import annotations

from . import datasets, transforms, utils
from .refusal import refuse

__all__ = ["datasets", "transforms", "utils"]

__version__ = "0.28.0+tinygrad_lite"

__getattr__ = refuse("torchvision")
