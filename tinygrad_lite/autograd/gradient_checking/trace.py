"""Which operation was called by which line, and where the graph was cut: noted while a check looks for a culprit.

Nothing of this costs anything otherwise: the notes are taken by wrapping a few methods while the block lasts.
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
from ...core.modes import recording, state
from ...core.primitive import Fused
from ...ops.shape import identity
from ...tensors.tensor import Tensor
from ..function import Function, FunctionNode
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
    """A place where a Tensor with a history went on without it."""

    how: str
    site: Site


class Trace:
    """What a run did, as noted by `tracing`."""

    def __init__(self, undo: Cut | None = None) -> None:
        self.applied: dict[Node, Applied] = {}
        self.cuts: list[Cut] = []
        self.undo = undo
        self.layers: dict[int, str] = {}
        self.thread = threading.get_ident()

    def note(self, node: Node | None, operation: Any, args: tuple[Any, ...]) -> None:
        if node is not None and node not in self.applied and threading.get_ident() == self.thread:
            self.applied[node] = Applied(operation, args, self.site())

    def cut(self, how: str) -> bool:
        """Note a cut, and whether it is the one to be undone."""
        if threading.get_ident() != self.thread or (site := self.site()) is None:
            return False
        cut = Cut(how, site)
        if cut not in self.cuts:
            self.cuts.append(cut)
        return cut == self.undo

    def site(self) -> Site | None:
        """The line outside of this package that is being run, or the layer of the module that is."""
        frame: FrameType | None = sys._getframe(1)
        layer = ""
        while frame is not None:
            file = frame.f_code.co_filename
            owner = frame.f_locals.get("self") if frame.f_code.co_name == "forward" else None
            if not layer and owner is not None and id(owner) in self.layers:
                layer = self.layers[id(owner)]
            if not file.startswith(PACKAGE):
                return Site(_shortest(file), frame.f_lineno, linecache.getline(file, frame.f_lineno).strip(), layer)
            if file.startswith(HERE) and frame.f_code.co_name in ("run", "<lambda>"):
                break
            frame = frame.f_back
        return Site("layer " + layer, 0, "") if layer else None


def _shortest(file: str) -> str:
    """The path as it is, or from the current directory."""
    try:
        relative = os.path.relpath(file)
    except ValueError:
        return file
    return relative if len(relative) < len(file) and not relative.startswith("..") else file


def _in_function() -> bool:
    """Whether the forward of a Function is being run, which records nothing on purpose."""
    code = Function.apply.__func__.__code__  # type: ignore[attr-defined]
    frame: FrameType | None = sys._getframe(2)
    while frame is not None:
        if frame.f_code is code:
            return True
        frame = frame.f_back
    return False


@contextmanager
def tracing(trace: Trace) -> Iterator[None]:
    """Note in `trace` what the block does."""
    primitive, init, detach, data = (
        Tensor.__primitive__, FunctionNode.__init__, Tensor.detach, Tensor.data,
    )  # fmt: skip

    def cut_off(args: Any) -> bool:
        return (
            not state.recording
            and any(isinstance(x, Tensor) and x._history() is not None for x in args)
            and not _in_function()
            and trace.cut("no_grad()")
        )

    def on_primitive(self: Tensor, operation: Any, args: Any) -> Any:
        if not isinstance(operation, Fused) and cut_off(args):
            with recording(True):
                return primitive(self, operation, args)
        out = primitive(self, operation, args)
        trace.note(out._node, operation, args)
        return out

    def on_function(self: FunctionNode, function: Any, ctx: Any, args: Any, outputs: Any) -> None:
        init(self, function, ctx, args, outputs)
        trace.note(self, function, args)

    def on_detach(self: Tensor) -> Tensor:
        if self._history() is not None and not _in_function() and trace.cut("detach()"):
            return identity(self)
        return detach(self)

    def on_data(self: Tensor) -> Tensor:
        if self._history() is not None and not _in_function() and trace.cut(".data"):
            return identity(self)
        return data.fget(self)  # type: ignore[attr-defined]

    try:
        Tensor.__primitive__ = on_primitive  # type: ignore
        FunctionNode.__init__, Tensor.detach = on_function, on_detach  # type: ignore
        Tensor.data = property(on_data, data.fset)  # type: ignore
        yield
    finally:
        Tensor.__primitive__ = primitive  # type: ignore[method-assign]
        FunctionNode.__init__, Tensor.detach, Tensor.data = init, detach, data  # type: ignore
