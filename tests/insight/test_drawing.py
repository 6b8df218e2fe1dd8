"""Drawings show every node and every edge, in boxes that do not overlap."""

import re
import xml.etree.ElementTree as ElementTree
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import tinygrad_lite as tl
from tinygrad_lite import nn
from tinygrad_lite.insight.graph_view import GraphView
from tinygrad_lite.insight.layout import layered

SVG = "{http://www.w3.org/2000/svg}"


class Block(nn.Module):
    def __init__(self, n: int) -> None:
        super().__init__()
        self.norm = nn.LayerNorm(n)
        self.linear = nn.Linear(n, n)

    def forward(self, x: Any) -> Any:
        return x + self.linear(nn.functional.gelu(self.norm(x)))


def residual() -> tuple[Any, Any]:
    model = nn.Sequential(nn.Embedding(10, 8), Block(8), Block(8), nn.Linear(8, 10))
    return model, nn.functional.cross_entropy(model(tl.arange(4)), tl.arange(4))


@pytest.mark.parametrize("backward", [True, False])
def test_every_node_and_edge_is_drawn(backward: bool) -> None:
    model, loss = residual()
    view = GraphView(loss, model)
    svg = str(tl.insight.draw(loss, backward=backward, model=model))
    root = ElementTree.fromstring(svg)
    assert sum("data-node" in element.attrib for element in root.iter()) == len(view.vertices)
    assert sum("data-edge" in element.attrib for element in root.iter()) == len(view.edges)
    dot = str(tl.insight.draw(loss, "dot", backward, model=model))
    assert len(re.findall(r"\[label=\".*\"(?:, style|\];)", dot)) >= len(view.vertices)
    assert dot.count(" -> ") == len(view.edges)
    mermaid = str(tl.insight.draw(loss, "mermaid", backward, model=model))
    assert len(re.findall(r"--> n\d+$", mermaid, re.MULTILINE)) == len(view.edges)
    titles = [element.text or "" for element in root.iter(SVG + "title")]
    assert any(title.startswith("1.norm.weight") for title in titles)
    assert any("dx = g" in title for title in titles) is backward


def test_modules_have_frames() -> None:
    model, loss = residual()
    svg = str(tl.insight.draw(loss, model=model))
    names = re.findall(r'class="group-name"[^>]*>([^<]*)<', svg)
    assert {"0", "1.norm", "1.linear", "2.norm", "2.linear", "3"} == set(names)


def test_gradients_of_leaves_are_shown() -> None:
    x = tl.tensor([3.0, 4.0], requires_grad=True)
    loss = (x * x).sum()
    assert "|grad|" not in str(tl.insight.draw(loss))
    loss.backward(retain_graph=True)
    assert "|grad| 10" in str(tl.insight.draw(loss))
    assert "|grad| 10" not in str(tl.insight.draw(loss, backward=False))


def test_names_are_escaped() -> None:
    x = tl.ones(2, requires_grad=True)
    x.name = 'a <b> & "c"'  # type: ignore[attr-defined]  # it is set here
    root = ElementTree.fromstring(str(tl.insight.draw(x * 2)))
    assert any('a <b> & "c"' in (element.text or "") for element in root.iter())
    assert '\\"c\\"' in str(tl.insight.draw(x * 2, "dot"))
    assert "#quot;c#quot;" in str(tl.insight.draw(x * 2, "mermaid"))


def test_a_notebook_shows_it() -> None:
    x = tl.ones(2, requires_grad=True)
    svg, dot, mermaid = (tl.insight.draw(x * 2, form) for form in ("svg", "dot", "mermaid"))  # type: ignore[arg-type]  # mypy cannot tell which
    assert str(svg._repr_svg_()).startswith("<svg")
    assert (dot._repr_svg_(), dot._repr_markdown_()) == (None, None)
    assert str(mermaid._repr_markdown_()).startswith("```mermaid\nflowchart TD\n")
    assert "str() gives it" in repr(svg)


def test_it_is_saved(tmp_path: Any) -> None:
    x = tl.ones(2, requires_grad=True)
    drawing = tl.insight.draw(x * 2)
    drawing.save(tmp_path / "graph.svg")
    assert (tmp_path / "graph.svg").read_text(encoding="utf-8") == str(drawing)


def test_wrong_formats() -> None:
    with pytest.raises(ValueError, match='format must be "svg", "dot" or "mermaid", not \'png\''):
        tl.insight.draw(tl.ones(1, requires_grad=True) * 2, "png")  # type: ignore[arg-type]  # wrong on purpose


def test_ten_thousand_nodes() -> None:
    rng = np.random.default_rng(0)
    values = [tl.tensor([0.5], requires_grad=True)]
    for _ in range(10_000):
        values.append(values[-1 - rng.integers(min(3, len(values)))] * values[-1])
    assert str(tl.insight.draw(values[-1])).count("data-edge") == 20_000


# --------------------------------------------------------------------------------------------------------- layout


@given(seed=st.integers(0, 10**6), count=st.integers(1, 40), edges=st.integers(0, 80))
def test_boxes_do_not_overlap_and_edges_go_down(seed: int, count: int, edges: int) -> None:
    rng = np.random.default_rng(seed)
    sizes: Any = {i: (float(rng.uniform(20, 300)), float(rng.uniform(10, 60))) for i in range(count)}
    pairs: Any = []
    if count > 1:
        for _ in range(edges):
            a, b = sorted(rng.choice(count, 2, replace=False).tolist())
            pairs.append((a, b))
    groups: Any = {i: f"g{rng.integers(3)}" for i in range(count) if rng.integers(2)}
    layout = layered(sizes, pairs, groups)
    boxes = list(layout.boxes.values())
    for i, a in enumerate(boxes):
        assert a.left >= -1e-6
        assert a.top >= -1e-6
        assert a.right <= layout.width + 1e-6
        assert a.bottom <= layout.height + 1e-6
        for b in boxes[i + 1 :]:
            beside = a.right <= b.left + 1e-6 or b.right <= a.left + 1e-6
            above = a.bottom <= b.top + 1e-6 or b.bottom <= a.top + 1e-6
            assert beside or above
    for (source, target), route in zip(pairs, layout.routes, strict=True):
        heights = [y for _, y in route]
        assert heights == sorted(heights)
        assert heights[0] == pytest.approx(layout.boxes[source].bottom)
        assert heights[-1] == pytest.approx(layout.boxes[target].top)
        for box in boxes:  # in the middle of a layer an edge passes beside the boxes
            for (x, y), (x2, y2) in zip(route[1:-1:2], route[2:-1:2], strict=True):
                assert x == x2
                if y <= box.y <= y2:
                    assert x <= box.left or x >= box.right
