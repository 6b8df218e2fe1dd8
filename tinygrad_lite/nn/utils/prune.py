"""Pruning: some elements of a parameter are held at 0 by a mask, which stands beside it as a buffer."""

from __future__ import annotations

import numbers
from abc import ABC, abstractmethod
from collections.abc import Iterable
from typing import Any

from ...creation import ones_like, rand, rand_like
from ...functions.joining import cat
from ...functions.ordering import topk
from ...tensors.tensor import Tensor
from ..module.module import Module

__all__ = [
    "BasePruningMethod", "CustomFromMask", "Identity", "L1Unstructured", "LnStructured", "PruningContainer",
    "RandomStructured", "RandomUnstructured", "custom_from_mask", "global_unstructured", "identity", "is_pruned",
    "l1_unstructured", "ln_structured", "random_structured", "random_unstructured", "remove",
]  # fmt: skip


class BasePruningMethod(ABC):
    """A way to choose which elements are held at 0: a subclass says it in `compute_mask`.

    The parameter becomes `<name>_orig`, the mask is the buffer `<name>_mask`, and before each forward `<name>` is
    their product.
    """

    PRUNING_TYPE = "unstructured"
    _tensor_name: str

    def __call__(self, module: Module, inputs: Any) -> None:
        """Before a forward: the parameter times its mask."""
        setattr(module, self._tensor_name, self.apply_mask(module))

    @abstractmethod
    def compute_mask(self, t: Tensor, default_mask: Tensor) -> Tensor:
        """The mask of importances `t`: 0 where an element is to be 0; `default_mask` is the one that there is."""

    def apply_mask(self, module: Module) -> Tensor:
        """The parameter times its mask."""
        mask, original = (getattr(module, self._tensor_name + end) for end in ("_mask", "_orig"))
        found: Tensor = mask.to(original.dtype) * original
        return found

    def prune(self, t: Tensor, default_mask: Tensor | None = None, importance_scores: Tensor | None = None) -> Tensor:
        """A Tensor with the chosen elements at 0."""
        scores = t if importance_scores is None else importance_scores
        if tuple(scores.shape) != tuple(t.shape):
            raise ValueError("importance_scores should have the same shape as tensor t")
        return t * self.compute_mask(scores, ones_like(t) if default_mask is None else default_mask)

    @classmethod
    def apply(
        cls, module: Module, name: str, *args: Any, importance_scores: Tensor | None = None, **kwargs: Any
    ) -> BasePruningMethod:
        """Prune a parameter of a module; what was pruned before stays so."""
        keys = {key: hook.call for key, hook in module._forward_pre_hooks.items()}
        before = {
            key: call for key, call in keys.items() if isinstance(call, BasePruningMethod) and call._tensor_name == name
        }
        method: BasePruningMethod = cls(*args, **kwargs)
        method._tensor_name = name
        mask = ones_like(getattr(module, name))
        if before:
            ((key, old),) = before.items()
            del module._forward_pre_hooks[key]
            container = old if isinstance(old, PruningContainer) else PruningContainer(old)
            container.add_pruning_method(method)
            method, mask = container, getattr(module, name + "_mask")
        original = getattr(module, name)
        if importance_scores is not None and tuple(importance_scores.shape) != tuple(original.shape):
            raise ValueError(f"importance_scores should have the same shape as parameter {name} of {module}")
        scores = original if importance_scores is None else importance_scores
        if not before:
            del module._parameters[name]
            module.register_parameter(name + "_orig", original)
        found = method.compute_mask(scores.detach(), mask)
        if name + "_mask" in module._buffers:
            delattr(module, name + "_mask")
        module.register_buffer(name + "_mask", found)
        setattr(module, name, method.apply_mask(module))
        module.register_forward_pre_hook(method)
        return method

    def remove(self, module: Module) -> None:
        """Make the pruned parameter one parameter again: its zeros stay, and may change from then on."""
        name = self._tensor_name
        weight = self.apply_mask(module)
        original = module._parameters[name + "_orig"]
        if name in module.__dict__:
            delattr(module, name)
        assert original is not None
        original.data = weight.detach()
        del module._parameters[name + "_orig"]
        del module._buffers[name + "_mask"]
        setattr(module, name, original)


