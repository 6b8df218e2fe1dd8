"""The text of a Tensor, laid out as PyTorch lays it out."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from . import dtypes

_PRECISION, _THRESHOLD, _EDGE, _WIDTH = 4, 1000, 3, 80
_PREFIX = "tensor("


def text(x: Any) -> str:
    """`tensor([1., 2.], requires_grad=True)`: values, then what cannot be guessed from them."""
    array = x._data
    suffixes = []
    if array.size == 0 and array.shape != (0,):
        suffixes.append(f"size={tuple(array.shape)}")
    implied = (dtypes.get_default_dtype(), dtypes.int64, dtypes.bool)
    if array.dtype not in implied or (array.size == 0 and array.dtype != dtypes.get_default_dtype()):
        suffixes.append(f"dtype={array.dtype}")
    if x.grad_fn is not None:
        suffixes.append(f"grad_fn={x.grad_fn!r}")
    elif x.requires_grad:
        suffixes.append("requires_grad=True")
    body = "[]" if array.size == 0 else _laid_out(array, _Format(_shown(array)), len(_PREFIX))
    last = len(_PREFIX) + len(body) - body.rfind("\n") - 1 if "\n" not in body else len(body) - body.rfind("\n")
    parts = [body]
    for suffix in suffixes:
        if last + len(suffix) + 2 > _WIDTH:
            parts.append(",\n" + " " * len(_PREFIX) + suffix)
            last = len(_PREFIX) + len(suffix)
        else:
            parts.append(", " + suffix)
            last += len(suffix) + 2
    return _PREFIX + "".join(parts) + ")"


def _shown(array: Any) -> Any:
    """The elements that will be printed: of long dimensions only the ends."""
    if array.size <= _THRESHOLD:
        return array.reshape(-1)
    for dim, length in enumerate(array.shape):
        if length > 2 * _EDGE:
            ends = np.r_[0:_EDGE, length - _EDGE : length]
            array = array.take(ends, axis=dim)
    return array.reshape(-1)


class _Format:
    """How each number is written, so that all are equally wide: whole, decimal or scientific, as their range needs."""

    def __init__(self, values: Any) -> None:
        self.floating = values.dtype.kind == "f"
        self.whole = self.scientific = False
        if self.floating:
            self._choose(values.astype(np.float64))
        self.width = max((len(self.bare(v)) for v in values.tolist()), default=1)

    def _choose(self, values: Any) -> None:
        finite = values[np.isfinite(values) & (values != 0)]
        if not finite.size:
            self.whole = True
            return
        size = np.abs(finite)
        low, high = float(size.min()), float(size.max())
        self.whole = bool((finite == np.ceil(finite)).all())
        if self.whole:
            self.scientific = high / low > 1000.0 or high > 1.0e8
            self.scientific = self.scientific and high > 1.0e8
        else:
            self.scientific = high / low > 1000.0 or high > 1.0e8 or low < 1.0e-4

    def bare(self, value: Any) -> str:
        if not self.floating:
            return str(value)
        if not math.isfinite(value):
            return f"{value}"
        if self.scientific:
            return f"{value:.{_PRECISION}e}"
        return f"{value:.0f}." if self.whole else f"{value:.{_PRECISION}f}"

    def padded(self, value: Any) -> str:
        return self.bare(value).rjust(self.width)


def _laid_out(array: Any, form: _Format, indent: int, summary: bool | None = None) -> str:
    summary = array.size > _THRESHOLD if summary is None else summary
    if array.ndim == 0:
        return form.bare(array.item())
    if array.ndim == 1:
        return _row(array, form, indent, summary)
    pieces = [_laid_out(a, form, indent + 1, summary) for a in _ends(array, summary)]
    if summary and len(array) > 2 * _EDGE:
        pieces.insert(_EDGE, "...")
    between = "," + "\n" * (array.ndim - 1) + " " * (indent + 1)
    return "[" + between.join(pieces) + "]"


def _ends(array: Any, summary: bool) -> list[Any]:
    return [*array[:_EDGE], *array[-_EDGE:]] if summary and len(array) > 2 * _EDGE else list(array)


def _row(array: Any, form: _Format, indent: int, summary: bool) -> str:
    cells = [form.padded(v.item()) for v in _ends(array, summary)]
    if summary and len(array) > 2 * _EDGE:
        cells.insert(_EDGE, " ...")
    per_line = max(1, (_WIDTH - indent) // (form.width + 2))
    lines = [", ".join(cells[i : i + per_line]) for i in range(0, len(cells), per_line)]
    return "[" + (",\n" + " " * (indent + 1)).join(lines) + "]"
