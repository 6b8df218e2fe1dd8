"""Record what users see of the package: its public names, and how each may be called.

`record()` looks at the package that is imported, and `python record_public_api.py` writes what it finds to
`public_api_0_1.json`, which is to be done with version 0.1.0 only: the file is what later versions are held to. Each
name has one line:

- "(x, *, dim=None)": a function, or a method without its `self`; "static (…)" and "class method (…)" say which;
- "class (…)": a class and how it is made, or "class" where that is inherited from Python;
- "same as tinygrad_lite.Tensor": a class that was met at another door before, and is the same object;
- "property", "property, can be set", "operator", "module", "constant 3.0", "object of Generator", "alias".

Of a class the names are listed where they first appear or change: what its public bases have, it has too.
"""

from __future__ import annotations

import importlib
import inspect
import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from types import ModuleType
from typing import Any

PACKAGE = "tinygrad_lite"
FILE = Path(__file__).with_name("public_api_0_1.json")

# The public modules. Where one has no `__all__`, public is what it defines, or what is listed here.
DOORS: dict[str, str] = {
    "": "",
    ".nn": "",
    ".nn.functional": "",
    ".nn.init": "",
    ".nn.parameter": "",
    ".nn.utils": "",
    ".nn.utils.parametrize": "",
    ".nn.utils.parametrizations": "",
    ".optim": "",
    ".optim.lr_scheduler": "",
    ".optim.optimizer": "Optimizer",
    ".autograd": "",
    ".autograd.function": "Function FunctionCtx once_differentiable",
    ".autograd.functional": "",
    ".autograd.gradcheck": "",
    ".cuda": "",
    ".datasets": "",
    ".linalg": "",
    ".random": "",
    ".serialization": "",
    ".testing": "",
    ".utils": "data",
    ".utils.data": "",
    ".utils.data.dataloader": "",
    ".utils.data.dataset": (
        "ChainDataset ConcatDataset Dataset IterableDataset StackDataset Subset TensorDataset random_split"
    ),
    ".utils.data.sampler": (
        "BatchSampler RandomSampler Sampler SequentialSampler SubsetRandomSampler WeightedRandomSampler"
    ),
}

# Of some classes, and what derives from them, not every attribute is the users': others serve the package itself.
ONLY = {"Node": "name next_functions"}
INNER = {
    "Generator": "engine fast",
    "MNIST": "checksums mirrors",
    "Module": "evaluating",
    "enable_grad": "again inference value",
    "inference_mode": "again inference value",
    "no_grad": "again inference value",
    "set_grad_enabled": "again inference value",
}

# Special methods that say how something is done, not that it can be done.
TECHNICAL = set(
    "__abstractmethods__ __annotate__ __annotate_func__ __annotations__ __annotations_cache__ __class_getitem__ "
    "__dataclass_fields__ __dataclass_params__ __deepcopy__ __delattr__ __dict__ __dir__ __doc__ __firstlineno__ "
    "__fused__ __getattr__ __getattribute__ __getnewargs__ __getstate__ __hash__ __init__ __init_subclass__ "
    "__match_args__ __module__ __new__ __orig_bases__ __parameters__ __primitive__ __qualname__ __reduce__ "
    "__reduce_ex__ __replace__ __setattr__ __setstate__ __slots__ __static_attributes__ __subclasshook__ "
    "__type_params__ __weakref__".split()
)
SIGNED = {"__array__", "__call__", "__dlpack__"}
"""Special methods whose parameters are given by name."""


# ------------------------------------------------------------------------------------------------ one object


class _Text:
    """A default value as it is to be read in a signature."""

    def __init__(self, text: str) -> None:
        self.text = text

    def __repr__(self) -> str:
        return self.text


def shown(value: Any) -> str:
    """A default value or constant as text that is the same in every process and wherever its class is defined."""
    if isinstance(value, type) or inspect.isroutine(value):
        return value.__name__
    if isinstance(value, (tuple, list)):
        inside = ", ".join(map(shown, value))
        return f"[{inside}]" if isinstance(value, list) else f"({inside}{',' * (len(value) == 1)})"
    text = repr(value)
    if text.startswith("<") or " at 0x" in text:
        return str(getattr(value, "__name__", f"{type(value).__name__}()"))
    return text


