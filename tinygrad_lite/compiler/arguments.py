"""The arguments of a compiled function: which calls share a program, and how a call like the latest is recognized.

Everything about the arguments that a program was made for is in their key. Most calls have plain Tensors like those of
the call before, which need not be compared part by part: of them a compiled expression tells, at a third of the cost.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np

from ..core.graph import Leaf, Node
from ..core.versions import owner
from ..core.views import is_inference
from ..tensors.tensor import Tensor
from .reads import attributes_of

Recognizer = Callable[..., tuple[Tensor, ...] | None]
"""Returns the Tensors among arguments of one kind, and None for others: of these nothing is known."""


class NoKey(TypeError):
    """An argument may be a different one next time, and nothing that can be compared would tell."""


def key_of(x: Any, tensors: list[Tensor], objects: list[Any]) -> Any:
    """The key of an argument: calls with equal keys share a program. Tensors and other objects are collected."""
    if isinstance(x, Tensor):
        tensors.append(x)
        array, node = x._data, x._node if x._view is None else x._history()
        kind = (type(x), "inference") if is_inference(x) else type(x)
        graph = None if node is None else _graph_key(x, node)
        if x.__dict__:
            return kind, array.shape, array.dtype, array.strides, graph, key_of(x.__dict__, tensors, objects)
        return kind, array.shape, array.dtype, array.strides, graph
    kind = type(x)
    if kind in (tuple, list):
        return kind, *[key_of(item, tensors, objects) for item in x]
    if kind is dict:
        return kind, *[(key_of(key, tensors, objects), key_of(item, tensors, objects)) for key, item in x.items()]
    if kind in (float, complex) or isinstance(x, np.generic):
        return kind, repr(x)  # 0.0 is not -0.0, and nan is nan
    if kind in (int, bool, str, bytes, type(None)):
        return kind, x
    if isinstance(x, np.ndarray):
        raise NoKey("an argument is a NumPy array; pass from_numpy(array)")
    if isinstance(x, Iterator):
        raise NoKey(f"an argument is a {kind.__name__}, which is used up; pass a list")
    if isinstance(x, tuple):  # a named tuple, or a size
        parts = [key_of(item, tensors, objects) for item in tuple.__iter__(x)]
        return (kind, *parts) if not attributes_of(x) else (kind, *parts, _identity(x, objects))
    if isinstance(x, (list, dict, set, bytearray, memoryview)):
        raise NoKey(f"an argument is a {kind.__name__}, which can change unnoticed")
    return kind, _identity(x, objects)


def _identity(x: Any, objects: list[Any]) -> int:
    """Two objects that are equal may differ. The guards hold the object, so no other one gets the same number."""
    objects.append(x)
    return id(x)


def _graph_key(x: Tensor, node: Node) -> tuple[bool, ...]:
    return type(node) is Leaf, bool(node.hooks), x._grad is None


def repetitions(tensors: list[Tensor]) -> Any:
    """For each Tensor the place of the first that is the same one, of the first with the same array, and memory.

    Where one is written, a derivative that has saved another of the same memory raises.
    """
    memory = [id(owner(t._data)) for t in tensors]
    if len({*memory}) == len(memory):
        return None
    lists = [id(t) for t in tensors], [id(t._data) for t in tensors], memory
    return tuple([tuple([numbers.index(number) for number in numbers]) for numbers in lists])


def recognizer(args: Sequence[Any]) -> Recognizer:
    """A function that returns the Tensors among arguments of which the key is that of these.

    Where that cannot be told from plain Tensors, numbers and texts alone, it recognizes nothing.
    """
    terms: list[str] = []
    values: dict[str, Any] = {"Tensor": Tensor, "owner": owner}
    tensors: list[str] = []
    for i, x in enumerate(args):
        if type(x) is Tensor and x._view is None and x._node is None and not x.__dict__:
            terms.append(
                f"type(x{i}) is Tensor and x{i}._view is None and x{i}._node is None and not x{i}.__dict__ "
                f"and (a{i} := x{i}._data).dtype is dtype{i} and a{i}.shape == shape{i} and a{i}.strides == strides{i}"
            )
            array = x._data
            values |= {f"dtype{i}": array.dtype, f"shape{i}": array.shape, f"strides{i}": array.strides}
            tensors.append(f"x{i}")
        elif x is None or type(x) is bool:
            terms.append(f"x{i} is {x}")
        elif type(x) in (int, str):
            terms.append(f"type(x{i}) is {type(x).__name__} and x{i} == {x!r}")
        else:
            return _unknown
    if len(tensors) > 1:
        if repetitions([x for x in args if isinstance(x, Tensor)]) is not None:
            return _unknown
        owners = ", ".join([f"id(a if (a := {x}._data).base is None else owner(a))" for x in tensors])
        terms.append(f"len({{{owners}}}) == {len(tensors)}")
    names = ", ".join([*[f"x{i}" for i in range(len(args))], *[f"{name}={name}" for name in values]])
    found = f"({', '.join(tensors)}{',' * (len(tensors) == 1)})"
    exec(f"def recognize({names}):\n    return {found} if {' and '.join(terms) or True} else None", values)
    recognize: Recognizer = values["recognize"]
    return recognize


def _unknown(*args: Any) -> None:
    return None
