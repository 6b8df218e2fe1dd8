"""Anomaly mode: the first operation that makes NaN or infinity of finite numbers raises, forward or backward."""

from __future__ import annotations

import weakref
from typing import Any

import numpy as np

from ..core.graph import Node
from ..tensors.observation import Observer
from .recording import shape_text
from .rules import derivative_source, formula
from .sites import Layers, Site, calling_site
from .values import arrays_of, is_finite, tensors_of
from .writes import Writes

_sites: weakref.WeakKeyDictionary[Node, Site] = weakref.WeakKeyDictionary()
"""The line that called the operation of each node that was made in anomaly mode."""

BEFORE = "choose the argument with where() before the operation, not its result after it"
FORWARD = {
    "log": "the logarithm of a number ≤ 0 has no finite value: use log(x.clamp(min=eps)), log1p, or log_softmax",
    "sqrt": f"the root of a negative number is NaN: add an eps inside the root, or {BEFORE}",
    "rsqrt": "the root of a number ≤ 0 has no finite inverse: add an eps inside the root",
    "div": f"the divisor has zeros: add an eps to it, or {BEFORE}",
    "reciprocal": f"the argument has zeros: add an eps to it, or {BEFORE}",
    "pow": "a negative base with a fraction as exponent, or 0 with a negative one, has no finite value",
    "acos": "the argument lies outside of [-1, 1]: clamp it",
    "asin": "the argument lies outside of [-1, 1]: clamp it",
    "atanh": "the argument lies outside of (-1, 1): clamp it",
    "std": "one element has no standard deviation: is the batch of size 1?",
    "var": "one element has no variance: is the batch of size 1?",
    "mean": "there are no elements to take the mean of",
    "softmax": "all of a row is -inf: leave one element unmasked, or fill with a large negative number",
    "log_softmax": "all of a row is -inf: leave one element unmasked, or fill with a large negative number",
}
"""The usual remedy, by operation, when the forward pass makes NaN, or infinity from a 0."""
OVERFLOW = (
    "the result is too large for its dtype (3.4e38 in float32, 65504 in float16): scale the values, or use float64"
)
LARGE = {
    "exp": "the argument is too large for its dtype (88.7 in float32): subtract the largest first, as softmax does"
}
BACKWARD = {
    "sqrt": f"the slope of the root at 0 is infinite: add an eps inside the root, or {BEFORE}",
    "pow": "the slope of a power below 1 at 0 is infinite, and so may be that of a large one: add an eps to the base",
    "log": f"the slope 1 / x of the logarithm overflows at 0 and near it: add an eps, or {BEFORE}",
    "div": f"the divisor is 0 or nearly so: add an eps to it, or {BEFORE}",
    "reciprocal": f"the argument is 0 or nearly so: add an eps to it, or {BEFORE}",
    "rsqrt": "the argument is 0 or nearly so: add an eps inside the root",
    "acos": "the slope at -1 and 1 is infinite: keep the argument away from them by a margin",
    "asin": "the slope at -1 and 1 is infinite: keep the argument away from them by a margin",
    "atanh": "the slope at -1 and 1 is infinite: keep the argument away from them by a margin",
}
"""The usual remedy, by operation, when the backward pass makes NaN or infinity."""


def _advice(name: str, kind: str, values: list[Any]) -> str | None:
    """Return the usual remedy for an operation that made NaN or infinity from these values."""
    if kind == "NaN" or any(value == 0 for value in values):
        return FORWARD.get(name)
    return LARGE.get(name, OVERFLOW)


class AnomalyError(RuntimeError):
    """The error of anomaly mode: its message names the first operation that made NaN or infinity of finite numbers.

    >>> import tinygrad_lite as tl
    >>> with tl.autograd.detect_anomaly():
    ...     tl.tensor([1.0, -2.0]).log()  # doctest: +ELLIPSIS
    Traceback (most recent call last):
        ...
    tinygrad_lite.autograd.AnomalyError: log: 1 of 2 results is NaN, of finite arguments; the first at (1,): log(-2)
      called at ...
      the logarithm of a number ≤ 0 has no finite value: use log(x.clamp(min=eps)), log1p, or log_softmax
    """


class Anomaly(Observer):
    """Raises at the first operation whose result is not finite though its arguments are.

    Args:
        check_nan: whether to look at the values; otherwise only lines are remembered, for errors of the backward pass.
        check_inf: whether infinity is an anomaly too.
    """

    def __init__(self, check_nan: bool = True, check_inf: bool = True) -> None:
        self.check_nan = check_nan
        self.check_inf = check_inf
        self._layers = Layers()
        self.writes = Writes(lambda: calling_site(self._layers))

    def applied(self, operation: Any, args: tuple[Any, ...], result: Any, in_backward: bool) -> None:
        site = calling_site(self._layers)
        for t in tensors_of(result):
            if site is not None and t._node is not None:
                _sites[t._node] = _sites[t._node.public[0]] = site
        tensors = tensors_of(result)
        self.writes.after(tensors[0]._node.public[0] if tensors and tensors[0]._node is not None else None, site)
        if not self.check_nan or in_backward or not self._is_bad(result):
            return
        # Infinity, with which scores are masked, may come in. It does not excuse NaN.
        if is_finite(args) or (_has_nan(result) and not _has_nan(args)):
            raise AnomalyError(_forward_message(operation, args, result, site))

    def derived(self, node: Node, g: Any, gradients: list[Any]) -> None:
        if self.check_nan and is_finite(g):
            for i, gradient in enumerate(gradients):
                if gradient is not None and self._is_bad(gradient):
                    raise AnomalyError(_backward_message(node, i, g, gradient))

    def failed(self, node: Node, error: Exception) -> None:
        text = str(error)
        if not text.startswith("one of the variables needed for gradient computation has been modified"):
            return
        site = _sites.get(node)
        saved = f"saved by {node.primitive.name}, called at {site}" if site else "saved before the mode was entered"
        error.args = (f"{text}\n  {saved}\n  {self.writes.description_of_write(node)}",)

    def _is_bad(self, value: Any) -> bool:
        if self.check_inf:
            return not is_finite(value)
        return _has_nan(value)


