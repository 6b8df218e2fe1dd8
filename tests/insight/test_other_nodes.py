"""Functions of users, compiled functions, hooks, in-place operations and views are seen like the rest of a graph."""

from typing import Any

import numpy as np
import pytest

import tinygrad_lite as tl
from tinygrad_lite.insight.graph_view import GraphView


class ExpAndSin(tl.autograd.Function):
    @staticmethod
    def forward(ctx: Any, x: Any) -> Any:
        a, b = x.exp(), x.sin()
        ctx.save_for_backward(x, a)
        return a, b

    @staticmethod
    def backward(ctx: Any, ga: Any, gb: Any) -> Any:
        x, a = ctx.saved_tensors
        return ga * a + gb * x.cos()


class Double(tl.autograd.Function):
    @staticmethod
    def forward(ctx: Any, x: Any) -> Any:
        ctx.mark_dirty(x)
        return x.mul_(2)

    @staticmethod
    def backward(ctx: Any, g: Any) -> Any:
        return 2 * g


def gradients_by_steps(loss: Any, leaf: Any, **options: Any) -> Any:
    """The leaf's gradient by the steps, after a comparison with that by backward(), to the bit."""
    (expected,) = tl.autograd.grad(loss, leaf, retain_graph=True)
    leaf.grad = None
    arrived = [step.arrived["leaf"] for step in tl.insight.steps(loss, **options) if "leaf" in step.arrived]
    assert len(arrived) == 1
    assert arrived[0].tobytes() == expected.detach().numpy().tobytes() == leaf.grad.detach().numpy().tobytes()
    return expected


def test_a_function_with_two_results() -> None:
    x = tl.tensor([1.0, 2.0], requires_grad=True)
    with tl.insight.record() as recording:
        a, b = ExpAndSin.apply(x)
        loss = (a * b).sum()
    assert [entry.name for entry in recording] == ["exp", "sin", "ExpAndSin", "mul", "sum"]
    assert recording.operations[2].node is not None
    explained = tl.insight.explain(loss)
    names = [each.name for each in explained]
    assert names == ["sum", "mul", "ExpAndSin[1]", "ExpAndSin[0]", "ExpAndSin"]
    assert all("test_other_nodes.py:" in each.place for each in explained)
    assert "ga * a + gb * x.cos()" in explained.operations[-1].rules[""][0]
    assert "saved_tensors[0] (2,)" in explained.operations[-1].keeps[0] or explained.operations[-1].keeps
    saved = tl.insight.list_saved_tensors(loss)
    assert saved.bytes == 16  # x is the leaf's; a is kept by the product too; b
    steps = list(tl.insight.steps(loss, retain_graph=True))
    assert [step.name for step in steps] == names
    fresh = ExpAndSin.apply(x)
    assert sum(step.freed for step in tl.insight.steps((fresh[0] * fresh[1]).sum())) == 16
    expected = gradients_by_steps(loss, x, retain_graph=True)
    np.testing.assert_allclose(expected, (x.exp() * (x.sin() + x.cos())).detach(), rtol=1e-6)
    assert str(tl.insight.draw(loss)).count("data-edge") == len(GraphView(loss).edges) == 6


def test_a_compiled_function_is_one_node_that_unfolds_to_its_program(tmp_path: Any) -> None:
    @tl.compile
    def f(x: Any, w: Any) -> Any:
        h = (x * w).tanh()
        return h.sum(), h.exp().sum()

    x, w = tl.ones(2), tl.tensor([0.5, 1.0], requires_grad=True)
    f(x, w)
    with tl.insight.record() as recording:
        u, v = f(x, w)
        loss = u * v
    assert [entry.name for entry in recording] == ["f", "mul"]
    explained = tl.insight.explain(loss, expand=["f"])
    assert [each.name for each in explained] == ["mul", "f[1]", "f[0]", "f"]
    whole = explained.operations[-1]
    assert whole.program == f.source
    assert "test_other_nodes.py:" in whole.place
    assert "unfolded into its program:\n       def forward(x, w):" in str(explained)
    assert "program" in explained.to_dict()["operations"][0]
    assert "def backward" in explained._repr_html_()
    assert all(not each.program for each in tl.insight.explain(loss))
    gradients_by_steps(loss, w, retain_graph=True)
    tl.insight.page(loss, tmp_path / "page.html")
    assert "def backward" in (tmp_path / "page.html").read_text(encoding="utf-8")


