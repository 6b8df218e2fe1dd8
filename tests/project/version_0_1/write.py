"""The files of this folder: how version 0.1.0 wrote them, and what is looked at in what they hold.

To be run with version 0.1.0, and only then, as `python write.py` (it needs PyTorch and safetensors too): later versions
are to read what that one wrote. `PICKLES` says what is pickled, and what is looked at in what comes back; the results
are in `expected.json`. They are PyTorch's where `by_pytorch` computes them, and else those of version 0.1.0 itself.
"""

from __future__ import annotations

import gzip
import json
import math
import pickle
import warnings
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import tinygrad_lite as tl
from tinygrad_lite import nn, optim
from tinygrad_lite.nn import functional as F
from tinygrad_lite.optim import lr_scheduler
from tinygrad_lite.serialization import TensorDict
from tinygrad_lite.utils import data

FOLDER = Path(__file__).parent
STATE, CHECKPOINT, TENSORS = "state.npz", "checkpoint.npz", "model.safetensors"

INPUTS = [[0.1 * (i - j) + 0.05 * i * j for j in range(4)] for i in range(6)]
TARGETS = [[math.sin(i)] for i in range(6)]
LABELS = [i % 3 for i in range(6)]
WORDS = [[0, 3, 9], [4, 4, 1]]


# --------------------------------------------------------------------------------------------------- modules


def model() -> nn.Module:
    """A model with a buffer, and with dropout."""
    return nn.Sequential(nn.Linear(4, 8, bias=False), nn.BatchNorm1d(8), nn.ReLU(), nn.Dropout(0.25), nn.Linear(8, 3))


def steps(trained: nn.Module, optimizer: Any, inputs: Any, loss_of: Callable[[Any], Any], count: int) -> list[float]:
    """Train, and return the losses."""
    losses = []
    for _ in range(count):
        optimizer.zero_grad()
        loss = loss_of(trained(inputs))
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return losses


def trained_model() -> nn.Module:
    """The model after three steps."""
    tl.manual_seed(1)
    made = model()
    labels = tl.tensor(LABELS)
    steps(made, optim.SGD(made.parameters(), 0.1), tl.tensor(INPUTS), lambda y: F.cross_entropy(y, labels), 3)
    return made


def words_model() -> nn.Module:
    """A model of an Embedding after three steps; it is left in eval mode."""
    tl.manual_seed(2)
    made = nn.Sequential(nn.Embedding(10, 4, padding_idx=0), nn.Flatten(), nn.Linear(12, 2))
    steps(made, optim.Adam(made.parameters(), 0.1), tl.tensor(WORDS), lambda y: (y * y).sum(), 3)
    return made.eval()


def containers() -> nn.Module:
    """Containers in one another; a parameter is in two places, one is frozen and one has a gradient."""
    tl.manual_seed(3)
    shared = nn.Linear(4, 4)
    made = nn.ModuleDict(
        {
            "blocks": nn.ModuleList([shared, nn.LayerNorm(4), nn.Sequential(nn.Tanh(), shared)]),
            "scales": nn.ParameterList([nn.Parameter(tl.ones(4)), nn.Parameter(tl.full((4,), 2.0))]),
            "named": nn.ParameterDict({"a": nn.Parameter(tl.arange(4.0), requires_grad=False)}),
        }
    )
    shared.weight.sum().backward()
    return made


def run_containers(made: Any, x: Any) -> Any:
    """A result to which all parts contribute."""
    for block in made["blocks"]:
        x = block(x)
    for scale in made["scales"]:
        x = x * scale
    return x + made["named"]["a"]


