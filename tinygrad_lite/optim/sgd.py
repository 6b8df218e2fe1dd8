"""Stochastic gradient descent, with momentum."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ..core import versions as memory
from ..tensors.tensor import Tensor
from .base.flat_groups import SMALL, FlatGroup, check_floating, pieces
from .base.optimizer import Optimizer, ParamsT
from .base.options import Group, checked_options, number, numbers
from .base.sparse_gradients import NOT_WITH_DENSE, check_options, rows_of


class SGD(Optimizer):
    """Stochastic gradient descent: steps against the gradient, p ← p - lr g.

    With weight decay λ first g ← g + λ p. With momentum μ and dampening d:

        PyTorch's: v ← μ v + (1 - d) g,  p ← p - lr v       (v ← g at the first step)
        nesterov:  v ← μ v + g,          p ← p - lr (g + μ v)
        the book's: v ← μ v - lr g,       p ← p + v

    The book (Deep Learning from Scratch, 6.1.4) keeps the learning rate in the velocity; the points are the same as
    long as lr does not change. Its forms are `Momentum` and `Nesterov`. Source: Sutskever et al., 2013,
    https://proceedings.mlr.press/v28/sutskever13.html.

    State of each parameter: with momentum `momentum_buffer` (v), of the parameter's shape and dtype.

    Args:
        params: Tensors, pairs of a name and a Tensor, or groups.
        lr: the learning rate, at least 0; a number or a Tensor with one element.
        momentum: μ, at least 0.
        dampening: d.
        weight_decay: λ, at least 0.
        nesterov: as above; it needs a momentum, and no dampening.
        maximize: go up instead of down.
        foreach, fused: choose among PyTorch's implementations, and have no effect here.
        differentiable: whether steps are recorded, so that one can differentiate through them; then parameters that
            require a gradient must be computed ones, such as clones, and lr may require one, too.

    Raises:
        ValueError: for an option out of range, or no parameters.
        TypeError: for an option that is not a number, or a parameter that is not a Tensor.
        RuntimeError: by `step`, for sparse gradients with weight decay or `fused`, and for sparse and dense ones in
            turn with momentum; nothing is then changed.

    Two steps with a gradient of 1: v = 1 at first, and then 0.5 · 1 + 1 = 1.5:

    >>> import tinygrad_lite as tl
    >>> p = tl.nn.Parameter(tl.tensor([1.0]))
    >>> optimizer = tl.optim.SGD([p], lr=0.1, momentum=0.5)
    >>> p.grad = tl.tensor([1.0])
    >>> for _ in range(2):
    ...     optimizer.step()
    ...     print(p.data)
    tensor([0.9000])
    tensor([0.7500])
    """

    state_scalars: Sequence[str] = ()

    def __init__(
        self,
        params: ParamsT,
        lr: float | Tensor = 1e-3,
        momentum: float = 0,
        dampening: float = 0,
        weight_decay: float | Tensor = 0,
        nesterov: bool = False,
        *,
        maximize: bool = False,
        foreach: bool | None = None,
        differentiable: bool = False,
        fused: bool | None = None,
    ) -> None:
        options = checked_options(locals())
        if nesterov and (momentum <= 0 or dampening != 0):
            raise ValueError("Nesterov momentum requires a momentum and zero dampening")
        super().__init__(params, options)

    def state_arrays(self, group: Group) -> tuple[str, ...]:
        return ("momentum_buffer",) if group["momentum"] else ()

    def update_group(self, group: Group, flat_group: FlatGroup) -> None:
        lr, momentum, dampening = numbers(group, "lr", "momentum", "dampening")
        for param, grad, state, (work, _) in flat_group:
            direction = grad
            if momentum:
                velocity = direction = state["momentum_buffer"]
                if flat_group.first_step:
                    velocity[...] = grad  # v ← g
                else:
                    velocity *= momentum  # v ← μ v + (1 - d) g
                    velocity += np.multiply(grad, 1 - dampening, out=work) if dampening else grad
                if group["nesterov"]:
                    direction = np.add(grad, np.multiply(velocity, momentum, out=work), out=work)  # g + μ v
            param -= np.multiply(direction, lr, out=work)  # p ← p - lr v

    def _check_gradient(self, group: Group, p: Any) -> None:
        buffer = self.state[p].get("momentum_buffer") if group["momentum"] and p in self.state else None
        if not p._grad.is_sparse:
            if buffer is not None and buffer.is_sparse:
                raise RuntimeError(f"{NOT_WITH_DENSE} SGD: the gradients before were sparse, and so is their momentum")
            return
        if group.get("fused"):
            raise RuntimeError("`_fused_sgd` does not support sparse gradients: nothing was changed")
        if number("weight_decay", group["weight_decay"]):
            raise RuntimeError(f"{NOT_WITH_DENSE} SGD: weight_decay is not compatible with sparse gradients")
        if group["nesterov"] and buffer is not None and not buffer.is_sparse:
            raise RuntimeError(f"{NOT_WITH_DENSE} SGD: the gradients before were dense, and so is their momentum")
        check_options("SGD", group, p)

    def _update_sparse(self, group: Group, p: Any) -> None:
        lr, momentum, dampening = numbers(group, "lr", "momentum", "dampening")
        grad = direction = p._grad.detach() * (-1 if group["maximize"] else 1)
        if momentum:
            velocity = self.state[p].get("momentum_buffer")
            if velocity is None:
                velocity = grad.clone()
            elif velocity.is_sparse:  # each row once, lest it grow with every step
                velocity = (velocity * momentum + grad * (1 - dampening)).coalesce()
            else:
                velocity.mul_(momentum).add_(grad * (1 - dampening))
            self.state[p]["momentum_buffer"] = velocity
            direction = grad + velocity * momentum if group["nesterov"] else velocity
        if not direction.is_sparse:
            p._data -= direction._data * lr
            memory.wrote(p._data)
            return
        rows = rows_of(direction, False, unique=False)
        rows.add_to(p._data, rows.values * -lr)

    def _update_parameters(self, number_of_group: int, group: Group, params: list[Tensor]) -> None:
        arrays = [p._data for p in params]
        penalized = any(map(group.get, ("momentum", "weight_decay", "l1_decay", "maximize", "differentiable")))
        if penalized or self._apply_rule is not None or not all(a.flags.writeable for a in arrays):
            return super()._update_parameters(number_of_group, group, params)
        # The rule p ← p - lr g is one pass without a state: to gather the parameters would save nothing.
        lr, dtype = number("lr", group["lr"]), None
        for p, array in zip(params, arrays, strict=True):
            if array.dtype is not dtype:
                dtype = array.dtype
                check_floating(dtype)
                rate = np.array(lr, dtype)  # NumPy takes longer with a Python number
            grad = p._grad._data
            if array.size <= SMALL:
                array -= np.multiply(grad, rate)
                continue
            for param, slope in pieces(array, grad):
                param -= np.multiply(slope, rate, out=self._scratch.row("work", dtype, param.size).reshape(param.shape))
        memory.wrote(*arrays)
        return None
