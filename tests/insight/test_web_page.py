"""The page, in a real browser: what it shows is what the graph is, and stepping to the end gives the gradients."""

import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import tinygrad_lite as tl
from tinygrad_lite import nn
from tinygrad_lite.insight.graph_view import GraphView

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
FLAGS = (
    "--no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking "
    "--disable-component-update --disable-sync"
)


class Net(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.hidden = nn.Linear(2, 8)
        self.out = nn.Linear(8, 2)

    def forward(self, x: Any) -> Any:
        h = self.hidden(x).tanh()
        return self.out(h)


def network() -> tuple[Net, Any]:
    tl.manual_seed(0)
    model = Net()
    with tl.insight.record(values="all"):
        loss = nn.functional.cross_entropy(model(tl.randn(16, 2)), tl.randint(2, (16,)))
    return model, loss


# ------------------------------------------------------------------------------------------- without a browser


def test_it_is_one_file_without_references(tmp_path: Path) -> None:
    model, loss = network()
    tl.insight.page(loss, tmp_path / "page.html", model=model, title="a <title> & more", program="x = 1 < 2")
    text = (tmp_path / "page.html").read_text(encoding="utf-8")
    own = text[: text.index('id="data">')] + text[text.index("</script>") :]  # without the data, which quotes this file
    assert not re.findall(r"""(?:src|href)\s*=|url\((?!#)|@import|fetch\(|XMLHttpRequest""", own)
    assert "<title>a &lt;title&gt; &amp; more</title>" in text
    assert "x = 1 \\u003c 2" in text


def test_it_changes_nothing(tmp_path: Path) -> None:
    x = tl.tensor([1.0, 2.0], requires_grad=True)
    loss = (x * x).sum()
    calls: list[Any] = []
    loss.register_hook(lambda g: calls.append(g))
    tl.insight.page(loss, tmp_path / "page.html", derivative=True)
    assert (x.grad, calls) == (None, [])
    loss.backward()
    assert x.grad is not None
    assert x.grad.tolist() == [2, 4]


def test_constant_gradients_have_no_graph(tmp_path: Path) -> None:
    x = tl.ones(2, requires_grad=True)
    with pytest.raises(RuntimeError, match="the gradients are constants"):
        tl.insight.page(x.sum(), tmp_path / "page.html", derivative=True)


# ------------------------------------------------------------------------------------------------ in a browser


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    sync_api = pytest.importorskip(
        "playwright.sync_api", reason='needs playwright: pip install "tinygrad_lite[browser]"'
    )
    if CHROMIUM is None:
        pytest.skip("needs Chromium: apt-get install chromium")
    with sync_api.sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS.split())
        yield launched
        launched.close()


@pytest.fixture
def opened(browser: Any, tmp_path: Path) -> Iterator[Any]:
    """A function that opens a page for a result. Errors, console messages and requests make the test fail."""
    complaints: list[str] = []
    pages = []

    def open_page(result: Any, width: int = 1280, scheme: str = "light", **settings: Any) -> Any:
        path = tmp_path / "page.html"
        tl.insight.page(result, path, **settings)
        page = browser.new_page(viewport={"width": width, "height": 900}, color_scheme=scheme)
        page.on("console", lambda message: complaints.append(message.text))
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("request", lambda request: request.url.startswith("file:") or complaints.append(request.url))
        page.goto(path.as_uri())
        pages.append(page)
        return page

    yield open_page
    for page in pages:
        page.close()
    assert complaints == []


def test_every_node_and_edge_is_there(opened: Any) -> None:
    model, loss = network()
    view = GraphView(loss, model)
    page = opened(loss, model=model)
    assert page.locator("#graph [data-node]").count() == len(view.vertices)
    assert page.locator("#graph [data-edge]").count() == len(view.edges)
    assert page.locator("#chooser option").count() == len(view.vertices)
    assert page.locator("#summary").inner_text() == tl.insight.explain(loss, model).title


def test_stepping_to_the_end_gives_the_gradients(opened: Any) -> None:
    model, loss = network()
    page = opened(loss, model=model)
    steps = list(tl.insight.steps(loss, model=model))  # the real backward pass
    kept = sum(step.freed for step in steps)
    page.click("#tab-gradients")
    assert page.locator("#gradients tbody tr td:nth-child(3)").all_inner_texts() == ["not yet"] * 4
    for i, step in enumerate(steps, start=1):
        page.click("#next")
        pending = ", ".join(f"#{number}" for number in step.pending)
        status = page.locator("#status").inner_text()
        assert status.startswith(f"backward, step {i} of {len(steps)}: #{step.number} {step.name}")
        assert status.endswith(f"; pending {{{pending}}}")
        kept -= step.freed
        assert page.locator("#kept-text").inner_text().startswith(f"the graph keeps {kept} B of ")
        assert page.locator("#graph .now").get_attribute("data-node") == str(step.number)
        assert page.locator("#graph .pending").count() == len(step.pending)
        arrows = page.locator("#graph .edge.flow")  # a gradient flows up: the arrow is at the beginning of the edge
        assert arrows.count() == len(step.targets)
        assert page.locator("#graph .edge.flow.back").count() == arrows.count()
        style = "e => [getComputedStyle(e).markerStart, getComputedStyle(e).markerEnd]"
        assert arrows.first.evaluate(style) == ['url("#tgl-arrow")', "none"]
    shown = dict(
        zip(
            page.locator("#gradients tbody tr td:nth-child(1)").all_inner_texts(),
            page.locator("#gradients tbody tr td:nth-child(3)").all_inner_texts(),
            strict=True,
        )
    )
    for name, parameter in model.named_parameters():
        assert parameter.grad is not None
        assert float(shown[name]) == pytest.approx(float(np.linalg.norm(parameter.grad.numpy())), rel=1e-3)
    page.click("#next")
    assert "step 4 of 4" in page.locator("#status").inner_text()


