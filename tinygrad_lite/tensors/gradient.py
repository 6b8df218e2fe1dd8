"""A Tensor's place in the graph as users see it: its gradient, its data without history, and hooks on its gradient."""

from __future__ import annotations

import warnings
import weakref
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import numpy as np

from ..core import node_hooks
from ..core import versions as memory
from ..core.argument_types import type_name, wrong_type
from ..core.array_functions import array_function
from ..core.edge import clone
from ..core.graph import Leaf, Node
from ..core.handles import RETAIN, RemovableHandle, add_hook
from ..core.tensor import TensorBase, wrap
from ..core.views import DATA, INFERENCE_DATA, base_of
from ..core.views import is_inference as made_in_inference
from ..types.annotations import Tensor
from .batched_data import is_batched, refuse_inside_vmap
from .gradient_edge import GradientEdge, tensors_at


def requires_grad_(self: Tensor, requires_grad: bool = True) -> Tensor:
    """Ask for a gradient of this leaf, or stop asking; in place.

    Args:
        requires_grad: whether `backward()` is to compute a gradient for it.

    Raises:
        RuntimeError: for a dtype that cannot have gradients, and to stop a result's gradient (use `detach()`).
        TypeError: for what is not a bool.

    >>> import tinygrad_lite as tl
    >>> tl.tensor([1.0]).requires_grad_()
    tensor([1.], requires_grad=True)
    """
    if not isinstance(requires_grad, bool | np.bool_):
        raise wrong_type("requires_grad_", "requires_grad", 1, "bool", requires_grad)
    refuse_inside_vmap(
        self,
        "You are attempting to call Tensor.requires_grad_() (or perhaps using torch.autograd.functional.* APIs) inside "
        "of a function being transformed by a functorch transform. This is unsupported",
    )
    found: Tensor = TensorBase.requires_grad_(self, bool(requires_grad))
    return found


def assign_requires_grad(self: Tensor, requires_grad: bool) -> None:
    """Ask for a gradient of this leaf, or stop asking.

    Raises:
        RuntimeError: for what is not a bool, and as `requires_grad_` does.
    """
    if not isinstance(requires_grad, bool | np.bool_):
        raise RuntimeError(f"requires_grad must be a bool, not {type(requires_grad).__name__}")
    TensorBase.requires_grad_(self, bool(requires_grad))


def backward(
    self: Tensor,
    gradient: Tensor | None = None,
    retain_graph: bool | None = None,
    create_graph: bool = False,
    inputs: Tensor | GradientEdge | Sequence[Tensor | GradientEdge] | None = None,
) -> None:
    """Add the derivative of this Tensor to the `.grad` of the leaves from which it was computed.

    Args:
        gradient: the derivative of an objective by this Tensor, in the shape of this Tensor. It may be left out if
            there is one element, and is then 1.
        retain_graph: whether to keep what the graph saved, so that `backward` can be called again; by default as
            `create_graph`.
        create_graph: whether to record the derivation, so that the gradients can be differentiated again.
        inputs: the Tensors (or `GradientEdge`s) to whose `.grad` the gradients are added, instead of all leaves.

    Raises:
        RuntimeError: if nothing here requires a gradient; if there are several elements and no `gradient`, or one of
            another shape; if an earlier `backward` has freed the graph; if a saved Tensor was changed in place.
        TypeError: if `gradient` is neither a Tensor nor None.

    >>> import tinygrad_lite as tl
    >>> x = tl.tensor([1.0, 2.0], requires_grad=True)
    >>> (x**3).backward(tl.tensor([1.0, 10.0]))
    >>> x.grad  # 3 x², times the gradient
    tensor([  3., 120.])
    """
    refuse_inside_vmap(self, "backward() called inside a functorch transform. This is not supported")
    if isinstance(gradient, (tuple, list)) and len(gradient) == 1:
        gradient = gradient[0]
    if gradient is not None and not isinstance(gradient, TensorBase):
        raise TypeError(
            f"gradients can be either Tensors or None, but got {type_name(gradient)}: backward() needs a Tensor of "
            f"shape {list(self.shape)}, such as tensor(...) makes"
        )
    targets: Any = tensors_at(inputs)
    if targets is not None and not isinstance(targets, TensorBase):
        targets = list(targets) if isinstance(targets, Iterable) and not isinstance(targets, str) else [targets]
        for x in targets:
            if not isinstance(x, TensorBase):
                raise RuntimeError(
                    f"all inputs have to be Tensors or GradientEdges, but got {type_name(x)}: the inputs of backward() "
                    "are the Tensors that are to get a gradient"
                )
    TensorBase.backward(self, gradient, retain_graph, create_graph, targets)