def layers() -> dict[str, Any]:
    """A module of each class, and one that `weight_norm` has changed."""
    tl.manual_seed(4)
    arguments: dict[str, tuple[Any, ...]] = {
        "BatchNorm1d": (2,),
        "Bilinear": (2, 2, 2),
        "Embedding": (3, 2),
        "GroupNorm": (1, 2),
        "LayerNorm": (2,),
        "Linear": (2, 2),
        "RMSNorm": (2,),
        "Threshold": (0.1, 2.0),
        "Unflatten": (1, (1, 2)),
    }
    classes = {name: getattr(nn, name) for name in nn.__all__}
    made = {
        name: cls(*arguments.get(name, ()))
        for name, cls in classes.items()
        if isinstance(cls, type) and issubclass(cls, nn.Module) and cls is not nn.Module
    }
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FutureWarning)
        made["weight_norm"] = nn.utils.weight_norm(nn.Linear(2, 2))
    made["compiled"] = tl.compile(nn.Linear(2, 2))
    return made


def seen_in_model(made: Any, inputs: Any = INPUTS, call: Callable[[Any, Any], Any] | None = None) -> dict[str, Any]:
    """The text, the state and the result of a model in eval mode."""
    training = made.training
    made.eval()
    return {
        "training": training,
        "repr": repr(made),
        "requires grad": {name: p.requires_grad for name, p in made.named_parameters()},
        "state": {name: t.tolist() for name, t in made.state_dict().items()},
        "output": (call or type(made).__call__)(made, tl.tensor(inputs)).tolist(),
    }


def seen_in_layers(made: Any) -> dict[str, Any]:
    """Of each layer the text and the state, and of some what they give."""
    seen: dict[str, Any] = {
        name: {
            "repr": repr(layer),
            "training": layer.training,
            "state": {key: t.tolist() for key, t in layer.state_dict().items()},
        }
        for name, layer in made.items()
    }
    x = tl.tensor([[1.0, -2.0], [0.5, 3.0]])
    for name in ("Linear", "LayerNorm", "PReLU", "RMSNorm", "ReLU6", "compiled", "weight_norm"):
        seen[name]["output"] = made[name](x).tolist()
    return seen


# ---------------------------------------------------------------------------------------------------- values


def values() -> dict[str, Any]:
    """Values of every kind that can be pickled."""
    dtypes = [tl.float16, tl.float32, tl.float64, tl.int8, tl.int16, tl.int32, tl.int64, tl.uint8, tl.bool]
    drawn, fresh = tl.Generator().manual_seed(5), tl.Generator().manual_seed(6)
    tl.randn(3, generator=drawn)
    x = tl.tensor([[1.0, 2.0, 3.0], [6.0, 5.0, 4.0]])
    labelled = tl.tensor([1.0, 2.0])
    labelled.label = "hung on it"  # type: ignore[attr-defined]  # it is set here
    return {
        "tensors": {str(dtype): tl.tensor([[0, 1, 1]], dtype=dtype) for dtype in dtypes},
        "scalar": tl.tensor(1.5),
        "empty": tl.zeros(0, 3),
        "view": x.T,
        "leaf": tl.tensor([1.0, 2.0], requires_grad=True),
        "computed": tl.tensor([1.0, 2.0], requires_grad=True) * 2,
        "with an attribute": labelled,
        "parameter": nn.Parameter(tl.tensor([1.0, 2.0])),
        "frozen": nn.Parameter(tl.tensor([1.0, 2.0]), requires_grad=False),
        "buffer": nn.Buffer(tl.tensor([1.0, 2.0])),
        "size": tl.Size([2, 3]),
        "device": tl.device("cpu"),
        "dtypes": dtypes,
        "finfo": tl.finfo(tl.float32),
        "iinfo": tl.iinfo(tl.int8),
        "sorted": tl.sort(x),
        "tensor dict": TensorDict({"a": tl.ones(2)}, {"format": "pt"}),
        "no_grad": tl.no_grad(),
        "drawn": drawn,
        "fresh": fresh,
    }


