"""What the writer writes is read back by TensorBoard's own reader."""

from __future__ import annotations

import io
import subprocess
import sys

import numpy as np
import pytest

import tinygrad_lite as tl

pytest.importorskip("tensorboardX", reason="tensorboardX is not installed")
from tensorboardX.proto.event_pb2 import Event
from tensorboardX.proto.graph_pb2 import GraphDef

from tinygrad_lite.utils.tensorboard import SummaryWriter


def events(folder):
    """The events of a folder's files: each record is its length, a checksum, the event, and a checksum."""
    for path in sorted(folder.rglob("events.out.*")):
        data = path.read_bytes()
        while data:
            length = int.from_bytes(data[:8], "little")
            event = Event()
            event.ParseFromString(data[12 : 12 + length])
            yield event
            data = data[16 + length :]


def values(folder):
    return {value.tag: value for event in events(folder) for value in event.summary.value}


@pytest.fixture
def written(tmp_path):
    model = tl.nn.Sequential(tl.nn.Linear(3, 4), tl.nn.ReLU(), tl.nn.Linear(4, 2))
    weight = tl.tensor([0.0, 1.0, 1.0, 3.0], requires_grad=True)
    with SummaryWriter(tmp_path / "run") as writer:
        writer.add_scalar("loss", (weight * weight).sum(), 7)
        writer.add_scalars("both", {"a": tl.tensor(1.0), "b": 2}, 0)
        writer.add_histogram("weight", weight, 1)
        writer.add_image("image", tl.linspace(0, 1, 12).reshape(3, 2, 2))
        writer.add_text("note", "a *note*")
        writer.add_hparams({"lr": 0.1, "name": "x"}, {"accuracy": tl.tensor(0.5)}, name="trial")
        writer.add_graph(model, tl.ones(5, 3))
        assert writer.get_logdir() == writer.log_dir == str(tmp_path / "run")
    return tmp_path / "run"


def test_values_are_read_back(written) -> None:
    found = values(written)
    assert found["loss"].simple_value == 11
    assert next(e.step for e in events(written) if any(v.tag == "loss" for v in e.summary.value)) == 7
    assert [v.simple_value for e in events(written) for v in e.summary.value if v.tag == "both"] in ([1, 2], [])
    histogram = found["weight"].histo
    assert (histogram.min, histogram.max, histogram.num, histogram.sum) == (0, 3, 4, 5)
    assert sum(histogram.bucket) == 4
    image = pytest.importorskip("PIL.Image", reason="pillow is not installed")
    pixels = np.asarray(image.open(io.BytesIO(found["image"].image.encoded_image_string)))
    expected = np.linspace(0, 1, 12).reshape(3, 2, 2).transpose(1, 2, 0) * 255
    np.testing.assert_allclose(pixels, expected, atol=1)
    assert found["note/text_summary"].tensor.string_val == [b"a *note*"]
    assert found["accuracy"].simple_value == 0.5
    assert found["_hparams_/session_start_info"].metadata.plugin_data.plugin_name == "hparams"


def test_the_graph_has_the_models_layers(written) -> None:
    graph = GraphDef()
    graph.ParseFromString(next(e.graph_def for e in events(written) if e.graph_def))
    nodes = {node.name: node for node in graph.node}
    assert {"0/weight", "0/bias", "2/weight", "2/bias", "0/linear", "1/relu", "2/linear"} <= set(nodes)
    assert list(nodes["2/linear"].input) == ["1/relu", "2/weight", "2/bias"]
    assert [d.size for d in nodes["2/linear"].attr["_output_shapes"].list.shape[0].dim] == [5, 2]
    assert all(name in nodes for node in graph.node for name in node.input)


def test_tensorboard_itself_reads_it(written) -> None:
    accumulator = pytest.importorskip(
        "tensorboard.backend.event_processing.event_accumulator", reason="TensorBoard is not installed"
    )
    reader = accumulator.EventAccumulator(str(written)).Reload()
    assert [(s.step, s.value) for s in reader.Scalars("loss")] == [(7, 11.0)]
    assert len(reader.Graph().node) >= 7


def test_as_torch_and_without_the_package() -> None:
    code = """
import sys
if sys.argv[1] == "without":
    sys.modules["tensorboardX"] = None
import tinygrad_lite
tinygrad_lite.install_as_torch()
from torch.utils.tensorboard import SummaryWriter
print(SummaryWriter.__module__, [name for name in sys.modules if name.startswith("tensorboardX.")])
try:
    SummaryWriter
    SummaryWriter("/nowhere/at/all") if sys.argv[1] == "without" else None
except ImportError as error:
    print(error)
"""
    shown = subprocess.run([sys.executable, "-c", code, "without"], capture_output=True, text=True, check=True).stdout
    assert shown.startswith("tinygrad_lite.utils.tensorboard")
    assert 'pip install "tinygrad_lite[tensorboard]"' in shown
