"""A user's `autograd.Function` inside vmap: by its own `vmap`, if it has one, or one sample after the other."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from ..core.edge import expand
from ..core.tensor import TensorBase
from ..functions.joining import stack
from ..functions.reshaping import movedim
from .operands import Batch, Each, joined, sample


class VmapInfo(NamedTuple):
    """The number of samples, and the way to draw random numbers: the `vmap` of a Function is told these."""

    batch_size: int
    randomness: str


def one_after_the_other(call: Callable[..., Any], name: str, batch: Batch, given: Sequence[Any]) -> Any:
    """Call a function, which has this name, with the arguments of one sample after the other."""
    results = [call(*[sample(x, i) for x in given]) for i in range(batch.size)]
    if not results:
        raise RuntimeError(f"vmap: {name} is applied to one sample after the other, and there are none")
    first = results[0]
    if not isinstance(first, tuple):
        return _together(results, batch)
    columns = [_together(column, batch) for column in zip(*results, strict=True)]
    return type(first)(*columns) if hasattr(first, "_fields") else tuple(columns)


def _together(results: Sequence[Any], batch: Batch) -> Any:
    return joined(stack(list(results)), batch.level) if isinstance(results[0], TensorBase) else results[0]


def by_its_own_rule(function: Any, batch: Batch, randomness: str, given: Sequence[Any]) -> Any:
    """Apply the `vmap` of a Function, which computes all samples at once.

    Raises:
        RuntimeError: if there is a second rule beside it, or it returns no pair.
    """
    if function.generate_vmap_rule:
        raise RuntimeError(
            "You tried to vmap over a custom autograd.Function that has both generate_vmap_rule=True and a vmap "
            "staticmethod. Please set generate_vmap_rule=False or delete the overriden vmap staticmethod to avoid "
            "ambiguity."
        )
    dims = tuple([0 if isinstance(x, Each) else None for x in given])
    values = [x.value if isinstance(x, Each) else x for x in given]
    returned = function.vmap(VmapInfo(batch.size, randomness), dims, *values)
    if not (isinstance(returned, tuple) and len(returned) == 2):
        raise RuntimeError(
            f"Expected the vmap staticmethod to have two returns, an output and out_dims with pytree structure "
            f"compatible with the output, but {function.__name__}.vmap returned {type(returned).__name__}"
        )
    output, places = returned
    if not isinstance(output, tuple):
        return _placed(output, places, batch)
    each = places if isinstance(places, tuple) else (places,) * len(output)
    return tuple([_placed(y, d, batch) for y, d in zip(output, each, strict=True)])


def _placed(x: Any, dim: Any, batch: Batch) -> Any:
    if not isinstance(x, TensorBase):
        return x
    if dim is None:
        return joined(expand(x, (batch.size, *x.shape)), batch.level)
    return joined(movedim(x, dim, 0), batch.level)  # type: ignore[arg-type]  # every TensorBase is a Tensor here
