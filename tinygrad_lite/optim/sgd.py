"""Stochastic gradient descent, with momentum."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

from ..core import versions as memory
from ..tensors.tensor import Tensor
from .base.flat_groups import SMALL, Bundle, pieces
from .base.optimizer import Group, Optimizer
from .base.options import checked, numbers

MORE = ("momentum", "weight_decay", "l1_decay", "maximize")
"""The options that make more of it than p ← p - lr g."""


class SGD(Optimizer):
    """Steps against the gradient: p ← p - lr g.

    With weight decay λ first g ← g + λ p. With momentum μ and dampening d:

        v ← g at the first step, then v ← μ v + (1 - d) g
        p ← p - lr v              (nesterov: p ← p - lr (g + μ v))

    The book (Deep Learning from Scratch, 6.1.4) keeps the learning rate in the velocity: v ← α v - lr g,
    p ← p + v. The two agree as long as lr does not change; see `Momentum` and `Nesterov`. Source: Sutskever et
    al., 2013, https://proceedings.mlr.press/v28/sutskever13.html.

    Args:
        params: parameters or groups.
        lr: learning rate.
        momentum, dampening, nesterov: as above; nesterov needs momentum, and no dampening.
        weight_decay: λ.
        maximize: go up instead of down.
        foreach, fused: accepted for PyTorch's sake; there is one implementation.

    Raises:
        ValueError: for an option out of range.
        NotImplementedError: for `differentiable=True`.

    >>> import tinygrad_lite as tl
    >>> p = tl.nn.Parameter(tl.tensor([1.0]))
    >>> optimizer = tl.optim.SGD([p], lr=0.1)
    >>> (p**2).sum().backward()
    >>> optimizer.step()
    >>> p.tolist()
    [0.800000011920929]
    """

    counts = ()

    def __init__(
        self,
        params: Iterable[Any],
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
        options = {
            "lr": lr, "momentum": momentum, "dampening": dampening, "weight_decay": weight_decay, "nesterov": nesterov,
            "maximize": maximize, "foreach": foreach, "differentiable": differentiable, "fused": fused,
        }  # fmt: skip
        checked(options)
        if nesterov and (momentum <= 0 or dampening != 0):
            raise ValueError("Nesterov momentum requires a momentum and zero dampening")
        super().__init__(params, options)

    def slots(self, group: Group) -> tuple[str, ...]:
        return ("momentum_buffer",) if group["momentum"] else ()

    def _step(self, number: int, group: Group, params: list[Tensor]) -> None:
        arrays = [p._data for p in params]
        if any(map(group.get, MORE)) or not all(a.flags.writeable for a in arrays):
            return super()._step(number, group, params)
        # One pass and no state: there is nothing that bundles would save.
        lr, dtype = float(group["lr"]), None
        for p, array in zip(params, arrays, strict=True):
            if array.dtype is not dtype:
                dtype = array.dtype
                rate = np.array(lr, dtype)  # NumPy takes longer with a Python number
            g = p._grad._data
            if array.size <= SMALL:
                array -= np.multiply(g, rate)
                continue
            for x, slope in pieces(array, g):
                x -= np.multiply(slope, rate, out=self._scratch.row("work", dtype, x.size).reshape(x.shape))
        memory.wrote(*arrays)
        return None

    def update(self, group: Group, bundle: Bundle) -> None:
        lr, momentum, dampening = numbers(group, "lr", "momentum", "dampening")
        for p, g, work, _, *velocity in bundle:
            for v in velocity:  # there is one, or none
                if bundle.fresh:
                    np.copyto(v, g)
                else:
                    v *= momentum
                    v += np.multiply(g, 1 - dampening, out=work) if dampening else g
                g = np.add(g, np.multiply(v, momentum, out=work), out=work) if group["nesterov"] else v
            p -= np.multiply(g, lr, out=work)
