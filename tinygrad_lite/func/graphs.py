"""The part of the graph between the variables of a transform and its results, and derivatives through it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ..core.edge import cast, clone
from ..core.graph import Leaf, Node
from ..core.modes import call_in_mode, in_force, thread
from ..core.primitive import Traced
from ..core.tensor import differentiate, wrap
from ..core.versions import owner
from ..ops.creation import ones, zeros
from ..ops.shape import identity
from ..tensors.batched_data import BatchedArray
from ..tensors.tensor import Tensor
from .batching import levels_in_force
from .levels import explicit, implicit, levels_of

Tensors = Sequence[Any]


class Graph:
    """The results of a function, of variables that are new for it.

    The variables are made inside the levels of vmap in which the graph is made, with all their samples: each sample has
    a derivative of its own, also by a variable that has the same value for all.

    Args:
        given: the values of the variables.
        around: the graph that the results belong to already.
        writable: whether the function may write to the variables in place, which writes to those given.

    Attributes:
        variables: the Tensors to give to the function: aliases of those given.
    """

    def __init__(self, given: Tensors, around: Graph | None = None, writable: bool = False) -> None:
        self.levels = levels_in_force()
        self.given = given
        self._all = [_variable(explicit(x, self.levels), writable) for x in given]
        self.variables = [implicit(v, self.levels) for v in self._all]
        self._nodes = [v._node for v in self._all]
        self._known: set[Node] = set(self._nodes) if around is None else {*self._nodes, *around._known}
        self._continued: bool = any(x.requires_grad for x in given) or (around is not None and around._continued)
        self._results: list[Any] = []

    def set_results(self, results: Tensors) -> None:
        """Take the results of the function."""
        self._results = [explicit(y, self.levels) for y in results]

    def leads_outside(self, *nodes: Node) -> bool:
        """Tell whether results depend on what requires a gradient outside of this graph."""
        return self._continued or _reach_leaves(nodes, self._known)

    def released(self, x: Any) -> Any:
        """A result as it is outside of the transform: without a history that leads to the variables only."""
        if not isinstance(x, Tensor) or (node := x._history()) is None or self.leads_outside(node):
            return x
        return x.detach()

    def pull(self, cotangents: Tensors, keep: bool | None = True, record: bool = False) -> list[Any]:
        """For each variable the sum over the results of cotangent · d(result)/d(variable), by one backward pass.

        Args:
            cotangents: one for each result, of its shape.
            keep: whether the graph is needed again; None for only if the derivatives are recorded.
            record: whether the derivatives are to be differentiated by the cotangents.
        """
        roots, recorded = [], record
        for y, g in zip(self._results, cotangents, strict=True):
            node = y._history()
            if node is not None:
                g = explicit(g if g.dtype == y.dtype else cast(g, y.dtype), self.levels)
                roots.append((node, g))
                recorded = recorded or g.requires_grad
        recorded = recorded or self.leads_outside(*[node for node, _ in roots])
        found = derive(roots, self._nodes, keep, recorded)
        return [zeros_of(x) if g is None else implicit(g, self.levels) for x, g in zip(self.given, found, strict=True)]


def _variable(x: Any, writable: bool) -> Any:
    """A Tensor in the memory of x, that requires a gradient and is new in the graph."""
    if x.requires_grad:
        return identity(x)
    variable = identity(wrap(x._data).requires_grad_())
    if writable:
        variable._view = None  # of a leaf, to which nothing may be written
    return variable


def derive(roots: list[tuple[Node, Any]], wanted: Sequence[Node], keep: bool | None, record: bool) -> list[Any]:
    """The gradients, as Tensors, of the wanted nodes; None for those that the roots do not lead to."""
    on_tensors = record or any(type(g._data) is BatchedArray for _, g in roots)
    start = roots if on_tensors else [(node, g._data) for node, g in roots]
    found = differentiate(start, set(wanted), keep, on_tensors) if start else {}
    handed_out = {id(owner(g._data)) for _, g in roots}
    gradients = []
    for node in wanted:
        g: Any = found.get(node)
        if g is not None:
            g = g if isinstance(g, Traced) else wrap(g)
            array = g._data
            if id(owner(array)) in handed_out or 0 in array.strides or not array.flags.writeable:
                g = clone(g)  # somebody else has this memory
            handed_out.add(id(owner(g._data)))
            g = g if record else g.detach()
        gradients.append(g)
    return gradients


def _reach_leaves(roots: Sequence[Node], known: set[Node]) -> bool:
    """Tell whether nodes depend on a leaf, other than by way of nodes that are known."""
    seen = set(known)
    waiting = [node for node in roots if node not in seen]
    seen.update(waiting)
    while waiting:
        node = waiting.pop()
        if type(node) is Leaf:
            return True
        for parent in node.parents:
            if parent not in seen:
                seen.add(parent)
                waiting.append(parent)
    return False


def gradients_of_samples(
    outputs: Tensors, inputs: Tensors, cotangents: Tensors, keep: bool | None, record: bool
) -> list[Any]:
    """`autograd.grad` where some of its Tensors stand for several samples; None for inputs that are not used.

    Each is differentiated as what the graph knows: the Tensor of all samples.
    """
    sizes, roots = levels_in_force(), []
    for y, g in zip(outputs, cotangents, strict=True):
        own = {level: sizes[level] for level in levels_of(y)}
        roots.append((y._history(), explicit(ones_of(y) if g is None else g, own)))
    found = derive(roots, [x._history() for x in inputs], record if keep is None else keep, record)
    return [None if g is None else implicit(g, levels_of(x)) for x, g in zip(inputs, found, strict=True)]


def zeros_of(x: Any) -> Any:
    """Zeros in the shape and dtype of one sample of x."""
    return wrap(zeros(tuple(x._data.shape), x.dtype))


def ones_of(x: Any) -> Any:
    """Ones in the shape and dtype of one sample of x."""
    return wrap(ones(tuple(x._data.shape), x.dtype))


def while_recording(function: Any, *args: Any) -> Any:
    """Call a function while operations are recorded, whatever the mode around it is."""
    return call_in_mode(True, _outside_of_inference_mode, function, args)


def _outside_of_inference_mode(function: Any, args: Any) -> Any:
    in_force(thread).set_mode(True, False)  # that of this call alone
    return function(*args)


def unrecorded(x: Any) -> Any:
    """A result as it is handed back: without its history where operations are not recorded."""
    if isinstance(x, Tensor) and not in_force(thread).recording and x.requires_grad:
        return x.detach()
    return x
