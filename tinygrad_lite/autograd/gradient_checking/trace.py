"""A trace: which line called each operation, and where the graph was cut. It is recorded to find a culprit.

Operations are told of by `tensors.observation`. Only where the graph is cut, or would be, a few methods of Tensor are
replaced while a trace is recorded: a cut can then be undone by way of trial.
"""

from __future__ import annotations

import inspect
import sys
import threading
from collections.abc import Collection, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from types import FrameType
from typing import Any

from ...core.graph import Node
from ...core.modes import call_in_mode, state
from ...core.primitive import Fused
from ...core.tensor import TensorBase
from ...insight.sites import Layers, Site, calling_site
from ...ops.shape import identity
from ...tensors.observation import Observer, observed_by
from ...tensors.tensor import Tensor
from ..function import Function
from ..function_node import ResultNode
from .isolated_copy import IsolatedCopy
from .surrogates import Surrogates

FROM_HERE: Any = IsolatedCopy.run.__code__
"""The code that calls the function that is checked: lines outside of it are gradcheck's own, or its caller's."""


@dataclass(frozen=True)
class Applied:
    """One operation as it was applied: a primitive or a Function, its arguments and the line that called it."""

    operation: Any
    args: tuple[Any, ...]
    site: Site | None

    @property
    def shapes(self) -> tuple[Any, ...]:
        """The shapes of the arguments, and those that are numbers and the like themselves."""
        return tuple(x.shape if isinstance(x, TensorBase) else repr(x) for x in self.args)


@dataclass(frozen=True)
class Cut:
    """A place where a Tensor lost its history. What Python reads (`item()`, `numpy()`) cannot be undone."""

    how: str
    site: Site
    undoable: bool = True

    def __str__(self) -> str:
        return f"the {self.how} at {self.site}"


class Trace(Observer):
    """The record of one run.

    Attributes:
        made: the operation that made each node.
        cuts: the places where the graph was cut.
        undo: the cuts that are not to happen in this run.
        layers: names the layers of a module.
        surrogates: functions inside of which a cut is meant.
    """

    def __init__(self, layers: Layers, undo: Collection[Cut] = (), surrogates: Surrogates | None = None) -> None:
        self.made: dict[Node, Applied] = {}
        self.cuts: list[Cut] = []
        self.undo = undo
        self.layers = layers
        self.surrogates = surrogates
        self.thread = threading.get_ident()

    def applied(self, operation: Any, args: tuple[Any, ...], result: Any, in_backward: bool) -> None:
        for t in result if isinstance(result, tuple) else (result,):
            node = t._node if isinstance(t, TensorBase) else None
            if isinstance(node, ResultNode):
                node = node.whole
            if node is not None and node not in self.made:
                self.made[node] = Applied(operation, args, self.site())

    def cut(self, how: str, undoable: bool = True) -> bool:
        """Record a cut; whether it is one that is not to happen."""
        if self.surrogates is not None and self.surrogates.inside:
            return False
        if threading.get_ident() != self.thread or (site := self.site()) is None:
            return False
        cut = Cut(how, site, undoable)
        if cut not in self.cuts:
            self.cuts.append(cut)
        return cut in self.undo

    def in_place(self) -> AbstractContextManager[None]:
        """Let it be known when a surrogate runs."""
        return nullcontext() if self.surrogates is None else self.surrogates.in_place()

    def site(self) -> Site | None:
        """The line of the function that is checked which is being run."""
        return calling_site(self.layers, until=FROM_HERE)


def _in_function() -> bool:
    """Return True while the forward of a Function is running, which records nothing on purpose."""
    code = inspect.unwrap(Function.apply).__code__
    frame: FrameType | None = sys._getframe(2)
    while frame is not None and frame.f_code is not FROM_HERE:
        if frame.f_code is code:
            return True
        frame = frame.f_back
    return False


@contextmanager
def attributes_replaced(owner: type, **attributes: Any) -> Iterator[None]:
    """Replace attributes of a class while the block lasts. Those that it inherits are removed from it afterwards."""
    own = {name: vars(owner)[name] for name in attributes if name in vars(owner)}
    try:
        for name, value in attributes.items():
            setattr(owner, name, value)
        yield
    finally:
        for name in attributes:
            if name in own:
                setattr(owner, name, own[name])
            elif name in vars(owner):
                delattr(owner, name)


@contextmanager
def recorded(trace: Trace) -> Iterator[None]:
    """Record in `trace` what the block does."""
    with observed_by(trace), _cuts_told_to(trace):
        yield


@contextmanager
def _cuts_told_to(trace: Trace) -> Iterator[None]:
    primitive, detach, read = Tensor.__primitive__, Tensor.detach, Tensor._read
    data: Any = Tensor.data

    def cut_off(args: Any) -> bool:
        return (
            not state.recording
            and any(isinstance(x, Tensor) and x._history() is not None for x in args)
            and not _in_function()
            and trace.cut("no_grad()")
        )

    def on_primitive(self: Tensor, operation: Any, args: Any) -> Any:
        if not isinstance(operation, Fused) and cut_off(args):
            return call_in_mode(True, primitive, self, operation, args)
        return primitive(self, operation, args)

    def on_detach(self: Tensor) -> Tensor:
        if self._history() is not None and not _in_function() and trace.cut("detach()"):
            return identity(self)
        return detach(self)

    def on_data(self: Tensor) -> Any:
        if self._history() is not None and not _in_function() and trace.cut(".data"):
            return identity(self)
        return data.fget(self)

    def on_read(self: Tensor, *reason: Any) -> Any:
        if self._history() is not None and not _in_function():
            trace.cut("reading of values by Python", undoable=False)
        return read(self, *reason)

    methods: dict[str, Any] = {"__primitive__": on_primitive, "detach": on_detach, "_read": on_read}
    with attributes_replaced(Tensor, data=property(on_data, data.fset), **methods):
        yield
