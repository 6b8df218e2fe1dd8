"""Steps of training and evaluation as public programs write them: they run as programs, and do what they do as written."""

from __future__ import annotations

import dataclasses
import enum
import functools
import itertools
import math
from collections.abc import Callable
from typing import Any, NamedTuple

import pytest

import tinygrad_lite as tl
import tinygrad_lite.nn.functional as F
from tinygrad_lite import nn, optim

from ..support.compiled_scenarios import Compile, batches, randn, replayed

LEARNING_RATE = 0.1
NUM_CLASSES = 3
device = tl.device("cpu")


@dataclasses.dataclass
class Config:
    hidden: int = 8
    layers: int = 2
    dropout: float = 0.1
    label_smoothing: float = 0.1
    clip: float | None = 1.0
    activation: str = "relu"
    weights: dict[str, float] = dataclasses.field(default_factory=lambda: {"main": 1.0, "aux": 0.3})


class Mode(enum.Enum):
    TRAIN = "train"
    EVAL = "eval"


class Batch(NamedTuple):
    x: tl.Tensor
    y: tl.Tensor


class MLP(nn.Module):
    def __init__(self, config: Config) -> None:
        super().__init__()
        self.config = config
        sizes = [4] + [config.hidden] * config.layers
        self.layers = nn.ModuleList([nn.Linear(a, b) for a, b in itertools.pairwise(sizes)])
        self.norms = nn.ModuleDict({str(i): nn.LayerNorm(n) for i, n in enumerate(sizes[1:])})
        self.dropout = nn.Dropout(config.dropout)
        self.head = nn.Linear(config.hidden, NUM_CLASSES)

    def forward(self, x: tl.Tensor, mask: Any = None) -> tl.Tensor:
        act = getattr(F, self.config.activation)
        for i, layer in enumerate(self.layers):
            x = self.dropout(act(self.norms[str(i)](layer(x))))
        if mask is not None:
            x = x * mask
        return self.head(x)


class Residual(nn.Module):
    def __init__(self, width: int, scale: float = 1.0) -> None:
        super().__init__()
        self.body = nn.Sequential(nn.Linear(width, width), nn.GELU(), nn.Linear(width, width))
        self.register_buffer("scale", tl.tensor(scale))
        self.gain = nn.Parameter(tl.ones(width))

    @property
    def width(self) -> int:
        return self.body[0].in_features

    def forward(self, x: tl.Tensor) -> tl.Tensor:
        assert x.shape[-1] == self.width, f"expected {self.width} features, got {x.shape[-1]}"
        return x + self.scale * self.gain * self.body(x)


