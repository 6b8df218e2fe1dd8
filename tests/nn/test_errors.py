"""Mistakes that are made most with modules, layers and their arguments: each message names the mistake and the way out."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import tinygrad_lite as tl
from tinygrad_lite import nn

from ..support.public_classes import defined_in

X = tl.ones(2, 4)


class NoInit(nn.Module):
    """A model whose author forgot `super().__init__()`, and assigned nothing that would have said so."""

    def __init__(self) -> None:
        self.size = 3

    def forward(self, x: Any) -> Any:
        return x


class NoInitWithLayer(nn.Module):
    def __init__(self) -> None:
        self.layer = nn.Linear(1, 1)


def error(call: Callable[[], Any]) -> Exception:
    """The error that a call raises, if its message has no inner names and none of NumPy's words."""
    with pytest.raises(Exception) as raised:
        call()
    message = str(raised.value)
    assert not re.search(r"_data|ufunc|gufunc|broadcast", message), message
    return raised.value


# --------------------------------------------------------------------------------------------- making a layer

CONSTRUCTORS: list[tuple[Callable[[], Any], str]] = [
    (lambda: nn.Linear("3", 2), "Linear: in_features must be an int, but got '3' (str)"),
    (lambda: nn.Linear(3, 2.0), "Linear: out_features must be an int, but got 2.0 (float)"),
    (lambda: nn.Linear((3,), 2), "Linear: in_features must be an int, but got (3,) (tuple)"),
    (lambda: nn.Linear(3, 2, init=[1]), "Linear: init must be a number, but got [1] (list)"),
    (lambda: nn.Bilinear(1, 2, None), "Bilinear: out_features must be an int, but got None (NoneType)"),
    (lambda: nn.Embedding("10", 3), "Embedding: num_embeddings must be an int, but got '10' (str)"),
    (lambda: nn.Embedding(3, 2, "0"), "Embedding: padding_idx must be an int, but got '0' (str)"),
    (lambda: nn.Embedding(3, 2, max_norm="1"), "Embedding: max_norm must be a number, but got '1' (str)"),
    (lambda: nn.Embedding.from_pretrained(np.ones((2, 2))), "embeddings must be a Tensor, not ndarray"),
    (lambda: nn.BatchNorm1d(3.0), "BatchNorm1d: num_features must be an int, but got 3.0 (float)"),
    (lambda: nn.BatchNorm1d(3, eps="1"), "BatchNorm1d: eps must be a number, but got '1' (str)"),
    (lambda: nn.BatchNorm1d(3, momentum="1"), "BatchNorm1d: momentum must be a number, but got '1' (str)"),
    (lambda: nn.LayerNorm(3.0), "LayerNorm: normalized_shape must be an int or a tuple of ints, but got 3.0 (float)"),
    (lambda: nn.RMSNorm(("3",)), "RMSNorm: normalized_shape must be an int or a tuple of ints, but got ('3',) (tuple)"),
    (lambda: nn.GroupNorm("2", 4), "GroupNorm: num_groups must be an int, but got '2' (str)"),
    (lambda: nn.Dropout("0.5"), "Dropout: p must be a number, but got '0.5' (str)"),
    (lambda: nn.Dropout(X), "Dropout: p must be a number, but got a Tensor of shape [2, 4]: make the layer first"),
    (lambda: nn.ReLU(X), "ReLU: inplace must be a bool, but got a Tensor of shape [2, 4]: make the layer first"),
    (lambda: nn.LeakyReLU(X), "LeakyReLU: negative_slope must be a number, but got a Tensor of shape [2, 4]"),
    (lambda: nn.Softmax("1"), "Softmax: dim must be an int, but got '1' (str)"),
    (lambda: nn.Flatten(X), "Flatten: start_dim must be an int, but got a Tensor of shape [2, 4]"),
    (lambda: nn.PReLU("2"), "PReLU: num_parameters must be an int, but got '2' (str)"),
    (lambda: nn.Threshold("1", 2), "Threshold: threshold must be a number, but got '1' (str)"),
    (lambda: nn.Conv2d(1, 1), "Conv2d.__init__() missing 1 required positional argument: 'kernel_size'"),
    (lambda: nn.MaxPool2d(2, strides=2), "MaxPool2d.__init__() got an unexpected keyword argument 'strides'"),
]