def seen_in_values(made: Any) -> dict[str, Any]:
    """The values as plain data, and the next numbers of the generators."""
    tensors = {**made["tensors"], **{name: t for name, t in made.items() if isinstance(t, tl.Tensor)}}
    seen: dict[str, Any] = {
        name: [type(t).__name__, str(t.dtype), list(t.shape), t.requires_grad, t.is_leaf, t.tolist()]
        for name, t in tensors.items()
    }
    for name in ("size", "device", "finfo", "iinfo", "tensor dict", "sorted"):
        seen[name] = [type(made[name]).__name__, repr(made[name])]
    with made["no_grad"]:
        seen["no_grad"] = tl.is_grad_enabled()
    seen["dtypes"] = [dtype == getattr(tl, str(dtype)) for dtype in made["dtypes"]]
    seen["attribute"] = made["with an attribute"].label
    seen["metadata"] = made["tensor dict"].metadata
    seen["indices"] = made["sorted"].indices.tolist()
    seen["drawn"] = tl.randn(5, generator=made["drawn"]).tolist()
    seen["fresh"] = tl.rand(5, generator=made["fresh"]).tolist()
    seen["seeds"] = [made["drawn"].initial_seed(), made["fresh"].initial_seed()]
    return seen


# ------------------------------------------------------------------------------------ optimizers, schedulers

GRADIENTS = [[0.5, -1.0], [0.25, 0.75], [-1.0, 0.125], [2.0, -0.5]]
OPTIMIZERS: dict[str, dict[str, Any]] = {
    "Adadelta": {"lr": 0.5},
    "Adagrad": {"lr": 0.1},
    "Adam": {"lr": 0.1, "amsgrad": True},
    "AdamW": {"lr": 0.1},
    "Adamax": {"lr": 0.1},
    "BookAdaGrad": {"lr": 0.1},
    "BookAdam": {"lr": 0.1},
    "LBFGS": {"lr": 0.1},
    "Momentum": {"lr": 0.1},
    "NAdam": {"lr": 0.1},
    "Nesterov": {"lr": 0.1},
    "RAdam": {"lr": 0.1},
    "RMSprop": {"lr": 0.1, "momentum": 0.9, "centered": True},
    "SGD": {"lr": 0.1, "momentum": 0.9, "weight_decay": 0.01},
}
OURS = {"BookAdaGrad", "BookAdam", "Momentum", "Nesterov"}
"""The optimizers that PyTorch does not have."""

SCHEDULERS: dict[str, Callable[[Any, Any], Any]] = {
    "ChainedScheduler": lambda s, o: s.ChainedScheduler([s.StepLR(o, 2), s.ExponentialLR(o, 0.9)]),
    "ConstantLR": lambda s, o: s.ConstantLR(o, 0.5, 3),
    "CosineAnnealingLR": lambda s, o: s.CosineAnnealingLR(o, 4),
    "CosineAnnealingWarmRestarts": lambda s, o: s.CosineAnnealingWarmRestarts(o, 3),
    "CyclicLR": lambda s, o: s.CyclicLR(o, 0.1, 0.2, 2, mode="triangular2"),
    "ExponentialLR": lambda s, o: s.ExponentialLR(o, 0.9),
    "LambdaLR": lambda s, o: s.LambdaLR(o, abs),
    "LinearLR": lambda s, o: s.LinearLR(o),
    "MultiStepLR": lambda s, o: s.MultiStepLR(o, [2, 4]),
    "MultiplicativeLR": lambda s, o: s.MultiplicativeLR(o, abs),
    "OneCycleLR": lambda s, o: s.OneCycleLR(o, 0.5, total_steps=9),
    "PolynomialLR": lambda s, o: s.PolynomialLR(o, 6, 2.0),
    "ReduceLROnPlateau": lambda s, o: s.ReduceLROnPlateau(o, patience=1),
    "SequentialLR": lambda s, o: s.SequentialLR(o, [s.ConstantLR(o, 0.5, 9), s.ExponentialLR(o, 0.9)], [3]),
    "StepLR": lambda s, o: s.StepLR(o, 2),
}


