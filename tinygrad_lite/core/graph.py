"""The graph of what was computed, and the walk through it that differentiates.

Every application of a primitive to Tensors leaves a `Node`: which nodes its arguments came from, and a plan that turns
the gradient of the result into those of the arguments. Every node takes the next number of one counter, so that it is
newer than what it was computed from. Therefore the backward pass is short (`walk`): collect what the roots reach, sort
it by number, and take node after node, the newest first. When a node's turn comes, all that used its result has had
its turn, and its gradient is complete. Nothing here recurses, so a graph may be as deep as memory allows.

How gradients are computed is a `Reading`. The plain one computes with arrays, and a rule is then NumPy. Another reading
computes with Tensors, so that the same rules are recorded and can be differentiated again (see `higher_order`); in a
third the compiler writes every call down.
"""

from __future__ import annotations

import operator
import weakref
from collections.abc import Callable, Collection, Iterable, Sequence
from typing import Any

import numpy as np

from . import errors, versions
from .edge import cast, clone, sum_to
from .handles import call_without_gradient
from .primitive import Array, Traced
from .public_node import PublicNode


class Node(PublicNode):
    """One application of a primitive.

    Attributes:
        number: its place in the order of creation.
        primitive: what was applied.
        parents: the nodes of those arguments that need a gradient.
        plan: computes the gradients of these arguments.
        saved: the values that the plan needs; None once they are freed.
        shape, dtype: those of the result, and so of its gradient.
        hooks: functions that see, and may replace, the gradient of the result.
        checksums: from the id of a saved array that user code could change to its checksum; None if there is none.

    >>> import tinygrad_lite as tl
    >>> x = tl.tensor(2.0, requires_grad=True)
    >>> y = (x * x).exp()
    >>> y.grad_fn, y.grad_fn.next_functions
    (<ExpBackward0>, ((<MulBackward0>, 0),))
    """

    __slots__ = (
        "__weakref__", "checksums", "dtype", "hooks", "number", "parents", "plan", "primitive", "saved", "shape",
    )  # fmt: skip

    without_gradient = call_without_gradient

    def arrays(self) -> Sequence[Array]:
        """The saved arrays."""
        return versions.arrays_in(self.saved or ())  # another thread may have freed them

    def protect(self, inputs: Iterable[Any]) -> None:
        """Take checksums of the saved arrays where code outside could write to them."""
        self.checksums = versions.checksums(inputs, self.arrays)

    def verify(self) -> None:
        """Raise if a saved array is no longer what it was."""
        changed = versions.first_changed(self.arrays(), self.number, self.checksums)
        if changed is not None:
            raise errors.changed(self.primitive.name, changed)

    def release(self) -> None:
        """Free the saved arrays. A node that has none can be walked again."""
        if (needs := self.plan.needs_arrays) or (needs is None and self.arrays()):
            self.saved = None


class Leaf(Node):
    """The end of a gradient's way: the node of a Tensor that was not computed and requires a gradient."""

    __slots__ = ("tensor",)
    _is_named = True

    def __init__(self, tensor: Any, array: Array) -> None:
        self.number = 0  # older than every other node
        self.parents = self.saved = ()
        self.hooks = self.checksums = None
        self.shape, self.dtype = array.shape, array.dtype
        self.tensor = weakref.ref(tensor)

    variable = property(lambda self: self.tensor(), doc="The Tensor whose gradient is accumulated here.")


Leaf.__name__ = Leaf.__qualname__ = "AccumulateGrad"  # PyTorch's name, which programs that draw graphs look for


class Reading:
    """The way a walk computes with gradients. This one computes with arrays."""

    records = False
    """True if operations on Tensors are recorded during the walk."""

    def derive(self, node: Node, g: Any, saved: Any) -> Iterable[Any]:
        """The gradients of a node's parents, from the gradient of its result and from what the node saved."""
        return node.plan.derive(g, saved)

    unwatched = derive
    """`derive` while nothing is put around it to look at each gradient: then those of pieces are joined."""

    def call(self, function: Callable[..., Any], *args: Any) -> Any:
        """Apply a function or a primitive to gradients."""
        return function(*args)

    def deposit(self, arrived: dict[Node, Any], leaf: Node, d: Any, g: Any) -> None:
        """Add `d`, which was derived from `g`, to the gradient that arrived at a leaf.

        It will be the leaf's `.grad`, so it is from the start an array of its own, in order, that can be added to.
        """
        if leaf in arrived:
            arrived[leaf] = self.call(operator.iadd, arrived[leaf], d)
        else:
            own = d is not g and g is not None and type(d) is np.ndarray and d.base is None and d.flags.c_contiguous
            arrived[leaf] = d if own or isinstance(d, Traced) else self.call(clone.forward, d)

    def hooked(self, node: Node, g: Any) -> Any:
        """The gradient of a node's result after its hooks were called."""
        for hook in tuple(node.hooks.values()):  # type: ignore[union-attr]  # called only if there are hooks
            g = hook(g)
        return g


