"""Samples of every module and function of `nn` that is not a loss: the tables that parity tests and catalogue walk."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from .pytorch_parity import SPECIAL, Row, f, floats, i, ints, pos, row

# ----------------------------------------------------------------------------------------------------- modules


class Sample(NamedTuple):
    """A module's arguments (arrays become Tensors) and what to call it with.

    `random` ones draw numbers of their own in training, so that only evaluation can be compared.
    """

    name: str
    args: tuple[Any, ...]
    kwargs: dict[str, Any]
    inputs: tuple[np.ndarray, ...]
    random: bool = False

    def __str__(self) -> str:
        given = [*map(brief, self.args), *(f"{k}={brief(v)}" for k, v in self.kwargs.items())]
        return f"{self.name}({', '.join(given)}) of {', '.join(map(brief, self.inputs))}"


def brief(x: Any) -> str:
    return f"{x.dtype}{list(x.shape)}" if isinstance(x, np.ndarray) else repr(x)


def of(name: str, *args: Any, inputs: Any, random: bool = False, **kwargs: Any) -> list[Sample]:
    """A sample for each of the inputs."""
    return [Sample(name, args, kwargs, x if isinstance(x, tuple) else (x,), random) for x in inputs]


X = f(3, 4, low=-4, high=4)
ANY = [X, f(2, 4, 3), f(5), floats(0.7).reshape(()), f(0, 3)]
KINKS = [floats(-6, -3, -1, -0.5, -0.0, 0.0, 0.5, 1, 3, 6)]
ENDS = [SPECIAL]

MODULES: list[Sample] = [
    # rectifiers
    *of("ReLU", inputs=[*ANY, *KINKS, *ENDS]),
    *of("ReLU", inplace=True, inputs=[X]),
    *of("ReLU6", inputs=[*ANY, *KINKS, *ENDS]),
    *of("ReLU6", True, inputs=[X]),
    *of("Hardtanh", inputs=[*ANY, *KINKS, *ENDS]),
    *of("Hardtanh", -0.5, 3, True, inputs=[X, *KINKS]),
    *of("ELU", inputs=[*ANY, *KINKS, *ENDS]),
    *of("ELU", 0.3, True, inputs=[X]),
    *of("CELU", inputs=[*ANY, *KINKS]),
    *of("CELU", 0.3, inplace=True, inputs=[X, *KINKS]),
    *of("SELU", inputs=[*ANY, *KINKS, *ENDS]),
    *of("SELU", inplace=True, inputs=[X]),
    *of("LeakyReLU", inputs=[*ANY, *KINKS, *ENDS]),
    *of("LeakyReLU", 1.5, True, inputs=[X, *KINKS]),
    *of("LeakyReLU", -0.5, inputs=[X, *KINKS]),
    *of("PReLU", inputs=[*ANY, *KINKS]),
    *of("PReLU", 4, 0.1, inputs=[X, f(2, 4, 3)]),
    *of("RReLU", inputs=[*ANY[:4], *KINKS]),
    *of("RReLU", 0.3, 0.3, inputs=[X]),
    *of("RReLU", 0.1, 0.9, True, inputs=[X]),
    *of("Threshold", 0.5, 2, inputs=[*ANY, *KINKS, *ENDS]),
    *of("Threshold", -1, 7.5, True, inputs=[X, *KINKS]),
    *of("Hardsigmoid", inputs=[*ANY, *KINKS, SPECIAL[:-1]]),
    *of("Hardsigmoid", True, inputs=[X]),
    *of("Hardswish", inputs=[*ANY, *KINKS]),
    *of("Hardswish", True, inputs=[X]),
    # activations
    *of("Hardshrink", inputs=[*ANY, *KINKS, *ENDS]),
    *of("Hardshrink", 1.0, inputs=[X, *KINKS]),
    *of("Softshrink", inputs=[*ANY, *KINKS, SPECIAL[:-1]]),
    *of("Softshrink", 1, inputs=[X, *KINKS]),
    *of("Tanhshrink", inputs=[*ANY, *KINKS, *ENDS]),
    *of("Sigmoid", inputs=[*ANY, *ENDS]),
    *of("LogSigmoid", inputs=[*ANY, *KINKS, *ENDS]),
    *of("Tanh", inputs=[*ANY, *ENDS]),
    *of("Softsign", inputs=[*ANY, *KINKS, *ENDS]),
    *of("Softplus", inputs=[*ANY, *KINKS, *ENDS]),
    *of("Softplus", 2, 5, inputs=[X, *KINKS]),
    *of("GELU", inputs=ANY),
    *of("GELU", "tanh", inputs=ANY),
    *of("SiLU", inputs=[*ANY, *ENDS]),
    *of("SiLU", True, inputs=[X]),
    *of("Mish", inputs=[*ANY, *ENDS]),
    *of("Mish", True, inputs=[X]),
    *of("GLU", inputs=[X, f(2, 3, 6)]),
    *of("GLU", 0, inputs=[f(4, 3)]),
    # distributions
    *of("Softmax", 1, inputs=[X, f(2, 4, 3), f(0, 3)]),
    *of("Softmax", dim=-1, inputs=[X, floats(1000, -1000, 0)]),
    *of("Softmax", inputs=[X, f(2, 4, 3), f(5)]),
    *of("Softmin", 1, inputs=[X]),
    *of("Softmin", inputs=[X]),
    *of("LogSoftmax", 1, inputs=[X, f(2, 4, 3), f(2, 3) * 1000]),
    *of("LogSoftmax", inputs=[X]),
    *of("Softmax2d", inputs=[f(2, 3, 2, 2), f(3, 2, 2)]),
    # layers
    *of("Linear", 4, 3, inputs=[X, f(4), f(2, 3, 4), f(0, 4)]),
    *of("Linear", 4, 3, bias=False, inputs=[X]),
    *of("Bilinear", 4, 3, 2, inputs=[(X, f(3, 3)), (f(2, 3, 4), f(2, 3, 3)), (f(4), f(3)), (f(0, 4), f(0, 3))]),
    *of("Bilinear", 4, 3, 2, bias=False, inputs=[(X, f(3, 3))]),
    *of("Identity", 3, unused=4, inputs=[X]),
    *of("Flatten", inputs=[X, f(2, 3, 4)]),
    *of("Flatten", 0, 1, inputs=[f(2, 3, 4)]),
    *of("Unflatten", 1, (2, -1), inputs=[X]),
    *of("Unflatten", -1, [2, 2], inputs=[X]),
    *of("Embedding", 5, 3, inputs=[i(4, low=0, high=5), i(2, 3, low=0, high=5), i(low=0, high=5), i(0, low=0, high=5)]),
    *of("Embedding", 5, 3, padding_idx=1, inputs=[ints(1, 0, 1, 4)]),
    *of("Embedding", 5, 3, padding_idx=-1, inputs=[ints([1, 4], [4, 0])]),
    *of("Embedding", 5, 3, max_norm=0.5, inputs=[ints(1, 0, 1)]),
    *of("Embedding", 5, 3, max_norm=0.5, norm_type=1.0, inputs=[ints(1, 0, 1)]),
    *of("Embedding", 5, 3, scale_grad_by_freq=True, inputs=[ints(1, 0, 1), ints([1, 2], [1, 1])]),
    *of("Embedding", 2, 2, _weight=f(2, 2), _freeze=True, inputs=[ints(1, 0, 1)]),
    *of("EmbeddingBag", 5, 3, inputs=[ints([1, 0, 1], [4, 4, 2]), (ints(1, 0, 1, 4), ints(0, 0, 3))]),
    *of("EmbeddingBag", 5, 3, mode="sum", padding_idx=1, inputs=[(ints(1, 0, 1, 4), ints(0, 1))]),
    *of("EmbeddingBag", 5, 3, mode="max", include_last_offset=True, inputs=[(ints(1, 0, 1, 4), ints(0, 3, 4))]),
    *of("EmbeddingBag", 2, 2, 0.5, 1.0, _weight=f(2, 2), inputs=[ints([1, 0], [0, 0])]),
    *of("BatchNorm1d", 4, inputs=[X, f(2, 4, 3), f(3, 4)]),
    *of("BatchNorm1d", 4, 0.1, 0.6, inputs=[X]),
    *of("BatchNorm1d", 4, momentum=None, inputs=[X]),
    *of("BatchNorm1d", 4, affine=False, inputs=[X, f(2, 4, 3)]),
    *of("BatchNorm1d", 4, bias=False, inputs=[X]),
    *of("BatchNorm1d", 4, track_running_stats=False, inputs=[X]),
    *of("BatchNorm2d", 4, inputs=[f(2, 4, 3, 2)]),
    *of("BatchNorm2d", 4, 0.1, None, False, inputs=[f(2, 4, 3, 2)]),
    *of("BatchNorm3d", 4, bias=False, inputs=[f(2, 4, 1, 3, 2)]),
    *of("SyncBatchNorm", 4, 0.1, inputs=[X, f(2, 4, 3)]),
    *of("InstanceNorm1d", 4, inputs=[f(2, 4, 3), f(4, 3)]),
    *of("InstanceNorm1d", 4, 0.1, 0.6, True, True, inputs=[f(2, 4, 3), f(4, 3)]),
    *of("InstanceNorm2d", 4, affine=True, bias=False, inputs=[f(2, 4, 3, 2)]),
    *of("InstanceNorm3d", 4, track_running_stats=True, momentum=None, inputs=[f(2, 4, 1, 3, 2)]),
    *of("LocalResponseNorm", 3, 0.5, 0.6, 2.0, inputs=[f(2, 4, 3), f(1, 4, 2, 2)]),
    *of("LocalResponseNorm", 2, inputs=[f(2, 4, 3, 1, 2)]),
    *of("LayerNorm", 4, inputs=[X, f(2, 3, 4), f(4), f(0, 4), X + 10]),
    *of("LayerNorm", (3, 4), inputs=[X, f(2, 3, 4)]),
    *of("LayerNorm", [4], 0.1, inputs=[X]),
    *of("LayerNorm", 4, elementwise_affine=False, inputs=[X]),
    *of("LayerNorm", 4, bias=False, inputs=[X]),
    *of("GroupNorm", 2, 4, inputs=[f(2, 4, 3), f(2, 4, 2, 2), f(0, 4, 2)]),
    *of("GroupNorm", 1, 4, 0.1, inputs=[X, f(2, 4, 3)]),
    *of("GroupNorm", 4, 4, inputs=[f(2, 4, 3)]),
    *of("GroupNorm", 2, 8, affine=False, inputs=[f(3, 8)]),
    *of("GroupNorm", 2, 8, bias=False, inputs=[f(3, 8)]),
    *of("RMSNorm", 4, inputs=[X, f(2, 3, 4), f(0, 4)]),
    *of("RMSNorm", (3, 4), 0.1, inputs=[X]),
    *of("RMSNorm", 4, elementwise_affine=False, inputs=[X]),
    # windows
    *of("Conv1d", 4, 2, 3, inputs=[f(2, 4, 5), f(4, 5)]),
    *of("Conv1d", 4, 2, 3, 2, 1, 2, 2, False, inputs=[f(2, 4, 7)]),
    *of("Conv1d", 4, 2, 3, padding="same", padding_mode="circular", inputs=[f(2, 4, 5)]),
    *of("Conv2d", 2, 4, (3, 2), inputs=[f(2, 2, 5, 4), f(2, 5, 4), f(0, 2, 5, 4)]),
    *of("Conv2d", 2, 4, 3, stride=(2, 1), padding=(1, 2), dilation=(1, 2), inputs=[f(2, 2, 5, 4)]),
    *of("Conv2d", 4, 4, 3, padding="same", groups=4, inputs=[f(2, 4, 5, 4)]),
    *of("Conv2d", 2, 4, 2, padding="valid", bias=False, inputs=[f(2, 2, 5, 4)]),
    *of("Conv2d", 2, 2, 3, padding=1, padding_mode="reflect", inputs=[f(1, 2, 3, 4)]),
    *of("Conv2d", 2, 2, 3, padding=(2, 1), padding_mode="replicate", inputs=[f(1, 2, 3, 4)]),
    *of("Conv3d", 2, 2, (1, 2, 3), padding=1, inputs=[f(1, 2, 2, 3, 4)]),
    *of("ConvTranspose1d", 4, 2, 3, inputs=[f(2, 4, 5), f(4, 5)]),
    *of("ConvTranspose1d", 4, 2, 3, 3, 1, 2, 2, False, 2, inputs=[f(2, 4, 3)]),
    *of("ConvTranspose2d", 2, 3, (3, 2), inputs=[f(2, 2, 3, 4), f(2, 3, 4), f(0, 2, 3, 4)]),
    *of("ConvTranspose2d", 2, 3, 4, stride=2, padding=1, inputs=[f(2, 2, 3, 2)]),
    *of("ConvTranspose2d", 2, 3, 3, 2, 1, (1, 0), inputs=[f(2, 2, 3, 2)]),
    *of("ConvTranspose3d", 2, 2, (1, 2, 3), 2, inputs=[f(1, 2, 2, 1, 2)]),
    *of("Unfold", 2, inputs=[f(2, 2, 3, 4), f(2, 3, 4)]),
    *of("Unfold", (2, 3), (2, 1), 1, 2, inputs=[f(2, 2, 3, 4)]),
    *of("Fold", (3, 4), 2, inputs=[f(2, 8, 6), f(4, 6)]),
    *of("MaxPool1d", 2, inputs=[f(2, 3, 5), f(3, 4)]),
    *of("MaxPool1d", 3, 2, 1, 2, ceil_mode=True, inputs=[f(2, 3, 7)]),
    *of("MaxPool2d", 2, inputs=[f(2, 3, 5, 4), f(3, 4, 4), f(0, 3, 4, 4)]),
    *of("MaxPool2d", (3, 2), 2, (1, 0), ceil_mode=True, inputs=[f(2, 3, 6, 5), np.round(f(2, 3, 6, 5))]),
    *of("MaxPool3d", 2, 1, inputs=[f(1, 2, 3, 2, 4)]),
    *of("MaxUnpool1d", 2, inputs=[(f(1, 2, 2), ints([[0, 3], [1, 2]]))]),
    *of("MaxUnpool2d", (2, 1), inputs=[(f(1, 1, 1, 2), ints([[[2, 1]]]))]),
    *of("MaxUnpool3d", 2, 2, 0, inputs=[(f(1, 1, 1, 1), ints([[[5]]]))]),
    *of("AvgPool1d", 2, inputs=[f(2, 3, 5), f(3, 4)]),
    *of("AvgPool1d", 3, 2, 1, True, False, inputs=[f(2, 3, 6)]),
    *of("AvgPool2d", 2, inputs=[f(2, 3, 5, 4), f(3, 4, 4)]),
    *of("AvgPool2d", (3, 2), 2, (1, 0), True, inputs=[f(2, 3, 6, 5)]),
    *of("AvgPool2d", 2, 1, divisor_override=3, inputs=[f(2, 3, 3, 3)]),
    *of("AvgPool3d", 2, 1, 1, False, False, inputs=[f(1, 2, 3, 2, 4)]),
    *of("LPPool1d", 2, 2, inputs=[pos(2, 3, 5), pos(3, 4)]),
    *of("LPPool2d", 3.0, 2, 1, inputs=[pos(2, 3, 3, 4)]),
    *of("LPPool3d", 1.5, 2, ceil_mode=True, inputs=[pos(1, 2, 3, 2, 2)]),
    *of("AdaptiveAvgPool1d", 3, inputs=[f(2, 3, 5), f(3, 6)]),
    *of("AdaptiveAvgPool2d", (None, 3), inputs=[f(2, 3, 2, 5), f(3, 2, 3)]),
    *of("AdaptiveAvgPool2d", 1, inputs=[f(2, 3, 2, 5)]),
    *of("AdaptiveAvgPool3d", (2, 1, 3), inputs=[f(1, 3, 3, 2, 5)]),
    *of("AdaptiveMaxPool1d", 3, inputs=[f(2, 3, 5), f(3, 6)]),
    *of("AdaptiveMaxPool2d", (2, 3), inputs=[f(2, 3, 4, 5), f(3, 4, 6)]),
    *of("AdaptiveMaxPool3d", (2, 1, 3), inputs=[f(1, 3, 3, 2, 5)]),
    *of("ZeroPad1d", (2, 0), inputs=[f(2, 3, 4)]),
    *of("ZeroPad2d", 1, inputs=[f(2, 3, 4)]),
    *of("ZeroPad3d", (1, 0, 2, 0, 0, -1), inputs=[f(1, 2, 3, 2, 2)]),
    *of("ConstantPad1d", 1, 2.5, inputs=[f(2, 3, 4)]),
    *of("ConstantPad2d", (1, 0, -1, 2), 2, inputs=[f(2, 3, 4)]),
    *of("ConstantPad3d", 1, -1.5, inputs=[f(1, 2, 3, 2, 2)]),
    *of("ReflectionPad1d", (2, 1), inputs=[f(2, 3, 4)]),
    *of("ReflectionPad2d", 1, inputs=[f(2, 3, 4)]),
    *of("ReflectionPad3d", 1, inputs=[f(1, 2, 3, 2, 2)]),
    *of("ReplicationPad1d", (2, 1), inputs=[f(2, 3, 4)]),
    *of("ReplicationPad2d", 3, inputs=[f(2, 3, 4)]),
    *of("ReplicationPad3d", 1, inputs=[f(1, 2, 3, 2, 2)]),
    *of("CircularPad1d", (2, 1), inputs=[f(2, 3, 4)]),
    *of("CircularPad2d", 1, inputs=[f(2, 3, 4)]),
    *of("CircularPad3d", 1, inputs=[f(1, 2, 3, 2, 2)]),
    # another size
    *of("Upsample", 5, inputs=[f(2, 3, 4)]),
    *of("Upsample", scale_factor=2, inputs=[f(1, 2, 3, 4), f(1, 2, 2, 1, 2)]),
    *of("Upsample", scale_factor=(2.0, 1.5), mode="bilinear", inputs=[f(1, 2, 3, 4)]),
    *of("Upsample", (5, 2), None, "bicubic", True, inputs=[f(1, 2, 3, 4)]),
    *of("Upsample", scale_factor=1.7, mode="linear", recompute_scale_factor=True, inputs=[f(1, 2, 4)]),
    *of("UpsamplingNearest2d", scale_factor=3, inputs=[f(1, 2, 2, 3)]),
    *of("UpsamplingBilinear2d", (4, 5), inputs=[f(1, 2, 2, 3)]),
    *of("PixelShuffle", 2, inputs=[f(2, 4, 2, 3), f(8, 1, 2)]),
    *of("PixelUnshuffle", 2, inputs=[f(2, 1, 2, 4), f(2, 4, 2)]),
    *of("ChannelShuffle", 2, inputs=[f(2, 4, 3)]),
    *of("Dropout1d", inputs=[f(2, 4, 3), f(4, 3)], random=True),
    *of("Dropout2d", 0.3, inputs=[f(2, 4, 3, 2)], random=True),
    *of("Dropout2d", 1.0, True, inputs=[f(2, 4, 3, 2)]),
    *of("Dropout3d", 0.0, inputs=[f(2, 4, 1, 3, 2)]),
    *of("FeatureAlphaDropout", 0.3, inputs=[f(2, 4, 3)], random=True),
    *of("FeatureAlphaDropout", 1.0, inputs=[f(2, 4, 3)]),
    *of("Dropout", inputs=ANY, random=True),
    *of("Dropout", 0, inputs=[X]),
    *of("Dropout", 1, inputs=[X]),
    *of("Dropout", 0.3, True, inputs=[X], random=True),
    *of("AlphaDropout", inputs=ANY, random=True),
    *of("AlphaDropout", 0.0, inputs=[X]),
    *of("AlphaDropout", 1.0, inputs=[X]),
    *of("AlphaDropout", 0.3, True, inputs=[X], random=True),
]

# What is no layer, and where else it is tested.
ELSEWHERE = {
    "AdaptiveLogSoftmaxWithLoss": "test_adaptive",
    **dict.fromkeys(
        (
            "MultiheadAttention",
            "Transformer",
            "TransformerDecoder",
            "TransformerDecoderLayer",
            "TransformerEncoder",
            "TransformerEncoderLayer",
        ),
        "test_attention",
    ),
    **dict.fromkeys(
        ("GRU", "GRUCell", "LSTM", "LSTMCell", "RNN", "RNNBase", "RNNCell", "RNNCellBase"), "test_recurrent"
    ),
    **dict.fromkeys(
        (
            *(f"Lazy{kind}{n}d" for kind in ("Conv", "ConvTranspose", "BatchNorm", "InstanceNorm") for n in (1, 2, 3)),
            *("LazyLinear", "UninitializedBuffer", "UninitializedParameter"),
        ),
        "test_lazy",
    ),
    "Buffer": "test_module_tree",
    "Module": "test_module_tree",
    "ModuleDict": "test_containers",
    "ModuleList": "test_containers",
    "Parameter": "test_module_tree",
    "ParameterDict": "test_containers",
    "ParameterList": "test_containers",
    "Sequential": "test_containers",
}

# --------------------------------------------------------------------------------------------------- functions


def fn(name: str, *args: Any, grad: bool = True, **kwargs: Any) -> Row:
    """A row for a function of nn.functional; the name of one that works in place gets a copy to work on."""

    def call(T: Any, *args: Any, **kwargs: Any) -> Any:
        if name.endswith("_"):
            args = (args[0].clone(), *args[1:])
        return getattr(T.nn.functional, name)(*args, **kwargs)

    return row(name, *args, call=call, grad=grad, **kwargs)


def seeded(name: str, *args: Any, **kwargs: Any) -> Row:
    """The same for one that draws numbers."""

    def call(T: Any, *args: Any, **kwargs: Any) -> Any:
        T.manual_seed(3)
        return getattr(T.nn.functional, name)(*args, **kwargs)

    return row(name, *args, call=call, **kwargs)


def averaged(T: Any, x: Any, weight: Any, bias: Any, eps: float) -> Any:
    """Batch norm by running averages, which in PyTorch must not ask for gradients."""
    mean, var = (T.tensor(values, dtype=x.dtype) for values in (f(4), pos(4)))
    return T.nn.functional.batch_norm(x, mean, var, weight, bias, False, eps=eps)


PLAIN = [
    "celu",
    "elu",
    "gelu",
    "hardshrink",
    "hardsigmoid",
    "hardswish",
    "hardtanh",
    "leaky_relu",
    "logsigmoid",
    "mish",
    "relu",
    "relu6",
    "rrelu",
    "selu",
    "sigmoid",
    "silu",
    "softplus",
    "softshrink",
    "softsign",
    "tanh",
    "tanhshrink",
]
IN_PLACE = ["celu_", "elu_", "hardtanh_", "leaky_relu_", "relu_", "rrelu_", "selu_"]

# Places of images and volumes, inside, at the border and outside.
GRIDS = {
    4: np.array([[[[-1.0, 1.0], [0.3, -0.2], [1.4, -2.6]], [[0.55, 0.9], [-0.7, 0.1], [-1.3, 0.4]]]] * 2),
    5: np.array([[[[[-1.0, 1.0, 0.2], [0.3, -0.2, 1.7], [1.4, -2.6, -0.4]]]]] * 2),
}

FUNCTIONS: list[Row] = [
    *(fn(name, x) for name in [*PLAIN, *IN_PLACE] for x in (X, f(5), KINKS[0], f(0, 3))),
    *(fn(name, X, inplace=True) for name in PLAIN if f"{name}_" in IN_PLACE or name in ("silu", "mish", "relu6")),
    fn("elu", X, 0.4),
    fn("scaled_dot_product_attention", f(2, 3, 4), f(2, 5, 4), f(2, 5, 2)),
    fn("scaled_dot_product_attention", f(3, 4), f(5, 4), f(5, 2), f(3, 5), scale=0.3),
    *(
        fn("multi_head_attention_forward", *x, 4, 2, f(12, 4), None, None, None, False, 0.0, f(4, 4), None, **masks)
        for x in [(f(3, 2, 4), f(5, 2, 4), f(5, 2, 4))]
        for masks in ({}, {"key_padding_mask": f(2, 5), "attn_mask": f(3, 5), "average_attn_weights": False})
    ),
    fn("elu", X, alpha=-0.5),
    fn("celu", X, alpha=0),
    fn("gelu", X, approximate="tanh"),
    fn("gelu", X, approximate="none"),
    fn("gelu", X, approximate="sigmoid"),
    fn("hardshrink", X, 1.5),
    fn("hardshrink", X, lambd=-1.0),
    fn("hardtanh", X, 0, 3),
    fn("hardtanh", X, 3, 0),
    fn("hardtanh", X, 1, 1),
    fn("leaky_relu", X, negative_slope=-0.2),
    fn("softshrink", X, -1.0),
    fn("softplus", X, 3, 2),
    fn("threshold", X, 0.5, -2),
    fn("threshold", X, threshold=0.5, value=-2.0, inplace=True),
    fn("threshold_", X, 0.5, -2),
    fn("prelu", X, floats(0.3)),
    fn("prelu", X, f(4)),
    fn("prelu", f(2, 4, 3), f(4)),
    fn("prelu", f(4), f(1)),
    fn("prelu", X, f(3)),
    fn("prelu", f(4), f(4)),
    seeded("rrelu", X, training=True),
    seeded("rrelu", KINKS[0], 0.2, 0.8, True),
    fn("rrelu", X, 0.5, 0.1),
    fn("rrelu", X, 0.5, 0.1, True),
    fn("glu", X),
    fn("glu", f(4, 3), 0),
    fn("glu", f(3, 3)),
    fn("glu", floats(1.0).reshape(())),
    *(fn(name, X, dim) for name in ("softmax", "softmin", "log_softmax") for dim in (0, -1, 2)),
    *(fn(name, i(2, 3), 1, dtype=np.dtype("float32")) for name in ("softmax", "log_softmax")),
    *(fn(name, x) for name in ("softmax", "softmin", "log_softmax") for x in (X, f(5), f(2, 3, 2), f(2, 3, 2, 2))),
    seeded("gumbel_softmax", X),
    seeded("gumbel_softmax", X, 0.5, dim=0),
    seeded("gumbel_softmax", X, tau=2.0, hard=True),
    fn("linear", X, f(3, 4)),
    fn("linear", X, f(3, 4), f(3)),
    fn("linear", f(4), f(3, 4), f(3)),
    fn("linear", X, f(4)),
    fn("linear", X, f(3, 5)),
    fn("linear", X, f(3, 4).astype(np.float16)),
    fn("bilinear", X, f(3, 2), f(5, 4, 2), f(5)),
    fn("bilinear", X, f(3, 2), f(5, 4, 2)),
    fn("bilinear", X, f(2, 2), f(5, 4, 2)),
    fn("bilinear", X, f(3, 3), f(5, 4, 2)),
    fn("embedding", ints([0, 2], [2, 1]), f(3, 4)),
    fn("embedding", ints(0, 2, 2), f(3, 4), padding_idx=2),
    fn("embedding", ints(0, 2, 2), f(3, 4), padding_idx=-3),
    fn("embedding", ints(0, 2, 2), f(3, 4), padding_idx=0, scale_grad_by_freq=True),
    fn("embedding", ints(0, 2).astype(np.int32), f(3, 4)),
    fn("embedding", ints(0, 3), f(3, 4)),
    fn("embedding", ints(0, -1), f(3, 4)),
    fn("embedding", floats(0, 1), f(3, 4)),
    fn("embedding", ints(0, 2, 2), f(3, 4), max_norm=1.0, grad=False),
    *(fn("embedding_bag", ints([0, 2], [2, 1]), f(3, 4), mode=mode) for mode in ("sum", "mean", "max", "median")),
    *(
        fn("embedding_bag", ints(0, 2, 2, 1), f(3, 4), ints(0, 0, 3), mode=mode, padding_idx=padding)
        for mode in ("sum", "mean", "max")
        for padding in (None, 2, -3)
    ),
    fn("embedding_bag", ints(0, 2, 2), f(3, 4), ints(0, 1), mode="sum", per_sample_weights=f(3)),
    fn("embedding_bag", ints(0, 2, 2), f(3, 4), ints(0, 1), per_sample_weights=f(3)),
    fn("embedding_bag", ints(0, 2, 2), f(3, 4), ints(0, 1), mode="sum", per_sample_weights=f(2)),
    fn("embedding_bag", ints(0, 2, 2), f(3, 4), ints(0, 1, 3), include_last_offset=True),
    *(fn("embedding_bag", ints(0, 2), f(3, 4), offsets) for offsets in (None, ints(1, 2), ints(0, 3), ints([0]))),
    fn("embedding_bag", ints([0, 2]), f(3, 4), ints(0)),
    fn("embedding_bag", ints([0]), f(3)),
    fn("embedding_bag", ints(0), f(3, 2), ints(0), mode="max", scale_grad_by_freq=True),
    *(
        fn("grid_sample", image, GRIDS[image.ndim], mode, padding, align)
        for image in (f(2, 2, 3, 4), f(2, 1, 2, 3, 2))
        for mode in ("bilinear", "nearest", "bicubic")
        for padding in ("zeros", "border", "reflection")
        for align in (True, False)
    ),
    fn("grid_sample", f(1, 1, 1, 1), f(1, 2, 2, 2), padding_mode="reflection", align_corners=True),
    fn("grid_sample", f(1, 1, 2, 2), f(1, 2, 2, 2), "linear"),
    fn("grid_sample", f(1, 1, 2, 2), f(1, 2, 2, 2), padding_mode="circular"),
    *(
        fn("grid_sample", x, grid, align_corners=False)
        for x, grid in (
            (f(1, 1, 2, 2), f(2, 2, 2, 2)),
            (f(1, 2, 2), f(1, 2, 1)),
            (f(1, 1, 2, 2), f(1, 2, 2, 3)),
            (f(1, 1, 0, 2), f(1, 2, 2, 2)),
        )
    ),
    *(
        fn("affine_grid", f(2, len(size) - 2, len(size) - 1), size, align)
        for size in ((2, 1, 3, 4), (2, 1, 2, 1, 3))
        for align in (True, False)
    ),
    fn("affine_grid", f(2, 2, 3), (2, 1, 3), False),
    fn("affine_grid", f(2, 2, 2), (2, 1, 3, 4), False),
    fn("affine_grid", f(2, 2, 3), (2, 1, 0, 4), False),
    fn("affine_grid", ints([[1, 0, 0], [0, 1, 0]]), (1, 1, 2, 2), False),
    fn("one_hot", ints(0, 2, 1)),
    fn("one_hot", ints([0], [1]), 4),
    fn("pad", X, (1, 2)),
    fn("pdist", X),
    fn("pad", X, (1, 0, 0, 2), "constant", 3.0),
    *(
        row("batch_norm", x, w, b, call=averaged, eps=0.1)
        for x in (X, f(2, 4, 3))
        for w in (None, f(4))
        for b in (None, f(4))
    ),
    fn("batch_norm", X, None, None, training=True),
    fn("batch_norm", f(2, 4, 3, 2), None, None, f(4), f(4, seed=1), True, 0.3, 0.1),
    fn("batch_norm", f(1, 4), None, None, training=True),
    fn("batch_norm", X, f(3), pos(3)),
    *(fn("layer_norm", x, (4,), w, b) for x in (X, f(2, 3, 4), f(4)) for w in (None, f(4)) for b in (None, f(4))),
    fn("layer_norm", f(2, 3, 4), [3, 4], f(3, 4), f(3, 4), 0.1),
    fn("layer_norm", X, (3,)),
    fn("layer_norm", X, (4,), f(3)),
    fn("layer_norm", X, ()),
    fn("group_norm", f(2, 4, 3), 2),
    fn("group_norm", f(2, 4, 3), 2, f(4), f(4), 0.1),
    fn("group_norm", f(2, 4, 3), 4, f(4)),
    fn("group_norm", f(2, 4, 3), 3),
    fn("group_norm", f(1, 4), 4),
    fn("group_norm", f(4), 2),
    fn("group_norm", f(2, 4, 3), 2, f(3)),
    fn("rms_norm", X, (4,)),
    fn("rms_norm", X, (4,), f(4), 0.1),
    fn("rms_norm", f(2, 3, 4), (3, 4), f(3, 4)),
    fn("rms_norm", X, (3,)),
    fn("normalize", X),
    fn("normalize", f(2, 3, 4), 1.0, 2),
    fn("normalize", X, p=3.0, dim=0, eps=0.1),
    fn("normalize", np.zeros((2, 3), np.float32)),
    *(
        fn(name, f(2, 4, *sizes), f(4, 2, *(2, 3, 1)[: len(sizes)]), f(4), **options, groups=2)
        for name, sizes in (("conv1d", (5,)), ("conv2d", (3, 4)), ("conv3d", (2, 3, 2)))
        for options in ({}, {"stride": 2, "padding": 1}, {"padding": "same", "dilation": 2})
    ),
    *(
        fn(name, f(2, 4, *sizes), f(4, 1, *(2, 3, 1)[: len(sizes)]), f(2), **options, groups=2)
        for name, sizes in (("conv_transpose1d", (3,)), ("conv_transpose2d", (2, 3)), ("conv_transpose3d", (2, 1, 2)))
        for options in ({}, {"stride": 2, "output_padding": 1}, {"dilation": 3})
    ),
    *(
        fn(f"{kind}_pool{len(s)}d", f(2, 3, *s), *a)
        for s in ((5,), (5, 4), (3, 5, 2))
        for kind, *a in (
            ("max", 2),
            ("max", 2, 3, 1, 1, True, True),
            ("avg", 2),
            ("avg", 2, 3, 1, True, False),
            ("adaptive_avg", 3),
            ("adaptive_max", 3, True),
        )
    ),
    *(fn(f"lp_pool{len(s)}d", pos(2, 3, *s), p, 2) for s in ((5,), (5, 4), (3, 5, 2)) for p in (1, 2.0)),
    fn("lp_pool2d", f(2, 3, 4, 4), float("inf"), 2),
    fn("lp_pool2d", f(2, 3, 4, 4), float("-inf"), 2),
    fn("max_unpool1d", f(1, 2), ints([3, 0]), 2, output_size=(5,)),
    fn("max_unpool2d", f(1, 1, 2), ints([[1, 2]]), 2, output_size=(1, 1, 3, 4)),
    fn("max_unpool2d", f(1, 1, 2), ints([[1, 20]]), 2),
    fn("max_unpool2d", f(1, 1, 2), ints([[1, 2]]), 2, output_size=(9, 9)),
    fn("max_unpool3d", f(1, 1, 1, 1), ints([[[6]]]), 2),
    fn("unfold", f(2, 3, 4), 2, 1, 1, 2),
    fn("unfold", f(2, 3, 4), 5),
    fn("fold", f(4, 6), (3, 4), 2),
    fn("fold", f(3, 6), (3, 4), 2),
    fn("fold", f(4, 5), (3, 4), 2),
    *(
        fn("interpolate", x, mode=mode, **options)
        for x, smooth in ((f(1, 2, 5), "linear"), (f(1, 2, 3, 4), "bilinear"), (f(1, 2, 2, 1, 3), "trilinear"))
        for mode in ("nearest", "nearest-exact", smooth, "area", *(("bicubic",) if x.ndim == 4 else ()))
        for options in ({"size": 3}, {"scale_factor": 1.7}, {"scale_factor": 2})
    ),
    fn("interpolate", f(1, 2, 4), scale_factor=1.7, mode="linear", align_corners=True),
    fn("interpolate", f(1, 2, 4)),
    fn("interpolate", f(1, 2, 4), 3, 2.0),
    fn("interpolate", f(1, 2, 4), (3, 3)),
    fn("interpolate", f(1, 2, 4), 3, mode="bilinear"),
    fn("interpolate", f(1, 2, 4), 3, align_corners=True),
    fn("interpolate", f(2, 4), 3),
    fn("interpolate", i(1, 2, 4), 3),
    fn("interpolate", i(1, 2, 4, low=0, high=9).astype(np.uint8), 3),
    fn("upsample", f(1, 2, 4), 3),
    fn("upsample_nearest", f(1, 2, 4), scale_factor=2),
    fn("upsample_bilinear", f(1, 2, 2, 3), (3, 5)),
    fn("pixel_shuffle", f(4, 2, 3), 2),
    fn("pixel_shuffle", f(3, 2, 3), 2),
    fn("pixel_unshuffle", f(1, 2, 4), 2),
    fn("pixel_unshuffle", f(1, 3, 4), 2),
    fn("channel_shuffle", f(1, 4, 2), 2),
    fn("channel_shuffle", f(1, 4, 2), 3),
    fn("instance_norm", f(2, 4, 3), None, None, f(4), f(4, seed=1), eps=0.1),
    fn("instance_norm", f(2, 4, 1)),
    fn("instance_norm", f(2, 4, 3), use_input_stats=False),
    fn("local_response_norm", f(2, 4, 3), 3, 0.5),
    fn("local_response_norm", f(2, 4), 3),
    *(seeded(f"dropout{n}d", f(2, 4, *[2] * n), 0.4) for n in (1, 2, 3)),
    *(seeded(f"dropout{n}d", f(4, *[2] * n), 0.4) for n in (1, 2, 3)),
    fn("dropout1d", f(4)),
    fn("dropout2d", f(4)),
    fn("dropout3d", f(4, 4), 1.5),
    fn("feature_alpha_dropout", X),
    seeded("feature_alpha_dropout", f(2, 4, 3), 0.4, True),
    fn("dropout", X, 0.0),
    fn("dropout", X, 1.0),
    fn("dropout", X, training=False),
    fn("dropout", X, 1.5),
    fn("alpha_dropout", X),
    fn("alpha_dropout", X, 0.0, True),
    fn("alpha_dropout", X, 1.0, True),
    fn("alpha_dropout", X, -0.5, True),
]