def grad(self: Tensor) -> Tensor | None:
    """The gradient that `backward()` has accumulated; None before it has.

    Leaves that require a gradient have one, and other Tensors on which `retain_grad()` was called. Set it to None, or
    call `zero_grad()` of the optimizer, before the next `backward()`.

    Raises:
        TypeError: if it is set to what is neither a Tensor nor None.
        RuntimeError: if it is set to a Tensor of another shape or dtype, or to the Tensor itself.

    >>> import tinygrad_lite as tl
    >>> x = tl.tensor([1.0, 2.0], requires_grad=True)
    >>> (x * x).sum().backward()
    >>> x.grad
    tensor([2., 4.])
    """
    if self._grad is None and not self.is_leaf and not _retains(self):
        warnings.warn(
            "The .grad attribute of a Tensor that is not a leaf Tensor is being accessed. Its .grad is not kept "
            "during backward(): call .retain_grad() on it before backward(), or read the .grad of the leaf it was "
            "made from",
            UserWarning,
            stacklevel=2,
        )
    return self._grad


def assign_grad(self: Tensor, value: Tensor | None) -> None:
    """Put another gradient in the place of the accumulated one."""
    if value is self:
        raise RuntimeError("can't assign Variable as its own grad: assign a copy, x.detach().clone()")
    if value is not None:
        if not isinstance(value, TensorBase):
            raise TypeError(
                f"assigned grad expected to be a Tensor or None but got grad of type {type(value).__name__}: make a "
                "Tensor of it with tensor(...)"
            )
        if value.shape != self._data.shape:
            raise RuntimeError(
                f"attempting to assign a gradient of size '{list(value.shape)}' to a tensor of size "
                f"'{list(self.shape)}'. Please ensure that the gradient and the tensor are the same size"
            )
        if value.dtype != self.dtype:
            raise RuntimeError(
                f"attempting to assign a gradient with dtype '{value.dtype}' to a tensor with grad_dtype "
                f"'{self.dtype}'. The gradient must have the dtype of the Tensor: use grad.to({self.dtype})"
            )
    set_grad(self, value)


def added_to(self: Tensor, held: Tensor) -> Tensor:
    """The sum of this gradient and of the one that is held already; a sparse gradient is added in its own way."""
    return self + held


def delete_grad(self: Tensor) -> None:
    """Forget the gradient."""
    assign_grad(self, None)


@array_function
def set_grad(x: Tensor, grad: Tensor | None) -> None:
    """Let a Tensor have another gradient, or none, without looking at it."""
    x._grad = grad


def data(self: Tensor) -> Tensor:
    """A Tensor on the same memory, without history.

    The graph does not see what is written to it, but unlike PyTorch it does not compute with wrong values either:
    `backward()` raises if elements were written that a derivative reads.

    Set it to give this Tensor other memory, and with it another shape and dtype.

    Raises:
        TypeError: if it is set to what is not a Tensor.
        RuntimeError: if this Tensor requires a gradient and the other's dtype cannot have one.

    >>> import tinygrad_lite as tl
    >>> x = tl.tensor([1.0, 2.0], requires_grad=True)
    >>> x.data[0] = 5.0
    >>> x
    tensor([5., 2.], requires_grad=True)
    """
    if is_batched(self) and self._history() is None:  # else it is one of a transform inside of vmap, which may
        raise RuntimeError("accessing `data` under vmap transform is not allowed: use detach()")
    t: Tensor = wrap(self._data)
    t._view = INFERENCE_DATA if made_in_inference(self) else DATA
    return t