def test_values_and_gradients_of_a_node(opened: Any) -> None:
    model, loss = network()
    page = opened(loss, model=model)
    page.select_option("#chooser", label="out.weight (2, 8)")
    page.locator("#pane-node details", has_text="as a table").first.locator("summary").click()
    page.locator("#pane-node details[open] td").first.wait_for()
    cells = page.locator("#pane-node details[open] td").all_inner_texts()
    np.testing.assert_allclose([float(cell) for cell in cells], model.out.weight.detach().numpy().ravel(), rtol=1e-3)
    loss.backward()
    page.locator("#pane-node details", has_text="as a table").nth(1).locator("summary").click()
    page.locator("#pane-node details[open]").nth(1).locator("td").first.wait_for()
    cells = page.locator("#pane-node details[open]").nth(1).locator("td").all_inner_texts()
    np.testing.assert_allclose([float(cell) for cell in cells], model.out.weight.grad.numpy().ravel(), rtol=1e-3)  # type: ignore[union-attr]  # it has one


def test_code_and_graph_light_each_other(opened: Any) -> None:
    model, loss = network()
    page = opened(loss, model=model)
    line = page.locator("#code li", has_text="h = self.hidden(x).tanh()")
    line.hover()
    assert sorted(page.locator("#graph .hover .title").all_text_contents()) == ["#5 linear", "#6 tanh"]
    page.locator('#graph [data-node="7"]').hover()
    assert page.locator("#code li.hover").inner_text().strip().endswith("return self.out(h)")
    page.locator('#graph [data-node="6"]').click()
    assert "h = self.hidden(x).tanh()" in page.locator("#code li.now").inner_text()
    assert "dx = g (1 - out²)" in page.locator("#pane-node").inner_text()
    page.locator("#pane-node summary", has_text="elementwise.py").click()
    assert "lambda g, out: g * (1 - out * out)" in page.locator("#pane-node").inner_text()


def test_a_fused_operation_unfolds(opened: Any) -> None:
    model, loss = network()
    page = opened(loss, model=model)
    page.locator("#pane-node summary", has_text="unfold into its reference").click()
    assert "log_softmax" in page.locator("#pane-node .unfold table").inner_text()


def test_the_keyboard(opened: Any) -> None:
    model, loss = network()
    page = opened(loss, model=model)
    for key, step in (
        ("ArrowRight", 1),
        ("ArrowRight", 2),
        ("ArrowLeft", 1),
        ("End", 4),
        ("Home", 0),
        ("ArrowLeft", 0),
    ):
        page.keyboard.press(key)
        assert f"backward, step {step} of 4" in page.locator("#status").inner_text()
    page.focus("#tab-node")
    page.keyboard.press("ArrowRight")
    assert page.evaluate("document.activeElement.id") == "tab-gradients"
    assert page.locator("#pane-gradients").is_visible()
    assert not page.locator("#pane-node").is_visible()
    assert "step 0 of 4" in page.locator("#status").inner_text()


def test_forward_it_shows_what_has_been_computed_so_far(opened: Any) -> None:
    model, loss = network()
    page = opened(loss, model=model)
    page.check("[value=forward]")
    assert page.locator("#graph .later").count() == 8
    for _ in range(5):
        page.click("#next")
    assert page.locator("#graph .later").count() == 3
    assert page.locator("#graph .edge.flow").count() == 2  # weight and bias of the first layer
    assert page.locator("#graph .edge.flow.back").count() == 0
    assert "forward, step 5 of 8: #5 linear" in page.locator("#status").inner_text()


def test_the_derivative_and_the_program(opened: Any) -> None:
    model, loss = network()
    page = opened(loss, model=model, derivative=True, program="def forward(x):\n    return x")
    page.click("#tab-derivative")
    assert page.locator("#pane-derivative [data-node]").count() > 10
    page.click("#tab-program")
    assert "return x" in page.locator("#pane-program").inner_text()
    page.click("#tab-memory")
    assert "inputs and parameters not counted" in page.locator("#pane-memory").inner_text()


def test_what_was_not_recorded(opened: Any) -> None:
    x = tl.tensor([float("nan"), 1.0], requires_grad=True)
    page = opened((x.exp() * 2).sum())
    assert "No lines were recorded" in page.locator("#code").inner_text()
    assert "Not kept" in page.locator("#pane-node").inner_text()
    page.select_option("#chooser", label="leaf (2,)")
    assert "1 are not finite" in page.locator("#pane-node").inner_text()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 390])
def test_it_is_accessible_and_fits(opened: Any, width: int, scheme: str) -> None:
    axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason='needs "tinygrad_lite[browser]"')
    model, loss = network()
    page = opened(loss, width, scheme, model=model)
    page.click("#next")
    for tab in ("node", "gradients", "memory", "program"):
        page.click(f"#tab-{tab}")
        results = axe.Axe().run(page)
        assert results.violations_count == 0, results.generate_report()
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_two_thousand_nodes(opened: Any) -> None:
    x = y = tl.tensor([0.5], requires_grad=True)
    for _ in range(1_000):
        y = y.sin() * x
    page = opened(y)
    assert page.locator("#graph [data-node]").count() == 2_001
    page.click("#last")
    assert "backward, step 2000 of 2000" in page.locator("#status").inner_text()
    assert page.locator("#graph .now").count() == 1