def step(made: tuple[Any, Any], gradient: Any) -> None:
    """One step of an optimizer with this gradient."""
    parameter, optimizer = made
    parameter.grad = gradient
    optimizer.step(lambda: (parameter * parameter).sum())


def optimizers() -> dict[str, Any]:
    """Of each class a parameter and its optimizer after two steps."""
    made = {}
    for name, options in OPTIMIZERS.items():
        parameter = nn.Parameter(tl.tensor([1.0, -2.0]))
        pair = made[name] = (parameter, getattr(optim, name)([parameter], **options))
        for gradient in GRADIENTS[:2]:
            step(pair, tl.tensor(gradient))
    return made


def seen_in_optimizers(made: Any) -> dict[str, Any]:
    """The parameters after two more steps; first the options, and the names of the state."""
    seen = {}
    for name, (parameter, optimizer) in made.items():
        group = {key: value for key, value in optimizer.param_groups[0].items() if key != "params"}
        saved = sorted(map(str, optimizer.state_dict()["state"].get(0, {})))
        for gradient in GRADIENTS[2:]:
            step((parameter, optimizer), tl.tensor(gradient))
        seen[name] = {"group": repr(group), "state": saved, "values": parameter.tolist()}
    return seen


def advance(name: str, scheduler: Any, count: int) -> list[float]:
    """The learning rates after each of the next steps; for a scheduler that watches a loss that does not fall."""
    rates = []
    for _ in range(count):
        scheduler.optimizer.step()
        scheduler.step(*[1.0] * (name == "ReduceLROnPlateau"))
        rates.append(scheduler.optimizer.param_groups[0]["lr"])
    return rates


def schedulers() -> dict[str, Any]:
    """A scheduler of each class after two steps, with its optimizer."""
    made = {}
    for name, make in SCHEDULERS.items():
        parameter = nn.Parameter(tl.ones(1))
        parameter.grad = tl.zeros(1)
        made[name] = make(lr_scheduler, optim.SGD([parameter], 0.1, momentum=0.9))
        advance(name, made[name], 2)
    return made


def seen_in_schedulers(made: Any) -> dict[str, Any]:
    """The next four learning rates."""
    for scheduler in made.values():  # gradients are not pickled
        for parameter in scheduler.optimizer.param_groups[0]["params"]:
            parameter.grad = tl.zeros(1)
    with warnings.catch_warnings():  # version 0.1.0 forgot in a pickle that the optimizer had made steps
        warnings.filterwarnings("ignore", "Detected call of", UserWarning)
        return {name: advance(name, scheduler, 4) for name, scheduler in made.items()}


# ------------------------------------------------------------------------------------------ data, functions


def datasets() -> dict[str, Any]:
    """Datasets, samplers and loaders."""
    numbers, squares = tl.arange(5), tl.arange(5.0) ** 2
    both = data.TensorDataset(numbers, squares)
    joined: data.ConcatDataset[Any] = data.ConcatDataset([both, data.Subset(both, [4, 0])])
    order = data.RandomSampler(both, generator=tl.Generator().manual_seed(7))
    return {
        "dataset": both,
        "joined": joined,
        "stacked": data.StackDataset(both, both),
        "sampler": order,
        "weighted": data.WeightedRandomSampler([1.0, 0.0, 2.0], 4, generator=tl.Generator().manual_seed(8)),
        "chosen": data.SubsetRandomSampler([2, 3], generator=tl.Generator().manual_seed(9)),
        "batches": data.BatchSampler(data.SequentialSampler(both), 2, False),
        "loader": data.DataLoader(joined, batch_size=3),
    }