@pytest.mark.parametrize(("make", "message"), CONSTRUCTORS, ids=[message for _, message in CONSTRUCTORS])
def test_a_wrong_argument_of_a_layer(make: Callable[[], Any], message: str) -> None:
    found = error(make)
    assert isinstance(found, TypeError)
    assert message in str(found)


def test_numbers_of_numpy_and_of_tensors_are_numbers() -> None:
    assert nn.Linear(np.int64(4), tl.tensor(3))(X).shape == (2, 3)
    assert nn.LayerNorm(np.int32(4)).normalized_shape == (4,)
    assert nn.LayerNorm(X.shape[1:]).normalized_shape == (4,)
    assert nn.Dropout(np.float32(0.5)).p == 0.5
    assert nn.LeakyReLU(tl.tensor(0.5))(tl.tensor([-1.0])).item() == -0.5


def test_groups() -> None:
    assert str(error(lambda: nn.GroupNorm(3, 4))) == "num_channels (4) must be divisible by num_groups (3)"
    assert "num_groups must be at least 1" in str(error(lambda: nn.GroupNorm(0, 4)))


# --------------------------------------------------------------------------------------------- making a model

CONTAINERS: list[tuple[Callable[[], Any], str]] = [
    (lambda: nn.Sequential(nn.Linear(4, 3), nn.ReLU), r"nn\.ReLU is not a Module subclass: it is the class.*ReLU\(\)"),
    (lambda: nn.Sequential({"act": nn.ReLU}), r"nn\.ReLU is not a Module subclass: it is the class"),
    (
        lambda: nn.Sequential([nn.Linear(4, 3)]),
        r"list is not a Module subclass: .* one by one.*Sequential\(\*modules\)",
    ),
    (lambda: nn.Sequential(nn.ReLU() for _ in "ab"), r"<genexpr> is not a Module subclass: .* one by one"),
    (lambda: nn.Sequential(nn.Linear(4, 3), tl.relu), r"relu is not a Module subclass: write a Module whose forward"),
    (lambda: nn.Sequential(nn.Linear(4, 3), 3), r"int is not a Module subclass"),
    (lambda: nn.ModuleList([nn.ReLU]), r"nn\.ReLU is not a Module subclass: it is the class"),
    (lambda: nn.ModuleList(nn.ReLU()), r"should be called with an iterable, but got ReLU"),
    (lambda: nn.ModuleDict({"a": nn.ReLU}), r"nn\.ReLU is not a Module subclass: it is the class"),
    (lambda: nn.Parameter([1.0]), r"Parameter data must be a Tensor, not list; make one with tensor\(\.\.\.\)"),
    (lambda: nn.Buffer(np.ones(1)), r"Buffer data must be a Tensor, not ndarray; make one with tensor\(\.\.\.\)"),
    (lambda: nn.ReLU().register_buffer("a", np.ones(1)), r"cannot assign 'ndarray' object to buffer 'a' \(Tensor or"),
    (lambda: setattr(nn.Linear(1, 1), "weight", X), r"cannot assign 'Tensor' as parameter 'weight' \(nn.Parameter or"),
]


@pytest.mark.parametrize(("make", "pattern"), CONTAINERS, ids=[pattern for _, pattern in CONTAINERS])
def test_what_is_not_a_module_or_a_tensor(make: Callable[[], Any], pattern: str) -> None:
    found = error(make)
    assert isinstance(found, TypeError)
    assert re.search(pattern, str(found))


def test_the_phrase_about_modules_is_pytorchs() -> None:
    torch = pytest.importorskip("torch")
    for T in (tl, torch):
        for wrong in (T.nn.ReLU, [T.nn.ReLU()], 3):
            with pytest.raises(TypeError, match="is not a Module subclass"):
                T.nn.Sequential(wrong)


