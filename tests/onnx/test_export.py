"""Models and functions as files of ONNX, checked by onnx and run by onnxruntime: within 1e-5 of what they are here.

    python -m tests.onnx.test_export

prints for each layer the largest difference.
"""

from __future__ import annotations

import io
import subprocess
import sys
import warnings
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

pytest.importorskip("onnx", reason="onnx is not installed")
pytest.importorskip("onnxruntime", reason="onnxruntime is not installed")

import onnx
import onnxruntime as runtime

import tinygrad_lite as tl
from tinygrad_lite import nn
from tinygrad_lite.core.primitive import REGISTRY
from tinygrad_lite.onnx import OnnxExporterError, TrainingMode, export, is_in_onnx_export
from tinygrad_lite.onnx.conversions import CONVERSIONS
from tinygrad_lite.onnx.tracing import tensors_in

from ..support import layer_samples, loss_samples, operation_samples

runtime.set_default_logger_severity(3)
F, f = nn.functional, layer_samples.f
ROOT = Path(__file__).parents[2]


def tensor(x: Any) -> Any:
    """An array as a Tensor, of float32 if it is of floats."""
    if not isinstance(x, (np.ndarray, np.generic)):
        return x
    return tl.tensor(np.asarray(x)).float() if x.dtype.kind == "f" else tl.tensor(x)


def run(made: Any, inputs: Sequence[Any]) -> list[Any]:
    """What onnxruntime computes."""
    session = runtime.InferenceSession(made.SerializeToString(), providers=["CPUExecutionProvider"])
    names = [known.name for known in session.get_inputs()]
    return session.run(None, {name: x.numpy() for name, x in zip(names, inputs, strict=True)})


def difference(made: Any, model: Callable[..., Any], *calls: Sequence[Any]) -> float:
    """The largest difference to onnxruntime, in all outputs of calls with these inputs."""
    largest = 0.0
    for inputs in calls:
        with tl.no_grad():
            expected = tensors_in(model(*[x.clone() for x in inputs]))
        for ours, theirs in zip(expected, run(made, inputs), strict=True):
            assert (tuple(ours.shape), ours.dtype) == (theirs.shape, theirs.dtype)
            same = np.asarray((ours.numpy() == theirs) | ((ours.numpy() != ours.numpy()) & (theirs != theirs)))
            with np.errstate(invalid="ignore"):  # inf - inf, where both are
                apart = np.abs(ours.numpy().astype(np.float64) - theirs)
            largest = max(largest, np.where(same, 0, apart).max(initial=0))
    assert not np.isnan(largest)
    return float(largest)


# ------------------------------------------------------------------------------------------------------ layers