def seen_in_datasets(made: Any) -> dict[str, Any]:
    """What they give."""
    return {
        "dataset": [[x.tolist() for x in item] for item in made["dataset"]],
        "joined": [[x.tolist() for x in made["joined"][i]] for i in range(len(made["joined"]))],
        "stacked": [[x.tolist() for x in part] for part in made["stacked"][1]],
        **{name: list(made[name]) for name in ("sampler", "weighted", "chosen", "batches")},
        "loader": [[x.tolist() for x in batch] for batch in made["loader"]],
    }


def functions() -> dict[str, Any]:
    """Public functions, which are pickled by name, and so by the module that defines them; operations cannot be."""
    places = {
        "tl": tl,
        "nn.functional": F,
        "nn.init": nn.init,
        "nn.utils": nn.utils,
        "utils.data": data,
        "autograd.functional": tl.autograd.functional,
    }
    made = {}
    for place, module in places.items():
        for name, value in sorted(vars(module).items()):
            defined = getattr(value, "__module__", "").startswith("tinygrad_lite")
            if type(value) is type(model) and defined and not name.startswith("_"):
                if place in ("tl", "nn.functional") and name not in module.__all__:
                    continue
                made[f"{place}.{name}"] = value
    return made


def seen_in_functions(made: Any) -> dict[str, Any]:
    """Of how many there are, those that are not what stands under their name, and some results."""
    x = tl.tensor([[1.0, 2.0], [3.0, 5.0]])
    places = {"tl": tl, "nn": nn, "utils": tl.utils, "autograd": tl.autograd}
    other = []
    for name, function in made.items():
        first, *path = name.split(".")
        public: Any = places[first]
        for part in path:
            public = getattr(public, part)
        other += [name] * (public is not function)
    return {
        "count": len(made),
        "other": other,
        "tl.sum": made["tl.sum"](x, 0).tolist(),
        "tl.where": made["tl.where"](x > 2, x, 0.0).tolist(),
        "nn.functional.softplus": made["nn.functional.softplus"](x).tolist(),
    }


class Pickle(NamedTuple):
    """What is pickled, and what is looked at in it."""

    make: Callable[[], Any]
    seen: Callable[[Any], dict[str, Any]]


PICKLES = {
    "model": Pickle(trained_model, seen_in_model),
    "words": Pickle(words_model, partial(seen_in_model, inputs=WORDS)),
    "containers": Pickle(containers, partial(seen_in_model, call=run_containers)),
    "layers": Pickle(layers, seen_in_layers),
    "values": Pickle(values, seen_in_values),
    "optimizers": Pickle(optimizers, seen_in_optimizers),
    "schedulers": Pickle(schedulers, seen_in_schedulers),
    "data": Pickle(datasets, seen_in_datasets),
    "functions": Pickle(functions, seen_in_functions),
}


def unpickled(name: str) -> Any:
    """What the file of a pickle holds."""
    return pickle.loads(gzip.decompress((FOLDER / f"{name}.pickle.gz").read_bytes()))


# ---------------------------------------------------------------------------------------------- saved states


def regression(library: Any) -> Any:
    """A model without dropout, of this library or of PyTorch; in float64, so that rounding cannot lead it astray."""
    of = library.nn
    return of.Sequential(of.Linear(4, 8, bias=False), of.BatchNorm1d(8), of.ReLU(), of.Linear(8, 1)).double()


def losses_of_regression(library: Any, trained: Any, optimizer: Any, count: int) -> list[float]:
    """The losses of the next steps, of this library or of PyTorch."""
    inputs, targets = (library.tensor(values, dtype=library.float64) for values in (INPUTS, TARGETS))
    return steps(trained, optimizer, inputs, lambda y: ((y - targets) ** 2).mean(), count)


def continued_from_state(library: Any, state: Any) -> dict[str, Any]:
    """The losses of the next three steps from a state of the model and its optimizer."""
    trained = regression(library)
    optimizer = library.optim.Adam(trained.parameters(), lr=0.5)
    trained.load_state_dict(state["model"])
    optimizer.load_state_dict(state["optimizer"])
    losses = losses_of_regression(library, trained, optimizer, 3)
    return {"losses": losses, "output": trained.eval()(library.tensor(INPUTS).double()).tolist()}