ON_ARRAYS = Reading()


def walk(
    roots: Sequence[tuple[Node, Any]], wanted: Collection[Node] | None, retain_graph: bool, reading: Reading
) -> dict[Node, Any]:
    """Send the roots' gradients back through the graph, and return those that come to the `wanted` nodes.

    Without `wanted`, return those that come to leaves. What a node saved is freed as soon as it was used, unless
    `retain_graph`. To be called by `differentiate`, in the mode of `reading`.
    """
    derive, deposit = reading.derive, reading.deposit
    alone = derive == reading.unwatched and Reading.derive is Reading.unwatched
    order, leads_to_wanted = _reachable([node for node, _ in roots], wanted)
    waiting: dict[Node, Any] = {}  # gradients that wait for the turn of their node
    written: dict[Node, Any] = {}  # the arrays among them into which gradients of pieces are written
    arrived: dict[Node, Any] = {}  # gradients that have come to leaves
    found: dict[Node, Any] = {}
    for node, g in roots:
        if type(node) is Leaf:
            deposit(arrived, node, g, None)
        else:
            waiting[node] = reading.call(operator.add, waiting[node], g) if node in waiting else g
    for node in order:  # the newest first
        g = waiting.pop(node, None)  # complete, because all that used the node's result is newer
        if g is None:
            if (g := node.without_gradient()) is None:
                continue
        else:
            if node.hooks:
                g = reading.hooked(node, g)
            if wanted is not None and node in wanted:
                found[node] = g
                if leads_to_wanted.isdisjoint(node.parents):
                    continue  # nothing that is wanted lies behind it
        saved = node.saved
        if saved is None:
            raise errors.freed(node.primitive.name)
        if versions.latest_write > node.number or node.checksums is not None:
            node.verify()
        joined = saved and alone and (join := node.primitive.join) and join(reading, node, g, saved, waiting, written)
        for parent, d in () if joined else zip(node.parents, derive(node, g, saved)):  # noqa: B905 (strict= is slow)
            if d is None or (wanted is not None and parent not in leads_to_wanted):
                continue
            if d.shape != parent.shape or d.dtype is not parent.dtype:
                d = settle(d, parent, node, reading)
            if type(parent) is Leaf:
                deposit(arrived, parent, d, g)
            elif parent in waiting:
                waiting[parent] = reading.call(operator.add, waiting[parent], d)
            else:
                waiting[parent] = d
        if not retain_graph and saved:
            node.release()
    for leaf, g in arrived.items():
        if wanted is None or leaf in wanted:
            found[leaf] = reading.hooked(leaf, g) if leaf.hooks else g
    return found


def _reachable(roots: list[Node], wanted: Collection[Node] | None) -> tuple[list[Node], set[Node]]:
    """The nodes to be visited, the newest first, without the leaves; and those that lead to wanted ones."""
    order = [node for node in dict.fromkeys(roots) if type(node) is not Leaf]
    seen = set(order)
    for node in order:  # which grows meanwhile
        for parent in node.parents:
            if parent not in seen and type(parent) is not Leaf:
                seen.add(parent)
                order.append(parent)
    order.sort(key=operator.attrgetter("number"), reverse=True)
    if wanted is None:
        return order, seen
    leads_to_wanted = set(wanted)
    for node in reversed(order):
        if not leads_to_wanted.isdisjoint(node.parents):
            leads_to_wanted.add(node)
    return [node for node in order if node in leads_to_wanted], leads_to_wanted


def settle(d: Any, parent: Node, node: Node, reading: Reading) -> Any:
    """Bring a gradient to its argument's shape and dtype. This is the one place where broadcasting is undone."""
    if d.shape != parent.shape:
        pairs = zip(reversed(parent.shape), reversed(d.shape), strict=False)
        was_broadcast = len(parent.shape) <= len(d.shape) and all(n in (1, m) for n, m in pairs)
        if node.primitive.promotion is None or not was_broadcast:
            raise errors.invalid_gradient(node.primitive.name, d.shape, parent.shape)
        d = reading.call(sum_to, d, parent.shape)
    return d if d.dtype is parent.dtype else reading.call(cast, d, parent.dtype)
