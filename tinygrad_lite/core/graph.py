"""The graph of what was computed, and the one walk back through it.

Every node takes the next number of one counter, and its parents are older than itself. So descending
numbers are a reverse topological order: `walk` collects what it can reach with an explicit stack, sorts
once, and hands each node's gradient on to its parents. Nothing here recurses.

The walk runs in one of two readings. On plain arrays, gradients are arrays and the rules are NumPy. When
the gradients must be differentiable themselves, a `lift` is given, which makes a Tensor of an array and its
history; the same rules then run on Tensors and are recorded.
"""

from __future__ import annotations

import operator
import weakref
from collections.abc import Callable, Collection, Iterable, Sequence
from itertools import compress, zip_longest
from operator import attrgetter
from typing import Any

import numpy as np

from . import versions as memory
from .edge import cast, identity, sum_to
from .modes import recording, state
from .primitive import Array, Fused, Primitive, Rule, Traced
from .tracing import graph_break, recorded

Lift = Callable[[Array, "Node | None"], Any]


class Node:
    """One application of a primitive: whose result it made, what its rules need, where gradients go.

    Attributes:
        number: its place in the order of creation.
        parents: the nodes of those arguments that need a gradient.
        plan: the derivatives by those arguments.
        saved: the operands that these derivatives name; None once freed.
        shape, dtype: of the result, and so of its gradient.
        hooks: functions that see, and may replace, the gradient of the result.
        seals: of arrays that code outside could write to the checksums, by identity; None if there are none.

    >>> import tinygrad_lite as tl
    >>> x = tl.tensor(2.0, requires_grad=True)
    >>> y = (x * x).exp()
    >>> y.grad_fn, y.grad_fn.next_functions
    (<ExpBackward0>, ((<MulBackward0>, 0),))
    """

    __slots__ = ("__weakref__", "dtype", "hooks", "number", "parents", "plan", "primitive", "saved", "seals", "shape")

    number: int
    primitive: Primitive
    parents: Sequence[Node]
    plan: Any
    saved: Any
    shape: Any
    dtype: Any
    hooks: dict[int, Callable[[Any], Any]] | None
    seals: dict[int, int] | None

    def gradients(self, g: Any, lift: Lift | None) -> Iterable[Any]:
        """The gradient of each parent, from that of the result."""
        rules: Sequence[Rule] = self.plan.rules
        spans = self.plan.spans
        if lift is None:
            return [recorded(rule.vjp, g, *self.saved[s]) for rule, s in zip(rules, spans, strict=True)]
        histories = {rule.argument + 1: parent for rule, parent in zip(rules, self.parents, strict=True)}
        histories[0] = self
        operands = [_lifted(rule, self.saved[s], histories, lift) for rule, s in zip(rules, spans, strict=True)]
        return [rule.vjp(g, *values) for rule, values in zip(rules, operands, strict=True)]

    def arrays(self) -> Iterable[Any]:
        """The arrays that the derivatives will read."""
        return _arrays_in(self.saved)

    def release(self) -> None:
        """Free the arrays; where there are none, the graph can be walked again."""
        if self.arrays():
            self.saved = None

    def seal(self, args: Iterable[Any]) -> None:
        """If what was computed from is exposed memory, remember what it looked like when it was saved."""
        for x in args:
            if type(x) is np.ndarray and (id(x) in memory.exposed or x.base is not None) and memory.is_exposed(x):
                exposed = {id(y): y for y in self.arrays() if memory.is_exposed(y)}
                self.seals = {key: memory.checksum(y) for key, y in exposed.items()}
                return

    def verify(self) -> None:
        """Raise if an array that the derivatives read is no longer what it was."""
        arrays = self.arrays()
        changed = [x for x in arrays if memory.changed_since(x, self.number)]
        if self.seals and not changed:
            sealed = {id(x): x for x in arrays if id(x) in self.seals}
            changed = [x for key, x in sealed.items() if memory.checksum(x) != self.seals[key]]
        if changed:
            raise RuntimeError(
                "one of the variables needed for gradient computation has been modified by an inplace operation: "
                f"{self.primitive.name}() saved an array of shape {changed[0].shape} ({changed[0].dtype}) for its "
                "derivative, and the memory was written before backward() read it (in place, through a view, or "
                "through a NumPy array that shares it). Change a copy instead (x = x + 1 rather than x += 1, or "
                "x.clone()), or call backward() first"
            )

    def name(self) -> str:
        """The node's kind, spelled as PyTorch spells it."""
        return "".join(word.capitalize() for word in self.primitive.name.split("_")) + "Backward0"

    @property
    def next_functions(self) -> tuple[tuple[Node, int], ...]:
        """The parents, each with the number of its output (PyTorch's form)."""
        return tuple((parent, 0) for parent in self.parents)

    def __repr__(self) -> str:
        return f"<{self.name()}>"


