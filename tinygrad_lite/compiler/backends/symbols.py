"""Symbols: arrays that stand for what a program will compute. The table's text, run on them, unfolds itself.

A `Node` is one step of a computation on arrays: a map of elements, a reduction, a product of matrices, a view, or an
array that is given. A `Symbol` behaves as the array that a node computes, as far as machine code can be made of it. At
everything else it raises `Untakeable`, and the call is left to NumPy.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np

from ...core.primitive import Primitive, Traced
from ..layouts import layout_of
from ..tracer import Value
from .indices import indexed
from .nodes import TAKEN, Node, Untakeable, number_text, scalar_type
from .products import left_operand
from .step_numbers import Number

Dim = int | tuple[int, ...] | None


def number_of(x: Any, dtype: Any) -> Symbol:
    """A number as an array of a dtype with one element."""
    text = x.text if isinstance(x, Number) else repr(float(x))
    return Symbol(Node("number", text, [], (), dtype))


# ----------------------------------------------------------------------------------------------- elements

_COMPARISONS = {
    "equal": "==",
    "not_equal": "!=",
    "less": "<",
    "less_equal": "<=",
    "greater": ">",
    "greater_equal": ">=",
}
ELEMENTS: dict[str, str] = {
    "add": "({0} + {1})",
    "subtract": "({0} - {1})",
    "multiply": "({0} * {1})",
    "divide": "({0} / {1})",
    "negative": "(-{0})",
    "positive": "{0}",
    "absolute": "abs({0})",
    "square": "({0} * {0})",
    "sqrt": "math.sqrt({0})",
    "maximum": "({0} if {0} > {1} or {0} != {0} else {1})",
    "minimum": "({0} if {0} < {1} or {0} != {0} else {1})",
    "isnan": "({0} != {0})",
    "sign": "({0} if {0} == 0 or {0} != {0} else abs({0}) / {0})",
    "logical_and": "({0} and {1})",
    "logical_or": "({0} or {1})",
    "logical_xor": "({0} != {1})",
    "logical_not": "(not {0})",
    "bitwise_and": "({0} & {1})",
    "bitwise_or": "({0} | {1})",
    **{name: f"({{0}} {sign} {{1}})" for name, sign in _COMPARISONS.items()},
}
"""The expression of one element for those of NumPy's functions that the processor computes for several at once."""

CALLS = {
    name: f"{module}.{name}({{0}})"
    for module, names in {"math": "exp expm1 log log1p tanh sin cos", "np": "floor ceil trunc"}.items()
    for name in names.split()
}
"""The expression for functions that are calls, of one element after the other."""

FAST = {name: f"{name}32({{0}})" for name in ("exp", "tanh", "log", "log1p")}
"""The expressions for float32 that are as fast as the others: the functions of `elements.py`."""

MANY = 4096
"""The number of elements from which on NumPy's functions are faster than calls for one after the other."""


def mapped(function: Any, *args: Any) -> Symbol:
    """A function of NumPy applied to symbols, arrays with one element, and numbers."""
    name = function.__name__
    if function.nout != 1 or (name not in ELEMENTS and name not in CALLS):
        raise Untakeable(f"np.{name}")
    try:
        *dtypes, out = function.resolve_dtypes((*map(_kind, args), None))
    except TypeError as error:
        raise Untakeable(str(error)) from None
    if any(d not in TAKEN for d in (*dtypes, out)) or (out.kind == "b" and name not in _OF_BOOLS):
        raise Untakeable(f"np.{name} of {dtypes}")
    shape = np.broadcast_shapes(*[getattr(x, "shape", ()) for x in args])
    return element(_expression(name, dtypes[0], math.prod(shape)), args, dtypes, shape, out)


def _kind(x: Any) -> Any:
    """Return what decides an argument's part in NumPy's type promotion: its dtype, or the type of a Python number."""
    if type(x) in (int, float):
        return type(x)
    if type(x) is Number:
        return float
    return np.dtype(bool) if type(x) is bool else _dtype(x)


