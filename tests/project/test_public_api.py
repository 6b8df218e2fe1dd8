"""What users saw of version 0.1 they still see: every public name at the same door, to be called in the same way.

`public_api_0_1.json` says what there was, and `record_public_api.py` how it was read. What was there must be there now,
with the same parameters in the same order, of the same kinds and with the same defaults. There may be more: parameters
that need not be given, after those that there were. A parameter may have PyTorch's name instead of the one it had, if
a call shows that both names do the same. Annotations are not compared.
"""

from __future__ import annotations

import ast
import importlib
import importlib.util
import inspect
import json
from collections.abc import Callable
from copy import deepcopy
from itertools import product
from pathlib import Path
from types import ModuleType
from typing import Any, NamedTuple

import pytest

import tinygrad_lite as tl

CHANGED: dict[str, str] = (
    {
        f"tinygrad_lite.nn.functional.{name}_": "its signature showed an inplace=, which it never took; PyTorch's shows none"
        for name in ("celu", "elu", "hardtanh", "leaky_relu", "relu", "rrelu", "selu", "threshold")
    }
    | {
        f"tinygrad_lite.optim.{name}{suffix}": "without params it has the book's update(params, grads)"
        for name in ("BookAdaGrad", "BookAdam", "Momentum", "Nesterov")
        for suffix in ("", ".update")
        if name + suffix != "Nesterov.update"  # which is that of Momentum
    }
    | {
        "tinygrad_lite.device.type": "it tells the kinds of device apart, of which others can be named, as in PyTorch",
        "tinygrad_lite.tensor_split": "the number or the indices may be given as sections= or indices= instead",
        "tinygrad_lite.Tensor.tensor_split": "the number or the indices may be given as sections= or indices= instead",
        "tinygrad_lite.Tensor.split": "the method calls its argument split_size, as in PyTorch",
        "tinygrad_lite.Tensor.random_": "random_(0) is an empty range, and so differs from random_()",
    }
)
"""What differs from version 0.1 on purpose, and why: by full name, as in "tinygrad_lite.nn.Linear"."""

HERE = Path(__file__).parent
RECORD: dict[str, Any] = json.loads((HERE / "public_api_0_1.json").read_text(encoding="utf-8"))