def _arrays_in(values: Iterable[Any]) -> list[Array]:
    found: list[Array] = []
    for x in values:
        if isinstance(x, np.ndarray):
            found.append(x)
        elif type(x) is tuple:
            found += _arrays_in(x)
    return found


def _lifted(rule: Rule, operands: Sequence[Any], histories: dict[int, Node], lift: Lift) -> list[Any]:
    """The operands as Tensors, each connected to the graph that it came from; indices and masks stay arrays."""

    def lifted(x: Any, slot: int) -> Any:
        return lift(x, histories.get(slot)) if isinstance(x, np.ndarray) and x.dtype.kind == "f" else x

    values = list(operands)
    for i, source in enumerate(rule.sources):
        if isinstance(source, slice):
            values[i] = tuple(lifted(x, slot) for slot, x in enumerate(operands[i], start=source.start))
        elif source is not None:
            values[i] = lifted(operands[i], source)
    return values


class FusedNode(Node):
    """One application of a fused operation. `saved` is (arguments, what the kernel saved, needs)."""

    __slots__ = ()

    primitive: Fused

    def gradients(self, g: Any, lift: Lift | None) -> Iterable[Any]:
        args, saved, needs = self.saved
        if lift is None:
            return compress(recorded(self.primitive.pullback, g, saved, needs), needs)
        # Through the reference. Each argument gets a node of its own, so that where one was computed
        # from another the walk stops at this operation's own arguments.
        parents = iter(self.parents)
        inputs = [identity(lift(x, next(parents))) if need else x for x, need in zip_longest(args, needs)]
        wanted = [x._node for x, need in zip_longest(inputs, needs) if need]
        found = walk([(self.primitive.reference(*inputs)._node, g)], wanted=wanted, retain_graph=True, lift=lift)
        return [found.get(node) for node in wanted]

    def arrays(self) -> Iterable[Any]:
        args, saved, needs = self.saved
        return _arrays_in((*args[: len(needs)], *saved))


class Leaf(Node):
    """Where a gradient ends: the place of a Tensor that was not computed, and asks for a gradient."""

    __slots__ = ("tensor",)

    def __init__(self, tensor: Any, array: Array) -> None:
        self.number = 0  # below every other, so that leaves come last in a walk
        self.parents = ()
        self.saved = ()
        self.hooks = self.seals = None
        self.shape, self.dtype = array.shape, array.dtype
        self.tensor = weakref.ref(tensor)

    def name(self) -> str:
        return "AccumulateGrad"

    @property
    def variable(self) -> Any:
        """The Tensor whose gradient is accumulated here."""
        return self.tensor()


class Parts:
    """The gradient of a result that is a tuple: a gradient for those of its items that have one."""

    __slots__ = ("items",)
    shape = None
    dtype = None

    def __init__(self, items: dict[int, Any]) -> None:
        self.items = items

    def __add__(self, other: Parts) -> Parts:
        items = dict(self.items)
        for i, g in other.items.items():
            items[i] = _plus(items[i], g) if i in items else g
        return Parts(items)


class ItemNode(Node):
    """One item of a node whose result is a tuple."""

    __slots__ = ()

    def __init__(self, whole: Node, index: int, array: Array) -> None:
        self.number = next(memory.clock)
        self.primitive = whole.primitive
        self.parents = (whole,)
        self.saved = index
        self.hooks = self.seals = None
        self.shape, self.dtype = array.shape, array.dtype

    def gradients(self, g: Any, lift: Lift | None) -> Iterable[Any]:
        return (Parts({self.saved: g}),)

    def arrays(self) -> Iterable[Any]:
        return ()

    def name(self) -> str:
        return self.parents[0].name()


# ---------------------------------------------------------------------------------------------- the walk


