"""The arguments of batching rules, and the functions that rules are made of.

A rule takes the primitive, the `Batch`, and the primitive's arguments. An argument that has a sample for each
is an `Each`; its first dimension is that of the samples. The result has that first dimension too.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from ..core.edge import expand, reshape
from ..core.inference import made
from ..core.primitive import Fused, Primitive, Traced
from ..core.tensor import TensorBase, wrap
from ..ops.shape import permute, select, stack
from ..tensors.batched_data import BatchedArray

Rule = Callable[..., Any]

RULES: dict[Primitive, Rule] = {}
"""The rule of each primitive that has one of its own. Elementwise primitives and fused ones have a common one."""


class Batch(NamedTuple):
    """The samples of one level of vmap: their number, and that of the level."""

    size: int
    level: int


class Each:
    """A Tensor or an array with a sample for each; its first dimension is that of the samples."""

    __slots__ = ("value",)

    def __init__(self, value: Any) -> None:
        self.value = value


def batches(*primitives: Primitive) -> Callable[[Rule], Rule]:
    """Register the rule of some primitives."""

    def register(rule: Rule) -> Rule:
        RULES.update(dict.fromkeys(primitives, rule))
        return rule

    return register


def rule_of(primitive: Primitive) -> Rule:
    """The rule of a primitive; one sample after the other if there is none."""
    rule = RULES.get(primitive)
    if rule is None:
        if primitive.promotion is not None:
            return elementwise
        return by_reference if isinstance(primitive, Fused) else one_by_one
    return rule


_ARRAYS = (Each, Traced, np.ndarray)


def is_array(x: Any) -> bool:
    """Tell whether an argument is a Tensor or an array."""
    return isinstance(x, _ARRAYS)


def shape_of(x: Any) -> tuple[int, ...]:
    """The shape of one sample."""
    return tuple(x.value.shape[1:]) if isinstance(x, Each) else tuple(np.shape(x) if not is_array(x) else x.shape)


def ndim_of(x: Any) -> int:
    """The number of dimensions of one sample."""
    return len(shape_of(x))


def front(x: Any, size: int) -> Any:
    """All samples, along the first dimension; what is the same for all is repeated there, without copying."""
    if isinstance(x, Each):
        return x.value
    shape = shape_of(x)
    return expand(x if is_array(x) else np.asarray(x), (size, *shape))


def with_dims(x: Any, ndim: int) -> Any:
    """The argument for broadcasting: the samples come first, and then as many dimensions as `ndim` at least."""
    if not isinstance(x, Each):
        return x
    shape = x.value.shape
    missing = ndim - (len(shape) - 1)
    return x.value if missing <= 0 else reshape(x.value, (shape[0], *[1] * missing, *shape[1:]))


def dim_after(dim: int) -> int:
    """The place of a dimension of a sample among those of all samples; one counted from the end stays."""
    return dim + 1 if dim >= 0 else dim


def moved(x: Any, source: int, target: int) -> Any:
    """x with one dimension moved to another place."""
    order = list(range(len(x.shape)))
    order.insert(target, order.pop(source))
    return x if source == target else permute(x, tuple(order))


def elementwise(primitive: Primitive, batch: Batch, *args: Any) -> Any:
    """The rule of elementwise primitives: they broadcast, so that all samples can be computed at once."""
    ndim = max(ndim_of(x) for x in args if is_array(x))
    return primitive(*[with_dims(x, ndim) for x in args])


def one_by_one(primitive: Primitive, batch: Batch, *args: Any) -> Any:
    """Apply a primitive to one sample after the other.

    Raises:
        RuntimeError: if there are no samples.
    """
    if not batch.size:
        raise RuntimeError(
            f"vmap: {primitive.name} is applied to one sample after the other, and there are no samples whose result "
            "would show its shape"
        )
    results = [primitive(*[sample(x, i) for x in args]) for i in range(batch.size)]
    return stack([x if isinstance(x, Traced) else wrap(np.asarray(x)) for x in results], 0)


def sample(x: Any, index: int) -> Any:
    """The argument for one of the samples."""
    if isinstance(x, tuple):
        return tuple([sample(item, index) for item in x])
    if not isinstance(x, Each):
        return x
    return x.value[index] if isinstance(x.value, np.ndarray) else select(x.value, 0, index)


def by_reference(primitive: Any, batch: Batch, *args: Any) -> Any:
    """The rule of fused primitives: their definition, written in primitives, is applied to all samples."""
    out = primitive.reference(*[joined(x.value, batch.level) if isinstance(x, Each) else x for x in args])
    return front(at_level(out, batch.level), batch.size)


def joined(x: Any, level: int) -> Any:
    """One Tensor, or array, that stands for each sample of x, whose first dimension is that of the samples."""
    if not isinstance(x, TensorBase):
        return BatchedArray(x, level)
    result = made(BatchedArray(x._data, level))  # type: ignore[arg-type]  # it stands for an array
    result._node = x._node
    return result


def at_level(x: Any, level: int) -> Any:
    """An argument as the rules take it: `Each`, if it has a sample for each of this level."""
    if isinstance(x, TensorBase):
        data: Any = x._data
        return Each(x._wrap(data.value, x._history())) if type(data) is BatchedArray and data.level == level else x
    if type(x) is BatchedArray:
        return Each(x.value) if x.level == level else x
    if type(x) is tuple:
        return tuple([at_level(item, level) for item in x])
    return x
