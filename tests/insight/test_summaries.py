"""`summary` tells what a model costs, `watch` how it trains, and notebooks show tables of both."""

import re
from typing import Any

import numpy as np
import pytest

import tinygrad_lite as tl
from tinygrad_lite import nn
from tinygrad_lite.insight.graph_view import GraphView
from tinygrad_lite.runtime import notebook


def model() -> Any:
    tl.manual_seed(0)
    return nn.Sequential(
        nn.Linear(10, 32), nn.BatchNorm1d(32), nn.ReLU(), nn.Dropout(0.2), nn.Sequential(nn.Linear(32, 4, bias=False))
    )


def test_the_columns_of_a_summary() -> None:
    net = model()
    layers = {layer.name: layer for layer in tl.insight.summary(net, tl.randn(16, 10))}
    assert [layer.kind for layer in layers.values()] == [
        "Sequential", "Linear", "BatchNorm1d", "ReLU", "Dropout", "Sequential", "Linear",
    ]  # fmt: skip
    assert {name: layer.parameters for name, layer in layers.items() if layer.parameters} == {
        "0": 10 * 32 + 32, "1": 64, "4.0": 128,
    }  # fmt: skip
    assert {name: layer.multiply_adds for name, layer in layers.items() if layer.multiply_adds} == {
        "0": 16 * 10 * 32, "4.0": 16 * 32 * 4,
    }  # fmt: skip
    assert layers["0"].output == [(16, 32)]
    assert layers["4"].output == layers["4.0"].output == layers[""].output == [(16, 4)]


def test_the_totals_of_a_summary() -> None:
    net = model()
    net[0].weight.requires_grad_(False)
    x = tl.randn(16, 10)
    summary = tl.insight.summary(net, x)
    assert summary.parameters == sum(p.numel() for p in net.parameters()) == 352 + 64 + 128
    assert summary.trainable == summary.parameters - 320
    assert summary.multiply_adds == 16 * 10 * 32 + 16 * 32 * 4
    assert summary.kept == sum(layer.kept for layer in summary) == GraphView(net(x)).bytes
    assert "544 parameters, 224 of them trained" in str(summary)
    assert "<caption>544 parameters" in summary._repr_html_()


def test_a_summary_changes_nothing() -> None:
    net = model()
    net(tl.randn(16, 10)).sum().backward()
    before = {name: value.clone() for name, value in net.state_dict().items()}
    gradients = [p.grad.clone() for p in net.parameters()]
    state = tl.get_rng_state()
    tl.insight.summary(net, tl.ones(16, 10))
    assert tl.equal(tl.get_rng_state(), state)
    assert all(tl.equal(value, before[name]) for name, value in net.state_dict().items())
    assert all(tl.equal(p.grad, g) for p, g in zip(net.parameters(), gradients, strict=True))
    assert not any(module._forward_hooks for module in net.modules())


def test_the_products_of_recurrent_layers() -> None:
    for kind, gates in (("RNN", 1), ("LSTM", 4), ("GRU", 3)):
        summary = tl.insight.summary(getattr(nn, kind)(4, 5), tl.ones(6, 2, 4))
        assert summary.multiply_adds == 6 * 2 * gates * 5 * (4 + 5)


def test_the_products_of_convolutions() -> None:
    net = nn.Sequential(nn.Conv2d(2, 6, 5, padding=2, groups=2), nn.ConvTranspose2d(6, 4, 2, 2, groups=2))
    layers = tl.insight.summary(net, tl.ones(3, 2, 10, 10)).layers
    assert [layer.multiply_adds for layer in layers] == [0, 3 * 10 * 10 * 6 * 25, 3 * 10 * 10 * 6 * 2 * 4]