NO_LAYERS = {
    **dict.fromkeys(("Buffer", "Parameter", "UninitializedBuffer", "UninitializedParameter"), "a Tensor"),
    **dict.fromkeys(("ModuleDict", "ModuleList", "ParameterDict", "ParameterList"), "it has no forward"),
    **dict.fromkeys(("Module", "RNNBase", "RNNCellBase"), "a base class"),
    **dict.fromkeys(("attention", "book", "functional", "init", "modules", "parallel", "utils"), "a module of Python"),
    **{name: "it is the layer without Lazy, once it was called" for name in nn.__all__ if name.startswith("Lazy")},
    "AdaptiveLogSoftmaxWithLoss": "which samples are in a cluster depends on the values of their targets",
    "CTCLoss": "the recursion is over lengths that are looked at in NumPy",
    "MultiLabelMarginLoss": "which targets count is found out element by element, in NumPy",
}
S, T = f(5, 2, 3), f(2, 5, 8)
FURTHER: dict[str, Sequence[tuple[Any, Sequence[Any]]]] = {
    "LSTM": [
        (lambda: nn.LSTM(3, 4), [S]), (lambda: nn.LSTM(3, 4, 2, bidirectional=True, batch_first=True), [S]),
        (lambda: nn.LSTM(3, 4, proj_size=2), [S]), (lambda: nn.LSTM(3, 4, bias=False), [f(5, 3)]),
    ],
    "GRU": [(lambda: nn.GRU(3, 4, 2, bidirectional=True), [S, f(4, 2, 4)])],
    "RNN": [(lambda: nn.RNN(3, 4, bidirectional=True), [S]), (lambda: nn.RNN(3, 4, nonlinearity="relu"), [S])],
    **{name: [(lambda name=name: getattr(nn, name)(3, 4), [f(2, 3)])] for name in ("LSTMCell", "GRUCell", "RNNCell")},
    "MultiheadAttention": [(lambda: nn.MultiheadAttention(8, 2, batch_first=True), [T, T, T])],
    "TransformerEncoderLayer": [
        (lambda: nn.TransformerEncoderLayer(8, 2, 16, activation="gelu", norm_first=True, batch_first=True), [T]),
    ],
    "TransformerEncoder": [(lambda: nn.TransformerEncoder(nn.TransformerEncoderLayer(8, 2, 16), 2), [T])],
    "TransformerDecoderLayer": [(lambda: nn.TransformerDecoderLayer(8, 2, 16), [T, f(3, 5, 8)])],
    "TransformerDecoder": [(lambda: nn.TransformerDecoder(nn.TransformerDecoderLayer(8, 2, 16), 2), [T, T])],
    "Transformer": [(lambda: nn.Transformer(8, 2, 1, 1, 16), [T, f(3, 5, 8)])],
    "EmbeddingBag": [
        (lambda mode=mode: nn.EmbeddingBag(5, 3, mode=mode), [layer_samples.i(2, 4, low=0, high=5)])
        for mode in ("sum", "mean")
    ],
    "Sequential": [(lambda: nn.Sequential(nn.Linear(4, 3), nn.ReLU(inplace=True)), [f(2, 4)])],
    "DataParallel": [(lambda: nn.DataParallel(nn.Linear(4, 3)), [f(2, 4)])],
}  # fmt: skip
REFUSED = {"max_norm": "written in place"}
"""Options of layers with which they have no ONNX form."""


