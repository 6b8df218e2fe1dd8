"""`explain` says in words what a backward pass does, and changes nothing; `rule` shows the table itself."""

import re
from typing import Any

import numpy as np
import pytest

import tinygrad_lite as tl
from tinygrad_lite import nn
from tinygrad_lite.core.primitive import REGISTRY, Fused
from tinygrad_lite.insight.rules import instructions, source_of, table_line


class Net(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.hidden = nn.Linear(2, 3)
        self.out = nn.Linear(3, 2)

    def forward(self, x: Any) -> Any:
        h = self.hidden(x).tanh()
        return self.out(h)


def network() -> tuple[Net, Any, Any]:
    tl.manual_seed(0)
    return Net(), tl.randn(4, 2), tl.tensor([0, 1, 1, 0])


TEXT = """
loss 0.7893: 4 operations, 4 leaves; 112 B kept (inputs and parameters not counted)
#8 cross_entropy ()     FILE                  |g| 1       keeps x (4,2) 32 B, (4,2) 32 B
     dx = g weight_t (softmax(x) - 1 at t)    ops/kernels/classification.py
#7 linear        (4,2)  FILE, out (Linear)     |g| 0.3857  keeps x (4,3) 48 B
     dx = g weight, dweight = gᵀ x, dbias = Σ g    ops/kernels/linear.py
     → out.weight |grad| 0.2854   → out.bias |grad| 0.01901
#6 tanh          (4,3)  FILE, Net              |g| 0.2031  keeps out (4,3): the same array as #7's, 0 B
     dx = g (1 - out²)    lambda g, out: g * (1 - out * out)    ops/elementwise.py
#5 linear        (4,3)  FILE, hidden (Linear)  |g| 0.1722  keeps x (4,2), an input
     dweight = gᵀ x, dbias = Σ g    ops/kernels/linear.py
     → hidden.weight |grad| 0.2471   → hidden.bias |grad| 0.05612
backward pass: #8 → #7 → #6 → #5, by falling number; each frees what it kept
"""


def normalized(text: str) -> str:
    text = re.sub(r"\S*test_explanation\.py:\d+", "FILE", text)
    text = re.sub(r"\.py:\d+", ".py", text)
    return re.sub(r" +", " ", text).strip()


def test_the_text_for_a_network_of_two_layers() -> None:
    model, x, target = network()
    with tl.insight.record():
        loss = nn.functional.cross_entropy(model(x), target)
    assert normalized(str(tl.insight.explain(loss, model))) == normalized(TEXT)
    loss.backward()  # the same numbers, from the real backward pass
    norms = {name: float(np.linalg.norm(p.grad.numpy())) for name, p in model.named_parameters()}  # type: ignore[union-attr]  # it has one
    for name, norm in norms.items():
        assert f"{name} |grad| {norm:.4g}" in TEXT


def test_it_changes_nothing() -> None:
    calls = []
    x = tl.tensor([1.0, 2.0], requires_grad=True)
    x.grad = tl.tensor([5.0, 6.0])
    y = x * x
    y.retain_grad()
    y.register_hook(lambda g: calls.append(g))
    loss = y.sum()
    assert str(tl.insight.explain(loss)).endswith("hooks were not called for these gradients")
    assert (x.grad.tolist(), y.grad, calls) == ([5, 6], None, [])
    loss.backward()
    assert x.grad.tolist() == [7, 10]


def test_a_result_that_is_used_twice_has_its_whole_gradient() -> None:
    x = tl.tensor(3.0, requires_grad=True)
    y = x * 2
    entries = {each.name: each for each in tl.insight.explain(y * y + y)}
    assert entries["add"].g == 1
    assert [each.g for each in tl.insight.explain(y * y + y)] == [1, 1, 13]  # 2 y + 1
    assert entries["mul"].leaves == [("leaf", 26)]


def test_a_fused_operation_unfolds_into_its_reference() -> None:
    model, x, target = network()
    loss = nn.functional.cross_entropy(model(x), target)
    for expand in (["cross_entropy"], [8], True):
        entries = list(tl.insight.explain(loss, model, expand=expand))
        inside = entries[0].inside
        assert [each.name for each in inside][-1] == "log_softmax"
        assert inside[-1].leaves[0][0] == "x"
        assert inside[-1].leaves[0][1] == pytest.approx(entries[1].g, rel=1e-5)
        assert bool(entries[1].inside) is (expand is True)
    assert "unfolded into its reference:" in str(tl.insight.explain(loss, expand=True))


def test_to_dict_is_plain() -> None:
    model, x, target = network()
    explanation = tl.insight.explain(nn.functional.cross_entropy(model(x), target), model)
    plain = explanation.to_dict()
    assert plain["bytes"] == 112
    assert [each["name"] for each in plain["operations"]] == ["cross_entropy", "linear", "tanh", "linear"]
    assert plain["operations"][2]["rules"]["x"]["text"] == "lambda g, out: g * (1 - out * out)"
    __import__("json").dumps(plain)


def test_html_is_escaped() -> None:
    x = tl.tensor([1.0], requires_grad=True)
    html = tl.insight.explain((x < 2).float() * x)._repr_html_()
    assert html.count("<tr>") == 2
    assert "<th>operation</th>" in html


def test_the_graph_of_a_gradient() -> None:
    x = tl.tensor(2.0, requires_grad=True)
    (g,) = tl.autograd.grad(x**3, x, create_graph=True)
    explanation = tl.insight.explain(g)
    assert explanation.title.startswith("loss 12: ")
    assert list(explanation)[-1].g is not None
    total = sum(norm or 0 for each in explanation for name, norm in each.leaves if name == "leaf")
    assert total == 12 * sum(bool(each.leaves) for each in explanation)  # the second derivative, at each use of x


def test_ten_thousand_operations() -> None:
    x = y = tl.tensor([0.5], requires_grad=True)
    for _ in range(10_000):
        y = y.sin()
    explanation = tl.insight.explain(y, rules=False)
    assert len(explanation) == 10_000
    assert len(str(explanation).splitlines()) == 10_003
    assert x.grad is None


def test_without_a_history() -> None:
    with pytest.raises(RuntimeError, match="no graph to show"):
        tl.insight.explain(tl.ones(2))
    with pytest.raises(TypeError, match="expected a Tensor, or several, but got str"):
        tl.insight.explain("loss")
    x = tl.ones(2, requires_grad=True)
    y = (x * x).sum()
    y.backward()
    with pytest.raises(RuntimeError, match="second time"):
        tl.insight.explain(y)


# ------------------------------------------------------------------------------------------------ saved tensors


def test_parameters_are_named_by_the_model_that_was_recorded() -> None:
    model, x, target = network()
    with tl.insight.record(model):
        loss = nn.functional.cross_entropy(model(x), target)
    assert str(tl.insight.explain(loss)) == str(tl.insight.explain(loss, model))
    assert str(tl.insight.draw(loss)) == str(tl.insight.draw(loss, model=model))
    assert "→ inner.weight" in str(tl.insight.explain(loss, nn.ModuleDict({"inner": model.hidden})))  # given: it wins
    with tl.insight.record():  # the module that is called
        called = nn.functional.cross_entropy(model(x), target)
    assert "→ out.weight" in str(tl.insight.explain(called))
    with tl.insight.record():  # two modules, each of which has a weight
        both = model.out(model.hidden(x).tanh()).sum()
    assert "→ leaf 1" in str(tl.insight.explain(both))
    del model, both, called
    assert "→ leaf 1" in str(tl.insight.explain(loss))  # a recording keeps no model alive


def test_a_rule_is_shown_as_it_is_defined_and_its_kernels_behind() -> None:
    view = tl.insight.rule(tl.sigmoid)
    assert view.forward is not None
    assert "return np.true_divide(1, 1 + np.exp(np.negative(x)))" in view.forward.text
    assert view.forward.site.file == "ops/elementwise.py"
    assert view.derivatives["x"].text == "lambda g, out: g * (out * (1 - out))"
    assert {name: source.site.file for name, source in view.kernels.items()} == {
        "forward": "ops/kernels/elementwise.py",
        "dx": "ops/kernels/elementwise.py",
    }
    assert "kernel of dx, ops/kernels/elementwise.py:" in str(view)
    assert tl.insight.rule(tl.exp).kernels == {}
    assert list(tl.insight.rule(tl.tanh).kernels) == ["dx"]


def test_a_leaf_alone_is_explained() -> None:
    x = tl.tensor([1.0, 2.0], requires_grad=True)
    assert str(tl.insight.explain(x)).endswith("backward pass: none, as nothing was computed")


def test_a_composed_function_is_shown_without_its_long_docstring() -> None:
    shown = str(tl.insight.rule(nn.functional.relu))
    assert 'rule("relu")' in shown
    assert "def relu(input: Tensor, inplace: bool = False) -> Tensor:\n" in shown
    assert "Raises:" not in shown
    assert "x weightᵀ + bias" in str(tl.insight.rule("linear"))  # a line is kept: it is the formula
    assert 'rule("linear")' in str(tl.insight.rule(nn.Linear))


def test_a_graph_that_was_freed_raises_as_a_second_backward_pass_does() -> None:
    x = tl.tensor([1.0, 2.0], requires_grad=True)
    for loss in (nn.functional.linear(x, tl.ones(3, 2)).sum(), x.exp().sum()):  # a fused operation and a plain one
        loss.backward()
        with pytest.raises(RuntimeError, match="backward through the graph a second time"):
            tl.insight.explain(loss)
        assert tl.insight.list_saved_tensors(loss).bytes == 0


def test_each_array_is_counted_once() -> None:
    x = tl.ones(10, requires_grad=True)
    y = x.exp()
    z = y * y + y.sin()
    saved = tl.insight.list_saved_tensors(z)
    assert saved.bytes == 40
    assert {entry.operation for entry in saved} >= {"mul", "sin", "exp"}
    assert sum(entry.bytes for entry in saved) == 40


def test_views_are_the_memory_of_what_they_view() -> None:
    weight = tl.ones(3, 2, requires_grad=True)
    x = tl.ones(4, 3)
    y = tl.ones(4, 3, requires_grad=True)
    saved = tl.insight.list_saved_tensors(x @ weight + (y @ weight.t().t()))
    assert saved.bytes == 0
    assert {entry.owner for entry in saved} == {"leaf 1", "leaf 2", "an input"}


def test_a_view_keeps_all_of_its_memory() -> None:
    y = tl.ones(100, 100, requires_grad=True).exp()
    saved = tl.insight.list_saved_tensors((y[0] * y[1]).sum())
    assert saved.bytes == 40_000
    assert any("a part of the memory of" in entry.owner for entry in saved)


def test_what_a_compiled_function_keeps() -> None:
    model = nn.Sequential(nn.Linear(4, 8), nn.Tanh(), nn.Linear(8, 1))
    x = tl.ones(10, 4)
    compiled = tl.compile(lambda x: model(x).sum())
    compiled(x)
    kept = tl.insight.list_saved_tensors(compiled(x)).bytes
    assert kept >= tl.insight.list_saved_tensors(model(x).sum()).bytes == 320


def test_the_text_of_saved_tensors() -> None:
    x = tl.ones(2, requires_grad=True)
    assert str(tl.insight.list_saved_tensors(x + 1)) == "0 B kept (inputs and parameters not counted)"
    assert "<td>#2 exp</td><td>out</td><td>(2,)</td>" in tl.insight.list_saved_tensors(x.exp())._repr_html_()


# --------------------------------------------------------------------------------------------------------- rules


def test_every_rule_can_be_shown() -> None:
    for primitive in REGISTRY.values():
        view = tl.insight.rule(primitive)
        assert view.name == primitive.name
        wanted = {n for n, r in zip(primitive.names, primitive.rules, strict=False) if r is not None}
        assert set(view.derivatives) == ({""} if isinstance(primitive, Fused) else wanted)
        assert str(view)


def test_every_derivative_is_told_in_one_line() -> None:
    untold = {
        primitive.name
        for primitive in REGISTRY.values()
        if (isinstance(primitive, Fused) or any(primitive.rules))
        and not re.search(r"; d[\w\[\]]+ = ", table_line(primitive))
    }
    untold -= {"gamma_slope", "dirichlet_slope"}  # derivatives of random numbers, which have none themselves
    assert untold == {"einsum"}  # its derivative by any operand is another einsum, which its line says in words


def test_the_source_of_a_lambda_is_its_own() -> None:
    for primitive in REGISTRY.values():
        for rule in primitive.rules:
            text = "" if rule is None else source_of(rule.vjp).text
            if rule is not None and text.startswith("lambda"):
                function = getattr(rule.vjp, "formula", rule.vjp)
                compiled = eval(compile(text, "", "eval"), dict(function.__globals__))
                assert compiled.__code__.co_varnames == function.__code__.co_varnames
                if not function.__code__.co_freevars:
                    assert instructions(compiled.__code__) == instructions(function.__code__)


def test_rules_of_functions() -> None:
    class Double(tl.autograd.Function):
        """Two times x."""

        @staticmethod
        def forward(ctx: Any, x: Any) -> Any:
            return x * 2

        @staticmethod
        def backward(ctx: Any, g: Any) -> Any:
            return g * 2

    view = tl.insight.rule(Double)
    assert view.formula == "Two times x."
    assert "return g * 2" in view.derivatives[""].text
    assert "test_explanation.py:" in str(view)
    assert tl.insight.rule("gelu").derivatives.keys() == {""}
    with pytest.raises(KeyError, match="no primitive of the name 'gelo'"):
        tl.insight.rule("gelo")
    gelu = tl.insight.rule(nn.functional.gelu)
    assert 'rule("gelu") shows the primitive' in gelu.formula
    assert "follows from those of the operations that it calls" in gelu.formula
    assert str(tl.insight.rule(tl.exp)).splitlines()[1:3] == ["forward, NumPy", "    np.exp(x)"]
    with pytest.raises(TypeError, match="expected an operation"):
        tl.insight.rule(3)
