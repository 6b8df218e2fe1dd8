"""The text of a Tensor, laid out as PyTorch lays it out."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from ..core.tensor import wrap
from ..types import dtypes
from ..types.annotations import Tensor
from .batched_data import BatchedArray
from .python_values import item

_PREFIX = "tensor("
_PROFILES: dict[str, dict[str, Any]] = {
    "default": {"precision": 4, "threshold": 1000, "edgeitems": 3, "linewidth": 80},
    "short": {"precision": 2, "threshold": 1000, "edgeitems": 2, "linewidth": 80},
    "full": {"precision": 4, "threshold": math.inf, "edgeitems": 3, "linewidth": 80},
}
_options: dict[str, Any] = {**_PROFILES["default"], "sci_mode": None}


def set_printoptions(
    precision: int | None = None,
    threshold: float | None = None,
    edgeitems: int | None = None,
    linewidth: int | None = None,
    profile: str | None = None,
    sci_mode: bool | None = None,
) -> None:
    """Set how Tensors are printed; arguments that are left out change nothing.

    Args:
        precision: the number of digits after the point (4 by default).
        threshold: with more elements than this, only the ends of each dimension are shown (1000).
        edgeitems: the number of elements at each end (3).
        linewidth: the number of characters in a line (80).
        profile: "default", "short" or "full", which set all of the above.
        sci_mode: True or False for scientific notation or none; left out, it is used where the numbers need it.

    Raises:
        ValueError: for an unknown profile.

    >>> import tinygrad_lite as tl
    >>> tl.set_printoptions(precision=2)
    >>> tl.tensor(1 / 3)
    tensor(0.33)
    >>> tl.set_printoptions(profile="default")
    """
    if profile is not None and profile not in _PROFILES:
        raise ValueError(f"set_printoptions: there is no profile {profile!r}, only {', '.join(_PROFILES)}")
    given = {"precision": precision, "threshold": threshold, "edgeitems": edgeitems, "linewidth": linewidth}
    _options.update(_PROFILES.get(profile or "", {}))
    _options.update({name: value for name, value in given.items() if value is not None})
    _options["sci_mode"] = sci_mode


def represent(self: Tensor) -> str:
    """The text `tensor([1., 2.], requires_grad=True)`: the values, then what they do not show."""
    self._read()
    return text(self) if isinstance(self._data, np.ndarray) else _text_of_samples(self._data)


def _text_of_samples(data: BatchedArray) -> str:
    """The text of a Tensor inside of vmap: the Tensors of all samples."""
    value = data.value
    inner = _text_of_samples(value) if isinstance(value, BatchedArray) else text(wrap(value))
    indented = inner.replace("\n", "\n    ")
    return f"BatchedTensor(lvl={len(data.levels())}, bdim=0, value=\n    {indented}\n)"


def formatted(self: Tensor, spec: str) -> str:
    """The only element of a Tensor without dimensions, formatted as Python formats numbers: `f"{loss:.3f}"`."""
    if self._data.ndim and spec:
        raise TypeError(
            f"unsupported format string passed to Tensor.__format__: {spec!r} is for one number, and the shape is "
            f"{list(self.shape)}. Format the elements of tolist(), or reduce the Tensor first"
        )
    return str(self) if self._data.ndim else format(item(self), spec)


def text(x: Tensor) -> str:
    """The values of a Tensor, then in so far as the values do not show them, its size, dtype and history."""
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
    return _with_suffixes(_PREFIX + body, suffixes) + ")"


def _with_suffixes(body: str, suffixes: list[str], new_line: bool = False) -> str:
    last = len(body.rpartition("\n")[2]) + 2  # as PyTorch counts
    parts = [body]
    for suffix in suffixes:
        if new_line or last + len(suffix) + 2 > _options["linewidth"]:
            parts.append(",\n" + " " * len(_PREFIX) + suffix)
            last, new_line = len(_PREFIX) + len(suffix), False
        else:
            parts.append(", " + suffix)
            last += len(suffix) + 2
    return "".join(parts)


def text_of_sparse(places: Tensor, values: Tensor, shape: tuple[int, ...]) -> str:
    """The text of a sparse Tensor: its places, its values, and what they do not show."""
    parts = []
    for name, x in (("indices", places), ("values", values)):
        array, prefix = x._data, f"{name}={_PREFIX}"
        indent = len(_PREFIX) + len(prefix)
        body = _laid_out(array, _Format(_shown(array)), indent) if array.size else f"[], size={tuple(array.shape)}"
        parts.append(f"{prefix}{body})")
    suffixes = [f"size={tuple(shape)}", f"nnz={len(values._data)}"]
    if values.dtype not in (dtypes.get_default_dtype(), dtypes.int64, dtypes.bool):
        suffixes.append(f"dtype={values.dtype}")
    suffixes.append("layout=torch.sparse_coo")
    if values.grad_fn is not None:
        suffixes.append(f"grad_fn={values.grad_fn!r}")
    elif values.requires_grad:
        suffixes.append("requires_grad=True")
    return _with_suffixes(_PREFIX + (",\n" + " " * len(_PREFIX)).join(parts), suffixes, True) + ")"


def _shown(array: Any) -> Any:
    """The elements that will be printed: of long dimensions only the ends."""
    if array.size <= _options["threshold"]:
        return array.reshape(-1)
    edge = _options["edgeitems"]
    for dim, length in enumerate(array.shape):
        if length > 2 * edge:
            ends = np.r_[0:edge, length - edge : length]
            array = array.take(ends, axis=dim)
    return array.reshape(-1)


class _Format:
    """The way in which numbers are written so that all are equally wide: whole, decimal or scientific.

    The range of the numbers decides, without 0, NaN and the infinities, which may be wider.
    """

    def __init__(self, values: Any) -> None:
        self.floating = values.dtype.kind == "f"
        self.whole = self.scientific = False
        if self.floating:
            values = values.astype(np.float64)
            values = values[np.isfinite(values) & (values != 0)]
            self._choose(np.abs(values))
        self.width = max((len(self.bare(v)) for v in values.tolist()), default=1)

    def _choose(self, sizes: Any) -> None:
        low, high = (float(sizes.min()), float(sizes.max())) if sizes.size else (1.0, 1.0)
        self.whole = bool((sizes == np.ceil(sizes)).all())
        wide = high / low > 1000.0 or high > 1.0e8 or (low < 1.0e-4 and not self.whole)
        self.scientific = wide if _options["sci_mode"] is None else _options["sci_mode"]

    def bare(self, value: Any) -> str:
        if not self.floating:
            return str(value)
        if not math.isfinite(value):
            return f"{value}"
        digits = _options["precision"]
        if self.scientific:
            return f"{value:.{digits}e}"
        return f"{value:.0f}." if self.whole else f"{value:.{digits}f}"

    def padded(self, value: Any) -> str:
        return self.bare(value).rjust(self.width)


def _laid_out(array: Any, form: _Format, indent: int, summary: bool | None = None) -> str:
    summary = array.size > _options["threshold"] if summary is None else summary
    if array.ndim == 0:
        return form.bare(array.item())
    if array.ndim == 1:
        return _row(array, form, indent, summary)
    pieces = [_laid_out(a, form, indent + 1, summary) for a in _ends(array, summary)]
    if len(pieces) < len(array):
        pieces.insert(_options["edgeitems"], "...")
    between = "," + "\n" * (array.ndim - 1) + " " * (indent + 1)
    return "[" + between.join(pieces) + "]"


def _ends(array: Any, summary: bool) -> list[Any]:
    edge = _options["edgeitems"]
    return [*array[:edge], *array[-edge:]] if summary and len(array) > 2 * edge else list(array)


def _row(array: Any, form: _Format, indent: int, summary: bool) -> str:
    cells = [form.padded(v.item()) for v in _ends(array, summary)]
    if len(cells) < len(array):
        cells.insert(_options["edgeitems"], " ...")
    per_line = max(1, (_options["linewidth"] - indent) // (form.width + 2))
    lines = [", ".join(cells[i : i + per_line]) for i in range(0, len(cells), per_line)]
    return "[" + (",\n" + " " * (indent + 1)).join(lines) + "]"


def represent_html(self: Tensor) -> str | None:
    """The HTML that a notebook shows of a matrix: its text and a heat map. None, for the text alone, otherwise."""
    if self._data.ndim != 2 or self._data.size < 2 or self._data.dtype.kind == "b":
        return None
    from html import escape  # it takes a millisecond, and most processes never show a notebook

    from ..runtime import notebook

    text = repr(self)
    return f"<pre>{escape(text)}</pre>{notebook.heat_map(self._data, f'heat map of shape {self._data.shape}')}"
