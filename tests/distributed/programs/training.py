"""Run by `mpiexec`: what several processes train is what one process trains on the whole batch."""

from __future__ import annotations

import copy
import pickle
import sys
import warnings
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import numpy as np

import tinygrad_lite as tl
import tinygrad_lite.distributed as dist
from tinygrad_lite import nn
from tinygrad_lite.nn.parallel import DistributedDataParallel as DDP
from tinygrad_lite.nn.parallel import gradient_buckets
from tinygrad_lite.utils.data import DataLoader, DistributedSampler, TensorDataset

warnings.simplefilter("error")
dist.init_process_group("mpi", timeout=timedelta(seconds=20))
me, size = dist.get_rank(), dist.get_world_size()
folder = Path(sys.argv[1])
numbers = np.random.default_rng(0)
X, Y = numbers.normal(size=(8 * size, 6)), numbers.integers(0, 4, 8 * size)


def network(kind: str = "plain") -> nn.Module:
    tl.manual_seed(1)
    norm = {"plain": nn.Identity, "batch norm": lambda: nn.BatchNorm1d(16)}[kind]
    return nn.Sequential(nn.Linear(6, 16), norm(), nn.Tanh(), nn.Linear(16, 16), nn.ReLU(), nn.Linear(16, 4)).double()


def batch(rows: slice = slice(None)) -> tuple[Any, Any]:
    return tl.tensor(X[rows]), tl.tensor(Y[rows])


mine = slice(me, None, size)
loss_of = nn.CrossEntropyLoss()


def train(model: Any, rows: slice, steps: int = 4, step: Callable[..., Any] | None = None) -> list[float]:
    """The losses of some steps; those of several processes are averaged."""
    optimizer = tl.optim.Adam(model.parameters(), lr=0.05)

    def plain(x: Any, y: Any) -> Any:
        loss = loss_of(model(x), y)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        return loss

    losses = []
    for _ in range(steps):
        loss = (step(model, optimizer) if step else plain)(*batch(rows)).detach().clone()
        if rows == mine:
            dist.all_reduce(loss, dist.ReduceOp.AVG)
        losses.append(loss.item())
    return losses


def close(found: Any, expected: Any, what: str, tolerance: float = 1e-12) -> None:
    worst = float(np.abs(np.asarray(found) - np.asarray(expected)).max())
    assert worst <= tolerance, f"{what}, rank {me}: {worst}"


def alike(model: Any, other: Any, what: str, tolerance: float = 1e-12) -> None:
    for (name, p), q in zip(model.state_dict().items(), other.state_dict().values(), strict=True):
        close(p, q, f"{what}: {name}", tolerance)


# ------------------------------------------------------------------------------- the losses are those of the whole batch

whole = network()
expected = train(whole, slice(None))
gradient_buckets.FIRST_BUCKET = 200  # so that this small network has several buckets
for settings in ({}, {"gradient_as_bucket_view": True}, {"find_unused_parameters": True}, {"bucket_cap_mb": 1e-4}):
    inner = network()
    if me:
        nn.init.zeros_(inner[0].weight)  # rank 0's are taken
    model = DDP(inner, **settings)
    assert model.reducer is not None and len(model.reducer.buckets) > 1
    close(train(model, mine), expected, f"losses {settings}")
    alike(inner, whole, f"parameters {settings}")
    assert next(iter(model.state_dict())) == "module.0.weight"
    del model, inner  # the next one begins when there is none

original = DDP(network())
for model in (copy.deepcopy(original), pickle.loads(pickle.dumps(original))):
    close(train(model, mine), expected, "a copy")
original.float()
said = ""
try:
    loss_of(original(batch(mine)[0].float()), batch(mine)[1]).backward()
except RuntimeError as error:
    said = str(error)
assert "float32: convert the model first, and wrap it then" in said, said
del original, model

# --------------------------------------------------------------- the sums begin before the backward pass has ended

began: list[bool] = []
launch = gradient_buckets.Reducer._launch
ended = False


def seen(self: Any, bucket: Any) -> None:
    began.append(ended)
    launch(self, bucket)


inner = network()
model = DDP(inner)
gradient_buckets.Reducer._launch = seen  # type: ignore[method-assign]  # it is watched


def at_the_end(g: Any) -> None:
    global ended
    ended = True


x, y = batch(mine)
hidden = inner[0](x)
hidden.register_hook(at_the_end)  # before the gradients of the first layer
model._prepare(True)
loss_of(inner[1:](hidden), y).backward()
assert not began[0], "the last layers' gradients are on their way when the first layer's are computed"
gradient_buckets.Reducer._launch = launch  # type: ignore[method-assign]  # it is watched