_OF_BOOLS = {
    *_COMPARISONS,
    *(f"logical_{name}" for name in ("and", "or", "xor", "not")),
    "bitwise_and",
    "bitwise_or",
    "isnan",
}


def _expression(name: str, dtype: Any, count: int) -> str:
    """The expression of one element of a function of NumPy's."""
    if name.startswith("logical") and dtype.kind != "b":
        if name == "logical_xor":
            raise Untakeable("np.logical_xor of numbers")
        return ELEMENTS[name].format("({0} != 0)", "({1} != 0)")
    if name in ELEMENTS:
        return ELEMENTS[name]
    if name in FAST and dtype == np.float32:
        return FAST[name]
    if count > MANY:
        raise Untakeable(f"np.{name} of {count} elements, which NumPy computes faster")
    return CALLS[name]


def element(text: str, args: Sequence[Any], dtypes: Sequence[Any], shape: Sequence[int], out: Any) -> Symbol:
    """A map: the expression of an element, where each operand has been brought to a dtype."""
    operands = [operand(x, dtype) for x, dtype in zip(args, dtypes, strict=True)]
    return Symbol(Node("map", text, operands, shape, out))


def operand(x: Any, dtype: Any) -> Node | str:
    """An argument of a map in a dtype: a node, or the text of a number."""
    dtype = np.dtype(dtype)
    if isinstance(x, Number):
        return number_of(x, dtype).node
    if isinstance(x, Symbol):
        return x.node if x.dtype == dtype else Node("map", f"{scalar_type(dtype)}({{0}})", [x.node], x.shape, dtype)
    if isinstance(x, np.ndarray) and x.size != 1:
        return operand(Symbol(constant(x)), dtype)
    return number_text(np.asarray(x).reshape(()).astype(dtype)[()])


def constant(array: Any) -> Node:
    """An array that is the same in every run."""
    if array.dtype.kind != "f" or array.flags.writeable:
        raise Untakeable("an array that is not an argument")
    value = Value("constant", lambda: array)
    value.layout = layout_of(array)
    return Node("input", value, [], array.shape, array.dtype)


def _dtype(x: Any) -> Any:
    if not isinstance(x, (Symbol, np.ndarray, np.generic)):
        raise Untakeable(f"a {type(x).__name__}")
    return x.dtype


def choice(condition: Any, x: Any, y: Any) -> Symbol:
    """`np.where`: x where the condition holds, y elsewhere."""
    dtype = np.result_type(*[v.dtype if isinstance(v, Symbol) else v for v in (x, y)])
    shape = np.broadcast_shapes(*[getattr(v, "shape", ()) for v in (condition, x, y)])
    return element("({1} if {0} else {2})", (condition, x, y), (np.bool_, dtype, dtype), shape, dtype)


def reduced(what: str, x: Symbol, dim: Dim, keepdim: bool) -> Symbol:
    """A sum, or the largest element, over dimensions."""
    dims = range(x.ndim) if dim is None else (dim,) if isinstance(dim, int) else dim
    axes = sorted({d % x.ndim for d in dims}) if x.ndim else []
    if x.dtype.kind != "f" or not x.node.size:
        raise Untakeable(f"the {what} of {x.dtype}")
    if not axes:
        return Symbol(x.node)
    if x.dtype.itemsize > 4 and what == "sum" and math.prod(x.shape[d] for d in axes) > EXACT:
        raise Untakeable("a sum of many numbers that would have to be added pairwise")
    kept = Node("reduce", what, [x.node], [1 if d in axes else n for d, n in enumerate(x.shape)], x.dtype, axes)
    shape = [n for d, n in enumerate(x.shape) if d not in axes]
    return Symbol(kept) if keepdim else Symbol(kept).reshape(shape)


FEW = 8
"""So many arrays in one are taken apart by a loop of Python's."""

EXACT = 128
"""So many numbers of float64 may be added one after the other. Those of float32 are added in float64."""


# ------------------------------------------------------------------------------------------------- arrays


class _Flags:
    """The order in memory: what machine code computes is in order."""

    c_contiguous = contiguous = forc = True
    f_contiguous = False
    writeable = True


