"""Drawings of a graph: SVG with a layout of our own, or the text that Graphviz and Mermaid draw from."""

from __future__ import annotations

import os
from collections.abc import Hashable
from html import escape
from typing import Any, Literal

from .graph_view import GraphView, Vertex
from .layout import Box, Layout, Point, layered
from .rules import formula

Format = Literal["svg", "dot", "mermaid"]

LINE = 15.0  # the height of a line of text, in pixels
CHARACTER = 6.75  # the width of a character of 11 pixels, with some room for wider fonts
PADDING = 9.0
MARGIN = 38.0  # room for the frames of modules

STYLE = """
.tgl { --ink:#1c2430; --soft:#5b6676; --line:#8a95a5; --page:#ffffff; --op:#e8f0fe; --op-edge:#4a7bd0;
  --parameter:#e6f4ea; --parameter-edge:#3f8f57; --leaf:#f3f4f6; --leaf-edge:#8a95a5;
  --group:#f7f5ef; --group-edge:#cfc7b4;
  font: 11px ui-monospace, SFMono-Regular, Menlo, Consolas, "DejaVu Sans Mono", monospace; background: var(--page); }
@media (prefers-color-scheme: dark) { .tgl {
  --ink:#e6eaf0; --soft:#a4afbe; --line:#7d8898; --page:#12161c; --op:#1b2b47; --op-edge:#7ba7f0;
  --parameter:#16301f; --parameter-edge:#6cc187; --leaf:#222831; --leaf-edge:#7d8898;
  --group:#191c20; --group-edge:#4a4638; } }
.tgl rect { stroke-width: 1.2; rx: 6px; }
.tgl .operation rect { fill: var(--op); stroke: var(--op-edge); }
.tgl .result rect { stroke-width: 2.4; }
.tgl .parameter rect { fill: var(--parameter); stroke: var(--parameter-edge); }
.tgl .leaf rect { fill: var(--leaf); stroke: var(--leaf-edge); }
.tgl .group { fill: var(--group); stroke: var(--group-edge); stroke-dasharray: 4 3; stroke-linejoin: round; }
.tgl text { fill: var(--ink); text-anchor: middle; }
.tgl .title { font-weight: 600; }
.tgl .soft, .tgl .label { fill: var(--soft); }
.tgl .label { paint-order: stroke; stroke: var(--page); stroke-width: 3px; stroke-linejoin: round; }
.tgl .group-name { fill: var(--soft); text-anchor: start; font-style: italic; }
.tgl .edge { fill: none; stroke: var(--line); stroke-width: 1.2; }
.tgl marker path { fill: var(--line); fill: context-stroke; stroke: none; }
""".strip()

ARROW = (
    '<marker id="tgl-arrow" viewBox="0 0 8 8" refX="7" refY="4" markerUnits="userSpaceOnUse" markerWidth="8.4" '
    'markerHeight="8.4" orient="auto-start-reverse"><path d="M0 0 8 4 0 8z"/></marker>'
)


