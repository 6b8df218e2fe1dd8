"""Short scripts that run under both libraries, and are to have the same outcome: result, class of error, warnings."""

from __future__ import annotations

import contextlib
import copy
import pickle
import re
import textwrap
import warnings
from collections import OrderedDict, UserDict, UserList, defaultdict, deque, namedtuple
from collections.abc import Callable
from typing import Any

import numpy as np

import tinygrad_lite as tl

from .answers import answer

Item = namedtuple("Item", "x y")
NAMES: dict[str, Any] = {
    "copy": copy, "pickle": pickle, "np": np, "Item": Item, "OrderedDict": OrderedDict, "UserDict": UserDict,
    "UserList": UserList, "defaultdict": defaultdict, "deque": deque,
}  # fmt: skip


def plain(x: Any) -> Any:
    """A result as Python's own values: Tensors with dtype and shape, objects as text without addresses."""
    if hasattr(x, "tolist") and hasattr(x, "requires_grad"):
        return [re.sub(r"dtype\('(\w+)'\)", r"\1", str(x.dtype)).split(".")[-1], list(x.shape), rounded(x.tolist())]
    if isinstance(x, (str, bytes, int, float, bool, type(None))):
        return rounded(x)
    if isinstance(x, (dict, UserDict)):
        return [type(x).__name__, {key: plain(value) for key, value in x.items()}]
    if isinstance(x, (list, tuple, deque, UserList)):
        return [type(x).__name__, *map(plain, x)]
    if hasattr(x, "named_parameters") or not callable(x):
        text = re.sub(r"0x\w+|\btorch\.[\w.]*\b|\btinygrad_lite\.[\w.]*\b", "", repr(x))
        return [type(x).__name__, re.sub(r"dtype=\w+", "", text)]
    return type(x).__name__


def rounded(x: Any) -> Any:
    """Floats to seven digits, and NaN as a text, which is equal to itself."""
    if isinstance(x, list):
        return [rounded(y) for y in x]
    if isinstance(x, float):
        return float(f"{x:.7g}") if x == x else "nan"
    return x


def outcome(script: str, T: Any, names: dict[str, Any]) -> Any:
    """What a script returns, or the class of its error; and the classes of the warnings.

    A script is an expression, or the body of a function.
    """
    body = textwrap.dedent(script).strip()
    with contextlib.suppress(SyntaxError):
        compile(body, "<script>", "eval")
        body = f"return {body}"
    space: dict[str, Any] = {**NAMES, **names, "T": T}
    exec("def script():\n" + textwrap.indent(body, "    "), space)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        T.manual_seed(0)
        try:
            found = plain(space["script"]())
        except Exception as error:
            found = type(error).__name__
    return found, [w.category.__name__ for w in caught]


def check(script: str, **names: Callable[..., Any]) -> None:
    """Check that a script has the same outcome under both libraries."""
    expected = answer(lambda torch: outcome(script, torch, names))
    assert outcome(script, tl, names) == expected
