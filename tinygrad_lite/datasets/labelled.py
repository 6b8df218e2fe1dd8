"""Datasets of inputs and their classes, as two Tensors."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..tensors.tensor import Tensor
from ..utils.data import TensorDataset


class Labelled(TensorDataset):
    """A dataset of N inputs and their classes: an item is the tuple (input, label).

    Args:
        inputs: the inputs, (N, …), float32.
        labels: the class of each, (N,), int64.
    """

    def __init__(self, inputs: Tensor, labels: Tensor) -> None:
        super().__init__(inputs, labels)

    if TYPE_CHECKING:  # at run time it is TensorDataset's own, of which a DataLoader takes whole batches

        def __getitem__(self, index: Any) -> tuple[Tensor, Tensor]: ...

    @property
    def inputs(self) -> Tensor:
        """The inputs, (N, …), float32."""
        return self.tensors[0]

    @property
    def labels(self) -> Tensor:
        """The class of each, (N,), int64."""
        return self.tensors[1]


class Images(Labelled):
    """A dataset of N images and their classes: an item is the tuple (image, label)."""

    @property
    def images(self) -> Tensor:
        """The images, (N, …), float32, with pixels in [0, 1]."""
        return self.tensors[0]