def test_hooks_are_called_by_steps_and_not_by_explanations(tmp_path: Any) -> None:
    x = tl.tensor([1.0, 2.0], requires_grad=True)
    seen: list[str] = []
    y = x * x
    y.register_hook(lambda g: seen.append("tensor"))
    y.grad_fn.register_hook(lambda inputs, outputs: seen.append("node"))  # type: ignore[union-attr]  # y was computed
    a, _ = ExpAndSin.apply(y)
    a.register_hook(lambda g: seen.append("result"))
    a.grad_fn.register_hook(lambda inputs, outputs: seen.append("Function"))
    loss = a.sum() * 0 + y.sum()
    tl.insight.explain(loss)
    tl.insight.draw(loss)
    tl.insight.page(loss, tmp_path / "page.html", derivative=True)
    assert seen == []
    steps = list(tl.insight.steps(loss))
    assert seen == ["result", "Function", "tensor", "node"]
    assert steps[-1].gradients["x"].tolist() == [1, 2]


def test_a_hook_that_replaces_a_gradient_is_seen_in_the_steps() -> None:
    x = tl.tensor([1.0, 2.0], requires_grad=True)
    y = x.exp()
    y.grad_fn.register_hook(lambda inputs, outputs: (10 * inputs[0],))  # type: ignore[union-attr]  # it has a gradient
    (step,) = [step for step in tl.insight.steps(y.sum()) if step.name == "exp"]
    assert x.grad is not None
    assert step.arrived["leaf"].tolist() == x.grad.tolist()


def test_double_backward() -> None:
    x = tl.tensor(0.5, requires_grad=True)
    (first,) = tl.autograd.grad(x.tanh(), x, create_graph=True)
    explained = tl.insight.explain(first)
    assert {"tanh", "mul", "sub"} <= {each.name for each in explained}
    second = gradients_by_steps(first, x, retain_graph=True)
    t = np.tanh(0.5)
    assert second.item() == pytest.approx(-2 * t * (1 - t * t), rel=1e-6)


@pytest.mark.parametrize("inside", [False, True], ids=["operation", "Function"])
def test_in_place_operations_and_views(inside: bool) -> None:
    x = tl.tensor([[1.0, 2.0], [3.0, 4.0]], requires_grad=True)
    with tl.insight.record() as recording:
        y = x * 3
        row = y[0]
        if inside:
            Double.apply(row)
        else:
            row.mul_(2)
        loss = (y * y).sum() + row.sum()
    assert len(recording) >= 5
    explained = tl.insight.explain(loss)
    assert any(each.name in ("setitem", "put_view", "copy_slices") for each in explained), [e.name for e in explained]
    assert gradients_by_steps(loss, x, retain_graph=True).tolist() == [[78, 150], [54, 72]]
    tl.insight.draw(loss)


def test_ten_thousand_nodes_without_recursion() -> None:
    x = tl.tensor([1.0], requires_grad=True)
    y = x
    for _ in range(10_000):
        y = y * 1.0001
    loss = y.sum()
    assert len(tl.insight.explain(loss, rules=False)) == 10_001
    assert len(list(tl.insight.steps(loss, retain_graph=True))) == 10_001
    assert len(tl.insight.list_saved_tensors(loss)) >= 0
    assert x.grad is not None
    assert x.grad.item() == pytest.approx(np.float64(1.0001) ** 10_000, rel=1e-3)


def test_a_compiled_function_explains_its_programs() -> None:
    scale = [2.0]

    @tl.compile
    def scaled(x: Any, sign: int = 1) -> Any:
        return x * scale[0] * sign

    assert scaled.explain() == "scaled: 0 programs"
    scaled(tl.ones(3))
    scaled(tl.ones(3))
    scaled(tl.ones(2, requires_grad=True), sign=-1)
    scale[0] = 3.0
    scaled(tl.ones(3))
    compared = [line for line in scaled.explain().splitlines() if line.startswith("   compared before each call: ")]
    line = scaled.function.__code__.co_firstlineno + 2
    assert len(compared) == 3
    assert all(f"scale (test_other_nodes.py:{line})" in text for text in compared)
    lines = [line for line in scaled.explain().splitlines() if not line.startswith("   ")]
    assert lines[0] == "scaled: 3 programs"
    assert lines[1].startswith("1. (float32 (3,)): a program of ")
    assert lines[1].endswith(" lines, for the first call")
    assert lines[2].endswith("since something that the function reads beside its arguments had changed")
    assert lines[3].startswith("3. (float32 (2,) with gradient, sign=-1): a program of ")
    assert lines[3].endswith("for arguments of another kind")


def test_a_compiled_function_explains_what_was_refused() -> None:
    @tl.compile
    def looks(x: Any) -> Any:
        return x if x.sum() > 0 else -x

    with pytest.warns(UserWarning, match="cannot be made a program"):
        looks(tl.ones(2))
    first, second = looks.explain().splitlines()
    assert first == "looks: 0 programs"
    assert second.startswith("1. (float32 (2,)): runs as it is written: ")
    assert "test_other_nodes.py" in second
