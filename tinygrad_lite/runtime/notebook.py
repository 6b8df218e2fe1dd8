"""HTML for notebooks: tables, and heat maps of arrays. It uses inline SVG, and no script."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape
from typing import Any

import numpy as np

CELLS = 32  # rows and columns of a heat map, at most


def table(heads: Sequence[str], rows: Iterable[Sequence[Any]], caption: str = "") -> str:
    """A table of texts and numbers. Whole numbers stand on the right, so that their digits are below one another."""
    title = f"<caption>{escape(caption)}</caption>" if caption else ""
    head = "".join(f"<th>{escape(text)}</th>" for text in heads)
    body = "".join("<tr>" + "".join(_cell(cell) for cell in row) + "</tr>" for row in rows)
    return f"<table>{title}<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"


def _cell(cell: Any) -> str:
    if isinstance(cell, (int, float)):
        return f'<td style="text-align:right">{cell:,}</td>' if isinstance(cell, int) else f"<td>{cell:.4g}</td>"
    return f'<td style="text-align:left">{escape(str(cell))}</td>'


def heat_map(array: np.ndarray[Any, Any], label: str) -> str:
    """A matrix as coloured cells: blue below 0, white at 0, orange above; grey where it is not finite."""
    shown = np.asarray(array[:CELLS, :CELLS], np.float64)
    finite = np.abs(shown[np.isfinite(shown)])
    scale = float(finite.max()) if finite.size and finite.max() > 0 else 1.0
    cell = max(4, min(22, 480 // max(shown.shape[1], 1)))
    rects = "".join(
        f'<rect x="{j * cell}" y="{i * cell}" width="{cell}" height="{cell}" fill="{_colour(value / scale)}">'
        f"<title>[{i}, {j}] {value:.4g}</title></rect>"
        for i, row in enumerate(shown.tolist())
        for j, value in enumerate(row)
    )
    height, width = shown.shape[0] * cell, shown.shape[1] * cell
    part = ""
    if shown.size < array.size:
        part = f"<div>the first {shown.shape[0]} × {shown.shape[1]} of {array.shape[0]} × {array.shape[1]}</div>"
    svg = f'<svg width="{width}" height="{height}" role="img" aria-label="{escape(label)}">{rects}</svg>'
    return svg + part


def _colour(share: float) -> str:
    if not np.isfinite(share):
        return "#888888"
    pale = 1 - 0.85 * min(abs(share), 1.0)
    strong, middle, weak = 255, round(255 * (0.35 + 0.65 * pale)), round(255 * pale)
    return f"#{weak:02x}{middle:02x}{strong:02x}" if share < 0 else f"#{strong:02x}{middle:02x}{weak:02x}"
