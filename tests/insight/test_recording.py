"""The recorder notes every operation with its line and its layer, and leaves no trace of itself."""

import gc
import sys
import threading
import weakref
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

import tinygrad_lite as tl
from tinygrad_lite import nn
from tinygrad_lite.core.graph import Reading
from tinygrad_lite.core.higher_order import OnTensors
from tinygrad_lite.core.tensor import TensorBase


class Net(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.hidden = nn.Linear(2, 3)
        self.out = nn.Sequential(nn.ReLU(), nn.Linear(3, 2))

    def forward(self, x: Any) -> Any:
        return self.out(self.hidden(x).tanh())


def test_a_cell_of_a_notebook_is_called_by_its_number(monkeypatch: pytest.MonkeyPatch) -> None:
    """As IPython's own tracebacks call it: the file of a cell has a name such as /tmp/ipykernel_7/3306438559.py."""
    names = {"/tmp/ipykernel_7/1.py": ("Cell", "In[3]")}
    compiler = SimpleNamespace(format_code_name=names.get)
    ipython = SimpleNamespace(get_ipython=lambda: SimpleNamespace(compile=compiler))
    code = compile("loss = x.exp()", "/tmp/ipykernel_7/1.py", "exec")
    monkeypatch.setitem(sys.modules, "IPython", ipython)  # type: ignore[misc]  # a stand-in
    with tl.insight.record() as recording:
        exec(code, {"x": tl.ones(2)})
        tl.ones(2).log()
    first, second = (operation.site for operation in recording)
    assert first is not None
    assert second is not None
    assert first.place == "In[3]:1"
    assert second.file.endswith("test_recording.py")
    monkeypatch.setitem(sys.modules, "IPython", SimpleNamespace(get_ipython=lambda: None))  # type: ignore[misc]  # a stand-in
    with tl.insight.record() as recording:
        exec(code, {"x": tl.ones(2)})
    assert str(recording.operations[0].site).startswith("/tmp/ipykernel_7/1.py:1")


def test_operations_come_in_order_with_their_lines_and_layers() -> None:
    model = Net()
    with tl.insight.record() as recording:
        model(tl.ones(4, 2)).sum()
    assert [operation.name for operation in recording] == ["linear", "tanh", "relu", "linear", "sum"]
    assert [operation.shape for operation in recording] == [(4, 3), (4, 3), (4, 3), (4, 2), ()]
    sites = [operation.site for operation in recording]
    assert [site.layer for site in sites] == ["hidden (Linear)", "Net", "out.0 (ReLU)", "out.1 (Linear)", ""]
    assert all(site.file.endswith("test_recording.py") for site in sites)
    assert sites[0].text == "return self.out(self.hidden(x).tanh())"
    assert sites[4].text == "model(tl.ones(4, 2)).sum()"


def test_paths_count_from_the_model_that_is_given() -> None:
    inner = nn.Sequential(nn.Linear(2, 2))
    outer = nn.Sequential(inner, nn.Tanh())
    for model, expected in ((None, "0.0 (Linear)"), (outer, "0.0 (Linear)"), (inner, "0 (Linear)")):
        with tl.insight.record(model) as recording:
            outer(tl.ones(1, 2))
        assert recording.operations[0].site.layer == expected


def test_functions_without_a_history_are_recorded_too() -> None:
    with tl.insight.record() as recording, tl.no_grad():
        (tl.ones(2) * 3).sum()
    assert [(operation.name, operation.node) for operation in recording] == [("mul", None), ("sum", None)]


def test_the_backward_pass_is_recorded() -> None:
    x = tl.tensor([1.0, 2.0], requires_grad=True)
    with tl.insight.record() as recording:
        (x * x).sum().backward()
    assert [step.name for step in recording.derivations] == ["sum", "mul"]
    by_x, by_y = recording.derivations[1].gradients
    assert (by_x.minimum, by_x.maximum) == (by_y.minimum, by_y.maximum) == (1, 2)


def test_operations_of_a_backward_pass_with_create_graph_are_marked() -> None:
    x = tl.tensor(2.0, requires_grad=True)
    with tl.insight.record() as recording:
        tl.autograd.grad(x**3, x, create_graph=True)
    assert not recording.operations[0].in_backward
    assert len(recording) > 1
    assert all(operation.in_backward for operation in recording.operations[1:])


@pytest.mark.parametrize(("values", "kind"), [("all", np.ndarray), (None, type(None))])
def test_values(values: Any, kind: type) -> None:
    x = tl.tensor([1.0, 4.0])
    with tl.insight.record(values=values) as recording:
        y = x.sqrt()
    assert isinstance(recording.operations[0].values, kind)
    if values == "all":
        y.zero_()
        assert recording.operations[0].values.tolist() == [1, 2]  # a copy


def test_a_summary_counts_what_is_not_finite() -> None:
    with tl.insight.record() as recording:
        tl.tensor([4.0, -1.0, float("inf"), 0.0]).sqrt()
    values: Any = recording.operations[0].values
    assert (values.minimum, values.maximum, values.mean, values.std) == (0, 2, 1, 1)
    assert (values.zeros, values.nan, values.inf, values.size) == (1, 1, 1, 4)


def test_a_recording_keeps_no_graph_alive() -> None:
    x = tl.ones(3, requires_grad=True)
    with tl.insight.record() as recording:
        y = (x * x).exp()
    node = weakref.ref(y.grad_fn)
    del y
    gc.collect()
    assert node() is None
    assert recording.operations[1].node() is None
    assert len(recording) == 2


def test_nothing_stays_replaced() -> None:
    methods = TensorBase.__primitive__, Reading.derive, OnTensors.derive
    with tl.insight.record(), tl.insight.record():
        assert TensorBase.__primitive__ is not methods[0]
    assert (TensorBase.__primitive__, Reading.derive, OnTensors.derive) == methods
    with pytest.raises(ZeroDivisionError), tl.insight.record():
        1 / 0  # noqa: B018  # reading it is what is tested
    assert (TensorBase.__primitive__, Reading.derive, OnTensors.derive) == methods


def test_another_thread_is_not_recorded() -> None:
    seen = []

    def work() -> None:
        tl.ones(2).exp()
        with tl.insight.record() as own:
            tl.ones(2).log()
        seen.append([operation.name for operation in own])

    with tl.insight.record() as recording:
        thread = threading.Thread(target=work)
        thread.start()
        thread.join()
        tl.ones(2).sin()
    assert [operation.name for operation in recording] == ["sin"]
    assert seen == [["log"]]


def test_recording_changes_no_bit() -> None:
    def gradients() -> list[bytes]:
        tl.manual_seed(0)
        model = nn.Sequential(nn.Linear(3, 5), nn.BatchNorm1d(5), nn.Dropout(0.3), nn.Linear(5, 2))
        nn.functional.cross_entropy(model(tl.randn(8, 3)), tl.randint(2, (8,))).backward()
        return [p.grad.numpy().tobytes() for p in model.parameters()]  # type: ignore[union-attr]  # it has a gradient

    plain = gradients()
    with tl.insight.record(values="all"):
        assert gradients() == plain


def test_what_values_may_be() -> None:
    with pytest.raises(ValueError, match='values must be "summary", "all" or None'):
        tl.insight.record(values="mean")  # type: ignore[arg-type]  # wrong on purpose
