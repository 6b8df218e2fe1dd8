"""Reading the table with symbols: what a recorded call computes, as nodes.

Nothing is written down here that the table says: the definitions of primitives, the rules of their derivatives, and
the kernels of fused operations are run on symbols. In the text that is run, the names of NumPy and of the functions
that sum accurately stand for their symbolic counterparts.
"""

from __future__ import annotations

import functools
import math
import operator
from collections.abc import Callable, Iterable
from types import FunctionType, ModuleType
from typing import Any

import numpy as np

from ...core.primitive import REGISTRY, Fused, Primitive
from ...ops.kernels import attention, erf, gates, normalization, recurrent, selection, summation
from ...ops.pieces import add_at
from ..codegen import values_in
from ..tracer import Call
from .loop_forms import (
    added_in_rows,
    added_rows,
    chosen_in_rows,
    cross_entropy_rows,
    gathered_rows,
    largest_in_windows,
    shifted_rows,
)
from .nodes import Node, Untakeable, number_text
from .scans import scan
from .symbolic_numpy import SymbolicNumPy
from .symbols import CALLS, FAST, UNFOLD, Symbol, choice, element, full, mapped, reduced

Function = Callable[..., Any]


# ------------------------------------------------------------------------------------------ text, run on symbols


def _sum_to(x: Symbol, shape: tuple[int, ...]) -> Symbol:
    lead = x.ndim - len(shape)
    stretched = [i for i, n in enumerate(shape, start=lead) if n == 1 and x.shape[i] != 1]
    return reduced("sum", x, (*range(lead), *stretched), True).reshape(shape)


def _sum_over(x: Any, dim: Any = None, keepdim: bool = False) -> Any:
    return reduced("sum", x, dim, keepdim) if isinstance(x, Symbol) else summation.sum_over(x, dim, keepdim)


def _in_float64_or_not(kernel: Function, x: Symbol, single: bool) -> Any:
    return kernel(x.astype(np.float32 if single and x.dtype == np.float32 else np.float64)).astype(x.dtype)


def _loop_form(
    function: Function, settings: tuple[Any, ...], operands: Iterable[Symbol], shape: Any, dtype: Any = None
) -> Symbol:
    """The one array, of the first operand's dtype if none is said, that a loop form writes."""
    nodes = [x.node for x in operands]
    dtype = np.dtype(dtype or nodes[0].dtype)
    loops = Node("loops", (function, settings, ((tuple(shape), dtype),)), nodes, (), dtype)
    return Symbol(Node("part", 0, [loops], shape, dtype))


def _check_rows(x: Any, index: Symbol, rows: Any) -> None:
    """Refuse an index of rows that was not checked before, since machine code would read outside of the array."""
    if not isinstance(x, Symbol) or x.dtype.kind != "f" or index.dtype != np.int64 or not index.size:
        raise Untakeable("an index")
    if len(rows) < 2 or index.node.below is None or index.node.below > rows[0]:
        raise Untakeable("an index that was not checked")


def _getitem(x: Any, index: Any) -> Any:
    if not isinstance(index, Symbol):
        return _text_of(REGISTRY["getitem"].public_form)(x, index)
    _check_rows(x, index, x.shape)
    width = math.prod(x.shape[1:])
    return _loop_form(gathered_rows, (index.size, width), (x, index), (*index.shape, *x.shape[1:]))


def _put_at(g: Any, shape: Any, index: Any) -> Any:
    if not isinstance(index, Symbol):
        return _text_of(REGISTRY["put_at"].public_form)(g, shape, index)
    _check_rows(g, index, shape)
    return _loop_form(added_rows, (index.size, math.prod(shape[1:]), math.prod(shape)), (g, index), shape)


def _one_block(shape: tuple[int, ...], causal: bool) -> list[tuple[slice, int]]:
    """All rows of scores together, if there is room for them."""
    if math.prod(shape) > attention._SCORES:
        raise Untakeable("more scores than are kept at a time")
    return [(slice(0, shape[-2]), shape[-1])]


def _largest_places(x: Symbol, windows: Any) -> Symbol:
    """The places of the largest elements of windows in images; an image of one dimension is one row."""
    if len(windows[0]) > 2 or x.dtype.kind != "f" or not x.size or not math.prod(windows[4]):
        raise Untakeable("windows of other images")
    if len(windows[0]) == 1:
        windows = [(neutral, *each) for neutral, each in zip((1, 1, 0, 1, 1), windows, strict=True)]
    lead, (height, width) = x.shape[:2], (1, *x.shape[2:])[-2:]
    shape = (*lead, *windows[4][-(x.ndim - 2) :])
    settings = (math.prod(lead), height, width, *[tuple(map(int, each)) for each in windows])
    found = _loop_form(largest_in_windows, settings, [x], shape, np.int64)
    found.node.below = height * width
    return found