class Run:
    """A training run with all that a checkpoint holds: dropout, momentum, a schedule and a shuffled loader."""

    def __init__(self) -> None:
        self.model = model().double()
        self.optimizer = optim.SGD(self.model.parameters(), lr=0.1, momentum=0.9)
        self.scheduler = lr_scheduler.OneCycleLR(self.optimizer, 0.2, total_steps=30)
        examples = data.TensorDataset(tl.tensor(INPUTS).double(), tl.tensor(LABELS))
        self.loader: data.DataLoader[Any] = data.DataLoader(examples, 2, shuffle=True)

    def parts(self) -> dict[str, Any]:
        """What has a state."""
        return dict(vars(self))

    def losses(self, count: int) -> list[float]:
        """The losses of the next steps, which may begin and end within an epoch."""
        found: list[float] = []
        while True:
            for x, labels in self.loader:
                self.optimizer.zero_grad()
                loss = F.cross_entropy(self.model(x), labels)
                loss.backward()
                self.optimizer.step()
                self.scheduler.step()
                found.append(loss.item())
                if len(found) == count:
                    return found


def continued_from_checkpoint(file: Path) -> dict[str, Any]:
    """The losses of the next five steps of a run, and what was saved beside the states."""
    tl.manual_seed(99)
    run = Run()
    rest = tl.load_checkpoint(file, **run.parts())
    return {"rest": rest, "losses": run.losses(5), "rate": run.optimizer.param_groups[0]["lr"]}


def seen_in_tensors(tensors: Any) -> dict[str, Any]:
    """The Tensors of a safetensors file."""
    return {
        "tensors": {name: [str(t.dtype), t.tolist()] for name, t in sorted(tensors.items())},
        "metadata": tensors.metadata,
    }


# --------------------------------------------------------------------------------------------------- writing


def by_pytorch() -> dict[str, Any]:
    """What PyTorch makes of the same, as far as it has the same."""
    import torch

    def converted(x: Any) -> Any:
        if isinstance(x, tl.Tensor):
            return torch.from_numpy(x.detach().numpy().copy())
        if isinstance(x, dict):
            return {key: converted(value) for key, value in x.items()}
        return [converted(item) for item in x] if isinstance(x, list) else x

    seen: dict[str, Any] = {}
    state = converted(dict(unpickled("model").state_dict()))
    classes = torch.nn
    network = classes.Sequential(
        classes.Linear(4, 8, bias=False),
        classes.BatchNorm1d(8),
        classes.ReLU(),
        classes.Dropout(0.25),
        classes.Linear(8, 3),
    )
    network.load_state_dict(state)
    seen["model"] = {"output": network.eval()(torch.tensor(INPUTS)).tolist()}
    state = converted(dict(unpickled("words").state_dict()))
    network = classes.Sequential(classes.Embedding(10, 4, padding_idx=0), classes.Flatten(), classes.Linear(12, 2))
    network.load_state_dict(state)
    seen["words"] = {"output": network(torch.tensor(WORDS)).tolist()}
    seen["optimizers"] = {}
    for name, options in OPTIMIZERS.items():
        if name not in OURS:
            parameter = torch.nn.Parameter(torch.tensor([1.0, -2.0]))
            pair = (parameter, getattr(torch.optim, name)([parameter], **options))
            for gradient in GRADIENTS:
                step(pair, torch.tensor(gradient))
            seen["optimizers"][name] = {"values": parameter.tolist()}
    seen["schedulers"] = {}
    for name, make in SCHEDULERS.items():
        parameter = torch.nn.Parameter(torch.ones(1))
        parameter.grad = torch.zeros(1)
        scheduler = make(torch.optim.lr_scheduler, torch.optim.SGD([parameter], 0.1, momentum=0.9))
        if name == "ChainedScheduler":
            scheduler.optimizer = scheduler._schedulers[0].optimizer
        seen["schedulers"][name] = advance(name, scheduler, 6)[2:]
    drawn = torch.Generator().manual_seed(5)
    torch.randn(3, generator=drawn)
    seen["values"] = {
        "drawn": torch.randn(5, generator=drawn).tolist(),
        "fresh": torch.rand(5, generator=torch.Generator().manual_seed(6)).tolist(),
    }
    seen[STATE] = continued_from_state(torch, converted(tl.load(FOLDER / STATE)))
    return seen