class Drawing:
    """A drawing as text. A notebook shows an SVG as a picture.

    Attributes:
        text: the whole drawing.
        format: its language: `"svg"`, `"dot"` or `"mermaid"`.
    """

    def __init__(self, text: str, format: Format) -> None:
        self.text, self.format = text, format

    def __str__(self) -> str:
        return self.text

    def __repr__(self) -> str:
        return f"<drawing of {len(self.text)} characters of {self.format}: str() gives it, save(path) writes it>"

    def _repr_svg_(self) -> str | None:
        return self.text if self.format == "svg" else None

    def _repr_markdown_(self) -> str | None:
        return f"```mermaid\n{self.text}\n```" if self.format == "mermaid" else None

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the drawing to a file."""
        with open(path, "w", encoding="utf-8") as file:
            file.write(self.text)


def draw(results: Any, format: Format = "svg", backward: bool = True, *, model: Any = None) -> Drawing:
    """Draw the graph behind a result, which a backward pass would walk.

    Data flows down: leaves stand above what was computed from them, and the result is at the bottom. The backward pass
    takes the operations by falling number, from the bottom up. What needs no gradient, such as the input of a network,
    has no place in the graph and is not drawn. Nothing but this library is needed for it.

    Args:
        results: a Tensor of any shape that has a history, or several.
        format: `"svg"` for a picture, `"dot"` for Graphviz, `"mermaid"` for Markdown.
        backward: whether each operation shows its derivative, and a leaf the norm of its gradient, if it has one.
        model: a module whose parameters are called by their names, and whose layers are drawn as boxes; by default the
            one that was recorded.

    Returns:
        A `Drawing`: `str(drawing)` is the text, `drawing.save(path)` writes it, and a notebook shows it.

    Raises:
        RuntimeError: if there is no history to draw.
        ValueError: if the format is none of the three.

    >>> import tinygrad_lite as tl
    >>> x = tl.tensor([1.0, 2.0], requires_grad=True)
    >>> print(tl.insight.draw((x * x).sum(), format="mermaid"))
    flowchart TD
      n0(["leaf (2,)"])
      n1["#2 mul (2,)<br/>dx = g y, dy = g x"]
      n2["#3 sum ()<br/>dx = g"]
      n0 -- x --> n1
      n0 -- y --> n1
      n1 --> n2
    """
    writers = {"svg": _svg, "dot": _dot, "mermaid": _mermaid}
    if format not in writers:
        raise ValueError(f'draw(): format must be "svg", "dot" or "mermaid", not {format!r}')
    view = GraphView(results, model)
    return Drawing(writers[format](view, backward), format)


def _lines(vertex: Vertex, backward: bool) -> list[str]:
    """The lines in the box of a vertex. The first one is its title."""
    shape = "(" + ", ".join(map(str, vertex.shape)) + (",)" if len(vertex.shape) == 1 else ")")
    lines = [vertex.title, shape]
    if backward and not vertex.is_leaf:
        lines += _folded(formula(vertex.node))
    elif backward and vertex.grad_norm is not None:
        lines.append(f"|grad| {vertex.grad_norm:.4g}")
    return lines


def _folded(text: str, width: int = 44) -> list[str]:
    """A formula in lines of at most `width` characters where it has a comma to be broken at."""
    lines: list[str] = []
    for part in text.split(", ") if len(text) > width else [text]:
        if lines and len(lines[-1]) + len(part) + 2 <= width:
            lines[-1] += ", " + part
        else:
            lines.append(part)
    return [line for line in lines if line]


def _numbered(view: GraphView) -> list[Vertex]:
    """The vertices, sources before what is made from them."""
    return list(reversed(view.vertices))


def _edge_label(edge: Any) -> str:
    """The name of the argument, where the operation has several that need a gradient."""
    return edge.argument if len(edge.target.inputs) > 1 else ""


# ------------------------------------------------------------------------------------------------ Graphviz, Mermaid


def _dot(view: GraphView, backward: bool) -> str:
    order = _numbered(view)
    names = {id(vertex): f"n{i}" for i, vertex in enumerate(order)}
    lines = ["digraph {", "  rankdir=TB;", '  node [shape=box, fontname="monospace"];']
    for vertex in order:
        label = "\\n".join(line.replace("\\", "\\\\").replace('"', '\\"') for line in _lines(vertex, backward))
        shape = ', style="rounded"' if vertex.is_leaf else ""
        lines.append(f'  {names[id(vertex)]} [label="{label}"{shape}];')
    for edge in (edge for vertex in order for edge in vertex.inputs):
        label = f' [label="{_edge_label(edge)}"]' if _edge_label(edge) else ""
        lines.append(f"  {names[id(edge.source)]} -> {names[id(edge.target)]}{label};")
    return "\n".join([*lines, "}", ""])


def _mermaid(view: GraphView, backward: bool) -> str:
    order = _numbered(view)
    names = {id(vertex): f"n{i}" for i, vertex in enumerate(order)}
    lines = ["flowchart TD"]
    for vertex in order:
        title, shape, *rest = (line.replace('"', "#quot;") for line in _lines(vertex, backward))
        label = '"' + "<br/>".join([f"{title} {shape}", *rest]) + '"'
        lines.append(f"  {names[id(vertex)]}" + (f"([{label}])" if vertex.is_leaf else f"[{label}]"))
    for edge in (edge for vertex in order for edge in vertex.inputs):
        arrow = f"-- {_edge_label(edge)} -->" if _edge_label(edge) else "-->"
        lines.append(f"  {names[id(edge.source)]} {arrow} {names[id(edge.target)]}")
    return "\n".join(lines)


# ----------------------------------------------------------------------------------------------------------- SVG


def _svg(view: GraphView, backward: bool) -> str:
    order = _numbered(view)
    texts = {vertex.key: _lines(vertex, backward) for vertex in order}
    sizes: dict[Hashable, tuple[float, float]] = {
        key: (max(map(len, lines)) * CHARACTER + 2 * PADDING, len(lines) * LINE + PADDING)
        for key, lines in texts.items()
    }
    edges = [(edge.source.key, edge.target.key) for edge in view.edges]
    groups: dict[Hashable, str] = {vertex.key: vertex.layer for vertex in order if vertex.layer}
    layout = layered(sizes, edges, groups)
    roots = {root.key for root in view.roots}
    parts = [*_groups(layout, groups)]
    for edge, route in zip(view.edges, layout.routes, strict=True):
        label = _edge_label(edge)
        room = layout.boxes[edge.target.key].width / len(edge.target.inputs)
        shown = label if len(label) * CHARACTER <= room else ""
        parts.append(_edge(route, shown, f"{edge.source.key}-{edge.target.key}"))
    for vertex in order:
        kind = vertex.kind + (" result" if vertex.key in roots else "")
        parts.append(_box(layout.boxes[vertex.key], texts[vertex.key], kind, vertex))
    width, height = layout.width + 2 * MARGIN, layout.height + 2 * MARGIN
    operations, leaves = len(view.operations), len(view.leaves)
    counted = f"{operations} operation{'s' * (operations != 1)} and {leaves} {'leaf' if leaves == 1 else 'leaves'}"
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" class="tgl" role="img" aria-label="A graph of {counted}" '
        f'width="{width:.0f}" height="{height:.0f}" viewBox="{-MARGIN:.0f} {-MARGIN:.0f} {width:.0f} {height:.0f}">\n'
        f"<style>{STYLE}</style>\n"
        f"<defs>{ARROW}</defs>\n" + "\n".join(parts) + "\n</svg>\n"
    )


def _box(box: Box, lines: list[str], kind: str, vertex: Vertex) -> str:
    middle = box.top + PADDING / 2 + LINE * 0.75
    texts = "".join(
        f'<text x="{box.x:.1f}" y="{middle + i * LINE:.1f}" class="{"soft" if i else "title"}">{escape(line)}</text>'
        for i, line in enumerate(lines)
    )
    return (
        f'<g class="{kind}" data-node="{vertex.key}"><title>{escape(" · ".join(lines))}</title>'
        f'<rect x="{box.left:.1f}" y="{box.top:.1f}" width="{box.width:.1f}" height="{box.height:.1f}"/>{texts}</g>'
    )


def _edge(route: list[Point], label: str, name: str) -> str:
    """A smooth curve through the points of an edge, vertical where it passes each of them."""
    (x, y), *rest = route
    curve = [f"M{x:.1f} {y:.1f}"]
    for to_x, to_y in rest:
        half = (to_y - y) / 2
        curve.append(f"C{x:.1f} {y + half:.1f} {to_x:.1f} {to_y - half:.1f} {to_x:.1f} {to_y:.1f}")
        x, y = to_x, to_y
    path = f'<path class="edge" d="{" ".join(curve)}" marker-end="url(#tgl-arrow)" data-edge="{name}"/>'
    return path + (f'<text class="label" x="{x:.1f}" y="{y - 9:.1f}">{escape(label)}</text>' if label else "")


def _groups(layout: Layout, groups: dict[Hashable, str]) -> list[str]:
    """A frame around the vertices of each module, which follows them from layer to layer."""
    members: dict[str, dict[int, list[Box]]] = {}
    layers: dict[int, list[tuple[Box, str]]] = {}
    for key, box in layout.boxes.items():
        rank, group = layout.ranks[key], groups.get(key, "")
        layers.setdefault(rank, []).append((box, group))
        if group:
            members.setdefault(group, {}).setdefault(rank, []).append(box)
    frames = []
    for group, by_rank in members.items():
        spans = {
            rank: (min(box.left for box in boxes) - 9, max(box.right for box in boxes) + 9)
            for rank, boxes in sorted(by_rank.items())
        }
        if not any(
            box.right > left and box.left < right and other != group
            for rank, (left, right) in spans.items()
            for box, other in layers[rank]
        ):
            frames += [_frame(layout, part, group) for part in _consecutive(spans)]
    return frames


def _consecutive(spans: dict[int, Point]) -> list[dict[int, Point]]:
    """The spans, parted where a layer is missing between two of them."""
    parts: list[dict[int, Point]] = []
    for rank, span in spans.items():
        if parts and rank - 1 in parts[-1]:
            parts[-1][rank] = span
        else:
            parts.append({rank: span})
    return parts


def _frame(layout: Layout, spans: dict[int, Point], group: str) -> str:
    """One frame: down along the right ends of its layers, and up along the left ends."""
    right: list[Point] = []
    left: list[Point] = []
    first, last = min(spans), max(spans)
    for rank, (start, end) in spans.items():
        top, bottom = layout.bands[rank]
        upper = top - 36 if rank == first else (layout.bands[rank - 1][1] + top) / 2
        lower = bottom + 9 if rank == last else (bottom + layout.bands[rank + 1][0]) / 2
        right += [(end, upper), (end, lower)]
        left += [(start, upper), (start, lower)]
    outline = " ".join(f"{x:.1f} {y:.1f}" for x, y in [*right, *reversed(left)])
    x, y = left[0]
    return (
        f'<path class="group" d="M{outline}Z"/>'
        f'<text class="group-name" x="{x + 7:.1f}" y="{y + 14:.1f}">{escape(group)}</text>'
    )
