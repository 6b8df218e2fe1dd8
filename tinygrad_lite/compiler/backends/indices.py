"""Indices of which the result is a view: slices, whole numbers and new dimensions."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from .nodes import Untakeable


def indexed(shape: Sequence[int], index: Any) -> tuple[tuple[int, ...], tuple[int, ...], tuple[int, ...]]:
    """The starts, the lengths and the shape of what an index selects: of whole numbers, slices and new dimensions.

    Raises:
        Untakeable: for another index.
    """
    parts = list(index) if isinstance(index, tuple) else [index]
    if any(part is not None and part is not ... and type(part) not in (int, slice) for part in parts):
        raise Untakeable("an index")
    if not any(part is ... for part in parts):
        parts.append(...)
    at = next(i for i, part in enumerate(parts) if part is ...)
    missing = len(shape) - sum(type(part) in (int, slice) for part in parts)
    parts[at : at + 1] = [slice(None)] * missing
    starts, lengths, result = list[int](), list[int](), list[int]()
    for part in parts:
        if part is None:
            result.append(1)
            continue
        n = shape[len(starts)]
        if isinstance(part, slice):
            start, stop, step = part.indices(n)
            length = max(stop - start, 0)
            result.append(length)
        else:
            start, length, step = part % n if -n <= part < n else n, 1, 1
        if step != 1 or start + length > n or not length:
            raise Untakeable("an index")
        starts.append(start)
        lengths.append(length)
    return tuple(starts), tuple(lengths), tuple(result)
