"""Running a check on drawn inputs, and printing the smallest input that fails as code. All checks share this."""

from __future__ import annotations

import re
import warnings
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import numpy as np
from hypothesis import HealthCheck, Phase, Verbosity, given, settings
from hypothesis import strategies as st

from ..autograd.gradient_checking import GradcheckError
from ..core.primitive import Array
from ..tensors.tensor import Tensor


def run_on_drawn(
    test: Callable[..., None], arguments: Sequence[Any], max_examples: int | None, names: Sequence[str] = ()
) -> None:
    """Run a test on drawn arguments. An argument that is no strategy is passed as it is.

    With `names`, each argument is printed as a variable of that name; otherwise they are one tuple, `inputs`.
    """
    strategies = [x if isinstance(x, st.SearchStrategy) else st.just(x) for x in arguments]
    quiet = settings(
        deadline=None,
        database=None,
        suppress_health_check=list(HealthCheck),
        phases=(Phase.generate, Phase.shrink),
        report_multiple_bugs=False,
        verbosity=Verbosity.quiet,  # the note has the input
        max_examples=max_examples or settings().max_examples,
    )

    def run(drawn: tuple[Any, ...]) -> None:
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", message="gradcheck: the gradient is 0")  # as it is for some inputs
            try:
                test(*drawn)
            except GradcheckError:  # which is raised again with a full report
                raise
            except Exception as error:
                error.add_note(as_code(drawn, names))
                raise

    if any(isinstance(x, st.SearchStrategy) for x in arguments):
        quiet(given(st.tuples(*strategies))(run))()
    else:
        run(tuple(arguments))


def as_code(drawn: Sequence[Any], names: Sequence[str] = ()) -> str:
    """The input that fails, as code to be pasted."""
    values = zip(names, drawn, strict=True) if names else [("inputs", tuple(drawn))]
    lines = [f"    {name} = {_literal(x)}" for name, x in values]
    return "\n".join(["the smallest input that was found to fail:", *lines])


def _literal(x: Any) -> str:
    if isinstance(x, (list, tuple)):
        inside = ", ".join(map(_literal, x))
        return f"[{inside}]" if isinstance(x, list) else f"({inside}{',' if len(x) == 1 else ''})"
    if isinstance(x, np.ndarray):
        return f"np.array({_nested(x)}, dtype=np.{x.dtype})"
    if not isinstance(x, Tensor):
        return repr(x)
    empty = f".reshape({tuple(x.shape)})" if not x._data.size else ""
    grad = ", requires_grad=True" if x.requires_grad else ""
    if empty and grad:
        return f"tl.zeros({tuple(x.shape)}, dtype=tl.{x.dtype}{grad})"
    return f"tl.tensor({_nested(x._data)}, dtype=tl.{x.dtype}{grad}){empty}"


def _nested(x: Array) -> str:
    """The values as nested lists; NaN and infinity by names that Python knows."""
    text = repr(x.tolist())
    return re.sub(r"\b(nan|inf)\b", r'float("\1")', text)


def check_maker(name: str, make: Any, mark: str, example: str) -> None:
    """Raise where a made object is given instead of the function that makes it."""
    if not callable(make) or (hasattr(make, mark) and not isinstance(make, type)):
        raise TypeError(
            f"{name}: the first argument must be a function that makes a new one each time, not an object of type "
            f"{type(make).__name__}: {name}(lambda{example}, ...)"
        )


# ------------------------------------------------------------------------------------- state that is not saved


def differing_attributes(x: Any, y: Any, saved: Iterable[str]) -> list[str]:
    """The attributes of two objects of one class that are not equal, in words; without those that are `saved`."""
    return [
        f"self.{name} {f'is {a!r} in one and {b!r} in the other' if _is_number(a) and _is_number(b) else 'differs'}"
        for name, a in vars(x).items()
        if name not in saved and _comparable(a) != _comparable(b := vars(y).get(name))
    ]


def _comparable(x: Any) -> Any:
    """Something that is equal where two values are; for what is not plain data, what is always equal."""
    if isinstance(x, (Tensor, np.ndarray)):
        data = x._data if isinstance(x, Tensor) else x
        return data.shape, str(data.dtype), data.tobytes()
    if isinstance(x, dict):
        return {repr(key): _comparable(value) for key, value in x.items()}
    if isinstance(x, (list, tuple)):
        return [_comparable(value) for value in x]
    return x if isinstance(x, (bool, int, float, complex, str, bytes, type(None))) else ...


def _is_number(x: Any) -> bool:
    return isinstance(x, (int, float, type(None)))