def test_layers_that_are_not_called_or_return_several() -> None:
    class Two(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.used = nn.Linear(2, 3)
            self.unused = nn.Linear(2, 3)

        def forward(self, x: Any, scale: float = 1.0) -> Any:
            h = self.used(x) * scale
            return {"a": h, "b": [h.sum(), 3]}

    text = str(tl.insight.summary(Two(), tl.ones(5, 2), scale=2.0)).splitlines()
    assert text[1].split()[:3] == ["Two", "(5,3)", "()"]
    assert "not called" in text[3]
    with tl.no_grad():
        assert tl.insight.summary(Two(), tl.ones(5, 2)).kept == 0
    with pytest.raises(TypeError, match="expected a Module, but got function"):
        tl.insight.summary(lambda x: x, tl.ones(1))


# ------------------------------------------------------------------------------------------------------------ watch


def trained(every: int, steps: int = 6) -> tuple[Any, Any, list[Any]]:
    tl.manual_seed(0)
    net = nn.Sequential(nn.Linear(2, 4), nn.ReLU(), nn.Linear(4, 1))
    with tl.no_grad():
        net[0].weight.copy_(tl.tensor([[1.0, 0.0], [0.0, 1.0], [-1.0, -1.0], [1.0, 1.0]]))
        net[0].bias.copy_(tl.tensor([0.0, 0.0, -100.0, 0.0]))  # the third unit is dead
    optimizer = tl.optim.SGD(net.parameters(), lr=0.1)
    history = []
    with tl.insight.watch(net, optimizer, every=every) as watched:
        for _ in range(steps):
            optimizer.zero_grad()
            net(tl.tensor([[1.0, 2.0], [2.0, 1.0]])).square().mean().backward()
            before = net[2].weight.detach().clone()
            gradient = net[2].weight.grad.clone()
            optimizer.step()
            history.append((before, gradient))
    return net, watched, history


def test_what_is_observed() -> None:
    net, watched, history = trained(every=2)
    assert watched.steps == 6
    by_kind = {kind: [o for o in watched if o.kind == kind] for kind in ("activation", "gradient", "update")}
    assert {o.step for o in watched} == {0, 2, 4}
    assert {o.name for o in by_kind["activation"]} == {"0", "1", "2"}
    assert {o.name for o in by_kind["gradient"]} == {name for name, _ in net.named_parameters()}
    assert [o.dead for o in by_kind["activation"] if o.name == "1"][0] == 0.25  # noqa: RUF015  # there is one
    for observation in by_kind["gradient"]:
        if observation.name == "2.weight":
            _, gradient = history[observation.step]
            assert observation.values.norm == pytest.approx(float(np.linalg.norm(gradient.numpy())))
    for observation in by_kind["update"]:
        if observation.name == "2.weight":
            before, gradient = history[observation.step]
            expected = 0.1 * np.linalg.norm(gradient.numpy()) / np.linalg.norm(before.numpy())
            assert observation.ratio == pytest.approx(float(expected), rel=1e-4)
            assert sum(observation.histogram) == 4


def test_it_ends() -> None:
    net, watched, _ = trained(every=1)
    count = len(watched.observations)
    net(tl.ones(1, 2))
    assert len(watched.observations) == count
    assert not any(module._forward_hooks for module in net.modules())


def test_a_recurrent_layer_is_watched_by_its_outputs() -> None:
    net = nn.Sequential(nn.GRU(2, 3))
    with tl.insight.watch(net, tl.optim.SGD(net.parameters(), lr=0.1), every=1) as watched:
        outputs, _ = net(tl.ones(4, 2))
    (observation,) = watched.observations
    assert (observation.name, observation.values.size) == ("0", outputs.numel())


def test_evaluation_is_not_watched() -> None:
    net = nn.Sequential(nn.Linear(2, 2))
    with tl.insight.watch(net, tl.optim.SGD(net.parameters(), lr=0.1), every=1) as watched:
        net.eval()
        net(tl.ones(1, 2))
        assert watched.observations == []
        net.train()
        net(tl.ones(1, 2))
        assert [o.name for o in watched] == ["0"]


def test_sparse_gradients_are_watched_and_drawn() -> None:
    """The rows 1, 2 and 2 of two elements get gradients of ones: the norm is √(2 (1² + 2²))."""
    layer = nn.Embedding(4, 2, sparse=True)
    optimizer = tl.optim.SGD(layer.parameters(), lr=0.5)
    with tl.insight.watch(layer, optimizer, every=1) as watched:
        loss = layer(tl.tensor([1, 2, 2])).sum()
        loss.backward(retain_graph=True)
        optimizer.step()
    norms = {each.kind: each.values.norm for each in watched if each.name == "weight"}
    assert norms == pytest.approx({"gradient": 10**0.5, "update": 10**0.5 / 2}, rel=1e-6)
    assert "|grad| 3.162" in str(tl.insight.draw(loss, model=layer))


def test_the_table_and_the_plot_of_a_watch() -> None:
    _, watched, _ = trained(every=1)
    lines = watched.table().splitlines()
    assert lines[0].split() == ["name", "what", "step", "mean", "std", "norm"]
    assert any(line.startswith("1 ") and re.search(r"(25|50|75)% dead$", line) for line in lines)  # at least the third
    assert any("of the weight" in line for line in lines)
    assert "<td" in watched._repr_html_()
    pytest.importorskip("matplotlib", reason='needs matplotlib: pip install "tinygrad_lite[examples]"')
    figure = watched.plot()
    assert [len(axes.lines) for axes in figure.axes] == [3, 4, 4]
    assert [axes.get_title() for axes in figure.axes][2] == "|update| / |weight|"


def test_every_must_be_positive() -> None:
    net = nn.Linear(1, 1)
    with pytest.raises(ValueError, match="every must be at least 1, not 0"):
        tl.insight.watch(net, tl.optim.SGD(net.parameters(), lr=0.1), every=0)


# -------------------------------------------------------------------------------------------------------- notebooks


def test_a_matrix_is_shown_as_a_heat_map() -> None:
    html = tl.tensor([[1.0, -2.0], [0.0, float("nan")]])._repr_html_()
    assert html is not None
    assert html.count("<rect") == 4
    assert "[0, 1] -2" in html
    assert html.startswith("<pre>tensor([[ 1., -2.],")
    assert 'fill="#ffffff"' in html  # zero
    assert 'fill="#888888"' in html  # NaN
    big = tl.ones(100, 50)._repr_html_()
    assert big is not None
    assert big.count("<rect") == notebook.CELLS**2
    assert "the first 32 × 32 of 100 × 50" in big
    assert tl.ones(3)._repr_html_() is None  # the text is enough
    assert tl.ones(2, 2, 2)._repr_html_() is None


def test_modules_and_parameters() -> None:
    net = model().eval()
    html = net._repr_html_()
    assert html.count("<tr>") == 8
    assert "544 parameters, evaluation mode" in html
    assert "weight (32, 10), bias (32,)" in html
    parameter = net[0].weight._repr_html_()
    assert parameter.startswith("<pre>Parameter containing:")


def test_reports_and_programs() -> None:
    net = nn.Linear(2, 2)
    report = tl.autograd.gradcheck(net, tl.ones(1, 2), raise_exception=False)
    assert "passed for 3 tensors" in report._repr_html_()  # type: ignore[union-attr]  # with raise_exception=False it is a report

    @tl.compile
    def double(x: Any) -> Any:
        return x * 2

    double(tl.ones(2))
    assert "def forward" in double._repr_html_()


def test_texts_are_escaped() -> None:
    assert notebook.table(("<a>",), [("<b>", 1_000)], "<c>") == (
        "<table><caption>&lt;c&gt;</caption><thead><tr><th>&lt;a&gt;</th></tr></thead><tbody><tr>"
        '<td style="text-align:left">&lt;b&gt;</td><td style="text-align:right">1,000</td></tr></tbody></table>'
    )
