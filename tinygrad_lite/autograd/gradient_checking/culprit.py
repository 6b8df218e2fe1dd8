"""The culprits: each operation is checked by itself, on the arguments that it had, for whether its derivative is wrong.

Where each is right by itself, the graph is not: it was cut somewhere (`connections`).
"""

from __future__ import annotations

import functools
import linecache
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np

from ...core.tensor import wrap
from ...insight.anomaly import Anomaly, AnomalyError
from ...insight.sites import PACKAGE, Layers, Site, shortest
from ...tensors.observation import observed_by
from ...tensors.tensor import Tensor
from .comparison import Comparison
from .connections import ELSEWHERE, reachable, wrong_connections
from .fast_mode import compare_all
from .hints import SURROGATE, add_hints
from .isolated_copy import FunctionFailed, IsolatedCopy, input_names
from .report import Culprit, Report
from .settings import Settings
from .trace import Applied, Trace, recorded

MOST_SUSPECTS = 300
"""So many operations of one graph are checked by themselves."""
MOST_ALIKE = 3
"""So many applications of one Function are checked by themselves."""
SMALL = 256
"""An argument of no more elements is compared element by element, but in fast mode."""


def explain(report: Report, comparison: Comparison, settings: Settings, layers: Layers) -> bool:
    """Find the operations, the cuts or the hook that make the gradient wrong, and add them to the report.

    Returns:
        Whether they are the reason, so that none needs to be looked for in the numbers.
    """
    not_finite = any(entry.verdict == "non-finite" for entry in report.entries.values())
    if not_finite and (first := first_not_finite(comparison)) is not None:
        report.remarks.append(first)
    trace = Trace(layers, surrogates=comparison.isolated.surrogates)
    try:
        with recorded(trace), trace.in_place():
            outputs = comparison.isolated.run()
    except FunctionFailed:
        return False
    report.culprits.extend(_culprits(trace, outputs, comparison, settings))
    found: list[str] = []
    if any(entry.verdict in ("wrong", "missing") for entry in report.entries.values()):
        found = list(wrong_connections(report, comparison, trace, outputs))
        report.remarks.extend(found)
    unconnected = all(entry or entry.verdict == "missing" for entry in report.entries.values())
    named = bool(found) and (found[-1] != ELSEWHERE or unconnected)
    own = list(report.entries.values())  # in which hints have been looked for, if one of them is the culprit's
    return named or any(culprit.entry.hints or any(culprit.entry is e for e in own) for culprit in report.culprits)


def _culprits(trace: Trace, outputs: list[Tensor], comparison: Comparison, settings: Settings) -> Iterator[Culprit]:
    """The operations whose own derivative is wrong: Functions, which users write, or else primitives."""
    surrogates, nodes = comparison.isolated.surrogates, reachable(outputs)
    suspects = sorted(((node.number, each) for node, each in trace.made.items() if node in nodes), key=_newest_first)
    if len(suspects) == 1 and surrogates is None and _is_whole(suspects[0][1], comparison, trace):
        yield from _named(suspects[0][1], comparison)
        return
    found = False
    for functions in (True, False):
        tried: dict[Any, int] = {}
        for _, applied in suspects[:MOST_SUSPECTS]:
            if is_function(applied.operation) is not functions:
                continue
            if surrogates is not None and applied.operation in surrogates:
                continue
            key = applied.operation if functions else (applied.operation, applied.site, applied.shapes)
            if tried.get(key, 0) >= (MOST_ALIKE if functions else 1):
                continue
            tried[key] = tried.get(key, 0) + 1
            for culprit in _checked_by_itself(applied, settings):
                found = True
                tried[key] = MOST_ALIKE
                yield culprit
        if found:
            return


def _is_whole(applied: Applied, comparison: Comparison, trace: Trace) -> bool:
    """Return True if a Function is all that is checked, so that it has been checked by itself already."""
    leaves = list(comparison.isolated.leaves.values())
    given = [x for x in applied.args if isinstance(x, Tensor) and x._history() is not None]
    whole = len(given) == len(leaves) and all(x is leaf for x, leaf in zip(given, leaves, strict=True))
    return whole and is_function(applied.operation) and comparison.run.complete and not trace.cuts


def _newest_first(pair: tuple[int, Applied]) -> int:
    return -pair[0]


def is_function(operation: Any) -> bool:
    """Return True if an operation is a Function, and not a primitive."""
    return isinstance(operation, type)


