"""The results of a `Function` in the graph: new values, views, or arguments that were changed in place."""

from __future__ import annotations

import warnings

from ..core import versions as memory
from ..core.edge import reshape
from ..core.modes import state
from ..core.primitive import Operands
from ..core.tensor import wrap
from ..core.views import MadeByFunction, View
from ..tensors.in_place import check_recordable, continue_from
from ..tensors.tensor import Tensor
from .function_context import FunctionCtx
from .function_node import FunctionNode


class Results:
    """The results of one application of a Function, as forward returned them and told of them.

    Attributes:
        name: the name of the Function.
        outputs: what forward returned.
        inputs: the ids of the Tensors among the arguments.
        dirty: the ids of the arguments that forward has changed.
        differentiable: the ids of the results that have a gradient; none if nothing is recorded.
    """

    def __init__(self, name: str, ctx: FunctionCtx, args: Operands, outputs: Operands, recorded: bool) -> None:
        self.name = name
        self.outputs = outputs
        self.inputs = {id(x) for x in args if isinstance(x, Tensor)}
        without = {id(t) for t in ctx.non_differentiable}
        floats = {id(t) for t in outputs if isinstance(t, Tensor) and t._data.dtype.kind == "f"}
        self.differentiable = floats - without if recorded else set()
        self.dirty: set[int] = set()
        for x in ctx.dirty_tensors:
            self._check_changed(x, id(x) in without)
            if id(x) in self.inputs:
                self.dirty.add(id(x))

    def _check_changed(self, x: Tensor, without_gradient: bool) -> None:
        """Note that x, which forward has marked as dirty, was written to.

        Raises:
            RuntimeError: if forward must not change it, or does not return it.
        """
        if all(t is not x for t in self.outputs):
            raise RuntimeError(
                "Some elements marked as dirty during the forward method were not returned as output. The inputs that "
                "are modified inplace must all be outputs of the Function."
            )
        if id(x) not in self.inputs:
            warnings.warn(
                "ctx.mark_dirty() received a tensor that was not an input. Only input Tensors that have been mutated "
                "should be passed to ctx.mark_dirty().",
                UserWarning,
                stacklevel=4,
            )
        elif state.recording and not without_gradient:
            recorded = id(x) in self.differentiable
            check_recordable(x, recorded, "has been used")
            if recorded and isinstance(x._view, View) and len(self.outputs) > 1:
                raise RuntimeError(
                    "If your Function modifies inplace an input that is a view of another Tensor, your Function cannot "
                    "return more than one Tensor. This is not supported by the current autograd engine. You should "
                    "either make sure the input is not a view (using .clone() for example) or make your Function only "
                    "return one Tensor (potentially splitting it into two Functions: one doing the inplace that "
                    "returns a single Tensor and a second one that does the other operations)."
                )
        memory.wrote(x._data)

    def check_saved_arguments(self, saved: Operands) -> None:
        """Refuse that a `setup_context` saves an argument that is a result as it is: it could mean either."""
        unchanged = self.inputs - self.dirty
        if any(id(t) in unchanged and any(t is out for out in self.outputs) for t in saved):
            raise RuntimeError(
                "An input that has been returned as-is as output is being saved for backward. This is not supported if "
                "you override setup_context. You should return and save a view of the input instead, e.g. with "
                "x.view_as(x) or setup ctx inside the forward function itself."
            )

    def with_histories(self, node: FunctionNode | None) -> Operands:
        """The results, once those that have a gradient have `node` for their history."""
        return tuple([self._result(i, t, node) if isinstance(t, Tensor) else t for i, t in enumerate(self.outputs)])

    def _result(self, i: int, t: Tensor, node: FunctionNode | None) -> Tensor:
        key = id(t)
        if node is None or key not in self.differentiable:
            if t._history() is not None:
                return wrap(t._data)
            return _view_as_itself(t) if key in self.inputs and key not in self.dirty else t
        if key in self.dirty:
            continue_from(t, wrap(t._data, node.add_result(i)))
            return t
        if key in self.inputs:
            t = _view_as_itself(t)
        t._node = node.add_result(i)  # of what is returned twice, the gradient is then that of its last place
        if isinstance(t._view, View):
            t._view.made_by = MadeByFunction(self.name, i, len(self.differentiable) > 1, t._data)
        return t


def _view_as_itself(x: Tensor) -> Tensor:
    view: Tensor = wrap(x._data)
    view._view = View(x, (reshape, (x.shape,)))
    return view
