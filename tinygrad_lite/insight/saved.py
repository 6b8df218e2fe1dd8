"""The list of the arrays that each operation of a graph saved for its derivative."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from html import escape
from typing import Any

import numpy as np

from .explanation import bytes_text
from .graph_view import GraphView
from .recording import shape_text


@dataclass(frozen=True)
class Saved:
    """One array that an operation keeps.

    Attributes:
        number, operation: the operation that keeps it.
        operand: what it is to the operation: `"x"`, `"out"`, or `"by the kernel"`.
        shape, dtype: those of the array.
        bytes: its size; 0 where the same memory was listed before, or belongs to a parameter or an input.
        owner: whose it is then; else "".
    """

    number: int
    operation: str
    operand: str
    shape: tuple[int, ...]
    dtype: np.dtype[Any]
    bytes: int
    owner: str


class SavedTensors:
    """The result of `list_saved_tensors`: iterate over it, print it, or show it in a notebook.

    Attributes:
        entries: the arrays, in the order of the backward pass.
        bytes: the size of all of them, each array counted once, without inputs and parameters.
    """

    def __init__(self, entries: list[Saved]) -> None:
        self.entries = entries
        self.bytes = sum(entry.bytes for entry in entries)

    def __iter__(self) -> Iterator[Saved]:
        return iter(self.entries)

    def __len__(self) -> int:
        return len(self.entries)

    def _rows(self) -> list[tuple[str, ...]]:
        return [
            (
                f"#{entry.number} {entry.operation}",
                entry.operand,
                shape_text(entry.shape),
                entry.dtype.name,
                entry.owner or bytes_text(entry.bytes),
            )
            for entry in self.entries
        ]

    def __str__(self) -> str:
        rows = self._rows()
        widths = [max(len(row[i]) for row in rows) for i in range(5)] if rows else []
        lines = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]
        return "\n".join([*lines, f"{bytes_text(self.bytes)} kept (inputs and parameters not counted)"])

    def __repr__(self) -> str:
        return f"<{len(self.entries)} saved arrays, {bytes_text(self.bytes)}: print() lists them>"

    def _repr_html_(self) -> str:
        heads = "".join(f"<th>{name}</th>" for name in ("operation", "operand", "shape", "dtype", "size"))
        rows = "".join("<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in row) + "</tr>" for row in self._rows())
        total = f"{bytes_text(self.bytes)} kept (inputs and parameters not counted)"
        return f"<table><caption>{total}</caption><tr>{heads}</tr>{rows}</table>"


def list_saved_tensors(results: Any, model: Any = None) -> SavedTensors:
    """List what each operation of a graph keeps for its derivative, in bytes.

    An array that several operations keep is counted at the first of them in the order of the backward pass, and a view
    as all of the memory that it keeps alive. Parameters are there anyway, and are not counted. Nor are inputs, for
    which every argument is taken that needs no gradient: also the activation of a frozen layer.

    Args:
        results: a Tensor that has a history, or several.
        model: a module whose parameters are called by their names; by default the one that was recorded.

    Raises:
        RuntimeError: if there is no history.

    >>> import tinygrad_lite as tl
    >>> x = tl.tensor([0.5, 1.0], requires_grad=True)
    >>> y = x.exp()
    >>> print(tl.insight.list_saved_tensors((y * y).sum()))
    #3 mul  y    (2,)  float32  8 B
    #2 exp  out  (2,)  float32  the same array as #3's
    8 B kept (inputs and parameters not counted)
    """
    view = GraphView(results, model)
    return SavedTensors(
        [
            Saved(vertex.number, vertex.label, kept.operand, kept.array.shape, kept.array.dtype, kept.bytes, kept.owner)
            for vertex in view.operations
            for kept in vertex.kept
        ]
    )
