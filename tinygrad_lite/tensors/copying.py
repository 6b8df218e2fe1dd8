"""Copies of a Tensor by Python's own ways: `copy.deepcopy` and pickling."""

from __future__ import annotations

from typing import Any

from ..core.inference import made
from ..core.primitive import Array
from ..core.storage import copied_storage, place_of
from ..core.tensor import TensorBase, wrap
from ..types.annotations import Tensor


def deep_copy(self: Tensor, memo: dict[Any, Any]) -> Tensor:
    """A leaf with a copy of the values, of the gradient and of the user's own attributes.

    Tensors that share memory share it in one deep copy too: a view stays a view.

    Raises:
        RuntimeError: for a result of recorded operations, which would need a copy of its graph.
    """
    if not self.is_leaf:
        raise RuntimeError(
            "Only Tensors created explicitly by the user (graph leaves) support the deepcopy protocol at the "
            "moment: copy x.detach() instead"
        )
    from copy import deepcopy  # whoever calls this has it already; others need not wait for it

    copy = wrap(_copied(self._data, memo), cls=type(self))
    memo[id(self)] = copy
    copy.__dict__.update(deepcopy(self.__dict__, memo))
    if self._grad is not None:
        copy._grad = deepcopy(self._grad, memo)
    return copy.requires_grad_() if self.requires_grad else copy


def _copied(array: Array, memo: dict[Any, Any]) -> Array:
    """A copy of an array, in the copy of its whole memory that `memo` has for this deep copy."""
    root, place = place_of(array)
    key = "storage", id(root)
    if key not in memo:
        memo[key] = root, copied_storage(root)  # with the root, whose id is this only while it lives
    return place.look(memo[key][1])


def reduce_to_parts(self: Tensor, protocol: Any) -> tuple[Any, ...]:
    """The parts from which a pickle rebuilds the Tensor, without its history and its gradient."""
    return rebuild, (type(self), self._data, self.requires_grad, self.__dict__)


def rebuild(cls: type[TensorBase], array: Array, requires_grad: bool, attributes: dict[str, Any]) -> Tensor:
    """The Tensor that was pickled. Pickles name this function, so it must stay where it is."""
    t = made(array, cls=cls)
    t.__dict__.update(attributes)
    return t.requires_grad_() if requires_grad else t


_rebuilt = rebuild  # in pickles of version 0.1
