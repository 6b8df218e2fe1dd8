"""The object through which the forward of a `Function` passes to its backward what that needs."""

from __future__ import annotations

import warnings
import weakref
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, NamedTuple

from ..core import errors, versions
from ..core.argument_types import type_name
from ..core.errors import inference_saved
from ..core.graph import Node
from ..core.primitive import Array, Operands
from ..core.tensor import wrap
from ..core.views import is_inference
from ..tensors.tensor import Tensor
from . import saved_hooks


class FunctionCtx:
    """The object through which `forward` passes to `backward` what that needs.

    Tensors go through `save_for_backward`; anything else may be set as an attribute, and is then an attribute of the
    result's `grad_fn` too.

    Attributes:
        needs_input_grad: one bool for each argument of forward: whether its gradient is needed.
        to_save, dirty_tensors, non_differentiable, materialize_grads: what forward declared by the methods below.
    """

    to_save: tuple[Any, ...] = ()
    dirty_tensors: tuple[Any, ...] = ()
    non_differentiable: tuple[Any, ...] = ()
    materialize_grads = True
    _materialize_non_diff_grads = True
    _saved: Saved | None = None

    def __init__(self, needs_input_grad: tuple[bool, ...]) -> None:
        self.needs_input_grad = needs_input_grad

    if TYPE_CHECKING:  # any attribute may be set in forward and read in backward

        def __getattr__(self, name: str) -> Any: ...
        def __setattr__(self, name: str, value: Any) -> None: ...

    def save_for_backward(self, *tensors: Tensor | None) -> None:
        """Save Tensors (arguments, results or others) for backward, which raises if they have changed meanwhile.

        Raises:
            TypeError: from `apply`, for anything but a Tensor or None.
        """
        self.to_save = tensors

    def save_for_forward(self, *tensors: Tensor | None) -> None:
        """Accept what PyTorch saves for `jvp`; derivatives in forward mode are not computed here.

        Raises:
            AssertionError: for anything but a Tensor or None.
        """
        if any(t is not None and not isinstance(t, Tensor) for t in tensors):
            raise AssertionError(
                "save_for_forward expects all arguments to be tensors; you should save non-tensors as attributes on "
                "ctx."
            )

    @property
    def saved_tensors(self) -> tuple[Tensor, ...]:
        """The Tensors that forward saved, in the same order; None where it saved None.

        Raises:
            RuntimeError: if one of them was changed in place since, or if an earlier backward has freed them.
        """
        return () if self._saved is None else self._saved.tensors()

    @property
    def saved_variables(self) -> tuple[Tensor, ...]:
        """The older name of `saved_tensors`."""
        warnings.warn("'saved_variables' is deprecated; use 'saved_tensors'", DeprecationWarning, stacklevel=2)
        return self.saved_tensors

    def mark_non_differentiable(self, *tensors: Tensor) -> None:
        """Declare that these results have no gradient."""
        _check_variables("mark_non_differentiable only accepts variable arguments, but got", tensors)
        self.non_differentiable = tensors

    def mark_dirty(self, *tensors: Tensor) -> None:
        """Declare that forward changes these arguments in place; it must return each of them.

        To the graph this is an operation in place: the argument becomes the result, whatever it is a view of takes the
        new history too, and what has saved the old values notices.
        """
        _check_variables("mark_dirty can only accept variables, but argument", tensors)
        self.dirty_tensors = tensors

    def mark_shared_storage(self, *pairs: Any) -> None:
        """Do nothing, since Tensors in the same memory are known without being told of."""
        warnings.warn(
            "`mark_shared_storage` is deprecated. Tensors with shared storages are automatically tracked. Note that "
            "calls to `set_()` are not tracked",
            FutureWarning,
            stacklevel=2,
        )

    def set_materialize_grads(self, value: bool) -> None:
        """Choose what backward gets for a result that nothing depends on: zeros (True, the default) or None.

        Raises:
            TypeError: for what is not a bool.
        """
        if not isinstance(value, bool):
            raise TypeError(
                "set_materialize_grads received an invalid combination of arguments - got "
                f"({type_name(value)}), but expected (bool)"
            )
        self.materialize_grads = value


