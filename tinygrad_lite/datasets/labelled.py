"""What the datasets here are: inputs and their classes, as two Tensors."""

from __future__ import annotations

from ..tensors.tensor import Tensor
from ..utils.data import TensorDataset


class Labelled(TensorDataset):
    """Items that are (input, label), with both as attributes.

    Attributes:
        inputs: the inputs, float32.
        labels: the class of each, (N,), int64.
    """

    def __init__(self, inputs: Tensor, labels: Tensor) -> None:
        super().__init__(inputs, labels)

    @property
    def inputs(self) -> Tensor:
        """The inputs, float32."""
        return self.tensors[0]

    @property
    def labels(self) -> Tensor:
        """The class of each, (N,), int64."""
        return self.tensors[1]


class Images(Labelled):
    """Items that are (image, label), with both as attributes: pixels in [0, 1], float32, and int64."""

    @property
    def images(self) -> Tensor:
        """The images, float32, from 0 for black to 1."""
        return self.tensors[0]