def close(a: Any, b: Any) -> bool:
    """Return True if two results are the same, numbers up to 1e-6."""
    if isinstance(a, dict) and isinstance(b, dict):
        return a.keys() == b.keys() and all(close(a[key], b[key]) for key in a)
    if isinstance(a, (list, tuple)) and isinstance(b, (list, tuple)):
        return len(a) == len(b) and all(map(close, a, b))
    if isinstance(a, float) and isinstance(b, float):
        return math.isclose(a, b, rel_tol=1e-6, abs_tol=1e-6)
    return type(a) is type(b) and bool(a == b)


def rounded(x: Any) -> Any:
    """The same with nine digits, which are all that a float32 has."""
    if isinstance(x, dict):
        return {key: rounded(value) for key, value in x.items()}
    if isinstance(x, (list, tuple)):
        return [rounded(item) for item in x]
    return float(f"{x:.9g}") if isinstance(x, float) else x


def updated(own: Any, better: Any, where: str = "") -> Any:
    """Our results with PyTorch's in their place, which they must agree with."""
    if isinstance(better, dict):
        return {**own, **{key: updated(own[key], value, f"{where}/{key}") for key, value in better.items()}}
    if not close(own, better):
        raise AssertionError(f"{where}: {own} is not PyTorch's {better}")
    return better


def main() -> None:
    """Write the files."""
    if tl.__version__ != "0.1.0":
        raise SystemExit("these files are to be written by version 0.1.0")
    expected: dict[str, Any] = {}
    for name, (make, seen) in PICKLES.items():
        (FOLDER / f"{name}.pickle.gz").write_bytes(gzip.compress(pickle.dumps(make(), protocol=4), mtime=0))
        expected[name] = seen(unpickled(name))

    tl.manual_seed(10)
    trained = regression(tl)
    optimizer = optim.Adam(trained.parameters(), lr=0.05)
    losses_of_regression(tl, trained, optimizer, 3)
    tl.save({"model": trained.state_dict(), "optimizer": optimizer.state_dict()}, FOLDER / STATE)
    expected[STATE] = continued_from_state(tl, tl.load(FOLDER / STATE))

    tl.manual_seed(11)
    run = Run()
    run.losses(4)  # into the second epoch
    tl.save_checkpoint(FOLDER / CHECKPOINT, **run.parts(), epoch=1, history=[0.5, None, "text"])
    run.loader.load_state_dict(run.loader.state_dict())  # it would begin a new epoch
    onward = run.losses(5)
    expected[CHECKPOINT] = continued_from_checkpoint(FOLDER / CHECKPOINT)
    if onward != expected[CHECKPOINT]["losses"]:
        raise AssertionError("the run that was interrupted goes on in another way")

    tl.save({**trained.state_dict(), "half": tl.ones(2, dtype=tl.float16)}, FOLDER / TENSORS, metadata={"by": "0.1.0"})
    expected[TENSORS] = seen_in_tensors(tl.load(FOLDER / TENSORS))

    lines = [
        f"{json.dumps(name)}: {json.dumps(seen, separators=(',', ':'), sort_keys=True)}"
        for name, seen in sorted(rounded(updated(expected, by_pytorch())).items())
    ]
    text = "{\n" + ",\n".join(lines).replace('},"', '},\n "') + "\n}"
    (FOLDER / "expected.json").write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
