"""The profiler: what it sees, how it adds up, when it measures, and that nothing of it stays behind."""

from __future__ import annotations

import gzip
import importlib
import json
import threading
import warnings
from pathlib import Path
from typing import Any

import pytest

import tinygrad_lite as tl
from tinygrad_lite.core.tensor import TensorBase
from tinygrad_lite.profiler import profile, record_function, schedule
from tinygrad_lite.profiler.events import memory_text, time_text

PRIMITIVE = TensorBase.__primitive__


def train(T: Any, steps: int = 1, profiler: Any = None) -> None:
    T.manual_seed(0)
    layer = T.nn.Linear(3, 2)
    optimizer = T.optim.SGD(layer.parameters(), lr=0.1)
    for _ in range(steps):
        loss = layer(T.ones(4, 3)).tanh().sum()
        loss.backward()
        optimizer.step()
        if profiler is not None:
            profiler.step()


def test_an_operation_with_a_kernel_is_one_row() -> None:
    """The table names the kernel, and nothing of what its definition is made of."""
    nn = tl.nn
    model = nn.Sequential(
        nn.Conv2d(1, 2, 3), nn.BatchNorm2d(2), nn.Flatten(2), nn.LayerNorm(9), nn.Linear(9, 4), nn.LSTM(4, 4)
    )
    q = tl.ones(1, 2, 4, requires_grad=True)
    with profile() as prof:
        out = model(tl.ones(2, 1, 5, 5))[0]
        nn.functional.cross_entropy(
            nn.functional.scaled_dot_product_attention(q, q, q)[0], tl.tensor([0, 1])
        ).backward()
        out.sum().backward()
    rows = {row.key for row in prof.key_averages()}
    kernels = {"convolve", "batch_norm", "layer_norm", "linear", "lstm", "attention", "cross_entropy"}
    backward = {"Convolution", "NativeBatchNorm", "NativeLayerNorm", "Addmm", "Lstm", "NllLoss"}
    assert {f"aten::{name}" for name in kernels} <= rows
    assert rows & {"aten::matmul", "aten::exp", "aten::tanh", "aten::var", "aten::mean"} == set()
    assert all(any(row.startswith(f"{name}Backward0") for row in rows) for name in backward), rows


def test_what_is_seen_and_how_it_adds_up() -> None:
    with profile(record_shapes=True, profile_memory=True, with_stack=True) as prof, record_function("all"):
        train(tl, 2)
    assert TensorBase.__primitive__ is PRIMITIVE
    events = prof.events()
    names = [event.name for event in events]
    assert names[0] == "all"
    assert names.count("aten::linear") == names.count("aten::tanh") == names.count("TanhBackward0") == 2
    assert names.count("Optimizer.step#SGD.step") == 2
    tops = [event for event in events if event.cpu_parent is None]
    assert [event.name for event in tops] == ["all"]
    assert events.self_cpu_time_total == pytest.approx(tops[0].cpu_time_total)
    for event in events:
        assert event.end_us >= event.start_us
        for child in event.cpu_children:
            assert event.start_us <= child.start_us <= child.end_us <= event.end_us
    linear = next(event for event in events if event.name == "aten::linear")
    assert linear.input_shapes == [[4, 3], [2, 3], [2]]
    assert linear.cpu_memory_usage == 4 * 2 * 4
    tanh = next(event for event in events if event.name == "TanhBackward0")
    assert tanh.cpu_memory_usage == tanh.cpu_parent.cpu_memory_usage == 4 * 2 * 4
    assert "layer(T.ones(4, 3))" in linear.stack[0]
    averages = prof.key_averages()
    assert {average.key: average.count for average in averages}["aten::tanh"] == 2
    assert averages.total_average().count == len(events)
    assert averages.total_average().cpu_memory_usage == sum(event.cpu_memory_usage for event in events)


def test_the_table_and_the_traces(tmp_path: Path) -> None:
    with profile(record_shapes=True, profile_memory=True, with_stack=True) as prof:
        train(tl)
    text = prof.key_averages(group_by_input_shape=True).table(sort_by="cpu_time_total", row_limit=3, header="a title")
    lines = text.split("\n")
    assert lines[1] == "a title"
    for title in ("Name", "Self CPU %", "CPU total", "CPU time avg", "CPU Mem", "# of Calls", "Input Shapes"):
        assert title in lines[3]
    assert len([line for line in lines if "%" in line]) == 4
    assert lines[-2].startswith("Self CPU time total: ")
    times = [average.cpu_time_total for average in prof.key_averages()]
    assert max(times) == max(event.cpu_time_total for event in prof.events())
    with pytest.raises(AttributeError, match="has no attribute 'foo'"):
        prof.key_averages().table(sort_by="foo")
    for name in ("trace.json", "trace.json.gz"):
        prof.export_chrome_trace(tmp_path / name)
        octets = (tmp_path / name).read_bytes()
        events = json.loads(gzip.decompress(octets) if name.endswith("gz") else octets)["traceEvents"]
        assert [event["name"] for event in events] == [event.name for event in prof.events()]
        assert all(event["ph"] == "X" and event["dur"] >= 0 for event in events)
    prof.export_stacks(tmp_path / "stacks")
    assert "aten::linear" in (tmp_path / "stacks").read_text()
    assert [time_text(t) for t in (1.5, 1500, 2.5e6)] == ["1.500us", "1.500ms", "2.500s"]
    assert [memory_text(n) for n in (5, 2048, 3 << 20)] == ["5 B", "2.00 KB", "3.00 MB"]


