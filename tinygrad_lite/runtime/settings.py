"""PyTorch's switches of the whole process. They can be set and asked for; here nothing depends on them."""

from __future__ import annotations

import warnings
from typing import Any

_precision = ["highest"]
_deterministic = [0]  # 0 not at all, 1 with warnings, 2 with errors
_warn_always = [False]


def _assert(condition: Any, message: str) -> None:
    """Raise an AssertionError with a message unless a condition holds, as `assert` does."""
    assert condition, message


def set_float32_matmul_precision(precision: str) -> None:
    """Say how exact products of float32 matrices are to be. They are always as exact as float32 allows.

    Args:
        precision: "highest", "high" or "medium"; of others there is a warning.

    Raises:
        TypeError: for no argument.

    >>> import tinygrad_lite as tl
    >>> tl.set_float32_matmul_precision("highest")
    >>> tl.get_float32_matmul_precision()
    'highest'
    """
    if precision not in ("highest", "high", "medium"):
        warnings.warn(
            f"{precision} is not one of 'highest', 'high', or 'medium'; the current setFloat32MatmulPrecision call has "
            "no effect.",
            UserWarning,
            stacklevel=2,
        )
        return
    _precision[0] = precision


def get_float32_matmul_precision() -> str:
    """Return what `set_float32_matmul_precision` was given last.

    >>> import tinygrad_lite as tl
    >>> tl.get_float32_matmul_precision()
    'highest'
    """
    return _precision[0]


def use_deterministic_algorithms(mode: bool, *, warn_only: bool = False) -> None:
    """Ask for the same results in every run. They are the same here always.

    Args:
        mode: whether they are to be.
        warn_only: whether a warning would be enough.

    Raises:
        TypeError: for no argument.

    >>> import tinygrad_lite as tl
    >>> tl.use_deterministic_algorithms(True)
    >>> tl.are_deterministic_algorithms_enabled()
    True
    >>> tl.use_deterministic_algorithms(False)
    """
    _deterministic[0] = (1 if warn_only else 2) if mode else 0


def are_deterministic_algorithms_enabled() -> bool:
    """Tell whether `use_deterministic_algorithms` was asked for. Results are the same in every run in any case.

    >>> import tinygrad_lite as tl
    >>> tl.are_deterministic_algorithms_enabled()
    False
    """
    return _deterministic[0] > 0


def is_deterministic_algorithms_warn_only_enabled() -> bool:
    """Tell whether warnings were to be enough.

    >>> import tinygrad_lite as tl
    >>> tl.is_deterministic_algorithms_warn_only_enabled()
    False
    """
    return _deterministic[0] == 1


def set_deterministic_debug_mode(debug_mode: int | str) -> None:
    """Ask for the same results in every run by a word or a number: "default" or 0, "warn" or 1, "error" or 2.

    Args:
        debug_mode: the word or the number.

    Raises:
        RuntimeError: for another.

    >>> import tinygrad_lite as tl
    >>> tl.set_deterministic_debug_mode("default")
    """
    words = ("default", "warn", "error")
    if debug_mode not in (*words, 0, 1, 2):
        raise RuntimeError(
            f"invalid value of debug_mode, expected `default`, `warn`, `error` or 0, 1, 2, but got {debug_mode}"
        )
    _deterministic[0] = words.index(debug_mode) if isinstance(debug_mode, str) else debug_mode


def get_deterministic_debug_mode() -> int:
    """0, 1 or 2: see `set_deterministic_debug_mode`.

    >>> import tinygrad_lite as tl
    >>> tl.get_deterministic_debug_mode()
    0
    """
    return _deterministic[0]


def set_warn_always(b: bool) -> None:
    """Say whether PyTorch is to repeat its warnings. Here Python's filters decide.

    Args:
        b: whether it is.

    Raises:
        TypeError: for no argument.

    >>> import tinygrad_lite as tl
    >>> tl.set_warn_always(False)
    """
    _warn_always[0] = bool(b)


def is_warn_always_enabled() -> bool:
    """Return what `set_warn_always` was given last.

    >>> import tinygrad_lite as tl
    >>> tl.is_warn_always_enabled()
    False
    """
    return _warn_always[0]


def set_flush_denormal(mode: bool) -> bool:
    """Ask for tiny numbers to be taken for 0. NumPy does not, so True cannot be had.

    Args:
        mode: whether they are to be.

    Returns:
        Whether it is now so.

    Raises:
        TypeError: for no argument.

    >>> import tinygrad_lite as tl
    >>> tl.set_flush_denormal(True), tl.set_flush_denormal(False)
    (False, True)
    """
    return not mode


def typename(obj: Any) -> str:
    """The name of the type of something, with its module; of a Tensor that of its dtype's type.

    Args:
        obj: anything.

    Raises:
        TypeError: for no argument.

    >>> import tinygrad_lite as tl
    >>> tl.typename(tl.ones(1)), tl.typename(tl.nn.Linear(1, 1)), tl.typename(3)
    ('torch.FloatTensor', 'tinygrad_lite.nn.Linear', 'int')
    """
    if hasattr(type(obj), "__primitive__"):
        return str(obj.type())
    kind = type(obj) if not hasattr(obj, "__qualname__") else obj
    module = getattr(kind, "__module__", "") or ""
    return kind.__qualname__ if module in ("builtins", "") else f"{module}.{kind.__qualname__}"
