"""Random programs: written, run with one library, and compared with how the other one runs them."""

from __future__ import annotations

import builtins
import random
import re
from dataclasses import dataclass, field
from types import CodeType
from typing import Any

import numpy as np

from .statements import PRELUDE, Grammar

Lines = list[str]
LARGEST = 200  # elements of a variable; what is larger is not built upon
MORE_REFUSED = (
    "modified by an inplace operation",
    "function that returns multiple views",
    "refer to a single memory location",
    "INTERNAL ASSERT",
    "ZeroTensors are immutable",
    "'NoneType'",
    "not implemented for '",
    "with a bool tensor is not supported",
    "A view was created in no_grad mode",
    "dtypes match",
    "bool dtypes",
    "expected dtype",
    "Found dtype",
    "should have the same dtype",
    "can have only 1 value",
)
"""Errors of PyTorch that this library need not raise: it saves less, reads what an operation in place needs before it
writes, has no expanded gradients, and mixes some dtypes."""
REFUSED_HERE = (
    "refers to a single memory location",
    "belongs to a read-only array",
    "not implemented for bool",
    "a leaf Variable that requires grad is being used",
    "dtypes match",
    "saved an array of shape (0",
    "hardtanh() saved",  # the result, where PyTorch saves the input
    "cross_entropy() saved",  # the input, where PyTorch saves the result of log_softmax
    "linear() saved",  # also an input of which no derivative is needed
    "matmul() saved",  # what was broadcast, of which PyTorch saves a copy
    "lerp() has already freed",
    "getitem() has already freed",  # the index, in repeat_interleave
    "tensor of dimension 0",
    "must have the same number of dimensions",
)
"""Errors of this library where PyTorch may raise another one, or none."""
TOLERANCE = {"float64": 1e-9, "float32": 3e-4, "float()": 3e-4, "float16": 2e-2, "half()": 2e-2}
_ASSIGNED = re.compile(r"^(?:with [^:]+: )?\(?((?:v\d+,? ?)+)\)? = ")


UNKNOWN = object()


@dataclass
class Variable:
    """What is to be seen of a variable in the end."""

    value: Any
    dtype: str
    shape: tuple[int, ...]
    strides: tuple[int, ...]
    requires_grad: bool
    is_leaf: bool
    changed: bool
    grad: Any
    is_view: bool


@dataclass
class Outcome:
    """How a program ran: the class of the error of each line, or None; the variables; what hooks saw."""

    errors: list[str | None] = field(default_factory=list)
    messages: list[str] = field(default_factory=list)
    variables: dict[str, Any] = field(default_factory=dict)
    seen: list[Any] = field(default_factory=list)
    leaves: dict[str, Any] = field(default_factory=dict)


_NAMESPACES: dict[str, dict[str, Any]] = {}
_CODE: dict[str, CodeType] = {}


def namespace(T: Any) -> dict[str, Any]:
    """The names that a program begins with."""
    if T.__name__ not in _NAMESPACES:
        made: dict[str, Any] = {"T": T}
        exec(PRELUDE, made)
        _NAMESPACES[T.__name__] = made
    return {**_NAMESPACES[T.__name__], "seen": []}


def step(line: str, names: dict[str, Any]) -> tuple[str | None, str]:
    """Run one line. The class of the error, as a class of Python's, or None; and its text."""
    code = _CODE.get(line)
    if code is None:
        if len(_CODE) > 5000:
            _CODE.clear()
        code = _CODE[line] = compile(line, "program", "exec")
    try:
        exec(code, names)
    except Exception as error:
        own = next(c for c in type(error).__mro__ if getattr(builtins, c.__name__, None) is c)
        return own.__name__, str(error)
    return None, ""


def write(seed: int, length: int, smooth: bool = False) -> Lines:
    """The program of a seed. It is run with this library as it is written."""
    import tinygrad_lite as T

    rng = random.Random(seed)
    names = namespace(T)
    env: dict[str, Any] = {}
    grammar = Grammar(rng, env, smooth)
    lines: Lines = []
    with np.errstate(all="ignore"):
        while len(lines) < length:
            count = grammar.count
            line = grammar.line()
            error, message = step(line, names)
            absent = "this library does not" in message  # an issue of its own
            if error is not None and (absent or rng.random() < (0.95 if smooth else 0.6)):
                grammar.count = count
                continue
            lines.append(line)
            variables(names, env, T)
    return lines