def _has_nan(value: Any) -> bool:
    numbers = value if isinstance(value, (list, tuple)) else (value,)
    arrays = arrays_of(value)
    return any(array.dtype.kind == "f" and np.isnan(array).any() for array in arrays) or any(
        isinstance(x, float) and x != x for x in numbers
    )


def _forward_message(operation: Any, args: tuple[Any, ...], result: Any, site: Site | None) -> str:
    """Say what went wrong: the operation, how many of its results, the first of them, the line, and the remedy."""
    array = next(array for array in arrays_of(result) if not is_finite(array))
    name = getattr(operation, "name", None) or operation.__name__
    count, kind, index = _bad(array)
    values = _arguments_at(args, array.shape, index)
    lines = [
        f"{name}: {count} of {array.size} results {'is' if count == 1 else 'are'} {kind}, of "
        f"{'finite arguments' if is_finite(args) else 'arguments without NaN'}; the first at {index}: "
        f"{name}({', '.join(text for _, text in values)})"
    ]
    if site is not None:
        lines.append(f"  called at {site}")
    if (advice := _advice(name, kind, [value for value, _ in values])) is not None:
        lines.append(f"  {advice}")
    return "\n".join(lines)


def _backward_message(node: Node, place: int, g: Any, gradient: Any) -> str:
    """Say what went wrong in the backward pass, beginning with PyTorch's words."""
    array = next(array for array in arrays_of(gradient) if not is_finite(array))
    count, kind, index = _bad(array)
    lines = [
        f"Function '{node.name()}' returned {'nan' if kind == 'NaN' else 'inf'} values in its {place}th output.",
        f"  {node.primitive.name}: {count} of {array.size} gradients {'is' if count == 1 else 'are'} {kind}, made of a "
        f"finite gradient of its result; the first at {index}{_gradient_at(g, array.shape, index)}",
    ]
    if any(_has_nan(x) for x in node.arrays()):
        lines.append("  what it saved in the forward pass has NaN already: the fault lies before it")
    if text := formula(node):
        sources = [*derivative_source(node).values()]
        source = sources[min(place, len(sources) - 1)] if sources else None
        lines.append(f"  its derivative is {text}" + (f", in {source.site.place}" if source is not None else ""))
    if (site := _sites.get(node)) is not None:
        lines.append(f"  called at {site}")
    else:
        lines.append("  enter the mode before the forward pass too, to see the line that called it")
    if (advice := BACKWARD.get(node.primitive.name)) is not None:
        lines.append(f"  {advice}")
    return "\n".join(lines)


def _bad(array: np.ndarray[Any, Any]) -> tuple[int, str, tuple[int, ...]]:
    """Count the elements that are not finite; say which kind they are, and where the first one is."""
    nan = np.isnan(array)
    bad = nan if nan.any() else ~np.isfinite(array)
    index = tuple(int(i) for i in np.unravel_index(int(np.argmax(bad)), array.shape)) if array.ndim else ()
    return int(bad.sum()), "NaN" if nan.any() else "infinite", index


def _arguments_at(args: tuple[Any, ...], shape: tuple[int, ...], index: tuple[int, ...]) -> list[tuple[Any, str]]:
    """Return the arguments that one element of the result was made from, each with a text.

    The text of an argument that does not broadcast to the result's shape is its range.
    """
    given: list[Any] = [value for x in args for value in ([x] if isinstance(x, (float, int)) else arrays_of(x))]
    return [_value_at(value, shape, index) for value in given]


def _value_at(array: Any, shape: tuple[int, ...], index: tuple[int, ...]) -> tuple[Any, str]:
    if isinstance(array, (float, int)):
        return array, f"{array:.4g}"
    try:
        value = np.broadcast_to(array, shape)[index].item()
        return value, f"{value:.4g}"
    except ValueError:
        if not array.size:
            return None, f"{shape_text(array.shape)}, empty"
        return None, f"{shape_text(array.shape)} from {array.min():.4g} to {array.max():.4g}"


def _gradient_at(g: Any, shape: tuple[int, ...], index: tuple[int, ...]) -> str:
    arrays = arrays_of(g)
    if len(arrays) != 1 or arrays[0].shape != shape:
        return ""
    return f", where the gradient of the result is {arrays[0][index].item():.4g}"
