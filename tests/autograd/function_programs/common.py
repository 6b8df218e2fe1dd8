"""What the programs are made of, and how their results are written down so that they can be compared.

A program is a function of a library, PyTorch or this one, that returns a list of what is to be compared: Tensors, numbers,
texts, errors that it has caught, and lists of these.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any

Program = Callable[[Any], list[Any]]
PROGRAMS: dict[str, Program] = {}


def program(run: Program) -> Program:
    """List a function as a program."""
    assert run.__name__ not in PROGRAMS
    PROGRAMS[run.__name__] = run
    return run


def function(T: Any, forward: Any, backward: Any, name: str = "MyFn", **attributes: Any) -> Any:
    """A Function with these static methods, and with other attributes."""
    attributes = {"forward": forward, "backward": backward, **attributes}
    members = {key: staticmethod(value) if callable(value) else value for key, value in attributes.items()}
    return type(name, (T.autograd.Function,), members)


def doubling(T: Any) -> Any:
    """A Function that doubles its argument in place."""

    def forward(ctx: Any, x: Any) -> Any:
        x.mul_(2)
        ctx.mark_dirty(x)
        return x

    return function(T, forward, lambda ctx, g: g * 2)


def identity(ctx: Any, x: Any) -> Any:
    """A forward that returns its argument."""
    return x


def module(T: Any, forward: Any) -> Any:
    """A module with this forward."""

    class Module(T.nn.Module):  # type: ignore[name-defined, misc]  # either library's
        def forward(self, *args: Any) -> Any:
            return forward(*args)

    return Module()


def leaf(T: Any, *values: float) -> Any:
    """A vector that requires a gradient."""
    return T.tensor([float(value) for value in values], requires_grad=True)


def weighted(T: Any, y: Any, *leaves: Any) -> list[Any]:
    """The gradients of 1 y₀ + 10 y₁ + 100 y₂ + … by the leaves."""
    weights = T.tensor([10.0**i for i in range(y.numel())]).reshape(y.shape)
    (y * weights).sum().backward()
    return [x.grad for x in leaves]


def lists(gradients: Any) -> list[Any]:
    """Gradients as nested lists; None where there is none."""
    return [None if g is None else g.tolist() for g in gradients]


def attempt(run: Callable[[], Any]) -> Any:
    """What a function returns, or the class and the first line of the error that it raises."""
    try:
        return run()
    except Exception as error:
        return {"error": type(error).__name__, "says": str(error).split("\n")[0]}


def described(T: Any, value: Any) -> Any:
    """A result as JSON can hold it."""
    if isinstance(value, T.Tensor):
        dtype = str(value.dtype).rpartition(".")[2]
        place = attempt(lambda: [bool(value.requires_grad), bool(value.is_leaf)])
        return [dtype, value.detach().tolist(), place]
    if isinstance(value, (list, tuple)):
        return [described(T, item) for item in value]
    return value


def run(T: Any, name: str) -> Any:
    """The results of a program under a library."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return described(T, PROGRAMS[name](T))


def words(text: str) -> list[str]:
    """The words without the signs around them, because ours may go on where PyTorch's sentence ends."""
    return [word.strip(".:;,()") for word in text.split()]


def agree(a: Any, b: Any) -> bool:
    """Tell whether PyTorch's results and others are the same: numbers to rounding, errors in their class and their first fifteen words."""
    if isinstance(a, list) and isinstance(b, list):
        return len(a) == len(b) and all(map(agree, a, b))
    if isinstance(a, dict) and isinstance(b, dict):
        said, phrase = words(b["says"]), words(a["says"])[:15]
        return a["error"] == b["error"] and said[: len(phrase)] == phrase
    if isinstance(a, float) and isinstance(b, float):
        return abs(a - b) <= 1e-6 * max(1, abs(a)) or (a != a and b != b)
    return type(a) is type(b) and a == b
