"""Reductions, scans, products of matrices and what chooses elements, in ONNX."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from .conversions import converts
from .errors import NotExportable
from .graph import Graph, common_dtype, result_of
from .program import Step, Var
from .sizes import product


def _dims(x: Var, dim: Any) -> list[int]:
    """The dimensions that are reduced, counted from the front."""
    if dim is None:
        return [*range(x.ndim)]
    return [d % x.ndim for d in ((dim,) if isinstance(dim, int) else dim)] if x.ndim else []


def reduced(g: Graph, operator: str, name: str, x: Var, dim: Any, keepdim: bool) -> str:
    """A reduction of an array with the shape of x."""
    dims = _dims(x, dim)
    if not dims:
        return name
    return g.add(operator, name, g.constant(dims, np.int64), keepdims=int(keepdim))


@converts("sum")
def _sum(g: Graph, step: Step, x: Any, dim: Any = None, keepdim: bool = False) -> str:
    return reduced(g, "ReduceSum", g.operand(x, result_of(step).dtype), x, dim, keepdim)


@converts("mean")
def _mean(g: Graph, step: Step, x: Any, dim: Any = None, keepdim: bool = False) -> str:
    if 0 in [x.shape[d] for d in _dims(x, dim)]:
        return g.expand(g.constant(np.nan, result_of(step).dtype), result_of(step).shape)
    return reduced(g, "ReduceMean", g.operand(x, result_of(step).dtype), x, dim, keepdim)


@converts("var", "std")
def _var(g: Graph, step: Step, x: Any, dim: Any = None, correction: float = 1, keepdim: bool = False) -> str:
    center = reduced(g, "ReduceMean", g.name(x), x, dim, True)
    rest = g.add("Sub", g.name(x), center)
    squares = reduced(g, "ReduceSum", g.add("Mul", rest, rest), x, dim, keepdim)
    count = g.operand(product([x.shape[d] for d in _dims(x, dim)]), x.dtype)
    found = g.add("Div", squares, g.add("Sub", count, g.constant(correction, x.dtype)) if correction else count)
    return g.add("Sqrt", found) if step.name == "std" else found


@converts("norm")
def _norm(g: Graph, step: Step, x: Any, p: float = 2.0, dim: Any = None, keepdim: bool = False) -> str:
    simple: dict[float, str] = {1: "ReduceL1", 2: "ReduceL2"}
    if p in simple and _dims(x, dim):
        return reduced(g, simple[p], g.name(x), x, dim, keepdim)
    size = g.add("Abs", g.name(x))
    if p != 0 and not _dims(x, dim):
        return size
    if math.isinf(p):
        return reduced(g, "ReduceMax" if p > 0 else "ReduceMin", size, x, dim, keepdim)
    if p == 0:
        counted = g.cast(g.cast(size, np.bool_), x.dtype)
        return reduced(g, "ReduceSum", counted, x, dim, keepdim)
    powers = reduced(g, "ReduceSum", g.add("Pow", size, g.constant(p, x.dtype)), x, dim, keepdim)
    return g.add("Pow", powers, g.constant(1 / p, x.dtype))


@converts("prod")
def _prod(g: Graph, step: Step, x: Any, dim: Any = None, keepdim: bool = False) -> str:
    return reduced(g, "ReduceProd", g.operand(x, result_of(step).dtype), x, dim, keepdim)


@converts("amax", "amin")
def _extreme(g: Graph, step: Step, x: Any, dim: Any = None, keepdim: bool = False) -> str:
    operator = "ReduceMax" if step.name == "amax" else "ReduceMin"
    if x.dtype.kind != "b":
        return reduced(g, operator, g.name(x), x, dim, keepdim)
    return g.cast(reduced(g, operator, g.cast(g.name(x), np.int32), x, dim, keepdim), np.bool_)


@converts("order_statistic")
def _order_statistic(g: Graph, step: Step, x: Any, which: str) -> str:
    if which not in ("max", "min"):
        raise NotExportable(f"{which} has no ONNX form")
    return reduced(g, "ReduceMax" if which == "max" else "ReduceMin", g.name(x), x, None, False)


@converts("all", "any")
def _all(g: Graph, step: Step, x: Any, dim: Any = None, keepdim: bool = False) -> str:
    flags = g.operand(x, np.dtype(np.bool_))
    if step.name == "all":  # no element is 0
        flags = g.add("Not", flags)
    found = g.cast(reduced(g, "ReduceSum", g.cast(flags, np.int64), x, dim, keepdim), np.bool_)
    return g.add("Not", found) if step.name == "all" else found


@converts("count_nonzero")
def _count_nonzero(g: Graph, step: Step, x: Any, dim: Any = None) -> str:
    flags = g.cast(g.operand(x, np.dtype(np.bool_)), np.int64)
    return reduced(g, "ReduceSum", flags, x, dim, False)


@converts("cumsum")
def _cumsum(g: Graph, step: Step, x: Any, dim: int) -> str:
    return g.add("CumSum", g.operand(x, result_of(step).dtype), g.constant(dim, np.int64))


@converts("logsumexp")
def _logsumexp(g: Graph, step: Step, x: Any, dim: Any, keepdim: bool = False) -> str:
    return reduced(g, "ReduceLogSumExp", g.name(x), x, dim, keepdim)


@converts("softmax", "log_softmax")
def _softmax(g: Graph, step: Step, x: Any, dim: int) -> str:
    if not x.ndim:
        return g.constant(float(step.name == "softmax"), x.dtype)
    return g.add("Softmax" if step.name == "softmax" else "LogSoftmax", g.name(x), axis=dim)


@converts("argmax", "argmin")
def _arg_extreme(g: Graph, step: Step, x: Any, dim: Any = None, keepdim: bool = False) -> str:
    operator = "ArgMax" if step.name == "argmax" else "ArgMin"
    name = g.operand(x, np.dtype(np.int32)) if x.dtype.kind == "b" else g.name(x)
    if dim is None or not x.ndim:
        found = g.add(operator, g.add("Reshape", name, g.constant([-1], np.int64)), axis=0, keepdims=0)
        return g.reshape(found, [1] * x.ndim) if keepdim else found
    return g.add(operator, name, axis=dim, keepdims=int(keepdim))


@converts("topk_indices")
def _topk_indices(g: Graph, step: Step, x: Any, k: Any, dim: int, largest: bool) -> str:
    return g.add("TopK", g.name(x), g.vector([k]), results=2, axis=dim, largest=int(largest))[1]


@converts("argsort")
def _argsort(g: Graph, step: Step, x: Any, dim: int = -1, descending: bool = False) -> str:
    if not x.ndim:
        return g.constant(0, np.int64)
    return g.add("TopK", g.name(x), g.vector([x.shape[dim]]), results=2, axis=dim, largest=int(descending))[1]


# ------------------------------------------------------------------------------------------------ products


@converts("matmul")
def _matmul(g: Graph, step: Step, x: Any, y: Any) -> str:
    dtype = common_dtype([x, y])
    return g.add("MatMul", g.operand(x, dtype), g.operand(y, dtype))


@converts("einsum")
def _einsum(g: Graph, step: Step, equation: str, *operands: Any) -> str:
    dtype = result_of(step).dtype
    return g.add("Einsum", *[g.operand(x, dtype) for x in operands], equation=equation)


@converts("linear")
def _linear(g: Graph, step: Step, x: Any, weight: Any, bias: Any = None) -> str:
    given = [] if bias is None else [g.name(bias)]
    if x.ndim == weight.ndim == 2:
        return g.add("Gemm", g.name(x), g.name(weight), *given, transB=1)
    turned = g.add("Transpose", g.name(weight), perm=[1, 0]) if weight.ndim == 2 else g.name(weight)
    product = g.add("MatMul", g.name(x), turned)
    return g.add("Add", product, *given) if given else product


@converts("det")
def _det(g: Graph, step: Step, x: Any) -> str:
    return g.add("Det", g.name(x))
