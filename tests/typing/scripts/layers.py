"""Layers, their parameters, and functions of nn.functional."""

from collections.abc import Iterator
from typing import assert_type

import tinygrad_lite as tl
from tinygrad_lite import Tensor, nn
from tinygrad_lite.nn import functional as F

x = tl.randn(4, 3)
labels = tl.tensor([0, 1, 1, 0])

# ---------------------------------------------------------------------------------------------------- functional

assert_type(F.relu(x), Tensor)
assert_type(F.relu(x, inplace=True), Tensor)
assert_type(F.gelu(x), Tensor)
assert_type(F.softmax(x, dim=1), Tensor)
assert_type(F.log_softmax(x, dim=-1), Tensor)
assert_type(F.dropout(x, 0.5, training=True), Tensor)
assert_type(F.linear(x, tl.randn(2, 3)), Tensor)
assert_type(F.mse_loss(x, tl.zeros(4, 3)), Tensor)
assert_type(F.cross_entropy(tl.randn(4, 2), labels), Tensor)
assert_type(F.cross_entropy(tl.randn(4, 2), labels, reduction="none"), Tensor)
assert_type(F.one_hot(labels, 2), Tensor)
assert_type(F.embedding(labels, tl.randn(2, 3)), Tensor)
assert_type(F.layer_norm(x, (3,)), Tensor)
assert_type(F.pad(x, (1, 1)), Tensor)

# -------------------------------------------------------------------------------------------------------- layers

layer = nn.Linear(3, 2)
assert_type(nn.Linear(3, 2)(x), Tensor)
assert_type(layer(x), Tensor)
assert_type(layer.weight, nn.Parameter)
assert_type(layer.weight + 1, Tensor)
assert_type(layer.weight.grad, Tensor | None)
assert_type(layer.in_features, int)
with tl.no_grad():
    assert_type(layer.bias.zero_(), nn.Parameter)
assert_type(nn.ReLU()(x), Tensor)
assert_type(nn.Tanh()(x), Tensor)
assert_type(nn.Dropout(0.1)(x), Tensor)
assert_type(nn.BatchNorm1d(3)(x), Tensor)
assert_type(nn.LayerNorm(3)(x), Tensor)
assert_type(nn.Embedding(10, 4)(labels), Tensor)
assert_type(nn.Flatten()(x), Tensor)
assert_type(nn.Softmax(dim=1)(x), Tensor)
assert_type(nn.CrossEntropyLoss()(tl.randn(4, 2), labels), Tensor)
assert_type(nn.MSELoss(reduction="sum")(x, x), Tensor)
assert_type(nn.Parameter(tl.zeros(3)), nn.Parameter)
nn.init.kaiming_normal_(layer.weight, nonlinearity="relu")
assert_type(nn.init.zeros_(tl.empty(2)), Tensor)

# ------------------------------------------------------------------------------------------------------- models

model = nn.Sequential(nn.Linear(3, 5), nn.ReLU(), nn.Linear(5, 2))
assert_type(model(x), Tensor)
assert_type(model.parameters(), Iterator[nn.Parameter])
for parameter in model.parameters():
    assert_type(parameter, nn.Parameter)
    assert_type(parameter.numel(), int)
for name, parameter in model.named_parameters():
    assert_type(name, str)
    assert_type(parameter, nn.Parameter)
assert_type(sum(p.numel() for p in model.parameters()), int)
assert_type(model.state_dict(), dict[str, Tensor])
model.load_state_dict(model.state_dict())
assert_type(model.train(), nn.Sequential)
assert_type(model.eval(), nn.Sequential)
assert_type(model.training, bool)
assert_type(model.zero_grad(), None)
assert_type(model.to(tl.float32), nn.Sequential)
assert_type(len(model), int)
assert_type(nn.utils.clip_grad_norm_(model.parameters(), 1.0), Tensor)
for child in nn.ModuleList([nn.Linear(3, 3), nn.Linear(3, 3)]):
    child.eval()


class Net(nn.Module):
    def __init__(self, hidden: int = 8) -> None:
        super().__init__()
        self.hidden = nn.Linear(3, hidden)
        self.scale = nn.Parameter(tl.ones(hidden))
        self.register_buffer("steps", tl.tensor(0))
        self.output = nn.Linear(hidden, 2)

    def forward(self, x: Tensor) -> Tensor:
        hidden = assert_type(F.relu(self.hidden(x)) * self.scale, Tensor)
        return self.output(hidden)


net = Net()
assert_type(net.forward(x), Tensor)
logits: Tensor = net(x)
assert_type(F.cross_entropy(net(x), labels), Tensor)
assert_type(net.hidden.weight, nn.Parameter)
assert_type(net.scale, nn.Parameter)
assert_type(net.get_buffer("steps"), Tensor)
net.apply(lambda module: None)
