"""Elements repeated, reversed, moved and bordered, as PyTorch calls it. All results are copies."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from ..core import edge
from ..core.argument_types import wrong_type
from ..core.edge import clone
from ..core.promotion import fitted
from ..ops import indexing
from ..ops import shape as ops
from ..ops.activation import straight
from ..ops.creation import padded_indices, repeated_indices
from ..types.annotations import Tensor
from .arguments import distinct_dims, int_tuple, one_dim, public, values_of, wrap_like
from .reshaping import ravel, transpose


@public
def repeat(x: Tensor, *counts: int | Sequence[int], repeats: Sequence[int] | None = None) -> Tensor:
    """Copies of the whole Tensor one after the other along each dimension.

    Args:
        x: of any dtype and shape.
        counts: how often along each dimension, one by one or as one sequence; for more dimensions than x has, new ones
            come in front.
        repeats: the same, by PyTorch's keyword.

    Raises:
        RuntimeError: if there are fewer counts than dimensions, or one is negative.

    >>> import tinygrad_lite as tl
    >>> tl.tensor([1, 2]).repeat(2, 2)
    tensor([[1, 2, 1, 2],
            [1, 2, 1, 2]])
    """
    return _repeated(x, int_tuple(counts if repeats is None else (repeats,), "repeat", "repeats"), "repeat")


def _repeated(x: Tensor, times: tuple[int, ...], name: str) -> Tensor:
    if len(times) < x.ndim:
        raise RuntimeError(
            "Number of dimensions of repeat dims can not be smaller than number of dimensions of tensor. "
            f"{name} of shape {list(x.shape)}: the counts are {list(times)}"
        )
    sizes = (*(1 for _ in range(len(times) - x.ndim)), *x.shape)
    wanted = tuple(c * n for c, n in zip(times, sizes, strict=True))
    if any(n < 0 for n in times):
        raise RuntimeError(
            f"Trying to create tensor with negative dimension {min(wanted)}: {list(wanted)}. {name} of shape "
            f"{list(x.shape)}: the counts are {list(times)}"
        )
    apart = edge.reshape(x, tuple(m for n in sizes for m in (1, n)))
    spread = edge.expand(apart, tuple(m for pair in zip(times, sizes, strict=True) for m in pair))
    return edge.reshape(clone(spread), wanted)


@public
def tile(x: Tensor, *counts: int | Sequence[int], dims: Sequence[int] | None = None) -> Tensor:
    """Copies of the whole Tensor one after the other, as `repeat`, with 1 for leading dimensions that have no count.

    Args:
        x: of any dtype and shape.
        counts: how often along each of the last dimensions, one by one or as one sequence.
        dims: the same, by PyTorch's keyword.

    Raises:
        RuntimeError: if a count is negative.

    >>> import tinygrad_lite as tl
    >>> tl.tile(tl.tensor([[1, 2], [3, 4]]), (2,))
    tensor([[1, 2, 1, 2],
            [3, 4, 3, 4]])
    """
    times = int_tuple(counts if dims is None else (dims,), "tile", "dims")
    return _repeated(x, (*(1 for _ in range(x.ndim - len(times))), *times), "tile")


@public
def repeat_interleave(
    x: Tensor,
    repeats: int | Sequence[int] | Tensor | None = None,
    dim: int | None = None,
    *,
    output_size: int | None = None,
) -> Tensor:
    """Each element repeated, with its copies next to each other. `repeat` puts whole copies one after the other.

    `repeat_interleave(repeats)` with one argument gives each index as often as the repeats say.

    Args:
        x: of any dtype and shape.
        repeats: how often: one whole number for all elements, or one for each along dim.
        dim: the dimension along which elements are repeated; without it, those of the flattened x.
        output_size: the size of the result along the dimension, which must be right; PyTorch saves time with it.

    Raises:
        RuntimeError: if a count is negative, there is not one for each element, or `output_size` is not their sum.
        NotImplementedError: for counts that are not whole numbers.

    >>> import tinygrad_lite as tl
    >>> tl.repeat_interleave(tl.tensor([5, 6, 7]), 2)
    tensor([5, 5, 6, 6, 7, 7])
    >>> tl.repeat_interleave(tl.tensor([5, 6, 7]), tl.tensor([1, 0, 3]))
    tensor([5, 7, 7, 7])
    """
    if repeats is None:
        if x.ndim != 1:
            raise RuntimeError(
                f"repeat_interleave only accept 1D vector as repeat, and this is a Tensor of shape {list(x.shape)}"
            )
        x, repeats = wrap_like(x, np.arange(x.shape[0], dtype=x.dtype if x.dtype.kind == "i" else None)), x
    if dim is None:
        x, dim = ravel(x), 0
    dim = one_dim(dim, x.ndim, "repeat_interleave")
    if hasattr(repeats, "ndim"):
        counts = values_of(repeats, "how many elements there are depends on the repeats")
    else:
        counts = np.asarray(repeats)
    if counts.ndim > 1:
        raise RuntimeError(f"repeats must be 0-dim or 1-dim tensor, and it is of shape {list(counts.shape)}")
    if counts.dtype.kind not in "iu":
        if not hasattr(repeats, "ndim"):
            raise wrong_type("repeat_interleave", "repeats", 2, "Tensor or int", repeats)
        raise NotImplementedError(
            f'"repeat_interleave_cpu" not implemented for {counts.dtype}: repeats are counts, convert them with .long()'
        )
    if np.min(counts, initial=0) < 0:
        phrase = "repeats can not be negative" if counts.ndim else "Repeats must be non-negative"
        raise RuntimeError(f"{phrase}. repeat_interleave: the smallest count is {counts.min()}")
    if counts.size not in (1, x.shape[dim]):
        raise RuntimeError(
            f"repeats must have the same size as input along dim, but got repeats.size(0) = {counts.size} and "
            f"input.size({dim}) = {x.shape[dim]}. repeat_interleave: give one count for each element, or one for all"
        )
    index = repeated_indices(x.shape[dim], counts.tolist())
    if output_size is not None and output_size != len(index):
        raise RuntimeError(
            f"repeat_interleave: Invalid output_size, expected {len(index)} but got {output_size}: it is the sum of "
            "the repeats"
        )
    return indexing.getitem(x, (*(slice(None) for _ in range(dim)), index))


@public
def flip(x: Tensor, *order: int | Sequence[int], dims: Sequence[int] | None = None) -> Tensor:
    """The elements in reverse order along some dimensions; a copy, where NumPy's is a view.

    Args:
        x: of any dtype and shape.
        order: the dimensions, one by one or as one sequence.
        dims: the same, by PyTorch's keyword.

    Raises:
        IndexError: if there is no such dimension.
        RuntimeError: if a dimension comes twice.

    >>> import tinygrad_lite as tl
    >>> tl.flip(tl.tensor([[1, 2], [3, 4]]), (0,))
    tensor([[3, 4],
            [1, 2]])
    """
    return _flipped(x, int_tuple(order if dims is None else (dims,), "flip", "dims"), "flip")


def _flipped(x: Tensor, dims: tuple[int, ...], name: str) -> Tensor:
    found = distinct_dims(dims, x.ndim, name)
    return ops.flip(x, found if x.ndim else ())


@public
def fliplr(x: Tensor) -> Tensor:
    """The elements in reverse order along the second dimension, from left to right; a copy, of any dtype.

    Raises:
        RuntimeError: for fewer than 2 dimensions.

    >>> import tinygrad_lite as tl
    >>> tl.fliplr(tl.tensor([[1, 2], [3, 4]]))
    tensor([[2, 1],
            [4, 3]])
    """
    if x.ndim < 2:
        raise RuntimeError(f"Input must be >= 2-d. fliplr: the shape is {list(x.shape)}")
    return _flipped(x, (1,), "fliplr")


@public
def flipud(x: Tensor) -> Tensor:
    """The elements in reverse order along the first dimension, upside down; a copy, of any dtype.

    Raises:
        RuntimeError: for a 0-d Tensor.

    >>> import tinygrad_lite as tl
    >>> tl.flipud(tl.tensor([1, 2, 3]))
    tensor([3, 2, 1])
    """
    if not x.ndim:
        raise RuntimeError("Input must be >= 1-d. flipud: the Tensor is 0-d")
    return _flipped(x, (0,), "flipud")


@public
def roll(x: Tensor, shifts: int | Sequence[int], dims: int | Sequence[int] | None = None) -> Tensor:
    """The elements moved on along some dimensions; those that leave at the end come in at the beginning. A copy.

    Args:
        x: of any dtype and shape.
        shifts: how far, for each of dims; negative numbers move towards the beginning.
        dims: the dimensions; without them, the elements are moved as if x were flattened.

    Raises:
        RuntimeError: if there is not one shift for each dimension.
        IndexError: if there is no such dimension.

    >>> import tinygrad_lite as tl
    >>> tl.roll(tl.tensor([1, 2, 3, 4]), 1)
    tensor([4, 1, 2, 3])
    """
    by = int_tuple((shifts,), "roll", "shifts")
    along = () if dims is None else int_tuple((dims,), "roll", "dims", 3)
    if not along and len(by) == 1:
        return ops.roll(x, by[0], None)
    if len(by) != len(along):
        raise RuntimeError(
            f"shifts and dimensions must align. shifts: {len(by)}, dims:{len(along)}. roll: give one shift for each "
            "dimension"
        )
    return ops.roll(x, by, tuple(one_dim(d, x.ndim, "roll") for d in along))


_MODES = ("reflect", "replicate", "circular")


@public
def pad(x: Tensor, pad: Sequence[int], mode: str = "constant", value: float | None = None) -> Tensor:
    """x with a border. The widths come in pairs (before, after), the last dimension's first; a copy.

    `pad=(a, b)` widens the last dimension, `pad=(a, b, c, d)` the last by a + b and the one before it by c + d.

    Args:
        x: of any dtype and shape; in other modes than "constant" with one or two dimensions more than are widened.
        pad: an even number of widths; negative ones cut elements off.
        mode: "constant"; "reflect", which mirrors at the outermost element; "replicate", which repeats it; or
            "circular", which continues with the other end.
        value: of a constant border, 0 by default.

    Raises:
        RuntimeError: for an odd number of widths or too many of them, and for widths that the mode does not allow.
        NotImplementedError: for another mode, and for a mode that does not take so many dimensions.
        ValueError: for a value in another mode than "constant".

    >>> import tinygrad_lite as tl
    >>> from tinygrad_lite.nn.functional import pad
    >>> pad(tl.tensor([[1, 2, 3]]), (2, 1))
    tensor([[0, 0, 1, 2, 3, 0]])
    >>> pad(tl.tensor([[1, 2, 3]]), (2, 1), mode="reflect")
    tensor([[3, 2, 1, 2, 3, 2]])
    """
    widths = int_tuple((*pad,), "pad", "pad")
    if len(widths) % 2:
        raise RuntimeError(f"Padding length must be divisible by 2. pad: the widths are {list(widths)}")
    if len(widths) > 2 * x.ndim:
        raise RuntimeError(
            "Padding length should be less than or equal to two times the input dimension but got padding length "
            f"{len(widths)} and input of dimension {x.ndim}. pad: the widths are {list(widths)}, the shape "
            f"{list(x.shape)}"
        )
    pairs = [(widths[i], widths[i + 1]) for i in range(0, len(widths), 2)]
    full = ((0, 0),) * (x.ndim - len(pairs)) + tuple(reversed(pairs))
    if mode == "constant":
        for (before, after), n in zip(full, x.shape, strict=True):
            if n + before + after < 0:
                raise RuntimeError(
                    f"pad: the widths {list(widths)} would leave a negative size of the shape {list(x.shape)}"
                )
        return ops.pad(x, full, fitted(0.0 if value is None else value, x.dtype))
    if mode not in _MODES:
        raise NotImplementedError(
            f"Unrecognised padding mode {mode}. pad: the modes are 'constant', {', '.join(map(repr, _MODES))}"
        )
    if value is not None and value != 0:
        raise ValueError(f'Padding mode "{mode}" doesn\'t take in value argument. pad: the value is {value}')
    if x.ndim - len(pairs) not in (1, 2) or len(pairs) not in (1, 2, 3):
        raise NotImplementedError(
            f"Padding size {len(widths)} is not supported for {x.ndim}D input tensor.\nSupported combinations for "
            "non-constant padding:\n  - 2D or 3D input: padding size = 2 (pads last dimension)\n  - 3D or 4D input: "
            "padding size = 4 (pads last 2 dimensions)\n  - 4D or 5D input: padding size = 6 (pads last 3 dimensions)"
        )
    return _pad_by_index(x if mode == "circular" else straight(x), full, mode)


def _pad_by_index(x: Tensor, widths: tuple[tuple[int, int], ...], mode: str) -> Tensor:
    """The border of a mode that repeats elements, for which each dimension is indexed in turn."""
    for dim, (before, after) in enumerate(widths):
        if before or after:
            _check_widths(tuple(x.shape), dim, before, after, mode)
            index = padded_indices(x.shape[dim], before, after, mode)
            x = indexing.getitem(x, (*(slice(None) for _ in range(dim)), index))
    return x


def _check_widths(shape: tuple[int, ...], dim: int, before: int, after: int, mode: str) -> None:
    """Refuse widths for which a dimension has not the elements, or which leave none of them."""
    length = shape[dim]
    limit = {"reflect": length - 1, "circular": length}.get(mode, math.inf)
    if max(before, after) > limit:
        phrase = (
            "Padding value causes wrapping around more than once."
            if mode == "circular"
            else "Padding size should be less than the corresponding input dimension, but got: padding "
            f"({before}, {after}) at dimension {dim} of input {list(shape)}."
        )
        raise RuntimeError(
            f"{phrase} pad with mode {mode!r}: dimension {dim} of {list(shape)} can be widened by {limit} on each "
            f"side, not by ({before}, {after})"
        )
    left = length + before + after
    kept = length + min(before, 0) + min(after, 0)  # what the circle is made of
    if (left < 0 or kept < min(left, 1)) if mode == "circular" else left < 1:
        phrase = (
            "Negative padding value is resulting in an empty dimension"
            if mode == "circular"
            else f"input (W: {length}) is too small. Calculated output W: {left}"
        )
        raise RuntimeError(
            f"{phrase}. pad with mode {mode!r}: ({before}, {after}) takes all of dimension {dim} of {list(shape)}"
        )


@public
def rot90(x: Tensor, k: int = 1, dims: Sequence[int] = (0, 1)) -> Tensor:
    """x turned k times by 90 degrees, from the first of two dimensions towards the second; a copy.

    Args:
        x: of any dtype, with at least 2 dimensions.
        k: how often; negative numbers turn the other way.
        dims: the two dimensions of the plane.

    Raises:
        RuntimeError: if dims are not two different ones.
        IndexError: if there is no such dimension.

    >>> import tinygrad_lite as tl
    >>> tl.rot90(tl.tensor([[1, 2], [3, 4]]))
    tensor([[2, 4],
            [1, 3]])
    """
    if len(dims) != 2:
        raise RuntimeError(f"expected total rotation dims == 2, but got dims = {len(dims)}. rot90: dims are {dims!r}")
    first, second = (one_dim(d, x.ndim, "rot90") for d in dims)
    if first == second:
        raise RuntimeError(
            f"expected rotation dims to be different, but got dim0 = {dims[0]} and dim1 = {dims[1]}. rot90 turns from "
            "one dimension towards another"
        )
    k %= 4
    if k == 2:
        return ops.flip(x, (first, second))
    if k == 0:
        return clone(x)
    return transpose(ops.flip(x, (second if k == 1 else first,)), first, second)
