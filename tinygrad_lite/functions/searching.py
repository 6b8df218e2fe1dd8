"""Places in a sequence that is in order, as PyTorch calls it."""

from __future__ import annotations

from typing import Any

from ..core.argument_types import wrong_type
from ..core.edge import cast
from ..core.promotion import wrapped
from ..ops import indexing
from ..ops import ordering as ops
from ..ops.creation import number
from ..types import dtypes
from ..types.annotations import Number, Tensor
from .arguments import public, wrap_like
from .index_checks import check_bounds


@public
def searchsorted(
    sorted_sequence: Tensor,
    x: Tensor | Number,
    *,
    out_int32: bool = False,
    right: bool = False,
    side: str | None = None,
    sorter: Tensor | None = None,
) -> Tensor:
    """Index at which each value of `x`, inserted into a sorted sequence, keeps it sorted.

    The result has the shape of `x`. With `right=False` the index i is that of sequence[i - 1] < value <= sequence[i].
    Sequence and values are compared in the dtype in which they meet, and NaN is larger than anything. There is no
    derivative.

    Args:
        sorted_sequence: a vector in ascending order; or a Tensor with the leading dimensions of `x`, each of whose rows
            is searched for one row of `x`.
        out_int32: give the indices in int32 instead of int64.
        right: insert behind the elements that are equal to the value, instead of before them.
        side: "right" or "left", another way to say `right`.
        sorter: the int64 indices that sort the sequence along its last dimension, if it is not in order itself.

    Raises:
        NotImplementedError: if both are of bools.
        RuntimeError: if the shapes do not fit together; if `side` is another word or disagrees with `right`; or if the
            sorter has another shape or dtype, or an index that is out of range.
        TypeError: if the sequence is not a Tensor, or `x` neither a Tensor nor a number.

    >>> import tinygrad_lite as tl
    >>> edges = tl.tensor([1, 3, 3, 5])
    >>> tl.searchsorted(edges, tl.tensor([0, 3, 6])), tl.searchsorted(edges, 3, right=True)
    (tensor([0, 1, 4]), tensor(3))
    >>> scores = tl.tensor([5.0, 1.0, 3.0])
    >>> tl.searchsorted(scores, 2.0, sorter=scores.argsort())
    tensor(1)
    """
    return _searched("searchsorted", sorted_sequence, x, out_int32, _is_right(right, side), sorter)


@public
def bucketize(x: Tensor | Number, boundaries: Tensor, *, out_int32: bool = False, right: bool = False) -> Tensor:
    """Index of the bucket between boundaries into which each value of `x` falls: `searchsorted(boundaries, x)`.

    The result has the shape of `x`: 0 below the first boundary, the number of boundaries above the last. There is no
    derivative.

    Args:
        boundaries: a vector in ascending order.
        out_int32: give the indices in int32 instead of int64.
        right: a boundary itself belongs to the bucket above it, instead of the one below it.

    Raises:
        NotImplementedError: if both are of bools.
        RuntimeError: if the boundaries are not a vector.
        TypeError: if the boundaries are not a Tensor, or `x` neither a Tensor nor a number.

    >>> import tinygrad_lite as tl
    >>> ages = tl.tensor([5, 18, 40, 90])
    >>> tl.bucketize(ages, tl.tensor([18, 65])), tl.bucketize(ages, tl.tensor([18, 65]), right=True)
    (tensor([0, 0, 1, 2]), tensor([0, 1, 1, 2]))
    """
    if boundaries.ndim != 1:
        raise RuntimeError(
            f"boundaries tensor must be 1 dimension, but got dim({boundaries.ndim}). bucketize: the shape of the "
            f"boundaries is {list(boundaries.shape)}"
        )
    return _searched("bucketize", boundaries, x, out_int32, bool(right), None)


def _is_right(right: bool, side: str | None) -> bool:
    """Return True if values are to be inserted after their equals, as either keyword may say."""
    if side is None:
        return bool(right)
    if not isinstance(side, str):
        raise wrong_type("searchsorted", "side", None, "str", side)
    if side not in ("left", "right"):
        raise RuntimeError(f"torch.searchsorted(): side can only be 'left' or 'right' but got {side}")
    if right and side == "left":
        raise RuntimeError(
            f"torch.searchsorted(): side and right can't be set to opposites, got side of {side} while right was "
            f"{right}. Give one of the two"
        )
    return side == "right"


def _searched(name: str, sequence: Any, x: Any, out_int32: bool, right: bool, sorter: Any) -> Any:
    """The indices of the values of x in a sequence, once the shapes are known to fit together."""
    if not hasattr(x, "shape") and not isinstance(x, (int, float)):
        raise wrong_type(name, "input" if name == "bucketize" else "self", None, "Tensor", x)
    shape, given = tuple(sequence.shape), tuple(getattr(x, "shape", ()))
    if not given and len(shape) != 1:
        raise RuntimeError(
            f"torch.searchsorted(): input value can be a scalar only when boundaries tensor dimension is 1, but we got "
            f"boundaries tensor dim({len(shape)}) and input value's dim(0) numel(1). {name}: the boundaries have the "
            f"shape {list(shape)}"
        )
    if not shape:
        raise RuntimeError(
            f"torch.searchsorted(): boundaries tensor should have positive dimension, but got 0 dimension. {name}"
        )
    if len(shape) != 1 and shape[:-1] != given[:-1]:
        raise RuntimeError(
            "torch.searchsorted(): boundaries tensor should be 1 dimension or the first N-1 dimensions of boundaries "
            "tensor and input value tensor must match, but we got boundaries tensor "
            f"{list(shape)} and input value tensor {list(given)}"
        )
    if sorter is not None:
        sequence = _in_sorted_order(sequence, sorter)
    dtype: Any = sequence.dtype if getattr(x, "dtype", None) is sequence.dtype else dtypes.result_type(sequence, x)
    if dtype.kind == "b":
        raise NotImplementedError(f'"{name}" not implemented for bool: convert both with .long() first')
    if isinstance(x, (int, float)):
        x = wrap_like(sequence, number(wrapped(int(x), dtype) if dtype.kind in "iu" else x, dtype))
    sequence, values = (v if v.dtype == dtype else cast(v, dtype) for v in (sequence, x))
    found = ops.searchsorted(sequence, values, right)
    return cast(found, dtypes.int32) if out_int32 else found


def _in_sorted_order(sequence: Any, sorter: Any) -> Any:
    """The elements of a sequence in the order of the indices that sort it."""
    shape, given = tuple(sequence.shape), tuple(sorter.shape)
    if shape != given:
        raise RuntimeError(
            "torch.searchsorted(): boundary and sorter must have the same size, but got boundary tensor "
            f"{list(shape)} and got sorter tensor {list(given)}"
        )
    if sorter.dtype != dtypes.int64:
        raise RuntimeError(
            f"torch.searchsorted(): sorter must be a tensor of long dtype but got dtype {sorter.dtype}: convert it "
            "with .long()"
        )
    check_bounds(sequence, -1, sorter, "searchsorted", phrase="torch.searchsorted(): sorter index out of range")
    return indexing.gather(sequence, sequence.ndim - 1, sorter)
