"""Functions of shape as PyTorch calls them: sizes one by one or in a tuple, -1 to be inferred, negative dimensions."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from ..core import edge
from ..core.array_functions import array_function
from ..core.edge import clone
from ..ops import indexing
from ..ops import shape as ops
from ..ops.creation import padded_indices, repeated_indices
from ..types import dtypes
from .arguments import array_of, common_shape, one_dim, resolved, sizes, spelled, values_of, wrapped


def reshape(x: Any, *size: Any, shape: Any = None) -> Any:
    """The same elements, in the same order, in another shape; one size may be -1. A view where memory allows.

    >>> import tinygrad_lite as tl
    >>> tl.arange(6).reshape(2, -1)
    tensor([[0, 1, 2],
            [3, 4, 5]])
    """
    target = sizes(size if shape is None else (shape,))
    array = array_of(x)
    return edge.reshape(x, resolved(target, array.size, "reshape", array.shape))


def view(x: Any, *shape: Any) -> Any:
    """`reshape` that never copies; with a dtype, the same memory read as another dtype of the same size.

    Raises:
        RuntimeError: if the memory's order does not allow the shape without a copy.
    """
    if len(shape) == 1 and isinstance(shape[0], (np.dtype, type)):
        return _viewed_as(x, dtypes.as_dtype(shape[0]))
    array = array_of(x)
    target = resolved(sizes(shape), array.size, "view", array.shape)
    out = edge.reshape(x, target)
    shared = array.flags.c_contiguous or np.may_share_memory(array_of(out), array)  # it is a view or a copy: no maybe
    if not shared and 0 not in target:
        raise RuntimeError(
            f"view: size {list(target)} is not compatible with the input tensor's size {list(x.shape)} and stride (at "
            "least one dimension spans across two contiguous subspaces). Use .reshape(...) instead."
        )
    return out


def _viewed_as(x: Any, dtype: Any) -> Any:
    if dtype == x.dtype:
        return edge.reshape(x, tuple(x.shape))
    if getattr(x, "requires_grad", False):
        raise RuntimeError(f"view: the bytes of {x.dtype} read as {dtype} have no gradient; detach() the Tensor first")
    try:
        return x.view(dtype) if isinstance(x, np.ndarray) else x._wrap(_read_as(x._data, dtype))
    except ValueError as error:
        raise RuntimeError(f"view: cannot read {x.dtype} of shape {list(x.shape)} as {dtype}: {error}") from None


@array_function
def _read_as(array: Any, dtype: Any) -> Any:
    return array.view(dtype)


def reshape_as(x: Any, other: Any) -> Any:
    """The same elements in the shape of another Tensor."""
    return reshape(x, tuple(other.shape))


def view_as(x: Any, other: Any) -> Any:
    """`view` in the shape of another Tensor."""
    return view(x, tuple(other.shape))


def flatten(x: Any, start_dim: int = 0, end_dim: int = -1) -> Any:
    """The dimensions from start to end made into one."""
    shape = array_of(x).shape
    start, end = one_dim(start_dim, len(shape), "flatten"), one_dim(end_dim, len(shape), "flatten")
    if start > end:
        raise RuntimeError("flatten() has invalid args: start_dim cannot come after end_dim")
    return edge.reshape(x, (*shape[:start], math.prod(shape[start : end + 1]), *shape[end + 1 :]))


def ravel(x: Any) -> Any:
    """All elements in one dimension."""
    return edge.reshape(x, (math.prod(x.shape),))


def unflatten(x: Any, dim: int, sizes: Sequence[int]) -> Any:
    """One dimension made into several, of which one size may be -1."""
    dim = one_dim(dim, x.ndim, "unflatten")
    inner = resolved(tuple(sizes), x.shape[dim], "unflatten", (x.shape[dim],))
    return edge.reshape(x, (*x.shape[:dim], *inner, *x.shape[dim + 1 :]))


@spelled
def squeeze(x: Any, dim: Any = None) -> Any:
    """Without the dimensions of length 1; with dim, without those of them that have length 1."""
    if dim is None:
        return edge.reshape(x, tuple(n for n in x.shape if n != 1))
    gone = [one_dim(d, x.ndim, "squeeze") for d in (dim if isinstance(dim, (tuple, list)) else (dim,))]
    if len(set(gone)) < len(gone):
        raise RuntimeError(f"squeeze: a dim appears multiple times in the list of dims {tuple(dim)}")
    return edge.reshape(x, tuple(n for i, n in enumerate(x.shape) if n != 1 or i not in gone))


@spelled
def unsqueeze(x: Any, dim: int) -> Any:
    """With a dimension of length 1 at dim of the result."""
    return ops.unsqueeze(x, one_dim(dim, x.ndim + 1, "unsqueeze"))


def transpose(x: Any, dim0: int, dim1: int) -> Any:
    """Two dimensions swapped; a view."""
    if not x.ndim:
        one_dim(dim0, 0, "transpose"), one_dim(dim1, 0, "transpose")
        return ops.permute(x, ())
    order = list(range(x.ndim))
    dim0, dim1 = one_dim(dim0, x.ndim, "transpose"), one_dim(dim1, x.ndim, "transpose")
    order[dim0], order[dim1] = order[dim1], order[dim0]
    return ops.permute(x, tuple(order))


def t(x: Any) -> Any:
    """A matrix transposed; a vector or a 0-d Tensor as it is."""
    if x.ndim > 2:
        raise RuntimeError(f"t() expects a tensor with <= 2 dimensions, but self is {x.ndim}D")
    return ops.permute(x, tuple(range(x.ndim))[::-1])


def permute(x: Any, *order: Any, dims: Any = None) -> Any:
    """The dimensions in the order given; a view."""
    wanted = sizes(order if dims is None else (dims,))
    if len(wanted) != array_of(x).ndim:
        raise RuntimeError(
            "permute: number of dimensions in the tensor input does not match the length of the desired "
            f"ordering of dimensions i.e. input.dim() = {x.ndim} is not equal to len(dims) = {len(wanted)}"
        )
    found = tuple([one_dim(d, len(wanted), "permute") for d in wanted])
    if len(set(found)) < len(found):
        raise RuntimeError(f"permute(): duplicate dims are not allowed: {wanted}")
    return ops.permute(x, found)


def movedim(x: Any, source: Any, destination: Any) -> Any:
    """Dimensions moved to other places, the rest keeping their order; a view."""
    source, destination = (d if isinstance(d, (tuple, list)) else (d,) for d in (source, destination))
    if len(source) != len(destination):
        raise RuntimeError(
            f"movedim: Invalid source or destination dims: source ({list(source)} dims) should contain the same number "
            f"of dims as destination ({list(destination)} dims)"
        )
    moved = dict(
        zip(
            (one_dim(d, x.ndim, "movedim") for d in destination),
            (one_dim(s, x.ndim, "movedim") for s in source),
            strict=True,
        )
    )
    if len(moved) < len(destination) or len(set(moved.values())) < len(source):
        raise RuntimeError("movedim: repeated dim in source or destination")
    rest = iter(d for d in range(x.ndim) if d not in moved.values())
    return ops.permute(x, tuple(moved[d] if d in moved else next(rest) for d in range(x.ndim)))


def expand(x: Any, *shape: Any, size: Any = None) -> Any:
    """Broadcast to a shape without copying; -1 keeps a size. The result cannot be written in place.

    Raises:
        RuntimeError: where a dimension that is not 1 would have to change.
    """
    target = sizes(shape if size is None else (size,))
    if len(target) < x.ndim:
        raise RuntimeError(
            f"expand({list(x.shape)}, size={list(target)}): the number of sizes provided ({len(target)}) must be "
            f"greater or equal to the number of dimensions in the tensor ({x.ndim})"
        )
    own = (*(None for _ in range(len(target) - x.ndim)), *x.shape)
    found: list[int] = []
    for i, (n, old) in enumerate(zip(target, own, strict=True)):
        if n == -1 and old is None:
            raise RuntimeError(f"expand: the expanded size (-1) isn't allowed in a leading, non-existing dimension {i}")
        if old not in (None, 1, n) and n != -1:
            raise RuntimeError(
                f"expand: The expanded size of the tensor ({n}) must match the existing size ({old}) at non-singleton "
                f"dimension {i}. Target sizes: {list(target)}. Tensor sizes: {list(x.shape)}"
            )
        found.append(old if n == -1 and old is not None else n)
    return edge.expand(x, tuple(found))


def broadcast_to(x: Any, size: Any) -> Any:
    """Broadcast to a shape without copying."""
    return expand(x, size)


def expand_as(x: Any, other: Any) -> Any:
    """Broadcast to the shape of another Tensor."""
    return expand(x, tuple(other.shape))


def broadcast_tensors(*tensors: Any) -> tuple[Any, ...]:
    """The Tensors, all broadcast to the shape that they have in common."""
    shape = common_shape(*(x.shape for x in tensors))
    return tuple(edge.expand(x, shape) for x in tensors)


def repeat(x: Any, *counts: Any, repeats: Any = None) -> Any:
    """The whole Tensor repeated along each dimension; new leading dimensions may be named.

    >>> import tinygrad_lite as tl
    >>> tl.tensor([1, 2]).repeat(2, 2)
    tensor([[1, 2, 1, 2],
            [1, 2, 1, 2]])
    """
    times = sizes(counts if repeats is None else (repeats,))
    if len(times) < x.ndim:
        raise RuntimeError(
            "Number of dimensions of repeat dims can not be smaller than number of dimensions of tensor: "
            f"{list(times)} for shape {list(x.shape)}"
        )
    if any(n < 0 for n in times):
        raise RuntimeError(f"repeat: Trying to create tensor with negative dimension: repeats {list(times)}")
    own = (*(1 for _ in range(len(times) - x.ndim)), *x.shape)
    apart = edge.reshape(x, tuple(m for n in own for m in (1, n)))
    spread = edge.expand(apart, tuple(m for pair in zip(times, own, strict=True) for m in pair))
    return edge.reshape(clone(spread), tuple(c * n for c, n in zip(times, own, strict=True)))


def tile(x: Any, *counts: Any, dims: Any = None) -> Any:
    """As `repeat`, with 1 for the leading dimensions that are not named."""
    times = sizes(counts if dims is None else (dims,))
    return repeat(x, (*(1 for _ in range(x.ndim - len(times))), *times))


@spelled
def repeat_interleave(x: Any, repeats: Any = None, dim: int | None = None) -> Any:
    """Each element along dim repeated on the spot, all equally often or as `repeats` says for each.

    Given the repeats alone, each index as often as they say.
    """
    if repeats is None:
        x, repeats = wrapped(x, np.arange(x.shape[0])), x
    if dim is None:
        x, dim = ravel(x), 0
    dim = one_dim(dim, x.ndim, "repeat_interleave")
    if hasattr(repeats, "ndim"):
        counts = values_of(repeats, "how many elements there are depends on the repeats")
    else:
        counts = np.asarray(repeats)
    if counts.dtype.kind not in "iu":
        raise NotImplementedError(f'"repeat_interleave" not implemented for repeats of {counts.dtype}: they are counts')
    if np.min(counts, initial=0) < 0:
        raise RuntimeError("repeat_interleave: repeats can not be negative")
    if counts.size not in (1, x.shape[dim]):
        raise RuntimeError(
            f"repeat_interleave: repeats must have the same size as input along dim {dim}: {counts.size} repeats for "
            f"{x.shape[dim]} elements"
        )
    index = repeated_indices(x.shape[dim], counts.tolist())
    return indexing.getitem(x, (*(slice(None) for _ in range(dim)), index))


def flip(x: Any, *order: Any, dims: Any = None) -> Any:
    """The order of the elements along dims reversed; a copy."""
    found = tuple(one_dim(d, x.ndim, "flip") for d in sizes(order if dims is None else (dims,)))
    if len(set(found)) < len(found):
        raise RuntimeError(f"flip: a dim appears multiple times in the list of dims {found}")
    return ops.flip(x, found if x.ndim else ())


def fliplr(x: Any) -> Any:
    """The second dimension reversed."""
    if x.ndim < 2:
        raise RuntimeError(f"fliplr: Input must be >= 2-d, not of shape {list(x.shape)}")
    return flip(x, 1)


def flipud(x: Any) -> Any:
    """The first dimension reversed."""
    if not x.ndim:
        raise RuntimeError("flipud: Input must be >= 1-d")
    return flip(x, 0)


def roll(x: Any, shifts: Any, dims: Any = None) -> Any:
    """Elements moved on by shifts along dims, what leaves coming in at the other end; without dims, as flattened."""
    shifts, dims = (v if isinstance(v, (tuple, list)) else () if v is None else (v,) for v in (shifts, dims))
    if not dims and len(shifts) == 1:
        return ops.roll(x, shifts[0], None)
    if len(shifts) != len(dims):
        raise RuntimeError(f"roll: shifts and dimensions must align. shifts: {len(shifts)}, dims:{len(dims)}")
    return ops.roll(x, tuple(shifts), tuple(one_dim(d, x.ndim, "roll") for d in dims))


@spelled
def select(x: Any, dim: int, index: int) -> Any:
    """The slice at one index of dim, without that dim; a view."""
    dim = one_dim(dim, x.ndim, "select")
    if not x.ndim:
        raise IndexError("select() cannot be applied to a 0-dim tensor.")
    if not -x.shape[dim] <= index < x.shape[dim]:
        raise IndexError(f"select(): index {index} out of range for tensor of size {list(x.shape)} at dimension {dim}")
    return ops.select(x, dim, index % x.shape[dim])


@spelled
def narrow(x: Any, dim: int, start: int, length: int) -> Any:
    """The elements from start to start + length along dim; a view."""
    if not x.ndim:
        raise RuntimeError("narrow() cannot be applied to a 0-dim tensor.")
    dim = one_dim(dim, x.ndim, "narrow")
    size = x.shape[dim]
    if not -size <= start <= size:
        raise IndexError(f"narrow: start out of range (expected to be in range of [{-size}, {size}], but got {start})")
    start = start % size if start < 0 else start
    if length < 0 or start + length > size:
        raise RuntimeError(f"narrow: start ({start}) + length ({length}) exceeds dimension size ({size}).")
    return ops.narrow(x, dim, start, length)


def pad(x: Any, pad: Sequence[int], mode: str = "constant", value: float | None = None) -> Any:
    """x with a border: (before, after) of the last dimension, then of the one before it, and so on.

    Args:
        pad: an even number of widths; negative ones cut off (mode "constant" only).
        mode: "constant", "reflect", "replicate" or "circular".
        value: of a constant border, 0 by default.
    """
    widths = list(pad)
    if len(widths) % 2 or len(widths) > 2 * x.ndim:
        raise RuntimeError(
            f"pad: Padding length must be divisible by 2 and at most twice the number of dimensions of the input; got "
            f"{widths} for an input of {x.ndim} dimensions"
        )
    pairs = [(widths[i], widths[i + 1]) for i in range(0, len(widths), 2)]
    full = ((0, 0),) * (x.ndim - len(pairs)) + tuple(reversed(pairs))
    if mode == "constant":
        for (before, after), n in zip(full, x.shape, strict=True):
            if n + before + after < 0:
                raise RuntimeError(f"pad: the widths {widths} would leave a negative size of shape {list(x.shape)}")
        return ops.pad(x, full, 0.0 if value is None else value)
    kinds = {"reflect": "reflect", "replicate": "edge", "circular": "wrap"}
    if mode not in kinds:
        raise NotImplementedError(f"pad: unrecognised padding mode {mode}")
    if value is not None and value != 0:
        raise ValueError(f"pad: padding mode {mode!r} doesn't take in value argument")
    for dim, (before, after) in enumerate(full):
        limit = {"reflect": x.shape[dim] - 1, "circular": x.shape[dim]}.get(mode, math.inf)
        if max(before, after) > limit:
            raise RuntimeError(
                f"pad: Padding size should be less than the corresponding input dimension for mode {mode!r}, but got: "
                f"padding ({before}, {after}) at dimension {dim} of input {list(x.shape)}"
            )
        if before or after:
            index = padded_indices(x.shape[dim], before, after, kinds[mode])
            x = indexing.getitem(x, (*(slice(None) for _ in range(dim)), index))
    return x


def swapaxes(x: Any, axis0: int, axis1: int) -> Any:
    """Two dimensions swapped; a view."""
    return transpose(x, axis0, axis1)


moveaxis = movedim
swapdims = swapaxes


def rot90(x: Any, k: int = 1, dims: Sequence[int] = (0, 1)) -> Any:
    """Turned k times by 90 degrees, from the first of two dims towards the second; a copy."""
    if len(dims) != 2:
        raise RuntimeError(f"rot90: expected total rotation dims == 2, but got dims = {len(dims)}")
    first, second = (one_dim(d, x.ndim, "rot90") for d in dims)
    if first == second:
        raise RuntimeError(f"rot90: expected rotation dims to be different, but got {tuple(dims)}")
    k %= 4
    if k == 2:
        return ops.flip(x, (first, second))
    if k == 0:
        return clone(x)
    return transpose(ops.flip(x, (second if k == 1 else first,)), first, second)