@pytest.mark.parametrize(
    "use",
    [
        lambda m: m(X),
        lambda m: list(m.parameters()),
        lambda m: m.train(),
        lambda m: m.state_dict(),
        lambda m: m.register_forward_hook(len),
        lambda m: m.register_buffer("a", X),
        lambda m: m.add_module("a", nn.ReLU()),
        lambda m: setattr(m, "layer", nn.ReLU()),
        lambda m: m.double(),
        repr,
        dir,
    ],
)
def test_a_missing_init(use: Callable[[Any], Any]) -> None:
    found = error(lambda: use(NoInit()))
    assert isinstance(found, AttributeError)
    message = (
        r"cannot (use NoInit|assign \w+) before Module.__init__\(\) call: call super\(\).__init__\(\) first in NoInit"
    )
    assert re.match(message, str(found))


def test_a_missing_init_before_a_layer() -> None:
    with pytest.raises(AttributeError, match=r"cannot assign module before Module.__init__\(\) call: call super\(\)"):
        NoInitWithLayer()
    with pytest.raises(AttributeError, match=r"cannot use NoInit.layer before Module.__init__\(\) call"):
        NoInit().layer  # noqa: B018  # reading it is what is tested


def test_a_missing_forward() -> None:
    for module in (nn.Module(), nn.ModuleList([nn.ReLU()]), nn.ModuleDict()):
        with pytest.raises(NotImplementedError, match='is missing the required "forward" function'):
            module(X)


# -------------------------------------------------------------------------------------------- using a model


def test_a_model_without_a_call() -> None:
    model = nn.Sequential(nn.Linear(4, 3))
    for name in ("shape", "backward", "argmax", "detach"):
        with pytest.raises(
            AttributeError, match=f"'Sequential' object has no attribute '{name}': Tensors have it; the"
        ):
            getattr(model, name)
    with pytest.raises(AttributeError, match=r"^'Linear' object has no attribute 'wieght'$"):
        model[0].wieght  # noqa: B018  # reading it is what is tested
    for call in (lambda: nn.Linear(4, 3) + 1, lambda: 1 - nn.Linear(4, 3), lambda: nn.Linear(4, 3) * X):
        found = error(call)
        assert isinstance(found, TypeError)
        assert "Linear" in str(found)


SETTINGS: dict[str, tuple[Any, ...]] = {
    "Linear": (4, 3), "Bilinear": (4, 4, 3), "Embedding": (5, 3), "EmbeddingBag": (5, 3), "BatchNorm1d": (4,), "SyncBatchNorm": (4,), "LayerNorm": (4,), "RMSNorm": (4,),
    "RNN": (4, 3), "LSTM": (4, 3), "GRU": (4, 3), "RNNCell": (4, 3), "LSTMCell": (4, 3), "GRUCell": (4, 3),
    "MultiheadAttention": (4, 2), "TransformerEncoderLayer": (4, 2, 4), "TransformerDecoderLayer": (4, 2, 4),
    "TransformerEncoder": (nn.TransformerEncoderLayer(4, 2, 4, batch_first=True), 1),
    "TransformerDecoder": (nn.TransformerDecoderLayer(4, 2, 4), 1),
    "Transformer": (4, 2, 1, 1, 4, 0.1, "relu", None, None, 1e-5, True),
    "AdaptiveLogSoftmaxWithLoss": (4, 6, [2]), "RNNBase": ("GRU", 4, 3), "GroupNorm": (2, 4), "Softmax": (1,), "Softmin": (1,), "LogSoftmax": (1,), "Threshold": (0, 1), "Unflatten": (1, (2, 2)),
    **{f"{kind}{n}d": (2, 3, 2) for kind in ("Conv", "ConvTranspose") for n in (1, 2, 3)},
    **{f"Lazy{kind}{n}d": (3, 2) for kind in ("Conv", "ConvTranspose") for n in (1, 2, 3)},
    **{f"{kind}Norm{n}d": (4,) for kind in ("Batch", "Instance") for n in (1, 2, 3)},
    **{f"{kind}{n}d": (2,) for kind in ("MaxPool", "MaxUnpool", "AvgPool", "AdaptiveAvgPool", "AdaptiveMaxPool") for n in (1, 2, 3)},
    **{f"LPPool{n}d": (2, 2) for n in (1, 2, 3)},
    **{f"{kind}Pad{n}d": (1, 2.0)[: 1 + (kind == "Constant")] for kind in ("Zero", "Constant", "Reflection", "Replication", "Circular") for n in (1, 2, 3)},
    "Unfold": (2,), "Fold": ((3, 3), 2), "Upsample": (4,), "UpsamplingNearest2d": (4,), "UpsamplingBilinear2d": (4,),
    "PixelShuffle": (2,), "PixelUnshuffle": (2,), "ChannelShuffle": (2,), "LocalResponseNorm": (2,), "LazyLinear": (3,),
}  # fmt: skip