def assign_data(self: Tensor, value: Tensor) -> None:
    """Take the memory of another Tensor."""
    if not isinstance(value, TensorBase):
        raise TypeError(
            f"Variable data has to be a tensor, but got {type(value).__name__}: make a Tensor of it with tensor(...), "
            "or write the values with copy_()"
        )
    if is_batched(self) or is_batched(value):
        raise RuntimeError(
            "mutating directly with `.data` under vmap transform is not allowed. Compute a new Tensor, or use copy_()"
        )
    if value.dtype.kind != "f" and self.requires_grad:
        raise RuntimeError(
            "data set to a tensor that requires gradients must be floating point or complex dtype, but got "
            f"{value.dtype}: call requires_grad_(False) first, or convert the values"
        )
    self._set_data(value._data)


def version(self: Tensor) -> int:
    """The number of times that this memory was written in place.

    Raises:
        RuntimeError: for a Tensor that was made inside `inference_mode`.
    """
    if made_in_inference(self):
        raise RuntimeError("Inference tensors do not track version counter.")
    return memory.version(self._read("how often a Tensor was written is read by Python"))


def is_inference(self: Tensor) -> bool:
    """Tell whether this Tensor was made inside `inference_mode`, or is a view of one that was.

    Such a Tensor cannot be written in place outside of that mode, and no derivative can save it. `clone()` makes an
    ordinary one.

    >>> import tinygrad_lite as tl
    >>> with tl.inference_mode():
    ...     x = tl.ones(2)
    >>> x.is_inference(), x.clone().is_inference()
    (True, False)
    """
    return made_in_inference(self)


def is_view(self: Tensor) -> bool:
    """Tell whether this Tensor is a view of another, through which gradients flow."""
    return base(self) is not None


def base(self: Tensor) -> Tensor | None:
    """The Tensor that this one is a view of; None if it is none."""
    self._read("whether a Tensor is a view is read by Python")
    found: Tensor = base_of(self)
    return None if found is self else found


def output_nr(self: Tensor) -> int:
    """The number of this Tensor among the results of its `grad_fn`."""
    node = self._history()
    return 0 if node is None else node.public[1]


def grad_fn(self: Tensor) -> Node | None:
    """The node of the operation that made this Tensor; None for a leaf. The results of one Function have one node."""
    node = self._history()
    if node is None or type(node) is Leaf:
        return None
    self._read("the grad_fn of a Tensor is read by Python")
    return node.public[0]


def detach_(self: Tensor) -> Tensor:
    """Forget the history of this Tensor, which is a leaf from then on.

    Raises:
        RuntimeError: for a view, whose base would keep its history: use `detach()`.

    >>> import tinygrad_lite as tl
    >>> y = tl.ones(2, requires_grad=True) * 3
    >>> y.detach_().requires_grad
    False
    """
    if base_of(self) is not self:
        raise RuntimeError("Can't detach views in-place. Use detach() instead")
    self._node = None
    return self


def retain_grad(self: Tensor) -> None:
    """Keep the gradient of this result in `.grad` when `backward()` computes it; a leaf has its gradient anyway.

    Raises:
        RuntimeError: if this Tensor does not require a gradient.

    >>> import tinygrad_lite as tl
    >>> x = tl.tensor(3.0, requires_grad=True)
    >>> y = x * x
    >>> y.retain_grad()
    >>> (5 * y).backward()
    >>> y.grad, x.grad
    (tensor(5.), tensor(30.))
    """
    node = self._history()
    if node is None:
        raise RuntimeError(
            "can't retain_grad on Tensor that has requires_grad=False: nothing that it was computed from requires a "
            "gradient"
        )
    if type(node) is Leaf:
        return
    reference = weakref.ref(self)

    def keep(g: Any) -> Any:
        if g is not None and (tensor := reference()) is not None:
            gradient = clone(g) if isinstance(g, TensorBase) else wrap(np.array(g))
            tensor._grad = gradient if tensor._grad is None else tensor._grad + gradient
        return g

    if node.hooks is None:
        node.hooks = {}
    node.hooks[RETAIN] = keep


def retains_grad(self: Tensor) -> bool:
    """Tell whether `retain_grad()` was called on this result."""
    self._read("whether a Tensor retains its gradient is read by Python")
    return _retains(self)


def _retains(self: Tensor) -> bool:
    node = self._history()
    return node is not None and node.hooks is not None and RETAIN in node.hooks