class PruningContainer(BasePruningMethod):
    """Several methods, one after the other: each chooses among the elements that the earlier ones have left."""

    PRUNING_TYPE = "container"

    def __init__(self, *args: BasePruningMethod) -> None:
        self._pruning_methods: tuple[BasePruningMethod, ...] = ()
        if len(args) == 1:
            self._tensor_name = args[0]._tensor_name
        for method in args:
            self.add_pruning_method(method)

    def add_pruning_method(self, method: BasePruningMethod) -> None:
        """Add a method for the same parameter."""
        if not isinstance(method, BasePruningMethod):
            raise TypeError(f"{type(method)} is not a BasePruningMethod subclass")
        if method._tensor_name != self._tensor_name:
            raise ValueError(
                "Can only add pruning methods acting on the parameter named "
                f"'{self._tensor_name}' to PruningContainer {self}. Found '{method._tensor_name}'"
            )
        self._pruning_methods += (method,)

    def __len__(self) -> int:
        return len(self._pruning_methods)

    def __iter__(self) -> Any:
        return iter(self._pruning_methods)

    def __getitem__(self, index: int) -> BasePruningMethod:
        return self._pruning_methods[index]

    def compute_mask(self, t: Tensor, default_mask: Tensor) -> Tensor:
        method, mask = self._pruning_methods[-1], default_mask.to(t.dtype)
        if method.PRUNING_TYPE == "global":
            return mask * method.compute_mask(t, ones_like(t))
        if method.PRUNING_TYPE == "unstructured":
            left: Any = mask == 1
            mask = mask.clone()
            mask[left] = method.compute_mask(t[left], ones_like(t[left]))
            return mask
        dim = method.dim  # type: ignore[attr-defined]  # only structured methods come here
        others = tuple(d for d in range(t.ndim) if d != dim % t.ndim)
        kept = mask.abs().sum(others) != 0
        place = (slice(None),) * (dim % t.ndim) + (kept,)
        found = mask.clone()
        found[place] = method.compute_mask(t[place], mask[place])
        return found


class Identity(BasePruningMethod):
    """Prunes nothing, but puts the mask in its place."""

    def compute_mask(self, t: Tensor, default_mask: Tensor) -> Tensor:
        return default_mask


class RandomUnstructured(BasePruningMethod):
    """Prunes elements at random.

    Args:
        amount: how many, or which part of them.
    """

    def __init__(self, amount: float) -> None:
        _check_amount(amount)
        self.amount = amount

    def compute_mask(self, t: Tensor, default_mask: Tensor) -> Tensor:
        count = _checked_count(self.amount, t.numel())
        mask = default_mask.clone()
        if count:
            mask.view(-1)[topk(rand_like(t).view(-1), count).indices] = 0
        return mask


class L1Unstructured(RandomUnstructured):
    """Prunes the elements of the smallest absolute values.

    Args:
        amount: how many, or which part of them.
    """

    def compute_mask(self, t: Tensor, default_mask: Tensor) -> Tensor:
        count = _checked_count(self.amount, t.numel())
        mask = default_mask.clone()
        if count:
            mask.view(-1)[topk(t.abs().reshape(-1), count, largest=False).indices] = 0
        return mask


class RandomStructured(BasePruningMethod):
    """Prunes whole slices along a dimension, at random.

    Args:
        amount: how many, or which part of them.
        dim: the dimension.
    """

    PRUNING_TYPE = "structured"

    def __init__(self, amount: float, dim: int = -1) -> None:
        _check_amount(amount)
        self.amount, self.dim = amount, dim

    def _scores(self, t: Tensor) -> Tensor:
        return rand(t.shape[self.dim])

    def compute_mask(self, t: Tensor, default_mask: Tensor) -> Tensor:
        if t.ndim < 2:
            raise ValueError(
                "Structured pruning can only be applied to multidimensional tensors. Found tensor of shape "
                f"{t.shape} with {t.ndim} dims"
            )
        if not -t.ndim <= self.dim < t.ndim:
            raise IndexError(f"Invalid index {self.dim} for tensor of size {t.shape}")
        length = t.shape[self.dim]
        count = _checked_count(self.amount, length)
        if not count:
            return default_mask
        kept = topk(self._scores(t), length - count).indices
        mask = t.new_zeros(tuple(t.shape))
        mask[(slice(None),) * (self.dim % t.ndim) + (kept,)] = 1
        return mask * default_mask.to(mask.dtype)


class LnStructured(RandomStructured):
    """Prunes the slices along a dimension that have the smallest norms.

    Args:
        amount: how many, or which part of them.
        n: the order of the norm.
        dim: the dimension.
    """

    def __init__(self, amount: float, n: float | str, dim: int = -1) -> None:
        super().__init__(amount, dim)
        self.n = n

    def _scores(self, t: Tensor) -> Tensor:
        others = tuple(d for d in range(t.ndim) if d != self.dim % t.ndim)
        found: Any = t.norm(self.n, others)
        return found