def signature(function: Any, bound: bool = False) -> str | None:
    """The parameters of something callable without their annotations, and without the first if it is `bound`."""
    try:
        parameters = list(inspect.signature(function).parameters.values())
    except (TypeError, ValueError):
        return None
    if bound and parameters and parameters[0].kind is not inspect.Parameter.VAR_POSITIONAL:
        del parameters[0]
    plain = [
        p.replace(
            annotation=inspect.Parameter.empty,
            default=p.default if p.default is inspect.Parameter.empty else _Text(shown(p.default)),
        )
        for p in parameters
    ]
    return str(inspect.Signature(plain))


def ours(cls: type) -> list[type]:
    """The class and its bases, as far as the package defines them."""
    return [base for base in cls.__mro__ if base.__module__.partition(".")[0] == PACKAGE]


def described(value: Any) -> str:
    """What an object of a namespace is."""
    if isinstance(value, ModuleType):
        return "module"
    if isinstance(value, type):
        made = any({"__init__", "__new__"} & set(vars(base)) for base in ours(value))
        return f"class {signature(value) or ''}".strip() if made else "class"
    if callable(value):
        return signature(value) or "alias"
    if type(value).__module__.partition(".")[0] == PACKAGE:
        return f"object of {type(value).__name__}"
    return f"constant {shown(value)}"


def special(name: str) -> bool:
    """Return True if a name is that of an operator, or of another way in which Python uses an object."""
    return name[:2] == name[-2:] == "__" and name not in TECHNICAL


def attribute(cls: type, name: str) -> str:
    """What an attribute of a class is."""
    static = inspect.getattr_static(cls, name)
    if name.startswith("__"):
        return f"operator {signature(static, bound=True) or ''}".strip() if name in SIGNED else "operator"
    if isinstance(static, property):
        return "property" if static.fset is None else "property, can be set"
    if isinstance(static, staticmethod):
        return f"static {signature(static.__func__)}"
    if isinstance(static, classmethod):
        return f"class method {signature(static.__func__, bound=True)}"
    if isinstance(static, type) or not callable(static):
        return "property" if inspect.isdatadescriptor(static) or hasattr(static, "__get__") else described(static)
    return signature(static, bound=True) or "alias"


def attributes(cls: type) -> dict[str, str]:
    """The public attributes and operators of a class, those that the package's inner bases give it included."""
    found: set[str] = set()
    inner: set[str] = set()
    for base in ours(cls):
        inner |= set(INNER.get(base.__name__, "").split())
        for name, value in vars(base).items():
            if inspect.ismemberdescriptor(value):  # a slot, which is an attribute of instances
                continue
            if not name.startswith("_") or (special(name) and value is not None):
                found.add(name)
    found = found & set(ONLY[cls.__name__].split()) if cls.__name__ in ONLY else found - inner
    return {name: attribute(cls, name) for name in sorted(found)}


# -------------------------------------------------------------------------------------------------- instances