def _check_variables(phrase: str, tensors: tuple[Any, ...]) -> None:
    for i, t in enumerate(tensors):
        if not isinstance(t, Tensor):
            raise RuntimeError(f"{phrase} {i} is of type {type(t).__name__}")


class SavedTensor(NamedTuple):
    """One Tensor that was saved.

    Attributes:
        array: its memory, or what a hook has made of it (`Packed`).
        history: its node when it was saved; None for a result, whose node holds this.
        result: the place of a result among the results; None for other Tensors.
        tensor: a weak reference to the Tensor itself, which may have got a history that leads here.
    """

    array: Any
    history: Node | None
    result: int | None
    tensor: Callable[[], Any]


class Saved:
    """The Tensors that one application of a Function has saved. It holds none of the results, because they hold it.

    Attributes:
        name: the name of the Function.
        number: the number of the node: what was written later has a higher one.
        node: a weak reference to the node.
        items: a `SavedTensor` for each, or what was saved itself if it is None or sparse; None once they are freed.
        only_once: whether the Tensors are handed out once only, and freed then.
    """

    def __init__(self, node: Any, ctx: FunctionCtx, args: Operands, outputs: Operands) -> None:
        self.name = node.function.__name__
        self.number = node.number
        self.node: Callable[[], Any] = weakref.ref(node)
        self.only_once = node.function.clear_saved_tensors_on_access
        # An argument that is returned as it is stays what it was: the result is a view of it.
        unchanged = {id(x) for x in args} - {id(x) for x in ctx.dirty_tensors}
        places = {id(t): i for i, t in enumerate(outputs) if id(t) not in unchanged}
        self.items: list[SavedTensor | Tensor | None] | None = []
        pair = saved_hooks.current()
        for i, t in enumerate(ctx.to_save):
            if t is None:
                self.items.append(None)
                continue
            if not isinstance(t, Tensor):
                raise TypeError(
                    f"save_for_backward can only save variables, but argument {i} is of type {type_name(t)}; keep it "
                    "as an attribute of ctx"
                )
            if is_inference(t):
                raise inference_saved()
            if t.is_sparse:  # no array, and not written in place
                self.items.append(t)
                continue
            result = places.get(id(t))
            history = t._history() if result is None else None
            kept = t._data if pair is None else saved_hooks.packed(t if result is None else wrap(t._data), pair)
            self.items.append(SavedTensor(kept, history, result, weakref.ref(t)))
        self.handed_out = False
        self.checksums = versions.checksums(self.arrays(), self.arrays) if versions.exposed else None

    def arrays(self) -> list[Array]:
        """The saved arrays."""
        arrays = (item.array for item in self.items or () if isinstance(item, SavedTensor))
        return [array for array in arrays if not isinstance(array, saved_hooks.Packed)]

    def histories(self) -> list[Node | None]:
        """The nodes of the saved Tensors that are no results, and the node itself if there are results among them."""
        items = [item for item in self.items or () if isinstance(item, SavedTensor)]
        return [self.node() if item.result is not None else item.history for item in items]

    def tensors(self) -> tuple[Any, ...]:
        """The Tensors, each the same object as was saved if that still is what it was.

        Raises:
            RuntimeError: if they were freed, handed out before, or changed in place.
        """
        if self.handed_out:
            raise RuntimeError(
                "saved_tensors can only be accessed once when clear_saved_tensors_on_access=True is set on the "
                "autograd.Function. Either access saved_tensors only once, or set clear_saved_tensors_on_access=False."
            )
        if self.items is None:
            raise errors.freed(self.name)
        changed = versions.first_changed(self.arrays(), self.number, self.checksums)
        if changed is not None:
            raise errors.changed(self.name, changed)
        found = tuple(self._tensor(item) if isinstance(item, SavedTensor) else item for item in self.items)
        if self.only_once:
            self.items, self.handed_out = [], True
        return found

    def _tensor(self, item: SavedTensor) -> Any:
        item = item._replace(array=saved_hooks.unpacked(item.array))
        if item.result is not None:
            node = self.node()
            return wrap(item.array, None if node is None else node.result(item.result))
        t = item.tensor()
        return t if t is not None and t._data is item.array and t._node is item.history else wrap(*item[:2])

    def release(self) -> None:
        """Free the saved Tensors, if there are any."""
        if self.items:
            self.items = None