class CustomFromMask(BasePruningMethod):
    """Prunes where a given mask is 0.

    Args:
        mask: of the shape of the parameter.
    """

    PRUNING_TYPE = "global"

    def __init__(self, mask: Tensor) -> None:
        self.mask = mask

    def compute_mask(self, t: Tensor, default_mask: Tensor) -> Tensor:
        return default_mask * self.mask.to(default_mask.dtype)


def _check_amount(amount: Any) -> None:
    if not isinstance(amount, numbers.Real):
        raise TypeError(f"Invalid type for amount: {amount}. Must be int or float.")
    if (isinstance(amount, numbers.Integral) and int(amount) < 0) or (
        not isinstance(amount, numbers.Integral) and not 0.0 <= float(amount) <= 1.0
    ):
        raise ValueError(f"amount={amount} should either be a float in the range [0.0, 1.0] or a non-negative integer")


def _checked_count(amount: Any, size: int) -> int:
    """Return the number of elements, of `size`, that an amount stands for."""
    if isinstance(amount, numbers.Integral):
        if int(amount) > size:
            raise ValueError(f"amount={amount} should be smaller than the number of parameters to prune={size}")
        return int(amount)
    return round(float(amount) * size)


def identity(module: Module, name: str) -> Module:
    """Put a mask beside a parameter that prunes nothing.

    Args:
        module: the module.
        name: the name of the parameter, of any shape and dtype.

    Raises:
        AttributeError: if there is no such parameter.

    >>> import tinygrad_lite as tl
    >>> sorted(tl.nn.utils.prune.identity(tl.nn.Linear(2, 1), "weight").state_dict())
    ['bias', 'weight_mask', 'weight_orig']
    """
    Identity.apply(module, name)
    return module


def random_unstructured(module: Module, name: str, amount: float) -> Module:
    """Prune elements of a parameter at random.

    Args:
        module: the module.
        name: the name of the parameter, of any shape and dtype.
        amount: how many elements, or which part of them.

    Raises:
        ValueError: for an amount that there is not.

    >>> import tinygrad_lite as tl
    >>> layer = tl.nn.utils.prune.random_unstructured(tl.nn.Linear(4, 1), "weight", amount=3)
    >>> int((layer.weight == 0).sum())
    3
    """
    RandomUnstructured.apply(module, name, amount)
    return module


def l1_unstructured(module: Module, name: str, amount: float, importance_scores: Tensor | None = None) -> Module:
    """Prune the elements of a parameter that have the smallest absolute values.

    Args:
        module: the module.
        name: the name of the parameter, of any shape and dtype.
        amount: how many elements, or which part of them.
        importance_scores: a Tensor of the same shape to choose by instead.

    Raises:
        ValueError: for an amount that there is not.

    >>> import tinygrad_lite as tl
    >>> layer = tl.nn.Linear(4, 1)
    >>> layer.weight.data = tl.tensor([[1.0, -0.1, 0.2, -2.0]])
    >>> tl.nn.utils.prune.l1_unstructured(layer, "weight", amount=0.5).weight
    tensor([[ 1., -0.,  0., -2.]], grad_fn=<MulBackward0>)
    """
    L1Unstructured.apply(module, name, amount=amount, importance_scores=importance_scores)
    return module


def random_structured(module: Module, name: str, amount: float, dim: int) -> Module:
    """Prune whole slices of a parameter along a dimension, at random.

    Args:
        module: the module.
        name: the name of the parameter, of 2 or more dimensions and any dtype.
        amount: how many slices, or which part of them.
        dim: the dimension.

    Raises:
        ValueError: for an amount that there is not, or a vector.

    >>> import tinygrad_lite as tl
    >>> layer = tl.nn.utils.prune.random_structured(tl.nn.Linear(4, 3), "weight", amount=2, dim=1)
    >>> int((layer.weight == 0).sum())
    6
    """
    RandomStructured.apply(module, name, amount, dim)
    return module


