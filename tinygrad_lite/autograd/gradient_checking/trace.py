"""A trace: which line called each operation, and where the graph was cut. It is recorded to find a culprit.

Nothing of this costs anything otherwise: while a trace is recorded, a few methods of Tensor are replaced.
"""

from __future__ import annotations

import linecache
import os
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from typing import Any

from ...core.graph import Node
from ...core.modes import call_in_mode, state
from ...core.primitive import Fused
from ...ops.shape import identity
from ...tensors.tensor import Tensor
from ..function import Function
from ..function_node import FunctionNode
from .report import Site

PACKAGE = str(Path(__file__).parents[2]) + os.sep
HERE = str(Path(__file__).parent) + os.sep


@dataclass(frozen=True)
class Applied:
    """One operation as it was applied: a primitive or a Function, its arguments and the line that called it."""

    operation: Any
    args: tuple[Any, ...]
    site: Site | None


@dataclass(frozen=True)
class Cut:
    """A place where a Tensor lost its history."""

    how: str
    site: Site


class Trace:
    """The record of one run.

    Attributes:
        applied: the operation that made each node.
        cuts: the places where the graph was cut.
        undo: a cut that is not to happen in this run.
        layers: the names of the layers of a module, by identity.
    """

    def __init__(self, layers: dict[int, str], undo: Cut | None = None) -> None:
        self.applied: dict[Node, Applied] = {}
        self.cuts: list[Cut] = []
        self.undo = undo
        self.layers = layers
        self.thread = threading.get_ident()

    def add(self, node: Node | None, operation: Any, args: tuple[Any, ...]) -> None:
        """Record an operation, if it has made a node in this thread."""
        if node is not None and node not in self.applied and threading.get_ident() == self.thread:
            self.applied[node] = Applied(operation, args, self.site())

    def cut(self, how: str) -> bool:
        """Record a cut; whether it is the one that is not to happen."""
        if threading.get_ident() != self.thread or (site := self.site()) is None:
            return False
        cut = Cut(how, site)
        if cut not in self.cuts:
            self.cuts.append(cut)
        return cut == self.undo

    def site(self) -> Site | None:
        """The line outside of this package that is being run, or else the layer of the module that is."""
        frame: FrameType | None = sys._getframe(1)
        layer = ""
        while frame is not None:
            file = frame.f_code.co_filename
            owner = frame.f_locals.get("self") if frame.f_code.co_name == "forward" else None
            if not layer and owner is not None and id(owner) in self.layers:
                layer = self.layers[id(owner)]
            if not file.startswith(PACKAGE):
                return Site(shortest(file), frame.f_lineno, linecache.getline(file, frame.f_lineno).strip(), layer)
            if file.startswith(HERE) and frame.f_code.co_name in ("run", "<lambda>"):
                break
            frame = frame.f_back
        return Site("layer " + layer, 0, "") if layer else None


def shortest(file: str) -> str:
    """The path of a file as it is, or from the current directory if that is shorter."""
    try:
        relative = os.path.relpath(file)
    except ValueError:
        return file
    return relative if len(relative) < len(file) and not relative.startswith("..") else file


def _in_function() -> bool:
    """True while the forward of a Function is running, which records nothing on purpose."""
    code = Function.apply.__func__.__code__  # type: ignore[attr-defined]
    frame: FrameType | None = sys._getframe(2)
    while frame is not None:
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
    primitive, detach = Tensor.__primitive__, Tensor.detach
    data: Any = Tensor.data
    init = FunctionNode.__init__

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
        out = primitive(self, operation, args)
        trace.add(out._node, operation, args)
        return out

    def on_function(self: FunctionNode, function: Any, ctx: Any, args: Any, outputs: Any) -> None:
        init(self, function, ctx, args, outputs)
        trace.add(self, function, args)

    def on_detach(self: Tensor) -> Tensor:
        if self._history() is not None and not _in_function() and trace.cut("detach()"):
            return identity(self)
        return detach(self)

    def on_data(self: Tensor) -> Any:
        if self._history() is not None and not _in_function() and trace.cut(".data"):
            return identity(self)
        return data.fget(self)

    methods = {"__primitive__": on_primitive, "detach": on_detach}
    with (
        attributes_replaced(Tensor, data=property(on_data, data.fset), **methods),
        attributes_replaced(FunctionNode, __init__=on_function),
    ):
        yield
