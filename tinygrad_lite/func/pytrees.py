"""Nested tuples, lists and dicts of Tensors ("pytrees"), taken apart and put together again."""

from __future__ import annotations

from collections import OrderedDict, defaultdict
from collections.abc import Callable, Sequence
from typing import Any


class Structure:
    """The structure of a pytree. Two are equal if the trees are nested alike, with the same keys and classes.

    Attributes:
        kind: the class of the container; None for a leaf.
        children: the structures of what it contains.
        rebuild: makes the container of its contents.
        keys: those of a dict; else None.
    """

    __slots__ = ("children", "keys", "kind", "rebuild")

    def __init__(self, kind: Any, children: Sequence[Structure], rebuild: Callable[..., Any], keys: Any = None) -> None:
        self.kind = kind
        self.children = children
        self.rebuild = rebuild
        self.keys = keys

    def __eq__(self, other: object) -> bool:
        return (
            isinstance(other, Structure)
            and (self.kind, self.keys) == (other.kind, other.keys)
            and list(self.children) == list(other.children)
        )

    __hash__ = None  # type: ignore[assignment]  # it compares lists

    def __repr__(self) -> str:
        if self.kind is None:
            return "*"
        inner = map(repr, self.children)
        if self.keys is not None:
            return "{" + ", ".join(f"{key!r}: {child}" for key, child in zip(self.keys, inner, strict=True)) + "}"
        text = ", ".join(inner)
        if self.kind is list:
            return f"[{text}]"
        return f"({text},)" if len(self.children) == 1 else f"({text})"

    @property
    def leaves(self) -> int:
        """The number of leaves."""
        return 1 if self.kind is None else sum(child.leaves for child in self.children)


LEAF = Structure(None, (), lambda items: items[0])


def _contents(tree: Any) -> tuple[Any, list[Any], Callable[..., Any], Any] | None:
    """The class, the items, what makes the container of items, and the keys; None for a leaf."""
    if isinstance(tree, dict) and type(tree) in (dict, OrderedDict, defaultdict):
        keys = list(tree)
        if type(tree) is defaultdict:
            factory = tree.default_factory
            return (
                defaultdict,
                list(tree.values()),
                lambda items: defaultdict(factory, zip(keys, items, strict=True)),
                keys,
            )
        kind = type(tree)
        return kind, list(tree.values()), lambda items: kind(zip(keys, items, strict=True)), keys
    if type(tree) in (tuple, list):
        return type(tree), list(tree), type(tree), None
    if isinstance(tree, tuple) and hasattr(tree, "_fields"):  # a namedtuple
        return type(tree), list(tree), lambda items: type(tree)(*items), None
    return None


def flatten(tree: Any) -> tuple[list[Any], Structure]:
    """The leaves of a tree, in order, and its structure."""
    parts = _contents(tree)
    if parts is None:
        return [tree], LEAF
    kind, items, rebuild, keys = parts
    leaves: list[Any] = []
    children = []
    for item in items:
        found, structure = flatten(item)
        leaves += found
        children.append(structure)
    return leaves, Structure(kind, children, rebuild, keys)


def unflatten(leaves: Sequence[Any], structure: Structure) -> Any:
    """The tree of this structure with these leaves."""
    if structure.kind is None:
        return leaves[0]
    items, start = [], 0
    for child in structure.children:
        items.append(unflatten(leaves[start : start + child.leaves], child))
        start += child.leaves
    return structure.rebuild(items)


def mapped(function: Callable[[Any], Any], tree: Any) -> Any:
    """The tree with a function applied to each leaf."""
    leaves, structure = flatten(tree)
    return unflatten([function(x) for x in leaves], structure)


def repeated(prefix: Any, structure: Structure) -> list[Any] | None:
    """For each leaf of a structure the value that `prefix`, a tree that may end earlier, has for it.

    Returns:
        The values; None if the two do not fit together.
    """
    parts = _contents(prefix)
    if parts is None:
        return [prefix] * structure.leaves
    kind, items, _, keys = parts
    alike = (kind, keys) == (structure.kind, structure.keys) or (
        {kind, structure.kind} <= {dict, OrderedDict, defaultdict} and keys == structure.keys
    )
    if not alike or len(items) != len(structure.children):
        return None
    found: list[Any] = []
    for item, child in zip(items, structure.children, strict=True):
        below = repeated(item, child)
        if below is None:
            return None
        found += below
    return found
