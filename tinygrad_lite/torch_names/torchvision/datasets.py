"""`torchvision.datasets`: MNIST and Fashion-MNIST."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any, ClassVar

import numpy as np

from ... import datasets as files
from ...core.tensor import wrap
from ...datasets.mnist import pixels_and_labels
from ...tensors.tensor import Tensor
from ...utils.data import Dataset
from .refusal import refuse

__all__ = ["MNIST", "FashionMNIST"]


class MNIST(Dataset[tuple[Any, Any]]):
    """The handwritten digits, with torchvision's interface: an item is (image, class), through the transforms.

    The image is a picture of Pillow's (mode "L", 28×28) where Pillow is installed, as in torchvision, and an array
    (28, 28) of uint8 where it is not; `ToTensor` makes the same of both. The class is an int. The files are looked for
    where torchvision puts them, in `root/MNIST/raw`, and in `root` itself, compressed or not.

    Args:
        root: the folder.
        train: True for the 60,000 to train on, False for the 10,000 to test.
        transform: what is done to the image.
        target_transform: what is done to the class.
        download: whether to download files that are missing or damaged, to `root/MNIST/raw`.

    Attributes:
        data: the pixels, (N, 28, 28) in uint8.
        targets: the classes, (N,) in int64.

    Raises:
        RuntimeError: if files are missing and not to be downloaded, if they are damaged, or the download fails.

    >>> MNIST("no such folder")
    Traceback (most recent call last):
    ...
    RuntimeError: Dataset not found. You can use download=True to download it: there is no train-images-idx3-ubyte.gz or
    train-images-idx3-ubyte in no such folder or no such folder/MNIST/raw
    """

    classes: ClassVar[list[str]] = [
        f"{digit} - {name}" for digit, name in enumerate("zero one two three four five six seven eight nine".split())
    ]
    _files: ClassVar[type[files.MNIST]] = files.MNIST

    data: Tensor
    targets: Tensor

    def __init__(
        self,
        root: str | os.PathLike[str],
        train: bool = True,
        transform: Callable[..., Any] | None = None,
        target_transform: Callable[..., Any] | None = None,
        download: bool = False,
    ) -> None:
        self.root, self.train = os.path.expanduser(root), train
        self.transform, self.target_transform = transform, target_transform
        try:
            pixels, labels = pixels_and_labels(self._files, self.root, train, download)
        except FileNotFoundError as error:
            reason = str(error).partition(": ")[2].partition(". Put")[0]
            raise RuntimeError(f"Dataset not found. You can use download=True to download it: {reason}") from None
        self.data, self.targets = wrap(pixels), wrap(labels.astype(np.int64))

    @property
    def class_to_idx(self) -> dict[str, int]:
        """The number of each class, by its name."""
        return {name: i for i, name in enumerate(self.classes)}

    def __len__(self) -> int:
        return len(self.data)

    def __getitem__(self, index: Any) -> tuple[Any, Any]:
        image: Any = _picture(self.data._data[index])
        target: Any = int(self.targets._data[index])
        if self.transform is not None:
            image = self.transform(image)
        if self.target_transform is not None:
            target = self.target_transform(target)
        return image, target

    def __repr__(self) -> str:
        lines = [
            f"Dataset {type(self).__name__}",
            f"    Number of datapoints: {len(self)}",
            f"    Root location: {self.root}",
            f"    Split: {'Train' if self.train else 'Test'}",
        ]
        for what, transform in (("Transform", self.transform), ("Target transform", self.target_transform)):
            if transform is not None:
                lines.append(f"    {what}: {transform!r}")
        return "\n".join(lines)


class FashionMNIST(MNIST):
    """The pictures of clothes, in the form of `MNIST`; their files are in `root/FashionMNIST/raw`.

    Args:
        root: the folder.
        train: True for the 60,000 to train on, False for the 10,000 to test.
        transform: what is done to the image.
        target_transform: what is done to the class.
        download: whether to download files that are missing or damaged.

    Raises:
        RuntimeError: if files are missing and not to be downloaded, if they are damaged, or the download fails.

    >>> FashionMNIST.classes[-2:]
    ['Bag', 'Ankle boot']
    """

    classes: ClassVar[list[str]] = list(files.FashionMNIST.classes)
    _files = files.FashionMNIST


def _picture(pixels: Any) -> Any:
    """The picture of these pixels; the pixels themselves without Pillow."""
    try:
        from PIL import Image
    except ImportError:
        return pixels.copy()
    return Image.fromarray(pixels)


__path__: list[str] = []
__getattr__ = refuse("torchvision.datasets")