class Symbol(Traced):
    """An array that a node will compute; what is written in place makes it that of another node."""

    __slots__ = ("_node", "_owner", "_views", "fixed")
    __hash__ = None  # type: ignore[assignment]  # as of an array
    flags = _Flags

    def __init__(self, node: Node, fixed: bool = False, owner: Symbol | None = None) -> None:
        self._node: Node | None = node
        self.fixed = fixed
        self._owner = owner
        self._views: list[Symbol] = []

    @property
    def node(self) -> Node:
        """The node; there is none any more if the same memory was written otherwise."""
        if self._node is None:
            raise Untakeable("memory is written at which a view looks that is used later")
        return self._node

    def _view(self, what: Any, shape: Sequence[int], writable: bool = False) -> Symbol:
        """A view of these elements; one of all of them in order may be written to."""
        node = (
            Node("view", what, [self.node], shape, self.dtype)
            if tuple(shape) != self.shape or not writable
            else self.node
        )
        node.below = self.node.below
        found = Symbol(node, self.fixed or not writable, self)
        self._views.append(found)
        return found

    shape = property(lambda self: self.node.shape)
    dtype = property(lambda self: self.node.dtype)
    ndim = property(lambda self: len(self.node.shape))
    size = property(lambda self: self.node.size)
    itemsize = property(lambda self: self.node.dtype.itemsize)

    def __len__(self) -> int:
        if not self.shape:
            raise Untakeable("the length of a number")
        return int(self.shape[0])

    def __bool__(self) -> bool:
        raise Untakeable("a value is read")

    __float__ = __int__ = __index__ = __array__ = __bool__

    def __iter__(self) -> Iterator[Symbol]:
        if self.ndim < 2 or len(self) > FEW:
            raise Untakeable("a loop over an array")
        return iter([self[i] for i in range(len(self))])

    def __getattr__(self, name: str) -> Any:
        raise Untakeable(f"the attribute {name}")

    # ------------------------------------------------------------------------------------------ NumPy's calls

    def __array_ufunc__(self, function: np.ufunc, method: str, *args: Any, **kwargs: Any) -> Any:
        out = kwargs.pop("out", None)
        if kwargs or method != "__call__":
            raise Untakeable(f"np.{function.__name__}.{method}")
        result = product(*args) if function is np.matmul else mapped(function, *args)
        return result if out is None else out[0].become(result)

    def __array_function__(self, function: Callable[..., Any], types: Any, args: Any, kwargs: Any) -> Any:
        read = READ.get(function)
        if read is None:
            raise Untakeable(f"np.{function.__name__}")
        return read(*args, **kwargs)

    def __primitive__(self, primitive: Primitive, args: Any) -> Any:
        return UNFOLD[0](primitive, args)

    def become(self, other: Symbol) -> Symbol:
        """Write the values of another in place."""
        if self.fixed or self.shape != other.shape:
            raise Untakeable("memory that others look at is written")
        found = operand(other, self.dtype) if other.dtype != self.dtype else other.node
        assert isinstance(found, Node)
        self._write(found, None)
        return self

    def _write(self, node: Node, through: Symbol | None) -> None:
        """Take a node for what the memory holds now; its views have none any more, but that which was written."""
        self._node = node
        for view in self._views:
            if view is not through:
                view._forget()
        owner = self._owner
        if owner is not None:
            owner._write(Symbol(node).reshape(owner.shape).node, self)

    def _forget(self) -> None:
        self._node = None
        for view in self._views:
            view._forget()

    # ---------------------------------------------------------------------------------------------- operators

    def __pow__(self, exponent: Any) -> Symbol:
        if type(exponent) in (int, float) and self.dtype.kind == "f":
            if exponent == 1:
                return Symbol(self.node)
            if exponent == 2:
                return mapped(np.square, self)
            if exponent == 0.5:
                return mapped(np.sqrt, self)
            if exponent == -1:
                return mapped(np.divide, 1.0, self)
        raise Untakeable("a power")

    __neg__ = lambda self: mapped(np.negative, self)  # noqa: E731  # one line for each operator, as in a table
    __abs__ = lambda self: mapped(np.absolute, self)  # noqa: E731  # one line for each operator, as in a table
    __invert__ = lambda self: mapped(np.logical_not, self) if self.dtype.kind == "b" else self.__bool__()  # noqa: E731  # one line for each operator, as in a table

    # --------------------------------------------------------------------------------------------- its methods

    @property
    def T(self) -> Symbol:
        return self.transpose()

    def transpose(self, *axes: Any) -> Symbol:
        order = axes[0] if len(axes) == 1 and not isinstance(axes[0], int) else axes or range(self.ndim)[::-1]
        order = tuple(d % self.ndim for d in order)
        return self._view(("permute", order), [self.shape[d] for d in order], order == tuple(range(self.ndim)))

    def swapaxes(self, first: int, second: int) -> Symbol:
        order = [*range(self.ndim)]
        order[first], order[second] = order[second], order[first]
        return self.transpose(order)

    def reshape(self, *shape: Any) -> Symbol:
        sizes = list(shape[0]) if len(shape) == 1 and not isinstance(shape[0], int) else list(shape)
        known = math.prod(n for n in sizes if n >= 0)
        sizes = [n if n >= 0 else self.size // known for n in sizes]
        if math.prod(sizes) != self.size:
            raise Untakeable("a wrong shape")
        return self._view(("reshape", tuple(sizes)), sizes, True)

    def expand(self, shape: Sequence[int]) -> Symbol:
        if np.broadcast_shapes(self.shape, tuple(shape)) != tuple(shape):
            raise Untakeable("a wrong shape")
        return self._view(("expand", tuple(shape)), shape)

    def astype(self, dtype: Any, order: str = "K", copy: bool = True) -> Symbol:
        found = operand(self, dtype)
        return Symbol(found) if isinstance(found, Node) else self

    def copy(self, order: str = "C") -> Symbol:
        return Symbol(self.node)

    def sum(self, axis: Dim = None, keepdims: bool = False, dtype: Any = None) -> Symbol:
        return reduced("sum", self, axis, keepdims) if dtype is None else self.__bool__()  # type: ignore[return-value]  # it raises

    def max(self, axis: Dim = None, keepdims: bool = False, initial: Any = None) -> Symbol:
        return reduced("max", self, axis, keepdims)

    def clip(self, min: Any = None, max: Any = None) -> Symbol:
        # NumPy's clip of a number that is NaN is NaN, as the maximum is.
        below = self if min is None else mapped(np.maximum, self, min)
        return below if max is None else mapped(np.minimum, below, max)

    def is_zeros(self) -> bool:
        return self.node.kind == "map" and bool(self.node.what == number_text(self.dtype.type(0)))

    def dot(self, other: Any) -> Symbol:
        return matrix_product(self, other)

    def __matmul__(self, other: Any) -> Symbol:
        return product(self, other)

    def __getitem__(self, index: Any) -> Symbol:
        starts, lengths, shape = indexed(self.shape, index)
        return (self if lengths == self.shape else self._view(("slice", starts), lengths)).reshape(shape)

    def widen(self, shape: Sequence[int], starts: Sequence[int], kind: str = "widen") -> Symbol:
        """Zeros of a shape, with the elements from some place on; of a `shift` nobody reads what is not there."""
        return Symbol(Node("view", (kind, tuple(starts)), [self.node], shape, self.dtype), True)

    def __setitem__(self, index: Any, value: Any) -> None:
        if isinstance(index, Symbol) and index.dtype.kind == "b" and index.shape == self.shape[: index.ndim]:
            mask = index.reshape([*index.shape, *[1] * (self.ndim - index.ndim)])
            self.become(choice(mask, value, Symbol(self.node)).astype(self.dtype))
        elif index is ... or index == slice(None):
            self.become(Symbol(Node("map", "{0}", [operand(value, self.dtype)], self.shape, self.dtype)))
        else:
            starts, lengths, shape = indexed(self.shape, index)
            part = Symbol(Node("map", "{0}", [operand(value, self.dtype)], shape, self.dtype)).reshape(lengths)
            if lengths == self.shape:
                self.become(part)
            elif self.is_zeros():
                self.become(part.widen(self.shape, starts))
            else:
                inside = full(True, lengths, np.bool_).widen(self.shape, starts)
                self.become(choice(inside, part.widen(self.shape, starts, "shift"), Symbol(self.node)))


def _operator(function: Any) -> tuple[Any, Any, Any]:
    return (
        lambda x, y: mapped(function, x, y),
        lambda x, y: mapped(function, y, x),
        lambda x, y: x.become(mapped(function, x, y)),
    )


def _set_operators() -> None:
    for name, function in {"add": np.add, "sub": np.subtract, "mul": np.multiply, "truediv": np.divide}.items():
        for prefix, method in zip(("", "r", "i"), _operator(function), strict=True):
            setattr(Symbol, f"__{prefix}{name}__", method)
    others: dict[str, Any] = {
        "eq": np.equal, "ne": np.not_equal, "lt": np.less, "le": np.less_equal, "gt": np.greater,
        "ge": np.greater_equal, "and": np.bitwise_and, "or": np.bitwise_or,
    }  # fmt: skip
    for name, function in others.items():
        setattr(Symbol, f"__{name}__", _operator(function)[0])


_set_operators()


def product(x: Any, y: Any, out: Any = None) -> Symbol:
    """The product of two matrices, or of as many as arrays have in the same dimensions before; one may be the same."""
    if not isinstance(x, Symbol) or not isinstance(y, Symbol) or x.dtype != y.dtype or out is not None:
        raise Untakeable("a product of what are not two matrices of one dtype")
    batches = [shape for shape in (x.shape[:-2], y.shape[:-2]) if shape]
    if x.dtype.kind != "f" or min(x.ndim, y.ndim) < 2 or batches[1:] not in ([], batches[:1]):
        raise Untakeable("a product that BLAS does not compute")
    if x.shape[-1] != y.shape[-2] or not x.size or not y.size:
        raise Untakeable("a product that BLAS does not compute")
    shape = (*(batches[0] if batches else ()), x.shape[-2], y.shape[-1])
    return Symbol(Node("dot", None, [left_operand(x.node, y.node), y.node], shape, x.dtype))


def matrix_product(x: Any, y: Any) -> Symbol:
    """`np.dot` of two matrices; of other arrays it computes something else than a product of matrices."""
    if getattr(x, "ndim", 0) != 2:
        raise Untakeable("np.dot of what are not two matrices")
    return product(x, y)


def full(value: Any, shape: Sequence[int], dtype: Any) -> Symbol:
    """An array that holds one number."""
    return Symbol(Node("map", number_text(np.dtype(dtype).type(value)), [], shape, dtype))


READ: dict[Any, Callable[..., Any]] = {
    np.where: choice,
    np.shape: lambda x: x.shape,
    np.ndim: lambda x: x.ndim,
    np.size: lambda x: x.size,
    np.reshape: lambda x, shape: x.reshape(shape),
    np.transpose: lambda x, axes=None: x.transpose(*(axes or ())),
    np.broadcast_to: lambda x, shape: x.expand(shape),
    np.sum: Symbol.sum,
    np.max: Symbol.max,
    np.dot: matrix_product,
    np.matmul: product,
    np.ones_like: lambda x, dtype=None: full(1, x.shape, dtype or x.dtype),
    np.zeros_like: lambda x, dtype=None: full(0, x.shape, dtype or x.dtype),
    np.result_type: lambda *xs: np.result_type(*[x.dtype if isinstance(x, Symbol) else x for x in xs]),
    np.clip: lambda x, low, high: x.clip(low, high),
}
"""For each NumPy function that is not a ufunc, the function of symbols in its place; `symbolic_numpy.py` adds more."""

UNFOLD: list[Callable[[Primitive, Any], Any]] = []
"""The one function that applies a primitive to symbols; `reading.py` puts it here."""