def _rows_by_index(shape: tuple[int, ...], dim: int, index: Any) -> tuple[int, int, int]:
    """The number of rows, their length, and how many elements an index names of each."""
    last = isinstance(index, Symbol) and dim % len(shape) == len(shape) - 1 and index.shape[:-1] == shape[:-1]
    if not last or index.dtype != np.int64 or not index.size:
        raise Untakeable("an index that is not one for each row")
    if index.node.below is None or index.node.below > shape[-1]:
        raise Untakeable("an index that was not checked")
    return math.prod(shape[:-1]), shape[-1], index.shape[-1]


def _gather(x: Symbol, dim: int, index: Any) -> Symbol:
    rows = _rows_by_index(x.shape, dim, index)
    return _loop_form(chosen_in_rows, rows, (x, index), index.shape)


def _scatter_add(x: Symbol, dim: int, index: Any, src: Any) -> Symbol:
    rows = _rows_by_index(x.shape, dim, index)
    if not x.is_zeros() or not isinstance(src, Symbol) or src.shape != index.shape or src.dtype != x.dtype:
        raise Untakeable("elements that are added to others")
    return _loop_form(added_in_rows, rows, (src, index), x.shape)


STANDS_FOR: dict[Any, Function] = {
    REGISTRY["getitem"].forward: _getitem,
    REGISTRY["put_at"].forward: _put_at,
    REGISTRY["largest_places"].forward: _largest_places,
    REGISTRY["gather"].forward: _gather,
    REGISTRY["scatter_add"].forward: _scatter_add,
    summation.sum_over: _sum_over,
    summation.sum_to: _sum_to,
    summation.column_sums: lambda x: reduced("sum", x, 0, False),
    summation.row_sums: lambda x: reduced("sum", x, -1, False),
    summation.column_dots: lambda x, y: reduced("sum", x * y, 0, False),
    summation.row_dots: lambda x, y: reduced("sum", x * y, 1, False),
    selection.choose: choice,
    gates.weighted: lambda x: (x * (weight := gates.normal_cdf(x)), weight),
    gates.plus_weight: lambda slope, x, kept: slope + kept,
    erf.in_blocks: lambda kernel, x, single: _in_float64_or_not(read(kernel), x, single),
    normalization.far_from_zero: lambda center, inverse: True,
    recurrent.scan: scan,
    attention._are_bounded: lambda scaled, k, mask: False,
    attention._blocks: _one_block,
    attention._heads_inside: lambda shape, dtype: full(0, shape, dtype),
    attention._row_sums: lambda x: reduced("sum", x, -1, True),
    attention._row_dots: lambda x, y: reduced("sum", x * y, -1, True),
}
"""The symbolic counterparts of functions that the table's text calls by name."""

_numpy = SymbolicNumPy()
_globals: dict[int, dict[str, Any]] = {}


def read(function: Function) -> Function:
    """The same text, in which names stand for symbolic counterparts."""
    if function in STANDS_FOR:
        return STANDS_FOR[function]
    if type(function) is not FunctionType or not function.__module__.startswith(_ROOMS):
        return function
    return _text_of(function)


def _text_of(function: Function) -> Function:
    """The text of a function itself, whatever else may stand for it."""
    names = _names(function.__globals__)
    return FunctionType(function.__code__, names, function.__name__, function.__defaults__, function.__closure__)


class ReadModule:
    """A module, whose functions are read."""

    def __init__(self, module: ModuleType) -> None:
        self._module = module

    def __getattr__(self, name: str) -> Any:
        return read(getattr(self._module, name))


class ReadPrimitive:
    """A primitive, whose forward takes symbols too."""

    def __init__(self, primitive: Primitive) -> None:
        self._primitive = primitive

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        return self._primitive(*args, **kwargs)

    def forward(self, *args: Any) -> Any:
        """The primitive of symbols, or of arrays."""
        return unfold(self._primitive, args) if _symbolic(args) else self._primitive.forward(*args)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._primitive, name)


def _symbolic(args: Iterable[Any]) -> bool:
    return any(isinstance(x, Symbol) for x in args)


_PACKAGE = __name__.partition(".")[0]
_ROOMS = (f"{_PACKAGE}.ops", f"{_PACKAGE}.core.edge")


def _names(of: dict[str, Any]) -> dict[str, Any]:
    """The names of a module as the text that is run on symbols sees them."""
    found = _globals.get(id(of))
    if found is None:
        found = _globals[id(of)] = dict(of)
        for name, thing in of.items():
            if thing is np:
                found[name] = _numpy
            elif type(thing) is FunctionType:
                found[name] = read(thing)
            elif isinstance(thing, ModuleType) and thing.__name__.startswith(_ROOMS):
                found[name] = ReadModule(thing)
            elif isinstance(thing, Primitive):
                found[name] = ReadPrimitive(thing)
    return found


# ------------------------------------------------------------------------------------------------- primitives


def unfold(primitive: Primitive, args: Any) -> Any:
    """Return the result of a primitive for symbols."""
    if isinstance(primitive, Fused):
        return read(primitive.reference)(*args)
    if isinstance(primitive.forward, np.ufunc):
        return mapped(primitive.forward, *args)
    function = STANDS_FOR.get(primitive.forward) or read(primitive.__wrapped__)  # type: ignore[attr-defined]  # functools.update_wrapper sets it
    return function(*args)


