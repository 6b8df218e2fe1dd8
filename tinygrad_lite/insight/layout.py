"""Places for the vertices of a drawing: layers from the leaves down to the result, with few crossings.

The method is that of Sugiyama, Tagawa and Toda, "Methods for visual understanding of hierarchical system structures"
(1981): give each vertex a layer, let long edges pass through a point in every layer between, order the layers so that
connected vertices stand near each other, and then move them as near to their neighbours as their widths allow.
Nothing here recurses, and every pass is linear in the size of the graph but for its sorting.
"""

from __future__ import annotations

import itertools
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass

SWEEPS = 8  # up and down through the layers; more change little
MOST_POINTS = 40_000  # of long edges; beyond it they are drawn straight


Point = tuple[float, float]


@dataclass(frozen=True)
class Box:
    """A rectangle: its centre and its size."""

    x: float
    y: float
    width: float
    height: float

    @property
    def left(self) -> float:
        return self.x - self.width / 2

    @property
    def right(self) -> float:
        return self.x + self.width / 2

    @property
    def top(self) -> float:
        return self.y - self.height / 2

    @property
    def bottom(self) -> float:
        return self.y + self.height / 2


@dataclass(frozen=True)
class Layout:
    """A finished layout.

    Attributes:
        boxes: the place of each vertex.
        ranks: the layer of each vertex, counted from the top.
        bands: for each layer its upper and its lower end.
        routes: for each edge, in the order given, the points that it passes through, both ends included.
        width, height: the size of the whole.
    """

    boxes: dict[Hashable, Box]
    ranks: dict[Hashable, int]
    bands: list[tuple[float, float]]
    routes: list[list[Point]]
    width: float
    height: float


def layered(
    sizes: Mapping[Hashable, tuple[float, float]],
    edges: Sequence[tuple[Hashable, Hashable]],
    groups: Mapping[Hashable, str] | None = None,
    gap: tuple[float, float] = (26, 56),
) -> Layout:
    """Lay out a graph without cycles.

    Args:
        sizes: the width and height of each vertex. Sources must come before what is made from them.
        edges: pairs of a source and a target.
        groups: for some vertices the name of the group beside whose other members they are to stand.
        gap: the space between two neighbours in a layer, and that between two layers.
    """
    ranks = _ranks(list(sizes), edges)
    points, chains = _routed(ranks, edges)
    layers: list[list[Hashable]] = [[] for _ in range(max(ranks.values(), default=-1) + 1)]
    for vertex, rank in {**ranks, **points}.items():
        layers[rank].append(vertex)
    above: dict[Hashable, list[Hashable]] = {vertex: [] for layer in layers for vertex in layer}
    below: dict[Hashable, list[Hashable]] = {vertex: [] for layer in layers for vertex in layer}
    for chain in chains:
        for source, target in itertools.pairwise(chain):
            below[source].append(target)
            above[target].append(source)
    _order(layers, above, below, groups or {})
    widths = {vertex: sizes[vertex][0] if vertex in sizes else 8.0 for layer in layers for vertex in layer}
    xs = _columns(layers, above, below, widths, gap[0])
    left = min((xs[vertex] - widths[vertex] / 2 for vertex in xs), default=0.0)
    boxes: dict[Hashable, Box] = {}
    bands: list[tuple[float, float]] = []
    y = 0.0
    for layer in layers:
        height = max((sizes[vertex][1] for vertex in layer if vertex in sizes), default=0.0)
        bands.append((y, y + height))
        for vertex in layer:
            xs[vertex] -= left
            if vertex in sizes:
                boxes[vertex] = Box(xs[vertex], y + height / 2, *sizes[vertex])
        y += height + gap[1]
    routes = _routes(chains, boxes, xs, {**ranks, **points}, bands)
    width = max((xs[vertex] + widths[vertex] / 2 for vertex in xs), default=0.0)
    return Layout(boxes, ranks, bands, routes, width, max(y - gap[1], 0.0))


def _routes(
    chains: list[list[Hashable]],
    boxes: dict[Hashable, Box],
    xs: dict[Hashable, float],
    ranks: dict[Hashable, int],
    bands: list[tuple[float, float]],
) -> list[list[Point]]:
    """The points of each edge. It passes a layer vertically, and its end has a place of its own on the target's box."""
    arriving: dict[Hashable, list[int]] = {}
    for i, chain in enumerate(chains):
        arriving.setdefault(chain[-1], []).append(i)
    ends: dict[int, float] = {}
    for target, edges in arriving.items():
        edges.sort(key=lambda i: xs[chains[i][-2]])
        share = boxes[target].width / len(edges)
        for k, i in enumerate(edges):
            ends[i] = boxes[target].left + (k + 0.5) * share
    routes = []
    for i, (source, *between, target) in enumerate(chains):
        route = [(xs[source], boxes[source].bottom)]
        for point in between:
            route += [(xs[point], y) for y in bands[ranks[point]]]
        routes.append([*route, (ends[i], boxes[target].top)])
    return routes