def _checked_by_itself(applied: Applied, settings: Settings) -> Iterator[Culprit]:
    """The operation, if its own derivative is wrong where it was applied."""
    args = list(applied.args)
    names = _argument_names(applied, len(args))
    leaves: dict[str, Tensor] = {}
    for i, x in enumerate(args):
        if isinstance(x, Tensor) and x._history() is not None:
            leaves[names[i]] = args[i] = wrap(x._data.copy()).requires_grad_()
    function = is_function(applied.operation)
    isolated = IsolatedCopy(leaves, lambda: (applied.operation.apply if function else applied.operation)(*args))
    tensors = {name: x for name, x in zip(names, args, strict=True) if isinstance(x, Tensor)}
    isolated.constants = {name: x._data for name, x in tensors.items() if name not in leaves}
    small = settings.small if settings.fast else SMALL
    settings = replace(settings, fast=True, check_undefined_grad=False, explain=False, small=small)
    try:
        own = compare_all(isolated, settings)
    except Exception:  # it cannot be run by itself
        return
    yield from _named(applied, own)


def _named(applied: Applied, own: Comparison) -> Iterator[Culprit]:
    """The operation, if its check has found it wrong, with hints."""
    wrong = [entry for entry in own.entries.values() if not entry or entry.verdict == "suspicious"]
    if not wrong or wrong[0].verdict == "non-finite":
        return
    add_hints(own)
    for entry in wrong:
        if entry.detail and not entry.hints:
            entry.hints.append(entry.detail)
    if not is_function(applied.operation):
        yield Culprit(applied.operation.name, wrong[0], None, applied.site)
        return
    name = applied.operation.__name__
    wrong[0].hints[:] = [hint.replace(SURROGATE.format("…"), SURROGATE.format(name)) for hint in wrong[0].hints]
    yield Culprit(f"{name}.backward", wrong[0], _definition(applied.operation), applied.site)


def _argument_names(applied: Applied, count: int) -> list[str]:
    if is_function(applied.operation):
        return input_names(applied.operation, count)
    names = list(applied.operation.names)
    return [*names, *(f"{names[-1]}[{i}]" for i in range(count - len(names)))][:count]


# ------------------------------------------------------------------------------------------ where it is written


def _definition(function: Any) -> Site | None:
    """The line where the backward of a Function is written."""
    try:
        backward = _undecorated(function._derivative())
    except RuntimeError:
        return None
    code = getattr(backward, "__code__", None)
    if code is None:
        return None
    line = code.co_firstlineno  # with decorators the line of the first of them
    lines = linecache.getlines(code.co_filename)
    if code.co_name != "<lambda>":
        definitions = (i for i in range(line, len(lines) + 1) if lines[i - 1].lstrip().startswith("def "))
        line = next(definitions, line)
    return Site(shortest(code.co_filename), line, linecache.getline(code.co_filename, line).strip())


def _undecorated(function: Any) -> Any:
    """The function that a user wrote, inside of decorators, `partial` and methods."""
    for _ in range(20):
        if isinstance(function, functools.partial):
            function = function.func
        elif hasattr(function, "__wrapped__"):
            function = function.__wrapped__
        elif hasattr(function, "__func__"):
            function = function.__func__
        elif not hasattr(function, "__code__"):  # an object with a method __call__
            function = getattr(type(function), "__call__", None)  # noqa: B004  # its code is looked at
            if not hasattr(function, "__code__"):
                return function
        elif function.__code__.co_filename.startswith(PACKAGE):  # a decorator of this library
            inside = [cell.cell_contents for cell in function.__closure__ or () if callable(cell.cell_contents)]
            if not inside:
                return function
            function = inside[0]
        else:
            return function
    return function


# ------------------------------------------------------------------------------------------- what is not finite


def first_not_finite(comparison: Comparison) -> str | None:
    """The message of anomaly mode about the first operation that makes NaN or infinity of finite numbers."""
    isolated, run = comparison.isolated, comparison.run
    try:
        if run.complete and not np.any(np.isnan(run.f0)):  # else forward began it
            with observed_by(Anomaly(check_nan=False)):  # which line called what
                outputs = isolated.run()
            with observed_by(Anomaly()):
                run.derive(outputs=outputs)
        with observed_by(Anomaly()):
            isolated.run()
    except AnomalyError as error:
        return str(error)
    except FunctionFailed as failure:
        return str(failure.error) if isinstance(failure.error, AnomalyError) else None
    except Exception:
        return None
    return None