# --------------------------------------------------------- shared parameters, hooks, backward passes of the second order


class Twice(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        tl.manual_seed(3)
        self.layer, self.out = nn.Linear(6, 6).double(), nn.Linear(6, 4).double()

    def forward(self, x: Any) -> Any:
        return self.out(self.layer(self.layer(x).tanh()))


def gradients(model: Any, rows: slice, second: bool) -> list[Any]:
    parameters = list(model.parameters())
    parameters[1].register_hook(lambda g: 3 * g)  # before the mean
    shown: list[Any] = []
    inside = tl.autograd.grad((parameters[2] * parameters[3].reshape(-1, 1)).sum(), parameters[2])[0]

    def unrelated(g: Any) -> None:  # a pass inside the pass, which adds to no .grad
        with tl.enable_grad():
            z = (parameters[2] * parameters[3].reshape(-1, 1)).sum()
        close(tl.autograd.grad(z, parameters[2])[0], inside, "inside a hook")

    parameters[0].register_post_accumulate_grad_hook(lambda p: shown.append(p.grad.detach().clone()))  # after it
    x, y = batch(rows)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        out = model(x)
        out.register_hook(unrelated)
        loss_of(out, y).backward(create_graph=second)
    if second:
        sum((p.grad**2).sum() for p in parameters).backward()
    return [p.grad.detach() for p in parameters] + shown


for second in (False, True):
    twice, single = Twice(), Twice()
    for g, h in zip(gradients(DDP(twice), mine, second), gradients(single, slice(None), second), strict=True):
        close(g, h, f"of the second order: {second}")

# ------------------------------------------------------------------------------------------------ accumulated gradients


def accumulating(model: Any, optimizer: Any) -> Callable[..., Any]:
    def step(x: Any, y: Any) -> Any:
        optimizer.zero_grad()
        with model.no_sync():
            first = loss_of(model(x[::2]), y[::2]) / 2
            first.backward()
        second = loss_of(model(x[1::2]), y[1::2]) / 2
        second.backward()
        optimizer.step()
        return first + second

    return step


for settings in ({}, {"gradient_as_bucket_view": True}):
    close(train(DDP(network(), **settings), mine, step=accumulating), expected, "accumulated in no_sync")

# ------------------------------------------------------------------------------------------------------------- compiled


def compiling(model: Any, optimizer: Any) -> Callable[..., Any]:
    def step(x: Any, y: Any) -> Any:
        loss = loss_of(model(x), y)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        return loss

    key = (model, "step")
    return compiled.setdefault(key, tl.compile(step, fullgraph=True))  # an error if it does not become one program


def accumulating_compiled(model: Any, optimizer: Any) -> Callable[..., Any]:
    """The same program with and without no_sync: whether gradients are reduced is found out when it runs."""

    def add_gradients(x: Any, y: Any) -> Any:
        loss = loss_of(model(x), y) / 2
        loss.backward()
        return loss

    add = compiled.setdefault((model, "add"), tl.compile(add_gradients, fullgraph=True))

    def step(x: Any, y: Any) -> Any:
        optimizer.zero_grad()
        with model.no_sync():
            first = add(x[::2], y[::2])
        second = add(x[1::2], y[1::2])
        optimizer.step()
        return first + second

    return step


def compiled_forward(model: Any, optimizer: Any) -> Callable[..., Any]:
    forward = compiled.setdefault((model, "forward"), tl.compile(model))

    def step(x: Any, y: Any) -> Any:
        loss = loss_of(forward(x), y)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        return loss

    return step


compiled: dict[Any, Any] = {}
for what, step in (("step", compiling), ("gradients", accumulating_compiled), ("forward", compiled_forward)):
    inner = network()
    close(train(DDP(inner), mine, step=step), expected, f"a compiled {what}")
    alike(inner, whole, f"a compiled {what}", 1e-9)
inner = network()
close(train(DDP(tl.compile(inner)), mine), expected, "a compiled model inside")

# ------------------------------------------------------------------------------------------ parameters that are not used


class Branches(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        tl.manual_seed(2)
        self.layers = nn.ModuleList([nn.Linear(6, 4) for _ in range(size + 1)]).double()  # the last is never used

    def forward(self, x: Any, i: int) -> Any:
        return self.layers[i](x)


branches = Branches()
model = DDP(branches, find_unused_parameters=True)
x, y = batch(mine)
loss_of(model(x, me), y).backward()
for rank, layer in enumerate(branches.layers):
    if rank == size:
        assert layer.weight.grad is None
    else:
        alone = Branches()
        loss_of(alone(*[batch(slice(rank, None, size))[0], rank]), batch(slice(rank, None, size))[1]).backward()
        close(layer.weight.grad, alone.layers[rank].weight.grad.numpy() / size, "used by one process")
model = DDP(Branches())
loss_of(model(x, 0), y).backward()
said = ""
try:
    model(x, 0)
except RuntimeError as error:
    said = str(error)
assert "Expected to have finished reduction in the prior iteration" in said and "layers.1.weight" in said

# ------------------------------------------------------------------------------------- batch norm: of each, and of all

inner = network("batch norm")
model = DDP(inner)
average: Any = inner[1].running_mean
average += me  # the processes differ, and go on from rank 0's
before = average.clone()
dist.broadcast(before, 0)
x, _ = batch(mine)
model(x)
close(average, (0.9 * before + 0.1 * inner[0](x).mean(0)).detach(), "the average of rank 0 is followed")
whole = network("batch norm")
expected = train(whole, slice(None))
inner = nn.SyncBatchNorm.convert_sync_batchnorm(network("batch norm"))
assert isinstance(inner[1], nn.SyncBatchNorm)
close(train(DDP(inner), mine), expected, "losses with SyncBatchNorm")
alike(inner, whole, "SyncBatchNorm", 1e-8)  # Adam divides gradients that are 0 but for rounding

layer, one = nn.SyncBatchNorm(3).double(), nn.BatchNorm2d(3).double()
images, weights = numbers.normal(size=(6, 3, 2, 2)), numbers.normal(size=(6, 3, 2, 2))
share = [slice(0, 1), slice(1, 6), slice(6, 6)][me]  # of different sizes, the last empty
x, z = tl.tensor(images[share], requires_grad=True), tl.tensor(images, requires_grad=True)
first, reference = (
    tl.autograd.grad((norm(t).tanh() * tl.tensor(w)).sum(), t, create_graph=True)[0]
    for norm, t, w in ((layer, x, weights[share]), (one, z, weights))
)
(first**2).sum().backward()
(reference**2).sum().backward()
assert x.grad is not None
assert z.grad is not None
if me < 2:
    close(first.detach(), reference.detach()[share], "the derivative of SyncBatchNorm")
    close(x.grad, z.grad[share], "its second derivative", 1e-10)
for grad in (layer.weight.grad, layer.bias.grad):
    assert grad is not None
    dist.all_reduce(grad)
close(layer.weight.grad, one.weight.grad, "by its weight", 1e-10)
close(layer.running_mean, one.running_mean, "running mean")
close(layer.running_var, one.running_var, "running variance")

# ----------------------------------------------------- a checkpoint of one process, and the sampler's parts of the data


def epochs(model: Any, optimizer: Any, count: int, start: int) -> list[float]:
    data = TensorDataset(*batch())
    sampler: Any = DistributedSampler(data, seed=3)
    loader = DataLoader(data, batch_size=4, sampler=sampler)
    losses = []
    for epoch in range(start, start + count):
        sampler.set_epoch(epoch)
        for x, y in loader:
            loss = loss_of(model(x), y)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            value = loss.detach().clone()
            dist.all_reduce(value, dist.ReduceOp.AVG)
            losses.append(value.item())
    return losses


file = folder / "checkpoint.pt"
model = DDP(network())
optimizer = tl.optim.Adam(model.parameters())
epochs(model, optimizer, 1, 0)
if me == 0:
    tl.save({"model": model.module.state_dict(), "optimizer": optimizer.state_dict()}, file)
dist.barrier()
expected = epochs(model, optimizer, 2, 1)
model = DDP(network())
optimizer = tl.optim.Adam(model.parameters())
state = tl.load(file)
model.module.load_state_dict(state["model"])
optimizer.load_state_dict(state["optimizer"])
assert epochs(model, optimizer, 2, 1) == expected, "resumed by as many processes: the same bits"
if me == 0:  # and by one process, on the same batches
    single = network()
    optimizer = tl.optim.Adam(single.parameters())
    state = tl.load(file)
    single.load_state_dict(state["model"])
    optimizer.load_state_dict(state["optimizer"])
    losses = []
    for epoch in (1, 2):
        parts = []
        for rank in range(size):
            sampler = DistributedSampler(range(len(X)), size, rank, seed=3)
            sampler.set_epoch(epoch)
            parts.append(list(sampler))
        for start in range(0, len(parts[0]), 4):
            rows = [i for part in parts for i in part[start : start + 4]]
            loss = loss_of(single(tl.tensor(X[rows])), tl.tensor(Y[rows]))
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            losses.append(loss.item())
    close(losses, expected, "resumed by one process", 1e-6)
print(f"rank {me} of {size}: as one process trains")