def register_hook(self: Tensor, hook: Callable[[Tensor], Tensor | None]) -> RemovableHandle:
    """Let a function see the gradient of this Tensor whenever it is computed, and replace it.

    Args:
        hook: called as `hook(grad)`. If it returns a Tensor, the backward pass goes on with that one.

    Returns:
        A handle, whose `remove()` takes the hook away.

    Raises:
        RuntimeError: if this Tensor does not require a gradient; during the backward pass, if the hook returns a
            Tensor of another shape or dtype.
        TypeError: if `hook` cannot be called; during the backward pass, if it returns neither a Tensor nor None.

    >>> import tinygrad_lite as tl
    >>> x = tl.tensor([1.0, 2.0], requires_grad=True)
    >>> handle = x.register_hook(lambda grad: 10 * grad)
    >>> x.sum().backward()
    >>> x.grad
    tensor([10., 10.])
    >>> handle.remove()
    """
    if not callable(hook):
        raise TypeError(
            f"register_hook: the hook must be a function of the gradient, not {type(hook).__name__}: {hook!r:.40}"
        )
    node = self._history()
    if node is None:
        raise RuntimeError(
            "cannot register a hook on a tensor that doesn't require gradient: call requires_grad_() before, or "
            "register it on a result of one that does"
        )

    def call(g: Any) -> Any:
        if g is None:  # of several results of a Function this one was not used
            if hook(None) is not None:  # type: ignore[arg-type]  # as in PyTorch, whatever its type says
                raise RuntimeError("can't replace a None gradient with a non-None value")
            return None
        if isinstance(g, TensorBase):
            return _gradient_after(hook, g)
        return np.array(_gradient_after(hook, wrap(np.array(g)))._data)  # copies: the hook may hold on to either

    if node.hooks is None:
        node.hooks = {}
    return add_hook(node.hooks, call)


def register_post_accumulate_grad_hook(self: Tensor, hook: Callable[[Tensor], None]) -> RemovableHandle:
    """Let a function see this leaf whenever `backward()` has added to its `.grad`.

    Args:
        hook: called as `hook(leaf)`; it may use `leaf.grad` and set it to None. What it returns is ignored.

    Returns:
        A handle, whose `remove()` takes the hook away.

    Raises:
        RuntimeError: if this Tensor is no leaf, or does not require a gradient.
        TypeError: if `hook` cannot be called.

    >>> import tinygrad_lite as tl
    >>> x = tl.tensor([1.0, 2.0], requires_grad=True)
    >>> handle = x.register_post_accumulate_grad_hook(lambda leaf: print(leaf.grad))
    >>> (3 * x).sum().backward()
    tensor([3., 3.])
    """
    node = self._history()
    if node is None:
        raise RuntimeError(
            "cannot register a hook on a tensor that doesn't require gradient: call requires_grad_() before"
        )
    if type(node) is not Leaf:
        raise RuntimeError(
            "post accumulate grad hooks cannot be registered on non-leaf tensors: a result does not accumulate its "
            "gradient; use register_hook()"
        )
    return node_hooks.register(node, "accumulated", hook)


def _gradient_after(hook: Callable[[Tensor], Tensor | None], grad: Any) -> Tensor:
    """The gradient that a hook returns for the one it is given, which has to be like it."""
    returned = hook(grad)
    if returned is None:
        return grad
    name = getattr(hook, "__name__", repr(hook))
    if not isinstance(returned, TensorBase):
        raise TypeError(
            f"expected Variable, but hook returned '{type(returned).__name__}': the hook must return a Tensor, or "
            "None to leave the gradient as it is"
        )
    if returned.is_sparse != grad.is_sparse:
        raise RuntimeError(
            f"hook '{name}' has changed the type of value (was {grad.type()} got {returned.type()}): one of them is "
            "sparse; call to_dense() or to_sparse()"
        )
    if returned.shape != grad.shape:
        raise RuntimeError(
            f"hook '{name}' has changed the size of value: from {list(grad.shape)} to {list(returned.shape)}"
        )
    if returned.dtype != grad.dtype:
        raise RuntimeError(
            f"hook '{name}' has changed the type of value (was {grad.dtype} got {returned.dtype}): convert it with "
            f".to({grad.dtype})"
        )
    return returned
