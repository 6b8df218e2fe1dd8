"""The order of arguments that PyTorch had before its version 1.5, and still takes: `p.add_(-lr, grad)`.

A factor stood before what it multiplies. Optimizers of that time are written so. The present form is
`p.add_(grad, alpha=-lr)`.
"""

from __future__ import annotations

import warnings
from typing import Any

from ..core.primitive import Traced

_FACTOR_FIRST = {"add": ("alpha", 3), "sub": ("alpha", 3), "addcmul": ("value", 4), "addcdiv": ("value", 4)}
"""The functions of x, a factor and Tensors: the factor's keyword, and the number of arguments."""

_WEIGHTED = {"addmm", "addmv", "addr", "addbmm", "baddbmm"}
"""The functions that add a product: beta and alpha stood before what they multiply."""


def in_present_form(name: str, args: tuple[Any, ...], kwargs: dict[str, Any]) -> tuple[Any, dict[str, Any]] | None:
    """The arguments of a call in today's order, with a warning, if they are in the older one.

    >>> import warnings
    >>> import tinygrad_lite as tl
    >>> x = tl.ones(2)
    >>> with warnings.catch_warnings():
    ...     warnings.simplefilter("ignore")
    ...     tensors, named = in_present_form("add", (x, 3, x), {})
    >>> len(tensors), named
    (2, {'alpha': 3})
    """
    named: dict[str, Any] = {}
    if name in _FACTOR_FIRST:
        keyword, count = _FACTOR_FIRST[name]
        if len(args) != count or not _is_number(args[1]):
            return None
        tensors, named = (args[0], *args[2:]), {keyword: args[1]}
    elif name in _WEIGHTED and len(args) in (4, 5):
        # As a function (beta, x, ...), as a method (x, beta, ...), and then alpha, which may be left out.
        beta = next((i for i in (0, 1) if _is_number(args[i])), None)
        if beta is None:
            return None
        named["beta"] = args[beta]
        tensors = (args[1 - beta], *args[2:])
        if len(args) == 5:
            if not _is_number(args[2]):
                return None
            named["alpha"] = args[2]
            tensors = (args[1 - beta], *args[3:])
    else:
        return None
    if not all(isinstance(x, Traced) for x in tensors) or named.keys() & kwargs.keys():
        return None
    present = ", ".join(f"{key}={value}" for key, value in named.items())
    warnings.warn(
        f"This overload of {name} is deprecated. Put the factors behind the Tensors, by name: "
        f"{name}({'x, ' * (len(tensors) - 1)}x, {present})",
        stacklevel=4,
    )
    return tensors, {**kwargs, **named}


def _is_number(x: Any) -> bool:
    return isinstance(x, (int, float)) and not isinstance(x, bool)
