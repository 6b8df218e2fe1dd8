"""The options of update rules: which values they may have, and how a rule reads them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from ...tensors.tensor import Tensor

Group = dict[str, Any]
"""A group of parameters: the list of them under "params", and each option under its name."""


class _RequiredParameter:
    """The default of an option that every group must give a value for."""

    def __repr__(self) -> str:
        return "<required parameter>"


required = _RequiredParameter()


class Range(NamedTuple):
    """The values that an option may have, in words and as a test."""

    words: str
    allows: Callable[[float], bool]


ANY = Range("a number", lambda value: True)
NOT_NEGATIVE = Range("at least 0", lambda value: value >= 0)
FROM_0_TO_1 = Range("between 0 and 1", lambda value: 0 <= value <= 1)
BELOW_1 = Range("at least 0 and below 1", lambda value: 0 <= value < 1)

# An option has the same range in every rule.
RANGES = {
    "lr": NOT_NEGATIVE,
    "lr_decay": NOT_NEGATIVE,
    "lambd": ANY,
    "t0": ANY,
    "momentum": NOT_NEGATIVE,
    "momentum_decay": NOT_NEGATIVE,
    "dampening": ANY,
    "betas": BELOW_1,
    "alpha": NOT_NEGATIVE,
    "rho": FROM_0_TO_1,
    "eps": NOT_NEGATIVE,
    "weight_decay": NOT_NEGATIVE,
    "l1_decay": NOT_NEGATIVE,
    "initial_accumulator_value": NOT_NEGATIVE,
    "max_iter": ANY,
    "history_size": ANY,
    "tolerance_grad": ANY,
    "tolerance_change": ANY,
}

# The words that PyTorch's messages use for an option; for the others it is "Invalid momentum value: -1".
LABELS = {"lr": "learning rate", "eps": "epsilon value"}


def checked_options(arguments: dict[str, Any], *first: str) -> Group:
    """The options among the arguments of a rule's constructor, once each is known to make sense.

    Args:
        arguments: `locals()`, at the beginning of the constructor.
        first: the options that come first in `param_groups`; the others follow as in the signature. PyTorch's order
            is not always that of its signatures.

    Raises:
        ValueError: if an option is out of range.
        TypeError: if an option is not a number.
        RuntimeError: for `fused` together with `foreach` or `differentiable`.
    """
    given = {name: value for name, value in arguments.items() if name not in ("self", "params", "__class__")}
    options = {name: given[name] for name in (*first, *given)}
    if "betas" in options:
        options["betas"] = _checked_betas(options["betas"])
    for name, limits in RANGES.items():
        if name in options and name != "betas" and not limits.allows(number(name, options[name])):
            raise ValueError(f"Invalid {_label(name)}: {options[name]}; {name} must be {limits.words}")
    if options.get("fused") and options.get("differentiable"):
        raise RuntimeError("`fused` does not support `differentiable`")
    if options.get("fused") and options.get("foreach"):
        raise RuntimeError("`fused` and `foreach` cannot be `True` together.")
    return options


def check_numbers(group: Group) -> None:
    """Raise a TypeError if a group gives something else for an option that should be a number."""
    for name in group.keys() & RANGES.keys():
        for value in group[name] if isinstance(group[name], tuple | list) else [group[name]]:
            if value is not None or not isinstance(group[name], tuple):  # a part that is None has a default
                number(name, value)


def number(name: str, value: Any) -> float:
    """An option as a plain float, from a number of Python or NumPy or a Tensor with one element."""
    kind = type(value)
    if kind is float or kind is int:
        return float(value)
    if isinstance(value, Tensor) and value.numel() != 1:
        raise ValueError(f"Tensor {name} must be 1-element, but got one of shape {list(value.shape)}")
    if isinstance(value, np.ndarray) and value.size == 1:
        value = value.item()
    if not isinstance(value, str | bytes):  # float("0.1") is a number
        try:
            return float(value)
        except (TypeError, ValueError):
            pass
    raise TypeError(f"Invalid {_label(name)}: {value!r}; {name} must be a number, but got {type(value).__name__}")


def option(group: Group, name: str, default: Any = 0) -> Any:
    """An option as a plain float; in steps that are recorded a Tensor with a gradient stays one."""
    return _number_or_tensor(group, name, group.get(name, default))


def _number_or_tensor(group: Group, name: str, value: Any) -> Any:
    if isinstance(value, Tensor) and value.requires_grad and group.get("differentiable"):
        number(name, value)  # one element
        return value if value.ndim == 0 else value.reshape(())
    return number(name, value)


def numbers(group: Group, *names: str) -> list[float]:
    """Options of a group as plain floats, those of `betas` one after the other.

    Plain floats keep float32 arrays in float32, which a number of NumPy's or a Tensor might not. With
    `differentiable=True`, Tensors that require a gradient stay Tensors.
    """
    values: list[float] = []
    for name in names:
        value = group[name]
        if group.get("differentiable"):
            values += [_number_or_tensor(group, name, x) for x in (value if name == "betas" else [value])]
        elif name == "betas":
            values += _pair(value)
        elif type(value) is float:
            values.append(value)
        else:
            values.append(number(name, value))
    return values


def _checked_betas(betas: Any) -> tuple[Any, ...]:
    pair = _pair(betas)
    for i, beta in enumerate(pair):
        if not BELOW_1.allows(beta):
            raise ValueError(f"Invalid beta parameter at index {i}: {beta}; it must be {BELOW_1.words}")
    learned = [isinstance(beta, Tensor) and beta.requires_grad for beta in betas]
    return tuple(given if keep else beta for given, beta, keep in zip(betas, pair, learned, strict=True))


def _pair(betas: Any) -> list[float]:
    """The two numbers of `betas`."""
    if type(betas) is tuple and len(betas) == 2 and type(betas[0]) is float is type(betas[1]):
        return list(betas)
    if not isinstance(betas, tuple | list):
        raise TypeError(
            f"'{type(betas).__name__}' object is not subscriptable: betas must be two numbers, as in "
            f"betas=(0.9, 0.999), but got {betas!r}"
        )
    if len(betas) < 2:
        raise IndexError(f"tuple index out of range: betas must be two numbers, but got {betas!r}")
    if len(betas) > 2:
        raise ValueError(f"too many values to unpack (expected 2): betas must be two numbers, but got {betas!r}")
    return [number("betas", beta) for beta in betas]


def _label(name: str) -> str:
    return LABELS.get(name, f"{name} value")