def walk(
    roots: Sequence[tuple[Node, Any]],
    *,
    wanted: Collection[Node] | None = None,
    retain_graph: bool = False,
    lift: Lift | None = None,
) -> dict[Node, Any]:
    """Send the roots' gradients back through the graph, and return those of the `wanted` nodes.

    Without `wanted`, the gradients of all leaves that the roots reach. The arrays that a node saved are freed
    as soon as they were used, unless `retain_graph`.
    """
    order, useful = _reachable([node for node, _ in roots], wanted)
    pending: dict[Node, Any] = {}
    leaves: dict[Node, Any] = {}
    found: dict[Node, Any] = {}
    for node, g in roots:
        _accumulate(leaves if type(node) is Leaf else pending, node, g, None, lift)
    # On plain arrays the common nodes need no call of their `gradients`; but a tape sees what passes through it.
    plain, fused = (Node, FusedNode) if lift is None and state.tape is None else (None, None)
    with recording(lift is not None), np.errstate(all="ignore"):
        for node in order:
            g = pending.pop(node, None)
            if g is None:
                continue
            if node.hooks:
                g = _hooked(node, g)
            if wanted is not None and node in wanted:
                found[node] = g
                if useful.isdisjoint(node.parents):
                    continue
            if node.saved is None:
                raise RuntimeError(_FREED.format(name=node.primitive.name))
            if memory.latest_write > node.number or node.seals is not None:
                node.verify()
            if type(node) is plain:
                gradients = node.plan.derive(g, node.saved)
            elif type(node) is fused:
                needs = node.saved[2]  # no name for what was saved: it would outlive the node
                gradients = compress(node.primitive.pullback(g, node.saved[1], needs), needs)
            else:
                gradients = node.gradients(g, lift)
            for parent, d in zip(node.parents, gradients):  # noqa: B905 (strict= would cost a fifth of the walk)
                if d is None or (wanted is not None and parent not in useful):
                    continue
                if d.shape != parent.shape or d.dtype is not parent.dtype:
                    d = _settle(d, parent, node)
                if type(parent) is Leaf:
                    _accumulate(leaves, parent, d, g, lift)
                elif parent in pending:
                    pending[parent] = _plus(pending[parent], d)
                else:
                    pending[parent] = d
            if not retain_graph and node.saved:
                if type(node) is Node and node.plan.keeps:
                    node.saved = None
                else:
                    node.release()
        for leaf, g in leaves.items():
            if wanted is None or leaf in wanted:
                found[leaf] = _hooked(leaf, g) if leaf.hooks else g
    return found


def _hooked(node: Node, g: Any) -> Any:
    """What a node's hooks make of the gradient of its result."""
    graph_break("a gradient is shown to a hook")
    for hook in tuple(node.hooks.values()):  # type: ignore[union-attr]
        g = hook(g)
    return g


def _reachable(roots: list[Node], wanted: Collection[Node] | None) -> tuple[list[Node], set[Node]]:
    """The nodes to visit, newest first, without the leaves; and, if only some are wanted, what leads to them."""
    order = [node for node in dict.fromkeys(roots) if type(node) is not Leaf]
    seen = set(order)
    for node in order:  # which grows meanwhile
        for parent in node.parents:
            if parent not in seen and type(parent) is not Leaf:
                seen.add(parent)
                order.append(parent)
    order.sort(key=attrgetter("number"), reverse=True)
    if wanted is None:
        return order, seen
    useful = set(wanted)
    for node in reversed(order):
        if not useful.isdisjoint(node.parents):
            useful.add(node)
    return [node for node in order if node in useful], useful


def _accumulate(held: dict[Node, Any], node: Node, d: Any, g: Any, lift: Lift | None) -> None:
    """Add `d`, made from the incoming gradient `g`, to what a root or a leaf has.

    What a leaf has will become its `.grad`, so it is an array of its own, in order, from the start.
    """
    if node in held:
        if lift is None and type(node) is Leaf:
            held[node] = recorded(operator.iadd, held[node], d)
        else:
            held[node] = _plus(held[node], d)
    elif type(node) is not Leaf or lift is not None:
        held[node] = d
    else:
        owned = type(d) is np.ndarray and d is not g and d.base is None and g is not None
        held[node] = d if owned and d.flags.c_contiguous else recorded(_own, d)


def _settle(g: Any, parent: Node, node: Node) -> Any:
    """Bring a gradient to its argument's shape and dtype. The one place where broadcasting is undone."""
    if g.shape != parent.shape:
        if node.primitive.promotion is None or not _stretches(parent.shape, g.shape):
            raise RuntimeError(
                f"{node.primitive.name}: its derivative returned an invalid gradient: got {list(g.shape)}, but "
                f"expected shape compatible with {list(parent.shape)}"
            )
        g = _apply(sum_to, g, parent.shape)
    return g if g.dtype is parent.dtype else _apply(cast, g, parent.dtype)


def _apply(primitive: Primitive, g: Any, *settings: Any) -> Any:
    """A primitive on a gradient, in either reading."""
    return primitive(g, *settings) if isinstance(g, Traced) else recorded(primitive.forward, g, *settings)


def _plus(a: Any, b: Any) -> Any:
    """The sum of two gradients, in either reading."""
    return a + b if isinstance(a, Traced | Parts) else recorded(operator.add, a, b)


def _own(d: Any) -> Array:
    return np.array(d, order="C")


def _stretches(shape: tuple[int, ...], target: tuple[int, ...]) -> bool:
    """Whether broadcasting takes `shape` to `target`."""
    return len(shape) <= len(target) and all(
        n in (1, m) for n, m in zip(reversed(shape), reversed(target), strict=False)
    )


_FREED = (
    "Trying to backward through the graph a second time: {name}() has already freed what it had saved for its "
    "derivative. If you want to go through the same graph twice, pass retain_graph=True to the first backward(). "
    "If this happens from one training step to the next, a value carried over (a hidden state, a running sum of "
    "losses) still holds the last step's graph: carry x.detach() instead"
)