def samples(name: str) -> list[tuple[Callable[[], Any], Sequence[Any]]]:
    """Ways to make a layer, with what it is called with."""
    if name in FURTHER:
        return list(FURTHER[name])
    found: list[tuple[Callable[[], Any], Sequence[Any]]] = []
    for sample in layer_samples.MODULES:
        if sample.name == name and 0 not in [n for x in sample.inputs for n in x.shape]:
            args, kwargs = [*map(tensor, sample.args)], {k: tensor(v) for k, v in sample.kwargs.items()}
            if REFUSED.keys().isdisjoint(kwargs):
                found.append((lambda a=args, k=kwargs: getattr(nn, name)(*a, **k), sample.inputs))  # type: ignore[misc]  # a lambda with defaults
    step = max(len(found) // 4, 1)  # the first samples of a layer are often alike
    return found[::step][:4] + [
        (
            lambda o=sample.options: getattr(nn, name)(**{k: tensor(v) for k, v in o.items()}),
            sample.make(np.random.default_rng(0)),
        )
        for (module, _), of in loss_samples.SAMPLES.items()
        if module == name
        for sample in [s for s in of if not s.only_function and len(s.make(np.random.default_rng(0))[0].shape) == 2][:3]
    ]


def layers() -> dict[str, float]:
    """For each layer the largest difference to onnxruntime."""
    found: dict[str, float] = {}
    tl.manual_seed(0)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # a layer may warn of what a sample is
        for name in sorted({*nn.__all__} - {*NO_LAYERS}):
            for make, arrays in samples(name):
                model, inputs = make().eval(), [tensor(x) for x in arrays]
                found[name] = max(found.get(name, 0.0), difference(export(model, tuple(inputs)), model, inputs))
    return found


def test_every_layer() -> None:
    found = layers()
    assert {*found} == {*nn.__all__} - {*NO_LAYERS}, "a layer needs a sample, or a reason in NO_LAYERS"
    wrong = {name: largest for name, largest in found.items() if largest > 1e-5}
    assert not wrong
    for name in ("MultiLabelMarginLoss",):
        with pytest.raises(OnnxExporterError, match=rf"{name}.*has no ONNX form"):
            export(getattr(nn, name)(), (tl.ones(2, 3), tl.tensor([[0, -1, 0], [1, 0, -1]])))
    indices, offsets = tl.tensor([1, 0, 1, 4]), tl.tensor([0, 2])
    for refused, args, why in (
        (
            nn.CTCLoss(),
            (tl.zeros(3, 1, 2), tl.tensor([[1]]), tl.tensor([3]), tl.tensor([1])),
            r"ends\(\) has no ONNX form",
        ),
        (nn.EmbeddingBag(5, 3), (indices, offsets), "has no ONNX form"),
        (nn.EmbeddingBag(5, 3, padding_idx=1), indices.view(2, 2), "has no ONNX form"),
        (nn.EmbeddingBag(5, 3, mode="max"), indices.view(2, 2), "has no ONNX form"),
    ):
        with pytest.raises(OnnxExporterError, match=rf"{type(refused).__name__}.*{why}"):
            export(refused, args)
    with pytest.raises(OnnxExporterError, match=REFUSED["max_norm"]):
        export(nn.Embedding(5, 3, max_norm=0.5), tl.tensor([1, 0]))


# ------------------------------------------------------------------------------------------------ dynamic axes

BATCH, TIME_FIRST, BATCH_FIRST = {0: "batch"}, {0: "time", 1: "batch"}, {0: "batch", 1: "time"}
IMAGE = {0: "batch", 2: "height", 3: "width"}


def numbers(*shape: int, below: int = 4) -> Any:
    return tl.tensor(np.arange(int(np.prod(shape))).reshape(shape) * 7 % below)


class UNet(nn.Module):
    """Sizes are halved and doubled again, so that it takes even ones alone."""

    def __init__(self) -> None:
        super().__init__()
        self.down, self.up = nn.Conv2d(2, 3, 3, padding=1), nn.ConvTranspose2d(3, 2, 2, 2)

    def forward(self, x: Any) -> Any:
        return tl.cat([x, self.up(F.max_pool2d(self.down(x), 2))], 1)


def dynamic() -> list[tuple[Any, dict[int, str], Sequence[Any], Sequence[Any]]]:
    """Models, the dynamic axes of their inputs, the inputs to export them with, and others."""
    sys.path.insert(0, str(ROOT / "examples/networks"))
    try:
        from character_rnn import CharacterRNN  # type: ignore[import-not-found]  # in the folder of examples
        from gpt import GPT  # type: ignore[import-not-found]  # in the folder of examples
        from lenet import LeNet  # type: ignore[import-not-found]  # in the folder of examples
    finally:
        sys.path.pop(0)
    r = tl.randn
    pooled = [nn.Conv2d(2, 3, 3, 2, 1), nn.MaxPool2d(2), nn.AvgPool2d(2, 1), nn.AdaptiveAvgPool2d(1), nn.Flatten()]
    return [
        (LeNet(), BATCH, [r(2, 1, 28, 28)], [r(5, 1, 28, 28)]),
        (GPT(20, 16, 16, 4, 2), BATCH_FIRST, [numbers(1, 16)], [numbers(3, 5, below=20)]),
        (nn.LSTM(3, 4, 2, bidirectional=True), TIME_FIRST, [r(5, 1, 3)], [r(1, 3, 3)]),
        (CharacterRNN(20, 8), BATCH_FIRST, [numbers(2, 5)], [numbers(3, 7, below=20)]),
        (nn.GRU(3, 4, batch_first=True), BATCH_FIRST, [r(5, 2, 3)], [r(7, 3, 3)]),
        (nn.TransformerEncoderLayer(8, 2, 16, batch_first=True), BATCH_FIRST, [r(2, 5, 8)], [r(3, 7, 8)]),
        (nn.Sequential(*pooled, nn.Linear(3, 2)), IMAGE, [r(1, 2, 20, 16)], [r(3, 2, 31, 23)]),
        (nn.Sequential(nn.Upsample(scale_factor=2), nn.PixelShuffle(2)), IMAGE, [r(2, 4, 4, 4)], [r(3, 4, 5, 6)]),
        (nn.ConvTranspose2d(2, 3, 3, 2, 1, 1), IMAGE, [r(2, 2, 4, 4)], [r(3, 2, 5, 6)]),
        (nn.Sequential(nn.ReflectionPad2d((1, 0, 2, 1)), nn.CircularPad2d(1)), IMAGE, [r(2, 1, 4, 5)], [r(1, 1, 6, 3)]),
        (nn.InstanceNorm2d(4, affine=True), IMAGE, [r(2, 4, 6, 6)], [r(3, 4, 5, 8)]),
        (nn.GroupNorm(2, 4), IMAGE, [r(2, 4, 3, 5)], [r(3, 4, 7, 2)]),
        (nn.SyncBatchNorm(4), BATCH, [r(2, 4, 3)], [r(5, 4, 3)]),
        (UNet(), IMAGE, [r(1, 2, 4, 6)], [r(2, 2, 10, 14)]),
        (nn.utils.parametrizations.weight_norm(nn.Linear(3, 2)), BATCH, [r(2, 3)], [r(7, 3)]),
    ]  # fmt: skip


def test_dynamic_axes() -> None:
    tl.manual_seed(0)
    for model, axes, given, others in dynamic():
        model.eval()
        made = export(model, tuple(given), input_names=["x"], dynamic_axes={"x": axes})
        assert [d.dim_param for d in made.graph.input[0].type.tensor_type.shape.dim if d.dim_param] == [*axes.values()]
        assert difference(made, model, given, others) < 1e-5, model
    made = export(nn.LSTM(3, 4), tl.ones(5, 1, 3), dynamic_axes={"input": [0]}, output_names=["out", "h", "c"])
    shapes = [[d.dim_param or d.dim_value for d in x.type.tensor_type.shape.dim] for x in made.graph.output]
    assert shapes == [["input_dynamic_axes_1", 1, 4], [1, 1, 4], [1, 1, 4]]
    assert [x.name for x in made.graph.output] == ["out", "h", "c"]
    assert [node.op_type for node in made.graph.node].count("LSTM") == 1
    lstm, x = nn.LSTM(3, 4), tl.randn(5, 2, 3)

    def written(x: Any) -> Any:
        out, (h, c) = lstm(x)
        out.mul_(2)
        return out[-1], out, h, c

    assert difference(export(written, x), written, [x]) < 1e-5  # the last of what was written, not of what there was
    assert {node.op_type for node in export(nn.SyncBatchNorm(4), tl.ones(2, 4)).graph.node} == {"BatchNormalization"}


def test_the_graph_is_as_one_would_write_it() -> None:
    sys.path.insert(0, str(ROOT / "examples/networks"))
    try:
        from lenet import LeNet
    finally:
        sys.path.pop(0)
    model = LeNet()
    made = export(model, tl.ones(2, 1, 28, 28), dynamic_axes={"x": BATCH})
    assert " ".join(node.op_type for node in made.graph.node) == (
        "Conv Relu MaxPool Conv Relu MaxPool Reshape Gemm Relu Gemm Relu Gemm"
    )
    assert made.graph.node[0].name == "/conv1/Conv"
    assert [w.name for w in made.graph.initializer if not w.name.startswith("constant")] == [*model.state_dict()]
    assert model.training and all(module.training for module in model.modules())
    pooled = nn.Sequential(
        nn.Conv1d(2, 2, 3), nn.BatchNorm1d(2), nn.AvgPool1d(2), nn.GELU(), nn.LayerNorm(3), nn.Dropout()
    )
    assert " ".join(node.op_type for node in export(pooled, tl.ones(2, 2, 8)).graph.node) == (
        "Conv BatchNormalization AveragePool Gelu LayerNormalization"
    )
    heads = export(
        lambda x: x.reshape(*x.shape[:2], 2, 2).transpose(1, 2), tl.ones(2, 3, 4), dynamic_axes={"x": [0, 1]}
    )
    assert [node.op_type for node in heads.graph.node] == ["Reshape", "Transpose"]
    same = export(lambda x, y: (x, x * 1, tl.ones(2)), (tl.ones(2), tl.ones(1)), output_names=["a", "b", "c"])
    assert [len(same.graph.input), *(node.op_type for node in same.graph.node)] == [2, "Mul", "Identity", "Identity"]


# ---------------------------------------------------------------------------------------------------- functions

FUNCTIONS: list[Callable[[Any, Any], Any]] = [
    lambda x, i: (tl.where(x > 0, x, i.float()), x.clamp(-0.5, 0.5), x.clamp(min=x.mean()), x.masked_fill(x > 0, 0.0)),
    lambda x, i: (x.gather(1, i), tl.cat([x, x * 2]), tl.stack([x, x], 1), x.scatter_add(1, i, x), x.scatter(1, i, 2.0)),
    lambda x, i: (x[:, -1], x[1:, ::2], x[..., None], x[:, None, 1:-1], x[-1], x.flip(0, 1), x.roll(1, 0), x[i[:, 0] % 2]),
    lambda x, i: (x.narrow(1, 1, 2), x.split(2, 1)[1], x.unfold(1, 2, 1), x.T, x.movedim(0, 1), x[[0, 1], [1, 2]], x.diagonal(0, 1, 1) if x.ndim > 2 else x.tril()),
    lambda x, i: (tl.einsum("ij,kj->ik", x, x), x @ x.T, tl.outer(x[0], x[1]), F.linear(x, x), x.reshape(-1), x.view(-1, 2, 2)),
    lambda x, i: (x.sum(), x.sum(0), x.mean(1, keepdim=True), x.mean(), x.var(0), x.std(1), x.prod(1), x.norm(), x.norm(1, 1)),
    lambda x, i: (*x.max(1), x.max(), x.amin(0), x.argmax(1), x.argmax(), x.argmin(0), *x.sort(1), *x.topk(2, 1), i.max()),
    lambda x, i: (x.softmax(-1), x.log_softmax(0), x.logsumexp(1), x.cumsum(1), (x > 0).any(1), (x > 0).all(), (x > 0).sum()),
    lambda x, i: (x > 0, x <= x[0], x == x, x != x.abs(), (x > 0) & (i > 1), ~(x > 0), i >= 1, tl.isnan(x), x.isfinite()),
    lambda x, i: (x.to(tl.float64), x.int(), x.long(), i.float(), (x > 0).float(), i.bool(), x.double() * 2, i * 1.5, i + x),
    lambda x, i: (i + 1, i // 2, i % 3, -i // 2, -i % 3, i / 2, i**2, tl.div(-i, 2, rounding_mode="trunc"), i.sum(), i.neg(), i.floor(), i.trunc()),
    lambda x, i: (x.round(), x.floor(), x.frac(), x.trunc(), x.remainder(-0.3), x.fmod(0.3), x // 0.3, x.sign(), x.reciprocal()),
    lambda x, i: (x.exp(), x.exp2(), x.expm1(), x.abs().log1p(), x.abs().sqrt(), x.sin(), x.atan(), x.erf(), 2**x, x**2, x.lerp(x * 2, 0.3)),
    lambda x, i: (tl.zeros(x.shape[0], 3) + 1, tl.arange(x.shape[0]) * 2, tl.arange(0.5, 2, 0.5) + 1, tl.full((x.shape[0], 2), 7), tl.eye(x.shape[0])),
    lambda x, i: (x / x.shape[0], x.repeat(2, 1), x.unsqueeze(1).expand(-1, 5, -1), F.one_hot(i, 4), F.pad(x, (1, 2), value=3.0), x.triu(1)),
    lambda x, i: (tl.tensor([1.0, 2.0, 3.0, 4.0]) * x, x.index_select(1, tl.tensor([0, 2])), tl.linspace(0, 1, 4) + x, tl.meshgrid(x[0], x[1], indexing="ij")),
    lambda x, i: F.scaled_dot_product_attention(x, x, x, attn_mask=tl.ones(x.shape[0], x.shape[0], dtype=tl.bool).tril(-1)),
    lambda x, i: (F.cross_entropy(x, i[:, 0], label_smoothing=0.1), F.nll_loss(x, i[:, 0], weight=tl.ones(4)), F.smooth_l1_loss(x, x * 2)),
]  # fmt: skip


PARTLY = {
    "convolve", "convolve_adjoint", "fold", "unfold", "window_sums", "spread_over_windows", "largest_places",  # borders
    "adaptive_largest_places", "roll", "getitem", "setitem", "put_at", "order_statistic", "lstm", "attention",
}  # fmt: skip
"""Primitives that have an ONNX form for some of their arguments only."""


def drawn(name: str, seed: int) -> tuple[Callable[..., Any], list[Any]] | None:
    """A call of a primitive as a function of Tensors, and these; None if it takes none."""
    args = [tensor(x) for x in operation_samples.call(name, seed, 3).args]
    places = [i for i, x in enumerate(args) if isinstance(x, tl.Tensor) and x.dtype != tl.uint8]
    primitive, given = REGISTRY[name], [args[i] for i in places]

    def function(*tensors: Any) -> Any:
        new = [tensors[places.index(i)] if i in places else x for i, x in enumerate(args)]
        at = [i for i, name in enumerate(primitive.names) if name == "index" and isinstance(new[i], tl.Tensor)]
        return primitive(*[x._data if i in at else x for i, x in enumerate(new)])  # an index is an array

    return (function, given) if given and not any(isinstance(x, np.ndarray) for x in args) else None


def test_primitives_of_drawn_arguments() -> None:
    counted = 0
    for name in sorted({*CONVERSIONS} & {*operation_samples.SAMPLES}):
        for seed in range(8 if name == "getitem" else 3):
            call = drawn(name, seed)
            if call is None:
                continue
            try:
                made = export(call[0], tuple(call[1]))
            except OnnxExporterError as error:
                if name in PARTLY and "onnx.checker" not in str(error):
                    continue
                raise
            if 0 not in [n for x in call[1] for n in x.shape]:  # of nothing onnxruntime has ideas of its own
                assert difference(made, *call) < 1e-4, (name, seed)
                counted += 1
    assert counted > 200


def written_in_place(x: Any, i: Any) -> Any:
    """Writes whose results are known: of whole Tensors, or of parts of Tensors of their own."""
    made, y = tl.zeros(x.shape[0], 4), x * 1
    made[:, 1] = x[:, 0]
    y += made
    y[:, 1:3] = 5.0
    y.view(-1).mul_(2)
    start = tl.zeros(3)  # of numbers alone, until it is written
    start += x[0, 0]
    return made * 2, start * 3, y, F.relu(x - 1, inplace=True)


def test_functions_give_the_same_in_onnxruntime() -> None:
    x, i = f(3, 4, low=-2, high=2), layer_samples.i(3, 4, low=0, high=4)
    y, j = f(6, 4, low=-2, high=2), layer_samples.i(6, 4, low=0, high=4)
    given, others = [tensor(x), tensor(i)], [tensor(y), tensor(j)]
    axes = {"x": BATCH, "i": BATCH}
    for k, function in enumerate([*FUNCTIONS, written_in_place]):
        made = export(function, tuple(given), dynamic_axes=axes)
        assert difference(made, function, given, others) < 1e-5, k
    weight = tl.randn(2, 4)
    made = export(lambda x: F.linear(x, weight), tl.ones(3, 4))
    assert [w.name for w in made.graph.initializer] == ["weight"]


# ----------------------------------------------------------------------------------------- what cannot be exported


class Reading(nn.Module):
    """What is refused, by the number of the case."""

    def __init__(self, case: str) -> None:
        super().__init__()
        self.case, self.inner = case, nn.Sequential(nn.Linear(4, 4), nn.BatchNorm1d(4), nn.Dropout())
        self.register_buffer("count", tl.zeros(()))

    def forward(self, x: Any) -> Any:
        y = self.inner(x)
        if self.case == "values" and y.sum() > 0:
            y = y * 2
        if self.case == "mask":
            y = y[y > 0]
        if self.case == "random":
            y = F.dropout(y, 0.5)
        if self.case == "factors":
            y = tl.linalg.svd(y)[1]
        if self.case == "loop":
            y = sum((row * 2 for row in y), y)
        if self.case == "half":
            y = y[: x.shape[0] // 2]
        if self.case == "root":
            y = y * x.shape[0] ** 0.5
        if self.case == "array":
            y = y + tl.from_numpy(np.ones((len(x), 1), np.float32).cumsum(0))
        if self.case == "view":
            part = y[0]
            part.add_(1)
        if self.case == "buffer":
            self.count.add_(1)
        return y


def test_what_cannot_be_exported_names_layer_and_line() -> None:
    lines = Path(__file__).read_text(encoding="utf-8").splitlines()
    for case, static, said in (
        ("values", True, "values are read"), ("mask", True, "depends on their values"), ("random", True, r"eval\(\)"),
        ("factors", True, "no ONNX form"), ("loop", False, "makes 14 or 17 or 41 or 44 calls"), ("half", False, "2/2/6/7"),
        ("root", False, "dynamic axis"), ("array", False, "dynamic axis"), ("view", True, "in place"),
        ("buffer", True, "in place"),
    ):  # fmt: skip
        at = 1 + next(i for i, line in enumerate(lines) if f'self.case == "{case}"' in line)
        at += {"values": 0, "view": 2}.get(case, 1)
        axes = None if static else {"x": BATCH}
        with pytest.raises(OnnxExporterError, match=rf"\(Reading\), test_export.py:{at}: .*({said})"):
            export(Reading(case).eval(), tl.ones(4, 4), dynamic_axes=axes)
        if not static and case != "array":
            export(Reading(case), tl.ones(4, 4))
    with pytest.raises(OnnxExporterError, match=r"layer inner\.1 \(BatchNorm1d\), test_export.py:\d+: .*eval\(\)"):
        export(Reading(""), tl.ones(4, 4), training=TrainingMode.PRESERVE)
    with pytest.raises(OnnxExporterError, match=r"layer 0 \(MaxPool2d\).*ceil_mode"):
        export(nn.Sequential(nn.MaxPool2d(2, ceil_mode=True)), tl.ones(1, 1, 4, 4), dynamic_axes={"input": IMAGE})
    with pytest.raises(OnnxExporterError, match="does not take others"):
        export(lambda x: x + tl.ones(3, 4), tl.ones(3, 4), dynamic_axes={"x": BATCH})
    with pytest.raises(IndexError, match="out of range"):  # the model's own error
        export(nn.Embedding(3, 2), tl.tensor([7]))


def test_arguments() -> None:
    model, x = nn.Linear(4, 3), tl.ones(2, 4)
    for settings, error, said in (
        ({"input_names": ["a", "b"]}, ValueError, "number of input names provided .2. exceeded number of inputs .1."),
        ({"output_names": ["a", "b"]}, ValueError, "number of output names provided"),
        ({"output_names": ["input"]}, ValueError, "two Tensors"), ({"opset_version": 17}, ValueError, "from 18 to"),
        ({"dynamic_axes": {"input": [2]}}, ValueError, "axis 2"), ({"export_params": False}, NotImplementedError, "export_params=False"),
        ({"training": TrainingMode.TRAINING}, NotImplementedError, "evaluation"), ({"no": 1}, TypeError, "'no'"),
        ({"dynamic_shapes": {"y": {0: "n"}}}, ValueError, "'y'"),
    ):  # fmt: skip
        with pytest.raises(error, match=said):
            export(model, x, **settings)  # type: ignore[arg-type]  # wrong on purpose
    with pytest.raises(TypeError, match="a Module or a function is needed, not int"):
        export(3, x)  # type: ignore[arg-type]  # wrong on purpose
    with pytest.warns(UserWarning, match="Provided key z for dynamic axes is not a valid input/output name"):
        export(model, x, dynamic_axes={"z": [0]}, verbose=False, dynamo=True)
    file = io.BytesIO()
    made = export(model, (), file, kwargs={"input": x}, dynamic_shapes={"input": {0: "n"}}, opset_version=18)
    assert file.getvalue() == made.SerializeToString()
    assert (made.opset_import[0].version, made.graph.input[0].type.tensor_type.shape.dim[0].dim_param) == (18, "n")
    by_name = export(lambda a, b, c: a - b * c, (x,), kwargs={"c": x * 3, "b": x * 2})
    assert [known.name for known in by_name.graph.input] == ["a", "c", "b"]
    assert difference(by_name, lambda a, c, b: a - b * c, [x, x * 3, x]) == 0
    compiled = export(tl.compile(model), x)
    assert difference(compiled, model, [x]) < 1e-5
    assert [w.name for w in compiled.graph.initializer] == ["weight", "bias"]
    assert not is_in_onnx_export()
    assert [n.op_type for n in export(lambda x: -x if is_in_onnx_export() else x + 1, x).graph.node] == ["Neg"]


SCRIPT = """
import torch
from torch import nn
model = nn.Sequential(nn.Flatten(), nn.Linear(6, 4), nn.ReLU(), nn.Linear(4, 2))
torch.onnx.export(model, torch.randn(1, 2, 3), "m.onnx", input_names=["x"], output_names=["y"],
                  dynamic_axes={"x": {0: "batch"}, "y": {0: "batch"}}, training=torch.onnx.TrainingMode.EVAL)
x = torch.randn(5, 2, 3)
torch.save((x, model(x)), "xy.pt")
"""


def test_a_script_of_pytorch(tmp_path: Path) -> None:
    (tmp_path / "script.py").write_text(SCRIPT)
    command = [sys.executable, "-m", "tinygrad_lite", "script.py"]
    subprocess.run(command, check=True, cwd=tmp_path, env={"PYTHONPATH": str(ROOT), "PATH": ""})
    x, y = tl.load(tmp_path / "xy.pt")
    made = onnx.load(tmp_path / "m.onnx")
    assert np.abs(run(made, [x])[0] - y.detach().numpy()).max() < 1e-5


def test_without_the_package(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "onnx", None)
    with pytest.raises(ImportError, match=r'pip install "tinygrad_lite\[onnx\]"'):
        export(nn.Linear(2, 2), tl.ones(1, 2))


if __name__ == "__main__":
    for layer, largest in sorted(layers().items()):
        print(f"{layer:32}{largest:.1e}")
    for layer, reason in sorted(NO_LAYERS.items()):
        print(f"{layer:32}not: {reason}")