def instances() -> dict[str, Callable[[], Any]]:
    """How to make an instance of each class whose instances have attributes of their own, by the class' name."""
    import tinygrad_lite as tl
    from tinygrad_lite import nn, optim
    from tinygrad_lite.optim import lr_scheduler
    from tinygrad_lite.utils import data

    def parameters() -> list[Any]:
        return [nn.Parameter(tl.ones(2))]

    def sgd() -> Any:
        return optim.SGD(parameters(), lr=0.1, momentum=0.9)

    arguments: dict[str, tuple[Any, ...]] = {
        "BatchNorm1d": (4,),
        "Bilinear": (2, 3, 4),
        "Embedding": (5, 3),
        "GroupNorm": (2, 4),
        "LayerNorm": (4,),
        "Linear": (2, 3),
        "RMSNorm": (4,),
        "Threshold": (0.1, 2.0),
        "Unflatten": (1, (2, 2)),
    }
    made: dict[str, Callable[[], Any]] = {}
    for name in nn.__all__:
        cls = getattr(nn, name)
        if isinstance(cls, type) and issubclass(cls, nn.Module):
            made[f"nn.{name}"] = partial(cls, *arguments.get(name, ()))
    for name in optim.__all__:
        cls = getattr(optim, name)
        if isinstance(cls, type) and cls is not optim.Optimizer:
            made[f"optim.{name}"] = partial(cls, parameters(), lr=0.1)
    schedules: dict[str, Callable[[], Any]] = {
        "ChainedScheduler": lambda: lr_scheduler.ChainedScheduler([lr_scheduler.StepLR(sgd(), 2)]),
        "ConstantLR": lambda: lr_scheduler.ConstantLR(sgd()),
        "CosineAnnealingLR": lambda: lr_scheduler.CosineAnnealingLR(sgd(), 3),
        "CosineAnnealingWarmRestarts": lambda: lr_scheduler.CosineAnnealingWarmRestarts(sgd(), 3),
        "CyclicLR": lambda: lr_scheduler.CyclicLR(sgd(), 0.1, 0.2),
        "ExponentialLR": lambda: lr_scheduler.ExponentialLR(sgd(), 0.9),
        "LambdaLR": lambda: lr_scheduler.LambdaLR(sgd(), abs),
        "LinearLR": lambda: lr_scheduler.LinearLR(sgd()),
        "MultiStepLR": lambda: lr_scheduler.MultiStepLR(sgd(), [2, 3]),
        "MultiplicativeLR": lambda: lr_scheduler.MultiplicativeLR(sgd(), abs),
        "OneCycleLR": lambda: lr_scheduler.OneCycleLR(sgd(), 0.1, total_steps=9),
        "PolynomialLR": lambda: lr_scheduler.PolynomialLR(sgd()),
        "ReduceLROnPlateau": lambda: lr_scheduler.ReduceLROnPlateau(sgd()),
        "SequentialLR": lambda: _sequential(sgd()),
        "StepLR": lambda: lr_scheduler.StepLR(sgd(), 2),
    }
    made |= {f"optim.lr_scheduler.{name}": make for name, make in schedules.items()}
    dataset = data.TensorDataset(tl.ones(3))
    datasets: dict[str, Callable[[], Any]] = {
        "BatchSampler": lambda: data.BatchSampler(data.SequentialSampler(dataset), 2, False),
        "ConcatDataset": lambda: data.ConcatDataset([dataset]),
        "DataLoader": lambda: data.DataLoader(dataset),
        "RandomSampler": lambda: data.RandomSampler(dataset),
        "SequentialSampler": lambda: data.SequentialSampler(dataset),
        "StackDataset": lambda: data.StackDataset(dataset),
        "SubsetRandomSampler": lambda: data.SubsetRandomSampler([0, 1]),
        "Subset": lambda: data.Subset(dataset, [0]),
        "TensorDataset": lambda: dataset,
        "WeightedRandomSampler": lambda: data.WeightedRandomSampler([1.0], 2),
    }
    made |= {f"utils.data.{name}": make for name, make in datasets.items()}
    made |= {
        "finfo": lambda: tl.finfo(tl.float32),
        "iinfo": lambda: tl.iinfo(tl.int8),
        "serialization.TensorDict": lambda: importlib.import_module(f"{PACKAGE}.serialization").TensorDict({}),
    }
    return {f"{PACKAGE}.{name}": make for name, make in made.items()}


def _sequential(optimizer: Any) -> Any:
    from tinygrad_lite.optim import lr_scheduler

    parts: list[Any] = [lr_scheduler.ConstantLR(optimizer), lr_scheduler.StepLR(optimizer, 2)]
    return lr_scheduler.SequentialLR(optimizer, parts, [1])


def results() -> dict[str, Callable[[], Any]]:
    """Calls whose results have a class that is not public itself, but attributes that users read."""
    import tinygrad_lite as tl
    from tinygrad_lite import nn

    x = tl.tensor([[1.0, 2.0]], requires_grad=True)
    ordered: dict[str, Callable[[], Any]] = {
        name: partial(getattr(tl, name), x, dim=-1)
        for name in ["aminmax", "cummax", "cummin", "max", "median", "min", "mode", "nanmedian", "sort"]
    }
    return {f"tl.{name}(x, dim=-1)": call for name, call in ordered.items()} | {
        "tl.autograd.gradcheck(tl.tanh, x)": lambda: tl.autograd.gradcheck(tl.tanh, x.detach().requires_grad_()),
        "tl.compile(function)": lambda: tl.compile(lambda x: x),
        "tl.compile(module)": lambda: tl.compile(nn.Linear(2, 2)),
        "tl.kthvalue(x, 1)": lambda: tl.kthvalue(x, 1),
        "tl.tanh(x).grad_fn": lambda: tl.tanh(x).grad_fn,
        "tl.topk(x, 1)": lambda: tl.topk(x, 1),
        "module.load_state_dict(state)": lambda: nn.Linear(2, 2).load_state_dict(nn.Linear(2, 2).state_dict()),
        "module.register_forward_hook(print)": lambda: nn.Linear(2, 2).register_forward_hook(print),
        "x.register_hook(print)": lambda: x.detach().requires_grad_().register_hook(print),
    }


