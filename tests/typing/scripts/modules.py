"""Modules of one's own, containers, hooks, states, and the functions of nn.utils."""

from collections import OrderedDict
from collections.abc import Iterator
from typing import Any, assert_type

import numpy as np

import tinygrad_lite as tl
from tinygrad_lite import Tensor, nn

x = tl.ones(5, 3)
layer = nn.Linear(3, 2)

# ----------------------------------------------------------------------- a call takes and returns what forward does


class Scaled(nn.Module):
    def __init__(self, size: int = 4) -> None:
        super().__init__()
        self.hidden = nn.Linear(3, size)
        self.scale = nn.Parameter(tl.ones(1))
        self.register_buffer("seen", tl.zeros(1))
        self.register_buffer("scratch", None, persistent=False)

    def forward(self, x: Tensor, twice: bool = False) -> tuple[Tensor, int]:
        y = assert_type(self.hidden(x), Tensor) * self.scale
        return (y * 2, 2) if twice else (y, 1)


scaled = Scaled()
assert_type(scaled(x), tuple[Tensor, int])
assert_type(scaled(x, twice=True), tuple[Tensor, int])
assert_type(scaled.hidden.weight, nn.Parameter)
assert_type(scaled.train(), Scaled)
assert_type(scaled.double().float(), Scaled)


def run(module: nn.Module, x: Tensor) -> Tensor:
    result: Tensor = module(x)
    return result


run(layer, x)

# ------------------------------------------------------------------------------------------------------- containers

model = nn.Sequential(OrderedDict([("first", nn.Linear(3, 4)), ("act", nn.ReLU())]))
assert_type(nn.Sequential({"first": nn.Linear(3, 2)})(x), Tensor)
assert_type(nn.Sequential(*[nn.Linear(3, 3) for _ in range(2)])(x), Tensor)
assert_type(model[0], nn.Module)
assert_type(model[:1], nn.Sequential)
assert_type(model.append(nn.Linear(4, 2)), nn.Sequential)
assert_type(model + nn.Sequential(nn.ReLU()), nn.Sequential)
for module in model:
    assert_type(module, nn.Module)
layers = nn.ModuleList([nn.Linear(3, 3), nn.ReLU()])
assert_type(layers[0], nn.Module)
assert_type(layers[1:], nn.ModuleList)
choices = nn.ModuleDict({"relu": nn.ReLU(), "tanh": nn.Tanh()})
assert_type(choices["relu"], nn.Module)
for name, choice in choices.items():
    assert_type(name, str)
    assert_type(choice, nn.Module)
scales = nn.ParameterList([tl.zeros(2), tl.zeros(3)])
assert_type(scales[0], nn.Parameter)
assert_type([scale.shape for scale in scales], list[tl.Size])
named = nn.ParameterDict({"a": tl.zeros(2)})
assert_type(named["a"], nn.Parameter)
assert_type(named.get("b"), nn.Parameter | None)
assert_type(nn.Buffer(x, persistent=False), nn.Buffer)

# --------------------------------------------------------------------------------------------------- what is inside

assert_type(model.modules(), Iterator[nn.Module])
assert_type(model.named_modules(), Iterator[tuple[str, nn.Module]])
assert_type(model.children(), Iterator[nn.Module])
assert_type(model.buffers(), Iterator[Tensor])
assert_type(model.get_submodule("first"), nn.Module)
assert_type(model.get_parameter("first.weight"), nn.Parameter)
assert_type(model.load_state_dict(model.state_dict()).missing_keys, list[str])
model.load_state_dict({"first.weight": np.zeros((4, 3))}, strict=False)
with model.evaluating() as evaluated:
    assert_type(evaluated, nn.Sequential)


def initialise(module: nn.Module) -> None:
    if isinstance(module, nn.Linear):
        nn.init.zeros_(module.bias)


assert_type(model.apply(initialise), nn.Sequential)
assert_type(model.requires_grad_(False).requires_grad_(), nn.Sequential)
assert_type(model.to("cpu", tl.float32), nn.Sequential)

# ------------------------------------------------------------------------------------------------------------ hooks


def shape(module: nn.Module, args: tuple[Any, ...], result: Tensor) -> None:
    assert_type(result.shape, tl.Size)


handle = layer.register_forward_hook(shape)
handle.remove()
with layer.register_forward_hook(lambda module, args, result: result * module.in_features):
    layer(x)
with layer.register_forward_hook(lambda module, args, kwargs, result: result, with_kwargs=True):
    layer(x)
with layer.register_forward_pre_hook(lambda module, args: (args[0] + 1,)):
    layer(x)
with layer.register_forward_pre_hook(lambda module, args, kwargs: (args, kwargs), with_kwargs=True):
    layer(x)
with layer.register_full_backward_hook(lambda module, grad_input, grad_output: None):
    layer(tl.ones(5, 3, requires_grad=True)).sum().backward()

# --------------------------------------------------------------------------------------------- layers and nn.utils

assert_type(nn.Linear(3, 2, True, "cpu", tl.float64).double().weight, nn.Parameter)
assert_type(nn.Linear(3, 2, init="he").bias, nn.Parameter)
assert_type(nn.Bilinear(3, 3, 2)(x, x), Tensor)
assert_type(nn.BatchNorm1d(3).running_mean, Tensor)
assert_type(nn.LayerNorm(x.shape[1:], dtype=np.float64).weight, nn.Parameter)
assert_type(nn.RMSNorm((5, 3))(x), Tensor)
assert_type(nn.Embedding.from_pretrained(x), nn.Embedding)
assert_type(nn.Unflatten(1, (3, 1))(x), Tensor)
assert_type(nn.Identity()(x), Tensor)
assert_type(nn.PReLU().weight, nn.Parameter)
assert_type(nn.utils.get_total_norm(model.parameters()), Tensor)
assert_type(nn.utils.clip_grad_value_(model.parameters(), 1.0), None)
vector = nn.utils.parameters_to_vector(model.parameters())
assert_type(vector, Tensor)
nn.utils.vector_to_parameters(vector, model.parameters())
assert_type(nn.utils.parametrizations.weight_norm(nn.Linear(3, 2)), nn.Linear)
assert_type(nn.utils.parametrize.is_parametrized(layer), bool)