def test_errors_leave_nothing_behind() -> None:
    with pytest.raises(RuntimeError, match="must match"), profile() as prof, record_function("outer"):
        tl.ones(2) + tl.ones(3)
    assert TensorBase.__primitive__ is PRIMITIVE
    assert [event.name for event in prof.events()] == ["outer", "aten::add"]
    with pytest.raises(AssertionError, match="must be initialized before getting key averages"):
        profile().key_averages()
    with pytest.raises(AssertionError, match="Invalid profiler schedule"):
        schedule(wait=-1, warmup=1, active=1)
    assert tl.ones(2).add(1).tolist() == [2, 2]


def test_only_the_thread_that_entered_is_measured_and_profilers_nest() -> None:
    with profile() as outer:
        tl.ones(2).exp()
        thread = threading.Thread(target=lambda: tl.ones(2).log())
        thread.start()
        thread.join()
        with profile() as inner:
            tl.ones(2).sin()
        tl.ones(2).cos()
    assert [event.name for event in outer.events()] == ["aten::exp", "aten::cos"]
    assert [event.name for event in inner.events()] == ["aten::sin"]


def test_a_compiled_function_is_measured_as_it_is_written() -> None:
    f = tl.compile(lambda x: (x * 2).exp())
    f(tl.ones(2))
    with profile() as prof:
        assert f(tl.zeros(2)).tolist() == [1, 1]
    assert [event.name for event in prof.events()] == ["aten::mul", "aten::exp"]


def test_a_decorated_function() -> None:
    @record_function("twice")
    def twice(x: Any) -> Any:
        return x * 2

    assert twice(tl.ones(1)).tolist() == [2]
    with profile() as prof:
        twice(tl.ones(1))
    assert [event.name for event in prof.events()] == ["twice", "aten::mul"]


def test_the_older_form() -> None:
    older = importlib.import_module("tinygrad_lite.autograd.profiler")
    with older.profile(record_shapes=True) as prof, older.record_function("block"):
        tl.ones(2, requires_grad=True).exp().sum().backward()
    assert "aten::exp" in prof.key_averages().table(sort_by="self_cpu_time_total")
    assert prof.self_cpu_time_total > 0
    assert prof.total_average().key == "Total"
    with older.profile(enabled=False) as nothing:
        tl.ones(1).exp()
    assert nothing is None
    with pytest.raises(RuntimeError, match="not here"):
        older.emit_nvtx()


PLANS = [
    {"wait": 1, "warmup": 1, "active": 2},
    {"wait": 0, "warmup": 1, "active": 1, "repeat": 2},
    {"wait": 2, "warmup": 0, "active": 3, "skip_first": 2},
    {"wait": 1, "warmup": 1, "active": 1, "repeat": 1, "skip_first": 1},
    {"wait": 2, "warmup": 1, "active": 1, "skip_first": 1, "skip_first_wait": 1},
]


def test_plans_are_those_of_pytorch() -> None:
    pytest.importorskip("torch")
    theirs = importlib.import_module("torch.profiler")
    for plan in PLANS:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            plans = schedule(**plan), theirs.schedule(**plan)
        assert [plans[0](i).name for i in range(20)] == [plans[1](i).name for i in range(20)], plan


def test_traces_are_ready_when_pytorchs_are() -> None:
    """The numbers are PyTorch 2.13's. (Its own profiler can end the process of a test.)"""
    seen: list[Any] = []

    def ready(p: Any) -> None:
        names = [event.name for event in p.events()]
        steps = [name for name in names if name.startswith("ProfilerStep")]
        seen.append((p.step_num, names.count("aten::tanh"), steps))

    plan = schedule(wait=1, warmup=1, active=2, repeat=2)
    with profile(schedule=plan, on_trace_ready=ready) as prof:
        train(tl, 9, prof)
    assert [e.trace_name for e in prof.events() if e.trace_name] == ["ProfilerStep#6", "ProfilerStep#7"]
    assert seen == [(4, 2, ["ProfilerStep*"] * 2), (8, 2, ["ProfilerStep*"] * 2)]


def test_operations_have_pytorchs_names() -> None:
    x = tl.ones(3, requires_grad=True)
    with profile() as prof:
        (x.exp() * x.sin()).tanh().sum().backward()
    names = [event.name for event in prof.events() if "evaluate" not in event.name]
    assert names == [
        *(f"aten::{name}" for name in ("exp", "sin", "mul", "tanh", "sum")),
        *(f"{name}Backward0" for name in ("Sum", "Tanh", "Mul", "Sin", "Exp")),
    ]


def test_the_handler_of_tensorboard_writes_files(tmp_path: Path) -> None:
    with profile(on_trace_ready=tl.profiler.tensorboard_trace_handler(tmp_path / "log", "me")):
        tl.ones(1).exp()
    (file,) = (tmp_path / "log").iterdir()
    assert file.name.startswith("me.")
    assert file.name.endswith(".pt.trace.json")