def _ranks(vertices: list[Hashable], edges: Sequence[tuple[Hashable, Hashable]]) -> dict[Hashable, int]:
    """The layer of each vertex: right above the first of its targets, so that it stands where it is used."""
    targets: dict[Hashable, list[Hashable]] = {vertex: [] for vertex in vertices}
    for source, target in edges:
        targets[source].append(target)
    heights: dict[Hashable, int] = {}  # above the lowest layer
    for vertex in reversed(vertices):
        heights[vertex] = max((heights[target] + 1 for target in targets[vertex]), default=0)
    top = max(heights.values(), default=0)
    return {vertex: top - heights[vertex] for vertex in vertices}


def _routed(
    ranks: dict[Hashable, int], edges: Sequence[tuple[Hashable, Hashable]]
) -> tuple[dict[Hashable, int], list[list[Hashable]]]:
    """Points in the layers that each long edge crosses, and for each edge the chain from its source to its target.

    All edges from one vertex share their points, so that what is used at every step does not fill the drawing.
    """
    points: dict[Hashable, int] = {}
    total = sum(max(ranks[target] - ranks[source] - 1, 0) for source, target in edges)
    chains: list[list[Hashable]] = []
    for source, target in edges:
        between = range(ranks[source] + 1, ranks[target]) if total <= MOST_POINTS else ()
        chain: list[Hashable] = [("point", source, rank) for rank in between]
        points.update(zip(chain, between, strict=True))
        chains.append([source, *chain, target])
    return points, chains


def _order(
    layers: list[list[Hashable]],
    above: dict[Hashable, list[Hashable]],
    below: dict[Hashable, list[Hashable]],
    groups: Mapping[Hashable, str],
) -> None:
    """Sort each layer by the mean place of its vertices' neighbours, going down and up by turns."""
    place = {vertex: float(i) for layer in layers for i, vertex in enumerate(layer)}
    for sweep in range(SWEEPS):
        neighbours = below if sweep % 2 else above
        for layer in reversed(layers) if sweep % 2 else layers:
            mean = {v: _mean([place[u] for u in neighbours[v]], place[v]) for v in layer}
            together: dict[str, list[float]] = {}
            for vertex in layer:
                if vertex in groups:
                    together.setdefault(groups[vertex], []).append(mean[vertex])
            middle = {group: sum(means) / len(means) for group, means in together.items()}
            layer.sort(key=lambda v: (middle.get(groups.get(v, ""), mean[v]), groups.get(v, ""), mean[v]))
            for i, vertex in enumerate(layer):
                place[vertex] = float(i)


def _mean(values: list[float], default: float) -> float:
    return sum(values) / len(values) if values else default


def _columns(
    layers: list[list[Hashable]],
    above: dict[Hashable, list[Hashable]],
    below: dict[Hashable, list[Hashable]],
    widths: dict[Hashable, float],
    gap: float,
) -> dict[Hashable, float]:
    """The horizontal place of each vertex: as near to its neighbours' mean as the order and the gaps allow."""
    xs: dict[Hashable, float] = {}
    offsets: dict[Hashable, float] = {}
    for layer in layers:
        x = 0.0
        for vertex in layer:
            offsets[vertex] = x + widths[vertex] / 2
            x += widths[vertex] + gap
        for vertex in layer:
            xs[vertex] = offsets[vertex] - (x - gap) / 2
    for sweep in range(SWEEPS):
        neighbours = below if sweep % 2 else above
        for layer in reversed(layers) if sweep % 2 else layers:
            desired = [_mean([xs[u] for u in neighbours[v]], xs[v]) - offsets[v] for v in layer]
            weights = [len(neighbours[v]) or 0.1 for v in layer]
            for vertex, shift in zip(layer, _nearest_ascending(desired, weights), strict=True):
                xs[vertex] = shift + offsets[vertex]
    return xs


def _nearest_ascending(values: list[float], weights: list[float]) -> list[float]:
    """The ascending sequence that is nearest to `values` in weighted least squares, by pooling adjacent violators."""
    pools: list[tuple[float, float, int]] = []  # the mean, the weight and the number of members
    for value, weight in zip(values, weights, strict=True):
        count = 1
        while pools and pools[-1][0] > value:
            mean, mass, members = pools.pop()
            value = (value * weight + mean * mass) / (weight + mass)
            weight += mass
            count += members
        pools.append((value, weight, count))
    return [mean for mean, _, members in pools for _ in range(members)]