@pytest.mark.parametrize("training", [True, False])
@pytest.mark.parametrize("wrong", [np.ones((2, 4), np.float32), [[1.0, 2.0]], None, "x", nn.ReLU(), nn.ReLU, tl.ones])
@pytest.mark.parametrize("name", sorted(defined_in("layers/*.py") - {"Identity", "RNNCellBase"}))
def test_a_layer_takes_tensors(name: str, wrong: Any, training: bool) -> None:
    layer = getattr(nn, name)(*SETTINGS.get(name, ())).train(training)
    others = {
        "AdaptiveLogSoftmaxWithLoss": 1,
        "Bilinear": 1,
        "MaxUnpool1d": 1,
        "MaxUnpool2d": 1,
        "MaxUnpool3d": 1,
        "MultiheadAttention": 2,
        "TransformerDecoderLayer": 1,
        "TransformerDecoder": 1,
        "Transformer": 1,
    }
    found = error(lambda: layer(wrong, *[X] * others.get(name, 0)))
    assert isinstance(found, TypeError)
    kind = f"{'numpy.' if isinstance(wrong, np.ndarray) else ''}{type(wrong).__name__}"
    assert re.match(rf"\w+\(\): argument '\w+' \(position \d\) must be Tensor, not {kind}", str(found))


def test_a_batch_that_is_missing() -> None:
    with pytest.raises(
        ValueError, match=r"expected 2D or 3D input \(got 1D input\).*\[4\]; unsqueeze\(0\) makes a batch"
    ):
        nn.BatchNorm1d(4)(tl.ones(4))
    with pytest.raises(ValueError, match=r"expected 2D or 3D input \(got 4D input\).*\[1, 4, 2, 2\], in BatchNorm1d$"):
        nn.BatchNorm1d(4)(tl.ones(1, 4, 2, 2))


def test_channels() -> None:
    with pytest.raises(
        RuntimeError, match=r"BatchNorm1d: the input \[2, 3\] has 3 channels, but the layer normalises 4"
    ):
        nn.BatchNorm1d(4)(tl.ones(2, 3))


@pytest.mark.parametrize("register", ["forward_pre", "forward", "full_backward_pre", "full_backward"])
@pytest.mark.parametrize("hook", [None, 3, "print"])
def test_a_hook_that_is_not_a_function(register: str, hook: Any) -> None:
    with pytest.raises(TypeError, match=f"a hook must be callable, not {type(hook).__name__}"):
        getattr(nn.ReLU(), f"register_{register}_hook")(hook)


def test_a_state_dict_that_is_none() -> None:
    layer = nn.Linear(1, 1)
    for wrong, remedy in (
        (layer, r"Pass its state_dict\(\)"),
        (layer.state_dict, r"Call it: state_dict\(\)"),
        ([], ""),
    ):
        with pytest.raises(TypeError, match=rf"Expected state_dict to be dict-like, got <class .*>\. ?{remedy}"):
            layer.load_state_dict(wrong)


# ------------------------------------------------------------------------------------------------- nn.utils

PARAMETERS: list[tuple[Callable[[Any], Any], str]] = [
    (lambda m: m, r"not Sequential: pass model.parameters\(\)"),
    (lambda m: m[0], r"not Linear: pass model.parameters\(\)"),
    (lambda m: m.parameters, r"not method: call it, parameters\(\)"),
    (
        lambda m: m.named_parameters(),
        r"not tuple in an iterable: named_parameters\(\) gives pairs; pass parameters\(\)",
    ),
    (lambda m: [m[0].weight, 3.0], "not float in an iterable"),
    (lambda m: None, "not NoneType"),
]