def names_of_instance(instance: Any) -> list[str]:
    """The public attributes that an instance has besides those of its class."""
    found = set(getattr(instance, "__dict__", ()))
    for kind in ("_parameters", "_buffers", "_modules"):
        found |= set(getattr(instance, kind, None) or ())
    return sorted(name for name in found if not name.startswith("_") and not hasattr(type(instance), name))


def names_of_result(result: Any) -> list[str]:
    """The public attributes of a result, without those that a tuple or a Module has."""
    import tinygrad_lite as tl

    if hasattr(result, "next_functions"):
        return ONLY["Node"].split()
    known = {*dir(tuple), *(dir(tl.nn.Module()) if isinstance(result, tl.nn.Module) else ())}
    return sorted(name for name in dir(result) if not name.startswith("_") and name not in known)


# ------------------------------------------------------------------------------------------------ the package


def reached() -> list[str]:
    """The doors that are attributes of one another once the package is imported, in an interpreter of their own."""
    script = (
        "import operator, sys, types, tinygrad_lite\n"
        "def reach(door):\n"
        "    try:\n"
        "        return isinstance(operator.attrgetter(door)(tinygrad_lite), types.ModuleType)\n"
        "    except AttributeError:\n"
        "        return False\n"
        "print(*filter(reach, sys.argv[1:]))"
    )
    root = str(Path(str(importlib.import_module(PACKAGE).__file__)).parent.parent)
    paths = os.pathsep.join(filter(None, [root, os.environ.get("PYTHONPATH")]))
    found = subprocess.run(
        [sys.executable, "-c", script, *(door.removeprefix(".") for door in DOORS if door)],
        env={**os.environ, "PYTHONPATH": paths},
        cwd=root,
        capture_output=True,
        text=True,
        check=True,
    )
    return [f"{PACKAGE}.{door}" for door in found.stdout.split()]


def public(door: str) -> list[str]:
    """The public names of a module, sorted."""
    module = importlib.import_module(PACKAGE + door)
    if DOORS[door]:
        return DOORS[door].split()
    names = getattr(module, "__all__", None)
    if names is not None:
        return sorted(names)
    return sorted(
        name
        for name, value in vars(module).items()
        if not name.startswith("_") and callable(value) and getattr(value, "__module__", None) == module.__name__
    )


def doors() -> Iterator[tuple[str, str, Any]]:
    """Every public name: its door, the name and the object."""
    for door in DOORS:
        module = importlib.import_module(PACKAGE + door)
        for name in public(door):
            yield PACKAGE + door, name, getattr(module, name)


def merged(bases: list[str], found: dict[str, dict[str, str]]) -> dict[str, str]:
    """The attributes that a class has by its public bases, of which the first counts most."""
    whole: dict[str, str] = {}
    for base in reversed(bases):
        whole |= found.get(base, {})
    return whole


def record() -> dict[str, Any]:
    """The public names of the package: by door, and by class."""
    homes: dict[type, str] = {}
    namespaces: dict[str, dict[str, str]] = {}
    for door, name, value in doors():
        text = described(value)
        if isinstance(value, type):
            home = homes.setdefault(value, f"{door}.{name}")
            text = text if home == f"{door}.{name}" else f"same as {home}"
        namespaces.setdefault(door, {})[name] = text
    bases: dict[str, list[str]] = {}
    own: dict[str, dict[str, str]] = {}
    for cls, home in sorted(homes.items(), key=lambda item: len(item[0].__mro__)):
        above = [homes.get(b, b.__name__) for b in cls.__mro__[1:-1] if _public(b, homes)]
        whole = attributes(cls)
        known = merged(above, own)
        bases[home] = above
        own[home] = {name: text for name, text in whole.items() if known.get(name) != text}
    return {
        "namespaces": {door: dict(sorted(names.items())) for door, names in sorted(namespaces.items())},
        "reached": sorted(reached()),
        "bases": {home: " ".join(above) for home, above in sorted(bases.items()) if above},
        "attributes": {home: names for home, names in sorted(own.items()) if names},
        "instances": {
            name: " ".join(found) for name, make in sorted(instances().items()) if (found := names_of_instance(make()))
        },
        "results": {name: " ".join(names_of_result(call())) for name, call in sorted(results().items())},
    }


def _public(base: type, homes: dict[type, str]) -> bool:
    return base in homes or base.__module__ == "builtins"


def main() -> None:
    """Write the record."""
    FILE.write_text(json.dumps(record(), indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