def ln_structured(
    module: Module, name: str, amount: float, n: float | str, dim: int, importance_scores: Tensor | None = None
) -> Module:
    """Prune the slices of a parameter along a dimension that have the smallest norms.

    Args:
        module: the module.
        name: the name of the parameter, of 2 or more dimensions and any dtype.
        amount: how many slices, or which part of them.
        n: the order of the norm.
        dim: the dimension.
        importance_scores: a Tensor of the same shape to choose by instead.

    Raises:
        ValueError: for an amount that there is not, or a vector.

    >>> import tinygrad_lite as tl
    >>> layer = tl.nn.Linear(2, 2)
    >>> layer.weight.data = tl.tensor([[1.0, 2.0], [0.1, 0.2]])
    >>> tl.nn.utils.prune.ln_structured(layer, "weight", amount=1, n=2, dim=0).weight
    tensor([[1., 2.],
            [0., 0.]], grad_fn=<MulBackward0>)
    """
    LnStructured.apply(module, name, amount, n, dim, importance_scores=importance_scores)
    return module


def custom_from_mask(module: Module, name: str, mask: Tensor) -> Module:
    """Prune a parameter where a mask is 0.

    Args:
        module: the module.
        name: the name of the parameter, of any shape and dtype.
        mask: of its shape.

    Raises:
        RuntimeError: if the shapes differ.

    >>> import tinygrad_lite as tl
    >>> layer = tl.nn.utils.prune.custom_from_mask(tl.nn.Linear(2, 1), "bias", mask=tl.zeros(1))
    >>> float(layer.bias) == 0
    True
    """
    CustomFromMask.apply(module, name, mask)
    return module


def global_unstructured(
    parameters: Iterable[tuple[Module, str]],
    pruning_method: type[BasePruningMethod],
    importance_scores: dict[tuple[Module, str], Tensor] | None = None,
    **kwargs: Any,
) -> None:
    """Prune several parameters together: the elements are chosen among those of all of them.

    Args:
        parameters: pairs of a module and the name of its parameter.
        pruning_method: `L1Unstructured` or another class, whose arguments follow.
        importance_scores: for some of the pairs a Tensor to choose by instead, of the shape of the parameter.
        kwargs: the arguments of the class, such as `amount`.

    Raises:
        TypeError: for another method than one that chooses elements.

    >>> import tinygrad_lite as tl
    >>> prune, layers = tl.nn.utils.prune, [tl.nn.Linear(2, 2), tl.nn.Linear(2, 1)]
    >>> prune.global_unstructured([(layer, "weight") for layer in layers], prune.L1Unstructured, amount=2)
    >>> sum(int((layer.weight == 0).sum()) for layer in layers)
    2
    """
    pairs, given = list(parameters), importance_scores or {}
    scores = [given.get((module, name), getattr(module, name)).detach() for module, name in pairs]
    masks = [getattr(module, name + "_mask", ones_like(getattr(module, name))) for module, name in pairs]
    method: Any = pruning_method(**kwargs)
    if method.PRUNING_TYPE != "unstructured":
        raise TypeError(
            'Only "unstructured" PRUNING_TYPE supported for the `pruning_method`. Found method '
            f"{pruning_method} of type {method.PRUNING_TYPE}"
        )
    method._tensor_name = "temp"
    container = PruningContainer(method)
    whole = container.compute_mask(cat([t.reshape(-1) for t in scores]), cat([m.reshape(-1) for m in masks]))
    start = 0
    for (module, name), t in zip(pairs, scores, strict=True):
        custom_from_mask(module, name, whole[start : start + t.numel()].view(*t.shape))
        start += t.numel()


def remove(module: Module, name: str) -> Module:
    """Make a pruned parameter one parameter again: its zeros stay, and may change from then on.

    Args:
        module: the module.
        name: the name of the parameter, of any shape and dtype.

    Raises:
        ValueError: if it is not pruned.

    >>> import tinygrad_lite as tl
    >>> prune = tl.nn.utils.prune
    >>> layer = prune.l1_unstructured(tl.nn.Linear(2, 1), "weight", amount=1)
    >>> sorted(prune.remove(layer, "weight").state_dict())
    ['bias', 'weight']
    """
    for key, hook in module._forward_pre_hooks.items():
        if isinstance(hook.call, BasePruningMethod) and hook.call._tensor_name == name:
            hook.call.remove(module)
            del module._forward_pre_hooks[key]
            return module
    raise ValueError(f"Parameter '{name}' of module {module} has to be pruned before pruning can be removed")


def is_pruned(module: Module) -> bool:
    """Tell whether a parameter of a module, or of one inside it, is pruned.

    Args:
        module: the module.

    >>> import tinygrad_lite as tl
    >>> tl.nn.utils.prune.is_pruned(tl.nn.Linear(2, 1))
    False
    """
    return any(
        isinstance(hook.call, BasePruningMethod) for m in module.modules() for hook in m._forward_pre_hooks.values()
    )
