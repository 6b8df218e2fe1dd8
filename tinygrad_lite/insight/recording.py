"""The recorder: every operation of a block, in order, with the line and the module that it was called from."""

from __future__ import annotations

import weakref
from collections.abc import Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from ..core.graph import Node
from ..core.tensor import TensorBase
from ..tensors.observation import Observer, observed_by
from .sites import Layers, Site, calling_site
from .values import Summary, arrays_of, summarize, tensors_of

Values = Literal["summary", "all"]


@dataclass(frozen=True)
class Operation:
    """One operation that was applied.

    Attributes:
        name: the name of the primitive, of the Function, or of the compiled function.
        operation: the primitive or function itself.
        inputs: for each argument that is a Tensor or an array its shape, and other arguments as they were.
        shape, dtype: those of the result; of its first Tensor, if it is a tuple.
        site: the line that called it, and the layer; None if only this library's own code was running.
        values: the result in a few numbers, a copy of it, or None, as was asked for.
        in_backward: whether the backward pass applied it, under `create_graph=True`.
        node: a weak reference to the node of the result: a recording keeps no graph alive. None if it has none.
        model: a weak reference to the module that was recorded, which names the parameters; None without one.
    """

    name: str
    operation: Any
    inputs: tuple[Any, ...]
    shape: tuple[int, ...]
    dtype: np.dtype[Any] | None
    site: Site | None
    values: Summary | np.ndarray[Any, Any] | None
    in_backward: bool
    node: weakref.ref[Node] | None
    model: weakref.ref[Any] | None = None

    def __str__(self) -> str:
        where = f"  {self.site.place}" + (f", {self.site.layer}" if self.site.layer else "") if self.site else ""
        values = f"  {self.values}" if isinstance(self.values, Summary) else ""
        return f"{self.name} {shape_text(self.shape)}{where}{values}"


@dataclass(frozen=True)
class Derivation:
    """One step of a backward pass: the gradient of a node's result, and those that its rule made of it.

    Attributes:
        node: a weak reference to the node.
        name: the name of its operation.
        g: the gradient of the result, in a few numbers or as a copy, as was asked for; None otherwise.
        gradients: those of the arguments, likewise.
    """

    node: weakref.ref[Node]
    name: str
    g: Any
    gradients: tuple[Any, ...]


class Recording(Observer, AbstractContextManager["Recording"]):
    """The result of `record`: enter it with `with`, and look at it afterwards.

    Attributes:
        operations: the operations, in the order in which they were applied.
        derivations: the steps of the backward passes, in order.
    """

    inside_programs = False  # what is recorded is what the graph has

    def __init__(self, layers: Layers, values: Values | None) -> None:
        self.layers = layers
        self.values = values
        self.operations: list[Operation] = []
        self.derivations: list[Derivation] = []
        self._entered: list[AbstractContextManager[None]] = []

    def __enter__(self) -> Recording:
        watching = observed_by(self)
        watching.__enter__()
        self._entered.append(watching)
        return self

    def __exit__(self, *exception: Any) -> None:
        self._entered.pop().__exit__(*exception)

    def __iter__(self) -> Iterator[Operation]:
        return iter(self.operations)

    def __len__(self) -> int:
        return len(self.operations)

    def __str__(self) -> str:
        return "\n".join(map(str, self.operations))

    def __repr__(self) -> str:
        return f"<recording of {len(self.operations)} operations and {len(self.derivations)} steps backward>"

    # ------------------------------------------------------------------------------------ what an observer hears

    def applied(self, operation: Any, args: tuple[Any, ...], result: Any, in_backward: bool) -> None:
        tensors = tensors_of(result)
        node = tensors[0]._node if tensors else None
        arrays = arrays_of(result)
        site = calling_site(self.layers)
        entry = Operation(
            getattr(operation, "name", None) or operation.__name__,
            operation,
            tuple(tuple(x.shape) if isinstance(x, (TensorBase, np.ndarray)) else x for x in args),
            tuple(arrays[0].shape) if arrays else (),
            arrays[0].dtype if arrays else None,
            site,
            self._kept(arrays[0]) if arrays else None,
            in_backward,
            None if node is None else weakref.ref(node),
            self.layers.counted_from,
        )
        self.operations.append(entry)
        for t in tensors:
            if t._node is not None:
                for made in (t._node, t._node.public[0]):
                    _operations.setdefault(made, entry)

    def derived(self, node: Node, g: Any, gradients: list[Any]) -> None:
        kept = tuple(self._kept_of(x) for x in gradients)
        self.derivations.append(Derivation(weakref.ref(node), node.primitive.name, self._kept_of(g), kept))

    def _kept(self, array: np.ndarray[Any, Any]) -> Summary | np.ndarray[Any, Any] | None:
        if self.values == "all":
            return array.copy()
        return summarize(array) if self.values == "summary" else None

    def _kept_of(self, value: Any) -> Any:
        arrays = arrays_of(value)
        return self._kept(arrays[0]) if len(arrays) == 1 else None


_operations: weakref.WeakKeyDictionary[Node, Operation] = weakref.WeakKeyDictionary()


def operation_of(node: Node) -> Operation | None:
    """The operation that made a node, if somebody recorded it."""
    return _operations.get(node)


def record(model: Any = None, values: Values | None = "summary") -> Recording:
    """Record every operation while a `with` block lasts, with the line and the module that it was called from.

    A recording keeps no graph alive, and changes no value. A function made by `compile` is one operation in it, except
    for the call at which it is compiled. It sees the thread that entered it. While nobody records,
    it costs nothing; while it does, some 10 µs an operation, and the time to look at the values.

    Args:
        model: the module from which the paths of layers are counted; by default the one that is called. What shows
            the graph later calls the parameters of this module by their names.
        values: `"summary"` to keep each result in a few numbers, `"all"` for a copy of each, None for none.

    Returns:
        A `Recording`, to be entered: iterate over its `operations` afterwards.

    Raises:
        ValueError: if `values` is something else.

    >>> import tinygrad_lite as tl
    >>> x = tl.tensor([1.0, 4.0], requires_grad=True)
    >>> with tl.insight.record() as recording:
    ...     loss = x.sqrt().sum()
    ...     loss.backward()
    >>> [operation.name for operation in recording.operations]
    ['sqrt', 'sum']
    >>> [step.name for step in recording.derivations]
    ['sum', 'sqrt']
    >>> print(recording.operations[0].values)
    1 … 2, mean 1.5, std 0.5
    """
    if values not in ("summary", "all", None):
        raise ValueError(f'record(): values must be "summary", "all" or None, not {values!r}')
    return Recording(Layers(model), values)


def shape_text(shape: tuple[int, ...]) -> str:
    """A shape as it is written in Python, without a space: `(4,2)`."""
    return "(" + ",".join(map(str, shape)) + (",)" if len(shape) == 1 else ")")