def variables(names: dict[str, Any], env: dict[str, Any], T: Any) -> None:
    """Put the Tensors among the names into `env`, those of moderate size."""
    for name in [n for n in names if n[0] == "v" and n[1:].isdigit()]:
        x = names[name]
        if isinstance(x, T.Tensor) and x.numel() <= LARGEST:
            env[name] = x
        else:
            env.pop(name, None)


def run(T: Any, lines: Lines, moved: dict[str, Any] | None = None) -> Outcome:
    """Run a program. Leaves named in `moved` begin with those values instead of their own."""
    names, outcome = namespace(T), Outcome()
    for line in lines:
        error, message = step(line, names)
        outcome.errors.append(error)
        outcome.messages.append(message)
        name, _, value = line.partition(" = ")
        if (
            name in names
            and value.startswith("T.tensor(")
            and value.endswith("requires_grad=True)")
            and name not in outcome.leaves
        ):
            if moved:
                names[name] = T.tensor(moved[name], requires_grad=True)
            outcome.leaves[name] = names[name]
    outcome.seen = names["seen"]
    outcome.variables = {n: x for n, x in names.items() if n[0] == "v" and n[1:].isdigit()}
    return outcome


def described(x: Any) -> Any:
    """A variable as plain data."""
    if not hasattr(x, "requires_grad"):
        return x
    try:
        grad = x.grad if x.is_leaf or x.retains_grad else None
    except RuntimeError:  # PyTorch's, for one of several views whose base has changed
        return UNKNOWN
    is_view = bool(getattr(x, "_is_view", lambda: False)())
    return Variable(
        x.detach().numpy(force=True), str(x.dtype).removeprefix("torch."), tuple(x.shape), tuple(x.stride()), x.requires_grad,
        x.is_leaf, x._version > 0 and x.numel() > 0, None if grad is None else described_grad(grad), is_view,
    )  # fmt: skip


def described_grad(g: Any) -> Any:
    return g.detach().numpy(force=True), str(g.dtype).removeprefix("torch.")


def differing(expected: Any, found: Any, scale: float, tolerance: float) -> bool:
    """Return True if two arrays differ by more than rounding, beside numbers as large as `scale`."""
    if expected.shape != found.shape or expected.dtype != found.dtype:
        return True
    if expected.dtype.kind != "f":
        return not np.array_equal(expected, found)
    if scale > 1e12:
        return False
    with np.errstate(all="ignore"):
        return not np.allclose(found, expected, rtol=tolerance, atol=tolerance * max(scale, 1), equal_nan=True)


