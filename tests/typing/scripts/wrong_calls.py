"""Mistakes that both checkers must find: each line that ends in `# error` is one, and there are no others.

Nothing here is run.
"""

import tinygrad_lite as tl
from tinygrad_lite import Tensor, nn, optim
from tinygrad_lite.nn import functional as F
from tinygrad_lite.utils.data import DataLoader, TensorDataset

x = tl.ones(2, 3)
model = nn.Linear(3, 2)


def creation() -> None:
    tl.tensor("3")  # error
    tl.tensor(["a", "b"])  # error
    tl.tensor(None)  # error
    tl.tensor([1, 2], dtype=3)  # error
    tl.tensor([1, 2], requires_gradient=True)  # error
    tl.zeros("3")  # error
    tl.zeros(2.5)  # error
    tl.zeros(2, 3, dtype=1.5)  # error
    tl.full((2,), "a")  # error
    tl.zeros_like(3)  # error
    tl.arange("3")  # error
    tl.eye(2.0)  # error
    tl.linspace(0, 1, "5")  # error
    tl.rand("2")  # error
    tl.rand(2, generator=3)  # error
    tl.randint(5, 3)  # error
    tl.randperm("5")  # error
    tl.from_numpy([1.0, 2.0])  # error
    tl.manual_seed("seed")  # error


def operators() -> None:
    x + "a"  # error
    "a" + x  # error
    x + None  # error
    x @ "a"  # error
    _ = x < "a"  # error
    x[1.5]  # error
    x["a"]  # error
    x[0] = "a"  # error
    _ = x.nothing  # error


def functions() -> None:
    tl.exp("x")  # error
    tl.exp()  # error
    tl.exp(x, x, x)  # error
    tl.tanh(None)  # error
    tl.maximum(x, "a")  # error
    tl.clamp(x, min="0")  # error
    x.sum("a")  # error
    x.sum(0, keepdim="yes", nothing=1)  # error
    tl.max(x, "0")  # error
    x.reshape("a")  # error
    x.transpose(0)  # error
    x.unsqueeze("0")  # error
    x.add_("a")  # error
    x.fill_("a")  # error
    x.to(3.5)  # error
    x.item(0)  # error
    x.register_hook(None)  # error
    x.backward("a")  # error
    tl.cat(x, "0")  # error
    tl.cat(["a"])  # error
    tl.where("a", x, x)  # error
    tl.autograd.grad(x.sum(), "x")  # error


def layers() -> None:
    nn.Linear("3", 2)  # error
    nn.Linear(3)  # error
    nn.Linear(3, 2, bias="no", nothing=1)  # error
    nn.Linear(3, 2)("a")  # error
    nn.Sequential(nn.Linear(3, 2), nn.ReLU)  # error
    nn.Sequential([nn.Linear(3, 2)])  # error
    nn.Dropout("0.5")  # error
    nn.Embedding(10, "4")  # error
    nn.CrossEntropyLoss(x, x)  # error
    nn.Parameter([1.0])  # error
    F.relu("x")  # error
    F.softmax(x, "1")  # error
    F.cross_entropy(x)  # error
    F.mse_loss(x, "y")  # error
    model.load_state_dict(3)  # error


def training() -> None:
    optim.SGD(model.parameters(), lr="0.1")  # error
    optim.SGD(model.parameters)  # error
    optim.Adam(model.parameters(), betas=0.9)  # error
    optim.SGD(model.parameters(), learning_rate=0.1)  # error
    optim.lr_scheduler.StepLR(0.1, 1)  # error
    DataLoader(TensorDataset(x), batch_size="8")  # error
    TensorDataset([1, 2])  # error
    nn.utils.clip_grad_norm_(model.parameters(), "1")  # error


@tl.compile
def compiled(x: Tensor, scale: float) -> Tensor:
    return x * scale


def compilation() -> None:
    compiled("a", 1.0)  # error
    compiled(x)  # error
    compiled(x, 1.0, nothing=2)  # error
    tl.compile(3)  # error