class Attention(nn.Module):
    def __init__(self, dim: int = 4, heads: int = 2) -> None:
        super().__init__()
        self.heads, self.dim = heads, dim
        self.qkv = nn.Linear(dim, 3 * dim)
        self.out = nn.Linear(dim, dim)
        self.register_buffer("mask", tl.tril(tl.ones(5, 5)).bool())

    def forward(self, x: tl.Tensor) -> tl.Tensor:
        b, t, c = x.size()
        q, k, v = self.qkv(x).split(self.dim, dim=2)
        q, k, v = (z.view(b, t, self.heads, c // self.heads).transpose(1, 2) for z in (q, k, v))
        scores = (q @ k.transpose(-2, -1)) * (1.0 / math.sqrt(k.size(-1)))
        scores = scores.masked_fill(~self.mask[:t, :t], float("-inf"))
        return self.out((F.softmax(scores, dim=-1) @ v).transpose(1, 2).contiguous().view(b, t, c))


class VAE(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.encoder, self.decoder = nn.Linear(4, 4), nn.Linear(2, 4)

    def reparameterize(self, mu: tl.Tensor, logvar: tl.Tensor) -> tl.Tensor:
        std = tl.exp(0.5 * logvar)
        return mu + tl.randn_like(std) * std if self.training else mu

    def forward(self, x: tl.Tensor) -> Any:
        mu, logvar = self.encoder(x).chunk(2, dim=-1)
        return self.decoder(self.reparameterize(mu, logvar)), mu, logvar


class Trainer:
    def __init__(self) -> None:
        self.config = Config()
        self.model = MLP(self.config)
        self.opt = optim.AdamW(self.parameter_groups(), lr=1e-2)
        self.criterion = nn.CrossEntropyLoss(label_smoothing=self.config.label_smoothing)
        self.mode = Mode.TRAIN

    def parameter_groups(self) -> list[dict[str, Any]]:
        decay = [p for p in self.model.parameters() if p.dim() > 1]
        return [
            {"params": decay},
            {"params": [p for p in self.model.parameters() if p.dim() == 1], "weight_decay": 0.0},
        ]

    def step(self, x: tl.Tensor, y: tl.Tensor) -> tl.Tensor:
        self.opt.zero_grad(set_to_none=True)
        logits = self.model(x.to(device))
        loss = self.criterion(logits, y) if self.mode is Mode.TRAIN else F.cross_entropy(logits, y)
        loss.backward()
        if self.config.clip is not None:
            nn.utils.clip_grad_norm_(self.model.parameters(), self.config.clip)
        self.opt.step()
        return loss.detach()


def accuracy(logits: tl.Tensor, y: tl.Tensor) -> tl.Tensor:
    return (logits.argmax(dim=1) == y).float().mean()


def training(model: nn.Module, forward: Callable[..., Any], make: Any = None) -> Callable[..., Any]:
    """The usual step around a function of the model and a batch that gives a loss."""
    opt = make(model.parameters()) if make else optim.SGD(model.parameters(), lr=LEARNING_RATE, momentum=0.9)

    def step(x: tl.Tensor, y: tl.Tensor) -> Any:
        opt.zero_grad()
        loss = forward(model, x, y)
        loss.backward()
        opt.step()
        return loss.item() if False else loss.detach()

    return step


def plain(model: Any, x: Any, y: Any) -> Any:
    return F.cross_entropy(model(x), y)


STEPS: dict[str, Callable[[], Any]] = {}


def public(make: Callable[[], Any]) -> Callable[[], Any]:
    """A program; what it returns is called with the batches."""
    STEPS[make.__name__] = make
    return make


@public
def mnist_mlp() -> Any:
    return training(nn.Sequential(nn.Flatten(), nn.Linear(4, 16), nn.ReLU(), nn.Linear(16, NUM_CLASSES)), plain)


@public
def config_and_module_list() -> Any:
    return training(MLP(Config()), plain, lambda p: optim.Adam(p, lr=1e-2))


@public
def trainer_class() -> Any:
    return Trainer().step


@public
def residual_with_property_and_assert() -> Any:
    return training(nn.Sequential(nn.Linear(4, 6), *[Residual(6, 0.5) for _ in range(2)], nn.Linear(6, 3)), plain)


@public
def causal_attention() -> Any:
    model = nn.Sequential(Attention(), nn.LayerNorm(4), Attention())
    return training(model, lambda m, x, y: F.mse_loss(m(x.unsqueeze(0).expand(2, *x.shape)[:, :5]), tl.zeros(2, 5, 4)))


@public
def variational_autoencoder() -> Any:
    def loss(model: Any, x: Any, y: Any) -> Any:
        recon, mu, logvar = model(x)
        bce = F.binary_cross_entropy_with_logits(recon, x.sigmoid(), reduction="sum")
        kld = -0.5 * tl.sum(1 + logvar - mu.pow(2) - logvar.exp())
        return bce + kld

    return training(VAE(), loss, lambda p: optim.Adam(p, lr=1e-3))


@public
def adversarial_with_two_optimizers() -> Any:
    g, d = (
        nn.Sequential(nn.Linear(2, 8), nn.ReLU(), nn.Linear(8, 4)),
        nn.Sequential(nn.Linear(4, 8), nn.LeakyReLU(0.2), nn.Linear(8, 1)),
    )
    opts = {"g": optim.Adam(g.parameters(), lr=1e-2, betas=(0.5, 0.999)), "d": optim.Adam(d.parameters(), lr=1e-2)}
    bce = nn.BCEWithLogitsLoss()

    def step(x: tl.Tensor, y: tl.Tensor) -> Any:
        ones, zeros = tl.ones(x.size(0), 1), tl.zeros(x.size(0), 1)
        opts["d"].zero_grad()
        fake = g(tl.randn(x.size(0), 2))
        d_loss = (bce(d(x), ones) + bce(d(fake.detach()), zeros)) / 2
        d_loss.backward()
        opts["d"].step()
        opts["g"].zero_grad()
        g_loss = bce(d(fake), ones)
        g_loss.backward()
        opts["g"].step()
        return {"d": d_loss.detach(), "g": g_loss.detach()}

    return step


@public
def embeddings_with_batch_norm() -> Any:
    model = nn.Sequential(
        nn.Embedding(3, 4), nn.Flatten(), nn.Linear(12, 6), nn.BatchNorm1d(6), nn.Tanh(), nn.Linear(6, 3)
    )
    return training(model, lambda m, x, y: F.nll_loss(F.log_softmax(m(y.view(-1, 3)), dim=1), y[:2]))


@public
def recurrent_language_model() -> Any:
    class Net(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.embed, self.rnn, self.fc = nn.Embedding(3, 4), nn.LSTM(4, 5, batch_first=True), nn.Linear(5, 3)

        def forward(self, y: tl.Tensor) -> tl.Tensor:
            out, _ = self.rnn(self.embed(y))
            return self.fc(out)

    return training(Net(), lambda m, x, y: F.cross_entropy(m(y.view(2, 3)).reshape(-1, 3), y))


@public
def losses_in_a_dict() -> Any:
    config = Config()

    def loss(model: Any, x: Any, y: Any) -> Any:
        logits = model(x)
        losses = {"main": F.cross_entropy(logits, y), "aux": logits.pow(2).mean()}
        return sum(config.weights[name] * value for name, value in losses.items())

    return training(MLP(config), loss)


@public
def penalty_over_named_parameters() -> Any:
    def loss(model: Any, x: Any, y: Any) -> Any:
        l2 = sum(p.pow(2).sum() for name, p in model.named_parameters() if "bias" not in name and p.requires_grad)
        return plain(model, x, y) + 1e-4 * l2

    return training(MLP(Config(layers=1)), loss)


@public
def accumulation_over_micro_batches() -> Any:
    model = nn.Linear(4, 3)
    opt, count = optim.SGD(model.parameters(), lr=0.1), 2

    def step(x: tl.Tensor, y: tl.Tensor) -> Any:
        opt.zero_grad()
        losses = []
        for i, (a, b) in enumerate(zip(x.chunk(count), y.chunk(count), strict=True)):
            loss = F.cross_entropy(model(a), b) / count
            loss.backward()
            losses.append(loss.detach() * (1 if i < count else 0))
        opt.step()
        return tl.stack(losses).sum()

    return step


@public
def evaluation_without_gradients() -> Any:
    model = MLP(Config()).eval()

    @tl.no_grad()
    def evaluate(x: tl.Tensor, y: tl.Tensor) -> Any:
        logits = model(x)
        return F.cross_entropy(logits, y, reduction="sum"), accuracy(logits, y), logits.softmax(-1).max(dim=-1).values

    return evaluate


@public
def loop_over_a_list_of_batches() -> Any:
    model = nn.Linear(4, 3).eval()

    def evaluate(x: tl.Tensor, y: tl.Tensor) -> Any:
        results: dict[str, list[Any]] = {"loss": [], "acc": []}
        with tl.no_grad():
            for batch in [Batch(x, y), Batch(x * 2, y)]:
                logits = model(batch.x)
                results["loss"].append(F.cross_entropy(logits, batch.y))
                results["acc"].append(accuracy(logits, batch.y))
        return {name: tl.stack(values).mean() for name, values in results.items()}

    return evaluate


@public
def knowledge_distillation() -> Any:
    teacher, temperature = nn.Linear(4, 3).eval().requires_grad_(False), 2.0

    def loss(model: Any, x: Any, y: Any) -> Any:
        with tl.no_grad():
            soft = F.softmax(teacher(x) / temperature, dim=1)
        student = model(x)
        kl = F.kl_div(F.log_softmax(student / temperature, dim=1), soft, reduction="batchmean") * temperature**2
        return 0.5 * kl + 0.5 * F.cross_entropy(student, y)

    return training(nn.Linear(4, 3), loss)


@public
def moving_average_of_weights() -> Any:
    model, ema = nn.Linear(4, 3), nn.Linear(4, 3)
    ema.load_state_dict(model.state_dict())
    inner, decay = training(model, plain), 0.99

    def step(x: tl.Tensor, y: tl.Tensor) -> Any:
        loss = inner(x, y)
        with tl.no_grad():
            for target, source in zip(ema.parameters(), model.parameters(), strict=True):
                target.mul_(decay).add_(source, alpha=1 - decay)
        return loss

    return step


@public
def contrastive_loss() -> Any:
    def loss(model: Any, x: Any, y: Any) -> Any:
        z = F.normalize(model(tl.cat([x, x + 0.1])), dim=1)
        logits = (z @ z.T / 0.5).masked_fill(tl.eye(len(z)).bool(), -1e9)
        half = len(x)
        return F.cross_entropy(logits, tl.cat([tl.arange(half) + half, tl.arange(half)]))

    return training(nn.Linear(4, 5), loss)


@public
def policy_gradient() -> Any:
    def loss(model: Any, x: Any, y: Any) -> Any:
        log_probs = F.log_softmax(model(x), dim=-1).gather(1, y.unsqueeze(1)).squeeze(1)
        returns = x[:, 0] - x[:, 0].mean()
        entropy = -(log_probs.exp() * log_probs).mean()
        return -(log_probs * returns.detach()).mean() - 0.01 * entropy

    return training(nn.Linear(4, 3), loss)


@public
def q_learning() -> Any:
    online, target, gamma = nn.Linear(4, 3), nn.Linear(4, 3), 0.99

    def loss(model: Any, x: Any, y: Any) -> Any:
        q = model(x).gather(1, y[:, None])[:, 0]
        with tl.no_grad():
            best = x[:, 1] + gamma * target(x).max(1)[0]
        return F.smooth_l1_loss(q, best)

    return training(online, loss, lambda p: optim.RMSprop(p, lr=1e-3))


@public
def matrix_factorization() -> Any:
    users, items = nn.Embedding(3, 4), nn.Embedding(3, 4)
    both = nn.ModuleDict({"users": users, "movies": items})
    return training(both, lambda m, x, y: ((m["users"](y) * m["movies"](y.flip(0))).sum(-1) - x[:, 0]).square().mean())


@public
def label_smoothing_by_hand() -> Any:
    def loss(model: Any, x: Any, y: Any, eps: float = 0.1) -> Any:
        logits = model(x)
        n = logits.size(-1)
        one_hot = F.one_hot(y, NUM_CLASSES).float() * (1 - eps) + eps / n
        return -(one_hot * logits.log_softmax(-1)).sum(-1).mean()

    return training(nn.Linear(4, 3), loss)


@public
def mixup() -> Any:
    def loss(model: Any, x: Any, y: Any, lam: float = 0.3) -> Any:
        order = tl.randperm(x.shape[0])
        logits = model(lam * x + (1 - lam) * x[order])
        return lam * F.cross_entropy(logits, y) + (1 - lam) * F.cross_entropy(logits, y[order])

    return training(nn.Linear(4, 3), loss)


@public
def gradient_by_hand() -> Any:
    w = randn(4, 3, seed=5, grad=True)

    def step(x: tl.Tensor, y: tl.Tensor) -> Any:
        loss = F.cross_entropy(x @ w, y)
        (g,) = tl.autograd.grad(loss, [w])
        with tl.no_grad():
            w.sub_(LEARNING_RATE * g)
        return loss.detach(), g.norm()

    return step


@public
def closure_style_with_helpers() -> Any:
    model = MLP(Config(activation="gelu"))
    opt = optim.Adagrad(model.parameters(), lr=0.05)
    helpers: list[Callable[[Any], Any]] = [lambda z: z - z.mean(), lambda z: z / z.std()]

    def preprocess(x: tl.Tensor) -> tl.Tensor:
        return functools.reduce(lambda z, f: f(z), helpers, x)

    def step(x: tl.Tensor, y: tl.Tensor) -> Any:
        opt.zero_grad()
        loss = plain(model, preprocess(x), y)
        loss.backward()
        total = math.sqrt(sum(p.numel() for p in model.parameters() if p.grad is not None))
        opt.step()
        return loss.detach() * total

    return step


@public
def metric_names_in_texts() -> Any:
    inner = training(nn.Linear(4, 3), plain)

    def step(x: tl.Tensor, y: tl.Tensor, prefix: str = "train") -> Any:
        return {f"{prefix}/loss": inner(x, y), f"{prefix}/{len(x):03d}": tl.tensor(float(len(y)))}

    return step


@public
def autocast_and_scaler() -> Any:
    model, opt = nn.Linear(4, 3), None
    opt = optim.SGD(model.parameters(), lr=0.1)

    def step(x: tl.Tensor, y: tl.Tensor, use_amp: bool = False) -> Any:
        opt.zero_grad()
        with tl.enable_grad():
            loss = plain(model, x, y)
        (loss * 1.0 if use_amp else loss).backward()
        opt.step()
        return loss.detach()

    return step


@public
def scheduler_outside() -> Any:
    model = nn.Linear(4, 3)
    opt = optim.SGD(model.parameters(), lr=0.1)
    return training(model, plain, lambda p: opt)


@public
def autoencoder_with_noise() -> Any:
    model = nn.Sequential(nn.Linear(4, 2), nn.Tanh(), nn.Linear(2, 4))
    return training(model, lambda m, x, y: F.mse_loss(m(x + 0.1 * tl.randn_like(x)), x))


@public
def sequence_of_heads() -> Any:
    class Multi(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.trunk = nn.Linear(4, 6)
            for i in range(3):
                setattr(self, f"head{i}", nn.Linear(6, i + 1))

        def forward(self, x: tl.Tensor) -> tuple[tl.Tensor, ...]:
            h = F.relu(self.trunk(x))
            return tuple(getattr(self, f"head{i}")(h) for i in range(3))

    return training(Multi(), lambda m, x, y: sum(h.pow(2).mean() for h in m(x)))


@public
def physics_informed_residual() -> Any:
    model = nn.Sequential(nn.Linear(1, 8), nn.Tanh(), nn.Linear(8, 1))
    return training(model, lambda m, x, y: (m(x[:, :1]) - tl.sin(math.pi * x[:, :1])).abs().mean())


@public
def isinstance_over_modules() -> Any:
    model = nn.Sequential(nn.Linear(4, 8), nn.ReLU(), nn.Dropout(0.2), nn.Linear(8, 3))

    def loss(model: Any, x: Any, y: Any) -> Any:
        hidden = []
        for layer in model:
            x = layer(x)
            if isinstance(layer, nn.Linear):
                hidden.append(x)
        return F.cross_entropy(hidden[-1], y) + 1e-3 * hidden[0].abs().mean()

    return training(model, loss)


@pytest.mark.parametrize("name", STEPS)
def test_runs_as_a_program(name: str) -> None:
    def scenario(compile: Compile) -> Any:
        tl.manual_seed(3)
        step = compile(STEPS[name]())
        return [step(x, y) for x, y in batches(4)]

    replayed(scenario, times=2)


def test_modules_and_contexts_that_are_made_inside() -> None:
    """A loss, a layer without or with parameters, and autocast in a step; but not what is left in objects outside."""
    outer, optimizer = nn.Sequential(nn.Tanh()), optim.SGD([tl.zeros(2, requires_grad=True)], 0.1)
    smoothing = {"value": 0.1}

    def loss(x: Any) -> Any:
        with tl.amp.autocast("cpu", enabled=False):
            return nn.CrossEntropyLoss(label_smoothing=smoothing["value"])(x, tl.arange(3))

    def layers(x: Any) -> Any:
        return nn.Sequential(nn.Linear(3, 3), nn.ReLU(), nn.Dropout(0.5))(x)

    for function in (loss, layers):
        compiled = tl.compile(function, fullgraph=True)
        for k in range(3):
            smoothing["value"] = 0.1 if k < 2 else 0.4
            found = []
            for f in (function, compiled):
                x = (tl.arange(9.0).reshape(3, 3) / (k + 1)).requires_grad_()
                tl.manual_seed(k)
                out = f(x)
                out.sum().backward()
                found.append((out.tolist(), x.grad.tolist()))
            assert found[0] == found[1]
    for kept in (
        lambda x: (outer.append(nn.ReLU()), outer(x))[1],
        lambda x: (optimizer.add_param_group({"params": nn.Linear(1, 1).parameters()}), x * 1)[1],
    ):
        compiled = tl.compile(kept)
        with pytest.warns(UserWarning, match="changed by the function itself|given more parameters"):
            assert [compiled(tl.ones(3)).shape for _ in range(3)] == [(3,)] * 3
    assert (len(outer), len(optimizer.param_groups)) == (4, 4)