UNFOLD.append(unfold)


def _cross_entropy(
    x: Symbol, target: Symbol, weight: Any, ignore_index: int, label_smoothing: float, reduction: str
) -> tuple[Symbol, Any]:
    """The kernel of `cross_entropy` for the usual arguments, by its loop form."""
    if weight is not None or label_smoothing or target.dtype != np.int64 or x.ndim != 2 or not x.size:
        raise Untakeable("a cross entropy with weights or smoothing")
    n = x.shape[0]
    parts = (((n,), x.dtype), (x.shape, x.dtype), ((n,), np.dtype(bool)))
    shifted = _loop_form(shifted_rows, x.shape, (x,), x.shape)
    powers = element((FAST if x.dtype == np.float32 else CALLS)["exp"], (shifted,), (x.dtype,), x.shape, x.dtype)
    form = cross_entropy_rows, (*x.shape, ignore_index), parts
    loops = Node("loops", form, [shifted.node, powers.node, target.node], (), x.dtype)
    loss, slope, ignored = (Symbol(Node("part", i, [loops], *each)) for i, each in enumerate(parts))
    if reduction == "none":
        return loss, (slope, ignored, None)
    total = reduced("sum", loss, 0, False)
    if reduction == "sum":
        return total, (slope, ignored, None)
    divisor = reduced("sum", choice(ignored, 0.0, full(1, (n,), x.dtype)), 0, False)
    return mapped(np.divide, total, divisor), (slope, ignored, divisor)


LOOP_FORMS: dict[Any, Function] = {REGISTRY["cross_entropy"].kernel: _cross_entropy}
"""The kernels that have a loop form, which computes the same in another way; tests hold it against the reference."""


# --------------------------------------------------------------------------------------------- recorded calls


def _iadd(x: Symbol, y: Any) -> Symbol:
    return mapped(np.add, x, y).astype(x.dtype)


def _add_at(x: Symbol, d: Symbol, dim: int, start: int, stop: int, is_zero: bool, first: Any) -> Symbol:
    place = (*(slice(None),) * dim, slice(start, stop))
    return mapped(np.add, x, _put_at(d.reshape(x[place].shape), x.shape, place))


def _copied(x: Any, dtype: Any = None, **_: Any) -> Any:
    if isinstance(x, np.ndarray) and x.size == 1:
        return Symbol(Node("map", "{0}", [number_text(x.reshape(())[()])], x.shape, x.dtype))
    if not isinstance(x, Symbol):
        raise Untakeable("an array that is no argument")
    return Symbol(x.node) if dtype is None else Symbol(x.astype(dtype).node)


OTHERS: dict[Any, Function] = {
    operator.add: lambda x, y: mapped(np.add, x, y),
    operator.iadd: _iadd,
    add_at: _add_at,
    np.asarray: _copied,
    np.array: _copied,
    np.ascontiguousarray: _copied,
}
"""Functions that a program calls beside primitives and rules."""


@functools.cache
def _table() -> dict[int, tuple[str, Any]]:
    """For each function of the table, by identity, what it is, and the primitive or the rule."""
    found: dict[int, tuple[str, Any]] = {}
    for p in REGISTRY.values():
        if isinstance(p, Fused):
            found[id(p.kernel)] = "kernel", p
            found[id(p.pullback)] = "pullback", p
            continue
        for rule in p.rules:
            if rule is not None:
                found[id(rule.vjp)] = "rule", rule.vjp
        found[id(p.forward)] = "primitive", p
    return found


def what(function: Function) -> str:
    """Classify the function of a recorded call: "primitive", "rule", "kernel" or "pullback", or "" for others."""
    return _table().get(id(function), ("", None))[0]


def is_view(call: Call) -> bool:
    """Return True if the result of a recorded call may share memory with its argument. Indexing by an array copies."""
    kind, thing = _table().get(id(call.function), ("", None))
    may_share = (kind == "primitive" and thing.view) or call.function in (np.asarray, np.ascontiguousarray)
    return may_share and not [*values_in(call.args[1:])]


OUTSIDE = "a call that is not of the table"
"""Why most calls that are left to NumPy are."""


def lowered(function: Function, args: tuple[Any, ...]) -> Any:
    """The results of a recorded call, as symbols.

    Raises:
        Untakeable: if machine code cannot be made of it.
    """
    kind, thing = _table().get(id(function), ("", None))
    try:
        if kind == "primitive":
            result = unfold(thing, args)
        elif kind == "rule":
            result = read(thing)(*args)
        elif kind == "kernel":
            result = LOOP_FORMS.get(function, read(function))(*args)
        elif kind == "pullback":
            result = tuple(read(function)(*args))
        elif function in OTHERS:
            result = OTHERS[function](*args)
        else:
            raise Untakeable(OUTSIDE)
    except Untakeable:
        raise
    except Exception as error:  # text that symbols cannot follow
        raise Untakeable(f"{type(error).__name__}: {error}") from None
    return result