@pytest.mark.parametrize("given, message", PARAMETERS, ids=[message for _, message in PARAMETERS])  # noqa: PT006  # a string, as elsewhere
@pytest.mark.parametrize(
    "function",
    [
        lambda p: nn.utils.clip_grad_norm_(p, 1.0),
        lambda p: nn.utils.clip_grad_value_(p, 1.0),
        lambda p: nn.utils.get_total_norm(p),
        lambda p: nn.utils.parameters_to_vector(p),
        lambda p: nn.utils.vector_to_parameters(tl.ones(9), p),
    ],
    ids=["clip_grad_norm_", "clip_grad_value_", "get_total_norm", "parameters_to_vector", "vector_to_parameters"],
)
def test_parameters_that_are_none(function: Callable[[Any], Any], given: Callable[[Any], Any], message: str) -> None:
    with pytest.raises(
        TypeError, match=rf"\w+\(\): argument '\w+' must be a Tensor or an iterable of Tensors, {message}"
    ):
        function(given(nn.Sequential(nn.Linear(2, 1))))


@pytest.mark.parametrize("bound", [-1.0, math.nan])
@pytest.mark.parametrize("name", ["clip_grad_norm_", "clip_grad_value_"])
def test_a_bound_that_is_not_one(name: str, bound: float) -> None:
    """PyTorch takes it; so does this library, and warns."""
    torch = pytest.importorskip("torch")

    def clipped(T: Any) -> Any:
        p = T.nn.Parameter(T.ones(3))
        p.grad = T.tensor([1.0, -2.0, 0.5])
        getattr(T.nn.utils, name)([p], bound)
        return p.grad.numpy()

    with pytest.warns(UserWarning, match=f"{name}: (max_norm|clip_value) is {bound}") as caught:
        ours = clipped(tl)
    assert [w.filename for w in caught] == [__file__]
    np.testing.assert_allclose(ours, clipped(torch), rtol=1e-6)


def test_a_bound_that_is_no_number() -> None:
    for name in ("clip_grad_norm_", "clip_grad_value_"):
        with pytest.raises(TypeError, match=rf"{name}\(\): argument '\w+' must be a number, not NoneType"):
            getattr(nn.utils, name)([], None)


def test_a_dimension_that_a_weight_does_not_have() -> None:
    layer = nn.Linear(3, 2)
    with pytest.raises(IndexError, match=r"Dimension out of range \(expected to be in range of \[-2, 1\], but got 5\)"):
        nn.utils.parametrizations.weight_norm(layer, dim=5)
    assert list(layer.state_dict()) == ["weight", "bias"]


@pytest.mark.parametrize("layer", ["Linear", "Tanh", "Embedding", "Sigmoid", "Bilinear"])
def test_a_layer_that_was_made_of_its_input_says_so(layer: str) -> None:
    with pytest.raises(
        TypeError, match=rf"shape \[2, 3\]: make the layer first .* layer = {layer}\(\.\.\.\); layer\(x\)"
    ):
        getattr(nn, layer)(tl.ones(2, 3))


def test_a_module_of_ones_own_may_take_a_tensor() -> None:
    class Scaled(nn.Module):
        def __init__(self, scale: tl.Tensor) -> None:
            super().__init__()
            self.register_buffer("scale", scale)

    assert Scaled(tl.ones(2)).scale.tolist() == [1, 1]


def test_advice_in_errors_of_layers() -> None:
    with pytest.raises(RuntimeError, match=r"the channels seem to be last, and x.movedim\(-1, -3\) brings them"):
        nn.Conv2d(1, 2, 3)(tl.ones(2, 5, 5, 1))
    with pytest.raises(TypeError, match=r"Read the file first: load_state_dict\(load\(path\)\)"):
        nn.Linear(1, 1).load_state_dict("model.pt")
    with pytest.raises(RuntimeError, match="'float64' is the name of a dtype, not of a device"):
        nn.Linear(1, 1).to("float64")
    layer = nn.book.BatchNormalization(np.ones(3), np.zeros(3), running_mean=np.ones(3))
    with pytest.raises(
        RuntimeError, match=r"the input \[4, 2\] has 2 features, but gamma and beta have the shape \[3\]"
    ):
        layer(np.ones((4, 2)))
    assert layer.running_mean.tolist() == [1, 1, 1]
