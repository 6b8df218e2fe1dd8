"""What update rules do with gradients that are sparse: they change the rows that have one, and no others."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from ...core import versions as memory
from ...core.primitive import Array
from ...tensors.tensor import Tensor
from .flat_groups import check_floating
from .options import Group

NOT_WITH_DENSE = "add(sparse, dense) is not supported. Use add(dense, sparse) instead."
"""PyTorch's words for where a rule adds something dense to a sparse gradient."""


def not_supported(rule: str, advice: str = "") -> RuntimeError:
    """The error of a rule that takes dense gradients only."""
    return RuntimeError(
        f"{rule} does not support sparse gradients{advice}: SparseAdam, SGD and Adagrad do; for others leave "
        "sparse=False in the embedding. Nothing was changed"
    )


def check_options(rule: str, group: Group, p: Tensor) -> None:
    """Check that no option of a group needs more than the rows that have a gradient, and that they can be written.

    Raises:
        RuntimeError: if one does, or the memory of the parameter is read-only.
    """
    check_floating(p.dtype)
    for name in ("l1_decay", "differentiable"):
        if group.get(name):
            raise RuntimeError(f"{name} option is not compatible with sparse gradients. {rule}: leave it out")
    if not p._data.flags.writeable:
        raise RuntimeError(f"step(): a parameter of shape {list(p.shape)} is on read-only memory: clone() it")


class Rows(NamedTuple):
    """The rows of a sparse gradient.

    Attributes:
        places: where they are, as an index.
        values: their values.
    """

    places: tuple[Array, ...]
    values: Array

    def add_to(self, array: Array, values: Array) -> None:
        """Add values to these rows of an array, one after the other where a row comes more than once."""
        if self.values.ndim == array.ndim == 2 and array.flags.c_contiguous:
            width = array.shape[1]  # np.add.at is fast on vectors only
            elements = (self.places[0].reshape(-1, 1) * width + np.arange(width)).reshape(-1)
            np.add.at(array.reshape(-1), elements, values.reshape(-1))
        else:
            np.add.at(array, self.places, values)
        memory.wrote(array)


def rows_of(grad: Any, maximize: bool, unique: bool) -> Rows:
    """The rows of a sparse gradient, of which the sign is turned to maximize; if `unique`, each is there once."""
    grad = grad.detach()
    grad = grad.coalesce() if unique else grad
    values = grad._values()._data
    return Rows(tuple(grad._indices()._data), -values if maximize else values)