def _script() -> ModuleType:
    spec = importlib.util.spec_from_file_location("record_public_api", HERE / "record_public_api.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


api = _script()


# ----------------------------------------------------------------------------------------------- signatures


class Parameter(NamedTuple):
    """One parameter; `default` is None where it has to be given."""

    name: str
    default: str | None


class Parameters(NamedTuple):
    """The parameters of a signature by kind."""

    positional: list[Parameter]
    either: list[Parameter]
    keyword: dict[str, Parameter]
    more: bool
    named: bool


def parameters(signature: str) -> Parameters:
    """The parameters that a signature, as text, has."""
    (definition,) = ast.parse(f"def f{signature}: pass").body
    assert isinstance(definition, ast.FunctionDef)
    args = definition.args
    names = [arg.arg for arg in (*args.posonlyargs, *args.args)]
    defaults = [None] * (len(names) - len(args.defaults)) + [ast.unparse(node) for node in args.defaults]
    found = [Parameter(*pair) for pair in zip(names, defaults, strict=True)]
    keyword = {
        arg.arg: Parameter(arg.arg, None if node is None else ast.unparse(node))
        for arg, node in zip(args.kwonlyargs, args.kw_defaults, strict=True)
    }
    only = len(args.posonlyargs)
    return Parameters(found[:only], found[only:], keyword, args.vararg is not None, args.kwarg is not None)


def difference(old: str, new: str) -> tuple[str | None, dict[str, str]]:
    """Why calls that one signature allowed are not calls by the other; and which parameters have other names."""
    was, now = parameters(old), parameters(new)
    renamed: dict[str, str] = {}
    if len(was.positional) != len(now.positional):
        return "not the same parameters are positional only", {}
    for a, b in zip(was.positional, now.positional, strict=True):
        if a.default != b.default:
            return f"the default of {a.name} differs", {}
    taken = {b.name for b in now.either} | set(now.keyword)
    for i, a in enumerate(was.either):
        if i == len(now.either):
            return f"{a.name} is missing or of another kind", {}
        b = now.either[i]
        if a.name != b.name:
            if a.name in taken or b.name in {c.name for c in was.either}:
                return f"{a.name} is in another place", {}
            renamed[a.name] = b.name
        if a.default != b.default:
            return f"the default of {a.name} differs", {}
    for b in now.either[len(was.either) :]:
        if b.default is None:
            return f"{b.name} has to be given", {}
        if was.more:
            return f"{b.name} takes an argument that *args took", {}
    for name, a in was.keyword.items():
        if name not in now.keyword:
            return f"{name} is missing or of another kind", {}
        if a.default != now.keyword[name].default:
            return f"the default of {name} differs", {}
    for name, b in now.keyword.items():
        if name not in was.keyword and b.default is None:
            return f"{name} has to be given", {}
    if was.more and not now.more:
        return "*args is missing", {}
    if was.named and not now.named:
        return "**kwargs is missing", {}
    return None, renamed


def candidates() -> list[Any]:
    """Arguments to try a function with."""
    matrix = tl.tensor([[0.5, 0.25], [0.75, 1.0]])
    whole_numbers = tl.tensor([[1, 0], [1, 1]])
    return [matrix, whole_numbers, whole_numbers.bool(), matrix[0], tl.stack([matrix, matrix]), 1]


def still_spelled(function: Callable[..., Any], old: str, new: str, bound: bool) -> bool:
    """Return True if a function takes what it took by the old names of its parameters, and does the same with it.

    It is called with arguments in their places, with the old names and with the new ones; of the arguments that are
    tried, one choice has to be right for it. A method gets a Tensor as its first argument.
    """
    was, now = parameters(old).either, parameters(new).either
    last = max(i for i, (a, b) in enumerate(zip(was, now, strict=False)) if a.name != b.name or a.default is None)
    count = last + 1
    for first, *values in product(candidates(), repeat=count + bound):
        try:
            expected = repr(function(*deepcopy([first, *values])))
        except Exception:
            continue
        for names in (was[:count], now[:count]):
            leading, *rest = deepcopy([first, *values])  # a function may write to its arguments
            if not bound:
                leading, rest = None, [leading, *rest]
            keywords = {parameter.name: value for parameter, value in zip(names, rest, strict=True)}
            try:
                result = function(leading, **keywords) if bound else function(**keywords)
            except Exception:
                return False
            if repr(result) != expected:
                return False
        return True
    return False


def broken(old: str, new: str, function: Callable[..., Any] | None = None, bound: bool = False) -> str | None:
    """Why something that was described as `old` and is now as `new` is not what it was; None if it is."""
    if old == new or old == "alias":
        return None
    if old.startswith("constant"):
        return "the value differs"
    (was, opened, arguments), (now, _, parameters_now) = old.partition("("), new.partition("(")
    if was.strip() != now.strip() and (old, new) != ("property", "property, can be set"):
        return "it is of another kind"
    if not opened:
        return None
    if not parameters_now:
        return "it has no signature"
    arguments, parameters_now = f"({arguments}", f"({parameters_now}"
    reason, renamed = difference(arguments, parameters_now)
    if not renamed or (function is not None and still_spelled(function, arguments, parameters_now, bound)):
        return reason
    return " and ".join(f"{a} is now called {b}" for a, b in renamed.items()) + ", and no call shows both alike"


# ------------------------------------------------------------------------------------------------- the names


def found(name: str) -> Any:
    """The object of a full name."""
    door, _, last = name.rpartition(".")
    return getattr(importlib.import_module(door), last)


def compared(name: str, old: str) -> str | None:
    """Why a name of a namespace is not what it was; None if it is."""
    try:
        value = found(name)
    except (ImportError, AttributeError):
        return f"{name}: is not there any more; it was {old}"
    if old.startswith("same as "):
        home = old.removeprefix("same as ")
        return None if value is found(home) else f"{name}: is not {home} any more"
    new = api.described(value)
    reason = broken(old, new, value)
    return None if reason is None else f"{name}: {reason}\n    it was {old}\n    it is  {new}"


def whole(home: str) -> dict[str, str]:
    """The attributes that a class had, with those of its public bases."""
    bases = RECORD["bases"].get(home, "").split()
    known: dict[str, str] = api.merged(bases, RECORD["attributes"])
    return {**known, **RECORD["attributes"].get(home, {})}


def compared_attribute(cls: type, home: str, name: str, old: str) -> str | None:
    """Why an attribute of a class is not what it was; None if it is."""
    full = f"{home}.{name}"
    static = inspect.getattr_static(cls, name, None)
    if static is None or (name.startswith("__") and static is getattr(object, name, None)):
        return f"{full}: is not there any more; it was {old}"
    new = api.attribute(cls, name)
    reason = broken(old, new, static if callable(static) else None, bound=True)
    if reason is not None and old == "(*args, **kwargs)" and name.endswith("_"):
        # The form in place handed everything on to the function, whose parameters it may now show.
        reason = broken(whole(home).get(name.removesuffix("_"), old), new, static, bound=True)
    return None if reason is None else f"{full}: {reason}\n    it was {old}\n    it is  {new}"


def differences_of_namespace(door: str) -> dict[str, str]:
    """What differs in a namespace, by full name."""
    names = {f"{door}.{name}": old for name, old in RECORD["namespaces"][door].items()}
    return {name: text for name, old in names.items() if (text := compared(name, old)) is not None}


def differs_above(home: str, name: str, old: str) -> bool:
    """Return True if an attribute that a class has from a public base differs there already."""
    for base in RECORD["bases"].get(home, "").split():
        if whole(base).get(name) == old:
            try:
                return compared_attribute(found(base), base, name, old) is not None
            except (ImportError, AttributeError):
                return True
    return False


def differences_of_class(home: str) -> dict[str, str]:
    """What differs in a class, by full name; what it has from a public base is that one's difference."""
    try:
        cls = found(home)
    except (ImportError, AttributeError):
        return {home: f"{home}: is not there any more"}
    differing = {}
    for base in RECORD["bases"].get(home, "").split():
        expected = found(base) if "." in base else importlib.import_module("builtins").__dict__[base]
        if not issubclass(cls, expected):
            differing[home] = f"{home}: does not derive from {base} any more"
    for name, old in whole(home).items():
        text = compared_attribute(cls, home, name, old)
        inherited = name not in RECORD["attributes"].get(home, {})
        if text is not None and not (inherited and differs_above(home, name, old)):
            differing[f"{home}.{name}"] = text
    return differing


def report(differing: dict[str, str]) -> str:
    """The differences that are not deliberate."""
    return "\n".join(text for name, text in differing.items() if name not in CHANGED)


CLASSES = sorted({*RECORD["bases"], *RECORD["attributes"]})


@pytest.mark.filterwarnings("ignore:tinygrad_lite.random:DeprecationWarning")  # rand and others stand in the package
@pytest.mark.parametrize("door", sorted(RECORD["namespaces"]))
def test_names_of(door: str) -> None:
    problems = report(differences_of_namespace(door))
    assert not problems, f"the public names of {door} are not those of version 0.1:\n{problems}"


@pytest.mark.parametrize("home", CLASSES)
def test_attributes_of(home: str) -> None:
    problems = report(differences_of_class(home))
    assert not problems, f"{home} is not what it was in version 0.1:\n{problems}"


@pytest.mark.parametrize("name", sorted(RECORD["instances"]))
def test_attributes_of_an_instance_of(name: str) -> None:
    instance = api.instances()[name]()
    lost = [each for each in RECORD["instances"][name].split() if not hasattr(instance, each)]
    lost = [each for each in lost if f"{name}().{each}" not in CHANGED]
    assert not lost, f"an instance of {name} has no {', '.join(lost)} any more"


@pytest.mark.parametrize("call", sorted(RECORD["results"]))
def test_attributes_of_the_result_of(call: str) -> None:
    result = api.results()[call]()
    lost = [each for each in RECORD["results"][call].split() if not hasattr(result, each)]
    lost = [each for each in lost if f"{call}.{each}" not in CHANGED]
    assert not lost, f"the result of {call} has no {', '.join(lost)} any more"


def test_modules_can_be_reached_from_the_package_without_further_imports() -> None:
    lost = set(RECORD["reached"]) - set(api.reached()) - set(CHANGED)
    assert not lost, f"after `import tinygrad_lite` these are not attributes any more: {', '.join(sorted(lost))}"


@pytest.mark.filterwarnings("ignore:tinygrad_lite.random:DeprecationWarning")
def test_every_deliberate_change_is_one() -> None:
    differing: set[str] = set()
    if CHANGED:
        differing.update(*(differences_of_namespace(door) for door in RECORD["namespaces"]))
        differing.update(*(differences_of_class(home) for home in CLASSES))
    known = {*RECORD["reached"], *(name for name in CHANGED if "(" in name)}
    assert not set(CHANGED) - differing - known, "these are as in version 0.1, and need no entry in CHANGED"


# ----------------------------------------------------------------------------------------- the comparison itself


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("(x)", "(x, *, out=None)"),
        ("(x)", "(x, dim=None)"),
        ("(x)", "(x, *args, **kwargs)"),
        ("(x, *, a=1, b=2)", "(x, *, b=2, c=3, a=1)"),
        ("(x, /)", "(self, /)"),
        ("(*size)", "(*shape, dtype=None)"),
        ("class (a, b=1)", "class (a, b=1, c=2)"),
        ("class", "class (a, b=1)"),
        ("property", "property, can be set"),
        ("operator", "operator"),
        ("alias", "(x)"),
    ],
)
def test_what_was_added_is_no_difference(old: str, new: str) -> None:
    assert broken(old, new) is None


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        ("(x, y)", "(x)", "y is missing"),
        ("(x, y)", "(y, x)", "x is in another place"),
        ("(x, dim=0)", "(x, dim=1)", "the default of dim differs"),
        ("(x, dim=0)", "(x, dim)", "the default of dim differs"),
        ("(x, dim=0)", "(x, *, dim=0)", "dim is missing or of another kind"),
        ("(x, *, dim=0)", "(x, dim=0)", "dim is missing or of another kind"),
        ("(x, *, dim=0)", "(x)", "dim is missing or of another kind"),
        ("(x)", "(x, y)", "y has to be given"),
        ("(x)", "(x, *, y)", "y has to be given"),
        ("(x)", "(a=None, x=None)", "x is in another place"),
        ("(x)", "(x, /)", "positional only"),
        ("(*size)", "(first=None, *size)", "first takes an argument"),
        ("(*args, **kwargs)", "(*args)", "**kwargs is missing"),
        ("(*args, **kwargs)", "(**kwargs)", "*args is missing"),
        ("(x, y)", "(x, other)", "y is now called other"),
        ("class (a)", "class", "no signature"),
        ("class (a)", "(a)", "another kind"),
        ("static (a)", "(a)", "another kind"),
        ("property, can be set", "property", "another kind"),
        ("(x)", "property", "another kind"),
        ("constant 1", "constant 2", "the value differs"),
        ("module", "constant 2", "another kind"),
    ],
)
def test_what_breaks_a_call_is_a_difference(old: str, new: str, reason: str) -> None:
    assert reason in str(broken(old, new))


def test_a_parameter_may_have_another_name_if_the_old_one_still_does_the_same() -> None:
    def both(x: Any, *args: Any, **kwargs: Any) -> Any:
        (other,) = (*args, *kwargs.values())
        return x - other

    def only_new(x: Any, other: Any) -> Any:
        return x - other

    def ignored(x: Any, other: Any = 0, **kwargs: Any) -> Any:
        return x - other

    for bound in (False, True):
        old, new = ("(y)", "(other)") if bound else ("(x, y)", "(x, other)")
        assert broken(old, new, both, bound) is None
        assert "y is now called other" in str(broken(old, new, only_new, bound))
        assert "y is now called other" in str(broken(old, new, ignored, bound))
