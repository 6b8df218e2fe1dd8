"""Sequences of different lengths: padded to one length, or packed without padding (PyTorch's `torch.nn.utils.rnn`)."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

import numpy as np

from ... import creation
from ...functions.joining import cat, stack
from ...functions.reshaping import reshape
from ...tensors.tensor import Tensor

__all__ = [
    "PackedSequence",
    "invert_permutation",
    "pack_padded_sequence",
    "pack_sequence",
    "pad_packed_sequence",
    "pad_sequence",
    "unpack_sequence",
    "unpad_sequence",
]


class _Packed(NamedTuple):
    data: Tensor
    batch_sizes: Tensor
    sorted_indices: Tensor | None = None
    unsorted_indices: Tensor | None = None


class PackedSequence(_Packed):
    """Sequences of different lengths, the longest first, as one Tensor without padding: step after step.

    Recurrent layers take it and return it. It is made by `pack_padded_sequence` and `pack_sequence`.

    Args:
        data: the elements (L, *), all of step 0 first, then all of step 1; L is the sum of the lengths.
        batch_sizes: for each step how many sequences are that long, whole numbers (T,).
        sorted_indices: the places of the sequences, the longest first, in the order in which they were given (N,).
        unsorted_indices: the inverse, which restores the order in which they were given.

    Raises:
        ValueError: if `batch_sizes` is not on the CPU.

    >>> import tinygrad_lite as tl
    >>> packed = tl.nn.utils.rnn.pack_sequence([tl.tensor([1, 2, 3]), tl.tensor([4])])
    >>> packed.data, packed.batch_sizes
    (tensor([1, 4, 2, 3]), tensor([2, 1, 1]))
    """

    __slots__ = ()

    def __new__(
        cls,
        data: Tensor,
        batch_sizes: Tensor | None = None,
        sorted_indices: Tensor | None = None,
        unsorted_indices: Tensor | None = None,
    ) -> PackedSequence:
        if batch_sizes is None:  # PyTorch's older form: one pair
            data, batch_sizes = data
        if unsorted_indices is None:
            unsorted_indices = invert_permutation(sorted_indices)
        return super().__new__(cls, data, batch_sizes, sorted_indices, unsorted_indices)

    def to(self, *args: Any, **kwargs: Any) -> PackedSequence:
        """This sequence with its data converted, as `Tensor.to` does."""
        return type(self)(self.data.to(*args, **kwargs), *self[1:])

    def float(self) -> PackedSequence:
        """This sequence in float32."""
        return type(self)(self.data.float(), *self[1:])

    def double(self) -> PackedSequence:
        """This sequence in float64."""
        return type(self)(self.data.double(), *self[1:])

    def half(self) -> PackedSequence:
        """This sequence in float16."""
        return type(self)(self.data.half(), *self[1:])

    def cpu(self) -> PackedSequence:
        """This sequence, which is on the CPU already."""
        return self

    def pin_memory(self) -> PackedSequence:
        """This sequence: there is no other device to pin memory for."""
        return self

    def is_pinned(self) -> bool:
        """False: memory is never pinned here."""
        return False

    @property
    def is_cuda(self) -> bool:
        """False: the only device is the CPU."""
        return False


def invert_permutation(permutation: Tensor | None) -> Tensor | None:
    """The permutation that undoes another one, whole numbers (N,); None for None.

    Raises:
        RuntimeError: if it has another number of dimensions than one.

    >>> import tinygrad_lite as tl
    >>> tl.nn.utils.rnn.invert_permutation(tl.tensor([2, 0, 1]))
    tensor([1, 2, 0])
    """
    if permutation is None:
        return None
    if permutation.ndim != 1:
        raise RuntimeError(
            f"invert_permutation: expected a permutation of shape (N,), but got {tuple(permutation.shape)}"
        )
    inverse: Tensor = permutation.argsort()
    return inverse


def pack_padded_sequence(
    input: Tensor, lengths: Tensor | Sequence[int], batch_first: bool = False, enforce_sorted: bool = True
) -> PackedSequence:
    """Pack sequences that were padded to one length.

    Args:
        input: the sequences (T, N, *), or (N, T, *) with `batch_first`, of any dtype.
        lengths: the length of each, whole numbers (N,) above 0.
        batch_first: whether the sequences are in the first dimension.
        enforce_sorted: raise if the lengths do not fall; False sorts them.

    Raises:
        RuntimeError: if a length is not above 0 or greater than T, their number is not N, or they are not sorted.

    >>> import tinygrad_lite as tl
    >>> padded = tl.tensor([[1, 2, 0], [3, 4, 5]])
    >>> packed = tl.nn.utils.rnn.pack_padded_sequence(padded, [2, 3], batch_first=True, enforce_sorted=False)
    >>> packed.data, packed.sorted_indices
    (tensor([3, 1, 4, 2, 5]), tensor([1, 0]))
    """
    steps = input.transpose(0, 1) if batch_first else input
    counts = _lengths(lengths)
    if len(counts) != steps.shape[1]:
        raise RuntimeError(
            f"Expected `len(lengths)` to be equal to batch_size, but got {len(counts)} (batch_size={steps.shape[1]})"
        )
    if not all(count > 0 for count in counts):
        raise RuntimeError(
            "Length of all samples has to be greater than 0, but found an element in 'lengths' that is <= 0"
        )
    order = None
    if not enforce_sorted:
        by_length = sorted(range(len(counts)), key=lambda i: -counts[i])
        order = creation.tensor(by_length)
        counts = [counts[i] for i in by_length]
        steps = steps.index_select(1, order)
    elif any(a < b for a, b in itertools.pairwise(counts)):
        raise RuntimeError(
            "`lengths` array must be sorted in decreasing order when `enforce_sorted` is True. You can pass "
            "`enforce_sorted=False` to pack_padded_sequence and/or pack_sequence to sidestep this requirement if you "
            "do not need ONNX exportability."
        )
    if counts and counts[0] > steps.shape[0]:
        raise RuntimeError(f"pack_padded_sequence: a length is {counts[0]}, but the input has {steps.shape[0]} steps")
    flat = reshape(steps, (steps.shape[0] * steps.shape[1], *steps.shape[2:]))
    data = flat.index_select(0, creation.tensor(_places(counts, steps.shape[1])))
    sizes = [sum(count > t for count in counts) for t in range(counts[0] if counts else 0)]
    return PackedSequence(data, creation.tensor(sizes), order, None)


def pad_packed_sequence(
    sequence: PackedSequence, batch_first: bool = False, padding_value: float = 0.0, total_length: int | None = None
) -> tuple[Tensor, Tensor]:
    """Pad packed sequences to one length, and restore their order: the inverse of `pack_padded_sequence`.

    Args:
        sequence: the packed sequences.
        batch_first: whether to return (N, T, *) rather than (T, N, *).
        padding_value: what stands after the end of a sequence.
        total_length: T, if it is to be more than the longest length.

    Returns:
        The padded sequences, in the dtype of the data, and their lengths (N,).

    Raises:
        ValueError: if `total_length` is less than the longest length.

    >>> import tinygrad_lite as tl
    >>> packed = tl.nn.utils.rnn.pack_sequence([tl.tensor([1, 2, 3]), tl.tensor([4])])
    >>> tl.nn.utils.rnn.pad_packed_sequence(packed, batch_first=True, padding_value=-1)
    (tensor([[ 1,  2,  3],
            [ 4, -1, -1]]), tensor([3, 1]))
    """
    counts = lengths_of(sequence)
    longest = counts[0] if counts else 0
    if total_length is not None and total_length < longest:
        raise ValueError(
            "Expected total_length to be at least the length of the longest sequence in input, but got "
            f"total_length={total_length} and max sequence length being {longest}"
        )
    padded = padded_steps(sequence, counts, padding_value, total_length or longest)
    order = sequence.unsorted_indices
    if order is not None:
        padded = padded.index_select(1, order)
        counts = [counts[i] for i in order.tolist()]
    return (padded.transpose(0, 1) if batch_first else padded), creation.tensor(counts)


def pad_sequence(
    sequences: Tensor | Iterable[Tensor],
    batch_first: bool = False,
    padding_value: float = 0.0,
    padding_side: str = "right",
) -> Tensor:
    """Put sequences of different lengths into one Tensor, padded to the longest.

    Args:
        sequences: Tensors (L, *) that differ in L alone.
        batch_first: whether to return (N, T, *) rather than (T, N, *).
        padding_value: what stands where a sequence has ended.
        padding_side: "right" for padding after a sequence, "left" for padding before it.

    Returns:
        A Tensor of the sequences' dtype.

    Raises:
        RuntimeError: if there is no sequence, they cannot be iterated over, or the side is neither.

    >>> import tinygrad_lite as tl
    >>> tl.nn.utils.rnn.pad_sequence([tl.tensor([1, 2, 3]), tl.tensor([4])], batch_first=True, padding_side="left")
    tensor([[1, 2, 3],
            [0, 0, 4]])
    """
    if not isinstance(sequences, Iterable):
        raise RuntimeError(
            f"pad_sequence: Expected iterable for input sequences, but got arg of type: {type(sequences)}"
        )
    if padding_side not in ("left", "right"):
        raise RuntimeError(f"Expected padding_side to be one of left or right, but got {padding_side}.")
    parts = list(sequences)
    if not parts:
        raise RuntimeError("received an empty list of sequences")
    trailing = parts[0].shape[1:]
    for part in parts:
        if part.shape[1:] != trailing:
            raise RuntimeError(
                f"pad_sequence: the sequences may differ in their first dimension alone, but one has shape "
                f"{tuple(part.shape)} and the first {tuple(parts[0].shape)}"
            )
    longest = max(part.shape[0] for part in parts)
    padded = []
    for part in parts:
        padding = creation.full((longest - part.shape[0], *trailing), padding_value, dtype=part.dtype)
        padded.append(cat([part, padding] if padding_side == "right" else [padding, part]))
    return stack(padded, 0 if batch_first else 1)


def unpad_sequence(padded_sequences: Tensor, lengths: Tensor, batch_first: bool = False) -> list[Tensor]:
    """The sequences in a padded Tensor, each with its own length.

    Args:
        padded_sequences: (T, N, *), or (N, T, *) with `batch_first`, of any dtype.
        lengths: the length of each, whole numbers (N,).
        batch_first: whether the sequences are in the first dimension.

    Raises:
        IndexError: if there are more lengths than sequences.

    >>> import tinygrad_lite as tl
    >>> tl.nn.utils.rnn.unpad_sequence(tl.tensor([[1, 2, 3], [4, 0, 0]]), tl.tensor([3, 1]), batch_first=True)
    [tensor([1, 2, 3]), tensor([4])]
    """
    rows = padded_sequences if batch_first else padded_sequences.transpose(0, 1)
    return [rows[i][:count] for i, count in enumerate(_lengths(lengths))]


def pack_sequence(sequences: Iterable[Tensor], enforce_sorted: bool = True) -> PackedSequence:
    """Pack a list of sequences of different lengths.

    Args:
        sequences: Tensors (L, *) of one dtype that differ in L alone.
        enforce_sorted: raise if the lengths do not fall; False sorts them.

    Raises:
        RuntimeError: if there is none, one is empty, or they are not sorted.

    >>> import tinygrad_lite as tl
    >>> tl.nn.utils.rnn.pack_sequence([tl.tensor([1, 2]), tl.tensor([3, 4])]).data
    tensor([1, 3, 2, 4])
    """
    parts = list(sequences)
    return pack_padded_sequence(pad_sequence(parts), [part.shape[0] for part in parts], enforce_sorted=enforce_sorted)


def unpack_sequence(packed_sequences: PackedSequence) -> list[Tensor]:
    """The sequences in a packed one, in the order in which they were given: the inverse of `pack_sequence`.

    Args:
        packed_sequences: the packed sequences.

    Returns:
        A list of Tensors (L, *), each with its own length L, of the dtype of the data.

    Raises:
        AttributeError: if it is no packed sequence.

    >>> import tinygrad_lite as tl
    >>> packed = tl.nn.utils.rnn.pack_sequence([tl.tensor([3]), tl.tensor([1, 2])], enforce_sorted=False)
    >>> tl.nn.utils.rnn.unpack_sequence(packed)
    [tensor([3]), tensor([1, 2])]
    """
    return unpad_sequence(*pad_packed_sequence(packed_sequences, batch_first=True), batch_first=True)


# ------------------------------------------------------------------------------------------- for recurrent layers


def lengths_of(sequence: PackedSequence) -> list[int]:
    """The length of each sequence, the longest first."""
    sizes = sequence.batch_sizes.tolist()
    return [sum(size > i for size in sizes) for i in range(sizes[0] if sizes else 0)]


def padded_steps(sequence: PackedSequence, lengths: list[int], value: float, steps: int) -> Tensor:
    """The sequences (T, N, *), the longest first."""
    data, count = sequence.data, len(lengths)
    rows = np.full(steps * count, data.shape[0])  # the row behind the last one is the padding
    rows[_places(lengths, count)] = np.arange(data.shape[0])
    padding = creation.full((1, *data.shape[1:]), value, dtype=data.dtype)
    return reshape(cat([data, padding]).index_select(0, creation.from_numpy(rows)), (steps, count, *data.shape[1:]))


def packed_steps(padded: Tensor, lengths: list[int], like: PackedSequence) -> PackedSequence:
    """The inverse: sequences (T, N, *), the longest first, packed as another sequence is."""
    flat = reshape(padded, (padded.shape[0] * padded.shape[1], *padded.shape[2:]))
    data = flat.index_select(0, creation.tensor(_places(lengths, padded.shape[1])))
    return PackedSequence(data, *like[1:])


def reversed_steps(padded: Tensor, lengths: list[int] | None) -> Tensor:
    """Sequences (T, N, *), each of them turned around within its own length."""
    if lengths is None:
        return padded.flip(0)
    steps, count = padded.shape[0], padded.shape[1]
    t = np.arange(steps)[:, None]
    ends = np.array(lengths)[None]
    rows = np.where(t < ends, ends - 1 - t, t) * count + np.arange(count)
    flat = reshape(padded, (steps * count, *padded.shape[2:]))
    return reshape(flat.index_select(0, creation.from_numpy(rows.reshape(-1))), padded.shape)


def last_steps(padded: Tensor, lengths: list[int] | None) -> Tensor:
    """The last step (N, *) of each sequence."""
    if lengths is None:
        return padded[-1]
    count = padded.shape[1]
    flat = reshape(padded, (padded.shape[0] * count, *padded.shape[2:]))
    return flat.index_select(0, creation.tensor([(n - 1) * count + i for i, n in enumerate(lengths)]))


def _places(lengths: list[int], count: int) -> list[int]:
    """The rows of (T · N) steps that are no padding, step after step; the lengths fall."""
    return [t * count + i for t in range(lengths[0] if lengths else 0) for i, n in enumerate(lengths) if n > t]


def _lengths(lengths: Tensor | Sequence[int]) -> list[int]:
    values = lengths.tolist() if isinstance(lengths, Tensor) else list(lengths)
    return [int(value) for value in values]
