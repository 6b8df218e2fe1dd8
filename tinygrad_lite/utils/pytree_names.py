"""The names that scripts import from `torch.utils._pytree`: nested containers are taken apart, and rebuilt."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from ..func import pytrees
from ..func.pytrees import Structure as TreeSpec
from ..func.pytrees import flatten as tree_flatten

__all__ = ["TreeSpec", "tree_flatten", "tree_leaves", "tree_map", "tree_map_only", "tree_unflatten"]


def tree_unflatten(leaves: Sequence[Any], treespec: TreeSpec) -> Any:
    """Put leaves into a structure that `tree_flatten` has found."""
    leaves = list(leaves)
    if len(leaves) != treespec.leaves:
        raise ValueError(
            f"tree_unflatten(leaves, treespec): `leaves` has length {len(leaves)} but the spec refers to a pytree that "
            f"holds {treespec.leaves} items ({treespec})."
        )
    return pytrees.unflatten(leaves, treespec)


def tree_leaves(tree: Any) -> list[Any]:
    """The leaves, in order."""
    return tree_flatten(tree)[0]


def tree_map(func: Callable[..., Any], tree: Any, *rests: Any) -> Any:
    """The tree with a function applied to each leaf, and to the same leaf of other trees."""
    leaves, structure = tree_flatten(tree)
    others = [tree_leaves(rest) for rest in rests]
    return tree_unflatten([func(*values) for values in zip(leaves, *others, strict=True)], structure)


def tree_map_only(kind: Any, func: Callable[[Any], Any], tree: Any) -> Any:
    """The tree with a function applied to the leaves of a class."""
    return pytrees.mapped(lambda x: func(x) if isinstance(x, kind) else x, tree)