def difference(lines: Lines, theirs: Outcome, ours: Outcome) -> tuple[str, str] | None:
    """The first difference between two runs of a program: its kind, and a sentence. None if there is none."""
    for line, expected, found, text, said in zip(
        lines, theirs.errors, ours.errors, theirs.messages, ours.messages, strict=True
    ):
        if expected != found and (_refused(MORE_REFUSED, text) or _refused(REFUSED_HERE, said)):
            return None  # from here on the programs differ rightly
        if found is None and (
            ("not to have been used" in text and any("no_grad" in other for other in lines))
            or ("requires_grad=False" in text and any("create_graph" in other for other in lines))
            or ("does not require grad" in text and any("create_graph" in other for other in lines))
        ):
            return None  # see `moved` and `kinds` below
        if "a second time" in text and any("inputs=" in other or ".grad(" in other for other in lines):
            return None  # PyTorch frees more than it went through
        if expected != found:
            a, b = (f"{e}: {m[:150]}" if e else "no error" for e, m in ((expected, text), (found, said)))
            saved = re.search(r"(\w+)\(\) saved", said)
            kind = f"error {expected} / {found}" + (f", {saved[1]} saved" if saved else "")
            return kind, f"{line}\n    PyTorch: {a}\n    here:    {b}"
    them, us = ({n: described(x) for n, x in o.variables.items()} for o in (theirs, ours))
    scale, dtypes = 1.0, {a.dtype for a in them.values() if isinstance(a, Variable)}
    dtypes |= {dtype for dtype in ("float32", "float()", "half()") if any(dtype in line for line in lines)}
    tolerance = max(TOLERANCE.get(dtype, 0.0) for dtype in {"float64", *dtypes})
    for a in them.values():
        for array in (a.value, a.grad and a.grad[0]) if isinstance(a, Variable) else ():
            if array is not None and array.dtype.kind == "f" and array.size:
                with np.errstate(all="ignore"):
                    scale = max(scale, float(np.max(np.abs(array), initial=0, where=np.isfinite(array))))
    text = "\n".join(lines)
    kinds = ["dtype", "shape", "requires_grad", "is_leaf"]
    if "create_graph" in text:  # some gradients of PyTorch's have a history although it leads nowhere, and some of ours
        kinds = ["dtype", "shape"]
    # Where memory that a view shares is written in no_grad, PyTorch makes the view's node anew, without the hooks.
    # With `inputs`, it also tells the hooks of the root. And a hook that was there before its Tensor changed is lost.
    hooked = "hook" in text or "retain_grad" in text
    moved = hooked and (
        "no_grad" in text or "inputs=" in text or re.search(r"\w_\(|\] [-+*]?= |[-+*]= ", text) is not None
    )
    laid_out_alike = all(
        _strides(a) == _strides(us[n]) for n, a in them.items() if isinstance(a, Variable) and not a.is_view and n in us
    )
    failed = any(e and ("backward(" in text or ".grad(" in text) for e, text in zip(theirs.errors, lines, strict=True))
    if them.keys() != us.keys():
        return "variables", f"{sorted(them)} and {sorted(us)}"
    for name, a in them.items():
        b = us[name]
        if a is UNKNOWN or b is UNKNOWN:
            continue
        if not isinstance(a, Variable) or not isinstance(b, Variable):
            if type(a) is not type(b) or (isinstance(a, (int, str)) and a != b):
                return "a value of Python", f"{name}: {a!r:.80} and {b!r:.80}"
            continue
        for kind in kinds:
            if getattr(a, kind) != getattr(b, kind) and (kind != "is_leaf" or a.value.size):
                return kind, f"{name}.{kind}: {getattr(a, kind)} in PyTorch, {getattr(b, kind)} here"
        if a.is_view and laid_out_alike and _strides(a) != _strides(b):
            return "strides", f"{name}: {a.strides} in PyTorch, {b.strides} here"
        if differing(a.value, b.value, scale, tolerance):
            return "value", f"{name}: {a.value.tolist()} in PyTorch, {b.value.tolist()} here"
        if b.changed and not a.changed:
            return "version", f"{name} has been changed here, and not in PyTorch"
        if failed or moved:  # which gradients had arrived before the error is a matter of the order
            continue
        if (a.grad is None) != (b.grad is None):
            return "grad or None", f"{name}.grad: {a.grad} in PyTorch, {b.grad} here"
        if a.grad is not None:
            if a.grad[1] != b.grad[1]:
                return "grad's dtype", f"{name}.grad: {a.grad} in PyTorch, {b.grad} here"
            if differing(a.grad[0], b.grad[0], scale, tolerance):
                return "grad", f"{name}.grad: {a.grad[0].tolist()} in PyTorch, {b.grad[0].tolist()} here"
    if moved or failed:
        return None
    if len(theirs.seen) != len(ours.seen):
        return "hooks", f"hooks saw {theirs.seen} in PyTorch, {ours.seen} here"
    for x, y in zip(theirs.seen, ours.seen, strict=True):
        if np.shape(x) != np.shape(y) or differing(np.asarray(x, float), np.asarray(y, float), scale, 1e-3):
            return "hooks", f"a hook saw {x} in PyTorch, {y} here"
    return None


def _refused(refusals: tuple[str, ...], message: str) -> bool:
    return any(refusal in message for refusal in refusals)


def _strides(x: Variable) -> list[int]:
    """The strides that matter."""
    return [step for n, step in zip(x.shape, x.strides, strict=True) if n > 1 and x.value.size]


# Every program ends with these: a first and a second backward pass to all that requires a gradient.
def closed(lines: Lines, last: int) -> Lines:
    """A program with a loss of its last variables, and the backward pass from it."""
    names = list(dict.fromkeys(n for line in lines for n in re.findall(r"v\d+", line)))[-last:]
    ends = [f"({n} * {n}).sum().backward(retain_graph=True)" for n in names]
    return [*lines, *ends]
